/* SPDX-License-Identifier: EUPL-1.2 */
/* What is put into the store comes out of it: at once, and after it was closed and opened again. */

#include "fixture.h"

#include <math.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "store/bf-store-private.h"

static BfStoreObservation
observation (const char *asset, const char *property, double value, gint64 observed_us)
{
  return (BfStoreObservation){ asset, property, value, observed_us, observed_us + G_USEC_PER_SEC, 7, "parking-rennes" };
}

static void
add (BfStore *store, const char *asset, const char *property, double value, gint64 observed_us)
{
  BfStoreObservation row = observation (asset, property, value, observed_us);

  g_assert_true (bf_store_add_observations (store, &row, 1));
}

static void
assert_alerts_equal (const BfAlert *a, const BfAlert *b)
{
  g_assert_cmpint (a->id, ==, b->id);
  g_assert_cmpstr (a->rule_id, ==, b->rule_id);
  g_assert_cmpstr (a->asset_id, ==, b->asset_id);
  g_assert_cmpint (a->priority, ==, b->priority);
  g_assert_cmpint (a->state, ==, b->state);
  g_assert_cmpstr (a->title.text, ==, b->title.text);
  g_assert_cmpstr (a->title.fr, ==, b->title.fr);
  g_assert_cmpstr (a->why, ==, b->why);
  g_assert_cmpstr (a->values_json, ==, b->values_json);
  g_assert_cmpint (a->raised_us, ==, b->raised_us);
  g_assert_cmpint (a->cleared_us, ==, b->cleared_us);
  g_assert_cmpint (a->acknowledged_us, ==, b->acknowledged_us);
  g_assert_cmpint (a->acknowledged_until_us, ==, b->acknowledged_until_us);
  g_assert_cmpstr (a->acknowledged_by, ==, b->acknowledged_by);
  g_assert_cmpstr (a->comment, ==, b->comment);
  g_assert_cmpint (a->last_event_id, ==, b->last_event_id);
}

/* Raised, acknowledged, a second one raised and over: history and open alerts, before and after a restart. */
static void
test_alerts (Fixture *fixture, gconstpointer data)
{
  BfAlert first, second;
  BfAlertEvent event;
  Told told = { 0 };

  make_alert (&first, &event, bf_store_new_alert_id (fixture->store), bf_store_new_event_id (fixture->store));
  bf_store_put_alert (fixture->store, &first, &event, told_cb, &told);
  first.state = BF_ALERT_ACKNOWLEDGED;
  first.acknowledged_us = T0 + 5;
  first.acknowledged_until_us = T0 + HOUR_US;
  first.acknowledged_by = (char *) "Zoé Lefèvre";
  first.comment = (char *) "J'y vais; 'citation' et \"guillemets\"\n2e ligne";
  first.last_event_id = bf_store_new_event_id (fixture->store);
  event = (BfAlertEvent){ .id = first.last_event_id, .alert_id = 1, .at_us = T0 + 5, .input = BF_ALERT_INPUT_ACKNOWLEDGE,
                          .from = BF_ALERT_UNACKNOWLEDGED, .to = BF_ALERT_ACKNOWLEDGED, .actor = first.acknowledged_by,
                          .comment = first.comment };
  bf_store_put_alert (fixture->store, &first, &event, told_cb, &told);
  make_alert (&second, &event, bf_store_new_alert_id (fixture->store), bf_store_new_event_id (fixture->store));
  second.asset_id = (char *) "parking/3";
  second.state = BF_ALERT_NORMAL;
  second.priority = BF_PRIORITY_LOW;
  second.cleared_us = T0 + 9;
  second.why = NULL;
  bf_store_put_alert (fixture->store, &second, &event, told_cb, &told);
  wait_told (&told, 3);
  g_assert_cmpuint (told.n_failed, ==, 0);

  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (GPtrArray) open = bf_store_load_open_alerts (fixture->store, NULL);
      g_autoptr (GPtrArray) all = query_alerts (fixture->store, T0, T0 + HOUR_US, NULL, 100);
      g_autoptr (GPtrArray) of_asset = query_alerts (fixture->store, T0, T0 + HOUR_US, "water/412", 100);
      g_autoptr (GPtrArray) newest = query_alerts (fixture->store, T0, T0 + HOUR_US, NULL, 1);
      g_autoptr (GPtrArray) none = query_alerts (fixture->store, T0 - HOUR_US, T0, NULL, 100);
      g_autoptr (GPtrArray) events = query_events (fixture->store, 0, 0, 100);
      g_autoptr (GPtrArray) after = query_events (fixture->store, 1, 1, 100);
      const BfAlertEvent *acknowledged;

      g_assert_cmpuint (open->len, ==, 1);
      assert_alerts_equal (open->pdata[0], &first);
      g_assert_cmpuint (all->len, ==, 2);
      assert_alerts_equal (all->pdata[0], &second);
      assert_alerts_equal (all->pdata[1], &first);
      g_assert_cmpuint (of_asset->len, ==, 1);
      assert_alerts_equal (of_asset->pdata[0], &first);
      g_assert_cmpuint (newest->len, ==, 1);
      assert_alerts_equal (newest->pdata[0], &second);
      g_assert_cmpuint (none->len, ==, 0);
      g_assert_cmpuint (events->len, ==, 3);
      g_assert_cmpuint (after->len, ==, 1);
      acknowledged = after->pdata[0];
      g_assert_cmpint (acknowledged->id, ==, 2);
      g_assert_cmpint (acknowledged->alert_id, ==, 1);
      g_assert_cmpint (acknowledged->at_us, ==, T0 + 5);
      g_assert_cmpint (acknowledged->input, ==, BF_ALERT_INPUT_ACKNOWLEDGE);
      g_assert_cmpint (acknowledged->from, ==, BF_ALERT_UNACKNOWLEDGED);
      g_assert_cmpint (acknowledged->to, ==, BF_ALERT_ACKNOWLEDGED);
      g_assert_cmpstr (acknowledged->actor, ==, "Zoé Lefèvre");
      g_assert_cmpstr (acknowledged->comment, ==, first.comment);
      fixture_reopen (fixture);
    }
  g_assert_cmpint (bf_store_last_event_id (fixture->store), ==, 3);
  g_assert_cmpint (bf_store_new_event_id (fixture->store), ==, 4);
  g_assert_cmpint (bf_store_new_alert_id (fixture->store), ==, 3);
  g_assert_cmpint (bf_store_epoch (fixture->store), ==, 3);
}

