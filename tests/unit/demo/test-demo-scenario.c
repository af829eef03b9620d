/* SPDX-License-Identifier: EUPL-1.2 */
/* The demo city's incidents and scenario files: what is shipped holds, each incident shows in what its service publishes and is gone after
 * it, the same seed says the same, and a bad file names its line. */
#include <glib/gstdio.h>
#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "bf-demo-city.h"
#include "bf-demo-scenario.h"

#define S ((gint64) G_USEC_PER_SEC)
#define NOON_US (1780311600 * S) /* Monday 2026-06-01 13:00 in the city */

static BfDemoCity *
city_new (guint64 seed)
{
  g_autoptr (GError) error = NULL;
  BfDemoCity *city = bf_demo_city_load (g_getenv ("BF_DEMO_CITY"), seed, &error);

  g_assert_no_error (error);
  return city;
}

/* A number of what an incident changes, where it happens. */
static double
measure (const BfDemoCity *city, BfDemoIncidentKind kind, guint thing, gint64 now_us)
{
  double kmh, veh_h;
  int docks;
  GString *body = NULL;
  double length;

  switch (kind)
    {
    case BF_DEMO_CABINET_TRIP:
      return bf_demo_cabinet_mains (city, thing, now_us);
    case BF_DEMO_LAMPS_BY_DAY:
      return bf_demo_cabinet_supply (city, thing, now_us);
    case BF_DEMO_MAIN_BURST:
      return bf_demo_pressure (city, thing, now_us);
    case BF_DEMO_SLOW_LEAK:
      return bf_demo_flow (city, thing + 1, now_us); /* the sector's meter stands behind it in the file */
    case BF_DEMO_CONTAINER_FIRE:
      return bf_demo_container_temperature (city, thing, now_us);
    case BF_DEMO_CONTAINER_FULL:
      return bf_demo_container_fill (city, thing, now_us);
    case BF_DEMO_ACCIDENT:
    case BF_DEMO_ROADWORKS:
      bf_demo_section (city, thing, now_us, &kmh, &veh_h);
      return kmh;
    case BF_DEMO_AIR_POLLUTION:
      return bf_demo_air (city, thing, now_us).no2;
    case BF_DEMO_HEATING_FAILURE:
      return bf_demo_building (city, thing, now_us).celsius;
    case BF_DEMO_BIKES_GONE:
      return bf_demo_bikes (city, thing, now_us, &docks);
    case BF_DEMO_STORM:
      body = bf_demo_cap (city, now_us);
      break;
    case BF_DEMO_REPORTS_CLUSTER:
      body = bf_demo_open311 (city, now_us);
      break;
    case BF_DEMO_SENSOR_FROZEN:
      return (double) bf_demo_city_since (city, kind, (int) thing, now_us);
    case BF_DEMO_OUTAGE:
      return bf_demo_city_is_silent (city, bf_demo_services[thing], now_us);
    case BF_DEMO_INCIDENTS:
    default:
      g_assert_not_reached ();
    }
  length = (double) body->len;
  g_string_free (body, TRUE);
  return length;
}

static void
test_incidents (void)
{
  g_autoptr (BfDemoCity) city = city_new (1);

  for (guint k = 0; k < BF_DEMO_INCIDENTS; k++)
    {
      const char *id = k == BF_DEMO_OUTAGE ? "water" : NULL;
      double before, during[2];
      g_autoptr (GError) error = NULL;

      for (int again = 0; again < 2; again++)
        {
          const BfDemoIncident *incident;
          guint thing;

          g_assert_true (bf_demo_city_begin (city, bf_demo_incident_names[k], id, NOON_US, 60, &error));
          g_assert_no_error (error);
          incident = &g_array_index (city->incidents, BfDemoIncident, 0);
          thing = (guint) incident->thing;
          during[again] = measure (city, (BfDemoIncidentKind) k, thing, NOON_US + 59 * S);
          g_assert_cmpuint (bf_demo_city_end (city, bf_demo_incident_names[k], id, NOON_US + 59 * S), ==, 1);
          before = measure (city, (BfDemoIncidentKind) k, thing, NOON_US + 59 * S);
          g_test_message ("%s at %u: %.3f, with it %.3f", bf_demo_incident_names[k], thing, before, during[again]);
          g_assert_cmpfloat (fabs (during[again] - before), >, 0.5);
          g_array_set_size (city->incidents, 0);
        }
      g_assert_cmpfloat (during[0], ==, during[1]);
    }
}

