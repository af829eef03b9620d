/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-demo-city.h. */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-city.h"

#include <gio/gio.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "model/bf-zones.h"

const char *const bf_demo_incident_names[BF_DEMO_INCIDENTS] = {
  [BF_DEMO_CABINET_TRIP] = "cabinet-trip",     [BF_DEMO_LAMPS_BY_DAY] = "lamps-by-day",
  [BF_DEMO_MAIN_BURST] = "main-burst",         [BF_DEMO_SLOW_LEAK] = "slow-leak",
  [BF_DEMO_CONTAINER_FIRE] = "container-fire", [BF_DEMO_CONTAINER_FULL] = "container-full",
  [BF_DEMO_ACCIDENT] = "accident",             [BF_DEMO_STORM] = "storm",
  [BF_DEMO_SENSOR_FROZEN] = "sensor-frozen",   [BF_DEMO_AIR_POLLUTION] = "air-pollution",
  [BF_DEMO_HEATING_FAILURE] = "heating-failure", [BF_DEMO_BIKES_GONE] = "bikes-gone",
  [BF_DEMO_ROADWORKS] = "roadworks", [BF_DEMO_REPORTS_CLUSTER] = "reports-cluster", [BF_DEMO_OUTAGE] = "outage",
};

const char *const bf_demo_services[BF_DEMO_SERVICES + 1] = { "lighting", "parking", "waste",   "water",   "traffic",
                                                         "air",      "mobility", "reports", "weather", "buildings" };

static guint64 noise_seed; /* 0: as it always was */

int
bf_demo_service_index (const char *name)
{
  for (int i = 0; name != NULL && i < BF_DEMO_SERVICES; i++)
    if (g_str_equal (name, bf_demo_services[i]))
      return i;
  return -1;
}

/* ── what stands there ───────────────────────────────────────────────────────────────────────────────────────── */

static void
clear_thing (gpointer data)
{
  BfDemoThing *thing = data;

  g_free (thing->id);
  g_free (thing->street);
  g_free (thing->kind);
  g_free (thing->zone);
  g_free (thing->line);
}

static const char *
cell (char **names, char **cells, const char *name)
{
  for (guint i = 0; names[i] != NULL && cells[i] != NULL; i++)
    if (g_str_equal (names[i], name))
      return cells[i];
  return "";
}

static double
number (char **names, char **cells, const char *name)
{
  return g_ascii_strtod (cell (names, cells, name), NULL);
}

static GArray *
load (const char *folder, const char *what, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/demo/%s.csv", folder, what);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_auto (GStrv) names = NULL;
  GArray *things;

  if (!g_file_get_contents (path, &text, NULL, error))
    return NULL;
  things = g_array_new (FALSE, TRUE, sizeof (BfDemoThing));
  g_array_set_clear_func (things, clear_thing);
  lines = g_strsplit (text, "\n", 0);
  names = g_strsplit (lines[0] != NULL ? lines[0] : "", ";", 0);
  for (guint i = 1; lines[0] != NULL && lines[i] != NULL; i++)
    {
      g_auto (GStrv) cells = g_strsplit (lines[i], ";", 0);
      const char *cabinet = cell (names, cells, "cabinet"), *sector = cell (names, cells, "sector");
      BfDemoThing thing = { 0 };

      if (lines[i][0] == '\0')
        continue;
      if (g_strv_length (cells) != g_strv_length (names))
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: line %u: expected %u cells apart by ;, found %u", path, i + 1,
                       g_strv_length (names), g_strv_length (cells));
          g_array_unref (things);
          return NULL;
        }
      thing.id = g_strdup (cells[0]);
      thing.kind = g_strdup (cell (names, cells, "kind"));
      thing.zone = g_strdup (cell (names, cells, "zone"));
      thing.street = g_strdup (*cell (names, cells, "street") != '\0' ? cell (names, cells, "street") : cell (names, cells, "name"));
      thing.lon = number (names, cells, *cell (names, cells, "lon") != '\0' ? "lon" : "lon1");
      thing.lat = number (names, cells, *cell (names, cells, "lat") != '\0' ? "lat" : "lat1");
      thing.lon2 = number (names, cells, "lon2");
      thing.lat2 = number (names, cells, "lat2");
      thing.line = g_strdup (cell (names, cells, "line"));
      thing.length_m = number (names, cells, "length_m");
      thing.cabinet = *cabinet != '\0' ? (int) g_ascii_strtoll (cabinet + strlen ("ARM-"), NULL, 10) - 1 : -1;
      thing.sector = *sector != '\0' ? (int) g_ascii_strtoll (sector + 1, NULL, 10) - 1 : -1;
      thing.value = number (names, cells, "power_w") + number (names, cells, "lamps") + number (names, cells, "inhabitants")
                    + number (names, cells, "free_kmh") + number (names, cells, "people");
      g_array_append_val (things, thing);
    }
  return things;
}

