/* SPDX-License-Identifier: EUPL-1.2 */
/* The assets as the map knows them: where, which service, which symbol, which state.
 *
 * Indexes are the caller's, dense. A change of state is O(1): it writes one byte by index and one in the Morton
 * order, and moves the asset in or out of the short list of alerts. A change of places marks the order stale; it
 * is sorted again when the next frame asks. 38 bytes an asset. Main thread.
 */
#include "bf-asset-set.h"

#include "bf-mercator.h"

#define NOWHERE G_MAXUINT32

/**
 * bf_asset_set_new: (skip)
 *
 * Returns: (transfer full): an empty set that shows every service
 */
BfAssetSet *
bf_asset_set_new (void)
{
  BfAssetSet *self = g_new0 (BfAssetSet, 1);

  self->alerts = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->service_mask = G_MAXUINT64;
  self->index_stale = TRUE;
  return self;
}

/**
 * bf_asset_set_free: (skip)
 * @self: (transfer full) (nullable): a set
 */
void
bf_asset_set_free (BfAssetSet *self)
{
  if (self == NULL)
    return;
  bf_asset_set_clear_all (self);
  g_array_unref (self->alerts);
  g_free (self);
}

static void
clear_index (BfAssetSet *self)
{
  g_clear_pointer (&self->index, bf_point_index_free);
  g_clear_pointer (&self->sorted_asset, g_free);
  g_clear_pointer (&self->sorted_x, g_free);
  g_clear_pointer (&self->sorted_y, g_free);
  g_clear_pointer (&self->sorted_shown, g_free);
  g_clear_pointer (&self->sorted_symbol, g_free);
  self->n_shown = 0;
}

/**
 * bf_asset_set_clear_all: (skip)
 * @self: a set
 *
 * Forgets all assets.
 */
void
bf_asset_set_clear_all (BfAssetSet *self)
{
  clear_index (self);
  g_clear_pointer (&self->x, g_free);
  g_clear_pointer (&self->y, g_free);
  g_clear_pointer (&self->service, g_free);
  g_clear_pointer (&self->symbol, g_free);
  g_clear_pointer (&self->state, g_free);
  g_clear_pointer (&self->placed, g_free);
  g_clear_pointer (&self->position, g_free);
  g_clear_pointer (&self->alert_slot, g_free);
  g_array_set_size (self->alerts, 0);
  self->n = self->capacity = 0;
  self->index_stale = TRUE;
  self->generation++;
}

static void
grow (BfAssetSet *self, guint n)
{
  if (n > self->capacity)
    {
      guint capacity = MAX (n, MIN (self->capacity + self->capacity / 2 + 64, BF_ASSET_SET_MAX));

      self->x = g_renew (guint32, self->x, capacity);
      self->y = g_renew (guint32, self->y, capacity);
      self->service = g_renew (guint8, self->service, capacity);
      self->symbol = g_renew (guint8, self->symbol, capacity);
      self->state = g_renew (guint8, self->state, capacity);
      self->placed = g_renew (guint8, self->placed, capacity);
      self->position = g_renew (guint32, self->position, capacity);
      self->alert_slot = g_renew (guint32, self->alert_slot, capacity);
      self->capacity = capacity;
    }
  for (guint i = self->n; i < n; i++)
    {
      self->x[i] = self->y[i] = 0;
      self->service[i] = self->symbol[i] = self->placed[i] = 0;
      self->state[i] = BF_MAP_STATE_CALM;
      self->position[i] = self->alert_slot[i] = NOWHERE;
    }
  self->n = MAX (self->n, n);
}

/**
 * bf_asset_set_put: (skip)
 * @self: a set
 * @asset: the caller's index, less than %BF_ASSET_SET_MAX
 * @latitude_deg: WGS 84
 * @longitude_deg: WGS 84
 * @service: number of its service, less than %BF_ASSET_SET_MAX_SERVICES
 * @symbol: its drawing
 *
 * Adds an asset or moves it. Its state is kept.
 *
 * Returns: whether it has a place on the map: not with a coordinate that is off the Earth or not a number
 */
gboolean
bf_asset_set_put (BfAssetSet *self, guint asset, double latitude_deg, double longitude_deg, guint service,
                  BfMapSymbol symbol)
{
  g_return_val_if_fail (asset < BF_ASSET_SET_MAX, FALSE);
  g_return_val_if_fail (service < BF_ASSET_SET_MAX_SERVICES, FALSE);

  grow (self, asset + 1);
  self->placed[asset] = fabs (latitude_deg) <= 90.0 && fabs (longitude_deg) <= 180.0;
  if (self->placed[asset])
    {
      self->x[asset] = bf_mercator_fixed (bf_mercator_x (longitude_deg));
      self->y[asset] = bf_mercator_fixed (bf_mercator_y (latitude_deg));
    }
  self->service[asset] = (guint8) service;
  self->symbol[asset] = (guint8) symbol;
  self->index_stale = TRUE;
  self->generation++;
  return self->placed[asset];
}

static guint8
shown (const BfAssetSet *self, guint asset)
{
  if (!bf_asset_set_is_visible (self, asset) || bf_map_state_is_alert ((BfMapState) self->state[asset]))
    return BF_SHOWN_HIDDEN;
  return self->state[asset] == BF_MAP_STATE_UNKNOWN ? BF_SHOWN_UNKNOWN : BF_SHOWN_CALM;
}

