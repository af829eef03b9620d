/* SPDX-License-Identifier: EUPL-1.2 */
/* The fetcher against a real server in this process on a port of the system's choice. */

#include <string.h>

#include "feed-test-util.h"
#include "feed/bf-fetch.h"

#define MAX_BYTES 100000u
#define BODY "{\"records\":[]}"
#define STAMP "Tue, 04 Mar 2025 10:00:00 GMT"
#define STAMP_US G_GINT64_CONSTANT (1741082400000000)

static SoupServer *server;
static SoupSession *session;
static guint n_requests;
static char user_agent[64];
static char accept_encoding[64];

static GBytes *
gzip (const guint8 *bytes, gsize length)
{
  g_autoptr (GConverter) converter = G_CONVERTER (g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6));
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, converter);
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (stream, bytes, length, NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_close (stream, NULL, &error);
  g_assert_no_error (error);
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static void
answer_ok (SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  SoupMessageHeaders *asked = soup_server_message_get_request_headers (message);

  g_strlcpy (user_agent, soup_message_headers_get_one (asked, "User-Agent"), sizeof user_agent);
  g_strlcpy (accept_encoding, soup_message_headers_get_one (asked, "Accept-Encoding"), sizeof accept_encoding);
  soup_message_headers_replace (headers, "ETag", "\"v1\"");
  soup_message_headers_replace (headers, "Last-Modified", STAMP);
  if (g_strcmp0 (soup_message_headers_get_one (asked, "If-None-Match"), "\"v1\"") == 0 &&
      g_strcmp0 (soup_message_headers_get_one (asked, "If-Modified-Since"), STAMP) == 0)
    soup_server_message_set_status (message, 304, NULL);
  else
    {
      soup_server_message_set_status (message, 200, NULL);
      soup_server_message_set_response (message, "application/json", SOUP_MEMORY_STATIC, BODY, strlen (BODY));
    }
}

static void
answer_zeros (SoupServerMessage *message, gsize length, gboolean packed, gboolean announced)
{
  g_autofree guint8 *zeros = g_malloc0 (length);
  g_autoptr (GBytes) body = packed ? gzip (zeros, length) : g_bytes_new (zeros, length);

  soup_server_message_set_status (message, 200, NULL);
  if (packed)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Content-Encoding", "gzip");
  if (!announced)
    soup_message_headers_set_encoding (soup_server_message_get_response_headers (message), SOUP_ENCODING_CHUNKED);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), body);
  soup_message_body_complete (soup_server_message_get_response_body (message));
}

static gboolean
drip_cb (gpointer user_data)
{
  SoupServerMessage *message = user_data;

  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_STATIC, " ", 1);
  soup_server_message_unpause (message);
  return G_SOURCE_CONTINUE;
}

static void
stop_drip_cb (SoupServerMessage *message, gpointer user_data)
{
  g_source_remove (GPOINTER_TO_UINT (user_data));
}

/* A byte every 20 ms, for ever: never silent, never done. */
static void
answer_drip (SoupServerMessage *message)
{
  guint timer = g_timeout_add (20, drip_cb, message);

  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message), SOUP_ENCODING_CHUNKED);
  g_signal_connect (message, "finished", G_CALLBACK (stop_drip_cb), GUINT_TO_POINTER (timer));
}

static void
answer_redirect (SoupServerMessage *message, const char *location)
{
  soup_server_message_set_status (message, 302, NULL);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Location", location);
}

static void
answer_status (SoupServerMessage *message, guint status, const char *retry_after)
{
  soup_server_message_set_status (message, status, NULL);
  if (retry_after != NULL)
    soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After", retry_after);
}

/* Whatever is written, and then the connection ends. */
static void
answer_raw (SoupServerMessage *message, const char *head, const guint8 *body, gsize length)
{
  g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);
  GOutputStream *out = g_io_stream_get_output_stream (stream);

  g_assert_true (g_output_stream_write_all (out, head, strlen (head), NULL, NULL, NULL));
  g_assert_true (g_output_stream_write_all (out, body, length, NULL, NULL, NULL));
  g_assert_true (g_io_stream_close (stream, NULL, NULL));
}

