/* SPDX-License-Identifier: EUPL-1.2 */
/* The transition table cell by cell; the book by stories; and the book over long random sequences against what must
 * always hold. A sequence that fails is shrunk: the shortest that still fails is shown. */

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
  /* n u a r: the state after; -: refused. Rows normal, unacknowledged, acknowledged, returned; columns raise, clear,
   * acknowledge, expire, comment. */
  static const char *const table[] = { "u----", "ura-u", "unaua", "u-n-r" };
  static const char letters[] = "nuar";

  for (guint s = 0; s < 4; s++)
    for (guint i = 0; i < 5; i++)
      {
        g_autoptr (GError) error = NULL;
        BfAlertState next = BF_ALERT_RETURNED;
        gboolean done = bf_alert_next ((BfAlertState) s, (BfAlertInput) i, &next, &error);

        if (table[s][i] == '-')
          {
            g_assert_false (done);
            g_assert_error (error, BF_ERROR, BF_ERROR_STATE);
            g_assert_cmpint (next, ==, BF_ALERT_RETURNED);
          }
        else
          {
            g_assert_true (done);
            g_assert_cmpint (letters[next], ==, table[s][i]);
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
  GHashTable *replayed; /* alert id -> state by folding the events over the table */
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
  BfAlertState before = GPOINTER_TO_INT (g_hash_table_lookup (desk->replayed, key));
  BfAlertState after = BF_ALERT_NORMAL;

  holds (desk, before == event->from, "an event begins where the one before ended");
  holds (desk, bf_alert_next (before, event->input, &after, NULL) && after == event->to, "an event follows the table");
  holds (desk, alert->state == event->to, "history replays to the alert's state");
  holds (desk, event->id > desk->last_event && alert->last_event_id == event->id, "event ids grow");
  holds (desk, event->alert_id == alert->id, "an event names its alert");
  holds (desk, event->to != BF_ALERT_NORMAL || event->input == BF_ALERT_INPUT_ACKNOWLEDGE || event->from == BF_ALERT_ACKNOWLEDGED,
           "an alert is over only when acknowledged and cleared");
  desk->last_event = event->id;
  g_hash_table_insert (desk->replayed, key, GINT_TO_POINTER ((int) event->to));
  g_string_append_printf (desk->heard, "%d %s %s %s->%s\n", (int) alert->id, event->actor, bf_alert_input_id (event->input),
                          bf_alert_state_id (event->from), bf_alert_state_id (event->to));
}

static void
desk_open (Desk *desk)
{
  static const BfAlertBookHandler handler = { new_alert_id_cb, new_event_id_cb, changed_cb };

  memset (desk, 0, sizeof *desk);
  desk->book = bf_alert_book_new (&handler, desk);
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
                   "1 engine raise acknowledged->unacknowledged\n");
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

/* ---- Random sequences ---- */

#define N_RULES 2
#define N_ASSETS 2
#define SEQUENCE 60

typedef struct
{
  guint8 what; /* 0 raise, 1 clear, 2 acknowledge, 3 comment, 4 time passes, 5 restart */
  guint8 rule;
  guint8 asset;
  guint8 more;
} Action;

/* What a (rule, asset) must look like, reckoned apart from the book. */
typedef struct
{
  gboolean active;
  gboolean open;
  gboolean acknowledged;
  int priority;
  int owner;
  gint64 until_us;
} Expected;

static const char *const rule_ids[N_RULES] = { "r", "s" };
static const char *const asset_ids[N_ASSETS] = { "a", "b" };
static const char *const people[] = { "ada", "bob" };

static void
expect_raise (Expected *e, int priority)
{
  if (!e->open)
    *e = (Expected){ TRUE, TRUE, FALSE, priority, -1, BF_TIME_NONE };
  else if (!e->active)
    {
      e->active = TRUE;
      e->priority = MAX (e->priority, priority);
    }
  else if (priority > e->priority)
    {
      e->priority = priority;
      e->acknowledged = FALSE;
      e->until_us = BF_TIME_NONE;
    }
}

static void
expect_clear (Expected *e)
{
  e->active = FALSE;
  if (e->acknowledged)
    e->open = FALSE;
}

static gboolean
expect_acknowledge (Expected *e, int who, gint64 until_us)
{
  if (!e->open || (e->acknowledged && e->owner != who))
    return FALSE;
  e->acknowledged = TRUE;
  e->owner = who;
  e->until_us = until_us;
  e->open = e->active;
  return TRUE;
}

static void
expect_time (Expected *e, gint64 now_us)
{
  if (e->open && e->acknowledged && e->until_us != BF_TIME_NONE && e->until_us <= now_us)
    {
      e->acknowledged = FALSE;
      e->until_us = BF_TIME_NONE;
    }
}

static void
restart (Desk *desk)
{
  static const BfAlertBookHandler handler = { new_alert_id_cb, new_event_id_cb, changed_cb };
  BfAlertBook *after = bf_alert_book_new (&handler, desk);
  g_autoptr (GPtrArray) list = bf_alert_book_list (desk->book);
  gint64 next_us = bf_alert_book_next_us (desk->book);

  for (guint i = 0; i < list->len; i++)
    bf_alert_book_restore (after, bf_alert_copy (g_ptr_array_index (list, i)));
  holds (desk, bf_alert_book_n (after) == list->len, "a restart loses nothing");
  holds (desk, bf_alert_book_next_us (after) == next_us, "a restart keeps the timers");
  bf_alert_book_free (desk->book);
  desk->book = after;
}

static void
check (Desk *desk, Expected expected[N_RULES][N_ASSETS])
{
  guint n_open = 0;

  for (guint r = 0; r < N_RULES; r++)
    for (guint a = 0; a < N_ASSETS; a++)
      {
        const Expected *e = &expected[r][a];
        const BfAlert *alert = bf_alert_book_find (desk->book, rule_ids[r], asset_ids[a]);
        BfAlertState state = !e->active ? BF_ALERT_RETURNED : e->acknowledged ? BF_ALERT_ACKNOWLEDGED : BF_ALERT_UNACKNOWLEDGED;

        n_open += e->open;
        holds (desk, (alert != NULL) == e->open, "an annunciated alert is never lost, and an alert that is over is gone");
        if (alert == NULL || !e->open)
          continue;
        holds (desk, alert->state == state, "the state is that of condition and acknowledgement");
        holds (desk, (int) alert->priority == e->priority, "the priority is the worst");
        holds (desk, alert->acknowledged_until_us == (e->acknowledged ? e->until_us : BF_TIME_NONE), "the end is kept");
      }
  holds (desk, bf_alert_book_n (desk->book) == n_open, "at most one open alert a (rule, asset)");
}

static void
act (Desk *desk, const Action *action, Expected expected[N_RULES][N_ASSETS], gint64 *now_us)
{
  const char *rule = rule_ids[action->rule];
  const char *asset = asset_ids[action->asset];
  const BfAlert *alert = bf_alert_book_find (desk->book, rule, asset);
  Expected *e = &expected[action->rule][action->asset];
  gint64 until_us = action->more & 4 ? *now_us + 1 + (action->more >> 3) : BF_TIME_NONE;
  gint64 id = alert != NULL ? alert->id : 999999;

  (*now_us)++;
  if (until_us != BF_TIME_NONE)
    until_us++;
  if (action->what == 0)
    {
      expect_raise (e, action->more % 4);
      raise_alert (desk, rule, asset, (BfPriority) (action->more % 4), *now_us);
    }
  else if (action->what == 1)
    {
      expect_clear (e);
      bf_alert_book_clear (desk->book, rule, asset, NULL, *now_us);
    }
  else if (action->what == 2)
    holds (desk,
             bf_alert_book_acknowledge (desk->book, id, people[action->more & 1], NULL, until_us, *now_us, NULL)
               == expect_acknowledge (e, action->more & 1, until_us),
             "an acknowledgement is taken or refused");
  else if (action->what == 3)
    holds (desk, bf_alert_book_comment (desk->book, id, people[action->more & 1], "note", *now_us, NULL) == e->open,
             "a comment is taken or refused");
  else if (action->what == 4)
    {
      *now_us += action->more;
      for (guint r = 0; r < N_RULES; r++)
        for (guint a = 0; a < N_ASSETS; a++)
          expect_time (&expected[r][a], *now_us);
      bf_alert_book_run (desk->book, *now_us);
    }
  else
    restart (desk);
}

/* (nullable): the invariant that the sequence breaks. */
static const char *
play (const Action *actions, guint n, guint *ret_events)
{
  Expected expected[N_RULES][N_ASSETS] = { 0 };
  gint64 now_us = T0;
  const char *broken;
  Desk desk;

  desk_open (&desk);
  for (guint i = 0; i < n && desk.broken == NULL; i++)
    {
      act (&desk, &actions[i], expected, &now_us);
      check (&desk, expected);
    }
  broken = desk.broken;
  *ret_events += (guint) desk.next_event;
  desk_close (&desk);
  return broken;
}

/* Takes actions away as long as the rest still breaks something, then shows it. */
static void
shrink_and_fail (Action *actions, guint n)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint events = 0;

  for (guint i = 0; i < n;)
    {
      Action fewer[SEQUENCE];

      memcpy (fewer, actions, i * sizeof (Action));
      memcpy (fewer + i, actions + i + 1, (n - i - 1) * sizeof (Action));
      if (play (fewer, n - 1, &events) != NULL)
        memcpy (actions, fewer, --n * sizeof (Action));
      else
        i++;
    }
  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, " {%u,%u,%u,%u}", actions[i].what, actions[i].rule, actions[i].asset, actions[i].more);
  g_error ("%s:%s", play (actions, n, &events), text->str);
}

static void
test_random (void)
{
  guint n_sequences = g_test_slow () ? 1000000 : 20000;
  guint events = 0;

  for (guint s = 0; s < n_sequences; s++)
    {
      Action actions[SEQUENCE];

      for (guint i = 0; i < SEQUENCE; i++)
        {
          guint bits = (guint) g_test_rand_int ();

          actions[i] = (Action){ (guint8) (bits % 64 == 0 ? 5 : bits % 5), (bits >> 6) % N_RULES, (bits >> 8) % N_ASSETS,
                                 (guint8) (bits >> 16) };
        }
      if (play (actions, SEQUENCE, &events) != NULL)
        shrink_and_fail (actions, SEQUENCE);
    }
  g_test_message ("%u sequences of %u actions, %u transitions", n_sequences, SEQUENCE, events);
  g_assert_cmpuint (events, >, n_sequences * 10);
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
  g_test_add_func ("/alerts/random", test_random);
  return g_test_run ();
}
