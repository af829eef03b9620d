/* SPDX-License-Identifier: EUPL-1.2 */
/* Aggregates against a reckoning from scratch, after each batch of a long random life: assets come, move, change parent
 * and zone, values come, change and grow stale. The same life in slices gives the same, and nothing of it before the last. */

#include <string.h>

#include "bf-test-city.h"

#define N_LOGGERS 60
#define N_SECTORS 6
#define N_BATCHES 1500
#define LIMIT_S 50

static const char rules[]
  = "[Rule zone_avg]\nKind=water.logger\nWhen=avg(pressure over zone) > 5 bar\nPriority=low\nTitle=x\n"
    "[Rule zone_max]\nKind=water.sector\nWhen=max(pressure over zone) > 9 bar\nPriority=low\nTitle=x\n"
    "[Rule near_count]\nKind=water.logger\nWhen=count(pressure > 5 bar over near 300m) >= 3\nPriority=low\nTitle=x\n"
    "[Rule parent_level]\nKind=water.logger\nWhen=min(level over parent) > 50 %\nPriority=low\nTitle=x\n"
    "[Rule children_sum]\nKind=water.sector\nWhen=sum(pressure over children) > 20 bar\nPriority=low\nTitle=x\n"
    "[Rule service_min]\nKind=water.sector\nWhen=min(pressure over service) > 1 bar\nPriority=low\nTitle=x\n"
    "[Rule zone_any]\nKind=water.logger\nWhen=any(pressure > 5 bar over zone)\nPriority=low\nTitle=x\n"
    "[Rule near_all]\nKind=water.logger\nWhen=all(pressure > 5 bar over near 300m)\nPriority=low\nTitle=x\n";

enum
{
  ZONE_AVG,
  ZONE_MAX,
  NEAR_COUNT,
  PARENT_LEVEL,
  CHILDREN_SUM,
  SERVICE_MIN,
  ZONE_ANY,
  NEAR_ALL,
  N_RULES,
};

typedef struct
{
  BfCatalog *catalog;
  BfModel *model;
  BfRuleSet *set;
  BfEvaluator *evaluator;
  gint64 now_us;
  guint16 pressure;
  guint16 level;
  guint32 assets[N_LOGGERS + N_SECTORS]; /* sectors first */
  guint n;
  gboolean raised[N_RULES][N_LOGGERS + N_SECTORS];
  double indicator[3];
  gboolean indicator_known[3];
  guint n_events;
} City;

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  City *city = user_data;

  for (guint i = 0; i < city->n; i++)
    if (city->assets[i] == event->asset)
      {
        g_assert_cmpint (city->raised[event->rule][i], !=, event->raised);
        city->raised[event->rule][i] = event->raised;
      }
  city->n_events++;
}

static void
indicator_cb (gpointer user_data, guint indicator, gboolean known, double value, BfTruth on_target, guint n_known, guint n_assets)
{
  City *city = user_data;

  g_assert_cmpuint (n_known, <=, n_assets);
  g_assert_true (known || on_target == BF_TRUTH_UNKNOWN);
  city->indicator[indicator] = value;
  city->indicator_known[indicator] = known;
}

/* ---- From scratch ---- */

typedef gboolean (*Belongs) (const City *city, guint32 owner, guint32 member);

static gboolean
same_zone (const City *city, guint32 owner, guint32 member)
{
  guint16 zone = bf_model_asset_zone (city->model, owner);

  return zone != G_MAXUINT16 && zone == bf_model_asset_zone (city->model, member);
}

static gboolean
is_near (const City *city, guint32 owner, guint32 member)
{
  BfPoint a = bf_model_asset_point (city->model, owner);
  BfPoint b = bf_model_asset_point (city->model, member);

  return owner != member && bf_geo_distance_m (a, b) <= 300;
}

static gboolean
is_parent (const City *city, guint32 owner, guint32 member)
{
  return bf_model_asset_parent (city->model, owner) == member;
}

static gboolean
is_child (const City *city, guint32 owner, guint32 member)
{
  return bf_model_asset_parent (city->model, member) == owner;
}

