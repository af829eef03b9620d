/* SPDX-License-Identifier: EUPL-1.2 */
/* A city has some hundred thousand series, so that this is written for room: 6 bytes a series, and each first text once. And
 * it is asked in the main loop, so that no call moves more than a few entries: names lie in chunks, and when the table of
 * texts is full the next one is filled a little at each call, while both are looked in.
 *
 *   blocks   of 64 KiB; a reference is block << 16 | place. A block does not move: a text that is given out stays
 *   text     head: the newest series that begins with it, 0: none; then the text
 *   cells    open addressing with linear probing over the texts: 0 free, else a reference; at most three quarters full
 *   names    [id - 1]: its second text, and where its chain goes on: the next older series of the same first text, or, of the
 *            oldest one, that text
 *
 * An asset has few properties, so that a chain is short. Nothing is ever taken out. */

#include "store/bf-series-table.h"

#include <string.h>

#include "base/bf-text.h"

#define BLOCK_BITS 16
#define BLOCK_BYTES (1u << BLOCK_BITS)
#define BLOCKS_MAX (1u << (32 - BLOCK_BITS))
#define HEAD_BYTES sizeof (guint32)
#define CHUNK_BITS 12
#define CHUNK_NAMES (1u << CHUNK_BITS)
#define LAST 0x8000u /* in @second: @next is a text */
#define SECONDS_MAX 0x7fffu
#define MOVED_A_CALL 8u /* cells; more than two, or the next table would be full before this one has moved */

typedef struct
{
  guint32 next[CHUNK_NAMES];
  guint16 second[CHUNK_NAMES]; /* place in @seconds, and LAST */
} Names;

typedef struct
{
  guint32 *cells;
  guint32 mask;
} Cells;

struct _BfSeriesTable
{
  GPtrArray *names; /* Names */
  guint n_names;
  guint max;
  GPtrArray *seconds; /* text by place */
  GHashTable *second; /* text -> place + 1 */

  GPtrArray *blocks;
  guint32 block_used;
  guint n_texts;
  Cells texts;
  Cells full;    /* the one before, that moves to @texts; no cells: none */
  guint32 moved; /* of its cells */
};

static Cells
cells_new (guint32 mask)
{
  return (Cells){ g_new0 (guint32, (gsize) mask + 1), mask };
}

/**
 * bf_series_table_new:
 * @max: greatest number of pairs that the table takes
 */
BfSeriesTable *
bf_series_table_new (guint max)
{
  BfSeriesTable *table = g_new0 (BfSeriesTable, 1);

  table->names = g_ptr_array_new_with_free_func (g_free);
  table->seconds = g_ptr_array_new_with_free_func (g_free);
  table->second = g_hash_table_new (g_str_hash, g_str_equal);
  table->texts = cells_new (255);
  table->blocks = g_ptr_array_new_with_free_func (g_free);
  table->block_used = BLOCK_BYTES;
  table->max = max;
  return table;
}

void
bf_series_table_free (BfSeriesTable *table)
{
  g_ptr_array_unref (table->names);
  g_hash_table_unref (table->second);
  g_ptr_array_unref (table->seconds);
  g_free (table->texts.cells);
  g_free (table->full.cells);
  g_ptr_array_unref (table->blocks);
  g_free (table);
}

/* ---- Texts ---- */

static guint32
hash_text (const char *text)
{
  guint64 hash = bf_hash_bytes (text, strlen (text));

  return (guint32) (hash >> 32) ^ (guint32) hash;
}

static char *
get_text (const BfSeriesTable *table, guint32 ref)
{
  return (char *) g_ptr_array_index (table->blocks, ref >> BLOCK_BITS) + (ref & (BLOCK_BYTES - 1));
}

static guint32
get_head (const BfSeriesTable *table, guint32 text)
{
  guint32 head;

  memcpy (&head, get_text (table, text) - HEAD_BYTES, HEAD_BYTES);
  return head;
}

static void
set_head (BfSeriesTable *table, guint32 text, guint32 id)
{
  memcpy (get_text (table, text) - HEAD_BYTES, &id, HEAD_BYTES);
}

/* The cell of the text, or the free one where it would go. */
static guint32 *
find_cell (const BfSeriesTable *table, const Cells *cells, guint32 hash, const char *text)
{
  for (guint32 at = hash;; at++)
    {
      guint32 *cell = &cells->cells[at & cells->mask];

      if (*cell == 0 || strcmp (get_text (table, *cell), text) == 0)
        return cell;
    }
}

/* Its reference; 0: it is not there. */
static guint32
find_text (const BfSeriesTable *table, guint32 hash, const char *text)
{
  guint32 ref = *find_cell (table, &table->texts, hash, text);

  return ref == 0 && table->full.cells != NULL ? *find_cell (table, &table->full, hash, text) : ref;
}

static void
move_some (BfSeriesTable *table)
{
  for (guint i = 0; i < MOVED_A_CALL && table->full.cells != NULL; i++)
    {
      guint32 ref = table->full.cells[table->moved];

      if (ref != 0)
        {
          const char *text = get_text (table, ref);

          *find_cell (table, &table->texts, hash_text (text), text) = ref;
        }
      if (table->moved++ == table->full.mask)
        g_clear_pointer (&table->full.cells, g_free);
    }
}

