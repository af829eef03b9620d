/* SPDX-License-Identifier: EUPL-1.2 */
/* What is said of one rule and one asset, in each way in which it may stand. */

#include "../rules/bf-test-city.h"

#include <string.h>

#include "watch/bf-why.h"

static const char rules_text[] = "[Rule low]\nName=Low pressure\nKind=water.logger\nWhen=pressure < 2.5 bar\nFor=5min\nClear=pressure > 2.7 bar for 10min\n"
                                 "Priority=high\nTitle=x\n"
                                 "[Rule dip]\nKind=water.logger\nWhen=pressure < 2 bar\nCount=2 within 1h\nPriority=low\nTitle=x\n"
                                 "[Rule less]\nKind=water.logger\nWhen=pressure < 2.5 bar\nSuppressedBy=low\nPriority=low\nTitle=x\n"
                                 "[Rule most]\nKind=water.logger\nWhen=pressure < 2.5 bar\nMaxAlerts=1\nPriority=low\nTitle=x\n";

typedef struct
{
  BfCatalog *catalog;
  BfModel *model;
  BfWatch watch;
  guint16 pressure;
  guint32 assets[2];
} Stage;

static void
stage_open (Stage *stage)
{
  static const BfEvaluatorHandler none = { 0 };
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  BfRuleSet *rules;

  stage->catalog = bf_test_catalog ();
  stage->model = bf_model_new (stage->catalog);
  stage->pressure = bf_test_property (stage->catalog, "water", "pressure");
  rules = bf_rule_set_new (stage->catalog, problems);
  bf_rule_set_add_text (rules, "test.rules", rules_text, strlen (rules_text), problems);
  bf_rule_set_link (rules, TRUE, problems);
  bf_rule_set_finish (rules);
  bf_test_no_problems (problems);
  stage->watch = (BfWatch){ .rules = rules, .model = stage->model, .zone = g_time_zone_new_utc () };
  stage->watch.evaluator = bf_evaluator_new (rules, stage->model, stage->watch.zone, &none, NULL);
  bf_model_set_stale_limit (stage->model, 0, stage->pressure, 60 * MINUTE_US);
  for (guint i = 0; i < 2; i++)
    {
      stage->assets[i] = bf_test_asset_at (stage->model, i == 0 ? "water/a" : "water/b", "water.logger", NULL, NAN, NAN);
      bf_evaluator_add_asset (stage->watch.evaluator, stage->assets[i], T0);
    }
  bf_evaluator_run (stage->watch.evaluator, T0);
}

static void
stage_close (Stage *stage)
{
  bf_evaluator_free (stage->watch.evaluator);
  bf_rule_set_free ((BfRuleSet *) stage->watch.rules);
  bf_model_free (stage->model);
  bf_catalog_free (stage->catalog);
  g_time_zone_unref (stage->watch.zone);
}

static void
tell (Stage *stage, guint asset, double bar, gint64 minute)
{
  gint64 at_us = T0 + minute * MINUTE_US;

  bf_evaluator_observe (stage->watch.evaluator, stage->assets[asset], stage->pressure, bar, at_us, at_us, 0, 7);
  bf_evaluator_run (stage->watch.evaluator, at_us);
}

/* @state, and all of @parts in the sentences. */
static void
expect (Stage *stage, const char *rule, guint asset, gint64 minute, const char *state, const char *const *parts)
{
  gint64 now_us = T0 + minute * MINUTE_US;
  g_autoptr (BfWhy) why = NULL;
  g_autofree char *all = NULL;

  bf_evaluator_run (stage->watch.evaluator, now_us);
  why = bf_why_new (&stage->watch, bf_rule_set_find (stage->watch.rules, rule)->index, stage->assets[asset], now_us);
  g_assert_nonnull (why);
  g_ptr_array_add (why->sentences, NULL);
  all = g_strjoinv ("\n", (char **) why->sentences->pdata);
  g_test_message ("%s", all);
  g_assert_cmpstr (bf_why_state_id (why->state), ==, state);
  for (guint i = 0; parts[i] != NULL; i++)
    if (strstr (all, parts[i]) == NULL)
      g_error ("“%s” is not in: %s", parts[i], all);
}

#define SAYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* T0 is 22:13:20 UTC. */
static void
test_delays (void)
{
  Stage stage;

  stage_open (&stage);
  expect (&stage, "low", 0, 0, "unknown", SAYS ("Rule “Low pressure” (low): ", "cannot be judged", "unknown: Pressure", "there never was a value"));
  tell (&stage, 0, 3, 0);
  expect (&stage, "low", 0, 1, "false", SAYS ("No alert: the condition is false.", "Pressure 3", "record 7"));
  tell (&stage, 0, 2.2, 10);
  expect (&stage, "low", 0, 12, "waiting", SAYS ("true since 22:23:20", "for 5\xc2\xa0min", "comes at 22:28:20"));
  expect (&stage, "low", 0, 16, "raised", SAYS ("There is an alert: the condition is true now."));
  tell (&stage, 0, 2.6, 20);
  expect (&stage, "low", 0, 21, "raised", SAYS ("no longer true; what ends it is not so yet"));
  tell (&stage, 0, 2.9, 30);
  expect (&stage, "low", 0, 31, "raised", SAYS ("held since 22:43:20", "for 10\xc2\xa0min", "ends at 22:53:20"));
  expect (&stage, "low", 0, 41, "false", SAYS ("the condition is false"));
  expect (&stage, "low", 0, 100, "unknown", SAYS ("cannot be judged", "unknown: Pressure", "unknown since 23:43:20, when it had become too old"));
  tell (&stage, 0, 2.2, 110);
  expect (&stage, "low", 0, 116, "raised", SAYS ("is true now"));
  expect (&stage, "low", 0, 200, "raised", SAYS ("Whether it is still so is unknown, and what is unknown does not end it."));
  stage_close (&stage);
}

static void
test_held (void)
{
  Stage stage;

  stage_open (&stage);
  tell (&stage, 0, 1.5, 0);
  tell (&stage, 1, 2.2, 1);
  expect (&stage, "dip", 0, 1, "counting", SAYS ("met 1 times within 1\xc2\xa0h; it has to be 2"));
  expect (&stage, "most", 0, 1, "raised", SAYS ("There is an alert"));
  expect (&stage, "most", 1, 1, "limited", SAYS ("has its 1 alerts at a time (MaxAlerts=)"));
  expect (&stage, "less", 0, 2, "raised", SAYS ("There is an alert"));
  expect (&stage, "less", 0, 6, "suppressed", SAYS ("rule “Low pressure” (low), which is active on water/a, suppresses it"));
  tell (&stage, 0, 3, 7);
  tell (&stage, 0, 1.5, 8);
  expect (&stage, "dip", 0, 8, "raised", SAYS ("There is an alert"));
  stage_close (&stage);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/why/delays", test_delays);
  g_test_add_func ("/why/held", test_held);
  return g_test_run ();
}
