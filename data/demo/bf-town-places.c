/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Places that matter when something fails: schools, crèches, care homes, the hospital. And the town's car parks. The
 * plan says roughly where; each takes the nearest suitable spot on a street: a large building clears the houses there.
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <math.h>

#define SETBACK_M 6

static const struct
{
  const char *kind, *name;
  double x, y, width_m, depth_m;
  int people;
} places[] = {
  { "townhall", "Hôtel de ville", 95, 5, 34, 20, 160 },
  { "church", "Collégiale Saint-Vorles", -100, 8, 52, 24, 0 },
  { "hospital", "Centre hospitalier de la Croix-Haute", 900, -320, 95, 45, 620 },
  { "station", "Gare de Clairbourg", 652, 767, 84, 17, 0 },
  { "fire_station", "Centre de secours principal", -690, -880, 46, 28, 48 },
  { "police", "Hôtel de police", 470, 470, 34, 22, 90 },
  { "pool", "Piscine du Halage", 520, -640, 52, 34, 300 },
  { "mill", "Moulin de l'Île", -520, -400, 24, 14, 0 },
  { "library", "Médiathèque des Ursulines", 250, -60, 30, 18, 120 },
  { "theatre", "Théâtre des Remparts", 190, 360, 34, 24, 600 },
  { "market", "Halles centrales", -20, 100, 38, 24, 0 },
  { "stadium", "Stade de la Maladière", -1000, -620, 70, 30, 0 },
  { "school", "École élémentaire Paul-Bert", 270, 620, 42, 18, 246 },
  { "school", "École élémentaire des Cordeliers", -250, 250, 32, 15, 168 },
  { "school", "École primaire Saint-Jean", -60, -720, 40, 17, 212 },
  { "school", "École primaire de la Croix-Haute", 760, 60, 42, 17, 231 },
  { "school", "École primaire des Tanneries", -900, -720, 40, 17, 187 },
  { "school", "École primaire du Vallon", -500, 1340, 42, 17, 254 },
  { "school", "École primaire des Grands-Champs", 850, 1150, 44, 18, 289 },
  { "school", "École primaire de Bellevue", 60, -1590, 42, 17, 263 },
  { "school", "École primaire des Peupliers", -1350, 1000, 44, 18, 312 },
  { "school", "École primaire du Port-Aval", 1020, -1330, 40, 16, 174 },
  { "school", "École primaire Saint-Vorles", -720, 330, 40, 17, 219 },
  { "nursery", "École maternelle du Jardin", -330, 700, 32, 15, 112 },
  { "nursery", "Crèche des Petits-Pas", 420, 620, 22, 14, 40 },
  { "nursery", "Crèche du Halage", 260, -640, 22, 14, 45 },
  { "nursery", "Crèche des Coquelicots", -1280, 900, 24, 14, 50 },
  { "nursery", "Crèche de Bellevue", -350, -1580, 22, 14, 36 },
  { "middle_school", "Collège Aloysius-Bertrand", 190, 700, 58, 26, 540 },
  { "middle_school", "Collège des Coteaux", -700, -1480, 58, 26, 610 },
  { "high_school", "Lycée Gaspard-Monge", -560, 640, 70, 34, 1180 },
  { "high_school", "Lycée professionnel de la Plaine", 1380, 180, 64, 34, 720 },
  { "ehpad", "EHPAD Les Ursulines", 420, -160, 40, 16, 84 },
  { "ehpad", "EHPAD Résidence du Mail", -640, 130, 42, 16, 96 },
  { "ehpad", "EHPAD Les Glycines", 700, 1000, 44, 18, 72 },
  { "ehpad", "EHPAD La Roseraie", -40, -1180, 44, 18, 88 },
  { "clinic", "Clinique Sainte-Reine", -860, -10, 52, 28, 140 },
  { "water_works", "Usine d'eau potable de la Source", -1660, -560, 44, 30, 0 },
};

