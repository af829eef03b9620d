/* SPDX-License-Identifier: EUPL-1.2 */
/* Zones from GeoJSON polygons: see bf-zones.h. Each feature has `id` (or `code`), `name` (or `nom`), `kind` and, when known,
 * `inhabitants` (or `population`).
 *
 * Index: a grid over all zones. A cell lists the zones that it touches, smallest first, and whether it lies wholly inside:
 * only a point in a cell that a border crosses is tested against rings. The grid is painted as a picture is: borders by
 * walking their edges, insides by scan lines through the middles of the rows. Read-only after loading. */

#include "model/bf-geojson-private.h"
#include "model/bf-zones.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bf-error.h"

#define EARTH_RADIUS_M 6371008.8
#define RADIANS (G_PI / 180)
#define POINTS_MAX 4000000
#define GRID_SIDE_MAX 256
#define GRID_ENTRIES_MAX 8000000
#define INSIDE 0x80000000u

/* Points @first … of a ring; @polygon: rings of one number are one polygon, inside by the even-odd rule over all. */
typedef struct
{
  guint first;
  guint n_points;
  guint polygon;
} Ring;

typedef struct
{
  BfZone zone;
  guint first_ring;
  guint n_rings;
  guint number; /* feature, to keep an order among equals */
} Shape;

struct _BfZones
{
  GArray *shapes; /* Shape, smallest first */
  GArray *rings;  /* Ring */
  GArray *points; /* BfPoint */
  BfBox box;
  guint side;
  guint32 *cell_start; /* side² + 1 */
  guint32 *entries;    /* zone, with INSIDE */
};

typedef struct
{
  BfZones *zones;
  GHashTable *ids;
} Loading;

static const char *const id_keys[] = { "id", "code", NULL };
static const char *const name_keys[] = { "name", "nom", NULL };
static const char *const kind_keys[] = { "kind", "type", NULL };
static const char *const people_keys[] = { "inhabitants", "population", NULL };

static void
shape_clear (gpointer data)
{
  Shape *shape = data;

  g_free (shape->zone.id);
  g_free (shape->zone.name);
  g_free (shape->zone.kind);
}

/* --- reading --- */

/* Area on the sphere (Chamberlain and Duquette, JPL 2007), m². */
static double
ring_area_m2 (const BfPoint *points, guint n_points)
{
  double sum = 0;

  for (guint i = 1; i < n_points; i++)
    sum += (points[i].lon - points[i - 1].lon) * RADIANS
           * (2 + sin (points[i].lat * RADIANS) + sin (points[i - 1].lat * RADIANS));
  return fabs (sum) * EARTH_RADIUS_M * EARTH_RADIUS_M / 2;
}

static gboolean
read_polygon (BfZones *zones, Shape *shape, BfJsonNode node, guint polygon, GError **error)
{
  BfJsonIter iter;
  BfJsonNode ring_node;
  guint n = 0;

  if (bf_json_type (node) != BF_JSON_ARRAY || bf_json_array_length (node) == 0 || !bf_json_iter_init (&iter, node))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("expected a polygon: an array of rings"));
      return FALSE;
    }
  for (; bf_json_iter_next (&iter, NULL, NULL, &ring_node); n++)
    {
      Ring ring = { zones->points->len, 0, polygon };
      double area_m2;

      if (!bf_geojson_ring (ring_node, zones->points, error))
        return FALSE;
      if (zones->points->len > POINTS_MAX)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("expected at most %d positions in all zones"), POINTS_MAX);
          return FALSE;
        }
      ring.n_points = zones->points->len - ring.first;
      area_m2 = ring_area_m2 (&g_array_index (zones->points, BfPoint, ring.first), ring.n_points);
      shape->zone.area_m2 += n == 0 ? area_m2 : -area_m2;
      for (guint i = ring.first; i < zones->points->len; i++)
        bf_box_add (&shape->zone.box, g_array_index (zones->points, BfPoint, i));
      g_array_append_val (zones->rings, ring);
      shape->n_rings++;
    }
  return TRUE;
}

static gboolean
read_geometry (BfZones *zones, Shape *shape, BfJsonNode geometry, GError **error)
{
  const char *type = bf_json_member_string (geometry, "type", "");
  BfJsonNode coordinates;
  BfJsonNode polygon;
  BfJsonIter iter;

  if (bf_json_member (geometry, "coordinates", &coordinates))
    {
      if (strcmp (type, "Polygon") == 0)
        return read_polygon (zones, shape, coordinates, 0, error);
      if (strcmp (type, "MultiPolygon") == 0 && bf_json_type (coordinates) == BF_JSON_ARRAY
          && bf_json_array_length (coordinates) > 0 && bf_json_iter_init (&iter, coordinates))
        {
          for (guint i = 0; bf_json_iter_next (&iter, NULL, NULL, &polygon); i++)
            if (!read_polygon (zones, shape, polygon, i, error))
              return FALSE;
          return TRUE;
        }
    }
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected a Polygon or MultiPolygon with coordinates, found “%s”"), type);
  return FALSE;
}

