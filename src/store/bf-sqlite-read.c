/* SPDX-License-Identifier: EUPL-1.2 */
/* The SQLite backend's reads, from any thread: each takes a reader (a read-only connection to each file) from the pool, or
 * opens one, and gives it back. WAL lets them read while the writer writes; a reader sees what was committed when its
 * statement or transaction began. A query stops within PROGRESS_STEPS of SQLite's steps of its cancellation. */

#include "store/bf-sqlite-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

#define PROGRESS_STEPS 10000

void
bf_sqlite_reader_free (gpointer data)
{
  BfSqliteReader *reader = data;

  bf_sqlite_file_close (&reader->alerts);
  bf_sqlite_file_close (&reader->observations);
  g_free (reader);
}

static int
progress_cb (void *user_data)
{
  BfSqliteReader *reader = user_data;

  return g_atomic_int_get (&reader->owner->interrupted) || g_cancellable_is_cancelled (reader->cancellable);
}

static gboolean
open_reader_file (BfSqliteReader *reader, BfSqliteFile *file, const char *path, GError **error)
{
  file->path = g_strdup (path);
  file->db = bf_sqlite_open_file (path, TRUE, error);
  if (file->db == NULL)
    return FALSE;
  sqlite3_progress_handler (file->db, PROGRESS_STEPS, progress_cb, reader);
  return TRUE;
}

BfSqliteReader *
bf_sqlite_take_reader (BfSqlite *self, GCancellable *cancellable, GError **error)
{
  BfSqliteReader *reader = NULL;

  g_mutex_lock (&self->readers_lock);
  if (self->readers->len > 0)
    reader = g_ptr_array_steal_index (self->readers, self->readers->len - 1);
  g_mutex_unlock (&self->readers_lock);
  if (reader == NULL)
    {
      reader = g_new0 (BfSqliteReader, 1);
      reader->owner = self;
      if (!open_reader_file (reader, &reader->alerts, self->alerts.path, error)
          || !open_reader_file (reader, &reader->observations, self->observations.path, error))
        {
          bf_sqlite_reader_free (reader);
          return NULL;
        }
    }
  reader->cancellable = cancellable;
  return reader;
}

void
bf_sqlite_give_reader (BfSqliteReader *reader)
{
  BfSqlite *self = reader->owner;

  reader->cancellable = NULL;
  g_mutex_lock (&self->readers_lock);
  g_ptr_array_add (self->readers, reader);
  g_mutex_unlock (&self->readers_lock);
}

/* A query under way: a reader on loan and its statement. Freed as g_auto. */
typedef struct
{
  BfSqliteReader *reader;
  BfSqliteFile *file;
  sqlite3_stmt *statement;
} Query;

static void
query_clear (Query *query)
{
  sqlite3_finalize (query->statement);
  if (query->reader != NULL)
    bf_sqlite_give_reader (query->reader);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Query, query_clear)

typedef enum
{
  OF_ALERTS,
  OF_OBSERVATIONS,
} Which;

/* Takes a reader and prepares @sql, of which one of the two files is asked. */
static gboolean
query_begin (Query *query, BfSqlite *self, Which which, const char *sql, GCancellable *cancellable, GError **error)
{
  query->reader = bf_sqlite_take_reader (self, cancellable, error);
  if (query->reader == NULL)
    return FALSE;
  query->file = which == OF_ALERTS ? &query->reader->alerts : &query->reader->observations;
  query->statement = bf_sqlite_prepare (query->file->db, query->file->path, sql, error);
  return query->statement != NULL;
}

/* *@ret_row: whether there is one more. FALSE with @error when it cannot be read. */
static gboolean
query_next (Query *query, gboolean *ret_row, const char *what, GError **error)
{
  int code = sqlite3_step (query->statement);

  *ret_row = code == SQLITE_ROW;
  return code == SQLITE_ROW || code == SQLITE_DONE || bf_sqlite_fail (error, query->file->db, query->file->path, _ (what));
}

