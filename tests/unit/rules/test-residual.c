/* SPDX-License-Identifier: EUPL-1.2 */
/* One property against another, on a network made by a seeded generator: what is learnt when, a leak, wild readings, a neighbour that
 * falls silent, a restart; and in a rule. */

#include "bf-test-city.h"

#include <math.h>
#include <string.h>

#include "rules/bf-residual.h"
#include "rules/bf-rules.h"

#define STEP_US (5 * MINUTE_US)
#define DAY_US (1440 * MINUTE_US)
#define MONDAY_US (1704067200 * SECOND_US) /* 2024-01-01, a Monday */
#define NOISE 0.02

typedef struct
{
  BfSeries *series;
  GRand *rand;
  gint64 now_us;
  double leak;
  double wild; /* share of readings that are nonsense */
} Logger;

static double
noise (GRand *rand)
{
  double sum = -6;

  for (guint i = 0; i < 12; i++)
    sum += g_rand_double (rand);
  return sum;
}

/* What demand does to all. */
static double
tide (gint64 at_us)
{
  return 0.8 * cos ((double) ((at_us - MONDAY_US) % DAY_US) / DAY_US * 2 * G_PI);
}

static void
logger_open (Logger *logger, guint seed, gint64 span_us)
{
  BfSeriesSpec spec = { .type = BF_SERIES_RESIDUAL, .span_us = span_us };

  *logger = (Logger){ bf_series_new (&spec), g_rand_new_with_seed (seed), MONDAY_US, 0, 0 };
}

static void
logger_close (Logger *logger)
{
  bf_series_free (logger->series);
  g_rand_free (logger->rand);
}

static void
step (Logger *logger, double *ret_y, double *ret_x)
{
  double x = tide (logger->now_us) + NOISE * noise (logger->rand);
  double y = 4 + 1.3 * tide (logger->now_us) + NOISE * noise (logger->rand) - logger->leak;

  if (g_rand_double (logger->rand) < logger->wild)
    y = 100 * noise (logger->rand);
  bf_residual_observe (logger->series, logger->now_us, y, x);
  logger->now_us += STEP_US;
  if (ret_y != NULL)
    *ret_y = y;
  if (ret_x != NULL)
    *ret_x = x;
}

static void
run (Logger *logger, double days)
{
  for (gint64 until_us = logger->now_us + (gint64) (days * (double) DAY_US); logger->now_us < until_us;)
    step (logger, NULL, NULL);
}

static double
shift (Logger *logger)
{
  return bf_residual_shift (logger->series, logger->now_us - STEP_US);
}

static void
test_learns (void)
{
  Logger logger;
  double x, y;

  logger_open (&logger, 1, BF_RESIDUAL_SPAN_US);
  run (&logger, 3.5);
  g_assert_true (isnan (shift (&logger)));
  g_assert_true (isnan (bf_residual_value (logger.series, 4, 0)));
  g_assert_cmpfloat (bf_residual_learnt (logger.series), >, 0.1);
  g_assert_cmpfloat (bf_residual_learnt (logger.series), <, 0.6);
  run (&logger, 5);
  g_assert_cmpfloat (bf_residual_learnt (logger.series), ==, 1);
  step (&logger, &y, &x);
  g_assert_cmpfloat_with_epsilon (bf_residual_value (logger.series, y, x), 0, 5 * NOISE);
  g_assert_cmpfloat_with_epsilon (bf_residual_value (logger.series, 4, 0), 0, NOISE);
  g_assert_cmpfloat_with_epsilon (bf_residual_value (logger.series, 4 + 1.3, 1), 0, NOISE);
  logger_close (&logger);
}

/* Four weeks without a leak are silent; half a bar of the tide hides a leak of a twentieth of it from everybody but the neighbours. */
static void
test_leak (void)
{
  Logger logger;
  double worst = 0, found, after;

  logger_open (&logger, 2, BF_RESIDUAL_SPAN_US);
  run (&logger, 9);
  for (guint i = 0; i < 28 * 288; i++)
    {
      step (&logger, NULL, NULL);
      worst = fmax (worst, fabs (shift (&logger)));
    }
  logger.leak = 0.04;
  run (&logger, 1);
  found = shift (&logger);
  run (&logger, 13);
  after = shift (&logger);
  g_test_message ("without: %.1f at most; a leak: %.1f after a day, %.1f after two weeks", worst, found, after);
  g_assert_cmpfloat (worst, <, 4.5);
  g_assert_cmpfloat (found, <, -7);
  g_assert_cmpfloat (after, <, -5);
  run (&logger, 120);
  g_test_message ("after four months it is usual: %.1f", shift (&logger));
  g_assert_cmpfloat (fabs (shift (&logger)), <, 4);
  logger_close (&logger);
}

/* One reading in twenty is nonsense. */
static void
test_robust (void)
{
  Logger logger;

  logger_open (&logger, 3, BF_RESIDUAL_SPAN_US);
  run (&logger, 5);
  logger.wild = 0.05;
  run (&logger, 10);
  g_test_message ("line after nonsense: off by %.3f and %.3f", bf_residual_value (logger.series, 4, 0),
                  bf_residual_value (logger.series, 4 + 1.3, 1));
  g_assert_cmpfloat_with_epsilon (bf_residual_value (logger.series, 4, 0), 0, 5 * NOISE);
  g_assert_cmpfloat_with_epsilon (bf_residual_value (logger.series, 4 + 1.3, 1), 0, 8 * NOISE);
  logger_close (&logger);
}

