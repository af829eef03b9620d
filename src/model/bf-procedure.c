/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-procedure.h. cmark reads the Markdown; what is above it (the two lines of ---) is read here and taken out without moving a line,
 * so that problems name the lines of the file. */

#include "model/bf-procedure.h"

#include <cmark.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-file.h"
#include "base/bf-limits.h"
#include "model/bf-city.h"

#define FILE_BYTES (256u << 10)
#define STEPS_MAX 200u

typedef cmark_node MdNode;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MdNode, cmark_node_free)

struct _BfProcedures
{
  GHashTable *english; /* name -> BfProcedure */
  GHashTable *french;
};

static void
step_free (gpointer data)
{
  BfStep *step = data;

  g_free (step->role);
  g_free (step->text);
  g_free (step);
}

void
bf_procedure_free (BfProcedure *procedure)
{
  if (procedure == NULL)
    return;
  g_free (procedure->name);
  g_free (procedure->path);
  g_free (procedure->title);
  g_free (procedure->reviewed);
  g_ptr_array_unref (procedure->steps);
  g_free (procedure);
}

/* --- what stands above ---------------------------------------------------------------------------------------------- */

static gboolean
is_date (const char *text)
{
  int year, month, day;
  char rest;

  return sscanf (text, "%4d-%2d-%2d%c", &year, &month, &day, &rest) == 3 && strlen (text) == 10
         && g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year);
}

static void
take_head_line (BfProcedure *procedure, char *line, guint number, GPtrArray *problems)
{
  char *colon = strchr (line, ':');
  const char *value = colon != NULL ? g_strstrip (colon + 1) : "";

  if (colon == NULL || strncmp (line, "reviewed", strlen ("reviewed")) != 0 || line + strlen ("reviewed") != colon)
    bf_problems_add (problems, procedure->path, number, _ ("“%.80s”: expected “reviewed: 2026-03-14”, the only thing that is said here"), line);
  else if (!is_date (value))
    bf_problems_add (problems, procedure->path, number, _ ("reviewed: “%.40s”: expected a date such as 2026-03-14"), value);
  else
    {
      g_free (procedure->reviewed);
      procedure->reviewed = g_strdup (value);
    }
}

/* Reads the lines between two --- and makes them empty in @text. */
static void
take_head (BfProcedure *procedure, char *text, GPtrArray *problems)
{
  char *line = text;

  for (guint number = 1; *line != '\0'; number++)
    {
      char *end = line + strcspn (line, "\n");
      g_autofree char *copy = g_strchomp (g_strndup (line, (gsize) (end - line)));
      gboolean rule = strcmp (copy, "---") == 0;

      if (number == 1 && !rule)
        return;
      memset (line, ' ', (gsize) (end - line));
      if (!rule)
        take_head_line (procedure, copy, number, problems);
      if (number > 1 && rule)
        return;
      line = *end == '\n' ? end + 1 : end;
    }
  bf_problems_add (problems, procedure->path, 1, _ ("the lines that begin with --- have no end ---"));
}

/* --- Markdown ------------------------------------------------------------------------------------------------------- */

/* The words below @node, without what makes them bold; (transfer full). */
static char *
text_of (cmark_node *node)
{
  cmark_iter *iter = cmark_iter_new (node);
  GString *text = g_string_new (NULL);
  cmark_event_type event;

  while ((event = cmark_iter_next (iter)) != CMARK_EVENT_DONE)
    {
      cmark_node *at = cmark_iter_get_node (iter);
      cmark_node_type type = cmark_node_get_type (at);

      if (event == CMARK_EVENT_EXIT && (type == CMARK_NODE_PARAGRAPH || type == CMARK_NODE_ITEM) && text->len > 0)
        g_string_append_c (text, '\n');
      else if (event == CMARK_EVENT_ENTER && (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK))
        g_string_append_c (text, ' ');
      else if (event == CMARK_EVENT_ENTER && (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE || type == CMARK_NODE_CODE_BLOCK))
        g_string_append (text, cmark_node_get_literal (at));
    }
  cmark_iter_free (iter);
  return g_strstrip (g_string_free (text, FALSE));
}

static void
take_steps (BfProcedure *procedure, cmark_node *list, const char *role, GPtrArray *problems)
{
  for (cmark_node *item = cmark_node_first_child (list); item != NULL; item = cmark_node_next (item))
    {
      g_autofree char *text = text_of (item);
      guint line = (guint) cmark_node_get_start_line (item);
      BfStep *step;

      if (text[0] == '\0')
        {
          bf_problems_add (problems, procedure->path, line, _ ("a step without words"));
          continue;
        }
      if (strlen (text) > BF_LIMIT_TEXT_BYTES || procedure->steps->len >= STEPS_MAX)
        {
          bf_problems_add (problems, procedure->path, line, _ ("a step has at most %u bytes, a procedure at most %u steps"), BF_LIMIT_TEXT_BYTES,
                           STEPS_MAX);
          return;
        }
      step = g_new (BfStep, 1);
      *step = (BfStep){ g_strdup (role), g_steal_pointer (&text) };
      g_ptr_array_add (procedure->steps, step);
    }
}

static void
take_document (BfProcedure *procedure, cmark_node *document, GPtrArray *problems)
{
  g_autofree char *role = NULL;

  for (cmark_node *node = cmark_node_first_child (document); node != NULL; node = cmark_node_next (node))
    {
      cmark_node_type type = cmark_node_get_type (node);

      if (type == CMARK_NODE_HEADING && procedure->title == NULL)
        procedure->title = text_of (node);
      else if (type == CMARK_NODE_HEADING)
        {
          g_free (role);
          role = text_of (node);
        }
      else if (type == CMARK_NODE_LIST && cmark_node_get_list_type (node) == CMARK_ORDERED_LIST)
        take_steps (procedure, node, role, problems);
    }
}

