/* SPDX-License-Identifier: EUPL-1.2 */
/* What stands beside an alert's state comes back whole; so do records of what is out of service and the past that the book asks for; and
 * a file of before there were flags opens with what they would have been. */

#include "fixture.h"

#include <glib/gstdio.h>

#include "base/bf-time.h"
#include "store/bf-sqlite-private.h"
#include "store/bf-sqlite-schema.h"

#define VERSION_BEFORE 5

static BfAlert *
flagged_alert (BfStore *store)
{
  BfAlert *alert = bf_alert_new ("water_pressure_low", "water/412", BF_PRIORITY_HIGH);

  alert->id = bf_store_new_alert_id (store);
  alert->state = BF_ALERT_NORMAL;
  alert->flags = BF_ALERT_SHELVED | BF_ALERT_ONE_SHOT | BF_ALERT_SUPPRESSED | BF_ALERT_OUT_OF_SERVICE | BF_ALERT_DAMPED | BF_ALERT_LATCHED;
  alert->title.text = g_strdup ("Low pressure");
  alert->raised_us = T0;
  alert->n_raised = 7;
  bf_alert_mark_set (&alert->shelf, T0 + 1, T0 + 2, "zoé", "travaux ; rue \"Haute\"\n2e ligne");
  bf_alert_mark_set (&alert->out, T0 + 3, BF_TIME_NONE, "ali", "capteur déposé");
  alert->causes = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_alert_cause_free);
  g_ptr_array_add (alert->causes, bf_alert_cause_new ("rule/burst water/1", "règle « fuite »\tactive\\sur water/1", T0 + 4, BF_TIME_NONE));
  g_ptr_array_add (alert->causes, bf_alert_cause_new ("works/12", "works", T0 + 5, T0 + 6));
  alert->damped_us = T0 + 7;
  alert->quiet_us = T0 + 8;
  alert->acted_id = 9;
  alert->acted_us = T0 + 9;
  alert->acted_by = g_strdup ("zoé");
  alert->acted_input = BF_ALERT_INPUT_SHELVE_ONCE;
  alert->annunciated_id = 10;
  alert->annunciated_us = T0 + 10;
  alert->last_event_id = bf_store_new_event_id (store);
  return alert;
}

static void
put (BfStore *store, const BfAlert *alert, const BfAlertEvent *event)
{
  Told told = { 0 };

  bf_store_put_alert (store, alert, event, told_cb, &told);
  wait_told (&told, 1);
  g_assert_cmpuint (told.n_failed, ==, 0);
}

static void
assert_marks_equal (const BfAlertMark *a, const BfAlertMark *b)
{
  g_assert_cmpint (a->since_us, ==, b->since_us);
  g_assert_cmpint (a->until_us, ==, b->until_us);
  g_assert_cmpstr (a->by, ==, b->by);
  g_assert_cmpstr (a->reason, ==, b->reason);
}

static void
test_flags (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BfAlert) alert = flagged_alert (fixture->store);
  BfAlertEvent event = { .id = alert->last_event_id, .alert_id = alert->id, .at_us = T0 + 11, .input = BF_ALERT_INPUT_SHELVE_ONCE,
                         .from_flags = BF_ALERT_DAMPED, .to_flags = alert->flags, .annunciated = TRUE, .until_us = T0 + 2,
                         .actor = (char *) "zoé" };
  g_autoptr (GPtrArray) open = NULL;
  g_autoptr (GPtrArray) events = NULL;
  const BfAlert *read;
  const BfAlertEvent *found;

  put (fixture->store, alert, &event);
  fixture_reopen (fixture);
  open = bf_store_load_open_alerts (fixture->store, NULL);
  g_assert_cmpuint (open->len, ==, 1);
  read = open->pdata[0];
  g_assert_cmpuint (read->flags, ==, alert->flags);
  g_assert_cmpuint (read->n_raised, ==, 7);
  assert_marks_equal (&read->shelf, &alert->shelf);
  assert_marks_equal (&read->out, &alert->out);
  g_assert_cmpuint (read->causes->len, ==, 2);
  for (guint i = 0; i < 2; i++)
    {
      const BfAlertCause *a = read->causes->pdata[i], *b = alert->causes->pdata[i];

      g_assert_cmpstr (a->id, ==, b->id);
      g_assert_cmpstr (a->words, ==, b->words);
      g_assert_cmpint (a->since_us, ==, b->since_us);
      g_assert_cmpint (a->until_us, ==, b->until_us);
    }
  g_assert_cmpint (read->damped_us, ==, T0 + 7);
  g_assert_cmpint (read->quiet_us, ==, T0 + 8);
  g_assert_cmpint (read->acted_id, ==, 9);
  g_assert_cmpint (read->acted_us, ==, T0 + 9);
  g_assert_cmpstr (read->acted_by, ==, "zoé");
  g_assert_cmpint (read->acted_input, ==, BF_ALERT_INPUT_SHELVE_ONCE);
  g_assert_cmpint (read->annunciated_id, ==, 10);
  g_assert_cmpint (read->annunciated_us, ==, T0 + 10);
  events = query_events (fixture->store, 0, 0, 10);
  g_assert_cmpuint (events->len, ==, 1);
  found = events->pdata[0];
  g_assert_cmpint (found->input, ==, BF_ALERT_INPUT_SHELVE_ONCE);
  g_assert_cmpuint (found->from_flags, ==, BF_ALERT_DAMPED);
  g_assert_cmpuint (found->to_flags, ==, alert->flags);
  g_assert_true (found->annunciated);
  g_assert_cmpint (found->until_us, ==, T0 + 2);
}

