/* SPDX-License-Identifier: EUPL-1.2 */
/* Frame time of the map while it pans, at 10,000 and 100,000 assets: a table on stderr, JSON on stdout.
 *
 * A frame is everything between the viewport's move and the pixels: working out what to show, writing the image,
 * the snapshot of the whole widget tree, and the drawing of its nodes to an image surface as GSK's Cairo
 * renderer does. Medians over the frames of a walk that goes over the whole town; the base map is painted before.
 * Beside the time on the wall stands the thread's own time on the processor: the one to compare where others work too.
 */
#include "console/map/bf-basemap-painter.h"
#include "console/map/bf-map-view.h"
#include "test-town.h"

#include <adwaita.h>
#include <stdlib.h>
#include <time.h>

#define WIDTH 1920
#define HEIGHT 1080
#define N_FRAMES 240

typedef struct
{
  const char *name;
  guint n_assets;
  double zoom;
  gboolean clusters;
  gboolean changes;
  BfMapSink sink;
  gboolean shumate_tiles;
  guint n_shapes; /* of the assets, roads of 600 m, one in ten an area */
} Case;

static const Case cases[] = {
  { "pan", 10000, 13.8, TRUE, FALSE, BF_MAP_SINK_CAIRO, FALSE },
  { "pan", 100000, 13.8, TRUE, FALSE, BF_MAP_SINK_CAIRO, FALSE },
  { "pan, 1% of states change a frame", 100000, 13.8, TRUE, TRUE, BF_MAP_SINK_CAIRO, FALSE },
  { "pan, no clusters: every dot drawn", 100000, 13.8, FALSE, FALSE, BF_MAP_SINK_CAIRO, FALSE },
  { "pan, streets", 100000, 16.5, TRUE, FALSE, BF_MAP_SINK_CAIRO, FALSE },
  { "pan, as a texture", 100000, 13.8, TRUE, FALSE, BF_MAP_SINK_TEXTURE, FALSE },
  { "pan, tiles by ShumateMapLayer", 100000, 13.8, TRUE, FALSE, BF_MAP_SINK_CAIRO, TRUE },
  { "pan, 200 roads and areas", 100000, 13.8, TRUE, FALSE, BF_MAP_SINK_CAIRO, FALSE, 200 },
  { "pan, 2,000 roads and areas", 100000, 13.8, TRUE, FALSE, BF_MAP_SINK_CAIRO, FALSE, 2000 },
  { "pan, streets, 2,000 roads and areas", 100000, 16.5, TRUE, FALSE, BF_MAP_SINK_CAIRO, FALSE, 2000 },
  { "pan", 1000000, 13.8, TRUE, FALSE, BF_MAP_SINK_CAIRO, FALSE },
};

typedef struct
{
  double median_ms, p95_ms, max_ms;
  double cpu_ms; /* median */
} Result;

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double f = *(const double *) a, g = *(const double *) b;

  return f < g ? -1 : f > g;
}

static gboolean
count_down_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  guint *left = user_data;

  gtk_widget_queue_draw (widget);
  return --*left > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static void
run_until_painted (GtkWidget *view)
{
  BfAssetLayer *layer = bf_map_view_get_layer (BF_MAP_VIEW (view));

  do
    {
      guint left = 3;

      gtk_widget_add_tick_callback (view, count_down_cb, &left, NULL);
      while (left > 0 || !bf_asset_layer_is_settled (layer))
        g_main_context_iteration (NULL, TRUE);
    }
  while (!bf_asset_layer_is_settled (layer));
}

/* A closed walk of whole and broken pixels. */
static void
step (BfMapView *view, guint frame)
{
  double a = frame * 2 * G_PI / N_FRAMES;
  ShumateViewport *viewport = shumate_map_get_viewport (bf_map_view_get_map (view));

  shumate_location_set_location (SHUMATE_LOCATION (viewport), TEST_TOWN_LAT + 0.004 * sin (a),
                                 TEST_TOWN_LON + 0.006 * cos (a));
}

static double
draw_frame (GtkWidget *view, cairo_surface_t *image, gint64 start_us)
{
  GtkAllocation all = { 0, 0, WIDTH, HEIGHT };
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  cairo_t *cr = cairo_create (image);

  gtk_widget_size_allocate (view, &all, -1);
  gtk_widget_snapshot_child (gtk_widget_get_parent (view), view, snapshot);
  node = gtk_snapshot_free_to_node (snapshot);
  g_assert (node != NULL);
  gsk_render_node_draw (node, cr);
  cairo_destroy (cr);
  cairo_surface_flush (image);
  return (double) (g_get_monotonic_time () - start_us) / 1000.0;
}