static const struct
{
  const char *key, *name, *profile;
  double x, y;
  int capacity;
} car_parks[] = {
  { "CLB-01", "Gare", "commuter", 560, 735, 420 },
  { "CLB-02", "Hôtel-de-Ville", "centre", 125, -20, 186 },
  { "CLB-03", "Halles", "market", 10, 85, 214 },
  { "CLB-04", "Remparts", "centre", 60, 430, 152 },
  { "CLB-05", "Croix-Haute", "office", 600, -40, 248 },
  { "CLB-06", "Hôpital", "hospital", 960, -240, 510 },
  { "CLB-07", "Piscine", "leisure", 600, -650, 130 },
  { "CLB-08", "Pont-Neuf", "centre", 350, -590, 175 },
  { "CLB-09", "Mail", "residents", -490, 200, 140 },
  { "CLB-10", "Tanneurs", "residents", -380, -270, 96 },
  { "CLB-11", "Théâtre", "evening", 230, 390, 168 },
  { "CLB-12", "Arquebuse", "office", -150, 560, 205 },
  { "CLB-13", "Saint-Jean", "residents", -330, -640, 120 },
  { "CLB-14", "Parc relais de la Plaine", "commuter", 1340, 80, 360 },
};

static void
set_quad (BfTownPoint corner[4], BfTownPoint front, BfTownPoint tangent, double width_m, double set_m, double depth_m)
{
  const double u[4] = { -0.5, 0.5, 0.5, -0.5 }, v[4] = { 0, 0, 1, 1 };

  for (int k = 0; k < 4; k++)
    {
      double along = u[k] * width_m, off = set_m + v[k] * depth_m;

      corner[k].x = front.x + tangent.x * along - tangent.y * off;
      corner[k].y = front.y + tangent.y * along + tangent.x * off;
    }
}

static gboolean
quad_inside (const BfTownBlock *block, const BfTownPoint corner[4])
{
  for (int k = 0; k < 4; k++)
    if (!bf_town_inside (block->points, corner[k]) || bf_town_edge_distance (block->points, corner[k]) < 2)
      return FALSE;
  return TRUE;
}

/* The nearest built front with room for the building: a point on a kept street along which a block is built, its line and its block. */
static gboolean
find_front (BfTown *town, BfTownPoint near, double width_m, double depth_m, int *ret_block, BfTownPoint *ret_at, BfTownPoint *ret_tangent)
{
  double best = 240;
  gboolean found = FALSE;

  for (guint i = 0; i < town->blocks->len; i++)
    {
      BfTownBlock *block = g_ptr_array_index (town->blocks, i);

      if ((block->use != BF_TOWN_USE_BUILT && block->use != BF_TOWN_USE_INDUSTRY && block->use != BF_TOWN_USE_PARK)
          || bf_town_edge_distance (block->points, near) > best)
        continue;
      for (guint k = 0; k < block->points->len; k++)
        {
          const BfTownLine *line = bf_town_line (town, g_array_index (block->lines, int, k));
          BfTownPoint a = bf_town_point (block->points, k), b = bf_town_point (block->points, (k + 1) % block->points->len);
          double length = bf_town_distance (a, b), t, distance = bf_town_segment_distance (near, a, b, &t);
          BfTownPoint p = bf_town_lerp (a, b, 0.5), tangent = { (b.x - a.x) / length, (b.y - a.y) / length };
          BfTownPoint corner[4];

          if (distance >= best || line->kind != BF_TOWN_LINE_ROAD || !line->kept || line->rank == BF_TOWN_RANK_MOTORWAY
              || line->rank == BF_TOWN_RANK_PATH || line->street < 0)
            continue;
          set_quad (corner, p, tangent, width_m, SETBACK_M, depth_m);
          if (!quad_inside (block, corner))
            continue;
          best = distance;
          found = TRUE;
          *ret_block = (int) i;
          *ret_at = p;
          *ret_tangent = tangent;
        }
    }
  return found;
}

