/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Clairbourg holds together: the generator gives the same bytes each time, and what it wrote is a town. Read back with
 * json-glib; the geometry is checked in degrees and metres without the generator's own code.
 */
#include <json-glib/json-glib.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#define METRES_A_DEGREE 111170.0

typedef struct
{
  double x, y; /* metres from the first corner of the bounds */
} Point;

typedef struct
{
  const char *class, *rank, *name;
  gboolean bridge;
  const char *type;
  GPtrArray *parts; /* GArray of Point: rings or lines */
} Feature;

static double west, south, east, north, metres_a_degree_east;
static JsonParser *basemap_parser;
static GPtrArray *basemap; /* Feature */

static char *
city_path (const char *name)
{
  return g_build_filename (g_getenv ("BF_DEMO_CITY"), name, NULL);
}

static char *
read_city (const char *name)
{
  g_autofree char *path = city_path (name);
  g_autoptr (GError) error = NULL;
  char *text;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static JsonParser *
parse_city (const char *name)
{
  g_autofree char *text = read_city (name);
  g_autoptr (GError) error = NULL;
  JsonParser *parser = json_parser_new ();

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  return parser;
}

static Point
to_metres (double lon, double lat)
{
  return (Point){ (lon - west) * metres_a_degree_east, (lat - south) * METRES_A_DEGREE };
}

static GArray *
read_line (JsonArray *array)
{
  GArray *line = g_array_new (FALSE, FALSE, sizeof (Point));

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonArray *pair = json_array_get_array_element (array, i);
      Point p = to_metres (json_array_get_double_element (pair, 0), json_array_get_double_element (pair, 1));

      g_array_append_val (line, p);
    }
  return line;
}

static const char *
member (JsonObject *object, const char *name)
{
  return json_object_has_member (object, name) ? json_object_get_string_member (object, name) : NULL;
}

static GPtrArray *
read_parts (const char *type, JsonNode *coordinates)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  JsonArray *array = json_node_get_array (coordinates);

  if (g_str_equal (type, "LineString"))
    g_ptr_array_add (parts, read_line (array));
  else if (g_str_equal (type, "Point"))
    {
      GArray *line = g_array_new (FALSE, FALSE, sizeof (Point));
      Point p = to_metres (json_array_get_double_element (array, 0), json_array_get_double_element (array, 1));

      g_array_append_val (line, p);
      g_ptr_array_add (parts, line);
    }
  else
    for (guint i = 0; i < json_array_get_length (array); i++)
      {
        JsonArray *inner = json_array_get_array_element (array, i);

        if (g_str_equal (type, "Polygon"))
          g_ptr_array_add (parts, read_line (inner));
        else
          for (guint k = 0; k < json_array_get_length (inner); k++)
            g_ptr_array_add (parts, read_line (json_array_get_array_element (inner, k)));
      }
  return parts;
}

static JsonArray *
features_of (JsonParser *parser)
{
  return json_object_get_array_member (json_node_get_object (json_parser_get_root (parser)), "features");
}

static void
read_bounds (void)
{
  g_autofree char *text = read_city ("city.conf");
  g_auto (GStrv) numbers = NULL;
  const char *bounds = strstr (text, "\nBounds=");

  g_assert_nonnull (bounds);
  numbers = g_strsplit (bounds + strlen ("\nBounds="), ",", 4);
  g_assert_cmpuint (g_strv_length (numbers), ==, 4);
  west = g_ascii_strtod (numbers[0], NULL);
  south = g_ascii_strtod (numbers[1], NULL);
  east = g_ascii_strtod (numbers[2], NULL);
  north = g_ascii_strtod (numbers[3], NULL);
  metres_a_degree_east = 111320.0 * cos ((south + north) / 2 * G_PI / 180);
}

