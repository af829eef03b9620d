/* SPDX-License-Identifier: EUPL-1.2 */
/* The book of open alerts: see bf-alert-book.h.
 *
 * Invariants: an alert is in the book exactly while it is open (its state is not normal, or a flag holds it); at most one a
 * (rule, asset); every change of an alert goes through bf_book_apply(), which asks the table and announces one event. An alert is
 * announced after the change and, when it is over, freed after its announcement. @by_id owns the entries, the other indexes point
 * into it. Main thread. */

#include "alerts/bf-alert-book-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-error.h"

#define MINUTE_US G_TIME_SPAN_MINUTE
#define HOUR_US G_TIME_SPAN_HOUR

/* A shelf of a low one may last a day, of a critical one an hour. Three in a minute is what alarm systems are looked through for
 * chattering by (ISA-18.2-2016 §3.1 has the word, Hollifield & Habibi, The Alarm Management Handbook, the number); a ten-minute
 * period is that of §16.5. */
const BfAlertPolicy bf_alert_policy_default = {
  .shelve_max_us = { [BF_PRIORITY_LOW] = 24 * HOUR_US, [BF_PRIORITY_MEDIUM] = 8 * HOUR_US, [BF_PRIORITY_HIGH] = 4 * HOUR_US,
                     [BF_PRIORITY_CRITICAL] = HOUR_US },
  .shelve_usual_us = HOUR_US,
  .warn_us = 10 * MINUTE_US,
  .chatter_n = 3,
  .chatter_within_us = MINUTE_US,
  .chatter_quiet_us = 10 * MINUTE_US,
  .review_us = 7 * G_TIME_SPAN_DAY,
};

/* --- timers ---------------------------------------------------------------------------------------------------------- */

static int
compare_timers (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const BfBookTimer *x = a;
  const BfBookTimer *y = b;

  if (x->at_us != y->at_us)
    return x->at_us < y->at_us ? -1 : 1;
  if (x->kind != y->kind)
    return x->kind < y->kind ? -1 : 1;
  if (x->id != y->id)
    return x->id < y->id ? -1 : 1;
  return g_strcmp0 (x->asset_id, y->asset_id);
}

void
bf_book_arm (BfAlertBook *book, BfBookTimer *timer, gint64 at_us)
{
  if (timer->iter != NULL)
    g_sequence_remove (timer->iter);
  timer->iter = NULL;
  timer->at_us = at_us;
  if (at_us != BF_TIME_NONE)
    timer->iter = g_sequence_insert_sorted (book->timers, timer, compare_timers, NULL);
}

static void
set_expiry (BfAlertBook *book, BfBookEntry *entry, gint64 until_us)
{
  entry->alert->acknowledged_until_us = until_us;
  bf_book_arm (book, &entry->acknowledged, until_us);
}

/* --- indexes --------------------------------------------------------------------------------------------------------- */

static void
entry_free (gpointer data)
{
  BfBookEntry *entry = data;

  bf_alert_free (entry->alert);
  g_free (entry->key);
  g_free (entry);
}

char *
bf_book_key (const char *rule_id, const char *asset_id)
{
  return g_strconcat (rule_id != NULL ? rule_id : "", "\n", asset_id, NULL);
}

static BfBookEntry *
book_insert (BfAlertBook *book, BfAlert *alert)
{
  BfBookEntry *entry = g_new0 (BfBookEntry, 1);
  GPtrArray *of_asset = g_hash_table_lookup (book->by_asset, alert->asset_id);

  entry->alert = alert;
  entry->key = bf_book_key (alert->rule_id, alert->asset_id);
  entry->acknowledged = (BfBookTimer){ BF_BOOK_TIMER_ACKNOWLEDGED, BF_TIME_NONE, alert->id, alert->asset_id, entry, NULL };
  entry->shelf = (BfBookTimer){ BF_BOOK_TIMER_SHELF, BF_TIME_NONE, alert->id, alert->asset_id, entry, NULL };
  g_hash_table_insert (book->by_id, &alert->id, entry);
  g_hash_table_insert (book->by_key, entry->key, entry);
  if (of_asset == NULL)
    {
      of_asset = g_ptr_array_new ();
      g_hash_table_insert (book->by_asset, g_strdup (alert->asset_id), of_asset);
    }
  g_ptr_array_add (of_asset, entry);
  return entry;
}

