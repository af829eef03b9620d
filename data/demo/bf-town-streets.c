/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * Streets: every face of the plan is split into blocks, again and again, across its long side, until the blocks have
 * the size of the fabric (old centre, grid by the station, faubourg, suburb, estate, slabs, industry, fields). A split
 * is a street, so streets always meet streets; a split never crosses a river bank or the rail, since these bound the
 * faces. A street of which no side is built in the end is dropped, and so the town thins out toward its edge.
 *
 * The splitting follows the procedure of Vanegas et al., "Procedural Generation of Parcels in Urban Modeling" (2012):
 * the smallest oriented bounding box gives the axis.
 */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-town.h"

#include <math.h>

typedef struct
{
  double area_m2;   /* a block is not split below this */
  double jitter;    /* radians off the perpendicular */
  double bow;       /* sideways swing, as a share of the length */
  double snap_m;    /* meet a junction this near */
} Fabric;

static const Fabric fabrics[] = {
  [BF_TOWN_FABRIC_MEDIEVAL] = { 3400, 0.22, 0.05, 9 }, [BF_TOWN_FABRIC_GRID] = { 9000, 0, 0, 12 },
  [BF_TOWN_FABRIC_FAUBOURG] = { 10500, 0.10, 0.03, 18 }, [BF_TOWN_FABRIC_SUBURB] = { 15000, 0.12, 0.08, 24 },
  [BF_TOWN_FABRIC_ESTATE] = { 52000, 0.12, 0.12, 30 }, [BF_TOWN_FABRIC_SLABS] = { 30000, 0.04, 0.05, 25 },
  [BF_TOWN_FABRIC_INDUSTRY] = { 46000, 0.03, 0.0, 30 }, [BF_TOWN_FABRIC_FIELDS] = { 150000, 0.2, 0.03, 30 },
};

/* The grid by the station: turned with the avenue, blocks of 96 m by 78 m. */
#define GRID_ANGLE 0.93
#define GRID_U 104.0
#define GRID_V 86.0

BfTownBlock *
bf_town_block_new (void)
{
  BfTownBlock *block = g_new0 (BfTownBlock, 1);

  block->points = bf_town_points_new ();
  block->lines = g_array_new (FALSE, FALSE, sizeof (int));
  block->inner = g_array_new (FALSE, FALSE, sizeof (int));
  block->district = -1;
  return block;
}

void
bf_town_block_free (BfTownBlock *block)
{
  g_array_unref (block->points);
  g_array_unref (block->lines);
  g_array_unref (block->inner);
  g_free (block);
}

typedef struct
{
  BfTownPoint centre;
  double angle; /* of the long side */
  double length, width;
} Box;

static Box
smallest_box (const GArray *polygon, double step, double fixed_angle)
{
  Box best = { { 0, 0 }, 0, 0, 0 };
  double best_area = G_MAXDOUBLE;

  for (double angle = step > 0 ? 0 : fixed_angle; angle < G_PI_2 + fixed_angle; angle += step > 0 ? step : 10)
    {
      double c = cos (angle), s = sin (angle);
      double u0 = G_MAXDOUBLE, u1 = -G_MAXDOUBLE, v0 = G_MAXDOUBLE, v1 = -G_MAXDOUBLE;

      for (guint i = 0; i < polygon->len; i++)
        {
          BfTownPoint p = bf_town_point (polygon, i);
          double u = p.x * c + p.y * s, v = -p.x * s + p.y * c;

          u0 = MIN (u0, u);
          u1 = MAX (u1, u);
          v0 = MIN (v0, v);
          v1 = MAX (v1, v);
        }
      if ((u1 - u0) * (v1 - v0) < best_area)
        {
          double cu = (u0 + u1) / 2, cv = (v0 + v1) / 2;
          gboolean along_u = u1 - u0 >= v1 - v0;

          best_area = (u1 - u0) * (v1 - v0);
          best.centre = (BfTownPoint){ cu * c - cv * s, cu * s + cv * c };
          best.angle = along_u ? angle : angle + G_PI_2;
          best.length = MAX (u1 - u0, v1 - v0);
          best.width = MIN (u1 - u0, v1 - v0);
        }
    }
  return best;
}

typedef struct
{
  double t; /* along the cutting line */
  guint edge;
  BfTownPoint at;
} Hit;

