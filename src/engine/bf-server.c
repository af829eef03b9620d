/* SPDX-License-Identifier: EUPL-1.2 */
/* The API's listener: a Unix socket, or TCP of the loopback with a token. It checks who asks and how much before anything
 * else looks at a request; what is asked is bf-routes.c's. */

#include "bf-config.h"

#include "engine/bf-engine-private.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bf-error.h"

#define BACKLOG 256
#define BODY_MAX (1 << 20)
#define TOKEN_BYTES 32

struct _BfServer
{
  BfEngine *engine;
  SoupServer *soup;
  char *address;
  char *socket_path; /* NULL on TCP */
  char *token;       /* NULL on a Unix socket */
};

/* --- who asks ------------------------------------------------------------------------------------------------------- */

static char *
peer_name (SoupServerMessage *message)
{
  GSocket *socket = soup_server_message_get_socket (message);
  g_autoptr (GCredentials) credentials = socket != NULL ? g_socket_get_credentials (socket, NULL) : NULL;
  uid_t uid = credentials != NULL ? g_credentials_get_unix_user (credentials, NULL) : (uid_t) -1;
  struct passwd entry;
  struct passwd *found = NULL;
  char buffer[4096];

  if (uid == (uid_t) -1)
    return g_strdup ("unknown");
  if (getpwuid_r (uid, &entry, buffer, sizeof buffer, &found) == 0 && found != NULL)
    return g_strdup (found->pw_name);
  return g_strdup_printf ("uid %u", uid);
}

static char *
actor_of (BfServer *server, SoupServerMessage *message)
{
  return server->token == NULL ? peer_name (message) : g_strdup ("token");
}

static gboolean
is_loopback_host (const char *host)
{
  g_autofree char *name = NULL;
  const char *colon;

  if (host == NULL)
    return FALSE;
  if (g_str_has_prefix (host, "[::1]"))
    return TRUE;
  colon = strchr (host, ':');
  name = colon != NULL ? g_strndup (host, (gsize) (colon - host)) : g_strdup (host);
  return g_str_equal (name, "127.0.0.1") || g_ascii_strcasecmp (name, "localhost") == 0;
}

/* Same length and bytes, in a time that does not depend on where they differ. */
static gboolean
same_secret (const char *a, const char *b)
{
  gsize n = strlen (b);
  guint8 difference = strlen (a) != n;

  for (gsize i = 0; i < n; i++)
    difference |= (guint8) (a[MIN (i, strlen (a))] ^ b[i]);
  return difference == 0;
}

/* A page of another site must not reach the engine through the browser of a person who sits here (DNS rebinding). */
static gboolean
may_ask (BfServer *server, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const char *origin = soup_message_headers_get_one (headers, "Origin");
  const char *authorization = soup_message_headers_get_one (headers, "Authorization");

  if (server->token == NULL)
    return TRUE;
  if (!is_loopback_host (soup_message_headers_get_one (headers, "Host")))
    return FALSE;
  if (origin != NULL)
    {
      g_autoptr (GUri) uri = g_uri_parse (origin, G_URI_FLAGS_NONE, NULL);

      if (uri == NULL || !is_loopback_host (g_uri_get_host (uri)))
        return FALSE;
    }
  return authorization != NULL && g_str_has_prefix (authorization, "Bearer ")
         && same_secret (authorization + strlen ("Bearer "), server->token);
}

static void
check_head (BfServer *server, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  if (!may_ask (server, message))
    {
      bf_reply_error (message, SOUP_STATUS_FORBIDDEN, "forbidden",
                      _ ("expected the header “Authorization: Bearer TOKEN” with the token of the data folder, and Host and Origin of "
                      "the loopback"));
      return;
    }
  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED)
    bf_reply_error (message, SOUP_STATUS_LENGTH_REQUIRED, "bad_request", _ ("expected a body with Content-Length"));
  else if (soup_message_headers_get_content_length (headers) > BODY_MAX)
    bf_reply_error (message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "too_large", _ ("the body is larger than 1 MiB"));
}

static void
early_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  check_head (user_data, message);
  bf_reply_early (message);
}

static void
request_cb (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  BfServer *server = user_data;
  g_autofree char *actor = actor_of (server, message);

  bf_routes_handle (server->engine, message, path, query, actor);
}

static void
websocket_cb (SoupServer *soup, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection, gpointer user_data)
{
  BfServer *server = user_data;
  GUri *uri = soup_server_message_get_uri (message);
  const char *text = g_uri_get_query (uri);
  g_autoptr (GHashTable) query = text != NULL ? soup_form_decode (text) : NULL;
  const char *after = query != NULL ? g_hash_table_lookup (query, "after") : NULL;
  g_autofree char *actor = actor_of (server, message);

  bf_hub_add (server->engine->hub, connection, actor, after != NULL ? g_ascii_strtoll (after, NULL, 10) : G_MAXINT64);
}

/* --- listening ------------------------------------------------------------------------------------------------------ */

/* A socket file that nobody listens on is what a killed engine left behind. */
static gboolean
clear_dead_socket (const char *path, GError **error)
{
  g_autoptr (GSocketClient) client = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocketConnection) connection = NULL;
  GStatBuf info;

  if (g_lstat (path, &info) != 0)
    return TRUE;
  if (!S_ISSOCK (info.st_mode))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("%s: expected a socket or nothing, found a file"), path);
      return FALSE;
    }
  client = g_socket_client_new ();
  address = g_unix_socket_address_new (path);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  if (connection != NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("%s: another engine listens here"), path);
      return FALSE;
    }
  g_unlink (path);
  return TRUE;
}

