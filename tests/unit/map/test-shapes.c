/* SPDX-License-Identifier: EUPL-1.2 */
/* Lines and areas on the map: what is kept, what is painted in which look, what is under the pointer. */
#include "console/map/bf-shape-painter.h"

#define LAT 47.3
#define LON 1.7
#define WIDTH 400
#define HEIGHT 300

typedef struct
{
  BfAssetSet *assets;
  BfShapeSet *shapes;
  BfProjection p;
} Map;

static Map
map_new (double zoom)
{
  return (Map){ bf_asset_set_new (), bf_shape_set_new (), bf_projection_make (LAT, LON, zoom, WIDTH, HEIGHT, 1) };
}

static void
map_clear (Map *map)
{
  bf_asset_set_free (map->assets);
  bf_shape_set_free (map->shapes);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Map, map_clear)

/* The place of a pixel. */
static BfPoint
at (const Map *map, double x, double y)
{
  return (BfPoint){ bf_mercator_longitude (((double) map->p.left + x) / map->p.world_px),
                    bf_mercator_latitude (((double) map->p.top + y) / map->p.world_px) };
}

static void
put (Map *map, guint asset, BfShapeType type, guint n, const double (*pixels)[2])
{
  const BfShapePart part = { 0, FALSE };
  g_autofree BfPoint *points = g_new (BfPoint, n);
  g_autofree BfShape *shape = NULL;
  const char *reason;

  for (guint i = 0; i < n; i++)
    points[i] = at (map, pixels[i][0], pixels[i][1]);
  shape = bf_shape_new (type, points, n, &part, 1, &reason);
  g_assert_nonnull (shape);
  bf_asset_set_put (map->assets, asset, points[0].lat, points[0].lon, 0, BF_MAP_SYMBOL_DOT);
  bf_shape_set_put (map->shapes, asset, shape);
}

static guint32
pixel (const BfCanvas *canvas, int x, int y)
{
  return canvas->pixels[y * canvas->stride_px + x] & 0xffffff;
}

static void
paint (const Map *map, BfCanvas *canvas, guint selected)
{
  g_assert_true (bf_canvas_ensure (canvas, WIDTH, HEIGHT, TRUE));
  bf_canvas_begin (canvas);
  bf_canvas_fill (canvas, 0xff000000 | bf_map_palette_get (TRUE)->ground);
  bf_shape_painter_paint (canvas, map->shapes, map->assets, &map->p, bf_map_palette_get (TRUE),
                          &(BfShapeFocus){ selected, G_MAXUINT });
}

static guint
count (const BfCanvas *canvas, int y, guint32 colour)
{
  guint n = 0;

  for (int x = 0; x < WIDTH; x++)
    n += pixel (canvas, x, y) == colour;
  return n;
}

static void
test_kept (void)
{
  static const double across[][2] = { { 50, 50 }, { 350, 50 } };
  g_auto (Map) map = map_new (14);

  for (guint i = 0; i < 5; i++)
    put (&map, i, BF_SHAPE_LINES, 2, across);
  bf_shape_set_put (map.shapes, 1, NULL);
  bf_shape_set_put (map.shapes, 1, NULL);
  g_assert_null (bf_shape_set_find (map.shapes, 1));
  for (guint i = 0; i < 5; i++)
    if (i != 1)
      g_assert_cmpuint (bf_shape_set_find (map.shapes, i)->asset, ==, i);
  g_assert_cmpuint (map.shapes->shapes->len, ==, 4);
  bf_shape_set_clear (map.shapes);
  g_assert_null (bf_shape_set_find (map.shapes, 0));
}

/* Grey while calm, broken when unknown, the priority's colour with an alert, hollow once acknowledged; never green. */
static void
test_looks (void)
{
  static const double across[][2] = { { 20, 100 }, { 380, 100 } };
  const BfMapPalette *palette = bf_map_palette_get (TRUE);
  g_auto (Map) map = map_new (15);
  g_auto (BfCanvas) canvas = { 0 };

  put (&map, 0, BF_SHAPE_LINES, 2, across);
  paint (&map, &canvas, G_MAXUINT);
  g_assert_cmpuint (count (&canvas, 100, palette->asset), >, 350);

  bf_asset_set_set_state (map.assets, 0, BF_MAP_STATE_UNKNOWN);
  paint (&map, &canvas, G_MAXUINT);
  g_assert_cmpuint (count (&canvas, 100, palette->asset), ==, 0);
  g_assert_cmpuint (count (&canvas, 100, bf_map_priority_get_colour (BF_MAP_PRIORITY_UNKNOWN)), >, 120);
  g_assert_cmpuint (count (&canvas, 100, bf_map_priority_get_colour (BF_MAP_PRIORITY_UNKNOWN)), <, 240);

  bf_asset_set_set_state (map.assets, 0, BF_MAP_STATE_HIGH);
  paint (&map, &canvas, G_MAXUINT);
  g_assert_cmpuint (count (&canvas, 100, bf_map_priority_get_colour (BF_MAP_PRIORITY_HIGH)), >, 350);

  bf_asset_set_set_state (map.assets, 0, BF_MAP_STATE_HIGH_ACKNOWLEDGED);
  paint (&map, &canvas, G_MAXUINT);
  g_assert_cmpuint (count (&canvas, 100, palette->ground), >, 350); /* the inside */
  g_assert_cmpuint (count (&canvas, 100, bf_map_priority_get_colour (BF_MAP_PRIORITY_HIGH)), <, 10);

  bf_asset_set_set_service_mask (map.assets, 0);
  paint (&map, &canvas, G_MAXUINT);
  g_assert_cmpuint (count (&canvas, 100, palette->ground), ==, WIDTH);
}

