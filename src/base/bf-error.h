/* SPDX-License-Identifier: EUPL-1.2 */
/* Errors and problems.
 *
 * A GError stops one operation. A problem is what is wrong with one item of the city's text: the item is off, the
 * problem stays visible (console, beffroictl status), the rest of the city runs. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_ERROR (bf_error_quark ())

/**
 * BfError:
 * @BF_ERROR_SYNTAX: the text does not follow its grammar
 * @BF_ERROR_VALUE: well formed, but not a value that is allowed here
 * @BF_ERROR_RANGE: a number or time outside of what is plausible
 * @BF_ERROR_LIMIT: over a stated limit of size, count or time
 * @BF_ERROR_IO: the operating system or a peer refused
 * @BF_ERROR_NOT_FOUND: no such thing
 * @BF_ERROR_UNSUPPORTED: known, but not done by this version
 * @BF_ERROR_STATE: not possible in the present state
 */
typedef enum
{
  BF_ERROR_SYNTAX,
  BF_ERROR_VALUE,
  BF_ERROR_RANGE,
  BF_ERROR_LIMIT,
  BF_ERROR_IO,
  BF_ERROR_NOT_FOUND,
  BF_ERROR_UNSUPPORTED,
  BF_ERROR_STATE,
} BfError;

GQuark bf_error_quark (void);

/**
 * BfProblem:
 * @file: file it stands in, as the person knows it
 * @line: line from 1, or 0 when the whole file is meant
 * @message: what was found and what was expected, without file and line
 */
typedef struct
{
  char *file;
  guint line;
  char *message;
} BfProblem;

GPtrArray *bf_problems_new (void);
void bf_problems_add (GPtrArray *problems, const char *file, guint line, const char *format, ...) G_GNUC_PRINTF (4, 5);
void bf_problems_add_error (GPtrArray *problems, const char *file, const GError *error);
const char *bf_error_io_words (const GError *error);
gboolean bf_error_is_of_connection (const GError *error);
char *bf_problem_to_string (const BfProblem *problem);

G_END_DECLS
