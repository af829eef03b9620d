/* SPDX-License-Identifier: EUPL-1.2 */
/* The tiles of the city's own base map, painted here, offline. */
#pragma once

#include "bf-basemap.h"
#include "bf-canvas.h"
#include "bf-projection.h"

#include <shumate/shumate.h>

G_BEGIN_DECLS

#define BF_TYPE_BASEMAP_SOURCE (bf_basemap_source_get_type ())
G_DECLARE_FINAL_TYPE (BfBasemapSource, bf_basemap_source, BF, BASEMAP_SOURCE, ShumateMapSource)

BfBasemapSource *bf_basemap_source_new (void);
void bf_basemap_source_set_basemap (BfBasemapSource *self, BfBasemap *map);
BfBasemap *bf_basemap_source_get_basemap (BfBasemapSource *self);
void bf_basemap_source_set_dark (BfBasemapSource *self, gboolean dark);
void bf_basemap_source_paint (BfBasemapSource *self, BfCanvas *canvas, const BfProjection *projection);
gboolean bf_basemap_source_is_idle (BfBasemapSource *self);

G_END_DECLS
