/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-log-file.h. Entries and texts are read side by side, each by its number: a join costs as much as the digests. A row that
 * cannot be read as an entry ends the reading; what the chain says up to there stands. */

#include "store/bf-log-file.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "store/bf-sqlite-private.h"

#define ENTRIES                                                                                                                  \
  "SELECT seq, at_us, kind, actor, alert_id, event_id, asset_id, feed, subject, refers, text_digest, digest FROM log_entry ORDER BY seq"
#define TEXTS "SELECT seq, salt, text FROM log_text ORDER BY seq"

typedef struct
{
  sqlite3 *db;
  const char *path;
  BfLogVerifier *verifier;
  sqlite3_stmt *texts;
  gint64 text_seq; /* of the row that @texts stands at; G_MAXINT64: at its end */
} Reading;

static gboolean
next_text (Reading *reading, GError **error)
{
  int code = sqlite3_step (reading->texts);

  reading->text_seq = code == SQLITE_ROW ? sqlite3_column_int64 (reading->texts, 0) : G_MAXINT64;
  return code == SQLITE_ROW || code == SQLITE_DONE || bf_sqlite_fail (error, reading->db, reading->path, _ ("reading the log"));
}

/* Gives @entry its text; those before it belong to no entry. */
static gboolean
take_text (Reading *reading, BfLogEntry *entry, GError **error)
{
  while (reading->text_seq < entry->seq)
    {
      bf_log_verifier_stray_text (reading->verifier, reading->text_seq);
      if (!next_text (reading, error))
        return FALSE;
    }
  if (reading->text_seq != entry->seq)
    return TRUE;
  if (sqlite3_column_bytes (reading->texts, 1) == BF_LOG_SALT_BYTES)
    memcpy (entry->salt, sqlite3_column_blob (reading->texts, 1), BF_LOG_SALT_BYTES);
  entry->text = g_strdup ((const char *) sqlite3_column_text (reading->texts, 2));
  return next_text (reading, error);
}

static gboolean
read_all (Reading *reading, GError **error)
{
  g_autoptr (BfSqliteStmt) entries = bf_sqlite_prepare (reading->db, reading->path, ENTRIES, error);
  int code;

  if (entries == NULL || !next_text (reading, error))
    return FALSE;
  while ((code = sqlite3_step (entries)) == SQLITE_ROW)
    {
      g_autoptr (BfLogEntry) entry = bf_sqlite_read_log (entries, reading->path, error);

      if (entry == NULL || !take_text (reading, entry, error))
        return FALSE;
      bf_log_verifier_take (reading->verifier, entry);
    }
  if (code != SQLITE_DONE)
    return bf_sqlite_fail (error, reading->db, reading->path, _ ("reading the log"));
  while (reading->text_seq != G_MAXINT64)
    {
      bf_log_verifier_stray_text (reading->verifier, reading->text_seq);
      if (!next_text (reading, error))
        return FALSE;
    }
  return TRUE;
}

/**
 * bf_log_file_verify:
 * @dir: folder of the store
 * @anchor_seq: number of a known entry, 0: none; @anchor: (nullable): its digest
 *
 * Returns: %FALSE when the log cannot be read; what was found is in @ret_verdict
 */
gboolean
bf_log_file_verify (const char *dir, gint64 anchor_seq, const guint8 *anchor, BfLogVerdict *ret_verdict, GError **error)
{
  g_autofree char *path = g_build_filename (dir, "alerts.db", NULL);
  g_autoptr (BfLogVerifier) verifier = bf_log_verifier_new (anchor_seq, anchor);
  Reading reading = { .db = bf_sqlite_open_file (path, TRUE, error), .path = path, .verifier = verifier };
  gboolean ok = reading.db != NULL && bf_sqlite_exec (reading.db, path, "BEGIN", error);

  if (ok)
    {
      reading.texts = bf_sqlite_prepare (reading.db, path, TEXTS, error);
      ok = reading.texts != NULL && read_all (&reading, error);
    }
  sqlite3_finalize (reading.texts);
  sqlite3_close (reading.db);
  if (ok)
    bf_log_verifier_end (verifier, ret_verdict);
  return ok;
}
