/* SPDX-License-Identifier: EUPL-1.2 */
/* The map of the console: base map, assets, alerts, names, scale bar, zoom buttons, keys.
 *
 * A ShumateMap moves the viewport; everything on it is one layer (bf-asset-layer.c). Keys: arrows move, + and -
 * zoom, Home shows the whole city, N and Shift+N go through the alerts worst first, Enter opens the selected asset,
 * Escape lets it go. Follows the light or dark style of the application. Main thread.
 */
#include "bf-map-view.h"

#include "bf-map-caption.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define MARGIN_PX 56
#define MIN_ZOOM 3
#define MAX_ZOOM 20
#define ASSET_ZOOM 16.0
#define GO_TO_MS 260
#define CLICK_PX 6.0

struct _BfMapView
{
  GtkWidget parent_instance;

  ShumateMap *map;
  ShumateViewport *viewport;
  BfBasemapSource *source;
  BfAssetLayer *layer;
  BfMapCaption *caption;
  GtkWidget *notice;
  GtkWidget *overlay;
  GtkWidget *buttons;
  double press_x, press_y;

  double home[4]; /* south, west, north, east */
  gboolean has_home;
  /* The box to be seen whole, and the view that shows it: until the map is moved the box stays whole when the size changes. */
  double box[4];
  gboolean has_box;
  double box_zoom, box_latitude_deg, box_longitude_deg; /* zoom 0: not shown yet */
  double box_width, box_height;
};

G_DEFINE_FINAL_TYPE (BfMapView, bf_map_view, GTK_TYPE_WIDGET)

enum
{
  SIGNAL_ASSET_ACTIVATED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static double
clamp_zoom (double zoom)
{
  return CLAMP (zoom, MIN_ZOOM, MAX_ZOOM);
}

static void
show_box (BfMapView *self, double width, double height)
{
  double x0 = bf_mercator_x (self->box[1]), x1 = bf_mercator_x (self->box[3]);
  double y0 = bf_mercator_y (self->box[2]), y1 = bf_mercator_y (self->box[0]);
  double w = MAX (x1 - x0, 1e-9), h = MAX (y1 - y0, 1e-9);
  double zoom_x = log2 (MAX (width - 2 * MARGIN_PX, 64) / (BF_TILE_PX * w));
  double zoom_y = log2 (MAX (height - 2 * MARGIN_PX, 64) / (BF_TILE_PX * h));

  shumate_map_stop_go_to (self->map);
  shumate_viewport_set_zoom_level (self->viewport, clamp_zoom (MIN (MIN (zoom_x, zoom_y), 18.0)));
  shumate_location_set_location (SHUMATE_LOCATION (self->viewport), bf_mercator_latitude ((y0 + y1) / 2),
                                 bf_mercator_longitude ((x0 + x1) / 2));
  self->box_width = width;
  self->box_height = height;
  self->box_zoom = shumate_viewport_get_zoom_level (self->viewport);
  self->box_latitude_deg = shumate_location_get_latitude (SHUMATE_LOCATION (self->viewport));
  self->box_longitude_deg = shumate_location_get_longitude (SHUMATE_LOCATION (self->viewport));
}

static gboolean
is_box_shown (BfMapView *self)
{
  return self->box_zoom == shumate_viewport_get_zoom_level (self->viewport)
         && self->box_latitude_deg == shumate_location_get_latitude (SHUMATE_LOCATION (self->viewport))
         && self->box_longitude_deg == shumate_location_get_longitude (SHUMATE_LOCATION (self->viewport));
}

/* Callbacks */

static void
style_cb (BfMapView *self)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());

  bf_asset_layer_set_dark (self->layer, dark);
  bf_map_caption_set_dark (self->caption, dark);
}

/* The map is north up: a gesture that turns it would only confuse. */
static void
rotation_cb (BfMapView *self)
{
  if (shumate_viewport_get_rotation (self->viewport) != 0)
    shumate_viewport_set_rotation (self->viewport, 0);
}

