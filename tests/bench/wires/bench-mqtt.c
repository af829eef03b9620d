/* SPDX-License-Identifier: EUPL-1.2 */
/* Messages a second from a real mosquitto, for QoS 0 and 1, twice in one run:
 *
 *   publishers ──▶ mosquitto ──▶ a bare subscriber of libmosquitto that throws them away       what broker and library can give
 *   publishers ──▶ mosquitto ──▶ beffroi-feed ──frames──▶ supervisor ──▶ BfModel               what is asked for
 *
 * Says how many came through and that none was lost, the CPU share of each process and its cost per message. The dearest process is
 * the limit: what it could do with a core of its own is said too, since the machine may have other work, whose share is said. */

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "bench-mqtt-parts.h"
#include "feed/bf-supervisor.h"
#include "model/bf-model.h"

enum
{
  PUBLISHER,
  BROKER,
  SUBSCRIBER,
  ENGINE,
  N_PARTS
};

static const char *const part_names[][N_PARTS] = { { "publishers", "broker", "bare subscriber", NULL },
                                                   { "publishers", "broker", "feed", "engine side" } };

typedef struct
{
  BfCatalog *catalog;
  BfModel *model;
  BfSupervisor *supervisor;
  GArray *map;
  Shared *shared;
  Load load;
  guint64 n;
  gint64 first_us;
  gint64 last_us;
  int broker;
  int pids[N_PARTS]; /* 0: this process's thread, or none */
  double before_s[N_PARTS];
  double machine_before_s;
} Bench;

static void
asset_cb (gpointer user_data, guint feed, guint32 local, const BfAssetDraft *draft)
{
  Bench *bench = user_data;
  g_autofree char *id = g_strdup_printf ("parking/%.*s", (int) draft->source_id_length, draft->source_id);
  BfAssetInfo info = { id, draft->kind, draft->name, draft->address, NULL, draft->point, draft->attributes };
  guint32 asset = bf_model_put_asset (bench->model, &info, (guint16) feed, NULL, NULL);

  if (bench->map->len <= local)
    g_array_set_size (bench->map, local + 1);
  g_array_index (bench->map, guint32, local) = asset;
}

static void
batch_cb (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  Bench *bench = user_data;

  for (guint i = 0; i < n; i++)
    bf_model_observe (bench->model, g_array_index (bench->map, guint32, observations[i].asset), observations[i].property, observations[i].value,
                      observations[i].observed_us, result_us, (guint16) feed, observations[i].record);
  bench->n += n;
  g_atomic_int_set ((gint *) &bench->shared->arrived, (gint) bench->n);
  bench->last_us = g_get_monotonic_time ();
}

static const BfSupervisorHandler handler = { asset_cb, batch_cb, NULL };

/* CPU seconds of a process. */
static double
cpu_s (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = NULL;
  g_auto (GStrv) fields = NULL;
  const char *after;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (after = strrchr (text, ')')) == NULL)
    return 0;
  fields = g_strsplit (after + 2, " ", -1);
  return (double) (g_ascii_strtoull (fields[11], NULL, 10) + g_ascii_strtoull (fields[12], NULL, 10)) / (double) sysconf (_SC_CLK_TCK);
}

