/* SPDX-License-Identifier: EUPL-1.2 */
/* One asset through time: delays, return conditions, unknown, stale, absent, derived values, restart, titles. Time is a
 * number here, nothing waits. Each case writes what the handler heard as one line an event and compares the whole. */

#include <string.h>

#include "bf-test-city.h"

typedef struct
{
  BfCatalog *catalog;
  BfModel *model;
  BfRuleSet *set;
  BfEvaluator *evaluator;
  guint32 asset;
  gint64 now_us;
  GString *heard;
  gboolean hear_derived;
} City;

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  City *city = user_data;
  const BfRule *rule = bf_rule_set_get (city->set, event->rule);

  g_assert_cmpint (event->now_us, ==, city->now_us);
  g_assert_cmpuint (event->asset, ==, city->asset);
  g_string_append_printf (city->heard, "%d %s %s since %d\n", (int) ((event->now_us - T0) / SECOND_US), rule->id,
                          event->raised ? "raised" : "cleared", (int) ((event->since_us - T0) / SECOND_US));
}

static void
derived_cb (gpointer user_data, guint32 asset, guint16 property, double value, gint64 observed_us)
{
  City *city = user_data;

  if (!city->hear_derived)
    return;
  if (observed_us == BF_TIME_NONE)
    g_string_append_printf (city->heard, "%s forgotten\n", bf_catalog_property (city->catalog, property)->id);
  else
    g_string_append_printf (city->heard, "%s=%.3f at %d\n", bf_catalog_property (city->catalog, property)->id, value,
                            (int) ((observed_us - T0) / SECOND_US));
}

static void
city_open (City *city, const char *rules)
{
  static const BfEvaluatorHandler handler = { rule_cb, derived_cb, NULL };
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autofree char *text = g_strdup_printf ("[Rule r]\nKind=water.logger\nPriority=low\nTitle=x\n%s", rules);

  memset (city, 0, sizeof *city);
  city->catalog = bf_test_catalog ();
  city->model = bf_model_new (city->catalog);
  city->set = bf_rule_set_new (city->catalog, problems);
  bf_rule_set_add_text (city->set, "test.rules", text, strlen (text), problems);
  bf_test_no_problems (problems);
  bf_rule_set_finish (city->set);
  city->heard = g_string_new (NULL);
  city->asset = bf_test_asset_at (city->model, "water/1", "water.logger", NULL, 2, 48);
  city->evaluator = bf_evaluator_new (city->set, city->model, NULL, &handler, city);
  bf_evaluator_add_asset (city->evaluator, city->asset, T0);
}

static void
city_close (City *city)
{
  bf_evaluator_free (city->evaluator);
  bf_rule_set_free (city->set);
  bf_model_free (city->model);
  bf_catalog_free (city->catalog);
  g_string_free (city->heard, TRUE);
}

/* Runs each timer up to @until_us at its time, as the engine does. */
static void
run_until (City *city, gint64 until_us)
{
  gint64 next_us;

  while ((next_us = bf_evaluator_next_us (city->evaluator)) != BF_TIME_NONE && next_us <= until_us)
    {
      city->now_us = next_us;
      bf_evaluator_run (city->evaluator, next_us);
      g_assert_true (bf_evaluator_next_us (city->evaluator) == BF_TIME_NONE
                     || bf_evaluator_next_us (city->evaluator) > next_us);
    }
}

static void
at (City *city, int at_s)
{
  run_until (city, T0 + at_s * SECOND_US);
  city->now_us = T0 + at_s * SECOND_US;
  bf_evaluator_run (city->evaluator, city->now_us);
}

static void
observe (City *city, int at_s, const char *property, double value)
{
  guint16 index = bf_test_property (city->catalog, "water", property);
  gint64 t = T0 + at_s * SECOND_US;

  run_until (city, t - 1);
  g_assert_cmpint (bf_model_observe (city->model, city->asset, index, value, t, t, 0, 0), ==, BF_OBSERVED_NEW);
  bf_evaluator_touch (city->evaluator, city->asset, index);
  at (city, at_s);
}

