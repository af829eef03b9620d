/* SPDX-License-Identifier: EUPL-1.2 */
/* Where the sun stands: an astronomical formula, no tables, no clock. Pure, any thread. */
#pragma once

#include "base/bf-geo.h"

G_BEGIN_DECLS

/* Height of the sun's centre at sunrise and sunset: 16' of radius and 34' of refraction. */
#define BF_SUN_RISE_DEG (-0.833)

/**
 * BfSun: apparent place of the sun seen from the Earth's centre
 * @longitude_deg: apparent ecliptic longitude, 0..360
 * @right_ascension_deg: 0..360; @declination_deg
 */
typedef struct
{
  double longitude_deg;
  double right_ascension_deg;
  double declination_deg;
} BfSun;

void bf_sun_at (gint64 time_us, BfSun *ret_sun);
double bf_sun_height_deg (BfPoint point, gint64 time_us);
gint64 bf_sun_next_crossing (BfPoint point, gint64 from_us, gint64 until_us, double height_deg, gboolean *ret_rising);

G_END_DECLS