static const struct
{
  const char *what;
  gsize offset;
} files[] = {
#define FILE_OF(name) { #name, G_STRUCT_OFFSET (BfDemoCity, name) }
  FILE_OF (lamps), FILE_OF (cabinets), FILE_OF (containers), FILE_OF (water), FILE_OF (sections), FILE_OF (bikes),
  FILE_OF (bays), FILE_OF (buildings), FILE_OF (air), FILE_OF (reports), { "parkings", G_STRUCT_OFFSET (BfDemoCity, car_parks) },
};

/* The district that each cabinet stands in: its clock is set by it. */
static gboolean
find_zones (BfDemoCity *city, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "zones.geojson", NULL);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfZones) zones = bf_zones_load (path, problems, error);

  if (zones == NULL)
    return FALSE;
  for (guint i = 0; i < city->cabinets->len; i++)
    {
      BfDemoThing *cabinet = &g_array_index (city->cabinets, BfDemoThing, i);
      guint16 zone = bf_zones_at (zones, (BfPoint){ cabinet->lon, cabinet->lat });

      if (zone != BF_NO_ZONE)
        {
          g_free (cabinet->zone);
          cabinet->zone = g_strdup (bf_zones_get (zones, zone)->id);
        }
    }
  return TRUE;
}

BfDemoCity *
bf_demo_city_load (const char *folder, guint64 seed, GError **error)
{
  g_autoptr (BfDemoCity) city = g_new0 (BfDemoCity, 1);

  noise_seed = seed - 1;
  city->incidents = g_array_new (FALSE, FALSE, sizeof (BfDemoIncident));
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    if ((G_STRUCT_MEMBER (GArray *, city, files[i].offset) = load (folder, files[i].what, error)) == NULL)
      return NULL;
  return find_zones (city, folder, error) ? g_steal_pointer (&city) : NULL;
}