static int
compare_hit (gconstpointer a, gconstpointer b)
{
  double x = ((const Hit *) a)->t, y = ((const Hit *) b)->t;

  return (x > y) - (x < y);
}

/* The longest stretch of the line through `through` that lies inside the polygon. */
static gboolean
find_chord (const GArray *polygon, BfTownPoint through, double angle, Hit *ret_a, Hit *ret_b)
{
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (Hit));
  BfTownPoint a = { through.x - 9000 * cos (angle), through.y - 9000 * sin (angle) };
  BfTownPoint b = { through.x + 9000 * cos (angle), through.y + 9000 * sin (angle) };
  double best = 0;

  for (guint i = 0; i < polygon->len; i++)
    {
      BfTownPoint c = bf_town_point (polygon, i), d = bf_town_point (polygon, (i + 1) % polygon->len);
      Hit hit = { 0, i, { 0, 0 } };

      if (!bf_town_segments_cross (a, b, c, d, &hit.t, NULL))
        continue;
      hit.at = bf_town_lerp (a, b, hit.t);
      g_array_append_val (hits, hit);
    }
  g_array_sort (hits, compare_hit);
  for (guint i = 0; i + 1 < hits->len; i++)
    {
      Hit *p = &g_array_index (hits, Hit, i), *q = &g_array_index (hits, Hit, i + 1);

      if (q->t - p->t > best && p->edge != q->edge && bf_town_inside (polygon, bf_town_lerp (p->at, q->at, 0.5)))
        {
          best = q->t - p->t;
          *ret_a = *p;
          *ret_b = *q;
        }
    }
  return best > 0;
}

/* Meet a vertex of the polygon on the same line that is near: a crossing instead of two offset junctions. */
static void
snap_hit (BfTown *town, GArray *junctions, const BfTownBlock *block, Hit *hit, double snap_m)
{
  BfTownPoint a = bf_town_point (block->points, hit->edge);
  BfTownPoint b = bf_town_point (block->points, (hit->edge + 1) % block->points->len);
  double best = snap_m;
  BfTownPoint found = hit->at;

  for (guint i = 0; i < junctions->len; i++)
    {
      BfTownPoint j = g_array_index (junctions, BfTownPoint, i);
      double distance;

      if (fabs (j.x - hit->at.x) > best || fabs (j.y - hit->at.y) > best)
        continue;
      distance = bf_town_distance (j, hit->at);
      if (distance < best && bf_town_segment_distance (j, a, b, NULL) < 0.02)
        {
          best = distance;
          found = j;
        }
    }
  hit->at = found;
}

gboolean
bf_town_chord_fits (const GArray *polygon, const GArray *chord, double clear_m)
{
  for (guint i = 1; i + 1 < chord->len; i++)
    {
      BfTownPoint p = bf_town_point (chord, i);

      if (!bf_town_inside (polygon, p) || bf_town_edge_distance (polygon, p) < clear_m)
        return FALSE;
    }
  return TRUE;
}

static GArray *
draw_chord (BfTown *town, const BfTownBlock *block, BfTownPoint a, BfTownPoint b)
{
  const Fabric *fabric = &fabrics[block->fabric];
  double length = bf_town_distance (a, b);
  double swing = fabric->bow * length * bf_town_between (town, -1, 1);
  gboolean wave = bf_town_random (town) < 0.35;
  guint steps = fabric->bow > 0 ? (guint) CLAMP (length / 22, 1, 14) : 1;
  GArray *chord = bf_town_points_new ();

  for (guint i = 0; i <= steps; i++)
    {
      double t = (double) i / steps, off = swing * (wave ? 0.8 * sin (2 * G_PI * t) : sin (G_PI * t));
      BfTownPoint p = bf_town_lerp (a, b, t);

      p.x += -(b.y - a.y) / length * off;
      p.y += (b.x - a.x) / length * off;
      if (i == 0)
        p = a;
      if (i == steps)
        p = b;
      g_array_append_val (chord, p);
    }
  if (bf_town_chord_fits (block->points, chord, 7))
    return chord;
  g_array_set_size (chord, 0);
  g_array_append_val (chord, a);
  g_array_append_val (chord, b);
  return chord;
}

