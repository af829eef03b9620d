/* SPDX-License-Identifier: EUPL-1.2 */
/* The window: see bf-window.h. It owns the city's view and sync and the private engine, and passes what changed to its
 * parts; what a person chooses in one part is shown in the others from here. Once a second everything that has an age is
 * written anew, also when the connection is lost. Main thread.
 *
 * Keys without a modifier work wherever no text is being written: they come here after the focus did not want them. */

#include "console/bf-window.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-time.h"
#include "console/bf-connect-dialog.h"
#include "console/bf-feed-list.h"
#include "console/bf-feeds-window.h"
#include "console/bf-log-window.h"
#include "console/bf-header-counts.h"
#include "console/bf-map-link.h"
#include "console/bf-search.h"
#include "console/bf-service-list.h"
#include "console/bf-shelve-dialog.h"
#include "console/bf-settings.h"
#include "console/bf-words.h"
#include "console/charts/bf-timeline-strip.h"

#define QUARTER_US (15 * 60 * (gint64) G_USEC_PER_SEC)
#define FOUND_ZOOM 17.0
#define TOAST_S 3

struct _BfWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  BfSearch *search;
  GtkLabel *city_label, *demo_badge, *clock, *share, *lost_label, *announcer;
  GtkBox *counts, *map_slot, *timeline_slot;
  GtkRevealer *lost_bar;
  GtkWidget *body;
  BfServiceList *services;
  BfFeedList *feeds;
  BfDemoGuide *guide;
  GtkPaned *columns, *right;
  BfAlertBoard *board;
  BfInspector *inspector;

  BfMapView *map;
  BfTimelineStrip *timeline;
  BfMapLink *link;
  BfHeaderCounts *header_counts;
  BfFeedsWindow *feeds_window;
  BfLogWindow *log_window;

  BfCityView *view;
  BfCitySync *sync;
  BfPrivateEngine *engine;
  char *engine_program;
  char *engine_notice;
  gint64 announced_id; /* the newest alert that was said */
  gboolean selecting;
  gboolean was_lost;
  int placed_width;    /* of the window that the panels were placed for */
  int placed_position; /* where; another one now: the person moved it */
  guint tick_id;
};

G_DEFINE_FINAL_TYPE (BfWindow, bf_window, ADW_TYPE_APPLICATION_WINDOW)

/* Showing */

static void
show_lost (BfWindow *self)
{
  gboolean connected = bf_city_view_is_connected (self->view);
  gint64 since_us = bf_city_view_lost_since_us (self->view);
  const char *reason = self->engine_notice != NULL ? self->engine_notice : bf_city_view_lost_reason (self->view);
  g_autofree char *clock = NULL;
  g_autofree char *duration = NULL;
  g_autofree char *text = NULL;

  gtk_revealer_set_reveal_child (self->lost_bar, !connected && since_us != BF_TIME_NONE);
  if (connected || since_us == BF_TIME_NONE)
    {
      gtk_widget_remove_css_class (self->body, "lost-data");
      gtk_label_set_label (self->lost_label, "");
      return;
    }
  clock = bf_words_clock (since_us, bf_city_view_zone (self->view), TRUE);
  duration = bf_words_duration (bf_time_now_us () - since_us);
  if (!bf_city_view_has_hello (self->view))
    text = g_strdup_printf (_("Waiting for the engine since %s (%s)… %s"), clock, duration, reason != NULL ? reason : "");
  else
    text = g_strdup_printf (_("Connection to the engine lost since %s (%s): what you see is old. Trying again… %s"), clock,
                            duration, reason != NULL ? reason : "");
  gtk_label_set_label (self->lost_label, text);
  gtk_widget_add_css_class (self->body, "lost-data");
}

static void
show_header (BfWindow *self)
{
  const BfCityStatus *status = bf_city_view_status (self->view);
  g_autofree char *share = bf_words_share (status->heard, status->expected);
  g_autofree char *text = status->expected > 0 ? g_strdup_printf (_("%s up to date"), share) : g_strdup (_("no data"));
  g_autofree char *clock = bf_words_clock (bf_city_view_now_us (self->view), bf_city_view_zone (self->view), TRUE);
  g_autofree char *title = g_strdup_printf ("Beffroi · %s", bf_city_view_name (self->view));

  gtk_label_set_label (self->city_label, bf_city_view_name (self->view));
  gtk_widget_set_visible (GTK_WIDGET (self->demo_badge), bf_city_view_is_demo (self->view));
  gtk_window_set_title (GTK_WINDOW (self), bf_city_view_has_hello (self->view) ? title : "Beffroi");
  gtk_label_set_label (self->share, bf_city_view_is_connected (self->view)                      ? text
                                    : bf_city_view_lost_since_us (self->view) == BF_TIME_NONE ? _("loading…")
                                                                                              : _("not connected"));
  gtk_label_set_label (self->clock, clock);
  bf_header_counts_update (self->header_counts, status);
}

