/* SPDX-License-Identifier: EUPL-1.2 */
/* Lines and areas: what is kept, what is refused and why, simplification against its own promise, hostile bytes. */

#include <math.h>
#include <string.h>

#include "base/bf-limits.h"
#include "base/bf-shape.h"

static BfShape *
of_lines (const BfPoint *points, guint n, const char **ret_reason)
{
  BfShapePart part = { 0, FALSE };

  return bf_shape_new (BF_SHAPE_LINES, points, n, &part, 1, ret_reason);
}

static char *
geojson (const BfShape *shape)
{
  GString *text = g_string_new (NULL);

  bf_shape_append_geojson (shape, text);
  return g_string_free (text, FALSE);
}

static void
test_geojson (void)
{
  const BfPoint points[] = { { -1.5, 48 }, { -1.25, 48.0000001 }, { -1.25, 48.0000001 }, { 0.1234567, -0.5 },
                             { 1, 1 },     { 4, 1 },              { 4, 4 },              { 1, 4 },
                             { 2, 2 },     { 3, 2 },              { 3, 3 },              { 2, 2 },
                             { 8, 8 },     { 9, 8 },              { 9, 9 } };
  const BfShapePart lines[] = { { 0, FALSE }, { 4, FALSE } };
  const BfShapePart areas[] = { { 0, FALSE }, { 4, TRUE }, { 8, FALSE } };
  const char *reason;
  g_autofree BfShape *one = of_lines (points, 4, &reason);
  g_autofree BfShape *two = bf_shape_new (BF_SHAPE_LINES, points, 6, lines, 2, &reason);
  g_autofree BfShape *polygon = bf_shape_new (BF_SHAPE_AREAS, points + 4, 8, areas, 2, &reason);
  g_autofree BfShape *polygons = bf_shape_new (BF_SHAPE_AREAS, points + 4, 11, areas, 3, &reason);
  g_autofree char *a = geojson (one);
  g_autofree char *b = geojson (two);
  g_autofree char *c = geojson (polygon);
  g_autofree char *d = geojson (polygons);

  g_assert_cmpstr (a, ==, "{\"type\":\"LineString\",\"coordinates\":[[-1.5,48],[-1.25,48.0000001],[0.1234567,-0.5]]}");
  g_assert_cmpstr (b, ==, "{\"type\":\"MultiLineString\",\"coordinates\":[[[-1.5,48],[-1.25,48.0000001],[0.1234567,-0.5]],[[1,1],[4,1]]]}");
  /* a ring that was not closed is */
  g_assert_cmpstr (c, ==, "{\"type\":\"Polygon\",\"coordinates\":[[[1,1],[4,1],[4,4],[1,4],[1,1]],[[2,2],[3,2],[3,3],[2,2]]]}");
  g_assert_cmpstr (d, ==, "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[1,1],[4,1],[4,4],[1,4],[1,1]],[[2,2],[3,2],[3,3],[2,2]]],"
                          "[[[8,8],[9,8],[9,9],[8,8]]]]}");
}

