/* SPDX-License-Identifier: EUPL-1.2 */
/* What of the alerts is on disk: who waits for what, and what may be told. */

#include <gio/gio.h>

#include "base/bf-time.h"
#include "engine/bf-durable.h"

static BfAlert *
new_alert (gint64 id, BfAlertState state, BfPriority priority)
{
  BfAlert *alert = g_new0 (BfAlert, 1);

  alert->id = id;
  alert->rule_id = g_strdup ("rule");
  alert->asset_id = g_strdup_printf ("parking/%" G_GINT64_FORMAT, id);
  alert->state = state;
  alert->priority = priority;
  alert->title.text = g_strdup ("title");
  alert->why = g_strdup ("why");
  alert->raised_us = id;
  alert->cleared_us = alert->acknowledged_us = alert->acknowledged_until_us = BF_TIME_NONE;
  return alert;
}

static BfDurableWrite *
begin (BfDurable *durable, gint64 alert_id, gint64 event_id, BfAlertState state)
{
  g_autoptr (BfAlert) alert = new_alert (alert_id, state, BF_PRIORITY_HIGH);
  BfAlertEvent event = { .id = event_id, .alert_id = alert_id, .at_us = 1, .input = BF_ALERT_INPUT_RAISE, .from = BF_ALERT_NORMAL, .to = state,
                         .actor = (char *) "engine" };

  return bf_durable_begin (durable, alert, &event);
}

typedef struct
{
  guint good;
  guint bad;
} Calls;

static void
count_cb (gpointer user_data, const GError *error)
{
  Calls *calls = user_data;

  if (error != NULL)
    calls->bad++;
  else
    calls->good++;
}

static void
test_no_starvation (void)
{
  g_autoptr (BfDurable) durable = bf_durable_new (0, NULL, NULL);
  BfDurableWrite *under_way = begin (durable, 1, 1, BF_ALERT_UNACKNOWLEDGED);
  Calls calls = { 0 };

  /* A stream that never pauses: there is always one write under way. Each who comes waits for the one before it only. */
  for (gint64 id = 2; id <= 1000; id++)
    {
      BfDurableWrite *next;

      bf_durable_when (durable, count_cb, &calls);
      g_assert_cmpuint (calls.good, ==, (guint) id - 2);
      next = begin (durable, id, id, BF_ALERT_UNACKNOWLEDGED);
      bf_durable_end (under_way, NULL);
      under_way = next;
      g_assert_cmpuint (bf_durable_n_pending (durable), ==, 1);
      g_assert_cmpuint (calls.good, ==, (guint) id - 1);
    }
  bf_durable_end (under_way, NULL);
  g_assert_cmpuint (calls.bad, ==, 0);
}

static void
test_waits_for_all_before (void)
{
  g_autoptr (BfDurable) durable = bf_durable_new (0, NULL, NULL);
  BfDurableWrite *writes[3];
  Calls calls = { 0 };

  bf_durable_when (durable, count_cb, &calls);
  g_assert_cmpuint (calls.good, ==, 1);
  for (guint i = 0; i < 3; i++)
    writes[i] = begin (durable, i + 1, i + 1, BF_ALERT_UNACKNOWLEDGED);
  bf_durable_when (durable, count_cb, &calls);
  bf_durable_end (writes[2], NULL);
  bf_durable_end (writes[0], NULL);
  g_assert_cmpuint (calls.good, ==, 1);
  bf_durable_end (writes[1], NULL);
  g_assert_cmpuint (calls.good, ==, 2);
}