/* The last quarter of an hour holds now: it ends at the next full quarter. */
static void
show_timeline (BfWindow *self)
{
  const BfCityStatus *status = bf_city_view_status (self->view);
  gint64 end_us = (bf_city_view_now_us (self->view) / QUARTER_US + 1) * QUARTER_US;
  guint count[BF_N_QUARTERS];
  BfMapPriority worst[BF_N_QUARTERS];

  for (guint i = 0; i < BF_N_QUARTERS; i++)
    {
      int priority = status->quarters[i].worst;

      count[i] = status->quarters[i].count;
      worst[i] = count[i] == 0 || priority < 0 ? BF_MAP_PRIORITY_NONE : (BfMapPriority) (BF_MAP_PRIORITY_LOW + priority);
    }
  bf_timeline_strip_set_time_zone (self->timeline, bf_city_view_zone (self->view));
  bf_timeline_strip_set_range (self->timeline, end_us - BF_N_QUARTERS * QUARTER_US, end_us);
  bf_timeline_strip_set_bars (self->timeline, BF_N_QUARTERS, count, worst);
}

/* A new alert that waits is said once, for those who do not see it. */
static void
announce (BfWindow *self)
{
  GListModel *alerts = bf_city_view_alerts (self->view);
  guint n = g_list_model_get_n_items (alerts);
  BfAlertItem *newest = NULL;
  g_autofree char *text = NULL;
  g_autofree char *place = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfAlertItem) item = g_list_model_get_item (alerts, i);

      if (item->id > self->announced_id && bf_alert_item_is_waiting (item))
        if (newest == NULL || bf_alert_item_compare (item, newest) < 0)
          newest = item; /* the list holds it */
    }
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfAlertItem) item = g_list_model_get_item (alerts, i);

      self->announced_id = MAX (self->announced_id, item->id);
    }
  if (newest == NULL)
    return;
  place = bf_words_place (newest);
  text = g_strdup_printf (_("New alert, %s: %s, %s"), bf_words_priority (newest->priority),
                          bf_name_get (&newest->title, bf_words_language ()), place);
  gtk_label_set_label (self->announcer, text);
}

static void
changed_cb (BfWindow *self, guint flags)
{
  if ((flags & BF_CITY_CHANGED_CATALOG) != 0 || bf_city_view_catalog (self->view) == NULL)
    bf_service_list_rebuild (self->services);
  bf_map_link_changed (self->link, flags);
  if ((flags & (BF_CITY_CHANGED_STATUS | BF_CITY_CHANGED_FEEDS | BF_CITY_CHANGED_ASSETS)) != 0)
    bf_service_list_update (self->services);
  if ((flags & (BF_CITY_CHANGED_STATUS | BF_CITY_CHANGED_HELLO)) != 0)
    show_timeline (self);
  if ((flags & (BF_CITY_CHANGED_ALERTS | BF_CITY_CHANGED_CONNECTION)) != 0)
    bf_alert_board_update_counts (self->board);
  if ((flags & BF_CITY_CHANGED_ALERTS) != 0)
    announce (self);
  bf_inspector_changed (self->inspector, flags);
  if (self->feeds_window != NULL)
    bf_feeds_window_changed (self->feeds_window, flags);
  if ((flags & BF_CITY_CHANGED_CONNECTION) != 0)
    {
      if (bf_city_view_is_connected (self->view))
        {
          g_clear_pointer (&self->engine_notice, g_free);
          if (self->was_lost)
            bf_window_say (self, _("Connected to the engine again"));
        }
      self->was_lost = !bf_city_view_is_connected (self->view) && bf_city_view_has_hello (self->view);
      show_lost (self);
    }
  show_header (self);
  bf_demo_guide_update (self->guide);
}