/* Those in force only, with all that was said of them. */
static void
test_outs (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GPtrArray) outs = NULL;
  Told told = { 0 };
  BfAlertOut first = { bf_store_new_out_id (fixture->store), NULL, (char *) "water/1", T0, BF_TIME_NONE, T0 + 9, (char *) "ali",
                       (char *) "déposé", BF_TIME_NONE, NULL, NULL };
  BfAlertOut second = { bf_store_new_out_id (fixture->store), (char *) "low", (char *) "water/2", T0 + 1, T0 + 2, T0 + 3, (char *) "zoé",
                        (char *) "essai", BF_TIME_NONE, NULL, NULL };
  const BfAlertOut *read;

  bf_store_put_out (fixture->store, &first, told_cb, &told);
  bf_store_put_out (fixture->store, &second, told_cb, &told);
  first.ended_us = T0 + 5;
  first.ended_by = (char *) "zoé";
  bf_store_put_out (fixture->store, &first, told_cb, &told);
  wait_told (&told, 3);
  g_assert_cmpuint (told.n_failed, ==, 0);
  fixture_reopen (fixture);
  outs = bf_store_load_outs (fixture->store, NULL);
  g_assert_cmpuint (outs->len, ==, 1);
  read = outs->pdata[0];
  g_assert_cmpint (read->id, ==, 2);
  g_assert_cmpstr (read->rule_id, ==, "low");
  g_assert_cmpstr (read->asset_id, ==, "water/2");
  g_assert_cmpint (read->since_us, ==, T0 + 1);
  g_assert_cmpint (read->until_us, ==, T0 + 2);
  g_assert_cmpint (read->review_us, ==, T0 + 3);
  g_assert_cmpstr (read->by, ==, "zoé");
  g_assert_cmpstr (read->reason, ==, "essai");
  g_assert_cmpint (bf_store_new_out_id (fixture->store), ==, 3);
}

static void
past_cb (gpointer user_data, const BfStorePast *past)
{
  g_string_append_printf (user_data, "%s %s %s %d; ", past->asset_id, bf_priority_id (past->priority), bf_alert_input_id (past->input),
                          (int) (past->at_us - T0));
}

/* Raises, clears and the clock from a time on; one that was worse when it came back is a raise. */
static void
test_past (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    BfAlertInput input;
    BfAlertState from;
  } events[] = { { BF_ALERT_INPUT_RAISE, BF_ALERT_NORMAL },
                 { BF_ALERT_INPUT_CLEAR, BF_ALERT_UNACKNOWLEDGED },
                 { BF_ALERT_INPUT_WORSEN, BF_ALERT_RETURNED },
                 { BF_ALERT_INPUT_ACKNOWLEDGE, BF_ALERT_UNACKNOWLEDGED },
                 { BF_ALERT_INPUT_WORSEN, BF_ALERT_ACKNOWLEDGED },
                 { BF_ALERT_INPUT_CLOCK, BF_ALERT_UNACKNOWLEDGED } };
  g_autoptr (BfAlert) alert = flagged_alert (fixture->store);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      BfAlertEvent event = { .id = i + 1, .alert_id = alert->id, .at_us = T0 + i, .input = events[i].input, .from = events[i].from,
                             .until_us = BF_TIME_NONE, .actor = (char *) "engine" };

      put (fixture->store, alert, &event);
    }
  g_assert_true (bf_store_load_past (fixture->store, T0 + 1, past_cb, text, NULL));
  g_assert_cmpstr (text->str, ==, "water/412 high clear 1; water/412 high raise 2; water/412 high worsen 4; water/412 high clock 5; ");
}

