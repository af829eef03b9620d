/* SPDX-License-Identifier: EUPL-1.2 */
/* What all transports over HTTP share: see bf-http.h. What is needed for TLS is opened when an address is https, and then before the
 * sandbox closes. */

#include "feed/bf-http.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "feed/bf-sandbox.h"
#include "feed/bf-trust.h"
#include "json/bf-json.h"

#define TOKEN_ANSWER_MAX (64u << 10)
#define TOKEN_LIFE_DEFAULT_S 300 /* when the server does not say (RFC 6749 §5.1 only recommends it) */
#define HEADER_PREFIX "Header."

struct _BfHttp
{
  SoupSession *session;
  BfTrust *trust; /* NULL: no address is https */
  BfSecrets *secrets;
  char *url;
  char *proxy;
  char *proxy_user;
  char *proxy_password;
  char *ca;
  char *refusal;      /* why the last certificate was not accepted */
  GPtrArray *headers; /* name, value, … */
  char **servers;     /* (nullable): where answers may lead */
  /* OAuth2 */
  char *token_url;
  char *basic; /* of the client, for the token's server */
  char *scope;
  char *token;
  gint64 renew_us; /* monotonic */
};

static gboolean
needs_tls (const char *url)
{
  return url != NULL && (g_str_has_prefix (url, "https:") || g_str_has_prefix (url, "wss:"));
}

static gboolean
any_needs_tls (char **urls)
{
  for (guint i = 0; urls != NULL && urls[i] != NULL; i++)
    if (needs_tls (urls[i]))
      return TRUE;
  return FALSE;
}

/* Hardly a certificate passes the default database (bf-trust.h): each of the others comes here. */
static gboolean
accept_cb (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer user_data)
{
  BfHttp *http = user_data;
  GUri *uri = soup_message_get_uri (message);
  g_autoptr (GSocketConnectable) identity = g_network_address_new (g_uri_get_host (uri), (guint16) MAX (0, g_uri_get_port (uri)));

  /* Where an address that is not https redirected to: it costs nothing before that. */
  if (http->trust == NULL)
    http->trust = bf_trust_new (BF_TRUST_SYSTEM, http->ca, NULL);
  if (http->trust != NULL && bf_trust_accepts (http->trust, certificate, identity))
    return TRUE;
  g_free (http->refusal);
  http->refusal = bf_trust_refusal (certificate, g_uri_get_host (uri));
  return FALSE;
}

/* "server.example:8080", of the proxy when there is one: with whom the connection is made. */
static char *
met_at (const BfHttp *http, const char *url)
{
  const char *met = http != NULL && http->proxy != NULL ? http->proxy : url;
  g_autofree char *scheme = NULL;
  g_autofree char *host = NULL;
  int port = -1;

  if (!g_uri_split_network (met, SOUP_HTTP_URI_FLAGS, &scheme, &host, &port, NULL) || host == NULL)
    return g_strdup ("?");
  if (port <= 0)
    port = needs_tls (met) ? 443 : 80;
  return g_strdup_printf (strchr (host, ':') != NULL ? "[%s]:%d" : "%s:%d", host, port);
}

char *
bf_http_say_error (BfHttp *http, const char *url, const GError *error)
{
  g_autofree char *met = NULL;

  if (g_error_matches (error, G_TLS_ERROR, G_TLS_ERROR_BAD_CERTIFICATE) && http != NULL && http->refusal != NULL)
    return g_strdup (http->refusal);
  if (!bf_error_is_of_connection (error))
    return g_strdup (error->message);
  met = met_at (http, url);
  if (http != NULL && http->proxy != NULL)
    return g_strdup_printf (_ ("no connection with the proxy %s: %s"), met, bf_error_io_words (error));
  return g_strdup_printf (_ ("no connection with %s: %s"), met, bf_error_io_words (error));
}

