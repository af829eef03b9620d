/* SPDX-License-Identifier: EUPL-1.2 */
/* What fills and is emptied: an emptied container falls by a known amount at once. One low reading between high ones is a
 * glitch: a fall counts at once, but the points before it are forgotten only when the next reading confirms it. */

#include <math.h>

#include "rules/bf-series-private.h"

typedef struct
{
  BfSeries series;
  GArray *points; /* BfSeriesPoint */
  gint64 fall_us; /* G_MININT64: none seen */
  gboolean pending;
  BfSeriesPoint low; /* the reading that fell */
  double level;      /* from where */
} Fall;

static BfSeriesPoint *
point_at (const Fall *fall, guint i)
{
  return &g_array_index (fall->points, BfSeriesPoint, i);
}

static void
append_point (Fall *fall, BfSeriesPoint point)
{
  GArray *points = fall->points;

  g_array_append_val (points, point);
  if (points->len < BF_SERIES_POINTS)
    return;
  /* Every second one, the newest always: the whole time since the fall stays covered. */
  for (guint i = 0; i < points->len / 2; i++)
    *point_at (fall, i) = *point_at (fall, 2 * i + 1);
  g_array_set_size (points, points->len / 2);
}

/* Median of the last three readings. */
static double
recent_level (const Fall *fall)
{
  double values[3];
  guint n = MIN (3, fall->points->len);

  for (guint i = 0; i < n; i++)
    values[i] = point_at (fall, fall->points->len - 1 - i)->value;
  return bf_median (values, n);
}

static void
add_between_falls (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  Fall *fall = (Fall *) series;
  BfSeriesPoint point = { time_us, value };
  double level;

  if (fall->pending)
    {
      fall->pending = FALSE;
      if (value <= fall->level - fall->series.spec.fall / 2)
        {
          fall->fall_us = fall->low.time_us;
          g_array_set_size (fall->points, 0);
          append_point (fall, fall->low);
        }
    }
  level = recent_level (fall);
  if (level - value >= fall->series.spec.fall)
    {
      fall->pending = TRUE;
      fall->low = point;
      fall->level = level;
      return;
    }
  append_point (fall, point);
}

/**
 * bf_series_fill_rate:
 *
 * Returns: robust slope a second over the points since the last fall; of four points or more
 */
double
bf_series_fill_rate (const BfSeries *series)
{
  const Fall *fall = (const Fall *) series;
  gint64 times_us[BF_SERIES_POINTS];
  double values[BF_SERIES_POINTS];
  guint n = fall->points->len;

  if (fall->pending || n < BF_SERIES_LEAST_POINTS)
    return NAN;
  for (guint i = 0; i < n; i++)
    {
      times_us[i] = point_at (fall, i)->time_us;
      values[i] = point_at (fall, i)->value;
    }
  return bf_theil_sen (times_us, values, n);
}

double
bf_series_fill_time_to (const BfSeries *series, double target)
{
  const Fall *fall = (const Fall *) series;
  guint n = fall->points->len;

  if (n == 0 || fall->pending)
    return NAN;
  if (point_at (fall, n - 1)->value >= target)
    return 0;
  return bf_series_meets (point_at (fall, n - 1)->value, bf_series_fill_rate (series), target);
}

double
bf_series_since_fall (const BfSeries *series, gint64 now_us)
{
  const Fall *fall = (const Fall *) series;
  gint64 fall_us = fall->pending ? fall->low.time_us : fall->fall_us;

  return fall_us == G_MININT64 ? NAN : (double) (now_us - fall_us) / G_USEC_PER_SEC;
}

/* ---- Its way of remembering ---- */

static void
init (BfSeries *series)
{
  Fall *fall = (Fall *) series;

  fall->points = g_array_new (FALSE, FALSE, sizeof (BfSeriesPoint));
  fall->fall_us = G_MININT64;
}

static void
clear (BfSeries *series)
{
  g_array_unref (((Fall *) series)->points);
}

static void
step_back (BfSeries *series, gint64 step_us)
{
  Fall *fall = (Fall *) series;

  for (guint i = 0; i < fall->points->len; i++)
    point_at (fall, i)->time_us += step_us;
  fall->low.time_us += step_us;
  if (fall->fall_us != G_MININT64)
    fall->fall_us += step_us;
}

static void
save (const BfSeries *series, GArray *numbers)
{
  const Fall *fall = (const Fall *) series;

  bf_numbers_put_time (numbers, fall->fall_us);
  bf_numbers_put (numbers, fall->pending);
  bf_numbers_put_time (numbers, fall->low.time_us);
  bf_numbers_put (numbers, fall->low.value);
  bf_numbers_put (numbers, fall->level);
  for (guint i = 0; i < fall->points->len; i++)
    {
      bf_numbers_put_time (numbers, point_at (fall, i)->time_us);
      bf_numbers_put (numbers, point_at (fall, i)->value);
    }
}

static void
load (BfSeries *series, BfNumbers *numbers)
{
  Fall *fall = (Fall *) series;

  fall->fall_us = bf_numbers_take_time (numbers);
  fall->pending = bf_numbers_take_count (numbers) != 0;
  fall->low.time_us = bf_numbers_take_stamp (numbers);
  fall->low.value = bf_numbers_take (numbers);
  fall->level = bf_numbers_take (numbers);
  while (numbers->good && numbers->at < numbers->end && fall->points->len < BF_SERIES_POINTS - 1)
    {
      BfSeriesPoint point;

      point.time_us = bf_numbers_take_stamp (numbers);
      point.value = bf_numbers_take (numbers);
      g_array_append_val (fall->points, point);
    }
}

const BfSeriesClass bf_series_falling = { sizeof (Fall), init, clear, add_between_falls, NULL, step_back, save, load };
