/* SPDX-License-Identifier: EUPL-1.2 */
/* Simple rows of text: see bf-line-list.h. */

#include "console/bf-line-list.h"

#include <string.h>

static GtkWidget *
add_label (GtkWidget *row, const char *class_name, float xalign)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), xalign);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, class_name);
  gtk_box_append (GTK_BOX (row), label);
  return label;
}

static GtkWidget *
row_at (GtkBox *box, guint index)
{
  GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (box));

  for (guint i = 0; row != NULL && i < index; i++)
    row = gtk_widget_get_next_sibling (row);
  return row;
}

static void
set_label (GtkWidget *label, const char *text)
{
  if (strcmp (gtk_label_get_label (GTK_LABEL (label)), text) != 0)
    gtk_label_set_label (GTK_LABEL (label), text);
  gtk_widget_set_visible (label, *text != '\0');
}

/**
 * bf_line_list_set:
 * @row: an existing row, or the next one
 * @unknown: writes the value as one that is not known now
 */
void
bf_line_list_set (GtkBox *box, guint row, const char *name, const char *value, const char *remark, gboolean unknown)
{
  GtkWidget *line = row_at (box, row);
  GtkWidget *label;

  if (line == NULL)
    {
      line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
      gtk_widget_add_css_class (line, "line");
      label = add_label (line, "line-name", 0);
      gtk_widget_set_hexpand (label, TRUE);
      add_label (line, "line-value", 1);
      label = add_label (line, "line-remark", 1);
      gtk_widget_set_valign (label, GTK_ALIGN_BASELINE);
      gtk_box_append (box, line);
    }
  label = gtk_widget_get_first_child (line);
  set_label (label, name);
  label = gtk_widget_get_next_sibling (label);
  set_label (label, value);
  if (unknown)
    gtk_widget_add_css_class (label, "unknown");
  else
    gtk_widget_remove_css_class (label, "unknown");
  label = gtk_widget_get_next_sibling (label);
  set_label (label, remark);
}

/**
 * bf_line_list_cut:
 *
 * Removes every row from @n_rows on.
 */
void
bf_line_list_cut (GtkBox *box, guint n_rows)
{
  GtkWidget *row = row_at (box, n_rows);

  while (row != NULL)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (row);

      gtk_box_remove (box, row);
      row = next;
    }
}
