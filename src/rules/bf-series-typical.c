/* SPDX-License-Identifier: EUPL-1.2 */
/* What a value stands around, whatever the hour: the mean of the hours heard, fading with a time constant of eight weeks, so that a week
 * moves it by an eighth. It makes loggers at different heights comparable. A reading counts for the time since the one before, of an
 * hour at most. */

#include <math.h>

#include "rules/bf-series-private.h"

#define HOUR_US (4 * BF_SERIES_QUARTER_US)
#define FADE_H (56 * 24.0)
#define NEEDED_H 48.0

typedef struct
{
  BfSeries series;
  gint64 before_us; /* G_MININT64: none */
  double heard_h;
  double weight; /* of hours */
  double mean;
} Typical;

/**
 * bf_series_typical:
 *
 * Returns: the mean of all hours, the last weeks counting most; NAN before two days are heard
 */
double
bf_series_typical (const BfSeries *series)
{
  const Typical *typical = (const Typical *) series;

  return typical->heard_h >= NEEDED_H ? typical->mean : NAN;
}

/* ---- Its way of remembering ---- */

static void
init (BfSeries *series)
{
  ((Typical *) series)->before_us = G_MININT64;
}

static void
add (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  Typical *typical = (Typical *) series;
  gint64 since_us = typical->before_us == G_MININT64 ? HOUR_US / 12 : time_us - typical->before_us;
  double hours = (double) CLAMP (since_us, 1, HOUR_US) / (double) HOUR_US;

  typical->weight = typical->weight * exp (-hours / FADE_H) + hours;
  typical->mean += hours / typical->weight * (value - typical->mean);
  typical->heard_h += hours;
  typical->before_us = time_us;
}

static void
step_back (BfSeries *series, gint64 step_us)
{
  Typical *typical = (Typical *) series;

  if (typical->before_us != G_MININT64)
    typical->before_us += step_us;
}

static void
save (const BfSeries *series, GArray *numbers)
{
  const Typical *typical = (const Typical *) series;

  bf_numbers_put_time (numbers, typical->before_us);
  bf_numbers_put (numbers, typical->heard_h);
  bf_numbers_put (numbers, typical->weight);
  bf_numbers_put (numbers, typical->mean);
}

static void
load (BfSeries *series, BfNumbers *numbers)
{
  Typical *typical = (Typical *) series;

  typical->before_us = bf_numbers_take_time (numbers);
  typical->heard_h = bf_numbers_take (numbers);
  typical->weight = bf_numbers_take (numbers);
  typical->mean = bf_numbers_take (numbers);
  if (typical->heard_h < 0 || typical->weight < 0)
    numbers->good = FALSE;
}

const BfSeriesClass bf_series_typicals = { sizeof (Typical), init, NULL, add, NULL, step_back, save, load };
