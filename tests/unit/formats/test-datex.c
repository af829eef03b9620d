/* SPDX-License-Identifier: EUPL-1.2 */
/* DATEX II, by small payloads after the shapes of real ones, through the plugins' own default maps. */

#include "bf-decode-fixture.h"

#define NOW G_GINT64_CONSTANT (1784955870000000) /* 2026-07-25T05:04:30Z */

static BfCatalog *catalog;

static Decode *
run (const char *service, const char *payload)
{
  g_autofree char *feed = g_strdup_printf ("[Feed]\nService=%s\nFormat=datex2\nUrl=https://example.org/x\n", service);
  g_autoptr (GError) error = NULL;
  Decode *decode = decode_new (catalog, "test.feed", feed);

  decode_run (decode, payload, strlen (payload), NOW, &error);
  g_assert_no_error (error);
  return decode;
}

static void
expect_state (Decode *decode, const char *id, const char *property, const char *value)
{
  const BfObservation *o = decode_find (decode, id, property);

  if (o == NULL)
    g_error ("%s has no %s", id, property);
  g_assert_cmpstr (bf_catalog_property (catalog, o->property)->values[(guint) o->value], ==, value);
}

static void
expect_number (Decode *decode, const char *id, const char *property, double value)
{
  const BfObservation *o = decode_find (decode, id, property);

  if (o == NULL)
    g_error ("%s has no %s", id, property);
  g_assert_cmpfloat_with_epsilon (o->value, value, 1e-9);
}

static void
expect_refusal (Decode *decode, const char *part)
{
  for (guint i = 0; i < decode->refusals->len; i++)
    if (strstr (g_ptr_array_index (decode->refusals, i), part) != NULL)
      return;
  g_error ("nothing is refused with “%s”; first of %u: %s", part, decode->refusals->len,
           decode->refusals->len > 0 ? (char *) g_ptr_array_index (decode->refusals, 0) : "none");
}

#define FACILITY(id, words, time, free)                                                                                     \
  "<parkingFacilityStatus><parkingFacilityReference id='" id "'/>" words "<parkingFacilityStatusTime>" time                 \
  "</parkingFacilityStatusTime><totalNumberOfVacantParkingSpaces>" free "</totalNumberOfVacantParkingSpaces>"               \
  "</parkingFacilityStatus>"
#define WORD(word) "<parkingFacilityStatus>" word "</parkingFacilityStatus>"

static void
test_facilities (void)
{
  g_autoptr (Decode) decode
    = run ("parking", "<x:d2LogicalModel xmlns:x='u'><payloadPublication><publicationTime>2026-07-25T05:04:00Z</publicationTime>"
                      FACILITY ("a", WORD ("spacesAvailable") WORD ("open"), "2026-07-25T07:03:00.123456789+02:00", "12")
                      FACILITY ("b", WORD ("closed") WORD ("spacesAvailable"), "2026-07-25T05:03:00Z", "457")
                      FACILITY ("c", WORD ("open") WORD ("full"), "2026-07-25T05:03:00Z", "0")
                      FACILITY ("d", WORD ("statusUnknown"), "1970-01-01T01:00:00.000+01:00", "0")
                      FACILITY ("e", WORD ("vielleicht"), "2026-07-25T05:03:00Z", "-7")
                      "</payloadPublication></x:d2LogicalModel>");

  expect_state (decode, "a", "state", "open");
  expect_number (decode, "a", "free_spaces", 12);
  g_assert_cmpint (decode_find (decode, "a", "state")->observed_us, ==, G_GINT64_CONSTANT (1784955780123456));
  expect_state (decode, "b", "state", "closed");
  expect_state (decode, "c", "state", "full");
  /* a dead car park says 1970: it is there, and nothing is known of it */
  g_assert_nonnull (decode_find_asset (decode, "d"));
  g_assert_null (decode_find (decode, "d", "state"));
  expect_refusal (decode, "is not a time of measurement");
  expect_refusal (decode, "“vielleicht” is not in its table");
  expect_refusal (decode, "-7 is outside of its range");
  g_assert_cmpuint (bf_sink_counts (decode->sink)->n_records, ==, 5);
}

