/* SPDX-License-Identifier: EUPL-1.2 */
/* The store's files: migrations from every version, newer and damaged files, a second engine, an unclean end. */

#include "fixture.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "store/bf-sqlite-private.h"
#include "store/bf-sqlite-schema.h"

/* A history of a schema: what a migration gives depends on the one before. */
static const BfMigration history[] = {
  { 1, "0001-first.sql", "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL);" },
  { 2, "0002-length.sql", "ALTER TABLE thing ADD COLUMN length BIGINT; UPDATE thing SET length = length (name);" },
  { 3, "0003-index.sql", "CREATE UNIQUE INDEX thing_name ON thing (name); INSERT INTO thing (id, name, length) VALUES (99, 'new', 3);" },
};

static const BfMigration broken[] = {
  { 1, "0001-first.sql", "CREATE TABLE thing (id INTEGER PRIMARY KEY, name TEXT NOT NULL);" },
  { 2, "0002-broken.sql", "INSERT INTO thing (id, name) VALUES (7, 'half'); CREATE TABLE thing (id INTEGER);" },
};

static void
assert_migrate (const char *path, const BfMigration *migrations, guint n_migrations)
{
  g_autoptr (GError) error = NULL;
  sqlite3 *db = bf_sqlite_open_file (path, FALSE, &error);

  g_assert_no_error (error);
  g_assert_true (bf_sqlite_migrate (db, path, migrations, n_migrations, T0, &error));
  g_assert_no_error (error);
  sqlite3_close (db);
}

/* From each version, with a row put in at that version: the same schema, the row carried over, a backup of what was there. */
static void
test_migrate_from_each (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bf-store-XXXXXX", NULL);
  g_autofree char *schema_of_new = NULL;

  for (guint from = 0; from <= G_N_ELEMENTS (history); from++)
    {
      g_autofree char *path = g_strdup_printf ("%s/from-%u.db", dir, from);
      g_autofree char *backup = g_strdup_printf ("%s.v%u.backup", path, from);
      g_autofree char *schema = NULL;

      assert_migrate (path, history, from);
      if (from > 0)
        sql_exec (path, "INSERT INTO thing (id, name) VALUES (1, 'lamp')");
      assert_migrate (path, history, G_N_ELEMENTS (history));
      g_assert_cmpint (sql_int64 (path, "SELECT max(version) FROM schema_version"), ==, 3);
      g_assert_cmpint (sql_int64 (path, "SELECT count(*) FROM schema_version"), ==, 3);
      g_assert_cmpint (sql_int64 (path, "SELECT count(*) FROM thing WHERE id = 99"), ==, 1);
      if (from == 1)
        g_assert_cmpint (sql_int64 (path, "SELECT length FROM thing WHERE name = 'lamp'"), ==, 4);
      schema = sql_text (path, "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema ORDER BY name)");
      if (schema_of_new == NULL)
        schema_of_new = g_strdup (schema);
      g_assert_cmpstr (schema, ==, schema_of_new);

      g_assert_cmpint (g_file_test (backup, G_FILE_TEST_EXISTS), ==, from > 0 && from < G_N_ELEMENTS (history));
      if (from > 0 && from < G_N_ELEMENTS (history))
        {
          g_assert_cmpint (sql_int64 (backup, "SELECT max(version) FROM schema_version"), ==, from);
          g_assert_cmpint (sql_int64 (backup, "SELECT count(*) FROM thing WHERE name = 'lamp'"), ==, 1);
        }
    }
  fixture_remove_dir (dir);
}

