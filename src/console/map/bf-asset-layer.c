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
#include "bf-asset-layer.h"

#include "bf-label-overlay.h"
#include "bf-map-card.h"

#include <glib/gi18n.h>

#define SETTLE_MS 140

struct _BfAssetLayer
{
  ShumateLayer parent_instance;

  BfAssetSet *assets;
  BfMapMarks *marks;
  BfSpriteCache *sprites;
  BfLabelOverlay *labels;
  BfPlaceOverlay *places;
  BfBasemapSource *source;
  BfCanvas canvases[2];
  guint turn;
  BfMapSink sink;

  gboolean dark;
  gboolean show_places;
  gboolean stale;
  BfProjection projection;
  double last_zoom;
  guint settle_id;
  guint n_updates;

  guint selected;
  guint hovered;
  double hover_x, hover_y;
  char *hover_place;
  BfAssetDescribeFunc describe;
  gpointer describe_data;
  GDestroyNotify describe_destroy;
};

G_DEFINE_FINAL_TYPE (BfAssetLayer, bf_asset_layer, SHUMATE_TYPE_LAYER)

enum
{
  SIGNAL_ASSET_ACTIVATED,
  SIGNAL_ASSET_HOVERED,
  SIGNAL_SELECTION_CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
queue_frame (BfAssetLayer *self)
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
  queue_frame (self);
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
  queue_frame (self);
}

static void
painted_cb (BfAssetLayer *self)
{
  queue_frame (self);
}

/* Brings what is shown up to date with the viewport; FALSE if there is nothing to show on. */
static gboolean
update (BfAssetLayer *self)
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

/* So few assets never crowd the map: their symbols stand at every zoom. */
#define FEW_ASSETS 60
#define SYMBOL_ZOOM 15.8

/* A dot of 2 px that grows into the symbol of its service. */
static BfSpriteSpec
calm_spec (const BfProjection *p, guint n_assets, guint8 symbol, gboolean unknown)
{
  BfSpriteSpec spec = { 0 };

  if (unknown)
    {
      spec.kind = BF_SPRITE_UNKNOWN;
      spec.quarter_px = p->zoom < 15 ? 40 : p->zoom < 17 ? 52 : 64;
    }
  else if (p->zoom < SYMBOL_ZOOM && n_assets > FEW_ASSETS)
    {
      spec.kind = BF_SPRITE_DOT;
      spec.quarter_px = p->zoom < 13.5 ? 14 : p->zoom < 15 ? 16 : 20;
    }
  else
    {
      spec.kind = BF_SPRITE_SYMBOL;
      spec.symbol = symbol;
      spec.quarter_px = p->zoom < 16.5 ? 60 : p->zoom < 17.5 ? 72 : 88;
    }
  return spec;
}

static void
paint_points (BfAssetLayer *self, BfCanvas *canvas)
{
  const BfAssetSet *a = self->assets;
  const BfProjection *p = &self->projection;
  const GArray *runs = bf_map_marks_get_runs (self->marks);
  const BfSprite *table[2][BF_MAP_N_SYMBOLS];

  /* The cache may forget while it is filled: after this loop its pointers hold, as nothing more is asked. */
  for (int pass = 0; pass < 2; pass++)
    for (int unknown = 0; unknown < 2; unknown++)
      for (int s = 0; s < BF_MAP_N_SYMBOLS; s++)
        {
          BfSpriteSpec spec = calm_spec (p, a->n, (guint8) s, unknown);

          table[unknown][s] = bf_sprite_cache_get (self->sprites, &spec);
        }
  for (guint r = 0; r < runs->len; r++)
    {
      BfMarkRun run = g_array_index (runs, BfMarkRun, r);

      for (guint i = run.first; i < run.end; i++)
        {
          guint8 shown = a->sorted_shown[i];

          if (shown == BF_SHOWN_HIDDEN)
            continue;
          bf_canvas_blit (canvas, table[shown == BF_SHOWN_UNKNOWN][a->symbol[a->sorted_asset[i]]],
                          bf_projection_x (p, a->sorted_x[i]), bf_projection_y (p, a->sorted_y[i]));
        }
    }
}

static BfSpriteSpec
alert_spec (const BfProjection *p, BfMapState state, guint count, guint n_assets, guint8 symbol)
{
  BfSpriteSpec spec = { .kind = BF_SPRITE_STATE, .variant = (guint8) state };

  spec.quarter_px = 26 * 4;
  if (n_assets > 1 && count > 1)
    {
      bf_sprite_format_count (count, spec.text);
      spec.quarter_px = 38 * 4;
      if (bf_map_state_get_priority (state) == BF_MAP_PRIORITY_MEDIUM)
        spec.quarter_px = 34 * 4;
    }
  else if (p->zoom >= 15.8)
    {
      spec.symbol = symbol;
      spec.quarter_px = 34 * 4;
    }
  return spec;
}

