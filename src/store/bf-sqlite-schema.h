/* SPDX-License-Identifier: EUPL-1.2 */
/* Versioned migrations of one SQLite file; private to the store. */
#pragma once

#include <sqlite3.h>

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  gint64 version; /* 1, 2, … without a gap */
  const char *name;
  const char *sql;
} BfMigration;

GArray *bf_sqlite_migrations_load (const char *database, GError **error);
gboolean bf_sqlite_migrate (sqlite3 *db, const char *path, const BfMigration *migrations, guint n_migrations, gint64 now_us,
                            GError **error);
gboolean bf_sqlite_schema_version (sqlite3 *db, const char *path, gint64 *ret_version, GError **error);

G_END_DECLS
