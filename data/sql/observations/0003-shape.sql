-- SPDX-License-Identifier: EUPL-1.2
-- observations.db, version 3: the line or area of an asset that is more than a point, as src/base/bf-shape.h has it. What was
-- written before has none until its feed describes it again, which it does when it starts.
ALTER TABLE asset ADD COLUMN shape BLOB;
