/* SPDX-License-Identifier: EUPL-1.2 */
/* One `[Rule id]`, or `[Rule id asset ID]` that says otherwise for one asset: group of a file -> checked rule. All that is wrong with it
 * is named at once, each with its line. Plain functions. */

#include "rules/bf-rules-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

static const char *const rule_keys[]
  = { "Name", "Kind", "When", "For", "Clear", "Priority", "Title", "Procedure", "Notify", "Group", "AlreadyNotifiedBy",
      "Count", "SuppressedBy", "MaxAlerts", "Where", "Reason", "Source", "Latch", NULL };
static const char *const override_keys[] = { "When", "For", "Clear", "Priority", "Title", NULL };
static const char *const later_keys[]
  = { "Zone", "Asset", "Correlate", "Shelve", "Window", NULL };

#define COUNT_MAX 100u
#define COUNT_WITHIN_MAX_US (400 * G_TIME_SPAN_DAY)

void
bf_rule_full_free (gpointer data)
{
  BfRuleFull *full = data;

  if (full == NULL)
    return;
  bf_program_free (full->rule.when);
  bf_program_free (full->rule.clear);
  bf_program_free (full->where);
  bf_tree_free (full->where_tree);
  g_clear_pointer (&full->overrides, g_hash_table_unref);
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
  bf_name_clear (&full->rule.already_notified_by);
  g_free (full->rule.file);
  bf_name_clear (&full->rule.reason);
  g_free (full->rule.source);
  g_free (full->rule.text);
  g_free (full);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfRuleFull, bf_rule_full_free)

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  guint x = (*(const BfRule *const *) a)->line;
  guint y = (*(const BfRule *const *) b)->line;

  return (x > y) - (x < y);
}

GPtrArray *
bf_rule_full_all (BfRuleFull *full)
{
  GPtrArray *all = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer own;

  g_ptr_array_add (all, full);
  if (full->overrides == NULL)
    return all;
  g_hash_table_iter_init (&iter, full->overrides);
  while (g_hash_table_iter_next (&iter, NULL, &own))
    g_ptr_array_add (all, own);
  g_ptr_array_sort (all, compare_lines);
  return all;
}

/* All that it says, without comments. */
static char *
text_of (const BfConfGroup *group)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (group->entries, BfConfEntry, i);

      g_string_append (text, entry->key);
      if (entry->locale != NULL)
        g_string_append_printf (text, "[%s]", entry->locale);
      g_string_append_printf (text, "=%s\n", entry->value);
    }
  return g_string_free (text, FALSE);
}

/* ---- One rule ---- */

typedef struct
{
  BfRuleSet *set;
  const BfConf *conf;
  const BfConfGroup *group;
  const BfConfGroup *base; /* of an override: the rule's own group, for what @group does not say; else NULL */
  GPtrArray *problems;
  BfRuleFull *full;
  BfRuleContext context;
  gboolean misspelt; /* a key is unknown: one that seems missing may be that one */
} Reader;

static const BfConfEntry *
get_entry (const Reader *reader, const char *key, const char *locale)
{
  const BfConfEntry *entry = bf_conf_group_entry (reader->group, key, locale);

  return entry == NULL && reader->base != NULL ? bf_conf_group_entry (reader->base, key, locale) : entry;
}

