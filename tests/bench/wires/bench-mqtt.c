/* SPDX-License-Identifier: EUPL-1.2 */
/* Messages a second from a real mosquitto through beffroi-feed and the supervisor into the model, and what each process costs:
 *
 *   publisher (a thread here) ──▶ mosquitto ──QoS 1 or 0──▶ beffroi-feed ──frames──▶ supervisor ──▶ BfModel
 *
 * Says for each QoS how many messages a second came through, that none was lost, and the CPU share of broker, feed and engine side. */

#include <arpa/inet.h>
#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-supervisor.h"
#include "model/bf-model.h"

#define N_ASSETS 1000u

typedef struct
{
  BfCatalog *catalog;
  BfModel *model;
  BfSupervisor *supervisor;
  GArray *map;
  guint64 n;
  gint64 first_us;
  gint64 last_us;
  guint16 port;
  guint n_messages;
  guint rate;
  int qos;
  int done;
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

/* PUBLISH of MQTT 3.1.1 §3.3 into @out; its length. */
static gsize
put_publish (guint8 *out, int qos, guint id, const char *topic, const char *text)
{
  gsize topic_length = strlen (topic);
  gsize length = strlen (text);
  gsize rest = 2 + topic_length + (qos > 0 ? 2 : 0) + length;
  guint8 *p = out;

  *p++ = (guint8) (0x30 | qos << 1);
  *p++ = (guint8) (rest < 128 ? rest : (rest & 127) | 128);
  if (rest >= 128)
    *p++ = (guint8) (rest >> 7);
  *p++ = (guint8) (topic_length >> 8);
  *p++ = (guint8) topic_length;
  memcpy (p, topic, topic_length);
  p += topic_length;
  if (qos > 0)
    {
      *p++ = (guint8) (id >> 8);
      *p++ = (guint8) id;
    }
  memcpy (p, text, length);
  return (gsize) (p - out) + length;
}

static void
write_all (int fd, const guint8 *bytes, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, bytes, length);

      if (n <= 0)
        g_error ("publisher: %s", g_strerror (errno));
      bytes += n;
      length -= (gsize) n;
    }
}

