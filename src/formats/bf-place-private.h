/* SPDX-License-Identifier: EUPL-1.2 */
/* Places of records: a point for any geometry and what it is when it is more, and coordinate systems by their EPSG code. */
#pragma once

#include "base/bf-shape.h"
#include "json/bf-json.h"

G_BEGIN_DECLS

/* A place before it is brought to WGS84: east or longitude first. */
typedef struct
{
  double x;
  double y;
} BfXY;

/* The lines or rings of the geometry that was read last, in its own coordinates, in room that is kept between geometries. */
typedef struct
{
  BfShapeType type; /* 0: it is a point */
  GArray *points;   /* BfXY */
  GArray *parts;    /* BfShapePart */
  GArray *cuts;     /* double */
} BfPlaceRoom;

void bf_place_room_init (BfPlaceRoom *room);
void bf_place_room_clear (BfPlaceRoom *room);

/* A point that stands for the geometry (RFC 7946 §3.1): itself, the middle of the longest line, or a point inside of the
 * largest polygon, its centroid where that is inside; the room then holds the lines or rings. FALSE when it is no geometry, with
 * a reason that the caller translates. */
gboolean bf_place_of_geometry (BfJsonNode geometry, BfPlaceRoom *room, BfXY *ret_place, const char **ret_reason);

/* The same of Esri's {"rings"}, {"paths"} and {"points"}. */
gboolean bf_place_of_esri (BfJsonNode geometry, BfPlaceRoom *room, BfXY *ret_place);

/* Lines or rings that somebody else reads: begin, add each position (and part), end. */
void bf_place_begin_line (BfPlaceRoom *room);
void bf_place_add (BfPlaceRoom *room, BfXY place);
gboolean bf_place_end (BfPlaceRoom *room, BfXY *ret_place);

typedef struct _BfProjection BfProjection;

/* @crs: "EPSG:2154"; also the names that GeoJSON carries (urn:ogc:def:crs:EPSG::2154, urn:ogc:def:crs:OGC:1.3:CRS84). NULL
 * without @error when it is WGS84 itself. */
BfProjection *bf_projection_new (const char *crs, GError **error);
void bf_projection_free (BfProjection *projection);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfProjection, bf_projection_free)
gboolean bf_projection_to_wgs84 (BfProjection *projection, BfXY place, BfPoint *ret_point);

G_END_DECLS
