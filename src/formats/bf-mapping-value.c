/* SPDX-License-Identifier: EUPL-1.2 */
/* Values of a record: found by their paths, as text, as number, in words for a reason. Pure; texts live as long as the
 * payload. */

#include "formats/bf-mapping-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-text.h"

static gboolean
is_blank (const char *text, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (!g_ascii_isspace (text[i]))
      return FALSE;
  return TRUE;
}

gboolean
bf_map_is_null (BfJsonNode node)
{
  const char *text;
  gsize length;

  switch (bf_json_type (node))
    {
    case BF_JSON_NULL:
      return TRUE;
    case BF_JSON_STRING:
      bf_json_get_string (node, &text, &length);
      return is_blank (text, length);
    case BF_JSON_BOOL:
    case BF_JSON_INT:
    case BF_JSON_DOUBLE:
    case BF_JSON_ARRAY:
    case BF_JSON_OBJECT:
    default:
      return FALSE;
    }
}

/* The node itself, or what is inside when it is more than a value. */
static BfJsonNode
open_member (const BfMapping *mapping, BfJsonNode node, BfMapMember *ret_member)
{
  ret_member->value.tape = NULL;
  if (mapping->open == NULL || !mapping->open (node, mapping->zone, ret_member))
    return node;
  return ret_member->value;
}

/* What a path finds in a member that was not opened, such as the first of several relationships: opened itself when it can be. */
static gboolean
open_below (const BfMapping *mapping, BfJsonNode node, const char *rest, BfMapFound *ret_found)
{
  BfMapMember member;

  if (!bf_json_path (node, rest, &ret_found->node))
    return FALSE;
  open_member (mapping, ret_found->node, &member);
  if (member.value.tape == NULL)
    return TRUE;
  ret_found->member = member;
  ret_found->node = member.value;
  return TRUE;
}

/* Where a source leads; FALSE when it leads nowhere, or to null. */
static gboolean
follow (const BfMapping *mapping, const BfMapSource *source, BfMapFound *ret_found)
{
  BfJsonNode node = mapping->found[source->whole];
  BfJsonNode head;

  if (node.tape != NULL)
    ret_found->node = open_member (mapping, node, &ret_found->member);
  else
    {
      if (source->head == BF_MAP_NO_KEY || mapping->found[source->head].tape == NULL)
        return FALSE;
      node = mapping->found[source->head];
      head = open_member (mapping, node, &ret_found->member);
      if (!bf_json_path (head, source->rest, &ret_found->node)
          && (head.index == node.index || !open_below (mapping, node, source->rest, ret_found)))
        return FALSE;
    }
  return !bf_map_is_null (ret_found->node);
}

/* Whether it says @digit or @word. */
static gboolean
says (BfJsonNode node, char digit, const char *word)
{
  char room[G_ASCII_DTOSTR_BUF_SIZE];
  gsize length;
  const char *text = bf_map_scalar_text (node, room, &length);

  return text != NULL && ((length == 1 && text[0] == digit) || (length == strlen (word) && g_ascii_strncasecmp (text, word, length) == 0));
}

gboolean
bf_map_find_from (const BfMapping *mapping, const BfMapPath *path, guint *at, BfMapFound *ret_found)
{
  for (; *at < path->n_sources; (*at)++)
    {
      const BfMapSource *source = &path->sources[*at];

      ret_found->constant = NULL;
      ret_found->member.value.tape = NULL;
      if (source->whole != BF_MAP_NO_KEY && !follow (mapping, source, ret_found))
        continue;
      if (source->constant == NULL)
        return TRUE;
      if (source->whole != BF_MAP_NO_KEY && !(source->negated ? says (ret_found->node, '0', "false") : says (ret_found->node, '1', "true")))
        continue;
      ret_found->constant = source;
      return TRUE;
    }
  return FALSE;
}

gboolean
bf_map_find (const BfMapping *mapping, const BfMapPath *path, BfMapFound *ret_found)
{
  guint at = 0;

  return bf_map_find_from (mapping, path, &at, ret_found);
}

/* A short form of what was found, for a reason. */
const char *
bf_map_show (BfJsonNode node, char buffer[96])
{
  const char *text;
  double number;
  gsize length;
  const char *end;

  switch (bf_json_type (node))
    {
    case BF_JSON_STRING:
      bf_json_get_string (node, &text, &length);
      length = MIN (strlen (text), 80);
      if (!g_utf8_validate (text, (gssize) length, &end))
        length = (gsize) (end - text);
      g_snprintf (buffer, 96, "“%.*s”", (int) length, text);
      return buffer;
    case BF_JSON_INT:
    case BF_JSON_DOUBLE:
      bf_json_get_double (node, &number);
      g_ascii_formatd (buffer, 96, "%.15g", number);
      return buffer;
    case BF_JSON_ARRAY:
      return _ ("an array");
    case BF_JSON_OBJECT:
      return _ ("an object");
    case BF_JSON_BOOL:
      return _ ("true or false");
    case BF_JSON_NULL:
    default:
      return "null";
    }
}

