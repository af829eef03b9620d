/* SPDX-License-Identifier: EUPL-1.2 */
/* A feed that is silent is one alert, not one an asset. While a feed does not give what it should, what rules say of the silence of
 * its assets (absent(), stale(), unknown()) is held back here: kept, counted with the feed, and raised when the feed speaks again and
 * the asset still does not. What other rules say is never held back: only a condition that is nothing without the silence
 * (bf_rule_asks_silence()).
 *
 *   at rest ── the feed is not OK, it has assets that are unknown and none that is heard ──▶ silent: alert BF_SILENCE_RULE
 *   silent  ── the feed is OK, or no asset is left that it could say something of        ──▶ at rest: the alert returns
 *
 * Counts are those of the last whole sweep (bf-coverage.c), which also drives this. The book is the memory over a restart; what is
 * held back is found anew, since a rule that is raised without an alert is at rest after one. An entry is in @held and in the queue
 * of its feed, or in neither. Main thread. */

#include "engine/bf-engine-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-time.h"

#define RELEASED_MAX 256u /* held entries of one feed that are looked at after one sweep */
#define PREFIX "feed/"    /* no service has this id: it is the alert's place in the book */

typedef struct
{
  guint64 key; /* rule in the upper half, asset in the lower */
  guint feed;
  GList link; /* in its feed's queue */
} Held;

typedef struct
{
  gboolean silent; /* its alert is open and not returned */
  gint64 since_us;
  GQueue held;
  guint n_unknown; /* of the last whole sweep */
  guint n_heard;
  guint told_unknown, told_held;
  guint sweeping_unknown, sweeping_heard;
} FeedSilence;

struct _BfSilence
{
  BfEngine *engine;
  GPtrArray *feeds; /* FeedSilence by number */
  GHashTable *held; /* Held.key -> Held, owned */
};

static FeedSilence *
get (BfSilence *silence, guint feed)
{
  while (silence->feeds->len <= feed)
    g_ptr_array_add (silence->feeds, g_new0 (FeedSilence, 1));
  return g_ptr_array_index (silence->feeds, feed);
}

static guint64
key_of (guint rule, guint32 asset)
{
  return (guint64) rule << 32 | asset;
}

static BfFeedInfo
info_of (const BfSilence *silence, guint feed)
{
  BfFeedInfo info;

  bf_supervisor_info (silence->engine->supervisor, feed, &info);
  return info;
}

BfSilence *
bf_silence_new (BfEngine *engine)
{
  BfSilence *silence = g_new0 (BfSilence, 1);

  silence->engine = engine;
  silence->feeds = g_ptr_array_new_with_free_func (g_free);
  silence->held = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  return silence;
}

void
bf_silence_free (BfSilence *silence)
{
  if (silence == NULL)
    return;
  g_hash_table_unref (silence->held);
  g_ptr_array_unref (silence->feeds);
  g_free (silence);
}

/* --- held back ------------------------------------------------------------------------------------------------------ */

/* Which feed would have to speak for the value to be known. Of what was never given that of the asset, when it gives anything at
 * all; a feed of descriptions alone is not the one. */
static guint
feed_of_value (const BfSilence *silence, const BfRuleValue *value)
{
  guint n = bf_supervisor_n (silence->engine->supervisor);
  guint feed = value->latest.feed;

  if (value->latest.observed_us != BF_TIME_NONE && feed != BF_NO_FEED)
    return feed < n ? feed : BF_NO_FEED;
  feed = bf_model_asset_feed (silence->engine->model, value->asset);
  return feed < n && info_of (silence, feed).newest_us != BF_TIME_NONE ? feed : BF_NO_FEED;
}

static void
drop (BfSilence *silence, Held *held)
{
  g_queue_unlink (&get (silence, held->feed)->held, &held->link);
  g_hash_table_remove (silence->held, &held->key);
}

/**
 * bf_silence_hold:
 * @event: a rule was raised, and the book does not know yet
 *
 * Keeps the event when its asset is silent because its feed is.
 *
 * Returns: whether it is held back; then the book is not told
 */
gboolean
bf_silence_hold (BfSilence *silence, const BfRuleEvent *event)
{
  const BfRule *rule = bf_rule_set_get (silence->engine->rules, event->rule);
  guint64 key = key_of (event->rule, event->asset);

  if (silence->engine->supervisor == NULL)
    return FALSE;
  for (guint i = 0; i < event->n_values; i++)
    {
      guint feed;
      Held *held;

      if (!bf_rule_asks_silence (rule, event->values[i].property))
        continue;
      feed = feed_of_value (silence, &event->values[i]);
      if (feed == BF_NO_FEED || info_of (silence, feed).state == BF_FEED_OK)
        continue;
      if (g_hash_table_contains (silence->held, &key))
        return TRUE;
      held = g_new0 (Held, 1);
      held->key = key;
      held->feed = feed;
      held->link.data = held;
      g_hash_table_insert (silence->held, &held->key, held);
      g_queue_push_tail_link (&get (silence, feed)->held, &held->link);
      return TRUE;
    }
  return FALSE;
}

