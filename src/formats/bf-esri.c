/* SPDX-License-Identifier: EUPL-1.2 */
/* Esri FeatureSet, the JSON of ArcGIS servers (f=json):
 *
 *   {"objectIdFieldName", "spatialReference": {"wkid", "latestWkid"}, "features": [{"attributes": {…}, "geometry": {…}}],
 *    "exceededTransferLimit": true}
 *
 * Paths start in `attributes`. Geometries are {x, y}, paths, rings or points in the payload's spatial reference; a server's
 * dates are epoch milliseconds (observed.form=epoch-ms). Pages follow by resultOffset. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

/* "EPSG:2154" in @room; NULL for WGS84, or when nothing is said. Esri's own numbers of Web Mercator have an EPSG twin. */
static const char *
read_crs (BfJsonNode root, char room[32])
{
  BfJsonNode reference;
  gint64 wkid;

  if (!bf_json_member (root, "spatialReference", &reference) || bf_json_type (reference) != BF_JSON_OBJECT)
    return NULL;
  wkid = bf_json_member_int (reference, "latestWkid", bf_json_member_int (reference, "wkid", 4326));
  if (wkid == 102100 || wkid == 102113 || wkid == 900913)
    wkid = 3857;
  if (wkid == 4326 || wkid <= 0)
    return NULL;
  g_snprintf (room, 32, "EPSG:%" G_GINT64_FORMAT, wkid);
  return room;
}

static void
decode_feature (BfMapping *mapping, BfJsonNode feature, const char *id_field, guint32 number, BfSink *sink)
{
  BfMapInput input = { .observed_us = BF_TIME_NONE };
  char room[32];

  if (bf_json_type (feature) != BF_JSON_OBJECT || !bf_json_member (feature, "attributes", &input.fields)
      || bf_json_type (input.fields) != BF_JSON_OBJECT)
    {
      bf_sink_record (sink);
      bf_sink_refuse (sink, number, NULL, _ ("expected a feature with its attributes"));
      return;
    }
  if (!bf_json_member (feature, "geometry", &input.geometry))
    input.geometry.tape = NULL;
  input.id = bf_format_id_text (input.fields, id_field, room);
  bf_mapping_apply (mapping, sink, number, &input);
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  BfJsonNode root, features, feature, message;
  char room[32];
  const char *id_field;
  BfJsonIter iter;
  guint32 number = 0;

  if (!bf_json_doc_parse (doc, bytes, length, &root, error))
    return FALSE;
  if (!bf_json_member (root, "features", &features) || bf_json_type (features) != BF_JSON_ARRAY)
    {
      const char *said = NULL;

      if (bf_json_path (root, "error.message", &message))
        bf_json_get_string (message, &said, NULL);
      bf_format_set_error (error, _ ("not an Esri FeatureSet: expected “features”"), said);
      return FALSE;
    }
  if (!bf_format_check_count (features, error) || !bf_mapping_begin (mapping, root, read_crs (root, room), error))
    return FALSE;
  id_field = bf_json_member_string (root, "objectIdFieldName", "OBJECTID");
  bf_json_iter_init (&iter, features);
  while (bf_json_iter_next (&iter, NULL, NULL, &feature))
    decode_feature (mapping, feature, id_field, number++, sink);
  return TRUE;
}

static char *
next_page (BfJsonDoc *doc, const char *url, char **ret_note)
{
  BfJsonNode root, features;
  gsize n;

  if (!bf_json_doc_root (doc, &root) || !bf_json_member_bool (root, "exceededTransferLimit", FALSE)
      || !bf_json_member (root, "features", &features))
    return NULL;
  n = bf_json_array_length (features);
  return n > 0 ? bf_format_set_parameter (url, "resultOffset", bf_format_get_parameter (url, "resultOffset", 0) + n) : NULL;
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode features, first, member;
  BfJsonIter iter;

  if (!bf_json_member (root, "features", &features) || !bf_json_iter_init (&iter, features))
    return 0;
  if (!bf_json_iter_next (&iter, NULL, NULL, &first))
    return bf_json_member (root, "spatialReference", &member) ? 70 : 0;
  return bf_json_member (first, "attributes", &member) && bf_json_type (member) == BF_JSON_OBJECT ? 95 : 0;
}

const BfFormat bf_format_esri = { .name = "esri", .decode = decode, .next_page = next_page, .recognise = recognise };