static void
book_remove (BfAlertBook *book, BfBookEntry *entry)
{
  GPtrArray *of_asset = g_hash_table_lookup (book->by_asset, entry->alert->asset_id);

  bf_book_arm (book, &entry->acknowledged, BF_TIME_NONE);
  bf_book_arm (book, &entry->shelf, BF_TIME_NONE);
  g_hash_table_remove (book->by_key, entry->key);
  g_ptr_array_remove (of_asset, entry);
  if (of_asset->len == 0)
    g_hash_table_remove (book->by_asset, entry->alert->asset_id);
  g_hash_table_remove (book->by_id, &entry->alert->id);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const BfAlert *x = (*(const BfBookEntry *const *) a)->alert;
  const BfAlert *y = (*(const BfBookEntry *const *) b)->alert;

  return (x->id > y->id) - (x->id < y->id);
}

GPtrArray *
bf_book_entries_of (const BfAlertBook *book, const char *asset_id)
{
  GPtrArray *of_asset = g_hash_table_lookup (book->by_asset, asset_id);
  GPtrArray *entries = g_ptr_array_new ();

  if (of_asset != NULL)
    g_ptr_array_extend (entries, of_asset, NULL, NULL);
  g_ptr_array_sort (entries, compare_entries);
  return entries;
}

BfBookEntry *
bf_book_entry (const BfAlertBook *book, gint64 id, GError **error)
{
  BfBookEntry *entry = g_hash_table_lookup (book->by_id, &id);

  if (entry == NULL)
    g_set_error (error, BF_ERROR, BF_ERROR_NOT_FOUND, _ ("no open alert %" PRId64 ": it is over, or never was"), id);
  return entry;
}

/* --- transitions ----------------------------------------------------------------------------------------------------- */

/* What goes with a flag goes when it does. */
static void
drop_lost (BfAlertBook *book, BfBookEntry *entry, guint lost)
{
  BfAlert *alert = entry->alert;

  if (lost & BF_ALERT_SHELVED)
    {
      bf_alert_mark_clear (&alert->shelf);
      bf_book_arm (book, &entry->shelf, BF_TIME_NONE);
    }
  if (lost & BF_ALERT_OUT_OF_SERVICE)
    bf_alert_mark_clear (&alert->out);
  if (lost & BF_ALERT_SUPPRESSED)
    g_clear_pointer (&alert->causes, g_ptr_array_unref);
  if (lost & BF_ALERT_DAMPED)
    alert->damped_us = BF_TIME_NONE;
}

static void
note_transition (BfAlertBook *book, BfBookEntry *entry, const BfAlertEvent *event)
{
  BfAlert *alert = entry->alert;

  if (event->input == BF_ALERT_INPUT_CLEAR)
    alert->cleared_us = event->at_us;
  else if (event->input == BF_ALERT_INPUT_RAISE || event->input == BF_ALERT_INPUT_WORSEN)
    {
      alert->n_raised += event->from == BF_ALERT_NORMAL || event->from == BF_ALERT_RETURNED;
      alert->cleared_us = BF_TIME_NONE;
    }
  if (event->to == BF_ALERT_UNACKNOWLEDGED && (event->from == BF_ALERT_ACKNOWLEDGED || event->from == BF_ALERT_NORMAL))
    {
      set_expiry (book, entry, BF_TIME_NONE);
      alert->acknowledged_us = BF_TIME_NONE;
      g_clear_pointer (&alert->acknowledged_by, g_free);
    }
  else if (event->to != BF_ALERT_ACKNOWLEDGED && entry->acknowledged.iter != NULL)
    set_expiry (book, entry, BF_TIME_NONE);
  if (event->to_flags & ~event->from_flags & BF_ALERT_DAMPED)
    alert->damped_us = event->at_us;
  drop_lost (book, entry, event->from_flags & ~event->to_flags);
  alert->quiet_us = event->to_flags & BF_ALERT_DAMPED ? bf_book_chatter_quiet_us (book, alert->asset_id) : BF_TIME_NONE;
}

static void
note_event (BfAlert *alert, const BfAlertEvent *event)
{
  alert->last_event_id = event->id;
  if (event->input != BF_ALERT_INPUT_COMMENT && !g_str_equal (event->actor, BF_BOOK_ENGINE))
    {
      alert->acted_id = event->id;
      alert->acted_us = event->at_us;
      alert->acted_input = event->input;
      g_free (alert->acted_by);
      alert->acted_by = g_strdup (event->actor);
    }
  if (event->annunciated)
    {
      alert->annunciated_id = event->id;
      alert->annunciated_us = event->at_us;
    }
}

