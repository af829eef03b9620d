/* SPDX-License-Identifier: EUPL-1.2 */
/* What one property says against what another leads to expect of it: a BfSeries of type BF_SERIES_RESIDUAL. The formulas are in
 * bf-residual.c. Bounded (half a kilobyte), no allocation once it is there, without a clock, of one thread. */
#pragma once

#include "rules/bf-series.h"

G_BEGIN_DECLS

#define BF_RESIDUAL_SPAN_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC) /* of the functions that name none */
#define BF_RESIDUAL_SHIFT_MAX 1000.0

void bf_residual_observe (BfSeries *series, gint64 time_us, double value, double other);
double bf_residual_value (const BfSeries *series, double value, double other);
double bf_residual_shift (const BfSeries *series, gint64 now_us);
double bf_residual_learnt (const BfSeries *series);

G_END_DECLS
