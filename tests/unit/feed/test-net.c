/* SPDX-License-Identifier: EUPL-1.2 */
/* What the city says of its network, by the real beffroi-feed in its sandbox: Proxy= (GET by it, CONNECT, one that asks who we are, one
 * that refuses, one that is not there) and CA= (https, wss, mqtts, and http that redirects to https: the city's own authority is
 * believed, another is not, nor a certificate that expired, is not yet valid, or is for another host; and the feed says which). */

#include <libsoup/soup.h>
#include <string.h>

#include "certificates.h"
#include "fault-proxy.h"
#include "test-proxy.h"
#include "wire-broker.h"
#include "wire-city.h"

#define PROXY_PASSWORD "pr0xy-Okapi-1871"

typedef struct
{
  SoupServer *server; /* plain */
  guint16 port;
  SoupServer *tls;
  guint16 tls_port;
  guint value;
  char *redirect; /* what / of the plain one answers with, or NULL */
} Town;

static void
http_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  Town *town = user_data;
  char *text = wire_record (town->value);

  if (town->redirect != NULL && server == town->server)
    soup_server_message_set_redirect (message, 302, town->redirect);
  else
    soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_TAKE, text, strlen (text));
}

static void
websocket_cb (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection, gpointer user_data)
{
  Town *town = user_data;
  g_autofree char *text = wire_record (town->value);

  soup_websocket_connection_send_text (connection, text);
}

static SoupServer *
serve (Town *town, const char *certificate, guint16 *ret_port)
{
  g_autoptr (GError) error = NULL;
  SoupServer *server = soup_server_new (NULL, NULL);
  GSList *uris;

  if (certificate != NULL)
    {
      g_autoptr (GTlsCertificate) loaded = g_tls_certificate_new_from_file (certificate, &error);

      g_assert_no_error (error);
      soup_server_set_tls_certificate (server, loaded);
    }
  soup_server_add_handler (server, "/", http_cb, town, NULL);
  soup_server_add_websocket_handler (server, "/socket", NULL, NULL, websocket_cb, town, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY | (certificate != NULL ? SOUP_SERVER_LISTEN_HTTPS : 0), &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  *ret_port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return server;
}

static void
town_clear (Town *town)
{
  g_clear_object (&town->server);
  g_clear_object (&town->tls);
  g_clear_pointer (&town->redirect, g_free);
}

/* The feed is wrong and says @words. */
static void
expect_words (WireCity *city, const char *what, const char *words)
{
  wire_until (wire_city_is_bad (city, 0));
  g_test_message ("%s: %s since %s: %s", what, bf_feed_state_id (wire_city_info (city, 0).state), wire_clock (wire_city_info (city, 0).since_us),
                  wire_city_info (city, 0).reason);
  if (strstr (wire_city_info (city, 0).reason, words) == NULL)
    g_error ("%s: expected “%s” in “%s”", what, words, wire_city_info (city, 0).reason);
}

/* --- Proxy= --------------------------------------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *url;         /* of a host that only the proxy knows */
  const char *credentials; /* that the proxy asks for */
  const char *user;        /* in Proxy= */
  int refuse;
  gboolean gone;           /* nobody listens there */
  gboolean connects;       /* by CONNECT */
  const char *words;       /* NULL: it works */
} ProxyCase;

static const ProxyCase proxy_cases[] = {
  { "http", "http://ville.example/x", NULL, "", 0, FALSE, FALSE, NULL },
  { "https", "https://ville.example/x", NULL, "", 0, FALSE, TRUE, NULL },
  { "wss", "wss://ville.example/socket", NULL, "", 0, FALSE, TRUE, NULL },
  { "http-auth", "http://ville.example/x", "town:" PROXY_PASSWORD, "town:${secret:proxy}@", 0, FALSE, FALSE, NULL },
  { "https-auth", "https://ville.example/x", "town:" PROXY_PASSWORD, "town:${secret:proxy}@", 0, FALSE, TRUE, NULL },
  { "wss-auth", "wss://ville.example/socket", "town:" PROXY_PASSWORD, "town:${secret:proxy}@", 0, FALSE, TRUE, NULL },
  { "http-auth-missing", "http://ville.example/x", "town:" PROXY_PASSWORD, "", 0, FALSE, FALSE, "407" },
  { "https-auth-missing", "https://ville.example/x", "town:" PROXY_PASSWORD, "", 0, FALSE, FALSE, "407" },
  { "http-auth-wrong", "http://ville.example/x", "town:another", "town:${secret:proxy}@", 0, FALSE, FALSE, "407" },
  { "https-auth-wrong", "https://ville.example/x", "town:another", "town:${secret:proxy}@", 0, FALSE, FALSE, "407" },
  { "http-refuses", "http://ville.example/x", NULL, "", 403, FALSE, FALSE, "403" },
  { "https-refuses", "https://ville.example/x", NULL, "", 403, FALSE, FALSE, "HTTP 403 Forbidden, says the proxy and not the server" },
  { "http-gone", "http://ville.example/x", NULL, "", 0, TRUE, FALSE, "proxy" },
  { "https-gone", "https://ville.example/x", NULL, "", 0, TRUE, FALSE, "proxy" },
};

