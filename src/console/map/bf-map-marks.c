/* SPDX-License-Identifier: EUPL-1.2 */
/* What one frame shows of the assets, and what lies under a pixel of it.
 *
 * Calm assets: the quad-tree cells of about 128 px; a cell that holds more than the threshold is one grey ring
 * with its count, a cell that holds less is drawn dot by dot. Cells belong to the world, not to the screen: a ring
 * does not change while the map pans, only where the zoom passes a half level.
 *
 * Alerts: never inside a ring, but in marks of their own (bf-alert-clusters.c), kept until a state, a place or the
 * zoom changes. A ring that a mark would cover is left out: the cluster takes the shape and colour of its worst,
 * as DESIGN §10 has it. Nothing here turns red because it is big: only alerts have a colour.
 *
 * Marks are in painting order, worst last, so that what is hit first is what is on top. Main thread.
 */
#include "bf-map-marks.h"

#include "bf-alert-clusters.h"

#define DEFAULT_THRESHOLD 40u
#define RING_RADIUS_PX 20
#define ALERT_APART_PX 30
#define POINT_REACH_PX 9
/* A cell is 128 px wide at a whole zoom level: one level finer than the 256 px tiles. */
#define CELL_LEVEL_UP 1

struct _BfMapMarks
{
  guint threshold;
  BfProjection projection;
  GArray *marks; /* BfMark */
  GArray *runs;  /* BfMarkRun */
  GArray *clusters;
  guint generation;
  double clusters_world_px;
};

/**
 * bf_map_marks_new: (skip)
 *
 * Returns: (transfer full): nothing to show yet
 */
BfMapMarks *
bf_map_marks_new (void)
{
  BfMapMarks *self = g_new0 (BfMapMarks, 1);

  self->threshold = DEFAULT_THRESHOLD;
  self->marks = g_array_new (FALSE, FALSE, sizeof (BfMark));
  self->runs = g_array_new (FALSE, FALSE, sizeof (BfMarkRun));
  return self;
}

/**
 * bf_map_marks_free: (skip)
 * @self: (transfer full) (nullable): marks
 */
void
bf_map_marks_free (BfMapMarks *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->marks);
  g_array_unref (self->runs);
  g_clear_pointer (&self->clusters, g_array_unref);
  g_free (self);
}

/**
 * bf_map_marks_set_cluster_threshold: (skip)
 * @self: marks
 * @threshold: how many calm assets a cell may hold before it becomes a ring; %G_MAXUINT for no rings
 */
void
bf_map_marks_set_cluster_threshold (BfMapMarks *self, guint threshold)
{
  self->threshold = threshold;
}

/**
 * bf_map_marks_get_marks: (skip)
 * @self: marks
 *
 * Returns: (transfer none) (element-type BfMark): rings and alerts in the order to paint them
 */
const GArray *
bf_map_marks_get_marks (const BfMapMarks *self)
{
  return self->marks;
}

/**
 * bf_map_marks_get_runs: (skip)
 * @self: marks
 *
 * Returns: (transfer none) (element-type BfMarkRun): the calm and unknown assets to be drawn one by one
 */
const GArray *
bf_map_marks_get_runs (const BfMapMarks *self)
{
  return self->runs;
}

static guint
cell_level (const BfProjection *p)
{
  return (guint) CLAMP ((int) floor (p->zoom + 0.5) + CELL_LEVEL_UP, 0, BF_POINT_INDEX_MAX_LEVEL);
}

static void
update_clusters (BfMapMarks *self, const BfAssetSet *assets, const BfProjection *p)
{
  g_autoptr (GArray) visible = NULL;

  if (self->clusters != NULL && self->generation == assets->generation && self->clusters_world_px == p->world_px)
    return;
  visible = g_array_sized_new (FALSE, FALSE, sizeof (guint32), assets->alerts->len);
  for (guint i = 0; i < assets->alerts->len; i++)
    {
      guint32 asset = g_array_index (assets->alerts, guint32, i);

      if (bf_asset_set_is_visible (assets, asset))
        g_array_append_val (visible, asset);
    }
  g_clear_pointer (&self->clusters, g_array_unref);
  self->clusters = bf_alert_clusters_new (visible->len, (const guint32 *) (void *) visible->data, assets->x, assets->y,
                                          assets->state, ALERT_APART_PX * p->scale * BF_MERCATOR_ONE / p->world_px);
  self->generation = assets->generation;
  self->clusters_world_px = p->world_px;
}

