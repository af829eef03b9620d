/* SPDX-License-Identifier: EUPL-1.2 */
/* Learnt profiles on series made by a seeded generator: what is expected and by how much a value is off, through gaps, repeated stamps,
 * holidays, a level that shifts, a sensor that stands still, a restart; and what is asked of them in a rule. */

#include "bf-test-city.h"

#include <math.h>
#include <string.h>

#include "rules/bf-profile.h"
#include "rules/bf-rules.h"

#define STEP_US (5 * MINUTE_US)
#define DAY_US (1440 * MINUTE_US)
#define MONDAY_US (1704067200 * SECOND_US) /* 2024-01-01, a Monday */
#define NOISE 4.0

typedef struct
{
  BfSeries *series;
  GRand *rand;
  gint64 now_us;
} Sensor;

static double
noise (GRand *rand)
{
  double sum = -6;

  for (guint i = 0; i < 12; i++)
    sum += g_rand_double (rand);
  return sum;
}

/* A tide a day with two heights, one of weekends; low at midnight. */
static double
shape (gint64 at_us)
{
  gint64 minute = (at_us - MONDAY_US) / MINUTE_US;
  gboolean weekend = minute / 1440 % 7 >= 5;

  return 50 + (weekend ? 20 : 60) * (1 - cos ((double) (minute % 1440) / 1440 * 2 * G_PI));
}

static void
sensor_open (Sensor *sensor, guint seed, BfSeriesHolidays holidays)
{
  BfSeriesSpec spec = { .type = BF_SERIES_WEEK, .holidays = holidays };

  sensor->series = bf_series_new (&spec);
  sensor->rand = g_rand_new_with_seed (seed);
  sensor->now_us = MONDAY_US;
}

static void
sensor_close (Sensor *sensor)
{
  bf_series_free (sensor->series);
  g_rand_free (sensor->rand);
}

static void
run (Sensor *sensor, double days, double shift)
{
  for (gint64 until_us = sensor->now_us + (gint64) (days * (double) DAY_US); sensor->now_us < until_us; sensor->now_us += STEP_US)
    bf_series_add (sensor->series, sensor->now_us, shape (sensor->now_us) + shift + NOISE * noise (sensor->rand), 0);
}

static double
deviation (Sensor *sensor, double value)
{
  return bf_profile_deviation (sensor->series, sensor->now_us, 0, value);
}

/* The greatest error of what is expected over the week to come. */
static double
worst_error (Sensor *sensor)
{
  double worst = 0;

  for (gint64 at_us = sensor->now_us; at_us < sensor->now_us + 7 * DAY_US; at_us += 30 * MINUTE_US)
    worst = fmax (worst, fabs (bf_profile_expected (sensor->series, at_us, 0) - shape (at_us)));
  return worst;
}

static void
test_learns (void)
{
  Sensor sensor;
  double off, sum = 0;

  sensor_open (&sensor, 1, BF_SERIES_HOLIDAYS_NONE);
  g_assert_true (isnan (bf_profile_expected (sensor.series, sensor.now_us, 0)));
  g_assert_cmpfloat (bf_profile_learnt (sensor.series, sensor.now_us, 0), ==, 0);
  run (&sensor, 1, 0);
  g_assert_true (isnan (deviation (&sensor, 100)));
  g_assert_cmpfloat (bf_profile_learnt (sensor.series, sensor.now_us, 0), >, 0.2);
  g_assert_cmpfloat (bf_profile_learnt (sensor.series, sensor.now_us, 0), <, 1);
  run (&sensor, 27, 0);
  g_assert_cmpfloat (bf_profile_learnt (sensor.series, sensor.now_us, 0), ==, 1);
  g_assert_cmpfloat (worst_error (&sensor), <, 2.5 * NOISE);
  /* A value that is off by ten sigmas is seen as such, whatever side. */
  off = deviation (&sensor, shape (sensor.now_us) + 10 * NOISE);
  g_test_message ("ten sigmas above: %.1f, below: %.1f", off, deviation (&sensor, shape (sensor.now_us) - 10 * NOISE));
  g_assert_cmpfloat (off, >, 6);
  g_assert_cmpfloat (off, <, 13);
  g_assert_cmpfloat (deviation (&sensor, shape (sensor.now_us) - 10 * NOISE), <, -6);
  for (guint i = 0; i < 2016; i++, sensor.now_us += STEP_US)
    {
      double value = shape (sensor.now_us) + NOISE * noise (sensor.rand);

      bf_series_add (sensor.series, sensor.now_us, value, 0);
      sum += fabs (deviation (&sensor, value)) > 4 ? 1 : 0;
    }
  g_assert_cmpfloat (sum, <=, 2); /* of a normal week */
  g_assert_cmpfloat (bf_profile_outside (sensor.series, sensor.now_us, 0, 100), ==, 0);
  g_assert_cmpfloat (bf_profile_outside (sensor.series, sensor.now_us, 0, 300), >, 0.5);
  sensor_close (&sensor);
}

