/* SPDX-License-Identifier: EUPL-1.2 */
/* A time series with its threshold and what was expected.
 *
 * A state is drawn as steps between its names: what is between two states is not there. A calm grey line; what was expected is a band behind it; the threshold is dashed, in the colour of the priority
 * that it raises, and labelled. Where there is no data there is no line: the time is hatched. A pixel column shows
 * the least and greatest value that it holds. The last 24 hours unless told otherwise. The pointer, or the arrow
 * keys, read a value. A copy of the series is kept. Main thread.
 */
#include "bf-chart.h"

#include "bf-series.h"

#include "base/bf-text.h"

#include <adwaita.h>
#include <glib/gi18n.h>
#include <math.h>

#define DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)
#define TOP 20
#define BOTTOM 22
#define SIDE 6
#define FONT_PX 12.0
#define STATES_SHOWN 4u /* of a state's values, that have their line though none is in the series */
#define MAX_POINTS 5000000u

struct _BfChart
{
  GtkWidget parent_instance;

  guint n;
  gint64 *time_us;
  double *value;
  guint n_expected;
  gint64 *expected_us;
  double *low, *high;
  gboolean has_threshold;
  double threshold;
  BfMapPriority priority;
  char *threshold_label;
  gint64 from_us, to_us; /* both 0: the 24 hours before now */
  gint64 limit_us;       /* 0: worked out from the series */
  GTimeZone *zone;
  char *quantity, *unit;
  GStrv states;          /* names of a state's values, by value; NULL: a number */
  gboolean reading;
  double read_x;
};

G_DEFINE_FINAL_TYPE (BfChart, bf_chart, GTK_TYPE_WIDGET)

/* One drawing: the ranges and where they are. */
typedef struct
{
  BfChart *chart;
  cairo_t *cr;
  const BfMapPalette *colours;
  double left, top, width, height;
  gint64 from_us, to_us;
  double min, max;
  gint64 limit_us;
} Plot;

/* Ranges */

static void
get_range (BfChart *self, gint64 *ret_from_us, gint64 *ret_to_us)
{
  gboolean is_set = self->from_us != 0 || self->to_us != 0;

  *ret_to_us = is_set ? self->to_us : g_get_real_time ();
  *ret_from_us = is_set ? self->from_us : *ret_to_us - DAY_US;
}

static int
compare_int64 (gconstpointer a, gconstpointer b)
{
  gint64 f = *(const gint64 *) a, g = *(const gint64 *) b;

  return f < g ? -1 : f > g;
}

/* Three times the usual time between two values: the middle one of at most 1,001 of them. */
static gint64
usual_limit_us (const BfChart *self)
{
  gint64 steps[1001];
  guint n = 0, stride = self->n / G_N_ELEMENTS (steps) + 1;

  for (guint i = 1; i < self->n && n < G_N_ELEMENTS (steps); i += stride)
    steps[n++] = self->time_us[i] - self->time_us[i - 1];
  if (n == 0)
    return DAY_US;
  qsort (steps, n, sizeof *steps, compare_int64);
  return MAX (3 * steps[n / 2], 60 * G_USEC_PER_SEC);
}

