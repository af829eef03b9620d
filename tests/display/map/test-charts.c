/* SPDX-License-Identifier: EUPL-1.2 */
/* The chart and the strip of the last 24 hours on a display. With --show they stay on screen: --light. */
#include "console/charts/bf-chart.h"
#include "console/charts/bf-timeline-strip.h"

#include <adwaita.h>
#include <locale.h>
#include <math.h>

#define N 1440
#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define FROM_US (G_GINT64_CONSTANT (1717977600) * G_USEC_PER_SEC) /* 2024-06-10 00:00 UTC */

typedef struct
{
  GtkWidget *window, *chart, *strip;
} Fixture;

static void
set_up (Fixture *f, int width, int height, gboolean dark)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
  f->window = gtk_window_new ();
  gtk_window_set_decorated (GTK_WINDOW (f->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (f->window), width, height);
  f->chart = bf_chart_new ();
  gtk_widget_set_vexpand (f->chart, TRUE);
  f->strip = bf_timeline_strip_new ();
  gtk_box_append (GTK_BOX (box), f->chart);
  gtk_box_append (GTK_BOX (box), f->strip);
  gtk_window_set_child (GTK_WINDOW (f->window), box);
  bf_chart_set_range (BF_CHART (f->chart), FROM_US, FROM_US + N * MINUTE_US);
}

/* A day of pressure: steady, nothing for two hours, then a fall below the threshold. */
static void
fill (Fixture *f)
{
  gint64 t[N];
  double v[N], low[N], high[N];
  guint n = 0, count[96] = { 0 };
  BfMapPriority worst[96] = { BF_MAP_PRIORITY_NONE };
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Paris");

  for (guint i = 0; i < N; i++)
    {
      if (i >= 600 && i < 720)
        continue;
      t[n] = FROM_US + i * MINUTE_US;
      v[n] = i < 1300 ? 3.6 + 0.3 * sin (i / 180.0) + 0.06 * sin (i * 1.7) : MAX (1.4, 3.6 - (i - 1300) * 0.05);
      low[n] = 3.3 + 0.3 * sin (i / 180.0);
      high[n] = low[n] + 0.6;
      n++;
    }
  g_assert_true (bf_chart_set_series (BF_CHART (f->chart), n, t, v));
  g_assert_true (bf_chart_set_expected (BF_CHART (f->chart), n, t, low, high));
  bf_chart_set_titles (BF_CHART (f->chart), "pression", "bar");
  bf_chart_set_threshold (BF_CHART (f->chart), 2.5, BF_MAP_PRIORITY_HIGH, "seuil 2,5 bar");
  for (guint i = 0; i < G_N_ELEMENTS (count); i++)
    {
      count[i] = i * 7 % 5;
      worst[i] = count[i] ? BF_MAP_PRIORITY_LOW : BF_MAP_PRIORITY_NONE;
    }
  count[94] = 12;
  worst[94] = BF_MAP_PRIORITY_HIGH;
  bf_timeline_strip_set_bars (BF_TIMELINE_STRIP (f->strip), G_N_ELEMENTS (count), count, worst);
  bf_timeline_strip_set_range (BF_TIMELINE_STRIP (f->strip), FROM_US, FROM_US + N * MINUTE_US);
  bf_chart_set_time_zone (BF_CHART (f->chart), zone);
  bf_timeline_strip_set_time_zone (BF_TIMELINE_STRIP (f->strip), zone);
}

