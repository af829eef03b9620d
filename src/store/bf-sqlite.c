/* SPDX-License-Identifier: EUPL-1.2 */
/* The SQLite backend: opening and closing its two files, and what its other files share.
 *
 * Open: the folder is locked (flock on engine.lock, freed by the kernel when the process dies), each file is migrated, put in
 * WAL mode and given the new epoch. Every later transaction checks that the epoch is still its own: an engine that lost
 * the folder, for whatever reason the lock did not hold, cannot write any more. */

#include "store/bf-sqlite-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "store/bf-sqlite-schema.h"

#define BUSY_TIMEOUT_MS 5000
#define WRITER_BUSY_TIMEOUT_MS 100 /* a lock on one file must not hold up the other: the writer has retries of its own */

/* What is checked of each file when the last engine did not close it: all of alerts.db, which is small; of
 * observations.db the tables that the size of the city bounds, not the journal, which would take minutes. */
static const char *const checks_alerts[] = { "PRAGMA quick_check(1)", NULL };
static const char *const checks_observations[] = {
  "PRAGMA quick_check('series')",       "PRAGMA quick_check('feed')",  "PRAGMA quick_check('state_value')",
  "PRAGMA quick_check('latest')",
  "PRAGMA quick_check('journal_hour')", "PRAGMA quick_check('asset')", NULL,
};

/**
 * bf_sqlite_fail:
 * @what: what was being done
 *
 * Sets @error from the connection's last error, with the code that bf-store-private.h gives to its kind.
 *
 * Returns: %FALSE
 */
gboolean
bf_sqlite_fail (GError **error, sqlite3 *db, const char *path, const char *what)
{
  int code = sqlite3_errcode (db);

  switch (code & 0xff)
    {
    case SQLITE_INTERRUPT:
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("%s: %s: cancelled"), path, what);
      break;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:
      g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("%s: %s: %s (SQLite %d, %s)"), path, what, sqlite3_errmsg (db),
                   sqlite3_extended_errcode (db), g_strerror (sqlite3_system_errno (db)));
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                   _ ("%s: %s: the file is damaged: %s; put a backup in its place, or move it away to start without it"), path, what,
                   sqlite3_errmsg (db));
      break;
    default:
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: %s: %s (SQLite %d)"), path, what, sqlite3_errmsg (db),
                   sqlite3_extended_errcode (db));
    }
  return FALSE;
}

gboolean
bf_sqlite_exec (sqlite3 *db, const char *path, const char *sql, GError **error)
{
  if (sqlite3_exec (db, sql, NULL, NULL, NULL) == SQLITE_OK)
    return TRUE;
  return bf_sqlite_fail (error, db, path, _ ("statement"));
}

sqlite3_stmt *
bf_sqlite_prepare (sqlite3 *db, const char *path, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v3 (db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
    bf_sqlite_fail (error, db, path, _ ("statement"));
  return statement;
}

/**
 * bf_sqlite_get_int64:
 *
 * Runs @sql, which gives one row of one integer.
 */
gboolean
bf_sqlite_get_int64 (sqlite3 *db, const char *path, const char *sql, gint64 *ret_value, GError **error)
{
  g_autoptr (BfSqliteStmt) statement = bf_sqlite_prepare (db, path, sql, error);

  if (statement == NULL)
    return FALSE;
  if (sqlite3_step (statement) != SQLITE_ROW)
    return bf_sqlite_fail (error, db, path, _ ("reading"));
  *ret_value = sqlite3_column_int64 (statement, 0);
  return TRUE;
}

/**
 * bf_sqlite_open_file:
 *
 * Opens a connection that is used by one thread at a time; a new file is readable by its owner only.
 */
sqlite3 *
bf_sqlite_open_file (const char *path, gboolean read_only, GError **error)
{
  sqlite3 *db = NULL;
  int flags = SQLITE_OPEN_NOMUTEX | (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE);

  if (!read_only)
    {
      int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

      if (fd < 0)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", path, g_strerror (errno));
          return NULL;
        }
      close (fd);
    }
  if (sqlite3_open_v2 (path, &db, flags, NULL) != SQLITE_OK)
    {
      if (db != NULL)
        bf_sqlite_fail (error, db, path, _ ("opening"));
      else
        g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("%s: opening: out of memory"), path);
      sqlite3_close (db);
      return NULL;
    }
  sqlite3_extended_result_codes (db, 1);
  sqlite3_busy_timeout (db, BUSY_TIMEOUT_MS);
  return db;
}