static gboolean
read_texts (Loading *loading, Shape *shape, BfJsonNode properties, BfJsonNode feature, GError **error)
{
  BfZone *zone = &shape->zone;

  zone->id = bf_geojson_text (properties, id_keys);
  zone->name = bf_geojson_text (properties, name_keys);
  zone->kind = bf_geojson_text (properties, kind_keys);
  if (zone->id == NULL)
    zone->id = bf_geojson_text (feature, id_keys);
  if (zone->id == NULL)
    zone->id = g_strdup (zone->name);
  if (zone->name == NULL)
    zone->name = g_strdup (zone->id);
  if (zone->kind == NULL)
    zone->kind = g_strdup ("zone");
  if (zone->id == NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected the properties \"id\" and \"name\" as texts"));
      return FALSE;
    }
  if (g_hash_table_contains (loading->ids, zone->id))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the id “%s” is that of another zone already"), zone->id);
      return FALSE;
    }
  return bf_geojson_count (properties, people_keys, &zone->inhabitants, error);
}

static gboolean
take_zone (gpointer user_data, BfJsonNode properties, BfJsonNode geometry, BfJsonNode feature, GError **error)
{
  Loading *loading = user_data;
  BfZones *zones = loading->zones;
  guint n_points = zones->points->len;
  Shape shape = { { .inhabitants = -1, .box = BF_BOX_EMPTY }, zones->rings->len, 0, zones->shapes->len };

  if (zones->shapes->len >= BF_NO_ZONE)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("expected at most %u zones"), (guint) BF_NO_ZONE);
      return FALSE;
    }
  if (!read_texts (loading, &shape, properties, feature, error) || !read_geometry (zones, &shape, geometry, error))
    {
      shape_clear (&shape);
      g_array_set_size (zones->rings, shape.first_ring);
      g_array_set_size (zones->points, n_points);
      return FALSE;
    }
  shape.zone.area_m2 = MAX (shape.zone.area_m2, 0);
  g_array_append_val (zones->shapes, shape);
  g_hash_table_add (loading->ids, shape.zone.id);
  return TRUE;
}

static int
compare_shapes (gconstpointer a, gconstpointer b)
{
  const Shape *x = a;
  const Shape *y = b;

  if (x->zone.area_m2 != y->zone.area_m2)
    return x->zone.area_m2 < y->zone.area_m2 ? -1 : 1;
  return x->number < y->number ? -1 : x->number > y->number;
}

/* --- the grid --- */

typedef struct
{
  BfZones *zones;
  guint8 *marks; /* side²: 0, 1 inside, 2 crossed by a border */
  GArray *cells; /* guint32, with @owners the same length */
  GArray *owners;
} Painter;

static double
grid_x (const BfZones *zones, double lon)
{
  return (lon - zones->box.west) / (zones->box.east - zones->box.west) * zones->side;
}

static double
grid_y (const BfZones *zones, double lat)
{
  return (lat - zones->box.south) / (zones->box.north - zones->box.south) * zones->side;
}

static int
clamp_cell (const BfZones *zones, double v)
{
  return v < 0 ? 0 : v >= zones->side ? (int) zones->side - 1 : (int) v;
}

/* Marks every cell that the edge touches, a hair wider. */
static void
paint_edge (Painter *painter, BfPoint a, BfPoint b)
{
  const BfZones *zones = painter->zones;
  double ax = grid_x (zones, a.lon), ay = grid_y (zones, a.lat);
  double bx = grid_x (zones, b.lon), by = grid_y (zones, b.lat);
  const double hair = 1e-6;
  int south = clamp_cell (zones, MIN (ay, by) - hair);
  int north = clamp_cell (zones, MAX (ay, by) + hair);

  for (int row = south; row <= north; row++)
    {
      double t0 = 0, t1 = 1, x0, x1;

      if (fabs (by - ay) > hair)
        {
          t0 = CLAMP ((row - hair - ay) / (by - ay), 0.0, 1.0);
          t1 = CLAMP ((row + 1 + hair - ay) / (by - ay), 0.0, 1.0);
        }
      x0 = ax + t0 * (bx - ax);
      x1 = ax + t1 * (bx - ax);
      for (int column = clamp_cell (zones, MIN (x0, x1) - hair); column <= clamp_cell (zones, MAX (x0, x1) + hair); column++)
        painter->marks[row * (int) zones->side + column] = 2;
    }
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a;
  double y = *(const double *) b;

  return x < y ? -1 : x > y;
}