void
bf_silence_move (BfSilence *silence, const BfRuleSet *before, const BfRuleSet *after,
                 gboolean (*same) (const BfRuleSet *before, const BfRuleSet *after, const char *id))
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, silence->held);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (all, value);
  g_hash_table_steal_all (silence->held);
  for (guint i = 0; i < all->len; i++)
    {
      Held *held = g_ptr_array_index (all, i);
      const char *id = bf_rule_set_get (before, (guint) (held->key >> 32))->id;

      if (!same (before, after, id))
        {
          g_queue_unlink (&get (silence, held->feed)->held, &held->link);
          g_free (held);
          continue;
        }
      held->key = key_of (bf_rule_set_find (after, id)->index, (guint32) held->key);
      g_hash_table_insert (silence->held, &held->key, held);
    }
}

/* The asset speaks again: there is nothing more to raise. */
void
bf_silence_over (BfSilence *silence, guint rule, guint32 asset)
{
  guint64 key = key_of (rule, asset);
  Held *held = g_hash_table_lookup (silence->held, &key);

  if (held != NULL)
    drop (silence, held);
}

/* The feed that holds the rule's alert on this asset back; FALSE when none does. */
gboolean
bf_silence_is_held (BfSilence *silence, guint rule, guint32 asset, guint *ret_feed)
{
  guint64 key = key_of (rule, asset);
  const Held *held = g_hash_table_lookup (silence->held, &key);

  if (held == NULL)
    return FALSE;
  *ret_feed = held->feed;
  return TRUE;
}

/* The feed speaks: what is still true of its assets is theirs now. What is not true at the moment waits for its rule to return. */
static void
release (BfSilence *silence, FeedSilence *feed)
{
  BfEngine *engine = silence->engine;
  gint64 now_us = MAX (engine->evaluated_us, bf_time_now_us ());
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (BfRuleValue));

  for (guint n = MIN (g_queue_get_length (&feed->held), RELEASED_MAX); n > 0; n--)
    {
      GList *link = g_queue_pop_head_link (&feed->held);
      Held *held = link->data;
      BfRuleEvent event = { .rule = (guint) (held->key >> 32), .asset = (guint32) held->key, .raised = TRUE, .now_us = now_us, .since_us = now_us };

      g_queue_push_tail_link (&feed->held, link);
      if (bf_evaluator_look (engine->evaluator, event.rule, event.asset, now_us, values) != BF_TRUTH_TRUE)
        continue;
      event.values = (const BfRuleValue *) (gconstpointer) values->data;
      event.n_values = values->len;
      drop (silence, held);
      bf_engine_rule_event (engine, &event);
    }
}

/* --- the feed's own alert ------------------------------------------------------------------------------------------- */

/* Titles travel in both languages, whichever the process speaks. */
static BfName
title_of (const char *name, guint n)
{
  if (n == 1)
    return (BfName){ g_strdup_printf ("Feed %s is silent: 1 asset unknown", name),
                     g_strdup_printf ("Flux %s muet : 1 équipement inconnu", name) };
  return (BfName){ g_strdup_printf ("Feed %s is silent: %u assets unknown", name, n),
                   g_strdup_printf ("Flux %s muet : %u équipements inconnus", name, n) };
}

static const char *
state_words (BfFeedState state)
{
  switch (state)
    {
    case BF_FEED_STALE:
      return _ ("it answers with old content");
    case BF_FEED_RETRY:
      return _ ("its last attempt failed");
    case BF_FEED_REFUSED:
      return _ ("its server refuses");
    case BF_FEED_CRASHED:
      return _ ("its process ended");
    case BF_FEED_PAUSED:
      return _ ("a person has cut it");
    case BF_FEED_OFF:
      return _ ("its file is bad");
    case BF_FEED_OK:
    case BF_FEED_STARTING:
    default:
      return "";
    }
}

static char *
why_of (const BfSilence *silence, const FeedSilence *feed, const BfFeedInfo *info)
{
  g_autoptr (GDateTime) since_utc = g_date_time_new_from_unix_utc (feed->since_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) since = g_date_time_to_timezone (since_utc, silence->engine->city->zone);
  g_autofree char *when = g_date_time_format (since, _ ("%H:%M:%S on %Y-%m-%d"));
  g_autofree char *reason = info->reason != NULL ? g_strdup_printf (" (%s)", info->reason) : g_strdup ("");

  /* Translators: a feed's name, a time, words such as "its last attempt failed", and its reason in brackets or nothing */
  return g_strdup_printf (_ ("Feed “%s” has given nothing since %s: %s%s. While it is silent no asset of it is alerted for being silent: "
                             "those alerts are held back and counted with the feed, and come when it speaks and they still do not."),
                          info->def->name, when, state_words (info->state), reason);
}

