/* SPDX-License-Identifier: EUPL-1.2 */
/* The transition table cell by cell, and the book by stories. Random sequences are in test-alert-states.c. */

#include <string.h>

#include "alerts/bf-alert-book.h"
#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

#define T0 (1700000000 * G_TIME_SPAN_SECOND)

/* ---- The table ---- */

static void
test_table (void)
{
  /* n u a r: the state after; -: refused. Rows normal, unacknowledged, acknowledged, returned, of which a person was told; columns
   * raise, clear, acknowledge, expire, comment, worsen. */
  static const char *const table[] = { "u-----", "-ra-uu", "-nauau", "u-n-ru" };
  static const char letters[] = "nuar";

  for (guint s = 0; s < 4; s++)
    for (guint i = 0; i < 6; i++)
      {
        g_autoptr (GError) error = NULL;
        BfAlertMode before = { (BfAlertState) s, s == BF_ALERT_UNACKNOWLEDGED || s == BF_ALERT_RETURNED ? BF_ALERT_ANNOUNCED : 0 };
        BfAlertMode after = { BF_ALERT_RETURNED, 77 };
        gboolean annunciated = FALSE;
        gboolean done = bf_alert_next (&before, (BfAlertInput) i, &after, &annunciated, &error);

        if (table[s][i] == '-')
          {
            g_assert_false (done);
            g_assert_error (error, BF_ERROR, BF_ERROR_STATE);
            g_assert_cmpint (after.state, ==, BF_ALERT_RETURNED);
            g_assert_cmpuint (after.flags, ==, 77);
          }
        else
          {
            g_assert_true (done);
            g_assert_cmpint (letters[after.state], ==, table[s][i]);
          }
      }
}

static void
test_ids (void)
{
  for (guint s = 0; s < 4; s++)
    {
      BfAlertState state;

      g_assert_true (bf_alert_state_from_id (bf_alert_state_id ((BfAlertState) s), &state));
      g_assert_cmpint (state, ==, s);
    }
  for (guint i = 0; i < BF_ALERT_N_INPUTS; i++)
    {
      BfAlertInput input;

      g_assert_true (bf_alert_input_from_id (bf_alert_input_id ((BfAlertInput) i), &input));
      g_assert_cmpint (input, ==, i);
    }
  g_assert_false (bf_alert_state_from_id ("gone", &(BfAlertState){ 0 }));
  g_assert_cmpstr (bf_alert_input_id (BF_ALERT_INPUT_EXPIRE), ==, "expire");
}

/* ---- A book that writes down what it announces ---- */

typedef struct
{
  BfAlertBook *book;
  gint64 next_alert;
  gint64 next_event;
  GString *heard;       /* one line an event */
  GHashTable *replayed; /* alert id -> state and flags (times four) by folding the events over the table */
  const char *broken;   /* the invariant that does not hold, NULL while all do */
  gint64 last_event;
} Desk;

static gint64
new_alert_id_cb (gpointer user_data)
{
  return ++((Desk *) user_data)->next_alert;
}

static gint64
new_event_id_cb (gpointer user_data)
{
  return ++((Desk *) user_data)->next_event;
}

static void
holds (Desk *desk, gboolean good, const char *what)
{
  if (!good && desk->broken == NULL)
    desk->broken = what;
}

