-- SPDX-License-Identifier: EUPL-1.2
-- alerts.db, version 6: an alert's flags beside its state, who put them there and until when; what each event did to them; and the
-- records of equipment that is out of service.
-- flags: 1 latched, 2 shelved, 4 one-shot shelf, 8 its end was warned of, 16 suppressed, 32 out of service, 64 damped,
-- 128 announced: a person was told and has not acknowledged.

ALTER TABLE alert ADD COLUMN flags BIGINT NOT NULL DEFAULT 0;
ALTER TABLE alert ADD COLUMN n_raised BIGINT NOT NULL DEFAULT 1;
ALTER TABLE alert ADD COLUMN shelf_us BIGINT;
ALTER TABLE alert ADD COLUMN shelf_until_us BIGINT;
ALTER TABLE alert ADD COLUMN shelf_by TEXT;
ALTER TABLE alert ADD COLUMN shelf_reason TEXT;
ALTER TABLE alert ADD COLUMN out_us BIGINT;
ALTER TABLE alert ADD COLUMN out_until_us BIGINT;
ALTER TABLE alert ADD COLUMN out_by TEXT;
ALTER TABLE alert ADD COLUMN out_reason TEXT;
ALTER TABLE alert ADD COLUMN causes TEXT;
ALTER TABLE alert ADD COLUMN damped_us BIGINT;
ALTER TABLE alert ADD COLUMN quiet_us BIGINT;
ALTER TABLE alert ADD COLUMN acted_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE alert ADD COLUMN acted_us BIGINT;
ALTER TABLE alert ADD COLUMN acted_by TEXT;
ALTER TABLE alert ADD COLUMN acted_input TEXT;
ALTER TABLE alert ADD COLUMN annunciated_id BIGINT NOT NULL DEFAULT 0;
ALTER TABLE alert ADD COLUMN annunciated_us BIGINT;

ALTER TABLE event ADD COLUMN from_flags BIGINT NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN to_flags BIGINT NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN annunciated BIGINT NOT NULL DEFAULT 0;
ALTER TABLE event ADD COLUMN until_us BIGINT;

-- A worse priority was told as one more raise.
UPDATE event SET input = 'worsen' WHERE input = 'raise' AND from_state IN ('unacknowledged', 'acknowledged');
-- Before there were flags every raise was annunciated, and what was open and not acknowledged waited for it.
UPDATE event SET annunciated = 1 WHERE input IN ('raise', 'worsen', 'expire');
UPDATE event SET to_flags = 128 WHERE to_state IN ('unacknowledged', 'returned');
UPDATE event SET from_flags = 128 WHERE from_state IN ('unacknowledged', 'returned');
UPDATE alert SET flags = 128 WHERE state IN ('unacknowledged', 'returned');
UPDATE alert SET annunciated_id = coalesce((SELECT max(id) FROM event WHERE alert_id = alert.id AND annunciated = 1), 0)
  WHERE state <> 'normal';
UPDATE alert SET annunciated_us = (SELECT at_us FROM event WHERE id = annunciated_id) WHERE annunciated_id > 0;
UPDATE alert SET acted_id = coalesce((SELECT max(id) FROM event WHERE alert_id = alert.id AND input = 'acknowledge'), 0)
  WHERE state <> 'normal';
UPDATE alert SET acted_us = (SELECT at_us FROM event WHERE id = acted_id), acted_by = (SELECT actor FROM event WHERE id = acted_id),
  acted_input = 'acknowledge' WHERE acted_id > 0;

CREATE INDEX alert_held ON alert (id) WHERE flags <> 0;
CREATE INDEX event_at ON event (at_us);

CREATE TABLE out_of_service (
  id INTEGER PRIMARY KEY,
  asset_id TEXT NOT NULL,
  rule_id TEXT,
  since_us BIGINT NOT NULL,
  until_us BIGINT,
  review_us BIGINT,
  actor TEXT NOT NULL,
  reason TEXT NOT NULL,
  ended_us BIGINT,
  ended_by TEXT,
  ended_comment TEXT
);
CREATE INDEX out_of_service_in_force ON out_of_service (id) WHERE ended_us IS NULL;
