/* SPDX-License-Identifier: EUPL-1.2 */
/* MQTT 3.1.1 and 5 through libmosquitto, in the main loop of the process. A module of beffroi-feed (bf-transport.c).
 *
 * With QoS=1 (the usual) the session is kept by the broker while nobody is there, and a message is acknowledged once the frames made
 * from it are in the engine's pipe: libmosquitto only queues its PUBACK (it believes that another thread writes), and settled()
 * sends what is queued. So a message may come twice after a crash and is never lost. When the queue is full a message of QoS 1 waits,
 * unread, at the broker; one of QoS 0, which the broker would drop without a word, is dropped here and counted. */

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <glib-unix.h>
#include <gmodule.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/ssl.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-sandbox.h"
#include "feed/bf-transport.h"
#include "json/bf-json-out.h"

#define KEEPALIVE_S 30
#define PER_TURN 512u
#define SESSION_S (24 * 3600)
#define MISC_MS 1000u

typedef struct
{
  BfTransport base;
  struct mosquitto *client;
  char *id;
  char *host;
  int port;
  gboolean tls;
  char *ca;
  char *user;
  char *password;
  char **topics; /* as subscribed, with $share */
  int qos;
  int version;
  gboolean envelope;
  GSource *source;
  guint misc;
  guint start;     /* the start waits for the loop */
  guint n_granted;
  guint n_messages;
  guint unsettled; /* messages since settled(): what is queued to be written waits for it */
  gboolean held;
  GBytes *waiting; /* the message that found no room */
  char *tls_why;   /* what the last handshake did not like */
  char *over;      /* why the connection is over; said when libmosquitto has returned */
  BfOutcome over_outcome;
} Mqtt;

static void
drop_client (Mqtt *self, gboolean goodbye)
{
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_clear_pointer (&self->source, g_source_unref);
    }
  g_clear_handle_id (&self->misc, g_source_remove);
  g_clear_handle_id (&self->start, g_source_remove);
  g_clear_pointer (&self->waiting, g_bytes_unref);
  self->held = FALSE;
  self->unsettled = 0;
  if (self->client == NULL)
    return;
  if (goodbye)
    {
      mosquitto_disconnect (self->client);
      mosquitto_loop_write (self->client, 1);
    }
  g_clear_pointer (&self->client, mosquitto_destroy);
}

static void
mqtt_stop (BfTransport *transport)
{
  drop_client ((Mqtt *) transport, TRUE);
}

