/* SPDX-License-Identifier: EUPL-1.2 */
/* Texts in blocks of 1 MiB: see bf-arena-private.h.
 *
 * A reference is block << 18 | place, the place counted in words of 4 bytes. Sizes are rounded up to 4 bytes as far as
 * 4 KiB and to powers of two above; each size has a list of free places, linked through their first word. Nothing stands
 * before a text: the owner says its length again when it frees it. */

#include "model/bf-arena-private.h"

#include <string.h>

#define BLOCK_BYTES (1u << 20)
#define WORD 4u
#define PLACE_BITS 18
#define BLOCKS_MAX (1u << (32 - PLACE_BITS))
#define SMALL_MAX 4096u
#define N_SMALL (SMALL_MAX / WORD + 1)
#define N_LARGE 8 /* 8 KiB … 1 MiB */

struct _BfArena
{
  GPtrArray *blocks;
  guint32 used; /* words of the last block */
  BfTextRef free_small[N_SMALL];
  BfTextRef free_large[N_LARGE];
};

BfArena *
bf_arena_new (void)
{
  BfArena *arena = g_new0 (BfArena, 1);

  arena->blocks = g_ptr_array_new_with_free_func (g_free);
  return arena;
}

void
bf_arena_free (BfArena *arena)
{
  g_ptr_array_unref (arena->blocks);
  g_free (arena);
}

static char *
place (const BfArena *arena, BfTextRef ref)
{
  char *block = g_ptr_array_index (arena->blocks, ref >> PLACE_BITS);

  return block + (gsize) (ref & ((1u << PLACE_BITS) - 1)) * WORD;
}

/* The list of that size, and the size rounded up; NULL when too large for any. */
static BfTextRef *
free_list (BfArena *arena, gsize size, gsize *ret_size)
{
  gsize large = SMALL_MAX * 2;

  if (size <= SMALL_MAX)
    {
      *ret_size = (size + WORD - 1) / WORD * WORD;
      return &arena->free_small[*ret_size / WORD];
    }
  for (guint i = 0; i < N_LARGE; i++, large *= 2)
    if (size <= large && large < BLOCK_BYTES)
      {
        *ret_size = large;
        return &arena->free_large[i];
      }
  return NULL;
}

/**
 * bf_arena_add:
 * @length: bytes of the text without its NUL, which is added
 *
 * Returns: its reference, or 0 when it is over 512 KiB or the arena is full (16 GiB)
 */
BfTextRef
bf_arena_add (BfArena *arena, const char *bytes, gsize length)
{
  gsize size;
  BfTextRef *list = free_list (arena, length + 1, &size);
  BfTextRef ref;

  if (list == NULL)
    return 0;
  if (*list != 0)
    {
      ref = *list;
      memcpy (list, place (arena, ref), sizeof *list);
    }
  else
    {
      if (arena->blocks->len == 0 || (gsize) arena->used * WORD + size > BLOCK_BYTES)
        {
          if (arena->blocks->len >= BLOCKS_MAX)
            return 0;
          /* the very first word is left out: its reference would be 0 */
          arena->used = arena->blocks->len == 0 ? 1 : 0;
          g_ptr_array_add (arena->blocks, g_malloc (BLOCK_BYTES));
        }
      ref = (arena->blocks->len - 1) << PLACE_BITS | arena->used;
      arena->used += (guint32) (size / WORD);
    }
  memcpy (place (arena, ref), bytes, length);
  place (arena, ref)[length] = '\0';
  return ref;
}

/**
 * bf_arena_remove:
 * @ref: 0 is allowed
 * @length: as given to bf_arena_add()
 */
void
bf_arena_remove (BfArena *arena, BfTextRef ref, gsize length)
{
  gsize size;
  BfTextRef *list;

  if (ref == 0)
    return;
  list = free_list (arena, length + 1, &size);
  g_assert (list != NULL);
  memcpy (place (arena, ref), list, sizeof *list);
  *list = ref;
}

/**
 * bf_arena_get:
 *
 * Returns: (nullable) (transfer none): the text; %NULL for 0
 */
const char *
bf_arena_get (const BfArena *arena, BfTextRef ref)
{
  return ref != 0 ? place (arena, ref) : NULL;
}

gsize
bf_arena_memory_bytes (const BfArena *arena)
{
  return sizeof *arena + (gsize) arena->blocks->len * BLOCK_BYTES;
}
