/* SPDX-License-Identifier: EUPL-1.2 */
/* What the commands print for people: words, and rows in columns. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

const char *bf_ctl_word (const char *id);
char *bf_ctl_harmless (const char *text);
void bf_ctl_print_line (const char *first, ...) G_GNUC_NULL_TERMINATED;

void bf_ctl_print_columns (const char *first, int width, ...) G_GNUC_NULL_TERMINATED;

/* Rows of cells; the first row is the heads. (transfer full) */
GPtrArray *bf_ctl_table_new (const char *first, ...) G_GNUC_NULL_TERMINATED;
void bf_ctl_table_add (GPtrArray *rows, const char *first, ...) G_GNUC_NULL_TERMINATED;
void bf_ctl_print_table (GPtrArray *rows);

G_END_DECLS
