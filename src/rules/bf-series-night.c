/* SPDX-License-Identifier: EUPL-1.2 */
/* Minimum night flow: quarters of an hour between 02:00 and 04:00 local time, and what 28 nights came to.
 *
 * What is usual is the median of the nights learnt, or that of this day of the week if it is more: people draw water later on some
 * evenings than on others. So a whole week is needed.
 *
 * A night that is a fifth above what was usual then is set aside: a leak that runs for weeks must not become what is usual. When one to
 * three such nights are followed by one as usual they were no leak, which would still run, and are learnt after all: a weekend, a festival.
 * After BF_SERIES_NIGHTS_UNUSUAL such nights in a row they are what is usual (a new customer that draws at night is no leak, and nobody can
 * say so here). What creeps up by less than that within the nights remembered is learnt as it comes. */

#include <math.h>
#include <string.h>

#include "base/bf-calendar.h"
#include "rules/bf-series-private.h"

#define NIGHT_FROM_US (8 * BF_SERIES_QUARTER_US) /* 02:00 */
#define NIGHT_TO_US (16 * BF_SERIES_QUARTER_US)  /* 04:00 */
#define NIGHT_QUARTERS 8
#define LEAST_NIGHTS 6 /* before the one that is judged, and one of its day of the week */
#define ASIDE 3u /* nights in a row that a weekend may have */
#define UNUSUAL 1.2
#define MARK_DAY (-1000000) /* among saved nights: what follows is not of those that are usual */
#define MARK_ASIDE (-1000001) /* likewise: those set aside */

typedef struct
{
  gint64 day; /* local days since 1970; the night is that of this morning */
  double value;
} Night;

typedef struct
{
  BfSeries series;
  gint64 day;
  double sum[NIGHT_QUARTERS];
  guint n[NIGHT_QUARTERS];
  Night last; /* day G_MININT64: none yet */
  guint n_unusual; /* nights in a row, the last one among them */
  Night aside[ASIDE]; /* the first of them */
  guint n_aside;
  Night past[BF_SERIES_NIGHTS]; /* that count as usual; the last one too, when it does */
  guint n_past;
  gboolean holds; /* @held is in force since @held_us (local): what does not change brings no values */
  double held;
  gint64 held_us;
} Nights;

/* The least mean of four quarters in a row, three of which at least are known. */
static double
least_hour (const Nights *nights)
{
  double least = NAN;

  for (guint first = 0; first + 4 <= NIGHT_QUARTERS; first++)
    {
      double sum = 0;
      guint n = 0;

      for (guint i = first; i < first + 4; i++)
        if (nights->n[i] > 0)
          {
            sum += nights->sum[i] / nights->n[i];
            n++;
          }
      if (n >= 3 && !(sum / n >= least))
        least = sum / n;
    }
  return least;
}

/* What is usual at the night of @day, without that night; NAN when too little is learnt. */
static double
usual_without (const Nights *nights, gint64 day)
{
  double values[BF_SERIES_NIGHTS];
  double like[BF_SERIES_NIGHTS];
  guint n = 0;
  guint n_like = 0;

  for (guint i = 0; i < nights->n_past; i++)
    {
      const Night *night = &nights->past[i];

      if (night->day == day)
        continue;
      values[n++] = night->value;
      if (bf_calendar_weekday (night->day) == bf_calendar_weekday (day))
        like[n_like++] = night->value;
    }
  if (n < LEAST_NIGHTS || n_like == 0)
    return NAN;
  return MAX (bf_median (values, n), bf_median (like, n_like));
}

static void
add_past (Nights *nights, Night night)
{
  if (nights->n_past == BF_SERIES_NIGHTS)
    memmove (nights->past, nights->past + 1, --nights->n_past * sizeof (Night));
  nights->past[nights->n_past++] = night;
}

static void
learn_night (Nights *nights, Night night)
{
  double usual = usual_without (nights, night.day);

  nights->last = night;
  if (night.value > UNUSUAL * usual && usual > 0)
    {
      if (nights->n_unusual++ == nights->n_aside && nights->n_aside < ASIDE)
        nights->aside[nights->n_aside++] = night;
      if (nights->n_unusual < BF_SERIES_NIGHTS_UNUSUAL)
        return;
      nights->n_past = 0;
    }
  else if (nights->n_unusual <= ASIDE)
    for (guint i = 0; i < nights->n_aside; i++)
      add_past (nights, nights->aside[i]);
  nights->n_unusual = nights->n_aside = 0;
  add_past (nights, night);
}

