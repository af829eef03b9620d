/* SPDX-License-Identifier: EUPL-1.2 */
/* What the files of BfCityView share: its fields, and how a change is noted. */
#pragma once

#include "console/bf-city-view.h"

G_BEGIN_DECLS

struct _BfCityView
{
  GObject parent_instance;

  gboolean has_hello, connected, demo, basemap, has_bounds;
  gint64 lost_since_us, skew_us, seq, epoch;
  char *lost_reason;
  char *name;
  GTimeZone *zone;
  double bounds[4];

  BfCityCatalog *catalog;
  BfCityAssets *assets;
  BfCityStatus status;
  GArray *services; /* BfServiceStatus */
  GListStore *alerts, *feeds;
  GHashTable *alert_by_id;    /* gint64 * -> BfAlertItem: all that are open, at once */
  GPtrArray *alert_changes;   /* BfAlertItem: what the list of alerts is not told yet */
  GHashTable *worst_by_asset; /* index -> BfAlertItem, not owned; NULL: to be made */
  GArray *places, *problems;

  guint pending;
  guint flush_id;
  GArray *dirty;
};

void bf_city_view_mark (BfCityView *self, guint flags);
void bf_city_view_mark_asset (BfCityView *self, guint asset);
void bf_city_view_forget_worst (BfCityView *self);
void bf_city_view_tell_alerts (BfCityView *self);

G_END_DECLS
