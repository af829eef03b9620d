/* SPDX-License-Identifier: EUPL-1.2 */
/* Runs a compiled mapping on records. The names that it wants are found in one pass over a record's members; nothing is
 * allocated for a record but what a refusal says. What is null, missing or blank is no observation and no error; what is
 * there and cannot be read is refused with what was found. One thread. */

#include "formats/bf-format-private.h"
#include "formats/bf-mapping-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

/* --- texts ---------------------------------------------------------------------------------------------------------- */

/* "l%3D0.22" -> "l=0.22"; as it stands when it is no escaped text. */
static const char *
unescaped (GString *room, const char *text, gsize *length)
{
  g_autofree char *plain = g_uri_unescape_string (text, NULL);

  if (plain == NULL || !g_utf8_validate (plain, -1, NULL))
    return text;
  g_string_assign (room, plain);
  *length = room->len;
  return room->str;
}

/* A text of the asset; NULL when not mapped, null or refused. Lives until the next record. */
static const char *
asset_text (BfMapRecord *r, const BfMapPath *path, const char *what, guint slot, gsize *ret_length)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE], shown[96];
  const char *text;
  BfMapFound found;

  *ret_length = 0;
  if (path->n_sources == 0 || !bf_map_find (r->mapping, path, &found))
    return NULL;
  if (found.constant != NULL)
    {
      *ret_length = found.constant->constant_length;
      return found.constant->constant;
    }
  text = bf_map_scalar_text (found.node, room, ret_length);
  if (text == NULL)
    {
      bf_sink_refuse (r->sink, r->record, what, _ ("expected a text (%s), found %s"), path->text, bf_map_show (found.node, shown));
      return NULL;
    }
  if (strlen (text) != *ret_length)
    {
      bf_sink_refuse (r->sink, r->record, what, _ ("the text (%s) has a character U+0000"), path->text);
      return NULL;
    }
  if (r->mapping->escaped && memchr (text, '%', *ret_length) != NULL)
    return unescaped (r->mapping->texts[slot], text, ret_length);
  if (text != room)
    return text;
  g_string_assign (r->mapping->texts[slot], text);
  return r->mapping->texts[slot]->str;
}

static void
append_attribute (BfMapRecord *r, const BfMapAttribute *attribute)
{
  GString *all = r->mapping->attribute_text;
  gsize length;
  const char *text = asset_text (r, &attribute->path, attribute->key, 3, &length);

  if (text == NULL)
    return;
  if (length > BF_LIMIT_TEXT_BYTES)
    {
      bf_sink_refuse (r->sink, r->record, attribute->key, _ ("a text of %zu bytes, at most %u are allowed"), length,
                      BF_LIMIT_TEXT_BYTES);
      return;
    }
  if (length == 0)
    return;
  g_string_append (all, attribute->key);
  g_string_append_c (all, '\0');
  g_string_append_len (all, text, (gssize) length);
  g_string_append_c (all, '\0');
}

static const char *
attributes (BfMapRecord *r)
{
  BfMapping *mapping = r->mapping;

  if (mapping->attributes->len == 0)
    return NULL;
  g_string_truncate (mapping->attribute_text, 0);
  for (guint i = 0; i < mapping->attributes->len; i++)
    append_attribute (r, &g_array_index (mapping->attributes, BfMapAttribute, i));
  g_string_append_c (mapping->attribute_text, '\0');
  return mapping->attribute_text->str;
}

/* --- properties ----------------------------------------------------------------------------------------------------- */

static gboolean
means_none (const BfMapProperty *mapped, BfJsonNode node)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE];
  gsize length;
  const char *text = bf_map_scalar_text (node, room, &length);
  double a, b;

  if (text == NULL)
    return FALSE;
  for (guint i = 0; mapped->none[i] != NULL; i++)
    if ((strlen (mapped->none[i]) == length && memcmp (mapped->none[i], text, length) == 0)
        || (bf_text_to_double (mapped->none[i], strlen (mapped->none[i]), &a) && bf_map_node_number (node, &b) && a == b))
      return TRUE;
  return FALSE;
}

