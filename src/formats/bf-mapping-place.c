/* SPDX-License-Identifier: EUPL-1.2 */
/* The place of a record, in whatever form it stands: an object, a geometry, an array or a text, or two fields; brought to WGS84
 * when the feed or the payload names another system. With the point comes what the asset is when it is more: its line or area. */

#include "formats/bf-mapping-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-limits.h"
#include "base/bf-text.h"

#define PLACES_KEPT 65536u

/* x, y in the payload's coordinate system to WGS84; remembered by record. */
static gboolean
to_wgs84 (BfMapRecord *r, BfXY place, BfPoint *ret_point)
{
  BfMapping *mapping = r->mapping;
  BfProjection *projection = mapping->has_crs ? mapping->projection : mapping->payload_projection;
  BfMapPlace *kept = NULL;

  *ret_point = (BfPoint){ place.x, place.y };
  if (projection == NULL)
    return TRUE;
  if (r->record < PLACES_KEPT)
    {
      if (mapping->places->len <= r->record)
        g_array_set_size (mapping->places, r->record + 1);
      kept = &g_array_index (mapping->places, BfMapPlace, r->record);
      if (kept->from.x == place.x && kept->from.y == place.y && (place.x != 0 || place.y != 0))
        {
          *ret_point = kept->to;
          return TRUE;
        }
    }
  if (!bf_projection_to_wgs84 (projection, place, ret_point))
    {
      bf_sink_refuse (r->sink, r->record, "location", _ ("the coordinates have no place in the feed's coordinate system"));
      return FALSE;
    }
  if (kept != NULL)
    *kept = (BfMapPlace){ place, *ret_point };
  return TRUE;
}

static BfXY
ordered (double first, double second, gboolean lat_first)
{
  return lat_first ? (BfXY){ second, first } : (BfXY){ first, second };
}

static const struct
{
  const char *name;
  guint8 length;
  guint8 axis; /* 0 lon, 1 lat, 2 x, 3 y */
} axes[] = {
  { "lon", 3, 0 }, { "lat", 3, 1 },      { "lng", 3, 0 },       { "x", 1, 2 },
  { "y", 1, 3 },   { "longitude", 9, 0 }, { "latitude", 8, 1 }, { "long", 4, 0 },
};

/* An object that says a place, under the names that are used; read in one pass. */
BfMapObject
bf_map_read_object (BfJsonNode node, double ret_axes[4], BfJsonNode *ret_shape)
{
  BfJsonIter iter;
  BfJsonNode value;
  const char *key;
  gsize length;
  guint seen = 0;

  bf_json_iter_init (&iter, node);
  while (bf_json_iter_next (&iter, &key, &length, &value))
    {
      if (length == 4 && memcmp (key, "type", 4) == 0)
        return BF_MAP_OBJECT_GEOMETRY;
      if (length == 6 && memcmp (key, "@shape", 6) == 0)
        *ret_shape = value;
      for (guint i = 0; i < G_N_ELEMENTS (axes); i++)
        if (axes[i].length == length && memcmp (axes[i].name, key, length) == 0)
          {
            if (!(seen & 1u << axes[i].axis) && bf_map_node_number (value, &ret_axes[axes[i].axis]))
              seen |= 1u << axes[i].axis;
            break;
          }
    }
  return (seen & 3) == 3 ? BF_MAP_OBJECT_DEGREES : (seen & 12) == 12 ? BF_MAP_OBJECT_XY : BF_MAP_OBJECT_OTHER;
}

gboolean
bf_map_read_pair (BfJsonNode node, gboolean lat_first, BfXY *ret_place)
{
  BfJsonIter iter;
  BfJsonNode a, b;
  double first, second;

  if (!bf_json_iter_init (&iter, node) || !bf_json_iter_next (&iter, NULL, NULL, &a)
      || !bf_json_iter_next (&iter, NULL, NULL, &b) || !bf_map_node_number (a, &first) || !bf_map_node_number (b, &second))
    return FALSE;
  *ret_place = ordered (first, second, lat_first);
  return TRUE;
}

