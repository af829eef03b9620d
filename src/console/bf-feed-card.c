/* SPDX-License-Identifier: EUPL-1.2 */
/* The card of a feed: see bf-feed-card.h. Cutting asks for a reason in the card itself; Enter cuts. Main thread. */

#include "console/bf-feed-card.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "console/bf-line-list.h"
#include "console/bf-priority-mark.h"
#include "console/bf-words.h"

struct _BfFeedCard
{
  GtkWidget parent_instance;

  GtkWidget *box, *mark, *state, *reason, *button;
  GtkBox *lines;
  BfCitySync *sync;
  BfFeedItem *feed;
};

G_DEFINE_FINAL_TYPE (BfFeedCard, bf_feed_card, GTK_TYPE_WIDGET)

static char *
moment (BfFeedCard *self, gint64 time_us)
{
  BfCityView *view = bf_city_sync_get_view (self->sync);
  gint64 now_us = bf_city_view_now_us (view);
  g_autofree char *clock = NULL;
  g_autofree char *ago = NULL;

  if (time_us == BF_TIME_NONE)
    return g_strdup (_("never"));
  clock = bf_words_moment (time_us, now_us, bf_city_view_zone (view));
  if (time_us > now_us)
    {
      ago = bf_words_duration (time_us - now_us);
      return g_strdup_printf (_("%s, in %s"), clock, ago);
    }
  ago = bf_words_ago (now_us - time_us);
  return g_strdup_printf ("%s, %s", clock, ago);
}

static void
add_line (BfFeedCard *self, guint *row, const char *name, const char *value)
{
  if (value != NULL && *value != '\0')
    bf_line_list_set (self->lines, (*row)++, name, value, "", FALSE);
}

/* The address as the file has it; when it begins with a variable, where that goes. */
static char *
address_words (const BfFeedItem *feed)
{
  if (strstr (feed->url, "${") == NULL || *feed->server == '\0')
    return g_strdup (feed->url);
  return g_strdup_printf ("%s → %s", feed->url, feed->server);
}

static char *
death_words (BfFeedCard *self)
{
  g_autofree char *when = NULL;

  if (self->feed->deaths == 0)
    return NULL;
  when = moment (self, self->feed->death_us);
  return g_strdup_printf ("%s · %s", when, self->feed->death);
}

/* Of a source whose clock is ahead now, how far, and how many of its stamps could not be right. */
static char *
ahead_words (const BfFeedItem *feed)
{
  g_autofree char *span = NULL;
  g_autofree char *stamps = NULL;

  if (feed->ahead_s <= 0)
    return NULL;
  span = bf_words_duration ((gint64) (feed->ahead_s * G_USEC_PER_SEC));
  stamps = bf_words_number ((double) feed->ahead, 0);
  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "by %s · %s stamp taken as now", "by %s · %s stamps taken as now", (gulong) feed->ahead),
                          span, stamps);
}

static void
update_lines (BfFeedCard *self)
{
  const BfFeedItem *feed = self->feed;
  g_autofree char *newest = moment (self, feed->newest_us);
  g_autofree char *unchanged = feed->unchanged_us == BF_TIME_NONE ? NULL : moment (self, feed->unchanged_us);
  g_autofree char *last_ok = moment (self, feed->last_ok_us);
  g_autofree char *next = feed->next_us == BF_TIME_NONE ? NULL : moment (self, feed->next_us);
  g_autofree char *payloads = bf_words_number ((double) feed->payloads, 0);
  g_autofree char *bytes = bf_words_bytes (feed->bytes);
  g_autofree char *observations = bf_words_number ((double) feed->observations, 0);
  g_autofree char *refused = bf_words_number ((double) feed->refused, 0);
  g_autofree char *assets = bf_words_number ((double) feed->assets, 0);
  g_autofree char *heard = g_strdup_printf ("%s · %s", payloads, bytes);
  g_autofree char *restarts = feed->restarts > 0 ? bf_words_number ((double) feed->restarts, 0) : NULL;
  g_autofree char *unknown = feed->unknown_assets > 0 ? bf_words_number ((double) feed->unknown_assets, 0) : NULL;
  g_autofree char *held = feed->held_back > 0 ? bf_words_number ((double) feed->held_back, 0) : NULL;
  g_autofree char *address = address_words (feed);
  g_autofree char *death = death_words (self);
  g_autofree char *ahead = ahead_words (feed);
  guint row = 0;

  add_line (self, &row, _("Address"), address);
  add_line (self, &row, _("Newest data"), newest);
  add_line (self, &row, _("The same list since"), unchanged);
  add_line (self, &row, _("Its clock is ahead"), ahead);
  add_line (self, &row, _("Last good answer"), last_ok);
  add_line (self, &row, _("Next try"), next);
  add_line (self, &row, _("Answers received"), heard);
  add_line (self, &row, _("Assets"), assets);
  add_line (self, &row, _("Assets unknown now"), unknown);
  add_line (self, &row, _("Alerts held back while it is silent"), held);
  add_line (self, &row, _("Observations"), observations);
  add_line (self, &row, _("Refused records"), refused);
  add_line (self, &row, _("Last refusal"), feed->last_refused);
  add_line (self, &row, _("Restarts of its process"), restarts);
  add_line (self, &row, _("Last end of its process"), death);
  bf_line_list_cut (self->lines, row);
}

