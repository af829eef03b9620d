/* SPDX-License-Identifier: EUPL-1.2 */
/* The SQLite backend's writes: writer's thread only. Each public function is one transaction that first checks the epoch.
 *
 * Rows of observations go by statements of MANY rows: a statement a row costs three times as much. A batch writes at most one
 * latest value a series. The journal's tables have no index: they are only ever appended to and dropped. */

#include "store/bf-sqlite-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

#define MANY 100
#define JOURNAL_COLUMNS 6
#define LATEST_COLUMNS 6

#define LATEST_SQL "INSERT INTO latest (series, observed_us, result_us, value, feed, record) VALUES "
#define LATEST_UPSERT                                                                                                        \
  " ON CONFLICT (series) DO UPDATE SET observed_us = excluded.observed_us, result_us = excluded.result_us,"                  \
  " value = excluded.value, feed = excluded.feed, record = excluded.record WHERE excluded.observed_us >= latest.observed_us"

static const char *const statement_sql[BF_SQLITE_N_STATEMENTS] = {
  [BF_SQLITE_BEGIN] = "BEGIN IMMEDIATE",
  [BF_SQLITE_COMMIT] = "COMMIT",
  [BF_SQLITE_EPOCH] = "SELECT epoch FROM engine WHERE id = 1",
  [BF_SQLITE_ALERT]
  = "INSERT INTO alert (id, rule_id, asset_id, priority, state, title, title_fr, why, values_json, raised_us, cleared_us,"
    " acknowledged_us, acknowledged_until_us, acknowledged_by, comment, last_event_id, flags, n_raised, shelf_us, shelf_until_us,"
    " shelf_by, shelf_reason, out_us, out_until_us, out_by, out_reason, causes, damped_us, quiet_us, acted_id, acted_us, acted_by,"
    " acted_input, annunciated_id, annunciated_us)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT (id) DO UPDATE SET rule_id = excluded.rule_id, asset_id = excluded.asset_id, priority = excluded.priority,"
    " state = excluded.state, title = excluded.title, title_fr = excluded.title_fr, why = excluded.why,"
    " values_json = excluded.values_json, raised_us = excluded.raised_us,"
    " cleared_us = excluded.cleared_us, acknowledged_us = excluded.acknowledged_us,"
    " acknowledged_until_us = excluded.acknowledged_until_us, acknowledged_by = excluded.acknowledged_by,"
    " comment = excluded.comment, last_event_id = excluded.last_event_id, flags = excluded.flags, n_raised = excluded.n_raised,"
    " shelf_us = excluded.shelf_us, shelf_until_us = excluded.shelf_until_us, shelf_by = excluded.shelf_by,"
    " shelf_reason = excluded.shelf_reason, out_us = excluded.out_us, out_until_us = excluded.out_until_us,"
    " out_by = excluded.out_by, out_reason = excluded.out_reason, causes = excluded.causes, damped_us = excluded.damped_us,"
    " quiet_us = excluded.quiet_us, acted_id = excluded.acted_id, acted_us = excluded.acted_us, acted_by = excluded.acted_by,"
    " acted_input = excluded.acted_input, annunciated_id = excluded.annunciated_id, annunciated_us = excluded.annunciated_us",
  [BF_SQLITE_EVENT]
  = "INSERT INTO event (id, alert_id, at_us, input, from_state, to_state, actor, comment, from_flags, to_flags, annunciated, until_us)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
  [BF_SQLITE_OUT]
  = "INSERT INTO out_of_service (id, asset_id, rule_id, since_us, until_us, review_us, actor, reason, ended_us, ended_by, ended_comment)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?) ON CONFLICT (id) DO UPDATE SET ended_us = excluded.ended_us, ended_by = excluded.ended_by,"
    " ended_comment = excluded.ended_comment",
  [BF_SQLITE_RULE_STATE] = "INSERT INTO rule_state (id, json) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json",
  [BF_SQLITE_LAST_FILE] = "SELECT text FROM city_file WHERE path = ? ORDER BY id DESC LIMIT 1",
  [BF_SQLITE_FILE]
  = "INSERT INTO city_file (id, path, at_us, actor, text, reason, figures_json)"
    " VALUES ((SELECT coalesce(max(id), 0) + 1 FROM city_file), ?, ?, ?, ?, ?, ?)",
  [BF_SQLITE_PAUSE]
  = "INSERT INTO feed_pause (id, feed, at_us, actor, reason)"
    " SELECT (SELECT coalesce(max(id), 0) + 1 FROM feed_pause), ?1, ?2, ?3, ?4 WHERE ?4 IS NOT NULL OR EXISTS (SELECT 1 FROM feed_pause"
    " WHERE id = (SELECT max(id) FROM feed_pause WHERE feed = ?1) AND reason IS NOT NULL)",
  [BF_SQLITE_LOG_ENTRY]
  = "INSERT INTO log_entry (seq, at_us, top_us, kind, actor, alert_id, event_id, asset_id, feed, subject, refers, text_digest, digest)"
    " VALUES (?,?,?,?,?,nullif(?,0),nullif(?,0),?,?,?,nullif(?,0),?,?)",
  [BF_SQLITE_LOG_TEXT] = "INSERT INTO log_text (seq, salt, text) VALUES (?, ?, ?)",
  [BF_SQLITE_LOG_WORDS] = "INSERT INTO log_words (rowid, text) VALUES (?, ?)",
  [BF_SQLITE_LOG_WORDS_GONE] = "INSERT INTO log_words (log_words, rowid, text) SELECT 'delete', seq, text FROM log_text WHERE seq = ?",
  [BF_SQLITE_LOG_TEXT_GONE] = "DELETE FROM log_text WHERE seq = ?",
  [BF_SQLITE_LOG_EVENT_GONE] = "UPDATE event SET comment = NULL WHERE id = (SELECT event_id FROM log_entry WHERE seq = ?)",
  [BF_SQLITE_LOG_ALERT_GONE]
  = "UPDATE alert SET comment = NULL WHERE id = (SELECT alert_id FROM log_entry WHERE seq = ?1 AND event_id IS NOT NULL)"
    " AND comment = (SELECT comment FROM event WHERE id = (SELECT event_id FROM log_entry WHERE seq = ?1))",
  [BF_SQLITE_SERIES] = "INSERT INTO series (id, asset_id, property) VALUES (?, ?, ?)",
  [BF_SQLITE_FEED] = "INSERT INTO feed (id, name) VALUES (?, ?)",
  [BF_SQLITE_STATE] = "INSERT INTO state_value (service, property, id, value) VALUES (?, ?, ?, ?)",
  [BF_SQLITE_ASSET]
  = "INSERT INTO asset (id, kind, name, address, parent, feed, lon, lat, attributes_json, shape) VALUES (?,?,?,?,?,?,?,?,?,?)"
    " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, address = excluded.address,"
    " parent = excluded.parent, feed = excluded.feed, lon = excluded.lon, lat = excluded.lat,"
    " attributes_json = excluded.attributes_json, shape = excluded.shape",
  [BF_SQLITE_ASSET_GONE] = "DELETE FROM asset WHERE id = ?",
  [BF_SQLITE_LATEST_GONE] = "DELETE FROM latest WHERE series IN (SELECT id FROM series WHERE asset_id = ?)",
  [BF_SQLITE_LATEST_ONE] = LATEST_SQL "(?,?,?,?,?,?)" LATEST_UPSERT,
  [BF_SQLITE_LATEST_MANY] = NULL, /* made from the same texts */
};

