/* SPDX-License-Identifier: EUPL-1.2 */
/* Title and place of an alert: see bf-alert-row.h. Its action "alert.show" selects it on the board, for those who cannot
 * point. */

#include "console/bf-alert-row.h"

#include "console/bf-words.h"

/* A title ends with its figures: a narrow board shows them on a second line. */
#define TITLE_LINES 2

struct _BfAlertRow
{
  GtkWidget parent_instance;

  GtkWidget *section, *title, *place;
  gint64 id;
};

G_DEFINE_FINAL_TYPE (BfAlertRow, bf_alert_row, GTK_TYPE_WIDGET)

static void
show_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_widget_activate_action (widget, "board.show", "x", BF_ALERT_ROW (widget)->id);
}

static void
bf_alert_row_dispose (GObject *object)
{
  BfAlertRow *self = BF_ALERT_ROW (object);

  g_clear_pointer (&self->section, gtk_widget_unparent);
  g_clear_pointer (&self->title, gtk_widget_unparent);
  g_clear_pointer (&self->place, gtk_widget_unparent);
  G_OBJECT_CLASS (bf_alert_row_parent_class)->dispose (object);
}

static void
bf_alert_row_class_init (BfAlertRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bf_alert_row_dispose;
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BOX_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
  gtk_widget_class_install_action (widget_class, "alert.show", NULL, show_cb);
}

static GtkWidget *
add_label (BfAlertRow *self, const char *class_name)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, class_name);
  gtk_widget_set_parent (label, GTK_WIDGET (self));
  return label;
}

static void
bf_alert_row_init (BfAlertRow *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (gtk_widget_get_layout_manager (GTK_WIDGET (self))),
                                  GTK_ORIENTATION_VERTICAL);
  self->section = add_label (self, "section-title");
  self->title = add_label (self, "alert-title");
  gtk_label_set_wrap (GTK_LABEL (self->title), TRUE);
  gtk_label_set_lines (GTK_LABEL (self->title), TITLE_LINES);
  self->place = add_label (self, "place");
}

GtkWidget *
bf_alert_row_new (void)
{
  return g_object_new (BF_TYPE_ALERT_ROW, NULL);
}

/**
 * bf_alert_row_set:
 * @who: (nullable): who has it, in words: before the place, so that the title has the width of the board
 * @section: (nullable): title of the section that begins here
 */
void
bf_alert_row_set (BfAlertRow *self, BfAlertItem *alert, const char *who, const char *section)
{
  g_autofree char *where = bf_words_place (alert);
  g_autofree char *place = who == NULL ? g_strdup (where) : *where == '\0' ? g_strdup (who) : g_strdup_printf ("%s · %s", who, where);
  const char *title = bf_name_get (&alert->title, bf_words_language ());

  self->id = alert->id;
  gtk_widget_set_visible (self->section, section != NULL);
  gtk_label_set_label (GTK_LABEL (self->section), section != NULL ? section : "");
  gtk_label_set_label (GTK_LABEL (self->title), title);
  gtk_label_set_label (GTK_LABEL (self->place), place);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), title);
  if (bf_alert_item_is_waiting (alert))
    gtk_widget_remove_css_class (self->title, "acknowledged");
  else
    gtk_widget_add_css_class (self->title, "acknowledged");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, place, -1);
}
