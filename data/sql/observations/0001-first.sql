-- SPDX-License-Identifier: EUPL-1.2
-- observations.db, version 1: what feeds gave; synchronous=NORMAL.
-- Written to be read by PostgreSQL too, where INTEGER PRIMARY KEY is BIGINT PRIMARY KEY. Times are µs UTC.
-- The journal's tables, one an hour of phenomenon time, are made by the store when their first observation comes.

CREATE TABLE engine (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch BIGINT NOT NULL,
  clean BIGINT NOT NULL
);
INSERT INTO engine (id, epoch, clean) VALUES (1, 0, 1);

CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  asset_id TEXT NOT NULL,
  property TEXT NOT NULL
);
CREATE UNIQUE INDEX series_name ON series (asset_id, property);

CREATE TABLE feed (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL
);
CREATE UNIQUE INDEX feed_name ON feed (name);

CREATE TABLE latest (
  series INTEGER PRIMARY KEY,
  observed_us BIGINT NOT NULL,
  result_us BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL,
  feed BIGINT NOT NULL,
  record BIGINT NOT NULL
);

CREATE TABLE asset (
  id TEXT PRIMARY KEY,
  kind TEXT,
  name TEXT,
  address TEXT,
  parent TEXT,
  feed TEXT,
  lon DOUBLE PRECISION,
  lat DOUBLE PRECISION,
  attributes_json TEXT
);

-- The hours that have a journal table, counted from 1970-01-01T00Z.
CREATE TABLE journal_hour (
  hour INTEGER PRIMARY KEY
);
