/* SPDX-License-Identifier: EUPL-1.2 */
/* Secrets of a feed: passwords, tokens, keys. A feed file names one (`secret:NAME`), it never holds one. The secret is the text
 * of $CREDENTIALS_DIRECTORY/NAME (systemd's LoadCredential=), else of secrets.d/NAME in the city's folder: a plain file of the
 * user who runs the engine or of root, which nobody else may read (mode 0600 or less), of 4 bytes to 16 KiB; the line end at its end
 * is cut. What was read is known to BfSecrets, so that it can be blotted out of whatever leaves the process as words. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_SECRET_PREFIX "secret:"
#define BF_SECRET_MAX (16u << 10)
#define BF_SECRET_MIN 4u /* a shorter one would blot out half of every sentence */

typedef struct _BfSecrets BfSecrets;

/* @dir: (nullable): secrets.d of the city */
BfSecrets *bf_secrets_new (const char *dir);
void bf_secrets_free (BfSecrets *secrets);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfSecrets, bf_secrets_free)

/* The name in "secret:NAME" when @text is that, else NULL. */
const char *bf_secret_name (const char *text);
/* Is it there, and only its owner's? For the check of a definition: nothing of it is kept. */
gboolean bf_secrets_check (BfSecrets *secrets, const char *name, GError **error);
/* (transfer none), lives as long as @secrets. */
const char *bf_secrets_get (BfSecrets *secrets, const char *name, GError **error);
/* "secret:NAME" -> the secret; any other text is itself. (transfer none) of either. */
const char *bf_secrets_value (BfSecrets *secrets, const char *text, GError **error);
/* Each `${secret:NAME}` -> the secret, escaped for an address. (transfer full) */
char *bf_secrets_expand (BfSecrets *secrets, const char *text, GError **error);
/* @text with each `${secret:NAME}` that stands in @pattern too as the secret; others, which somebody else wrote, as they are. (transfer full) */
char *bf_secrets_expand_as (BfSecrets *secrets, const char *pattern, const char *text);
/* Each `${secret:NAME}` is there? For the check of a definition. */
gboolean bf_secrets_check_text (BfSecrets *secrets, const char *text, GError **error);
/* Something else that must not be seen: a token that was given for a secret, a form of one. */
void bf_secrets_add (BfSecrets *secrets, const char *value);

/* @text with every secret as "•••"; (transfer full), NULL when there is none in it. */
char *bf_secrets_blot (const BfSecrets *secrets, const char *text);
gboolean bf_secrets_stand_in (const BfSecrets *secrets, const void *bytes, gsize length);

/* Does what a header or a parameter of this name holds look like a secret: X-Api-Key, access_token, password. */
gboolean bf_secret_is_held_by (const char *name);
/* (transfer full): the first parameter of an address that holds a secret in plain, neither ${secret:NAME} nor ${VARIABLE}; NULL: none. */
char *bf_secret_bare_in (const char *url);
/* (transfer full): an address as a person may see it: every password and every such parameter in plain as "•••". */
char *bf_secret_shown_address (const char *url);
/* (transfer full): the text of a feed file likewise, with what its secret keys and headers hold in plain. */
char *bf_secret_shown_file (const char *text);

/* In a time that does not depend on where they differ, nor on how long the secret is. */
gboolean bf_secret_equal (const char *given, const char *secret);

G_END_DECLS
