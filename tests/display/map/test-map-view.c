/* SPDX-License-Identifier: EUPL-1.2 */
/* The map on a display. With --show the window stays open, to look at: --light, --zoom=Z, --basemap=FILE, --n=N. */
#include "console/map/bf-map-view.h"
#include "test-town.h"

#include <adwaita.h>
#include <locale.h>

#define WIDTH 900
#define HEIGHT 700

typedef struct
{
  GtkWidget *window;
  BfMapView *view;
  BfAssetLayer *layer;
} Fixture;

static void
describe (guint asset, char **ret_title, char **ret_detail, gpointer user_data)
{
  *ret_title = g_strdup_printf ("Capteur P%u · 1,4 bar", asset);
  *ret_detail = g_strdup ("14 rue des Tanneurs · mesuré à 03:11");
}

static void
set_up_sized (Fixture *f, int width, int height, gboolean dark)
{
  adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                      dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
  f->window = gtk_window_new ();
  gtk_window_set_decorated (GTK_WINDOW (f->window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (f->window), width, height);
  f->view = BF_MAP_VIEW (bf_map_view_new ());
  f->layer = bf_map_view_get_layer (f->view);
  bf_asset_layer_set_describe_func (f->layer, describe, NULL, NULL);
  gtk_window_set_child (GTK_WINDOW (f->window), GTK_WIDGET (f->view));
}

static gboolean
count_down_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  guint *left = user_data;

  gtk_widget_queue_draw (widget);
  return --*left > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Lets the window draw some frames; waits for frames, not for time. */
static void
run_frames (Fixture *f, guint n)
{
  guint left = n;

  gtk_widget_add_tick_callback (GTK_WIDGET (f->view), count_down_cb, &left, NULL);
  while (left > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* Until the base map is painted whole: each tile asks for a frame, each frame for more tiles. */
static void
run_until_painted (Fixture *f)
{
  do
    {
      run_frames (f, 2);
      while (!bf_asset_layer_is_settled (f->layer))
        g_main_context_iteration (NULL, TRUE);
      run_frames (f, 2);
    }
  while (!bf_asset_layer_is_settled (f->layer));
}

static void
show (Fixture *f, double zoom)
{
  gtk_window_present (GTK_WINDOW (f->window));
  run_frames (f, 2);
  bf_map_view_go_to (f->view, TEST_TOWN_LAT, TEST_TOWN_LON, zoom);
  run_until_painted (f);
}

static void
tear_down (Fixture *f)
{
  gtk_window_destroy (GTK_WINDOW (f->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* What is on screen, as pixels. */
static cairo_surface_t *
take_picture (Fixture *f)
{
  int width = gtk_widget_get_width (f->window), height = gtk_widget_get_height (f->window);
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (f->window);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, width, height);
  cairo_t *cr = cairo_create (image);

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  g_assert_nonnull (node);
  gsk_render_node_draw (node, cr);
  cairo_destroy (cr);
  cairo_surface_flush (image);
  return image;
}

static guint32
pixel_at (cairo_surface_t *image, int x, int y)
{
  const guint8 *data = cairo_image_surface_get_data (image);

  return *(const guint32 *) (const void *) (data + y * cairo_image_surface_get_stride (image) + x * 4) & 0xffffff;
}

static guint
count_colour (cairo_surface_t *image, guint32 colour)
{
  guint n = 0;

  for (int y = 0; y < cairo_image_surface_get_height (image); y++)
    for (int x = 0; x < cairo_image_surface_get_width (image); x++)
      n += pixel_at (image, x, y) == colour;
  return n;
}

/* Tests */

static const guint32 alert_colours[] = { 0xe01b24, 0xff7800, 0xf5c211, 0x62a0ea };

static void
test_calm_is_grey (gconstpointer data)
{
  gboolean dark = GPOINTER_TO_INT (data);
  const BfMapPalette *c = bf_map_palette_get (dark);
  g_autoptr (BfBasemap) town = test_town_new ();
  g_autoptr (TestAssets) assets = test_assets_new (3000);
  Fixture f = { 0 };
  cairo_surface_t *image;

  set_up_sized (&f, WIDTH, HEIGHT, dark);
  bf_map_view_set_basemap (f.view, town);
  g_assert_cmpuint (bf_asset_layer_set_assets (f.layer, assets->n, assets->lat, assets->lon, assets->service, NULL), ==,
                    0);
  show (&f, 14);
  image = take_picture (&f);
  g_assert_cmpuint (count_colour (image, c->ground), >, 1000);
  g_assert_cmpuint (count_colour (image, c->water), >, 1000);
  g_assert_cmpuint (count_colour (image, c->road), >, 1000);
  g_assert_cmpuint (count_colour (image, c->asset), >, 100);
  for (guint i = 0; i < G_N_ELEMENTS (alert_colours); i++)
    g_assert_cmpuint (count_colour (image, alert_colours[i]), ==, 0);
  cairo_surface_destroy (image);
  tear_down (&f);
}

static void
test_priority_colours (void)
{
  static const BfMapPriority priorities[] = { BF_MAP_PRIORITY_CRITICAL, BF_MAP_PRIORITY_HIGH, BF_MAP_PRIORITY_MEDIUM,
                                              BF_MAP_PRIORITY_LOW };
  Fixture f = { 0 };

  set_up_sized (&f, WIDTH, HEIGHT, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (priorities); i++)
    bf_asset_layer_put_asset (f.layer, i, TEST_TOWN_LAT, TEST_TOWN_LON + (i - 1.5) * 0.02, i, BF_MAP_SYMBOL_DOT);
  for (guint i = 0; i < G_N_ELEMENTS (priorities); i++)
    bf_asset_layer_set_state (f.layer, i, bf_map_state_make (priorities[i], FALSE));
  show (&f, 13);
  for (int acknowledged = 0; acknowledged < 2; acknowledged++)
    {
      cairo_surface_t *image = take_picture (&f);

      for (guint i = 0; i < G_N_ELEMENTS (priorities); i++)
        {
          double px_per_deg = 256 * exp2 (13) / 360;
          int x = (int) (WIDTH / 2.0 + (i - 1.5) * 0.02 * px_per_deg), y = HEIGHT / 2;

          /* Filled in the colour of its priority, or an outline of it over the ground. */
          g_assert_cmphex (pixel_at (image, x, y) == alert_colours[i], ==, !acknowledged);
          g_assert_cmpuint (count_colour (image, alert_colours[i]), >, acknowledged ? 5 : 80);
        }
      cairo_surface_destroy (image);
      for (guint i = 0; i < G_N_ELEMENTS (priorities); i++)
        bf_asset_layer_set_state (f.layer, i, bf_map_state_make (priorities[i], TRUE));
      run_frames (&f, 2);
    }
  tear_down (&f);
}

static void
test_states_make_one_frame (void)
{
  g_autoptr (TestAssets) assets = test_assets_new (20000);
  Fixture f = { 0 };
  guint before;

  set_up_sized (&f, WIDTH, HEIGHT, TRUE);
  bf_asset_layer_set_assets (f.layer, assets->n, assets->lat, assets->lon, assets->service, assets->symbol);
  show (&f, 13);
  before = bf_asset_layer_get_n_updates (f.layer);
  for (guint i = 0; i < assets->n; i++)
    bf_asset_layer_set_state (f.layer, i, i % 3 ? BF_MAP_STATE_UNKNOWN : BF_MAP_STATE_HIGH);
  g_assert_cmpuint (bf_asset_layer_get_n_updates (f.layer), ==, before);
  while (bf_asset_layer_get_n_updates (f.layer) == before)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (bf_asset_layer_get_n_updates (f.layer), ==, before + 1);
  tear_down (&f);
}

static void
test_hit (void)
{
  Fixture f = { 0 };
  BfMapHit hit;
  double px = 360.0 / (256 * exp2 (15));

  set_up_sized (&f, WIDTH, HEIGHT, FALSE);
  bf_asset_layer_put_asset (f.layer, 0, TEST_TOWN_LAT, TEST_TOWN_LON, 0, BF_MAP_SYMBOL_LAMP);
  bf_asset_layer_put_asset (f.layer, 1, TEST_TOWN_LAT, TEST_TOWN_LON + 100 * px, 1, BF_MAP_SYMBOL_DROP);
  bf_asset_layer_put_asset (f.layer, 7, TEST_TOWN_LAT, TEST_TOWN_LON - 200 * px, 2, BF_MAP_SYMBOL_DROP);
  bf_asset_layer_set_state (f.layer, 7, BF_MAP_STATE_CRITICAL);
  show (&f, 15);
  g_assert_true (bf_asset_layer_hit_test (f.layer, WIDTH / 2.0 + 3, HEIGHT / 2.0, &hit));
  g_assert_cmpuint (hit.asset, ==, 0);
  g_assert_cmpint (hit.kind, ==, BF_MAP_HIT_ASSET);
  g_assert_true (bf_asset_layer_hit_test (f.layer, WIDTH / 2.0 + 100, HEIGHT / 2.0 + 2, &hit));
  g_assert_cmpuint (hit.asset, ==, 1);
  g_assert_true (bf_asset_layer_hit_test (f.layer, WIDTH / 2.0 - 210, HEIGHT / 2.0, &hit));
  g_assert_cmpuint (hit.asset, ==, 7);
  g_assert_false (bf_asset_layer_hit_test (f.layer, WIDTH / 2.0 + 50, HEIGHT / 2.0, &hit));
  bf_asset_layer_set_service_mask (f.layer, 1 << 0 | 1 << 1);
  g_assert_false (bf_asset_layer_hit_test (f.layer, WIDTH / 2.0 - 200, HEIGHT / 2.0, &hit));
  g_assert_cmpuint (bf_asset_layer_get_n_filtered_alerts (f.layer), ==, 1);
  bf_asset_layer_remove_asset (f.layer, 1);
  bf_asset_layer_remove_asset (f.layer, 5000); /* never put */
  g_assert_false (bf_asset_layer_hit_test (f.layer, WIDTH / 2.0 + 100, HEIGHT / 2.0, &hit));
  tear_down (&f);
}

static void
count_cb (BfAssetLayer *layer, guint asset, gpointer user_data)
{
  *(guint *) user_data += 1 + asset;
}

static void
test_activate_and_travel (void)
{
  Fixture f = { 0 };
  BfMapHit hit;
  guint activated = 0, hovered = 0;

  set_up_sized (&f, WIDTH, HEIGHT, TRUE);
  for (guint i = 0; i < 4; i++)
    bf_asset_layer_put_asset (f.layer, i, TEST_TOWN_LAT + i * 0.004, TEST_TOWN_LON, 0, BF_MAP_SYMBOL_DOT);
  bf_asset_layer_set_state (f.layer, 0, BF_MAP_STATE_LOW);
  bf_asset_layer_set_state (f.layer, 1, BF_MAP_STATE_CRITICAL_ACKNOWLEDGED);
  bf_asset_layer_set_state (f.layer, 2, BF_MAP_STATE_HIGH);
  show (&f, 14);
  g_signal_connect (f.layer, "asset-activated", G_CALLBACK (count_cb), &activated);
  g_signal_connect (f.layer, "asset-hovered", G_CALLBACK (count_cb), &hovered);
  g_assert_true (bf_asset_layer_activate (f.layer, WIDTH / 2.0, HEIGHT / 2.0, &hit));
  g_assert_cmpuint (activated, ==, 1);
  g_assert_cmpuint (bf_asset_layer_get_selected (f.layer), ==, 0);
  bf_asset_layer_hover (f.layer, WIDTH / 2.0, HEIGHT / 2.0, TRUE);
  bf_asset_layer_hover (f.layer, WIDTH / 2.0 + 1, HEIGHT / 2.0, TRUE);
  g_assert_cmpuint (hovered, ==, 1);
  /* Worst first, what waits for a person before what does not, and round again. */
  bf_asset_layer_set_selected (f.layer, BF_ASSET_NONE);
  g_assert_cmpuint (bf_asset_layer_next_alert (f.layer, TRUE), ==, 2);
  g_assert_cmpuint (bf_asset_layer_next_alert (f.layer, TRUE), ==, 0);
  g_assert_cmpuint (bf_asset_layer_next_alert (f.layer, TRUE), ==, 1);
  g_assert_cmpuint (bf_asset_layer_next_alert (f.layer, TRUE), ==, 2);
  g_assert_cmpuint (bf_asset_layer_next_alert (f.layer, FALSE), ==, 1);
  tear_down (&f);
}

static void
test_empty (void)
{
  Fixture f = { 0 };
  cairo_surface_t *image;
  BfMapHit hit;

  set_up_sized (&f, WIDTH, HEIGHT, TRUE);
  bf_map_view_set_show_controls (f.view, FALSE);
  show (&f, 12);
  image = take_picture (&f);
  g_assert_cmphex (pixel_at (image, WIDTH / 2, HEIGHT / 2), ==, bf_map_palette_get (TRUE)->ground);
  cairo_surface_destroy (image);
  g_assert_false (bf_asset_layer_hit_test (f.layer, 10, 10, &hit));
  g_assert_cmpuint (bf_asset_layer_next_alert (f.layer, TRUE), ==, BF_ASSET_NONE);
  tear_down (&f);
}

/* Every place on the map is where libshumate says that it is. */
static double
zoom_of (Fixture *f)
{
  return shumate_viewport_get_zoom_level (shumate_map_get_viewport (bf_map_view_get_map (f->view)));
}

/* A page of a browser, a window that is made larger: the whole city stays the whole city until somebody moves the map. */
static void
test_box_stays_whole (void)
{
  Fixture f;
  double small;

  set_up_sized (&f, 400, 300, TRUE);
  bf_map_view_fit (f.view, 47.2, 4.9, 47.4, 5.1);
  gtk_window_present (GTK_WINDOW (f.window));
  run_frames (&f, 3);
  small = zoom_of (&f);
  gtk_window_set_default_size (GTK_WINDOW (f.window), 1200, 900);
  while (gtk_widget_get_width (GTK_WIDGET (f.view)) < 1200)
    run_frames (&f, 1);
  g_assert_cmpfloat (zoom_of (&f), >, small + 1);
  bf_map_view_jump_to (f.view, 47.21, 4.95, 15);
  gtk_window_set_default_size (GTK_WINDOW (f.window), 400, 300);
  while (gtk_widget_get_width (GTK_WIDGET (f.view)) > 400)
    run_frames (&f, 1);
  g_assert_cmpfloat_with_epsilon (zoom_of (&f), 15, 1e-9);
  tear_down (&f);
}

static void
test_places_agree_with_shumate (void)
{
  Fixture f = { 0 };
  ShumateViewport *viewport;
  BfMapHit hit;

  set_up_sized (&f, WIDTH, HEIGHT, TRUE);
  bf_asset_layer_put_asset (f.layer, 0, TEST_TOWN_LAT + 0.003, TEST_TOWN_LON - 0.004, 0, BF_MAP_SYMBOL_DOT);
  show (&f, 15.37);
  viewport = shumate_map_get_viewport (bf_map_view_get_map (f.view));
  for (int i = 0; i < 20; i++)
    {
      double x, y;

      shumate_location_set_location (SHUMATE_LOCATION (viewport), TEST_TOWN_LAT + i * 1e-4, TEST_TOWN_LON - i * 1e-4);
      shumate_viewport_location_to_widget_coords (viewport, GTK_WIDGET (bf_map_view_get_map (f.view)),
                                                  TEST_TOWN_LAT + 0.003, TEST_TOWN_LON - 0.004, &x, &y);
      g_assert_true (bf_asset_layer_hit_test (f.layer, x + 5, y + 5, &hit));
      g_assert_true (bf_asset_layer_hit_test (f.layer, x - 5, y - 5, &hit));
      g_assert_false (bf_asset_layer_hit_test (f.layer, x + 12, y, &hit));
    }
  tear_down (&f);
}

/* --show */

static gboolean opt_show, opt_light;
static double opt_zoom = 0, opt_lat = TEST_TOWN_LAT, opt_lon = TEST_TOWN_LON;
static int opt_n = 1500;
static char *opt_basemap;

static const GOptionEntry options[] = {
  { "show", 0, 0, G_OPTION_ARG_NONE, &opt_show, "Keep the window open", NULL },
  { "light", 0, 0, G_OPTION_ARG_NONE, &opt_light, "In the light style", NULL },
  { "zoom", 0, 0, G_OPTION_ARG_DOUBLE, &opt_zoom, "Zoom level", "Z" },
  { "lat", 0, 0, G_OPTION_ARG_DOUBLE, &opt_lat, "Middle", "DEG" },
  { "lon", 0, 0, G_OPTION_ARG_DOUBLE, &opt_lon, "Middle", "DEG" },
  { "n", 0, 0, G_OPTION_ARG_INT, &opt_n, "Number of assets", "N" },
  { "basemap", 0, 0, G_OPTION_ARG_FILENAME, &opt_basemap, "Base map", "FILE" },
  { NULL },
};

static void
raise_alerts (Fixture *f, guint n)
{
  static const struct
  {
    guint asset;
    BfMapState state;
  } alerts[] = { { 17, BF_MAP_STATE_HIGH },    { 90, BF_MAP_STATE_MEDIUM }, { 140, BF_MAP_STATE_LOW },
                 { 300, BF_MAP_STATE_MEDIUM_ACKNOWLEDGED }, { 401, BF_MAP_STATE_MEDIUM },
                 { 444, BF_MAP_STATE_LOW_ACKNOWLEDGED }, { 555, BF_MAP_STATE_CRITICAL }, { 666, BF_MAP_STATE_UNKNOWN },
                 { 667, BF_MAP_STATE_UNKNOWN }, { 700, BF_MAP_STATE_HIGH_ACKNOWLEDGED } };

  for (guint i = 0; i < G_N_ELEMENTS (alerts); i++)
    if (alerts[i].asset < n)
      bf_asset_layer_set_state (f->layer, alerts[i].asset, alerts[i].state);
}

/* Forty lamps of one cabinet, dark at once. */
static void
raise_cabinet (Fixture *f, const TestAssets *assets)
{
  for (guint i = 0; i < 40; i++)
    {
      bf_asset_layer_put_asset (f->layer, assets->n + i, opt_lat - 0.0085 + (i % 8) * 2e-5, opt_lon + 0.021 + i * 1e-5, 0,
                                BF_MAP_SYMBOL_LAMP);
      bf_asset_layer_set_state (f->layer, assets->n + i, BF_MAP_STATE_HIGH);
    }
}

static int
keep_open (void)
{
  g_autoptr (BfBasemap) town = test_town_new ();
  g_autoptr (TestAssets) assets = test_assets_new ((guint) opt_n);
  const double place_lat[] = { opt_lat + 0.0011, opt_lat - 0.002, opt_lat + 0.005 };
  const double place_lon[] = { opt_lon + 0.002, opt_lon - 0.004, opt_lon + 0.001 };
  static const BfPlaceKind kinds[] = { BF_PLACE_SCHOOL, BF_PLACE_EHPAD, BF_PLACE_HOSPITAL };
  static const char *const names[] = { "École Jules-Ferry", "Les Tilleuls", "Centre hospitalier" };
  Fixture f = { 0 };

  if (opt_basemap != NULL)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *text = NULL;
      gsize length;
      g_autoptr (GBytes) bytes = NULL;

      if (!g_file_get_contents (opt_basemap, &text, &length, &error))
        g_error ("%s", error->message);
      bytes = g_bytes_new_take (g_steal_pointer (&text), length);
      g_clear_pointer (&town, bf_basemap_unref);
      town = bf_basemap_new_from_geojson (bytes, &error);
      if (town == NULL)
        g_error ("%s", error->message);
      g_print ("%u features, %u refused\n", bf_basemap_get_n_features (town), bf_basemap_get_n_refused (town));
    }
  for (guint i = 0; i < assets->n; i++)
    {
      assets->lat[i] += opt_lat - TEST_TOWN_LAT;
      assets->lon[i] += opt_lon - TEST_TOWN_LON;
    }
  set_up_sized (&f, 1920, 1080, !opt_light);
  bf_map_view_set_attribution (f.view, "fond de plan : Clairbourg (démonstration)");
  bf_map_view_set_basemap (f.view, town);
  bf_asset_layer_set_assets (f.layer, assets->n, assets->lat, assets->lon, assets->service, assets->symbol);
  bf_asset_layer_set_places (f.layer, G_N_ELEMENTS (kinds), place_lat, place_lon, kinds, names);
  raise_alerts (&f, assets->n);
  raise_cabinet (&f, assets);
  bf_asset_layer_set_selected (f.layer, 17);
  gtk_window_present (GTK_WINDOW (f.window));
  if (opt_zoom > 0)
    {
      run_frames (&f, 2);
      bf_map_view_go_to (f.view, opt_lat, opt_lon, opt_zoom);
    }
  while (TRUE)
    g_main_context_iteration (NULL, TRUE);
  return 0;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, options, NULL);
  g_option_context_set_ignore_unknown_options (context, TRUE);
  g_option_context_parse (context, &argc, &argv, NULL);
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);
  if (opt_show)
    return keep_open ();

  g_test_add_data_func ("/map/calm-is-grey/light", GINT_TO_POINTER (FALSE), test_calm_is_grey);
  g_test_add_data_func ("/map/calm-is-grey/dark", GINT_TO_POINTER (TRUE), test_calm_is_grey);
  g_test_add_func ("/map/priority-colours", test_priority_colours);
  g_test_add_func ("/map/states-make-one-frame", test_states_make_one_frame);
  g_test_add_func ("/map/hit", test_hit);
  g_test_add_func ("/map/activate-and-travel", test_activate_and_travel);
  g_test_add_func ("/map/empty", test_empty);
  g_test_add_func ("/map/places-agree-with-shumate", test_places_agree_with_shumate);
  g_test_add_func ("/map/box-stays-whole", test_box_stays_whole);
  return g_test_run ();
}