static const BfMapEntry *
look_up (BfMapTable *table, const char *text, gsize length)
{
  const BfMapEntry *entry;

  if (table->entries->len == 0)
    return NULL;
  entry = &g_array_index (table->entries, BfMapEntry, table->last);
  if (entry->length == length && memcmp (entry->text, text, length) == 0)
    return entry;
  for (guint i = 0; i < table->entries->len; i++)
    {
      entry = &g_array_index (table->entries, BfMapEntry, i);
      if (entry->length == length && memcmp (entry->text, text, length) == 0)
        {
          table->last = i;
          return entry;
        }
    }
  return table->others >= 0 ? &g_array_index (table->entries, BfMapEntry, table->others) : NULL;
}

static void
refuse_not_in_table (BfMapRecord *r, const BfMapTable *table, const char *what, const char *text, gsize length)
{
  g_autoptr (GString) known = g_string_new (NULL);

  for (guint i = 0; i < table->entries->len && known->len < 400; i++)
    g_string_append_printf (known, "%s%s", i > 0 ? ", " : "", g_array_index (table->entries, BfMapEntry, i).text);
  bf_sink_refuse (r->sink, r->record, what, _ ("“%.*s” is not in its table (%s)"), (int) MIN (length, 80), text, known->str);
}

static void
in_lines_unit (const BfMapProperty *mapped, double *value)
{
  *value = *value * mapped->scale + mapped->offset;
  if (mapped->convert)
    *value = bf_unit_convert (*value, &mapped->unit, &mapped->property->unit);
}

/* A record that says a unit knows better than a line; a unit that nobody knows is left to the lines, when they say one. */
static gboolean
in_own_unit (BfMapRecord *r, const BfMapProperty *mapped, const char *text, gsize length, double *value)
{
  const BfProperty *property = mapped->property;
  BfUnit unit;

  if (bf_format_unit (text, length, &unit) && bf_unit_same_dimension (&unit, &property->unit))
    {
      *value = bf_unit_convert (*value, &unit, &property->unit);
      return TRUE;
    }
  if (mapped->convert || mapped->scale != 1)
    {
      in_lines_unit (mapped, value);
      return TRUE;
    }
  bf_sink_refuse (r->sink, r->record, property->id, _ ("the value is in “%.*s”, which cannot be made %s: say %s.unit="),
                  (int) MIN (length, 40), text, property->unit_code, property->id);
  return FALSE;
}

static gboolean
has_unit_behind (BfJsonNode node)
{
  const char *text, *unit;
  gsize length, unit_length;
  double value;

  return bf_json_get_string (node, &text, &length) && bf_map_split_unit (text, length, &value, &unit, &unit_length);
}

/* "3.384 V" */
static gboolean
number_with_unit (BfMapRecord *r, const BfMapProperty *mapped, BfJsonNode node, double *ret_value)
{
  const char *text, *unit;
  gsize length, unit_length;

  return bf_json_get_string (node, &text, &length) && bf_map_split_unit (text, length, ret_value, &unit, &unit_length)
         && in_own_unit (r, mapped, unit, unit_length, ret_value);
}

static void
say_number (BfMapRecord *r, BfMapProperty *mapped, guint32 asset, const BfMapFound *found)
{
  const BfProperty *property = mapped->property;
  char shown[96];
  double value, hours;
  gint64 stamp_us;

  if (found == NULL)
    value = mapped->null_number;
  else if (found->constant == NULL && found->member.unit != NULL && found->member.value.tape != NULL
           && bf_map_node_number (found->node, &value))
    {
      if (!in_own_unit (r, mapped, found->member.unit, found->member.unit_length, &value))
        return;
    }
  else if (bf_map_found_number (found, &value))
    in_lines_unit (mapped, &value);
  else if (found->constant != NULL || !number_with_unit (r, mapped, found->node, &value))
    {
      if (found->constant != NULL || !has_unit_behind (found->node))
        bf_sink_refuse (r->sink, r->record, property->id, _ ("expected a number (%s), found %s"), mapped->value.text,
                        found->constant != NULL ? _ ("a text") : bf_map_show (found->node, shown));
      return;
    }
  if (mapped->over[0].path.n_sources > 0)
    {
      if (!bf_map_hours_over (r, mapped, &hours))
        return;
      value = value / hours / 3600 / property->unit.scale;
    }
  if (bf_map_stamp_of (r, mapped, found, &stamp_us))
    bf_sink_number (r->sink, asset, property->index, r->record, value, stamp_us);
}

