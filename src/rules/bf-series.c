/* SPDX-License-Identifier: EUPL-1.2 */
/* What built-in functions remember of a series: see bf-series.h.
 *
 * A window is slots of a 48th of its span, each with its least, greatest, first and last value, and one slot more from before
 * it, because a value holds until the next. Between them a value is interpolated (meters). So a window of any length costs
 * 51 slots of 40 bytes at most, and a series that brings a value an hour has as few slots as values.
 *
 * A trend is at most 18 points of 16 bytes, of which any two that are neighbours but one are an eighth of the span apart, and the
 * newest: a city has a hundred thousand of them, each reckoned at each value, and a slope through more points is no better.
 *
 * Falls: an emptied container falls by a known amount at once. One low reading between high ones is a glitch: a fall counts
 * at once, but the points before it are forgotten only when the next reading confirms it.
 *
 * Slopes are those of H. Theil (1950) and P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
 * JASA 63 (1968): the median of the slopes of all pairs of points; 29 % of the points may be nonsense. */

#include "rules/bf-series.h"

#include <math.h>
#include <string.h>

#define QUARTER_US (G_GINT64_CONSTANT (900) * G_USEC_PER_SEC)
#define HALF_HOUR_US (2 * QUARTER_US)
#define DAY_US (96 * QUARTER_US)
#define WINDOW_SLOTS (BF_SERIES_SLOTS + 3)
#define TREND_POINTS (2 * BF_SERIES_TREND_STEPS + 2)
#define TREND_ROOM 3u /* points that a trend's memory grows by */
#define HALF_HOURS 48
#define NIGHT_FROM_US (8 * QUARTER_US) /* 02:00 */
#define NIGHT_TO_US (16 * QUARTER_US)  /* 04:00 */
#define NIGHT_QUARTERS 8
#define LEAST_POINTS 4
#define LEAST_NIGHTS 5
#define LEAST_DAYS 3

typedef struct
{
  gint64 from_us; /* first value of the slot */
  gint64 to_us;   /* last one */
  double first;
  double last;
  float min;
  float max;
} Slot;

typedef struct
{
  gint64 time_us;
  double value;
} Point;

typedef struct
{
  gint64 day; /* local days since 1970; the night is that of this morning */
  double value;
} Night;

/* Mean of one half hour of one day. */
typedef struct
{
  gint32 day;
  float value;
} Cell;

struct _BfSeries
{
  BfSeriesSpec spec;
  gint64 newest_us;
  union
  {
    GArray *slots; /* Slot */
    struct
    {
      Point *points;
      guint8 n;
      guint8 room;
    } trend;
    struct
    {
      GArray *points; /* Point */
      gint64 fall_us; /* G_MININT64: none seen */
      gboolean pending;
      Point low;    /* the reading that fell */
      double level; /* from where */
    } fall;
    struct
    {
      gint64 day;
      double sum[NIGHT_QUARTERS];
      guint n[NIGHT_QUARTERS];
      Night nights[BF_SERIES_NIGHTS];
      guint n_nights;
      gboolean holds; /* @held is in force since @held_us (local): what does not change brings no values */
      double held;
      gint64 held_us;
    } night;
    struct
    {
      gint64 half_hour; /* local, since 1970 */
      double sum;
      guint n;
      Cell *cells; /* HALF_HOURS x BF_SERIES_DAYS */
    } profile;
  };
};

#define SIZE_WITH(member) (G_STRUCT_OFFSET (BfSeries, member) + sizeof (((BfSeries *) NULL)->member))

/* A night's member is ten times a trend's: each has what is its own. */
static gsize
size_of (BfSeriesType type)
{
  static const gsize sizes[] = { [BF_SERIES_WINDOW] = SIZE_WITH (slots),
                                 [BF_SERIES_FALL] = SIZE_WITH (fall),
                                 [BF_SERIES_NIGHT] = SIZE_WITH (night),
                                 [BF_SERIES_PROFILE] = SIZE_WITH (profile),
                                 [BF_SERIES_TREND] = SIZE_WITH (trend) };

  return sizes[type];
}