static gboolean
tick_cb (gpointer data)
{
  BfWindow *self = data;

  show_header (self);
  show_lost (self);
  bf_alert_board_tick (self->board);
  bf_inspector_tick (self->inspector);
  bf_service_list_update (self->services);
  bf_feed_list_update (self->feeds);
  if (self->feeds_window != NULL)
    bf_feeds_window_changed (self->feeds_window, BF_CITY_CHANGED_FEEDS);
  if (self->log_window != NULL)
    bf_log_window_tick (self->log_window);
  return G_SOURCE_CONTINUE;
}

/* Choosing */

static void
select_on_map (BfWindow *self, const char *asset)
{
  guint index = bf_city_assets_find (bf_city_view_assets (self->view), asset);

  bf_asset_layer_set_selected (bf_map_view_get_layer (self->map), index == BF_CITY_NONE ? BF_ASSET_NONE : index);
}

static void
selected_cb (BfWindow *self, BfAlertItem *alert)
{
  if (self->selecting || alert == NULL)
    return;
  self->selecting = TRUE;
  bf_inspector_show_alert (self->inspector, alert);
  select_on_map (self, alert->asset);
  bf_map_view_go_to_asset (self->map, bf_city_assets_find (bf_city_view_assets (self->view), alert->asset));
  bf_demo_guide_seen (self->guide);
  self->selecting = FALSE;
}

static void
show_asset (BfWindow *self, const char *id, gboolean go)
{
  guint index = bf_city_assets_find (bf_city_view_assets (self->view), id);
  BfAlertItem *worst = index == BF_CITY_NONE ? NULL : bf_city_view_worst_alert (self->view, index);

  self->selecting = TRUE;
  bf_inspector_show_asset (self->inspector, id);
  bf_alert_board_select (self->board, worst);
  select_on_map (self, id);
  if (go && index != BF_CITY_NONE)
    bf_map_view_go_to_asset (self->map, index);
  if (worst != NULL)
    bf_demo_guide_seen (self->guide);
  self->selecting = FALSE;
}

static void
map_activated_cb (BfWindow *self, guint index)
{
  const BfCityAssets *assets = bf_city_view_assets (self->view);
  const BfCityAsset *asset = bf_city_assets_get (assets, index);

  if (asset != NULL)
    {
      g_autofree char *id = g_strdup (bf_city_assets_text (assets, asset->id));

      show_asset (self, id, FALSE);
    }
}

/* The map's own keys choose an asset too. */
static void
map_selection_cb (BfWindow *self)
{
  guint index = bf_asset_layer_get_selected (bf_map_view_get_layer (self->map));

  if (!self->selecting && index != BF_ASSET_NONE)
    map_activated_cb (self, index);
}

static void
found_cb (BfWindow *self, const char *type, const char *id, double lat, double lon)
{
  if (strcmp (type, "alert") == 0)
    {
      BfAlertItem *alert = bf_city_view_find_alert (self->view, g_ascii_strtoll (id, NULL, 10));

      if (alert != NULL && bf_alert_board_select (self->board, alert))
        return;
    }
  if (strcmp (type, "asset") == 0)
    show_asset (self, id, TRUE);
  else if (!isnan (lat) && !isnan (lon))
    bf_map_view_go_to (self->map, lat, lon, FOUND_ZOOM);
}

static void
filter_cb (BfWindow *self, guint service)
{
  const BfCityService *info = service == BF_CITY_NONE || bf_city_view_catalog (self->view) == NULL
                                ? NULL
                                : bf_city_catalog_service (bf_city_view_catalog (self->view), service);

  bf_alert_board_set_service (self->board, info == NULL ? NULL : info->id,
                              info == NULL ? NULL : bf_name_get (&info->name, bf_words_language ()));
  if (self->link != NULL)
    bf_map_link_set_service (self->link, service);
}

static void
clear_filter_cb (BfWindow *self)
{
  bf_service_list_clear_filter (self->services);
}

/* Actions */

static void
acknowledge_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BfWindow *self = BF_WINDOW (widget);
  BfAlertItem *alert = bf_inspector_get_alert (self->inspector);

  /* Nothing was chosen yet: the worst is shown first, so that nothing is acknowledged unseen. */
  if (alert == NULL)
    bf_alert_board_step (self->board, 1);
  else if (!bf_city_view_is_connected (self->view))
    bf_window_say (self, _("Not connected: nothing can be acknowledged now"));
  else
    bf_inspector_acknowledge (self->inspector);
}