/* Once a message: a proxy that does not like the answer is not told it again and again. */
static gboolean
authenticate_cb (SoupMessage *message, SoupAuth *auth, gboolean retrying, gpointer user_data)
{
  BfHttp *http = user_data;

  if (!soup_auth_is_for_proxy (auth) || http->proxy_password == NULL || retrying || g_object_get_data (G_OBJECT (message), "bf-asked") != NULL)
    return FALSE;
  g_object_set_data (G_OBJECT (message), "bf-asked", message);
  soup_auth_authenticate (auth, http->proxy_user, http->proxy_password);
  return TRUE;
}

void
bf_http_attend (BfHttp *http, SoupMessage *message)
{
  g_signal_connect (message, "accept-certificate", G_CALLBACK (accept_cb), http);
  g_signal_connect (message, "authenticate", G_CALLBACK (authenticate_cb), http);
}

/* The city's, else the environment's; its name and password are kept apart. */
static gboolean
read_proxy (BfHttp *http, const BfNet *net, GError **error)
{
  const char *text = net->proxy != NULL ? net->proxy : bf_fetch_environment_proxy ();
  g_autofree char *whole = text != NULL ? bf_secrets_expand (http->secrets, text, error) : NULL;
  g_autoptr (GUri) uri = whole != NULL ? g_uri_parse (whole, G_URI_FLAGS_HAS_PASSWORD, error) : NULL;

  if (uri == NULL)
    return text == NULL;
  http->proxy = g_uri_to_string_partial (uri, G_URI_HIDE_USERINFO);
  http->proxy_user = g_strdup (g_uri_get_user (uri));
  http->proxy_password = g_strdup (g_uri_get_password (uri));
  return TRUE;
}

static gboolean
open_session (BfHttp *http, const BfNet *net, GError **error)
{
  if (!read_proxy (http, net, error))
    return FALSE;
  http->ca = g_strdup (net->ca);
  http->session = bf_fetch_session_new (http->proxy);
  soup_session_set_tls_database (http->session, NULL);
  if (!needs_tls (http->url) && !needs_tls (http->token_url) && !any_needs_tls (http->servers))
    return TRUE;
  http->trust = bf_trust_new (BF_TRUST_SYSTEM, net->ca, error);
  return http->trust != NULL;
}

static void
put_header (BfHttp *http, const char *name, const char *value)
{
  g_ptr_array_add (http->headers, g_strdup (name));
  g_ptr_array_add (http->headers, g_strdup (value));
}

static char *
basic_of (BfSecrets *secrets, const char *user, const char *password)
{
  g_autofree char *pair = g_strdup_printf ("%s:%s", user, password);
  g_autofree char *packed = g_base64_encode ((const guchar *) pair, strlen (pair));

  bf_secrets_add (secrets, packed);
  return g_strconcat ("Basic ", packed, NULL);
}

static gboolean
read_headers (BfHttp *http, const BfFeedDef *def, GError **error)
{
  const BfConfGroup *group = bf_conf_group (def->conf, "Feed", NULL);

  for (guint i = 0; i < group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (group->entries, BfConfEntry, i);
      const char *value;

      if (!g_str_has_prefix (entry->key, HEADER_PREFIX))
        continue;
      value = bf_secrets_value (http->secrets, entry->value, error);
      if (value == NULL)
        return FALSE;
      put_header (http, entry->key + strlen (HEADER_PREFIX), value);
    }
  return TRUE;
}

/* Of a key that holds a text or secret:NAME. *@ret_value NULL: not there. FALSE: it cannot be read. */
static gboolean
get_value (BfHttp *http, const BfFeedDef *def, const char *key, const char **ret_value, GError **error)
{
  const char *text = bf_feed_def_get (def, key);

  *ret_value = text != NULL ? bf_secrets_value (http->secrets, text, error) : NULL;
  return text == NULL || *ret_value != NULL;
}