static gboolean
plot_init (Plot *p, BfChart *self, cairo_t *cr, int width, int height)
{
  gboolean dark = adw_style_manager_get_dark (adw_style_manager_get_default ());
  double pad;

  *p = (Plot){ .chart = self, .cr = cr, .colours = bf_map_palette_get (dark), .left = SIDE, .top = TOP };
  p->width = width - 2 * SIDE;
  p->height = height - TOP - BOTTOM;
  get_range (self, &p->from_us, &p->to_us);
  p->limit_us = self->limit_us > 0 ? self->limit_us : usual_limit_us (self);
  p->min = INFINITY;
  p->max = -INFINITY;
  bf_series_range (self->n, self->time_us, self->value, p->from_us, p->to_us, &p->min, &p->max);
  bf_series_range (self->n_expected, self->expected_us, self->low, p->from_us, p->to_us, &p->min, &p->max);
  bf_series_range (self->n_expected, self->expected_us, self->high, p->from_us, p->to_us, &p->min, &p->max);
  if (self->has_threshold)
    {
      p->min = MIN (p->min, self->threshold);
      p->max = MAX (p->max, self->threshold);
    }
  if (!(p->max >= p->min))
    p->min = p->max = 0;
  if (self->states != NULL)
    {
      p->min = MIN (p->min, 0);
      p->max = MAX (p->max, MIN (g_strv_length (self->states), STATES_SHOWN) - 1.0);
    }
  pad = p->max > p->min ? (p->max - p->min) * 0.08 : MAX (fabs (p->max) * 0.1, 1);
  p->min -= pad;
  p->max += pad;
  return p->width > 20 && p->height > 10 && p->to_us > p->from_us;
}

static double
plot_x (const Plot *p, gint64 time_us)
{
  return p->left + (double) (time_us - p->from_us) / (double) (p->to_us - p->from_us) * p->width;
}

static double
plot_y (const Plot *p, double value)
{
  return p->top + (p->max - value) / (p->max - p->min) * p->height;
}

/* Text */

static PangoLayout *
make_text (BfChart *self, const char *text, double size_px, gboolean bold)
{
  PangoLayout *layout = gtk_widget_create_pango_layout (GTK_WIDGET (self), text);
  PangoFontDescription *font
    = pango_font_description_copy (pango_context_get_font_description (pango_layout_get_context (layout)));
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();

  pango_font_description_set_absolute_size (font, size_px * PANGO_SCALE);
  pango_font_description_set_weight (font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (layout, attributes);
  return layout;
}

/* @align is 0 for a text that begins at @x, 1 for one that ends there; kept inside the chart. */
static void
draw_text (const Plot *p, const char *text, double x, double y, double align, guint32 colour)
{
  g_autoptr (PangoLayout) layout = make_text (p->chart, text, FONT_PX, FALSE);
  int w, h;

  pango_layout_get_pixel_size (layout, &w, &h);
  x = CLAMP (x - w * align, p->left, MAX (p->left, p->left + p->width - w));
  bf_map_set_source (p->cr, colour, 1);
  cairo_move_to (p->cr, floor (x), floor (y - h / 2.0));
  pango_cairo_show_layout (p->cr, layout);
  /* A text leaves a current point, from which the next shape would begin. */
  cairo_new_path (p->cr);
}

/* As many decimals as the range needs, in the locale's own form. */
static char *
format_value (const BfChart *self, double value, double span)
{
  int decimals = span >= 50 ? 0 : span >= 5 ? 1 : span >= 0.5 ? 2 : 3;
  g_autofree char *number = NULL;

  if (self->states != NULL)
    return g_strdup (value >= 0 && value < g_strv_length (self->states) ? self->states[(guint) value] : "?");
  if (fabs (value) >= 1000)
    decimals = MIN (decimals, 1);
  while (decimals > 0 && fabs (value * pow (10, decimals - 1) - round (value * pow (10, decimals - 1))) < 1e-9)
    decimals--;
  number = bf_number_format (value, decimals, g_get_language_names_with_category ("LC_MESSAGES")[0]);
  return self->unit && *self->unit ? g_strdup_printf ("%s %s", number, self->unit) : g_steal_pointer (&number);
}

static char *
format_time (const BfChart *self, gint64 time_us, const char *format)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = NULL;

  if (utc == NULL)
    return g_strdup ("");
  local = self->zone ? g_date_time_to_timezone (utc, self->zone) : g_date_time_to_local (utc);
  return g_date_time_format (local, format);
}

/* Layers, from back to front */

