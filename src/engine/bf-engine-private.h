/* SPDX-License-Identifier: EUPL-1.2 */
/* What the files of the engine share. Data goes one way: supervisor -> bf-engine.c (model, evaluator) -> bf-engine-alerts.c
 * (book, store) -> bf-hub.c (clients). Requests come in by bf-server.c and call the functions named here. */
#pragma once

#include <libsoup/soup.h>

#include "alerts/bf-alert-book.h"
#include "alerts/bf-works.h"
#include "base/bf-error.h"
#include "base/bf-turns.h"
#include "engine/bf-durable.h"
#include "engine/bf-engine.h"
#include "feed/bf-supervisor.h"
#include "json/bf-json-out.h"
#include "json/bf-json.h"
#include "model/bf-city.h"
#include "model/bf-model.h"
#include "model/bf-procedure.h"
#include "model/bf-zones.h"
#include "rules/bf-evaluator.h"
#include "store/bf-store.h"
#include "watch/bf-lists.h"
#include "watch/bf-watch.h"

G_BEGIN_DECLS

#define BF_QUARTERS_24H 96
#define BF_LIMIT_RULE "max_alerts" /* of the alert that a rule has its MaxAlerts= and more; no file has it */
#define BF_SILENCE_RULE "feed_silent" /* of the alert that a feed is silent; no file has it */
#define BF_FEED_GONE (BF_NO_FEED - 1) /* a feed that wrote to the store and is no longer in the city: all unknown */

typedef struct _BfHub BfHub;
typedef struct _BfServer BfServer;
typedef struct _BfPush BfPush;
typedef struct _BfSilence BfSilence;
typedef struct _BfRehearsals BfRehearsals;

/* Heard within its cadence? One byte an asset, swept in slices. */
typedef enum
{
  BF_HEARD_NOT_EXPECTED, /* no property with a stale limit */
  BF_HEARD_YES,
  BF_HEARD_NO,
} BfHeard;

typedef struct
{
  guint expected;
  guint heard;
} BfCoverage;

typedef struct
{
  gboolean known;
  double value;
  BfTruth on_target;
  guint n_known;
  guint n_assets;
} BfIndicatorState;

/* A feed that a person stopped before this engine began. */
typedef struct
{
  char *actor;
  char *reason;
  gint64 since_us;
} BfEnginePause;

/* How often the machine's clock was set since the start, and the last time. */
typedef struct
{
  guint n;
  gint64 at_us; /* as it read then */
  gint64 step_us;
  BfProblem *problem; /* in the engine's list, which owns it; NULL: none yet */
} BfClockSteps;

typedef struct
{
  gint64 quarter; /* number of the quarter of an hour since 1970 */
  guint count;
  int worst; /* -1: none */
} BfQuarter;

#define BF_RULES_DIR "rules.d/" /* how the store's paths of the city's rules begin */

/* A file of rules.d as it is in force. */
typedef struct
{
  char *name; /* "parking.rules" */
  char *text;
  char *sha256;
  gint64 at_us; /* since when, by whom, why: of its last change; NULL: by nobody known, edited by hand */
  char *actor;
  char *reason;
} BfRuleFile;

struct _BfEngine
{
  char *data_dir;
  BfCity *city;
  BfCatalog *catalog;
  GPtrArray *problems;
  BfModel *model;
  BfRuleSet *rules;
  GPtrArray *rule_files;     /* BfRuleFile, by name */
  gint64 rules_since_us;     /* when the rules were last put in force */
  gboolean rules_changing;   /* a change is on its way to the store */
  BfProcedures *procedures;
  BfEvaluator *evaluator;
  BfAlertBook *book;
  BfStore *store;
  BfSupervisor *supervisor;
  BfZones *zones;
  BfPlaces *places;
  BfAddresses *addresses;
  BfHub *hub;
  BfServer *server;
  BfPush *push;
  BfSilence *silence;
  BfWorks *works;
  char *works_digest;        /* of works.d, as read */
  gboolean works_settled;    /* alerts are as the works in force say */
  BfRehearsals *rehearsals;