static void
test_failure (void)
{
  g_autoptr (BfDurable) durable = bf_durable_new (0, NULL, NULL);
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NO_SPACE, "the disk is full");
  BfDurableWrite *first = begin (durable, 1, 1, BF_ALERT_UNACKNOWLEDGED);
  BfDurableWrite *second;
  Calls before = { 0 };
  Calls after = { 0 };

  bf_durable_when (durable, count_cb, &before);
  second = begin (durable, 2, 2, BF_ALERT_UNACKNOWLEDGED);
  bf_durable_when (durable, count_cb, &after);
  bf_durable_end (first, NULL);
  g_assert_cmpuint (before.good, ==, 1);
  g_test_expect_message ("bf-engine", G_LOG_LEVEL_WARNING, "*alert 2 is not on disk: the disk is full*");
  bf_durable_end (second, error);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (after.bad, ==, 1);
  g_assert_cmpuint (after.good, ==, 0);
  /* What is not on disk is told to nobody. */
  g_assert_null (bf_durable_get (durable, 2));
  g_assert_cmpint (bf_durable_last_event (durable), ==, 1);
}

static void
told_cb (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event)
{
  g_array_append_val ((GArray *) user_data, event->id);
}

static void
test_tells_what_is_on_disk (void)
{
  g_autoptr (GArray) told = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (BfDurable) durable = bf_durable_new (7, told_cb, told);
  g_autoptr (BfAlert) old = new_alert (3, BF_ALERT_ACKNOWLEDGED, BF_PRIORITY_CRITICAL);
  g_autoptr (GPtrArray) list = NULL;
  BfDurableWrite *raise, *acknowledge, *over;

  bf_durable_restore (durable, old);
  raise = begin (durable, 4, 8, BF_ALERT_UNACKNOWLEDGED);
  acknowledge = begin (durable, 4, 9, BF_ALERT_ACKNOWLEDGED);
  g_assert_null (bf_durable_get (durable, 4));
  bf_durable_end (raise, NULL);
  g_assert_cmpint (bf_durable_get (durable, 4)->state, ==, BF_ALERT_UNACKNOWLEDGED);
  g_assert_cmpint (bf_durable_last_event (durable), ==, 8);
  list = bf_durable_list (durable);
  g_assert_cmpuint (list->len, ==, 2);
  g_assert_cmpint (((const BfAlert *) g_ptr_array_index (list, 0))->id, ==, 3);
  bf_durable_end (acknowledge, NULL);
  g_assert_cmpint (bf_durable_get (durable, 4)->state, ==, BF_ALERT_ACKNOWLEDGED);
  over = begin (durable, 4, 10, BF_ALERT_NORMAL);
  g_assert_nonnull (bf_durable_get (durable, 4));
  bf_durable_end (over, NULL);
  g_assert_null (bf_durable_get (durable, 4));
  g_assert_cmpuint (told->len, ==, 3);
  g_assert_cmpint (g_array_index (told, gint64, 2), ==, 10);
}

/* One who was waiting acknowledges, and waits for that: the answer is not given within the call. */
typedef struct
{
  BfDurable *durable;
  BfDurableWrite *write;
  Calls calls;
} Again;

static void
again_cb (gpointer user_data, const GError *error)
{
  Again *again = user_data;

  again->write = begin (again->durable, 1, 2, BF_ALERT_ACKNOWLEDGED);
  bf_durable_when (again->durable, count_cb, &again->calls);
}

static void
test_waits_again (void)
{
  g_autoptr (BfDurable) durable = bf_durable_new (0, NULL, NULL);
  Again again = { durable, NULL, { 0 } };
  BfDurableWrite *raise = begin (durable, 1, 1, BF_ALERT_UNACKNOWLEDGED);

  bf_durable_when (durable, again_cb, &again);
  bf_durable_end (raise, NULL);
  g_assert_nonnull (again.write);
  g_assert_cmpuint (again.calls.good, ==, 0);
  bf_durable_end (again.write, NULL);
  g_assert_cmpuint (again.calls.good, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/durable/no-starvation", test_no_starvation);
  g_test_add_func ("/engine/durable/waits-for-all-before", test_waits_for_all_before);
  g_test_add_func ("/engine/durable/failure", test_failure);
  g_test_add_func ("/engine/durable/tells-what-is-on-disk", test_tells_what_is_on_disk);
  g_test_add_func ("/engine/durable/waits-again", test_waits_again);
  return g_test_run ();
}