static void
paint_marks (BfAssetLayer *self, BfCanvas *canvas)
{
  const GArray *marks = bf_map_marks_get_marks (self->marks);

  for (guint i = 0; i < marks->len; i++)
    {
      const BfMark *m = &g_array_index (marks, BfMark, i);
      BfSpriteSpec spec = { .kind = BF_SPRITE_RING, .quarter_px = 40 * 4 };

      if (m->kind == BF_MARK_ALERT)
        spec = alert_spec (&self->projection, m->state, m->count, m->n_assets, self->assets->symbol[m->asset]);
      else
        {
          spec.variant = m->state == BF_MAP_STATE_UNKNOWN;
          bf_sprite_format_count (m->count, spec.text);
        }
      bf_canvas_blit (canvas, bf_sprite_cache_get (self->sprites, &spec), m->x, m->y);
    }
}

/* The selected asset stands on its own place, over everything, even if a cluster holds it. */
static void
paint_selected (BfAssetLayer *self, BfCanvas *canvas)
{
  const BfAssetSet *a = self->assets;
  BfSpriteSpec halo = { .kind = BF_SPRITE_HALO, .quarter_px = 54 * 4 };
  BfSpriteSpec spec;
  int x, y;

  if (!bf_asset_set_is_visible (a, self->selected))
    return;
  x = bf_projection_x (&self->projection, a->x[self->selected]);
  y = bf_projection_y (&self->projection, a->y[self->selected]);
  if (bf_map_state_is_alert ((BfMapState) a->state[self->selected]))
    spec = alert_spec (&self->projection, (BfMapState) a->state[self->selected], 1, 1, a->symbol[self->selected]);
  else
    spec = calm_spec (&self->projection, a->n, a->symbol[self->selected],
                      a->state[self->selected] == BF_MAP_STATE_UNKNOWN);
  bf_canvas_blit (canvas, bf_sprite_cache_get (self->sprites, &halo), x, y);
  bf_canvas_blit (canvas, bf_sprite_cache_get (self->sprites, &spec), x, y);
}

