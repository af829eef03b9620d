/* SPDX-License-Identifier: EUPL-1.2 */
/* The formats by name, and what their decoders share. Pure. */

#include "formats/bf-format-private.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"

static const BfFormat *const formats[] = {
  &bf_format_cap, &bf_format_csv, &bf_format_datex2, &bf_format_geojson,
  &bf_format_gtfs_rt, &bf_format_json, &bf_format_opendatasoft,
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
  static const char *const names[] = { "cap", "csv", "datex2", "geojson", "gtfs-rt", "json", "opendatasoft", NULL };

  return names;
}

gboolean
bf_format_check_count (BfJsonNode array, GError **error)
{
  gsize n = bf_json_array_length (array);

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
