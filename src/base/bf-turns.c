/* SPDX-License-Identifier: EUPL-1.2 */
/* How long the main loop is away: from the return of one poll to the beginning of the next, which is all that was dispatched in
 * between; by the clock, and by the time that the main thread had a core: the rest it waited for one. Two looks at each clock
 * a turn. GLib's poll function has no user data, so the figures are the process's; main thread, one engine a process. */

#include "base/bf-turns.h"

#include <time.h>

#define BOUND_US 2000 /* DESIGN §1: nothing holds up the rules for longer */
#define SHARED_US 1000 /* of a turn is given to work in slices, all together; the rest is for what comes in one piece */

static BfTurns turns;
static gint64 back_us; /* return of the last poll; 0: none yet */
static gint64 back_cpu_us;
static GPollFunc real_poll;

static gint64
thread_cpu_us (void)
{
  struct timespec now = { 0, 0 };

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
count_turn (gint64 away_us, gint64 cpu_us)
{
  turns.n++;
  turns.n_over += away_us > BOUND_US;
  turns.longest_us = MAX (turns.longest_us, away_us);
  turns.n_cpu_over += cpu_us > BOUND_US;
  turns.longest_cpu_us = MAX (turns.longest_cpu_us, cpu_us);
}

static gint
timed_poll (GPollFD *fds, guint n_fds, gint timeout_ms)
{
  gint result;

  if (back_us != 0)
    count_turn (g_get_monotonic_time () - back_us, thread_cpu_us () - back_cpu_us);
  result = real_poll (fds, n_fds, timeout_ms);
  back_us = g_get_monotonic_time ();
  back_cpu_us = thread_cpu_us ();
  return result;
}

/**
 * bf_turns_start:
 *
 * Measures the default main context from now on, as if it had not turned before.
 */
void
bf_turns_start (void)
{
  GMainContext *context = g_main_context_default ();

  turns = (BfTurns){ 0 };
  back_us = 0;
  if (g_main_context_get_poll_func (context) == timed_poll)
    return;
  real_poll = g_main_context_get_poll_func (context);
  g_main_context_set_poll_func (context, timed_poll);
}

const BfTurns *
bf_turns (void)
{
  return &turns;
}

/**
 * bf_turns_until:
 * @share_us: what one piece of work may take at most
 *
 * Several that each keep to their share are too long when they meet in one turn: what the turn has left bounds it too. Whoever
 * asks does its least step even when nothing is left, so that all come on.
 *
 * Returns: monotonic time at which to stop
 */
gint64
bf_turns_until (gint64 share_us)
{
  gint64 until_us = g_get_monotonic_time () + share_us;

  return back_us != 0 ? MIN (until_us, back_us + SHARED_US) : until_us;
}
