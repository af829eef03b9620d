/* SPDX-License-Identifier: EUPL-1.2 */
/* The alerts of the last 24 hours as bars. */
#pragma once

#include "../map/bf-map-style.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_TIMELINE_STRIP (bf_timeline_strip_get_type ())
G_DECLARE_FINAL_TYPE (BfTimelineStrip, bf_timeline_strip, BF, TIMELINE_STRIP, GtkWidget)

GtkWidget *bf_timeline_strip_new (void);
void bf_timeline_strip_set_bars (BfTimelineStrip *self, guint n, const guint *count, const BfMapPriority *worst);
void bf_timeline_strip_set_range (BfTimelineStrip *self, gint64 from_us, gint64 to_us);
void bf_timeline_strip_set_time_zone (BfTimelineStrip *self, GTimeZone *zone);

G_END_DECLS
