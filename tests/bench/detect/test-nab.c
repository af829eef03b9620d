/* SPDX-License-Identifier: EUPL-1.2 */
/* The Numenta Anomaly Benchmark on learnt profiles: anomaly.rules, one text for all series, through a rehearsal; an alert that is raised
 * is a detection at its reading. Scored after A. Lavin and S. Ahmad, "Evaluating real-time anomaly detection algorithms: the Numenta
 * Anomaly Benchmark", ICMLA 2015:
 *
 *   s(x) = 2 / (1 + e^5x) - 1, -1 for x > 3
 *   a window counts s(x) / s(-1) of its first detection, x from -1 at its first reading to 0 past its last; without any -1
 *   a detection outside counts 0.11 s(x), x in window lengths behind the window before; without a window before -0.11
 *   the first 15 % of a series, of 5000 readings at most, do not count
 *   score = 100 (sum - null) / (perfect - null), null = -windows, perfect = windows
 *
 * Skipped without the captures. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "watch/bf-figures.h"

#define FALSE_POSITIVE 0.11
#define FLOOR_TRAFFIC 87.0
#define FLOOR_KNOWN 50.0

typedef struct
{
  gint64 from_us;
  gint64 to_us;
} Span;

typedef struct
{
  double sum;
  guint n_windows;
  guint n_found;
  guint n_false;
} Score;

static char *
captures (const char *below)
{
  const char *given = g_getenv ("BEFFROI_CAPTURES");
  g_autofree char *dir = given != NULL ? g_strdup (given) : g_test_build_filename (G_TEST_DIST, "../shared/captures", NULL);

  return g_build_filename (dir, "traffic", "nab", below, NULL);
}

static gint64
parse_time (const char *text)
{
  g_autofree char *iso = g_strdup_printf ("%.10sT%.8sZ", text, text + 11);
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (iso, NULL);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time) * G_USEC_PER_SEC;
}

/* @all: of type a{saas} */
static GArray *
read_windows (GVariant *all, const char *name)
{
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (Span));
  g_autoptr (GVariant) windows = g_variant_lookup_value (all, name, G_VARIANT_TYPE ("aas"));

  g_assert_nonnull (windows);
  for (gsize i = 0; i < g_variant_n_children (windows); i++)
    {
      g_autoptr (GVariant) window = g_variant_get_child_value (windows, i);
      const char *from, *to;
      Span span;

      g_assert_cmpuint (g_variant_n_children (window), ==, 2);
      g_variant_get_child (window, 0, "&s", &from);
      g_variant_get_child (window, 1, "&s", &to);
      span = (Span){ parse_time (from), parse_time (to) };
      g_array_append_val (spans, span);
    }
  return spans;
}

static void
read_series (const char *path, GArray *times, GArray *values)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 1; lines[i] != NULL && strlen (lines[i]) > 20; i++)
    {
      gint64 time_us = parse_time (lines[i]);
      double value = g_ascii_strtod (lines[i] + 20, NULL);

      g_array_append_val (times, time_us);
      g_array_append_val (values, value);
    }
}

/* ---- The rule over one series ---- */

static BfRuleSet *
read_rules (const BfCatalog *catalog)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests", "bench", "detect", "anomaly.rules", NULL);
  g_autofree char *text = NULL;
  BfRuleSet *rules = bf_rule_set_new (catalog, problems);
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  bf_rule_set_add_text (rules, "anomaly.rules", text, strlen (text), problems);
  bf_rule_set_keep_read (rules);
  bf_rule_set_finish (rules);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *problem = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_test_message ("%s", problem);
    }
  g_assert_cmpuint (problems->len, ==, 0);
  return rules;
}

/* (transfer full) (element-type gint64): when alerts were raised */
static GArray *
detect (const BfCatalog *catalog, const BfRuleSet *rules, const char *name, const GArray *times, const GArray *values)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  BfRehearsalOptions options = { .zone = zone, .from_us = BF_TIME_NONE, .acknowledge = TRUE };
  g_autoptr (BfRehearsal) rehearsal = bf_rehearsal_new (catalog, rules, &options, NULL, NULL);
  g_autoptr (BfFigures) figures = NULL;
  guint16 property = bf_catalog_find_property (catalog, bf_catalog_find_service (catalog, "series")->index, "value")->index;
  g_autofree char *id = g_strdup_printf ("series/%s", name);
  BfAssetInfo info
    = { .id = id, .kind = bf_catalog_find_kind (catalog, "series.sensor")->index, .name = name, .point = { NAN, NAN } };
  GArray *raised = g_array_new (FALSE, FALSE, sizeof (gint64));

  for (guint i = 0; i < times->len; i++)
    {
      gint64 time_us = g_array_index (times, gint64, i);
      g_autoptr (GError) error = NULL;
      guint32 asset;

      bf_rehearsal_begin (rehearsal, time_us);
      asset = bf_rehearsal_put_asset (rehearsal, &info, 0, &error);
      g_assert_no_error (error);
      bf_rehearsal_observe (rehearsal, asset, property, g_array_index (values, double, i), time_us, 0, 0);
      bf_rehearsal_commit (rehearsal);
    }
  bf_rehearsal_end (rehearsal, g_array_index (times, gint64, times->len - 1));
  figures = bf_figures_new (rehearsal);
  for (guint i = 0; i < figures->alerts->len; i++)
    g_array_append_val (raised, g_array_index (figures->alerts, BfRehearsedAlert, i).raised_us);
  return raised;
}

/* ---- Score ---- */

static double
scaled_sigmoid (double x)
{
  return x > 3 ? -1 : 2 / (1 + exp (5 * x)) - 1;
}