/* "48.1, -1.6", "48.1 -1.6" or "POINT (-1.6 48.1)" */
static gboolean
place_of_text (const char *text, gsize length, gboolean lat_first, BfXY *ret_place)
{
  char buffer[128];
  char *p = buffer, *gap;
  double first, second;

  if (length >= sizeof buffer)
    return FALSE;
  memcpy (buffer, text, length);
  buffer[length] = '\0';
  g_strstrip (buffer);
  if (g_ascii_strncasecmp (p, "POINT", 5) == 0)
    {
      p = strchr (p, '(');
      gap = p != NULL ? strchr (p, ')') : NULL;
      if (gap == NULL)
        return FALSE;
      *gap = '\0';
      p++;
      lat_first = FALSE;
    }
  g_strstrip (p);
  gap = strpbrk (p, ",; ");
  if (gap == NULL)
    return FALSE;
  *gap++ = '\0';
  if (!bf_text_to_double (p, strlen (p), &first) || !bf_text_to_double (gap, strlen (gap), &second))
    return FALSE;
  *ret_place = ordered (first, second, lat_first);
  return TRUE;
}

/* A geometry, or the Feature that some platforms wrap it into. */
static BfJsonNode
unwrap (BfJsonNode node)
{
  BfJsonNode inner;

  if (g_strcmp0 (bf_json_member_string (node, "type", NULL), "Feature") == 0 && bf_json_member (node, "geometry", &inner)
      && bf_json_type (inner) == BF_JSON_OBJECT)
    return inner;
  return node;
}

/* A place as it was found. */
typedef struct
{
  BfXY at;
  gboolean degrees;   /* WGS84, whatever the feed's system is */
  gboolean swap;      /* the geometry's order is the other one */
  BfJsonNode shape;   /* what a format of ours adds to lon and lat; .tape NULL: nothing */
  const char *reason; /* of a geometry that is none */
} Found;

static gboolean
find_in_object (BfMapping *mapping, BfJsonNode node, Found *found)
{
  double values[4];

  switch (bf_map_read_object (node, values, &found->shape))
    {
    case BF_MAP_OBJECT_DEGREES:
      found->at = (BfXY){ values[0], values[1] };
      found->degrees = TRUE;
      return TRUE;
    case BF_MAP_OBJECT_XY:
      found->at = (BfXY){ values[2], values[3] };
      return TRUE;
    case BF_MAP_OBJECT_GEOMETRY:
      found->swap = mapping->order_given && mapping->lat_first;
      if (!bf_place_of_geometry (unwrap (node), &mapping->room, &found->at, &found->reason))
        return FALSE;
      if (found->swap)
        found->at = (BfXY){ found->at.y, found->at.x };
      return TRUE;
    case BF_MAP_OBJECT_OTHER:
    default:
      return bf_place_of_esri (node, &mapping->room, &found->at);
    }
}

static gboolean
find_place (BfMapRecord *r, BfJsonNode node, Found *found)
{
  BfMapping *mapping = r->mapping;
  const char *text;
  gsize length;

  *found = (Found){ .at = { NAN, NAN } };
  mapping->room.type = 0;
  if (bf_json_type (node) == BF_JSON_OBJECT)
    return find_in_object (mapping, node, found);
  if (bf_json_type (node) == BF_JSON_ARRAY)
    return bf_map_read_pair (node, mapping->lat_first, &found->at)
           || bf_map_line_of_list (node, mapping->lat_first, &mapping->room, &found->at, &found->degrees);
  return bf_json_get_string (node, &text, &length)
         && (place_of_text (text, length, mapping->lat_first, &found->at)
             || bf_map_line_of_text (text, length, mapping->lat_first, &mapping->room, &found->at));
}

/* --- lines and areas ------------------------------------------------------------------------------------------------ */

static gboolean
vertices_to_wgs84 (BfMapRecord *r, const Found *found)
{
  BfMapping *mapping = r->mapping;
  BfProjection *projection = found->degrees ? NULL : mapping->has_crs ? mapping->projection : mapping->payload_projection;

  g_array_set_size (mapping->vertices, 0);
  if (mapping->room.points->len > BF_LIMIT_SHAPE_READ)
    {
      bf_sink_refuse (r->sink, r->record, "location", _ ("a line or area of more than %u vertices"), BF_LIMIT_SHAPE_READ);
      return FALSE;
    }
  for (guint i = 0; i < mapping->room.points->len; i++)
    {
      BfXY place = g_array_index (mapping->room.points, BfXY, i);
      BfPoint point;

      if (found->swap)
        place = (BfXY){ place.y, place.x };
      point = (BfPoint){ place.x, place.y };
      if (projection != NULL && !bf_projection_to_wgs84 (projection, place, &point))
        {
          bf_sink_refuse (r->sink, r->record, "location", _ ("the coordinates have no place in the feed's coordinate system"));
          return FALSE;
        }
      g_array_append_val (mapping->vertices, point);
    }
  return TRUE;
}

