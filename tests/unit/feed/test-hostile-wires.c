/* SPDX-License-Identifier: EUPL-1.2 */
/* Bad input on each transport, by the real beffroi-feed in its walls: bodies of 2 GB, streams without an end, heads without an end, bombs,
 * pages and redirects that go round, tokens that are refused or no tokens, queries that write or run for ever. Each ends in a bounded
 * time, in a bounded memory, with a reason in words, and what comes after it is taken. */

#include <libsoup/soup.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "wire-sources.h"

#define MAX_BYTES 2000000
#define MEMORY_MAX_KB (160 * 1024) /* of the process at its peak, with the room for one payload of MAX_BYTES and its records */

typedef struct
{
  const char *name;
  const char *keys;  /* of the feed; %u is the server's port */
  void (*answer) (GOutputStream *out, const char *head);
  const char *words; /* of the reason */
  BfFeedState state;
} HostileCase;

/* One server of raw bytes: a thread a connection. */
typedef struct
{
  GSocketService *service;
  guint16 port;
  const HostileCase *test;
  int good;        /* from now on it answers well */
  int n_requests;
} HostileServer;

static gboolean
say (GOutputStream *out, const char *text)
{
  return g_output_stream_write_all (out, text, strlen (text), NULL, NULL, NULL);
}

static void
say_all_of (GOutputStream *out, const char *type, const char *body)
{
  g_autofree char *text = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s", type,
                                           strlen (body), body);

  say (out, text);
}

/* The same bytes for ever: until nobody takes them any more. */
static void
say_for_ever (GOutputStream *out, const char *text)
{
  g_autofree char *many = NULL;
  g_autoptr (GString) repeated = g_string_new (NULL);

  while (repeated->len < 60000)
    g_string_append (repeated, text);
  many = g_strdup (repeated->str);
  while (say (out, many))
    ;
}

static void
announced_2gb (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2147483648\r\n\r\n");
  say_for_ever (out, "[1,2,3,4],");
}

static void
endless_chunks (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
  say_for_ever (out, "32\r\n[1,2,3,4],[1,2,3,4],[1,2,3,4],[1,2,3,4],[1,2,3,4],\r\n");
}

