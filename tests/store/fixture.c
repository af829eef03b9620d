/* SPDX-License-Identifier: EUPL-1.2 */
/* See fixture.h. */

#include "fixture.h"

#include <glib/gstdio.h>

#include "base/bf-time.h"

void
fixture_remove_dir (const char *dir)
{
  g_autoptr (GDir) listing = g_dir_open (dir, 0, NULL);
  const char *name;

  while (listing != NULL && (name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      g_unlink (path);
    }
  g_rmdir (dir);
}

static gboolean
is_fatal_cb (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  return g_strcmp0 (domain, "bf-store") != 0 || (level & G_LOG_LEVEL_WARNING) == 0;
}

/* The default handler of a test would say "Bail out!". */
static void
log_cb (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
  g_printerr ("%s\n", message);
}

void
fixture_expect_warnings (void)
{
  g_log_set_handler ("bf-store", G_LOG_LEVEL_WARNING | G_LOG_FLAG_FATAL, log_cb, NULL);
  g_test_log_set_fatal_handler (is_fatal_cb, NULL);
}

void
fixture_set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->dir = g_dir_make_tmp ("bf-store-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->store = bf_store_open (fixture->dir, &error);
  g_assert_no_error (error);
  g_assert_nonnull (fixture->store);
}

void
fixture_tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->store, bf_store_close);
  fixture_remove_dir (fixture->dir);
  g_free (fixture->dir);
}

void
fixture_reopen (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fixture->store, bf_store_close);
  fixture->store = bf_store_open (fixture->dir, &error);
  g_assert_no_error (error);
}

char *
fixture_path (const Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->dir, name, NULL);
}

void
make_alert (BfAlert *alert, BfAlertEvent *event, gint64 alert_id, gint64 event_id)
{
  *alert = (BfAlert){
    .id = alert_id,
    .rule_id = (char *) "water_pressure_low",
    .asset_id = (char *) "water/412",
    .priority = BF_PRIORITY_HIGH,
    .state = BF_ALERT_UNACKNOWLEDGED,
    .title = { (char *) "Low pressure at 412", (char *) "Pression basse à 412" },
    .why = (char *) "pressure 1.4 bar < 2.5 bar",
    .values_json = (char *) "[{\"asset\":\"water/412\",\"property\":\"pressure\",\"value\":1.4}]",
    .raised_us = T0 + alert_id,
    .cleared_us = BF_TIME_NONE,
    .acknowledged_us = BF_TIME_NONE,
    .acknowledged_until_us = BF_TIME_NONE,
    .last_event_id = event_id,
  };
  *event = (BfAlertEvent){
    .id = event_id,
    .alert_id = alert_id,
    .at_us = T0 + alert_id,
    .input = BF_ALERT_INPUT_RAISE,
    .from = BF_ALERT_NORMAL,
    .to = BF_ALERT_UNACKNOWLEDGED,
    .actor = (char *) "engine",
  };
}

void
told_cb (gpointer user_data, const GError *error)
{
  Told *told = user_data;

  told->n_done++;
  if (error == NULL)
    return;
  told->n_failed++;
  g_free (told->message);
  told->message = g_strdup (error->message);
}

void
wait_told (Told *told, guint n_done)
{
  while (told->n_done < n_done)
    g_main_context_iteration (NULL, TRUE);
}

void
put_and_wait (BfStore *store, gint64 alert_id, gint64 event_id)
{
  BfAlert alert;
  BfAlertEvent event;
  Told told = { 0 };

  make_alert (&alert, &event, alert_id, event_id);
  bf_store_put_alert (store, &alert, &event, told_cb, &told);
  wait_told (&told, 1);
  g_assert_cmpuint (told.n_failed, ==, 0);
}

void
wait_written (BfStore *store, guint64 n_rows)
{
  BfStoreHealth health = { 0 };

  for (;;)
    {
      bf_store_health (store, &health);
      bf_store_health_clear (&health);
      if (health.written >= n_rows && health.queued == 0)
        return;
      g_thread_yield ();
    }
}

static void
result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
wait_result (GAsyncResult **result)
{
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

GArray *
query_series (BfStore *store, const char *asset, const char *property, gint64 from_us, gint64 to_us, guint max_points,
              GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bf_store_query_series_async (store, asset, property, from_us, to_us, max_points, NULL, result_cb, &result);
  wait_result (&result);
  return bf_store_query_series_finish (store, result, error);
}

GPtrArray *
query_alerts (BfStore *store, gint64 from_us, gint64 to_us, const char *asset, guint max)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *alerts;

  bf_store_query_alerts_async (store, from_us, to_us, asset, max, NULL, result_cb, &result);
  wait_result (&result);
  alerts = bf_store_query_alerts_finish (store, result, &error);
  g_assert_no_error (error);
  return alerts;
}

GPtrArray *
query_events (BfStore *store, gint64 after, gint64 alert_id, guint max)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *events;

  bf_store_query_events_async (store, after, alert_id, max, NULL, result_cb, &result);
  wait_result (&result);
  events = bf_store_query_events_finish (store, result, &error);
  g_assert_no_error (error);
  return events;
}

static sqlite3 *
open_raw (const char *path)
{
  sqlite3 *db = NULL;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
  sqlite3_busy_timeout (db, 5000);
  return db;
}

char *
sql_text (const char *path, const char *sql)
{
  sqlite3 *db = open_raw (path);
  sqlite3_stmt *statement = NULL;
  char *text;

  g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &statement, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
  text = g_strdup ((const char *) sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  sqlite3_close (db);
  return text;
}

gint64
sql_int64 (const char *path, const char *sql)
{
  g_autofree char *text = sql_text (path, sql);

  return g_ascii_strtoll (text, NULL, 10);
}

void
sql_exec (const char *path, const char *sql)
{
  sqlite3 *db = open_raw (path);

  if (sqlite3_exec (db, sql, NULL, NULL, NULL) != SQLITE_OK)
    g_error ("%s: %s: %s", path, sql, sqlite3_errmsg (db));
  sqlite3_close (db);
}