static const char *
text (sqlite3_stmt *statement, int column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

static double
degrees (sqlite3_stmt *statement, int column)
{
  return sqlite3_column_type (statement, column) == SQLITE_NULL ? NAN : sqlite3_column_double (statement, column);
}

static gint64
time_us (sqlite3_stmt *statement, int column)
{
  return sqlite3_column_type (statement, column) == SQLITE_NULL ? BF_TIME_NONE : sqlite3_column_int64 (statement, column);
}

/* A damaged one is said and left out: the asset stands as its point until its feed describes it again. */
static BfShape *
shape_of (sqlite3_stmt *statement, int column, const char *id)
{
  const void *bytes = sqlite3_column_blob (statement, column);
  BfShape *shape = bytes != NULL ? bf_shape_from_bytes (bytes, (gsize) sqlite3_column_bytes (statement, column)) : NULL;

  if (bytes != NULL && shape == NULL)
    g_warning ("asset %s out of the store: its line or area cannot be read", id);
  return shape;
}

gboolean
bf_sqlite_load_assets (gpointer backend, void (*row) (gpointer, const BfStoreAsset *), gpointer user_data, GError **error)
{
  g_auto (Query) query = { 0 };
  gboolean more;

  if (!query_begin (&query, backend, OF_OBSERVATIONS,
                    "SELECT id, kind, name, address, parent, feed, lon, lat, attributes_json, shape FROM asset ORDER BY id", NULL, error))
    return FALSE;
  while (query_next (&query, &more, N_ ("reading assets"), error))
    {
      sqlite3_stmt *statement = query.statement;
      g_autofree BfShape *shape = NULL;
      BfStoreAsset asset;

      if (!more)
        return TRUE;
      asset = (BfStoreAsset){ text (statement, 0),    text (statement, 1),    text (statement, 2),
                              text (statement, 3),    text (statement, 4),    text (statement, 5),
                              degrees (statement, 6), degrees (statement, 7), text (statement, 8), NULL };
      asset.shape = shape = shape_of (statement, 9, asset.id);
      row (user_data, &asset);
    }
  return FALSE;
}

gboolean
bf_sqlite_load_latest (gpointer backend, void (*row) (gpointer, const BfStoreObservation *), gpointer user_data, GError **error)
{
  g_auto (Query) query = { 0 };
  gboolean more;

  if (!query_begin (&query, backend, OF_OBSERVATIONS,
                    "SELECT s.asset_id, s.property, l.value, l.observed_us, l.result_us, l.record, f.name"
                    " FROM latest l JOIN series s ON s.id = l.series LEFT JOIN feed f ON f.id = l.feed"
                    " ORDER BY l.series",
                    NULL, error))
    return FALSE;
  while (query_next (&query, &more, N_ ("reading latest values"), error))
    {
      sqlite3_stmt *statement = query.statement;
      BfStoreObservation observation;

      if (!more)
        return TRUE;
      observation = (BfStoreObservation){
        .asset_id = text (statement, 0),
        .property = text (statement, 1),
        .value = sqlite3_column_double (statement, 2),
        .observed_us = sqlite3_column_int64 (statement, 3),
        .result_us = sqlite3_column_int64 (statement, 4),
        .record = (guint32) sqlite3_column_int64 (statement, 5),
        .feed = text (statement, 6),
      };
      row (user_data, &observation);
    }
  return FALSE;
}

gboolean
bf_sqlite_load_pauses (gpointer backend, void (*row) (gpointer, const BfStorePause *), gpointer user_data, GError **error)
{
  g_auto (Query) query = { 0 };
  gboolean more;

  if (!query_begin (&query, backend, OF_ALERTS,
                    "SELECT feed, actor, reason, at_us FROM feed_pause WHERE reason IS NOT NULL"
                    " AND id IN (SELECT max(id) FROM feed_pause GROUP BY feed) ORDER BY feed",
                    NULL, error))
    return FALSE;
  while (query_next (&query, &more, N_ ("reading the feeds that are stopped"), error))
    {
      sqlite3_stmt *statement = query.statement;

      if (!more)
        return TRUE;
      row (user_data, &(BfStorePause){ text (statement, 0), text (statement, 1), text (statement, 2), sqlite3_column_int64 (statement, 3) });
    }
  return FALSE;
}

gboolean
bf_sqlite_load_rule_states (gpointer backend, char **ret_json, GError **error)
{
  g_auto (Query) query = { 0 };
  gboolean some;

  if (!query_begin (&query, backend, OF_ALERTS, "SELECT json FROM rule_state WHERE id = 1", NULL, error)
      || !query_next (&query, &some, N_ ("reading the states of rules"), error))
    return FALSE;
  *ret_json = some ? g_strdup (text (query.statement, 0)) : NULL;
  return TRUE;
}

#define ALERT_COLUMNS                                                                                                        \
  "SELECT id, rule_id, asset_id, priority, state, title, title_fr, why, values_json, raised_us, cleared_us,"                 \
  " acknowledged_us, acknowledged_until_us, acknowledged_by, comment, last_event_id, flags, n_raised, shelf_us, shelf_until_us,"           \
  " shelf_by, shelf_reason, out_us, out_until_us, out_by, out_reason, causes, damped_us, quiet_us, acted_id, acted_us, acted_by,"          \
  " acted_input, annunciated_id, annunciated_us FROM alert "

/* The columns of version 6. */
static void
read_flags (sqlite3_stmt *statement, BfAlert *alert)
{
  alert->flags = (guint) sqlite3_column_int64 (statement, 16);
  alert->n_raised = (guint) sqlite3_column_int64 (statement, 17);
  bf_alert_mark_set (&alert->shelf, time_us (statement, 18), time_us (statement, 19), text (statement, 20), text (statement, 21));
  bf_alert_mark_set (&alert->out, time_us (statement, 22), time_us (statement, 23), text (statement, 24), text (statement, 25));
  alert->causes = bf_alert_causes_from_text (text (statement, 26));
  alert->damped_us = time_us (statement, 27);
  alert->quiet_us = time_us (statement, 28);
  alert->acted_id = sqlite3_column_int64 (statement, 29);
  alert->acted_us = time_us (statement, 30);
  alert->acted_by = g_strdup (text (statement, 31));
  bf_alert_input_from_id (text (statement, 32), &alert->acted_input);
  alert->annunciated_id = sqlite3_column_int64 (statement, 33);
  alert->annunciated_us = time_us (statement, 34);
}

static BfAlert *
read_alert (sqlite3_stmt *statement, const char *path, GError **error)
{
  g_autoptr (BfAlert) alert = g_new0 (BfAlert, 1);
  const char *priority = text (statement, 3);
  const char *state = text (statement, 4);

  alert->id = sqlite3_column_int64 (statement, 0);
  if (priority == NULL || state == NULL || !bf_priority_from_id (priority, &alert->priority)
      || !bf_alert_state_from_id (state, &alert->state))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: alert %" PRId64 ": unknown priority \"%s\" or state \"%s\""), path,
                   alert->id, priority != NULL ? priority : "", state != NULL ? state : "");
      return NULL;
    }
  alert->rule_id = g_strdup (text (statement, 1));
  alert->asset_id = g_strdup (text (statement, 2));
  alert->title.text = g_strdup (text (statement, 5));
  alert->title.fr = g_strdup (text (statement, 6));
  alert->why = g_strdup (text (statement, 7));
  alert->values_json = g_strdup (text (statement, 8));
  alert->raised_us = time_us (statement, 9);
  alert->cleared_us = time_us (statement, 10);
  alert->acknowledged_us = time_us (statement, 11);
  alert->acknowledged_until_us = time_us (statement, 12);
  alert->acknowledged_by = g_strdup (text (statement, 13));
  alert->comment = g_strdup (text (statement, 14));
  alert->last_event_id = sqlite3_column_int64 (statement, 15);
  read_flags (statement, alert);
  return g_steal_pointer (&alert);
}

