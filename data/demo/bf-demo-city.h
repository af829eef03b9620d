/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The services of the demo city besides the cars in its car parks: what stands in its streets, what goes wrong with it and when. One thread.
 * Everything is a function of the real time and of the incidents that are on: nothing is kept that would have to be run forward, so the
 * same second says the same twice. Values change with the hour as a town's do; the small noise comes from a hash of what and when.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  char *id;
  double lon, lat;
  char *street;
  char *zone;   /* bays: id of their zone; cabinets: of their district */
  int cabinet;  /* lamps: index of the cabinet */
  int sector;   /* water: index of the sector, -1 none */
  char *kind;   /* water */
  double value; /* lamps: W; cabinets: lamps; water: inhabitants; sections: free km/h */
  double length_m;
  double lon2, lat2; /* sections: the other end */
  char *line;        /* sections: their way, "lat lon lat lon …" */
} BfDemoThing;

typedef enum
{
  BF_DEMO_CABINET_TRIP,
  BF_DEMO_LAMPS_BY_DAY,
  BF_DEMO_MAIN_BURST,
  BF_DEMO_SLOW_LEAK,
  BF_DEMO_CONTAINER_FIRE,
  BF_DEMO_CONTAINER_FULL,
  BF_DEMO_ACCIDENT,
  BF_DEMO_ROADWORKS,
  BF_DEMO_STORM,
  BF_DEMO_SENSOR_FROZEN,
  BF_DEMO_AIR_POLLUTION,
  BF_DEMO_HEATING_FAILURE,
  BF_DEMO_BIKES_GONE,
  BF_DEMO_REPORTS_CLUSTER,
  BF_DEMO_OUTAGE, /* of a service's source: its thing is an index of bf_demo_services */
  BF_DEMO_INCIDENTS,
} BfDemoIncidentKind;

typedef struct
{
  BfDemoIncidentKind kind;
  int thing; /* index of what it happens to */
  gint64 from_us;
  gint64 until_us;
} BfDemoIncident;

typedef struct
{
  GArray *lamps, *cabinets, *containers, *water, *sections, *bikes, *car_parks, *bays, *buildings, *air, *reports; /* BfDemoThing */
  GArray *incidents; /* BfDemoIncident, in the order in which they were told */
} BfDemoCity;

#define BF_DEMO_SERVICES 10
extern const char *const bf_demo_services[BF_DEMO_SERVICES + 1]; /* NULL at the end */
int bf_demo_service_index (const char *name); /* -1: none of that name, or NULL */

/* Reads demo/<what>.csv and zones.geojson of the city's folder. NULL with @error, which names file, line and what was expected. The same seed makes the same
 * noise. */
BfDemoCity *bf_demo_city_load (const char *folder, guint64 seed, GError **error);
void bf_demo_city_free (BfDemoCity *city);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfDemoCity, bf_demo_city_free)

extern const char *const bf_demo_incident_names[BF_DEMO_INCIDENTS];
/* @name: of bf_demo_incident_names; @id: of the thing or the service, NULL for the name's usual one, or the next to which nothing happens
 * at that time. Until told to end when @seconds is 0. */
gboolean bf_demo_city_begin (BfDemoCity *city, const char *name, const char *id, gint64 now_us, double seconds, GError **error);
/* Of the thing or service that it happens to; NULL: the whole city. */
const char *bf_demo_incident_id (const BfDemoCity *city, const BfDemoIncident *incident);
/* Ends what is on now and what was to come; NULL: everything, everywhere. Returns how many. */
guint bf_demo_city_end (BfDemoCity *city, const char *name, const char *id, gint64 now_us);
/* When the incident that is on at @now_us began, or 0. @thing -1: any. */
gint64 bf_demo_city_since (const BfDemoCity *city, BfDemoIncidentKind kind, int thing, gint64 now_us);
gboolean bf_demo_city_is_silent (const BfDemoCity *city, const char *service, gint64 now_us);

/* -1..1, the same for the same what and when. */
double bf_demo_noise (const char *id, gint64 when);
/* A hump of the day: 1 at its hour, 0 far from it. */
double bf_demo_hump (double hour, double at, double width_h);
/* Days since 1970 in the city, begun ones too. */
int bf_demo_day (gint64 now_us);
/* In the city: 1 is Monday; month * 100 + day of the month. */
int bf_demo_weekday (gint64 now_us);
int bf_demo_date (gint64 now_us);
/* Hour of the day in the city, 0..24, and whether it is a weekend. */
double bf_demo_hour (gint64 now_us, gboolean *ret_weekend);

