/* SPDX-License-Identifier: EUPL-1.2 */
/* The scale bar of the map and where its ground comes from.
 *
 * The longest of 1, 2 and 5 times a power of ten metres that is at most 110 px, at the latitude of the middle.
 * Main thread.
 */
#include "bf-map-caption.h"

#include "bf-map-card.h"
#include "bf-mercator.h"

#include <glib/gi18n.h>

#define PAD_X 10
#define PAD_Y 5
#define GAP 8
#define BAR_MAX 110
#define TICK 7

struct _BfMapCaption
{
  GtkWidget parent_instance;

  ShumateViewport *viewport;
  PangoLayout *length;
  PangoLayout *text;
  int bar_px;
  gboolean dark;
};

G_DEFINE_FINAL_TYPE (BfMapCaption, bf_map_caption, GTK_TYPE_WIDGET)

/**
 * bf_map_caption_round_length_m: (skip)
 * @max_length_m: more than 0
 *
 * Returns: the greatest of 1, 2 and 5 times a power of ten that is not more
 */
double
bf_map_caption_round_length_m (double max_length_m)
{
  double power = pow (10, floor (log10 (max_length_m)));
  double lead = max_length_m / power;

  return power * (lead >= 5 ? 5 : lead >= 2 ? 2 : 1);
}

static PangoLayout *
small_layout (BfMapCaption *self, const char *text)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  PangoFontDescription *font
    = pango_font_description_copy (pango_context_get_font_description (pango_layout_get_context (layout)));

  pango_font_description_set_absolute_size (font, 12.5 * PANGO_SCALE);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  return layout;
}

static void
update_cb (BfMapCaption *self)
{
  double zoom = shumate_viewport_get_zoom_level (self->viewport);
  double m_per_px = bf_mercator_m_per_px (zoom, shumate_location_get_latitude (SHUMATE_LOCATION (self->viewport)));
  double length_m = bf_map_caption_round_length_m (BAR_MAX * m_per_px);
  g_autofree char *text = length_m >= 1000  ? g_strdup_printf (_("%.0f km"), length_m / 1000)
                          : length_m >= 1.0 ? g_strdup_printf (_("%.0f m"), length_m)
                                            : g_strdup_printf (_("%.0f cm"), length_m * 100);

  if (self->bar_px != (int) (length_m / m_per_px + 0.5))
    gtk_widget_queue_draw (GTK_WIDGET (self));
  self->bar_px = (int) (length_m / m_per_px + 0.5);
  if (self->length == NULL || strcmp (pango_layout_get_text (self->length), text) != 0)
    {
      g_clear_object (&self->length);
      self->length = small_layout (self, text);
      gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
      gtk_widget_queue_resize (GTK_WIDGET (self));
    }
}

static void
bf_map_caption_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                        int *minimum_baseline, int *natural_baseline)
{
  BfMapCaption *self = BF_MAP_CAPTION (widget);
  int w = 0, h = 0, text_w = 0, text_h = 0;

  if (self->length != NULL)
    pango_layout_get_pixel_size (self->length, &w, &h);
  if (self->text != NULL)
    {
      pango_layout_set_width (self->text, -1);
      pango_layout_get_pixel_size (self->text, &text_w, &text_h);
    }
  /* On a narrow map the text is cut, never the scale. */
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    {
      *minimum = 2 * PAD_X + w + GAP + BAR_MAX;
      *natural = *minimum + (text_w > 0 ? GAP + text_w : 0);
    }
  else
    *minimum = *natural = 2 * PAD_Y + MAX (h, text_h);
}

static void
append_text (BfMapCaption *self, GtkSnapshot *snapshot, PangoLayout *layout, double x)
{
  const BfMapPalette *c = bf_map_palette_get (self->dark);
  GdkRGBA rgba;

  bf_map_colour_to_rgba (c->dim_text, 1, &rgba);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &GRAPHENE_POINT_INIT ((float) x, PAD_Y));
  gtk_snapshot_append_layout (snapshot, layout, &rgba);
  gtk_snapshot_restore (snapshot);
}

