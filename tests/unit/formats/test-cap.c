/* SPDX-License-Identifier: EUPL-1.2 */
/* CAP: what is real, what is over, in which language, and under which id. */

#include "bf-decode-fixture.h"

#define NOW G_GINT64_CONSTANT (1784955870000000) /* 2026-07-25T05:04:30Z */

static BfCatalog *catalog;

#define ALERT(status, type, info)                                                                                           \
  "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>i1</identifier><sent>2026-07-25T04:00:00-00:00</sent>"   \
  "<status>" status "</status><msgType>" type "</msgType>" info "</alert>"
#define INFO(language, event, expires)                                                                                      \
  "<info><language>" language "</language><event>" event "</event><urgency>Immediate</urgency><severity>Severe</severity>"  \
  "<certainty>Likely</certainty><expires>" expires "</expires><parameter><valueName>awareness_type</valueName>"             \
  "<value>3; Thunderstorm</value></parameter><area><areaDesc>Ici</areaDesc>"                                                \
  "<polygon>48.0,2.0 48.0,2.2 48.2,2.2 48.2,2.0 48.0,2.0 </polygon>"                                                        \
  "<geocode><value>FR075</value><valueName>EMMA_ID</valueName></geocode></area></info>"
#define ID "FR075/thunderstorm"

static Decode *
run (const char *payload)
{
  g_autoptr (GError) error = NULL;
  Decode *decode = decode_new (catalog, "test.feed", "[Feed]\nService=weather\nFormat=cap\nUrl=https://example.org/x\n");

  decode_run (decode, payload, strlen (payload), NOW, &error);
  g_assert_no_error (error);
  return decode;
}

static const char *
state (Decode *decode, const char *property)
{
  const BfObservation *o = decode_find (decode, ID, property);

  return o != NULL ? bf_catalog_property (catalog, o->property)->values[(guint) o->value] : NULL;
}

static void
test_actual (void)
{
  g_autoptr (Decode) decode = run (ALERT ("Actual", "Update", INFO ("en-GB", "Storm", "2026-07-25T06:00:00Z")
                                          INFO ("fr-FR", "Orage", "2026-07-25T06:00:00Z")));
  const SeenAsset *asset = decode_find_asset (decode, ID);

  g_assert_cmpstr (state (decode, "warning_state"), ==, "actual");
  g_assert_cmpstr (state (decode, "severity"), ==, "severe");
  g_assert_cmpstr (asset->name, ==, "Orage, Ici");
  g_assert_cmpfloat_with_epsilon (asset->point.lon, 2.1, 1e-6);
  g_assert_cmpfloat_with_epsilon (asset->point.lat, 48.1, 1e-6);
  g_assert_cmpint (decode_find (decode, ID, "warning_state")->observed_us, ==, NOW);
  g_assert_cmpuint (decode->refusals->len, ==, 0);
}

/* Still served after its end: over, and since then; a later expiry under the same id is in force again. */
static void
test_expired (void)
{
  static const char later[] = ALERT ("Actual", "Update", INFO ("fr", "Orage", "2026-07-25T09:00:00Z"));
  g_autoptr (Decode) decode = run (ALERT ("Actual", "Alert", INFO ("fr", "Orage", "2026-07-25T05:00:00Z")));
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (state (decode, "warning_state"), ==, "expired");
  g_assert_cmpint (decode_find (decode, ID, "warning_state")->observed_us, ==, G_GINT64_CONSTANT (1784955600000000));
  decode_run (decode, later, sizeof later - 1, NOW, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (state (decode, "warning_state"), ==, "actual");
  g_assert_cmpuint (decode->assets->len, ==, 1);
}

/* Of what is not real nothing is said by which a rule could raise. */
static void
test_exercise (void)
{
  static const char *const words[][2] = { { "Exercise", "exercise" }, { "Test", "test" } };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autofree char *payload = g_strdup_printf (ALERT ("%s", "Alert", INFO ("fr", "Orage", "2026-07-25T06:00:00Z")), words[i][0]);
      g_autoptr (Decode) decode = run (payload);

      g_autofree char *id = g_strdup_printf ("%s/" ID, words[i][1]);
      const BfObservation *o = decode_find (decode, id, "warning_state");

      g_assert_nonnull (o);
      g_assert_cmpstr (bf_catalog_property (catalog, o->property)->values[(guint) o->value], ==, words[i][1]);
      g_assert_null (decode_find (decode, id, "severity"));
      g_assert_null (decode_find (decode, id, "urgency"));
      g_assert_null (decode_find (decode, id, "certainty"));
      /* Wherever the name stands. */
      g_assert_true (g_str_has_prefix (decode_find_asset (decode, id)->name, i == 0 ? "EXERCISE: " : "TEST: "));
    }
}

