/* SPDX-License-Identifier: EUPL-1.2 */
/* Lists of what is current (src/watch/bf-lists.c) in the engine: a thing that is gone goes the way of every observation. */

#include "engine/bf-engine-private.h"

#include "base/bf-time.h"
#include "engine/bf-search.h"

static void
gone_cb (gpointer user_data, guint16 feed, gint64 result_us, guint32 asset, guint16 property, double value, gint64 observed_us)
{
  bf_engine_note (user_data, feed, result_us, &(BfObservation){ asset, property, BF_RECORD_GONE, value, observed_us });
}

static void
touched_cb (gpointer user_data, guint32 asset)
{
  bf_hub_touch_values (((BfEngine *) user_data)->hub, asset);
}

BfLists *
bf_engine_lists_new (BfEngine *engine)
{
  static const BfListsHandler handler = { gone_cb, touched_cb };

  return bf_lists_new (engine->model, engine->evaluator, &handler, engine);
}

/**
 * bf_engine_take_list:
 *
 * Before the observations of the same payload.
 */
void
bf_engine_take_list (BfEngine *engine, guint feed, gint64 result_us, const BfFeedList *said)
{
  const GArray *map = g_ptr_array_index (engine->feed_assets, feed);
  g_autoptr (GArray) assets = g_array_sized_new (FALSE, FALSE, sizeof (guint32), said->n);
  BfFeedInfo info;

  for (guint i = 0; i < said->n; i++)
    if (said->assets[i] < map->len && g_array_index (map, guint32, said->assets[i]) != BF_NO_ASSET)
      g_array_append_val (assets, g_array_index (map, guint32, said->assets[i]));
  bf_supervisor_info (engine->supervisor, feed, &info);
  bf_lists_take (engine->lists, (guint16) feed, info.def->service,
                 &(BfListSaid){ said->as_of_us, result_us, said->whole, said->same, (const guint32 *) (gconstpointer) assets->data,
                                assets->len });
}

/**
 * bf_engine_is_back:
 * @observation: with the dense number of its asset; older than what is known
 *
 * Returns: %TRUE with the list's time in @observation when it is of a thing that was gone and is in a list again
 */
gboolean
bf_engine_is_back (BfEngine *engine, guint feed, gint64 result_us, BfObservation *observation)
{
  return bf_lists_is_back (engine->lists, (guint16) feed, result_us, observation->asset, observation->property, &observation->observed_us);
}

/* --- what leaves ---------------------------------------------------------------------------------------------------- */

static gboolean
was_kept (const BfEngine *engine, guint32 asset, gint64 now_us)
{
  const BfKind *kind = bf_model_asset_kind (engine->model, asset);
  BfLatest latest;

  return kind->over != 0 && kind->keep_us > 0 && bf_model_is_over (engine->model, asset)
         && bf_model_latest (engine->model, asset, kind->gone_property, &latest)
         && MAX (latest.observed_us, latest.result_us) < now_us - kind->keep_us;
}

/**
 * bf_engine_let_leave:
 *
 * What is over, and was kept for the time that its kind says (`Keep=`), leaves model, rules, search, clients and the store's latest
 * values in this one step; what was observed of it and its alerts stay in the store. It stays while an alert of it is open or a rule is
 * not at rest on it, while a list still names it, and while others belong to it.
 *
 * Returns: whether it has left
 */
gboolean
bf_engine_let_leave (BfEngine *engine, guint32 asset, gint64 now_us)
{
  const char *id = bf_model_asset_id (engine->model, asset);
  gboolean unacknowledged;
  BfPriority worst;

  if (!was_kept (engine, asset, now_us) || bf_lists_has (engine->lists, asset)
      || bf_model_first_child (engine->model, asset) != BF_NO_ASSET || bf_alert_book_worst (engine->book, id, &worst, &unacknowledged)
      || !bf_evaluator_remove_asset (engine->evaluator, asset))
    return FALSE;
  bf_store_remove_asset (engine->store, id);
  bf_search_forget (engine, asset);
  bf_model_remove_asset (engine->model, asset);
  bf_hub_touch_asset (engine->hub, asset);
  engine->n_left++;
  return TRUE;
}
