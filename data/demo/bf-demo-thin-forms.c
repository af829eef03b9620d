/* SPDX-License-Identifier: EUPL-1.2 */
/* Bays, air, buildings and reports in the forms that real cities publish. Pure: a city and a time make a text. */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-city.h"

#include <math.h>
#include <string.h>

#define thing_at(array, i) (&g_array_index ((array), BfDemoThing, (i)))
#define CLUSTER 4
#define CLUSTER_LON 0.00106 /* 80 m: the one in the middle has four others within 100 m, and no other has */
#define CLUSTER_LAT 0.00072

void
bf_demo_put_text (GString *out, const char *text)
{
  g_string_append_c (out, '"');
  for (const char *c = text; *c != '\0'; c++)
    {
      if (*c == '"' || *c == '\\')
        g_string_append_c (out, '\\');
      g_string_append_c (out, (guchar) *c < 0x20 ? ' ' : *c);
    }
  g_string_append_c (out, '"');
}

/* ── air: OGC SensorThings 1.1, Things with all that belongs to them expanded ────────────────────────────────── */

static void
put_datastream (GString *out, int id, const char *property, double value, const char *at)
{
  g_string_append_printf (out,
                          "{\"@iot.id\":%d,\"name\":\"%s\",\"observationType\":\"http://www.opengis.net/def/observationType/OGC-OM/2.0/OM_Measurement\","
                          "\"unitOfMeasurement\":{\"name\":\"microgram per cubic metre\",\"symbol\":\"ug/m3\","
                          "\"definition\":\"http://unitsofmeasure.org/ucum.html\"},"
                          "\"ObservedProperty\":{\"@iot.id\":%d,\"name\":\"%s\"},"
                          "\"Observations\":[{\"@iot.id\":%d,\"phenomenonTime\":\"%s\",\"resultTime\":\"%s\",\"result\":%.1f}]}",
                          id, property, id % 10, property, id, at, at, MAX (0, value));
}

GString *
bf_demo_sensorthings (const BfDemoCity *city, gint64 now_us)
{
  GString *out = g_string_new ("{\"value\":[");
  g_autofree char *at = bf_demo_stamp (now_us, 10);

  for (guint i = 0; i < city->air->len; i++)
    {
      const BfDemoThing *station = thing_at (city->air, i);
      BfDemoAir air = bf_demo_air (city, i, now_us);
      const struct
      {
        const char *property;
        double value;
      } streams[] = { { "NO2", air.no2 }, { "O3", air.o3 }, { "PM10", air.pm10 }, { "PM2.5", air.pm25 } };

      g_string_append_printf (out, "%s{\"@iot.id\":\"%s\",\"name\":", i > 0 ? ",\n" : "", station->id);
      bf_demo_put_text (out, station->street);
      g_string_append_printf (out,
                              ",\"Locations\":[{\"@iot.id\":\"%s\",\"encodingType\":\"application/geo+json\","
                              "\"location\":{\"type\":\"Point\",\"coordinates\":[%.6f,%.6f]}}],\"Datastreams\":[",
                              station->id, station->lon, station->lat);
      for (guint k = 0; k < G_N_ELEMENTS (streams); k++)
        {
          g_string_append (out, k > 0 ? ",\n" : "\n");
          put_datastream (out, (int) (i * 10 + k + 1), streams[k].property, streams[k].value, at);
        }
      g_string_append (out, "]}");
    }
  return g_string_append (out, "]}\n");
}

/* ── citizens' reports: Open311 GeoReport v2 ─────────────────────────────────────────────────────────────────── */

static const struct
{
  const char *code, *name, *text;
} matters[] = {
  { "VOIRIE", "Nid-de-poule", "Trou dans la chaussée, dangereux pour les vélos." },
  { "ECLAIRAGE", "Lampadaire éteint", "Le lampadaire ne s'allume plus." },
  { "PROPRETE", "Dépôt sauvage", "Un matelas et des cartons sur le trottoir." },
  { "ESPACES_VERTS", "Branche cassée", "Une branche menace de tomber." },
  { "MOBILIER", "Banc cassé", "Il manque deux lattes au banc." },
  { "NUISANCE", "Affichage sauvage", "Affiches collées sur un mur de l'école." },
};

