/* SPDX-License-Identifier: EUPL-1.2 */
/* Texts: names in several languages, folding for search, numbers without a locale. */
#pragma once

#include "base/bf-conf.h"

G_BEGIN_DECLS

/**
 * BfName: a text in English (or the only language there is) and, when there is one, in French.
 */
typedef struct
{
  char *text;
  char *fr;
} BfName;

void bf_name_clear (BfName *name);
void bf_name_copy (BfName *name, const BfName *from);
void bf_name_from_conf (BfName *name, const BfConfGroup *group, const char *key, const char *fallback);
const char *bf_name_get (const BfName *name, const char *language);

gboolean bf_identifier_is_valid (const char *text);
gboolean bf_text_to_double (const char *text, gsize length, double *ret_value);
char *bf_text_fold (const char *text);
char *bf_number_format (double value, int decimals_max, const char *language);
guint64 bf_hash_bytes (const void *bytes, gsize length);
guint64 bf_hash_keyed (const guint64 key[2], const void *bytes, gsize length);

G_END_DECLS