static void
read_basemap (void)
{
  JsonArray *array;

  basemap_parser = parse_city ("basemap.geojson");
  array = features_of (basemap_parser);
  basemap = g_ptr_array_new ();
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *object = json_array_get_object_element (array, i);
      JsonObject *properties = json_object_get_object_member (object, "properties");
      JsonObject *geometry = json_object_get_object_member (object, "geometry");
      Feature *feature = g_new0 (Feature, 1);

      feature->class = member (properties, "class");
      feature->rank = member (properties, "rank");
      feature->name = member (properties, "name");
      feature->bridge = json_object_has_member (properties, "bridge");
      feature->type = member (geometry, "type");
      feature->parts = read_parts (feature->type, json_object_get_member (geometry, "coordinates"));
      g_ptr_array_add (basemap, feature);
    }
}

static gboolean
inside_rings (const GPtrArray *rings, Point p)
{
  gboolean inside = FALSE;

  for (guint r = 0; r < rings->len; r++)
    {
      GArray *ring = g_ptr_array_index (rings, r);

      for (guint i = 0, j = ring->len - 1; i < ring->len; j = i++)
        {
          Point a = g_array_index (ring, Point, i), b = g_array_index (ring, Point, j);

          if ((a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x)
            inside = !inside;
        }
    }
  return inside;
}

static double
distance_to (const GArray *line, Point p)
{
  double best = G_MAXDOUBLE;

  for (guint i = 0; i + 1 < line->len; i++)
    {
      Point a = g_array_index (line, Point, i), b = g_array_index (line, Point, i + 1);
      double dx = b.x - a.x, dy = b.y - a.y, square = dx * dx + dy * dy;
      double t = square > 0 ? CLAMP (((p.x - a.x) * dx + (p.y - a.y) * dy) / square, 0, 1) : 0;

      best = MIN (best, hypot (a.x + t * dx - p.x, a.y + t * dy - p.y));
    }
  return best;
}

static const Feature *
the_river (void)
{
  for (guint i = 0; i < basemap->len; i++)
    {
      Feature *feature = g_ptr_array_index (basemap, i);

      if (g_str_equal (feature->class, "river"))
        return feature;
    }
  g_assert_not_reached ();
}

static void
test_same_bytes (void)
{
  static const char *const files[] = { "basemap.geojson", "zones.geojson",       "places.geojson",
                                       "addresses.csv",   "demo/parkings.csv", "city.conf" };
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("bf-clairbourg-XXXXXX", &error);
  g_autofree char *demo = g_build_filename (folder, "demo", NULL);
  const char *const argv[] = { g_getenv ("BF_CLAIRBOURG"), folder, NULL };
  g_autoptr (GSubprocess) process = NULL;

  g_assert_no_error (error);
  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_NONE, &error);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_wait_check (process, NULL, &error));
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (folder, files[i], NULL);
      g_autofree char *built = read_city (files[i]);
      g_autofree char *again = NULL;

      g_file_get_contents (path, &again, NULL, &error);
      g_assert_no_error (error);
      g_test_message ("%s, %zu bytes", files[i], strlen (built));
      g_assert_true (g_str_equal (built, again));
      g_unlink (path);
    }
  g_rmdir (demo);
  g_rmdir (folder);
}