/* A migration that fails leaves the file at the version before it. */
static void
test_migrate_broken (void)
{
  g_autofree char *dir = g_dir_make_tmp ("bf-store-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (dir, "broken.db", NULL);
  g_autoptr (GError) error = NULL;
  sqlite3 *db = bf_sqlite_open_file (path, FALSE, NULL);

  g_assert_false (bf_sqlite_migrate (db, path, broken, G_N_ELEMENTS (broken), T0, &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_VALUE);
  g_assert_nonnull (strstr (error->message, "0002-broken.sql"));
  sqlite3_close (db);
  g_assert_cmpint (sql_int64 (path, "SELECT max(version) FROM schema_version"), ==, 1);
  g_assert_cmpint (sql_int64 (path, "SELECT count(*) FROM thing"), ==, 0);
  fixture_remove_dir (dir);
}

/* The compiled-in migrations, from nothing and from each earlier version, give what a new file has. */
static void
test_migrate_real (void)
{
  static const char *const databases[] = { "alerts", "observations" };

  for (guint i = 0; i < G_N_ELEMENTS (databases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GArray) migrations = bf_sqlite_migrations_load (databases[i], &error);
      g_autofree char *dir = g_dir_make_tmp ("bf-store-XXXXXX", NULL);
      g_autofree char *schema_of_new = NULL;

      g_assert_no_error (error);
      g_assert_cmpuint (migrations->len, >=, 1);
      for (guint from = 0; from <= migrations->len; from++)
        {
          g_autofree char *path = g_strdup_printf ("%s/from-%u.db", dir, from);
          g_autofree char *schema = NULL;

          assert_migrate (path, (const BfMigration *) migrations->data, from);
          assert_migrate (path, (const BfMigration *) migrations->data, migrations->len);
          schema = sql_text (path, "SELECT group_concat(coalesce(sql, name), ';') FROM (SELECT * FROM sqlite_schema ORDER BY name)");
          if (schema_of_new == NULL)
            schema_of_new = g_strdup (schema);
          g_assert_cmpstr (schema, ==, schema_of_new);
        }
      fixture_remove_dir (dir);
    }
}

static void
assert_open_fails (const char *dir, int code, const char *part)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (bf_store_open (dir, &error));
  g_assert_error (error, BF_ERROR, code);
  g_test_message ("%s", error->message);
  if (strstr (error->message, part) == NULL)
    g_error ("\"%s\" is not in: %s", part, error->message);
}

static void
test_newer (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = fixture_path (fixture, "observations.db");
  g_autofree char *before = NULL, *after = NULL;
  gsize length;

  g_clear_pointer (&fixture->store, bf_store_close);
  sql_exec (path, "INSERT INTO schema_version (version, name, applied_us) VALUES (900, 'later', 0)");
  g_assert_true (g_file_get_contents (path, &before, &length, NULL));
  assert_open_fails (fixture->dir, BF_ERROR_UNSUPPORTED, "observations.db: schema version 900, but this program knows versions up to");
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpmem (before, length, after, length); /* not touched */
}

static void
test_in_use (Fixture *fixture, gconstpointer data)
{
  g_autofree char *pid = g_strdup_printf ("in use by process %d", (int) getpid ());

  assert_open_fails (fixture->dir, BF_ERROR_STATE, pid);
}

/* Another engine raised the epoch: each file refuses, with a clear error, and nothing of ours is in it. */
static void
test_fenced (Fixture *fixture, gconstpointer data)
{
  g_autofree char *alerts = fixture_path (fixture, "alerts.db");
  g_autofree char *observations = fixture_path (fixture, "observations.db");
  BfStoreObservation row = { "a/1", "p", 1, T0, T0, 0, "f" };
  BfAlert alert;
  BfAlertEvent event;
  BfStoreHealth health = { 0 };
  Told told = { 0 };

  fixture_expect_warnings ();
  put_and_wait (fixture->store, 1, 1);
  sql_exec (alerts, "UPDATE engine SET epoch = epoch + 1");
  sql_exec (observations, "UPDATE engine SET epoch = epoch + 1");
  make_alert (&alert, &event, 2, 2);
  bf_store_put_alert (fixture->store, &alert, &event, told_cb, &told);
  wait_told (&told, 1);
  g_assert_cmpuint (told.n_failed, ==, 1);
  g_assert_nonnull (strstr (told.message, "another engine has taken the store (its epoch is 2, this engine's 1)"));
  g_free (told.message);
  g_assert_true (bf_store_add_observations (fixture->store, &row, 1));
  do
    {
      bf_store_health_clear (&health);
      bf_store_health (fixture->store, &health);
    }
  while (health.failed == 0);
  g_assert_cmpuint (health.failed_writes, ==, 1);
  g_assert_nonnull (health.error);
  bf_store_health_clear (&health);
  g_clear_pointer (&fixture->store, bf_store_close);
  g_assert_cmpint (sql_int64 (alerts, "SELECT count(*) FROM alert"), ==, 1);
  g_assert_cmpint (sql_int64 (observations, "SELECT count(*) FROM latest"), ==, 0);
  g_assert_cmpint (sql_int64 (observations, "SELECT clean FROM engine"), ==, 0);
}

static void
overwrite (const char *path, gsize from, gsize length)
{
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_assert_cmpuint (from + length, <=, size);
  memset (bytes + from, 0xa5, length);
  g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
}

/* Not a database at all; and one page in the middle overwritten, noticed because the last engine did not close. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *alerts = fixture_path (fixture, "alerts.db");
  g_autofree char *observations = fixture_path (fixture, "observations.db");
  g_autofree char *good = NULL;
  gint64 root_page;
  gsize length;

  for (gint64 id = 1; id <= 200; id++)
    put_and_wait (fixture->store, id, id);
  g_clear_pointer (&fixture->store, bf_store_close);
  g_assert_true (g_file_get_contents (alerts, &good, &length, NULL));

  overwrite (alerts, 0, 100);
  assert_open_fails (fixture->dir, BF_ERROR_VALUE, "alerts.db: ");
  g_assert_true (g_file_set_contents (alerts, good, (gssize) length, NULL));

  sql_exec (alerts, "UPDATE engine SET clean = 0");
  root_page = sql_int64 (alerts, "SELECT rootpage FROM sqlite_schema WHERE name = 'event'");
  overwrite (alerts, (gsize) (root_page - 1) * 4096, 4096);
  assert_open_fails (fixture->dir, BF_ERROR_VALUE, "the file is damaged");
  g_assert_true (g_file_set_contents (alerts, good, (gssize) length, NULL));

  overwrite (observations, 0, 4096);
  assert_open_fails (fixture->dir, BF_ERROR_VALUE, "observations.db: ");
}

#define ADD(name, test) g_test_add ("/store/" name, Fixture, NULL, fixture_set_up, test, fixture_tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/store/migrate/from-each", test_migrate_from_each);
  g_test_add_func ("/store/migrate/broken", test_migrate_broken);
  g_test_add_func ("/store/migrate/real", test_migrate_real);
  ADD ("newer", test_newer);
  ADD ("in-use", test_in_use);
  ADD ("fenced", test_fenced);
  ADD ("damaged", test_damaged);
  return g_test_run ();
}
