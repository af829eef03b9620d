/* SPDX-License-Identifier: EUPL-1.2 */
/* NGSI, the context brokers' entities (ETSI GS CIM 009 for NGSI-LD, FIWARE for NGSIv2), in all the forms that one entity has:
 *
 *   key-values   {"id", "type", "fillingLevel": 0.4}
 *   NGSIv2       {"fillingLevel": {"type": "Number", "value": 0.4, "metadata": {"TimeInstant": {"value": …}, "unitCode": …}}}
 *   NGSI-LD      {"fillingLevel": {"type": "Property", "value": 0.4, "observedAt": …, "unitCode": "P1"}}, Relationship with
 *                "object", LanguageProperty with "languageMap"; several of one attribute in an array: the first is used
 *   GeoJSON      a Feature whose properties are the attributes
 *
 * alone, in an array, or in a notification's "data". One decoder for all: each attribute is opened as it is found, so that a
 * path is the attribute's name in every form. Names that are addresses (expanded JSON-LD) are known by their last part. An
 * attribute's own stamp goes before the entity's, its own unit before the map's. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

#define PAGE_DEFAULT 20u /* of the brokers, when limit= is not said */

enum
{
  KEY_VALUE,
  KEY_OBJECT,
  KEY_LANGUAGES,
  KEY_METADATA,
  KEY_OBSERVED,
  KEY_UNIT,
  KEY_MODIFIED,
  N_KEYS
};

static const BfJsonKeys *
attribute_keys (void)
{
  static const char *const names[N_KEYS] = { "value", "object", "languageMap", "metadata", "observedAt", "unitCode", "modifiedAt" };
  static gsize keys;

  if (g_once_init_enter (&keys))
    g_once_init_leave (&keys, (gsize) bf_json_keys_new (names, N_KEYS));
  return (const BfJsonKeys *) keys;
}

/* A value that wears its type: {"@type": "DateTime", "@value": …}, or metadata's {"type", "value"}. */
static BfJsonNode
plain (BfJsonNode node)
{
  BfJsonNode inner;

  if (bf_json_type (node) == BF_JSON_OBJECT && (bf_json_member (node, "@value", &inner) || bf_json_member (node, "value", &inner)))
    return inner;
  return node;
}

/* What a list of one holds, as JSON-LD writes all in its expanded form. */
static BfJsonNode
lone (BfJsonNode node)
{
  BfJsonIter iter;
  BfJsonNode one;

  if (bf_json_type (node) == BF_JSON_ARRAY && bf_json_iter_init (&iter, node) && bf_json_iter_next (&iter, NULL, NULL, &one))
    return one;
  return node;
}

/* Not there, null or blank is no stamp and no fault. */
static void
read_stamp (BfJsonNode node, GTimeZone *zone, gint64 *ret_us, const char **ret_bad)
{
  const char *text;
  gsize length;

  node = plain (node);
  if (!bf_json_get_string (node, &text, &length) || length == 0)
    return;
  if (!bf_time_parse_rfc3339 (text, length, zone, ret_us))
    *ret_bad = text;
}

static void
read_metadata (BfJsonNode metadata, GTimeZone *zone, BfMapMember *member)
{
  static const char *const observed[] = { "timestamp", "TimeInstant", "observedAt", "dateObserved" };
  BfJsonNode node;

  for (guint i = 0; i < G_N_ELEMENTS (observed) && member->observed_us == BF_TIME_NONE; i++)
    if (bf_json_member (metadata, observed[i], &node))
      read_stamp (node, zone, &member->observed_us, &member->bad_stamp);
  if (bf_json_member (metadata, "dateModified", &node))
    read_stamp (node, zone, &member->modified_us, &member->bad_stamp);
  if (member->unit == NULL && (bf_json_member (metadata, "unitCode", &node) || bf_json_member (metadata, "unit", &node)))
    bf_json_get_string (plain (node), &member->unit, &member->unit_length);
}

/* A text in several languages: French, else the first. */
static BfJsonNode
one_language (BfJsonNode languages)
{
  BfJsonNode text;
  BfJsonIter iter;

  if (bf_json_member (languages, "fr", &text))
    return text;
  if (bf_json_iter_init (&iter, languages) && bf_json_iter_next (&iter, NULL, NULL, &text))
    return text;
  return languages;
}

/* The first of an attribute that is there several times (datasetId). */
static gboolean
first_of (BfJsonNode *node)
{
  BfJsonIter iter;
  BfJsonNode first, type;

  if (bf_json_type (*node) != BF_JSON_ARRAY)
    return bf_json_type (*node) == BF_JSON_OBJECT;
  if (!bf_json_iter_init (&iter, *node) || !bf_json_iter_next (&iter, NULL, NULL, &first) || bf_json_type (first) != BF_JSON_OBJECT
      || (!bf_json_member (first, "type", &type) && !bf_json_member (first, "@type", &type)))
    return FALSE;
  *node = first;
  return TRUE;
}