static void
set_limit (City *city, const char *property, int limit_s)
{
  bf_model_set_stale_limit (city->model, 0, bf_test_property (city->catalog, "water", property), limit_s * SECOND_US);
}

static void
test_at_once (void)
{
  City city;

  city_open (&city, "When=pressure < 2.5 bar\n");
  observe (&city, 0, "pressure", 2.6);
  observe (&city, 10, "pressure", 2.4);
  observe (&city, 20, "pressure", 2.3);
  observe (&city, 30, "pressure", 2.6);
  observe (&city, 40, "pressure", 2.4);
  g_assert_cmpstr (city.heard->str, ==, "10 r raised since 10\n30 r cleared since 30\n40 r raised since 40\n");
  g_assert_cmpint (bf_evaluator_next_us (city.evaluator), ==, BF_TIME_NONE);
  city_close (&city);
}

/* The delay ends by a timer, not by the next observation; a break begins it anew. */
static void
test_delay (void)
{
  City city;

  city_open (&city, "When=pressure < 2.5 bar\nFor=60s\nClear=pressure > 2.7 bar for 30s\n");
  observe (&city, 0, "pressure", 2.4);
  observe (&city, 50, "pressure", 2.6);
  observe (&city, 55, "pressure", 2.4);
  observe (&city, 100, "pressure", 2.3);
  at (&city, 114);
  g_assert_cmpstr (city.heard->str, ==, "");
  at (&city, 200);
  g_assert_cmpstr (city.heard->str, ==, "115 r raised since 55\n");
  observe (&city, 210, "pressure", 2.6);
  observe (&city, 300, "pressure", 2.8);
  observe (&city, 310, "pressure", 2.6);
  observe (&city, 320, "pressure", 2.8);
  at (&city, 400);
  g_assert_cmpstr (city.heard->str, ==, "115 r raised since 55\n350 r cleared since 320\n");
  g_assert_cmpint (bf_evaluator_next_us (city.evaluator), ==, BF_TIME_NONE);
  city_close (&city);
}

/* UNKNOWN neither raises nor clears, and abandons a delay that runs. */
static void
test_unknown (void)
{
  City city;

  city_open (&city, "When=pressure < 2.5 bar\nFor=60s\n");
  set_limit (&city, "pressure", 40);
  observe (&city, 0, "pressure", 2.4);
  at (&city, 41); /* stale at 40 s + 1 µs: the delay is abandoned */
  observe (&city, 90, "pressure", 2.4);
  observe (&city, 120, "pressure", 2.4);
  g_assert_cmpstr (city.heard->str, ==, "");
  at (&city, 155);
  g_assert_cmpstr (city.heard->str, ==, "150 r raised since 90\n");
  at (&city, 1000); /* unknown since 160 s: it stays raised */
  g_assert_cmpstr (city.heard->str, ==, "150 r raised since 90\n");
  observe (&city, 1010, "pressure", 2.6);
  g_assert_cmpstr (city.heard->str, ==, "150 r raised since 90\n1010 r cleared since 1010\n");
  city_close (&city);
}

/* unknown() and stale() are told by the timer of the stale limit. */
static void
test_ask (void)
{
  City city;

  city_open (&city, "When=unknown(pressure) or stale(flow)\n");
  set_limit (&city, "pressure", 40);
  set_limit (&city, "flow", 100);
  observe (&city, 0, "flow", 1);
  g_assert_cmpstr (city.heard->str, ==, "0 r raised since 0\n");
  observe (&city, 1, "pressure", 2.4);
  at (&city, 20);
  observe (&city, 30, "pressure", 2.4);
  at (&city, 72);
  observe (&city, 80, "pressure", 2.4);
  observe (&city, 115, "pressure", 2.4);
  g_assert_cmpstr (city.heard->str, ==,
                   "0 r raised since 0\n1 r cleared since 1\n70 r raised since 70\n80 r cleared since 80\n100 r raised since 100\n");
  city_close (&city);
}

