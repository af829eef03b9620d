/* SPDX-License-Identifier: EUPL-1.2 */
/* The lines and areas of the map's assets, ready to be painted and hit. No GTK. */
#pragma once

#include "base/bf-shape.h"

#include "bf-asset-set.h"
#include "bf-projection.h"

G_BEGIN_DECLS

/**
 * BfMapShape:
 * @asset: the caller's index
 * @type: line or area
 * @n_parts: lines or rings
 * @ends: of each part, behind its last vertex
 * @x: @y: vertices, in 1/2^32 of the Mercator square
 * @needed: by vertex, up to which tolerance in the same unit it is needed
 *
 * A vertex that makes no difference of half a pixel at the frame's zoom is passed over.
 */
typedef struct
{
  guint asset;
  BfShapeType type;
  guint n_parts;
  guint32 *ends;
  guint32 *x, *y;
  float *needed;
  guint32 min_x, max_x, min_y, max_y;
} BfMapShape;

typedef struct
{
  GArray *shapes;       /* BfMapShape, in no order */
  GHashTable *by_asset; /* asset + 1 -> place + 1 */
} BfShapeSet;

BfShapeSet *bf_shape_set_new (void);
void bf_shape_set_free (BfShapeSet *self);
void bf_shape_set_clear (BfShapeSet *self);
void bf_shape_set_put (BfShapeSet *self, guint asset, const BfShape *shape);
const BfMapShape *bf_shape_set_find (const BfShapeSet *self, guint asset);
gboolean bf_map_shape_is_in (const BfMapShape *shape, const BfProjection *p, int reach);
gboolean bf_map_shape_is_large (const BfMapShape *shape, const BfProjection *p);
guint bf_shape_set_hit (const BfShapeSet *self, const BfAssetSet *assets, const BfProjection *p, int x, int y);

/* The tolerance of half a device pixel. */
static inline float
bf_map_shape_tolerance (const BfProjection *p)
{
  return (float) (0.5 * BF_MERCATOR_ONE / p->world_px);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfShapeSet, bf_shape_set_free)

G_END_DECLS
