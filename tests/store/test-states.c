/* SPDX-License-Identifier: EUPL-1.2 */
/* States are kept by ids of the store's own: what was written under one order of the manifest's list reads right under another,
 * and what the list no longer has reads as unknown and is said, never as another state. */

#include "fixture.h"

#include <math.h>

#include "base/bf-error.h"

static const char *const first[] = { "open", "closed", "full", NULL };
static const char *const reordered[] = { "full", "works", "open", "closed", NULL };
static const char *const shorter[] = { "closed", "works", NULL };

static guint
set_states (BfStore *store, const char *const *values)
{
  return bf_store_set_states (store, "parking", "state", values);
}

/* Each state of @first in turn, a minute apart; the last one is "full". */
static void
write_first (BfStore *store, guint states)
{
  for (guint i = 0; i < 3; i++)
    {
      BfStoreObservation row = { "parking/1", "state", i, T0 + i * MINUTE_US, T0 + i * MINUTE_US, 7, "rennes", states, NULL };

      g_assert_true (bf_store_add_observations (store, &row, 1));
    }
  wait_written (store, 3);
}

static void
latest_cb (gpointer user_data, const BfStoreObservation *row)
{
  g_string_append_printf (user_data, "%s %s %g %s\n", row->asset_id, row->property, row->value,
                          row->gone_state != NULL ? row->gone_state : "-");
}

static void
assert_latest (BfStore *store, const char *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_assert_true (bf_store_load_latest (store, latest_cb, text, NULL));
  g_assert_cmpstr (text->str, ==, expected);
}

/* NAN in @expected: unknown. */
static void
assert_points (BfStore *store, const double *expected, guint n, guint max)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) points = query_series (store, "parking/1", "state", T0, T0 + HOUR_US, max, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (points->len, ==, n);
  for (guint i = 0; i < n; i++)
    {
      double value = g_array_index (points, BfSeriesPoint, i).value;

      g_assert_true (isnan (expected[i]) ? isnan (value) : value == expected[i]);
    }
}

static void
test_order (Fixture *fixture, gconstpointer data)
{
  BfStoreObservation works = { "parking/1", "state", 1, T0 + 3 * MINUTE_US, T0 + 3 * MINUTE_US, 7, "rennes", 0, NULL };
  BfStoreObservation free_spaces = { "parking/1", "free_spaces", 2, T0, T0, 7, "rennes", 0, NULL };

  write_first (fixture->store, set_states (fixture->store, first));
  g_assert_true (bf_store_add_observations (fixture->store, &free_spaces, 1));
  fixture_reopen (fixture);
  works.states = set_states (fixture->store, reordered);
  assert_latest (fixture->store, "parking/1 state 0 -\nparking/1 free_spaces 2 -\n");
  assert_points (fixture->store, (const double[]){ 2, 3, 0 }, 3, 100);
  g_assert_true (bf_store_add_observations (fixture->store, &works, 1));
  fixture_reopen (fixture);
  set_states (fixture->store, first);
  assert_latest (fixture->store, "parking/1 state nan works\nparking/1 free_spaces 2 -\n");
  assert_points (fixture->store, (const double[]){ 0, 1, 2, NAN }, 4, 100);
}

static void
test_removed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "observations.db");
  g_autofree char *kept = NULL;

  write_first (fixture->store, set_states (fixture->store, first));
  fixture_reopen (fixture);
  set_states (fixture->store, shorter);
  assert_latest (fixture->store, "parking/1 state nan full\n");
  assert_points (fixture->store, (const double[]){ NAN, 0, NAN }, 3, 100);
  /* In fewer points than there are, what is unknown is not bridged. */
  assert_points (fixture->store, (const double[]){ 0, NAN }, 2, 2);
  fixture_reopen (fixture);
  set_states (fixture->store, first);
  assert_latest (fixture->store, "parking/1 state 2 -\n");
  fixture_reopen (fixture);
  kept = sql_text (path, "SELECT group_concat(id || value) FROM (SELECT * FROM state_value ORDER BY id)");
  g_assert_cmpstr (kept, ==, "0open,1closed,2full,3works");
}

/* A file of version 1, which kept the index: the first order that the store is told is what it meant. */
static void
test_migration (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "observations.db");
  g_autofree char *backup = g_strconcat (path, ".v1.backup", NULL);

  write_first (fixture->store, 0);
  g_clear_pointer (&fixture->store, bf_store_close);
  sql_exec (path, "DROP TABLE state_value; ALTER TABLE asset DROP COLUMN shape; DELETE FROM schema_version WHERE version > 1");
  fixture_reopen (fixture);
  g_assert_true (g_file_test (backup, G_FILE_TEST_EXISTS));
  set_states (fixture->store, first);
  assert_latest (fixture->store, "parking/1 state 2 -\n");
  /* Before any row is written: the order of that day is on disk. */
  fixture_reopen (fixture);
  set_states (fixture->store, reordered);
  assert_latest (fixture->store, "parking/1 state 0 -\n");
  assert_points (fixture->store, (const double[]){ 2, 3, 0 }, 3, 100);
}

/* What is no state is not stored, and is counted; a number that never was one reads as unknown. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  guint states = set_states (fixture->store, first);
  static const double bad[] = { 3, -1, 0.5, NAN };
  BfStoreHealth health;
  BfStoreObservation row = { "parking/1", "state", 9, T0, T0, 7, "rennes", 0, NULL };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      BfStoreObservation wrong = { "parking/1", "state", bad[i], T0, T0, 7, "rennes", states, NULL };

      g_assert_true (bf_store_add_observations (fixture->store, &wrong, 1));
    }
  bf_store_health (fixture->store, &health);
  g_assert_cmpuint (health.refused_invalid, ==, 4);
  bf_store_health_clear (&health);
  g_assert_true (bf_store_add_observations (fixture->store, &row, 1));
  wait_written (fixture->store, 1);
  assert_latest (fixture->store, "parking/1 state nan ?\n");
}

/* A dictionary that is not numbered from 0 is damage, and nothing is read by it. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "observations.db");
  g_autoptr (GError) error = NULL;

  write_first (fixture->store, set_states (fixture->store, first));
  g_clear_pointer (&fixture->store, bf_store_close);
  sql_exec (path, "DELETE FROM state_value WHERE id = 0");
  g_assert_null (bf_store_open (fixture->dir, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "parking/state"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, function) g_test_add ("/store/states/" name, Fixture, NULL, fixture_set_up, function, fixture_tear_down)
  ADD ("order", test_order);
  ADD ("removed", test_removed);
  ADD ("migration", test_migration);
  ADD ("refused", test_refused);
  ADD ("damaged", test_damaged);
  return g_test_run ();
}
