/* SPDX-License-Identifier: EUPL-1.2 */
/* Clairbourg's weeks as observations: the demo city's own model, asked at a driven clock, tells a rehearsal what its feeds would have
 * told an engine. One thread. */
#pragma once

#include "bf-demo-city.h"
#include "bf-demo-parking.h"
#include "watch/bf-figures.h"

#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
#define STEP_US (5 * MINUTE_US)

typedef struct
{
  BfDemoCity *city;
  BfDemoParking *parking;
  BfCatalog *catalog;
  BfRuleSet *rules;
  BfZones *zones;
  GTimeZone *zone;
  BfRehearsal *rehearsal;
  gint64 start_us;
  /* What the rehearsal calls the things of the city's arrays, by index. */
  GArray *lamps, *cabinets, *containers, *water, *sections, *bikes, *car_parks, *buildings, *meters, *water_meters, *air, *reports;
  GHashTable *passing; /* id -> asset: accidents, works, clusters, warnings */
  GArray *supplied;    /* gboolean by cabinet: at the step before */
  guint64 n_observations;
} Month;

/* Rules: the stock rules of every service and nothing else. Folders by BF_DEMO_CITY and BEFFROI_PLUGINS. @from_us: as of BfRehearsalOptions. */
void month_open (Month *month, gint64 start_us, gint64 from_us);
/* All that the feeds say at this time, which is a step later than the time before. */
void month_step (Month *month, gint64 now_us);
/* (transfer full): lighting.d of the town. */
BfLightingPlan *month_load_plan (const Month *month);
void month_close (Month *month);
