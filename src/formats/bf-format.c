/* SPDX-License-Identifier: EUPL-1.2 */
/* The formats by name, and what their decoders share. Pure. */

#include "formats/bf-format-private.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

static const BfFormat *const formats[] = {
  &bf_format_cap,
  &bf_format_chirpstack,
  &bf_format_csv,
  &bf_format_datex2,
  &bf_format_esri,
  &bf_format_gbfs,
  &bf_format_geojson,
  &bf_format_gtfs_rt,
  &bf_format_hubeau,
  &bf_format_json,
  &bf_format_vigilance,
  &bf_format_ngsi,
  &bf_format_ngsild,
  &bf_format_ngsiv2,
  &bf_format_ocpi,
  &bf_format_open311,
  &bf_format_opendatasoft,
  &bf_format_sensorthings,
  &bf_format_talq,
  &bf_format_ttn,
  &bf_format_vigicrues,
};

/**
 * bf_format_find:
 *
 * Returns: (nullable): the format of that name
 */
const BfFormat *
bf_format_find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_strcmp0 (formats[i]->name, name) == 0)
      return formats[i];
  return NULL;
}

/**
 * bf_format_names:
 *
 * Returns: (array zero-terminated=1) (transfer none): all names, sorted
 */
const char *const *
bf_format_names (void)
{
  static const char *names[G_N_ELEMENTS (formats) + 1];

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    names[i] = formats[i]->name; /* the table is in the order of the names */
  return names;
}

/**
 * bf_format_check_payload:
 * @bytes: a whole payload
 *
 * Returns: %FALSE with @error when the payload is empty: no bytes, or a byte order mark and white space only
 */
gboolean
bf_format_check_payload (const char *bytes, gsize length, GError **error)
{
  gsize at = length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

  while (at < length && g_ascii_isspace (bytes[at]))
    at++;
  if (at < length)
    return TRUE;
  g_set_error_literal (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("the payload is empty"));
  return FALSE;
}

void
bf_format_set_error (GError **error, const char *expected, const char *said)
{
  if (said != NULL)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s; it says: %.200s"), expected, said);
  else
    g_set_error_literal (error, BF_ERROR, BF_ERROR_VALUE, expected);
}

