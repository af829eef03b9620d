/* SPDX-License-Identifier: EUPL-1.2 */
/* Points sorted by square cells of a thousandth of a degree, row after row; only cells that hold a point are kept, so one
 * wrong point far away costs nothing (a grid over the bounding box would become one cell). A row is found by bisection,
 * its cells lie side by side. */

#include "model/bf-point-index-private.h"

#include <math.h>
#include <stdlib.h>

#define CELLS_PER_DEGREE 1000
#define ROW_SHIFT 20
#define METRES_PER_DEGREE 111195.0
#define FIXED 1e7

typedef struct
{
  guint64 key; /* row << ROW_SHIFT | column */
  guint32 start;
} Cell;

typedef struct
{
  guint64 key;
  guint32 point;
} Keyed;

struct _BfPointIndex
{
  const BfFixedPoint *points; /* not owned */
  guint32 *order;             /* points by cell */
  Cell *cells;                /* n_cells + 1 */
  guint n_cells;
};

BfFixedPoint
bf_fixed_point (BfPoint point)
{
  return (BfFixedPoint){ (gint32) lround (point.lon * FIXED), (gint32) lround (point.lat * FIXED) };
}

BfPoint
bf_fixed_point_get (BfFixedPoint point)
{
  return (BfPoint){ point.lon / FIXED, point.lat / FIXED };
}

static gint64
column_of (double lon)
{
  return (gint64) floor ((CLAMP (lon, -180.0, 180.0) + 180) * CELLS_PER_DEGREE);
}

static gint64
row_of (double lat)
{
  return (gint64) floor ((CLAMP (lat, -90.0, 90.0) + 90) * CELLS_PER_DEGREE);
}

static guint64
key_of (gint64 row, gint64 column)
{
  return (guint64) row << ROW_SHIFT | (guint64) column;
}

static int
compare_keyed (const void *a, const void *b)
{
  const Keyed *x = a;
  const Keyed *y = b;

  if (x->key != y->key)
    return x->key < y->key ? -1 : 1;
  return x->point < y->point ? -1 : x->point > y->point;
}

/*
 * bf_point_index_new:
 * @points: (transfer none): must outlive the index
 */
BfPointIndex *
bf_point_index_new (const BfFixedPoint *points, guint n_points)
{
  BfPointIndex *index = g_new0 (BfPointIndex, 1);
  g_autofree Keyed *keyed = g_new (Keyed, MAX (n_points, 1));

  for (guint i = 0; i < n_points; i++)
    {
      BfPoint point = bf_fixed_point_get (points[i]);

      keyed[i] = (Keyed){ key_of (row_of (point.lat), column_of (point.lon)), i };
    }
  qsort (keyed, n_points, sizeof *keyed, compare_keyed);
  index->points = points;
  index->order = g_new (guint32, MAX (n_points, 1));
  for (guint i = 0; i < n_points; i++)
    {
      index->order[i] = keyed[i].point;
      index->n_cells += i == 0 || keyed[i].key != keyed[i - 1].key;
    }
  index->cells = g_new (Cell, index->n_cells + 1);
  index->cells[index->n_cells] = (Cell){ G_MAXUINT64, n_points };
  for (guint i = 0, cell = 0; i < n_points; i++)
    if (i == 0 || keyed[i].key != keyed[i - 1].key)
      index->cells[cell++] = (Cell){ keyed[i].key, i };
  return index;
}

void
bf_point_index_free (BfPointIndex *index)
{
  if (index == NULL)
    return;
  g_free (index->order);
  g_free (index->cells);
  g_free (index);
}

/* First cell whose key is not below @key. */
static guint
lower_bound (const BfPointIndex *index, guint64 key)
{
  guint low = 0;
  guint high = index->n_cells;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (index->cells[middle].key < key)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static guint
insert_near (BfNear *near, guint n, guint max, BfNear found)
{
  guint at = n;

  if (n == max)
    {
      if (found.distance_m >= near[n - 1].distance_m)
        return n;
      at = n - 1;
    }
  for (; at > 0 && near[at - 1].distance_m > found.distance_m; at--)
    near[at] = near[at - 1];
  near[at] = found;
  return MIN (n + 1, max);
}

static guint
search_box (const BfPointIndex *index, BfPoint at, double radius_m, BfNear *ret_near, guint max)
{
  double dlat = radius_m / METRES_PER_DEGREE * 1.01;
  double dlon = dlat / MAX (cos ((fabs (at.lat) + dlat) * G_PI / 180), 1e-3);
  gint64 west = column_of (at.lon - dlon);
  gint64 east = column_of (at.lon + dlon);
  gint64 south = MAX (row_of (at.lat - dlat), (gint64) (index->cells[0].key >> ROW_SHIFT));
  gint64 north = MIN (row_of (at.lat + dlat), (gint64) (index->cells[index->n_cells - 1].key >> ROW_SHIFT));
  guint n = 0;

  for (gint64 row = south; row <= north; row++)
    for (guint cell = lower_bound (index, key_of (row, west)); index->cells[cell].key <= key_of (row, east); cell++)
      for (guint32 i = index->cells[cell].start; i < index->cells[cell + 1].start; i++)
        {
          BfPoint point = bf_fixed_point_get (index->points[index->order[i]]);
          BfNear found = { index->order[i], 0 };

          if (fabs (point.lat - at.lat) > dlat || fabs (point.lon - at.lon) > dlon)
            continue;
          found.distance_m = bf_geo_distance_m (at, point);
          if (found.distance_m <= radius_m)
            n = insert_near (ret_near, n, max, found);
        }
  return n;
}

/*
 * bf_point_index_near:
 *
 * Looks in a small circle first: where points are dense it holds enough of them.
 *
 * Returns: how many of @ret_near are filled: the nearest within @radius_m, nearest first, at most @max
 */
guint
bf_point_index_near (const BfPointIndex *index, BfPoint at, double radius_m, BfNear *ret_near, guint max)
{
  if (index->n_cells == 0 || max == 0 || !isfinite (at.lon) || !isfinite (at.lat) || !(radius_m >= 0))
    return 0;
  for (double r = 40; r < radius_m; r *= 3)
    if (search_box (index, at, r, ret_near, max) == max)
      return max;
  return search_box (index, at, radius_m, ret_near, max);
}