  GHashTable *pauses;        /* name of a feed -> BfEnginePause; only while the engine starts */
  guint *store_states;       /* a property: what bf_store_set_states() gave; 0: a number */
  GPtrArray *feed_assets;    /* a feed: GArray of guint32, feed-local -> dense */
  BfLists *lists;            /* of what is current */
  GSource *clock;            /* timers of rules and alerts */
  GSource *clock_look;       /* was the machine's clock set? */
  BfClockSteps clock_steps;
  guint n_added;             /* assets put since the start: each few are looked at, not all at the first evaluation */
  guint slicing;             /* number + 1 of the feed whose large payload is under way; 0: none */
  gint64 evaluated_us;       /* `now` of the last evaluation: never goes back but with the machine's clock */
  GArray *rows;              /* BfStoreObservation, of the batch under way */
  GByteArray *heard;         /* BfHeard an asset */
  BfCoverage *coverage;      /* a service, of the last whole sweep */
  BfCoverage *sweeping;      /* of the sweep under way */
  guint32 sweep_at;
  guint sweep_id;
  BfIndicatorState *indicators;
  BfQuarter quarters[BF_QUARTERS_24H];
  BfDurable *durable;        /* the alerts as they are on disk: what clients are told */
  GPtrArray *folded;         /* an asset: its name and address, folded for search; NULL: not yet */
  guint64 n_observations;
  guint64 n_trimmed;         /* n_observations when free memory was last given back */
  guint64 n_refused;
  guint64 n_late;
  BfBox reach;               /* of the city and far around; empty: not known */
  guint64 n_far;             /* positions outside of it */
  guint64 n_left;            /* assets that were over and have left */
  guint64 n_unstored;        /* observations that the store's full queue refused */
  gint64 started_us;
  gint64 states_saved_us;
  GString *states;           /* rule states, being gathered; NULL: not now */
  BfJsonOut states_out;      /* writes them */
  guint64 states_at;
  char *states_kept;         /* as given to the store last */
  gint64 series_saved_us;
  GArray *feeds_said;        /* bf-engine-log.c */
  char *plans_digest;        /* of lighting.d, as in force */
  BfSeriesSaver *saver;      /* of the saving under way */
};

/* bf-engine.c */
void bf_engine_evaluate (BfEngine *engine, gint64 now_us);
/* One observation, with the dense number of its asset: into the model, and where it is new to store, rules and clients. */
BfObserved bf_engine_note (BfEngine *engine, guint feed, gint64 result_us, const BfObservation *observation);
gboolean bf_engine_add_feed (BfEngine *engine, const char *path, guint *ret_feed, GError **error);
const char *bf_engine_zone_name (const BfEngine *engine, guint32 asset);

/* Makes one for @rules; engine->evaluator is another. */
BfEvaluator *bf_engine_new_evaluator (BfEngine *engine, const BfRuleSet *rules);

/* bf-engine-rules.c */
gboolean bf_engine_rules_start (BfEngine *engine, GError **error);
guint bf_engine_rules_reload (BfEngine *engine);
const BfRuleFile *bf_engine_rules_file (const BfEngine *engine, const char *name);
char *bf_engine_rules_path (const BfEngine *engine, const char *name);
gboolean bf_engine_rules_check (BfEngine *engine, const char *name, const char *text, GError **error);
gboolean bf_engine_rules_on_disk (BfEngine *engine, const char *name, char **ret_text, GError **error);
gboolean bf_engine_rules_put (BfEngine *engine, const BfStoreChange *change, GError **error);

/* bf-engine-clock.c */
void bf_engine_clock_start (BfEngine *engine);
void bf_engine_clock_stop (BfEngine *engine);
void bf_engine_clock_arm (BfEngine *engine);

/* bf-engine-alerts.c */
void bf_engine_alerts_start (BfEngine *engine);
gboolean bf_engine_alerts_load (BfEngine *engine, GError **error);
void bf_engine_rule_event (BfEngine *engine, const BfRuleEvent *event);
BfWatch bf_engine_watch (BfEngine *engine);
void bf_engine_rule_limited (BfEngine *engine, guint rule, guint n_held, gint64 now_us);
void bf_engine_step_rule_states (BfEngine *engine, gint64 now_us);
void bf_engine_save_rule_states (BfEngine *engine);
/* The saving under way is given up: its rules are to go. */
void bf_engine_forget_states (BfEngine *engine);

/* bf-engine-log.c */
BfLogEntry *bf_engine_log_of_event (const BfAlert *alert, const BfAlertEvent *event);
BfLogEntry *bf_engine_log_of_rules (const char *path, const char *actor, const char *reason, gboolean gone, gint64 at_us);
BfLogEntry *bf_engine_log_of_pause (const char *feed, const char *actor, const char *reason, gint64 at_us);
BfLogEntry *bf_engine_log_of_out (const BfAlertOut *out);
void bf_engine_log (BfEngine *engine, BfLogEntry *entry);
void bf_engine_log_feed (BfEngine *engine, guint feed);
void bf_engine_log_start (BfEngine *engine);
void bf_engine_log_stop (BfEngine *engine);

/* bf-engine-lists.c */
BfLists *bf_engine_lists_new (BfEngine *engine);
void bf_engine_take_list (BfEngine *engine, guint feed, gint64 result_us, const BfFeedList *said);
gboolean bf_engine_let_leave (BfEngine *engine, guint32 asset, gint64 now_us);
gboolean bf_engine_is_back (BfEngine *engine, guint feed, gint64 result_us, BfObservation *observation);

/* bf-engine-series.c */
/* The files of lighting.d are others than those in force. */
gboolean bf_engine_plans_changed (const BfEngine *engine);
void bf_engine_series_load (BfEngine *engine);
void bf_engine_series_step (BfEngine *engine, gint64 now_us);
void bf_engine_series_save (BfEngine *engine);
/* What engine->evaluator remembers, to another that has no asset yet. */
void bf_engine_series_move (BfEngine *engine, BfEvaluator *to);

