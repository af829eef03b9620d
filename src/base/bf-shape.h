/* SPDX-License-Identifier: EUPL-1.2 */
/* What an asset is on the ground when it is more than a point: lines (a road section) or areas (works, a warned area). One
 * block of 4-byte words that never changes, the same in memory, in a frame and in the store (little-endian there):
 *
 *   u8 type (1 lines, 2 areas) | u8 0 | u16 n parts | n × u32 vertices of the part, the top bit: a hole of the area before it
 *   | vertices: i32 longitude, i32 latitude, in 1e-7 degrees (11 mm)
 *
 * A line has 2 vertices or more; a ring 4 or more, the last as the first. At most BF_LIMIT_SHAPE_POINTS vertices: one that
 * a feed gives with more is simplified (Douglas and Peucker 1973) by no more than 10 m or a thousandth of its extent, which
 * ever is larger, or refused. No part crosses the 180th meridian. Pure; any thread. */
#pragma once

#include "base/bf-geo.h"

G_BEGIN_DECLS

typedef enum
{
  BF_SHAPE_LINES = 1,
  BF_SHAPE_AREAS = 2,
} BfShapeType;

typedef struct
{
  guint8 type;
  guint8 zero;
  guint16 n_parts;
  guint32 words[];
} BfShape;

typedef struct
{
  gint32 lon_e7;
  gint32 lat_e7;
} BfVertex;

/* A line or ring as it is given, in one array with the others. */
typedef struct
{
  guint first;
  gboolean hole;
} BfShapePart;

/* (transfer full) (nullable): NULL with *@ret_reason, which the caller translates: too many vertices, outside of the degrees,
 * over the 180th meridian; or NULL without a reason when it is no more than a point. What lies outside is never bent to fit. */
BfShape *bf_shape_new (BfShapeType type, const BfPoint *points, guint n_points, const BfShapePart *parts, guint n_parts,
                       const char **ret_reason);
gsize bf_shape_bytes (const BfShape *shape); /* 0 of NULL */
gboolean bf_shape_equal (const BfShape *a, const BfShape *b);

/* As it travels and rests. NULL when the bytes are none: they may be hostile. */
void bf_shape_append (const BfShape *shape, GByteArray *out);
BfShape *bf_shape_from_bytes (const void *bytes, gsize length);

/* (transfer none): the vertices of a part */
const BfVertex *bf_shape_part (const BfShape *shape, guint part, guint *ret_n, gboolean *ret_hole);
BfBox bf_shape_box (const BfShape *shape);
guint bf_shape_n_points (const BfShape *shape);

/* A GeoJSON geometry (RFC 7946 §3.1): LineString, MultiLineString, Polygon or MultiPolygon. */
void bf_shape_append_geojson (const BfShape *shape, GString *out);

static inline BfPoint
bf_vertex_point (BfVertex vertex)
{
  return (BfPoint){ vertex.lon_e7 / 1e7, vertex.lat_e7 / 1e7 };
}

/* Significance of each vertex by Douglas and Peucker: the tolerance, in the units of @x and @y, up to which it is kept;
 * HUGE_VALF for those that always are. FALSE when it is too intricate to be reckoned in bounded time. */
gboolean bf_simplify (const double *x, const double *y, guint n, gboolean ring, float *ret_significance);

G_END_DECLS
