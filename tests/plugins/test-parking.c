/* SPDX-License-Identifier: EUPL-1.2 */
/* The parking plugin's own reckoning: occupancy by its manifest, impossible values that must give none, and when its stock
 * rules raise and clear. */

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "model/bf-model.h"
#include "rules/bf-evaluator.h"

#define T0 (G_GINT64_CONSTANT (1700000000) * G_USEC_PER_SEC)
#define MINUTE_US (60 * G_USEC_PER_SEC)
#define NONE NAN

typedef struct
{
  BfCatalog *catalog;
  BfModel *model;
  BfRuleSet *set;
  BfEvaluator *evaluator;
  guint32 asset;
  gboolean *raised; /* by rule */
} Fixture;

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  Fixture *fixture = user_data;

  fixture->raised[event->rule] = event->raised;
}

static const BfEvaluatorHandler handler = { rule_cb, NULL, NULL };

static void
expect_no_problems (GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_test_message ("%s", text);
    }
  g_assert_cmpuint (problems->len, ==, 0);
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *dir = g_build_filename (g_getenv ("BEFFROI_PLUGINS"), "parking", NULL);
  g_autofree char *manifest = g_build_filename (dir, "parking.service", NULL);
  g_autofree char *rules = g_build_filename (dir, "parking.rules", NULL);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  g_autoptr (GError) error = NULL;
  BfAssetInfo info = { .id = "parking/a", .name = "A", .point = { 2.35, 48.85 } };

  fixture->catalog = bf_catalog_new ();
  bf_catalog_add_manifest (fixture->catalog, manifest, problems, &error);
  g_assert_no_error (error);
  fixture->model = bf_model_new (fixture->catalog);
  fixture->set = bf_rule_set_new (fixture->catalog, problems);
  bf_rule_set_add_file (fixture->set, rules, problems, &error);
  g_assert_no_error (error);
  bf_rule_set_finish (fixture->set);
  expect_no_problems (problems);
  fixture->raised = g_new0 (gboolean, bf_rule_set_n (fixture->set));
  fixture->evaluator = bf_evaluator_new (fixture->set, fixture->model, zone, &handler, fixture);
  info.kind = bf_catalog_find_kind (fixture->catalog, "parking.off_street")->index;
  fixture->asset = bf_model_put_asset (fixture->model, &info, 0, NULL, &error);
  g_assert_no_error (error);
  bf_evaluator_add_asset (fixture->evaluator, fixture->asset, T0);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  bf_evaluator_free (fixture->evaluator);
  bf_rule_set_free (fixture->set);
  bf_model_free (fixture->model);
  bf_catalog_free (fixture->catalog);
  g_free (fixture->raised);
}

static guint16
property (const Fixture *fixture, const char *id)
{
  return bf_catalog_find_property (fixture->catalog, 0, id)->index;
}

static void
observe (Fixture *fixture, const char *id, double value, gint64 now_us)
{
  bf_model_observe (fixture->model, fixture->asset, property (fixture, id), value, now_us, now_us, 0, 0);
  bf_evaluator_touch (fixture->evaluator, fixture->asset, property (fixture, id));
}

static gboolean
is_raised (const Fixture *fixture, const char *rule)
{
  const BfRule *found = bf_rule_set_find (fixture->set, rule);

  g_assert_nonnull (found);
  return fixture->raised[found->index];
}

