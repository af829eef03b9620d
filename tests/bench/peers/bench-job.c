/* SPDX-License-Identifier: EUPL-1.2 */
/* Beffroi's side of the comparison with peers (bench-load.c says the job): the same code as the feed process and the engine run, in one
 * thread: lines ─▶ decoder of Format=json with its [Map] ─▶ frames ─▶ model ─▶ evaluator ─▶ book of alerts, whose every
 * transition goes out; with a folder as second argument into the store as well, as in the engine. One connection, then the end.
 *
 *   bench-job PORT-FILE [STORE]      listens on a free port of 127.0.0.1 and writes it to PORT-FILE */

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-decoder.h"
#include "json/bf-json-out.h"
#include "store/bf-store.h"
#include "watch/bf-watch.h"

#define ROOM_BYTES (256u << 10)
#define ROWS_MAX 8192u

/* A service of its own with one property and nothing that is derived of it: the job, and no more. */
static const char service_text[] = "[Service]\n"
                                   "Id=bench\n"
                                   "Name=Bench\n"
                                   "Abi=1\n"
                                   "[Kind sensor]\n"
                                   "Name=Sensor\n"
                                   "Symbol=gauge\n"
                                   "Headline=level\n"
                                   "[Property level]\n"
                                   "Name=Level\n"
                                   "Type=number\n"
                                   "Unit=%\n"
                                   "Range=0..100\n"
                                   "Cadence=1h\n";
static const char feed_text[] = "[Feed]\n"
                                "Service=bench\n"
                                "Format=json\n"
                                "Url=http://127.0.0.1/\n"
                                "Every=60s\n"
                                "[Map]\n"
                                "kind='sensor'\n"
                                "id=id\n"
                                "level=v\n"
                                "observed=t\n"
                                "observed.form=epoch-ms\n";
static const char rules_text[] = "[Rule low]\n"
                                 "Kind=bench.sensor\n"
                                 "When=level < 20 %\n"
                                 "Clear=level > 30 %\n"
                                 "Priority=high\n"
                                 "Title={asset}: {level}\n";

typedef struct
{
  BfCatalog *catalog;
  BfModel *model;
  BfRuleSet *rules;
  BfEvaluator *evaluator;
  BfAlertBook *book;
  BfWatch watch;
  BfStore *store; /* NULL: without */
  GArray *rows;   /* BfStoreObservation */
  GTimeZone *zone;
  BfFeedDef *def;
  BfFrameReader *reader;
  BfFrameWriter *writer;
  BfDecoder *decoder;
  GArray *assets; /* guint32: model's by local */
  GString *out;   /* alerts that wait for the end of the batch */
  gint64 now_us;
  gint64 cause_us; /* time of the observation that an event rests on */
  gint64 last_id;
  guint64 n_observations;
  guint64 n_refused;
} Job;

static void
flush_rows (Job *job)
{
  if (job->rows->len > 0)
    bf_store_add_observations (job->store, (const BfStoreObservation *) job->rows->data, job->rows->len);
  g_array_set_size (job->rows, 0);
}

static void
asset_cb (gpointer user_data, guint32 local, const BfAssetDraft *draft)
{
  Job *job = user_data;
  g_autofree char *id = g_strdup_printf ("bench/%.*s", (int) draft->source_id_length, draft->source_id);
  BfAssetInfo info = { id, draft->kind, draft->name, NULL, NULL, draft->point, NULL };
  guint32 asset = bf_model_put_asset (job->model, &info, 0, NULL, NULL);

  g_assert (local == job->assets->len);
  g_array_append_val (job->assets, asset);
  bf_evaluator_add_asset (job->evaluator, asset, job->now_us);
}

static void
batch_cb (gpointer user_data, const BfObservation *observations, guint n)
{
  Job *job = user_data;

  for (guint i = 0; i < n; i++)
    {
      const BfObservation *o = &observations[i];
      guint32 asset = g_array_index (job->assets, guint32, o->asset);

      bf_evaluator_observe (job->evaluator, asset, o->property, o->value, o->observed_us, job->now_us, 0, o->record);
      if (job->store != NULL)
        {
          BfStoreObservation row = { bf_model_asset_id (job->model, asset), "level", o->value, o->observed_us, job->now_us, o->record,
                                     "bench", 0, NULL };

          g_array_append_val (job->rows, row);
          if (job->rows->len == ROWS_MAX)
            flush_rows (job);
        }
    }
  job->n_observations += n;
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  ((Job *) user_data)->n_refused++;
  g_printerr ("refused: %s\n", reason);
}

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  Job *job = user_data;

  job->cause_us = event->n_values > 0 ? event->values[0].latest.observed_us : event->now_us;
  bf_watch_rule_event (&job->watch, event);
}

