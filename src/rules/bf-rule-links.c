/* SPDX-License-Identifier: EUPL-1.2 */
/* `SuppressedBy=`: which rules suppress which. Names are looked up when all rules are in; rules that would suppress one another in a
 * circle suppress nobody in it, and the circle is named: a rule too much alerts, none is lost. Also the order in which rules are
 * evaluated, each behind those that suppress it. Plain functions. */

#include "rules/bf-rules-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static void
suppressor_free (gpointer data)
{
  BfSuppressor *by = data;

  g_free (by->id);
  g_free (by);
}

/**
 * bf_rule_suppressors_parse:
 * @text: "rule, rule over zone"
 *
 * Returns: (transfer full) (element-type BfSuppressor): or %NULL with @error
 */
GPtrArray *
bf_rule_suppressors_parse (const char *text, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (suppressor_free);
  g_auto (GStrv) parts = g_strsplit (text, ",", -1);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *name = g_strstrip (parts[i]);
      char *blank = strpbrk (name, " \t");
      const char *rest = blank != NULL ? blank + 1 + strspn (blank + 1, " \t") : "";
      BfSuppressor *by;

      if (blank != NULL)
        *blank = '\0';
      if (!bf_identifier_is_valid (name) || (blank != NULL && strcmp (rest, "over zone") != 0))
        {
          g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("expected names of rules such as “cabinet_off” or “main_burst over zone”, found “%s%s%s”"), name,
                       blank != NULL ? " " : "", rest);
          return NULL;
        }
      by = g_new0 (BfSuppressor, 1);
      by->id = g_strdup (name);
      by->zone = blank != NULL;
      g_ptr_array_add (list, by);
    }
  return g_steal_pointer (&list);
}

static void
say (const BfRuleFull *full, GPtrArray *problems, const char *message)
{
  if (problems != NULL)
    bf_problems_add (problems, full->rule.file, full->suppressed_line, "[Rule %s] SuppressedBy=: %s", full->rule.id, message);
}

static void
say_unknown (const BfRuleSet *set, const BfRuleFull *full, const char *id, GPtrArray *problems)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new ();
  g_autofree char *message = NULL;
  const char *nearest;

  for (guint i = 0; i < set->rules->len; i++)
    g_ptr_array_add (ids, bf_rule_set_get (set, i)->id);
  nearest = bf_rule_nearest (id, strlen (id), (const char *const *) ids->pdata, ids->len);
  if (bf_rule_set_is_off (set, id))
    message = g_strdup_printf (_ ("rule “%s” is off and suppresses nothing"), id);
  else if (nearest != NULL)
    message = g_strdup_printf (_ ("there is no rule “%s”; did you mean “%s”? The rule stays on."), id, nearest);
  else
    message = g_strdup_printf (_ ("there is no rule “%s”. The rule stays on."), id);
  say (full, problems, message);
}

static BfRuleFull *
find_full (const BfRuleSet *set, const BfSuppressor *by)
{
  return by->linked ? g_hash_table_lookup (set->by_id, by->id) : NULL;
}

static void
link_all (BfRuleSet *set, gboolean complete, GPtrArray *problems)
{
  for (guint i = 0; i < set->rules->len; i++)
    {
      const BfRuleFull *full = g_ptr_array_index (set->rules, i);

      for (guint j = 0; full->suppressed_by != NULL && j < full->suppressed_by->len; j++)
        {
          BfSuppressor *by = g_ptr_array_index (full->suppressed_by, j);

          by->linked = bf_rule_set_find (set, by->id) != NULL;
          if (!by->linked && complete)
            say_unknown (set, full, by->id, problems);
        }
    }
}

/* Kahn: takes rules whose suppressors are all taken, by index; those left are in circles or behind one. */
static void
order_rules (const BfRuleSet *set, GArray *order, gboolean *taken)
{
  gboolean more = TRUE;

  while (more)
    {
      more = FALSE;
      for (guint i = 0; i < set->rules->len; i++)
        {
          const BfRuleFull *full = g_ptr_array_index (set->rules, i);
          gboolean ready = !taken[i];

          for (guint j = 0; ready && full->suppressed_by != NULL && j < full->suppressed_by->len; j++)
            {
              const BfRuleFull *other = find_full (set, g_ptr_array_index (full->suppressed_by, j));

              ready = other == NULL || taken[other->rule.index];
            }
          if (!ready)
            continue;
          taken[i] = more = TRUE;
          g_array_append_val (order, i);
        }
    }
}

/* A link of a rule that is left leads to another that is left: following them ends in a circle, which is said and cut. */
static void
cut_circle (const BfRuleSet *set, const gboolean *taken, GPtrArray *problems)
{
  g_autofree guint *seen = g_new0 (guint, set->rules->len);
  g_autoptr (GPtrArray) path = g_ptr_array_new ();
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree char *message = NULL;
  BfRuleFull *at = NULL;
  BfSuppressor *by = NULL;

  for (guint i = 0; at == NULL; i++)
    at = taken[i] ? NULL : g_ptr_array_index (set->rules, i);
  while (seen[at->rule.index] == 0)
    {
      BfRuleFull *next = NULL;

      seen[at->rule.index] = path->len + 1;
      g_ptr_array_add (path, at);
      for (guint j = 0; next == NULL; j++)
        {
          by = g_ptr_array_index (at->suppressed_by, j);
          next = find_full (set, by);
          if (next != NULL && taken[next->rule.index])
            next = NULL;
        }
      at = next;
    }
  for (guint i = seen[at->rule.index] - 1; i < path->len; i++)
    g_string_append_printf (names, "%s ← ", ((const BfRuleFull *) g_ptr_array_index (path, i))->rule.id);
  g_string_append (names, at->rule.id);
  message = g_strdup_printf (_ ("rules suppress one another in a circle: %s. They stay on, and none of them suppresses another of these."), names->str);
  for (guint i = seen[at->rule.index] - 1; i < path->len; i++)
    {
      const BfRuleFull *member = g_ptr_array_index (path, i);

      say (member, problems, message);
      for (guint j = 0; j < member->suppressed_by->len; j++)
        {
          BfSuppressor *link = g_ptr_array_index (member->suppressed_by, j);
          const BfRuleFull *other = find_full (set, link);

          if (other != NULL && seen[other->rule.index] >= seen[at->rule.index])
            link->linked = FALSE;
        }
    }
}

/**
 * bf_rule_set_link:
 * @complete: all rules that are in force are in: a name that none has is a problem
 * @problems: (nullable)
 *
 * Looks up `SuppressedBy=`. Before bf_rule_set_finish(), which does it without problems when nobody has.
 */
void
bf_rule_set_link (BfRuleSet *set, gboolean complete, GPtrArray *problems)
{
  g_autofree gboolean *taken = g_new0 (gboolean, set->rules->len + 1);

  g_return_if_fail (!set->finished);
  link_all (set, complete, problems);
  g_clear_pointer (&set->order, g_array_unref);
  set->order = g_array_new (FALSE, FALSE, sizeof (guint));
  for (order_rules (set, set->order, taken); set->order->len < set->rules->len; order_rules (set, set->order, taken))
    cut_circle (set, taken, problems);
}
