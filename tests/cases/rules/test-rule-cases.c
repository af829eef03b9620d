/* SPDX-License-Identifier: EUPL-1.2 */
/* Reads the files of this folder line by line; a line that fails is named with its file and number. */

#include "bf-config.h"

#include <libintl.h>
#include <string.h>

#include "base/bf-language.h"
#include "bf-test-city.h"
#include "rules/bf-rules-private.h"

typedef void (*LineFunc) (BfCatalog *catalog, char **fields, const char *where);

/* Names the line and goes on: one run shows all that fail. */
static void
fail (const char *format, ...) G_GNUC_PRINTF (1, 2);

static void
fail (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_test_message ("%s", text);
  g_test_fail ();
}

/* Each line of the file that is no comment, its fields apart by @separator. */
static void
foreach_line (const char *name, const char *separator, guint n_least, LineFunc func)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests", "cases", "rules", name, NULL);
  g_autoptr (BfCatalog) catalog = bf_test_catalog ();
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = NULL;
      g_autofree char *where = g_strdup_printf ("%s:%u: %s", name, i + 1, lines[i]);

      if (lines[i][0] == '#' || lines[i][0] == '\0')
        continue;
      fields = g_strsplit (lines[i], separator, -1);
      if (g_strv_length (fields) != n_least)
        g_error ("%s: expected %u fields", where, n_least);
      for (guint f = 0; f < n_least; f++)
        g_strstrip (fields[f]);
      func (catalog, fields, where);
      n++;
    }
  g_assert_cmpuint (n, >, 2);
}

/* ---- Programs on one asset ---- */

static void
observe_all (BfModel *model, guint32 asset, const char *values)
{
  const BfCatalog *catalog = bf_model_catalog (model);
  g_auto (GStrv) parts = g_regex_split_simple (" (?=[a-z]+=)", values, 0, 0);

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *equals = strchr (parts[i], '=');
      const BfProperty *property;
      double value;

      if (equals == NULL)
        continue;
      *equals = '\0';
      property = bf_catalog_property (catalog, bf_test_property (catalog, "water", parts[i]));
      if (property->type == BF_PROPERTY_STATE)
        value = bf_property_find_value (property, equals + 1, strlen (equals + 1));
      else
        g_assert_true (bf_text_to_double (equals + 1, strlen (equals + 1), &value));
      g_assert_cmpint (bf_model_observe (model, asset, property->index, value, T0, T0, 0, 0), ==, BF_OBSERVED_NEW);
    }
}

/* What the text gives on a logger with these values: "error …", "true", "unknown", "2.5". */
static char *
evaluate (const BfCatalog *catalog, const char *values, const char *text)
{
  g_autoptr (BfModel) model = bf_model_new (catalog);
  guint32 asset = bf_test_asset_at (model, "water/1", "water.logger", NULL, 2, 48);
  const BfKind *kind = bf_model_asset_kind (model, asset);
  BfRuleContext context = { .catalog = catalog, .service = kind->service, .kind = kind->index, .allow_for = TRUE };
  BfRun run = { .model = model, .now_us = T0, .asset = asset, .watch_since_us = T0, .wake_us = G_MAXINT64 };
  g_autoptr (GError) error = NULL;
  g_autoptr (BfTree) tree = bf_rule_parse (&context, text, &error);
  BfProgram *program = tree != NULL ? bf_program_compile (tree, &error) : NULL;
  gboolean boolean;
  double value;

  if (program == NULL)
    return g_strdup_printf ("error %s", error->message);
  g_assert_no_error (error);
  boolean = bf_tree_node (tree, tree->root)->kind == BF_KIND_BOOL;
  observe_all (model, asset, values);
  value = bf_program_run (program, &run);
  bf_program_free (program);
  if (isnan (value))
    return g_strdup ("unknown");
  return boolean ? g_strdup (value == 1 ? "true" : value == 0 ? "false" : "neither") : bf_number_format (value, 9, "en");
}

static void
language_line (BfCatalog *catalog, char **fields, const char *where)
{
  g_autofree char *result = evaluate (catalog, fields[0], fields[1]);
  gboolean good;

  if (g_str_has_prefix (fields[2], "error "))
    good = g_str_has_prefix (result, "error column ") && strstr (result, fields[2] + strlen ("error ")) != NULL;
  else
    good = strcmp (result, fields[2]) == 0;
  if (!good)
    fail ("%s gave: %s", where, result);
}

static void
test_language (void)
{
  foreach_line ("language.txt", "::", 3, language_line);
}

/* ---- Truth tables: starts = 1 is TRUE, 0 FALSE, no value UNKNOWN ---- */

