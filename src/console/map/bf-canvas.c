/* SPDX-License-Identifier: EUPL-1.2 */
/* The image of one frame of the map, and the sprites copied into it.
 *
 * One node for the whole map instead of one a point: the pixels are written here, by loops that the compiler
 * sees whole, and GTK is handed a single image. Opaque (RGB24) when the base map is painted into it too, so
 * that the renderer copies instead of blending. Not thread safe; owned by its layer.
 */
#include "bf-canvas.h"

#include <string.h>

#define MAX_SIDE_PX 16384
/* A row of a sprite is a whole number of vectors. */
#define SPRITE_STEP 4

/**
 * bf_canvas_ensure: (skip)
 * @self: a canvas, zeroed before its first use
 * @width: device pixels
 * @height: device pixels
 * @opaque: whether every pixel will be covered
 *
 * Makes the canvas that large; its content is undefined.
 *
 * Returns: %FALSE if such an image cannot be had
 */
gboolean
bf_canvas_ensure (BfCanvas *self, int width, int height, gboolean opaque)
{
  cairo_format_t format = opaque ? CAIRO_FORMAT_RGB24 : CAIRO_FORMAT_ARGB32;

  if (width <= 0 || height <= 0 || width > MAX_SIDE_PX || height > MAX_SIDE_PX)
    return FALSE;
  if (self->surface != NULL && self->width == width && self->height == height
      && cairo_image_surface_get_format (self->surface) == format)
    return TRUE;
  bf_canvas_clear (self);
  self->surface = cairo_image_surface_create (format, width, height);
  if (cairo_surface_status (self->surface) != CAIRO_STATUS_SUCCESS)
    {
      bf_canvas_clear (self);
      return FALSE;
    }
  self->width = width;
  self->height = height;
  self->stride_px = cairo_image_surface_get_stride (self->surface) / 4;
  return TRUE;
}

/**
 * bf_canvas_clear: (skip)
 * @self: a canvas
 *
 * Frees the image.
 */
void
bf_canvas_clear (BfCanvas *self)
{
  g_clear_pointer (&self->surface, cairo_surface_destroy);
  memset (self, 0, sizeof *self);
}

/**
 * bf_canvas_begin: (skip)
 * @self: a canvas
 *
 * To be called before pixels are written by hand.
 */
void
bf_canvas_begin (BfCanvas *self)
{
  cairo_surface_flush (self->surface);
  self->pixels = (guint32 *) (void *) cairo_image_surface_get_data (self->surface);
}

/**
 * bf_canvas_end: (skip)
 * @self: a canvas
 *
 * To be called after pixels were written by hand and before Cairo reads them.
 */
void
bf_canvas_end (BfCanvas *self)
{
  cairo_surface_mark_dirty (self->surface);
}

/**
 * bf_canvas_fill: (skip)
 * @self: a canvas
 * @colour: 0xAARRGGBB, premultiplied
 */
void
bf_canvas_fill (BfCanvas *self, guint32 colour)
{
  bf_canvas_fill_rect (self, 0, 0, self->width, self->height, colour);
}

/**
 * bf_canvas_fill_rect: (skip)
 * @self: a canvas
 * @x: left edge; may lie outside
 * @y: upper edge; may lie outside
 * @width: pixels
 * @height: pixels
 * @colour: 0xAARRGGBB, premultiplied
 */
void
bf_canvas_fill_rect (BfCanvas *self, int x, int y, int width, int height, guint32 colour)
{
  int x0 = MAX (x, 0), x1 = MIN (x + width, self->width);
  int y0 = MAX (y, 0), y1 = MIN (y + height, self->height);

  for (int row = y0; row < y1; row++)
    {
      guint32 *to = self->pixels + (gsize) row * self->stride_px;

      for (int i = x0; i < x1; i++)
        to[i] = colour;
    }
}

/**
 * bf_canvas_copy: (skip)
 * @self: a canvas
 * @opaque_image: an RGB24 image surface
 * @x: where its upper left corner goes
 * @y: where its upper left corner goes
 * @width: how much of it to copy
 * @height: how much of it to copy
 *
 * Copies pixels as they are.
 */
void
bf_canvas_copy (BfCanvas *self, cairo_surface_t *opaque_image, int x, int y, int width, int height)
{
  const guint32 *from = (const guint32 *) (const void *) cairo_image_surface_get_data (opaque_image);
  int stride_px = cairo_image_surface_get_stride (opaque_image) / 4;
  int x0 = MAX (x, 0), x1 = MIN (x + MIN (width, cairo_image_surface_get_width (opaque_image)), self->width);
  int y0 = MAX (y, 0), y1 = MIN (y + MIN (height, cairo_image_surface_get_height (opaque_image)), self->height);

  if (x0 >= x1)
    return;
  for (int row = y0; row < y1; row++)
    memcpy (self->pixels + (gsize) row * self->stride_px + x0, from + (gsize) (row - y) * stride_px + (x0 - x),
            (gsize) (x1 - x0) * 4);
}

/* Four pixels; the compiler's own vectors, so that every processor has its way. */
typedef guint32 Pixels __attribute__ ((vector_size (16)));

/* source over destination, both premultiplied, two channels a multiplication. A clear source leaves all as it is. */
static inline guint32
over (guint32 from, guint32 to)
{
  guint32 keep = 256 - (from >> 24);
  guint32 rb = (to & 0x00ff00ff) * keep >> 8 & 0x00ff00ff;
  guint32 ag = (to >> 8 & 0x00ff00ff) * keep & 0xff00ff00;

  return from + (rb | ag);
}

