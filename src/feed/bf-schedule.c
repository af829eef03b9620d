/* SPDX-License-Identifier: EUPL-1.2 */
/* When a feed is asked again: see bf-schedule.h. */

#include "feed/bf-schedule.h"

#define TTL_MIN_S 10
#define TTL_MAX_S 3600
#define JITTER 0.25 /* a quarter up or down: feeds of one server that went down together do not come back together */

void
bf_schedule_init (BfSchedule *schedule, gint64 every_us)
{
  *schedule = (BfSchedule){ every_us, 0, 0 };
}

void
bf_schedule_follow (BfSchedule *schedule, gint64 ttl_s)
{
  if (ttl_s >= 0)
    schedule->every_us = CLAMP (ttl_s, TTL_MIN_S, TTL_MAX_S) * G_USEC_PER_SEC;
}

static gint64
keep_cadence (const BfSchedule *schedule, gint64 now_us)
{
  gint64 next_us = schedule->planned_us > 0 ? schedule->planned_us + schedule->every_us : now_us + schedule->every_us;

  /* Behind (a slow answer, a machine that slept) or a clock that was set back: count anew from now. */
  if (next_us <= now_us || next_us > now_us + schedule->every_us)
    next_us = now_us + schedule->every_us;
  return next_us;
}

gint64
bf_schedule_next (BfSchedule *schedule, BfOutcome outcome, gint64 now_us, gint64 retry_after_us, double dice)
{
  gint64 cap_us = MIN (BF_SCHEDULE_CAP_US, 10 * schedule->every_us);
  gint64 wait_us;

  if (outcome == BF_OUTCOME_OK || outcome == BF_OUTCOME_NOT_MODIFIED)
    {
      schedule->n_failed = 0;
      schedule->planned_us = keep_cadence (schedule, now_us);
      return schedule->planned_us;
    }
  wait_us = MIN (schedule->every_us, BF_SCHEDULE_RETRY_US);
  for (guint i = 0; i < schedule->n_failed && wait_us < cap_us; i++)
    wait_us *= 2;
  if (outcome == BF_OUTCOME_REFUSED || wait_us > cap_us)
    wait_us = cap_us;
  schedule->n_failed++;
  wait_us = (gint64) ((double) wait_us * (1 - JITTER + 2 * JITTER * CLAMP (dice, 0, 1)));
  wait_us = MAX (wait_us, MIN (retry_after_us, BF_SCHEDULE_RETRY_AFTER_MAX_US));
  schedule->planned_us = now_us + wait_us;
  return schedule->planned_us;
}
