/* SPDX-License-Identifier: EUPL-1.2 */
/* What the files of the store share: the table of functions that a backend fills, and the store's own struct.
 *
 * Errors of a backend, all BF_ERROR: %BF_ERROR_IO passes by itself (full disk, I/O, lock): the writer tries again;
 * %BF_ERROR_STATE: another engine has taken the store (fenced); %BF_ERROR_VALUE: damaged or refused data, for good. */
#pragma once

#include "store/bf-row-queue.h"
#include "store/bf-series-table.h"
#include "store/bf-state-table.h"
#include "store/bf-store.h"

G_BEGIN_DECLS

#define BF_STORE_HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define BF_STORE_KEEP_HOURS (31u * 24u)
#define BF_STORE_KEEP_HOURS_MAX (400u * 24u)
#define BF_STORE_QUEUE_ROWS 1000000u   /* observations that wait, some 12 bytes each, 32 at most */
#define BF_STORE_SLICE_PACKS 4u        /* of observations, of one transaction: bounds how long an alert waits behind them */
#define BF_STORE_KEEP_ROWS 8192u       /* room that the writer keeps between transactions */
#define BF_STORE_SLICE_ASSETS 2048u    /* assets of one transaction */
#define BF_STORE_SERIES_MAX 16000000u
#define BF_STORE_FEEDS_MAX 65536u
#define BF_STORE_QUERIES_MAX 256u      /* queries that wait or run */
#define BF_STORE_POINTS_MAX 1000000u   /* points, alerts or events that one query gives */

/* A write to the durable file. At most one of @alert, @out, @path, @feed is set; @text is the file's, or why the feed is stopped. */
typedef struct
{
  BfAlert *alert;
  BfAlertEvent *event;
  BfAlertOut *out;
  char *path;
  char *feed;
  char *text;
  char *actor;
  char *reason;       /* of a file, with @recorded */
  char *figures_json;
  gboolean recorded;  /* of a file: a person's change: stored also when the text is as before */
  gint64 at_us;
  BfLogEntry *log;    /* written with it, or by itself when nothing else is set */
  BfStoreDone done;
  BfStoreLogDone log_done;
  gpointer user_data;
} BfStoreWrite;

typedef struct
{
  guint id;
  const char *first;
  const char *second;
} BfStoreNewName;

/* One transaction of observations.db: names first, then assets, then rows. */
typedef struct
{
  const BfStoreNewName *series;
  guint n_series;
  const BfStoreNewName *feeds;
  guint n_feeds;
  const BfStateValue *states;
  guint n_states;
  GPtrArray *assets; /* BfStoreAsset */
  const BfStoreRow *rows;
  guint n_rows;
} BfStoreBatch;

typedef struct
{
  gint64 epoch;
  gint64 last_alert_id;
  gint64 last_event_id;
  gint64 last_out_id;
} BfStoreOpened;

typedef void (*BfStorePointFunc) (gpointer user_data, gint64 observed_us, double value);

