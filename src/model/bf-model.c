/* SPDX-License-Identifier: EUPL-1.2 */
/* The assets of the model: see bf-model.h.
 *
 * One array a field, all of one capacity; texts in an arena; ids found by open addressing with linear probing over a
 * keyed hash (an id comes from a feed, which may be hostile). An asset is never removed, so its index stays valid. Texts
 * that are given out stay valid until the next bf_model_put_asset() or bf_model_set_address() of that asset. Parents:
 * bf-model-kin.c; lines and areas: bf-model-shapes.c; values: bf-model-values.c. Main thread only. */

#include "model/bf-model-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"

#define TAG_SHIFT 22
#define INDEX_MASK ((1u << TAG_SHIFT) - 1)
#define MOVED_AN_ASSET 8u /* slots; more than two, or the next table would be full before this one has moved */
#define ID_BYTES_MAX (BF_LIMIT_ID_BYTES + 66) /* service, "/", source id */

G_STATIC_ASSERT (BF_LIMIT_ASSETS < INDEX_MASK);

/* --- new, free --- */

/**
 * bf_model_new:
 * @catalog: (transfer none): complete; must outlive the model
 *
 * Returns: (transfer full): a model without assets
 */
BfModel *
bf_model_new (const BfCatalog *catalog)
{
  BfModel *model = g_new0 (BfModel, 1);

  model->catalog = catalog;
  model->arena = bf_arena_new ();
  model->n_kinds = bf_catalog_n_kinds (catalog);
  model->n_properties = bf_catalog_n_properties (catalog);
  model->tables = g_new0 (BfTable, MAX (model->n_kinds, 1));
  for (guint i = 0; i < model->n_kinds; i++)
    {
      model->tables[i].n_columns = bf_catalog_kind (catalog, i)->properties->len;
      model->tables[i].chunks = g_ptr_array_new_with_free_func (g_free);
    }
  model->n_slots = 64;
  model->slots = g_new0 (guint32, model->n_slots);
  for (guint i = 0; i < 2; i++)
    model->hash_key[i] = (guint64) g_random_int () << 32 | g_random_int ();
  model->waited_by_id = g_hash_table_new (g_str_hash, g_str_equal);
  model->waited = g_array_new (FALSE, FALSE, sizeof (BfWaited));
  model->waited_free = g_array_new (FALSE, FALSE, sizeof (guint32));
  model->shaped_by_asset = g_hash_table_new (NULL, NULL);
  model->shaped = g_array_new (FALSE, FALSE, sizeof (BfShaped));
  model->stale_limits = g_ptr_array_new_with_free_func (g_free);
  model->confirmed = g_array_new (FALSE, FALSE, sizeof (BfConfirmed));
  model->steps = g_array_new (FALSE, FALSE, sizeof (BfModelStep));
  return model;
}

/* Every array by asset, so that they grow and are freed in one place. */
static const struct
{
  gsize offset;
  gsize size;
} columns[] = {
#define COLUMN(field) { G_STRUCT_OFFSET (BfModel, field), sizeof *((BfModel *) 0)->field }
  COLUMN (id),          COLUMN (name),    COLUMN (address), COLUMN (attributes), COLUMN (point),
  COLUMN (row),         COLUMN (parent),  COLUMN (first_child), COLUMN (next),   COLUMN (prev),
  COLUMN (kind),        COLUMN (zone),    COLUMN (feed),    COLUMN (rank[0]),    COLUMN (rank[1]),
  COLUMN (rank[2]),     COLUMN (rank[3]), COLUMN (rank[4]),
#undef COLUMN
};

G_STATIC_ASSERT (BF_N_FIELDS == 5);

void
bf_model_free (BfModel *model)
{
  if (model == NULL)
    return;
  for (guint i = 0; i < model->n_kinds; i++)
    {
      g_free (model->tables[i].assets);
      g_ptr_array_unref (model->tables[i].chunks);
    }
  g_free (model->tables);
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    g_free (G_STRUCT_MEMBER (gpointer, model, columns[i].offset));
  g_free (model->slots);
  g_free (model->full_slots);
  g_hash_table_unref (model->waited_by_id);
  g_array_unref (model->waited);
  g_array_unref (model->waited_free);
  g_hash_table_unref (model->shaped_by_asset);
  g_array_unref (model->shaped);
  g_ptr_array_unref (model->stale_limits);
  g_array_unref (model->confirmed);
  g_array_unref (model->steps);
  bf_arena_free (model->arena);
  g_free (model);
}

