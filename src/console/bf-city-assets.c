/* SPDX-License-Identifier: EUPL-1.2 */
/* The client's assets: see bf-city-assets.h. Main thread. Texts are only ever appended to the arena, and only when they
 * changed; a new snapshot after a lost connection builds a new object, which drops what is no longer used. */

#include "console/bf-city-assets.h"

#include <math.h>
#include <string.h>

#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "json/bf-json-shape.h"

BfCityAssets *
bf_city_assets_new (void)
{
  BfCityAssets *self = g_new0 (BfCityAssets, 1);

  self->assets = g_array_new (FALSE, FALSE, sizeof (BfCityAsset));
  self->values = g_array_new (FALSE, FALSE, sizeof (BfCityValue));
  self->arena = g_string_new (NULL);
  self->shapes = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_string_append_c (self->arena, '\0'); /* place 0 is "" */
  return self;
}

void
bf_city_assets_free (BfCityAssets *self)
{
  g_array_unref (self->assets);
  g_array_unref (self->values);
  g_string_free (self->arena, TRUE);
  g_hash_table_unref (self->shapes);
  g_free (self->slots);
  g_free (self);
}

guint
bf_city_assets_count (const BfCityAssets *self)
{
  return self->assets->len;
}

const BfCityAsset *
bf_city_assets_get (const BfCityAssets *self, guint index)
{
  return index < self->assets->len ? &g_array_index (self->assets, BfCityAsset, index) : NULL;
}

/**
 * bf_city_assets_text:
 *
 * Returns: (transfer none): valid until the next asset is put
 */
const char *
bf_city_assets_text (const BfCityAssets *self, guint32 text)
{
  return self->arena->str + text;
}

static gsize
slot_of (const BfCityAssets *self, const char *id)
{
  gsize at = (gsize) bf_hash_bytes (id, strlen (id)) & (self->n_slots - 1);

  while (self->slots[at] != 0)
    {
      const BfCityAsset *asset = bf_city_assets_get (self, self->slots[at] - 1);

      if (strcmp (bf_city_assets_text (self, asset->id), id) == 0)
        break;
      at = (at + 1) & (self->n_slots - 1);
    }
  return at;
}

static void
grow_slots (BfCityAssets *self)
{
  if ((gsize) self->assets->len * 2 < self->n_slots)
    return;
  self->n_slots = self->n_slots == 0 ? 1024 : self->n_slots * 2;
  g_free (self->slots);
  self->slots = g_new0 (guint32, self->n_slots);
  for (guint i = 0; i < self->assets->len; i++)
    self->slots[slot_of (self, bf_city_assets_text (self, bf_city_assets_get (self, i)->id))] = i + 1;
}

guint
bf_city_assets_find (const BfCityAssets *self, const char *id)
{
  guint32 found;

  if (id == NULL || self->n_slots == 0)
    return BF_CITY_NONE;
  found = self->slots[slot_of (self, id)];
  return found == 0 ? BF_CITY_NONE : found - 1;
}

static void
put_text (BfCityAssets *self, guint32 *place, const char *text)
{
  if (text == NULL)
    text = "";
  if (strcmp (bf_city_assets_text (self, *place), text) == 0)
    return;
  if (self->arena->len + strlen (text) + 1 > G_MAXUINT32)
    {
      self->n_refused++;
      return;
    }
  *place = (guint32) self->arena->len;
  g_string_append_len (self->arena, text, (gssize) strlen (text) + 1);
}

static BfCityValue *
value_at (const BfCityAssets *self, const BfCityCatalog *catalog, guint index, guint property)
{
  const BfCityAsset *asset = bf_city_assets_get (self, index);
  guint slot;

  if (asset == NULL || property == BF_CITY_NONE)
    return NULL;
  slot = bf_city_kind_slot (bf_city_catalog_kind (catalog, asset->kind), property);
  return slot == BF_CITY_NONE ? NULL : &g_array_index (self->values, BfCityValue, asset->first_value + slot);
}

const BfCityValue *
bf_city_assets_value (const BfCityAssets *self, const BfCityCatalog *catalog, guint index, guint property)
{
  return value_at (self, catalog, index, property);
}

/**
 * bf_city_assets_is_unknown:
 *
 * Returns: %TRUE when the asset's headline value (or, without one, every value) is not known now
 */
