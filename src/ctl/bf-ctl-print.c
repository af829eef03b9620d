/* SPDX-License-Identifier: EUPL-1.2 */
/* What the commands print for people: words, and rows in columns. */

#include "ctl/bf-ctl-print.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* An id of the API as a word for people. */
const char *
bf_ctl_word (const char *id)
{
  static const char *const words[] = { N_ ("critical"), N_ ("high"), N_ ("medium"), N_ ("low"), N_ ("unacknowledged"),
                                       N_ ("acknowledged"), N_ ("returned"), N_ ("normal"), N_ ("starting"), N_ ("ok"),
                                       N_ ("stale"), N_ ("retry"), N_ ("refused"), N_ ("crashed"), N_ ("paused"), N_ ("off"),
                                       N_ ("shelved"), N_ ("suppressed"), N_ ("out of service"), N_ ("latched") };
  g_autofree char *spaced = g_strdelimit (g_strdup (id), "_", ' ');

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i], spaced) == 0)
      return _ (words[i]);
  return id;
}

/* Texts come from feeds: nothing in them may speak to the terminal. */
char *
bf_ctl_harmless (const char *text)
{
  GString *harmless = g_string_new (NULL);
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      GUnicodeType type = g_unichar_type (c);

      if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR)
        g_string_append (harmless, "\xef\xbf\xbd");
      else
        g_string_append_unichar (harmless, c);
    }
  return g_string_free (harmless, FALSE);
}

/* One line of texts, up to a %NULL. */
void
bf_ctl_print_line (const char *first, ...)
{
  const char *between = "";
  va_list args;

  va_start (args, first);
  for (const char *text = first; text != NULL; text = va_arg (args, const char *))
    {
      g_autofree char *harmless = bf_ctl_harmless (text);

      g_print ("%s%s", between, harmless);
      between = "  ";
    }
  va_end (args);
  g_print ("\n");
}

/* One row of a table whose other rows are not known yet: texts, each with the width of its column, up to a %NULL. */
void
bf_ctl_print_columns (const char *first, int width, ...)
{
  va_list args;

  va_start (args, width);
  for (const char *text = first; text != NULL; text = va_arg (args, const char *), width = text != NULL ? va_arg (args, int) : 0)
    {
      g_autofree char *harmless = bf_ctl_harmless (text);

      g_print ("%s%*s", harmless, width > 0 ? (int) MAX (0, width - g_utf8_strlen (harmless, -1)) + 2 : 0, "");
    }
  va_end (args);
  g_print ("\n");
}

/* Rows of NULL-terminated cells, printed with each column as wide as its widest cell. */
void
bf_ctl_print_table (GPtrArray *rows)
{
  glong widths[16] = { 0 };

  for (guint i = 0; i < rows->len; i++)
    {
      char **row = g_ptr_array_index (rows, i);

      for (guint j = 0; row[j] != NULL && j < G_N_ELEMENTS (widths); j++)
        widths[j] = MAX (widths[j], g_utf8_strlen (row[j], -1));
    }
  for (guint i = 0; i < rows->len; i++)
    {
      char **row = g_ptr_array_index (rows, i);

      for (guint j = 0; row[j] != NULL && j < G_N_ELEMENTS (widths); j++)
        g_print ("%s%*s", row[j], row[j + 1] != NULL ? (int) (widths[j] - g_utf8_strlen (row[j], -1) + 2) : 0, "");
      g_print ("\n");
    }
}

GPtrArray *
bf_ctl_table_new (const char *first, ...)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  va_list args;

  va_start (args, first);
  for (const char *cell = first; cell != NULL; cell = va_arg (args, const char *))
    g_strv_builder_add (builder, cell);
  va_end (args);
  g_ptr_array_add (rows, g_strv_builder_end (builder));
  return rows;
}

void
bf_ctl_table_add (GPtrArray *rows, const char *first, ...)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  va_list args;

  va_start (args, first);
  for (const char *cell = first; cell != NULL; cell = va_arg (args, const char *))
    {
      g_autofree char *harmless = bf_ctl_harmless (cell);

      g_strv_builder_add (builder, harmless);
    }
  va_end (args);
  g_ptr_array_add (rows, g_strv_builder_end (builder));
}