static void
test_refused (void)
{
  static const struct
  {
    BfPoint points[3];
    guint n;
    const char *reason; /* NULL: no more than a point */
  } bad[] = {
    { { { 1, 1 }, { NAN, 2 } }, 2, "not a place in degrees" },
    { { { 1, 1 }, { INFINITY, 2 } }, 2, "not a place in degrees" },
    { { { 1, 1 }, { 2, 90.1 } }, 2, "not a place in degrees" },
    { { { 652000, 6862000 }, { 652010, 6862000 } }, 2, "not a place in degrees" },
    { { { 179, 1 }, { -179, 1 } }, 2, "180th meridian" },
    { { { 1, 1 } }, 1, NULL },
    { { { 1, 1 }, { 1, 1 }, { 1.00000001, 1 } }, 3, NULL },
    { { { 1, 1 } }, 0, NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const char *reason = "unset";
      g_autofree BfShape *shape = of_lines (bad[i].points, bad[i].n, &reason);

      g_assert_null (shape);
      if (bad[i].reason == NULL)
        g_assert_null (reason);
      else
        g_assert_nonnull (strstr (reason, bad[i].reason));
    }
}

static void
test_too_many (void)
{
  g_autofree BfPoint *points = g_new (BfPoint, BF_LIMIT_SHAPE_READ + 1);
  g_autofree BfShapePart *parts = g_new0 (BfShapePart, BF_LIMIT_SHAPE_PARTS + 1);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  const char *reason = NULL;

  for (guint i = 0; i <= BF_LIMIT_SHAPE_READ; i++)
    points[i] = (BfPoint){ 1 + i * 1e-5, 48 };
  g_assert_null (of_lines (points, BF_LIMIT_SHAPE_READ + 1, &reason));
  g_assert_nonnull (strstr (reason, "too many"));
  for (guint i = 0; i <= BF_LIMIT_SHAPE_PARTS; i++)
    parts[i].first = 2 * i;
  g_assert_null (bf_shape_new (BF_SHAPE_LINES, points, 2 * BF_LIMIT_SHAPE_PARTS + 2, parts, BF_LIMIT_SHAPE_PARTS + 1, &reason));
  /* a scribble all over 300 m: no line that 2,000 vertices could stand for */
  for (guint i = 0; i < 20000; i++)
    points[i] = (BfPoint){ 1 + g_rand_double_range (rand, 0, 0.003), 48 + g_rand_double_range (rand, 0, 0.003) };
  g_assert_null (of_lines (points, 20000, &reason));
  g_assert_nonnull (strstr (reason, "also when it is simplified"));
}

/* Every vertex that was left out lies within the promised distance of what remains. */
static void
test_simplified (void)
{
  const guint n = 30000;
  g_autofree BfPoint *points = g_new (BfPoint, n);
  g_autofree BfShape *shape = NULL;
  const char *reason = NULL;
  const BfVertex *v;
  double worst = 0;
  guint kept, at = 0;

  /* a coast of 60 km with bays of 500 m and noise of a metre */
  for (guint i = 0; i < n; i++)
    points[i] = (BfPoint){ 1 + i * 2.7e-5, 48 + 0.005 * sin (i / 300.0) + 1e-5 * sin (i * 1.7) };
  shape = of_lines (points, n, &reason);
  g_assert_null (reason);
  v = bf_shape_part (shape, 0, &kept, NULL);
  g_assert_cmpuint (kept, <=, BF_LIMIT_SHAPE_POINTS);
  g_assert_cmpuint (kept, >, 500);
  for (guint i = 0; i < n; i++)
    {
      double d;

      while (at + 2 < kept && bf_vertex_point (v[at + 1]).lon < points[i].lon)
        at++;
      d = bf_geo_segment_distance_m (points[i], bf_vertex_point (v[at]), bf_vertex_point (v[at + 1]));
      worst = MAX (worst, d);
    }
  g_assert_cmpfloat (worst, <, 60.0);
  g_test_message ("%u of %u vertices, none farther than %.2f m", kept, n, worst);
}

static void
test_ring_stays_ring (void)
{
  const guint n = 5000;
  g_autofree BfPoint *points = g_new (BfPoint, n);
  const BfShapePart part = { 0, FALSE };
  g_autofree BfShape *shape = NULL;
  const char *reason = NULL;
  guint kept;
  const BfVertex *v;

  for (guint i = 0; i < n; i++)
    points[i] = (BfPoint){ 2 + 0.01 * cos (2 * G_PI * i / n), 48 + 0.01 * sin (2 * G_PI * i / n) };
  shape = bf_shape_new (BF_SHAPE_AREAS, points, n, &part, 1, &reason);
  g_assert_nonnull (shape);
  v = bf_shape_part (shape, 0, &kept, NULL);
  g_assert_cmpuint (kept, >=, 4);
  g_assert_cmpuint (kept, <=, BF_LIMIT_SHAPE_POINTS);
  g_assert_cmpint (v[0].lon_e7, ==, v[kept - 1].lon_e7);
}

/* A line made so that each split takes one vertex off: bounded work, and an answer either way. */
static void
test_intricate (void)
{
  const guint n = BF_LIMIT_SHAPE_READ;
  g_autofree BfPoint *points = g_new (BfPoint, n);
  gint64 begun_us = g_get_monotonic_time ();
  const char *reason = NULL;
  g_autofree BfShape *shape = NULL;

  for (guint i = 0; i < n; i++)
    points[i] = (BfPoint){ 1 + i * 1e-5, 48 + (i & 1 ? 1 : -1) * 1e-4 * (n - i) / n };
  shape = of_lines (points, n, &reason);
  g_assert_true (shape != NULL || reason != NULL);
  g_test_message ("%u vertices in %" G_GINT64_FORMAT " ms: %s", n, (g_get_monotonic_time () - begun_us) / 1000, reason != NULL ? reason : "kept");
}

static void
test_bytes (void)
{
  const BfPoint points[] = { { 1, 1 }, { 4, 1 }, { 4, 4 }, { 1, 4 }, { 2, 2 }, { 3, 2 }, { 3, 3 } };
  const BfShapePart parts[] = { { 0, FALSE }, { 4, TRUE } };
  const char *reason;
  g_autofree BfShape *shape = bf_shape_new (BF_SHAPE_AREAS, points, 7, parts, 2, &reason);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree BfShape *same = NULL;
  BfBox box = bf_shape_box (shape);

  bf_shape_append (shape, bytes);
  g_assert_cmpuint (bytes->len, ==, bf_shape_bytes (shape));
  same = bf_shape_from_bytes (bytes->data, bytes->len);
  g_assert_true (bf_shape_equal (shape, same));
  g_assert_cmpfloat (box.west, ==, 1);
  g_assert_cmpfloat (box.north, ==, 4);
  for (guint n = 0; n < bytes->len; n++)
    g_assert_null (bf_shape_from_bytes (bytes->data, n));
  /* whatever a byte becomes, it is refused or sound */
  for (guint i = 0; i < bytes->len; i++)
    for (guint value = 0; value < 256; value += 5)
      {
        guint8 was = bytes->data[i];
        g_autofree BfShape *other = NULL;

        bytes->data[i] = (guint8) value;
        other = bf_shape_from_bytes (bytes->data, bytes->len);
        if (other != NULL)
          {
            g_autofree char *text = geojson (other);

            g_assert_true (g_str_has_prefix (text, "{\"type\":\"MultiPolygon\"") || g_str_has_prefix (text, "{\"type\":\"Polygon\"")
                           || g_str_has_prefix (text, "{\"type\":\"MultiLineString\""));
          }
        bytes->data[i] = was;
      }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/shape/geojson", test_geojson);
  g_test_add_func ("/base/shape/refused", test_refused);
  g_test_add_func ("/base/shape/too-many", test_too_many);
  g_test_add_func ("/base/shape/simplified", test_simplified);
  g_test_add_func ("/base/shape/ring", test_ring_stays_ring);
  g_test_add_func ("/base/shape/intricate", test_intricate);
  g_test_add_func ("/base/shape/bytes", test_bytes);
  return g_test_run ();
}
