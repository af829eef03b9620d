/* SPDX-License-Identifier: EUPL-1.2 */
/* Paints a square of the base map with Cairo.
 *
 * Areas first, then the edges of all roads, then the roads, least rank first, so that
 * crossings close; bridges last, with the ground's colour at both sides. Text is never painted into a tile: a tile
 * ends where a name does not. One stroke a road: one
 * stroke of a thousand crossing roads costs Cairo the square of their number. Vertices nearer than a pixel to the last one are left out, so that a far view of
 * a city costs no more than a near one of a street. Pure function of its arguments: runs in worker threads.
 */
#include "bf-basemap-painter.h"

#include "bf-mercator.h"

#define MIN_STEP_PX 0.6
#define FAR_PX 1000000.0
/* How far what is painted reaches out of its box: half of the widest road with its edge. */
#define MARGIN_PX 64.0

/* Width on screen at zoom 13, width on the ground, zoom from which it is painted. */
static const struct
{
  double px_at_13;
  double width_m;
  double from_zoom;
} roads[BF_BASEMAP_N_RANKS] = {
  [BF_BASEMAP_RANK_NONE] = { 0.9, 5.0, 13.0 },      [BF_BASEMAP_RANK_PATH] = { 0.5, 1.6, 15.0 },
  [BF_BASEMAP_RANK_ALLEY] = { 0.7, 4.0, 13.5 },     [BF_BASEMAP_RANK_STREET] = { 1.1, 7.0, 11.5 },
  [BF_BASEMAP_RANK_SECONDARY] = { 2.0, 9.0, 10.0 }, [BF_BASEMAP_RANK_PRIMARY] = { 2.8, 11.0, 8.0 },
  [BF_BASEMAP_RANK_MOTORWAY] = { 3.6, 15.0, 6.0 },
};

typedef struct
{
  const BfBasemap *map;
  const BfMapPalette *palette;
  cairo_t *cr;
  GArray *found;
  double zoom;
  double m_per_px; /* on the ground, a user unit */
  int scale;
  double world_px;
  double left, top;
  guint32 min_x, min_y, max_x, max_y; /* the tile and a margin */
} Painter;

/**
 * bf_basemap_road_width: (skip)
 * @rank: rank of the road
 * @zoom: zoom level
 * @m_per_px: metres on the ground a pixel
 *
 * Returns: width in pixels, 0 if it is not shown
 */
double
bf_basemap_road_width (BfBasemapRank rank, double zoom, double m_per_px)
{
  double drawn = roads[rank].px_at_13 * pow (zoom > 13 ? 1.28 : 1.22, zoom - 13);

  if (zoom < roads[rank].from_zoom)
    return 0;
  return MAX (drawn, roads[rank].width_m / m_per_px);
}

/* Whether a line or ring comes near the tile: a ring that does not has no part in the filling either. */
static gboolean
is_near (const Painter *p, const BfBasemapPoint *points, guint n)
{
  guint32 min_x = G_MAXUINT32, min_y = G_MAXUINT32, max_x = 0, max_y = 0;

  for (guint i = 0; i < n; i++)
    {
      min_x = MIN (min_x, points[i].x);
      max_x = MAX (max_x, points[i].x);
      min_y = MIN (min_y, points[i].y);
      max_y = MAX (max_y, points[i].y);
    }
  return max_x >= p->min_x && min_x <= p->max_x && max_y >= p->min_y && min_y <= p->max_y;
}

static void
add_path (Painter *p, const BfBasemapFeature *f)
{
  double k = p->world_px / BF_MERCATOR_ONE;

  for (guint part = 0; part < f->n_parts; part++)
    {
      guint n = 0;
      const BfBasemapPoint *points = bf_basemap_get_part (p->map, f, part, &n);
      double last_x = 0, last_y = 0;

      if (!is_near (p, points, n))
        continue;
      for (guint i = 0; i < n; i++)
        {
          double x = CLAMP (points[i].x * k - p->left, -FAR_PX, FAR_PX);
          double y = CLAMP (points[i].y * k - p->top, -FAR_PX, FAR_PX);

          if (i == 0)
            cairo_move_to (p->cr, x, y);
          else if (fabs (x - last_x) + fabs (y - last_y) >= MIN_STEP_PX || i == n - 1)
            cairo_line_to (p->cr, x, y);
          else
            continue;
          last_x = x;
          last_y = y;
        }
      if (f->shape == BF_BASEMAP_POLYGON)
        cairo_close_path (p->cr);
    }
}

