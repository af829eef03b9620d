/* SPDX-License-Identifier: EUPL-1.2 */
/* A rehearsal: rules over observations of the past, through the evaluator and the book that the engine runs, with a clock that
 * the observations drive. It gives every transition of an alert and, at its end, its figures (bf-figures.h).
 *
 * Observations come by result time, one batch a payload, as they came to the engine:
 *
 *   bf_rehearsal_begin (r, result_us);      timers that are due before run first, each at its own time
 *   bf_rehearsal_put_asset (r, …);
 *   bf_rehearsal_take_list (r, …);          when it is one of all that is current
 *   bf_rehearsal_observe (r, …);
 *   bf_rehearsal_commit (r);                one evaluation at @result_us
 *   …
 *   bf_rehearsal_end (r, to_us);            what is due until then
 *
 * One thread, no clock, no I/O: several may run at once over one rule set. Memory: a model, and 24 bytes a pair of rule and asset. */
#pragma once

#include "alerts/bf-alert.h"
#include "model/bf-model.h"
#include "model/bf-zones.h"
#include "rules/bf-lighting-plan.h"
#include "rules/bf-rules.h"

G_BEGIN_DECLS

typedef struct _BfRehearsal BfRehearsal;

/**
 * BfRehearsalOptions:
 * @zone: (transfer none): time zone of days, nights and texts
 * @zones: (nullable) (transfer none)
 * @from_us: what is raised before is not of the figures: the rules only warm up; %BF_TIME_NONE: from the first batch on
 * @acknowledge: each alert is acknowledged as it is raised, so that every time that a rule fires is an alert of its own; else
 *   one that nobody acknowledges stays open and is raised again
 * @transitions_only: the handler hears all, figures are not asked for: nothing is gathered, however long it goes on
 */
typedef struct
{
  GTimeZone *zone;
  const BfZones *zones;
  gint64 from_us;
  gboolean acknowledge;
  gboolean transitions_only;
} BfRehearsalOptions;

/**
 * BfRehearsalHandler:
 * @changed: (nullable): a transition, the book's, those of the time before @from_us too
 * @feed_name: (nullable): name of a feed by its number, for "why?"
 */
typedef struct
{
  void (*changed) (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event);
  const char *(*feed_name) (gpointer user_data, guint16 feed);
} BfRehearsalHandler;

/**
 * BfRehearsalCounts: what became of the observations, and how often was evaluated
 * @n_late: older than the newest of their property: they raise nothing
 * @n_again: the same stamp and value once more; @n_conflicts: the same stamp and another value
 * @n_gone: things that a list no longer had
 * @n_behind: batches with a result time before the one before: taken at the time of that one
 */
typedef struct
{
  guint64 n_batches;
  guint64 n_observations;
  guint64 n_late;
  guint64 n_again;
  guint64 n_conflicts;
  guint64 n_refused;
  guint64 n_behind;
  guint64 n_evaluations;
  guint64 n_gone;
} BfRehearsalCounts;

BfRehearsal *bf_rehearsal_new (const BfCatalog *catalog, const BfRuleSet *rules, const BfRehearsalOptions *options,
                               const BfRehearsalHandler *handler, gpointer user_data);
void bf_rehearsal_free (BfRehearsal *rehearsal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfRehearsal, bf_rehearsal_free)

void bf_rehearsal_set_stale_limit (BfRehearsal *rehearsal, guint16 feed, guint16 property, gint64 limit_us);
/* (transfer full): what lighting_plan() asks; before the first batch. */
void bf_rehearsal_set_lighting_plan (BfRehearsal *rehearsal, BfLightingPlan *plan);
void bf_rehearsal_begin (BfRehearsal *rehearsal, gint64 result_us);
guint32 bf_rehearsal_put_asset (BfRehearsal *rehearsal, const BfAssetInfo *info, guint16 feed, GError **error);
BfObserved bf_rehearsal_observe (BfRehearsal *rehearsal, guint32 asset, guint16 property, double value, gint64 observed_us,
                                 guint16 feed, guint32 record);
/* Within a batch, before its observations. */
void bf_rehearsal_take_list (BfRehearsal *rehearsal, guint16 feed, guint service, gint64 as_of_us, gboolean whole,
                             const guint32 *assets, guint n);
void bf_rehearsal_commit (BfRehearsal *rehearsal);
void bf_rehearsal_end (BfRehearsal *rehearsal, gint64 to_us);

/* (transfer full) (nullable): while @changed is told of a rule's transition: the values that it rests on, a JSON array. */
char *bf_rehearsal_event_values (const BfRehearsal *rehearsal);
guint bf_rehearsal_recall (BfRehearsal *rehearsal, GBytes *state, gint64 now_us);
GBytes *bf_rehearsal_remembered (BfRehearsal *rehearsal);
const BfRehearsalCounts *bf_rehearsal_counts (const BfRehearsal *rehearsal);
const BfModel *bf_rehearsal_model (const BfRehearsal *rehearsal);

G_END_DECLS