static void
test_absent (void)
{
  City city;

  city_open (&city, "When=absent(pressure, 10min)\n");
  at (&city, 0);
  at (&city, 599);
  g_assert_cmpstr (city.heard->str, ==, "");
  at (&city, 700); /* no value since it is watched */
  observe (&city, 800, "pressure", 2);
  observe (&city, 1000, "pressure", 2);
  at (&city, 5000);
  g_assert_cmpstr (city.heard->str, ==, "600 r raised since 600\n800 r cleared since 800\n1600 r raised since 1600\n");
  city_close (&city);
}

/* The earlier of two times counts, also when the later was armed first. */
static void
test_absent_two (void)
{
  City city;

  city_open (&city, "When=starts > 3 and absent(pressure, 10min) or absent(flow, 1h)\nFor=1min\n");
  observe (&city, 0, "pressure", 2);
  observe (&city, 1, "flow", 2);
  observe (&city, 2, "starts", 1);
  observe (&city, 100, "starts", 5);
  at (&city, 3000);
  g_assert_cmpstr (city.heard->str, ==, "660 r raised since 600\n");
  city_close (&city);
}

/* pressure -> head -> low: chain, time of the newest input, forgotten when the input is. */
static void
test_derived (void)
{
  City city;

  city_open (&city, "When=low = yes\n");
  city.hear_derived = TRUE;
  set_limit (&city, "pressure", 40);
  observe (&city, 5, "pressure", 9.80665);
  observe (&city, 10, "pressure", 0.980665);
  at (&city, 60);
  g_assert_cmpstr (city.heard->str, ==,
                   "head=100.000 at 5\nlow=0.000 at 5\n"
                   "head=10.000 at 10\nlow=1.000 at 10\n10 r raised since 10\n"
                   "head forgotten\nlow forgotten\n");
  city_close (&city);
}

/* What meets When is not over, though Clear is met too: it is raised once and returns when When is false. */
static void
test_contradiction (void)
{
  City city;

  city_open (&city, "When=starts > 1\nClear=starts > 0\n");
  observe (&city, 0, "starts", 5);
  g_assert_cmpstr (city.heard->str, ==, "0 r raised since 0\n");
  at (&city, 100);
  g_assert_cmpint (bf_evaluator_next_us (city.evaluator), ==, BF_TIME_NONE);
  observe (&city, 110, "starts", 6);
  g_assert_cmpstr (city.heard->str, ==, "0 r raised since 0\n");
  observe (&city, 120, "starts", 1);
  g_assert_cmpstr (city.heard->str, ==, "0 r raised since 0\n120 r cleared since 120\n");
  city_close (&city);
}

/* The clock goes an hour back: the delay begins anew then, it does not last an hour longer. */
static void
test_clock_back (void)
{
  City city;

  city_open (&city, "When=starts > 1\nFor=60s\n");
  observe (&city, 3600, "starts", 5);
  city.now_us = T0 + 10 * SECOND_US;
  bf_evaluator_touch (city.evaluator, city.asset, bf_test_property (city.catalog, "water", "starts"));
  bf_evaluator_run (city.evaluator, city.now_us);
  at (&city, 100);
  g_assert_cmpstr (city.heard->str, ==, "70 r raised since 10\n");
  city_close (&city);
}

static void
keep_state_cb (const BfRuleState *state, gpointer user_data)
{
  g_array_append_val ((GArray *) user_data, *state);
}

