/* SPDX-License-Identifier: EUPL-1.2 */
/* The engine's side of the feeds: see bf-supervisor.h. A feed is a definition, at most one BfFeedChild, and what is known of it
 * (bf-supervisor-private.h); what is done with it lies in bf-supervisor-process (its process), -hand (its observations) and -state (what
 * is said of it). All timers are sources of the main context of the thread that made the supervisor. */

#include "feed/bf-supervisor.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-supervisor-private.h"
#include "feed/bf-wire.h"

#define END_TIMEOUT_US (2 * G_USEC_PER_SEC)
#define MAX_FEEDS G_MAXUINT16

const BfSupervisorLimits bf_supervisor_limits_default = {
  .restart_min_us = G_USEC_PER_SEC,
  .restart_max_us = 5 * 60 * G_USEC_PER_SEC,
  .good_run_us = 60 * G_USEC_PER_SEC,
  .grace_us = 30 * G_USEC_PER_SEC,
  .bytes_per_s = 8u << 20,
  .bytes_burst = 256u << 20,
  .status_per_s = 4,
  .status_burst = 40,
  .read_bytes = 64u << 10,
};

static void
feed_free (gpointer data)
{
  BfSupervised *feed = data;

  bf_supervised_stop (feed);
  bf_feed_def_free (feed->def);
  bf_payload_ring_free (feed->ring);
  bf_push_queue_free (feed->pushed);
  g_free (feed->cursor);
  bf_supervised_drop_source (&feed->hand);
  bf_attempt_clear (&feed->handing);
  g_free (feed->reason);
  g_free (feed->actor);
  g_free (feed->death);
  g_ptr_array_unref (feed->refusals);
  g_free (feed->note);
  g_free (feed);
}

/**
 * bf_supervisor_new:
 * @catalog: (transfer none): outlives the supervisor
 * @feed_program: path of beffroi-feed
 * @plugins_dir: folder of the plugins
 * @zone_name: (nullable): the city's zone, UTC when not given
 * @handler: copied
 *
 * Returns: (transfer full): a supervisor without feeds
 */
BfSupervisor *
bf_supervisor_new (const BfCatalog *catalog, const char *feed_program, const char *plugins_dir, const char *zone_name,
                   const BfSupervisorHandler *handler, gpointer user_data)
{
  BfSupervisor *supervisor = g_new0 (BfSupervisor, 1);

  supervisor->catalog = catalog;
  supervisor->feed_program = g_strdup (feed_program);
  supervisor->plugins_dir = g_strdup (plugins_dir);
  supervisor->zone_name = g_strdup (zone_name != NULL ? zone_name : "UTC");
  supervisor->handler = *handler;
  if (supervisor->handler.slice == NULL)
    supervisor->handler.slice = supervisor->handler.batch;
  supervisor->user_data = user_data;
  supervisor->limits = bf_supervisor_limits_default;
  supervisor->feeds = g_ptr_array_new_with_free_func (feed_free);
  return supervisor;
}

void
bf_supervisor_set_limits (BfSupervisor *supervisor, const BfSupervisorLimits *limits)
{
  g_return_if_fail (supervisor->feeds->len == 0);
  supervisor->limits = *limits;
}

void
bf_supervisor_set_net (BfSupervisor *supervisor, const char *proxy, const char *ca, const char *secrets_dir, const char *state_dir)
{
  g_return_if_fail (supervisor->feeds->len == 0);
  supervisor->proxy = g_strdup (proxy);
  supervisor->ca = g_strdup (ca);
  supervisor->secrets_dir = g_strdup (secrets_dir);
  supervisor->state_dir = g_strdup (state_dir);
}

void
bf_supervisor_settle (BfSupervisor *supervisor)
{
  for (guint i = 0; i < supervisor->feeds->len; i++)
    bf_supervised_hand_rest (g_ptr_array_index (supervisor->feeds, i));
}

