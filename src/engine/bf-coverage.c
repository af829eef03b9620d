/* SPDX-License-Identifier: EUPL-1.2 */
/* Silence that is proved: which assets should be heard, and which are. A sweep goes over all assets in slices of bounded
 * time, so that a million assets do not hold up the rules; when an asset falls silent or is heard again its values are
 * sent to the clients, since a value turns unknown by time alone. What is not expected (`Expected=`: a lamp without power)
 * does not count. */

#include "engine/bf-engine-private.h"

#include <malloc.h>
#include <string.h>

#include "base/bf-time.h"

#define SWEEP_MS 200  /* from the end of one sweep to the next … */
#define SLICE_MS 20   /* … and between the slices of one */
#define SLICE 256u    /* assets between looks at the clock */
#define TURN_US 500
#define TRIM_AFTER 50000u /* observations: a rush of texts and rows is over */

/* Of a sector or a charging station all is derived: no feed says anything of it that could be missing. */
static gboolean
has_feed_property (BfEngine *engine, const BfKind *kind)
{
  for (guint i = 0; i < kind->properties->len; i++)
    if (bf_catalog_property (engine->catalog, g_array_index (kind->properties, guint16, i))->derive == NULL)
      return TRUE;
  return FALSE;
}

/* @ret_feed: that it is heard by, or should be; BF_NO_FEED when none can be named. */
static BfHeard
look (BfEngine *engine, guint32 asset, gint64 now_us, guint16 *ret_feed)
{
  const BfKind *kind = bf_model_asset_kind (engine->model, asset);
  BfHeard heard = BF_HEARD_NOT_EXPECTED;

  *ret_feed = BF_NO_FEED;
  if (bf_model_has_left (engine->model, asset) || (kind->over != 0 && bf_model_is_over (engine->model, asset)))
    return BF_HEARD_NOT_EXPECTED;
  for (guint i = 0; i < kind->properties->len; i++)
    {
      guint16 property = g_array_index (kind->properties, guint16, i);
      BfLatest latest;
      double value;

      if (!bf_model_latest (engine->model, asset, property, &latest) || bf_model_stale_limit (engine->model, latest.feed, property) == 0)
        continue;
      if (!bf_evaluator_is_expected (engine->evaluator, asset, property, now_us))
        continue;
      *ret_feed = latest.feed;
      if (!bf_model_known (engine->model, asset, property, now_us, &value))
        return BF_HEARD_NO;
      heard = BF_HEARD_YES;
    }
  /* A feed described it and never gave a value: it should be heard and is not. */
  if (heard == BF_HEARD_NOT_EXPECTED && bf_model_asset_feed (engine->model, asset) != BF_NO_FEED && kind->headline != BF_NO_PROPERTY
      && bf_evaluator_is_expected (engine->evaluator, asset, kind->headline, now_us) && has_feed_property (engine, kind))
    return BF_HEARD_NO;
  return heard;
}

/* A list of what is current is heard as one thing, so that "nothing to report" has its proof where there is nothing to hear. */
static void
count_lists (BfEngine *engine)
{
  for (guint i = 0; i < bf_supervisor_n (engine->supervisor); i++)
    {
      BfFeedInfo info;

      bf_supervisor_info (engine->supervisor, i, &info);
      if (info.content != BF_CONTENT_LIST || info.def->service == BF_NO_SERVICE)
        continue;
      engine->sweeping[info.def->service].expected++;
      engine->sweeping[info.def->service].heard += info.state == BF_FEED_OK;
    }
}

static void
finish_sweep (BfEngine *engine)
{
  guint n = bf_catalog_n_services (engine->catalog);

  count_lists (engine);

  for (guint i = 0; i < n; i++)
    {
      engine->coverage[i] = engine->sweeping[i];
      engine->sweeping[i] = (BfCoverage){ 0, 0 };
    }
  bf_silence_swept (engine->silence);
  engine->sweep_at = 0;
  /* What a rush left free between what stays: given back once it is over. */
  if (engine->n_observations - engine->n_trimmed >= TRIM_AFTER)
    {
      malloc_trim (0);
      engine->n_trimmed = engine->n_observations;
    }
}

static void
look_at_slice (BfEngine *engine, gint64 now_us, guint32 end)
{
  for (; engine->sweep_at < end; engine->sweep_at++)
    {
      guint32 asset = engine->sweep_at;
      guint16 feed;
      BfHeard heard = look (engine, asset, now_us, &feed);
      BfCoverage *coverage = &engine->sweeping[bf_model_asset_kind (engine->model, asset)->service];

      coverage->expected += heard != BF_HEARD_NOT_EXPECTED;
      coverage->heard += heard == BF_HEARD_YES;
      if (heard != BF_HEARD_NOT_EXPECTED)
        bf_silence_count (engine->silence, feed, heard == BF_HEARD_YES);
      if (bf_engine_let_leave (engine, asset, now_us))
        heard = BF_HEARD_NOT_EXPECTED;
      if (engine->heard->data[asset] == heard)
        continue;
      engine->heard->data[asset] = heard;
      bf_hub_touch_values (engine->hub, asset);
    }
}

static void
make_room (BfEngine *engine, guint32 n)
{
  guint old = engine->heard->len;

  if (old >= n)
    return;
  g_byte_array_set_size (engine->heard, n);
  memset (engine->heard->data + old, BF_HEARD_NOT_EXPECTED, n - old);
}

static gboolean
sweep_cb (gpointer user_data)
{
  BfEngine *engine = user_data;
  gint64 now_us = bf_time_now_us ();
  gint64 until_us = bf_turns_until (TURN_US);
  guint32 n = bf_model_n_assets (engine->model);

  make_room (engine, n);
  do
    look_at_slice (engine, now_us, MIN (n, engine->sweep_at + SLICE));
  while (engine->sweep_at < n && g_get_monotonic_time () < until_us);
  engine->sweep_id = g_timeout_add (engine->sweep_at < n ? SLICE_MS : SWEEP_MS, sweep_cb, engine);
  if (engine->sweep_at >= n)
    finish_sweep (engine);
  bf_engine_series_step (engine, now_us);
  bf_engine_step_rule_states (engine, now_us);
  return G_SOURCE_REMOVE;
}

void
bf_coverage_start (BfEngine *engine)
{
  sweep_cb (engine);
}

void
bf_coverage_stop (BfEngine *engine)
{
  g_clear_handle_id (&engine->sweep_id, g_source_remove);
}