/* At the end of its two hours a night becomes one number. */
static void
settle_night (Nights *nights, gint64 local_us)
{
  Night night = { nights->day, least_hour (nights) };

  if (night.day == G_MININT64 || local_us < night.day * BF_SERIES_DAY_US + NIGHT_TO_US)
    return;
  if (!isnan (night.value))
    learn_night (nights, night);
  nights->day = G_MININT64;
  memset (nights->sum, 0, sizeof nights->sum);
  memset (nights->n, 0, sizeof nights->n);
}

/* Quarters that are over and brought no value have the one in force. */
static void
hold_night (Nights *nights, gint64 local_us)
{
  gint64 day = bf_floor_div (local_us, BF_SERIES_DAY_US);

  if (!nights->holds || nights->last.day >= day)
    return;
  for (guint i = 0; i < NIGHT_QUARTERS; i++)
    {
      gint64 begin_us = day * BF_SERIES_DAY_US + NIGHT_FROM_US + i * BF_SERIES_QUARTER_US;

      if (nights->n[i] > 0 || begin_us < nights->held_us || begin_us + BF_SERIES_QUARTER_US > local_us)
        continue;
      nights->day = day;
      nights->sum[i] = nights->held;
      nights->n[i] = 1;
    }
}

static void
bring_night (Nights *nights, gint64 local_us)
{
  if (nights->day != G_MININT64 && nights->day < bf_floor_div (local_us, BF_SERIES_DAY_US))
    settle_night (nights, local_us); /* one of before */
  hold_night (nights, local_us);
  settle_night (nights, local_us);
}

static void
add_to_night (Nights *nights, gint64 local_us, double value)
{
  gint64 day = bf_floor_div (local_us, BF_SERIES_DAY_US);
  gint64 in_day_us = local_us - day * BF_SERIES_DAY_US;
  guint quarter;

  bring_night (nights, local_us);
  nights->holds = nights->series.spec.hold;
  nights->held = value;
  nights->held_us = local_us;
  if (in_day_us < NIGHT_FROM_US || in_day_us >= NIGHT_TO_US)
    return;
  quarter = (guint) ((in_day_us - NIGHT_FROM_US) / BF_SERIES_QUARTER_US);
  nights->day = day;
  nights->sum[quarter] += value;
  nights->n[quarter]++;
}

/**
 * bf_series_night:
 *
 * Minimum night flow of the night before: the least mean of an hour between 02:00 and 04:00 local time (UK Water Industry,
 * Managing Leakage, report E, 1994: nobody draws water then but for leaks and a little use).
 *
 * Returns: NAN when neither this morning nor yesterday's is known
 */
double
bf_series_night (BfSeries *series, gint64 now_us, gint64 offset_us)
{
  Nights *nights = (Nights *) series;

  bring_night (nights, now_us + offset_us);
  if (nights->last.day == G_MININT64)
    return NAN;
  return bf_floor_div (now_us + offset_us, BF_SERIES_DAY_US) - nights->last.day <= 1 ? nights->last.value : NAN;
}

/**
 * bf_series_night_usual:
 *
 * Returns: what is usual at the last night: the median of up to 28 nights before it, of six at least, or that of the same day of the
 *   week if it is more; without those that were unusual when they came
 */
double
bf_series_night_usual (BfSeries *series, gint64 now_us, gint64 offset_us)
{
  Nights *nights = (Nights *) series;

  bring_night (nights, now_us + offset_us);
  return usual_without (nights, nights->last.day);
}

/* ---- Its way of remembering ---- */

static void
init (BfSeries *series)
{
  ((Nights *) series)->day = ((Nights *) series)->last.day = G_MININT64;
}

static void
add (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  add_to_night ((Nights *) series, time_us + offset_us, value);
}

