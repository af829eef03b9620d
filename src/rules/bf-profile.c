/* SPDX-License-Identifier: EUPL-1.2 */
/* Learnt profile of a series.
 *
 *   expected(t) = level + weighted median of the medians of hours like this one, interpolated between the middles of hours
 *
 * Hours like this one are the same hour of the week of the last four weeks; with half the weight those of other days of the
 * same type (working day, weekend); with little weight those of the other type; and of each the neighbouring hours, half the weight
 * an hour. So two days say something, and four weeks say almost all. The weighted median is that of F. Y. Edgeworth (1888); half the
 * weight may be nonsense.
 *
 *   deviation(t) = (value - expected(t)) / (sigma(t) * tail)
 *
 * sigma is 1.4826 times the median of what readings were off from what was expected *before* they came (F. R. Hampel, "The influence
 * curve and its role in robust estimation", JASA 69, 1974), for each hour of the day and type of day, shrunk to that of all hours.
 * tail is for each side the 99th percentile of those in sigmas over that of the normal distribution, 2.326, and at least 1: of whatever
 * shape the noise is, a deviation of 2.3 to one side is one in a hundred. Both medians and percentiles are tracked by stochastic
 * approximation (H. Robbins and S. Monro, "A stochastic approximation method", Ann. Math. Statist. 22, 1951), a step up or down a
 * reading, so that no reading, however wild, moves them by more than a step.
 *
 * Forgetting: four weeks of hours; the level follows with a time constant of a week what stays off; sigma and tail, a thousand readings
 * or so. What comes oftener than every five minutes counts for less, by time.
 *
 * A value that has not moved for a day is a dead sensor and teaches nothing, unless the series has never moved. */

#include "rules/bf-profile.h"

#include <math.h>
#include <string.h>

#include "base/bf-calendar.h"
#include "rules/bf-series-private.h"

#define HOUR_US (4 * BF_SERIES_QUARTER_US)
#define HOURS 168u
#define WEEKS BF_PROFILE_WEEKS
#define DAYS BF_PROFILE_DAYS
#define NEIGHBOURS 2 /* hours on each side */
#define SCALES 48u   /* hour of a working day, of a weekend's */
#define READINGS 32u /* of an hour: of more each second, fourth ... is kept */
#define FULL_US (300 * G_USEC_PER_SEC) /* a reading that comes after so long counts fully */
#define DEAD_US BF_SERIES_DAY_US
#define STALE_WEEKS 12
#define LEVEL_S (7.0 * 86400)
#define MAD_TO_SIGMA 1.4826
#define NORMAL_99 2.326
#define TAIL_MAX 8.0f
#define ODD 4.0 /* sigmas: what is so far off says little about noise */
#define ODD_WEIGHT 0.2
#define NEEDED_HOURS 4.0 /* weight of hours like this one that expected() needs */
#define NEEDED_READINGS 30.0f
#define NEEDED_DAYS 5u /* of extremes */

/* Weight of an hour that is @i weeks old. */
static const float weight_of_age[STALE_WEEKS + 1] = { 1, 0.85f, 0.7225f, 0.614f, 0.522f, 0.444f, 0.377f, 0.321f, 0.272f, 0.232f, 0.197f,
                                                      0.167f, 0.142f };

/* Medians of one hour of the week, less the level; the newest last. */
typedef struct
{
  float value[WEEKS]; /* NAN: none */
  guint8 week[WEEKS]; /* since 1970, its low 8 bits: what is older than STALE_WEEKS is cleared before they come round */
} Hour;

/* What an hour's expectation rests on: reckoned once an hour. */
typedef struct
{
  gint64 hour; /* local, since 1970; G_MININT64: none */
  double value;
  double weight;
} Expectation;

