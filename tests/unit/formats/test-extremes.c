/* SPDX-License-Identifier: EUPL-1.2 */
/* What no measurement can be, in every format: the years 0 and 9999, dates that are none, NaN, infinity, 1e400. Each is put into a payload
 * that is good without it; then nothing of it may be taken, and a sentence says why. */

#include "bf-decode-fixture.h"
#include "bf-protobuf-fixture.h"

#define NOW_US (G_GINT64_CONSTANT (1714818600) * G_USEC_PER_SEC) /* 2024-05-04T10:30:00Z */
#define GOOD_S G_GINT64_CONSTANT (1714816800)                                      /* half an hour before */

static BfCatalog *catalog;

/* How a stamp stands in the payload. */
typedef enum
{
  TEXT,
  EPOCH,
  EPOCH_MS,
} Form;

/* @payload: `@T` is the stamp and `@N` the number, raw. @number: the property that the number is, or "location"; @good: the number
 * that can be. @stamped: the property that the stamp is of. */
static const struct
{
  const char *format;
  const char *service;
  const char *map;
  const char *id;
  const char *stamped;
  const char *number;
  const char *good;
  Form form;
  const char *payload;
} cases[] = {
  { "json", "parking", "[Map]\nid=id\nkind='off_street'\nfree_spaces=n\nobserved=t\n", "1", "free_spaces", "free_spaces", "3", TEXT,
    "[{\"id\":\"1\",\"n\":@N,\"t\":\"@T\"}]" },
  { "json", "parking", "[Map]\nid=id\nkind='off_street'\nfree_spaces=n\nobserved=t\nobserved.form=epoch\n", "1", "free_spaces", "free_spaces", "3",
    EPOCH, "[{\"id\":\"1\",\"n\":@N,\"t\":@T}]" },
  { "json", "parking", "[Map]\nid=id\nkind='off_street'\nfree_spaces=n\nobserved=t\nobserved.form=epoch-ms\n", "1", "free_spaces", "free_spaces", "3",
    EPOCH_MS, "[{\"id\":\"1\",\"n\":@N,\"t\":\"@T\"}]" },
  { "json", "parking", "[Map]\nid=id\nkind='off_street'\nfree_spaces=n\nrecords=list\npayload.observed=t\n", "1", "free_spaces", "free_spaces", "3", TEXT,
    "{\"t\":\"@T\",\"list\":[{\"id\":\"1\",\"n\":@N}]}" },
  { "opendatasoft", "parking", "[Map]\nid=key\nkind='off_street'\nfree_spaces=free\n", "A", "free_spaces", "free_spaces", "3", TEXT,
    "{\"nhits\":1,\"records\":[{\"recordid\":\"r\",\"fields\":{\"key\":\"A\",\"free\":@N},\"record_timestamp\":\"@T\"}]}" },
  { "geojson", "parking", "[Map]\nkind='off_street'\nfree_spaces=n\nobserved=t\n", "1", "free_spaces", "free_spaces", "3", TEXT,
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":1,\"geometry\":null,\"properties\":{\"n\":@N,\"t\":\"@T\"}}]}" },
  { "geojson", "parking", "[Map]\nkind='off_street'\nfree_spaces=n\nobserved=t\n", "1", "free_spaces", "location", "48.1", TEXT,
    "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"id\":1,\"geometry\":{\"type\":\"Point\",\"coordinates\":[-1.6,@N]},"
    "\"properties\":{\"n\":1,\"t\":\"@T\"}}]}" },
  { "esri", "parking", "[Map]\nkind='off_street'\nfree_spaces=n\nobserved=t\nobserved.form=epoch-ms\n", "7", "free_spaces", "free_spaces", "3", EPOCH_MS,
    "{\"objectIdFieldName\":\"FID\",\"features\":[{\"attributes\":{\"FID\":7,\"n\":@N,\"t\":@T}}]}" },
  { "ngsi", "parking", "", "1", "free_spaces", "free_spaces", "3", TEXT,
    "[{\"id\":\"1\",\"type\":\"OffStreetParking\",\"availableSpotNumber\":@N,\"dateObserved\":\"@T\"}]" },
  { "ngsiv2", "parking", "", "1", "free_spaces", "free_spaces", "3", TEXT,
    "[{\"id\":\"1\",\"type\":\"OffStreetParking\",\"availableSpotNumber\":{\"value\":@N,\"metadata\":{\"TimeInstant\":{\"value\":\"@T\"}}}}]" },
  { "ngsild", "parking", "", "1", "free_spaces", "free_spaces", "3", TEXT,
    "[{\"id\":\"1\",\"type\":\"OffStreetParking\",\"availableSpotNumber\":{\"type\":\"Property\",\"value\":@N,\"observedAt\":\"@T\"}}]" },
  { "gbfs", "mobility", "", "1", "bikes_available", "bikes_available", "3", EPOCH,
    "{\"last_updated\":1714816800,\"ttl\":60,\"data\":{\"stations\":[{\"station_id\":\"1\",\"num_bikes_available\":@N,\"last_reported\":@T}]}}" },
  { "gbfs", "mobility", "", "v", "range", "range", "3", EPOCH,
    "{\"last_updated\":@T,\"ttl\":60,\"data\":{\"bikes\":[{\"bike_id\":\"v\",\"lat\":48.1,\"lon\":-1.6,\"current_range_meters\":@N}]}}" },
  { "ocpi", "mobility", "", "E", "power", "power", "11000", TEXT,
    "{\"status_code\":1000,\"data\":[{\"id\":\"L\",\"coordinates\":{\"latitude\":\"48.1\",\"longitude\":\"-1.6\"},\"evses\":[{\"uid\":\"E\","
    "\"last_updated\":\"@T\",\"connectors\":[{\"max_electric_power\":@N}]}]}]}" },
  { "sensorthings", "water", "[Map]\nkind='pressure_logger'\nobserved=phenomenonTime\npressure=result\n", "5", "pressure", "pressure", "3.2", TEXT,
    "{\"value\":[{\"@iot.id\":5,\"Datastreams\":[{\"@iot.id\":1,\"unitOfMeasurement\":{\"symbol\":\"bar\"},\"Observations\":[{\"result\":@N,"
    "\"phenomenonTime\":\"2024-05-04T10:00:00Z/@T\"}]}]}]}" },
  { "ttn-v3", "waste", "[Map]\nkind='container'\ntemperature=temp\n", "a", "temperature", "temperature", "12", TEXT,
    "{\"end_device_ids\":{\"device_id\":\"a\"},\"uplink_message\":{\"f_port\":2,\"decoded_payload\":{\"temp\":@N},\"received_at\":\"@T\"}}" },
  { "chirpstack-v4", "waste", "[Map]\nkind='container'\ntemperature=temp\n", "a", "temperature", "temperature", "12", TEXT,
    "{\"time\":\"@T\",\"deviceInfo\":{\"devEui\":\"a\"},\"fPort\":2,\"object\":{\"temp\":@N}}" },
  { "hubeau", "weather", "", "S", "height", "height", "900", TEXT,
    "{\"count\":1,\"data\":[{\"code_station\":\"S\",\"grandeur_hydro\":\"H\",\"resultat_obs\":@N,\"date_obs\":\"@T\"}]}" },
  { "vigicrues", "weather", "", "S", "height", "height", "0.6", EPOCH_MS,
    "{\"Serie\":{\"CdStationHydro\":\"S\",\"GrdSerie\":\"H\",\"ObssHydro\":[[@T,@N]]}}" },
  { "meteofrance-vigilance", "weather", "", "35", "wind", "wind", "3", TEXT,
    "{\"product\":{\"update_time\":\"@T\",\"periods\":[{\"echeance\":\"J\",\"timelaps\":{\"domain_ids\":[{\"domain_id\":\"35\",\"max_color_id\":3,"
    "\"phenomenon_items\":[{\"phenomenon_id\":\"1\",\"phenomenon_max_color_id\":@N}]}]}}]}}" },
  { "open311", "reports", "", "6", "state", "location", "48.1", TEXT,
    "[{\"service_request_id\":6,\"status\":\"open\",\"lat\":@N,\"long\":-1.6,\"requested_datetime\":\"@T\"}]" },
  { "open311", "reports", "", "6", "state", "location", "48.1", TEXT,
    "<service_requests><request><service_request_id>6</service_request_id><status>open</status><lat>@N</lat><long>-1.6</long>"
    "<requested_datetime>@T</requested_datetime></request></service_requests>" },
  { "talq", "lighting", "", "lamp-1", "dimming", "dimming", "60", TEXT,
    "[{\"loggerAddress\":\"g\",\"logs\":[{\"srcAddress\":\"lamp-1:actuator\",\"attribute\":\"actualLightState\",\"value\":@N,\"timestamp\":\"@T\"}]}]" },
  { "csv", "parking", "[Map]\nid=id\nkind='off_street'\nfree_spaces=n\nobserved=t\n", "1", "free_spaces", "free_spaces", "3", TEXT, "id;n;t\n1;@N;@T\n" },
  { "csv", "parking", "[Map]\nid=id\nkind='off_street'\nfree_spaces=n\nobserved=t\nobserved.form=%d/%m/%Y %H:%M | epoch\n", "1", "free_spaces", "free_spaces",
    "3", EPOCH, "id;n;t\n1;@N;@T\n" },
  { "datex2", "parking", "", "P", "free_spaces", "free_spaces", "3", TEXT,
    "<d2LogicalModel><payloadPublication><publicationTime>2024-05-04T10:00:00Z</publicationTime><parkingFacilityStatus><parkingFacilityReference id='P'/>"
    "<parkingFacilityStatusTime>@T</parkingFacilityStatusTime><totalNumberOfVacantParkingSpaces>@N</totalNumberOfVacantParkingSpaces>"
    "</parkingFacilityStatus></payloadPublication></d2LogicalModel>" },
  { "datex2", "traffic", "", "A", "flow", "flow", "300", TEXT,
    "<d2LogicalModel xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><payloadPublication xsi:type='MeasuredDataPublication'>"
    "<publicationTime>2024-05-04T10:00:00Z</publicationTime><siteMeasurements><measurementSiteReference id='A'/><measurementTimeDefault>@T"
    "</measurementTimeDefault><measuredValue index='0'><measuredValue><basicData xsi:type='TrafficFlow'><vehicleFlow><vehicleFlowRate>@N</vehicleFlowRate>"
    "</vehicleFlow></basicData></measuredValue></measuredValue></siteMeasurements></payloadPublication></d2LogicalModel>" },
  { "datex2", "parking", "", "P", "free_spaces", "free_spaces", "3", TEXT,
    "{\"messageContainer\":{\"payload\":[{\"prkParkingStatusPublication\":{\"parkingRecordStatus\":[{\"prkParkingSiteStatus\":{\"parkingRecordReference\":"
    "{\"idG\":\"P\",\"versionG\":\"1\"},\"parkingStatusOriginTime\":\"@T\",\"parkingOccupancy\":{\"parkingNumberOfVacantSpaces\":@N}}}],"
    "\"publicationTime\":\"2024-05-04T10:00:00Z\"}}]}}" },
};

