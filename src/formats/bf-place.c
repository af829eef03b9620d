/* SPDX-License-Identifier: EUPL-1.2 */
/* One point for any geometry. Areas and centroids by the shoelace formula about the first point of the ring, so that
 * metres far from the origin lose no digits. Each coordinate is read once and no recursion is used: only a
 * GeometryCollection nests, and its first usable member is taken. */

#include "formats/bf-place-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

void
bf_place_room_init (BfPlaceRoom *room)
{
  room->points = g_array_new (FALSE, FALSE, sizeof (BfXY));
  room->rings = g_array_new (FALSE, FALSE, sizeof (guint));
  room->cuts = g_array_new (FALSE, FALSE, sizeof (double));
}

void
bf_place_room_clear (BfPlaceRoom *room)
{
  g_array_unref (room->points);
  g_array_unref (room->rings);
  g_array_unref (room->cuts);
}

static gboolean
read_position (BfJsonNode node, BfXY *ret_place)
{
  BfJsonIter iter;
  BfJsonNode number;

  return bf_json_type (node) == BF_JSON_ARRAY && bf_json_iter_init (&iter, node) && bf_json_iter_next (&iter, NULL, NULL, &number)
         && bf_json_get_double (number, &ret_place->x) && bf_json_iter_next (&iter, NULL, NULL, &number)
         && bf_json_get_double (number, &ret_place->y);
}

/* Adds the positions of an array as one ring; FALSE when one is none or there are none. */
static gboolean
read_ring (BfJsonNode node, BfPlaceRoom *room)
{
  BfJsonIter iter;
  BfJsonNode position;
  guint first = room->points->len;
  BfXY place;

  if (bf_json_type (node) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, node))
    return FALSE;
  g_array_append_val (room->rings, first);
  while (bf_json_iter_next (&iter, NULL, NULL, &position))
    {
      if (!read_position (position, &place))
        return FALSE;
      g_array_append_val (room->points, place);
    }
  return room->points->len > first;
}

static guint
ring_end (const BfPlaceRoom *room, guint ring)
{
  return ring + 1 < room->rings->len ? g_array_index (room->rings, guint, ring + 1) : room->points->len;
}

/* --- lines ---------------------------------------------------------------------------------------------------------- */