/* One write that the database refuses does not take the others of its group with it. */
static void
test_refused_alone (Fixture *fixture, gconstpointer data)
{
  Told good = { 0 }, bad = { 0 };
  g_autoptr (GPtrArray) events = NULL;

  fixture_expect_warnings ();
  put_and_wait (fixture->store, 1, 1);
  for (gint64 id = 2; id <= 20; id++)
    {
      BfAlert alert;
      BfAlertEvent event;

      make_alert (&alert, &event, id, id == 10 ? 1 : id);
      bf_store_put_alert (fixture->store, &alert, &event, told_cb, id == 10 ? &bad : &good);
    }
  g_clear_pointer (&fixture->store, bf_store_close);
  g_assert_cmpuint (good.n_done, ==, 18);
  g_assert_cmpuint (good.n_failed, ==, 0);
  g_assert_cmpuint (bad.n_done, ==, 1);
  g_assert_cmpuint (bad.n_failed, ==, 1);
  g_assert_nonnull (strstr (bad.message, "writing an event: UNIQUE"));
  g_free (bad.message);
  fixture_reopen (fixture);
  events = query_events (fixture->store, 0, 0, 100);
  g_assert_cmpuint (events->len, ==, 19);
}

static void
latest_cb (gpointer user_data, const BfStoreObservation *row)
{
  g_string_append_printf (user_data, "%s %s %g %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %u %s\n", row->asset_id, row->property,
                          row->value, (row->observed_us - T0) / MINUTE_US, (row->result_us - row->observed_us) / G_USEC_PER_SEC,
                          row->record, row->feed);
}