/* The part of the block from hit `from` on around to hit `to`, closed by the chord. */
static BfTownBlock *
cut_side (const BfTownBlock *block, const Hit *from, const Hit *to, const GArray *chord, gboolean reversed, int line)
{
  BfTownBlock *side = bf_town_block_new ();
  guint n = block->points->len;

  side->district = block->district;
  side->fabric = block->fabric;
  side->depth = block->depth + 1;
  g_array_append_val (side->points, from->at);
  g_array_append_val (side->lines, g_array_index (block->lines, int, from->edge));
  for (guint i = (from->edge + 1) % n;; i = (i + 1) % n)
    {
      BfTownPoint p = bf_town_point (block->points, i);

      if (bf_town_distance (p, bf_town_point (side->points, side->points->len - 1)) > 0.02)
        {
          g_array_append_val (side->points, p);
          g_array_append_val (side->lines, g_array_index (block->lines, int, i));
        }
      else
        g_array_index (side->lines, int, side->lines->len - 1) = g_array_index (block->lines, int, i);
      if (i == to->edge)
        break;
    }
  if (bf_town_distance (to->at, bf_town_point (side->points, side->points->len - 1)) < 0.02)
    {
      g_array_set_size (side->points, side->points->len - 1);
      g_array_set_size (side->lines, side->lines->len - 1);
    }
  for (guint i = 0; i + 1 < chord->len; i++)
    {
      BfTownPoint p = bf_town_point (chord, reversed ? chord->len - 1 - i : i);

      g_array_append_val (side->points, p);
      g_array_append_val (side->lines, line);
    }
  return side;
}

static gboolean
choose_cut (BfTown *town, const BfTownBlock *block, guint attempt, BfTownPoint *ret_through, double *ret_angle)
{
  const Fabric *fabric = &fabrics[block->fabric];
  gboolean grid = block->fabric == BF_TOWN_FABRIC_GRID;
  Box box = smallest_box (block->points, grid ? 0 : G_PI / 36, grid ? GRID_ANGLE : 0);
  double shift = box.length * bf_town_between (town, -0.11, 0.11);

  if (attempt >= 4 && box.width < 60)
    return FALSE;
  *ret_angle = box.angle + (attempt % 2 == 1 && box.width > box.length * 0.7 ? 0 : G_PI_2);
  if (grid)
    {
      gboolean along_u = fabs (remainder (box.angle - GRID_ANGLE, G_PI)) < 0.1;
      double spacing = along_u ? GRID_U : GRID_V;
      double position = box.centre.x * cos (box.angle) + box.centre.y * sin (box.angle);

      *ret_angle = box.angle + G_PI_2;
      shift = round (position / spacing) * spacing - position;
      if (box.length < spacing * 1.5 || fabs (shift) > box.length * 0.4)
        return FALSE;
    }
  else
    *ret_angle += bf_town_between (town, -fabric->jitter, fabric->jitter);
  *ret_through = (BfTownPoint){ box.centre.x + shift * cos (box.angle), box.centre.y + shift * sin (box.angle) };
  return TRUE;
}

static BfTownRank
rank_of_cut (const BfTownBlock *block, double length)
{
  if (block->fabric == BF_TOWN_FABRIC_FIELDS)
    return BF_TOWN_RANK_PATH;
  if (block->fabric == BF_TOWN_FABRIC_MEDIEVAL)
    return length < 75 ? BF_TOWN_RANK_ALLEY : BF_TOWN_RANK_STREET;
  return BF_TOWN_RANK_STREET;
}

