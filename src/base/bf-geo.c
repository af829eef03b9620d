/* SPDX-License-Identifier: EUPL-1.2 */
/* Places: see bf-geo.h. Distances on the sphere of mean radius 6 371 008.8 m (IUGG), right to 0.5 %. Pure functions. */

#include "base/bf-geo.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/bf-error.h"

#define EARTH_RADIUS_M 6371008.8
#define RADIANS (G_PI / 180)
#define MERCATOR_LAT_MAX 85.05112878

/**
 * bf_point_is_valid:
 *
 * Returns: %TRUE for finite degrees within ±180, ±90 that are not the null island of sensors without a fix
 */
gboolean
bf_point_is_valid (BfPoint point)
{
  return isfinite (point.lon) && isfinite (point.lat) && fabs (point.lon) <= 180 && fabs (point.lat) <= 90
         && !(point.lon == 0 && point.lat == 0);
}

/**
 * bf_geo_distance_m:
 *
 * Returns: great-circle distance in metres (haversine)
 */
double
bf_geo_distance_m (BfPoint a, BfPoint b)
{
  double s = sin ((b.lat - a.lat) * RADIANS / 2);
  double t = sin ((b.lon - a.lon) * RADIANS / 2);
  double h = s * s + cos (a.lat * RADIANS) * cos (b.lat * RADIANS) * t * t;

  return 2 * EARTH_RADIUS_M * asin (sqrt (MIN (h, 1.0)));
}

/**
 * bf_geo_segment_distance_m:
 *
 * Returns: distance in metres from @point to the segment @a @b, on the plane that touches the sphere at @point
 */
double
bf_geo_segment_distance_m (BfPoint point, BfPoint a, BfPoint b)
{
  double kx = EARTH_RADIUS_M * RADIANS * cos (point.lat * RADIANS);
  double ky = EARTH_RADIUS_M * RADIANS;
  double ax = (a.lon - point.lon) * kx, ay = (a.lat - point.lat) * ky;
  double dx = (b.lon - a.lon) * kx, dy = (b.lat - a.lat) * ky;
  double length2 = dx * dx + dy * dy;
  double t = length2 > 0 ? CLAMP (-(ax * dx + ay * dy) / length2, 0.0, 1.0) : 0;

  return hypot (ax + t * dx, ay + t * dy);
}

/**
 * bf_mercator_x:
 *
 * Returns: 0 at 180° west, 1 at 180° east (EPSG:3857 on the unit square)
 */
double
bf_mercator_x (double lon)
{
  return (lon + 180) / 360;
}

/**
 * bf_mercator_y:
 *
 * Returns: 0 in the north, 1 in the south
 */
double
bf_mercator_y (double lat)
{
  double s = sin (CLAMP (lat, -MERCATOR_LAT_MAX, MERCATOR_LAT_MAX) * RADIANS);

  return 0.5 - log ((1 + s) / (1 - s)) / (4 * G_PI);
}

double
bf_mercator_lon (double x)
{
  return x * 360 - 180;
}

double
bf_mercator_lat (double y)
{
  return atan (sinh (G_PI * (1 - 2 * y))) / RADIANS;
}

void
bf_box_add (BfBox *box, BfPoint point)
{
  box->west = MIN (box->west, point.lon);
  box->south = MIN (box->south, point.lat);
  box->east = MAX (box->east, point.lon);
  box->north = MAX (box->north, point.lat);
}

gboolean
bf_box_contains (const BfBox *box, BfPoint point)
{
  return point.lon >= box->west && point.lon <= box->east && point.lat >= box->south && point.lat <= box->north;
}

/**
 * bf_ring_contains:
 * @ring: (array length=n_points): closed ring, the last point may repeat the first
 *
 * Returns: %TRUE when @point is inside by the even-odd rule (a border belongs to one of two neighbours, never both)
 */
gboolean
bf_ring_contains (const BfPoint *ring, gsize n_points, BfPoint point)
{
  gboolean inside = FALSE;

  for (gsize i = 0, j = n_points - 1; i < n_points; j = i++)
    {
      BfPoint a = ring[i];
      BfPoint b = ring[j];

      if ((a.lat > point.lat) != (b.lat > point.lat)
          && point.lon < (b.lon - a.lon) * (point.lat - a.lat) / (b.lat - a.lat) + a.lon)
        inside = !inside;
    }
  return inside;
}

/**
 * bf_box_parse:
 * @text: "west,south,east,north" in degrees
 *
 * Returns: %TRUE, or %FALSE with @error
 */
gboolean
bf_box_parse (const char *text, BfBox *ret_box, GError **error)
{
  double v[4];
  const char *p = text;

  for (int i = 0; i < 4; i++)
    {
      char *end;

      v[i] = g_ascii_strtod (p, &end);
      if (end == p || !isfinite (v[i]) || (i < 3 ? *end != ',' : *end != '\0'))
        goto bad;
      p = end + 1;
    }
  if (v[0] >= v[2] || v[1] >= v[3] || fabs (v[0]) > 180 || fabs (v[2]) > 180 || fabs (v[1]) > 90 || fabs (v[3]) > 90)
    goto bad;
  *ret_box = (BfBox){ v[0], v[1], v[2], v[3] };
  return TRUE;
bad:
  g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("expected “west,south,east,north” in degrees, found “%s”"), text);
  return FALSE;
}
