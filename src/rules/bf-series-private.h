/* SPDX-License-Identifier: EUPL-1.2 */
/* Between bf-series.c and the ways of remembering, one a file: each begins its struct with a BfSeries and hands out its class. */
#pragma once

#include "rules/bf-series.h"

G_BEGIN_DECLS

#define BF_SERIES_QUARTER_US (G_GINT64_CONSTANT (900) * G_USEC_PER_SEC)
#define BF_SERIES_DAY_US (96 * BF_SERIES_QUARTER_US)
#define BF_SERIES_LEAST_POINTS 4 /* of a slope */

struct _BfSeries
{
  BfSeriesSpec spec;
  gint64 newest_us;
  gint64 asked_us; /* when @answer was reckoned, since the last change; G_MININT64: none was */
  double answer;
  guint8 asked;    /* what */
};

typedef struct
{
  gint64 time_us;
  double value;
} BfSeriesPoint;

/* Numbers in order; @good turns FALSE at the first that cannot be. */
typedef struct
{
  const double *at;
  const double *end;
  gboolean good;
} BfNumbers;

/* All but @size, @add, @save and @load may be NULL. @add: @time_us is after all before, @value finite. @save: behind the newest
 * time. @load: into a new series, from what may be damaged. @add_late: @time_us is before the newest, within the span; the same value
 * may come again and again and must count once. @replace: @time_us is the newest, whose value was not yet the whole (a sum of which one
 * part came later); without it the first stands. */
typedef struct
{
  gsize size;
  void (*init) (BfSeries *series);
  void (*clear) (BfSeries *series);
  void (*add) (BfSeries *series, gint64 time_us, double value, gint64 offset_us);
  void (*break_off) (BfSeries *series);
  void (*step_back) (BfSeries *series, gint64 step_us);
  void (*save) (const BfSeries *series, GArray *numbers /* double */);
  void (*load) (BfSeries *series, BfNumbers *numbers);
  gboolean (*add_late) (BfSeries *series, gint64 time_us, double value);
  void (*replace) (BfSeries *series, gint64 time_us, double value, gint64 offset_us);
} BfSeriesClass;

extern const BfSeriesClass bf_series_tally;    /* bf-series-tally.c */
extern const BfSeriesClass bf_series_window;   /* bf-series-window.c */
extern const BfSeriesClass bf_series_falling;  /* bf-series-fall.c */
extern const BfSeriesClass bf_series_nights;   /* bf-series-night.c */
extern const BfSeriesClass bf_series_usuals;   /* bf-series-usual.c */
extern const BfSeriesClass bf_series_trending; /* bf-series-trend.c */
extern const BfSeriesClass bf_series_weeks;    /* bf-profile.c */
extern const BfSeriesClass bf_series_typicals; /* bf-series-typical.c */
extern const BfSeriesClass bf_series_residuals; /* bf-residual.c */

/* ---- bf-series.c ---- */

gint64 bf_floor_div (gint64 a, gint64 b);
double bf_series_meets (double value, double slope, double target);

/* Times in µs are exact in a double for 285 years. */
void bf_numbers_put (GArray *numbers, double value);
void bf_numbers_put_time (GArray *numbers, gint64 time_us);
double bf_numbers_take (BfNumbers *numbers);
gint64 bf_numbers_take_time (BfNumbers *numbers);
gint64 bf_numbers_take_stamp (BfNumbers *numbers);
guint bf_numbers_take_count (BfNumbers *numbers);

G_END_DECLS
