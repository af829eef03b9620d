/* SPDX-License-Identifier: EUPL-1.2 */
/* What one frame shows of the assets, and what lies under a pixel of it. No GTK. */
#pragma once

#include "bf-asset-set.h"
#include "bf-projection.h"

G_BEGIN_DECLS

typedef enum
{
  BF_MARK_RING,  /* a cluster without alerts */
  BF_MARK_ALERT, /* one alert, or a cluster of some */
} BfMarkKind;

/**
 * BfMark:
 * @x: device pixel
 * @y: device pixel
 * @radius: of what may be clicked, device pixels
 * @kind: what it is
 * @state: worst state inside; calm, or unknown if most inside is unknown
 * @count: the number to write on it: see bf_alert_cluster_get_count()
 * @n_assets: how many assets it stands for
 * @asset: its worst asset
 */
typedef struct
{
  int x, y;
  int radius;
  BfMarkKind kind;
  BfMapState state;
  guint count, n_assets;
  guint asset;
  guint32 min_x, max_x, min_y, max_y;
} BfMark;

/* A run of the Morton order whose assets are drawn one by one. */
typedef struct
{
  guint first, end;
} BfMarkRun;

typedef enum
{
  BF_MAP_HIT_NONE,
  BF_MAP_HIT_ASSET,
  BF_MAP_HIT_CLUSTER,
} BfMapHitKind;

/**
 * BfMapHit:
 * @kind: what was hit
 * @asset: the asset, or the worst of the cluster; has no meaning for a cluster without alerts
 * @has_asset: whether @asset has a meaning
 * @n_assets: how many assets
 * @count: the number on the mark
 * @south_deg: @west_deg: @north_deg: @east_deg: where the members are
 */
typedef struct
{
  BfMapHitKind kind;
  gboolean has_asset;
  guint asset;
  guint n_assets, count;
  BfMapState state;
  double south_deg, west_deg, north_deg, east_deg;
} BfMapHit;

typedef struct _BfMapMarks BfMapMarks;

BfMapMarks *bf_map_marks_new (void);
void bf_map_marks_free (BfMapMarks *self);
void bf_map_marks_set_cluster_threshold (BfMapMarks *self, guint threshold);
void bf_map_marks_update (BfMapMarks *self, BfAssetSet *assets, const BfProjection *projection);
const GArray *bf_map_marks_get_marks (const BfMapMarks *self);
const GArray *bf_map_marks_get_runs (const BfMapMarks *self);
gboolean bf_map_marks_hit (const BfMapMarks *self, const BfAssetSet *assets, int x, int y, BfMapHit *ret_hit);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfMapMarks, bf_map_marks_free)

G_END_DECLS
