/* SPDX-License-Identifier: EUPL-1.2 */
/* Zones and places: what is read, what is refused, and the index against plain tests of every ring. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bf-test-manifests.h"
#include "model/bf-zones.h"

static BfZones *
load_zones (const char *text, GPtrArray *problems)
{
  g_autofree char *dir = bf_test_dir ();
  g_autofree char *path = bf_test_write (dir, "zones.geojson", text);
  g_autoptr (GError) error = NULL;
  BfZones *zones = bf_zones_load (path, problems, &error);

  g_assert_no_error (error);
  bf_test_remove (dir);
  return zones;
}

#define COLLECTION(features) "{\"type\":\"FeatureCollection\",\"features\":[" features "]}"
#define FEATURE(properties, geometry) "{\"type\":\"Feature\",\"properties\":{" properties "},\"geometry\":{" geometry "}}"
#define SQUARE(w, s, e, n) "[[" w "," s "],[" e "," s "],[" e "," n "],[" w "," n "],[" w "," s "]]"

static const char good_zones[] = COLLECTION (
  FEATURE ("\"id\":\"commune\",\"name\":\"Clairbourg\",\"kind\":\"commune\",\"inhabitants\":40000",
           "\"type\":\"Polygon\",\"coordinates\":[" SQUARE ("4", "47", "5", "48") "]") ","
  FEATURE ("\"id\":\"centre\",\"name\":\"Centre\",\"kind\":\"district\",\"inhabitants\":5000",
           "\"type\":\"Polygon\",\"coordinates\":[" SQUARE ("4.2", "47.2", "4.6", "47.6") "," SQUARE ("4.3", "47.3", "4.4", "47.4") "]") ","
  FEATURE ("\"code\":21999,\"nom\":\"Deux îles\"",
           "\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE ("4.7", "47.7", "4.75", "47.75") "],[" SQUARE ("4.8", "47.8", "4.85", "47.85") "]]"));

static void
test_zones (void)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfZones) zones = load_zones (good_zones, problems);
  guint16 at[4];

  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpuint (bf_zones_n (zones), ==, 3);
  g_assert_cmpstr (bf_zones_get (zones, 0)->id, ==, "21999");
  g_assert_cmpstr (bf_zones_get (zones, 0)->name, ==, "Deux îles");
  g_assert_cmpint (bf_zones_get (zones, 0)->inhabitants, ==, -1);
  g_assert_cmpstr (bf_zones_get (zones, 1)->kind, ==, "district");
  g_assert_cmpint (bf_zones_get (zones, 2)->inhabitants, ==, 40000);
  /* 0.4° x 0.4° less the hole of 0.1° x 0.1°, at 47.4° north */
  g_assert_cmpfloat_with_epsilon (bf_zones_get (zones, 1)->area_m2, 0.15 * 111195.0 * 111195.0 * cos (47.4 * G_PI / 180), 2e6);
  g_assert_cmpfloat (bf_zones_get (zones, 2)->box.north, ==, 48);

  g_assert_cmpuint (bf_zones_at_all (zones, (BfPoint){ 4.25, 47.25 }, at, 4), ==, 2);
  g_assert_cmpuint (at[0], ==, 1);
  g_assert_cmpuint (at[1], ==, 2);
  g_assert_cmpuint (bf_zones_at (zones, (BfPoint){ 4.25, 47.25 }), ==, 1);
  g_assert_cmpuint (bf_zones_at (zones, (BfPoint){ 4.35, 47.35 }), ==, 2); /* in the hole */
  g_assert_cmpuint (bf_zones_at (zones, (BfPoint){ 4.72, 47.72 }), ==, 0);
  g_assert_cmpuint (bf_zones_at (zones, (BfPoint){ 4.82, 47.82 }), ==, 0);
  g_assert_cmpuint (bf_zones_at (zones, (BfPoint){ 4.78, 47.78 }), ==, 2);
  g_assert_cmpuint (bf_zones_at (zones, (BfPoint){ 3.99, 47.5 }), ==, BF_NO_ZONE);
  g_assert_cmpuint (bf_zones_at (zones, (BfPoint){ NAN, NAN }), ==, BF_NO_ZONE);
  g_assert_cmpuint (bf_zones_at_all (zones, (BfPoint){ 4.25, 47.25 }, at, 1), ==, 1);
}

