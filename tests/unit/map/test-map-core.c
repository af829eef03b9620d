/* SPDX-License-Identifier: EUPL-1.2 */
/* The parts of map and charts that need no display: index, clusters, marks, base map, series. */
#include "console/charts/bf-series.h"
#include "console/map/bf-alert-clusters.h"
#include "console/map/bf-basemap-painter.h"
#include "console/map/bf-canvas.h"
#include "console/map/bf-label-overlay.h"
#include "console/map/bf-map-marks.h"
#include "console/map/bf-sprite-cache.h"


#include <math.h>
#include <pango/pangocairo.h>

/* Index */

static void
test_index_against_scan (void)
{
  enum
  {
    N = 20000
  };
  g_autofree guint32 *x = g_new (guint32, N), *y = g_new (guint32, N);
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (BfPointIndex) index = NULL;
  const guint32 *order;

  for (guint i = 0; i < N; i++)
    {
      /* Half of them in one small town. */
      x[i] = i % 2 ? g_rand_int (rand) : 0x81000000u + (guint32) g_rand_int_range (rand, 0, 1 << 20);
      y[i] = i % 2 ? g_rand_int (rand) : 0x58000000u + (guint32) g_rand_int_range (rand, 0, 1 << 20);
    }
  index = bf_point_index_new (N, x, y);
  order = bf_point_index_get_order (index);
  g_assert_cmpuint (bf_point_index_get_n (index), ==, N);
  for (guint round = 0; round < 300; round++)
    {
      guint level = (guint) g_rand_int_range (rand, 1, BF_POINT_INDEX_MAX_LEVEL + 1);
      guint p = (guint) g_rand_int_range (rand, 0, N), down = 32 - level;
      guint cx = x[p] >> down, cy = y[p] >> down, first, end, n = 0;

      bf_point_index_cell (index, level, cx, cy, &first, &end);
      for (guint i = 0; i < N; i++)
        n += x[i] >> down == cx && y[i] >> down == cy;
      g_assert_cmpuint (end - first, ==, n);
      for (guint i = first; i < end; i++)
        {
          g_assert_cmpuint (x[order[i]] >> down, ==, cx);
          g_assert_cmpuint (y[order[i]] >> down, ==, cy);
        }
    }
  {
    guint first, end;

    bf_point_index_cell (index, 0, 0, 0, &first, &end);
    g_assert_cmpuint (end - first, ==, N);
  }
}

static void
test_index_empty (void)
{
  g_autoptr (BfPointIndex) index = bf_point_index_new (0, NULL, NULL);
  guint first, end;

  bf_point_index_cell (index, 5, 3, 3, &first, &end);
  g_assert_cmpuint (first, ==, end);
}

/* Clusters */

static void
test_states (void)
{
  for (int priority = BF_MAP_PRIORITY_LOW; priority <= BF_MAP_PRIORITY_CRITICAL; priority++)
    for (int acknowledged = 0; acknowledged < 2; acknowledged++)
      {
        BfMapState state = bf_map_state_make ((BfMapPriority) priority, acknowledged);

        g_assert_cmpint (bf_map_state_get_priority (state), ==, priority);
        g_assert_cmpint (bf_map_state_is_acknowledged (state), ==, acknowledged);
        g_assert_true (bf_map_state_is_alert (state));
      }
  g_assert_false (bf_map_state_is_alert (bf_map_state_make (BF_MAP_PRIORITY_UNKNOWN, TRUE)));
  g_assert_cmpint (bf_map_symbol_from_name ("lamp"), ==, BF_MAP_SYMBOL_LAMP);
  g_assert_cmpint (bf_map_symbol_from_name ("no such"), ==, BF_MAP_SYMBOL_DOT);
  g_assert_cmpint (bf_map_symbol_from_name (NULL), ==, BF_MAP_SYMBOL_DOT);
}