static const char *const bad_stamps[][3] = {
  /* TEXT, EPOCH, EPOCH_MS */
  { "0000-01-01T00:00:00Z", "-62167219200", "-62167219200000" },
  { "0001-01-01T00:00:00Z", "-62135596800", "-62135596800000" },
  { "9999-12-31T23:59:59Z", "253402300799", "253402300799000" },
  { "9999-12-31T23:59:59-23:59", "9223372036854775807", "9223372036854775807" },
  { "99999-01-01T00:00:00Z", "1e400", "1e400" },
  { "2024-13-41T25:61:61Z", "-1e400", "-1e400" },
  { "NaN", "NaN", "NaN" },
};
static const char *const good_stamps[] = { "2024-05-04T10:00:00Z", "1714816800", "1714816800000" };
static const char *const bad_numbers[] = { "NaN", "-Infinity", "1e400", "-1e400", "\"NaN\"", "\"1e400\"", "\"inf\"", "1e308" };

/* What is said of it must be one of these: sentences that a person understands. */
static const char *const sentences[] = {
  "not JSON", "cannot be read", "no time of measurement", "is not an RFC 3339 time", "is not of the form", "is not a time of measurement (before 2000)", "ahead of now", "expected a number",
  "is outside of its range", "expected a place", "coordinates are not those", "is not a place in degrees", "is not one of its values", "is not in its table",
};

