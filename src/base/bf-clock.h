/* SPDX-License-Identifier: EUPL-1.2 */
/* Civil time that does not jump unseen. The machine's clock may be set at any moment: by NTP, by a person, after a virtual machine
 * was held. A process that watches it keeps civil time as time that has elapsed plus an offset, and looks at the offset when it
 * chooses, once a turn of its main loop and before anything else runs. Small corrections are followed without a word; one of
 * %BF_CLOCK_STEP_US or more is a step, which is told to the caller. Between two looks bf_time_now_us() does not jump.
 *
 * A process has one civil time: bf_time_now_us() is this one from bf_clock_watch() on, in all threads. What does not watch reads the
 * machine's clock as it is. Watching and looking are one thread's. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What adjtime() may correct in one look is far below; a second that is set by hand is not a city's trouble. */
#define BF_CLOCK_STEP_US (2 * G_USEC_PER_SEC)

/**
 * BfClockReader: where time comes from; tests bring their own.
 * @civil_us: the machine's clock, µs UTC
 * @elapsed_us: time that has elapsed since any moment, that of suspension too; never set
 */
typedef struct
{
  gint64 (*civil_us) (void);
  gint64 (*elapsed_us) (void);
} BfClockReader;

void bf_clock_watch (const BfClockReader *reader);
gboolean bf_clock_look (gint64 *ret_step_us);
void bf_clock_unwatch (void);
gint64 bf_clock_now_us (void);

G_END_DECLS
