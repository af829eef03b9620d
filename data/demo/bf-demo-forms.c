/* SPDX-License-Identifier: EUPL-1.2 */
/* The demo city's services in the forms that real cities publish. Pure: a city and a time make a text. */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-city.h"

#include <math.h>
#include <string.h>

#define thing_at(array, i) (&g_array_index ((array), BfDemoThing, (i)))

char *
bf_demo_stamp (gint64 now_us, int step_s)
{
  gint64 s = now_us / G_USEC_PER_SEC / step_s * step_s;
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (s);

  return g_date_time_format (utc, "%Y-%m-%dT%H:%M:%SZ");
}

/* ── lighting: NGSI-LD, Smart Data Models ────────────────────────────────────────────────────────────────────── */

static void
put_point (GString *out, const BfDemoThing *thing)
{
  g_string_append_printf (out, "\"location\":{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\",\"coordinates\":[%.6f,%.6f]}}",
                          thing->lon, thing->lat);
}

GString *
bf_demo_ngsi_lamps (const BfDemoCity *city, gint64 now_us)
{
  static const struct
  {
    const char *power, *status;
  } words[] = {
    [BF_DEMO_LAMP_OFF] = { "off", "ok" },
    [BF_DEMO_LAMP_ON] = { "on", "ok" },
    [BF_DEMO_LAMP_FAILED] = { "off", "defectiveLamp" },
    [BF_DEMO_LAMP_UNPOWERED] = { "off", "ok" },
  };
  GString *out = g_string_new ("[");
  g_autofree char *at = bf_demo_stamp (now_us, 10);

  for (guint i = 0; i < city->lamps->len; i++)
    {
      const BfDemoThing *lamp = thing_at (city->lamps, i);
      BfDemoLampState state = bf_demo_lamp_state (city, i, now_us);

      g_string_append_printf (out,
                              "%s{\"id\":\"urn:ngsi-ld:Streetlight:%s\",\"type\":\"Streetlight\",\"name\":{\"type\":\"Property\",\"value\":\"%s\"},"
                              "\"powerState\":{\"type\":\"Property\",\"value\":\"%s\",\"observedAt\":\"%s\"},"
                              "\"status\":{\"type\":\"Property\",\"value\":\"%s\",\"observedAt\":\"%s\"},"
                              "\"refStreetlightControlCabinet\":{\"type\":\"Relationship\",\"object\":\"urn:ngsi-ld:StreetlightControlCabinet:%s\"},",
                              i > 0 ? ",\n" : "", lamp->id, lamp->id, words[state].power, at, words[state].status, at,
                              thing_at (city->cabinets, lamp->cabinet)->id);
      put_point (out, lamp);
      g_string_append_c (out, '}');
    }
  return g_string_append (out, "]\n");
}

GString *
bf_demo_ngsi_cabinets (const BfDemoCity *city, gint64 now_us)
{
  GString *out = g_string_new ("[");
  g_autofree char *at = bf_demo_stamp (now_us, 5);
  g_autofree double *power_w = g_new0 (double, city->cabinets->len);

  for (guint i = 0; i < city->lamps->len; i++)
    if (bf_demo_lamp_state (city, i, now_us) == BF_DEMO_LAMP_ON)
      power_w[thing_at (city->lamps, i)->cabinet] += thing_at (city->lamps, i)->value;
  for (guint i = 0; i < city->cabinets->len; i++)
    {
      const BfDemoThing *cabinet = thing_at (city->cabinets, i);

      g_string_append_printf (out,
                              "%s{\"id\":\"urn:ngsi-ld:StreetlightControlCabinet:%s\",\"type\":\"StreetlightControlCabinet\","
                              "\"name\":{\"type\":\"Property\",\"value\":\"Armoire %s\"},"
                              "\"activePower\":{\"type\":\"Property\",\"value\":%.0f,\"observedAt\":\"%s\"},"
                              "\"switchState\":{\"type\":\"Property\",\"value\":\"%s\",\"observedAt\":\"%s\"},"
                              "\"mainsState\":{\"type\":\"Property\",\"value\":\"%s\",\"observedAt\":\"%s\"},"
                              "\"doorState\":{\"type\":\"Property\",\"value\":\"closed\",\"observedAt\":\"%s\"},",
                              i > 0 ? ",\n" : "", cabinet->id, cabinet->id + strlen ("ARM-"), power_w[i], at,
                              bf_demo_cabinet_supply (city, i, now_us) ? "on" : "off", at,
                              bf_demo_cabinet_mains (city, i, now_us) ? "present" : "absent", at, at);
      put_point (out, cabinet);
      g_string_append_c (out, '}');
    }
  return g_string_append (out, "]\n");
}

