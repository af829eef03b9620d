/* SPDX-License-Identifier: EUPL-1.2 */
/* Feature collections of the city's own files (RFC 7946): see bf-geojson-private.h. Coordinates are WGS84 degrees. */

#include "model/bf-geojson-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-file.h"
#include "base/bf-limits.h"

#define PROBLEMS_MAX 100

/*
 * bf_file_problem:
 * @line: from 1, or 0 when the message says the place
 */
void
bf_file_problem (BfFileProblems *file, guint line, const char *format, ...)
{
  g_autofree char *message = NULL;
  va_list args;

  if (file->n++ >= PROBLEMS_MAX)
    return;
  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  bf_problems_add (file->problems, file->path, line, "%s", message);
}

void
bf_file_problems_end (BfFileProblems *file)
{
  if (file->n > PROBLEMS_MAX)
    bf_problems_add (file->problems, file->path, 0,
                     ngettext ("%u more problem of this file is not listed", "%u more problems of this file are not listed",
                               file->n - PROBLEMS_MAX),
                     file->n - PROBLEMS_MAX);
}

static gboolean
take_feature (BfJsonNode feature, BfFeatureFunc func, gpointer user_data, GError **error)
{
  BfJsonNode properties;
  BfJsonNode geometry;

  if (strcmp (bf_json_member_string (feature, "type", ""), "Feature") != 0
      || !bf_json_member (feature, "properties", &properties) || bf_json_type (properties) != BF_JSON_OBJECT
      || !bf_json_member (feature, "geometry", &geometry) || bf_json_type (geometry) != BF_JSON_OBJECT)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX,
                   _ ("expected an object of \"type\": \"Feature\" with \"properties\" and a \"geometry\""));
      return FALSE;
    }
  return func (user_data, properties, geometry, feature, error);
}

/*
 * bf_geojson_load:
 * @func: called for each feature in order; what it refuses is a problem with the feature's number
 *
 * Returns: %FALSE with @error when the file is no feature collection at all
 */
gboolean
bf_geojson_load (const char *path, BfFileProblems *problems, BfFeatureFunc func, gpointer user_data, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (BF_LIMIT_PAYLOAD_BYTES);
  BfJsonNode root;
  BfJsonNode features;
  BfJsonNode feature;
  BfJsonIter iter;
  gsize length;

  if (!bf_file_load (path, BF_LIMIT_PAYLOAD_BYTES, &text, &length, error))
    return FALSE;
  if (!bf_json_doc_parse (doc, text, length, &root, error))
    {
      guint line = bf_json_doc_fault_line (doc);

      if (line > 0)
        g_prefix_error (error, "%s:%u: ", path, line);
      else
        g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  if (!bf_json_member (root, "features", &features) || bf_json_type (features) != BF_JSON_ARRAY
      || !bf_json_iter_init (&iter, features))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("%s: expected a GeoJSON FeatureCollection with an array \"features\""),
                   path);
      return FALSE;
    }
  for (guint number = 1; bf_json_iter_next (&iter, NULL, NULL, &feature); number++)
    {
      g_autoptr (GError) local_error = NULL;

      if (!take_feature (feature, func, user_data, &local_error))
        bf_file_problem (problems, 0, _ ("feature %u: %s"), number, local_error->message);
    }
  bf_file_problems_end (problems);
  return TRUE;
}

/*
 * bf_geojson_point:
 * @node: `[lon, lat]`, a third number is allowed
 */
gboolean
bf_geojson_point (BfJsonNode node, BfPoint *ret_point, GError **error)
{
  BfJsonNode lon;
  BfJsonNode lat;
  BfJsonIter iter;
  BfPoint point;

  if (bf_json_type (node) == BF_JSON_ARRAY && bf_json_iter_init (&iter, node)
      && bf_json_iter_next (&iter, NULL, NULL, &lon) && bf_json_iter_next (&iter, NULL, NULL, &lat)
      && bf_json_get_double (lon, &point.lon) && bf_json_get_double (lat, &point.lat))
    {
      if (bf_point_is_valid (point))
        {
          *ret_point = point;
          return TRUE;
        }
      g_set_error (error, BF_ERROR, BF_ERROR_RANGE, _ ("expected [longitude, latitude] in degrees (WGS84), found [%g, %g]"),
                   point.lon, point.lat);
      return FALSE;
    }
  g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("expected a position [longitude, latitude]"));
  return FALSE;
}

/*
 * bf_geojson_ring:
 * @points: (element-type BfPoint): the ring's points are added, the last equal to the first
 */
gboolean
bf_geojson_ring (BfJsonNode node, GArray *points, GError **error)
{
  guint first = points->len;
  BfJsonIter iter;
  BfJsonNode position;
  BfPoint a;
  BfPoint b;

  if (bf_json_type (node) != BF_JSON_ARRAY || !bf_json_iter_init (&iter, node))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("expected a ring: an array of positions"));
      return FALSE;
    }
  while (bf_json_iter_next (&iter, NULL, NULL, &position))
    {
      BfPoint point;

      if (!bf_geojson_point (position, &point, error))
        return FALSE;
      g_array_append_val (points, point);
    }
  if (points->len - first < 4)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected a ring of at least 4 positions, found %u"), points->len - first);
      return FALSE;
    }
  a = g_array_index (points, BfPoint, first);
  b = g_array_index (points, BfPoint, points->len - 1);
  if (a.lon != b.lon || a.lat != b.lat)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected a closed ring: its last position equal to its first"));
      return FALSE;
    }
  return TRUE;
}

/*
 * bf_geojson_text:
 * @keys: (array zero-terminated=1): the first that is there wins
 *
 * Returns: (nullable) (transfer full): a text of 1 to 2000 bytes, or a whole number as text
 */
char *
bf_geojson_text (BfJsonNode properties, const char *const *keys)
{
  for (; *keys != NULL; keys++)
    {
      BfJsonNode node;
      const char *text;
      gsize length;
      gint64 number;

      if (!bf_json_member (properties, *keys, &node))
        continue;
      if (bf_json_get_string (node, &text, &length) && length > 0 && length <= BF_LIMIT_TEXT_BYTES
          && strlen (text) == length)
        return g_strdup (text);
      if (bf_json_type (node) == BF_JSON_INT && bf_json_get_int (node, &number))
        return g_strdup_printf ("%" G_GINT64_FORMAT, number);
    }
  return NULL;
}

/*
 * bf_geojson_count:
 * @ret_count: (out): persons, -1 when not said or null
 *
 * Returns: %FALSE with @error when it is said and no whole number from 0 to ten thousand million
 */
gboolean
bf_geojson_count (BfJsonNode properties, const char *const *keys, gint64 *ret_count, GError **error)
{
  *ret_count = -1;
  for (; *keys != NULL; keys++)
    {
      BfJsonNode node;
      double value;

      if (!bf_json_member (properties, *keys, &node) || bf_json_type (node) == BF_JSON_NULL)
        continue;
      if (bf_json_get_double (node, &value) && value >= 0 && value <= 1e10 && value == (double) (gint64) value)
        {
          *ret_count = (gint64) value;
          return TRUE;
        }
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("\"%s\": expected a whole number of persons from 0 on"), *keys);
      return FALSE;
    }
  return TRUE;
}