/* Wild readings: one in fifty is nonsense. */
static void
test_robust (void)
{
  Sensor sensor;

  sensor_open (&sensor, 2, BF_SERIES_HOLIDAYS_NONE);
  for (guint i = 0; i < 28 * 288; i++, sensor.now_us += STEP_US)
    bf_series_add (sensor.series, sensor.now_us, i % 50 == 49 ? 1e6 : shape (sensor.now_us) + NOISE * noise (sensor.rand), 0);
  g_assert_cmpfloat (worst_error (&sensor), <, 3 * NOISE);
  g_assert_cmpfloat (deviation (&sensor, 1e6), ==, BF_PROFILE_DEVIATION_MAX);
  sensor_close (&sensor);
}

/* Three days without a word and what comes twice or late change nothing; after half a year it begins anew. */
static void
test_gaps (void)
{
  Sensor sensor;
  double before;

  sensor_open (&sensor, 3, BF_SERIES_HOLIDAYS_NONE);
  run (&sensor, 21, 0);
  sensor.now_us += 3 * DAY_US + 7 * MINUTE_US;
  g_assert_cmpfloat (worst_error (&sensor), <, 3 * NOISE);
  run (&sensor, 0.1, 0);
  before = bf_profile_expected (sensor.series, sensor.now_us, 0);
  for (guint i = 0; i < 500; i++)
    g_assert_false (bf_series_add (sensor.series, sensor.now_us - STEP_US, 1e5 + i, 0));
  g_assert_false (bf_series_add (sensor.series, sensor.now_us - DAY_US, 1e5, 0));
  g_assert_cmpfloat (bf_profile_expected (sensor.series, sensor.now_us, 0), ==, before);
  sensor.now_us += 180 * DAY_US;
  run (&sensor, 0.1, 0);
  g_assert_cmpfloat (bf_profile_learnt (sensor.series, sensor.now_us, 0), <, 0.5);
  sensor_close (&sensor);
}

/* 1 May 2024, a Wednesday, is expected to be like a Sunday, and what it is like does not spoil Wednesdays. */
static void
test_holiday (void)
{
  gint64 noon_us = MONDAY_US + 121 * DAY_US + 14 * 60 * MINUTE_US;
  Sensor sensor, without;

  sensor_open (&sensor, 4, BF_SERIES_HOLIDAYS_FRANCE);
  sensor_open (&without, 4, BF_SERIES_HOLIDAYS_NONE);
  run (&sensor, 121, 0);
  run (&without, 121, 0);
  g_assert_cmpfloat_with_epsilon (bf_profile_expected (sensor.series, noon_us, 0), shape (noon_us + 4 * DAY_US), 2 * NOISE);
  g_assert_cmpfloat_with_epsilon (bf_profile_expected (without.series, noon_us, 0), shape (noon_us), 2 * NOISE);
  sensor_close (&sensor);
  sensor_close (&without);
}

/* A level that shifts by 25 sigmas is told at once, and is the new usual within two weeks. */
static void
test_level_shift (void)
{
  Sensor sensor;

  sensor_open (&sensor, 5, BF_SERIES_HOLIDAYS_NONE);
  run (&sensor, 28, 0);
  g_assert_cmpfloat (deviation (&sensor, shape (sensor.now_us) + 100), >, 8);
  run (&sensor, 1, 100);
  g_assert_cmpfloat (deviation (&sensor, shape (sensor.now_us) + 100), >, 2);
  run (&sensor, 13, 100);
  g_test_message ("after two weeks: %.2f", deviation (&sensor, shape (sensor.now_us) + 100));
  g_assert_cmpfloat (fabs (deviation (&sensor, shape (sensor.now_us) + 100)), <, 2);
  sensor_close (&sensor);
}

/* A sensor that stands still for three weeks teaches nothing past its first day; one that has always stood still is known. */
static void
test_dead (void)
{
  Sensor sensor;

  sensor_open (&sensor, 6, BF_SERIES_HOLIDAYS_NONE);
  run (&sensor, 28, 0);
  for (guint i = 0; i < 21 * 288; i++, sensor.now_us += STEP_US)
    bf_series_add (sensor.series, sensor.now_us, 100, 0);
  g_test_message ("worst error after three dead weeks: %.1f", worst_error (&sensor));
  g_assert_cmpfloat (worst_error (&sensor), <, 6 * NOISE);
  g_assert_cmpfloat (fabs (deviation (&sensor, shape (sensor.now_us))), <, 4);
  sensor_close (&sensor);
  sensor_open (&sensor, 6, BF_SERIES_HOLIDAYS_NONE);
  for (guint i = 0; i < 14 * 288; i++, sensor.now_us += STEP_US)
    bf_series_add (sensor.series, sensor.now_us, 7, 0);
  g_assert_cmpfloat (bf_profile_expected (sensor.series, sensor.now_us, 0), ==, 7);
  g_assert_cmpfloat (deviation (&sensor, 7), ==, 0);
  g_assert_cmpfloat (deviation (&sensor, 8), >, 100);
  sensor_close (&sensor);
}