static void
truth_case (const BfCatalog *catalog, const char *a, const char *b, const char *text, const char *expected, const char *where)
{
  g_autoptr (GString) values = g_string_new (NULL);
  g_autofree char *result = NULL;

  if (strcmp (a, "unknown") != 0)
    g_string_append_printf (values, "starts=%s ", strcmp (a, "true") == 0 ? "1" : strcmp (a, "false") == 0 ? "0" : a);
  if (b != NULL && strcmp (b, "unknown") != 0)
    g_string_append_printf (values, "volume=%s", strcmp (b, "true") == 0 ? "1" : strcmp (b, "false") == 0 ? "0" : b);
  g_strchomp (values->str);
  result = evaluate (catalog, values->str, text);
  if (strcmp (result, expected) != 0)
    fail ("%s: %s with %s gave: %s", where, text, values->str, result);
}

static void
and_line (BfCatalog *catalog, char **fields, const char *where)
{
  truth_case (catalog, fields[0], fields[1], "starts = 1 and volume = 1 m3", fields[2], where);
  truth_case (catalog, fields[0], fields[1], "not (not starts = 1 or not volume = 1 m3)", fields[2], where);
}

static void
or_line (BfCatalog *catalog, char **fields, const char *where)
{
  truth_case (catalog, fields[0], fields[1], "starts = 1 or volume = 1 m3", fields[2], where);
  truth_case (catalog, fields[0], fields[1], "not (not starts = 1 and not volume = 1 m3)", fields[2], where);
}

static void
not_line (BfCatalog *catalog, char **fields, const char *where)
{
  truth_case (catalog, fields[0], NULL, "not starts = 1", fields[1], where);
}

/* Each comparison three ways: property with property, property with number, number with property. */
static void
compare_line (BfCatalog *catalog, char **fields, const char *where)
{
  static const char *const signs[] = { "=", "!=", "<", "<=", ">", ">=" };

  for (guint i = 0; i < G_N_ELEMENTS (signs); i++)
    {
      g_autofree char *both = g_strdup_printf ("starts %s volume / 1 m3", signs[i]);
      g_autofree char *right = g_strdup_printf ("starts %s %s", signs[i], fields[1]);
      g_autofree char *left = g_strdup_printf ("%s %s volume / 1 m3", fields[0], signs[i]);

      truth_case (catalog, fields[0], fields[1], both, fields[i + 2], where);
      if (strcmp (fields[1], "unknown") != 0)
        truth_case (catalog, fields[0], fields[1], right, fields[i + 2], where);
      if (strcmp (fields[0], "unknown") != 0)
        truth_case (catalog, fields[0], fields[1], left, fields[i + 2], where);
    }
}

static void
test_truth (void)
{
  foreach_line ("truth-and.txt", " ", 3, and_line);
  foreach_line ("truth-or.txt", " ", 3, or_line);
  foreach_line ("truth-not.txt", " ", 2, not_line);
  foreach_line ("truth-compare.txt", " ", 8, compare_line);
}

/* ---- Words ---- */

static char *
with_tildes (const char *words)
{
  g_auto (GStrv) parts = g_strsplit (words, "\xc2\xa0", -1);

  return g_strjoinv ("~", parts);
}

/* The build tree's catalogue lies elsewhere, seen from here, than seen from a program. */
static void
speak (const char *language)
{
  g_autofree char *catalogues = g_build_filename (g_getenv ("G_TEST_BUILDDIR"), "po", NULL);

  bf_language_open (language);
  bindtextdomain (BF_GETTEXT_DOMAIN, catalogues);
  if (strcmp (bf_language_now (), language) != 0)
    g_error ("%s: no catalogue of the language “%s”", catalogues, language);
}

static void
words_line (BfCatalog *catalog, char **fields, const char *where)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfRuleSet) set = bf_rule_set_new (catalog, problems);
  g_auto (GStrv) keys = g_strsplit (fields[0], " & ", -1); /* When=, and other keys of the rule */
  g_autofree char *when = g_strjoinv ("\n", keys);
  g_autofree char *text = g_strdup_printf ("[Rule other]\nKind=water.logger\nWhen=starts > 9\nPriority=low\nTitle=x\n"
                                           "[Rule words]\nKind=water.logger\nWhen=%s\n%s%s\nPriority=low\nTitle=x\n", when,
                                           fields[1][0] != '\0' ? "Clear=" : "", fields[1]);

  bf_rule_set_add_text (set, where, text, strlen (text), problems);
  bf_rule_set_link (set, TRUE, problems);
  bf_test_no_problems (problems);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *words = NULL;
      g_autofree char *shown = NULL;

      speak (i == 0 ? "en" : "fr");
      words = bf_rule_words (set, bf_rule_set_find (set, "words"));
      shown = with_tildes (words);

      if (strcmp (shown, fields[2 + i]) != 0)
        fail ("%s gave: %s", where, shown);
    }
}

static void
test_words (void)
{
  foreach_line ("words.txt", "::", 4, words_line);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rules/cases/language", test_language);
  g_test_add_func ("/rules/cases/truth", test_truth);
  g_test_add_func ("/rules/cases/words", test_words);
  return g_test_run ();
}
