/* SPDX-License-Identifier: EUPL-1.2 */
/* Where a DATEX II location is, of the many ways to say it, the best that is there: GML areas and lines (latitude first; all of
 * a group, as one), GeoJSON in an extension, corners and reference points of OpenLR, the ends of a TPEG line, points by
 * coordinates, coordinates for display. Between the reference points of OpenLR the line is straight: its way along the road
 * needs a map. Alert-C and OpenLR codes alone need a table that a feed does not have: no place then. */

#include "formats/bf-datex-private.h"

#include <math.h>
#include <string.h>

#include "base/bf-limits.h"
#include "base/bf-text.h"

/* What a location says, from which the best is written. */
typedef struct
{
  BfPlaceRoom areas;
  BfPlaceRoom lines;
  BfPlaceRoom read;
  GArray *corners;    /* BfXY: of an OpenLR polygon */
  GArray *references; /* BfXY: of an OpenLR line */
  GArray *ends;       /* BfXY: of a TPEG line */
  BfXY point;
  gboolean has_point;
} Places;

static gboolean
read_number (const char *text, double *ret_value)
{
  return text != NULL && bf_text_to_double (text, strlen (text), ret_value);
}

static gboolean
is_below (const BfNode *node, const char *name)
{
  for (const BfNode *at = node->parent; at != NULL; at = at->parent)
    if (strcmp (at->name, name) == 0)
      return TRUE;
  return FALSE;
}

/* --- lists of positions --------------------------------------------------------------------------------------------- */

static void
drop_part (BfPlaceRoom *room, guint first)
{
  g_array_set_size (room->points, first);
  g_array_set_size (room->parts, room->parts->len - 1);
}

/* Adds "lat lon lat lon …" as a part; nothing when it is no list of pairs. One vertex over the limit is kept, so that the mapping
 * refuses and counts the whole. */
static void
add_positions (BfPlaceRoom *room, const char *text, gboolean hole, guint least)
{
  BfShapePart part = { room->points->len, hole };
  double pair[2];
  guint n = 0;

  g_array_append_val (room->parts, part);
  while (*(text += strspn (text, " \t\r\n")) != '\0' && room->points->len <= BF_LIMIT_SHAPE_READ)
    {
      gsize length = strcspn (text, " \t\r\n");

      if (length >= 32 || !bf_text_to_double (text, length, &pair[n & 1]) || !isfinite (pair[n & 1]))
        {
          drop_part (room, part.first);
          return;
        }
      text += length;
      if (n++ & 1)
        bf_place_add (room, (BfXY){ pair[1], pair[0] });
    }
  if (n / 2 < least || (n & 1))
    drop_part (room, part.first);
}

static void
add_list (Places *places, const BfNode *list)
{
  gboolean ring = strcmp (list->parent->name, "exterior") == 0 || strcmp (list->parent->name, "LinearRing") == 0;

  add_positions (ring ? &places->areas : &places->lines, list->text, ring && is_below (list, "interior"), ring ? 4 : 2);
}

/* A GeoJSON geometry as the text of an element, as DiaLog writes it. */
static void
add_geojson (BfDatex *datex, Places *places, const char *text)
{
  BfPlaceRoom *read = &places->read, *to;
  const char *reason;
  BfJsonNode root;
  BfXY place;
  guint first;

  if (datex->geojson == NULL)
    datex->geojson = bf_json_doc_new (BF_LIMIT_XML_TEXT_BYTES);
  if (!bf_json_doc_parse (datex->geojson, text, strlen (text), &root, NULL) || !bf_place_of_geometry (root, read, &place, &reason))
    return;
  if (read->type == 0)
    {
      places->point = place;
      places->has_point = TRUE;
      return;
    }
  to = read->type == BF_SHAPE_AREAS ? &places->areas : &places->lines;
  first = to->points->len;
  if (first > BF_LIMIT_SHAPE_READ)
    return;
  g_array_append_vals (to->points, read->points->data, read->points->len);
  for (guint i = 0; i < read->parts->len; i++)
    {
      BfShapePart part = g_array_index (read->parts, BfShapePart, i);

      part.first += first;
      g_array_append_val (to->parts, part);
    }
}

/* --- single points -------------------------------------------------------------------------------------------------- */

static void
add_point (Places *places, const BfNode *latitude)
{
  GArray *list = is_below (latitude, "openlrPolygonLocationReference") ? places->corners
                 : is_below (latitude, "openlrLineLocationReference")  ? places->references
                 : is_below (latitude, "from") || is_below (latitude, "to") ? places->ends
                                                                            : NULL;
  BfXY place;

  if (!read_number (latitude->text, &place.y) || !read_number (bf_node_text (latitude->parent, "longitude"), &place.x))
    return;
  if (!places->has_point)
    places->point = place;
  places->has_point = TRUE;
  if (list != NULL && list->len <= BF_LIMIT_SHAPE_READ)
    g_array_append_val (list, place);
}

