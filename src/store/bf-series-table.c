/* SPDX-License-Identifier: EUPL-1.2 */
/* Open addressing with linear probing over (hash, id) cells, at most half full; the texts are kept once each in a string
 * chunk, since a city has far fewer assets and properties than series. Nothing is ever taken out. */

#include "store/bf-series-table.h"

#include <string.h>

#include "base/bf-text.h"

typedef struct
{
  guint32 hash;
  guint id; /* 0: free */
} BfSeriesCell;

typedef struct
{
  const char *first;
  const char *second;
} BfSeriesName;

struct _BfSeriesTable
{
  BfSeriesCell *cells;
  guint64 mask;
  GArray *names; /* BfSeriesName, [id - 1] */
  GStringChunk *texts;
  guint max;
};

/**
 * bf_series_table_new:
 * @max: greatest number of pairs that the table takes
 */
BfSeriesTable *
bf_series_table_new (guint max)
{
  BfSeriesTable *table = g_new0 (BfSeriesTable, 1);

  table->mask = 1023;
  table->cells = g_new0 (BfSeriesCell, table->mask + 1);
  table->names = g_array_new (FALSE, TRUE, sizeof (BfSeriesName));
  table->texts = g_string_chunk_new (16384);
  table->max = max;
  return table;
}

void
bf_series_table_free (BfSeriesTable *table)
{
  g_free (table->cells);
  g_array_unref (table->names);
  g_string_chunk_free (table->texts);
  g_free (table);
}

static guint32
pair_hash (const char *first, const char *second)
{
  guint64 hash = bf_hash_bytes (first, strlen (first));

  hash = (hash ^ (hash >> 32)) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + bf_hash_bytes (second, strlen (second));
  return (guint32) (hash >> 32) ^ (guint32) hash;
}

/* The cell of the pair, or the free one where it would go. */
static BfSeriesCell *
find_cell (const BfSeriesTable *table, guint32 hash, const char *first, const char *second)
{
  guint64 at = hash;

  for (;; at++)
    {
      BfSeriesCell *cell = &table->cells[at & table->mask];

      if (cell->id == 0)
        return cell;
      if (cell->hash == hash)
        {
          const BfSeriesName *name = &g_array_index (table->names, BfSeriesName, cell->id - 1);

          if (strcmp (name->first, first) == 0 && strcmp (name->second, second) == 0)
            return cell;
        }
    }
}

static void
grow (BfSeriesTable *table)
{
  guint64 old_size = table->mask + 1;
  g_autofree BfSeriesCell *old = g_steal_pointer (&table->cells);

  table->mask = old_size * 2 - 1;
  table->cells = g_new0 (BfSeriesCell, table->mask + 1);
  for (guint64 i = 0; i < old_size; i++)
    if (old[i].id != 0)
      {
        guint64 at = old[i].hash;

        while (table->cells[at & table->mask].id != 0)
          at++;
        table->cells[at & table->mask] = old[i];
      }
}

static void
put (BfSeriesTable *table, BfSeriesCell *cell, guint32 hash, guint id, const char *first, const char *second)
{
  BfSeriesName name = { g_string_chunk_insert_const (table->texts, first), g_string_chunk_insert_const (table->texts, second) };

  if (table->names->len < id)
    g_array_set_size (table->names, id);
  g_array_index (table->names, BfSeriesName, id - 1) = name;
  cell->hash = hash;
  cell->id = id;
  if (2 * (guint64) table->names->len > table->mask)
    grow (table);
}

/**
 * bf_series_table_intern:
 *
 * Returns: the id of the pair, given now if it is new; 0 when the table has its greatest number of pairs
 */
guint
bf_series_table_intern (BfSeriesTable *table, const char *first, const char *second)
{
  guint32 hash = pair_hash (first, second);
  BfSeriesCell *cell = find_cell (table, hash, first, second);
  guint id = cell->id;

  if (id != 0)
    return id;
  if (table->names->len >= table->max)
    return 0;
  id = table->names->len + 1;
  put (table, cell, hash, id, first, second);
  return id;
}

/**
 * bf_series_table_restore:
 * @id: the id that the pair has on disk
 *
 * Returns: %FALSE when id or pair are there already or the id is over the greatest number: the file is not ours
 */
gboolean
bf_series_table_restore (BfSeriesTable *table, guint id, const char *first, const char *second)
{
  guint32 hash = pair_hash (first, second);
  BfSeriesCell *cell = find_cell (table, hash, first, second);

  if (cell->id != 0 || id == 0 || id > table->max)
    return FALSE;
  if (id <= table->names->len && g_array_index (table->names, BfSeriesName, id - 1).first != NULL)
    return FALSE;
  put (table, cell, hash, id, first, second);
  return TRUE;
}

guint
bf_series_table_n (const BfSeriesTable *table)
{
  return table->names->len;
}

void
bf_series_table_get (const BfSeriesTable *table, guint id, const char **ret_first, const char **ret_second)
{
  const BfSeriesName *name = &g_array_index (table->names, BfSeriesName, id - 1);

  *ret_first = name->first;
  *ret_second = name->second;
}
