/* SPDX-License-Identifier: EUPL-1.2 */
/* Lines and areas: see bf-shape.h.
 *
 * Simplification reckons once, for each vertex, up to which tolerance it is kept (a vertex never more than the one that
 * split its stretch), and then keeps the most significant: so the tolerance that fits is found without trying. The stack is
 * bounded and the work too (WORK_A_VERTEX looks a vertex): a line made to take the square of its vertices is refused. */

#include "base/bf-shape.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-limits.h"

#define HOLE 0x80000000u
#define E7 1e7
#define METRES_A_DEGREE 111195.08 /* on the sphere of bf-geo.c */
#define TOLERANCE_MIN_M 10.0
#define TOLERANCE_SHARE 0.001
#define WORK_A_VERTEX 256u
#define RING_MIN 4u
#define LINE_MIN 2u

/* --- simplification ------------------------------------------------------------------------------------------------- */

typedef struct
{
  guint from, to;
  float limit; /* significance of what split it */
  guint depth;
} Stretch;

static double
distance2 (double px, double py, double ax, double ay, double bx, double by)
{
  double dx = bx - ax, dy = by - ay;
  double length2 = dx * dx + dy * dy;
  double t = length2 > 0 ? CLAMP (((px - ax) * dx + (py - ay) * dy) / length2, 0.0, 1.0) : 0;
  double ex = px - ax - t * dx, ey = py - ay - t * dy;

  return ex * ex + ey * ey;
}

static guint
farthest (const double *x, const double *y, guint from, guint to, double *ret_distance2)
{
  guint at = from + 1;
  double most = -1;

  for (guint i = from + 1; i < to; i++)
    {
      double d = distance2 (x[i], y[i], x[from], y[from], x[to], y[to]);

      if (d > most)
        {
          most = d;
          at = i;
        }
    }
  *ret_distance2 = most;
  return at;
}

gboolean
bf_simplify (const double *x, const double *y, guint n, gboolean ring, float *ret_significance)
{
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (Stretch));
  Stretch first = { 0, n > 0 ? n - 1 : 0, HUGE_VALF, 0 };
  guint64 left = (guint64) n * WORK_A_VERTEX;

  if (n == 0)
    return TRUE;
  ret_significance[0] = ret_significance[n - 1] = HUGE_VALF;
  g_array_append_val (stack, first);
  while (stack->len > 0)
    {
      Stretch s = g_array_index (stack, Stretch, stack->len - 1);
      Stretch half;
      double d2;
      guint at;

      g_array_set_size (stack, stack->len - 1);
      if (s.to - s.from < 2)
        continue;
      if (s.to - s.from > left)
        return FALSE;
      left -= s.to - s.from;
      at = farthest (x, y, s.from, s.to, &d2);
      /* A ring stays a ring: its two first splits make the triangle that always remains. */
      ret_significance[at] = ring && s.depth < 2 ? HUGE_VALF : MIN (s.limit, (float) sqrt (d2));
      half = (Stretch){ s.from, at, ret_significance[at], s.depth + 1 };
      g_array_append_val (stack, half);
      half = (Stretch){ at, s.to, ret_significance[at], s.depth + 1 };
      g_array_append_val (stack, half);
    }
  return TRUE;
}

/* --- a shape from what a feed gives --------------------------------------------------------------------------------- */

/* What is being made: vertices without repeats, and the parts that are left. */
typedef struct
{
  BfShapeType type;
  GArray *vertices; /* BfVertex */
  GArray *ends;     /* guint32: of each part, behind its last vertex; with HOLE */
} Draft;

static guint
end_of (const Draft *draft, guint part)
{
  return g_array_index (draft->ends, guint32, part) & ~HOLE;
}

static gboolean
is_ring (const Draft *draft)
{
  return draft->type == BF_SHAPE_AREAS;
}

static void
close_ring (GArray *vertices, guint first)
{
  BfVertex a = g_array_index (vertices, BfVertex, first);
  BfVertex b = g_array_index (vertices, BfVertex, vertices->len - 1);

  if (a.lon_e7 != b.lon_e7 || a.lat_e7 != b.lat_e7)
    g_array_append_val (vertices, a);
}

