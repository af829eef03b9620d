/* SPDX-License-Identifier: EUPL-1.2 */
/* OCPI 2.2.1 (EVRoaming Foundation), module locations: charging stations and their points.
 *
 *   {"status_code": 1000, "data": [L…]} or the bare array [L…]; L = {"id", "name", "coordinates", "evses": [E…]}
 *
 * What it names is so while it is served: `last_updated` is when it changed last, not when it was true last.
 *
 * A location is a record of the type `location`; each of its EVSEs one of the type `evse`, which belongs to it and stands where
 * the location stands when it says no place of its own. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

static gboolean
find_locations (BfJsonNode root, BfJsonNode *ret_list)
{
  *ret_list = root;
  if (bf_json_type (root) == BF_JSON_ARRAY)
    return TRUE;
  return bf_json_member (root, "data", ret_list) && bf_json_type (*ret_list) == BF_JSON_ARRAY;
}

/* Returns the number of the next record. */
static guint32
decode_location (BfMapping *mapping, BfJsonNode location, guint32 number, BfSink *sink)
{
  BfMapInput input = { .type = "location", .fields = location, .observed_us = BF_TIME_NONE };
  BfJsonNode evses, evse, coordinates = { NULL, 0 };
  BfJsonIter iter;

  if (bf_json_type (location) == BF_JSON_OBJECT)
    {
      bf_json_member (location, "coordinates", &coordinates);
      input.id = bf_json_member_string (location, "id", NULL);
      bf_format_own_stamp (location, "last_updated", &input);
      input.geometry = coordinates;
    }
  bf_mapping_apply (mapping, sink, number++, &input);
  if (bf_json_type (location) != BF_JSON_OBJECT || !bf_json_member (location, "evses", &evses) || !bf_json_iter_init (&iter, evses))
    return number;
  while (bf_json_iter_next (&iter, NULL, NULL, &evse))
    {
      BfMapInput point = { .type = "evse", .fields = evse, .geometry = coordinates, .parent = input.id, .observed_us = BF_TIME_NONE };
      BfJsonNode own;

      if (bf_json_type (evse) == BF_JSON_OBJECT)
        {
          point.id = bf_json_member_string (evse, "uid", NULL);
          bf_format_own_stamp (evse, "last_updated", &point);
          if (bf_json_member (evse, "coordinates", &own) && bf_json_type (own) == BF_JSON_OBJECT)
            point.geometry = own;
        }
      bf_mapping_apply (mapping, sink, number++, &point);
    }
  return number;
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  BfJsonNode root, list, location;
  BfJsonIter iter;
  guint32 number = 0;

  if (!bf_json_doc_parse (doc, bytes, length, &root, error) || !bf_mapping_begin (mapping, root, NULL, error))
    return FALSE;
  if (!find_locations (root, &list))
    {
      bf_format_set_error (error, _ ("not OCPI locations: expected an array or “data”"), bf_json_member_string (root, "status_message", NULL));
      return FALSE;
    }
  bf_sink_set_extent (sink, BF_EXTENT_CURRENT);
  bf_json_iter_init (&iter, list);
  while (bf_json_iter_next (&iter, NULL, NULL, &location))
    {
      if (number >= BF_LIMIT_RECORDS)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("the payload has more than %u records"), BF_LIMIT_RECORDS);
          return FALSE;
        }
      number = decode_location (mapping, location, number, sink);
    }
  return TRUE;
}

/* The next page is in the Link header. Of a server that sends none: a full page of limit= has one. */
static char *
next_page (BfJsonDoc *doc, const char *url, char **ret_note)
{
  BfJsonNode root, list;
  guint64 limit = bf_format_get_parameter (url, "limit", 0);

  if (limit == 0 || !bf_json_doc_root (doc, &root) || !find_locations (root, &list) || bf_json_array_length (list) != limit)
    return NULL;
  return bf_format_set_parameter (url, "offset", bf_format_get_parameter (url, "offset", 0) + limit);
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode list, first, member;
  BfJsonIter iter;

  if (!find_locations (root, &list) || !bf_json_iter_init (&iter, list) || !bf_json_iter_next (&iter, NULL, NULL, &first))
    return 0;
  return bf_json_type (first) == BF_JSON_OBJECT && bf_json_member (first, "coordinates", &member)
             && (bf_json_member (first, "evses", &member) || bf_json_member (first, "party_id", &member))
           ? 95
           : 0;
}

const BfFormat bf_format_ocpi = { .name = "ocpi", .decode = decode, .next_page = next_page, .recognise = recognise };
