/* SPDX-License-Identifier: EUPL-1.2 */
/* The log in SQLite: entries get their number, salt and digests here, in the writer's thread, within the transaction that writes them;
 * the head of the chain moves when it is committed. Queries run from any thread as those of bf-sqlite-read.c.
 *
 * An erasure leaves no word of the text in the search's index: the index is merged into one at that moment, since a deleted word
 * stays in SQLite's older segments until they are. */

#include "store/bf-sqlite-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/random.h>

#include "base/bf-error.h"

#define WORDS_MAX 16u
#define BEGINNING_MIN 3 /* letters: fewer begin half of all words */

gboolean
bf_sqlite_log_open (BfSqlite *self, GError **error)
{
  BfSqliteFile *file = &self->alerts;
  g_autoptr (BfSqliteStmt) statement
    = bf_sqlite_prepare (file->db, file->path, "SELECT seq, digest, top_us FROM log_entry ORDER BY seq DESC LIMIT 1", error);
  int code;

  if (statement == NULL)
    return FALSE;
  code = sqlite3_step (statement);
  if (code == SQLITE_DONE)
    return TRUE;
  if (code != SQLITE_ROW)
    return bf_sqlite_fail (error, file->db, file->path, _ ("reading the log's end"));
  if (sqlite3_column_bytes (statement, 1) != BF_LOG_DIGEST_BYTES)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: the last entry of the log has no digest"), file->path);
      return FALSE;
    }
  self->log_head.seq = sqlite3_column_int64 (statement, 0);
  self->log_head.top_us = sqlite3_column_int64 (statement, 2);
  memcpy (self->log_head.digest, sqlite3_column_blob (statement, 1), BF_LOG_DIGEST_BYTES);
  return TRUE;
}

static gboolean
take_salt (guint8 salt[BF_LOG_SALT_BYTES], GError **error)
{
  gssize n;

  do
    n = getrandom (salt, BF_LOG_SALT_BYTES, 0);
  while (n < 0 && errno == EINTR);
  if (n == BF_LOG_SALT_BYTES)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("a salt for the log: %s"), g_strerror (errno));
  return FALSE;
}

/* The text that @entry erases, and what else was written of it. */
static gboolean
erase (BfSqliteFile *file, const BfLogEntry *entry, GError **error)
{
  const char *what = N_ ("erasing a text of the log");

  if (!bf_sqlite_put_row (file, BF_SQLITE_LOG_WORDS_GONE, what, error, "i", entry->refers)
      || !bf_sqlite_put_row (file, BF_SQLITE_LOG_TEXT_GONE, what, error, "i", entry->refers))
    return FALSE;
  if (sqlite3_changes (file->db) != 1)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("entry %" PRId64 " of the log has no text that could be erased"), entry->refers);
      return FALSE;
    }
  return bf_sqlite_put_row (file, BF_SQLITE_LOG_ALERT_GONE, what, error, "i", entry->refers)
         && bf_sqlite_put_row (file, BF_SQLITE_LOG_EVENT_GONE, what, error, "i", entry->refers)
         && bf_sqlite_exec (file->db, file->path, "INSERT INTO log_words (log_words) VALUES ('optimize')", error);
}

/**
 * bf_sqlite_log_append:
 * @entry: is given its number, salt and digests
 *
 * Within a transaction of alerts.db.
 */
gboolean
bf_sqlite_log_append (BfSqlite *self, BfLogEntry *entry, GError **error)
{
  BfSqliteFile *file = &self->alerts;
  BfSqliteLogHead *head = &self->log_next;
  gint64 top_us = head->seq > 0 ? MAX (head->top_us, entry->at_us) : entry->at_us;
  guint8 salt[BF_LOG_SALT_BYTES];
  const char *what = N_ ("writing an entry of the log");
  GByteArray text_digest = { entry->text_digest, 0 }, digest = { entry->digest, BF_LOG_DIGEST_BYTES }, kept = { entry->salt, BF_LOG_SALT_BYTES };

  if (entry->refers < 0 || entry->refers > head->seq)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the log has no entry %" PRId64), entry->refers);
      return FALSE;
    }
  if (entry->text != NULL && !take_salt (salt, error))
    return FALSE;
  bf_log_entry_seal (entry, head->seq + 1, head->digest, salt);
  text_digest.len = entry->has_text ? BF_LOG_DIGEST_BYTES : 0;
  if (!bf_sqlite_put_row (file, BF_SQLITE_LOG_ENTRY, what, error, "iiittiitttibb", entry->seq, entry->at_us, top_us, bf_log_kind_id (entry->kind),
                          entry->actor, entry->alert_id, entry->event_id, entry->asset_id, entry->feed, entry->subject, entry->refers,
                          &text_digest, &digest))
    return FALSE;
  if (entry->text != NULL
      && (!bf_sqlite_put_row (file, BF_SQLITE_LOG_TEXT, what, error, "ibt", entry->seq, &kept, entry->text)
          || !bf_sqlite_put_row (file, BF_SQLITE_LOG_WORDS, what, error, "it", entry->seq, entry->text)))
    return FALSE;
  if (entry->kind == BF_LOG_ERASURE && !erase (file, entry, error))
    return FALSE;
  head->seq = entry->seq;
  head->top_us = top_us;
  memcpy (head->digest, entry->digest, BF_LOG_DIGEST_BYTES);
  return TRUE;
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

