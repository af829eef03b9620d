/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The folder of the city, in the form that any city's folder has: base map, zones, addresses, places, car parks.
 * Metres become WGS84 here, on a plane that touches the ellipsoid at the market place (an error under 1 m over the
 * 3 km of the town); numbers are written in the C locale: the program never calls setlocale().
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <gio/gio.h>
#include <math.h>

#define ORIGIN_LON 4.4120
#define ORIGIN_LAT 47.2160
#define INSEE "21999"
#define POSTCODE "21990"

void
bf_town_to_wgs84 (BfTownPoint p, double *ret_lon, double *ret_lat)
{
  const double a = 6378137.0, e2 = 0.00669437999014;
  double phi = ORIGIN_LAT * G_PI / 180, s = sin (phi), w = 1 - e2 * s * s;
  double meridian_m = a * (1 - e2) / (w * sqrt (w)), parallel_m = a / sqrt (w) * cos (phi);

  *ret_lat = ORIGIN_LAT + p.y / meridian_m * 180 / G_PI;
  *ret_lon = ORIGIN_LON + p.x / parallel_m * 180 / G_PI;
}

/* Lambert-93: IGN, "Projections cartographiques en France", conic conformal with the RGF93 constants. */
static void
to_lambert93 (double lon, double lat, double *ret_x, double *ret_y)
{
  const double n = 0.7256077650532670, c = 11754255.426096, e = 0.0818191910428158;
  double phi = lat * G_PI / 180;
  double iso = log (tan (G_PI / 4 + phi / 2) * pow ((1 - e * sin (phi)) / (1 + e * sin (phi)), e / 2));
  double r = c * exp (-n * iso), gamma = n * (lon - 3.0) * G_PI / 180;

  *ret_x = 700000.0 + r * sin (gamma);
  *ret_y = 12655612.049876 - r * cos (gamma);
}

static void
put_point (GString *out, BfTownPoint p)
{
  double lon, lat;

  bf_town_to_wgs84 (p, &lon, &lat);
  g_string_append_printf (out, "[%.6f,%.6f]", lon, lat);
}

static void
put_points (GString *out, const GArray *points, gboolean closed)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < points->len + (closed ? 1 : 0); i++)
    {
      if (i > 0)
        g_string_append_c (out, ',');
      put_point (out, bf_town_point (points, i % points->len));
    }
  g_string_append_c (out, ']');
}

static void
put_quad (GString *out, const BfTownPoint corner[4])
{
  g_string_append_c (out, '[');
  for (int k = 0; k <= 4; k++)
    {
      if (k > 0)
        g_string_append_c (out, ',');
      put_point (out, corner[k % 4]);
    }
  g_string_append_c (out, ']');
}

/* Our names hold no control character, quote or backslash: a test reads the file back. */
static void
begin_feature (GString *out, const char *class, const char *name)
{
  if (out->str[out->len - 1] == '}')
    g_string_append (out, ",\n");
  g_string_append_printf (out, "{\"type\":\"Feature\",\"properties\":{\"class\":\"%s\"", class);
  if (name != NULL)
    g_string_append_printf (out, ",\"name\":\"%s\"", name);
}

static void
put_polygon (GString *out, const char *class, const char *name, const GArray *points)
{
  begin_feature (out, class, name);
  g_string_append (out, "},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[");
  put_points (out, points, TRUE);
  g_string_append (out, "]}}");
}

static void
put_label (GString *out, const char *class, const char *name, BfTownPoint at)
{
  begin_feature (out, class, name);
  g_string_append (out, "},\"geometry\":{\"type\":\"Point\",\"coordinates\":");
  put_point (out, at);
  g_string_append (out, "}}");
}

static const char *const rank_names[] = { "none", "path", "alley", "street", "secondary", "primary", "motorway" };

