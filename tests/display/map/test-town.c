/* SPDX-License-Identifier: EUPL-1.2 */
/* A little town for the tests and benchmarks of the map: always the same one.
 *
 * Rings, radial roads, a chequer of streets, a river, two parks, names. Offsets are metres from the middle. */
#include "test-town.h"

#include "console/map/bf-map-style.h"

#include <math.h>

#define M_PER_DEG 111320.0

static double
lat_of (double north_m)
{
  return TEST_TOWN_LAT + north_m / M_PER_DEG;
}

static double
lon_of (double east_m)
{
  return TEST_TOWN_LON + east_m / (M_PER_DEG * cos (TEST_TOWN_LAT * G_PI / 180));
}

static void
add_point (BfBasemapBuilder *b, double east_m, double north_m)
{
  bf_basemap_builder_add_point (b, lat_of (north_m), lon_of (east_m));
}

static void
add_ring_road (BfBasemapBuilder *b, double radius_m, BfBasemapRank rank, const char *name)
{
  bf_basemap_builder_begin (b, BF_BASEMAP_ROAD, rank, name, FALSE, BF_BASEMAP_LINE);
  bf_basemap_builder_begin_part (b);
  for (int i = 0; i <= 72; i++)
    {
      double a = i * G_PI / 36, r = radius_m * (1 + 0.07 * sin (3 * a) + 0.04 * cos (5 * a));

      add_point (b, r * cos (a), r * 0.82 * sin (a));
    }
  g_assert_true (bf_basemap_builder_end (b, NULL));
}

static void
add_line (BfBasemapBuilder *b, BfBasemapRank rank, const char *name, gboolean bridge, double x0, double y0, double x1,
          double y1)
{
  bf_basemap_builder_begin (b, BF_BASEMAP_ROAD, rank, name, bridge, BF_BASEMAP_LINE);
  bf_basemap_builder_begin_part (b);
  add_point (b, x0, y0);
  add_point (b, x1, y1);
  g_assert_true (bf_basemap_builder_end (b, NULL));
}

static double
river_y (double x)
{
  return 260 * sin (x / 1500.0) - x * 0.35 - 300;
}

static void
add_river (BfBasemapBuilder *b)
{
  bf_basemap_builder_begin (b, BF_BASEMAP_WATER, BF_BASEMAP_RANK_NONE, NULL, FALSE, BF_BASEMAP_POLYGON);
  bf_basemap_builder_begin_part (b);
  for (int i = -60; i <= 60; i++)
    add_point (b, i * 100, river_y (i * 100) + 90);
  for (int i = 60; i >= -60; i--)
    add_point (b, i * 100, river_y (i * 100) - 90);
  g_assert_true (bf_basemap_builder_end (b, NULL));
}

static void
add_oval (BfBasemapBuilder *b, BfBasemapClass class_, const char *name, double x, double y, double rx, double ry)
{
  bf_basemap_builder_begin (b, class_, BF_BASEMAP_RANK_NONE, name, FALSE, BF_BASEMAP_POLYGON);
  bf_basemap_builder_begin_part (b);
  for (int i = 0; i < 40; i++)
    add_point (b, x + rx * cos (i * G_PI / 20), y + ry * sin (i * G_PI / 20));
  g_assert_true (bf_basemap_builder_end (b, NULL));
}

static void
add_house (BfBasemapBuilder *b, double x, double y)
{
  double lat[4] = { lat_of (y), lat_of (y), lat_of (y + 12), lat_of (y + 12) };
  double lon[4] = { lon_of (x), lon_of (x + 16), lon_of (x + 16), lon_of (x) };

  g_assert_true (bf_basemap_builder_add_feature (b, BF_BASEMAP_BUILDING, BF_BASEMAP_RANK_NONE, NULL,
                                                 BF_BASEMAP_POLYGON, 4, lat, lon, NULL));
}

