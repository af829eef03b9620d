/* SPDX-License-Identifier: EUPL-1.2 */
/* The evaluator: runs a rule set over a model. Derived properties first, then the rules that read what changed, then the
 * timers that are due, then indicators, once a batch. No clock, no I/O, no allocation a value in steady state. UNKNOWN
 * neither raises nor clears. Main thread (or one rehearsal's thread). */
#pragma once

#include "model/bf-model.h"
#include "rules/bf-lighting-plan.h"
#include "rules/bf-rules.h"

G_BEGIN_DECLS

typedef enum
{
  BF_TRUTH_FALSE,
  BF_TRUTH_TRUE,
  BF_TRUTH_UNKNOWN,
} BfTruth;

/* A value that a decision rests on, for "why?". */
typedef struct
{
  guint32 asset;
  guint16 property;
  BfLatest latest;
} BfRuleValue;

#define BF_NO_RULE G_MAXUINT

/* What suppresses an alert: another rule that is active on the asset, what it belongs to, or (over zone) in its zone. */
typedef struct
{
  guint rule; /* BF_NO_RULE: nothing does */
  guint32 asset;
} BfRuleCause;

typedef struct
{
  guint rule;         /* index in the set */
  guint32 asset;
  gboolean raised;    /* TRUE: When held for its For; FALSE: the return condition held for its For */
  gint64 now_us;      /* result time of the decision */
  gint64 since_us;    /* since when the condition held */
  const BfRuleValue *values;
  guint n_values;
  BfRuleCause cause;  /* of one that is no longer raised because it is suppressed */
} BfRuleEvent;

typedef struct
{
  void (*rule) (gpointer user_data, const BfRuleEvent *event);
  /* A derived value was written to the model (or, with BF_TIME_NONE as observed, forgotten). Nullable. */
  void (*derived) (gpointer user_data, guint32 asset, guint16 property, double value, gint64 observed_us);
  /* Nullable. @known FALSE: not enough known assets. @on_target: BF_TRUTH_UNKNOWN when no target. @n_known of @n_assets
   * that an aggregate looked at. */
  void (*indicator) (gpointer user_data, guint indicator, gboolean known, double value, BfTruth on_target, guint n_known,
                     guint n_assets);
  /* Nullable. Whether the rule can say of the asset what its condition asks, each time that this changes; it cannot at first. */
  void (*known) (gpointer user_data, guint rule, guint32 asset, gboolean known);
  /* Nullable. The rule has its MaxAlerts=, and @n_held more that are held back; 0: it is below again. Once a batch at most. */
  void (*limited) (gpointer user_data, guint rule, guint n_held, gint64 now_us);
  /* Nullable. The time of what a feed said ahead has come (%BF_RECORD_AHEAD), and it is the latest value now. */
  void (*came_true) (gpointer user_data, guint32 asset, guint16 property, double value, gint64 observed_us, guint16 feed, guint32 record);
} BfEvaluatorHandler;

/* What must survive a restart, a (rule, asset) that is not at rest. Times µs UTC. */
typedef struct
{
  const char *rule_id;
  guint32 asset;
  gboolean raised;
  gint64 pending_since_us; /* the condition that is now running its delay, BF_TIME_NONE when none */
  gboolean met;            /* the condition is met, raised or not (suppressed, held back, not yet often enough) */
  const gint64 *counted_us; /* of Count=: when it was met, oldest first; nullable */
  guint n_counted;
} BfRuleState;

/* How far a rule is on its way to an alert of an asset, for "why?" and "why not?". */
typedef struct
{
  gboolean raised;
  gboolean met;            /* When holds, and has for its delay */
  gboolean held;           /* by MaxAlerts= */
  gint64 pending_since_us; /* a delay runs, of When or, when met, of Clear; BF_TIME_NONE: none does */
  guint n_counted;         /* of Count= */
  BfRuleCause cause;       /* what suppresses it, when it would be raised otherwise */
} BfRuleStanding;

typedef struct _BfEvaluator BfEvaluator;

BfEvaluator *bf_evaluator_new (const BfRuleSet *set, BfModel *model, GTimeZone *zone,
                               const BfEvaluatorHandler *handler, gpointer user_data);
void bf_evaluator_free (BfEvaluator *evaluator);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfEvaluator, bf_evaluator_free)

/* A new asset in the model: rules of its kind begin to watch it (absent() counts from now). Once more for one that is
 * watched when its place, zone or parent has changed. */
void bf_evaluator_add_asset (BfEvaluator *evaluator, guint32 asset, gint64 now_us);
/* Ceases to watch an asset before the model removes it; added again, it is as new. FALSE, and nothing done, while a rule is not at rest
 * on it. */
