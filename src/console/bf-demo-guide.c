/* SPDX-License-Identifier: EUPL-1.2 */
/* The guide: see bf-demo-guide.h. It only watches the view and asks by the API; the one exception is the kill -9 of the
 * engine that this console started itself. Shown in a demonstration, until its cross or the window is closed. Main thread. */

#include "console/bf-demo-guide.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "console/bf-words.h"

typedef struct
{
  GtkWidget *mark;
  GtkWidget *text;
  GtkWidget *button; /* (nullable) */
  gboolean done;
} Row;

struct _BfDemoGuide
{
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkLabel *heading;
  GtkLabel *no_kill; /* why the engine cannot be killed from here */
  Row rows[BF_GUIDE_N_STEPS];
  BfCitySync *sync;
  BfPrivateEngine *engine;
  gboolean closed;
  GHashTable *acknowledged; /* ids (gint64) of the alerts that were acknowledged when the engine was killed */
  gint64 killed_epoch;    /* of the engine that was killed; 0: none */
};

G_DEFINE_FINAL_TYPE (BfDemoGuide, bf_demo_guide, GTK_TYPE_WIDGET)

static const struct
{
  const char *text;
  const char *button;
} steps[BF_GUIDE_N_STEPS] = {
  { N_("Choose an alert: where, whom it touches, why"), NULL },
  { N_("Acknowledge it: key A"), NULL },
  { N_("Kill the engine (kill -9)"), N_("Kill") },
  { N_("It is back, the alert still acknowledged"), NULL },
  { N_("Cut a feed"), N_("Cut") },
  { N_("The city says that it does not know"), NULL },
  { N_("Connect your own city"), N_("Connect…") },
};

/* (element-type gint64): the ids of the open alerts that somebody has acknowledged */
static GHashTable *
find_acknowledged (BfCityView *view)
{
  GHashTable *found = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  GListModel *alerts = bf_city_view_alerts (view);
  guint n = g_list_model_get_n_items (alerts);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfAlertItem) item = g_list_model_get_item (alerts, i);

      if (item->acknowledged_by != NULL)
        g_hash_table_add (found, g_memdup2 (&item->id, sizeof item->id));
    }
  return found;
}

/* Whether one of them is open and acknowledged still: the others may have ended in between. */
static gboolean
is_still_acknowledged (BfDemoGuide *self, BfCityView *view)
{
  g_autoptr (GHashTable) now = find_acknowledged (view);
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->acknowledged);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    if (g_hash_table_contains (now, id))
      return TRUE;
  return FALSE;
}

static BfFeedItem *
find_feed (BfCityView *view, gboolean paused)
{
  GListModel *feeds = bf_city_view_feeds (view);
  guint n = g_list_model_get_n_items (feeds);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfFeedItem) feed = g_list_model_get_item (feeds, i);

      if ((feed->state == BF_FEED_PAUSED) == paused && feed->state != BF_FEED_OFF)
        return feed; /* the list holds it */
    }
  return NULL;
}

static guint
count_feeds (BfCityView *view, const char *service)
{
  GListModel *feeds = bf_city_view_feeds (view);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (feeds); i++)
    {
      g_autoptr (BfFeedItem) feed = g_list_model_get_item (feeds, i);

      n += strcmp (feed->service, service) == 0 ? 1 : 0;
    }
  return n;
}

/* The feed whose cut shows soonest: the only one of its service, which grows old quickest; else any that runs. */
static BfFeedItem *
find_feed_to_cut (BfCityView *view)
{
  GListModel *feeds = bf_city_view_feeds (view);
  BfFeedItem *best = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (feeds); i++)
    {
      g_autoptr (BfFeedItem) feed = g_list_model_get_item (feeds, i);

      /* One that has just been started again, with the engine, counts: it will be heard. */
      if (feed->state != BF_FEED_PAUSED && feed->state != BF_FEED_OFF && feed->stale_s > 0 && count_feeds (view, feed->service) == 1
          && (best == NULL || feed->stale_s < best->stale_s))
        best = feed; /* the list holds it */
    }
  return best != NULL ? best : find_feed (view, FALSE);
}

static gboolean
some_service_is_silent (BfCityView *view)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (view);

  for (guint i = 0; catalog != NULL && i < catalog->services->len; i++)
    {
      const BfServiceStatus *status = bf_city_view_service_status (view, i);

      if (status != NULL && status->expected > 0 && status->heard == 0)
        return TRUE;
    }
  return FALSE;
}

gboolean
bf_demo_guide_is_done (BfDemoGuide *self, BfGuideStep step)
{
  return self->rows[step].done;
}