/* Each symbol leaves ink, within its square, and no two leave the same. */
static void
test_symbols (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int symbol = 0; symbol < BF_MAP_N_SYMBOLS; symbol++)
    {
      cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, 48, 48);
      cairo_t *cr = cairo_create (surface);
      guint n_inside = 0, n_outside = 0;
      const guint8 *bytes;
      int stride = cairo_image_surface_get_stride (surface);

      bf_map_draw_symbol (cr, (BfMapSymbol) symbol, 24, 24, 32);
      cairo_surface_flush (surface);
      bytes = cairo_image_surface_get_data (surface);
      for (int y = 0; y < 48; y++)
        for (int x = 0; x < 48; x++)
          if (bytes[y * stride + x] > 0)
            *(x >= 6 && x < 42 && y >= 6 && y < 42 ? &n_inside : &n_outside) += 1;
      g_test_message ("%s: %u pixels, %u outside", bf_map_symbol_get_name ((BfMapSymbol) symbol), n_inside, n_outside);
      g_assert_cmpuint (n_inside, >, 100);
      g_assert_cmpuint (n_outside, ==, 0);
      g_assert_true (g_hash_table_add (seen, g_compute_checksum_for_data (G_CHECKSUM_SHA256, bytes, stride * 48)));
      g_assert_cmpint (bf_map_symbol_from_name (bf_map_symbol_get_name ((BfMapSymbol) symbol)), ==, symbol);
      cairo_destroy (cr);
      cairo_surface_destroy (surface);
    }
}

static void
test_cluster_worst_wins (void)
{
  const guint32 assets[] = { 0, 1, 2, 3, 4 };
  const guint32 x[] = { 1000000, 1000100, 1000200, 9000000, 1000050 };
  const guint32 y[] = { 1000000, 1000000, 1000000, 9000000, 1000000 };
  const guint8 state[] = { BF_MAP_STATE_CRITICAL_ACKNOWLEDGED, BF_MAP_STATE_LOW, BF_MAP_STATE_MEDIUM,
                           BF_MAP_STATE_HIGH_ACKNOWLEDGED, BF_MAP_STATE_CRITICAL_ACKNOWLEDGED };
  g_autoptr (GArray) clusters = bf_alert_clusters_new (5, assets, x, y, state, 5000);
  const BfAlertCluster *c = &g_array_index (clusters, BfAlertCluster, 0);

  g_assert_cmpuint (clusters->len, ==, 2);
  /* What waits for a person is worse than any critical alert that somebody has. */
  g_assert_cmpint (c->state, ==, BF_MAP_STATE_MEDIUM);
  g_assert_cmpuint (c->asset, ==, 2);
  g_assert_cmpuint (c->n_alerts, ==, 4);
  g_assert_cmpuint (c->n_unacknowledged, ==, 2);
  g_assert_cmpuint (bf_alert_cluster_get_count (c), ==, 2);
  c = &g_array_index (clusters, BfAlertCluster, 1);
  g_assert_cmpint (c->state, ==, BF_MAP_STATE_HIGH_ACKNOWLEDGED);
  g_assert_cmpuint (bf_alert_cluster_get_count (c), ==, 1);
}

/* However they lie: each unacknowledged alert is counted once, in a mark that shows an unacknowledged state. */
static void
test_cluster_hides_none (void)
{
  enum
  {
    N = 3000
  };
  g_autofree guint32 *assets = g_new (guint32, N), *x = g_new (guint32, N), *y = g_new (guint32, N);
  g_autofree guint8 *state = g_new (guint8, N);
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  for (guint round = 0; round < 10; round++)
    {
      guint waiting = 0, counted = 0, all = 0;
      double radius = 1000.0 * (1 << round);
      g_autoptr (GArray) clusters = NULL;

      for (guint i = 0; i < N; i++)
        {
          assets[i] = i;
          x[i] = 0x80000000u + (guint32) g_rand_int_range (rand, 0, 400000);
          y[i] = (guint32) g_rand_int_range (rand, 0, 400000);
          state[i] = (guint8) g_rand_int_range (rand, BF_MAP_STATE_LOW_ACKNOWLEDGED, BF_MAP_N_STATES);
          waiting += state[i] >= BF_MAP_STATE_LOW;
        }
      clusters = bf_alert_clusters_new (N, assets, x, y, state, radius);
      for (guint i = 0; i < clusters->len; i++)
        {
          const BfAlertCluster *c = &g_array_index (clusters, BfAlertCluster, i);

          counted += c->n_unacknowledged;
          all += c->n_assets;
          g_assert_cmpint (c->n_unacknowledged > 0, ==, c->state >= BF_MAP_STATE_LOW);
          for (guint j = 0; j < i; j++)
            {
              const BfAlertCluster *d = &g_array_index (clusters, BfAlertCluster, j);

              g_assert_cmpfloat (hypot ((double) c->x - d->x, (double) c->y - d->y), >=, radius);
            }
        }
      g_assert_cmpuint (counted, ==, waiting);
      g_assert_cmpuint (all, ==, N);
    }
}

