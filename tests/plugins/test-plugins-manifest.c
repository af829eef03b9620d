/* SPDX-License-Identifier: EUPL-1.2 */
/* Is the manifest complete: names in French, units known, ranges, cadences, what a rule refers to is there. */

#include "test-plugins.h"

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "rules/bf-rules.h"

static void
check_name (const BfName *name, const char *what, const char *id)
{
  if (name->text == NULL || name->text[0] == '\0' || name->fr == NULL || name->fr[0] == '\0')
    {
      g_test_message ("%s %s: expected Name= and Name[fr]=", what, id);
      g_test_fail ();
    }
}

static void
check_true (gboolean good, const char *what, const char *id, const char *expected)
{
  if (good)
    return;
  g_test_message ("%s %s: expected %s", what, id, expected);
  g_test_fail ();
}

static void
check_property (const BfProperty *property)
{
  BfUnit unit;

  check_name (&property->name, "property", property->id);
  check_true (property->kinds->len > 0, "property", property->id, "a kind that has it");
  check_true (property->derive != NULL || property->cadence_us > 0, "property", property->id, "Cadence=");
  if (property->type == BF_PROPERTY_NUMBER)
    {
      check_true (bf_unit_lookup (property->unit_code, strlen (property->unit_code), &unit), "property", property->id, "a known Unit=");
      check_true (isfinite (property->range_min) && isfinite (property->range_max) && property->range_min < property->range_max,
                  "property", property->id, "Range=");
      return;
    }
  for (guint i = 0; property->values[i] != NULL; i++)
    check_name (&property->value_names[i], property->id, property->values[i]);
}

void
test_manifest (gconstpointer user_data)
{
  const Plugin *plugin = user_data;
  const BfCatalog *catalog = plugin->catalog;

  check_name (&plugin->service->name, "service", plugin->service->id);
  check_true (plugin->service->kinds->len > 0, "service", plugin->service->id, "a [Kind]");
  for (guint i = 0; i < bf_catalog_n_kinds (catalog); i++)
    {
      const BfKind *kind = bf_catalog_kind (catalog, i);

      check_name (&kind->name, "kind", kind->id);
      check_true (kind->symbol != NULL && kind->symbol[0] != '\0', "kind", kind->id, "Symbol=");
      check_true (kind->headline != BF_NO_PROPERTY, "kind", kind->id, "Headline=");
    }
  for (guint i = 0; i < bf_catalog_n_properties (catalog); i++)
    check_property (bf_catalog_property (catalog, i));
  for (guint i = 0; i < bf_catalog_n_indicators (catalog); i++)
    check_name (&bf_catalog_indicator (catalog, i)->name, "indicator", bf_catalog_indicator (catalog, i)->id);
}

static void
check_file (const Plugin *plugin, const char *sub, const char *stem, const char *suffix)
{
  g_autofree char *name = g_strconcat (stem, suffix, NULL);
  g_autofree char *path = g_build_filename (plugin->dir, sub, name, NULL);
  g_autofree char *text = NULL;
  gsize length;

  check_true (g_file_get_contents (path, &text, &length, NULL) && length > 20, "file", path, "a text");
}

static void
check_rule (const Plugin *plugin, const BfConfGroup *rule)
{
  const char *procedure = bf_conf_group_get (rule, "Procedure");

  check_true (strcmp (rule->type, "Rule") == 0 && rule->name != NULL, "group", rule->type, "[Rule id]");
  check_true (bf_conf_group_entry (rule, "Title", NULL) != NULL && bf_conf_group_entry (rule, "Title", "fr") != NULL, "rule",
              rule->name, "Title= and Title[fr]=");
  check_true (bf_conf_group_entry (rule, "Name", NULL) != NULL && bf_conf_group_entry (rule, "Name", "fr") != NULL, "rule",
              rule->name, "Name= and Name[fr]=");
  check_true (bf_conf_group_entry (rule, "Reason", NULL) != NULL && bf_conf_group_entry (rule, "Reason", "fr") != NULL, "rule",
              rule->name, "Reason= and Reason[fr]=");
  check_true ((bf_conf_group_entry (rule, "Source", NULL) != NULL) == (bf_conf_group_entry (rule, "Source", "fr") != NULL), "rule",
              rule->name, "Source= and Source[fr]=, or none");
  check_true (procedure != NULL, "rule", rule->name, "Procedure=");
  if (procedure == NULL)
    return;
  check_file (plugin, "procedures", procedure, ".md");
  check_file (plugin, "procedures", procedure, ".fr.md");
}

static void
check_problems (const GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_test_message ("%s", text);
      g_test_fail ();
    }
}

/* Derive=, indicators and stock rules compile, and every rule can be said in words. */
static void
check_expressions (const Plugin *plugin, BfRuleSet *set)
{
  bf_rule_set_finish (set);
  check_true (bf_rule_set_n (set) > 0, "service", plugin->service->id, "stock rules");
  for (guint i = 0; i < bf_rule_set_n (set); i++)
    {
      g_autofree char *words = bf_rule_words (set, bf_rule_set_get (set, i));

      check_true (words != NULL && words[0] != '\0', "rule", bf_rule_set_get (set, i)->id, "a form in words");
    }
}

/* Rules say their names, titles and reasons in French and their procedures are there in both languages. */
void
test_texts (gconstpointer user_data)
{
  const Plugin *plugin = user_data;
  g_autoptr (GDir) dir = g_dir_open (plugin->dir, 0, NULL);
  g_autoptr (GPtrArray) compiled = bf_problems_new ();
  g_autoptr (BfRuleSet) set = bf_rule_set_new (plugin->catalog, compiled);
  const char *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (plugin->dir, name, NULL);
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (BfConf) conf = NULL;

      if (!g_str_has_suffix (name, ".rules"))
        continue;
      conf = bf_conf_load (path, problems, &error);
      g_assert_no_error (error);
      g_assert_cmpuint (problems->len, ==, 0);
      for (guint i = 0; i < conf->groups->len; i++)
        check_rule (plugin, g_ptr_array_index (conf->groups, i));
      bf_rule_set_add_file (set, path, compiled, &error);
      g_assert_no_error (error);
    }
  check_problems (compiled);
  check_expressions (plugin, set);
  check_file (plugin, ".", "README", ".md");
}
