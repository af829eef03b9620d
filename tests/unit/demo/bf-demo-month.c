/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-demo-month.h. Cadences are those of such networks: cabinets, water, counts and roads every five minutes, probes and buildings every
 * quarter of an hour, lamps every hour and when their cabinet switches. */
#include "bf-demo-month.h"

#include <math.h>

#include "base/bf-error.h"

#define thing_at(array, i) (&g_array_index ((array), BfDemoThing, (i)))
#define asset_at(array, i) (g_array_index ((array), guint32, (i)))
#define CLUSTER 4
#define CLUSTER_LON 0.00106
#define CLUSTER_LAT 0.00072

/* Feeds by number, and how long what each says holds: three times its cadence. */
enum
{
  FEED_CABINETS,
  FEED_LAMPS,
  FEED_PARKING,
  FEED_WATER,
  FEED_WASTE,
  FEED_TRAFFIC,
  FEED_MOBILITY,
  FEED_AIR,
  FEED_REPORTS,
  FEED_WEATHER,
  FEED_BUILDINGS,
  FEEDS,
};

static const struct
{
  const char *service;
  gint64 every_us;
} feeds[FEEDS] = {
  [FEED_CABINETS] = { "lighting", STEP_US },       [FEED_LAMPS] = { "lighting", HOUR_US },
  [FEED_PARKING] = { "parking", STEP_US },         [FEED_WATER] = { "water", STEP_US },
  [FEED_WASTE] = { "waste", 15 * MINUTE_US },      [FEED_TRAFFIC] = { "traffic", STEP_US },
  [FEED_MOBILITY] = { "mobility", STEP_US },       [FEED_AIR] = { "air", 15 * MINUTE_US },
  [FEED_REPORTS] = { "reports", STEP_US },         [FEED_WEATHER] = { "weather", STEP_US },
  [FEED_BUILDINGS] = { "buildings", 15 * MINUTE_US },
};

/* ── what stands there ───────────────────────────────────────────────────────────────────────────────────────── */

static guint32
put (Month *month, const char *kind, const char *id, const char *parent, double lon, double lat)
{
  const BfKind *of = bf_catalog_find_kind (month->catalog, kind);
  BfAssetInfo info = { .id = id, .name = id, .parent = parent, .point = { lon, lat } };
  g_autoptr (GError) error = NULL;
  guint32 asset;

  g_assert_nonnull (of);
  info.kind = of->index;
  asset = bf_rehearsal_put_asset (month->rehearsal, &info, 0, &error);
  g_assert_no_error (error);
  return asset;
}

/* @parents: (nullable): of the things that name one; "lighting/ARM-001" of a lamp */
static GArray *
put_all (Month *month, const GArray *things, const char *service, const char *kind, const char *suffix)
{
  GArray *assets = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < things->len; i++)
    {
      const BfDemoThing *thing = thing_at (things, i);
      g_autofree char *id = g_strdup_printf ("%s/%s%s", service, thing->id, suffix);
      g_autofree char *full = g_strdup_printf ("%s.%s", service, kind != NULL ? kind : thing->kind);
      g_autofree char *parent = *suffix != '\0'       ? g_strdup_printf ("%s/%s", service, thing->id)
                                : thing->cabinet >= 0 ? g_strdup_printf ("%s/%s", service, thing_at (month->city->cabinets, thing->cabinet)->id)
                                : thing->sector >= 0  ? g_strdup_printf ("%s/S%d", service, thing->sector + 1)
                                                      : NULL;
      guint32 asset;

      asset = put (month, full, id, parent, thing->lon, thing->lat);
      g_array_append_val (assets, asset);
    }
  return assets;
}

static GArray *
put_car_parks (Month *month)
{
  GArray *assets = g_array_new (FALSE, FALSE, sizeof (guint32));

  for (guint i = 0; i < month->parking->car_parks->len; i++)
    {
      const BfDemoCarPark *park = g_ptr_array_index (month->parking->car_parks, i);
      g_autofree char *id = g_strdup_printf ("parking/%s", park->key);
      guint32 asset = put (month, g_str_has_prefix (park->name, "Parc relais") ? "parking.park_and_ride" : "parking.off_street", id, NULL,
                           park->lon, park->lat);

      g_array_append_val (assets, asset);
    }
  return assets;
}

