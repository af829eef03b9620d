/* SPDX-License-Identifier: EUPL-1.2 */
/* The little pictures that the map is set from, drawn once each.
 *
 * Cairo draws a sprite the first time that it is wanted; afterwards only its pixels are copied. The cache is
 * bounded: when full it is emptied whole, the few hundred sprites of a frame come back at once. A pointer that
 * bf_sprite_cache_get() gave holds until the next call. Main thread.
 */
#include "bf-sprite-cache.h"

#include "base/bf-text.h"
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

#define MAX_SPRITES 4096u

struct _BfSpriteCache
{
  GHashTable *sprites; /* BfSpriteSpec -> BfSprite */
  gboolean dark;
  int scale;
  PangoContext *context;
};

static guint
spec_hash (gconstpointer data)
{
  const guint8 *bytes = data;
  guint h = 2166136261u;

  for (gsize i = 0; i < sizeof (BfSpriteSpec); i++)
    h = (h ^ bytes[i]) * 16777619u;
  return h;
}

static gboolean
spec_equal (gconstpointer a, gconstpointer b)
{
  return memcmp (a, b, sizeof (BfSpriteSpec)) == 0;
}

/**
 * bf_sprite_cache_new: (skip)
 *
 * Returns: (transfer full): an empty cache
 */
BfSpriteCache *
bf_sprite_cache_new (void)
{
  BfSpriteCache *self = g_new0 (BfSpriteCache, 1);

  self->sprites = g_hash_table_new_full (spec_hash, spec_equal, g_free, (GDestroyNotify) bf_sprite_free);
  self->scale = 1;
  return self;
}

/**
 * bf_sprite_cache_free: (skip)
 * @self: (transfer full) (nullable): a cache
 */
void
bf_sprite_cache_free (BfSpriteCache *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->sprites);
  g_clear_object (&self->context);
  g_free (self);
}

/**
 * bf_sprite_cache_set_style: (skip)
 * @self: a cache
 * @dark: which palette
 * @scale: device pixels a user unit
 * @context: (nullable): fonts; numbers are left out without
 *
 * Forgets all sprites if anything is different.
 */
void
bf_sprite_cache_set_style (BfSpriteCache *self, gboolean dark, int scale, PangoContext *context)
{
  if (self->dark == dark && self->scale == scale && self->context == context)
    return;
  self->dark = dark;
  self->scale = scale;
  g_set_object (&self->context, context);
  g_hash_table_remove_all (self->sprites);
}

/**
 * bf_sprite_format_count: (skip)
 * @count: a number of assets or alerts
 * @language: (nullable): as bf_number_format() takes it
 * @text: (out): at most five characters, ended by NUL
 *
 * Writes a count so that it fits into a ring: 999, 2.5k, 25k, 1.2M.
 */
void
bf_sprite_format_count (guint count, const char *language, char text[BF_SPRITE_COUNT_SIZE])
{
  gboolean millions = count >= 999500, thousands = count >= 1000;
  double shown = millions ? count / 1e6 : thousands ? count / 1000.0 : count;
  g_autofree char *number = bf_number_format (shown, thousands && shown < 9.95 ? 1 : 0, language);

  g_snprintf (text, BF_SPRITE_COUNT_SIZE, "%s%s", number, millions ? "M" : thousands ? "k" : "");
}

static void
draw_text (BfSpriteCache *self, cairo_t *cr, const char *text, double y, double size_px, gboolean bold)
{
  g_autoptr (PangoLayout) layout = NULL;
  g_autoptr (PangoAttrList) attributes = NULL;
  PangoFontDescription *font;
  PangoRectangle ink;

  if (self->context == NULL || *text == '\0')
    return;
  layout = pango_layout_new (self->context);
  font = pango_font_description_copy (pango_context_get_font_description (self->context));
  pango_font_description_set_absolute_size (font, size_px * PANGO_SCALE);
  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_set_text (layout, text, -1);
  pango_layout_get_pixel_extents (layout, &ink, NULL);
  cairo_move_to (cr, -ink.x - ink.width / 2.0, y - ink.y - ink.height / 2.0);
  pango_cairo_update_layout (cr, layout);
  pango_cairo_show_layout (cr, layout);
}

