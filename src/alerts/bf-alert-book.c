/* SPDX-License-Identifier: EUPL-1.2 */
/* The book of open alerts: see bf-alert-book.h.
 *
 * Invariants: an alert is in the book exactly while its state is not normal; at most one a (rule, asset); every change of
 * an alert goes through book_apply(), which asks the table of bf-alert.c and announces one event. An alert is announced
 * after the change and, when it is over, freed after its announcement. @by_id owns the entries, the other indexes point
 * into it. Main thread. */

#include "alerts/bf-alert-book.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

typedef struct
{
  BfAlert *alert;
  char *key;              /* see key_of() */
  GSequenceIter *expiry;  /* in @expiries while the acknowledgement has an end */
} Entry;

struct _BfAlertBook
{
  BfAlertBookHandler handler;
  gpointer user_data;
  GHashTable *by_id;    /* gint64 * of the alert -> Entry, owned */
  GHashTable *by_key;   /* Entry.key -> Entry */
  GHashTable *by_asset; /* asset id -> GPtrArray of Entry */
  GSequence *expiries;  /* Entry, by acknowledged_until_us, then id */
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  bf_alert_free (entry->alert);
  g_free (entry->key);
  g_free (entry);
}

static char *
key_of (const char *rule_id, const char *asset_id)
{
  return g_strconcat (rule_id, "\n", asset_id, NULL);
}

static int
compare_expiries (gconstpointer a, gconstpointer b, gpointer user_data)
{
  const BfAlert *x = ((const Entry *) a)->alert;
  const BfAlert *y = ((const Entry *) b)->alert;

  if (x->acknowledged_until_us != y->acknowledged_until_us)
    return x->acknowledged_until_us < y->acknowledged_until_us ? -1 : 1;
  return (x->id > y->id) - (x->id < y->id);
}

static void
book_set_expiry (BfAlertBook *book, Entry *entry, gint64 until_us)
{
  if (entry->expiry != NULL)
    g_sequence_remove (entry->expiry);
  entry->expiry = NULL;
  entry->alert->acknowledged_until_us = until_us;
  if (until_us != BF_TIME_NONE)
    entry->expiry = g_sequence_insert_sorted (book->expiries, entry, compare_expiries, NULL);
}

static Entry *
book_insert (BfAlertBook *book, BfAlert *alert)
{
  Entry *entry = g_new0 (Entry, 1);
  GPtrArray *of_asset = g_hash_table_lookup (book->by_asset, alert->asset_id);

  entry->alert = alert;
  entry->key = key_of (alert->rule_id, alert->asset_id);
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
book_remove (BfAlertBook *book, Entry *entry)
{
  GPtrArray *of_asset = g_hash_table_lookup (book->by_asset, entry->alert->asset_id);

  book_set_expiry (book, entry, BF_TIME_NONE);
  g_hash_table_remove (book->by_key, entry->key);
  g_ptr_array_remove (of_asset, entry);
  if (of_asset->len == 0)
    g_hash_table_remove (book->by_asset, entry->alert->asset_id);
  g_hash_table_remove (book->by_id, &entry->alert->id);
}

/* One input to one alert: asks the table, changes the state, announces. The caller has checked what the table cannot
 * know and changed nothing yet; @next has been looked up by it, so this cannot fail. */
static void
book_apply (BfAlertBook *book, Entry *entry, BfAlertInput input, const char *actor, const char *comment, gint64 now_us)
{
  BfAlert *alert = entry->alert;
  BfAlertEvent event = { 0 };

  event.from = alert->state;
  if (!bf_alert_next (alert->state, input, &event.to, NULL))
    g_assert_not_reached ();
  alert->state = event.to;
  if (input == BF_ALERT_INPUT_CLEAR)
    alert->cleared_us = now_us;
  else if (input == BF_ALERT_INPUT_RAISE)
    alert->cleared_us = BF_TIME_NONE;
  if (event.to == BF_ALERT_UNACKNOWLEDGED && event.from == BF_ALERT_ACKNOWLEDGED)
    {
      book_set_expiry (book, entry, BF_TIME_NONE);
      alert->acknowledged_us = BF_TIME_NONE;
      g_clear_pointer (&alert->acknowledged_by, g_free);
    }
  event.id = book->handler.new_event_id (book->user_data);
  event.alert_id = alert->id;
  event.at_us = now_us;
  event.input = input;
  event.actor = (char *) actor;
  event.comment = (char *) comment;
  alert->last_event_id = event.id;
  book->handler.changed (book->user_data, alert, &event);
  if (alert->state == BF_ALERT_NORMAL)
    book_remove (book, entry);
}

/**
 * bf_alert_book_new:
 * @handler: copied; all three functions are needed. They must not change the book.
 *
 * Returns: (transfer full): an empty book
 */
BfAlertBook *
bf_alert_book_new (const BfAlertBookHandler *handler, gpointer user_data)
{
  BfAlertBook *book = g_new0 (BfAlertBook, 1);

  book->handler = *handler;
  book->user_data = user_data;
  book->by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, entry_free);
  book->by_key = g_hash_table_new (g_str_hash, g_str_equal);
  book->by_asset = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  book->expiries = g_sequence_new (NULL);
  return book;
}

