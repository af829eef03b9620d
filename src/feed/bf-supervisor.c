/* SPDX-License-Identifier: EUPL-1.2 */
/* The engine's side of the feeds: see bf-supervisor.h.
 *
 * A feed is a definition, at most one BfFeedChild, and what is known of it. Observations of one attempt are gathered and
 * handed on at its STATUS with one result time, which never goes back and never lies in the future, so that rules see one
 * payload as one step. A large one is handed on in slices of whole records, TURN_US a turn of the loop; until it is done its
 * process is not read, so that the pipe holds it up and not our memory. Backoff doubles while runs are bad; a run that lived and answered sets it back. All timers are sources of
 * the main context of the thread that made the supervisor. */

#include "feed/bf-supervisor.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "base/bf-turns.h"
#include "feed/bf-feed-child.h"
#include "feed/bf-payload-ring.h"
#include "feed/bf-push-queue.h"
#include "feed/bf-schedule.h"
#include "feed/bf-supervisor-private.h"
#include "feed/bf-wire.h"

#define AHEAD_US (BF_LIMIT_AHEAD_US + 60 * G_USEC_PER_SEC)
#define END_TIMEOUT_US (2 * G_USEC_PER_SEC)
#define MAX_FEEDS G_MAXUINT16
#define WHOLE 256u      /* observations that are handed on in one piece */
#define SLICE 64u       /* of a larger payload; more when a record is longer */
#define SLICE_MAX 1024u
#define PIECE 2048u     /* observations of an attempt that lie together: 64 KiB, which are mapped and go back whole */
#define TURN_US 500     /* of handing on in one turn of the loop */

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

/* The observations of an attempt, in pieces of which none ends within a record but one of more than SLICE_MAX. */
#define SAID_EVERY_MAX_US (3600 * G_GINT64_CONSTANT (1000000))

typedef struct
{
  GQueue pieces; /* GArray of BfObservation; none is empty */
  guint n;
  gint64 newest_us;   /* of what is measured; of all, when the feed measures nothing */
} Attempt;

typedef struct
{
  BfSupervisor *supervisor;
  guint index;
  BfFeedDef *def;
  gint64 said_every_us; /* the cadence that the source says, when the definition follows it and has no Stale= */
  BfFeedInfo info; /* its texts point into the fields below */
  char *reason;
  char *actor;
  char *death;         /* of its last process that ended by itself, hung or was ended for what it did */
  GPtrArray *refusals; /* BfFeedRefusal, newest first */
  char *note;          /* what a good answer has to say */

  BfFeedChild *child;
  gint64 started_us;   /* monotonic */
  gboolean answered;   /* this run gave a good STATUS */
  guint n_crashes;     /* in a row */
  GSource *restart;
  GSource *stale;

  Attempt attempt;
  GArray *listed;       /* guint32 of this attempt; NULL: it is no list */
  gboolean whole;
  Attempt handing;      /* what is being handed on in slices; empty: nothing is */
  guint n_handed;       /* of its first piece */
  GSource *hand;
  gboolean says_after;  /* its STATUS was heard: when done, keep the cursor and tell of the change */
  gint64 result_us;     /* newest handed on */
  gint64 ahead_us;      /* by so much the clock was set ahead since the newest phenomenon time came */
  gint64 back_us;       /* by so much it was set back in this attempt; 0 or below */
  BfPayloadRing *ring;
  BfPushQueue *pushed;  /* of a feed that waits for bodies */
  gboolean measures;    /* it has given something else too */
  char *cursor;         /* what this attempt said, kept at its STATUS */
  struct
  {
    guint8 sha256[32];
    gsize unpacked;
    GBytes *packed; /* NULL when this attempt has none */
  } pending;
} Feed;

static void start (Feed *feed);
static void judge_freshness (Feed *feed);

