/* SPDX-License-Identifier: EUPL-1.2 */
/* What is in force, what is over and what will be: warnings and events whose state goes with the time. Each case reads one payload
 * at several times and writes the state then, and what is told ahead, as one line. */

#include "bf-decode-fixture.h"

static BfCatalog *catalog;

static Decode *
run (const char *service, const char *format, const char *payload, const char *now)
{
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=%s\nFormat=%s\n", service, format);
  Decode *decode = decode_new (catalog, "test.feed", text);
  g_autoptr (GError) error = NULL;
  gint64 now_us;

  g_assert_true (bf_time_parse_rfc3339 (now, strlen (now), NULL, &now_us));
  decode_run (decode, payload, strlen (payload), now_us, &error);
  g_assert_no_error (error);
  return decode;
}

/* "red@04T12:00Z; orange@05T00:00Z ahead" */
static char *
said (Decode *decode, const char *id, const char *property)
{
  const BfProperty *p = bf_catalog_find_property (decode->catalog, decode->service, property);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < decode->observations->len; i++)
    {
      const BfObservation *o = &g_array_index (decode->observations, BfObservation, i);
      char stamp[BF_TIME_TEXT_BYTES];

      if (o->property != p->index || !g_str_equal (g_array_index (decode->assets, SeenAsset, o->asset).id, id))
        continue;
      bf_time_format (o->observed_us, stamp);
      g_string_append_printf (text, "%s%s@%.8s%s", text->len > 0 ? "; " : "", p->values[(guint) o->value], stamp + 8,
                              bf_record_is_ahead (o->record) ? " ahead" : "");
    }
  return g_string_free (text, FALSE);
}

static void
expect (Decode *decode, const char *id, const char *property, const char *wanted)
{
  g_autofree char *found = said (decode, id, property);

  if (decode->refusals->len > 0)
    g_test_message ("refused: %s", (const char *) g_ptr_array_index (decode->refusals, 0));
  g_assert_cmpstr (found, ==, wanted);
}

static void
expect_at (const char *service, const char *format, const char *payload, const char *now, const char *id, const char *property,
           const char *wanted)
{
  g_autoptr (Decode) decode = run (service, format, payload, now);

  expect (decode, id, property, wanted);
}

/* --- vigilance ------------------------------------------------------------------------------------------------------ */

#define DOMAIN(color, phenomenon)                                                                                           \
  "{\"domain_ids\":[{\"domain_id\":\"21\",\"max_color_id\":" color ",\"phenomenon_items\":[" phenomenon "]}]}"
#define ITEM(id, color) "{\"phenomenon_id\":\"" id "\",\"phenomenon_max_color_id\":" color "}"

static const char product[]
  = "{\"product\":{\"update_time\":\"2026-11-24T05:00:00Z\",\"periods\":["
    "{\"echeance\":\"J\",\"begin_validity_time\":\"2026-11-24T05:00:00Z\",\"end_validity_time\":\"2026-11-24T23:00:00Z\",\"timelaps\":"
    DOMAIN ("4", ITEM ("1", "4") "," ITEM ("2", "3")) "},"
    "{\"echeance\":\"J1\",\"begin_validity_time\":\"2026-11-24T23:00:00Z\",\"end_validity_time\":\"2026-11-25T23:00:00Z\",\"timelaps\":"
    DOMAIN ("2", ITEM ("2", "2")) "}]}}";

/* In force for as long as its period, however long ago it was published; then tomorrow's; then nobody knows. */
static void
test_vigilance (void)
{
  g_autoptr (Decode) decode = run ("weather", "meteofrance-vigilance", product, "2026-11-24T22:00:00Z");

  expect (decode, "21", "level", "red@24T22:00; yellow@24T23:00 ahead; unknown@25T23:00 ahead");
  expect (decode, "21", "wind", "red@24T22:00; unknown@24T23:00 ahead; unknown@25T23:00 ahead");
  expect (decode, "21", "rain", "orange@24T22:00; yellow@24T23:00 ahead; unknown@25T23:00 ahead");
  expect (decode, "21", "phenomenon", "wind@24T22:00; rain@24T23:00 ahead");
  g_assert_cmpstr (decode_find_asset (decode, "21")->name, ==, "Côte-d’Or");
  g_assert_cmpuint (decode->refusals->len, ==, 0);
  g_assert_cmpuint (bf_sink_counts (decode->sink)->n_records, ==, 1);
  g_assert_cmpint (bf_sink_counts (decode->sink)->newest_us, ==, bf_sink_now (decode->sink));
  expect_at ("weather", "meteofrance-vigilance", product, "2026-11-25T08:00:00Z", "21", "level",
             "yellow@25T08:00; unknown@25T23:00 ahead");
  expect_at ("weather", "meteofrance-vigilance", product, "2026-11-26T08:00:00Z", "21", "level", "unknown@25T23:00");
}

