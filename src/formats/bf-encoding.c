/* SPDX-License-Identifier: EUPL-1.2 */
/* UTF-8, UTF-16, ISO-8859-1, ISO-8859-15 and Windows-1252 to UTF-8: see bf-encoding-private.h. Pure. */

#include "formats/bf-encoding-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"

static const struct
{
  const char *name;
  BfEncoding encoding;
} names[] = {
  { "utf-8", BF_ENCODING_UTF8 },         { "utf8", BF_ENCODING_UTF8 },
  { "us-ascii", BF_ENCODING_UTF8 },      { "ascii", BF_ENCODING_UTF8 },
  { "utf-16", BF_ENCODING_UTF16 },       { "utf16", BF_ENCODING_UTF16 },
  { "utf-16le", BF_ENCODING_UTF16 },     { "iso-8859-1", BF_ENCODING_LATIN1 },
  { "iso_8859-1", BF_ENCODING_LATIN1 },  { "latin1", BF_ENCODING_LATIN1 },
  { "latin-1", BF_ENCODING_LATIN1 },     { "iso-8859-15", BF_ENCODING_LATIN9 },
  { "latin9", BF_ENCODING_LATIN9 },      { "windows-1252", BF_ENCODING_WINDOWS1252 },
  { "cp1252", BF_ENCODING_WINDOWS1252 }, { "ansi", BF_ENCODING_WINDOWS1252 },
};

/* 0x80..0x9F of Windows-1252; the five that are not defined stay the control characters that ISO-8859-1 has there. */
static const guint16 windows1252[32] = {
  0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0x8d,  0x17d, 0x8f,
  0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0x9d,  0x17e, 0x178,
};

gboolean
bf_encoding_find (const char *name, gsize length, BfEncoding *ret_encoding)
{
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strlen (names[i].name) == length && g_ascii_strncasecmp (names[i].name, name, length) == 0)
      {
        *ret_encoding = names[i].encoding;
        return TRUE;
      }
  return FALSE;
}

static gboolean
has_utf8_bom (const char *bytes, gsize length)
{
  return length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0;
}

static gboolean
has_utf16_bom (const char *bytes, gsize length)
{
  return length >= 2 && (memcmp (bytes, "\xff\xfe", 2) == 0 || memcmp (bytes, "\xfe\xff", 2) == 0);
}

BfEncoding
bf_encoding_guess (const char *bytes, gsize length)
{
  if (has_utf8_bom (bytes, length))
    return BF_ENCODING_UTF8;
  if (has_utf16_bom (bytes, length))
    return BF_ENCODING_UTF16;
  return g_utf8_validate_len (bytes, length, NULL) ? BF_ENCODING_UTF8 : BF_ENCODING_WINDOWS1252;
}

static gunichar
character_of (BfEncoding encoding, guchar c)
{
  static const struct
  {
    guchar from;
    guint16 to;
  } latin9[] = { { 0xa4, 0x20ac }, { 0xa6, 0x160 }, { 0xa8, 0x161 }, { 0xb4, 0x17d },
                 { 0xb8, 0x17e },  { 0xbc, 0x152 }, { 0xbd, 0x153 }, { 0xbe, 0x178 } };

  if (encoding == BF_ENCODING_WINDOWS1252 && c >= 0x80 && c < 0xa0)
    return windows1252[c - 0x80];
  if (encoding == BF_ENCODING_LATIN9)
    for (guint i = 0; i < G_N_ELEMENTS (latin9); i++)
      if (latin9[i].from == c)
        return latin9[i].to;
  return c;
}

static void
from_bytes (BfEncoding encoding, const char *bytes, gsize length, GString *room)
{
  const char *run = bytes;
  const char *end = bytes + length;

  for (const char *p = bytes; p < end; p++)
    if ((guchar) *p >= 0x80)
      {
        g_string_append_len (room, run, p - run);
        g_string_append_unichar (room, character_of (encoding, (guchar) *p));
        run = p + 1;
      }
  g_string_append_len (room, run, end - run);
}

static gboolean
from_utf16 (const char *bytes, gsize length, GString *room, GError **error)
{
  gboolean big = length >= 2 && memcmp (bytes, "\xfe\xff", 2) == 0;
  gsize i = has_utf16_bom (bytes, length) ? 2 : 0;
  gunichar high = 0;

  for (; i + 1 < length; i += 2)
    {
      guchar a = (guchar) bytes[i], b = (guchar) bytes[i + 1];
      gunichar unit = big ? (gunichar) (a << 8 | b) : (gunichar) (b << 8 | a);
      gboolean low = unit >= 0xdc00 && unit < 0xe000;

      if ((high != 0) != low || unit == 0)
        break;
      if (unit >= 0xd800 && unit < 0xdc00)
        {
          high = unit;
          continue;
        }
      g_string_append_unichar (room, low ? 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00) : unit);
      high = 0;
    }
  if (i == length && high == 0)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("byte %zu is not UTF-16"), MIN (i, length));
  return FALSE;
}

static gboolean
check_utf8 (const char *text, gsize length, GError **error)
{
  const char *end;
  guint line = 1;

  if (g_utf8_validate_len (text, length, &end))
    return TRUE;
  for (const char *p = text; p < end; p++)
    line += *p == '\n';
  g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("line %u: the byte 0x%02x is not UTF-8; is another Encoding= meant?"), line,
               (guchar) *end);
  return FALSE;
}

gboolean
bf_encoding_to_utf8 (BfEncoding encoding, const char *bytes, gsize length, GString **room, const char **ret_text,
                     gsize *ret_length, GError **error)
{
  if (encoding == BF_ENCODING_UTF8)
    {
      gsize skip = has_utf8_bom (bytes, length) ? 3 : 0;

      *ret_text = bytes + skip;
      *ret_length = length - skip;
      return check_utf8 (*ret_text, *ret_length, error);
    }
  if (*room == NULL)
    *room = g_string_sized_new (length + length / 8 + 16);
  g_string_truncate (*room, 0);
  if (encoding == BF_ENCODING_UTF16 && !from_utf16 (bytes, length, *room, error))
    return FALSE;
  if (encoding != BF_ENCODING_UTF16)
    from_bytes (encoding, bytes, length, *room);
  *ret_text = (*room)->str;
  *ret_length = (*room)->len;
  return check_utf8 (*ret_text, *ret_length, error);
}