static void
check_sentence (const char *what, const char *said)
{
  for (guint i = 0; i < G_N_ELEMENTS (sentences); i++)
    if (strstr (said, sentences[i]) != NULL)
      return;
  g_error ("%s: “%s” is none of the sentences that are expected", what, said);
}

static char *
fill (const char *payload, const char *stamp, const char *number)
{
  g_autoptr (GString) text = g_string_new (payload);

  g_string_replace (text, "@T", stamp, 0);
  g_string_replace (text, "@N", number, 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static gboolean
has (Decode *d, const char *id, const char *property)
{
  const SeenAsset *asset = decode_find_asset (d, id);
  const BfObservation *o;
  const char *const *values;

  if (g_str_equal (property, "location"))
    return asset != NULL && !isnan (asset->point.lat);
  o = decode_find (d, id, property);
  if (o == NULL)
    return FALSE;
  /* A state that says that nothing is known takes nothing for true. */
  values = (const char *const *) bf_catalog_property (catalog, o->property)->values;
  return values == NULL || !g_str_equal (values[(guint) o->value], "unknown");
}

/* Decodes, and holds that nothing of @property came and a sentence says so. */
static void
expect_none (Decode *d, const char *what, const char *bytes, gsize length, const char *id, const char *property)
{
  g_autoptr (GError) error = NULL;
  gboolean good = decode_run (d, bytes, length, NOW_US, &error);

  g_test_message ("%s: %s", what, !good ? error->message : d->refusals->len > 0 ? (char *) g_ptr_array_index (d->refusals, 0) : "nothing refused");
  if (has (d, id, property))
    g_error ("%s: taken", what);
  if (!good)
    check_sentence (what, error->message);
  else if (d->refusals->len > 0)
    check_sentence (what, g_ptr_array_index (d->refusals, 0));
  else if (decode_find (d, id, property) == NULL) /* else a state that is unknown */
    g_error ("%s: nothing is said", what);
}

static Decode *
start (guint i)
{
  g_autofree char *feed = g_strdup_printf ("[Feed]\nService=%s\nFormat=%s\n%s", cases[i].service, cases[i].format, cases[i].map);

  return decode_new (catalog, "test.feed", feed);
}

/* Without what is wrong each payload gives what it measures: a case that refuses all would prove nothing. */
static void
test_good (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Decode) d = start (i);
      g_autofree char *payload = fill (cases[i].payload, good_stamps[cases[i].form], cases[i].good);
      g_autoptr (GError) error = NULL;

      decode_run (d, payload, strlen (payload), NOW_US, &error);
      g_assert_no_error (error);
      if (!has (d, cases[i].id, cases[i].stamped) || !has (d, cases[i].id, cases[i].number))
        g_error ("%s, %s: nothing came; refused: %s", cases[i].format, cases[i].stamped,
                 d->refusals->len > 0 ? (char *) g_ptr_array_index (d->refusals, 0) : "nothing");
      /* A bulletin is true while it is in force, not when it was published. */
      g_assert_cmpint (decode_find (d, cases[i].id, cases[i].stamped)->observed_us, ==,
                       g_str_equal (cases[i].format, "meteofrance-vigilance") ? NOW_US : GOOD_S * G_USEC_PER_SEC);
    }
}