/* Restart at every second of a story: what is heard before and after together is the same. */
static void
test_restart (void)
{
  static const char rules[] = "When=pressure < 2.5 bar\nFor=60s\nClear=pressure > 2.7 bar for 30s\n";
  static const double story[] = { 2.4, 2.4, 2.4, 2.4, 2.6, 2.8, 2.8, 2.8, 2.8, 2.4, 2.4, 2.6, 2.4, 2.4, 2.4, 2.4 };
  g_autofree char *whole = NULL;

  for (int stop_s = -1; stop_s < 320; stop_s++)
    {
      g_autoptr (GArray) states = g_array_new (FALSE, FALSE, sizeof (BfRuleState));
      g_autoptr (GString) heard = g_string_new (NULL);
      City city;
      City after;

      city_open (&city, rules);
      city_open (&after, rules);
      for (int i = 0; i < (int) G_N_ELEMENTS (story) && (stop_s < 0 || i * 20 <= stop_s); i++)
        observe (&city, i * 20, "pressure", story[i]);
      at (&city, stop_s < 0 ? 400 : stop_s);
      bf_evaluator_foreach_state (city.evaluator, keep_state_cb, states);
      for (int i = 0; stop_s >= 0 && i < (int) G_N_ELEMENTS (story) && i * 20 <= stop_s; i++)
        bf_model_observe (after.model, after.asset, bf_test_property (after.catalog, "water", "pressure"), story[i],
                          T0 + i * 20 * SECOND_US, T0 + i * 20 * SECOND_US, 0, 0);
      for (guint i = 0; i < states->len; i++)
        bf_evaluator_restore (after.evaluator, &g_array_index (states, BfRuleState, i));
      if (stop_s >= 0)
        at (&after, stop_s);
      for (int i = 0; stop_s >= 0 && i < (int) G_N_ELEMENTS (story); i++)
        if (i * 20 > stop_s)
          observe (&after, i * 20, "pressure", story[i]);
      if (stop_s >= 0)
        at (&after, 400);
      g_string_append (heard, city.heard->str);
      g_string_append (heard, after.heard->str);
      if (whole == NULL)
        {
          whole = g_strdup (heard->str);
          g_assert_cmpstr (whole, ==, "60 r raised since 0\n130 r cleared since 100\n300 r raised since 240\n");
        }
      else
        g_assert_cmpstr (heard->str, ==, whole);
      city_close (&city);
      city_close (&after);
    }
}

static void
test_look (void)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (BfRuleValue));
  City city;

  city_open (&city, "When=pressure < 2.5 bar and starts > 1\n");
  observe (&city, 0, "pressure", 2.4);
  g_assert_cmpint (bf_evaluator_look (city.evaluator, 0, city.asset, T0, values), ==, BF_TRUTH_UNKNOWN);
  g_assert_cmpuint (values->len, ==, 2);
  g_assert_cmpfloat (g_array_index (values, BfRuleValue, 0).latest.value, ==, 2.4);
  g_assert_cmpint (g_array_index (values, BfRuleValue, 1).latest.observed_us, ==, BF_TIME_NONE);
  observe (&city, 1, "starts", 2);
  g_assert_cmpint (bf_evaluator_look (city.evaluator, 0, city.asset, T0 + 1, NULL), ==, BF_TRUTH_TRUE);
  g_assert_cmpint (bf_evaluator_look (city.evaluator, 0, 12345, T0 + 1, NULL), ==, BF_TRUTH_UNKNOWN);
  city_close (&city);
}

static void
test_title (void)
{
  g_autofree char *before = NULL;
  g_autofree char *en = NULL;
  g_autofree char *fr = NULL;
  City city;

  city_open (&city, "When=pressure < 2.5 bar\n[Rule t]\nKind=water.logger\nWhen=pressure < 2 bar\nPriority=low\n"
                    "Title={{{asset}}} in {zone}, {address}: {pressure}, {flow}, {valve}\n"
                    "Title[fr]={asset} : {pressure}, {flow}, {valve}, {head}\n");
  before = bf_evaluator_title (city.evaluator, 1, city.asset, NULL, "en");
  g_assert_cmpstr (before, ==, "{water/1} in zone unknown: unknown, unknown, unknown");
  bf_model_set_address (city.model, city.asset, "14 rue des Tanneurs");
  observe (&city, 0, "pressure", 2.4137);
  observe (&city, 1, "flow", 12345);
  observe (&city, 2, "valve", 2);
  en = bf_evaluator_title (city.evaluator, 1, city.asset, "Nord", "en");
  fr = bf_evaluator_title (city.evaluator, 1, city.asset, "Nord", "fr");
  g_assert_cmpstr (en, ==, "{water/1} in Nord, 14 rue des Tanneurs: 2.41\xc2\xa0" "bar, 12,345\xc2\xa0m³/h, half open");
  g_assert_cmpstr (fr, ==, "water/1 : 2,41\xc2\xa0" "bar, 12\xe2\x80\xaf" "345\xc2\xa0m³/h, entrouverte, 24,6\xc2\xa0mCE");
  city_close (&city);
}

