/* SPDX-License-Identifier: EUPL-1.2 */
/* Parents and children. Children of one parent are a doubly linked list through @next and @prev. A child whose parent is
 * not described yet hangs in the list of a BfWaited; when the parent comes, the whole list moves to it. There is no
 * cycle: a parent that would close one is refused. */

#include "model/bf-model-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"

#define DEPTH_MAX 32

static guint32 *
list_head (BfModel *model, guint32 parent)
{
  if (parent & BF_PARENT_WAITED)
    return &g_array_index (model->waited, BfWaited, parent & ~BF_PARENT_WAITED).first_child;
  return &model->first_child[parent];
}

static void
forget_waited (BfModel *model, guint32 place)
{
  BfWaited *waited = &g_array_index (model->waited, BfWaited, place);
  const char *id = bf_arena_get (model->arena, waited->id);

  g_hash_table_remove (model->waited_by_id, id);
  bf_arena_remove (model->arena, waited->id, strlen (id));
  *waited = (BfWaited){ 0, BF_NO_ASSET };
  g_array_append_val (model->waited_free, place);
}

static void
unlink_child (BfModel *model, guint32 asset)
{
  guint32 parent = model->parent[asset];
  guint32 next = model->next[asset];
  guint32 prev = model->prev[asset];

  if (parent == BF_NO_ASSET)
    return;
  if (next != BF_NO_ASSET)
    model->prev[next] = prev;
  if (prev != BF_NO_ASSET)
    model->next[prev] = next;
  else
    *list_head (model, parent) = next;
  model->parent[asset] = model->next[asset] = model->prev[asset] = BF_NO_ASSET;
  if ((parent & BF_PARENT_WAITED) && *list_head (model, parent) == BF_NO_ASSET)
    forget_waited (model, parent & ~BF_PARENT_WAITED);
}

/* The place of @id among those waited for; BF_NO_ASSET when the arena is full. */
static guint32
wait_for (BfModel *model, const char *id)
{
  gpointer found;
  BfWaited waited = { 0, BF_NO_ASSET };
  guint32 place;

  if (g_hash_table_lookup_extended (model->waited_by_id, id, NULL, &found))
    return GPOINTER_TO_UINT (found);
  waited.id = bf_arena_add (model->arena, id, strlen (id));
  if (waited.id == 0)
    return BF_NO_ASSET;
  if (model->waited_free->len > 0)
    {
      place = g_array_index (model->waited_free, guint32, model->waited_free->len - 1);
      g_array_set_size (model->waited_free, model->waited_free->len - 1);
      g_array_index (model->waited, BfWaited, place) = waited;
    }
  else
    {
      place = model->waited->len;
      g_array_append_val (model->waited, waited);
    }
  g_hash_table_insert (model->waited_by_id, (char *) bf_arena_get (model->arena, waited.id), GUINT_TO_POINTER (place));
  return place;
}

static const char *
parent_id (const BfModel *model, guint32 asset)
{
  guint32 parent = model->parent[asset];

  if (parent == BF_NO_ASSET)
    return NULL;
  if (parent & BF_PARENT_WAITED)
    {
      const BfWaited *waited = &g_array_index (model->waited, BfWaited, parent & ~BF_PARENT_WAITED);

      return bf_arena_get (model->arena, waited->id);
    }
  return bf_model_asset_id (model, parent);
}

/*
 * bf_model_check_parent:
 * @id: whole id of the child, which need not be there yet
 * @parent: whole id of the parent, which need not be there yet
 *
 * Returns: %FALSE with @error when @parent is @id or stands under it, or the line of parents is longer than 32
 */
gboolean
bf_model_check_parent (const BfModel *model, const char *id, const char *parent, GError **error)
{
  const char *at = parent;
  guint depth = 0;

  for (; at != NULL && depth < DEPTH_MAX; depth++)
    {
      guint32 asset;

      if (strcmp (at, id) == 0)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                       _ ("asset “%s”: expected a parent that does not stand under it, found “%s”"), id, parent);
          return FALSE;
        }
      asset = bf_model_find_asset (model, at);
      at = asset != BF_NO_ASSET ? parent_id (model, asset) : NULL;
    }
  if (at == NULL)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("asset “%s”: more than %d parents one above the other"), id, DEPTH_MAX);
  return FALSE;
}

/*
 * bf_model_set_parent:
 * @parent: checked by bf_model_check_parent()
 *
 * Returns: %TRUE when it is another than before
 */
gboolean
bf_model_set_parent (BfModel *model, guint32 asset, const char *parent)
{
  guint32 link;
  guint32 *head;

  if (g_strcmp0 (parent_id (model, asset), parent) == 0)
    return FALSE;
  unlink_child (model, asset);
  link = bf_model_find_asset (model, parent);
  if (link == BF_NO_ASSET)
    {
      link = wait_for (model, parent);
      if (link == BF_NO_ASSET)
        return TRUE;
      link |= BF_PARENT_WAITED;
    }
  head = list_head (model, link);
  model->parent[asset] = link;
  model->next[asset] = *head;
  if (*head != BF_NO_ASSET)
    model->prev[*head] = asset;
  *head = asset;
  return TRUE;
}

void
bf_model_leave_parent (BfModel *model, guint32 asset)
{
  unlink_child (model, asset);
}

/*
 * bf_model_adopt:
 *
 * Gives the new @asset the children that waited for it.
 */
void
bf_model_adopt (BfModel *model, guint32 asset)
{
  gpointer found;
  BfWaited *waited;

  if (!g_hash_table_lookup_extended (model->waited_by_id, bf_model_asset_id (model, asset), NULL, &found))
    return;
  waited = &g_array_index (model->waited, BfWaited, GPOINTER_TO_UINT (found));
  model->first_child[asset] = waited->first_child;
  for (guint32 child = waited->first_child; child != BF_NO_ASSET; child = model->next[child])
    model->parent[child] = asset;
  forget_waited (model, GPOINTER_TO_UINT (found));
}

/**
 * bf_model_asset_parent:
 *
 * Returns: the parent, or %BF_NO_ASSET when it has none or its parent is not described yet
 */
guint32
bf_model_asset_parent (const BfModel *model, guint32 asset)
{
  guint32 parent;

  g_return_val_if_fail (asset < model->n_assets, BF_NO_ASSET);
  parent = model->parent[asset];
  return parent & BF_PARENT_WAITED ? BF_NO_ASSET : parent;
}

/**
 * bf_model_first_child:
 *
 * Returns: the first of its children in no given order, or %BF_NO_ASSET
 */
guint32
bf_model_first_child (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, BF_NO_ASSET);
  return model->first_child[asset];
}

/**
 * bf_model_next_sibling:
 *
 * Returns: the next child of the same parent, or %BF_NO_ASSET
 */
guint32
bf_model_next_sibling (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, BF_NO_ASSET);
  return model->parent[asset] & BF_PARENT_WAITED ? BF_NO_ASSET : model->next[asset];
}
