/* SPDX-License-Identifier: EUPL-1.2 */
/* The store: one interface; SQLite here (DESIGN §8). Two files: `alerts.db` (alerts, events, later log and accounts;
 * synchronous=FULL) and `observations.db` (journal, latest values, assets; synchronous=NORMAL). No transaction spans both.
 *
 * Threads: every write is a message to one writer thread through a bounded queue, committed in batches (group commit: all
 * that waits goes into one transaction); callbacks come back to the main context that opened the store. Reads run on
 * their own connections in a worker. What `done` reports as durable survives kill -9 and power cut.
 *
 * Text is copied by the functions here. */
#pragma once

#include <gio/gio.h>

#include "alerts/bf-alert.h"
#include "base/bf-shape.h"
#include "log/bf-log.h"

G_BEGIN_DECLS

typedef struct _BfStore BfStore;

typedef struct
{
  const char *asset_id;
  const char *property;
  double value;
  gint64 observed_us;
  gint64 result_us;
  guint32 record;
  const char *feed;
  guint states;           /* of a state: what bf_store_set_states() gave; @value is its index then. 0: a number */
  const char *gone_state; /* rows that are loaded: a state that the manifest no longer has; @value is NAN then */
} BfStoreObservation;

typedef struct
{
  const char *id;
  const char *kind; /* "parking.off_street" */
  const char *name;
  const char *address;
  const char *parent;
  const char *feed;
  double lon; /* NAN: none */
  double lat;
  const char *attributes_json; /* nullable */
  const BfShape *shape;        /* nullable */
} BfStoreAsset;

/* A feed that a person stopped. */
typedef struct
{
  const char *feed;   /* its name */
  const char *actor;  /* nullable */
  const char *reason; /* NULL: it runs again */
  gint64 at_us;
  const BfLogEntry *log; /* nullable: of what is put: written with it */
} BfStorePause;

/**
 * BfStoreChange: a text of a file of the city as it became, and who made it so; append only
 * @id: given by the store
 * @actor, @reason, @figures_json: (nullable)
 * @text: (nullable): %NULL: the file is gone
 * @before: (nullable): of what is read: the text before; %NULL: there was none
 * @log: (nullable): of what is put: written with it
 */
typedef struct
{
  gint64 id;
  gint64 at_us;
  char *path;
  char *actor;
  char *reason;
  char *figures_json;
  char *text;
  char *before;
  const BfLogEntry *log;
} BfStoreChange;

void bf_store_change_free (BfStoreChange *change);

/* An event of the past, with what its alert is about. */
typedef struct
{
  const char *asset_id;
  BfPriority priority; /* of the alert, as it is now */
  BfAlertInput input;
  guint to_flags;
  gint64 at_us;
  gint64 until_us;
} BfStorePast;

typedef struct
{
  guint64 queued;          /* messages waiting */
  guint64 written;         /* observations written */
  guint64 refused_full;    /* observations not taken because the queue was full: shown, never silent */
  guint64 refused_invalid; /* observations not taken: not a finite number, no names, names or series over the limits */
  guint64 outside_keep;    /* observations older than what is kept: they went to the latest values only */
  guint64 failed;          /* observations given up: damaged file, another engine took the store, disk still full at close */
  guint64 failed_writes;   /* alerts and files given up for the same reasons; each @done was told */
  gint64 last_commit_us;
  char *error;             /* last error, NULL when all is well; g_free */
} BfStoreHealth;

typedef void (*BfStoreDone) (gpointer user_data, const GError *error);
/* @seq: the number that the entry got; 0 with @error */
typedef void (*BfStoreLogDone) (gpointer user_data, gint64 seq, const GError *error);
typedef void (*BfStoreHealthFunc) (gpointer user_data, BfStore *store);

/**
 * bf_store_open:
 * @dir: folder of the store; made (mode 0700) when it is not there
 *
 * Takes the folder for this process (lock file), migrates the files when they are older than the program, raises the epoch.
 * Callbacks will come in the thread-default main context of the caller, who also calls every function below but
 * bf_store_add_observations() and bf_store_health(), which any thread may call.
 *
 * Returns: (transfer full) (nullable): the store. Errors: %BF_ERROR_STATE another process has it (its pid is named) ·
 *   %BF_ERROR_UNSUPPORTED a file is of a newer version · %BF_ERROR_VALUE a file is damaged · %BF_ERROR_IO
 */