static char *
title_of (City *city, const char *id, const char *name, const char *address)
{
  BfAssetInfo info = { .id = id, .name = name, .address = address, .point = { 2, 48 } };
  g_autoptr (GError) error = NULL;
  guint32 asset;

  info.kind = bf_catalog_find_kind (city->catalog, "water.logger")->index;
  asset = bf_model_put_asset (city->model, &info, 0, NULL, &error);
  g_assert_no_error (error);
  bf_evaluator_add_asset (city->evaluator, asset, T0);
  return bf_evaluator_title (city->evaluator, 1, asset, NULL, "en");
}

/* A street is said once; a place that has no address is not said to have none. */
static void
test_title_place (void)
{
  static const struct
  {
    const char *id;
    const char *name;
    const char *address;
    const char *title;
  } cases[] = { { "water/2", "Quai", NULL, "Low at Quai: unknown" },
                { "water/3", "Quai", "14 bis Rue de la Motte", "Low at Quai, 14 bis Rue de la Motte: unknown" },
                { "water/4", "Collision, rue de la Motte", "4 Rue de la Motte", "Low at Collision, rue de la Motte: unknown" },
                { "water/5", "Rue de la Motte", "4 ter Rue de la Motte", "Low at Rue de la Motte: unknown" },
                { "water/6", "Rue de la Motte", "12", "Low at Rue de la Motte, 12: unknown" } };
  City city;

  city_open (&city, "When=pressure < 2.5 bar\n[Rule t]\nKind=water.logger\nWhen=pressure < 2 bar\nPriority=low\n"
                    "Title=Low at {asset}, {zone}, {address}: {pressure}\n");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *title = title_of (&city, cases[i].id, cases[i].name, cases[i].address);

      g_assert_cmpstr (title, ==, cases[i].title);
    }
  city_close (&city);
}

/* The clock reads @step_s more from now on. */
static void
step (City *city, int at_s, int step_s)
{
  gint64 now_us = T0 + (at_s + step_s) * SECOND_US;

  at (city, at_s);
  bf_model_step_time (city->model, now_us, step_s * SECOND_US);
  bf_evaluator_step_time (city->evaluator, now_us, step_s * SECOND_US);
  at (city, at_s + step_s);
}

/* A delay is of time that has elapsed: 60 s, of which 20 before the step and 40 after it. */
static void
test_step_delay (void)
{
  static const int steps_s[] = { 3600, -3600, 5, -5 };

  for (guint i = 0; i < G_N_ELEMENTS (steps_s); i++)
    {
      City city;
      g_autofree char *expected = g_strdup_printf ("%d r raised since %d\n", 160 + steps_s[i], 100 + steps_s[i]);

      city_open (&city, "When=pressure < 2.5 bar\nFor=60s\n");
      observe (&city, 100, "pressure", 2.4);
      step (&city, 120, steps_s[i]);
      at (&city, 159 + steps_s[i]);
      g_assert_cmpstr (city.heard->str, ==, "");
      at (&city, 160 + steps_s[i]);
      g_assert_cmpstr (city.heard->str, ==, expected);
      /* What comes is newer than what was held, and is looked at. */
      observe (&city, 170 + steps_s[i], "pressure", 2.6);
      g_assert_nonnull (strstr (city.heard->str, "r cleared"));
      city_close (&city);
    }
}