static void
test_area_and_rim (void)
{
  static const double square[][2] = { { 100, 100 }, { 300, 100 }, { 300, 200 }, { 100, 200 } };
  static const double hole[][2] = { { -5000, -5000 }, { 5000, -5000 }, { 5000, 5000 }, { -5000, 5000 } };
  const BfMapPalette *palette = bf_map_palette_get (TRUE);
  g_auto (Map) map = map_new (15);
  g_auto (BfCanvas) canvas = { 0 };

  put (&map, 0, BF_SHAPE_AREAS, 4, square);
  paint (&map, &canvas, G_MAXUINT);
  g_assert_cmpuint (pixel (&canvas, 200, 150), !=, palette->ground); /* tinted */
  g_assert_cmpuint (pixel (&canvas, 50, 150), ==, palette->ground);
  paint (&map, &canvas, 0);
  g_assert_cmpuint (count (&canvas, 97, palette->text), >, 150); /* its rim */
  /* one that is larger than the frame would only tint all of it */
  bf_shape_set_clear (map.shapes);
  put (&map, 1, BF_SHAPE_AREAS, 4, hole);
  paint (&map, &canvas, G_MAXUINT);
  g_assert_cmpuint (count (&canvas, 150, palette->ground), ==, WIDTH);
}

/* What lies millions of pixels outside is cut off, and what crosses the frame is there. */
static void
test_far (void)
{
  const BfPoint world[] = { { -80, LAT }, { 90, LAT } };
  const BfShapePart part = { 0, FALSE };
  const char *reason;
  g_autofree BfShape *line = bf_shape_new (BF_SHAPE_LINES, world, 2, &part, 1, &reason);
  g_auto (Map) map = map_new (20);
  g_auto (BfCanvas) canvas = { 0 };
  gint64 begun_us = g_get_monotonic_time ();

  bf_asset_set_put (map.assets, 0, LAT, LON, 0, BF_MAP_SYMBOL_DOT);
  bf_asset_set_set_state (map.assets, 0, BF_MAP_STATE_UNKNOWN); /* dashes cost by the length */
  bf_shape_set_put (map.shapes, 0, line);
  paint (&map, &canvas, G_MAXUINT);
  g_assert_cmpuint (count (&canvas, HEIGHT / 2, bf_map_priority_get_colour (BF_MAP_PRIORITY_UNKNOWN)), >, 40);
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, 2 * G_USEC_PER_SEC);
}

static void
test_hit (void)
{
  static const double across[][2] = { { 20, 100 }, { 380, 100 } };
  static const double large[][2] = { { 50, 120 }, { 350, 120 }, { 350, 280 }, { 50, 280 } };
  static const double small[][2] = { { 100, 150 }, { 200, 150 }, { 200, 200 }, { 100, 200 } };
  g_auto (Map) map = map_new (15);

  put (&map, 0, BF_SHAPE_LINES, 2, across);
  put (&map, 1, BF_SHAPE_AREAS, 4, large);
  put (&map, 2, BF_SHAPE_AREAS, 4, small);
  put (&map, 3, BF_SHAPE_LINES, 2, across); /* on the same road */
  bf_asset_set_set_state (map.assets, 3, BF_MAP_STATE_LOW);
  g_assert_cmpuint (bf_shape_set_hit (map.shapes, map.assets, &map.p, 200, 104), ==, 3);
  bf_asset_set_set_state (map.assets, 3, BF_MAP_STATE_CALM);
  bf_asset_set_set_state (map.assets, 0, BF_MAP_STATE_LOW);
  g_assert_cmpuint (bf_shape_set_hit (map.shapes, map.assets, &map.p, 200, 104), ==, 0);
  g_assert_cmpuint (bf_shape_set_hit (map.shapes, map.assets, &map.p, 150, 175), ==, 2);
  g_assert_cmpuint (bf_shape_set_hit (map.shapes, map.assets, &map.p, 300, 250), ==, 1);
  g_assert_cmpuint (bf_shape_set_hit (map.shapes, map.assets, &map.p, 10, 290), ==, G_MAXUINT);
  bf_asset_set_set_service_mask (map.assets, 0);
  g_assert_cmpuint (bf_shape_set_hit (map.shapes, map.assets, &map.p, 150, 175), ==, G_MAXUINT);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/map/shapes/kept", test_kept);
  g_test_add_func ("/map/shapes/looks", test_looks);
  g_test_add_func ("/map/shapes/area-and-rim", test_area_and_rim);
  g_test_add_func ("/map/shapes/far", test_far);
  g_test_add_func ("/map/shapes/hit", test_hit);
  return g_test_run ();
}
