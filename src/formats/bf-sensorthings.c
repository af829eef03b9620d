/* SPDX-License-Identifier: EUPL-1.2 */
/* OGC SensorThings API 1.1. Whatever was asked for with $expand is taken: Things with their Datastreams, Datastreams with their
 * Observations, Observations with their Datastream; a datastream without observations gives its asset only.
 *
 *   {"value": [E…], "@iot.nextLink": …}
 *
 * A record is one observation with what it belongs to:
 *
 *   {"result", "phenomenonTime", "resultTime", "Datastream": {…}, "ObservedProperty": {…}, "Thing": {…}, "unit"}
 *
 * The asset is the Thing (else the feature of interest, else the datastream); its place the Thing's location, the feature or
 * the observed area; its time the end of the phenomenon time. The result is worn with the datastream's unit when that is one
 * we know, so that a map needs no unit: `pressure=result`, `pressure.when=ObservedProperty.name=Water pressure`. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "formats/bf-mapping-private.h"

/* What stands around an observation; tapes NULL when not known. */
typedef struct
{
  BfJsonNode thing;
  BfJsonNode datastream;
  BfJsonNode feature;
} Around;

static gboolean
object_member (BfJsonNode node, const char *key, BfJsonNode *ret_node)
{
  return node.tape != NULL && bf_json_type (node) == BF_JSON_OBJECT && bf_json_member (node, key, ret_node)
         && bf_json_type (*ret_node) == BF_JSON_OBJECT;
}

static gboolean
list_member (BfJsonNode node, const char *key, BfJsonNode *ret_node)
{
  return bf_json_type (node) == BF_JSON_OBJECT && bf_json_member (node, key, ret_node) && bf_json_type (*ret_node) == BF_JSON_ARRAY;
}

/* Without what is written apart: the lists that were expanded. */
static void
copy_entity (BfJsonOut *out, const char *key, BfJsonNode entity)
{
  static const char *const apart[] = { "Datastreams", "Observations", "Thing", "FeatureOfInterest", "ObservedProperty", "Datastream",
                                       "Locations",   "HistoricalLocations", NULL };
  BfJsonIter iter;
  BfJsonNode value;
  const char *name;

  if (entity.tape == NULL || !bf_json_iter_init (&iter, entity))
    return;
  bf_json_out_begin_object (out, key);
  while (bf_json_iter_next (&iter, &name, NULL, &value))
    if (!g_strv_contains (apart, name))
      bf_format_copy_json (out, name, value);
  bf_json_out_end_object (out);
}

static void
copy_place (BfJsonOut *out, const Around *around)
{
  BfJsonNode node, inner;
  gboolean found = FALSE;

  if (around->thing.tape != NULL && bf_json_path (around->thing, "Locations[0].location", &node))
    found = TRUE;
  else if (around->feature.tape != NULL && bf_json_member (around->feature, "feature", &node))
    found = TRUE;
  else if (around->datastream.tape != NULL && bf_json_member (around->datastream, "observedArea", &node))
    found = TRUE;
  if (!found)
    return;
  if (object_member (node, "geometry", &inner))
    node = inner;
  bf_format_copy_json (out, "@geometry", node);
}

/* The datastream's unit as its symbol, when the table of units knows it. */
static void
write_result (BfJsonOut *out, BfJsonNode observation, const Around *around)
{
  BfJsonNode result, node;
  const char *unit = NULL;
  char room[G_ASCII_DTOSTR_BUF_SIZE];
  gsize length = 0;
  double number;
  BfUnit known;

  if (!bf_json_member (observation, "result", &result))
    return;
  if (around->datastream.tape != NULL && bf_json_path (around->datastream, "unitOfMeasurement.symbol", &node))
    bf_json_get_string (node, &unit, &length);
  if (unit == NULL || !bf_json_get_double (result, &number) || !bf_format_unit (unit, length, &known))
    {
      bf_format_copy_json (out, "result", result);
      return;
    }
  {
    g_autofree char *worn = g_strdup_printf ("%s %s", g_ascii_dtostr (room, sizeof room, number), unit);

    bf_json_out_string (out, "result", worn);
  }
}

static const char *
id_of (const Around *around, char room[32])
{
  const char *id = NULL;

  if (around->thing.tape != NULL)
    id = bf_format_id_text (around->thing, "@iot.id", room);
  if (id == NULL && around->feature.tape != NULL)
    id = bf_format_id_text (around->feature, "@iot.id", room);
  if (id == NULL && around->datastream.tape != NULL)
    id = bf_format_id_text (around->datastream, "@iot.id", room);
  return id;
}

static const char *
name_of (const Around *around)
{
  const BfJsonNode *nodes[] = { &around->thing, &around->feature, &around->datastream };

  for (guint i = 0; i < G_N_ELEMENTS (nodes); i++)
    if (nodes[i]->tape != NULL && bf_json_member_string (*nodes[i], "name", NULL) != NULL)
      return bf_json_member_string (*nodes[i], "name", NULL);
  return NULL;
}

/* @observation: tape NULL when there is none. */
static gboolean
write_record (BfRecords *records, const BfJsonNode *observation, const Around *around, GError **error)
{
  static const char *const stamps[] = { "phenomenonTime", "resultTime" };
  char room[32];
  BfJsonOut *out = bf_records_begin (records, NULL, id_of (around, room), BF_TIME_NONE);
  BfJsonNode node;

  bf_json_out_string (out, "name", name_of (around));
  if (observation != NULL)
    {
      write_result (out, *observation, around);
      for (guint i = 0; i < G_N_ELEMENTS (stamps); i++)
        if (bf_json_member (*observation, stamps[i], &node))
          bf_format_copy_json (out, stamps[i], node);
    }
  copy_entity (out, "Thing", around->thing);
  copy_entity (out, "Datastream", around->datastream);
  copy_entity (out, "FeatureOfInterest", around->feature);
  if (object_member (around->datastream, "ObservedProperty", &node))
    bf_format_copy_json (out, "ObservedProperty", node);
  copy_place (out, around);
  return bf_records_end (records, error);
}