static gboolean
of_service (const City *city, guint32 owner, guint32 member)
{
  return TRUE;
}

typedef struct
{
  guint n_assets;
  guint n_known;
  guint n_over5;
  double sum;
  double min;
  double max;
} Scratch;

static Scratch
reckon (const City *city, guint32 owner, guint16 property, Belongs belongs)
{
  Scratch scratch = { 0, 0, 0, 0, G_MAXDOUBLE, -G_MAXDOUBLE };

  for (guint i = 0; i < city->n; i++)
    {
      double value;

      if (bf_model_asset_kind (city->model, city->assets[i])->slot[property] == BF_NO_PROPERTY
          || !belongs (city, owner, city->assets[i]))
        continue;
      scratch.n_assets++;
      if (!bf_model_known (city->model, city->assets[i], property, city->now_us, &value))
        continue;
      scratch.n_known++;
      scratch.n_over5 += value > 5;
      scratch.sum += value;
      scratch.min = MIN (scratch.min, value);
      scratch.max = MAX (scratch.max, value);
    }
  return scratch;
}

static gboolean
enough (const Scratch *scratch)
{
  return scratch->n_known * 2 >= scratch->n_assets;
}

/* The rule's truth, as README.md says. */
static BfTruth
expected (const City *city, guint rule, guint32 owner)
{
  static const Belongs belongs[N_RULES] = { same_zone, same_zone, is_near, is_parent, is_child, of_service, same_zone, is_near };
  Scratch scratch = reckon (city, owner, rule == PARENT_LEVEL ? city->level : city->pressure, belongs[rule]);
  gboolean result;

  if (rule == ZONE_ANY && scratch.n_over5 > 0)
    return BF_TRUTH_TRUE;
  if (rule == NEAR_ALL && scratch.n_over5 < scratch.n_known)
    return BF_TRUTH_FALSE;
  if (!enough (&scratch) || (scratch.n_assets == 0 && rule != NEAR_COUNT && rule != CHILDREN_SUM && rule != ZONE_ANY))
    return BF_TRUTH_UNKNOWN;
  if (rule == ZONE_AVG)
    result = scratch.sum / scratch.n_known > 5;
  else if (rule == ZONE_MAX)
    result = scratch.max > 9;
  else if (rule == NEAR_COUNT)
    result = scratch.n_over5 >= 3;
  else if (rule == PARENT_LEVEL)
    result = scratch.min > 50;
  else if (rule == CHILDREN_SUM)
    result = scratch.sum > 20;
  else if (rule == SERVICE_MIN)
    result = scratch.min > 1;
  else
    result = rule == NEAR_ALL;
  return result ? BF_TRUTH_TRUE : BF_TRUTH_FALSE;
}

static void
compare (const City *city)
{
  Scratch all = reckon (city, 0, city->pressure, of_service);

  for (guint rule = 0; rule < N_RULES; rule++)
    for (guint i = 0; i < city->n; i++)
      {
        BfTruth truth;

        if (bf_model_asset_kind (city->model, city->assets[i])->index != bf_rule_set_get (city->set, rule)->kind)
          continue;
        truth = expected (city, rule, city->assets[i]);
        if (bf_evaluator_look (city->evaluator, rule, city->assets[i], city->now_us, NULL) != truth)
          g_test_message ("%s on %s", bf_rule_set_get (city->set, rule)->id, bf_model_asset_id (city->model, city->assets[i]));
        g_assert_cmpint (bf_evaluator_look (city->evaluator, rule, city->assets[i], city->now_us, NULL), ==, truth);
        if (truth != BF_TRUTH_UNKNOWN) /* no delay: raised follows the truth at once; UNKNOWN keeps it */
          g_assert_cmpint (city->raised[rule][i], ==, truth == BF_TRUTH_TRUE);
      }
  g_assert_cmpint (city->indicator_known[0], ==, all.n_assets > 0 && enough (&all));
  if (city->indicator_known[0])
    g_assert_cmpfloat_with_epsilon (city->indicator[0], all.sum / all.n_known, 1e-9);
  g_assert_cmpint (city->indicator_known[2], ==, city->indicator_known[0]);
  if (city->indicator_known[2])
    g_assert_cmpfloat (city->indicator[2], ==, all.min);
}

