/* SPDX-License-Identifier: EUPL-1.2 */
/* The rule set: files -> checked rules, and the order of work of the evaluator. Owns trees and programs; programs point
 * into trees. Read-only after bf_rule_set_finish(), then shared by threads. */

#include "rules/bf-rules-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bf-city.h"

/**
 * bf_rule_set_new:
 * @catalog: outlives the set
 * @problems: (nullable): where bad Derive= and [Indicator] are named
 *
 * Returns: (transfer full): a set without rules
 */
BfRuleSet *
bf_rule_set_new (const BfCatalog *catalog, GPtrArray *problems)
{
  BfRuleSet *set = g_new0 (BfRuleSet, 1);

  set->catalog = catalog;
  set->rules = g_ptr_array_new_with_free_func (bf_rule_full_free);
  set->by_id = g_hash_table_new (g_str_hash, g_str_equal);
  set->off = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  set->derived = bf_derived_compile (catalog, problems);
  set->indicators = bf_indicators_compile (catalog, problems);
  bf_expected_compile (set, problems);
  set->aggregates = g_ptr_array_new ();
  set->tasks = g_array_new (FALSE, FALSE, sizeof (BfTask));
  return set;
}

void
bf_rule_set_free (BfRuleSet *set)
{
  if (set == NULL)
    return;
  g_array_unref (set->tasks);
  g_clear_pointer (&set->order, g_array_unref);
  g_ptr_array_unref (set->aggregates);
  g_ptr_array_unref (set->indicators);
  g_ptr_array_unref (set->derived);
  bf_expected_free (set);
  g_hash_table_unref (set->by_id);
  g_hash_table_unref (set->off);
  g_ptr_array_unref (set->rules);
  g_free (set);
}

/**
 * bf_rule_set_set_zones:
 * @zones: (nullable): outlives the set; %NULL: the city has none
 *
 * Says which zones there are, so that a rule that names another is a problem. Without, `zone` is unknown.
 */
void
bf_rule_set_set_zones (BfRuleSet *set, const BfZones *zones)
{
  set->zones = zones;
  set->zones_known = TRUE;
}

/**
 * bf_rule_set_set_alsace_moselle:
 * @alsace_moselle: Good Friday and 26 December are public holidays of this city (`AlsaceMoselle=yes`)
 */
void
bf_rule_set_set_alsace_moselle (BfRuleSet *set, gboolean alsace_moselle)
{
  set->alsace_moselle = alsace_moselle;
}

/* A rule of the same id is replaced in its place. */
static void
set_put (BfRuleSet *set, BfRuleFull *full)
{
  BfRuleFull *old = g_hash_table_lookup (set->by_id, full->rule.id);

  if (old == NULL)
    {
      full->rule.index = set->rules->len;
      g_ptr_array_add (set->rules, full);
    }
  else
    {
      full->rule.index = old->rule.index;
      g_hash_table_remove (set->by_id, old->rule.id);
      g_ptr_array_index (set->rules, full->rule.index) = full;
      bf_rule_full_free (old);
    }
  g_hash_table_insert (set->by_id, full->rule.id, full);
}

/* A file of a plugin's folder. */
static gboolean
is_stock (const BfRuleSet *set, const char *path)
{
  g_autofree char *whole = g_canonicalize_filename (path, NULL);
  g_autofree char *dir = g_path_get_dirname (whole);

  for (guint i = 0; i < bf_catalog_n_services (set->catalog); i++)
    {
      g_autofree char *known = g_canonicalize_filename (bf_catalog_service (set->catalog, i)->dir, NULL);

      if (strcmp (known, dir) == 0)
        return TRUE;
    }
  return FALSE;
}

