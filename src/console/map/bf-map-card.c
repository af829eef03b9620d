/* SPDX-License-Identifier: EUPL-1.2 */
/* The card of two lines beside an asset: one a frame, so plain GTK nodes do. Main thread. */
#include "bf-map-card.h"

#include <math.h>

#define PAD_X 12
#define PAD_Y 8
#define GAP 5
#define APART 36
#define MAX_WIDTH 420

/**
 * bf_map_colour_to_rgba: (skip)
 * @colour: 0xRRGGBB
 * @alpha: 0 to 1
 * @ret_rgba: (out): the same
 */
void
bf_map_colour_to_rgba (guint32 colour, double alpha, GdkRGBA *ret_rgba)
{
  ret_rgba->red = (float) ((colour >> 16 & 0xff) / 255.0);
  ret_rgba->green = (float) ((colour >> 8 & 0xff) / 255.0);
  ret_rgba->blue = (float) ((colour & 0xff) / 255.0);
  ret_rgba->alpha = (float) alpha;
}

static PangoLayout *
set_line (GtkWidget *widget, const char *text, double size_px, gboolean bold)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (widget, text);
  PangoFontDescription *font
    = pango_font_description_copy (pango_context_get_font_description (pango_layout_get_context (layout)));
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_font_description_set_absolute_size (font, size_px * PANGO_SCALE);
  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_set_ellipsize (layout, PANGO_ELLIPSIZE_END);
  pango_layout_set_width (layout, MAX_WIDTH * PANGO_SCALE);
  return layout;
}

static void
append_line (GtkSnapshot *snapshot, PangoLayout *layout, guint32 colour, double x, double y)
{
  GdkRGBA rgba;

  bf_map_colour_to_rgba (colour, 1, &rgba);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, (float) y));
  gtk_snapshot_append_layout (snapshot, layout, &rgba);
  gtk_snapshot_restore (snapshot);
}

/* The two lines and where the card of them stands. */
static void
lay_out (GtkWidget *widget, const BfMapCard *card, PangoLayout **ret_first, PangoLayout **ret_second, int *ret_line_px,
         graphene_rect_t *ret_area)
{
  int w, h, w2 = 0, h2 = 0;
  double width, height, left, top;

  *ret_first = set_line (widget, card->title, 14, TRUE);
  *ret_second = card->detail && *card->detail ? set_line (widget, card->detail, 12.5, FALSE) : NULL;
  pango_layout_get_pixel_size (*ret_first, &w, &h);
  if (*ret_second != NULL)
    pango_layout_get_pixel_size (*ret_second, &w2, &h2);
  width = MAX (w, w2) + 2 * PAD_X;
  height = h + (*ret_second ? GAP + h2 : 0) + 2 * PAD_Y;
  left = card->x + APART + width > gtk_widget_get_width (widget) ? card->x - APART - width : card->x + APART;
  left = CLAMP (left, 4, MAX (4, gtk_widget_get_width (widget) - width - 4));
  top = CLAMP (card->y - height / 2, 4, MAX (4, gtk_widget_get_height (widget) - height - 4));
  *ret_line_px = h;
  *ret_area = GRAPHENE_RECT_INIT ((float) floor (left), (float) floor (top), (float) width, (float) height);
}

void
bf_map_card_clear (BfMapCard *card)
{
  g_clear_pointer (&card->title, g_free);
  g_clear_pointer (&card->detail, g_free);
}

/**
 * bf_map_card_area: (skip)
 * @widget: whose fonts and whose bounds are used
 * @card: a card
 * @ret_area: (out): what it will cover, in the widget
 */
void
bf_map_card_area (GtkWidget *widget, const BfMapCard *card, graphene_rect_t *ret_area)
{
  g_autoptr (PangoLayout) first = NULL;
  g_autoptr (PangoLayout) second = NULL;
  int line_px;

  lay_out (widget, card, &first, &second, &line_px, ret_area);
}

/**
 * bf_map_card_snapshot: (skip)
 * @snapshot: a snapshot
 * @widget: whose fonts and whose bounds are used
 * @palette: colours
 * @card: a card
 *
 * Draws the card to the right of the asset, or to its left where there is no room.
 */
void
bf_map_card_snapshot (GtkSnapshot *snapshot, GtkWidget *widget, const BfMapPalette *palette, const BfMapCard *card)
{
  g_autoptr (PangoLayout) first = NULL;
  g_autoptr (PangoLayout) second = NULL;
  int h;
  double left, top;
  graphene_rect_t area;
  GskRoundedRect outline;
  GdkRGBA fill, line, shade = { 0, 0, 0, 0.35f };

  lay_out (widget, card, &first, &second, &h, &area);
  left = area.origin.x;
  top = area.origin.y;
  bf_map_colour_to_rgba (palette->panel, 0.97, &fill);
  bf_map_colour_to_rgba (palette->line, 1, &line);
  gsk_rounded_rect_init_from_rect (&outline, &area, 7);
  gtk_snapshot_append_outset_shadow (snapshot, &outline, &shade, 0, 1, 0, 5);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &fill, &outline.bounds);
  gtk_snapshot_pop (snapshot);
  gtk_snapshot_append_border (snapshot, &outline, (float[4]){ 1, 1, 1, 1 },
                              (GdkRGBA[4]){ line, line, line, line });
  append_line (snapshot, first, palette->text, left + PAD_X, top + PAD_Y);
  if (second != NULL)
    append_line (snapshot, second, palette->dim_text, left + PAD_X, top + PAD_Y + h + GAP);
}
