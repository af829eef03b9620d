/* SPDX-License-Identifier: EUPL-1.2 */
/* The image of one frame of the map, and the sprites copied into it. Cairo only, no GTK. */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

/**
 * BfSprite:
 * @width: device pixels, without a clear edge
 * @height: device pixels, without a clear edge
 * @stride_px: pixels a row, @width filled up with clear ones
 * @hot_x: the pixel that stands on the place; outside where the ink does not reach it
 * @hot_y: the pixel that stands on the place
 * @pixels: premultiplied ARGB
 */
typedef struct
{
  int width, height;
  int stride_px;
  int hot_x, hot_y;
  guint32 *pixels;
} BfSprite;

typedef struct
{
  int width, height;
  int stride_px;
  guint32 *pixels;
  cairo_surface_t *surface;
} BfCanvas;

gboolean bf_canvas_ensure (BfCanvas *self, int width, int height, gboolean opaque);
void bf_canvas_clear (BfCanvas *self);
void bf_canvas_begin (BfCanvas *self);
void bf_canvas_end (BfCanvas *self);
void bf_canvas_fill (BfCanvas *self, guint32 colour);
void bf_canvas_fill_rect (BfCanvas *self, int x, int y, int width, int height, guint32 colour);
void bf_canvas_copy (BfCanvas *self, cairo_surface_t *opaque_image, int x, int y, int width, int height);
void bf_canvas_blit (BfCanvas *self, const BfSprite *sprite, int x, int y);

BfSprite *bf_sprite_new_from_surface (cairo_surface_t *image, int hot_x, int hot_y);
void bf_sprite_free (BfSprite *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfSprite, bf_sprite_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BfCanvas, bf_canvas_clear)

G_END_DECLS
