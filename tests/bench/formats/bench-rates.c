/* SPDX-License-Identifier: EUPL-1.2 */
/* Decode rate of every format, on one core: from bytes through the map to checked observations, each of a payload of at least
 * 1 MB that is made here; and of a city's 34,000 lamps in NGSI-LD into the model. Maps are the plugin's own where it has one.
 * Prints a table; with --json one JSON object; with --city the lamps only; with a name the rows that begin so. Medians over the rounds. Fails when a format has no
 * row, a payload is smaller or other observations come out of it than were put in. */

#include "../../unit/formats/bf-decode-fixture.h"

#include <stdio.h>
#include <time.h>

#include "model/bf-model.h"

#define ROUNDS 15
#define NOW_US (G_GINT64_CONSTANT (1714818600) * G_USEC_PER_SEC)
#define N_LAMPS 34000u
#define LEAST_BYTES 1000000u
#define N_WIDE 100u /* columns */

typedef struct
{
  const char *name; /* of the line */
  const char *service;
  const char *format;
  const char *map; /* further lines of [Feed], and groups */
  const char *head;
  const char *record; /* %u: number, a value below 1000 that is another with each record and round, one below 10 of the round */
  const char *between;
  const char *tail;
  guint n;
  guint per_record; /* observations */
  void (*write) (GString *text, guint n, guint round); /* in place of these texts */
} Shape;

static void
put_varint (GString *out, guint64 value)
{
  for (; value >= 0x80; value >>= 7)
    g_string_append_c (out, (char) (value | 0x80));
  g_string_append_c (out, (char) value);
}

static void
put_bytes (GString *out, guint field, const char *bytes, gsize length)
{
  put_varint (out, field << 3 | 2);
  put_varint (out, length);
  g_string_append_len (out, bytes, (gssize) length);
}

static void
write_gtfs_rt (GString *text, guint n, guint round)
{
  static const char header[] = "\x0a\x0b\x0a\x03"
                               "2.0\x18";
  g_autoptr (GString) vehicle = g_string_new (NULL), entity = g_string_new (NULL);

  g_string_append_len (text, header, sizeof header - 1);
  put_varint (text, 1714818590);
  text->str[1] = (char) (text->len - 2);
  for (guint i = 0; i < n; i++)
    {
      char id[16];
      guint8 position[] = { 0x0d, 0, 0, 0x42, 0x42, 0x15, 0, 0, 0x88, 0xc0, 0x2d, 0, 0, 0x20, 0x41 };

      g_snprintf (id, sizeof id, "\x0a\x07" "b%06u", i);
      g_string_truncate (vehicle, 0);
      g_string_truncate (entity, 0);
      put_bytes (vehicle, 2, (const char *) position, sizeof position);
      put_varint (vehicle, 5 << 3);
      put_varint (vehicle, 1714818500 + round);
      put_bytes (vehicle, 8, id, 9);
      put_varint (vehicle, 10 << 3);
      put_varint (vehicle, i % 100);
      put_bytes (entity, 1, id + 2, 7);
      put_bytes (entity, 4, vehicle->str, vehicle->len);
      put_bytes (text, 2, entity->str, entity->len);
    }
}

/* A row a minute, a column each car park. */
static void
write_wide (GString *text, guint n, guint round)
{
  char stamp[BF_TIME_TEXT_BYTES];

  g_string_append (text, "timestamp");
  for (guint i = 0; i < N_WIDE; i++)
    g_string_append_printf (text, ",P%u", i);
  for (guint row = 0; row < n; row++)
    {
      g_string_append_printf (text, "\n%s", bf_time_format (NOW_US - (gint64) (n - row) * 60 * G_USEC_PER_SEC, stamp));
      for (guint i = 0; i < N_WIDE; i++)
        g_string_append_printf (text, ",%u", (row + i * 7 + round * 13) % 400);
    }
}