static void
put_request (GString *out, const char *id, guint matter, const char *state, double lon, double lat, const char *street, gint64 asked_us,
             gint64 changed_us)
{
  g_autofree char *asked = bf_demo_stamp (asked_us, 1), *changed = bf_demo_stamp (changed_us, 1);

  g_string_append_printf (out,
                          "%s{\"service_request_id\":\"%s\",\"status\":\"%s\",\"service_code\":\"%s\",\"service_name\":\"%s\","
                          "\"description\":\"%s\",\"requested_datetime\":\"%s\",\"updated_datetime\":\"%s\",\"lat\":%.6f,\"long\":%.6f,\"address\":",
                          out->len > 1 ? ",\n" : "", id, state, matters[matter].code, matters[matter].name, matters[matter].text, asked, changed,
                          lat, lon);
  bf_demo_put_text (out, street);
  g_string_append_c (out, '}');
}

/* Others of the same matter on four sides of it. */
static void
put_cluster (GString *out, const BfDemoThing *place, guint matter, gint64 since_us)
{
  for (guint k = 0; k < CLUSTER; k++)
    {
      g_autofree char *id = g_strdup_printf ("%s-%05" G_GINT64_FORMAT "-%u", place->id, since_us / G_USEC_PER_SEC % 100000, k + 1);
      double angle = k * 2 * G_PI / CLUSTER;

      put_request (out, id, matter, "open", place->lon + CLUSTER_LON * cos (angle), place->lat + CLUSTER_LAT * sin (angle), place->street, since_us,
                   since_us);
    }
}

GString *
bf_demo_open311 (const BfDemoCity *city, gint64 now_us)
{
  GString *out = g_string_new ("[");

  for (guint i = 0; i < city->reports->len; i++)
    {
      const BfDemoThing *place = thing_at (city->reports, i);
      gint64 asked_us, changed_us, cluster_us = bf_demo_city_since (city, BF_DEMO_REPORTS_CLUSTER, (int) i, now_us);
      const char *state = bf_demo_report_state (city, i, now_us, &asked_us, &changed_us);
      /* Another report at the same place is another report. */
      g_autofree char *id = g_strdup_printf ("%s-%05" G_GINT64_FORMAT, place->id, asked_us / G_USEC_PER_SEC / 86400);
      guint matter = g_str_hash (id) % G_N_ELEMENTS (matters);

      put_request (out, id, matter, cluster_us > 0 ? "open" : state, place->lon, place->lat, place->street, asked_us,
                   MAX (changed_us, cluster_us));
      if (cluster_us > 0)
        put_cluster (out, place, matter, cluster_us);
    }
  return g_string_append (out, "]\n");
}

/* ── bays: NGSIv2 notifications, Smart Data Models ───────────────────────────────────────────────────────────── */

static void
put_attribute (GString *out, const char *name, const char *type, const char *value, const char *at)
{
  g_string_append_printf (out,
                          ",\"%s\":{\"type\":\"%s\",\"value\":%s,\"metadata\":{\"TimeInstant\":{\"type\":\"DateTime\",\"value\":\"%s\"}}}", name,
                          type, value, at);
}

static void
put_entity (GString *out, const char *type, const BfDemoThing *bay, const char *id, const char *name)
{
  g_string_append_printf (out,
                          "%s{\"id\":\"urn:ngsi-ld:%s:%s\",\"type\":\"%s\",\"location\":{\"type\":\"geo:json\",\"value\":"
                          "{\"type\":\"Point\",\"coordinates\":[%.6f,%.6f]}},\"name\":{\"type\":\"Text\",\"value\":",
                          g_str_has_suffix (out->str, "[") ? "" : ",\n", type, id, type, bay->lon, bay->lat);
  bf_demo_put_text (out, name);
  g_string_append_c (out, '}');
}

/* A zone is the run of bays with its name; its place that of the bay in the middle. */
static void
put_zone (GString *out, const BfDemoCity *city, guint from, guint until, gint64 now_us, const char *at)
{
  const BfDemoThing *middle = thing_at (city->bays, (from + until) / 2);
  g_autofree char *total = g_strdup_printf ("%u", until - from), *free = NULL;
  guint taken = 0;

  for (guint i = from; i < until; i++)
    taken += bf_demo_bay_taken (city, i, now_us) ? 1 : 0;
  free = g_strdup_printf ("%u", until - from - taken);
  put_entity (out, "OnStreetParking", middle, middle->zone, middle->street);
  put_attribute (out, "availableSpotNumber", "Number", free, at);
  put_attribute (out, "totalSpotNumber", "Number", total, at);
  g_string_append_c (out, '}');
}