BfSeries *
bf_series_new (const BfSeriesSpec *spec)
{
  BfSeries *series = g_malloc0 (size_of (spec->type));

  series->spec = *spec;
  series->newest_us = G_MININT64;
  if (spec->type == BF_SERIES_WINDOW)
    series->slots = g_array_new (FALSE, FALSE, sizeof (Slot));
  else if (spec->type == BF_SERIES_FALL)
    {
      series->fall.points = g_array_new (FALSE, FALSE, sizeof (Point));
      series->fall.fall_us = G_MININT64;
    }
  else if (spec->type == BF_SERIES_NIGHT)
    series->night.day = G_MININT64;
  else if (spec->type == BF_SERIES_PROFILE)
    {
      series->profile.cells = g_new0 (Cell, HALF_HOURS * BF_SERIES_DAYS);
      series->profile.half_hour = G_MININT64;
    }
  return series;
}

void
bf_series_free (BfSeries *series)
{
  if (series == NULL)
    return;
  if (series->spec.type == BF_SERIES_WINDOW)
    g_array_unref (series->slots);
  else if (series->spec.type == BF_SERIES_FALL)
    g_array_unref (series->fall.points);
  else if (series->spec.type == BF_SERIES_PROFILE)
    g_free (series->profile.cells);
  else if (series->spec.type == BF_SERIES_TREND)
    g_free (series->trend.points);
  g_free (series);
}

/* ---- Median and robust slope ---- */

/* Hoare: puts the @k-th smallest at @k, none greater before it, none smaller behind it. */
static void
select_kth (double *values, guint n, guint k)
{
  int low = 0;
  int high = (int) n - 1;

  while (low < high)
    {
      double pivot = values[(low + high) / 2];
      double swapped;
      int i = low;
      int j = high;

      while (i <= j)
        {
          while (values[i] < pivot)
            i++;
          while (values[j] > pivot)
            j--;
          if (i > j)
            break;
          swapped = values[i];
          values[i++] = values[j];
          values[j--] = swapped;
        }
      if ((int) k <= j)
        high = j;
      else if ((int) k >= i)
        low = i;
      else
        return;
    }
}

/**
 * bf_median:
 * @values: put in another order
 *
 * Returns: the middle one, or the mean of the two in the middle; NAN of none
 */
double
bf_median (double *values, guint n)
{
  double below;

  if (n == 0)
    return NAN;
  select_kth (values, n, n / 2);
  if (n % 2 == 1)
    return values[n / 2];
  below = values[0];
  for (guint i = 1; i < n / 2; i++)
    below = MAX (below, values[i]);
  return (below + values[n / 2]) / 2;
}

double
bf_theil_sen (const gint64 *times_us, const double *values, guint n)
{
  double slopes[BF_SERIES_POINTS * (BF_SERIES_POINTS - 1) / 2];
  guint n_slopes = 0;

  g_return_val_if_fail (n <= BF_SERIES_POINTS, NAN);
  for (guint i = 0; i < n; i++)
    for (guint j = i + 1; j < n; j++)
      if (times_us[j] != times_us[i])
        slopes[n_slopes++] = (values[j] - values[i]) * G_USEC_PER_SEC / (double) (times_us[j] - times_us[i]);
  return bf_median (slopes, n_slopes);
}

/* ---- Windows ---- */

static const Slot *
slot_at (const BfSeries *series, guint i)
{
  return &g_array_index (series->slots, Slot, i);
}

static void
add_to_window (BfSeries *series, gint64 time_us, double value)
{
  GArray *slots = series->slots;
  Slot fresh = { time_us, time_us, value, value, (float) value, (float) value };
  Slot *last = slots->len > 0 ? &g_array_index (slots, Slot, slots->len - 1) : NULL;
  guint gone = 0;

  if (last != NULL && time_us - last->from_us < series->spec.span_us / BF_SERIES_SLOTS)
    {
      last->to_us = time_us;
      last->last = value;
      last->min = MIN (last->min, fresh.min);
      last->max = MAX (last->max, fresh.max);
      return;
    }
  g_array_append_val (slots, fresh);
  /* All but one of those before the window. */
  while (gone + 1 < slots->len && slot_at (series, gone + 1)->to_us <= time_us - series->spec.span_us)
    gone++;
  gone = MAX (gone, slots->len > WINDOW_SLOTS ? slots->len - WINDOW_SLOTS : 0);
  if (gone > 0)
    g_array_remove_range (slots, 0, gone);
}