/* ── water: the export of a supervision system, semicolons and decimal commas ────────────────────────────────── */

static void
put_comma (GString *out, double value, int digits)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (out, g_strdelimit (g_ascii_formatd (text, sizeof text, digits == 1 ? "%.1f" : "%.2f", value), ".", ','));
}

GString *
bf_demo_csv_water (const BfDemoCity *city, gint64 now_us)
{
  GString *out = g_string_new ("Capteur;Type;Secteur;Libellé;Latitude;Longitude;Horodatage;Pression (bar);Débit (m3/h)\r\n");
  g_autofree char *at = bf_demo_stamp (now_us, 5);

  for (guint i = 0; i < city->water->len; i++)
    {
      const BfDemoThing *thing = thing_at (city->water, i);
      gboolean logger = g_str_equal (thing->kind, "pressure_logger"), meter = g_str_equal (thing->kind, "flow_meter");

      g_string_append_printf (out, "%s;%s;", thing->id, logger ? "PRESSION" : meter ? "DEBIT" : "SECTEUR");
      if (logger || meter)
        g_string_append_printf (out, "S%d", thing->sector + 1);
      g_string_append_printf (out, ";%s;%.6f;%.6f;%s;", thing->street, thing->lat, thing->lon, at);
      if (logger)
        put_comma (out, bf_demo_pressure (city, i, now_us), 2);
      g_string_append_c (out, ';');
      if (meter)
        put_comma (out, bf_demo_flow (city, i, now_us), 1);
      g_string_append (out, "\r\n");
    }
  return out;
}

/* ── traffic: DATEX II v2 ────────────────────────────────────────────────────────────────────────────────────── */

static GString *
datex_begin (const char *publication, const char *at)
{
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");

  g_string_append_printf (out,
                          "<d2LogicalModel modelBaseVersion=\"2\" xmlns=\"http://datex2.eu/schema/2/2_0\">\n"
                          "<exchange><supplierIdentification><country>fr</country><nationalIdentifier>CLAIRBOURG</nationalIdentifier>"
                          "</supplierIdentification></exchange>\n"
                          "<payloadPublication xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"%s\" lang=\"fr\">\n"
                          "<publicationTime>%s</publicationTime>\n",
                          publication, at);
  return out;
}

GString *
bf_demo_datex_sites (const BfDemoCity *city, gint64 now_us)
{
  g_autofree char *at = bf_demo_stamp (now_us, 3600);
  GString *out = datex_begin ("MeasurementSiteTablePublication", at);

  g_string_append (out, "<measurementSiteTable id=\"CLB\" version=\"1\">\n");
  for (guint i = 0; i < city->sections->len; i++)
    {
      const BfDemoThing *section = thing_at (city->sections, i);
      g_autofree char *name = g_markup_escape_text (section->street, -1);

      g_string_append_printf (out,
                              "<measurementSiteRecord id=\"%s\" version=\"1\"><measurementSiteName><values><value lang=\"fr\">%s</value></values>"
                              "</measurementSiteName><measurementSpecificCharacteristics index=\"1\"><measurementSpecificCharacteristics>"
                              "<specificMeasurementValueType>travelTimeInformation</specificMeasurementValueType>"
                              "</measurementSpecificCharacteristics></measurementSpecificCharacteristics>"
                              "<measurementSiteLocation xsi:type=\"Linear\"><linearExtension><linearExtended>",
                              section->id, name);
      bf_demo_put_line (out, section, 0, 1);
      g_string_append (out, "</linearExtended></linearExtension></measurementSiteLocation></measurementSiteRecord>\n");
    }
  return g_string_append (out, "</measurementSiteTable>\n</payloadPublication>\n</d2LogicalModel>\n");
}

