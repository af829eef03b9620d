/* SPDX-License-Identifier: EUPL-1.2 */
/* Latest values. A kind's table lies in chunks of one column and 1024 rows; in a chunk stands first what rules read (value
 * and phenomenon time), then, apart, where it came from:
 *
 *   Hot [1024]     16 bytes a value
 *   Cold [1024]    14 bytes a value
 *
 * A chunk is made with its first value, since many a property is in the manifest and in no feed. A time is stored with its
 * sign bit turned, so that a chunk of zeros has no values. Updates are O(1) and allocate at most one chunk. */

#include "model/bf-model-private.h"

#include <math.h>

#include "base/bf-time.h"

#define STEPS_KEPT 16u /* of the clock ahead: who sets it more often within a stale limit has other troubles */
#define CHUNK_BITS 10
#define CHUNK_ROWS (1u << CHUNK_BITS)
#define ENCODE_TIME(us) ((guint64) (us) ^ (G_GUINT64_CONSTANT (1) << 63))
#define DECODE_TIME(raw) ((gint64) ((raw) ^ (G_GUINT64_CONSTANT (1) << 63)))

typedef struct
{
  double value;
  guint64 observed; /* encoded; 0: no value */
} Hot;

typedef struct __attribute__ ((packed))
{
  gint64 result_us;
  guint32 record;
  guint16 feed;
} Cold;

#define CHUNK_BYTES (CHUNK_ROWS * (sizeof (Hot) + sizeof (Cold)))

/*
 * bf_model_table_add:
 *
 * Gives @asset a row in the table of its kind.
 */
void
bf_model_table_add (BfModel *model, guint16 kind, guint32 asset, guint32 *ret_row)
{
  BfTable *table = &model->tables[kind];

  if (table->n_rows == table->capacity)
    {
      table->capacity += MAX (16, table->capacity / 8);
      table->assets = g_renew (guint32, table->assets, table->capacity);
    }
  if ((table->n_rows >> CHUNK_BITS) * table->n_columns >= table->chunks->len)
    g_ptr_array_set_size (table->chunks, (int) (((table->n_rows >> CHUNK_BITS) + 1) * table->n_columns));
  table->assets[table->n_rows] = asset;
  *ret_row = table->n_rows++;
}

/* The place of a value's chunk in its table, and its row there; NULL when there is no such asset or its kind has no such
 * property. */
static inline Hot **
find_chunk (const BfModel *model, guint32 asset, guint16 property, guint32 *ret_row)
{
  const BfTable *table;
  const BfKind *kind;

  if (G_UNLIKELY (asset >= model->n_assets || property >= model->n_properties))
    return NULL;
  kind = bf_catalog_kind (model->catalog, model->kind[asset]);
  if (G_UNLIKELY (kind->slot[property] == BF_NO_PROPERTY))
    return NULL;
  table = &model->tables[kind->index];
  *ret_row = model->row[asset] & (CHUNK_ROWS - 1);
  return (Hot **) &g_ptr_array_index (table->chunks, (model->row[asset] >> CHUNK_BITS) * table->n_columns + kind->slot[property]);
}

/* The cells of a value; FALSE when there is no such asset or property, or its chunk has no value. */
static inline gboolean
find_cell (const BfModel *model, guint32 asset, guint16 property, Hot **ret_hot, Cold **ret_cold)
{
  guint32 row = 0;
  Hot **chunk = find_chunk (model, asset, property, &row);

  if (G_UNLIKELY (chunk == NULL || *chunk == NULL))
    return FALSE;
  *ret_hot = *chunk + row;
  *ret_cold = (Cold *) (void *) (*chunk + CHUNK_ROWS) + row;
  return TRUE;
}

/**
 * bf_model_observe:
 * @asset: checked: a frame may say anything
 * @property: checked to be one of the asset's kind
 * @value: in the property's unit, or the index of a state; finite
 * @observed_us: phenomenon time
 * @result_us: when we learnt it
 * @feed: rank of the feed, %BF_NO_FEED for a derived value
 * @record: number of the record in its payload
 *
 * Takes one observation: the newest phenomenon time is the latest value, whatever the order they come in.
 *
 * Returns: what was done with it
 */
