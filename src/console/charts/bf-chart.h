/* SPDX-License-Identifier: EUPL-1.2 */
/* A time series with its threshold and what was expected. */
#pragma once

#include "../map/bf-map-style.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_CHART (bf_chart_get_type ())
G_DECLARE_FINAL_TYPE (BfChart, bf_chart, BF, CHART, GtkWidget)

GtkWidget *bf_chart_new (void);
gboolean bf_chart_set_series (BfChart *self, guint n, const gint64 *time_us, const double *value);
gboolean bf_chart_set_expected (BfChart *self, guint n, const gint64 *time_us, const double *low, const double *high);
void bf_chart_set_threshold (BfChart *self, double value, BfMapPriority priority, const char *label);
void bf_chart_clear_threshold (BfChart *self);
void bf_chart_set_range (BfChart *self, gint64 from_us, gint64 to_us);
void bf_chart_set_gap_limit (BfChart *self, gint64 limit_us);
void bf_chart_set_time_zone (BfChart *self, GTimeZone *zone);
void bf_chart_set_states (BfChart *self, const char *const *names);
void bf_chart_set_titles (BfChart *self, const char *quantity, const char *unit);

G_END_DECLS