/* Marks the cells whose middles are inside of the polygon made of @n_rings rings. */
static void
paint_inside (Painter *painter, const Ring *rings, guint n_rings, GArray **crossings)
{
  const BfZones *zones = painter->zones;

  for (guint i = 0; i < n_rings; i++)
    for (guint j = 1; j < rings[i].n_points; j++)
      {
        BfPoint a = g_array_index (zones->points, BfPoint, rings[i].first + j - 1);
        BfPoint b = g_array_index (zones->points, BfPoint, rings[i].first + j);
        double ax = grid_x (zones, a.lon), ay = grid_y (zones, a.lat);
        double bx = grid_x (zones, b.lon), by = grid_y (zones, b.lat);

        for (int row = clamp_cell (zones, MIN (ay, by) - 1); row <= clamp_cell (zones, MAX (ay, by) + 1); row++)
          {
            double y = row + 0.5;
            double x = ax + (y - ay) / (by - ay) * (bx - ax);

            if ((ay > y) != (by > y))
              g_array_append_val (crossings[row], x);
          }
      }
  for (guint row = 0; row < zones->side; row++)
    {
      GArray *line = crossings[row];

      g_array_sort (line, compare_doubles);
      for (guint i = 0; i + 1 < line->len; i += 2)
        {
          double from = g_array_index (line, double, i);
          double to = g_array_index (line, double, i + 1);

          for (int column = clamp_cell (zones, ceil (from - 0.5)); column < (int) zones->side && column + 0.5 < to; column++)
            if (column + 0.5 > from && painter->marks[row * zones->side + (guint) column] == 0)
              painter->marks[row * zones->side + (guint) column] = 1;
        }
      g_array_set_size (line, 0);
    }
}

static void
paint_shape (Painter *painter, const Shape *shape, GArray **crossings)
{
  const BfZones *zones = painter->zones;
  const Ring *rings = &g_array_index (zones->rings, Ring, shape->first_ring);

  memset (painter->marks, 0, (gsize) zones->side * zones->side);
  for (guint i = 0; i < shape->n_rings; i++)
    for (guint j = 1; j < rings[i].n_points; j++)
      paint_edge (painter, g_array_index (zones->points, BfPoint, rings[i].first + j - 1),
                  g_array_index (zones->points, BfPoint, rings[i].first + j));
  for (guint i = 0, n; i < shape->n_rings; i += n)
    {
      for (n = 1; i + n < shape->n_rings && rings[i + n].polygon == rings[i].polygon; n++)
        ;
      paint_inside (painter, rings + i, n, crossings);
    }
}

static gboolean
paint_zones (Painter *painter, GArray **crossings)
{
  BfZones *zones = painter->zones;

  for (guint i = 0; i < zones->shapes->len; i++)
    {
      const Shape *shape = &g_array_index (zones->shapes, Shape, i);
      guint south = (guint) clamp_cell (zones, grid_y (zones, shape->zone.box.south) - 1);
      guint north = (guint) clamp_cell (zones, grid_y (zones, shape->zone.box.north) + 1);
      guint west = (guint) clamp_cell (zones, grid_x (zones, shape->zone.box.west) - 1);
      guint east = (guint) clamp_cell (zones, grid_x (zones, shape->zone.box.east) + 1);

      paint_shape (painter, shape, crossings);
      for (guint row = south; row <= north; row++)
        for (guint column = west; column <= east; column++)
          {
            guint32 cell = row * zones->side + column;
            guint32 owner = i | (painter->marks[cell] == 1 ? INSIDE : 0);

            if (painter->marks[cell] == 0)
              continue;
            g_array_append_val (painter->cells, cell);
            g_array_append_val (painter->owners, owner);
          }
      if (painter->cells->len > GRID_ENTRIES_MAX && zones->side > 1)
        return FALSE;
    }
  return TRUE;
}

/* Sorts the painted cells into @cell_start and @entries; a cell's zones keep their order. */
static void
keep_cells (Painter *painter)
{
  BfZones *zones = painter->zones;
  guint n_cells = zones->side * zones->side;
  g_autofree guint32 *fill = NULL;

  zones->cell_start = g_new0 (guint32, n_cells + 1);
  zones->entries = g_new (guint32, MAX (painter->cells->len, 1));
  for (guint i = 0; i < painter->cells->len; i++)
    zones->cell_start[g_array_index (painter->cells, guint32, i) + 1]++;
  for (guint i = 0; i < n_cells; i++)
    zones->cell_start[i + 1] += zones->cell_start[i];
  fill = g_memdup2 (zones->cell_start, n_cells * sizeof *fill);
  for (guint i = 0; i < painter->cells->len; i++)
    zones->entries[fill[g_array_index (painter->cells, guint32, i)]++] = g_array_index (painter->owners, guint32, i);
}