void
bf_demo_city_free (BfDemoCity *city)
{
  if (city == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    g_clear_pointer (&G_STRUCT_MEMBER (GArray *, city, files[i].offset), g_array_unref);
  g_array_unref (city->incidents);
  g_free (city);
}

#define thing_at(array, i) (&g_array_index ((array), BfDemoThing, (i)))

/* ── incidents ───────────────────────────────────────────────────────────────────────────────────────────────── */

static GArray *
things_of (const BfDemoCity *city, BfDemoIncidentKind kind)
{
  switch (kind)
    {
    case BF_DEMO_CABINET_TRIP:
    case BF_DEMO_LAMPS_BY_DAY:
      return city->cabinets;
    case BF_DEMO_MAIN_BURST:
    case BF_DEMO_SLOW_LEAK:
      return city->water;
    case BF_DEMO_CONTAINER_FIRE:
    case BF_DEMO_CONTAINER_FULL:
      return city->containers;
    case BF_DEMO_ACCIDENT:
    case BF_DEMO_ROADWORKS:
      return city->sections;
    case BF_DEMO_SENSOR_FROZEN:
      return city->car_parks;
    case BF_DEMO_AIR_POLLUTION:
      return city->air;
    case BF_DEMO_HEATING_FAILURE:
      return city->buildings;
    case BF_DEMO_BIKES_GONE:
      return city->bikes;
    case BF_DEMO_REPORTS_CLUSTER:
      return city->reports;
    case BF_DEMO_OUTAGE:
    case BF_DEMO_STORM:
    case BF_DEMO_INCIDENTS:
    default:
      return NULL;
    }
}

/* What an incident happens to when nobody says: always the same thing first, so that a demonstration can be told in words. */
static guint
usual_thing (const GArray *things, BfDemoIncidentKind kind)
{
  for (guint i = 0; i < things->len; i++)
    if ((kind == BF_DEMO_MAIN_BURST && g_str_equal (thing_at (things, i)->kind, "pressure_logger") && thing_at (things, i)->sector == 2)
        || (kind == BF_DEMO_SLOW_LEAK && g_str_equal (thing_at (things, i)->kind, "sector")))
      return i;
  return kind == BF_DEMO_ROADWORKS ? things->len / 2 : things->len / 3;
}

static gboolean
is_fit (const BfDemoThing *thing, BfDemoIncidentKind kind)
{
  return (kind != BF_DEMO_MAIN_BURST || g_str_equal (thing->kind, "pressure_logger"))
         && (kind != BF_DEMO_SLOW_LEAK || g_str_equal (thing->kind, "sector"));
}

/* Something happens to it while @incident lasts. Of two incidents at one thing the second would be seen by nobody. */
static gboolean
is_taken (const BfDemoCity *city, const GArray *things, guint thing, const BfDemoIncident *incident)
{
  for (guint i = 0; i < city->incidents->len; i++)
    {
      const BfDemoIncident *other = &g_array_index (city->incidents, BfDemoIncident, i);

      if (other->from_us >= incident->until_us || other->until_us <= incident->from_us)
        continue;
      if (things_of (city, other->kind) == things && other->thing == (int) thing)
        return TRUE;
      if (other->kind == BF_DEMO_STORM && things == city->cabinets && bf_demo_storm_takes (city, thing))
        return TRUE;
    }
  return FALSE;
}

/* The usual thing, or the next one behind it that is free; -1 with @error when there is none. */
static int
free_thing (const BfDemoCity *city, const BfDemoIncident *incident, GError **error)
{
  const GArray *things = things_of (city, incident->kind);
  guint usual = things != NULL ? usual_thing (things, incident->kind) : 0;

  if (things == NULL)
    return 0;
  for (guint i = 0; i < things->len; i++)
    {
      guint thing = (usual + i) % things->len;

      if (is_fit (thing_at (things, thing), incident->kind) && !is_taken (city, things, thing, incident))
        return (int) thing;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_BUSY, "%s: something happens to all %u of them already; end one, or say which by its id",
               bf_demo_incident_names[incident->kind], things->len);
  return -1;
}

/* Index of what the incident happens to, -1 with @error. */
static int
find_thing (const BfDemoCity *city, const BfDemoIncident *incident, const char *id, GError **error)
{
  BfDemoIncidentKind kind = incident->kind;
  const GArray *things = things_of (city, kind);

  if (kind == BF_DEMO_OUTAGE && bf_demo_service_index (id) < 0)
    {
      g_autofree char *names = g_strjoinv (", ", (char **) bf_demo_services);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "outage of %s: expected a service: %s", id != NULL ? id : "nothing", names);
      return -1;
    }
  if (kind == BF_DEMO_OUTAGE)
    return bf_demo_service_index (id);
  if (id == NULL)
    return free_thing (city, incident, error);
  for (guint i = 0; things != NULL && i < things->len; i++)
    if (g_str_equal (thing_at (things, i)->id, id))
      return (int) i;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no %s has the id %s%s%s", bf_demo_incident_names[kind], id,
               things != NULL && things->len > 0 ? ", expected one such as " : "", things != NULL && things->len > 0 ? thing_at (things, 0)->id : "");
  return -1;
}

