/* SPDX-License-Identifier: EUPL-1.2 */
/* Texts: see bf-text.h. Pure functions. */

#include "base/bf-text.h"

#include <math.h>
#include <string.h>

#include "base/bf-limits.h"

void
bf_name_clear (BfName *name)
{
  g_clear_pointer (&name->text, g_free);
  g_clear_pointer (&name->fr, g_free);
}

void
bf_name_copy (BfName *name, const BfName *from)
{
  char *text = g_strdup (from->text);
  char *fr = g_strdup (from->fr);

  bf_name_clear (name);
  name->text = text;
  name->fr = fr;
}

/**
 * bf_name_from_conf:
 * @name: (out caller-allocates): filled
 * @key: such as "Name": reads `Name=` and `Name[fr]=`
 * @fallback: the plain text when the key is not there
 */
void
bf_name_from_conf (BfName *name, const BfConfGroup *group, const char *key, const char *fallback)
{
  const BfConfEntry *plain = bf_conf_group_entry (group, key, NULL);
  const BfConfEntry *fr = bf_conf_group_entry (group, key, "fr");

  name->text = g_strdup (plain != NULL ? plain->value : fallback);
  name->fr = fr != NULL ? g_strdup (fr->value) : NULL;
}

/**
 * bf_name_get:
 *
 * Returns: (transfer none): the French text for "fr…" when there is one, else the plain one
 */
const char *
bf_name_get (const BfName *name, const char *language)
{
  if (name->fr != NULL && language != NULL && g_str_has_prefix (language, "fr"))
    return name->fr;
  return name->text;
}

/**
 * bf_identifier_is_valid:
 *
 * Returns: %TRUE for `[a-z][a-z0-9_]*` of at most 64 bytes (DESIGN §6)
 */
gboolean
bf_identifier_is_valid (const char *text)
{
  gsize n = 0;

  if (!g_ascii_islower (text[0]))
    return FALSE;
  for (; text[n] != '\0'; n++)
    if (!g_ascii_islower (text[n]) && !g_ascii_isdigit (text[n]) && text[n] != '_')
      return FALSE;
  return n <= 64;
}

/**
 * bf_text_to_double:
 * @text: a decimal number with point or comma, blanks around allowed; need not end with NUL
 *
 * Returns: %TRUE when the whole text is one finite number
 */
gboolean
bf_text_to_double (const char *text, gsize length, double *ret_value)
{
  char buffer[64];
  char *end;
  double value;

  while (length > 0 && g_ascii_isspace (text[0]))
    {
      text++;
      length--;
    }
  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  if (length == 0 || length >= sizeof buffer)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]) && strchr ("+-.,eE", text[i]) == NULL)
        return FALSE;
      buffer[i] = text[i] == ',' ? '.' : text[i];
    }
  buffer[length] = '\0';
  value = g_ascii_strtod (buffer, &end);
  if (*end != '\0' || !isfinite (value))
    return FALSE;
  *ret_value = value;
  return TRUE;
}

/**
 * bf_text_fold:
 *
 * Returns: (transfer full): @text without case and accents, for search ("Église" -> "eglise")
 */
char *
bf_text_fold (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autofree char *lower = g_utf8_casefold (valid, -1);
  g_autofree char *apart = g_utf8_normalize (lower, -1, G_NORMALIZE_ALL);
  GString *folded = g_string_new (NULL);

  for (const char *p = apart; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (c == 0x153)
        g_string_append (folded, "oe");
      else if (c == 0xe6)
        g_string_append (folded, "ae");
      else if (c == 0xf8)
        g_string_append_c (folded, 'o');
      else if (c == 0x2019)
        g_string_append_c (folded, '\'');
      else if (!g_unichar_ismark (c))
        g_string_append_unichar (folded, c);
    }
  return g_string_free (folded, FALSE);
}

/**
 * bf_number_format:
 * @decimals_max: at most this many decimals; zeros at the end are cut
 * @language: (nullable): "fr…" writes a comma and thin no-break spaces between thousands
 *
 * Returns: (transfer full): the number as people read it
 */
