/* SPDX-License-Identifier: EUPL-1.2 */
/* Observations as text, one JSON object a line:
 *
 *   {"t":"2026-03-29T01:30:00Z","asset":"parking/p1","property":"free_spaces","value":12}
 *
 * "t" is RFC 3339, or a number: s, ms or µs since 1970, told by its size. "result" may say when it was learnt; else that is "t", and a
 * line with a time before the greatest so far was learnt then. "kind" and "parent" may say what the asset is and
 * belongs to; with "kind" and without "property" and "value" that is all that a line says. The lines of `beffroictl decode` are such lines too: they have "observed"
 * for "t" and the asset's "kind". Read through one buffer, so that a pipe will do and the file may be of any length. */

#include "ctl/bf-past-private.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "json/bf-json.h"

#define LINE_BYTES (64u << 10)
#define BUFFER_BYTES (256u << 10)
#define SECONDS_END 1e11      /* a greater number is not s but ms: s would be after 5138, ms before 1973 */
#define MILLISECONDS_END 1e14
#define EPOCH_END_US 2.5e17   /* the year 9892 */
#define AHEAD_MAX_US (366 * G_TIME_SPAN_DAY) /* a line that is further ahead is a mistake, and all the timers until there would run */

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

/* s, ms or µs since 1970. */
static gboolean
read_epoch (BfJsonNode node, gint64 *ret_us)
{
  double number, unit_us;

  if (!bf_json_get_double (node, &number))
    return FALSE;
  unit_us = fabs (number) < SECONDS_END ? 1e6 : fabs (number) < MILLISECONDS_END ? 1e3 : 1;
  if (!(fabs (number * unit_us) <= EPOCH_END_US))
    return FALSE;
  *ret_us = (gint64) round (number * unit_us);
  return TRUE;
}

static gboolean
read_time (Lines *lines, BfJsonNode node, const char *key, gint64 *ret_us)
{
  const char *text = bf_json_member_string (node, key, NULL);
  BfJsonNode found;

  if (text != NULL ? bf_time_parse_rfc3339 (text, strlen (text), lines->series->zone, ret_us)
                   : bf_json_member (node, key, &found) && read_epoch (found, ret_us))
    return TRUE;
  refuse (lines, _ ("%s: expected a time such as 2026-03-29T01:30:00Z, or a number of seconds since 1970, found “%.40s”"), key,
          text != NULL ? text : "");
  return FALSE;
}

/* A line that comes after one of a later time: of a stream it cannot be put where it belongs, which is said. FALSE: refused. */
static gboolean
note_time (Lines *lines, gint64 observed_us)
{
  if (lines->newest_us != BF_TIME_NONE && observed_us - lines->newest_us > AHEAD_MAX_US)
    {
      refuse (lines, _ ("expected a time within a year of the lines before"));
      return FALSE;
    }
  if (observed_us < lines->newest_us)
    {
      lines->past->counts.n_disordered++;
      if (lines->past->streaming)
        bf_past_tell (lines->past, lines->number, NULL, _ ("out of order: a line before has a later time, and it is taken as learnt then"));
    }
  lines->newest_us = MAX (lines->newest_us, observed_us);
  return TRUE;
}

/* Of the kinds of the command line the one whose service the asset's id begins with; else the first. */
static const BfKind *
kind_on_sight (const Lines *lines, const char *asset)
{
  const BfKind *const *kinds = lines->series->kinds;

  for (guint i = 0; kinds[i] != NULL; i++)
    {
      const char *service = bf_catalog_service (lines->past->catalog, kinds[i]->service)->id;

      if (g_str_has_prefix (asset, service) && asset[strlen (service)] == '/')
        return kinds[i];
    }
  return kinds[0];
}