static void
put_bay (GString *out, const BfDemoCity *city, guint i, gint64 now_us, const char *at)
{
  const BfDemoThing *bay = thing_at (city->bays, i);

  put_entity (out, "ParkingSpot", bay, bay->id, bay->id);
  put_attribute (out, "status", "Text", bf_demo_bay_taken (city, i, now_us) ? "\"occupied\"" : "\"free\"", at);
  g_string_append_printf (out,
                          ",\"category\":{\"type\":\"StructuredValue\",\"value\":[\"%s\"]},"
                          "\"refParkingSite\":{\"type\":\"Relationship\",\"value\":\"urn:ngsi-ld:OnStreetParking:%s\"}}",
                          bay->kind, bay->zone);
}

GString *
bf_demo_ngsi_bays (const BfDemoCity *city, const gboolean *is_due, gint64 now_us)
{
  GString *out = g_string_new ("{\"subscriptionId\":\"5c1a0b2e8f4d3a0001c1a1b0\",\"data\":[");
  g_autofree char *at = bf_demo_stamp (now_us, 1);
  gboolean any = FALSE;

  for (guint from = 0, until; from < city->bays->len; from = until)
    {
      gboolean zone_due = FALSE;

      for (until = from; until < city->bays->len && g_str_equal (thing_at (city->bays, until)->zone, thing_at (city->bays, from)->zone); until++)
        if (is_due[until])
          {
            put_bay (out, city, until, now_us, at);
            zone_due = TRUE;
          }
      if (zone_due)
        put_zone (out, city, from, until, now_us, at);
      any |= zone_due;
    }
  if (!any)
    {
      g_string_free (out, TRUE);
      return NULL;
    }
  return g_string_append (out, "]}\n");
}

/* ── buildings: uplinks of The Things Stack v3 ───────────────────────────────────────────────────────────────── */

GString *
bf_demo_ttn (const BfDemoCity *city, guint building, guint device, gint64 now_us, char **ret_device)
{
  static const struct
  {
    const char *prefix, *model, *name;
  } devices[BF_DEMO_BUILDING_DEVICES] = {
    { "amb", "ambiance", "" }, { "ele", "compteur-electrique", "Électricité, " }, { "eau", "compteur-eau", "Eau, " }
  };
  const BfDemoThing *thing = thing_at (city->buildings, building);
  BfDemoBuilding now = bf_demo_building (city, building, now_us);
  g_autofree char *at = bf_demo_stamp (now_us, 1), *name = g_strconcat (devices[device].name, thing->street, NULL);
  GString *out = g_string_new (NULL);

  *ret_device = g_strdup_printf ("%s-%s", devices[device].prefix, thing->id + strlen ("BAT-"));
  g_string_append_printf (out,
                          "{\"end_device_ids\":{\"device_id\":\"%s\",\"application_ids\":{\"application_id\":\"batiments\"},"
                          "\"dev_eui\":\"A84041%010X\"},\"received_at\":\"%s\",\"uplink_message\":{\"f_port\":2,\"f_cnt\":%u,"
                          "\"decoded_payload\":{\"nom\":",
                          *ret_device, building * BF_DEMO_BUILDING_DEVICES + device + 1, at, (guint) (now_us / G_USEC_PER_SEC / 30) & 0xffff);
  bf_demo_put_text (out, name);
  if (device == 0)
    g_string_append_printf (out, ",\"temperature\":%.1f,\"humidite\":%.0f,\"co2\":%.0f", now.celsius, now.humidity, now.co2_ppm);
  else if (device == 1)
    g_string_append_printf (out, ",\"batiment\":\"amb-%s\",\"puissance_w\":%.0f,\"index_wh\":%.0f", thing->id + strlen ("BAT-"),
                            now.power_kw * 1000, now.energy_kwh * 1000);
  else
    g_string_append_printf (out, ",\"batiment\":\"amb-%s\",\"litres\":%.0f,\"batterie\":%.0f", thing->id + strlen ("BAT-"),
                            now.water_m3 * 1000, 80 + 15 * bf_demo_noise (thing->id, 18));
  g_string_append_printf (out,
                          "},\"version_ids\":{\"brand_id\":\"demo\",\"model_id\":\"%s\"},\"locations\":{\"user\":{\"latitude\":%.6f,"
                          "\"longitude\":%.6f,\"source\":\"SOURCE_REGISTRY\"}}}}",
                          devices[device].model, thing->lat + 0.00006 * (device == 2) - 0.00006 * (device == 1), thing->lon);
  return out;
}
