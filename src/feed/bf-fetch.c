/* SPDX-License-Identifier: EUPL-1.2 */
/* One conditional GET: see bf-fetch.h. A GTask whose data is the Fetch: send → (redirect → send)… → read in pieces of 64 KiB until the
 * end or the limit. libsoup's own redirects are off, so that each hop's scheme is looked at and https never becomes http;
 * its size is not limited (soup_session_send_and_read has no cap), so that the stream is read here; and its timeout is one
 * of silence, and off (a stream may be silent for longer), so that the total is a timer that cancels. Headers that say who we are go to the first hop's server only. */

#include "feed/bf-fetch.h"

#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-http.h"
#include "bf-config.h"

#define READ_BYTES (64u << 10)
#define SHOWN_MAX 200u
#define INFORMATIONAL_MAX 16u

typedef struct
{
  SoupSession *session;
  char *url; /* of the present hop */
  char *etag;
  char *last_modified;
  gsize max_bytes;
  gint64 timeout_us;
  char **headers;
  char *first_url;
  char *form;
  BfHttp *http;
  guint n_redirects;
  GSource *timer;
  gboolean timed_out;
  guint n_informational;
  GCancellable *cancellable;
  SoupMessage *message;
  GInputStream *stream;
  GByteArray *body;
  BfFetchResult *result;
} Fetch;

static void send_hop (GTask *task);

void
bf_fetch_result_free (BfFetchResult *result)
{
  if (result == NULL)
    return;
  g_clear_pointer (&result->body, g_bytes_unref);
  g_free (result->etag);
  g_free (result->last_modified);
  g_free (result->next);
  g_free (result->reason);
  g_free (result);
}

static void
fetch_free (gpointer data)
{
  Fetch *fetch = data;

  if (fetch->timer != NULL)
    {
      g_source_destroy (fetch->timer);
      g_source_unref (fetch->timer);
    }
  g_clear_object (&fetch->session);
  g_clear_object (&fetch->cancellable);
  g_clear_object (&fetch->message);
  g_clear_object (&fetch->stream);
  g_clear_pointer (&fetch->body, g_byte_array_unref);
  g_clear_pointer (&fetch->result, bf_fetch_result_free);
  g_strfreev (fetch->headers);
  g_free (fetch->first_url);
  g_free (fetch->form);
  g_free (fetch->url);
  g_free (fetch->etag);
  g_free (fetch->last_modified);
  g_free (fetch);
}

/* What may be said of an address: no name and password, no query (it may hold a key), and not more than fits in a line. */
static char *
shown (const char *url)
{
  g_autoptr (GUri) uri = g_uri_parse (url, SOUP_HTTP_URI_FLAGS, NULL);
  g_autofree char *text = uri != NULL ? g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO | G_URI_HIDE_QUERY | G_URI_HIDE_FRAGMENT) : NULL;

  return text != NULL ? g_strndup (text, SHOWN_MAX) : g_strdup ("?");
}

static void G_GNUC_PRINTF (3, 4)
finish (GTask *task, BfOutcome outcome, const char *format, ...)
{
  Fetch *fetch = g_task_get_task_data (task);
  va_list args;

  fetch->result->outcome = outcome;
  if (format != NULL)
    {
      va_start (args, format);
      fetch->result->reason = g_strdup_vprintf (format, args);
      va_end (args);
    }
  if (fetch->result->reason != NULL && fetch->n_redirects > 0)
    {
      g_autofree char *reason = g_steal_pointer (&fetch->result->reason);
      g_autofree char *at = shown (fetch->url);

      fetch->result->reason = g_strdup_printf (_ ("%s; redirected to %s"), reason, at);
    }
  g_source_destroy (fetch->timer);
  g_task_return_pointer (task, g_steal_pointer (&fetch->result), (GDestroyNotify) bf_fetch_result_free);
  g_object_unref (task);
}

static void
finish_cut (GTask *task)
{
  Fetch *fetch = g_task_get_task_data (task);

  if (fetch->stream == NULL)
    finish (task, BF_OUTCOME_RETRY, _ ("the connection ended before the end of the headers of the answer"));
  else
    finish (task, BF_OUTCOME_RETRY, _ ("the connection ended after %u bytes, before the end of the answer"), fetch->body != NULL ? fetch->body->len : 0);
}

