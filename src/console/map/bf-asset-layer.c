/* SPDX-License-Identifier: EUPL-1.2 */
/* The assets and their alerts on the map, and under them the base map and its names, as one image a frame.
 *
 * Never a node, a clip or a widget a point: the layer writes the frame's pixels itself (bf-canvas.c) and hands
 * GTK one image. With a base map source of its own it paints that too, so that nothing is blended twice and no
 * tile is a node; without one the image is transparent and any ShumateMapLayer may lie under it. Two images take
 * turns: the last frame's is still held by GTK while the next is written.
 *
 * Changes of state cost O(1) and ask for one frame, however many they are. The layer takes no events: the map
 * view asks it what is under the pointer. Main thread.
 */
#include "bf-asset-layer-private.h"
#include "bf-asset-painter.h"
#include "bf-shape-painter.h"

#define SETTLE_MS 140

G_DEFINE_FINAL_TYPE (BfAssetLayer, bf_asset_layer, SHUMATE_TYPE_LAYER)

guint bf_asset_layer_signals[BF_ASSET_LAYER_N_SIGNALS];

/* One frame is asked for, however many changes there are. */
void
bf_asset_layer_queue_frame (BfAssetLayer *self)
{
  if (self->stale)
    return;
  self->stale = TRUE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
settled_cb (gpointer user_data)
{
  BfAssetLayer *self = BF_ASSET_LAYER (user_data);

  self->settle_id = 0;
  bf_asset_layer_queue_frame (self);
  return G_SOURCE_REMOVE;
}

static void
viewport_notify_cb (BfAssetLayer *self)
{
  double zoom = shumate_viewport_get_zoom_level (shumate_layer_get_viewport (SHUMATE_LAYER (self)));

  if (zoom != self->last_zoom)
    {
      self->last_zoom = zoom;
      g_clear_handle_id (&self->settle_id, g_source_remove);
      self->settle_id = g_timeout_add (SETTLE_MS, settled_cb, self);
    }
  bf_asset_layer_queue_frame (self);
}

static void
painted_cb (BfAssetLayer *self)
{
  bf_asset_layer_queue_frame (self);
}

/* Brings what is shown up to date with the viewport; FALSE if there is nothing to show on. */
gboolean
bf_asset_layer_update (BfAssetLayer *self)
{
  GtkWidget *widget = GTK_WIDGET (self);
  ShumateViewport *viewport = shumate_layer_get_viewport (SHUMATE_LAYER (self));
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  int scale = gtk_widget_get_scale_factor (widget);
  BfProjection p;

  if (width <= 0 || height <= 0)
    return FALSE;
  p = bf_projection_make (shumate_location_get_latitude (SHUMATE_LOCATION (viewport)),
                          shumate_location_get_longitude (SHUMATE_LOCATION (viewport)),
                          shumate_viewport_get_zoom_level (viewport), width, height, scale);
  p.settled = self->settle_id == 0;
  self->projection = p;
  bf_sprite_cache_set_style (self->sprites, self->dark, scale, gtk_widget_get_pango_context (widget));
  bf_map_marks_update (self->marks, self->assets, &p);
  self->n_updates++;
  return TRUE;
}

/* Painting */

/* A line or area that is large enough has its rim; a ring about its middle would say it twice. An alert's mark stays. */
static gboolean
is_rimmed (const BfAssetLayer *self, guint asset)
{
  const BfMapShape *shape = bf_shape_set_find (self->shapes, asset);

  return shape != NULL && bf_map_shape_is_large (shape, &self->projection) && asset < self->assets->n
         && !bf_map_state_is_alert ((BfMapState) self->assets->state[asset]);
}

static void
paint_frame (BfAssetLayer *self, BfCanvas *canvas)
{
  bf_canvas_begin (canvas);
  if (self->source != NULL)
    bf_basemap_source_paint (self->source, canvas, &self->projection);
  else
    bf_canvas_fill (canvas, 0);
  bf_shape_painter_paint (canvas, self->shapes, self->assets, &self->projection, bf_map_palette_get (self->dark),
                          &(BfShapeFocus){ self->selected, self->hovered });
  if (self->source != NULL)
    bf_label_overlay_paint (self->labels, canvas, &self->projection, gtk_widget_get_pango_context (GTK_WIDGET (self)), self->dark);
  if (self->show_places)
    bf_place_overlay_paint (self->places, canvas, &self->projection, self->sprites);
  bf_asset_painter_points (canvas, self->assets, self->marks, &self->projection, self->sprites);
  bf_asset_painter_marks (canvas, self->assets, self->marks, &self->projection, self->sprites);
  if (!is_rimmed (self, self->selected))
    bf_asset_painter_selected (canvas, self->assets, self->selected, &self->projection, self->sprites);
  bf_canvas_end (canvas);
}

static void
append_canvas (BfAssetLayer *self, GtkSnapshot *snapshot, BfCanvas *canvas)
{
  graphene_rect_t bounds = GRAPHENE_RECT_INIT (0, 0, (float) gtk_widget_get_width (GTK_WIDGET (self)),
                                               (float) gtk_widget_get_height (GTK_WIDGET (self)));
  int scale = self->projection.scale;

  if (self->sink == BF_MAP_SINK_CAIRO)
    {
      cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &bounds);

      cairo_scale (cr, 1.0 / scale, 1.0 / scale);
      cairo_set_source_surface (cr, canvas->surface, 0, 0);
      cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_NEAREST);
      cairo_paint (cr);
      cairo_destroy (cr);
    }
  else
    {
      gsize stride = (gsize) canvas->stride_px * 4;
      g_autoptr (GBytes) bytes
        = g_bytes_new_with_free_func (canvas->pixels, stride * (gsize) canvas->height,
                                      (GDestroyNotify) cairo_surface_destroy, cairo_surface_reference (canvas->surface));
      g_autoptr (GdkTexture) texture
        = gdk_memory_texture_new (canvas->width, canvas->height, GDK_MEMORY_DEFAULT, bytes, stride);

      gtk_snapshot_append_texture (snapshot, texture, &bounds);
    }
}

