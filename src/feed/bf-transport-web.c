/* SPDX-License-Identifier: EUPL-1.2 */
/* Streams over HTTP: websocket (RFC 6455), events (server-sent events, WHATWG HTML §9.2) and lines (one JSON value a line). A
 * stream of events goes on where it was by Last-Event-ID, in this process and, by the cursor, in the next. One message is bounded
 * by MaxBytes=; when the queue has no room, lines and events are not read on (TCP holds the server back), and messages of a
 * websocket, which cannot be held back, are dropped and counted. */

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-time.h"
#include "feed/bf-http.h"
#include "feed/bf-sandbox.h"

#define READ_BYTES (64u << 10)
#define EVENT_ID_MAX 1000u
#define KEEPALIVE_S 30

typedef struct
{
  BfTransport base;
  BfHttp *http;
  GCancellable *cancellable; /* of what is under way; a new one each start */
  SoupMessage *message;
  /* websocket */
  SoupWebsocketConnection *websocket;
  char *send;
  /* lines and events */
  GInputStream *stream;
  GByteArray *buffer; /* what is not yet handed on */
  gsize searched;     /* of it, without a line end */
  gboolean events;    /* as the server said: text/event-stream */
  gboolean held;      /* no room: not read on */
  GString *data;      /* of the event that is being read */
  gboolean has_data;
  char *event_id;     /* of the last whole event */
  char *next_id;
  gint64 retry_us;
} Web;

static void
tell_down (Web *self, BfOutcome outcome, gint64 retry_after_us, const char *reason)
{
  self->base.host->down (self->base.user_data, outcome, retry_after_us, reason);
}

static void
web_stop (BfTransport *transport)
{
  Web *self = (Web *) transport;

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->websocket != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->websocket, self);
      if (soup_websocket_connection_get_state (self->websocket) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_close (self->websocket, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
      g_clear_object (&self->websocket);
    }
  g_clear_object (&self->stream);
  g_clear_object (&self->message);
  g_byte_array_set_size (self->buffer, 0);
  g_string_truncate (self->data, 0);
  self->searched = 0;
  self->held = self->has_data = FALSE;
}

static void
fail (Web *self, BfOutcome outcome, gint64 retry_after_us, const char *reason)
{
  g_autofree char *kept = g_strdup (reason);

  web_stop (&self->base);
  tell_down (self, outcome, retry_after_us, kept);
}

/* A wait's callback must not touch a transport that has been stopped since: its cancellable is then cancelled. */
typedef struct
{
  Web *self;
  GCancellable *cancellable;
} Wait;

static Wait *
wait_new (Web *self)
{
  Wait *wait = g_new (Wait, 1);

  *wait = (Wait){ self, g_object_ref (self->cancellable) };
  return wait;
}

/* NULL: it has been stopped. */
static Web *
wait_end (Wait *wait)
{
  Web *self = g_cancellable_is_cancelled (wait->cancellable) ? NULL : wait->self;

  g_object_unref (wait->cancellable);
  g_free (wait);
  return self;
}

static gboolean
no_good_status (Web *self, guint status)
{
  g_autofree char *reason = NULL;

  if (status == 200 || status == 0)
    return FALSE;
  if (status == 401 && bf_http_token_refused (self->http))
    {
      fail (self, BF_OUTCOME_RETRY, 0, _ ("HTTP 401: the token was refused; asking for a new one"));
      return TRUE;
    }
  reason = bf_fetch_say_status (self->message);
  fail (self, bf_fetch_outcome (status),
        bf_fetch_retry_after_us (soup_message_headers_get_one (soup_message_get_response_headers (self->message), "Retry-After")), reason);
  return TRUE;
}

/* --- websocket -------------------------------------------------------------------------------------------------------- */

static void
websocket_message_cb (SoupWebsocketConnection *websocket, int type, GBytes *message, gpointer user_data)
{
  Web *self = user_data;
  gsize length;
  const char *bytes = g_bytes_get_data (message, &length);

  if (!self->base.host->message (self->base.user_data, bytes, length, BF_TIME_NONE))
    self->base.host->dropped (self->base.user_data, 1, _ ("they came faster than they could be used"));
}