static const Shape shapes[] = {
  { "ngsi-ld", "lighting", "ngsild", "", "[",
    "{\"id\":\"urn:ngsi-ld:Streetlight:clairbourg:%06u\",\"type\":\"Streetlight\",\"location\":{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\","
    "\"coordinates\":[-1.68%03u,48.1123]}},\"status\":{\"type\":\"Property\",\"value\":\"ok\",\"observedAt\":\"2024-05-04T10:2%u:00Z\"},\"powerState\":{\"type\":\"Property\",\"value\":\"on\","
    "\"observedAt\":\"2024-05-04T10:20:00Z\"},\"illuminanceLevel\":{\"type\":\"Property\",\"value\":0.7,\"observedAt\":\"2024-05-04T10:20:00Z\"},"
    "\"circuit\":{\"type\":\"Property\",\"value\":\"C-456-A467\"},\"lanternHeight\":{\"type\":\"Property\",\"value\":10},"
    "\"refStreetlightControlCabinet\":{\"type\":\"Relationship\",\"object\":\"urn:ngsi-ld:StreetlightControlCabinet:118\"},"
    "\"@context\":[\"https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld\"]}",
    ",", "]", N_LAMPS, 2 },
  { "ngsi-v2", "parking", "ngsiv2", "", "[",
    "{\"id\":\"P%06u\",\"type\":\"OffStreetParking\",\"location\":{\"type\":\"geo:json\",\"value\":{\"type\":\"Point\",\"coordinates\":[-1.68%03u,48.11]},\"metadata\":{}},"
    "\"availableSpotNumber\":{\"type\":\"Number\",\"value\":3%u,\"metadata\":{\"TimeInstant\":{\"type\":\"DateTime\",\"value\":\"2024-05-04T10:20:00Z\"}}},"
    "\"totalSpotNumber\":{\"type\":\"Number\",\"value\":400,\"metadata\":{}},\"status\":{\"type\":\"Text\",\"value\":\"open\",\"metadata\":{}}}",
    ",", "]", 50000, 3 },
  { "ngsi key-values", "parking", "ngsi", "", "[",
    "{\"id\":\"P%06u\",\"type\":\"OffStreetParking\",\"location\":{\"type\":\"Point\",\"coordinates\":[-1.68%03u,48.11]},\"availableSpotNumber\":3%u,"
    "\"totalSpotNumber\":400,\"status\":\"open\",\"dateObserved\":\"2024-05-04T10:20:00Z\"}",
    ",", "]", 50000, 3 },
  { "gbfs", "mobility", "gbfs", "", "{\"last_updated\":1714818000,\"ttl\":60,\"data\":{\"stations\":[",
    "{\"station_id\":\"%06u\",\"is_installed\":true,\"is_renting\":true,\"is_returning\":true,\"last_reported\":1714817%03u,\"num_docks_available\":1%u,\"num_bikes_available\":7}",
    ",", "]}}", 50000, 3 },
  { "ocpi", "mobility", "ocpi", "", "{\"data\":[",
    "{\"id\":\"L%1$06u\",\"name\":\"Gare\",\"address\":\"1 rue\",\"coordinates\":{\"latitude\":\"48.1%2$03u\",\"longitude\":\"-1.6\"},\"country_code\":\"F%3$u\",\"evses\":[{\"uid\":\"E%1$06u\",\"status\":\"CHARGING\","
    "\"last_updated\":\"2024-05-04T10:00:00Z\",\"connectors\":[{\"id\":\"1\",\"max_electric_power\":11040}]}]}",
    ",", "]}", 20000, 2 },
  { "hubeau", "weather", "hubeau", "", "{\"count\":1,\"api_version\":\"1\",\"data\":[",
    "{\"code_site\":\"H0100020\",\"code_station\":\"H%06u\",\"grandeur_hydro\":\"Q\",\"date_obs\":\"2024-05-04T10:00:00Z\",\"resultat_obs\":9%03u,\"code_methode_obs\":%u,"
    "\"libelle_methode_obs\":\"Interpolation\",\"continuite_obs_hydro\":true,\"longitude\":4.48,\"latitude\":47.99}",
    ",", "]}", 50000, 1 },
  { "open311", "reports", "open311", "", "[",
    "{\"service_request_id\":%u,\"status\":\"open\",\"lat\":\"48.1%03u\",\"long\":\"-1.6%u\",\"service_name\":\"Street Lamp\",\"service_code\":\"51\","
    "\"requested_datetime\":\"2024-05-04T10:00:00+02:00\",\"description\":\"The lamp before number 12 is out since Monday\",\"address\":\"12 rue de la Gare\"}",
    ",", "]", 50000, 1 },
  { "esri", "parking", "esri", "[Map]\nkind='off_street'\nfree_spaces=LIBRES\nobserved=MAJ\nobserved.form=epoch-ms\n",
    "{\"objectIdFieldName\":\"FID\",\"features\":[", "{\"attributes\":{\"FID\":%u,\"LIBRES\":%u,\"ETAT\":%u,\"MAJ\":1714816800000},\"geometry\":{\"x\":-1.6,\"y\":48.1}}", ",", "]}",
    50000, 1 },
  { "sensorthings", "water", "sensorthings",
    "[Map]\nkind='pressure_logger'\nobserved=phenomenonTime\npressure=result\npressure.when=ObservedProperty.name=Pressure\n", "{\"value\":[",
    "{\"@iot.id\":%u,\"name\":\"Logger\",\"Locations\":[{\"location\":{\"type\":\"Point\",\"coordinates\":[-1.6%03u,48.1]}}],\"Datastreams\":[{\"@iot.id\":1%u,"
    "\"unitOfMeasurement\":{\"name\":\"bar\",\"symbol\":\"bar\"},\"ObservedProperty\":{\"name\":\"Pressure\"},\"Observations\":[{\"result\":3.2,\"phenomenonTime\":\"2024-05-04T10:00:00Z\"}]}]}",
    ",", "]}", 20000, 1 },
  { "ttn lines", "waste", "ttn-v3", "[Map]\nkind='container'\nbattery_voltage=Bat\ntemperature=temp\n", "",
    "{\"end_device_ids\":{\"device_id\":\"eui-%06u\",\"dev_addr\":\"260BE6BF\"},\"uplink_message\":{\"f_port\":2,\"decoded_payload\":{\"Bat\":\"3.%03u V\",\"temp\":\"1%u.11 °C\"},"
    "\"rx_metadata\":[{\"gateway_ids\":{\"gateway_id\":\"x\"},\"rssi\":-42}],\"received_at\":\"2024-05-04T10:00:00.123456789Z\"}}",
    "\n", "", 50000, 2 },
  { "ttn [Payload]", "waste", "ttn-v3", "[Map]\nkind='container'\nbattery_voltage=bat\ntemperature=temp\n[Payload]\nbat=6, u16&0x3fff, 0.001\ntemp=0, i16, 0.01\n", "",
    "{\"end_device_ids\":{\"device_id\":\"eui-%06u\"},\"uplink_message\":{\"f_port\":2,\"f_cnt\":1%03u%u,\"frm_payload\":\"BfrzALz4SwcAMwFb\",\"received_at\":\"2024-05-04T10:00:00Z\"}}",
    "\n", "", 50000, 2 },
  { "opendatasoft", "parking", "opendatasoft", "[Map]\nid=key\nname=key\nkind='off_street'\nlocation=geo\nfree_spaces=free\ncapacity=max\nstate=status\n"
    "state.table=OUVERT:open, FERME:closed\nobserved=date_maj\n",
    "[",
    "{\"key\":\"P%1$06u\",\"status\":\"OUVERT\",\"max\":1000,\"free\":%2$u,\"geo\":{\"lon\":-1.68%2$03u,\"lat\":48.11},\"tarif\":null,"
    "\"date_maj\":\"2024-05-04T12:2%3$u:00+02:00\"}",
    ",", "]", 50000, 3 },
  { "geojson", "parking", "geojson", "[Map]\nid=key\nname=key\nkind='off_street'\nfree_spaces=free\ncapacity=max\nstate=status\n"
    "state.table=OUVERT:open, FERME:closed\nobserved=date_maj\n",
    "{\"type\":\"FeatureCollection\",\"features\":[",
    "{\"type\":\"Feature\",\"id\":\"p.%1$u\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[-1.68%2$03u,48.11]},"
    "\"properties\":{\"key\":\"P%1$06u\",\"status\":\"OUVERT\",\"max\":1000,\"free\":%2$u,\"tarif\":null,"
    "\"date_maj\":\"2024-05-04T12:2%3$u:00+02:00\"}}",
    ",", "]}", 50000, 3 },
  { "json", "parking", "json", "[Map]\nid=key\nname=key\nkind='off_street'\nrecords=answer.parks\nlat=geo.lat\nlon=geo.lon\nfree_spaces=free\ncapacity=max\n"
    "state=status\nstate.table=OUVERT:open, FERME:closed\nobserved=date_maj\n",
    "{\"answer\":{\"parks\":[",
    "{\"key\":\"P%1$06u\",\"status\":\"OUVERT\",\"max\":1000,\"free\":%2$u,\"geo\":{\"lon\":-1.68%2$03u,\"lat\":48.11},\"tarif\":null,"
    "\"date_maj\":\"2024-05-04T12:2%3$u:00+02:00\"}",
    ",", "]}}", 50000, 3 },
  { "csv", "parking", "csv", "[Map]\nid=key\nname=key\nkind='off_street'\nlat=lat\nlon=lon\nfree_spaces=free\ncapacity=max\nstate=status\n"
    "state.table=OUVERT:open, FERME:closed\nobserved=date_maj\n",
    "key;name;lat;lon;max;free;status;date_maj\n",
    "P%1$06u;\"Parc %1$u\";48,11;-1,68%2$03u;1000;%2$u;OUVERT;2024-05-04T12:2%3$u:00+02:00\n",
    "", "", 50000, 3 },
  { .name = "csv wide", .service = "parking", .format = "csv", .n = 4000, .per_record = N_WIDE, .write = write_wide,
    .map = "Wide=timestamp\n[Map]\nid=column\nkind='off_street'\nobserved=timestamp\nfree_spaces=value\n" },
  { .name = "gtfs-rt", .service = "mobility", .format = "gtfs-rt", .n = 30000, .per_record = 2, .write = write_gtfs_rt,
    .map = "" },
  { "datex2 parking", "parking", "datex2", "",
    "<d2LogicalModel xmlns='http://datex2.eu/schema/2/2_0'><payloadPublication>"
    "<publicationTime>2024-05-04T10:22:00Z</publicationTime>",
    "<parkingRecordStatus><parkingRecordReference id='P%1$06u' targetClass='ParkingRecord' version='1'/>"
    "<parkingStatusOriginTime>2024-05-04T12:2%3$u:00.123+02:00</parkingStatusOriginTime><parkingOccupancy>"
    "<parkingNumberOfSpacesOverride>1000</parkingNumberOfSpacesOverride>"
    "<parkingNumberOfVacantSpaces>%2$u</parkingNumberOfVacantSpaces></parkingOccupancy>"
    "<parkingSiteStatus>spacesAvailable</parkingSiteStatus></parkingRecordStatus>",
    "", "</payloadPublication></d2LogicalModel>", 20000, 3 },
  { "datex2 measured", "traffic", "datex2", "",
    "<d2LogicalModel xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
    "<payloadPublication xsi:type='MeasuredDataPublication'><publicationTime>2024-05-04T10:22:00Z</publicationTime>",
    "<siteMeasurements><measurementSiteReference id='M%1$06u'/>"
    "<measurementTimeDefault>2024-05-04T10:2%3$u:00Z</measurementTimeDefault><measuredValue index='0'><measuredValue>"
    "<basicData xsi:type='TrafficFlow'><vehicleFlow><vehicleFlowRate>%2$u</vehicleFlowRate></vehicleFlow></basicData>"
    "</measuredValue></measuredValue><measuredValue index='1'><measuredValue><basicData xsi:type='TrafficSpeed'>"
    "<averageVehicleSpeed><speed>52.5</speed></averageVehicleSpeed></basicData></measuredValue></measuredValue>"
    "</siteMeasurements>",
    "", "</payloadPublication></d2LogicalModel>", 20000, 2 },
  { "datex2 events", "traffic", "datex2", "",
    "<d2LogicalModel xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
    "<payloadPublication xsi:type='SituationPublication'><publicationTime>2024-05-04T10:22:00Z</publicationTime>",
    "<situation id='S%1$06u'><overallSeverity>high</overallSeverity><situationRecord xsi:type='Accident' id='A%1$06u'>"
    "<situationRecordVersionTime>2024-05-04T10:0%3$u:00Z</situationRecordVersionTime><validity>"
    "<validityStatus>active</validityStatus><validityTimeSpecification>"
    "<overallStartTime>2024-05-04T09:40:00Z</overallStartTime></validityTimeSpecification></validity>"
    "<groupOfLocations xsi:type='Point'><pointByCoordinates><pointCoordinates><latitude>48.1</latitude>"
    "<longitude>-1.6%2$03u</longitude></pointCoordinates></pointByCoordinates></groupOfLocations></situationRecord>"
    "</situation>",
    "", "</payloadPublication></d2LogicalModel>", 20000, 3 },
  { "datex2 JSON", "parking", "datex2", "",
    "{\"messageContainer\":{\"payload\":[{\"prkParkingStatusPublication\":{\"publicationTime\":\"2024-05-04T10:22:00Z\","
    "\"parkingRecordStatus\":[",
    "{\"prkParkingSiteStatus\":{\"parkingRecordReference\":{\"idG\":\"P%1$06u\",\"versionG\":\"1\"},"
    "\"parkingStatusOriginTime\":\"2024-05-04T10:2%3$u:00Z\",\"parkingOccupancy\":{\"parkingNumberOfSpacesOverride\":1000,"
    "\"parkingNumberOfVacantSpaces\":%2$u},\"parkingSiteStatus\":{\"value\":\"spacesAvailable\"}}}",
    ",", "]}}]}}", 20000, 3 },
  { "cap", "weather", "cap", "",
    "<feed>",
    "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>%1$u.%2$u</identifier><status>Actual</status>"
    "<msgType>Alert</msgType><info><language>fr-FR</language><event>Orage</event><urgency>Immediate</urgency>"
    "<severity>Severe</severity><certainty>Likely</certainty><expires>2024-05-05T00:0%3$u:00Z</expires>"
    "<description>Des orages sont attendus en soirée.</description><area><areaDesc>Zone %1$u</areaDesc>"
    "<polygon>48.0,2.0 48.0,2.2 48.2,2.2 48.2,2.0 48.0,2.0</polygon><geocode><valueName>EMMA_ID</valueName>"
    "<value>FR%1$u</value></geocode></area></info></alert>",
    "", "</feed>", 20000, 8 },
  { "open311 XML", "reports", "open311", "",
    "<service_requests>",
    "<request><service_request_id>%1$u</service_request_id><status>open</status><lat>48.1%2$03u</lat><long>-1.6%3$u</long>"
    "<service_name>Street Lamp</service_name><service_code>51</service_code>"
    "<requested_datetime>2024-05-04T10:00:00+02:00</requested_datetime>"
    "<description>The lamp before number 12 is out since Monday</description><address>12 rue de la Gare</address>"
    "<zipcode/></request>",
    "", "</service_requests>", 20000, 1 },
  { "vigicrues", "weather", "vigicrues", "",
    "{\"Serie\":{\"CdStationHydro\":\"J706062001\",\"LbStationHydro\":\"Vilaine\",\"GrdSerie\":\"H\",\"ObssHydro\":[",
    "[1714%1$06u000,0.%2$03u]",
    ",", "]}}", 100000, 1 },
  { "vigicrues sections", "weather", "vigicrues", "",
    "{\"type\":\"FeatureCollection\",\"features\":[",
    "{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[-1.6%2$03u,48.1],[-1.7,48.1],[-1.7,48.2]]},"
    "\"properties\":{\"CdEntVigiCru\":\"T%1$u\",\"NomEntVigiCru\":\"Vilaine aval\",\"NivInfViCr\":%3$u}}",
    ",", "]}", 20000, 1 },
  { "vigilance", "weather", "meteofrance-vigilance", "",
    "{\"product\":{\"update_time\":\"2024-05-04T10:00:00Z\",\"periods\":[{\"echeance\":\"J\","
    "\"begin_validity_time\":\"2024-05-04T10:00:00Z\",\"end_validity_time\":\"2024-05-05T10:00:00Z\",\"timelaps\":{\"domain_ids\":[",
    "{\"domain_id\":\"%1$05u\",\"max_color_id\":2,\"phenomenon_items\":[{\"phenomenon_id\":\"1\",\"phenomenon_max_color_id\":1,"
    "\"timelaps_items\":[{\"begin_time\":\"2024-05-04T10:00:00Z\",\"end_time\":\"2024-05-05T10:00:00Z\","
    "\"color_id\":1}]},{\"phenomenon_id\":\"2\",\"phenomenon_max_color_id\":1,"
    "\"timelaps_items\":[{\"begin_time\":\"2024-05-04T10:00:00Z\",\"end_time\":\"2024-05-05T10:00:00Z\","
    "\"color_id\":1}]},{\"phenomenon_id\":\"3\",\"phenomenon_max_color_id\":2,"
    "\"timelaps_items\":[{\"begin_time\":\"2024-05-04T10:00:00Z\",\"end_time\":\"2024-05-05T10:00:00Z\","
    "\"color_id\":2}]},{\"phenomenon_id\":\"4\",\"phenomenon_max_color_id\":1,"
    "\"timelaps_items\":[{\"begin_time\":\"2024-05-04T10:00:00Z\",\"end_time\":\"2024-05-05T10:00:00Z\","
    "\"color_id\":1}]},{\"phenomenon_id\":\"5\",\"phenomenon_max_color_id\":1,"
    "\"timelaps_items\":[{\"begin_time\":\"2024-05-04T10:00:00Z\",\"end_time\":\"2024-05-05T10:00:00Z\","
    "\"color_id\":1}]},{\"phenomenon_id\":\"6\",\"phenomenon_max_color_id\":1,"
    "\"timelaps_items\":[{\"begin_time\":\"2024-05-04T10:00:00Z\",\"end_time\":\"2024-05-05T10:00:00Z\","
    "\"color_id\":1}]},{\"phenomenon_id\":\"7\",\"phenomenon_max_color_id\":1,"
    "\"timelaps_items\":[{\"begin_time\":\"2024-05-04T10:00:00Z\",\"end_time\":\"2024-05-05T10:00:00Z\","
    "\"color_id\":1}]},{\"phenomenon_id\":\"8\",\"phenomenon_max_color_id\":1,"
    "\"timelaps_items\":[{\"begin_time\":\"2024-05-04T10:00:00Z\",\"end_time\":\"2024-05-05T10:00:00Z\","
    "\"color_id\":1}]},{\"phenomenon_id\":\"9\",\"phenomenon_max_color_id\":1,"
    "\"timelaps_items\":[{\"begin_time\":\"2024-05-04T10:00:00Z\",\"end_time\":\"2024-05-05T10:00:00Z\",\"color_id\":1}]}]}",
    ",", "]}}]}}", 2000, 21 },
  { "talq", "lighting", "talq", "",
    "[{\"loggerAddress\":\"gateway:log\",\"logs\":[",
    "{\"srcAddress\":\"lamp-%1$u:actuator\",\"attribute\":\"actualLightState\",\"value\":%3$u,"
    "\"timestamp\":\"2024-05-04T10:00:00.%2$03uZ\"}",
    ",", "]}]", 50000, 2 },
  { "chirpstack", "waste", "chirpstack-v4", "[Map]\nkind='container'\nbattery_voltage=Bat\ntemperature=temp\n",
    "",
    "{\"deduplicationId\":\"3ac7e3c4\",\"time\":\"2024-05-04T10:00:00.546951465+00:00\",\"deviceInfo\":{\"tenantName\":\"Ville\","
    "\"applicationName\":\"bacs\",\"devEui\":\"eui-%1$06u\",\"deviceName\":\"Bac %1$u\",\"deviceProfileName\":\"LHT\"},"
    "\"devAddr\":\"01021c80\",\"fCnt\":4,\"fPort\":2,\"object\":{\"Bat\":\"3.%2$03u\",\"temp\":1%3$u.11},\"rxInfo\":[{\"gatewayId\":\"x\","
    "\"rssi\":-42}]}",
    "\n", "", 50000, 2 },
};

