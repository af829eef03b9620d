/* SPDX-License-Identifier: EUPL-1.2 */
/* Lines and areas that stand in a text or a list: WKT (OGC 06-103r4 §7) as CSV files and databases carry it, numbers in pairs
 * as Waze's CIFS writes a polyline, a list of pairs or of objects. One pass, no recursion, a fixed depth. */

#include "formats/bf-mapping-private.h"

#include <string.h>

#include "base/bf-limits.h"
#include "base/bf-text.h"

/* --- WKT ------------------------------------------------------------------------------------------------------------ */

static const struct
{
  const char *name;
  BfShapeType type;
  guint depth; /* brackets around the positions of a part */
} wkt[] = {
  { "LINESTRING", BF_SHAPE_LINES, 1 },
  { "MULTILINESTRING", BF_SHAPE_LINES, 2 },
  { "POLYGON", BF_SHAPE_AREAS, 2 },
  { "MULTIPOLYGON", BF_SHAPE_AREAS, 3 },
};

typedef struct
{
  const char *at;
  const char *end;
} Text;

static void
skip_space (Text *text)
{
  while (text->at < text->end && strchr (" \t\r\n", *text->at) != NULL)
    text->at++;
}

static gboolean
take_number (Text *text, double *ret_value)
{
  const char *from;

  skip_space (text);
  from = text->at;
  while (text->at < text->end && strchr ("0123456789+-.eE", *text->at) != NULL)
    text->at++;
  return text->at > from && text->at - from < 32 && bf_text_to_double (from, (gsize) (text->at - from), ret_value);
}

/* The type's place in the table, behind its name, SRID and dimensions; FALSE when it is none of them. */
static gboolean
take_type (Text *text, guint *ret_type)
{
  const char *from;
  gsize length;

  skip_space (text);
  if (text->end - text->at > 5 && g_ascii_strncasecmp (text->at, "SRID=", 5) == 0)
    {
      text->at = memchr (text->at, ';', (gsize) (text->end - text->at));
      if (text->at == NULL)
        return FALSE;
      text->at++;
    }
  from = text->at;
  while (text->at < text->end && g_ascii_isalpha (*text->at))
    text->at++;
  length = (gsize) (text->at - from);
  for (skip_space (text); text->at < text->end && strchr ("ZzMm ", *text->at) != NULL;)
    text->at++;
  for (guint i = 0; i < G_N_ELEMENTS (wkt); i++)
    if (strlen (wkt[i].name) == length && g_ascii_strncasecmp (from, wkt[i].name, length) == 0)
      {
        *ret_type = i;
        return TRUE;
      }
  return FALSE;
}

/* One position: east and north, and what more numbers there are. */
static gboolean
take_position (Text *text, BfXY *ret_place)
{
  double more;

  if (!take_number (text, &ret_place->x) || !take_number (text, &ret_place->y))
    return FALSE;
  for (skip_space (text); text->at < text->end && *text->at != ',' && *text->at != ')'; skip_space (text))
    if (!take_number (text, &more))
      return FALSE;
  return TRUE;
}

static gboolean
read_wkt (Text *text, guint type, BfPlaceRoom *room)
{
  guint depth = 0;
  guint ring = 0;
  BfXY place;

  for (skip_space (text); text->at < text->end; skip_space (text))
    if (*text->at == '(')
      {
        BfShapePart part = { room->points->len, wkt[type].type == BF_SHAPE_AREAS && ring > 0 };

        text->at++;
        if (++depth > wkt[type].depth)
          return FALSE;
        if (depth == wkt[type].depth)
          {
            g_array_append_val (room->parts, part);
            ring++;
          }
        else
          ring = 0;
      }
    else if (*text->at == ')' && depth > 0)
      {
        text->at++;
        if (--depth == 0)
          break;
      }
    else if (*text->at == ',' && depth > 0)
      text->at++;
    else if (depth == wkt[type].depth && room->points->len <= BF_LIMIT_SHAPE_READ && take_position (text, &place))
      bf_place_add (room, place);
    else
      return FALSE;
  skip_space (text);
  return depth == 0 && text->at == text->end && room->points->len > 0;
}

/* --- numbers in pairs ----------------------------------------------------------------------------------------------- */

static gboolean
read_pairs (Text *text, gboolean lat_first, BfPlaceRoom *room)
{
  double pair[2];
  guint n = 0;

  while (text->at < text->end && n <= 2 * BF_LIMIT_SHAPE_READ)
    {
      if (!take_number (text, &pair[n & 1]))
        return FALSE;
      if (n++ & 1)
        bf_place_add (room, lat_first ? (BfXY){ pair[1], pair[0] } : (BfXY){ pair[0], pair[1] });
      while (text->at < text->end && strchr (" \t\r\n,;", *text->at) != NULL)
        text->at++;
    }
  return text->at == text->end && n >= 4 && !(n & 1);
}

gboolean
bf_map_line_of_text (const char *bytes, gsize length, gboolean lat_first, BfPlaceRoom *room, BfXY *ret_place)
{
  Text text = { bytes, bytes + length };
  gboolean good;
  guint type;

  bf_place_begin_line (room);
  if (take_type (&text, &type))
    {
      g_array_set_size (room->parts, 0);
      room->type = wkt[type].type;
      good = read_wkt (&text, type, room);
    }
  else
    {
      text.at = bytes;
      good = read_pairs (&text, lat_first, room);
    }
  if (good && bf_place_end (room, ret_place))
    return TRUE;
  room->type = 0;
  return FALSE;
}

/* --- lists ---------------------------------------------------------------------------------------------------------- */

gboolean
bf_map_line_of_list (BfJsonNode list, gboolean lat_first, BfPlaceRoom *room, BfXY *ret_place, gboolean *ret_degrees)
{
  BfJsonIter iter;
  BfJsonNode element, ignored;
  BfMapObject form;
  BfXY place;
  double axes[4];

  bf_place_begin_line (room);
  bf_json_iter_init (&iter, list);
  while (bf_json_iter_next (&iter, NULL, NULL, &element))
    {
      if (bf_json_type (element) == BF_JSON_OBJECT)
        {
          form = bf_map_read_object (element, axes, &ignored);
          *ret_degrees = form == BF_MAP_OBJECT_DEGREES;
          if (form != BF_MAP_OBJECT_DEGREES && form != BF_MAP_OBJECT_XY)
            break;
          place = form == BF_MAP_OBJECT_DEGREES ? (BfXY){ axes[0], axes[1] } : (BfXY){ axes[2], axes[3] };
        }
      else if (bf_json_type (element) != BF_JSON_ARRAY || !bf_map_read_pair (element, lat_first, &place))
        break;
      bf_place_add (room, place);
    }
  if (room->points->len > 0 && room->points->len == bf_json_array_length (list) && bf_place_end (room, ret_place))
    return TRUE;
  room->type = 0;
  return FALSE;
}