static gboolean
split_block (BfTown *town, GArray *junctions, const BfTownBlock *block, BfTownBlock **ret_left, BfTownBlock **ret_right)
{
  const Fabric *fabric = &fabrics[block->fabric];

  for (guint attempt = 0; attempt < 8; attempt++)
    {
      BfTownPoint through;
      double angle, small = block->fabric == BF_TOWN_FABRIC_FIELDS ? 3500 : fabric->area_m2 * 0.34;
      Hit a, b;
      g_autoptr (GArray) chord = NULL;
      BfTownBlock *left, *right;
      int line = (int) town->lines->len;

      if (!choose_cut (town, block, attempt, &through, &angle)
          || !find_chord (block->points, through, angle, &a, &b))
        continue;
      snap_hit (town, junctions, block, &a, fabric->snap_m);
      snap_hit (town, junctions, block, &b, fabric->snap_m);
      if (bf_town_distance (a.at, b.at) < 18)
        continue;
      chord = draw_chord (town, block, a.at, b.at);
      left = cut_side (block, &b, &a, chord, FALSE, line);
      right = cut_side (block, &a, &b, chord, TRUE, line);
      if (bf_town_area (left->points) < small || bf_town_area (right->points) < small)
        {
          bf_town_block_free (left);
          bf_town_block_free (right);
          continue;
        }
      bf_town_add_line (town, BF_TOWN_LINE_ROAD, rank_of_cut (block, bf_town_distance (a.at, b.at)), NULL, g_array_ref (chord));
      bf_town_line (town, line)->district = block->district;
      bf_town_line (town, line)->fabric = block->fabric;
      g_array_append_val (junctions, a.at);
      g_array_append_val (junctions, b.at);
      *ret_left = left;
      *ret_right = right;
      return TRUE;
    }
  return FALSE;
}

/* Villages that the town has not reached yet, each on a road. */
static const BfTownPoint hamlets[] = { { 205, 2560 }, { 2560, 1880 }, { -2430, 1170 }, { 1430, -2690 }, { -1390, -2410 }, { 2560, 230 } };

static double
hamlet_distance (BfTownPoint p)
{
  double best = G_MAXDOUBLE;

  for (guint i = 0; i < G_N_ELEMENTS (hamlets); i++)
    best = MIN (best, bf_town_distance (p, hamlets[i]));
  return best;
}

static double
block_limit (BfTown *town, const BfTownBlock *block)
{
  double limit = fabrics[block->fabric].area_m2;
  BfTownPoint p = bf_town_centroid (block->points);

  if (block->fabric == BF_TOWN_FABRIC_FIELDS)
    {
      for (guint i = 0; i < G_N_ELEMENTS (hamlets); i++)
        if (bf_town_inside (block->points, hamlets[i]) || bf_town_edge_distance (block->points, hamlets[i]) < 120)
          return 13000;
      return limit;
    }
  if (block->fabric == BF_TOWN_FABRIC_SUBURB && bf_town_noise (p.x / 420 + 9, p.y / 420) > 0.55)
    limit = fabrics[BF_TOWN_FABRIC_ESTATE].area_m2 * 0.8;
  if (block->fabric == BF_TOWN_FABRIC_SUBURB || block->fabric == BF_TOWN_FABRIC_FAUBOURG)
    limit *= CLAMP (0.6 + (hypot (p.x, p.y) - 500) / 1600, 0.7, 1.3);
  return limit * bf_town_between (town, 0.75, 1.35);
}

static void
split_face (BfTown *town, GArray *junctions, BfTownBlock *face)
{
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();

  g_ptr_array_add (stack, face);
  while (stack->len > 0)
    {
      BfTownBlock *block = g_ptr_array_steal_index (stack, stack->len - 1), *left, *right;

      if (block->fabric >= BF_TOWN_FABRIC_MEDIEVAL && bf_town_area (block->points) > block_limit (town, block)
          && split_block (town, junctions, block, &left, &right))
        {
          g_ptr_array_add (stack, left);
          g_ptr_array_add (stack, right);
          bf_town_block_free (block);
        }
      else
        g_ptr_array_add (town->blocks, block);
    }
}

static gboolean
touches_bypass (BfTown *town, const BfTownBlock *block)
{
  for (guint i = 0; i < block->lines->len; i++)
    if (bf_town_line (town, g_array_index (block->lines, int, i))->rank == BF_TOWN_RANK_MOTORWAY)
      return TRUE;
  return FALSE;
}

