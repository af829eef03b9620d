/* SPDX-License-Identifier: EUPL-1.2 */
/* Points for geometries, and coordinate systems against reference values: the origins that define the systems, pairs
 * that surveyors published in both systems, and PROJ's database. */

#include <math.h>
#include <proj.h>
#include <string.h>

#include "base/bf-error.h"
#include "formats/bf-place-private.h"

typedef struct
{
  const char *geometry;
  double x, y;
} Good;

static const Good good[] = {
  { "{\"type\":\"Point\",\"coordinates\":[2.5,48.5,30]}", 2.5, 48.5 },
  { "{\"type\":\"MultiPoint\",\"coordinates\":[[1,2],[3,4]]}", 1, 2 },
  { "{\"type\":\"LineString\",\"coordinates\":[[0,0],[10,0]]}", 5, 0 },
  { "{\"type\":\"LineString\",\"coordinates\":[[0,0],[2,0],[2,6]]}", 2, 2 },
  { "{\"type\":\"LineString\",\"coordinates\":[[7,7],[7,7]]}", 7, 7 },
  { "{\"type\":\"MultiLineString\",\"coordinates\":[[[0,0],[1,0]],[[0,5],[8,5]]]}", 4, 5 },
  { "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[4,0],[4,2],[0,2],[0,0]]]}", 2, 1 },
  /* the same, far from the origin, as in metres */
  { "{\"type\":\"Polygon\",\"coordinates\":[[[5000000,5000000],[5000004,5000000],[5000004,5000002],[5000000,5000002],[5000000,5000000]]]}",
    5000002, 5000001 },
  /* a U: its centroid is outside, between the legs; the widest stretch at that height is a leg */
  { "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[6,0],[6,6],[4,6],[4,1],[1,1],[1,6],[0,6],[0,0]]]}", 5, NAN },
  /* a hole in the middle */
  { "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[9,0],[9,9],[0,9],[0,0]],[[3,3],[6,3],[6,6],[3,6],[3,3]]]}", 1.5, 4.5 },
  { "{\"type\":\"MultiPolygon\",\"coordinates\":[[[[0,0],[1,0],[1,1],[0,0]]],[[[10,10],[14,10],[14,14],[10,14],[10,10]]]]}", 12, 12 },
  { "{\"type\":\"Polygon\",\"coordinates\":[[[1,1],[1,1],[1,1]]]}", 1, 1 },
  { "{\"type\":\"GeometryCollection\",\"geometries\":[{\"type\":\"Oval\"},{\"type\":\"Point\",\"coordinates\":[3,4]}]}", 3, 4 },
};

static const struct
{
  const char *geometry;
  const char *reason;
} bad[] = {
  { "{}", "no type" },
  { "{\"type\":\"Oval\",\"coordinates\":[1,2]}", "no type that GeoJSON knows" },
  { "{\"type\":\"Point\"}", "no coordinates" },
  { "{\"type\":\"Polygon\",\"coordinates\":[]}", "no coordinates" },
  { "{\"type\":\"Polygon\",\"coordinates\":[[]]}", "not those of its type" },
  { "{\"type\":\"Point\",\"coordinates\":[\"1\",\"2\"]}", "not those of its type" },
  { "{\"type\":\"LineString\",\"coordinates\":[1,2]}", "not those of its type" },
  { "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1]]]}", "not those of its type" },
  { "{\"type\":\"GeometryCollection\",\"geometries\":[]}", "none of the collection" },
};

static BfJsonNode
parse (BfJsonDoc *doc, const char *text)
{
  BfJsonNode root;
  g_autoptr (GError) error = NULL;

  bf_json_doc_parse (doc, text, strlen (text), &root, &error);
  g_assert_no_error (error);
  return root;
}

static void
test_geometries (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1 << 20);
  BfPlaceRoom room;
  BfXY place;
  const char *reason;

  bf_place_room_init (&room);
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_assert_true (bf_place_of_geometry (parse (doc, good[i].geometry), &room, &place, &reason));
      g_assert_cmpfloat_with_epsilon (place.x, good[i].x, 1e-9);
      if (!isnan (good[i].y))
        g_assert_cmpfloat_with_epsilon (place.y, good[i].y, 1e-9);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_assert_false (bf_place_of_geometry (parse (doc, bad[i].geometry), &room, &place, &reason));
      if (strstr (reason, bad[i].reason) == NULL)
        g_error ("%s: “%s” does not hold “%s”", bad[i].geometry, reason, bad[i].reason);
    }
  bf_place_room_clear (&room);
}

