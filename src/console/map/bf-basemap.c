/* SPDX-License-Identifier: EUPL-1.2 */
/* The city's base map: an immutable box of classed shapes with a spatial index.
 *
 * Features lie in the order in which they are painted (class, then rank, then the order of the file), so that
 * sorting what a query found by number is the painter's order. The index is a packed tree: the features' boxes
 * along a Morton curve, sixteen to a node, built once, no pointers. Flat arrays all: a town of 100,000 shapes
 * is a few megabytes.
 *
 * A feature that breaks a limit or has a coordinate off the Earth is refused and counted; the first reason is
 * kept. Immutable after bf_basemap_builder_finish(): any thread may read and count references.
 */
#include "bf-basemap.h"

#include "bf-mercator.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FEATURES 2000000u
#define MAX_POINTS 40000000u
#define NODE_SIZE 16

typedef struct
{
  guint32 min_x, min_y, max_x, max_y;
} Box;

struct _BfBasemap
{
  gatomicrefcount refs;
  GArray *features; /* BfBasemapFeature */
  GArray *parts;    /* guint32: end of each part in points */
  GArray *points;   /* BfBasemapPoint */
  GString *names;   /* zero-ended, the first is empty */
  guint32 *leaves;  /* feature numbers along the curve */
  GPtrArray *levels; /* of GArray of Box, the boxes of NODE_SIZE of the level below */
  Box bounds;
  guint n_refused;
  char *first_refusal;
};

struct _BfBasemapBuilder
{
  BfBasemap *map;
  GHashTable *name_offsets;
  BfBasemapFeature open;
  guint first_point;
  gboolean is_open;
  gboolean bad;
  double bad_lat, bad_lon;
};

static const char *const class_names[BF_BASEMAP_N_CLASSES] = {
  [BF_BASEMAP_BUILT] = "built",
  [BF_BASEMAP_INDUSTRIAL] = "industrial",
  [BF_BASEMAP_PARK] = "park",
  [BF_BASEMAP_WOOD] = "wood",
  [BF_BASEMAP_RIVER] = "river",
  [BF_BASEMAP_WATER] = "water",
  [BF_BASEMAP_BUILDING] = "building",
  [BF_BASEMAP_RAIL] = "rail",
  [BF_BASEMAP_ROAD] = "road",
  [BF_BASEMAP_PLACE_LABEL] = "place-label",
  [BF_BASEMAP_DISTRICT_LABEL] = "district-label",
};

static const char *const rank_names[BF_BASEMAP_N_RANKS] = {
  [BF_BASEMAP_RANK_NONE] = "",
  [BF_BASEMAP_RANK_PATH] = "path",
  [BF_BASEMAP_RANK_ALLEY] = "alley",
  [BF_BASEMAP_RANK_STREET] = "street",
  [BF_BASEMAP_RANK_SECONDARY] = "secondary",
  [BF_BASEMAP_RANK_PRIMARY] = "primary",
  [BF_BASEMAP_RANK_MOTORWAY] = "motorway",
};

/**
 * bf_basemap_class_from_name: (skip)
 * @name: (nullable): the property `class` of a feature
 * @ret_class: (out): the class
 *
 * Returns: whether it is one
 */
gboolean
bf_basemap_class_from_name (const char *name, BfBasemapClass *ret_class)
{
  for (int i = 0; i < BF_BASEMAP_N_CLASSES; i++)
    if (g_strcmp0 (name, class_names[i]) == 0)
      {
        *ret_class = (BfBasemapClass) i;
        return TRUE;
      }
  return FALSE;
}

/**
 * bf_basemap_rank_from_name: (skip)
 * @name: (nullable): the property `rank` of a feature
 *
 * Returns: the rank, none if it has no such name
 */
BfBasemapRank
bf_basemap_rank_from_name (const char *name)
{
  for (int i = 1; i < BF_BASEMAP_N_RANKS; i++)
    if (g_strcmp0 (name, rank_names[i]) == 0)
      return (BfBasemapRank) i;
  return BF_BASEMAP_RANK_NONE;
}

/* Building */

/**
 * bf_basemap_builder_new: (skip)
 *
 * Returns: (transfer full): an empty builder
 */
