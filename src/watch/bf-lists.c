/* SPDX-License-Identifier: EUPL-1.2 */
/* What a feed's list no longer has. A payload may be all that is current of its kinds (a situation publication, warnings, reports);
 * a thing of such a kind (`Ended=` or `Absent=` in its manifest) that the same feed gave and that a whole list lacks is gone: it
 * gets the state that its kind says, at the list's time, with %BF_RECORD_GONE as its record. That is an observation like any
 * other: rules, store, history and screens see a change with a time, and its feed is the why.
 *
 * The comparison is with the model and not with the last payload, so that it holds over a restart of the feed's process and of the
 * engine. Nothing ends by a list that is older than what is known of the thing, nor while another feed's fresh list still has
 * it. A list costs a look at each asset of its kinds. */

#include "watch/bf-lists.h"

#include "base/bf-time.h"

typedef struct
{
  gint64 as_of_us;
  gint64 result_us;
  GArray *assets; /* guint32, ascending */
} List;

struct _BfLists
{
  BfModel *model;
  BfEvaluator *evaluator;
  BfListsHandler handler;
  gpointer user_data;
  GPtrArray *of_feeds; /* List, NULL: the feed gave none */
};

static void
list_free (gpointer data)
{
  List *list = data;

  if (list == NULL)
    return;
  g_array_unref (list->assets);
  g_free (list);
}

/**
 * bf_lists_new:
 * @model: (transfer none): outlives the lists, as @evaluator does
 * @handler: copied
 *
 * Returns: (transfer full): no list yet
 */
BfLists *
bf_lists_new (BfModel *model, BfEvaluator *evaluator, const BfListsHandler *handler, gpointer user_data)
{
  BfLists *lists = g_new0 (BfLists, 1);

  lists->model = model;
  lists->evaluator = evaluator;
  lists->handler = *handler;
  lists->user_data = user_data;
  lists->of_feeds = g_ptr_array_new_with_free_func (list_free);
  return lists;
}

void
bf_lists_free (BfLists *lists)
{
  if (lists == NULL)
    return;
  g_ptr_array_unref (lists->of_feeds);
  g_free (lists);
}

void
bf_lists_set_evaluator (BfLists *lists, BfEvaluator *evaluator)
{
  lists->evaluator = evaluator;
}

static List *
list_of (const BfLists *lists, guint feed)
{
  return feed < lists->of_feeds->len ? g_ptr_array_index (lists->of_feeds, feed) : NULL;
}

static int
compare_assets (gconstpointer a, gconstpointer b)
{
  guint32 x = *(const guint32 *) a;
  guint32 y = *(const guint32 *) b;

  return (x > y) - (x < y);
}

static gboolean
has (const List *list, guint32 asset)
{
  return list != NULL && g_array_binary_search (list->assets, &asset, compare_assets, NULL);
}

static gboolean
is_in_another (const BfLists *lists, guint feed, guint32 asset, guint16 property, gint64 now_us)
{
  for (guint i = 0; i < lists->of_feeds->len; i++)
    if (i != feed && has (list_of (lists, i), asset)
        && list_of (lists, i)->as_of_us >= now_us - bf_model_stale_limit (lists->model, (guint16) i, property))
      return TRUE;
  return FALSE;
}

static void
touched (const BfLists *lists, guint32 asset)
{
  if (lists->handler.touched != NULL)
    lists->handler.touched (lists->user_data, asset);
}

static void
look_for_gone (BfLists *lists, guint16 feed, const BfKind *kind, const List *list)
{
  guint32 n = bf_model_n_of_kind (lists->model, kind->index);

  for (guint32 row = 0; row < n; row++)
    {
      guint32 asset = bf_model_of_kind (lists->model, kind->index, row);
      BfLatest latest;

      if (!bf_model_latest (lists->model, asset, kind->gone_property, &latest) || latest.feed != feed
          || latest.observed_us > list->as_of_us || bf_model_is_over (lists->model, asset) || has (list, asset)
          || is_in_another (lists, feed, asset, kind->gone_property, list->result_us))
        continue;
      lists->handler.gone (lists->user_data, feed, list->result_us, asset, kind->gone_property, kind->gone_value, list->as_of_us);
      /* What is known of a thing that is over is so by other limits: all of it is told anew. */
      touched (lists, asset);
    }
}

