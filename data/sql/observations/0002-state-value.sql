-- SPDX-License-Identifier: EUPL-1.2
-- observations.db, version 2: what the numbers of a state mean. An id is given once to a state of a property and never to
-- another, whatever becomes of the manifest's list.
-- Until this version a state was kept as its index in the manifest. The store gives the first ids of a property in the
-- order of the manifest that it is told first, from 0: so the rows of before mean what they meant.
CREATE TABLE state_value (
  service TEXT NOT NULL,
  property TEXT NOT NULL,
  id BIGINT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (service, property, id)
);
CREATE UNIQUE INDEX state_value_value ON state_value (service, property, value);