static const char *
piece_name (const BfTown *town, const BfTownPiece *piece)
{
  const BfTownLine *line = bf_town_line (town, piece->line);

  if (line->kind == BF_TOWN_LINE_BROOK)
    return "Ru de Vauclair";
  if (line->street < 0)
    return NULL;
  return ((BfTownStreet *) g_ptr_array_index (town->streets, line->street))->name;
}

/* A map is read at arm's length: points that a line would pass within 0.4 m of say nothing. */
static GArray *
thin_out (const GArray *points)
{
  GArray *kept = bf_town_points_new ();
  guint last = 0;

  g_array_append_val (kept, bf_town_point (points, 0));
  for (guint i = 1; i + 1 < points->len; i++)
    {
      gboolean needed = FALSE;

      for (guint k = last + 1; k <= i && !needed; k++)
        needed = bf_town_segment_distance (bf_town_point (points, k), bf_town_point (points, last),
                                           bf_town_point (points, i + 1), NULL) > 0.4;
      if (!needed)
        continue;
      g_array_append_val (kept, bf_town_point (points, i));
      last = i;
    }
  g_array_append_val (kept, bf_town_point (points, points->len - 1));
  return kept;
}

static void
put_pieces (GString *out, const BfTown *town)
{
  for (guint i = 0; i < town->pieces->len; i++)
    {
      const BfTownPiece *piece = g_ptr_array_index (town->pieces, i);
      const BfTownLine *line = bf_town_line (town, piece->line);
      g_autoptr (GArray) thin = NULL;

      if (line->kind == BF_TOWN_LINE_ROAD && !line->kept)
        continue;
      thin = piece->bridge || line->kind == BF_TOWN_LINE_ROAD ? g_array_ref (piece->points) : thin_out (piece->points);
      begin_feature (out, line->kind == BF_TOWN_LINE_ROAD ? "road" : line->kind == BF_TOWN_LINE_RAIL ? "rail" : "water",
                     piece_name (town, piece));
      if (line->kind == BF_TOWN_LINE_ROAD)
        g_string_append_printf (out, ",\"rank\":\"%s\"", rank_names[line->rank]);
      if (piece->bridge)
        g_string_append (out, ",\"bridge\":true");
      g_string_append (out, "},\"geometry\":{\"type\":\"LineString\",\"coordinates\":");
      put_points (out, thin, FALSE);
      g_string_append (out, "}}");
    }
}

static void
put_blocks (GString *out, const BfTown *town)
{
  static const char *const classes[] = {
    [BF_TOWN_USE_OPEN] = NULL,
    [BF_TOWN_USE_BUILT] = "built",
    [BF_TOWN_USE_INDUSTRY] = "industrial",
    [BF_TOWN_USE_PARK] = "park",
    [BF_TOWN_USE_WOOD] = "wood",
  };

  for (guint i = 0; i < town->blocks->len; i++)
    {
      const BfTownBlock *block = g_ptr_array_index (town->blocks, i);

      if (classes[block->use] != NULL)
        put_polygon (out, classes[block->use], block->name, block->points);
    }
}

static void
put_houses (GString *out, const BfTown *town)
{
  int block = -1;

  for (guint i = 0; i < town->houses->len; i++)
    {
      const BfTownHouse *house = &g_array_index (town->houses, BfTownHouse, i);

      if (house->block != block)
        {
          if (block >= 0)
            g_string_append (out, "]}}");
          begin_feature (out, "building", NULL);
          g_string_append (out, "},\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[");
        }
      else
        g_string_append_c (out, ',');
      block = house->block;
      g_string_append_c (out, '[');
      put_quad (out, house->corner);
      g_string_append_c (out, ']');
    }
  if (block >= 0)
    g_string_append (out, "]}}");
}

static int
compare_block (gconstpointer a, gconstpointer b)
{
  const BfTownHouse *x = a, *y = b;

  if (x->block != y->block)
    return x->block - y->block;
  if (x->line != y->line)
    return x->line - y->line;
  return x->number - y->number;
}