void
bf_sqlite_file_close (BfSqliteFile *file)
{
  for (guint i = 0; i < BF_SQLITE_N_STATEMENTS; i++)
    g_clear_pointer (&file->statements[i], sqlite3_finalize);
  if (file->db != NULL && sqlite3_close (file->db) != SQLITE_OK)
    g_critical ("%s: %s", file->path, sqlite3_errmsg (file->db));
  file->db = NULL;
  g_clear_pointer (&file->path, g_free);
}

/**
 * bf_sqlite_hour_table:
 * @hour: hours since 1970-01-01T00Z, not negative
 *
 * Returns: (transfer full): such as "journal_2026112404", UTC
 */
char *
bf_sqlite_hour_table (gint64 hour)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_utc (hour * 3600);

  return time != NULL ? g_date_time_format (time, "journal_%Y%m%d%H") : g_strdup_printf ("journal_h%" G_GINT64_FORMAT, hour);
}

static gboolean
lock_dir (BfSqlite *self, GError **error)
{
  g_autofree char *path = g_build_filename (self->dir, "engine.lock", NULL);
  char text[32] = "";
  int length;

  if (g_mkdir_with_parents (self->dir, 0700) != 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", self->dir, g_strerror (errno));
      return FALSE;
    }
  self->lock_fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->lock_fd < 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", path, g_strerror (errno));
      return FALSE;
    }
  if (flock (self->lock_fd, LOCK_EX | LOCK_NB) != 0)
    {
      gssize n = pread (self->lock_fd, text, sizeof text - 1, 0);

      text[n > 0 ? n : 0] = '\0';
      g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("%s: the store is in use by process %s: stop that engine first"), path,
                   text[0] != '\0' ? g_strchomp (text) : "?");
      return FALSE;
    }
  length = g_snprintf (text, sizeof text, "%d\n", (int) getpid ());
  if (ftruncate (self->lock_fd, 0) != 0 || pwrite (self->lock_fd, text, (gsize) length, 0) != length)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", path, g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

