/* SPDX-License-Identifier: EUPL-1.2 */
/* The slow second pass: simdjson says that a document is wrong, this says where and what was expected there. A scanner of
 * RFC 8259 without recursion: one bit a level says array or object. It keeps nothing of the document and reads each byte
 * once. Pure. */

#include "json/bf-json-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#define MAX_LEVELS 1024

typedef struct
{
  const char *start;
  const char *p;
  const char *end;
  guint depth;
  guint max_depth;
  guint8 is_object[MAX_LEVELS / 8];
  BfJsonFault *fault;
} Scanner;

static void
place (Scanner *scanner, const char *at)
{
  scanner->fault->line = 1;
  scanner->fault->column = 1;
  for (const char *p = scanner->start; p < at; p++)
    {
      if (*p == '\n')
        {
          scanner->fault->line++;
          scanner->fault->column = 1;
        }
      else if (((guchar) *p & 0xc0) != 0x80)
        scanner->fault->column++;
    }
}

static gboolean fail_at (Scanner *scanner, const char *at, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
fail_at (Scanner *scanner, const char *at, const char *format, ...)
{
  va_list args;

  place (scanner, at);
  va_start (args, format);
  g_vsnprintf (scanner->fault->message, sizeof scanner->fault->message, format, args);
  va_end (args);
  return FALSE;
}

/* What stands at @p, for a message: never more than a word, never a byte that is not printable. */
static const char *
found (Scanner *scanner, const char *p, char buffer[32])
{
  gsize n = 0;

  if (p >= scanner->end)
    return _ ("the end of the text");
  if ((guchar) *p < 0x20 || (guchar) *p >= 0x7f)
    {
      g_snprintf (buffer, 32, _ ("the byte 0x%02x"), (guchar) *p);
      return buffer;
    }
  buffer[n++] = '"';
  do
    buffer[n++] = *p++;
  while (n < 17 && p < scanner->end && (g_ascii_isalnum (*p) || *p == '.' || *p == '+' || *p == '-')
         && g_ascii_isalnum (p[-1]));
  buffer[n++] = '"';
  buffer[n] = '\0';
  return buffer;
}

static void
skip_blanks (Scanner *scanner)
{
  while (scanner->p < scanner->end
         && (*scanner->p == ' ' || *scanner->p == '\t' || *scanner->p == '\n' || *scanner->p == '\r'))
    scanner->p++;
}

static gboolean
hex4 (Scanner *scanner, const char *p, guint *ret_value)
{
  *ret_value = 0;
  if (scanner->end - p < 4)
    return FALSE;
  for (int i = 0; i < 4; i++)
    {
      if (!g_ascii_isxdigit (p[i]))
        return FALSE;
      *ret_value = *ret_value * 16 + (guint) g_ascii_xdigit_value (p[i]);
    }
  return TRUE;
}

/* After the "\u": one unit, or two that make a pair. */
static gboolean
scan_unicode_escape (Scanner *scanner, const char *escape)
{
  guint high, low;

  if (!hex4 (scanner, escape + 2, &high))
    return fail_at (scanner, escape, _ ("expected four hexadecimal digits after \"\\u\""));
  scanner->p = escape + 6;
  if (high >= 0xdc00 && high <= 0xdfff)
    return fail_at (scanner, escape, _ ("the low surrogate \\u%04x stands alone"), high);
  if (high < 0xd800 || high > 0xdbff)
    return TRUE;
  if (scanner->end - scanner->p < 6 || scanner->p[0] != '\\' || scanner->p[1] != 'u'
      || !hex4 (scanner, scanner->p + 2, &low) || low < 0xdc00 || low > 0xdfff)
    return fail_at (scanner, escape, _ ("the high surrogate \\u%04x stands alone"), high);
  scanner->p += 6;
  return TRUE;
}

static gboolean
scan_string (Scanner *scanner)
{
  const char *open = scanner->p++;

  while (scanner->p < scanner->end)
    {
      guchar c = (guchar) *scanner->p;

      if (c == '"')
        {
          scanner->p++;
          return TRUE;
        }
      if (c < 0x20)
        return fail_at (scanner, scanner->p, _ ("a control character 0x%02x stands unescaped in a text"), c);
      if (c == '\\')
        {
          const char *escape = scanner->p;

          if (escape + 1 >= scanner->end)
            break;
          if (escape[1] == 'u')
            {
              if (!scan_unicode_escape (scanner, escape))
                return FALSE;
              continue;
            }
          if (strchr ("\"\\/bfnrt", escape[1]) == NULL || escape[1] == '\0')
            return fail_at (scanner, escape, _ ("an escape that JSON does not know"));
          scanner->p += 2;
          continue;
        }
      if (c < 0x80)
        {
          scanner->p++;
          continue;
        }
      gunichar character = g_utf8_get_char_validated (scanner->p, scanner->end - scanner->p);

      if (character == (gunichar) -1 || character == (gunichar) -2)
        return fail_at (scanner, scanner->p, _ ("the byte 0x%02x is not UTF-8 here (is the text in another encoding?)"), c);
      scanner->p = g_utf8_next_char (scanner->p);
    }
  return fail_at (scanner, open, _ ("a text that begins here has no closing quote"));
}

static gsize
count_digits (Scanner *scanner)
{
  const char *from = scanner->p;

  while (scanner->p < scanner->end && g_ascii_isdigit (*scanner->p))
    scanner->p++;
  return (gsize) (scanner->p - from);
}

/* An integer is an int64, or a uint64 when it is positive. */
static gboolean
fits_in_64_bits (const char *text, gsize length)
{
  gboolean minus = text[0] == '-';
  guint64 limit = minus ? (guint64) G_MAXINT64 + 1 : G_MAXUINT64;
  guint64 value = 0;

  for (gsize i = minus; i < length; i++)
    {
      guint64 digit = (guint64) (text[i] - '0');

      if (value > (limit - digit) / 10)
        return FALSE;
      value = value * 10 + digit;
    }
  return TRUE;
}

static gboolean
scan_number (Scanner *scanner)
{
  const char *from = scanner->p;
  char buffer[32];
  gsize length;
  gboolean integer = TRUE;

  if (*scanner->p == '-')
    scanner->p++;
  if (scanner->p < scanner->end && *scanner->p == '0')
    {
      scanner->p++;
      if (count_digits (scanner) > 0)
        return fail_at (scanner, from, _ ("a number must not begin with 0"));
    }
  else if (count_digits (scanner) == 0)
    return fail_at (scanner, from, _ ("expected a value, found %s (JSON has no NaN and no Infinity)"),
                    found (scanner, from, buffer));
  if (scanner->p < scanner->end && *scanner->p == '.')
    {
      integer = FALSE;
      scanner->p++;
      if (count_digits (scanner) == 0)
        return fail_at (scanner, from, _ ("expected digits behind the decimal point"));
    }
  if (scanner->p < scanner->end && (*scanner->p == 'e' || *scanner->p == 'E'))
    {
      integer = FALSE;
      scanner->p++;
      if (scanner->p < scanner->end && (*scanner->p == '+' || *scanner->p == '-'))
        scanner->p++;
      if (count_digits (scanner) == 0)
        return fail_at (scanner, from, _ ("expected digits in the exponent"));
    }
  length = (gsize) (scanner->p - from);
  if (integer)
    return fits_in_64_bits (from, length) || fail_at (scanner, from, _ ("the integer does not fit in 64 bits"));
  if (length < 4096 && !isfinite (g_ascii_strtod (from, NULL)))
    return fail_at (scanner, from, _ ("the number is too large for a double"));
  return TRUE;
}

static gboolean
scan_scalar (Scanner *scanner)
{
  static const char *const words[] = { "true", "false", "null" };
  char buffer[32];

  if (*scanner->p == '"')
    return scan_string (scanner);
  if (*scanner->p == '-' || g_ascii_isdigit (*scanner->p))
    return scan_number (scanner);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      gsize n = strlen (words[i]);

      if ((gsize) (scanner->end - scanner->p) >= n && memcmp (scanner->p, words[i], n) == 0
          && (scanner->p + n == scanner->end || !g_ascii_isalnum (scanner->p[n])))
        {
          scanner->p += n;
          return TRUE;
        }
    }
  return fail_at (scanner, scanner->p, _ ("expected a value, found %s"), found (scanner, scanner->p, buffer));
}