typedef struct
{
  BfSeries series;
  gint64 before_us; /* time of the reading before, local; G_MININT64: none */
  float value;      /* newest */
  gint64 still_us;  /* it is so since */
  gboolean moved;   /* ever */
  double level;
  double centre; /* median of all hours */
  float mad;     /* of all hours */
  float n_mad;
  float tail[2]; /* above, below */
  float n_tail;
  float scale[SCALES];
  float n_scale[SCALES];
  Expectation expectations[2];
  /* Of the hour under way. */
  gint64 hour;
  guint8 n_readings;
  guint32 stride;
  guint32 passed;
  float readings[READINGS];
  /* Of the day under way, and of days before. */
  gint64 day;
  float day_max;
  float day_min;
  float max[DAYS];
  float min[DAYS];
  guint8 n_days;
  float range_max; /* of @max */
  float range_min;
  guint n_hours; /* learnt */
  Hour hours[HOURS];
} Profile;

/* ---- Time ---- */

/* A public holiday is like a Sunday. */
static guint
weekday (const Profile *profile, gint64 day)
{
  BfSeriesHolidays holidays = profile->series.spec.holidays;

  if (holidays != BF_SERIES_HOLIDAYS_NONE && bf_calendar_is_holiday (day, holidays == BF_SERIES_HOLIDAYS_ALSACE))
    return 6;
  return bf_calendar_weekday (day);
}

static gboolean
is_weekend (guint day)
{
  return day >= 5;
}

static guint
scale_at (const Profile *profile, gint64 local_us)
{
  gint64 day = bf_calendar_day (local_us);

  return (guint) ((local_us - day * BF_SERIES_DAY_US) / HOUR_US) + (is_weekend (weekday (profile, day)) ? 24 : 0);
}

static gint64
week_of (gint64 hour)
{
  return bf_floor_div (hour, HOURS);
}

/* ---- Expectation ---- */

static guint
gather (const Profile *profile, gint64 hour, float *values, float *weights, double *ret_weight)
{
  gint64 day = bf_floor_div (hour, 24);
  guint own = weekday (profile, day);
  int of_day = (int) (hour - day * 24);
  guint8 week = (guint8) week_of (hour);
  guint n = 0;

  *ret_weight = 0;
  for (guint d = 0; d < 7; d++)
    for (int off = -NEIGHBOURS; off <= NEIGHBOURS; off++)
      {
        const Hour *like = &profile->hours[((int) (d * 24) + of_day + off + (int) HOURS) % (int) HOURS];
        float weight = (d == own ? 1.0f : is_weekend (d) == is_weekend (own) ? 0.5f : 0.15f) / (float) (1 << ABS (off));

        for (guint i = 0; i < WEEKS; i++)
          if (!isnan (like->value[i]))
            {
              guint8 age = (guint8) (week - like->week[i]);

              values[n] = like->value[i];
              weights[n] = weight * weight_of_age[MIN (age, STALE_WEEKS)];
              *ret_weight += weights[n++];
            }
      }
  return n;
}

static void
expect_hour (const Profile *profile, gint64 hour, Expectation *expectation)
{
  float values[7 * (2 * NEIGHBOURS + 1) * WEEKS + 1];
  float weights[G_N_ELEMENTS (values)];
  guint n = gather (profile, hour, values, weights, &expectation->weight);

  /* Little is known: what is usual at any hour stands beside it. */
  if (profile->n_hours > 0)
    {
      values[n] = (float) profile->centre;
      weights[n++] = (float) (2 / (1 + expectation->weight));
    }
  expectation->hour = hour;
  expectation->value = bf_weighted_median (values, weights, n);
}

static const Expectation *
expectation_of (Profile *profile, gint64 hour)
{
  Expectation *expectation = &profile->expectations[hour & 1];

  if (expectation->hour != hour)
    expect_hour (profile, hour, expectation);
  return expectation;
}

/* Between the middles of two hours; NAN of nothing. */
static double
expect (Profile *profile, gint64 local_us, double *ret_weight)
{
  gint64 hour = bf_floor_div (local_us - HOUR_US / 2, HOUR_US);
  const Expectation *before = expectation_of (profile, hour);
  const Expectation *after = expectation_of (profile, hour + 1);
  double share = (double) (local_us - HOUR_US / 2 - hour * HOUR_US) / (double) HOUR_US;

  *ret_weight = MIN (before->weight, after->weight);
  return before->value + (after->value - before->value) * share + profile->level;
}