static double
line_length (const BfXY *points, guint n)
{
  double length = 0;

  for (guint i = 1; i < n; i++)
    length += hypot (points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
  return length;
}

static BfXY
line_middle (const BfXY *points, guint n, double length)
{
  double left = length / 2;

  for (guint i = 1; i < n; i++)
    {
      double part = hypot (points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);

      if (part >= left && part > 0)
        return (BfXY){ points[i - 1].x + (points[i].x - points[i - 1].x) * left / part,
                       points[i - 1].y + (points[i].y - points[i - 1].y) * left / part };
      left -= part;
    }
  return points[0];
}

/* The middle of the longest ring of the room. */
static BfXY
longest_middle (const BfPlaceRoom *room)
{
  double longest = -1;
  BfXY middle = { NAN, NAN };

  for (guint i = 0; i < room->rings->len; i++)
    {
      guint first = g_array_index (room->rings, guint, i);
      const BfXY *points = &g_array_index (room->points, BfXY, first);
      guint n = ring_end (room, i) - first;
      double length = line_length (points, n);

      if (length > longest)
        {
          longest = length;
          middle = line_middle (points, n, length);
        }
    }
  return middle;
}

/* --- polygons ------------------------------------------------------------------------------------------------------- */

/* Twice the signed area, and the sums of the centroid, about the ring's first point. */
static double
ring_moments (const BfXY *points, guint n, double *ret_x, double *ret_y)
{
  double area = 0, x = 0, y = 0;

  for (guint i = 0; i < n; i++)
    {
      const BfXY *a = &points[i];
      const BfXY *b = &points[i + 1 < n ? i + 1 : 0];
      double ax = a->x - points[0].x, ay = a->y - points[0].y;
      double bx = b->x - points[0].x, by = b->y - points[0].y;
      double cross = ax * by - bx * ay;

      area += cross;
      x += (ax + bx) * cross;
      y += (ay + by) * cross;
    }
  *ret_x = x;
  *ret_y = y;
  return area;
}

/* Where the horizontal line at @y cuts the rings, sorted; even-odd, so holes count. */
static void
cut_rings (BfPlaceRoom *room, double y)
{
  g_array_set_size (room->cuts, 0);
  for (guint ring = 0; ring < room->rings->len; ring++)
    {
      guint first = g_array_index (room->rings, guint, ring);
      const BfXY *points = &g_array_index (room->points, BfXY, first);
      guint n = ring_end (room, ring) - first;

      for (guint i = 0; i < n; i++)
        {
          const BfXY *a = &points[i];
          const BfXY *b = &points[i + 1 < n ? i + 1 : 0];

          if ((a->y > y) != (b->y > y))
            {
              double x = a->x + (y - a->y) / (b->y - a->y) * (b->x - a->x);

              g_array_append_val (room->cuts, x);
            }
        }
    }
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static gboolean
is_inside (BfPlaceRoom *room, BfXY place)
{
  gboolean inside = FALSE;

  cut_rings (room, place.y);
  for (guint i = 0; i < room->cuts->len; i++)
    if (g_array_index (room->cuts, double, i) > place.x)
      inside = !inside;
  return inside;
}

/* The middle of the widest stretch inside, at the height of @place or else at the middle of the outer ring. */
static BfXY
inside_point (BfPlaceRoom *room, BfXY place)
{
  double low = G_MAXDOUBLE, high = -G_MAXDOUBLE, widest = 0;
  guint end = ring_end (room, 0);
  BfXY best = place;

  cut_rings (room, place.y);
  if (room->cuts->len < 2)
    {
      for (guint i = 0; i < end; i++)
        {
          low = MIN (low, g_array_index (room->points, BfXY, i).y);
          high = MAX (high, g_array_index (room->points, BfXY, i).y);
        }
      best.y = (low + high) / 2;
      cut_rings (room, best.y);
    }
  g_array_sort (room->cuts, compare_doubles);
  for (guint i = 0; i + 1 < room->cuts->len; i += 2)
    {
      double from = g_array_index (room->cuts, double, i);
      double to = g_array_index (room->cuts, double, i + 1);

      if (to - from > widest)
        {
          widest = to - from;
          best.x = (from + to) / 2;
        }
    }
  if (widest == 0)
    best = g_array_index (room->points, BfXY, 0);
  return best;
}

/* Reads one polygon's rings into the room. */
static gboolean
read_polygon (BfJsonNode node, BfPlaceRoom *room)
{
  BfJsonIter iter;
  BfJsonNode ring;

  g_array_set_size (room->points, 0);
  g_array_set_size (room->rings, 0);
  if (bf_json_type (node) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, node))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &ring))
    if (!read_ring (ring, room))
      return FALSE;
  return room->rings->len > 0;
}

static double
outer_area (const BfPlaceRoom *room)
{
  double x, y;

  return fabs (ring_moments ((const BfXY *) (gpointer) room->points->data, ring_end (room, 0), &x, &y));
}

/* A point for the polygon in the room. */
static BfXY
polygon_point (BfPlaceRoom *room)
{
  const BfXY *points = (const BfXY *) (gpointer) room->points->data;
  guint n = ring_end (room, 0);
  double x, y;
  double area = ring_moments (points, n, &x, &y);
  BfXY centroid;

  if (area == 0 || !isfinite (area))
    return line_middle (points, n, line_length (points, n));
  centroid = (BfXY){ points[0].x + x / (3 * area), points[0].y + y / (3 * area) };
  return is_inside (room, centroid) ? centroid : inside_point (room, centroid);
}

/* --- the types ------------------------------------------------------------------------------------------------------ */

static gboolean
place_of_point (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  return read_position (coordinates, ret_place);
}

static gboolean
place_of_points (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  BfJsonIter iter;
  BfJsonNode first;

  return bf_json_iter_init (&iter, coordinates) && bf_json_iter_next (&iter, NULL, NULL, &first)
         && read_position (first, ret_place);
}