/* All rows of a bound statement over alerts. */
static GPtrArray *
read_alerts (Query *query, GError **error)
{
  g_autoptr (GPtrArray) alerts = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_alert_free);
  gboolean more;

  while (query_next (query, &more, N_ ("reading alerts"), error))
    {
      BfAlert *alert = more ? read_alert (query->statement, query->file->path, error) : NULL;

      if (!more)
        return g_steal_pointer (&alerts);
      if (alert == NULL)
        return NULL;
      g_ptr_array_add (alerts, alert);
    }
  return NULL;
}

GPtrArray *
bf_sqlite_load_open_alerts (gpointer backend, GError **error)
{
  g_auto (Query) query = { 0 };

  if (!query_begin (&query, backend, OF_ALERTS, ALERT_COLUMNS "WHERE state <> 'normal' OR flags <> 0 ORDER BY id", NULL, error))
    return NULL;
  return read_alerts (&query, error);
}

GPtrArray *
bf_sqlite_query_alerts (gpointer backend, gint64 from_us, gint64 to_us, const char *asset_id, guint max, GCancellable *cancellable,
                        GError **error)
{
  const char *sql = asset_id != NULL
                      ? ALERT_COLUMNS "WHERE asset_id = ?4 AND raised_us BETWEEN ?1 AND ?2 ORDER BY raised_us DESC, id DESC LIMIT ?3"
                      : ALERT_COLUMNS "WHERE raised_us BETWEEN ?1 AND ?2 ORDER BY raised_us DESC, id DESC LIMIT ?3";
  g_auto (Query) query = { 0 };

  if (!query_begin (&query, backend, OF_ALERTS, sql, cancellable, error))
    return NULL;
  sqlite3_bind_int64 (query.statement, 1, from_us);
  sqlite3_bind_int64 (query.statement, 2, to_us);
  sqlite3_bind_int64 (query.statement, 3, max);
  if (asset_id != NULL)
    sqlite3_bind_text (query.statement, 4, asset_id, -1, SQLITE_STATIC);
  return read_alerts (&query, error);
}

