/* SPDX-License-Identifier: EUPL-1.2 */
/* Which alerts share one mark on the map. No GTK. */
#pragma once

#include "bf-map-style.h"

G_BEGIN_DECLS

/**
 * BfAlertCluster:
 * @x: place of its worst member, in 1/2^32 of the Mercator square
 * @y: place of its worst member
 * @asset: its worst member
 * @state: the worst state inside
 * @n_unacknowledged: how many wait for a person
 * @n_alerts: how many there are in all
 * @n_assets: how many assets, those of unknown state too
 * @min_x: @max_x: @min_y: @max_y: where its members are
 */
typedef struct
{
  guint32 x, y;
  guint32 asset;
  BfMapState state;
  guint n_unacknowledged;
  guint n_alerts;
  guint n_assets;
  guint32 min_x, max_x, min_y, max_y;
} BfAlertCluster;

GArray *bf_alert_clusters_new (guint n, const guint32 *assets, const guint32 *x, const guint32 *y,
                               const guint8 *state, double radius);
guint bf_alert_cluster_get_count (const BfAlertCluster *cluster);

G_END_DECLS
