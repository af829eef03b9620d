/* SPDX-License-Identifier: EUPL-1.2 */
/* Formats that are a list of flat records under a known name, and no more: Hub'Eau (BRGM, hydrometry API v1 and v2) and Open311
 * GeoReport v2 (in XML it is bf-open311-xml.c that reads it). What differs is where the list stands, how the next page is found and
 * what an error looks like. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

/* GeoReport v2 answers with the last 90 days or 1000 requests, whichever is less: so many may not be all. */
#define OPEN311_MOST 1000u

static gboolean
decode_list (BfMapping *mapping, BfJsonNode root, BfJsonNode list, const char *id, BfSink *sink, GError **error)
{
  BfJsonNode record;
  BfJsonIter iter;
  guint32 number = 0;

  if (!bf_format_check_count (list, error) || !bf_mapping_begin (mapping, root, NULL, error))
    return FALSE;
  bf_json_iter_init (&iter, list);
  while (bf_json_iter_next (&iter, NULL, NULL, &record))
    {
      char room[32];

      bf_mapping_record (mapping, sink, number++, record, NULL,
                         id != NULL && bf_json_type (record) == BF_JSON_OBJECT ? bf_format_id_text (record, id, room) : NULL,
                         BF_TIME_NONE);
    }
  return TRUE;
}

/* --- Hub'Eau: {"count", "next", "data": […]} ------------------------------------------------------------------------- */

static gboolean
hubeau_decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  BfJsonNode root, list;

  if (!bf_json_doc_parse (doc, bytes, length, &root, error))
    return FALSE;
  if (bf_json_member (root, "data", &list) && bf_json_type (list) == BF_JSON_ARRAY)
    return decode_list (mapping, root, list, NULL, sink, error);
  bf_format_set_error (error, _ ("not Hub'Eau: expected “data”"), bf_json_member_string (root, "message", NULL));
  return FALSE;
}

static char *
hubeau_next_page (BfJsonDoc *doc, const char *url, char **ret_note)
{
  BfJsonNode root, list;
  const char *next;

  if (!bf_json_doc_root (doc, &root) || !bf_json_member (root, "data", &list) || bf_json_array_length (list) == 0)
    return NULL;
  next = bf_json_member_string (root, "next", NULL);
  return next != NULL && g_str_has_prefix (next, "http") && strcmp (next, url) != 0 ? g_strdup (next) : NULL;
}

static int
hubeau_recognise (BfJsonNode root)
{
  BfJsonNode list, member;

  return bf_json_member (root, "api_version", &member) && bf_json_member (root, "data", &list) && bf_json_member (root, "count", &member) ? 95 : 0;
}

const BfFormat bf_format_hubeau
  = { .name = "hubeau", .decode = hubeau_decode, .next_page = hubeau_next_page, .recognise = hubeau_recognise };

/* --- Open311: [R…], {"service_requests": [R…]} or {"requests": [R…]} -------------------------------------------------- */

static gboolean
open311_find (BfJsonNode root, BfJsonNode *ret_list)
{
  static const char *const names[] = { "service_requests", "requests" };

  *ret_list = root;
  if (bf_json_type (root) == BF_JSON_ARRAY)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (bf_json_member (root, names[i], ret_list) && bf_json_type (*ret_list) == BF_JSON_ARRAY)
      return TRUE;
  return FALSE;
}

/* An error is an array too: [{"code", "description"}]. */
static const char *
open311_error (BfJsonNode list)
{
  BfJsonNode first, member;
  BfJsonIter iter;

  if (!bf_json_iter_init (&iter, list) || !bf_json_iter_next (&iter, NULL, NULL, &first) || bf_json_type (first) != BF_JSON_OBJECT
      || !bf_json_member (first, "code", &member) || bf_json_member (first, "service_request_id", &member))
    return NULL;
  return bf_json_member_string (first, "description", NULL);
}

static gboolean
is_xml (const char *bytes, gsize length)
{
  gsize i = length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

  while (i < length && g_ascii_isspace (bytes[i]))
    i++;
  return i < length && bytes[i] == '<';
}

void
bf_open311_set_extent (BfSink *sink, guint64 n_requests)
{
  bf_sink_set_extent (sink, n_requests < OPEN311_MOST ? BF_EXTENT_WHOLE : BF_EXTENT_PART);
}

static gboolean
open311_decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  BfJsonNode root, list;

  if (is_xml (bytes, length))
    return bf_open311_decode_xml (mapping, doc, bytes, length, sink, error);
  if (!bf_json_doc_parse (doc, bytes, length, &root, error))
    return FALSE;
  if (open311_find (root, &list) && open311_error (list) == NULL)
    bf_open311_set_extent (sink, bf_json_array_length (list));
  if (open311_find (root, &list) && open311_error (list) == NULL)
    return decode_list (mapping, root, list, "service_request_id", sink, error);
  bf_format_set_error (error, _ ("not Open311: expected service requests"), open311_find (root, &list) ? open311_error (list) : NULL);
  return FALSE;
}

static char *
open311_next_page (BfJsonDoc *doc, const char *url, char **ret_note)
{
  BfJsonNode root, list;
  guint64 size = bf_format_get_parameter (url, "page_size", 0);

  if (size == 0 || !bf_json_doc_root (doc, &root) || !open311_find (root, &list) || bf_json_array_length (list) != size)
    return NULL;
  return bf_format_set_parameter (url, "page", bf_format_get_parameter (url, "page", 1) + 1);
}

static int
open311_recognise (BfJsonNode root)
{
  BfJsonNode list, first, member;
  BfJsonIter iter;

  if (!open311_find (root, &list) || !bf_json_iter_init (&iter, list) || !bf_json_iter_next (&iter, NULL, NULL, &first)
      || bf_json_type (first) != BF_JSON_OBJECT)
    return 0;
  return bf_json_member (first, "service_request_id", &member) && bf_json_member (first, "status", &member) ? 95 : 0;
}

static int
open311_recognise_bytes (const char *bytes, gsize length)
{
  return is_xml (bytes, length) && g_strstr_len (bytes, (gssize) MIN (length, 4096), "<service_requests") != NULL ? 95 : 0;
}

const BfFormat bf_format_open311 = { .name = "open311", .decode = open311_decode, .next_page = open311_next_page,
                                     .recognise = open311_recognise, .recognise_bytes = open311_recognise_bytes };