static int
find_kind (const char *name, GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (int k = 0; k < BF_DEMO_INCIDENTS; k++)
    {
      if (g_str_equal (name, bf_demo_incident_names[k]))
        return k;
      g_string_append_printf (names, "%s%s", k > 0 ? ", " : "", bf_demo_incident_names[k]);
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "no incident is called “%s”, expected one of: %s", name, names->str);
  return -1;
}

gboolean
bf_demo_city_begin (BfDemoCity *city, const char *name, const char *id, gint64 now_us, double seconds, GError **error)
{
  int kind = find_kind (name, error);
  BfDemoIncident incident = { (BfDemoIncidentKind) kind, -1, now_us, seconds > 0 ? now_us + (gint64) (seconds * G_USEC_PER_SEC) : G_MAXINT64 };

  if (kind >= 0)
    incident.thing = find_thing (city, &incident, id, error);
  if (incident.thing < 0)
    return FALSE;
  g_array_append_val (city->incidents, incident);
  return TRUE;
}

const char *
bf_demo_incident_id (const BfDemoCity *city, const BfDemoIncident *incident)
{
  const GArray *things = things_of (city, incident->kind);

  if (incident->kind == BF_DEMO_OUTAGE)
    return bf_demo_services[incident->thing];
  return things != NULL ? thing_at (things, incident->thing)->id : NULL;
}

guint
bf_demo_city_end (BfDemoCity *city, const char *name, const char *id, gint64 now_us)
{
  guint n = 0;

  for (guint i = 0; i < city->incidents->len; i++)
    {
      BfDemoIncident *incident = &g_array_index (city->incidents, BfDemoIncident, i);

      if (incident->until_us <= now_us || (name != NULL && !g_str_equal (name, bf_demo_incident_names[incident->kind]))
          || (id != NULL && g_strcmp0 (bf_demo_incident_id (city, incident), id) != 0))
        continue;
      incident->from_us = MIN (incident->from_us, now_us);
      incident->until_us = now_us;
      n++;
    }
  return n;
}

gboolean
bf_demo_city_is_silent (const BfDemoCity *city, const char *service, gint64 now_us)
{
  return bf_demo_city_since (city, BF_DEMO_OUTAGE, bf_demo_service_index (service), now_us) > 0;
}

gint64
bf_demo_city_since (const BfDemoCity *city, BfDemoIncidentKind kind, int thing, gint64 now_us)
{
  for (guint i = 0; i < city->incidents->len; i++)
    {
      const BfDemoIncident *incident = &g_array_index (city->incidents, BfDemoIncident, i);

      if (incident->kind == kind && (thing < 0 || incident->thing == thing) && incident->from_us <= now_us && now_us < incident->until_us)
        return incident->from_us;
    }
  return 0;
}

/* ── time ────────────────────────────────────────────────────────────────────────────────────────────────────── */

double
bf_demo_noise (const char *id, gint64 when)
{
  /* splitmix64 (Steele, Lea, Flood 2014) */
  guint64 z = (guint64) g_str_hash (id) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + (guint64) when * G_GUINT64_CONSTANT (0xd1342543de82ef95)
              + noise_seed * G_GUINT64_CONSTANT (0x9fb21c651e98df25);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  z ^= z >> 31;
  return (double) (z >> 11) / (double) (G_GUINT64_CONSTANT (1) << 52) - 1;
}

typedef struct
{
  gint64 now_us;
  double hour;
  int weekday, date, day;
} Local;

