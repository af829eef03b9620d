/* SPDX-License-Identifier: EUPL-1.2 */
/* What is under the pointer, what is selected, and the card that says it: the half of the layer that answers a person.
 * Main thread. */
#include "bf-asset-layer-private.h"
#include "bf-map-card.h"

#include <glib/gi18n.h>

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
  bf_asset_layer_queue_frame (self);
  g_signal_emit (self, bf_asset_layer_signals[BF_ASSET_LAYER_SELECTION_CHANGED], 0);
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

/* A line or an area, where no mark is. */
static gboolean
hit_shape (BfAssetLayer *self, int x, int y, BfMapHit *ret_hit)
{
  guint asset = bf_shape_set_hit (self->shapes, self->assets, &self->projection, x, y);
  const BfMapShape *shape = bf_shape_set_find (self->shapes, asset);

  if (shape == NULL)
    return FALSE;
  *ret_hit = (BfMapHit){ .kind = BF_MAP_HIT_ASSET,
                         .has_asset = TRUE,
                         .asset = asset,
                         .n_assets = 1,
                         .count = 1,
                         .state = (BfMapState) self->assets->state[asset],
                         .west_deg = bf_mercator_longitude (shape->min_x / BF_MERCATOR_ONE),
                         .east_deg = bf_mercator_longitude (shape->max_x / BF_MERCATOR_ONE),
                         .north_deg = bf_mercator_latitude (shape->min_y / BF_MERCATOR_ONE),
                         .south_deg = bf_mercator_latitude (shape->max_y / BF_MERCATOR_ONE) };
  return TRUE;
}

/**
 * bf_asset_layer_hit_test: (skip)
 * @self: a layer
 * @x: in the layer
 * @y: in the layer
 * @ret_hit: (out): what is there; a mark goes before the line or area that lies under it
 *
 * Returns: whether an asset or a cluster is there
 */
gboolean
bf_asset_layer_hit_test (BfAssetLayer *self, double x, double y, BfMapHit *ret_hit)
{
  int scale;

  g_return_val_if_fail (BF_IS_ASSET_LAYER (self), FALSE);

  if (self->stale && !bf_asset_layer_update (self))
    return FALSE;
  scale = self->projection.scale;
  return bf_map_marks_hit (self->marks, self->assets, (int) (x * scale), (int) (y * scale), ret_hit)
         || hit_shape (self, (int) (x * scale), (int) (y * scale), ret_hit);
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
  bf_asset_layer_queue_frame (self);
  if (hovered != self->hovered)
    {
      self->hovered = hovered;
      g_signal_emit (self, bf_asset_layer_signals[BF_ASSET_LAYER_ASSET_HOVERED], 0, hovered);
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
      g_signal_emit (self, bf_asset_layer_signals[BF_ASSET_LAYER_ASSET_ACTIVATED], 0, ret_hit->asset);
    }
  return TRUE;
}

/* The card */

static gboolean
is_in_view (const BfAssetLayer *self, guint asset)
{
  const BfProjection *p = &self->projection;
  int x = bf_projection_x (p, self->assets->x[asset]), y = bf_projection_y (p, self->assets->y[asset]);

  return x >= 0 && y >= 0 && x < p->width && y < p->height;
}

/* The card beside what the pointer is on, else beside what is selected: %FALSE when there is none. */
gboolean
bf_asset_layer_make_card (BfAssetLayer *self, BfMapCard *ret_card)
{
  guint asset = self->hovered != BF_ASSET_NONE ? self->hovered : self->selected;
  double scale = self->projection.scale;
  gboolean at_pointer = asset == self->hovered && bf_shape_set_find (self->shapes, asset) != NULL;

  if (self->hovered == BF_ASSET_NONE && self->hover_place != NULL)
    {
      *ret_card = (BfMapCard){ g_strdup (self->hover_place), NULL, self->hover_x - 16, self->hover_y };
      return TRUE;
    }
  if (self->describe == NULL || !bf_asset_set_is_visible (self->assets, asset) || (!at_pointer && !is_in_view (self, asset)))
    return FALSE;
  self->describe (asset, &ret_card->title, &ret_card->detail, self->describe_data);
  if (at_pointer) /* a line's own point may be far away */
    {
      ret_card->x = self->hover_x;
      ret_card->y = self->hover_y;
      return ret_card->title != NULL;
    }
  ret_card->x = bf_projection_x (&self->projection, self->assets->x[asset]) / scale;
  ret_card->y = bf_projection_y (&self->projection, self->assets->y[asset]) / scale;
  return ret_card->title != NULL;
}
