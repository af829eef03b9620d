/* SPDX-License-Identifier: EUPL-1.2 */
/* A city has some hundred thousand series, so that this is written for room: 12 bytes a series, 4 to 8 bytes of cells, and
 * each text once.
 *
 *   texts    blocks of 64 KiB; a reference is block << 16 | place. A block does not move: a text that is given out stays
 *   names    [id - 1]: references of the two texts, hash of both
 *   cells    open addressing with linear probing: 0 free, else id | 8 bits of the hash << 24
 *   text_cells    the same over the texts: 0 free, else a reference
 *
 * Nothing is ever taken out. Each table is at most three quarters full. */

#include "store/bf-series-table.h"

#include <string.h>

#include "base/bf-text.h"

#define ID_BITS 24
#define BLOCK_BITS 16
#define BLOCK_BYTES (1u << BLOCK_BITS)
#define BLOCKS_MAX (1u << (32 - BLOCK_BITS))

typedef struct
{
  guint32 first; /* 0: this id is not there */
  guint32 second;
  guint32 hash;
} BfSeriesName;

struct _BfSeriesTable
{
  guint32 *cells;
  guint32 mask;
  BfSeriesName *names;
  guint n_names;
  guint names_room;
  guint max;

  GPtrArray *blocks;
  guint32 block_used;
  guint32 *text_cells;
  guint32 text_mask;
  guint n_texts;
};

/**
 * bf_series_table_new:
 * @max: greatest number of pairs that the table takes, below 2^24
 */
BfSeriesTable *
bf_series_table_new (guint max)
{
  BfSeriesTable *table = g_new0 (BfSeriesTable, 1);

  g_assert (max < 1u << ID_BITS);
  table->mask = table->text_mask = 255;
  table->cells = g_new0 (guint32, table->mask + 1);
  table->text_cells = g_new0 (guint32, table->text_mask + 1);
  table->blocks = g_ptr_array_new_with_free_func (g_free);
  table->block_used = BLOCK_BYTES;
  table->max = max;
  return table;
}

void
bf_series_table_free (BfSeriesTable *table)
{
  g_free (table->cells);
  g_free (table->names);
  g_free (table->text_cells);
  g_ptr_array_unref (table->blocks);
  g_free (table);
}

/* ---- Texts ---- */

static guint32
fold_hash (guint64 hash)
{
  return (guint32) (hash >> 32) ^ (guint32) hash;
}

static const char *
get_text (const BfSeriesTable *table, guint32 ref)
{
  return (const char *) g_ptr_array_index (table->blocks, ref >> BLOCK_BITS) + (ref & (BLOCK_BYTES - 1));
}

/* The cell of the text, or the free one where it would go. */
static guint32 *
find_text (const BfSeriesTable *table, const char *text)
{
  for (guint32 at = fold_hash (bf_hash_bytes (text, strlen (text)));; at++)
    {
      guint32 *cell = &table->text_cells[at & table->text_mask];

      if (*cell == 0 || strcmp (get_text (table, *cell), text) == 0)
        return cell;
    }
}

static void
grow_texts (BfSeriesTable *table)
{
  guint32 old_size = table->text_mask + 1;
  g_autofree guint32 *old = g_steal_pointer (&table->text_cells);

  table->text_mask = old_size * 2 - 1;
  table->text_cells = g_new0 (guint32, table->text_mask + 1);
  for (guint32 i = 0; i < old_size; i++)
    if (old[i] != 0)
      *find_text (table, get_text (table, old[i])) = old[i];
}

/* The text's reference; 0 when it does not fit. */
static guint32
intern_text (BfSeriesTable *table, const char *text)
{
  gsize bytes = strlen (text) + 1;
  guint32 *cell = find_text (table, text);
  guint32 ref;

  if (*cell != 0)
    return *cell;
  if (bytes >= BLOCK_BYTES)
    return 0;
  if (table->block_used + bytes > BLOCK_BYTES)
    {
      if (table->blocks->len == BLOCKS_MAX)
        return 0;
      /* Reference 0 is none: the first block begins with a byte that nobody has. */
      table->block_used = table->blocks->len == 0 ? 1 : 0;
      g_ptr_array_add (table->blocks, g_malloc (BLOCK_BYTES));
    }
  ref = (table->blocks->len - 1) << BLOCK_BITS | table->block_used;
  memcpy ((char *) g_ptr_array_index (table->blocks, table->blocks->len - 1) + table->block_used, text, bytes);
  table->block_used += (guint32) bytes;
  *cell = ref;
  if (4 * (guint64) ++table->n_texts > 3 * (guint64) table->text_mask)
    grow_texts (table);
  return ref;
}