static void
test_basemap (void)
{
  static const char *const classes[] = { "water", "river",    "park", "wood", "built",       "industrial",
                                         "building", "road", "rail", "place-label", "district-label" };
  static const char *const ranks[] = { "motorway", "primary", "secondary", "street", "alley", "path" };
  guint per_class[G_N_ELEMENTS (classes)] = { 0 }, per_rank[G_N_ELEMENTS (ranks)] = { 0 };
  g_autofree char *text = read_city ("basemap.geojson");

  g_assert_cmpuint (strlen (text), >, 1000 * 1000);
  g_assert_cmpuint (strlen (text), <, 4 * 1000 * 1000);
  for (guint i = 0; i < basemap->len; i++)
    {
      Feature *feature = g_ptr_array_index (basemap, i);
      guint k;

      for (k = 0; k < G_N_ELEMENTS (classes) && !g_str_equal (classes[k], feature->class); k++)
        ;
      g_assert_cmpuint (k, <, G_N_ELEMENTS (classes));
      per_class[k]++;
      if (g_str_equal (feature->class, "road"))
        {
          for (k = 0; k < G_N_ELEMENTS (ranks) && g_strcmp0 (ranks[k], feature->rank) != 0; k++)
            ;
          g_assert_cmpuint (k, <, G_N_ELEMENTS (ranks));
          per_rank[k]++;
        }
      if (g_str_has_suffix (feature->type, "Polygon"))
        for (guint r = 0; r < feature->parts->len; r++)
          {
            GArray *ring = g_ptr_array_index (feature->parts, r);

            g_assert_cmpuint (ring->len, >=, 4);
            g_assert_cmpmem (&g_array_index (ring, Point, 0), sizeof (Point), &g_array_index (ring, Point, ring->len - 1), sizeof (Point));
          }
    }
  for (guint k = 0; k < G_N_ELEMENTS (classes); k++)
    {
      g_test_message ("%s: %u", classes[k], per_class[k]);
      g_assert_cmpuint (per_class[k], >, 0);
    }
  for (guint k = 0; k < G_N_ELEMENTS (ranks); k++)
    {
      g_test_message ("%s: %u", ranks[k], per_rank[k]);
      g_assert_cmpuint (per_rank[k], >, 0);
    }
}

/* Every road is walked in steps of 2 m: in the water only where it says that it is a bridge; and bridges stand in water. */
static void
test_bridges (void)
{
  const Feature *river = the_river ();
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < basemap->len; i++)
    {
      Feature *feature = g_ptr_array_index (basemap, i);
      GArray *line = g_ptr_array_index (feature->parts, 0);
      guint wet = 0;

      if (!g_str_equal (feature->class, "road"))
        continue;
      for (guint k = 0; k + 1 < line->len; k++)
        {
          Point a = g_array_index (line, Point, k), b = g_array_index (line, Point, k + 1);
          int steps = (int) (hypot (b.x - a.x, b.y - a.y) / 2) + 1;

          for (int s = 1; s < steps; s++)
            wet += inside_rings (river->parts, (Point){ a.x + (b.x - a.x) * s / steps, a.y + (b.y - a.y) * s / steps });
        }
      if (wet > 0 && !feature->bridge)
        g_error ("%s is in the river without a bridge", feature->name);
      if (feature->bridge)
        {
          g_assert_cmpuint (wet, >, 5);
          g_hash_table_add (names, (gpointer) feature->name);
        }
    }
  g_test_message ("%u bridges", g_hash_table_size (names));
  g_assert_cmpuint (g_hash_table_size (names), >=, 6);
}

static guint
root_of (guint *parent, guint i)
{
  while (parent[i] != i)
    i = parent[i] = parent[parent[i]];
  return i;
}

static gboolean
meets (const GArray *a, const GArray *b)
{
  return distance_to (b, g_array_index (a, Point, 0)) < 1 || distance_to (b, g_array_index (a, Point, a->len - 1)) < 1
         || distance_to (a, g_array_index (b, Point, 0)) < 1 || distance_to (a, g_array_index (b, Point, b->len - 1)) < 1;
}

/* One can drive from each street to each other. */
static void
test_one_network (void)
{
  g_autoptr (GPtrArray) roads = g_ptr_array_new ();
  g_autofree guint *parent = NULL;
  guint apart = 0;

  for (guint i = 0; i < basemap->len; i++)
    {
      Feature *feature = g_ptr_array_index (basemap, i);

      if (g_str_equal (feature->class, "road") && !g_str_equal (feature->rank, "path"))
        g_ptr_array_add (roads, feature);
    }
  parent = g_new (guint, roads->len);
  for (guint i = 0; i < roads->len; i++)
    parent[i] = i;
  for (guint i = 0; i < roads->len; i++)
    for (guint j = i + 1; j < roads->len; j++)
      if (root_of (parent, i) != root_of (parent, j)
          && meets (g_ptr_array_index (((Feature *) g_ptr_array_index (roads, i))->parts, 0),
                    g_ptr_array_index (((Feature *) g_ptr_array_index (roads, j))->parts, 0)))
        parent[root_of (parent, i)] = root_of (parent, j);
  for (guint i = 0; i < roads->len; i++)
    if (root_of (parent, i) != root_of (parent, 0))
      {
        g_test_message ("apart: %s", ((Feature *) g_ptr_array_index (roads, i))->name);
        apart++;
      }
  g_test_message ("%u roads", roads->len);
  g_assert_cmpuint (roads->len, >, 500);
  g_assert_cmpuint (apart, ==, 0);
}