gboolean
bf_book_apply (BfAlertBook *book, BfBookEntry *entry, BfAlertInput input, const BfBookSaid *said, gint64 now_us)
{
  BfAlert *alert = entry->alert;
  BfAlertMode before = { alert->state, alert->flags };
  BfAlertMode after;
  BfAlertEvent event = { .alert_id = alert->id, .at_us = now_us, .input = input, .from = alert->state, .from_flags = alert->flags,
                         .until_us = said->until_us, .actor = (char *) said->actor, .comment = (char *) said->comment };

  if (!bf_alert_next (&before, input, &after, &event.annunciated, NULL))
    g_assert_not_reached ();
  alert->state = event.to = after.state;
  alert->flags = event.to_flags = after.flags;
  event.id = book->handler.new_event_id (book->user_data);
  note_transition (book, entry, &event);
  if (input == BF_ALERT_INPUT_CLOCK && (alert->flags & BF_ALERT_DAMPED))
    event.until_us = alert->quiet_us;
  note_event (alert, &event);
  book->handler.changed (book->user_data, alert, &event);
  if (bf_alert_mode_is_open (&after))
    return TRUE;
  book_remove (book, entry);
  return FALSE;
}

/* --- begin and end --------------------------------------------------------------------------------------------------- */

/**
 * bf_alert_book_new:
 * @handler: copied; the first three functions are needed
 *
 * Returns: (transfer full): an empty book with the default policy
 */
BfAlertBook *
bf_alert_book_new (const BfAlertBookHandler *handler, gpointer user_data)
{
  BfAlertBook *book = g_new0 (BfAlertBook, 1);

  book->handler = *handler;
  book->user_data = user_data;
  book->policy = bf_alert_policy_default;
  book->by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, entry_free);
  book->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  book->by_asset = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  book->chatter = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, bf_book_chatter_free);
  book->outs = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, bf_book_out_free);
  book->timers = g_sequence_new (NULL);
  return book;
}

void
bf_alert_book_free (BfAlertBook *book)
{
  if (book == NULL)
    return;
  g_sequence_free (book->timers);
  g_hash_table_unref (book->outs);
  g_hash_table_unref (book->chatter);
  g_hash_table_unref (book->by_asset);
  g_hash_table_unref (book->by_key);
  g_hash_table_unref (book->by_id);
  g_free (book);
}

void
bf_alert_book_set_policy (BfAlertBook *book, const BfAlertPolicy *policy)
{
  book->policy = *policy;
  book->policy.chatter_n = CLAMP (policy->chatter_n, 2, BF_ALERT_CHATTER_MAX);
}

const BfAlertPolicy *
bf_alert_book_policy (const BfAlertBook *book)
{
  return &book->policy;
}

/* A shelf that begins in the future: the clock was set back while nobody looked. It lasts as long as it was to last. */
static void
bound_shelf (BfAlert *alert, gint64 now_us)
{
  if (!(alert->flags & BF_ALERT_SHELVED) || alert->shelf.since_us <= now_us)
    return;
  alert->shelf.until_us -= alert->shelf.since_us - now_us;
  alert->shelf.since_us = now_us;
}

/**
 * bf_alert_book_restore:
 * @alert: (transfer full): an open alert out of the store
 *
 * An alert that is over, or a second one of a (rule, asset), is not taken and logged: the older stays.
 */
void
bf_alert_book_restore (BfAlertBook *book, BfAlert *alert, gint64 now_us)
{
  gint64 until_us = alert->acknowledged_until_us;
  BfBookEntry *entry;

  if (!bf_alert_is_open (alert) || bf_alert_book_get (book, alert->id) != NULL
      || bf_alert_book_find (book, alert->rule_id, alert->asset_id) != NULL)
    {
      g_warning ("alert %" G_GINT64_FORMAT " of rule %s on %s is not restored: it is over, or another is open", alert->id,
                 alert->rule_id, alert->asset_id);
      bf_alert_free (alert);
      return;
    }
  entry = book_insert (book, alert);
  alert->acknowledged_until_us = BF_TIME_NONE;
  if (alert->state == BF_ALERT_ACKNOWLEDGED)
    set_expiry (book, entry, until_us);
  bound_shelf (alert, now_us);
  bf_book_arm_shelf (book, entry);
  bf_book_chatter_restore (book, alert);
}