static const struct
{
  const char *feature;
  const char *problem;
} bad_zones[] = {
  { "3", "expected an object of \"type\": \"Feature\"" },
  { "{\"type\":\"Feature\",\"properties\":{\"id\":\"x\"},\"geometry\":null}", "a \"geometry\"" },
  { FEATURE ("", "\"type\":\"Polygon\",\"coordinates\":[" SQUARE ("4", "47", "5", "48") "]"), "properties \"id\" and \"name\"" },
  { FEATURE ("\"id\":\"commune\"", "\"type\":\"Polygon\",\"coordinates\":[" SQUARE ("4", "47", "5", "48") "]"), "the id “commune”" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"Point\",\"coordinates\":[4,47]"), "found “Point”" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"Polygon\""), "with coordinates, found “Polygon”" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"Polygon\",\"coordinates\":[]"), "an array of rings" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"MultiPolygon\",\"coordinates\":[]"), "found “MultiPolygon”" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"MultiPolygon\",\"coordinates\":[3]"), "an array of rings" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"Polygon\",\"coordinates\":[7]"), "an array of positions" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"Polygon\",\"coordinates\":[[[4,47],[5,47],[4,47]]]"), "at least 4 positions, found 3" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"Polygon\",\"coordinates\":[[[4,47],[5,47],[5,48],[4,48]]]"), "a closed ring" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"Polygon\",\"coordinates\":[[[4,47],[5],[5,48],[4,47]]]"), "a position [longitude, latitude]" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"Polygon\",\"coordinates\":[[[4,47],[5,\"47\"],[5,48],[4,47]]]"), "a position" },
  { FEATURE ("\"id\":\"x\"", "\"type\":\"Polygon\",\"coordinates\":[[[806396,6680199],[5,47],[5,48],[4,47]]]"), "in degrees (WGS84), found [806396, " },
  { FEATURE ("\"id\":\"x\",\"inhabitants\":\"many\"", "\"type\":\"Polygon\",\"coordinates\":[" SQUARE ("4", "47", "5", "48") "]"), "\"inhabitants\": expected a whole number" },
  { FEATURE ("\"id\":\"x\",\"inhabitants\":-1", "\"type\":\"Polygon\",\"coordinates\":[" SQUARE ("4", "47", "5", "48") "]"), "\"inhabitants\"" },
};

static void
test_bad_zones (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad_zones); i++)
    {
      g_autofree char *head = g_strndup (good_zones, strlen (good_zones) - 2);
      g_autofree char *text = g_strconcat (head, ",", bad_zones[i].feature, "]}", NULL);
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (BfZones) zones = load_zones (text, problems);

      g_assert_cmpuint (problems->len, ==, 1);
      bf_assert_problem (problems, "zones.geojson:0: feature 4: ");
      bf_assert_problem (problems, bad_zones[i].problem);
      g_assert_cmpuint (bf_zones_n (zones), ==, 3);
      g_assert_cmpuint (bf_zones_at (zones, (BfPoint){ 4.35, 47.35 }), ==, 2);
    }
}

static void
test_bad_files (void)
{
  static const char *const texts[] = { "", "[]", "{}", "{\"features\":3}", "{\"features\":[", "\xff" };
  g_autofree char *dir = bf_test_dir ();

  for (guint i = 0; i <= G_N_ELEMENTS (texts); i++)
    {
      g_autofree char *path = i < G_N_ELEMENTS (texts) ? bf_test_write (dir, "x.geojson", texts[i]) : g_build_filename (dir, "none", NULL);
      g_autoptr (GError) zones_error = NULL;
      g_autoptr (GError) places_error = NULL;

      g_assert_null (bf_zones_load (path, NULL, &zones_error));
      g_assert_null (bf_places_load (path, NULL, &places_error));
      g_assert_true (g_str_has_prefix (zones_error->message, path));
      g_assert_true (g_str_has_prefix (places_error->message, path));
      g_assert_null (strstr (zones_error->message + 1, path)); /* once */
      g_assert_null (strstr (places_error->message + 1, path));
    }
  bf_test_remove (dir);
}