static double
thread_s (void)
{
  struct rusage usage;

  getrusage (RUSAGE_THREAD, &usage);
  return (double) usage.ru_utime.tv_sec + (double) usage.ru_stime.tv_sec + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* CPU seconds that the whole machine spent on anything. */
static double
machine_s (void)
{
  g_autofree char *text = NULL;
  double user = 0, nice = 0, system = 0, idle, wait, irq = 0, soft_irq = 0;

  if (!g_file_get_contents ("/proc/stat", &text, NULL, NULL) ||
      sscanf (text, "cpu %lf %lf %lf %lf %lf %lf %lf", &user, &nice, &system, &idle, &wait, &irq, &soft_irq) != 7)
    return 0;
  return (user + nice + system + irq + soft_irq) / (double) sysconf (_SC_CLK_TCK);
}

static double
part_s (const Bench *bench, guint part)
{
  return part == ENGINE ? thread_s () : cpu_s (bench->pids[part]);
}

static void
meter_start (Bench *bench)
{
  for (guint i = 0; i < N_PARTS; i++)
    bench->before_s[i] = part_s (bench, i);
  bench->machine_before_s = machine_s ();
  bench->first_us = bench->last_us = g_get_monotonic_time ();
}

/* The rate that came through. */
static double
meter_stop (Bench *bench, gboolean whole, const char *note)
{
  double s = (double) (bench->last_us - bench->first_us) / G_USEC_PER_SEC;
  double rate = (double) bench->n / s;
  double others_s = machine_s () - bench->machine_before_s;
  double dearest_s = 0;
  guint limit = 0;

  printf ("mqtt QoS %d, %s: %" G_GUINT64_FORMAT " of %u messages in %.2f s: %.0f messages/s; CPU of one core and a message:", bench->load.qos,
          whole ? "into the model" : "thrown away", bench->n, bench->load.n_messages, s, rate);
  for (guint i = 0; i < N_PARTS; i++)
    {
      double spent_s = part_s (bench, i) - bench->before_s[i];

      if (part_names[whole][i] == NULL)
        continue;
      others_s -= spent_s;
      if (spent_s > dearest_s)
        {
          dearest_s = spent_s;
          limit = i;
        }
      printf (" %s %.0f %% %.1f µs,", part_names[whole][i], 100 * spent_s / s, spent_s * 1e6 / (double) bench->n);
    }
  printf (" the machine's other work %.0f %%; the limit is the %s: %.0f messages/s on a core of its own%s%s\n", 100 * others_s / s,
          part_names[whole][limit], (double) bench->n / dearest_s, note != NULL ? "; feed: " : "", note != NULL ? note : "");
  fflush (stdout);
  return rate;
}

static void
start_load (Bench *bench)
{
  bench->n = 0;
  bench->shared->arrived = 0;
  bench->pids[BROKER] = bench->broker;
  bench->pids[PUBLISHER] = 0;
  meter_start (bench);
  bench->pids[PUBLISHER] = publishers_start (&bench->load, bench->shared);
  bench->before_s[PUBLISHER] = 0;
}

static void
end_load (Bench *bench)
{
  g_atomic_int_set (&bench->shared->done, 1);
  waitpid (bench->pids[PUBLISHER], NULL, 0);
}

static double
run_bare (Bench *bench)
{
  double rate;

  memset (bench->shared, 0, sizeof *bench->shared);
  bench->pids[SUBSCRIBER] = bare_start (&bench->load, bench->shared);
  while (!g_atomic_int_get (&bench->shared->subscribed))
    g_usleep (1000);
  start_load (bench);
  while (bench->n < bench->load.n_messages && g_get_monotonic_time () - bench->last_us < 10 * G_USEC_PER_SEC)
    {
      guint arrived = (guint) g_atomic_int_get ((gint *) &bench->shared->arrived);

      if (arrived != bench->n)
        bench->last_us = g_get_monotonic_time ();
      bench->n = arrived;
      g_usleep (1000);
    }
  rate = meter_stop (bench, FALSE, NULL);
  end_load (bench);
  waitpid (bench->pids[SUBSCRIBER], NULL, 0);
  return rate;
}

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static double
run_whole (Bench *bench, const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "b.feed", NULL);
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=parking\nFormat=json\nUrl=mqtt://127.0.0.1:%u\nTopics=parking/#\nQoS=%d\nEvery=10s\nStale=1h\n"
                                           "Kind=off_street\n[Map]\nid=key\nfree_spaces=free\nobserved=at\nobserved.form=epoch-ms\n",
                                           bench->load.port, bench->load.qos);
  BfFeedInfo info;
  BfFeedDef *def;
  double rate;

  g_file_set_contents (path, text, -1, NULL);
  def = bf_feed_def_load (path, 0, bench->catalog, NULL, NULL);
  if (def->bad)
    g_error ("%s", def->reason);
  memset (bench->shared, 0, sizeof *bench->shared);
  bench->model = bf_model_new (bench->catalog);
  bench->map = g_array_new (FALSE, TRUE, sizeof (guint32));
  bench->supervisor = bf_supervisor_new (bench->catalog, g_getenv ("BF_TEST_FEED"), g_getenv ("BEFFROI_PLUGINS"), "UTC", &handler, bench);
  bf_supervisor_add (bench->supervisor, def);
  do
    {
      g_main_context_iteration (NULL, TRUE);
      bf_supervisor_info (bench->supervisor, 0, &info);
    }
  while (info.last_ok_us == 0);
  bench->pids[SUBSCRIBER] = info.pid;
  start_load (bench);
  while (bench->n < bench->load.n_messages && g_get_monotonic_time () - bench->last_us < 10 * G_USEC_PER_SEC)
    g_main_context_iteration (NULL, TRUE);
  bf_supervisor_info (bench->supervisor, 0, &info);
  rate = meter_stop (bench, TRUE, info.reason != NULL ? info.reason : "ok");
  end_load (bench);
  bf_supervisor_free (bench->supervisor);
  bf_model_free (bench->model);
  g_array_unref (bench->map);
  g_unlink (path);
  return rate;
}