static const char *
text (sqlite3_stmt *statement, int column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

static gboolean
get_bytes (sqlite3_stmt *statement, int column, guint8 *ret_bytes, int n)
{
  if (sqlite3_column_bytes (statement, column) != n)
    return FALSE;
  memcpy (ret_bytes, sqlite3_column_blob (statement, column), (gsize) n);
  return TRUE;
}

/**
 * bf_sqlite_read_log:
 * @statement: its columns: seq, at_us, kind, actor, alert_id, event_id, asset_id, feed, subject, refers, text_digest, digest
 *
 * Returns: (transfer full) (nullable): the entry without its text. A kind that is not known is an error: the file was changed.
 */
BfLogEntry *
bf_sqlite_read_log (sqlite3_stmt *statement, const char *path, GError **error)
{
  g_autoptr (BfLogEntry) entry = NULL;
  gint64 seq = sqlite3_column_int64 (statement, 0);
  const char *kind_id = text (statement, 2), *actor = text (statement, 3);
  BfLogKind kind;

  if (kind_id == NULL || actor == NULL || !bf_log_kind_from_id (kind_id, &kind))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: entry %" PRId64 " of the log: unknown kind “%.40s”"), path, seq,
                   kind_id != NULL ? kind_id : "");
      return NULL;
    }
  entry = bf_log_entry_new (kind, actor, sqlite3_column_int64 (statement, 1), NULL);
  entry->seq = seq;
  entry->alert_id = sqlite3_column_int64 (statement, 4);
  entry->event_id = sqlite3_column_int64 (statement, 5);
  entry->asset_id = g_strdup (text (statement, 6));
  entry->feed = g_strdup (text (statement, 7));
  entry->subject = g_strdup (text (statement, 8));
  entry->refers = sqlite3_column_int64 (statement, 9);
  entry->has_text = get_bytes (statement, 10, entry->text_digest, BF_LOG_DIGEST_BYTES);
  if (!get_bytes (statement, 11, entry->digest, BF_LOG_DIGEST_BYTES))
    memset (entry->digest, 0, BF_LOG_DIGEST_BYTES);
  return g_steal_pointer (&entry);
}

#define COLUMNS                                                                                                                  \
  "SELECT e.seq, e.at_us, e.kind, e.actor, e.alert_id, e.event_id, e.asset_id, e.feed, e.subject, e.refers, e.text_digest, e.digest," \
  " t.text, (SELECT max(c.seq) FROM log_entry c WHERE c.refers = e.seq AND c.kind = 'correction'),"                              \
  " (SELECT max(c.seq) FROM log_entry c WHERE c.refers = e.seq AND c.kind = 'erasure') "

/* What a person typed as a query of FTS5: each word quoted, and one of some letters may go on. %NULL: no word in it. */
static char *
make_match (const char *words)
{
  g_auto (GStrv) parts = g_strsplit_set (words, " \t\r\n\"*()^:'’-+.,;!?/«»", -1);
  g_autoptr (GString) match = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; parts[i] != NULL && n < WORDS_MAX; i++)
    if (parts[i][0] != '\0')
      {
        g_string_append_printf (match, "%s\"%s\"%s", n > 0 ? " " : "", parts[i], g_utf8_strlen (parts[i], -1) >= BEGINNING_MIN ? "*" : "");
        n++;
      }
  return n > 0 ? g_string_free (g_steal_pointer (&match), FALSE) : NULL;
}

/* A period as numbers of entries, exactly, though clocks are set back: the first that any entry of it can have, and the last. */
#define FIRST_OF_PERIOD "(SELECT min(seq) FROM log_entry WHERE top_us = (SELECT min(top_us) FROM log_entry WHERE top_us >= ?6))"
#define LAST_OF_PERIOD                                                                                                           \
  "max(coalesce((SELECT max(seq) FROM log_entry WHERE top_us = (SELECT max(top_us) FROM log_entry WHERE top_us <= ?7)), 0),"     \
  " coalesce((SELECT max(seq) FROM log_entry WHERE at_us < top_us AND at_us BETWEEN ?6 AND ?7), 0))"

