/* SPDX-License-Identifier: EUPL-1.2 */
/* What is known of a feed and said of it: its state with a reason and since when, the examples of what was refused, its counters, and
 * whether its content is fresh: see bf-supervisor-private.h. */

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-time.h"
#include "feed/bf-schedule.h"
#include "feed/bf-supervisor-private.h"

#define SAID_EVERY_MAX_US (3600 * G_GINT64_CONSTANT (1000000))

const char *
bf_feed_state_id (BfFeedState state)
{
  static const char *const ids[] = { "starting", "ok", "stale", "retry", "refused", "crashed", "paused", "off" };

  g_return_val_if_fail (state < G_N_ELEMENTS (ids), "off");
  return ids[state];
}

void
bf_supervised_drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

GSource *
bf_supervised_at (gint64 monotonic_us, GSourceFunc callback, BfSupervised *feed)
{
  GSource *source = g_timeout_source_new (0);

  g_source_set_ready_time (source, monotonic_us);
  g_source_set_callback (source, callback, feed, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

void
bf_supervised_changed (BfSupervised *feed)
{
  BfSupervisor *supervisor = feed->supervisor;

  if (supervisor->handler.changed != NULL)
    supervisor->handler.changed (supervisor->user_data, feed->index);
}

void
bf_supervised_set_state (BfSupervised *feed, BfFeedState state, const char *reason)
{
  char *copy = g_strdup (reason);

  if (feed->info.state != state)
    feed->info.since_us = bf_time_now_us ();
  feed->info.state = state;
  g_free (feed->reason);
  feed->info.reason = feed->reason = copy;
}

static void
refusal_free (gpointer data)
{
  BfFeedRefusal *refusal = data;

  g_free (refusal->text);
  g_free (refusal);
}

GPtrArray *
bf_supervised_refusals_new (void)
{
  return g_ptr_array_new_with_free_func (refusal_free);
}

void
bf_supervised_keep_refusal (BfSupervised *feed, char *text)
{
  BfFeedRefusal *refusal = NULL;

  for (guint i = 0; i < feed->refusals->len && refusal == NULL; i++)
    if (strcmp (((BfFeedRefusal *) g_ptr_array_index (feed->refusals, i))->text, text) == 0)
      refusal = g_ptr_array_steal_index (feed->refusals, i);
  if (refusal == NULL)
    {
      refusal = g_new0 (BfFeedRefusal, 1);
      refusal->text = g_steal_pointer (&text);
      if (feed->refusals->len == BF_FEED_REFUSALS)
        g_ptr_array_remove_index (feed->refusals, BF_FEED_REFUSALS - 1);
    }
  g_free (text);
  refusal->at_us = bf_time_now_us ();
  refusal->times++;
  g_ptr_array_insert (feed->refusals, 0, refusal);
  feed->info.last_refused = refusal->text;
}

/* Of what is never measured twice, a list of what is current or a description, the answer's own time counts. */
static gint64
content_us (const BfSupervised *feed)
{
  return feed->info.content == BF_CONTENT_OBSERVATIONS ? feed->info.newest_us : feed->info.as_of_us;
}

static char *
say_stale (const BfSupervised *feed, gint64 age_us, gint64 limit_us)
{
  /* In whole seconds; an age just past its limit does not read as the limit. */
  gint64 whole_us = age_us - age_us % G_USEC_PER_SEC;
  g_autofree char *age = bf_duration_format (whole_us > limit_us ? whole_us : whole_us + G_USEC_PER_SEC);
  g_autofree char *limit = bf_duration_format (limit_us);

  if (feed->info.content == BF_CONTENT_LIST)
    return g_strdup_printf (_ ("the list was true %s ago, expected at most %s"), age, limit);
  if (feed->info.content == BF_CONTENT_DESCRIPTIONS)
    return g_strdup_printf (_ ("the descriptions are of %s ago, expected at most %s"), age, limit);
  return g_strdup_printf (_ ("newest content is %s old, expected at most %s"), age, limit);
}

static gboolean
stale_cb (gpointer user_data)
{
  BfSupervised *feed = user_data;

  bf_supervised_drop_source (&feed->stale);
  bf_supervised_judge (feed);
  bf_supervised_changed (feed);
  return G_SOURCE_REMOVE;
}

/* After this time content is stale, and each value of it unknown. */
static gint64
stale_us (const BfSupervised *feed)
{
  return MAX (bf_feed_def_stale_us (feed->def), 3 * feed->said_every_us);
}

/* The wait for the next attempt is the source's cadence, give or take what an answer took: that is no other cadence. */
static void
follow_cadence (BfSupervised *feed, gint64 every_us)
{
  const BfSupervisorHandler *handler = &feed->supervisor->handler;
  gint64 before_us = stale_us (feed);

  if (ABS (every_us - feed->said_every_us) <= feed->said_every_us / 10)
    return;
  feed->said_every_us = every_us;
  if (handler->limit != NULL && stale_us (feed) != before_us)
    handler->limit (feed->supervisor->user_data, feed->index, stale_us (feed));
}

void
bf_supervised_judge (BfSupervised *feed)
{
  gint64 limit_us = stale_us (feed);
  gint64 age_us;

  bf_supervised_drop_source (&feed->stale);
  if (content_us (feed) == BF_TIME_NONE)
    {
      bf_supervised_set_state (feed, BF_FEED_STALE, _ ("answers, but has given no observation yet"));
      return;
    }
  age_us = bf_time_now_us () - content_us (feed) - feed->ahead_us;
  if (age_us <= limit_us)
    {
      bf_supervised_set_state (feed, BF_FEED_OK, feed->note);
      feed->stale = bf_supervised_at (g_get_monotonic_time () + limit_us - age_us + 1000, stale_cb, feed);
    }
  else
    {
      g_autofree char *reason = say_stale (feed, age_us, limit_us);
      g_autofree char *both = feed->note != NULL ? g_strdup_printf ("%s; %s", reason, feed->note) : g_strdup (reason);

      bf_supervised_set_state (feed, BF_FEED_STALE, both);
    }
}

void
bf_supervised_count (BfSupervised *feed, const BfFeedStatus *status)
{
  BfFeedInfo *info = &feed->info;
  gboolean good = status->outcome == BF_OUTCOME_OK || status->outcome == BF_OUTCOME_NOT_MODIFIED;

  info->last_attempt_us = bf_time_now_us ();
  info->next_us = MIN (status->next_us, info->last_attempt_us + BF_SCHEDULE_RETRY_AFTER_MAX_US + feed->def->every_us);
  info->n_attempts++;
  info->n_failed += !good;
  info->n_records += status->n_records;
  info->n_observations += feed->attempt.n;
  info->n_refused += status->n_refused;
  info->bytes += status->bytes;
  info->n_ahead += status->n_ahead;
  if (status->n_observations > 0)
    info->ahead_us = status->ahead_us;
  info->n_payloads += status->outcome == BF_OUTCOME_OK;
  info->n_not_modified += status->outcome == BF_OUTCOME_NOT_MODIFIED;
  if (good)
    {
      info->last_ok_us = info->last_attempt_us;
      info->content = status->content;
      if (feed->def->follows && feed->def->stale_us == 0)
        follow_cadence (feed, CLAMP (status->next_us - info->last_attempt_us, 0, SAID_EVERY_MAX_US));
      if (info->content != BF_CONTENT_OBSERVATIONS && status->as_of_us > info->as_of_us)
        feed->ahead_us = 0;
      info->changed_us = status->changed_us;
      info->as_of_us = status->as_of_us == BF_TIME_NONE ? BF_TIME_NONE : MIN (status->as_of_us, info->last_attempt_us);
    }
  if (status->outcome == BF_OUTCOME_OK)
    {
      info->n_listed = feed->listed != NULL ? feed->listed->len : 0;
      info->whole = feed->listed != NULL && feed->whole;
    }
  /* What was handed on counts, not what the process says of itself. */
  if (feed->attempt.newest_us > info->newest_us)
    {
      info->newest_us = feed->attempt.newest_us;
      feed->ahead_us = 0;
    }
}

void
bf_supervised_say_all_refused (BfSupervised *feed, const BfFeedStatus *status)
{
  g_autofree char *reason = g_strdup_printf (_ ("nothing of %" PRIu64 " records could be used, such as: %s"), status->n_records,
                                             feed->info.last_refused != NULL ? feed->info.last_refused : "?");

  bf_supervised_drop_source (&feed->stale);
  bf_supervised_set_state (feed, BF_FEED_RETRY, reason);
}