/* The same id in two files of the same right: the later one holds, and both are named. A city's over a stock rule is as it should be. */
static void
say_twice (const BfRuleSet *set, const BfRuleFull *full, GPtrArray *problems)
{
  const BfRuleFull *old = g_hash_table_lookup (set->by_id, full->rule.id);

  if (old != NULL && old->stock == full->stock)
    bf_problems_add (problems, full->rule.file, full->rule.line, _ ("[Rule %s] stands in %s, line %u, too; this one holds"), full->rule.id, old->rule.file,
                     old->rule.line);
}

/* "rule asset ID": whether @name is one; then @ret_rule and @ret_asset are parts of it. */
static gboolean
split_override (const char *name, char **ret_rule, char **ret_asset)
{
  g_auto (GStrv) words = g_strsplit (name, " ", 3);

  if (g_strv_length (words) != 3 || strcmp (words[1], "asset") != 0 || !bf_identifier_is_valid (words[0]))
    return FALSE;
  *ret_rule = g_strdup (words[0]);
  *ret_asset = g_strdup (g_strstrip (words[2]));
  return TRUE;
}

/* A bad one is off, and the rule holds for its asset as for others. */
static void
add_override (BfRuleSet *set, const BfConf *conf, const BfConfGroup *group, const char *rule, const char *asset, GPtrArray *problems)
{
  const BfConfGroup *base = bf_conf_group (conf, "Rule", rule);
  BfRuleFull *full = g_hash_table_lookup (set->by_id, rule);
  BfRuleFull *own;
  g_autofree char *text = NULL;

  if (base == NULL || base->line > group->line)
    {
      bf_problems_add (problems, conf->path, group->line, _ ("[Rule %s asset %s]: expected [Rule %s] before it in this file"), rule, asset, rule);
      return;
    }
  if (group->bad || full == NULL || strcmp (full->rule.file, conf->path) != 0 || full->rule.line != base->line)
    return; /* named already */
  own = bf_rule_read (set, conf, group, base, problems);
  if (own == NULL)
    return;
  text = g_steal_pointer (&full->rule.text);
  full->rule.text = g_strdup_printf ("%s[%s]\n%s", text, asset, own->rule.text);
  if (full->overrides == NULL)
    full->overrides = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, bf_rule_full_free);
  g_hash_table_replace (full->overrides, g_strdup (asset), own);
}

static void
set_add_group (BfRuleSet *set, const BfConf *conf, const BfConfGroup *group, GPtrArray *problems)
{
  g_autofree char *rule = NULL;
  g_autofree char *asset = NULL;
  BfRuleFull *full;

  if (strcmp (group->type, "Rule") != 0)
    {
      bf_problems_add (problems, conf->path, group->line, _ ("unknown group [%s]; expected [Rule name]"), group->type);
      return;
    }
  if (group->name != NULL && split_override (group->name, &rule, &asset))
    {
      add_override (set, conf, group, rule, asset, problems);
      return;
    }
  if (group->name == NULL || !bf_identifier_is_valid (group->name))
    {
      bf_problems_add (problems, conf->path, group->line,
                       _ ("expected [Rule name] with a name of a-z, 0-9 and _, or [Rule name asset ID], found “%s”"), group->name != NULL ? group->name : "");
      return;
    }
  /* Off until it is read whole: then it is a rule. */
  g_hash_table_add (set->off, g_strdup (group->name));
  full = group->bad ? NULL : bf_rule_read (set, conf, group, NULL, problems); /* bad ones are named by bf-conf */
  if (full == NULL)
    return;
  full->stock = is_stock (set, conf->path);
  g_hash_table_remove (set->off, group->name);
  say_twice (set, full, problems);
  set_put (set, full);
}

/**
 * bf_rule_set_is_off:
 *
 * Returns: %TRUE when a file has a rule of this id that cannot be used: its alerts are kept as they are
 */
gboolean
bf_rule_set_is_off (const BfRuleSet *set, const char *id)
{
  return g_hash_table_contains (set->off, id);
}