BfObserved
bf_model_observe (BfModel *model,
                  guint32 asset,
                  guint16 property,
                  double value,
                  gint64 observed_us,
                  gint64 result_us,
                  guint16 feed,
                  guint32 record)
{
  BfObserved observed = BF_OBSERVED_NEW;
  guint32 row = 0;
  Hot **chunk = find_chunk (model, asset, property, &row);
  Hot *hot;
  Cold *cold;

  if (chunk == NULL || model->left[asset] || !isfinite (value) || observed_us == BF_TIME_NONE)
    return BF_OBSERVED_REFUSED;
  if (G_UNLIKELY (*chunk == NULL))
    *chunk = g_malloc0 (CHUNK_BYTES);
  hot = *chunk + row;
  cold = (Cold *) (void *) (*chunk + CHUNK_ROWS) + row;
  if (hot->observed > ENCODE_TIME (observed_us))
    return BF_OBSERVED_OLDER;
  if (hot->observed == ENCODE_TIME (observed_us))
    {
      if (hot->value == value)
        return BF_OBSERVED_DUPLICATE;
      observed = BF_OBSERVED_CONFLICT;
    }
  hot->value = value;
  hot->observed = ENCODE_TIME (observed_us);
  *cold = (Cold){ result_us, record, feed };
  return observed;
}

/**
 * bf_model_latest:
 * @ret_latest: (out caller-allocates): filled when there is a value, known or stale
 *
 * Returns: %TRUE when there is a value
 */
gboolean
bf_model_latest (const BfModel *model, guint32 asset, guint16 property, BfLatest *ret_latest)
{
  Hot *hot;
  Cold *cold;

  if (!find_cell (model, asset, property, &hot, &cold) || hot->observed == 0)
    return FALSE;
  *ret_latest = (BfLatest){ hot->value, DECODE_TIME (hot->observed), cold->result_us, cold->record, cold->feed };
  return TRUE;
}

/**
 * bf_model_forget:
 *
 * Takes the latest value away: there is none then, and any observation is new.
 */
void
bf_model_forget (BfModel *model, guint32 asset, guint16 property)
{
  Hot *hot;
  Cold *cold;

  if (!find_cell (model, asset, property, &hot, &cold))
    return;
  *hot = (Hot){ 0, 0 };
  *cold = (Cold){ 0, 0, 0 };
}

void
bf_model_forget_values (BfModel *model, guint32 asset)
{
  const GArray *properties = bf_catalog_kind (model->catalog, model->kind[asset])->properties;

  for (guint i = 0; i < properties->len; i++)
    bf_model_forget (model, asset, g_array_index (properties, guint16, i));
}

/**
 * bf_model_set_stale_limit:
 * @limit_us: age past which a value of that property by that feed is unknown; 0: never
 */
void
bf_model_set_stale_limit (BfModel *model, guint16 feed, guint16 property, gint64 limit_us)
{
  gint64 *limits;

  g_return_if_fail (feed != BF_NO_FEED && property < model->n_properties && limit_us >= 0);

  if (feed >= model->stale_limits->len)
    g_ptr_array_set_size (model->stale_limits, feed + 1);
  limits = g_ptr_array_index (model->stale_limits, feed);
  if (limits == NULL)
    g_ptr_array_index (model->stale_limits, feed) = limits = g_new0 (gint64, model->n_properties);
  limits[property] = limit_us;
}

/**
 * bf_model_stale_limit:
 *
 * Returns: the limit in µs, 0 when the values never become stale: none was set, or @feed is %BF_NO_FEED
 */
gint64
bf_model_stale_limit (const BfModel *model, guint16 feed, guint16 property)
{
  const gint64 *limits;

  if (feed >= model->stale_limits->len || property >= model->n_properties)
    return 0;
  limits = g_ptr_array_index (model->stale_limits, feed);
  return limits != NULL ? limits[property] : 0;
}