/**
 * bf_feed_card_update:
 *
 * Writes state, ages and counts anew.
 */
void
bf_feed_card_update (BfFeedCard *self)
{
  BfCityView *view = bf_city_sync_get_view (self->sync);
  g_autofree char *line = bf_words_feed_line (self->feed, bf_city_view_now_us (view));
  gboolean paused = self->feed->state == BF_FEED_PAUSED;
  g_autofree char *spoken = NULL;

  if (paused && *self->feed->actor != '\0')
    {
      g_autofree char *first = g_steal_pointer (&line);

      line = g_strdup_printf (_("%s · by %s"), first, self->feed->actor);
    }
  gtk_label_set_label (GTK_LABEL (self->state), line);
  bf_priority_mark_set_state (BF_PRIORITY_MARK (self->mark),
                              bf_feed_item_is_heard (self->feed) ? BF_MAP_STATE_CALM : BF_MAP_STATE_UNKNOWN);
  gtk_button_set_label (GTK_BUTTON (self->button), paused ? _("Restore the feed") : _("Cut the feed"));
  gtk_widget_set_visible (self->reason, !paused);
  gtk_widget_set_sensitive (self->button, bf_city_view_is_connected (view) && self->feed->state != BF_FEED_OFF);
  update_lines (self);
  spoken = g_strdup_printf (_("Feed %s: %s"), self->feed->name, line);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

BfFeedItem *
bf_feed_card_get_feed (BfFeedCard *self)
{
  return self->feed;
}

static void
cut_cb (BfFeedCard *self)
{
  if (self->feed->state == BF_FEED_PAUSED)
    bf_city_sync_resume_feed (self->sync, self->feed->name);
  else
    bf_city_sync_pause_feed (self->sync, self->feed->name, gtk_editable_get_text (GTK_EDITABLE (self->reason)));
  gtk_editable_set_text (GTK_EDITABLE (self->reason), "");
}

static void
bf_feed_card_dispose (GObject *object)
{
  BfFeedCard *self = BF_FEED_CARD (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->sync);
  g_clear_object (&self->feed);
  G_OBJECT_CLASS (bf_feed_card_parent_class)->dispose (object);
}

static void
bf_feed_card_class_init (BfFeedCardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bf_feed_card_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
bf_feed_card_init (BfFeedCard *self)
{
}

static GtkWidget *
make_heading (BfFeedCard *self)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
  GtkWidget *words = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *name = gtk_label_new (self->feed->name);

  self->mark = bf_priority_mark_new ();
  self->state = gtk_label_new (NULL);
  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_xalign (GTK_LABEL (self->state), 0);
  gtk_label_set_wrap (GTK_LABEL (self->state), TRUE);
  gtk_widget_add_css_class (name, "alert-title");
  gtk_widget_set_hexpand (words, TRUE);
  gtk_box_append (GTK_BOX (words), name);
  gtk_box_append (GTK_BOX (words), self->state);
  gtk_box_append (GTK_BOX (line), self->mark);
  gtk_box_append (GTK_BOX (line), words);
  return line;
}

GtkWidget *
bf_feed_card_new (BfCitySync *sync, BfFeedItem *feed)
{
  BfFeedCard *self = g_object_new (BF_TYPE_FEED_CARD, NULL);
  GtkWidget *actions = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->sync = g_object_ref (sync);
  self->feed = g_object_ref (feed);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  gtk_widget_add_css_class (self->box, "feed-card");
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_box_append (GTK_BOX (self->box), make_heading (self));
  self->lines = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 0));
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->lines));
  self->reason = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->reason), _("Reason, for example: works on the server"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->reason), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Reason"), -1);
  gtk_widget_set_hexpand (self->reason, TRUE);
  g_signal_connect_object (self->reason, "activate", G_CALLBACK (cut_cb), self, G_CONNECT_SWAPPED);
  self->button = gtk_button_new_with_label (_("Cut the feed"));
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (cut_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (actions), self->reason);
  gtk_box_append (GTK_BOX (actions), self->button);
  gtk_box_append (GTK_BOX (self->box), actions);
  bf_feed_card_update (self);
  return GTK_WIDGET (self);
}
