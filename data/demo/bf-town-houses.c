/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Houses stand along the streets, inside the blocks, and never on each other. Rows in the old town, gardens in the
 * estates, slabs in the grand ensemble, halls in the industrial zone. Each has its address: odd numbers on the left
 * of the street, even on the right, rising along it, as French towns count them.
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <math.h>

typedef struct
{
  double width_m, gap_m, depth_m, setback_m;
  double inhabitants;
} Row;

static const Row rows[] = {
  [BF_TOWN_FABRIC_MEDIEVAL] = { 11, 0, 11, 3.5, 2.6 },  [BF_TOWN_FABRIC_GRID] = { 15, 0.5, 12, 7, 4.6 },
  [BF_TOWN_FABRIC_FAUBOURG] = { 13, 5, 11, 8, 2.8 },   [BF_TOWN_FABRIC_SUBURB] = { 12, 11, 10, 10, 2.6 },
  [BF_TOWN_FABRIC_ESTATE] = { 12, 12, 10, 10, 2.7 },   [BF_TOWN_FABRIC_SLABS] = { 62, 22, 13, 16, 95 },
  [BF_TOWN_FABRIC_INDUSTRY] = { 52, 24, 38, 18, 1 },
};

static double
half_street (BfTownRank rank)
{
  return rank == BF_TOWN_RANK_PRIMARY ? 4 : rank == BF_TOWN_RANK_SECONDARY ? 2.5 : 0;
}

static gboolean
stands_free (BfTown *town, const BfTownBlock *block, guint first, const BfTownHouse *house, double clear_m)
{
  for (int k = 0; k < 4; k++)
    {
      if (!bf_town_inside (block->points, house->corner[k]) || bf_town_edge_distance (block->points, house->corner[k]) < clear_m)
        return FALSE;
      for (guint i = 0; i < block->inner->len; i++)
        if (bf_town_line_distance (bf_town_line (town, g_array_index (block->inner, int, i))->points, house->corner[k], NULL) < 5)
          return FALSE;
    }
  for (guint i = first; i < town->houses->len; i++)
    if (bf_town_quads_overlap (house->corner, g_array_index (town->houses, BfTownHouse, i).corner))
      return FALSE;
  return TRUE;
}

/* A row of houses on the left of a front line. */
static void
build_row (BfTown *town, guint block_index, guint first, const GArray *front, int line)
{
  const BfTownBlock *block = g_ptr_array_index (town->blocks, block_index);
  const Row *row = &rows[block->fabric];
  double length = bf_town_length (front, FALSE);
  double corner = block->fabric == BF_TOWN_FABRIC_MEDIEVAL || block->fabric == BF_TOWN_FABRIC_GRID ? 3.6 : 8;
  double setback = row->setback_m + half_street (bf_town_line (town, line)->rank);

  for (double along = corner; along < length - corner;)
    {
      double width = row->width_m * bf_town_between (town, 0.72, 1.3), depth = row->depth_m * bf_town_between (town, 0.8, 1.25);
      double set = setback + (row->gap_m > 2 ? bf_town_between (town, 0, 3) : 0);
      BfTownPoint a = bf_town_at (front, along, NULL), b = bf_town_at (front, along + width, NULL);
      double chord = bf_town_distance (a, b);
      BfTownHouse house = { .block = (int) block_index, .line = line, .inhabitants = row->inhabitants };
      double nx, ny;

      if (along + width > length - corner || chord < width * 0.7)
        {
          along += 3;
          if (along + width > length)
            break;
          continue;
        }
      nx = -(b.y - a.y) / chord;
      ny = (b.x - a.x) / chord;
      house.corner[0] = (BfTownPoint){ a.x + nx * set, a.y + ny * set };
      house.corner[1] = (BfTownPoint){ b.x + nx * set, b.y + ny * set };
      house.corner[2] = (BfTownPoint){ b.x + nx * (set + depth), b.y + ny * (set + depth) };
      house.corner[3] = (BfTownPoint){ a.x + nx * (set + depth), a.y + ny * (set + depth) };
      house.door = bf_town_lerp (house.corner[0], house.corner[1], 0.5);
      if (stands_free (town, block, first, &house, MIN (setback, 3.4)))
        {
          g_array_append_val (town->houses, house);
          along += width + row->gap_m * bf_town_between (town, 0.5, 1.5);
        }
      else
        along += 3;
    }
}