/* What names have to make room for: the card and every mark. */
static void
tell_obstacles (BfAssetLayer *self, const graphene_rect_t *card)
{
  const GArray *marks = bf_map_marks_get_marks (self->marks);
  int scale = self->projection.scale;

  bf_label_overlay_clear_obstacles (self->labels);
  if (card->size.width > 0)
    bf_label_overlay_add_obstacle (self->labels, &(cairo_rectangle_int_t){
      (int) card->origin.x * scale, (int) card->origin.y * scale,
      (int) ceilf (card->size.width) * scale, (int) ceilf (card->size.height) * scale });
  for (guint i = 0; i < marks->len; i++)
    {
      const BfMark *m = &g_array_index (marks, BfMark, i);

      bf_label_overlay_add_obstacle (self->labels, &(cairo_rectangle_int_t){ m->x - m->radius, m->y - m->radius,
                                                                             2 * m->radius, 2 * m->radius });
    }
}

static void
bf_asset_layer_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BfAssetLayer *self = BF_ASSET_LAYER (widget);
  BfCanvas *canvas = &self->canvases[self->turn ^= 1];
  g_auto (BfMapCard) card = { 0 };
  graphene_rect_t area = GRAPHENE_RECT_INIT (0, 0, 0, 0);
  gboolean has_card;

  self->stale = FALSE;
  if (!bf_asset_layer_update (self))
    return;
  if (!bf_canvas_ensure (canvas, self->projection.width, self->projection.height, self->source != NULL))
    {
      g_warning ("no image of %d × %d px for the map", self->projection.width, self->projection.height);
      return;
    }
  has_card = bf_asset_layer_make_card (self, &card);
  if (has_card)
    bf_map_card_area (widget, &card, &area);
  tell_obstacles (self, &area);
  paint_frame (self, canvas);
  append_canvas (self, snapshot, canvas);
  if (has_card)
    bf_map_card_snapshot (snapshot, widget, bf_map_palette_get (self->dark), &card);
}

/* Class */

static gboolean
bf_asset_layer_contains (GtkWidget *widget, double x, double y)
{
  return FALSE;
}

static void
bf_asset_layer_constructed (GObject *object)
{
  BfAssetLayer *self = BF_ASSET_LAYER (object);
  ShumateViewport *viewport = shumate_layer_get_viewport (SHUMATE_LAYER (self));

  G_OBJECT_CLASS (bf_asset_layer_parent_class)->constructed (object);

  self->last_zoom = shumate_viewport_get_zoom_level (viewport);
  g_signal_connect_object (viewport, "notify", G_CALLBACK (viewport_notify_cb), self, G_CONNECT_SWAPPED);
}