/* Every event must be what the table says, and its history must lead to the alert's state. */
static void
changed_cb (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event)
{
  Desk *desk = user_data;
  gpointer key = GINT_TO_POINTER ((int) alert->id);
  guint both = GPOINTER_TO_UINT (g_hash_table_lookup (desk->replayed, key));
  BfAlertMode before = { both % 4, both / 4 };
  BfAlertMode after = { 0 };
  gboolean annunciated = FALSE;

  /* An alert is born with flags. */
  if (both == 0)
    before.flags = event->from_flags;
  holds (desk, before.state == event->from && before.flags == event->from_flags, "an event begins where the one before ended");
  holds (desk, bf_alert_next (&before, event->input, &after, &annunciated, NULL) && after.state == event->to && after.flags == event->to_flags
                 && annunciated == event->annunciated,
         "an event follows the table");
  holds (desk, alert->state == event->to, "history replays to the alert's state");
  holds (desk, event->id > desk->last_event && alert->last_event_id == event->id, "event ids grow");
  holds (desk, event->alert_id == alert->id, "an event names its alert");
  holds (desk, !(event->from_flags & BF_ALERT_ANNOUNCED) || (event->to_flags & BF_ALERT_ANNOUNCED) || event->input == BF_ALERT_INPUT_ACKNOWLEDGE,
         "only an acknowledgement ends what a person was told");
  desk->last_event = event->id;
  g_hash_table_insert (desk->replayed, key, GUINT_TO_POINTER (event->to + event->to_flags * 4));
  g_string_append_printf (desk->heard, "%d %s %s %s->%s\n", (int) alert->id, event->actor, bf_alert_input_id (event->input),
                          bf_alert_state_id (event->from), bf_alert_state_id (event->to));
}

static void
desk_open (Desk *desk)
{
  static const BfAlertBookHandler handler = { .new_alert_id = new_alert_id_cb, .new_event_id = new_event_id_cb, .changed = changed_cb };
  BfAlertPolicy policy = bf_alert_policy_default;

  memset (desk, 0, sizeof *desk);
  desk->book = bf_alert_book_new (&handler, desk);
  /* Stories are told in microseconds. */
  policy.chatter_within_us = 1;
  bf_alert_book_set_policy (desk->book, &policy);
  desk->heard = g_string_new (NULL);
  desk->replayed = g_hash_table_new (NULL, NULL);
}

static void
desk_close (Desk *desk)
{
  bf_alert_book_free (desk->book);
  g_string_free (desk->heard, TRUE);
  g_hash_table_unref (desk->replayed);
}

static gint64
raise_alert (Desk *desk, const char *rule, const char *asset, BfPriority priority, gint64 now_us)
{
  BfAlert draft = { .rule_id = (char *) rule, .asset_id = (char *) asset, .priority = priority, .title = { (char *) "title", NULL } };

  return bf_alert_book_raise (desk->book, &draft, now_us);
}

/* ---- Stories ---- */