/**
 * bf_procedure_parse:
 * @path: of the file, for its name and for what is wrong with it
 * @problems: where what is wrong goes, with its line
 *
 * Returns: (transfer full) (nullable): %NULL when it has no steps
 */
BfProcedure *
bf_procedure_parse (const char *path, const char *text, gsize length, GPtrArray *problems)
{
  g_autoptr (BfProcedure) procedure = g_new0 (BfProcedure, 1);
  g_autofree char *copy = g_utf8_make_valid (text, (gssize) length);
  g_autoptr (MdNode) document = NULL;

  procedure->path = g_strdup (path);
  procedure->name = g_path_get_basename (path);
  procedure->name[strcspn (procedure->name, ".")] = '\0';
  procedure->steps = g_ptr_array_new_with_free_func (step_free);
  if (!g_utf8_validate (text, (gssize) length, NULL))
    bf_problems_add (problems, path, 0, _ ("is not UTF-8"));
  take_head (procedure, copy, problems);
  document = cmark_parse_document (copy, strlen (copy), CMARK_OPT_DEFAULT);
  take_document (procedure, document, problems);
  if (procedure->title == NULL)
    {
      bf_problems_add (problems, path, 1, _ ("a procedure begins with its title: “# …”"));
      procedure->title = g_strdup (procedure->name);
    }
  if (procedure->steps->len > 0)
    return g_steal_pointer (&procedure);
  bf_problems_add (problems, path, 1, _ ("a procedure without steps: expected a numbered list (“1. …”); it is not shown"));
  return NULL;
}

/* --- all of them ---------------------------------------------------------------------------------------------------- */

static void
load_file (BfProcedures *procedures, const char *path, GPtrArray *problems)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gsize length;
  BfProcedure *procedure;

  if (!bf_file_load (path, FILE_BYTES, &text, &length, &error))
    {
      bf_problems_add_error (problems, path, error);
      return;
    }
  procedure = bf_procedure_parse (path, text, length, problems);
  if (procedure != NULL)
    g_hash_table_replace (g_str_has_suffix (path, ".fr.md") ? procedures->french : procedures->english, procedure->name, procedure);
}

static void
load_folder (BfProcedures *procedures, const char *dir, const char *sub, GPtrArray *problems)
{
  g_autoptr (GPtrArray) paths = bf_city_list (dir, sub, ".md", problems);

  for (guint i = 0; i < paths->len; i++)
    load_file (procedures, g_ptr_array_index (paths, i), problems);
}

/* A tick is of a number: what it says must be the same step in both. */
static void
check_languages (BfProcedures *procedures, GPtrArray *problems)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, procedures->french);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const BfProcedure *french = value, *english = g_hash_table_lookup (procedures->english, french->name);

      if (english == NULL || english->steps->len == french->steps->len)
        continue;
      bf_problems_add (problems, french->path, 1, _ ("has %u steps and %s has %u: a step is known by its number; the French one is not shown"),
                       french->steps->len, english->path, english->steps->len);
      g_hash_table_iter_remove (&iter);
    }
}

/**
 * bf_procedures_load:
 * @city_dir: (nullable): the city's folder
 */
BfProcedures *
bf_procedures_load (const BfCatalog *catalog, const char *city_dir, GPtrArray *problems)
{
  BfProcedures *procedures = g_new (BfProcedures, 1);

  procedures->english = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) bf_procedure_free);
  procedures->french = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) bf_procedure_free);
  for (guint i = 0; i < bf_catalog_n_services (catalog); i++)
    load_folder (procedures, bf_catalog_service (catalog, i)->dir, "procedures", problems);
  if (city_dir != NULL)
    load_folder (procedures, city_dir, "procedures.d", problems);
  check_languages (procedures, problems);
  return procedures;
}

void
bf_procedures_free (BfProcedures *procedures)
{
  if (procedures == NULL)
    return;
  g_hash_table_unref (procedures->english);
  g_hash_table_unref (procedures->french);
  g_free (procedures);
}

/**
 * bf_procedures_find:
 * @language: "fr" or "en"
 *
 * Returns: (nullable): in that language, else in the other
 */
const BfProcedure *
bf_procedures_find (const BfProcedures *procedures, const char *name, const char *language)
{
  GHashTable *first = g_str_equal (language, "fr") ? procedures->french : procedures->english;
  GHashTable *second = first == procedures->french ? procedures->english : procedures->french;
  const BfProcedure *procedure = g_hash_table_lookup (first, name);

  return procedure != NULL ? procedure : g_hash_table_lookup (second, name);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * bf_procedures_names:
 *
 * Returns: (transfer container) (element-type utf8): in their order
 */
GPtrArray *
bf_procedures_names (const BfProcedures *procedures)
{
  GPtrArray *names = g_ptr_array_new ();
  GHashTable *tables[] = { procedures->english, procedures->french };

  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    {
      GHashTableIter iter;
      gpointer key;

      g_hash_table_iter_init (&iter, tables[i]);
      while (g_hash_table_iter_next (&iter, &key, NULL))
        if (i == 0 || !g_hash_table_contains (procedures->english, key))
          g_ptr_array_add (names, key);
    }
  g_ptr_array_sort (names, compare_names);
  return names;
}
