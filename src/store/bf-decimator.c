/* SPDX-License-Identifier: EUPL-1.2 */
/* While the points are no more than asked for they are kept as they are; the first one over that turns them into time slots
 * of equal width, half as many as the points asked for, of which each keeps its least and its greatest value, so that no
 * peak is lost; a slot with a point that is not a number gives the newest of those in the place of its least value, so that what is not
 * known is not bridged. Memory is bounded by the number asked for. Points come oldest first; of one time the last given wins. */

#include "store/bf-decimator.h"

#include <math.h>

typedef struct
{
  gboolean used;
  BfSeriesPoint min;
  BfSeriesPoint max;
  gboolean some_unknown;
  BfSeriesPoint unknown;
} BfSlot;

struct _BfDecimator
{
  gint64 from_us;
  guint64 width_us; /* of a slot */
  guint max_points;
  guint n_slots;
  GArray *points; /* BfSeriesPoint, until there are too many */
  BfSlot *slots;
  gboolean pending;
  BfSeriesPoint last; /* not yet kept: one of the same time may follow */
};

/**
 * bf_decimator_new:
 * @max_points: at least 1; of less than 2 points none but the one slot's greatest could be kept, so 2 are
 */
BfDecimator *
bf_decimator_new (gint64 from_us, gint64 to_us, guint max_points)
{
  BfDecimator *decimator = g_new0 (BfDecimator, 1);
  guint64 span_us = to_us >= from_us ? (guint64) to_us - (guint64) from_us : 0;

  decimator->max_points = MAX (max_points, 2);
  decimator->n_slots = decimator->max_points / 2;
  decimator->from_us = from_us;
  decimator->width_us = span_us / decimator->n_slots;
  if (decimator->width_us < G_MAXUINT64)
    decimator->width_us++;
  decimator->points = g_array_new (FALSE, FALSE, sizeof (BfSeriesPoint));
  return decimator;
}

void
bf_decimator_free (BfDecimator *decimator)
{
  g_clear_pointer (&decimator->points, g_array_unref);
  g_free (decimator->slots);
  g_free (decimator);
}

static void
keep_in_slot (BfDecimator *decimator, const BfSeriesPoint *point)
{
  guint64 at = ((guint64) point->observed_us - (guint64) decimator->from_us) / decimator->width_us;
  BfSlot *slot = &decimator->slots[MIN (at, decimator->n_slots - 1)];

  if (isnan (point->value))
    {
      slot->some_unknown = TRUE;
      slot->unknown = *point;
      return;
    }
  if (!slot->used || point->value < slot->min.value)
    slot->min = *point;
  if (!slot->used || point->value > slot->max.value)
    slot->max = *point;
  slot->used = TRUE;
}

static void
keep (BfDecimator *decimator, const BfSeriesPoint *point)
{
  if (decimator->slots == NULL && decimator->points->len < decimator->max_points)
    {
      g_array_append_val (decimator->points, *point);
      return;
    }
  if (decimator->slots == NULL)
    {
      decimator->slots = g_new0 (BfSlot, decimator->n_slots);
      for (guint i = 0; i < decimator->points->len; i++)
        keep_in_slot (decimator, &g_array_index (decimator->points, BfSeriesPoint, i));
      g_array_set_size (decimator->points, 0);
    }
  keep_in_slot (decimator, point);
}

void
bf_decimator_add (BfDecimator *decimator, gint64 observed_us, double value)
{
  if (decimator->pending && decimator->last.observed_us != observed_us)
    keep (decimator, &decimator->last);
  decimator->last = (BfSeriesPoint){ observed_us, value };
  decimator->pending = TRUE;
}

/**
 * bf_decimator_finish:
 *
 * Returns: (transfer full) (element-type BfSeriesPoint): the points, oldest first; the decimator is then empty
 */
GArray *
bf_decimator_finish (BfDecimator *decimator)
{
  if (decimator->pending)
    keep (decimator, &decimator->last);
  decimator->pending = FALSE;
  for (guint i = 0; decimator->slots != NULL && i < decimator->n_slots; i++)
    {
      BfSlot *slot = &decimator->slots[i];
      gboolean min_first;

      if (slot->some_unknown)
        {
          slot->min = slot->unknown;
          if (!slot->used)
            slot->max = slot->unknown;
        }
      if (!slot->used && !slot->some_unknown)
        continue;
      min_first = slot->min.observed_us <= slot->max.observed_us;
      g_array_append_val (decimator->points, *(min_first ? &slot->min : &slot->max));
      if (slot->min.observed_us != slot->max.observed_us)
        g_array_append_val (decimator->points, *(min_first ? &slot->max : &slot->min));
    }
  return g_steal_pointer (&decimator->points);
}
