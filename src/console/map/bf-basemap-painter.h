/* SPDX-License-Identifier: EUPL-1.2 */
/* Paints a square of the base map with Cairo. No GTK. */
#pragma once

#include "bf-basemap.h"
#include "bf-map-style.h"

G_BEGIN_DECLS

cairo_surface_t *bf_basemap_paint_tile (const BfBasemap *map, const BfMapPalette *palette, guint z, guint x, guint y,
                                        double size_px, int scale);
double bf_basemap_road_width (BfBasemapRank rank, double zoom, double m_per_px);

G_END_DECLS