static guint32
put_passing (Month *month, const char *kind, const char *id, double lon, double lat)
{
  gpointer found;
  guint32 asset;

  if (g_hash_table_lookup_extended (month->passing, id, NULL, &found))
    return GPOINTER_TO_UINT (found);
  asset = put (month, kind, id, NULL, lon, lat);
  g_hash_table_insert (month->passing, g_strdup (id), GUINT_TO_POINTER (asset));
  return asset;
}

/* ── what is said ────────────────────────────────────────────────────────────────────────────────────────────── */

static const BfProperty *
property_of (const Month *month, guint feed, const char *name)
{
  const BfService *service = bf_catalog_find_service (month->catalog, feeds[feed].service);
  const BfProperty *property = bf_catalog_find_property (month->catalog, service->index, name);

  g_assert_nonnull (property);
  return property;
}

static void
say (Month *month, guint feed, guint32 asset, const BfProperty *property, double value, gint64 now_us)
{
  BfObserved observed = bf_rehearsal_observe (month->rehearsal, asset, property->index, value, now_us, (guint16) feed, 0);

  g_assert_cmpint (observed, ==, BF_OBSERVED_NEW);
  month->n_observations++;
}

/* Index of a state by its word. */
static double
state_of (const BfProperty *property, const char *word)
{
  for (guint i = 0; property->values[i] != NULL; i++)
    if (g_str_equal (property->values[i], word))
      return i;
  g_assert_not_reached ();
}

static void
say_state (Month *month, guint feed, guint32 asset, const char *name, const char *word, gint64 now_us)
{
  const BfProperty *property = property_of (month, feed, name);

  say (month, feed, asset, property, state_of (property, word), now_us);
}

static gboolean
is_due (const Month *month, guint feed, gint64 now_us)
{
  return (now_us - month->start_us) % feeds[feed].every_us == 0 && !bf_demo_city_is_silent (month->city, feeds[feed].service, now_us);
}

/* A payload of one feed. */
static gboolean
begin (Month *month, guint feed, gint64 now_us)
{
  if (!is_due (month, feed, now_us))
    return FALSE;
  bf_rehearsal_begin (month->rehearsal, now_us);
  return TRUE;
}

static void
say_lighting (Month *month, gint64 now_us)
{
  const BfProperty *supply = property_of (month, FEED_CABINETS, "supply"), *mains = property_of (month, FEED_CABINETS, "mains");
  const BfProperty *state = property_of (month, FEED_LAMPS, "state");
  double off = state_of (supply, "off"), on = state_of (supply, "on"), absent = state_of (mains, "absent"), present = state_of (mains, "present");
  double words[] = { [BF_DEMO_LAMP_OFF] = state_of (state, "off"), [BF_DEMO_LAMP_ON] = state_of (state, "on"),
                     [BF_DEMO_LAMP_FAILED] = state_of (state, "failed"), [BF_DEMO_LAMP_UNPOWERED] = state_of (state, "off") };
  gboolean lamps_due = is_due (month, FEED_LAMPS, now_us);
  g_autofree gboolean *switched = g_new0 (gboolean, month->cabinets->len);

  if (!begin (month, FEED_CABINETS, now_us))
    return;
  for (guint i = 0; i < month->cabinets->len; i++)
    {
      gboolean is_on = bf_demo_cabinet_supply (month->city, i, now_us);

      switched[i] = g_array_index (month->supplied, gboolean, i) != is_on;
      g_array_index (month->supplied, gboolean, i) = is_on;
      say (month, FEED_CABINETS, asset_at (month->cabinets, i), supply, is_on ? on : off, now_us);
      say (month, FEED_CABINETS, asset_at (month->cabinets, i), mains, bf_demo_cabinet_mains (month->city, i, now_us) ? present : absent, now_us);
    }
  for (guint i = 0; i < month->lamps->len; i++)
    if (lamps_due || switched[thing_at (month->city->lamps, i)->cabinet])
      say (month, FEED_LAMPS, asset_at (month->lamps, i), state, words[bf_demo_lamp_state (month->city, i, now_us)], now_us);
  bf_rehearsal_commit (month->rehearsal);
}

