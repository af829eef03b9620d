/* SPDX-License-Identifier: EUPL-1.2 */
/* What a chart needs to know of a time series: columns, gaps, ticks.
 *
 * A pixel column shows the least and the greatest of its values, so that a peak of one minute is seen in a chart
 * of a month. A value that is not a number is no value. Times are sorted, µs UTC. Pure functions, any thread.
 */
#include "bf-series.h"

#include <math.h>

/**
 * bf_series_is_sorted: (skip)
 * @n: number of points
 * @time_us: (array length=n): times
 *
 * Returns: whether no time is before the one before it
 */
gboolean
bf_series_is_sorted (guint n, const gint64 *time_us)
{
  for (guint i = 1; i < n; i++)
    if (time_us[i] < time_us[i - 1])
      return FALSE;
  return TRUE;
}

static guint
lower_bound (guint n, const gint64 *time_us, gint64 at_us)
{
  guint lo = 0, hi = n;

  while (lo < hi)
    {
      guint mid = lo + (hi - lo) / 2;

      if (time_us[mid] < at_us)
        lo = mid + 1;
      else
        hi = mid;
    }
  return lo;
}

/**
 * bf_series_columns: (skip)
 * @n: number of points
 * @time_us: (array length=n): sorted times
 * @value: (array length=n): values
 * @from_us: left edge
 * @to_us: right edge, after @from_us
 * @n_columns: number of pixel columns
 * @ret_columns: (out caller-allocates) (array length=n_columns): the columns
 */
void
bf_series_columns (guint n, const gint64 *time_us, const double *value, gint64 from_us, gint64 to_us, guint n_columns,
                   BfSeriesColumn *ret_columns)
{
  double per_us = (double) n_columns / (double) (to_us - from_us);

  for (guint c = 0; c < n_columns; c++)
    ret_columns[c] = (BfSeriesColumn){ 0 };
  for (guint i = lower_bound (n, time_us, from_us); i < n && time_us[i] <= to_us; i++)
    {
      guint c = MIN ((guint) ((double) (time_us[i] - from_us) * per_us), n_columns - 1);
      BfSeriesColumn *column = &ret_columns[c];

      if (!isfinite (value[i]))
        continue;
      if (column->n++ == 0)
        {
          column->min = column->max = column->first = value[i];
          column->first_us = time_us[i];
        }
      column->min = MIN (column->min, value[i]);
      column->max = MAX (column->max, value[i]);
      column->last = value[i];
      column->last_us = time_us[i];
    }
}

/**
 * bf_series_gaps: (skip)
 * @n: number of points
 * @time_us: (array length=n): sorted times
 * @value: (array length=n): values
 * @from_us: left edge
 * @to_us: right edge
 * @limit_us: the longest time between two values that is no gap
 *
 * Returns: (transfer full) (element-type BfSeriesGap): where there is no data, the edges too
 */
GArray *
bf_series_gaps (guint n, const gint64 *time_us, const double *value, gint64 from_us, gint64 to_us, gint64 limit_us)
{
  GArray *gaps = g_array_new (FALSE, FALSE, sizeof (BfSeriesGap));
  guint start = lower_bound (n, time_us, from_us);
  gint64 last_us = from_us;

  /* The last value before the edge holds over it. */
  for (guint i = start; i > 0; i--)
    if (isfinite (value[i - 1]))
      {
        last_us = time_us[i - 1];
        break;
      }
  for (guint i = start; i <= n; i++)
    {
      gboolean at_end = i == n || time_us[i] > to_us;
      gint64 now_us = at_end ? to_us : time_us[i];
      BfSeriesGap gap = { MAX (last_us, from_us), now_us };

      if (!at_end && !isfinite (value[i]))
        continue;
      if (now_us - last_us > limit_us && gap.to_us > gap.from_us)
        g_array_append_val (gaps, gap);
      if (at_end)
        break;
      last_us = now_us;
    }
  return gaps;
}

/**
 * bf_series_range: (skip)
 * @n: number of points
 * @time_us: (array length=n): sorted times
 * @value: (array length=n): values
 * @from_us: left edge
 * @to_us: right edge
 * @ret_min: (inout): made less if a value is
 * @ret_max: (inout): made greater if a value is
 *
 * Returns: whether there is any value
 */
gboolean
bf_series_range (guint n, const gint64 *time_us, const double *value, gint64 from_us, gint64 to_us, double *ret_min,
                 double *ret_max)
{
  gboolean any = FALSE;

  for (guint i = lower_bound (n, time_us, from_us); i < n && time_us[i] <= to_us; i++)
    if (isfinite (value[i]))
      {
        *ret_min = MIN (*ret_min, value[i]);
        *ret_max = MAX (*ret_max, value[i]);
        any = TRUE;
      }
  return any;
}

/**
 * bf_series_nearest: (skip)
 * @n: number of points, more than 0
 * @time_us: (array length=n): sorted times
 * @at_us: a time
 *
 * Returns: the point nearest to it
 */
guint
bf_series_nearest (guint n, const gint64 *time_us, gint64 at_us)
{
  guint i = lower_bound (n, time_us, at_us);

  if (i == n)
    return n - 1;
  if (i > 0 && at_us - time_us[i - 1] < time_us[i] - at_us)
    return i - 1;
  return i;
}

/**
 * bf_series_nice_step: (skip)
 * @span: more than 0
 * @max_steps: at most so many steps
 *
 * Returns: the least of 1, 2 and 5 times a power of ten that cuts @span into no more steps
 */
double
bf_series_nice_step (double span, guint max_steps)
{
  double rough = span / MAX (max_steps, 1);
  double power = pow (10, floor (log10 (rough)));
  double lead = rough / power;

  return power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
}

/**
 * bf_series_time_step_us: (skip)
 * @span_us: more than 0
 * @max_steps: at most so many steps
 *
 * Returns: a step of minutes, hours or days that a clock's face has
 */
gint64
bf_series_time_step_us (gint64 span_us, guint max_steps)
{
  static const gint64 minutes[] = { 1, 2, 5, 10, 15, 30, 60, 120, 180, 240, 360, 720, 1440 };
  gint64 day_us = G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC;

  for (guint i = 0; i < G_N_ELEMENTS (minutes); i++)
    if (span_us / (minutes[i] * 60 * G_USEC_PER_SEC) <= (gint64) MAX (max_steps, 1))
      return minutes[i] * 60 * G_USEC_PER_SEC;
  return (span_us / (gint64) MAX (max_steps, 1) / day_us + 1) * day_us;
}
