/* SPDX-License-Identifier: EUPL-1.2 */
/* Where the assets are: a list of points sorted along a Morton curve.
 *
 * Every cell of a quad tree is a run of the Morton order, at every level at once. So this one sorted list is the
 * grid of every zoom: a cell is found by two binary searches, holds no memory of its own, and points spread over
 * the whole world cost no more than points of one town. Sorting is a radix sort of three passes (1,000,000 points
 * in some tens of milliseconds), so that adding assets just sorts again.
 *
 * Immutable once made; any thread may read it.
 */
#include "bf-point-index.h"

#include <string.h>

#define DIGIT_BITS 16
#define N_DIGITS (1u << DIGIT_BITS)
#define N_PASSES 3

typedef struct
{
  guint64 key;
  guint32 point;
} Entry;

struct _BfPointIndex
{
  guint n;
  guint64 *keys;
  guint32 *order;
};

/* Spreads the 24 low bits of @v over the even bits. */
static guint64
spread (guint64 v)
{
  v &= 0xffffff;
  v = (v | v << 16) & G_GUINT64_CONSTANT (0x0000ffff0000ffff);
  v = (v | v << 8) & G_GUINT64_CONSTANT (0x00ff00ff00ff00ff);
  v = (v | v << 4) & G_GUINT64_CONSTANT (0x0f0f0f0f0f0f0f0f);
  v = (v | v << 2) & G_GUINT64_CONSTANT (0x3333333333333333);
  v = (v | v << 1) & G_GUINT64_CONSTANT (0x5555555555555555);
  return v;
}

static guint64
morton (guint64 x, guint64 y)
{
  return spread (x) | spread (y) << 1;
}

static void
radix_pass (const Entry *from, Entry *to, guint n, guint shift, guint32 *starts)
{
  guint32 sum = 0;

  memset (starts, 0, N_DIGITS * sizeof *starts);
  for (guint i = 0; i < n; i++)
    starts[from[i].key >> shift & (N_DIGITS - 1)]++;
  for (guint d = 0; d < N_DIGITS; d++)
    {
      guint32 count = starts[d];

      starts[d] = sum;
      sum += count;
    }
  for (guint i = 0; i < n; i++)
    to[starts[from[i].key >> shift & (N_DIGITS - 1)]++] = from[i];
}

/**
 * bf_point_index_new: (skip)
 * @n: number of points
 * @x: (array length=n): eastings in 1/2^32 of the Mercator square
 * @y: (array length=n): southings in the same unit
 *
 * Sorts the points. The arrays are not kept.
 *
 * Returns: (transfer full): the index
 */
BfPointIndex *
bf_point_index_new (guint n, const guint32 *x, const guint32 *y)
{
  BfPointIndex *self = g_new0 (BfPointIndex, 1);
  g_autofree Entry *a = g_new (Entry, MAX (n, 1));
  g_autofree Entry *b = g_new (Entry, MAX (n, 1));
  g_autofree guint32 *starts = g_new (guint32, N_DIGITS);
  guint shift = 32 - BF_POINT_INDEX_MAX_LEVEL;

  for (guint i = 0; i < n; i++)
    a[i] = (Entry){ morton (x[i] >> shift, y[i] >> shift), i };
  radix_pass (a, b, n, 0, starts);
  radix_pass (b, a, n, DIGIT_BITS, starts);
  radix_pass (a, b, n, 2 * DIGIT_BITS, starts);

  self->n = n;
  self->keys = g_new (guint64, MAX (n, 1));
  self->order = g_new (guint32, MAX (n, 1));
  for (guint i = 0; i < n; i++)
    {
      self->keys[i] = b[i].key;
      self->order[i] = b[i].point;
    }
  return self;
}

/**
 * bf_point_index_free: (skip)
 * @self: (transfer full) (nullable): an index
 */
void
bf_point_index_free (BfPointIndex *self)
{
  if (self == NULL)
    return;
  g_free (self->keys);
  g_free (self->order);
  g_free (self);
}

/**
 * bf_point_index_get_n: (skip)
 * @self: an index
 *
 * Returns: the number of points
 */
guint
bf_point_index_get_n (const BfPointIndex *self)
{
  return self->n;
}

/**
 * bf_point_index_get_order: (skip)
 * @self: an index
 *
 * Returns: (transfer none): the points' numbers in Morton order
 */
const guint32 *
bf_point_index_get_order (const BfPointIndex *self)
{
  return self->order;
}

static guint
lower_bound (const guint64 *keys, guint n, guint64 key)
{
  guint lo = 0, hi = n;

  while (lo < hi)
    {
      guint mid = lo + (hi - lo) / 2;

      if (keys[mid] < key)
        lo = mid + 1;
      else
        hi = mid;
    }
  return lo;
}

/**
 * bf_point_index_cell: (skip)
 * @self: an index
 * @level: the square is cut into 2^level × 2^level cells; at most %BF_POINT_INDEX_MAX_LEVEL
 * @cell_x: column of the cell
 * @cell_y: row of the cell
 * @ret_first: (out): first position of the cell in the order
 * @ret_end: (out): one past its last
 *
 * The run of the order that lies in one cell.
 */
void
bf_point_index_cell (const BfPointIndex *self, guint level, guint cell_x, guint cell_y, guint *ret_first,
                     guint *ret_end)
{
  guint up;
  guint64 low;

  g_return_if_fail (level <= BF_POINT_INDEX_MAX_LEVEL);

  up = 2 * (BF_POINT_INDEX_MAX_LEVEL - level);
  low = morton (cell_x, cell_y) << up;
  *ret_first = lower_bound (self->keys, self->n, low);
  *ret_end = *ret_first
             + lower_bound (self->keys + *ret_first, self->n - *ret_first, low + (G_GUINT64_CONSTANT (1) << up));
}