static gboolean
run_checks (BfSqliteFile *file, const char *const *checks, GError **error)
{
  gint64 clean = 0;

  if (!bf_sqlite_get_int64 (file->db, file->path, "SELECT clean FROM engine WHERE id = 1", &clean, error))
    return FALSE;
  for (guint i = 0; clean == 0 && checks[i] != NULL; i++)
    {
      g_autoptr (BfSqliteStmt) statement = bf_sqlite_prepare (file->db, file->path, checks[i], error);
      const char *verdict;

      if (statement == NULL)
        return FALSE;
      if (sqlite3_step (statement) != SQLITE_ROW)
        return bf_sqlite_fail (error, file->db, file->path, _ ("checking"));
      verdict = (const char *) sqlite3_column_text (statement, 0);
      if (g_strcmp0 (verdict, "ok") != 0)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                       _ ("%s: the file is damaged: %s; put a backup in its place, or move it away to start without it"), file->path,
                       verdict);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
open_file (BfSqlite *self, BfSqliteFile *file, const char *database, const char *synchronous, const char *const *checks,
           GError **error)
{
  g_autoptr (GArray) migrations = bf_sqlite_migrations_load (database, error);
  g_autofree char *name = g_strconcat (database, ".db", NULL);
  g_autofree char *pragmas = g_strdup_printf ("PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA foreign_keys = ON; "
                                              "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864",
                                              synchronous);

  if (migrations == NULL)
    return FALSE;
  file->path = g_build_filename (self->dir, name, NULL);
  file->db = bf_sqlite_open_file (file->path, FALSE, error);
  return file->db != NULL
         && bf_sqlite_migrate (file->db, file->path, (const BfMigration *) migrations->data, migrations->len, bf_time_now_us (),
                               error)
         && bf_sqlite_exec (file->db, file->path, pragmas, error) && run_checks (file, checks, error);
}

static gboolean
raise_epoch (BfSqlite *self, GError **error)
{
  BfSqliteFile *files[] = { &self->alerts, &self->observations };
  g_autofree char *sql = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      gint64 epoch = 0;

      if (!bf_sqlite_get_int64 (files[i]->db, files[i]->path, "SELECT epoch FROM engine WHERE id = 1", &epoch, error))
        return FALSE;
      self->epoch = MAX (self->epoch, epoch + 1);
    }
  sql = g_strdup_printf ("UPDATE engine SET epoch = %" G_GINT64_FORMAT ", clean = 0 WHERE id = 1", self->epoch);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if (!bf_sqlite_exec (files[i]->db, files[i]->path, sql, error))
      return FALSE;
  return TRUE;
}

static gboolean
load_names (BfSqliteFile *file, const char *sql, BfSeriesTable *table, GError **error)
{
  g_autoptr (BfSqliteStmt) statement = bf_sqlite_prepare (file->db, file->path, sql, error);
  int code;

  if (statement == NULL)
    return FALSE;
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      gint64 id = sqlite3_column_int64 (statement, 0);
      const char *first = (const char *) sqlite3_column_text (statement, 1);
      const char *second = (const char *) sqlite3_column_text (statement, 2);

      /* Ids are given 1, 2, 3…: the table is an array. */
      if (id != (gint64) bf_series_table_n (table) + 1 || first == NULL || second == NULL
          || !bf_series_table_restore (table, (guint) id, first, second))
        {
          g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                       _ ("%s: the file is damaged: series or feed %" PRId64 " stands where %u was expected"), file->path, id,
                       bf_series_table_n (table) + 1);
          return FALSE;
        }
    }
  return code == SQLITE_DONE || bf_sqlite_fail (error, file->db, file->path, _ ("reading names"));
}

static gboolean
load_states (BfSqliteFile *file, BfStateTable *table, GError **error)
{
  g_autoptr (BfSqliteStmt) statement
    = bf_sqlite_prepare (file->db, file->path, "SELECT service, property, id, value FROM state_value ORDER BY service, property, id", error);
  int code;

  if (statement == NULL)
    return FALSE;
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    {
      BfStateValue value = { (const char *) sqlite3_column_text (statement, 0), (const char *) sqlite3_column_text (statement, 1),
                             (guint) sqlite3_column_int64 (statement, 2), (const char *) sqlite3_column_text (statement, 3) };

      if (value.service == NULL || value.property == NULL || value.value == NULL || !bf_state_table_restore (table, &value))
        {
          g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: the file is damaged: the states of %s/%s are not numbered from 0"),
                       file->path, value.service != NULL ? value.service : "", value.property != NULL ? value.property : "");
          return FALSE;
        }
    }
  return code == SQLITE_DONE || bf_sqlite_fail (error, file->db, file->path, _ ("reading names"));
}

static void
bf_sqlite_free (BfSqlite *self)
{
  g_ptr_array_unref (self->readers);
  bf_sqlite_writer_clear (self);
  bf_sqlite_file_close (&self->alerts);
  bf_sqlite_file_close (&self->observations);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_hash_table_unref (self->hours);
  g_array_unref (self->order);
  g_mutex_clear (&self->readers_lock);
  g_free (self->dir);
  g_free (self);
}