/* An hour at which nothing moves is not finer than a tenth of what all hours are. */
static double
least_sigma (const Profile *profile)
{
  return MAX (MAX (0.1 * MAD_TO_SIGMA * profile->mad, 1e-6 * fabs (profile->centre + profile->level)), 1e-9);
}

static double
sigma (const Profile *profile, guint scale)
{
  double shrink = 50;
  double mad = (profile->n_scale[scale] * profile->scale[scale] + shrink * profile->mad) / (profile->n_scale[scale] + shrink);

  return MAX (MAD_TO_SIGMA * mad, least_sigma (profile));
}

/* ---- Learning ---- */

/* One step to the median: up when @off lies above it. */
static void
track_mad (float *mad, float *n, double off, double weight, double head_start)
{
  double step = weight * CLAMP (1 / (1 + (*n + head_start) / 2), 0.01, 0.3);

  if (*mad <= 0)
    *mad = (float) off;
  else
    *mad *= (float) (off > *mad ? 1 + step : 1 / (1 + step));
  *n = MIN (*n + (float) weight, 1000);
}

static void
track_tail (Profile *profile, double z, double weight)
{
  float *tail = &profile->tail[z > 0 ? 0 : 1];
  double step = weight * MAX (0.02, 0.5 / (1 + profile->n_tail / 20));

  profile->n_tail += (float) weight;
  /* Half the readings are on a side: one in fifty of them is beyond its 99th percentile. */
  *tail *= (float) (1 + step * ((fabs (z) > *tail * NORMAL_99 ? 1 : 0) - 0.02));
  *tail = CLAMP (*tail, 1, TAIL_MAX);
}

/* What the reading says of how far readings are off, and of the level. */
static void
learn_residual (Profile *profile, gint64 local_us, double value, double weight, gint64 since_us)
{
  guint scale = scale_at (profile, local_us);
  double known, spread;
  double off = value - expect (profile, local_us, &known);

  if (isnan (off))
    return;
  if (profile->n_mad > 0)
    {
      spread = sigma (profile, scale);
      if (fabs (off) > ODD * spread * profile->tail[off > 0 ? 0 : 1])
        weight *= ODD_WEIGHT;
      track_tail (profile, off / spread, weight);
      profile->level += CLAMP (off, -2 * spread, 2 * spread) * (double) MIN (since_us, HOUR_US) / G_USEC_PER_SEC / LEVEL_S;
    }
  /* That a value is still the same after an hour is no news of the noise of all hours. */
  if (local_us - profile->still_us < HOUR_US || profile->n_mad == 0)
    track_mad (&profile->mad, &profile->n_mad, fabs (off), weight, 0);
  if (profile->scale[scale] <= 0)
    profile->scale[scale] = profile->mad;
  track_mad (&profile->scale[scale], &profile->n_scale[scale], fabs (off), weight, 5);
}

static void
reckon_centre (Profile *profile)
{
  double values[HOURS * WEEKS];
  guint n = 0;

  for (guint i = 0; i < HOURS; i++)
    for (guint k = 0; k < WEEKS; k++)
      if (!isnan (profile->hours[i].value[k]))
        values[n++] = profile->hours[i].value[k];
  profile->centre = bf_median (values, n);
}

static void
forget_expectations (Profile *profile)
{
  profile->expectations[0].hour = G_MININT64;
  profile->expectations[1].hour = G_MININT64;
}

