/* SPDX-License-Identifier: EUPL-1.2 */
/* kill -9: a child writes alerts, acknowledgements and observations as fast as it can and prints each event that `done`
 * reported; the parent kills it at a random point, 50 times over on the same files, and each time every event that any
 * child has ever reported is there, its alert is at that event or a later one, and both files are whole. */

#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 50
#define MOST_REPORTS 600

typedef struct
{
  gint64 event_id;
  gint64 alert_id;
} Report;

static guint in_flight;

static void
report_cb (gpointer user_data, const GError *error)
{
  g_autofree Report *report = user_data;
  char line[64];
  int length;

  if (error != NULL)
    g_error ("%s", error->message);
  in_flight--;
  length = g_snprintf (line, sizeof line, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", report->event_id, report->alert_id);
  if (write (STDOUT_FILENO, line, (gsize) length) != length)
    exit (1);
}

static void
put (BfStore *store, BfAlert *alert, BfAlertEvent *event)
{
  Report *report = g_new (Report, 1);

  report->event_id = event->id;
  report->alert_id = alert->id;
  in_flight++;
  bf_store_put_alert (store, alert, event, report_cb, report);
}

static int
run_child (const char *dir)
{
  g_autoptr (GError) error = NULL;
  BfStore *store = bf_store_open (dir, &error);
  gint64 rows_at_us = T0;

  if (store == NULL)
    g_error ("%s", error->message);
  for (;;)
    {
      BfStoreObservation rows[100];
      BfAlert alert;
      BfAlertEvent event;

      make_alert (&alert, &event, bf_store_new_alert_id (store), bf_store_new_event_id (store));
      put (store, &alert, &event);
      alert.state = BF_ALERT_ACKNOWLEDGED;
      alert.last_event_id = event.id = bf_store_new_event_id (store);
      event.input = BF_ALERT_INPUT_ACKNOWLEDGE;
      event.from = BF_ALERT_UNACKNOWLEDGED;
      event.to = BF_ALERT_ACKNOWLEDGED;
      put (store, &alert, &event);
      for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
        rows[i] = (BfStoreObservation){ "water/412", "pressure", i, rows_at_us += MINUTE_US, rows_at_us, i, "f" };
      bf_store_add_observations (store, rows, G_N_ELEMENTS (rows));
      while (g_main_context_iteration (NULL, in_flight >= 20))
        ;
    }
  return 0;
}

/* Starts a child, reads @n_reports of its reports, kills it, reads what it had written until then. */
static void
run_round (const char *dir, guint n_reports, GArray *reports)
{
  g_autoptr (GError) error = NULL;
  char *argv[] = { (char *) "/proc/self/exe", (char *) "--child", (char *) dir, NULL };
  char line[64];
  guint n_read = 0;
  int status, out;
  GPid pid;
  FILE *lines;

  g_spawn_async_with_pipes (NULL, argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &pid, NULL, &out, NULL, &error);
  g_assert_no_error (error);
  lines = fdopen (out, "r");
  while (fgets (line, sizeof line, lines) != NULL)
    {
      Report report;

      g_assert_cmpint (sscanf (line, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", &report.event_id, &report.alert_id), ==, 2);
      g_array_append_val (reports, report);
      if (++n_read == n_reports)
        kill (pid, SIGKILL);
    }
  fclose (lines);
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFSIGNALED (status) && WTERMSIG (status) == SIGKILL);
  g_assert_cmpuint (n_read, >=, n_reports);
}

static void
check_files (const char *dir)
{
  static const char *const names[] = { "alerts.db", "observations.db" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (dir, names[i], NULL);
      g_autofree char *verdict = sql_text (path, "PRAGMA integrity_check");

      g_assert_cmpstr (verdict, ==, "ok");
    }
}

static void
check_reports (const char *dir, const GArray *reports)
{
  g_autofree char *path = g_build_filename (dir, "alerts.db", NULL);
  sqlite3 *db = NULL;
  sqlite3_stmt *statement = NULL;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_prepare_v2 (db,
                                       "SELECT count(*) FROM event e JOIN alert a ON a.id = e.alert_id"
                                       " WHERE e.id = ? AND e.alert_id = ? AND a.last_event_id >= e.id",
                                       -1, &statement, NULL),
                   ==, SQLITE_OK);
  for (guint i = 0; i < reports->len; i++)
    {
      const Report *report = &g_array_index (reports, Report, i);

      sqlite3_bind_int64 (statement, 1, report->event_id);
      sqlite3_bind_int64 (statement, 2, report->alert_id);
      g_assert_cmpint (sqlite3_step (statement), ==, SQLITE_ROW);
      if (sqlite3_column_int (statement, 0) != 1)
        g_error ("event %" G_GINT64_FORMAT " was reported durable and is not there", report->event_id);
      sqlite3_reset (statement);
    }
  sqlite3_finalize (statement);
  sqlite3_close (db);
}

static void
test_kill (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bf-store-XXXXXX", NULL);
  g_autofree char *observations = g_build_filename (dir, "observations.db", NULL);
  g_autoptr (GArray) reports = g_array_new (FALSE, FALSE, sizeof (Report));
  gint64 epoch;

  for (guint round = 0; round < ROUNDS; round++)
    {
      run_round (dir, (guint) g_test_rand_int_range (1, MOST_REPORTS), reports);
      check_files (dir);
      check_reports (dir, reports);
    }
  epoch = sql_int64 (observations, "SELECT epoch FROM engine");
  g_assert_cmpint (epoch, ==, ROUNDS);
  g_test_message ("%u kills, %u events reported durable, all there; %" G_GINT64_FORMAT " series", ROUNDS, reports->len,
                  sql_int64 (observations, "SELECT count(*) FROM series"));
  fixture_remove_dir (dir);
}

int
main (int argc, char **argv)
{
  if (argc == 3 && g_str_equal (argv[1], "--child"))
    return run_child (argv[2]);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/kill", test_kill);
  return g_test_run ();
}