static double
text_size (const char *text)
{
  return strlen (text) <= 3 ? 12.5 : 11.0;
}

static void
draw_ring (BfSpriteCache *self, cairo_t *cr, const BfSpriteSpec *spec, double size)
{
  const BfMapPalette *c = bf_map_palette_get (self->dark);
  double dash = G_PI * (size - 2) / 24.0;

  cairo_arc (cr, 0, 0, size / 2 - 1, 0, 2 * G_PI);
  bf_map_set_source (cr, self->dark ? 0x2d3239 : c->panel, 0.96);
  cairo_fill_preserve (cr);
  if (spec->variant)
    cairo_set_dash (cr, &dash, 1, 0);
  bf_map_set_source (cr, spec->variant ? bf_map_priority_get_colour (BF_MAP_PRIORITY_UNKNOWN) : c->ring, 1);
  cairo_set_line_width (cr, 1.4);
  cairo_stroke (cr);
  bf_map_set_source (cr, self->dark ? 0xc9ced4 : 0x3b4552, 1);
  draw_text (self, cr, spec->text, 0, text_size (spec->text), FALSE);
}

static void
draw_alert (BfSpriteCache *self, cairo_t *cr, const BfSpriteSpec *spec, double size)
{
  BfMapState state = (BfMapState) spec->variant;
  gboolean outline = bf_map_state_is_acknowledged (state);
  BfMapPriority priority = bf_map_state_get_priority (state);
  guint32 ink = outline                               ? bf_map_palette_get (self->dark)->text
                : priority == BF_MAP_PRIORITY_CRITICAL ? 0xffffff
                                                       : 0x16191d;
  /* Where a triangle has room. */
  double y = priority == BF_MAP_PRIORITY_HIGH ? size * 0.17 : priority == BF_MAP_PRIORITY_LOW ? -size * 0.13 : 0;

  bf_map_draw_state (cr, state, 0, 0, size, bf_map_palette_get (self->dark)->ground);
  bf_map_set_source (cr, ink, 1);
  if (*spec->text != '\0')
    draw_text (self, cr, spec->text, y, text_size (spec->text) + (strlen (spec->text) <= 2 ? 1.5 : -1), TRUE);
  else if (spec->symbol != BF_MAP_SYMBOL_DOT)
    bf_map_draw_symbol (cr, (BfMapSymbol) spec->symbol, 0, y, size * 0.38);
}

static void
draw_service_symbol (BfSpriteCache *self, cairo_t *cr, const BfSpriteSpec *spec, double size)
{
  const BfMapPalette *c = bf_map_palette_get (self->dark);
  double r = size / 2 - 0.5, corner = size * 0.24;

  if (spec->symbol == BF_MAP_SYMBOL_DOT)
    {
      cairo_arc (cr, 0, 0, size * 0.3, 0, 2 * G_PI);
      bf_map_set_source (cr, c->asset, 1);
      cairo_fill (cr);
      return;
    }
  cairo_new_path (cr);
  cairo_arc (cr, r - corner, -r + corner, corner, -G_PI / 2, 0);
  cairo_arc (cr, r - corner, r - corner, corner, 0, G_PI / 2);
  cairo_arc (cr, -r + corner, r - corner, corner, G_PI / 2, G_PI);
  cairo_arc (cr, -r + corner, -r + corner, corner, G_PI, G_PI * 1.5);
  cairo_close_path (cr);
  bf_map_set_source (cr, self->dark ? 0x2d3239 : c->panel, 1);
  cairo_fill_preserve (cr);
  bf_map_set_source (cr, c->ring, 1);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
  bf_map_set_source (cr, self->dark ? 0xb4bbc3 : 0x5d6773, 1);
  bf_map_draw_symbol (cr, (BfMapSymbol) spec->symbol, 0, 0, size * 0.62);
}