/* The newest phenomenon time wins, in one batch and over batches and restarts; at the same time the newest result. */
static void
test_latest (Fixture *fixture, gconstpointer data)
{
  for (guint round = 0; round < 2; round++)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      add (fixture->store, "parking/1", "free_spaces", 10, T0);
      add (fixture->store, "parking/1", "free_spaces", 30, T0 + 2 * MINUTE_US);
      add (fixture->store, "parking/1", "free_spaces", 20, T0 + MINUTE_US);
      add (fixture->store, "parking/2", "free_spaces", 5, T0 + MINUTE_US);
      wait_written (fixture->store, 4);
      add (fixture->store, "parking/1", "free_spaces", 25, T0 + MINUTE_US);
      add (fixture->store, "parking/2", "free_spaces", 6, T0 + MINUTE_US);
      wait_written (fixture->store, 6);
      g_assert_true (bf_store_load_latest (fixture->store, latest_cb, text, NULL));
      g_assert_cmpstr (text->str, ==,
                       "parking/1 free_spaces 30 2 1 7 parking-rennes\n"
                       "parking/2 free_spaces 6 1 1 7 parking-rennes\n");
      fixture_reopen (fixture);
    }
}

/* More rows than one statement and one hour hold, out of order, one time twice: all of them, in order, the last one given. */
static void
test_series (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) all = NULL, part = NULL, none = NULL, unknown = NULL;
  BfStoreObservation rows[1000];

  for (guint i = 0; i < 1000; i++)
    {
      guint at = (i * 7) % 1000; /* every number once, out of order */

      rows[i] = observation (i % 2 == 0 ? "water/1" : "water/2", "pressure", at, T0 + at * MINUTE_US);
    }
  g_assert_true (bf_store_add_observations (fixture->store, rows, 1000));
  add (fixture->store, "water/1", "pressure", -5, rows[0].observed_us);
  wait_written (fixture->store, 1001);

  all = query_series (fixture->store, "water/1", "pressure", T0, T0 + 1000 * MINUTE_US, 5000, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (all->len, ==, 500);
  for (guint i = 0; i < all->len; i++)
    {
      const BfSeriesPoint *point = &g_array_index (all, BfSeriesPoint, i);

      g_assert_cmpint (point->observed_us, ==, T0 + 2 * i * MINUTE_US);
      g_assert_cmpfloat (point->value, ==, i == 0 ? -5.0 : 2.0 * i);
    }
  part = query_series (fixture->store, "water/1", "pressure", T0 + 100 * MINUTE_US, T0 + 110 * MINUTE_US, 5000, &error);
  g_assert_cmpuint (part->len, ==, 6); /* both ends are in */
  none = query_series (fixture->store, "water/1", "pressure", T0 + 10, T0 + 9, 5000, &error);
  g_assert_cmpuint (none->len, ==, 0);
  unknown = query_series (fixture->store, "water/3", "pressure", G_MININT64, G_MAXINT64, 5000, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (unknown->len, ==, 0);
}

static void
asset_cb (gpointer user_data, const BfStoreAsset *asset)
{
  g_string_append_printf (user_data, "%s|%s|%s|%s|%s|%s|%g|%g|%s\n", asset->id, asset->kind, asset->name,
                          asset->address != NULL ? asset->address : "-", asset->parent != NULL ? asset->parent : "-", asset->feed,
                          asset->lon, asset->lat, asset->attributes_json != NULL ? asset->attributes_json : "-");
  if (asset->shape != NULL)
    bf_shape_append_geojson (asset->shape, user_data);
}

static void
test_assets (Fixture *fixture, gconstpointer data)
{
  BfStoreAsset colombier = { "parking/1", "parking.off_street", "Colombier",       NULL, NULL, "rennes", -1.68, 48.1,
                             "{\"operator\":\"Citédia\"}" };
  BfStoreAsset nowhere = { "parking/2", "parking.off_street", "Sans lieu", "2 rue du Puits", "parking/1", "rennes", NAN, NAN, NULL };
  const BfPoint points[] = { { -1.69, 48.1 }, { -1.67, 48.1 } };
  const BfShapePart part = { 0, FALSE };
  const char *reason;
  g_autofree BfShape *line = bf_shape_new (BF_SHAPE_LINES, points, 2, &part, 1, &reason);
  g_autoptr (GString) text = g_string_new (NULL);

  bf_store_put_asset (fixture->store, &colombier);
  bf_store_put_asset (fixture->store, &nowhere);
  fixture_reopen (fixture);
  colombier.name = "Parking Colombier";
  colombier.shape = line;
  bf_store_put_asset (fixture->store, &colombier);
  fixture_reopen (fixture);
  g_assert_true (bf_store_load_assets (fixture->store, asset_cb, text, NULL));
  g_assert_cmpstr (text->str, ==,
                   "parking/1|parking.off_street|Parking Colombier|-|-|rennes|-1.68|48.1|{\"operator\":\"Citédia\"}\n"
                   "{\"type\":\"LineString\",\"coordinates\":[[-1.69,48.1],[-1.67,48.1]]}"
                   "parking/2|parking.off_street|Sans lieu|2 rue du Puits|parking/1|rennes|nan|nan|-\n");
}

static void
test_files_and_rules (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "alerts.db");
  g_autofree char *history = NULL;
  g_autofree char *states = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (bf_store_load_rule_states (fixture->store, &error));
  g_assert_no_error (error);
  bf_store_put_rule_states (fixture->store, "{\"a\":1}");
  bf_store_put_rule_states (fixture->store, "{\"a\":2}");
  bf_store_put_file (fixture->store, "city.conf", "Name=A", T0, "zoe");
  bf_store_put_file (fixture->store, "city.conf", "Name=A", T0 + 1, "zoe");
  bf_store_put_file (fixture->store, "city.conf", "Name=B", T0 + 2, "ali");
  bf_store_put_file (fixture->store, "gone.rules", NULL, T0 + 2, "ali");
  bf_store_put_file (fixture->store, "city.conf", NULL, T0 + 3, "ali");
  bf_store_put_file (fixture->store, "city.conf", "Name=B", T0 + 4, "ali");
  fixture_reopen (fixture);
  bf_store_put_file (fixture->store, "city.conf", "Name=B", T0 + 5, "ali");
  fixture_reopen (fixture);
  states = bf_store_load_rule_states (fixture->store, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (states, ==, "{\"a\":2}");
  history = sql_text (path, "SELECT group_concat(path || ' ' || (at_us - 1750000000000000) || ' ' || actor || ' ' ||"
                            " coalesce(text, '-'), ', ') FROM (SELECT * FROM city_file ORDER BY id)");
  g_assert_cmpstr (history, ==, "city.conf 0 zoe Name=A, city.conf 2 ali Name=B, city.conf 3 ali -, city.conf 4 ali Name=B");
}

static void
file_cb (gpointer user_data, const BfStoreChange *change)
{
  g_string_append_printf (user_data, "%s|%s|%s\n", change->path, change->actor, change->text != NULL ? change->text : "-");
}

static void
changes_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* "3 ali why {} new<old; …" */
static char *
changes (BfStore *store, const char *prefix, gint64 id, guint max)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) found = NULL;
  g_autoptr (GError) error = NULL;
  GString *text = g_string_new (NULL);

  bf_store_query_changes_async (store, prefix, id, max, NULL, changes_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  found = bf_store_query_changes_finish (store, result, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < found->len; i++)
    {
      const BfStoreChange *change = g_ptr_array_index (found, i);

      g_string_append_printf (text, "%" G_GINT64_FORMAT " %s %s %s %s<%s; ", change->id, change->actor, change->reason, change->figures_json,
                              change->text, change->before);
    }
  return g_string_free (text, FALSE);
}

