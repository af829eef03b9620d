/* SPDX-License-Identifier: EUPL-1.2 */
/* Where a DATEX II location is, of the many ways to say it: GML lines and polygons (latitude first), points by coordinates,
 * coordinates for display, the ends of a TPEG line. Alert-C and OpenLR codes alone need a table that a feed does not have:
 * no place then. */

#include "formats/bf-datex-private.h"

#include <math.h>
#include <string.h>

#include "base/bf-text.h"

#define POINTS_MAX 100000u

static gboolean
read_number (const char *text, double *ret_value)
{
  return text != NULL && bf_text_to_double (text, strlen (text), ret_value);
}

/* "lat lon lat lon …" to [[lon, lat], …]; FALSE when it is no list of pairs. */
static gboolean
append_positions (GString *out, const char *text, guint *ret_n)
{
  char number[32];
  double pair[2];
  guint n = 0;

  while (*(text += strspn (text, " \t\r\n")) != '\0')
    {
      gsize length = strcspn (text, " \t\r\n");

      if (length >= sizeof number || !bf_text_to_double (text, length, &pair[n & 1]) || n >= 2 * POINTS_MAX)
        return FALSE;
      text += length;
      if (n++ & 1)
        g_string_append_printf (out, "%s[%s,", n > 2 ? "," : "", g_ascii_dtostr (number, sizeof number, pair[1]));
      if (n > 0 && !(n & 1))
        g_string_append_printf (out, "%s]", g_ascii_dtostr (number, sizeof number, pair[0]));
    }
  *ret_n = n / 2;
  return n >= 2 && !(n & 1);
}

static gboolean
write_positions (BfDatex *datex, const BfNode *list)
{
  gboolean polygon = strcmp (list->parent->name, "exterior") == 0 || strcmp (list->parent->name, "LinearRing") == 0;
  g_autoptr (GString) text = g_string_new (NULL);
  guint n;

  g_string_append (text, polygon ? "{\"type\":\"Polygon\",\"coordinates\":[[" : "{\"type\":\"LineString\",\"coordinates\":[");
  if (!append_positions (text, list->text, &n) || n < (polygon ? 4 : 2))
    return FALSE;
  g_string_append (text, polygon ? "]]}" : "]}");
  bf_json_out_raw (&datex->records.out, "@geometry", text->str);
  return TRUE;
}

static gboolean
read_point (const BfNode *latitude, double ret_point[2])
{
  return read_number (latitude->text, &ret_point[1]) && read_number (bf_node_text (latitude->parent, "longitude"), &ret_point[0]);
}

static void
write_points (BfDatex *datex, double points[][2], gboolean line)
{
  BfJsonOut *out = &datex->records.out;

  bf_json_out_begin_object (out, "@geometry");
  if (!line && fabs (points[0][0]) <= 180 && fabs (points[0][1]) <= 90)
    {
      /* degrees, also where the feed's other places are metres and Crs= says so */
      bf_json_out_double (out, "lon", points[0][0]);
      bf_json_out_double (out, "lat", points[0][1]);
      bf_json_out_end_object (out);
      return;
    }
  bf_json_out_string (out, "type", line ? "LineString" : "Point");
  bf_json_out_begin_array (out, "coordinates");
  for (guint i = 0; i < (line ? 2u : 1u); i++)
    {
      if (line)
        bf_json_out_begin_array (out, NULL);
      bf_json_out_double (out, NULL, points[i][0]);
      bf_json_out_double (out, NULL, points[i][1]);
      if (line)
        bf_json_out_end_array (out);
    }
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
}

/* The two ends of a TPEG line stand in “from” and “to”. */
static gboolean
is_end_of_line (const BfNode *latitude)
{
  for (const BfNode *at = latitude->parent; at != NULL; at = at->parent)
    if (strcmp (at->name, "from") == 0 || strcmp (at->name, "to") == 0)
      return TRUE;
  return FALSE;
}

void
bf_datex_write_place (BfDatex *datex, const BfNode *node)
{
  double points[2][2];
  guint n = 0;
  gboolean line = FALSE;

  for (const BfNode *at = node != NULL ? bf_node_walk (node, node) : NULL; at != NULL; at = bf_node_walk (node, at))
    if (strcmp (at->name, "posList") == 0 && write_positions (datex, at))
      return;
    else if (strcmp (at->name, "latitude") == 0 && n < 2 && read_point (at, points[n]))
      {
        line = is_end_of_line (at) && (n == 0 || line);
        n++;
      }
  if (n > 0)
    write_points (datex, points, n == 2 && line);
}