/* The last reading at or before @time_us; -1: none. */
static int
index_at (const GArray *times, gint64 time_us)
{
  int found = -1;

  for (guint i = 0; i < times->len && g_array_index (times, gint64, i) <= time_us; i++)
    found = (int) i;
  return found;
}

static void
score_series (const GArray *times, const GArray *windows, const GArray *raised, Score *score)
{
  int probation = (int) floor (0.15 * MIN (times->len, 5000));
  g_autofree double *best = g_new (double, windows->len + 1);

  for (guint w = 0; w < windows->len; w++)
    best[w] = -1;
  for (guint r = 0; r < raised->len; r++)
    {
      int at = index_at (times, g_array_index (raised, gint64, r));
      double outside = -1;
      gboolean inside = FALSE;

      if (at < probation)
        continue;
      for (guint w = 0; w < windows->len; w++)
        {
          int last = index_at (times, g_array_index (windows, Span, w).to_us);
          int first = index_at (times, g_array_index (windows, Span, w).from_us - 1) + 1;

          if (at >= first && at <= last)
            {
              best[w] = MAX (best[w], scaled_sigmoid (-(double) (last - at + 1) / (last - first + 1)) / scaled_sigmoid (-1));
              inside = TRUE;
            }
          else if (at > last)
            outside = scaled_sigmoid ((double) (at - last) / MAX (1, last - first));
        }
      if (!inside)
        {
          score->n_false++;
          score->sum += FALSE_POSITIVE * outside;
        }
    }
  for (guint w = 0; w < windows->len; w++)
    {
      score->sum += best[w];
      score->n_windows++;
      score->n_found += best[w] > -1 ? 1 : 0;
    }
}

static double
normalised (const Score *score)
{
  return 100 * (score->sum + score->n_windows) / (2.0 * score->n_windows);
}

static double
run_folder (const BfCatalog *catalog, const BfRuleSet *rules, GVariant *labels, const char *folder)
{
  g_autofree char *dir_path = captures (folder);
  g_autoptr (GDir) dir = g_dir_open (dir_path, 0, NULL);
  Score total = { 0 };
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir_path, name, NULL);
      g_autofree char *label = g_strdup_printf ("%s/%s", folder, name);
      g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
      g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (double));
      g_autoptr (GArray) windows = read_windows (labels, label);
      g_autoptr (GArray) raised = NULL;
      Score score = { 0 };

      read_series (path, times, values);
      raised = detect (catalog, rules, name, times, values);
      score_series (times, windows, raised, &score);
      g_test_message ("%-45s %6u readings  %u of %u windows  %2u false  %6.1f", name, times->len, score.n_found, score.n_windows,
                      score.n_false, normalised (&score));
      total.sum += score.sum;
      total.n_windows += score.n_windows;
      total.n_found += score.n_found;
      total.n_false += score.n_false;
    }
  g_test_message ("%-45s %15s  %u of %u windows  %2u false  %6.1f", folder, "", total.n_found, total.n_windows, total.n_false,
                  normalised (&total));
  return normalised (&total);
}

static void
test_nab (void)
{
  g_autofree char *labels_path = captures ("labels/combined_windows.json");
  g_autofree char *manifest = g_test_build_filename (G_TEST_DIST, "tests", "bench", "detect", "series.service", NULL);
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GVariant) labels = NULL;
  g_autofree char *text = NULL;
  g_autoptr (BfRuleSet) rules = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_file_test (labels_path, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("the captured series are not here (BEFFROI_CAPTURES)");
      return;
    }
  bf_catalog_add_manifest (catalog, manifest, problems, &error);
  g_assert_no_error (error);
  g_file_get_contents (labels_path, &text, NULL, &error);
  g_assert_no_error (error);
  labels = g_variant_parse (G_VARIANT_TYPE ("a{saas}"), text, NULL, NULL, &error); /* JSON of this form is its text format too */
  g_assert_no_error (error);
  rules = read_rules (catalog);
  g_assert_cmpfloat (run_folder (catalog, rules, labels, "realTraffic"), >=, FLOOR_TRAFFIC);
  g_assert_cmpfloat (run_folder (catalog, rules, labels, "realKnownCause"), >=, FLOOR_KNOWN);
}

/* What is worth nothing, everything, and less and less. */
static void
test_scorer (void)
{
  g_autoptr (GArray) times = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GArray) windows = g_array_new (FALSE, FALSE, sizeof (Span));
  g_autoptr (GArray) raised = g_array_new (FALSE, FALSE, sizeof (gint64));
  Span span = { 500, 599 };
  gint64 at = 500;
  Score score = { 0 };

  for (gint64 i = 0; i < 1000; i++)
    g_array_append_val (times, i);
  g_array_append_val (windows, span);
  score_series (times, windows, raised, &score);
  g_assert_cmpfloat (normalised (&score), ==, 0);
  g_array_append_val (raised, at);
  score = (Score){ 0 };
  score_series (times, windows, raised, &score);
  g_assert_cmpfloat_with_epsilon (normalised (&score), 100, 1e-9);
  at = 400; /* before any window: a whole false alert; in the probation: none */
  g_array_append_val (raised, at);
  at = 149;
  g_array_append_val (raised, at);
  score = (Score){ 0 };
  score_series (times, windows, raised, &score);
  g_assert_cmpuint (score.n_false, ==, 1);
  g_assert_cmpfloat_with_epsilon (normalised (&score), 100 - 5.5, 1e-9);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detect/nab/scorer", test_scorer);
  g_test_add_func ("/detect/nab/series", test_nab);
  return g_test_run ();
}
