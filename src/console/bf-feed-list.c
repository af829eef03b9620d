/* SPDX-License-Identifier: EUPL-1.2 */
/* The list of feeds in the side panel: see bf-feed-list.h. A feed that is not all right has the dashed ring of the
 * unknown beside its name: colours are the alerts'. A row opens the feeds window ("win.feeds"). Main thread. */

#include "console/bf-feed-list.h"

#include <glib/gi18n-lib.h>

#include "console/bf-priority-mark.h"
#include "console/bf-words.h"

struct _BfFeedList
{
  GtkWidget parent_instance;

  GtkWidget *box, *heading;
  GtkListBox *list;
  BfCityView *view;
};

G_DEFINE_FINAL_TYPE (BfFeedList, bf_feed_list, GTK_TYPE_WIDGET)

static void
update_row (BfFeedList *self, GtkWidget *row)
{
  BfFeedItem *feed = g_object_get_data (G_OBJECT (row), "feed");
  GtkWidget *mark = gtk_widget_get_first_child (gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (row)));
  GtkWidget *state = gtk_widget_get_last_child (gtk_widget_get_next_sibling (mark));
  g_autofree char *line = bf_words_feed_line (feed, bf_city_view_now_us (self->view));
  g_autofree char *spoken = g_strdup_printf (_("Feed %s: %s"), feed->name, line);

  bf_priority_mark_set_state (BF_PRIORITY_MARK (mark),
                              bf_feed_item_is_heard (feed) ? BF_MAP_STATE_CALM : BF_MAP_STATE_UNKNOWN);
  gtk_label_set_label (GTK_LABEL (state), line);
  gtk_widget_set_tooltip_text (row, spoken);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static GtkWidget *
make_row (gpointer item, gpointer user_data)
{
  BfFeedItem *feed = item;
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *lines = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *name = gtk_label_new (feed->name);
  GtkWidget *state = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_xalign (GTK_LABEL (state), 0);
  gtk_label_set_ellipsize (GTK_LABEL (state), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (state, "place");
  gtk_widget_set_hexpand (lines, TRUE);
  gtk_box_append (GTK_BOX (box), bf_priority_mark_new ());
  gtk_box_append (GTK_BOX (lines), name);
  gtk_box_append (GTK_BOX (lines), state);
  gtk_box_append (GTK_BOX (box), lines);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data_full (G_OBJECT (row), "feed", g_object_ref (feed), g_object_unref);
  update_row (user_data, row);
  return row;
}

/**
 * bf_feed_list_update:
 *
 * Writes states and ages anew.
 */
void
bf_feed_list_update (BfFeedList *self)
{
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    update_row (self, row);
  gtk_widget_set_visible (self->heading, gtk_widget_get_first_child (GTK_WIDGET (self->list)) != NULL);
}

static void
activated_cb (BfFeedList *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.feeds", NULL);
}

static void
bf_feed_list_dispose (GObject *object)
{
  BfFeedList *self = BF_FEED_LIST (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->view);
  G_OBJECT_CLASS (bf_feed_list_parent_class)->dispose (object);
}

static void
bf_feed_list_class_init (BfFeedListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bf_feed_list_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
bf_feed_list_init (BfFeedList *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->heading = gtk_label_new (_("FEEDS"));
  gtk_label_set_xalign (GTK_LABEL (self->heading), 0);
  gtk_widget_add_css_class (self->heading, "section-title");
  gtk_widget_add_css_class (self->heading, "panel-heading");
  gtk_box_append (GTK_BOX (self->box), self->heading);
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Feeds"), -1);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "side-list");
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (activated_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->list));
}

void
bf_feed_list_set_view (BfFeedList *self, BfCityView *view)
{
  g_set_object (&self->view, view);
  gtk_list_box_bind_model (self->list, bf_city_view_feeds (view), make_row, self, NULL);
}
