/* SPDX-License-Identifier: EUPL-1.2 */
/* Format=csv: a header line and one record a line; a cell is text, by the name in the header; an empty one is null. In [Feed]
 *
 *   Separator=;  or , or tab or |      guessed from the header otherwise
 *   Encoding=ISO-8859-1                UTF-8, UTF-16, Windows-1252, ISO-8859-15; guessed otherwise
 *   Header=no                          the columns are c1, c2, …
 *   Wide=timestamp                     a column an asset: the columns named here (apart by |) belong to the row; each other
 *                                      cell is a record of them with "column" (its header) and "value". Wide= alone: all
 *                                      columns are assets; then only one row can be now.
 *
 * Numbers may have a decimal comma: the mapping reads both. The same column name twice: the second is name#2. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "formats/bf-encoding-private.h"
#include "formats/bf-mapping-private.h"
#include "model/bf-csv.h"

#define FIELDS_MAX 20000u

typedef struct
{
  BfRecords records;
  GPtrArray *columns; /* char *, NULL until the header was read */
  GArray *of_row;     /* gboolean a column: Wide= names it */
  GPtrArray *heads;   /* of a wide table: GString a column, what each of its cells says of the column, as members */
  GString *row;       /* of a wide table: what each cell says of its row, as an object */
  char **wide;        /* NULL when the table is not wide */
  gboolean header;
  guint32 n_rows;
  GError *error;
} Table;

static char *
free_name (Table *table, const char *name, guint column)
{
  g_autofree char *own = name[0] != '\0' ? g_strdup (name) : g_strdup_printf ("c%u", column + 1);
  guint n = 1;

  for (guint i = 0; table->columns->len <= 2000 && i < table->columns->len; i++)
    n += strcmp (g_ptr_array_index (table->columns, i), own) == 0;
  return n > 1 ? g_strdup_printf ("%s#%u", own, n) : g_steal_pointer (&own);
}

static gboolean
check_wide (Table *table)
{
  for (guint i = 0; table->wide != NULL && table->wide[i] != NULL; i++)
    {
      gboolean found = table->wide[i][0] == '\0';

      for (guint j = 0; j < table->columns->len && !found; j++)
        found = strcmp (g_ptr_array_index (table->columns, j), table->wide[i]) == 0;
      if (found)
        continue;
      g_set_error (&table->error, BF_ERROR, BF_ERROR_VALUE, _ ("the header has no column “%s”, which Wide= names"), table->wide[i]);
      return FALSE;
    }
  return TRUE;
}

/* A header that has not one of the columns that the feed asks for is an error page, or another file: not an empty table. */
static gboolean
check_known (Table *table)
{
  const BfMapping *mapping = table->records.mapping;

  if (mapping == NULL || mapping->types != NULL || mapping->key_names->len == 0 || table->wide != NULL)
    return TRUE;
  for (guint i = 0; i < mapping->key_names->len; i++)
    for (guint j = 0; j < table->columns->len; j++)
      if (strcmp (g_ptr_array_index (table->columns, j), g_ptr_array_index (mapping->key_names, i)) == 0)
        return TRUE;
  g_set_error (&table->error, BF_ERROR, BF_ERROR_VALUE, _ ("the header “%.*s…” has none of the columns that [Map] names"),
               bf_format_cut (g_ptr_array_index (table->columns, 0), 80), (const char *) g_ptr_array_index (table->columns, 0));
  return FALSE;
}

static gboolean
read_header (Table *table, char *const *fields, guint n)
{
  table->columns = g_ptr_array_new_with_free_func (g_free);
  table->of_row = g_array_new (FALSE, TRUE, sizeof (gboolean));
  for (guint i = 0; i < n; i++)
    {
      char *name = free_name (table, table->header ? fields[i] : "", i);
      gboolean of_row = table->wide != NULL && g_strv_contains ((const char *const *) table->wide, name);

      g_ptr_array_add (table->columns, name);
      g_array_append_val (table->of_row, of_row);
    }
  return check_wide (table) && check_known (table);
}

