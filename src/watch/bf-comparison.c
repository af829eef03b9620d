/* SPDX-License-Identifier: EUPL-1.2 */
/* Comparison of two rehearsals: see bf-comparison.h. Both were given the same assets in the same order, so that an asset has one number
 * in both. The alerts of one rule and asset never overlap within one rehearsal: two fingers along both lists find every pair. */

#include "watch/bf-comparison.h"

#include "base/bf-time.h"

/* An alert in the order of rule, asset, time. @rule: its index among the rules that are tried. */
typedef struct
{
  guint rule;
  guint32 asset;
  gint64 raised_us;
  gint64 end_us;
  guint index;
} Entry;

const char *
bf_change_id (BfChange change)
{
  static const char *const ids[BF_CHANGES] = { "same", "moved", "added", "gone" };

  return ids[change];
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const Entry *x = a, *y = b;

  if (x->rule != y->rule)
    return x->rule < y->rule ? -1 : 1;
  if (x->asset != y->asset)
    return x->asset < y->asset ? -1 : 1;
  if (x->raised_us != y->raised_us)
    return x->raised_us < y->raised_us ? -1 : 1;
  return (x->index > y->index) - (x->index < y->index);
}

static GArray *
sort_alerts (const BfRuleSet *rules, const BfFigures *figures, const BfRuleSet *own)
{
  GArray *entries = g_array_sized_new (FALSE, FALSE, sizeof (Entry), figures->alerts->len);

  for (guint i = 0; i < figures->alerts->len; i++)
    {
      const BfRehearsedAlert *alert = &g_array_index (figures->alerts, BfRehearsedAlert, i);
      const BfRule *rule = bf_rule_set_find (rules, bf_rule_set_get (own, alert->rule)->id);
      gint64 end_us = alert->cleared_us != BF_TIME_NONE ? alert->cleared_us : G_MAXINT64;

      if (rule != NULL)
        g_array_append_val (entries, ((Entry){ rule->index, alert->asset, alert->raised_us, end_us, i }));
    }
  g_array_sort (entries, compare_entries);
  return entries;
}

static void
add (BfComparison *comparison, BfChange change, const Entry *tried, const Entry *in_force)
{
  guint rule = tried != NULL ? tried->rule : in_force->rule;
  BfCompared row = { change, tried != NULL ? (int) tried->index : -1, in_force != NULL ? (int) in_force->index : -1 };

  g_array_append_val (comparison->rows, row);
  comparison->total[change]++;
  comparison->rules[rule][change]++;
}

/* Which of two comes first and is over before the other begins: less than 0: @a, greater: @b, 0: they were open at the same time. */
static int
compare_spans (const Entry *a, const Entry *b)
{
  if (a->rule != b->rule || a->asset != b->asset)
    return compare_entries (a, b);
  if (a->end_us <= b->raised_us && a->raised_us != b->raised_us)
    return -1;
  return b->end_us <= a->raised_us && a->raised_us != b->raised_us;
}

static void
pair (BfComparison *comparison, const GArray *tried, const GArray *in_force)
{
  guint i = 0, j = 0;

  while (i < tried->len || j < in_force->len)
    {
      const Entry *a = i < tried->len ? &g_array_index (tried, Entry, i) : NULL;
      const Entry *b = j < in_force->len ? &g_array_index (in_force, Entry, j) : NULL;
      int order = a == NULL ? 1 : b == NULL ? -1 : compare_spans (a, b);

      if (order < 0)
        add (comparison, BF_CHANGE_ADDED, a, NULL);
      else if (order > 0)
        add (comparison, BF_CHANGE_GONE, NULL, b);
      else
        add (comparison, a->raised_us == b->raised_us && a->end_us == b->end_us ? BF_CHANGE_SAME : BF_CHANGE_MOVED, a, b);
      i += order <= 0;
      j += order >= 0;
    }
}

typedef struct
{
  const BfFigures *tried;
  const BfFigures *in_force;
} Both;

static gint64
raised_us (const Both *both, const BfCompared *row)
{
  return row->tried >= 0 ? g_array_index (both->tried->alerts, BfRehearsedAlert, row->tried).raised_us
                         : g_array_index (both->in_force->alerts, BfRehearsedAlert, row->in_force).raised_us;
}

static int
compare_rows (gconstpointer a, gconstpointer b, gpointer user_data)
{
  gint64 x = raised_us (user_data, a), y = raised_us (user_data, b);

  return (x > y) - (x < y);
}

/**
 * bf_comparison_new:
 *
 * Of rules in force that are not tried nothing is said.
 *
 * Returns: (transfer full)
 */
BfComparison *
bf_comparison_new (const BfRuleSet *rules, const BfFigures *tried, const BfRuleSet *rules_in_force, const BfFigures *in_force)
{
  BfComparison *comparison = g_new0 (BfComparison, 1);
  g_autoptr (GArray) ours = sort_alerts (rules, tried, rules);
  g_autoptr (GArray) theirs = sort_alerts (rules, in_force, rules_in_force);
  Both both = { tried, in_force };

  comparison->rows = g_array_new (FALSE, FALSE, sizeof (BfCompared));
  comparison->rules = g_malloc0_n (MAX (1, bf_rule_set_n (rules)), sizeof *comparison->rules);
  comparison->of_tried = g_new0 (guint, MAX (1, tried->alerts->len));
  pair (comparison, ours, theirs);
  g_array_sort_with_data (comparison->rows, compare_rows, &both);
  for (guint i = 0; i < comparison->rows->len; i++)
    {
      int index = g_array_index (comparison->rows, BfCompared, i).tried;

      if (index >= 0)
        comparison->of_tried[index] = i;
    }
  return comparison;
}

void
bf_comparison_free (BfComparison *comparison)
{
  if (comparison == NULL)
    return;
  g_array_unref (comparison->rows);
  g_free (comparison->of_tried);
  g_free (comparison->rules);
  g_free (comparison);
}