static void
endless_close (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[");
  say_for_ever (out, "[1,2,3,4],");
}

static void
endless_head (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 200 OK\r\n");
  say_for_ever (out, "X-Header: and another one, and so on\r\n");
}

static void
endless_continue (GOutputStream *out, const char *head)
{
  say_for_ever (out, "HTTP/1.1 100 Continue\r\n\r\n");
}

static void
huge_chunk_size (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n[");
  say_for_ever (out, "[1,2,3,4],");
}

/* 1 GB of zeros in 1 MB. */
static void
bomb (GOutputStream *out, const char *head)
{
  g_autoptr (GConverter) converter = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 9));
  g_autoptr (GOutputStream) packed = g_converter_output_stream_new (out, converter);
  g_autofree char *zeros = g_malloc0 (1 << 20);

  g_filter_output_stream_set_close_base_stream (G_FILTER_OUTPUT_STREAM (packed), FALSE);
  say (out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n");
  for (guint i = 0; i < 1024 && g_output_stream_write_all (packed, zeros, 1 << 20, NULL, NULL, NULL); i++)
    ;
}

static void
broken_gzip (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 20\r\n\r\n01234567890123456789");
}

static void
redirect_loop (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 302 Found\r\nLocation: /round?token=hidden-Zebra\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

static void
too_many (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 90\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

static void
not_http (GOutputStream *out, const char *head)
{
  say (out, "SSH-2.0-OpenSSH_9.2p1\r\n\r\n\r\n");
}

static void
wrong_type (GOutputStream *out, const char *head)
{
  say_all_of (out, "text/html", "<html><body>Bienvenue sur le portail</body></html>");
}

/* Of two pages each names the other. */
static void
page_round (GOutputStream *out, const char *head)
{
  g_autofree char *body = NULL;
  const char *host = strstr (head, "Host: ") + strlen ("Host: ");

  body = g_strdup_printf ("{\"@iot.nextLink\": \"http://%.*s/x%s\", \"value\": []}", (int) strcspn (host, "\r\n"), host,
                          strstr (head, "page=1") != NULL ? "" : "?page=1");
  say_all_of (out, "application/json", body);
}

/* Each page names another one. */
static void
page_on (GOutputStream *out, const char *head)
{
  static int n;
  g_autofree char *body = NULL;
  const char *host = strstr (head, "Host: ") + strlen ("Host: ");

  body = g_strdup_printf ("{\"@iot.nextLink\": \"http://%.*s/x?page=%d\", \"value\": []}", (int) strcspn (host, "\r\n"), host,
                          g_atomic_int_add (&n, 1));
  say_all_of (out, "application/json", body);
}

static void
page_elsewhere (GOutputStream *out, const char *head)
{
  say_all_of (out, "application/json", "{\"@iot.nextLink\": \"http://192.0.2.1/x\", \"value\": []}");
}

static void
token_refused (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 401 Unauthorized\r\nContent-Length: 26\r\nConnection: close\r\n\r\n{\"error\":\"invalid_client\"}");
}

static void
token_garbled (GOutputStream *out, const char *head)
{
  say_all_of (out, "application/json", "{\"access_token\": \"abc");
}

static void
token_missing (GOutputStream *out, const char *head)
{
  say_all_of (out, "application/json", "{\"token_type\": \"Bearer\"}");
}

static void
token_with_lines (GOutputStream *out, const char *head)
{
  say_all_of (out, "application/json", "{\"access_token\": \"abc\\r\\nX-Injected: yes\"}");
}

static void
token_redirected (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://192.0.2.1/token\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

static void
events_endless_line (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: ");
  say_for_ever (out, "0123456789");
}

static void
events_endless_event (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n");
  say_for_ever (out, "data: 0123456789\n");
}

static void
events_wrong_type (GOutputStream *out, const char *head)
{
  say_all_of (out, "application/json", "[]");
}

static void
lines_endless_line (GOutputStream *out, const char *head)
{
  say (out, "HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n\r\n[");
  say_for_ever (out, "0123456789");
}

static void
websocket_accept (GOutputStream *out, const char *head)
{
  const char *key = strstr (head, "Sec-WebSocket-Key: ");
  g_autofree char *given = key != NULL ? g_strndup (key + 19, strcspn (key + 19, "\r\n")) : g_strdup ("");
  g_autofree char *whole = g_strconcat (given, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", NULL);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize length = sizeof digest;
  g_autofree char *accept = NULL;
  g_autofree char *answer = NULL;

  g_checksum_update (checksum, (const guchar *) whole, -1);
  g_checksum_get_digest (checksum, digest, &length);
  accept = g_base64_encode (digest, length);
  answer = g_strdup_printf ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
  say (out, answer);
}

/* A frame that announces 2 GB. */
static void
websocket_huge_frame (GOutputStream *out, const char *head)
{
  websocket_accept (out, head);
  g_output_stream_write_all (out, "\x81\x7f\0\0\0\0\x80\0\0\0", 10, NULL, NULL, NULL);
  say_for_ever (out, "0123456789");
}

/* A message of frames without an end. */
static void
websocket_endless_message (GOutputStream *out, const char *head)
{
  g_autofree char *frame = g_strnfill (4 + 60000, 'x');

  websocket_accept (out, head);
  memcpy (frame, "\x01\x7e\xea\x60", 4);
  while (g_output_stream_write_all (out, frame, 4 + 60000, NULL, NULL, NULL))
    frame[0] = 0;
}

static void
websocket_refused (GOutputStream *out, const char *head)
{
  say_all_of (out, "text/html", "no WebSocket here");
}

#define HTTP_KEYS "Url=http://127.0.0.1:%u/x\nMaxBytes=2000000\nTimeout=20s\n"
#define PAGE_KEYS "Url=http://127.0.0.1:%u/x\nFormat=sensorthings\nTimeout=20s\n"
#define TOKEN_KEYS "Url=http://127.0.0.1:%1$u/x\nOAuth=http://127.0.0.1:%1$u/token\nClientId=beffroi\nClientSecret=secret:token\nTimeout=20s\n"
#define EVENT_KEYS "Url=http://127.0.0.1:%u/x\nTransport=events\nMaxBytes=2000000\nTimeout=20s\n"
#define LINE_KEYS "Url=http://127.0.0.1:%u/x\nTransport=lines\nMaxBytes=2000000\nTimeout=20s\n"
#define SOCKET_KEYS "Url=ws://127.0.0.1:%u/x\nMaxBytes=2000000\nTimeout=20s\n"

static const HostileCase cases[] = {
  { "2-gb-announced", HTTP_KEYS, announced_2gb, "2147483648 bytes announced, MaxBytes allows 2000000", BF_FEED_RETRY },
  { "endless-chunks", HTTP_KEYS, endless_chunks, "more than the 2000000 bytes", BF_FEED_RETRY },
  { "endless-close", HTTP_KEYS, endless_close, "more than the 2000000 bytes", BF_FEED_RETRY },
  { "endless-head", HTTP_KEYS, endless_head, "", BF_FEED_RETRY },
  { "endless-continue", HTTP_KEYS, endless_continue, "interim answers without an end", BF_FEED_RETRY },
  { "huge-chunk-size", HTTP_KEYS, huge_chunk_size, "", BF_FEED_RETRY },
  { "gzip-bomb", HTTP_KEYS, bomb, "more than the 2000000 bytes", BF_FEED_RETRY },
  { "broken-gzip", HTTP_KEYS, broken_gzip, "", BF_FEED_RETRY },
  { "redirect-loop", HTTP_KEYS, redirect_loop, "redirected more than 5 times; redirected to http://127.0.0.1:", BF_FEED_RETRY },
  { "too-many", HTTP_KEYS, too_many, "HTTP 429 Too Many Requests; the server asks to wait 1min 30s", BF_FEED_RETRY },
  { "not-http", HTTP_KEYS, not_http, "", BF_FEED_RETRY },
  { "wrong-type", HTTP_KEYS, wrong_type, "not JSON", BF_FEED_RETRY },
  { "pages-round", PAGE_KEYS, page_round, "the pages go round: after page 2 comes one that was read already", BF_FEED_RETRY },
  { "pages-on", PAGE_KEYS, page_on, "more than 200 pages", BF_FEED_RETRY },
  { "pages-elsewhere", PAGE_KEYS, page_elsewhere, "the next page is on another server", BF_FEED_RETRY },
  { "token-refused", TOKEN_KEYS, token_refused, "no token from OAuth=: HTTP 401 Unauthorized", BF_FEED_REFUSED },
  { "token-garbled", TOKEN_KEYS, token_garbled, "no token from OAuth=: its answer is not JSON", BF_FEED_RETRY },
  { "token-missing", TOKEN_KEYS, token_missing, "no token from OAuth=: its answer has no access_token", BF_FEED_RETRY },
  { "token-with-lines", TOKEN_KEYS, token_with_lines, "no token from OAuth=: its answer has no access_token", BF_FEED_RETRY },
  { "token-endless", TOKEN_KEYS, endless_close, "no token from OAuth=: more than the 65536 bytes", BF_FEED_RETRY },
  { "token-redirected", TOKEN_KEYS, token_redirected, "no token from OAuth=: redirected to http://192.0.2.1/token, where an answer was expected", BF_FEED_RETRY },
  { "events-endless-line", EVENT_KEYS, events_endless_line, "a message is larger than MaxBytes allows", BF_FEED_RETRY },
  { "events-endless-event", EVENT_KEYS, events_endless_event, "a message is larger than MaxBytes allows", BF_FEED_RETRY },
  { "events-wrong-type", EVENT_KEYS, events_wrong_type, "the server answers with application/json, expected text/event-stream", BF_FEED_RETRY },
  { "events-gone", EVENT_KEYS, token_refused, "HTTP 401 Unauthorized", BF_FEED_REFUSED },
  { "lines-endless-line", LINE_KEYS, lines_endless_line, "a message is larger than MaxBytes allows", BF_FEED_RETRY },
  { "websocket-huge-frame", SOCKET_KEYS, websocket_huge_frame, "the server broke the WebSocket", BF_FEED_RETRY },
  { "websocket-endless-message", SOCKET_KEYS, websocket_endless_message, "failed to allocate", BF_FEED_CRASHED },
  { "websocket-refused", SOCKET_KEYS, websocket_refused, "the server does not speak WebSocket at this address", BF_FEED_RETRY },
};

/* What a good server says at the same address. */
static void
say_good (HostileServer *server, GOutputStream *out, const char *head)
{
  g_autofree char *record = wire_record (7);
  g_autofree char *text = NULL;

  if (strstr (server->test->keys, "sensorthings") != NULL)
    say_all_of (out, "application/json", "{\"value\": []}");
  else if (g_str_has_prefix (head, "POST /token"))
    say_all_of (out, "application/json", "{\"access_token\": \"good-t0ken-of-the-server\", \"expires_in\": 60}");
  else if (strstr (server->test->keys, "ws://") != NULL)
    {
      websocket_accept (out, head);
      text = g_strdup_printf ("\x81%c%s", (int) strlen (record), record);
      say (out, text);
    }
  else if (strstr (server->test->keys, "events") != NULL || strstr (server->test->keys, "lines") != NULL)
    {
      text = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n%s%s\n\n",
                              strstr (server->test->keys, "events") != NULL ? "data: " : "", record);
      if (strstr (server->test->keys, "lines") != NULL)
        memcpy (strstr (text, "text/event-stream"), "application/x-ndj", strlen ("text/event-stream"));
      say (out, text);
    }
  else
    say_all_of (out, "application/json", record);
}

static gboolean
run_cb (GThreadedSocketService *service, GSocketConnection *client, GObject *source, gpointer user_data)
{
  HostileServer *server = user_data;
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (client));
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (client));
  g_autoptr (GString) head = g_string_new (NULL);
  char byte;

  while (!g_str_has_suffix (head->str, "\r\n\r\n") && g_input_stream_read (in, &byte, 1, NULL, NULL) == 1)
    g_string_append_c (head, byte);
  g_atomic_int_inc (&server->n_requests);
  if (g_atomic_int_get (&server->good))
    say_good (server, out, head->str);
  else
    server->test->answer (out, head->str);
  /* What it still says is read, so that what we said is not lost with the connection; a stream is open until it leaves. */
  if (g_atomic_int_get (&server->good) && strstr (server->test->keys, "ws://") != NULL)
    while (g_input_stream_read (in, &byte, 1, NULL, NULL) == 1)
      ;
  return TRUE;
}

static HostileServer *
hostile_server_new (const HostileCase *test)
{
  HostileServer *server = g_new0 (HostileServer, 1);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;

  server->test = test;
  server->service = g_threaded_socket_service_new (10);
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (server->service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL,
                                                &bound, NULL));
  server->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (server->service, "run", G_CALLBACK (run_cb), server);
  g_socket_service_start (server->service);
  return server;
}

/* VmHWM of /proc: the most that the process ever held. */
static guint64
peak_kb (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/status", pid);
  g_autofree char *text = NULL;
  const char *line;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (line = strstr (text, "VmHWM:")) == NULL)
    return 0;
  return g_ascii_strtoull (line + strlen ("VmHWM:"), NULL, 10);
}