/* --- raise and clear ------------------------------------------------------------------------------------------------- */

/* What an alert is born with, whatever happens to it then. */
static void
set_born_flags (BfAlertBook *book, BfAlert *alert, gboolean damped, gint64 now_us)
{
  const BfAlertOut *out = bf_book_out_for (book, alert->rule_id, alert->asset_id);
  GPtrArray *causes = book->handler.causes != NULL
                        ? book->handler.causes (book->user_data, alert->rule_id, alert->asset_id, now_us)
                        : NULL;

  if (causes != NULL && causes->len > 0)
    {
      alert->flags |= BF_ALERT_SUPPRESSED;
      alert->causes = causes;
    }
  else
    g_clear_pointer (&causes, g_ptr_array_unref);
  if (out != NULL)
    {
      alert->flags |= BF_ALERT_OUT_OF_SERVICE;
      bf_alert_mark_set (&alert->out, out->since_us, out->until_us, out->by, out->reason);
    }
  if (damped)
    {
      alert->flags |= BF_ALERT_DAMPED;
      alert->damped_us = now_us;
    }
}

static BfAlert *
alert_from_draft (BfAlertBook *book, const BfAlert *draft, gint64 now_us)
{
  BfAlert *alert = bf_alert_new (draft->rule_id, draft->asset_id, draft->priority);

  alert->id = book->handler.new_alert_id (book->user_data);
  bf_name_copy (&alert->title, &draft->title);
  alert->why = g_strdup (draft->why);
  alert->values_json = g_strdup (draft->values_json);
  alert->raised_us = now_us;
  if (draft->latches)
    alert->flags = BF_ALERT_LATCHED;
  return alert;
}

/* What the alert says now; its id, times, owner and the worst priority stay. */
static void
alert_take_words (BfAlert *alert, const BfAlert *draft)
{
  bf_name_copy (&alert->title, &draft->title);
  g_free (alert->why);
  alert->why = g_strdup (draft->why);
  g_free (alert->values_json);
  alert->values_json = g_strdup (draft->values_json);
  alert->priority = MAX (alert->priority, draft->priority);
  if (draft->latches)
    alert->flags |= BF_ALERT_LATCHED;
}

/* It is open: again, or worse, or nothing new. */
static void
raise_again (BfAlertBook *book, BfBookEntry *entry, const BfAlert *draft, gint64 now_us)
{
  BfAlert *alert = entry->alert;
  gboolean active = bf_alert_is_active (alert);
  gboolean worse = draft->priority > alert->priority;

  if (active && !worse)
    return;
  /* It counts for what it is kept as: that is what the store knows after a restart. */
  if (!active && bf_book_chatter_raised (book, alert->asset_id, MAX (draft->priority, alert->priority), now_us)
      && !(alert->flags & BF_ALERT_DAMPED))
    bf_book_apply (book, entry, BF_ALERT_INPUT_DAMP, BF_BOOK_BY_ENGINE (NULL), now_us);
  if (active)
    bf_book_chatter_worse (book, alert->asset_id, draft->priority, now_us);
  alert_take_words (alert, draft);
  bf_book_apply (book, entry, worse ? BF_ALERT_INPUT_WORSEN : BF_ALERT_INPUT_RAISE, BF_BOOK_BY_ENGINE (NULL), now_us);
}

/**
 * bf_alert_book_raise:
 * @draft: rule, asset, priority, whether it latches, title, why and values; the rest is the book's
 *
 * Opens an alert; or, when one is open: what had returned is unacknowledged again, a worse priority annunciates again, all else
 * changes nothing and announces nothing. @raised_us stays that of the first raise of the occurrence.
 *
 * Returns: the alert's id
 */
gint64
bf_alert_book_raise (BfAlertBook *book, const BfAlert *draft, gint64 now_us)
{
  g_autofree char *key = NULL;
  BfBookEntry *entry;
  BfAlert *alert;

  g_return_val_if_fail (draft->rule_id != NULL && draft->asset_id != NULL, 0);
  key = bf_book_key (draft->rule_id, draft->asset_id);
  entry = g_hash_table_lookup (book->by_key, key);
  if (entry != NULL)
    {
      raise_again (book, entry, draft, now_us);
      return entry->alert->id;
    }
  alert = alert_from_draft (book, draft, now_us);
  set_born_flags (book, alert, bf_book_chatter_raised (book, alert->asset_id, alert->priority, now_us), now_us);
  entry = book_insert (book, alert);
  bf_book_apply (book, entry, BF_ALERT_INPUT_RAISE, BF_BOOK_BY_ENGINE (NULL), now_us);
  return alert->id;
}