/* A value of a limit of 60 s that came 20 s before the step is known for 40 s more, and so is what has been absent. */
static void
test_step_stale (void)
{
  static const int steps_s[] = { 3600, -3600, 30, -30 };

  for (guint i = 0; i < G_N_ELEMENTS (steps_s); i++)
    {
      City city;
      guint16 property;
      double value;

      city_open (&city, "When=stale(pressure) or absent(pressure, 60s)\n");
      property = bf_test_property (city.catalog, "water", "pressure");
      set_limit (&city, "pressure", 60);
      observe (&city, 100, "pressure", 2.4);
      step (&city, 120, steps_s[i]);
      g_assert_true (bf_model_known (city.model, city.asset, property, T0 + (160 + steps_s[i]) * SECOND_US, &value));
      g_assert_false (bf_model_known (city.model, city.asset, property, T0 + (161 + steps_s[i]) * SECOND_US, &value));
      at (&city, 160 + steps_s[i]);
      g_assert_cmpstr (city.heard->str, ==, "");
      at (&city, 161 + steps_s[i]);
      g_assert_nonnull (strstr (city.heard->str, " r raised since "));
      /* And of a value that came after it, its own time counts. */
      observe (&city, 200 + steps_s[i], "pressure", 2.6);
      g_assert_nonnull (strstr (city.heard->str, " r cleared since "));
      at (&city, 260 + steps_s[i]);
      g_assert_true (bf_model_known (city.model, city.asset, property, city.now_us, &value));
      at (&city, 261 + steps_s[i]);
      g_assert_false (bf_model_known (city.model, city.asset, property, city.now_us, &value));
      city_close (&city);
    }
}

/* The clock was an hour ahead and is right now: what a sender that knows the time stamped an hour ago by our clock is of now. */
static void
test_step_young_again (void)
{
  City city;
  guint16 property;

  city_open (&city, "When=pressure < 2.5 bar\n");
  property = bf_test_property (city.catalog, "water", "pressure");
  set_limit (&city, "pressure", 60);
  at (&city, 3700);
  g_assert_cmpint (bf_model_observe (city.model, city.asset, property, 2.4, T0 + 100 * SECOND_US, city.now_us, 0, 0), ==, BF_OBSERVED_NEW);
  bf_evaluator_touch (city.evaluator, city.asset, property);
  at (&city, 3700);
  g_assert_cmpstr (city.heard->str, ==, "");
  step (&city, 3701, -3600);
  g_assert_cmpstr (city.heard->str, ==, "101 r raised since 101\n");
  city_close (&city);
}

/* A window keeps what it has seen of before a step back and takes what comes after it. */
static void
test_step_window (void)
{
  City city;

  city_open (&city, "When=max(pressure, 10min) > 5 bar\n");
  for (int i = 0; i < 10; i++)
    observe (&city, 10000 + 60 * i, "pressure", i == 8 ? 6 : 2);
  g_assert_cmpstr (city.heard->str, ==, "10480 r raised since 10480\n");
  step (&city, 10541, -3600);
  for (int i = 10; i < 25; i++)
    observe (&city, 6400 + 60 * i, "pressure", 2);
  g_assert_nonnull (strstr (city.heard->str, " r cleared since 7"));
  observe (&city, 8000, "pressure", 7);
  g_assert_nonnull (strstr (city.heard->str, "8000 r raised since 8000\n"));
  city_close (&city);
}

static BfObserved
say (City *city, int at_s, int true_s, double value, guint16 feed, guint32 record)
{
  return bf_evaluator_observe (city->evaluator, city->asset, bf_test_property (city->catalog, "water", "pressure"), value,
                               T0 + true_s * SECOND_US, T0 + at_s * SECOND_US, feed, record);
}