BfStore *bf_store_open (const char *dir, GError **error);
/* Waits for the queue to be written; what cannot be written for 10 s (full disk) is given up and said. Every `done` is
 * called before it returns; running queries end with %G_IO_ERROR_CANCELLED. */
void bf_store_close (BfStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfStore, bf_store_close)

/**
 * bf_store_set_states:
 * @service: the part of an asset's id before "/"
 * @values: (array zero-terminated=1): the states of the property by the index that they have in this run
 *
 * A state is kept by an id that is the store's own, so that the order of the manifest's list may change; rows that are read
 * come with the index of this run, or NAN when @values no longer has what they say. To be called for every property with
 * states before the first row is written or read.
 *
 * Returns: for BfStoreObservation.states, not 0
 */
guint bf_store_set_states (BfStore *store, const char *service, const char *property, const char *const *values);

/* Hour tables kept of the journal, the newest; default 31 days; from 1 to 400 days. Older ones are dropped whole. */
void bf_store_set_keep_hours (BfStore *store, guint hours);
/* @func is called in the opener's context each time that the health's error comes, changes or goes. */
void bf_store_set_health_func (BfStore *store, BfStoreHealthFunc func, gpointer user_data);

/* Ids, in memory after the greatest stored one; int64, from 1. */
gint64 bf_store_new_alert_id (BfStore *store);
gint64 bf_store_new_out_id (BfStore *store);
gint64 bf_store_new_event_id (BfStore *store);
gint64 bf_store_last_event_id (const BfStore *store);
gint64 bf_store_epoch (const BfStore *store); /* grows by one at each open; every write carries it (fencing, DESIGN §1) */

/* Writes (asynchronous). A full disk or an I/O error is tried again, 0.1 s to 30 s apart, for as long as the store is open;
 * bf_store_health() says so meanwhile. `done` gets an error only when the write is given up: see BfStoreHealth.failed. */
/* %FALSE: the queue was full; rows up to there are taken, the others counted in refused_full. */
gboolean bf_store_add_observations (BfStore *store, const BfStoreObservation *rows, guint n_rows);
void bf_store_put_asset (BfStore *store, const BfStoreAsset *asset);
/* It and its latest values leave; what was observed of it stays in the journal, under its id. */
void bf_store_remove_asset (BfStore *store, const char *id);
/* The alert as it is after the event, and the event: one transaction. @done when durable. Never refused for a full queue. */
void bf_store_put_alert (BfStore *store, const BfAlert *alert, const BfAlertEvent *event, BfStoreDone done, gpointer user_data);
/* A record of what is out of service, begun or ended; @done when durable. */
void bf_store_put_out (BfStore *store, const BfAlertOut *out, BfStoreDone done, gpointer user_data);
/* The same with the entry of the log that says it: both or none. */
void bf_store_put_alert_logged (BfStore *store, const BfAlert *alert, const BfAlertEvent *event, const BfLogEntry *entry, BfStoreDone done,
                                gpointer user_data);
/* An entry at the end of the log: its number, salt and digests are given by the writer, in the order of the calls. One of kind
 * erasure takes the text of the entry that it refers to out of the log, its words out of the search, and the comment of the event
 * that it was written with out of event and alert, in the same transaction. @done when durable. */
void bf_store_put_log (BfStore *store, const BfLogEntry *entry, BfStoreLogDone done, gpointer user_data);
/* State of the rules that must survive a restart: replaces the whole; small. */
void bf_store_put_rule_states (BfStore *store, const char *json);
/* Text of a city's file with its history: stored when it differs from the last one stored; %NULL: the file is gone. */
void bf_store_put_file (BfStore *store, const char *path, const char *text, gint64 at_us, const char *actor);
/* The same by a person with a reason, stored also when the text is as before; @done when durable. */
void bf_store_put_change (BfStore *store, const BfStoreChange *change, BfStoreDone done, gpointer user_data);
/* Stopped, or running again; @done when durable. That a feed runs which was not stopped is not written. */
void bf_store_put_pause (BfStore *store, const BfStorePause *pause, BfStoreDone done, gpointer user_data);

