/* SPDX-License-Identifier: EUPL-1.2 */
/* Series out of tables (CSV), in one of three shapes, told by the heads:
 *
 *   wide      t, A, B, …                    a column an asset; the property is said by the caller
 *   long      t, asset, property, value
 *   records   t, asset, free_spaces, …      a column a property
 *
 * The time stands under t, time, timestamp or observed; under result there may be when it was learnt. Else that is the time itself,
 * and a line with a time before the greatest so far of its file was learnt then: it came late. */

#include "ctl/bf-past-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "model/bf-csv.h"

#define FIELDS_MAX 20000u /* of a line: assets of a wide table */
#define RECORD_BYTES (1u << 20)
#define FILE_BYTES_MAX (G_GINT64_CONSTANT (1) << 30)

typedef struct
{
  BfPast *past;
  const BfPastSeries *series;
  guint16 feed;
  guint n_fields;
  char **heads;
  int time;
  int result;
  int asset;
  int property;
  int value;
  const BfProperty **of_column; /* the column's property, NULL: none */
  char **last;                  /* of a wide table: the value before */
  gint64 newest_us;
  GError *error;
} Table;

static void
table_clear (Table *table)
{
  for (guint i = 0; table->last != NULL && i < table->n_fields; i++)
    g_free (table->last[i]);
  g_free (table->last);
  g_strfreev (table->heads);
  g_free (table->of_column);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Table, table_clear)

static int
find_head (const Table *table, const char *const *names)
{
  for (guint i = 0; i < table->n_fields; i++)
    if (g_strv_contains (names, table->heads[i]))
      return (int) i;
  return -1;
}

static const BfProperty *
find_property (const Table *table, const char *id)
{
  return bf_catalog_find_property (table->past->catalog, table->series->kinds[0]->service, id);
}

static gboolean fail (Table *table, const char *format, ...) G_GNUC_PRINTF (2, 3);

static gboolean
fail (Table *table, const char *format, ...)
{
  va_list args;
  g_autofree char *text = NULL;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (&table->error, BF_ERROR, BF_ERROR_VALUE, "%s:1: %s", table->past->reading, text);
  return FALSE;
}

static gboolean
open_wide (Table *table)
{
  const BfProperty *property = table->series->property != NULL ? find_property (table, table->series->property) : NULL;

  if (property == NULL)
    return fail (table, _ ("a column an asset: expected --property with a property of %s, found “%s”"), table->series->kinds[0]->full_id,
                 table->series->property != NULL ? table->series->property : "");
  for (guint i = 0; i < table->n_fields; i++)
    table->of_column[i] = (int) i != table->time && (int) i != table->result ? property : NULL;
  table->last = g_new0 (char *, table->n_fields);
  return TRUE;
}

static gboolean
open_records (Table *table)
{
  guint n = 0;

  for (guint i = 0; i < table->n_fields; i++)
    {
      if ((int) i == table->time || (int) i == table->result || (int) i == table->asset)
        continue;
      table->of_column[i] = find_property (table, table->heads[i]);
      n += table->of_column[i] != NULL;
      table->past->counts.n_other += table->of_column[i] == NULL;
    }
  return n > 0 || fail (table, _ ("expected a column with a property of %s"), table->series->kinds[0]->full_id);
}

static gboolean
open_table (Table *table, char *const *fields, guint n_fields)
{
  static const char *const times[] = { "t", "time", "timestamp", "observed", NULL };
  static const char *const results[] = { "result", NULL };
  static const char *const assets[] = { "asset", NULL };
  static const char *const properties[] = { "property", NULL };
  static const char *const values[] = { "value", NULL };
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < n_fields; i++)
    g_strv_builder_add (builder, fields[i]);
  table->heads = g_strv_builder_end (builder);
  table->n_fields = n_fields;
  table->of_column = g_new0 (const BfProperty *, n_fields);
  table->time = find_head (table, times);
  table->result = find_head (table, results);
  table->asset = find_head (table, assets);
  table->property = find_head (table, properties);
  table->value = find_head (table, values);
  if (table->time < 0)
    return fail (table, _ ("expected a column t, time, timestamp or observed"));
  if (table->asset < 0)
    return open_wide (table);
  if ((table->property < 0) != (table->value < 0))
    return fail (table, _ ("expected the columns property and value, or neither"));
  return table->property >= 0 || open_records (table);
}

static gboolean
parse_time (const Table *table, guint line, const char *text, gint64 *ret_us)
{
  g_autofree char *reason = NULL;

  if (bf_time_parse_rfc3339 (text, strlen (text), table->series->zone, ret_us))
    return TRUE;
  reason = g_strdup_printf (_ ("expected a time such as 2026-03-29T01:30:00Z, found “%.40s”"), text);
  bf_past_refuse (table->past, line, NULL, reason);
  return FALSE;
}

static void
say (Table *table, BfPastLine *line, const char *value)
{
  if (value[0] == '\0')
    return;
  line->value = value;
  line->value_length = strlen (value);
  bf_past_say (table->past, table->feed, line);
}

