/* SPDX-License-Identifier: EUPL-1.2 */
/* How assets look on the map. No GTK. */
#pragma once

#include "bf-map-marks.h"
#include "bf-sprite-cache.h"

G_BEGIN_DECLS

void bf_asset_painter_points (BfCanvas *canvas, const BfAssetSet *a, const BfMapMarks *marks, const BfProjection *p,
                              BfSpriteCache *sprites);
void bf_asset_painter_marks (BfCanvas *canvas, const BfAssetSet *a, const BfMapMarks *marks, const BfProjection *p,
                             BfSpriteCache *sprites);
void bf_asset_painter_selected (BfCanvas *canvas, const BfAssetSet *a, guint selected, const BfProjection *p,
                                BfSpriteCache *sprites);

G_END_DECLS
