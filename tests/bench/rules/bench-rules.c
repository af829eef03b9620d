/* SPDX-License-Identifier: EUPL-1.2 */
/* Observations a second on one core, from the value to the rules' answer: each round brings one value of every asset into the model
 * and runs batches. Prints a table and, as its last line, the same as JSON. Each figure is the median of 9 rounds after one to warm
 * up, by the CPU time of the thread. "wild" values jump over the whole range each time; "calm" ones go on as a
 * sensor's do: a tide of a day over the ten thresholds, and a noise of a tenth of what lies between two of them. Bytes a series: what windows add to the process, by their number. */

#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../unit/rules/bf-test-city.h"

#define N_ROUNDS 9

typedef struct
{
  const char *name;
  guint n_rules;
  const char *rule; /* body of each, %u: its number */
  const char *windows; /* (nullable): body of the first two instead */
  guint n_assets;
  guint batch; /* observations a batch */
  gboolean calm;
  guint n_series; /* windows an asset */
} Case;

#define TEN "When=flow < %u m3/h\nFor=5min\nClear=flow > 60 m3/h for 5min\n"

static const Case cases[] = {
  { "one rule, comparison", 1, "When=flow < 0 m3/h\n", NULL, 100000, 100000, FALSE, 0 },
  { "one rule, comparison, batches of 1000", 1, "When=flow < 0 m3/h\n", NULL, 100000, 1000, FALSE, 0 },
  { "one rule, For and Clear", 1, "When=flow < 50 m3/h\nFor=5min\nClear=flow > 60 m3/h for 5min\n", NULL, 100000, 100000, FALSE, 0 },
  { "ten rules, For and Clear, wild", 10, TEN, NULL, 100000, 100000, FALSE, 0 },
  { "ten rules, For and Clear, calm", 10, TEN, NULL, 100000, 100000, TRUE, 0 },
  { "ten rules, For and Clear, calm, batches of 1000", 10, TEN, NULL, 100000, 1000, TRUE, 0 },
  { "one rule, and/or of four", 1, "When=flow < 0 m3/h and starts > 3 or flow > 1000 m3/h and not starts = 2\n", NULL, 100000, 100000, FALSE, 0 },
  { "one rule, mean over zone", 1, "When=avg(flow over zone) > 1000 m3/h\n", NULL, 100000, 100000, FALSE, 0 },
  { "one rule, two windows", 1, "When=avg(flow, 1h) < 2 m3/h and stddev(flow, 30min) > 1 m3/h\nFor=5min\nClear=flow > 60 m3/h for 5min\n", NULL, 100000, 100000, TRUE, 2 },
  { "ten rules, two windows", 10, "When=avg(flow, 1h) < %u m3/h and max(flow, 30min) < %u m3/h\nFor=5min\nClear=flow > 60 m3/h for 5min\n", NULL, 100000, 100000, TRUE, 2 },
  { "ten rules, two of them with a window", 10, TEN, "When=avg(flow, 1h) < %u m3/h\nFor=5min\nClear=max(flow, 30min) > 60 m3/h for 5min\n", 100000, 100000, TRUE, 2 },
};

static guint64 n_events;

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  n_events++;
}

static double
cpu_s (void)
{
  struct timespec t;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t);
  return t.tv_sec + t.tv_nsec / 1e9;
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  return (*(const double *) a > *(const double *) b) - (*(const double *) a < *(const double *) b);
}

static BfRuleSet *
make_set (const Case *c, const BfCatalog *catalog)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  BfRuleSet *set = bf_rule_set_new (catalog, problems);

  for (guint i = 0; i < c->n_rules; i++)
    {
      g_autofree char *number = g_strdup_printf ("%u", 10 + i);
      g_auto (GStrv) parts = g_strsplit (i < 2 && c->windows != NULL ? c->windows : c->rule, "%u", -1);
      g_autofree char *body = g_strjoinv (number, parts);
      g_autofree char *text = g_strdup_printf ("[Rule r%u]\nKind=water.logger\nPriority=low\nTitle=x\n%s", i, body);

      bf_rule_set_add_text (set, "bench.rules", text, strlen (text), problems);
    }
  bf_test_no_problems (problems);
  bf_rule_set_finish (set);
  return set;
}