static const struct
{
  const char *name;
  double x, y, half_x, half_y;
} woods[] = {
  { "Bois de Vauclair", 1020, 2560, 560, 330 },    { "Bois de la Dame", 2560, 1180, 270, 330 },
  { "Bois du Prieur", -2620, -380, 330, 420 },     { "Bois des Brosses", 640, -2640, 330, 190 },
  { "Forêt de Charmois", -2560, 2500, 420, 380 },  { "Bois de la Rente", -900, 2560, 330, 170 },
  { "Bois de l'Essart", 2480, -2380, 420, 260 },   { "Bois Bourgeois", -2250, -1700, 260, 330 },
  { "Bois du Levant", 2620, -720, 170, 260 },
  { "Grande Forêt de Vauclair", 2700, 4700, 1100, 620 }, { "Bois de Chassagne", -4550, -900, 560, 420 },
  { "Bois du Fay", -4700, 4300, 700, 560 },        { "Forêt de la Borne", 4700, -900, 620, 480 },
  { "Bois des Loges", 4500, -4300, 760, 420 },     { "Bois de Saint-Andéol", -3900, -4200, 700, 460 },
  { "Bois Rond", 60, -4700, 380, 300 },            { "Bois de la Vesvre", -1100, 4400, 420, 300 },
  { "Bois de Charmois", 4700, 2350, 420, 560 },
};

/* A wood: an ellipse with a ragged edge. */
static void
put_woods (GString *out)
{
  for (guint i = 0; i < G_N_ELEMENTS (woods); i++)
    {
      g_autoptr (GArray) edge = bf_town_points_new ();

      for (int k = 0; k < 72; k++)
        {
          double angle = k * G_PI / 36, c = cos (angle), s = sin (angle);
          double ragged = 0.72 + 0.5 * bf_town_noise (c * 1.9 + i * 7, s * 1.9) + 0.16 * bf_town_noise (c * 6 + i * 3, s * 6);
          BfTownPoint p = { woods[i].x + c * woods[i].half_x * ragged, woods[i].y + s * woods[i].half_y * ragged };

          g_array_append_val (edge, p);
        }
      put_polygon (out, "wood", woods[i].name, edge);
    }
}

/* The river, with the island of the mill as a hole in it. */
static void
put_river (GString *out)
{
  g_autoptr (GArray) river = bf_town_river_polygon ();
  g_autoptr (GArray) island = bf_town_island ();

  begin_feature (out, "river", "La Claire");
  g_string_append (out, "},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[");
  put_points (out, river, TRUE);
  g_string_append_c (out, ',');
  put_points (out, island, TRUE);
  g_string_append (out, "]}}");
  put_polygon (out, "park", "Île du Moulin", island);
}

static GString *
basemap (BfTown *town)
{
  GString *out = g_string_new ("{\"type\":\"FeatureCollection\",\"name\":\"Clairbourg\",\"features\":[\n");

  put_woods (out);
  put_blocks (out, town);
  put_river (out);
  g_array_sort (town->houses, compare_block);
  put_houses (out, town);
  for (guint i = 0; i < town->places->len; i++)
    {
      const BfTownPlace *place = &g_array_index (town->places, BfTownPlace, i);

      begin_feature (out, "building", place->name);
      g_string_append_printf (out, ",\"kind\":\"%s\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[", place->kind);
      put_quad (out, place->corner);
      g_string_append (out, "]}}");
    }
  put_pieces (out, town);
  for (guint i = 0; i < town->districts->len; i++)
    {
      const BfTownDistrict *district = g_ptr_array_index (town->districts, i);

      put_label (out, "district-label", district->name, district->label);
    }
  put_label (out, "place-label", "Vauclair", (BfTownPoint){ 205, 2560 });
  put_label (out, "place-label", "Charmois", (BfTownPoint){ 2560, 1880 });
  put_label (out, "place-label", "La Chaume", (BfTownPoint){ -2430, 1170 });
  put_label (out, "place-label", "Les Brosses", (BfTownPoint){ 1430, -2690 });
  put_label (out, "place-label", "Saint-Andéol", (BfTownPoint){ -1390, -2410 });
  put_label (out, "place-label", "La Rente", (BfTownPoint){ 2560, 230 });
  put_label (out, "place-label", "Place du Marché-au-Blé", (BfTownPoint){ 5, -5 });
  put_label (out, "place-label", "Île du Moulin", (BfTownPoint){ -545, -395 });
  put_label (out, "place-label", "La Claire", (BfTownPoint){ 1500, -975 });
  g_string_append (out, "\n]}\n");
  return out;
}