static char *
values_sql (const char *head, guint n_columns, guint n_rows, const char *tail)
{
  GString *sql = g_string_new (head);

  for (guint row = 0; row < n_rows; row++)
    {
      g_string_append (sql, row == 0 ? "(?" : ",(?");
      for (guint column = 1; column < n_columns; column++)
        g_string_append (sql, ",?");
      g_string_append_c (sql, ')');
    }
  g_string_append (sql, tail);
  return g_string_free (sql, FALSE);
}

static sqlite3_stmt *
get_statement (BfSqliteFile *file, BfSqliteStatement which, GError **error)
{
  if (file->statements[which] == NULL)
    {
      g_autofree char *many = which == BF_SQLITE_LATEST_MANY ? values_sql (LATEST_SQL, LATEST_COLUMNS, MANY, LATEST_UPSERT) : NULL;

      file->statements[which] = bf_sqlite_prepare (file->db, file->path, many != NULL ? many : statement_sql[which], error);
    }
  return file->statements[which];
}

static void
bind_text (sqlite3_stmt *statement, int at, const char *text)
{
  sqlite3_bind_text (statement, at, text, -1, SQLITE_STATIC);
}

static void
bind_time (sqlite3_stmt *statement, int at, gint64 time_us)
{
  if (time_us == BF_TIME_NONE)
    sqlite3_bind_null (statement, at);
  else
    sqlite3_bind_int64 (statement, at, time_us);
}