static guint64 n_handed_on;

static void
count_cb (gpointer user_data, const BfObservation *observation)
{
  n_handed_on++;
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  g_error ("record %u, %s: %s", record, property != NULL ? property : "the record", reason);
}

/* Time of this core in this program: other programs on the machine do not count. */
static double
cpu_s (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double) now.tv_sec + (double) now.tv_nsec * 1e-9;
}

static int
compare_double (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return x < y ? -1 : x > y;
}

static GString *
write_payload (const Shape *shape, guint round)
{
  GString *text = g_string_new (shape->head);

  if (shape->write != NULL)
    {
      shape->write (text, shape->n, round);
      return text;
    }
  for (guint i = 0; i < shape->n; i++)
    {
      if (i > 0)
        g_string_append (text, shape->between);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
      g_string_append_printf (text, shape->record, i, (i * 7 + round) % 1000, round % 10);
#pragma GCC diagnostic pop
    }
  g_string_append (text, shape->tail);
  return text;
}

static Decode *
open_shape (BfCatalog *catalog, const Shape *shape)
{
  g_autofree char *feed = g_strdup_printf ("[Feed]\nService=%s\nFormat=%s\n%s", shape->service, shape->format, shape->map);

  return decode_new (catalog, "bench.feed", feed);
}

static void
decode_once (Decode *decode, const GString *payload)
{
  g_autoptr (GError) error = NULL;

  n_handed_on = 0;
  bf_sink_begin (decode->sink, NOW_US, BF_TIME_NONE);
  if (!decode->format->decode (decode->mapping, decode->doc, payload->str, payload->len, decode->sink, &error))
    g_error ("%s", error->message);
}