static void
set_add_conf (BfRuleSet *set, const BfConf *conf, GPtrArray *problems)
{
  for (guint i = 0; i < conf->groups->len; i++)
    set_add_group (set, conf, g_ptr_array_index (conf->groups, i), problems);
}

/**
 * bf_rule_set_add_file:
 * @path: a `*.rules` file
 * @problems: (nullable): where bad rules are named; they are off, the others of the file are in
 *
 * Returns: %FALSE with @error only when the file cannot be read
 */
gboolean
bf_rule_set_add_file (BfRuleSet *set, const char *path, GPtrArray *problems, GError **error)
{
  g_autoptr (BfConf) conf = NULL;

  g_return_val_if_fail (!set->finished, FALSE);
  conf = bf_conf_load (path, problems, error);
  if (conf == NULL)
    return FALSE;
  set_add_conf (set, conf, problems);
  return TRUE;
}

/**
 * bf_rule_set_add_text:
 * @path: name shown in problems
 *
 * Returns: %TRUE when no problem was added
 */
gboolean
bf_rule_set_add_text (BfRuleSet *set, const char *path, const char *text, gsize length, GPtrArray *problems)
{
  g_autoptr (GPtrArray) own = problems == NULL ? bf_problems_new () : g_ptr_array_ref (problems);
  g_autoptr (BfConf) conf = NULL;
  guint before = own->len;

  g_return_val_if_fail (!set->finished, FALSE);
  conf = bf_conf_parse (path, text, length, own);
  set_add_conf (set, conf, own);
  return own->len == before;
}

/* ---- The order of work ---- */

static void
add_task (BfRuleSet *set, BfTaskType type, guint index)
{
  BfTask task = { type, index };

  g_array_append_val (set->tasks, task);
}

static void
add_aggregates (BfRuleSet *set, const BfProgram *program)
{
  for (guint i = 0; program != NULL && i < program->n_aggregates; i++)
    {
      program->aggregates[i]->index = set->aggregates->len;
      add_task (set, BF_TASK_AGGREGATE, set->aggregates->len);
      g_ptr_array_add (set->aggregates, program->aggregates[i]);
    }
}

static void
number_builtins (BfRuleSet *set, const BfProgram *program)
{
  for (guint i = 0; program != NULL && i < program->n_builtins; i++)
    program->builtins[i]->place = set->n_builtins++;
}

static void
add_folder (BfRuleSet *set, const char *dir, const char *sub, GPtrArray *problems)
{
  g_autoptr (GPtrArray) files = bf_city_list (dir, sub, ".rules", problems);

  for (guint i = 0; i < files->len; i++)
    {
      const char *path = g_ptr_array_index (files, i);
      g_autoptr (GError) error = NULL;

      if (!bf_rule_set_add_file (set, path, problems, &error))
        bf_problems_add_error (problems, path, error);
    }
}

/**
 * bf_rule_set_add_in_force:
 * @city_dir: (nullable): the city's folder
 *
 * Adds what a city's engine runs: the stock rules of every service and, over them, the city's own. What cannot be read is a problem.
 */
void
bf_rule_set_add_in_force (BfRuleSet *set, const char *city_dir, GPtrArray *problems)
{
  for (guint i = 0; i < bf_catalog_n_services (set->catalog); i++)
    add_folder (set, bf_catalog_service (set->catalog, i)->dir, ".", problems);
  if (city_dir != NULL)
    add_folder (set, city_dir, "rules.d", problems);
}

void
bf_rule_set_keep_like (BfRuleSet *set, const BfRuleSet *like)
{
  g_return_if_fail (!set->finished);
  for (guint i = set->rules->len; i > 0; i--)
    {
      const char *id = bf_rule_set_get (set, i - 1)->id;

      if (bf_rule_set_find (like, id) != NULL)
        continue;
      g_hash_table_remove (set->by_id, id);
      g_ptr_array_remove_index (set->rules, i - 1);
    }
  for (guint i = 0; i < set->rules->len; i++)
    ((BfRuleFull *) g_ptr_array_index (set->rules, i))->rule.index = i;
}

