/* SPDX-License-Identifier: EUPL-1.2 */
/* Certificates for the tests: see certificates.h. Elliptic curve P-256; X.509 v3 with the extensions that TLS asks for. */

#include "certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

struct _Authority
{
  X509 *certificate;
  EVP_PKEY *key;
};

static void
extend (X509 *certificate, X509 *issuer, int id, const char *value)
{
  X509V3_CTX context;
  X509_EXTENSION *extension;

  X509V3_set_ctx (&context, issuer, certificate, NULL, NULL, 0);
  extension = X509V3_EXT_conf_nid (NULL, &context, id, value);
  g_assert_nonnull (extension);
  g_assert_cmpint (X509_add_ext (certificate, extension, -1), ==, 1);
  X509_EXTENSION_free (extension);
}

static X509 *
make (const char *name, EVP_PKEY *key, int from_days, int to_days)
{
  static long serial = 1;
  X509 *certificate = X509_new ();
  X509_NAME *subject = X509_get_subject_name (certificate);

  g_assert_cmpint (X509_set_version (certificate, 2), ==, 1);
  ASN1_INTEGER_set (X509_get_serialNumber (certificate), serial++);
  X509_time_adj_ex (X509_getm_notBefore (certificate), from_days, 0, NULL);
  X509_time_adj_ex (X509_getm_notAfter (certificate), to_days, 0, NULL);
  X509_NAME_add_entry_by_txt (subject, "CN", MBSTRING_UTF8, (const unsigned char *) name, -1, -1, 0);
  X509_set_pubkey (certificate, key);
  return certificate;
}

static char *
write_pem (const char *dir, const char *name, X509 *certificate, EVP_PKEY *key)
{
  g_autofree char *file = g_strconcat (name, ".pem", NULL);
  char *path = g_build_filename (dir, file, NULL);
  FILE *out = fopen (path, "we");

  g_assert_nonnull (out);
  g_assert_cmpint (PEM_write_X509 (out, certificate), ==, 1);
  if (key != NULL)
    g_assert_cmpint (PEM_write_PKCS8PrivateKey (out, key, NULL, NULL, 0, NULL, NULL), ==, 1);
  g_assert_cmpint (fclose (out), ==, 0);
  return path;
}

Authority *
authority_new (const char *dir, const char *name)
{
  Authority *authority = g_new0 (Authority, 1);
  g_autofree char *path = NULL;

  authority->key = EVP_EC_gen ("P-256");
  authority->certificate = make (name, authority->key, -2, 3650);
  X509_set_issuer_name (authority->certificate, X509_get_subject_name (authority->certificate));
  extend (authority->certificate, authority->certificate, NID_basic_constraints, "critical,CA:TRUE");
  extend (authority->certificate, authority->certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  extend (authority->certificate, authority->certificate, NID_subject_key_identifier, "hash");
  g_assert_cmpint (X509_sign (authority->certificate, authority->key, EVP_sha256 ()), >, 0);
  path = write_pem (dir, name, authority->certificate, NULL);
  return authority;
}

void
authority_free (Authority *authority)
{
  if (authority == NULL)
    return;
  X509_free (authority->certificate);
  EVP_PKEY_free (authority->key);
  g_free (authority);
}

char *
authority_sign (Authority *authority, const char *dir, const char *name, const char *host, int from_days, int to_days)
{
  EVP_PKEY *key = EVP_EC_gen ("P-256");
  X509 *certificate = make (host, key, from_days, to_days);
  g_autofree char *names = g_strdup_printf ("%s:%s", g_hostname_is_ip_address (host) ? "IP" : "DNS", host);
  char *path;

  X509_set_issuer_name (certificate, X509_get_subject_name (authority->certificate));
  extend (certificate, authority->certificate, NID_basic_constraints, "critical,CA:FALSE");
  extend (certificate, authority->certificate, NID_key_usage, "critical,digitalSignature");
  extend (certificate, authority->certificate, NID_ext_key_usage, "serverAuth");
  extend (certificate, authority->certificate, NID_subject_alt_name, names);
  g_assert_cmpint (X509_sign (certificate, authority->key, EVP_sha256 ()), >, 0);
  path = write_pem (dir, name, certificate, key);
  X509_free (certificate);
  EVP_PKEY_free (key);
  return path;
}
