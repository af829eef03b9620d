-- SPDX-License-Identifier: EUPL-1.2
-- alerts.db, version 1: what a person was told is kept; synchronous=FULL.
-- Written to be read by PostgreSQL too, where INTEGER PRIMARY KEY is BIGINT PRIMARY KEY. Times are µs UTC, NULL: not yet.

-- The engine that may write (fencing), and whether the last one left in order.
CREATE TABLE engine (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch BIGINT NOT NULL,
  clean BIGINT NOT NULL
);
INSERT INTO engine (id, epoch, clean) VALUES (1, 0, 1);

CREATE TABLE alert (
  id INTEGER PRIMARY KEY,
  rule_id TEXT NOT NULL,
  asset_id TEXT NOT NULL,
  priority TEXT NOT NULL,
  state TEXT NOT NULL,
  title TEXT,
  title_fr TEXT,
  why TEXT,
  why_fr TEXT,
  values_json TEXT,
  raised_us BIGINT,
  cleared_us BIGINT,
  acknowledged_us BIGINT,
  acknowledged_until_us BIGINT,
  acknowledged_by TEXT,
  comment TEXT,
  last_event_id BIGINT NOT NULL
);
CREATE INDEX alert_open ON alert (id) WHERE state <> 'normal';
CREATE INDEX alert_raised ON alert (raised_us);
CREATE INDEX alert_asset ON alert (asset_id, raised_us);

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  alert_id BIGINT NOT NULL REFERENCES alert (id),
  at_us BIGINT NOT NULL,
  input TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  actor TEXT,
  comment TEXT
);
CREATE INDEX event_alert ON event (alert_id, id);

CREATE TABLE rule_state (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  json TEXT NOT NULL
);

-- Every text of the city's files, with its history; text NULL: the file is gone.
CREATE TABLE city_file (
  id INTEGER PRIMARY KEY,
  path TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  actor TEXT,
  text TEXT
);
CREATE INDEX city_file_path ON city_file (path, id);
