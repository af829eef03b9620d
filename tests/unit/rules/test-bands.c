/* SPDX-License-Identifier: EUPL-1.2 */
/* What is passed over because it can change nothing (bf-bands.c): two cities hear the same, one of which looks at every value; they
 * must say the same, through silence, stale values, late and repeated ones, delays and aggregates. Within a batch the order is that in which values were
 * marked, which is another: the lines of a batch are compared in order of their text. */

#include <string.h>

#include "bf-test-city.h"

#define N_LOGGERS 12u
#define N_STEPS 6000

#define RULE(id, when) "[Rule " id "]\nKind=water.logger\nPriority=low\nTitle=x\nWhen=" when "\n"

static const char rules[] = RULE ("low", "pressure < 2.5 bar") "For=3min\nClear=pressure > 2.7 bar for 4min\n"
  RULE ("equal", "pressure = 3 bar or pressure != 2 bar and starts >= 4")
  RULE ("state", "valve in (closed, 'half_open') and not pressure <= 1 bar")
  RULE ("gone", "unknown(pressure) or stale(valve)")
  RULE ("absent", "absent(starts, 20min)")
  RULE ("raw", "pressure * 2 > 5 bar and starts < 4") "For=2min\n"
  RULE ("near", "count(pressure < 2.5 bar over zone) >= 3") "Count=2 within 30min\n"
  RULE ("some", "any(valve = open over children within 10min)")
  RULE ("suppressed", "pressure > 3 bar") "SuppressedBy=state over zone\n";

/* Rules of windows: when they are looked at without a new value is, within their step, another matter. */
static const char window_rules[] = RULE ("mixed_window", "avg(pressure, 10min) > 2.5 bar")
  RULE ("mixed_spread", "stddev(pressure, 30min) >= 1.2 bar")
  RULE ("mixed_or", "abs(delta(pressure, 15min)) > 2 bar or stddev(pressure, 30min) >= 1.2 bar")
  RULE ("mixed_and", "avg(pressure, 10min) < 1.5 bar and max(pressure, 30min) > 3 bar and starts > 2")
  RULE ("mixed_reckoned", "avg(pressure, 10min) * 2 > max(pressure, 30min)")
  RULE ("low_for", "avg(pressure, 10min) < 1.5 bar") "For=2min\nClear=avg(pressure, 10min) > 1.8 bar for 3min\n"
  RULE ("or_for", "abs(delta(pressure, 15min)) > 2 bar or stddev(pressure, 30min) >= 1.2 bar") "For=4min\n"
  RULE ("two_for", "min(pressure, 30min) > 1 bar and min(starts, 30min) > 1") "For=4min\n"
  RULE ("often_for", "count(starts, 20min) > 5 or changes(valve, 20min) > 3") "Count=3 within 40min\n";

typedef struct
{
  BfModel *model;
  BfEvaluator *evaluator;
  const BfRuleSet *set;
  GString *heard;
  gboolean steady; /* every asset brings every value each time: what rules of windows say is the same too */
} City;

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  City *city = user_data;
  const char *id = bf_rule_set_get (city->set, event->rule)->id;

  if (!city->steady && (g_str_has_prefix (id, "mixed") || g_str_has_suffix (id, "_for")))
    return;
  g_string_append_printf (city->heard, "%" G_GINT64_FORMAT " %s %u %d since %" G_GINT64_FORMAT "\n", event->now_us - T0,
                          id, event->asset, event->raised, event->since_us - T0);
}

static void
city_open (City *city, const BfCatalog *catalog, const BfRuleSet *set, gboolean steady)
{
  static const BfEvaluatorHandler handler = { .rule = rule_cb };

  city->set = set;
  city->steady = steady;
  city->model = bf_model_new (catalog);
  city->heard = g_string_new (NULL);
  city->evaluator = bf_evaluator_new (set, city->model, NULL, &handler, city);
  for (guint i = 0; i < bf_catalog_n_properties (catalog); i += 2)
    bf_model_set_stale_limit (city->model, 0, (guint16) i, 8 * MINUTE_US);
  for (guint i = 0; i < N_LOGGERS; i++)
    {
      g_autofree char *id = g_strdup_printf ("water/%u", i);
      guint32 asset = bf_test_asset_at (city->model, id, "water.logger", i > 0 ? "water/0" : NULL, 2, 48);

      bf_model_set_zone (city->model, asset, i % 2);
      bf_evaluator_add_asset (city->evaluator, asset, T0);
    }
}

static void
run_until (City *city, gint64 now_us)
{
  gint64 next_us;

  while ((next_us = bf_evaluator_next_us (city->evaluator)) != BF_TIME_NONE && next_us < now_us)
    bf_evaluator_run (city->evaluator, next_us);
}

static BfObserved
hear (City *city, gboolean all, guint32 asset, guint16 property, double value, gint64 observed_us, gint64 now_us, guint16 feed)
{
  BfObserved observed = bf_evaluator_observe (city->evaluator, asset, property, value, observed_us, now_us, feed, 0);

  if (all && (observed == BF_OBSERVED_NEW || observed == BF_OBSERVED_CONFLICT))
    bf_evaluator_touch (city->evaluator, asset, property);
  return observed;
}

