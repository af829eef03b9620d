/* SPDX-License-Identifier: EUPL-1.2 */
/* The JSON formats beyond open data's: entities, sensors, stations, warnings. Payloads are written by hand after real ones;
 * maps are those of the plugins unless a case says its own. */

#include "bf-decode-fixture.h"

#include "formats/bf-format-private.h"

static BfCatalog *catalog;

#define NOW_US (G_GINT64_CONSTANT (1714818600) * G_USEC_PER_SEC) /* 2024-05-04T10:30:00Z */

static Decode *
start (const char *service, const char *format, const char *map)
{
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=%s\nFormat=%s\n%s", service, format, map);

  return decode_new (catalog, "test.feed", text);
}

static Decode *
run (const char *service, const char *format, const char *map, const char *payload)
{
  Decode *decode = start (service, format, map);
  g_autoptr (GError) error = NULL;

  decode_run (decode, payload, strlen (payload), NOW_US, &error);
  g_assert_no_error (error);
  return decode;
}

static void
expect (Decode *decode, const char *id, const char *property, double value, const char *stamp)
{
  const BfObservation *o = decode_find (decode, id, property);
  char buffer[BF_TIME_TEXT_BYTES];

  if (o == NULL)
    g_error ("no %s of %s; refused: %s", property, id,
             decode->refusals->len > 0 ? (char *) g_ptr_array_index (decode->refusals, 0) : "nothing");
  g_assert_cmpfloat_with_epsilon (o->value, value, 1e-9);
  if (stamp != NULL)
    g_assert_cmpstr (bf_time_format (o->observed_us, buffer), ==, stamp);
}

static void
expect_refused (Decode *decode, guint i, const char *text)
{
  g_assert_cmpuint (i, <, decode->refusals->len);
  g_assert_cmpstr (g_ptr_array_index (decode->refusals, i), ==, text);
}

/* --- NGSI ----------------------------------------------------------------------------------------------------------- */

static const char *const same_lamp[] = {
  "[{\"id\":\"L1\",\"type\":\"Streetlight\",\"name\":\"Lamp 1\",\"status\":\"ok\",\"powerState\":\"on\",\"illuminanceLevel\":0.7,"
  "\"location\":{\"type\":\"Point\",\"coordinates\":[-1.6,48.1]},\"refStreetlightControlCabinet\":\"C1\","
  "\"dateObserved\":\"2024-05-04T10:00:00Z\"}]",
  "{\"subscriptionId\":\"s\",\"data\":[{\"id\":\"L1\",\"type\":\"Streetlight\",\"name\":{\"type\":\"Text\",\"value\":\"Lamp 1\"},"
  "\"status\":{\"type\":\"Text\",\"value\":\"ok\",\"metadata\":{}},\"powerState\":{\"type\":\"Text\",\"value\":\"on\",\"metadata\":"
  "{\"TimeInstant\":{\"type\":\"DateTime\",\"value\":\"2024-05-04T10:00:00Z\"}}},\"illuminanceLevel\":{\"type\":\"Number\",\"value\":0.7},"
  "\"location\":{\"type\":\"geo:point\",\"value\":\"48.1, -1.6\"},\"refStreetlightControlCabinet\":{\"type\":\"Relationship\",\"value\":\"C1\"},"
  "\"TimeInstant\":{\"type\":\"DateTime\",\"value\":\"2024-05-04T10:00:00Z\"}}]}",
  "{\"id\":\"L1\",\"type\":\"Streetlight\",\"name\":{\"type\":\"LanguageProperty\",\"languageMap\":{\"en\":\"x\",\"fr\":\"Lamp 1\"}},"
  "\"status\":{\"type\":\"Property\",\"value\":\"ok\"},\"powerState\":{\"type\":\"Property\",\"value\":\"on\",\"observedAt\":\"2024-05-04T10:00:00Z\"},"
  "\"illuminanceLevel\":[{\"type\":\"Property\",\"value\":70,\"unitCode\":\"P1\",\"observedAt\":\"2024-05-04T10:00:00Z\"},"
  "{\"type\":\"Property\",\"value\":3,\"datasetId\":\"urn:x\"}],"
  "\"location\":{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\",\"coordinates\":[-1.6,48.1]}},"
  "\"refStreetlightControlCabinet\":{\"type\":\"Relationship\",\"object\":[\"C1\",\"C2\"]}}",
  "{\"@id\":\"L1\",\"@type\":[\"https://uri.fiware.org/ns/data-models#Streetlight\"],\"https://schema.org/name\":\"Lamp 1\","
  "\"https://uri.fiware.org/ns/data-models#powerState\":{\"type\":\"Property\",\"value\":\"on\",\"observedAt\":\"2024-05-04T10:00:00Z\"},"
  "\"https://uri.fiware.org/ns/data-models#illuminanceLevel\":{\"type\":\"Property\",\"value\":0.7,\"observedAt\":\"2024-05-04T10:00:00Z\"},"
  "\"https://uri.etsi.org/ngsi-ld/location\":{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\",\"coordinates\":[-1.6,48.1]}},"
  "\"https://uri.fiware.org/ns/data-models#refStreetlightControlCabinet\":{\"type\":\"Relationship\",\"object\":\"C1\"}}",
  "{\"type\":\"FeatureCollection\",\"features\":[{\"id\":\"L1\",\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[-1.6,48.1]},"
  "\"properties\":{\"type\":\"Streetlight\",\"name\":{\"type\":\"Property\",\"value\":\"Lamp 1\"},\"powerState\":{\"type\":\"Property\",\"value\":\"on\","
  "\"observedAt\":\"2024-05-04T10:00:00Z\"},\"illuminanceLevel\":{\"type\":\"Property\",\"value\":0.7,\"observedAt\":\"2024-05-04T10:00:00Z\"},"
  "\"refStreetlightControlCabinet\":{\"type\":\"Relationship\",\"object\":\"C1\"}}}]}",
};

/* One lamp in every form that a broker has: the same asset, the same observations. */
static void
test_ngsi_forms (void)
{
  static const char *const formats[] = { "ngsi", "ngsiv2", "ngsild" };

  for (guint i = 0; i < G_N_ELEMENTS (same_lamp); i++)
    {
      g_autoptr (Decode) d = run ("lighting", formats[i % 3], "", same_lamp[i]);
      const SeenAsset *lamp;

      g_test_message ("form %u", i);
      expect (d, "L1", "state", 1, "2024-05-04T10:00:00Z");
      expect (d, "L1", "dimming", 70, "2024-05-04T10:00:00Z");
      lamp = decode_find_asset (d, "L1");
      g_assert_cmpstr (lamp->name, ==, "Lamp 1");
      g_assert_cmpstr (lamp->parent, ==, "C1");
      g_assert_cmpfloat (lamp->point.lat, ==, 48.1);
      g_assert_cmpfloat (lamp->point.lon, ==, -1.6);
      g_assert_cmpuint (d->refusals->len, ==, 0);
      g_assert_cmpint (bf_format_find ("ngsi")->recognise (({ BfJsonNode root; bf_json_doc_root (d->doc, &root); root; })), >=,
                       i == 4 ? 0 : 62);
    }
}