/* @path: "/cut-plain", "/cut-gzip", "/cut-chunked", "/cut-chunked-gzip", "/cut-begin"; "/whole-…" is all of it. Chunks are cut inside of
 * one: between two libsoup takes the end of the connection for that of the answer (README.md). */
static void
answer_cut (SoupServerMessage *message, const char *path)
{
  static const guint8 text[] = "[{\"id\": 1}]\n";
  gboolean chunked = strstr (path, "chunked") != NULL;
  gboolean packed = strstr (path, "gzip") != NULL;
  gboolean whole = g_str_has_prefix (path, "/whole");
  g_autoptr (GBytes) body = packed ? gzip (text, sizeof text - 1) : g_bytes_new_static (text, sizeof text - 1);
  gsize length;
  const guint8 *bytes = g_bytes_get_data (body, &length);
  /* Cut where what came is good JSON by itself, and a good file of gzip. */
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n%s%s", packed ? "Content-Encoding: gzip\r\n" : "",
                                           chunked ? "Transfer-Encoding: chunked\r\n" : "");
  g_autoptr (GByteArray) rest = g_byte_array_new ();
  g_autofree char *size = chunked ? g_strdup_printf ("\r\n%zx\r\n", length + (whole ? 0 : 100))
                                  : g_strdup_printf ("Content-Length: %zu\r\n\r\n", length + (whole ? 0 : 100));

  g_byte_array_append (rest, (const guint8 *) size, (guint) strlen (size));
  if (strstr (path, "begin") == NULL)
    g_byte_array_append (rest, bytes, (guint) length);
  if (chunked && whole)
    g_byte_array_append (rest, (const guint8 *) "\r\n0\r\n\r\n", 7);
  answer_raw (message, head, rest->data, rest->len);
}

typedef struct
{
  GIOStream *stream;
  GByteArray *bytes;
  guint32 seed;
} Pieces;

/* In pieces of random length, while the other end reads. */
static gpointer
pieces_thread (gpointer data)
{
  Pieces *pieces = data;
  GOutputStream *out = g_io_stream_get_output_stream (pieces->stream);
  g_autoptr (GRand) dice = g_rand_new_with_seed (pieces->seed);

  for (gsize at = 0; at < pieces->bytes->len;)
    {
      gsize n = MIN (pieces->bytes->len - at, (gsize) g_rand_int_range (dice, 1, 9000));

      g_output_stream_write_all (out, pieces->bytes->data + at, n, NULL, NULL, NULL);
      g_thread_yield ();
      at += n;
    }
  g_io_stream_close (pieces->stream, NULL, NULL);
  g_object_unref (pieces->stream);
  g_byte_array_unref (pieces->bytes);
  g_free (pieces);
  return NULL;
}

/* @path: "/random-SEED": chunks of random sizes. */
static void
answer_random (SoupServerMessage *message, const char *path)
{
  static const char head[] = "HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n";
  Pieces *pieces = g_new0 (Pieces, 1);
  g_autoptr (GRand) dice = NULL;
  guint n;

  pieces->seed = (guint32) g_ascii_strtoull (path + strlen ("/random-"), NULL, 10);
  dice = g_rand_new_with_seed (pieces->seed);
  n = (guint) g_rand_int_range (dice, 1, 25);
  pieces->bytes = g_byte_array_new ();
  g_byte_array_append (pieces->bytes, (const guint8 *) head, sizeof head - 1);
  for (guint i = 0; i < n; i++)
    {
      gsize size = (gsize) g_rand_int_range (dice, 1, g_rand_boolean (dice) ? 4000 : 200);
      g_autofree char *bytes = g_strnfill (size, 'x');
      g_autofree char *line = g_strdup_printf ("\r\n%zx\r\n", size);

      g_byte_array_append (pieces->bytes, (const guint8 *) line, (guint) strlen (line));
      g_byte_array_append (pieces->bytes, (const guint8 *) bytes, (guint) size);
    }
  g_byte_array_append (pieces->bytes, (const guint8 *) "\r\n0\r\n\r\n", 7);
  pieces->stream = soup_server_message_steal_connection (message);
  g_thread_unref (g_thread_new ("pieces", pieces_thread, pieces));
}

