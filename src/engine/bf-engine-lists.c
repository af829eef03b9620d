/* SPDX-License-Identifier: EUPL-1.2 */
/* What a feed's list no longer has. A payload may be all that is current of its kinds (a situation publication, warnings, reports);
 * a thing of such a kind (`Ended=` or `Absent=` in its manifest) that the same feed gave and that a whole list lacks is gone: it
 * gets the state that its kind says, at the list's time, with %BF_RECORD_GONE as its record. That is an observation like any
 * other: rules, store, history and screens see a change with a time, and its feed is the why.
 *
 * The comparison is with the model and not with the last payload, so that it holds over a restart of the feed's process and of the
 * engine. Nothing ends by a list that is older than what is known of the thing, nor while another feed's fresh list still has
 * it. Main thread; a list costs a look at each asset of its kinds. */

#include "engine/bf-engine-private.h"

#include <string.h>

#include "base/bf-time.h"

struct _BfEngineList
{
  gint64 as_of_us;
  gint64 result_us;
  gboolean whole;
  GArray *assets; /* guint32, dense, ascending */
};

static void
list_free (gpointer data)
{
  BfEngineList *list = data;

  if (list == NULL)
    return;
  g_array_unref (list->assets);
  g_free (list);
}

GPtrArray *
bf_engine_lists_new (void)
{
  return g_ptr_array_new_with_free_func (list_free);
}

static BfEngineList *
list_of (BfEngine *engine, guint feed)
{
  return feed < engine->lists->len ? g_ptr_array_index (engine->lists, feed) : NULL;
}

static int
compare_assets (gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *) a;
  guint32 y = *(const guint32 *) b;

  return (x > y) - (x < y);
}

static gboolean
has (const BfEngineList *list, guint32 asset)
{
  return list != NULL && g_array_binary_search (list->assets, &asset, compare_assets, NULL);
}

/* --- what is gone --------------------------------------------------------------------------------------------------- */

static gboolean
is_in_another (BfEngine *engine, guint feed, guint32 asset, guint16 property, gint64 now_us)
{
  for (guint i = 0; i < engine->lists->len; i++)
    if (i != feed && has (list_of (engine, i), asset)
        && list_of (engine, i)->as_of_us >= now_us - bf_model_stale_limit (engine->model, (guint16) i, property))
      return TRUE;
  return FALSE;
}

static void
note_gone (BfEngine *engine, guint feed, guint32 asset, const BfKind *kind, const BfEngineList *list)
{
  bf_engine_note (engine, feed, list->result_us,
                  &(BfObservation){ asset, kind->gone_property, BF_RECORD_GONE, kind->gone_value, list->as_of_us });
  /* What is known of a thing that is over is so by other limits: all of it is told anew. */
  bf_hub_touch_values (engine->hub, asset);
}

static void
look_for_gone (BfEngine *engine, guint feed, const BfKind *kind, const BfEngineList *list)
{
  guint32 n = bf_model_n_of_kind (engine->model, kind->index);

  for (guint32 row = 0; row < n; row++)
    {
      guint32 asset = bf_model_of_kind (engine->model, kind->index, row);
      BfLatest latest;

      if (!bf_model_latest (engine->model, asset, kind->gone_property, &latest) || latest.feed != feed
          || latest.observed_us > list->as_of_us || bf_model_is_over (engine->model, asset) || has (list, asset)
          || is_in_another (engine, feed, asset, kind->gone_property, list->result_us))
        continue;
      note_gone (engine, feed, asset, kind, list);
    }
}

/* The list was not heard for so long that its things had become unknown: they are known again, also where nothing of them changed. */
static void
wake_listed (BfEngine *engine, guint feed, const BfEngineList *list)
{
  for (guint i = 0; i < list->assets->len; i++)
    {
      guint32 asset = g_array_index (list->assets, guint32, i);
      const BfKind *kind = bf_model_asset_kind (engine->model, asset);
      BfLatest latest;

      for (guint k = 0; k < kind->properties->len; k++)
        {
          guint16 property = g_array_index (kind->properties, guint16, k);

          if (bf_model_latest (engine->model, asset, property, &latest) && latest.feed == feed)
            bf_evaluator_touch (engine->evaluator, asset, property);
        }
      bf_hub_touch_values (engine->hub, asset);
    }
}