BfAlert *
bf_sqlite_query_alert (gpointer backend, gint64 id, GCancellable *cancellable, GError **error)
{
  g_auto (Query) query = { 0 };
  gboolean some;

  if (!query_begin (&query, backend, OF_ALERTS, ALERT_COLUMNS "WHERE id = ?1", cancellable, error))
    return NULL;
  sqlite3_bind_int64 (query.statement, 1, id);
  if (!query_next (&query, &some, N_ ("reading an alert"), error))
    return NULL;
  if (some)
    return read_alert (query.statement, query.file->path, error);
  g_set_error (error, BF_ERROR, BF_ERROR_NOT_FOUND, _ ("no alert %" PRId64), id);
  return NULL;
}

/* What is out of service now. */
GPtrArray *
bf_sqlite_load_outs (gpointer backend, GError **error)
{
  g_autoptr (GPtrArray) outs = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_alert_out_free);
  g_auto (Query) query = { 0 };
  gboolean more;

  if (!query_begin (&query, backend, OF_ALERTS,
                    "SELECT id, asset_id, rule_id, since_us, until_us, review_us, actor, reason FROM out_of_service"
                    " WHERE ended_us IS NULL ORDER BY id",
                    NULL, error))
    return NULL;
  while (query_next (&query, &more, N_ ("reading what is out of service"), error))
    {
      sqlite3_stmt *row = query.statement;
      BfAlertOut *out;

      if (!more)
        return g_steal_pointer (&outs);
      out = g_new0 (BfAlertOut, 1);
      *out = (BfAlertOut){ sqlite3_column_int64 (row, 0), g_strdup (text (row, 2)), g_strdup (text (row, 1)), time_us (row, 3), time_us (row, 4),
                           time_us (row, 5), g_strdup (text (row, 6)), g_strdup (text (row, 7)), BF_TIME_NONE, NULL, NULL };
      g_ptr_array_add (outs, out);
    }
  return NULL;
}