static void
handler (SoupServer *of, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  n_requests++;
  if (strcmp (path, "/ok") == 0)
    answer_ok (message);
  else if (strcmp (path, "/gzip") == 0)
    answer_zeros (message, 5000, TRUE, TRUE);
  else if (strcmp (path, "/large") == 0)
    answer_zeros (message, MAX_BYTES + 1, FALSE, TRUE);
  else if (strcmp (path, "/large-chunked") == 0)
    answer_zeros (message, MAX_BYTES + 1, FALSE, FALSE);
  else if (strcmp (path, "/exact") == 0)
    answer_zeros (message, MAX_BYTES, FALSE, FALSE);
  else if (strcmp (path, "/bomb") == 0)
    answer_zeros (message, 50u << 20, TRUE, TRUE);
  else if (strcmp (path, "/drip") == 0)
    answer_drip (message);
  else if (g_str_has_prefix (path, "/cut-") || g_str_has_prefix (path, "/whole-"))
    answer_cut (message, path);
  else if (g_str_has_prefix (path, "/random-"))
    answer_random (message, path);
  else if (strcmp (path, "/loop") == 0)
    answer_redirect (message, "/loop");
  else if (strcmp (path, "/hop") == 0)
    answer_redirect (message, "ok");
  else if (strcmp (path, "/to-nothing") == 0)
    answer_redirect (message, "/404?key=hidden");
  else if (strcmp (path, "/to-file") == 0)
    answer_redirect (message, "file:///etc/hostname");
  else if (strcmp (path, "/busy") == 0)
    answer_status (message, 503, "7");
  else if (strcmp (path, "/too-many") == 0)
    answer_status (message, 429, "120");
  else if (strcmp (path, "/long-ago") == 0)
    answer_status (message, 429, STAMP);
  else
    answer_status (message, (guint) g_ascii_strtoull (path + 1, NULL, 10), NULL);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(BfFetchResult **) user_data = bf_fetch_finish (result);
}

static BfFetchResult *
fetch_url (const char *url, const char *etag, const char *last_modified, gint64 timeout_us)
{
  BfFetchRequest request = { url, etag, last_modified, MAX_BYTES, timeout_us };
  BfFetchResult *result = NULL;

  if (g_str_has_prefix (request.url, "file:"))
    bf_fetch_file_async (&request, done_cb, &result);
  else
    bf_fetch_async (session, &request, done_cb, &result);
  test_until (result != NULL);
  return result;
}

static char *
url_of (SoupServer *of, const char *path)
{
  GSList *uris = soup_server_get_uris (of);
  g_autofree char *base = g_uri_to_string (uris->data);
  char *url = g_uri_resolve_relative (base, path, G_URI_FLAGS_ENCODED, NULL);

  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return url;
}

static BfFetchResult *
fetch (const char *path)
{
  g_autofree char *url = url_of (server, path);

  n_requests = 0;
  return fetch_url (url, NULL, NULL, 10 * G_USEC_PER_SEC);
}

static void
expect (const char *path, BfOutcome outcome, const char *words)
{
  g_autoptr (BfFetchResult) result = fetch (path);

  g_assert_cmpint (result->outcome, ==, outcome);
  g_assert_null (result->body);
  if (result->reason == NULL || strstr (result->reason, words) == NULL)
    g_error ("%s: expected “%s” in “%s”", path, words, result->reason);
}

static void
test_conditional (void)
{
  g_autoptr (BfFetchResult) first = fetch ("/ok");
  g_autoptr (BfFetchResult) again = NULL;
  g_autofree char *whole = url_of (server, "/ok");

  g_assert_cmpint (first->outcome, ==, BF_OUTCOME_OK);
  g_assert_cmpmem (g_bytes_get_data (first->body, NULL), g_bytes_get_size (first->body), BODY, strlen (BODY));
  g_assert_cmpstr (first->etag, ==, "\"v1\"");
  g_assert_cmpint (first->observed_us, ==, STAMP_US);
  g_assert_true (g_str_has_prefix (user_agent, "Beffroi/"));
  g_assert_nonnull (strstr (accept_encoding, "gzip"));
  again = fetch_url (whole, first->etag, first->last_modified, 10 * G_USEC_PER_SEC);
  g_assert_cmpint (again->outcome, ==, BF_OUTCOME_NOT_MODIFIED);
  g_assert_null (again->body);
}