/* A hop failed below HTTP, or was cut by the timer. */
static void
finish_error (GTask *task, const GError *error)
{
  Fetch *fetch = g_task_get_task_data (task);

  if (fetch->n_informational > INFORMATIONAL_MAX)
    finish (task, BF_OUTCOME_RETRY, _ ("interim answers without an end"));
  else if (fetch->timed_out)
    finish (task, BF_OUTCOME_RETRY, _ ("no complete answer within %.1f s"), (double) fetch->timeout_us / G_USEC_PER_SEC);
  else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PARTIAL_INPUT))
    finish_cut (task);
  else if (fetch->n_redirects > 0 && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
    finish (task, BF_OUTCOME_RETRY, _ ("a port that this feed may not use; expected the address that it leads to in Url="));
  else
    {
      g_autofree char *said = bf_http_say_error (fetch->http, fetch->url, error);

      finish (task, BF_OUTCOME_RETRY, "%s", said);
    }
}

static gboolean
timer_cb (gpointer user_data)
{
  Fetch *fetch = g_task_get_task_data (user_data);

  fetch->timed_out = TRUE;
  g_cancellable_cancel (fetch->cancellable);
  return G_SOURCE_REMOVE;
}

static gint64
http_date_us (const char *text)
{
  g_autoptr (GDateTime) date = text != NULL ? soup_date_time_new_from_http_string (text) : NULL;

  return date != NULL ? g_date_time_to_unix (date) * G_USEC_PER_SEC : BF_TIME_NONE;
}

/* Retry-After is a number of seconds or a date (RFC 9110 §10.2.3). */
gint64
bf_fetch_retry_after_us (const char *text)
{
  guint64 seconds;
  gint64 date_us;

  if (text == NULL)
    return 0;
  if (g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT32, &seconds, NULL))
    return (gint64) seconds * G_USEC_PER_SEC;
  date_us = http_date_us (text);
  return date_us != BF_TIME_NONE ? MAX (0, date_us - bf_time_now_us ()) : 0;
}

/* Behind the parameters of one link: the comma before the next, or the end. */
static const char *
link_end (const char *at)
{
  gboolean quoted = FALSE;

  for (; *at != '\0' && (quoted || *at != ','); at++)
    if (quoted && *at == '\\' && at[1] != '\0')
      at++;
    else if (*at == '"')
      quoted = !quoted;
  return at;
}

/* rel= may name several relations; with anchor= it is the next of something else. */
static gboolean
is_next (const char *parameters)
{
  GHashTable *all = soup_header_parse_semi_param_list (parameters);
  const char *rel = g_hash_table_lookup (all, "rel");
  g_auto (GStrv) names = g_strsplit (rel != NULL && !g_hash_table_contains (all, "anchor") ? rel : "", " ", -1);
  gboolean next = FALSE;

  for (guint i = 0; names[i] != NULL && !next; i++)
    next = g_ascii_strcasecmp (names[i], "next") == 0;
  soup_header_free_param_list (all);
  return next;
}

char *
bf_fetch_next_link (const char *links, const char *base)
{
  const char *open = links != NULL ? strchr (links, '<') : NULL;

  while (open != NULL)
    {
      const char *close = strchr (open, '>');
      const char *end = close != NULL ? link_end (close) : NULL;
      const char *first = close != NULL ? close + 1 + strspn (close + 1, " \t;") : NULL;
      g_autofree char *parameters = first != NULL && first < end ? g_strndup (first, end - first) : NULL;

      if (parameters != NULL && is_next (parameters))
        {
          g_autofree char *address = g_strndup (open + 1, close - open - 1);

          return g_uri_resolve_relative (base, address, G_URI_FLAGS_ENCODED, NULL);
        }
      open = end != NULL ? strchr (end, '<') : NULL;
    }
  return NULL;
}

/* OCPI, NGSI-LD, NGSI v2, and what most others say. */
static gint64
total_of (SoupMessageHeaders *headers)
{
  static const char *const names[] = { "X-Total-Count", "NGSILD-Results-Count", "Fiware-Total-Count" };
  guint64 total;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const char *text = soup_message_headers_get_one (headers, names[i]);

      if (text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &total, NULL))
        return (gint64) total;
    }
  return -1;
}

