/* SPDX-License-Identifier: EUPL-1.2 */
/* What is usual at this half hour of the day: means of half hours of the last seven days. */

#include <math.h>

#include "rules/bf-series-private.h"

#define HALF_HOUR_US (2 * BF_SERIES_QUARTER_US)
#define HALF_HOURS 48
#define LEAST_DAYS 3

/* Mean of one half hour of one day. */
typedef struct
{
  gint32 day;
  float value;
} Cell;

typedef struct
{
  BfSeries series;
  gint64 half_hour; /* local, since 1970 */
  double sum;
  guint n;
  Cell *cells; /* HALF_HOURS x BF_SERIES_DAYS */
} Usual;

static void
settle_half_hour (Usual *usual)
{
  gint64 half_hour = usual->half_hour;
  gint64 day = bf_floor_div (half_hour, HALF_HOURS);
  Cell *cell;

  if (half_hour == G_MININT64 || usual->n == 0)
    return;
  cell = &usual->cells[(half_hour - day * HALF_HOURS) * BF_SERIES_DAYS + (day % BF_SERIES_DAYS + BF_SERIES_DAYS) % BF_SERIES_DAYS];
  *cell = (Cell){ (gint32) day, (float) (usual->sum / usual->n) };
}

static void
add_to_profile (Usual *usual, gint64 local_us, double value)
{
  gint64 half_hour = bf_floor_div (local_us, HALF_HOUR_US);

  if (half_hour != usual->half_hour)
    {
      settle_half_hour (usual);
      usual->half_hour = half_hour;
      usual->sum = 0;
      usual->n = 0;
    }
  usual->sum += value;
  usual->n++;
}

/**
 * bf_series_usual:
 *
 * Returns: what is usual at this half hour of the day: the median of the same half hour of the last seven days, today left
 *   out, of three days at least
 */
double
bf_series_usual (const BfSeries *series, gint64 now_us, gint64 offset_us)
{
  const Usual *usual = (const Usual *) series;
  gint64 half_hour = bf_floor_div (now_us + offset_us, HALF_HOUR_US);
  gint64 today = bf_floor_div (half_hour, HALF_HOURS);
  const Cell *cells = &usual->cells[(half_hour - today * HALF_HOURS) * BF_SERIES_DAYS];
  double values[BF_SERIES_DAYS];
  guint n = 0;

  for (guint i = 0; i < BF_SERIES_DAYS; i++)
    if (cells[i].day != 0 && cells[i].day < today && cells[i].day >= today - (gint64) BF_SERIES_DAYS)
      values[n++] = cells[i].value;
  return n < LEAST_DAYS ? NAN : bf_median (values, n);
}

/* ---- Its way of remembering ---- */

static void
init (BfSeries *series)
{
  Usual *usual = (Usual *) series;

  usual->cells = g_new0 (Cell, HALF_HOURS * BF_SERIES_DAYS);
  usual->half_hour = G_MININT64;
}

static void
clear (BfSeries *series)
{
  g_free (((Usual *) series)->cells);
}

static void
add (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  add_to_profile ((Usual *) series, time_us + offset_us, value);
}

static void
save (const BfSeries *series, GArray *numbers)
{
  const Usual *usual = (const Usual *) series;

  bf_numbers_put_time (numbers, usual->half_hour);
  bf_numbers_put (numbers, usual->sum);
  bf_numbers_put (numbers, usual->n);
  for (guint i = 0; i < HALF_HOURS * BF_SERIES_DAYS; i++)
    {
      bf_numbers_put (numbers, usual->cells[i].day);
      bf_numbers_put (numbers, usual->cells[i].value);
    }
}

static void
load (BfSeries *series, BfNumbers *numbers)
{
  Usual *usual = (Usual *) series;

  usual->half_hour = bf_numbers_take_time (numbers);
  usual->sum = bf_numbers_take (numbers);
  usual->n = bf_numbers_take_count (numbers);
  for (guint i = 0; i < HALF_HOURS * BF_SERIES_DAYS; i++)
    {
      double day = bf_numbers_take (numbers);

      if (fabs (day) > 1e6)
        numbers->good = FALSE;
      usual->cells[i] = (Cell){ numbers->good ? (gint32) day : 0, (float) bf_numbers_take (numbers) };
    }
}

/* Half hours that were counted stay counted when a clock is set back. */
const BfSeriesClass bf_series_usuals = { sizeof (Usual), init, clear, add, NULL, NULL, save, load };
