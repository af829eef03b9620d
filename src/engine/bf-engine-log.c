/* SPDX-License-Identifier: EUPL-1.2 */
/* What the engine itself writes into the log: every transition of an alert with what it is a transition of, feeds that no longer bring
 * what is new, rules that were changed, its own begin and end. An alert's entry goes to disk with the alert, or not at all. */

#include "engine/bf-engine-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "base/bf-language.h"
#include "base/bf-time.h"
#include "bf-config.h"

#define FAILED_MAX 3u /* attempts that failed one after the other: then it is an outage */

/* What was last said of a feed. */
typedef struct
{
  gboolean out;
  guint64 n_failed; /* when it was last all right */
} FeedSaid;

/**
 * bf_engine_log_of_event:
 *
 * Returns: (transfer full): the entry that says it
 */
BfLogEntry *
bf_engine_log_of_event (const BfAlert *alert, const BfAlertEvent *event)
{
  gboolean by_engine = event->actor == NULL || g_str_equal (event->actor, "engine");
  const char *title = bf_name_get (&alert->title, bf_language_now ());
  g_autofree char *text = event->comment != NULL && event->comment[0] != '\0' ? g_strdup_printf ("%s\n%s", title, event->comment) : g_strdup (title);
  BfLogEntry *entry = bf_log_entry_new (by_engine ? BF_LOG_TRANSITION : BF_LOG_ACTION, by_engine ? "engine" : event->actor, event->at_us, text);

  entry->alert_id = alert->id;
  entry->event_id = event->id;
  entry->asset_id = g_strdup (alert->asset_id);
  entry->subject = g_strdup (bf_alert_input_id (event->input));
  return entry;
}

/**
 * bf_engine_log_of_out:
 *
 * Equipment was taken out of service, or is back: by a person, or by itself at its planned end.
 */
BfLogEntry *
bf_engine_log_of_out (const BfAlertOut *out)
{
  gboolean ended = out->ended_us != BF_TIME_NONE;
  const char *by = ended ? out->ended_by : out->by;
  gboolean by_engine = by == NULL || g_str_equal (by, "engine");
  BfLogEntry *entry = bf_log_entry_new (by_engine ? BF_LOG_TRANSITION : BF_LOG_ACTION, by_engine ? "engine" : by,
                                        ended ? out->ended_us : out->since_us, ended ? out->ended_comment : out->reason);

  entry->asset_id = g_strdup (out->asset_id);
  entry->subject = g_strdup (bf_alert_input_id (ended ? BF_ALERT_INPUT_RETURN_TO_SERVICE : BF_ALERT_INPUT_OUT_OF_SERVICE));
  return entry;
}

static void
told_cb (gpointer user_data, gint64 seq, const GError *error)
{
  if (error != NULL)
    g_warning ("an entry of the log is not on disk: %s", error->message);
}

/**
 * bf_engine_log:
 * @entry: (transfer full)
 *
 * Nobody waits for it.
 */
void
bf_engine_log (BfEngine *engine, BfLogEntry *entry)
{
  bf_store_put_log (engine->store, entry, told_cb, NULL);
  bf_log_entry_free (entry);
}

/**
 * bf_engine_log_of_rules:
 * @actor, @reason: (nullable): nobody knows who, no reason was given
 */
BfLogEntry *
bf_engine_log_of_rules (const char *path, const char *actor, const char *reason, gboolean gone, gint64 at_us)
{
  g_autofree char *text = NULL;
  BfLogEntry *entry;

  if (reason != NULL)
    text = g_strdup (reason);
  else if (gone)
    text = g_strdup_printf (_ ("%s is gone; it was removed by hand"), path);
  else
    text = g_strdup_printf (_ ("%s was edited by hand"), path);
  entry = bf_log_entry_new (BF_LOG_RULES, actor != NULL ? actor : "engine", at_us, text);
  entry->subject = g_strdup (path);
  return entry;
}

/**
 * bf_engine_log_of_pause:
 * @reason: (nullable): it runs again
 */
BfLogEntry *
bf_engine_log_of_pause (const char *feed, const char *actor, const char *reason, gint64 at_us)
{
  BfLogEntry *entry = bf_log_entry_new (BF_LOG_ACTION, actor != NULL ? actor : "engine", at_us, reason);

  entry->feed = g_strdup (feed);
  entry->subject = g_strdup (reason != NULL ? "pause" : "resume");
  return entry;
}

static gboolean
is_out (const BfFeedInfo *info, const FeedSaid *said)
{
  switch (info->state)
    {
    case BF_FEED_STALE:
      return info->n_observations > 0; /* it has just begun: nothing has failed yet */
    case BF_FEED_REFUSED:
    case BF_FEED_CRASHED:
    case BF_FEED_OFF:
      return TRUE;
    case BF_FEED_RETRY:
      return info->n_failed - MIN (said->n_failed, info->n_failed) >= FAILED_MAX;
    case BF_FEED_STARTING:
    case BF_FEED_PAUSED:
      return said->out; /* as before: a person's stop has its own entry */
    case BF_FEED_OK:
    default:
      return FALSE;
    }
}

/**
 * bf_engine_log_feed:
 *
 * A feed has changed: its outage begins or ends. One attempt that failed is not an outage.
 */
void
bf_engine_log_feed (BfEngine *engine, guint feed)
{
  BfFeedInfo info;
  FeedSaid *said;
  gboolean out;

  if (engine->store == NULL)
    return;
  if (engine->feeds_said == NULL)
    engine->feeds_said = g_array_new (FALSE, TRUE, sizeof (FeedSaid));
  if (feed >= engine->feeds_said->len)
    g_array_set_size (engine->feeds_said, feed + 1);
  said = &g_array_index (engine->feeds_said, FeedSaid, feed);
  bf_supervisor_info (engine->supervisor, feed, &info);
  out = is_out (&info, said);
  if (info.state == BF_FEED_OK)
    said->n_failed = info.n_failed;
  if (out != said->out)
    {
      BfLogEntry *entry = bf_log_entry_new (out ? BF_LOG_OUTAGE : BF_LOG_RECOVERY, "engine", bf_time_now_us (), out ? info.reason : NULL);

      entry->feed = g_strdup (info.def->name);
      entry->subject = g_strdup (bf_feed_state_id (info.state));
      bf_engine_log (engine, entry);
    }
  said->out = out;
}

void
bf_engine_log_start (BfEngine *engine)
{
  g_autofree char *text = g_strdup_printf (_ ("Engine %s started, start %" PRId64 " of this store"), BF_VERSION, bf_store_epoch (engine->store));

  bf_engine_log (engine, bf_log_entry_new (BF_LOG_START, "engine", bf_time_now_us (), text));
}

void
bf_engine_log_stop (BfEngine *engine)
{
  bf_engine_log (engine, bf_log_entry_new (BF_LOG_STOP, "engine", bf_time_now_us (), NULL));
}
