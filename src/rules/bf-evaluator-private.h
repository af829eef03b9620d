/* SPDX-License-Identifier: EUPL-1.2 */
/* What bf-evaluator.c (tasks, rules, derived values), bf-groups.c (aggregates) and bf-timers.c share. All of one thread. */
#pragma once

#include "rules/bf-evaluator.h"
#include "rules/bf-rules-private.h"

G_BEGIN_DECLS

/* ---- Timers: a binary heap by time; one that counts an asset, whatever waits for it ---- */

typedef struct
{
  gint64 due_us;
  guint32 asset;
} BfTimer;

void bf_timers_push (GArray *heap, BfTimer timer);
/* Takes out the timers that are not those of @wake_us, by asset. */
void bf_timers_keep_meant (GArray *heap, const gint64 *wake_us);
/* FALSE when none is due at @now_us. */
gboolean bf_timers_pop (GArray *heap, gint64 now_us, BfTimer *ret_timer);

/* ---- Aggregates ---- */

typedef struct _BfGroups BfGroups;
typedef struct _BfHeld BfHeld; /* of `within` (bf-held.c) */

BfHeld *bf_held_new (gint64 within_us);
void bf_held_free (BfHeld *held);
void bf_held_set (BfHeld *held, guint32 asset, gint64 last_us);
double bf_held_look (BfHeld *held, guint32 asset, double value, gint64 now_us, gint64 *ret_until_us);
void bf_held_step_time (BfHeld *held, gint64 step_us);
void bf_held_foreach (const BfHeld *held, gint64 now_us, void (*func) (guint32 asset, gint64 last_us, gpointer data), gpointer data);

/* What an aggregate looked at. */
typedef struct
{
  guint32 n_assets;
  guint32 n_known;
  double sum; /* of numbers, or of truths (1 true, 0 false) */
  double carry;
  double min;
  double max;
} BfTotals;

BfGroups *bf_groups_new (BfEvaluator *evaluator, const BfAggregate *aggregate);
void bf_groups_free (BfGroups *groups);
void bf_groups_grow (BfGroups *groups, guint16 kind, guint32 n_rows);
/* The member's value or its place changed: reckons it and moves the counters. */
void bf_groups_remove (BfGroups *groups, guint32 asset);
void bf_groups_refresh (BfGroups *groups, guint32 asset, double value);
/* End of a batch: settles least and greatest, marks all owners (of @user) of groups that changed. */
void bf_groups_settle (BfGroups *groups, guint user);
void bf_groups_totals (const BfGroups *groups, guint32 owner, BfTotals *ret_totals);
/* An aggregate over what is near, before and after a member moves: marks the owners around it. */
void bf_groups_mark_around (const BfGroups *groups, guint user, guint32 asset);
double bf_groups_value (const BfGroups *groups, guint32 owner);

/* ---- Observations that can change nothing (bf-bands.c) ---- */

typedef struct _BfBands BfBands;

BfBands *bf_bands_new (const BfEvaluator *evaluator, guint16 property);
void bf_bands_free (BfBands *bands);
void bf_bands_grow (BfBands *bands, guint32 from, guint32 to);
gboolean bf_bands_enter (BfBands *bands, BfEvaluator *evaluator, guint32 asset, double value, gint64 now_us);
gboolean bf_bands_wake (BfBands *bands, BfEvaluator *evaluator, guint32 asset, gint64 now_us);
void bf_bands_leave (BfBands *bands, guint32 asset);
void bf_bands_forget (BfBands *bands, guint32 capacity);
/* Which band of @at, ascending, in the order below the first, at it, above it …: from 1. */
static inline guint8
bf_band_between (const double *at, guint n, double value)
{
  guint below = 0;

  while (below < n && at[below] < value)
    below++;
  return (guint8) (2 * below + 1 + (below < n && at[below] == value));
}

/* ---- What is asked of windows and profiles (bf-asks.c) ---- */

typedef struct _BfAsk BfAsk;

BfAsk *bf_ask_new (const BfBuiltin *builtin);
void bf_ask_free (gpointer ask);
const BfBuiltin *bf_ask_builtin (const BfAsk *ask);
GArray *bf_ask_thresholds (BfAsk *ask);
gboolean bf_ask_is_of (const BfAsk *ask, const BfBuiltin *builtin);
void bf_ask_saw (BfAsk *ask, guint32 asset, guint32 capacity, double answer, gint64 due_us);
/* Of all asks of a property, BfAsk; nullable. */
BfAsk *bf_asks_find (const GPtrArray *asks, const BfBuiltin *builtin);
void bf_asks_grow (const GPtrArray *asks, guint32 from, guint32 to);
void bf_asks_leave (const GPtrArray *asks, guint32 asset);
void bf_asks_forget (const GPtrArray *asks, guint32 capacity);
gboolean bf_asks_look (const GPtrArray *asks, BfEvaluator *evaluator, guint32 asset, gint64 now_us);
gboolean bf_asks_wake (const GPtrArray *asks, BfEvaluator *evaluator, guint32 asset, gint64 now_us);