static void
say_parking (Month *month, gint64 now_us)
{
  const BfProperty *free_spaces = property_of (month, FEED_PARKING, "free_spaces"), *capacity = property_of (month, FEED_PARKING, "capacity");

  bf_demo_parking_run_to (month->parking, BF_DEMO_WEEK_S + (now_us - month->start_us) / G_USEC_PER_SEC);
  if (!begin (month, FEED_PARKING, now_us))
    return;
  for (guint i = 0; i < month->car_parks->len; i++)
    {
      const BfDemoCarPark *park = g_ptr_array_index (month->parking->car_parks, i);

      if (bf_demo_city_since (month->city, BF_DEMO_SENSOR_FROZEN, (int) i, now_us) > 0)
        continue; /* published as before, with the stamp of then: nothing new */
      say (month, FEED_PARKING, asset_at (month->car_parks, i), free_spaces, park->capacity - park->cars, now_us);
      say (month, FEED_PARKING, asset_at (month->car_parks, i), capacity, park->capacity, now_us);
    }
  bf_rehearsal_commit (month->rehearsal);
}

static void
say_water (Month *month, gint64 now_us)
{
  const BfProperty *pressure = property_of (month, FEED_WATER, "pressure"), *flow = property_of (month, FEED_WATER, "flow");

  if (!begin (month, FEED_WATER, now_us))
    return;
  for (guint i = 0; i < month->water->len; i++)
    {
      const char *kind = thing_at (month->city->water, i)->kind;

      if (g_str_equal (kind, "pressure_logger"))
        say (month, FEED_WATER, asset_at (month->water, i), pressure, bf_demo_pressure (month->city, i, now_us), now_us);
      else if (g_str_equal (kind, "flow_meter"))
        say (month, FEED_WATER, asset_at (month->water, i), flow, bf_demo_flow (month->city, i, now_us), now_us);
    }
  bf_rehearsal_commit (month->rehearsal);
}

static void
say_waste (Month *month, gint64 now_us)
{
  const BfProperty *fill = property_of (month, FEED_WASTE, "fill"), *temperature = property_of (month, FEED_WASTE, "temperature");

  if (!begin (month, FEED_WASTE, now_us))
    return;
  for (guint i = 0; i < month->containers->len; i++)
    {
      say (month, FEED_WASTE, asset_at (month->containers, i), fill, round (bf_demo_container_fill (month->city, i, now_us)), now_us);
      say (month, FEED_WASTE, asset_at (month->containers, i), temperature, bf_demo_container_temperature (month->city, i, now_us), now_us);
    }
  bf_rehearsal_commit (month->rehearsal);
}

static void
say_events (Month *month, gint64 now_us)
{
  for (guint i = 0; i < month->city->incidents->len; i++)
    {
      const BfDemoIncident *incident = &g_array_index (month->city->incidents, BfDemoIncident, i);
      gboolean accident = incident->kind == BF_DEMO_ACCIDENT, over = now_us >= incident->until_us;
      const BfDemoThing *section;
      g_autofree char *id = NULL;
      guint32 event;

      if ((!accident && incident->kind != BF_DEMO_ROADWORKS) || now_us < incident->from_us || now_us >= incident->until_us + STEP_US)
        continue;
      section = thing_at (month->city->sections, incident->thing);
      id = g_strdup_printf ("traffic/%s-%s-%u", section->id, accident ? "ACC" : "WRK", i + 1);
      event = put_passing (month, "traffic.event", id, section->lon, section->lat);
      say_state (month, FEED_TRAFFIC, event, "event_type", accident ? "accident" : "works", now_us);
      say_state (month, FEED_TRAFFIC, event, "severity", accident ? "high" : "low", now_us);
      say_state (month, FEED_TRAFFIC, event, "event_state", over ? "ended" : "active", now_us);
    }
}