static void
test_records (void)
{
  g_autoptr (Decode) decode = run (
    "parking",
    "<s:Envelope xmlns:s='soap'><s:Body><d:messageContainer xmlns:d='d' xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'>"
    "<d:payload xsi:type='p:ParkingStatusPublication'><c:publicationTime>2026-07-25T05:04:00.000473953Z</c:publicationTime>"
    "<p:parkingRecordStatus xsi:type='p:ParkingSiteStatus'><p:parkingRecordReference id='1035[P+R Bondorf]'/>"
    "<p:parkingOccupancy><p:parkingNumberOfSpacesOverride>313</p:parkingNumberOfSpacesOverride>"
    "<p:parkingNumberOfVacantSpaces>215</p:parkingNumberOfVacantSpaces><p:parkingOccupancy>31.3</p:parkingOccupancy>"
    "</p:parkingOccupancy><p:parkingSiteOpeningStatus>open</p:parkingSiteOpeningStatus>"
    "<p:parkingSpaceStatus parkingSpaceIndex='7'><p:parkingSpaceOccupied>true</p:parkingSpaceOccupied></p:parkingSpaceStatus>"
    "</p:parkingRecordStatus></d:payload></d:messageContainer></s:Body></s:Envelope>");

  /* the id that the table has; no time of its own: the publication's */
  expect_number (decode, "1035", "free_spaces", 215);
  expect_number (decode, "1035", "capacity", 313);
  g_assert_cmpstr (decode_find_asset (decode, "1035")->name, ==, "P+R Bondorf");
  g_assert_cmpint (decode_find (decode, "1035", "capacity")->observed_us, ==, G_GINT64_CONSTANT (1784955840000473));
  expect_state (decode, "1035:7", "presence", "occupied");
  g_assert_cmpuint (decode->refusals->len, ==, 0);
}

static void
test_json (void)
{
  g_autoptr (Decode) decode = run (
    "parking",
    "{\"messageContainer\": {\"payload\": [{\"prkParkingStatusPublication\": {\"parkingRecordStatus\": [{\"prkParkingSiteStatus\": "
    "{\"parkingRecordReference\": {\"targetClass\": \"x\", \"idG\": \"P1\", \"versionG\": \"1\"}, \"parkingStatusOriginTime\": "
    "\"2026-07-25T05:03:00Z\", \"parkingOccupancy\": {\"parkingNumberOfVacantSpaces\": 41, \"parkingOccupancy\": 59}, "
    "\"parkingSiteStatus\": [{\"value\": \"spacesAvailable\"}]}}], \"publicationTime\": \"2026-07-25T05:04:00Z\"}}]}}");

  expect_number (decode, "P1", "free_spaces", 41);
  expect_state (decode, "P1", "state", "open");
  g_assert_cmpint (decode_find (decode, "P1", "state")->observed_us, ==, G_GINT64_CONSTANT (1784955780000000));
}

#define DATA(index, type, inner)                                                                                            \
  "<measuredValue index='" index "'><measuredValue><basicData xsi:type='" type "'>" inner                                   \
  "</basicData></measuredValue></measuredValue>"
#define FLOW(n) "<vehicleFlow><vehicleFlowRate>" n "</vehicleFlowRate></vehicleFlow>"
#define SPEED(n) "<averageVehicleSpeed>" n "</averageVehicleSpeed>"

static void
test_measured (void)
{
  g_autoptr (Decode) decode = run (
    "traffic",
    "<d2LogicalModel xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><payloadPublication xsi:type='MeasuredDataPublication'>"
    "<publicationTime>2026-07-25T05:04:00Z</publicationTime>"
    "<siteMeasurements><measurementSiteReference id='A'/><measurementTimeDefault>2026-07-25T05:10:00Z</measurementTimeDefault>"
    DATA ("0", "TrafficFlow", FLOW ("1010")) DATA ("0", "TrafficSpeed", SPEED ("<speed>112.0</speed>")) "</siteMeasurements>"
    "<siteMeasurements><measurementSiteReference id='B'/><measurementTimeDefault>2026-07-25T05:03:00Z</measurementTimeDefault>"
    DATA ("1", "TrafficFlow", FLOW ("300")) DATA ("2", "TrafficFlow", FLOW ("200"))
    DATA ("2", "TrafficSpeed", SPEED ("<dataError>true</dataError><speed>-1</speed>")) "</siteMeasurements>"
    "<siteMeasurements><measurementSiteReference id='C'/><measurementTimeDefault>2026-07-25T06:03:00Z</measurementTimeDefault>"
    DATA ("1", "TravelTimeData", "<travelTime><duration>92.5</duration></travelTime>") "</siteMeasurements>"
    "<siteMeasurements><measurementSiteReference id='D'/><measurementTimeDefault>2026-07-25T05:03:00Z</measurementTimeDefault>"
    DATA ("1", "TrafficFlow", FLOW ("1")) DATA ("1", "TrafficFlow", FLOW ("2")) "</siteMeasurements>"
    "<siteMeasurements><measurementSiteReference id='E'/><measurementTimeDefault>2026-07-25T05:03:00Z</measurementTimeDefault>"
    DATA ("1", "TrafficFlow", FLOW ("1e400")) DATA ("2", "TrafficSpeed", SPEED ("<speed>NaN</speed>")) "</siteMeasurements>"
    "</payloadPublication></d2LogicalModel>");

  /* 6 min ahead of the publication, as France publishes: within the 15 that are taken */
  expect_number (decode, "A", "flow", 1010);
  expect_number (decode, "A", "speed", 112);
  /* several of one quantity: each index is an asset of its own, nothing is summed */
  expect_number (decode, "B:1", "flow", 300);
  expect_number (decode, "B:2", "flow", 200);
  g_assert_cmpstr (decode_find_asset (decode, "B:2")->parent, ==, "B");
  g_assert_null (decode_find (decode, "B:2", "speed"));
  expect_refusal (decode, "“dataError”");
  /* an hour ahead */
  g_assert_null (decode_find (decode, "C", "travel_time"));
  expect_refusal (decode, "travel_time");
  /* the same index twice: which is true cannot be known */
  g_assert_null (decode_find (decode, "D:1", "flow"));
  g_assert_null (decode_find (decode, "E", "flow"));
  g_assert_null (decode_find (decode, "E", "speed"));
}