/* A person's change is kept also when the text is as before, with its reason; an edit by hand only when it differs. */
static void
test_changes (Fixture *fixture, gconstpointer data)
{
  BfStoreChange change = { 0, T0, (char *) "rules.d/a.rules", (char *) "zoe", (char *) "too many", (char *) "{\"alerts\":3}", (char *) "one", NULL };
  g_autoptr (GString) files = g_string_new (NULL);
  g_autofree char *all = NULL;
  g_autofree char *one = NULL;
  g_autofree char *newest = NULL;
  g_autofree char *none = NULL;
  Told told = { 0 };

  bf_store_put_change (fixture->store, &change, told_cb, &told);
  bf_store_put_file (fixture->store, "rules.d/a.rules", "one", T0 + 1, "ali");
  bf_store_put_file (fixture->store, "rules.d/a.rules", "two", T0 + 2, "ali");
  bf_store_put_change (fixture->store, &(BfStoreChange){ 0, T0 + 3, change.path, change.actor, (char *) "as it was", NULL, (char *) "two", NULL },
                       told_cb, &told);
  bf_store_put_file (fixture->store, "feeds.d/b.feed", "x", T0 + 4, "engine");
  bf_store_put_file (fixture->store, "rules.d/b.rules", "x", T0 + 4, "ali");
  bf_store_put_file (fixture->store, "rules.d/b.rules", NULL, T0 + 5, "ali");
  wait_told (&told, 2);
  g_assert_cmpuint (told.n_failed, ==, 0);
  fixture_reopen (fixture);
  all = changes (fixture->store, "rules.d/a", 0, 10);
  g_assert_cmpstr (all, ==, "3 zoe as it was (null) two<two; 2 ali (null) (null) two<one; 1 zoe too many {\"alerts\":3} one<(null); ");
  one = changes (fixture->store, "rules.d/", 2, 10);
  g_assert_cmpstr (one, ==, "2 ali (null) (null) two<one; ");
  newest = changes (fixture->store, "rules.d/", 0, 1);
  g_assert_cmpstr (newest, ==, "6 ali (null) (null) (null)<x; ");
  none = changes (fixture->store, "rules.d/", 99, 1);
  g_assert_cmpstr (none, ==, "");
  g_assert_true (bf_store_load_files (fixture->store, "rules.d/", file_cb, files, NULL));
  g_assert_cmpstr (files->str, ==, "rules.d/a.rules|zoe|two\nrules.d/b.rules|ali|-\n");
}