/* Writes a text that is not there; 0 when it does not fit. */
static guint32
write_text (BfSeriesTable *table, const char *text)
{
  gsize bytes = HEAD_BYTES + strlen (text) + 1;
  guint32 ref;

  if (bytes > BLOCK_BYTES)
    return 0;
  if (table->block_used + bytes > BLOCK_BYTES)
    {
      if (table->blocks->len == BLOCKS_MAX)
        return 0;
      g_ptr_array_add (table->blocks, g_malloc (BLOCK_BYTES));
      table->block_used = 0;
    }
  ref = (table->blocks->len - 1) << BLOCK_BITS | (table->block_used + HEAD_BYTES);
  memcpy (get_text (table, ref), text, bytes - HEAD_BYTES);
  set_head (table, ref, 0);
  table->block_used += (guint32) bytes;
  return ref;
}

static guint32
add_text (BfSeriesTable *table, guint32 hash, const char *text)
{
  guint32 ref;

  move_some (table);
  ref = write_text (table, text);
  if (ref == 0)
    return 0;
  *find_cell (table, &table->texts, hash, text) = ref;
  if (4 * (guint64) ++table->n_texts > 3 * (guint64) table->texts.mask)
    {
      table->full = table->texts;
      table->moved = 0;
      table->texts = cells_new (table->full.mask * 2 + 1);
    }
  return ref;
}

/* ---- Pairs ---- */

static Names *
names_of (const BfSeriesTable *table, guint id)
{
  return g_ptr_array_index (table->names, (id - 1) >> CHUNK_BITS);
}

static guint
place_of (guint id)
{
  return (id - 1) & (CHUNK_NAMES - 1);
}

/* Place + 1; 0: it is not there. */
static guint
find_second (const BfSeriesTable *table, const char *second)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (table->second, second));
}

static guint
intern_second (BfSeriesTable *table, const char *second)
{
  guint found = find_second (table, second);
  char *copy;

  if (found != 0 || table->seconds->len == SECONDS_MAX)
    return found;
  copy = g_strdup (second);
  g_ptr_array_add (table->seconds, copy);
  g_hash_table_insert (table->second, copy, GUINT_TO_POINTER (table->seconds->len));
  return table->seconds->len;
}

/* The series of that text in front; 0: none. */
static guint
find_pair (const BfSeriesTable *table, guint32 text, guint second)
{
  for (guint id = get_head (table, text); id != 0;)
    {
      const Names *names = names_of (table, id);
      guint16 found = names->second[place_of (id)];

      if ((found & ~LAST) + 1u == second)
        return id;
      id = found & LAST ? 0 : names->next[place_of (id)];
    }
  return 0;
}

static guint
add_pair (BfSeriesTable *table, guint32 text, guint second)
{
  guint id = table->n_names + 1;
  guint32 head = get_head (table, text);
  Names *names;

  if (place_of (id) == 0)
    g_ptr_array_add (table->names, g_new (Names, 1));
  names = names_of (table, id);
  names->second[place_of (id)] = (guint16) ((second - 1) | (head == 0 ? LAST : 0));
  names->next[place_of (id)] = head == 0 ? text : head;
  set_head (table, text, id);
  table->n_names = id;
  return id;
}

static guint
find (const BfSeriesTable *table, guint32 text, const char *second)
{
  guint place = text != 0 ? find_second (table, second) : 0;

  return place != 0 ? find_pair (table, text, place) : 0;
}

/**
 * bf_series_table_intern:
 *
 * Returns: the id of the pair, given now if it is new; 0 when the table has its greatest number of pairs, of different second
 *   texts (32767), or of bytes of texts (4 GiB)
 */
guint
bf_series_table_intern (BfSeriesTable *table, const char *first, const char *second)
{
  guint32 hash = hash_text (first);
  guint32 text = find_text (table, hash, first);
  guint id = find (table, text, second);
  guint place;

  if (id != 0)
    return id;
  if (table->n_names >= table->max)
    return 0;
  if (text == 0)
    text = add_text (table, hash, first);
  place = text != 0 ? intern_second (table, second) : 0;
  return place != 0 ? add_pair (table, text, place) : 0;
}

/**
 * bf_series_table_restore:
 * @id: the id that the pair has on disk
 *
 * Returns: %FALSE when it is not the next id, the pair is there already or the id is over the greatest number: the file is not
 *   ours
 */
gboolean
bf_series_table_restore (BfSeriesTable *table, guint id, const char *first, const char *second)
{
  if (id != table->n_names + 1 || find (table, find_text (table, hash_text (first), first), second) != 0)
    return FALSE;
  return bf_series_table_intern (table, first, second) == id;
}

guint
bf_series_table_n (const BfSeriesTable *table)
{
  return table->n_names;
}

void
bf_series_table_get (const BfSeriesTable *table, guint id, const char **ret_first, const char **ret_second)
{
  const Names *names = names_of (table, id);
  guint16 second = names->second[place_of (id)];

  *ret_second = g_ptr_array_index (table->seconds, second & ~LAST);
  while (!(second & LAST))
    {
      id = names->next[place_of (id)];
      names = names_of (table, id);
      second = names->second[place_of (id)];
    }
  *ret_first = get_text (table, names->next[place_of (id)]);
}