GString *
bf_demo_datex_measures (const BfDemoCity *city, gint64 now_us)
{
  g_autofree char *at = bf_demo_stamp (now_us, 5);
  GString *out = datex_begin ("MeasuredDataPublication", at);

  for (guint i = 0; i < city->sections->len; i++)
    {
      const BfDemoThing *section = thing_at (city->sections, i);
      double kmh, veh_h;

      bf_demo_section (city, i, now_us, &kmh, &veh_h);
      g_string_append_printf (out,
                              "<siteMeasurements><measurementSiteReference id=\"%s\" version=\"1\" targetClass=\"MeasurementSiteRecord\"/>"
                              "<measurementTimeDefault>%s</measurementTimeDefault>"
                              "<measuredValue index=\"1\"><measuredValue><basicData xsi:type=\"TrafficFlow\"><vehicleFlow><vehicleFlowRate>%.0f"
                              "</vehicleFlowRate></vehicleFlow></basicData></measuredValue></measuredValue>"
                              "<measuredValue index=\"1\"><measuredValue><basicData xsi:type=\"TrafficSpeed\"><averageVehicleSpeed><speed>%.1f"
                              "</speed></averageVehicleSpeed></basicData></measuredValue></measuredValue>"
                              "<measuredValue index=\"1\"><measuredValue><basicData xsi:type=\"TravelTimeData\"><travelTime><duration>%.1f"
                              "</duration></travelTime><freeFlowTravelTime><duration>%.1f</duration></freeFlowTravelTime>"
                              "<freeFlowSpeed><speed>%.1f</speed></freeFlowSpeed></basicData></measuredValue></measuredValue></siteMeasurements>\n",
                              section->id, at, MAX (0, veh_h), MAX (1, kmh), section->length_m / (MAX (1, kmh) / 3.6),
                              section->length_m / (section->value / 3.6), section->value);
    }
  return g_string_append (out, "</payloadPublication>\n</d2LogicalModel>\n");
}

/* What the two that are published differ in: where on the section, and the words of DATEX II. */
typedef struct
{
  BfDemoIncidentKind kind;
  const char *class;
  const char *id;
  const char *severity;
  const char *comment;
  const char *detail;
  double hours; /* until when it is said to last */
} Situation;

static const Situation situations[] = {
  { BF_DEMO_ACCIDENT, "Accident", "ACC", "high", "Collision, %s", "<accidentType>collision</accidentType>", 2 },
  { BF_DEMO_ROADWORKS, "MaintenanceWorks", "WRK", "low", "Réfection de chaussée, %s", "<roadMaintenanceType>resurfacingWork</roadMaintenanceType>", 36 },
};

static const Situation *
situation_of (BfDemoIncidentKind kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (situations); i++)
    if (situations[i].kind == kind)
      return &situations[i];
  return NULL;
}