static void
websocket_error_cb (SoupWebsocketConnection *websocket, GError *error, gpointer user_data)
{
  g_autofree char *reason = g_strdup_printf (_ ("the server broke the WebSocket: %s"), error->message);

  fail (user_data, BF_OUTCOME_RETRY, 0, reason);
}

static void
websocket_closed_cb (SoupWebsocketConnection *websocket, gpointer user_data)
{
  Web *self = user_data;
  guint code = soup_websocket_connection_get_close_code (websocket);
  const char *data = soup_websocket_connection_get_close_data (websocket);
  g_autofree char *reason = code != 0 ? g_strdup_printf (_ ("the server closed the WebSocket (code %u%s%.200s)"), code,
                                                         data != NULL && data[0] != '\0' ? ": " : "", data != NULL ? data : "")
                                      : g_strdup (_ ("the WebSocket was cut"));

  fail (self, BF_OUTCOME_RETRY, 0, reason);
}

static void
websocket_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (SoupWebsocketConnection) websocket = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);
  Web *self = wait_end (user_data);

  if (self == NULL)
    return;
  if (websocket == NULL)
    {
      guint status = soup_message_get_status (self->message);
      g_autofree char *said = bf_http_say_error (self->http, bf_http_url (self->http), error);

      if (status == 101 || !no_good_status (self, status))
        fail (self, BF_OUTCOME_RETRY, 0,
              status == 200 ? _ ("the server does not speak WebSocket at this address") : said);
      return;
    }
  self->websocket = g_steal_pointer (&websocket);
  soup_websocket_connection_set_max_incoming_payload_size (self->websocket, self->base.def->max_bytes);
  soup_websocket_connection_set_keepalive_interval (self->websocket, KEEPALIVE_S);
  g_signal_connect (self->websocket, "message", G_CALLBACK (websocket_message_cb), self);
  g_signal_connect (self->websocket, "error", G_CALLBACK (websocket_error_cb), self);
  g_signal_connect (self->websocket, "closed", G_CALLBACK (websocket_closed_cb), self);
  if (self->send != NULL)
    soup_websocket_connection_send_text (self->websocket, self->send);
  self->base.host->up (self->base.user_data, NULL);
}

/* --- lines and events ------------------------------------------------------------------------------------------------- */

/* FALSE: no room. */
static gboolean
end_event (Web *self)
{
  if (self->has_data)
    {
      if (!self->base.host->message (self->base.user_data, self->data->str, self->data->len, BF_TIME_NONE))
        return FALSE;
      g_string_truncate (self->data, 0);
      self->has_data = FALSE;
    }
  if (self->next_id != NULL)
    {
      g_free (self->event_id);
      self->event_id = g_steal_pointer (&self->next_id);
      self->base.host->cursor (self->base.user_data, self->event_id);
    }
  return TRUE;
}

static gboolean
take_event_line (Web *self, const char *line, gsize length)
{
  const char *colon = memchr (line, ':', length);
  gsize name = colon != NULL ? (gsize) (colon - line) : length;
  const char *value = colon != NULL ? colon + 1 : line + length;
  const char *end = line + length;

  if (length == 0)
    return end_event (self);
  if (value < end && value[0] == ' ')
    value++;
  if (name == 4 && memcmp (line, "data", 4) == 0)
    {
      if (self->has_data)
        g_string_append_c (self->data, '\n');
      g_string_append_len (self->data, value, end - value);
      self->has_data = TRUE;
    }
  else if (name == 2 && memcmp (line, "id", 2) == 0 && end - value <= EVENT_ID_MAX && g_utf8_validate_len (value, end - value, NULL) &&
           memchr (value, '\r', end - value) == NULL)
    {
      g_free (self->next_id);
      self->next_id = g_strndup (value, end - value);
    }
  else if (name == 5 && memcmp (line, "retry", 5) == 0 && end - value < 10)
    {
      g_autofree char *text = g_strndup (value, end - value);
      guint64 ms;

      if (g_ascii_string_to_unsigned (text, 10, 0, 3600 * 1000, &ms, NULL))
        self->retry_us = (gint64) ms * 1000;
    }
  return TRUE;
}