static double
between (gint64 time_us, gint64 from_us, double from, gint64 to_us, double to)
{
  return from + (to - from) * (double) (time_us - from_us) / (double) (to_us - from_us);
}

/* The value in force at @time_us, interpolated between slots; NAN before the first. */
static double
value_at (const BfSeries *series, gint64 time_us)
{
  for (guint i = series->slots->len; i-- > 0;)
    {
      const Slot *slot = slot_at (series, i);
      const Slot *next = slot + 1;

      if (slot->from_us > time_us)
        continue;
      if (slot->to_us > time_us)
        return between (time_us, slot->from_us, slot->first, slot->to_us, slot->last);
      if (i + 1 == series->slots->len)
        return slot->last;
      return between (time_us, slot->to_us, slot->last, next->from_us, next->first);
    }
  return NAN;
}

/* Something is known of the window's first quarter, or of before it. */
static gboolean
is_covered (const BfSeries *series, gint64 from_us, gint64 span_us)
{
  return series->slots->len > 0 && slot_at (series, 0)->from_us <= from_us + span_us / 4;
}

/* First slot of the window: the one in force when it begins. */
static guint
first_in_window (const BfSeries *series, gint64 from_us)
{
  guint i = series->slots->len - 1;

  while (i > 0 && slot_at (series, i)->from_us > from_us)
    i--;
  return i;
}

static double
extreme (const BfSeries *series, gint64 now_us, gboolean greatest)
{
  gint64 from_us = now_us - series->spec.span_us;
  double found;
  guint i;

  if (!is_covered (series, from_us, series->spec.span_us))
    return NAN;
  i = first_in_window (series, from_us);
  /* Of a slot that ended before the window only its last value reaches into it. */
  found = slot_at (series, i)->to_us < from_us ? slot_at (series, i)->last
          : greatest                           ? slot_at (series, i)->max
                                               : slot_at (series, i)->min;
  for (i++; i < series->slots->len; i++)
    found = greatest ? MAX (found, slot_at (series, i)->max) : MIN (found, slot_at (series, i)->min);
  return found;
}

/**
 * bf_series_min:
 *
 * Returns: the least value in force during the window, single precision, to a 48th of the window's length
 */
double
bf_series_min (const BfSeries *series, gint64 now_us)
{
  return extreme (series, now_us, FALSE);
}

double
bf_series_max (const BfSeries *series, gint64 now_us)
{
  return extreme (series, now_us, TRUE);
}

/**
 * bf_series_avg:
 *
 * Returns: the mean over time, each slot's last value holding until the next slot
 */
double
bf_series_avg (const BfSeries *series, gint64 now_us)
{
  gint64 from_us = now_us - series->spec.span_us;
  double sum = 0;
  gint64 total_us = 0;

  if (!is_covered (series, from_us, series->spec.span_us))
    return NAN;
  for (guint i = first_in_window (series, from_us); i < series->slots->len; i++)
    {
      gint64 begin_us = MAX (slot_at (series, i)->from_us, from_us);
      gint64 end_us = i + 1 < series->slots->len ? slot_at (series, i + 1)->from_us : now_us;

      if (end_us <= begin_us)
        continue;
      sum += slot_at (series, i)->last * (double) (end_us - begin_us);
      total_us += end_us - begin_us;
    }
  return total_us > 0 ? sum / (double) total_us : slot_at (series, series->slots->len - 1)->last;
}

/**
 * bf_series_delta:
 * @span_us: over which
 * @ago_us: how long before now the span ends
 *
 * Returns: value at its end less value at its begin
 */
double
bf_series_delta (const BfSeries *series, gint64 now_us, gint64 span_us, gint64 ago_us)
{
  gint64 from_us = now_us - ago_us - span_us;
  double begin;

  if (!is_covered (series, from_us, span_us))
    return NAN;
  begin = value_at (series, from_us);
  if (isnan (begin))
    begin = slot_at (series, 0)->first;
  return value_at (series, now_us - ago_us) - begin;
}

