/* SPDX-License-Identifier: EUPL-1.2 */
/* Evaluations a second on one core: values are in the model, each round touches assets and runs a batch. Prints a table
 * and, as its last line, the same as JSON. Each figure is the median of 9 rounds after one to warm up, by the CPU time of
 * the thread. */

#include <string.h>
#include <time.h>

#include "../../unit/rules/bf-test-city.h"

#define N_ROUNDS 9

typedef struct
{
  const char *name;
  guint n_rules;
  const char *rule; /* body of each, %u: its number */
  guint n_assets;
  guint batch; /* touches a batch */
} Case;

static const Case cases[] = {
  { "one rule, comparison", 1, "When=flow < 0 m3/h\n", 100000, 100000 },
  { "one rule, comparison, batches of 1000", 1, "When=flow < 0 m3/h\n", 100000, 1000 },
  { "one rule, For and Clear", 1, "When=flow < 50 m3/h\nFor=5min\nClear=flow > 60 m3/h for 5min\n", 100000, 100000 },
  { "ten rules, For and Clear", 10, "When=flow < %u m3/h\nFor=5min\nClear=flow > 60 m3/h for 5min\n", 100000, 100000 },
  { "one rule, and/or of four", 1,
    "When=flow < 0 m3/h and starts > 3 or flow > 1000 m3/h and not starts = 2\n", 100000, 100000 },
  { "one rule, mean over zone", 1, "When=avg(flow over zone) > 1000 m3/h\n", 100000, 100000 },
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
      g_auto (GStrv) parts = g_strsplit (c->rule, "%u", -1);
      g_autofree char *body = g_strjoinv (number, parts);
      g_autofree char *text = g_strdup_printf ("[Rule r%u]\nKind=water.logger\nPriority=low\nTitle=x\n%s", i, body);

      bf_rule_set_add_text (set, "bench.rules", text, strlen (text), problems);
    }
  bf_test_no_problems (problems);
  bf_rule_set_finish (set);
  return set;
}

/* Touches every asset's flow once, in batches; the share of the time that is the evaluator's is returned. */
static double
play_round (const Case *c, BfModel *model, BfEvaluator *evaluator, guint16 flow, gint64 now_us)
{
  double spent_s = 0;

  for (guint first = 0; first < c->n_assets; first += c->batch)
    {
      double start_s;

      for (guint i = first; i < first + c->batch; i++)
        bf_model_observe (model, i, flow, (i * 7919u + (guint) (now_us / MINUTE_US) * 31u) % 100, now_us, now_us, 0, 0);
      start_s = cpu_s ();
      for (guint i = first; i < first + c->batch; i++)
        bf_evaluator_touch (evaluator, i, flow);
      bf_evaluator_run (evaluator, now_us);
      spent_s += cpu_s () - start_s;
    }
  return spent_s;
}

static double
measure (const Case *c, const BfCatalog *catalog)
{
  static const BfEvaluatorHandler handler = { rule_cb, NULL, NULL };
  g_autoptr (BfModel) model = bf_model_new (catalog);
  g_autoptr (BfRuleSet) set = make_set (c, catalog);
  g_autoptr (BfEvaluator) evaluator = bf_evaluator_new (set, model, NULL, &handler, NULL);
  guint16 flow = bf_test_property (catalog, "water", "flow");
  double rates[N_ROUNDS];

  bf_model_set_stale_limit (model, 0, flow, 15 * MINUTE_US);
  for (guint i = 0; i < c->n_assets; i++)
    {
      g_autofree char *id = g_strdup_printf ("water/%u", i);
      guint32 asset = bf_test_asset_at (model, id, "water.logger", NULL, 2, 48);

      bf_model_set_zone (model, asset, i % 100);
      bf_model_observe (model, asset, bf_test_property (catalog, "water", "starts"), i % 3, T0, T0, 1, 0);
      bf_evaluator_add_asset (evaluator, asset, T0);
    }
  for (int round = -1; round < N_ROUNDS; round++)
    {
      double spent_s = play_round (c, model, evaluator, flow, T0 + (round + 2) * MINUTE_US);

      if (round >= 0)
        rates[round] = (double) c->n_assets * c->n_rules / spent_s;
    }
  qsort (rates, N_ROUNDS, sizeof rates[0], compare_doubles);
  return rates[N_ROUNDS / 2];
}

int
main (int argc, char **argv)
{
  g_autoptr (GString) json = g_string_new ("{");
  g_autoptr (BfCatalog) catalog = NULL;

  g_test_init (&argc, &argv, NULL);
  catalog = bf_test_catalog ();
  g_print ("%-42s %18s %12s\n", "100,000 assets, one core", "evaluations/s", "events");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      double rate;

      n_events = 0;
      rate = measure (&cases[i], catalog);
      g_print ("%-42s %18.0f %12" G_GUINT64_FORMAT "\n", cases[i].name, rate, n_events);
      g_string_append_printf (json, "%s\"%s\": %.0f", i > 0 ? ", " : "", cases[i].name, rate);
    }
  g_print ("%s}\n", json->str);
  return 0;
}