BfBasemapBuilder *
bf_basemap_builder_new (void)
{
  BfBasemapBuilder *self = g_new0 (BfBasemapBuilder, 1);
  BfBasemap *map = g_new0 (BfBasemap, 1);

  g_atomic_ref_count_init (&map->refs);
  map->features = g_array_new (FALSE, FALSE, sizeof (BfBasemapFeature));
  map->parts = g_array_new (FALSE, FALSE, sizeof (guint32));
  map->points = g_array_new (FALSE, FALSE, sizeof (BfBasemapPoint));
  map->names = g_string_new (NULL);
  g_string_append_c (map->names, '\0');
  map->levels = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  map->bounds = (Box){ G_MAXUINT32, G_MAXUINT32, 0, 0 };
  self->map = map;
  self->name_offsets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  return self;
}

/**
 * bf_basemap_builder_free: (skip)
 * @self: (transfer full) (nullable): a builder
 */
void
bf_basemap_builder_free (BfBasemapBuilder *self)
{
  if (self == NULL)
    return;
  g_clear_pointer (&self->map, bf_basemap_unref);
  g_hash_table_unref (self->name_offsets);
  g_free (self);
}

static guint32
intern_name (BfBasemapBuilder *self, const char *name)
{
  gpointer found;
  guint32 offset;

  if (name == NULL || *name == '\0')
    return 0;
  if (g_hash_table_lookup_extended (self->name_offsets, name, NULL, &found))
    return GPOINTER_TO_UINT (found);
  offset = (guint32) self->map->names->len;
  g_string_append_len (self->map->names, name, (gssize) strlen (name) + 1);
  g_hash_table_insert (self->name_offsets, g_strdup (name), GUINT_TO_POINTER (offset));
  return offset;
}

/**
 * bf_basemap_builder_begin: (skip)
 * @self: a builder with no open feature
 * @class_: what it is
 * @rank: of a road
 * @name: (nullable): its name
 * @bridge: whether it passes over what it crosses
 * @shape: what its parts are
 *
 * Opens a feature; bf_basemap_builder_begin_part() and its points follow.
 */
void
bf_basemap_builder_begin (BfBasemapBuilder *self, BfBasemapClass class_, BfBasemapRank rank, const char *name,
                          gboolean bridge, BfBasemapShape shape)
{
  g_return_if_fail (!self->is_open);

  self->open = (BfBasemapFeature){ .min_x = G_MAXUINT32,
                                   .min_y = G_MAXUINT32,
                                   .first_part = self->map->parts->len,
                                   .name = intern_name (self, name),
                                   .class_ = (guint8) class_,
                                   .rank = (guint8) rank,
                                   .shape = (guint8) shape,
                                   .bridge = bridge ? 1 : 0 };
  self->first_point = self->map->points->len;
  self->is_open = TRUE;
  self->bad = FALSE;
}

/**
 * bf_basemap_builder_begin_part: (skip)
 * @self: a builder with an open feature
 *
 * Opens a line, or a ring, of the open feature.
 */
void
bf_basemap_builder_begin_part (BfBasemapBuilder *self)
{
  guint32 end = self->map->points->len;

  g_return_if_fail (self->is_open);

  g_array_append_val (self->map->parts, end);
}

/**
 * bf_basemap_builder_add_point: (skip)
 * @self: a builder with an open part
 * @latitude_deg: WGS 84
 * @longitude_deg: WGS 84
 */
void
bf_basemap_builder_add_point (BfBasemapBuilder *self, double latitude_deg, double longitude_deg)
{
  BfBasemapPoint p;

  g_return_if_fail (self->is_open && self->map->parts->len > self->open.first_part);

  if (!(fabs (latitude_deg) <= 90.0 && fabs (longitude_deg) <= 180.0) || self->map->points->len >= MAX_POINTS)
    {
      self->bad = TRUE;
      self->bad_lat = latitude_deg;
      self->bad_lon = longitude_deg;
      return;
    }
  p.x = bf_mercator_fixed (bf_mercator_x (longitude_deg));
  p.y = bf_mercator_fixed (bf_mercator_y (latitude_deg));
  g_array_append_val (self->map->points, p);
  g_array_index (self->map->parts, guint32, self->map->parts->len - 1) = self->map->points->len;
  self->open.min_x = MIN (self->open.min_x, p.x);
  self->open.min_y = MIN (self->open.min_y, p.y);
  self->open.max_x = MAX (self->open.max_x, p.x);
  self->open.max_y = MAX (self->open.max_y, p.y);
}

static guint
part_start (const BfBasemap *map, guint part)
{
  return part == 0 ? 0 : g_array_index (map->parts, guint32, part - 1);
}