/* Puts the alert shown on a shelf, or takes it off. */
static void
shelve_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BfWindow *self = BF_WINDOW (widget);
  BfAlertItem *alert = bf_inspector_get_alert (self->inspector);

  if (alert == NULL || alert->shelve_max_us <= 0)
    return;
  if (!bf_city_view_is_connected (self->view))
    bf_window_say (self, _("Not connected: nothing can be shelved now"));
  else if (g_strcmp0 (alert->aside, "shelved") == 0)
    bf_city_sync_unshelve (self->sync, alert->id);
  else
    bf_shelve_dialog_present (GTK_WINDOW (self), self->sync, alert);
}

static void
reset_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BfWindow *self = BF_WINDOW (widget);
  BfAlertItem *alert = bf_inspector_get_alert (self->inspector);

  if (alert != NULL && bf_city_view_is_connected (self->view))
    bf_city_sync_reset (self->sync, alert->id);
}

static void
comment_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bf_inspector_focus_comment (BF_WINDOW (widget)->inspector);
}

static void
show_on_map_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BfWindow *self = BF_WINDOW (widget);
  guint index = bf_city_assets_find (bf_city_view_assets (self->view), bf_inspector_get_asset (self->inspector));

  if (index != BF_CITY_NONE)
    bf_map_view_go_to_asset (self->map, index);
}

static void
step_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bf_alert_board_step (BF_WINDOW (widget)->board, g_str_has_suffix (name, "next-alert") ? 1 : -1);
}

static void
focus_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BfWindow *self = BF_WINDOW (widget);

  if (strcmp (name, "win.focus-search") == 0)
    bf_search_focus (self->search);
  else if (strcmp (name, "win.focus-map") == 0)
    gtk_widget_grab_focus (GTK_WIDGET (self->map));
  else if (strcmp (name, "win.focus-services") == 0)
    gtk_widget_child_focus (GTK_WIDGET (self->services), GTK_DIR_TAB_FORWARD);
  else if (strcmp (name, "win.focus-inspector") == 0)
    gtk_widget_child_focus (GTK_WIDGET (self->inspector), GTK_DIR_TAB_FORWARD);
  else
    gtk_widget_child_focus (GTK_WIDGET (self->board), GTK_DIR_TAB_FORWARD);
}

static void
escape_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BfWindow *self = BF_WINDOW (widget);

  if (bf_service_list_get_filter (self->services) != BF_CITY_NONE)
    {
      bf_service_list_clear_filter (self->services);
      return;
    }
  bf_alert_board_select (self->board, NULL);
  bf_inspector_clear (self->inspector);
  bf_asset_layer_set_selected (bf_map_view_get_layer (self->map), BF_ASSET_NONE);
  gtk_widget_child_focus (GTK_WIDGET (self->board), GTK_DIR_TAB_FORWARD);
}

static void
home_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bf_map_view_go_home (BF_WINDOW (widget)->map);
}

static void
feeds_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BfWindow *self = BF_WINDOW (widget);

  if (self->feeds_window == NULL)
    {
      self->feeds_window = bf_feeds_window_new (GTK_WINDOW (self), self->sync);
      g_object_add_weak_pointer (G_OBJECT (self->feeds_window), (gpointer *) &self->feeds_window);
    }
  gtk_window_present (GTK_WINDOW (self->feeds_window));
}

/* Ready for a note, about the alert that is shown. */
static void
log_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  BfWindow *self = BF_WINDOW (widget);

  if (self->log_window == NULL)
    {
      self->log_window = bf_log_window_new (GTK_WINDOW (self), self->sync);
      g_object_add_weak_pointer (G_OBJECT (self->log_window), (gpointer *) &self->log_window);
    }
  bf_log_window_set_alert (self->log_window, bf_inspector_get_alert (self->inspector));
  gtk_window_present (GTK_WINDOW (self->log_window));
}

static void
connect_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  bf_connect_dialog_present (BF_WINDOW (widget));
}

static const struct
{
  guint key;
  GdkModifierType modifiers;
  const char *action;
} keys[] = {
  { GDK_KEY_a, 0, "win.acknowledge" },
  { GDK_KEY_A, GDK_SHIFT_MASK, "win.comment" },
  { GDK_KEY_c, 0, "win.comment" },
  { GDK_KEY_v, 0, "win.shelve" },
  { GDK_KEY_r, 0, "win.reset" },
  { GDK_KEY_m, 0, "win.show-on-map" },
  { GDK_KEY_n, 0, "win.next-alert" },
  { GDK_KEY_N, GDK_SHIFT_MASK, "win.previous-alert" },
  { GDK_KEY_Escape, 0, "win.escape" },
};