/* Packets by hand, a hundred in one write: a client library would be the slowest part of what is measured. */
static gpointer
publish (gpointer data)
{
  static const guint8 hello[] = { 0x10, 13, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 1, 'p' };
  Bench *bench = data;
  g_autofree guint8 *buffer = g_malloc (100 * 256);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (bench->port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gint64 start_us;
  gsize length = 0;
  guint8 acks[64 << 10];

  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    g_error ("publisher: %s", g_strerror (errno));
  write_all (fd, hello, sizeof hello);
  if (read (fd, acks, 4) != 4)
    g_error ("publisher: no CONNACK");
  start_us = g_get_monotonic_time ();
  for (guint i = 0; i < bench->n_messages; i++)
    {
      char topic[64], text[160];

      g_snprintf (topic, sizeof topic, "parking/%u", i % N_ASSETS);
      g_snprintf (text, sizeof text, "{\"key\":\"p%u\",\"free\":%u,\"at\":%" G_GINT64_FORMAT "}", i % N_ASSETS, i % 900,
                  bf_time_now_us () / 1000 + i / N_ASSETS % 1000);
      length += put_publish (buffer + length, bench->qos, i % 65535 + 1, topic, text);
      if (i % 100 == 99 || i + 1 == bench->n_messages)
        {
          gint64 due_us = start_us + (gint64) i * G_USEC_PER_SEC / bench->rate;

          write_all (fd, buffer, length);
          length = 0;
          while (recv (fd, acks, sizeof acks, MSG_DONTWAIT) > 0)
            ;
          /* Paced: a publisher that runs ahead measures the broker's queue. */
          if (due_us > g_get_monotonic_time ())
            g_usleep ((gulong) (due_us - g_get_monotonic_time ()));
        }
    }
  /* Held open until all is through: the broker reads what is in the socket before it notices the end. */
  while (g_atomic_int_get (&bench->done) == 0)
    {
      while (recv (fd, acks, sizeof acks, MSG_DONTWAIT) > 0)
        ;
      g_usleep (10000);
    }
  close (fd);
  return NULL;
}

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
run (Bench *bench, GSubprocess *broker, const char *dir)
{
  g_autofree char *path = g_build_filename (dir, "b.feed", NULL);
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=parking\nFormat=json\nUrl=mqtt://127.0.0.1:%u\nTopics=parking/#\nQoS=%d\nEvery=10s\nStale=1h\n"
                                           "Kind=off_street\n[Map]\nid=key\nfree_spaces=free\nobserved=at\nobserved.form=epoch-ms\n",
                                           bench->port, bench->qos);
  int broker_pid = (int) g_ascii_strtoll (g_subprocess_get_identifier (broker), NULL, 10);
  double broker_s, feed_s, own_s;
  gint64 idle_us;
  BfFeedInfo info;
  BfFeedDef *def;
  GThread *thread;

  g_file_set_contents (path, text, -1, NULL);
  def = bf_feed_def_load (path, 0, bench->catalog, NULL, NULL);
  if (def->bad)
    g_error ("%s", def->reason);
  bench->model = bf_model_new (bench->catalog);
  bench->map = g_array_new (FALSE, TRUE, sizeof (guint32));
  bench->n = 0;
  bench->done = 0;
  bench->supervisor = bf_supervisor_new (bench->catalog, g_getenv ("BF_TEST_FEED"), g_getenv ("BEFFROI_PLUGINS"), "UTC", &handler, bench);
  bf_supervisor_add (bench->supervisor, def);
  do
    {
      g_main_context_iteration (NULL, TRUE);
      bf_supervisor_info (bench->supervisor, 0, &info);
    }
  while (info.last_ok_us == 0);
  broker_s = cpu_s (broker_pid);
  feed_s = cpu_s (info.pid);
  own_s = thread_s ();
  bench->first_us = bench->last_us = g_get_monotonic_time ();
  thread = g_thread_new ("publish", publish, bench);
  do
    {
      g_main_context_iteration (NULL, TRUE);
      idle_us = g_get_monotonic_time () - bench->last_us;
    }
  while (bench->n < bench->n_messages && idle_us < 10 * G_USEC_PER_SEC);
  g_atomic_int_set (&bench->done, 1);
  g_thread_join (thread);
  bf_supervisor_info (bench->supervisor, 0, &info);
  {
    double s = (double) (bench->last_us - bench->first_us) / G_USEC_PER_SEC;

    printf ("mqtt QoS %d: %" G_GUINT64_FORMAT " of %u messages in the model in %.2f s: %.0f messages/s; CPU: broker %.0f %%, feed %.0f %%, engine side %.0f %% of "
            "one core; feed: %s\n",
            bench->qos, bench->n, bench->n_messages, s, (double) bench->n / s, 100 * (cpu_s (broker_pid) - broker_s) / s,
            100 * (cpu_s (info.pid) - feed_s) / s, 100 * (thread_s () - own_s) / s, info.reason != NULL ? info.reason : "ok");
    fflush (stdout);
  }
  bf_supervisor_free (bench->supervisor);
  bf_model_free (bench->model);
  g_array_unref (bench->map);
}

int
main (int argc, char **argv)
{
  Bench bench = { .n_messages = 500000, .rate = 55000 };
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  g_autofree char *dir = g_dir_make_tmp ("bf-bench-mqtt-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "m.conf", NULL);
  g_autofree char *text = NULL;
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GSubprocess) broker = NULL;
  g_autoptr (GError) error = NULL;

  if (argc > 1)
    bench.rate = (guint) atoi (argv[1]);
  bench.catalog = bf_catalog_new ();
  bf_catalog_add_plugin_dirs (bench.catalog, g_getenv ("BEFFROI_PLUGINS"), problems, NULL);
  bench.port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_socket_listener_close (listener);
  text = g_strdup_printf ("listener %u 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 2000\n", bench.port);
  g_file_set_contents (path, text, -1, NULL);
  broker = g_subprocess_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error, "/usr/sbin/mosquitto", "-c", path, NULL);
  if (broker == NULL)
    g_error ("%s", error->message);
  g_timeout_add (20, tick_cb, NULL);
  for (bench.qos = 0; bench.qos <= 1; bench.qos++)
    run (&bench, broker, dir);
  g_subprocess_send_signal (broker, 15);
  g_subprocess_wait (broker, NULL, NULL);
  bf_catalog_free (bench.catalog);
  return 0;
}