/* The limit is one for all properties of a feed. */
static gboolean
had_lapsed (BfEngine *engine, guint feed, const BfKind *kind, gint64 now_us)
{
  gint64 confirmed_us = bf_model_confirmed_us (engine->model, (guint16) feed);
  gint64 limit_us = bf_model_stale_limit (engine->model, (guint16) feed, kind->gone_property);

  return confirmed_us == BF_TIME_NONE || (limit_us > 0 && confirmed_us < now_us - limit_us);
}

static void
apply_whole (BfEngine *engine, guint feed, const BfEngineList *list)
{
  BfFeedInfo info;
  const BfService *service;
  gboolean lapsed = FALSE;

  bf_supervisor_info (engine->supervisor, feed, &info);
  service = bf_catalog_service (engine->catalog, info.def->service);
  for (guint i = 0; i < service->kinds->len; i++)
    {
      const BfKind *kind = bf_catalog_kind (engine->catalog, g_array_index (service->kinds, guint16, i));

      if (kind->gone_property == BF_NO_PROPERTY)
        continue;
      lapsed = lapsed || had_lapsed (engine, feed, kind, list->result_us);
      look_for_gone (engine, feed, kind, list);
    }
  bf_model_confirm (engine->model, (guint16) feed, list->as_of_us, list->result_us);
  if (lapsed)
    wake_listed (engine, feed, list);
}

/* --- lists as they come --------------------------------------------------------------------------------------------- */

static BfEngineList *
make_list (BfEngine *engine, guint feed, const BfFeedList *said)
{
  const GArray *map = g_ptr_array_index (engine->feed_assets, feed);
  BfEngineList *list = g_new0 (BfEngineList, 1);

  list->assets = g_array_sized_new (FALSE, FALSE, sizeof (guint32), said->n);
  for (guint i = 0; i < said->n; i++)
    {
      guint32 asset = said->assets[i] < map->len ? g_array_index (map, guint32, said->assets[i]) : BF_NO_ASSET;

      if (asset != BF_NO_ASSET)
        g_array_append_val (list->assets, asset);
    }
  g_array_sort (list->assets, compare_assets);
  return list;
}

/**
 * bf_engine_take_list:
 *
 * Before the observations of the same payload.
 */
void
bf_engine_take_list (BfEngine *engine, guint feed, gint64 result_us, const BfFeedList *said)
{
  BfEngineList *list = list_of (engine, feed);

  if (said->same && list == NULL)
    return;
  if (!said->same)
    {
      if (engine->lists->len <= feed)
        g_ptr_array_set_size (engine->lists, (int) feed + 1);
      list_free (list);
      g_ptr_array_index (engine->lists, feed) = list = make_list (engine, feed, said);
    }
  list->as_of_us = said->as_of_us;
  list->result_us = result_us;
  list->whole = said->whole;
  if (list->whole && list->as_of_us != BF_TIME_NONE)
    apply_whole (engine, feed, list);
}

/**
 * bf_engine_is_back:
 * @observation: with the dense number of its asset; older than what is known
 *
 * A thing that was gone is in a list again, with the stamp that it had before: it is so again as of the list.
 *
 * Returns: %TRUE with the list's time in @observation when that is so
 */
gboolean
bf_engine_is_back (BfEngine *engine, guint feed, gint64 result_us, BfObservation *observation)
{
  const BfEngineList *list = list_of (engine, feed);
  BfLatest latest;

  if (list == NULL || list->result_us != result_us || list->as_of_us == BF_TIME_NONE
      || bf_model_asset_kind (engine->model, observation->asset)->gone_property != observation->property
      || !bf_model_latest (engine->model, observation->asset, observation->property, &latest) || latest.record != BF_RECORD_GONE
      || latest.observed_us > list->as_of_us || !has (list, observation->asset))
    return FALSE;
  observation->observed_us = list->as_of_us;
  return TRUE;
}