void
bf_demo_guide_tick (BfDemoGuide *self, BfGuideStep step)
{
  Row *row = &self->rows[step];
  guint n = 0;
  g_autofree char *heading = NULL;
  g_autofree char *spoken = NULL;

  if (row->done)
    return;
  row->done = TRUE;
  gtk_label_set_label (GTK_LABEL (row->mark), "✓");
  gtk_widget_add_css_class (row->text, "done");
  spoken = g_strdup_printf (_("Done: %s"), _(steps[step].text));
  gtk_accessible_update_property (GTK_ACCESSIBLE (row->text), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
  for (guint i = 0; i < BF_GUIDE_N_STEPS; i++)
    n += self->rows[i].done ? 1 : 0;
  heading = g_strdup_printf (_("FIVE MINUTES · %u OF %u"), n, (guint) BF_GUIDE_N_STEPS);
  gtk_label_set_label (self->heading, heading);
}

static void
watch (BfDemoGuide *self, BfCityView *view)
{
  g_autoptr (GHashTable) acknowledged = find_acknowledged (view);
  BfFeedItem *paused = find_feed (view, TRUE);

  if (g_hash_table_size (acknowledged) > 0)
    bf_demo_guide_tick (self, BF_GUIDE_ACKNOWLEDGE);
  if (self->killed_epoch != 0 && bf_city_view_is_connected (view) && bf_city_view_epoch (view) != self->killed_epoch &&
      is_still_acknowledged (self, view))
    bf_demo_guide_tick (self, BF_GUIDE_STILL);
  if (paused != NULL)
    {
      bf_demo_guide_tick (self, BF_GUIDE_CUT);
      if (some_service_is_silent (view))
        bf_demo_guide_tick (self, BF_GUIDE_UNKNOWN);
    }
  gtk_button_set_label (GTK_BUTTON (self->rows[BF_GUIDE_CUT].button), paused != NULL ? _("Restore") : _("Cut"));
}

static const char *
why_no_kill (void)
{
  return _("Not here: this console did not start the engine, others may be using it");
}

/**
 * bf_demo_guide_update:
 *
 * Looks at the city: which step was done meanwhile.
 */
void
bf_demo_guide_update (BfDemoGuide *self)
{
  BfCityView *view = bf_city_sync_get_view (self->sync);
  gboolean demo = bf_city_view_is_demo (view);

  gtk_widget_set_visible (GTK_WIDGET (self), demo && !self->closed);
  if (!demo)
    return;
  gtk_widget_set_sensitive (self->rows[BF_GUIDE_KILL].button, self->engine != NULL && bf_city_view_is_connected (view));
  gtk_widget_set_tooltip_text (self->rows[BF_GUIDE_KILL].button, self->engine != NULL ? NULL : why_no_kill ());
  gtk_widget_set_visible (GTK_WIDGET (self->no_kill), self->engine == NULL);
  gtk_widget_set_sensitive (self->rows[BF_GUIDE_CUT].button,
                            bf_city_view_is_connected (view) &&
                              g_list_model_get_n_items (bf_city_view_feeds (view)) > 0);
  watch (self, view);
}

/**
 * bf_demo_guide_seen:
 *
 * A person chose an alert.
 */
void
bf_demo_guide_seen (BfDemoGuide *self)
{
  bf_demo_guide_tick (self, BF_GUIDE_SEE);
}

static void
kill_cb (BfDemoGuide *self)
{
  if (self->engine == NULL)
    return;
  g_hash_table_unref (self->acknowledged);
  self->acknowledged = find_acknowledged (bf_city_sync_get_view (self->sync));
  self->killed_epoch = bf_city_view_epoch (bf_city_sync_get_view (self->sync));
  bf_private_engine_kill (self->engine);
  bf_demo_guide_tick (self, BF_GUIDE_KILL);
}

static void
cut_cb (BfDemoGuide *self)
{
  BfCityView *view = bf_city_sync_get_view (self->sync);
  BfFeedItem *paused = find_feed (view, TRUE);
  BfFeedItem *running = find_feed_to_cut (view);

  if (paused != NULL)
    bf_city_sync_resume_feed (self->sync, paused->name);
  else if (running != NULL)
    bf_city_sync_pause_feed (self->sync, running->name, _("demonstration"));
}

static void
connect_cb (BfDemoGuide *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.connect-city", NULL);
}

static void
close_cb (BfDemoGuide *self)
{
  self->closed = TRUE;
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

/* Of this desk; the alert may be over by it and so leave the board. */
static void
answered_cb (BfDemoGuide *self, gint64 alert, gboolean acknowledged, gboolean done)
{
  if (acknowledged && done)
    bf_demo_guide_tick (self, BF_GUIDE_ACKNOWLEDGE);
}

static void
bf_demo_guide_dispose (GObject *object)
{
  BfDemoGuide *self = BF_DEMO_GUIDE (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->sync);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->acknowledged, g_hash_table_unref);
  G_OBJECT_CLASS (bf_demo_guide_parent_class)->dispose (object);
}

static void
bf_demo_guide_class_init (BfDemoGuideClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bf_demo_guide_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
add_row (BfDemoGuide *self, guint step, GCallback callback)
{
  Row *row = &self->rows[step];
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);
  g_autofree char *number = g_strdup_printf ("%u", step + 1);

  row->mark = gtk_label_new (number);
  gtk_label_set_width_chars (GTK_LABEL (row->mark), 2);
  gtk_widget_add_css_class (row->mark, "dim");
  gtk_widget_set_valign (row->mark, GTK_ALIGN_START);
  row->text = gtk_label_new (_(steps[step].text));
  gtk_label_set_xalign (GTK_LABEL (row->text), 0);
  gtk_label_set_wrap (GTK_LABEL (row->text), TRUE);
  gtk_widget_set_hexpand (row->text, TRUE);
  gtk_box_append (GTK_BOX (line), row->mark);
  gtk_box_append (GTK_BOX (line), row->text);
  if (callback != NULL)
    {
      row->button = gtk_button_new_with_label (_(steps[step].button));
      gtk_widget_set_valign (row->button, GTK_ALIGN_CENTER);
      gtk_widget_add_css_class (row->button, "chip");
      g_signal_connect_object (row->button, "clicked", callback, self, G_CONNECT_SWAPPED);
      gtk_box_append (GTK_BOX (line), row->button);
    }
  gtk_widget_add_css_class (line, "guide-line");
  gtk_box_append (GTK_BOX (self->box), line);
}

static void
bf_demo_guide_init (BfDemoGuide *self)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *close = gtk_button_new_from_icon_name ("window-close-symbolic");
  g_autofree char *heading = g_strdup_printf (_("FIVE MINUTES · %u OF %u"), 0u, (guint) BF_GUIDE_N_STEPS);

  self->acknowledged = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_add_css_class (self->box, "guide");
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->heading = GTK_LABEL (gtk_label_new (heading));
  gtk_label_set_xalign (self->heading, 0);
  gtk_widget_set_hexpand (GTK_WIDGET (self->heading), TRUE);
  gtk_widget_add_css_class (GTK_WIDGET (self->heading), "section-title");
  gtk_widget_add_css_class (close, "flat");
  gtk_widget_add_css_class (close, "small");
  gtk_accessible_update_property (GTK_ACCESSIBLE (close), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Close the guide"), -1);
  gtk_widget_set_tooltip_text (close, _("Close the guide"));
  g_signal_connect_object (close, "clicked", G_CALLBACK (close_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (line), GTK_WIDGET (self->heading));
  gtk_box_append (GTK_BOX (line), close);
  gtk_box_append (GTK_BOX (self->box), line);
  self->no_kill = GTK_LABEL (gtk_label_new (why_no_kill ()));
  gtk_label_set_xalign (self->no_kill, 0);
  gtk_label_set_wrap (self->no_kill, TRUE);
  gtk_widget_set_margin_start (GTK_WIDGET (self->no_kill), 24);
  gtk_widget_add_css_class (GTK_WIDGET (self->no_kill), "place");
  for (guint i = 0; i < BF_GUIDE_N_STEPS; i++)
    {
      add_row (self, i,
               i == BF_GUIDE_KILL      ? G_CALLBACK (kill_cb)
               : i == BF_GUIDE_CUT     ? G_CALLBACK (cut_cb)
               : i == BF_GUIDE_CONNECT ? G_CALLBACK (connect_cb)
                                       : NULL);
      if (i == BF_GUIDE_KILL)
        gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->no_kill));
    }
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
bf_demo_guide_set_sync (BfDemoGuide *self, BfCitySync *sync)
{
  g_set_object (&self->sync, sync);
  g_signal_connect_object (sync, "answered", G_CALLBACK (answered_cb), self, G_CONNECT_SWAPPED);
}

/**
 * bf_demo_guide_set_engine:
 * @engine: (nullable): the private engine; without one nothing is killed
 */
void
bf_demo_guide_set_engine (BfDemoGuide *self, BfPrivateEngine *engine)
{
  g_set_object (&self->engine, engine);
}