const char *
bf_feed_state_id (BfFeedState state)
{
  static const char *const ids[] = { "starting", "ok", "stale", "retry", "refused", "crashed", "paused", "off" };

  g_return_val_if_fail (state < G_N_ELEMENTS (ids), "off");
  return ids[state];
}

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static GSource *
at_monotonic (gint64 monotonic_us, GSourceFunc callback, Feed *feed)
{
  GSource *source = g_timeout_source_new (0);

  g_source_set_ready_time (source, monotonic_us);
  g_source_set_callback (source, callback, feed, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static void
changed (Feed *feed)
{
  BfSupervisor *supervisor = feed->supervisor;

  if (supervisor->handler.changed != NULL)
    supervisor->handler.changed (supervisor->user_data, feed->index);
}

static void
set_state (Feed *feed, BfFeedState state, const char *reason)
{
  char *copy = g_strdup (reason);

  if (feed->info.state != state)
    feed->info.since_us = bf_time_now_us ();
  feed->info.state = state;
  g_free (feed->reason);
  feed->info.reason = feed->reason = copy;
}

/* --- observations of an attempt ------------------------------------------------------------------------------------- */

static const BfObservation *
observation (const GArray *observations, guint i)
{
  return &g_array_index (observations, BfObservation, i);
}

static void
attempt_clear (Attempt *attempt)
{
  g_queue_clear_full (&attempt->pieces, (GDestroyNotify) g_array_unref);
  *attempt = (Attempt){ G_QUEUE_INIT, 0, BF_TIME_NONE };
}

static gboolean
is_full (const GArray *piece, guint32 next_record)
{
  return piece->len >= PIECE && (piece->len >= PIECE + SLICE_MAX || observation (piece, piece->len - 1)->record != next_record);
}

/* A constant that is stamped with the time of the payload says nothing of how old the measured values are. */
static gboolean
is_measured (const Feed *feed, guint16 property)
{
  const GByteArray *undated = feed->def->undated;

  return undated == NULL || property >= undated->len || !undated->data[property];
}

static gint64
newest_of (Feed *feed, gint64 newest_us, const BfObservation *o)
{
  gboolean measured = is_measured (feed, o->property);

  if (measured && !feed->measures)
    {
      feed->measures = TRUE;
      feed->info.newest_us = BF_TIME_NONE;
      return o->observed_us;
    }
  return measured || !feed->measures ? MAX (newest_us, o->observed_us) : newest_us;
}

static void
attempt_add (Feed *feed, Attempt *attempt, const BfObservation *o)
{
  GArray *piece = g_queue_peek_tail (&attempt->pieces);

  if (piece == NULL || is_full (piece, o->record))
    {
      piece = g_array_sized_new (FALSE, FALSE, sizeof (BfObservation), piece == NULL ? 1 : PIECE);
      g_queue_push_tail (&attempt->pieces, piece);
    }
  g_array_append_vals (piece, o, 1);
  attempt->n++;
  attempt->newest_us = newest_of (feed, attempt->newest_us, o);
}

static void
drop_attempt (Feed *feed)
{
  attempt_clear (&feed->attempt);
  g_clear_pointer (&feed->listed, g_array_unref);
  g_clear_pointer (&feed->pending.packed, g_bytes_unref);
}

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  Feed *feed = user_data;
  BfSupervisor *supervisor = feed->supervisor;

  feed->info.n_assets = MAX (feed->info.n_assets, asset + 1);
  if (supervisor->handler.asset != NULL)
    supervisor->handler.asset (supervisor->user_data, feed->index, asset, draft);
}

/* What was stamped before the clock was set back, and is of the future now, goes back with it. */
static gint64
stepped_back (gint64 observed_us, gint64 now_us, gint64 step_us)
{
  return observed_us > now_us ? observed_us + step_us : observed_us;
}

static void
step_back (Feed *feed, Attempt *attempt, gint64 now_us, gint64 step_us)
{
  attempt->newest_us = BF_TIME_NONE;
  for (const GList *at = attempt->pieces.head; at != NULL; at = at->next)
    {
      const GArray *piece = at->data;

      for (guint i = 0; i < piece->len; i++)
        {
          BfObservation *o = &g_array_index (piece, BfObservation, i);

          o->observed_us = stepped_back (o->observed_us, now_us, step_us);
          attempt->newest_us = newest_of (feed, attempt->newest_us, o);
        }
    }
}

static void
batch_cb (gpointer user_data, const BfObservation *observations, guint n)
{
  Feed *feed = user_data;
  gint64 now_us = bf_time_now_us ();

  for (guint i = 0; i < n; i++)
    {
      BfObservation o = observations[i];

      if (o.observed_us > now_us + AHEAD_US - feed->back_us)
        {
          bf_feed_child_end (feed->child, _ ("rubbish: an observation of the future"));
          return;
        }
      o.observed_us = stepped_back (o.observed_us, now_us, feed->back_us);
      attempt_add (feed, &feed->attempt, &o);
    }
}

static void
listed_cb (gpointer user_data, gboolean whole, const guint32 *assets, guint n)
{
  Feed *feed = user_data;

  if (feed->listed == NULL)
    {
      feed->listed = g_array_new (FALSE, FALSE, sizeof (guint32));
      feed->whole = whole;
    }
  feed->whole = feed->whole && whole;
  g_array_append_vals (feed->listed, assets, n);
}

static void
payload_cb (gpointer user_data, gint64 result_us, const guint8 sha256[32], gsize unpacked, GBytes *zstd)
{
  Feed *feed = user_data;

  g_clear_pointer (&feed->pending.packed, g_bytes_unref);
  memcpy (feed->pending.sha256, sha256, sizeof feed->pending.sha256);
  feed->pending.unpacked = unpacked;
  feed->pending.packed = g_bytes_ref (zstd);
}

static void
refusal_free (gpointer data)
{
  BfFeedRefusal *refusal = data;

  g_free (refusal->text);
  g_free (refusal);
}

/* The same again counts; else the newest push out the oldest. */
static void
keep_refusal (Feed *feed, char *text)
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

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  keep_refusal (user_data, property != NULL ? g_strdup_printf (_ ("record %u, %s: %s"), record, property, reason)
                                            : g_strdup_printf (_ ("record %u: %s"), record, reason));
}