static void
close_hour (Profile *profile)
{
  double readings[READINGS];
  gint64 day;
  Hour *hour;

  if (profile->hour == G_MININT64 || profile->n_readings == 0)
    return;
  day = bf_floor_div (profile->hour, 24);
  hour = &profile->hours[weekday (profile, day) * 24 + (guint) (profile->hour - day * 24)];
  for (guint i = 0; i < profile->n_readings; i++)
    readings[i] = profile->readings[i];
  memmove (hour->value, hour->value + 1, (WEEKS - 1) * sizeof hour->value[0]);
  memmove (hour->week, hour->week + 1, (WEEKS - 1) * sizeof hour->week[0]);
  hour->value[WEEKS - 1] = (float) (bf_median (readings, profile->n_readings) - profile->level);
  hour->week[WEEKS - 1] = (guint8) week_of (profile->hour);
  profile->n_readings = 0;
  profile->n_hours++;
  /* While little is known it is asked for, and then once a day. */
  if (profile->n_hours < HOURS || profile->n_hours % 24 == 0)
    reckon_centre (profile);
  forget_expectations (profile);
}

static void
add_reading (Profile *profile, double value)
{
  if (profile->passed++ % profile->stride != 0)
    return;
  if (profile->n_readings == READINGS)
    {
      for (guint i = 0; i < READINGS / 2; i++)
        profile->readings[i] = profile->readings[2 * i];
      profile->n_readings = READINGS / 2;
      profile->stride *= 2;
    }
  profile->readings[profile->n_readings++] = (float) value;
}

static void
begin_hour (Profile *profile, gint64 hour)
{
  close_hour (profile);
  profile->hour = hour;
  profile->stride = 1;
  profile->passed = 0;
}

static void
close_day (Profile *profile)
{
  if (profile->n_days == DAYS)
    {
      memmove (profile->max, profile->max + 1, (DAYS - 1) * sizeof profile->max[0]);
      memmove (profile->min, profile->min + 1, (DAYS - 1) * sizeof profile->min[0]);
      profile->n_days--;
    }
  profile->max[profile->n_days] = profile->day_max;
  profile->min[profile->n_days++] = profile->day_min;
  profile->range_max = profile->max[0];
  profile->range_min = profile->min[0];
  for (guint i = 1; i < profile->n_days; i++)
    {
      profile->range_max = MAX (profile->range_max, profile->max[i]);
      profile->range_min = MIN (profile->range_min, profile->min[i]);
    }
}

static void
add_to_day (Profile *profile, gint64 day, double value)
{
  if (day != profile->day)
    {
      if (profile->day != G_MININT64)
        close_day (profile);
      profile->day = day;
      profile->day_max = profile->day_min = (float) value;
    }
  profile->day_max = MAX (profile->day_max, (float) value);
  profile->day_min = MIN (profile->day_min, (float) value);
}

static void
forget (Profile *profile)
{
  BfSeries series = profile->series;

  memset (profile, 0, sizeof *profile);
  profile->series = series;
  profile->before_us = profile->hour = profile->day = G_MININT64;
  profile->stride = 1;
  profile->tail[0] = profile->tail[1] = 1;
  for (guint i = 0; i < HOURS; i++)
    for (guint k = 0; k < WEEKS; k++)
      profile->hours[i].value[k] = NAN;
  forget_expectations (profile);
}

/* The hours since the reading before had its value: what is derived brings none while it does not change. */
static void
fill_hours (Profile *profile, gint64 local_us)
{
  gint64 hour = bf_floor_div (local_us, HOUR_US);

  if (!profile->series.spec.hold || local_us - profile->before_us > BF_SERIES_DAY_US)
    return;
  while (profile->hour + 1 < hour)
    {
      begin_hour (profile, profile->hour + 1);
      add_reading (profile, profile->value);
    }
}

static void
add (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  Profile *profile = (Profile *) series;
  gint64 local_us = time_us + offset_us;
  gint64 hour = bf_floor_div (local_us, HOUR_US);
  gint64 since_us;
  double weight;

  if (profile->before_us != G_MININT64 && local_us - profile->before_us > STALE_WEEKS * 7 * BF_SERIES_DAY_US)
    forget (profile);
  since_us = profile->before_us == G_MININT64 ? FULL_US : MAX (local_us - profile->before_us, 1);
  weight = MIN (1, (double) since_us / (double) FULL_US);
  if (profile->before_us == G_MININT64 || profile->value != (float) value)
    {
      profile->moved = profile->moved || profile->before_us != G_MININT64;
      profile->still_us = local_us;
    }
  if (!profile->moved || local_us - profile->still_us < DEAD_US)
    {
      if (profile->before_us != G_MININT64)
        fill_hours (profile, local_us);
      if (profile->n_hours > 0)
        learn_residual (profile, local_us, value, weight, since_us);
      if (hour != profile->hour)
        begin_hour (profile, hour);
      add_reading (profile, value);
      add_to_day (profile, bf_calendar_day (local_us), value);
    }
  profile->before_us = local_us;
  profile->value = (float) value;
}