static void
put_zone (GString *out, const char *id, const char *name, const char *kind, int inhabitants, GArray **rings, guint n)
{
  if (out->str[out->len - 1] == '}')
    g_string_append (out, ",\n");
  g_string_append_printf (out,
                          "{\"type\":\"Feature\",\"properties\":{\"id\":\"%s\",\"name\":\"%s\",\"kind\":\"%s\","
                          "\"inhabitants\":%d},\"geometry\":{\"type\":\"MultiPolygon\",\"coordinates\":[",
                          id, name, kind, inhabitants);
  for (guint i = 0; i < n; i++)
    {
      g_string_append (out, i > 0 ? ",[" : "[");
      put_points (out, rings[i], TRUE);
      g_string_append_c (out, ']');
    }
  g_string_append (out, "]}}");
}

static GString *
zones (const BfTown *town)
{
  GString *out = g_string_new ("{\"type\":\"FeatureCollection\",\"name\":\"Clairbourg zones\",\"features\":[\n");
  GArray *outline = town->commune;

  put_zone (out, "commune", "Clairbourg", "commune", town->size->inhabitants, &outline, 1);
  for (guint i = 0; i < town->districts->len; i++)
    {
      const BfTownDistrict *district = g_ptr_array_index (town->districts, i);

      put_zone (out, district->id, district->name, "district", district->inhabitants,
                (GArray **) (gpointer) district->rings->data, district->rings->len);
    }
  g_string_append (out, "\n]}\n");
  return out;
}

static GString *
places (const BfTown *town)
{
  GString *out = g_string_new ("{\"type\":\"FeatureCollection\",\"name\":\"Clairbourg places\",\"features\":[\n");

  for (guint i = 0; i < town->places->len; i++)
    {
      const BfTownPlace *place = &g_array_index (town->places, BfTownPlace, i);

      if (out->str[out->len - 1] == '}')
        g_string_append (out, ",\n");
      g_string_append_printf (out, "{\"type\":\"Feature\",\"properties\":{\"id\":\"lieu-%02u\",\"kind\":\"%s\",\"name\":\"%s\"",
                              i + 1, place->kind, place->name);
      if (place->people > 0)
        g_string_append_printf (out, ",\"people\":%d", place->people);
      g_string_append (out, "},\"geometry\":{\"type\":\"Point\",\"coordinates\":");
      put_point (out, place->at);
      g_string_append (out, "}}");
    }
  g_string_append (out, "\n]}\n");
  return out;
}

/* AFNOR form: capitals without accents, hyphens and apostrophes as spaces. */
static char *
afnor (const char *name)
{
  g_autofree char *ascii = g_str_to_ascii (name, "C");
  char *upper = g_ascii_strup (ascii, -1);

  g_strdelimit (upper, "-'", ' ');
  return upper;
}