static void
expect_words (WireCity *city, const char *name, BfFeedState state, const char *words, gint64 before_us)
{
  BfFeedInfo info;
  guint64 peak;

  wire_until (wire_city_is_bad (city, 0));
  info = wire_city_info (city, 0);
  peak = peak_kb (info.pid);
  g_test_message ("| %s | %s since %s | %s | %.1f s | %.1f MB |", name, bf_feed_state_id (info.state), wire_clock (info.since_us), info.reason,
                  (double) (bf_time_now_us () - before_us) / G_USEC_PER_SEC, (double) peak / 1024);
  g_assert_cmpint (info.state, ==, state);
  if (strstr (info.reason, words) == NULL)
    g_error ("%s: expected “%s” in “%s”", name, words, info.reason);
  g_assert_cmpuint (peak, <, MEMORY_MAX_KB);
}

static void
test_case (gconstpointer data)
{
  const HostileCase *test = data;
  HostileServer *server = hostile_server_new (test);
  WireCity *city = wire_city_new ();
  gint64 before_us = bf_time_now_us ();
  g_autofree char *keys = NULL;
  BfFeedInfo info;

  {
    g_auto (GStrv) parts = g_strsplit (test->keys, "%1$u", -1);
    g_autofree char *port = g_strdup_printf ("%u", server->port);
    g_autofree char *joined = g_strjoinv (port, parts);
    g_auto (GStrv) others = g_strsplit (joined, "%u", -1);

    keys = g_strjoinv (port, others);
  }
  wire_city_add (city, "parcs", keys);
  expect_words (city, test->name, test->state, test->words, before_us);
  g_assert_null (strstr (city->said->str, "hidden-Zebra"));
  /* Better is taken: refused ones wait for long. */
  g_atomic_int_set (&server->good, 1);
  if (test->state != BF_FEED_REFUSED && test->answer != too_many)
    {
      if (strstr (test->keys, "sensorthings") != NULL)
        wire_until (wire_city_is_good (city, 0));
      else
        wire_until (wire_city_has (city, 7));
    }
  info = wire_city_info (city, 0);
  g_assert_cmpuint (info.n_deaths > 0, ==, test->state == BF_FEED_CRASHED);
  wire_city_check_counts (city, 0, city->n_observations);
  wire_city_free (city);
  g_socket_service_stop (server->service);
  g_socket_listener_close (G_SOCKET_LISTENER (server->service));
  g_object_unref (server->service);
}

