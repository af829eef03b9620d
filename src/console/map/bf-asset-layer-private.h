/* SPDX-License-Identifier: EUPL-1.2 */
/* The layer's inside: bf-asset-layer.c draws it and is told what to show, bf-asset-layer-pointer.c answers what is under
 * the pointer and what is selected. */
#pragma once

#include "bf-asset-layer.h"
#include "bf-label-overlay.h"
#include "bf-map-card.h"
#include "bf-shape-set.h"

G_BEGIN_DECLS

struct _BfAssetLayer
{
  ShumateLayer parent_instance;

  BfAssetSet *assets;
  BfShapeSet *shapes;
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

enum
{
  BF_ASSET_LAYER_ASSET_ACTIVATED,
  BF_ASSET_LAYER_ASSET_HOVERED,
  BF_ASSET_LAYER_SELECTION_CHANGED,
  BF_ASSET_LAYER_N_SIGNALS
};

extern guint bf_asset_layer_signals[BF_ASSET_LAYER_N_SIGNALS];

void bf_asset_layer_queue_frame (BfAssetLayer *self);
gboolean bf_asset_layer_update (BfAssetLayer *self);
gboolean bf_asset_layer_make_card (BfAssetLayer *self, BfMapCard *ret_card);

G_END_DECLS