/* Marks */

static void
test_marks (void)
{
  g_autoptr (BfAssetSet) set = bf_asset_set_new ();
  g_autoptr (BfMapMarks) marks = bf_map_marks_new ();
  BfProjection p = bf_projection_make (47.0, 2.0, 12.0, 800, 600, 1);
  const GArray *list;
  const BfMark *m;
  BfMapHit hit;

  /* 200 calm assets in one place, thousand times: a grey ring, however big. */
  for (guint i = 0; i < 200; i++)
    g_assert_true (bf_asset_set_put (set, i, 47.0 + i * 1e-6, 2.0, i % 2, BF_MAP_SYMBOL_DOT));
  bf_map_marks_update (marks, set, &p);
  list = bf_map_marks_get_marks (marks);
  g_assert_cmpuint (list->len, ==, 1);
  m = &g_array_index (list, BfMark, 0);
  g_assert_cmpint (m->kind, ==, BF_MARK_RING);
  g_assert_cmpint (m->state, ==, BF_MAP_STATE_CALM);
  g_assert_cmpuint (m->count, ==, 200);
  g_assert_true (bf_map_marks_hit (marks, set, m->x, m->y, &hit));
  g_assert_cmpint (hit.kind, ==, BF_MAP_HIT_CLUSTER);
  g_assert_false (hit.has_asset);

  /* One alert inside: the cluster takes its shape and number. */
  bf_asset_set_set_state (set, 50, BF_MAP_STATE_LOW);
  bf_map_marks_update (marks, set, &p);
  g_assert_cmpuint (list->len, ==, 1);
  m = &g_array_index (list, BfMark, 0);
  g_assert_cmpint (m->kind, ==, BF_MARK_ALERT);
  g_assert_cmpint (m->state, ==, BF_MAP_STATE_LOW);
  g_assert_cmpuint (m->count, ==, 1);
  bf_asset_set_set_state (set, 51, BF_MAP_STATE_CRITICAL_ACKNOWLEDGED);
  bf_asset_set_set_state (set, 53, BF_MAP_STATE_HIGH);
  bf_map_marks_update (marks, set, &p);
  m = &g_array_index (list, BfMark, list->len - 1);
  g_assert_cmpint (m->state, ==, BF_MAP_STATE_HIGH);
  g_assert_cmpuint (m->count, ==, 2);
  g_assert_cmpuint (m->n_assets, ==, 3);

  /* A service that is off is off the map, and the alerts that this hides are counted. */
  bf_asset_set_set_service_mask (set, 1);
  bf_map_marks_update (marks, set, &p);
  m = &g_array_index (list, BfMark, list->len - 1);
  g_assert_cmpint (m->state, ==, BF_MAP_STATE_LOW);
  g_assert_cmpuint (bf_asset_set_get_n_filtered_alerts (set), ==, 2);

  /* Mostly unknown: the ring is one of unknown state. */
  bf_asset_set_set_service_mask (set, G_MAXUINT64);
  for (guint i = 0; i < 200; i++)
    bf_asset_set_set_state (set, i, i < 150 ? BF_MAP_STATE_UNKNOWN : BF_MAP_STATE_CALM);
  g_assert_cmpuint (set->alerts->len, ==, 0);
  bf_map_marks_update (marks, set, &p);
  m = &g_array_index (list, BfMark, 0);
  g_assert_cmpint (m->kind, ==, BF_MARK_RING);
  g_assert_cmpint (m->state, ==, BF_MAP_STATE_UNKNOWN);
}

