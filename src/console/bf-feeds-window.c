/* SPDX-License-Identifier: EUPL-1.2 */
/* Feeds and problems: see bf-feeds-window.h. Cards are made and removed only when the set of feeds changes, so that a reason
 * being typed stays. Main thread. */

#include "console/bf-feeds-window.h"

#include <glib/gi18n-lib.h>

#include "console/bf-feed-card.h"
#include "console/bf-line-list.h"

struct _BfFeedsWindow
{
  AdwWindow parent_instance;

  GtkBox *cards, *problems;
  GtkWidget *problems_heading;
  BfCitySync *sync;
};

G_DEFINE_FINAL_TYPE (BfFeedsWindow, bf_feeds_window, ADW_TYPE_WINDOW)

static void
update_cards (BfFeedsWindow *self)
{
  GListModel *feeds = bf_city_view_feeds (bf_city_sync_get_view (self->sync));
  guint n = g_list_model_get_n_items (feeds);
  GtkWidget *card = gtk_widget_get_first_child (GTK_WIDGET (self->cards));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfFeedItem) feed = g_list_model_get_item (feeds, i);
      GtkWidget *next = card == NULL ? NULL : gtk_widget_get_next_sibling (card);

      if (card != NULL && bf_feed_card_get_feed (BF_FEED_CARD (card)) != feed)
        {
          gtk_box_remove (self->cards, card);
          card = NULL;
        }
      if (card == NULL)
        {
          card = bf_feed_card_new (self->sync, feed);
          gtk_box_insert_child_after (self->cards, card,
                                      next == NULL ? gtk_widget_get_last_child (GTK_WIDGET (self->cards))
                                                   : gtk_widget_get_prev_sibling (next));
        }
      else
        bf_feed_card_update (BF_FEED_CARD (card));
      card = next;
    }
  while (card != NULL)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (card);

      gtk_box_remove (self->cards, card);
      card = next;
    }
}

static void
update_problems (BfFeedsWindow *self)
{
  GArray *problems = bf_city_view_problems (bf_city_sync_get_view (self->sync));

  for (guint i = 0; i < problems->len; i++)
    {
      const BfCityProblem *problem = &g_array_index (problems, BfCityProblem, i);
      g_autofree char *place = problem->line > 0
                                 ? g_strdup_printf (_("%s, line %d"), problem->file, (int) problem->line)
                                 : g_strdup (problem->file);

      bf_line_list_set (self->problems, i, problem->message, "", place, FALSE);
    }
  bf_line_list_cut (self->problems, problems->len);
  gtk_widget_set_visible (self->problems_heading, problems->len > 0);
}

/**
 * bf_feeds_window_changed:
 * @flags: of the view's "changed"
 */
void
bf_feeds_window_changed (BfFeedsWindow *self, guint flags)
{
  if ((flags & (BF_CITY_CHANGED_FEEDS | BF_CITY_CHANGED_CONNECTION)) != 0)
    update_cards (self);
  if ((flags & BF_CITY_CHANGED_PROBLEMS) != 0)
    update_problems (self);
}

static gboolean
escape_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  gtk_window_close (GTK_WINDOW (widget));
  return TRUE;
}

static void
bf_feeds_window_dispose (GObject *object)
{
  g_clear_object (&BF_FEEDS_WINDOW (object)->sync);
  G_OBJECT_CLASS (bf_feeds_window_parent_class)->dispose (object);
}

static void
bf_feeds_window_class_init (BfFeedsWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bf_feeds_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/beffroi/Console/ui/bf-feeds-window.ui");
  gtk_widget_class_bind_template_child (widget_class, BfFeedsWindow, cards);
  gtk_widget_class_bind_template_child (widget_class, BfFeedsWindow, problems);
  gtk_widget_class_bind_template_child (widget_class, BfFeedsWindow, problems_heading);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
}

static void
bf_feeds_window_init (BfFeedsWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

BfFeedsWindow *
bf_feeds_window_new (GtkWindow *parent, BfCitySync *sync)
{
  BfFeedsWindow *self = g_object_new (BF_TYPE_FEEDS_WINDOW, "transient-for", parent, NULL);

  self->sync = g_object_ref (sync);
  update_cards (self);
  update_problems (self);
  return self;
}
