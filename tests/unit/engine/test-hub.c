/* SPDX-License-Identifier: EUPL-1.2 */
/* What clients of a real engine are told, and what they ask while the city moves. */

#include "engine-test-util.h"

static guint
count_text (const char *text, const char *what)
{
  guint n = 0;

  for (const char *p = strstr (text, what); p != NULL; p = strstr (p + strlen (what), what))
    n++;
  return n;
}

/* --- the stream ----------------------------------------------------------------------------------------------------- */

static void
test_coalesced (Town *town, gconstpointer data)
{
  g_autoptr (Listener) first = NULL;
  g_autoptr (Listener) second = NULL;
  guint32 park, other;

  town_open_engine (town);
  first = listener_new (town, "");
  second = listener_new (town, "?after=0");
  park = town_put_car_park (town, 1);
  for (guint i = 0; i < 100; i++)
    town_observe (town, park, i);
  test_until (listener_get (first, "values", 0) != NULL && listener_get (second, "values", 0) != NULL);
  g_assert_cmpuint (count_text (listener_get (first, "values", 0), "\"free_spaces\""), ==, 1);
  g_assert_nonnull (strstr (listener_get (first, "values", 0), "[\"parking/P1\",\"free_spaces\",99,"));
  /* Written once for all. */
  g_assert_cmpstr (listener_get (first, "values", 0), ==, listener_get (second, "values", 0));
  g_assert_nonnull (listener_get (first, "assets", 0));
  other = town_put_car_park (town, 2);
  town_observe (town, other, 7);
  test_until (strstr (g_ptr_array_index (first->messages, first->messages->len - 1), "[\"parking/P2\",\"free_spaces\",7,") != NULL);
  /* Of the first nothing but its newest, however often (it was found to be heard, too). */
  for (guint i = 0; i < listener_count (first, "values", 0, NULL); i++)
    {
      const char *text = listener_get (first, "values", i);

      g_assert_cmpuint (count_text (text, "[\"parking/P1\",\"free_spaces\","), ==,
                        count_text (text, "[\"parking/P1\",\"free_spaces\",99,"));
    }
}

static void
raise_many (Town *town, guint from, guint n)
{
  for (guint i = from; i < from + n; i++)
    {
      g_autofree char *id = g_strdup_printf ("parking/P%u", i);

      town_raise (town, id, "why");
    }
}

static void
test_sequenced (Town *town, gconstpointer data)
{
  g_autoptr (Listener) all = NULL;
  g_autoptr (Listener) late = NULL;

  town_open_engine (town);
  all = listener_new (town, "?after=0");
  raise_many (town, 0, 60);
  test_until (listener_count (all, "alert", 0, NULL) == 60);
  /* One comes back while others are on their way to disk: none left out, none twice, in order. */
  raise_many (town, 60, 60);
  late = listener_new (town, "?after=40");
  raise_many (town, 120, 60);
  test_until (listener_count (all, "alert", 0, NULL) == 180 && listener_count (late, "alert", 0, NULL) >= 140);
  town_settle (town);
  g_assert_cmpuint (listener_count (late, "alert", 0, NULL), ==, 140);
  for (guint i = 0; i < 180; i++)
    g_assert_cmpint (listener_seq (all, i), ==, i + 1);
  for (guint i = 0; i < 140; i++)
    g_assert_cmpint (listener_seq (late, i), ==, i + 41);
}

static void
test_without_after (Town *town, gconstpointer data)
{
  g_autoptr (Listener) listener = NULL;
  gint64 seq;

  town_open_engine (town);
  raise_many (town, 0, 5);
  town_settle (town);
  /* On their way while it connects: told as much as its hello does not count. */
  raise_many (town, 5, 5);
  listener = listener_new (town, "");
  seq = g_ascii_strtoll (strstr (listener_get (listener, "hello", 0), "\"seq\":") + 6, NULL, 10);
  raise_many (town, 10, 1);
  town_settle (town);
  test_until (listener_seq (listener, (guint) (11 - seq - 1)) == 11);
  g_assert_cmpint (seq, >=, 5);
  for (guint i = 0; i < 11 - (guint) seq; i++)
    g_assert_cmpint (listener_seq (listener, i), ==, seq + 1 + i);
  /* Of a store that is no longer: start again. */
  {
    g_autoptr (Listener) stranger = listener_new (town, "?after=5000");

    test_until (listener_get (stranger, "reset", 0) != NULL);
    raise_many (town, 11, 1);
    test_until (listener_seq (stranger, 0) == 12);
  }
}

/* A raw client that shakes hands and then reads nothing. */
static GSocketConnection *
connect_deaf (Town *town)
{
  static const char hands[] = "GET /api/v1/events/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (town->socket);
  GSocketConnection *connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);

  g_assert_nonnull (connection);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), hands, sizeof hands - 1, NULL,
                                            NULL, NULL));
  test_until (bf_hub_n_clients (town->engine->hub) == 1);
  return connection;
}

