/* SPDX-License-Identifier: EUPL-1.2 */
/* The sun by the low-precision theory of J. Meeus, Astronomical Algorithms (2nd edition 1998), chapters 12, 22 and 25, which
 * is also that of the NOAA Solar Calculator. Good to 0.01° between 1950 and 2050 (Meeus §25), so to a few seconds of time.
 * UT stands for dynamical time: the difference of 70 s moves the sun by 0.003°. Heights are geometric, without refraction. */

#include "rules/bf-sun.h"

#include <math.h>

#define DEGREE (G_PI / 180)
#define STEP_US (10 * 60 * G_USEC_PER_SEC) /* between two looks for a crossing: the sun does not turn twice in it */
#define SECOND_US G_USEC_PER_SEC

static double
turn (double degrees)
{
  degrees = fmod (degrees, 360);
  return degrees < 0 ? degrees + 360 : degrees;
}

/* Days since 2000-01-01T12:00 UT (JD 2451545.0). */
static double
days_since_2000 (gint64 time_us)
{
  return ((double) time_us / G_USEC_PER_SEC - 946728000.0) / 86400.0;
}

/**
 * bf_sun_at:
 * @time_us: UTC
 *
 * Meeus 25.2 to 25.8 with the correction for nutation and aberration.
 */
void
bf_sun_at (gint64 time_us, BfSun *ret_sun)
{
  double t = days_since_2000 (time_us) / 36525;
  double mean_longitude = 280.46646 + t * (36000.76983 + t * 0.0003032);
  double anomaly = (357.52911 + t * (35999.05029 - t * 0.0001537)) * DEGREE;
  double centre = (1.914602 - t * (0.004817 + t * 0.000014)) * sin (anomaly) + (0.019993 - t * 0.000101) * sin (2 * anomaly)
                  + 0.000289 * sin (3 * anomaly);
  double node = (125.04 - 1934.136 * t) * DEGREE;
  double longitude = (mean_longitude + centre - 0.00569 - 0.00478 * sin (node)) * DEGREE;
  double obliquity = (23.4392911 - t * (0.0130042 + t * (1.64e-7 - t * 5.04e-7)) + 0.00256 * cos (node)) * DEGREE;

  ret_sun->longitude_deg = turn (longitude / DEGREE);
  ret_sun->right_ascension_deg = turn (atan2 (cos (obliquity) * sin (longitude), cos (longitude)) / DEGREE);
  ret_sun->declination_deg = asin (sin (obliquity) * sin (longitude)) / DEGREE;
}

/**
 * bf_sun_height_deg:
 *
 * Height of the sun's centre over the horizon, geometric, by sidereal time (Meeus 12.4) and 13.6.
 */
double
bf_sun_height_deg (BfPoint point, gint64 time_us)
{
  double days = days_since_2000 (time_us);
  double sidereal = 280.46061837 + 360.98564736629 * days + 0.000387933 * (days / 36525) * (days / 36525);
  double latitude = point.lat * DEGREE;
  double declination;
  double hour_angle;
  BfSun sun;

  bf_sun_at (time_us, &sun);
  declination = sun.declination_deg * DEGREE;
  hour_angle = (turn (sidereal) + point.lon - sun.right_ascension_deg) * DEGREE;
  return asin (sin (latitude) * sin (declination) + cos (latitude) * cos (declination) * cos (hour_angle)) / DEGREE;
}

/**
 * bf_sun_next_crossing:
 * @height_deg: for instance %BF_SUN_RISE_DEG
 * @ret_rising: (out) (optional): whether the sun rises through it
 *
 * Returns: the first second after @from_us at which the sun has crossed @height_deg; @until_us when it does not before
 */
gint64
bf_sun_next_crossing (BfPoint point, gint64 from_us, gint64 until_us, double height_deg, gboolean *ret_rising)
{
  gboolean above = bf_sun_height_deg (point, from_us) >= height_deg;

  if (ret_rising != NULL)
    *ret_rising = !above;
  for (gint64 low = from_us; low < until_us; low += STEP_US)
    {
      gint64 high = MIN (low + STEP_US, until_us);
      gint64 floor_us = low;

      if ((bf_sun_height_deg (point, high) >= height_deg) == above)
        continue;
      while (high - floor_us > SECOND_US)
        {
          gint64 middle = floor_us + (high - floor_us) / 2;

          if ((bf_sun_height_deg (point, middle) >= height_deg) == above)
            floor_us = middle;
          else
            high = middle;
        }
      return high;
    }
  return until_us;
}