/* ---- Life ---- */

static void
put (City *city, guint i)
{
  g_autofree char *id = g_strdup_printf ("water/%u", i);
  g_autofree char *parent = i >= N_SECTORS ? g_strdup_printf ("water/%d", g_test_rand_int_range (0, N_SECTORS)) : NULL;

  city->assets[i] = bf_test_asset_at (city->model, id, i < N_SECTORS ? "water.sector" : "water.logger", parent,
                                      2 + g_test_rand_double_range (0, 0.02), 48 + g_test_rand_double_range (0, 0.02));
  bf_model_set_zone (city->model, city->assets[i],
                     g_test_rand_int_range (0, 5) == 0 ? G_MAXUINT16 : (guint16) g_test_rand_int_range (0, 4));
  bf_evaluator_add_asset (city->evaluator, city->assets[i], city->now_us);
}

static void
live (City *city)
{
  for (int n = g_test_rand_int_range (0, 8); n > 0; n--)
    {
      guint i = g_test_rand_int_range (0, city->n);
      guint16 property = i < N_SECTORS ? city->level : city->pressure;
      /* Eighths: sums are exact, so that both reckonings agree to the bit. */
      double value = i < N_SECTORS ? g_test_rand_int_range (0, 100) : g_test_rand_int_range (0, 80) / 8.0;
      BfObserved observed = bf_model_observe (city->model, city->assets[i], property, value, city->now_us, city->now_us, 0, 0);

      if (observed == BF_OBSERVED_NEW || observed == BF_OBSERVED_CONFLICT)
        bf_evaluator_touch (city->evaluator, city->assets[i], property);
    }
  if (city->n < N_LOGGERS + N_SECTORS)
    put (city, city->n++);
  else if (g_test_rand_int_range (0, 10) == 0)
    put (city, g_test_rand_int_range (N_SECTORS, city->n));
}

/* What rests on aggregates waits for the last slice: no rule here may tell anything before. */
static void
live_in_slices (City *city)
{
  for (int n = g_test_rand_int_range (0, 5); n > 0; n--)
    {
      guint n_before = city->n_events;

      live (city);
      bf_evaluator_run_slice (city->evaluator, city->now_us);
      g_assert_cmpuint (city->n_events, ==, n_before);
    }
}

static void
test_random (gconstpointer in_slices)
{
  static const BfEvaluatorHandler handler = { rule_cb, NULL, indicator_cb };
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  City city = { .now_us = T0 };

  city.catalog = bf_test_catalog ();
  city.model = bf_model_new (city.catalog);
  city.set = bf_rule_set_new (city.catalog, problems);
  bf_rule_set_add_text (city.set, "test.rules", rules, strlen (rules), problems);
  bf_test_no_problems (problems);
  bf_rule_set_finish (city.set);
  city.pressure = bf_test_property (city.catalog, "water", "pressure");
  city.level = bf_test_property (city.catalog, "water", "level");
  bf_model_set_stale_limit (city.model, 0, city.pressure, LIMIT_S * SECOND_US);
  city.evaluator = bf_evaluator_new (city.set, city.model, NULL, &handler, &city);
  for (; city.n < N_SECTORS; city.n++)
    put (&city, city.n);
  for (guint i = 0; i < N_BATCHES; i++)
    {
      city.now_us += g_test_rand_int_range (0, 10) * SECOND_US / 2;
      if (in_slices != NULL)
        live_in_slices (&city);
      live (&city);
      bf_evaluator_run (city.evaluator, city.now_us);
      compare (&city);
    }
  g_test_message ("%u events in %u batches", city.n_events, N_BATCHES);
  g_assert_cmpuint (city.n_events, >, 500);
  bf_evaluator_free (city.evaluator);
  bf_rule_set_free (city.set);
  bf_model_free (city.model);
  bf_catalog_free (city.catalog);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/rules/aggregates/random", NULL, test_random);
  g_test_add_data_func ("/rules/aggregates/slices", "in slices", test_random);
  return g_test_run ();
}