static void
tear_down (Fixture *f)
{
  gtk_window_destroy (GTK_WINDOW (f->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static gboolean
count_down_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  guint *left = user_data;

  gtk_widget_queue_draw (widget);
  return --*left > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static cairo_surface_t *
take_picture (Fixture *f, GtkWidget *widget)
{
  int width, height;
  guint left = 3;
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GdkPaintable) paintable = NULL;
  g_autoptr (GskRenderNode) node = NULL;
  cairo_surface_t *image;
  cairo_t *cr;

  gtk_window_present (GTK_WINDOW (f->window));
  gtk_widget_add_tick_callback (widget, count_down_cb, &left, NULL);
  while (left > 0)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  width = gtk_widget_get_width (widget);
  height = gtk_widget_get_height (widget);
  paintable = gtk_widget_paintable_new (widget);
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  g_assert_nonnull (node);
  image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cr = cairo_create (image);
  gsk_render_node_draw (node, cr);
  cairo_destroy (cr);
  cairo_surface_flush (image);
  return image;
}

/* How many pixels of an opaque colour stand between two columns. */
static guint
count_colour (cairo_surface_t *image, guint32 colour, int x0, int x1)
{
  guint n = 0;

  for (int y = 0; y < cairo_image_surface_get_height (image); y++)
    for (int x = x0; x < x1; x++)
      {
        const guint8 *row = cairo_image_surface_get_data (image) + y * cairo_image_surface_get_stride (image);

        n += *(const guint32 *) (const void *) (row + x * 4) == (0xff000000 | colour);
      }
  return n;
}

static guint
count_colour_below (cairo_surface_t *image, guint32 colour, int y0)
{
  guint n = 0;

  for (int y = y0; y < cairo_image_surface_get_height (image); y++)
    for (int x = 0; x < cairo_image_surface_get_width (image); x++)
      {
        const guint8 *row = cairo_image_surface_get_data (image) + y * cairo_image_surface_get_stride (image);

        n += *(const guint32 *) (const void *) (row + x * 4) == (0xff000000 | colour);
      }
  return n;
}

static void
test_chart (gconstpointer data)
{
  gboolean dark = GPOINTER_TO_INT (data);
  guint32 expected = bf_map_palette_get (dark)->selection;
  Fixture f = { 0 };
  cairo_surface_t *image;
  int width, gap_from, gap_to;

  set_up (&f, 600, 320, dark);
  fill (&f);
  image = take_picture (&f, f.chart);
  width = cairo_image_surface_get_width (image);
  gap_from = 6 + (width - 12) * 610 / N;
  gap_to = 6 + (width - 12) * 710 / N;
  g_assert_cmpuint (count_colour (image, 0xff7800, 0, width), >, 100);
  g_assert_cmpuint (count_colour (image, 0xe01b24, 0, width), ==, 0);
  /* What is expected is a band in the upper half, and nothing of it strays. */
  g_assert_cmpuint (count_colour_below (image, expected, 0), >, 3000);
  g_assert_cmpuint (count_colour_below (image, expected, cairo_image_surface_get_height (image) / 2), ==, 0);
  cairo_surface_destroy (image);

  /* Without the rest: a line on both sides of the gap, none over it. */
  bf_chart_clear_threshold (BF_CHART (f.chart));
  bf_chart_set_expected (BF_CHART (f.chart), 0, NULL, NULL, NULL);
  bf_chart_set_titles (BF_CHART (f.chart), NULL, NULL);
  image = take_picture (&f, f.chart);
  g_assert_cmpuint (count_colour (image, 0xff7800, 0, width), ==, 0);
  {
    guint line = 0, over_gap = 0;

    /* The line is nine tenths opaque, hatching and ticks are less or thinner; "no data" stands in mid height. */
    for (int y = 20; y < cairo_image_surface_get_height (image) - 22; y++)
      for (int x = 6; x < width - 6; x++)
        {
          const guint8 *row = cairo_image_surface_get_data (image) + y * cairo_image_surface_get_stride (image);
          guint32 p = *(const guint32 *) (const void *) (row + x * 4);

          if (p >> 24 < 0xa0)
            continue;
          line += x < gap_from || x > gap_to;
          over_gap += x > gap_from + 6 && x < gap_to - 6 && (y < 80 || y > 160);
        }
    g_assert_cmpuint (line, >, 200);
    g_assert_cmpuint (over_gap, ==, 0);
  }
  cairo_surface_destroy (image);
  tear_down (&f);
}

/* Two states, the change in the middle: the line lies on two heights and stands once, and goes over no height in between. */
static void
test_states (void)
{
  static const char *const names[] = { "Non", "Oui", NULL };
  const gint64 t[] = { FROM_US + 60 * MINUTE_US, FROM_US + 720 * MINUTE_US, FROM_US + 1380 * MINUTE_US };
  const double v[] = { 0, 1, 1 };
  Fixture f = { 0 };
  cairo_surface_t *image;
  int height, width;
  guint between = 0, upright = 0;

  set_up (&f, 600, 320, TRUE);
  bf_chart_set_states (BF_CHART (f.chart), names);
  bf_chart_set_gap_limit (BF_CHART (f.chart), N * MINUTE_US);
  g_assert_true (bf_chart_set_series (BF_CHART (f.chart), G_N_ELEMENTS (t), t, v));
  image = take_picture (&f, f.chart);
  height = cairo_image_surface_get_height (image);
  width = cairo_image_surface_get_width (image);
  for (int y = 60; y < height - 70; y++)
    for (int x = 100; x < width - 10; x++)
      {
        const guint8 *row = cairo_image_surface_get_data (image) + y * cairo_image_surface_get_stride (image);
        gboolean line = (*(const guint32 *) (const void *) (row + x * 4) & 0xff) > 0x90; /* the series is light, ticks are dark */
        gboolean at_change = ABS (x - (6 + (width - 12) / 2)) <= 2;

        between += line && !at_change && y > 80 && y < height - 90;
        upright += line && at_change;
      }
  g_assert_cmpuint (between, ==, 0);
  g_assert_cmpuint (upright, >, 80);
  cairo_surface_destroy (image);
  tear_down (&f);
}

static void
test_strip (void)
{
  Fixture f = { 0 };
  cairo_surface_t *image;
  int width, x;

  set_up (&f, 960, 300, TRUE);
  fill (&f);
  image = take_picture (&f, f.strip);
  width = cairo_image_surface_get_width (image);
  x = 14 + (width - 28) * 94 / 96;
  g_assert_cmpuint (count_colour (image, 0xff7800, x - 2, x + 14), >, 50);
  g_assert_cmpuint (count_colour (image, 0xff7800, 0, x - 4), ==, 0);
  g_assert_cmpuint (count_colour (image, 0x62a0ea, 0, width), ==, 0);
  cairo_surface_destroy (image);
  tear_down (&f);
}

static void
test_refuses_disorder (void)
{
  const gint64 t[] = { 3, 2 };
  const double v[] = { 1, 1 };
  Fixture f = { 0 };

  set_up (&f, 400, 300, TRUE);
  g_assert_false (bf_chart_set_series (BF_CHART (f.chart), 2, t, v));
  g_assert_false (bf_chart_set_expected (BF_CHART (f.chart), 2, t, v, v));
  /* An empty chart is drawn too, and says that there is no data. */
  cairo_surface_destroy (take_picture (&f, f.chart));
  tear_down (&f);
}

int
main (int argc, char *argv[])
{
  gboolean show = FALSE, light = FALSE;
  const GOptionEntry options[] = {
    { "show", 0, 0, G_OPTION_ARG_NONE, &show, "Keep the window open", NULL },
    { "light", 0, 0, G_OPTION_ARG_NONE, &light, "In the light style", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_set_ignore_unknown_options (context, TRUE);
  g_option_context_parse (context, &argc, &argv, NULL);
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  if (show)
    {
      Fixture f = { 0 };

      set_up (&f, 1100, 330, !light);
      fill (&f);
      gtk_window_present (GTK_WINDOW (f.window));
      while (TRUE)
        g_main_context_iteration (NULL, TRUE);
    }
  g_test_add_data_func ("/charts/chart/light", GINT_TO_POINTER (FALSE), test_chart);
  g_test_add_data_func ("/charts/chart/dark", GINT_TO_POINTER (TRUE), test_chart);
  g_test_add_func ("/charts/states", test_states);
  g_test_add_func ("/charts/strip", test_strip);
  g_test_add_func ("/charts/refuses-disorder", test_refuses_disorder);
  return g_test_run ();
}
