/* SPDX-License-Identifier: EUPL-1.2 */
/* GeoJSON (RFC 7946) with what came before it: a FeatureCollection whose `crs` member names another coordinate system
 * (GeoJSON 2008 §3), as GeoServer and QGIS still write it. A record is a Feature: paths start in its `properties`, its own
 * geometry and its own id are there when [Map] does not say others. A single Feature is a collection of one. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

static gboolean
has_type (BfJsonNode node, const char *type)
{
  return g_strcmp0 (bf_json_member_string (node, "type", NULL), type) == 0;
}

gboolean
bf_geojson_is_collection (BfJsonNode root)
{
  BfJsonNode features;

  return has_type (root, "FeatureCollection") && bf_json_member (root, "features", &features)
         && bf_json_type (features) == BF_JSON_ARRAY;
}

/* The name in {"crs": {"type": "name", "properties": {"name": …}}}; NULL when there is none. */
static gboolean
read_crs (BfJsonNode root, const char **ret_name, GError **error)
{
  BfJsonNode crs, name;

  *ret_name = NULL;
  if (!bf_json_member (root, "crs", &crs) || bf_json_type (crs) == BF_JSON_NULL)
    return TRUE;
  if (bf_json_path (crs, "properties.name", &name) && bf_json_get_string (name, ret_name, NULL))
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
               _ ("the payload's “crs” has no properties.name: expected a name such as urn:ogc:def:crs:EPSG::25832"));
  return FALSE;
}

static void
decode_feature (BfMapping *mapping, BfJsonNode feature, guint32 record, BfSink *sink)
{
  BfJsonNode properties, geometry;
  char room[32];
  gboolean has_geometry;

  if (!has_type (feature, "Feature") || !bf_json_member (feature, "properties", &properties))
    {
      bf_sink_record (sink);
      bf_sink_refuse (sink, record, NULL, _ ("expected a Feature with its properties"));
      return;
    }
  has_geometry = bf_json_member (feature, "geometry", &geometry);
  bf_mapping_record (mapping, sink, record, properties, has_geometry ? &geometry : NULL,
                     bf_format_id_text (feature, "id", room), BF_TIME_NONE);
}

gboolean
bf_geojson_decode_root (BfMapping *mapping, BfJsonNode root, BfSink *sink, GError **error)
{
  BfJsonNode features, feature;
  BfJsonIter iter;
  const char *crs;
  guint32 record = 0;

  if (!read_crs (root, &crs, error) || !bf_mapping_begin (mapping, root, crs, error))
    return FALSE;
  if (has_type (root, "Feature"))
    {
      decode_feature (mapping, root, 0, sink);
      return TRUE;
    }
  if (!bf_geojson_is_collection (root))
    {
      if (bf_json_type (root) == BF_JSON_OBJECT)
        g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                     _ ("not GeoJSON: expected a FeatureCollection with its features, found the type “%.80s”"),
                     bf_json_member_string (root, "type", ""));
      else
        g_set_error_literal (error, BF_ERROR, BF_ERROR_VALUE,
                             _ ("not GeoJSON: expected a FeatureCollection with its features, found something else"));
      return FALSE;
    }
  bf_json_member (root, "features", &features);
  if (!bf_format_check_count (features, error))
    return FALSE;
  bf_json_iter_init (&iter, features);
  while (bf_json_iter_next (&iter, NULL, NULL, &feature))
    decode_feature (mapping, feature, record++, sink);
  return TRUE;
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  BfJsonNode root;

  return bf_json_doc_parse (doc, bytes, length, &root, error) && bf_geojson_decode_root (mapping, root, sink, error);
}

static int
recognise (BfJsonNode root)
{
  return bf_geojson_is_collection (root) ? 95 : 0;
}

const BfFormat bf_format_geojson = { .name = "geojson", .decode = decode, .recognise = recognise };
