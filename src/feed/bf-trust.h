/* SPDX-License-Identifier: EUPL-1.2 */
/* Whom a feed's process believes over TLS: the system's certificates and the city's own. The system's are read when a server is
 * met, and of them only those that can have signed its certificate are loaded: all of them together would be the largest thing
 * in such a process. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define BF_TRUST_SYSTEM "/etc/ssl/certs/ca-certificates.crt" /* Debian's, of the package ca-certificates */

typedef struct _BfTrust BfTrust;

/* @store: the system's certificates, a PEM file; @ca: (nullable): the city's own, a PEM file. Opens what it will need before the sandbox closes. Makes the process's default
 * database as good as empty: each connection copies it, and hardly a certificate passes it. */
BfTrust *bf_trust_new (const char *store, const char *ca, GError **error);
void bf_trust_free (BfTrust *trust);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfTrust, bf_trust_free)

/* @certificate: a server's, with what it sent to prove it */
gboolean bf_trust_accepts (BfTrust *trust, GTlsCertificate *certificate, GSocketConnectable *identity);

/* Why bf_trust_accepts() said no, in words: a date, a name, or that nobody known has signed it. (transfer full) */
char *bf_trust_refusal (GTlsCertificate *certificate, const char *host);

/* What of @store, a PEM text, can have signed one of the chain of @certificate, or is one of it: PEM again, empty when none.
 * Only the names are compared; that the signatures hold is what the database looks for. */
char *bf_trust_candidates (const char *store, GTlsCertificate *certificate);

G_END_DECLS
