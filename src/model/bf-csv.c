/* SPDX-License-Identifier: EUPL-1.2 */
/* CSV by libcsv: see bf-csv.h. The parser is given one line after the other, because it knows none: so each record has its
 * line, and after a record that is too large the reading goes on with the next line. The parser grows its buffer by a field;
 * the limit on it holds before a record is complete. */

#include "model/bf-csv.h"

#include <csv.h>
#include <gio/gunixinputstream.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-file.h"

/* States of libcsv's parser, of which its header shows the field and not the names. */
#define ROW_NOT_BEGUN 0
#define FIELD_BEGUN 2

#define BLOCK_BYTES 65536
#define FILE_BYTES_MAX (G_GINT64_CONSTANT (1) << 30)

typedef struct
{
  BfCsvOptions options;
  BfCsvFunc func;
  gpointer user_data;
  struct csv_parser parser;
  GString *text;  /* the record's fields, each with its NUL */
  GArray *starts; /* gsize: where each begins */
  GPtrArray *fields;
  GString *line_part; /* of a line that goes on in the next block */
  gsize raw;      /* bytes of the record so far */
  guint line;     /* being read */
  guint first_line; /* of the record */
  guint n_fields;
  gboolean open;  /* a record has begun */
  gboolean more;  /* the caller wants more */
  const char *bad;
  char *too_large; /* texts of limits */
  char *too_wide;
} Reader;

static void
reader_init (Reader *reader, const BfCsvOptions *options, BfCsvFunc func, gpointer user_data)
{
  memset (reader, 0, sizeof *reader);
  reader->options = *options;
  reader->func = func;
  reader->user_data = user_data;
  reader->text = g_string_new (NULL);
  reader->line_part = g_string_new (NULL);
  reader->starts = g_array_new (FALSE, FALSE, sizeof (gsize));
  reader->fields = g_ptr_array_new ();
  reader->line = reader->first_line = 1;
  reader->more = TRUE;
  reader->too_large = g_strdup_printf (_ ("expected a record of at most %zu KiB"), options->record_bytes >> 10);
  reader->too_wide = g_strdup_printf (_ ("expected at most %u fields"), options->fields);
  if (csv_init (&reader->parser, CSV_APPEND_NULL) != 0)
    g_error ("out of memory");
}

static void
reader_clear (Reader *reader)
{
  csv_free (&reader->parser);
  g_string_free (reader->text, TRUE);
  g_string_free (reader->line_part, TRUE);
  g_array_unref (reader->starts);
  g_ptr_array_unref (reader->fields);
  g_free (reader->too_large);
  g_free (reader->too_wide);
}

static void
field_cb (void *bytes, size_t length, void *user_data)
{
  Reader *reader = user_data;
  gsize start = reader->text->len;

  if (++reader->n_fields > reader->options.fields)
    {
      reader->bad = reader->too_wide;
      return;
    }
  if (!g_utf8_validate_len (bytes, length, NULL))
    reader->bad = _ ("expected UTF-8 text without NUL bytes");
  g_array_append_val (reader->starts, start);
  g_string_append_len (reader->text, bytes, (gssize) length);
  g_string_append_c (reader->text, '\0');
}

static void
end_record (Reader *reader)
{
  if (reader->bad != NULL)
    reader->more = reader->func (reader->user_data, reader->first_line, NULL, 0, reader->bad);
  else if (reader->starts->len > 1 || reader->text->len > 1)
    {
      g_ptr_array_set_size (reader->fields, 0);
      for (guint i = 0; i < reader->starts->len; i++)
        g_ptr_array_add (reader->fields, g_strstrip (reader->text->str + g_array_index (reader->starts, gsize, i)));
      reader->more = reader->func (reader->user_data, reader->first_line, (char *const *) reader->fields->pdata,
                                   reader->fields->len, NULL);
    }
  g_string_truncate (reader->text, 0);
  g_array_set_size (reader->starts, 0);
  reader->n_fields = 0;
  reader->raw = 0;
  reader->bad = NULL;
  reader->open = FALSE;
}

static void
record_cb (int end, void *user_data)
{
  Reader *reader = user_data;

  if (reader->more)
    end_record (reader);
}

/* Gives up the record at hand: it ends with its line, quotes or not. */
static void
give_up (Reader *reader, const char *reason)
{
  unsigned char separator = csv_get_delim (&reader->parser);

  csv_free (&reader->parser);
  if (csv_init (&reader->parser, CSV_APPEND_NULL) != 0)
    g_error ("out of memory");
  csv_set_delim (&reader->parser, separator);
  reader->bad = reason;
  end_record (reader);
}

