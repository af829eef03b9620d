/* SPDX-License-Identifier: EUPL-1.2 */
/* The lines and areas of the map's assets, ready to be painted and hit.
 *
 * Few assets have one, so all boxes are looked at a frame: ten thousand take less than a tenth of a millisecond, and no index
 * has to follow what moves. The level of detail is reckoned once, when a shape comes. Main thread.
 */
#include "bf-shape-set.h"

#include <string.h>

#define REACH_PX 7      /* how near the pointer has to be to a line */
#define LARGE_PX 6      /* what spans less is shown by its mark alone */

static void
shape_clear (gpointer data)
{
  BfMapShape *shape = data;

  g_free (shape->ends);
  g_free (shape->x);
  g_free (shape->y);
  g_free (shape->needed);
}

/**
 * bf_shape_set_new: (skip)
 *
 * Returns: (transfer full): an empty set
 */
BfShapeSet *
bf_shape_set_new (void)
{
  BfShapeSet *self = g_new0 (BfShapeSet, 1);

  self->shapes = g_array_new (FALSE, TRUE, sizeof (BfMapShape));
  g_array_set_clear_func (self->shapes, shape_clear);
  self->by_asset = g_hash_table_new (NULL, NULL);
  return self;
}

/**
 * bf_shape_set_free: (skip)
 * @self: (transfer full) (nullable): a set
 */
void
bf_shape_set_free (BfShapeSet *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->shapes);
  g_hash_table_unref (self->by_asset);
  g_free (self);
}

/**
 * bf_shape_set_clear: (skip)
 * @self: a set
 */
void
bf_shape_set_clear (BfShapeSet *self)
{
  g_array_set_size (self->shapes, 0);
  g_hash_table_remove_all (self->by_asset);
}

static guint
place_of (const BfShapeSet *self, guint asset)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->by_asset, GUINT_TO_POINTER (asset + 1)));
}

/**
 * bf_shape_set_find: (skip)
 * @self: a set
 * @asset: the caller's index
 *
 * Returns: (nullable) (transfer none): its line or area
 */
const BfMapShape *
bf_shape_set_find (const BfShapeSet *self, guint asset)
{
  guint place = place_of (self, asset);

  return place != 0 ? &g_array_index (self->shapes, BfMapShape, place - 1) : NULL;
}

static void
remove_at (BfShapeSet *self, guint place)
{
  guint last = self->shapes->len;
  guint asset = g_array_index (self->shapes, BfMapShape, place - 1).asset;

  g_hash_table_remove (self->by_asset, GUINT_TO_POINTER (asset + 1));
  g_array_remove_index_fast (self->shapes, place - 1);
  if (place != last)
    g_hash_table_insert (self->by_asset, GUINT_TO_POINTER (g_array_index (self->shapes, BfMapShape, place - 1).asset + 1),
                         GUINT_TO_POINTER (place));
}

/* Projects one part; vertices of it begin at @first. */
static void
project (BfMapShape *to, guint first, const BfVertex *from, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      BfPoint point = bf_vertex_point (from[i]);

      to->x[first + i] = bf_mercator_fixed (bf_mercator_x (point.lon));
      to->y[first + i] = bf_mercator_fixed (bf_mercator_y (point.lat));
      to->min_x = MIN (to->min_x, to->x[first + i]);
      to->max_x = MAX (to->max_x, to->x[first + i]);
      to->min_y = MIN (to->min_y, to->y[first + i]);
      to->max_y = MAX (to->max_y, to->y[first + i]);
    }
}

static void
reckon (BfMapShape *shape, guint first, guint n)
{
  g_autofree double *x = g_new (double, n);
  g_autofree double *y = g_new (double, n);

  for (guint i = 0; i < n; i++)
    {
      x[i] = shape->x[first + i];
      y[i] = shape->y[first + i];
    }
  if (!bf_simplify (x, y, n, shape->type == BF_SHAPE_AREAS, shape->needed + first))
    for (guint i = 0; i < n; i++)
      shape->needed[first + i] = HUGE_VALF;
}

static BfMapShape
make (guint asset, const BfShape *from)
{
  guint n_points = bf_shape_n_points (from), first = 0;
  BfMapShape shape = { asset, from->type, from->n_parts, NULL, NULL, NULL, NULL, G_MAXUINT32, 0, G_MAXUINT32, 0 };

  shape.ends = g_new (guint32, shape.n_parts);
  shape.x = g_new (guint32, n_points);
  shape.y = g_new (guint32, n_points);
  shape.needed = g_new (float, n_points);
  for (guint i = 0; i < shape.n_parts; i++)
    {
      guint n;
      const BfVertex *vertices = bf_shape_part (from, i, &n, NULL);

      project (&shape, first, vertices, n);
      reckon (&shape, first, n);
      shape.ends[i] = first += n;
    }
  return shape;
}

