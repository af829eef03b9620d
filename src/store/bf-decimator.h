/* SPDX-License-Identifier: EUPL-1.2 */
/* Points of a series to at most so many that a chart of them looks the same: private to the store. */
#pragma once

#include "store/bf-store.h"

G_BEGIN_DECLS

typedef struct _BfDecimator BfDecimator;

BfDecimator *bf_decimator_new (gint64 from_us, gint64 to_us, guint max_points);
void bf_decimator_free (BfDecimator *decimator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfDecimator, bf_decimator_free)

void bf_decimator_add (BfDecimator *decimator, gint64 observed_us, double value);
GArray *bf_decimator_finish (BfDecimator *decimator);

G_END_DECLS
