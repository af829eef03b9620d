/* SPDX-License-Identifier: EUPL-1.2 */
/* Errors and problems: see bf-error.h. No threads, plain values. */

#include "base/bf-error.h"

#include <string.h>

G_DEFINE_QUARK (bf-error-quark, bf_error)

static void
bf_problem_free (gpointer data)
{
  BfProblem *problem = data;

  g_free (problem->file);
  g_free (problem->message);
  g_free (problem);
}

/**
 * bf_problems_new:
 *
 * Returns: (transfer full) (element-type BfProblem): an empty list that owns its problems
 */
GPtrArray *
bf_problems_new (void)
{
  return g_ptr_array_new_with_free_func (bf_problem_free);
}

/**
 * bf_problems_add:
 * @problems: (nullable): the list; with %NULL the problem is logged as a warning, never dropped
 * @file: the file as the person knows it
 * @line: line from 1, or 0 for the whole file
 * @format: what was found and what was expected
 */
void
bf_problems_add (GPtrArray *problems, const char *file, guint line, const char *format, ...)
{
  BfProblem *problem = g_new0 (BfProblem, 1);
  va_list args;

  va_start (args, format);
  problem->message = g_strdup_vprintf (format, args);
  va_end (args);
  problem->file = g_strdup (file);
  problem->line = line;

  if (problems != NULL)
    {
      g_ptr_array_add (problems, problem);
      return;
    }
  g_autofree char *text = bf_problem_to_string (problem);
  g_warning ("%s", text);
  bf_problem_free (problem);
}

/**
 * bf_problems_add_error:
 * @problems: (nullable): the list
 * @file: the file that could not be used
 * @error: why; its message may begin with “file: ” or “file:line: ”, as those of functions that open a file do
 *
 * The file is said once, and a line is the problem's.
 */
void
bf_problems_add_error (GPtrArray *problems, const char *file, const GError *error)
{
  const char *message = error->message;
  guint64 line = 0;
  char *end = NULL;

  if (g_str_has_prefix (message, file) && message[strlen (file)] == ':')
    {
      message += strlen (file) + 1;
      if (g_ascii_isdigit (message[0]))
        line = g_ascii_strtoull (message, &end, 10);
      if (end != NULL && *end == ':' && line <= G_MAXUINT)
        message = end + 1;
      else
        line = 0;
      message += strspn (message, " ");
    }
  bf_problems_add (problems, file, (guint) line, "%s", message);
}

/**
 * bf_problem_to_string:
 *
 * Returns: (transfer full): "file:line: message", the form that editors follow
 */
char *
bf_problem_to_string (const BfProblem *problem)
{
  if (problem->line == 0)
    return g_strdup_printf ("%s: %s", problem->file, problem->message);
  return g_strdup_printf ("%s:%u: %s", problem->file, problem->line, problem->message);
}