static void
bind_degrees (sqlite3_stmt *statement, int at, double degrees)
{
  if (isfinite (degrees))
    sqlite3_bind_double (statement, at, degrees);
  else
    sqlite3_bind_null (statement, at);
}

static void
bind_bytes (sqlite3_stmt *statement, int at, const GByteArray *bytes)
{
  if (bytes->len == 0)
    sqlite3_bind_null (statement, at);
  else
    sqlite3_bind_blob (statement, at, bytes->data, (int) bytes->len, SQLITE_STATIC);
}

/* Runs a statement that gives no rows, and leaves it ready for the next time. */
static gboolean
run (BfSqliteFile *file, sqlite3_stmt *statement, const char *what, GError **error)
{
  gboolean ok = sqlite3_step (statement) == SQLITE_DONE;

  if (!ok)
    bf_sqlite_fail (error, file->db, file->path, _ (what));
  sqlite3_reset (statement);
  return ok;
}

static gboolean
check_epoch (BfSqlite *self, BfSqliteFile *file, GError **error)
{
  sqlite3_stmt *statement = get_statement (file, BF_SQLITE_EPOCH, error);
  gint64 epoch = 0;

  if (statement == NULL)
    return FALSE;
  if (sqlite3_step (statement) == SQLITE_ROW)
    epoch = sqlite3_column_int64 (statement, 0);
  else
    bf_sqlite_fail (error, file->db, file->path, _ ("reading the epoch"));
  sqlite3_reset (statement);
  if (epoch == 0)
    return FALSE;
  if (epoch == self->epoch)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_STATE,
               _ ("%s: another engine has taken the store (its epoch is %" PRId64 ", this engine's %" PRId64
               "): nothing more is written here"),
               file->path, epoch, self->epoch);
  return FALSE;
}

static gboolean
begin (BfSqlite *self, BfSqliteFile *file, GError **error)
{
  sqlite3_stmt *statement = get_statement (file, BF_SQLITE_BEGIN, error);

  return statement != NULL && run (file, statement, N_ ("beginning a transaction"), error) && check_epoch (self, file, error);
}