/* "LINESTRING (9.49 47.65, 9.50 47.66)" and its like as GeoJSON; a POINT stays the text that it is. FALSE: none of these. */
static gboolean
append_wkt (GString *out, const char *text)
{
  static const char *const types[] = { "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon" };
  const char *type = NULL;
  const char *p;
  guint depth = 0;
  gboolean wanted = TRUE; /* a pair or a bracket, and nothing else, may stand here */

  for (guint i = 0; i < G_N_ELEMENTS (types) && type == NULL; i++)
    if (g_ascii_strncasecmp (text, types[i], strlen (types[i])) == 0 && strchr (" (", text[strlen (types[i])]) != NULL)
      type = types[i];
  if (type == NULL)
    return FALSE;
  g_string_append_printf (out, "{\"type\":\"%s\",\"coordinates\":", type);
  for (p = text + strlen (type); *p != '\0';)
    {
      char number[G_ASCII_DTOSTR_BUF_SIZE];
      char *end;
      double x = g_ascii_strtod (p, &end), y;

      if (end != p)
        {
          p = end;
          y = g_ascii_strtod (p, &end);
          if (end == p || depth == 0 || !wanted || !isfinite (x) || !isfinite (y))
            return FALSE;
          g_string_append_printf (out, "[%s,", g_ascii_dtostr (number, sizeof number, x));
          g_string_append_printf (out, "%s]", g_ascii_dtostr (number, sizeof number, y));
          for (p = end; *p != '\0' && strchr (",)", *p) == NULL; p++)
            ; /* height and measure */
          wanted = FALSE;
          continue;
        }
      if (*p != ' ')
        {
          if ((*p == '(') != wanted || strchr ("(),", *p) == NULL || (*p == '(' ? ++depth > 3 : depth == 0))
            return FALSE;
          g_string_append_c (out, *p == '(' ? '[' : *p == ')' ? ']' : ',');
          depth -= *p == ')';
          wanted = *p != ')';
        }
      p++;
    }
  g_string_append_c (out, '}');
  return depth == 0 && !wanted;
}

static void
write_cell (BfJsonOut *out, const Table *table, guint column, const char *text)
{
  const char *name = g_ptr_array_index (table->columns, column);

  if ((text[0] | 0x20) == 'l' || (text[0] | 0x20) == 'p' || (text[0] | 0x20) == 'm')
    {
      g_autoptr (GString) geometry = g_string_new (NULL);

      if (append_wkt (geometry, text))
        {
          bf_json_out_raw (out, name, geometry->str);
          return;
        }
    }
  bf_json_out_string (out, name, text[0] != '\0' ? text : NULL);
}

static void
free_text (gpointer text)
{
  g_string_free (text, TRUE);
}

/* What is the same in all cells of a column is written once. */
static void
write_heads (Table *table)
{
  table->row = g_string_new (NULL);
  table->heads = g_ptr_array_new_with_free_func (free_text);
  for (guint i = 0; i < table->columns->len; i++)
    {
      const char *column = g_ptr_array_index (table->columns, i);
      GString *head = g_string_new (NULL);
      BfJsonOut out;

      bf_json_out_init (&out, head);
      bf_json_out_string (&out, "@id", column);
      bf_json_out_string (&out, "column", column);
      g_ptr_array_add (table->heads, head);
    }
}

static void
write_row (Table *table, char *const *fields)
{
  BfJsonOut out;

  g_string_truncate (table->row, 0);
  bf_json_out_init (&out, table->row);
  bf_json_out_begin_object (&out, NULL);
  for (guint i = 0; i < table->columns->len && table->wide[0][0] != '\0'; i++)
    if (g_array_index (table->of_row, gboolean, i))
      write_cell (&out, table, i, fields[i]);
  bf_json_out_end_object (&out);
}