static GHashTable *
roads_by_name (void)
{
  GHashTable *table = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) g_ptr_array_unref);

  for (guint i = 0; i < basemap->len; i++)
    {
      Feature *feature = g_ptr_array_index (basemap, i);
      GPtrArray *roads;

      if (!g_str_equal (feature->class, "road") || feature->name == NULL)
        continue;
      roads = g_hash_table_lookup (table, feature->name);
      if (roads == NULL)
        g_hash_table_insert (table, (gpointer) feature->name, roads = g_ptr_array_new ());
      g_ptr_array_add (roads, g_ptr_array_index (feature->parts, 0));
    }
  return table;
}

static void
check_address (char **fields, GHashTable *roads, Point p, guint row)
{
  GPtrArray *lines = g_hash_table_lookup (roads, fields[4]);
  double nearest = G_MAXDOUBLE;

  g_assert_nonnull (lines);
  for (guint i = 0; i < lines->len; i++)
    nearest = MIN (nearest, distance_to (g_ptr_array_index (lines, i), p));
  if (nearest > 30)
    g_error ("row %u: %s %s is %.0f m from its street", row, fields[2], fields[4], nearest);
}

static void
test_addresses (void)
{
  g_autofree char *text = read_city ("addresses.csv");
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) street_of_code = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) code_of_street = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GHashTable) roads = roads_by_name ();
  Point first = { 0, 0 };
  double first_x = 0, first_y = 0;

  g_assert_cmpstr (rows[0], ==,
                   "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;code_insee_ancienne_commune;"
                   "nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;libelle_acheminement;nom_afnor;"
                   "source_position;source_nom_voie;certification_commune;cad_parcelles");
  for (guint i = 1; rows[i] != NULL && rows[i][0] != '\0'; i++)
    {
      g_auto (GStrv) fields = g_strsplit (rows[i], ";", -1);
      double x, y, lon, lat, plane_m, ground_m;
      Point p;

      g_assert_cmpuint (g_strv_length (fields), ==, 23);
      g_assert_true (g_hash_table_add (ids, (gpointer) g_intern_string (fields[0])));
      x = g_ascii_strtod (fields[10], NULL);
      y = g_ascii_strtod (fields[11], NULL);
      lon = g_ascii_strtod (fields[12], NULL);
      lat = g_ascii_strtod (fields[13], NULL);
      g_assert_true (lon > west && lon < east && lat > south && lat < north);
      p = to_metres (lon, lat);
      check_address (fields, roads, p, i);
      if (i == 1)
        {
          first = p;
          first_x = x;
          first_y = y;
        }
      plane_m = hypot (x - first_x, y - first_y);
      ground_m = hypot (p.x - first.x, p.y - first.y);
      g_assert_cmpfloat (fabs (plane_m - ground_m), <, 2 + ground_m * 0.004);
      if (!g_hash_table_contains (street_of_code, fields[1]))
        {
          g_hash_table_insert (street_of_code, g_strdup (fields[1]), g_strdup (fields[4]));
          g_assert_true (g_hash_table_insert (code_of_street, g_strdup (fields[4]), g_strdup (fields[1])));
        }
      g_assert_cmpstr (g_hash_table_lookup (street_of_code, fields[1]), ==, fields[4]);
    }
  g_test_message ("%u addresses, %u streets", g_hash_table_size (ids), g_hash_table_size (code_of_street));
  g_assert_cmpuint (g_hash_table_size (ids), >, 5000);
  g_assert_cmpuint (g_hash_table_size (code_of_street), >, 300);
  /* The formulas of Lambert-93 put 4.412 E, 47.216 N near 806.9 km, 6 681 km. */
  g_assert_cmpfloat (first_x, >, 803000);
  g_assert_cmpfloat (first_x, <, 811000);
  g_assert_cmpfloat (first_y, >, 6678000);
  g_assert_cmpfloat (first_y, <, 6686000);
}