/* A drill for the area of a real warning, before and after it in the list. */
static void
test_exercise_beside (void)
{
  g_autoptr (Decode) decode = run ("<alerts>" ALERT ("Exercise", "Alert", INFO ("fr", "Orage", "2026-07-25T06:00:00Z"))
                                   ALERT ("Actual", "Alert", INFO ("fr", "Orage", "2026-07-25T06:00:00Z"))
                                   ALERT ("Test", "Alert", INFO ("fr", "Orage", "2026-07-25T06:00:00Z")) "</alerts>");

  g_assert_cmpstr (state (decode, "warning_state"), ==, "actual");
  g_assert_cmpstr (state (decode, "severity"), ==, "severe");
  g_assert_cmpuint (decode->assets->len, ==, 3);
  g_assert_cmpuint (decode->refusals->len, ==, 0);
}

/* What cannot be read is said; the rest of the warning stands. */
static void
test_unreadable (void)
{
#define CIRCLE(circle, expires)                                                                                             \
  "<info><language>fr</language><event>Orage</event><severity>Severe</severity><expires>" expires "</expires><area>"        \
  "<areaDesc>Ici</areaDesc>" circle "<geocode><valueName>EMMA_ID</valueName><value>FR075</value></geocode></area></info>"
  static const struct
  {
    const char *payload;
    const char *refusal;
  } cases[] = {
    { ALERT ("Actual", "Alert", CIRCLE ("<circle>48.0,2.0 5</circle>", "ce soir")), "expires: the end cannot be read: “ce soir”" },
    { ALERT ("Actual", "Alert", CIRCLE ("<circle>NaN,2.0 5</circle>", "2026-07-25T06:00:00Z")), "circle: no place can be made of “NaN,2.0 5”" },
    { ALERT ("Actual", "Alert", CIRCLE ("<polygon>48.0,2.0 inf,2 48,2</polygon>", "2026-07-25T06:00:00Z")), "polygon: no place can be made of" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Decode) decode = run (cases[i].payload);
      const BfObservation *o = decode_find (decode, "FR075/orage", "warning_state");

      g_assert_nonnull (o);
      g_assert_cmpstr (bf_catalog_property (catalog, o->property)->values[(guint) o->value], ==, "actual");
      g_assert_cmpuint (decode->refusals->len, ==, 1);
      g_assert_nonnull (strstr (g_ptr_array_index (decode->refusals, 0), cases[i].refusal));
    }
}

/* The city's language when the feed says none. */
static void
test_language (void)
{
  static const char payload[] = ALERT ("Actual", "Update", INFO ("en-GB", "Storm", "2026-07-25T06:00:00Z")
                                       INFO ("de", "Sturm", "2026-07-25T06:00:00Z") INFO ("fr", "Orage", "2026-07-25T06:00:00Z"));
  static const char *const names[][2] = { { "de_AT.UTF-8", "Sturm, Ici" }, { "fr", "Orage, Ici" }, { "it", "Storm, Ici" } };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (Decode) decode = decode_new (catalog, "test.feed", "[Feed]\nService=weather\nFormat=cap\nUrl=https://example.org/x\n");
      g_autoptr (GError) error = NULL;

      bf_mapping_set_language (decode->mapping, names[i][0]);
      decode_run (decode, payload, strlen (payload), NOW, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (decode_find_asset (decode, ID)->name, ==, names[i][1]);
    }
}

