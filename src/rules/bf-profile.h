/* SPDX-License-Identifier: EUPL-1.2 */
/* What a series is like at each hour of the week, learnt from its readings: a BfSeries of type BF_SERIES_WEEK. The formulas are in
 * src/rules/README.md. Bounded (4.3 kB), no allocation once it is there, without a clock, of one thread. */
#pragma once

#include "rules/bf-series.h"

G_BEGIN_DECLS

#define BF_PROFILE_WEEKS 4u          /* medians of an hour of the week that are kept */
#define BF_PROFILE_DAYS 28u          /* days whose extremes are kept */
#define BF_PROFILE_DEVIATION_MAX 1000.0

double bf_profile_expected (BfSeries *series, gint64 now_us, gint64 offset_us);
double bf_profile_deviation (BfSeries *series, gint64 now_us, gint64 offset_us, double value);
double bf_profile_outside (BfSeries *series, gint64 now_us, gint64 offset_us, double value);
double bf_profile_learnt (BfSeries *series, gint64 now_us, gint64 offset_us);

G_END_DECLS