/* What a feed says of later comes true at its time without another payload: raised at 100, cleared at 300. */
static void
test_ahead (void)
{
  BfLatest latest;
  City city;

  city_open (&city, "When=pressure < 2 bar\n");
  g_assert_cmpint (say (&city, 0, 0, 3, 0, 7), ==, BF_OBSERVED_NEW);
  g_assert_cmpint (say (&city, 0, 100, 1, 0, 7 | BF_RECORD_AHEAD), ==, BF_OBSERVED_AHEAD);
  g_assert_cmpint (say (&city, 0, 300, 4, 0, 7 | BF_RECORD_AHEAD), ==, BF_OBSERVED_AHEAD);
  at (&city, 0);
  g_assert_cmpint (bf_evaluator_next_us (city.evaluator), ==, T0 + 100 * SECOND_US);
  at (&city, 299);
  g_assert_cmpstr (city.heard->str, ==, "100 r raised since 100\n");
  at (&city, 1000);
  g_assert_cmpstr (city.heard->str, ==, "100 r raised since 100\n300 r cleared since 300\n");
  g_assert_true (bf_model_latest (city.model, city.asset, bf_test_property (city.catalog, "water", "pressure"), &latest));
  g_assert_cmpint (latest.observed_us, ==, T0 + 300 * SECOND_US);
  g_assert_cmpuint (latest.record, ==, 7);
  g_assert_cmpint (bf_evaluator_next_us (city.evaluator), ==, BF_TIME_NONE);
  city_close (&city);
}

/* The next payload of the same feed says all of it anew; another feed's says nothing of it; a thing that is gone has no future. */
static void
test_ahead_replaced (void)
{
  City city;

  city_open (&city, "When=pressure < 2 bar\n");
  say (&city, 0, 100, 1, 0, BF_RECORD_AHEAD);
  say (&city, 10, 10, 3, 1, 0);
  g_assert_cmpint (bf_evaluator_next_us (city.evaluator), ==, T0 + 100 * SECOND_US);
  say (&city, 20, 20, 3, 0, 0);
  say (&city, 20, 200, 1, 0, BF_RECORD_AHEAD);
  at (&city, 150);
  g_assert_cmpstr (city.heard->str, ==, "");
  say (&city, 160, 160, 3, 0, BF_RECORD_GONE);
  at (&city, 300);
  g_assert_cmpstr (city.heard->str, ==, "");
  /* What has come true already when it is learnt is as any other. */
  g_assert_cmpint (say (&city, 310, 305, 1, 0, BF_RECORD_AHEAD), ==, BF_OBSERVED_NEW);
  at (&city, 310);
  g_assert_cmpstr (city.heard->str, ==, "310 r raised since 310\n");
  city_close (&city);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rules/evaluator/at-once", test_at_once);
  g_test_add_func ("/rules/evaluator/delay", test_delay);
  g_test_add_func ("/rules/evaluator/unknown", test_unknown);
  g_test_add_func ("/rules/evaluator/ask", test_ask);
  g_test_add_func ("/rules/evaluator/absent", test_absent);
  g_test_add_func ("/rules/evaluator/absent-two", test_absent_two);
  g_test_add_func ("/rules/evaluator/derived", test_derived);
  g_test_add_func ("/rules/evaluator/contradiction", test_contradiction);
  g_test_add_func ("/rules/evaluator/clock-back", test_clock_back);
  g_test_add_func ("/rules/evaluator/step-delay", test_step_delay);
  g_test_add_func ("/rules/evaluator/step-stale", test_step_stale);
  g_test_add_func ("/rules/evaluator/step-young-again", test_step_young_again);
  g_test_add_func ("/rules/evaluator/step-window", test_step_window);
  g_test_add_func ("/rules/evaluator/ahead", test_ahead);
  g_test_add_func ("/rules/evaluator/ahead-replaced", test_ahead_replaced);
  g_test_add_func ("/rules/evaluator/restart", test_restart);
  g_test_add_func ("/rules/evaluator/look", test_look);
  g_test_add_func ("/rules/evaluator/title", test_title);
  g_test_add_func ("/rules/evaluator/title-place", test_title_place);
  return g_test_run ();
}