/* A reference that is there several times (NGSI-LD 1.4's list of relationships, expanded JSON-LD's list of one), under a map's `name[0]`. */
static void
test_ngsi_lists (void)
{
  static const char *const references[] = {
    "\"refStreetlightControlCabinet\":[{\"type\":\"Relationship\",\"object\":\"C1\"},{\"type\":\"Relationship\",\"object\":\"C2\",\"datasetId\":\"urn:x\"}]",
    "\"refStreetlightControlCabinet\":[{\"type\":\"Relationship\",\"object\":[\"C1\",\"C2\"]}]",
    "\"https://uri.fiware.org/ns/data-models#refStreetlightControlCabinet\":[{\"@type\":[\"https://uri.etsi.org/ngsi-ld/Relationship\"],"
    "\"https://uri.etsi.org/ngsi-ld/hasObject\":[{\"@id\":\"C1\"}]}]",
    "\"refStreetlightControlCabinet\":[\"C1\",\"C2\"]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (references); i++)
    {
      g_autofree char *payload
        = g_strdup_printf ("[{\"@id\":\"L1\",\"@type\":[\"https://uri.fiware.org/ns/data-models#Streetlight\"],%s,"
                           "\"powerState\":{\"type\":\"Property\",\"value\":\"on\",\"observedAt\":\"2024-05-04T10:00:00Z\"}}]",
                           references[i]);
      g_autoptr (Decode) d = run ("lighting", "ngsi", "", payload);

      g_test_message ("form %u: %s", i, d->refusals->len > 0 ? (char *) g_ptr_array_index (d->refusals, 0) : "nothing refused");
      expect (d, "L1", "state", 1, "2024-05-04T10:00:00Z");
      g_assert_cmpstr (decode_find_asset (d, "L1")->parent, ==, "C1");
      g_assert_cmpuint (d->refusals->len, ==, 0);
    }
}

static void
test_ngsi_stamps (void)
{
  g_autoptr (Decode) d = run ("parking", "ngsi", "",
                              "[{\"id\":\"1\",\"type\":\"OffStreetParking\",\"availableSpotNumber\":{\"value\":3,\"metadata\":{\"timestamp\":{\"value\":\"1970-01-01T00:00:08Z\"}}},"
                              "\"totalSpotNumber\":{\"value\":9,\"metadata\":{\"timestamp\":{\"value\":\"yesterday\"}}}},"
                              "{\"id\":\"2\",\"type\":\"OffStreetParking\",\"availableSpotNumber\":{\"value\":3,\"metadata\":{\"dateModified\":{\"value\":\"2024-05-04T09:00:00Z\"}}}},"
                              "{\"id\":\"3\",\"type\":\"OffStreetParking\",\"availableSpotNumber\":{\"value\":3},\"dateObserved\":\"2024-05-04T09:00:00Z/2024-05-04T09:15:00Z\"},"
                              "{\"id\":\"4\",\"type\":\"OffStreetParking\",\"availableSpotNumber\":3,\"dateObserved\":\"soon\"},"
                              "{\"id\":\"5\",\"type\":\"OffStreetParking\",\"availableSpotNumber\":3,\"name\":\"A%20%2B%20B\"}]");

  expect_refused (d, 0, "0 free_spaces: the stamp 1970-01-01T00:00:08Z is not a time of measurement (before 2000)");
  expect_refused (d, 1, "0 capacity: its own stamp “yesterday” is not an RFC 3339 time");
  expect (d, "2", "free_spaces", 3, "2024-05-04T09:00:00Z");
  expect (d, "3", "free_spaces", 3, "2024-05-04T09:15:00Z");
  g_assert_null (decode_find (d, "4", "free_spaces"));
  expect (d, "5", "free_spaces", 3, "2024-05-04T10:30:00Z");
  g_assert_cmpstr (decode_find_asset (d, "5")->name, ==, "A + B");
}

static void
test_ngsi_units (void)
{
  g_autoptr (Decode) d = run ("air", "ngsi", "",
                              "[{\"id\":\"1\",\"type\":\"AirQualityObserved\",\"NO2\":{\"type\":\"Property\",\"value\":0.04,\"unitCode\":\"GP\"},"
                              "\"PM2.5\":{\"value\":12,\"metadata\":{\"unitCode\":{\"value\":\"GQ\"}}},\"SO2\":{\"value\":4,\"unitCode\":\"XYZ\"},"
                              "\"relativeHumidity\":{\"value\":54,\"unitCode\":\"P1\"},\"temperature\":{\"value\":283.15,\"unitCode\":\"KEL\"},\"O3\":\"80\"}]");

  expect (d, "1", "no2", 40, NULL);
  expect (d, "1", "pm25", 12, NULL);
  expect (d, "1", "humidity", 54, NULL);
  expect (d, "1", "temperature", 10, NULL);
  expect (d, "1", "o3", 80, NULL);
  g_assert_cmpuint (d->refusals->len, ==, 1);
  expect_refused (d, 0, "0 so2: the value is in “XYZ”, which cannot be made ug/m3: say so2.unit=");
}

static void
test_ngsi_more (void)
{
  g_autoptr (Decode) traffic = run ("traffic", "ngsi", "",
                                    "[{\"id\":\"1\",\"type\":\"TrafficFlowObserved\",\"intensity\":100,\"occupancy\":0.25,"
                                    "\"dateObservedFrom\":\"2024-05-04T10:00:00Z\",\"dateObservedTo\":\"2024-05-04T10:05:00Z\"},"
                                    "{\"id\":\"2\",\"type\":\"TrafficFlowObserved\",\"intensity\":100,\"dateObservedTo\":\"2024-05-04T10:05:00Z\"},"
                                    "{\"id\":\"3\",\"type\":\"Tram\"},{\"id\":\"4\"},7]");
  g_autoptr (Decode) paged = start ("parking", "ngsi", "");
  g_autofree char *next = NULL, *last = NULL, *note = NULL;
  GString *text = g_string_new ("[");

  expect (traffic, "1", "flow", 1200, "2024-05-04T10:05:00Z");
  expect (traffic, "1", "occupancy", 25, NULL);
  expect_refused (traffic, 0, "1 flow: a count needs its time, and dateObservedFrom is no stamp");
  expect_refused (traffic, 1, "2 type Tram is not known to service traffic: write a [Map Tram]");
  expect_refused (traffic, 2, "3 the record has no type, and the maps of the service traffic are for types");

  for (guint i = 0; i < 20; i++)
    g_string_append_printf (text, "%s{\"id\":\"%u\",\"type\":\"ParkingSpot\",\"status\":\"free\"}", i > 0 ? "," : "", i);
  g_string_append_c (text, ']');
  g_assert_true (decode_run (paged, text->str, text->len, NOW_US, NULL));
  next = paged->format->next_page (paged->doc, "https://b.example/v2/entities?type=ParkingSpot&offset=20", &note);
  g_assert_cmpstr (next, ==, "https://b.example/v2/entities?type=ParkingSpot&offset=40");
  last = paged->format->next_page (paged->doc, "https://b.example/v2/entities?limit=100", &note);
  g_assert_null (last);
  g_string_free (text, TRUE);
}

/* --- values that wear a unit, alternatives -------------------------------------------------------------------------- */

static void
test_values (void)
{
  g_autoptr (Decode) d = run ("waste", "json", "[Map]\nid=id\nkind='container'\nbattery_voltage=bat\ntemperature=t\nfill=f\nfill.scale=100\n",
                              "[{\"id\":\"1\",\"bat\":\"3.384 V\",\"t\":\"30,11 °C\",\"f\":0.5},{\"id\":\"2\",\"bat\":\"3384 mV\",\"t\":\"hot\",\"f\":\"50 %\"},"
                              "{\"id\":\"3\",\"bat\":\"7 uS/cm\",\"t\":327.67},{\"id\":\"4\",\"bat\":\"184 201,5\"}]");
  g_autoptr (Decode) states = run ("mobility", "json",
                                   "[Map]\nid=id\nkind='shared_vehicle'\nvehicle_state=off?'disabled'|taken?'reserved'|'available'\n",
                                   "[{\"id\":\"1\",\"off\":true},{\"id\":\"2\",\"off\":0,\"taken\":1},{\"id\":\"3\",\"off\":false},{\"id\":\"4\",\"off\":\"True\"}]");

  expect (d, "1", "battery_voltage", 3.384, NULL);
  expect (d, "1", "temperature", 30.11, NULL);
  expect (d, "2", "battery_voltage", 3.384, NULL);
  expect (d, "1", "fill", 50, NULL);
  expect (d, "2", "fill", 50, NULL);
  g_assert_cmpuint (d->refusals->len, ==, 4);
  expect_refused (d, 3, "3 battery_voltage: 184201.5 V is outside of its range 0..30");
  expect_refused (d, 0, "1 temperature: expected a number (t), found “hot”");
  expect_refused (d, 1, "2 battery_voltage: the value is in “uS/cm”, which cannot be made V: say battery_voltage.unit=");
  expect_refused (d, 2, "2 temperature: 327.67 Cel is outside of its range -40..300");
  expect (states, "1", "vehicle_state", 2, NULL);
  expect (states, "2", "vehicle_state", 1, NULL);
  expect (states, "3", "vehicle_state", 0, NULL);
  expect (states, "4", "vehicle_state", 2, NULL);
}

/* --- GBFS ----------------------------------------------------------------------------------------------------------- */

static void
test_gbfs (void)
{
  static const char list[] = "{\"last_updated\":1714818000,\"ttl\":60,\"data\":{\"en\":{\"feeds\":[{\"name\":\"station_status\",\"url\":\"status.json\"},"
                             "{\"name\":\"system_information\",\"url\":\"https://g.example/x\"},{\"name\":\"station_information\",\"url\":\"https://g.example/a/info.json?k=a%20b\"},"
                             "{\"name\":\"free_bike_status\",\"url\":\"https://g.example/free.json\"}]}}}";
  static const char info[] = "{\"last_updated\":1714818000,\"ttl\":60,\"data\":{\"stations\":[{\"station_id\":\"1\",\"name\":[{\"text\":\"Gare\",\"language\":\"fr\"}],"
                             "\"lat\":48.1,\"lon\":-1.6,\"capacity\":20}]}}";
  static const char status[] = "{\"last_updated\":1714818000,\"ttl\":60,\"data\":{\"stations\":[{\"station_id\":\"1\",\"num_bikes_available\":7,"
                               "\"num_docks_available\":13,\"is_renting\":1,\"last_reported\":1714817990}]}}";
  static const char free_bikes[] = "{\"last_updated\":\"2024-05-04T10:20:00Z\",\"ttl\":0,\"version\":\"3.0\",\"data\":{\"vehicles\":[{\"vehicle_id\":\"v\",\"lat\":48.1,"
                                   "\"lon\":-1.6,\"is_reserved\":true,\"current_range_meters\":1500}]}}";
  g_autoptr (Decode) d = run ("mobility", "gbfs", "", list);
  g_autoptr (GError) error = NULL;
  g_autofree char *second = NULL, *third = NULL, *end = NULL, *note = NULL;
  g_autofree char *first = d->format->next_page (d->doc, "https://g.example/a/gbfs.json", &note);

  g_assert_cmpuint (bf_sink_counts (d->sink)->n_records, ==, 0);
  g_assert_true (g_str_has_prefix (first, "https://g.example/a/info.json?k=a%20b#then="));
  second = d->format->next_page (d->doc, first, &note);
  g_assert_true (g_str_has_prefix (second, "https://g.example/a/status.json#then="));
  third = d->format->next_page (d->doc, second, &note);
  g_assert_cmpstr (third, ==, "https://g.example/free.json");
  /* The pages are one payload: what is said of a station in the first stands. */
  bf_sink_begin (d->sink, NOW_US, BF_TIME_NONE);
  g_assert_true (d->format->decode (d->mapping, d->doc, info, strlen (info), d->sink, &error));
  g_assert_true (d->format->decode (d->mapping, d->doc, status, strlen (status), d->sink, &error));
  g_assert_true (d->format->decode (d->mapping, d->doc, free_bikes, strlen (free_bikes), d->sink, &error));
  end = d->format->next_page (d->doc, third, &note);
  g_assert_null (end);
  expect (d, "1", "capacity", 20, "2024-05-04T10:20:00Z");
  expect (d, "1", "bikes_available", 7, "2024-05-04T10:19:50Z");
  expect (d, "1", "renting", 1, NULL);
  expect (d, "v", "vehicle_state", 1, "2024-05-04T10:20:00Z");
  expect (d, "v", "range", 1.5, NULL);
  g_assert_cmpstr (decode_find_asset (d, "1")->name, ==, "Gare");
  g_assert_cmpfloat (decode_find_asset (d, "1")->point.lat, ==, 48.1);
  g_assert_cmpuint (d->n_announced, ==, 2);
  g_assert_cmpuint (d->refusals->len, ==, 0);
}

/* --- others --------------------------------------------------------------------------------------------------------- */

static void
test_ocpi (void)
{
  g_autoptr (Decode) d = run ("mobility", "ocpi", "",
                              "{\"status_code\":1000,\"data\":[{\"id\":\"L\",\"name\":\"Gare\",\"coordinates\":{\"latitude\":\"48.1\",\"longitude\":\"-1.6\"},"
                              "\"evses\":[{\"uid\":\"E1\",\"status\":\"CHARGING\",\"last_updated\":\"2024-05-04T10:00:00Z\",\"connectors\":[{\"max_electric_power\":11040}]},"
                              "{\"uid\":\"E3\",\"status\":\"REMOVED\",\"last_updated\":\"2020-01-01T00:00:00Z\"},"
                              "{\"uid\":\"E2\",\"status\":\"EXPLODED\",\"coordinates\":{\"latitude\":\"48.2\",\"longitude\":\"-1.7\"},\"last_updated\":\"2024-05-04T10:00:00Z\"}]}]}");

  expect (d, "E1", "point_state", 1, "2024-05-04T10:00:00Z");
  expect (d, "E1", "power", 11.04, NULL);
  expect (d, "E2", "point_state", 4, NULL);
  /* What it names is so while it is served, whenever it changed; what is taken away is over. */
  g_assert_cmpint (bf_sink_extent (d->sink), ==, BF_EXTENT_CURRENT);
  expect (d, "E3", "point_state", 5, NULL);
  g_assert_cmpuint (bf_sink_asset_kind (d->sink, 1)->gone_value, ==, 5);
  g_assert_cmpstr (decode_find_asset (d, "E1")->parent, ==, "L");
  g_assert_cmpfloat (decode_find_asset (d, "E1")->point.lat, ==, 48.1);
  g_assert_cmpfloat (decode_find_asset (d, "E2")->point.lat, ==, 48.2);
  g_assert_cmpuint (d->refusals->len, ==, 0);
}

static void
test_hydro (void)
{
  g_autoptr (Decode) d = run ("weather", "hubeau", "",
                              "{\"count\":9,\"api_version\":\"1.0.1\",\"next\":\"https://h.example/?cursor=x\",\"data\":[{\"code_station\":\"S\",\"grandeur_hydro\":\"Q\",\"resultat_obs\":9439,"
                              "\"date_obs\":\"2024-05-04T10:00:00Z\",\"latitude\":48,\"longitude\":4.5},{\"code_station\":\"S\",\"grandeur_hydro\":\"H\",\"resultat_obs\":-123,"
                              "\"date_obs\":\"2024-05-04T10:00:00Z\",\"latitude\":48,\"longitude\":4.5},{\"code_station\":null,\"grandeur_hydro\":\"Q\",\"resultat_obs\":9439,"
                              "\"date_obs\":\"2024-05-04T10:00:00Z\"}]}");
  g_autoptr (Decode) serie = run ("weather", "vigicrues", "",
                                  "{\"Serie\":{\"CdStationHydro\":\"S\",\"LbStationHydro\":\"Vilaine\",\"GrdSerie\":\"H\",\"ObssHydro\":[[1714816800000,0.61],"
                                  "{\"DtObsHydro\":\"2024-05-04T10:10:00Z\",\"ResObsHydro\":0.62}]}}");
  g_autoptr (Decode) sections = run ("weather", "vigicrues", "",
                                     "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"geometry\":{\"type\":\"LineString\",\"coordinates\":[[-1,48],[-2,48]]},"
                                     "\"properties\":{\"CdEntVigiCru\":\"T1\",\"NomEntVigiCru\":\"Vilaine aval\",\"NivInfViCr\":3}}]}");
  g_autofree char *note = NULL;
  g_autofree char *next = d->format->next_page (d->doc, "https://h.example/", &note);

  expect (d, "S", "river_flow", 9.439, "2024-05-04T10:00:00Z");
  expect (d, "S", "height", -0.123, NULL);
  g_assert_cmpuint (d->refusals->len, ==, 1);
  g_assert_cmpstr (next, ==, "https://h.example/?cursor=x");
  expect (serie, "S", "height", 0.61, "2024-05-04T10:00:00Z");
  g_assert_cmpuint (serie->observations->len, ==, 2);
  expect (sections, "T1", "level", 2, NULL);
  g_assert_cmpstr (decode_find_asset (sections, "T1")->name, ==, "Vilaine aval");
}

static void
test_vigilance (void)
{
  g_autoptr (Decode) d = run ("weather", "meteofrance-vigilance", "",
                              "{\"product\":{\"update_time\":\"2024-05-04T10:00:00Z\",\"periods\":[{\"echeance\":\"J\",\"timelaps\":{\"domain_ids\":[{\"domain_id\":\"35\","
                              "\"max_color_id\":3,\"phenomenon_items\":[{\"phenomenon_id\":\"1\",\"phenomenon_max_color_id\":3},{\"phenomenon_id\":9,\"phenomenon_max_color_id\":\"2\"}]}]}},"
                              "{\"echeance\":\"J1\",\"timelaps\":{\"domain_ids\":[{\"domain_id\":\"35\",\"max_color_id\":4,\"phenomenon_items\":[]}]}}]}}");

  /* true at the time of the answer, and each of them over a day after the bulletin */
  expect (d, "35", "level", 2, "2024-05-04T10:30:00Z");
  expect (d, "35", "wind", 2, NULL);
  expect (d, "35", "waves", 1, NULL);
  g_assert_cmpuint (d->observations->len, ==, 4 + 3);
}

/* As JSON-LD expands it: all names are addresses, all values lists. */
static void
test_ngsi_expanded (void)
{
  g_autoptr (Decode) d = run ("lighting", "ngsild", "",
                              "[{\"@id\":\"urn:L1\",\"@type\":[\"https://uri.fiware.org/ns/data-models#Streetlight\"],"
                              "\"https://uri.fiware.org/ns/data-models#powerState\":[{\"@type\":[\"https://uri.etsi.org/ngsi-ld/Property\"],"
                              "\"https://uri.etsi.org/ngsi-ld/hasValue\":[{\"@value\":\"on\"}],"
                              "\"https://uri.etsi.org/ngsi-ld/observedAt\":[{\"@type\":\"https://uri.etsi.org/ngsi-ld/DateTime\",\"@value\":\"2024-05-04T10:00:00Z\"}]}]}]");

  expect (d, "urn:L1", "state", 1, "2024-05-04T10:00:00Z");
  g_assert_cmpstr (d->refusals->len > 0 ? g_ptr_array_index (d->refusals, 0) : NULL, ==, NULL);
}

/* GeoReport v2 in XML says the same as in JSON. */
static void
test_open311_xml (void)
{
  g_autoptr (Decode) d = run ("reports", "open311", "",
                              "<?xml version=\"1.0\"?><service_requests><request><service_request_id>638344</service_request_id><status>closed</status>"
                              "<service_name>Lamp</service_name><lat>48.1</lat><long>-1.6</long><requested_datetime>2024-05-04T10:00:00+02:00</requested_datetime>"
                              "<updated_datetime/></request></service_requests>");

  expect (d, "638344", "state", 2, "2024-05-04T08:00:00Z");
  g_assert_cmpfloat (decode_find_asset (d, "638344")->point.lon, ==, -1.6);
}

static void
test_open311 (void)
{
  g_autoptr (Decode) d = run ("reports", "open311", "",
                              "[{\"service_request_id\":638344,\"status\":\"Closed\",\"service_name\":\"Lamp\",\"lat\":\"48.1\",\"long\":\"-1.6\","
                              "\"requested_datetime\":\"2024-05-04T10:00:00+02:00\",\"updated_datetime\":null}]");
  g_autoptr (GError) error = NULL;
  static const char fault[] = "[{\"code\":403,\"description\":\"Missing api_key\"}]";

  expect (d, "638344", "state", 2, "2024-05-04T08:00:00Z");
  g_assert_cmpfloat (decode_find_asset (d, "638344")->point.lon, ==, -1.6);
  g_assert_false (decode_run (d, fault, strlen (fault), NOW_US, &error));
  g_assert_nonnull (strstr (error->message, "Missing api_key"));
}

static void
test_esri (void)
{
  static const char payload[] = "{\"objectIdFieldName\":\"FID\",\"spatialReference\":{\"wkid\":102100,\"latestWkid\":3857},\"exceededTransferLimit\":true,\"features\":["
                                "{\"attributes\":{\"FID\":7,\"LIBRES\":3,\"MAJ\":1714816800000},\"geometry\":{\"x\":-178110.8,\"y\":6124980.2}},"
                                "{\"attributes\":{\"FID\":8,\"LIBRES\":4,\"MAJ\":1714816800000},\"geometry\":{\"rings\":[[[-178110,6124980],[-178110,6125080],[-178010,6125080],[-178110,6124980]]]}},"
                                "{\"attributes\":{\"FID\":9,\"LIBRES\":5,\"MAJ\":1714816800000},\"geometry\":{\"paths\":[[[-178110,6124980],[-178010,6124980]]]}},{\"attributes\":3}]}";
  g_autoptr (Decode) d = run ("parking", "esri", "[Map]\nkind='off_street'\nfree_spaces=LIBRES\nobserved=MAJ\nobserved.form=epoch-ms\n", payload);
  g_autofree char *note = NULL;
  g_autofree char *next = d->format->next_page (d->doc, "https://a.example/query?f=json", &note);

  expect (d, "7", "free_spaces", 3, "2024-05-04T10:00:00Z");
  g_assert_cmpfloat_with_epsilon (decode_find_asset (d, "7")->point.lat, 48.1, 0.01);
  g_assert_cmpfloat_with_epsilon (decode_find_asset (d, "8")->point.lon, -1.6, 0.01);
  g_assert_cmpfloat_with_epsilon (decode_find_asset (d, "9")->point.lat, 48.1, 0.01);
  g_assert_cmpuint (d->refusals->len, ==, 1);
  g_assert_cmpstr (next, ==, "https://a.example/query?f=json&resultOffset=4");
}

#define THINGS_MAP "[Map]\nkind='pressure_logger'\nname=Thing.name\nobserved=phenomenonTime\npressure=result\npressure.when=ObservedProperty.name=Pressure\n" \
                   "temperature=result\ntemperature.when=ObservedProperty.name=Temperature\n"

static void
test_sensorthings (void)
{
  static const char *const same[] = {
    "{\"@iot.nextLink\":\"Things?$skip=100\",\"value\":[{\"@iot.id\":5,\"name\":\"Logger 5\",\"Locations\":[{\"location\":{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[-1.6,48.1]}}}],"
    "\"Datastreams\":[{\"@iot.id\":1,\"unitOfMeasurement\":{\"symbol\":\"mbar\"},\"ObservedProperty\":{\"name\":\"Pressure\"},\"Observations\":[{\"result\":3200,"
    "\"phenomenonTime\":\"2024-05-04T10:00:00Z/2024-05-04T10:15:00Z\"}]},{\"@iot.id\":2,\"unitOfMeasurement\":{\"symbol\":\"degC\"},\"ObservedProperty\":{\"name\":\"Temperature\"},"
    "\"Observations\":[{\"result\":11.5,\"phenomenonTime\":\"2024-05-04T10:15:00Z\"}]}]}]}",
    "{\"value\":[{\"@iot.id\":9,\"result\":3.2,\"phenomenonTime\":\"2024-05-04T10:15:00Z\",\"Datastream\":{\"@iot.id\":1,\"unitOfMeasurement\":{\"symbol\":\"bar\"},"
    "\"ObservedProperty\":{\"name\":\"Pressure\"},\"Thing\":{\"@iot.id\":5,\"name\":\"Logger 5\",\"Locations\":[{\"location\":{\"type\":\"Point\",\"coordinates\":[-1.6,48.1]}}]}}},"
    "{\"@iot.id\":10,\"result\":11.5,\"phenomenonTime\":\"2024-05-04T10:15:00Z\",\"Datastream\":{\"@iot.id\":2,\"unitOfMeasurement\":{\"symbol\":\"°C\"},"
    "\"ObservedProperty\":{\"name\":\"Temperature\"},\"Thing\":{\"@iot.id\":5,\"name\":\"Logger 5\",\"Locations\":[{\"location\":{\"type\":\"Point\",\"coordinates\":[-1.6,48.1]}}]}}}]}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (same); i++)
    {
      g_autoptr (Decode) d = run ("water", "sensorthings", THINGS_MAP, same[i]);
      g_autofree char *note = NULL;
      g_autofree char *next = d->format->next_page (d->doc, "https://s.example/v1.1/Things", &note);

      expect (d, "5", "pressure", 3.2, "2024-05-04T10:15:00Z");
      expect (d, "5", "temperature", 11.5, "2024-05-04T10:15:00Z");
      g_assert_cmpstr (decode_find_asset (d, "5")->name, ==, "Logger 5");
      g_assert_cmpfloat (decode_find_asset (d, "5")->point.lat, ==, 48.1);
      g_assert_cmpuint (d->refusals->len, ==, 0);
      g_assert_cmpstr (next, ==, i == 0 ? "https://s.example/v1.1/Things?$skip=100" : NULL);
    }
}

#define TRACKER "[Map]\nkind='container'\nlat=lat\nlon=lon\nbattery_voltage=battery\ntemperature=temp\n" \
                "[Payload 2]\nlat=0, i24, 0.0001\nlon=3, i24, 0.0001\nbattery=6, u16&0x3fff, 0.001\n[Payload 3]\ntemp=0, i16le, 0.1, -1\n"

static void
test_lorawan (void)
{
  static const char lines[] = "{\"result\":{\"end_device_ids\":{\"device_id\":\"a\"},\"received_at\":\"2024-05-04T10:00:01Z\",\"uplink_message\":{\"f_port\":2,"
                              "\"frm_payload\":\"BvrzALz4SwcAMwFb\",\"received_at\":\"2024-05-04T10:00:00.123456789Z\"}}}\r\n\n"
                              "{\"result\":{\"end_device_ids\":{\"device_id\":\"b\"},\"uplink_message\":{\"f_port\":2,\"frm_payload\":\"D///D///SwY=\",\"received_at\":\"2024-05-04T10:00:00Z\"}}}\n"
                              "{\"result\":{\"end_device_ids\":{\"device_id\":\"c\"},\"uplink_message\":{\"f_port\":1,\"decoded_payload\":{\"battery\":\"3.3 V\",\"temp\":\"20 °C\"},\"received_at\":\"2024-05-04T10:00:00Z\"}}}\n"
                              "{\"result\":{\"end_device_ids\":{\"device_id\":\"d\"},\"uplink_message\":{\"f_port\":9,\"frm_payload\":\"AAA=\"}}}\n"
                              "{\"result\":{\"end_device_ids\":{\"device_id\":\"e\"},\"join_accept\":{}}}\n{\"resu\n"
                              "{\"result\":{\"end_device_ids\":{\"device_id\":\"f\"},\"uplink_message\":{\"f_port\":3,\"frm_payload\":\"ZAA=\",\"received_at\":\"2024-05-04T10:00:00Z\"}}}";
  g_autoptr (Decode) d = run ("waste", "ttn-v3", TRACKER, lines);
  g_autoptr (Decode) chirp = run ("waste", "chirpstack-v4", "[Map]\nkind='container'\ntemperature=TempC_DS\n",
                                  "{\"time\":\"2024-05-04T10:00:00.546951465+00:00\",\"deviceInfo\":{\"devEui\":\"5a3f\",\"deviceName\":\"Bac 4\",\"deviceProfileName\":\"LHT\"},"
                                  "\"fPort\":2,\"object\":{\"TempC_DS\":12.5}}");

  g_assert_cmpfloat_with_epsilon (decode_find_asset (d, "a")->point.lat, 45.7459, 1e-9);
  expect (d, "a", "battery_voltage", 2.823, "2024-05-04T10:00:00.123Z");
  expect (d, "c", "battery_voltage", 3.3, NULL);
  expect (d, "c", "temperature", 20, NULL);
  expect (d, "f", "temperature", 9, NULL);
  g_assert_true (isnan (decode_find_asset (d, "b")->point.lat)); /* 0x0FFFFF: no fix */
  expect (d, "b", "battery_voltage", 2.822, NULL);
  expect_refused (d, d->refusals->len - 3,
                  "3 the uplink has no decoded payload and no [Payload] says how to read its 2 bytes of port 9");
  expect_refused (d, d->refusals->len - 2, "4 not an uplink: it is no measurement of a device");
  g_assert_true (g_str_has_prefix (g_ptr_array_index (d->refusals, d->refusals->len - 1), "5 not JSON"));
  expect (chirp, "5a3f", "temperature", 12.5, "2024-05-04T10:00:00.546Z");
  g_assert_cmpstr (decode_find_asset (chirp, "5a3f")->name, ==, "Bac 4");
}

/* A container's category is a list: below the ground wherever it says so. */
static void
test_category (void)
{
  g_autoptr (Decode) d = run ("waste", "ngsi", "",
                              "[{\"id\":\"A\",\"type\":\"WasteContainer\",\"category\":[\"fixed\",\"underground\"],\"fillingLevel\":0.4,\"dateModified\":\"2024-05-04T10:00:00Z\"},"
                              "{\"id\":\"B\",\"type\":\"WasteContainer\",\"category\":[\"fixed\",\"ground\"],\"fillingLevel\":0.4,\"dateModified\":\"2024-05-04T10:00:00Z\"},"
                              "{\"id\":\"C\",\"type\":\"WasteContainer\",\"category\":\"underground\",\"fillingLevel\":0.4,\"dateModified\":\"2024-05-04T10:00:00Z\"},"
                              "{\"id\":\"D\",\"type\":\"WasteContainer\",\"category\":[],\"fillingLevel\":0.4,\"dateModified\":\"2024-05-04T10:00:00Z\"},"
                              "{\"id\":\"E\",\"type\":\"WasteContainer\",\"fillingLevel\":0.4,\"dateModified\":\"2024-05-04T10:00:00Z\"}]");
  static const char *const kinds[] = { "underground_container", "container", "underground_container", "container", "container" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      const char id[] = { (char) ('A' + i), '\0' };

      g_assert_cmpstr (bf_catalog_kind (catalog, decode_find_asset (d, id)->kind)->id, ==, kinds[i]);
    }
  g_assert_cmpuint (d->refusals->len, ==, 0);
}

/* The other events of ChirpStack: a battery is taken, what measures nothing is refused as that; the server's time stands in for the uplink's. */
static void
test_chirpstack_events (void)
{
  static const char device[] = "\"deviceInfo\":{\"devEui\":\"5a3f\",\"deviceName\":\"Bac 4\"}";
  g_autofree char *lines
    = g_strdup_printf ("{%s,\"rxInfo\":[{\"nsTime\":\"2024-05-04T09:59:00Z\"}],\"fPort\":2,\"object\":{\"TempC_DS\":12.5}}\n"
                       "{%s,\"time\":\"2024-05-04T10:00:00Z\",\"margin\":7,\"externalPowerSource\":false,\"batteryLevelUnavailable\":false,\"batteryLevel\":62.5}\n"
                       "{%s,\"time\":\"2024-05-04T10:00:00Z\",\"level\":\"ERROR\",\"code\":\"UPLINK_CODEC\",\"description\":\"x\"}\n"
                       "{%s,\"time\":\"2024-05-04T10:00:00Z\",\"devAddr\":\"01020304\"}\n",
                       device, device, device, device);
  g_autoptr (Decode) d = run ("waste", "chirpstack-v4", "[Map]\nkind='container'\ntemperature=TempC_DS\nbattery=batteryLevel\n", lines);

  expect (d, "5a3f", "temperature", 12.5, "2024-05-04T09:59:00Z");
  expect (d, "5a3f", "battery", 62.5, "2024-05-04T10:00:00Z");
  g_assert_cmpuint (d->refusals->len, ==, 2);
  expect_refused (d, 0, "2 not an uplink: it is no measurement of a device");
  expect_refused (d, 1, "3 not an uplink: it is no measurement of a device");
}

/* Kind= is for the types that it fits: a park-and-ride feed's bays are bays. */
static void
test_kind (void)
{
  g_autoptr (Decode) d = run ("parking", "ngsi", "Kind=park_and_ride\n",
                              "[{\"id\":\"P\",\"type\":\"OffStreetParking\",\"availableSpotNumber\":4,\"dateModified\":\"2024-05-04T10:00:00Z\"},"
                              "{\"id\":\"B\",\"type\":\"ParkingSpot\",\"status\":\"free\",\"dateModified\":\"2024-05-04T10:00:00Z\"}]");

  g_assert_cmpstr (bf_catalog_kind (catalog, decode_find_asset (d, "P")->kind)->id, ==, "park_and_ride");
  g_assert_cmpstr (bf_catalog_kind (catalog, decode_find_asset (d, "B")->kind)->id, ==, "bay");
  expect (d, "P", "free_spaces", 4, NULL);
  g_assert_nonnull (decode_find (d, "B", "presence"));
}

/* French groups of three; what may be a decimal mark is none of them; true is no number. */
static void
test_numbers (void)
{
  static const struct
  {
    const char *text;
    double value; /* NAN: refused */
  } cases[] = {
    { "\"1 234\"", 1234 }, { "\"1\u00a0234\"", 1234 }, { "\"12\u202f345,5\"", 12345.5 }, { "\"-1 234.25\"", -1234.25 }, { "\"1 234 567\"", 1234567 },
    { "\"1 23\"", NAN }, { "\"1234 567\"", NAN }, { "\"1 2345\"", NAN }, { "\"1 234 \u00a0\"", NAN }, { "true", NAN }, { "false", NAN },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *payload = g_strdup_printf ("[{\"id\":\"a\",\"v\":%s,\"t\":\"2024-05-04T10:00:00Z\"}]", cases[i].text);
      g_autoptr (Decode) d = run ("parking", "json", "[Map]\nid=id\nobserved=t\nkind='off_street'\ncapacity=v\ncapacity.scale=0.001\ncapacity.offset=5000\n", payload);
      const BfObservation *o = decode_find (d, "a", "capacity");

      g_test_message ("%s", cases[i].text);
      if (isnan (cases[i].value))
        g_assert_true (o == NULL && d->refusals->len == 1);
      else
        {
          g_assert_nonnull (o);
          g_assert_cmpfloat_with_epsilon (o->value, cases[i].value / 1000 + 5000, 1e-6);
        }
    }
}

/* What fails goes before the level that is told; what is over gives the lamp its state back, in this payload or a later one. */
/* As the consortium's data model has it. */
static void
test_talq_model (void)
{
  g_autoptr (Decode) model
    = run ("lighting", "talq", "",
           "[{\"address\":\"9b1d\",\"entries\":[{\"cmsRefId\":\"c\",\"data\":{\"type\":\"AttributeLogData\",\"srcAddress\":\"6f1a-01/lampActuator1\","
           "\"timestamp\":\"2024-05-04T10:00:00Z\",\"attributeName\":\"actualLightState\",\"attributeValue\":{\"type\":\"AttributeLevelState\","
           "\"value\":{\"type\":\"LevelState\",\"level\":70}}}},"
           "{\"data\":{\"type\":\"AttributeLogData\",\"srcAddress\":\"6f1a-01/lampMonitor1\",\"timestamp\":\"2024-05-04T10:00:00Z\","
           "\"attributeName\":\"activePower\",\"attributeValue\":{\"type\":\"AttributeFloat\",\"value\":41.5}}},"
           "{\"data\":{\"type\":\"EventLogData\",\"srcAddress\":\"6f1a-02/lampMonitor1\",\"timestamp\":\"2024-05-04T10:00:00Z\","
           "\"eventType\":\"lampFailure\",\"startEndFlag\":true}},"
           "{\"data\":{\"type\":\"EventLogData\",\"srcAddress\":\"6f1a-03/lampMonitor1\",\"timestamp\":\"2024-05-04T10:00:00Z\","
           "\"eventType\":\"lampFailure\"}},"
           "{\"data\":{\"type\":\"EventLogData\",\"srcAddress\":\"6f1a-04\",\"timestamp\":\"2024-05-04T10:00:00Z\","
           "\"eventType\":\"lampFailure\",\"startEndFlag\":false}}]}]");

  expect (model, "6f1a-01", "dimming", 70, "2024-05-04T10:00:00Z");
  expect (model, "6f1a-01", "power", 41.5, "2024-05-04T10:00:00Z");
  expect (model, "6f1a-02", "state", 3, NULL);
  expect (model, "6f1a-03", "state", 3, NULL);
  g_assert_null (decode_find (model, "6f1a-04", "state"));
  g_assert_cmpuint (model->refusals->len, ==, 0);
}

static void
test_talq (void)
{
#define LOG(device, function, name, value, time)                                                                            \
  "{\"srcAddress\":\"" device ":" function "\",\"" name ",\"value\":" value ",\"timestamp\":\"2024-05-04T" time ":00Z\"}"
#define LEVEL "attribute\":\"actualLightState\""
#define FAILURE "eventType\":\"lampFailure\""
#define REPORT(logs) "[{\"loggerAddress\":\"g:log\",\"logs\":[" logs "]}]"
  static const struct
  {
    const char *payload;
    const char *device;
    int state; /* -1: none */
  } steps[] = {
    { REPORT (LOG ("lamp-1", "actuator", LEVEL, "60", "10:00")), "lamp-1", 2 },
    { REPORT (LOG ("lamp-1", "monitor", FAILURE, "true", "10:01")), "lamp-1", 3 },
    { REPORT (LOG ("lamp-1", "actuator", LEVEL, "100", "10:02")), "lamp-1", 3 },
    { REPORT (LOG ("lamp-1", "monitor", FAILURE, "false", "10:03")), "lamp-1", 1 },
    { REPORT (LOG ("lamp-1", "actuator", LEVEL, "0", "10:04")), "lamp-1", 0 },
    { REPORT (LOG ("lamp-2", "monitor", FAILURE, "false", "10:05")), "lamp-2", -1 },
    { REPORT (LOG ("lamp-2", "actuator", LEVEL, "\"100\"", "10:06")), "lamp-2", 1 },
  };
  static const char cabinet[] = REPORT (LOG ("arm-1", "cabinetController", "attribute\":\"activePower\"", "300", "10:00"));
  g_autoptr (Decode) d = start ("lighting", "talq", "");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      decode_run (d, steps[i].payload, strlen (steps[i].payload), NOW_US, &error);
      g_assert_no_error (error);
      if (steps[i].state >= 0)
        expect (d, steps[i].device, "state", steps[i].state, NULL);
      else
        g_assert_null (decode_find (d, steps[i].device, "state"));
      g_assert_cmpuint (d->refusals->len, ==, 0);
    }
  decode_run (d, cabinet, strlen (cabinet), NOW_US, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (bf_catalog_kind (catalog, decode_find_asset (d, "arm-1")->kind)->id, ==, "cabinet");
}

/* --- what is refused ------------------------------------------------------------------------------------------------ */

static const struct
{
  const char *service;
  const char *format;
  const char *payload;
  const char *message;
} refused[] = {
  { "parking", "ngsi", "{\"error\":\"BadRequest\",\"description\":\"no limit\"}", "the broker answers: BadRequest no limit" },
  { "parking", "ngsild", "{\"type\":\"https://uri.etsi.org/ngsi-ld/errors/BadRequestData\",\"title\":\"No\",\"detail\":\"x\"}", "the broker answers: No x" },
  { "parking", "ngsi", "3", "not NGSI" },
  { "mobility", "gbfs", "{\"last_updated\":1,\"data\":null}", "not GBFS" },
  { "mobility", "gbfs", "[]", "not GBFS" },
  { "mobility", "ocpi", "{\"status_code\":2001,\"status_message\":\"Invalid token\"}", "Invalid token" },
  { "weather", "hubeau", "{\"code\":\"x\",\"message\":\"too many\"}", "too many" },
  { "weather", "vigicrues", "{\"Serie\":{}}", "has no ObssHydro" },
  { "weather", "meteofrance-vigilance", "{}", "not Météo-France vigilance" },
  { "reports", "open311", "{}", "not Open311" },
  { "parking", "esri", "{\"error\":{\"code\":400,\"message\":\"Invalid URL\"}}", "Invalid URL" },
  { "water", "sensorthings", "{\"message\":\"no such path\"}", "no such path" },
  { "waste", "ttn-v3", "{\"a\":1}", "not an uplink" },
  { "waste", "chirpstack-v4", "nothing", "not JSON" },
  { "lighting", "talq", "{\"a\":1}", "not a TALQ log report" },
};

static void
test_refused (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (Decode) d = start (refused[i].service, refused[i].format, "");
      g_autoptr (GError) error = NULL;

      g_assert_false (decode_run (d, refused[i].payload, strlen (refused[i].payload), NOW_US, &error));
      g_assert_nonnull (error);
      if (strstr (error->message, refused[i].message) == NULL)
        g_error ("%s: “%s” does not hold “%s”", refused[i].format, error->message, refused[i].message);
    }
}

static const struct
{
  const char *lines;
  const char *problem;
} wrong[] = {
  { "[Payload]\na=0\n", "test.feed:5: expected offset, type, factor" },
  { "[Payload]\na=0, u7\n", "test.feed:5: expected offset, type, factor" },
  { "[Payload]\na=256, u8\n", "test.feed:5: expected offset, type, factor" },
  { "[Payload]\na=0, f32&1\n", "test.feed:5: expected offset, type, factor" },
  { "[Payload two]\na=0, u8\n", "test.feed:4: expected [Payload] or [Payload PORT]" },
  { "[Map]\nfill=x\nfill.over=a, b\n", "test.feed:6: a count over a time needs a property like veh/h, fill is in %" },
};

static void
test_wrong_lines (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autofree char *text = g_strdup_printf ("[Feed]\nService=waste\nFormat=ttn-v3\n%s", wrong[i].lines);
      g_autoptr (Decode) decode = decode_try_new (catalog, "test.feed", text, problems);
      g_autofree char *found = NULL;

      g_assert_null (decode);
      g_assert_cmpuint (problems->len, >, 0);
      found = bf_problem_to_string (g_ptr_array_index (problems, 0));
      if (!g_str_has_prefix (found, wrong[i].problem))
        g_error ("“%s” does not begin with “%s”", found, wrong[i].problem);
    }
}

