/* SPDX-License-Identifier: EUPL-1.2 */
/* What all transports over HTTP share: the session with the city's proxy and CA, the headers of the feed file, and who we are:
 * a bearer token, a name and password (RFC 7617), or OAuth2 client credentials (RFC 6749 §4.4), whose token is fetched when it
 * is needed and renewed before it ends. What says who we are goes to the address of the feed only, never to where it redirects. */
#pragma once

#include "feed/bf-transport.h"

G_BEGIN_DECLS

typedef struct _BfHttp BfHttp;

BfHttp *bf_http_new (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error);
/* For one address that stands in no feed file: without credentials. */
BfHttp *bf_http_new_plain (const char *url, const BfNet *net, BfSecrets *secrets, GError **error);
void bf_http_free (BfHttp *http);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfHttp, bf_http_free)

SoupSession *bf_http_session (BfHttp *http);
/* The feed's address with its secrets in. */
const char *bf_http_url (const BfHttp *http);
/* Sees to it that there is a token; finish says OK, or why there is none. */
void bf_http_prepare_async (BfHttp *http, gint64 timeout_us, GAsyncReadyCallback callback, gpointer user_data);
BfFetchResult *bf_http_prepare_finish (GAsyncResult *result);
/* The headers that say who we are, for bf_fetch_async(): name, value, …, NULL. (transfer full) */
char **bf_http_headers (const BfHttp *http);
/* The token was refused: the next one is fetched anew. FALSE: it is not of the kind that can be. */
gboolean bf_http_token_refused (BfHttp *http);
/* Before it is sent: its certificate may be signed by the city's CA, and a proxy that asks is told who we are. */
void bf_http_attend (BfHttp *http, SoupMessage *message);
/* (transfer full): what is said of an error of its session on the way to @url: of a certificate that is not accepted, why; of a
 * connection that cannot be made, with which server or proxy and port. @http: (nullable). */
char *bf_http_say_error (BfHttp *http, const char *url, const GError *error);
/* Whether an answer may lead to @url: it is on the server of Url=, or on one that Servers= names. */
gboolean bf_http_may_ask (const BfFeedDef *def, const char *url);
void bf_http_allow (BfHttp *http, BfSandbox *sandbox);

G_END_DECLS