static gboolean
read_credentials (BfHttp *http, const BfFeedDef *def, GError **error)
{
  const char *token, *user, *password, *id, *secret;

  if (!get_value (http, def, "Token", &token, error) || !get_value (http, def, "User", &user, error) ||
      !get_value (http, def, "Password", &password, error) || !get_value (http, def, "ClientId", &id, error) ||
      !get_value (http, def, "ClientSecret", &secret, error))
    return FALSE;
  if (token != NULL)
    {
      g_autofree char *value = g_strconcat ("Bearer ", token, NULL);

      put_header (http, "Authorization", value);
    }
  else if (user != NULL)
    {
      g_autofree char *value = basic_of (http->secrets, user, password != NULL ? password : "");

      put_header (http, "Authorization", value);
    }
  if (bf_feed_def_get (def, "OAuth") != NULL)
    {
      /* RFC 6749 §2.3.1: both are form-encoded before they are joined. */
      g_autofree char *id_escaped = g_uri_escape_string (id, NULL, FALSE);
      g_autofree char *secret_escaped = g_uri_escape_string (secret, NULL, FALSE);

      http->token_url = g_strdup (bf_feed_def_get (def, "OAuth"));
      http->scope = g_strdup (bf_feed_def_get (def, "Scope"));
      http->basic = basic_of (http->secrets, id_escaped, secret_escaped);
    }
  return TRUE;
}

/* (transfer full) (nullable): of Servers=, empty parts included */
static char **
servers_of (const BfFeedDef *def)
{
  const char *text = bf_feed_def_get (def, "Servers");

  return text != NULL ? g_strsplit_set (text, ", ", -1) : NULL;
}

gboolean
bf_http_may_ask (const BfFeedDef *def, const char *url)
{
  g_auto (GStrv) servers = servers_of (def);
  gboolean may = bf_fetch_same_origin (def->url, url);

  for (guint i = 0; !may && servers != NULL && servers[i] != NULL; i++)
    may = bf_fetch_same_origin (servers[i], url);
  return may;
}

BfHttp *
bf_http_new (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error)
{
  g_autoptr (BfHttp) http = g_new0 (BfHttp, 1);

  http->secrets = secrets;
  http->headers = g_ptr_array_new_with_free_func (g_free);
  http->url = bf_secrets_expand (secrets, def->url, error);
  http->servers = servers_of (def);
  if (http->url == NULL || !read_headers (http, def, error) || !read_credentials (http, def, error) || !open_session (http, net, error))
    {
      if (error != NULL && *error == NULL)
        g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("the system's store of certificates cannot be opened (package ca-certificates)"));
      return NULL;
    }
  return g_steal_pointer (&http);
}

BfHttp *
bf_http_new_plain (const char *url, const BfNet *net, BfSecrets *secrets, GError **error)
{
  g_autoptr (BfHttp) http = g_new0 (BfHttp, 1);

  http->secrets = secrets;
  http->headers = g_ptr_array_new_with_free_func (g_free);
  http->url = g_strdup (url);
  return open_session (http, net, error) ? g_steal_pointer (&http) : NULL;
}

void
bf_http_free (BfHttp *http)
{
  if (http == NULL)
    return;
  g_clear_object (&http->session);
  g_clear_pointer (&http->trust, bf_trust_free);
  g_ptr_array_unref (http->headers);
  g_strfreev (http->servers);
  g_free (http->url);
  g_free (http->proxy);
  g_free (http->proxy_user);
  g_free (http->proxy_password);
  g_free (http->ca);
  g_free (http->refusal);
  g_free (http->token_url);
  g_free (http->basic);
  g_free (http->scope);
  g_free (http->token);
  g_free (http);
}

SoupSession *
bf_http_session (BfHttp *http)
{
  return http->session;
}

const char *
bf_http_url (const BfHttp *http)
{
  return http->url;
}

char **
bf_http_headers (const BfHttp *http)
{
  g_autoptr (GStrvBuilder) all = g_strv_builder_new ();

  for (guint i = 0; i < http->headers->len; i++)
    g_strv_builder_add (all, g_ptr_array_index (http->headers, i));
  if (http->token != NULL)
    {
      g_autofree char *value = g_strconcat ("Bearer ", http->token, NULL);

      g_strv_builder_add_many (all, "Authorization", value, NULL);
    }
  return g_strv_builder_end (all);
}