static void
note_headers (Fetch *fetch)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (fetch->message);
  BfFetchResult *result = fetch->result;
  gint64 now_us = bf_time_now_us ();

  result->etag = g_strdup (soup_message_headers_get_one (headers, "ETag"));
  result->last_modified = g_strdup (soup_message_headers_get_one (headers, "Last-Modified"));
  result->next = bf_fetch_next_link (soup_message_headers_get_list (headers, "Link"), fetch->url);
  result->total = total_of (headers);
  result->observed_us = http_date_us (result->last_modified);
  result->served_us = http_date_us (soup_message_headers_get_one (headers, "Date"));
  if (result->observed_us == BF_TIME_NONE)
    result->observed_us = result->served_us;
  result->served_us = result->served_us == BF_TIME_NONE ? now_us : MIN (result->served_us, now_us);
  if (result->observed_us > now_us)
    result->observed_us = BF_TIME_NONE;
}

static void
read_cb (GObject *source, GAsyncResult *async, gpointer user_data)
{
  GTask *task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), async, &error);
  gsize length;
  const guint8 *bytes;

  if (piece == NULL)
    {
      finish_error (task, error);
      return;
    }
  bytes = g_bytes_get_data (piece, &length);
  if (length == 0)
    {
      fetch->result->body = g_byte_array_free_to_bytes (g_steal_pointer (&fetch->body));
      finish (task, BF_OUTCOME_OK, NULL);
      return;
    }
  if (length > fetch->max_bytes - fetch->body->len)
    {
      g_cancellable_cancel (fetch->cancellable);
      finish (task, BF_OUTCOME_RETRY, _ ("more than the %zu bytes that MaxBytes allows, unpacked"), fetch->max_bytes);
      return;
    }
  g_byte_array_append (fetch->body, bytes, length);
  g_input_stream_read_bytes_async (fetch->stream, READ_BYTES, G_PRIORITY_DEFAULT, fetch->cancellable, read_cb, task);
}

static void
follow (GTask *task)
{
  Fetch *fetch = g_task_get_task_data (task);
  const char *location = soup_message_headers_get_one (soup_message_get_response_headers (fetch->message), "Location");
  g_autofree char *next = location != NULL ? g_uri_resolve_relative (fetch->url, location, G_URI_FLAGS_ENCODED, NULL) : NULL;
  g_autofree char *scheme = next != NULL ? g_uri_parse_scheme (next) : NULL;

  g_autofree char *target = next != NULL ? shown (next) : NULL;

  if (target == NULL)
    finish (task, BF_OUTCOME_RETRY, _ ("redirected, but not to an address"));
  else if (fetch->form != NULL)
    finish (task, BF_OUTCOME_RETRY, _ ("redirected to %s, where an answer was expected"), target);
  else if (scheme == NULL || (g_ascii_strcasecmp (scheme, "http") != 0 && g_ascii_strcasecmp (scheme, "https") != 0))
    finish (task, BF_OUTCOME_RETRY, _ ("redirected to %s, which is not http or https"), target);
  else if (g_str_has_prefix (fetch->url, "https:") && g_ascii_strcasecmp (scheme, "https") != 0)
    finish (task, BF_OUTCOME_RETRY, _ ("redirected from https to %s"), target);
  else if (fetch->n_redirects >= BF_FETCH_MAX_REDIRECTS)
    finish (task, BF_OUTCOME_RETRY, _ ("redirected more than %u times"), BF_FETCH_MAX_REDIRECTS);
  else
    {
      fetch->n_redirects++;
      g_free (fetch->url);
      fetch->url = g_steal_pointer (&next);
      g_clear_object (&fetch->stream);
      send_hop (task);
    }
}

BfOutcome
bf_fetch_outcome (guint status)
{
  return status == 401 || status == 403 || status == 404 || status == 407 || status == 410 ? BF_OUTCOME_REFUSED : BF_OUTCOME_RETRY;
}

/* "503 Service Unavailable" (RFC 9110 §15, RFC 4918, 6585, 7538, 7725, 8470), in the person's language; of a code that is in none of
 * them the number alone. */
