-- SPDX-License-Identifier: EUPL-1.2
-- alerts.db, version 3: an engine speaks one language, so an alert has one sentence that says why. Titles keep two: they are
-- the city's own words.

ALTER TABLE alert DROP COLUMN why_fr;
