/* SPDX-License-Identifier: EUPL-1.2 */
/* A client's connection to an engine: see bf-client.h and README.md. Requests and stream share one SoupSession; every answer
 * is read with a limit. The stream keeps the last seq seen and asks from there after each loss, so that no event is missed;
 * what the engine cannot give any more it says with a "reset" message. Owned by one thread; callbacks in its main context. */

#include "api/bf-client.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <libsoup/soup.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-language.h"
#include "base/bf-limits.h"

#define ANSWER_BYTES (64u << 20)
#define MESSAGE_BYTES (32u << 20)
#define BACKOFF_MIN_MS 100
#define BACKOFF_MAX_MS 5000
#define READ_BYTES (256u << 10)

struct _BfClient
{
  GObject parent;
  SoupSession *session;
  char *base;  /* "http://localhost" or "http://127.0.0.1:PORT" */
  char *token;
  SoupWebsocketConnection *stream;
  GCancellable *cancellable; /* of the attempt under way */
  BfJsonDoc *doc;
  gint64 after_seq;
  guint backoff_ms;
  guint retry_id;
  gboolean started;
  gboolean connected;
};

G_DEFINE_FINAL_TYPE (BfClient, bf_client, G_TYPE_OBJECT)

enum
{
  SIGNAL_MESSAGE,
  SIGNAL_STATE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void connect_stream (BfClient *self);

static void
drop_stream (BfClient *self)
{
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->stream != NULL)
    {
      g_signal_handlers_disconnect_by_data (self->stream, self);
      if (soup_websocket_connection_get_state (self->stream) == SOUP_WEBSOCKET_STATE_OPEN)
        soup_websocket_connection_close (self->stream, SOUP_WEBSOCKET_CLOSE_GOING_AWAY, NULL);
    }
  g_clear_object (&self->stream);
}

static gboolean
retry_cb (gpointer user_data)
{
  BfClient *self = user_data;

  self->retry_id = 0;
  connect_stream (self);
  return G_SOURCE_REMOVE;
}

static void
lose_stream (BfClient *self, const char *reason)
{
  gboolean was_connected = self->connected;

  drop_stream (self);
  self->connected = FALSE;
  if (!self->started || self->retry_id != 0)
    return;
  self->retry_id = g_timeout_add (self->backoff_ms, retry_cb, self);
  if (was_connected || self->backoff_ms == BACKOFF_MIN_MS)
    g_signal_emit (self, signals[SIGNAL_STATE], 0, FALSE, reason);
  self->backoff_ms = MIN (self->backoff_ms * 2, BACKOFF_MAX_MS);
}

static void
message_cb (SoupWebsocketConnection *stream, SoupWebsocketDataType data_type, GBytes *bytes, gpointer user_data)
{
  g_autoptr (BfClient) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);
  BfJsonNode node;
  const char *type;
  gint64 seq;

  if (data_type != SOUP_WEBSOCKET_DATA_TEXT || !bf_json_doc_parse (self->doc, text, length, &node, &error))
    {
      lose_stream (self, error != NULL ? error->message : _ ("the engine sent a binary message; expected JSON"));
      return;
    }
  type = bf_json_member_string (node, "type", "");
  seq = bf_json_member_int (node, "seq", -1);
  if (g_str_equal (type, "alert") && seq > self->after_seq)
    self->after_seq = seq;
  if (g_str_equal (type, "hello"))
    {
      self->connected = TRUE;
      self->backoff_ms = BACKOFF_MIN_MS;
      g_signal_emit (self, signals[SIGNAL_STATE], 0, TRUE, NULL);
    }
  g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, type, &node);
}