/* The newest value is not the one that was told first. */
static void
replace (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  Nights *nights = (Nights *) series;
  gint64 local_us = time_us + offset_us;
  gint64 day = bf_floor_div (local_us, BF_SERIES_DAY_US);
  gint64 in_day_us = local_us - day * BF_SERIES_DAY_US;
  guint quarter = (guint) ((in_day_us - NIGHT_FROM_US) / BF_SERIES_QUARTER_US);

  if (nights->held_us != local_us)
    return;
  if (in_day_us >= NIGHT_FROM_US && in_day_us < NIGHT_TO_US && nights->day == day && nights->n[quarter] > 0)
    nights->sum[quarter] += value - nights->held;
  nights->held = value;
}

static void
break_off (BfSeries *series)
{
  ((Nights *) series)->holds = FALSE;
}

/* Nights that were counted stay counted. */
static void
step_back (BfSeries *series, gint64 step_us)
{
  ((Nights *) series)->held_us += step_us;
}

static void
save (const BfSeries *series, GArray *numbers)
{
  const Nights *nights = (const Nights *) series;

  bf_numbers_put_time (numbers, nights->day);
  bf_numbers_put (numbers, nights->holds);
  bf_numbers_put (numbers, nights->held);
  bf_numbers_put_time (numbers, nights->held_us);
  for (guint i = 0; i < NIGHT_QUARTERS; i++)
    {
      bf_numbers_put (numbers, nights->sum[i]);
      bf_numbers_put (numbers, nights->n[i]);
    }
  if (nights->n_unusual > 0)
    {
      bf_numbers_put (numbers, MARK_DAY);
      bf_numbers_put (numbers, nights->n_unusual);
      bf_numbers_put (numbers, (double) nights->last.day);
      bf_numbers_put (numbers, nights->last.value);
    }
  if (nights->n_aside > 0)
    {
      bf_numbers_put (numbers, MARK_ASIDE);
      bf_numbers_put (numbers, nights->n_aside);
    }
  for (guint i = 0; i < nights->n_aside; i++)
    {
      bf_numbers_put (numbers, (double) nights->aside[i].day);
      bf_numbers_put (numbers, nights->aside[i].value);
    }
  for (guint i = 0; i < nights->n_past; i++)
    {
      bf_numbers_put (numbers, (double) nights->past[i].day);
      bf_numbers_put (numbers, nights->past[i].value);
    }
}

static void
load_aside (Nights *nights, BfNumbers *numbers)
{
  guint n;

  if (numbers->at >= numbers->end || *numbers->at != MARK_ASIDE)
    return;
  bf_numbers_take (numbers);
  n = bf_numbers_take_count (numbers);
  if (n > ASIDE)
    numbers->good = FALSE;
  for (; numbers->good && nights->n_aside < n; nights->n_aside++)
    {
      nights->aside[nights->n_aside].day = bf_numbers_take_stamp (numbers);
      nights->aside[nights->n_aside].value = bf_numbers_take (numbers);
    }
}

static void
load (BfSeries *series, BfNumbers *numbers)
{
  Nights *nights = (Nights *) series;

  nights->day = bf_numbers_take_time (numbers);
  if (nights->day != G_MININT64 && ABS (nights->day) > 1000000)
    numbers->good = FALSE;
  nights->holds = bf_numbers_take_count (numbers) != 0;
  nights->held = bf_numbers_take (numbers);
  nights->held_us = bf_numbers_take_stamp (numbers);
  for (guint i = 0; i < NIGHT_QUARTERS; i++)
    {
      nights->sum[i] = bf_numbers_take (numbers);
      nights->n[i] = bf_numbers_take_count (numbers);
    }
  if (numbers->at < numbers->end && *numbers->at == MARK_DAY)
    {
      bf_numbers_take (numbers);
      nights->n_unusual = bf_numbers_take_count (numbers);
      nights->last.day = bf_numbers_take_stamp (numbers);
      nights->last.value = bf_numbers_take (numbers);
    }
  load_aside (nights, numbers);
  while (numbers->good && numbers->at < numbers->end && nights->n_past < BF_SERIES_NIGHTS)
    {
      Night *night = &nights->past[nights->n_past++];

      night->day = bf_numbers_take_stamp (numbers);
      night->value = bf_numbers_take (numbers);
      if (nights->n_unusual == 0)
        nights->last = *night;
    }
}

const BfSeriesClass bf_series_nights
  = { .size = sizeof (Nights), .init = init, .add = add, .break_off = break_off, .step_back = step_back, .save = save, .load = load, .replace = replace };