/* ---- Pairs ---- */

static guint32
pair_hash (const char *first, const char *second)
{
  guint64 hash = bf_hash_bytes (first, strlen (first));

  hash = (hash ^ (hash >> 32)) * G_GUINT64_CONSTANT (0x9e3779b97f4a7c15) + bf_hash_bytes (second, strlen (second));
  return fold_hash (hash);
}

static guint32
cell_of (guint id, guint32 hash)
{
  return id | (hash >> ID_BITS) << ID_BITS;
}

/* The cell of the pair, or the free one where it would go. */
static guint32 *
find_cell (const BfSeriesTable *table, guint32 hash, const char *first, const char *second)
{
  for (guint32 at = hash;; at++)
    {
      guint32 *cell = &table->cells[at & table->mask];
      const BfSeriesName *name;

      if (*cell == 0)
        return cell;
      if (*cell >> ID_BITS != hash >> ID_BITS)
        continue;
      name = &table->names[(*cell & ((1u << ID_BITS) - 1)) - 1];
      if (name->hash == hash && strcmp (get_text (table, name->first), first) == 0
          && strcmp (get_text (table, name->second), second) == 0)
        return cell;
    }
}

static void
grow_cells (BfSeriesTable *table)
{
  g_free (table->cells);
  table->mask = table->mask * 2 + 1;
  table->cells = g_new0 (guint32, (gsize) table->mask + 1);
  for (guint i = 0; i < table->n_names; i++)
    if (table->names[i].first != 0)
      {
        guint32 at = table->names[i].hash;

        while (table->cells[at & table->mask] != 0)
          at++;
        table->cells[at & table->mask] = cell_of (i + 1, table->names[i].hash);
      }
}

static gboolean
put (BfSeriesTable *table, guint32 *cell, guint32 hash, guint id, const char *first, const char *second)
{
  BfSeriesName name = { intern_text (table, first), 0, hash };

  name.second = name.first != 0 ? intern_text (table, second) : 0;
  if (name.second == 0)
    return FALSE;
  if (id > table->names_room)
    {
      table->names_room = MAX (id, table->names_room + table->names_room / 4 + 64);
      table->names = g_renew (BfSeriesName, table->names, table->names_room);
    }
  for (; table->n_names < id; table->n_names++)
    table->names[table->n_names] = (BfSeriesName){ 0, 0, 0 };
  table->names[id - 1] = name;
  *cell = cell_of (id, hash);
  if (4 * (guint64) table->n_names > 3 * (guint64) table->mask)
    grow_cells (table);
  return TRUE;
}

/**
 * bf_series_table_intern:
 *
 * Returns: the id of the pair, given now if it is new; 0 when the table has its greatest number of pairs, or of bytes of
 *   texts (4 GiB)
 */
guint
bf_series_table_intern (BfSeriesTable *table, const char *first, const char *second)
{
  guint32 hash = pair_hash (first, second);
  guint32 *cell = find_cell (table, hash, first, second);
  guint id;

  if (*cell != 0)
    return *cell & ((1u << ID_BITS) - 1);
  if (table->n_names >= table->max)
    return 0;
  id = table->n_names + 1;
  return put (table, cell, hash, id, first, second) ? id : 0;
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
  guint32 *cell = find_cell (table, hash, first, second);

  if (*cell != 0 || id == 0 || id > table->max)
    return FALSE;
  if (id <= table->n_names && table->names[id - 1].first != 0)
    return FALSE;
  return put (table, cell, hash, id, first, second);
}

guint
bf_series_table_n (const BfSeriesTable *table)
{
  return table->n_names;
}

void
bf_series_table_get (const BfSeriesTable *table, guint id, const char **ret_first, const char **ret_second)
{
  const BfSeriesName *name = &table->names[id - 1];

  *ret_first = get_text (table, name->first);
  *ret_second = get_text (table, name->second);
}
