/* SPDX-License-Identifier: EUPL-1.2 */
/* What the files of the SQLite backend share. The two writer connections belong to the opener's thread during open and close
 * and to the writer's thread in between; readers are taken from and given back to a pool. */
#pragma once

#include <sqlite3.h>

#include "store/bf-store-private.h"

G_BEGIN_DECLS

typedef sqlite3_stmt BfSqliteStmt;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfSqliteStmt, sqlite3_finalize)

typedef enum
{
  BF_SQLITE_BEGIN,
  BF_SQLITE_COMMIT,
  BF_SQLITE_EPOCH,
  BF_SQLITE_ALERT,
  BF_SQLITE_OUT,
  BF_SQLITE_EVENT,
  BF_SQLITE_RULE_STATE,
  BF_SQLITE_LAST_FILE,
  BF_SQLITE_FILE,
  BF_SQLITE_PAUSE,
  BF_SQLITE_LOG_ENTRY,
  BF_SQLITE_LOG_TEXT,
  BF_SQLITE_LOG_WORDS,
  BF_SQLITE_LOG_WORDS_GONE,
  BF_SQLITE_LOG_TEXT_GONE,
  BF_SQLITE_LOG_EVENT_GONE,
  BF_SQLITE_LOG_ALERT_GONE,
  BF_SQLITE_SERIES,
  BF_SQLITE_FEED,
  BF_SQLITE_STATE,
  BF_SQLITE_ASSET,
  BF_SQLITE_ASSET_GONE,
  BF_SQLITE_LATEST_GONE,
  BF_SQLITE_LATEST_ONE,
  BF_SQLITE_LATEST_MANY,
  BF_SQLITE_N_STATEMENTS,
} BfSqliteStatement;

/* One file with its writer connection and its prepared statements. */
typedef struct
{
  sqlite3 *db;
  char *path;
  sqlite3_stmt *statements[BF_SQLITE_N_STATEMENTS];
} BfSqliteFile;

/* The end of the log. */
typedef struct
{
  gint64 seq;
  gint64 top_us; /* greatest time of an entry */
  guint8 digest[BF_LOG_DIGEST_BYTES];
} BfSqliteLogHead;

typedef struct
{
  char *dir;
  int lock_fd;
  gint64 epoch;
  BfSqliteFile alerts;
  BfSqliteFile observations;

  /* Writer. */
  BfSqliteLogHead log_head; /* as it is on disk … */
  BfSqliteLogHead log_next; /* … and as the transaction under way has it */
  GHashTable *hours;        /* hours whose table is known to be there */
  gint64 journal_hour;      /* hour that the two statements write to */
  sqlite3_stmt *journal_one;
  sqlite3_stmt *journal_many;
  GArray *order;            /* guint32: rows of the batch by hour, then the newest by series */

  GMutex readers_lock;
  GPtrArray *readers;       /* BfSqliteReader: idle */
  int interrupted;          /* atomic */
} BfSqlite;

typedef struct
{
  BfSqlite *owner;
  BfSqliteFile alerts;
  BfSqliteFile observations;
  GCancellable *cancellable; /* of the query that runs */
} BfSqliteReader;

/* bf-sqlite.c */
gboolean bf_sqlite_fail (GError **error, sqlite3 *db, const char *path, const char *what);
gboolean bf_sqlite_exec (sqlite3 *db, const char *path, const char *sql, GError **error);
sqlite3_stmt *bf_sqlite_prepare (sqlite3 *db, const char *path, const char *sql, GError **error);
sqlite3 *bf_sqlite_open_file (const char *path, gboolean read_only, GError **error);
gboolean bf_sqlite_get_int64 (sqlite3 *db, const char *path, const char *sql, gint64 *ret_value, GError **error);
void bf_sqlite_file_close (BfSqliteFile *file);
char *bf_sqlite_hour_table (gint64 hour);

/* bf-sqlite-write.c */
gboolean bf_sqlite_write_alerts (gpointer backend, BfStoreWrite *const *writes, guint n_writes, const char *rule_states,
                                 GError **error);
gboolean bf_sqlite_write_observations (gpointer backend, const BfStoreBatch *batch, gboolean *ret_new_hour, GError **error);
gboolean bf_sqlite_put_row (BfSqliteFile *file, BfSqliteStatement which, const char *what, GError **error, const char *types, ...);
gboolean bf_sqlite_retain (gpointer backend, guint keep_hours, guint *ret_dropped, GError **error);
void bf_sqlite_writer_clear (BfSqlite *self);

/* bf-sqlite-log.c */
gboolean bf_sqlite_log_open (BfSqlite *self, GError **error);
gboolean bf_sqlite_log_append (BfSqlite *self, BfLogEntry *entry, GError **error);
GPtrArray *bf_sqlite_query_log (gpointer backend, const BfLogQuery *query, GCancellable *cancellable, GError **error);
BfLogEntry *bf_sqlite_read_log (sqlite3_stmt *statement, const char *path, GError **error);

/* bf-sqlite-read.c */
BfSqliteReader *bf_sqlite_take_reader (BfSqlite *self, GCancellable *cancellable, GError **error);
void bf_sqlite_give_reader (BfSqliteReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfSqliteReader, bf_sqlite_give_reader)
void bf_sqlite_reader_free (gpointer reader);
gboolean bf_sqlite_load_assets (gpointer backend, void (*row) (gpointer, const BfStoreAsset *), gpointer user_data, GError **error);
gboolean bf_sqlite_load_latest (gpointer backend, void (*row) (gpointer, const BfStoreObservation *), gpointer user_data,
                                GError **error);
gboolean bf_sqlite_load_pauses (gpointer backend, void (*row) (gpointer, const BfStorePause *), gpointer user_data, GError **error);
gboolean bf_sqlite_load_rule_states (gpointer backend, char **ret_json, GError **error);
GPtrArray *bf_sqlite_load_open_alerts (gpointer backend, GError **error);
GPtrArray *bf_sqlite_load_outs (gpointer backend, GError **error);
gboolean bf_sqlite_load_past (gpointer backend, gint64 from_us, void (*row) (gpointer, const BfStorePast *), gpointer user_data,
                              GError **error);
gboolean bf_sqlite_query_series (gpointer backend, const char *asset_id, const char *property, gint64 from_us, gint64 to_us,
                                 BfStorePointFunc point, gpointer user_data, GCancellable *cancellable, GError **error);
BfAlert *bf_sqlite_query_alert (gpointer backend, gint64 id, GCancellable *cancellable, GError **error);
GPtrArray *bf_sqlite_query_alerts (gpointer backend, gint64 from_us, gint64 to_us, const char *asset_id, guint max,
                                   GCancellable *cancellable, GError **error);
gboolean bf_sqlite_load_files (gpointer backend, const char *prefix, void (*row) (gpointer, const BfStoreChange *), gpointer user_data,
                               GError **error);
GPtrArray *bf_sqlite_query_changes (gpointer backend, const char *prefix, gint64 id, guint max, GCancellable *cancellable, GError **error);
GPtrArray *bf_sqlite_query_events (gpointer backend, gint64 after, gint64 alert_id, guint max, GCancellable *cancellable,
                                   GError **error);

G_END_DECLS