gboolean
bf_city_assets_is_unknown (const BfCityAssets *self, const BfCityCatalog *catalog, guint index)
{
  const BfCityAsset *asset = bf_city_assets_get (self, index);
  const BfCityKind *kind = bf_city_catalog_kind (catalog, asset->kind);

  if (kind->headline != BF_CITY_NONE)
    {
      const BfCityValue *value = value_at (self, catalog, index, kind->headline);

      if (value != NULL)
        return !value->known;
    }
  for (guint i = 0; i < kind->properties->len; i++)
    if (g_array_index (self->values, BfCityValue, asset->first_value + i).known)
      return FALSE;
  return TRUE;
}

/**
 * bf_city_assets_is_over:
 *
 * Returns: %TRUE when its last state says that the asset is over: a warning withdrawn, a report closed
 */
gboolean
bf_city_assets_is_over (const BfCityAssets *self, const BfCityCatalog *catalog, guint index)
{
  const BfCityKind *kind = bf_city_catalog_kind (catalog, bf_city_assets_get (self, index)->kind);
  const BfCityValue *value = kind->over != 0 ? value_at (self, catalog, index, kind->over_property) : NULL;

  return value != NULL && value->value >= 0 && value->value < 64 && ((kind->over >> (guint) value->value) & 1) != 0;
}

/* A state comes as its id, a number as a number. */
static gboolean
read_value (const BfCityProperty *property, BfJsonNode node, double *ret_value)
{
  const char *text;

  if (bf_json_get_double (node, ret_value))
    return TRUE;
  if (bf_json_type (node) == BF_JSON_NULL)
    {
      *ret_value = NAN;
      return TRUE;
    }
  if (property->states != NULL && bf_json_get_string (node, &text, NULL))
    for (guint i = 0; i < property->states->len; i++)
      if (strcmp (g_array_index (property->states, BfCityState, i).id, text) == 0)
        {
          *ret_value = i;
          return TRUE;
        }
  return FALSE;
}

static gboolean
store_value (BfCityAssets *self,
             const BfCityCatalog *catalog,
             guint index,
             guint property,
             BfJsonNode node,
             gint64 observed_ms,
             gboolean known)
{
  BfCityValue *value = value_at (self, catalog, index, property);
  double number;

  if (value == NULL || !read_value (bf_city_catalog_property (catalog, property), node, &number))
    {
      self->n_refused++;
      return FALSE;
    }
  /* Forgotten: the last value stays with its time, so that a person sees what was known and how long ago. */
  if (isnan (number) && value->observed_ms != 0)
    {
      value->known = FALSE;
      return TRUE;
    }
  /* A slice of a snapshot may have been written before the message that overtook it. */
  if (observed_ms < value->observed_ms)
    return FALSE;
  value->value = number;
  value->observed_ms = observed_ms;
  value->known = known && !isnan (number);
  return TRUE;
}

static void
put_values (BfCityAssets *self, const BfCityCatalog *catalog, guint index, BfJsonNode node)
{
  const BfCityKind *kind = bf_city_catalog_kind (catalog, bf_city_assets_get (self, index)->kind);
  BfJsonNode values, entry, number;
  BfJsonIter iter;
  const char *key;

  if (!bf_json_member (node, "values", &values) || !bf_json_iter_init (&iter, values))
    return;
  while (bf_json_iter_next (&iter, &key, NULL, &entry))
    {
      gint64 observed_us = bf_json_member_time (entry, "observed");

      if (!bf_json_member (entry, "value", &number))
        continue;
      store_value (self, catalog, index,
                   bf_city_catalog_find_property (catalog, bf_city_catalog_service (catalog, kind->service)->id, key), number,
                   observed_us == BF_TIME_NONE ? 0 : observed_us / 1000, bf_json_member_bool (entry, "known", FALSE));
    }
}

static guint
append (BfCityAssets *self, const BfCityCatalog *catalog, const char *id, guint kind)
{
  BfCityAsset asset = { .kind = (guint16) kind, .lat = NAN, .lon = NAN };
  const BfCityKind *info = bf_city_catalog_kind (catalog, kind);
  const BfCityValue nothing = { .value = NAN };
  guint index;

  grow_slots (self);
  index = self->assets->len;
  asset.service = (guint16) info->service;
  asset.first_value = self->values->len;
  put_text (self, &asset.id, id);
  for (guint i = 0; i < info->properties->len; i++)
    g_array_append_val (self->values, nothing);
  {
    gsize slot = slot_of (self, id);

    g_array_append_val (self->assets, asset);
    self->slots[slot] = index + 1;
  }
  return index;
}

/**
 * bf_city_assets_shape:
 *
 * Returns: (nullable) (transfer none): the asset's line or area, until it is put again
 */
