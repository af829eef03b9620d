/* SPDX-License-Identifier: EUPL-1.2 */
/* The assets and their alerts on the map, and under them the base map and its names, as one image a frame. */
#pragma once

#include "bf-basemap-source.h"
#include "bf-map-marks.h"
#include "bf-place-overlay.h"

#include "base/bf-shape.h"

#include <shumate/shumate.h>

G_BEGIN_DECLS

#define BF_TYPE_ASSET_LAYER (bf_asset_layer_get_type ())
G_DECLARE_FINAL_TYPE (BfAssetLayer, bf_asset_layer, BF, ASSET_LAYER, ShumateLayer)

#define BF_ASSET_NONE G_MAXUINT

/**
 * BfAssetDescribeFunc:
 * @asset: the caller's index
 * @ret_title: (out) (transfer full): name and value
 * @ret_detail: (out) (transfer full) (nullable): address and when it was measured
 * @user_data: what was given with the function
 *
 * Says in words what the card beside an asset shows.
 */
typedef void (*BfAssetDescribeFunc) (guint asset, char **ret_title, char **ret_detail, gpointer user_data);

/**
 * BfMapSink:
 *
 * How the frame's image is handed to GTK: as one Cairo node, or as one texture.
 */
typedef enum
{
  BF_MAP_SINK_CAIRO,
  BF_MAP_SINK_TEXTURE,
} BfMapSink;

BfAssetLayer *bf_asset_layer_new (ShumateViewport *viewport);

guint bf_asset_layer_set_assets (BfAssetLayer *self, guint n, const double *latitude_deg, const double *longitude_deg,
                                 const guint8 *service, const guint8 *symbol);
gboolean bf_asset_layer_put_asset (BfAssetLayer *self, guint asset, double latitude_deg, double longitude_deg,
                                   guint service, BfMapSymbol symbol);
void bf_asset_layer_set_shape (BfAssetLayer *self, guint asset, const BfShape *shape);
gboolean bf_asset_layer_has_shape (BfAssetLayer *self, guint asset);
void bf_asset_layer_remove_asset (BfAssetLayer *self, guint asset);
void bf_asset_layer_set_state (BfAssetLayer *self, guint asset, BfMapState state);
BfMapState bf_asset_layer_get_state (BfAssetLayer *self, guint asset);
void bf_asset_layer_set_service_mask (BfAssetLayer *self, guint64 mask);
guint bf_asset_layer_get_n_filtered_alerts (BfAssetLayer *self);
void bf_asset_layer_set_cluster_threshold (BfAssetLayer *self, guint threshold);

void bf_asset_layer_set_basemap_source (BfAssetLayer *self, BfBasemapSource *source);
guint bf_asset_layer_set_places (BfAssetLayer *self, guint n, const double *latitude_deg, const double *longitude_deg,
                                 const BfPlaceKind *kind, const char *const *name);
void bf_asset_layer_set_show_places (BfAssetLayer *self, gboolean show);
void bf_asset_layer_set_dark (BfAssetLayer *self, gboolean dark);
void bf_asset_layer_set_sink (BfAssetLayer *self, BfMapSink sink);
void bf_asset_layer_set_describe_func (BfAssetLayer *self, BfAssetDescribeFunc func, gpointer user_data,
                                       GDestroyNotify destroy);

void bf_asset_layer_set_selected (BfAssetLayer *self, guint asset);
guint bf_asset_layer_get_selected (BfAssetLayer *self);
guint bf_asset_layer_next_alert (BfAssetLayer *self, gboolean forward);
gboolean bf_asset_layer_get_location (BfAssetLayer *self, guint asset, double *ret_latitude_deg,
                                      double *ret_longitude_deg);

gboolean bf_asset_layer_hit_test (BfAssetLayer *self, double x, double y, BfMapHit *ret_hit);
void bf_asset_layer_hover (BfAssetLayer *self, double x, double y, gboolean inside);
gboolean bf_asset_layer_activate (BfAssetLayer *self, double x, double y, BfMapHit *ret_hit);
guint bf_asset_layer_get_n_updates (BfAssetLayer *self);
gboolean bf_asset_layer_is_settled (BfAssetLayer *self);

G_END_DECLS