static void
bf_map_caption_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BfMapCaption *self = BF_MAP_CAPTION (widget);
  const BfMapPalette *c = bf_map_palette_get (self->dark);
  int w = 0, h = 0, text_w = 0, width, height = gtk_widget_get_height (widget);
  float x, y = height / 2 - TICK / 2;
  GskRoundedRect outline;
  GdkRGBA rgba;

  if (self->length == NULL)
    return;
  pango_layout_get_pixel_size (self->length, &w, &h);
  if (self->text != NULL)
    {
      pango_layout_set_width (self->text, MAX (0, gtk_widget_get_width (widget) - 2 * PAD_X - w - GAP - self->bar_px - GAP) * PANGO_SCALE);
      pango_layout_set_ellipsize (self->text, PANGO_ELLIPSIZE_END);
      pango_layout_get_pixel_size (self->text, &text_w, NULL);
    }
  width = 2 * PAD_X + w + GAP + self->bar_px + (text_w > 0 ? GAP + text_w : 0);
  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, 0, width, height), 5);
  bf_map_colour_to_rgba (c->panel, 0.85, &rgba);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &rgba, &outline.bounds);
  gtk_snapshot_pop (snapshot);
  append_text (self, snapshot, self->length, PAD_X);
  x = PAD_X + w + GAP;
  bf_map_colour_to_rgba (c->dim_text, 1, &rgba);
  gtk_snapshot_append_color (snapshot, &rgba, &GRAPHENE_RECT_INIT (x, y, self->bar_px, 1));
  gtk_snapshot_append_color (snapshot, &rgba, &GRAPHENE_RECT_INIT (x, y, 1, TICK));
  gtk_snapshot_append_color (snapshot, &rgba, &GRAPHENE_RECT_INIT (x + self->bar_px - 1, y, 1, TICK));
  if (self->text != NULL)
    append_text (self, snapshot, self->text, PAD_X + w + GAP + self->bar_px + GAP);
}

static void
bf_map_caption_dispose (GObject *object)
{
  BfMapCaption *self = BF_MAP_CAPTION (object);

  g_clear_object (&self->viewport);
  g_clear_object (&self->length);
  g_clear_object (&self->text);

  G_OBJECT_CLASS (bf_map_caption_parent_class)->dispose (object);
}

static void
bf_map_caption_class_init (BfMapCaptionClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bf_map_caption_dispose;
  widget_class->measure = bf_map_caption_measure;
  widget_class->snapshot = bf_map_caption_snapshot;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  gtk_widget_class_set_css_name (widget_class, "mapcaption");
}

static void
bf_map_caption_init (BfMapCaption *self)
{
  gtk_widget_set_can_target (GTK_WIDGET (self), FALSE);
}

/**
 * bf_map_caption_new:
 * @viewport: what the map shows
 *
 * Returns: (transfer floating): a scale bar
 */
BfMapCaption *
bf_map_caption_new (ShumateViewport *viewport)
{
  BfMapCaption *self = g_object_new (BF_TYPE_MAP_CAPTION, NULL);

  self->viewport = g_object_ref (viewport);
  g_signal_connect_object (viewport, "notify", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  update_cb (self);
  return self;
}

/**
 * bf_map_caption_set_text:
 * @self: a scale bar
 * @text: (nullable): whom the base map is owed to
 */
void
bf_map_caption_set_text (BfMapCaption *self, const char *text)
{
  g_return_if_fail (BF_IS_MAP_CAPTION (self));

  g_clear_object (&self->text);
  if (text != NULL && *text != '\0')
    self->text = small_layout (self, text);
  gtk_widget_queue_resize (GTK_WIDGET (self));
}

/**
 * bf_map_caption_set_dark:
 * @self: a scale bar
 * @dark: which palette
 */
void
bf_map_caption_set_dark (BfMapCaption *self, gboolean dark)
{
  g_return_if_fail (BF_IS_MAP_CAPTION (self));

  self->dark = dark;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
