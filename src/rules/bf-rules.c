/* SPDX-License-Identifier: EUPL-1.2 */
/* The rule set: files -> checked rules, and the order of work of the evaluator. Owns trees and programs; programs point
 * into trees. Read-only after bf_rule_set_finish(), then shared by threads. */

#include "rules/bf-rules-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "model/bf-city.h"

static const char *const rule_keys[]
  = { "Name", "Kind", "When", "For", "Clear", "Priority", "Title", "Procedure", "Notify", "Group", "AlreadyNotifiedBy",
      "Count", "SuppressedBy", "MaxAlerts", NULL };
static const char *const later_keys[]
  = { "Latch", "Where", "Zone", "Asset", "Correlate", "Shelve", "Window", NULL };

#define COUNT_MAX 100u
#define COUNT_WITHIN_MAX_US (400 * G_TIME_SPAN_DAY)

static void
rule_free (gpointer data)
{
  BfRuleFull *full = data;

  if (full == NULL)
    return;
  bf_program_free (full->rule.when);
  bf_program_free (full->rule.clear);
  bf_tree_free (full->when_tree);
  bf_tree_free (full->clear_tree);
  bf_title_parts_free (full->title_parts);
  bf_title_parts_free (full->title_parts_fr);
  g_clear_pointer (&full->properties, g_array_unref);
  g_clear_pointer (&full->suppressed_by, g_ptr_array_unref);
  bf_name_clear (&full->rule.name);
  bf_name_clear (&full->rule.title);
  g_free (full->rule.id);
  g_free (full->rule.procedure);
  g_free (full->rule.notify);
  g_free (full->rule.group);
  g_free (full->rule.already_notified_by);
  g_free (full->rule.file);
  g_free (full);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfRuleFull, rule_free)

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
  set->rules = g_ptr_array_new_with_free_func (rule_free);
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
 * bf_rule_set_set_alsace_moselle:
 * @alsace_moselle: Good Friday and 26 December are public holidays of this city (`AlsaceMoselle=yes`)
 */
void
bf_rule_set_set_alsace_moselle (BfRuleSet *set, gboolean alsace_moselle)
{
  set->alsace_moselle = alsace_moselle;
}

/* ---- One rule ---- */

typedef struct
{
  BfRuleSet *set;
  const BfConf *conf;
  const BfConfGroup *group;
  GPtrArray *problems;
  BfRuleFull *full;
  BfRuleContext context;
  gboolean misspelt; /* a key is unknown: one that seems missing may be that one */
} Reader;