static void
test_size (void)
{
  g_autoptr (BfFetchResult) packed = fetch ("/gzip");
  g_autoptr (BfFetchResult) exact = fetch ("/exact");

  g_assert_cmpint (packed->outcome, ==, BF_OUTCOME_OK);
  g_assert_cmpuint (g_bytes_get_size (packed->body), ==, 5000);
  g_assert_cmpint (exact->outcome, ==, BF_OUTCOME_OK);
  g_assert_cmpuint (g_bytes_get_size (exact->body), ==, MAX_BYTES);
  expect ("/large", BF_OUTCOME_RETRY, "100001 bytes announced, MaxBytes allows 100000");
  expect ("/large-chunked", BF_OUTCOME_RETRY, "more than the 100000 bytes");
  expect ("/bomb", BF_OUTCOME_RETRY, "more than the 100000 bytes");
}

/* A connection that ends before the end of the body: what came is no answer, however good it looks. */
static void
test_cut (void)
{
  static const char *const kinds[] = { "plain", "gzip", "chunked", "chunked-gzip" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *cut = g_strconcat ("/cut-", kinds[i], NULL);
      g_autofree char *path = g_strconcat ("/whole-", kinds[i], NULL);
      g_autoptr (BfFetchResult) whole = fetch (path);

      g_test_message ("%s: %s", path, whole->reason);
      g_assert_cmpint (whole->outcome, ==, BF_OUTCOME_OK);
      g_assert_cmpmem (g_bytes_get_data (whole->body, NULL), g_bytes_get_size (whole->body), "[{\"id\": 1}]\n", 12);
      expect (cut, BF_OUTCOME_RETRY, ", before the end of the answer");
    }
  expect ("/cut-begin", BF_OUTCOME_RETRY, ", before the end of the answer");
}

/* However its chunks come, a whole answer is taken. */
static void
test_chunks (void)
{
  for (guint seed = 1; seed <= 200; seed++)
    {
      g_autofree char *path = g_strdup_printf ("/random-%u", seed);
      g_autoptr (BfFetchResult) whole = fetch (path);

      if (whole->outcome != BF_OUTCOME_OK)
        g_error ("%s: %s", path, whole->reason);
    }
}

static void
test_drip (void)
{
  g_autofree char *whole = url_of (server, "/drip");
  g_autoptr (BfFetchResult) result = fetch_url (whole, NULL, NULL, 300000);

  g_assert_cmpint (result->outcome, ==, BF_OUTCOME_RETRY);
  g_assert_cmpstr (result->reason, ==, "no complete answer within 0.3 s");
}

static void
test_redirects (void)
{
  g_autoptr (BfFetchResult) hop = fetch ("/hop");

  g_assert_cmpint (hop->outcome, ==, BF_OUTCOME_OK);
  g_assert_cmpuint (n_requests, ==, 2);
  expect ("/loop", BF_OUTCOME_RETRY, "redirected more than 5 times");
  g_assert_cmpuint (n_requests, ==, 6);
  expect ("/to-file", BF_OUTCOME_RETRY, "redirected to file:///etc/hostname, which is not http or https");
  /* Named, without what may be a key. */
  expect ("/to-nothing", BF_OUTCOME_REFUSED, "HTTP 404 Not Found; redirected to http://127.0.0.1:");
  {
    g_autoptr (BfFetchResult) nothing = fetch ("/to-nothing");

    g_assert_true (g_str_has_suffix (nothing->reason, "/404"));
  }
}

