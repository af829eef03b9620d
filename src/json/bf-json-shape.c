/* SPDX-License-Identifier: EUPL-1.2 */
/* Lines and areas out of GeoJSON: see bf-json-shape.h. No recursion: each type says how deep its positions lie. Pure. */

#include "json/bf-json-shape.h"

#include <string.h>

#include "base/bf-limits.h"

static const struct
{
  const char *type;
  BfShapeType shape;
  guint depth; /* of arrays above a part */
} types[] = {
  { "LineString", BF_SHAPE_LINES, 0 },
  { "MultiLineString", BF_SHAPE_LINES, 1 },
  { "Polygon", BF_SHAPE_AREAS, 1 },
  { "MultiPolygon", BF_SHAPE_AREAS, 2 },
};

typedef struct
{
  GArray *points; /* BfPoint */
  GArray *parts;  /* BfShapePart */
} Read;

static gboolean
read_part (Read *read, BfJsonNode node, gboolean hole)
{
  BfShapePart part = { read->points->len, hole };
  BfJsonNode position, number;
  BfJsonIter iter, pair;

  if (read->parts->len >= BF_LIMIT_SHAPE_PARTS || bf_json_type (node) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, node))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &position))
    {
      BfPoint point;

      if (read->points->len >= BF_LIMIT_SHAPE_READ || bf_json_type (position) != BF_JSON_ARRAY || !bf_json_iter_init (&pair, position)
          || !bf_json_iter_next (&pair, NULL, NULL, &number) || !bf_json_get_double (number, &point.lon)
          || !bf_json_iter_next (&pair, NULL, NULL, &number) || !bf_json_get_double (number, &point.lat))
        return FALSE;
      g_array_append_val (read->points, point);
    }
  g_array_append_val (read->parts, part);
  return TRUE;
}

/* Lines, or a polygon's rings, of which the first is no hole. */
static gboolean
read_parts (Read *read, BfJsonNode node, gboolean rings)
{
  BfJsonNode part;
  BfJsonIter iter;
  guint n = 0;

  if (bf_json_type (node) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, node))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &part))
    if (!read_part (read, part, rings && n++ > 0))
      return FALSE;
  return TRUE;
}

static gboolean
read_polygons (Read *read, BfJsonNode node)
{
  BfJsonNode polygon;
  BfJsonIter iter;

  if (bf_json_type (node) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, node))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &polygon))
    if (!read_parts (read, polygon, TRUE))
      return FALSE;
  return TRUE;
}

BfShape *
bf_json_shape (BfJsonNode geometry)
{
  const char *type = bf_json_member_string (geometry, "type", NULL);
  const char *reason;
  BfJsonNode coordinates;
  BfShape *shape = NULL;
  guint t = 0;

  while (type != NULL && t < G_N_ELEMENTS (types) && strcmp (types[t].type, type) != 0)
    t++;
  if (type == NULL || t == G_N_ELEMENTS (types) || !bf_json_member (geometry, "coordinates", &coordinates))
    return NULL;
  {
    g_autoptr (GArray) points = g_array_new (FALSE, FALSE, sizeof (BfPoint));
    g_autoptr (GArray) parts = g_array_new (FALSE, FALSE, sizeof (BfShapePart));
    Read read = { points, parts };
    gboolean good = types[t].depth == 0   ? read_part (&read, coordinates, FALSE)
                    : types[t].depth == 1 ? read_parts (&read, coordinates, types[t].shape == BF_SHAPE_AREAS)
                                          : read_polygons (&read, coordinates);

    if (good)
      shape = bf_shape_new (types[t].shape, (const BfPoint *) (gconstpointer) points->data, points->len,
                            (const BfShapePart *) (gconstpointer) parts->data, parts->len, &reason);
  }
  return shape;
}