static gboolean
key_cb (BfWindow *self, guint key, guint code, GdkModifierType state)
{
  GdkModifierType modifiers = state & (GDK_SHIFT_MASK | GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (keys[i].key == key && keys[i].modifiers == modifiers)
      {
        gtk_widget_activate_action (GTK_WIDGET (self), keys[i].action, NULL);
        return GDK_EVENT_STOP;
      }
  return GDK_EVENT_PROPAGATE;
}

static void
notice_cb (BfWindow *self, const char *text, gboolean error)
{
  bf_window_say (self, text);
}

static void
engine_notice_cb (BfWindow *self, const char *text)
{
  g_free (self->engine_notice);
  self->engine_notice = g_strdup (text);
  show_lost (self);
}

static void
basemap_cb (BfWindow *self, GBytes *bytes)
{
  bf_map_link_set_basemap (self->link, bytes);
}

/* The panels take their share of the window until the person moves them. */
static gboolean
place_panels_cb (gpointer data)
{
  BfWindow *self = data;
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  int height = gtk_widget_get_height (GTK_WIDGET (self->right));
  int space = gtk_widget_get_width (GTK_WIDGET (self->columns));

  if (width == 0 || height == 0 || space == 0)
    return G_SOURCE_REMOVE;
  if (self->placed_width == 0)
    gtk_paned_set_position (self->right, height * 42 / 100);
  else if (self->placed_position != gtk_paned_get_position (self->columns))
    {
      self->placed_width = width;
      return G_SOURCE_REMOVE;
    }
  self->placed_width = width;
  self->placed_position = space - CLAMP (width * 29 / 100, 380, 640);
  gtk_paned_set_position (self->columns, self->placed_position);
  return G_SOURCE_REMOVE;
}

static void
bf_window_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  BfWindow *self = BF_WINDOW (widget);

  GTK_WIDGET_CLASS (bf_window_parent_class)->size_allocate (widget, width, height, baseline);
  if (self->placed_width != width)
    {
      /* GtkPaned keeps its end child's width while it grows: what it moved by itself is no wish of the person. */
      self->placed_position += self->placed_width > 0 ? width - self->placed_width : 0;
      g_idle_add_full (G_PRIORITY_HIGH_IDLE, place_panels_cb, g_object_ref (widget), g_object_unref);
    }
}

/* What this desk will find again: the size of the window and where the city's map was left. */
static void
remember_map (BfWindow *self)
{
  const char *city = bf_city_view_name (self->view);

  if (bf_city_view_has_hello (self->view) && *city != '\0' && bf_map_link_is_placed (self->link))
    {
      ShumateViewport *viewport = shumate_map_get_viewport (bf_map_view_get_map (self->map));

      bf_settings_set_map_place (city, shumate_location_get_latitude (SHUMATE_LOCATION (viewport)),
                                 shumate_location_get_longitude (SHUMATE_LOCATION (viewport)),
                                 shumate_viewport_get_zoom_level (viewport));
    }
}

/* A browser's page (Broadway) is a screen with nothing else on it, and it becomes larger and smaller. */
static gboolean
is_in_a_page (BfWindow *self)
{
  return g_str_equal (G_OBJECT_TYPE_NAME (gtk_widget_get_display (GTK_WIDGET (self))), "GdkBroadwayDisplay");
}

static gboolean
bf_window_close_request (GtkWindow *window)
{
  GSettings *settings = bf_settings_get ();

  if (settings != NULL)
    {
      int width, height;

      gtk_window_get_default_size (window, &width, &height);
      if (!is_in_a_page (BF_WINDOW (window)))
        {
          g_settings_set (settings, "window-size", "(ii)", width, height);
          g_settings_set_boolean (settings, "window-maximized", gtk_window_is_maximized (window));
        }
      remember_map (BF_WINDOW (window));
      g_settings_sync ();
    }
  return GTK_WINDOW_CLASS (bf_window_parent_class)->close_request (window);
}

