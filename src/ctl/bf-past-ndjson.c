/* SPDX-License-Identifier: EUPL-1.2 */
/* Observations as text, one JSON object a line:
 *
 *   {"t":"2026-03-29T01:30:00Z","asset":"parking/p1","property":"free_spaces","value":12}
 *
 * "result" may say when it was learnt; else that is "t", and a line with a time before the greatest so far was learnt then. The lines of
 * `beffroictl decode` are such lines too: they have "observed" for "t" and the asset's "kind". */

#include "ctl/bf-past-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "json/bf-json.h"

#define LINE_BYTES (64u << 10)
#define FILE_BYTES_MAX (G_GINT64_CONSTANT (4) << 30)

typedef struct
{
  BfPast *past;
  const BfPastSeries *series;
  BfJsonDoc *doc;
  GHashTable *kinds; /* asset id -> BfKind: as it was seen first */
  gint64 newest_us;
  guint32 number;
} Lines;

static void refuse (Lines *lines, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
refuse (Lines *lines, const char *format, ...)
{
  g_autofree char *reason = NULL;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  bf_past_refuse (lines->past, lines->number, NULL, reason);
}

static gboolean
read_time (Lines *lines, BfJsonNode node, const char *key, gint64 *ret_us)
{
  const char *text = bf_json_member_string (node, key, NULL);

  if (text != NULL && bf_time_parse_rfc3339 (text, strlen (text), lines->series->zone, ret_us))
    return TRUE;
  refuse (lines, _ ("%s: expected a time such as 2026-03-29T01:30:00Z, found “%.40s”"), key, text != NULL ? text : "");
  return FALSE;
}

/* The kind that the line says, that the asset has already, or that of the command line. */
static const BfKind *
find_kind (Lines *lines, BfJsonNode node, const char *asset)
{
  const char *said = bf_json_member_string (node, "kind", NULL);
  const BfKind *kind = g_hash_table_lookup (lines->kinds, asset);

  if (kind != NULL)
    return kind;
  kind = said != NULL ? bf_catalog_find_kind (lines->past->catalog, said) : lines->series->kind;
  if (kind == NULL)
    refuse (lines, _ ("%.100s: expected the asset's kind in the line or by --kind, found “%.40s”"), asset, said != NULL ? said : "");
  else
    g_hash_table_insert (lines->kinds, g_strdup (asset), (gpointer) kind);
  return kind;
}

/* A number as text, so that one way leads to the sink. */
static const char *
value_text (BfJsonNode node, char buffer[G_ASCII_DTOSTR_BUF_SIZE])
{
  const char *text;
  gsize length;
  double number;

  if (bf_json_get_string (node, &text, &length))
    return text;
  if (bf_json_get_double (node, &number))
    return g_ascii_dtostr (buffer, G_ASCII_DTOSTR_BUF_SIZE, number);
  return NULL;
}

static void
read_object (Lines *lines, BfJsonNode node)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];
  BfJsonNode found;
  const char *property = bf_json_member_string (node, "property", "");
  BfPastLine line = { .asset = bf_json_member_string (node, "asset", NULL), .record = lines->number };

  if (line.asset == NULL || !bf_json_member (node, "value", &found) || (line.value = value_text (found, buffer)) == NULL)
    {
      refuse (lines, _ ("expected \"t\", \"asset\", \"property\" and \"value\""));
      return;
    }
  line.value_length = strlen (line.value);
  if (!read_time (lines, node, bf_json_member (node, "t", &found) ? "t" : "observed", &line.observed_us))
    return;
  line.kind = find_kind (lines, node, line.asset);
  if (line.kind == NULL)
    return;
  line.property = bf_catalog_find_property (lines->past->catalog, line.kind->service, property);
  if (line.property == NULL)
    {
      refuse (lines, _ ("expected a property of %s, found “%.40s”"), line.kind->full_id, property);
      return;
    }
  lines->newest_us = MAX (lines->newest_us, line.observed_us);
  line.result_us = lines->newest_us;
  if (bf_json_member (node, "result", &found) && !read_time (lines, node, "result", &line.result_us))
    return;
  bf_past_say (lines->past, bf_past_file_feed (lines->past, line.kind->service), &line);
}

static void
read_line (Lines *lines, const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;
  BfJsonNode root;

  while (length > 0 && g_ascii_isspace (text[length - 1]))
    length--;
  if (length == 0)
    return;
  if (length > LINE_BYTES)
    refuse (lines, _ ("expected a line of at most %u KiB"), LINE_BYTES >> 10);
  else if (!bf_json_doc_parse (lines->doc, text, length, &root, &error))
    refuse (lines, "%s", error->message);
  else
    read_object (lines, root);
}

/**
 * bf_past_read_ndjson:
 * @series: its kind, when there is one, is that of assets whose lines do not say theirs
 *
 * Reads one file.
 *
 * Returns: %FALSE with @error when it cannot be read; a bad line is refused and counted
 */
gboolean
bf_past_read_ndjson (BfPast *past, const char *path, const BfPastSeries *series, GError **error)
{
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, error);
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (LINE_BYTES);
  g_autoptr (GHashTable) kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Lines lines = { past, series, doc, kinds, BF_TIME_NONE, 0 };
  const char *at, *end;

  if (file == NULL)
    return FALSE;
  past->reading = path;
  if ((gint64) g_mapped_file_get_length (file) > FILE_BYTES_MAX)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: expected at most 4 GiB"), path);
      return FALSE;
    }
  at = g_mapped_file_get_contents (file);
  end = at != NULL ? at + g_mapped_file_get_length (file) : NULL;
  while (at < end && !past->over)
    {
      const char *newline = memchr (at, '\n', (gsize) (end - at));
      const char *line_end = newline != NULL ? newline : end;

      lines.number++;
      read_line (&lines, at, (gsize) (line_end - at));
      at = line_end + 1;
    }
  return bf_past_check (past, error);
}
