/* SPDX-License-Identifier: EUPL-1.2 */
/* The model: the city's assets and the latest value of each property, in struct-of-arrays indexed by dense ids. One
 * million assets of five properties fit in 300 MB: names and ids lie in one arena, values in one table a kind
 * (columns = the kind's properties, rows = its assets). Main thread only. */
#pragma once

#include "base/bf-shape.h"
#include "model/bf-catalog.h"

G_BEGIN_DECLS

#define BF_NO_ASSET G_MAXUINT32
#define BF_NO_FEED G_MAXUINT16   /* no feed wrote it: derived, or nothing yet */
#define BF_RECORD_GONE G_MAXUINT32 /* as the record of a value: no record, but that a complete list no longer has the thing */
/* In a record's number: what the record says will be so at its time, unless its feed says otherwise until then. */
#define BF_RECORD_AHEAD 0x80000000u

static inline gboolean
bf_record_is_ahead (guint32 record)
{
  return (record & BF_RECORD_AHEAD) != 0 && record != BF_RECORD_GONE;
}

typedef struct _BfModel BfModel;

/**
 * BfAssetInfo: what a feed says of an asset. Strings may be %NULL (unknown). @point.lon NAN: no place.
 * @id: whole id, "service/source-id"
 * @attributes: (nullable): texts as "key\0value\0key\0value\0\0"
 * @shape: (nullable): what it is when it is more than its point
 */
typedef struct
{
  const char *id;
  guint16 kind;
  const char *name;
  const char *address;
  const char *parent;
  BfPoint point;
  const char *attributes;
  const BfShape *shape;
} BfAssetInfo;

/**
 * BfLatest: a property's latest value
 * @value: number, or index of the state
 * @observed_us: phenomenon time, %BF_TIME_NONE when there is no value yet
 * @result_us: when we learnt it
 */
typedef struct
{
  double value;
  gint64 observed_us;
  gint64 result_us;
  guint32 record;
  guint16 feed;
} BfLatest;

typedef enum
{
  BF_OBSERVED_NEW,       /* newer than the latest: it is the latest now */
  BF_OBSERVED_OLDER,     /* older: latest kept; for store and windows only */
  BF_OBSERVED_DUPLICATE, /* same stamp and value: nothing new, but heard */
  BF_OBSERVED_CONFLICT,  /* same stamp, another value: the latest kept is the last one heard */
  BF_OBSERVED_AHEAD,     /* of a time to come: kept by the evaluator until then */
  BF_OBSERVED_REFUSED,   /* no such asset, not a property of its kind, no finite value or no time: nothing done */
} BfObserved;

BfModel *bf_model_new (const BfCatalog *catalog);
void bf_model_free (BfModel *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfModel, bf_model_free)
const BfCatalog *bf_model_catalog (const BfModel *model);

/* Assets. @feed: the feed's rank by file name; the lowest rank that described the asset wins for name, place and so on. */
guint32 bf_model_put_asset (BfModel *model, const BfAssetInfo *info, guint16 feed, gboolean *ret_changed, GError **error);
guint32 bf_model_find_asset (const BfModel *model, const char *id);
guint32 bf_model_n_assets (const BfModel *model);
const char *bf_model_asset_id (const BfModel *model, guint32 asset);
const char *bf_model_asset_name (const BfModel *model, guint32 asset);
const char *bf_model_asset_address (const BfModel *model, guint32 asset);
const char *bf_model_asset_attributes (const BfModel *model, guint32 asset);
const BfKind *bf_model_asset_kind (const BfModel *model, guint32 asset);
BfPoint bf_model_asset_point (const BfModel *model, guint32 asset);
const BfShape *bf_model_asset_shape (const BfModel *model, guint32 asset); /* NULL: it is a point */
guint bf_model_n_shapes (const BfModel *model);
guint32 bf_model_asset_parent (const BfModel *model, guint32 asset);
guint16 bf_model_asset_feed (const BfModel *model, guint32 asset);
/* The nearest street address, found by us: kept only as long as no feed gives one. */
void bf_model_set_address (BfModel *model, guint32 asset, const char *address);
guint16 bf_model_asset_zone (const BfModel *model, guint32 asset);           /* smallest zone, or G_MAXUINT16 */
void bf_model_set_zone (BfModel *model, guint32 asset, guint16 zone);
guint32 bf_model_first_child (const BfModel *model, guint32 asset);          /* BF_NO_ASSET when none */
guint32 bf_model_next_sibling (const BfModel *model, guint32 asset);
guint32 bf_model_n_of_kind (const BfModel *model, guint16 kind);
guint32 bf_model_of_kind (const BfModel *model, guint16 kind, guint32 row);   /* the asset of that row */
gsize bf_model_memory_bytes (const BfModel *model);

/* Values */
BfObserved bf_model_observe (BfModel *model,
                             guint32 asset,
                             guint16 property,
                             double value,
                             gint64 observed_us,
                             gint64 result_us,
                             guint16 feed,
                             guint32 record);
gboolean bf_model_latest (const BfModel *model, guint32 asset, guint16 property, BfLatest *ret_latest);
/* Forgets a derived value (its inputs became unknown). */
void bf_model_forget (BfModel *model, guint32 asset, guint16 property);

/* Stale limit of an asset's property, µs, as set by the feed that writes it; 0: never stale. A value is unknown when
 * now - observed > limit (DESIGN §6). Limits are kept per (feed, property), so it costs nothing an asset. */
void bf_model_set_stale_limit (BfModel *model, guint16 feed, guint16 property, gint64 limit_us);
gint64 bf_model_stale_limit (const BfModel *model, guint16 feed, guint16 property);
/* A complete list of a feed was true at @as_of_us: so are the latest values that it gave of things of `Ended=` kinds that are not
 * over, for those that it no longer has are. */
void bf_model_confirm (BfModel *model, guint16 feed, gint64 as_of_us, gint64 learnt_us);
gint64 bf_model_confirmed_us (const BfModel *model, guint16 feed); /* BF_TIME_NONE: never */
/* The newest instant at which the latest value was said to be true; BF_TIME_NONE when there is none. */
gint64 bf_model_true_us (const BfModel *model, guint32 asset, guint16 property);
/* Until when the latest value is known: G_MAXINT64 for ever, BF_TIME_NONE when there is none. */
gint64 bf_model_known_until_us (const BfModel *model, guint32 asset, guint16 property);
/* Over by its kind's `Ended=`: its last state says so. */
gboolean bf_model_is_over (const BfModel *model, guint32 asset);
/* TRUE and the value when it is known at @now_us: there is one and it is not past its stale limit. */
gboolean bf_model_known (const BfModel *model, guint32 asset, guint16 property, gint64 now_us, double *ret_value);
/* The clock was set by @step_us and reads @now_us now: ages of what is held go on, and what comes is newer. */
void bf_model_step_time (BfModel *model, gint64 now_us, gint64 step_us);

G_END_DECLS
