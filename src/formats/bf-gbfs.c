/* SPDX-License-Identifier: EUPL-1.2 */
/* GBFS 1, 2 and 3 (MobilityData): shared bicycles and vehicles. A feed's address is that of gbfs.json, which lists the files of
 * the system; the ones that say something are fetched one after the other as further pages: those that are still to come are
 * kept in the fragment of the page's address, which no server sees. An address of one file alone is a feed too.
 *
 *   {"last_updated", "ttl", "version", "data": {"stations": […]} | {"bikes": […]} | {"vehicles": […]} | {"feeds": […]}}
 *
 * The types of records are the names of the files: station_information, station_status, free_bike_status (v1, v2),
 * vehicle_status (v3). Times are epochs in v1 and v2, RFC 3339 in v3. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <gio/gio.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

#define FRAGMENT "then="

static const char *const files[] = { "station_information", "station_status", "free_bike_status", "vehicle_status" };

/* Feeds of gbfs.json: of v3 in `data`, before in `data.<language>`: any, for the addresses are the same but for texts. */
static gboolean
find_feeds (BfJsonNode root, BfJsonNode *ret_feeds)
{
  BfJsonNode data, language;
  BfJsonIter iter;

  if (!bf_json_member (root, "data", &data))
    return FALSE;
  if (bf_json_member (data, "feeds", ret_feeds))
    return bf_json_type (*ret_feeds) == BF_JSON_ARRAY;
  if (bf_json_path (data, "fr.feeds", ret_feeds) && bf_json_type (*ret_feeds) == BF_JSON_ARRAY)
    return TRUE;
  if (!bf_json_iter_init (&iter, data))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &language))
    if (bf_json_type (language) == BF_JSON_OBJECT && bf_json_member (language, "feeds", ret_feeds)
        && bf_json_type (*ret_feeds) == BF_JSON_ARRAY)
      return TRUE;
  return FALSE;
}

static gboolean
find_records (BfJsonNode root, BfJsonNode *ret_records, const char **ret_type)
{
  static const struct
  {
    const char *member;
    const char *type; /* NULL: by the record */
  } lists[] = { { "stations", NULL }, { "bikes", "free_bike_status" }, { "vehicles", "vehicle_status" } };
  BfJsonNode data;

  if (!bf_json_member (root, "data", &data))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    if (bf_json_member (data, lists[i].member, ret_records) && bf_json_type (*ret_records) == BF_JSON_ARRAY)
      {
        *ret_type = lists[i].type;
        return TRUE;
      }
  return FALSE;
}

/* Information has a place, status has counts. */
static const char *
station_type (BfJsonNode record)
{
  BfJsonNode member;

  return bf_json_member (record, "lat", &member) || bf_json_member (record, "name", &member) ? "station_information" : "station_status";
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  BfJsonNode root, records, record;
  const char *type;
  BfJsonIter iter;
  guint32 number = 0;
  gint64 updated_us;

  if (!bf_json_doc_parse (doc, bytes, length, &root, error))
    return FALSE;
  if (find_feeds (root, &records))
    return TRUE;
  if (!find_records (root, &records, &type))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                   _ ("not GBFS: expected “data” with feeds, stations, bikes or vehicles; the address is best that of gbfs.json"));
      return FALSE;
    }
  if (!bf_format_check_count (records, error) || !bf_mapping_begin (mapping, root, NULL, error))
    return FALSE;
  updated_us = bf_json_member_time (root, "last_updated");
  if (updated_us == BF_TIME_NONE && bf_json_member_int (root, "last_updated", 0) > 0)
    updated_us = MIN (bf_json_member_int (root, "last_updated", 0), G_MAXINT32) * G_USEC_PER_SEC;
  if (type != NULL) /* vehicles: all that are free to take */
    bf_sink_set_extent (sink, BF_EXTENT_WHOLE);
  bf_json_iter_init (&iter, records);
  while (bf_json_iter_next (&iter, NULL, NULL, &record))
    {
      BfMapInput input = { .type = type != NULL ? type : station_type (record), .fields = record, .observed_us = BF_TIME_NONE };

      /* A vehicle without a report of its own was seen when the list was made; a station must say. */
      if (type != NULL && updated_us != BF_TIME_NONE)
        input.observed_us = updated_us;
      else if (type != NULL)
        bf_format_own_stamp (root, "last_updated", &input);
      bf_mapping_apply (mapping, sink, number++, &input);
    }
  return TRUE;
}

static const char *
address_of (BfJsonNode feeds, const char *name)
{
  BfJsonIter iter;
  BfJsonNode feed;

  bf_json_iter_init (&iter, feeds);
  while (bf_json_iter_next (&iter, NULL, NULL, &feed))
    if (g_strcmp0 (bf_json_member_string (feed, "name", NULL), name) == 0)
      return bf_json_member_string (feed, "url", NULL);
  return NULL;
}

/* The first of the addresses, with the others behind it. NULL when there is none. */
static char *
chain (char **addresses)
{
  g_autofree char *rest = NULL, *escaped = NULL;
  const char *hash;

  if (addresses[0] == NULL)
    return NULL;
  hash = strchr (addresses[0], '#');
  if (hash != NULL)
    return NULL;
  if (addresses[1] == NULL)
    return g_strdup (addresses[0]);
  rest = g_strjoinv (" ", addresses + 1);
  escaped = g_uri_escape_string (rest, NULL, FALSE);
  return g_strconcat (addresses[0], "#" FRAGMENT, escaped, NULL);
}

static char *
next_page (BfJsonDoc *doc, const char *url, char **ret_note)
{
  const char *fragment = strstr (url, "#" FRAGMENT);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) addresses = NULL;
  BfJsonNode root, feeds;

  if (fragment != NULL)
    {
      g_autofree char *rest = g_uri_unescape_string (fragment + strlen ("#" FRAGMENT), NULL);

      addresses = g_strsplit (rest != NULL ? rest : "", " ", G_N_ELEMENTS (files));
      return addresses[0] != NULL && addresses[0][0] != '\0' ? chain (addresses) : NULL;
    }
  if (!bf_json_doc_root (doc, &root) || !find_feeds (root, &feeds))
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      const char *address = address_of (feeds, files[i]);
      g_autofree char *absolute
        = address != NULL ? g_uri_resolve_relative (url, address, G_URI_FLAGS_ENCODED | G_URI_FLAGS_PARSE_RELAXED, NULL) : NULL;

      if (absolute != NULL && strchr (absolute, ' ') == NULL && strchr (absolute, '#') == NULL)
        g_strv_builder_add (builder, absolute);
    }
  addresses = g_strv_builder_end (builder);
  return chain (addresses);
}

/* gbfs.json's is that of the list of files, not of what is measured. */
static gint64
ttl_s (BfJsonDoc *doc)
{
  BfJsonNode root, feeds;

  return bf_json_doc_root (doc, &root) && !find_feeds (root, &feeds) ? bf_json_member_int (root, "ttl", -1) : -1;
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode member, records;
  const char *type;

  if (!bf_json_member (root, "last_updated", &member) || (!bf_json_member (root, "ttl", &member) && !bf_json_member (root, "version", &member)))
    return 0;
  return find_feeds (root, &records) || find_records (root, &records, &type) ? 95 : 0;
}

const BfFormat bf_format_gbfs = { .name = "gbfs", .decode = decode, .next_page = next_page, .ttl_s = ttl_s, .recognise = recognise };