#define RECORD(id, class, validity, rest)                                                                                   \
  "<situationRecord xsi:type='" class "' id='" id "'><validity><validityStatus>definedByValidityTimeSpec</validityStatus>"  \
  "<validityTimeSpecification>" validity "</validityTimeSpecification></validity>" rest "</situationRecord>"
#define FROM(time) "<overallStartTime>" time "</overallStartTime>"
#define UNTIL(time) "<overallEndTime>" time "</overallEndTime>"

static void
test_situations (void)
{
  g_autoptr (Decode) decode = run (
    "traffic",
    "<messageContainer xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><payload xsi:type='SituationPublication'>"
    "<publicationTime>2026-07-25T05:04:00.002308656Z</publicationTime><situation id='s1'><overallSeverity>high</overallSeverity>"
    RECORD ("acc", "Accident", FROM ("2026-07-25T04:00:00Z"),
            "<generalPublicComment><comment><values><value lang='en'>Accident</value><value lang='fr'>Accident rue X</value></values>"
            "</comment></generalPublicComment><locationReference><gmlLineString><posList>48.0 2.0 48.0 2.2</posList></gmlLineString>"
            "</locationReference>")
    RECORD ("works", "MaintenanceWorks", FROM ("2026-08-01T04:00:00Z") UNTIL ("2026-09-01T04:00:00Z"),
            "<locationReference><pointByCoordinates><pointCoordinates><latitude>48.5</latitude><longitude>2.5</longitude>"
            "</pointCoordinates></pointByCoordinates></locationReference>")
    RECORD ("over", "RoadOrCarriagewayOrLaneManagement", UNTIL ("2026-07-25T05:00:00Z"),
            "<roadOrCarriagewayOrLaneManagementType>roadClosed</roadOrCarriagewayOrLaneManagementType>")
    RECORD ("night", "RoadOrCarriagewayOrLaneManagement",
            FROM ("2026-07-01T00:00:00Z") "<validPeriod><startOfPeriod>2026-07-25T20:00:00Z</startOfPeriod>"
            "<endOfPeriod>2026-07-26T04:00:00Z</endOfPeriod></validPeriod>",
            "<cause><causeType>roadMaintenance</causeType></cause>"
            "<roadOrCarriagewayOrLaneManagementType>laneClosures</roadOrCarriagewayOrLaneManagementType>")
    "</situation><situation id='s2'><headerInformation><informationStatus>securityExercise</informationStatus></headerInformation>"
    RECORD ("drill", "Accident", FROM ("2026-07-25T04:00:00Z"), "") "</situation></payload></messageContainer>");

  expect_state (decode, "acc", "event_state", "active");
  expect_state (decode, "acc", "event_type", "accident");
  expect_state (decode, "acc", "severity", "high");
  g_assert_cmpstr (decode_find_asset (decode, "acc")->name, ==, "Accident rue X");
  g_assert_cmpfloat_with_epsilon (decode_find_asset (decode, "acc")->point.lon, 2.1, 1e-6);
  g_assert_cmpfloat_with_epsilon (decode_find_asset (decode, "acc")->point.lat, 48.0, 1e-6);
  expect_state (decode, "works", "event_state", "planned");
  g_assert_cmpfloat_with_epsilon (decode_find_asset (decode, "works")->point.lat, 48.5, 1e-9);
  expect_state (decode, "over", "event_state", "ended");
  expect_state (decode, "over", "event_type", "closure");
  expect_state (decode, "night", "event_state", "planned");
  expect_state (decode, "night", "event_type", "works");
  /* a drill has no state, and so raises nothing */
  g_assert_null (decode_find (decode, "drill", "event_state"));
  g_assert_null (decode_find (decode, "drill", "event_type"));
  g_assert_null (decode_find (decode, "drill", "severity"));
  expect_refusal (decode, "“securityExercise” is not in its table");
}