static void
over (Mqtt *self, BfOutcome outcome, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
over (Mqtt *self, BfOutcome outcome, const char *format, ...)
{
  va_list args;

  if (self->over != NULL)
    return;
  va_start (args, format);
  self->over = g_strdup_vprintf (format, args);
  va_end (args);
  self->over_outcome = outcome;
}

/* After each call of libmosquitto: not within one of its callbacks. FALSE: it is over. */
static gboolean
look_after (Mqtt *self, int result)
{
  g_autofree char *reason = NULL;

  if (result != MOSQ_ERR_SUCCESS && self->tls_why != NULL)
    over (self, BF_OUTCOME_RETRY, "MQTT: %s", self->tls_why);
  else if (result != MOSQ_ERR_SUCCESS)
    over (self, BF_OUTCOME_RETRY, "MQTT: %s", result == MOSQ_ERR_ERRNO ? g_strerror (errno) : mosquitto_strerror (result));
  if (self->over == NULL)
    return TRUE;
  reason = g_steal_pointer (&self->over);
  drop_client (self, FALSE);
  self->base.host->down (self->base.user_data, self->over_outcome, 0, reason);
  return FALSE;
}

/* --- callbacks of libmosquitto -------------------------------------------------------------------------------------------- */

static void
connected_cb (struct mosquitto *client, void *user_data, int code, int flags, const mosquitto_property *properties)
{
  Mqtt *self = user_data;

  if (code != 0)
    {
      gboolean refused = self->version == MQTT_PROTOCOL_V5 ? code == MQTT_RC_NOT_AUTHORIZED || code == MQTT_RC_BAD_USERNAME_OR_PASSWORD ||
                                                               code == MQTT_RC_BANNED || code == MQTT_RC_CLIENTID_NOT_VALID
                                                           : code == 2 || code == 4 || code == 5;

      over (self, refused ? BF_OUTCOME_REFUSED : BF_OUTCOME_RETRY, _ ("the broker refuses the connection: %s"),
            self->version == MQTT_PROTOCOL_V5 ? mosquitto_reason_string (code) : mosquitto_connack_string (code));
      return;
    }
  self->n_granted = 0;
  for (guint i = 0; self->topics[i] != NULL; i++)
    {
      int result = mosquitto_subscribe (client, NULL, self->topics[i], self->qos);

      if (result != MOSQ_ERR_SUCCESS)
        over (self, BF_OUTCOME_RETRY, _ ("subscribing to %.200s: %s"), self->topics[i], mosquitto_strerror (result));
    }
}

static void
subscribed_cb (struct mosquitto *client, void *user_data, int id, int n, const int *granted)
{
  Mqtt *self = user_data;

  if (n > 0 && granted[0] >= 128)
    over (self, BF_OUTCOME_REFUSED, _ ("the broker refuses to give %.200s"), self->topics[MIN (self->n_granted, g_strv_length (self->topics) - 1)]);
  else if (++self->n_granted == g_strv_length (self->topics))
    self->base.host->up (self->base.user_data, NULL);
}

static void
disconnected_cb (struct mosquitto *client, void *user_data, int code)
{
  Mqtt *self = user_data;

  if (self->tls_why != NULL)
    over (self, BF_OUTCOME_RETRY, "MQTT: %s", self->tls_why);
  else
    over (self, BF_OUTCOME_RETRY, _ ("the connection to the broker was cut: %s"), mosquitto_strerror (code));
}

/* libmosquitto says why it does not like a certificate in its log only, and while it says so the handshake can still be asked. */
static void
log_cb (struct mosquitto *client, void *user_data, int level, const char *text)
{
  Mqtt *self = user_data;
  const SSL *ssl = self->tls ? mosquitto_ssl_get (client) : NULL;
  long verified = ssl != NULL ? SSL_get_verify_result (ssl) : X509_V_OK;

  if (level != MOSQ_LOG_ERR || self->tls_why != NULL)
    return;
  if (verified == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY || verified == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN ||
      verified == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT || verified == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT)
    self->tls_why = g_strdup (_ ("the broker's certificate was issued by somebody whom neither the system nor the city's CA= knows"));
  else if (verified == X509_V_ERR_CERT_HAS_EXPIRED)
    self->tls_why = g_strdup (_ ("the broker's certificate has expired"));
  else if (verified == X509_V_ERR_CERT_NOT_YET_VALID)
    self->tls_why = g_strdup (_ ("the broker's certificate is not yet valid"));
  else if (verified != X509_V_OK)
    self->tls_why = g_strdup_printf (_ ("the broker's certificate: %s"), X509_verify_cert_error_string (verified));
  else if (strstr (text, "host name verification failed") != NULL)
    self->tls_why = g_strdup_printf (_ ("the broker's certificate is not for %s"), self->host);
}

static gboolean
is_json (const char *bytes, gsize length)
{
  static const char *const words[] = { "true", "false", "null" };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (length == strlen (words[i]) && memcmp (bytes, words[i], length) == 0)
      return TRUE;
  if (length > 0 && strchr ("{[\"", bytes[0]) != NULL)
    return TRUE;
  for (gsize i = 0; i < length; i++)
    if (memchr ("+-.0123456789eE", bytes[i], 15) == NULL)
      return FALSE;
  return length > 0 && g_ascii_isdigit (bytes[length - 1]) && bytes[0] != '+' && bytes[0] != '.';
}

/* {"topic": "a/b", "levels": ["a", "b"], "payload": …}: what the topic says is part of the record. */
static GBytes *
envelope (const char *topic, const char *bytes, gsize length)
{
  GString *text = g_string_sized_new (length + 128);
  g_auto (GStrv) levels = g_strsplit (topic, "/", -1);
  g_autofree char *payload = is_json (bytes, length) ? g_strndup (bytes, length) : g_utf8_make_valid (bytes, length);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "topic", topic);
  bf_json_out_begin_array (&out, "levels");
  for (guint i = 0; levels[i] != NULL; i++)
    bf_json_out_string (&out, NULL, levels[i]);
  bf_json_out_end_array (&out);
  if (is_json (bytes, length))
    bf_json_out_raw (&out, "payload", payload);
  else
    bf_json_out_string (&out, "payload", payload);
  bf_json_out_end_object (&out);
  return g_string_free_to_bytes (text);
}