static void
decide_use (BfTown *town, BfTownBlock *block)
{
  BfTownPoint p = bf_town_pole (block->points);
  double thin = 2 * fabs (bf_town_area (block->points)) / bf_town_length (block->points, TRUE);
  double wild = bf_town_noise (p.x / 330, p.y / 330 + 40);

  block->use = BF_TOWN_USE_OPEN;
  if (block->fabric == BF_TOWN_FABRIC_FIELDS)
    {
      if (hamlet_distance (p) > 190 || bf_town_area (block->points) > 25000)
        return;
      block->fabric = BF_TOWN_FABRIC_SUBURB;
      block->use = BF_TOWN_USE_BUILT;
    }
  else if (block->fabric == BF_TOWN_FABRIC_INDUSTRY)
    block->use = BF_TOWN_USE_INDUSTRY;
  else if (block->fabric != BF_TOWN_FABRIC_NONE && block->fabric != BF_TOWN_FABRIC_SQUARE && thin > 9
           && !touches_bypass (town, block))
    block->use = (block->fabric >= BF_TOWN_FABRIC_SUBURB && hypot (p.x, p.y) > 1250 && wild > 0.64) || (hypot (p.x, p.y) > 1600 && wild > 0.52) ? BF_TOWN_USE_OPEN : BF_TOWN_USE_BUILT;
}

static const struct
{
  double x, y;
  const char *name;
  double area_m2;
} parks[] = {
  { -240, 560, "Jardin de l'Arquebuse", 26000 },
  { -720, -195, "Promenade des Lavandières", 9000 },
  { 1180, -620, "Parc de la Claire", 40000 },
  { -1010, -420, "Pré aux Ânes", 36000 },
  { 700, -660, "Jardin du Halage", 11000 },
  { -1430, 760, "Parc des Peupliers", 52000 },
  { 650, 1380, "Parc du Clos-Vougeois", 45000 },
  { -300, -1560, "Parc de Bellevue", 42000 },
  { 330, -130, "Jardin des Ursulines", 4200 },
  { 960, 330, "Square du Maréchal-Foch", 9000 },
  { -700, 1420, "Bois du Vallon", 70000 },
};

/* A park takes the built blocks nearest to the place that the plan gives it, up to its size. */
static void
make_parks (BfTown *town)
{
  for (guint k = 0; k < G_N_ELEMENTS (parks); k++)
    {
      BfTownPoint centre = { parks[k].x, parks[k].y };
      double area = 0;

      while (area < parks[k].area_m2 * 0.7)
        {
          BfTownBlock *best = NULL;
          double nearest = 260;

          for (guint i = 0; i < town->blocks->len; i++)
            {
              BfTownBlock *block = g_ptr_array_index (town->blocks, i);
              double distance = bf_town_inside (block->points, centre) ? 0 : bf_town_edge_distance (block->points, centre);

              if (block->use == BF_TOWN_USE_BUILT && distance < nearest)
                {
                  nearest = distance;
                  best = block;
                }
            }
          if (best == NULL)
            break;
          best->use = BF_TOWN_USE_PARK;
          best->name = area == 0 ? parks[k].name : NULL;
          area += bf_town_area (best->points);
        }
    }
}

/* A street stays when a built block lies along it. */
static void
drop_useless (BfTown *town, guint first)
{
  g_autofree guint8 *useful = g_new0 (guint8, town->lines->len);

  for (guint i = 0; i < town->blocks->len; i++)
    {
      BfTownBlock *block = g_ptr_array_index (town->blocks, i);
      gboolean serves = block->use == BF_TOWN_USE_BUILT || block->use == BF_TOWN_USE_INDUSTRY;

      for (guint k = 0; k < block->lines->len; k++)
        useful[g_array_index (block->lines, int, k)] |= serves ? 1 : 0;
    }
  for (guint i = first; i < town->lines->len; i++)
    {
      BfTownLine *line = bf_town_line (town, i);

      line->kept = useful[i] || (line->rank == BF_TOWN_RANK_PATH && i % 3 == 0);
      if (line->rank == BF_TOWN_RANK_PATH && useful[i])
        {
          line->rank = BF_TOWN_RANK_STREET;
          line->fabric = BF_TOWN_FABRIC_SUBURB;
        }
    }
}

/* How an end of a street meets the rest: on a road, or short of a bank, the rail or the edge of the fields. */
static gboolean
ends_on_road (BfTown *town, int self, BfTownPoint end)
{
  for (guint i = 0; i < town->lines->len; i++)
    {
      BfTownLine *line = bf_town_line (town, i);

      if ((int) i != self && line->kept && line->kind == BF_TOWN_LINE_ROAD && line->rank != BF_TOWN_RANK_MOTORWAY
          && bf_town_line_distance (line->points, end, NULL) < 0.6)
        return TRUE;
    }
  return FALSE;
}