/* A part needs as many points as its shape: drops empty ones, refuses short ones. */
static gboolean
check_parts (BfBasemapBuilder *self, GError **error)
{
  static const guint least[] = { [BF_BASEMAP_POINT] = 1, [BF_BASEMAP_LINE] = 2, [BF_BASEMAP_POLYGON] = 3 };
  BfBasemap *map = self->map;

  if (self->bad)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "position %.6g, %.6g, expected a latitude of -90 to 90, a longitude of -180 to 180, and at most "
                   "%u positions",
                   self->bad_lat, self->bad_lon, MAX_POINTS);
      return FALSE;
    }
  if (map->features->len >= MAX_FEATURES)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "feature %u, expected at most %u",
                   map->features->len + 1, MAX_FEATURES);
      return FALSE;
    }
  for (guint i = self->open.first_part; i < map->parts->len; i++)
    {
      guint n = g_array_index (map->parts, guint32, i) - part_start (map, i);

      if (n < least[self->open.shape])
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "a part of %u positions, expected at least %u", n,
                       least[self->open.shape]);
          return FALSE;
        }
    }
  if (map->parts->len == self->open.first_part)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "no position, expected at least %u",
                   least[self->open.shape]);
      return FALSE;
    }
  return TRUE;
}

/**
 * bf_basemap_builder_end: (skip)
 * @self: a builder with an open feature
 * @error: return location
 *
 * Closes the feature. A bad one is left out and counted; the builder goes on.
 *
 * Returns: whether the feature was taken
 */