static char *
status_words (guint status)
{
  static const struct
  {
    guint status;
    const char *words;
  } table[] = { { 300, N_ ("Multiple Choices") },     { 301, N_ ("Moved Permanently") },   { 302, N_ ("Found") },
                { 303, N_ ("See Other") },            { 304, N_ ("Not Modified") },        { 305, N_ ("Use Proxy") },
                { 307, N_ ("Temporary Redirect") },   { 308, N_ ("Permanent Redirect") },  { 400, N_ ("Bad Request") },
                { 401, N_ ("Unauthorized") },         { 402, N_ ("Payment Required") },    { 403, N_ ("Forbidden") },
                { 404, N_ ("Not Found") },            { 405, N_ ("Method Not Allowed") },  { 406, N_ ("Not Acceptable") },
                { 407, N_ ("Proxy Authentication Required") },                             { 408, N_ ("Request Timeout") },
                { 409, N_ ("Conflict") },             { 410, N_ ("Gone") },                { 411, N_ ("Length Required") },
                { 412, N_ ("Precondition Failed") },  { 413, N_ ("Content Too Large") },   { 414, N_ ("URI Too Long") },
                { 415, N_ ("Unsupported Media Type") },                                    { 416, N_ ("Range Not Satisfiable") },
                { 417, N_ ("Expectation Failed") },   { 421, N_ ("Misdirected Request") }, { 422, N_ ("Unprocessable Content") },
                { 423, N_ ("Locked") },               { 424, N_ ("Failed Dependency") },   { 425, N_ ("Too Early") },
                { 426, N_ ("Upgrade Required") },     { 428, N_ ("Precondition Required") },
                { 429, N_ ("Too Many Requests") },    { 431, N_ ("Request Header Fields Too Large") },
                { 451, N_ ("Unavailable For Legal Reasons") },                             { 500, N_ ("Internal Server Error") },
                { 501, N_ ("Not Implemented") },      { 502, N_ ("Bad Gateway") },         { 503, N_ ("Service Unavailable") },
                { 504, N_ ("Gateway Timeout") },      { 505, N_ ("HTTP Version Not Supported") },
                { 507, N_ ("Insufficient Storage") }, { 508, N_ ("Loop Detected") },       { 511, N_ ("Network Authentication Required") } };

  for (guint i = 0; i < G_N_ELEMENTS (table); i++)
    if (table[i].status == status)
      return g_strdup_printf ("%u %s", status, _ (table[i].words));
  return g_strdup_printf ("%u", status);
}

char *
bf_fetch_say_status (SoupMessage *message)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  guint status = soup_message_get_status (message);
  const char *location = soup_message_headers_get_one (headers, "Location");
  gint64 wait_us = bf_fetch_retry_after_us (soup_message_headers_get_one (headers, "Retry-After"));
  g_autofree char *asked = g_uri_to_string (soup_message_get_uri (message));
  g_autofree char *target = location != NULL ? g_uri_resolve_relative (asked, location, G_URI_FLAGS_ENCODED, NULL) : NULL;
  g_autofree char *at = target != NULL ? shown (target) : NULL;
  g_autofree char *wait = bf_duration_format (wait_us);
  g_autofree char *words = status_words (status);

  if (status == 407)
    return g_strdup_printf (_ ("HTTP %s: the proxy wants a name and a password, or does not take those of Proxy="), words);
  /* Nobody but the proxy can have said it. */
  if (strcmp (g_uri_get_scheme (soup_message_get_uri (message)), "https") == 0 && soup_message_get_tls_peer_certificate (message) == NULL)
    return g_strdup_printf (_ ("HTTP %s, says the proxy and not the server"), words);
  if (status / 100 == 3 && at != NULL)
    return g_strdup_printf (_ ("HTTP %s: redirected to %s"), words, at);
  if (wait_us > 0)
    return g_strdup_printf (_ ("HTTP %s; the server asks to wait %s"), words, wait);
  return g_strdup_printf (_ ("HTTP %s"), words);
}

gboolean
bf_fetch_same_origin (const char *a, const char *b)
{
  g_autoptr (GUri) first = g_uri_parse (a, SOUP_HTTP_URI_FLAGS, NULL);
  g_autoptr (GUri) second = g_uri_parse (b, SOUP_HTTP_URI_FLAGS, NULL);

  return first != NULL && second != NULL && g_strcmp0 (g_uri_get_scheme (first), g_uri_get_scheme (second)) == 0 &&
         g_strcmp0 (g_uri_get_host (first), g_uri_get_host (second)) == 0 && g_uri_get_port (first) == g_uri_get_port (second);
}