/**
 * bf_series_rate:
 *
 * Returns: change over the span, a second: of what was heard, so that a meter that is silent for a while does not slow down
 */
double
bf_series_rate (const BfSeries *series, gint64 now_us, gint64 span_us)
{
  gint64 from_us = now_us - span_us;
  const Slot *last;
  double begin;
  gint64 begin_us;

  if (!is_covered (series, from_us, span_us))
    return NAN;
  last = slot_at (series, series->slots->len - 1);
  begin = value_at (series, from_us);
  begin_us = isnan (begin) ? slot_at (series, 0)->from_us : from_us;
  if (isnan (begin))
    begin = slot_at (series, 0)->first;
  if (last->to_us - begin_us < span_us / 4)
    return NAN;
  return (last->last - begin) * G_USEC_PER_SEC / (double) (last->to_us - begin_us);
}

/* ---- Trends ---- */

static void
append_to_trend (BfSeries *series, Point point)
{
  if (series->trend.n == series->trend.room)
    {
      series->trend.room = (guint8) MIN (TREND_POINTS, series->trend.room + TREND_ROOM);
      series->trend.points = g_renew (Point, series->trend.points, series->trend.room);
    }
  series->trend.points[series->trend.n++] = point;
}

static void
add_to_trend (BfSeries *series, gint64 time_us, double value)
{
  Point *points = series->trend.points;
  guint n = series->trend.n;
  guint gone = 0;

  if (n >= 2 && time_us - points[n - 2].time_us < series->spec.span_us / BF_SERIES_TREND_STEPS)
    {
      points[n - 1] = (Point){ time_us, value };
      return;
    }
  while (gone < n && (points[gone].time_us < time_us - series->spec.span_us || n - gone >= TREND_POINTS))
    gone++;
  if (gone > 0)
    memmove (points, points + gone, (n - gone) * sizeof (Point));
  series->trend.n = (guint8) (n - gone);
  append_to_trend (series, (Point){ time_us, value });
}

/**
 * bf_series_trend:
 *
 * Returns: robust slope of the span a second, of four points or more that cover a third of it
 */
double
bf_series_trend (const BfSeries *series, gint64 now_us)
{
  gint64 times_us[TREND_POINTS];
  double values[TREND_POINTS];
  guint n = 0;

  for (guint i = 0; i < series->trend.n; i++)
    if (series->trend.points[i].time_us >= now_us - series->spec.span_us)
      {
        times_us[n] = series->trend.points[i].time_us;
        values[n++] = series->trend.points[i].value;
      }
  if (n < LEAST_POINTS || times_us[n - 1] - times_us[0] < series->spec.span_us / 3)
    return NAN;
  return bf_theil_sen (times_us, values, n);
}

/* Seconds until @value meets @target at @slope; 0 when it is there. */
static double
meets (double value, double slope, double target)
{
  if (value == target)
    return 0;
  if (!((slope > 0 && target > value) || (slope < 0 && target < value)))
    return NAN;
  return (target - value) / slope;
}

double
bf_series_time_to (const BfSeries *series, gint64 now_us, double target)
{
  if (series->trend.n == 0)
    return NAN;
  return meets (series->trend.points[series->trend.n - 1].value, bf_series_trend (series, now_us), target);
}

/* ---- Between falls ---- */

static Point *
point_at (const BfSeries *series, guint i)
{
  return &g_array_index (series->fall.points, Point, i);
}

static void
append_point (BfSeries *series, Point point)
{
  GArray *points = series->fall.points;

  g_array_append_val (points, point);
  if (points->len < BF_SERIES_POINTS)
    return;
  /* Every second one, the newest always: the whole time since the fall stays covered. */
  for (guint i = 0; i < points->len / 2; i++)
    *point_at (series, i) = *point_at (series, 2 * i + 1);
  g_array_set_size (points, points->len / 2);
}

/* Median of the last three readings. */
static double
recent_level (const BfSeries *series)
{
  double values[3];
  guint n = MIN (3, series->fall.points->len);

  for (guint i = 0; i < n; i++)
    values[i] = point_at (series, series->fall.points->len - 1 - i)->value;
  return bf_median (values, n);
}