static void
make_grid (BfZones *zones)
{
  zones->box = BF_BOX_EMPTY;
  for (guint i = 0; i < zones->shapes->len; i++)
    {
      const BfBox *box = &g_array_index (zones->shapes, Shape, i).zone.box;

      bf_box_add (&zones->box, (BfPoint){ box->west, box->south });
      bf_box_add (&zones->box, (BfPoint){ box->east, box->north });
    }
  if (zones->shapes->len == 0)
    return;
  /* never flat, so that grid_x() and grid_y() are finite */
  zones->box.east += 1e-9;
  zones->box.north += 1e-9;
  for (zones->side = GRID_SIDE_MAX;; zones->side /= 2)
    {
      g_autofree guint8 *marks = g_malloc ((gsize) zones->side * zones->side);
      g_autoptr (GArray) cells = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_autoptr (GArray) owners = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
      Painter painter = { zones, marks, cells, owners };
      gboolean done;

      for (guint i = 0; i < zones->side; i++)
        g_ptr_array_add (lines, g_array_new (FALSE, FALSE, sizeof (double)));
      done = paint_zones (&painter, (GArray **) lines->pdata);
      if (!done)
        continue;
      keep_cells (&painter);
      return;
    }
}

/* --- public --- */

/**
 * bf_zones_load:
 * @path: a GeoJSON feature collection of polygons
 * @problems: (nullable): where features that are off go, with their number
 *
 * Returns: (transfer full): the zones, smallest first, or %NULL with @error when the file cannot be read or is no feature
 *   collection
 */
BfZones *
bf_zones_load (const char *path, GPtrArray *problems, GError **error)
{
  g_autoptr (BfZones) zones = g_new0 (BfZones, 1);
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  BfFileProblems file = { problems, path, 0 };
  Loading loading = { zones, ids };

  zones->shapes = g_array_new (FALSE, FALSE, sizeof (Shape));
  g_array_set_clear_func (zones->shapes, shape_clear);
  zones->rings = g_array_new (FALSE, FALSE, sizeof (Ring));
  zones->points = g_array_new (FALSE, FALSE, sizeof (BfPoint));
  if (!bf_geojson_load (path, &file, take_zone, &loading, error))
    return NULL;
  g_array_sort (zones->shapes, compare_shapes);
  make_grid (zones);
  return g_steal_pointer (&zones);
}

void
bf_zones_free (BfZones *zones)
{
  if (zones == NULL)
    return;
  g_array_unref (zones->shapes);
  g_array_unref (zones->rings);
  g_array_unref (zones->points);
  g_free (zones->cell_start);
  g_free (zones->entries);
  g_free (zones);
}

guint
bf_zones_n (const BfZones *zones)
{
  return zones->shapes->len;
}

const BfZone *
bf_zones_get (const BfZones *zones, guint zone)
{
  g_return_val_if_fail (zone < zones->shapes->len, NULL);
  return &g_array_index (zones->shapes, Shape, zone).zone;
}

static gboolean
shape_contains (const BfZones *zones, const Shape *shape, BfPoint point)
{
  const Ring *rings = &g_array_index (zones->rings, Ring, shape->first_ring);
  gboolean inside = FALSE;

  if (!bf_box_contains (&shape->zone.box, point))
    return FALSE;
  for (guint i = 0; i < shape->n_rings; i++)
    {
      if (i > 0 && rings[i].polygon != rings[i - 1].polygon && inside)
        return TRUE;
      inside ^= bf_ring_contains (&g_array_index (zones->points, BfPoint, rings[i].first), rings[i].n_points, point);
    }
  return inside;
}

/**
 * bf_zones_at_all:
 * @ret_zones: (array length=max): room for the zones' numbers
 *
 * Returns: how many zones hold @point, smallest first, at most @max
 */
guint
bf_zones_at_all (const BfZones *zones, BfPoint point, guint16 *ret_zones, guint max)
{
  guint cell;
  guint n = 0;

  if (zones->shapes->len == 0 || !bf_box_contains (&zones->box, point))
    return 0;
  cell = (guint) clamp_cell (zones, grid_y (zones, point.lat)) * zones->side
         + (guint) clamp_cell (zones, grid_x (zones, point.lon));
  for (guint32 i = zones->cell_start[cell]; i < zones->cell_start[cell + 1] && n < max; i++)
    {
      guint zone = zones->entries[i] & ~INSIDE;

      if ((zones->entries[i] & INSIDE) || shape_contains (zones, &g_array_index (zones->shapes, Shape, zone), point))
        ret_zones[n++] = (guint16) zone;
    }
  return n;
}

/**
 * bf_zones_at:
 *
 * Returns: the smallest zone that holds @point, or %BF_NO_ZONE
 */
guint16
bf_zones_at (const BfZones *zones, BfPoint point)
{
  guint16 zone;

  return bf_zones_at_all (zones, point, &zone, 1) == 1 ? zone : BF_NO_ZONE;
}