void
bf_format_write_number (BfJsonOut *out, const char *key, double value)
{
  if (isfinite (value))
    bf_json_out_double (out, key, value);
  else
    bf_json_out_string (out, key, isnan (value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
}

void
bf_format_set_stamp (BfMapInput *input, const char *text)
{
  gboolean given = text != NULL && text[0] != '\0';

  input->bad_stamp = NULL;
  if (given && bf_time_parse_rfc3339 (text, strlen (text), NULL, &input->observed_us))
    return;
  input->observed_us = BF_TIME_NONE;
  input->bad_stamp = given ? text : NULL;
}

void
bf_format_own_stamp (BfJsonNode node, const char *key, BfMapInput *input)
{
  bf_format_set_stamp (input, bf_json_member_string (node, key, NULL));
}

const BfFormat *
bf_format_of_bytes (const char *bytes, gsize length)
{
  const BfFormat *best = NULL;
  int most = 0;

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    {
      int sure = formats[i]->recognise_bytes != NULL ? formats[i]->recognise_bytes (bytes, length) : 0;

      if (sure > most)
        {
          most = sure;
          best = formats[i];
        }
    }
  return best;
}

gboolean
bf_format_check_count (BfJsonNode array, GError **error)
{
  return bf_format_check_number (bf_json_array_length (array), error);
}

gboolean
bf_format_check_number (gsize n, GError **error)
{
  if (n <= BF_LIMIT_RECORDS)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("the payload has %zu records, at most %u are allowed"), n,
               BF_LIMIT_RECORDS);
  return FALSE;
}

const char *
bf_format_id_text (BfJsonNode node, const char *key, char room[32])
{
  BfJsonNode value;
  const char *text;
  gint64 number;
  gsize length;

  if (!bf_json_member (node, key, &value))
    return NULL;
  if (bf_json_get_string (value, &text, &length))
    return length > 0 && strlen (text) == length ? text : NULL;
  if (!bf_json_get_int (value, &number))
    return NULL;
  g_snprintf (room, 32, "%" G_GINT64_FORMAT, number);
  return room;
}

guint64
bf_format_get_parameter (const char *url, const char *name, guint64 fallback)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  g_auto (GStrv) parts = NULL;
  guint64 value;

  if (uri == NULL || g_uri_get_query (uri) == NULL)
    return fallback;
  parts = g_strsplit (g_uri_get_query (uri), "&", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    if (g_str_has_prefix (parts[i], name) && parts[i][strlen (name)] == '='
        && g_ascii_string_to_unsigned (parts[i] + strlen (name) + 1, 10, 0, G_MAXUINT32, &value, NULL))
      return value;
  return fallback;
}

char *
bf_format_set_parameter (const char *url, const char *name, guint64 value)
{
  g_autoptr (GUri) uri = g_uri_parse (url, G_URI_FLAGS_ENCODED, NULL);
  g_autoptr (GUri) changed = NULL;
  g_autoptr (GString) query = g_string_new (NULL);
  g_auto (GStrv) parts = NULL;

  if (uri == NULL)
    return NULL;
  parts = g_strsplit (g_uri_get_query (uri) != NULL ? g_uri_get_query (uri) : "", "&", -1);
  for (guint i = 0; parts[i] != NULL; i++)
    if (parts[i][0] != '\0' && !(g_str_has_prefix (parts[i], name) && parts[i][strlen (name)] == '='))
      g_string_append_printf (query, "%s%s", query->len > 0 ? "&" : "", parts[i]);
  g_string_append_printf (query, "%s%s=%" G_GUINT64_FORMAT, query->len > 0 ? "&" : "", name, value);
  changed = g_uri_build_with_user (G_URI_FLAGS_ENCODED, g_uri_get_scheme (uri), g_uri_get_user (uri), g_uri_get_password (uri),
                                   g_uri_get_auth_params (uri), g_uri_get_host (uri), g_uri_get_port (uri),
                                   g_uri_get_path (uri), query->str, g_uri_get_fragment (uri));
  return g_uri_to_string (changed);
}

const char *
bf_format_short_name (const char *name)
{
  const char *last = name;

  for (const char *p = name; *p != '\0'; p++)
    if ((*p == '/' || *p == '#' || *p == ':') && p[1] != '\0')
      last = p + 1;
  return last;
}

static void
copy_json (BfJsonOut *out, const char *key, BfJsonNode node, guint depth)
{
  const char *text;
  gboolean truth;
  gint64 integer;
  double number;
  BfJsonIter iter;
  BfJsonNode inner;

  if (bf_json_get_string (node, &text, NULL))
    bf_json_out_string (out, key, text);
  else if (bf_json_get_bool (node, &truth))
    bf_json_out_bool (out, key, truth);
  else if (bf_json_get_int (node, &integer))
    bf_json_out_int (out, key, integer);
  else if (bf_json_get_double (node, &number))
    bf_json_out_double (out, key, number);
  else if (depth == 0 || !bf_json_iter_init (&iter, node))
    bf_json_out_null (out, key);
  else
    {
      gboolean object = bf_json_type (node) == BF_JSON_OBJECT;
      const char *name = NULL;

      if (object)
        bf_json_out_begin_object (out, key);
      else
        bf_json_out_begin_array (out, key);
      while (bf_json_iter_next (&iter, object ? &name : NULL, NULL, &inner))
        copy_json (out, name, inner, depth - 1);
      if (object)
        bf_json_out_end_object (out);
      else
        bf_json_out_end_array (out);
    }
}

void
bf_format_copy_json (BfJsonOut *out, const char *key, BfJsonNode node)
{
  copy_json (out, key, node, 16);
}