static void
add_between_falls (BfSeries *series, gint64 time_us, double value)
{
  Point point = { time_us, value };
  double level;

  if (series->fall.pending)
    {
      series->fall.pending = FALSE;
      if (value <= series->fall.level - series->spec.fall / 2)
        {
          series->fall.fall_us = series->fall.low.time_us;
          g_array_set_size (series->fall.points, 0);
          append_point (series, series->fall.low);
        }
    }
  level = recent_level (series);
  if (level - value >= series->spec.fall)
    {
      series->fall.pending = TRUE;
      series->fall.low = point;
      series->fall.level = level;
      return;
    }
  append_point (series, point);
}

/**
 * bf_series_fill_rate:
 *
 * Returns: robust slope a second over the points since the last fall; of four points or more
 */
double
bf_series_fill_rate (const BfSeries *series)
{
  gint64 times_us[BF_SERIES_POINTS];
  double values[BF_SERIES_POINTS];
  guint n = series->fall.points->len;

  if (series->fall.pending || n < LEAST_POINTS)
    return NAN;
  for (guint i = 0; i < n; i++)
    {
      times_us[i] = point_at (series, i)->time_us;
      values[i] = point_at (series, i)->value;
    }
  return bf_theil_sen (times_us, values, n);
}

double
bf_series_fill_time_to (const BfSeries *series, double target)
{
  guint n = series->fall.points->len;

  if (n == 0 || series->fall.pending)
    return NAN;
  if (point_at (series, n - 1)->value >= target)
    return 0;
  return meets (point_at (series, n - 1)->value, bf_series_fill_rate (series), target);
}

double
bf_series_since_fall (const BfSeries *series, gint64 now_us)
{
  gint64 fall_us = series->fall.pending ? series->fall.low.time_us : series->fall.fall_us;

  return fall_us == G_MININT64 ? NAN : (double) (now_us - fall_us) / G_USEC_PER_SEC;
}

/* ---- Nights ---- */

static gint64
floor_div (gint64 a, gint64 b)
{
  return a / b - (a % b < 0);
}

/* The least mean of four quarters in a row, three of which at least are known. */
static double
least_hour (const BfSeries *series)
{
  double least = NAN;

  for (guint first = 0; first + 4 <= NIGHT_QUARTERS; first++)
    {
      double sum = 0;
      guint n = 0;

      for (guint i = first; i < first + 4; i++)
        if (series->night.n[i] > 0)
          {
            sum += series->night.sum[i] / series->night.n[i];
            n++;
          }
      if (n >= 3 && !(sum / n >= least))
        least = sum / n;
    }
  return least;
}

/* At the end of its two hours a night becomes one number. */
static void
settle_night (BfSeries *series, gint64 local_us)
{
  Night night = { series->night.day, least_hour (series) };

  if (night.day == G_MININT64 || local_us < night.day * DAY_US + NIGHT_TO_US)
    return;
  if (!isnan (night.value))
    {
      if (series->night.n_nights == BF_SERIES_NIGHTS)
        memmove (series->night.nights, series->night.nights + 1, --series->night.n_nights * sizeof (Night));
      series->night.nights[series->night.n_nights++] = night;
    }
  series->night.day = G_MININT64;
  memset (series->night.sum, 0, sizeof series->night.sum);
  memset (series->night.n, 0, sizeof series->night.n);
}

/* Quarters that are over and brought no value have the one in force. */
static void
hold_night (BfSeries *series, gint64 local_us)
{
  gint64 day = floor_div (local_us, DAY_US);

  if (!series->night.holds || (series->night.n_nights > 0 && series->night.nights[series->night.n_nights - 1].day >= day))
    return;
  for (guint i = 0; i < NIGHT_QUARTERS; i++)
    {
      gint64 begin_us = day * DAY_US + NIGHT_FROM_US + i * QUARTER_US;

      if (series->night.n[i] > 0 || begin_us < series->night.held_us || begin_us + QUARTER_US > local_us)
        continue;
      series->night.day = day;
      series->night.sum[i] = series->night.held;
      series->night.n[i] = 1;
    }
}

static void
bring_night (BfSeries *series, gint64 local_us)
{
  if (series->night.day != G_MININT64 && series->night.day < floor_div (local_us, DAY_US))
    settle_night (series, local_us); /* one of before */
  hold_night (series, local_us);
  settle_night (series, local_us);
}

