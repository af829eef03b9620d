/* SPDX-License-Identifier: EUPL-1.2 */
/* Certificates for the tests, made when they run: none with a key lies in the tree, and none can expire. PEM files. */
#pragma once

#include <glib.h>

typedef struct _Authority Authority;

/* Writes DIR/NAME.pem, the certificate of one who signs. */
Authority *authority_new (const char *dir, const char *name);
void authority_free (Authority *authority);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Authority, authority_free)
/* Writes DIR/NAME.pem, a server's certificate with its key behind it, for @host (a name, or 127.0.0.1), from @from_days to @to_days
 * from now. (transfer full): its path. */
char *authority_sign (Authority *authority, const char *dir, const char *name, const char *host, int from_days, int to_days);
