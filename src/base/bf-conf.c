/* SPDX-License-Identifier: EUPL-1.2 */
/* Reader of the city's text files: see bf-conf.h for the syntax. GKeyFile has no line numbers and merges duplicates, so
 * this is our own: one pass over the lines, no recursion, memory bounded by the limits of bf-limits.h. No threads. */

#include "base/bf-conf.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-file.h"
#include "base/bf-limits.h"

#define PROBLEMS_MAX 200 /* of one file */

typedef struct
{
  BfConf *conf;
  BfConfGroup *group; /* the one being filled, or NULL before the first */
  GHashTable *seen_groups;
  GHashTable *seen_keys;
  GPtrArray *problems;
  guint n_entries;
  guint n_problems;
} Parser;

static void
entry_clear (gpointer data)
{
  BfConfEntry *entry = data;

  g_free (entry->key);
  g_free (entry->locale);
  g_free (entry->value);
}

static void
group_free (gpointer data)
{
  BfConfGroup *group = data;

  g_free (group->type);
  g_free (group->name);
  g_array_unref (group->entries);
  g_free (group);
}

void
bf_conf_free (BfConf *conf)
{
  if (conf == NULL)
    return;
  g_free (conf->path);
  g_ptr_array_unref (conf->groups);
  g_free (conf);
}

static void
parser_bad (Parser *parser, guint line, const char *message, const char *found)
{
  g_autofree char *shown = g_utf8_make_valid (found, MIN (strlen (found), 80));

  parser->n_problems++;
  bf_problems_add (parser->problems, parser->conf->path, line, _ ("%s, found “%s”"), message, shown);
  if (parser->group != NULL)
    parser->group->bad = TRUE;
}

static void
parser_open_group (Parser *parser, char *line, guint number)
{
  gsize length = strlen (line);
  BfConfGroup *group;
  char *space;
  g_autofree char *key = NULL;

  group = g_new0 (BfConfGroup, 1);
  group->line = number;
  group->entries = g_array_new (FALSE, FALSE, sizeof (BfConfEntry));
  g_array_set_clear_func (group->entries, entry_clear);
  parser->group = group;
  g_ptr_array_add (parser->conf->groups, group);
  g_hash_table_remove_all (parser->seen_keys);

  if (length < 3 || line[length - 1] != ']' || memchr (line + 1, '[', length - 1) != NULL)
    {
      group->type = g_strdup ("");
      parser_bad (parser, number, _ ("expected a group “[Type]” or “[Type name]” alone on the line"), line);
      return;
    }
  if (parser->n_entries++ >= BF_LIMIT_CONF_ENTRIES)
    {
      group->type = g_strdup ("");
      parser_bad (parser, number, _ ("too many groups and keys in one file (the limit is 100000)"), line);
      return;
    }
  line[length - 1] = '\0';
  line = g_strstrip (line + 1);
  space = strpbrk (line, " \t");
  if (space != NULL)
    {
      *space = '\0';
      group->name = g_strdup (g_strstrip (space + 1));
    }
  group->type = g_strdup (line);
  if (line[0] == '\0')
    parser_bad (parser, number, _ ("expected a group “[Type]” or “[Type name]”"), "[]");
  key = g_strdup_printf ("%s %s", group->type, group->name != NULL ? group->name : "");
  if (!g_hash_table_add (parser->seen_groups, g_steal_pointer (&key)))
    parser_bad (parser, number, _ ("this group stands twice in the file; expected each group once"), line);
}

static gboolean
split_locale (char *key, char **ret_locale)
{
  char *open = strchr (key, '[');
  gsize length;

  *ret_locale = NULL;
  if (open == NULL)
    return TRUE;
  length = strlen (open);
  if (length < 4 || open[length - 1] != ']')
    return FALSE;
  open[length - 1] = '\0';
  *ret_locale = open + 1;
  *open = '\0';
  return TRUE;
}

