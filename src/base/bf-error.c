/* SPDX-License-Identifier: EUPL-1.2 */
/* Errors and problems: see bf-error.h. No threads, plain values. */

#include "base/bf-error.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
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

/**
 * bf_error_io_words:
 * @error: of GLib's files, sockets or processes
 *
 * Returns: (transfer none): what went wrong in words of ours, without the name of the thing, for "NAME: WORDS"; GLib's
 *   message, which has the name and stands in English where GLib's catalogue is not installed, when it is a rare thing
 */
const char *
bf_error_io_words (const GError *error)
{
  static const struct
  {
    int io;
    int file; /* -1: no such */
    const char *words;
  } table[] = {
    { G_IO_ERROR_NOT_FOUND, G_FILE_ERROR_NOENT, N_ ("there is nothing of that name") },
    { G_IO_ERROR_PERMISSION_DENIED, G_FILE_ERROR_ACCES, N_ ("this account may not read or write it") },
    { G_IO_ERROR_IS_DIRECTORY, G_FILE_ERROR_ISDIR, N_ ("it is a folder; expected a file") },
    { G_IO_ERROR_NOT_DIRECTORY, G_FILE_ERROR_NOTDIR, N_ ("it lies in something that is not a folder") },
    { G_IO_ERROR_NO_SPACE, G_FILE_ERROR_NOSPC, N_ ("the disk is full") },
    { G_IO_ERROR_READ_ONLY, G_FILE_ERROR_ROFS, N_ ("the disk can only be read") },
    { G_IO_ERROR_CONNECTION_REFUSED, -1, N_ ("nobody listens there") },
    { G_IO_ERROR_TIMED_OUT, -1, N_ ("no answer in time") },
    { G_IO_ERROR_HOST_UNREACHABLE, -1, N_ ("the machine cannot be reached") },
    { G_IO_ERROR_NETWORK_UNREACHABLE, -1, N_ ("the network cannot be reached") },
    { G_IO_ERROR_ADDRESS_IN_USE, -1, N_ ("somebody else listens there") },
    { G_IO_ERROR_HOST_NOT_FOUND, -1, N_ ("no machine of that name is known") },
  };

  if (error->domain == G_RESOLVER_ERROR)
    return error->code == G_RESOLVER_ERROR_TEMPORARY_FAILURE ? _ ("the name service does not answer") : _ ("no machine of that name is known");
  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if ((error->domain == G_IO_ERROR && error->code == table[i].io)
        || (error->domain == G_FILE_ERROR && error->code == table[i].file))
      return _ (table[i].words);
  return error->message;
}

/**
 * bf_error_is_of_connection:
 * @error: of GLib's sockets or its resolver
 *
 * Returns: whether no connection came about: nothing was sent
 */
gboolean
bf_error_is_of_connection (const GError *error)
{
  static const int codes[] = { G_IO_ERROR_CONNECTION_REFUSED, G_IO_ERROR_HOST_UNREACHABLE, G_IO_ERROR_NETWORK_UNREACHABLE,
                               G_IO_ERROR_HOST_NOT_FOUND, G_IO_ERROR_TIMED_OUT };

  if (error->domain == G_RESOLVER_ERROR)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    if (g_error_matches (error, G_IO_ERROR, codes[i]))
      return TRUE;
  return FALSE;
}