gboolean bf_evaluator_remove_asset (BfEvaluator *evaluator, guint32 asset);
/* Since when the asset is watched; @fallback: it is not. */
gint64 bf_evaluator_watched_since (const BfEvaluator *evaluator, guint32 asset, gint64 fallback_us);
/* The model's latest value of this property changed (BF_OBSERVED_NEW or BF_OBSERVED_CONFLICT; not OLDER, not DUPLICATE). */
void bf_evaluator_touch (BfEvaluator *evaluator, guint32 asset, guint16 property);
/* bf_model_observe(), and bf_evaluator_touch() when it is the latest value now: all that one observation does to the rules.
 * With %BF_RECORD_AHEAD in @record one of a time after @result_us waits for it: %BF_OBSERVED_AHEAD. */
BfObserved bf_evaluator_observe (BfEvaluator *evaluator, guint32 asset, guint16 property, double value, gint64 observed_us,
                                 gint64 result_us, guint16 feed, guint32 record);
/* Evaluates all that was touched and all timers due at @now_us; calls the handler. */
void bf_evaluator_run (BfEvaluator *evaluator, gint64 now_us);
/* The same for a slice of a payload, of which more follows at the same @now_us: what rests on aggregates waits for the
 * bf_evaluator_run() at its end, so that no rule sees a group of which one half is new. */
void bf_evaluator_run_slice (BfEvaluator *evaluator, gint64 now_us);
/* When the next timer is due (For, absent, stale limits), BF_TIME_NONE when none. */
gint64 bf_evaluator_next_us (const BfEvaluator *evaluator);
/* The clock was set by @step_us and reads @now_us now: delays go on as if it had not been, civil time is looked at anew. */
void bf_evaluator_step_time (BfEvaluator *evaluator, gint64 now_us, gint64 step_us);
/* Results of Derive= outside of the property's Range=, taken as unknown; since the start. */
guint64 bf_evaluator_n_out_of_range (const BfEvaluator *evaluator);

/* Restart: the states that differ from rest; and set one back before the first run. */
void bf_evaluator_foreach_state (BfEvaluator *evaluator, void (*func) (const BfRuleState *, gpointer), gpointer user_data);
/* The same in steps of @n_rows: *@at is 0 at first and goes with the caller; FALSE when all were seen. */
gboolean bf_evaluator_step_states (BfEvaluator *evaluator, guint64 *at, guint n_rows, void (*func) (const BfRuleState *, gpointer),
                                   gpointer user_data);
void bf_evaluator_restore (BfEvaluator *evaluator, const BfRuleState *state);

/* What built-in functions remember, over a restart; and the plan of street lighting. Before the first asset is added. */
typedef struct _BfSeriesSaver BfSeriesSaver;
BfSeriesSaver *bf_series_saver_new (BfEvaluator *evaluator);
gboolean bf_series_saver_step (BfSeriesSaver *saver, guint n_series);
GBytes *bf_series_saver_end (BfSeriesSaver *saver);
guint bf_evaluator_load_series (BfEvaluator *evaluator, GBytes *bytes, gint64 now_us);
GBytes *bf_series_state_merge (GBytes *kept, GBytes *learnt, guint *ret_n_learnt, guint *ret_n_kept);
#define BF_SERIES_STATE_FILE "series.state" /* in an engine's data folder */
void bf_evaluator_set_lighting_plan (BfEvaluator *evaluator, BfLightingPlan *plan);
void bf_evaluator_check_lighting_plan (const BfEvaluator *evaluator, GPtrArray *problems);
/* Is a value of this property expected now (`Expected=`)? */
gboolean bf_evaluator_is_expected (BfEvaluator *evaluator, guint32 asset, guint16 property, gint64 now_us);

/* The rule as it holds for this asset, which may have its own (`[Rule id asset …]`); same index and id. */
const BfRule *bf_evaluator_rule_for (const BfEvaluator *evaluator, guint rule, guint32 asset);
/* Truth of the rule's condition on this asset now, and the values that it rests on (nullable); for "why?" and "why not?". */
BfTruth bf_evaluator_look (BfEvaluator *evaluator, guint rule, guint32 asset, gint64 now_us, GArray *ret_values /* BfRuleValue */);
/* The rule as it holds for this asset: its own when its file has one for it. */
const BfRule *bf_evaluator_rule_of (const BfEvaluator *evaluator, guint rule, guint32 asset);
gboolean bf_evaluator_standing (BfEvaluator *evaluator, guint rule, guint32 asset, BfRuleStanding *ret_standing);
/* (transfer full): the title of the rule for this asset with its values as people read them. */
char *bf_evaluator_title (BfEvaluator *evaluator, guint rule, guint32 asset, const char *zone_name, const char *language);

G_END_DECLS