/* A period that does not say its times lasts a day from the bulletin, and tomorrow's counts for nothing. */
static void
test_vigilance_without_times (void)
{
  static const char plain[] = "{\"product\":{\"update_time\":\"2026-11-24T05:00:00Z\",\"periods\":[{\"echeance\":\"J\",\"timelaps\":"
    DOMAIN ("3", "") "},{\"echeance\":\"J1\",\"timelaps\":" DOMAIN ("4", "") "}]}}";

  expect_at ("weather", "meteofrance-vigilance", plain, "2026-11-24T10:00:00Z", "21", "level",
             "orange@24T10:00; unknown@25T05:00 ahead");
  expect_at ("weather", "meteofrance-vigilance", plain, "2026-11-25T10:00:00Z", "21", "level", "unknown@25T05:00");
}

static void
test_vigilance_names (void)
{
  static const struct { const char *id; const char *name; } names[] = {
    { "2A", "Corse-du-Sud" }, { "06", "Alpes-Maritimes" }, { "0610", "Alpes-Maritimes, coast" }, { "FRA", "FRA" }, { "95", "Val-d’Oise" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *payload = g_strdup_printf ("{\"update_time\":1600000000,\"end_validity_time\":1600050000,\"domain_id\":\"%s\","
                                                  "\"phenomenons_max_colors\":[" ITEM ("6", "3") "," ITEM ("3", "3") "]}", names[i].id);
      g_autoptr (Decode) decode = run ("weather", "meteofrance-vigilance", payload, "2020-09-13T14:00:00Z");

      g_assert_cmpstr (decode_find_asset (decode, names[i].id)->name, ==, names[i].name);
      expect (decode, names[i].id, "phenomenon", "several@13T14:00");
      expect (decode, names[i].id, "level", "orange@13T14:00; unknown@14T02:20 ahead");
    }
}

/* --- NGSI ----------------------------------------------------------------------------------------------------------- */

static const char alert[] = "[{\"id\":\"A1\",\"type\":\"WeatherAlert\",\"severity\":{\"value\":\"critical\"},"
  "\"dateIssued\":{\"value\":\"2026-11-20T00:00:00Z\"},\"validFrom\":{\"value\":\"2026-11-24T12:00:00Z\"},"
  "\"validTo\":{\"value\":\"2026-11-24T20:00:00Z\"}}]";

static void
test_ngsi (void)
{
  expect_at ("weather", "ngsi", alert, "2026-11-24T10:00:00Z", "A1", "warning_state",
             "planned@24T10:00; actual@24T12:00 ahead; expired@24T20:00 ahead");
  expect_at ("weather", "ngsi", alert, "2026-11-24T13:00:00Z", "A1", "warning_state", "actual@24T13:00; expired@24T20:00 ahead");
  expect_at ("weather", "ngsi", alert, "2026-11-24T20:00:00Z", "A1", "warning_state", "expired@24T20:00");
  expect_at ("weather", "ngsi", alert, "2026-11-24T13:00:00Z", "A1", "severity", "extreme@24T13:00");
  expect_at ("weather", "ngsi", "[{\"id\":\"A2\",\"type\":\"Alert\",\"severity\":\"low\",\"dateIssued\":\"2026-11-20T00:00:00Z\"}]",
             "2026-11-24T13:00:00Z", "A2", "warning_state", "actual@24T13:00");
}

/* --- DATEX II ------------------------------------------------------------------------------------------------------- */

#define RECORD(more, times)                                                                                                 \
  "<d2LogicalModel><payloadPublication xsi:type='SituationPublication' xmlns:xsi='x'><publicationTime>2026-11-20T00:00:00Z" \
  "</publicationTime><situation id='S'><headerInformation><informationStatus>real</informationStatus></headerInformation>"  \
  "<situationRecord xsi:type='Accident' id='R'>" more "<validity><validityStatus>definedByValidityTimeSpec</validityStatus>" \
  "<validityTimeSpecification>" times "</validityTimeSpecification></validity></situationRecord></situation>"                \
  "</payloadPublication></d2LogicalModel>"
#define OVERALL(from, to) "<overallStartTime>" from "</overallStartTime><overallEndTime>" to "</overallEndTime>"
#define HOURS(from, to)                                                                                                     \
  "<recurringTimePeriodOfDay><startTimeOfPeriod>" from "</startTimeOfPeriod><endTimeOfPeriod>" to "</endTimeOfPeriod></recurringTimePeriodOfDay>"
#define NIGHTS OVERALL ("2026-11-20T00:00:00Z", "2026-11-26T12:00:00Z") "<validPeriod>" HOURS ("22:00:00", "05:00:00") "%s</validPeriod>"

static void
expect_datex (const char *payload, const char *now, const char *wanted)
{
  expect_at ("traffic", "datex2", payload, now, "R", "event_state", wanted);
}

/* Works by night, in the city's time (an hour before UTC): not by day, and each edge is told ahead. */
static void
test_datex_nights (void)
{
  g_autofree char *nights = g_strdup_printf (RECORD ("", NIGHTS), "");
  g_autofree char *tuesdays = g_strdup_printf (RECORD ("", NIGHTS),
    "<recurringDayWeekMonthPeriod><applicableDay>tuesday</applicableDay></recurringDayWeekMonthPeriod>");
  g_autofree char *utc = g_strdup_printf (RECORD ("", OVERALL ("2026-11-20T00:00:00Z", "2026-11-24T23:30:00Z")
                                                  "<validPeriod>" HOURS ("22:00:00Z", "23:00:00.0Z") "%s</validPeriod>"), "");

  expect_datex (nights, "2026-11-24T15:00:00Z",
                "planned@20T00:00; active@24T21:00 ahead; planned@25T04:00 ahead; active@25T21:00 ahead; planned@26T04:00 ahead; ended@26T12:00 ahead");
  expect_datex (nights, "2026-11-25T23:30:00Z", "active@20T00:00; planned@26T04:00 ahead; ended@26T12:00 ahead");
  expect_datex (nights, "2026-11-26T12:00:00Z", "ended@20T00:00");
  /* The night of a Tuesday goes on to Wednesday morning. */
  expect_datex (tuesdays, "2026-11-25T03:00:00Z", "active@20T00:00; planned@25T04:00 ahead; ended@26T12:00 ahead");
  expect_datex (tuesdays, "2026-11-25T22:00:00Z", "planned@20T00:00; ended@26T12:00 ahead");
  expect_datex (utc, "2026-11-24T22:30:00Z", "active@20T00:00; planned@24T23:00 ahead; ended@24T23:30 ahead");
}

static void
test_datex_periods (void)
{
#define PERIOD(name, from, to) "<" name "><startOfPeriod>" from "</startOfPeriod><endOfPeriod>" to "</endOfPeriod></" name ">"
  static const char two[] = RECORD ("", "<overallStartTime>2026-11-20T00:00:00Z</overallStartTime>"
    PERIOD ("validPeriod", "2026-11-24T06:00:00Z", "2026-11-24T08:00:00Z") PERIOD ("validPeriod", "2026-11-24T10:00:00Z", "2026-11-24T16:00:00Z")
    PERIOD ("exceptionPeriod", "2026-11-24T12:00:00Z", "2026-11-24T13:00:00Z"));
  static const char risk[] = RECORD ("<probabilityOfOccurrence>riskOf</probabilityOfOccurrence>",
                                     OVERALL ("2026-11-20T00:00:00Z", "2026-11-26T12:00:00Z"));

  expect_datex (two, "2026-11-24T09:00:00Z",
                "planned@20T00:00; active@24T10:00 ahead; planned@24T12:00 ahead; active@24T13:00 ahead; planned@24T16:00 ahead");
  expect_datex (two, "2026-11-24T12:30:00Z", "planned@20T00:00; active@24T13:00 ahead; planned@24T16:00 ahead");
  expect_datex (risk, "2026-11-24T09:00:00Z", "planned@20T00:00");
}

int
main (int argc, char **argv)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autofree char *plugins = NULL;
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = bf_catalog_new ();
  plugins = g_test_build_filename (G_TEST_DIST, "plugins", NULL);
  bf_catalog_add_plugin_dirs (catalog, plugins, problems, &error);
  g_assert_no_error (error);
  g_test_add_func ("/validity/vigilance", test_vigilance);
  g_test_add_func ("/validity/vigilance-without-times", test_vigilance_without_times);
  g_test_add_func ("/validity/vigilance-names", test_vigilance_names);
  g_test_add_func ("/validity/ngsi", test_ngsi);
  g_test_add_func ("/validity/datex-nights", test_datex_nights);
  g_test_add_func ("/validity/datex-periods", test_datex_periods);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