static void
activated_cb (BfMapView *self, guint asset)
{
  g_signal_emit (self, signals[SIGNAL_ASSET_ACTIVATED], 0, asset);
}

static void
pressed_cb (BfMapView *self, int n_press, double x, double y)
{
  self->press_x = x;
  self->press_y = y;
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
released_cb (BfMapView *self, int n_press, double x, double y)
{
  BfMapHit hit;

  if (hypot (x - self->press_x, y - self->press_y) > CLICK_PX)
    return;
  if (!bf_asset_layer_activate (self->layer, x, y, &hit))
    {
      bf_asset_layer_set_selected (self->layer, BF_ASSET_NONE);
      return;
    }
  if (hit.kind != BF_MAP_HIT_CLUSTER)
    return;
  /* Nothing more to see nearer: the worst of them answers for all. */
  if (shumate_viewport_get_zoom_level (self->viewport) >= 18.0 && hit.has_asset)
    {
      bf_asset_layer_set_selected (self->layer, hit.asset);
      activated_cb (self, hit.asset);
    }
  else
    bf_map_view_fit (self, hit.south_deg, hit.west_deg, hit.north_deg, hit.east_deg);
}

static void
motion_cb (BfMapView *self, double x, double y)
{
  bf_asset_layer_hover (self->layer, x, y, TRUE);
}

static void
leave_cb (BfMapView *self)
{
  bf_asset_layer_hover (self->layer, 0, 0, FALSE);
}

static void
hovered_cb (BfMapView *self, guint asset)
{
  gtk_widget_set_cursor_from_name (GTK_WIDGET (self->map), asset == BF_ASSET_NONE ? NULL : "pointer");
}

static void
move_by (BfMapView *self, double part_x, double part_y)
{
  double w = gtk_widget_get_width (GTK_WIDGET (self)), h = gtk_widget_get_height (GTK_WIDGET (self));
  double lat, lon;

  shumate_map_stop_go_to (self->map);
  shumate_viewport_widget_coords_to_location (self->viewport, GTK_WIDGET (self->map), w * (0.5 + part_x),
                                              h * (0.5 + part_y), &lat, &lon);
  shumate_location_set_location (SHUMATE_LOCATION (self->viewport), CLAMP (lat, -85, 85), lon);
}

static void
zoom_by (BfMapView *self, double levels)
{
  shumate_map_stop_go_to (self->map);
  shumate_viewport_set_zoom_level (self->viewport,
                                   clamp_zoom (shumate_viewport_get_zoom_level (self->viewport) + levels));
}

static void
zoom_in_cb (BfMapView *self)
{
  zoom_by (self, 0.5);
}

static void
zoom_out_cb (BfMapView *self)
{
  zoom_by (self, -0.5);
}

static gboolean
key_cb (BfMapView *self, guint keyval, guint keycode, GdkModifierType state)
{
  guint selected = bf_asset_layer_get_selected (self->layer);

  if (state & (GDK_CONTROL_MASK | GDK_ALT_MASK | GDK_SUPER_MASK))
    return FALSE;
  switch (keyval)
    {
    case GDK_KEY_Left:
    case GDK_KEY_KP_Left:
      move_by (self, -0.15, 0);
      return TRUE;
    case GDK_KEY_Right:
    case GDK_KEY_KP_Right:
      move_by (self, 0.15, 0);
      return TRUE;
    case GDK_KEY_Up:
    case GDK_KEY_KP_Up:
      move_by (self, 0, -0.15);
      return TRUE;
    case GDK_KEY_Down:
    case GDK_KEY_KP_Down:
      move_by (self, 0, 0.15);
      return TRUE;
    case GDK_KEY_plus:
    case GDK_KEY_equal:
    case GDK_KEY_KP_Add:
      zoom_in_cb (self);
      return TRUE;
    case GDK_KEY_minus:
    case GDK_KEY_KP_Subtract:
      zoom_out_cb (self);
      return TRUE;
    case GDK_KEY_Home:
    case GDK_KEY_KP_Home:
      bf_map_view_go_home (self);
      return TRUE;
    case GDK_KEY_n:
    case GDK_KEY_N:
      return bf_map_view_next_alert (self, !(state & GDK_SHIFT_MASK));
    case GDK_KEY_Return:
    case GDK_KEY_KP_Enter:
      if (selected != BF_ASSET_NONE)
        activated_cb (self, selected);
      return selected != BF_ASSET_NONE;
    case GDK_KEY_Escape:
      bf_asset_layer_set_selected (self->layer, BF_ASSET_NONE);
      return selected != BF_ASSET_NONE;
    default:
      return FALSE;
    }
}

/* Class */

static void
bf_map_view_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  BfMapView *self = BF_MAP_VIEW (widget);
  GtkAllocation all = { 0, 0, width, height };

  /* Before the children are placed: they would be out of date at once. */
  if (self->has_box && self->box_zoom > 0 && !is_box_shown (self))
    self->has_box = FALSE;
  if (self->has_box && width > 0 && height > 0 && (width != self->box_width || height != self->box_height))
    show_box (self, width, height);
  gtk_widget_size_allocate (self->overlay, &all, baseline);
}