/* Moments that we stamped ourselves go with the clock, so that how long ago they were stays. */
static void
step_moments (BfFeedInfo *info, gint64 step_us)
{
  gint64 *const moments_us[] = { &info->since_us, &info->last_attempt_us, &info->last_ok_us, &info->next_us, &info->death_us };

  for (guint i = 0; i < G_N_ELEMENTS (moments_us); i++)
    if (*moments_us[i] > 0)
      *moments_us[i] += step_us;
}

void
bf_supervisor_step_time (BfSupervisor *supervisor, gint64 now_us, gint64 step_us)
{
  for (guint i = 0; i < supervisor->feeds->len; i++)
    {
      BfSupervised *feed = g_ptr_array_index (supervisor->feeds, i);

      step_moments (&feed->info, step_us);
      feed->result_us = MIN (feed->result_us, now_us);
      if (step_us < 0)
        {
          feed->back_us += step_us;
          bf_supervised_step_back (feed, &feed->attempt, now_us, step_us);
          if (feed->info.newest_us + feed->ahead_us > now_us)
            feed->info.newest_us += MIN (0, feed->ahead_us + step_us);
          if (feed->info.as_of_us + feed->ahead_us > now_us)
            feed->info.as_of_us += MIN (0, feed->ahead_us + step_us);
        }
      feed->ahead_us = MAX (0, feed->ahead_us + step_us);
      if (feed->info.state == BF_FEED_OK || feed->info.state == BF_FEED_STALE)
        bf_supervised_judge (feed);
      bf_supervised_changed (feed);
    }
}

void
bf_supervisor_free (BfSupervisor *supervisor)
{
  g_autoptr (GPtrArray) processes = NULL;

  if (supervisor == NULL)
    return;
  processes = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < supervisor->feeds->len; i++)
    {
      BfSupervised *feed = g_ptr_array_index (supervisor->feeds, i);

      if (feed->child != NULL)
        g_ptr_array_add (processes, g_object_ref (bf_feed_child_process (feed->child)));
    }
  g_ptr_array_unref (supervisor->feeds);
  bf_feed_child_wait_all (processes, END_TIMEOUT_US);
  g_free (supervisor->feed_program);
  g_free (supervisor->plugins_dir);
  g_free (supervisor->zone_name);
  g_free (supervisor->proxy);
  g_free (supervisor->ca);
  g_free (supervisor->secrets_dir);
  g_free (supervisor->state_dir);
  g_free (supervisor);
}

static BfSupervised *
add (BfSupervisor *supervisor, BfFeedDef *def)
{
  BfSupervised *feed = g_new0 (BfSupervised, 1);

  feed->supervisor = supervisor;
  feed->index = supervisor->feeds->len;
  feed->def = def;
  feed->info.def = def;
  feed->info.newest_us = BF_TIME_NONE;
  feed->info.as_of_us = feed->info.changed_us = BF_TIME_NONE;
  feed->info.since_us = bf_time_now_us ();
  feed->attempt = feed->handing = BF_ATTEMPT_NONE;
  feed->ring = bf_payload_ring_new ();
  if (!def->bad && def->wire == BF_WIRE_PUSH)
    feed->pushed = bf_push_queue_new ();
  feed->refusals = bf_supervised_refusals_new ();
  g_ptr_array_add (supervisor->feeds, feed);
  if (def->bad || feed->index >= MAX_FEEDS)
    bf_supervised_set_state (feed, BF_FEED_OFF, def->bad ? def->reason : _ ("more feeds than 65535"));
  return feed;
}

/**
 * bf_supervisor_add:
 * @def: (transfer full): a bad one is kept, shown as off and never started
 *
 * Returns: the feed's number, dense from 0
 */
guint
bf_supervisor_add (BfSupervisor *supervisor, BfFeedDef *def)
{
  BfSupervised *feed = add (supervisor, def);

  if (feed->info.state != BF_FEED_OFF)
    bf_supervised_start (feed);
  return feed->index;
}

/**
 * bf_supervisor_add_paused:
 * @def: (transfer full): as of bf_supervisor_add()
 * @actor: (nullable): who stopped it
 * @reason: why
 * @since_us: when
 *
 * Returns: the feed's number, dense from 0
 */