static void
measure (BfCatalog *catalog, const Shape *shape, gboolean json, gboolean last)
{
  static const BfSinkHandler handler = { NULL, count_cb, refused_cb };
  g_autoptr (Decode) decode = open_shape (catalog, shape);
  double seconds[ROUNDS], median;
  gsize length = 0;

  bf_sink_free (decode->sink);
  decode->sink = bf_sink_new (catalog, decode->service, &handler, NULL);
  for (guint round = 0; round <= ROUNDS; round++)
    {
      GString *payload = write_payload (shape, round);
      double start = cpu_s ();

      decode_once (decode, payload);
      if (round > 0) /* the first learns the assets */
        seconds[round - 1] = cpu_s () - start;
      length = payload->len;
      g_string_free (payload, TRUE);
      if (length < LEAST_BYTES)
        g_error ("%s: a payload of %" G_GSIZE_FORMAT " bytes says nothing of a rate", shape->name, length);
      if (n_handed_on != (guint64) shape->n * shape->per_record)
        g_error ("%s: %" G_GUINT64_FORMAT " observations, expected %u", shape->name, n_handed_on, shape->n * shape->per_record);
    }
  qsort (seconds, ROUNDS, sizeof *seconds, compare_double);
  median = seconds[ROUNDS / 2];
  if (json)
    printf ("{\"format\":\"%s\",\"bytes\":%" G_GSIZE_FORMAT ",\"mb_per_s\":%.1f,\"observations_per_s\":%.0f}%s", shape->name, length,
            (double) length / median / 1e6, (double) n_handed_on / median, last ? "" : ",");
  else
    printf ("%-18s %5.1f MB  %6.0f MB/s  %10.0f observations/s\n", shape->name, (double) length / 1e6, (double) length / median / 1e6,
            (double) n_handed_on / median);
}