static void
bf_asset_layer_dispose (GObject *object)
{
  BfAssetLayer *self = BF_ASSET_LAYER (object);

  g_clear_handle_id (&self->settle_id, g_source_remove);
  g_clear_object (&self->source);
  if (self->describe_destroy != NULL)
    self->describe_destroy (self->describe_data);
  self->describe = NULL;
  self->describe_destroy = NULL;

  G_OBJECT_CLASS (bf_asset_layer_parent_class)->dispose (object);
}

static void
bf_asset_layer_finalize (GObject *object)
{
  BfAssetLayer *self = BF_ASSET_LAYER (object);

  bf_asset_set_free (self->assets);
  bf_shape_set_free (self->shapes);
  bf_map_marks_free (self->marks);
  bf_sprite_cache_free (self->sprites);
  bf_label_overlay_free (self->labels);
  bf_place_overlay_free (self->places);
  bf_canvas_clear (&self->canvases[0]);
  bf_canvas_clear (&self->canvases[1]);
  g_free (self->hover_place);

  G_OBJECT_CLASS (bf_asset_layer_parent_class)->finalize (object);
}

static void
bf_asset_layer_class_init (BfAssetLayerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->constructed = bf_asset_layer_constructed;
  object_class->dispose = bf_asset_layer_dispose;
  object_class->finalize = bf_asset_layer_finalize;
  widget_class->snapshot = bf_asset_layer_snapshot;
  widget_class->contains = bf_asset_layer_contains;

  /**
   * BfAssetLayer::asset-activated:
   * @self: the layer
   * @asset: the caller's index
   *
   * A person chose an asset.
   */
  bf_asset_layer_signals[BF_ASSET_LAYER_ASSET_ACTIVATED] = g_signal_new ("asset-activated", BF_TYPE_ASSET_LAYER, G_SIGNAL_RUN_LAST, 0, NULL,
                                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  /**
   * BfAssetLayer::asset-hovered:
   * @self: the layer
   * @asset: the caller's index, %BF_ASSET_NONE if the pointer has left
   *
   * The pointer is over an asset.
   */
  bf_asset_layer_signals[BF_ASSET_LAYER_ASSET_HOVERED] = g_signal_new ("asset-hovered", BF_TYPE_ASSET_LAYER, G_SIGNAL_RUN_LAST, 0, NULL,
                                                NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  /**
   * BfAssetLayer::selection-changed:
   * @self: the layer
   */
  bf_asset_layer_signals[BF_ASSET_LAYER_SELECTION_CHANGED] = g_signal_new ("selection-changed", BF_TYPE_ASSET_LAYER, G_SIGNAL_RUN_LAST, 0,
                                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
bf_asset_layer_init (BfAssetLayer *self)
{
  self->assets = bf_asset_set_new ();
  self->shapes = bf_shape_set_new ();
  self->marks = bf_map_marks_new ();
  self->sprites = bf_sprite_cache_new ();
  self->labels = bf_label_overlay_new ();
  self->places = bf_place_overlay_new ();
  self->show_places = TRUE;
  self->selected = self->hovered = BF_ASSET_NONE;
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

/**
 * bf_asset_layer_new:
 * @viewport: what the map shows
 *
 * Returns: (transfer floating): an empty layer
 */
BfAssetLayer *
bf_asset_layer_new (ShumateViewport *viewport)
{
  return g_object_new (BF_TYPE_ASSET_LAYER, "viewport", viewport, NULL);
}

/* Assets */

/**
 * bf_asset_layer_set_assets: (skip)
 * @self: a layer
 * @n: number of assets, at most %BF_ASSET_SET_MAX
 * @latitude_deg: (array length=n): WGS 84
 * @longitude_deg: (array length=n): WGS 84
 * @service: (array length=n): numbers of their services, less than %BF_ASSET_SET_MAX_SERVICES
 * @symbol: (array length=n) (nullable): their drawings, as #BfMapSymbol
 *
 * Replaces all assets; all are calm at first.
 *
 * Returns: how many have no place on the map
 */
guint
bf_asset_layer_set_assets (BfAssetLayer *self, guint n, const double *latitude_deg, const double *longitude_deg,
                           const guint8 *service, const guint8 *symbol)
{
  guint n_unplaced = 0;

  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), n);
  g_return_val_if_fail (n <= BF_ASSET_SET_MAX, n);

  bf_asset_set_clear_all (self->assets);
  bf_shape_set_clear (self->shapes);
  for (guint i = 0; i < n; i++)
    {
      guint8 drawing = symbol ? MIN (symbol[i], BF_MAP_N_SYMBOLS - 1) : BF_MAP_SYMBOL_DOT;

      if (!bf_asset_set_put (self->assets, i, latitude_deg[i], longitude_deg[i], service[i], (BfMapSymbol) drawing))
        n_unplaced++;
    }
  self->hovered = BF_ASSET_NONE;
  bf_asset_layer_set_selected (self, BF_ASSET_NONE);
  bf_asset_layer_queue_frame (self);
  return n_unplaced;
}

/**
 * bf_asset_layer_put_asset: (skip)
 * @self: a layer
 * @asset: the caller's index; a new one grows the layer
 * @latitude_deg: WGS 84
 * @longitude_deg: WGS 84
 * @service: number of its service
 * @symbol: its drawing
 *
 * Adds or moves one asset.
 *
 * Returns: whether it has a place on the map
 */
gboolean
bf_asset_layer_put_asset (BfAssetLayer *self, guint asset, double latitude_deg, double longitude_deg, guint service,
                          BfMapSymbol symbol)
{
  gboolean placed;

  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), FALSE);
  g_return_val_if_fail ((guint) symbol < BF_MAP_N_SYMBOLS, FALSE);

  placed = bf_asset_set_put (self->assets, asset, latitude_deg, longitude_deg, service, symbol);
  bf_asset_layer_queue_frame (self);
  return placed;
}

/**
 * bf_asset_layer_set_shape: (skip)
 * @self: a layer
 * @asset: the index of an asset that was put
 * @shape: (nullable): its line or area; %NULL for a point
 *
 * Shows more of an asset than its point.
 */
void
bf_asset_layer_set_shape (BfAssetLayer *self, guint asset, const BfShape *shape)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  if (shape == NULL && bf_shape_set_find (self->shapes, asset) == NULL)
    return;
  bf_shape_set_put (self->shapes, asset, shape);
  bf_asset_layer_queue_frame (self);
}

