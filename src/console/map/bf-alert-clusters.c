/* SPDX-License-Identifier: EUPL-1.2 */
/* Which alerts share one mark on the map.
 *
 * Taken worst first, an alert joins the mark that already stands within the radius, else it gets its own. So a
 * mark stands on the place of its worst alert, two marks are never nearer than the radius, and no mark can cover
 * another one. Because every unacknowledged alert is worse than any acknowledged one, a mark that holds an
 * unacknowledged alert shows one, with the number of those that wait.
 *
 * Buckets of the radius' size in an open hash table: linear in the number of alerts. Pure functions, any thread.
 */
#include "bf-alert-clusters.h"

#define NO_CLUSTER G_MAXUINT32

typedef struct
{
  guint64 *keys;
  guint32 *heads;
  guint32 *next;
  guint mask;
} Buckets;

static guint64
bucket_key (gint64 bx, gint64 by)
{
  return ((guint64) (guint32) bx << 32 | (guint32) by) + 1;
}

/* The slot of a key, or the free slot where it belongs: the table is never more than half full. */
static guint
bucket_slot (const Buckets *b, guint64 key)
{
  guint64 h = key * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  guint slot = (guint) (h >> 32) & b->mask;

  while (b->keys[slot] != 0 && b->keys[slot] != key)
    slot = (slot + 1) & b->mask;
  return slot;
}

static void
buckets_init (Buckets *b, guint n)
{
  guint size = 16;

  while (size < 2 * n)
    size *= 2;
  b->mask = size - 1;
  b->keys = g_new0 (guint64, size);
  b->heads = g_new (guint32, size);
  b->next = g_new (guint32, MAX (n, 1));
}

static void
buckets_clear (Buckets *b)
{
  g_free (b->keys);
  g_free (b->heads);
  g_free (b->next);
}

static guint
find_near (const Buckets *b, const GArray *clusters, gint64 x, gint64 y, double radius)
{
  double best = radius * radius;
  guint found = NO_CLUSTER;
  gint64 bx = (gint64) (x / radius), by = (gint64) (y / radius);

  for (gint64 i = bx - 1; i <= bx + 1; i++)
    for (gint64 j = by - 1; j <= by + 1; j++)
      {
        guint slot = bucket_slot (b, bucket_key (i, j));

        if (b->keys[slot] == 0)
          continue;
        for (guint c = b->heads[slot]; c != NO_CLUSTER; c = b->next[c])
          {
            const BfAlertCluster *cluster = &g_array_index (clusters, BfAlertCluster, c);
            double dx = (double) ((gint64) cluster->x - x), dy = (double) ((gint64) cluster->y - y);

            if (dx * dx + dy * dy < best)
              {
                best = dx * dx + dy * dy;
                found = c;
              }
          }
      }
  return found;
}

static void
add_cluster (Buckets *b, GArray *clusters, const BfAlertCluster *cluster, double radius)
{
  guint64 key = bucket_key ((gint64) (cluster->x / radius), (gint64) (cluster->y / radius));
  guint slot = bucket_slot (b, key);

  b->next[clusters->len] = b->keys[slot] == 0 ? NO_CLUSTER : b->heads[slot];
  b->keys[slot] = key;
  b->heads[slot] = clusters->len;
  g_array_append_vals (clusters, cluster, 1);
}

static void
join (BfAlertCluster *cluster, guint32 x, guint32 y, BfMapState state)
{
  cluster->n_assets++;
  cluster->n_alerts += bf_map_state_is_alert (state) ? 1 : 0;
  cluster->n_unacknowledged += state >= BF_MAP_STATE_LOW ? 1 : 0;
  cluster->min_x = MIN (cluster->min_x, x);
  cluster->max_x = MAX (cluster->max_x, x);
  cluster->min_y = MIN (cluster->min_y, y);
  cluster->max_y = MAX (cluster->max_y, y);
}

/**
 * bf_alert_clusters_new: (skip)
 * @n: number of assets that are not calm
 * @assets: (array length=n): their indexes into the three arrays that follow
 * @x: eastings of all assets in 1/2^32 of the Mercator square
 * @y: southings of all assets
 * @state: states of all assets, as #BfMapState
 * @radius: how near two marks may stand, in the same unit; more than 0
 *
 * Returns: (transfer full) (element-type BfAlertCluster): the marks, worst first
 */
GArray *
bf_alert_clusters_new (guint n, const guint32 *assets, const guint32 *x, const guint32 *y, const guint8 *state,
                       double radius)
{
  GArray *clusters = g_array_new (FALSE, FALSE, sizeof (BfAlertCluster));
  Buckets buckets;

  g_return_val_if_fail (radius > 0, clusters);

  radius = MAX (radius, 2.0);
  buckets_init (&buckets, n);
  for (int wanted = BF_MAP_STATE_CRITICAL; wanted > BF_MAP_STATE_CALM; wanted--)
    for (guint i = 0; i < n; i++)
      {
        guint32 a = assets[i];
        guint at;

        if (state[a] != wanted)
          continue;
        at = find_near (&buckets, clusters, x[a], y[a], radius);
        if (at == NO_CLUSTER)
          {
            BfAlertCluster fresh = { .x = x[a],
                                     .y = y[a],
                                     .asset = a,
                                     .state = (BfMapState) wanted,
                                     .min_x = x[a],
                                     .max_x = x[a],
                                     .min_y = y[a],
                                     .max_y = y[a] };

            at = clusters->len;
            add_cluster (&buckets, clusters, &fresh, radius);
          }
        join (&g_array_index (clusters, BfAlertCluster, at), x[a], y[a], (BfMapState) wanted);
      }
  buckets_clear (&buckets);
  return clusters;
}

/**
 * bf_alert_cluster_get_count: (skip)
 * @cluster: a mark
 *
 * Returns: the number to write on it: of the alerts that wait for a person, else of all acknowledged ones, else
 *   of the assets of unknown state
 */
guint
bf_alert_cluster_get_count (const BfAlertCluster *cluster)
{
  if (cluster->n_unacknowledged > 0)
    return cluster->n_unacknowledged;
  return cluster->n_alerts > 0 ? cluster->n_alerts : cluster->n_assets;
}