static gboolean
read_past (sqlite3_stmt *statement, BfStorePast *past)
{
  const char *priority = text (statement, 1);

  *past = (BfStorePast){ .asset_id = text (statement, 0), .to_flags = (guint) sqlite3_column_int64 (statement, 3),
                         .at_us = sqlite3_column_int64 (statement, 4), .until_us = time_us (statement, 5) };
  if (past->asset_id == NULL || priority == NULL || !bf_priority_from_id (priority, &past->priority)
      || !bf_alert_input_from_id (text (statement, 2), &past->input))
    return FALSE;
  /* What had gone and came back worse was raised. */
  if (past->input == BF_ALERT_INPUT_WORSEN && !sqlite3_column_int64 (statement, 6))
    past->input = BF_ALERT_INPUT_RAISE;
  return TRUE;
}

gboolean
bf_sqlite_load_past (gpointer backend, gint64 from_us, void (*row) (gpointer, const BfStorePast *), gpointer user_data, GError **error)
{
  g_auto (Query) query = { 0 };
  BfStorePast past;
  gboolean more;

  if (!query_begin (&query, backend, OF_ALERTS,
                    "SELECT a.asset_id, a.priority, e.input, e.to_flags, e.at_us, e.until_us,"
                    " e.from_state IN ('unacknowledged', 'acknowledged') FROM event e JOIN alert a ON a.id = e.alert_id"
                    " WHERE e.at_us >= ?1 AND e.input IN ('raise', 'worsen', 'clear', 'clock') ORDER BY e.id",
                    NULL, error))
    return FALSE;
  sqlite3_bind_int64 (query.statement, 1, from_us);
  while (query_next (&query, &more, N_ ("reading events"), error))
    {
      if (!more)
        return TRUE;
      if (read_past (query.statement, &past))
        row (user_data, &past);
    }
  return FALSE;
}

static BfAlertEvent *
read_event (sqlite3_stmt *statement, const char *path, GError **error)
{
  g_autoptr (BfAlertEvent) event = g_new0 (BfAlertEvent, 1);
  const char *from = text (statement, 4), *to = text (statement, 5);

  event->id = sqlite3_column_int64 (statement, 0);
  event->alert_id = sqlite3_column_int64 (statement, 1);
  event->at_us = sqlite3_column_int64 (statement, 2);
  if (!bf_alert_input_from_id (text (statement, 3), &event->input) || from == NULL || to == NULL
      || !bf_alert_state_from_id (from, &event->from) || !bf_alert_state_from_id (to, &event->to))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: event %" PRId64 ": unknown input or state"), path, event->id);
      return NULL;
    }
  event->actor = g_strdup (text (statement, 6));
  event->comment = g_strdup (text (statement, 7));
  event->from_flags = (guint) sqlite3_column_int64 (statement, 8);
  event->to_flags = (guint) sqlite3_column_int64 (statement, 9);
  event->annunciated = sqlite3_column_int64 (statement, 10) != 0;
  event->until_us = time_us (statement, 11);
  return g_steal_pointer (&event);
}