static void
say_state_text (BfMapRecord *r, const BfMapProperty *mapped, guint32 asset, const char *text, gsize length, gint64 at_us)
{
  if (text != NULL)
    bf_sink_state (r->sink, asset, mapped->property->index, r->record, text, length, at_us);
}

/* What is in force is so at the time of the answer, since the source still says it; what is over was so from its end on; and what
 * will be is told ahead. */
static void
say_valid_state (BfMapRecord *r, const BfMapProperty *mapped, guint32 asset, const char *text, gsize length)
{
  const char *before = mapped->before;
  const char *after = mapped->after;
  gint64 now_us = bf_sink_now (r->sink);
  gint64 valid_us[2];
  gboolean begun, over;

  if (!bf_map_validity (r, mapped, valid_us))
    return;
  begun = valid_us[0] == BF_TIME_NONE || valid_us[0] <= now_us;
  over = valid_us[1] != BF_TIME_NONE && valid_us[1] <= now_us;
  if (over)
    say_state_text (r, mapped, asset, after, after != NULL ? strlen (after) : 0, valid_us[1]);
  else if (!begun)
    say_state_text (r, mapped, asset, before, before != NULL ? strlen (before) : 0, BF_TIME_NONE);
  else
    say_state_text (r, mapped, asset, text, length, BF_TIME_NONE);
  if (over)
    return;
  bf_sink_set_ahead (r->sink, TRUE);
  if (!begun && (valid_us[1] == BF_TIME_NONE || valid_us[0] < valid_us[1]))
    say_state_text (r, mapped, asset, text, length, valid_us[0]);
  if (valid_us[1] != BF_TIME_NONE)
    say_state_text (r, mapped, asset, after, after != NULL ? strlen (after) : 0, valid_us[1]);
  bf_sink_set_ahead (r->sink, FALSE);
}

static void
say_state (BfMapRecord *r, BfMapProperty *mapped, guint32 asset, const BfMapFound *found)
{
  const BfProperty *property = mapped->property;
  char room[G_ASCII_DTOSTR_BUF_SIZE], shown[96];
  const char *text = mapped->null_state;
  gsize length = mapped->null_state_length;
  gint64 stamp_us;

  if (found != NULL && found->constant != NULL)
    {
      text = found->constant->constant;
      length = found->constant->constant_length;
    }
  else if (found != NULL)
    text = bf_map_scalar_text (found->node, room, &length);
  if (text == NULL)
    {
      bf_sink_refuse (r->sink, r->record, property->id, _ ("expected a text or a number (%s), found %s"), mapped->value.text,
                      found != NULL ? bf_map_show (found->node, shown) : _ ("nothing"));
      return;
    }
  if (found != NULL && mapped->table.entries != NULL)
    {
      const BfMapEntry *entry = look_up (&mapped->table, text, length);

      if (entry == NULL)
        {
          refuse_not_in_table (r, &mapped->table, property->id, text, length);
          return;
        }
      text = entry->to;
      length = entry->to_length;
    }
  if (bf_map_has_validity (mapped))
    say_valid_state (r, mapped, asset, text, length);
  else if (bf_map_stamp_of (r, mapped, found, &stamp_us))
    bf_sink_state (r->sink, asset, property->index, r->record, text, length, stamp_us);
}

static gboolean
applies (const BfMapping *mapping, const BfMapProperty *mapped)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE];

  for (guint i = 0; i < mapped->conditions->len; i++)
    {
      const BfMapCondition *condition = &g_array_index (mapped->conditions, BfMapCondition, i);
      const char *text;
      gsize length;
      BfMapFound found;

      if (!bf_map_find (mapping, &condition->path, &found) || found.constant != NULL)
        return FALSE;
      text = bf_map_scalar_text (found.node, room, &length);
      if (text == NULL || strlen (condition->text) != length || memcmp (text, condition->text, length) != 0)
        return FALSE;
    }
  return TRUE;
}