/* bf-demo-lighting.c */
gboolean bf_demo_is_night (const BfDemoCity *city, gint64 now_us);
typedef enum
{
  BF_DEMO_LAMP_OFF,
  BF_DEMO_LAMP_ON,
  BF_DEMO_LAMP_FAILED,
  BF_DEMO_LAMP_UNPOWERED,
} BfDemoLampState;
BfDemoLampState bf_demo_lamp_state (const BfDemoCity *city, guint lamp, gint64 now_us);
gboolean bf_demo_storm_takes (const BfDemoCity *city, guint cabinet); /* its mains, any storm */
gboolean bf_demo_cabinet_mains (const BfDemoCity *city, guint cabinet, gint64 now_us);
gboolean bf_demo_cabinet_supply (const BfDemoCity *city, guint cabinet, gint64 now_us);
/* waste */
double bf_demo_container_fill (const BfDemoCity *city, guint container, gint64 now_us);
double bf_demo_container_temperature (const BfDemoCity *city, guint container, gint64 now_us);
/* water: bar, m³/h */
double bf_demo_pressure (const BfDemoCity *city, guint thing, gint64 now_us);
double bf_demo_flow (const BfDemoCity *city, guint thing, gint64 now_us);
/* bf-demo-past.c: (transfer full): lines for `beffroictl learn`, a value of each meter and logger every quarter of an hour */
GString *bf_demo_past (const BfDemoCity *city, gint64 from_us, gint64 to_us);
/* traffic */
void bf_demo_section (const BfDemoCity *city, guint section, gint64 now_us, double *ret_kmh, double *ret_veh_h);
/* mobility */
int bf_demo_bikes (const BfDemoCity *city, guint station, gint64 now_us, int *ret_docks);

/* bf-demo-thin.c. Kerbside bays, air in µg/m³, public buildings, what citizens report */
gboolean bf_demo_bay_taken (const BfDemoCity *city, guint bay, gint64 now_us);
typedef struct
{
  double no2, o3, pm10, pm25;
} BfDemoAir;
BfDemoAir bf_demo_air (const BfDemoCity *city, guint station, gint64 now_us);
typedef struct
{
  double celsius, humidity, co2_ppm, power_kw, energy_kwh, water_m3;
} BfDemoBuilding;
BfDemoBuilding bf_demo_building (const BfDemoCity *city, guint building, gint64 now_us);
/* "open", "acknowledged" or "closed", and since when. */
const char *bf_demo_report_state (const BfDemoCity *city, guint report, gint64 now_us, gint64 *ret_asked_us, gint64 *ret_changed_us);

/* bf-demo-thin-forms.c */
void bf_demo_put_text (GString *out, const char *text); /* as JSON, in its quotation marks */
GString *bf_demo_sensorthings (const BfDemoCity *city, gint64 now_us);
GString *bf_demo_open311 (const BfDemoCity *city, gint64 now_us);
/* The bays of which @is_due says so, and their zones, as a notification of NGSIv2; NULL when there is none. */
GString *bf_demo_ngsi_bays (const BfDemoCity *city, const gboolean *is_due, gint64 now_us);
/* An uplink of one device of a building; @ret_device its name, (transfer full). */
#define BF_DEMO_BUILDING_DEVICES 3
GString *bf_demo_ttn (const BfDemoCity *city, guint building, guint device, gint64 now_us, char **ret_device);

/* bf-demo-lines.c: of a section's way the stretch from one share of it to another, 0 to 1, as GML: a line, or an area so wide to
 * each side. */
void bf_demo_put_line (GString *out, const BfDemoThing *section, double from, double to);
void bf_demo_put_area (GString *out, const BfDemoThing *section, double from, double to, double half_width_m);

/* bf-demo-forms.c: each service in the form that its cities publish. (transfer full) */
char *bf_demo_stamp (gint64 now_us, int step_s); /* RFC 3339, in steps of so many seconds, as devices report */
GString *bf_demo_ngsi_lamps (const BfDemoCity *city, gint64 now_us);
GString *bf_demo_ngsi_cabinets (const BfDemoCity *city, gint64 now_us);
GString *bf_demo_csv_water (const BfDemoCity *city, gint64 now_us);
GString *bf_demo_datex_sites (const BfDemoCity *city, gint64 now_us);
GString *bf_demo_datex_measures (const BfDemoCity *city, gint64 now_us);
GString *bf_demo_datex_situations (const BfDemoCity *city, gint64 now_us);
GString *bf_demo_gbfs (const BfDemoCity *city, const char *what, const char *base, gint64 now_us); /* NULL: no such file */
GString *bf_demo_cap (const BfDemoCity *city, gint64 now_us);
GString *bf_demo_chirpstack (const BfDemoCity *city, guint container, gint64 now_us);

G_END_DECLS
