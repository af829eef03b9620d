-- SPDX-License-Identifier: EUPL-1.2
-- alerts.db, version 4: a change of a city's file that a person made on record says why, and what a rehearsal gave (JSON).
-- NULL: the file was edited by hand, or nothing was rehearsed.

ALTER TABLE city_file ADD COLUMN reason TEXT;
ALTER TABLE city_file ADD COLUMN figures_json TEXT;