static void
test_problems_bounded (void)
{
  g_autoptr (GString) text = g_string_new ("{\"features\":[1");
  g_autoptr (GPtrArray) problems = bf_problems_new ();

  for (guint i = 0; i < 5000; i++)
    g_string_append (text, ",1");
  g_string_append (text, "]}");
  g_autoptr (BfZones) zones = load_zones (text->str, problems);
  g_assert_cmpuint (problems->len, ==, 101);
  bf_assert_problem (problems, "4901 more problems");
  g_assert_cmpuint (bf_zones_n (zones), ==, 0);
  g_assert_cmpuint (bf_zones_at (zones, (BfPoint){ 4, 47 }), ==, BF_NO_ZONE);
}

/* --- against plain rings --- */

#define N_STARS 120
#define STAR_POINTS 37

typedef struct
{
  BfPoint outer[STAR_POINTS + 1];
  BfPoint hole[STAR_POINTS + 1];
} Star;

static void
make_star (Star *star)
{
  double lon = g_test_rand_double_range (4, 5), lat = g_test_rand_double_range (47, 48);
  double size = pow (10, g_test_rand_double_range (-4, -0.6));

  for (guint i = 0; i < STAR_POINTS; i++)
    {
      double angle = i * 2 * G_PI / STAR_POINTS;
      double r = size * g_test_rand_double_range (0.5, 1);

      star->outer[i] = (BfPoint){ lon + r * cos (angle), lat + r * sin (angle) };
      star->hole[i] = (BfPoint){ lon + 0.3 * r * cos (angle), lat + 0.3 * r * sin (angle) };
    }
  star->outer[STAR_POINTS] = star->outer[0];
  star->hole[STAR_POINTS] = star->hole[0];
}

