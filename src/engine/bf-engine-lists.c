/* SPDX-License-Identifier: EUPL-1.2 */
/* Lists of what is current (src/watch/bf-lists.c) in the engine: a thing that is gone goes the way of every observation. */

#include "engine/bf-engine-private.h"

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