static void
test_statuses (void)
{
  g_autoptr (BfFetchResult) busy = fetch ("/busy");
  g_autoptr (BfFetchResult) long_ago = fetch ("/long-ago");

  g_assert_cmpint (busy->outcome, ==, BF_OUTCOME_RETRY);
  g_assert_cmpint (busy->retry_after_us, ==, 7 * G_USEC_PER_SEC);
  g_assert_cmpstr (busy->reason, ==, "HTTP 503 Service Unavailable; the server asks to wait 7s");
  g_assert_cmpstr (long_ago->reason, ==, "HTTP 429 Too Many Requests");
  expect ("/too-many", BF_OUTCOME_RETRY, "HTTP 429 Too Many Requests; the server asks to wait 2min");
  g_assert_cmpint (long_ago->retry_after_us, ==, 0);
  expect ("/404", BF_OUTCOME_REFUSED, "HTTP 404 Not Found");
  expect ("/401", BF_OUTCOME_REFUSED, "HTTP 401");
  expect ("/403", BF_OUTCOME_REFUSED, "HTTP 403");
  expect ("/410", BF_OUTCOME_REFUSED, "HTTP 410");
  expect ("/500", BF_OUTCOME_RETRY, "HTTP 500");
  expect ("/304", BF_OUTCOME_RETRY, "HTTP 304");
  expect ("/204", BF_OUTCOME_RETRY, "the payload is empty (HTTP 204)");
}

/* A stream may be silent for as long as its content is fresh: libsoup's own patience, a minute, is not asked. */
static void
test_patience (void)
{
  guint timeout_s;

  g_object_get (session, "timeout", &timeout_s, NULL);
  g_assert_cmpuint (timeout_s, ==, 0);
}

static void
test_no_server (void)
{
  g_autoptr (SoupServer) gone = soup_server_new (NULL, NULL);
  g_autoptr (BfFetchResult) result = NULL;
  g_autofree char *url = NULL;

  g_assert_true (soup_server_listen_local (gone, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, NULL));
  url = url_of (gone, "/");
  soup_server_disconnect (gone);
  result = fetch_url (url, NULL, NULL, 10 * G_USEC_PER_SEC);
  g_assert_cmpint (result->outcome, ==, BF_OUTCOME_RETRY);
  g_assert_nonnull (result->reason);
}

static void
test_file (void)
{
  g_autofree char *dir = test_scratch ();
  g_autofree char *path = test_write (dir, "payload.json", BODY);
  g_autofree char *url = g_filename_to_uri (path, NULL, NULL);
  g_autofree char *folder = g_filename_to_uri (dir, NULL, NULL);
  g_autoptr (BfFetchResult) first = fetch_url (url, NULL, NULL, G_USEC_PER_SEC);
  g_autoptr (BfFetchResult) again = fetch_url (url, first->etag, NULL, G_USEC_PER_SEC);
  g_autoptr (BfFetchResult) none = fetch_url (folder, NULL, NULL, G_USEC_PER_SEC);

  g_assert_cmpint (first->outcome, ==, BF_OUTCOME_OK);
  g_assert_cmpuint (g_bytes_get_size (first->body), ==, strlen (BODY));
  g_assert_cmpint (first->observed_us, <=, bf_time_now_us ());
  g_assert_cmpint (again->outcome, ==, BF_OUTCOME_NOT_MODIFIED);
  g_assert_cmpint (none->outcome, ==, BF_OUTCOME_RETRY);
  test_scratch_remove (dir);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;

  g_test_init (&argc, &argv, NULL);
  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, handler, NULL, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  session = bf_fetch_session_new (NULL);
  g_test_add_func ("/feed/fetch/conditional", test_conditional);
  g_test_add_func ("/feed/fetch/size", test_size);
  g_test_add_func ("/feed/fetch/cut", test_cut);
  g_test_add_func ("/feed/fetch/chunks", test_chunks);
  g_test_add_func ("/feed/fetch/drip", test_drip);
  g_test_add_func ("/feed/fetch/redirects", test_redirects);
  g_test_add_func ("/feed/fetch/statuses", test_statuses);
  g_test_add_func ("/feed/fetch/patience", test_patience);
  g_test_add_func ("/feed/fetch/no-server", test_no_server);
  g_test_add_func ("/feed/fetch/file", test_file);
  status = g_test_run ();
  g_object_unref (session);
  g_object_unref (server);
  return status;
}