static const char *
get (const Reader *reader, const char *key)
{
  const BfConfEntry *entry = get_entry (reader, key, NULL);

  return entry != NULL ? entry->value : NULL;
}

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
  const char *const *known = reader->base != NULL ? override_keys : rule_keys;
  gboolean good = TRUE;

  for (guint i = 0; i < reader->group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (reader->group->entries, BfConfEntry, i);
      const char *nearest;

      if (g_strv_contains (known, entry->key))
        continue;
      good = FALSE;
      reader->misspelt = reader->misspelt || !g_strv_contains (later_keys, entry->key);
      nearest = bf_rule_nearest (entry->key, strlen (entry->key), known, g_strv_length ((GStrv) known));
      if (g_strv_contains (later_keys, entry->key))
        bf_problems_add (reader->problems, reader->conf->path, entry->line,
                         _ ("[Rule %s] %s= is known, but comes with a later version"), reader->group->name, entry->key);
      else if (nearest != NULL)
        bf_problems_add (reader->problems, reader->conf->path, entry->line, _ ("[Rule %s] unknown key “%s”; did you mean %s?"),
                         reader->group->name, entry->key, nearest);
      else
        {
          g_autofree char *keys = g_strjoinv (", ", (char **) known);

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
  const char *text = get (reader, "Kind");
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
  const char *text = get (reader, key);
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
  if (!bf_program_is_constant (*ret_program))
    return TRUE;
  return bad (reader, key, bf_program_run (*ret_program, &(BfRun){ 0 }) == 1
                ? _ ("column 1: “%s” is always true, whatever is measured; expected a condition of a property")
                : _ ("column 1: “%s” is never true, whatever is measured; expected a condition of a property"), text);
}

/* Which assets: what does not change with what is measured. */
static gboolean
read_where (Reader *reader)
{
  BfRuleFull *full = reader->full;
  gint64 for_us;
  gboolean good;

  if (get (reader, "Where") == NULL)
    return TRUE;
  reader->context.allow_for = FALSE;
  good = read_condition (reader, "Where", &full->where_tree, &full->where, &for_us);
  reader->context.allow_for = TRUE;
  if (!good)
    return FALSE;
  if (full->where->n_reads > 0 || full->where->n_aggregates > 0 || full->where->n_builtins > 0)
    return bad (reader, "Where", _ ("expected attribute('…'), zone and asset only, which say for which assets the rule is; what is measured goes into When="));
  return TRUE;
}

static gboolean
read_when (Reader *reader)
{
  BfRuleFull *full = reader->full;
  const char *delay = bf_conf_group_get (reader->group, "For");
  g_autoptr (GError) error = NULL;
  gboolean good;

  if (get (reader, "When") == NULL)
    return bad (reader, "When", _ ("expected the condition, as in When=occupancy > 95 %%"));
  good = read_condition (reader, "When", &full->when_tree, &full->rule.when, &full->rule.when_for_us);
  if (delay == NULL && full->rule.when_for_us == 0)
    delay = get (reader, "For"); /* of the rule itself */
  if (delay != NULL && full->rule.when_for_us > 0)
    good = bad (reader, "For", _ ("When= says already for how long"));
  else if (delay != NULL && !bf_duration_parse (delay, &full->rule.when_for_us, &error))
    good = bad (reader, "For", "%s", error->message);
  if (get (reader, "Clear") != NULL
      && !read_condition (reader, "Clear", &full->clear_tree, &full->rule.clear, &full->rule.clear_for_us))
    good = FALSE;
  return good;
}

/* "3 within 10min" */
static gboolean
read_count (Reader *reader)
{
  BfRule *rule = &reader->full->rule;
  const char *text = get (reader, "Count");
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
  const char *text = get (reader, "MaxAlerts");
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
  const char *text = get (reader, "SuppressedBy");
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
  const char *text = get (reader, "Priority");

  if (text == NULL || !bf_priority_from_id (text, &reader->full->rule.priority))
    return bad (reader, "Priority", _ ("expected critical, high, medium or low, found “%s”"), text != NULL ? text : "");
  return TRUE;
}

static gboolean
read_title (Reader *reader)
{
  BfRuleFull *full = reader->full;
  const BfConfEntry *plain = get_entry (reader, "Title", NULL);
  const BfConfEntry *own = bf_conf_group_entry (reader->group, "Title", NULL);
  const BfConfEntry *fr = own != NULL ? bf_conf_group_entry (reader->group, "Title", "fr") : get_entry (reader, "Title", "fr");
  g_autoptr (GError) error = NULL;

  if (plain == NULL)
    return bad (reader, "Title", _ ("expected the alert's title, as in Title={asset} is full"));
  bf_name_from_conf (&full->rule.title, reader->base != NULL && bf_conf_group_get (reader->group, "Title") == NULL ? reader->base : reader->group, "Title",
                     NULL);
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

void
bf_rule_add_properties (GArray *properties, const BfProgram *program)
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
  BfName *by = &rule->already_notified_by;

  bf_name_from_conf (by, reader->base != NULL && bf_conf_group_get (reader->group, "AlreadyNotifiedBy") == NULL ? reader->base : reader->group,
                     "AlreadyNotifiedBy", NULL);
  for (guint i = 0; by->text == NULL && i < rule->when->n_reads; i++)
    bf_name_copy (by, &bf_catalog_property (reader->set->catalog, rule->when->reads[i])->already_notified_by);
  if (by->text != NULL && by->text[0] == '\0')
    bf_name_clear (by);
}

static char *
get_named (Reader *reader, const char *key, guint *ret_line)
{
  const char *text = get (reader, key);

  if (text != NULL)
    *ret_line = bf_conf_group_line (reader->group, key);
  return g_strdup (text);
}

/* What comes after the alert never puts off the rule: an alert without its procedure is better than none. */
static void
read_aftermath (Reader *reader)
{
  BfRule *rule = &reader->full->rule;
  const char *group = get (reader, "Group");
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

static gboolean
read_latch (Reader *reader)
{
  const char *text = get (reader, "Latch");

  if (text == NULL || strcmp (text, "no") == 0)
    return TRUE;
  if (strcmp (text, "yes") != 0)
    return bad (reader, "Latch", _ ("expected yes or no, found “%s”"), text);
  reader->full->rule.latch = TRUE;
  return TRUE;
}

/* All that is wrong is named at once; conditions and title say nothing as long as it is not known of what kind they speak. */
static gboolean
read_rule (Reader *reader)
{
  BfRule *rule = &reader->full->rule;
  gboolean good = check_keys (reader);
  gboolean known = read_kind (reader);

  good = known && read_where (reader) && good;
  good = known && read_when (reader) && good;
  good = read_count (reader) && good;
  good = read_max_alerts (reader) && good;
  good = read_suppressed_by (reader) && good;
  good = read_latch (reader) && good;
  good = read_priority (reader) && good;
  good = known && read_title (reader) && good;
  if (!good)
    return FALSE;
  rule->id = g_strdup ((reader->base != NULL ? reader->base : reader->group)->name);
  bf_name_from_conf (&rule->name, reader->base != NULL ? reader->base : reader->group, "Name", NULL);
  read_aftermath (reader);
  rule->file = g_strdup (reader->conf->path);
  rule->line = reader->group->line;
  rule->text = text_of (reader->group);
  bf_name_from_conf (&rule->reason, reader->base != NULL ? reader->base : reader->group, "Reason", NULL);
  rule->source = g_strdup (bf_conf_group_get (reader->base != NULL ? reader->base : reader->group, "Source"));
  reader->full->properties = g_array_new (FALSE, FALSE, sizeof (guint16));
  bf_rule_add_properties (reader->full->properties, rule->when);
  bf_rule_add_properties (reader->full->properties, rule->clear);
  read_already_notified (reader);
  return TRUE;
}

/**
 * bf_rule_read:
 * @base: (nullable): @group says otherwise for one asset what this group says
 *
 * Returns: (transfer full) (nullable): %NULL when something is wrong with it, which is among @problems then
 */
BfRuleFull *
bf_rule_read (BfRuleSet *set, const BfConf *conf, const BfConfGroup *group, const BfConfGroup *base, GPtrArray *problems)
{
  g_autoptr (BfRuleFull) full = g_new0 (BfRuleFull, 1);
  Reader reader = { .set = set, .conf = conf, .group = group, .base = base, .problems = problems, .full = full };

  reader.context = (BfRuleContext){ .catalog = set->catalog, .zones = set->zones, .zones_known = set->zones_known, .allow_for = TRUE };
  return read_rule (&reader) ? g_steal_pointer (&full) : NULL;
}
