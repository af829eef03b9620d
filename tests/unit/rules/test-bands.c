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
  RULE ("suppressed", "pressure > 3 bar") "SuppressedBy=state over zone\n"
  RULE ("window", "avg(pressure, 10min) > 2.5 bar");

typedef struct
{
  BfModel *model;
  BfEvaluator *evaluator;
  const BfRuleSet *set;
  GString *heard;
} City;

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  City *city = user_data;

  g_string_append_printf (city->heard, "%" G_GINT64_FORMAT " %s %u %d since %" G_GINT64_FORMAT "\n", event->now_us - T0,
                          bf_rule_set_get (city->set, event->rule)->id, event->asset, event->raised, event->since_us - T0);
}

static void
city_open (City *city, const BfCatalog *catalog, const BfRuleSet *set)
{
  static const BfEvaluatorHandler handler = { .rule = rule_cb };

  city->set = set;
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

static void
hear (City *city, gboolean all, guint32 asset, guint16 property, double value, gint64 observed_us, gint64 now_us, guint16 feed)
{
  BfObserved observed = bf_evaluator_observe (city->evaluator, asset, property, value, observed_us, now_us, feed, 0);

  if (all && (observed == BF_OBSERVED_NEW || observed == BF_OBSERVED_CONFLICT))
    bf_evaluator_touch (city->evaluator, asset, property);
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

static void
test_same (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfRuleSet) set = bf_rule_set_new (catalog, problems);
  guint16 properties[] = { bf_test_property (catalog, "water", "pressure"), bf_test_property (catalog, "water", "starts"), bf_test_property (catalog, "water", "valve") };
  City cities[2];
  char *said[2];
  gsize n_bytes = 0;
  gint64 now_us = T0;

  bf_rule_set_add_text (set, "test.rules", rules, strlen (rules), problems);
  bf_test_no_problems (problems);
  bf_rule_set_finish (set);
  city_open (&cities[0], catalog, set);
  city_open (&cities[1], catalog, set);
  for (guint step = 0; step < N_STEPS; step++)
    {
      now_us += g_test_rand_int_range (0, 100) < 3 ? 12 * MINUTE_US : g_test_rand_int_range (1, 90) * SECOND_US;
      run_until (&cities[0], now_us);
      run_until (&cities[1], now_us);
      for (int n = g_test_rand_int_range (0, 8); n > 0; n--)
        {
          guint which = (guint) g_test_rand_int_range (0, 3);
          guint32 asset = (guint32) g_test_rand_int_range (0, N_LOGGERS);
          double value = which == 0 ? g_test_rand_int_range (0, 9) / 2.0 : which == 1 ? g_test_rand_int_range (0, 6) : g_test_rand_int_range (0, 3);
          gint64 observed_us = now_us - (g_test_rand_int_range (0, 4) == 0 ? g_test_rand_int_range (0, 12) * MINUTE_US : 0);
          guint16 feed = (guint16) g_test_rand_int_range (0, 2); /* the second's values do not age */

          hear (&cities[0], FALSE, asset, properties[which], value, observed_us, now_us, feed);
          hear (&cities[1], TRUE, asset, properties[which], value, observed_us, now_us, feed);
        }
      bf_evaluator_run (cities[0].evaluator, now_us);
      bf_evaluator_run (cities[1].evaluator, now_us);
      said[0] = in_order (cities[0].heard);
      said[1] = in_order (cities[1].heard);
      g_assert_cmpstr (said[0], ==, said[1]);
      n_bytes += strlen (said[0]);
      g_free (said[0]);
      g_free (said[1]);
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
  g_test_add_func ("/rules/bands/same", test_same);
  return g_test_run ();
}