/* Of the city's clock, kept as long as the same time is asked for: thousands of things ask it of one moment. */
static const Local *
local_time (gint64 now_us)
{
  static Local last = { .now_us = G_MININT64 };
  static GTimeZone *zone = NULL;
  g_autoptr (GDateTime) utc = NULL, local = NULL;

  if (last.now_us == now_us)
    return &last;
  if (zone == NULL && (zone = g_time_zone_new_identifier ("Europe/Paris")) == NULL)
    zone = g_time_zone_new_utc ();
  utc = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);
  local = g_date_time_to_timezone (utc, zone);
  last.now_us = now_us;
  last.hour = g_date_time_get_hour (local) + g_date_time_get_minute (local) / 60.0 + g_date_time_get_second (local) / 3600.0;
  last.weekday = g_date_time_get_day_of_week (local);
  last.date = g_date_time_get_month (local) * 100 + g_date_time_get_day_of_month (local);
  last.day = (int) ((g_date_time_to_unix (local) + g_date_time_get_utc_offset (local) / G_USEC_PER_SEC) / 86400);
  return &last;
}

double
bf_demo_hour (gint64 now_us, gboolean *ret_weekend)
{
  const Local *local = local_time (now_us);

  if (ret_weekend != NULL)
    *ret_weekend = local->weekday > 5;
  return local->hour;
}

int
bf_demo_day (gint64 now_us)
{
  return local_time (now_us)->day;
}

int
bf_demo_weekday (gint64 now_us)
{
  return local_time (now_us)->weekday;
}

int
bf_demo_date (gint64 now_us)
{
  return local_time (now_us)->date;
}

double
bf_demo_hump (double hour, double at, double width_h)
{
  double d = fabs (hour - at);

  d = MIN (d, 24 - d);
  return exp (-d * d / (2 * width_h * width_h));
}

/* ── waste ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Fills evenly and is emptied when its round comes: the period and where in it are the container's own. */
double
bf_demo_container_fill (const BfDemoCity *city, guint container, gint64 now_us)
{
  const BfDemoThing *thing = thing_at (city->containers, container);
  double period_s = (4.5 + 2.5 * bf_demo_noise (thing->id, 4)) * 86400, peak = 78 + 14 * bf_demo_noise (thing->id, 5);
  double phase = fmod ((double) (now_us / G_USEC_PER_SEC) / period_s + bf_demo_noise (thing->id, 6) + 2, 1);

  if (bf_demo_city_since (city, BF_DEMO_CONTAINER_FULL, (int) container, now_us) > 0)
    return 99;
  return CLAMP (4 + phase * (peak - 4), 0, 100);
}

double
bf_demo_container_temperature (const BfDemoCity *city, guint container, gint64 now_us)
{
  const BfDemoThing *thing = thing_at (city->containers, container);
  gint64 since_us = bf_demo_city_since (city, BF_DEMO_CONTAINER_FIRE, (int) container, now_us);
  double air = 8 + 6 * bf_demo_hump (bf_demo_hour (now_us, NULL), 15, 4) + bf_demo_noise (thing->id, now_us / (600 * G_USEC_PER_SEC));

  return since_us > 0 ? MIN (240, air + (double) (now_us - since_us) / G_USEC_PER_SEC * 1.5) : air;
}

/* ── water ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Share of a day's mean use at this hour: two peaks, a quiet night. */
static double
use (gint64 now_us)
{
  gboolean weekend;
  double hour = bf_demo_hour (now_us, &weekend);

  return 0.35 + 1.15 * bf_demo_hump (hour, weekend ? 9.5 : 7.5, 1.6) + 0.55 * bf_demo_hump (hour, 13, 2) + 0.95 * bf_demo_hump (hour, 19.5, 1.8);
}

/* What belongs to a sector names it; the sector itself is found by its id. */
static int
sector_of (const BfDemoThing *thing)
{
  return g_str_equal (thing->kind, "sector") ? (int) g_ascii_strtoll (thing->id + 1, NULL, 10) - 1 : thing->sector;
}

static double
lost_m3h (const BfDemoCity *city, int sector, gint64 now_us)
{
  gint64 burst_us = bf_demo_city_since (city, BF_DEMO_MAIN_BURST, -1, now_us);
  double lost = 0;

  for (guint i = 0; i < city->incidents->len; i++)
    {
      const BfDemoIncident *incident = &g_array_index (city->incidents, BfDemoIncident, i);

      if (incident->from_us > now_us || now_us >= incident->until_us || things_of (city, incident->kind) != city->water
          || sector_of (thing_at (city->water, incident->thing)) != sector)
        continue;
      lost += incident->kind == BF_DEMO_SLOW_LEAK ? 9 : 85;
    }
  return burst_us > 0 ? lost : MIN (lost, 30);
}