/* --- a city's lamps, to the model ----------------------------------------------------------------------------------- */

typedef struct
{
  BfModel *model;
  GArray *assets; /* guint32, by feed-local number */
} City;

static void
city_asset_cb (gpointer user_data, guint32 local, const BfAssetDraft *draft)
{
  City *city = user_data;
  char id[BF_LIMIT_ID_BYTES + 16], parent[BF_LIMIT_ID_BYTES + 16];
  BfAssetInfo info = { id, draft->kind, draft->name, draft->address, NULL, draft->point, draft->attributes };
  guint32 asset;

  g_snprintf (id, sizeof id, "lighting/%.*s", (int) draft->source_id_length, draft->source_id);
  if (draft->parent != NULL)
    {
      g_snprintf (parent, sizeof parent, "lighting/%s", draft->parent);
      info.parent = parent;
    }
  asset = bf_model_put_asset (city->model, &info, 0, NULL, NULL);
  if (local >= city->assets->len)
    g_array_set_size (city->assets, local + 1);
  g_array_index (city->assets, guint32, local) = asset;
}

static void
city_observation_cb (gpointer user_data, const BfObservation *o)
{
  City *city = user_data;

  bf_model_observe (city->model, g_array_index (city->assets, guint32, o->asset), o->property, o->value, o->observed_us, NOW_US, 0,
                    o->record);
  n_handed_on++;
}

