/* SPDX-License-Identifier: EUPL-1.2 */
/* The client's connection against an engine that misbehaves: a SoupServer in the same main context, on a socket of its own. */

#include "api/bf-client.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <string.h>

#include "base/bf-error.h"

#define DEADLINE_S 60
#define OVERSIZE ((32u << 20) + 1)

typedef struct
{
  char *dir;
  char *path;
  SoupServer *soup;
  SoupWebsocketConnection *stream; /* the newest */
  GPtrArray *asked;                /* char *: after= of each stream, in order */
  gboolean silent;                 /* no hello */
  char *authorization;

  BfClient *client;
  GString *states; /* "+" connected, "-" lost */
  char *reason;
  GPtrArray *types; /* char *: messages heard */
  GBytes *answer;
  GError *error;
  gboolean answered;
} Fixture;

/* --- the engine that is not one ------------------------------------------------------------------------------------- */

static void
stream_cb (SoupServer *soup, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection, gpointer user_data)
{
  Fixture *f = user_data;
  g_autoptr (GHashTable) query = soup_form_decode (g_uri_get_query (soup_server_message_get_uri (message)));

  g_free (f->authorization);
  f->authorization
    = g_strdup (soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Authorization"));
  g_ptr_array_add (f->asked, g_strdup (g_hash_table_lookup (query, "after")));
  g_set_object (&f->stream, connection);
  if (!f->silent)
    soup_websocket_connection_send_text (connection, "{\"type\":\"hello\",\"seq\":0}");
}

/* Answers by hand and hangs up in the middle. */
static void
vanish (SoupServerMessage *message, const char *text)
{
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

  g_assert_true (
    g_output_stream_write_all (g_io_stream_get_output_stream (stream), text, strlen (text), NULL, NULL, NULL));
  g_io_stream_close (stream, NULL, NULL);
}

static void
request_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  static const struct
  {
    const char *path;
    guint status;
    const char *body;
  } answers[] = {
    { "/good", 200, "{\"good\":true}" },
    { "/missing", 404, "{\"error\":{\"code\":\"not_found\",\"message\":\"no such thing\"}}" },
    { "/taken", 409, "{\"error\":{\"code\":\"conflict\",\"message\":\"Marie has it\"}}" },
    { "/broken", 500, "<html>oh</html>" },
  };

  if (g_str_equal (path, "/vanish-length"))
    vanish (message, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"assets\":[{\"id\":");
  else if (g_str_equal (path, "/vanish-body"))
    vanish (message, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
  else if (g_str_equal (path, "/vanish-head"))
    vanish (message, "HTTP/1.1 20");
  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    if (g_str_equal (path, answers[i].path))
      {
        soup_server_message_set_status (message, answers[i].status, NULL);
        soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, answers[i].body,
                                          strlen (answers[i].body));
      }
}

static void
open_server (Fixture *f)
{
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (f->path);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_assert_true (g_socket_bind (socket, address, TRUE, &error) && g_socket_listen (socket, &error));
  f->soup = soup_server_new (NULL, NULL);
  soup_server_add_handler (f->soup, NULL, request_cb, f, NULL);
  soup_server_add_websocket_handler (f->soup, "/api/v1/events/ws", NULL, NULL, stream_cb, f, NULL);
  g_assert_true (soup_server_listen_socket (f->soup, socket, 0, &error));
}

static void
close_server (Fixture *f)
{
  if (f->soup != NULL)
    soup_server_disconnect (f->soup);
  g_clear_object (&f->stream);
  g_clear_object (&f->soup);
  g_unlink (f->path);
}

/* --- the client ----------------------------------------------------------------------------------------------------- */

static void
state_cb (BfClient *client, gboolean connected, const char *reason, gpointer user_data)
{
  Fixture *f = user_data;

  g_string_append_c (f->states, connected ? '+' : '-');
  g_assert_true (connected == bf_client_is_connected (client));
  g_assert_true (connected || reason != NULL);
  g_free (f->reason);
  f->reason = g_strdup (reason);
}

