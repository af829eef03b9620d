/* SPDX-License-Identifier: EUPL-1.2 */
/* Lines and areas of assets. Few assets have one, so they stand in a table of their own, and their words in the arena: a
 * million points pay nothing. A shape belongs, as every field, to the feed of the lowest rank that said it; a feed that now
 * says its asset's place as a point takes away the shape that it said before. One that no feed of this run said (BF_NO_FEED: it is
 * out of the store) is any feed's to replace or take away: whose it is says it again when it starts. Main thread only. */

#include "model/bf-model-private.h"

#include <math.h>
#include <string.h>

static BfShaped *
find (const BfModel *model, guint32 asset)
{
  guint at = GPOINTER_TO_UINT (g_hash_table_lookup (model->shaped_by_asset, GUINT_TO_POINTER (asset + 1)));

  return at != 0 ? &g_array_index (model->shaped, BfShaped, at - 1) : NULL;
}

static const BfShape *
shape_of (const BfModel *model, const BfShaped *shaped)
{
  return shaped != NULL ? (const BfShape *) (gconstpointer) bf_arena_get (model->arena, shaped->ref) : NULL;
}

static BfShaped *
add (BfModel *model, guint32 asset)
{
  BfShaped fresh = { 0, BF_NO_FEED };

  g_array_append_val (model->shaped, fresh);
  g_hash_table_insert (model->shaped_by_asset, GUINT_TO_POINTER (asset + 1), GUINT_TO_POINTER (model->shaped->len));
  return &g_array_index (model->shaped, BfShaped, model->shaped->len - 1);
}

static void
forget (BfModel *model, BfShaped *shaped)
{
  if (shaped->ref == 0)
    return;
  bf_arena_remove (model->arena, shaped->ref, bf_shape_bytes (shape_of (model, shaped)));
  shaped->ref = 0;
  model->n_shapes--;
}

gboolean
bf_model_say_shape (BfModel *model, guint32 asset, const BfAssetInfo *info, guint16 feed)
{
  BfShaped *shaped = find (model, asset);
  BfTextRef fresh;

  if (info->shape == NULL)
    {
      if (shaped == NULL || shaped->ref == 0 || isnan (info->point.lon) || (shaped->rank != feed && shaped->rank != BF_NO_FEED))
        return FALSE;
      forget (model, shaped);
      shaped->rank = BF_NO_FEED;
      return TRUE;
    }
  if (shaped == NULL)
    shaped = add (model, asset);
  if (feed > shaped->rank)
    return FALSE;
  shaped->rank = feed;
  if (bf_shape_equal (shape_of (model, shaped), info->shape))
    return FALSE;
  fresh = bf_arena_add (model->arena, (const char *) info->shape, bf_shape_bytes (info->shape));
  if (fresh == 0)
    return FALSE;
  forget (model, shaped);
  shaped->ref = fresh;
  model->n_shapes++;
  return TRUE;
}

/**
 * bf_model_asset_shape:
 *
 * Returns: (nullable) (transfer none): its line or area, until the asset is put again
 */
const BfShape *
bf_model_asset_shape (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, NULL);
  return shape_of (model, find (model, asset));
}

/**
 * bf_model_n_shapes:
 *
 * Returns: how many assets have a line or an area
 */
guint
bf_model_n_shapes (const BfModel *model)
{
  return model->n_shapes;
}
