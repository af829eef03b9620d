/* SPDX-License-Identifier: EUPL-1.2 */
/* The alerts of the last 24 hours as bars.
 *
 * Height is the number of alerts raised in the time of a bar. A bar has a colour only where alerts of priority
 * critical or high were raised: a strip of twenty hours of ordinary work is grey. Main thread.
 */
#include "bf-timeline-strip.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#define SIDE 14
#define FONT_PX 12.0
#define LABELS_PX 20
#define MAX_BARS 1440u

struct _BfTimelineStrip
{
  GtkWidget parent_instance;

  guint n;
  guint *count;
  BfMapPriority *worst;
  gint64 from_us, to_us;
  GTimeZone *zone;
};

G_DEFINE_FINAL_TYPE (BfTimelineStrip, bf_timeline_strip, GTK_TYPE_WIDGET)

static char *
format_time (const BfTimelineStrip *self, gint64 time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = NULL;

  if (utc == NULL)
    return g_strdup ("");
  local = self->zone ? g_date_time_to_timezone (utc, self->zone) : g_date_time_to_local (utc);
  return g_date_time_format (local, "%H:%M");
}

static int
draw_text (BfTimelineStrip *self, cairo_t *cr, const char *text, double x, double y, double align, gboolean bold,
           guint32 colour)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  PangoFontDescription *font
    = pango_font_description_copy (pango_context_get_font_description (pango_layout_get_context (layout)));
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  int w, h;

  pango_font_description_set_absolute_size (font, FONT_PX * PANGO_SCALE);
  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_get_pixel_size (layout, &w, &h);
  bf_map_set_source (cr, colour, 1);
  cairo_move_to (cr, floor (x - w * align), floor (y - h / 2.0));
  pango_cairo_show_layout (cr, layout);
  cairo_new_path (cr);
  return w;
}

static void
draw_bars (BfTimelineStrip *self, cairo_t *cr, const BfMapPalette *c, double width, double height)
{
  double each = width / MAX (self->n, 1);
  double most = 1;

  for (guint i = 0; i < self->n; i++)
    most = MAX (most, sqrt (self->count[i]));
  for (guint i = 0; i < self->n; i++)
    {
      double h = self->count[i] == 0 ? 0 : MAX (2, height * sqrt (self->count[i]) / MAX (most, 3));
      gboolean grave = self->worst[i] >= BF_MAP_PRIORITY_HIGH;

      bf_map_set_source (cr, grave ? bf_map_priority_get_colour (self->worst[i]) : c->ring, grave ? 1 : 0.8);
      cairo_rectangle (cr, SIDE + i * each, height - h, MAX (1, each - 2), h);
      cairo_fill (cr);
    }
}

/* Hours that a clock's face has, between "yesterday" and "now" where they have room. */
static void
draw_axis (BfTimelineStrip *self, cairo_t *cr, const BfMapPalette *c, double width, double y)
{
  g_autofree char *start = format_time (self, self->from_us);
  g_autofree char *first = g_strdup_printf (_("yesterday %s"), start);
  gint64 step_us = G_GINT64_CONSTANT (4) * 3600 * G_USEC_PER_SEC;
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (self->from_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = NULL;
  gint64 offset_us;
  int left, right;

  if (utc == NULL || self->to_us <= self->from_us)
    return;
  local = self->zone ? g_date_time_to_timezone (utc, self->zone) : g_date_time_to_local (utc);
  offset_us = g_date_time_get_utc_offset (local);
  left = draw_text (self, cr, first, SIDE, y, 0, FALSE, c->dim_text);
  right = draw_text (self, cr, _("now"), SIDE + width, y, 1, TRUE, c->text);
  for (gint64 t = (self->from_us + offset_us) / step_us * step_us - offset_us + step_us; t < self->to_us; t += step_us)
    {
      double x = SIDE + (double) (t - self->from_us) / (double) (self->to_us - self->from_us) * width;
      g_autofree char *text = format_time (self, t);

      if (x > SIDE + left + 30 && x < SIDE + width - right - 30)
        draw_text (self, cr, text, x, y, 0.5, FALSE, c->dim_text);
    }
}

static void
bf_timeline_strip_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BfTimelineStrip *self = BF_TIMELINE_STRIP (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  const BfMapPalette *c = bf_map_palette_get (adw_style_manager_get_dark (adw_style_manager_get_default ()));
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));

  cairo_translate (cr, 0, 8);
  draw_bars (self, cr, c, width - 2 * SIDE, height - LABELS_PX - 12);
  draw_axis (self, cr, c, width - 2 * SIDE, height - LABELS_PX / 2 - 10);
  cairo_destroy (cr);
}