static void
test_stamps (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (bad_stamps); j++)
      {
        g_autoptr (Decode) d = start (i);
        g_autofree char *payload = fill (cases[i].payload, bad_stamps[j][cases[i].form], cases[i].good);
        g_autofree char *what = g_strdup_printf ("%s (%s) with the stamp %s", cases[i].format, cases[i].stamped, bad_stamps[j][cases[i].form]);

        expect_none (d, what, payload, strlen (payload), cases[i].id, cases[i].stamped);
      }
}

static void
test_numbers (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    for (guint j = 0; j < G_N_ELEMENTS (bad_numbers); j++)
      {
        g_autoptr (Decode) d = start (i);
        g_autofree char *payload = fill (cases[i].payload, good_stamps[cases[i].form], bad_numbers[j]);
        g_autofree char *what = g_strdup_printf ("%s (%s) with the number %s", cases[i].format, cases[i].number, bad_numbers[j]);

        expect_none (d, what, payload, strlen (payload), cases[i].id, cases[i].number);
      }
}

/* --- the two that are no text of numbers --------------------------------------------------------------------------- */

static GString *
gtfs (guint64 header_s, guint64 stamp_s, float speed)
{
  GString *out = g_string_new (NULL), *header = g_string_new (NULL), *vehicle = g_string_new (NULL), *position = g_string_new (NULL),
          *descriptor = g_string_new (NULL), *entity = g_string_new (NULL);

  put_text (header, 1, "2.0");
  put_number (header, 3, header_s);
  put_message (out, 1, header);
  put_float (position, 1, 48.5f);
  put_float (position, 2, -4.25f);
  put_float (position, 5, speed);
  put_text (descriptor, 1, "bus");
  put_message (vehicle, 2, position);
  if (stamp_s > 0)
    put_number (vehicle, 5, stamp_s);
  put_message (vehicle, 8, descriptor);
  put_text (entity, 1, "e");
  put_message (entity, 4, vehicle);
  put_message (out, 2, entity);
  return out;
}