gboolean
bf_basemap_builder_end (BfBasemapBuilder *self, GError **error)
{
  BfBasemap *map = self->map;
  g_autoptr (GError) why = NULL;

  g_return_val_if_fail (self->is_open, FALSE);

  self->is_open = FALSE;
  if (!check_parts (self, &why))
    {
      g_array_set_size (map->parts, self->open.first_part);
      g_array_set_size (map->points, self->first_point);
      bf_basemap_builder_refuse (self, why->message);
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
  self->open.n_parts = map->parts->len - self->open.first_part;
  g_array_append_val (map->features, self->open);
  map->bounds.min_x = MIN (map->bounds.min_x, self->open.min_x);
  map->bounds.min_y = MIN (map->bounds.min_y, self->open.min_y);
  map->bounds.max_x = MAX (map->bounds.max_x, self->open.max_x);
  map->bounds.max_y = MAX (map->bounds.max_y, self->open.max_y);
  return TRUE;
}

/**
 * bf_basemap_builder_spoil: (skip)
 * @self: a builder with an open feature
 *
 * Says that the open feature has something that is no position: bf_basemap_builder_end() will leave it out.
 */
void
bf_basemap_builder_spoil (BfBasemapBuilder *self)
{
  self->bad = TRUE;
  self->bad_lat = self->bad_lon = (double) NAN;
}

/**
 * bf_basemap_builder_refuse: (skip)
 * @self: a builder
 * @why: what is wrong with a feature that could not even be begun
 *
 * Counts a feature that is not in the map; the first reason is kept.
 */
void
bf_basemap_builder_refuse (BfBasemapBuilder *self, const char *why)
{
  if (self->map->n_refused++ == 0)
    self->map->first_refusal
      = g_strdup_printf ("feature %u: %s", self->map->features->len + self->map->n_refused, why);
}

/**
 * bf_basemap_builder_add_feature: (skip)
 * @self: a builder with no open feature
 * @class_: what it is
 * @rank: of a road
 * @name: (nullable): its name
 * @shape: point, line, or a polygon of one ring
 * @n_points: number of positions
 * @latitude_deg: (array length=n_points): WGS 84
 * @longitude_deg: (array length=n_points): WGS 84
 * @error: return location
 *
 * Adds a feature of one part.
 *
 * Returns: whether the feature was taken
 */
gboolean
bf_basemap_builder_add_feature (BfBasemapBuilder *self, BfBasemapClass class_, BfBasemapRank rank, const char *name,
                                BfBasemapShape shape, guint n_points, const double *latitude_deg,
                                const double *longitude_deg, GError **error)
{
  bf_basemap_builder_begin (self, class_, rank, name, FALSE, shape);
  bf_basemap_builder_begin_part (self);
  for (guint i = 0; i < n_points; i++)
    bf_basemap_builder_add_point (self, latitude_deg[i], longitude_deg[i]);
  return bf_basemap_builder_end (self, error);
}

static int
compare_paint_order (gconstpointer a, gconstpointer b)
{
  const BfBasemapFeature *f = a, *g = b;
  int by_class = (int) f->class_ - (int) g->class_;
  int by_rank = (int) f->rank - (int) g->rank;

  if (by_class != 0)
    return by_class;
  if (by_rank != 0)
    return by_rank;
  return f->first_part < g->first_part ? -1 : 1;
}

static guint32
spread16 (guint32 v)
{
  v = (v | v << 8) & 0x00ff00ff;
  v = (v | v << 4) & 0x0f0f0f0f;
  v = (v | v << 2) & 0x33333333;
  v = (v | v << 1) & 0x55555555;
  return v;
}

typedef struct
{
  guint32 key;
  guint32 feature;
} Leaf;

static int
compare_leaves (gconstpointer a, gconstpointer b)
{
  const Leaf *f = a, *g = b;

  return f->key < g->key ? -1 : f->key > g->key;
}

static guint32
along_curve (const BfBasemap *map, const BfBasemapFeature *f)
{
  double w = MAX (1.0, (double) map->bounds.max_x - map->bounds.min_x);
  double h = MAX (1.0, (double) map->bounds.max_y - map->bounds.min_y);
  double cx = (f->min_x / 2.0 + f->max_x / 2.0 - map->bounds.min_x) / w;
  double cy = (f->min_y / 2.0 + f->max_y / 2.0 - map->bounds.min_y) / h;

  return spread16 ((guint32) (cx * 65535)) | spread16 ((guint32) (cy * 65535)) << 1;
}

static Box
union_box (Box a, Box b)
{
  return (Box){ MIN (a.min_x, b.min_x), MIN (a.min_y, b.min_y), MAX (a.max_x, b.max_x), MAX (a.max_y, b.max_y) };
}

static void
build_levels (BfBasemap *map)
{
  GArray *below = g_array_new (FALSE, FALSE, sizeof (Box));

  for (guint i = 0; i < map->features->len; i++)
    {
      const BfBasemapFeature *f = &g_array_index (map->features, BfBasemapFeature, map->leaves[i]);
      Box box = { f->min_x, f->min_y, f->max_x, f->max_y };

      g_array_append_val (below, box);
    }
  g_ptr_array_add (map->levels, below);
  while (below->len > NODE_SIZE)
    {
      GArray *level = g_array_new (FALSE, FALSE, sizeof (Box));

      for (guint i = 0; i < below->len; i += NODE_SIZE)
        {
          Box box = g_array_index (below, Box, i);

          for (guint j = i + 1; j < MIN (i + NODE_SIZE, below->len); j++)
            box = union_box (box, g_array_index (below, Box, j));
          g_array_append_val (level, box);
        }
      g_ptr_array_add (map->levels, level);
      below = level;
    }
}

/**
 * bf_basemap_builder_finish: (skip)
 * @self: a builder with no open feature; empty afterwards, only to be freed
 *
 * Returns: (transfer full): the map
 */
BfBasemap *
bf_basemap_builder_finish (BfBasemapBuilder *self)
{
  BfBasemap *map = g_steal_pointer (&self->map);
  g_autofree Leaf *leaves = NULL;

  g_return_val_if_fail (map != NULL && !self->is_open, NULL);

  g_array_sort (map->features, compare_paint_order);
  leaves = g_new (Leaf, MAX (map->features->len, 1));
  for (guint i = 0; i < map->features->len; i++)
    leaves[i] = (Leaf){ along_curve (map, &g_array_index (map->features, BfBasemapFeature, i)), i };
  qsort (leaves, map->features->len, sizeof *leaves, compare_leaves);
  map->leaves = g_new (guint32, MAX (map->features->len, 1));
  for (guint i = 0; i < map->features->len; i++)
    map->leaves[i] = leaves[i].feature;
  build_levels (map);
  return map;
}

/* Reading */

/**
 * bf_basemap_ref: (skip)
 * @self: a base map
 *
 * Returns: (transfer full): @self
 */
BfBasemap *
bf_basemap_ref (BfBasemap *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/**
 * bf_basemap_unref: (skip)
 * @self: (transfer full): a base map
 */
void
bf_basemap_unref (BfBasemap *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_array_unref (self->features);
  g_array_unref (self->parts);
  g_array_unref (self->points);
  g_string_free (self->names, TRUE);
  g_ptr_array_unref (self->levels);
  g_free (self->leaves);
  g_free (self->first_refusal);
  g_free (self);
}

/**
 * bf_basemap_get_n_features: (skip)
 * @self: a base map
 *
 * Returns: the number of features
 */
guint
bf_basemap_get_n_features (const BfBasemap *self)
{
  return self->features->len;
}

/**
 * bf_basemap_get_n_refused: (skip)
 * @self: a base map
 *
 * Returns: the number of features that were bad and left out
 */
guint
bf_basemap_get_n_refused (const BfBasemap *self)
{
  return self->n_refused;
}

/**
 * bf_basemap_get_first_refusal: (skip)
 * @self: a base map
 *
 * Returns: (nullable): why the first bad feature was left out
 */
const char *
bf_basemap_get_first_refusal (const BfBasemap *self)
{
  return self->first_refusal;
}

/**
 * bf_basemap_get_feature: (skip)
 * @self: a base map
 * @feature: a number that bf_basemap_query() gave
 *
 * Returns: (transfer none): the feature
 */
const BfBasemapFeature *
bf_basemap_get_feature (const BfBasemap *self, guint feature)
{
  g_return_val_if_fail (feature < self->features->len, NULL);

  return &g_array_index (self->features, BfBasemapFeature, feature);
}

/**
 * bf_basemap_get_name: (skip)
 * @self: a base map
 * @feature: one of its features
 *
 * Returns: its name, empty if it has none
 */
const char *
bf_basemap_get_name (const BfBasemap *self, const BfBasemapFeature *feature)
{
  return self->names->str + feature->name;
}

/**
 * bf_basemap_get_part: (skip)
 * @self: a base map
 * @feature: one of its features
 * @part: less than its n_parts
 * @ret_n_points: (out): the number of positions
 *
 * Returns: (transfer none): the positions of a line or a ring
 */
const BfBasemapPoint *
bf_basemap_get_part (const BfBasemap *self, const BfBasemapFeature *feature, guint part, guint *ret_n_points)
{
  guint at = feature->first_part + part;
  guint start = part_start (self, at);

  g_return_val_if_fail (part < feature->n_parts, NULL);

  *ret_n_points = g_array_index (self->parts, guint32, at) - start;
  return &g_array_index (self->points, BfBasemapPoint, start);
}

static gboolean
meets (const Box *a, const Box *b)
{
  return a->min_x <= b->max_x && a->max_x >= b->min_x && a->min_y <= b->max_y && a->max_y >= b->min_y;
}

/* The depth is the number of levels, at most 6 for MAX_FEATURES: 16^6 > 2,000,000. */
static void
descend (const BfBasemap *self, guint level, guint first, const Box *box, GArray *features)
{
  const GArray *boxes = g_ptr_array_index (self->levels, level);

  for (guint i = first; i < MIN (first + NODE_SIZE, boxes->len); i++)
    {
      if (!meets (&g_array_index (boxes, Box, i), box))
        continue;
      if (level == 0)
        g_array_append_val (features, self->leaves[i]);
      else
        descend (self, level - 1, i * NODE_SIZE, box, features);
    }
}

static int
compare_uint32 (gconstpointer a, gconstpointer b)
{
  guint32 f = *(const guint32 *) a, g = *(const guint32 *) b;

  return f < g ? -1 : f > g;
}

/**
 * bf_basemap_query: (skip)
 * @self: a base map
 * @min_x: west edge in 1/2^32 of the Mercator square
 * @min_y: north edge
 * @max_x: east edge
 * @max_y: south edge
 * @features: (element-type guint32) (inout): gets the numbers of the features whose boxes meet this one, in the
 *   order in which they are painted
 */
void
bf_basemap_query (const BfBasemap *self, guint32 min_x, guint32 min_y, guint32 max_x, guint32 max_y, GArray *features)
{
  Box box = { min_x, min_y, max_x, max_y };

  descend (self, self->levels->len - 1, 0, &box, features);
  g_array_sort (features, compare_uint32);
}

/**
 * bf_basemap_get_bounds: (skip)
 * @self: a base map
 * @ret_south_deg: (out): least latitude
 * @ret_west_deg: (out): least longitude
 * @ret_north_deg: (out): greatest latitude
 * @ret_east_deg: (out): greatest longitude
 *
 * Returns: %FALSE if the map is empty
 */
gboolean
bf_basemap_get_bounds (const BfBasemap *self, double *ret_south_deg, double *ret_west_deg, double *ret_north_deg,
                       double *ret_east_deg)
{
  if (self->features->len == 0)
    return FALSE;
  *ret_south_deg = bf_mercator_latitude (self->bounds.max_y / BF_MERCATOR_ONE);
  *ret_north_deg = bf_mercator_latitude (self->bounds.min_y / BF_MERCATOR_ONE);
  *ret_west_deg = bf_mercator_longitude (self->bounds.min_x / BF_MERCATOR_ONE);
  *ret_east_deg = bf_mercator_longitude (self->bounds.max_x / BF_MERCATOR_ONE);
  return TRUE;
}
