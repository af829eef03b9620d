/* SPDX-License-Identifier: EUPL-1.2 */
/* GTFS-realtime: messages written byte by byte, so that the field numbers are those of the specification and not ours. */

#include "bf-decode-fixture.h"
#include "bf-protobuf-fixture.h"

#define NOW G_GINT64_CONSTANT (1784955870000000) /* 2026-07-25T05:04:30Z */
#define NOW_S 1784955870

static BfCatalog *catalog;

static GString *
begin (void)
{
  GString *out = g_string_new (NULL);
  GString *header = g_string_new (NULL);

  put_text (header, 1, "2.0");
  put_number (header, 3, NOW_S - 10);
  put_message (out, 1, header);
  return out;
}

static void
put_entity (GString *out, const char *id, guint field, GString *what)
{
  GString *entity = g_string_new (NULL);

  put_text (entity, 1, id);
  put_message (entity, field, what);
  put_message (out, 2, entity);
}

static Decode *
run (GString *payload)
{
  g_autoptr (GError) error = NULL;
  Decode *decode = decode_new (catalog, "test.feed", "[Feed]\nService=mobility\nFormat=gtfs-rt\nUrl=https://example.org/x\n");

  decode_run (decode, payload->str, payload->len, NOW, &error);
  g_assert_no_error (error);
  g_string_free (payload, TRUE);
  return decode;
}

static void
test_vehicle (void)
{
  GString *out = begin (), *vehicle = g_string_new (NULL), *position = g_string_new (NULL), *trip = g_string_new (NULL),
          *descriptor = g_string_new (NULL);
  g_autoptr (Decode) decode = NULL;
  const BfObservation *o;

  put_float (position, 1, 48.5f);
  put_float (position, 2, -4.25f);
  put_float (position, 5, 10.0f);
  put_text (trip, 1, "t1");
  put_text (trip, 5, "A");
  put_text (descriptor, 1, "bus 7");
  put_text (descriptor, 2, "A towards the port");
  put_message (vehicle, 1, trip);
  put_message (vehicle, 2, position);
  put_number (vehicle, 5, NOW_S - 30);
  put_message (vehicle, 8, descriptor);
  put_number (vehicle, 10, 40);
  put_number (vehicle, 77, 1); /* a field that is not known */
  put_entity (out, "e1", 4, vehicle);
  decode = run (out);
  g_assert_cmpfloat_with_epsilon (decode_find_asset (decode, "bus 7")->point.lat, 48.5, 1e-6);
  g_assert_cmpfloat_with_epsilon (decode_find_asset (decode, "bus 7")->point.lon, -4.25, 1e-6);
  g_assert_cmpstr (decode_find_asset (decode, "bus 7")->parent, ==, "A");
  o = decode_find (decode, "bus 7", "speed");
  g_assert_cmpfloat_with_epsilon (o->value, 36, 1e-6);
  g_assert_cmpint (o->observed_us, ==, NOW - 30 * G_USEC_PER_SEC);
  g_assert_cmpfloat_with_epsilon (decode_find (decode, "bus 7", "occupancy")->value, 40, 1e-9);
}

static GString *
stop_time (gint64 delay_s, gint64 time_s)
{
  GString *stop = g_string_new (NULL), *event = g_string_new (NULL);

  put_number (event, 1, (guint64) delay_s);
  put_number (event, 2, (guint64) time_s);
  put_message (stop, 3, event);
  return stop;
}

/* The delay is that of the next stop: not of one that is past, nor of the last. */
static void
test_trip (void)
{
  GString *out = begin (), *update = g_string_new (NULL), *trip = g_string_new (NULL);
  g_autoptr (Decode) decode = NULL;

  put_text (trip, 1, "t1");
  put_message (update, 1, trip);
  put_message (update, 2, stop_time (600, NOW_S - 300));
  put_message (update, 2, stop_time (-120, NOW_S + 60));
  put_message (update, 2, stop_time (0, NOW_S + 600));
  put_entity (out, "e1", 3, update);
  decode = run (out);
  g_assert_cmpfloat_with_epsilon (decode_find (decode, "t1", "delay")->value, -2, 1e-9);
  g_assert_cmpint (decode_find (decode, "t1", "delay")->observed_us, ==, NOW - 10 * G_USEC_PER_SEC);
}