static gboolean
stale_cb (gpointer user_data)
{
  Feed *feed = user_data;

  drop_source (&feed->stale);
  judge_freshness (feed);
  changed (feed);
  return G_SOURCE_REMOVE;
}

/* Of what is never measured twice, a list of what is current or a description, the answer's own time counts. */
static gint64
content_us (const Feed *feed)
{
  return feed->info.content == BF_CONTENT_OBSERVATIONS ? feed->info.newest_us : feed->info.as_of_us;
}

static char *
say_stale (const Feed *feed, gint64 age_us, gint64 limit_us)
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

/* After this time content is stale, and each value of it unknown. */
static gint64
stale_us (const Feed *feed)
{
  return MAX (bf_feed_def_stale_us (feed->def), 3 * feed->said_every_us);
}

/* The wait for the next attempt is the source's cadence, give or take what an answer took: that is no other cadence. */
static void
follow_cadence (Feed *feed, gint64 every_us)
{
  const BfSupervisorHandler *handler = &feed->supervisor->handler;
  gint64 before_us = stale_us (feed);

  if (ABS (every_us - feed->said_every_us) <= feed->said_every_us / 10)
    return;
  feed->said_every_us = every_us;
  if (handler->limit != NULL && stale_us (feed) != before_us)
    handler->limit (feed->supervisor->user_data, feed->index, stale_us (feed));
}

/* OK or STALE by the time of the content; after each good answer, and when the limit passes in silence. */
static void
judge_freshness (Feed *feed)
{
  gint64 limit_us = stale_us (feed);
  gint64 age_us;

  drop_source (&feed->stale);
  if (content_us (feed) == BF_TIME_NONE)
    {
      set_state (feed, BF_FEED_STALE, _ ("answers, but has given no observation yet"));
      return;
    }
  age_us = bf_time_now_us () - content_us (feed) - feed->ahead_us;
  if (age_us <= limit_us)
    {
      set_state (feed, BF_FEED_OK, feed->note);
      feed->stale = at_monotonic (g_get_monotonic_time () + limit_us - age_us + 1000, stale_cb, feed);
    }
  else
    {
      g_autofree char *reason = say_stale (feed, age_us, limit_us);
      g_autofree char *both = feed->note != NULL ? g_strdup_printf ("%s; %s", reason, feed->note) : g_strdup (reason);

      set_state (feed, BF_FEED_STALE, both);
    }
}