/* By how much the clock was set ahead since then. */
static inline gint64
ahead_since (const BfModel *model, gint64 learnt_us)
{
  gint64 ahead_us = 0;

  for (guint i = model->steps->len; i > 0 && learnt_us < g_array_index (model->steps, BfModelStep, i - 1).at_us; i--)
    ahead_us += g_array_index (model->steps, BfModelStep, i - 1).step_us;
  return ahead_us;
}

/* In one chunk: what is of the future now, or has no time but ours, by which it was stamped since the last step ahead. What was held
 * over a step ahead goes back by what is over. */
static void
step_chunk (const BfModel *model, Hot *hot, gint64 now_us, gint64 step_us)
{
  const Cold *cold = (const Cold *) (const void *) (hot + CHUNK_ROWS);

  for (guint i = 0; i < CHUNK_ROWS; i++)
    {
      gint64 observed_us = DECODE_TIME (hot[i].observed);
      gint64 ahead_us = ahead_since (model, cold[i].result_us);

      if (hot[i].observed != 0 && (observed_us + ahead_us > now_us || (observed_us == cold[i].result_us && ahead_us == 0)))
        hot[i].observed = ENCODE_TIME (observed_us + MIN (0, ahead_us + step_us));
    }
}

static void
step_confirmed (BfModel *model, gint64 now_us, gint64 step_us)
{
  for (guint i = 0; i < model->confirmed->len; i++)
    {
      BfConfirmed *confirmed = &g_array_index (model->confirmed, BfConfirmed, i);
      gint64 ahead_us = ahead_since (model, confirmed->learnt_us);

      if (confirmed->as_of_us != BF_TIME_NONE && confirmed->as_of_us + ahead_us > now_us)
        confirmed->as_of_us += MIN (0, ahead_us + step_us);
    }
}

/**
 * bf_model_step_time:
 * @now_us: as the clock reads after it was set
 * @step_us: by how much, ahead or back
 *
 * Ahead, a value keeps its time, and its age is that which has elapsed. Back, the times that the clock has not reached again go back
 * with it, so that they are not newer than all that comes; that costs a look at every value. When each was learnt stays as it was
 * told: by that its payload is found.
 */
void
bf_model_step_time (BfModel *model, gint64 now_us, gint64 step_us)
{
  BfModelStep step = { now_us, step_us };

  if (step_us > 0)
    {
      if (model->steps->len == STEPS_KEPT)
        g_array_remove_index (model->steps, 0);
      g_array_append_val (model->steps, step);
      return;
    }
  for (guint i = 0; i < model->n_kinds; i++)
    for (guint j = 0; j < model->tables[i].chunks->len; j++)
      if (g_ptr_array_index (model->tables[i].chunks, j) != NULL)
        step_chunk (model, g_ptr_array_index (model->tables[i].chunks, j), now_us, step_us);
  step_confirmed (model, now_us, step_us);
  g_array_set_size (model->steps, 0);
}

/**
 * bf_model_confirm:
 * @as_of_us: never taken back
 * @learnt_us: when we learnt it
 */
void
bf_model_confirm (BfModel *model, guint16 feed, gint64 as_of_us, gint64 learnt_us)
{
  const BfConfirmed none = { BF_TIME_NONE, BF_TIME_NONE };
  BfConfirmed *confirmed;

  g_return_if_fail (feed < BF_NO_FEED);

  while (model->confirmed->len <= feed)
    g_array_append_val (model->confirmed, none);
  confirmed = &g_array_index (model->confirmed, BfConfirmed, feed);
  if (confirmed->as_of_us < as_of_us)
    *confirmed = (BfConfirmed){ as_of_us, learnt_us };
}

/* The age of what it confirms counts from here. */
gint64
bf_model_confirmed_us (const BfModel *model, guint16 feed)
{
  const BfConfirmed *confirmed = feed < model->confirmed->len ? &g_array_index (model->confirmed, BfConfirmed, feed) : NULL;

  return confirmed != NULL && confirmed->as_of_us != BF_TIME_NONE ? confirmed->as_of_us + ahead_since (model, confirmed->learnt_us)
                                                                 : BF_TIME_NONE;
}