static gboolean
in_object (Scanner *scanner)
{
  guint level = scanner->depth - 1;

  return (scanner->is_object[level / 8] >> (level % 8)) & 1;
}

/* Behind the opening bracket at @at. */
static gboolean
open_level (Scanner *scanner, const char *at, gboolean object)
{
  guint level = scanner->depth;

  if (level >= scanner->max_depth)
    {
      scanner->fault->too_deep = TRUE;
      return fail_at (scanner, at, _ ("nested deeper than %u levels"), scanner->max_depth);
    }
  scanner->depth++;
  scanner->is_object[level / 8] =
    (guint8) ((scanner->is_object[level / 8] & ~(1u << (level % 8))) | ((guint) object << (level % 8)));
  return TRUE;
}

static gboolean
scan_key (Scanner *scanner)
{
  char buffer[32];

  skip_blanks (scanner);
  if (scanner->p >= scanner->end || *scanner->p != '"')
    return fail_at (scanner, scanner->p, _ ("expected a name in double quotes, found %s"),
                    found (scanner, scanner->p, buffer));
  if (!scan_string (scanner))
    return FALSE;
  skip_blanks (scanner);
  if (scanner->p >= scanner->end || *scanner->p != ':')
    return fail_at (scanner, scanner->p, _ ("expected \":\" after the name, found %s"), found (scanner, scanner->p, buffer));
  scanner->p++;
  return TRUE;
}