/* The same of an attribute in JSON-LD's expanded form: {"https://uri.etsi.org/ngsi-ld/hasValue": [{"@value": 0.7}]}. */
static void
pick_expanded (BfJsonNode node, BfJsonNode found[N_KEYS])
{
  static const struct
  {
    const char *name;
    guint key;
    const char *inner;
  } names[] = { { "hasValue", KEY_VALUE, "@value" },       { "hasObject", KEY_OBJECT, "@id" },    { "observedAt", KEY_OBSERVED, "@value" },
                { "unitCode", KEY_UNIT, "@value" },        { "modifiedAt", KEY_MODIFIED, "@value" } };
  BfJsonIter iter;
  BfJsonNode value;
  const char *name;

  bf_json_iter_init (&iter, node);
  while (bf_json_iter_next (&iter, &name, NULL, &value))
    for (guint i = 0; i < G_N_ELEMENTS (names); i++)
      if (found[names[i].key].tape == NULL && g_str_equal (bf_format_short_name (name), names[i].name))
        {
          found[names[i].key] = lone (value);
          bf_json_member (found[names[i].key], names[i].inner, &found[names[i].key]);
        }
}

static gboolean
open_attribute (BfJsonNode node, GTimeZone *zone, BfMapMember *ret_member)
{
  BfMapMember member = { .observed_us = BF_TIME_NONE, .modified_us = BF_TIME_NONE };
  BfJsonNode found[N_KEYS];

  if (!first_of (&node))
    return FALSE;
  bf_json_pick (node, attribute_keys (), found);
  if (found[KEY_VALUE].tape == NULL && found[KEY_OBJECT].tape == NULL && found[KEY_LANGUAGES].tape == NULL)
    pick_expanded (node, found);
  if (found[KEY_VALUE].tape != NULL)
    member.value = plain (found[KEY_VALUE]);
  else if (found[KEY_OBJECT].tape != NULL)
    member.value = found[KEY_OBJECT];
  else if (found[KEY_LANGUAGES].tape != NULL)
    member.value = one_language (found[KEY_LANGUAGES]);
  else
    return FALSE;
  if (found[KEY_OBSERVED].tape != NULL)
    read_stamp (found[KEY_OBSERVED], zone, &member.observed_us, &member.bad_stamp);
  if (found[KEY_MODIFIED].tape != NULL)
    read_stamp (found[KEY_MODIFIED], zone, &member.modified_us, &member.bad_stamp);
  if (found[KEY_UNIT].tape != NULL)
    bf_json_get_string (found[KEY_UNIT], &member.unit, &member.unit_length);
  if (found[KEY_METADATA].tape != NULL && bf_json_type (found[KEY_METADATA]) == BF_JSON_OBJECT)
    read_metadata (found[KEY_METADATA], zone, &member);
  *ret_member = member;
  return TRUE;
}

/* The type by its last name; of several the first that a map is for. @ret_expanded: it was an address. */
static const char *
type_of (const BfMapping *mapping, BfJsonNode entity, gboolean *ret_expanded)
{
  BfJsonNode type, one;
  BfJsonIter iter;
  const char *text, *first = NULL;

  *ret_expanded = FALSE;
  if (!bf_json_member (entity, "type", &type) && !bf_json_member (entity, "@type", &type))
    return NULL;
  if (bf_json_get_string (type, &text, NULL))
    {
      *ret_expanded = strstr (text, "://") != NULL;
      return bf_format_short_name (text);
    }
  if (!bf_json_iter_init (&iter, type))
    return NULL;
  while (bf_json_iter_next (&iter, NULL, NULL, &one))
    if (bf_json_get_string (one, &text, NULL))
      {
        *ret_expanded = *ret_expanded || strstr (text, "://") != NULL;
        text = bf_format_short_name (text);
        if (bf_mapping_knows (mapping, text))
          return text;
        if (first == NULL)
          first = text;
      }
  return first;
}

static void
decode_entity (BfMapping *mapping, BfJsonNode entity, guint32 number, BfSink *sink)
{
  BfMapInput input = { .fields = entity, .observed_us = BF_TIME_NONE, .open = open_attribute, .escaped = TRUE };
  BfJsonNode properties;
  char room[32];

  if (bf_json_type (entity) == BF_JSON_OBJECT)
    {
      input.id = bf_format_id_text (entity, "id", room);
      if (input.id == NULL)
        input.id = bf_json_member_string (entity, "@id", NULL);
      if (g_str_equal (bf_json_member_string (entity, "type", ""), "Feature") && bf_json_member (entity, "properties", &properties)
          && bf_json_type (properties) == BF_JSON_OBJECT)
        {
          bf_json_member (entity, "geometry", &input.geometry);
          input.fields = properties;
        }
      input.type = type_of (mapping, input.fields, &input.short_names);
    }
  bf_mapping_apply (mapping, sink, number, &input);
}

