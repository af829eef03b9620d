/* SPDX-License-Identifier: EUPL-1.2 */
/* Protobuf written byte by byte, so that the field numbers of a test are those of the specification and not ours. */
#pragma once

#include <glib.h>
#include <string.h>

G_GNUC_UNUSED static void
put_varint (GString *out, guint64 value)
{
  for (; value >= 0x80; value >>= 7)
    g_string_append_c (out, (char) (value | 0x80));
  g_string_append_c (out, (char) value);
}

G_GNUC_UNUSED static void
put_number (GString *out, guint field, guint64 value)
{
  put_varint (out, field << 3);
  put_varint (out, value);
}

G_GNUC_UNUSED static void
put_bytes (GString *out, guint field, const char *bytes, gsize length)
{
  put_varint (out, field << 3 | 2);
  put_varint (out, length);
  g_string_append_len (out, bytes, (gssize) length);
}

G_GNUC_UNUSED static void
put_text (GString *out, guint field, const char *text)
{
  put_bytes (out, field, text, strlen (text));
}

/* Takes @message. */
G_GNUC_UNUSED static void
put_message (GString *out, guint field, GString *message)
{
  put_bytes (out, field, message->str, message->len);
  g_string_free (message, TRUE);
}

G_GNUC_UNUSED static void
put_float (GString *out, guint field, float value)
{
  guint32 bits;

  memcpy (&bits, &value, sizeof bits);
  bits = GUINT32_TO_LE (bits);
  put_varint (out, field << 3 | 5);
  g_string_append_len (out, (const char *) &bits, 4);
}