static gboolean
place_of_line (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  g_array_set_size (room->points, 0);
  g_array_set_size (room->rings, 0);
  if (!read_ring (coordinates, room))
    return FALSE;
  *ret_place = longest_middle (room);
  return TRUE;
}

static gboolean
place_of_lines (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  if (!read_polygon (coordinates, room))
    return FALSE;
  *ret_place = longest_middle (room);
  return TRUE;
}

static gboolean
place_of_polygon (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  if (!read_polygon (coordinates, room))
    return FALSE;
  *ret_place = polygon_point (room);
  return TRUE;
}

static gboolean
place_of_polygons (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  BfJsonIter iter;
  BfJsonNode polygon, largest = coordinates;
  double area = -1;

  if (!bf_json_iter_init (&iter, coordinates))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &polygon))
    {
      double this_area;

      if (!read_polygon (polygon, room))
        return FALSE;
      this_area = outer_area (room);
      if (this_area > area)
        {
          area = this_area;
          largest = polygon;
        }
    }
  return area >= 0 && place_of_polygon (largest, room, ret_place);
}

static const struct
{
  const char *type;
  gboolean (*place) (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place);
} types[] = {
  { "Point", place_of_point },       { "MultiPoint", place_of_points },    { "LineString", place_of_line },
  { "MultiLineString", place_of_lines }, { "Polygon", place_of_polygon },  { "MultiPolygon", place_of_polygons },
};

static gboolean
place_of_simple (BfJsonNode geometry, const char *type, BfPlaceRoom *room, BfXY *ret_place, const char **ret_reason)
{
  BfJsonNode coordinates;

  *ret_reason = N_ ("the geometry has no type that GeoJSON knows");
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    {
      if (!g_str_equal (types[i].type, type))
        continue;
      *ret_reason = N_ ("the geometry has no coordinates");
      if (!bf_json_member (geometry, "coordinates", &coordinates) || bf_json_array_length (coordinates) == 0)
        return FALSE;
      *ret_reason = N_ ("the geometry's coordinates are not those of its type");
      return bf_json_type (coordinates) == BF_JSON_ARRAY && types[i].place (coordinates, room, ret_place) && isfinite (ret_place->x) && isfinite (ret_place->y);
    }
  return FALSE;
}

gboolean
bf_place_of_esri (BfJsonNode geometry, BfPlaceRoom *room, BfXY *ret_place)
{
  static const struct
  {
    const char *member;
    gboolean (*place) (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place);
  } forms[] = { { "rings", place_of_polygon }, { "paths", place_of_lines }, { "points", place_of_points } };
  BfJsonNode coordinates;

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    if (bf_json_member (geometry, forms[i].member, &coordinates) && bf_json_type (coordinates) == BF_JSON_ARRAY
        && bf_json_array_length (coordinates) > 0)
      return forms[i].place (coordinates, room, ret_place) && isfinite (ret_place->x) && isfinite (ret_place->y);
  return FALSE;
}

gboolean
bf_place_of_geometry (BfJsonNode geometry, BfPlaceRoom *room, BfXY *ret_place, const char **ret_reason)
{
  const char *type = bf_json_member_string (geometry, "type", NULL);
  BfJsonNode members, member;
  BfJsonIter iter;

  *ret_reason = N_ ("the geometry has no type");
  if (type == NULL)
    return FALSE;
  if (!g_str_equal (type, "GeometryCollection"))
    return place_of_simple (geometry, type, room, ret_place, ret_reason);
  *ret_reason = N_ ("none of the collection's geometries can be used");
  if (!bf_json_member (geometry, "geometries", &members) || bf_json_type (members) != BF_JSON_ARRAY
      || !bf_json_iter_init (&iter, members))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &member))
    {
      type = bf_json_member_string (member, "type", NULL);
      if (type != NULL && place_of_simple (member, type, room, ret_place, ret_reason))
        return TRUE;
    }
  return FALSE;
}
