/* SPDX-License-Identifier: EUPL-1.2 */
/* Chattering, damped per asset: an asset that raises and clears over and over, whichever of its rules do it, is told of once; then
 * its alerts are held and counted until it has been quiet for a time. ISA-18.2-2016 §3.1: an alarm that repeatedly transitions in a
 * short time; how often in how long is BfAlertPolicy's.
 *
 * Raises between which nothing clears are one run, so that three rules that see one thing at once are one; counted are runs with a
 * raise within the time. The raise that makes it too many is the first that is held. What is worse than all that the asset has raised
 * within the time, or since it is damped, is never held. All this depends on the events of that time alone, so that a restart, which
 * has no others (bf_alert_book_restore_past()), comes to the same.
 *
 * A record is there from a raise until it is too old and room is made, or until the asset is quiet, which is the one thing that has a
 * timer; while `damped` at least one open alert has %BF_ALERT_DAMPED. A clock that is set forgets what is not yet too many. Main
 * thread. */

#include "alerts/bf-alert-book-private.h"

#include <string.h>

#define ROOM_MIN 1024u

void
bf_book_chatter_free (gpointer data)
{
  BfBookChatter *chatter = data;

  g_free (chatter->asset_id);
  g_free (chatter);
}

static gint64
quiet_us (const BfAlertBook *book, const BfBookChatter *chatter)
{
  return chatter->last_us + book->policy.chatter_quiet_us;
}

static void
forget_all (BfBookChatter *chatter)
{
  chatter->n = 0;
  for (guint i = 0; i < BF_N_PRIORITIES; i++)
    chatter->raised_us[i] = BF_TIME_NONE;
}

/* Records that say nothing any more go when there are twice as many as after the last time. */
static void
make_room (BfAlertBook *book, gint64 now_us)
{
  GHashTableIter iter;
  gpointer value;

  if (g_hash_table_size (book->chatter) < book->chatter_room)
    return;
  g_hash_table_iter_init (&iter, book->chatter);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const BfBookChatter *chatter = value;

      if (!chatter->damped && now_us - chatter->last_us >= book->policy.chatter_within_us)
        g_hash_table_iter_remove (&iter);
    }
  book->chatter_room = 2 * g_hash_table_size (book->chatter) + ROOM_MIN;
}

static BfBookChatter *
get (BfAlertBook *book, const char *asset_id, gint64 now_us)
{
  BfBookChatter *chatter = g_hash_table_lookup (book->chatter, asset_id);

  if (chatter != NULL)
    return chatter;
  make_room (book, now_us);
  chatter = g_new0 (BfBookChatter, 1);
  chatter->asset_id = g_strdup (asset_id);
  chatter->last_us = BF_TIME_NONE;
  forget_all (chatter);
  chatter->timer = (BfBookTimer){ BF_BOOK_TIMER_QUIET, BF_TIME_NONE, 0, chatter->asset_id, chatter, NULL };
  g_hash_table_insert (book->chatter, chatter->asset_id, chatter);
  return chatter;
}

/* The worst of those that are damped now. */
static BfPriority
worst_damped (const BfAlertBook *book, const char *asset_id)
{
  g_autoptr (GPtrArray) entries = bf_book_entries_of (book, asset_id);
  BfPriority priority = BF_PRIORITY_LOW;

  for (guint i = 0; i < entries->len; i++)
    {
      const BfAlert *alert = ((const BfBookEntry *) g_ptr_array_index (entries, i))->alert;

      if (alert->flags & BF_ALERT_DAMPED)
        priority = MAX (priority, alert->priority);
    }
  return priority;
}

/* Runs that are too old are no longer counted; a time that went back makes a new beginning. */
static void
forget_old (const BfAlertBook *book, BfBookChatter *chatter, gint64 now_us)
{
  guint n_old = 0;

  if (chatter->last_us != BF_TIME_NONE && now_us < chatter->last_us)
    {
      forget_all (chatter);
      chatter->last_us = BF_TIME_NONE;
      chatter->priority = worst_damped (book, chatter->asset_id);
    }
  while (n_old < chatter->n && now_us - chatter->times_us[n_old] >= book->policy.chatter_within_us)
    n_old++;
  chatter->n -= n_old;
  memmove (chatter->times_us, chatter->times_us + n_old, chatter->n * sizeof chatter->times_us[0]);
}

/* Of all that was raised within the time, or since it is damped; -1: nothing was. */
static int
worst (const BfAlertBook *book, const BfBookChatter *chatter, gint64 now_us)
{
  if (chatter->damped)
    return (int) chatter->priority;
  for (int i = BF_N_PRIORITIES - 1; i >= 0; i--)
    if (chatter->raised_us[i] != BF_TIME_NONE && now_us - chatter->raised_us[i] < book->policy.chatter_within_us)
      return i;
  return -1;
}

static void
note_priority (BfBookChatter *chatter, BfPriority priority, gint64 now_us)
{
  chatter->raised_us[priority] = now_us;
  if (chatter->last_us == BF_TIME_NONE)
    chatter->last_us = now_us;
  if (chatter->damped)
    chatter->priority = MAX (chatter->priority, priority);
}

static void
note_raise (const BfAlertBook *book, BfBookChatter *chatter, BfPriority priority, gint64 now_us)
{
  forget_old (book, chatter, now_us);
  if (chatter->n > 0 && !chatter->cleared)
    chatter->n--;
  else if (chatter->n == BF_ALERT_CHATTER_MAX)
    memmove (chatter->times_us, chatter->times_us + 1, --chatter->n * sizeof chatter->times_us[0]);
  chatter->times_us[chatter->n++] = now_us;
  chatter->cleared = FALSE;
  chatter->last_us = now_us;
  note_priority (chatter, priority, now_us);
}