static void
list_alert (BfAssetSet *self, guint32 asset, gboolean is_alert)
{
  guint slot = self->alert_slot[asset];
  guint32 last;

  if (is_alert == (slot != NOWHERE))
    return;
  if (is_alert)
    {
      self->alert_slot[asset] = self->alerts->len;
      g_array_append_val (self->alerts, asset);
      return;
    }
  last = g_array_index (self->alerts, guint32, self->alerts->len - 1);
  g_array_index (self->alerts, guint32, slot) = last;
  self->alert_slot[last] = slot;
  self->alert_slot[asset] = NOWHERE;
  g_array_set_size (self->alerts, self->alerts->len - 1);
}

/**
 * bf_asset_set_set_state: (skip)
 * @self: a set
 * @asset: an index below its n
 * @state: what the asset shows from now on
 *
 * O(1).
 *
 * Returns: whether that is a change
 */
gboolean
bf_asset_set_set_state (BfAssetSet *self, guint asset, BfMapState state)
{
  g_return_val_if_fail (asset < self->n, FALSE);
  g_return_val_if_fail ((guint) state < BF_MAP_N_STATES, FALSE);

  if (self->state[asset] == state)
    return FALSE;
  self->state[asset] = (guint8) state;
  list_alert (self, asset, bf_map_state_is_alert (state));
  if (self->position[asset] != NOWHERE)
    self->sorted_shown[self->position[asset]] = shown (self, asset);
  self->generation++;
  return TRUE;
}

/**
 * bf_asset_set_remove: (skip)
 * @self: a set
 * @asset: an index
 *
 * Takes the asset off the map, if it is there; the index may be put again.
 */
void
bf_asset_set_remove (BfAssetSet *self, guint asset)
{
  if (asset >= self->n || !self->placed[asset])
    return;
  bf_asset_set_set_state (self, asset, BF_MAP_STATE_CALM);
  self->placed[asset] = 0;
  self->index_stale = TRUE;
  self->generation++;
}

/**
 * bf_asset_set_set_service_mask: (skip)
 * @self: a set
 * @mask: bit s is set if service s is shown
 */
void
bf_asset_set_set_service_mask (BfAssetSet *self, guint64 mask)
{
  if (mask == self->service_mask)
    return;
  self->service_mask = mask;
  for (guint i = 0; i < self->n_shown; i++)
    self->sorted_shown[i] = shown (self, self->sorted_asset[i]);
  self->generation++;
}

/**
 * bf_asset_set_is_visible: (skip)
 * @self: a set
 * @asset: an index
 *
 * Returns: whether the asset has a place and its service is shown
 */
gboolean
bf_asset_set_is_visible (const BfAssetSet *self, guint asset)
{
  return asset < self->n && self->placed[asset] && (self->service_mask >> self->service[asset] & 1);
}

/**
 * bf_asset_set_get_n_filtered_alerts: (skip)
 * @self: a set
 *
 * Returns: how many alerts are not on the map, because their service is not shown or they have no place
 */
guint
bf_asset_set_get_n_filtered_alerts (const BfAssetSet *self)
{
  guint n = 0;

  for (guint i = 0; i < self->alerts->len; i++)
    n += bf_asset_set_is_visible (self, g_array_index (self->alerts, guint32, i)) ? 0 : 1;
  return n;
}

/**
 * bf_asset_set_ensure_index: (skip)
 * @self: a set
 *
 * Sorts the assets anew if any has come, gone or moved.
 */
void
bf_asset_set_ensure_index (BfAssetSet *self)
{
  g_autofree guint32 *assets = NULL, *x = NULL, *y = NULL;
  const guint32 *order;
  guint n = 0;

  if (!self->index_stale)
    return;
  clear_index (self);
  assets = g_new (guint32, MAX (self->n, 1));
  x = g_new (guint32, MAX (self->n, 1));
  y = g_new (guint32, MAX (self->n, 1));
  for (guint i = 0; i < self->n; i++)
    {
      self->position[i] = NOWHERE;
      if (!self->placed[i])
        continue;
      assets[n] = i;
      x[n] = self->x[i];
      y[n++] = self->y[i];
    }
  self->index = bf_point_index_new (n, x, y);
  order = bf_point_index_get_order (self->index);
  self->n_shown = n;
  self->sorted_asset = g_new (guint32, MAX (n, 1));
  self->sorted_x = g_new (guint32, MAX (n, 1));
  self->sorted_y = g_new (guint32, MAX (n, 1));
  self->sorted_shown = g_new (guint8, MAX (n, 1));
  self->sorted_symbol = g_new (guint8, MAX (n, 1));
  for (guint i = 0; i < n; i++)
    {
      self->sorted_asset[i] = assets[order[i]];
      self->sorted_x[i] = x[order[i]];
      self->sorted_y[i] = y[order[i]];
      self->position[assets[order[i]]] = i;
      self->sorted_shown[i] = shown (self, assets[order[i]]);
      self->sorted_symbol[i] = self->symbol[assets[order[i]]];
    }
  self->index_stale = FALSE;
}
