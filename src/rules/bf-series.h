/* SPDX-License-Identifier: EUPL-1.2 */
/* What a built-in function remembers of one series (one property of one asset): bounded, fed in order of phenomenon time,
 * without a clock. Several ways of remembering, one a family of functions. Of one thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BF_SERIES_WINDOW,  /* min, max, avg, delta, rate: slots over a span */
  BF_SERIES_FALL,    /* fill_rate, fill_time_to, since_fall: points since the last great fall */
  BF_SERIES_NIGHT,   /* night_min, night_min_usual: quarters of an hour between 02:00 and 04:00, 28 nights */
  BF_SERIES_USUAL,   /* usual: half hours of the last seven days */
  BF_SERIES_TREND,   /* trend, time_to: points over a span */
  BF_SERIES_TALLY,   /* sum, count, changes, stddev: slots over a span */
  BF_SERIES_WEEK,    /* expected, deviation, outside, learnt: hours of the week (bf-profile.h) */
  BF_SERIES_TYPICAL,  /* typical: the mean of all hours */
  BF_SERIES_RESIDUAL, /* residual, residual_shift, residual_learnt: one property against another (bf-residual.h) */
} BfSeriesType;

/* Which days are like Sundays. */
typedef enum
{
  BF_SERIES_HOLIDAYS_NONE,
  BF_SERIES_HOLIDAYS_FRANCE,
  BF_SERIES_HOLIDAYS_ALSACE, /* with those of Alsace and Moselle */
} BfSeriesHolidays;

/* @span_us of WINDOW, TREND, TALLY and RESIDUAL; @fall of FALL, in the property's unit; @hold of NIGHT and WEEK: a value holds until the next or a break, as that
 * of a derived property does; that of a sensor is heard again and again or is not known;
 * @holidays of WEEK. */
typedef struct
{
  BfSeriesType type;
  gint64 span_us;
  double fall;
  gboolean hold;
  BfSeriesHolidays holidays;
} BfSeriesSpec;

typedef struct _BfSeries BfSeries;

#define BF_SERIES_SLOTS 48u     /* resolution of a window: its span / 48 */
#define BF_SERIES_TREND_STEPS 8u /* resolution of a trend: two points in an eighth of its span */
#define BF_SERIES_POINTS 64u    /* points that a robust slope is drawn through */
#define BF_SERIES_NIGHTS 28u
#define BF_SERIES_NIGHTS_UNUSUAL 60u /* in a row: then they are what is usual */
#define BF_SERIES_DAYS 7u

BfSeries *bf_series_new (const BfSeriesSpec *spec);
void bf_series_free (BfSeries *series);
/* FALSE: not after the newest, not taken. @offset_us: of local time from UTC at @time_us. */
gboolean bf_series_add (BfSeries *series, gint64 time_us, double value, gint64 offset_us);

/* G_MININT64: none was taken. */
gint64 bf_series_newest_us (const BfSeries *series);

/* A value from before the newest, which changes windows and tallies it lies in. FALSE: not taken; the same again is not. */
gboolean bf_series_add_late (BfSeries *series, gint64 time_us, double value);

/* What was asked last, when nothing has changed since: many rules ask the same. */
gboolean bf_series_recall (const BfSeries *series, guint8 what, gint64 now_us, double *ret_answer);
void bf_series_keep (BfSeries *series, guint8 what, gint64 now_us, double answer);

/* Towards the processor's cache: the series, and, when that is there (@near), its ends. */
void bf_series_fetch (const BfSeries *series, gboolean near);

void bf_series_break (BfSeries *series);
/* The clock was set back (@step_us < 0): a series whose newest value is of the future at @now_us goes back with it. */
void bf_series_step_back (BfSeries *series, gint64 now_us, gint64 step_us);

/* All give NAN when too little is known. */
double bf_series_min (BfSeries *series, gint64 now_us);
double bf_series_max (BfSeries *series, gint64 now_us);
double bf_series_avg (BfSeries *series, gint64 now_us);
double bf_series_delta (const BfSeries *series, gint64 now_us, gint64 span_us, gint64 ago_us);
double bf_series_rate (const BfSeries *series, gint64 now_us, gint64 span_us);
double bf_series_sum (BfSeries *series, gint64 now_us);
double bf_series_count (BfSeries *series, gint64 now_us);
double bf_series_changes (BfSeries *series, gint64 now_us);
double bf_series_stddev (BfSeries *series, gint64 now_us);
double bf_series_trend (const BfSeries *series, gint64 now_us);
double bf_series_time_to (const BfSeries *series, gint64 now_us, double target);
double bf_series_fill_rate (const BfSeries *series);
double bf_series_fill_time_to (const BfSeries *series, double target);
double bf_series_since_fall (const BfSeries *series, gint64 now_us);
double bf_series_night (BfSeries *series, gint64 now_us, gint64 offset_us);
double bf_series_night_usual (BfSeries *series, gint64 now_us, gint64 offset_us);
double bf_series_typical (const BfSeries *series);
double bf_series_usual (const BfSeries *series, gint64 now_us, gint64 offset_us);

/* A series as numbers, to keep it over a restart; FALSE when @numbers are none of this spec's. */
void bf_series_save (const BfSeries *series, GArray *ret_numbers /* double */);
gboolean bf_series_load (BfSeries *series, const double *numbers, gsize n);

/* Slope in units a second: the median of the slopes of all pairs. At most BF_SERIES_POINTS points. */
double bf_theil_sen (const gint64 *times_us, const double *values, guint n);
double bf_median (double *values, guint n);
double bf_kth (double *values, guint n, guint k);
double bf_weighted_median (float *values, float *weights, guint n);

G_END_DECLS