static double
thread_cpu_ms (void)
{
  struct timespec t;

  g_assert_cmpint (clock_gettime (CLOCK_THREAD_CPUTIME_ID, &t), ==, 0);
  return (double) t.tv_sec * 1000.0 + (double) t.tv_nsec / 1e6;
}

static void
change_states (BfAssetLayer *layer, guint n, guint frame)
{
  for (guint i = 0; i < n / 100; i++)
    bf_asset_layer_set_state (layer, (i * 97 + frame * 31) % n,
                              (i + frame) % 50 == 0 ? BF_MAP_STATE_MEDIUM
                              : i % 9 == 0          ? BF_MAP_STATE_UNKNOWN
                                                    : BF_MAP_STATE_CALM);
}

static void
measure (GtkWidget *view, const Case *c, Result *ret_result)
{
  BfAssetLayer *layer = bf_map_view_get_layer (BF_MAP_VIEW (view));
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
  double times[N_FRAMES], cpu[N_FRAMES];

  /* Once round to have every tile and sprite. */
  for (guint i = 0; i < N_FRAMES; i += 12)
    {
      step (BF_MAP_VIEW (view), i);
      run_until_painted (view);
    }
  /* The first frames of this size make its images. */
  for (guint i = 0; i < 3; i++)
    {
      step (BF_MAP_VIEW (view), i);
      gtk_widget_queue_draw (GTK_WIDGET (layer));
      draw_frame (view, image, 0);
    }
  for (guint i = 0; i < N_FRAMES; i++)
    {
      double cpu_start_ms = thread_cpu_ms ();
      gint64 start_us = g_get_monotonic_time ();

      if (c->changes)
        change_states (layer, c->n_assets, i);
      step (BF_MAP_VIEW (view), i + 1);
      gtk_widget_queue_draw (GTK_WIDGET (layer));
      times[i] = draw_frame (view, image, start_us);
      cpu[i] = thread_cpu_ms () - cpu_start_ms;
    }
  cairo_surface_destroy (image);
  qsort (times, N_FRAMES, sizeof *times, compare_doubles);
  qsort (cpu, N_FRAMES, sizeof *cpu, compare_doubles);
  *ret_result = (Result){ times[N_FRAMES / 2], times[N_FRAMES * 95 / 100], times[N_FRAMES - 1], cpu[N_FRAMES / 2] };
}

/* 25 vertices each, as a road's: half of what a town's sections have in states, one in twenty with an alert. */
static void
add_shapes (BfAssetLayer *layer, const TestAssets *assets, guint n)
{
  const BfShapePart part = { 0, FALSE };

  for (guint i = 0; i < n; i++)
    {
      BfPoint points[25];
      const char *reason;
      g_autofree BfShape *shape = NULL;
      double a = i * 2.4;

      for (guint k = 0; k < G_N_ELEMENTS (points); k++)
        {
          double along = k / 25.0 * 0.006, turn = i % 10 == 0 ? k * 2 * G_PI / 25 : a + 0.3 * sin (k * 0.3);

          points[k] = i % 10 == 0
                        ? (BfPoint){ assets->lon[i] + 0.002 * cos (turn), assets->lat[i] + 0.0014 * sin (turn) }
                        : (BfPoint){ assets->lon[i] + along * cos (turn), assets->lat[i] + along * 0.7 * sin (turn) };
        }
      shape = bf_shape_new (i % 10 == 0 ? BF_SHAPE_AREAS : BF_SHAPE_LINES, points, G_N_ELEMENTS (points), &part, 1, &reason);
      bf_asset_layer_set_shape (layer, i, shape);
      bf_asset_layer_set_state (layer, i, i % 20 == 7 ? BF_MAP_STATE_MEDIUM : i % 10 == 3 ? BF_MAP_STATE_UNKNOWN : BF_MAP_STATE_CALM);
    }
}

