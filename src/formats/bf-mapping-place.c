/* SPDX-License-Identifier: EUPL-1.2 */
/* The place of a record, in whatever form it stands: an object, a geometry, an array or a text of two, or two fields; brought
 * to WGS84 when the feed or the payload names another system. */

#include "formats/bf-mapping-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

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

typedef enum
{
  OBJECT_OTHER,
  OBJECT_DEGREES,  /* lon and lat, in WGS84 */
  OBJECT_XY,       /* x and y, in the feed's system */
  OBJECT_GEOMETRY, /* has a type */
} ObjectForm;

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
static ObjectForm
read_object (BfJsonNode node, double ret_axes[4])
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
        return OBJECT_GEOMETRY;
      for (guint i = 0; i < G_N_ELEMENTS (axes); i++)
        if (axes[i].length == length && memcmp (axes[i].name, key, length) == 0)
          {
            if (!(seen & 1u << axes[i].axis) && bf_map_node_number (value, &ret_axes[axes[i].axis]))
              seen |= 1u << axes[i].axis;
            break;
          }
    }
  return (seen & 3) == 3 ? OBJECT_DEGREES : (seen & 12) == 12 ? OBJECT_XY : OBJECT_OTHER;
}

static gboolean
place_of_pair (BfJsonNode node, gboolean lat_first, BfXY *ret_place)
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

static gboolean
place_of_node (BfMapRecord *r, BfJsonNode node, BfPoint *ret_point)
{
  BfMapping *mapping = r->mapping;
  const char *reason = NULL; /* of a geometry */
  const char *text;
  char shown[96];
  gsize length;
  double values[4];
  BfXY place;
  gboolean good = FALSE;

  if (bf_json_type (node) == BF_JSON_OBJECT)
    switch (read_object (node, values))
      {
      case OBJECT_DEGREES:
        *ret_point = (BfPoint){ values[0], values[1] };
        return TRUE;
      case OBJECT_XY:
        place = (BfXY){ values[2], values[3] };
        good = TRUE;
        break;
      case OBJECT_GEOMETRY:
        good = bf_place_of_geometry (node, &mapping->room, &place, &reason);
        if (good && mapping->order_given && mapping->lat_first)
          place = (BfXY){ place.y, place.x };
        break;
      case OBJECT_OTHER:
      default:
        good = bf_place_of_esri (node, &mapping->room, &place);
        break;
      }
  else if (bf_json_type (node) == BF_JSON_ARRAY)
    good = place_of_pair (node, mapping->lat_first, &place);
  else if (bf_json_get_string (node, &text, &length))
    good = place_of_text (text, length, mapping->lat_first, &place);
  if (good)
    return to_wgs84 (r, place, ret_point);
  if (reason != NULL)
    bf_sink_refuse (r->sink, r->record, "location", "%s", _ (reason));
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

BfPoint
bf_map_place (BfMapRecord *r, const BfJsonNode *geometry)
{
  BfMapping *mapping = r->mapping;
  BfPoint point = { NAN, NAN };
  BfMapFound found;
  BfXY place;

  if (mapping->location.n_sources > 0 && bf_map_find (mapping, &mapping->location, &found) && found.constant == NULL)
    return place_of_node (r, found.node, &point) ? point : (BfPoint){ NAN, NAN };
  if (mapping->lat.n_sources > 0 && !(mapping->own_place && geometry != NULL))
    return two_numbers (r, &mapping->lat, &mapping->lon, &point.lat, &point.lon) ? point : (BfPoint){ NAN, NAN };
  if (mapping->x.n_sources > 0)
    return two_numbers (r, &mapping->x, &mapping->y, &place.x, &place.y) && to_wgs84 (r, place, &point)
             ? point
             : (BfPoint){ NAN, NAN };
  if (geometry != NULL && geometry->tape != NULL && !bf_map_is_null (*geometry))
    return place_of_node (r, *geometry, &point) ? point : (BfPoint){ NAN, NAN };
  return point;
}