/* A transition of the asset moves the quiet of all that is damped. */
static void
arm (BfAlertBook *book, BfBookChatter *chatter)
{
  bf_book_arm (book, &chatter->timer, chatter->damped ? quiet_us (book, chatter) : BF_TIME_NONE);
}

/**
 * bf_book_chatter_raised:
 *
 * An alert of the asset is about to be raised.
 *
 * Returns: whether it is damped
 */
gboolean
bf_book_chatter_raised (BfAlertBook *book, const char *asset_id, BfPriority priority, gint64 now_us)
{
  BfBookChatter *chatter = get (book, asset_id, now_us);
  int before;

  forget_old (book, chatter, now_us);
  before = worst (book, chatter, now_us);
  note_raise (book, chatter, priority, now_us);
  if (!chatter->damped && (int) priority <= before && chatter->n >= book->policy.chatter_n)
    {
      chatter->priority = (BfPriority) before;
      chatter->damped = TRUE;
    }
  arm (book, chatter);
  return chatter->damped && (int) priority <= before;
}

void
bf_book_chatter_worse (BfAlertBook *book, const char *asset_id, BfPriority priority, gint64 now_us)
{
  BfBookChatter *chatter = get (book, asset_id, now_us);

  forget_old (book, chatter, now_us);
  note_priority (chatter, priority, now_us);
}

static void
note_clear (BfBookChatter *chatter, gint64 now_us)
{
  chatter->cleared = TRUE;
  chatter->last_us = now_us;
}

void
bf_book_chatter_cleared (BfAlertBook *book, const char *asset_id, gint64 now_us)
{
  BfBookChatter *chatter = g_hash_table_lookup (book->chatter, asset_id);

  if (chatter == NULL)
    return;
  forget_old (book, chatter, now_us);
  note_clear (chatter, now_us);
  arm (book, chatter);
}

gint64
bf_book_chatter_quiet_us (const BfAlertBook *book, const char *asset_id)
{
  const BfBookChatter *chatter = g_hash_table_lookup (book->chatter, asset_id);

  return chatter != NULL ? quiet_us (book, chatter) : BF_TIME_NONE;
}

/* --- time ------------------------------------------------------------------------------------------------------------ */

/* Quiet. */
void
bf_book_chatter_due (BfAlertBook *book, BfBookChatter *chatter, gint64 now_us)
{
  g_autoptr (GPtrArray) entries = bf_book_entries_of (book, chatter->asset_id);

  bf_book_arm (book, &chatter->timer, BF_TIME_NONE);
  for (guint i = 0; i < entries->len; i++)
    {
      BfBookEntry *entry = g_ptr_array_index (entries, i);

      if (entry->alert->flags & BF_ALERT_DAMPED)
        bf_book_apply (book, entry, BF_ALERT_INPUT_UNDAMP, BF_BOOK_BY_ENGINE (NULL), now_us);
    }
  g_hash_table_remove (book->chatter, chatter->asset_id);
}

void
bf_book_chatter_step (BfAlertBook *book, gint64 step_us)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, book->chatter);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      BfBookChatter *chatter = value;

      forget_all (chatter);
      if (!chatter->damped)
        {
          bf_book_arm (book, &chatter->timer, BF_TIME_NONE);
          g_hash_table_iter_remove (&iter);
          continue;
        }
      chatter->last_us += step_us;
      arm (book, chatter);
    }
}

/* --- restart --------------------------------------------------------------------------------------------------------- */

/* An open alert out of the store. */
void
bf_book_chatter_restore (BfAlertBook *book, const BfAlert *alert)
{
  BfBookChatter *chatter;

  if (!(alert->flags & BF_ALERT_DAMPED))
    return;
  chatter = get (book, alert->asset_id, alert->damped_us);
  chatter->damped = TRUE;
  chatter->priority = worst_damped (book, alert->asset_id);
  chatter->last_us = MAX (chatter->last_us, alert->quiet_us - book->policy.chatter_quiet_us);
  arm (book, chatter);
}

/**
 * bf_alert_book_past_us:
 *
 * Returns: since when events are needed: of what chatters since before it began to
 */
gint64
bf_alert_book_past_us (const BfAlertBook *book, gint64 now_us)
{
  gint64 from_us = now_us;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, book->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const BfAlert *alert = ((const BfBookEntry *) value)->alert;

      if (alert->flags & BF_ALERT_DAMPED)
        from_us = MIN (from_us, alert->damped_us);
    }
  return from_us - book->policy.chatter_within_us + 1;
}

/**
 * bf_alert_book_restore_past:
 *
 * One event of the past, in their order; %BF_ALERT_INPUT_CLOCK counts only of what was damped then.
 */
void
bf_alert_book_restore_past (BfAlertBook *book, const BfAlertPast *past)
{
  BfBookChatter *chatter = get (book, past->asset_id, past->at_us);

  if (past->input == BF_ALERT_INPUT_RAISE)
    note_raise (book, chatter, past->priority, past->at_us);
  else if (past->input == BF_ALERT_INPUT_WORSEN)
    {
      forget_old (book, chatter, past->at_us);
      note_priority (chatter, past->priority, past->at_us);
    }
  else if (past->input == BF_ALERT_INPUT_CLEAR && chatter->last_us != BF_TIME_NONE)
    {
      forget_old (book, chatter, past->at_us);
      note_clear (chatter, past->at_us);
    }
  else if (past->input == BF_ALERT_INPUT_CLOCK && (past->to_flags & BF_ALERT_DAMPED))
    {
      forget_all (chatter);
      chatter->last_us = past->until_us - book->policy.chatter_quiet_us;
    }
  if (chatter->last_us == BF_TIME_NONE)
    g_hash_table_remove (book->chatter, chatter->asset_id);
  else
    arm (book, chatter);
}
