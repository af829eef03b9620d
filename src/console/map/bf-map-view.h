/* SPDX-License-Identifier: EUPL-1.2 */
/* The map of the console: base map, assets, alerts, names, scale bar, zoom buttons, keys. */
#pragma once

#include "bf-asset-layer.h"

G_BEGIN_DECLS

#define BF_TYPE_MAP_VIEW (bf_map_view_get_type ())
G_DECLARE_FINAL_TYPE (BfMapView, bf_map_view, BF, MAP_VIEW, GtkWidget)

GtkWidget *bf_map_view_new (void);
BfAssetLayer *bf_map_view_get_layer (BfMapView *self);
BfBasemapSource *bf_map_view_get_source (BfMapView *self);
ShumateMap *bf_map_view_get_map (BfMapView *self);

void bf_map_view_set_basemap (BfMapView *self, BfBasemap *map);
void bf_map_view_set_notice (BfMapView *self, const char *text);
void bf_map_view_set_attribution (BfMapView *self, const char *text);
void bf_map_view_set_home (BfMapView *self, double south_deg, double west_deg, double north_deg, double east_deg);
void bf_map_view_go_home (BfMapView *self);
void bf_map_view_fit (BfMapView *self, double south_deg, double west_deg, double north_deg, double east_deg);
void bf_map_view_go_to (BfMapView *self, double latitude_deg, double longitude_deg, double zoom);
void bf_map_view_jump_to (BfMapView *self, double latitude_deg, double longitude_deg, double zoom);
gboolean bf_map_view_go_to_asset (BfMapView *self, guint asset);
gboolean bf_map_view_next_alert (BfMapView *self, gboolean forward);
void bf_map_view_set_show_controls (BfMapView *self, gboolean show);

G_END_DECLS