static void
clear_houses (BfTown *town, const BfTownPlace *place)
{
  for (guint i = town->houses->len; i-- > 0;)
    if (bf_town_quads_overlap (place->corner, g_array_index (town->houses, BfTownHouse, i).corner))
      g_array_remove_index_fast (town->houses, i);
}

/* The church stands in the middle of its close, the station along the rail, the mill on the island. */
static gboolean
set_apart (BfTown *town, const char *kind, BfTownPoint *at, BfTownPoint *tangent)
{
  if (g_str_equal (kind, "church"))
    *tangent = (BfTownPoint){ 0.995, -0.0998 };
  else if (g_str_equal (kind, "mill"))
    *tangent = (BfTownPoint){ 0.96, -0.28 };
  else if (g_str_equal (kind, "station"))
    *tangent = (BfTownPoint){ 0.945, -0.327 };
  else
    return FALSE;
  return TRUE;
}

static gboolean
has_car_park (const BfTown *town, const char *name)
{
  for (guint i = 0; i < town->car_parks->len; i++)
    if (g_str_equal (g_array_index (town->car_parks, BfTownCarPark, i).name, name))
      return TRUE;
  return FALSE;
}

/* Those of a larger town besides: where people live, named after their street. */
static void
put_more_car_parks (BfTown *town)
{
  static const char *const profiles[] = { "centre", "residents", "office", "commuter", "evening", "leisure" };
  g_autoptr (GArray) doors = bf_town_spread_over_people (town, 4 * town->size->car_parks);

  for (guint i = 0; i < doors->len && (int) town->car_parks->len < town->size->car_parks; i++)
    {
      const BfTownHouse *house = &g_array_index (town->houses, BfTownHouse, g_array_index (doors, guint, (i * 7) % doors->len));
      int n = (int) town->car_parks->len + 1;
      g_autofree char *key = g_strdup_printf ("CLB-%02d", n);
      BfTownCarPark park = { g_intern_string (key),
                             g_intern_string (bf_town_street_name (town, bf_town_line (town, house->line)->street)),
                             profiles[n % (int) G_N_ELEMENTS (profiles)], house->door, 90 + n * 37 % 260 };

      if (!has_car_park (town, park.name))
        g_array_append_val (town->car_parks, park);
    }
}

void
bf_town_put_places (BfTown *town)
{
  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    {
      BfTownPlace place = { places[i].kind, places[i].name, { places[i].x, places[i].y }, { { 0, 0 } }, TRUE, places[i].people };
      BfTownPoint tangent = { 1, 0 }, front;
      int block;

      if (set_apart (town, places[i].kind, &place.at, &tangent))
        set_quad (place.corner, place.at, tangent, places[i].width_m, -places[i].depth_m / 2, places[i].depth_m);
      else if (find_front (town, place.at, places[i].width_m, places[i].depth_m, &block, &front, &tangent))
        {
          set_quad (place.corner, front, tangent, places[i].width_m, SETBACK_M, places[i].depth_m);
          place.at = (BfTownPoint){ front.x - tangent.y * (SETBACK_M + places[i].depth_m / 2),
                                    front.y + tangent.x * (SETBACK_M + places[i].depth_m / 2) };
        }
      else
        {
          g_warning ("no street for %s near %.0f, %.0f", places[i].name, places[i].x, places[i].y);
          continue;
        }
      clear_houses (town, &place);
      g_array_append_val (town->places, place);
    }
  for (guint i = 0; i < G_N_ELEMENTS (car_parks); i++)
    {
      BfTownCarPark park = { car_parks[i].key, car_parks[i].name, car_parks[i].profile,
                             { car_parks[i].x, car_parks[i].y }, car_parks[i].capacity };
      BfTownPoint tangent = { 1, 0 }, front;
      int block;

      if (find_front (town, park.at, 12, 8, &block, &front, &tangent))
        park.at = (BfTownPoint){ front.x - tangent.y * 9, front.y + tangent.x * 9 };
      g_array_append_val (town->car_parks, park);
    }
  put_more_car_parks (town);
}