static void
expect_error (const char *payload, const char *part)
{
  g_autoptr (Decode) decode = decode_new (catalog, "test.feed", "[Feed]\nService=traffic\nFormat=datex2\nUrl=https://example.org/x\n");
  g_autoptr (GError) error = NULL;

  g_assert_false (decode_run (decode, payload, strlen (payload), NOW, &error));
  if (strstr (error->message, part) == NULL)
    g_error ("expected “%s” in “%s”", part, error->message);
}

/* A situation publication is all that is current, unless its exchange says that it sends changes. */
static void
test_extent (void)
{
#define PUBLICATION(exchange, class)                                                                                          \
  "<d2LogicalModel xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><exchange>" exchange "</exchange><payloadPublication " \
  "xsi:type='" class "'><publicationTime>2026-07-25T05:00:00Z</publicationTime></payloadPublication></d2LogicalModel>"
  static const struct
  {
    const char *payload;
    BfExtent extent;
  } payloads[] = {
    { PUBLICATION ("", "SituationPublication"), BF_EXTENT_WHOLE },
    { PUBLICATION ("<subscription><updateMethod>snapshot</updateMethod></subscription>", "x:SituationPublication"), BF_EXTENT_WHOLE },
    { PUBLICATION ("<subscription><updateMethod>allElementUpdate</updateMethod></subscription>", "SituationPublication"), BF_EXTENT_PART },
    { PUBLICATION ("<codedExchangeProtocol>deltaPull</codedExchangeProtocol>", "SituationPublication"), BF_EXTENT_PART },
    { PUBLICATION ("<keepAlive>true</keepAlive>", "SituationPublication"), BF_EXTENT_PART },
    { PUBLICATION ("<response>requestDenied</response>", "SituationPublication"), BF_EXTENT_PART },
    { PUBLICATION ("", "MeasuredDataPublication"), BF_EXTENT_UNSAID },
    { "{\"messageContainer\": {\"payload\": [{\"sitSituationPublication\": {\"publicationTime\": \"2026-07-25T05:00:00Z\"}}]}}", BF_EXTENT_WHOLE },
    { "{\"messageContainer\": {\"exchangeInformation\": {\"codedExchangeProtocol\": {\"value\": \"deltaPull\"}}, \"payload\": "
      "[{\"sitSituationPublication\": {}}]}}", BF_EXTENT_PART },
  };

  for (guint i = 0; i < G_N_ELEMENTS (payloads); i++)
    {
      g_autoptr (Decode) decode = run ("traffic", payloads[i].payload);

      if (bf_sink_extent (decode->sink) != payloads[i].extent)
        g_error ("%d, expected %d: %s", bf_sink_extent (decode->sink), payloads[i].extent, payloads[i].payload);
    }
}

static void
test_not_read (void)
{
  expect_error ("<html><body>maintenance</body></html>", "not DATEX II");
  expect_error ("{\"error\": 7}", "not DATEX II");
  expect_error ("<messageContainer xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'><payload "
                "xsi:type='t:VmsPublication'/></messageContainer>",
                "a VmsPublication of DATEX II is not read");
  expect_error ("<d2LogicalModel><payloadPublication>", "not well-formed XML, line 1");
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = decode_catalog ();
  g_test_add_func ("/formats/datex/facilities", test_facilities);
  g_test_add_func ("/formats/datex/records", test_records);
  g_test_add_func ("/formats/datex/json", test_json);
  g_test_add_func ("/formats/datex/measured", test_measured);
  g_test_add_func ("/formats/datex/situations", test_situations);
  g_test_add_func ("/formats/datex/extent", test_extent);
  g_test_add_func ("/formats/datex/not-read", test_not_read);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