/* ---- What it says ---- */

/**
 * bf_profile_learnt:
 *
 * Returns: how much of what expected() and deviation() need at this hour is learnt, 0 to 1
 */
double
bf_profile_learnt (BfSeries *series, gint64 now_us, gint64 offset_us)
{
  Profile *profile = (Profile *) series;
  double weight;

  expect (profile, now_us + offset_us, &weight);
  return MIN (MIN (weight / NEEDED_HOURS, profile->n_tail / NEEDED_READINGS), 1);
}

/**
 * bf_profile_expected:
 *
 * Returns: what is expected at this hour, in the series' unit; NAN while too little is learnt
 */
double
bf_profile_expected (BfSeries *series, gint64 now_us, gint64 offset_us)
{
  double weight;
  double expected = expect ((Profile *) series, now_us + offset_us, &weight);

  return bf_profile_learnt (series, now_us, offset_us) < 1 ? NAN : expected;
}

/**
 * bf_profile_deviation:
 * @value: in force at @now_us
 *
 * Returns: how many robust sigmas it is above what is expected (F. R. Hampel, JASA 69, 1974; see the file's head), of
 *   %BF_PROFILE_DEVIATION_MAX at most; NAN while too little is learnt
 */
double
bf_profile_deviation (BfSeries *series, gint64 now_us, gint64 offset_us, double value)
{
  Profile *profile = (Profile *) series;
  double off = value - bf_profile_expected (series, now_us, offset_us);
  double deviation = off / sigma (profile, scale_at (profile, now_us + offset_us)) / profile->tail[off > 0 ? 0 : 1];

  return isnan (deviation) ? NAN : CLAMP (deviation, -BF_PROFILE_DEVIATION_MAX, BF_PROFILE_DEVIATION_MAX);
}

/**
 * bf_profile_outside:
 * @value: in force at @now_us
 *
 * Returns: by which share of the range of the last days, today left out, it lies outside of that range; 0 within it; NAN while fewer
 *   than five days are learnt
 */
double
bf_profile_outside (BfSeries *series, gint64 now_us, gint64 offset_us, double value)
{
  const Profile *profile = (const Profile *) series;
  double beyond = MAX (MAX (value - profile->range_max, profile->range_min - value), 0);
  double range = profile->range_max - profile->range_min;

  if (profile->n_days < NEEDED_DAYS)
    return NAN;
  return beyond == 0 ? 0 : range > 0 ? MIN (beyond / range, BF_PROFILE_DEVIATION_MAX) : BF_PROFILE_DEVIATION_MAX;
}

/* ---- Its way of remembering ---- */

static void
init (BfSeries *series)
{
  forget ((Profile *) series);
}

/* What was learnt stays. */
static void
step_back (BfSeries *series, gint64 step_us)
{
  Profile *profile = (Profile *) series;

  if (profile->before_us != G_MININT64)
    {
      profile->before_us += step_us;
      profile->still_us += step_us;
    }
}

/* Every number of it, in one order for both ways. */
typedef struct
{
  GArray *out;
  BfNumbers *in;
} Way;

static void
pass_float (const Way *way, float *value)
{
  if (way->out != NULL)
    bf_numbers_put (way->out, *value);
  else
    *value = (float) bf_numbers_take (way->in);
}

static void
pass_double (const Way *way, double *value)
{
  if (way->out != NULL)
    bf_numbers_put (way->out, *value);
  else
    *value = bf_numbers_take (way->in);
}

