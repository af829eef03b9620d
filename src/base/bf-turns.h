/* SPDX-License-Identifier: EUPL-1.2 */
/* Turns of the main loop: how long each is, and how long what runs in one may go on. Main thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * BfTurns: the turns since bf_turns_start(), and those of them over 2 ms: by the clock, and by the time that the main thread
 *   had a core
 */
typedef struct
{
  guint64 n;
  guint64 n_over;
  gint64 longest_us;
  guint64 n_cpu_over;
  gint64 longest_cpu_us;
} BfTurns;

void bf_turns_start (void);
const BfTurns *bf_turns (void);
gint64 bf_turns_until (gint64 share_us);

G_END_DECLS