static void
answer (GTask *task, guint status)
{
  Fetch *fetch = g_task_get_task_data (task);
  SoupMessageHeaders *headers = soup_message_get_response_headers (fetch->message);
  goffset announced = soup_message_headers_get_content_length (headers);

  fetch->result->status = status;
  if (status == 301 || status == 302 || status == 303 || status == 307 || status == 308)
    follow (task);
  else if (status == 304 && (fetch->etag != NULL || fetch->last_modified != NULL))
    finish (task, BF_OUTCOME_NOT_MODIFIED, NULL);
  else if (status == 204)
    finish (task, BF_OUTCOME_RETRY, _ ("the payload is empty (HTTP 204)"));
  else if (status != 200)
    {
      g_autofree char *said = bf_fetch_say_status (fetch->message);

      fetch->result->retry_after_us = bf_fetch_retry_after_us (soup_message_headers_get_one (headers, "Retry-After"));
      finish (task, bf_fetch_outcome (status), "%s", said);
    }
  else if (announced > 0 && (guint64) announced > fetch->max_bytes)
    finish (task, BF_OUTCOME_RETRY, _ ("%" PRId64 " bytes announced, MaxBytes allows %zu"), announced,
            fetch->max_bytes);
  else
    {
      note_headers (fetch);
      fetch->body = g_byte_array_new ();
      g_input_stream_read_bytes_async (fetch->stream, READ_BYTES, G_PRIORITY_DEFAULT, fetch->cancellable, read_cb, task);
    }
}

static void
send_cb (GObject *source, GAsyncResult *async, gpointer user_data)
{
  GTask *task = user_data;
  Fetch *fetch = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  fetch->stream = soup_session_send_finish (SOUP_SESSION (source), async, &error);
  if (fetch->stream == NULL)
    finish_error (task, error);
  else
    answer (task, soup_message_get_status (fetch->message));
}

/* libsoup reads interim answers for as long as they come, and the loop does not turn meanwhile. */
static void
informational_cb (SoupMessage *message, gpointer user_data)
{
  Fetch *fetch = g_task_get_task_data (user_data);

  if (++fetch->n_informational > INFORMATIONAL_MAX)
    g_cancellable_cancel (fetch->cancellable);
}

static void
send_hop (GTask *task)
{
  Fetch *fetch = g_task_get_task_data (task);
  g_autoptr (GUri) uri = g_uri_parse (fetch->url, SOUP_HTTP_URI_FLAGS, NULL);
  SoupMessageHeaders *headers;

  g_clear_object (&fetch->message);
  if (uri != NULL)
    fetch->message = soup_message_new_from_uri (fetch->form != NULL ? SOUP_METHOD_POST : SOUP_METHOD_GET, uri);
  if (fetch->message == NULL)
    {
      finish (task, BF_OUTCOME_REFUSED, _ ("not an address that can be asked"));
      return;
    }
  soup_message_add_flags (fetch->message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_COLLECT_METRICS);
  g_signal_connect (fetch->message, "got-informational", G_CALLBACK (informational_cb), task);
  headers = soup_message_get_request_headers (fetch->message);
  soup_message_headers_replace (headers, "Accept", "application/json, application/geo+json, application/xml, text/csv, */*;q=0.5");
  if (fetch->etag != NULL)
    soup_message_headers_replace (headers, "If-None-Match", fetch->etag);
  if (fetch->last_modified != NULL)
    soup_message_headers_replace (headers, "If-Modified-Since", fetch->last_modified);
  if (fetch->headers != NULL && (fetch->n_redirects == 0 || bf_fetch_same_origin (fetch->first_url, fetch->url)))
    for (guint i = 0; fetch->headers[i] != NULL && fetch->headers[i + 1] != NULL; i += 2)
      soup_message_headers_replace (headers, fetch->headers[i], fetch->headers[i + 1]);
  if (fetch->form != NULL)
    {
      g_autoptr (GBytes) form = g_bytes_new (fetch->form, strlen (fetch->form));

      soup_message_set_request_body_from_bytes (fetch->message, "application/x-www-form-urlencoded", form);
    }
  if (fetch->http != NULL)
    bf_http_attend (fetch->http, fetch->message);
  soup_session_send_async (fetch->session, fetch->message, G_PRIORITY_DEFAULT, fetch->cancellable, send_cb, task);
}

