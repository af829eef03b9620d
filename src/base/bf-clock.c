/* SPDX-License-Identifier: EUPL-1.2 */
/* Civil time that does not jump unseen: see bf-clock.h. The offset is written by one thread and read by all. */

#include "base/bf-clock.h"

#include <stdatomic.h>
#include <time.h>

#define NOISE_US 1000                /* of reading two clocks one after the other */
#define HELD_US (BF_CLOCK_STEP_US / 4)

static gint64
boottime_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static const BfClockReader machine = { g_get_real_time, boottime_us };
static const BfClockReader *_Atomic watched; /* NULL: nobody watches */
static _Atomic gint64 offset_us;             /* civil less elapsed, at the last look */

/* How much the one is ahead of the other, read as at one moment: a thread may be held between two readings, so the quickest of three
 * counts. FALSE: each was held for so long that it says nothing. */
static gboolean
read_offset (const BfClockReader *reader, gint64 *ret_offset_us)
{
  gint64 best_us = HELD_US;

  for (guint i = 0; i < 3; i++)
    {
      gint64 before_us = reader->elapsed_us ();
      gint64 civil_us = reader->civil_us ();
      gint64 after_us = reader->elapsed_us ();

      if (after_us - before_us >= best_us)
        continue;
      best_us = after_us - before_us;
      *ret_offset_us = civil_us - before_us - best_us / 2;
      if (best_us < NOISE_US)
        break;
    }
  return best_us < HELD_US;
}

/**
 * bf_clock_watch:
 * @reader: (nullable) (transfer none): outlives the watch; %NULL: the machine's
 *
 * From now on bf_time_now_us() steps only in bf_clock_look().
 */
void
bf_clock_watch (const BfClockReader *reader)
{
  gint64 found_us;

  if (reader == NULL)
    reader = &machine;
  if (!read_offset (reader, &found_us))
    found_us = reader->civil_us () - reader->elapsed_us ();
  offset_us = found_us;
  watched = reader;
}

void
bf_clock_unwatch (void)
{
  watched = NULL;
}

/**
 * bf_clock_look:
 * @ret_step_us: (out): by how much civil time has just jumped; not touched when it has not
 *
 * Looks at the machine's clock and follows it.
 *
 * Returns: whether it was set, by %BF_CLOCK_STEP_US or more
 */
gboolean
bf_clock_look (gint64 *ret_step_us)
{
  const BfClockReader *reader = watched;
  gint64 found_us;
  gint64 step_us;

  if (reader == NULL || !read_offset (reader, &found_us))
    return FALSE;
  step_us = found_us - offset_us;
  if (ABS (step_us) < NOISE_US)
    return FALSE;
  offset_us = found_us;
  if (ABS (step_us) < BF_CLOCK_STEP_US)
    return FALSE;
  *ret_step_us = step_us;
  return TRUE;
}

/**
 * bf_clock_now_us:
 *
 * Returns: civil time, µs UTC
 */
gint64
bf_clock_now_us (void)
{
  const BfClockReader *reader = watched;

  return reader != NULL ? reader->elapsed_us () + offset_us : machine.civil_us ();
}