static void
offer (Mqtt *self, const char *bytes, gsize length, int qos)
{
  if (length > self->base.def->max_bytes / 2)
    self->base.host->dropped (self->base.user_data, 1, _ ("larger than half of what MaxBytes allows"));
  else if (self->base.host->message (self->base.user_data, bytes, length, BF_TIME_NONE))
    self->unsettled++;
  else if (qos == 0)
    self->base.host->dropped (self->base.user_data, 1, _ ("they came faster than they could be used"));
  else
    {
      self->waiting = g_bytes_new (bytes, length);
      self->held = TRUE;
      self->unsettled++;
    }
}

static void
message_cb (struct mosquitto *client, void *user_data, const struct mosquitto_message *message)
{
  Mqtt *self = user_data;

  self->n_messages++;
  /* A retained message of before is content of then; its own stamp says so, or nothing does. */
  if (self->envelope)
    {
      g_autoptr (GBytes) wrapped = envelope (message->topic, message->payload, message->payloadlen);
      gsize length;
      const char *bytes = g_bytes_get_data (wrapped, &length);

      offer (self, bytes, length, message->qos);
    }
  else
    offer (self, message->payload != NULL ? message->payload : "", message->payloadlen, message->qos);
}

/* --- the loop ----------------------------------------------------------------------------------------------------------- */

static gboolean socket_cb (int fd, GIOCondition condition, gpointer user_data);

/* Watches the socket for what libmosquitto and we want now. */
static void
watch (Mqtt *self)
{
  GIOCondition condition = G_IO_HUP | G_IO_ERR;

  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_clear_pointer (&self->source, g_source_unref);
    }
  if (!self->held)
    condition |= G_IO_IN;
  if (self->unsettled == 0 && mosquitto_want_write (self->client))
    condition |= G_IO_OUT;
  self->source = g_unix_fd_source_new (mosquitto_socket (self->client), condition);
  g_source_set_callback (self->source, G_SOURCE_FUNC (socket_cb), self, NULL);
  g_source_attach (self->source, NULL);
}

static gboolean
write_queued (Mqtt *self)
{
  if (self->unsettled > 0 || !mosquitto_want_write (self->client))
    return TRUE;
  return look_after (self, mosquitto_loop_write (self->client, 1));
}

static gboolean
socket_cb (int fd, GIOCondition condition, gpointer user_data)
{
  Mqtt *self = user_data;
  guint before;
  gboolean wanted = self->unsettled == 0 && mosquitto_want_write (self->client);

  if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
    for (guint i = 0; i < PER_TURN && !self->held; i++)
      {
        before = self->n_messages;
        if (!look_after (self, mosquitto_loop_read (self->client, 1)))
          return G_SOURCE_REMOVE;
        if (self->n_messages == before)
          break;
      }
  if (!write_queued (self))
    return G_SOURCE_REMOVE;
  if (!self->held && wanted == (self->unsettled == 0 && mosquitto_want_write (self->client)))
    return G_SOURCE_CONTINUE;
  watch (self);
  return G_SOURCE_REMOVE;
}

