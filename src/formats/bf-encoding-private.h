/* SPDX-License-Identifier: EUPL-1.2 */
/* Texts of payloads to UTF-8, without iconv: its tables are files, and a feed in a closed sandbox has none. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BF_ENCODING_UTF8,
  BF_ENCODING_UTF16, /* with a BOM, or little-endian */
  BF_ENCODING_LATIN1,
  BF_ENCODING_LATIN9, /* ISO-8859-15 */
  BF_ENCODING_WINDOWS1252,
} BfEncoding;

/* By the names that XML and people use, without regard to case. */
gboolean bf_encoding_find (const char *name, gsize length, BfEncoding *ret_encoding);
/* BOM, else valid UTF-8, else Windows-1252 (of which ISO-8859-1 is the part that texts use). */
BfEncoding bf_encoding_guess (const char *bytes, gsize length);
/* @ret_text: the text in UTF-8 without BOM; points into @bytes when nothing had to be changed, else into @room, which is
 * set. FALSE with @error that says where it is not of that encoding. */
gboolean bf_encoding_to_utf8 (BfEncoding encoding, const char *bytes, gsize length, GString **room, const char **ret_text,
                              gsize *ret_length, GError **error);

G_END_DECLS