/* bf-engine-works.c */
char *bf_engine_digest (const BfEngine *engine, const char *dir, const char *const *suffixes);
/* The files of works.d are others than those that were read. */
gboolean bf_engine_works_changed (const BfEngine *engine);
void bf_engine_works_load (BfEngine *engine);
void bf_engine_works_run (BfEngine *engine, gint64 now_us);
GPtrArray *bf_engine_works_causes (gpointer engine, const char *rule_id, const char *asset_id, gint64 now_us);
gboolean bf_engine_works_on (const BfEngine *engine, guint32 asset, BfWorksWindow *ret_window);
char *bf_engine_works_sentence (BfEngine *engine, guint32 asset, gint64 now_us);
void bf_message_works (BfJsonOut *out, const char *key, const BfWorksWindow *window, gint64 now_us);

/* bf-coverage.c */
void bf_coverage_start (BfEngine *engine);
void bf_coverage_stop (BfEngine *engine);

/* bf-silence.c: a silent feed is one alert */
BfSilence *bf_silence_new (BfEngine *engine);
void bf_silence_free (BfSilence *silence);
void bf_silence_start (BfSilence *silence);
gboolean bf_silence_hold (BfSilence *silence, const BfRuleEvent *event);
/* The rules are others now: what is held back of one that is @same goes on. */
void bf_silence_move (BfSilence *silence, const BfRuleSet *before, const BfRuleSet *after,
                      gboolean (*same) (const BfRuleSet *before, const BfRuleSet *after, const char *id));
void bf_silence_over (BfSilence *silence, guint rule, guint32 asset);
gboolean bf_silence_is_held (BfSilence *silence, guint rule, guint32 asset, guint *ret_feed);
void bf_silence_count (BfSilence *silence, guint feed, gboolean heard);
void bf_silence_swept (BfSilence *silence);
gint64 bf_silence_info (BfSilence *silence, guint feed, guint *ret_unknown, guint *ret_held);
gboolean bf_silence_feed_of_alert (const BfEngine *engine, const BfAlert *alert, guint *ret_feed);

/* bf-message.c: writers of the objects of src/api/README.md */
void bf_message_name (BfJsonOut *out, const char *key, const BfName *name);
void bf_message_hello (BfEngine *engine, BfJsonOut *out, const char *type, const char *actor);
void bf_message_catalog (BfEngine *engine, BfJsonOut *out);
void bf_message_asset (BfEngine *engine, BfJsonOut *out, guint32 asset, gboolean whole);
void bf_message_left (BfEngine *engine, BfJsonOut *out, guint32 asset);
void bf_message_values (BfEngine *engine, BfJsonOut *out, guint32 asset, gboolean whole);
void bf_message_alert (BfEngine *engine, BfJsonOut *out, const char *key, const BfAlert *alert, GPtrArray *history);
void bf_message_event (BfJsonOut *out, const char *key, const BfAlertEvent *event);
void bf_message_feed (BfEngine *engine, BfJsonOut *out, const char *key, guint feed, gboolean whole);
void bf_message_status (BfEngine *engine, BfJsonOut *out, const char *type);
void bf_message_value (BfEngine *engine, BfJsonOut *out, const char *key, guint32 asset, guint16 property, double value);
void bf_message_metrics (BfEngine *engine, GString *text);

/* bf-hub.c */
BfHub *bf_hub_new (BfEngine *engine);
void bf_hub_free (BfHub *hub);
void bf_hub_add (BfHub *hub, SoupWebsocketConnection *connection, const char *actor, gint64 after_seq);
guint bf_hub_n_clients (const BfHub *hub);
guint64 bf_hub_n_dropped (const BfHub *hub);
void bf_hub_touch_value (BfHub *hub, guint32 asset, guint16 property);
void bf_hub_touch_values (BfHub *hub, guint32 asset);
void bf_hub_touch_asset (BfHub *hub, guint32 asset);
void bf_hub_touch_feed (BfHub *hub, guint feed);
void bf_hub_send_alert (BfHub *hub, const BfAlert *alert, const BfAlertEvent *event);

/* bf-push.c */
BfPush *bf_push_new (BfEngine *engine, SoupServer *soup);
void bf_push_free (BfPush *push);
void bf_push_metrics (const BfPush *push, GString *text);

/* bf-server.c */
BfServer *bf_server_new (BfEngine *engine, const char *listen, GError **error);
void bf_server_free (BfServer *server);
const char *bf_server_address (const BfServer *server);

/* bf-routes.c */
void bf_routes_handle (BfEngine *engine, SoupServerMessage *message, const char *path, GHashTable *query, const char *actor);
/* Of an early handler, at its end: what was refused by its head is still sent by its sender, and is not kept. */
void bf_reply_early (SoupServerMessage *message);
void bf_reply_error (SoupServerMessage *message, guint status, const char *code, const char *format, ...) G_GNUC_PRINTF (4, 5);

G_END_DECLS