static void
closed_cb (SoupWebsocketConnection *stream, gpointer user_data)
{
  BfClient *self = user_data;
  const char *reason = soup_websocket_connection_get_close_data (stream);
  g_autofree char *text = g_strdup (reason != NULL && reason[0] != '\0' ? reason : _ ("the engine closed the connection"));

  lose_stream (self, text);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BfClient) self = user_data;
  g_autoptr (GError) error = NULL;
  SoupWebsocketConnection *stream = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);

  if (stream == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        lose_stream (self, error->message);
      return;
    }
  if (!self->started)
    {
      g_object_unref (stream);
      return;
    }
  self->stream = stream;
  soup_websocket_connection_set_max_incoming_payload_size (stream, MESSAGE_BYTES);
  soup_websocket_connection_set_keepalive_interval (stream, 15);
  g_signal_connect (stream, "message", G_CALLBACK (message_cb), self);
  g_signal_connect (stream, "closed", G_CALLBACK (closed_cb), self);
}

static SoupMessage *
new_message (BfClient *self, const char *path, const char *body)
{
  g_autofree char *uri = g_strconcat (self->base, path, NULL);
  SoupMessage *message = soup_message_new (body != NULL ? SOUP_METHOD_POST : SOUP_METHOD_GET, uri);

  if (message == NULL)
    return NULL;
  if (self->token != NULL)
    {
      g_autofree char *bearer = g_strconcat ("Bearer ", self->token, NULL);

      soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", bearer);
    }
  soup_message_headers_replace (soup_message_get_request_headers (message), "Accept-Language", bf_language_now ());
  if (body != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

      soup_message_set_request_body_from_bytes (message, "application/json", bytes);
    }
  return message;
}

static void
connect_stream (BfClient *self)
{
  g_autofree char *path = g_strdup_printf ("/api/v1/events/ws?after=%" G_GINT64_FORMAT, self->after_seq);
  g_autoptr (SoupMessage) message = new_message (self, path, NULL);

  if (message == NULL)
    {
      lose_stream (self, _ ("the engine's address cannot be used"));
      return;
    }
  self->cancellable = g_cancellable_new ();
  soup_session_websocket_connect_async (self->session, message, NULL, NULL, G_PRIORITY_DEFAULT, self->cancellable, connected_cb,
                                        g_object_ref (self));
}

/* One request's life: the answer grows in @answer up to @max_bytes. */
typedef struct
{
  BfClient *client;
  SoupMessage *message;
  GByteArray *answer;
  gsize max_bytes;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  g_clear_object (&request->client);
  g_clear_object (&request->message);
  g_clear_pointer (&request->answer, g_byte_array_unref);
  g_free (request);
}

static Request *
request_new (BfClient *self, const char *path, const char *body, gsize max_bytes, GError **error)
{
  SoupMessage *message = new_message (self, path, body);
  Request *request;

  if (message == NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s%s: expected the address of an engine"), self->base, path);
      return NULL;
    }
  request = g_new0 (Request, 1);
  request->client = g_object_ref (self);
  request->message = message;
  request->answer = g_byte_array_new ();
  request->max_bytes = max_bytes > 0 ? max_bytes : ANSWER_BYTES;
  return request;
}

static gboolean
request_take (Request *request, GBytes *chunk, GError **error)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (chunk, &length);

  if (request->answer->len + length > request->max_bytes)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("the engine's answer is larger than %zu bytes"),
                   request->max_bytes);
      return FALSE;
    }
  g_byte_array_append (request->answer, bytes, (guint) length);
  return TRUE;
}

static BfError
error_of_status (guint status)
{
  switch (status)
    {
    case SOUP_STATUS_NOT_FOUND:
      return BF_ERROR_NOT_FOUND;
    case SOUP_STATUS_CONFLICT:
      return BF_ERROR_STATE;
    case SOUP_STATUS_BAD_REQUEST:
      return BF_ERROR_VALUE;
    case SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE:
      return BF_ERROR_LIMIT;
    default:
      return BF_ERROR_IO;
    }
}