static void
put_vehicle (GString *out, const char *id, gint64 heard_s, int relation)
{
  GString *vehicle = g_string_new (NULL), *descriptor = g_string_new (NULL), *position = g_string_new (NULL), *trip = g_string_new (NULL);

  put_text (trip, 1, id);
  if (relation >= 0)
    put_number (trip, 4, (guint64) relation);
  put_float (position, 1, 48.5f);
  put_float (position, 2, -4.25f);
  put_text (descriptor, 1, id);
  put_message (vehicle, 1, trip);
  put_message (vehicle, 2, position);
  put_number (vehicle, 5, (guint64) heard_s);
  put_message (vehicle, 8, descriptor);
  put_entity (out, id, 4, vehicle);
}

static const char *
bus_state (Decode *decode, const char *id)
{
  const BfObservation *o = decode_find (decode, id, "bus_state");

  return o != NULL ? bf_catalog_property (catalog, o->property)->values[(guint) o->value] : NULL;
}

/* A trip that does not run is said to be cancelled; a vehicle that was heard a day ago does not run as if it had been heard now. */
static void
test_states (void)
{
  GString *out = begin (), *update = g_string_new (NULL), *trip = g_string_new (NULL);
  g_autoptr (Decode) decode = NULL;

  put_vehicle (out, "fresh", NOW_S - 20, -1);
  put_vehicle (out, "scheduled", NOW_S - 20, 0);
  put_vehicle (out, "old", NOW_S - 90000, 0);
  put_text (trip, 1, "t1");
  put_number (trip, 4, 3);
  put_message (update, 1, trip);
  put_entity (out, "e", 3, update);
  decode = run (out);
  g_assert_cmpstr (bus_state (decode, "fresh"), ==, "running");
  g_assert_cmpstr (bus_state (decode, "scheduled"), ==, "running");
  g_assert_cmpstr (bus_state (decode, "old"), ==, "silent");
  g_assert_cmpstr (bus_state (decode, "t1"), ==, "cancelled");
  g_assert_cmpuint (decode->refusals->len, ==, 0);
}

/* An alert of a stop has no asset here: said and counted, once it is in force. */
static void
test_stop_alert (void)
{
  GString *out = begin (), *alert = g_string_new (NULL), *informed = g_string_new (NULL), *text = g_string_new (NULL),
          *header = g_string_new (NULL);
  g_autoptr (Decode) decode = NULL;

  put_text (informed, 5, "stop 12");
  put_text (text, 1, "Quai fermé");
  put_message (header, 1, text);
  put_message (alert, 5, informed);
  put_message (alert, 10, header);
  put_entity (out, "a", 5, alert);
  decode = run (out);
  g_assert_cmpuint (decode->observations->len, ==, 0);
  g_assert_cmpuint (bf_sink_counts (decode->sink)->n_refused, ==, 1);
  g_assert_cmpuint (bf_sink_counts (decode->sink)->n_lost, ==, 0);
  g_assert_cmpstr (g_ptr_array_index (decode->refusals, 0), ==, "0 alert: “Quai fermé” informs of no route, but of stops or of all: it has no asset");
}