static void
parser_add_entry (Parser *parser, char *line, guint number)
{
  char *equals = strchr (line, '=');
  char *locale;
  BfConfEntry entry;

  if (equals == NULL || equals == line)
    {
      parser_bad (parser, number, _ ("expected “Key=value”, “[Group]” or a comment"), line);
      return;
    }
  if (parser->group == NULL)
    {
      parser_bad (parser, number, _ ("expected a “[Group]” before the first key"), line);
      return;
    }
  *equals = '\0';
  line = g_strstrip (line);
  if (!g_hash_table_add (parser->seen_keys, g_strdup (line)))
    {
      parser_bad (parser, number, _ ("this key stands twice in its group; expected it once"), line);
      return;
    }
  if (!split_locale (line, &locale))
    {
      parser_bad (parser, number, _ ("expected “Key[language]=value”"), line);
      return;
    }
  if (parser->n_entries++ >= BF_LIMIT_CONF_ENTRIES)
    {
      parser_bad (parser, number, _ ("too many groups and keys in one file (the limit is 100000)"), line);
      return;
    }
  entry.key = g_strdup (line);
  entry.locale = g_strdup (locale);
  entry.value = g_strdup (g_strstrip (equals + 1));
  entry.line = number;
  g_array_append_val (parser->group->entries, entry);
}

static void
parser_take_line (Parser *parser, char *line, guint number)
{
  line = g_strstrip (line);
  if (line[0] == '[')
    parser_open_group (parser, line, number);
  else if (line[0] != '\0')
    parser_add_entry (parser, line, number);
}

static gboolean
is_comment (const char *line, const char *end)
{
  while (line < end && g_ascii_isspace (*line))
    line++;
  return line < end && (*line == '#' || *line == ';');
}

/* The parts of a continued line are joined by one blank, whatever stood around the break. */
static void
append_part (GString *logical, const char *part, const char *end)
{
  while (part < end && g_ascii_isspace (*part))
    part++;
  while (end > part && g_ascii_isspace (end[-1]))
    end--;
  if (logical->len > 0)
    g_string_append_c (logical, ' ');
  g_string_append_len (logical, part, end - part);
}

/* Joins continued lines and hands each logical line to the parser with the number of its first line. */
static void
parser_run (Parser *parser, const char *text, gsize length)
{
  g_autoptr (GString) logical = g_string_new (NULL);
  const char *end = text + length;
  guint number = 0;
  guint first = 0;

  while (text < end && parser->n_problems < PROBLEMS_MAX)
    {
      const char *eol = memchr (text, '\n', end - text);
      const char *stop = eol != NULL ? eol : end;
      gboolean continued;

      number++;
      if (stop > text && stop[-1] == '\r')
        stop--;
      if (logical->len == 0 && is_comment (text, stop))
        {
          text = eol != NULL ? eol + 1 : end;
          continue;
        }
      continued = stop > text && stop[-1] == '\\';
      if (logical->len == 0)
        first = number;
      append_part (logical, text, stop - (continued ? 1 : 0));
      if (continued && eol != NULL && logical->len <= BF_LIMIT_CONF_LINE)
        ;
      else
        {
          if (logical->len > BF_LIMIT_CONF_LINE)
            parser_bad (parser, first, _ ("line longer than 64 KiB"), "…");
          else
            parser_take_line (parser, logical->str, first);
          g_string_truncate (logical, 0);
        }
      text = eol != NULL ? eol + 1 : end;
    }
  if (parser->n_problems >= PROBLEMS_MAX)
    bf_problems_add (parser->problems, parser->conf->path, number,
                     _ ("more than %d problems; the rest of the file is not read"), PROBLEMS_MAX - 1);
  else if (logical->len > 0)
    parser_take_line (parser, logical->str, first);
}

/**
 * bf_conf_parse:
 * @path: name shown in problems
 * @text: the bytes, not necessarily NUL-terminated
 * @length: their number
 * @problems: (nullable): where problems go
 *
 * Returns: (transfer full): what could be read; groups with a problem are marked bad
 */
