/* SPDX-License-Identifier: EUPL-1.2 */
/* Whom a feed believes: a chain of three (tls/: root, between, server of feed.example.org) against the system's whole store with and
 * without its root, a root of the same name and another key, an expired one, another host. */

#include <glib/gstdio.h>
#include <string.h>

#include "feed/bf-trust.h"

static char *
fixture (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests", "unit", "feed", "tls", name, NULL);
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static GTlsCertificate *
chain (const char *name)
{
  g_autofree char *text = fixture (name);
  g_autoptr (GError) error = NULL;
  GTlsCertificate *certificate = g_tls_certificate_new_from_pem (text, -1, &error);

  g_assert_no_error (error);
  g_assert_nonnull (g_tls_certificate_get_issuer (certificate));
  return certificate;
}

/* The system's certificates, then those named. */
static char *
store_with (const char *first, const char *second)
{
  g_autofree char *system = NULL;
  g_autofree char *one = first != NULL ? fixture (first) : g_strdup ("");
  g_autofree char *two = second != NULL ? fixture (second) : g_strdup ("");

  g_assert_true (g_file_get_contents (BF_TRUST_SYSTEM, &system, NULL, NULL));
  return g_strconcat (system, one, two, NULL);
}

static gboolean
accepts (const char *store, const char *ca, const char *server, const char *host)
{
  g_autofree char *path = NULL;
  g_autofree char *ca_path = ca != NULL ? g_test_build_filename (G_TEST_DIST, "tests", "unit", "feed", "tls", ca, NULL) : NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (BfTrust) trust = NULL;
  g_autoptr (GTlsCertificate) certificate = chain (server);
  g_autoptr (GSocketConnectable) identity = g_network_address_new (host, 443);
  int fd = g_file_open_tmp ("beffroi-store-XXXXXX", &path, &error);
  gboolean first;

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_assert_true (g_file_set_contents (path, store, -1, NULL));
  trust = bf_trust_new (path, ca_path, &error);
  g_assert_no_error (error);
  /* It is open already: the sandbox would not let it be opened. */
  g_unlink (path);
  first = bf_trust_accepts (trust, certificate, identity);
  /* The next connection is judged alike, from what the first one left. */
  g_assert_cmpint (bf_trust_accepts (trust, certificate, identity), ==, first);
  return first;
}

static void
test_accepts (void)
{
  static const struct
  {
    const char *in_store, *also, *ca, *server, *host;
    gboolean accepted;
  } cases[] = {
    { "root.pem", NULL, NULL, "chain.pem", "feed.example.org", TRUE },
    { NULL, NULL, "root.pem", "chain.pem", "feed.example.org", TRUE },
    { "forged.pem", "root.pem", NULL, "chain.pem", "feed.example.org", TRUE },
    { NULL, NULL, NULL, "chain.pem", "feed.example.org", FALSE },
    { "forged.pem", NULL, NULL, "chain.pem", "feed.example.org", FALSE },
    { NULL, NULL, "forged.pem", "chain.pem", "feed.example.org", FALSE },
    { "other.pem", NULL, "other.pem", "chain.pem", "feed.example.org", FALSE },
    { "root.pem", NULL, NULL, "chain.pem", "example.org", FALSE },
    { "root.pem", NULL, "root.pem", "expired.pem", "feed.example.org", FALSE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *store = store_with (cases[i].in_store, cases[i].also);

      g_test_message ("%u", i);
      g_assert_cmpint (accepts (store, cases[i].ca, cases[i].server, cases[i].host), ==, cases[i].accepted);
    }
}

/* A trust that met one server meets another one, and the first again. */
static void
test_two_servers (void)
{
  g_autofree char *store = g_test_build_filename (G_TEST_DIST, "tests", "unit", "feed", "tls", "root.pem", NULL);
  g_autoptr (BfTrust) trust = bf_trust_new (store, NULL, NULL);
  g_autoptr (GTlsCertificate) good = chain ("chain.pem");
  g_autoptr (GTlsCertificate) expired = chain ("expired.pem");
  g_autoptr (GSocketConnectable) identity = g_network_address_new ("feed.example.org", 443);

  g_assert_nonnull (trust);
  g_assert_true (bf_trust_accepts (trust, good, identity));
  g_assert_false (bf_trust_accepts (trust, expired, identity));
  g_assert_true (bf_trust_accepts (trust, good, identity));
}

/* Of the whole store only what has a name of the chain. */
static void
test_candidates (void)
{
  g_autofree char *store = store_with ("root.pem", "forged.pem");
  g_autofree char *without = store_with ("other.pem", NULL);
  g_autofree char *root = fixture ("root.pem");
  g_autofree char *forged = fixture ("forged.pem");
  g_autofree char *expected = g_strconcat (root, forged, NULL);
  g_autoptr (GTlsCertificate) certificate = chain ("chain.pem");
  g_autofree char *found = bf_trust_candidates (store, certificate);
  g_autofree char *none = bf_trust_candidates (without, certificate);
  g_autofree char *broken = bf_trust_candidates ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----", certificate);

  g_assert_cmpstr (found, ==, expected);
  g_assert_cmpstr (none, ==, "");
  g_assert_cmpstr (broken, ==, "");
}

static void
test_stores_that_are_none (void)
{
  g_autofree char *empty = g_test_build_filename (G_TEST_DIST, "meson.build", NULL);
  const char *const paths[] = { "/nonexistent/ca.crt", empty };

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (bf_trust_new (paths[i], NULL, &error));
      g_assert_nonnull (error);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!g_file_test (BF_TRUST_SYSTEM, G_FILE_TEST_EXISTS))
    {
      g_print ("1..0 # SKIP no %s\n", BF_TRUST_SYSTEM);
      return 0;
    }
  g_test_add_func ("/trust/accepts", test_accepts);
  g_test_add_func ("/trust/two-servers", test_two_servers);
  g_test_add_func ("/trust/candidates", test_candidates);
  g_test_add_func ("/trust/stores-that-are-none", test_stores_that_are_none);
  return g_test_run ();
}