/* No status, or one that CAP does not have, is not taken for real. */
static void
test_other_status (void)
{
  static const char *const words[] = { "System", "Draft", "actual", "" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      g_autofree char *payload = g_strdup_printf (ALERT ("%s", "Alert", INFO ("fr", "Orage", "2026-07-25T06:00:00Z")), words[i]);
      g_autoptr (Decode) decode = run (payload);

      g_assert_null (state (decode, "warning_state"));
      g_assert_cmpuint (decode->assets->len, ==, 0);
      g_assert_cmpuint (decode->refusals->len, ==, 1);
      /* One that might be real keeps a list from being whole. */
      g_assert_cmpuint (bf_sink_counts (decode->sink)->n_lost, ==, i < 2 ? 0 : 1);
    }
}

static void
test_cancel (void)
{
  g_autoptr (Decode) decode = run (ALERT ("Actual", "Cancel", INFO ("fr", "Orage", "2026-07-25T06:00:00Z")));
  g_autoptr (Decode) bare = run (ALERT ("Actual", "Cancel", ""));

  g_assert_cmpstr (state (decode, "warning_state"), ==, "cancelled");
  /* One without an area is no thing of its own. */
  g_assert_cmpuint (bare->assets->len, ==, 0);
  g_assert_cmpuint (bare->refusals->len, ==, 0);
  g_assert_cmpuint (bf_sink_counts (bare->sink)->n_records, ==, 1);
}

/* --- several messages of one area and event ------------------------------------------------------------------------- */

#define MESSAGE(id, sent, status, type, more, info)                                                                         \
  "<alert><identifier>" id "</identifier><sender>s</sender><sent>" sent "</sent><status>" status "</status><msgType>" type  \
  "</msgType>" more info "</alert>"
#define WIND(severity, onset, expires)                                                                                      \
  "<info><language>fr</language><event>Vent</event><urgency>Expected</urgency><severity>" severity "</severity>"            \
  "<certainty>Likely</certainty><onset>" onset "</onset><expires>" expires "</expires><area><areaDesc>Ville</areaDesc></area></info>"
#define EARLY "2026-07-25T01:00:00Z"
#define LATE "2026-07-25T02:00:00Z"
#define SOON "2026-07-25T08:00:00Z"
#define END "2026-07-25T12:00:00Z"
#define FIRST(severity) MESSAGE ("a", EARLY, "Actual", "Alert", "", WIND (severity, EARLY, END))
#define REFERS "<references>s,a," EARLY "</references>"

/* State and severity now, and what is told ahead. */
static char *
story (Decode *decode, const char *id)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < decode->observations->len; i++)
    {
      const BfObservation *o = &g_array_index (decode->observations, BfObservation, i);
      const BfProperty *property = bf_catalog_property (catalog, o->property);
      char stamp[BF_TIME_TEXT_BYTES];

      if (!g_str_equal (g_array_index (decode->assets, SeenAsset, o->asset).id, id)
          || (!g_str_equal (property->id, "warning_state") && !g_str_equal (property->id, "severity")))
        continue;
      bf_time_format (o->observed_us, stamp);
      g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", property->values[(guint) o->value]);
      if (bf_record_is_ahead (o->record))
        g_string_append_printf (text, "@%.5s", stamp + 11);
    }
  return g_string_free (text, FALSE);
}