static void
raise_alert (BfSilence *silence, FeedSilence *feed, const BfFeedInfo *info, gint64 now_us)
{
  g_autofree char *place = g_strconcat (PREFIX, info->def->name, NULL);
  g_autoptr (BfAlert) draft = bf_alert_new (BF_SILENCE_RULE, place, BF_PRIORITY_MEDIUM);

  feed->silent = TRUE;
  feed->since_us = info->newest_us != BF_TIME_NONE ? info->newest_us : info->since_us;
  draft->title = title_of (info->def->name, feed->n_unknown);
  draft->why = why_of (silence, feed, info);
  draft->values_json = g_strdup ("[]");
  bf_alert_book_raise (silence->engine->book, draft, now_us);
}

static void
clear_alert (BfSilence *silence, FeedSilence *feed, const BfFeedInfo *info, gint64 now_us)
{
  g_autofree char *id = g_strconcat (PREFIX, info->def->name, NULL);

  feed->silent = FALSE;
  bf_alert_book_clear (silence->engine->book, BF_SILENCE_RULE, id, NULL, now_us);
}

static void
judge (BfSilence *silence, guint number)
{
  FeedSilence *feed = get (silence, number);
  BfFeedInfo info = info_of (silence, number);
  gint64 now_us = MAX (silence->engine->evaluated_us, bf_time_now_us ());

  feed->n_unknown = feed->sweeping_unknown;
  feed->n_heard = feed->sweeping_heard;
  feed->sweeping_unknown = feed->sweeping_heard = 0;
  if (info.state == BF_FEED_OK)
    release (silence, feed);
  if (!feed->silent && info.state != BF_FEED_OK && info.state != BF_FEED_STARTING && feed->n_unknown > 0
      && (feed->n_heard == 0 || info.state == BF_FEED_STALE))
    raise_alert (silence, feed, &info, now_us);
  else if (feed->silent && (info.state == BF_FEED_OK || feed->n_unknown == 0))
    clear_alert (silence, feed, &info, now_us);
  if (feed->told_unknown == feed->n_unknown && feed->told_held == g_queue_get_length (&feed->held))
    return;
  feed->told_unknown = feed->n_unknown;
  feed->told_held = g_queue_get_length (&feed->held);
  bf_hub_touch_feed (silence->engine->hub, number);
}

/* --- the sweep ------------------------------------------------------------------------------------------------------ */

/**
 * bf_silence_count:
 * @feed: that the asset is heard by, or should be; any other number is passed over
 *
 * One asset of the sweep under way.
 */
void
bf_silence_count (BfSilence *silence, guint feed, gboolean heard)
{
  FeedSilence *counted;

  if (feed >= bf_supervisor_n (silence->engine->supervisor))
    return;
  counted = get (silence, feed);
  counted->sweeping_heard += heard;
  counted->sweeping_unknown += !heard;
}

/* A whole sweep is over. */
void
bf_silence_swept (BfSilence *silence)
{
  for (guint i = 0; i < bf_supervisor_n (silence->engine->supervisor); i++)
    judge (silence, i);
}

/* --- for others ----------------------------------------------------------------------------------------------------- */

/**
 * bf_silence_info:
 * @ret_unknown: assets that the feed leaves unknown
 * @ret_held: alerts that are held back
 *
 * Returns: since when the feed is silent, %BF_TIME_NONE when it is not
 */
gint64
bf_silence_info (BfSilence *silence, guint feed, guint *ret_unknown, guint *ret_held)
{
  const FeedSilence *of = get (silence, feed);

  *ret_unknown = of->n_unknown;
  *ret_held = g_queue_get_length ((GQueue *) &of->held);
  return of->silent ? of->since_us : BF_TIME_NONE;
}

/* The feed that an alert is about; FALSE when it is about an asset, or the feed is no longer there. */
gboolean
bf_silence_feed_of_alert (const BfEngine *engine, const BfAlert *alert, guint *ret_feed)
{
  return g_str_equal (alert->rule_id, BF_SILENCE_RULE) && g_str_has_prefix (alert->asset_id, PREFIX)
         && bf_supervisor_find (engine->supervisor, alert->asset_id + strlen (PREFIX), ret_feed);
}

/**
 * bf_silence_start:
 *
 * Feeds and open alerts are there: an alert of a feed that is silent goes on, that of one that was taken out ends.
 */
void
bf_silence_start (BfSilence *silence)
{
  BfEngine *engine = silence->engine;
  g_autoptr (GPtrArray) alerts = bf_alert_book_list (engine->book);

  for (guint i = 0; i < alerts->len; i++)
    {
      const BfAlert *alert = g_ptr_array_index (alerts, i);
      guint number;

      if (!g_str_equal (alert->rule_id, BF_SILENCE_RULE) || !bf_alert_is_active (alert))
        continue;
      if (bf_silence_feed_of_alert (engine, alert, &number))
        {
          FeedSilence *feed = get (silence, number);

          feed->silent = TRUE;
          feed->since_us = alert->raised_us;
          continue;
        }
      bf_alert_book_clear (engine->book, alert->rule_id, alert->asset_id, _ ("the feed is no longer in the city's files"), bf_time_now_us ());
    }
}