gboolean
bf_sqlite_load_files (gpointer backend, const char *prefix, void (*row) (gpointer, const BfStoreChange *), gpointer user_data,
                      GError **error)
{
  g_auto (Query) query = { 0 };
  gboolean more;

  if (!query_begin (&query, backend, OF_ALERTS,
                    "SELECT id, at_us, path, actor, reason, figures_json, text FROM city_file"
                    " WHERE id IN (SELECT max(id) FROM city_file WHERE substr(path, 1, length(?1)) = ?1 GROUP BY path) ORDER BY path",
                    NULL, error))
    return FALSE;
  sqlite3_bind_text (query.statement, 1, prefix, -1, SQLITE_STATIC);
  while (query_next (&query, &more, N_ ("reading the city's files"), error))
    {
      sqlite3_stmt *statement = query.statement;

      if (!more)
        return TRUE;
      row (user_data, &(BfStoreChange){ sqlite3_column_int64 (statement, 0), sqlite3_column_int64 (statement, 1), (char *) text (statement, 2),
                                        (char *) text (statement, 3), (char *) text (statement, 4), (char *) text (statement, 5),
                                        (char *) text (statement, 6), NULL });
    }
  return FALSE;
}

static BfStoreChange *
read_change (sqlite3_stmt *statement)
{
  BfStoreChange *change = g_new0 (BfStoreChange, 1);

  change->id = sqlite3_column_int64 (statement, 0);
  change->at_us = sqlite3_column_int64 (statement, 1);
  change->path = g_strdup (text (statement, 2));
  change->actor = g_strdup (text (statement, 3));
  change->reason = g_strdup (text (statement, 4));
  change->figures_json = g_strdup (text (statement, 5));
  change->text = g_strdup (text (statement, 6));
  change->before = g_strdup (text (statement, 7));
  return change;
}

GPtrArray *
bf_sqlite_query_changes (gpointer backend, const char *prefix, gint64 id, guint max, GCancellable *cancellable, GError **error)
{
  g_autoptr (GPtrArray) changes = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_store_change_free);
  g_auto (Query) query = { 0 };
  gboolean more;

  if (!query_begin (&query, backend, OF_ALERTS,
                    "SELECT id, at_us, path, actor, reason, figures_json, text,"
                    " (SELECT b.text FROM city_file b WHERE b.path = c.path AND b.id < c.id ORDER BY b.id DESC LIMIT 1)"
                    " FROM city_file c WHERE substr(path, 1, length(?1)) = ?1 AND (?2 = 0 OR id = ?2) ORDER BY id DESC LIMIT ?3",
                    cancellable, error))
    return NULL;
  sqlite3_bind_text (query.statement, 1, prefix, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (query.statement, 2, id);
  sqlite3_bind_int64 (query.statement, 3, max);
  while (query_next (&query, &more, N_ ("reading the changes of the city's files"), error))
    {
      if (!more)
        return g_steal_pointer (&changes);
      g_ptr_array_add (changes, read_change (query.statement));
    }
  return NULL;
}

#define EVENT_COLUMNS "SELECT id, alert_id, at_us, input, from_state, to_state, actor, comment, from_flags, to_flags,"                       \
                      " annunciated, until_us FROM event "

GPtrArray *
bf_sqlite_query_events (gpointer backend, gint64 after, gint64 alert_id, guint max, GCancellable *cancellable, GError **error)
{
  const char *sql = alert_id > 0 ? EVENT_COLUMNS "WHERE alert_id = ?3 AND id > ?1 ORDER BY id LIMIT ?2"
                                 : EVENT_COLUMNS "WHERE id > ?1 ORDER BY id LIMIT ?2";
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_alert_event_free);
  g_auto (Query) query = { 0 };
  gboolean more;

  if (!query_begin (&query, backend, OF_ALERTS, sql, cancellable, error))
    return NULL;
  sqlite3_bind_int64 (query.statement, 1, after);
  sqlite3_bind_int64 (query.statement, 2, max);
  if (alert_id > 0)
    sqlite3_bind_int64 (query.statement, 3, alert_id);
  while (query_next (&query, &more, N_ ("reading events"), error))
    {
      BfAlertEvent *event = more ? read_event (query.statement, query.file->path, error) : NULL;

      if (!more)
        return g_steal_pointer (&events);
      if (event == NULL)
        return NULL;
      g_ptr_array_add (events, event);
    }
  return NULL;
}