static void
say_property (BfMapRecord *r, BfMapProperty *mapped, guint32 asset)
{
  BfMapFound found;
  gboolean there;
  guint at = 0;

  if (mapped->conditions != NULL && !applies (r->mapping, mapped))
    return;
  while ((there = bf_map_find_from (r->mapping, &mapped->value, &at, &found)) && mapped->none != NULL && found.constant == NULL
         && means_none (mapped, found.node))
    at++;
  if (!there && !mapped->has_null)
    return;
  if (mapped->property->type == BF_PROPERTY_NUMBER)
    say_number (r, mapped, asset, there ? &found : NULL);
  else
    say_state (r, mapped, asset, there ? &found : NULL);
}

/* --- records -------------------------------------------------------------------------------------------------------- */

/* Of a list of words (NGSI's category) the first that the table has, whatever stands before it; else what all others are. */
static const BfMapEntry *
look_up_list (BfMapTable *table, BfJsonNode list)
{
  const BfMapEntry *others = table->others >= 0 ? &g_array_index (table->entries, BfMapEntry, table->others) : NULL;
  BfJsonNode element;
  BfJsonIter iter;
  const char *text;
  gsize length;

  bf_json_iter_init (&iter, list);
  while (bf_json_iter_next (&iter, NULL, NULL, &element))
    {
      const BfMapEntry *entry = bf_json_get_string (element, &text, &length) ? look_up (table, text, length) : NULL;

      if (entry != NULL && entry != others)
        return entry;
    }
  return others;
}

static guint16
find_kind (BfMapRecord *r)
{
  BfMapping *mapping = r->mapping;
  const BfMapEntry *entry;
  const BfKind *kind;
  BfMapFound found;
  gsize length;
  const char *text;

  if (mapping->fixed_kind != BF_NO_KIND)
    return mapping->fixed_kind;
  if (mapping->kind_table.entries != NULL && bf_map_find (mapping, &mapping->kind, &found) && found.constant == NULL
      && bf_json_type (found.node) == BF_JSON_ARRAY)
    {
      entry = look_up_list (&mapping->kind_table, found.node);
      if (entry != NULL)
        return (guint16) entry->index;
    }
  text = asset_text (r, &mapping->kind, "kind", 3, &length);
  if (mapping->kind_table.entries != NULL)
    {
      entry = look_up (&mapping->kind_table, text != NULL ? text : "", length);
      if (entry != NULL)
        return (guint16) entry->index;
    }
  else if (text != NULL)
    {
      kind = bf_catalog_find_service_kind (mapping->catalog, mapping->service, text);
      if (kind != NULL)
        return kind->index;
    }
  bf_sink_refuse (r->sink, r->record, NULL,
                  mapping->kind_table.entries != NULL ? _ ("the kind (%s) “%s” is none of the service's by kind.table")
                                                      : _ ("the kind (%s) “%s” is none of the service's"),
                  mapping->kind.text, text != NULL ? text : "null");
  return BF_NO_KIND;
}

static guint32
say_asset (BfMapRecord *r, const BfJsonNode *geometry, const BfMapInput *input)
{
  BfMapping *mapping = r->mapping;
  BfAssetDraft draft = { .kind = find_kind (r) };
  gsize length;

  if (draft.kind == BF_NO_KIND)
    return G_MAXUINT32;
  if (mapping->id.n_sources > 0)
    {
      draft.source_id = asset_text (r, &mapping->id, "id", 0, &draft.source_id_length);
      if (draft.source_id == NULL)
        {
          bf_sink_refuse (r->sink, r->record, NULL, _ ("the record has no id: %s is null or no text"), mapping->id.text);
          return G_MAXUINT32;
        }
    }
  else if (input->id != NULL)
    {
      draft.source_id = input->id;
      draft.source_id_length = strlen (input->id);
    }
  /* What will be so says nothing of the thing itself. */
  if (bf_sink_is_ahead (r->sink))
    {
      draft.point = (BfPoint){ NAN, NAN };
      return bf_sink_asset (r->sink, r->record, &draft);
    }
  draft.attributes = attributes (r);
  draft.name = asset_text (r, &mapping->name, "name", 1, &length);
  draft.address = asset_text (r, &mapping->address, "address", 2, &length);
  draft.parent = asset_text (r, &mapping->parent, "parent", 3, &length);
  if (mapping->parent.n_sources == 0)
    draft.parent = input->parent;
  if (draft.name == NULL)
    draft.name = input->name;
  draft.point = bf_map_place (r, geometry, &draft.shape);
  return bf_sink_asset (r->sink, r->record, &draft);
}