static void
run_case (const Case *c, BfBasemap *town, Result *ret_result)
{
  GtkWidget *window = gtk_window_new (), *view = bf_map_view_new ();
  BfAssetLayer *layer = bf_map_view_get_layer (BF_MAP_VIEW (view));
  ShumateMap *map = bf_map_view_get_map (BF_MAP_VIEW (view));
  g_autoptr (TestAssets) assets = test_assets_new (c->n_assets);

  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, HEIGHT);
  gtk_window_set_child (GTK_WINDOW (window), view);
  bf_map_view_set_basemap (BF_MAP_VIEW (view), town);
  if (c->shumate_tiles)
    {
      BfBasemapSource *source = bf_map_view_get_source (BF_MAP_VIEW (view));
      ShumateMapLayer *tiles = shumate_map_layer_new (SHUMATE_MAP_SOURCE (source), shumate_map_get_viewport (map));

      bf_asset_layer_set_basemap_source (layer, NULL);
      shumate_map_insert_layer_behind (map, SHUMATE_LAYER (tiles), SHUMATE_LAYER (layer));
    }
  bf_asset_layer_set_assets (layer, assets->n, assets->lat, assets->lon, assets->service, assets->symbol);
  for (guint i = 0; i < 30; i++)
    bf_asset_layer_set_state (layer, i * 131, bf_map_state_make ((BfMapPriority) (2 + i % 4), i % 3 == 0));
  add_shapes (layer, assets, c->n_shapes);
  if (!c->clusters)
    bf_asset_layer_set_cluster_threshold (layer, G_MAXUINT);
  bf_asset_layer_set_sink (layer, c->sink);
  gtk_window_present (GTK_WINDOW (window));
  run_until_painted (view);
  bf_map_view_go_to (BF_MAP_VIEW (view), TEST_TOWN_LAT, TEST_TOWN_LON, c->zoom);
  run_until_painted (view);
  measure (view, c, ret_result);
  gtk_window_destroy (GTK_WINDOW (window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static double
tile_ms (BfBasemap *town, guint z)
{
  double n = exp2 (z), south = 0, west = 0, north = 0, east = 0;
  guint x, y;
  gint64 start_us = g_get_monotonic_time ();

  bf_basemap_get_bounds (town, &south, &west, &north, &east);
  x = (guint) (bf_mercator_x ((west + east) / 2) * n);
  y = (guint) (bf_mercator_y ((south + north) / 2) * n);
  for (guint i = 0; i < 9; i++)
    cairo_surface_destroy (
      bf_basemap_paint_tile (town, bf_map_palette_get (TRUE), z, x - 1 + i % 3, y - 1 + i / 3, 256, 1));
  return (double) (g_get_monotonic_time () - start_us) / 9000.0;
}

int
main (int argc, char *argv[])
{
  g_autoptr (BfBasemap) town = NULL;

  adw_init ();
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  /* Another base map may be given, to measure its tiles. */
  if (argc > 1)
    {
      g_autofree char *text = NULL;
      gsize length;
      g_autoptr (GBytes) bytes = NULL;

      if (!g_file_get_contents (argv[1], &text, &length, NULL))
        return EXIT_FAILURE;
      bytes = g_bytes_new_take (g_steal_pointer (&text), length);
      town = bf_basemap_new_from_geojson (bytes, NULL);
      if (town == NULL)
        return EXIT_FAILURE;
    }
  else
    town = test_town_new ();
  g_print ("{\"bench\": \"map\", \"width\": %d, \"height\": %d, \"frames\": %d,\n \"tile_ms\": {", WIDTH, HEIGHT,
           N_FRAMES);
  for (guint z = 12; z <= 17; z++)
    {
      double ms = tile_ms (town, z);

      g_print ("%s\"%u\": %.2f", z > 12 ? ", " : "", z, ms);
      g_printerr ("tile of 256 px, zoom %u: %.2f ms\n", z, ms);
    }
  g_print ("},\n \"cases\": [");
  g_printerr ("%-38s %9s %5s %9s %9s %9s %9s\n", "case", "assets", "zoom", "median ms", "p95 ms", "max ms", "cpu ms");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Result r;

      run_case (&cases[i], town, &r);
      g_printerr ("%-38s %9u %5.1f %9.2f %9.2f %9.2f %9.2f\n", cases[i].name, cases[i].n_assets, cases[i].zoom,
                  r.median_ms, r.p95_ms, r.max_ms, r.cpu_ms);
      g_print ("%s\n  {\"case\": \"%s\", \"assets\": %u, \"zoom\": %.1f, \"median_ms\": %.2f, \"p95_ms\": %.2f, "
               "\"max_ms\": %.2f, \"cpu_ms\": %.2f}",
               i ? "," : "", cases[i].name, cases[i].n_assets, cases[i].zoom, r.median_ms, r.p95_ms, r.max_ms, r.cpu_ms);
    }
  g_print ("\n ]}\n");
  return EXIT_SUCCESS;
}