/* What stands in the room, as the mapping's line; NULL when it is a point or was refused. */
static void
settle_line (BfMapRecord *r, Found *found)
{
  BfMapping *mapping = r->mapping;
  const GArray *parts = mapping->room.parts;
  const char *reason;
  BfXY ignored;

  if (found->shape.tape != NULL)
    {
      mapping->room.type = 0;
      bf_place_of_geometry (found->shape, &mapping->room, &ignored, &reason);
    }
  if (mapping->room.type == 0 || !vertices_to_wgs84 (r, found))
    return;
  mapping->line = bf_shape_new (mapping->room.type, (const BfPoint *) (gconstpointer) mapping->vertices->data, mapping->vertices->len,
                                (const BfShapePart *) (gconstpointer) parts->data, parts->len, &reason);
  if (reason != NULL)
    bf_sink_refuse (r->sink, r->record, "location", "%s", _ (reason));
}

/* The point that the node says, and its line or area with it. A place that is none in degrees is the sink's to refuse, once. */
static gboolean
place_of_node (BfMapRecord *r, BfJsonNode node, BfPoint *ret_point)
{
  char shown[96];
  Found found;

  if (find_place (r, node, &found))
    {
      if (found.degrees)
        *ret_point = (BfPoint){ found.at.x, found.at.y };
      else if (!to_wgs84 (r, found.at, ret_point))
        return FALSE;
      if (bf_point_is_valid (*ret_point))
        settle_line (r, &found);
      return TRUE;
    }
  if (found.reason != NULL)
    bf_sink_refuse (r->sink, r->record, "location", "%s", _ (found.reason));
  else
    bf_sink_refuse (r->sink, r->record, "location",
                    _ ("expected an object of lon and lat, a geometry, an array or a text of two, found %s"), bf_map_show (node, shown));
  return FALSE;
}

/* lat= and lon=, or x= and y=; both or none. */
static gboolean
two_numbers (BfMapRecord *r, const BfMapPath *first, const BfMapPath *second, double *ret_first, double *ret_second)
{
  BfMapFound a, b;
  gboolean has_a = bf_map_find (r->mapping, first, &a);
  gboolean has_b = bf_map_find (r->mapping, second, &b);
  char shown[96];

  if (!has_a && !has_b)
    return FALSE;
  if (!has_a || !has_b)
    bf_sink_refuse (r->sink, r->record, "location", _ ("%s is null while %s is not"), has_a ? second->text : first->text,
                    has_a ? first->text : second->text);
  else if (!bf_map_found_number (&a, ret_first))
    bf_sink_refuse (r->sink, r->record, "location", _ ("expected a number (%s), found %s"), first->text, bf_map_show (a.node, shown));
  else if (!bf_map_found_number (&b, ret_second))
    bf_sink_refuse (r->sink, r->record, "location", _ ("expected a number (%s), found %s"), second->text, bf_map_show (b.node, shown));
  else
    return TRUE;
  return FALSE;
}

static BfPoint
find_point (BfMapRecord *r, const BfJsonNode *geometry)
{
  BfMapping *mapping = r->mapping;
  const BfPoint none = { NAN, NAN };
  BfPoint point = none;
  BfMapFound found;
  BfXY place;

  if (mapping->location.n_sources > 0 && bf_map_find (mapping, &mapping->location, &found) && found.constant == NULL)
    return place_of_node (r, found.node, &point) ? point : none;
  if (mapping->lat.n_sources > 0 && !(mapping->own_place && geometry != NULL))
    return two_numbers (r, &mapping->lat, &mapping->lon, &point.lat, &point.lon) ? point : none;
  if (mapping->x.n_sources > 0)
    return two_numbers (r, &mapping->x, &mapping->y, &place.x, &place.y) && to_wgs84 (r, place, &point) ? point : none;
  if (geometry != NULL && geometry->tape != NULL && !bf_map_is_null (*geometry))
    return place_of_node (r, *geometry, &point) ? point : none;
  return none;
}

BfPoint
bf_map_place (BfMapRecord *r, const BfJsonNode *geometry, const BfShape **ret_shape)
{
  BfMapping *mapping = r->mapping;
  BfPoint point, of_line = { NAN, NAN };
  BfMapFound found;

  g_clear_pointer (&mapping->line, g_free);
  point = find_point (r, geometry);
  if (mapping->shape.n_sources > 0 && bf_map_find (mapping, &mapping->shape, &found) && found.constant == NULL)
    {
      g_clear_pointer (&mapping->line, g_free);
      if (place_of_node (r, found.node, &of_line) && isnan (point.lon))
        point = of_line;
    }
  *ret_shape = mapping->line;
  return point;
}