gboolean
bf_model_is_over (const BfModel *model, guint32 asset)
{
  const BfKind *kind;
  Hot *hot;
  Cold *cold;

  if (asset >= model->n_assets)
    return FALSE;
  kind = bf_catalog_kind (model->catalog, model->kind[asset]);
  return kind->over != 0 && find_cell (model, asset, kind->gone_property, &hot, &cold) && hot->observed != 0 && hot->value >= 0
         && hot->value < 64 && ((kind->over >> (guint) hot->value) & 1) != 0;
}

/**
 * bf_model_true_us:
 *
 * Returns: µs UTC: where the clock was set ahead since it was learnt, as much later, so that the age is the time that has elapsed
 */
gint64
bf_model_true_us (const BfModel *model, guint32 asset, guint16 property)
{
  Hot *hot;
  Cold *cold;
  gint64 true_us;

  if (!find_cell (model, asset, property, &hot, &cold) || hot->observed == 0)
    return BF_TIME_NONE;
  true_us = DECODE_TIME (hot->observed) + ahead_since (model, cold->result_us);
  if (cold->feed >= model->confirmed->len || bf_catalog_kind (model->catalog, model->kind[asset])->over == 0
      || bf_model_is_over (model, asset))
    return true_us;
  return MAX (true_us, bf_model_confirmed_us (model, cold->feed));
}

/**
 * bf_model_known_until_us:
 *
 * The stale limit counts from when the value was last said to be true. That something is over does not become stale.
 */
gint64
bf_model_known_until_us (const BfModel *model, guint32 asset, guint16 property)
{
  Hot *hot;
  Cold *cold;
  gint64 limit_us, true_us;

  if (!find_cell (model, asset, property, &hot, &cold) || hot->observed == 0)
    return BF_TIME_NONE;
  limit_us = bf_model_stale_limit (model, cold->feed, property);
  if (limit_us <= 0)
    return G_MAXINT64;
  if (property == bf_catalog_kind (model->catalog, model->kind[asset])->gone_property && bf_model_is_over (model, asset))
    return G_MAXINT64;
  true_us = bf_model_true_us (model, asset, property);
  return true_us > G_MAXINT64 - limit_us ? G_MAXINT64 : true_us + limit_us;
}

/**
 * bf_model_known:
 * @now_us: the time that is decided for
 * @ret_value: (out): not touched when unknown
 *
 * Returns: %TRUE when there is a value and it is not past its stale limit
 */
gboolean
bf_model_known (const BfModel *model, guint32 asset, guint16 property, gint64 now_us, double *ret_value)
{
  Hot *hot;
  Cold *cold;
  gint64 limit_us;

  if (!find_cell (model, asset, property, &hot, &cold) || hot->observed == 0)
    return FALSE;
  limit_us = bf_model_stale_limit (model, cold->feed, property);
  if (limit_us > 0 && DECODE_TIME (hot->observed) < now_us - limit_us && bf_model_known_until_us (model, asset, property) < now_us)
    return FALSE;
  *ret_value = hot->value;
  return TRUE;
}

/*
 * bf_model_tables_memory_bytes:
 *
 * Returns: bytes of all tables
 */
gsize
bf_model_tables_memory_bytes (const BfModel *model)
{
  gsize bytes = model->n_kinds * sizeof (BfTable);

  for (guint i = 0; i < model->n_kinds; i++)
    {
      const GPtrArray *chunks = model->tables[i].chunks;

      bytes += chunks->len * sizeof (gpointer) + model->tables[i].capacity * sizeof (guint32);
      for (guint j = 0; j < chunks->len; j++)
        bytes += g_ptr_array_index (chunks, j) != NULL ? CHUNK_BYTES : 0;
    }
  for (guint i = 0; i < model->stale_limits->len; i++)
    if (g_ptr_array_index (model->stale_limits, i) != NULL)
      bytes += model->n_properties * sizeof (gint64);
  return bytes;
}