static void
draw_gaps (const Plot *p)
{
  BfChart *self = p->chart;
  g_autoptr (GArray) gaps = bf_series_gaps (self->n, self->time_us, self->value, p->from_us, p->to_us, p->limit_us);

  for (guint i = 0; i < gaps->len; i++)
    {
      BfSeriesGap gap = g_array_index (gaps, BfSeriesGap, i);
      double x0 = plot_x (p, gap.from_us), x1 = plot_x (p, gap.to_us);

      cairo_save (p->cr);
      cairo_rectangle (p->cr, x0, p->top, x1 - x0, p->height);
      cairo_clip (p->cr);
      bf_map_set_source (p->cr, p->colours->dim_text, 0.28);
      cairo_set_line_width (p->cr, 1);
      for (double x = floor (x0 / 7) * 7 - p->height; x < x1; x += 7)
        {
          cairo_move_to (p->cr, x, p->top + p->height);
          cairo_line_to (p->cr, x + p->height, p->top);
        }
      cairo_stroke (p->cr);
      cairo_restore (p->cr);
      if (x1 - x0 > 70)
        draw_text (p, _("no data"), (x0 + x1) / 2, p->top + p->height / 2, 0.5, p->colours->dim_text);
    }
}

static void
draw_expected (const Plot *p)
{
  BfChart *self = p->chart;
  gboolean any = FALSE;

  for (guint i = 0; i < self->n_expected; i++)
    if (isfinite (self->high[i]) && isfinite (self->low[i]))
      {
        cairo_line_to (p->cr, plot_x (p, self->expected_us[i]), plot_y (p, self->high[i]));
        any = TRUE;
      }
  if (!any)
    return;
  for (guint i = self->n_expected; i > 0; i--)
    if (isfinite (self->high[i - 1]) && isfinite (self->low[i - 1]))
      cairo_line_to (p->cr, plot_x (p, self->expected_us[i - 1]), plot_y (p, self->low[i - 1]));
  cairo_close_path (p->cr);
  bf_map_set_source (p->cr, p->colours->selection, 1);
  cairo_fill (p->cr);
}