static void
test_proxy (gconstpointer data)
{
  const ProxyCase *test = data;
  Town town = { .value = 7 };
  WireCity *city = wire_city_new ();
  g_autoptr (Authority) authority = authority_new (city->dir, "town");
  g_autofree char *ca = g_build_filename (city->dir, "town.pem", NULL);
  g_autofree char *certificate = authority_sign (authority, city->dir, "server", "ville.example", -1, 10);
  g_autofree char *keys = g_strdup_printf ("Url=%s\n", test->url);
  g_autofree char *address = NULL;
  gboolean tls = g_str_has_prefix (test->url, "https") || g_str_has_prefix (test->url, "wss");
  TestProxy *proxy;

  town.server = serve (&town, tls ? certificate : NULL, &town.port);
  proxy = test_proxy_new (town.port, town.port);
  proxy->credentials = test->credentials;
  proxy->refuse = test->refuse;
  wire_city_secret (city, "proxy", PROXY_PASSWORD "\n");
  city->ca = ca;
  city->proxy = address = g_strdup_printf ("http://%s127.0.0.1:%u", test->user, test->gone ? fault_free_port () : proxy->port);
  wire_city_add (city, "parcs", keys);
  if (test->words == NULL)
    wire_until (wire_city_has (city, 7));
  else
    expect_words (city, test->name, test->words);
  g_test_message ("GET %d, CONNECT %d, denied %d", g_atomic_int_get (&proxy->n_get), g_atomic_int_get (&proxy->n_connect),
                  g_atomic_int_get (&proxy->n_denied));
  g_assert_cmpint (g_atomic_int_get (&proxy->n_connect) > 0, ==, test->words == NULL && test->connects);
  g_assert_cmpint (g_atomic_int_get (&proxy->n_get) > 0, ==, test->words == NULL && !test->connects);
  /* A wrong password is not tried again and again: the proxy might lock the account. */
  if (test->words != NULL)
    g_assert_cmpint (g_atomic_int_get (&proxy->n_denied), <=, 2 * (int) wire_city_info (city, 0).n_attempts);
  g_assert_null (strstr (city->said->str, PROXY_PASSWORD));
  wire_city_free (city);
  test_proxy_free (proxy);
  town_clear (&town);
}

/* --- CA= ------------------------------------------------------------------------------------------------------------------ */

typedef enum
{
  HTTPS,
  WSS,
  MQTTS,
  REDIRECTED,
  N_SCHEMES
} Scheme;

static const char *const schemes[N_SCHEMES] = { "https", "wss", "mqtts", "redirected" };

typedef struct
{
  const char *name;
  const char *ca;   /* the city's CA=: town, other, or none */
  gboolean other_host; /* the certificate is for another host than the feed asks */
  int from_days, to_days;
  const char *words[2]; /* of HTTP, of MQTT; NULL: accepted */
} CaCase;

static const CaCase ca_cases[] = {
  { "own", "town", FALSE, -1, 10, { NULL, NULL } },
  { "none", NULL, FALSE, -1, 10, { "issued by “CN=town”, which neither the system nor the city's CA= knows", "neither the system nor the city's CA= knows" } },
  { "another", "other", FALSE, -1, 10, { "issued by “CN=town”, which neither the system nor the city's CA= knows", "neither the system nor the city's CA= knows" } },
  { "expired", "town", FALSE, -20, -3, { "expired on 2", "has expired" } },
  { "not-yet", "town", FALSE, 3, 20, { "is valid from 2", "not yet valid" } },
  { "other-host", "town", TRUE, -1, 10, { "is for autre.example, not for ", "is not for 127.0.0.1" } },
};

typedef struct
{
  const CaCase *ca;
  Scheme scheme;
} CaTest;

static char *
tls_keys (Town *town, Scheme scheme, guint16 port)
{
  if (scheme == WSS)
    return g_strdup_printf ("Url=wss://127.0.0.1:%u/socket\n", port);
  if (scheme == MQTTS)
    return g_strdup_printf ("Url=mqtts://127.0.0.1:%u\nTopics=city/#\n", port);
  if (scheme == HTTPS)
    return g_strdup_printf ("Url=https://127.0.0.1:%u/x\n", port);
  town->server = serve (town, NULL, &town->port);
  town->redirect = g_strdup ("https://ville.example/y?key=hidden");
  return g_strdup ("Url=http://ville.example/x\n");
}