static gboolean
misc_cb (gpointer user_data)
{
  Mqtt *self = user_data;

  if (!look_after (self, mosquitto_loop_misc (self->client)))
    return G_SOURCE_REMOVE;
  if (write_queued (self))
    watch (self);
  return G_SOURCE_CONTINUE;
}

static void
mqtt_settled (BfTransport *transport)
{
  Mqtt *self = (Mqtt *) transport;

  if (self->client == NULL)
    return;
  self->unsettled = self->waiting != NULL ? 1 : 0;
  /* What the socket did not take goes when it does. */
  if (write_queued (self) && mosquitto_want_write (self->client))
    watch (self);
}

static void
mqtt_resume (BfTransport *transport)
{
  Mqtt *self = (Mqtt *) transport;
  gsize length;
  const char *bytes;

  if (self->client == NULL || !self->held)
    return;
  if (self->waiting != NULL)
    {
      bytes = g_bytes_get_data (self->waiting, &length);
      if (!self->base.host->message (self->base.user_data, bytes, length, BF_TIME_NONE))
        return;
      g_clear_pointer (&self->waiting, g_bytes_unref);
    }
  self->held = FALSE;
  watch (self);
}

static int
make_client (Mqtt *self)
{
  int result = MOSQ_ERR_SUCCESS;

  self->client = mosquitto_new (self->id, self->qos == 0, self);
  if (self->client == NULL)
    return MOSQ_ERR_NOMEM;
  mosquitto_int_option (self->client, MOSQ_OPT_PROTOCOL_VERSION, self->version);
  /* So that what it has to write waits until we call mosquitto_loop_write(). */
  mosquitto_threaded_set (self->client, true);
  mosquitto_connect_v5_callback_set (self->client, connected_cb);
  mosquitto_subscribe_callback_set (self->client, subscribed_cb);
  mosquitto_disconnect_callback_set (self->client, disconnected_cb);
  mosquitto_message_callback_set (self->client, message_cb);
  mosquitto_log_callback_set (self->client, log_cb);
  if (self->user != NULL)
    result = mosquitto_username_pw_set (self->client, self->user, self->password);
  if (result == MOSQ_ERR_SUCCESS && self->tls)
    result = mosquitto_tls_set (self->client, self->ca, "/etc/ssl/certs", NULL, NULL, NULL);
  return result;
}

/* MQTT 5 keeps a session only for as long as it is asked to; libmosquitto asks when it connects in one go. */
static int
connect_client (Mqtt *self)
{
  mosquitto_property *properties = NULL;
  int result;

  if (self->version != MQTT_PROTOCOL_V5)
    return mosquitto_connect_async (self->client, self->host, self->port, KEEPALIVE_S);
  if (self->qos > 0)
    mosquitto_property_add_int32 (&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, SESSION_S);
  result = mosquitto_connect_bind_v5 (self->client, self->host, self->port, KEEPALIVE_S, NULL, properties);
  mosquitto_property_free_all (&properties);
  return result;
}

static gboolean
start_cb (gpointer user_data)
{
  Mqtt *self = user_data;
  int result;

  self->start = 0;
  result = make_client (self);
  if (result == MOSQ_ERR_SUCCESS)
    result = connect_client (self);
  if (!look_after (self, result) || !write_queued (self))
    return G_SOURCE_REMOVE;
  watch (self);
  self->misc = g_timeout_add (MISC_MS, misc_cb, self);
  return G_SOURCE_REMOVE;
}

static void
mqtt_start (BfTransport *transport)
{
  Mqtt *self = (Mqtt *) transport;

  g_clear_pointer (&self->over, g_free);
  g_clear_pointer (&self->tls_why, g_free);
  self->start = g_idle_add (start_cb, self);
}

