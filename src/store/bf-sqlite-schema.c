/* SPDX-License-Identifier: EUPL-1.2 */
/* Migrations: data/sql/DATABASE/NNNN-name.sql, compiled in, each run once and in order, each in a transaction of its own with
 * its row in schema_version. A file of a newer version is refused untouched. A file with data is copied to
 * FILE.vN.backup before the first change to it. Opener's thread. */

#include "store/bf-sqlite-schema.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "bf-sql.h"
#include "store/bf-sqlite-private.h"

#define RESOURCE_ROOT "/beffroi/sql"

static void
migration_clear (gpointer data)
{
  BfMigration *migration = data;

  g_free ((char *) migration->name);
  g_free ((char *) migration->sql);
}

static int
migration_compare (gconstpointer a, gconstpointer b)
{
  const BfMigration *x = a, *y = b;

  return (x->version > y->version) - (x->version < y->version);
}

/**
 * bf_sqlite_migrations_load:
 * @database: "alerts" or "observations"
 *
 * Returns: (transfer full) (element-type BfMigration): what is compiled in, by version
 */
GArray *
bf_sqlite_migrations_load (const char *database, GError **error)
{
  g_autofree char *folder = g_strdup_printf (RESOURCE_ROOT "/%s", database);
  g_auto (GStrv) names = g_resource_enumerate_children (bf_sql_get_resource (), folder, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  g_autoptr (GArray) migrations = g_array_new (FALSE, FALSE, sizeof (BfMigration));

  g_array_set_clear_func (migrations, migration_clear);
  for (guint i = 0; names != NULL && names[i] != NULL; i++)
    {
      g_autofree char *path = g_strdup_printf ("%s/%s", folder, names[i]);
      g_autoptr (GBytes) bytes = g_resource_lookup_data (bf_sql_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
      BfMigration migration;

      if (bytes == NULL)
        return NULL;
      migration.version = g_ascii_strtoll (names[i], NULL, 10);
      migration.name = g_strdup (names[i]);
      migration.sql = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
      g_array_append_val (migrations, migration);
    }
  if (names == NULL)
    return NULL;
  g_array_sort (migrations, migration_compare);
  for (guint i = 0; i < migrations->len; i++)
    g_assert (g_array_index (migrations, BfMigration, i).version == i + 1);
  return g_steal_pointer (&migrations);
}

/**
 * bf_sqlite_schema_version:
 * @ret_version: (out): 0 for a file without a schema
 */
gboolean
bf_sqlite_schema_version (sqlite3 *db, const char *path, gint64 *ret_version, GError **error)
{
  gint64 n_tables = 0;

  if (!bf_sqlite_get_int64 (db, path, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'",
                            &n_tables, error))
    return FALSE;
  if (n_tables == 0)
    {
      *ret_version = 0;
      return TRUE;
    }
  return bf_sqlite_get_int64 (db, path, "SELECT coalesce(max(version), 0) FROM schema_version", ret_version, error);
}

static gboolean
sync_path (const char *path, GError **error)
{
  int fd = g_open (path, O_RDONLY | O_CLOEXEC, 0);
  int result = fd < 0 ? -1 : fsync (fd);
  int saved_errno = errno;

  if (fd >= 0)
    close (fd);
  if (result == 0)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", path, g_strerror (saved_errno));
  return FALSE;
}

/* The copy has its name only when it is whole and on the disk. */
static gboolean
back_up (sqlite3 *db, const char *path, gint64 version, GError **error)
{
  g_autofree char *name = g_strdup_printf ("%s.v%" G_GINT64_FORMAT ".backup", path, version);
  g_autofree char *unfinished = g_strconcat (name, ".tmp", NULL);
  sqlite3 *copy;
  sqlite3_backup *backup;

  g_unlink (unfinished);
  copy = bf_sqlite_open_file (unfinished, FALSE, error);
  if (copy == NULL)
    return FALSE;
  backup = sqlite3_backup_init (copy, "main", db, "main");
  if (backup != NULL)
    sqlite3_backup_step (backup, -1);
  if (backup == NULL || sqlite3_backup_finish (backup) != SQLITE_OK)
    {
      bf_sqlite_fail (error, copy, unfinished, _ ("backup before a migration"));
      sqlite3_close (copy);
      g_unlink (unfinished);
      return FALSE;
    }
  sqlite3_close (copy);
  if (!sync_path (unfinished, error))
    return FALSE;
  if (g_rename (unfinished, name) != 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, "%s: %s", name, g_strerror (errno));
      return FALSE;
    }
  g_message ("%s: copied to %s before its migration", path, name);
  return TRUE;
}

static gboolean
run_one (sqlite3 *db, const char *path, const BfMigration *migration, gint64 now_us, GError **error)
{
  g_autofree char *note = g_strdup_printf ("INSERT INTO schema_version (version, name, applied_us) VALUES (%" G_GINT64_FORMAT
                                           ", '%s', %" G_GINT64_FORMAT ")",
                                           migration->version, migration->name, now_us);

  if (bf_sqlite_exec (db, path, "BEGIN IMMEDIATE", error)
      && bf_sqlite_exec (db, path,
                         "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
                         "applied_us BIGINT NOT NULL)",
                         error)
      && bf_sqlite_exec (db, path, migration->sql, error) && bf_sqlite_exec (db, path, note, error)
      && bf_sqlite_exec (db, path, "COMMIT", error))
    return TRUE;
  g_prefix_error (error, _ ("migration %s: "), migration->name);
  sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL);
  return FALSE;
}

/**
 * bf_sqlite_migrate:
 * @path: the file, for messages and for the name of the backup
 * @now_us: written into schema_version
 *
 * Errors: %BF_ERROR_UNSUPPORTED the file is newer than the newest of @migrations
 */
gboolean
bf_sqlite_migrate (sqlite3 *db, const char *path, const BfMigration *migrations, guint n_migrations, gint64 now_us, GError **error)
{
  gint64 version;

  if (!bf_sqlite_schema_version (db, path, &version, error))
    return FALSE;
  if (version > n_migrations)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED,
                   _ ("%s: schema version %" PRId64 ", but this program knows versions up to %u: use the program that "
                   "wrote it, or a newer one"),
                   path, version, n_migrations);
      return FALSE;
    }
  if (version > 0 && version < n_migrations && !back_up (db, path, version, error))
    return FALSE;
  for (guint i = (guint) version; i < n_migrations; i++)
    if (!run_one (db, path, &migrations[i], now_us, error))
      return FALSE;
  return TRUE;
}