static void
paint_frame (BfAssetLayer *self, BfCanvas *canvas)
{
  bf_canvas_begin (canvas);
  if (self->source != NULL)
    {
      bf_basemap_source_paint (self->source, canvas, &self->projection);
      bf_label_overlay_paint (self->labels, canvas, &self->projection,
                              gtk_widget_get_pango_context (GTK_WIDGET (self)), self->dark);
    }
  else
    bf_canvas_fill (canvas, 0);
  if (self->show_places)
    bf_place_overlay_paint (self->places, canvas, &self->projection, self->sprites);
  paint_points (self, canvas);
  paint_marks (self, canvas);
  paint_selected (self, canvas);
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

static gboolean
is_in_view (const BfAssetLayer *self, guint asset)
{
  const BfProjection *p = &self->projection;
  int x = bf_projection_x (p, self->assets->x[asset]), y = bf_projection_y (p, self->assets->y[asset]);

  return x >= 0 && y >= 0 && x < p->width && y < p->height;
}

static void
snapshot_card (BfAssetLayer *self, GtkSnapshot *snapshot)
{
  guint asset = self->hovered != BF_ASSET_NONE ? self->hovered : self->selected;
  const BfMapPalette *palette = bf_map_palette_get (self->dark);
  g_autofree char *title = NULL;
  g_autofree char *detail = NULL;
  double scale = self->projection.scale;

  if (self->hovered == BF_ASSET_NONE && self->hover_place != NULL)
    {
      bf_map_card_snapshot (snapshot, GTK_WIDGET (self), palette, self->hover_place, NULL, self->hover_x - 16,
                            self->hover_y);
      return;
    }
  if (self->describe == NULL || !bf_asset_set_is_visible (self->assets, asset) || !is_in_view (self, asset))
    return;
  self->describe (asset, &title, &detail, self->describe_data);
  if (title != NULL)
    bf_map_card_snapshot (snapshot, GTK_WIDGET (self), palette, title, detail,
                          bf_projection_x (&self->projection, self->assets->x[asset]) / scale,
                          bf_projection_y (&self->projection, self->assets->y[asset]) / scale);
}

static void
bf_asset_layer_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BfAssetLayer *self = BF_ASSET_LAYER (widget);
  BfCanvas *canvas = &self->canvases[self->turn ^= 1];

  self->stale = FALSE;
  if (!update (self))
    return;
  if (!bf_canvas_ensure (canvas, self->projection.width, self->projection.height, self->source != NULL))
    {
      g_warning ("no image of %d × %d px for the map", self->projection.width, self->projection.height);
      return;
    }
  paint_frame (self, canvas);
  append_canvas (self, snapshot, canvas);
  snapshot_card (self, snapshot);
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
  signals[SIGNAL_ASSET_ACTIVATED] = g_signal_new ("asset-activated", BF_TYPE_ASSET_LAYER, G_SIGNAL_RUN_LAST, 0, NULL,
                                                  NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  /**
   * BfAssetLayer::asset-hovered:
   * @self: the layer
   * @asset: the caller's index, %BF_ASSET_NONE if the pointer has left
   *
   * The pointer is over an asset.
   */
  signals[SIGNAL_ASSET_HOVERED] = g_signal_new ("asset-hovered", BF_TYPE_ASSET_LAYER, G_SIGNAL_RUN_LAST, 0, NULL,
                                                NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  /**
   * BfAssetLayer::selection-changed:
   * @self: the layer
   */
  signals[SIGNAL_SELECTION_CHANGED] = g_signal_new ("selection-changed", BF_TYPE_ASSET_LAYER, G_SIGNAL_RUN_LAST, 0,
                                                    NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
bf_asset_layer_init (BfAssetLayer *self)
{
  self->assets = bf_asset_set_new ();
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
  for (guint i = 0; i < n; i++)
    {
      guint8 drawing = symbol ? MIN (symbol[i], BF_MAP_N_SYMBOLS - 1) : BF_MAP_SYMBOL_DOT;

      if (!bf_asset_set_put (self->assets, i, latitude_deg[i], longitude_deg[i], service[i], (BfMapSymbol) drawing))
        n_unplaced++;
    }
  self->hovered = BF_ASSET_NONE;
  bf_asset_layer_set_selected (self, BF_ASSET_NONE);
  queue_frame (self);
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
  queue_frame (self);
  return placed;
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
  if (self->hovered == asset)
    self->hovered = BF_ASSET_NONE;
  if (self->selected == asset)
    bf_asset_layer_set_selected (self, BF_ASSET_NONE);
  queue_frame (self);
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
    queue_frame (self);
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
  queue_frame (self);
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
  queue_frame (self);
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
  queue_frame (self);
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
  queue_frame (self);
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
  queue_frame (self);
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
  queue_frame (self);
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
  queue_frame (self);
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
  queue_frame (self);
}

/* Selection and pointer */

/**
 * bf_asset_layer_set_selected:
 * @self: a layer
 * @asset: the caller's index, or %BF_ASSET_NONE
 */
void
bf_asset_layer_set_selected (BfAssetLayer *self, guint asset)
{
  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  if (asset == self->selected)
    return;
  self->selected = asset;
  queue_frame (self);
  g_signal_emit (self, signals[SIGNAL_SELECTION_CHANGED], 0);
}

/**
 * bf_asset_layer_get_selected:
 * @self: a layer
 *
 * Returns: the caller's index, or %BF_ASSET_NONE
 */
guint
bf_asset_layer_get_selected (BfAssetLayer *self)
{
  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), BF_ASSET_NONE);

  return self->selected;
}

/* Worst first, then by index: the order in which the keyboard goes through the alerts. */
static gboolean
goes_before (const BfAssetSet *a, guint32 f, guint32 g)
{
  return a->state[f] != a->state[g] ? a->state[f] > a->state[g] : f < g;
}

/**
 * bf_asset_layer_next_alert:
 * @self: a layer
 * @forward: whether towards lesser alerts
 *
 * Selects the next alert on the map, worst first, from the selected one on; begins again after the last.
 *
 * Returns: the caller's index, or %BF_ASSET_NONE if no alert is shown
 */
guint
bf_asset_layer_next_alert (BfAssetLayer *self, gboolean forward)
{
  const BfAssetSet *a;
  guint next = BF_ASSET_NONE, end = BF_ASSET_NONE;
  gboolean from_selected;

  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), BF_ASSET_NONE);

  a = self->assets;
  from_selected = bf_asset_set_is_visible (a, self->selected)
                  && bf_map_state_is_alert ((BfMapState) a->state[self->selected]);
  for (guint i = 0; i < a->alerts->len; i++)
    {
      guint32 asset = g_array_index (a->alerts, guint32, i);

      if (!bf_asset_set_is_visible (a, asset))
        continue;
      if (end == BF_ASSET_NONE || goes_before (a, forward ? asset : end, forward ? end : asset))
        end = asset;
      if (!from_selected || asset == self->selected
          || goes_before (a, forward ? asset : self->selected, forward ? self->selected : asset))
        continue;
      if (next == BF_ASSET_NONE || goes_before (a, forward ? asset : next, forward ? next : asset))
        next = asset;
    }
  if (next == BF_ASSET_NONE)
    next = end;
  if (next != BF_ASSET_NONE)
    bf_asset_layer_set_selected (self, next);
  return next;
}