static void
need_program (gboolean *needed, const BfProgram *program)
{
  for (guint i = 0; program != NULL && i < program->n_reads; i++)
    needed[program->reads[i]] = TRUE;
  for (guint i = 0; program != NULL && i < program->n_aggregates; i++)
    need_program (needed, program->aggregates[i]->body);
}

static void
need_title (gboolean *needed, const GArray *parts)
{
  for (guint i = 0; parts != NULL && i < parts->len; i++)
    if (g_array_index (parts, BfTitlePart, i).type == BF_PART_PROPERTY)
      needed[g_array_index (parts, BfTitlePart, i).property] = TRUE;
}

static void
need_rule (gboolean *needed, const BfRuleFull *full)
{
  need_program (needed, full->rule.when);
  need_program (needed, full->rule.clear);
  need_title (needed, full->title_parts);
  need_title (needed, full->title_parts_fr);
}

/**
 * bf_rule_set_keep_read:
 *
 * What rules say is the same with and without what this leaves out; only less is reckoned.
 */
void
bf_rule_set_keep_read (BfRuleSet *set)
{
  g_autofree gboolean *needed = g_new0 (gboolean, bf_catalog_n_properties (set->catalog) + 1);

  g_return_if_fail (!set->finished);
  g_ptr_array_set_size (set->indicators, 0);
  for (guint i = 0; i < set->rules->len; i++)
    {
      g_autoptr (GPtrArray) all = bf_rule_full_all (g_ptr_array_index (set->rules, i));

      for (guint j = 0; j < all->len; j++)
        need_rule (needed, g_ptr_array_index (all, j));
    }
  /* Each follows what it reads. */
  for (guint i = set->derived->len; i > 0; i--)
    {
      const BfDerived *derived = g_ptr_array_index (set->derived, i - 1);

      if (needed[derived->property])
        need_program (needed, derived->program);
      else
        g_ptr_array_remove_index (set->derived, i - 1);
    }
}

/**
 * bf_rule_set_finish:
 *
 * Numbers aggregates and built-in functions and lays down the order of work: each derived property behind its aggregates and what it reads,
 * then the aggregates of indicators and rules, then these. After this the set is read-only.
 */
void
bf_rule_set_finish (BfRuleSet *set)
{
  g_return_if_fail (!set->finished);
  for (guint i = 0; i < set->derived->len; i++)
    {
      add_aggregates (set, ((const BfDerived *) g_ptr_array_index (set->derived, i))->program);
      number_builtins (set, ((const BfDerived *) g_ptr_array_index (set->derived, i))->program);
      add_task (set, BF_TASK_DERIVED, i);
    }
  for (guint i = 0; i < set->indicators->len; i++)
    add_aggregates (set, ((const BfIndicatorFull *) g_ptr_array_index (set->indicators, i))->value);
  for (guint i = 0; i < set->rules->len; i++)
    {
      g_autoptr (GPtrArray) all = bf_rule_full_all (g_ptr_array_index (set->rules, i));

      for (guint j = 0; j < all->len; j++)
        {
          BfRule *rule = g_ptr_array_index (all, j);

          rule->index = i;
          add_aggregates (set, rule->when);
          add_aggregates (set, rule->clear);
          number_builtins (set, rule->when);
          number_builtins (set, rule->clear);
        }
    }
  if (set->order == NULL)
    bf_rule_set_link (set, FALSE, NULL);
  for (guint i = 0; i < set->order->len; i++)
    add_task (set, BF_TASK_RULE, g_array_index (set->order, guint, i));
  for (guint i = 0; i < set->indicators->len; i++)
    add_task (set, BF_TASK_INDICATOR, i);
  set->finished = TRUE;
}

/* ---- Looking ---- */

guint
bf_rule_set_n (const BfRuleSet *set)
{
  return set->rules->len;
}