const BfCatalog *
bf_model_catalog (const BfModel *model)
{
  return model->catalog;
}

static void
reserve_asset (BfModel *model)
{
  if (model->n_assets < model->capacity)
    return;
  model->capacity += MAX (64, model->capacity / 8);
  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    {
      gpointer *array = &G_STRUCT_MEMBER (gpointer, model, columns[i].offset);

      *array = g_realloc_n (*array, model->capacity, columns[i].size);
    }
}

/* --- table of ids --- */

static guint64
hash_id (const BfModel *model, const char *id)
{
  return bf_hash_keyed (model->hash_key, id, strlen (id));
}

static guint32
slot_of (guint32 asset, guint64 hash)
{
  return (asset + 1) | (guint32) (hash >> 54) << TAG_SHIFT;
}

/* The slot that holds @id, or the empty one where it belongs. */
static guint32 *
find_slot (const BfModel *model, guint32 *slots, guint32 n_slots, const char *id, guint64 hash)
{
  guint32 mask = n_slots - 1;
  guint32 at = (guint32) hash & mask;

  for (; slots[at] != 0; at = (at + 1) & mask)
    if (slots[at] >> TAG_SHIFT == hash >> 54
        && strcmp (bf_arena_get (model->arena, model->id[(slots[at] & INDEX_MASK) - 1]), id) == 0)
      break;
  return &slots[at];
}

static void
move_slots (BfModel *model)
{
  for (guint i = 0; i < MOVED_AN_ASSET && model->full_slots != NULL; i++)
    {
      guint32 slot = model->full_slots[model->n_moved];

      if (slot != 0)
        {
          const char *id = bf_arena_get (model->arena, model->id[(slot & INDEX_MASK) - 1]);

          *find_slot (model, model->slots, model->n_slots, id, hash_id (model, id)) = slot;
        }
      if (++model->n_moved == model->n_slots / 2)
        g_clear_pointer (&model->full_slots, g_free);
    }
}

/* At most 5/8 of the slots are used. All at once would be too long a turn of the main loop. */
static void
reserve_slot (BfModel *model)
{
  move_slots (model);
  if ((guint64) (model->n_assets + 1) * 8 <= (guint64) model->n_slots * 5)
    return;
  model->full_slots = model->slots;
  model->n_moved = 0;
  model->n_slots *= 2;
  model->slots = g_new0 (guint32, model->n_slots);
}

/**
 * bf_model_find_asset:
 * @id: whole id, such as "parking/COL"
 *
 * Returns: the asset, or %BF_NO_ASSET
 */
guint32
bf_model_find_asset (const BfModel *model, const char *id)
{
  guint64 hash = hash_id (model, id);
  guint32 slot = *find_slot (model, model->slots, model->n_slots, id, hash);

  if (slot == 0 && model->full_slots != NULL)
    slot = *find_slot (model, model->full_slots, model->n_slots / 2, id, hash);

  return slot != 0 ? (slot & INDEX_MASK) - 1 : BF_NO_ASSET;
}

/* --- what a feed may say --- */

static gboolean
check_text (const char *id, const char *what, const char *text, GError **error)
{
  if (text == NULL || (strlen (text) <= BF_LIMIT_TEXT_BYTES && g_utf8_validate (text, -1, NULL)))
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("asset “%s”: expected %s of UTF-8 text of at most %u bytes"), id, _ (what),
               BF_LIMIT_TEXT_BYTES);
  return FALSE;
}

static gboolean
check_id (const BfModel *model, const BfAssetInfo *info, GError **error)
{
  const BfService *service;
  gsize prefix;

  if (info->kind >= model->n_kinds)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_NOT_FOUND, _ ("expected a kind of the catalogue, found number %u"), info->kind);
      return FALSE;
    }
  service = bf_catalog_service (model->catalog, bf_catalog_kind (model->catalog, info->kind)->service);
  prefix = strlen (service->id);
  if (info->id != NULL && strncmp (info->id, service->id, prefix) == 0 && info->id[prefix] == '/'
      && info->id[prefix + 1] != '\0' && strlen (info->id + prefix + 1) <= BF_LIMIT_ID_BYTES
      && g_utf8_validate (info->id, -1, NULL))
    return TRUE;
  g_autofree char *shown = g_utf8_make_valid (info->id != NULL ? info->id : "", -1);
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
               _ ("expected an id “%s/source-id” of UTF-8 text with at most %u bytes behind the stroke, found “%.80s”"),
               service->id, BF_LIMIT_ID_BYTES, shown);
  return FALSE;
}