static gboolean
take_wide (Table *table, char *const *fields)
{
  if (table->heads == NULL)
    write_heads (table);
  write_row (table, fields);
  for (guint i = 0; i < table->columns->len; i++)
    {
      const GString *head = g_ptr_array_index (table->heads, i);
      BfJsonOut *out;

      if (g_array_index (table->of_row, gboolean, i) || fields[i][0] == '\0')
        continue;
      out = bf_records_begin (&table->records, NULL, NULL, BF_TIME_NONE);
      bf_json_out_members (out, head->str, head->len);
      bf_json_out_string (out, "value", fields[i]);
      bf_json_out_members (out, table->row->str + 1, table->row->len - 2);
      if (!bf_records_end (&table->records, &table->error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
take_row (Table *table, guint line, char *const *fields, guint n)
{
  BfJsonOut *out;

  if (table->wide != NULL && table->wide[0][0] == '\0' && table->n_rows > 1)
    {
      g_set_error (&table->error, BF_ERROR, BF_ERROR_VALUE,
                   _ ("line %u: a second row, but no column says when: name the column of time in Wide="), line);
      return FALSE;
    }
  if (table->wide != NULL)
    return take_wide (table, fields);
  out = bf_records_begin (&table->records, NULL, NULL, BF_TIME_NONE);
  for (guint i = 0; i < n; i++)
    write_cell (out, table, i, fields[i]);
  return bf_records_end (&table->records, &table->error);
}

/* A line that is no record stands in the count of refusals with its line; FALSE when there are too many records. */
static gboolean
refuse_line (Table *table, guint line, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
refuse_line (Table *table, guint line, const char *format, ...)
{
  g_autofree char *reason = NULL;
  guint32 number;
  va_list args;

  va_start (args, format);
  reason = g_strdup_vprintf (format, args);
  va_end (args);
  if (!bf_records_skip (&table->records, &number, &table->error))
    return FALSE;
  bf_sink_record (table->records.sink);
  bf_sink_refuse (table->records.sink, number, NULL, _ ("line %u: %s"), line, reason);
  return TRUE;
}

static gboolean
row_cb (gpointer user_data, guint line, char *const *fields, guint n, const char *bad)
{
  Table *table = user_data;

  if (table->columns == NULL && bad != NULL)
    {
      g_set_error (&table->error, BF_ERROR, BF_ERROR_SYNTAX, _ ("line %u, the header: %s"), line, bad);
      return FALSE;
    }
  if (table->columns == NULL)
    {
      if (!read_header (table, fields, n))
        return FALSE;
      if (table->header)
        return TRUE;
    }
  table->n_rows++;
  if (bad != NULL)
    return refuse_line (table, line, "%s", bad);
  if (n != table->columns->len)
    return refuse_line (table, line, _ ("expected %u cells as in the header, found %u"), table->columns->len, n);
  return take_row (table, line, fields, n);
}

/* --- settings ------------------------------------------------------------------------------------------------------- */

static gboolean
find_separator (const BfMapping *mapping, char *ret_separator, GError **error)
{
  const char *text = bf_mapping_option (mapping, "Separator");

  *ret_separator = 0;
  if (text == NULL)
    return TRUE;
  if (g_ascii_strcasecmp (text, "tab") == 0 || strcmp (text, "\\t") == 0)
    *ret_separator = '\t';
  else if (strlen (text) == 1 && strchr (";,|:", text[0]) != NULL)
    *ret_separator = text[0];
  else
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("Separator=%s: expected ; or , or | or : or tab"), text);
  return *ret_separator != 0;
}

static gboolean
find_encoding (const BfMapping *mapping, const char *bytes, gsize length, BfEncoding *ret_encoding, GError **error)
{
  const char *name = bf_mapping_option (mapping, "Encoding");

  if (name == NULL)
    *ret_encoding = bf_encoding_guess (bytes, length);
  else if (!bf_encoding_find (name, strlen (name), ret_encoding))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                   _ ("Encoding=%s: expected UTF-8, UTF-16, ISO-8859-1, ISO-8859-15 or Windows-1252"), name);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_table (Table *table, const BfMapping *mapping, const char *bytes, gsize length, GString **room, GError **error)
{
  BfCsvOptions options = { 0, 1u << 20, FIELDS_MAX };
  const char *wide = bf_mapping_option (mapping, "Wide");
  const char *header = bf_mapping_option (mapping, "Header");
  BfEncoding encoding;
  const char *text;
  gsize n;

  table->header = g_strcmp0 (header, "no") != 0;
  table->wide = wide != NULL ? g_strsplit (wide, "|", -1) : NULL;
  for (guint i = 0; table->wide != NULL && table->wide[i] != NULL; i++)
    g_strstrip (table->wide[i]);
  if (table->wide != NULL && table->wide[0] == NULL)
    {
      g_strfreev (table->wide);
      table->wide = g_strsplit (" ", "|", -1);
      g_strstrip (table->wide[0]);
    }
  if (!find_separator (mapping, &options.separator, error) || !find_encoding (mapping, bytes, length, &encoding, error)
      || !bf_encoding_to_utf8 (encoding, bytes, length, room, &text, &n, error))
    return FALSE;
  bf_csv_parse (text, n, &options, row_cb, table);
  if (table->error != NULL)
    g_propagate_error (error, g_steal_pointer (&table->error));
  else if (table->columns == NULL)
    g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("not CSV: expected a header line, found nothing"));
  else
    return bf_records_finish (&table->records, error);
  return FALSE;
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  Table table = { 0 };
  GString *room = NULL;
  gboolean good;

  bf_records_init (&table.records, mapping, doc, sink);
  good = read_table (&table, mapping, bytes, length, &room, error);
  bf_records_clear (&table.records);
  if (room != NULL)
    g_string_free (room, TRUE);
  g_strfreev (table.wide);
  if (table.columns != NULL)
    {
      g_ptr_array_unref (table.columns);
      g_array_unref (table.of_row);
    }
  if (table.heads != NULL)
    {
      g_ptr_array_unref (table.heads);
      g_string_free (table.row, TRUE);
    }
  return good;
}

typedef struct
{
  Table table;
  BfJsonOut out;
  guint left;
} Sample;

static gboolean
sample_cb (gpointer user_data, guint line, char *const *fields, guint n, const char *bad)
{
  Sample *sample = user_data;

  if (bad != NULL)
    return sample->table.columns != NULL;
  if (sample->table.columns == NULL)
    return read_header (&sample->table, fields, n);
  if (n != sample->table.columns->len)
    return TRUE;
  bf_json_out_begin_object (&sample->out, NULL);
  for (guint i = 0; i < n; i++)
    write_cell (&sample->out, &sample->table, i, fields[i]);
  bf_json_out_end_object (&sample->out);
  return --sample->left > 0;
}

gboolean
bf_csv_sample (const char *bytes, gsize length, guint n_rows, GString *out, GError **error)
{
  const BfCsvOptions options = { 0, 1u << 20, 2000 };
  Sample sample = { .table = { .header = TRUE }, .left = n_rows };
  GString *room = NULL;
  const char *text;
  gsize n;
  gboolean good = bf_encoding_to_utf8 (bf_encoding_guess (bytes, length), bytes, length, &room, &text, &n, error);

  bf_json_out_init (&sample.out, out);
  bf_json_out_begin_array (&sample.out, NULL);
  if (good)
    bf_csv_parse (text, n, &options, sample_cb, &sample);
  bf_json_out_end_array (&sample.out);
  if (room != NULL)
    g_string_free (room, TRUE);
  if (sample.table.columns != NULL)
    {
      g_ptr_array_unref (sample.table.columns);
      g_array_unref (sample.table.of_row);
    }
  return good;
}

/* Text in lines, whose first three have the same number of separators, at least one. */
static int
recognise_bytes (const char *bytes, gsize length)
{
  gsize n = MIN (length, 65536), from = 0;
  char separator = bf_csv_guess_separator (bytes, n);
  guint first = 0, line;

  if (memchr (bytes, '\0', n) != NULL || (n > 0 && strchr ("<{[", bytes[0]) != NULL))
    return 0;
  for (line = 0; line < 3 && from < n; line++)
    {
      gboolean quoted = FALSE;
      guint count = 0;

      for (; from < n && (quoted || bytes[from] != '\n'); from++)
        {
          quoted ^= bytes[from] == '"';
          count += !quoted && bytes[from] == separator;
        }
      from++;
      if (line > 0 && count != first)
        return 0;
      first = count;
    }
  return line >= 2 && first >= 1 ? 60 : 0;
}

const BfFormat bf_format_csv = { .name = "csv", .decode = decode, .recognise_bytes = recognise_bytes };
