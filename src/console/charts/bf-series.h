/* SPDX-License-Identifier: EUPL-1.2 */
/* What a chart needs to know of a time series: columns, gaps, ticks. No GTK. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BfSeriesColumn:
 * @first: first value of the column
 * @last: last value of the column
 * @n: how many values; 0 for an empty column
 *
 * All that one pixel column of a line has to show.
 */
typedef struct
{
  double min, max, first, last;
  gint64 first_us, last_us;
  guint n;
} BfSeriesColumn;

typedef struct
{
  gint64 from_us, to_us;
} BfSeriesGap;

gboolean bf_series_is_sorted (guint n, const gint64 *time_us);
void bf_series_columns (guint n, const gint64 *time_us, const double *value, gint64 from_us, gint64 to_us,
                        guint n_columns, BfSeriesColumn *ret_columns);
GArray *bf_series_gaps (guint n, const gint64 *time_us, const double *value, gint64 from_us, gint64 to_us,
                        gint64 limit_us);
gboolean bf_series_range (guint n, const gint64 *time_us, const double *value, gint64 from_us, gint64 to_us,
                          double *ret_min, double *ret_max);
guint bf_series_nearest (guint n, const gint64 *time_us, gint64 at_us);
double bf_series_nice_step (double span, guint max_steps);
gint64 bf_series_time_step_us (gint64 span_us, guint max_steps);

G_END_DECLS