static void
test_gap (void)
{
  Logger logger;

  logger_open (&logger, 4, BF_RESIDUAL_SPAN_US);
  run (&logger, 10);
  bf_series_break (logger.series);
  logger.now_us += 3 * DAY_US;
  g_assert_true (isnan (shift (&logger)));
  step (&logger, NULL, NULL);
  step (&logger, NULL, NULL);
  g_assert_true (isnan (shift (&logger))); /* less than half of the day */
  run (&logger, 0.7);
  g_assert_cmpfloat (fabs (shift (&logger)), <, 4.5);
  /* What comes again or late is passed over. */
  bf_residual_observe (logger.series, logger.now_us - DAY_US, 1000, 0);
  g_assert_cmpfloat (fabs (shift (&logger)), <, 4.5);
  logger_close (&logger);
}

static void
test_restart (void)
{
  BfSeriesSpec spec = { .type = BF_SERIES_RESIDUAL, .span_us = BF_RESIDUAL_SPAN_US };
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));
  BfSeries *again = bf_series_new (&spec);
  Logger logger;

  logger_open (&logger, 5, BF_RESIDUAL_SPAN_US);
  run (&logger, 12.3);
  bf_series_save (logger.series, numbers);
  g_assert_true (bf_series_load (again, (const double *) (gconstpointer) numbers->data, numbers->len));
  for (guint i = 0; i < 2000; i++)
    {
      double x, y;
      gint64 at_us = logger.now_us;

      step (&logger, &y, &x);
      bf_residual_observe (again, at_us, y, x);
      g_assert_cmpfloat_with_epsilon (bf_residual_shift (again, at_us), bf_residual_shift (logger.series, at_us), 1e-6);
    }
  bf_series_free (again);
  /* Damaged: each number cut, lost or replaced is refused or gives numbers. */
  for (guint i = 0; i < numbers->len; i++)
    {
      g_autoptr (GArray) bad = g_array_copy (numbers);

      g_array_index (bad, double, i) = i % 3 == 0 ? NAN : i % 3 == 1 ? -1e300 : 1e15;
      again = bf_series_new (&spec);
      if (bf_series_load (again, (const double *) (gconstpointer) bad->data, bad->len))
        for (guint k = 0; k < 600; k++)
          bf_residual_observe (again, logger.now_us + k * STEP_US, 4, 0);
      bf_series_free (again);
    }
  logger_close (&logger);
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
  static const char text[] = "[Rule odd]\nKind=water.logger\nWhen=residual_shift(pressure, flow, 24h) < -6 and residual(pressure, flow) < -0.1 bar and "
                             "residual_learnt(pressure, flow) >= 100 %\nPriority=low\nTitle=x\n";
  static const char wrong[] = "[Rule odd]\nKind=water.logger\nWhen=residual(pressure) < -0.1 bar\nPriority=low\nTitle=x\n";
  static const BfEvaluatorHandler handler = { rule_cb, NULL, NULL };
  g_autoptr (BfCatalog) catalog = bf_test_catalog ();
  g_autoptr (BfModel) model = bf_model_new (catalog);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfRuleSet) bad = bf_rule_set_new (catalog, problems);
  g_autoptr (BfRuleSet) set = bf_rule_set_new (catalog, problems);
  g_autoptr (BfEvaluator) evaluator = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  guint16 pressure = bf_test_property (catalog, "water", "pressure");
  guint16 flow = bf_test_property (catalog, "water", "flow");
  guint32 asset = bf_test_asset_at (model, "water/1", "water.logger", NULL, 2, 48);
  gint64 now_us = MONDAY_US;

  bf_rule_set_add_text (bad, "odd.rules", wrong, strlen (wrong), problems);
  g_assert_cmpuint (problems->len, ==, 1);
  g_ptr_array_set_size (problems, 0);
  bf_rule_set_add_text (set, "odd.rules", text, strlen (text), problems);
  bf_test_no_problems (problems);
  bf_rule_set_finish (set);
  evaluator = bf_evaluator_new (set, model, NULL, &handler, NULL);
  bf_evaluator_add_asset (evaluator, asset, now_us);
  n_raised = 0;
  /* The two come in one batch, in either order. */
  for (guint i = 0; i < 16 * 288; i++, now_us += STEP_US)
    {
      double value = 4 + 1.3 * tide (now_us) + NOISE * noise (rand) - (i >= 14 * 288 ? 0.2 : 0);
      double other = 2 + tide (now_us);

      bf_evaluator_observe (evaluator, asset, i % 2 ? pressure : flow, i % 2 ? value : other, now_us, now_us, 0, 0);
      bf_evaluator_observe (evaluator, asset, i % 2 ? flow : pressure, i % 2 ? other : value, now_us, now_us, 0, 0);
      bf_evaluator_run (evaluator, now_us);
      if (i == 14 * 288 - 1)
        g_assert_cmpuint (n_raised, ==, 0);
    }
  g_assert_cmpuint (n_raised, >=, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rules/residual/learns", test_learns);
  g_test_add_func ("/rules/residual/leak", test_leak);
  g_test_add_func ("/rules/residual/robust", test_robust);
  g_test_add_func ("/rules/residual/gap", test_gap);
  g_test_add_func ("/rules/residual/restart", test_restart);
  g_test_add_func ("/rules/residual/rule", test_rule);
  return g_test_run ();
}
