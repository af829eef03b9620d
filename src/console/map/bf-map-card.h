/* SPDX-License-Identifier: EUPL-1.2 */
/* The card of two lines beside an asset. */
#pragma once

#include "bf-map-style.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * BfMapCard: (skip)
 * @title: first line, bold
 * @detail: (nullable): second line
 * @x: @y: the asset, in the widget
 */
typedef struct
{
  char *title, *detail;
  double x, y;
} BfMapCard;

void bf_map_card_clear (BfMapCard *card);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BfMapCard, bf_map_card_clear)

void bf_map_card_area (GtkWidget *widget, const BfMapCard *card, graphene_rect_t *ret_area);
void bf_map_card_snapshot (GtkSnapshot *snapshot, GtkWidget *widget, const BfMapPalette *palette, const BfMapCard *card);
void bf_map_colour_to_rgba (guint32 colour, double alpha, GdkRGBA *ret_rgba);

G_END_DECLS