static void
add_to_night (BfSeries *series, gint64 local_us, double value)
{
  gint64 day = floor_div (local_us, DAY_US);
  gint64 in_day_us = local_us - day * DAY_US;
  guint quarter;

  bring_night (series, local_us);
  series->night.holds = series->spec.hold;
  series->night.held = value;
  series->night.held_us = local_us;
  if (in_day_us < NIGHT_FROM_US || in_day_us >= NIGHT_TO_US)
    return;
  quarter = (guint) ((in_day_us - NIGHT_FROM_US) / QUARTER_US);
  series->night.day = day;
  series->night.sum[quarter] += value;
  series->night.n[quarter]++;
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
  const Night *last;

  bring_night (series, now_us + offset_us);
  if (series->night.n_nights == 0)
    return NAN;
  last = &series->night.nights[series->night.n_nights - 1];
  return floor_div (now_us + offset_us, DAY_US) - last->day <= 1 ? last->value : NAN;
}

/**
 * bf_series_night_usual:
 *
 * Returns: the median of up to 27 nights before the last one, of five at least
 */
double
bf_series_night_usual (BfSeries *series, gint64 now_us, gint64 offset_us)
{
  double values[BF_SERIES_NIGHTS];
  guint n = 0;

  bring_night (series, now_us + offset_us);
  for (; n + 1 < series->night.n_nights; n++)
    values[n] = series->night.nights[n].value;
  return n < LEAST_NIGHTS ? NAN : bf_median (values, n);
}

/* ---- Profiles ---- */

static void
settle_half_hour (BfSeries *series)
{
  gint64 half_hour = series->profile.half_hour;
  gint64 day = floor_div (half_hour, HALF_HOURS);
  Cell *cell;

  if (half_hour == G_MININT64 || series->profile.n == 0)
    return;
  cell = &series->profile.cells[(half_hour - day * HALF_HOURS) * BF_SERIES_DAYS + (day % BF_SERIES_DAYS + BF_SERIES_DAYS) % BF_SERIES_DAYS];
  *cell = (Cell){ (gint32) day, (float) (series->profile.sum / series->profile.n) };
}

static void
add_to_profile (BfSeries *series, gint64 local_us, double value)
{
  gint64 half_hour = floor_div (local_us, HALF_HOUR_US);

  if (half_hour != series->profile.half_hour)
    {
      settle_half_hour (series);
      series->profile.half_hour = half_hour;
      series->profile.sum = 0;
      series->profile.n = 0;
    }
  series->profile.sum += value;
  series->profile.n++;
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
  gint64 half_hour = floor_div (now_us + offset_us, HALF_HOUR_US);
  gint64 today = floor_div (half_hour, HALF_HOURS);
  const Cell *cells = &series->profile.cells[(half_hour - today * HALF_HOURS) * BF_SERIES_DAYS];
  double values[BF_SERIES_DAYS];
  guint n = 0;

  for (guint i = 0; i < BF_SERIES_DAYS; i++)
    if (cells[i].day != 0 && cells[i].day < today && cells[i].day >= today - (gint64) BF_SERIES_DAYS)
      values[n++] = cells[i].value;
  return n < LEAST_DAYS ? NAN : bf_median (values, n);
}

/* ---- All ---- */

gboolean
bf_series_add (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  if (time_us <= series->newest_us || !isfinite (value))
    return FALSE;
  series->newest_us = time_us;
  if (series->spec.type == BF_SERIES_WINDOW)
    add_to_window (series, time_us, value);
  else if (series->spec.type == BF_SERIES_FALL)
    add_between_falls (series, time_us, value);
  else if (series->spec.type == BF_SERIES_NIGHT)
    add_to_night (series, time_us + offset_us, value);
  else if (series->spec.type == BF_SERIES_TREND)
    add_to_trend (series, time_us, value);
  else
    add_to_profile (series, time_us + offset_us, value);
  return TRUE;
}

/**
 * bf_series_break:
 *
 * The value is unknown from now on: it does not hold until the next.
 */
void
bf_series_break (BfSeries *series)
{
  if (series->spec.type == BF_SERIES_NIGHT)
    series->night.holds = FALSE;
}