BfConf *
bf_conf_parse (const char *path, const char *text, gsize length, GPtrArray *problems)
{
  g_autoptr (GHashTable) seen_groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) seen_keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  BfConf *conf = g_new0 (BfConf, 1);
  Parser parser = { conf, NULL, seen_groups, seen_keys, problems, 0, 0 };
  const char *bad = NULL;

  conf->path = g_strdup (path);
  conf->groups = g_ptr_array_new_with_free_func (group_free);
  if (length >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0)
    {
      text += 3;
      length -= 3;
    }
  if (!g_utf8_validate_len (text, length, &bad))
    {
      guint line = 1;

      for (const char *p = text; p < bad; p++)
        line += *p == '\n';
      bf_problems_add (problems, path, line, _ ("expected UTF-8 text without NUL bytes; nothing of this file is used"));
      return conf;
    }
  parser_run (&parser, text, length);
  return conf;
}

/**
 * bf_conf_load:
 * @path: the file
 * @problems: (nullable): where problems of single items go
 *
 * Returns: (transfer full): the file, or %NULL with @error when it cannot be read at all or is over 4 MiB
 */
BfConf *
bf_conf_load (const char *path, GPtrArray *problems, GError **error)
{
  g_autofree char *text = NULL;
  gsize length;

  if (!bf_file_load (path, BF_LIMIT_CONF_BYTES, &text, &length, error))
    return NULL;
  return bf_conf_parse (path, text, length, problems);
}

/**
 * bf_conf_group:
 *
 * Returns: (nullable) (transfer none): the group `[type name]` (name %NULL: `[type]`), bad or not
 */
const BfConfGroup *
bf_conf_group (const BfConf *conf, const char *type, const char *name)
{
  for (guint i = 0; i < conf->groups->len; i++)
    {
      const BfConfGroup *group = g_ptr_array_index (conf->groups, i);

      if (strcmp (group->type, type) == 0 && g_strcmp0 (group->name, name) == 0)
        return group;
    }
  return NULL;
}

/**
 * bf_conf_group_entry:
 * @locale: (nullable): exactly this language, or %NULL for the plain key
 *
 * Returns: (nullable) (transfer none): the entry
 */
const BfConfEntry *
bf_conf_group_entry (const BfConfGroup *group, const char *key, const char *locale)
{
  for (guint i = 0; i < group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (group->entries, BfConfEntry, i);

      if (strcmp (entry->key, key) == 0 && g_strcmp0 (entry->locale, locale) == 0)
        return entry;
    }
  return NULL;
}

/**
 * bf_conf_group_get:
 *
 * Returns: (nullable) (transfer none): the plain key's value
 */
const char *
bf_conf_group_get (const BfConfGroup *group, const char *key)
{
  const BfConfEntry *entry = bf_conf_group_entry (group, key, NULL);

  return entry != NULL ? entry->value : NULL;
}

/**
 * bf_conf_group_line:
 *
 * Returns: the line of the plain key, or of the group when it has no such key
 */
guint
bf_conf_group_line (const BfConfGroup *group, const char *key)
{
  const BfConfEntry *entry = bf_conf_group_entry (group, key, NULL);

  return entry != NULL ? entry->line : group->line;
}

/**
 * bf_conf_group_check_keys:
 * @known: (array zero-terminated=1): the keys that this group may have
 *
 * Adds a problem for each other key, with the keys that are known.
 *
 * Returns: %TRUE when all keys are known
 */
gboolean
bf_conf_group_check_keys (const BfConf *conf, const BfConfGroup *group, const char *const *known, GPtrArray *problems)
{
  gboolean good = TRUE;

  for (guint i = 0; i < group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (group->entries, BfConfEntry, i);
      g_autofree char *all = NULL;

      if (g_strv_contains (known, entry->key))
        continue;
      good = FALSE;
      all = g_strjoinv (", ", (char **) known);
      bf_problems_add (problems, conf->path, entry->line, _ ("unknown key “%s” in [%s]; expected one of: %s"), entry->key,
                       group->type, all);
    }
  return good;
}