static const struct
{
  const char *what;
  const char *payload;
  const char *id;
  const char *story;
  guint n_assets;
} several[] = {
  { "the worst in force stands, whatever its place",
    FIRST ("Moderate") MESSAGE ("b", LATE, "Actual", "Alert", "", WIND ("Extreme", EARLY, END)), "Ville/vent",
    "actual extreme expired@12:00 extreme@12:00", 1 },
  { "and so the other way round",
    FIRST ("Extreme") MESSAGE ("b", LATE, "Actual", "Alert", "", WIND ("Moderate", EARLY, END)), "Ville/vent",
    "actual extreme expired@12:00 extreme@12:00", 1 },
  { "an Update takes the place of what it refers to, also when it is less",
    FIRST ("Extreme") MESSAGE ("b", LATE, "Actual", "Update", REFERS, WIND ("Moderate", EARLY, END)), "Ville/vent",
    "actual moderate expired@12:00 moderate@12:00", 1 },
  { "a worse one begins later",
    FIRST ("Moderate") MESSAGE ("b", LATE, "Actual", "Alert", "", WIND ("Extreme", SOON, END)), "Ville/vent",
    "actual moderate actual@08:00 extreme@08:00 expired@12:00 extreme@12:00", 1 },
  { "a Cancel without area takes away what it refers to, and is no thing",
    FIRST ("Extreme") MESSAGE ("b", LATE, "Actual", "Cancel", REFERS, ""), "Ville/vent", "cancelled extreme", 1 },
  { "a Cancel with its area", FIRST ("Extreme") MESSAGE ("b", LATE, "Actual", "Cancel", REFERS, WIND ("Extreme", EARLY, END)), "Ville/vent",
    "cancelled extreme", 1 },
  { "an Error takes away, and is no warning",
    FIRST ("Extreme") MESSAGE ("b", LATE, "Actual", "Error", REFERS, WIND ("Extreme", EARLY, END)), "Ville/vent", "cancelled extreme", 1 },
  { "an Error alone is nothing", MESSAGE ("b", LATE, "Actual", "Error", "", WIND ("Extreme", EARLY, END)), "Ville/vent", "", 0 },
  { "nor is an Ack", MESSAGE ("b", LATE, "Actual", "Ack", REFERS, WIND ("Extreme", EARLY, END)), "Ville/vent", "", 0 },
  { "an exercise hides nothing",
    MESSAGE ("e", LATE, "Exercise", "Alert", "", WIND ("Minor", EARLY, END)) FIRST ("Extreme"), "Ville/vent",
    "actual extreme expired@12:00 extreme@12:00", 2 },
  { "what has not begun is announced", MESSAGE ("b", LATE, "Actual", "Alert", "", WIND ("Extreme", SOON, END)), "Ville/vent",
    "planned extreme actual@08:00 extreme@08:00 expired@12:00 extreme@12:00", 1 },
};

static void
test_several (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (several); i++)
    {
      g_autofree char *payload = g_strdup_printf ("<alerts>%s</alerts>", several[i].payload);
      g_autoptr (Decode) decode = run (payload);
      g_autofree char *found = story (decode, several[i].id);

      g_test_message ("%s", several[i].what);
      g_assert_cmpstr (found, ==, several[i].story);
      g_assert_cmpuint (decode->assets->len, ==, several[i].n_assets);
      g_assert_cmpuint (decode->refusals->len, ==, 0);
    }
}

/* Blocks of one language are several events; their translations are none. */
static void
test_blocks (void)
{
#define BLOCK(language, event, severity)                                                                                    \
  "<info><language>" language "</language><event>" event "</event><severity>" severity "</severity><expires>" END           \
  "</expires><area><areaDesc>Ville</areaDesc></area></info>"
  g_autoptr (Decode) decode = run (MESSAGE ("a", EARLY, "Actual", "Alert", "", BLOCK ("en", "Wind", "Moderate") BLOCK ("en", "Storm", "Extreme")
                                            BLOCK ("fr", "Vent", "Moderate") BLOCK ("fr", "Orages", "Extreme")));
  g_autofree char *wind = story (decode, "Ville/wind");
  g_autofree char *storm = story (decode, "Ville/storm");

  g_assert_cmpuint (decode->assets->len, ==, 2);
  g_assert_cmpstr (wind, ==, "actual moderate expired@12:00 moderate@12:00");
  g_assert_cmpstr (storm, ==, "actual extreme expired@12:00 extreme@12:00");
  g_assert_cmpstr (decode_find_asset (decode, "Ville/storm")->name, ==, "Orages, Ville");
}