static gboolean
too_small (const Painter *p, const BfBasemapFeature *f)
{
  double k = p->world_px / BF_MERCATOR_ONE;

  return MAX ((f->max_x - f->min_x) * k, (f->max_y - f->min_y) * k) < 1.5;
}

static void
paint_areas (Painter *p, BfBasemapClass class_, guint32 colour)
{
  for (guint i = 0; i < p->found->len; i++)
    {
      const BfBasemapFeature *f = bf_basemap_get_feature (p->map, g_array_index (p->found, guint32, i));

      if (f->class_ != class_ || f->shape != BF_BASEMAP_POLYGON || too_small (p, f))
        continue;
      /* One fill a feature: two areas that overlap must not cut a hole into each other. */
      add_path (p, f);
      bf_map_set_source (p->cr, colour, 1);
      cairo_fill (p->cr);
    }
}

static void
paint_building_edges (Painter *p)
{
  if (p->zoom < 16.5)
    return;
  bf_map_set_source (p->cr, p->palette->line, 1);
  cairo_set_line_width (p->cr, p->scale);
  for (guint i = 0; i < p->found->len; i++)
    {
      const BfBasemapFeature *f = bf_basemap_get_feature (p->map, g_array_index (p->found, guint32, i));

      if (f->class_ == BF_BASEMAP_BUILDING && f->shape == BF_BASEMAP_POLYGON)
        {
          add_path (p, f);
          cairo_stroke (p->cr);
        }
    }
}

static void
stroke_lines (Painter *p, BfBasemapClass class_, guint32 colour, double width)
{
  bf_map_set_source (p->cr, colour, 1);
  cairo_set_line_width (p->cr, width * p->scale);
  for (guint i = 0; i < p->found->len; i++)
    {
      const BfBasemapFeature *f = bf_basemap_get_feature (p->map, g_array_index (p->found, guint32, i));

      if (f->class_ != class_ || f->shape != BF_BASEMAP_LINE)
        continue;
      add_path (p, f);
      cairo_stroke (p->cr);
    }
}