static void
message_cb (BfClient *client, const char *type, gpointer node, gpointer user_data)
{
  g_ptr_array_add (((Fixture *) user_data)->types, g_strdup (type));
}

static void
answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *f = user_data;

  f->answer = bf_client_request_finish (BF_CLIENT (source), result, &f->error);
  f->answered = TRUE;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *address = NULL;

  f->dir = g_dir_make_tmp ("bf-client-XXXXXX", NULL);
  f->path = g_build_filename (f->dir, "engine.sock", NULL);
  f->asked = g_ptr_array_new_with_free_func (g_free);
  f->types = g_ptr_array_new_with_free_func (g_free);
  f->states = g_string_new (NULL);
  address = g_strconcat ("unix:", f->path, NULL);
  f->client = bf_client_new (address, "secret");
  g_signal_connect (f->client, "state", G_CALLBACK (state_cb), f);
  g_signal_connect (f->client, "message", G_CALLBACK (message_cb), f);
  open_server (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  bf_client_stop (f->client);
  g_clear_object (&f->client);
  close_server (f);
  g_rmdir (f->dir);
  g_ptr_array_unref (f->asked);
  g_ptr_array_unref (f->types);
  g_string_free (f->states, TRUE);
  g_clear_pointer (&f->answer, g_bytes_unref);
  g_clear_error (&f->error);
  g_free (f->reason);
  g_free (f->authorization);
  g_free (f->path);
  g_free (f->dir);
}

static gboolean
late_cb (gpointer user_data)
{
  g_error ("not seen within %d s: %s", DEADLINE_S, (const char *) user_data);
  return G_SOURCE_REMOVE;
}

