/* SPDX-License-Identifier: EUPL-1.2 */
/* Sensitive places (schools, EHPAD, hospital) from GeoJSON: see bf-zones.h. Each feature has `name` (or `nom`), `kind` and,
 * when known, `people`; a point, or a polygon whose box's middle is taken. Read-only after loading. */

#include "model/bf-geojson-private.h"
#include "model/bf-point-index-private.h"
#include "model/bf-zones.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"

#define PLACES_MAX 200000

struct _BfPlaces
{
  GArray *places; /* BfPlace */
  BfFixedPoint *points;
  BfPointIndex *index;
};

static const char *const name_keys[] = { "name", "nom", NULL };
static const char *const kind_keys[] = { "kind", "type", NULL };
static const char *const people_keys[] = { "people", "capacity", NULL };

static void
place_clear (gpointer data)
{
  BfPlace *place = data;

  g_free (place->name);
  g_free (place->kind);
}

static gboolean
read_point (BfJsonNode geometry, BfPoint *ret_point, GError **error)
{
  const char *type = bf_json_member_string (geometry, "type", "");
  g_autoptr (GArray) ring = g_array_new (FALSE, FALSE, sizeof (BfPoint));
  BfBox box = BF_BOX_EMPTY;
  BfJsonNode node;

  if (strcmp (type, "Point") == 0 && bf_json_member (geometry, "coordinates", &node))
    return bf_geojson_point (node, ret_point, error);
  if (!(strcmp (type, "Polygon") == 0 && bf_json_path (geometry, "coordinates[0]", &node))
      && !(strcmp (type, "MultiPolygon") == 0 && bf_json_path (geometry, "coordinates[0][0]", &node)))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected a Point, Polygon or MultiPolygon with coordinates, found “%s”"),
                   type);
      return FALSE;
    }
  if (!bf_geojson_ring (node, ring, error))
    return FALSE;
  for (guint i = 0; i < ring->len; i++)
    bf_box_add (&box, g_array_index (ring, BfPoint, i));
  *ret_point = (BfPoint){ (box.west + box.east) / 2, (box.south + box.north) / 2 };
  return TRUE;
}

static gboolean
take_place (gpointer user_data, BfJsonNode properties, BfJsonNode geometry, BfJsonNode feature, GError **error)
{
  BfPlaces *places = user_data;
  BfPlace place = { NULL, NULL, -1, { 0, 0 } };

  if (places->places->len >= PLACES_MAX)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("expected at most %d places"), PLACES_MAX);
      return FALSE;
    }
  if (!read_point (geometry, &place.point, error) || !bf_geojson_count (properties, people_keys, &place.people, error))
    return FALSE;
  place.name = bf_geojson_text (properties, name_keys);
  place.kind = bf_geojson_text (properties, kind_keys);
  if (place.name == NULL || place.kind == NULL)
    {
      place_clear (&place);
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected the properties \"name\" and \"kind\" as texts"));
      return FALSE;
    }
  g_array_append_val (places->places, place);
  return TRUE;
}

/**
 * bf_places_load:
 * @path: a GeoJSON feature collection
 * @problems: (nullable): where features that are off go, with their number
 *
 * Returns: (transfer full): the places, or %NULL with @error when the file cannot be read or is no feature collection
 */
BfPlaces *
bf_places_load (const char *path, GPtrArray *problems, GError **error)
{
  g_autoptr (BfPlaces) places = g_new0 (BfPlaces, 1);
  BfFileProblems file = { problems, path, 0 };

  places->places = g_array_new (FALSE, FALSE, sizeof (BfPlace));
  g_array_set_clear_func (places->places, place_clear);
  if (!bf_geojson_load (path, &file, take_place, places, error))
    return NULL;
  places->points = g_new (BfFixedPoint, MAX (places->places->len, 1));
  for (guint i = 0; i < places->places->len; i++)
    places->points[i] = bf_fixed_point (g_array_index (places->places, BfPlace, i).point);
  places->index = bf_point_index_new (places->points, places->places->len);
  return g_steal_pointer (&places);
}

void
bf_places_free (BfPlaces *places)
{
  if (places == NULL)
    return;
  g_array_unref (places->places);
  bf_point_index_free (places->index);
  g_free (places->points);
  g_free (places);
}

guint
bf_places_n (const BfPlaces *places)
{
  return places->places->len;
}

const BfPlace *
bf_places_get (const BfPlaces *places, guint place)
{
  g_return_val_if_fail (place < places->places->len, NULL);
  return &g_array_index (places->places, BfPlace, place);
}

/**
 * bf_places_near:
 * @ret_places: (array length=max): room for the places' numbers
 *
 * Returns: how many there are within @radius_m, nearest first, at most @max
 */
guint
bf_places_near (const BfPlaces *places, BfPoint point, double radius_m, guint *ret_places, guint max)
{
  g_autofree BfNear *near = g_new (BfNear, MAX (max, 1));
  guint n = bf_point_index_near (places->index, point, radius_m, near, max);

  for (guint i = 0; i < n; i++)
    ret_places[i] = near[i].point;
  return n;
}
