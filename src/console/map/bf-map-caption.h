/* SPDX-License-Identifier: EUPL-1.2 */
/* The scale bar of the map and where its ground comes from. */
#pragma once

#include <shumate/shumate.h>

G_BEGIN_DECLS

#define BF_TYPE_MAP_CAPTION (bf_map_caption_get_type ())
G_DECLARE_FINAL_TYPE (BfMapCaption, bf_map_caption, BF, MAP_CAPTION, GtkWidget)

BfMapCaption *bf_map_caption_new (ShumateViewport *viewport);
void bf_map_caption_set_text (BfMapCaption *self, const char *text);
void bf_map_caption_set_dark (BfMapCaption *self, gboolean dark);
double bf_map_caption_round_length_m (double max_length_m);

G_END_DECLS