/**
 * bf_asset_layer_has_shape: (skip)
 * @self: a layer
 * @asset: the caller's index
 *
 * Returns: whether it shows a line or an area
 */
gboolean
bf_asset_layer_has_shape (BfAssetLayer *self, guint asset)
{
  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), FALSE);

  return bf_shape_set_find (self->shapes, asset) != NULL;
}

/**
 * bf_asset_layer_remove_asset:
 * @self: a layer
 * @asset: the caller's index
 *
 * Takes one asset off the map; its index may be put again.
 */
void
bf_asset_layer_remove_asset (BfAssetLayer *self, guint asset)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  bf_asset_set_remove (self->assets, asset);
  bf_shape_set_put (self->shapes, asset, NULL);
  if (self->hovered == asset)
    self->hovered = BF_ASSET_NONE;
  if (self->selected == asset)
    bf_asset_layer_set_selected (self, BF_ASSET_NONE);
  bf_asset_layer_queue_frame (self);
}

/**
 * bf_asset_layer_set_state: (skip)
 * @self: a layer
 * @asset: the caller's index
 * @state: what it shows from now on
 *
 * O(1); any number of changes make one frame.
 */
void
bf_asset_layer_set_state (BfAssetLayer *self, guint asset, BfMapState state)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  if (bf_asset_set_set_state (self->assets, asset, state))
    bf_asset_layer_queue_frame (self);
}

/**
 * bf_asset_layer_get_state: (skip)
 * @self: a layer
 * @asset: the caller's index
 *
 * Returns: what it shows
 */
BfMapState
bf_asset_layer_get_state (BfAssetLayer *self, guint asset)
{
  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), BF_MAP_STATE_CALM);
  g_return_val_if_fail (asset < self->assets->n, BF_MAP_STATE_CALM);

  return (BfMapState) self->assets->state[asset];
}

/**
 * bf_asset_layer_set_service_mask:
 * @self: a layer
 * @mask: bit s is set if service s is shown
 *
 * Shows only some services; bf_asset_layer_get_n_filtered_alerts() tells what that hides.
 */
void
bf_asset_layer_set_service_mask (BfAssetLayer *self, guint64 mask)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  bf_asset_set_set_service_mask (self->assets, mask);
  bf_asset_layer_queue_frame (self);
}

/**
 * bf_asset_layer_get_n_filtered_alerts:
 * @self: a layer
 *
 * Returns: how many alerts the map does not show, to be said beside it
 */
guint
bf_asset_layer_get_n_filtered_alerts (BfAssetLayer *self)
{
  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), 0);

  return bf_asset_set_get_n_filtered_alerts (self->assets);
}

