/* SPDX-License-Identifier: EUPL-1.2 */
/* Figures of the store on this machine's disk: observations a second through the whole way from the caller to the commit,
 * alerts a second that `done` reported durable, and the time of one chart's query. Printed as a table, and as JSON into the
 * file named by --json. The folder is TMPDIR's: point it at the disk that is meant. */

#include <glib/gstdio.h>
#include <string.h>
#include <time.h>

#include "store/bf-store.h"

#include "base/bf-time.h"

#define T0 (G_GINT64_CONSTANT (1750000000) * G_USEC_PER_SEC / 3600000000 * 3600000000)
#define N_SERIES 10000u
#define BATCH 10000u
#define STEP_US (G_GINT64_CONSTANT (300) * G_USEC_PER_SEC)
#define STEPS_A_DAY 288u
#define N_QUERIES 40u

typedef struct
{
  char *name;
  double value;
  const char *unit;
} Figure;

static GArray *figures;

static void
note (const char *unit, double value, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
note (const char *unit, double value, const char *format, ...)
{
  Figure figure = { NULL, value, unit };
  va_list args;

  va_start (args, format);
  figure.name = g_strdup_vprintf (format, args);
  va_end (args);
  g_print ("%-64s %14.1f %s\n", figure.name, value, unit);
  g_array_append_val (figures, figure);
}

static BfStore *
open_store (const char *dir)
{
  g_autoptr (GError) error = NULL;
  gint64 start_us = g_get_monotonic_time ();
  BfStore *store = bf_store_open (dir, &error);

  if (store == NULL)
    g_error ("%s", error->message);
  note ("ms", (double) (g_get_monotonic_time () - start_us) / 1000, "open");
  return store;
}

static void
wait_written (BfStore *store, guint64 n)
{
  for (;;)
    {
      BfStoreHealth health = { 0 };

      bf_store_health (store, &health);
      if (health.error != NULL)
        g_error ("%s", health.error);
      if (health.written >= n)
        return;
      g_usleep (200);
    }
}

static gint64
thread_cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

/* Every batch gives each series one value, as a feed's payload does; a refused batch is given again. */
static void
bench_observations (BfStore *store, char **assets, guint n_steps, const char *what)
{
  g_autofree BfStoreObservation *rows = g_new (BfStoreObservation, BATCH);
  BfStoreHealth health = { 0 };
  guint64 n_rows = 0;
  gint64 start_us, called_us = 0;

  bf_store_health (store, &health);
  start_us = g_get_monotonic_time ();
  for (guint step = 0; step < n_steps; step++)
    {
      gint64 call_us;

      for (guint i = 0; i < BATCH; i++)
        rows[i] = (BfStoreObservation){ assets[i], "pressure", 2 + (double) ((step * 31 + i * 7) % 100) / 40, T0 + step * STEP_US,
                                        T0 + step * STEP_US + 1, i, "water" };
      /* Room in the queue first: the caller here is faster than any feed. */
      while (n_rows - MIN (n_rows, health.written) > 500000)
        {
          g_usleep (200);
          bf_store_health (store, &health);
        }
      call_us = thread_cpu_us ();
      if (!bf_store_add_observations (store, rows, BATCH))
        g_error ("the queue is full");
      called_us += thread_cpu_us () - call_us;
      n_rows += BATCH;
    }
  wait_written (store, n_rows);
  note ("rows/s", (double) n_rows * G_USEC_PER_SEC / (double) (g_get_monotonic_time () - start_us), "observations journalled, %s", what);
  note ("ns/row", (double) called_us * 1000 / (double) n_rows, "of it processor time in the caller's thread");
}

static void
done_cb (gpointer user_data, const GError *error)
{
  if (error != NULL)
    g_error ("%s", error->message);
  (*(guint *) user_data)++;
}

static void
bench_alerts (BfStore *store, guint n_alerts, guint in_flight)
{
  guint n_put = 0, n_done = 0;
  gint64 start_us = g_get_monotonic_time ();

  while (n_done < n_alerts)
    {
      while (n_put < n_alerts && n_put - n_done < in_flight)
        {
          BfAlert alert = { 0 };
          BfAlertEvent event = { 0 };

          alert.id = event.alert_id = bf_store_new_alert_id (store);
          alert.last_event_id = event.id = bf_store_new_event_id (store);
          alert.rule_id = (char *) "water_pressure_low";
          alert.asset_id = (char *) "water/412";
          alert.state = event.to = BF_ALERT_UNACKNOWLEDGED;
          alert.title.text = (char *) "Low pressure at 412, 14 rue des Tanneurs: 1.4 bar";
          alert.title.fr = (char *) "Pression basse à 412, 14 rue des Tanneurs : 1,4 bar";
          alert.why = (char *) "pressure 1.4 bar < 2.5 bar for 5 min";
          alert.values_json = (char *) "[{\"asset\":\"water/412\",\"property\":\"pressure\",\"value\":1.4,\"unit\":\"bar\"}]";
          alert.raised_us = event.at_us = T0;
          alert.cleared_us = alert.acknowledged_us = alert.acknowledged_until_us = BF_TIME_NONE;
          event.actor = (char *) "engine";
          bf_store_put_alert (store, &alert, &event, done_cb, &n_done);
          n_put++;
        }
      g_main_context_iteration (NULL, TRUE);
    }
  note ("alerts/s", (double) n_alerts * G_USEC_PER_SEC / (double) (g_get_monotonic_time () - start_us),
        "alerts durable (synchronous=FULL), %u in flight", in_flight);
}

static void
series_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  GArray **points = user_data;

  *points = bf_store_query_series_finish (NULL, result, &error);
  if (*points == NULL)
    g_error ("%s", error->message);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static void
bench_series (BfStore *store, char **assets, guint n_hours)
{
  double times_ms[N_QUERIES];

  for (guint i = 0; i < N_QUERIES; i++)
    {
      gint64 start_us = g_get_monotonic_time ();
      gint64 to_us = T0 + STEPS_A_DAY * STEP_US;
      g_autoptr (GArray) points = NULL;

      bf_store_query_series_async (store, assets[(i * 2477) % N_SERIES], "pressure", to_us - n_hours * 12 * STEP_US, to_us - 1, 1000,
                                   NULL, series_cb, &points);
      while (points == NULL)
        g_main_context_iteration (NULL, TRUE);
      if (points->len != n_hours * 12)
        g_error ("%u points where %u were expected", points->len, n_hours * 12);
      times_ms[i] = (double) (g_get_monotonic_time () - start_us) / 1000;
    }
  qsort (times_ms, N_QUERIES, sizeof (double), compare_doubles);
  note ("ms", times_ms[N_QUERIES / 2], "chart of one series, %u h of 5 min, of 10,000 series: median", n_hours);
  note ("ms", times_ms[N_QUERIES - 1], "chart of one series, %u h: worst of %u", n_hours, N_QUERIES);
}

static void
write_json (const char *path)
{
  g_autoptr (GString) json = g_string_new ("{\"bench\":\"store\",\"figures\":[");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < figures->len; i++)
    {
      const Figure *figure = &g_array_index (figures, Figure, i);
      char number[G_ASCII_DTOSTR_BUF_SIZE];

      g_ascii_formatd (number, sizeof number, "%.1f", figure->value);
      g_string_append_printf (json, "%s\n{\"name\":\"%s\",\"value\":%s,\"unit\":\"%s\"}", i > 0 ? "," : "", figure->name, number,
                              figure->unit);
    }
  g_string_append (json, "\n]}\n");
  if (!g_file_set_contents (path, json->str, (gssize) json->len, &error))
    g_error ("%s", error->message);
}