static const BfDemoIncident *
begin_at (BfDemoCity *city, const char *name, gint64 from_us)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bf_demo_city_begin (city, name, NULL, from_us, 60, &error));
  g_assert_no_error (error);
  return &g_array_index (city->incidents, BfDemoIncident, city->incidents->len - 1);
}

/* Without an id no second incident falls on what another is happening to, of its own kind or another, nor on what a storm takes. */
static void
test_next_free (void)
{
  g_autoptr (BfDemoCity) city = city_new (1);
  g_autoptr (GHashTable) cabinets = g_hash_table_new (NULL, NULL);
  g_autoptr (GError) error = NULL;
  int usual = begin_at (city, "lamps-by-day", NOON_US)->thing;
  guint n_stormy = 0;

  g_assert_cmpint (begin_at (city, "cabinet-trip", NOON_US + 30 * S)->thing, !=, usual);
  g_assert_cmpint (begin_at (city, "cabinet-trip", NOON_US + 3600 * S)->thing, ==, usual);
  g_assert_cmpint (begin_at (city, "accident", NOON_US)->thing, !=, begin_at (city, "accident", NOON_US)->thing);
  g_assert_cmpint (begin_at (city, "main-burst", NOON_US)->thing, !=, begin_at (city, "main-burst", NOON_US)->thing);
  g_assert_cmpstr (g_array_index (city->water, BfDemoThing, begin_at (city, "main-burst", NOON_US)->thing).kind, ==, "pressure_logger");
  g_array_set_size (city->incidents, 0);
  begin_at (city, "storm", NOON_US);
  for (guint i = 0; i < city->cabinets->len; i++)
    n_stormy += bf_demo_storm_takes (city, i);
  g_assert_cmpuint (n_stormy, >, 0);
  for (guint i = 0; i < city->cabinets->len - n_stormy; i++)
    {
      const BfDemoIncident *incident = begin_at (city, i % 2 == 0 ? "cabinet-trip" : "lamps-by-day", NOON_US);

      g_assert_false (bf_demo_storm_takes (city, (guint) incident->thing));
      g_assert_true (g_hash_table_add (cabinets, GINT_TO_POINTER (incident->thing)));
    }
  g_assert_false (bf_demo_city_begin (city, "cabinet-trip", NULL, NOON_US, 60, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  g_test_message ("%s", error->message);
}

static void
test_no_incident (void)
{
  g_autoptr (BfDemoCity) city = city_new (1);
  static const struct
  {
    const char *name, *id, *expected;
  } bad[] = {
    { "cabinet-tripp", NULL, "no incident is called “cabinet-tripp”, expected one of: cabinet-trip, " },
    { "cabinet-trip", "PL-00001", "no cabinet-trip has the id PL-00001, expected one such as ARM-001" },
    { "outage", NULL, "outage of nothing: expected a service: lighting, parking, " },
    { "outage", "rain", "outage of rain: expected a service: lighting, parking, " },
    { "storm", "ARM-001", "no storm has the id ARM-001" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (bf_demo_city_begin (city, bad[i].name, bad[i].id, NOON_US, 0, &error));
      g_assert_nonnull (error);
      g_assert_true (g_str_has_prefix (error->message, bad[i].expected));
      g_assert_cmpuint (city->incidents->len, ==, 0);
    }
}

static char *
everything (const BfDemoCity *city, gint64 now_us)
{
  GString *bodies[] = { bf_demo_ngsi_lamps (city, now_us), bf_demo_csv_water (city, now_us), bf_demo_datex_measures (city, now_us),
                        bf_demo_sensorthings (city, now_us), bf_demo_open311 (city, now_us), bf_demo_chirpstack (city, 3, now_us) };
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_checksum_update (sum, (const guchar *) bodies[i]->str, (gssize) bodies[i]->len);
      g_string_free (bodies[i], TRUE);
    }
  return g_strdup (g_checksum_get_string (sum));
}

static void
test_seed (void)
{
  char *sums[3];
  const guint64 seeds[] = { 1, 1, 2 };

  for (guint i = 0; i < G_N_ELEMENTS (seeds); i++)
    {
      g_autoptr (BfDemoCity) city = city_new (seeds[i]);

      sums[i] = everything (city, NOON_US);
    }
  g_assert_cmpstr (sums[0], ==, sums[1]);
  g_assert_cmpstr (sums[0], !=, sums[2]);
  for (guint i = 0; i < G_N_ELEMENTS (sums); i++)
    g_free (sums[i]);
}

/* No ordinary hour is an incident: what the rules of the demo look at stays on the good side all week. */
static void
test_calm (void)
{
  g_autoptr (BfDemoCity) city = city_new (1);

  for (gint64 now_us = NOON_US; now_us < NOON_US + 7 * 86400 * S; now_us += 1741 * S)
    {
      for (guint i = 0; i < city->bikes->len; i++)
        {
          int docks, bikes = bf_demo_bikes (city, i, now_us, &docks);

          g_assert_cmpint (bikes, >, 0);
          g_assert_cmpint (bikes, <, docks);
        }
      for (guint i = 0; i < city->air->len; i++)
        {
          BfDemoAir air = bf_demo_air (city, i, now_us);

          g_assert_cmpfloat (air.no2, <, 120);
          g_assert_cmpfloat (air.pm10, <, 50);
          g_assert_cmpfloat (air.o3, <, 150);
        }
      for (guint i = 0; i < city->buildings->len; i++)
        {
          BfDemoBuilding now = bf_demo_building (city, i, now_us), later = bf_demo_building (city, i, now_us + 600 * S);

          g_assert_cmpfloat (now.celsius, >, 15);
          g_assert_cmpfloat (now.co2_ppm, <, 1400);
          g_assert_cmpfloat (later.energy_kwh, >, now.energy_kwh);
          g_assert_cmpfloat (later.water_m3, >=, now.water_m3);
        }
    }
}

static void
test_shipped (void)
{
  static const char *const names[] = { "day", "market", "storm", "tour" };
  g_autoptr (BfDemoCity) city = city_new (1);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BfDemoScenario) scenario = bf_demo_scenario_find (g_getenv ("BF_DEMO_CITY"), names[i], &error);

      g_assert_no_error (error);
      g_array_set_size (city->incidents, 0);
      g_assert_true (bf_demo_scenario_begin (scenario, city, NOON_US, 1, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (city->incidents->len, ==, scenario->steps->len);
      g_assert_true (g_str_equal (names[i], "day") == !scenario->market);
      for (guint k = 0; k < city->incidents->len; k++)
        g_assert_cmpint (g_array_index (city->incidents, BfDemoIncident, k).from_us, <, NOON_US + 300 * S);
    }
}

static void
write_scenario (const char *path, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
test_bad_files (void)
{
  static const struct
  {
    const char *text, *expected;
  } bad[] = {
    { "", "no [Scenario], expected one with Name=" },
    { "[Scenario]\nBegin=noon\n", ":2: Begin=noon, expected now or market" },
    { "[Scenario]\nSpeed=fast\n", ":2: Speed=fast, expected a number from 0 to 86400" },
    { "[Scenario]\nSpeed=nan\n", ":2: Speed=nan, expected a number from 0 to 86400" },
    { "[Scenario]\nSeconds=3\n", ":2: unknown key" },
    { "[Scenario]\n[Incident a]\nKind=storm\n", ":2: [Incident a], expected either At=, a time after the start" },
    { "[Scenario]\n[Incident a]\nAt=1min\n", ":2: [Incident a] has no Kind=, expected an incident" },
    { "[Scenario]\n[Incident a]\nAt=0:30\nKind=storm\n", ":3: At: " },
    { "[Scenario]\n[Incident a]\nAt=3d\nKind=storm\n", ":3: At=3d, expected 0s to 2d" },
    { "[Scenario]\n[Incident a]\nAt=1s\nSince=1h\nKind=storm\n", ":2: [Incident a], expected either At=, a time after the start" },
    { "[Scenario]\n[Incident]\nAt=1s\nKind=storm\n", ":2: [Incident], expected [Scenario] or [Incident NAME]" },
    { "[Scenario]\n[Incident a]\nAt=1s\nKind=storm\n[Incident a]\nAt=1s\nKind=storm\n", ":5: " },
    { "[Scenario]\n[Event a]\n", ":2: [Event a], expected [Scenario] or [Incident NAME]" },
    /* found only where there is a city */
    { "[Scenario]\n[Incident a]\nAt=1s\nKind=storms\n", ":4: no incident is called “storms”, expected one of: " },
    { "[Scenario]\n[Incident a]\nAt=1s\nKind=storm\n[Incident b]\nAt=1s\nKind=cabinet-trip\nId=ARM-999\n", ":8: no cabinet-trip has the id ARM-999" },
  };
  g_autofree char *folder = g_dir_make_tmp ("test-demo-scenario-XXXXXX", NULL), *path = g_build_filename (folder, "own.scenario", NULL);
  g_autoptr (BfDemoCity) city = city_new (1);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BfDemoScenario) scenario = NULL;

      write_scenario (path, bad[i].text);
      scenario = bf_demo_scenario_find (g_getenv ("BF_DEMO_CITY"), path, &error);
      if (scenario != NULL)
        g_assert_false (bf_demo_scenario_begin (scenario, city, NOON_US, 1, &error));
      g_assert_nonnull (error);
      g_test_message ("%s", error->message);
      g_assert_true (g_str_has_prefix (error->message, path));
      g_assert_nonnull (strstr (error->message, bad[i].expected));
      g_assert_cmpuint (city->incidents->len, ==, 0);
    }
  g_unlink (path);
  g_rmdir (folder);
}

static void
test_own_file (void)
{
  g_autofree char *folder = g_dir_make_tmp ("test-demo-scenario-XXXXXX", NULL), *path = g_build_filename (folder, "own.scenario", NULL);
  g_autoptr (BfDemoCity) city = city_new (1);
  g_autoptr (GError) error = NULL;
  g_autoptr (BfDemoScenario) scenario = NULL;
  const BfDemoIncident *incident;

  write_scenario (path, "[Scenario]\nName=Mine\n[Incident trip]\nAt=1min 30s\nKind=cabinet-trip\nId=ARM-040\nFor=10s\n");
  scenario = bf_demo_scenario_find ("/nowhere", path, &error);
  g_assert_no_error (error);
  g_assert_true (bf_demo_scenario_begin (scenario, city, NOON_US, 10, &error));
  g_assert_no_error (error);
  incident = &g_array_index (city->incidents, BfDemoIncident, 0);
  g_assert_cmpint (incident->from_us, ==, NOON_US + 9 * S);
  g_assert_cmpint (incident->until_us, ==, NOON_US + 19 * S);
  g_assert_true (bf_demo_cabinet_mains (city, 39, NOON_US + 8 * S));
  g_assert_false (bf_demo_cabinet_mains (city, 39, NOON_US + 9 * S));
  g_assert_true (bf_demo_cabinet_mains (city, 39, NOON_US + 19 * S));
  g_clear_pointer (&scenario, bf_demo_scenario_free);
  bf_demo_city_end (city, NULL, NULL, NOON_US + 20 * S);
  write_scenario (path, "[Scenario]\nName=Old\n[Incident leak]\nSince=36h\nKind=slow-leak\n");
  scenario = bf_demo_scenario_find ("/nowhere", path, &error);
  g_assert_no_error (error);
  g_assert_true (bf_demo_scenario_begin (scenario, city, NOON_US, 10, &error)); /* what has begun is not hurried */
  incident = &g_array_index (city->incidents, BfDemoIncident, city->incidents->len - 1);
  g_assert_cmpint (incident->from_us, ==, NOON_US - 36 * 3600 * S);
  g_clear_pointer (&scenario, bf_demo_scenario_free);
  g_assert_null (bf_demo_scenario_find (g_getenv ("BF_DEMO_CITY"), "tempest", &error));
  g_assert_cmpstr (error->message, ==, "--scenario tempest: expected one of day, market, storm, tour, or the path of a file");
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/demo/scenario/incidents", test_incidents);
  g_test_add_func ("/demo/scenario/next-free", test_next_free);
  g_test_add_func ("/demo/scenario/no-incident", test_no_incident);
  g_test_add_func ("/demo/scenario/seed", test_seed);
  g_test_add_func ("/demo/scenario/calm", test_calm);
  g_test_add_func ("/demo/scenario/shipped", test_shipped);
  g_test_add_func ("/demo/scenario/bad-files", test_bad_files);
  g_test_add_func ("/demo/scenario/own-file", test_own_file);
  return g_test_run ();
}
