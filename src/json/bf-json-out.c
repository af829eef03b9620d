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
append_string (GString *text, const char *value)
{
  static const char hex[] = "0123456789abcdef";
  g_autofree char *valid = NULL;
  const char *run;

  if (!g_utf8_validate (value, -1, NULL))
    value = valid = g_utf8_make_valid (value, -1);
  g_string_append_c (text, '"');
  run = value;
  for (const char *p = value;; p++)
    {
      guchar c = (guchar) *p;

      if (c >= 0x20 && c != '"' && c != '\\')
        continue;
      g_string_append_len (text, run, p - run);
      if (c == '\0')
        break;
      run = p + 1;
      if (c == '"' || c == '\\')
        {
          g_string_append_c (text, '\\');
          g_string_append_c (text, (char) c);
        }
      else if (c == '\n')
        g_string_append (text, "\\n");
      else
        {
          g_string_append (text, "\\u00");
          g_string_append_c (text, hex[c >> 4]);
          g_string_append_c (text, hex[c & 15]);
        }
    }
  g_string_append_c (text, '"');
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
  g_string_append_printf (out->text, "%" G_GINT64_FORMAT, value);
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
      g_string_append_printf (out->text, "%" G_GINT64_FORMAT, (gint64) value);
      return;
    }
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