static void
test_bad_places (void)
{
  g_autoptr (BfAssetSet) set = bf_asset_set_new ();
  g_autoptr (BfMapMarks) marks = bf_map_marks_new ();
  BfProjection p = bf_projection_make (0, 0, 3.0, 3000, 3000, 1);

  g_assert_false (bf_asset_set_put (set, 0, NAN, 2.0, 0, BF_MAP_SYMBOL_DOT));
  g_assert_false (bf_asset_set_put (set, 1, 91.0, 2.0, 0, BF_MAP_SYMBOL_DOT));
  g_assert_false (bf_asset_set_put (set, 2, 47.0, INFINITY, 0, BF_MAP_SYMBOL_DOT));
  g_assert_true (bf_asset_set_put (set, 3, -90.0, -180.0, 0, BF_MAP_SYMBOL_DOT));
  g_assert_true (bf_asset_set_put (set, 4, 90.0, 180.0, 0, BF_MAP_SYMBOL_DOT));
  bf_asset_set_set_state (set, 0, BF_MAP_STATE_CRITICAL);
  bf_map_marks_update (marks, set, &p);
  g_assert_cmpuint (set->n_shown, ==, 2);
  g_assert_cmpuint (bf_asset_set_get_n_filtered_alerts (set), ==, 1);
}

/* Base map */

static BfBasemap *
read_map (const char *json, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (json, strlen (json));

  return bf_basemap_new_from_geojson (bytes, error);
}

static void
test_geojson (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BfBasemap) map = read_map (
    "{\"type\":\"FeatureCollection\",\"features\":["
    "{\"properties\":{\"class\":\"road\",\"rank\":\"primary\",\"name\":\"Grande-Rue\",\"bridge\":true},"
    " \"geometry\":{\"type\":\"MultiLineString\",\"coordinates\":[[[2,47],[2.1,47.1]],[[2.2,47],[2.3,47]]]}},"
    "{\"properties\":{\"class\":\"water\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[2,47],[3,47],[3,48],[2,47]]]}},"
    "{\"properties\":{\"class\":\"district-label\",\"name\":\"Gare\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[2,47]}},"
    "{\"properties\":{\"class\":\"castle\"},\"geometry\":{\"type\":\"Point\",\"coordinates\":[2,47]}},"
    "{\"properties\":{\"class\":\"road\"},\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[2,47]]}},"
    "{\"properties\":{\"class\":\"road\"},\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[2,47],[200,47]]}},"
    "{\"properties\":{\"class\":\"road\"},\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[2,47],\"x\"]}},"
    "{\"properties\":{\"class\":\"park\"},\"geometry\":null},"
    "7]}",
    &error);
  const BfBasemapFeature *road;
  guint n;

  g_assert_no_error (error);
  g_assert_cmpuint (bf_basemap_get_n_features (map), ==, 3);
  g_assert_cmpuint (bf_basemap_get_n_refused (map), ==, 6);
  g_assert_nonnull (strstr (bf_basemap_get_first_refusal (map), "castle"));
  /* Painter's order: water under the road, names last. */
  g_assert_cmpint (bf_basemap_get_feature (map, 0)->class_, ==, BF_BASEMAP_WATER);
  road = bf_basemap_get_feature (map, 1);
  g_assert_cmpstr (bf_basemap_get_name (map, road), ==, "Grande-Rue");
  g_assert_cmpint (road->rank, ==, BF_BASEMAP_RANK_PRIMARY);
  g_assert_true (road->bridge);
  g_assert_cmpuint (road->n_parts, ==, 2);
  bf_basemap_get_part (map, road, 1, &n);
  g_assert_cmpuint (n, ==, 2);
}

static void
test_geojson_bad (void)
{
  static const char *const bad[] = { "", "[]", "{\"features\":3}", "{\"features\":[", "null" };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (read_map (bad[i], &error));
      g_assert_nonnull (error);
      g_assert_true (g_str_has_prefix (error->message, "base map: "));
    }
}