static void
put_situation (GString *out, const BfDemoIncident *incident, const Situation *situation, const BfDemoThing *section, guint number, const char *at)
{
  gint64 end_us = incident->from_us + (gint64) (situation->hours * 3600 * G_USEC_PER_SEC);
  g_autofree char *from = bf_demo_stamp (incident->from_us, 1), *until = bf_demo_stamp (MIN (incident->until_us, end_us), 1);
  g_autofree char *name = g_markup_escape_text (section->street, -1);
  g_auto (GStrv) comment = g_strsplit (situation->comment, "%s", 2);

  g_string_append_printf (out,
                          "<situation id=\"CLB-SIT-%u\" version=\"1\"><headerInformation><confidentiality>noRestriction</confidentiality>"
                          "<informationStatus>real</informationStatus></headerInformation>"
                          "<situationRecord xsi:type=\"%s\" id=\"CLB-%s-%u\" version=\"1\"><situationRecordCreationTime>%s"
                          "</situationRecordCreationTime><situationRecordVersionTime>%s</situationRecordVersionTime>"
                          "<probabilityOfOccurrence>certain</probabilityOfOccurrence><severity>%s</severity>"
                          "<validity><validityStatus>active</validityStatus><validityTimeSpecification><overallStartTime>%s</overallStartTime>"
                          "<overallEndTime>%s</overallEndTime></validityTimeSpecification></validity>"
                          "<generalPublicComment><comment><values><value lang=\"fr\">%s%s</value></values></comment></generalPublicComment>"
                          "<groupOfLocations xsi:type=\"%s\"><%s><%s>",
                          number, situation->class, situation->id, number, from, at, situation->severity, from, until, comment[0], name,
                          situation->kind == BF_DEMO_ACCIDENT ? "Linear" : "Area",
                          situation->kind == BF_DEMO_ACCIDENT ? "linearExtension" : "areaExtension",
                          situation->kind == BF_DEMO_ACCIDENT ? "linearExtended" : "areaExtended");
  if (situation->kind == BF_DEMO_ACCIDENT)
    bf_demo_put_line (out, section, 0.3, 0.7);
  else
    bf_demo_put_area (out, section, 0.25, 0.75, 14);
  g_string_append_printf (out, "</%s></%s></groupOfLocations>%s</situationRecord></situation>\n",
                          situation->kind == BF_DEMO_ACCIDENT ? "linearExtended" : "areaExtended",
                          situation->kind == BF_DEMO_ACCIDENT ? "linearExtension" : "areaExtension", situation->detail);
}

GString *
bf_demo_datex_situations (const BfDemoCity *city, gint64 now_us)
{
  g_autofree char *at = bf_demo_stamp (now_us, 10);
  GString *out = datex_begin ("SituationPublication", at);

  for (guint i = 0; i < city->incidents->len; i++)
    {
      const BfDemoIncident *incident = &g_array_index (city->incidents, BfDemoIncident, i);
      const Situation *situation = situation_of (incident->kind);

      if (situation != NULL && incident->from_us <= now_us && now_us <= incident->until_us)
        put_situation (out, incident, situation, thing_at (city->sections, incident->thing), i + 1, at);
    }
  return g_string_append (out, "</payloadPublication>\n</d2LogicalModel>\n");
}

/* ── bikes: GBFS 2.3 ─────────────────────────────────────────────────────────────────────────────────────────── */

GString *
bf_demo_gbfs (const BfDemoCity *city, const char *what, const char *base, gint64 now_us)
{
  static const char *const files[] = { "system_information", "station_information", "station_status" };
  GString *out = g_string_new (NULL);
  gint64 now_s = now_us / G_USEC_PER_SEC / 10 * 10;

  g_string_append_printf (out, "{\"last_updated\":%" G_GINT64_FORMAT ",\"ttl\":10,\"version\":\"2.3\",\"data\":{", now_s);
  if (g_str_equal (what, "gbfs"))
    {
      g_string_append (out, "\"fr\":{\"feeds\":[");
      for (guint i = 0; i < G_N_ELEMENTS (files); i++)
        g_string_append_printf (out, "%s{\"name\":\"%s\",\"url\":\"%s/%s.json\"}", i > 0 ? "," : "", files[i], base, files[i]);
      return g_string_append (out, "]}}}\n");
    }
  if (g_str_equal (what, "system_information"))
    return g_string_append (out, "\"system_id\":\"velo_clairbourg\",\"language\":\"fr\",\"name\":\"Vélo Clairbourg\",\"timezone\":\"Europe/Paris\"}}\n");
  if (!g_str_equal (what, "station_information") && !g_str_equal (what, "station_status"))
    {
      g_string_free (out, TRUE);
      return NULL;
    }
  g_string_append (out, "\"stations\":[");
  for (guint i = 0; i < city->bikes->len; i++)
    {
      const BfDemoThing *station = thing_at (city->bikes, i);
      int docks, bikes = bf_demo_bikes (city, i, now_us, &docks);

      g_string_append_printf (out, "%s{\"station_id\":\"%s\",", i > 0 ? ",\n" : "", station->id);
      if (g_str_equal (what, "station_information"))
        g_string_append_printf (out, "\"name\":\"%s\",\"lat\":%.6f,\"lon\":%.6f,\"capacity\":%d}", station->street, station->lat, station->lon,
                                docks);
      else
        g_string_append_printf (out,
                                "\"num_bikes_available\":%d,\"num_docks_available\":%d,\"is_installed\":true,\"is_renting\":true,"
                                "\"is_returning\":true,\"last_reported\":%" G_GINT64_FORMAT "}",
                                bikes, docks - bikes, now_s);
    }
  return g_string_append (out, "]}}\n");
}