static void
bf_map_view_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                     int *minimum_baseline, int *natural_baseline)
{
  *minimum = 120;
  *natural = 480;
}

static void
bf_map_view_dispose (GObject *object)
{
  BfMapView *self = BF_MAP_VIEW (object);

  g_clear_pointer (&self->overlay, gtk_widget_unparent);
  g_clear_object (&self->source);

  G_OBJECT_CLASS (bf_map_view_parent_class)->dispose (object);
}

static void
bf_map_view_class_init (BfMapViewClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bf_map_view_dispose;
  widget_class->size_allocate = bf_map_view_size_allocate;
  widget_class->measure = bf_map_view_measure;
  gtk_widget_class_set_css_name (widget_class, "mapview");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);

  /**
   * BfMapView::asset-activated:
   * @self: the map
   * @asset: the caller's index
   *
   * A person chose an asset, by pointer or key.
   */
  signals[SIGNAL_ASSET_ACTIVATED] = g_signal_new ("asset-activated", BF_TYPE_MAP_VIEW, G_SIGNAL_RUN_LAST, 0, NULL,
                                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static GtkWidget *
make_button (BfMapView *self, const char *icon, const char *label, GCallback callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);

  gtk_widget_set_tooltip_text (button, label);
  gtk_widget_set_focus_on_click (button, FALSE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_swapped (button, "clicked", callback, self);
  return button;
}

static void
add_controls (BfMapView *self)
{
  GtkOverlay *overlay = GTK_OVERLAY (self->overlay);

  self->caption = bf_map_caption_new (self->viewport);
  gtk_widget_set_halign (GTK_WIDGET (self->caption), GTK_ALIGN_START);
  gtk_widget_set_valign (GTK_WIDGET (self->caption), GTK_ALIGN_END);
  gtk_widget_set_margin_start (GTK_WIDGET (self->caption), 14);
  gtk_widget_set_margin_end (GTK_WIDGET (self->caption), 64); /* the buttons */
  gtk_widget_set_margin_bottom (GTK_WIDGET (self->caption), 12);
  gtk_overlay_add_overlay (overlay, GTK_WIDGET (self->caption));

  self->buttons = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_add_css_class (self->buttons, "linked");
  gtk_box_append (GTK_BOX (self->buttons),
                  make_button (self, "zoom-in-symbolic", _("Zoom In"), G_CALLBACK (zoom_in_cb)));
  gtk_box_append (GTK_BOX (self->buttons),
                  make_button (self, "zoom-out-symbolic", _("Zoom Out"), G_CALLBACK (zoom_out_cb)));
  gtk_box_append (GTK_BOX (self->buttons),
                  make_button (self, "go-home-symbolic", _("Whole City"), G_CALLBACK (bf_map_view_go_home)));
  gtk_widget_set_halign (self->buttons, GTK_ALIGN_END);
  gtk_widget_set_valign (self->buttons, GTK_ALIGN_END);
  gtk_widget_set_margin_end (self->buttons, 14);
  gtk_widget_set_margin_bottom (self->buttons, 12);
  gtk_overlay_add_overlay (overlay, self->buttons);
}

static void
add_controllers (BfMapView *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  g_signal_connect_swapped (click, "pressed", G_CALLBACK (pressed_cb), self);
  g_signal_connect_swapped (click, "released", G_CALLBACK (released_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->map), GTK_EVENT_CONTROLLER (click));
  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self->map), motion);
  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), key);
}

