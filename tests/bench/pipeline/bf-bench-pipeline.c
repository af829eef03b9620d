/* SPDX-License-Identifier: EUPL-1.2 */
/* From JSON bytes to the result of the rules on one core: an OpenDataSoft export of N car parks (three observations each) is
 * decoded, goes through frames as over the pipe, into the model, and rules and derived values are evaluated. Every round
 * moves each car park. Prints a table and, with --json, one JSON object; medians over the rounds, by the time that the
 * thread had a core. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "feed/bf-decoder.h"
#include "json/bf-json-out.h"
#include "rules/bf-evaluator.h"

#define ROUNDS 21

static const char feed_text[] = "[Feed]\n"
                                "Service=parking\n"
                                "Format=opendatasoft\n"
                                "Url=http://127.0.0.1/parks\n"
                                "Every=60s\n"
                                "[Map]\n"
                                "id=key\n"
                                "name=key\n"
                                "location=geo\n"
                                "free_spaces=free\n"
                                "capacity=max\n"
                                "state=status\n"
                                "state.table=OUVERT:open, FERME:closed, *:unknown\n"
                                "observed=seen\n";
static const char rules_text[] = "[Rule nearly_full]\n"
                                 "Kind=parking.off_street\n"
                                 "When=occupancy > 95 % and state = open\n"
                                 "Clear=occupancy < 90 %\n"
                                 "Priority=medium\n"
                                 "Title={asset}\n"
                                 "[Rule negative]\n"
                                 "Kind=parking.off_street\n"
                                 "When=free_spaces > capacity\n"
                                 "Priority=low\n"
                                 "Title={asset}\n";

typedef struct
{
  const BfCatalog *catalog;
  BfModel *model;
  BfEvaluator *evaluator;
  BfFrameReader *reader;
  GArray *assets;
  gint64 now_us;
  guint64 n_observations;
  guint64 n_events;
} Bench;

static void
asset_cb (gpointer user_data, guint32 local, const BfAssetDraft *draft)
{
  Bench *bench = user_data;
  g_autofree char *id = g_strdup_printf ("parking/%s", draft->source_id);
  BfAssetInfo info = { id, draft->kind, draft->name, NULL, NULL, draft->point, NULL };
  guint32 asset = bf_model_put_asset (bench->model, &info, 0, NULL, NULL);

  g_assert (local == bench->assets->len);
  g_array_append_val (bench->assets, asset);
  bf_evaluator_add_asset (bench->evaluator, asset, bench->now_us);
}

static void
batch_cb (gpointer user_data, const BfObservation *observations, guint n)
{
  Bench *bench = user_data;

  for (guint i = 0; i < n; i++)
    {
      const BfObservation *o = &observations[i];
      guint32 asset = g_array_index (bench->assets, guint32, o->asset);

      if (bf_model_observe (bench->model, asset, o->property, o->value, o->observed_us, bench->now_us, 0, o->record)
          == BF_OBSERVED_NEW)
        bf_evaluator_touch (bench->evaluator, asset, o->property);
    }
  bench->n_observations += n;
}

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  ((Bench *) user_data)->n_events++;
}

static gboolean
output_cb (gpointer user_data, const guint8 *bytes, gsize length, GError **error)
{
  Bench *bench = user_data;

  return bench->reader == NULL || bf_frame_reader_push (bench->reader, bytes, length, error);
}

static char *
write_payload (guint n, guint round, gint64 seen_us, gsize *ret_length)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_array (&out, NULL);
  for (guint i = 0; i < n; i++)
    {
      char key[16];

      g_snprintf (key, sizeof key, "P%06u", i);
      bf_json_out_begin_object (&out, NULL);
      bf_json_out_string (&out, "key", key);
      bf_json_out_string (&out, "status", "OUVERT");
      bf_json_out_int (&out, "max", 400);
      bf_json_out_int (&out, "free", (i * 7 + round * 13) % 400);
      bf_json_out_begin_object (&out, "geo");
      bf_json_out_double (&out, "lon", -1.68 + (i % 1000) * 1e-5);
      bf_json_out_double (&out, "lat", 48.1 + (i / 1000) * 1e-4);
      bf_json_out_end_object (&out);
      bf_json_out_time (&out, "seen", seen_us);
      bf_json_out_end_object (&out);
    }
  bf_json_out_end_array (&out);
  *ret_length = text->len;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Time that this thread had a core: what others do on the machine counts little. */
