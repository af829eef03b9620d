/* SPDX-License-Identifier: EUPL-1.2 */
/* Tells the map what the city is: assets, states, places, base map. The map itself knows nothing of the API. */
#pragma once

#include "console/bf-city-view.h"
#include "console/map/bf-map-view.h"

G_BEGIN_DECLS

typedef struct _BfMapLink BfMapLink;

BfMapLink *bf_map_link_new (BfCityView *view, BfMapView *map);
void bf_map_link_free (BfMapLink *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfMapLink, bf_map_link_free)

gboolean bf_map_link_is_placed (BfMapLink *self);
void bf_map_link_changed (BfMapLink *self, guint flags);
void bf_map_link_set_service (BfMapLink *self, guint service);
void bf_map_link_set_basemap (BfMapLink *self, GBytes *bytes);
BfMapState bf_map_link_state (BfCityView *view, guint asset);

G_END_DECLS
