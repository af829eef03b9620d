/* SPDX-License-Identifier: EUPL-1.2 */
/* Observations a second on one core of a rule with deviation(): each asset brings a value every five minutes, the profiles have learnt two
 * weeks, the third is measured: model, learning and evaluation, by the processor time of the thread. A table, then JSON. */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "../../unit/rules/bf-test-city.h"

#define N_ASSETS 2000u
#define STEP_US (5 * MINUTE_US)
#define WEEK_STEPS 2016u

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
  return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static double
value_at (guint asset, guint step)
{
  guint32 noise = (step * 2654435761u) ^ (asset * 40503u);

  return 50 + 30 * sin ((step % 288) / 288.0 * 2 * G_PI) + (double) ((noise * 2246822519u) >> 20) / 400;
}

int
main (int argc, char **argv)
{
  static const char text[] = "[Rule odd]\nKind=water.logger\nWhen=abs(deviation(flow)) > 5\nFor=5min\nClear=abs(deviation(flow)) < 3\n"
                             "Priority=low\nTitle=x\n";
  static const BfEvaluatorHandler handler = { rule_cb, NULL, NULL };
  g_autoptr (BfCatalog) catalog = NULL;
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfModel) model = NULL;
  g_autoptr (BfRuleSet) set = NULL;
  g_autoptr (BfEvaluator) evaluator = NULL;
  guint32 assets[N_ASSETS];
  guint16 flow;
  double start_s = 0, spent_s;

  g_test_init (&argc, &argv, NULL);
  catalog = bf_test_catalog ();
  model = bf_model_new (catalog);
  set = bf_rule_set_new (catalog, problems);
  bf_rule_set_add_text (set, "odd.rules", text, strlen (text), problems);
  bf_test_no_problems (problems);
  bf_rule_set_finish (set);
  evaluator = bf_evaluator_new (set, model, NULL, &handler, NULL);
  flow = bf_test_property (catalog, "water", "flow");
  for (guint i = 0; i < N_ASSETS; i++)
    {
      g_autofree char *id = g_strdup_printf ("water/%u", i);

      assets[i] = bf_test_asset_at (model, id, "water.logger", NULL, 2, 48);
      bf_evaluator_add_asset (evaluator, assets[i], T0);
    }
  for (guint step = 0; step < 3 * WEEK_STEPS; step++)
    {
      gint64 now_us = T0 + step * STEP_US;

      if (step == 2 * WEEK_STEPS)
        start_s = cpu_s ();
      for (guint i = 0; i < N_ASSETS; i++)
        bf_evaluator_observe (evaluator, assets[i], flow, value_at (i, step), now_us, now_us, 0, 0);
      bf_evaluator_run (evaluator, now_us);
    }
  spent_s = cpu_s () - start_s;
  printf ("one rule with deviation(), %u assets, third week: %.0f observations/s, %" G_GUINT64_FORMAT " events\n", N_ASSETS,
          N_ASSETS * (double) WEEK_STEPS / spent_s, n_events);
  printf ("{\"bench\":\"profile\",\"observations_per_s\":%.0f}\n", N_ASSETS * (double) WEEK_STEPS / spent_s);
  return 0;
}