static void
test_gtfs_rt (void)
{
  static const struct
  {
    guint64 header_s;
    guint64 stamp_s;
    float speed;
  } bad[] = {
    { GOOD_S, 253402300799, 10 },        { GOOD_S, G_MAXUINT64, 10 }, { GOOD_S, (guint64) G_GINT64_CONSTANT (-62167219200), 10 },
    { G_MAXUINT64, 0, 10 },              { 253402300799, 0, 10 },     { GOOD_S, GOOD_S, (float) NAN },
    { GOOD_S, GOOD_S, (float) INFINITY }, { GOOD_S, GOOD_S, 3e38f },
  };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i <= G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (Decode) d = decode_new (catalog, "test.feed", "[Feed]\nService=mobility\nFormat=gtfs-rt\n");
      g_autofree char *what = g_strdup_printf ("gtfs-rt %u", i);
      g_autoptr (GString) payload = i < G_N_ELEMENTS (bad) ? gtfs (bad[i].header_s, bad[i].stamp_s, bad[i].speed) : gtfs (GOOD_S, GOOD_S, 10);

      if (i < G_N_ELEMENTS (bad))
        expect_none (d, what, payload->str, payload->len, "bus", "speed");
      else /* and without what is wrong */
        g_assert_true (decode_run (d, payload->str, payload->len, NOW_US, &error) && has (d, "bus", "speed"));
    }
}

/* A device's own bytes: a float that is none. */
static void
test_payload_bytes (void)
{
  static const guint8 good[] = { 0, 0, 0x40, 0x41 }, nan[] = { 0, 0, 0xc0, 0x7f }, infinite[] = { 0, 0, 0x80, 0xff };
  const guint8 *const bytes[] = { good, nan, infinite };

  for (guint i = 0; i < G_N_ELEMENTS (bytes); i++)
    {
      g_autoptr (Decode) d = decode_new (catalog, "test.feed",
                                         "[Feed]\nService=waste\nFormat=ttn-v3\n[Map]\nkind='container'\ntemperature=t\n[Payload]\nt=0, f32le\n");
      g_autofree char *base64 = g_base64_encode (bytes[i], 4);
      g_autofree char *payload = g_strdup_printf ("{\"end_device_ids\":{\"device_id\":\"a\"},\"uplink_message\":{\"f_port\":2,\"frm_payload\":\"%s\","
                                                  "\"received_at\":\"2024-05-04T10:00:00Z\"}}",
                                                  base64);

      if (i == 0)
        g_assert_true (decode_run (d, payload, strlen (payload), NOW_US, NULL) && has (d, "a", "temperature"));
      else
        expect_none (d, "ttn-v3 with a float of the device", payload, strlen (payload), "a", "temperature");
    }
}