/* ---- Tasks ---- */

enum
{
  BF_STATE_RAISED = 1,
  BF_STATE_PENDING = 2,
  BF_STATE_DIRTY = 4,
  BF_STATE_KNOWN = 8, /* as the handler was told; only when it wants to be */
  /* Of careful rules (bf-outcome.c) only: */
  BF_STATE_MET = 16,    /* the condition's phase; of other rules RAISED is */
  BF_STATE_ACTIVE = 32, /* met, often enough */
  BF_STATE_HELD = 64,   /* active, and the rule has its MaxAlerts= */
  /* Of any rule: */
  BF_STATE_OUT = 128,   /* by Where= not for this asset: not marked, but once when it becomes so */
};

typedef struct _BfCounted BfCounted;

/* Of SuppressedBy=: @task is the other rule's. */
typedef struct
{
  guint task;
  gboolean zone;
} BfSuppression;

/* One unit of work and its instances. Rules have theirs by row of their kind; all other tasks by asset. */
typedef struct
{
  BfTaskType type;
  guint index;
  guint user;               /* of an aggregate: the task whose program reads it */
  GArray *dirty;            /* guint32, assets to look at in this batch, each once */
  guint8 *state;            /* rules: BF_STATE_* by row */
  GPtrArray *pending;       /* rules with a delay: gint64 by row, since when it runs, in chunks; NULL: no delay runs there */
  gint64 *due_us;           /* aggregates and derived of time, by asset: when to look again, BF_TIME_NONE: need not. NULL: none ever */
  guint8 *marked;           /* others: bitmap by asset: in @dirty. NULL: none ever was */
  gboolean timed;
  gboolean restless;        /* rules: more than a delay that runs may end with time, but for what bf-asks.c looks at */
  GArray *remembered;       /* of rules: guint16, properties whose series it asks; NULL: none */
  gboolean ends;            /* rules: holds of nothing that is over (`Ended=` of its kind) */
  gboolean whole;           /* rests on an aggregate: not to be looked at between the slices of a payload */
  BfGroups *groups;
  BfHeld *held;             /* of aggregates with `within` */
  const BfProgram *where;   /* of rules (nullable) */
  GHashTable *variants;     /* of rules: asset -> BfRule that holds for it instead; NULL: none has its own */
  /* Of rules, bf-outcome.c: */
  guint8 phase;             /* flag of the phase that the condition is in: BF_STATE_MET of careful ones, else BF_STATE_RAISED */
  gboolean careful;         /* Count=, SuppressedBy=, MaxAlerts=, or suppresses others */
  GArray *suppressed_by;    /* (nullable): BfSuppression */
  GArray *suppresses;       /* likewise */
  GHashTable *counted;      /* asset -> BfCounted; NULL without Count= */
  GHashTable *zone_of;      /* active asset -> its zone, when it suppresses over zone; NULL otherwise */
  GArray *zone_active;      /* guint by zone: active assets in it */
  guint n_raised;
  guint n_held;
  guint told_held;
} BfTaskState;

typedef struct
{
  guint32 task;
  guint16 kind;
  gboolean banded; /* asks of the property only in which band it is (bf-bands.c) */
} BfReader;

typedef struct _BfSeriesBook BfSeriesBook;

typedef struct _BfAhead BfAhead;

typedef struct
{
  guint32 asset;
  guint16 property;
} BfPrepared;

#define BF_PREPARED 8u

struct _BfEvaluator
{
  BfAhead *ahead;       /* what feeds say of times to come */
  BfSeriesBook *series; /* what built-in functions remember */
  const BfRuleSet *set;
  BfModel *model;
  GTimeZone *zone;
  BfEvaluatorHandler handler;
  gpointer user_data;
  gint64 now_us;
  guint64 n_out_of_range;
  BfPrepared prepared[BF_PREPARED]; /* ring, of the last */
  guint n_prepared;

  guint n_tasks;
  BfTaskState *tasks;
  guint *rule_task;   /* by rule */
  guint *groups_task; /* by aggregate */
  GArray **readers;   /* by property: BfReader; NULL: nobody reads it */
  BfBands **bands;    /* by property: NULL: no reader of it is banded */
  guint8 **armed;     /* by property: bitmap by asset: its stale limit is waited for. NULL: none ever was */
  gboolean *near;     /* by kind: an aggregate over what is near counts or serves its assets; only those are in the grid */
  GArray **of_kind;   /* by kind: guint32, tasks that look at its assets */