static void
test_basemap_query_against_scan (void)
{
  g_autoptr (BfBasemapBuilder) builder = bf_basemap_builder_new ();
  g_autoptr (BfBasemap) map = NULL;
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (guint i = 0; i < 3000; i++)
    {
      double lat0 = g_rand_double_range (rand, 47, 48), lon0 = g_rand_double_range (rand, 2, 3);
      double lat[2] = { lat0, lat0 + g_rand_double_range (rand, 0, 0.05) };
      double lon[2] = { lon0, lon0 + g_rand_double_range (rand, 0, i % 100 == 0 ? 0.9 : 0.02) };

      g_assert_true (bf_basemap_builder_add_feature (builder, BF_BASEMAP_ROAD, (BfBasemapRank) (i % 7), NULL,
                                                     BF_BASEMAP_LINE, 2, lat, lon, NULL));
    }
  map = bf_basemap_builder_finish (builder);
  for (guint round = 0; round < 200; round++)
    {
      g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint32));
      guint32 x0 = bf_mercator_fixed (bf_mercator_x (g_rand_double_range (rand, 1.9, 3)));
      guint32 y0 = bf_mercator_fixed (bf_mercator_y (g_rand_double_range (rand, 47, 48.1)));
      guint32 x1 = x0 + (guint32) g_rand_int_range (rand, 0, 1 << 22);
      guint32 y1 = y0 + (guint32) g_rand_int_range (rand, 0, 1 << 22);
      guint n = 0;

      bf_basemap_query (map, x0, y0, x1, y1, found);
      for (guint i = 0; i < bf_basemap_get_n_features (map); i++)
        {
          const BfBasemapFeature *f = bf_basemap_get_feature (map, i);

          if (f->min_x <= x1 && f->max_x >= x0 && f->min_y <= y1 && f->max_y >= y0)
            {
              g_assert_cmpuint (n, <, found->len);
              g_assert_cmpuint (g_array_index (found, guint32, n), ==, i);
              n++;
            }
        }
      g_assert_cmpuint (found->len, ==, n);
    }
}

static void
test_tile_colours (void)
{
  const double lat[4] = { -80, 80, 80, -80 }, lon[4] = { -170, -170, 170, 170 };

  for (int dark = 0; dark < 2; dark++)
    {
      g_autoptr (BfBasemapBuilder) builder = bf_basemap_builder_new ();
      g_autoptr (BfBasemap) map = NULL;
      const BfMapPalette *c = bf_map_palette_get (dark);
      cairo_surface_t *image = bf_basemap_paint_tile (NULL, c, 3, 4, 4, 256, 1);

      g_assert_cmphex (*(guint32 *) (void *) cairo_image_surface_get_data (image), ==, 0xff000000 | c->ground);
      cairo_surface_destroy (image);
      g_assert_true (bf_basemap_builder_add_feature (builder, BF_BASEMAP_WATER, BF_BASEMAP_RANK_NONE, NULL,
                                                     BF_BASEMAP_POLYGON, 4, lat, lon, NULL));
      map = bf_basemap_builder_finish (builder);
      image = bf_basemap_paint_tile (map, c, 3, 4, 4, 256, 1);
      g_assert_cmphex (*(guint32 *) (void *) cairo_image_surface_get_data (image), ==, 0xff000000 | c->water);
      cairo_surface_destroy (image);
      /* The deepest tile of a shape as wide as the world: no overflow. */
      image = bf_basemap_paint_tile (map, c, 20, 1 << 19, 1 << 19, 256, 2);
      g_assert_cmphex (*(guint32 *) (void *) cairo_image_surface_get_data (image), ==, 0xff000000 | c->water);
      cairo_surface_destroy (image);
    }
}

/* Series */

static void
test_columns_keep_peaks (void)
{
  enum
  {
    N = 100000
  };
  g_autofree gint64 *t = g_new (gint64, N);
  g_autofree double *v = g_new (double, N);
  BfSeriesColumn columns[50];
  guint n = 0;

  for (guint i = 0; i < N; i++)
    {
      t[i] = (gint64) i * G_USEC_PER_SEC;
      v[i] = i == 77777 ? 99.0 : i == 500 ? NAN : 1.0;
    }
  bf_series_columns (N, t, v, 0, t[N - 1], 50, columns);
  for (guint c = 0; c < 50; c++)
    n += columns[c].n;
  g_assert_cmpuint (n, ==, N - 1);
  g_assert_cmpfloat (columns[38].max, ==, 99.0);
  g_assert_cmpfloat (columns[37].max, ==, 1.0);
}

