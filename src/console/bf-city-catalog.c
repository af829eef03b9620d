/* SPDX-License-Identifier: EUPL-1.2 */
/* The client's catalog: see bf-city-catalog.h. Main thread; immutable once built. */

#include "console/bf-city-catalog.h"

#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"

static void
state_clear (gpointer data)
{
  BfCityState *state = data;

  g_free (state->id);
  bf_name_clear (&state->name);
}

static void
property_clear (gpointer data)
{
  BfCityProperty *property = data;

  g_free (property->id);
  g_free (property->unit_code);
  bf_name_clear (&property->name);
  bf_name_clear (&property->unit);
  g_clear_pointer (&property->states, g_array_unref);
}

static void
kind_clear (gpointer data)
{
  BfCityKind *kind = data;

  g_free (kind->id);
  g_free (kind->symbol);
  bf_name_clear (&kind->name);
  g_array_unref (kind->properties);
}

static void
service_clear (gpointer data)
{
  BfCityService *service = data;

  g_free (service->id);
  bf_name_clear (&service->name);
}

static void
indicator_clear (gpointer data)
{
  BfCityIndicator *indicator = data;

  g_free (indicator->id);
  g_free (indicator->unit);
  bf_name_clear (&indicator->name);
}

static GArray *
array_new (gsize size, GDestroyNotify clear)
{
  GArray *array = g_array_new (FALSE, TRUE, (guint) size);

  g_array_set_clear_func (array, clear);
  return array;
}

/**
 * bf_city_name_from_json:
 * @name: (out caller-allocates): what it held is freed
 * @node: an object
 * @key: its member of the form {"en", "fr"}
 * @fallback: the plain text when there is none
 */
void
bf_city_name_from_json (BfName *name, BfJsonNode node, const char *key, const char *fallback)
{
  BfJsonNode text;
  const char *en = NULL;
  const char *fr = NULL;

  bf_name_clear (name);
  if (bf_json_member (node, key, &text))
    {
      if (!bf_json_get_string (text, &en, NULL))
        {
          en = bf_json_member_string (text, "en", NULL);
          fr = bf_json_member_string (text, "fr", NULL);
        }
    }
  name->text = g_strdup (en != NULL ? en : (fr != NULL ? fr : fallback));
  name->fr = g_strdup (fr);
}

static void
read_states (BfCityProperty *property, BfJsonNode node)
{
  BfJsonNode values, value;
  BfJsonIter iter;

  if (!bf_json_member (node, "values", &values) || !bf_json_iter_init (&iter, values))
    return;
  property->states = array_new (sizeof (BfCityState), state_clear);
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    {
      BfCityState state = { 0 };

      state.id = g_strdup (bf_json_member_string (value, "id", ""));
      bf_city_name_from_json (&state.name, value, "name", state.id);
      g_array_append_val (property->states, state);
    }
}

static void
read_unit (BfCityProperty *property, BfJsonNode node)
{
  BfJsonNode unit;

  if (!bf_json_member (node, "unit", &unit) || bf_json_type (unit) != BF_JSON_OBJECT)
    {
      property->unit_code = g_strdup ("");
      property->unit.text = g_strdup ("");
      return;
    }
  property->unit_code = g_strdup (bf_json_member_string (unit, "code", ""));
  property->unit.text = g_strdup (bf_json_member_string (unit, "en", ""));
  property->unit.fr = g_strdup (bf_json_member_string (unit, "fr", NULL));
}

static void
attach_to_kinds (BfCityCatalog *self, BfJsonNode node, guint index)
{
  BfJsonNode kinds, value;
  BfJsonIter iter;
  const char *id;

  if (!bf_json_member (node, "kinds", &kinds) || !bf_json_iter_init (&iter, kinds))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    if (bf_json_get_string (value, &id, NULL))
      {
        guint kind = bf_city_catalog_find_kind (self, id);

        if (kind != BF_CITY_NONE)
          g_array_append_val (g_array_index (self->kinds, BfCityKind, kind).properties, index);
      }
}