#define CAP(expires, circle)                                                                                                      \
  "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>i</identifier><sent>2024-05-04T09:00:00Z</sent><status>Actual</status>" \
  "<msgType>Alert</msgType><info><event>Orage</event><severity>Severe</severity><expires>" expires                               \
  "</expires><area><areaDesc>Ici</areaDesc><circle>" circle "</circle><geocode><valueName>X</valueName><value>Z</value></geocode></area></info></alert>"

/* The end of a warning is no measurement: one in the year 9999 has none in sight and is in force, one that cannot be read is as none, and
 * one that ended in the year 0 is over, at a time that nothing can be measured at. */
static void
test_cap (void)
{
  static const struct
  {
    const char *payload;
    gboolean in_force;
    gboolean placed;
  } warnings[] = {
    { CAP ("2024-05-04T12:00:00Z", "48.1,-1.6 5"), TRUE, TRUE },      { CAP ("9999-12-31T23:59:59Z", "48.1,-1.6 5"), TRUE, TRUE },
    { CAP ("0000-01-01T00:00:00Z", "48.1,-1.6 5"), TRUE, TRUE },
    { CAP ("0001-01-01T00:00:00Z", "48.1,-1.6 5"), FALSE, TRUE },     { CAP ("2024-05-04T12:00:00Z", "NaN,-1.6 5"), TRUE, FALSE },
    { CAP ("2024-05-04T12:00:00Z", "1e400,-1.6 5"), TRUE, FALSE },    { CAP ("2024-05-04T12:00:00Z", "48.1,inf 1e400"), TRUE, FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (warnings); i++)
    {
      g_autoptr (Decode) d = decode_new (catalog, "test.feed", "[Feed]\nService=weather\nFormat=cap\n");
      g_autoptr (GError) error = NULL;

      g_assert_true (decode_run (d, warnings[i].payload, strlen (warnings[i].payload), NOW_US, &error));
      g_test_message ("cap %u: %s", i, d->refusals->len > 0 ? (char *) g_ptr_array_index (d->refusals, 0) : "nothing refused");
      g_assert_cmpuint (d->assets->len, ==, 1);
      g_assert_cmpint (d->observations->len > 0, ==, warnings[i].in_force);
      g_assert_cmpint (!isnan (g_array_index (d->assets, SeenAsset, 0).point.lat), ==, warnings[i].placed);
      if (!warnings[i].in_force)
        g_assert_nonnull (strstr (g_ptr_array_index (d->refusals, 0), "is not a time of measurement (before 2000)"));
    }
}

static gboolean
has_case (const char *format)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    if (g_str_equal (cases[i].format, format))
      return TRUE;
  return g_str_equal (format, "cap") || g_str_equal (format, "gtfs-rt");
}

/* A format that is added comes in here too. */
static void
test_all_formats (void)
{
  const char *const *names = bf_format_names ();

  for (guint i = 0; names[i] != NULL; i++)
    if (!has_case (names[i]))
      g_error ("the format %s has no case here", names[i]);
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
  g_test_add_func ("/formats/extremes/all-formats", test_all_formats);
  g_test_add_func ("/formats/extremes/good", test_good);
  g_test_add_func ("/formats/extremes/stamps", test_stamps);
  g_test_add_func ("/formats/extremes/numbers", test_numbers);
  g_test_add_func ("/formats/extremes/gtfs-rt", test_gtfs_rt);
  g_test_add_func ("/formats/extremes/payload-bytes", test_payload_bytes);
  g_test_add_func ("/formats/extremes/cap", test_cap);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