/* Lets the main context turn until @condition; fails at the deadline. */
#define wait_for(condition) \
  G_STMT_START \
  { \
    guint late_id = g_timeout_add_seconds (DEADLINE_S, late_cb, (gpointer) #condition); \
\
    while (!(condition)) \
      g_main_context_iteration (NULL, TRUE); \
    g_source_remove (late_id); \
  } \
  G_STMT_END

static void
request (Fixture *f, const char *path, gsize max_bytes, GCancellable *cancellable)
{
  g_clear_pointer (&f->answer, g_bytes_unref);
  g_clear_error (&f->error);
  f->answered = FALSE;
  bf_client_request_async (f->client, path, NULL, max_bytes, cancellable, answer_cb, f);
}

/* --- the stream ----------------------------------------------------------------------------------------------------- */

static void
test_resumes (Fixture *f, gconstpointer data)
{
  bf_client_start (f->client, 41);
  wait_for (g_str_equal (f->states->str, "+"));
  g_assert_cmpstr (g_ptr_array_index (f->asked, 0), ==, "41");
  g_assert_cmpstr (f->authorization, ==, "Bearer secret");
  soup_websocket_connection_send_text (f->stream, "{\"type\":\"alert\",\"seq\":42}");
  /* One is missing here, and its status says so: only what was heard counts. */
  soup_websocket_connection_send_text (f->stream, "{\"type\":\"status\",\"seq\":99}");
  soup_websocket_connection_send_text (f->stream, "{\"type\":\"alert\",\"seq\":44}");
  /* An older one does not take the place back. */
  soup_websocket_connection_send_text (f->stream, "{\"type\":\"alert\",\"seq\":43}");
  wait_for (f->types->len == 5);
  soup_websocket_connection_close (f->stream, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "the engine ends");
  wait_for (g_str_equal (f->states->str, "+-+"));
  g_assert_cmpuint (f->asked->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (f->asked, 1), ==, "44");
  /* After a reset the snapshot says from where on. */
  bf_client_start (f->client, 7);
  soup_websocket_connection_close (f->stream, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
  wait_for (g_str_equal (f->states->str, "+-+-+"));
  g_assert_cmpstr (g_ptr_array_index (f->asked, 2), ==, "7");
}

static void
test_says_why (Fixture *f, gconstpointer data)
{
  bf_client_start (f->client, 0);
  wait_for (g_str_equal (f->states->str, "+"));
  f->silent = TRUE;
  soup_websocket_connection_close (f->stream, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, "maintenance");
  wait_for (g_str_equal (f->states->str, "+-"));
  g_assert_cmpstr (f->reason, ==, "maintenance");
  /* A stream that says nothing is not an engine's: not connected. */
  wait_for (f->asked->len == 2);
  g_assert_false (bf_client_is_connected (f->client));
}

static void
test_engine_comes_later (Fixture *f, gconstpointer data)
{
  close_server (f);
  bf_client_start (f->client, 0);
  wait_for (g_str_equal (f->states->str, "-"));
  open_server (f);
  wait_for (g_str_equal (f->states->str, "-+"));
  /* And goes and comes: killed, its socket with it. */
  close_server (f);
  wait_for (g_str_equal (f->states->str, "-+-"));
  open_server (f);
  wait_for (g_str_equal (f->states->str, "-+-+"));
}

static void
test_bad_messages (Fixture *f, gconstpointer data)
{
  static const char *const bad[] = { "{\"type\":\"alert\",\"seq\":", "", "\"\\ud800\"", "{\"type\":\"status\",\"x\":NaN}" };

  bf_client_start (f->client, 5);
  wait_for (g_str_equal (f->states->str, "+"));
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      guint heard = f->types->len;

      g_string_truncate (f->states, 0);
      soup_websocket_connection_send_text (f->stream, bad[i]);
      wait_for (g_str_equal (f->states->str, "-+"));
      g_assert_cmpuint (f->types->len, ==, heard + 1);
      g_assert_cmpstr (g_ptr_array_index (f->asked, f->asked->len - 1), ==, "5");
    }
  g_string_truncate (f->states, 0);
  soup_websocket_connection_send_binary (f->stream, "\1\2\3", 3);
  wait_for (g_str_equal (f->states->str, "-+"));
}

/* JSON that is not a message of ours is passed on without a type; it moves nothing and loses nothing. */
static void
test_odd_messages (Fixture *f, gconstpointer data)
{
  static const char *const odd[] = { "[1,2,3]", "12", "{\"type\":12,\"seq\":50}", "{\"seq\":60}", "{\"type\":\"alert\",\"seq\":\"70\"}" };

  bf_client_start (f->client, 5);
  wait_for (g_str_equal (f->states->str, "+"));
  for (guint i = 0; i < G_N_ELEMENTS (odd); i++)
    soup_websocket_connection_send_text (f->stream, odd[i]);
  wait_for (f->types->len == 1 + G_N_ELEMENTS (odd));
  g_assert_cmpstr (f->states->str, ==, "+");
  soup_websocket_connection_close (f->stream, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  wait_for (g_str_equal (f->states->str, "+-+"));
  g_assert_cmpstr (g_ptr_array_index (f->asked, 1), ==, "5");
}

static void
test_oversize_message (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_malloc (OVERSIZE + 1);

  memset (text, ' ', OVERSIZE);
  text[OVERSIZE] = '\0';
  memcpy (text, "{}", 2);
  bf_client_start (f->client, 3);
  wait_for (g_str_equal (f->states->str, "+"));
  soup_websocket_connection_send_text (f->stream, text);
  wait_for (g_str_equal (f->states->str, "+-+"));
  g_assert_cmpuint (f->types->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (f->asked, 1), ==, "3");
}

static void
test_stops (Fixture *f, gconstpointer data)
{
  /* With an attempt under way, then while it waits to try again. */
  bf_client_start (f->client, 0);
  bf_client_stop (f->client);
  close_server (f);
  bf_client_start (f->client, 0);
  wait_for (g_str_equal (f->states->str, "-"));
  bf_client_stop (f->client);
  open_server (f);
  request (f, "/good", 0, NULL);
  wait_for (f->answered);
  g_assert_no_error (f->error);
  g_assert_cmpuint (f->asked->len, ==, 0);
  g_assert_cmpstr (f->states->str, ==, "-");
  bf_client_start (f->client, 0);
  wait_for (g_str_equal (f->states->str, "-+"));
}

/* --- requests ------------------------------------------------------------------------------------------------------- */

static void
test_engine_refuses (Fixture *f, gconstpointer data)
{
  request (f, "/missing", 0, NULL);
  wait_for (f->answered);
  g_assert_error (f->error, BF_ERROR, BF_ERROR_NOT_FOUND);
  g_assert_cmpstr (f->error->message, ==, "no such thing");
  request (f, "/taken", 0, NULL);
  wait_for (f->answered);
  g_assert_error (f->error, BF_ERROR, BF_ERROR_STATE);
  g_assert_cmpstr (f->error->message, ==, "Marie has it");
  request (f, "/broken", 0, NULL);
  wait_for (f->answered);
  g_assert_error (f->error, BF_ERROR, BF_ERROR_IO);
  g_assert_nonnull (strstr (f->error->message, "500"));
}

static void
test_oversize_answer (Fixture *f, gconstpointer data)
{
  request (f, "/good", 12, NULL);
  wait_for (f->answered);
  g_assert_error (f->error, BF_ERROR, BF_ERROR_LIMIT);
  g_assert_nonnull (strstr (f->error->message, "12 bytes"));
  request (f, "/good", 13, NULL);
  wait_for (f->answered);
  g_assert_no_error (f->error);
  g_assert_cmpuint (g_bytes_get_size (f->answer), ==, 13);
}

static void
test_vanishes (Fixture *f, gconstpointer data)
{
  static const char *const paths[] = { "/vanish-length", "/vanish-body", "/vanish-head" };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      request (f, paths[i], 0, NULL);
      wait_for (f->answered);
      /* Half a snapshot is no snapshot. */
      g_assert_nonnull (f->error);
      g_assert_null (f->answer);
      request (f, "/good", 0, NULL);
      wait_for (f->answered);
      g_assert_no_error (f->error);
    }
}

static void
test_cancelled (Fixture *f, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  request (f, "/good", 0, cancellable);
  g_cancellable_cancel (cancellable);
  wait_for (f->answered);
  g_assert_error (f->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/* A client that its owner forgets while it has a stream and a request under way. */
static void
test_forgotten (Fixture *f, gconstpointer data)
{
  bf_client_start (f->client, 0);
  wait_for (g_str_equal (f->states->str, "+"));
  request (f, "/good", 0, NULL);
  g_object_add_weak_pointer (G_OBJECT (f->client), (gpointer *) &f->client);
  bf_client_stop (f->client);
  g_object_unref (f->client);
  wait_for (f->answered);
  wait_for (f->client == NULL);
  f->client = bf_client_new ("unix:/nowhere", NULL);
}

static void
test_asset_path (void)
{
  g_autofree char *plain = bf_client_asset_path ("parking/P1");
  g_autofree char *odd = bf_client_asset_path ("water/a/b ?é");
  g_autofree char *none = bf_client_asset_path ("parking");

  g_assert_cmpstr (plain, ==, "/api/v1/assets/parking/P1");
  g_assert_cmpstr (odd, ==, "/api/v1/assets/water/a%2Fb%20%3F%C3%A9");
  g_assert_cmpstr (none, ==, "/api/v1/assets/parking/");
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *f, gconstpointer data);
  } tests[] = {
    { "/api/client/resumes-after-the-last-seq", test_resumes },
    { "/api/client/says-why", test_says_why },
    { "/api/client/engine-comes-later", test_engine_comes_later },
    { "/api/client/bad-messages", test_bad_messages },
    { "/api/client/odd-messages", test_odd_messages },
    { "/api/client/oversize-message", test_oversize_message },
    { "/api/client/stops", test_stops },
    { "/api/client/engine-refuses", test_engine_refuses },
    { "/api/client/oversize-answer", test_oversize_answer },
    { "/api/client/vanishes-in-the-middle", test_vanishes },
    { "/api/client/cancelled", test_cancelled },
    { "/api/client/forgotten", test_forgotten },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  g_test_add_func ("/api/client/asset-path", test_asset_path);
  return g_test_run ();
}