/* Bytes of "key\0value\0…" without the last NUL; %FALSE when over the limits. */
static gboolean
measure_attributes (const char *attributes, gsize *ret_length)
{
  const char *p = attributes;
  guint n = 0;

  for (; *p != '\0'; n++)
    {
      for (int i = 0; i < 2; i++)
        {
          gsize length = strlen (p);

          if (length > BF_LIMIT_TEXT_BYTES || !g_utf8_validate (p, (gssize) length, NULL))
            return FALSE;
          p += length + 1;
        }
      if (n >= BF_LIMIT_ATTRIBUTES)
        return FALSE;
    }
  *ret_length = p - attributes;
  return TRUE;
}

static gsize
attributes_length (const char *attributes)
{
  gsize length = 0;

  measure_attributes (attributes, &length);
  return length;
}

static gboolean
check_info (const BfModel *model, const BfAssetInfo *info, guint32 asset, GError **error)
{
  gsize length;

  if (!check_text (info->id, N_ ("a name"), info->name, error) || !check_text (info->id, N_ ("an address"), info->address, error))
    return FALSE;
  if (info->attributes != NULL && !measure_attributes (info->attributes, &length))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT,
                   _ ("asset “%s”: expected at most %u attributes, each of UTF-8 text of at most %u bytes"), info->id,
                   BF_LIMIT_ATTRIBUTES, BF_LIMIT_TEXT_BYTES);
      return FALSE;
    }
  if (!isnan (info->point.lon) && !bf_point_is_valid (info->point))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_RANGE, _ ("asset “%s”: expected a place in degrees, found %g, %g (lon, lat)"),
                   info->id, info->point.lon, info->point.lat);
      return FALSE;
    }
  if (asset != BF_NO_ASSET && model->kind[asset] != info->kind)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("asset “%s”: it is of the kind %s already, found %s"), info->id,
                   bf_catalog_kind (model->catalog, model->kind[asset])->full_id,
                   bf_catalog_kind (model->catalog, info->kind)->full_id);
      return FALSE;
    }
  if (info->parent == NULL)
    return TRUE;
  if (info->parent[0] == '\0' || strlen (info->parent) > ID_BYTES_MAX || !g_utf8_validate (info->parent, -1, NULL))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("asset “%s”: expected a parent's whole id of at most %u bytes"),
                   info->id, ID_BYTES_MAX);
      return FALSE;
    }
  return bf_model_check_parent (model, info->id, info->parent, error);
}

/* The field is this feed's to say: it is missing, or was said by this feed or one of a higher rank number. */
static gboolean
may_say (BfModel *model, guint32 asset, BfField field, guint16 feed)
{
  if (feed > model->rank[field][asset])
    return FALSE;
  model->rank[field][asset] = feed;
  return TRUE;
}

/* Puts a text in place of the one that @ref names. */
static gboolean
replace_text (BfModel *model, BfTextRef *ref, const char *text, gsize length, gsize old_length)
{
  const char *old = bf_arena_get (model->arena, *ref);
  BfTextRef fresh;

  if (old != NULL && old_length == length && memcmp (old, text, length) == 0)
    return FALSE;
  fresh = bf_arena_add (model->arena, text, length);
  if (fresh == 0)
    return FALSE;
  bf_arena_remove (model->arena, *ref, old_length);
  *ref = fresh;
  return TRUE;
}

static gboolean
set_text (BfModel *model, BfTextRef *ref, const char *text)
{
  const char *old = bf_arena_get (model->arena, *ref);

  return replace_text (model, ref, text, strlen (text), old != NULL ? strlen (old) : 0);
}

static gboolean
set_attributes (BfModel *model, guint32 asset, const char *attributes)
{
  const char *old = bf_arena_get (model->arena, model->attributes[asset]);

  return replace_text (model, &model->attributes[asset], attributes, attributes_length (attributes),
                       old != NULL ? attributes_length (old) : 0);
}

