/* SPDX-License-Identifier: EUPL-1.2 */
/* Whom a feed's process believes: see bf-trust.h. One thread, that of the session.
 *
 * The store is a descriptor, opened before the sandbox closes. What was found in it for a server is kept as a small database and is
 * asked first by the next connection, which verifies as the first one did; only when that fails is the store searched again. */

#include "feed/bf-trust.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <malloc.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/bf-error.h"

#define STORE_MAX (8u << 20)
#define CHAIN_MAX 16u
#define PEM_BEGIN "-----BEGIN CERTIFICATE-----"
#define PEM_END "-----END CERTIFICATE-----"

struct _BfTrust
{
  GTlsDatabase *own;
  GTlsDatabase *found; /* of the system's, for the last server that was met */
  int store;
};

/* The whole file from its beginning, whatever was read before. */
static char *
read_store (int store)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char piece[16 << 10];
  gssize n = 1;

  while (n > 0 && text->len < STORE_MAX)
    {
      n = pread (store, piece, sizeof piece, (off_t) text->len);
      if (n > 0)
        g_string_append_len (text, piece, n);
    }
  return n == 0 ? g_string_free (g_steal_pointer (&text), FALSE) : NULL;
}

/* The next certificate's text in *@inout_at, which is left behind it; NULL at the end. */
static const char *
next_pem (const char **inout_at, gsize *ret_length)
{
  const char *begin = strstr (*inout_at, PEM_BEGIN);
  const char *end = begin != NULL ? strstr (begin, PEM_END) : NULL;

  if (end == NULL)
    return NULL;
  *inout_at = end + strlen (PEM_END);
  *ret_length = (gsize) (*inout_at - begin);
  return begin;
}

/* A database from a text. libgnutls takes a path: the text lies in memory under a descriptor, which is closed again when
 * @ret_fd is NULL. */
static GTlsDatabase *
database_of (const char *pem, gsize length, int *ret_fd, GError **error)
{
  int fd = memfd_create ("certificates", MFD_CLOEXEC);
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  GTlsDatabase *database = NULL;

  if (fd < 0 || write (fd, pem, length) != (gssize) length)
    g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s", g_strerror (errno));
  else
    database = g_tls_file_database_new (path, error);
  if (ret_fd != NULL && database != NULL)
    *ret_fd = fd;
  else if (fd >= 0)
    close (fd);
  return database;
}

/* The first of the system's certificates alone: the smallest that a database can be, and nothing in it that is not trusted. */
static gboolean
set_smallest_default (int store, GError **error)
{
  g_autofree char *text = read_store (store);
  const char *at = text;
  gsize length = 0;
  const char *first = text != NULL ? next_pem (&at, &length) : NULL;
  g_autoptr (GTlsDatabase) smallest = NULL;
  int fd; /* stays open: each connection reads it anew */

  if (first == NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("the system's store of certificates cannot be opened (package ca-certificates)"));
      return FALSE;
    }
  smallest = database_of (first, length, &fd, error);
  if (smallest == NULL)
    return FALSE;
  g_tls_backend_set_default_database (g_tls_backend_get_default (), smallest);
  return TRUE;
}

BfTrust *
bf_trust_new (const char *store, const char *ca, GError **error)
{
  g_autoptr (BfTrust) trust = g_new0 (BfTrust, 1);

  /* A descriptor: the sandbox may let nothing be opened later. */
  trust->store = open (store, O_RDONLY | O_CLOEXEC);
  if (trust->store < 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", store, g_strerror (errno));
      return NULL;
    }
  if (!set_smallest_default (trust->store, error))
    return NULL;
  if (ca != NULL)
    {
      trust->own = g_tls_file_database_new (ca, error);
      if (trust->own == NULL)
        return NULL;
    }
  return g_steal_pointer (&trust);
}

void
bf_trust_free (BfTrust *trust)
{
  if (trust == NULL)
    return;
  g_clear_object (&trust->own);
  g_clear_object (&trust->found);
  if (trust->store >= 0)
    close (trust->store);
  g_free (trust);
}

static gboolean
verifies (GTlsDatabase *database, GTlsCertificate *certificate, GSocketConnectable *identity)
{
  g_autoptr (GError) error = NULL;

  return database != NULL &&
         g_tls_database_verify_chain (database, certificate, G_TLS_DATABASE_PURPOSE_AUTHENTICATE_SERVER, identity, NULL,
                                      G_TLS_DATABASE_VERIFY_NONE, NULL, &error) == 0 && error == NULL;
}

static void
take_name (GHashTable *names, char *name)
{
  if (name != NULL)
    g_hash_table_add (names, name);
}