static void
read_file (GTask *task)
{
  Fetch *fetch = g_task_get_task_data (task);
  g_autofree char *path = g_filename_from_uri (fetch->url, NULL, NULL);
  int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
  g_autofree char *tag = NULL;
  struct stat st;

  if (fd < 0 || fstat (fd, &st) != 0 || !S_ISREG (st.st_mode))
    {
      if (fd >= 0)
        close (fd);
      finish (task, BF_OUTCOME_RETRY, _ ("%s: expected a file that can be read"), path != NULL ? path : fetch->url);
      return;
    }
  fetch->stream = g_unix_input_stream_new (fd, TRUE);
  tag = g_strdup_printf ("%" G_GINT64_FORMAT ".%ld-%" G_GINT64_FORMAT, (gint64) st.st_mtim.tv_sec, st.st_mtim.tv_nsec,
                         (gint64) st.st_size);
  fetch->result->observed_us = MIN ((gint64) st.st_mtim.tv_sec * G_USEC_PER_SEC, bf_time_now_us ());
  if (g_strcmp0 (tag, fetch->etag) == 0)
    {
      finish (task, BF_OUTCOME_NOT_MODIFIED, NULL);
      return;
    }
  fetch->result->etag = g_steal_pointer (&tag);
  fetch->body = g_byte_array_new ();
  g_input_stream_read_bytes_async (fetch->stream, READ_BYTES, G_PRIORITY_DEFAULT, fetch->cancellable, read_cb, task);
}

const char *
bf_fetch_environment_proxy (void)
{
  static const char *const names[] = { "https_proxy", "http_proxy" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (g_getenv (names[i]) != NULL && g_getenv (names[i])[0] != '\0')
      return g_getenv (names[i]);
  return NULL;
}

/**
 * bf_fetch_session_new:
 * @proxy: (nullable): an address without a name and a password
 *
 * The platform's own resolver of proxies is not asked: it loads libraries, reads the desktop's settings and talks to helpers, and a
 * feed's process may do none of it.
 *
 * Returns: (transfer full): a session that names this program and unpacks gzip, deflate and brotli
 */
SoupSession *
bf_fetch_session_new (const char *proxy)
{
  static const char *const near[] = { "localhost", "127.0.0.0/8", "::1", NULL };
  const char *no_proxy = g_getenv ("no_proxy");
  g_auto (GStrv) not_by_proxy = no_proxy != NULL ? g_strsplit_set (no_proxy, ", ", -1) : NULL;
  g_autoptr (GProxyResolver) resolver = NULL;
  SoupSession *session = soup_session_new_with_options ("user-agent", "Beffroi/" BF_VERSION, "max-conns", 2, "max-conns-per-host", 2,
                                                         "timeout", 0, NULL);

  resolver = g_simple_proxy_resolver_new (proxy != NULL ? proxy : "direct://", not_by_proxy != NULL ? not_by_proxy : (char **) near);
  soup_session_set_proxy_resolver (session, resolver);
  return session;
}

static GTask *
begin (SoupSession *session, const BfFetchRequest *request, GAsyncReadyCallback callback, gpointer user_data)
{
  Fetch *fetch = g_new0 (Fetch, 1);
  GTask *task = g_task_new (session, NULL, callback, user_data);

  fetch->session = session != NULL ? g_object_ref (session) : NULL;
  fetch->url = g_strdup (request->url);
  fetch->first_url = g_strdup (request->url);
  fetch->etag = g_strdup (request->etag);
  fetch->last_modified = g_strdup (request->last_modified);
  fetch->headers = g_strdupv (request->headers);
  fetch->form = g_strdup (request->form);
  fetch->http = request->http;
  fetch->max_bytes = request->max_bytes;
  fetch->timeout_us = request->timeout_us;
  fetch->cancellable = g_cancellable_new ();
  fetch->result = g_new0 (BfFetchResult, 1);
  fetch->result->observed_us = fetch->result->served_us = BF_TIME_NONE;
  fetch->result->total = -1;
  g_task_set_task_data (task, fetch, fetch_free);
  fetch->timer = g_timeout_source_new (MAX (1, fetch->timeout_us / 1000));
  g_source_set_callback (fetch->timer, timer_cb, task, NULL);
  g_source_attach (fetch->timer, g_main_context_get_thread_default ());
  return task;
}

/**
 * bf_fetch_async:
 * @request: copied
 * @callback: calls bf_fetch_finish()
 */
void
bf_fetch_async (SoupSession *session, const BfFetchRequest *request, GAsyncReadyCallback callback, gpointer user_data)
{
  send_hop (begin (session, request, callback, user_data));
}

void
bf_fetch_file_async (const BfFetchRequest *request, GAsyncReadyCallback callback, gpointer user_data)
{
  read_file (begin (NULL, request, callback, user_data));
}

/**
 * bf_fetch_finish:
 *
 * Returns: (transfer full): what came of it, never %NULL
 */
BfFetchResult *
bf_fetch_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}
