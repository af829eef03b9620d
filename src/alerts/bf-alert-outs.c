/* SPDX-License-Identifier: EUPL-1.2 */
/* Equipment that is out of service: records of who took it out, why, since when, until when if that is planned, and when a person
 * looks at it again. At most one in force a (rule, asset) and one an asset. Whatever its rules say is recorded and told nobody, until
 * the record ends. See bf-alert-book.h. Main thread. */

#include "alerts/bf-alert-book-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "base/bf-error.h"

void
bf_book_out_free (gpointer data)
{
  BfBookOut *entry = data;

  bf_alert_out_free (entry->out);
  g_free (entry->key);
  g_free (entry);
}

static BfBookOut *
insert (BfAlertBook *book, BfAlertOut *out)
{
  BfBookOut *entry = g_new0 (BfBookOut, 1);

  entry->out = out;
  entry->key = bf_book_key (out->rule_id, out->asset_id);
  entry->timer = (BfBookTimer){ BF_BOOK_TIMER_OUT, BF_TIME_NONE, out->id, out->asset_id, entry, NULL };
  g_hash_table_insert (book->outs, entry->key, entry);
  bf_book_arm (book, &entry->timer, out->until_us);
  return entry;
}

static BfBookOut *
find_entry (const BfAlertBook *book, const char *rule_id, const char *asset_id)
{
  g_autofree char *key = bf_book_key (rule_id, asset_id);

  return g_hash_table_lookup (book->outs, key);
}

static BfBookOut *
find_by_id (const BfAlertBook *book, gint64 id)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, book->outs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((BfBookOut *) value)->out->id == id)
      return value;
  return NULL;
}

const BfAlertOut *
bf_alert_book_find_out (const BfAlertBook *book, const char *rule_id, const char *asset_id)
{
  const BfBookOut *entry = find_entry (book, rule_id, asset_id);

  return entry != NULL ? entry->out : NULL;
}

const BfAlertOut *
bf_alert_book_get_out (const BfAlertBook *book, gint64 out_id)
{
  const BfBookOut *entry = find_by_id (book, out_id);

  return entry != NULL ? entry->out : NULL;
}

/* That of the whole asset before that of one rule. */
const BfAlertOut *
bf_book_out_for (const BfAlertBook *book, const char *rule_id, const char *asset_id)
{
  const BfAlertOut *out = g_hash_table_size (book->outs) > 0 ? bf_alert_book_find_out (book, NULL, asset_id) : NULL;

  return out != NULL || g_hash_table_size (book->outs) == 0 ? out : bf_alert_book_find_out (book, rule_id, asset_id);
}

/* An alert follows the record that is in force for it, or that none is. */
static void
follow (BfAlertBook *book, BfBookEntry *entry, const BfBookSaid *said, gint64 now_us)
{
  BfAlert *alert = entry->alert;
  const BfAlertOut *out = bf_book_out_for (book, alert->rule_id, alert->asset_id);

  if (out != NULL && (!(alert->flags & BF_ALERT_OUT_OF_SERVICE) || alert->out.since_us != out->since_us))
    {
      bf_alert_mark_set (&alert->out, out->since_us, out->until_us, out->by, out->reason);
      bf_book_apply (book, entry, BF_ALERT_INPUT_OUT_OF_SERVICE, &(BfBookSaid){ said->actor, out->reason, out->until_us }, now_us);
    }
  else if (out == NULL && (alert->flags & BF_ALERT_OUT_OF_SERVICE))
    bf_book_apply (book, entry, BF_ALERT_INPUT_RETURN_TO_SERVICE, said, now_us);
}

static void
follow_all (BfAlertBook *book, const char *asset_id, const BfBookSaid *said, gint64 now_us)
{
  g_autoptr (GPtrArray) entries = bf_book_entries_of (book, asset_id);

  for (guint i = 0; i < entries->len; i++)
    follow (book, g_ptr_array_index (entries, i), said, now_us);
}

/* --- begin and end --------------------------------------------------------------------------------------------------- */

static gboolean
check_new (const BfAlertBook *book, const char *rule_id, const char *asset_id, const BfAlertAct *act, gint64 review_us, gint64 now_us,
           GError **error)
{
  const BfAlertOut *other = bf_alert_book_find_out (book, rule_id, asset_id);
  char since[BF_TIME_TEXT_BYTES];

  if (!bf_book_check_words (act->actor, act->comment, error))
    return FALSE;
  if (act->comment == NULL || act->comment[0] == '\0')
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected the reason why it is taken out of service, found none"));
  else if (other != NULL)
    g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("%s was already taken out of service by %s at %s"), asset_id, other->by,
                 bf_time_format (other->since_us, since));
  else if ((act->until_us != BF_TIME_NONE && act->until_us <= now_us) || (review_us != BF_TIME_NONE && review_us <= now_us))
    g_set_error (error, BF_ERROR, BF_ERROR_RANGE, _ ("expected a planned end and a review in the future"));
  else
    return TRUE;
  return FALSE;
}

