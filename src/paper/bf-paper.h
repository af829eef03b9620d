/* SPDX-License-Identifier: EUPL-1.2 */
/* A document of A4 pages for the file: head and foot on every page, headings, paragraphs, a table whose heads come again on
 * each page, lines to sign. What is put is kept and laid out at the end, when the number of pages is known. One thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_PAPER_COLUMNS_MAX 6u

typedef struct _BfPaper BfPaper;

/* A column: its head and its share of the width. */
typedef struct
{
  const char *head;
  double share;
} BfPaperColumn;

BfPaper *bf_paper_new (const char *title, const char *organisation, const char *subtitle);
void bf_paper_free (BfPaper *paper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfPaper, bf_paper_free)

void bf_paper_add_heading (BfPaper *paper, const char *text);
void bf_paper_add_paragraph (BfPaper *paper, const char *text);
void bf_paper_add_small (BfPaper *paper, const char *text);
void bf_paper_begin_table (BfPaper *paper, const BfPaperColumn *columns, guint n_columns);
void bf_paper_add_row (BfPaper *paper, const char *const *cells);
void bf_paper_add_signature (BfPaper *paper, const char *label, const char *name);
gboolean bf_paper_write (BfPaper *paper, const char *path, GError **error);

G_END_DECLS