/* A scalar as text: a string as it stands, a number in its shortest form in @room. NULL for what is no scalar. */
const char *
bf_map_scalar_text (BfJsonNode node, char room[G_ASCII_DTOSTR_BUF_SIZE], gsize *ret_length)
{
  const char *text;
  gboolean truth;
  gint64 integer;
  double number;

  if (bf_json_get_string (node, &text, ret_length))
    return text;
  if (bf_json_get_bool (node, &truth))
    text = truth ? "true" : "false";
  else if (bf_json_get_int (node, &integer))
    {
      g_snprintf (room, G_ASCII_DTOSTR_BUF_SIZE, "%" G_GINT64_FORMAT, integer);
      text = room;
    }
  else if (bf_json_get_double (node, &number))
    text = g_ascii_formatd (room, G_ASCII_DTOSTR_BUF_SIZE, "%.15g", number);
  else
    return NULL;
  *ret_length = strlen (text);
  return text;
}

/* Digits with a sign, the common case of numbers as text. */
static gboolean
small_integer (const char *text, gsize length, double *ret_value)
{
  gboolean minus = length > 0 && text[0] == '-';
  gint64 value = 0;

  if (length - minus == 0 || length > 15)
    return FALSE;
  for (gsize i = minus; i < length; i++)
    {
      if (!g_ascii_isdigit (text[i]))
        return FALSE;
      value = value * 10 + (text[i] - '0');
    }
  *ret_value = (double) (minus ? -value : value);
  return TRUE;
}

/* The bytes of the space before a group of three digits at @text, 0 when there is none. */
static gsize
space_before_group (const char *text, gsize left)
{
  static const char *const spaces[] = { " ", "\xc2\xa0", "\xe2\x80\xaf" };

  for (guint i = 0; i < G_N_ELEMENTS (spaces); i++)
    {
      gsize n = strlen (spaces[i]);

      if (left >= n + 3 && memcmp (text, spaces[i], n) == 0 && g_ascii_isdigit (text[n]) && g_ascii_isdigit (text[n + 1])
          && g_ascii_isdigit (text[n + 2]) && (left == n + 3 || !g_ascii_isdigit (text[n + 3])))
        return n;
    }
  return 0;
}

/* "1 234", "12 345 678,5": groups of three behind a space, a no-break space or a narrow one, as French writes them. A comma or point
 * between groups is not read: it may be the decimal one. */
static gboolean
grouped_number (const char *text, gsize length, double *ret_value)
{
  gsize at = length > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  gsize first = at, n, space;
  char room[40];

  while (at < length && g_ascii_isdigit (text[at]))
    at++;
  if (at == first || at > first + 3 || space_before_group (text + at, length - at) == 0)
    return FALSE;
  memcpy (room, text, at);
  for (n = at; (space = space_before_group (text + at, length - at)) > 0 && n + 3 < sizeof room; n += 3, at += space + 3)
    memcpy (room + n, text + at + space, 3);
  if ((at < length && text[at] != ',' && text[at] != '.') || length - at > sizeof room - n)
    return FALSE;
  memcpy (room + n, text + at, length - at);
  return bf_text_to_double (room, n + length - at, ret_value);
}

gboolean
bf_map_node_number (BfJsonNode node, double *ret_value)
{
  const char *text;
  gsize length;

  if (bf_json_get_double (node, ret_value))
    return TRUE;
  if (bf_json_get_string (node, &text, &length))
    return small_integer (text, length, ret_value) || bf_text_to_double (text, length, ret_value)
           || grouped_number (text, length, ret_value);
  return FALSE;
}

gboolean
bf_map_found_number (const BfMapFound *found, double *ret_value)
{
  if (found->constant != NULL)
    return bf_text_to_double (found->constant->constant, found->constant->constant_length, ret_value);
  return bf_map_node_number (found->node, ret_value);
}

static gboolean
is_exponent (const char *text, gsize length)
{
  gsize at = length > 1 && (text[1] == '+' || text[1] == '-') ? 2 : 1;

  return (text[0] == 'e' || text[0] == 'E') && at < length && g_ascii_isdigit (text[at]);
}