static double
cpu_s (void)
{
  struct timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return (double) t.tv_sec + (double) t.tv_nsec * 1e-9;
}

static int
compare_double (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static BfFeedDef *
load_def (const BfCatalog *catalog)
{
  g_autofree char *dir = g_dir_make_tmp ("bf-bench-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "bench.feed", NULL);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  BfFeedDef *def;

  g_assert_true (g_file_set_contents (path, feed_text, -1, NULL));
  def = bf_feed_def_load (path, 0, catalog, problems, NULL);
  g_assert (def != NULL && !def->bad);
  remove (path);
  remove (dir);
  return def;
}

static void
measure (const char *plugins, guint n, gboolean json)
{
  static const BfEvaluatorHandler evaluator_handler = { rule_cb, NULL, NULL };
  static const BfFrameHandler frame_handler = { NULL, asset_cb, NULL, batch_cb, NULL, NULL };
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfModel) model = NULL;
  g_autoptr (BfRuleSet) rules = NULL;
  g_autoptr (BfEvaluator) evaluator = NULL;
  g_autoptr (BfFrameWriter) writer = NULL;
  g_autoptr (BfFrameReader) reader = NULL;
  g_autoptr (BfFeedDef) def = NULL;
  g_autoptr (BfDecoder) decoder = NULL;
  g_autoptr (GArray) assets = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  Bench bench = { 0 };
  double rates[ROUNDS];
  double bytes = 0;
  guint64 before;
  GError *error = NULL;

  g_assert_true (bf_catalog_add_plugin_dirs (catalog, plugins, problems, &error));
  model = bf_model_new (catalog);
  rules = bf_rule_set_new (catalog, problems);
  bf_rule_set_add_text (rules, "bench.rules", rules_text, strlen (rules_text), problems);
  bf_rule_set_finish (rules);
  evaluator = bf_evaluator_new (rules, model, zone, &evaluator_handler, &bench);
  def = load_def (catalog);
  bench = (Bench){ catalog, model, evaluator, NULL, assets, bf_time_now_us (), 0, 0 };
  reader = bench.reader = bf_frame_reader_new (catalog, def->service, &frame_handler, &bench);
  writer = bf_frame_writer_new (catalog, def->service, output_cb, &bench);
  decoder = bf_decoder_new (catalog, def, zone, writer, &error);
  g_assert_no_error (error);

  for (guint round = 0; round <= ROUNDS; round++)
    {
      gsize length;
      g_autofree char *payload = write_payload (n, round, bench.now_us, &length);
      BfFeedStatus status = { BF_OUTCOME_OK, bench.now_us, n, 3 * n, 0, bench.now_us, bench.now_us, length, NULL };
      char *next = NULL;
      double start;
      double seconds;

      before = bench.n_observations;
      start = cpu_s ();
      bf_decoder_begin (decoder, bench.now_us, BF_TIME_NONE);
      g_assert_true (bf_decoder_page (decoder, def->url, payload, length, &next, &error));
      bf_frame_writer_status (writer, &status);
      bf_evaluator_run (evaluator, bench.now_us);
      seconds = cpu_s () - start;
      g_assert_cmpuint (bench.n_observations - before, ==, 3 * n);
      if (round > 0)
        {
          rates[round - 1] = (double) (bench.n_observations - before) / seconds;
          bytes = (double) length / seconds;
        }
      bench.now_us += G_USEC_PER_SEC;
    }
  qsort (rates, ROUNDS, sizeof rates[0], compare_double);
  g_assert_cmpuint (bench.n_events, >, 0);
  if (json)
    printf ("{\"bench\":\"pipeline\",\"assets\":%u,\"observations_per_s\":%.0f,\"mb_per_s\":%.1f,\"rule_events\":%" G_GUINT64_FORMAT "}\n",
            n, rates[ROUNDS / 2], bytes / 1e6, bench.n_events);
  else
    printf ("%8u car parks  %10.0f observations/s  %7.1f MB/s  (min %.0f, max %.0f)\n", n, rates[ROUNDS / 2], bytes / 1e6, rates[0],
            rates[ROUNDS - 1]);
}

int
main (int argc, char **argv)
{
  gboolean json = FALSE;
  const char *plugins = g_getenv ("BEFFROI_PLUGINS");

  for (int i = 1; i < argc; i++)
    json |= strcmp (argv[i], "--json") == 0;
  g_assert (plugins != NULL);
  measure (plugins, 1000, json);
  measure (plugins, 10000, json);
  measure (plugins, 100000, json);
  return 0;
}