/* Behind a value: closes levels until another value is due. */
static gboolean
scan_after_value (Scanner *scanner)
{
  char buffer[32];

  while (scanner->depth > 0)
    {
      gboolean object = in_object (scanner);

      skip_blanks (scanner);
      if (scanner->p < scanner->end && *scanner->p == ',')
        {
          scanner->p++;
          return !object || scan_key (scanner);
        }
      if (scanner->p >= scanner->end || *scanner->p != (object ? '}' : ']'))
        return fail_at (scanner, scanner->p, _ ("expected \",\" or \"%c\", found %s"), object ? '}' : ']',
                        found (scanner, scanner->p, buffer));
      scanner->p++;
      scanner->depth--;
    }
  return TRUE;
}

/* One value; a container that is not empty is entered and another value is due. */
static gboolean
scan_value (Scanner *scanner, gboolean *ret_entered)
{
  char buffer[32];
  const char *at;
  gboolean object;

  *ret_entered = FALSE;
  skip_blanks (scanner);
  if (scanner->p >= scanner->end)
    return fail_at (scanner, scanner->p, _ ("expected a value, found %s"), found (scanner, scanner->p, buffer));
  if (*scanner->p != '{' && *scanner->p != '[')
    return scan_scalar (scanner);
  at = scanner->p++;
  object = *at == '{';
  skip_blanks (scanner);
  if (scanner->p < scanner->end && *scanner->p == (object ? '}' : ']')) /* an empty one is no level, as simdjson counts */
    {
      scanner->p++;
      return TRUE;
    }
  if (!open_level (scanner, at, object))
    return FALSE;
  *ret_entered = TRUE;
  return !object || scan_key (scanner);
}

/**
 * bf_json_find_fault:
 * @max_depth: nesting that is allowed
 * @ret_fault: (out): the first fault
 *
 * Returns: %TRUE when there is a fault; %FALSE when the text is one JSON value
 */
gboolean
bf_json_find_fault (const char *bytes, gsize length, guint max_depth, BfJsonFault *ret_fault)
{
  Scanner scanner = { .start = bytes, .p = bytes, .end = bytes + length, .fault = ret_fault };
  char buffer[32];

  memset (ret_fault, 0, sizeof *ret_fault);
  scanner.max_depth = MIN (max_depth, MAX_LEVELS);
  do
    {
      gboolean entered;

      if (!scan_value (&scanner, &entered))
        return TRUE;
      if (!entered && !scan_after_value (&scanner))
        return TRUE;
    }
  while (scanner.depth > 0);
  skip_blanks (&scanner);
  if (scanner.p == scanner.end)
    return FALSE;
  fail_at (&scanner, scanner.p, _ ("expected the end of the text, found %s"), found (&scanner, scanner.p, buffer));
  return TRUE;
}
