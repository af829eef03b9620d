/* SPDX-License-Identifier: EUPL-1.2 */
/* What the screen says. In English: the French is looked after by the test of the translations. */

#include <glib/gstdio.h>
#include <locale.h>
#include <math.h>
#include <string.h>

#include "bf-test-city.h"
#include "console/bf-new-city.h"
#include "console/bf-private-engine.h"
#include "console/bf-words.h"

#define S (gint64) G_USEC_PER_SEC

static void
test_durations (void)
{
  static const struct
  {
    gint64 us;
    const char *words;
  } cases[] = {
    { -5 * S, "0 s" },         { 0, "0 s" },           { 27 * S, "27 s" },          { 59 * S, "59 s" },
    { 60 * S, "1 min" },       { 3599 * S, "59 min" }, { 3600 * S, "1 h 00" },      { 4320 * S, "1 h 12" },
    { 86399 * S, "23 h 59" },  { 86400 * S, "1 d" },   { 10 * 86400 * S, "10 d" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = bf_words_duration (cases[i].us);

      g_assert_cmpstr (words, ==, cases[i].words);
    }
}

static void
test_shares (void)
{
  static const struct
  {
    gint64 part, whole;
    const char *words;
  } cases[] = {
    { 0, 0, "—" }, { 0, 5, "0\u00a0%" }, { 987, 1000, "98.7\u00a0%" }, { 199999, 200000, "99.9\u00a0%" }, { 5, 5, "100\u00a0%" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *words = bf_words_share (cases[i].part, cases[i].whole);

      g_assert_cmpstr (words, ==, cases[i].words);
    }
}

static void
test_numbers (void)
{
  g_autofree char *four = bf_words_number (6409, 0);
  g_autofree char *small = bf_words_number_with_unit (1.4, "bar");
  g_autofree char *middle = bf_words_number_with_unit (96.54, "%");
  g_autofree char *large = bf_words_number_with_unit (1234.5, "m³/h");
  g_autofree char *bytes = bf_words_bytes (42400);

  g_assert_cmpstr (four, ==, "6,409");
  g_assert_cmpstr (small, ==, "1.4\u00a0bar");
  g_assert_cmpstr (middle, ==, "96.5\u00a0%");
  g_assert_cmpstr (large, ==, "1,235\u00a0m³/h");
  g_assert_cmpstr (bytes, ==, "42.4\u00a0kB");
}

static void
test_values (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  g_autoptr (BfCityCatalog) catalog = bf_city_catalog_new (test_json (doc, TEST_CATALOG), NULL);
  const BfCityProperty *spaces =
    bf_city_catalog_property (catalog, bf_city_catalog_find_property (catalog, "parking", "free_spaces"));
  const BfCityProperty *state = bf_city_catalog_property (catalog, bf_city_catalog_find_property (catalog, "parking", "state"));
  g_autofree char *number = bf_words_value (spaces, 12);
  g_autofree char *unknown = bf_words_value (spaces, NAN);
  g_autofree char *open = bf_words_value (state, 0);
  g_autofree char *beyond = bf_words_value (state, 7);

  g_assert_cmpstr (number, ==, "12\u00a0spaces");
  g_assert_cmpstr (unknown, ==, "unknown");
  g_assert_cmpstr (open, ==, "Open");
  g_assert_cmpstr (beyond, ==, "unknown");
}

static void
test_alert_words (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  g_autofree char *text = test_alert (1, 1, "parking", "parking/P1", "high", "acknowledged", 50);
  g_autoptr (BfAlertItem) alert = bf_alert_item_new (test_json (doc, text), NULL);
  g_autoptr (GTimeZone) paris = g_time_zone_new_identifier ("Europe/Paris");
  g_autofree char *place = NULL;
  g_autofree char *touches = NULL;
  g_autofree char *who = NULL;

  g_assert_nonnull (alert);
  place = bf_words_place (alert);
  touches = bf_words_touches (alert);
  who = bf_words_who (alert, paris);
  /* the market is near, but is no sensitive place */
  g_assert_cmpstr (place, ==, "1 Rue Haute · Centre · 1,240 inh. · care home");
  g_assert_cmpstr (touches, ==, "care home Les Tilleuls, market Halles");
  g_assert_cmpstr (who, ==, "martin · 13:58 · until 16:00");
}

static void
test_events (void)
{
  g_autofree char *held = bf_words_event ("acknowledge", "acknowledged", "martin", "team called");
  g_autofree char *other = bf_words_event ("of a later version", "returned", "engine", "");

  g_assert_cmpstr (held, ==, "acknowledged · martin: “team called”");
  g_assert_cmpstr (other, ==, "back to normal, to acknowledge · by the engine");
}

static void
test_feed_line (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  g_autoptr (BfFeedItem) retry =
    bf_feed_item_new (test_json (doc, "{\"name\":\"a\",\"state\":\"retry\",\"reason\":\"HTTP 503\"}"), NULL);
  g_autoptr (BfFeedItem) good =
    bf_feed_item_new (test_json (doc, "{\"name\":\"b\",\"state\":\"ok\",\"newest\":\"1970-01-01T00:01:40Z\"}"), NULL);
  g_autofree char *bad_line = bf_words_feed_line (retry, 0);
  g_autofree char *good_line = bf_words_feed_line (good, 103 * S);
  g_autofree char *never = bf_words_silence (BF_TIME_NONE, 0);
  g_autofree char *silent = bf_words_silence (0, 7500 * S);

  g_assert_cmpstr (bad_line, ==, "unreachable, trying again · HTTP 503");
  g_assert_cmpstr (good_line, ==, "up to date · 3 s ago");
  g_assert_cmpstr (never, ==, "never heard");
  g_assert_cmpstr (silent, ==, "silent 2 h 05");
}

/* A machine in UTC says nothing of where its city is: France is meant, or what the feed's places say. */
static void
test_new_city_zone (void)
{
  static const struct
  {
    double lon, lat;
    const char *zone;
  } cities[] = {
    { 1.44, 47.59, "Europe/Paris" },    { 7.75, 48.58, "Europe/Paris" },    { 9.45, 42.70, "Europe/Paris" },
    { 3.06, 50.63, "Europe/Paris" },    { 5.77, 49.52, "Europe/Paris" },    { 1.85, 50.95, "Europe/Paris" },
    { -1.47, 43.49, "Europe/Paris" },   { 7.26, 43.70, "Europe/Paris" },    { 6.87, 45.92, "Europe/Paris" },
    { 55.45, -20.88, "Indian/Reunion" }, { 7.85, 48.00, "Europe/Berlin" },  { -0.12, 51.50, "Europe/London" },
    { 8.54, 47.37, "Europe/Zurich" },   { 4.35, 50.85, "Europe/Brussels" }, { 0, 0, NULL },
  };
  g_auto (GStrv) zones = bf_new_city_zones ();
  g_autofree char *local = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cities); i++)
    g_assert_cmpstr (bf_new_city_zone_at (cities[i].lon, cities[i].lat), ==, cities[i].zone);
  for (guint i = 0; i + 1 < G_N_ELEMENTS (cities); i++)
    g_assert_true (g_strv_contains ((const char *const *) zones, cities[i].zone));
  for (guint i = 1; zones[i] != NULL; i++)
    g_assert_cmpint (strcmp (zones[i - 1], zones[i]), <, 0);
  g_setenv ("TZ", "Etc/UTC", TRUE);
  local = bf_new_city_local_zone ();
  g_assert_cmpstr (local, ==, "Europe/Paris");
  g_unsetenv ("TZ");
}