static gboolean
describe (BfModel *model, guint32 asset, const BfAssetInfo *info, guint16 feed)
{
  gboolean changed = FALSE;

  if (info->name != NULL && may_say (model, asset, BF_FIELD_NAME, feed))
    changed |= set_text (model, &model->name[asset], info->name);
  if (info->address != NULL && may_say (model, asset, BF_FIELD_ADDRESS, feed))
    changed |= set_text (model, &model->address[asset], info->address);
  if (info->attributes != NULL && may_say (model, asset, BF_FIELD_ATTRIBUTES, feed))
    changed |= set_attributes (model, asset, info->attributes);
  if (info->parent != NULL && may_say (model, asset, BF_FIELD_PARENT, feed))
    changed |= bf_model_set_parent (model, asset, info->parent);
  if (!isnan (info->point.lon) && may_say (model, asset, BF_FIELD_POINT, feed))
    {
      BfPoint old = model->point[asset];

      changed |= !(old.lon == info->point.lon && old.lat == info->point.lat);
      model->point[asset] = info->point;
    }
  changed |= bf_model_say_shape (model, asset, info, feed);
  if (feed < model->feed[asset])
    model->feed[asset] = feed;
  return changed;
}

static guint32
add_asset (BfModel *model, const BfAssetInfo *info, GError **error)
{
  guint32 asset = model->n_assets;
  guint64 hash;
  BfTextRef id;

  if (asset >= BF_LIMIT_ASSETS)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("asset “%s”: more than %u assets in one city"), info->id,
                   BF_LIMIT_ASSETS);
      return BF_NO_ASSET;
    }
  id = bf_arena_add (model->arena, info->id, strlen (info->id));
  if (id == 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("asset “%s”: no more room for texts"), info->id);
      return BF_NO_ASSET;
    }
  reserve_asset (model);
  reserve_slot (model);
  model->id[asset] = id;
  model->name[asset] = model->address[asset] = model->attributes[asset] = 0;
  model->point[asset] = (BfPoint){ NAN, NAN };
  model->parent[asset] = model->first_child[asset] = BF_NO_ASSET;
  model->next[asset] = model->prev[asset] = BF_NO_ASSET;
  model->kind[asset] = info->kind;
  model->zone[asset] = G_MAXUINT16;
  model->feed[asset] = BF_NO_FEED;
  for (guint i = 0; i < BF_N_FIELDS; i++)
    model->rank[i][asset] = BF_NO_FEED;
  bf_model_table_add (model, info->kind, asset, &model->row[asset]);
  hash = hash_id (model, info->id);
  *find_slot (model, model->slots, model->n_slots, info->id, hash) = slot_of (asset, hash);
  model->n_assets++;
  bf_model_adopt (model, asset);
  return asset;
}

/**
 * bf_model_put_asset:
 * @info: what the feed says; what is %NULL (or a NAN place) is not said and stays as it is
 * @feed: rank of the feed by file name, or %BF_NO_FEED for what is only to fill what no feed says
 * @ret_changed: (out) (optional): whether anything is another than before
 *
 * Adds an asset or describes it again. Each field belongs to the feed of the lowest rank that said it, in whatever order
 * the feeds come; another only fills what is missing. A parent that is not there yet is linked when it comes.
 *
 * Returns: the asset, or %BF_NO_ASSET with @error and nothing changed: bad id, kind, place or text, another kind than
 *   before, a parent that stands under it, or a limit
 */
guint32
bf_model_put_asset (BfModel *model, const BfAssetInfo *info, guint16 feed, gboolean *ret_changed, GError **error)
{
  guint32 asset;
  gboolean changed;

  g_return_val_if_fail (model != NULL && info != NULL, BF_NO_ASSET);

  if (!check_id (model, info, error))
    return BF_NO_ASSET;
  asset = bf_model_find_asset (model, info->id);
  if (!check_info (model, info, asset, error))
    return BF_NO_ASSET;
  changed = asset == BF_NO_ASSET;
  if (changed)
    {
      asset = add_asset (model, info, error);
      if (asset == BF_NO_ASSET)
        return BF_NO_ASSET;
    }
  changed |= describe (model, asset, info, feed);
  if (ret_changed != NULL)
    *ret_changed = changed;
  return asset;
}