static void
test_gaps (void)
{
  const gint64 t[] = { 10, 20, 30, 40, 100, 110, 120 };
  const double v[] = { 1, 1, NAN, 1, 1, 1, 1 };
  g_autoptr (GArray) gaps = bf_series_gaps (G_N_ELEMENTS (t), t, v, 0, 200, 25);

  g_assert_cmpuint (gaps->len, ==, 2);
  g_assert_cmpint (g_array_index (gaps, BfSeriesGap, 0).from_us, ==, 40);
  g_assert_cmpint (g_array_index (gaps, BfSeriesGap, 0).to_us, ==, 100);
  g_assert_cmpint (g_array_index (gaps, BfSeriesGap, 1).from_us, ==, 120);
  g_assert_cmpint (g_array_index (gaps, BfSeriesGap, 1).to_us, ==, 200);
  g_clear_pointer (&gaps, g_array_unref);
  gaps = bf_series_gaps (0, NULL, NULL, 0, 200, 25);
  g_assert_cmpuint (gaps->len, ==, 1);
  g_assert_cmpfloat (bf_series_nice_step (9.3, 5), ==, 2.0);
  g_assert_cmpint (bf_series_time_step_us (86400 * (gint64) G_USEC_PER_SEC, 5), ==,
                   360 * 60 * (gint64) G_USEC_PER_SEC);
}

/* A sprite of any size and any pixels, whole or cut at an edge, against Cairo's OVER: at most two steps a channel apart. */
static void
test_blit_against_cairo (void)
{
  enum { SIDE = 40 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_auto (BfCanvas) canvas = { 0 };

  g_assert_true (bf_canvas_ensure (&canvas, SIDE, SIDE, FALSE));
  for (int n = 0; n < 500; n++)
    {
      int size = g_rand_int_range (rand, 1, 24), edge = g_rand_int_range (rand, 0, 4);
      int x = g_rand_int_range (rand, -12, SIDE + 12), y = g_rand_int_range (rand, -12, SIDE + 12);
      cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, size, size);
      cairo_surface_t *expected = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, SIDE, SIDE);
      guint8 *data = cairo_image_surface_get_data (image);
      g_autoptr (BfSprite) sprite = NULL;
      cairo_t *cr;

      for (int row = edge; row < size - edge; row++)
        for (int i = edge; i < size - edge; i++)
          {
            guint32 alpha = g_rand_int_range (rand, 0, 4) * 85u;
            guint32 c = alpha * (guint32) g_rand_int_range (rand, 0, 256) / 255;

            ((guint32 *) (void *) (data + row * cairo_image_surface_get_stride (image)))[i]
              = alpha << 24 | c << 16 | c / 2 << 8 | c / 3;
          }
      cairo_surface_mark_dirty (image);
      sprite = bf_sprite_new_from_surface (image, size / 2, size / 2);
      g_assert_cmpint (sprite->width, <=, MAX (size - 2 * edge, 0));
      bf_canvas_begin (&canvas);
      bf_canvas_fill (&canvas, 0xff336699);
      bf_canvas_blit (&canvas, sprite, x, y);
      cr = cairo_create (expected);
      cairo_set_source_rgb (cr, 0x33 / 255.0, 0x66 / 255.0, 0x99 / 255.0);
      cairo_paint (cr);
      cairo_set_source_surface (cr, image, x - size / 2, y - size / 2);
      cairo_paint (cr);
      cairo_destroy (cr);
      cairo_surface_flush (expected);
      for (int i = 0; i < SIDE * SIDE; i++)
        for (int shift = 0; shift < 32; shift += 8)
          {
            const guint8 *row = cairo_image_surface_get_data (expected)
                                + i / SIDE * cairo_image_surface_get_stride (expected);
            int a = ((const guint32 *) (const void *) row)[i % SIDE] >> shift & 0xff;
            int b = canvas.pixels[i / SIDE * canvas.stride_px + i % SIDE] >> shift & 0xff;

            g_assert_cmpint (ABS (a - b), <=, 2);
          }
      bf_canvas_end (&canvas);
      cairo_surface_destroy (image);
      cairo_surface_destroy (expected);
    }
}

/* Names and counts */

/* The rows of the canvas that have ink; FALSE without any. */
static gboolean
find_ink (const BfCanvas *canvas, int *ret_top, int *ret_bottom)
{
  *ret_top = -1;
  for (int i = 0; i < canvas->height * canvas->stride_px; i++)
    if (canvas->pixels[i] != 0)
      {
        if (*ret_top < 0)
          *ret_top = i / canvas->stride_px;
        *ret_bottom = i / canvas->stride_px;
      }
  return *ret_top >= 0;
}