/* --- SQL ------------------------------------------------------------------------------------------------------------------- */

static const struct
{
  const char *name;
  const char *query;
  const char *words;
  BfFeedState state;
} queries[] = {
  { "insert", "INSERT INTO parc VALUES ('{}') RETURNING record", "the database: syntax error", BF_FEED_REFUSED },
  { "with-delete", "WITH gone AS (DELETE FROM parc RETURNING record) SELECT * FROM gone", "data-modifying", BF_FEED_REFUSED },
  { "two-statements", "SELECT 1) AS x; DROP TABLE parc; SELECT (1", "cannot insert multiple commands", BF_FEED_REFUSED },
  { "writes-by-function", "SELECT nextval('counted')::text AS key", "read-only transaction", BF_FEED_REFUSED },
  { "makes-itself-writable", "SELECT set_config('transaction_read_only', 'off', false) AS key", "read-write mode", BF_FEED_REFUSED },
  { "makes-a-large-object", "SELECT lo_create(4711) AS free", "", BF_FEED_RETRY },
  { "was-not-kept", "SELECT 1 / count(*) AS free FROM pg_largeobject_metadata WHERE oid = 4711", "division by zero", BF_FEED_RETRY },
  { "no-such-table", "SELECT * FROM nothing", "relation \"nothing\" does not exist", BF_FEED_REFUSED },
  { "runs-for-ever", "SELECT pg_sleep(3600)::text AS key", "", BF_FEED_RETRY },
  { "endless-rows", "SELECT 'a' AS key, n AS free FROM generate_series(1, 1000000000000) AS n", "", BF_FEED_RETRY },
  { "huge-value", "SELECT repeat('x', 500000000) AS key", "", BF_FEED_RETRY },
  { "many-large-rows", "SELECT repeat('x', 1000000) AS key FROM generate_series(1, 1000)", "MaxBytes", BF_FEED_RETRY },
};