static GSubprocess *
start_broker (const char *path, guint16 port)
{
  g_autofree char *text = g_strdup_printf ("listener %u 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 2000\n", port);
  g_autoptr (GError) error = NULL;
  GSubprocess *broker;

  g_file_set_contents (path, text, -1, NULL);
  broker = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, "/usr/sbin/mosquitto", "-c", path, NULL);
  if (broker == NULL)
    g_error ("%s", error->message);
  return broker;
}

static void
wait_for_broker (guint16 port)
{
  for (;;)
    {
      g_autoptr (GSocketClient) client = g_socket_client_new ();
      g_autoptr (GSocketConnection) connection = NULL;

      g_socket_client_set_enable_proxy (client, FALSE);
      connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);
      if (connection != NULL)
        return;
      g_usleep (10000);
    }
}

/* bench-mqtt [messages [publishers]] */
int
main (int argc, char **argv)
{
  Bench bench = { .load = { .n_messages = 500000, .n_connections = 8 } };
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autofree char *dir = g_dir_make_tmp ("bf-bench-mqtt-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "m.conf", NULL);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GSubprocess) broker = NULL;

  if (argc > 1)
    bench.load.n_messages = (guint) MAX (1, atoi (argv[1]));
  if (argc > 2)
    bench.load.n_connections = (guint) CLAMP (atoi (argv[2]), 1, 16);
  bench.shared = shared_new ();
  bench.catalog = bf_catalog_new ();
  bf_catalog_add_plugin_dirs (bench.catalog, g_getenv ("BEFFROI_PLUGINS"), problems, NULL);
  bench.load.port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_socket_listener_close (listener);
  broker = start_broker (path, bench.load.port);
  bench.broker = (int) g_ascii_strtoll (g_subprocess_get_identifier (broker), NULL, 10);
  wait_for_broker (bench.load.port);
  g_timeout_add (20, tick_cb, NULL);
  for (bench.load.qos = 0; bench.load.qos <= 1; bench.load.qos++)
    {
      double bare = run_bare (&bench);
      double whole = run_whole (&bench, dir);

      printf ("mqtt QoS %d: into the model goes %.0f %% of what this broker gives to a subscriber that throws all away\n", bench.load.qos,
              100 * whole / bare);
    }
  g_subprocess_send_signal (broker, SIGTERM);
  g_subprocess_wait (broker, NULL, NULL);
  bf_catalog_free (bench.catalog);
  g_unlink (path);
  g_rmdir (dir);
  return 0;
}