static gboolean
listen_unix (BfServer *server, const char *path, GError **error)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocket) socket = NULL;
  mode_t mask;
  gboolean bound;

  if (strlen (path) >= 108)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: the path of a Unix socket has at most 107 bytes"), path);
      return FALSE;
    }
  if (!clear_dead_socket (path, error))
    return FALSE;
  address = g_unix_socket_address_new (path);
  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);
  if (socket == NULL)
    return FALSE;
  g_socket_set_listen_backlog (socket, BACKLOG);
  mask = umask (0177);
  bound = g_socket_bind (socket, address, TRUE, error);
  umask (mask);
  if (!bound || !g_socket_listen (socket, error) || !soup_server_listen_socket (server->soup, socket, 0, error))
    {
      g_prefix_error (error, "%s: ", path);
      return FALSE;
    }
  server->socket_path = g_strdup (path);
  server->address = g_strconcat ("unix:", path, NULL);
  return TRUE;
}

/* The token file is made anew at each start, readable by its owner only. */
static gboolean
write_token (BfServer *server, GError **error)
{
  g_autofree char *path = g_build_filename (server->engine->data_dir, "token", NULL);
  guint8 bytes[TOKEN_BYTES];
  g_autoptr (GString) token = g_string_new (NULL);
  FILE *random = fopen ("/dev/urandom", "re");

  if (random == NULL || fread (bytes, 1, sizeof bytes, random) != sizeof bytes)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("/dev/urandom: %s"), g_strerror (errno));
      if (random != NULL)
        fclose (random);
      return FALSE;
    }
  fclose (random);
  for (guint i = 0; i < sizeof bytes; i++)
    g_string_append_printf (token, "%02x", bytes[i]);
  if (!g_file_set_contents_full (path, token->str, (gssize) token->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error))
    return FALSE;
  server->token = g_string_free (g_steal_pointer (&token), FALSE);
  return TRUE;
}

static gboolean
listen_tcp (BfServer *server, const char *address, GError **error)
{
  g_autoptr (GUri) uri = g_uri_parse (address, G_URI_FLAGS_NONE, error);
  g_autoptr (GSocketAddress) socket_address = NULL;
  g_autoptr (GSList) uris = NULL;
  const char *host;

  if (uri == NULL)
    return FALSE;
  host = g_uri_get_host (uri);
  if (g_strcmp0 (g_uri_get_scheme (uri), "http") != 0 || (g_strcmp0 (host, "127.0.0.1") != 0 && g_strcmp0 (host, "::1") != 0))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED,
                   _ ("%s: expected http://127.0.0.1:PORT or http://[::1]:PORT; other addresses need TLS and accounts"), address);
      return FALSE;
    }
  if (!write_token (server, error))
    return FALSE;
  socket_address = g_inet_socket_address_new_from_string (host, (guint) MAX (g_uri_get_port (uri), 0));
  if (!soup_server_listen (server->soup, socket_address, 0, error))
    {
      g_prefix_error (error, "%s: ", address);
      return FALSE;
    }
  uris = soup_server_get_uris (server->soup);
  server->address = g_strdup_printf ("http://%s%s%s:%d", strchr (host, ':') ? "[" : "", host, strchr (host, ':') ? "]" : "",
                                     g_uri_get_port (uris->data));
  g_slist_foreach (uris, (GFunc) (void (*) (void)) g_uri_unref, NULL);
  return TRUE;
}

/**
 * bf_server_new:
 * @listen: "unix:PATH" or "http://127.0.0.1:PORT"
 *
 * Returns: (transfer full): a listening server, or %NULL with @error
 */
BfServer *
bf_server_new (BfEngine *engine, const char *listen, GError **error)
{
  BfServer *server = g_new0 (BfServer, 1);
  gboolean good;

  server->engine = engine;
  server->soup = soup_server_new ("server-header", "beffroi/" BF_VERSION, NULL);
  soup_server_add_early_handler (server->soup, NULL, early_cb, server, NULL);
  soup_server_add_handler (server->soup, NULL, request_cb, server, NULL);
  soup_server_add_websocket_handler (server->soup, "/api/v1/events/ws", NULL, NULL, websocket_cb, server, NULL);
  soup_server_add_early_handler (server->soup, "/api/v1/events/ws", early_cb, server, NULL);
  engine->push = bf_push_new (engine, server->soup);
  if (g_str_has_prefix (listen, "unix:"))
    good = listen_unix (server, listen + strlen ("unix:"), error);
  else
    good = listen_tcp (server, listen, error);
  if (!good)
    {
      bf_server_free (server);
      return NULL;
    }
  return server;
}

void
bf_server_free (BfServer *server)
{
  soup_server_disconnect (server->soup);
  g_object_unref (server->soup);
  g_clear_pointer (&server->engine->push, bf_push_free);
  if (server->socket_path != NULL)
    g_unlink (server->socket_path);
  g_free (server->socket_path);
  g_free (server->address);
  g_free (server->token);
  g_free (server);
}

const char *
bf_server_address (const BfServer *server)
{
  return server->address;
}