/**
 * bf_asset_layer_set_cluster_threshold:
 * @self: a layer
 * @threshold: how many calm assets about 128 px may show one by one; %G_MAXUINT for all
 */
void
bf_asset_layer_set_cluster_threshold (BfAssetLayer *self, guint threshold)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  bf_map_marks_set_cluster_threshold (self->marks, threshold);
  bf_asset_layer_queue_frame (self);
}

/* What lies under */

/**
 * bf_asset_layer_set_basemap_source:
 * @self: a layer
 * @source: (nullable): painted under the assets, with its names; %NULL for a transparent layer
 */
void
bf_asset_layer_set_basemap_source (BfAssetLayer *self, BfBasemapSource *source)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));
  g_return_if_fail (source == NULL || BF_IS_BASEMAP_SOURCE (source));

  if (self->source != NULL)
    g_signal_handlers_disconnect_by_func (self->source, painted_cb, self);
  g_set_object (&self->source, source);
  bf_label_overlay_set_basemap (self->labels, source ? bf_basemap_source_get_basemap (source) : NULL);
  if (source != NULL)
    {
      bf_basemap_source_set_dark (source, self->dark);
      g_signal_connect_object (source, "painted", G_CALLBACK (painted_cb), self, G_CONNECT_SWAPPED);
    }
  bf_asset_layer_queue_frame (self);
}

/**
 * bf_asset_layer_set_places: (skip)
 * @self: a layer
 * @n: number of places
 * @latitude_deg: (array length=n): WGS 84
 * @longitude_deg: (array length=n): WGS 84
 * @kind: (array length=n): what they are
 * @name: (array length=n): their names
 *
 * Replaces the sensitive places.
 *
 * Returns: how many were refused
 */
guint
bf_asset_layer_set_places (BfAssetLayer *self, guint n, const double *latitude_deg, const double *longitude_deg,
                           const BfPlaceKind *kind, const char *const *name)
{
  guint n_refused;

  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), n);

  n_refused = bf_place_overlay_set_places (self->places, n, latitude_deg, longitude_deg, kind, name);
  bf_asset_layer_queue_frame (self);
  return n_refused;
}

/**
 * bf_asset_layer_set_show_places:
 * @self: a layer
 * @show: whether the sensitive places are shown
 */
void
bf_asset_layer_set_show_places (BfAssetLayer *self, gboolean show)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  self->show_places = show;
  bf_asset_layer_queue_frame (self);
}

/**
 * bf_asset_layer_set_dark:
 * @self: a layer
 * @dark: which palette
 */
void
bf_asset_layer_set_dark (BfAssetLayer *self, gboolean dark)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  self->dark = dark;
  if (self->source != NULL)
    bf_basemap_source_set_dark (self->source, dark);
  bf_asset_layer_queue_frame (self);
}

/**
 * bf_asset_layer_set_sink: (skip)
 * @self: a layer
 * @sink: how the image is handed to GTK
 */
void
bf_asset_layer_set_sink (BfAssetLayer *self, BfMapSink sink)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  self->sink = sink;
  bf_asset_layer_queue_frame (self);
}

/**
 * bf_asset_layer_set_describe_func: (skip)
 * @self: a layer
 * @func: (nullable): says what the card of an asset shows
 * @user_data: given to @func
 * @destroy: (nullable): frees @user_data
 */
void
bf_asset_layer_set_describe_func (BfAssetLayer *self, BfAssetDescribeFunc func, gpointer user_data,
                                  GDestroyNotify destroy)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  if (self->describe_destroy != NULL)
    self->describe_destroy (self->describe_data);
  self->describe = func;
  self->describe_data = user_data;
  self->describe_destroy = destroy;
  bf_asset_layer_queue_frame (self);
}

/* For tests */

/**
 * bf_asset_layer_get_n_updates: (skip)
 * @self: a layer
 *
 * Returns: how often what is shown was worked out, for tests and measurements
 */
guint
bf_asset_layer_get_n_updates (BfAssetLayer *self)
{
  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), 0);

  return self->n_updates;
}

/**
 * bf_asset_layer_is_settled: (skip)
 * @self: a layer
 *
 * Returns: whether the frame on screen is the last one that is wanted for now: the zoom rests, the base map is
 *   painted
 */
gboolean
bf_asset_layer_is_settled (BfAssetLayer *self)
{
  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), TRUE);

  return self->settle_id == 0 && !self->stale && (self->source == NULL || bf_basemap_source_is_idle (self->source));
}