static void keep_cursor (Feed *feed);

static void
finish_handing (Feed *feed)
{
  drop_source (&feed->hand);
  attempt_clear (&feed->handing);
  if (feed->says_after)
    {
      feed->says_after = FALSE;
      keep_cursor (feed);
      changed (feed);
    }
  if (feed->child != NULL)
    bf_feed_child_hold (feed->child, FALSE);
}

/* The next slice; TRUE when it was the last. A record is not cut, that no rule sees one half of it. */
static gboolean
hand_slice (Feed *feed)
{
  BfSupervisor *supervisor = feed->supervisor;
  g_autoptr (GArray) piece = g_array_ref (g_queue_peek_head (&feed->handing.pieces));
  guint from = feed->n_handed;
  guint end = MIN (piece->len, from + SLICE);
  gboolean last;

  while (end < piece->len && end < from + SLICE_MAX && observation (piece, end)->record == observation (piece, end - 1)->record)
    end++;
  feed->n_handed = end;
  if (end == piece->len)
    {
      g_array_unref (g_queue_pop_head (&feed->handing.pieces));
      feed->n_handed = 0;
    }
  last = g_queue_is_empty (&feed->handing.pieces);
  (last ? supervisor->handler.batch : supervisor->handler.slice) (supervisor->user_data, feed->index, feed->result_us,
                                                                  observation (piece, from), end - from);
  return last;
}

static gboolean
hand_cb (gpointer user_data)
{
  Feed *feed = user_data;
  gint64 until_us = bf_turns_until (TURN_US);

  do
    if (hand_slice (feed))
      {
        finish_handing (feed);
        return G_SOURCE_REMOVE;
      }
  while (g_get_monotonic_time () < until_us);
  return G_SOURCE_CONTINUE;
}

/* What comes after it must not overtake it. */
static void
hand_rest (Feed *feed)
{
  if (feed->handing.n == 0)
    return;
  while (!hand_slice (feed))
    ;
  finish_handing (feed);
}

static void
start_handing (Feed *feed)
{
  feed->handing = feed->attempt;
  feed->attempt = (Attempt){ G_QUEUE_INIT, 0, BF_TIME_NONE };
  feed->n_handed = 0;
  feed->hand = g_idle_source_new ();
  g_source_set_priority (feed->hand, G_PRIORITY_DEFAULT);
  g_source_set_callback (feed->hand, hand_cb, feed, NULL);
  g_source_attach (feed->hand, g_main_context_get_thread_default ());
  if (feed->child != NULL)
    bf_feed_child_hold (feed->child, TRUE);
}

/* Before the observations: what is not in the list is over in the same step. */
static gboolean
hand_list (Feed *feed, const BfFeedStatus *status)
{
  BfSupervisor *supervisor = feed->supervisor;
  gboolean same = status != NULL && status->outcome == BF_OUTCOME_NOT_MODIFIED && feed->info.content == BF_CONTENT_LIST;
  BfFeedList list = { feed->info.as_of_us, same ? feed->info.whole : feed->whole, same, NULL, 0 };

  if (supervisor->handler.listed == NULL || status == NULL || (!same && (status->outcome != BF_OUTCOME_OK || feed->listed == NULL)))
    return FALSE;
  if (!same)
    {
      list.assets = (const guint32 *) (gconstpointer) feed->listed->data;
      list.n = feed->listed->len;
    }
  supervisor->handler.listed (supervisor->user_data, feed->index, feed->result_us, &list);
  return TRUE;
}

/* Small enough to lie in one piece; of a list, perhaps nothing. */
static void
hand_whole (Feed *feed)
{
  BfSupervisor *supervisor = feed->supervisor;
  const GArray *piece = g_queue_peek_head (&feed->attempt.pieces);

  supervisor->handler.batch (supervisor->user_data, feed->index, feed->result_us, piece != NULL ? observation (piece, 0) : NULL,
                             piece != NULL ? piece->len : 0);
}