static void
test_sql (void)
{
  const WireKind *kind = NULL;
  WireCity *city;
  WireSource *source;
  WireCity *cities[G_N_ELEMENTS (queries)];

  for (guint i = 0; i < wire_n_kinds; i++)
    if (g_str_equal (wire_kinds[i].name, "sql"))
      kind = &wire_kinds[i];
  if (!wire_kind_is_there (kind))
    {
      g_test_skip (kind->needs);
      return;
    }
  city = wire_city_new ();
  source = wire_source_new (kind, city);
  wire_source_publish (source, 7);
  for (guint i = 0; i < G_N_ELEMENTS (queries); i++)
    {
      g_autofree char *keys = g_strdup_printf ("Url=postgresql://postgres@127.0.0.1:%u/postgres\nQuery=%s\nMaxBytes=2000000\n", source->port, queries[i].query);
      gint64 before_us = bf_time_now_us ();

      cities[i] = wire_city_new ();
      wire_city_add (cities[i], "parcs", keys);
      expect_words (cities[i], queries[i].name, queries[i].state, queries[i].words, before_us);
      wire_city_free (cities[i]);
    }
  /* What was in the table is in it, and nothing else. */
  {
    g_autofree char *keys = wire_source_keys (source);

    wire_city_add (city, "parcs", keys);
    wire_until (wire_city_has (city, 7));
    g_assert_cmpuint (wire_city_info (city, 0).n_records, ==, 1);
  }
  wire_source_free (source);
  wire_city_free (city);
}