/* ── weather: CAP 1.2 ────────────────────────────────────────────────────────────────────────────────────────── */

/* The list of what is in force: an exercise, which must never be shown as real; the storm's warning while there is a storm. */
GString *
bf_demo_cap (const BfDemoCity *city, gint64 now_us)
{
  gint64 storm_us = bf_demo_city_since (city, BF_DEMO_STORM, -1, now_us);
  gint64 from_us = storm_us > 0 ? storm_us : now_us / (3600 * (gint64) G_USEC_PER_SEC) * 3600 * G_USEC_PER_SEC;
  g_autofree char *sent = bf_demo_stamp (from_us, 1), *until = bf_demo_stamp (from_us + 6 * 3600 * (gint64) G_USEC_PER_SEC, 1);
  g_autofree char *updated = bf_demo_stamp (now_us, 1);
  GString *out = g_string_new ("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");

  /* CAP 1.2 §3.3.2: no zone letter Z, but an offset. */
  sent[strlen (sent) - 1] = '\0';
  until[strlen (until) - 1] = '\0';
  g_string_append_printf (out,
                          "<feed xmlns=\"http://www.w3.org/2005/Atom\"><updated>%s</updated><entry><content type=\"text/xml\">"
                          "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>CLB-METEO-%s</identifier>"
                          "<sender>meteo@clairbourg.example</sender><sent>%s+00:00</sent><status>%s</status><msgType>Alert</msgType>"
                          "<scope>Public</scope><info><language>fr-FR</language><category>Met</category><event>%s</event>"
                          "<urgency>Immediate</urgency><severity>%s</severity><certainty>Observed</certainty><onset>%s+00:00</onset>"
                          "<expires>%s+00:00</expires><senderName>Météo (démonstration)</senderName><headline>%s</headline>"
                          "<area><areaDesc>Clairbourg</areaDesc><circle>47.216,4.412 4</circle></area></info></alert></content></entry></feed>\n",
                          updated, storm_us > 0 ? "ORAGE" : "EXERCICE", sent, storm_us > 0 ? "Actual" : "Exercise",
                          storm_us > 0 ? "Orages violents" : "Exercice de crue", storm_us > 0 ? "Severe" : "Extreme", sent, until,
                          storm_us > 0 ? "Orages violents et rafales sur Clairbourg" : "EXERCICE : crue de la rivière");
  return out;
}

/* ── waste: uplinks of a LoRaWAN network server ──────────────────────────────────────────────────────────────── */

GString *
bf_demo_chirpstack (const BfDemoCity *city, guint container, gint64 now_us)
{
  const BfDemoThing *thing = thing_at (city->containers, container);
  g_autofree char *at = bf_demo_stamp (now_us, 1);
  GString *out = g_string_new (NULL);

  g_string_append_printf (out,
                          "{\"deduplicationId\":\"%08x-0000-4000-8000-%012x\",\"time\":\"%s\",\"deviceInfo\":{\"tenantName\":\"Clairbourg\","
                          "\"applicationName\":\"conteneurs\",\"deviceProfileName\":\"Sonde de remplissage\",\"deviceName\":\"%s\","
                          "\"devEui\":\"70b3d5%010x\",\"tags\":{\"rue\":\"%s\"}},\"fCnt\":%u,\"fPort\":2,\"object\":{\"remplissage\":%.0f,"
                          "\"temperature\":%.1f,\"batterie\":%.0f,\"lat\":%.6f,\"lon\":%.6f}}",
                          g_str_hash (thing->id), container, at, thing->id, container + 1, thing->street,
                          (guint) (now_us / G_USEC_PER_SEC / 30) & 0xffff, bf_demo_container_fill (city, container, now_us),
                          bf_demo_container_temperature (city, container, now_us), 70 + 25 * bf_demo_noise (thing->id, 11), thing->lat, thing->lon);
  return out;
}