static void
add_notice (BfMapView *self)
{
  self->notice = gtk_label_new (NULL);
  gtk_label_set_wrap (GTK_LABEL (self->notice), TRUE);
  gtk_label_set_justify (GTK_LABEL (self->notice), GTK_JUSTIFY_CENTER);
  gtk_label_set_max_width_chars (GTK_LABEL (self->notice), 60);
  gtk_widget_set_halign (self->notice, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (self->notice, GTK_ALIGN_START);
  gtk_widget_set_margin_top (self->notice, 16);
  gtk_widget_set_can_target (self->notice, FALSE);
  gtk_widget_set_visible (self->notice, FALSE);
  gtk_widget_add_css_class (self->notice, "map-notice");
  gtk_overlay_add_overlay (GTK_OVERLAY (self->overlay), self->notice);
}

static void
bf_map_view_init (BfMapView *self)
{
  self->map = shumate_map_new ();
  self->viewport = shumate_map_get_viewport (self->map);
  self->source = bf_basemap_source_new ();
  shumate_viewport_set_reference_map_source (self->viewport, SHUMATE_MAP_SOURCE (self->source));
  shumate_viewport_set_min_zoom_level (self->viewport, MIN_ZOOM);
  shumate_viewport_set_max_zoom_level (self->viewport, MAX_ZOOM);
  shumate_map_set_zoom_on_double_click (self->map, FALSE);
  self->layer = bf_asset_layer_new (self->viewport);
  bf_asset_layer_set_basemap_source (self->layer, self->source);
  shumate_map_add_layer (self->map, SHUMATE_LAYER (self->layer));

  self->overlay = gtk_overlay_new ();
  gtk_overlay_set_child (GTK_OVERLAY (self->overlay), GTK_WIDGET (self->map));
  gtk_widget_set_parent (self->overlay, GTK_WIDGET (self));
  add_controls (self);
  add_notice (self);
  add_controllers (self);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_vexpand (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Map of the city"), -1);

  g_signal_connect_object (self->viewport, "notify::rotation", G_CALLBACK (rotation_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->layer, "asset-activated", G_CALLBACK (activated_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->layer, "asset-hovered", G_CALLBACK (hovered_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (style_cb), self,
                           G_CONNECT_SWAPPED);
  style_cb (self);
}

/**
 * bf_map_view_new:
 *
 * Returns: (transfer floating): a map of plain ground
 */
GtkWidget *
bf_map_view_new (void)
{
  return g_object_new (BF_TYPE_MAP_VIEW, NULL);
}

/**
 * bf_map_view_get_layer:
 * @self: a map
 *
 * Returns: (transfer none): what is on it: assets, states, selection, places
 */
BfAssetLayer *
bf_map_view_get_layer (BfMapView *self)
{
  g_return_val_if_fail (BF_IS_MAP_VIEW (self), NULL);

  return self->layer;
}

/**
 * bf_map_view_get_source:
 * @self: a map
 *
 * Returns: (transfer none): its base map
 */
BfBasemapSource *
bf_map_view_get_source (BfMapView *self)
{
  g_return_val_if_fail (BF_IS_MAP_VIEW (self), NULL);

  return self->source;
}

/**
 * bf_map_view_get_map:
 * @self: a map
 *
 * Returns: (transfer none): libshumate's map, for its viewport
 */
ShumateMap *
bf_map_view_get_map (BfMapView *self)
{
  g_return_val_if_fail (BF_IS_MAP_VIEW (self), NULL);

  return self->map;
}

/**
 * bf_map_view_set_basemap: (skip)
 * @self: a map
 * @map: (nullable): the city's base map; %NULL for plain ground
 *
 * Shows a base map; where no home is set, its bounds are.
 */
void
bf_map_view_set_basemap (BfMapView *self, BfBasemap *map)
{
  double b[4];

  g_return_if_fail (BF_IS_MAP_VIEW (self));

  bf_basemap_source_set_basemap (self->source, map);
  bf_asset_layer_set_basemap_source (self->layer, self->source);
  if (map != NULL && !self->has_home && bf_basemap_get_bounds (map, &b[0], &b[1], &b[2], &b[3]))
    {
      bf_map_view_set_home (self, b[0], b[1], b[2], b[3]);
      bf_map_view_go_home (self);
    }
}

/**
 * bf_map_view_set_attribution:
 * @self: a map
 * @text: (nullable): whom the base map is owed to
 */
void
bf_map_view_set_attribution (BfMapView *self, const char *text)
{
  g_return_if_fail (BF_IS_MAP_VIEW (self));

  bf_map_caption_set_text (self->caption, text);
}

/**
 * bf_map_view_set_notice:
 * @self: a map
 * @text: (nullable): what a person should know of the map itself, such as that it has no ground
 */
void
bf_map_view_set_notice (BfMapView *self, const char *text)
{
  g_return_if_fail (BF_IS_MAP_VIEW (self));

  gtk_label_set_label (GTK_LABEL (self->notice), text != NULL ? text : "");
  gtk_widget_set_visible (self->notice, text != NULL);
}

/**
 * bf_map_view_set_home:
 * @self: a map
 * @south_deg: WGS 84
 * @west_deg: WGS 84
 * @north_deg: WGS 84
 * @east_deg: WGS 84
 *
 * Says what the whole city is.
 */
void
bf_map_view_set_home (BfMapView *self, double south_deg, double west_deg, double north_deg, double east_deg)
{
  g_return_if_fail (BF_IS_MAP_VIEW (self));

  self->home[0] = south_deg;
  self->home[1] = west_deg;
  self->home[2] = north_deg;
  self->home[3] = east_deg;
  self->has_home = TRUE;
}

/**
 * bf_map_view_go_home:
 * @self: a map
 *
 * Shows the whole city.
 */
void
bf_map_view_go_home (BfMapView *self)
{
  g_return_if_fail (BF_IS_MAP_VIEW (self));

  if (self->has_home)
    bf_map_view_fit (self, self->home[0], self->home[1], self->home[2], self->home[3]);
}

/**
 * bf_map_view_fit:
 * @self: a map
 * @south_deg: WGS 84
 * @west_deg: WGS 84
 * @north_deg: WGS 84
 * @east_deg: WGS 84
 *
 * Shows a box as large as the window allows; at once, or when the map gets its size. Until the map is moved the box
 * stays whole when the map becomes larger or smaller.
 */
void
bf_map_view_fit (BfMapView *self, double south_deg, double west_deg, double north_deg, double east_deg)
{
  const double box[4] = { south_deg, west_deg, north_deg, east_deg };
  int width, height;

  g_return_if_fail (BF_IS_MAP_VIEW (self));

  width = gtk_widget_get_width (GTK_WIDGET (self));
  height = gtk_widget_get_height (GTK_WIDGET (self));
  memcpy (self->box, box, sizeof box);
  self->has_box = TRUE;
  self->box_zoom = 0;
  self->box_width = 0;
  if (width > 0 && height > 0)
    show_box (self, width, height);
}

/**
 * bf_map_view_go_to:
 * @self: a map
 * @latitude_deg: WGS 84
 * @longitude_deg: WGS 84
 * @zoom: zoom level, 0 for the present one
 *
 * Brings a place to the middle.
 */
void
bf_map_view_go_to (BfMapView *self, double latitude_deg, double longitude_deg, double zoom)
{
  gboolean animate = FALSE;

  g_return_if_fail (BF_IS_MAP_VIEW (self));

  zoom = clamp_zoom (zoom > 0 ? zoom : shumate_viewport_get_zoom_level (self->viewport));
  self->has_box = FALSE;
  shumate_map_stop_go_to (self->map);
  g_object_get (gtk_widget_get_settings (GTK_WIDGET (self)), "gtk-enable-animations", &animate, NULL);
  if (animate && gtk_widget_get_mapped (GTK_WIDGET (self)))
    shumate_map_go_to_full_with_duration (self->map, latitude_deg, longitude_deg, zoom, GO_TO_MS);
  else
    bf_map_view_jump_to (self, latitude_deg, longitude_deg, zoom);
}

/**
 * bf_map_view_jump_to:
 * @self: a map
 * @latitude_deg: WGS 84
 * @longitude_deg: WGS 84
 * @zoom: zoom level
 *
 * Shows a place at once: where the map was left the last time.
 */
void
bf_map_view_jump_to (BfMapView *self, double latitude_deg, double longitude_deg, double zoom)
{
  g_return_if_fail (BF_IS_MAP_VIEW (self));

  self->has_box = FALSE;
  shumate_map_stop_go_to (self->map);
  shumate_viewport_set_zoom_level (self->viewport, clamp_zoom (zoom));
  shumate_location_set_location (SHUMATE_LOCATION (self->viewport), latitude_deg, longitude_deg);
}

/**
 * bf_map_view_go_to_asset:
 * @self: a map
 * @asset: the caller's index
 *
 * Selects an asset and brings it to the middle, near enough to tell it from its neighbours.
 *
 * Returns: whether the asset has a place
 */
gboolean
bf_map_view_go_to_asset (BfMapView *self, guint asset)
{
  double lat, lon;

  g_return_val_if_fail (BF_IS_MAP_VIEW (self), FALSE);

  if (!bf_asset_layer_get_location (self->layer, asset, &lat, &lon))
    return FALSE;
  bf_asset_layer_set_selected (self->layer, asset);
  bf_map_view_go_to (self, lat, lon, MAX (ASSET_ZOOM, shumate_viewport_get_zoom_level (self->viewport)));
  return TRUE;
}

/**
 * bf_map_view_next_alert:
 * @self: a map
 * @forward: whether towards lesser alerts
 *
 * Selects the next alert, worst first, and brings it to the middle at the present zoom.
 *
 * Returns: whether there is one
 */
gboolean
bf_map_view_next_alert (BfMapView *self, gboolean forward)
{
  double lat, lon;
  guint asset;

  g_return_val_if_fail (BF_IS_MAP_VIEW (self), FALSE);

  asset = bf_asset_layer_next_alert (self->layer, forward);
  if (!bf_asset_layer_get_location (self->layer, asset, &lat, &lon))
    return FALSE;
  bf_map_view_go_to (self, lat, lon, 0);
  return TRUE;
}

/**
 * bf_map_view_set_show_controls:
 * @self: a map
 * @show: whether there are zoom buttons; not on a wall, which nobody can reach
 */
void
bf_map_view_set_show_controls (BfMapView *self, gboolean show)
{
  g_return_if_fail (BF_IS_MAP_VIEW (self));

  gtk_widget_set_visible (self->buttons, show);
}