static void
test_ca (gconstpointer data)
{
  const CaTest *test = data;
  const char *words = test->ca->words[test->scheme == MQTTS];
  const char *asked = test->scheme == REDIRECTED ? "ville.example" : "127.0.0.1";
  const char *host = test->ca->other_host ? "autre.example" : asked;
  g_autofree char *what = g_strdup_printf ("%s, %s", schemes[test->scheme], test->ca->name);
  Town town = { .value = 7 };
  WireCity *city = wire_city_new ();
  g_autoptr (Authority) authority = authority_new (city->dir, "town");
  g_autoptr (Authority) other = authority_new (city->dir, "other");
  g_autofree char *certificate = authority_sign (authority, city->dir, "server", host, test->ca->from_days, test->ca->to_days);
  g_autofree char *file = g_strdup_printf ("%s.pem", test->ca->ca);
  g_autofree char *ca = g_build_filename (city->dir, file, NULL);
  WireBroker *broker = NULL;
  g_autofree char *keys = NULL;
  g_autofree char *address = NULL;
  TestProxy *proxy = NULL;

  if (test->scheme == MQTTS)
    {
      g_autofree char *conf = g_strdup_printf ("certfile %s\nkeyfile %s\n", certificate, certificate);

      broker = wire_broker_new (city->dir, conf);
      town.tls_port = broker->port;
    }
  else
    town.tls = serve (&town, certificate, &town.tls_port);
  keys = tls_keys (&town, test->scheme, town.tls_port);
  city->ca = test->ca->ca != NULL ? ca : NULL;
  /* Where it redirects is behind a proxy: the process may use no other port than those of its addresses. */
  if (test->scheme == REDIRECTED)
    {
      proxy = test_proxy_new (town.port, town.tls_port);
      city->proxy = address = g_strdup_printf ("http://127.0.0.1:%u", proxy->port);
    }
  wire_city_add (city, "parcs", keys);
  if (words != NULL)
    expect_words (city, what, words);
  else if (test->scheme == MQTTS)
    wire_until (wire_city_is_good (city, 0));
  else
    wire_until (wire_city_has (city, 7));
  if (words != NULL)
    g_assert_false (wire_city_has (city, 7));
  if (words != NULL && test->scheme == REDIRECTED)
    g_assert_nonnull (strstr (wire_city_info (city, 0).reason, "redirected to https://ville.example/y"));
  g_assert_null (strstr (city->said->str, "hidden"));
  wire_city_free (city);
  g_clear_pointer (&proxy, test_proxy_free);
  g_clear_pointer (&broker, wire_broker_free);
  town_clear (&town);
}

/* A redirect to a port that the walls do not let through says what to do. */
static void
test_ca_if_there (gconstpointer data)
{
  const CaTest *test = data;

  if (test->scheme == MQTTS && !g_file_test (WIRE_MOSQUITTO, G_FILE_TEST_IS_EXECUTABLE))
    g_test_skip ("no " WIRE_MOSQUITTO);
  else
    test_ca (data);
}

static void
test_redirected_port (void)
{
  Town town = { .value = 7 };
  WireCity *city = wire_city_new ();
  g_autofree char *keys = NULL;
  guint16 port;
  SoupServer *other = serve (&town, NULL, &port);

  town.server = serve (&town, NULL, &town.port);
  town.redirect = g_strdup_printf ("http://127.0.0.1:%u/elsewhere?key=hidden", port);
  keys = g_strdup_printf ("Url=http://127.0.0.1:%u/x\n", town.port);
  wire_city_add (city, "parcs", keys);
  wire_until (wire_city_is_bad (city, 0) || wire_city_has (city, 7));
  if (wire_city_has (city, 7))
    g_test_skip ("this kernel has no walls for ports (Linux 6.7)");
  else
    expect_words (city, "redirected", "expected the address that it leads to in Url=; redirected to http://127.0.0.1:");
  wire_city_free (city);
  g_object_unref (other);
  town_clear (&town);
}

int
main (int argc, char **argv)
{
  static CaTest ca_tests[G_N_ELEMENTS (ca_cases) * N_SCHEMES];
  const char *const variables[] = { "http_proxy", "https_proxy", "no_proxy" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (variables); i++)
    g_unsetenv (variables[i]);
  for (guint i = 0; i < G_N_ELEMENTS (proxy_cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/feed/net/proxy/%s", proxy_cases[i].name);

      g_test_add_data_func (path, &proxy_cases[i], test_proxy);
    }
  g_test_add_func ("/feed/net/redirected-port", test_redirected_port);
  for (guint i = 0; i < G_N_ELEMENTS (ca_tests); i++)
    {
      CaTest *test = &ca_tests[i];
      g_autofree char *path = NULL;

      *test = (CaTest){ &ca_cases[i % G_N_ELEMENTS (ca_cases)], i / G_N_ELEMENTS (ca_cases) };
      path = g_strdup_printf ("/feed/net/ca/%s/%s", schemes[test->scheme], test->ca->name);
      g_test_add_data_func (path, test, test_ca_if_there);
    }
  return g_test_run ();
}