/* Worst last: the clusters come worst first. */
static void
add_alert_marks (BfMapMarks *self, const BfProjection *p)
{
  int reach = 40 * p->scale;

  for (guint i = self->clusters->len; i > 0; i--)
    {
      const BfAlertCluster *c = &g_array_index (self->clusters, BfAlertCluster, i - 1);
      BfMark mark = { .x = bf_projection_x (p, c->x),
                      .y = bf_projection_y (p, c->y),
                      .radius = (c->n_assets > 1 ? 18 : 15) * p->scale,
                      .kind = BF_MARK_ALERT,
                      .state = c->state,
                      .count = bf_alert_cluster_get_count (c),
                      .n_assets = c->n_assets,
                      .asset = c->asset,
                      .min_x = c->min_x,
                      .max_x = c->max_x,
                      .min_y = c->min_y,
                      .max_y = c->max_y };

      if (mark.x > -reach && mark.y > -reach && mark.x < p->width + reach && mark.y < p->height + reach)
        g_array_append_val (self->marks, mark);
    }
}

static gboolean
covered (const BfMapMarks *self, guint n_alert_marks, const BfMark *ring)
{
  for (guint i = 0; i < n_alert_marks; i++)
    {
      const BfMark *m = &g_array_index (self->marks, BfMark, i);

      if (hypot (m->x - ring->x, m->y - ring->y) < m->radius + ring->radius)
        return TRUE;
    }
  return FALSE;
}

/* The ring stands at the middle of its members, but so far inside its cell that rings cannot touch. */
static BfMark
make_ring (const BfAssetSet *a, const BfProjection *p, const BfMarkRun *run, guint level, guint cell_x, guint cell_y,
           guint n, guint n_unknown)
{
  double side = BF_MERCATOR_ONE / exp2 (level), k = p->world_px / BF_MERCATOR_ONE;
  double inset = MIN (0.45 * side, (RING_RADIUS_PX + 2) * p->scale / k);
  double sum_x = 0, sum_y = 0;
  BfMark ring = { .radius = RING_RADIUS_PX * p->scale,
                  .kind = BF_MARK_RING,
                  .state = n_unknown * 2 > n ? BF_MAP_STATE_UNKNOWN : BF_MAP_STATE_CALM,
                  .count = n,
                  .n_assets = n,
                  .min_x = G_MAXUINT32,
                  .min_y = G_MAXUINT32 };

  for (guint i = run->first; i < run->end; i++)
    {
      if (a->sorted_shown[i] == BF_SHOWN_HIDDEN)
        continue;
      sum_x += a->sorted_x[i];
      sum_y += a->sorted_y[i];
      ring.min_x = MIN (ring.min_x, a->sorted_x[i]);
      ring.max_x = MAX (ring.max_x, a->sorted_x[i]);
      ring.min_y = MIN (ring.min_y, a->sorted_y[i]);
      ring.max_y = MAX (ring.max_y, a->sorted_y[i]);
    }
  ring.x = bf_projection_x (p, (guint32) CLAMP (sum_x / n, cell_x * side + inset, (cell_x + 1) * side - inset));
  ring.y = bf_projection_y (p, (guint32) CLAMP (sum_y / n, cell_y * side + inset, (cell_y + 1) * side - inset));
  return ring;
}

/* How many of a run are shown, and how many of those are unknown. Two sums over bytes: the compiler does 16 at once. */
static guint
count_shown (const BfAssetSet *a, const BfMarkRun *run, guint *ret_n_unknown)
{
  guint calm = 0, unknown = 0;

  for (guint i = run->first; i < run->end; i++)
    {
      calm += a->sorted_shown[i] & 1;
      unknown += a->sorted_shown[i] >> 1;
    }
  *ret_n_unknown = unknown;
  return calm + unknown;
}

static void
add_cell (BfMapMarks *self, const BfAssetSet *a, const BfProjection *p, guint level, guint cell_x, guint cell_y,
          guint n_alert_marks, GArray *rings)
{
  BfMarkRun run;
  guint n, n_unknown;
  BfMark ring;

  bf_point_index_cell (a->index, level, cell_x, cell_y, &run.first, &run.end);
  if (run.first == run.end)
    return;
  n = count_shown (a, &run, &n_unknown);
  if (n == 0)
    return;
  if (n <= self->threshold)
    {
      g_array_append_val (self->runs, run);
      return;
    }
  ring = make_ring (a, p, &run, level, cell_x, cell_y, n, n_unknown);
  if (!covered (self, n_alert_marks, &ring))
    g_array_append_val (rings, ring);
}

/**
 * bf_map_marks_update: (skip)
 * @self: marks
 * @assets: the assets
 * @projection: what the frame shows
 *
 * Works out what to paint.
 */