static void
refuse_type (BfMapping *mapping, BfSink *sink, guint32 record, const char *type)
{
  const char *service = bf_catalog_service (mapping->catalog, mapping->service)->id;

  if (type == NULL)
    bf_sink_refuse (sink, record, NULL, _ ("the record has no type, and the maps of the service %s are for types"), service);
  else
    bf_sink_refuse (sink, record, NULL, _ ("type %.80s is not known to service %s: write a [Map %.80s]"), type, service, type);
}

/* The same as bf_json_pick() where names are addresses: what is behind the last / or #. Not the common case. */
static gboolean
pick_short (BfMapping *map, BfJsonNode fields)
{
  BfJsonIter iter;
  BfJsonNode value;
  const char *key;

  for (guint i = 0; i < map->key_names->len; i++)
    map->found[i].tape = NULL;
  if (bf_json_type (fields) != BF_JSON_OBJECT || !bf_json_iter_init (&iter, fields))
    return FALSE;
  while (bf_json_iter_next (&iter, &key, NULL, &value))
    for (guint i = 0; i < map->key_names->len; i++)
      if (map->found[i].tape == NULL && strcmp (bf_format_short_name (key), g_ptr_array_index (map->key_names, i)) == 0)
        map->found[i] = value;
  return TRUE;
}

void
bf_mapping_apply (BfMapping *mapping, BfSink *sink, guint32 record, const BfMapInput *input)
{
  BfMapping *map = bf_map_of_type (mapping, input->type);
  BfMapRecord r = { .mapping = map, .sink = sink, .record = record, .fallback_us = input->observed_us,
                    .bad_fallback = input->bad_stamp };
  guint32 asset;
  char shown[96];

  bf_sink_record (sink);
  if (map == NULL)
    {
      refuse_type (mapping, sink, record, input->type);
      return;
    }
  if (map->bad_payload != NULL)
    {
      bf_sink_refuse (sink, record, NULL, "%s", map->bad_payload);
      return;
    }
  map->open = input->open;
  map->escaped = input->escaped;
  if (!(input->short_names ? pick_short (map, input->fields) : bf_json_pick (input->fields, map->keys, map->found)))
    {
      bf_sink_refuse (sink, record, NULL, _ ("expected an object of names and values, found %s"), bf_map_show (input->fields, shown));
      return;
    }
  asset = say_asset (&r, input->geometry.tape != NULL ? &input->geometry : NULL, input);
  if (asset == G_MAXUINT32)
    return;
  if (map->properties->len == 0)
    bf_sink_description (sink);
  for (guint i = 0; i < map->properties->len; i++)
    say_property (&r, &g_array_index (map->properties, BfMapProperty, i), asset);
}

void
bf_mapping_record (BfMapping *mapping,
                   BfSink *sink,
                   guint32 record,
                   BfJsonNode fields,
                   const BfJsonNode *geometry,
                   const char *fallback_id,
                   gint64 fallback_observed_us)
{
  BfMapInput input = { .fields = fields, .id = fallback_id, .observed_us = fallback_observed_us };

  if (geometry != NULL)
    input.geometry = *geometry;
  bf_mapping_apply (mapping, sink, record, &input);
}

/* --- payloads ------------------------------------------------------------------------------------------------------- */