const BfShape *
bf_city_assets_shape (const BfCityAssets *self, guint index)
{
  return g_hash_table_lookup (self->shapes, GUINT_TO_POINTER (index + 1));
}

/* Whether it is another than before. One that cannot be read is counted, and the asset stands as its point. */
static gboolean
put_shape (BfCityAssets *self, guint index, BfJsonNode node)
{
  const BfShape *old = bf_city_assets_shape (self, index);
  BfJsonNode geometry;
  BfShape *shape = NULL;

  if (bf_json_member (node, "shape", &geometry) && bf_json_type (geometry) == BF_JSON_OBJECT)
    {
      shape = bf_json_shape (geometry);
      self->n_refused += shape == NULL;
    }
  if (bf_shape_equal (old, shape))
    {
      g_free (shape);
      return FALSE;
    }
  if (shape != NULL)
    g_hash_table_insert (self->shapes, GUINT_TO_POINTER (index + 1), shape);
  else
    g_hash_table_remove (self->shapes, GUINT_TO_POINTER (index + 1));
  return TRUE;
}

/**
 * bf_city_assets_put:
 * @node: an `asset` of the API
 * @ret_new: (out) (optional): whether it was not there before, or moved
 *
 * Returns: its index; %BF_CITY_NONE when it has no id or names no kind of the catalog (counted)
 */
guint
bf_city_assets_put (BfCityAssets *self, const BfCityCatalog *catalog, BfJsonNode node, gboolean *ret_new)
{
  const char *id = bf_json_member_string (node, "id", NULL);
  guint kind = bf_city_catalog_find_kind (catalog, bf_json_member_string (node, "kind", NULL));
  guint index;
  gboolean is_new;
  gboolean reshaped;
  BfCityAsset *asset;
  BfJsonNode zone;
  double lat, lon;

  if (id == NULL || *id == '\0' || kind == BF_CITY_NONE || self->assets->len >= BF_LIMIT_ASSETS)
    {
      self->n_refused++;
      return BF_CITY_NONE;
    }
  index = bf_city_assets_find (self, id);
  is_new = index == BF_CITY_NONE;
  if (is_new)
    index = append (self, catalog, id, kind);
  asset = &g_array_index (self->assets, BfCityAsset, index);
  lat = bf_json_member_double (node, "lat", NAN);
  lon = bf_json_member_double (node, "lon", NAN);
  reshaped = put_shape (self, index, node);
  if (ret_new != NULL)
    *ret_new = is_new || reshaped || lat != asset->lat || lon != asset->lon;
  asset->lat = lat;
  asset->lon = lon;
  put_text (self, &asset->name, bf_json_member_string (node, "name", NULL));
  put_text (self, &asset->address, bf_json_member_string (node, "address", NULL));
  put_text (self, &asset->zone, bf_json_member (node, "zone", &zone) ? bf_json_member_string (zone, "name", NULL) : NULL);
  put_values (self, catalog, index, node);
  return index;
}

/**
 * bf_city_assets_apply_value:
 * @row: [asset, property, value, observed_ms, known]
 *
 * Returns: the asset that changed, or %BF_CITY_NONE
 */
guint
bf_city_assets_apply_value (BfCityAssets *self, const BfCityCatalog *catalog, BfJsonNode row)
{
  BfJsonIter iter;
  BfJsonNode cell[5];
  const char *id, *property_id;
  gint64 observed_ms = 0;
  gboolean known = FALSE;
  guint index, property;

  if (!bf_json_iter_init (&iter, row))
    return BF_CITY_NONE;
  for (guint i = 0; i < G_N_ELEMENTS (cell); i++)
    if (!bf_json_iter_next (&iter, NULL, NULL, &cell[i]))
      {
        self->n_refused++;
        return BF_CITY_NONE;
      }
  if (!bf_json_get_string (cell[0], &id, NULL) || !bf_json_get_string (cell[1], &property_id, NULL) ||
      (index = bf_city_assets_find (self, id)) == BF_CITY_NONE)
    {
      self->n_refused++;
      return BF_CITY_NONE;
    }
  if (!bf_json_get_int (cell[3], &observed_ms))
    observed_ms = 0;
  bf_json_get_bool (cell[4], &known);
  property = bf_city_catalog_find_property (
    catalog, bf_city_catalog_service (catalog, bf_city_assets_get (self, index)->service)->id, property_id);
  return store_value (self, catalog, index, property, cell[2], observed_ms, known) ? index : BF_CITY_NONE;
}