/* A house, a roof with a flag, a cross: grey all, they are there to be found, not to be seen. */
static void
draw_place (BfSpriteCache *self, cairo_t *cr, const BfSpriteSpec *spec, double size)
{
  const BfMapPalette *c = bf_map_palette_get (self->dark);
  double u = size / 2;

  cairo_arc (cr, 0, 0, u - 0.5, 0, 2 * G_PI);
  bf_map_set_source (cr, c->ground, 0.85);
  cairo_fill_preserve (cr);
  bf_map_set_source (cr, c->dim_text, 0.75);
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
  bf_map_set_source (cr, c->dim_text, 1);
  cairo_set_line_width (cr, u * 0.26);
  if (spec->variant == 2)
    {
      cairo_move_to (cr, 0, -u * 0.55);
      cairo_line_to (cr, 0, u * 0.55);
      cairo_move_to (cr, -u * 0.55, 0);
      cairo_line_to (cr, u * 0.55, 0);
      cairo_stroke (cr);
      return;
    }
  cairo_move_to (cr, -u * 0.56, u * 0.02);
  cairo_line_to (cr, 0, -u * 0.5);
  cairo_line_to (cr, u * 0.56, u * 0.02);
  if (spec->variant == 0)
    {
      cairo_line_to (cr, 0, u * 0.3);
      cairo_close_path (cr);
      cairo_fill (cr);
      cairo_rectangle (cr, -u * 0.32, u * 0.22, u * 0.64, u * 0.28);
    }
  else
    {
      cairo_line_to (cr, u * 0.4, u * 0.02);
      cairo_line_to (cr, u * 0.4, u * 0.5);
      cairo_line_to (cr, -u * 0.4, u * 0.5);
      cairo_line_to (cr, -u * 0.4, u * 0.02);
      cairo_close_path (cr);
    }
  cairo_fill (cr);
}

static void
draw (BfSpriteCache *self, cairo_t *cr, const BfSpriteSpec *spec, double size)
{
  const BfMapPalette *c = bf_map_palette_get (self->dark);

  switch ((BfSpriteKind) spec->kind)
    {
    case BF_SPRITE_DOT:
      cairo_arc (cr, 0, 0, size / 2, 0, 2 * G_PI);
      bf_map_set_source (cr, c->asset, 1);
      cairo_fill (cr);
      break;
    case BF_SPRITE_SYMBOL:
      draw_service_symbol (self, cr, spec, size);
      break;
    case BF_SPRITE_UNKNOWN:
      bf_map_draw_state (cr, BF_MAP_STATE_UNKNOWN, 0, 0, size, c->ground);
      break;
    case BF_SPRITE_RING:
      draw_ring (self, cr, spec, size);
      break;
    case BF_SPRITE_STATE:
      draw_alert (self, cr, spec, size);
      break;
    case BF_SPRITE_HALO:
      cairo_arc (cr, 0, 0, size / 2 - 1.5, 0, 2 * G_PI);
      bf_map_set_source (cr, c->text, 0.07);
      cairo_fill_preserve (cr);
      bf_map_set_source (cr, c->text, 0.95);
      cairo_set_line_width (cr, 1.8);
      cairo_stroke (cr);
      break;
    case BF_SPRITE_PLACE:
    default:
      draw_place (self, cr, spec, size);
      break;
    }
}

/**
 * bf_sprite_cache_get: (skip)
 * @self: a cache
 * @spec: which; zeroed where it says nothing
 *
 * Returns: (transfer none): the sprite
 */
const BfSprite *
bf_sprite_cache_get (BfSpriteCache *self, const BfSpriteSpec *spec)
{
  BfSprite *sprite = g_hash_table_lookup (self->sprites, spec);
  double size = spec->quarter_px / 4.0;
  int half;
  cairo_surface_t *image;
  cairo_t *cr;

  if (sprite != NULL)
    return sprite;
  if (g_hash_table_size (self->sprites) >= MAX_SPRITES)
    g_hash_table_remove_all (self->sprites);
  half = (int) ceil ((size * 0.56 + 2.0) * self->scale);
  image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 2 * half + 1, 2 * half + 1);
  cr = cairo_create (image);
  cairo_translate (cr, half + 0.5, half + 0.5);
  cairo_scale (cr, self->scale, self->scale);
  draw (self, cr, spec, size);
  cairo_destroy (cr);
  sprite = bf_sprite_new_from_surface (image, half, half);
  cairo_surface_destroy (image);
  g_hash_table_insert (self->sprites, g_memdup2 (spec, sizeof *spec), sprite);
  return sprite;
}