/* The kind that the asset has already, that the line says, that the city knows, or that of the command line. */
static const BfKind *
find_kind (Lines *lines, BfJsonNode node, const char *asset)
{
  const char *said = bf_json_member_string (node, "kind", NULL);
  const BfKind *kind = g_hash_table_lookup (lines->kinds, asset);

  if (kind != NULL)
    return kind;
  kind = said != NULL ? bf_catalog_find_kind (lines->past->catalog, said) : bf_past_known_kind (lines->past, asset);
  if (kind == NULL && said == NULL)
    kind = kind_on_sight (lines, asset);
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
  const char *property = bf_json_member_string (node, "property", NULL);
  gboolean described;
  BfPastLine line = { .asset = bf_json_member_string (node, "asset", NULL), .parent = bf_json_member_string (node, "parent", NULL),
                      .record = lines->number };

  described = !bf_json_member (node, "value", &found) && property == NULL && bf_json_member (node, "kind", &found);
  if (line.asset == NULL || (!described && (property == NULL || !bf_json_member (node, "value", &found) || (line.value = value_text (found, buffer)) == NULL)))
    {
      refuse (lines, _ ("expected \"t\", \"asset\", \"property\" and \"value\""));
      return;
    }
  line.value_length = line.value != NULL ? strlen (line.value) : 0;
  if (!read_time (lines, node, bf_json_member (node, "t", &found) ? "t" : "observed", &line.observed_us))
    return;
  line.kind = find_kind (lines, node, line.asset);
  if (line.kind == NULL)
    return;
  line.property = described ? NULL : bf_catalog_find_property (lines->past->catalog, line.kind->service, property);
  if (line.property == NULL && !described)
    {
      refuse (lines, _ ("expected a property of %s, found “%.40s”"), line.kind->full_id, property);
      return;
    }
  if (!note_time (lines, line.observed_us))
    return;
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

/* Takes the whole lines out of @buffer and leaves what is behind the last of them. A line that fills the buffer is too long: it is
 * refused once, and what follows of it is passed over (*@skipping). */
static void
take_lines (Lines *lines, GString *buffer, gboolean *skipping, gboolean ended)
{
  const char *at = buffer->str, *end = buffer->str + buffer->len;

  for (const char *newline; (newline = memchr (at, '\n', (gsize) (end - at))) != NULL; at = newline + 1)
    {
      if (!*skipping)
        {
          lines->number++;
          read_line (lines, at, (gsize) (newline - at));
        }
      *skipping = FALSE;
    }
  g_string_erase (buffer, 0, at - buffer->str);
  if (buffer->len == 0 || (!ended && buffer->len <= LINE_BYTES))
    return;
  if (!*skipping)
    {
      lines->number++;
      read_line (lines, buffer->str, buffer->len);
    }
  *skipping = TRUE;
  g_string_truncate (buffer, 0);
}

static gboolean
read_all (Lines *lines, int fd, const char *path, GError **error)
{
  g_autoptr (GString) buffer = g_string_sized_new (BUFFER_BYTES + LINE_BYTES);
  g_autofree char *piece = g_malloc (BUFFER_BYTES);
  gboolean skipping = FALSE;
  gssize n = 1;

  while (n > 0 && !lines->past->over)
    {
      n = read (fd, piece, BUFFER_BYTES);
      if (n < 0 && errno == EINTR)
        n = 1;
      else if (n < 0)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", path, g_strerror (errno));
          return FALSE;
        }
      else
        {
          g_string_append_len (buffer, piece, n);
          take_lines (lines, buffer, &skipping, n == 0);
        }
    }
  return bf_past_check (lines->past, error);
}

/**
 * bf_past_read_ndjson:
 * @path: "-": standard input
 * @series: its kind, when there is one, is that of assets whose lines do not say theirs
 *
 * Reads one file.
 *
 * Returns: %FALSE with @error when it cannot be read; a bad line is refused and counted
 */
gboolean
bf_past_read_ndjson (BfPast *past, const char *path, const BfPastSeries *series, GError **error)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (LINE_BYTES);
  g_autoptr (GHashTable) kinds = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Lines lines = { past, series, doc, kinds, BF_TIME_NONE, 0 };
  gboolean standard = strcmp (path, "-") == 0;
  int fd = standard ? STDIN_FILENO : g_open (path, O_RDONLY | O_CLOEXEC, 0);
  gboolean all;

  if (fd < 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", path, g_strerror (errno));
      return FALSE;
    }
  past->reading = standard ? _ ("standard input") : path;
  all = read_all (&lines, fd, past->reading, error);
  if (!standard)
    close (fd);
  return all;
}