static char *
make_sql (const BfLogQuery *query, gboolean by_words)
{
  gboolean period = query->from_us != BF_TIME_NONE || query->to_us != BF_TIME_NONE;
  const char *number = by_words ? "w.rowid" : "e.seq";
  GString *sql = g_string_new (COLUMNS);

  g_string_append (sql, by_words ? "FROM log_words w JOIN log_entry e ON e.seq = w.rowid JOIN log_text t ON t.seq = e.seq WHERE log_words MATCH ?10"
                                 : "FROM log_entry e LEFT JOIN log_text t ON t.seq = e.seq WHERE 1");
  if (query->seq > 0)
    g_string_append_printf (sql, " AND %s = ?1", number);
  if (query->before > 0)
    g_string_append_printf (sql, " AND %s < ?2", number);
  if (query->after >= 0)
    g_string_append_printf (sql, " AND %s > ?12", number);
  if (query->kind >= 0)
    g_string_append (sql, " AND e.kind = ?3");
  if (query->alert_id > 0)
    g_string_append (sql, " AND e.alert_id = ?4");
  if (query->asset_id != NULL)
    g_string_append (sql, " AND e.asset_id = ?5");
  if (period)
    g_string_append_printf (sql, " AND +e.at_us BETWEEN ?6 AND ?7 AND %s >= " FIRST_OF_PERIOD " AND %s <= " LAST_OF_PERIOD, number, number);
  if (query->feed != NULL)
    g_string_append (sql, " AND e.feed = ?8");
  if (query->actor != NULL)
    g_string_append (sql, g_str_equal (query->actor, "engine") ? " AND e.actor = ?9" : " AND e.actor = ?9 AND e.actor <> 'engine'");
  g_string_append_printf (sql, " ORDER BY %s %s LIMIT ?11", number, query->after >= 0 ? "ASC" : "DESC");
  return g_string_free (sql, FALSE);
}

static void
bind (sqlite3_stmt *statement, const BfLogQuery *query, const char *match)
{
  sqlite3_bind_int64 (statement, 1, query->seq);
  sqlite3_bind_int64 (statement, 2, query->before);
  if (query->kind >= 0)
    sqlite3_bind_text (statement, 3, bf_log_kind_id ((BfLogKind) query->kind), -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 4, query->alert_id);
  sqlite3_bind_text (statement, 5, query->asset_id, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 6, query->from_us != BF_TIME_NONE ? query->from_us : G_MININT64);
  sqlite3_bind_int64 (statement, 7, query->to_us != BF_TIME_NONE ? query->to_us : G_MAXINT64);
  sqlite3_bind_text (statement, 8, query->feed, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 9, query->actor, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 10, match, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 11, query->max);
  sqlite3_bind_int64 (statement, 12, query->after);
}

static GPtrArray *
read_all (sqlite3_stmt *statement, BfSqliteFile *file, GError **error)
{
  g_autoptr (GPtrArray) entries = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_log_entry_free);
  int code;

  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      BfLogEntry *entry = bf_sqlite_read_log (statement, file->path, error);

      if (entry == NULL)
        return NULL;
      entry->text = g_strdup (text (statement, 12));
      entry->corrected_by = sqlite3_column_int64 (statement, 13);
      entry->erased_by = sqlite3_column_int64 (statement, 14);
      g_ptr_array_add (entries, entry);
    }
  if (code != SQLITE_DONE)
    {
      bf_sqlite_fail (error, file->db, file->path, _ ("reading the log"));
      return NULL;
    }
  return g_steal_pointer (&entries);
}

GPtrArray *
bf_sqlite_query_log (gpointer backend, const BfLogQuery *query, GCancellable *cancellable, GError **error)
{
  g_autoptr (BfSqliteReader) reader = bf_sqlite_take_reader (backend, cancellable, error);
  g_autofree char *match = query->words != NULL ? make_match (query->words) : NULL;
  g_autofree char *sql = make_sql (query, match != NULL);
  g_autoptr (BfSqliteStmt) statement = NULL;

  if (reader == NULL)
    return NULL;
  statement = bf_sqlite_prepare (reader->alerts.db, reader->alerts.path, sql, error);
  if (statement == NULL)
    return NULL;
  bind (statement, query, match);
  return read_all (statement, &reader->alerts, error);
}