/* Both the first payload, which makes the assets, and those that follow. */
static void
measure_city (BfCatalog *catalog, gboolean json)
{
  static const BfSinkHandler handler = { city_asset_cb, city_observation_cb, NULL };
  double first[5], next[5];
  gsize length = 0;

  for (guint round = 0; round < 5; round++)
    {
      g_autoptr (Decode) decode = open_shape (catalog, &shapes[0]);
      g_autoptr (BfModel) model = bf_model_new (catalog);
      g_autoptr (GArray) assets = g_array_new (FALSE, FALSE, sizeof (guint32));
      City city = { model, assets };
      double *into[] = { first, next };

      bf_sink_free (decode->sink);
      decode->sink = bf_sink_new (catalog, decode->service, &handler, &city);
      for (guint pass = 0; pass < 2; pass++)
        {
          GString *payload = write_payload (&shapes[0], round * 2 + pass);
          double start = cpu_s ();

          decode_once (decode, payload);
          into[pass][round] = (cpu_s () - start) * 1e3;
          length = payload->len;
          g_string_free (payload, TRUE);
          g_assert_cmpuint (n_handed_on, ==, 2 * N_LAMPS);
        }
      g_assert_cmpuint (bf_model_n_assets (model), >=, N_LAMPS);
    }
  qsort (first, 5, sizeof *first, compare_double);
  qsort (next, 5, sizeof *next, compare_double);
  if (json)
    printf ("\"lamps\":%u,\"bytes\":%" G_GSIZE_FORMAT ",\"first_ms\":%.1f,\"next_ms\":%.1f", N_LAMPS, length, first[2], next[2]);
  else
    printf ("%u lamps in NGSI-LD (%.1f MB), decoded and in the model: %.0f ms the first time, %.0f ms after\n", N_LAMPS,
            (double) length / 1e6, first[2], next[2]);
}