static void
step_points (GArray *points, gint64 step_us)
{
  for (guint i = 0; i < points->len; i++)
    g_array_index (points, Point, i).time_us += step_us;
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
  if (series->spec.type == BF_SERIES_WINDOW)
    for (guint i = 0; i < series->slots->len; i++)
      {
        Slot *slot = &g_array_index (series->slots, Slot, i);

        slot->from_us += step_us;
        slot->to_us += step_us;
      }
  else if (series->spec.type == BF_SERIES_TREND)
    for (guint i = 0; i < series->trend.n; i++)
      series->trend.points[i].time_us += step_us;
  else if (series->spec.type == BF_SERIES_FALL)
    {
      step_points (series->fall.points, step_us);
      series->fall.low.time_us += step_us;
      if (series->fall.fall_us != G_MININT64)
        series->fall.fall_us += step_us;
    }
  else if (series->spec.type == BF_SERIES_NIGHT)
    series->night.held_us += step_us;
}

/* ---- Keeping: a series as a list of doubles; times in µs are exact in one for 285 years ---- */

static void
put (GArray *numbers, double value)
{
  g_array_append_val (numbers, value);
}

static void
put_time (GArray *numbers, gint64 time_us)
{
  put (numbers, time_us == G_MININT64 ? -INFINITY : (double) time_us);
}

void
bf_series_save (const BfSeries *series, GArray *ret_numbers)
{
  put_time (ret_numbers, series->newest_us);
  if (series->spec.type == BF_SERIES_WINDOW)
    for (guint i = 0; i < series->slots->len; i++)
      {
        const Slot *slot = slot_at (series, i);

        put_time (ret_numbers, slot->from_us);
        put_time (ret_numbers, slot->to_us);
        put (ret_numbers, slot->first);
        put (ret_numbers, slot->last);
        put (ret_numbers, slot->min);
        put (ret_numbers, slot->max);
      }
  else if (series->spec.type == BF_SERIES_TREND)
    for (guint i = 0; i < series->trend.n; i++)
      {
        put_time (ret_numbers, series->trend.points[i].time_us);
        put (ret_numbers, series->trend.points[i].value);
      }
  else if (series->spec.type == BF_SERIES_FALL)
    {
      put_time (ret_numbers, series->fall.fall_us);
      put (ret_numbers, series->fall.pending);
      put_time (ret_numbers, series->fall.low.time_us);
      put (ret_numbers, series->fall.low.value);
      put (ret_numbers, series->fall.level);
      for (guint i = 0; i < series->fall.points->len; i++)
        {
          put_time (ret_numbers, point_at (series, i)->time_us);
          put (ret_numbers, point_at (series, i)->value);
        }
    }
  else if (series->spec.type == BF_SERIES_NIGHT)
    {
      put_time (ret_numbers, series->night.day);
      put (ret_numbers, series->night.holds);
      put (ret_numbers, series->night.held);
      put_time (ret_numbers, series->night.held_us);
      for (guint i = 0; i < NIGHT_QUARTERS; i++)
        {
          put (ret_numbers, series->night.sum[i]);
          put (ret_numbers, series->night.n[i]);
        }
      for (guint i = 0; i < series->night.n_nights; i++)
        {
          put (ret_numbers, (double) series->night.nights[i].day);
          put (ret_numbers, series->night.nights[i].value);
        }
    }
  else
    {
      put_time (ret_numbers, series->profile.half_hour);
      put (ret_numbers, series->profile.sum);
      put (ret_numbers, series->profile.n);
      for (guint i = 0; i < HALF_HOURS * BF_SERIES_DAYS; i++)
        {
          put (ret_numbers, series->profile.cells[i].day);
          put (ret_numbers, series->profile.cells[i].value);
        }
    }
}

/* Numbers in order; @good turns FALSE at the first that cannot be. */
typedef struct
{
  const double *at;
  const double *end;
  gboolean good;
} Numbers;

static double
take (Numbers *numbers)
{
  double value = numbers->at < numbers->end ? *numbers->at++ : NAN;

  if (!isfinite (value))
    numbers->good = FALSE;
  return numbers->good ? value : 0;
}