static void
say_traffic (Month *month, gint64 now_us)
{
  const BfProperty *speed = property_of (month, FEED_TRAFFIC, "speed"), *flow = property_of (month, FEED_TRAFFIC, "flow");
  const BfProperty *free_flow = property_of (month, FEED_TRAFFIC, "free_flow_speed");

  if (!begin (month, FEED_TRAFFIC, now_us))
    return;
  for (guint i = 0; i < month->sections->len; i++)
    {
      double kmh, veh_h;

      bf_demo_section (month->city, i, now_us, &kmh, &veh_h);
      say (month, FEED_TRAFFIC, asset_at (month->sections, i), speed, MAX (1, kmh), now_us);
      say (month, FEED_TRAFFIC, asset_at (month->sections, i), flow, MAX (0, veh_h), now_us);
      say (month, FEED_TRAFFIC, asset_at (month->sections, i), free_flow, thing_at (month->city->sections, i)->value, now_us);
    }
  say_events (month, now_us);
  bf_rehearsal_commit (month->rehearsal);
}

static void
say_mobility (Month *month, gint64 now_us)
{
  const BfProperty *bikes = property_of (month, FEED_MOBILITY, "bikes_available"), *docks = property_of (month, FEED_MOBILITY, "docks_available");
  const BfProperty *capacity = property_of (month, FEED_MOBILITY, "capacity");

  if (!begin (month, FEED_MOBILITY, now_us))
    return;
  for (guint i = 0; i < month->bikes->len; i++)
    {
      int n_docks, n = bf_demo_bikes (month->city, i, now_us, &n_docks);

      say (month, FEED_MOBILITY, asset_at (month->bikes, i), bikes, n, now_us);
      say (month, FEED_MOBILITY, asset_at (month->bikes, i), docks, n_docks - n, now_us);
      say (month, FEED_MOBILITY, asset_at (month->bikes, i), capacity, n_docks, now_us);
    }
  bf_rehearsal_commit (month->rehearsal);
}

static void
say_air (Month *month, gint64 now_us)
{
  if (!begin (month, FEED_AIR, now_us))
    return;
  for (guint i = 0; i < month->air->len; i++)
    {
      BfDemoAir air = bf_demo_air (month->city, i, now_us);

      say (month, FEED_AIR, asset_at (month->air, i), property_of (month, FEED_AIR, "no2"), MAX (0, air.no2), now_us);
      say (month, FEED_AIR, asset_at (month->air, i), property_of (month, FEED_AIR, "o3"), MAX (0, air.o3), now_us);
      say (month, FEED_AIR, asset_at (month->air, i), property_of (month, FEED_AIR, "pm10"), MAX (0, air.pm10), now_us);
      say (month, FEED_AIR, asset_at (month->air, i), property_of (month, FEED_AIR, "pm25"), MAX (0, air.pm25), now_us);
    }
  bf_rehearsal_commit (month->rehearsal);
}

static void
say_buildings (Month *month, gint64 now_us)
{
  if (!begin (month, FEED_BUILDINGS, now_us))
    return;
  for (guint i = 0; i < month->buildings->len; i++)
    {
      BfDemoBuilding of = bf_demo_building (month->city, i, now_us);

      say (month, FEED_BUILDINGS, asset_at (month->buildings, i), property_of (month, FEED_BUILDINGS, "indoor_temperature"), of.celsius, now_us);
      say (month, FEED_BUILDINGS, asset_at (month->buildings, i), property_of (month, FEED_BUILDINGS, "co2"), of.co2_ppm, now_us);
      say (month, FEED_BUILDINGS, asset_at (month->meters, i), property_of (month, FEED_BUILDINGS, "power"), of.power_kw, now_us);
      say (month, FEED_BUILDINGS, asset_at (month->meters, i), property_of (month, FEED_BUILDINGS, "energy"), of.energy_kwh, now_us);
      say (month, FEED_BUILDINGS, asset_at (month->water_meters, i), property_of (month, FEED_BUILDINGS, "volume"), of.water_m3, now_us);
    }
  bf_rehearsal_commit (month->rehearsal);
}