/* A line from column to column, and in each from its least to its greatest value; none over a gap. */
static void
draw_line (const Plot *p)
{
  BfChart *self = p->chart;
  guint n = (guint) p->width;
  g_autofree BfSeriesColumn *columns = g_new (BfSeriesColumn, n);
  const BfSeriesColumn *last = NULL;

  bf_series_columns (self->n, self->time_us, self->value, p->from_us, p->to_us, n, columns);
  for (guint i = 0; i < n; i++)
    {
      const BfSeriesColumn *c = &columns[i];
      double x;

      if (c->n == 0)
        continue;
      x = plot_x (p, c->first_us);
      if (last == NULL || c->first_us - last->last_us > p->limit_us)
        {
          cairo_move_to (p->cr, x, plot_y (p, c->first));
          /* A value alone is a dot. */
          cairo_line_to (p->cr, x + 0.01, plot_y (p, c->first));
        }
      else
        {
          if (self->states != NULL)
            cairo_line_to (p->cr, x, plot_y (p, last->last));
          cairo_line_to (p->cr, x, plot_y (p, c->first));
        }
      if (c->n > 2)
        {
          cairo_line_to (p->cr, x, plot_y (p, c->min));
          cairo_line_to (p->cr, x, plot_y (p, c->max));
        }
      if (self->states != NULL)
        cairo_line_to (p->cr, plot_x (p, c->last_us), plot_y (p, c->first));
      cairo_line_to (p->cr, plot_x (p, c->last_us), plot_y (p, c->last));
      last = c;
    }
  bf_map_set_source (p->cr, p->colours->text, 0.9);
  cairo_set_line_width (p->cr, 1.5);
  cairo_set_line_join (p->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (p->cr, CAIRO_LINE_CAP_ROUND);
  cairo_stroke (p->cr);
}

/* Each state by its name, where there is room for all. */
static void
draw_states (const Plot *p)
{
  BfChart *self = p->chart;
  double room = p->height / (p->max - p->min);

  for (guint i = 0; self->states != NULL && self->states[i] != NULL; i++)
    {
      double y = floor (plot_y (p, i)) + 0.5;

      if (i > p->max)
        break;
      bf_map_set_source (p->cr, p->colours->line, 0.9);
      cairo_set_line_width (p->cr, 1);
      cairo_move_to (p->cr, p->left, y);
      cairo_line_to (p->cr, p->left + p->width, y);
      cairo_stroke (p->cr);
      if (room >= FONT_PX + 4)
        draw_text (p, self->states[i], p->left, MAX (y - 9, p->top + 5), 0, p->colours->dim_text);
    }
}

static void
draw_threshold (const Plot *p)
{
  BfChart *self = p->chart;
  double dash[] = { 5, 4 }, y = floor (plot_y (p, self->threshold)) + 0.5;
  guint32 colour = bf_map_priority_get_colour (self->priority);

  if (!self->has_threshold)
    return;
  cairo_save (p->cr);
  bf_map_set_source (p->cr, colour, 1);
  cairo_set_line_width (p->cr, 1.3);
  cairo_set_dash (p->cr, dash, 2, 0);
  cairo_move_to (p->cr, p->left, y);
  cairo_line_to (p->cr, p->left + p->width, y);
  cairo_stroke (p->cr);
  cairo_restore (p->cr);
  if (self->threshold_label != NULL)
    draw_text (p, self->threshold_label, p->left + p->width, y > p->top + 12 ? y - 9 : y + 10, 1,
               adw_style_manager_get_dark (adw_style_manager_get_default ()) ? colour : p->colours->text);
}

static void
draw_time_axis (const Plot *p)
{
  BfChart *self = p->chart;
  gint64 step_us = bf_series_time_step_us (p->to_us - p->from_us, MAX ((guint) (p->width / 90), 1));
  g_autoptr (GDateTime) start = g_date_time_new_from_unix_utc (p->from_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = NULL;
  gint64 offset_us, first_us;

  if (start == NULL)
    return;
  local = self->zone ? g_date_time_to_timezone (start, self->zone) : g_date_time_to_local (start);
  offset_us = g_date_time_get_utc_offset (local);
  first_us = (p->from_us + offset_us + step_us - 1) / step_us * step_us - offset_us;
  for (gint64 t = first_us; t <= p->to_us; t += step_us)
    {
      double x = floor (plot_x (p, t)) + 0.5;
      g_autofree char *text = format_time (self, t, step_us >= DAY_US ? "%d/%m" : "%H:%M");

      bf_map_set_source (p->cr, p->colours->line, 0.9);
      cairo_set_line_width (p->cr, 1);
      cairo_move_to (p->cr, x, p->top);
      cairo_line_to (p->cr, x, p->top + p->height + 3);
      cairo_stroke (p->cr);
      draw_text (p, text, x, p->top + p->height + 12, 0.5, p->colours->dim_text);
    }
}

static char *
make_title (const BfChart *self)
{
  const char *quantity = self->quantity ? self->quantity : "";
  g_autofree char *what = self->unit && *self->unit ? g_strdup_printf ("%s, %s", quantity, self->unit)
                                                    : g_strdup (quantity);

  return self->n_expected > 0 ? g_strdup_printf (_("%s · expected in grey"), what) : g_steal_pointer (&what);
}

/* Greatest and least of the axis, small, at the right of the title: the scale without a grid. */
static void
draw_title (const Plot *p)
{
  BfChart *self = p->chart;
  g_autofree char *title = make_title (self);
  double min = INFINITY, max = -INFINITY;

  draw_text (p, title, p->left, 9, 0, p->colours->dim_text);
  if (self->states != NULL)
    return;
  if (bf_series_range (self->n, self->time_us, self->value, p->from_us, p->to_us, &min, &max))
    {
      g_autofree char *low = format_value (self, min, p->max - p->min);
      g_autofree char *high = format_value (self, max, p->max - p->min);
      g_autofree char *text = g_strdup_printf (_("min %s · max %s"), low, high);

      draw_text (p, text, p->left + p->width, 9, 1, p->colours->dim_text);
    }
}

static void
draw_reading (const Plot *p)
{
  BfChart *self = p->chart;
  gint64 at_us = p->from_us + (gint64) ((self->read_x - p->left) / p->width * (double) (p->to_us - p->from_us));
  g_autofree char *text = NULL;
  g_autofree char *when = NULL;
  guint i;
  double x;

  if (!self->reading || self->n == 0)
    return;
  i = bf_series_nearest (self->n, self->time_us, CLAMP (at_us, p->from_us, p->to_us));
  x = CLAMP (self->read_x, p->left, p->left + p->width);
  if (isfinite (self->value[i]) && ABS (self->time_us[i] - at_us) <= p->limit_us)
    {
      g_autofree char *value = format_value (self, self->value[i], p->max - p->min);

      x = plot_x (p, self->time_us[i]);
      when = format_time (self, self->time_us[i], "%H:%M:%S");
      text = g_strdup_printf ("%s · %s", value, when);
      bf_map_set_source (p->cr, p->colours->text, 1);
      cairo_arc (p->cr, x, plot_y (p, self->value[i]), 3.5, 0, 2 * G_PI);
      cairo_fill (p->cr);
    }
  else
    {
      when = format_time (self, at_us, "%H:%M");
      text = g_strdup_printf (_("no data · %s"), when);
    }
  bf_map_set_source (p->cr, p->colours->text, 0.5);
  cairo_set_line_width (p->cr, 1);
  cairo_move_to (p->cr, floor (x) + 0.5, p->top);
  cairo_line_to (p->cr, floor (x) + 0.5, p->top + p->height);
  cairo_stroke (p->cr);
  {
    g_autoptr (PangoLayout) layout = make_text (self, text, FONT_PX, TRUE);
    int w, h;
    double left;

    pango_layout_get_pixel_size (layout, &w, &h);
    left = floor (CLAMP (x + 8, p->left, p->left + p->width - w - 8));
    if (x + 16 + w > p->left + p->width)
      left = floor (MAX (p->left, x - 16 - w));
    bf_map_set_source (p->cr, p->colours->panel, 0.92);
    cairo_rectangle (p->cr, left - 5, p->top + 1, w + 10, h + 6);
    cairo_fill (p->cr);
    bf_map_set_source (p->cr, p->colours->text, 1);
    cairo_move_to (p->cr, left, p->top + 4);
    pango_cairo_show_layout (p->cr, layout);
  }
}

static void
bf_chart_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BfChart *self = BF_CHART (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  cairo_t *cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, width, height));
  Plot p;

  if (plot_init (&p, self, cr, width, height))
    {
      draw_time_axis (&p);
      draw_expected (&p);
      draw_gaps (&p);
      draw_states (&p);
      draw_line (&p);
      draw_threshold (&p);
      draw_title (&p);
      draw_reading (&p);
    }
  cairo_destroy (cr);
}