static gboolean
bad (Reader *reader, const char *key, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
bad (Reader *reader, const char *key, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  if (reader->misspelt && bf_conf_group_get (reader->group, key) == NULL)
    return FALSE;
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  bf_problems_add (reader->problems, reader->conf->path, bf_conf_group_line (reader->group, key), "[Rule %s] %s=: %s",
                   reader->group->name, key, message);
  return FALSE;
}

static gboolean
check_keys (Reader *reader)
{
  gboolean good = TRUE;

  for (guint i = 0; i < reader->group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (reader->group->entries, BfConfEntry, i);
      const char *nearest;

      if (g_strv_contains (rule_keys, entry->key))
        continue;
      good = FALSE;
      reader->misspelt = reader->misspelt || !g_strv_contains (later_keys, entry->key);
      nearest = bf_rule_nearest (entry->key, strlen (entry->key), rule_keys, G_N_ELEMENTS (rule_keys) - 1);
      if (g_strv_contains (later_keys, entry->key))
        bf_problems_add (reader->problems, reader->conf->path, entry->line,
                         _ ("[Rule %s] %s= is known, but comes with a later version"), reader->group->name, entry->key);
      else if (nearest != NULL)
        bf_problems_add (reader->problems, reader->conf->path, entry->line, _ ("[Rule %s] unknown key “%s”; did you mean %s?"),
                         reader->group->name, entry->key, nearest);
      else
        {
          g_autofree char *keys = g_strjoinv (", ", (char **) rule_keys);

          bf_problems_add (reader->problems, reader->conf->path, entry->line, _ ("[Rule %s] unknown key “%s”; expected one of: %s"),
                           reader->group->name, entry->key, keys);
        }
    }
  return good;
}

static gboolean
read_kind (Reader *reader)
{
  const BfCatalog *catalog = reader->set->catalog;
  const char *text = bf_conf_group_get (reader->group, "Kind");
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  const BfKind *kind;
  const char *nearest;

  if (text == NULL)
    return bad (reader, "Kind", _ ("expected the kind of asset, as in Kind=parking.off_street"));
  kind = bf_catalog_find_kind (catalog, text);
  if (kind != NULL)
    {
      reader->full->rule.kind = kind->index;
      reader->context.kind = kind->index;
      reader->context.service = kind->service;
      return TRUE;
    }
  for (guint i = 0; i < bf_catalog_n_kinds (catalog); i++)
    g_ptr_array_add (words, bf_catalog_kind (catalog, i)->full_id);
  nearest = bf_rule_nearest (text, strlen (text), (const char *const *) words->pdata, words->len);
  if (nearest != NULL)
    return bad (reader, "Kind", _ ("unknown kind of asset “%s”; did you mean “%s”?"), text, nearest);
  return bad (reader, "Kind", _ ("unknown kind of asset “%s”; expected service.kind of an installed plugin"), text);
}

/* When= or Clear= with the For= that may stand beside it. */
static gboolean
read_condition (Reader *reader, const char *key, BfTree **ret_tree, BfProgram **ret_program, gint64 *ret_for_us)
{
  const char *text = bf_conf_group_get (reader->group, key);
  const BfNode *root;
  g_autoptr (GError) error = NULL;

  *ret_tree = bf_rule_parse (&reader->context, text, &error);
  if (*ret_tree == NULL)
    return bad (reader, key, "%s", error->message);
  root = bf_tree_node (*ret_tree, (*ret_tree)->root);
  if (root->kind != BF_KIND_BOOL)
    return bad (reader, key, _ ("expected a condition, found %s “%s”; compare it, as in “… < 5 %%”"),
                root->kind == BF_KIND_STATE ? _ ("a state") : _ ("a number"), text);
  *ret_program = bf_program_compile (*ret_tree, &error);
  if (*ret_program == NULL)
    return bad (reader, key, "%s", error->message);
  *ret_for_us = (*ret_tree)->for_us;
  return TRUE;
}

static gboolean
read_when (Reader *reader)
{
  BfRuleFull *full = reader->full;
  const char *delay = bf_conf_group_get (reader->group, "For");
  g_autoptr (GError) error = NULL;
  gboolean good;

  if (bf_conf_group_get (reader->group, "When") == NULL)
    return bad (reader, "When", _ ("expected the condition, as in When=occupancy > 95 %%"));
  good = read_condition (reader, "When", &full->when_tree, &full->rule.when, &full->rule.when_for_us);
  if (delay != NULL && full->rule.when_for_us > 0)
    good = bad (reader, "For", _ ("When= says already for how long"));
  else if (delay != NULL && !bf_duration_parse (delay, &full->rule.when_for_us, &error))
    good = bad (reader, "For", "%s", error->message);
  if (bf_conf_group_get (reader->group, "Clear") != NULL
      && !read_condition (reader, "Clear", &full->clear_tree, &full->rule.clear, &full->rule.clear_for_us))
    good = FALSE;
  return good;
}

/* "3 within 10min" */
static gboolean
read_count (Reader *reader)
{
  BfRule *rule = &reader->full->rule;
  const char *text = bf_conf_group_get (reader->group, "Count");
  const char *within = text != NULL ? strstr (text, " within ") : NULL;
  g_autofree char *number = within != NULL ? g_strstrip (g_strndup (text, within - text)) : NULL;
  g_autoptr (GError) error = NULL;
  guint64 count;

  if (text == NULL)
    return TRUE;
  if (number == NULL || !g_ascii_string_to_unsigned (number, 10, 2, COUNT_MAX, &count, NULL))
    return bad (reader, "Count", _ ("expected a number of 2 to %u and a time, as in Count=3 within 10min, found “%s”"), COUNT_MAX, text);
  if (!bf_duration_parse (within + strlen (" within "), &rule->count_within_us, &error))
    return bad (reader, "Count", "%s", error->message);
  if (rule->count_within_us <= 0 || rule->count_within_us > COUNT_WITHIN_MAX_US)
    return bad (reader, "Count", _ ("expected a time between 1 ms and 400 days"));
  rule->count = (guint) count;
  return TRUE;
}

static gboolean
read_max_alerts (Reader *reader)
{
  const char *text = bf_conf_group_get (reader->group, "MaxAlerts");
  guint64 max;

  if (text == NULL)
    return TRUE;
  if (!g_ascii_string_to_unsigned (text, 10, 1, BF_LIMIT_ASSETS, &max, NULL))
    return bad (reader, "MaxAlerts", _ ("expected a whole number of alerts of 1 or more, found “%s”"), text);
  reader->full->rule.max_alerts = (guint) max;
  return TRUE;
}

static gboolean
read_suppressed_by (Reader *reader)
{
  const char *text = bf_conf_group_get (reader->group, "SuppressedBy");
  g_autoptr (GError) error = NULL;

  if (text == NULL)
    return TRUE;
  reader->full->suppressed_line = bf_conf_group_line (reader->group, "SuppressedBy");
  reader->full->suppressed_by = bf_rule_suppressors_parse (text, &error);
  return reader->full->suppressed_by != NULL || bad (reader, "SuppressedBy", "%s", error->message);
}

static gboolean
read_priority (Reader *reader)
{
  const char *text = bf_conf_group_get (reader->group, "Priority");

  if (text == NULL || !bf_priority_from_id (text, &reader->full->rule.priority))
    return bad (reader, "Priority", _ ("expected critical, high, medium or low, found “%s”"), text != NULL ? text : "");
  return TRUE;
}

static gboolean
read_title (Reader *reader)
{
  BfRuleFull *full = reader->full;
  const BfConfEntry *plain = bf_conf_group_entry (reader->group, "Title", NULL);
  const BfConfEntry *fr = bf_conf_group_entry (reader->group, "Title", "fr");
  g_autoptr (GError) error = NULL;

  if (plain == NULL)
    return bad (reader, "Title", _ ("expected the alert's title, as in Title={asset} is full"));
  bf_name_from_conf (&full->rule.title, reader->group, "Title", NULL);
  full->title_parts = bf_title_parse (reader->set->catalog, full->rule.kind, plain->value, &error);
  if (full->title_parts == NULL)
    return bad (reader, "Title", "%s", error->message);
  if (fr == NULL)
    return TRUE;
  full->title_parts_fr = bf_title_parse (reader->set->catalog, full->rule.kind, fr->value, &error);
  if (full->title_parts_fr != NULL)
    return TRUE;
  bf_problems_add (reader->problems, reader->conf->path, fr->line, "[Rule %s] Title[fr]=: %s", reader->group->name,
                   error->message);
  return FALSE;
}

static void
add_properties (GArray *properties, const BfProgram *program)
{
  for (guint i = 0; program != NULL && i < program->n_reads; i++)
    {
      gboolean there = FALSE;

      for (guint j = 0; !there && j < properties->len; j++)
        there = g_array_index (properties, guint16, j) == program->reads[i];
      if (!there)
        g_array_append_val (properties, program->reads[i]);
    }
}

/* The rule's own key, else that of the first property in When= whose source calls somebody itself. */
static void
read_already_notified (Reader *reader)
{
  BfRule *rule = &reader->full->rule;
  const char *by = bf_conf_group_get (reader->group, "AlreadyNotifiedBy");

  for (guint i = 0; by == NULL && i < rule->when->n_reads; i++)
    by = bf_catalog_property (reader->set->catalog, rule->when->reads[i])->already_notified_by;
  rule->already_notified_by = by != NULL && by[0] != '\0' ? g_strdup (by) : NULL;
}

static char *
get_named (Reader *reader, const char *key, guint *ret_line)
{
  const char *text = bf_conf_group_get (reader->group, key);

  if (text != NULL)
    *ret_line = bf_conf_group_line (reader->group, key);
  return g_strdup (text);
}

/* What comes after the alert never puts off the rule: an alert without its procedure is better than none. */
static void
read_aftermath (Reader *reader)
{
  BfRule *rule = &reader->full->rule;
  const char *group = bf_conf_group_get (reader->group, "Group");
  g_autoptr (GError) error = NULL;

  rule->procedure = get_named (reader, "Procedure", &reader->full->procedure_line);
  rule->notify = get_named (reader, "Notify", &reader->full->notify_line);
  if (group == NULL)
    return;
  if (bf_rule_group_check (group, &error))
    rule->group = g_strdup (group);
  else
    bad (reader, "Group", _ ("%s (the rule stays on, its alerts are not grouped)"), error->message);
}

/* All that is wrong is named at once; conditions and title say nothing as long as it is not known of what kind they speak. */
static gboolean
read_rule (Reader *reader)
{
  BfRule *rule = &reader->full->rule;
  gboolean good = check_keys (reader);
  gboolean known = read_kind (reader);

  good = known && read_when (reader) && good;
  good = read_count (reader) && good;
  good = read_max_alerts (reader) && good;
  good = read_suppressed_by (reader) && good;
  good = read_priority (reader) && good;
  good = known && read_title (reader) && good;
  if (!good)
    return FALSE;
  rule->id = g_strdup (reader->group->name);
  bf_name_from_conf (&rule->name, reader->group, "Name", NULL);
  read_aftermath (reader);
  rule->file = g_strdup (reader->conf->path);
  rule->line = reader->group->line;
  reader->full->properties = g_array_new (FALSE, FALSE, sizeof (guint16));
  add_properties (reader->full->properties, rule->when);
  add_properties (reader->full->properties, rule->clear);
  read_already_notified (reader);
  return TRUE;
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
      rule_free (old);
    }
  g_hash_table_insert (set->by_id, full->rule.id, full);
}

