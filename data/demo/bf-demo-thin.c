/* SPDX-License-Identifier: EUPL-1.2 */
/* The demo city's kerbside bays, air, public buildings and citizens' reports: what is true of each at a time. Pure, as bf-demo-city.h says. */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-city.h"

#include <math.h>

#define thing_at(array, i) (&g_array_index ((array), BfDemoThing, (i)))
#define DAY_S 86400

/* A bay keeps what it has for its own while, 20 to 60 minutes; how many are taken follows the hour. */
gboolean
bf_demo_bay_taken (const BfDemoCity *city, guint bay, gint64 now_us)
{
  const char *id = thing_at (city->bays, bay)->id;
  double hour = bf_demo_hour (now_us, NULL);
  double share = 0.35 + 0.45 * bf_demo_hump (hour, 11, 2) + 0.4 * bf_demo_hump (hour, 16.5, 2.2);
  gint64 stay_s = 2400 + (gint64) (1200 * bf_demo_noise (id, 12)), offset_s = (gint64) ((bf_demo_noise (id, 13) + 1) * 3600);

  return bf_demo_noise (id, (now_us / G_USEC_PER_SEC + offset_s) / stay_s) < 2 * share - 1;
}

/* A sliding mean: it moves slowly, with the traffic. */
BfDemoAir
bf_demo_air (const BfDemoCity *city, guint station, gint64 now_us)
{
  const char *id = thing_at (city->air, station)->id;
  double hour = bf_demo_hour (now_us, NULL), noise = bf_demo_noise (id, now_us / (900 * (gint64) G_USEC_PER_SEC));
  double rush = bf_demo_hump (hour, 8.5, 1.2) + bf_demo_hump (hour, 18, 1.6), sun = bf_demo_hump (hour, 15, 3.5);
  gint64 since_us = bf_demo_city_since (city, BF_DEMO_AIR_POLLUTION, (int) station, now_us);
  double episode = since_us > 0 ? MIN (1, (double) (now_us - since_us) / (20 * G_USEC_PER_SEC)) : 0;

  return (BfDemoAir){
    .no2 = 18 + 22 * rush + 4 * noise + 215 * episode,
    .o3 = 42 + 38 * sun - 10 * rush + 3 * noise,
    .pm10 = 15 + 8 * rush + 3 * noise + 12 * episode,
    .pm25 = 8 + 5 * rush + 2 * noise + 8 * episode,
  };
}

/* Share of a day's use that is behind us: nothing runs at night. */
static double
day_done (double hour, double from, double until)
{
  return CLAMP ((hour - from) / (until - from), 0, 1);
}

BfDemoBuilding
bf_demo_building (const BfDemoCity *city, guint building, gint64 now_us)
{
  const BfDemoThing *thing = thing_at (city->buildings, building);
  gboolean weekend;
  double hour = bf_demo_hour (now_us, &weekend), noise = bf_demo_noise (thing->id, now_us / (300 * (gint64) G_USEC_PER_SEC));
  double busy = weekend ? 0.15 : bf_demo_hump (hour, 10, 1.8) + bf_demo_hump (hour, 15, 1.6);
  gint64 since_us = bf_demo_city_since (city, BF_DEMO_HEATING_FAILURE, (int) building, now_us);
  double lost = since_us > 0 ? MIN (16.5, (double) (now_us - since_us) / G_USEC_PER_SEC * 0.6) : 0;
  double base_kw = 2 + thing->value * 0.006, day_kwh = thing->value * 0.35, days = bf_demo_day (now_us) - 20000;
  double water_m3 = thing->value * 0.012;

  return (BfDemoBuilding){
    .celsius = 19.5 + 0.6 * bf_demo_noise (thing->id, 14) + 0.2 * noise - lost,
    .humidity = 45 + 5 * noise,
    .co2_ppm = 430 + 420 * busy + 20 * noise,
    .power_kw = base_kw * (1 + 0.03 * noise) + day_kwh / 7 * busy,
    .energy_kwh = base_kw * 24 * (days + hour / 24) + day_kwh * (days + day_done (hour, 7, 20)),
    .water_m3 = water_m3 * (days + day_done (hour, 6, 21)),
  };
}

/* A report is made, taken up within two days, closed after four and forgotten after six; then another is made at the same place. */
const char *
bf_demo_report_state (const BfDemoCity *city, guint report, gint64 now_us, gint64 *ret_asked_us, gint64 *ret_changed_us)
{
  const char *id = thing_at (city->reports, report)->id;
  gint64 now_s = now_us / G_USEC_PER_SEC, cycle_s = 6 * DAY_S, offset_s = (gint64) ((bf_demo_noise (id, 15) + 1) * 3 * DAY_S);
  gint64 age_s = (now_s + offset_s) % cycle_s;
  gint64 taken_s = (gint64) ((1.1 + 0.8 * bf_demo_noise (id, 16)) * DAY_S), closed_s = (gint64) ((3 + 0.9 * bf_demo_noise (id, 17)) * DAY_S);
  gint64 changed_s = age_s < taken_s ? 0 : age_s < closed_s ? taken_s : closed_s;

  *ret_asked_us = (now_s - age_s) * G_USEC_PER_SEC;
  *ret_changed_us = (now_s - age_s + changed_s) * G_USEC_PER_SEC;
  return changed_s == 0 ? "open" : changed_s == taken_s ? "acknowledged" : "closed";
}