static gpointer
bf_sqlite_open (const char *location, BfSeriesTable *series, BfSeriesTable *feeds, BfStateTable *states, BfStoreOpened *ret_opened,
                GError **error)
{
  BfSqlite *self = g_new0 (BfSqlite, 1);

  self->dir = g_strdup (location);
  self->lock_fd = -1;
  self->journal_hour = -1;
  self->hours = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->order = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_mutex_init (&self->readers_lock);
  self->readers = g_ptr_array_new_with_free_func (bf_sqlite_reader_free);

  if (!lock_dir (self, error) || !open_file (self, &self->alerts, "alerts", "FULL", checks_alerts, error)
      || !open_file (self, &self->observations, "observations", "NORMAL", checks_observations, error)
      || !raise_epoch (self, error)
      || !bf_sqlite_get_int64 (self->alerts.db, self->alerts.path, "SELECT coalesce(max(id), 0) FROM alert",
                               &ret_opened->last_alert_id, error)
      || !bf_sqlite_get_int64 (self->alerts.db, self->alerts.path, "SELECT coalesce(max(id), 0) FROM out_of_service",
                               &ret_opened->last_out_id, error)
      || !bf_sqlite_get_int64 (self->alerts.db, self->alerts.path, "SELECT coalesce(max(id), 0) FROM event",
                               &ret_opened->last_event_id, error)
      || !load_names (&self->observations, "SELECT id, asset_id, property FROM series ORDER BY id", series, error)
      || !load_names (&self->observations, "SELECT id, name, '' FROM feed ORDER BY id", feeds, error)
      || !load_states (&self->observations, states, error) || !bf_sqlite_log_open (self, error))
    {
      bf_sqlite_free (self);
      return NULL;
    }
  sqlite3_busy_timeout (self->alerts.db, WRITER_BUSY_TIMEOUT_MS);
  sqlite3_busy_timeout (self->observations.db, WRITER_BUSY_TIMEOUT_MS);
  ret_opened->epoch = self->epoch;
  return self;
}

static void
bf_sqlite_close (gpointer backend)
{
  BfSqlite *self = backend;
  g_autofree char *sql
    = g_strdup_printf ("UPDATE engine SET clean = 1 WHERE id = 1 AND epoch = %" G_GINT64_FORMAT, self->epoch);
  BfSqliteFile *files[] = { &self->alerts, &self->observations };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autoptr (GError) error = NULL;

      if (!bf_sqlite_exec (files[i]->db, files[i]->path, sql, &error))
        g_warning ("%s; the next start will check the file", error->message);
    }
  bf_sqlite_free (self);
}

static void
bf_sqlite_interrupt (gpointer backend)
{
  BfSqlite *self = backend;

  g_atomic_int_set (&self->interrupted, 1);
}

const BfStoreBackend bf_sqlite_backend = {
  .name = "sqlite",
  .open = bf_sqlite_open,
  .close = bf_sqlite_close,
  .write_alerts = bf_sqlite_write_alerts,
  .write_observations = bf_sqlite_write_observations,
  .retain = bf_sqlite_retain,
  .interrupt = bf_sqlite_interrupt,
  .load_assets = bf_sqlite_load_assets,
  .load_latest = bf_sqlite_load_latest,
  .load_pauses = bf_sqlite_load_pauses,
  .load_rule_states = bf_sqlite_load_rule_states,
  .load_open_alerts = bf_sqlite_load_open_alerts,
  .load_outs = bf_sqlite_load_outs,
  .load_past = bf_sqlite_load_past,
  .query_series = bf_sqlite_query_series,
  .query_alert = bf_sqlite_query_alert,
  .query_alerts = bf_sqlite_query_alerts,
  .load_files = bf_sqlite_load_files,
  .query_changes = bf_sqlite_query_changes,
  .query_log = bf_sqlite_query_log,
  .query_events = bf_sqlite_query_events,
};