/* Reads at start (synchronous). Callbacks get rows whose texts live for the call only. */
gboolean bf_store_load_assets (BfStore *store, void (*row) (gpointer, const BfStoreAsset *), gpointer user_data, GError **error);
gboolean bf_store_load_latest (BfStore *store, void (*row) (gpointer, const BfStoreObservation *), gpointer user_data, GError **error);
/* The newest of each file whose path begins with @prefix. */
gboolean bf_store_load_files (BfStore *store, const char *prefix, void (*row) (gpointer, const BfStoreChange *), gpointer user_data,
                              GError **error);
/* The feeds that are stopped now. */
gboolean bf_store_load_pauses (BfStore *store, void (*row) (gpointer, const BfStorePause *), gpointer user_data, GError **error);
GPtrArray *bf_store_load_open_alerts (BfStore *store, GError **error); /* BfAlert */
GPtrArray *bf_store_load_outs (BfStore *store, GError **error);        /* BfAlertOut: what is out of service now */
/* Events that raise, worsen, clear or tell of the clock, at @from_us or later, in their order. */
gboolean bf_store_load_past (BfStore *store, gint64 from_us, void (*row) (gpointer, const BfStorePast *), gpointer user_data, GError **error);
char *bf_store_load_rule_states (BfStore *store, GError **error);      /* NULL when none */

/* Queries in a worker thread; results in the main context. */
void bf_store_query_series_async (BfStore *store, const char *asset_id, const char *property, gint64 from_us, gint64 to_us,
                                  guint max_points, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
/* A value NAN: a state that the manifest no longer has. BfSeriesPoint with @from_us <= observed_us <= @to_us, oldest first, one a time (the newest result); more than max_points: min and max of each time slot are kept, so that peaks stay. */
typedef struct
{
  gint64 observed_us;
  double value;
} BfSeriesPoint;
GArray *bf_store_query_series_finish (BfStore *store, GAsyncResult *result, GError **error);

/* Alerts raised in @from_us … @to_us, of one asset when @asset_id is not NULL. */
void bf_store_query_alerts_async (BfStore *store, gint64 from_us, gint64 to_us, const char *asset_id, guint max,
                                  GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *bf_store_query_alerts_finish (BfStore *store, GAsyncResult *result, GError **error); /* BfAlert, newest first */

/* One alert, open or over; BF_ERROR_NOT_FOUND when there is none. */
void bf_store_query_alert_async (BfStore *store, gint64 id, GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data);
BfAlert *bf_store_query_alert_finish (BfStore *store, GAsyncResult *result, GError **error);

/* Events with id > @after, oldest first, at most @max; with alert_id > 0 those of one alert. */
void bf_store_query_events_async (BfStore *store, gint64 after, gint64 alert_id, guint max, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *bf_store_query_events_finish (BfStore *store, GAsyncResult *result, GError **error); /* BfAlertEvent */

/* Changes of files whose paths begin with @prefix, newest first, at most @max; with @id > 0 that one. */
void bf_store_query_changes_async (BfStore *store, const char *prefix, gint64 id, guint max, GCancellable *cancellable,
                                   GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *bf_store_query_changes_finish (BfStore *store, GAsyncResult *result, GError **error); /* BfStoreChange */

/**
 * BfLogQuery: what of the log is wanted; newest first, but with @after
 * @seq: that entry only; 0: all
 * @before: entries with lower numbers only: 0: from the end
 * @after: those with higher numbers, oldest first; -1: newest first
 * @kind: -1: all; @alert_id 0, @asset_id, @feed, @actor (nullable): about that only
 * @from_us, @to_us: %BF_TIME_NONE: open
 * @words: (nullable): all of them stand in the text, each of three letters or more may go on ("fuit" finds "fuite"); accents and case do not count
 */
typedef struct
{
  gint64 seq;
  gint64 before;
  gint64 after;
  int kind;
  gint64 alert_id;
  const char *asset_id;
  const char *feed;
  const char *actor;
  gint64 from_us;
  gint64 to_us;
  const char *words;
  guint max;
} BfLogQuery;

#define BF_LOG_QUERY_ALL ((BfLogQuery){ .after = -1, .kind = -1, .from_us = BF_TIME_NONE, .to_us = BF_TIME_NONE, .max = 1000 })

void bf_store_query_log_async (BfStore *store, const BfLogQuery *query, GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data);
GPtrArray *bf_store_query_log_finish (BfStore *store, GAsyncResult *result, GError **error); /* BfLogEntry */

void bf_store_health (BfStore *store, BfStoreHealth *ret_health);
void bf_store_health_clear (BfStoreHealth *health);

G_END_DECLS
