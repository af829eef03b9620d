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

gboolean
bf_map_find (const BfMapping *mapping, const BfMapPath *path, BfMapFound *ret_found)
{
  for (guint i = 0; i < path->n_sources; i++)
    {
      const BfMapSource *source = &path->sources[i];
      BfJsonNode node;

      ret_found->constant = source->constant != NULL ? source : NULL;
      if (source->constant != NULL)
        return TRUE;
      node = mapping->found[source->whole];
      if (node.tape == NULL && source->head != BF_MAP_NO_KEY && mapping->found[source->head].tape != NULL
          && !bf_json_path (mapping->found[source->head], source->rest, &node))
        node.tape = NULL;
      if (node.tape == NULL || bf_map_is_null (node))
        continue;
      ret_found->node = node;
      return TRUE;
    }
  return FALSE;
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

gboolean
bf_map_node_number (BfJsonNode node, double *ret_value)
{
  const char *text;
  gsize length;
  gboolean truth;

  if (bf_json_get_double (node, ret_value))
    return TRUE;
  if (bf_json_get_string (node, &text, &length))
    return small_integer (text, length, ret_value) || bf_text_to_double (text, length, ret_value);
  if (!bf_json_get_bool (node, &truth))
    return FALSE;
  *ret_value = truth;
  return TRUE;
}

gboolean
bf_map_found_number (const BfMapFound *found, double *ret_value)
{
  if (found->constant != NULL)
    return bf_text_to_double (found->constant->constant, found->constant->constant_length, ret_value);
  return bf_map_node_number (found->node, ret_value);
}