static gboolean
take_line (Web *self, const char *line, gsize length)
{
  if (length > 0 && line[length - 1] == '\r')
    length--;
  if (self->events)
    return take_event_line (self, line, length);
  return length == 0 || self->base.host->message (self->base.user_data, line, length, BF_TIME_NONE);
}

/* All whole lines. FALSE: no room; the rest waits for resume(). */
static gboolean
take_lines (Web *self)
{
  gsize at = 0;
  const guint8 *end;
  gboolean room = TRUE;

  while (room && (end = memchr (self->buffer->data + at + (at == 0 ? self->searched : 0), '\n',
                                self->buffer->len - at - (at == 0 ? self->searched : 0))) != NULL)
    {
      room = take_line (self, (const char *) self->buffer->data + at, end - (self->buffer->data + at));
      if (room)
        at = end + 1 - self->buffer->data;
      if (at > 0)
        self->searched = 0;
    }
  if (at > 0)
    g_byte_array_remove_range (self->buffer, 0, at);
  self->searched = room ? self->buffer->len : 0;
  return room;
}

static void read_on (Web *self);

static void
go_on (Web *self)
{
  self->held = !take_lines (self);
  if (self->stream == NULL)
    return;
  if (self->buffer->len + self->data->len > self->base.def->max_bytes)
    fail (self, BF_OUTCOME_RETRY, 0, _ ("a message is larger than MaxBytes allows"));
  else if (!self->held)
    read_on (self);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) piece = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  Web *self = wait_end (user_data);
  gsize length;
  const guint8 *bytes;

  if (self == NULL)
    return;
  if (piece == NULL)
    {
      fail (self, BF_OUTCOME_RETRY, 0, error->message);
      return;
    }
  bytes = g_bytes_get_data (piece, &length);
  if (length == 0)
    {
      fail (self, BF_OUTCOME_RETRY, self->retry_us, self->buffer->len > 0 || self->has_data ? _ ("the server ended the stream within a message")
                                                                                           : _ ("the server ended the stream"));
      return;
    }
  g_byte_array_append (self->buffer, bytes, length);
  go_on (self);
}

static void
read_on (Web *self)
{
  g_input_stream_read_bytes_async (self->stream, READ_BYTES, G_PRIORITY_DEFAULT, self->cancellable, read_cb, wait_new (self));
}

static void
web_resume (BfTransport *transport)
{
  Web *self = (Web *) transport;

  if (self->held && self->stream != NULL)
    go_on (self);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  Web *self = wait_end (user_data);
  const char *type;
  guint status;

  if (self == NULL)
    return;
  if (stream == NULL)
    {
      g_autofree char *said = bf_http_say_error (self->http, bf_http_url (self->http), error);

      fail (self, BF_OUTCOME_RETRY, 0, said);
      return;
    }
  status = soup_message_get_status (self->message);
  if (no_good_status (self, status))
    return;
  type = soup_message_headers_get_content_type (soup_message_get_response_headers (self->message), NULL);
  self->events = g_strcmp0 (type, "text/event-stream") == 0;
  if (!self->events && self->base.def->wire == BF_WIRE_EVENTS)
    {
      g_autofree char *reason = g_strdup_printf (_ ("the server answers with %.100s, expected text/event-stream"), type != NULL ? type : "no type");

      fail (self, BF_OUTCOME_RETRY, 0, reason);
      return;
    }
  self->stream = g_steal_pointer (&stream);
  self->base.host->up (self->base.user_data, NULL);
  if (self->stream != NULL)
    read_on (self);
}

/* --- both ------------------------------------------------------------------------------------------------------------- */