guint
bf_supervisor_add_paused (BfSupervisor *supervisor, BfFeedDef *def, const char *actor, const char *reason, gint64 since_us)
{
  BfSupervised *feed = add (supervisor, def);

  if (feed->info.state == BF_FEED_OFF)
    return feed->index;
  feed->info.actor = feed->actor = g_strdup (actor);
  bf_supervised_set_state (feed, BF_FEED_PAUSED, reason);
  feed->info.since_us = since_us;
  return feed->index;
}

guint
bf_supervisor_n (const BfSupervisor *supervisor)
{
  return supervisor->feeds->len;
}

static BfSupervised *
get (const BfSupervisor *supervisor, guint feed)
{
  return feed < supervisor->feeds->len ? g_ptr_array_index (supervisor->feeds, feed) : NULL;
}

void
bf_supervisor_info (const BfSupervisor *supervisor, guint feed, BfFeedInfo *ret_info)
{
  g_return_if_fail (feed < supervisor->feeds->len);
  *ret_info = get (supervisor, feed)->info;
}

const GPtrArray *
bf_supervisor_refusals (const BfSupervisor *supervisor, guint feed)
{
  g_return_val_if_fail (feed < supervisor->feeds->len, NULL);
  return get (supervisor, feed)->refusals;
}

gboolean
bf_supervisor_find (const BfSupervisor *supervisor, const char *name, guint *ret_feed)
{
  for (guint i = 0; i < supervisor->feeds->len; i++)
    if (strcmp (get (supervisor, i)->def->name, name) == 0)
      {
        *ret_feed = i;
        return TRUE;
      }
  return FALSE;
}

/**
 * bf_supervisor_pause:
 * @actor: who
 * @reason: why; both are shown
 *
 * Ends the feed's process until bf_supervisor_resume(). A feed that is off stays off.
 */
void
bf_supervisor_pause (BfSupervisor *supervisor, guint feed, const char *actor, const char *reason)
{
  BfSupervised *paused = get (supervisor, feed);

  g_return_if_fail (paused != NULL);
  if (paused->info.state == BF_FEED_OFF)
    return;
  bf_supervised_stop (paused);
  if (paused->pushed != NULL)
    bf_push_queue_restart (paused->pushed, FALSE);
  g_free (paused->actor);
  paused->info.actor = paused->actor = g_strdup (actor);
  paused->info.next_us = 0;
  bf_supervised_set_state (paused, BF_FEED_PAUSED, reason);
  bf_supervised_changed (paused);
}

void
bf_supervisor_resume (BfSupervisor *supervisor, guint feed)
{
  BfSupervised *paused = get (supervisor, feed);

  g_return_if_fail (paused != NULL);
  if (paused->info.state != BF_FEED_PAUSED)
    return;
  g_clear_pointer (&paused->actor, g_free);
  paused->info.actor = NULL;
  paused->n_crashes = 0;
  bf_supervised_start (paused);
}

gboolean
bf_supervisor_push (BfSupervisor *supervisor, guint feed, GBytes *body)
{
  BfSupervised *pushed = get (supervisor, feed);

  g_return_val_if_fail (pushed != NULL, FALSE);
  if (pushed->pushed == NULL || pushed->info.state == BF_FEED_PAUSED || !bf_push_queue_add (pushed->pushed, body, bf_time_now_us ()))
    return FALSE;
  pushed->info.n_pushed++;
  bf_supervised_pump (pushed);
  return TRUE;
}

GBytes *
bf_supervisor_payload (BfSupervisor *supervisor, guint feed, gint64 result_us)
{
  BfSupervised *asked = get (supervisor, feed);
  g_autoptr (GError) error = NULL;
  GBytes *payload;

  if (asked == NULL)
    return NULL;
  payload = bf_payload_ring_get (asked->ring, result_us, &error);
  if (payload == NULL && !g_error_matches (error, BF_ERROR, BF_ERROR_NOT_FOUND))
    g_warning ("%s: %s", asked->def->name, error->message);
  return payload;
}
