/* SPDX-License-Identifier: EUPL-1.2 */
/* The names on the map: districts, places, streets. Cairo and Pango, no GTK. */
#pragma once

#include "bf-basemap.h"
#include "bf-canvas.h"
#include "bf-map-style.h"
#include "bf-projection.h"

#include <pango/pango.h>

G_BEGIN_DECLS

typedef struct _BfLabelOverlay BfLabelOverlay;

BfLabelOverlay *bf_label_overlay_new (void);
void bf_label_overlay_free (BfLabelOverlay *self);
void bf_label_overlay_set_basemap (BfLabelOverlay *self, BfBasemap *map);
void bf_label_overlay_paint (BfLabelOverlay *self, BfCanvas *canvas, const BfProjection *projection,
                             PangoContext *context, gboolean dark);
guint bf_label_overlay_get_n_labels (const BfLabelOverlay *self);
void bf_label_overlay_clear_obstacles (BfLabelOverlay *self);
void bf_label_overlay_add_obstacle (BfLabelOverlay *self, const cairo_rectangle_int_t *obstacle);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfLabelOverlay, bf_label_overlay_free)

G_END_DECLS