static void
test_story (void)
{
  g_autoptr (GError) error = NULL;
  const BfAlert *alert;
  BfPriority priority;
  gboolean unacknowledged;
  gint64 id;
  Desk desk;

  desk_open (&desk);
  id = raise_alert (&desk, "low", "water/1", BF_PRIORITY_HIGH, T0);
  g_assert_cmpint (raise_alert (&desk, "low", "water/1", BF_PRIORITY_HIGH, T0 + 1), ==, id);
  alert = bf_alert_book_find (desk.book, "low", "water/1");
  g_assert_cmpint (alert->raised_us, ==, T0);
  g_assert_cmpint (alert->cleared_us, ==, BF_TIME_NONE);
  g_assert_true (bf_alert_book_worst (desk.book, "water/1", &priority, &unacknowledged));
  g_assert_true (unacknowledged);
  g_assert_true (bf_alert_book_acknowledge (desk.book, id, "ada", "on my way", BF_TIME_NONE, T0 + 2, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (alert->acknowledged_by, ==, "ada");
  g_assert_cmpstr (alert->comment, ==, "on my way");
  g_assert_true (bf_alert_book_worst (desk.book, "water/1", &priority, &unacknowledged));
  g_assert_false (unacknowledged);
  g_assert_false (bf_alert_book_acknowledge (desk.book, id, "bob", NULL, BF_TIME_NONE, T0 + 3, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_STATE);
  g_assert_nonnull (strstr (error->message, "already acknowledged by ada"));
  g_clear_error (&error);
  bf_alert_book_clear (desk.book, "low", "water/1", NULL, T0 + 4);
  g_assert_null (bf_alert_book_get (desk.book, id));
  g_assert_false (bf_alert_book_worst (desk.book, "water/1", &priority, &unacknowledged));
  g_assert_false (bf_alert_book_acknowledge (desk.book, id, "ada", NULL, BF_TIME_NONE, T0 + 5, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_NOT_FOUND);
  g_assert_cmpint (raise_alert (&desk, "low", "water/1", BF_PRIORITY_HIGH, T0 + 6), >, id);
  bf_alert_book_clear (desk.book, "low", "water/1", NULL, T0 + 7);
  bf_alert_book_clear (desk.book, "low", "water/1", NULL, T0 + 8);
  raise_alert (&desk, "low", "water/1", BF_PRIORITY_HIGH, T0 + 9);
  g_assert_cmpint (bf_alert_book_find (desk.book, "low", "water/1")->cleared_us, ==, BF_TIME_NONE);
  bf_alert_book_clear (desk.book, "low", "water/1", NULL, T0 + 10);
  g_clear_error (&error);
  g_assert_true (bf_alert_book_acknowledge (desk.book, 2, "bob", NULL, BF_TIME_NONE, T0 + 11, &error));
  g_assert_cmpuint (bf_alert_book_n (desk.book), ==, 0);
  g_assert_cmpstr (desk.heard->str, ==,
                   "1 engine raise normal->unacknowledged\n"
                   "1 ada acknowledge unacknowledged->acknowledged\n"
                   "1 engine clear acknowledged->normal\n"
                   "2 engine raise normal->unacknowledged\n"
                   "2 engine clear unacknowledged->returned\n"
                   "2 engine raise returned->unacknowledged\n"
                   "2 engine clear unacknowledged->returned\n"
                   "2 bob acknowledge returned->normal\n");
  g_assert_null (desk.broken);
  desk_close (&desk);
}

/* A worse priority annunciates again, a lesser one does not, and the worst is kept. */
static void
test_worse (void)
{
  const BfAlert *alert;
  gint64 id;
  Desk desk;

  desk_open (&desk);
  id = raise_alert (&desk, "r", "a", BF_PRIORITY_MEDIUM, T0);
  alert = bf_alert_book_get (desk.book, id);
  raise_alert (&desk, "r", "a", BF_PRIORITY_LOW, T0 + 1);
  g_assert_cmpint (alert->priority, ==, BF_PRIORITY_MEDIUM);
  g_assert_true (bf_alert_book_acknowledge (desk.book, id, "ada", NULL, BF_TIME_NONE, T0 + 2, NULL));
  raise_alert (&desk, "r", "a", BF_PRIORITY_LOW, T0 + 3);
  g_assert_cmpint (alert->state, ==, BF_ALERT_ACKNOWLEDGED);
  raise_alert (&desk, "r", "a", BF_PRIORITY_CRITICAL, T0 + 4);
  g_assert_cmpint (alert->state, ==, BF_ALERT_UNACKNOWLEDGED);
  g_assert_cmpint (alert->priority, ==, BF_PRIORITY_CRITICAL);
  g_assert_null (alert->acknowledged_by);
  g_assert_cmpstr (desk.heard->str, ==,
                   "1 engine raise normal->unacknowledged\n"
                   "1 ada acknowledge unacknowledged->acknowledged\n"
                   "1 engine worsen acknowledged->unacknowledged\n");
  desk_close (&desk);
}

static void
test_expire (void)
{
  g_autoptr (GError) error = NULL;
  gint64 a;
  gint64 b;
  Desk desk;

  desk_open (&desk);
  a = raise_alert (&desk, "r", "a", BF_PRIORITY_LOW, T0);
  b = raise_alert (&desk, "r", "b", BF_PRIORITY_LOW, T0);
  g_assert_cmpint (bf_alert_book_next_us (desk.book), ==, BF_TIME_NONE);
  g_assert_false (bf_alert_book_acknowledge (desk.book, a, "ada", NULL, T0, T0, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_RANGE);
  g_assert_true (bf_alert_book_acknowledge (desk.book, a, "ada", NULL, T0 + 100, T0, NULL));
  g_assert_true (bf_alert_book_acknowledge (desk.book, b, "ada", NULL, T0 + 50, T0, NULL));
  g_assert_cmpint (bf_alert_book_next_us (desk.book), ==, T0 + 50);
  g_assert_true (bf_alert_book_acknowledge (desk.book, b, "ada", "longer", T0 + 200, T0 + 10, NULL));
  g_assert_cmpint (bf_alert_book_next_us (desk.book), ==, T0 + 100);
  bf_alert_book_run (desk.book, T0 + 99);
  g_assert_cmpint (bf_alert_book_get (desk.book, a)->state, ==, BF_ALERT_ACKNOWLEDGED);
  bf_alert_book_run (desk.book, T0 + 100);
  g_assert_cmpint (bf_alert_book_get (desk.book, a)->state, ==, BF_ALERT_UNACKNOWLEDGED);
  g_assert_cmpint (bf_alert_book_get (desk.book, b)->state, ==, BF_ALERT_ACKNOWLEDGED);
  bf_alert_book_clear (desk.book, "r", "b", NULL, T0 + 150);
  g_assert_cmpint (bf_alert_book_next_us (desk.book), ==, BF_TIME_NONE);
  g_assert_null (desk.broken);
  desk_close (&desk);
}

static void
test_bad_words (void)
{
  g_autofree char *longest = g_strnfill (BF_LIMIT_COMMENT_BYTES + 1, 'x');
  gint64 id;
  Desk desk;

  desk_open (&desk);
  id = raise_alert (&desk, "r", "a", BF_PRIORITY_LOW, T0);
  g_assert_false (bf_alert_book_acknowledge (desk.book, id, "", NULL, BF_TIME_NONE, T0, NULL));
  g_assert_false (bf_alert_book_acknowledge (desk.book, id, NULL, NULL, BF_TIME_NONE, T0, NULL));
  g_assert_false (bf_alert_book_acknowledge (desk.book, id, "ada", longest, BF_TIME_NONE, T0, NULL));
  g_assert_false (bf_alert_book_acknowledge (desk.book, id, "ada", "\xff", BF_TIME_NONE, T0, NULL));
  g_assert_false (bf_alert_book_comment (desk.book, id, "ada", "", T0, NULL));
  g_assert_false (bf_alert_book_comment (desk.book, id + 1, "ada", "x", T0, NULL));
  g_assert_cmpstr (desk.heard->str, ==, "1 engine raise normal->unacknowledged\n");
  g_assert_true (bf_alert_book_comment (desk.book, id, "ada", "seen", T0, NULL));
  g_assert_cmpstr (bf_alert_book_get (desk.book, id)->comment, ==, "seen");
  desk_close (&desk);
}

static void
test_list (void)
{
  g_autoptr (GPtrArray) list = NULL;
  static const int order[] = { 3, 2, 4, 1 };
  Desk desk;

  desk_open (&desk);
  raise_alert (&desk, "r", "a", BF_PRIORITY_LOW, T0);
  raise_alert (&desk, "r", "b", BF_PRIORITY_HIGH, T0 + 1);
  raise_alert (&desk, "r", "c", BF_PRIORITY_CRITICAL, T0 + 2);
  raise_alert (&desk, "s", "b", BF_PRIORITY_HIGH, T0 + 3);
  list = bf_alert_book_list (desk.book);
  g_assert_cmpuint (list->len, ==, 4);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpint (((const BfAlert *) g_ptr_array_index (list, i))->id, ==, order[i]);
  desk_close (&desk);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alerts/table", test_table);
  g_test_add_func ("/alerts/ids", test_ids);
  g_test_add_func ("/alerts/story", test_story);
  g_test_add_func ("/alerts/worse", test_worse);
  g_test_add_func ("/alerts/expire", test_expire);
  g_test_add_func ("/alerts/bad-words", test_bad_words);
  g_test_add_func ("/alerts/list", test_list);
  return g_test_run ();
}