char *
bf_trust_candidates (const char *store, GTlsCertificate *certificate)
{
  g_autoptr (GHashTable) names = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GString *candidates = g_string_new (NULL);
  const char *at = store;
  const char *pem;
  gsize length;

  for (guint i = 0; certificate != NULL && i < CHAIN_MAX; i++, certificate = g_tls_certificate_get_issuer (certificate))
    {
      take_name (names, g_tls_certificate_get_issuer_name (certificate));
      take_name (names, g_tls_certificate_get_subject_name (certificate));
    }
  while ((pem = next_pem (&at, &length)) != NULL)
    {
      g_autoptr (GTlsCertificate) one = g_tls_certificate_new_from_pem (pem, (gssize) length, NULL);
      g_autofree char *subject = one != NULL ? g_tls_certificate_get_subject_name (one) : NULL;

      if (subject == NULL || !g_hash_table_contains (names, subject))
        continue;
      g_string_append_len (candidates, pem, (gssize) length);
      g_string_append_c (candidates, '\n');
    }
  return g_string_free (candidates, FALSE);
}

static void
search (BfTrust *trust, GTlsCertificate *certificate)
{
  g_autofree char *store = read_store (trust->store);
  g_autofree char *candidates = store != NULL ? bf_trust_candidates (store, certificate) : NULL;

  g_clear_object (&trust->found);
  if (candidates != NULL && candidates[0] != '\0')
    trust->found = database_of (candidates, strlen (candidates), NULL, NULL);
}

gboolean
bf_trust_accepts (BfTrust *trust, GTlsCertificate *certificate, GSocketConnectable *identity)
{
  if (verifies (trust->own, certificate, identity) || verifies (trust->found, certificate, identity))
    return TRUE;
  search (trust, certificate);
  return verifies (trust->found, certificate, identity);
}

/* For which names a certificate is; at most three are named. */
static char *
names_of (GTlsCertificate *certificate)
{
  g_autoptr (GPtrArray) dns = g_tls_certificate_get_dns_names (certificate);
  g_autoptr (GPtrArray) addresses = g_tls_certificate_get_ip_addresses (certificate);
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; dns != NULL && i < MIN (dns->len, 3); i++)
    {
      GBytes *name = g_ptr_array_index (dns, i);
      g_autofree char *valid = g_utf8_make_valid (g_bytes_get_data (name, NULL), (gssize) MIN (g_bytes_get_size (name), 100));

      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", valid);
    }
  for (guint i = 0; addresses != NULL && i < MIN (addresses->len, 3); i++)
    {
      g_autofree char *address = g_inet_address_to_string (g_ptr_array_index (addresses, i));

      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", address);
    }
  if (names->len == 0)
    g_string_append (names, _ ("no name"));
  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* A date of the chain that does not hold now, in words, or NULL. */
static char *
bad_date (GTlsCertificate *certificate)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();

  for (guint i = 0; certificate != NULL && i < CHAIN_MAX; i++, certificate = g_tls_certificate_get_issuer (certificate))
    {
      g_autoptr (GDateTime) from = g_tls_certificate_get_not_valid_before (certificate);
      g_autoptr (GDateTime) to = g_tls_certificate_get_not_valid_after (certificate);
      g_autofree char *name = g_tls_certificate_get_subject_name (certificate);
      g_autofree char *day = NULL;

      if (to != NULL && g_date_time_compare (to, now) < 0)
        {
          day = g_date_time_format (to, "%F");
          return g_strdup_printf (_ ("the certificate “%.100s” expired on %s"), name != NULL ? name : "?", day);
        }
      if (from != NULL && g_date_time_compare (from, now) > 0)
        {
          day = g_date_time_format (from, "%F");
          return g_strdup_printf (_ ("the certificate “%.100s” is valid from %s on only"), name != NULL ? name : "?", day);
        }
    }
  return NULL;
}

char *
bf_trust_refusal (GTlsCertificate *certificate, const char *host)
{
  g_autoptr (GSocketConnectable) identity = g_network_address_new (host, 0);
  char *date = bad_date (certificate);
  GTlsCertificate *last = certificate;
  g_autofree char *issuer = NULL;

  if (date != NULL)
    return date;
  if (g_tls_certificate_verify (certificate, identity, NULL) & G_TLS_CERTIFICATE_BAD_IDENTITY)
    {
      g_autofree char *names = names_of (certificate);

      return g_strdup_printf (_ ("the server's certificate is for %s, not for %s"), names, host);
    }
  for (guint i = 0; i < CHAIN_MAX && g_tls_certificate_get_issuer (last) != NULL; i++)
    last = g_tls_certificate_get_issuer (last);
  issuer = g_tls_certificate_get_issuer_name (last);
  return g_strdup_printf (_ ("the server's certificate was issued by “%.100s”, which neither the system nor the city's CA= knows"),
                          issuer != NULL ? issuer : "?");
}