/* libsoup takes a connection that ends in the middle of a body of known length for its end. */
static gboolean
is_whole (Request *request)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (request->message);

  return soup_message_headers_get_encoding (headers) != SOUP_ENCODING_CONTENT_LENGTH
         || soup_message_headers_get_one (headers, "Content-Encoding") != NULL
         || soup_message_headers_get_content_length (headers) == (goffset) request->answer->len;
}

/* The answer as bytes, or the engine's own error message. */
static GBytes *
request_done (Request *request, GError **error)
{
  guint status = soup_message_get_status (request->message);
  g_autoptr (BfJsonDoc) doc = NULL;
  BfJsonNode node;
  BfJsonNode inner;

  if (!is_whole (request))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("the engine's answer ended after %u bytes, before its end"), request->answer->len);
      return NULL;
    }
  if (SOUP_STATUS_IS_SUCCESSFUL (status))
    return g_byte_array_free_to_bytes (g_steal_pointer (&request->answer));
  doc = bf_json_doc_new (1u << 20);
  if (bf_json_doc_parse (doc, (const char *) request->answer->data, request->answer->len, &node, NULL)
      && bf_json_member (node, "error", &inner))
    g_set_error_literal (error, BF_ERROR, error_of_status (status), bf_json_member_string (inner, "message", "?"));
  else
    g_set_error (error, BF_ERROR, error_of_status (status), _ ("the engine answered %u %s"), status,
                 soup_message_get_reason_phrase (request->message));
  return NULL;
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) chunk = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  GBytes *answer;

  if (chunk == NULL || !request_take (request, chunk, &error))
    {
      g_task_return_error (task, error);
      return;
    }
  if (g_bytes_get_size (chunk) > 0)
    {
      GCancellable *cancellable = g_task_get_cancellable (task);

      g_input_stream_read_bytes_async (G_INPUT_STREAM (source), READ_BYTES, G_PRIORITY_DEFAULT, cancellable, read_cb,
                                       g_steal_pointer (&task));
      return;
    }
  answer = request_done (request, &error);
  if (answer == NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, answer, (GDestroyNotify) g_bytes_unref);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  g_autoptr (GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);

  if (stream == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  g_input_stream_read_bytes_async (stream, READ_BYTES, G_PRIORITY_DEFAULT, cancellable, read_cb, g_steal_pointer (&task));
}

/**
 * bf_client_request_async:
 * @path: from "/api/v1/…"
 * @body: (nullable): JSON to POST; %NULL: GET
 * @max_bytes: limit of the answer, 0: 64 MiB
 */