static void
read_properties (BfCityCatalog *self, BfJsonNode node, guint service, const char *service_id)
{
  BfJsonNode list, value;
  BfJsonIter iter;

  if (!bf_json_member (node, "properties", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    {
      BfCityProperty property = { 0 };
      guint index = self->properties->len;

      if (index >= BF_LIMIT_PROPERTIES)
        return;
      property.id = g_strdup (bf_json_member_string (value, "id", ""));
      property.service = service;
      property.min = bf_json_member_double (value, "min", 0);
      property.max = bf_json_member_double (value, "max", 0);
      property.derived = bf_json_member_bool (value, "derived", FALSE);
      bf_city_name_from_json (&property.name, value, "name", property.id);
      read_unit (&property, value);
      if (strcmp (bf_json_member_string (value, "type", "number"), "state") == 0)
        read_states (&property, value);
      g_array_append_val (self->properties, property);
      g_hash_table_insert (self->property_by_id, g_strdup_printf ("%s.%s", service_id, property.id),
                           GUINT_TO_POINTER (index + 1));
      attach_to_kinds (self, value, index);
    }
}

static void
read_kinds (BfCityCatalog *self, BfJsonNode node, guint service)
{
  BfJsonNode list, value;
  BfJsonIter iter;

  if (!bf_json_member (node, "kinds", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    {
      BfCityKind kind = { 0 };

      if (self->kinds->len >= G_MAXUINT16)
        return;
      kind.id = g_strdup (bf_json_member_string (value, "id", ""));
      kind.service = service;
      kind.symbol = g_strdup (bf_json_member_string (value, "symbol", ""));
      kind.headline = kind.over_property = BF_CITY_NONE;
      kind.properties = g_array_new (FALSE, FALSE, sizeof (guint));
      bf_city_name_from_json (&kind.name, value, "name", kind.id);
      g_array_append_val (self->kinds, kind);
      g_hash_table_insert (self->kind_by_id, g_strdup (kind.id), GUINT_TO_POINTER (self->kinds->len));
    }
}

static void
read_over (BfCityCatalog *self, BfJsonNode node, const char *service_id, BfCityKind *kind)
{
  const BfCityProperty *property;
  BfJsonNode over, list, value;
  BfJsonIter iter;
  const char *id;

  if (!bf_json_member (node, "over", &over) || !bf_json_member (over, "values", &list) || !bf_json_iter_init (&iter, list))
    return;
  kind->over_property = bf_city_catalog_find_property (self, service_id, bf_json_member_string (over, "property", ""));
  property = kind->over_property != BF_CITY_NONE ? bf_city_catalog_property (self, kind->over_property) : NULL;
  while (property != NULL && property->states != NULL && bf_json_iter_next (&iter, NULL, NULL, &value))
    for (guint i = 0; bf_json_get_string (value, &id, NULL) && i < MIN (property->states->len, 64); i++)
      if (strcmp (g_array_index (property->states, BfCityState, i).id, id) == 0)
        kind->over |= G_GUINT64_CONSTANT (1) << i;
}

static void
read_headlines (BfCityCatalog *self, BfJsonNode node, const char *service_id)
{
  BfJsonNode list, value;
  BfJsonIter iter;

  if (!bf_json_member (node, "kinds", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    {
      guint kind = bf_city_catalog_find_kind (self, bf_json_member_string (value, "id", ""));
      const char *headline = bf_json_member_string (value, "headline", NULL);

      if (kind != BF_CITY_NONE && headline != NULL)
        g_array_index (self->kinds, BfCityKind, kind).headline =
          bf_city_catalog_find_property (self, service_id, headline);
      if (kind != BF_CITY_NONE)
        read_over (self, value, service_id, &g_array_index (self->kinds, BfCityKind, kind));
    }
}

static void
read_indicators (BfCityCatalog *self, BfJsonNode node, guint service)
{
  BfJsonNode list, value, unit;
  BfJsonIter iter;

  if (!bf_json_member (node, "indicators", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    {
      BfCityIndicator indicator = { 0 };
      const char *text = NULL;

      indicator.id = g_strdup (bf_json_member_string (value, "id", ""));
      indicator.service = service;
      bf_city_name_from_json (&indicator.name, value, "name", indicator.id);
      if (bf_json_member (value, "unit", &unit) && !bf_json_get_string (unit, &text, NULL))
        text = bf_json_member_string (unit, "en", "");
      indicator.unit = g_strdup (text != NULL ? text : "");
      g_array_append_val (self->indicators, indicator);
    }
}

/**
 * bf_city_catalog_new:
 * @node: the message `catalog`
 *
 * Returns: (transfer full) (nullable): the catalog; %NULL with @error when the message is none
 */
BfCityCatalog *
bf_city_catalog_new (BfJsonNode node, GError **error)
{
  g_autoptr (BfCityCatalog) self = g_new0 (BfCityCatalog, 1);
  BfJsonNode services, value;
  BfJsonIter iter;

  self->services = array_new (sizeof (BfCityService), service_clear);
  self->kinds = array_new (sizeof (BfCityKind), kind_clear);
  self->properties = array_new (sizeof (BfCityProperty), property_clear);
  self->indicators = array_new (sizeof (BfCityIndicator), indicator_clear);
  self->service_by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->kind_by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->property_by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  if (!bf_json_member (node, "services", &services) || !bf_json_iter_init (&iter, services))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, "catalog: a member \"services\" with an array was expected");
      return NULL;
    }
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    {
      BfCityService service = { 0 };
      guint index = self->services->len;

      service.id = g_strdup (bf_json_member_string (value, "id", ""));
      bf_city_name_from_json (&service.name, value, "name", service.id);
      g_array_append_val (self->services, service);
      g_hash_table_insert (self->service_by_id, g_strdup (service.id), GUINT_TO_POINTER (index + 1));
      read_kinds (self, value, index);
      read_properties (self, value, index, service.id);
      read_headlines (self, value, service.id);
      read_indicators (self, value, index);
    }
  return g_steal_pointer (&self);
}

void
bf_city_catalog_free (BfCityCatalog *self)
{
  g_clear_pointer (&self->services, g_array_unref);
  g_clear_pointer (&self->kinds, g_array_unref);
  g_clear_pointer (&self->properties, g_array_unref);
  g_clear_pointer (&self->indicators, g_array_unref);
  g_clear_pointer (&self->service_by_id, g_hash_table_unref);
  g_clear_pointer (&self->kind_by_id, g_hash_table_unref);
  g_clear_pointer (&self->property_by_id, g_hash_table_unref);
  g_free (self);
}

static guint
find (GHashTable *table, const char *id)
{
  guint found = id != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (table, id)) : 0;

  return found == 0 ? BF_CITY_NONE : found - 1;
}

guint
bf_city_catalog_find_service (const BfCityCatalog *self, const char *id)
{
  return find (self->service_by_id, id);
}

guint
bf_city_catalog_find_kind (const BfCityCatalog *self, const char *id)
{
  return find (self->kind_by_id, id);
}

guint
bf_city_catalog_find_property (const BfCityCatalog *self, const char *service, const char *id)
{
  g_autofree char *key = g_strdup_printf ("%s.%s", service, id);

  return find (self->property_by_id, key);
}

const BfCityService *
bf_city_catalog_service (const BfCityCatalog *self, guint index)
{
  return index < self->services->len ? &g_array_index (self->services, BfCityService, index) : NULL;
}

const BfCityKind *
bf_city_catalog_kind (const BfCityCatalog *self, guint index)
{
  return index < self->kinds->len ? &g_array_index (self->kinds, BfCityKind, index) : NULL;
}

const BfCityProperty *
bf_city_catalog_property (const BfCityCatalog *self, guint index)
{
  return index < self->properties->len ? &g_array_index (self->properties, BfCityProperty, index) : NULL;
}

/**
 * bf_city_kind_slot:
 *
 * Returns: the place of @property among the values of an asset of @kind, or %BF_CITY_NONE
 */
guint
bf_city_kind_slot (const BfCityKind *kind, guint property)
{
  for (guint i = 0; i < kind->properties->len; i++)
    if (g_array_index (kind->properties, guint, i) == property)
      return i;
  return BF_CITY_NONE;
}