/* A part that is no more than a point is left out; with an outer ring its holes. */
static void
add_part (Draft *draft, const BfPoint *points, guint n, gboolean hole, gboolean *outer_stands)
{
  guint first = draft->vertices->len;
  guint32 end;

  if (hole && !*outer_stands)
    return;
  for (guint i = 0; i < n; i++)
    {
      BfVertex v = { (gint32) lround (points[i].lon * E7), (gint32) lround (points[i].lat * E7) };
      const BfVertex *last = draft->vertices->len > first ? &g_array_index (draft->vertices, BfVertex, draft->vertices->len - 1) : NULL;

      if (last == NULL || last->lon_e7 != v.lon_e7 || last->lat_e7 != v.lat_e7)
        g_array_append_val (draft->vertices, v);
    }
  if (is_ring (draft) && draft->vertices->len > first)
    close_ring (draft->vertices, first);
  if (draft->vertices->len - first < (is_ring (draft) ? RING_MIN : LINE_MIN))
    {
      g_array_set_size (draft->vertices, first);
      *outer_stands = hole ? *outer_stands : FALSE;
      return;
    }
  end = draft->vertices->len | (hole ? HOLE : 0);
  g_array_append_val (draft->ends, end);
  *outer_stands = TRUE;
}

static BfBox
box_of (const GArray *vertices)
{
  BfBox box = BF_BOX_EMPTY;

  for (guint i = 0; i < vertices->len; i++)
    bf_box_add (&box, bf_vertex_point (g_array_index (vertices, BfVertex, i)));
  return box;
}

/* The significance of every vertex in metres. */
static gboolean
reckon (const Draft *draft, BfBox box, float *significance)
{
  guint n = draft->vertices->len, first = 0;
  g_autofree double *x = g_new (double, n);
  g_autofree double *y = g_new (double, n);
  double kx = METRES_A_DEGREE * cos ((box.south + box.north) / 2 * (G_PI / 180));

  for (guint i = 0; i < n; i++)
    {
      BfPoint p = bf_vertex_point (g_array_index (draft->vertices, BfVertex, i));

      x[i] = (p.lon - box.west) * kx;
      y[i] = (p.lat - box.south) * METRES_A_DEGREE;
    }
  for (guint part = 0; part < draft->ends->len; part++)
    {
      guint end = end_of (draft, part);

      if (!bf_simplify (x + first, y + first, end - first, is_ring (draft), significance + first))
        return FALSE;
      first = end;
    }
  return TRUE;
}

static int
compare_down (gconstpointer a, gconstpointer b)
{
  float x = *(const float *) a;
  float y = *(const float *) b;

  return x > y ? -1 : x < y;
}

/* Keeps the vertices of more significance than @least. */
static void
thin (Draft *draft, const float *significance, float least)
{
  guint first = 0, kept = 0;

  for (guint part = 0; part < draft->ends->len; part++)
    {
      guint32 *end = &g_array_index (draft->ends, guint32, part);
      guint stop = *end & ~HOLE;

      for (guint i = first; i < stop; i++)
        if (significance[i] > least)
          g_array_index (draft->vertices, BfVertex, kept++) = g_array_index (draft->vertices, BfVertex, i);
      first = stop;
      *end = kept | (*end & HOLE);
    }
  g_array_set_size (draft->vertices, kept);
}

/* NULL when it fits now, else why it cannot be made to. */
static const char *
simplify (Draft *draft)
{
  guint n = draft->vertices->len;
  BfBox box = box_of (draft->vertices);
  double extent = MAX (box.east - box.west, box.north - box.south) * METRES_A_DEGREE;
  g_autofree float *significance = NULL;
  g_autofree float *sorted = NULL;

  if (n <= BF_LIMIT_SHAPE_POINTS)
    return NULL;
  significance = g_new (float, n);
  if (!reckon (draft, box, significance))
    return N_ ("the line or area is too intricate to be simplified");
  sorted = g_memdup2 (significance, n * sizeof *significance);
  qsort (sorted, n, sizeof *sorted, compare_down);
  if (sorted[BF_LIMIT_SHAPE_POINTS] > MAX (TOLERANCE_MIN_M, TOLERANCE_SHARE * extent))
    return N_ ("the line or area has too many vertices, also when it is simplified");
  thin (draft, significance, sorted[BF_LIMIT_SHAPE_POINTS]);
  return NULL;
}

static BfShape *
alloc_shape (BfShapeType type, guint n_parts, guint n_points)
{
  BfShape *shape = g_malloc (sizeof *shape + (n_parts + 2 * (gsize) n_points) * sizeof (guint32));

  shape->type = (guint8) type;
  shape->zero = 0;
  shape->n_parts = (guint16) n_parts;
  return shape;
}

static BfShape *
pack (const Draft *draft)
{
  BfShape *shape = alloc_shape (draft->type, draft->ends->len, draft->vertices->len);
  guint first = 0;

  for (guint part = 0; part < draft->ends->len; part++)
    {
      guint end = end_of (draft, part);

      shape->words[part] = (end - first) | (g_array_index (draft->ends, guint32, part) & HOLE);
      first = end;
    }
  memcpy (shape->words + draft->ends->len, draft->vertices->data, draft->vertices->len * sizeof (BfVertex));
  return shape;
}