/* The report is made again and four more on its four sides; afterwards the list has these no longer. */
static void
say_cluster (Month *month, guint report, const BfDemoIncident *incident, gint64 now_us)
{
  const BfDemoThing *place = thing_at (month->city->reports, report);

  for (guint k = 0; k < CLUSTER; k++)
    {
      double angle = k * 2 * G_PI / CLUSTER;
      g_autofree char *id = g_strdup_printf ("reports/%s-%" G_GINT64_FORMAT "-%u", place->id, incident->from_us / G_USEC_PER_SEC, k + 1);
      guint32 asset = put_passing (month, "reports.report", id, place->lon + CLUSTER_LON * cos (angle), place->lat + CLUSTER_LAT * sin (angle));

      say_state (month, FEED_REPORTS, asset, "state", now_us < incident->until_us ? "open" : "gone", now_us);
    }
}

static void
say_reports (Month *month, gint64 now_us)
{
  if (!begin (month, FEED_REPORTS, now_us))
    return;
  for (guint i = 0; i < month->reports->len; i++)
    {
      gint64 asked_us, changed_us;
      const char *state = bf_demo_report_state (month->city, i, now_us, &asked_us, &changed_us);

      if (bf_demo_city_since (month->city, BF_DEMO_REPORTS_CLUSTER, (int) i, now_us) > 0)
        state = "open";
      say_state (month, FEED_REPORTS, asset_at (month->reports, i), "state", g_str_equal (state, "acknowledged") ? "in_progress" : state, now_us);
    }
  for (guint i = 0; i < month->city->incidents->len; i++)
    {
      const BfDemoIncident *incident = &g_array_index (month->city->incidents, BfDemoIncident, i);

      if (incident->kind == BF_DEMO_REPORTS_CLUSTER && incident->from_us <= now_us && now_us < incident->until_us + STEP_US)
        say_cluster (month, (guint) incident->thing, incident, now_us);
    }
  bf_rehearsal_commit (month->rehearsal);
}

/* Always an exercise; while there is a storm its warning. */
static void
say_weather (Month *month, gint64 now_us)
{
  guint32 exercise;

  if (!begin (month, FEED_WEATHER, now_us))
    return;
  exercise = put_passing (month, "weather.warning", "weather/clairbourg/exercise", NAN, NAN);
  say_state (month, FEED_WEATHER, exercise, "warning_state", "exercise", now_us);
  for (guint i = 0; i < month->city->incidents->len; i++)
    {
      const BfDemoIncident *incident = &g_array_index (month->city->incidents, BfDemoIncident, i);
      guint32 warning;

      if (incident->kind != BF_DEMO_STORM || now_us < incident->from_us || now_us >= incident->until_us + STEP_US)
        continue;
      warning = put_passing (month, "weather.warning", "weather/clairbourg/storm", NAN, NAN);
      say_state (month, FEED_WEATHER, warning, "severity", "severe", now_us);
      say_state (month, FEED_WEATHER, warning, "urgency", "immediate", now_us);
      say_state (month, FEED_WEATHER, warning, "warning_state", now_us < incident->until_us ? "actual" : "withdrawn", now_us);
    }
  bf_rehearsal_commit (month->rehearsal);
}

void
month_step (Month *month, gint64 now_us)
{
  say_lighting (month, now_us);
  say_parking (month, now_us);
  say_water (month, now_us);
  say_waste (month, now_us);
  say_traffic (month, now_us);
  say_mobility (month, now_us);
  say_air (month, now_us);
  say_buildings (month, now_us);
  say_reports (month, now_us);
  say_weather (month, now_us);
}

/* ── begin and end ───────────────────────────────────────────────────────────────────────────────────────────── */