static void
append_ring (GString *text, const BfPoint *points)
{
  for (guint i = 0; i <= STAR_POINTS; i++)
    {
      char lon[G_ASCII_DTOSTR_BUF_SIZE], lat[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (text, "%s[%s,%s]", i > 0 ? "," : "", g_ascii_dtostr (lon, sizeof lon, points[i].lon),
                              g_ascii_dtostr (lat, sizeof lat, points[i].lat));
    }
}

static gboolean
star_contains (const Star *star, BfPoint point)
{
  return bf_ring_contains (star->outer, STAR_POINTS + 1, point) && !bf_ring_contains (star->hole, STAR_POINTS + 1, point);
}

static void
test_zones_random (void)
{
  g_autofree Star *stars = g_new (Star, N_STARS);
  g_autoptr (GString) text = g_string_new ("{\"features\":[");
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  guint n_inside = 0;

  for (guint i = 0; i < N_STARS; i++)
    {
      make_star (&stars[i]);
      g_string_append_printf (text, "%s{\"type\":\"Feature\",\"properties\":{\"id\":\"%u\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[",
                              i > 0 ? "," : "", i);
      append_ring (text, stars[i].outer);
      g_string_append (text, "],[");
      append_ring (text, stars[i].hole);
      g_string_append (text, "]]}}");
    }
  g_string_append (text, "]}");
  g_autoptr (BfZones) zones = load_zones (text->str, problems);
  g_assert_cmpuint (bf_zones_n (zones), ==, N_STARS);
  for (guint step = 0; step < 40000; step++)
    {
      guint16 at[N_STARS];
      BfPoint point = { g_test_rand_double_range (3.7, 5.3), g_test_rand_double_range (46.7, 48.3) };
      guint expected = 0;
      guint n;

      if (step % 4 == 0) /* on a border's corner: the same answer as the plain test */
        point = stars[step / 4 % N_STARS].outer[step % STAR_POINTS];
      n = bf_zones_at_all (zones, point, at, N_STARS);
      for (guint i = 0; i < N_STARS; i++)
        expected += star_contains (&stars[i], point);
      g_assert_cmpuint (n, ==, expected);
      for (guint i = 0; i < n; i++)
        {
          g_assert_true (star_contains (&stars[atoi (bf_zones_get (zones, at[i])->id)], point));
          if (i > 0)
            g_assert_cmpfloat (bf_zones_get (zones, at[i])->area_m2, >=, bf_zones_get (zones, at[i - 1])->area_m2);
        }
      n_inside += n;
    }
  g_assert_cmpuint (n_inside, >, 1000);
}

/* Many zones, each over everything: the grid becomes coarser and stays bounded. */
static void
test_zones_many (void)
{
  g_autoptr (GString) text = g_string_new ("{\"features\":[");
  g_autoptr (GPtrArray) problems = bf_problems_new ();

  for (guint i = 0; i < 3000; i++)
    g_string_append_printf (text, "%s" FEATURE ("\"id\":\"z%u\"", "\"type\":\"Polygon\",\"coordinates\":[" SQUARE ("4", "47", "5", "48") "]"),
                            i > 0 ? "," : "", i);
  g_string_append (text, "]}");
  g_autoptr (BfZones) zones = load_zones (text->str, problems);
  g_autofree guint16 *at = g_new (guint16, 4000);
  g_assert_cmpuint (bf_zones_at_all (zones, (BfPoint){ 4.5, 47.5 }, at, 4000), ==, 3000);
  for (guint i = 0; i < 3000; i++)
    g_assert_cmpuint (at[i], ==, i);
}

/* --- places --- */

static void
test_places (void)
{
  g_autofree char *dir = bf_test_dir ();
  g_autofree char *path = bf_test_write (dir, "places.geojson", COLLECTION (
    FEATURE ("\"name\":\"École Jean-Macé\",\"kind\":\"school\",\"people\":240", "\"type\":\"Point\",\"coordinates\":[4.4,47.2]") ","
    FEATURE ("\"nom\":\"Les Tilleuls\",\"kind\":\"ehpad\"", "\"type\":\"Polygon\",\"coordinates\":[" SQUARE ("4.402", "47.2", "4.404", "47.202") "]") ","
    FEATURE ("\"name\":\"Far\",\"kind\":\"hospital\"", "\"type\":\"MultiPolygon\",\"coordinates\":[[" SQUARE ("6", "44", "6.2", "44.2") "]]") ","
    FEATURE ("\"name\":\"Nothing\"", "\"type\":\"Point\",\"coordinates\":[4.4,47.2]") ","
    FEATURE ("\"name\":\"Line\",\"kind\":\"x\"", "\"type\":\"LineString\",\"coordinates\":[[4.4,47.2],[4.5,47.2]]")));
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BfPlaces) places = bf_places_load (path, problems, &error);
  guint near[4];

  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 2);
  bf_assert_problem (problems, "feature 4: expected the properties \"name\" and \"kind\"");
  bf_assert_problem (problems, "feature 5: expected a Point, Polygon or MultiPolygon with coordinates, found “LineString”");
  g_assert_cmpuint (bf_places_n (places), ==, 3);
  g_assert_cmpint (bf_places_get (places, 0)->people, ==, 240);
  g_assert_cmpint (bf_places_get (places, 1)->people, ==, -1);
  g_assert_cmpfloat_with_epsilon (bf_places_get (places, 1)->point.lon, 4.403, 1e-9);
  g_assert_cmpuint (bf_places_near (places, (BfPoint){ 4.4031, 47.201 }, 300, near, 4), ==, 2);
  g_assert_cmpuint (near[0], ==, 1);
  g_assert_cmpuint (near[1], ==, 0);
  g_assert_cmpuint (bf_places_near (places, (BfPoint){ 4.4031, 47.201 }, 300, near, 1), ==, 1);
  g_assert_cmpuint (bf_places_near (places, (BfPoint){ 4.4031, 47.201 }, 100, near, 4), ==, 1);
  g_assert_cmpuint (bf_places_near (places, (BfPoint){ 4.4031, 47.201 }, 1e9, near, 4), ==, 3);
  g_assert_cmpuint (near[2], ==, 2);
  g_assert_cmpuint (bf_places_near (places, (BfPoint){ NAN, 47 }, 1e9, near, 4), ==, 0);
  bf_test_remove (dir);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/zones/good", test_zones);
  g_test_add_func ("/zones/bad", test_bad_zones);
  g_test_add_func ("/zones/bad-files", test_bad_files);
  g_test_add_func ("/zones/problems-bounded", test_problems_bounded);
  g_test_add_func ("/zones/random", test_zones_random);
  g_test_add_func ("/zones/many", test_zones_many);
  g_test_add_func ("/places/good-and-bad", test_places);
  return g_test_run ();
}