static const struct
{
  const char *crs;
  double x, y, lon, lat;
} systems[] = {
  { "EPSG:2154", 700000, 6600000, 3, 46.5 },                                             /* the origin of Lambert-93 */
  { "EPSG:2154", 497791.003588074, 6613035.22334566, 0.358583, 46.586917999 },           /* a station at Poitiers */
  { "EPSG:25832", 500000, 0, 9, 0 },                                                     /* the origin of UTM 32 */
  { "urn:ogc:def:crs:EPSG::25832", 681721.5236099467, 5645057.655347267, 11.585954366, 50.928491667 }, /* a car park at Jena */
  { "urn:ogc:def:crs:EPSG:9.6:25832", 500000, 0, 9, 0 },
  { "EPSG:3857", 20037508.342789244, 0, 180, 0 },                                        /* R × π */
  { "epsg:3857", 222638.98158654713, 0, 2, 0 },
  { "EPSG:4171", 2.35, 48.85, 2.35, 48.85 },
  { "http://www.opengis.net/def/crs/EPSG/0/2154", 700000, 6600000, 3, 46.5 },
};

static void
test_systems (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (systems); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BfProjection) projection = bf_projection_new (systems[i].crs, &error);
      BfPoint point;

      g_assert_no_error (error);
      g_assert_nonnull (projection);
      g_assert_true (bf_projection_to_wgs84 (projection, (BfXY){ systems[i].x, systems[i].y }, &point));
      g_assert_cmpfloat_with_epsilon (fabs (point.lon), systems[i].lon, 2e-7);
      g_assert_cmpfloat_with_epsilon (point.lat, systems[i].lat, 2e-7);
    }
}

/* Each system beside what PROJ's own database says of it, over the area where it is used: lon and lat of its corners. */
static const struct
{
  guint first, last;
  double west, south, east, north;
  double step; /* degrees that the area moves east, or north for the zones of France, from one code to the next */
} areas[] = {
  { 2154, 2154, -5.5, 41, 10.5, 51.5, 0 },   { 3857, 3857, -179, -84, 179, 84, 0 },  { 4171, 4171, -9, 41, 11, 52, 0 },
  { 4258, 4258, -16, 33, 40, 84, 0 },        { 3942, 3950, -5, 41, 10, 43, 1 },      { 25828, 25837, -18, 36, -12, 71, 6 },
  { 32601, 32660, -180, 0, -174, 83, 6 },    { 27572, 27572, -4.5, 45.5, 8, 48, 0 }, /* by the database, with a grid */
  { 31370, 31370, 2.6, 49.6, 6.3, 51.4, 0 }, { 2056, 2056, 6, 45.9, 10.4, 47.7, 0 }, /* Belgium, Switzerland */
};

static void
compare_system (guint code, double west, double south, double east, double north)
{
  const int n = 7;
  g_autofree char *name = g_strdup_printf ("EPSG:%u", code);
  g_autoptr (GError) error = NULL;
  g_autoptr (BfProjection) projection = bf_projection_new (name, &error);
  PJ_CONTEXT *context = proj_context_create ();
  PJ *raw = proj_create_crs_to_crs (context, name, "EPSG:4326", NULL);
  PJ *reference = proj_normalize_for_visualization (context, raw);

  g_assert_no_error (error);
  g_assert_nonnull (reference);
  for (int i = 0; i < n * n; i++)
    {
      PJ_COORD degrees = proj_coord (west + (east - west) * (i % n) / (n - 1), south + (north - south) * (i / n) / (n - 1), 0, 0);
      PJ_COORD plane = proj_trans (reference, PJ_INV, degrees);
      PJ_COORD expected = proj_trans (reference, PJ_FWD, plane);
      BfPoint point = { NAN, NAN };
      double off_m;

      g_assert_true (bf_projection_to_wgs84 (projection, (BfXY){ plane.xy.x, plane.xy.y }, &point));
      off_m = hypot ((point.lon - expected.xy.x) * cos (point.lat * G_PI / 180), point.lat - expected.xy.y) * 111320;
      if (!(off_m < 0.001))
        g_error ("%s at %.4f %.4f: %.4f m beside what PROJ says", name, degrees.xy.x, degrees.xy.y, off_m);
    }
  proj_destroy (reference);
  proj_destroy (raw);
  proj_context_destroy (context);
}

static void
test_beside_database (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (areas); i++)
    for (guint code = areas[i].first; code <= areas[i].last; code++)
      {
        double moved = areas[i].step * (code - areas[i].first);
        gboolean is_zone_of_france = areas[i].first == 3942;

        compare_system (code, areas[i].west + (is_zone_of_france ? 0 : moved), areas[i].south + (is_zone_of_france ? moved : 0),
                        areas[i].east + (is_zone_of_france ? 0 : moved), areas[i].north + (is_zone_of_france ? moved : 0));
      }
}

static void
test_names (void)
{
  static const char *const same[] = { "EPSG:4326", "urn:ogc:def:crs:EPSG::4326", "urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84" };
  static const char *const wrong[] = { "", "Lambert", "EPSG:", "EPSG:21x4", "EPSG:999999", "2154" };

  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bf_projection_new (same[i], &error));
      g_assert_no_error (error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bf_projection_new (wrong[i], &error));
      g_assert_error (error, BF_ERROR, BF_ERROR_VALUE);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/place/geometries", test_geometries);
  g_test_add_func ("/place/systems", test_systems);
  g_test_add_func ("/place/beside-database", test_beside_database);
  g_test_add_func ("/place/names", test_names);
  return g_test_run ();
}
