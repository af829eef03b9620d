/* SPDX-License-Identifier: EUPL-1.2 */
/* Web Mercator (EPSG:3857) as a unit square: x and y from 0 to 1, north and west first.
 *
 * The map keeps places as two guint32 in 1/2^32 of that square: 9 mm at the equator, half the memory of two
 * doubles, and sums that never lose a bit. bf_mercator_x() and _y() are those of bf-geo.h. Pure functions, any thread.
 */
#pragma once

#include "base/bf-geo.h"

#include <glib.h>
#include <math.h>

G_BEGIN_DECLS

/* The latitude at which the Mercator square ends. */
#define BF_MERCATOR_MAX_LAT 85.05112877980659
#define BF_MERCATOR_ONE 4294967296.0
#define BF_MERCATOR_EARTH_M 40075016.68557849
#define BF_TILE_PX 256

static inline double
bf_mercator_longitude (double x)
{
  return (x - 0.5) * 360.0;
}

static inline double
bf_mercator_latitude (double y)
{
  return atan (sinh ((0.5 - y) * 2.0 * G_PI)) * 180.0 / G_PI;
}

static inline guint32
bf_mercator_fixed (double unit)
{
  double v = unit * BF_MERCATOR_ONE;

  return v <= 0 ? 0 : v >= 4294967295.0 ? G_MAXUINT32 : (guint32) v;
}

/* Metres that a pixel of a map of @zoom (256 px tiles) spans at @latitude_deg. */
static inline double
bf_mercator_m_per_px (double zoom, double latitude_deg)
{
  return BF_MERCATOR_EARTH_M * cos (latitude_deg * G_PI / 180.0) / (BF_TILE_PX * exp2 (zoom));
}

G_END_DECLS