static gboolean
is_entity (BfJsonNode node)
{
  BfJsonNode id, type;

  return bf_json_type (node) == BF_JSON_OBJECT && (bf_json_member (node, "id", &id) || bf_json_member (node, "@id", &id))
         && (bf_json_member (node, "type", &type) || bf_json_member (node, "@type", &type));
}

/* TRUE: @ret_list is an array of entities. */
static gboolean
find_list (BfJsonNode root, BfJsonNode *ret_list)
{
  *ret_list = root;
  if (bf_json_type (root) == BF_JSON_ARRAY)
    return TRUE;
  if (bf_geojson_is_collection (root))
    return bf_json_member (root, "features", ret_list);
  return bf_json_member (root, "data", ret_list) && bf_json_type (*ret_list) == BF_JSON_ARRAY;
}

static void
set_form_error (BfJsonNode root, GError **error)
{
  const char *title = bf_json_member_string (root, "title", bf_json_member_string (root, "error", NULL));
  const char *detail = bf_json_member_string (root, "detail", bf_json_member_string (root, "description", ""));

  if (title != NULL)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the broker answers: %.100s %.200s"), title, detail);
  else
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("not NGSI: expected entities with id and type, in an array or in a notification's “data”"));
}

/* One entity alone, which is no list. */
static gboolean
decode_single (BfMapping *mapping, BfJsonNode root, BfSink *sink, GError **error)
{
  if (is_entity (root) && !g_str_has_prefix (bf_json_member_string (root, "type", ""), "https://uri.etsi.org/ngsi-ld/errors/"))
    {
      decode_entity (mapping, root, 0, sink);
      return TRUE;
    }
  set_form_error (root, error);
  return FALSE;
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  BfJsonNode root, list, entity;
  BfJsonSlices slices;
  BfJsonIter iter;
  GError *local = NULL;
  guint32 number = 0;

  bf_json_slices_init (&slices, doc, bytes, length, TRUE);
  while (bf_json_slices_next (&slices, &root, &local))
    {
      if (number == 0 && !bf_mapping_begin (mapping, root, NULL, error))
        return FALSE;
      if (!find_list (root, &list))
        return decode_single (mapping, root, sink, error);
      if (!bf_format_check_count (list, error) || !bf_format_check_number (slices.n_elements, error))
        return FALSE;
      bf_json_iter_init (&iter, list);
      while (bf_json_iter_next (&iter, NULL, NULL, &entity))
        decode_entity (mapping, entity, number++, sink);
    }
  if (local != NULL)
    g_propagate_error (error, local);
  return local == NULL;
}

/* Of a broker that sends no Link header (NGSI v2 has none): it gives limit= entities, 20 when not said, and a full page has a next. */
static char *
next_page (BfJsonDoc *doc, const char *url, char **ret_note)
{
  BfJsonNode root;
  guint64 limit, n;

  if (!g_str_has_prefix (url, "http") || !bf_json_doc_root (doc, &root) || bf_json_type (root) != BF_JSON_ARRAY)
    return NULL;
  limit = bf_format_get_parameter (url, "limit", PAGE_DEFAULT);
  n = bf_json_doc_n_elements (doc);
  if (limit == 0 || n != limit)
    return NULL;
  return bf_format_set_parameter (url, "offset", bf_format_get_parameter (url, "offset", 0) + n);
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode list, first = root, member;
  BfJsonIter iter;
  const char *key;
  gsize n = 0;

  if (bf_geojson_is_collection (root))
    return 0;
  if (find_list (root, &list) && (!bf_json_iter_init (&iter, list) || !bf_json_iter_next (&iter, NULL, NULL, &first)))
    return bf_json_member (root, "subscriptionId", &member) ? 80 : 0;
  if (!is_entity (first))
    return 0;
  if (g_str_has_prefix (bf_json_member_string (first, "id", ""), "urn:ngsi") || bf_json_member (root, "subscriptionId", &member))
    return 95;
  bf_json_iter_init (&iter, first);
  while (n < 20 && bf_json_iter_next (&iter, &key, NULL, &member))
    {
      BfMapMember opened;

      if (open_attribute (member, NULL, &opened))
        return 85;
      n++;
    }
  return bf_json_get_string ((bf_json_member (first, "type", &member), member), &key, NULL) && g_ascii_isupper (key[0]) ? 62 : 0;
}

const BfFormat bf_format_ngsi = { .name = "ngsi", .decode = decode, .next_page = next_page, .recognise = recognise };
/* The same by the names that people say. */
const BfFormat bf_format_ngsild = { .name = "ngsild", .maps = "ngsi", .decode = decode, .next_page = next_page };
const BfFormat bf_format_ngsiv2 = { .name = "ngsiv2", .maps = "ngsi", .decode = decode, .next_page = next_page };
