/* SPDX-License-Identifier: EUPL-1.2 */
/* When a feed is asked again, by the outcome of the last attempt (the words are netdata's and collectd's): OK and NOT_MODIFIED keep
 * the cadence; RETRY doubles from min (Every, 5 s) to a cap of min (10 × Every, 15 min), with jitter, and never earlier than
 * the server's Retry-After (at most a day); REFUSED waits the cap each time, for it will not get better by itself. Pure:
 * the clock and the dice are arguments. */
#pragma once

#include "feed/bf-frame.h"

G_BEGIN_DECLS

#define BF_SCHEDULE_RETRY_US (5 * G_GINT64_CONSTANT (1000000))
#define BF_SCHEDULE_CAP_US (15 * 60 * G_GINT64_CONSTANT (1000000))
#define BF_SCHEDULE_RETRY_AFTER_MAX_US (24 * 3600 * G_GINT64_CONSTANT (1000000))

typedef struct
{
  gint64 every_us;
  gint64 planned_us; /* of the attempt that ended, 0 before the first */
  guint n_failed;    /* in a row */
} BfSchedule;

void bf_schedule_init (BfSchedule *schedule, gint64 every_us);
/* The cadence that a source says itself: @ttl_s, at least 10 s and at most an hour; negative: none, nothing changes. */
void bf_schedule_follow (BfSchedule *schedule, gint64 ttl_s);
/* @retry_after_us: a duration, 0 for none; @dice: 0..1. Returns the time of the next attempt, after @now_us. */
gint64 bf_schedule_next (BfSchedule *schedule, BfOutcome outcome, gint64 now_us, gint64 retry_after_us, double dice);

G_END_DECLS