BfShape *
bf_shape_new (BfShapeType type, const BfPoint *points, guint n_points, const BfShapePart *parts, guint n_parts, const char **ret_reason)
{
  Draft draft = { type, NULL, NULL };
  gboolean outer_stands = FALSE;
  BfShape *shape = NULL;

  g_return_val_if_fail (type == BF_SHAPE_LINES || type == BF_SHAPE_AREAS, NULL);

  *ret_reason = N_ ("the line or area has too many vertices or parts");
  if (n_points > BF_LIMIT_SHAPE_READ || n_parts > BF_LIMIT_SHAPE_PARTS)
    return NULL;
  *ret_reason = N_ ("a vertex of the line or area is not a place in degrees: is the order right, and does the feed need Crs=?");
  for (guint i = 0; i < n_points; i++)
    if (!bf_point_is_valid (points[i]))
      return NULL;
  *ret_reason = N_ ("the line or area crosses the 180th meridian, which is not supported");
  for (guint i = 0; i < n_parts; i++)
    for (guint k = parts[i].first + 1; k < (i + 1 < n_parts ? parts[i + 1].first : n_points); k++)
      if (fabs (points[k].lon - points[k - 1].lon) > 180)
        return NULL;
  draft.vertices = g_array_sized_new (FALSE, FALSE, sizeof (BfVertex), n_points + n_parts);
  draft.ends = g_array_sized_new (FALSE, FALSE, sizeof (guint32), n_parts);
  for (guint i = 0; i < n_parts; i++)
    {
      guint end = i + 1 < n_parts ? parts[i + 1].first : n_points;

      g_assert (parts[i].first <= end && end <= n_points);
      add_part (&draft, points + parts[i].first, end - parts[i].first, type == BF_SHAPE_AREAS && parts[i].hole, &outer_stands);
    }
  *ret_reason = simplify (&draft);
  if (*ret_reason == NULL && draft.ends->len > 0)
    shape = pack (&draft);
  g_array_unref (draft.vertices);
  g_array_unref (draft.ends);
  return shape;
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

guint
bf_shape_n_points (const BfShape *shape)
{
  guint n = 0;

  for (guint i = 0; i < shape->n_parts; i++)
    n += shape->words[i] & ~HOLE;
  return n;
}

gsize
bf_shape_bytes (const BfShape *shape)
{
  return shape != NULL ? sizeof *shape + (shape->n_parts + 2 * (gsize) bf_shape_n_points (shape)) * sizeof (guint32) : 0;
}

gboolean
bf_shape_equal (const BfShape *a, const BfShape *b)
{
  gsize bytes = bf_shape_bytes (a);

  return bytes == bf_shape_bytes (b) && (bytes == 0 || memcmp (a, b, bytes) == 0);
}

const BfVertex *
bf_shape_part (const BfShape *shape, guint part, guint *ret_n, gboolean *ret_hole)
{
  const BfVertex *vertices = (const BfVertex *) (gconstpointer) (shape->words + shape->n_parts);

  g_return_val_if_fail (part < shape->n_parts, NULL);
  for (guint i = 0; i < part; i++)
    vertices += shape->words[i] & ~HOLE;
  *ret_n = shape->words[part] & ~HOLE;
  if (ret_hole != NULL)
    *ret_hole = (shape->words[part] & HOLE) != 0;
  return vertices;
}

BfBox
bf_shape_box (const BfShape *shape)
{
  const BfVertex *vertices = (const BfVertex *) (gconstpointer) (shape->words + shape->n_parts);
  guint n = bf_shape_n_points (shape);
  BfBox box = BF_BOX_EMPTY;

  for (guint i = 0; i < n; i++)
    bf_box_add (&box, bf_vertex_point (vertices[i]));
  return box;
}

/* --- as it travels -------------------------------------------------------------------------------------------------- */

void
bf_shape_append (const BfShape *shape, GByteArray *out)
{
  guint n_words = (guint) ((bf_shape_bytes (shape) - sizeof *shape) / sizeof (guint32));
  guint16 n_parts = GUINT16_TO_LE (shape->n_parts);
  guint8 head[2] = { shape->type, 0 };

  g_byte_array_append (out, head, sizeof head);
  g_byte_array_append (out, (const guint8 *) &n_parts, sizeof n_parts);
  for (guint i = 0; i < n_words; i++)
    {
      guint32 word = GUINT32_TO_LE (shape->words[i]);

      g_byte_array_append (out, (const guint8 *) &word, sizeof word);
    }
}

static gboolean
is_vertex (BfVertex v)
{
  return v.lon_e7 >= -1800000000 && v.lon_e7 <= 1800000000 && v.lat_e7 >= -900000000 && v.lat_e7 <= 900000000;
}

/* Each part long enough, holes behind an area, rings closed, all in degrees. */
static gboolean
is_sound (const BfShape *shape)
{
  guint least = shape->type == BF_SHAPE_AREAS ? RING_MIN : LINE_MIN;

  for (guint i = 0; i < shape->n_parts; i++)
    {
      guint n;
      gboolean hole;
      const BfVertex *v = bf_shape_part (shape, i, &n, &hole);

      if (n < least || (hole && (i == 0 || shape->type != BF_SHAPE_AREAS)))
        return FALSE;
      if (shape->type == BF_SHAPE_AREAS && (v[0].lon_e7 != v[n - 1].lon_e7 || v[0].lat_e7 != v[n - 1].lat_e7))
        return FALSE;
      for (guint k = 0; k < n; k++)
        if (!is_vertex (v[k]))
          return FALSE;
    }
  return TRUE;
}

BfShape *
bf_shape_from_bytes (const void *bytes, gsize length)
{
  const guint8 *at = bytes;
  guint n_words = (guint) (length / sizeof (guint32));
  guint16 n_parts;
  guint64 n_points = 0;
  BfShape *shape;

  if (length % sizeof (guint32) != 0 || n_words < 2 || n_words > 1 + BF_LIMIT_SHAPE_PARTS + 2 * BF_LIMIT_SHAPE_POINTS)
    return NULL;
  memcpy (&n_parts, at + 2, sizeof n_parts);
  n_parts = GUINT16_FROM_LE (n_parts);
  if ((at[0] != BF_SHAPE_LINES && at[0] != BF_SHAPE_AREAS) || at[1] != 0 || n_parts == 0 || n_parts > BF_LIMIT_SHAPE_PARTS
      || n_parts >= n_words)
    return NULL;
  shape = alloc_shape (at[0], n_parts, (n_words - n_parts) / 2);
  memcpy (shape->words, at + sizeof *shape, length - sizeof *shape);
  for (guint i = 0; i + 1 < n_words; i++)
    shape->words[i] = GUINT32_FROM_LE (shape->words[i]);
  for (guint i = 0; i < n_parts; i++)
    n_points += shape->words[i] & ~HOLE;
  if (n_points <= BF_LIMIT_SHAPE_POINTS && 1 + n_parts + 2 * n_points == n_words && is_sound (shape))
    return shape;
  g_free (shape);
  return NULL;
}

/* --- GeoJSON -------------------------------------------------------------------------------------------------------- */

static void
append_degrees (GString *out, gint32 e7)
{
  guint32 size = e7 < 0 ? -(guint32) e7 : (guint32) e7;
  char digits[16];
  int n;

  n = g_snprintf (digits, sizeof digits, "%s%u.%07u", e7 < 0 ? "-" : "", size / 10000000, size % 10000000);
  while (digits[n - 1] == '0')
    n--;
  if (digits[n - 1] == '.')
    n--;
  g_string_append_len (out, digits, n);
}

static void
append_part (GString *out, const BfShape *shape, guint part)
{
  guint n;
  const BfVertex *v = bf_shape_part (shape, part, &n, NULL);

  g_string_append_c (out, '[');
  for (guint i = 0; i < n; i++)
    {
      g_string_append (out, i > 0 ? ",[" : "[");
      append_degrees (out, v[i].lon_e7);
      g_string_append_c (out, ',');
      append_degrees (out, v[i].lat_e7);
      g_string_append_c (out, ']');
    }
  g_string_append_c (out, ']');
}

void
bf_shape_append_geojson (const BfShape *shape, GString *out)
{
  gboolean areas = shape->type == BF_SHAPE_AREAS;
  guint n_wholes = 0;
  gboolean multi;

  for (guint i = 0; i < shape->n_parts; i++)
    n_wholes += (shape->words[i] & HOLE) == 0;
  multi = n_wholes > 1;
  g_string_append_printf (out, "{\"type\":\"%s%s\",\"coordinates\":", multi ? "Multi" : "", areas ? "Polygon" : "LineString");
  if (multi)
    g_string_append_c (out, '[');
  for (guint i = 0; i < shape->n_parts; i++)
    {
      gboolean hole = (shape->words[i] & HOLE) != 0;

      if (i > 0)
        g_string_append (out, areas && !hole ? "]," : ",");
      if (areas && !hole)
        g_string_append_c (out, '[');
      append_part (out, shape, i);
    }
  g_string_append (out, areas ? "]" : "");
  g_string_append (out, multi ? "]}" : "}");
}