static gint64
new_id_cb (gpointer user_data)
{
  return ++((Job *) user_data)->last_id;
}

static void
changed_cb (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event)
{
  Job *job = user_data;
  gboolean raised = event->to == BF_ALERT_UNACKNOWLEDGED;

  g_string_append_printf (job->out, "{\"asset\":\"%s\",\"to\":\"%s\",\"t\":%" G_GINT64_FORMAT ".%03u}\n", strchr (alert->asset_id, '/') + 1,
                          raised ? "raised" : "returned", job->cause_us / 1000, (guint) (job->cause_us % 1000));
  if (job->store != NULL)
    bf_store_put_alert (job->store, alert, event, NULL, NULL);
}

static gboolean
frames_cb (gpointer user_data, const guint8 *bytes, gsize length, GError **error)
{
  return bf_frame_reader_push (((Job *) user_data)->reader, bytes, length, error);
}

/* The service's manifest into the catalogue, and the feed. */
static void
load_files (Job *job, GPtrArray *problems)
{
  g_autofree char *dir = g_dir_make_tmp ("bf-bench-XXXXXX", NULL);
  g_autofree char *plugin = g_build_filename (dir, "bench", NULL);
  g_autofree char *manifest = g_build_filename (plugin, "bench.service", NULL);
  g_autofree char *feed = g_build_filename (dir, "bench.feed", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir (plugin, 0700), ==, 0);
  g_assert_true (g_file_set_contents (manifest, service_text, -1, NULL));
  g_assert_true (g_file_set_contents (feed, feed_text, -1, NULL));
  if (!bf_catalog_add_plugin_dirs (job->catalog, dir, problems, &error))
    g_error ("%s", error->message);
  job->def = bf_feed_def_load (feed, 0, job->catalog, problems, NULL);
  g_assert (job->def != NULL && !job->def->bad);
  g_remove (manifest);
  g_remove (plugin);
  g_remove (feed);
  g_remove (dir);
}

static void
job_init (Job *job, const char *store)
{
  static const BfEvaluatorHandler evaluator_handler = { rule_cb, NULL, NULL };
  static const BfAlertBookHandler book_handler = { new_id_cb, new_id_cb, changed_cb };
  static const BfFrameHandler frame_handler = { .asset = asset_cb, .batch = batch_cb, .refused = refused_cb };
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;

  job->catalog = bf_catalog_new ();
  load_files (job, problems);
  job->zone = g_time_zone_new_utc ();
  job->model = bf_model_new (job->catalog);
  bf_model_set_stale_limit (job->model, 0, bf_catalog_find_property (job->catalog, bf_catalog_find_service (job->catalog, "bench")->index, "level")->index,
                            (gint64) 7200 * G_USEC_PER_SEC);
  job->rules = bf_rule_set_new (job->catalog, problems);
  bf_rule_set_add_text (job->rules, "bench.rules", rules_text, strlen (rules_text), problems);
  bf_rule_set_finish (job->rules);
  job->evaluator = bf_evaluator_new (job->rules, job->model, job->zone, &evaluator_handler, job);
  job->book = bf_alert_book_new (&book_handler, job);
  job->watch = (BfWatch){ .rules = job->rules, .model = job->model, .evaluator = job->evaluator, .book = job->book, .zone = job->zone };
  job->rows = g_array_new (FALSE, FALSE, sizeof (BfStoreObservation));
  job->assets = g_array_new (FALSE, FALSE, sizeof (guint32));
  job->out = g_string_new (NULL);
  job->now_us = bf_time_now_us ();
  if (store != NULL && (job->store = bf_store_open (store, &error)) == NULL)
    g_error ("%s", error->message);
  job->reader = bf_frame_reader_new (job->catalog, job->def->service, &frame_handler, job);
  job->writer = bf_frame_writer_new (job->catalog, job->def->service, frames_cb, job);
  job->decoder = bf_decoder_new (job->catalog, job->def, job->zone, job->writer, &error);
  if (job->decoder == NULL)
    g_error ("%s", error->message);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_printerr ("%s\n", text);
    }
}

/* The store too has what was told before this returns. */
static void
job_clear (Job *job)
{
  g_clear_pointer (&job->decoder, bf_decoder_free);
  g_clear_pointer (&job->writer, bf_frame_writer_free);
  g_clear_pointer (&job->reader, bf_frame_reader_free);
  g_clear_pointer (&job->def, bf_feed_def_free);
  g_clear_pointer (&job->store, bf_store_close);
  g_clear_pointer (&job->book, bf_alert_book_free);
  g_clear_pointer (&job->evaluator, bf_evaluator_free);
  g_clear_pointer (&job->rules, bf_rule_set_free);
  g_clear_pointer (&job->model, bf_model_free);
  g_clear_pointer (&job->catalog, bf_catalog_free);
  g_time_zone_unref (job->zone);
  g_array_unref (job->rows);
  g_array_unref (job->assets);
  g_string_free (job->out, TRUE);
}

