/* SPDX-License-Identifier: EUPL-1.2 */
/* One request under way, and what can be asked by resource. bf-routes.c has the table and checks once what a row says it
 * takes; a handler then finds it in the request, writes its answer to `out`, and ends the request exactly once. */
#pragma once

#include "base/bf-error.h"
#include "engine/bf-engine-private.h"

G_BEGIN_DECLS

#define BF_SLICE_DEFAULT 1000u

/**
 * BfRequest: freed when it is answered; if the client goes first, the answer goes nowhere
 * @argument: (nullable): what stands for the route's `*`, decoded
 * @seq: newest event on disk when it came: what is read later tells at least up to there
 * @alert: number of the alert, of routes that take one
 * @feed: number of the feed, of routes that take one
 * @body: an object, of routes that take one; alive as long as the request
 * @out: writes the answer's JSON
 * @data: the handler's own, with @data_free
 */
typedef struct _BfRequest BfRequest;

struct _BfRequest
{
  BfEngine *engine;
  SoupServerMessage *message;
  char *actor;
  char *argument;
  GHashTable *query;
  gint64 seq;
  gint64 alert;
  guint feed;
  BfJsonDoc *doc;
  BfJsonNode body;
  GString *text;
  BfJsonOut out;
  gboolean paused;
  gboolean gone;
  gulong finished_id;
  gboolean (*step) (BfRequest *request); /* of an answer that is written in steps */
  void (*answer) (BfRequest *request, const BfAlert *alert); /* bf_request_with_alert() */
  guint steps_id;
  gpointer data;
  GDestroyNotify data_free;
};

/* bf-request.c */
BfRequest *bf_request_new (BfEngine *engine, SoupServerMessage *message, GHashTable *query, const char *actor);
void bf_request_free (BfRequest *request);
/* The answer comes later. */
void bf_request_pause (BfRequest *request);
/* Answers with what @step writes, which is called until it says that there is no more; many small ones, a few in each turn. */
void bf_request_in_steps (BfRequest *request, gboolean (*step) (BfRequest *));
/* Answers with what stands in `out`, or with @error, and frees. */
void bf_request_end (BfRequest *request, const GError *error);
void bf_request_refuse (BfRequest *request, BfError code, const char *format, ...) G_GNUC_PRINTF (3, 4);
/* {"key": [ … ]}: the answer of most routes */
BfJsonOut *bf_request_begin_list (BfRequest *request, const char *key);
void bf_request_end_list (BfRequest *request);
/* In which language this one is to be answered: `language=`, else Accept-Language, else the engine's. "en" or "fr". */
const char *bf_request_language (const BfRequest *request);
const char *bf_request_query (const BfRequest *request, const char *key);
guint bf_request_query_count (const BfRequest *request, const char *key, guint fallback, guint max);
gint64 bf_request_query_int (const BfRequest *request, const char *key);
gint64 bf_request_query_time (const BfRequest *request, const char *key, gint64 fallback);
gboolean bf_request_read_body (BfRequest *request);
/* A person's words out of the body, bounded; FALSE: refused. */
gboolean bf_request_comment (BfRequest *request, const char *key, const char **ret_comment);

/* bf-routes-city.c */
void bf_route_healthz (BfRequest *request);
void bf_route_metrics (BfRequest *request);
void bf_route_hello (BfRequest *request);
void bf_route_catalog (BfRequest *request);
void bf_route_status (BfRequest *request);
void bf_route_problems (BfRequest *request);
void bf_route_places (BfRequest *request);
void bf_route_zones (BfRequest *request);
void bf_route_basemap (BfRequest *request);
void bf_route_search (BfRequest *request);

/* bf-routes-assets.c */
void bf_route_assets (BfRequest *request);
void bf_route_asset (BfRequest *request);
void bf_route_observations (BfRequest *request);

/* bf-routes-exports.c */
void bf_route_geojson (BfRequest *request);

/* bf-routes-alerts.c */
void bf_route_alerts (BfRequest *request);
void bf_request_with_alert (BfRequest *request, void (*answer) (BfRequest *request, const BfAlert *alert));
void bf_request_answer_alert (BfRequest *request, const BfAlert *alert);
void bf_route_alert (BfRequest *request);
void bf_route_acknowledge (BfRequest *request);
void bf_route_reset (BfRequest *request);
void bf_route_shelve (BfRequest *request);
void bf_route_unshelve (BfRequest *request);
void bf_route_outs (BfRequest *request);
void bf_route_works (BfRequest *request);
void bf_route_take_out (BfRequest *request);
void bf_route_put_back (BfRequest *request);
void bf_route_comment (BfRequest *request);
void bf_route_events (BfRequest *request);

/* bf-routes-log.c */
void bf_message_log (BfEngine *engine, BfJsonOut *out, const char *key, const BfLogEntry *entry);
void bf_request_write_log (BfRequest *request, BfLogEntry *entry);
gboolean bf_request_text (BfRequest *request, const char *key, const char **ret_text);
void bf_route_log (BfRequest *request);
void bf_route_log_head (BfRequest *request);
void bf_route_log_entry (BfRequest *request);
void bf_route_log_note (BfRequest *request);
void bf_route_log_correct (BfRequest *request);
void bf_route_log_erase (BfRequest *request);

/* bf-routes-handover.c */
void bf_route_handover (BfRequest *request);
void bf_route_hand_over (BfRequest *request);
void bf_route_countersign (BfRequest *request);

/* bf-routes-procedures.c */
void bf_route_procedures (BfRequest *request);
void bf_route_alert_procedure (BfRequest *request);
void bf_route_alert_step (BfRequest *request);

/* bf-routes-rules.c */
void bf_route_rules (BfRequest *request);
void bf_route_rule_files (BfRequest *request);
void bf_route_rule_file (BfRequest *request);
void bf_route_save_rules (BfRequest *request);
void bf_route_reload_rules (BfRequest *request);
void bf_route_changes (BfRequest *request);
void bf_route_change (BfRequest *request);
void bf_route_revert (BfRequest *request);
void bf_route_rehearsals (BfRequest *request);
void bf_route_rehearsal (BfRequest *request);
void bf_route_begin_rehearsal (BfRequest *request);
void bf_route_cancel_rehearsal (BfRequest *request);

/* bf-routes-why.c */
void bf_route_asset_why (BfRequest *request);
void bf_route_alert_why (BfRequest *request);
void bf_route_register (BfRequest *request);

/* bf-routes-feeds.c */
void bf_route_feeds (BfRequest *request);
void bf_route_feed (BfRequest *request);
void bf_route_pause_feed (BfRequest *request);
void bf_route_resume_feed (BfRequest *request);
void bf_route_add_feed (BfRequest *request);
void bf_route_probe (BfRequest *request);

G_END_DECLS
