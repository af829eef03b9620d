-- SPDX-License-Identifier: EUPL-1.2
-- alerts.db, version 5: the log (main courante). Entries are added and never changed; what their digests are made of is in
-- src/log/README.md. Texts stand apart with their salts, so that one can be erased by law and the chain stays whole.
-- Triggers and the full-text table are SQLite's own.

CREATE TABLE log_entry (
  seq INTEGER PRIMARY KEY,
  at_us BIGINT NOT NULL,
  top_us BIGINT NOT NULL, -- greatest at_us up to here: it never goes back, as clocks do, so a period is a range of numbers
  kind TEXT NOT NULL,
  actor TEXT NOT NULL,
  alert_id BIGINT,
  event_id BIGINT,
  asset_id TEXT,
  feed TEXT,
  subject TEXT,
  refers BIGINT CHECK (refers < seq),
  text_digest BLOB,
  digest BLOB NOT NULL
);
CREATE INDEX log_entry_top ON log_entry (top_us);
CREATE INDEX log_entry_back ON log_entry (at_us, seq) WHERE at_us < top_us;
CREATE INDEX log_entry_actor ON log_entry (actor, seq) WHERE actor <> 'engine';
CREATE INDEX log_entry_kind ON log_entry (kind, seq);
CREATE INDEX log_entry_alert ON log_entry (alert_id, seq) WHERE alert_id IS NOT NULL;
CREATE INDEX log_entry_asset ON log_entry (asset_id, seq) WHERE asset_id IS NOT NULL;
CREATE INDEX log_entry_feed ON log_entry (feed, seq) WHERE feed IS NOT NULL;
CREATE INDEX log_entry_refers ON log_entry (refers, kind) WHERE refers IS NOT NULL;

CREATE TABLE log_text (
  seq INTEGER PRIMARY KEY REFERENCES log_entry (seq),
  salt BLOB NOT NULL,
  text TEXT NOT NULL
);

CREATE VIRTUAL TABLE log_words USING fts5 (text, content = 'log_text', content_rowid = 'seq', tokenize = 'unicode61 remove_diacritics 2');

CREATE TRIGGER log_entry_next BEFORE INSERT ON log_entry WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM log_entry)
BEGIN SELECT RAISE(ABORT, 'entries of the log are added at its end'); END;
CREATE TRIGGER log_entry_fixed BEFORE UPDATE ON log_entry
BEGIN SELECT RAISE(ABORT, 'entries of the log are never changed'); END;
CREATE TRIGGER log_entry_kept BEFORE DELETE ON log_entry
BEGIN SELECT RAISE(ABORT, 'entries of the log are never removed'); END;
CREATE TRIGGER log_text_next BEFORE INSERT ON log_text WHEN NEW.seq <> (SELECT max(seq) FROM log_entry)
BEGIN SELECT RAISE(ABORT, 'a text of the log comes with its entry'); END;
CREATE TRIGGER log_text_fixed BEFORE UPDATE ON log_text
BEGIN SELECT RAISE(ABORT, 'texts of the log are never changed'); END;
CREATE TRIGGER log_text_kept BEFORE DELETE ON log_text
WHEN NOT EXISTS (SELECT 1 FROM log_entry WHERE refers = OLD.seq AND kind = 'erasure')
BEGIN SELECT RAISE(ABORT, 'a text of the log is removed after an entry that says who erases it and why'); END;