/* A city's alerts as the version before wrote them. */
static void
write_version_before (const char *path)
{
  g_autoptr (GArray) migrations = bf_sqlite_migrations_load ("alerts", NULL);
  g_autoptr (GError) error = NULL;
  sqlite3 *db = bf_sqlite_open_file (path, FALSE, &error);

  g_assert_no_error (error);
  g_assert_true (bf_sqlite_migrate (db, path, (const BfMigration *) (gconstpointer) migrations->data, VERSION_BEFORE, T0, &error));
  g_assert_no_error (error);
  sqlite3_close (db);
  sql_exec (path, "INSERT INTO alert (id, rule_id, asset_id, priority, state, raised_us, acknowledged_us, acknowledged_by, last_event_id) VALUES"
                  " (1, 'r', 'a/1', 'high', 'unacknowledged', 1, NULL, NULL, 1), (2, 'r', 'a/2', 'low', 'acknowledged', 2, 4, 'zoe', 4),"
                  " (3, 'r', 'a/3', 'low', 'returned', 3, NULL, NULL, 5), (4, 'r', 'a/4', 'low', 'normal', 3, 4, 'zoe', 8)");
  sql_exec (path, "INSERT INTO event (id, alert_id, at_us, input, from_state, to_state, actor) VALUES"
                  " (1, 1, 1, 'raise', 'normal', 'unacknowledged', 'engine'), (2, 2, 2, 'raise', 'normal', 'unacknowledged', 'engine'),"
                  " (3, 3, 3, 'raise', 'normal', 'unacknowledged', 'engine'), (4, 2, 4, 'acknowledge', 'unacknowledged', 'acknowledged', 'zoe'),"
                  " (5, 3, 5, 'clear', 'unacknowledged', 'returned', 'engine'), (6, 4, 6, 'raise', 'normal', 'unacknowledged', 'engine'),"
                  " (7, 4, 7, 'acknowledge', 'unacknowledged', 'acknowledged', 'zoe'), (8, 4, 8, 'clear', 'acknowledged', 'normal', 'engine')");
}

static void
test_old_data (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bf-store-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "alerts.db", NULL);
  g_autoptr (GPtrArray) open = NULL;
  g_autoptr (GPtrArray) events = NULL;
  g_autoptr (GError) error = NULL;
  const BfAlert *alerts[3];
  BfStore *store;

  write_version_before (path);
  store = bf_store_open (dir, &error);
  g_assert_no_error (error);
  open = bf_store_load_open_alerts (store, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (open->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      alerts[i] = open->pdata[i];
      g_assert_cmpint (alerts[i]->id, ==, i + 1);
      g_assert_cmpuint (alerts[i]->n_raised, ==, 1);
      g_assert_cmpint (alerts[i]->annunciated_id, ==, i + 1);
      g_assert_cmpint (alerts[i]->annunciated_us, ==, i + 1);
      g_assert_null (alerts[i]->causes);
      g_assert_cmpint (alerts[i]->shelf.since_us, ==, BF_TIME_NONE);
    }
  g_assert_cmpuint (alerts[0]->flags, ==, BF_ALERT_ANNOUNCED);
  g_assert_cmpuint (alerts[1]->flags, ==, 0);
  g_assert_cmpuint (alerts[2]->flags, ==, BF_ALERT_ANNOUNCED);
  g_assert_cmpint (alerts[0]->acted_id, ==, 0);
  g_assert_cmpint (alerts[1]->acted_id, ==, 4);
  g_assert_cmpstr (alerts[1]->acted_by, ==, "zoe");
  g_assert_cmpint (alerts[1]->acted_input, ==, BF_ALERT_INPUT_ACKNOWLEDGE);
  events = query_events (store, 0, 4, 10);
  g_assert_cmpuint (events->len, ==, 3);
  for (guint i = 0; i < 3; i++)
    {
      const BfAlertEvent *event = events->pdata[i];
      BfAlertMode after, before = { event->from, event->from_flags };
      gboolean annunciated;

      /* What was written then is what the table says now. */
      g_assert_true (bf_alert_next (&before, event->input, &after, &annunciated, NULL));
      g_assert_cmpint (after.state, ==, event->to);
      g_assert_cmpuint (after.flags, ==, event->to_flags);
      g_assert_cmpint (annunciated, ==, event->annunciated);
    }
  bf_store_close (store);
  fixture_remove_dir (dir);
}

#define ADD(name, test) g_test_add ("/store/alert-states/" name, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("flags", test_flags);
  ADD ("outs", test_outs);
  ADD ("past", test_past);
  g_test_add_func ("/store/alert-states/old-data", test_old_data);
  return g_test_run ();
}