/* A screen may be smaller today: GTK keeps the window on it. */
static void
restore_size (BfWindow *self)
{
  GSettings *settings = bf_settings_get ();
  int width, height;

  if (is_in_a_page (self))
    {
      gtk_window_maximize (GTK_WINDOW (self));
      return;
    }
  if (settings == NULL)
    return;
  g_settings_get (settings, "window-size", "(ii)", &width, &height);
  if (width >= 800 && height >= 560 && width <= 32767 && height <= 32767)
    gtk_window_set_default_size (GTK_WINDOW (self), width, height);
  if (g_settings_get_boolean (settings, "window-maximized"))
    gtk_window_maximize (GTK_WINDOW (self));
}

static void
bf_window_dispose (GObject *object)
{
  BfWindow *self = BF_WINDOW (object);

  g_clear_handle_id (&self->tick_id, g_source_remove);
  if (self->sync != NULL)
    bf_city_sync_close (self->sync);
  if (self->view != NULL)
    g_signal_handlers_disconnect_by_data (self->view, self);
  if (self->engine != NULL)
    bf_private_engine_stop (self->engine);
  g_clear_pointer (&self->link, bf_map_link_free);
  g_clear_object (&self->engine);
  g_clear_object (&self->sync);
  g_clear_object (&self->view);
  G_OBJECT_CLASS (bf_window_parent_class)->dispose (object);
}

static void
bf_window_finalize (GObject *object)
{
  BfWindow *self = BF_WINDOW (object);

  g_free (self->engine_program);
  g_free (self->engine_notice);
  G_OBJECT_CLASS (bf_window_parent_class)->finalize (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  gtk_widget_class_install_action (widget_class, "win.acknowledge", NULL, acknowledge_action);
  gtk_widget_class_install_action (widget_class, "win.comment", NULL, comment_action);
  gtk_widget_class_install_action (widget_class, "win.shelve", NULL, shelve_action);
  gtk_widget_class_install_action (widget_class, "win.reset", NULL, reset_action);
  gtk_widget_class_install_action (widget_class, "win.show-on-map", NULL, show_on_map_action);
  gtk_widget_class_install_action (widget_class, "win.next-alert", NULL, step_action);
  gtk_widget_class_install_action (widget_class, "win.previous-alert", NULL, step_action);
  gtk_widget_class_install_action (widget_class, "win.escape", NULL, escape_action);
  gtk_widget_class_install_action (widget_class, "win.whole-city", NULL, home_action);
  gtk_widget_class_install_action (widget_class, "win.focus-search", NULL, focus_action);
  gtk_widget_class_install_action (widget_class, "win.focus-board", NULL, focus_action);
  gtk_widget_class_install_action (widget_class, "win.focus-map", NULL, focus_action);
  gtk_widget_class_install_action (widget_class, "win.focus-inspector", NULL, focus_action);
  gtk_widget_class_install_action (widget_class, "win.focus-services", NULL, focus_action);
  gtk_widget_class_install_action (widget_class, "win.feeds", NULL, feeds_action);
  gtk_widget_class_install_action (widget_class, "win.log", NULL, log_action);
  gtk_widget_class_install_action (widget_class, "win.connect-city", NULL, connect_action);
}

static void
bf_window_class_init (BfWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bf_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = bf_window_finalize;
  widget_class->size_allocate = bf_window_size_allocate;
  GTK_WINDOW_CLASS (klass)->close_request = bf_window_close_request;
  g_type_ensure (BF_TYPE_SEARCH);
  g_type_ensure (BF_TYPE_SERVICE_LIST);
  g_type_ensure (BF_TYPE_FEED_LIST);
  g_type_ensure (BF_TYPE_DEMO_GUIDE);
  g_type_ensure (BF_TYPE_ALERT_BOARD);
  g_type_ensure (BF_TYPE_INSPECTOR);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/beffroi/Console/ui/bf-window.ui");
  gtk_widget_class_bind_template_child (widget_class, BfWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, search);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, city_label);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, demo_badge);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, clock);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, share);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, lost_label);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, announcer);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, counts);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, map_slot);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, timeline_slot);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, lost_bar);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, body);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, services);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, feeds);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, guide);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, columns);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, right);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, board);
  gtk_widget_class_bind_template_child (widget_class, BfWindow, inspector);
  gtk_widget_class_bind_template_callback (widget_class, selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_cb);
  gtk_widget_class_bind_template_callback (widget_class, clear_filter_cb);
  install_actions (widget_class);
}