static void
put_alert (GString *out, const char *route, guint effect, gint64 start_s, gint64 end_s, const char *french)
{
  GString *alert = g_string_new (NULL), *period = g_string_new (NULL), *informed = g_string_new (NULL),
          *words = g_string_new (NULL), *fr = g_string_new (NULL), *en = g_string_new (NULL);

  put_number (period, 1, (guint64) start_s);
  if (end_s != 0)
    put_number (period, 2, (guint64) end_s);
  put_text (informed, 2, route);
  put_text (en, 1, "in English");
  put_text (en, 2, "en");
  put_text (fr, 1, french);
  put_text (fr, 2, "fr");
  put_message (words, 1, en);
  put_message (words, 1, fr);
  put_message (alert, 1, period);
  put_message (alert, 5, informed);
  put_number (alert, 7, effect);
  put_message (alert, 10, words);
  put_entity (out, "a", 5, alert);
}

static const char *
line_state (Decode *decode, const char *id)
{
  const BfObservation *o = decode_find (decode, id, "line_state");

  return o != NULL ? bf_catalog_property (catalog, o->property)->values[(guint) o->value] : NULL;
}

/* The worst of those in force. */
static void
test_alerts (void)
{
  GString *out = begin ();
  g_autoptr (Decode) decode = NULL;

  put_alert (out, "A", 2, NOW_S - 100, 0, "réduite");
  put_alert (out, "A", 1, NOW_S - 100, NOW_S + 100, "arrêtée");
  put_alert (out, "A", 4, NOW_S - 100, 0, "déviée");
  put_alert (out, "B", 1, NOW_S - 200, NOW_S - 100, "finie");
  put_alert (out, "C", 4, NOW_S - 100, 0, "déviée");
  put_alert (out, "D", 99, NOW_S - 100, 0, "autre");
  decode = run (out);
  g_assert_cmpstr (line_state (decode, "A"), ==, "stopped");
  g_assert_nonnull (strstr (decode_find_asset (decode, "A")->attributes, "alert=arrêtée"));
  g_assert_cmpstr (line_state (decode, "B"), ==, "normal");
  g_assert_cmpstr (line_state (decode, "C"), ==, "diverted");
  g_assert_cmpstr (line_state (decode, "D"), ==, "unknown");
}

static void
test_faults (void)
{
  g_autoptr (Decode) decode = decode_new (catalog, "test.feed", "[Feed]\nService=mobility\nFormat=gtfs-rt\nUrl=https://example.org/x\n");
  GString *whole = begin ();
  g_autoptr (GString) bomb = g_string_new (NULL);
  GError *error = NULL;

  put_alert (whole, "A", 1, NOW_S - 100, 0, "x");
  /* cut after every byte: an error, or no more than the whole */
  for (gsize n = 0; n < whole->len; n++)
    {
      gboolean good = decode_run (decode, whole->str, n, NOW, &error);

      g_assert_true (good == (error == NULL));
      g_assert_cmpuint (decode->observations->len, <=, 1);
      g_clear_error (&error);
    }
  g_string_free (whole, TRUE);
  g_assert_false (decode_run (decode, "<html/>", 7, NOW, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_SYNTAX);
  g_clear_error (&error);
  /* two bytes each become a message of a hundred: over the limit before the memory is */
  {
    GString *head = begin ();

    g_string_append_len (bomb, head->str, (gssize) head->len);
    g_string_free (head, TRUE);
  }
  for (guint i = 0; i < 4000000; i++)
    g_string_append_len (bomb, "\x12\x05\x0a\x01x\x2a\x00", 7);
  g_assert_false (decode_run (decode, bomb->str, bomb->len, NOW, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_LIMIT);
  g_clear_error (&error);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  catalog = decode_catalog ();
  g_test_add_func ("/formats/gtfs-rt/vehicle", test_vehicle);
  g_test_add_func ("/formats/gtfs-rt/trip", test_trip);
  g_test_add_func ("/formats/gtfs-rt/states", test_states);
  g_test_add_func ("/formats/gtfs-rt/stop-alert", test_stop_alert);
  g_test_add_func ("/formats/gtfs-rt/alerts", test_alerts);
  g_test_add_func ("/formats/gtfs-rt/faults", test_faults);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