/* Strokes the roads of one rank, those on bridges or the others, @extra wider. */
static void
stroke_rank (Painter *p, BfBasemapRank rank, gboolean bridges, double extra, guint32 colour)
{
  double width = bf_basemap_road_width (rank, p->zoom, p->m_per_px);

  if (width <= 0)
    return;
  bf_map_set_source (p->cr, colour, 1);
  cairo_set_line_width (p->cr, (width + extra) * p->scale);
  cairo_set_line_cap (p->cr, bridges && extra > 0 ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
  for (guint i = 0; i < p->found->len; i++)
    {
      const BfBasemapFeature *f = bf_basemap_get_feature (p->map, g_array_index (p->found, guint32, i));

      if (f->class_ != BF_BASEMAP_ROAD || f->rank != rank || f->shape == BF_BASEMAP_POINT || f->bridge != bridges)
        continue;
      add_path (p, f);
      cairo_stroke (p->cr);
    }
  cairo_set_line_cap (p->cr, CAIRO_LINE_CAP_ROUND);
}

static void
paint_rail (Painter *p)
{
  double width = p->zoom < 14 ? 1.2 : MAX (1.6, 2.4 / p->m_per_px);
  double dash[] = { 5.0 * p->scale, 5.0 * p->scale };

  if (p->zoom < 11)
    return;
  stroke_lines (p, BF_BASEMAP_RAIL, p->palette->rail, width);
  if (p->zoom < 14.5)
    return;
  cairo_set_line_cap (p->cr, CAIRO_LINE_CAP_BUTT);
  cairo_set_dash (p->cr, dash, G_N_ELEMENTS (dash), 0);
  stroke_lines (p, BF_BASEMAP_RAIL, p->palette->ground, width * 0.5);
  cairo_set_dash (p->cr, NULL, 0, 0);
  cairo_set_line_cap (p->cr, CAIRO_LINE_CAP_ROUND);
}

static void
paint_roads (Painter *p)
{
  gboolean cased = p->zoom >= 14.5;

  for (int r = 0; cased && r < BF_BASEMAP_N_RANKS; r++)
    if (r != BF_BASEMAP_RANK_PATH)
      stroke_rank (p, (BfBasemapRank) r, FALSE, 1.6, p->palette->casing);
  for (int r = 0; r < BF_BASEMAP_N_RANKS; r++)
    stroke_rank (p, (BfBasemapRank) r, FALSE, 0,
                 r >= BF_BASEMAP_RANK_SECONDARY ? p->palette->main_road : p->palette->road);
  for (int r = 0; r < BF_BASEMAP_N_RANKS; r++)
    {
      stroke_rank (p, (BfBasemapRank) r, TRUE, cased ? 3.0 : 1.6, p->palette->casing);
      stroke_rank (p, (BfBasemapRank) r, TRUE, 0,
                   r >= BF_BASEMAP_RANK_SECONDARY ? p->palette->main_road : p->palette->road);
    }
}

static void
paint (Painter *p)
{
  const BfMapPalette *c = p->palette;

  cairo_set_line_join (p->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (p->cr, CAIRO_LINE_CAP_ROUND);
  cairo_set_fill_rule (p->cr, CAIRO_FILL_RULE_EVEN_ODD);
  paint_areas (p, BF_BASEMAP_BUILT, c->built);
  paint_areas (p, BF_BASEMAP_INDUSTRIAL, c->industrial);
  paint_areas (p, BF_BASEMAP_PARK, c->park);
  paint_areas (p, BF_BASEMAP_WOOD, c->wood);
  paint_areas (p, BF_BASEMAP_RIVER, c->water);
  stroke_lines (p, BF_BASEMAP_RIVER, c->water, MAX (1.5, 12.0 / p->m_per_px));
  paint_areas (p, BF_BASEMAP_WATER, c->water);
  stroke_lines (p, BF_BASEMAP_WATER, c->water, MAX (1.0, 4.0 / p->m_per_px));
  if (p->zoom >= 14.8)
    {
      paint_areas (p, BF_BASEMAP_BUILDING, c->building);
      paint_building_edges (p);
    }
  paint_areas (p, BF_BASEMAP_ROAD, c->road);
  paint_rail (p);
  paint_roads (p);
}

/**
 * bf_basemap_paint_tile: (skip)
 * @map: (nullable): a base map; without one the tile is plain ground
 * @palette: colours
 * @z: level of the tile
 * @x: column of the tile
 * @y: row of the tile
 * @size_px: how wide the tile is in device pixels, fractions allowed; the image is rounded up
 * @scale: device pixels a user unit; widths of lines are in user units
 *
 * Returns: (transfer full): an ARGB32 image with no transparent pixel
 */
cairo_surface_t *
bf_basemap_paint_tile (const BfBasemap *map, const BfMapPalette *palette, guint z, guint x, guint y, double size_px,
                       int scale)
{
  int side = (int) ceil (size_px) + 1;
  cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, side, side);
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint32));
  double n = exp2 (z), margin = MARGIN_PX * scale / (size_px * n);
  double latitude_deg = bf_mercator_latitude ((y + 0.5) / n);
  Painter p = { .map = map, .palette = palette, .found = found, .scale = scale };

  p.cr = cairo_create (image);
  bf_map_set_source (p.cr, palette->ground, 1);
  cairo_paint (p.cr);
  if (map != NULL)
    {
      p.world_px = size_px * n;
      p.zoom = log2 (p.world_px / scale / BF_TILE_PX);
      p.m_per_px = bf_mercator_m_per_px (p.zoom, latitude_deg);
      p.left = x * size_px;
      p.top = y * size_px;
      p.min_x = bf_mercator_fixed (x / n - margin);
      p.min_y = bf_mercator_fixed (y / n - margin);
      p.max_x = bf_mercator_fixed ((x + 1) / n + margin);
      p.max_y = bf_mercator_fixed ((y + 1) / n + margin);
      bf_basemap_query (map, p.min_x, p.min_y, p.max_x, p.max_y, found);
      paint (&p);
    }
  cairo_destroy (p.cr);
  cairo_surface_flush (image);
  return image;
}