/* A format that is added has a row here too. */
static void
check_all_are_there (void)
{
  for (const char *const *name = bf_format_names (); *name != NULL; name++)
    {
      gboolean found = FALSE;

      for (guint i = 0; i < G_N_ELEMENTS (shapes); i++)
        found = found || g_str_equal (shapes[i].format, *name);
      if (!found)
        g_error ("%s: no row measures it", *name);
    }
}

int
main (int argc, char **argv)
{
  gboolean json = argc > 1 && g_str_equal (argv[1], "--json");
  gboolean only_city = argc > 1 && g_str_equal (argv[1], "--city");
  const char *only = argc > 1 && argv[1][0] != '-' ? argv[1] : "";
  g_autofree char *plugins = NULL;
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  int one = 1;

  g_test_init (&one, &argv, NULL);
  plugins = g_test_build_filename (G_TEST_DIST, "plugins", NULL);
  bf_catalog_add_plugin_dirs (catalog, plugins, problems, &error);
  g_assert_no_error (error);
  fail_on_problems (problems);
  check_all_are_there ();
  if (json)
    printf ("{\"bench\":\"rates\",\"formats\":[");
  for (guint i = 0; !only_city && i < G_N_ELEMENTS (shapes); i++)
    if (g_str_has_prefix (shapes[i].name, only))
      measure (catalog, &shapes[i], json, i + 1 == G_N_ELEMENTS (shapes));
  if (json)
    printf ("],");
  if (only[0] == '\0')
    measure_city (catalog, json);
  printf (json ? "}\n" : "");
  return 0;
}