void
bf_map_marks_update (BfMapMarks *self, BfAssetSet *assets, const BfProjection *projection)
{
  const BfProjection *p = projection;
  guint level = cell_level (p), down = 32 - level, last = (guint) ((G_GUINT64_CONSTANT (1) << level) - 1);
  double reach = 24.0 * p->scale;
  g_autoptr (GArray) rings = g_array_new (FALSE, FALSE, sizeof (BfMark));
  guint x0, y0, x1, y1, n_alert_marks;

  bf_asset_set_ensure_index (assets);
  self->projection = *p;
  g_array_set_size (self->marks, 0);
  g_array_set_size (self->runs, 0);
  update_clusters (self, assets, p);
  add_alert_marks (self, p);
  n_alert_marks = self->marks->len;
  x0 = level == 0 ? 0 : bf_projection_fixed_x (p, -reach) >> down;
  y0 = level == 0 ? 0 : bf_projection_fixed_y (p, -reach) >> down;
  x1 = level == 0 ? 0 : MIN (last, bf_projection_fixed_x (p, p->width + reach) >> down);
  y1 = level == 0 ? 0 : MIN (last, bf_projection_fixed_y (p, p->height + reach) >> down);
  for (guint y = y0; y <= y1; y++)
    for (guint x = x0; x <= x1; x++)
      add_cell (self, assets, p, level, x, y, n_alert_marks, rings);
  g_array_prepend_vals (self->marks, rings->data, rings->len);
}

static void
hit_members (BfMapHit *hit, guint32 min_x, guint32 max_x, guint32 min_y, guint32 max_y)
{
  hit->west_deg = bf_mercator_longitude (min_x / BF_MERCATOR_ONE);
  hit->east_deg = bf_mercator_longitude (max_x / BF_MERCATOR_ONE);
  hit->north_deg = bf_mercator_latitude (min_y / BF_MERCATOR_ONE);
  hit->south_deg = bf_mercator_latitude (max_y / BF_MERCATOR_ONE);
}

static gboolean
hit_mark (const BfMark *mark, BfMapHit *ret_hit)
{
  BfMapHit hit = { .kind = mark->n_assets > 1 ? BF_MAP_HIT_CLUSTER : BF_MAP_HIT_ASSET,
                   .has_asset = mark->kind == BF_MARK_ALERT,
                   .asset = mark->asset,
                   .n_assets = mark->n_assets,
                   .count = mark->count,
                   .state = mark->state };

  hit_members (&hit, mark->min_x, mark->max_x, mark->min_y, mark->max_y);
  *ret_hit = hit;
  return TRUE;
}

/* The nearest of the assets drawn one by one: no more than a threshold a cell on screen, so all are looked at. */
static gboolean
hit_point (const BfMapMarks *self, const BfAssetSet *a, int x, int y, BfMapHit *ret_hit)
{
  const BfProjection *p = &self->projection;
  double best = POINT_REACH_PX * p->scale;
  guint32 found = G_MAXUINT32;

  for (guint r = 0; r < self->runs->len; r++)
    {
      const BfMarkRun *run = &g_array_index (self->runs, BfMarkRun, r);

      for (guint i = run->first; i < run->end; i++)
        {
          double d;

          if (a->sorted_shown[i] == BF_SHOWN_HIDDEN)
            continue;
          d = hypot (bf_projection_x (p, a->sorted_x[i]) - x, bf_projection_y (p, a->sorted_y[i]) - y);
          if (d < best)
            {
              best = d;
              found = i;
            }
        }
    }
  if (found == G_MAXUINT32)
    return FALSE;
  *ret_hit = (BfMapHit){ .kind = BF_MAP_HIT_ASSET,
                         .has_asset = TRUE,
                         .asset = a->sorted_asset[found],
                         .n_assets = 1,
                         .count = 1,
                         .state = (BfMapState) a->state[a->sorted_asset[found]] };
  hit_members (ret_hit, a->sorted_x[found], a->sorted_x[found], a->sorted_y[found], a->sorted_y[found]);
  return TRUE;
}

/**
 * bf_map_marks_hit: (skip)
 * @self: marks, up to date
 * @assets: the assets that they were made of
 * @x: device pixel
 * @y: device pixel
 * @ret_hit: (out): what is there
 *
 * Returns: whether anything is there
 */
gboolean
bf_map_marks_hit (const BfMapMarks *self, const BfAssetSet *assets, int x, int y, BfMapHit *ret_hit)
{
  for (guint i = self->marks->len; i > 0; i--)
    {
      const BfMark *m = &g_array_index (self->marks, BfMark, i - 1);

      if (hypot (m->x - x, m->y - y) <= m->radius)
        return hit_mark (m, ret_hit);
    }
  return hit_point (self, assets, x, y, ret_hit);
}
