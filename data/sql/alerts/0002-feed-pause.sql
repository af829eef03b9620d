-- SPDX-License-Identifier: EUPL-1.2
-- alerts.db, version 2: who stopped a feed, when and why; append only. The newest row of a feed counts;
-- reason NULL: it runs again, by whom and since when.
CREATE TABLE feed_pause (
  id INTEGER PRIMARY KEY,
  feed TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  actor TEXT,
  reason TEXT
);
CREATE INDEX feed_pause_feed ON feed_pause (feed, id);