static void
test_restart (void)
{
  BfSeriesSpec spec = { .type = BF_SERIES_WEEK };
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));
  BfSeries *again = bf_series_new (&spec);
  Sensor sensor;

  sensor_open (&sensor, 7, BF_SERIES_HOLIDAYS_NONE);
  run (&sensor, 17.3, 0);
  bf_series_save (sensor.series, numbers);
  g_assert_true (bf_series_load (again, (const double *) (const void *) numbers->data, numbers->len));
  for (guint i = 0; i < 2000; i++, sensor.now_us += STEP_US)
    {
      double value = shape (sensor.now_us) + NOISE * noise (sensor.rand);

      bf_series_add (sensor.series, sensor.now_us, value, 0);
      bf_series_add (again, sensor.now_us, value, 0);
      g_assert_cmpfloat (bf_profile_deviation (again, sensor.now_us, 0, value), ==, deviation (&sensor, value));
    }
  g_test_message ("%u numbers are kept of a series", numbers->len);
  g_assert_cmpuint (numbers->len, <, 1000);
  bf_series_free (again);
  sensor_close (&sensor);
}

static void
test_weighted_median (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (8);

  for (guint round = 0; round < 3000; round++)
    {
      guint n = (guint) g_rand_int_range (rand, 1, 40);
      float values[40], weights[40], v[40], w[40];
      double half = 0, found, below = 0, up_to = 0;

      for (guint i = 0; i < n; i++)
        {
          v[i] = values[i] = (float) g_rand_int_range (rand, 0, 20);
          w[i] = weights[i] = (float) g_rand_int_range (rand, 1, 9);
          half += w[i] / 2;
        }
      found = bf_weighted_median (v, w, n);
      for (guint i = 0; i < n; i++)
        {
          below += values[i] < found ? weights[i] : 0;
          up_to += values[i] <= found ? weights[i] : 0;
        }
      g_assert_cmpfloat (below, <, half);
      g_assert_cmpfloat (up_to, >=, half);
    }
}

/* ---- In a rule ---- */

static guint n_raised;

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  n_raised += event->raised ? 1 : 0;
}

static void
test_rule (void)
{
  static const char text[] = "[Rule odd]\nKind=water.logger\nWhen=abs(deviation(pressure)) > 4 and pressure > expected(pressure) + 0.5 bar "
                             "and learnt(pressure) >= 100 % and outside(pressure) > 5 %\nPriority=low\nTitle=x\n";
  static const BfEvaluatorHandler handler = { rule_cb, NULL, NULL };
  g_autoptr (BfCatalog) catalog = bf_test_catalog ();
  g_autoptr (BfModel) model = bf_model_new (catalog);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfRuleSet) set = bf_rule_set_new (catalog, problems);
  g_autoptr (BfEvaluator) evaluator = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  guint16 pressure = bf_test_property (catalog, "water", "pressure");
  guint32 asset = bf_test_asset_at (model, "water/1", "water.logger", NULL, 2, 48);
  gint64 now_us = MONDAY_US;

  bf_rule_set_add_text (set, "odd.rules", text, strlen (text), problems);
  bf_test_no_problems (problems);
  bf_rule_set_finish (set);
  evaluator = bf_evaluator_new (set, model, NULL, &handler, NULL);
  bf_evaluator_add_asset (evaluator, asset, now_us);
  n_raised = 0;
  for (guint i = 0; i < 14 * 288; i++, now_us += STEP_US)
    {
      bf_evaluator_observe (evaluator, asset, pressure, shape (now_us) / 100 + 0.05 * noise (rand), now_us, now_us, 0, 0);
      bf_evaluator_run (evaluator, now_us);
    }
  g_assert_cmpuint (n_raised, ==, 0);
  bf_evaluator_observe (evaluator, asset, pressure, 4, now_us, now_us, 0, 0);
  bf_evaluator_run (evaluator, now_us);
  g_assert_cmpuint (n_raised, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rules/profile/learns", test_learns);
  g_test_add_func ("/rules/profile/robust", test_robust);
  g_test_add_func ("/rules/profile/gaps", test_gaps);
  g_test_add_func ("/rules/profile/holiday", test_holiday);
  g_test_add_func ("/rules/profile/level-shift", test_level_shift);
  g_test_add_func ("/rules/profile/dead", test_dead);
  g_test_add_func ("/rules/profile/restart", test_restart);
  g_test_add_func ("/rules/profile/weighted-median", test_weighted_median);
  g_test_add_func ("/rules/profile/rule", test_rule);
  return g_test_run ();
}