static void
pause_cb (gpointer user_data, const BfStorePause *pause)
{
  g_string_append_printf (user_data, "%s|%s|%s|%" G_GINT64_FORMAT "\n", pause->feed, pause->actor, pause->reason, pause->at_us - T0);
}

static void
put_pause (BfStore *store, const char *feed, const char *actor, const char *reason, gint64 at_us)
{
  Told told = { 0 };

  bf_store_put_pause (store, &(BfStorePause){ feed, actor, reason, at_us }, told_cb, &told);
  wait_told (&told, 1);
  g_assert_cmpuint (told.n_failed, ==, 0);
}

/* The newest word on each feed counts, over restarts; its history is kept; running what runs leaves no trace. */
static void
test_pauses (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "alerts.db");
  g_autoptr (GString) text = g_string_new (NULL);

  put_pause (fixture->store, "rennes", "zoe", NULL, T0);
  put_pause (fixture->store, "rennes", "zoe", "travaux", T0 + 1);
  put_pause (fixture->store, "nantes", "ali", "essai", T0 + 2);
  put_pause (fixture->store, "rennes", "ali", "encore", T0 + 3);
  put_pause (fixture->store, "nantes", "zoe", NULL, T0 + 4);
  put_pause (fixture->store, "nantes", "zoe", NULL, T0 + 5);
  fixture_reopen (fixture);
  g_assert_true (bf_store_load_pauses (fixture->store, pause_cb, text, NULL));
  g_assert_cmpstr (text->str, ==, "rennes|ali|encore|3\n");
  g_assert_cmpint (sql_int64 (path, "SELECT count(*) FROM feed_pause"), ==, 4);
}

/* Bad values, too old ones and a full queue: counted each, and the rest is written. */
static void
test_counts (Fixture *fixture, gconstpointer data)
{
  BfStoreHealth health = { 0 };
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *huge = g_strnfill (5000, 'x');
  g_autoptr (GArray) points = NULL;
  BfStoreObservation rows[] = {
    observation ("a/1", "p", NAN, T0),       observation ("a/1", "p", INFINITY, T0), observation (NULL, "p", 1, T0),
    observation (huge, "p", 1, T0),          observation ("a/1", "p", 1, T0),        observation ("a/1", "p", 1, -HOUR_US),
    observation ("a/old", "p", 4, T0 - 40 * 24 * HOUR_US),
    observation ("a/1", "p", 1, G_MAXINT64 - 2 * HOUR_US),
  };

  rows[6].result_us = T0; /* older than what is kept */
  rows[5].result_us = T0;
  g_assert_true (bf_store_add_observations (fixture->store, rows, G_N_ELEMENTS (rows)));
  wait_written (fixture->store, 3);
  bf_store_health (fixture->store, &health);
  g_assert_cmpuint (health.refused_invalid, ==, 5);
  g_assert_cmpuint (health.outside_keep, ==, 2);
  g_assert_cmpuint (health.refused_full, ==, 0);
  g_assert_cmpuint (health.written, ==, 3);
  g_assert_null (health.error);
  g_assert_cmpint (health.last_commit_us, >, 0);
  g_assert_true (bf_store_load_latest (fixture->store, latest_cb, text, NULL));
  g_assert_nonnull (strstr (text->str, "a/old p 4 "));
  points = query_series (fixture->store, "a/old", "p", 0, T0, 100, NULL);
  g_assert_cmpuint (points->len, ==, 0);
}