char *
bf_number_format (double value, int decimals_max, const char *language)
{
  gboolean french = language != NULL && g_str_has_prefix (language, "fr");
  char buffer[G_ASCII_DTOSTR_BUF_SIZE + 320];
  char format[8];
  GString *text;
  const char *p;
  gsize whole;

  if (!isfinite (value))
    return g_strdup ("?");
  g_snprintf (format, sizeof format, "%%.%df", CLAMP (decimals_max, 0, 9));
  g_ascii_formatd (buffer, sizeof buffer, format, value);
  if (strchr (buffer, '.') != NULL)
    {
      gsize n = strlen (buffer);

      while (buffer[n - 1] == '0')
        n--;
      buffer[buffer[n - 1] == '.' ? n - 1 : n] = '\0';
    }
  if (strcmp (buffer, "-0") == 0)
    return g_strdup ("0");
  text = g_string_new (NULL);
  p = buffer;
  if (*p == '-')
    {
      g_string_append (text, french ? "\xe2\x88\x92" : "-");
      p++;
    }
  whole = strcspn (p, ".");
  for (gsize i = 0; i < whole; i++)
    {
      g_string_append_c (text, p[i]);
      if (whole > 4 && i + 1 < whole && (whole - i - 1) % 3 == 0)
        g_string_append (text, french ? "\xe2\x80\xaf" : ",");
    }
  if (p[whole] == '.')
    {
      g_string_append_c (text, french ? ',' : '.');
      g_string_append (text, p + whole + 1);
    }
  return g_string_free (text, FALSE);
}

/**
 * bf_hash_bytes:
 *
 * Returns: a 64-bit hash for tables of our own (FNV-1a over words with a final mix); not for what an enemy may choose
 *   without a limit on the table's size
 */
guint64
bf_hash_bytes (const void *bytes, gsize length)
{
  const guint8 *p = bytes;
  guint64 hash = 0xcbf29ce484222325u ^ length;

  for (; length >= 8; length -= 8, p += 8)
    {
      guint64 word;

      memcpy (&word, p, 8);
      hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 29;
    }
  for (; length > 0; length--)
    hash = (hash ^ *p++) * 0x100000001b3u;
  hash ^= hash >> 33;
  hash *= 0xff51afd7ed558ccdu;
  return hash ^ (hash >> 33);
}

static inline guint64
rotate_left (guint64 x, int bits)
{
  return x << bits | x >> (64 - bits);
}

static inline void
sip_round (guint64 v[4])
{
  v[0] += v[1];
  v[1] = rotate_left (v[1], 13) ^ v[0];
  v[0] = rotate_left (v[0], 32);
  v[2] += v[3];
  v[3] = rotate_left (v[3], 16) ^ v[2];
  v[0] += v[3];
  v[3] = rotate_left (v[3], 21) ^ v[0];
  v[2] += v[1];
  v[1] = rotate_left (v[1], 17) ^ v[2];
  v[2] = rotate_left (v[2], 32);
}

/**
 * bf_hash_keyed:
 * @key: (array fixed-size=2): secret of the process, so that nobody outside can choose texts that collide
 *
 * Returns: SipHash-2-4 of the bytes (Aumasson and Bernstein, 2012)
 */
guint64
bf_hash_keyed (const guint64 key[2], const void *bytes, gsize length)
{
  guint64 v[4] = { key[0] ^ 0x736f6d6570736575u, key[1] ^ 0x646f72616e646f6du, key[0] ^ 0x6c7967656e657261u,
                   key[1] ^ 0x7465646279746573u };
  const guint8 *p = bytes;
  guint64 last = (guint64) length << 56;
  guint64 word;

  for (gsize left = length; left >= 8; left -= 8, p += 8)
    {
      memcpy (&word, p, 8);
      word = GUINT64_FROM_LE (word);
      v[3] ^= word;
      sip_round (v);
      sip_round (v);
      v[0] ^= word;
    }
  for (gsize i = 0; i < length % 8; i++)
    last |= (guint64) p[i] << (8 * i);
  v[3] ^= last;
  sip_round (v);
  sip_round (v);
  v[0] ^= last;
  v[2] ^= 0xff;
  for (int i = 0; i < 4; i++)
    sip_round (v);
  return v[0] ^ v[1] ^ v[2] ^ v[3];
}