/* Hands on what the attempt gave, as one step at one result time. @status: %NULL when it was cut off. */
static void
hand_on (Feed *feed, gint64 result_us, const BfFeedStatus *status)
{
  const BfSupervisorHandler *handler = &feed->supervisor->handler;
  gboolean is_list;

  hand_rest (feed);
  feed->result_us = MAX (feed->result_us, MIN (result_us, bf_time_now_us ()));
  is_list = hand_list (feed, status);
  if (feed->pending.packed != NULL)
    bf_payload_ring_add (feed->ring, feed->result_us, feed->pending.sha256, feed->pending.unpacked, feed->pending.packed);
  if (feed->attempt.n > WHOLE && handler->batch != NULL)
    start_handing (feed);
  else if ((feed->attempt.n > 0 || is_list) && handler->batch != NULL)
    hand_whole (feed);
  drop_attempt (feed);
}

static void
count (Feed *feed, const BfFeedStatus *status)
{
  BfFeedInfo *info = &feed->info;
  gboolean good = status->outcome == BF_OUTCOME_OK || status->outcome == BF_OUTCOME_NOT_MODIFIED;

  info->last_attempt_us = bf_time_now_us ();
  info->next_us = MIN (status->next_us, info->last_attempt_us + BF_SCHEDULE_RETRY_AFTER_MAX_US + feed->def->every_us);
  info->n_observations += feed->attempt.n;
  info->n_refused += status->n_refused;
  info->bytes += status->bytes;
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

/* A payload of which nothing could be used is not what the feed says. */
static void
say_all_refused (Feed *feed, const BfFeedStatus *status)
{
  g_autofree char *reason = g_strdup_printf (_ ("nothing of %" PRIu64 " records could be used, such as: %s"), status->n_records,
                                             feed->info.last_refused != NULL ? feed->info.last_refused : "?");

  drop_source (&feed->stale);
  set_state (feed, BF_FEED_RETRY, reason);
}

static void
status_cb (gpointer user_data, const BfFeedStatus *status)
{
  Feed *feed = user_data;
  BfFeedChild *child = feed->child;
  gint64 wait_us;

  count (feed, status);
  wait_us = MAX (0, feed->info.next_us - feed->info.last_attempt_us);
  bf_feed_child_expect (child, g_get_monotonic_time () + wait_us + feed->def->timeout_us + feed->supervisor->limits.grace_us);
  g_free (feed->note);
  feed->note = g_strdup (status->reason);
  switch (status->outcome)
    {
    case BF_OUTCOME_OK:
    case BF_OUTCOME_NOT_MODIFIED:
      feed->answered = TRUE;
      if (status->outcome == BF_OUTCOME_OK && feed->attempt.n == 0 && status->n_refused > 0 && !feed->info.whole)
        say_all_refused (feed, status);
      else
        judge_freshness (feed);
      break;
    case BF_OUTCOME_RETRY:
      drop_source (&feed->stale);
      set_state (feed, BF_FEED_RETRY, status->reason);
      break;
    case BF_OUTCOME_REFUSED:
      drop_source (&feed->stale);
      set_state (feed, BF_FEED_REFUSED, status->reason);
      break;
    default:
      g_assert_not_reached ();
    }
  hand_on (feed, status->result_us, status);
  feed->back_us = 0;
  feed->says_after = TRUE;
  if (feed->handing.n == 0)
    finish_handing (feed);
}

static void
cursor_cb (gpointer user_data, const char *text, gsize length)
{
  Feed *feed = user_data;

  g_free (feed->cursor);
  feed->cursor = g_strndup (text, length);
}

static void pump (Feed *feed);

static void
room_cb (gpointer user_data)
{
  pump (user_data);
}

static void
pump (Feed *feed)
{
  if (feed->child != NULL && feed->pushed != NULL && !bf_push_queue_pump (feed->pushed, feed->child))
    bf_feed_child_wait_room (feed->child, room_cb);
  if (feed->pushed != NULL)
    feed->info.n_push_waiting = bf_push_queue_n (feed->pushed);
}

static void
taken_cb (gpointer user_data, guint64 n)
{
  Feed *feed = user_data;

  if (feed->pushed == NULL || !bf_push_queue_taken (feed->pushed, n))
    bf_feed_child_end (feed->child, _ ("rubbish: it says it took more bodies than it was given"));
  else
    feed->info.n_push_waiting = bf_push_queue_n (feed->pushed);
}

static const BfFrameHandler frame_handler = { NULL,       asset_cb,  payload_cb, batch_cb,
                                              refused_cb, status_cb, cursor_cb,  taken_cb, listed_cb };

static char *
cursor_path (Feed *feed)
{
  g_autofree char *file = g_strconcat (feed->def->name, ".cursor", NULL);

  return feed->supervisor->state_dir != NULL && bf_wire (feed->def->wire)->streams
           ? g_build_filename (feed->supervisor->state_dir, file, NULL)
           : NULL;
}

/* In one rename; not forced to the disk: after a power cut the stream begins a little earlier, and its observations are known. */
static void
keep_cursor (Feed *feed)
{
  g_autofree char *path = cursor_path (feed);
  g_autoptr (GError) error = NULL;

  if (feed->cursor != NULL && path != NULL &&
      !g_file_set_contents_full (path, feed->cursor, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error))
    g_warning ("%s", error->message);
  g_clear_pointer (&feed->cursor, g_free);
}

static gboolean
restart_cb (gpointer user_data)
{
  Feed *feed = user_data;

  drop_source (&feed->restart);
  feed->info.restarts++;
  start (feed);
  return G_SOURCE_REMOVE;
}

static void
plan_restart (Feed *feed, const char *reason)
{
  const BfSupervisorLimits *limits = &feed->supervisor->limits;
  gint64 wait_us = limits->restart_min_us;
  g_autofree char *wait = NULL;

  for (guint i = 0; i < feed->n_crashes && wait_us < limits->restart_max_us; i++)
    wait_us *= 2;
  wait_us = MIN (wait_us, limits->restart_max_us);
  wait = bf_duration_format (wait_us);
  feed->n_crashes++;
  feed->info.n_deaths++;
  feed->info.death_us = bf_time_now_us ();
  g_free (feed->death);
  feed->info.death = feed->death = g_strdup (reason);
  g_message (_ ("feed %s: %s; its process is started again in %s"), feed->def->name, reason, wait);
  feed->info.next_us = bf_time_now_us () + wait_us;
  feed->restart = at_monotonic (g_get_monotonic_time () + wait_us, restart_cb, feed);
  set_state (feed, BF_FEED_CRASHED, reason);
  changed (feed);
}

static void
stop (Feed *feed)
{
  g_clear_pointer (&feed->child, bf_feed_child_free);
  feed->info.pid = 0;
  drop_source (&feed->restart);
  drop_source (&feed->stale);
  drop_attempt (feed);
}

static void
say_given_up (Feed *feed)
{
  feed->info.n_push_lost++;
  feed->info.n_refused++;
  keep_refusal (feed, g_strdup (_ ("a pushed body was given up: three processes in a row died of it")));
}

static void
ended_cb (gpointer user_data, const char *reason)
{
  Feed *feed = user_data;
  g_autofree char *kept = g_strdup (reason);

  if (feed->answered && g_get_monotonic_time () - feed->started_us >= feed->supervisor->limits.good_run_us)
    feed->n_crashes = 0;
  /* Each message of a stream is whole in itself, and its sender may have been told that it is ours. */
  if (!bf_feed_child_was_ended (feed->child) && bf_wire (feed->def->wire)->streams && feed->attempt.n > 0)
    {
      feed->info.n_observations += feed->attempt.n;
      hand_on (feed, bf_time_now_us (), NULL);
    }
  if (feed->pushed != NULL && bf_push_queue_restart (feed->pushed, TRUE))
    say_given_up (feed);
  stop (feed);
  plan_restart (feed, kept);
}

/* The child gets no more of the engine's environment than it needs: what its address names, and the system's own. */
static char **
child_environment (const BfFeedDef *def)
{
  static const char *const system[] = { "PATH",        "HOME",        "LANG",         "LANGUAGE",    "LC_ALL",
                                        "LC_MESSAGES", "TZ",          "http_proxy",   "https_proxy", "no_proxy",
                                        "TMPDIR",      "SSL_CERT_FILE", "SSL_CERT_DIR", "GIO_EXTRA_MODULES", "PROJ_DATA",
                                        "CREDENTIALS_DIRECTORY", "XDG_DATA_DIRS",
                                        "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", NULL };
  g_auto (GStrv) own = bf_feed_def_variables (def);
  const char *const *lists[] = { system, (const char *const *) own };
  char **environment = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint k = 0; lists[i][k] != NULL; k++)
      if (g_getenv (lists[i][k]) != NULL)
        environment = g_environ_setenv (environment, lists[i][k], g_getenv (lists[i][k]), TRUE);
  return environment != NULL ? environment : g_new0 (char *, 1);
}