/* --- a folder ------------------------------------------------------------------------------------------------------------------ */

static gboolean
says (WireCity *city, const char *words)
{
  const char *reason = wire_city_info (city, 0).reason;

  return words == NULL ? reason == NULL : reason != NULL && strstr (reason, words) != NULL;
}

/* What is no plain file is not read, and its name is not passed over without a word for as long as it lies there. */
static void
test_special_files (void)
{
  const WireKind *kind = NULL;
  WireCity *city = wire_city_new ();
  WireSource *source;
  g_autofree char *keys = NULL;
  g_autofree char *link = NULL;
  g_autofree char *pipe = NULL;
  g_autofree char *dir = NULL;

  for (guint i = 0; i < wire_n_kinds; i++)
    if (g_str_equal (wire_kinds[i].name, "folder"))
      kind = &wire_kinds[i];
  source = wire_source_new (kind, city);
  link = g_build_filename (source->path, "link.json", NULL);
  pipe = g_build_filename (source->path, "pipe.json", NULL);
  dir = g_build_filename (source->path, "dir.json", NULL);
  g_assert_cmpint (symlink ("/etc/passwd", link), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0644), ==, 0);
  g_assert_cmpint (g_mkdir (dir, 0755), ==, 0);
  wire_source_publish (source, 7);
  keys = wire_source_keys (source);
  wire_city_add (city, "parcs", keys);
  wire_until (wire_city_has (city, 7));
  wire_until (says (city, "3 entries of the folder are no plain files and are not read"));
  g_rmdir (dir);
  g_unlink (pipe);
  wire_until (says (city, "1 entry of the folder is no plain file and is not read"));
  g_unlink (link);
  wire_until (says (city, NULL));
  wire_source_free (source);
  wire_city_free (city);
}

/* --- secrets ----------------------------------------------------------------------------------------------------------------- */

/* A secret that others may read stops its feed before a process is started: off, with the mode. */
static void
test_secret_mode (void)
{
  static const struct
  {
    guint mode;
    const char *words;
  } modes[] = { { 0600, NULL }, { 0640, "mode 0640" }, { 0604, "mode 0604" }, { 0666, "mode 0666" } };
  WireCity *city = wire_city_new ();
  g_autofree char *feeds = g_build_filename (city->dir, "feeds.d", NULL);
  g_autofree char *secret = g_build_filename (city->dir, "secrets.d", "token", NULL);

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autofree char *path = test_write (feeds, "x.feed", "[Feed]\nService=parking\nFormat=json\nTransport=push\nToken=secret:token\nEvery=1s\nKind=off_street\n"
                                                           "[Map]\nid=key\nfree_spaces=free\n");
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (BfFeedDef) def = NULL;

      g_chmod (secret, (int) modes[i].mode);
      def = bf_feed_def_load (path, 0, city->catalog, problems, NULL);
      g_assert_cmpint (def->bad, ==, modes[i].words != NULL);
      if (modes[i].words != NULL)
        g_assert_nonnull (strstr (def->reason, modes[i].words));
    }
  wire_city_free (city);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/feed/hostile-wires/%s", cases[i].name);

      /* libsoup 3.2 bounds a frame of a WebSocket, and not how many of them make a message: the wall around the process does. */
#ifdef __SANITIZE_ADDRESS__
      if (cases[i].state == BF_FEED_CRASHED)
        continue;
#endif
      g_test_add_data_func (path, &cases[i], test_case);
    }
  g_test_add_func ("/feed/hostile-wires/sql", test_sql);
  g_test_add_func ("/feed/hostile-wires/special-files", test_special_files);
  g_test_add_func ("/feed/hostile-wires/secret-mode", test_secret_mode);
  return g_test_run ();
}