static gboolean
begin_crs (BfMapping *mapping, const char *crs, GError **error)
{
  GError *local = NULL;

  if (mapping->has_crs || g_strcmp0 (crs, mapping->payload_crs) == 0)
    return TRUE;
  g_clear_pointer (&mapping->payload_projection, bf_projection_free);
  g_clear_pointer (&mapping->payload_crs, g_free);
  g_array_set_size (mapping->places, 0);
  if (crs == NULL)
    return TRUE;
  mapping->payload_projection = bf_projection_new (crs, &local);
  if (local != NULL)
    {
      g_propagate_prefixed_error (error, local, _ ("the payload's own “crs”: "));
      return FALSE;
    }
  mapping->payload_crs = g_strdup (crs);
  return TRUE;
}

static gboolean
begin_stamp (BfMapping *mapping, BfJsonNode root, GError **error)
{
  BfMapStamp *stamp = &mapping->payload_stamp;
  char shown[96];
  BfJsonNode node;

  mapping->payload_us = BF_TIME_NONE;
  if (stamp->path.text == NULL)
    return TRUE;
  if (!bf_json_path (root, stamp->path.text, &node) || bf_map_is_null (node))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the payload has no %s, which payload.observed= names"), stamp->path.text);
      return FALSE;
    }
  if (bf_map_parse_stamp (mapping, stamp, node, &mapping->payload_us))
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the payload's stamp %s is %s and cannot be read"), stamp->path.text,
               bf_map_show (node, shown));
  return FALSE;
}

/* In a set a map may need what only the payloads with its type have: that is found out with its first record. */
static gboolean
begin_types (BfMapping *mapping, BfJsonNode root, const char *crs, GError **error)
{
  for (guint i = 0; i < mapping->maps->len; i++)
    {
      BfMapping *map = g_ptr_array_index (mapping->maps, i);
      g_autoptr (GError) local = NULL;

      if (!begin_crs (map, crs, error))
        return FALSE;
      g_clear_pointer (&map->bad_payload, g_free);
      if (!begin_stamp (map, root, &local))
        map->bad_payload = g_strdup (local->message);
    }
  return TRUE;
}

gboolean
bf_mapping_begin (BfMapping *mapping, BfJsonNode root, const char *crs, GError **error)
{
  if (mapping->types != NULL)
    return begin_types (mapping, root, crs, error);
  return begin_crs (mapping, crs, error) && begin_stamp (mapping, root, error);
}

static gboolean
has_payload_time (const BfMapping *map)
{
  return map->payload_stamp.path.text != NULL && map->payload_us != BF_TIME_NONE;
}

gint64
bf_mapping_payload_us (const BfMapping *mapping)
{
  gint64 payload_us = has_payload_time (mapping) ? mapping->payload_us : BF_TIME_NONE;

  for (guint i = 0; mapping->types != NULL && i < mapping->maps->len; i++)
    {
      const BfMapping *map = g_ptr_array_index (mapping->maps, i);

      if (has_payload_time (map))
        payload_us = MAX (payload_us, map->payload_us);
    }
  return payload_us;
}

const char *
bf_mapping_records (const BfMapping *mapping)
{
  return mapping->records;
}

/* Takes what is mapped into account: *@mapped, and *@dated when a stamp of its own or of the record is. */
static void
look_for_stamp (const BfMapping *map, guint property, gboolean *mapped, gboolean *dated)
{
  for (guint i = 0; map->properties != NULL && i < map->properties->len; i++)
    {
      const BfMapProperty *own = &g_array_index (map->properties, BfMapProperty, i);

      if (own->property->index != property)
        continue;
      *mapped = TRUE;
      *dated = *dated || !own->stamp.of_payload;
    }
}

gboolean
bf_mapping_is_undated (const BfMapping *mapping, guint property)
{
  gboolean mapped = FALSE;
  gboolean dated = FALSE;

  look_for_stamp (mapping, property, &mapped, &dated);
  for (guint i = 0; mapping->maps != NULL && i < mapping->maps->len; i++)
    look_for_stamp (g_ptr_array_index (mapping->maps, i), property, &mapped, &dated);
  return mapped && !dated;
}