/* @ret_series: 0 when there is none of that name. */
static gboolean
find_series (BfSqliteFile *file, const char *asset_id, const char *property, gint64 *ret_series, GError **error)
{
  g_autoptr (BfSqliteStmt) statement
    = bf_sqlite_prepare (file->db, file->path, "SELECT id FROM series WHERE asset_id = ? AND property = ?", error);
  int code;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, asset_id, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 2, property, -1, SQLITE_STATIC);
  code = sqlite3_step (statement);
  if (code != SQLITE_ROW && code != SQLITE_DONE)
    return bf_sqlite_fail (error, file->db, file->path, _ ("reading series"));
  *ret_series = code == SQLITE_ROW ? sqlite3_column_int64 (statement, 0) : 0;
  return TRUE;
}

static gboolean
read_hour (BfSqliteFile *file, gint64 hour, gint64 series, gint64 from_us, gint64 to_us, BfStorePointFunc point, gpointer user_data,
           GError **error)
{
  g_autofree char *table = bf_sqlite_hour_table (hour);
  g_autofree char *sql = g_strdup_printf ("SELECT observed_us, value FROM %s WHERE series = ? AND observed_us BETWEEN ? AND ?"
                                          " ORDER BY observed_us, result_us",
                                          table);
  g_autoptr (BfSqliteStmt) statement = bf_sqlite_prepare (file->db, file->path, sql, error);
  int code;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, series);
  sqlite3_bind_int64 (statement, 2, from_us);
  sqlite3_bind_int64 (statement, 3, to_us);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    point (user_data, sqlite3_column_int64 (statement, 0), sqlite3_column_double (statement, 1));
  return code == SQLITE_DONE || bf_sqlite_fail (error, file->db, file->path, _ ("reading a series"));
}

static gboolean
read_hours (BfSqliteFile *file, const char *asset_id, const char *property, gint64 from_us, gint64 to_us, BfStorePointFunc point,
            gpointer user_data, GError **error)
{
  g_autoptr (BfSqliteStmt) hours = NULL;
  gint64 series = 0;
  int code;

  if (!find_series (file, asset_id, property, &series, error))
    return FALSE;
  if (series == 0 || to_us < 0 || to_us < from_us)
    return TRUE;
  hours = bf_sqlite_prepare (file->db, file->path, "SELECT hour FROM journal_hour WHERE hour BETWEEN ? AND ? ORDER BY hour", error);
  if (hours == NULL)
    return FALSE;
  sqlite3_bind_int64 (hours, 1, MAX (from_us, 0) / BF_STORE_HOUR_US);
  sqlite3_bind_int64 (hours, 2, to_us / BF_STORE_HOUR_US);
  while ((code = sqlite3_step (hours)) == SQLITE_ROW)
    if (!read_hour (file, sqlite3_column_int64 (hours, 0), series, from_us, to_us, point, user_data, error))
      return FALSE;
  return code == SQLITE_DONE || bf_sqlite_fail (error, file->db, file->path, _ ("reading the journal's hours"));
}

gboolean
bf_sqlite_query_series (gpointer backend, const char *asset_id, const char *property, gint64 from_us, gint64 to_us,
                        BfStorePointFunc point, gpointer user_data, GCancellable *cancellable, GError **error)
{
  g_autoptr (BfSqliteReader) reader = bf_sqlite_take_reader (backend, cancellable, error);
  BfSqliteFile *file;
  gboolean ok;

  if (reader == NULL)
    return FALSE;
  file = &reader->observations;
  /* One view for all hours, so that none is dropped in between. */
  ok = bf_sqlite_exec (file->db, file->path, "BEGIN", error)
       && read_hours (file, asset_id, property, from_us, to_us, point, user_data, error);
  sqlite3_exec (file->db, "ROLLBACK", NULL, NULL, NULL);
  return ok;
}
