/* SPDX-License-Identifier: EUPL-1.2 */
/* One point for any geometry, whose lines and rings stay in the room. Areas and centroids by the shoelace formula about the first point of the ring, so that
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
  room->parts = g_array_new (FALSE, FALSE, sizeof (BfShapePart));
  room->cuts = g_array_new (FALSE, FALSE, sizeof (double));
}

void
bf_place_room_clear (BfPlaceRoom *room)
{
  g_array_unref (room->points);
  g_array_unref (room->parts);
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

static void
empty_room (BfPlaceRoom *room, BfShapeType type)
{
  g_array_set_size (room->points, 0);
  g_array_set_size (room->parts, 0);
  room->type = type;
}

/* Adds the positions of an array as one line or ring; FALSE when one is none or there are none. */
static gboolean
read_part (BfJsonNode node, BfPlaceRoom *room, gboolean hole)
{
  BfJsonIter iter;
  BfJsonNode position;
  BfShapePart part = { room->points->len, hole };
  BfXY place;

  if (bf_json_type (node) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, node))
    return FALSE;
  g_array_append_val (room->parts, part);
  while (bf_json_iter_next (&iter, NULL, NULL, &position))
    {
      if (!read_position (position, &place))
        return FALSE;
      g_array_append_val (room->points, place);
    }
  return room->points->len > part.first;
}

static guint
part_first (const BfPlaceRoom *room, guint part)
{
  return part < room->parts->len ? g_array_index (room->parts, BfShapePart, part).first : room->points->len;
}