static void
collect (BfDatex *datex, Places *places, const BfNode *node)
{
  for (const BfNode *at = bf_node_walk (node, node); at != NULL; at = bf_node_walk (node, at))
    if (strcmp (at->name, "posList") == 0)
      add_list (places, at);
    else if (strcmp (at->name, "geoJsonGeometry") == 0)
      add_geojson (datex, places, at->text);
    else if (strcmp (at->name, "latitude") == 0)
      add_point (places, at);
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

static void
write_position (BfJsonOut *out, BfXY place)
{
  bf_json_out_begin_array (out, NULL);
  bf_json_out_double (out, NULL, place.x);
  bf_json_out_double (out, NULL, place.y);
  bf_json_out_end_array (out);
}

static void
write_positions (BfJsonOut *out, const BfXY *places, guint n)
{
  bf_json_out_begin_array (out, NULL);
  for (guint i = 0; i < n; i++)
    write_position (out, places[i]);
  bf_json_out_end_array (out);
}

/* A MultiLineString or MultiPolygon, also of one. */
static void
write_parts (BfJsonOut *out, const BfPlaceRoom *room, gboolean areas)
{
  bf_json_out_begin_object (out, "@geometry");
  bf_json_out_string (out, "type", areas ? "MultiPolygon" : "MultiLineString");
  bf_json_out_begin_array (out, "coordinates");
  for (guint i = 0; i < room->parts->len; i++)
    {
      const BfShapePart *part = &g_array_index (room->parts, BfShapePart, i);
      guint end = i + 1 < room->parts->len ? part[1].first : room->points->len;
      gboolean begins = areas && (i == 0 || !part->hole);

      if (begins && i > 0)
        bf_json_out_end_array (out);
      if (begins)
        bf_json_out_begin_array (out, NULL);
      write_positions (out, &g_array_index (room->points, BfXY, part->first), end - part->first);
    }
  if (areas)
    bf_json_out_end_array (out);
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
}

static void
write_line (BfJsonOut *out, const GArray *places, gboolean ring)
{
  bf_json_out_begin_object (out, "@geometry");
  bf_json_out_string (out, "type", ring ? "Polygon" : "LineString");
  bf_json_out_begin_array (out, "coordinates");
  if (ring)
    write_positions (out, (const BfXY *) (gconstpointer) places->data, places->len);
  for (guint i = 0; !ring && i < places->len; i++)
    write_position (out, g_array_index (places, BfXY, i));
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
}

static void
write_point (BfJsonOut *out, BfXY place)
{
  bf_json_out_begin_object (out, "@geometry");
  if (fabs (place.x) <= 180 && fabs (place.y) <= 90)
    {
      /* degrees, also where the feed's other places are metres and Crs= says so */
      bf_json_out_double (out, "lon", place.x);
      bf_json_out_double (out, "lat", place.y);
    }
  else
    {
      bf_json_out_string (out, "type", "Point");
      bf_json_out_begin_array (out, "coordinates");
      bf_json_out_double (out, NULL, place.x);
      bf_json_out_double (out, NULL, place.y);
      bf_json_out_end_array (out);
    }
  bf_json_out_end_object (out);
}

static void
write_best (BfJsonOut *out, const Places *places)
{
  if (places->areas.parts->len > 0)
    write_parts (out, &places->areas, TRUE);
  else if (places->lines.parts->len > 0)
    write_parts (out, &places->lines, FALSE);
  else if (places->corners->len >= 3)
    write_line (out, places->corners, TRUE);
  else if (places->references->len >= 2)
    write_line (out, places->references, FALSE);
  else if (places->ends->len == 2)
    write_line (out, places->ends, FALSE);
  else if (places->has_point)
    write_point (out, places->point);
}

void
bf_datex_write_place (BfDatex *datex, const BfNode *node)
{
  Places places = { .has_point = FALSE };
  GArray **lists[] = { &places.corners, &places.references, &places.ends };
  BfPlaceRoom *rooms[] = { &places.areas, &places.lines, &places.read };

  if (node == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      *lists[i] = g_array_new (FALSE, FALSE, sizeof (BfXY));
      bf_place_room_init (rooms[i]);
    }
  collect (datex, &places, node);
  write_best (&datex->records.out, &places);
  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    {
      g_array_unref (*lists[i]);
      bf_place_room_clear (rooms[i]);
    }
}