/* What "Connect my city" says of each. */
static void
test_propose (void)
{
  const BfService *lighting = bf_catalog_find_service (catalog, "lighting");
  g_autoptr (GError) error = NULL, unknown = NULL;
  g_autofree char *text = bf_format_propose (catalog, lighting->index, "https://b.example/v2/entities", same_lamp[1], strlen (same_lamp[1]), &error);
  static const char bus[] = "[{\"id\":\"urn:ngsi-ld:Bus:1\",\"type\":\"Bus\"}]";
  g_autofree char *none = bf_format_propose (catalog, lighting->index, "https://b.example/", bus, strlen (bus), &unknown);

  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "\nService=lighting\nFormat=ngsi\nUrl=https://b.example/v2/entities\n"));
  g_assert_true (g_str_has_suffix (text, "\n[Map]\n"));
  g_assert_null (none);
  g_assert_nonnull (strstr (unknown->message, "type Bus is not known to service lighting"));
}

int
main (int argc, char **argv)
{
  g_autofree char *plugins = NULL;
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  plugins = g_test_build_filename (G_TEST_DIST, "plugins", NULL);
  catalog = bf_catalog_new ();
  bf_catalog_add_plugin_dirs (catalog, plugins, problems, &error);
  g_assert_no_error (error);
  fail_on_problems (problems);
  g_test_add_func ("/things/ngsi/forms", test_ngsi_forms);
  g_test_add_func ("/things/ngsi/stamps", test_ngsi_stamps);
  g_test_add_func ("/things/ngsi/lists", test_ngsi_lists);
  g_test_add_func ("/things/ngsi/units", test_ngsi_units);
  g_test_add_func ("/things/ngsi/more", test_ngsi_more);
  g_test_add_func ("/things/values", test_values);
  g_test_add_func ("/things/gbfs", test_gbfs);
  g_test_add_func ("/things/ocpi", test_ocpi);
  g_test_add_func ("/things/hydro", test_hydro);
  g_test_add_func ("/things/vigilance", test_vigilance);
  g_test_add_func ("/things/open311", test_open311);
  g_test_add_func ("/things/open311-xml", test_open311_xml);
  g_test_add_func ("/things/ngsi-expanded", test_ngsi_expanded);
  g_test_add_func ("/things/esri", test_esri);
  g_test_add_func ("/things/sensorthings", test_sensorthings);
  g_test_add_func ("/things/lorawan", test_lorawan);
  g_test_add_func ("/formats/things/category", test_category);
  g_test_add_func ("/formats/things/chirpstack-events", test_chirpstack_events);
  g_test_add_func ("/things/kind", test_kind);
  g_test_add_func ("/things/numbers", test_numbers);
  g_test_add_func ("/things/talq", test_talq);
  g_test_add_func ("/things/talq-model", test_talq_model);
  g_test_add_func ("/things/refused", test_refused);
  g_test_add_func ("/things/wrong-lines", test_wrong_lines);
  g_test_add_func ("/things/propose", test_propose);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
