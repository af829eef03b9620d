/* SPDX-License-Identifier: EUPL-1.2 */
/* Writer of JSON: see bf-json-out.h. No threads; the caller owns the text. */

#include "json/bf-json-out.h"

#include <math.h>
#include <string.h>

#include "base/bf-time.h"

void
bf_json_out_init (BfJsonOut *out, GString *text)
{
  out->text = text;
  out->has_member = 0;
  out->depth = 0;
}

static void
append_escaped (GString *text, guchar c)
{
  static const char hex[] = "0123456789abcdef";

  g_string_append_c (text, '\\');
  if (c == '"' || c == '\\')
    g_string_append_c (text, (char) c);
  else if (c == '\n')
    g_string_append_c (text, 'n');
  else
    {
      g_string_append_len (text, "u00", 3);
      g_string_append_c (text, hex[c >> 4]);
      g_string_append_c (text, hex[c & 15]);
    }
}

/* Bytes from @p that stand in a string as they are; *@other gets the high bit when one of them is no ASCII. */
static gsize
plain_run (const char *p, guchar *other)
{
  const char *start = p;
  guchar c;

  for (; (c = (guchar) *p) >= 0x20 && c != '"' && c != '\\'; p++)
    *other |= c;
  return (gsize) (p - start);
}

static void
append_string (GString *text, const char *value)
{
  gsize before = text->len;
  guchar other = 0;
  gsize run;

  g_string_append_c (text, '"');
  for (const char *p = value;; p++)
    {
      run = plain_run (p, &other);
      g_string_append_len (text, p, (gssize) run);
      p += run;
      if (*p == '\0')
        break;
      append_escaped (text, (guchar) *p);
    }
  g_string_append_c (text, '"');
  if ((other & 0x80) != 0 && !g_utf8_validate (value, -1, NULL))
    {
      g_autofree char *valid = g_utf8_make_valid (value, -1);

      g_string_truncate (text, before);
      append_string (text, valid);
    }
}

static void
append_int (GString *text, gint64 value)
{
  char digits[24];
  char *p = digits + sizeof digits;
  guint64 left = value < 0 ? 0 - (guint64) value : (guint64) value;

  do
    *--p = (char) ('0' + left % 10);
  while ((left /= 10) > 0);
  if (value < 0)
    *--p = '-';
  g_string_append_len (text, p, digits + sizeof digits - p);
}

/* What has six decimals at most, as measured values have: n / 10^6 is rounded as a reader rounds the text, so that the same value is read
 * back. FALSE when @value is no such number. */
static gboolean
append_decimal (GString *text, double value)
{
  gint64 n;
  char decimals[8];
  guint n_decimals = 6;

  if (fabs (value) >= 1e8)
    return FALSE;
  n = (gint64) rint (fabs (value) * 1e6);
  if ((double) n / 1e6 != fabs (value))
    return FALSE;
  if (value < 0)
    g_string_append_c (text, '-');
  append_int (text, n / 1000000);
  n %= 1000000;
  for (guint i = n_decimals; i-- > 0; n /= 10)
    decimals[i] = (char) ('0' + n % 10);
  while (n_decimals > 0 && decimals[n_decimals - 1] == '0')
    n_decimals--;
  if (n_decimals > 0)
    {
      g_string_append_c (text, '.');
      g_string_append_len (text, decimals, n_decimals);
    }
  return TRUE;
}

static void
begin_value (BfJsonOut *out, const char *key)
{
  guint64 bit = G_GUINT64_CONSTANT (1) << out->depth;

  if (out->has_member & bit)
    g_string_append_c (out->text, ',');
  out->has_member |= bit;
  if (key == NULL)
    return;
  append_string (out->text, key);
  g_string_append_c (out->text, ':');
}

static void
begin_level (BfJsonOut *out, const char *key, char open)
{
  begin_value (out, key);
  g_string_append_c (out->text, open);
  g_assert (out->depth < 62);
  out->depth++;
  out->has_member &= ~(G_GUINT64_CONSTANT (1) << out->depth);
}

/**
 * bf_json_out_begin_object:
 * @key: (nullable): the member's name, %NULL in an array or at the top; the same in all functions here
 */
void
bf_json_out_begin_object (BfJsonOut *out, const char *key)
{
  begin_level (out, key, '{');
}

void
bf_json_out_end_object (BfJsonOut *out)
{
  g_assert (out->depth > 0);
  out->depth--;
  g_string_append_c (out->text, '}');
}

void
bf_json_out_begin_array (BfJsonOut *out, const char *key)
{
  begin_level (out, key, '[');
}

void
bf_json_out_end_array (BfJsonOut *out)
{
  g_assert (out->depth > 0);
  out->depth--;
  g_string_append_c (out->text, ']');
}

/**
 * bf_json_out_string:
 * @value: (nullable): %NULL writes null
 */
void
bf_json_out_string (BfJsonOut *out, const char *key, const char *value)
{
  begin_value (out, key);
  if (value == NULL)
    g_string_append (out->text, "null");
  else
    append_string (out->text, value);
}

void
bf_json_out_int (BfJsonOut *out, const char *key, gint64 value)
{
  begin_value (out, key);
  append_int (out->text, value);
}

/**
 * bf_json_out_double:
 * @value: written with the fewest digits that read back the same; what is not finite becomes null
 */
void
bf_json_out_double (BfJsonOut *out, const char *key, double value)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  begin_value (out, key);
  if (!isfinite (value))
    {
      g_string_append (out->text, "null");
      return;
    }
  if (value == floor (value) && fabs (value) < 1e15)
    {
      append_int (out->text, (gint64) value);
      return;
    }
  if (append_decimal (out->text, value))
    return;
  g_ascii_formatd (buffer, sizeof buffer, "%.15g", value);
  if (g_ascii_strtod (buffer, NULL) != value)
    g_ascii_formatd (buffer, sizeof buffer, "%.16g", value);
  if (g_ascii_strtod (buffer, NULL) != value)
    g_ascii_dtostr (buffer, sizeof buffer, value);
  g_string_append (out->text, buffer);
}

void
bf_json_out_bool (BfJsonOut *out, const char *key, gboolean value)
{
  begin_value (out, key);
  g_string_append (out->text, value ? "true" : "false");
}

void
bf_json_out_null (BfJsonOut *out, const char *key)
{
  begin_value (out, key);
  g_string_append (out->text, "null");
}

/**
 * bf_json_out_time:
 * @time_us: µs UTC, written in RFC 3339; %BF_TIME_NONE writes null
 */
void
bf_json_out_time (BfJsonOut *out, const char *key, gint64 time_us)
{
  char buffer[BF_TIME_TEXT_BYTES];

  bf_time_format (time_us, buffer);
  bf_json_out_string (out, key, buffer[0] != '\0' ? buffer : NULL);
}

/**
 * bf_json_out_raw:
 * @json: a JSON value already written
 */
void
bf_json_out_raw (BfJsonOut *out, const char *key, const char *json)
{
  begin_value (out, key);
  g_string_append (out->text, json);
}

/**
 * bf_json_out_members:
 * @members: members of an object already written, without its braces; nothing when it is empty
 */
void
bf_json_out_members (BfJsonOut *out, const char *members, gsize length)
{
  if (length == 0)
    return;
  begin_value (out, NULL);
  g_string_append_len (out->text, members, (gssize) length);
}