static BfFetchResult *
no_token (BfOutcome outcome, gint64 retry_after_us, const char *reason)
{
  BfFetchResult *result = g_new0 (BfFetchResult, 1);

  result->outcome = outcome;
  result->retry_after_us = retry_after_us;
  result->reason = g_strdup_printf (_ ("no token from OAuth=: %s"), reason);
  return result;
}

static BfFetchResult *
take_token (BfHttp *http, BfFetchResult *answer)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (TOKEN_ANSWER_MAX);
  gsize length;
  const char *bytes;
  BfJsonNode root;
  const char *token;
  double life_s;

  if (answer->outcome != BF_OUTCOME_OK)
    return no_token (answer->outcome, answer->retry_after_us, answer->reason != NULL ? answer->reason : "no answer");
  bytes = g_bytes_get_data (answer->body, &length);
  if (!bf_json_doc_parse (doc, bytes, length, &root, NULL))
    return no_token (BF_OUTCOME_RETRY, 0, _ ("its answer is not JSON"));
  token = bf_json_member_string (root, "access_token", "");
  if (token[0] == '\0' || strpbrk (token, "\r\n ") != NULL)
    return no_token (BF_OUTCOME_RETRY, 0, _ ("its answer has no access_token"));
  life_s = bf_json_member_double (root, "expires_in", TOKEN_LIFE_DEFAULT_S);
  life_s = CLAMP (life_s, 1, 24 * 3600);
  g_free (http->token);
  http->token = g_strdup (token);
  bf_secrets_add (http->secrets, token);
  /* Renewed when nine tenths of its life are over. */
  http->renew_us = g_get_monotonic_time () + (gint64) (life_s * 0.9 * G_USEC_PER_SEC);
  answer->outcome = BF_OUTCOME_OK;
  return NULL;
}

static void
token_cb (GObject *source, GAsyncResult *async, gpointer user_data)
{
  GTask *task = user_data;
  BfHttp *http = g_task_get_task_data (task);
  g_autoptr (BfFetchResult) answer = bf_fetch_finish (async);
  BfFetchResult *result = take_token (http, answer);

  g_task_return_pointer (task, result != NULL ? result : g_new0 (BfFetchResult, 1), (GDestroyNotify) bf_fetch_result_free);
  g_object_unref (task);
}

void
bf_http_prepare_async (BfHttp *http, gint64 timeout_us, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  g_autofree char *scope = http->scope != NULL ? g_uri_escape_string (http->scope, NULL, FALSE) : NULL;
  g_autofree char *form = scope != NULL ? g_strconcat ("grant_type=client_credentials&scope=", scope, NULL)
                                        : g_strdup ("grant_type=client_credentials");
  char *headers[] = { (char *) "Authorization", http->basic, NULL };
  BfFetchRequest request = { .url = http->token_url, .max_bytes = TOKEN_ANSWER_MAX, .timeout_us = timeout_us, .headers = headers,
                             .form = form };

  g_task_set_task_data (task, http, NULL);
  if (http->token_url == NULL || (http->token != NULL && g_get_monotonic_time () < http->renew_us))
    {
      g_task_return_pointer (task, g_new0 (BfFetchResult, 1), (GDestroyNotify) bf_fetch_result_free);
      g_object_unref (task);
      return;
    }
  request.http = http;
  bf_fetch_async (http->session, &request, token_cb, task);
}

BfFetchResult *
bf_http_prepare_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

gboolean
bf_http_token_refused (BfHttp *http)
{
  gboolean had = http->token_url != NULL && http->token != NULL;

  g_clear_pointer (&http->token, g_free);
  return had;
}

void
bf_http_allow (BfHttp *http, BfSandbox *sandbox)
{
  bf_sandbox_allow_net (sandbox, http->url);
  bf_sandbox_allow_net (sandbox, http->token_url);
  for (guint i = 0; http->servers != NULL && http->servers[i] != NULL; i++)
    bf_sandbox_allow_net (sandbox, http->servers[i]);
}