/* With observations.db held by somebody else: the queue fills to its bound, alerts go on, all that was taken is written. */
static void
test_queue_full (Fixture *fixture, gconstpointer data)
{
  enum { BATCH = 100000, BATCHES = 11 };
  g_autofree char *path = fixture_path (fixture, "observations.db");
  g_autofree BfStoreObservation *rows = g_new (BfStoreObservation, BATCH);
  BfStoreHealth health = { 0 };
  sqlite3 *other = NULL;

  fixture_expect_warnings ();
  for (guint i = 0; i < BATCH; i++)
    rows[i] = observation ("a/1", "p", i, T0 + i);
  g_assert_cmpint (sqlite3_open (path, &other), ==, SQLITE_OK);
  sqlite3_busy_timeout (other, 5000); /* the writer may just be at work */
  g_assert_cmpint (sqlite3_exec (other, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  for (guint i = 0; i < BATCHES; i++)
    g_assert_cmpint (bf_store_add_observations (fixture->store, rows, BATCH), ==, i < 10);
  bf_store_health (fixture->store, &health);
  g_assert_cmpuint (health.refused_full, ==, BATCH);
  g_assert_cmpuint (health.written, ==, 0);
  bf_store_health_clear (&health);
  put_and_wait (fixture->store, 1, 1);
  g_assert_cmpint (sqlite3_exec (other, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (other);
  wait_written (fixture->store, 10 * BATCH);
  bf_store_health (fixture->store, &health);
  g_assert_cmpuint (health.failed, ==, 0);
  g_assert_cmpuint (health.written, ==, 10 * BATCH);
  g_assert_null (health.error);
}

/* What cannot be written until the patience of close ends is given up: counted, and `done` is told why. */
static void
test_give_up (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "alerts.db", "observations.db" };
  sqlite3 *others[2] = { NULL, NULL };
  BfAlert alert;
  BfAlertEvent event;
  Told told = { 0 };

  fixture_expect_warnings ();
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *path = fixture_path (fixture, names[i]);

      g_assert_cmpint (sqlite3_open (path, &others[i]), ==, SQLITE_OK);
      sqlite3_busy_timeout (others[i], 5000); /* the writer may just be at work */
      g_assert_cmpint (sqlite3_exec (others[i], "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
    }
  make_alert (&alert, &event, 1, 1);
  bf_store_put_alert (fixture->store, &alert, &event, told_cb, &told);
  add (fixture->store, "a/1", "p", 1, T0);
  fixture->store->close_patience_us = G_USEC_PER_SEC / 4;
  g_clear_pointer (&fixture->store, bf_store_close);
  g_assert_cmpuint (told.n_done, ==, 1);
  g_assert_cmpuint (told.n_failed, ==, 1);
  g_assert_nonnull (strstr (told.message, "database is locked"));
  g_free (told.message);
  for (guint i = 0; i < 2; i++)
    sqlite3_close (others[i]);
  fixture_reopen (fixture);
  put_and_wait (fixture->store, 1, 1);
}

/* Hours are dropped whole, the oldest first, and the latest values stay. */
static void
test_retention (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "observations.db");
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) points = NULL;

  add (fixture->store, "a/old", "p", 1, T0);
  for (guint i = 0; i < 30; i++)
    add (fixture->store, "a/1", "p", i, T0 + i * HOUR_US);
  bf_store_set_keep_hours (fixture->store, 24);
  fixture_reopen (fixture); /* without keep_hours: what is dropped was dropped before */
  bf_store_set_keep_hours (fixture->store, 24);
  add (fixture->store, "a/1", "p", 30, T0 + 30 * HOUR_US);
  fixture_reopen (fixture);
  bf_store_set_keep_hours (fixture->store, 24);
  add (fixture->store, "a/1", "p", 31, T0 + 31 * HOUR_US);
  wait_written (fixture->store, 1);
  /* The drop follows the commit that made the hour; the next commit follows the drop. */
  add (fixture->store, "a/1", "p", 32, T0 + 31 * HOUR_US + 1);
  wait_written (fixture->store, 2);
  g_assert_cmpint (sql_int64 (path, "SELECT count(*) FROM journal_hour"), ==, 24);
  g_assert_cmpint (sql_int64 (path, "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'journal_2*'"), ==, 24);
  points = query_series (fixture->store, "a/1", "p", 0, T0 + 100 * HOUR_US, 1000, NULL);
  g_assert_cmpuint (points->len, ==, 25);
  g_assert_cmpfloat (g_array_index (points, BfSeriesPoint, 0).value, ==, 8);
  g_assert_true (bf_store_load_latest (fixture->store, latest_cb, text, NULL));
  g_assert_nonnull (strstr (text->str, "a/old p 1 0 "));
}

/* Readers while the writer writes: each query sees whole batches, never fewer than the one before. */
static void
test_concurrent (Fixture *fixture, gconstpointer data)
{
  enum { BATCH = 500, BATCHES = 100 };
  g_autofree BfStoreObservation *rows = g_new (BfStoreObservation, BATCH);
  guint last = 0, queries = 0;

  for (guint batch = 0; batch < BATCHES; batch++)
    {
      for (guint i = 0; i < BATCH; i++)
        rows[i] = observation ("a/1", "p", i, T0 + (batch * BATCH + i) * G_USEC_PER_SEC / 10);
      g_assert_true (bf_store_add_observations (fixture->store, rows, BATCH));
      if (batch % 5 == 0)
        {
          g_autoptr (GArray) points = query_series (fixture->store, "a/1", "p", 0, G_MAXINT64, BATCH * BATCHES, NULL);

          g_assert_cmpuint (points->len % BATCH, ==, 0);
          g_assert_cmpuint (points->len, >=, last);
          last = points->len;
          queries++;
        }
    }
  wait_written (fixture->store, BATCH * BATCHES);
  g_assert_cmpuint (queries, ==, 20);
}

static void
cancelled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) points = bf_store_query_series_finish (NULL, result, &error);

  g_assert_null (points);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  (*(guint *) user_data)++;
}

