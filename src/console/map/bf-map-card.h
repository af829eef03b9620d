/* SPDX-License-Identifier: EUPL-1.2 */
/* The card of two lines beside an asset. */
#pragma once

#include "bf-map-style.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

void bf_map_card_snapshot (GtkSnapshot *snapshot, GtkWidget *widget, const BfMapPalette *palette, const char *title,
                           const char *detail, double x, double y);
void bf_map_colour_to_rgba (guint32 colour, double alpha, GdkRGBA *ret_rgba);

G_END_DECLS