static gboolean
paint_names (BfLabelOverlay *labels, const BfProjection *p, PangoContext *fonts, int *ret_top, int *ret_bottom)
{
  g_auto (BfCanvas) canvas = { 0 };
  gboolean found;

  g_assert_true (bf_canvas_ensure (&canvas, p->width, p->height, FALSE));
  bf_canvas_begin (&canvas);
  bf_canvas_fill (&canvas, 0);
  bf_label_overlay_paint (labels, &canvas, p, fonts, TRUE);
  found = find_ink (&canvas, ret_top, ret_bottom);
  bf_canvas_end (&canvas);
  return found;
}

static void
test_names_step_aside (void)
{
  g_autoptr (BfBasemap) map = read_map (
    "{\"type\":\"FeatureCollection\",\"features\":[{\"properties\":{\"class\":\"district-label\",\"name\":\"Gare\"},"
    "\"geometry\":{\"type\":\"Point\",\"coordinates\":[2,47]}}]}",
    NULL);
  g_autoptr (BfLabelOverlay) labels = bf_label_overlay_new ();
  PangoContext *fonts = pango_font_map_create_context (pango_cairo_font_map_get_default ());
  BfProjection p = bf_projection_make (47, 2, 13, 400, 300, 1);
  cairo_rectangle_int_t ring = { 200 - 18, 150 - 18, 36, 36 }, card = { 0, 0, 400, 300 };
  int top, bottom;

  bf_label_overlay_set_basemap (labels, map);
  g_assert_true (paint_names (labels, &p, fonts, &top, &bottom));
  g_assert_cmpint (top, <, 150);
  g_assert_cmpint (bottom, >, 149);

  /* A ring on its place: the name is read above or below it. */
  bf_label_overlay_add_obstacle (labels, &ring);
  g_assert_true (paint_names (labels, &p, fonts, &top, &bottom));
  g_assert_true (bottom < ring.y || top >= ring.y + ring.height);
  g_assert_cmpint (ABS ((top + bottom) / 2 - 150), <, 40);

  /* Nowhere to go: left out, not cut. */
  bf_label_overlay_clear_obstacles (labels);
  bf_label_overlay_add_obstacle (labels, &card);
  g_assert_false (paint_names (labels, &p, fonts, &top, &bottom));

  bf_label_overlay_clear_obstacles (labels);
  g_assert_true (paint_names (labels, &p, fonts, &top, &bottom));
  g_object_unref (fonts);
}

static void
test_counts (void)
{
  static const struct
  {
    guint count;
    const char *english, *french;
  } cases[] = {
    { 0, "0", "0" },         { 999, "999", "999" },   { 1000, "1k", "1k" },         { 2510, "2.5k", "2,5k" },
    { 9949, "9.9k", "9,9k" }, { 9951, "10k", "10k" }, { 34000, "34k", "34k" },      { 999499, "999k", "999k" },
    { 999500, "1M", "1M" },  { 1250000, "1.2M", "1,2M" }, { G_MAXUINT32, "4295M", "4295M" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char text[BF_SPRITE_COUNT_SIZE];

      bf_sprite_format_count (cases[i].count, "en", text);
      g_assert_cmpstr (text, ==, cases[i].english);
      bf_sprite_format_count (cases[i].count, "fr", text);
      g_assert_cmpstr (text, ==, cases[i].french);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/map/index/against-scan", test_index_against_scan);
  g_test_add_func ("/map/index/empty", test_index_empty);
  g_test_add_func ("/map/states", test_states);
  g_test_add_func ("/map/symbols", test_symbols);
  g_test_add_func ("/map/cluster/worst-wins", test_cluster_worst_wins);
  g_test_add_func ("/map/cluster/hides-none", test_cluster_hides_none);
  g_test_add_func ("/map/marks", test_marks);
  g_test_add_func ("/map/canvas/blit-against-cairo", test_blit_against_cairo);
  g_test_add_func ("/map/names/step-aside", test_names_step_aside);
  g_test_add_func ("/map/counts", test_counts);
  g_test_add_func ("/map/bad-places", test_bad_places);
  g_test_add_func ("/map/basemap/geojson", test_geojson);
  g_test_add_func ("/map/basemap/geojson-bad", test_geojson_bad);
  g_test_add_func ("/map/basemap/query-against-scan", test_basemap_query_against_scan);
  g_test_add_func ("/map/basemap/tile-colours", test_tile_colours);
  g_test_add_func ("/charts/columns-keep-peaks", test_columns_keep_peaks);
  g_test_add_func ("/charts/gaps", test_gaps);
  return g_test_run ();
}
