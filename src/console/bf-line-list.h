/* SPDX-License-Identifier: EUPL-1.2 */
/* Rows of a name, a value and a dim remark in a box; rows are used again, so that what is read does not jump. */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void bf_line_list_set (GtkBox *box, guint row, const char *name, const char *value, const char *remark, gboolean unknown);
void bf_line_list_cut (GtkBox *box, guint n_rows);

G_END_DECLS