/* Ends the transaction: TRUE when everything and the commit went well. */
static gboolean
end (BfSqliteFile *file, gboolean ok, GError **error)
{
  sqlite3_stmt *statement = ok ? get_statement (file, BF_SQLITE_COMMIT, error) : NULL;

  if (statement != NULL && run (file, statement, N_ ("commit"), error))
    return TRUE;
  if (!sqlite3_get_autocommit (file->db))
    sqlite3_exec (file->db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

/* One row by its kept statement. @types has a letter a column: i gint64, t text, T time (unknown is NULL), d degrees (not finite
 * is NULL), b bytes (GByteArray; empty is NULL); the values follow. */
gboolean
bf_sqlite_put_row (BfSqliteFile *file, BfSqliteStatement which, const char *what, GError **error, const char *types, ...)
{
  sqlite3_stmt *statement = get_statement (file, which, error);
  va_list args;

  if (statement == NULL)
    return FALSE;
  va_start (args, types);
  for (int at = 1; types[at - 1] != '\0'; at++)
    switch (types[at - 1])
      {
      case 'i':
        sqlite3_bind_int64 (statement, at, va_arg (args, gint64));
        break;
      case 't':
        bind_text (statement, at, va_arg (args, const char *));
        break;
      case 'T':
        bind_time (statement, at, va_arg (args, gint64));
        break;
      case 'd':
        bind_degrees (statement, at, va_arg (args, double));
        break;
      case 'b':
        bind_bytes (statement, at, va_arg (args, const GByteArray *));
        break;
      default:
        g_assert_not_reached ();
      }
  va_end (args);
  return run (file, statement, what, error);
}

static gboolean
put_event (BfSqliteFile *file, const BfAlertEvent *event, GError **error)
{
  return bf_sqlite_put_row (file, BF_SQLITE_EVENT, N_ ("writing an event"), error, "iiitttttiiiT", event->id, event->alert_id, event->at_us,
                  bf_alert_input_id (event->input), bf_alert_state_id (event->from), bf_alert_state_id (event->to), event->actor,
                  event->comment, (gint64) event->from_flags, (gint64) event->to_flags, (gint64) event->annunciated, event->until_us);
}

static gboolean
put_alert (BfSqliteFile *file, const BfAlert *alert, GError **error)
{
  g_autofree char *causes = bf_alert_causes_to_text (alert->causes);

  return bf_sqlite_put_row (file, BF_SQLITE_ALERT, N_ ("writing an alert"), error, "ittttttttTTTTttiiiTTttTTtttTTiTttiT", alert->id, alert->rule_id,
                  alert->asset_id, bf_priority_id (alert->priority), bf_alert_state_id (alert->state), alert->title.text, alert->title.fr,
                  alert->why, alert->values_json, alert->raised_us, alert->cleared_us, alert->acknowledged_us,
                  alert->acknowledged_until_us, alert->acknowledged_by, alert->comment, alert->last_event_id, (gint64) alert->flags,
                  (gint64) alert->n_raised, alert->shelf.since_us, alert->shelf.until_us, alert->shelf.by, alert->shelf.reason,
                  alert->out.since_us, alert->out.until_us, alert->out.by, alert->out.reason, causes, alert->damped_us, alert->quiet_us,
                  alert->acted_id, alert->acted_us, alert->acted_by, alert->acted_id > 0 ? bf_alert_input_id (alert->acted_input) : NULL,
                  alert->annunciated_id, alert->annunciated_us);
}

static gboolean
put_out (BfSqliteFile *file, const BfAlertOut *out, GError **error)
{
  return bf_sqlite_put_row (file, BF_SQLITE_OUT, N_ ("writing what is out of service"), error, "ittTTTttTtt", out->id, out->asset_id, out->rule_id,
                  out->since_us, out->until_us, out->review_us, out->by, out->reason, out->ended_us, out->ended_by, out->ended_comment);
}

static gboolean
put_file (BfSqliteFile *file, const BfStoreWrite *write, GError **error)
{
  sqlite3_stmt *last = get_statement (file, BF_SQLITE_LAST_FILE, error);
  gboolean same;
  int code;

  if (last == NULL)
    return FALSE;
  bind_text (last, 1, write->path);
  code = sqlite3_step (last);
  if (code == SQLITE_ROW)
    same = g_strcmp0 ((const char *) sqlite3_column_text (last, 0), write->text) == 0;
  else
    same = write->text == NULL;
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    bf_sqlite_fail (error, file->db, file->path, _ ("reading a city's file"));
  sqlite3_reset (last);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    return FALSE;
  if (same && !write->recorded)
    return TRUE;
  return bf_sqlite_put_row (file, BF_SQLITE_FILE, N_ ("writing a city's file"), error, "titttt", write->path, write->at_us, write->actor, write->text,
                  write->reason, write->figures_json);
}

gboolean
bf_sqlite_write_alerts (gpointer backend, BfStoreWrite *const *writes, guint n_writes, const char *rule_states, GError **error)
{
  BfSqlite *self = backend;
  BfSqliteFile *file = &self->alerts;
  gboolean ok = begin (self, file, error);

  self->log_next = self->log_head;
  for (guint i = 0; ok && i < n_writes; i++)
    {
      if (writes[i]->path != NULL)
        ok = put_file (file, writes[i], error);
      else if (writes[i]->out != NULL)
        ok = put_out (file, writes[i]->out, error);
      else if (writes[i]->feed != NULL)
        ok = bf_sqlite_put_row (file, BF_SQLITE_PAUSE, N_ ("writing a feed's stop"), error, "titt", writes[i]->feed, writes[i]->at_us,
                      writes[i]->actor, writes[i]->text);
      else if (writes[i]->alert != NULL)
        ok = put_alert (file, writes[i]->alert, error)
             && (writes[i]->event == NULL || put_event (file, writes[i]->event, error));
      ok = ok && (writes[i]->log == NULL || bf_sqlite_log_append (self, writes[i]->log, error));
    }
  ok = ok && (rule_states == NULL
              || bf_sqlite_put_row (file, BF_SQLITE_RULE_STATE, N_ ("writing the states of rules"), error, "t", rule_states));
  ok = end (file, ok, error);
  if (ok)
    self->log_head = self->log_next;
  return ok;
}

static gboolean
put_names (BfSqliteFile *file, BfSqliteStatement which, const BfStoreNewName *names, guint n_names, GError **error)
{
  const char *types = which == BF_SQLITE_SERIES ? "itt" : "it";

  for (guint i = 0; i < n_names; i++)
    if (!bf_sqlite_put_row (file, which, N_ ("writing a name"), error, types, (gint64) names[i].id, names[i].first, names[i].second))
      return FALSE;
  return TRUE;
}

static gboolean
put_states (BfSqliteFile *file, const BfStateValue *states, guint n_states, GError **error)
{
  for (guint i = 0; i < n_states; i++)
    if (!bf_sqlite_put_row (file, BF_SQLITE_STATE, N_ ("writing a name"), error, "ttit", states[i].service, states[i].property,
                  (gint64) states[i].id, states[i].value))
      return FALSE;
  return TRUE;
}

static gboolean
put_assets (BfSqliteFile *file, const GPtrArray *assets, GError **error)
{
  g_autoptr (GByteArray) shape = g_byte_array_new ();

  for (guint i = 0; i < assets->len; i++)
    {
      const BfStoreAsset *asset = g_ptr_array_index (assets, i);

      if (asset->kind == NULL)
        {
          if (!bf_sqlite_put_row (file, BF_SQLITE_ASSET_GONE, N_ ("an asset that leaves"), error, "t", asset->id)
              || !bf_sqlite_put_row (file, BF_SQLITE_LATEST_GONE, N_ ("an asset that leaves"), error, "t", asset->id))
            return FALSE;
          continue;
        }
      g_byte_array_set_size (shape, 0);
      if (asset->shape != NULL)
        bf_shape_append (asset->shape, shape);
      if (!bf_sqlite_put_row (file, BF_SQLITE_ASSET, N_ ("writing an asset"), error, "ttttttddtb", asset->id, asset->kind, asset->name,
                    asset->address, asset->parent, asset->feed, asset->lon, asset->lat, asset->attributes_json, shape))
        return FALSE;
    }
  return TRUE;
}

static void
bind_row (sqlite3_stmt *statement, int at, const BfStoreRow *row)
{
  sqlite3_bind_int64 (statement, at, row->series);
  sqlite3_bind_int64 (statement, at + 1, row->observed_us);
  sqlite3_bind_int64 (statement, at + 2, row->result_us);
  sqlite3_bind_double (statement, at + 3, row->value);
  sqlite3_bind_int64 (statement, at + 4, row->feed);
  sqlite3_bind_int64 (statement, at + 5, row->record);
}

/* Rows by their number, MANY at a time and the rest singly. */
static gboolean
put_rows (BfSqliteFile *file, sqlite3_stmt *many, sqlite3_stmt *one, const BfStoreRow *rows, const guint32 *order, guint n,
          const char *what, GError **error)
{
  guint i = 0;

  while (n - i >= MANY)
    {
      for (guint k = 0; k < MANY; k++, i++)
        bind_row (many, (int) k * JOURNAL_COLUMNS + 1, &rows[order[i]]);
      if (!run (file, many, what, error))
        return FALSE;
    }
  for (; i < n; i++)
    {
      bind_row (one, 1, &rows[order[i]]);
      if (!run (file, one, what, error))
        return FALSE;
    }
  return TRUE;
}

void
bf_sqlite_writer_clear (BfSqlite *self)
{
  g_clear_pointer (&self->journal_one, sqlite3_finalize);
  g_clear_pointer (&self->journal_many, sqlite3_finalize);
  self->journal_hour = -1;
}

/* Makes the hour's table when it is not there, and the statements that write to it. */
static gboolean
open_hour (BfSqlite *self, gint64 hour, gboolean *new_hour, GError **error)
{
  BfSqliteFile *file = &self->observations;
  g_autofree char *table = bf_sqlite_hour_table (hour);
  g_autofree char *head = g_strdup_printf ("INSERT INTO %s (series, observed_us, result_us, value, feed, record) VALUES ", table);
  g_autofree char *one = values_sql (head, JOURNAL_COLUMNS, 1, "");
  g_autofree char *many = values_sql (head, JOURNAL_COLUMNS, MANY, "");

  bf_sqlite_writer_clear (self);
  if (!g_hash_table_contains (self->hours, &hour))
    {
      g_autofree char *create
        = g_strdup_printf ("CREATE TABLE IF NOT EXISTS %s (series BIGINT NOT NULL, observed_us BIGINT NOT NULL, result_us BIGINT NOT "
                           "NULL, value DOUBLE PRECISION NOT NULL, feed BIGINT NOT NULL, record BIGINT NOT NULL);"
                           "INSERT INTO journal_hour (hour) VALUES (%" G_GINT64_FORMAT ") ON CONFLICT (hour) DO NOTHING",
                           table, hour);

      if (!bf_sqlite_exec (file->db, file->path, create, error))
        return FALSE;
      g_hash_table_add (self->hours, g_memdup2 (&hour, sizeof hour));
      *new_hour = TRUE;
    }
  self->journal_one = bf_sqlite_prepare (file->db, file->path, one, error);
  self->journal_many = self->journal_one != NULL ? bf_sqlite_prepare (file->db, file->path, many, error) : NULL;
  if (self->journal_many == NULL)
    return FALSE;
  self->journal_hour = hour;
  return TRUE;
}

static int
compare_hours (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const BfStoreRow *rows = user_data;
  guint32 x = *(const guint32 *) a, y = *(const guint32 *) b;
  gint64 hour_x = rows[x].observed_us / BF_STORE_HOUR_US, hour_y = rows[y].observed_us / BF_STORE_HOUR_US;

  if (hour_x != hour_y)
    return hour_x < hour_y ? -1 : 1;
  return (x > y) - (x < y);
}

static gboolean
put_journal (BfSqlite *self, const BfStoreBatch *batch, gboolean *new_hour, GError **error)
{
  GArray *order = self->order;
  gboolean mixed = FALSE;

  g_array_set_size (order, 0);
  for (guint32 i = 0; i < batch->n_rows; i++)
    if (batch->rows[i].journal)
      {
        mixed = mixed
                || (order->len > 0
                    && batch->rows[i].observed_us / BF_STORE_HOUR_US
                         != batch->rows[g_array_index (order, guint32, 0)].observed_us / BF_STORE_HOUR_US);
        g_array_append_val (order, i);
      }
  if (mixed)
    g_array_sort_with_data (order, compare_hours, (gpointer) batch->rows);
  for (guint start = 0, stop; start < order->len; start = stop)
    {
      gint64 hour = batch->rows[g_array_index (order, guint32, start)].observed_us / BF_STORE_HOUR_US;

      for (stop = start + 1; stop < order->len; stop++)
        if (batch->rows[g_array_index (order, guint32, stop)].observed_us / BF_STORE_HOUR_US != hour)
          break;
      if (hour != self->journal_hour && !open_hour (self, hour, new_hour, error))
        return FALSE;
      if (!put_rows (&self->observations, self->journal_many, self->journal_one, batch->rows, &g_array_index (order, guint32, start),
                     stop - start, N_ ("writing observations"), error))
        return FALSE;
    }
  return TRUE;
}

static int
compare_series (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const BfStoreRow *rows = user_data;
  guint32 x = rows[*(const guint32 *) a].series, y = rows[*(const guint32 *) b].series;

  return (x > y) - (x < y);
}

/* Leaves in @order, by series, the batch's newest row of each; on the same time the last one. The table of slots is for one
 * batch: what a city has in series costs nothing here, and whether the row is newer than the one on disk the statement says. */
static void
find_latest (BfSqlite *self, const BfStoreBatch *batch)
{
  g_autofree guint32 *slots = NULL; /* 1 + row, 0: free */
  guint32 mask = 255;

  while (mask < batch->n_rows + batch->n_rows / 2)
    mask = mask * 2 + 1;
  slots = g_new0 (guint32, mask + 1);
  for (guint32 i = 0; i < batch->n_rows; i++)
    {
      const BfStoreRow *row = &batch->rows[i];
      guint32 at = row->series * 0x9e3779b9u >> 7;
      guint32 *slot;

      for (;; at++)
        {
          slot = &slots[at & mask];
          if (*slot == 0 || batch->rows[*slot - 1].series == row->series)
            break;
        }
      if (*slot == 0 || row->observed_us >= batch->rows[*slot - 1].observed_us)
        *slot = i + 1;
    }
  for (guint32 i = 0; i <= mask; i++)
    if (slots[i] != 0)
      {
        guint32 row = slots[i] - 1;

        g_array_append_val (self->order, row);
      }
  g_array_sort_with_data (self->order, compare_series, (gpointer) batch->rows);
}

static gboolean
put_latest (BfSqlite *self, const BfStoreBatch *batch, GError **error)
{
  BfSqliteFile *file = &self->observations;
  sqlite3_stmt *one = get_statement (file, BF_SQLITE_LATEST_ONE, error);
  sqlite3_stmt *many = one != NULL ? get_statement (file, BF_SQLITE_LATEST_MANY, error) : NULL;

  if (many == NULL)
    return FALSE;
  g_array_set_size (self->order, 0);
  find_latest (self, batch);
  return put_rows (file, many, one, batch->rows, (const guint32 *) self->order->data, self->order->len, N_ ("writing latest values"),
                   error);
}

/* After the transaction: what memory knows of the disk follows it, or is forgotten. */
static void
settle (BfSqlite *self, gboolean ok)
{
  if (!ok)
    {
      bf_sqlite_writer_clear (self);
      g_hash_table_remove_all (self->hours);
    }
}

gboolean
bf_sqlite_write_observations (gpointer backend, const BfStoreBatch *batch, gboolean *ret_new_hour, GError **error)
{
  BfSqlite *self = backend;
  BfSqliteFile *file = &self->observations;
  gboolean new_hour = FALSE;
  gboolean ok = begin (self, file, error) && put_names (file, BF_SQLITE_SERIES, batch->series, batch->n_series, error)
                && put_names (file, BF_SQLITE_FEED, batch->feeds, batch->n_feeds, error)
                && put_states (file, batch->states, batch->n_states, error) && put_assets (file, batch->assets, error)
                && put_journal (self, batch, &new_hour, error) && put_latest (self, batch, error);

  ok = end (file, ok, error);
  settle (self, ok);
  if (ok)
    *ret_new_hour = new_hour;
  return ok;
}

/* The hours that are too many, oldest first. */
static GArray *
hours_over (BfSqliteFile *file, guint keep_hours, GError **error)
{
  g_autoptr (BfSqliteStmt) statement
    = bf_sqlite_prepare (file->db, file->path, "SELECT hour FROM journal_hour ORDER BY hour DESC LIMIT -1 OFFSET ?", error);
  GArray *hours;
  int code;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, keep_hours);
  hours = g_array_new (FALSE, FALSE, sizeof (gint64));
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 hour = sqlite3_column_int64 (statement, 0);

      g_array_append_val (hours, hour);
    }
  if (code == SQLITE_DONE)
    return hours;
  bf_sqlite_fail (error, file->db, file->path, _ ("reading the journal's hours"));
  g_array_unref (hours);
  return NULL;
}

/**
 * bf_sqlite_retain:
 * @keep_hours: the newest hour tables that stay
 *
 * Counted in tables and not by the clock, so that a clock that jumps ahead drops nothing.
 */
gboolean
bf_sqlite_retain (gpointer backend, guint keep_hours, guint *ret_dropped, GError **error)
{
  BfSqlite *self = backend;
  BfSqliteFile *file = &self->observations;
  g_autoptr (GArray) hours = NULL;
  gboolean ok = begin (self, file, error);

  bf_sqlite_writer_clear (self);
  hours = ok ? hours_over (file, keep_hours, error) : NULL;
  ok = hours != NULL;
  for (guint i = 0; ok && i < hours->len; i++)
    {
      gint64 hour = g_array_index (hours, gint64, i);
      g_autofree char *table = bf_sqlite_hour_table (hour);
      g_autofree char *sql = g_strdup_printf ("DROP TABLE IF EXISTS %s; DELETE FROM journal_hour WHERE hour = %" G_GINT64_FORMAT,
                                              table, hour);

      ok = bf_sqlite_exec (file->db, file->path, sql, error);
    }
  ok = end (file, ok, error);
  g_hash_table_remove_all (self->hours);
  if (ok)
    *ret_dropped = hours->len;
  return ok;
}
