/* SPDX-License-Identifier: EUPL-1.2 */
/* Store of many short texts, each known by a 32-bit reference. Room of a text that is freed is used again by the next of
 * its size, so that names which change with every payload do not grow it. A text's address stays until it is freed. One
 * thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef guint32 BfTextRef; /* 0: none */

typedef struct _BfArena BfArena;

BfArena *bf_arena_new (void);
void bf_arena_free (BfArena *arena);
BfTextRef bf_arena_add (BfArena *arena, const char *bytes, gsize length);
void bf_arena_remove (BfArena *arena, BfTextRef ref, gsize length);
const char *bf_arena_get (const BfArena *arena, BfTextRef ref);
gsize bf_arena_memory_bytes (const BfArena *arena);

G_END_DECLS
