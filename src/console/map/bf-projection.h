/* SPDX-License-Identifier: EUPL-1.2 */
/* From the Mercator square to the pixels of one frame. Header only, no GTK. */
#pragma once

#include "bf-mercator.h"

G_BEGIN_DECLS

/**
 * BfProjection:
 * @zoom: zoom level, fractions allowed, of 256 px tiles
 * @scale: device pixels a user unit
 * @world_px: width of the whole world in device pixels
 * @left: where the frame begins in the world, whole device pixels
 * @top: where the frame begins in the world, whole device pixels
 * @width: device pixels
 * @height: device pixels
 * @settled: whether the zoom rests, so that painting exactly for it pays
 *
 * The frame begins on a whole pixel of the world: while the map pans every point keeps its place among the
 * others, nothing trembles.
 */
typedef struct
{
  double zoom;
  int scale;
  double world_px;
  gint64 left, top;
  int width, height;
  gboolean settled;
} BfProjection;

static inline BfProjection
bf_projection_make (double latitude_deg, double longitude_deg, double zoom, int width, int height, int scale)
{
  BfProjection p = { .zoom = zoom, .scale = scale, .settled = TRUE };

  p.width = width * scale;
  p.height = height * scale;
  p.world_px = BF_TILE_PX * exp2 (zoom) * scale;
  p.left = (gint64) floor (bf_mercator_x (longitude_deg) * p.world_px - p.width / 2.0 + 0.5);
  p.top = (gint64) floor (bf_mercator_y (latitude_deg) * p.world_px - p.height / 2.0 + 0.5);
  return p;
}

static inline int
bf_projection_x (const BfProjection *p, guint32 x)
{
  return (int) ((gint64) (x * (p->world_px / BF_MERCATOR_ONE)) - p->left);
}

static inline int
bf_projection_y (const BfProjection *p, guint32 y)
{
  return (int) ((gint64) (y * (p->world_px / BF_MERCATOR_ONE)) - p->top);
}

/* The places that stand on the pixel columns and rows; clamped to the world. */
static inline guint32
bf_projection_fixed_x (const BfProjection *p, double px)
{
  return bf_mercator_fixed (((double) p->left + px) / p->world_px);
}

static inline guint32
bf_projection_fixed_y (const BfProjection *p, double px)
{
  return bf_mercator_fixed (((double) p->top + px) / p->world_px);
}

G_END_DECLS