/**
 * bf_asset_layer_get_location:
 * @self: a layer
 * @asset: the caller's index
 * @ret_latitude_deg: (out): WGS 84
 * @ret_longitude_deg: (out): WGS 84
 *
 * Returns: whether the asset has a place
 */
gboolean
bf_asset_layer_get_location (BfAssetLayer *self, guint asset, double *ret_latitude_deg, double *ret_longitude_deg)
{
  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), FALSE);

  if (asset >= self->assets->n || !self->assets->placed[asset])
    return FALSE;
  *ret_latitude_deg = bf_mercator_latitude (self->assets->y[asset] / BF_MERCATOR_ONE);
  *ret_longitude_deg = bf_mercator_longitude (self->assets->x[asset] / BF_MERCATOR_ONE);
  return TRUE;
}

/**
 * bf_asset_layer_hit_test: (skip)
 * @self: a layer
 * @x: in the layer
 * @y: in the layer
 * @ret_hit: (out): what is there
 *
 * Returns: whether an asset or a cluster is there
 */
gboolean
bf_asset_layer_hit_test (BfAssetLayer *self, double x, double y, BfMapHit *ret_hit)
{
  int scale;

  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), FALSE);

  if (self->stale && !update (self))
    return FALSE;
  scale = self->projection.scale;
  return bf_map_marks_hit (self->marks, self->assets, (int) (x * scale), (int) (y * scale), ret_hit);
}

static const char *
place_kind_name (BfPlaceKind kind)
{
  switch (kind)
    {
    case BF_PLACE_SCHOOL:
      return _("School");
    case BF_PLACE_EHPAD:
      return _("Nursing home");
    case BF_PLACE_HOSPITAL:
    case BF_PLACE_N_KINDS:
    default:
      return _("Hospital");
    }
}

static char *
place_at (BfAssetLayer *self, double x, double y)
{
  BfPlaceKind kind;
  int scale = self->projection.scale;
  const char *name;

  if (!self->show_places)
    return NULL;
  name = bf_place_overlay_hit (self->places, &self->projection, (int) (x * scale), (int) (y * scale), &kind);
  return name ? g_strdup_printf ("%s · %s", place_kind_name (kind), name) : NULL;
}

/**
 * bf_asset_layer_hover:
 * @self: a layer
 * @x: in the layer
 * @y: in the layer
 * @inside: %FALSE when the pointer has left the map
 *
 * Tells the layer where the pointer is.
 */
void
bf_asset_layer_hover (BfAssetLayer *self, double x, double y, gboolean inside)
{
  BfMapHit hit;
  guint hovered = BF_ASSET_NONE;
  g_autofree char *place = NULL;

  g_return_if_fail (BF_IS_ASSET_LAYER (self));

  if (inside && bf_asset_layer_hit_test (self, x, y, &hit) && hit.kind == BF_MAP_HIT_ASSET)
    hovered = hit.asset;
  else if (inside)
    place = place_at (self, x, y);
  if (hovered == self->hovered && g_strcmp0 (place, self->hover_place) == 0)
    return;
  self->hover_x = x;
  self->hover_y = y;
  g_free (self->hover_place);
  self->hover_place = g_steal_pointer (&place);
  queue_frame (self);
  if (hovered != self->hovered)
    {
      self->hovered = hovered;
      g_signal_emit (self, signals[SIGNAL_ASSET_HOVERED], 0, hovered);
    }
}

/**
 * bf_asset_layer_activate: (skip)
 * @self: a layer
 * @x: in the layer
 * @y: in the layer
 * @ret_hit: (out): what is there
 *
 * Selects and activates the asset that is there. A cluster is only told of: the map view zooms to it.
 *
 * Returns: whether an asset or a cluster is there
 */
gboolean
bf_asset_layer_activate (BfAssetLayer *self, double x, double y, BfMapHit *ret_hit)
{
  if (!bf_asset_layer_hit_test (self, x, y, ret_hit))
    return FALSE;
  if (ret_hit->kind == BF_MAP_HIT_ASSET)
    {
      bf_asset_layer_set_selected (self, ret_hit->asset);
      g_signal_emit (self, signals[SIGNAL_ASSET_ACTIVATED], 0, ret_hit->asset);
    }
  return TRUE;
}

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