static void
bf_timeline_strip_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                           int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 200 : 48;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 800 : 62;
}

static void
bf_timeline_strip_finalize (GObject *object)
{
  BfTimelineStrip *self = BF_TIMELINE_STRIP (object);

  g_free (self->count);
  g_free (self->worst);
  g_clear_pointer (&self->zone, g_time_zone_unref);

  G_OBJECT_CLASS (bf_timeline_strip_parent_class)->finalize (object);
}

static void
bf_timeline_strip_class_init (BfTimelineStripClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = bf_timeline_strip_finalize;
  widget_class->snapshot = bf_timeline_strip_snapshot;
  widget_class->measure = bf_timeline_strip_measure;
  gtk_widget_class_set_css_name (widget_class, "timelinestrip");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
bf_timeline_strip_init (BfTimelineStrip *self)
{
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bf_timeline_strip_new:
 *
 * Returns: (transfer floating): an empty strip
 */
GtkWidget *
bf_timeline_strip_new (void)
{
  return g_object_new (BF_TYPE_TIMELINE_STRIP, NULL);
}

/**
 * bf_timeline_strip_set_bars: (skip)
 * @self: a strip
 * @n: number of bars, at most 1,440
 * @count: (array length=n): alerts raised in the time of each bar
 * @worst: (array length=n): worst priority among them
 *
 * Replaces the bars by a copy of these; they share the range evenly.
 */
void
bf_timeline_strip_set_bars (BfTimelineStrip *self, guint n, const guint *count, const BfMapPriority *worst)
{
  guint total = 0;
  g_autofree char *label = NULL;

  g_return_if_fail (BF_IS_TIMELINE_STRIP (self));
  g_return_if_fail (n <= MAX_BARS);

  g_free (self->count);
  g_free (self->worst);
  self->n = n;
  self->count = g_memdup2 (count, n * sizeof *count);
  self->worst = g_memdup2 (worst, n * sizeof *worst);
  for (guint i = 0; i < n; i++)
    total += count[i];
  label = g_strdup_printf (ngettext ("%u alert in the last 24 hours", "%u alerts in the last 24 hours", total),
                           total);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/**
 * bf_timeline_strip_set_range:
 * @self: a strip
 * @from_us: left edge, µs UTC
 * @to_us: right edge: now
 */
void
bf_timeline_strip_set_range (BfTimelineStrip *self, gint64 from_us, gint64 to_us)
{
  g_return_if_fail (BF_IS_TIMELINE_STRIP (self));
  g_return_if_fail (from_us < to_us);

  self->from_us = from_us;
  self->to_us = to_us;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/**
 * bf_timeline_strip_set_time_zone:
 * @self: a strip
 * @zone: (nullable): the city's; %NULL for the desk's
 */
void
bf_timeline_strip_set_time_zone (BfTimelineStrip *self, GTimeZone *zone)
{
  g_return_if_fail (BF_IS_TIMELINE_STRIP (self));

  g_clear_pointer (&self->zone, g_time_zone_unref);
  self->zone = zone ? g_time_zone_ref (zone) : NULL;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