/* What a screen reader says of it. */
static void
update_label (BfChart *self)
{
  gint64 from_us, to_us;
  double min = INFINITY, max = -INFINITY;
  g_autofree char *label = NULL;

  get_range (self, &from_us, &to_us);
  if (!bf_series_range (self->n, self->time_us, self->value, from_us, to_us, &min, &max))
    label = g_strdup_printf (_("%s: no data"), self->quantity ? self->quantity : _("Chart"));
  else
    {
      g_autofree char *low = format_value (self, min, max - min);
      g_autofree char *high = format_value (self, max, max - min);
      g_autofree char *last = NULL;
      guint i = self->n;

      while (i > 0 && !isfinite (self->value[i - 1]))
        i--;
      last = format_value (self, i > 0 ? self->value[i - 1] : min, max - min);
      label = g_strdup_printf (_("%s: last %s, from %s to %s%s%s"), self->quantity ? self->quantity : _("Chart"), last,
                               low, high, self->threshold_label ? ", " : "",
                               self->threshold_label ? self->threshold_label : "");
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
motion_cb (BfChart *self, double x, double y)
{
  self->reading = TRUE;
  self->read_x = x;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
leave_cb (BfChart *self)
{
  self->reading = FALSE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static gboolean
key_cb (BfChart *self, guint keyval, guint keycode, GdkModifierType state)
{
  double width = gtk_widget_get_width (GTK_WIDGET (self));
  double by = keyval == GDK_KEY_Left ? -1 : keyval == GDK_KEY_Right ? 1 : 0;

  if (by == 0)
    return FALSE;
  self->read_x = self->reading ? CLAMP (self->read_x + by * width / 48, SIDE, width - SIDE) : width - SIDE;
  self->reading = TRUE;
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return TRUE;
}

static void
bf_chart_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum, int *natural,
                  int *minimum_baseline, int *natural_baseline)
{
  *minimum = orientation == GTK_ORIENTATION_HORIZONTAL ? 160 : 90;
  *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? 480 : 160;
}

static void
bf_chart_finalize (GObject *object)
{
  BfChart *self = BF_CHART (object);

  g_free (self->time_us);
  g_free (self->value);
  g_free (self->expected_us);
  g_free (self->low);
  g_free (self->high);
  g_free (self->threshold_label);
  g_free (self->quantity);
  g_free (self->unit);
  g_strfreev (self->states);
  g_clear_pointer (&self->zone, g_time_zone_unref);

  G_OBJECT_CLASS (bf_chart_parent_class)->finalize (object);
}

static void
bf_chart_class_init (BfChartClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = bf_chart_finalize;
  widget_class->snapshot = bf_chart_snapshot;
  widget_class->measure = bf_chart_measure;
  gtk_widget_class_set_css_name (widget_class, "chart");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
bf_chart_init (BfChart *self)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *key = gtk_event_controller_key_new ();

  g_signal_connect_swapped (motion, "motion", G_CALLBACK (motion_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), motion);
  g_signal_connect_swapped (key, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), key);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  g_signal_connect_object (adw_style_manager_get_default (), "notify::dark", G_CALLBACK (gtk_widget_queue_draw), self,
                           G_CONNECT_SWAPPED);
}

/**
 * bf_chart_new:
 *
 * Returns: (transfer floating): an empty chart of the last 24 hours
 */
GtkWidget *
bf_chart_new (void)
{
  return g_object_new (BF_TYPE_CHART, NULL);
}

/**
 * bf_chart_set_series: (skip)
 * @self: a chart
 * @n: number of points, at most 5,000,000
 * @time_us: (array length=n): phenomenon times, sorted, µs UTC
 * @value: (array length=n): values; NaN where there is none
 *
 * Replaces the series by a copy of these.
 *
 * Returns: %FALSE, and nothing is changed, if the times are not sorted or there are too many
 */
gboolean
bf_chart_set_series (BfChart *self, guint n, const gint64 *time_us, const double *value)
{
  g_return_val_if_fail (BF_IS_CHART (self), FALSE);

  if (n > MAX_POINTS || !bf_series_is_sorted (n, time_us))
    return FALSE;
  g_free (self->time_us);
  g_free (self->value);
  self->n = n;
  self->time_us = g_memdup2 (time_us, n * sizeof *time_us);
  self->value = g_memdup2 (value, n * sizeof *value);
  update_label (self);
  return TRUE;
}

/**
 * bf_chart_set_expected: (skip)
 * @self: a chart
 * @n: number of points; 0 for no band
 * @time_us: (array length=n): sorted times, µs UTC
 * @low: (array length=n): lower edge of what is expected
 * @high: (array length=n): upper edge
 *
 * Returns: %FALSE, and nothing is changed, if the times are not sorted or there are too many
 */
gboolean
bf_chart_set_expected (BfChart *self, guint n, const gint64 *time_us, const double *low, const double *high)
{
  g_return_val_if_fail (BF_IS_CHART (self), FALSE);

  if (n > MAX_POINTS || !bf_series_is_sorted (n, time_us))
    return FALSE;
  g_free (self->expected_us);
  g_free (self->low);
  g_free (self->high);
  self->n_expected = n;
  self->expected_us = g_memdup2 (time_us, n * sizeof *time_us);
  self->low = g_memdup2 (low, n * sizeof *low);
  self->high = g_memdup2 (high, n * sizeof *high);
  gtk_widget_queue_draw (GTK_WIDGET (self));
  return TRUE;
}

/**
 * bf_chart_set_threshold: (skip)
 * @self: a chart
 * @value: where the rule raises its alert
 * @priority: of that alert
 * @label: (nullable): in words, with the unit
 */
void
bf_chart_set_threshold (BfChart *self, double value, BfMapPriority priority, const char *label)
{
  g_return_if_fail (BF_IS_CHART (self));
  g_return_if_fail (isfinite (value));

  self->has_threshold = TRUE;
  self->threshold = value;
  self->priority = priority;
  g_free (self->threshold_label);
  self->threshold_label = g_strdup (label);
  update_label (self);
}

/**
 * bf_chart_clear_threshold:
 * @self: a chart
 */
void
bf_chart_clear_threshold (BfChart *self)
{
  g_return_if_fail (BF_IS_CHART (self));

  self->has_threshold = FALSE;
  g_clear_pointer (&self->threshold_label, g_free);
  update_label (self);
}

/**
 * bf_chart_set_range:
 * @self: a chart
 * @from_us: left edge, µs UTC
 * @to_us: right edge; both 0 for the 24 hours before now
 */
void
bf_chart_set_range (BfChart *self, gint64 from_us, gint64 to_us)
{
  g_return_if_fail (BF_IS_CHART (self));
  g_return_if_fail (from_us < to_us || (from_us == 0 && to_us == 0));

  self->from_us = from_us;
  self->to_us = to_us;
  update_label (self);
}

/**
 * bf_chart_set_gap_limit:
 * @self: a chart
 * @limit_us: the longest time between two values over which the line is drawn; 0 for three times the usual one
 */
void
bf_chart_set_gap_limit (BfChart *self, gint64 limit_us)
{
  g_return_if_fail (BF_IS_CHART (self));

  self->limit_us = limit_us;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/**
 * bf_chart_set_time_zone:
 * @self: a chart
 * @zone: (nullable): the city's; %NULL for the desk's
 */
void
bf_chart_set_time_zone (BfChart *self, GTimeZone *zone)
{
  g_return_if_fail (BF_IS_CHART (self));

  g_clear_pointer (&self->zone, g_time_zone_unref);
  self->zone = zone ? g_time_zone_ref (zone) : NULL;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/**
 * bf_chart_set_titles:
 * @self: a chart
 * @quantity: (nullable): what is measured
 * @unit: (nullable): its unit as people write it
 */
void
bf_chart_set_titles (BfChart *self, const char *quantity, const char *unit)
{
  g_return_if_fail (BF_IS_CHART (self));

  g_free (self->quantity);
  g_free (self->unit);
  self->quantity = g_strdup (quantity);
  self->unit = g_strdup (unit);
  update_label (self);
}

/**
 * bf_chart_set_states:
 * @self: a chart
 * @names: (nullable): what a state's values are called, by value; %NULL for a number
 */
void
bf_chart_set_states (BfChart *self, const char *const *names)
{
  g_return_if_fail (BF_IS_CHART (self));

  g_strfreev (self->states);
  self->states = g_strdupv ((GStrv) names);
  update_label (self);
}