static void
make_map (BfWindow *self)
{
  self->map = BF_MAP_VIEW (bf_map_view_new ());
  gtk_widget_set_hexpand (GTK_WIDGET (self->map), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self->map), TRUE);
  gtk_box_append (self->map_slot, GTK_WIDGET (self->map));
  g_signal_connect_object (self->map, "asset-activated", G_CALLBACK (map_activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (bf_map_view_get_layer (self->map), "selection-changed", G_CALLBACK (map_selection_cb), self,
                           G_CONNECT_SWAPPED);
  self->link = bf_map_link_new (self->view, self->map);
  self->timeline = BF_TIMELINE_STRIP (bf_timeline_strip_new ());
  gtk_widget_set_hexpand (GTK_WIDGET (self->timeline), TRUE);
  gtk_box_append (self->timeline_slot, GTK_WIDGET (self->timeline));
}

static void
bf_window_init (BfWindow *self)
{
  GtkEventController *controller = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->view = bf_city_view_new ();
  self->sync = bf_city_sync_new (self->view);
  make_map (self);
  self->header_counts = bf_header_counts_new (self->counts);
  bf_search_set_sync (self->search, self->sync);
  bf_service_list_set_view (self->services, self->view);
  bf_feed_list_set_view (self->feeds, self->view);
  bf_demo_guide_set_sync (self->guide, self->sync);
  bf_inspector_set_sync (self->inspector, self->sync);
  bf_alert_board_set_view (self->board, self->view);
  g_signal_connect_object (self->search, "found", G_CALLBACK (found_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->view, "changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sync, "notice", G_CALLBACK (notice_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->sync, "basemap", G_CALLBACK (basemap_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (controller, "key-pressed", G_CALLBACK (key_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self), controller);
  self->tick_id = g_timeout_add_seconds (1, tick_cb, self);
  show_header (self);
}

/**
 * bf_window_new:
 * @engine_program: path of beffroi-engine, for cities of this machine
 */
BfWindow *
bf_window_new (GtkApplication *application, const char *engine_program)
{
  BfWindow *self = g_object_new (BF_TYPE_WINDOW, "application", application, NULL);

  self->engine_program = g_strdup (engine_program);
  restore_size (self);
  return self;
}

static void
leave_city (BfWindow *self)
{
  remember_map (self);
  bf_inspector_clear (self->inspector);
  g_clear_pointer (&self->engine_notice, g_free);
  self->announced_id = 0;
  bf_city_sync_close (self->sync);
  bf_demo_guide_set_engine (self->guide, NULL);
  if (self->engine != NULL)
    bf_private_engine_stop (self->engine);
  g_clear_object (&self->engine);
}

/**
 * bf_window_open_city:
 * @city_dir: folder of a city
 * @data_dir: folder of its store
 *
 * Starts a private engine for that city and shows it.
 */
gboolean
bf_window_open_city (BfWindow *self, const char *city_dir, const char *data_dir, GError **error)
{
  g_autoptr (BfPrivateEngine) engine = bf_private_engine_new (self->engine_program, city_dir, data_dir);

  if (!bf_private_engine_start (engine, error))
    return FALSE;
  leave_city (self);
  self->engine = g_steal_pointer (&engine);
  g_signal_connect_object (self->engine, "notice", G_CALLBACK (engine_notice_cb), self, G_CONNECT_SWAPPED);
  bf_demo_guide_set_engine (self->guide, self->engine);
  bf_city_sync_open (self->sync, bf_private_engine_get_address (self->engine), NULL);
  return TRUE;
}

/**
 * bf_window_open_address:
 * @address: of an engine that runs already
 */
void
bf_window_open_address (BfWindow *self, const char *address, const char *token)
{
  leave_city (self);
  bf_city_sync_open (self->sync, address, token);
}

BfCitySync *
bf_window_get_sync (BfWindow *self)
{
  return self->sync;
}

BfAlertBoard *
bf_window_get_board (BfWindow *self)
{
  return self->board;
}

BfInspector *
bf_window_get_inspector (BfWindow *self)
{
  return self->inspector;
}

BfDemoGuide *
bf_window_get_guide (BfWindow *self)
{
  return self->guide;
}

/**
 * bf_window_say:
 *
 * A short message over the window.
 */
void
bf_window_say (BfWindow *self, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text, -1);
  AdwToast *toast = adw_toast_new (escaped);

  adw_toast_set_timeout (toast, TOAST_S);
  adw_toast_overlay_add_toast (self->toasts, toast);
  gtk_label_set_label (self->announcer, text);
}
