/* SPDX-License-Identifier: EUPL-1.2 */
/* A base map from a GeoJSON feature collection.
 *
 * Properties: `class` (what it is), `rank` (of a road), `name`, `bridge`. Coordinates are WGS 84 longitude, latitude
 * (RFC 7946). A feature of a class that the map does not draw, without a geometry, or with a position that is none
 * is left out and counted; a document that is no feature collection is an error. Any thread.
 */
#include "bf-basemap.h"

#include "json/bf-json.h"

#include <gio/gio.h>

#define MAX_BYTES (256u << 20)

static const struct
{
  const char *type;
  BfBasemapShape shape;
  guint depth; /* arrays between the geometry and a line or ring */
} geometries[] = {
  { "Point", BF_BASEMAP_POINT, 0 },        { "LineString", BF_BASEMAP_LINE, 1 },
  { "MultiPoint", BF_BASEMAP_POINT, 1 },   { "MultiLineString", BF_BASEMAP_LINE, 2 },
  { "Polygon", BF_BASEMAP_POLYGON, 2 },    { "MultiPolygon", BF_BASEMAP_POLYGON, 3 },
};

static gboolean
add_position (BfBasemapBuilder *builder, BfJsonNode position)
{
  BfJsonIter iter;
  BfJsonNode value;
  double longitude_deg, latitude_deg;

  if (bf_json_type (position) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, position))
    return FALSE;
  if (!bf_json_iter_next (&iter, NULL, NULL, &value) || !bf_json_get_double (value, &longitude_deg))
    return FALSE;
  if (!bf_json_iter_next (&iter, NULL, NULL, &value) || !bf_json_get_double (value, &latitude_deg))
    return FALSE;
  bf_basemap_builder_add_point (builder, latitude_deg, longitude_deg);
  return TRUE;
}

static gboolean
add_part (BfBasemapBuilder *builder, BfJsonNode positions)
{
  BfJsonIter iter;
  BfJsonNode position;

  bf_basemap_builder_begin_part (builder);
  if (bf_json_type (positions) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, positions))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &position))
    if (!add_position (builder, position))
      return FALSE;
  return TRUE;
}

/* @depth is at most 3: the recursion is bounded by the table above. */
static gboolean
add_coordinates (BfBasemapBuilder *builder, BfJsonNode coordinates, guint depth)
{
  BfJsonIter iter;
  BfJsonNode inner;

  if (depth == 0)
    {
      bf_basemap_builder_begin_part (builder);
      return add_position (builder, coordinates);
    }
  if (depth == 1)
    return add_part (builder, coordinates);
  if (bf_json_type (coordinates) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, coordinates))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &inner))
    if (!add_coordinates (builder, inner, depth - 1))
      return FALSE;
  return TRUE;
}

static int
find_geometry (BfJsonNode feature, BfJsonNode *ret_coordinates)
{
  BfJsonNode geometry;
  const char *type;

  if (!bf_json_member (feature, "geometry", &geometry)
      || !bf_json_member (geometry, "coordinates", ret_coordinates))
    return -1;
  type = bf_json_member_string (geometry, "type", "");
  for (guint i = 0; i < G_N_ELEMENTS (geometries); i++)
    if (g_strcmp0 (type, geometries[i].type) == 0)
      return (int) i;
  return -1;
}

static void
add_feature (BfBasemapBuilder *builder, BfJsonNode feature)
{
  BfJsonNode properties, coordinates;
  BfBasemapClass class_;
  const char *class_name;
  int geometry;

  if (!bf_json_member (feature, "properties", &properties))
    {
      bf_basemap_builder_refuse (builder, "no \"properties\", expected one with a \"class\"");
      return;
    }
  class_name = bf_json_member_string (properties, "class", "");
  if (!bf_basemap_class_from_name (class_name, &class_))
    {
      g_autofree char *why
        = g_strdup_printf ("class \"%.40s\", expected water, river, park, wood, built, industrial, building, road, rail, "
                           "place-label or district-label",
                           class_name);

      bf_basemap_builder_refuse (builder, why);
      return;
    }
  geometry = find_geometry (feature, &coordinates);
  if (geometry < 0)
    {
      bf_basemap_builder_refuse (builder, "no geometry, expected a point, line or polygon, or several of them");
      return;
    }
  bf_basemap_builder_begin (builder, class_,
                            bf_basemap_rank_from_name (bf_json_member_string (properties, "rank", "")),
                            bf_json_member_string (properties, "name", ""),
                            bf_json_member_bool (properties, "bridge", FALSE), geometries[geometry].shape);
  if (!add_coordinates (builder, coordinates, geometries[geometry].depth))
    bf_basemap_builder_spoil (builder);
  bf_basemap_builder_end (builder, NULL);
}

/**
 * bf_basemap_new_from_geojson: (skip)
 * @json: a feature collection in WGS 84
 * @error: return location
 *
 * Reads the base map of a city. Bad features are left out: see bf_basemap_get_n_refused().
 *
 * Returns: (transfer full): the map, or %NULL if the document is no feature collection
 */
BfBasemap *
bf_basemap_new_from_geojson (GBytes *json, GError **error)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (MAX_BYTES);
  g_autoptr (BfBasemapBuilder) builder = bf_basemap_builder_new ();
  BfJsonNode root, features, feature;
  BfJsonIter iter;
  gsize length;
  const char *bytes = g_bytes_get_data (json, &length);

  if (!bf_json_doc_parse (doc, bytes ? bytes : "", length, &root, error))
    {
      g_prefix_error (error, "base map: ");
      return NULL;
    }
  if (!bf_json_member (root, "features", &features) || bf_json_type (features) != BF_JSON_ARRAY
      || !bf_json_iter_init (&iter, features))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                   "base map: no array \"features\", expected a GeoJSON FeatureCollection");
      return NULL;
    }
  while (bf_json_iter_next (&iter, NULL, NULL, &feature))
    add_feature (builder, feature);
  return bf_basemap_builder_finish (builder);
}