static GArray *
shorten (const GArray *points, double head_m, double tail_m)
{
  GArray *cut = bf_town_points_new ();
  double length = bf_town_length (points, FALSE), along = 0;
  BfTownPoint p = bf_town_at (points, head_m, NULL);

  g_array_append_val (cut, p);
  for (guint i = 1; i < points->len; i++)
    {
      along += bf_town_distance (bf_town_point (points, i - 1), bf_town_point (points, i));
      if (along > head_m + 1 && along < length - tail_m - 1)
        g_array_append_val (cut, bf_town_point (points, i));
    }
  p = bf_town_at (points, length - tail_m, NULL);
  g_array_append_val (cut, p);
  return cut;
}

static void
trim_ends (BfTown *town, guint first)
{
  for (gboolean again = TRUE; again;)
    {
      again = FALSE;
      for (guint i = first; i < town->lines->len; i++)
        {
          BfTownLine *line = bf_town_line (town, i);
          double length = bf_town_length (line->points, FALSE), trim = CLAMP (length * 0.2, 10, 26);
          gboolean head, tail;
          GArray *cut;

          if (!line->kept || line->dead_end)
            continue;
          head = ends_on_road (town, (int) i, bf_town_point (line->points, 0));
          tail = ends_on_road (town, (int) i, bf_town_point (line->points, line->points->len - 1));
          if (head && tail)
            continue;
          again = TRUE;
          if ((!head && !tail) || length < 40)
            {
              line->kept = FALSE;
              continue;
            }
          cut = shorten (line->points, head ? 0 : trim, tail ? 0 : trim);
          g_array_unref (line->points);
          line->points = cut;
          line->dead_end = TRUE;
        }
    }
}

/* No street came: no houses either. */
static void
give_back (BfTown *town)
{
  for (guint i = 0; i < town->blocks->len; i++)
    {
      BfTownBlock *block = g_ptr_array_index (town->blocks, i);
      gboolean served = FALSE;

      for (guint k = 0; k < block->lines->len; k++)
        {
          const BfTownLine *line = bf_town_line (town, g_array_index (block->lines, int, k));

          served = served || (line->kind == BF_TOWN_LINE_ROAD && line->kept && line->rank > BF_TOWN_RANK_PATH && line->rank < BF_TOWN_RANK_MOTORWAY);
        }
      if (!served && (block->use == BF_TOWN_USE_BUILT || block->use == BF_TOWN_USE_INDUSTRY))
        block->use = BF_TOWN_USE_OPEN;
    }
}

void
bf_town_lay_streets (BfTown *town)
{
  g_autoptr (GArray) junctions = bf_town_points_new ();
  guint first = town->lines->len;

  for (guint i = 0; i < town->pieces->len; i++)
    {
      const BfTownPiece *piece = g_ptr_array_index (town->pieces, i);

      g_array_append_val (junctions, bf_town_point (piece->points, 0));
    }
  while (town->faces->len > 0)
    {
      BfTownBlock *face = g_ptr_array_steal_index (town->faces, 0);

      if (bf_town_area (face->points) <= 0)
        bf_town_block_free (face);
      else
        split_face (town, junctions, face);
    }
  for (guint i = 0; i < town->blocks->len; i++)
    decide_use (town, g_ptr_array_index (town->blocks, i));
  make_parks (town);
  drop_useless (town, first);
  trim_ends (town, first);
  give_back (town);
  for (guint i = 0; i < town->blocks->len; i++)
    {
      BfTownBlock *block = g_ptr_array_index (town->blocks, i);

      if (block->use == BF_TOWN_USE_BUILT && bf_town_area (block->points) > 24000
          && (block->fabric == BF_TOWN_FABRIC_SUBURB || block->fabric == BF_TOWN_FABRIC_ESTATE
              || block->fabric == BF_TOWN_FABRIC_FAUBOURG))
        bf_town_fill_estate (town, block);
    }
  for (guint i = first; i < town->lines->len; i++)
    {
      BfTownLine *line = bf_town_line (town, i);
      BfTownPiece *piece;

      if (!line->kept)
        continue;
      piece = g_new0 (BfTownPiece, 1);
      piece->line = (int) i;
      piece->points = g_array_ref (line->points);
      g_ptr_array_add (town->pieces, piece);
    }
}
