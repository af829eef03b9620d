/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Housing estates (lotissements): a block too large for one row of houses on each side gets streets of its own that lead
 * nowhere else, a loop with two short ways out where it is broad enough, or cul-de-sacs.
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <math.h>

/* A cul-de-sac from the middle of one long side toward the heart of the block. */
static void
add_close (BfTown *town, BfTownBlock *block, double where)
{
  double length = bf_town_length (block->points, TRUE), along = where * length;
  BfTownPoint heart = bf_town_pole (block->points), start = { 0, 0 }, end, normal = { 0, 0 };
  GArray *points = bf_town_points_new ();
  int line = -1;

  for (guint i = 0; i < block->points->len; i++)
    {
      BfTownPoint a = bf_town_point (block->points, i), b = bf_town_point (block->points, (i + 1) % block->points->len);
      double edge = bf_town_distance (a, b);

      if (along <= edge)
        {
          start = bf_town_lerp (a, b, along / edge);
          normal = (BfTownPoint){ -(b.y - a.y) / edge, (b.x - a.x) / edge };
          line = g_array_index (block->lines, int, i);
          break;
        }
      along -= edge;
    }
  end = bf_town_lerp (start, heart, bf_town_between (town, 0.85, 1.1));
  if (line >= 0 && bf_town_line (town, line)->kind == BF_TOWN_LINE_ROAD && bf_town_line (town, line)->kept
      && bf_town_line (town, line)->rank < BF_TOWN_RANK_PRIMARY && bf_town_distance (start, end) > 55
      /* a dead end was drawn back from the edge of the fields: not from the part that is gone */
      && bf_town_line_distance (bf_town_line (town, line)->points, start, NULL) < 0.6)
    {
      double reach = bf_town_distance (start, end) * 0.55;
      BfTownPoint lead = { start.x + normal.x * reach, start.y + normal.y * reach };

      for (int i = 0; i <= 8; i++)
        {
          double t = i / 8.0;
          BfTownPoint p = bf_town_lerp (bf_town_lerp (start, lead, t), bf_town_lerp (lead, end, t), t);

          g_array_append_val (points, p);
        }
    }
  if (points->len > 0 && bf_town_chord_fits (block->points, points, 4))
    {
      gboolean clear = TRUE;

      for (guint k = 0; k < block->inner->len; k++)
        for (guint i = 0; i < points->len; i++)
          clear = clear
                  && bf_town_line_distance (bf_town_line (town, g_array_index (block->inner, int, k))->points,
                                            bf_town_point (points, i), NULL) > 34;
      if (clear)
        {
          int own = bf_town_add_line (town, BF_TOWN_LINE_ROAD, BF_TOWN_RANK_ALLEY, NULL, points);

          bf_town_line (town, own)->dead_end = TRUE;
          bf_town_line (town, own)->district = block->district;
          bf_town_line (town, own)->fabric = BF_TOWN_FABRIC_ESTATE;
          g_array_append_val (block->inner, own);
          return;
        }
    }
  g_array_unref (points);
}

/* A loop: the block's outline drawn in and rounded, and two short streets to it. */
static void
add_loop (BfTown *town, BfTownBlock *block)
{
  BfTownPoint heart = bf_town_pole (block->points);
  g_autoptr (GArray) controls = bf_town_points_new ();
  double length = bf_town_length (block->points, TRUE);
  g_autoptr (GArray) closed = bf_town_points_new ();
  GArray *loop;
  int line;

  g_array_append_vals (closed, block->points->data, block->points->len);
  bf_town_close (closed);
  for (int i = 0; i < 9; i++)
    {
      BfTownPoint p = bf_town_lerp (bf_town_at (closed, length * i / 9.0, NULL), heart, 0.47);

      g_array_append_val (controls, p);
    }
  loop = bf_town_spline ((const BfTownPoint *) (gpointer) controls->data, controls->len, TRUE, 14, NULL);
  bf_town_close (loop);
  if (!bf_town_chord_fits (block->points, loop, 30))
    {
      g_array_unref (loop);
      return;
    }
  line = bf_town_add_line (town, BF_TOWN_LINE_ROAD, BF_TOWN_RANK_ALLEY, NULL, loop);
  bf_town_line (town, line)->district = block->district;
  bf_town_line (town, line)->fabric = BF_TOWN_FABRIC_ESTATE;
  g_array_append_val (block->inner, line);
}

/* The short streets of a loop: from its nearest points to two kept roads around the block. */
static gboolean
connect_loop (BfTown *town, BfTownBlock *block)
{
  const GArray *loop = bf_town_line (town, g_array_index (block->inner, int, 0))->points;
  BfTownPoint first = { 0, 0 };
  guint made = 0;

  for (guint pass = 0; pass < 2; pass++)
    {
      double best = G_MAXDOUBLE;
      BfTownPoint from = { 0, 0 }, to = { 0, 0 };
      GArray *points;
      int line;

      for (guint i = 0; i < block->points->len; i++)
        {
          int around = g_array_index (block->lines, int, i);
          BfTownPoint a = bf_town_point (block->points, i), b = bf_town_point (block->points, (i + 1) % block->points->len);
          BfTownPoint p = bf_town_lerp (a, b, 0.5);

          if (bf_town_line (town, around)->kind != BF_TOWN_LINE_ROAD || !bf_town_line (town, around)->kept
              || bf_town_line (town, around)->dead_end || bf_town_line (town, around)->rank >= BF_TOWN_RANK_PRIMARY
              || (made > 0 && bf_town_distance (p, first) < 120))
            continue;
          for (guint k = 0; k < loop->len; k++)
            if (bf_town_distance (p, bf_town_point (loop, k)) < best)
              {
                best = bf_town_distance (p, bf_town_point (loop, k));
                from = p;
                to = bf_town_point (loop, k);
              }
        }
      if (best > 150)
        break;
      points = bf_town_points_new ();
      g_array_append_val (points, from);
      g_array_append_val (points, to);
      line = bf_town_add_line (town, BF_TOWN_LINE_ROAD, BF_TOWN_RANK_ALLEY, NULL, points);
      bf_town_line (town, line)->district = block->district;
      bf_town_line (town, line)->fabric = BF_TOWN_FABRIC_ESTATE;
      g_array_append_val (block->inner, line);
      first = from;
      made++;
    }
  return made > 0;
}

void
bf_town_fill_estate (BfTown *town, BfTownBlock *block)
{
  double area = bf_town_area (block->points), start = bf_town_random (town);
  double thick = bf_town_edge_distance (block->points, bf_town_pole (block->points));

  if (area > 30000 && thick > 66 && bf_town_random (town) < 0.6)
    add_loop (town, block);
  if (block->inner->len > 0)
    {
      if (!connect_loop (town, block))
        {
          bf_town_line (town, g_array_index (block->inner, int, 0))->kept = FALSE;
          g_array_set_size (block->inner, 0);
        }
      return;
    }
  for (int i = 0; i < 12; i++)
    if (block->inner->len < (guint) (area / 12000))
      add_close (town, block, fmod (start + i * 0.27, 1));
}