/**
 * bf_alert_book_clear:
 *
 * @why: (nullable): what is not in the rule's words, for the history
 *
 * The condition has gone. Nothing when no alert is open for (rule, asset), or when it has returned already.
 */
void
bf_alert_book_clear (BfAlertBook *book, const char *rule_id, const char *asset_id, const char *why, gint64 now_us)
{
  g_autofree char *key = bf_book_key (rule_id, asset_id);
  BfBookEntry *entry = g_hash_table_lookup (book->by_key, key);

  if (entry == NULL || !bf_alert_is_active (entry->alert))
    return;
  bf_book_chatter_cleared (book, entry->alert->asset_id, now_us);
  bf_book_apply (book, entry, BF_ALERT_INPUT_CLEAR, BF_BOOK_BY_ENGINE (why), now_us);
}

/* --- suppressed by design -------------------------------------------------------------------------------------------- */

static void
remove_cause (GPtrArray *causes, const char *id)
{
  for (guint i = causes->len; i > 0; i--)
    if (g_str_equal (((const BfAlertCause *) g_ptr_array_index (causes, i - 1))->id, id))
      g_ptr_array_remove_index (causes, i - 1);
}

void
bf_alert_book_suppress (BfAlertBook *book, const char *rule_id, const char *asset_id, const BfAlertCause *cause, gint64 now_us)
{
  g_autofree char *key = bf_book_key (rule_id, asset_id);
  BfBookEntry *entry = g_hash_table_lookup (book->by_key, key);
  BfBookSaid said = { BF_BOOK_ENGINE, cause->words, cause->until_us };

  if (entry == NULL)
    return;
  if (entry->alert->causes == NULL)
    entry->alert->causes = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_alert_cause_free);
  remove_cause (entry->alert->causes, cause->id);
  g_ptr_array_add (entry->alert->causes, bf_alert_cause_new (cause->id, cause->words, now_us, cause->until_us));
  bf_book_apply (book, entry, BF_ALERT_INPUT_SUPPRESS, &said, now_us);
}

void
bf_alert_book_unsuppress (BfAlertBook *book, const char *rule_id, const char *asset_id, const char *prefix, gint64 now_us)
{
  g_autofree char *key = bf_book_key (rule_id, asset_id);
  BfBookEntry *entry = g_hash_table_lookup (book->by_key, key);
  GPtrArray *causes = entry != NULL ? entry->alert->causes : NULL;
  guint n = causes != NULL ? causes->len : 0;

  for (guint i = n; i > 0; i--)
    if (g_str_has_prefix (((const BfAlertCause *) g_ptr_array_index (causes, i - 1))->id, prefix))
      g_ptr_array_remove_index (causes, i - 1);
  if (n == 0 || causes->len == n)
    return;
  if (causes->len > 0)
    {
      const BfAlertCause *left = g_ptr_array_index (causes, 0);
      BfBookSaid said = { BF_BOOK_ENGINE, left->words, left->until_us };

      bf_book_apply (book, entry, BF_ALERT_INPUT_SUPPRESS, &said, now_us);
    }
  else
    bf_book_apply (book, entry, BF_ALERT_INPUT_UNSUPPRESS, BF_BOOK_BY_ENGINE (NULL), now_us);
}

/* --- time ------------------------------------------------------------------------------------------------------------ */

void
bf_alert_book_run (BfAlertBook *book, gint64 now_us)
{
  gint64 next_us;

  while ((next_us = bf_alert_book_next_us (book)) != BF_TIME_NONE && next_us <= now_us)
    {
      BfBookTimer *timer = g_sequence_get (g_sequence_get_begin_iter (book->timers));

      switch (timer->kind)
        {
        case BF_BOOK_TIMER_ACKNOWLEDGED:
          bf_book_apply (book, timer->owner, BF_ALERT_INPUT_EXPIRE, BF_BOOK_BY_ENGINE (NULL), now_us);
          break;
        case BF_BOOK_TIMER_SHELF:
          bf_book_shelf_due (book, timer->owner, now_us);
          break;
        case BF_BOOK_TIMER_QUIET:
          bf_book_chatter_due (book, timer->owner, now_us);
          break;
        case BF_BOOK_TIMER_OUT:
        default:
          bf_book_out_due (book, timer->owner, now_us);
          break;
        }
    }
}

