/* SPDX-License-Identifier: EUPL-1.2 */
/* Two rehearsals side by side, on alerts that are written down by hand. */

#include "../rules/bf-test-city.h"

#include <string.h>

#include "watch/bf-comparison.h"

static const char tried_text[] = "[Rule new]\nKind=water.logger\nWhen=pressure > 9 bar\nPriority=low\nTitle=x\n"
                                 "[Rule low]\nKind=water.logger\nWhen=pressure < 2 bar\nPriority=low\nTitle=x\n";
static const char force_text[] = "[Rule low]\nKind=water.logger\nWhen=pressure < 3 bar\nPriority=low\nTitle=x\n"
                                 "[Rule other]\nKind=water.logger\nWhen=pressure < 1 bar\nPriority=low\nTitle=x\n";

typedef struct
{
  const char *rule;
  guint32 asset;
  int raised; /* minutes */
  int cleared; /* -1: open */
} Span;

static BfRuleSet *
make_rules (const BfCatalog *catalog, const char *text)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  BfRuleSet *rules = bf_rule_set_new (catalog, problems);

  bf_rule_set_add_text (rules, "test.rules", text, strlen (text), problems);
  bf_rule_set_finish (rules);
  bf_test_no_problems (problems);
  return rules;
}

static GArray *
make_alerts (const BfRuleSet *rules, const Span *spans, guint n)
{
  GArray *alerts = g_array_new (FALSE, FALSE, sizeof (BfRehearsedAlert));

  for (guint i = 0; i < n; i++)
    {
      BfRehearsedAlert alert = { bf_rule_set_find (rules, spans[i].rule)->index, spans[i].asset, T0 + spans[i].raised * MINUTE_US,
                                 spans[i].cleared < 0 ? BF_TIME_NONE : T0 + spans[i].cleared * MINUTE_US, NULL };

      g_array_append_val (alerts, alert);
    }
  return alerts;
}

/* "same 0 0; added 1 -1; …" in the order of time. */
static void
expect (const Span *tried, guint n_tried, const Span *in_force, guint n_in_force, const char *wanted)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog ();
  g_autoptr (BfRuleSet) rules = make_rules (catalog, tried_text);
  g_autoptr (BfRuleSet) force = make_rules (catalog, force_text);
  g_autoptr (GArray) ours = make_alerts (rules, tried, n_tried);
  g_autoptr (GArray) theirs = make_alerts (force, in_force, n_in_force);
  BfFigures figures = { .alerts = ours };
  BfFigures figures_in_force = { .alerts = theirs };
  g_autoptr (BfComparison) comparison = bf_comparison_new (rules, &figures, force, &figures_in_force);
  g_autoptr (GString) text = g_string_new (NULL);
  guint total[BF_CHANGES] = { 0 };

  for (guint i = 0; i < comparison->rows->len; i++)
    {
      const BfCompared *row = &g_array_index (comparison->rows, BfCompared, i);

      g_string_append_printf (text, "%s%s %d %d", i > 0 ? "; " : "", bf_change_id (row->change), row->tried, row->in_force);
      total[row->change]++;
      if (row->tried >= 0)
        g_assert_cmpuint (comparison->of_tried[row->tried], ==, i);
    }
  g_assert_cmpstr (text->str, ==, wanted);
  for (guint i = 0; i < BF_CHANGES; i++)
    {
      guint sum = 0;

      g_assert_cmpuint (comparison->total[i], ==, total[i]);
      for (guint j = 0; j < bf_rule_set_n (rules); j++)
        sum += comparison->rules[j][i];
      g_assert_cmpuint (sum, ==, total[i]);
    }
}

static void
test_each (void)
{
  const Span tried[] = { { "low", 0, 10, 20 }, { "low", 0, 35, 50 }, { "low", 1, 60, 70 }, { "new", 0, 80, -1 } };
  const Span in_force[] = { { "low", 0, 5, 8 }, { "low", 0, 10, 20 }, { "low", 0, 30, 50 }, { "low", 2, 60, 70 } };

  expect (tried, 4, in_force, 4, "gone -1 0; same 0 1; moved 1 2; added 2 -1; gone -1 3; added 3 -1");
}

/* One that was open long, where the rules in force would have raised three: one pair, two are gone; what ends as another begins is none. */
static void
test_one_for_many (void)
{
  const Span tried[] = { { "low", 0, 0, 60 }, { "low", 0, 90, 100 } };
  const Span in_force[] = { { "low", 0, 0, 5 }, { "low", 0, 20, 30 }, { "low", 0, 40, -1 } };
  const Span touching[] = { { "low", 0, 60, 90 } };

  expect (tried, 2, in_force, 3, "moved 0 0; gone -1 1; moved 1 2");
  expect (tried, 2, touching, 1, "added 0 -1; gone -1 0; added 1 -1");
}

/* Both still open, both over in the moment in which they were raised; a rule in force that is not tried is not compared. */
static void
test_ends (void)
{
  const Span open[] = { { "low", 0, 0, -1 } };
  const Span point[] = { { "low", 0, 3, 3 } };
  const Span other[] = { { "other", 0, 3, 3 } };

  expect (open, 1, open, 1, "same 0 0");
  expect (point, 1, point, 1, "same 0 0");
  expect (point, 1, other, 1, "added 0 -1");
  expect (NULL, 0, point, 1, "gone -1 0");
  expect (NULL, 0, NULL, 0, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/comparison/each", test_each);
  g_test_add_func ("/comparison/one-for-many", test_one_for_many);
  g_test_add_func ("/comparison/ends", test_ends);
  return g_test_run ();
}
