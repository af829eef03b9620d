/* SPDX-License-Identifier: EUPL-1.2 */
/* What built-in functions remember of a series: see bf-series.h. Here is what all ways of remembering share; each is a file of its
 * own (bf-series-window.c and so on). */

#include <math.h>

#include "rules/bf-series-private.h"

static const BfSeriesClass *const classes[] = { [BF_SERIES_WINDOW] = &bf_series_window,
                                                [BF_SERIES_FALL] = &bf_series_falling,
                                                [BF_SERIES_NIGHT] = &bf_series_nights,
                                                [BF_SERIES_USUAL] = &bf_series_usuals,
                                                [BF_SERIES_TREND] = &bf_series_trending,
                                                [BF_SERIES_TALLY] = &bf_series_tally,
                                                [BF_SERIES_WEEK] = &bf_series_weeks,
                                                [BF_SERIES_TYPICAL] = &bf_series_typicals,
                                                [BF_SERIES_RESIDUAL] = &bf_series_residuals };

BfSeries *
bf_series_new (const BfSeriesSpec *spec)
{
  BfSeries *series = g_malloc0 (classes[spec->type]->size);

  series->spec = *spec;
  series->newest_us = series->asked_us = G_MININT64;
  if (classes[spec->type]->init != NULL)
    classes[spec->type]->init (series);
  return series;
}

void
bf_series_free (BfSeries *series)
{
  if (series == NULL)
    return;
  if (classes[series->spec.type]->clear != NULL)
    classes[series->spec.type]->clear (series);
  g_free (series);
}

gboolean
bf_series_add (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  const BfSeriesClass *class = classes[series->spec.type];

  if (time_us < series->newest_us || !isfinite (value) || (time_us == series->newest_us && class->replace == NULL))
    return FALSE;
  series->asked_us = G_MININT64;
  if (time_us == series->newest_us)
    class->replace (series, time_us, value, offset_us);
  else
    class->add (series, time_us, value, offset_us);
  series->newest_us = time_us;
  return TRUE;
}

gboolean
bf_series_add_late (BfSeries *series, gint64 time_us, double value)
{
  const BfSeriesClass *class = classes[series->spec.type];

  if (class->add_late == NULL || !isfinite (value) || time_us >= series->newest_us || time_us <= series->newest_us - series->spec.span_us)
    return FALSE;
  series->asked_us = G_MININT64;
  return class->add_late (series, time_us, value);
}

gint64
bf_series_newest_us (const BfSeries *series)
{
  return series->newest_us;
}

gboolean
bf_series_recall (const BfSeries *series, guint8 what, gint64 now_us, double *ret_answer)
{
  *ret_answer = series->answer;
  return series->asked_us == now_us && series->asked == what;
}

void
bf_series_keep (BfSeries *series, guint8 what, gint64 now_us, double answer)
{
  series->asked_us = now_us;
  series->asked = what;
  series->answer = answer;
}

/**
 * bf_series_break:
 *
 * The value is unknown from now on: it does not hold until the next.
 */
void
bf_series_break (BfSeries *series)
{
  if (classes[series->spec.type]->break_off != NULL)
    classes[series->spec.type]->break_off (series);
}

/**
 * bf_series_step_back:
 *
 * As a whole, so that what lay between two values still does. Nights and half hours of the day that were counted stay counted.
 */
void
bf_series_step_back (BfSeries *series, gint64 now_us, gint64 step_us)
{
  if (series->newest_us <= now_us)
    return;
  series->newest_us += step_us;
  series->asked_us = G_MININT64;
  if (classes[series->spec.type]->step_back != NULL)
    classes[series->spec.type]->step_back (series, step_us);
}

/* ---- Shared by the ways of remembering ---- */

gint64
bf_floor_div (gint64 a, gint64 b)
{
  return a / b - (a % b < 0);
}

/* Seconds until @value meets @target at @slope; 0 when it is there. */
double
bf_series_meets (double value, double slope, double target)
{
  if (value == target)
    return 0;
  if (!((slope > 0 && target > value) || (slope < 0 && target < value)))
    return NAN;
  return (target - value) / slope;
}

/* ---- Keeping: a series as a list of doubles ---- */

void
bf_numbers_put (GArray *numbers, double value)
{
  g_array_append_val (numbers, value);
}

void
bf_numbers_put_time (GArray *numbers, gint64 time_us)
{
  bf_numbers_put (numbers, time_us == G_MININT64 ? -INFINITY : (double) time_us);
}

double
bf_numbers_take (BfNumbers *numbers)
{
  double value = numbers->at < numbers->end ? *numbers->at++ : NAN;

  if (!isfinite (value))
    numbers->good = FALSE;
  return numbers->good ? value : 0;
}

gint64
bf_numbers_take_time (BfNumbers *numbers)
{
  double value;

  if (numbers->at < numbers->end && *numbers->at == -INFINITY)
    {
      numbers->at++;
      return G_MININT64;
    }
  value = bf_numbers_take (numbers);
  if (fabs (value) > 9e15)
    numbers->good = FALSE;
  return numbers->good ? (gint64) value : 0;
}

/* A time that is there. */
gint64
bf_numbers_take_stamp (BfNumbers *numbers)
{
  gint64 time_us = bf_numbers_take_time (numbers);

  if (time_us == G_MININT64)
    numbers->good = FALSE;
  return numbers->good ? time_us : 0;
}

guint
bf_numbers_take_count (BfNumbers *numbers)
{
  double value = bf_numbers_take (numbers);

  if (!(value >= 0 && value <= 1e6))
    numbers->good = FALSE;
  return numbers->good ? (guint) value : 0;
}

void
bf_series_save (const BfSeries *series, GArray *ret_numbers)
{
  bf_numbers_put_time (ret_numbers, series->newest_us);
  classes[series->spec.type]->save (series, ret_numbers);
}

/**
 * bf_series_load:
 * @series: new
 * @numbers: of bf_series_save(), or of a damaged file
 *
 * Returns: %FALSE when they cannot be those of such a series; it is of no use then
 */
gboolean
bf_series_load (BfSeries *series, const double *numbers, gsize n)
{
  BfNumbers in = { numbers, numbers + n, TRUE };

  series->newest_us = bf_numbers_take_time (&in);
  classes[series->spec.type]->load (series, &in);
  return in.good && in.at == in.end;
}
