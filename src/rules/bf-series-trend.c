/* SPDX-License-Identifier: EUPL-1.2 */
/* A trend: at most 18 points of 16 bytes, of which any two that are neighbours but one are an eighth of the span apart, and the
 * newest: a city has a hundred thousand of them, each reckoned at each value, and a slope through more points is no better. */

#include <math.h>
#include <string.h>

#include "rules/bf-series-private.h"

#define TREND_POINTS (2 * BF_SERIES_TREND_STEPS + 2)
#define TREND_ROOM 3u /* points that its memory grows by */

typedef struct
{
  BfSeries series;
  BfSeriesPoint *points;
  guint8 n;
  guint8 room;
} Trend;

static void
append_to_trend (Trend *trend, BfSeriesPoint point)
{
  if (trend->n == trend->room)
    {
      trend->room = (guint8) MIN (TREND_POINTS, trend->room + TREND_ROOM);
      trend->points = g_renew (BfSeriesPoint, trend->points, trend->room);
    }
  trend->points[trend->n++] = point;
}

static void
add_to_trend (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  Trend *trend = (Trend *) series;
  BfSeriesPoint *points = trend->points;
  guint n = trend->n;
  guint gone = 0;

  if (n >= 2 && time_us - points[n - 2].time_us < trend->series.spec.span_us / BF_SERIES_TREND_STEPS)
    {
      points[n - 1] = (BfSeriesPoint){ time_us, value };
      return;
    }
  while (gone < n && (points[gone].time_us < time_us - trend->series.spec.span_us || n - gone >= TREND_POINTS))
    gone++;
  if (gone > 0)
    memmove (points, points + gone, (n - gone) * sizeof (BfSeriesPoint));
  trend->n = (guint8) (n - gone);
  append_to_trend (trend, (BfSeriesPoint){ time_us, value });
}

/**
 * bf_series_trend:
 *
 * Returns: robust slope of the span a second, of four points or more that cover a third of it
 */
double
bf_series_trend (const BfSeries *series, gint64 now_us)
{
  const Trend *trend = (const Trend *) series;
  gint64 times_us[TREND_POINTS];
  double values[TREND_POINTS];
  guint n = 0;

  for (guint i = 0; i < trend->n; i++)
    if (trend->points[i].time_us >= now_us - trend->series.spec.span_us)
      {
        times_us[n] = trend->points[i].time_us;
        values[n++] = trend->points[i].value;
      }
  if (n < BF_SERIES_LEAST_POINTS || times_us[n - 1] - times_us[0] < trend->series.spec.span_us / 3)
    return NAN;
  return bf_theil_sen (times_us, values, n);
}

double
bf_series_time_to (const BfSeries *series, gint64 now_us, double target)
{
  const Trend *trend = (const Trend *) series;

  if (trend->n == 0)
    return NAN;
  return bf_series_meets (trend->points[trend->n - 1].value, bf_series_trend (series, now_us), target);
}

/* ---- Its way of remembering ---- */

static void
clear (BfSeries *series)
{
  g_free (((Trend *) series)->points);
}

static void
step_back (BfSeries *series, gint64 step_us)
{
  Trend *trend = (Trend *) series;

  for (guint i = 0; i < trend->n; i++)
    trend->points[i].time_us += step_us;
}

static void
save (const BfSeries *series, GArray *numbers)
{
  const Trend *trend = (const Trend *) series;

  for (guint i = 0; i < trend->n; i++)
    {
      bf_numbers_put_time (numbers, trend->points[i].time_us);
      bf_numbers_put (numbers, trend->points[i].value);
    }
}

static void
load (BfSeries *series, BfNumbers *numbers)
{
  Trend *trend = (Trend *) series;

  while (numbers->good && numbers->at < numbers->end && trend->n < TREND_POINTS)
    {
      BfSeriesPoint point;

      point.time_us = bf_numbers_take_time (numbers);
      point.value = bf_numbers_take (numbers);
      if (point.time_us == G_MININT64 || (trend->n > 0 && point.time_us <= trend->points[trend->n - 1].time_us))
        numbers->good = FALSE;
      append_to_trend (trend, point);
    }
}

const BfSeriesClass bf_series_trending = { sizeof (Trend), NULL, clear, add_to_trend, NULL, step_back, save, load };