static void
add_option (const char **argv, guint *n, const char *name, const char *value)
{
  if (value == NULL)
    return;
  argv[(*n)++] = name;
  argv[(*n)++] = value;
}

static void
start (Feed *feed)
{
  BfSupervisor *supervisor = feed->supervisor;
  g_autofree char *parent = g_strdup_printf ("%d", (int) getpid ());
  g_autofree char *cursor = cursor_path (feed);
  const char *argv[18] = { supervisor->feed_program, "--feed", feed->def->path, "--plugins", supervisor->plugins_dir, "--zone",
                           supervisor->zone_name, "--fd", "3", "--parent", parent };
  guint n = 11;
  g_auto (GStrv) environment = child_environment (feed->def);
  g_autoptr (GError) error = NULL;

  add_option (argv, &n, "--proxy", supervisor->proxy);
  add_option (argv, &n, "--ca", supervisor->ca);
  add_option (argv, &n, "--cursor", cursor);
  feed->answered = FALSE;
  feed->back_us = 0;
  feed->started_us = g_get_monotonic_time ();
  feed->child = bf_feed_child_new (argv, environment, supervisor->catalog, feed->def->service, &supervisor->limits,
                                   feed->pushed != NULL, &frame_handler, ended_cb, feed, &error);
  if (feed->child == NULL)
    {
      plan_restart (feed, error->message);
      return;
    }
  feed->info.pid = bf_feed_child_pid (feed->child);
  pump (feed);
  bf_feed_child_expect (feed->child, feed->started_us + feed->def->timeout_us + supervisor->limits.grace_us);
  /* After a crash the reason stays until the new process has answered. */
  if (feed->info.state != BF_FEED_CRASHED)
    set_state (feed, BF_FEED_STARTING, NULL);
  changed (feed);
}