/**
 * bf_shape_set_put: (skip)
 * @self: a set
 * @asset: the caller's index
 * @shape: (nullable): its line or area from now on; %NULL for none
 */
void
bf_shape_set_put (BfShapeSet *self, guint asset, const BfShape *shape)
{
  guint place = place_of (self, asset);
  BfMapShape made;

  if (place != 0)
    remove_at (self, place);
  if (shape == NULL)
    return;
  made = make (asset, shape);
  g_array_append_val (self->shapes, made);
  g_hash_table_insert (self->by_asset, GUINT_TO_POINTER (asset + 1), GUINT_TO_POINTER (self->shapes->len));
}

/**
 * bf_map_shape_is_in: (skip)
 * @shape: a shape
 * @p: the frame
 * @reach: device pixels around the frame that count as in it
 *
 * Returns: whether its box touches the frame
 */
gboolean
bf_map_shape_is_in (const BfMapShape *shape, const BfProjection *p, int reach)
{
  return bf_projection_x (p, shape->max_x) >= -reach && bf_projection_x (p, shape->min_x) < p->width + reach
         && bf_projection_y (p, shape->max_y) >= -reach && bf_projection_y (p, shape->min_y) < p->height + reach;
}

/**
 * bf_map_shape_is_large: (skip)
 * @shape: a shape
 * @p: the frame
 *
 * Returns: whether it is more than a speck at this zoom
 */
gboolean
bf_map_shape_is_large (const BfMapShape *shape, const BfProjection *p)
{
  double k = p->world_px / BF_MERCATOR_ONE;

  return MAX (shape->max_x - shape->min_x, shape->max_y - shape->min_y) * k >= LARGE_PX * p->scale;
}

/* What is under the pointer */

static double
segment_distance2 (double px, double py, double ax, double ay, double bx, double by)
{
  double dx = bx - ax, dy = by - ay;
  double length2 = dx * dx + dy * dy;
  double t = length2 > 0 ? CLAMP (((px - ax) * dx + (py - ay) * dy) / length2, 0.0, 1.0) : 0;

  return (ax + t * dx - px) * (ax + t * dx - px) + (ay + t * dy - py) * (ay + t * dy - py);
}

/* The square of the distance in the unit of the vertices, and whether the place is inside by the even-odd rule. */
static double
distance2 (const BfMapShape *shape, double x, double y, gboolean *ret_inside)
{
  double best = G_MAXDOUBLE;
  gboolean inside = FALSE;
  guint first = 0;

  for (guint part = 0; part < shape->n_parts; part++)
    {
      for (guint i = first + 1; i < shape->ends[part]; i++)
        {
          double ax = shape->x[i - 1], ay = shape->y[i - 1], bx = shape->x[i], by = shape->y[i];

          best = MIN (best, segment_distance2 (x, y, ax, ay, bx, by));
          if ((ay > y) != (by > y) && x < (bx - ax) * (y - ay) / (by - ay) + ax)
            inside = !inside;
        }
      first = shape->ends[part];
    }
  *ret_inside = inside && shape->type == BF_SHAPE_AREAS;
  return best;
}

/**
 * bf_shape_set_hit: (skip)
 * @self: a set
 * @assets: the assets that they are of
 * @p: the frame
 * @x: device pixel
 * @y: device pixel
 *
 * The nearest line or border within reach; else the smallest area that the place is in. Of two as near, the one in the worse
 * state.
 *
 * Returns: the caller's index, or %G_MAXUINT
 */
guint
bf_shape_set_hit (const BfShapeSet *self, const BfAssetSet *assets, const BfProjection *p, int x, int y)
{
  double k = BF_MERCATOR_ONE / p->world_px;
  double at_x = ((double) p->left + x + 0.5) * k, at_y = ((double) p->top + y + 0.5) * k;
  double reach = REACH_PX * p->scale * k, nearest = G_MAXDOUBLE, smallest = G_MAXDOUBLE;
  guint near = G_MAXUINT, within = G_MAXUINT;

  for (guint i = 0; i < self->shapes->len; i++)
    {
      const BfMapShape *shape = &g_array_index (self->shapes, BfMapShape, i);
      double size = (double) (shape->max_x - shape->min_x) * (shape->max_y - shape->min_y);
      gboolean inside;
      double d;

      if (at_x < shape->min_x - reach || at_x > shape->max_x + reach || at_y < shape->min_y - reach || at_y > shape->max_y + reach
          || !bf_asset_set_is_visible (assets, shape->asset) || !bf_map_shape_is_large (shape, p))
        continue;
      d = sqrt (distance2 (shape, at_x, at_y, &inside));
      if (d <= reach && (d < nearest - k || (d < nearest + k && assets->state[shape->asset] > assets->state[near])))
        {
          nearest = d;
          near = shape->asset;
        }
      if (inside && size < smallest)
        {
          smallest = size;
          within = shape->asset;
        }
    }
  return near != G_MAXUINT ? near : within;
}
