/* SPDX-License-Identifier: EUPL-1.2 */
/* The numbers of alerts to handle by priority, in the header. */
#pragma once

#include "console/bf-city-view.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef struct _BfHeaderCounts BfHeaderCounts;

BfHeaderCounts *bf_header_counts_new (GtkBox *box);
void bf_header_counts_update (BfHeaderCounts *self, const BfCityStatus *status);

G_END_DECLS
