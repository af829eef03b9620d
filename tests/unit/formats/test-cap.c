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
  g_assert_cmpstr (asset->name, ==, "Orage: Ici");
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
  static const char *const names[][2] = { { "de_AT.UTF-8", "Sturm: Ici" }, { "fr", "Orage: Ici" }, { "it", "Storm: Ici" } };

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
  g_assert_nonnull (decode_find_asset (bare, "i1"));
  g_assert_cmpuint (bare->refusals->len, ==, 0);
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
  g_test_add_func ("/formats/cap/envelopes", test_envelopes);
  g_test_add_func ("/formats/cap/extent", test_extent);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