static void
test_new_city (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *root = g_dir_make_tmp ("beffroi-test-XXXXXX", &error);
  g_autofree char *slug = bf_new_city_slug ("Saint-Étienne (42)");
  g_autofree char *feed = bf_new_city_feed_name ("parking", "https://data.example.fr/api?x=1");
  g_autofree char *dir = bf_new_city_create (root, "Saint-Étienne (42)", "Europe/Paris", "fr", &error);
  g_autofree char *conf = g_build_filename (dir, "city.conf", NULL);
  g_autofree char *text = NULL;
  g_autofree char *again = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (slug, ==, "saint-etienne-42");
  g_assert_cmpstr (feed, ==, "parking-data-example-fr");
  g_assert_true (g_file_get_contents (conf, &text, NULL, &error));
  g_assert_cmpstr (text, ==, "[City]\nName=Saint-Étienne (42)\nTimeZone=Europe/Paris\nLanguage=fr\n");
  /* nothing is written over */
  again = bf_new_city_create (root, "saint etienne 42", "Europe/Paris", "fr", &error);
  g_assert_null (again);
  g_assert_nonnull (strstr (error->message, "already"));
  g_clear_error (&error);
  again = bf_new_city_create (root, "../..", "Europe/Paris", "fr", &error);
  g_assert_null (again);
  g_clear_error (&error);
  again = bf_new_city_create (root, "x\nListen=http://0.0.0.0:1", "Europe/Paris", "fr", &error);
  g_assert_null (again);
  g_unlink (conf);
  g_rmdir (dir);
  g_rmdir (root);
}

static void
test_restart_delay (void)
{
  static const guint expected[] = { 0, 0, 500, 1000, 2000, 4000, 8000, 16000, 30000, 30000 };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    g_assert_cmpuint (bf_private_engine_restart_delay_ms (i), ==, expected[i]);
  g_assert_cmpuint (bf_private_engine_restart_delay_ms (G_MAXUINT), ==, 30000);
}

int
main (int argc, char **argv)
{
  g_setenv ("LANGUAGE", "en", TRUE);
  setlocale (LC_ALL, "");
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/words/durations", test_durations);
  g_test_add_func ("/words/shares", test_shares);
  g_test_add_func ("/words/numbers", test_numbers);
  g_test_add_func ("/words/values", test_values);
  g_test_add_func ("/words/alert", test_alert_words);
  g_test_add_func ("/words/events", test_events);
  g_test_add_func ("/words/feed-line", test_feed_line);
  g_test_add_func ("/words/new-city", test_new_city);
  g_test_add_func ("/words/new-city-zone", test_new_city_zone);
  g_test_add_func ("/words/restart-delay", test_restart_delay);
  return g_test_run ();
}