/**
 * bf_lists_touch_values:
 *
 * Until when the values that @feed gave of @asset are known is another than before: they are looked at anew, also where nothing of
 * them changed.
 */
void
bf_lists_touch_values (const BfLists *lists, guint16 feed, guint32 asset)
{
  const BfKind *kind = bf_model_asset_kind (lists->model, asset);
  gboolean any = FALSE;
  BfLatest latest;

  for (guint k = 0; k < kind->properties->len; k++)
    {
      guint16 property = g_array_index (kind->properties, guint16, k);

      if (!bf_model_latest (lists->model, asset, property, &latest) || latest.feed != feed)
        continue;
      bf_evaluator_touch (lists->evaluator, asset, property);
      any = TRUE;
    }
  if (any)
    touched (lists, asset);
}

/* The limit is one for all properties of a feed. */
static gboolean
had_lapsed (const BfLists *lists, guint16 feed, const BfKind *kind, gint64 now_us)
{
  gint64 confirmed_us = bf_model_confirmed_us (lists->model, feed);
  gint64 limit_us = bf_model_stale_limit (lists->model, feed, kind->gone_property);

  return confirmed_us == BF_TIME_NONE || (limit_us > 0 && confirmed_us < now_us - limit_us);
}

/* A list that was not heard for so long that its things had become unknown makes them known again. */
static void
apply_whole (BfLists *lists, guint16 feed, guint service, const List *list)
{
  const BfCatalog *catalog = bf_model_catalog (lists->model);
  const GArray *kinds = bf_catalog_service (catalog, service)->kinds;
  gboolean lapsed = FALSE;

  for (guint i = 0; i < kinds->len; i++)
    {
      const BfKind *kind = bf_catalog_kind (catalog, g_array_index (kinds, guint16, i));

      if (kind->gone_property == BF_NO_PROPERTY)
        continue;
      lapsed = lapsed || had_lapsed (lists, feed, kind, list->result_us);
      look_for_gone (lists, feed, kind, list);
    }
  bf_model_confirm (lists->model, feed, list->as_of_us, list->result_us);
  for (guint i = 0; lapsed && i < list->assets->len; i++)
    bf_lists_touch_values (lists, feed, g_array_index (list->assets, guint32, i));
}

static List *
make_list (const BfListSaid *said)
{
  List *list = g_new0 (List, 1);

  list->assets = g_array_sized_new (FALSE, FALSE, sizeof (guint32), said->n);
  g_array_append_vals (list->assets, said->assets, said->n);
  g_array_sort (list->assets, compare_assets);
  return list;
}

/**
 * bf_lists_take:
 * @service: index of the feed's
 *
 * Before the observations of the same payload.
 */
void
bf_lists_take (BfLists *lists, guint16 feed, guint service, const BfListSaid *said)
{
  List *list = list_of (lists, feed);

  if (said->same && list == NULL)
    return;
  if (!said->same)
    {
      if (lists->of_feeds->len <= feed)
        g_ptr_array_set_size (lists->of_feeds, (int) feed + 1);
      list_free (list);
      g_ptr_array_index (lists->of_feeds, feed) = list = make_list (said);
    }
  list->as_of_us = said->as_of_us;
  list->result_us = said->result_us;
  if (said->whole && list->as_of_us != BF_TIME_NONE)
    apply_whole (lists, feed, service, list);
}

/**
 * bf_lists_is_back:
 * @ret_as_of_us: (out): the list's time
 *
 * A thing that was gone is in a list again, with the stamp that it had before: it is so again as of the list. For an observation
 * that the model found to be older than what it knows.
 *
 * Returns: whether that is so
 */
gboolean
bf_lists_is_back (const BfLists *lists, guint16 feed, gint64 result_us, guint32 asset, guint16 property, gint64 *ret_as_of_us)
{
  const List *list = list_of (lists, feed);
  BfLatest latest;

  if (list == NULL || list->result_us != result_us || list->as_of_us == BF_TIME_NONE
      || bf_model_asset_kind (lists->model, asset)->gone_property != property
      || !bf_model_latest (lists->model, asset, property, &latest) || latest.record != BF_RECORD_GONE
      || latest.observed_us > list->as_of_us || !has (list, asset))
    return FALSE;
  *ret_as_of_us = list->as_of_us;
  return TRUE;
}