static void
test_occupancy (Fixture *fixture, gconstpointer unused)
{
  static const struct
  {
    double free_spaces;
    double capacity;
    double occupancy;
  } rows[] = {
    { 50, 200, 75 }, { 0, 200, 100 }, { 200, 200, 0 }, { 201, 200, NONE }, { 50, 200, 75 }, { 0, 0, NONE }, { 5, 0, NONE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      gint64 now_us = T0 + (i + 1) * G_USEC_PER_SEC;
      double value = 0;
      gboolean known;

      observe (fixture, "free_spaces", rows[i].free_spaces, now_us);
      observe (fixture, "capacity", rows[i].capacity, now_us);
      bf_evaluator_run (fixture->evaluator, now_us);
      known = bf_model_known (fixture->model, fixture->asset, property (fixture, "occupancy"), now_us, &value);
      g_test_message ("%g of %g", rows[i].free_spaces, rows[i].capacity);
      g_assert_cmpint (known, ==, !isnan (rows[i].occupancy));
      if (known)
        g_assert_cmpfloat_with_epsilon (value, rows[i].occupancy, 1e-9);
    }
}

/* Observes the pair each minute for ten minutes. */
static gint64
ten_minutes (Fixture *fixture, gint64 from_us, double free_spaces, double capacity)
{
  for (guint i = 1; i <= 10; i++)
    {
      observe (fixture, "free_spaces", free_spaces, from_us + i * MINUTE_US);
      observe (fixture, "capacity", capacity, from_us + i * MINUTE_US);
      bf_evaluator_run (fixture->evaluator, from_us + i * MINUTE_US);
    }
  return from_us + 10 * MINUTE_US;
}

static void
test_rules (Fixture *fixture, gconstpointer unused)
{
  gint64 now_us = ten_minutes (fixture, T0, 100, 200);

  g_assert_false (is_raised (fixture, "parking_almost_full"));
  now_us = ten_minutes (fixture, now_us, 4, 200);
  g_assert_true (is_raised (fixture, "parking_almost_full"));
  g_assert_false (is_raised (fixture, "parking_full"));
  now_us = ten_minutes (fixture, now_us, 0, 200);
  g_assert_true (is_raised (fixture, "parking_full"));
  now_us = ten_minutes (fixture, now_us, 100, 200);
  g_assert_false (is_raised (fixture, "parking_full"));
  g_assert_false (is_raised (fixture, "parking_almost_full"));
  now_us = ten_minutes (fixture, now_us, 300, 200);
  g_assert_false (is_raised (fixture, "parking_impossible"));
  now_us = ten_minutes (fixture, now_us, 300, 200);
  g_assert_true (is_raised (fixture, "parking_impossible"));
  now_us = ten_minutes (fixture, now_us, 100, 200);
  g_assert_false (is_raised (fixture, "parking_impossible"));
  g_assert_false (is_raised (fixture, "parking_silent"));
  bf_evaluator_run (fixture->evaluator, now_us + 16 * MINUTE_US);
  g_assert_true (is_raised (fixture, "parking_silent"));
  ten_minutes (fixture, now_us + 16 * MINUTE_US, 100, 200);
  g_assert_false (is_raised (fixture, "parking_silent"));
}

/* A feed that gives a state and no count. */
static void
test_state_only (Fixture *fixture, gconstpointer unused)
{
  const BfProperty *state = bf_catalog_property (fixture->catalog, property (fixture, "state"));
  const struct
  {
    const char *value;
    guint minutes;
    gboolean raised;
  } steps[] = { { "full", 19, FALSE }, { "full", 3, TRUE }, { "open", 1, FALSE } };
  gint64 now_us = T0;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      for (guint k = 0; k < steps[i].minutes; k++)
        {
          now_us += MINUTE_US;
          observe (fixture, "state", bf_property_find_value (state, steps[i].value, strlen (steps[i].value)), now_us);
          bf_evaluator_run (fixture->evaluator, now_us);
        }
      g_test_message ("%s", steps[i].value);
      g_assert_cmpint (is_raised (fixture, "parking_full_by_state"), ==, steps[i].raised);
      g_assert_false (is_raised (fixture, "parking_full"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/plugins/parking/occupancy", Fixture, NULL, set_up, test_occupancy, tear_down);
  g_test_add ("/plugins/parking/rules", Fixture, NULL, set_up, test_rules, tear_down);
  g_test_add ("/plugins/parking/state-only", Fixture, NULL, set_up, test_state_only, tear_down);
  return g_test_run ();
}