static GString *
addresses (const BfTown *town)
{
  GString *out = g_string_new (
    "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;code_insee_ancienne_commune;"
    "nom_ancienne_commune;x;y;lon;lat;type_position;alias;nom_ld;libelle_acheminement;nom_afnor;source_position;"
    "source_nom_voie;certification_commune;cad_parcelles\n");

  for (guint s = 0; s < town->streets->len; s++)
    {
      const BfTownStreet *street = g_ptr_array_index (town->streets, s);
      g_autofree char *upper = afnor (street->name);

      for (guint i = 0; i < town->houses->len; i++)
        {
          const BfTownHouse *house = &g_array_index (town->houses, BfTownHouse, i);
          double lon, lat, x, y;

          if (house->number == 0 || bf_town_line (town, house->line)->street != (int) s)
            continue;
          bf_town_to_wgs84 (house->door, &lon, &lat);
          to_lambert93 (lon, lat, &x, &y);
          g_string_append_printf (out,
                                  INSEE "_%04u_%05d;" INSEE "_%04u;%d;;%s;" POSTCODE ";" INSEE
                                        ";Clairbourg;;;%.2f;%.2f;%.6f;%.6f;entrée;;;CLAIRBOURG;%s;commune;commune;1;\n",
                                  s + 1, house->number, s + 1, house->number, street->name, x, y, lon, lat, upper);
        }
    }
  return out;
}

static GString *
car_parks (const BfTown *town)
{
  GString *out = g_string_new ("key;nom;lon;lat;total;profil\n");

  for (guint i = 0; i < town->car_parks->len; i++)
    {
      const BfTownCarPark *park = &g_array_index (town->car_parks, BfTownCarPark, i);
      double lon, lat;

      bf_town_to_wgs84 (park->at, &lon, &lat);
      g_string_append_printf (out, "%s;%s;%.6f;%.6f;%d;%s\n", park->key, park->name, lon, lat, park->capacity, park->profile);
    }
  return out;
}

static GString *
city_conf (const BfTown *town)
{
  const double h = BF_TOWN_HALF_SIDE_M;
  GString *out = g_string_new ("# Clairbourg: a town that does not exist, for demonstration.\n[City]\n");
  double west, south, east, north;

  bf_town_to_wgs84 ((BfTownPoint){ -h, -h }, &west, &south);
  bf_town_to_wgs84 ((BfTownPoint){ h, h }, &east, &north);
  g_string_append_printf (out,
                          "Name=%s\nTimeZone=Europe/Paris\nBounds=%.6f,%.6f,%.6f,%.6f\nDemo=yes\n"
                          "Basemap=basemap.geojson\nZones=zones.geojson\nAddresses=addresses.csv\nPlaces=places.geojson\n"
                          "Inhabitants=%d\n",
                          town->size->city_name, west, south, east, north, town->size->inhabitants);
  return out;
}

static gboolean
save (const char *folder, const char *name, GString *content, GError **error)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  gboolean ok;

  if (g_mkdir_with_parents (parent, 0755) != 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: cannot make the folder: %s", parent, g_strerror (errno));
      ok = FALSE;
    }
  else
    ok = g_file_set_contents_full (path, content->str, (gssize) content->len, G_FILE_SET_CONTENTS_CONSISTENT, 0644, error);
  g_string_free (content, TRUE);
  return ok;
}

typedef struct
{
  const char *folder;
  GError *error;
} Saving;

static void
save_equipment (const char *what, GString *content, gpointer data)
{
  Saving *saving = data;
  g_autofree char *name = g_strdup_printf ("demo/%s.csv", what);

  if (saving->error == NULL)
    save (saving->folder, name, content, &saving->error);
  else
    g_string_free (content, TRUE);
}

gboolean
bf_town_write (BfTown *town, const char *folder, GError **error)
{
  Saving saving = { folder, NULL };

  bf_town_write_equipment (town, save_equipment, &saving);
  if (saving.error != NULL)
    {
      g_propagate_error (error, saving.error);
      return FALSE;
    }
  return save (folder, "basemap.geojson", basemap (town), error) && save (folder, "zones.geojson", zones (town), error)
         && save (folder, "places.geojson", places (town), error) && save (folder, "addresses.csv", addresses (town), error)
         && save (folder, "demo/parkings.csv", car_parks (town), error) && save (folder, "city.conf", city_conf (town), error);
}