gint64
bf_alert_book_next_us (const BfAlertBook *book)
{
  GSequenceIter *first = g_sequence_get_begin_iter (book->timers);

  return g_sequence_iter_is_end (first) ? BF_TIME_NONE : ((const BfBookTimer *) g_sequence_get (first))->at_us;
}

static GPtrArray *
all_entries (const BfAlertBook *book)
{
  GPtrArray *entries = g_ptr_array_sized_new (g_hash_table_size (book->by_id));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, book->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (entries, value);
  g_ptr_array_sort (entries, compare_entries);
  return entries;
}

/**
 * bf_alert_book_step_time:
 *
 * Ends of shelves, and what is damped, go on by the time that has elapsed: a clock set back makes no shelf longer than its maximum.
 * The end of an acknowledgement and a planned end of a record are moments of civil time and stay. Each shelf that has another end
 * now, and each alert that is damped, is an event.
 */
void
bf_alert_book_step_time (BfAlertBook *book, gint64 now_us, gint64 step_us)
{
  g_autoptr (GPtrArray) entries = all_entries (book);

  bf_book_chatter_step (book, step_us);
  for (guint i = 0; i < entries->len; i++)
    bf_book_step_shelf (book, g_ptr_array_index (entries, i), now_us, step_us);
}

/* --- looking --------------------------------------------------------------------------------------------------------- */

/**
 * bf_alert_book_get:
 *
 * Returns: (nullable) (transfer none): the open alert; valid until the next call that changes the book
 */
const BfAlert *
bf_alert_book_get (const BfAlertBook *book, gint64 id)
{
  const BfBookEntry *entry = g_hash_table_lookup (book->by_id, &id);

  return entry != NULL ? entry->alert : NULL;
}

const BfAlert *
bf_alert_book_find (const BfAlertBook *book, const char *rule_id, const char *asset_id)
{
  g_autofree char *key = bf_book_key (rule_id, asset_id);
  const BfBookEntry *entry = g_hash_table_lookup (book->by_key, key);

  return entry != NULL ? entry->alert : NULL;
}

guint
bf_alert_book_n (const BfAlertBook *book)
{
  return g_hash_table_size (book->by_id);
}

static int
compare_worst (gconstpointer a, gconstpointer b)
{
  const BfAlert *x = *(const BfAlert *const *) a;
  const BfAlert *y = *(const BfAlert *const *) b;

  if (x->priority != y->priority)
    return x->priority > y->priority ? -1 : 1;
  if (x->raised_us != y->raised_us)
    return x->raised_us < y->raised_us ? -1 : 1;
  return (x->id > y->id) - (x->id < y->id);
}

static GPtrArray *
alerts_of (GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    entries->pdata[i] = ((BfBookEntry *) entries->pdata[i])->alert;
  return entries;
}

GPtrArray *
bf_alert_book_list (const BfAlertBook *book)
{
  GPtrArray *list = alerts_of (all_entries (book));

  g_ptr_array_sort (list, compare_worst);
  return list;
}

GPtrArray *
bf_alert_book_of_asset (const BfAlertBook *book, const char *asset_id)
{
  return alerts_of (bf_book_entries_of (book, asset_id));
}

/**
 * bf_alert_book_worst:
 * @ret_unacknowledged: (out): whether it still waits for a person (unacknowledged or returned)
 *
 * What nobody is to be told of (shelved, suppressed, out of service) counts as acknowledged.
 */
gboolean
bf_alert_book_worst (const BfAlertBook *book, const char *asset_id, BfPriority *ret_priority, gboolean *ret_unacknowledged)
{
  const GPtrArray *of_asset = g_hash_table_lookup (book->by_asset, asset_id);
  int worst = -1;

  if (of_asset == NULL)
    return FALSE;
  for (guint i = 0; i < of_asset->len; i++)
    {
      const BfAlert *alert = ((const BfBookEntry *) g_ptr_array_index (of_asset, i))->alert;
      gboolean waits = (alert->state == BF_ALERT_UNACKNOWLEDGED || alert->state == BF_ALERT_RETURNED)
                       && bf_alert_shown (alert) == BF_ALERT_SHOWN_STATE;

      worst = MAX (worst, (int) alert->priority * 2 + waits);
    }
  *ret_priority = (BfPriority) (worst / 2);
  *ret_unacknowledged = worst % 2 == 1;
  return TRUE;
}