/* A hundred thousand blocks of one area and event are read in one go. */
static void
test_many (void)
{
  g_autoptr (GString) payload = g_string_new ("<alerts>");
  gint64 begin_us = g_get_monotonic_time ();

  for (guint i = 0; i < 50000; i++)
    g_string_append_printf (payload, "<alert><identifier>%u</identifier><status>Actual</status><msgType>Alert</msgType><info><event>V</event>"
                            "<onset>2026-07-25T%02u:%02u:00Z</onset><area><areaDesc>A</areaDesc></area></info></alert>", i, i / 60 % 24, i % 60);
  g_string_append (payload, "</alerts>");
  {
    g_autoptr (Decode) decode = run (payload->str);

    g_assert_cmpuint (decode->assets->len, ==, 1);
    g_assert_cmpuint (bf_sink_counts (decode->sink)->n_records, ==, 50000);
  }
  g_test_message ("%.2f s", (double) (g_get_monotonic_time () - begin_us) / 1e6);
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, 60 * G_USEC_PER_SEC);
}

static void
test_envelopes (void)
{
  g_autoptr (Decode) decode = run ("<feed xmlns='http://www.w3.org/2005/Atom'><entry><content>"
                                   ALERT ("Actual", "Alert", INFO ("fr", "Orage", "2026-07-25T06:00:00Z")) "</content></entry></feed>");
  g_autoptr (Decode) empty = run ("<feed xmlns='http://www.w3.org/2005/Atom'/>");
  g_autoptr (Decode) none = decode_new (catalog, "test.feed", "[Feed]\nService=weather\nFormat=cap\nUrl=https://example.org/x\n");
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (state (decode, "warning_state"), ==, "actual");
  g_assert_cmpuint (empty->assets->len, ==, 0);
  g_assert_false (decode_run (none, "<html/>", 7, NOW, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_VALUE);
}

/* A list in force is all there is, since its own time; an alert alone is a message; an index of links is no list. */
static void
test_extent (void)
{
  g_autoptr (Decode) list = run ("<feed xmlns='http://www.w3.org/2005/Atom'><updated>2026-07-25T04:00:00Z</updated></feed>");
  g_autoptr (Decode) mixed = run ("<feed xmlns='http://www.w3.org/2005/Atom'><entry><content>"
                                  ALERT ("Actual", "Alert", INFO ("fr", "Orage", "2026-07-25T06:00:00Z")) "</content></entry>"
                                  "<entry><link href='https://example.org/2'/></entry></feed>");
  g_autoptr (Decode) alone = run (ALERT ("Actual", "Alert", INFO ("fr", "Orage", "2026-07-25T06:00:00Z")));
  g_autoptr (Decode) links = decode_new (catalog, "test.feed", "[Feed]\nService=weather\nFormat=cap\nUrl=https://example.org/x\n");
  static const char index[] = "<feed><entry><link href='https://example.org/1'/></entry></feed>";
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (bf_sink_extent (list->sink), ==, BF_EXTENT_WHOLE);
  g_assert_cmpint (bf_sink_as_of (list->sink), ==, G_GINT64_CONSTANT (1784952000000000));
  g_assert_cmpint (bf_sink_extent (mixed->sink), ==, BF_EXTENT_PART);
  g_assert_cmpint (bf_sink_extent (alone->sink), ==, BF_EXTENT_CURRENT);
  g_assert_false (decode_run (links, index, strlen (index), NOW, &error));
  g_assert_nonnull (strstr (error->message, "links are not followed"));
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = decode_catalog ();
  g_test_add_func ("/formats/cap/actual", test_actual);
  g_test_add_func ("/formats/cap/expired", test_expired);
  g_test_add_func ("/formats/cap/exercise", test_exercise);
  g_test_add_func ("/formats/cap/exercise-beside", test_exercise_beside);
  g_test_add_func ("/formats/cap/unreadable", test_unreadable);
  g_test_add_func ("/formats/cap/language", test_language);
  g_test_add_func ("/formats/cap/other-status", test_other_status);
  g_test_add_func ("/formats/cap/cancel", test_cancel);
  g_test_add_func ("/formats/cap/several", test_several);
  g_test_add_func ("/formats/cap/blocks", test_blocks);
  g_test_add_func ("/formats/cap/many", test_many);
  g_test_add_func ("/formats/cap/envelopes", test_envelopes);
  g_test_add_func ("/formats/cap/extent", test_extent);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