  guint32 capacity; /* by asset: */
  guint32 *row;     /* G_MAXUINT32: not watched */
  guint16 *kind;
  gint64 *since_us;
  gint64 *wake_us;  /* its timer that counts, BF_TIME_NONE: none */
  BfPoint *point; /* where the grid has it; NAN: nowhere. NULL when there is no grid */

  guint32 *n_rows; /* by kind: */
  guint32 *row_capacity;
  guint32 **assets;

  GHashTable *grid; /* cell -> GArray of guint32; NULL when no aggregate is near */
  GArray *timers;   /* BfTimer */
  GArray *values;   /* BfRuleValue, of the event that is being told */
};

/* bf-ahead.c */
BfAhead *bf_ahead_new (void);
void bf_ahead_free (BfAhead *ahead);
gboolean bf_ahead_add (BfAhead *ahead, guint32 asset, guint16 property, double value, gint64 at_us, gint64 result_us, guint16 feed,
                       guint32 record);
void bf_ahead_forget (BfAhead *ahead, guint32 asset, guint16 property, guint16 feed, gint64 result_us);
gint64 bf_ahead_next_us (const BfAhead *ahead);
void bf_ahead_run (BfEvaluator *evaluator, gint64 now_us);

void bf_evaluator_mark (BfEvaluator *evaluator, guint task, guint32 asset);
BfRun bf_evaluator_run_for (const BfEvaluator *evaluator, guint32 asset, gint64 now_us);
/* Sees to it that the asset is looked at again at @due_us at the latest. */
void bf_evaluator_wake (BfEvaluator *evaluator, guint32 asset, gint64 due_us);
/* The rule as it is for this asset. */
static inline const BfRule *
bf_rule_of_asset (const BfTaskState *task, const BfRule *rule, guint32 asset)
{
  const BfRule *own = task->variants != NULL ? g_hash_table_lookup (task->variants, GUINT_TO_POINTER (asset)) : NULL;

  return own != NULL ? own : rule;
}

/* Assets within @radius_m of @asset, itself left out. */
void bf_evaluator_foreach_near (const BfEvaluator *evaluator, guint32 asset, double radius_m,
                                void (*func) (guint32 asset, gpointer data), gpointer data);
void bf_evaluator_place (BfEvaluator *evaluator, guint32 asset);
/* The instance's time to look again, of an aggregate or a derived value; makes room when it is the first. */
gint64 *bf_evaluator_due (const BfEvaluator *evaluator, BfTaskState *task, guint32 asset);
/* Since when the rule's delay runs for that row; NULL unless @make when none ever ran near it. */
gint64 *bf_evaluator_pending (BfTaskState *task, guint32 row, gboolean make);

/* ---- From a condition to an alert (bf-outcome.c) ---- */

#define BF_OUTCOME_NO_ZONE G_MAXUINT16

void bf_outcome_set_up (BfEvaluator *evaluator);
void bf_outcome_clear (BfTaskState *task);
gboolean bf_outcome_decide (BfEvaluator *evaluator, guint t, const BfRule *rule, guint32 asset, gboolean met, BfRuleCause *ret_cause);
gboolean bf_outcome_release (BfEvaluator *evaluator, guint t);
void bf_outcome_tell_limit (BfEvaluator *evaluator, guint t);
void bf_outcome_moved (BfEvaluator *evaluator, guint32 asset);
void bf_outcome_restore (BfEvaluator *evaluator, guint t, const BfRule *rule, const BfRuleState *state);
const gint64 *bf_outcome_counted (const BfTaskState *task, guint32 asset, guint *ret_n);
void bf_outcome_step_time (BfTaskState *task, gint64 step_us);

/* A city has some assets of each kind, and a kind few properties: most bitmaps by asset would be all of zeros. So one is made
 * with its first bit, of @n_bits, a multiple of 8. */
static inline gboolean
bf_bit_get (const guint8 *bits, guint32 i)
{
  return bits != NULL && ((bits[i >> 3] >> (i & 7)) & 1) != 0;
}

static inline void
bf_bit_set (guint8 **bits, guint32 i, guint32 n_bits)
{
  if (*bits == NULL)
    *bits = g_malloc0 (n_bits / 8);
  (*bits)[i >> 3] |= (guint8) (1u << (i & 7));
}

static inline void
bf_bit_clear (guint8 *bits, guint32 i)
{
  bits[i >> 3] &= (guint8) ~(1u << (i & 7));
}

G_END_DECLS