static void
add_streets (BfBasemapBuilder *b)
{
  static const char *const names[] = { "rue des Tanneurs", "rue Haute", "rue du Port", "rue des Lilas",
                                       "rue de la Gare",   "rue Neuve", "rue Basse",   "rue du Moulin" };

  for (int i = -20; i <= 20; i++)
    for (int j = -20; j <= 20; j++)
      {
        double x = i * 110, y = j * 95;

        if (hypot (x, y) > 2100 || fabs (y - river_y (x)) < 160)
          continue;
        add_line (b, BF_BASEMAP_RANK_STREET, names[(guint) (j + 20) % G_N_ELEMENTS (names)], FALSE, x, y, x + 110, y);
        if ((i * 7 + j * 3) % 4 != 0)
          add_line (b, (i + j) % 3 ? BF_BASEMAP_RANK_STREET : BF_BASEMAP_RANK_ALLEY,
                    names[(guint) (i + 23) % G_N_ELEMENTS (names)], FALSE, x, y, x, y + 95);
        for (int k = 0; k < 5; k++)
          add_house (b, x + 10 + k * 19, y + 12);
      }
}

/* The town, a town of its own in every respect that the map draws. */
BfBasemap *
test_town_new (void)
{
  static const struct
  {
    const char *name;
    double x, y;
  } districts[] = { { "Centre", 0, 250 },      { "Les Peupliers", -1500, 1300 }, { "Gare", 900, 900 },
                    { "Les Tanneries", -1200, -800 }, { "La Croix-Haute", 1700, -900 }, { "Port-Aval", 2300, -1900 } };
  g_autoptr (BfBasemapBuilder) b = bf_basemap_builder_new ();

  add_river (b);
  add_oval (b, BF_BASEMAP_PARK, "Parc des Cèdres", 1600, 1500, 700, 420);
  add_oval (b, BF_BASEMAP_WOOD, "Bois du Roi", -1900, -1900, 600, 380);
  add_oval (b, BF_BASEMAP_PARK, "Jardin public", -150, 750, 200, 160);
  add_streets (b);
  add_ring_road (b, 800, BF_BASEMAP_RANK_SECONDARY, "boulevard des Remparts");
  add_ring_road (b, 1500, BF_BASEMAP_RANK_PRIMARY, "boulevard de Ceinture");
  add_ring_road (b, 2600, BF_BASEMAP_RANK_SECONDARY, "rocade");
  for (int i = 0; i < 9; i++)
    {
      double a = i * 2 * G_PI / 9 + 0.15;

      add_line (b, i % 2 ? BF_BASEMAP_RANK_SECONDARY : BF_BASEMAP_RANK_PRIMARY, "avenue de Paris", FALSE,
                300 * cos (a), 300 * sin (a), 4200 * cos (a), 4200 * sin (a));
    }
  add_line (b, BF_BASEMAP_RANK_PRIMARY, "Pont-Neuf", TRUE, 100, river_y (100) - 140, 100, river_y (100) + 140);
  for (guint i = 0; i < G_N_ELEMENTS (districts); i++)
    {
      double lat = lat_of (districts[i].y), lon = lon_of (districts[i].x);

      g_assert_true (bf_basemap_builder_add_feature (b, BF_BASEMAP_DISTRICT_LABEL, BF_BASEMAP_RANK_NONE,
                                                     districts[i].name, BF_BASEMAP_POINT, 1, &lat, &lon, NULL));
    }
  return bf_basemap_builder_finish (b);
}

/* Assets thicker towards the middle; a fixed seed. */
TestAssets *
test_assets_new (guint n)
{
  TestAssets *self = g_new0 (TestAssets, 1);
  g_autoptr (GRand) rand = g_rand_new_with_seed (20240611);

  self->n = n;
  self->lat = g_new (double, n);
  self->lon = g_new (double, n);
  self->service = g_new (guint8, n);
  self->symbol = g_new (guint8, n);
  for (guint i = 0; i < n; i++)
    {
      double a = g_rand_double_range (rand, 0, 2 * G_PI);
      double r = 2700 * pow (g_rand_double (rand), 0.8);

      self->lat[i] = lat_of (r * sin (a) * 0.82);
      self->lon[i] = lon_of (r * cos (a));
      self->service[i] = (guint8) (i % 5);
      self->symbol[i] = (guint8) (1 + i % (BF_MAP_N_SYMBOLS - 1));
    }
  return self;
}

void
test_assets_free (TestAssets *self)
{
  if (self == NULL)
    return;
  g_free (self->lat);
  g_free (self->lon);
  g_free (self->service);
  g_free (self->symbol);
  g_free (self);
}