static void
put_things (Month *month)
{
  const BfDemoCity *city = month->city;
  gboolean no = FALSE;

  bf_rehearsal_begin (month->rehearsal, month->start_us);
  month->cabinets = put_all (month, city->cabinets, "lighting", "cabinet", "");
  month->lamps = put_all (month, city->lamps, "lighting", "lamp", "");
  month->car_parks = put_car_parks (month);
  month->water = put_all (month, city->water, "water", NULL, "");
  month->containers = put_all (month, city->containers, "waste", "container", "");
  month->sections = put_all (month, city->sections, "traffic", "section", "");
  month->bikes = put_all (month, city->bikes, "mobility", "bike_station", "");
  month->air = put_all (month, city->air, "air", "station", "");
  month->buildings = put_all (month, city->buildings, "buildings", "building", "");
  month->meters = put_all (month, city->buildings, "buildings", "electricity_meter", "-elec");
  month->water_meters = put_all (month, city->buildings, "buildings", "water_meter", "-eau");
  month->reports = put_all (month, city->reports, "reports", "report", "");
  month->supplied = g_array_new (FALSE, TRUE, sizeof (gboolean));
  for (guint i = 0; i < month->cabinets->len; i++)
    g_array_append_val (month->supplied, no);
  bf_rehearsal_commit (month->rehearsal);
}

BfLightingPlan *
month_load_plan (const Month *month)
{
  g_autofree char *path = g_build_filename (g_getenv ("BF_DEMO_CITY"), "lighting.d", "clairbourg.plan", NULL);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  BfLightingPlan *plan = bf_lighting_plan_new ();

  bf_lighting_plan_add_file (plan, path, problems, &error);
  g_assert_no_error (error);
  bf_lighting_plan_set_zones (plan, month->zones, problems);
  g_assert_cmpuint (problems->len, ==, 0);
  return plan;
}

void
month_open (Month *month, gint64 start_us, gint64 from_us)
{
  const char *folder = g_getenv ("BF_DEMO_CITY");
  g_autofree char *parks = g_build_filename (folder, "demo", "parkings.csv", NULL);
  g_autofree char *zones = g_build_filename (folder, "zones.geojson", NULL);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  BfRehearsalOptions options = { .from_us = from_us, .acknowledge = TRUE };
  static const BfRehearsalHandler handler = { NULL, NULL };

  *month = (Month){ .start_us = start_us, .catalog = bf_catalog_new (), .passing = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL) };
  month->city = bf_demo_city_load (folder, 1, &error);
  g_assert_no_error (error);
  month->parking = bf_demo_parking_load (parks, 1, &error);
  g_assert_no_error (error);
  month->zones = bf_zones_load (zones, problems, &error);
  g_assert_no_error (error);
  bf_catalog_add_plugin_dirs (month->catalog, g_getenv ("BEFFROI_PLUGINS"), problems, &error);
  g_assert_no_error (error);
  month->rules = bf_rule_set_new (month->catalog, problems);
  bf_rule_set_add_in_force (month->rules, NULL, problems);
  bf_rule_set_keep_read (month->rules);
  bf_rule_set_finish (month->rules);
  for (guint i = 0; i < problems->len; i++)
    g_test_message ("%s", ((BfProblem *) g_ptr_array_index (problems, i))->message);
  g_assert_cmpuint (problems->len, ==, 0);
  options.zone = month->zone = g_time_zone_new_identifier ("Europe/Paris");
  options.zones = month->zones;
  month->rehearsal = bf_rehearsal_new (month->catalog, month->rules, &options, &handler, month);
  for (guint i = 0; i < bf_catalog_n_properties (month->catalog); i++)
    for (guint16 k = 0; k < FEEDS; k++)
      bf_rehearsal_set_stale_limit (month->rehearsal, k, (guint16) i, 3 * feeds[k].every_us);
  bf_rehearsal_set_lighting_plan (month->rehearsal, month_load_plan (month));
  put_things (month);
}

void
month_close (Month *month)
{
  GArray *arrays[] = { month->lamps,     month->cabinets, month->containers,   month->water, month->sections, month->bikes,   month->car_parks,
                       month->buildings, month->meters,   month->water_meters, month->air,   month->reports,  month->supplied };

  for (guint i = 0; i < G_N_ELEMENTS (arrays); i++)
    g_array_unref (arrays[i]);
  g_hash_table_unref (month->passing);
  bf_rehearsal_free (month->rehearsal);
  bf_rule_set_free (month->rules);
  bf_zones_free (month->zones);
  bf_catalog_free (month->catalog);
  g_time_zone_unref (month->zone);
  bf_demo_parking_free (month->parking);
  bf_demo_city_free (month->city);
}