void
bf_alert_book_free (BfAlertBook *book)
{
  if (book == NULL)
    return;
  g_sequence_free (book->expiries);
  g_hash_table_unref (book->by_asset);
  g_hash_table_unref (book->by_key);
  g_hash_table_unref (book->by_id);
  g_free (book);
}

/**
 * bf_alert_book_restore:
 * @alert: (transfer full): an open alert out of the store
 *
 * An alert that is over, or a second one of a (rule, asset), is not taken and logged: the older stays.
 */
void
bf_alert_book_restore (BfAlertBook *book, BfAlert *alert)
{
  gint64 until_us = alert->acknowledged_until_us;
  Entry *entry;

  if (alert->state == BF_ALERT_NORMAL || bf_alert_book_get (book, alert->id) != NULL
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
    book_set_expiry (book, entry, until_us);
}

static BfAlert *
alert_from_draft (const BfAlert *draft, gint64 id, gint64 now_us)
{
  BfAlert *alert = bf_alert_copy (draft);

  g_clear_pointer (&alert->acknowledged_by, g_free);
  g_clear_pointer (&alert->comment, g_free);
  alert->id = id;
  alert->state = BF_ALERT_NORMAL;
  alert->raised_us = now_us;
  alert->cleared_us = BF_TIME_NONE;
  alert->acknowledged_us = BF_TIME_NONE;
  alert->acknowledged_until_us = BF_TIME_NONE;
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
}

/**
 * bf_alert_book_raise:
 * @draft: rule, asset, priority, title, why and values; the rest is the book's
 *
 * Opens an alert; or, when one is open: returned is unacknowledged again, a worse priority annunciates again, all else
 * changes nothing and announces nothing. @raised_us stays that of the first raise of the occurrence.
 *
 * Returns: the alert's id
 */
gint64
bf_alert_book_raise (BfAlertBook *book, const BfAlert *draft, gint64 now_us)
{
  g_autofree char *key = NULL;
  Entry *entry;

  g_return_val_if_fail (draft->rule_id != NULL && draft->asset_id != NULL, 0);
  key = key_of (draft->rule_id, draft->asset_id);
  entry = g_hash_table_lookup (book->by_key, key);
  if (entry == NULL)
    entry = book_insert (book, alert_from_draft (draft, book->handler.new_alert_id (book->user_data), now_us));
  else if (entry->alert->state == BF_ALERT_RETURNED || draft->priority > entry->alert->priority)
    alert_take_words (entry->alert, draft);
  else
    return entry->alert->id;
  book_apply (book, entry, BF_ALERT_INPUT_RAISE, "engine", NULL, now_us);
  return entry->alert->id;
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
  g_autofree char *key = key_of (rule_id, asset_id);
  Entry *entry = g_hash_table_lookup (book->by_key, key);

  if (entry != NULL && entry->alert->state != BF_ALERT_RETURNED)
    book_apply (book, entry, BF_ALERT_INPUT_CLEAR, "engine", why, now_us);
}

static Entry *
book_entry (const BfAlertBook *book, gint64 id, GError **error)
{
  Entry *entry = g_hash_table_lookup (book->by_id, &id);

  if (entry == NULL)
    g_set_error (error, BF_ERROR, BF_ERROR_NOT_FOUND, _ ("no open alert %" PRId64 ": it is over, or never was"), id);
  return entry;
}

static gboolean
check_words (const char *actor, const char *comment, GError **error)
{
  if (actor == NULL || actor[0] == '\0')
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected the name of the person who acts, found none"));
  else if (!g_utf8_validate (actor, -1, NULL) || (comment != NULL && !g_utf8_validate (comment, -1, NULL)))
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected UTF-8 text in name and comment"));
  else if (comment != NULL && strlen (comment) > BF_LIMIT_COMMENT_BYTES)
    g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("expected a comment of at most %u bytes, found %zu"),
                 BF_LIMIT_COMMENT_BYTES, strlen (comment));
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_owner (const BfAlert *alert, const char *actor, GError **error)
{
  char when[BF_TIME_TEXT_BYTES];

  if (alert->state != BF_ALERT_ACKNOWLEDGED || g_strcmp0 (alert->acknowledged_by, actor) == 0)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("alert %" PRId64 " was already acknowledged by %s at %s"), alert->id,
               alert->acknowledged_by != NULL ? alert->acknowledged_by : "?",
               bf_time_format (alert->acknowledged_us, when));
  return FALSE;
}