gboolean
bf_map_split_unit (const char *text, gsize length, double *ret_value, const char **ret_unit, gsize *ret_length)
{
  gsize n = 0;

  while (n < length && g_ascii_isspace (text[n]))
    n++;
  text += n;
  length -= n;
  n = 0;
  while (n < length && (g_ascii_isdigit (text[n]) || memchr ("+-.,", text[n], 4) != NULL))
    n++;
  if (n == 0 || n > 40 || !bf_text_to_double (text, n, ret_value))
    return FALSE;
  while (n < length && g_ascii_isspace (text[n]))
    n++;
  while (length > n && g_ascii_isspace (text[length - 1]))
    length--;
  *ret_unit = text + n;
  *ret_length = length - n;
  /* "184 201,5" is no number of 201,5, and "1e400" none of the unit e400 */
  return length > n && !g_ascii_isdigit (text[n]) && memchr ("+-.,", text[n], 4) == NULL && !is_exponent (text + n, length - n);
}

/* UN/CEFACT Recommendation 20, the codes that sensors' feeds carry (NGSI-LD's unitCode), and what people write. */
static const struct
{
  const char *text;
  const char *code; /* UCUM, in the table of units */
  double factor;
} spellings[] = {
  { "C62", "1", 1 },       { "P1", "%", 1 },        { "59", "[ppm]", 1 },     { "DD", "deg", 1 },      { "MTR", "m", 1 },
  { "KMT", "km", 1 },      { "CMT", "cm", 1 },      { "MMT", "mm", 1 },       { "MTK", "m2", 1 },      { "MTQ", "m3", 1 },
  { "LTR", "L", 1 },       { "GRM", "g", 1 },       { "KGM", "kg", 1 },       { "TNE", "t", 1 },       { "SEC", "s", 1 },
  { "MIN", "min", 1 },     { "HUR", "h", 1 },       { "DAY", "d", 1 },        { "HTZ", "Hz", 1 },      { "MTS", "m/s", 1 },
  { "KMH", "km/h", 1 },    { "MQH", "m3/h", 1 },    { "MQS", "m3/s", 1 },     { "G51", "L/s", 1 },     { "L2", "L/min", 1 },
  { "PAL", "Pa", 1 },      { "A97", "hPa", 1 },     { "KPA", "kPa", 1 },      { "BAR", "bar", 1 },     { "MBR", "mbar", 1 },
  { "NEW", "N", 1 },       { "JOU", "J", 1 },       { "WTT", "W", 1 },        { "KWT", "kW", 1 },      { "MAW", "MW", 1 },
  { "WHR", "Wh", 1 },      { "KWH", "kWh", 1 },     { "MWH", "MWh", 1 },      { "AMP", "A", 1 },       { "4K", "mA", 1 },
  { "VLT", "V", 1 },       { "2Z", "mV", 1 },       { "KVT", "kV", 1 },       { "KEL", "K", 1 },       { "CEL", "Cel", 1 },
  { "LUX", "lx", 1 },      { "2N", "dB", 1 },       { "GQ", "ug/m3", 1 },     { "GP", "ug/m3", 1000 }, { "M1", "mg/L", 1 },
  { "NTU", "[NTU]", 1 },   { "FNU", "[NTU]", 1 },   { "ppm", "[ppm]", 1 },    { "°", "deg", 1 },       { "degC", "Cel", 1 },
  { "C", "Cel", 1 },       { "º C", "Cel", 1 },     { "µg/m³", "ug/m3", 1 },  { "μg/m³", "ug/m3", 1 }, { "ug/m^3", "ug/m3", 1 },
  { "µg/m3", "ug/m3", 1 }, { "mg/m³", "ug/m3", 1000 }, { "mg/m3", "ug/m3", 1000 }, { "percent", "%", 1 }, { "mg/l", "mg/L", 1 },
  { "l/s", "L/s", 1 },     { "l/min", "L/min", 1 }, { "m³/s", "m3/s", 1 },    { "kPA", "kPa", 1 },     { "metre", "m", 1 },
};

gboolean
bf_format_unit (const char *text, gsize length, BfUnit *ret_unit)
{
  for (guint i = 0; i < G_N_ELEMENTS (spellings); i++)
    if (strlen (spellings[i].text) == length && memcmp (spellings[i].text, text, length) == 0)
      {
        if (!bf_unit_lookup (spellings[i].code, strlen (spellings[i].code), ret_unit))
          return FALSE;
        ret_unit->scale *= spellings[i].factor;
        return TRUE;
      }
  return bf_unit_lookup (text, length, ret_unit);
}