/* The same each time: a small step a round for each asset, or anywhere. */
static double
value_of (const Case *c, guint asset, guint round)
{
  guint32 noise = (asset * 2654435761u) ^ (round * 40503u * 65537u);

  if (!c->calm)
    return (asset * 7919u + round * 31u) % 100;
  return 25 + 20 * sin (asset * 0.7 + round * 2 * G_PI / 1440) + (noise >> 16) % 100 / 1000.0;
}

/* One value of every asset, in batches. Returns the time that it took; making the values is not part of it. */
static double
play_round (const Case *c, BfEvaluator *evaluator, guint16 flow, guint round, double *values)
{
  gint64 now_us = T0 + (round + 1) * MINUTE_US;
  double start_s;

  for (guint i = 0; i < c->n_assets; i++)
    values[i] = value_of (c, i, round);
  start_s = cpu_s ();
  for (guint first = 0; first < c->n_assets; first += c->batch)
    {
      for (guint i = first; i < first + c->batch; i++)
        {
          bf_evaluator_prepare (evaluator, MIN (i + BF_EVALUATOR_AHEAD, c->n_assets - 1), flow);
          bf_evaluator_observe (evaluator, i, flow, values[i], now_us, now_us, 0, 0);
        }
      bf_evaluator_run (evaluator, now_us);
    }
  return cpu_s () - start_s;
}

static gsize
rss_bytes (void)
{
  g_autofree char *text = NULL;
  gulong pages = 0;

  if (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL))
    sscanf (text, "%*u %lu", &pages);
  return pages * 4096;
}

typedef struct
{
  double rate;             /* observations/s, median */
  double bytes_per_series; /* 0: none */
} Result;

static Result
measure (const Case *c, const BfCatalog *catalog)
{
  static const BfEvaluatorHandler handler = { .rule = rule_cb };
  g_autoptr (BfModel) model = bf_model_new (catalog);
  g_autoptr (BfRuleSet) set = make_set (c, catalog);
  g_autoptr (BfEvaluator) evaluator = bf_evaluator_new (set, model, NULL, &handler, NULL);
  g_autofree double *values = g_new (double, c->n_assets);
  guint16 flow = bf_test_property (catalog, "water", "flow");
  guint n_warm = c->n_series > 0 ? 60 : 1; /* windows fill first */
  double rates[N_ROUNDS];
  Result result = { 0, 0 };
  gsize before;

  malloc_trim (0); /* what the case before has given back does not count for this one */
  bf_model_set_stale_limit (model, 0, flow, 15 * MINUTE_US);
  for (guint i = 0; i < c->n_assets; i++)
    {
      g_autofree char *id = g_strdup_printf ("water/%u", i);
      guint32 asset = bf_test_asset_at (model, id, "water.logger", NULL, 2, 48);

      bf_model_set_zone (model, asset, i % 100);
      bf_model_observe (model, asset, bf_test_property (catalog, "water", "starts"), i % 3, T0, T0, 1, 0);
      bf_evaluator_add_asset (evaluator, asset, T0);
    }
  bf_evaluator_run (evaluator, T0);
  before = rss_bytes ();
  for (guint round = 0; round < n_warm + N_ROUNDS; round++)
    {
      double spent_s = play_round (c, evaluator, flow, round, values);

      if (round >= n_warm)
        rates[round - n_warm] = c->n_assets / spent_s;
    }
  if (c->n_series > 0)
    result.bytes_per_series = (double) (rss_bytes () - before) / c->n_assets / c->n_series;
  qsort (rates, N_ROUNDS, sizeof rates[0], compare_doubles);
  result.rate = rates[N_ROUNDS / 2];
  return result;
}

int
main (int argc, char **argv)
{
  g_autoptr (GString) json = g_string_new ("{");
  g_autoptr (BfCatalog) catalog = NULL;

  g_test_init (&argc, &argv, NULL);
  catalog = bf_test_catalog ();
  g_print ("%-50s %16s %16s %12s %14s\n", "100,000 assets, one core", "observations/s", "evaluations/s", "events", "bytes/series");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Result result;

      if (argc > 1 && strstr (cases[i].name, argv[1]) == NULL)
        continue;
      n_events = 0;
      result = measure (&cases[i], catalog);
      g_print ("%-50s %16.0f %16.0f %12" G_GUINT64_FORMAT " %14.0f\n", cases[i].name, result.rate, result.rate * cases[i].n_rules, n_events,
               result.bytes_per_series);
      g_string_append_printf (json, "%s\"%s\": %.0f", json->len > 1 ? ", " : "", cases[i].name, result.rate);
    }
  g_print ("%s}\n", json->str);
  return 0;
}
