/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The way of a section as GML of DATEX II: all of it, a stretch, or an area along it. Pure functions of the section's text.
 */
#include "bf-demo-city.h"

#include <math.h>
#include <stdlib.h>

#define METRES_A_DEGREE 111320.0

typedef struct
{
  double lat, lon;
} Place;

static double
east_of (double lat)
{
  return METRES_A_DEGREE * cos (lat * G_PI / 180);
}

static double
apart_m (Place a, Place b)
{
  return hypot ((b.lon - a.lon) * east_of (a.lat), (b.lat - a.lat) * METRES_A_DEGREE);
}

static Place
between (Place a, Place b, double t)
{
  return (Place){ a.lat + (b.lat - a.lat) * t, a.lon + (b.lon - a.lon) * t };
}

/* (transfer full): Place, of the section's way */
static GArray *
way_of (const BfDemoThing *section)
{
  GArray *way = g_array_new (FALSE, FALSE, sizeof (Place));
  char *at = section->line;

  while (*at != '\0')
    {
      Place place;

      place.lat = g_ascii_strtod (at, &at);
      place.lon = g_ascii_strtod (at, &at);
      g_array_append_val (way, place);
    }
  return way;
}

static double
length_of (const GArray *way)
{
  double length_m = 0;

  for (guint i = 1; i < way->len; i++)
    length_m += apart_m (g_array_index (way, Place, i - 1), g_array_index (way, Place, i));
  return length_m;
}

/* (transfer full): the stretch between two distances */
static GArray *
stretch_of (const GArray *way, double from_m, double to_m)
{
  GArray *stretch = g_array_new (FALSE, FALSE, sizeof (Place));
  double before_m = 0;

  for (guint i = 1; i < way->len; i++)
    {
      Place a = g_array_index (way, Place, i - 1), b = g_array_index (way, Place, i), cut;
      double step_m = apart_m (a, b), start = CLAMP ((from_m - before_m) / step_m, 0, 1), end = CLAMP ((to_m - before_m) / step_m, 0, 1);

      before_m += step_m;
      if (end <= start)
        continue;
      cut = between (a, b, start);
      if (stretch->len == 0)
        g_array_append_val (stretch, cut);
      cut = between (a, b, end);
      g_array_append_val (stretch, cut);
    }
  return stretch;
}

static GArray *
share_of (const BfDemoThing *section, double from, double to)
{
  g_autoptr (GArray) way = way_of (section);
  double length_m = length_of (way);

  return stretch_of (way, from * length_m, to * length_m);
}

static void
put_place (GString *out, Place place)
{
  char lat[G_ASCII_DTOSTR_BUF_SIZE], lon[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (lat, sizeof lat, "%.6f", place.lat);
  g_ascii_formatd (lon, sizeof lon, "%.6f", place.lon);
  g_string_append_printf (out, "%s%s %s", out->str[out->len - 1] == '>' ? "" : " ", lat, lon);
}

void
bf_demo_put_line (GString *out, const BfDemoThing *section, double from, double to)
{
  g_autoptr (GArray) stretch = share_of (section, from, to);

  g_string_append (out, "<gmlLineString srsName=\"EPSG:4326\"><posList>");
  for (guint i = 0; i < stretch->len; i++)
    put_place (out, g_array_index (stretch, Place, i));
  g_string_append (out, "</posList></gmlLineString>");
}

/* The place so far to the left of the way at its vertex @i. */
static Place
beside (const GArray *way, guint i, double left_m)
{
  Place at = g_array_index (way, Place, i);
  Place a = g_array_index (way, Place, i > 0 ? i - 1 : 0), b = g_array_index (way, Place, MIN (i + 1, way->len - 1));
  double dx = (b.lon - a.lon) * east_of (at.lat), dy = (b.lat - a.lat) * METRES_A_DEGREE, length_m = hypot (dx, dy);

  if (length_m == 0)
    return at;
  return (Place){ at.lat + left_m * dx / length_m / METRES_A_DEGREE, at.lon - left_m * dy / length_m / east_of (at.lat) };
}

void
bf_demo_put_area (GString *out, const BfDemoThing *section, double from, double to, double half_width_m)
{
  g_autoptr (GArray) stretch = share_of (section, from, to);

  g_string_append (out, "<gmlPolygon srsName=\"EPSG:4326\"><exterior><LinearRing><posList>");
  for (guint i = 0; i < stretch->len; i++)
    put_place (out, beside (stretch, i, half_width_m));
  for (guint i = stretch->len; i > 0; i--)
    put_place (out, beside (stretch, i - 1, -half_width_m));
  if (stretch->len > 0)
    put_place (out, beside (stretch, 0, half_width_m));
  g_string_append (out, "</posList></LinearRing></exterior></gmlPolygon>");
}