/* On a grid of points, a place of the commune is in exactly one district, and a place outside it in none. */
static void
test_zones (void)
{
  g_autoptr (JsonParser) parser = parse_city ("zones.geojson");
  JsonArray *array = features_of (parser);
  g_autoptr (GPtrArray) districts = g_ptr_array_new_with_free_func ((GDestroyNotify) g_ptr_array_unref);
  g_autoptr (GPtrArray) commune = NULL;
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  gint64 sum = 0;
  guint within = 0;

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *object = json_array_get_object_element (array, i);
      JsonObject *properties = json_object_get_object_member (object, "properties");
      JsonObject *geometry = json_object_get_object_member (object, "geometry");
      GPtrArray *rings = read_parts (member (geometry, "type"), json_object_get_member (geometry, "coordinates"));

      g_assert_true (g_hash_table_add (ids, (gpointer) member (properties, "id")));
      g_assert_cmpuint (strlen (member (properties, "name")), >, 0);
      if (g_str_equal (member (properties, "kind"), "commune"))
        {
          g_assert_null (commune);
          commune = rings;
          continue;
        }
      g_assert_cmpstr (member (properties, "kind"), ==, "district");
      g_assert_cmpint (json_object_get_int_member (properties, "inhabitants"), >, 0);
      g_test_message ("%s: %d", member (properties, "name"), (int) json_object_get_int_member (properties, "inhabitants"));
      sum += json_object_get_int_member (properties, "inhabitants");
      g_ptr_array_add (districts, rings);
    }
  g_assert_cmpint (sum, ==, 40000);
  g_assert_cmpuint (districts->len, >=, 8);
  g_assert_cmpuint (districts->len, <=, 12);
  for (double x = 17.3; x < 6100; x += 41.7)
    for (double y = 13.1; y < 6100; y += 39.3)
      {
        guint n = 0;

        for (guint i = 0; i < districts->len; i++)
          n += inside_rings (g_ptr_array_index (districts, i), (Point){ x, y });
        if (n != (guint) inside_rings (commune, (Point){ x, y }))
          g_error ("at %.1f, %.1f: in %u districts", x, y, n);
        within += n;
      }
  g_assert_cmpuint (within, >, 10000);
}

static void
test_places (void)
{
  static const char *const wanted[] = { "school", "nursery", "middle_school", "high_school", "ehpad", "hospital", "townhall", "fire_station" };
  g_autoptr (JsonParser) parser = parse_city ("places.geojson");
  JsonArray *array = features_of (parser);
  g_autoptr (GHashTable) kinds = g_hash_table_new (g_str_hash, g_str_equal), names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *object = json_array_get_object_element (array, i);
      JsonObject *properties = json_object_get_object_member (object, "properties");
      JsonObject *geometry = json_object_get_object_member (object, "geometry");
      g_autoptr (GPtrArray) parts = read_parts ("Point", json_object_get_member (geometry, "coordinates"));
      Point p = g_array_index ((GArray *) g_ptr_array_index (parts, 0), Point, 0);
      double nearest = G_MAXDOUBLE;

      g_hash_table_add (kinds, (gpointer) member (properties, "kind"));
      g_assert_true (g_hash_table_add (names, (gpointer) member (properties, "name")));
      g_assert_false (inside_rings (the_river ()->parts, p));
      for (guint k = 0; k < basemap->len; k++)
        {
          Feature *feature = g_ptr_array_index (basemap, k);

          if (g_str_equal (feature->class, "road"))
            nearest = MIN (nearest, distance_to (g_ptr_array_index (feature->parts, 0), p));
        }
      if (nearest > 60)
        g_error ("%s is %.0f m from a road", member (properties, "name"), nearest);
    }
  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    g_assert_true (g_hash_table_contains (kinds, wanted[i]));
}