/* --- reading --- */

guint32
bf_model_n_assets (const BfModel *model)
{
  return model->n_assets;
}

const char *
bf_model_asset_id (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, NULL);
  return bf_arena_get (model->arena, model->id[asset]);
}

/**
 * bf_model_asset_name:
 *
 * Returns: (transfer none): the name; the source id as long as no feed said one
 */
const char *
bf_model_asset_name (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, NULL);
  if (model->name[asset] != 0)
    return bf_arena_get (model->arena, model->name[asset]);
  return strchr (bf_arena_get (model->arena, model->id[asset]), '/') + 1;
}

/**
 * bf_model_asset_address:
 *
 * Returns: (nullable) (transfer none): the address that a feed gave, else the one of bf_model_set_address()
 */
const char *
bf_model_asset_address (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, NULL);
  return bf_arena_get (model->arena, model->address[asset]);
}

/**
 * bf_model_asset_attributes:
 *
 * Returns: (nullable) (transfer none): "key\0value\0key\0value\0\0"
 */
const char *
bf_model_asset_attributes (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, NULL);
  return bf_arena_get (model->arena, model->attributes[asset]);
}

const BfKind *
bf_model_asset_kind (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, NULL);
  return bf_catalog_kind (model->catalog, model->kind[asset]);
}

/**
 * bf_model_asset_point:
 *
 * Returns: the place; its lon is NAN when it has none
 */
BfPoint
bf_model_asset_point (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, ((BfPoint){ NAN, NAN }));
  return model->point[asset];
}

/**
 * bf_model_asset_feed:
 *
 * Returns: the lowest rank of a feed that described it, %BF_NO_FEED when none did
 */
guint16
bf_model_asset_feed (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, BF_NO_FEED);
  return model->feed[asset];
}

/**
 * bf_model_set_address:
 * @address: (nullable): the nearest street address, found by us
 *
 * Does nothing when a feed gave an address, or @address is over the limit of texts.
 */
void
bf_model_set_address (BfModel *model, guint32 asset, const char *address)
{
  g_return_if_fail (asset < model->n_assets);
  if (model->rank[BF_FIELD_ADDRESS][asset] != BF_NO_FEED)
    return;
  if (address != NULL && check_text ("", "", address, NULL))
    set_text (model, &model->address[asset], address);
}

guint16
bf_model_asset_zone (const BfModel *model, guint32 asset)
{
  g_return_val_if_fail (asset < model->n_assets, G_MAXUINT16);
  return model->zone[asset];
}

void
bf_model_set_zone (BfModel *model, guint32 asset, guint16 zone)
{
  g_return_if_fail (asset < model->n_assets);
  model->zone[asset] = zone;
}

guint32
bf_model_n_of_kind (const BfModel *model, guint16 kind)
{
  return kind < model->n_kinds ? model->tables[kind].n_rows : 0;
}

/**
 * bf_model_of_kind:
 * @row: below bf_model_n_of_kind()
 *
 * Returns: the asset of that row
 */
guint32
bf_model_of_kind (const BfModel *model, guint16 kind, guint32 row)
{
  g_return_val_if_fail (kind < model->n_kinds && row < model->tables[kind].n_rows, BF_NO_ASSET);
  return model->tables[kind].assets[row];
}

/**
 * bf_model_memory_bytes:
 *
 * Returns: bytes that the model asked for (not all of them are touched)
 */
gsize
bf_model_memory_bytes (const BfModel *model)
{
  gsize bytes = sizeof *model + bf_arena_memory_bytes (model->arena) + bf_model_tables_memory_bytes (model);

  for (guint i = 0; i < G_N_ELEMENTS (columns); i++)
    bytes += model->capacity * columns[i].size;
  bytes += (model->n_slots + (model->full_slots != NULL ? model->n_slots / 2 : 0)) * sizeof (guint32);
  bytes += g_hash_table_size (model->waited_by_id) * 3 * sizeof (gpointer);
  bytes += g_hash_table_size (model->shaped_by_asset) * 3 * sizeof (gpointer) + model->shaped->len * sizeof (BfShaped);
  return bytes + model->waited->len * sizeof (BfWaited) + model->waited_free->len * sizeof (guint32);
}