/* With a new value all is as it is, when it is known. */
static void
check_mixed (City *cities, guint32 asset, gint64 now_us)
{
  for (guint i = 0; i < bf_rule_set_n (cities[0].set); i++)
    {
      BfRuleStanding standings[2];

      if (!g_str_has_prefix (bf_rule_set_get (cities[0].set, i)->id, "mixed"))
        continue;
      if (bf_evaluator_look (cities[0].evaluator, i, asset, now_us, NULL) == BF_TRUTH_UNKNOWN)
        continue;
      for (guint c = 0; c < 2; c++)
        g_assert_true (bf_evaluator_standing (cities[c].evaluator, i, asset, &standings[c]));
      g_assert_cmpint (standings[0].raised, ==, standings[1].raised);
    }
}

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* (transfer full): the lines since the last time, sorted; time comes first in each. */
static char *
in_order (GString *heard)
{
  g_auto (GStrv) lines = g_strsplit (heard->str, "\n", -1);

  qsort (lines, g_strv_length (lines), sizeof *lines, compare_lines);
  g_string_truncate (heard, 0);
  return g_strjoinv ("\n", lines);
}

static double
some_value (guint which)
{
  return which == 0 ? g_test_rand_int_range (0, 9) / 2.0 : which == 1 ? g_test_rand_int_range (0, 6) : g_test_rand_int_range (0, 3);
}

/* Returns: the bits of the assets whose pressure is a new one, and no late one came behind it. */
static guint64
hear_some (City *cities, const guint16 *properties, gint64 now_us)
{
  guint64 heard = 0;

  for (int n = g_test_rand_int_range (0, 8); n > 0; n--)
    {
      guint which = (guint) g_test_rand_int_range (0, 3);
      guint32 asset = (guint32) g_test_rand_int_range (0, N_LOGGERS);
      double value = some_value (which);
      gint64 observed_us = now_us - (g_test_rand_int_range (0, 4) == 0 ? g_test_rand_int_range (0, 12) * MINUTE_US : 0);
      guint16 feed = (guint16) g_test_rand_int_range (0, 2); /* the second's values do not age */

      BfObserved observed = hear (&cities[0], FALSE, asset, properties[which], value, observed_us, now_us, feed);

      if (which == 0 && observed == BF_OBSERVED_NEW)
        heard |= G_GUINT64_CONSTANT (1) << asset;
      else if (observed == BF_OBSERVED_OLDER)
        heard &= ~(G_GUINT64_CONSTANT (1) << asset);
      hear (&cities[1], TRUE, asset, properties[which], value, observed_us, now_us, feed);
    }
  return heard;
}

static void
hear_all (City *cities, const guint16 *properties, gint64 now_us)
{
  for (guint32 asset = 0; asset < N_LOGGERS; asset++)
    for (guint which = 0; which < 3; which++)
      {
        double value = some_value (which);

        hear (&cities[0], FALSE, asset, properties[which], value, now_us, now_us, 0);
        hear (&cities[1], TRUE, asset, properties[which], value, now_us, now_us, 0);
      }
}

static gsize
play_step (City *cities, const guint16 *properties, gint64 now_us)
{
  guint64 heard = 0;
  gsize n_bytes;
  g_autofree char *first = NULL;
  g_autofree char *second = NULL;

  run_until (&cities[0], now_us);
  run_until (&cities[1], now_us);
  if (cities[0].steady)
    hear_all (cities, properties, now_us);
  else
    heard = hear_some (cities, properties, now_us);
  bf_evaluator_run (cities[0].evaluator, now_us);
  bf_evaluator_run (cities[1].evaluator, now_us);
  for (guint32 asset = 0; asset < N_LOGGERS; asset++)
    if (heard >> asset & 1)
      check_mixed (cities, asset, now_us);
  first = in_order (cities[0].heard);
  second = in_order (cities[1].heard);
  n_bytes = strlen (first);
  g_assert_cmpstr (first, ==, second);
  return n_bytes;
}

static void
test_same (gconstpointer data)
{
  gboolean steady = GPOINTER_TO_INT (data);
  g_autoptr (BfCatalog) catalog = bf_test_catalog ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfRuleSet) set = bf_rule_set_new (catalog, problems);
  guint16 properties[] = { bf_test_property (catalog, "water", "pressure"), bf_test_property (catalog, "water", "starts"), bf_test_property (catalog, "water", "valve") };
  City cities[2];
  gsize n_bytes = 0;
  gint64 now_us = T0;

  bf_rule_set_add_text (set, "test.rules", rules, strlen (rules), problems);
  bf_rule_set_add_text (set, "windows.rules", window_rules, strlen (window_rules), problems);
  bf_test_no_problems (problems);
  bf_rule_set_finish (set);
  city_open (&cities[0], catalog, set, steady);
  city_open (&cities[1], catalog, set, steady);
  for (guint step = 0; step < N_STEPS; step++)
    {
      now_us += steady                                ? g_test_rand_int_range (20, 58) * SECOND_US
                : g_test_rand_int_range (0, 100) < 3 ? 12 * MINUTE_US
                                                      : g_test_rand_int_range (1, 90) * SECOND_US;
      n_bytes += play_step (cities, properties, now_us);
    }
  g_assert_cmpuint (n_bytes, >, 100000);
  for (guint i = 0; i < 2; i++)
    {
      bf_evaluator_free (cities[i].evaluator);
      bf_model_free (cities[i].model);
      g_string_free (cities[i].heard, TRUE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/rules/bands/same", GINT_TO_POINTER (FALSE), test_same);
  g_test_add_data_func ("/rules/bands/same-windows", GINT_TO_POINTER (TRUE), test_same);
  return g_test_run ();
}