static void
feed_free (gpointer data)
{
  Feed *feed = data;

  stop (feed);
  bf_feed_def_free (feed->def);
  bf_payload_ring_free (feed->ring);
  bf_push_queue_free (feed->pushed);
  g_free (feed->cursor);
  drop_source (&feed->hand);
  attempt_clear (&feed->handing);
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
bf_supervisor_set_net (BfSupervisor *supervisor, const char *proxy, const char *ca, const char *state_dir)
{
  g_return_if_fail (supervisor->feeds->len == 0);
  supervisor->proxy = g_strdup (proxy);
  supervisor->ca = g_strdup (ca);
  supervisor->state_dir = g_strdup (state_dir);
}

void
bf_supervisor_settle (BfSupervisor *supervisor)
{
  for (guint i = 0; i < supervisor->feeds->len; i++)
    hand_rest (g_ptr_array_index (supervisor->feeds, i));
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
      Feed *feed = g_ptr_array_index (supervisor->feeds, i);

      step_moments (&feed->info, step_us);
      feed->result_us = MIN (feed->result_us, now_us);
      if (step_us < 0)
        {
          feed->back_us += step_us;
          step_back (feed, &feed->attempt, now_us, step_us);
          if (feed->info.newest_us + feed->ahead_us > now_us)
            feed->info.newest_us += MIN (0, feed->ahead_us + step_us);
          if (feed->info.as_of_us + feed->ahead_us > now_us)
            feed->info.as_of_us += MIN (0, feed->ahead_us + step_us);
        }
      feed->ahead_us = MAX (0, feed->ahead_us + step_us);
      if (feed->info.state == BF_FEED_OK || feed->info.state == BF_FEED_STALE)
        judge_freshness (feed);
      changed (feed);
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
      Feed *feed = g_ptr_array_index (supervisor->feeds, i);

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
  g_free (supervisor->state_dir);
  g_free (supervisor);
}

static Feed *
add (BfSupervisor *supervisor, BfFeedDef *def)
{
  Feed *feed = g_new0 (Feed, 1);

  feed->supervisor = supervisor;
  feed->index = supervisor->feeds->len;
  feed->def = def;
  feed->info.def = def;
  feed->info.newest_us = BF_TIME_NONE;
  feed->info.as_of_us = BF_TIME_NONE;
  feed->info.since_us = bf_time_now_us ();
  feed->attempt = feed->handing = (Attempt){ G_QUEUE_INIT, 0, BF_TIME_NONE };
  feed->ring = bf_payload_ring_new ();
  if (!def->bad && def->wire == BF_WIRE_PUSH)
    feed->pushed = bf_push_queue_new ();
  feed->refusals = g_ptr_array_new_with_free_func (refusal_free);
  g_ptr_array_add (supervisor->feeds, feed);
  if (def->bad || feed->index >= MAX_FEEDS)
    set_state (feed, BF_FEED_OFF, def->bad ? def->reason : _ ("more feeds than 65535"));
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
  Feed *feed = add (supervisor, def);

  if (feed->info.state != BF_FEED_OFF)
    start (feed);
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
  Feed *feed = add (supervisor, def);

  if (feed->info.state == BF_FEED_OFF)
    return feed->index;
  feed->info.actor = feed->actor = g_strdup (actor);
  set_state (feed, BF_FEED_PAUSED, reason);
  feed->info.since_us = since_us;
  return feed->index;
}

guint
bf_supervisor_n (const BfSupervisor *supervisor)
{
  return supervisor->feeds->len;
}

static Feed *
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
  Feed *paused = get (supervisor, feed);

  g_return_if_fail (paused != NULL);
  if (paused->info.state == BF_FEED_OFF)
    return;
  stop (paused);
  if (paused->pushed != NULL)
    bf_push_queue_restart (paused->pushed, FALSE);
  g_free (paused->actor);
  paused->info.actor = paused->actor = g_strdup (actor);
  paused->info.next_us = 0;
  set_state (paused, BF_FEED_PAUSED, reason);
  changed (paused);
}