/* One line with its end; the last may have none. */
static void
take_line (Reader *reader, const char *text, gsize length)
{
  gboolean ends = length > 0 && text[length - 1] == '\n';

  if (!reader->open)
    {
      reader->open = TRUE;
      reader->first_line = reader->line;
      reader->raw = 0;
    }
  reader->raw += length;
  if (reader->raw > reader->options.record_bytes + 2)
    give_up (reader, reader->too_large);
  else if (csv_parse (&reader->parser, text, length, field_cb, record_cb, reader) != length)
    give_up (reader, csv_strerror (csv_error (&reader->parser)));
  /* an empty line is no record: the parser says nothing of it */
  if (reader->open && reader->n_fields == 0 && reader->text->len == 0 && reader->parser.pstate == ROW_NOT_BEGUN)
    reader->open = FALSE;
  if (ends)
    reader->line++;
}

static void
finish (Reader *reader)
{
  if (!reader->more || !reader->open)
    return;
  if ((reader->parser.pstate == FIELD_BEGUN && reader->parser.quoted)
      || csv_fini (&reader->parser, field_cb, record_cb, reader) != 0)
    give_up (reader, _ ("expected the quotes to be closed"));
}

char
bf_csv_guess_separator (const char *bytes, gsize length)
{
  static const char separators[] = { ';', ',', '\t', '|' };
  guint counts[G_N_ELEMENTS (separators)] = { 0 };
  gboolean quoted = FALSE;
  guint best = 1;

  for (gsize i = 0; i < length && (quoted || bytes[i] != '\n'); i++)
    {
      quoted ^= bytes[i] == '"';
      for (guint j = 0; !quoted && j < G_N_ELEMENTS (separators); j++)
        counts[j] += bytes[i] == separators[j];
    }
  for (guint j = 0; j < G_N_ELEMENTS (separators); j++)
    if (counts[j] > counts[best])
      best = j;
  return separators[best];
}

static gsize
skip_bom (const char *bytes, gsize length)
{
  return length >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

static void
begin (Reader *reader, const char *bytes, gsize length)
{
  char separator = reader->options.separator != 0 ? reader->options.separator : bf_csv_guess_separator (bytes, length);

  csv_set_delim (&reader->parser, (unsigned char) separator);
}

/* Whole lines of a block; what is behind the last is kept for the next block. */
static void
take_block (Reader *reader, const char *block, gsize length, gboolean last)
{
  gsize from = 0;

  while (from < length && reader->more)
    {
      const char *eol = memchr (block + from, '\n', length - from);
      gsize n = eol != NULL ? (gsize) (eol - block) + 1 - from : length - from;

      if (reader->line_part->len == 0 && (eol != NULL || last))
        take_line (reader, block + from, n);
      else if (reader->line_part->len <= reader->options.record_bytes + 2)
        g_string_append_len (reader->line_part, block + from, (gssize) n);
      if (reader->line_part->len > 0 && (eol != NULL || last))
        {
          if (eol != NULL && reader->line_part->str[reader->line_part->len - 1] != '\n')
            g_string_append_c (reader->line_part, '\n');
          take_line (reader, reader->line_part->str, reader->line_part->len);
          g_string_truncate (reader->line_part, 0);
        }
      from += n;
    }
  if (last && reader->line_part->len > 0 && reader->more)
    {
      take_line (reader, reader->line_part->str, reader->line_part->len);
      g_string_truncate (reader->line_part, 0);
    }
}

/*
 * bf_csv_parse:
 * @func: called for each record that is not empty, the header among them
 */
gboolean
bf_csv_parse (const char *bytes, gsize length, const BfCsvOptions *options, BfCsvFunc func, gpointer user_data)
{
  gsize bom = skip_bom (bytes, length);
  Reader reader;
  gboolean more;

  reader_init (&reader, options, func, user_data);
  begin (&reader, bytes + bom, length - bom);
  take_block (&reader, bytes + bom, length - bom, TRUE);
  finish (&reader);
  more = reader.more;
  reader_clear (&reader);
  return more;
}

static gboolean
read_blocks (Reader *reader, GInputStream *stream, const char *path, GError **error)
{
  g_autofree char *block = g_malloc (BLOCK_BYTES);
  gint64 total = 0;
  gsize n;

  while (g_input_stream_read_all (stream, block, BLOCK_BYTES, &n, NULL, error))
    {
      gsize from = total == 0 ? skip_bom (block, n) : 0;

      if (total == 0)
        begin (reader, block + from, n - from);
      total += (gint64) n;
      if (total > FILE_BYTES_MAX)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: expected at most 1 GiB"), path);
          return FALSE;
        }
      take_block (reader, block + from, n - from, n < BLOCK_BYTES);
      if (n < BLOCK_BYTES)
        finish (reader);
      if (!reader->more)
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
  int fd = bf_file_open (path, FILE_BYTES_MAX, error);
  g_autoptr (GInputStream) stream = fd >= 0 ? g_unix_input_stream_new (fd, TRUE) : NULL;
  const BfCsvOptions options = BF_CSV_OPTIONS_FILE;
  Reader reader;
  gboolean good;

  if (stream == NULL)
    return FALSE;
  reader_init (&reader, &options, func, user_data);
  good = read_blocks (&reader, stream, path, error);
  reader_clear (&reader);
  return good;
}