/* Cancelled while it waits or runs, and by close: the callback still comes, with G_IO_ERROR_CANCELLED. */
static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  BfStoreObservation *rows = g_new (BfStoreObservation, 200000);
  guint n_cancelled = 0;

  for (guint i = 0; i < 200000; i++)
    rows[i] = observation ("a/1", "p", i, T0 + i);
  g_assert_true (bf_store_add_observations (fixture->store, rows, 200000));
  g_free (rows);
  wait_written (fixture->store, 200000);
  for (guint i = 0; i < 20; i++)
    bf_store_query_series_async (fixture->store, "a/1", "p", 0, G_MAXINT64, 100, cancellable, cancelled_cb, &n_cancelled);
  g_cancellable_cancel (cancellable);
  while (n_cancelled < 20)
    g_main_context_iteration (NULL, TRUE);
  bf_store_query_series_async (fixture->store, "a/1", "p", 0, G_MAXINT64, 100, cancellable, cancelled_cb, &n_cancelled);
  g_clear_pointer (&fixture->store, bf_store_close);
  while (n_cancelled < 21)
    g_main_context_iteration (NULL, TRUE);
}

#define ADD(name, test) g_test_add ("/store/" name, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("alerts", test_alerts);
  ADD ("refused-alone", test_refused_alone);
  ADD ("latest", test_latest);
  ADD ("series", test_series);
  ADD ("assets", test_assets);
  ADD ("files-and-rules", test_files_and_rules);
  ADD ("changes", test_changes);
  ADD ("pauses", test_pauses);
  ADD ("counts", test_counts);
  ADD ("queue-full", test_queue_full);
  ADD ("give-up", test_give_up);
  ADD ("retention", test_retention);
  ADD ("concurrent", test_concurrent);
  ADD ("cancel", test_cancel);
  return g_test_run ();
}
