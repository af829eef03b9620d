/* SPDX-License-Identifier: EUPL-1.2 */
/* What will be so: a warning that begins tonight, a closure that ends at five. A feed that knows says it with the value's time to
 * come; it waits here, in order of time, and becomes the latest value at that time without another payload, so that a source which
 * falls silent leaves no warning standing that is over.
 *
 * The newest payload of a feed that says anything of a property replaces all that the feed said of its future. A value
 * that lapses is taken as an observation of that moment. One thread; bounded: what does not fit is refused. */

#include "rules/bf-evaluator-private.h"

#define TOTAL_MAX (1u << 18)
#define ASSET_MAX 512u

typedef struct
{
  gint64 at_us;
  gint64 result_us; /* of the payload that said it */
  double value;
  guint32 asset;
  guint32 record;
  guint16 property;
  guint16 feed;
} Item;

struct _BfAhead
{
  GTree *by_time;       /* Item, owned; to itself */
  GHashTable *of_asset; /* asset -> GPtrArray of Item */
};

static int
compare (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const Item *x = a;
  const Item *y = b;

  if (x->at_us != y->at_us)
    return x->at_us < y->at_us ? -1 : 1;
  if (x->asset != y->asset)
    return x->asset < y->asset ? -1 : 1;
  if (x->property != y->property)
    return (int) x->property - (int) y->property;
  return (int) x->feed - (int) y->feed;
}

BfAhead *
bf_ahead_new (void)
{
  BfAhead *ahead = g_new0 (BfAhead, 1);

  ahead->by_time = g_tree_new_full (compare, NULL, g_free, NULL);
  ahead->of_asset = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) g_ptr_array_unref);
  return ahead;
}

void
bf_ahead_free (BfAhead *ahead)
{
  if (ahead == NULL)
    return;
  g_hash_table_unref (ahead->of_asset);
  g_tree_unref (ahead->by_time);
  g_free (ahead);
}

static void
drop (BfAhead *ahead, GPtrArray *items, guint i)
{
  Item *item = g_ptr_array_index (items, i);

  g_ptr_array_remove_index_fast (items, i);
  g_tree_remove (ahead->by_time, item);
}

/* @property BF_NO_PROPERTY: all of them. What came at @result_us stays. */
void
bf_ahead_forget (BfAhead *ahead, guint32 asset, guint16 property, guint16 feed, gint64 result_us)
{
  GPtrArray *items;

  if (g_hash_table_size (ahead->of_asset) == 0)
    return;
  items = g_hash_table_lookup (ahead->of_asset, GUINT_TO_POINTER (asset));
  for (guint i = items != NULL ? items->len : 0; i > 0; i--)
    {
      const Item *item = g_ptr_array_index (items, i - 1);

      if (item->feed == feed && item->result_us != result_us && (property == BF_NO_PROPERTY || item->property == property))
        drop (ahead, items, i - 1);
    }
  if (items != NULL && items->len == 0)
    g_hash_table_remove (ahead->of_asset, GUINT_TO_POINTER (asset));
}

/* FALSE: there is no room. */
gboolean
bf_ahead_add (BfAhead *ahead, guint32 asset, guint16 property, double value, gint64 at_us, gint64 result_us, guint16 feed, guint32 record)
{
  Item wanted = { at_us, result_us, value, asset, record, property, feed };
  GPtrArray *items;
  Item *item;

  bf_ahead_forget (ahead, asset, property, feed, result_us);
  item = g_tree_lookup (ahead->by_time, &wanted);
  if (item != NULL)
    {
      *item = wanted;
      return TRUE;
    }
  items = g_hash_table_lookup (ahead->of_asset, GUINT_TO_POINTER (asset));
  if ((guint) g_tree_nnodes (ahead->by_time) >= TOTAL_MAX || (items != NULL && items->len >= ASSET_MAX))
    return FALSE;
  if (items == NULL)
    {
      items = g_ptr_array_new ();
      g_hash_table_insert (ahead->of_asset, GUINT_TO_POINTER (asset), items);
    }
  item = g_memdup2 (&wanted, sizeof wanted);
  g_ptr_array_add (items, item);
  g_tree_insert (ahead->by_time, item, item);
  return TRUE;
}

gint64
bf_ahead_next_us (const BfAhead *ahead)
{
  GTreeNode *first = g_tree_node_first (ahead->by_time);

  return first != NULL ? ((const Item *) g_tree_node_key (first))->at_us : BF_TIME_NONE;
}

static void
come_true (BfEvaluator *evaluator, const Item *item)
{
  BfObserved observed = bf_model_observe (evaluator->model, item->asset, item->property, item->value, item->at_us, item->at_us,
                                          item->feed, item->record);

  if (observed != BF_OBSERVED_NEW && observed != BF_OBSERVED_CONFLICT)
    return;
  bf_evaluator_touch (evaluator, item->asset, item->property);
  if (evaluator->handler.came_true != NULL)
    evaluator->handler.came_true (evaluator->user_data, item->asset, item->property, item->value, item->at_us, item->feed, item->record);
}

/* All that is due at @now_us, in order. */
void
bf_ahead_run (BfEvaluator *evaluator, gint64 now_us)
{
  BfAhead *ahead = evaluator->ahead;
  gint64 next_us;

  while ((next_us = bf_ahead_next_us (ahead)) != BF_TIME_NONE && next_us <= now_us)
    {
      Item item = *(const Item *) g_tree_node_key (g_tree_node_first (ahead->by_time));
      GPtrArray *items = g_hash_table_lookup (ahead->of_asset, GUINT_TO_POINTER (item.asset));

      for (guint i = 0; i < items->len; i++)
        if (compare (g_ptr_array_index (items, i), &item, NULL) == 0)
          {
            drop (ahead, items, i);
            break;
          }
      if (items->len == 0)
        g_hash_table_remove (ahead->of_asset, GUINT_TO_POINTER (item.asset));
      come_true (evaluator, &item);
    }
}