/**
 * bf_alert_book_acknowledge:
 * @actor: the person
 * @comment: (nullable): why
 * @until_us: end of the acknowledgement, %BF_TIME_NONE for none
 *
 * The person who has acknowledged may do so again (another comment, another end); another person is refused and told
 * whose it is.
 *
 * Returns: %TRUE, or %FALSE with @error and nothing changed
 */
gboolean
bf_alert_book_acknowledge (BfAlertBook *book, gint64 id, const char *actor, const char *comment, gint64 until_us,
                           gint64 now_us, GError **error)
{
  Entry *entry = book_entry (book, id, error);
  BfAlertState next;

  if (entry == NULL || !check_words (actor, comment, error) || !check_owner (entry->alert, actor, error))
    return FALSE;
  if (until_us != BF_TIME_NONE && until_us <= now_us)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_RANGE, _ ("expected an end of the acknowledgement in the future"));
      return FALSE;
    }
  if (!bf_alert_next (entry->alert->state, BF_ALERT_INPUT_ACKNOWLEDGE, &next, error))
    return FALSE;
  g_free (entry->alert->acknowledged_by);
  entry->alert->acknowledged_by = g_strdup (actor);
  /* Without a new comment the first one stands. */
  if (comment != NULL)
    {
      g_free (entry->alert->comment);
      entry->alert->comment = g_strdup (comment);
    }
  entry->alert->acknowledged_us = now_us;
  book_set_expiry (book, entry, next == BF_ALERT_ACKNOWLEDGED ? until_us : BF_TIME_NONE);
  book_apply (book, entry, BF_ALERT_INPUT_ACKNOWLEDGE, actor, comment, now_us);
  return TRUE;
}

/**
 * bf_alert_book_comment:
 * @comment: not empty; it is the event's and becomes the alert's
 *
 * Returns: %TRUE, or %FALSE with @error and nothing changed
 */
gboolean
bf_alert_book_comment (BfAlertBook *book, gint64 id, const char *actor, const char *comment, gint64 now_us, GError **error)
{
  Entry *entry = book_entry (book, id, error);

  if (entry == NULL || !check_words (actor, comment, error))
    return FALSE;
  if (comment == NULL || comment[0] == '\0')
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected a comment, found none"));
      return FALSE;
    }
  g_free (entry->alert->comment);
  entry->alert->comment = g_strdup (comment);
  book_apply (book, entry, BF_ALERT_INPUT_COMMENT, actor, comment, now_us);
  return TRUE;
}

void
bf_alert_book_run (BfAlertBook *book, gint64 now_us)
{
  gint64 next_us;

  while ((next_us = bf_alert_book_next_us (book)) != BF_TIME_NONE && next_us <= now_us)
    book_apply (book, g_sequence_get (g_sequence_get_begin_iter (book->expiries)), BF_ALERT_INPUT_EXPIRE, "engine", NULL,
                now_us);
}

gint64
bf_alert_book_next_us (const BfAlertBook *book)
{
  GSequenceIter *first = g_sequence_get_begin_iter (book->expiries);

  if (g_sequence_iter_is_end (first))
    return BF_TIME_NONE;
  return ((const Entry *) g_sequence_get (first))->alert->acknowledged_until_us;
}

/**
 * bf_alert_book_get:
 *
 * Returns: (nullable) (transfer none): the open alert; valid until the next call that changes the book
 */
const BfAlert *
bf_alert_book_get (const BfAlertBook *book, gint64 id)
{
  const Entry *entry = g_hash_table_lookup (book->by_id, &id);

  return entry != NULL ? entry->alert : NULL;
}

const BfAlert *
bf_alert_book_find (const BfAlertBook *book, const char *rule_id, const char *asset_id)
{
  g_autofree char *key = key_of (rule_id, asset_id);
  const Entry *entry = g_hash_table_lookup (book->by_key, key);

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

GPtrArray *
bf_alert_book_list (const BfAlertBook *book)
{
  GPtrArray *list = g_ptr_array_sized_new (g_hash_table_size (book->by_id));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, book->by_id);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (list, ((const Entry *) value)->alert);
  g_ptr_array_sort (list, compare_worst);
  return list;
}

/**
 * bf_alert_book_worst:
 * @ret_unacknowledged: (out): whether it still waits for a person (unacknowledged or returned)
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
      const BfAlert *alert = ((const Entry *) g_ptr_array_index (of_asset, i))->alert;

      worst = MAX (worst, (int) alert->priority * 2 + (alert->state != BF_ALERT_ACKNOWLEDGED));
    }
  *ret_priority = (BfPriority) (worst / 2);
  *ret_unacknowledged = worst % 2 == 1;
  return TRUE;
}