static void
remove_dir (const char *dir)
{
  g_autoptr (GDir) listing = g_dir_open (dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);
      GStatBuf info;

      if (g_str_has_suffix (name, "observations.db") && g_stat (path, &info) == 0)
        note ("bytes", (double) info.st_size / (N_SERIES * STEPS_A_DAY), "observations.db, an observation of one day");
      g_unlink (path);
    }
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = g_dir_make_tmp ("bf-bench-store-XXXXXX", NULL);
  g_auto (GStrv) assets = g_new0 (char *, N_SERIES + 1);
  BfStore *store;

  figures = g_array_new (FALSE, FALSE, sizeof (Figure));
  for (guint i = 0; i < N_SERIES; i++)
    assets[i] = g_strdup_printf ("water/logger-%05u", i);
  store = open_store (dir);
  bench_observations (store, assets, STEPS_A_DAY, "batches of 10,000 of 10,000 series");
  bench_alerts (store, 300, 1);
  bench_alerts (store, 20000, 100);
  bench_series (store, assets, 1);
  bench_series (store, assets, 24);
  bf_store_close (store);
  store = open_store (dir);
  bf_store_close (store);
  remove_dir (dir);
  if (argc == 3 && strcmp (argv[1], "--json") == 0)
    write_json (argv[2]);
  return 0;
}
