/* SPDX-License-Identifier: EUPL-1.2 */
/* CSV by a state machine over blocks of 64 KiB: see bf-csv-private.h. A BOM is skipped; the first line decides whether
 * “;” or “,” parts the fields. A record is at most 64 KiB and 200 fields: a longer one is bad, and the reading goes on
 * behind its end of line. */

#include "model/bf-csv-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"

#define BLOCK_BYTES 65536
#define RECORD_BYTES_MAX 65536
#define FIELDS_MAX 200
#define FILE_BYTES_MAX (G_GINT64_CONSTANT (1) << 30)

typedef struct
{
  BfCsvFunc func;
  gpointer user_data;
  GString *text;    /* the record's fields, each with its NUL */
  GArray *starts;   /* gsize: where each begins */
  char separator;   /* 0: not known yet */
  gboolean quoted;  /* inside of quotes */
  gboolean closing; /* a quote inside of quotes: the end, or the first of two */
  const char *bad;
  guint line;
  guint first_line;
} Reader;

static void
begin_field (Reader *reader)
{
  gsize start = reader->text->len;

  g_array_append_val (reader->starts, start);
}

static void
begin_record (Reader *reader)
{
  g_string_truncate (reader->text, 0);
  g_array_set_size (reader->starts, 0);
  begin_field (reader);
  reader->quoted = reader->closing = FALSE;
  reader->bad = NULL;
  reader->first_line = reader->line;
}

static gboolean
end_record (Reader *reader)
{
  char *fields[FIELDS_MAX];
  guint n = reader->starts->len;
  gboolean more = TRUE;

  if (reader->bad == NULL && !g_utf8_validate (reader->text->str, (gssize) reader->text->len, NULL))
    {
      /* NULs stand between the fields: each on its own */
      for (guint i = 0; i < n && reader->bad == NULL; i++)
        {
          const char *from = reader->text->str + g_array_index (reader->starts, gsize, i);
          const char *to = reader->text->str
                           + (i + 1 < n ? g_array_index (reader->starts, gsize, i + 1) - 1 : reader->text->len);

          if (!g_utf8_validate (from, to - from, NULL))
            reader->bad = _ ("expected UTF-8 text without NUL bytes");
        }
    }
  if (reader->quoted && !reader->closing && reader->bad == NULL)
    reader->bad = _ ("expected the quotes to be closed");
  if (reader->bad != NULL)
    more = reader->func (reader->user_data, reader->first_line, NULL, 0, reader->bad);
  else if (n > 1 || reader->text->len > 0)
    {
      for (guint i = 0; i < n; i++)
        fields[i] = g_strstrip (reader->text->str + g_array_index (reader->starts, gsize, i));
      more = reader->func (reader->user_data, reader->first_line, fields, n, NULL);
    }
  begin_record (reader);
  return more;
}

static void
take_plain (Reader *reader, char c)
{
  gsize start = g_array_index (reader->starts, gsize, reader->starts->len - 1);

  if (c == reader->separator)
    {
      g_string_append_c (reader->text, '\0');
      reader->quoted = reader->closing = FALSE;
      if (reader->starts->len >= FIELDS_MAX)
        reader->bad = _ ("expected at most 200 fields");
      else
        begin_field (reader);
    }
  else if (c == '"' && reader->text->len == start)
    reader->quoted = TRUE;
  else
    g_string_append_c (reader->text, c);
}

/* Takes one byte; FALSE when the caller wants no more. */
static gboolean
take (Reader *reader, char c)
{
  if (reader->quoted && !reader->closing)
    {
      if (c == '"')
        reader->closing = TRUE;
      else if (reader->bad == NULL)
        g_string_append_c (reader->text, c);
    }
  else if (reader->quoted && c == '"')
    {
      reader->closing = FALSE;
      g_string_append_c (reader->text, '"');
    }
  else if (c == '\n')
    {
      reader->line++;
      return end_record (reader);
    }
  else if (c != '\r' && reader->bad == NULL)
    take_plain (reader, c);
  if (c == '\n')
    reader->line++;
  if (reader->text->len <= RECORD_BYTES_MAX || reader->bad != NULL)
    return TRUE;
  /* given up: the record ends with its line, quotes or not */
  reader->bad = _ ("expected a record of at most 64 KiB");
  reader->quoted = reader->closing = FALSE;
  return TRUE;
}

static char
guess_separator (const char *block, gsize length)
{
  const char *eol = memchr (block, '\n', length);

  return memchr (block, ';', eol != NULL ? (gsize) (eol - block) : length) != NULL ? ';' : ',';
}

static gboolean
read_blocks (Reader *reader, GInputStream *stream, const char *path, GError **error)
{
  g_autofree char *block = g_malloc (BLOCK_BYTES);
  gint64 total = 0;
  gsize n;

  reader->line = 1;
  begin_record (reader);
  while (g_input_stream_read_all (stream, block, BLOCK_BYTES, &n, NULL, error))
    {
      gsize i = 0;

      if (total == 0)
        {
          reader->separator = guess_separator (block, n);
          if (n >= 3 && memcmp (block, "\xef\xbb\xbf", 3) == 0)
            i = 3;
        }
      total += n;
      if (total > FILE_BYTES_MAX)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: expected at most 1 GiB"), path);
          return FALSE;
        }
      for (; i < n; i++)
        if (!take (reader, block[i]))
          {
            g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("%s:%u: the reading was ended"), path, reader->first_line);
            return FALSE;
          }
      if (n < BLOCK_BYTES)
        return TRUE;
    }
  return FALSE;
}

/*
 * bf_csv_read:
 * @func: called for each record that is not empty, the header among them
 *
 * Returns: %FALSE with @error when the file cannot be read, is over 1 GiB, or @func wanted no more
 */
gboolean
bf_csv_read (const char *path, BfCsvFunc func, gpointer user_data, GError **error)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileInputStream) stream = g_file_read (file, NULL, error);
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  Reader reader = { func, user_data, text, starts, ';', FALSE, FALSE, NULL, 1, 1 };

  if (stream == NULL || !read_blocks (&reader, G_INPUT_STREAM (stream), path, error))
    return FALSE;
  if ((text->len > 0 || starts->len > 1 || reader.quoted || reader.bad != NULL) && !end_record (&reader))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("%s:%u: the reading was ended"), path, reader.first_line);
      return FALSE;
    }
  return TRUE;
}