const BfRule *
bf_rule_set_get (const BfRuleSet *set, guint index)
{
  g_return_val_if_fail (index < set->rules->len, NULL);
  return &((const BfRuleFull *) g_ptr_array_index (set->rules, index))->rule;
}

const BfRule *
bf_rule_set_find (const BfRuleSet *set, const char *id)
{
  const BfRuleFull *full = g_hash_table_lookup (set->by_id, id);

  return full != NULL ? &full->rule : NULL;
}

const GArray *
bf_rule_properties (const BfRuleSet *set, const BfRule *rule)
{
  return ((const BfRuleFull *) rule)->properties;
}

/**
 * bf_rule_asks_silence:
 *
 * A condition with `or` or `not` may be true for another reason, so it is no such rule; but one that asks for nothing but silences
 * is, however they are joined.
 */
gboolean
bf_rule_asks_silence (const BfRule *rule, guint16 property)
{
  const BfProgram *program = rule->when;
  gboolean asks = FALSE;
  gboolean asks_else = FALSE;
  gboolean other_reason = FALSE;

  for (guint i = 0; i < program->n_steps; i++)
    {
      const BfStep *step = &program->steps[i];
      gboolean silence = step->type == BF_STEP_ABSENT || step->type == BF_STEP_STALE || step->type == BF_STEP_UNKNOWN;
      gboolean neutral = step->type == BF_STEP_HEARD || step->type == BF_STEP_AND || step->type == BF_STEP_OR || step->type == BF_STEP_END;

      if (step->type == BF_STEP_NOT || step->type == BF_STEP_SURELY || step->type == BF_STEP_GIVEN)
        return FALSE;
      asks = asks || (silence && step->property == property);
      asks_else = asks_else || (!silence && !neutral);
      other_reason = other_reason || step->type == BF_STEP_OR;
    }
  return asks && !(other_reason && asks_else);
}

static const BfDerived *
find_derived (const BfRuleSet *set, guint16 property)
{
  for (guint i = 0; i < set->derived->len; i++)
    {
      const BfDerived *derived = g_ptr_array_index (set->derived, i);

      if (derived->property == property)
        return derived;
    }
  return NULL;
}

GArray *
bf_rule_inputs (const BfRuleSet *set, const BfRule *rule)
{
  g_autoptr (GArray) seen = g_array_copy (((const BfRuleFull *) rule)->properties);
  GArray *inputs = g_array_new (FALSE, FALSE, sizeof (guint16));

  /* Derived ones add to the end what they are made of; none goes in a circle. */
  for (guint i = 0; i < seen->len; i++)
    {
      guint16 property = g_array_index (seen, guint16, i);
      const BfDerived *derived = find_derived (set, property);

      if (derived != NULL)
        bf_rule_add_properties (seen, derived->program);
      else
        g_array_append_val (inputs, property);
    }
  return inputs;
}

/**
 * bf_rule_threshold:
 *
 * The first comparison of @property with a number in When: the program's fused steps are exactly these, in the
 * property's unit.
 *
 * Returns: %FALSE when there is none
 */
gboolean
bf_rule_threshold (const BfRuleSet *set, const BfRule *rule, guint16 property, double *ret_value)
{
  for (guint i = 0; i < rule->when->n_steps; i++)
    {
      const BfStep *step = &rule->when->steps[i];

      if (step->type >= BF_STEP_LOAD_LT && step->type <= BF_STEP_LOAD_GE && step->property == property)
        {
          *ret_value = step->number;
          return TRUE;
        }
    }
  return FALSE;
}

const char *
bf_rule_set_indicator_unit (const BfRuleSet *set, guint indicator)
{
  for (guint i = 0; i < set->indicators->len; i++)
    {
      const BfIndicatorFull *full = g_ptr_array_index (set->indicators, i);

      if (full->indicator == indicator)
        return full->unit_text != NULL ? full->unit_text : "1";
    }
  return NULL;
}