double
bf_demo_flow (const BfDemoCity *city, guint thing, gint64 now_us)
{
  const BfDemoThing *meter = thing_at (city->water, thing);
  double mean_m3h = meter->value * 0.150 / 24; /* 150 l a head and day */

  return mean_m3h * (use (now_us) + 0.12) * (1 + 0.03 * bf_demo_noise (meter->id, now_us / (60 * G_USEC_PER_SEC)))
         + lost_m3h (city, meter->sector, now_us);
}

double
bf_demo_pressure (const BfDemoCity *city, guint thing, gint64 now_us)
{
  const BfDemoThing *logger = thing_at (city->water, thing);
  gint64 burst_us = bf_demo_city_since (city, BF_DEMO_MAIN_BURST, (int) thing, now_us);
  double bar = 4.2 + 0.7 * bf_demo_noise (logger->id, 7) - 0.22 * use (now_us) - 0.006 * lost_m3h (city, logger->sector, now_us)
               + 0.03 * bf_demo_noise (logger->id, now_us / (60 * G_USEC_PER_SEC));

  return MAX (0.4, burst_us > 0 ? bar - 2.6 : bar);
}

/* ── traffic, bikes ──────────────────────────────────────────────────────────────────────────────────────────── */

void
bf_demo_section (const BfDemoCity *city, guint section, gint64 now_us, double *ret_kmh, double *ret_veh_h)
{
  const BfDemoThing *thing = thing_at (city->sections, section);
  gboolean weekend;
  double hour = bf_demo_hour (now_us, &weekend), noise = bf_demo_noise (thing->id, now_us / (60 * G_USEC_PER_SEC));
  double load = 0.06 + (weekend ? 0.35 * bf_demo_hump (hour, 15, 4) : 0.75 * bf_demo_hump (hour, 8.2, 0.9) + 0.7 * bf_demo_hump (hour, 17.6, 1.3) + 0.35 * bf_demo_hump (hour, 13, 3));
  gboolean blocked = bf_demo_city_since (city, BF_DEMO_ACCIDENT, (int) section, now_us) > 0;

  load = CLAMP (load * (1 + 0.25 * bf_demo_noise (thing->id, 8)) + 0.03 * noise, 0.01, 1.2);
  if (bf_demo_city_since (city, BF_DEMO_STORM, -1, now_us) > 0)
    load *= 0.7;
  /* Speed against load after the US Bureau of Public Roads (1964): t = t0 (1 + 0.15 x^4). */
  *ret_kmh = blocked ? 4 + noise : thing->value * 0.97 / (1 + 0.15 * pow (load, 4)) + 1.5 * noise;
  if (bf_demo_city_since (city, BF_DEMO_STORM, -1, now_us) > 0)
    *ret_kmh *= 0.75;
  if (bf_demo_city_since (city, BF_DEMO_ROADWORKS, (int) section, now_us) > 0)
    *ret_kmh *= 0.65;
  *ret_veh_h = blocked ? 60 : 1500 * load;
}

int
bf_demo_bikes (const BfDemoCity *city, guint station, gint64 now_us, int *ret_docks)
{
  const BfDemoThing *thing = thing_at (city->bikes, station);
  int docks = 18 + (int) (6 * bf_demo_noise (thing->id, 9));
  double share = 0.5 + 0.3 * bf_demo_noise (thing->id, 10) + 0.15 * bf_demo_noise (thing->id, now_us / (300 * G_USEC_PER_SEC));

  *ret_docks = docks;
  if (bf_demo_city_since (city, BF_DEMO_BIKES_GONE, (int) station, now_us) > 0)
    return 0;
  return CLAMP ((int) (share * docks), 3, docks - 3);
}