static const BfXY *
part_points (const BfPlaceRoom *room, guint part, guint *ret_n)
{
  guint first = part_first (room, part);

  *ret_n = part_first (room, part + 1) - first;
  return &g_array_index (room->points, BfXY, first);
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

/* The middle of the longest part of the room. */
static BfXY
longest_middle (const BfPlaceRoom *room)
{
  double longest = -1;
  BfXY middle = { NAN, NAN };

  for (guint i = 0; i < room->parts->len; i++)
    {
      guint n;
      const BfXY *points = part_points (room, i, &n);
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

/* The parts of the room that are one polygon: its outer ring and its holes. */
typedef struct
{
  guint outer;
  guint end;
} Polygon;

/* Where the horizontal line at @y cuts the rings, sorted; even-odd, so holes count. */
static void
cut_rings (BfPlaceRoom *room, Polygon polygon, double y)
{
  g_array_set_size (room->cuts, 0);
  for (guint ring = polygon.outer; ring < polygon.end; ring++)
    {
      guint n;
      const BfXY *points = part_points (room, ring, &n);

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
is_inside (BfPlaceRoom *room, Polygon polygon, BfXY place)
{
  gboolean inside = FALSE;

  cut_rings (room, polygon, place.y);
  for (guint i = 0; i < room->cuts->len; i++)
    if (g_array_index (room->cuts, double, i) > place.x)
      inside = !inside;
  return inside;
}

/* The middle of the widest stretch inside, at the height of @place or else at the middle of the outer ring. */
static BfXY
inside_point (BfPlaceRoom *room, Polygon polygon, BfXY place)
{
  double low = G_MAXDOUBLE, high = -G_MAXDOUBLE, widest = 0;
  guint n;
  const BfXY *outer = part_points (room, polygon.outer, &n);
  BfXY best = place;

  cut_rings (room, polygon, place.y);
  if (room->cuts->len < 2)
    {
      for (guint i = 0; i < n; i++)
        {
          low = MIN (low, outer[i].y);
          high = MAX (high, outer[i].y);
        }
      best.y = (low + high) / 2;
      cut_rings (room, polygon, best.y);
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
  return widest == 0 ? outer[0] : best;
}

/* Adds one polygon's rings to the room. */
static gboolean
read_polygon (BfJsonNode node, BfPlaceRoom *room)
{
  BfJsonIter iter;
  BfJsonNode ring;
  guint n = 0;

  if (bf_json_type (node) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, node))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &ring))
    if (!read_part (ring, room, n++ > 0))
      return FALSE;
  return n > 0;
}

static double
outer_area (const BfPlaceRoom *room, guint outer)
{
  double x, y;
  guint n;
  const BfXY *points = part_points (room, outer, &n);

  return fabs (ring_moments (points, n, &x, &y));
}

static BfXY
polygon_point (BfPlaceRoom *room, Polygon polygon)
{
  guint n;
  const BfXY *points = part_points (room, polygon.outer, &n);
  double x, y;
  double area = ring_moments (points, n, &x, &y);
  BfXY centroid;

  if (area == 0 || !isfinite (area))
    return line_middle (points, n, line_length (points, n));
  centroid = (BfXY){ points[0].x + x / (3 * area), points[0].y + y / (3 * area) };
  return is_inside (room, polygon, centroid) ? centroid : inside_point (room, polygon, centroid);
}

/* A point for the largest polygon in the room. */
static BfXY
largest_point (BfPlaceRoom *room)
{
  Polygon largest = { 0, room->parts->len };
  double area = -1;

  for (guint i = 0, next; i < room->parts->len; i = next)
    {
      double this_area = outer_area (room, i);

      next = i + 1;
      while (next < room->parts->len && g_array_index (room->parts, BfShapePart, next).hole)
        next++;
      if (this_area > area)
        {
          area = this_area;
          largest = (Polygon){ i, next };
        }
    }
  return polygon_point (room, largest);
}

/* --- the types ------------------------------------------------------------------------------------------------------ */

static gboolean
place_of_point (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  empty_room (room, 0);
  return read_position (coordinates, ret_place);
}

static gboolean
place_of_points (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  BfJsonIter iter;
  BfJsonNode first;

  empty_room (room, 0);
  return bf_json_iter_init (&iter, coordinates) && bf_json_iter_next (&iter, NULL, NULL, &first)
         && read_position (first, ret_place);
}

void
bf_place_begin_line (BfPlaceRoom *room)
{
  BfShapePart part = { 0, FALSE };

  empty_room (room, BF_SHAPE_LINES);
  g_array_append_val (room->parts, part);
}

void
bf_place_add (BfPlaceRoom *room, BfXY place)
{
  g_array_append_val (room->points, place);
}

gboolean
bf_place_end (BfPlaceRoom *room, BfXY *ret_place)
{
  for (guint i = 0; i < room->parts->len; i++)
    if (part_first (room, i + 1) == part_first (room, i))
      return FALSE;
  if (room->parts->len == 0)
    return FALSE;
  *ret_place = room->type == BF_SHAPE_AREAS ? largest_point (room) : longest_middle (room);
  return isfinite (ret_place->x) && isfinite (ret_place->y);
}

static gboolean
place_of_line (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  empty_room (room, BF_SHAPE_LINES);
  if (!read_part (coordinates, room, FALSE))
    return FALSE;
  *ret_place = longest_middle (room);
  return TRUE;
}

static gboolean
place_of_lines (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  empty_room (room, BF_SHAPE_LINES);
  if (!read_polygon (coordinates, room))
    return FALSE;
  *ret_place = longest_middle (room);
  return TRUE;
}

static gboolean
place_of_polygon (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  empty_room (room, BF_SHAPE_AREAS);
  if (!read_polygon (coordinates, room))
    return FALSE;
  *ret_place = largest_point (room);
  return TRUE;
}

/* Esri writes outer rings clockwise and holes the other way round, in one list; whoever turns all of them about is understood too. */
static gboolean
place_of_rings (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  double first = 0;

  empty_room (room, BF_SHAPE_AREAS);
  if (!read_polygon (coordinates, room))
    return FALSE;
  for (guint i = 0; i < room->parts->len; i++)
    {
      guint n;
      const BfXY *points = part_points (room, i, &n);
      double x, y, area = ring_moments (points, n, &x, &y);

      first = i == 0 ? area : first;
      g_array_index (room->parts, BfShapePart, i).hole = first * area < 0;
    }
  *ret_place = largest_point (room);
  return TRUE;
}

static gboolean
place_of_polygons (BfJsonNode coordinates, BfPlaceRoom *room, BfXY *ret_place)
{
  BfJsonIter iter;
  BfJsonNode polygon;

  empty_room (room, BF_SHAPE_AREAS);
  if (!bf_json_iter_init (&iter, coordinates))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &polygon))
    if (!read_polygon (polygon, room))
      return FALSE;
  if (room->parts->len == 0)
    return FALSE;
  *ret_place = largest_point (room);
  return TRUE;
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
  } forms[] = { { "rings", place_of_rings }, { "paths", place_of_lines }, { "points", place_of_points } };
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