static void
build_block (BfTown *town, guint block_index)
{
  BfTownBlock *block = g_ptr_array_index (town->blocks, block_index);
  guint n = block->points->len, start = 0, first = town->houses->len;

  while (start < n && g_array_index (block->lines, int, start) == g_array_index (block->lines, int, (start + n - 1) % n))
    start++;
  for (guint done = 0; done < n;)
    {
      g_autoptr (GArray) front = bf_town_points_new ();
      int line = g_array_index (block->lines, int, (start + done) % n);
      const BfTownLine *street = bf_town_line (town, line);

      g_array_append_val (front, bf_town_point (block->points, (start + done) % n));
      do
        {
          done++;
          g_array_append_val (front, bf_town_point (block->points, (start + done) % n));
        }
      while (done < n && g_array_index (block->lines, int, (start + done) % n) == line);
      if (street->kind == BF_TOWN_LINE_ROAD && street->kept && street->rank != BF_TOWN_RANK_MOTORWAY
          && street->rank != BF_TOWN_RANK_PATH)
        build_row (town, block_index, first, front, line);
    }
  for (guint i = 0; i < block->inner->len; i++)
    {
      int line = g_array_index (block->inner, int, i);
      const GArray *points = bf_town_line (town, line)->points;
      g_autoptr (GArray) back = bf_town_points_new ();

      for (guint k = points->len; k-- > 0;)
        g_array_append_val (back, bf_town_point (points, k));
      build_row (town, block_index, first, points, line);
      build_row (town, block_index, first, back, line);
    }
}

typedef struct
{
  guint house;
  double along;
  gboolean left;
} Door;

static int
compare_door (gconstpointer a, gconstpointer b)
{
  double x = ((const Door *) a)->along, y = ((const Door *) b)->along;

  return (x > y) - (x < y);
}

static void
number_street (BfTown *town, const BfTownStreet *street, GPtrArray *doors_of_line)
{
  g_autoptr (GArray) doors = g_array_new (FALSE, FALSE, sizeof (Door));
  double base = 0;
  int next[2] = { 2, 1 };

  for (guint i = 0; i < street->lines->len; i++)
    {
      int line = g_array_index (street->lines, int, i);
      const GArray *points = bf_town_line (town, line)->points;
      GArray *houses = g_ptr_array_index (doors_of_line, line);

      for (guint k = 0; k < houses->len; k++)
        {
          Door door = { g_array_index (houses, guint, k), 0, FALSE };
          BfTownPoint p = g_array_index (town->houses, BfTownHouse, door.house).door, tangent = { 1, 0 }, q;
          double along = 0;

          bf_town_line_distance (points, p, &along);
          q = bf_town_at (points, along, &tangent);
          door.along = base + along;
          door.left = tangent.x * (p.y - q.y) - tangent.y * (p.x - q.x) > 0;
          g_array_append_val (doors, door);
        }
      base += bf_town_length (points, FALSE);
    }
  g_array_sort (doors, compare_door);
  for (guint i = 0; i < doors->len; i++)
    {
      Door *door = &g_array_index (doors, Door, i);

      g_array_index (town->houses, BfTownHouse, door->house).number = next[door->left];
      next[door->left] += 2;
    }
}

static void
count_inhabitants (BfTown *town)
{
  double total = 0;
  int left = town->size->inhabitants;
  BfTownDistrict *largest = NULL;

  for (guint i = 0; i < town->houses->len; i++)
    {
      const BfTownHouse *house = &g_array_index (town->houses, BfTownHouse, i);
      const BfTownBlock *block = g_ptr_array_index (town->blocks, house->block);
      BfTownDistrict *district = g_ptr_array_index (town->districts, MAX (block->district, 0));

      district->weight += house->inhabitants;
      total += house->inhabitants;
    }
  for (guint i = 0; i < town->districts->len; i++)
    {
      BfTownDistrict *district = g_ptr_array_index (town->districts, i);

      district->inhabitants = (int) (district->weight / total * town->size->inhabitants);
      left -= district->inhabitants;
      if (largest == NULL || district->inhabitants > largest->inhabitants)
        largest = district;
    }
  largest->inhabitants += left;
}

void
bf_town_build_houses (BfTown *town)
{
  g_autoptr (GPtrArray) doors_of_line = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);

  for (guint i = 0; i < town->blocks->len; i++)
    {
      const BfTownBlock *block = g_ptr_array_index (town->blocks, i);

      if (block->use == BF_TOWN_USE_BUILT || block->use == BF_TOWN_USE_INDUSTRY)
        build_block (town, i);
    }
  for (guint i = 0; i < town->lines->len; i++)
    g_ptr_array_add (doors_of_line, g_array_new (FALSE, FALSE, sizeof (guint)));
  for (guint i = 0; i < town->houses->len; i++)
    {
      int line = g_array_index (town->houses, BfTownHouse, i).line;

      g_array_append_val ((GArray *) g_ptr_array_index (doors_of_line, line), i);
    }
  for (guint i = 0; i < town->streets->len; i++)
    number_street (town, g_ptr_array_index (town->streets, i), doors_of_line);
  count_inhabitants (town);
}