static void
test_car_parks (void)
{
  g_autofree char *text = read_city ("demo/parkings.csv");
  g_auto (GStrv) rows = g_strsplit (text, "\n", -1);
  g_autoptr (GHashTable) keys = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 1; rows[i] != NULL && rows[i][0] != '\0'; i++)
    {
      g_auto (GStrv) fields = g_strsplit (rows[i], ";", -1);
      double lon, lat;

      g_assert_cmpuint (g_strv_length (fields), ==, 6);
      g_assert_true (g_hash_table_add (keys, g_strdup (fields[0])));
      lon = g_ascii_strtod (fields[2], NULL);
      lat = g_ascii_strtod (fields[3], NULL);
      g_assert_true (lon > west && lon < east && lat > south && lat < north);
      g_assert_false (inside_rings (the_river ()->parts, to_metres (lon, lat)));
    }
  g_assert_cmpuint (g_hash_table_size (keys), ==, 14);
}

/* So many things each stand in the streets of each size, in the city's bounds, each with an id of its own. */
static void
test_equipment (void)
{
  static const struct
  {
    const char *what;
    guint town, metropole, lon_column;
  } files[] = {
    { "lamps", 7000, 34000, 3 },  { "cabinets", 120, 600, 1 }, { "parkings", 14, 60, 2 },   { "bays", 300, 1200, 3 },   { "containers", 250, 900, 1 },
    { "sections", 60, 180, 4 },   { "bikes", 18, 60, 1 },      { "air", 5, 12, 1 },         { "reports", 40, 120, 1 },  { "buildings", 32, 32, 2 },
    { "water", 24 + 2 * 5, 48 + 2 * 8, 3 },
  };

  for (guint k = 0; k < 2 * G_N_ELEMENTS (files); k++)
    {
      guint i = k / 2, expected = k % 2 ? files[i].metropole : files[i].town, n = 0;
      g_autofree char *path = g_strdup_printf ("%s%s/demo/%s.csv", g_getenv ("BF_DEMO_CITY"), k % 2 ? "-metropole" : "", files[i].what);
      g_autofree char *text = NULL;
      g_auto (GStrv) rows = NULL;
      g_autoptr (GHashTable) ids = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      g_autoptr (GError) error = NULL;

      g_file_get_contents (path, &text, NULL, &error);
      g_assert_no_error (error);
      rows = g_strsplit (text, "\n", -1);
      for (guint r = 1; rows[r] != NULL && rows[r][0] != '\0'; r++, n++)
        {
          g_auto (GStrv) cells = g_strsplit (rows[r], ";", -1);
          double lon = g_ascii_strtod (cells[files[i].lon_column], NULL), lat = g_ascii_strtod (cells[files[i].lon_column + 1], NULL);

          g_assert_true (g_hash_table_add (ids, g_strdup (cells[0])));
          g_assert_true (lon > west && lon < east && lat > south && lat < north);
        }
      g_test_message ("%s: %u", path, n);
      g_assert_cmpuint (n, ==, expected);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  read_bounds ();
  read_basemap ();
  g_test_add_func ("/demo/city/same-bytes", test_same_bytes);
  g_test_add_func ("/demo/city/basemap", test_basemap);
  g_test_add_func ("/demo/city/bridges", test_bridges);
  g_test_add_func ("/demo/city/one-network", test_one_network);
  g_test_add_func ("/demo/city/addresses", test_addresses);
  g_test_add_func ("/demo/city/zones", test_zones);
  g_test_add_func ("/demo/city/places", test_places);
  g_test_add_func ("/demo/city/car-parks", test_car_parks);
  g_test_add_func ("/demo/city/equipment", test_equipment);
  return g_test_run ();
}