static void
say_wide (Table *table, BfPastLine *line, char *const *fields, guint n_fields)
{
  for (guint i = 0; i < n_fields; i++)
    {
      if (table->of_column[i] == NULL)
        continue;
      line->asset = table->heads[i];
      line->property = table->of_column[i];
      if (fields[i][0] != '\0' && g_strcmp0 (table->last[i], fields[i]) != 0)
        {
          g_free (table->last[i]);
          table->last[i] = g_strdup (fields[i]);
        }
      if (fields[i][0] == '\0' && table->series->unchanged && table->last[i] != NULL)
        say (table, line, table->last[i]);
      else
        say (table, line, fields[i]);
    }
}

static void
say_long (Table *table, BfPastLine *line, char *const *fields)
{
  g_autofree char *reason = NULL;

  line->asset = fields[table->asset];
  line->property = find_property (table, fields[table->property]);
  if (line->property != NULL)
    {
      say (table, line, fields[table->value]);
      return;
    }
  reason = g_strdup_printf (_ ("expected a property of %s, found “%.40s”"), table->series->kinds[0]->full_id, fields[table->property]);
  bf_past_refuse (table->past, line->record, NULL, reason);
}

static void
say_records (Table *table, BfPastLine *line, char *const *fields, guint n_fields)
{
  line->asset = fields[table->asset];
  for (guint i = 0; i < n_fields; i++)
    if (table->of_column[i] != NULL)
      {
        line->property = table->of_column[i];
        say (table, line, fields[i]);
      }
}

static gboolean
record_cb (gpointer user_data, guint number, char *const *fields, guint n_fields, const char *bad)
{
  Table *table = user_data;
  BfPastLine line = { .kind = table->series->kinds[0], .record = number };

  if (bad != NULL)
    {
      bf_past_refuse (table->past, number, NULL, bad);
      return TRUE;
    }
  if (table->heads == NULL)
    return open_table (table, fields, n_fields);
  if (n_fields == 1 && fields[0][0] == '\0')
    return TRUE;
  if (n_fields != table->n_fields)
    {
      g_autofree char *reason = g_strdup_printf (_ ("expected %u fields, as the heads have, found %u"), table->n_fields, n_fields);

      bf_past_refuse (table->past, number, NULL, reason);
      return TRUE;
    }
  if (!parse_time (table, number, fields[table->time], &line.observed_us))
    return TRUE;
  table->newest_us = MAX (table->newest_us, line.observed_us);
  line.result_us = table->newest_us;
  if (table->result >= 0 && fields[table->result][0] != '\0' && !parse_time (table, number, fields[table->result], &line.result_us))
    return TRUE;
  if (table->asset < 0)
    say_wide (table, &line, fields, n_fields);
  else if (table->property >= 0)
    say_long (table, &line, fields);
  else
    say_records (table, &line, fields, n_fields);
  return !table->past->over;
}

/* Columns of a wide table under which nothing came in any file. */
static void
count_silent (const Table *table)
{
  BfPast *past = table->past;

  for (guint i = 0; table->last != NULL && i < table->n_fields; i++)
    {
      if (table->of_column[i] == NULL)
        continue;
      if (table->last[i] != NULL)
        {
          g_hash_table_add (past->heard, g_strdup (table->heads[i]));
          g_hash_table_remove (past->silent, table->heads[i]);
        }
      else if (!g_hash_table_contains (past->heard, table->heads[i]))
        g_hash_table_add (past->silent, g_strdup (table->heads[i]));
    }
}

/**
 * bf_past_read_series:
 * @series: with a kind
 *
 * Reads one table.
 *
 * Returns: %FALSE with @error when it cannot be read or is none of the three shapes; a bad line is refused and counted
 */
gboolean
bf_past_read_series (BfPast *past, const char *path, const BfPastSeries *series, GError **error)
{
  g_auto (Table) table = { .past = past, .series = series, .newest_us = BF_TIME_NONE };
  g_autoptr (GMappedFile) file = g_mapped_file_new (path, FALSE, error);
  BfCsvOptions options = { 0, RECORD_BYTES, FIELDS_MAX };

  if (file == NULL)
    return FALSE;
  past->reading = path;
  if ((gint64) g_mapped_file_get_length (file) > FILE_BYTES_MAX)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("%s: expected at most 1 GiB"), path);
      return FALSE;
    }
  table.feed = bf_past_file_feed (past, series->kinds[0]->service);
  if (g_mapped_file_get_length (file) > 0)
    bf_csv_parse (g_mapped_file_get_contents (file), g_mapped_file_get_length (file), &options, record_cb, &table);
  if (table.error != NULL)
    {
      g_propagate_error (error, table.error);
      return FALSE;
    }
  if (table.heads == NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s:1: expected the heads of a table, found nothing"), path);
      return FALSE;
    }
  count_silent (&table);
  return bf_past_check (past, error);
}