void
bf_client_request_async (BfClient *client,
                         const char *path,
                         const char *body,
                         gsize max_bytes,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task;
  GError *error = NULL;
  Request *request;

  g_return_if_fail (BF_IS_CLIENT (client));
  task = g_task_new (client, cancellable, callback, user_data);
  g_task_set_source_tag (task, bf_client_request_async);
  request = request_new (client, path, body, max_bytes, &error);
  if (request == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  g_task_set_task_data (task, request, request_free);
  soup_session_send_async (client->session, request->message, G_PRIORITY_DEFAULT, cancellable, sent_cb, task);
}

/**
 * bf_client_request_finish:
 *
 * Returns: (transfer full): the answer's bytes, or %NULL with the engine's own message in @error
 */
GBytes *
bf_client_request_finish (BfClient *client, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, client), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * bf_client_request:
 *
 * Returns: (transfer full): as bf_client_request_finish(), blocking
 */
GBytes *
bf_client_request (BfClient *client, const char *path, const char *body, gsize max_bytes, GCancellable *cancellable, GError **error)
{
  Request *request;
  g_autoptr (GInputStream) stream = NULL;
  GBytes *answer = NULL;

  g_return_val_if_fail (BF_IS_CLIENT (client), NULL);
  request = request_new (client, path, body, max_bytes, error);
  if (request == NULL)
    return NULL;
  stream = soup_session_send (client->session, request->message, cancellable, error);
  while (stream != NULL)
    {
      g_autoptr (GBytes) chunk = g_input_stream_read_bytes (stream, READ_BYTES, cancellable, error);

      if (chunk == NULL || !request_take (request, chunk, error))
        break;
      if (g_bytes_get_size (chunk) > 0)
        continue;
      answer = request_done (request, error);
      break;
    }
  request_free (request);
  return answer;
}

/**
 * bf_client_start:
 * @after_seq: the seq of the snapshot that the client has
 */
void
bf_client_start (BfClient *client, gint64 after_seq)
{
  g_return_if_fail (BF_IS_CLIENT (client));
  client->after_seq = after_seq;
  if (client->started)
    return;
  client->started = TRUE;
  client->backoff_ms = BACKOFF_MIN_MS;
  connect_stream (client);
}

void
bf_client_stop (BfClient *client)
{
  g_return_if_fail (BF_IS_CLIENT (client));
  client->started = FALSE;
  client->connected = FALSE;
  g_clear_handle_id (&client->retry_id, g_source_remove);
  drop_stream (client);
}

gboolean
bf_client_is_connected (BfClient *client)
{
  g_return_val_if_fail (BF_IS_CLIENT (client), FALSE);
  return client->connected;
}

/**
 * bf_client_asset_path:
 *
 * Returns: (transfer full): the path of the asset's resource
 */
char *
bf_client_asset_path (const char *asset_id)
{
  const char *slash = strchr (asset_id, '/');
  g_autofree char *service = g_strndup (asset_id, slash != NULL ? (gsize) (slash - asset_id) : strlen (asset_id));
  g_autofree char *source = g_uri_escape_string (slash != NULL ? slash + 1 : "", NULL, FALSE);

  return g_strdup_printf ("/api/v1/assets/%s/%s", service, source);
}

static void
bf_client_dispose (GObject *object)
{
  BfClient *self = BF_CLIENT (object);

  bf_client_stop (self);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (bf_client_parent_class)->dispose (object);
}

static void
bf_client_finalize (GObject *object)
{
  BfClient *self = BF_CLIENT (object);

  g_free (self->base);
  g_free (self->token);
  bf_json_doc_free (self->doc);
  G_OBJECT_CLASS (bf_client_parent_class)->finalize (object);
}

static void
bf_client_class_init (BfClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = bf_client_dispose;
  object_class->finalize = bf_client_finalize;
  /**
   * BfClient::message:
   * @type: the message's type
   * @node: (type gpointer): a #BfJsonNode, alive during the call
   */
  signals[SIGNAL_MESSAGE]
    = g_signal_new ("message", BF_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_POINTER);
  /**
   * BfClient::state:
   * @connected: after the engine's hello
   * @reason: (nullable): why it was lost
   */
  signals[SIGNAL_STATE]
    = g_signal_new ("state", BF_TYPE_CLIENT, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_BOOLEAN, G_TYPE_STRING);
}

static void
bf_client_init (BfClient *self)
{
  self->doc = bf_json_doc_new (MESSAGE_BYTES);
  self->backoff_ms = BACKOFF_MIN_MS;
}

BfClient *
bf_client_new (const char *address, const char *token)
{
  BfClient *self = g_object_new (BF_TYPE_CLIENT, NULL);

  self->token = g_strdup (token);
  if (g_str_has_prefix (address, "unix:"))
    {
      g_autoptr (GSocketAddress) unix_address = g_unix_socket_address_new (address + strlen ("unix:"));

      self->base = g_strdup ("http://localhost");
      self->session = soup_session_new_with_options ("remote-connectable", unix_address, "timeout", 30, NULL);
    }
  else
    {
      gsize length = strlen (address);

      while (length > 0 && address[length - 1] == '/')
        length--;
      self->base = g_strndup (address, length);
      self->session = soup_session_new_with_options ("timeout", 30, NULL);
      /* No proxy between a desk and its engine's loopback. */
      soup_session_set_proxy_resolver (self->session, NULL);
    }
  return self;
}
