/* SPDX-License-Identifier: EUPL-1.2 */
/* The demo city's street lighting: when the clock of a cabinet switches, what a storm or an incident does to it, and what its lamps do
 * then. The clocks are set by hand to what lighting.d/clairbourg.plan says, as a town's are: this does not read the plan. */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-city.h"

#include "rules/bf-sun.h"

#define thing_at(array, i) (&g_array_index ((array), BfDemoThing, (i)))
#define DEFECTIVE 0.9988 /* of bf_demo_noise(), which goes from -1 to 1: 0.06 % of the lamps */

gboolean
bf_demo_is_night (const BfDemoCity *city, gint64 now_us)
{
  /* Kept as long as the same moment is asked for. */
  static gint64 last_us = G_MININT64;
  static gboolean last;
  const BfDemoThing *first = thing_at (city->cabinets, 0);

  if (last_us != now_us)
    last = bf_sun_height_deg ((BfPoint){ first->lon, first->lat }, now_us) < BF_SUN_RISE_DEG;
  last_us = now_us;
  return last;
}

/* Whether the clock of a cabinet keeps its lamps out in this part of the night. A night has the weekday and date of its evening. */
static gboolean
is_extinction (const BfDemoThing *cabinet, gint64 now_us)
{
  gint64 evening_us = now_us - 12 * G_TIME_SPAN_HOUR;
  gboolean in_centre = g_strcmp0 (cabinet->zone, "centre") == 0 || g_strcmp0 (cabinet->zone, "gare") == 0;
  double hour = bf_demo_hour (now_us, NULL);
  int weekday = bf_demo_weekday (evening_us), date = bf_demo_date (evening_us);
  gboolean late = weekday == 5 || weekday == 6;

  if (in_centre && (date == 621 || date == 1208))
    return FALSE;
  if (in_centre)
    return late ? hour >= 2.5 && hour < 5.5 : hour >= 1 && hour < 5;
  return late ? hour >= 0.5 && hour < 6 : hour >= 23.5 || hour < 5.5;
}

/* One cabinet in twenty. */
gboolean
bf_demo_storm_takes (const BfDemoCity *city, guint cabinet)
{
  return bf_demo_noise (thing_at (city->cabinets, cabinet)->id, 2) > 0.9;
}

gboolean
bf_demo_cabinet_mains (const BfDemoCity *city, guint cabinet, gint64 now_us)
{
  /* One after the other within five minutes. */
  gint64 storm_us = bf_demo_city_since (city, BF_DEMO_STORM, -1, now_us);
  double taken_s = (bf_demo_noise (thing_at (city->cabinets, cabinet)->id, 1) + 1) * 150;

  if (storm_us > 0 && bf_demo_storm_takes (city, cabinet) && now_us - storm_us > taken_s * G_USEC_PER_SEC)
    return FALSE;
  return bf_demo_city_since (city, BF_DEMO_CABINET_TRIP, (int) cabinet, now_us) == 0;
}

gboolean
bf_demo_cabinet_supply (const BfDemoCity *city, guint cabinet, gint64 now_us)
{
  if (!bf_demo_cabinet_mains (city, cabinet, now_us))
    return FALSE;
  return bf_demo_city_since (city, BF_DEMO_LAMPS_BY_DAY, (int) cabinet, now_us) > 0
         || (bf_demo_is_night (city, now_us) && !is_extinction (thing_at (city->cabinets, cabinet), now_us));
}

BfDemoLampState
bf_demo_lamp_state (const BfDemoCity *city, guint lamp, gint64 now_us)
{
  const BfDemoThing *thing = thing_at (city->lamps, lamp);

  if (bf_demo_noise (thing->id, 3) > DEFECTIVE) /* a town that mends its lamps: three or four wait for it */
    return BF_DEMO_LAMP_FAILED;
  if (!bf_demo_cabinet_mains (city, (guint) thing->cabinet, now_us))
    return BF_DEMO_LAMP_UNPOWERED;
  return bf_demo_cabinet_supply (city, (guint) thing->cabinet, now_us) ? BF_DEMO_LAMP_ON : BF_DEMO_LAMP_OFF;
}
