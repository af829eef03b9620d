/* SPDX-License-Identifier: EUPL-1.2 */
/* Bytes to numbers by a table of text: see bf-payload-table-private.h. Pure. */

#include "formats/bf-payload-table-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-text.h"
#include "formats/bf-format-private.h"

#define ROWS_MAX 256u
#define OFFSET_MAX 255u
#define ANY_PORT (-1)

typedef struct
{
  char *name;
  gint16 port; /* ANY_PORT */
  guint8 offset;
  guint8 width;
  gboolean is_signed;
  gboolean is_float;
  gboolean little;
  guint32 mask;
  double factor;
  double addend;
} Row;

struct _BfPayloadTable
{
  GArray *rows; /* Row */
};

static const struct
{
  const char *name;
  guint8 width;
  gboolean is_signed;
  gboolean is_float;
} types[] = {
  { "u8", 1, FALSE, FALSE },  { "i8", 1, TRUE, FALSE },   { "u16", 2, FALSE, FALSE }, { "i16", 2, TRUE, FALSE }, { "u24", 3, FALSE, FALSE },
  { "i24", 3, TRUE, FALSE },  { "u32", 4, FALSE, FALSE }, { "i32", 4, TRUE, FALSE },  { "f32", 4, FALSE, TRUE },
};

static void
row_clear (gpointer data)
{
  g_free (((Row *) data)->name);
}

static gboolean
parse_type (char *text, Row *row)
{
  char *mask = strchr (text, '&');
  guint64 bits;
  gsize length;

  row->mask = G_MAXUINT32;
  if (mask != NULL)
    {
      gboolean hex = g_str_has_prefix (mask + 1, "0x");

      *mask = '\0';
      if (!g_ascii_string_to_unsigned (mask + 1 + (hex ? 2 : 0), hex ? 16 : 10, 1, G_MAXUINT32, &bits, NULL))
        return FALSE;
      row->mask = (guint32) bits;
    }
  length = strlen (text);
  row->little = length > 2 && g_str_has_suffix (text, "le");
  if (row->little)
    text[length - 2] = '\0';
  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (strcmp (types[i].name, text) == 0)
      {
        row->width = types[i].width;
        row->is_signed = types[i].is_signed && mask == NULL;
        row->is_float = types[i].is_float;
        return mask == NULL || !row->is_float;
      }
  return FALSE;
}

static gboolean
parse_row (const BfConfEntry *entry, Row *row)
{
  g_auto (GStrv) parts = g_strsplit (entry->value, ",", -1);
  guint n = g_strv_length (parts);
  guint64 offset;

  if (n < 2 || n > 4 || entry->locale != NULL)
    return FALSE;
  for (guint i = 0; i < n; i++)
    g_strstrip (parts[i]);
  row->factor = 1;
  if (!g_ascii_string_to_unsigned (parts[0], 10, 0, OFFSET_MAX, &offset, NULL) || !parse_type (parts[1], row)
      || (n > 2 && !bf_text_to_double (parts[2], strlen (parts[2]), &row->factor))
      || (n > 3 && !bf_text_to_double (parts[3], strlen (parts[3]), &row->addend)))
    return FALSE;
  row->offset = (guint8) offset;
  row->name = g_strdup (entry->key);
  return TRUE;
}

static gboolean
add_group (BfPayloadTable *table, const BfConf *conf, const BfConfGroup *group, GPtrArray *problems)
{
  gint16 port = ANY_PORT;
  gboolean good = !group->bad;
  guint64 number;

  if (group->name != NULL)
    {
      if (!g_ascii_string_to_unsigned (group->name, 10, 0, 255, &number, NULL))
        {
          bf_problems_add (problems, conf->path, group->line, _ ("expected [Payload] or [Payload PORT] with a port of 0 to 255, found “%s”"),
                           group->name);
          return FALSE;
        }
      port = (gint16) number;
    }
  for (guint i = 0; i < group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (group->entries, BfConfEntry, i);
      Row row = { .port = port };

      if (table->rows->len < ROWS_MAX && parse_row (entry, &row))
        {
          g_array_append_val (table->rows, row);
          continue;
        }
      good = FALSE;
      bf_problems_add (problems, conf->path, entry->line,
                       _ ("expected offset, type, factor, addend with a type such as u16, i16le or u16&0x3fff, found “%s”"), entry->value);
    }
  return good;
}

gboolean
bf_payload_table_new (const BfConf *feed, const BfConf *defaults, GPtrArray *problems, BfPayloadTable **ret_table)
{
  const BfConf *confs[] = { feed, defaults };
  gboolean good = TRUE;

  *ret_table = NULL;
  for (guint c = 0; c < 2 && *ret_table == NULL; c++)
    for (guint i = 0; confs[c] != NULL && i < confs[c]->groups->len; i++)
      {
        const BfConfGroup *group = g_ptr_array_index (confs[c]->groups, i);

        if (strcmp (group->type, "Payload") != 0)
          continue;
        if (*ret_table == NULL)
          {
            *ret_table = g_new0 (BfPayloadTable, 1);
            (*ret_table)->rows = g_array_new (FALSE, TRUE, sizeof (Row));
            g_array_set_clear_func ((*ret_table)->rows, row_clear);
          }
        good = add_group (*ret_table, confs[c], group, problems) && good;
      }
  if (!good)
    g_clear_pointer (ret_table, bf_payload_table_free);
  return good;
}

void
bf_payload_table_free (BfPayloadTable *table)
{
  if (table == NULL)
    return;
  g_array_unref (table->rows);
  g_free (table);
}

static double
read_row (const Row *row, const guint8 *at)
{
  guint32 bits = 0;
  float number;

  for (guint i = 0; i < row->width; i++)
    bits = bits << 8 | at[row->little ? row->width - 1 - i : i];
  if (row->is_float)
    {
      memcpy (&number, &bits, sizeof number);
      return number;
    }
  bits &= row->mask;
  if (row->is_signed && (bits >> (row->width * 8 - 1) & 1))
    return (double) bits - ldexp (1, row->width * 8);
  return bits;
}

gboolean
bf_payload_table_write (const BfPayloadTable *table, gint64 port, const guint8 *bytes, gsize length, BfJsonOut *out, const char **ret_short)
{
  gboolean any = FALSE;

  *ret_short = NULL;
  for (guint i = 0; i < table->rows->len; i++)
    {
      const Row *row = &g_array_index (table->rows, Row, i);

      if (row->port != ANY_PORT && row->port != port)
        continue;
      any = TRUE;
      if ((gsize) row->offset + row->width > length)
        {
          if (*ret_short == NULL)
            *ret_short = row->name;
          continue;
        }
      bf_format_write_number (out, row->name, read_row (row, bytes + row->offset) * row->factor + row->addend);
    }
  return any;
}