/* Whole lines, [..] written around them and commas between. */
static void
take_lines (Job *job, char *text, gsize length)
{
  BfFeedStatus status = { .outcome = BF_OUTCOME_OK, .bytes = length };
  g_autoptr (GError) error = NULL;
  BfSinkCounts counts;
  char *next = NULL;

  text[0] = '[';
  for (char *p = text + 1; (p = memchr (p, '\n', (gsize) (text + length - p))) != NULL; p++)
    *p = ',';
  text[length - 1] = ']';
  job->now_us = bf_time_now_us ();
  bf_decoder_begin (job->decoder, job->now_us, BF_TIME_NONE);
  if (!bf_decoder_page (job->decoder, job->def->url, text, length, &next, &error))
    g_error ("%s", error->message);
  status.result_us = status.newest_us = status.next_us = status.as_of_us = job->now_us;
  bf_decoder_counts (job->decoder, &counts);
  status.n_records = counts.n_records;
  status.n_observations = counts.n_observations;
  status.n_refused = counts.n_refused;
  bf_frame_writer_status (job->writer, &status);
  if (bf_frame_writer_error (job->writer) != NULL)
    g_error ("%s", bf_frame_writer_error (job->writer)->message);
  bf_evaluator_run (job->evaluator, job->now_us);
  bf_alert_book_run (job->book, job->now_us);
  if (job->store != NULL)
    flush_rows (job);
}

static void
send_alerts (Job *job, int fd)
{
  gsize sent = 0;

  while (sent < job->out->len)
    {
      gssize n = send (fd, job->out->str + sent, job->out->len - sent, MSG_NOSIGNAL);

      if (n <= 0)
        g_error ("alerts: %s", g_strerror (errno));
      sent += (gsize) n;
    }
  g_string_truncate (job->out, 0);
}

static void
serve (Job *job, int fd)
{
  g_autofree char *room = g_malloc (ROOM_BYTES);
  gsize used = 1; /* the first is for the bracket */
  gssize n;

  while ((n = recv (fd, room + used, ROOM_BYTES - used, 0)) > 0)
    {
      const char *last;
      gsize rest;

      used += (gsize) n;
      last = memrchr (room + 1, '\n', used - 1);
      if (last == NULL)
        g_error ("a line of more than %u bytes", ROOM_BYTES);
      rest = used - (gsize) (last + 1 - room);
      {
        g_autofree char *tail = g_memdup2 (last + 1, rest);

        take_lines (job, room, used - rest);
        memcpy (room + 1, tail, rest);
      }
      used = 1 + rest;
      send_alerts (job, fd);
    }
}

static int
listen_on (const char *port_file)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  g_autofree char *text = NULL;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (bind (fd, (struct sockaddr *) &address, sizeof address) != 0 || listen (fd, 1) != 0
      || getsockname (fd, (struct sockaddr *) &address, &length) != 0)
    g_error ("listen: %s", g_strerror (errno));
  text = g_strdup_printf ("%u\n", ntohs (address.sin_port));
  g_assert_true (g_file_set_contents (port_file, text, -1, NULL));
  return fd;
}

int
main (int argc, char **argv)
{
  Job job = { 0 };
  struct rusage usage;
  int listener, fd, one = 1;

  if (argc < 2)
    {
      fputs ("usage: bench-job PORT-FILE [STORE]\n", stderr);
      return 2;
    }
  job_init (&job, argc > 2 ? argv[2] : NULL);
  listener = listen_on (argv[1]);
  fd = accept (listener, NULL, NULL);
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  serve (&job, fd);
  getrusage (RUSAGE_SELF, &usage);
  printf ("{\"observations\":%" G_GUINT64_FORMAT ",\"refused\":%" G_GUINT64_FORMAT ",\"rss_mb\":%.1f", job.n_observations, job.n_refused,
          (double) usage.ru_maxrss / 1024);
  if (job.store != NULL)
    {
      BfStoreHealth health;

      bf_store_health (job.store, &health);
      printf (",\"stored\":%" G_GUINT64_FORMAT ",\"queued\":%" G_GUINT64_FORMAT ",\"store_refused_full\":%" G_GUINT64_FORMAT, health.written, health.queued,
              health.refused_full);
      bf_store_health_clear (&health);
    }
  puts ("}");
  close (fd);
  close (listener);
  job_clear (&job);
  return 0;
}
