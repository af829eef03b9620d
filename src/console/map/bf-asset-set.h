/* SPDX-License-Identifier: EUPL-1.2 */
/* The assets as the map knows them: where, which service, which symbol, which state. No GTK. */
#pragma once

#include "bf-map-style.h"
#include "bf-point-index.h"

G_BEGIN_DECLS

#define BF_ASSET_SET_MAX 4000000u
#define BF_ASSET_SET_MAX_SERVICES 64

/* What a place in the Morton order shows, by bits that are cheap to count. */
enum
{
  BF_SHOWN_HIDDEN = 0,
  BF_SHOWN_CALM = 1,
  BF_SHOWN_UNKNOWN = 2,
};

/**
 * BfAssetSet:
 * @n: length of the arrays that follow, by the caller's index
 * @n_shown: length of the arrays in Morton order
 *
 * Struct of arrays; read the fields, write through the functions.
 */
typedef struct
{
  guint n, capacity;
  guint32 *x, *y;
  guint8 *service, *symbol, *state, *placed;
  guint32 *position;   /* in the Morton order, G_MAXUINT32 outside */
  guint32 *alert_slot; /* in alerts, G_MAXUINT32 outside */
  GArray *alerts;      /* guint32: every asset with an alert, filtered or not */

  guint n_shown;
  BfPointIndex *index;
  guint32 *sorted_asset, *sorted_x, *sorted_y;
  guint8 *sorted_shown, *sorted_symbol;

  guint64 service_mask;
  gboolean index_stale;
  guint generation;
} BfAssetSet;

BfAssetSet *bf_asset_set_new (void);
void bf_asset_set_free (BfAssetSet *self);
gboolean bf_asset_set_put (BfAssetSet *self, guint asset, double latitude_deg, double longitude_deg, guint service,
                           BfMapSymbol symbol);
void bf_asset_set_remove (BfAssetSet *self, guint asset);
void bf_asset_set_clear_all (BfAssetSet *self);
gboolean bf_asset_set_set_state (BfAssetSet *self, guint asset, BfMapState state);
void bf_asset_set_set_service_mask (BfAssetSet *self, guint64 mask);
gboolean bf_asset_set_is_visible (const BfAssetSet *self, guint asset);
void bf_asset_set_ensure_index (BfAssetSet *self);
guint bf_asset_set_get_n_filtered_alerts (const BfAssetSet *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfAssetSet, bf_asset_set_free)

G_END_DECLS