static void
connect_with (Web *self)
{
  g_auto (GStrv) headers = bf_http_headers (self->http);
  SoupMessageHeaders *request;
  gboolean websocket = self->base.def->wire == BF_WIRE_WEBSOCKET;

  self->message = soup_message_new (SOUP_METHOD_GET, bf_http_url (self->http));
  if (self->message == NULL)
    {
      fail (self, BF_OUTCOME_REFUSED, 0, _ ("not an address that can be asked"));
      return;
    }
  soup_message_add_flags (self->message, SOUP_MESSAGE_NO_REDIRECT);
  bf_http_attend (self->http, self->message);
  request = soup_message_get_request_headers (self->message);
  if (!websocket)
    soup_message_headers_replace (request, "Accept", self->base.def->wire == BF_WIRE_EVENTS
                                                       ? "text/event-stream"
                                                       : "application/x-ndjson, application/jsonl, application/json, */*;q=0.5");
  if (self->event_id != NULL)
    soup_message_headers_replace (request, "Last-Event-ID", self->event_id);
  for (guint i = 0; headers[i] != NULL && headers[i + 1] != NULL; i += 2)
    soup_message_headers_replace (request, headers[i], headers[i + 1]);
  if (websocket)
    soup_session_websocket_connect_async (bf_http_session (self->http), self->message, NULL, NULL, G_PRIORITY_DEFAULT, self->cancellable,
                                          websocket_cb, wait_new (self));
  else
    soup_session_send_async (bf_http_session (self->http), self->message, G_PRIORITY_DEFAULT, self->cancellable, sent_cb,
                             wait_new (self));
}

static void
prepared_cb (GObject *source, GAsyncResult *async, gpointer user_data)
{
  g_autoptr (BfFetchResult) result = bf_http_prepare_finish (async);
  Web *self = wait_end (user_data);

  if (self == NULL)
    return;
  if (result->outcome == BF_OUTCOME_OK)
    connect_with (self);
  else
    fail (self, result->outcome, result->retry_after_us, result->reason);
}

static void
web_start (BfTransport *transport)
{
  Web *self = (Web *) transport;

  self->cancellable = g_cancellable_new ();
  bf_http_prepare_async (self->http, transport->def->timeout_us, prepared_cb, wait_new (self));
}

static BfTransport *
web_open (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error)
{
  g_autoptr (BfHttp) http = bf_http_new (def, net, secrets, error);
  const char *send = bf_feed_def_get (def, "Send");
  g_autofree char *expanded = NULL;
  Web *self;

  if (http == NULL)
    return NULL;
  if (send != NULL)
    {
      expanded = g_strdup (bf_secrets_value (secrets, send, error));
      if (expanded == NULL)
        return NULL;
    }
  self = g_new0 (Web, 1);
  self->http = g_steal_pointer (&http);
  self->send = g_steal_pointer (&expanded);
  self->buffer = g_byte_array_new ();
  self->data = g_string_new (NULL);
  if (net->cursor != NULL && strlen (net->cursor) <= EVENT_ID_MAX && strpbrk (net->cursor, "\r\n") == NULL)
    self->event_id = g_strdup (net->cursor);
  return &self->base;
}

static void
web_close (BfTransport *transport)
{
  Web *self = (Web *) transport;

  web_stop (transport);
  bf_http_free (self->http);
  g_byte_array_unref (self->buffer);
  g_string_free (self->data, TRUE);
  g_free (self->send);
  g_free (self->event_id);
  g_free (self->next_id);
  g_free (self);
}

static void
web_allow (BfTransport *transport, BfSandbox *sandbox)
{
  bf_http_allow (((Web *) transport)->http, sandbox);
}

const BfTransportClass bf_transport_websocket = {
  .open = web_open,
  .close = web_close,
  .allow = web_allow,
  .start = web_start,
  .stop = web_stop,
};

const BfTransportClass bf_transport_lines = {
  .open = web_open,
  .close = web_close,
  .allow = web_allow,
  .start = web_start,
  .stop = web_stop,
  .resume = web_resume,
};