static void
set_add_group (BfRuleSet *set, const BfConf *conf, const BfConfGroup *group, GPtrArray *problems)
{
  g_autoptr (BfRuleFull) full = NULL;
  Reader reader = { .set = set, .conf = conf, .group = group, .problems = problems };

  if (strcmp (group->type, "Rule") != 0)
    {
      bf_problems_add (problems, conf->path, group->line, _ ("unknown group [%s]; expected [Rule name]"), group->type);
      return;
    }
  if (group->name == NULL || !bf_identifier_is_valid (group->name))
    {
      bf_problems_add (problems, conf->path, group->line, _ ("expected [Rule name] with a name of a-z, 0-9 and _, found “%s”"),
                       group->name != NULL ? group->name : "");
      return;
    }
  /* Off until it is read whole: then it is a rule. */
  g_hash_table_add (set->off, g_strdup (group->name));
  if (group->bad) /* named by bf-conf */
    return;
  full = g_new0 (BfRuleFull, 1);
  reader.full = full;
  reader.context.catalog = set->catalog;
  reader.context.allow_for = TRUE;
  if (!read_rule (&reader))
    return;
  g_hash_table_remove (set->off, group->name);
  set_put (set, g_steal_pointer (&full));
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
      const BfRuleFull *full = g_ptr_array_index (set->rules, i);

      need_program (needed, full->rule.when);
      need_program (needed, full->rule.clear);
      need_title (needed, full->title_parts);
      need_title (needed, full->title_parts_fr);
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
 * Numbers the aggregates and lays down the order of work: each derived property behind its aggregates and what it reads,
 * then the aggregates of indicators and rules, then these. After this the set is read-only.
 */
void
bf_rule_set_finish (BfRuleSet *set)
{
  g_return_if_fail (!set->finished);
  for (guint i = 0; i < set->derived->len; i++)
    {
      add_aggregates (set, ((const BfDerived *) g_ptr_array_index (set->derived, i))->program);
      add_task (set, BF_TASK_DERIVED, i);
    }
  for (guint i = 0; i < set->indicators->len; i++)
    add_aggregates (set, ((const BfIndicatorFull *) g_ptr_array_index (set->indicators, i))->value);
  for (guint i = 0; i < set->rules->len; i++)
    {
      const BfRule *rule = bf_rule_set_get (set, i);

      add_aggregates (set, rule->when);
      add_aggregates (set, rule->clear);
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
 * A condition with `or` or `not` may be true for another reason, so it is no such rule.
 */
gboolean
bf_rule_asks_silence (const BfRule *rule, guint16 property)
{
  const BfProgram *program = rule->when;
  gboolean asks = FALSE;

  for (guint i = 0; i < program->n_steps; i++)
    {
      const BfStep *step = &program->steps[i];

      if (step->type == BF_STEP_OR || step->type == BF_STEP_NOT || step->type == BF_STEP_SURELY || step->type == BF_STEP_GIVEN)
        return FALSE;
      asks = asks || (step->property == property && (step->type == BF_STEP_ABSENT || step->type == BF_STEP_STALE || step->type == BF_STEP_UNKNOWN));
    }
  return asks;
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
        add_properties (seen, derived->program);
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