static void
pass_time (const Way *way, gint64 *time_us)
{
  if (way->out != NULL)
    bf_numbers_put_time (way->out, *time_us);
  else
    *time_us = bf_numbers_take_time (way->in);
}

static guint
pass_count (const Way *way, guint value)
{
  if (way->out == NULL)
    return bf_numbers_take_count (way->in);
  bf_numbers_put (way->out, value);
  return value;
}

/* A value and its week in one number, exact in a double; -1: none. */
static void
pass_hour (const Way *way, float *value, guint8 *week)
{
  guint32 bits;
  double number;

  memcpy (&bits, value, sizeof bits);
  if (way->out != NULL)
    {
      bf_numbers_put (way->out, isnan (*value) ? -1 : (double) (((guint64) bits << 8) | *week));
      return;
    }
  number = bf_numbers_take (way->in);
  *value = NAN;
  if (number < 0 || number >= (double) (G_GUINT64_CONSTANT (1) << 40))
    return;
  bits = (guint32) ((guint64) number >> 8);
  *week = (guint8) ((guint64) number & 255);
  memcpy (value, &bits, sizeof *value);
  if (!isfinite (*value))
    way->in->good = FALSE;
}

static void
pass (Profile *profile, const Way *way)
{
  pass_time (way, &profile->before_us);
  pass_float (way, &profile->value);
  pass_time (way, &profile->still_us);
  profile->moved = pass_count (way, profile->moved ? 1 : 0) != 0;
  pass_double (way, &profile->level);
  pass_double (way, &profile->centre);
  pass_float (way, &profile->mad);
  pass_float (way, &profile->n_mad);
  pass_float (way, &profile->tail[0]);
  pass_float (way, &profile->tail[1]);
  pass_float (way, &profile->n_tail);
  for (guint i = 0; i < SCALES; i++)
    {
      pass_float (way, &profile->scale[i]);
      pass_float (way, &profile->n_scale[i]);
    }
  pass_time (way, &profile->hour);
  profile->n_readings = (guint8) MIN (pass_count (way, profile->n_readings), READINGS);
  profile->stride = MAX (1, pass_count (way, profile->stride));
  profile->passed = pass_count (way, MIN (profile->passed, 1000000));
  for (guint i = 0; i < profile->n_readings; i++)
    pass_float (way, &profile->readings[i]);
  pass_time (way, &profile->day);
  pass_float (way, &profile->day_max);
  pass_float (way, &profile->day_min);
  profile->n_days = (guint8) MIN (pass_count (way, profile->n_days), DAYS);
  for (guint i = 0; i < profile->n_days; i++)
    {
      pass_float (way, &profile->max[i]);
      pass_float (way, &profile->min[i]);
    }
  pass_float (way, &profile->range_max);
  pass_float (way, &profile->range_min);
  profile->n_hours = pass_count (way, MIN (profile->n_hours, 1000000));
  for (guint i = 0; i < HOURS; i++)
    for (guint k = 0; k < WEEKS; k++)
      pass_hour (way, &profile->hours[i].value[k], &profile->hours[i].week[k]);
}

static void
save (const BfSeries *series, GArray *numbers)
{
  Way way = { numbers, NULL };

  pass ((Profile *) series, &way);
}

/* What would lead reckoning astray is damaged. */
static gboolean
is_sound (const Profile *profile)
{
  return profile->mad >= 0 && profile->n_mad >= 0 && profile->n_tail >= 0 && profile->tail[0] >= 1 && profile->tail[1] >= 1
         && (profile->hour == G_MININT64 || ABS (profile->hour) < 24 * G_GINT64_CONSTANT (1000000))
         && (profile->day == G_MININT64 || ABS (profile->day) < 1000000);
}

static void
load (BfSeries *series, BfNumbers *numbers)
{
  Profile *profile = (Profile *) series;
  Way way = { NULL, numbers };

  pass (profile, &way);
  if (!is_sound (profile))
    numbers->good = FALSE;
}

const BfSeriesClass bf_series_weeks = { sizeof (Profile), init, NULL, add, NULL, step_back, save, load };