/**
 * bf_alert_book_take_out:
 * @review_us: when it is looked at again, %BF_TIME_NONE: after the policy's time
 *
 * Returns: the record's id, or 0 with @error and nothing changed
 */
gint64
bf_alert_book_take_out (BfAlertBook *book, const char *rule_id, const char *asset_id, const BfAlertAct *act, gint64 review_us,
                        gint64 now_us, GError **error)
{
  BfAlertOut *out;

  g_return_val_if_fail (book->handler.new_out_id != NULL && book->handler.out_changed != NULL, 0);
  if (!check_new (book, rule_id, asset_id, act, review_us, now_us, error))
    return 0;
  out = g_new0 (BfAlertOut, 1);
  *out = (BfAlertOut){ book->handler.new_out_id (book->user_data), g_strdup (rule_id), g_strdup (asset_id), now_us, act->until_us,
                       review_us != BF_TIME_NONE ? review_us : now_us + book->policy.review_us, g_strdup (act->actor),
                       g_strdup (act->comment), BF_TIME_NONE, NULL, NULL };
  insert (book, out);
  book->handler.out_changed (book->user_data, out);
  follow_all (book, asset_id, &(BfBookSaid){ act->actor, act->comment, act->until_us }, now_us);
  return out->id;
}

static void
end_record (BfAlertBook *book, BfBookOut *entry, const char *by, const char *comment, gint64 now_us)
{
  g_autofree char *asset_id = g_strdup (entry->out->asset_id);
  g_autoptr (BfAlertOut) ended = NULL;

  entry->out->ended_us = now_us;
  entry->out->ended_by = g_strdup (by);
  entry->out->ended_comment = g_strdup (comment);
  ended = bf_alert_out_copy (entry->out);
  bf_book_arm (book, &entry->timer, BF_TIME_NONE);
  g_hash_table_remove (book->outs, entry->key);
  book->handler.out_changed (book->user_data, ended);
  follow_all (book, asset_id, &(BfBookSaid){ by, comment, BF_TIME_NONE }, now_us);
}

gboolean
bf_alert_book_put_back (BfAlertBook *book, gint64 out_id, const BfAlertAct *act, gint64 now_us, GError **error)
{
  BfBookOut *entry = find_by_id (book, out_id);

  if (!bf_book_check_words (act->actor, act->comment, error))
    return FALSE;
  if (entry == NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_NOT_FOUND, _ ("nothing is out of service under number %" PRId64), out_id);
      return FALSE;
    }
  end_record (book, entry, act->actor, act->comment, now_us);
  return TRUE;
}

void
bf_book_out_due (BfAlertBook *book, BfBookOut *entry, gint64 now_us)
{
  end_record (book, entry, BF_BOOK_ENGINE, _ ("its planned end has come"), now_us);
}

void
bf_alert_book_restore_out (BfAlertBook *book, BfAlertOut *out)
{
  if (out->ended_us == BF_TIME_NONE && find_entry (book, out->rule_id, out->asset_id) == NULL)
    insert (book, out);
  else
    bf_alert_out_free (out);
}

/**
 * bf_alert_book_settle:
 *
 * After a start: a record and its alerts are written apart; what the end of the engine came between is made whole.
 */
void
bf_alert_book_settle (BfAlertBook *book, gint64 now_us)
{
  g_autoptr (GPtrArray) alerts = bf_alert_book_list (book);

  for (guint i = 0; i < alerts->len; i++)
    follow (book, bf_book_entry (book, ((const BfAlert *) g_ptr_array_index (alerts, i))->id, NULL), BF_BOOK_BY_ENGINE (NULL), now_us);
}

static int
compare_outs (gconstpointer a, gconstpointer b)
{
  const BfAlertOut *x = *(const BfAlertOut *const *) a;
  const BfAlertOut *y = *(const BfAlertOut *const *) b;

  return (x->id > y->id) - (x->id < y->id);
}

GPtrArray *
bf_alert_book_list_out (const BfAlertBook *book)
{
  GPtrArray *list = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, book->outs);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (list, ((BfBookOut *) value)->out);
  g_ptr_array_sort (list, compare_outs);
  return list;
}