static gboolean
take_observation (BfRecords *records, BfJsonNode observation, Around around, GError **error)
{
  BfJsonNode node;

  if (object_member (observation, "Datastream", &node))
    around.datastream = node;
  if (around.thing.tape == NULL && object_member (around.datastream, "Thing", &node))
    around.thing = node;
  if (object_member (observation, "FeatureOfInterest", &node))
    around.feature = node;
  return write_record (records, &observation, &around, error);
}

static gboolean
take_datastream (BfRecords *records, BfJsonNode datastream, Around around, GError **error)
{
  BfJsonNode list, observation, node;
  BfJsonIter iter;

  around.datastream = datastream;
  if (object_member (datastream, "Thing", &node))
    around.thing = node;
  if (object_member (datastream, "FeatureOfInterest", &node))
    around.feature = node;
  if (!list_member (datastream, "Observations", &list) || bf_json_array_length (list) == 0)
    return write_record (records, NULL, &around, error);
  bf_json_iter_init (&iter, list);
  while (bf_json_iter_next (&iter, NULL, NULL, &observation))
    if (bf_json_type (observation) == BF_JSON_OBJECT && !take_observation (records, observation, around, error))
      return FALSE;
  return TRUE;
}

static gboolean
take_entity (BfRecords *records, BfJsonNode entity, GError **error)
{
  Around around = { { NULL, 0 }, { NULL, 0 }, { NULL, 0 } };
  BfJsonNode list, datastream;
  BfJsonIter iter;

  if (bf_json_member (entity, "result", &list))
    return take_observation (records, entity, around, error);
  if (!list_member (entity, "Datastreams", &list))
    return take_datastream (records, entity, around, error);
  around.thing = entity;
  if (bf_json_array_length (list) == 0)
    return write_record (records, NULL, &around, error);
  bf_json_iter_init (&iter, list);
  while (bf_json_iter_next (&iter, NULL, NULL, &datastream))
    if (bf_json_type (datastream) == BF_JSON_OBJECT && !take_datastream (records, datastream, around, error))
      return FALSE;
  return TRUE;
}

static gboolean
take_list (BfRecords *records, BfJsonNode list, GError **error)
{
  BfJsonNode entity;
  BfJsonIter iter;

  bf_json_iter_init (&iter, list);
  while (bf_json_iter_next (&iter, NULL, NULL, &entity))
    if (bf_json_type (entity) == BF_JSON_OBJECT && !take_entity (records, entity, error))
      return FALSE;
  return TRUE;
}

static gboolean
is_entity (BfJsonNode node)
{
  BfJsonNode member;

  return bf_json_type (node) == BF_JSON_OBJECT
         && (bf_json_member (node, "@iot.id", &member) || bf_json_member (node, "@iot.selfLink", &member));
}

/* Lists by any name, such as one a place: every member is an array of entities. */
static gboolean
are_groups (BfJsonNode root)
{
  BfJsonNode list, first;
  BfJsonIter iter, inner;
  gboolean any = FALSE;

  if (bf_json_type (root) != BF_JSON_OBJECT || !bf_json_iter_init (&iter, root))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &list))
    {
      if (bf_json_type (list) != BF_JSON_ARRAY || !bf_json_iter_init (&inner, list) || !bf_json_iter_next (&inner, NULL, NULL, &first)
          || !is_entity (first))
        return FALSE;
      any = TRUE;
    }
  return any;
}

static gboolean
take_root (BfRecords *records, BfJsonNode root, GError **error)
{
  BfJsonNode list;
  BfJsonIter iter;

  if (list_member (root, "value", &list))
    return take_list (records, list, error);
  if (is_entity (root))
    return take_entity (records, root, error);
  if (!are_groups (root))
    {
      bf_format_set_error (error, _ ("not SensorThings: expected “value” or an entity with @iot.id"),
                           bf_json_member_string (root, "message", NULL));
      return FALSE;
    }
  bf_json_iter_init (&iter, root);
  while (bf_json_iter_next (&iter, NULL, NULL, &list))
    if (!take_list (records, list, error))
      return FALSE;
  return TRUE;
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  g_auto (BfRecords) records = { 0 };
  BfJsonNode root;

  if (!bf_json_doc_parse (doc, bytes, length, &root, error))
    return FALSE;
  bf_records_init (&records, mapping, NULL, sink);
  return take_root (&records, root, error) && bf_records_finish (&records, error);
}

static char *
next_page (BfJsonDoc *doc, const char *url, char **ret_note)
{
  BfJsonNode root;
  const char *next = bf_json_doc_root (doc, &root) ? bf_json_member_string (root, "@iot.nextLink", NULL) : NULL;

  return next != NULL && strcmp (next, url) != 0 ? g_uri_resolve_relative (url, next, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL) : NULL;
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode list, first;
  BfJsonIter iter;

  if (list_member (root, "value", &list) && bf_json_iter_init (&iter, list) && bf_json_iter_next (&iter, NULL, NULL, &first))
    return is_entity (first) ? 95 : 0;
  return is_entity (root) || are_groups (root) ? 90 : 0;
}

const BfFormat bf_format_sensorthings = { .name = "sensorthings", .decode = decode, .next_page = next_page, .recognise = recognise };
