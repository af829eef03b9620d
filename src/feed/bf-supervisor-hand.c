/* SPDX-License-Identifier: EUPL-1.2 */
/* The observations of one attempt, gathered while they come and handed on at its STATUS: see bf-supervisor-private.h. They have one
 * result time, which never goes back and never lies in the future, so that rules see one payload as one step. A large one is handed on
 * in slices of whole records, TURN_US a turn of the loop; until it is done its process is not read, so that the pipe holds it up and
 * not our memory. */

#include <string.h>

#include "base/bf-time.h"
#include "base/bf-turns.h"
#include "feed/bf-supervisor-private.h"

#define WHOLE 256u      /* observations that are handed on in one piece */
#define SLICE 64u       /* of a larger payload; more when a record is longer */
#define SLICE_MAX 1024u
#define PIECE 2048u     /* observations of an attempt that lie together: 64 KiB, which are mapped and go back whole */
#define TURN_US 500     /* of handing on in one turn of the loop */

static const BfObservation *
observation (const GArray *observations, guint i)
{
  return &g_array_index (observations, BfObservation, i);
}

void
bf_attempt_clear (BfAttempt *attempt)
{
  g_queue_clear_full (&attempt->pieces, (GDestroyNotify) g_array_unref);
  *attempt = BF_ATTEMPT_NONE;
}

static gboolean
is_full (const GArray *piece, guint32 next_record)
{
  return piece->len >= PIECE && (piece->len >= PIECE + SLICE_MAX || observation (piece, piece->len - 1)->record != next_record);
}

/* A constant that is stamped with the time of the payload says nothing of how old the measured values are. */
static gboolean
is_measured (const BfSupervised *feed, guint16 property)
{
  const GByteArray *undated = feed->def->undated;

  return undated == NULL || property >= undated->len || !undated->data[property];
}

static gint64
newest_of (BfSupervised *feed, gint64 newest_us, const BfObservation *o)
{
  gboolean measured = is_measured (feed, o->property);

  if (bf_record_is_ahead (o->record))
    return newest_us; /* nothing was heard of it yet */
  if (measured && !feed->measures)
    {
      feed->measures = TRUE;
      feed->info.newest_us = BF_TIME_NONE;
      return o->observed_us;
    }
  return measured || !feed->measures ? MAX (newest_us, o->observed_us) : newest_us;
}

static void
attempt_add (BfSupervised *feed, BfAttempt *attempt, const BfObservation *o)
{
  GArray *piece = g_queue_peek_tail (&attempt->pieces);

  if (piece == NULL || is_full (piece, o->record))
    {
      piece = g_array_sized_new (FALSE, FALSE, sizeof (BfObservation), piece == NULL ? 1 : PIECE);
      g_queue_push_tail (&attempt->pieces, piece);
    }
  if (!bf_record_is_ahead (o->record) && (piece->len == 0 || observation (piece, piece->len - 1)->record != o->record))
    attempt->n_records++;
  g_array_append_vals (piece, o, 1);
  attempt->n++;
  attempt->newest_us = newest_of (feed, attempt->newest_us, o);
}

void
bf_supervised_drop_attempt (BfSupervised *feed)
{
  bf_attempt_clear (&feed->attempt);
  g_clear_pointer (&feed->listed, g_array_unref);
  g_clear_pointer (&feed->pending.packed, g_bytes_unref);
}

/* What was stamped before the clock was set back, and is of the future now, goes back with it. */
static gint64
stepped_back (const BfObservation *o, gint64 now_us, gint64 step_us)
{
  return o->observed_us > now_us && !bf_record_is_ahead (o->record) ? o->observed_us + step_us : o->observed_us;
}

void
bf_supervised_step_back (BfSupervised *feed, BfAttempt *attempt, gint64 now_us, gint64 step_us)
{
  attempt->newest_us = BF_TIME_NONE;
  for (const GList *at = attempt->pieces.head; at != NULL; at = at->next)
    {
      const GArray *piece = at->data;

      for (guint i = 0; i < piece->len; i++)
        {
          BfObservation *o = &g_array_index (piece, BfObservation, i);

          o->observed_us = stepped_back (o, now_us, step_us);
          attempt->newest_us = newest_of (feed, attempt->newest_us, o);
        }
    }
}

void
bf_supervised_gather (BfSupervised *feed, const BfObservation *o, gint64 now_us)
{
  BfObservation gathered = *o;

  gathered.observed_us = stepped_back (o, now_us, feed->back_us);
  attempt_add (feed, &feed->attempt, &gathered);
}

void
bf_supervised_finish_handing (BfSupervised *feed)
{
  bf_supervised_drop_source (&feed->hand);
  bf_attempt_clear (&feed->handing);
  if (feed->says_after)
    {
      feed->says_after = FALSE;
      bf_supervised_keep_cursor (feed);
      bf_supervised_changed (feed);
    }
  if (feed->child != NULL)
    bf_feed_child_hold (feed->child, FALSE);
}

/* The next slice; TRUE when it was the last. A record is not cut, that no rule sees one half of it. */
static gboolean
hand_slice (BfSupervised *feed)
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
  BfSupervised *feed = user_data;
  gint64 until_us = bf_turns_until (TURN_US);

  do
    if (hand_slice (feed))
      {
        bf_supervised_finish_handing (feed);
        return G_SOURCE_REMOVE;
      }
  while (g_get_monotonic_time () < until_us);
  return G_SOURCE_CONTINUE;
}

void
bf_supervised_hand_rest (BfSupervised *feed)
{
  if (feed->handing.n == 0)
    return;
  while (!hand_slice (feed))
    ;
  bf_supervised_finish_handing (feed);
}

static void
start_handing (BfSupervised *feed)
{
  feed->handing = feed->attempt;
  feed->attempt = BF_ATTEMPT_NONE;
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
hand_list (BfSupervised *feed, const BfFeedStatus *status)
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
hand_whole (BfSupervised *feed)
{
  BfSupervisor *supervisor = feed->supervisor;
  const GArray *piece = g_queue_peek_head (&feed->attempt.pieces);

  supervisor->handler.batch (supervisor->user_data, feed->index, feed->result_us, piece != NULL ? observation (piece, 0) : NULL,
                             piece != NULL ? piece->len : 0);
}

void
bf_supervised_hand_on (BfSupervised *feed, gint64 result_us, const BfFeedStatus *status)
{
  const BfSupervisorHandler *handler = &feed->supervisor->handler;
  gboolean is_list;

  bf_supervised_hand_rest (feed);
  feed->result_us = MAX (feed->result_us, MIN (result_us, bf_time_now_us ()));
  is_list = hand_list (feed, status);
  if (feed->pending.packed != NULL)
    bf_payload_ring_add (feed->ring, feed->result_us, feed->pending.sha256, feed->pending.unpacked, feed->pending.packed);
  if (feed->attempt.n > WHOLE && handler->batch != NULL)
    start_handing (feed);
  else if ((feed->attempt.n > 0 || is_list) && handler->batch != NULL)
    hand_whole (feed);
  bf_supervised_drop_attempt (feed);
}