static gint64
take_time (Numbers *numbers)
{
  double value;

  if (numbers->at < numbers->end && *numbers->at == -INFINITY)
    {
      numbers->at++;
      return G_MININT64;
    }
  value = take (numbers);
  if (fabs (value) > 9e15)
    numbers->good = FALSE;
  return numbers->good ? (gint64) value : 0;
}

/* A time that is there. */
static gint64
take_stamp (Numbers *numbers)
{
  gint64 time_us = take_time (numbers);

  if (time_us == G_MININT64)
    numbers->good = FALSE;
  return numbers->good ? time_us : 0;
}

static guint
take_count (Numbers *numbers)
{
  double value = take (numbers);

  if (!(value >= 0 && value <= 1e6))
    numbers->good = FALSE;
  return numbers->good ? (guint) value : 0;
}

static void
load_window (BfSeries *series, Numbers *numbers)
{
  while (numbers->good && numbers->at < numbers->end && series->slots->len < WINDOW_SLOTS)
    {
      Slot slot;

      slot.from_us = take_stamp (numbers);
      slot.to_us = take_stamp (numbers);
      slot.first = take (numbers);
      slot.last = take (numbers);
      slot.min = (float) take (numbers);
      slot.max = (float) take (numbers);
      if (slot.to_us < slot.from_us || (series->slots->len > 0 && slot.from_us <= slot_at (series, series->slots->len - 1)->to_us))
        numbers->good = FALSE;
      g_array_append_val (series->slots, slot);
    }
}

static void
load_fall (BfSeries *series, Numbers *numbers)
{
  series->fall.fall_us = take_time (numbers);
  series->fall.pending = take_count (numbers) != 0;
  series->fall.low.time_us = take_stamp (numbers);
  series->fall.low.value = take (numbers);
  series->fall.level = take (numbers);
  while (numbers->good && numbers->at < numbers->end && series->fall.points->len < BF_SERIES_POINTS - 1)
    {
      Point point;

      point.time_us = take_stamp (numbers);
      point.value = take (numbers);
      g_array_append_val (series->fall.points, point);
    }
}

static void
load_night (BfSeries *series, Numbers *numbers)
{
  series->night.day = take_time (numbers);
  if (series->night.day != G_MININT64 && ABS (series->night.day) > 1000000)
    numbers->good = FALSE;
  series->night.holds = take_count (numbers) != 0;
  series->night.held = take (numbers);
  series->night.held_us = take_stamp (numbers);
  for (guint i = 0; i < NIGHT_QUARTERS; i++)
    {
      series->night.sum[i] = take (numbers);
      series->night.n[i] = take_count (numbers);
    }
  while (numbers->good && numbers->at < numbers->end && series->night.n_nights < BF_SERIES_NIGHTS)
    {
      Night *night = &series->night.nights[series->night.n_nights++];

      night->day = take_stamp (numbers);
      night->value = take (numbers);
    }
}

static void
load_profile (BfSeries *series, Numbers *numbers)
{
  series->profile.half_hour = take_time (numbers);
  series->profile.sum = take (numbers);
  series->profile.n = take_count (numbers);
  for (guint i = 0; i < HALF_HOURS * BF_SERIES_DAYS; i++)
    {
      double day = take (numbers);

      if (fabs (day) > 1e6)
        numbers->good = FALSE;
      series->profile.cells[i] = (Cell){ numbers->good ? (gint32) day : 0, (float) take (numbers) };
    }
}

static void
load_trend (BfSeries *series, Numbers *numbers)
{
  while (numbers->good && numbers->at < numbers->end && series->trend.n < TREND_POINTS)
    {
      Point point;

      point.time_us = take_time (numbers);
      point.value = take (numbers);
      if (point.time_us == G_MININT64 || (series->trend.n > 0 && point.time_us <= series->trend.points[series->trend.n - 1].time_us))
        numbers->good = FALSE;
      append_to_trend (series, point);
    }
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
  static void (*const load[]) (BfSeries *, Numbers *) = { load_window, load_fall, load_night, load_profile, load_trend };
  Numbers in = { numbers, numbers + n, TRUE };

  series->newest_us = take_time (&in);
  load[series->spec.type](series, &in);
  return in.good && in.at == in.end;
}