void
bf_supervisor_resume (BfSupervisor *supervisor, guint feed)
{
  Feed *paused = get (supervisor, feed);

  g_return_if_fail (paused != NULL);
  if (paused->info.state != BF_FEED_PAUSED)
    return;
  g_clear_pointer (&paused->actor, g_free);
  paused->info.actor = NULL;
  paused->n_crashes = 0;
  start (paused);
}

gboolean
bf_supervisor_push (BfSupervisor *supervisor, guint feed, GBytes *body)
{
  Feed *pushed = get (supervisor, feed);

  g_return_val_if_fail (pushed != NULL, FALSE);
  if (pushed->pushed == NULL || pushed->info.state == BF_FEED_PAUSED || !bf_push_queue_add (pushed->pushed, body, bf_time_now_us ()))
    return FALSE;
  pushed->info.n_pushed++;
  pump (pushed);
  return TRUE;
}

GBytes *
bf_supervisor_payload (BfSupervisor *supervisor, guint feed, gint64 result_us)
{
  Feed *asked = get (supervisor, feed);
  g_autoptr (GError) error = NULL;
  GBytes *payload;

  if (asked == NULL)
    return NULL;
  payload = bf_payload_ring_get (asked->ring, result_us, &error);
  if (payload == NULL && !g_error_matches (error, BF_ERROR, BF_ERROR_NOT_FOUND))
    g_warning ("%s: %s", asked->def->name, error->message);
  return payload;
}
