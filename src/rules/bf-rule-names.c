/* SPDX-License-Identifier: EUPL-1.2 */
/* What a rule says of the time after its alert: Procedure=, Notify=, Group=. None of it puts a rule off: whoever loses the
 * procedure still wants the alert. Plain functions. */

#include "rules/bf-rules-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const group_attributes[] = { "zone", "parent", "service", "kind", "place", NULL };

static gboolean
group_is_known (const char *attribute, GError **error)
{
  g_autofree char *all = NULL;
  const char *nearest;

  if (g_strv_contains (group_attributes, attribute))
    return TRUE;
  nearest = bf_rule_nearest (attribute, strlen (attribute), group_attributes, G_N_ELEMENTS (group_attributes) - 1);
  all = g_strjoinv (", ", (char **) group_attributes);
  if (nearest != NULL)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("alerts are not grouped by “%s”; did you mean “%s”?"), attribute, nearest);
  else
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("alerts are not grouped by “%s”; expected one of: %s"), attribute, all);
  return FALSE;
}

/*
 * bf_rule_group_check:
 * @text: what alerts are grouped by and, when wanted, for how long: "zone", "zone within 10min"
 *
 * Returns: %TRUE, or %FALSE with @error
 */
gboolean
bf_rule_group_check (const char *text, GError **error)
{
  gsize length = strcspn (text, " ");
  g_autofree char *attribute = g_strndup (text, length);
  const char *rest = text + length + strspn (text + length, " ");
  gint64 within_us;

  if (!group_is_known (attribute, error))
    return FALSE;
  if (rest[0] == '\0')
    return TRUE;
  if (!g_str_has_prefix (rest, "within "))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("expected “%s” alone or “%s within 10min”, found “%s”"), attribute, attribute,
                   text);
      return FALSE;
    }
  if (!bf_duration_parse (rest + strlen ("within "), &within_us, error))
    return FALSE;
  if (within_us > 0)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_RANGE, _ ("expected a time longer than 0, found “%s”"), rest + strlen ("within "));
  return FALSE;
}

/* @missing: what the rule goes without, a whole sentence. */
static void
check_name (const BfRule *rule, guint line, const char *key, const char *name, const char *const *known, const char *expected,
            const char *missing, GPtrArray *problems)
{
  const char *nearest;

  if (name == NULL || known == NULL || known[0] == NULL || g_strv_contains (known, name))
    return;
  nearest = bf_rule_nearest (name, strlen (name), known, g_strv_length ((GStrv) known));
  if (nearest != NULL)
    bf_problems_add (problems, rule->file, line, _ ("[Rule %s] %s=: there is no “%s”; did you mean “%s”? %s"), rule->id, key, name,
                     nearest, missing);
  else
    bf_problems_add (problems, rule->file, line, _ ("[Rule %s] %s=: there is no “%s”; expected %s. %s"), rule->id, key, name, expected,
                     missing);
}

/**
 * bf_rule_set_check_names:
 * @procedures: (nullable) (array zero-terminated=1): the procedures that there are
 * @contacts: (nullable) (array zero-terminated=1): whom the city can notify
 * @problems: (nullable): where names that are not among them go, with file and line; the rules stay on
 *
 * For when all rules are in, so that a stock rule that the city replaces says nothing. Against an empty list nothing is
 * checked: nobody has said yet what there is.
 */
void
bf_rule_set_check_names (const BfRuleSet *set, const char *const *procedures, const char *const *contacts, GPtrArray *problems)
{
  for (guint i = 0; i < set->rules->len; i++)
    {
      const BfRuleFull *full = g_ptr_array_index (set->rules, i);
      const BfRule *rule = &full->rule;

      check_name (rule, full->procedure_line, "Procedure", rule->procedure, procedures,
                  _ ("the name of a file of the plugins' procedures/ or the city's procedures.d/, without .md"),
                  _ ("The rule stays on, without a procedure."), problems);
      check_name (rule, full->notify_line, "Notify", rule->notify, contacts, _ ("a name that people.d/*.conf gives"),
                  _ ("The rule stays on and notifies nobody."), problems);
    }
}