typedef struct
{
  const char *name;

  /* Opener's thread. Fills the tables with the names on disk. */
  gpointer (*open) (const char *location, BfSeriesTable *series, BfSeriesTable *feeds, BfStateTable *states,
                    BfStoreOpened *ret_opened, GError **error);
  void (*close) (gpointer backend);

  /* Writer's thread. Each call is one transaction: all or nothing. */
  gboolean (*write_alerts) (gpointer backend, BfStoreWrite *const *writes, guint n_writes, const char *rule_states, GError **error);
  gboolean (*write_observations) (gpointer backend, const BfStoreBatch *batch, gboolean *ret_new_hour, GError **error);
  gboolean (*retain) (gpointer backend, guint keep_hours, guint *ret_dropped, GError **error);

  /* Any thread. Stops the queries that run, for close. */
  void (*interrupt) (gpointer backend);
  gboolean (*load_assets) (gpointer backend, void (*row) (gpointer, const BfStoreAsset *), gpointer user_data, GError **error);
  gboolean (*load_latest) (gpointer backend, void (*row) (gpointer, const BfStoreObservation *), gpointer user_data, GError **error);
  gboolean (*load_pauses) (gpointer backend, void (*row) (gpointer, const BfStorePause *), gpointer user_data, GError **error);
  gboolean (*load_rule_states) (gpointer backend, char **ret_json, GError **error);
  GPtrArray *(*load_open_alerts) (gpointer backend, GError **error);
  GPtrArray *(*load_outs) (gpointer backend, GError **error);
  gboolean (*load_past) (gpointer backend, gint64 from_us, void (*row) (gpointer, const BfStorePast *), gpointer user_data, GError **error);
  gboolean (*query_series) (gpointer backend, const char *asset_id, const char *property, gint64 from_us, gint64 to_us,
                            BfStorePointFunc point, gpointer user_data, GCancellable *cancellable, GError **error);
  BfAlert *(*query_alert) (gpointer backend, gint64 id, GCancellable *cancellable, GError **error);
  GPtrArray *(*query_alerts) (gpointer backend, gint64 from_us, gint64 to_us, const char *asset_id, guint max,
                              GCancellable *cancellable, GError **error);
  gboolean (*load_files) (gpointer backend, const char *prefix, void (*row) (gpointer, const BfStoreChange *), gpointer user_data,
                          GError **error);
  GPtrArray *(*query_changes) (gpointer backend, const char *prefix, gint64 id, guint max, GCancellable *cancellable, GError **error);
  GPtrArray *(*query_log) (gpointer backend, const BfLogQuery *query, GCancellable *cancellable, GError **error);
  GPtrArray *(*query_events) (gpointer backend, gint64 after, gint64 alert_id, guint max, GCancellable *cancellable,
                              GError **error);
} BfStoreBackend;

extern const BfStoreBackend bf_sqlite_backend;

/* One of the two files as the writer sees it. */
typedef struct
{
  char *error;         /* NULL when the last try went well */
  gint64 retry_at_us;  /* monotonic; 0: at once */
  gint64 backoff_us;
} BfStoreLane;

typedef struct
{
  BfStoreDone done; /* or @log_done */
  BfStoreLogDone log_done;
  gint64 seq;
  gpointer user_data;
  GError *error;
} BfStoreCompletion;

struct _BfStore
{
  const BfStoreBackend *backend;
  gpointer data;
  gint64 epoch;
  gint64 close_patience_us; /* how long close tries to write; set before it */
  gint64 last_alert_id;     /* opener's thread */
  gint64 last_out_id;
  gint64 last_event_id;

  GMutex lock; /* everything from here to the next blank line */
  GCond wake;
  BfSeriesTable *series;
  BfSeriesTable *feeds;
  BfStateTable *states;
  GArray *new_states;     /* BfStateValue: waiting */
  guint32 last_feed;      /* id of the last row's; 0: none yet */
  GPtrArray *writes;      /* BfStoreWrite: waiting */
  char *rule_states;      /* waiting; the newest only */
  GHashTable *assets;     /* id -> BfStoreAsset: waiting; the newest of each */
  BfRowQueue *rows;       /* waiting */
  guint n_rows_held;      /* taken by the writer, not yet written */
  guint n_writes_held;
  guint n_series_on_disk; /* at open */
  guint n_feeds_on_disk;
  guint keep_hours;
  gboolean retain_wanted;
  gboolean stop;
  gint64 stop_by_us;      /* monotonic: give up what cannot be written */
  BfStoreLane alerts_lane;
  BfStoreLane observations_lane;
  BfStoreHealth counts;   /* error unused */
  GArray *completions;    /* BfStoreCompletion: to be told in the opener's context */
  gboolean health_changed;

  GThread *writer;
  int event_fd;
  GSource *event_source;
  BfStoreHealthFunc health_func;
  gpointer health_data;

  GThreadPool *queries;
  GCancellable *closing;
  int n_queries; /* atomic */
};

gpointer bf_store_writer_run (gpointer store);
void bf_store_write_free (gpointer write);
void bf_store_asset_free (gpointer asset);
BfStoreAsset *bf_store_asset_copy (const BfStoreAsset *asset);

void bf_store_queries_start (BfStore *store);
void bf_store_queries_stop (BfStore *store);

G_END_DECLS