/* The same for four: the parts of a channel pair are multiplied apart, as 16 bits wide lanes. */
typedef guint16 Lanes __attribute__ ((vector_size (16)));

static inline Pixels
over_4 (Pixels from, Pixels to)
{
  Pixels keep = 256 - (from >> 24);
  Lanes factor = (Lanes) (keep | keep << 16);
  Pixels rb = (Pixels) (((Lanes) (to & 0x00ff00ff) * factor) >> 8);
  Pixels ag = (Pixels) ((Lanes) (to >> 8 & 0x00ff00ff) * factor) & 0xff00ff00;

  return from + (rb | ag);
}

/* Cut at the edges, pixel by pixel. */
static void
blit_cut (BfCanvas *self, const BfSprite *sprite, int left, int top)
{
  int x0 = MAX (0, -left), x1 = MIN (sprite->width, self->width - left);
  int y0 = MAX (0, -top), y1 = MIN (sprite->height, self->height - top);

  for (int row = y0; row < y1; row++)
    {
      const guint32 *from = sprite->pixels + (gsize) row * (gsize) sprite->stride_px;
      guint32 *to = self->pixels + (gsize) (top + row) * (gsize) self->stride_px + left;

      for (int i = x0; i < x1; i++)
        to[i] = over (from[i], to[i]);
    }
}

/**
 * bf_canvas_blit: (skip)
 * @self: a canvas
 * @sprite: a sprite
 * @x: where its hot spot goes
 * @y: where its hot spot goes
 *
 * Paints a sprite over the canvas, cut at the edges.
 */
void
bf_canvas_blit (BfCanvas *self, const BfSprite *sprite, int x, int y)
{
  int left = x - sprite->hot_x, top = y - sprite->hot_y;
  const guint32 *from = sprite->pixels;
  guint32 *to;

  /* The clear pixels that fill up a row are written too: as they were. */
  if (left < 0 || top < 0 || left > self->width - sprite->stride_px || top > self->height - sprite->height)
    {
      blit_cut (self, sprite, left, top);
      return;
    }
  to = self->pixels + (gsize) top * (gsize) self->stride_px + left;
  for (int row = 0; row < sprite->height; row++)
    {
      for (int i = 0; i < sprite->stride_px; i += SPRITE_STEP)
        {
          Pixels a, b;

          memcpy (&a, from + i, sizeof a);
          memcpy (&b, to + i, sizeof b);
          b = over_4 (a, b);
          memcpy (to + i, &b, sizeof b);
        }
      from += sprite->stride_px;
      to += self->stride_px;
    }
}

typedef struct
{
  int x0, y0, x1, y1;
} Ink;

/* The smallest box outside of which all is clear. */
static Ink
find_ink (const guint8 *data, int stride, int width, int height)
{
  Ink ink = { width, height, 0, 0 };

  for (int y = 0; y < height; y++)
    {
      const guint32 *row = (const guint32 *) (const void *) (data + (gsize) y * (gsize) stride);

      for (int x = 0; x < width; x++)
        if (row[x] != 0)
          {
            ink.x0 = MIN (ink.x0, x);
            ink.x1 = MAX (ink.x1, x + 1);
            ink.y0 = MIN (ink.y0, y);
            ink.y1 = MAX (ink.y1, y + 1);
          }
    }
  if (ink.x0 >= ink.x1)
    return (Ink){ 0, 0, 0, 0 };
  return ink;
}

/**
 * bf_sprite_new_from_surface: (skip)
 * @image: an ARGB32 image surface
 * @hot_x: the pixel that stands on the place
 * @hot_y: the pixel that stands on the place
 *
 * Returns: (transfer full): a sprite with a copy of its pixels, without the clear edge
 */
BfSprite *
bf_sprite_new_from_surface (cairo_surface_t *image, int hot_x, int hot_y)
{
  BfSprite *self = g_new0 (BfSprite, 1);
  const guint8 *data;
  int stride;
  Ink ink;

  cairo_surface_flush (image);
  data = cairo_image_surface_get_data (image);
  stride = cairo_image_surface_get_stride (image);
  ink = find_ink (data, stride, cairo_image_surface_get_width (image), cairo_image_surface_get_height (image));
  self->width = ink.x1 - ink.x0;
  self->height = ink.y1 - ink.y0;
  self->stride_px = (self->width + SPRITE_STEP - 1) / SPRITE_STEP * SPRITE_STEP;
  self->hot_x = hot_x - ink.x0;
  self->hot_y = hot_y - ink.y0;
  self->pixels = g_new0 (guint32, MAX ((gsize) self->stride_px * (gsize) self->height, 1));
  for (int row = 0; row < self->height; row++)
    memcpy (self->pixels + (gsize) row * (gsize) self->stride_px,
            data + (gsize) (ink.y0 + row) * (gsize) stride + (gsize) ink.x0 * 4, (gsize) self->width * 4);
  return self;
}

/**
 * bf_sprite_free: (skip)
 * @self: (transfer full) (nullable): a sprite
 */
void
bf_sprite_free (BfSprite *self)
{
  if (self == NULL)
    return;
  g_free (self->pixels);
  g_free (self);
}