/* --- opening ---------------------------------------------------------------------------------------------------------- */

/* The same at each start, for the broker keeps messages for it; another one for each installation. */
static char *
make_id (const BfFeedDef *def)
{
  g_autofree char *whole = g_strdup_printf ("%s\n%s", g_get_host_name (), def->path);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, whole, -1);

  if (bf_feed_def_get (def, "ClientId") != NULL)
    return g_strdup (bf_feed_def_get (def, "ClientId"));
  return g_strdup_printf ("beffroi-%.60s-%.8s", def->name, digest);
}

static char **
make_topics (const BfFeedDef *def)
{
  g_auto (GStrv) names = g_strsplit_set (bf_feed_def_get (def, "Topics"), ", ", -1);
  const char *share = bf_feed_def_get (def, "Share");
  g_autoptr (GStrvBuilder) topics = g_strv_builder_new ();

  for (guint i = 0; names[i] != NULL; i++)
    {
      g_autofree char *topic = share != NULL ? g_strdup_printf ("$share/%s/%s", share, names[i]) : g_strdup (names[i]);

      if (names[i][0] != '\0')
        g_strv_builder_add (topics, topic);
    }
  return g_strv_builder_end (topics);
}

static gboolean
read_address (Mqtt *self, const BfFeedDef *def, BfSecrets *secrets, GError **error)
{
  g_autofree char *url = bf_secrets_expand (secrets, def->url, error);
  g_autoptr (GUri) uri = url != NULL ? g_uri_parse (url, G_URI_FLAGS_NONE, error) : NULL;
  const char *user = bf_feed_def_get (def, "User");
  const char *password = bf_feed_def_get (def, "Password");

  if (uri == NULL)
    return FALSE;
  self->host = g_strdup (g_uri_get_host (uri));
  self->tls = g_strcmp0 (g_uri_get_scheme (uri), "mqtts") == 0;
  self->port = g_uri_get_port (uri) > 0 ? g_uri_get_port (uri) : self->tls ? 8883 : 1883;
  if (user != NULL && (self->user = g_strdup (bf_secrets_value (secrets, user, error))) == NULL)
    return FALSE;
  return password == NULL || (self->password = g_strdup (bf_secrets_value (secrets, password, error))) != NULL;
}

static void
mqtt_close (BfTransport *transport)
{
  Mqtt *self = (Mqtt *) transport;

  drop_client (self, TRUE);
  g_strfreev (self->topics);
  g_free (self->id);
  g_free (self->host);
  g_free (self->ca);
  g_free (self->user);
  g_free (self->password);
  g_free (self->over);
  g_free (self->tls_why);
  g_free (self);
  mosquitto_lib_cleanup ();
}

static BfTransport *
mqtt_open (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error)
{
  Mqtt *self = g_new0 (Mqtt, 1);

  mosquitto_lib_init ();
  self->id = make_id (def);
  self->topics = make_topics (def);
  self->ca = g_strdup (net->ca);
  self->qos = g_strcmp0 (bf_feed_def_get (def, "QoS"), "0") == 0 ? 0 : 1;
  self->version = g_strcmp0 (bf_feed_def_get (def, "Version"), "5") == 0 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311;
  self->envelope = bf_feed_def_get (def, "Envelope") != NULL;
  if (read_address (self, def, secrets, error))
    return &self->base;
  mqtt_close (&self->base);
  return NULL;
}

static void
mqtt_allow (BfTransport *transport, BfSandbox *sandbox)
{
  bf_sandbox_allow_net (sandbox, transport->def->url);
}

extern const BfTransportClass bf_transport_module;
G_MODULE_EXPORT const BfTransportClass bf_transport_module = {
  .open = mqtt_open,
  .close = mqtt_close,
  .allow = mqtt_allow,
  .start = mqtt_start,
  .stop = mqtt_stop,
  .settled = mqtt_settled,
  .resume = mqtt_resume,
};