static void
test_slow_is_dropped (Town *town, gconstpointer data)
{
  g_autofree char *why = g_strnfill (1u << 20, 'x');
  g_autoptr (Listener) good = NULL;
  g_autoptr (GSocketConnection) deaf = NULL;
  guint n = 0;

  town_open_engine (town);
  deaf = connect_deaf (town);
  g_test_expect_message ("bf-engine", G_LOG_LEVEL_MESSAGE, "*a client is dropped: it does not read; * bytes*");
  for (; n < 70 && bf_hub_n_dropped (town->engine->hub) == 0; n++)
    {
      g_autofree char *id = g_strdup_printf ("parking/P%u", n);

      town_raise (town, id, why);
      town_settle (town);
    }
  /* At the bound at the latest, whatever the machine does meanwhile; counted at the next flush. */
  test_until (bf_hub_n_dropped (town->engine->hub) == 1);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (bf_hub_n_clients (town->engine->hub), ==, 0);
  good = listener_new (town, "");
  town_raise (town, "parking/after", "why");
  test_until (listener_count (good, "alert", 0, NULL) == 1);
}

/* --- what is asked -------------------------------------------------------------------------------------------------- */

typedef struct
{
  GBytes *bytes;
  gboolean done;
} Answer;

static void
answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;
  g_autoptr (GError) error = NULL;

  answer->bytes = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  g_assert_no_error (error);
  answer->done = TRUE;
}

static void
ask (Town *town, const char *path, Answer *answer)
{
  g_autofree char *uri = g_strconcat ("http://localhost", path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);

  soup_session_send_and_read_async (town->session, message, G_PRIORITY_DEFAULT, NULL, answer_cb, answer);
}

static void
test_geojson_while_assets_arrive (Town *town, gconstpointer data)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (64u << 20);
  g_autoptr (GError) error = NULL;
  Answer answer = { 0 };
  BfJsonNode root, features, feature;
  BfJsonIter iter;
  const char *text;
  gsize length;
  guint n = 5000;
  guint n_features = 0;

  town_open_engine (town);
  for (guint i = 0; i < n; i++)
    town_put_car_park (town, i);
  ask (town, "/api/v1/geojson", &answer);
  /* A new car park at each turn of the loop, until the export is here. */
  while (!answer.done)
    {
      town_put_car_park (town, n++);
      g_main_context_iteration (NULL, TRUE);
    }
  g_assert_cmpuint (n, >, 5001);
  text = g_bytes_get_data (answer.bytes, &length);
  g_assert_true (bf_json_doc_parse (doc, text, length, &root, &error));
  g_assert_no_error (error);
  g_assert_true (bf_json_member (root, "features", &features) && bf_json_iter_init (&iter, features));
  while (bf_json_iter_next (&iter, NULL, NULL, &feature))
    {
      g_autofree char *id = g_strdup_printf ("parking/P%u", n_features++);

      g_assert_cmpstr (bf_json_member_string (feature, "id", NULL), ==, id);
    }
  /* All that were there when it was asked, none twice; those that came since are in it only if it had not begun. */
  g_assert_cmpuint (n_features, >=, 5000);
  g_assert_cmpuint (n_features, <, n);
  g_bytes_unref (answer.bytes);
}

static void
test_feed_removed (Town *town, gconstpointer data)
{
  gint64 now_us = bf_time_now_us ();
  Answer answer = { 0 };
  const char *text;
  gsize length;

  {
    g_autoptr (GError) error = NULL;
    BfStore *store = bf_store_open (town->data, &error);
    BfStoreObservation row = { "parking/P1", "free_spaces", 12, now_us, now_us, 0, "gone" };

    g_assert_no_error (error);
    bf_store_put_asset (store, &(BfStoreAsset){ "parking/P1", "parking.off_street", "Parc 1", NULL, NULL, "gone", 4.3, 47.2, NULL });
    g_assert_true (bf_store_add_observations (store, &row, 1));
    bf_store_close (store);
  }
  town_open_engine (town);
  ask (town, "/api/v1/assets/parking/P1", &answer);
  test_until (answer.done);
  text = g_bytes_get_data (answer.bytes, &length);
  /* Its last value is shown and not believed. */
  g_assert_nonnull (g_strstr_len (text, (gssize) length, "\"free_spaces\":{\"value\":12,"));
  g_assert_nonnull (g_strstr_len (text, (gssize) length, "\"known\":false,\"feed\":null,\"feed_removed\":true"));
  g_bytes_unref (answer.bytes);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Town *town, gconstpointer data);
  } tests[] = {
    { "/engine/hub/coalesced", test_coalesced },
    { "/engine/hub/sequenced", test_sequenced },
    { "/engine/hub/without-after", test_without_after },
    { "/engine/hub/slow-is-dropped", test_slow_is_dropped },
    { "/engine/export/geojson-while-assets-arrive", test_geojson_while_assets_arrive },
    { "/engine/assets/feed-removed", test_feed_removed },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Town, NULL, town_set_up, tests[i].test, town_tear_down);
  return g_test_run ();
}
