/* SPDX-License-Identifier: EUPL-1.2 */
/* The evaluator: see bf-evaluator.h and README.md.
 *
 * A batch: touched assets and timers that are due are marked in the tasks that read them, each (task, asset) once; then the
 * tasks run in the set's order, so that whatever one reads is settled. Memory grows when assets are added, never in a
 * batch but for the lists of what is dirty and due, which keep their room.
 *
 * Invariants: an asset is in a task's dirty list exactly when its mark is set; an asset has a timer that is due no later
 * than the first end of a delay or stale limit, or change by time alone, of anything of it. */

#include "rules/bf-builtins-private.h"

#include <math.h>
#include <string.h>

#define FETCH_AHEAD 8u   /* assets */
#define DIRTY_KEEP 4096u /* assets that a task's list of a batch keeps room for */

/* ---- Marks and timers ---- */

void
bf_evaluator_mark (BfEvaluator *evaluator, guint task, guint32 asset)
{
  BfTaskState *state = &evaluator->tasks[task];

  if (state->type == BF_TASK_RULE)
    {
      guint8 *flags = &state->state[evaluator->row[asset]];

      if (*flags & (BF_STATE_DIRTY | BF_STATE_OUT))
        return;
      *flags |= BF_STATE_DIRTY;
    }
  else if (state->type == BF_TASK_INDICATOR)
    {
      if (state->dirty->len > 0)
        return;
    }
  else
    {
      if (bf_bit_get (state->marked, asset))
        return;
      bf_bit_set (&state->marked, asset, evaluator->capacity);
    }
  g_array_append_val (state->dirty, asset);
}

void
bf_evaluator_wake (BfEvaluator *evaluator, guint32 asset, gint64 due_us)
{
  gint64 *armed_us = &evaluator->wake_us[asset];

  if (*armed_us != BF_TIME_NONE && *armed_us <= due_us)
    return;
  *armed_us = due_us;
  /* At a power of two the heap would double: those that are no longer meant may be most of it. */
  if (evaluator->timers->len >= 1024 && (evaluator->timers->len & (evaluator->timers->len - 1)) == 0)
    bf_timers_keep_meant (evaluator->timers, evaluator->wake_us);
  bf_timers_push (evaluator->timers, (BfTimer){ due_us, asset });
}

/* Sees to it that the instance is looked at again at @due_us at the latest. A rule may be looked at more often than it need
 * be; a derived value of time may not, since each look is an observation. */
static void
arm (BfEvaluator *evaluator, guint task, guint32 asset, gint64 due_us)
{
  BfTaskState *state = &evaluator->tasks[task];

  if (due_us == G_MAXINT64)
    return;
  if (state->type == BF_TASK_AGGREGATE || state->type == BF_TASK_DERIVED)
    {
      gint64 *own_us = bf_evaluator_due (evaluator, state, asset);

      if (*own_us == BF_TIME_NONE || *own_us > due_us)
        *own_us = due_us;
    }
  bf_evaluator_wake (evaluator, asset, due_us);
}

static void
mark_readers (BfEvaluator *evaluator, guint32 asset, guint16 property, gboolean same_band)
{
  const GArray *readers = evaluator->readers[property];
  guint16 kind = evaluator->kind[asset];

  for (guint i = 0; i < readers->len; i++)
    {
      const BfReader *reader = &g_array_index (readers, BfReader, i);

      if (reader->kind == kind && !(same_band && reader->banded))
        bf_evaluator_mark (evaluator, reader->task, asset);
    }
}

/* The asset is woken at the moment at which the value becomes unknown. */
static void
arm_stale (BfEvaluator *evaluator, guint32 asset, guint16 property)
{
  gint64 until_us = bf_model_known_until_us (evaluator->model, asset, property);

  if (until_us == BF_TIME_NONE || until_us == G_MAXINT64)
    return;
  bf_bit_set (&evaluator->armed[property], asset, evaluator->capacity);
  bf_evaluator_wake (evaluator, asset, until_us + 1);
}

static gboolean
is_watched (const BfEvaluator *evaluator, guint32 asset)
{
  return asset < evaluator->capacity && evaluator->row[asset] != G_MAXUINT32;
}

/* @now_us: BF_TIME_NONE: it is looked at though it may be in the band in which it was. */
static void
touch (BfEvaluator *evaluator, guint32 asset, guint16 property, double value, gint64 now_us)
{
  BfBands *bands = evaluator->bands[property];
  gboolean same_band = FALSE;

  bf_series_book_sample (evaluator->series, asset, property);
  if (now_us == BF_TIME_NONE)
    bf_bands_leave (bands, asset);
  else if (bands != NULL)
    same_band = bf_bands_enter (bands, evaluator, asset, value, now_us);
  mark_readers (evaluator, asset, property, same_band);
  if (!bf_bit_get (evaluator->armed[property], asset))
    arm_stale (evaluator, asset, property);
}

gint64
bf_evaluator_watched_since (const BfEvaluator *evaluator, guint32 asset, gint64 fallback_us)
{
  return is_watched (evaluator, asset) ? evaluator->since_us[asset] : fallback_us;
}

/**
 * bf_evaluator_touch:
 *
 * The latest value of (asset, property) in the model is another one. Cheap: marks what reads it. An asset that was not
 * added is passed over.
 */
void
bf_evaluator_touch (BfEvaluator *evaluator, guint32 asset, guint16 property)
{
  if (is_watched (evaluator, asset) && evaluator->readers[property] != NULL)
    touch (evaluator, asset, property, NAN, BF_TIME_NONE);
}

/**
 * bf_evaluator_observe:
 *
 * Takes one observation into the model and, when it is the latest value now, touches it. A late one goes into windows and raises
 * nothing by itself.
 *
 * Returns: what the model did with it
 */
BfObserved
bf_evaluator_observe (BfEvaluator *evaluator, guint32 asset, guint16 property, double value, gint64 observed_us, gint64 result_us,
                      guint16 feed, guint32 record)
{
  BfObserved observed;

  if (bf_record_is_ahead (record))
    {
      record &= ~BF_RECORD_AHEAD;
      if (observed_us > result_us)
        return bf_ahead_add (evaluator->ahead, asset, property, value, observed_us, result_us, feed, record) ? BF_OBSERVED_AHEAD
                                                                                                             : BF_OBSERVED_REFUSED;
    }
  bf_ahead_forget (evaluator->ahead, asset, record == BF_RECORD_GONE ? BF_NO_PROPERTY : property, feed, result_us);
  observed = bf_model_observe (evaluator->model, asset, property, value, observed_us, result_us, feed, record);
  if (observed == BF_OBSERVED_NEW || observed == BF_OBSERVED_CONFLICT)
    {
      if (is_watched (evaluator, asset) && evaluator->readers[property] != NULL)
        touch (evaluator, asset, property, value, result_us);
    }
  else if (observed == BF_OBSERVED_OLDER)
    bf_series_book_late (evaluator->series, asset, property, observed_us, value);
  return observed;
}

void
bf_evaluator_prepare (BfEvaluator *evaluator, guint32 asset, guint16 property)
{
  BfPrepared *before = &evaluator->prepared[evaluator->n_prepared++ % BF_PREPARED];

  if (before->asset < evaluator->capacity)
    bf_series_book_fetch (evaluator->series, before->asset, before->property, TRUE);
  *before = (BfPrepared){ asset, property };
  bf_series_book_fetch (evaluator->series, asset, property, FALSE);
}

/* Marks what waits for the asset's timer: rules whose delay runs and those of time all, since that costs less than a time kept for
 * each; the others when they are due. */
static void
wake_tasks (BfEvaluator *evaluator, guint32 asset, gint64 now_us)
{
  const GArray *tasks = evaluator->of_kind[evaluator->kind[asset]];

  for (guint i = 0; i < tasks->len; i++)
    {
      guint t = g_array_index (tasks, guint, i);
      BfTaskState *task = &evaluator->tasks[t];

      if (!task->timed || (task->type == BF_TASK_RULE && !task->restless && !(task->state[evaluator->row[asset]] & BF_STATE_PENDING)))
        continue;
      if (task->type != BF_TASK_RULE)
        {
          gint64 due_us = task->due_us != NULL ? task->due_us[asset] : BF_TIME_NONE;

          if (due_us == BF_TIME_NONE)
            continue;
          if (due_us > now_us)
            {
              bf_evaluator_wake (evaluator, asset, due_us);
              continue;
            }
          task->due_us[asset] = BF_TIME_NONE;
        }
      bf_evaluator_mark (evaluator, t, asset);
    }
}

/* Answers that time has changed, and values that have become too old. */
static void
wake_properties (BfEvaluator *evaluator, guint32 asset, gint64 now_us)
{
  const GArray *properties = bf_model_asset_kind (evaluator->model, asset)->properties;

  for (guint i = 0; i < properties->len; i++)
    {
      guint16 property = g_array_index (properties, guint16, i);
      double value;

      if (evaluator->readers[property] == NULL)
        continue;
      if (!bf_bands_wake (evaluator->bands[property], evaluator, asset, now_us))
        mark_readers (evaluator, asset, property, FALSE);
      if (!bf_bit_get (evaluator->armed[property], asset))
        continue;
      bf_bit_clear (evaluator->armed[property], asset);
      if (bf_model_known (evaluator->model, asset, property, now_us, &value))
        arm_stale (evaluator, asset, property);
      else
        {
          bf_bands_leave (evaluator->bands[property], asset);
          mark_readers (evaluator, asset, property, FALSE);
        }
    }
}

static void
run_timers (BfEvaluator *evaluator, gint64 now_us)
{
  BfTimer timer;

  bf_ahead_run (evaluator, now_us);
  while (bf_timers_pop (evaluator->timers, now_us, &timer))
    {
      if (evaluator->wake_us[timer.asset] != timer.due_us)
        continue;
      evaluator->wake_us[timer.asset] = BF_TIME_NONE;
      wake_tasks (evaluator, timer.asset, now_us);
      wake_properties (evaluator, timer.asset, now_us);
    }
}

/* ---- Programs ---- */

static double
aggregate_cb (gpointer user_data, guint aggregate, guint32 asset)
{
  const BfEvaluator *evaluator = user_data;

  return bf_groups_value (evaluator->tasks[evaluator->groups_task[aggregate]].groups, asset);
}

BfRun
bf_evaluator_run_for (const BfEvaluator *evaluator, guint32 asset, gint64 now_us)
{
  return (BfRun){ .model = evaluator->model,
                  .now_us = now_us,
                  .asset = asset,
                  .watch_since_us = asset < evaluator->capacity ? evaluator->since_us[asset] : now_us,
                  .aggregate = aggregate_cb,
                  .builtin = bf_series_book_run,
                  .user_data = (gpointer) evaluator,
                  .wake_us = G_MAXINT64 };
}

/* ---- Derived values ---- */

/* Phenomenon time of a derived value: the newest of its inputs; the batch's where assets or time come in. */
static gint64
newest_input (const BfEvaluator *evaluator, const BfProgram *program, guint32 asset)
{
  gint64 newest_us = BF_TIME_NONE;
  BfLatest latest;

  for (guint i = 0; i < program->n_reads; i++)
    if (bf_model_latest (evaluator->model, asset, program->reads[i], &latest))
      newest_us = MAX (newest_us, latest.observed_us);
  if (program->n_aggregates > 0 || program->uses_time || newest_us == BF_TIME_NONE)
    return evaluator->now_us;
  return newest_us;
}

static void
tell_derived (BfEvaluator *evaluator, guint32 asset, guint16 property, double value, gint64 observed_us)
{
  if (evaluator->handler.derived != NULL)
    evaluator->handler.derived (evaluator->user_data, asset, property, value, observed_us);
  bf_evaluator_touch (evaluator, asset, property);
}

/* UNKNOWN inputs, or a result outside of the property's Range=: the value is forgotten. */
static void
derive (BfEvaluator *evaluator, guint task, const BfDerived *derived, guint32 asset)
{
  const BfProperty *property = bf_catalog_property (evaluator->set->catalog, derived->property);
  BfRun run = bf_evaluator_run_for (evaluator, asset, evaluator->now_us);
  double value = bf_program_run (derived->program, &run);
  gint64 observed_us;
  BfObserved observed;
  BfLatest latest;

  arm (evaluator, task, asset, run.wake_us);
  if (value < property->range_min || value > property->range_max)
    {
      evaluator->n_out_of_range++;
      value = NAN;
    }
  if (isnan (value))
    {
      if (!bf_model_latest (evaluator->model, asset, derived->property, &latest))
        return;
      bf_model_forget (evaluator->model, asset, derived->property);
      tell_derived (evaluator, asset, derived->property, NAN, BF_TIME_NONE);
      return;
    }
  observed_us = newest_input (evaluator, derived->program, asset);
  observed = bf_model_observe (evaluator->model, asset, derived->property, value, observed_us, evaluator->now_us, BF_NO_FEED, 0);
  if (observed == BF_OBSERVED_OLDER)
    {
      bf_model_forget (evaluator->model, asset, derived->property);
      observed = bf_model_observe (evaluator->model, asset, derived->property, value, observed_us, evaluator->now_us,
                                   BF_NO_FEED, 0);
    }
  if (observed == BF_OBSERVED_NEW || observed == BF_OBSERVED_CONFLICT)
    tell_derived (evaluator, asset, derived->property, value, observed_us);
}

/* ---- Rules ---- */

static void
collect_values (BfEvaluator *evaluator, const BfProgram *program, guint32 asset, GArray *values)
{
  for (guint i = 0; i < program->n_reads; i++)
    {
      BfRuleValue value = { asset, program->reads[i], { 0 } };

      if (!bf_model_latest (evaluator->model, asset, value.property, &value.latest))
        value.latest = (BfLatest){ .observed_us = BF_TIME_NONE, .result_us = BF_TIME_NONE, .feed = BF_NO_FEED };
      g_array_append_val (values, value);
    }
}

static void
tell_rule (BfEvaluator *evaluator, const BfRule *rule, guint32 asset, gboolean raised, gint64 since_us, BfRuleCause cause)
{
  const BfProgram *program = !raised && rule->clear != NULL ? rule->clear : rule->when;
  BfRuleEvent event = { rule->index, asset, raised, evaluator->now_us, since_us, NULL, 0, cause };

  if (evaluator->handler.rule == NULL)
    return;
  g_array_set_size (evaluator->values, 0);
  collect_values (evaluator, program, asset, evaluator->values);
  event.values = (const BfRuleValue *) (const void *) evaluator->values->data;
  event.n_values = evaluator->values->len;
  evaluator->handler.rule (evaluator->user_data, &event);
}

/* The condition of the phase that the instance is in: When at rest; raised: Clear while When is
 * not true, or When known to be false. */
static double
phase_truth (const BfRule *rule, gboolean raised, BfRun *run)
{
  if (!raised)
    return bf_program_run (rule->when, run);
  if (rule->clear != NULL)
    {
      double clear = bf_program_run (rule->clear, run);

      /* What still meets When is not over, whatever Clear says. */
      return clear == 1 && bf_program_run (rule->when, run) == 1 ? 0 : clear;
    }
  return 1 - bf_program_run (rule->when, run);
}

static void
tell_known (BfEvaluator *evaluator, guint8 *state, guint rule, guint32 asset, gboolean known)
{
  if (evaluator->handler.known == NULL || known == ((*state & BF_STATE_KNOWN) != 0))
    return;
  *state ^= BF_STATE_KNOWN;
  evaluator->handler.known (evaluator->user_data, rule, asset, known);
}

/* Looks at one instance in its phase. A condition that is not TRUE, UNKNOWN included, abandons a delay that runs.
 * TRUE when the condition has held for its delay; @ret_since_us since when. */
static gboolean
look_at_phase (BfEvaluator *evaluator, guint task, const BfRule *rule, guint32 asset, gint64 *ret_since_us)
{
  BfTaskState *state = &evaluator->tasks[task];
  guint32 row = evaluator->row[asset];
  gboolean raised = (state->state[row] & state->phase) != 0;
  gint64 for_us = raised ? rule->clear_for_us : rule->when_for_us;
  BfRun run = bf_evaluator_run_for (evaluator, asset, evaluator->now_us);
  gboolean out = (state->state[row] & BF_STATE_OUT) != 0;
  gboolean over = out || (state->ends && bf_model_is_over (evaluator->model, asset));
  double truth = over ? raised : phase_truth (rule, raised, &run);
  gint64 *since_us;

  tell_known (evaluator, &state->state[row], rule->index, asset, !isnan (truth));
  if (!state->timed)
    {
      *ret_since_us = evaluator->now_us;
      return truth == 1;
    }
  arm (evaluator, task, asset, run.wake_us);
  if (!(truth == 1))
    {
      state->state[row] &= (guint8) ~BF_STATE_PENDING;
      return FALSE;
    }
  since_us = bf_evaluator_pending (state, row, TRUE);
  if (!(state->state[row] & BF_STATE_PENDING) || *since_us > evaluator->now_us)
    *since_us = evaluator->now_us; /* begins; or the clock was set back */
  *ret_since_us = *since_us;
  state->state[row] |= BF_STATE_PENDING;
  if (evaluator->now_us - *since_us >= for_us || out)
    return TRUE;
  arm (evaluator, task, asset, *since_us + for_us);
  return FALSE;
}

/* One transition at most a batch; then the new phase is looked at, so that its delay begins and its timers are armed. */
static void
evaluate_rule (BfEvaluator *evaluator, guint task, const BfRule *rule, guint32 asset)
{
  BfTaskState *state = &evaluator->tasks[task];
  guint32 row = evaluator->row[asset];
  BfRuleCause cause = { BF_NO_RULE, BF_NO_ASSET };
  gboolean changes;
  gint64 since_us;
  gint64 ignored_us;

  rule = bf_rule_of_asset (state, rule, asset);
  state->state[row] &= (guint8) ~BF_STATE_DIRTY;
  changes = look_at_phase (evaluator, task, rule, asset, &since_us);
  if (!changes && !state->careful)
    return;
  if (changes)
    {
      state->state[row] = (state->state[row] ^ state->phase) & (guint8) ~BF_STATE_PENDING;
      if (state->timed)
        look_at_phase (evaluator, task, rule, asset, &ignored_us);
    }
  if (state->careful
      && !bf_outcome_decide (evaluator, task, rule, asset, changes && (state->state[row] & BF_STATE_MET), &cause))
    return;
  tell_rule (evaluator, rule, asset, (state->state[row] & BF_STATE_RAISED) != 0, changes ? since_us : evaluator->now_us, cause);
}

/* ---- Indicators ---- */

static BfTruth
compare_target (const BfIndicatorFull *indicator, double value)
{
  switch ((int) indicator->target_op)
    {
    case BF_TOKEN_LT:
      return value < indicator->target ? BF_TRUTH_TRUE : BF_TRUTH_FALSE;
    case BF_TOKEN_LE:
      return value <= indicator->target ? BF_TRUTH_TRUE : BF_TRUTH_FALSE;
    case BF_TOKEN_GT:
      return value > indicator->target ? BF_TRUTH_TRUE : BF_TRUTH_FALSE;
    case BF_TOKEN_GE:
      return value >= indicator->target ? BF_TRUTH_TRUE : BF_TRUTH_FALSE;
    case BF_TOKEN_EQ:
      return value == indicator->target ? BF_TRUTH_TRUE : BF_TRUTH_FALSE;
    case BF_TOKEN_NE:
      return value != indicator->target ? BF_TRUTH_TRUE : BF_TRUTH_FALSE;
    default:
      return BF_TRUTH_UNKNOWN;
    }
}

static void
tell_indicator (BfEvaluator *evaluator, const BfIndicatorFull *indicator)
{
  BfRun run = bf_evaluator_run_for (evaluator, BF_NO_ASSET, evaluator->now_us);
  double value = bf_program_run (indicator->value, &run);
  BfTotals worst = { 0 };

  if (evaluator->handler.indicator == NULL)
    return;
  /* Of several aggregates the one of which the least share is known. */
  for (guint i = 0; i < indicator->value->n_aggregates; i++)
    {
      BfTotals totals;

      bf_groups_totals (evaluator->tasks[evaluator->groups_task[indicator->value->aggregates[i]->index]].groups, BF_NO_ASSET,
                        &totals);
      if (i == 0 || (guint64) totals.n_known * worst.n_assets < (guint64) worst.n_known * totals.n_assets)
        worst = totals;
    }
  evaluator->handler.indicator (evaluator->user_data, indicator->indicator, !isnan (value), isnan (value) ? 0 : value,
                                isnan (value) ? BF_TRUTH_UNKNOWN : compare_target (indicator, value), worst.n_known,
                                worst.n_assets);
}

/* ---- A batch ---- */

static void
run_aggregate (BfEvaluator *evaluator, guint task, const BfAggregate *aggregate, gboolean settle)
{
  BfTaskState *state = &evaluator->tasks[task];

  for (guint i = 0; i < state->dirty->len; i++)
    {
      guint32 asset = g_array_index (state->dirty, guint32, i);
      BfRun run = bf_evaluator_run_for (evaluator, asset, evaluator->now_us);
      double value;

      if (!is_watched (evaluator, asset))
        {
          bf_bit_clear (state->marked, asset);
          continue;
        }
      value = bf_program_run (aggregate->body, &run);
      if (state->held != NULL)
        value = bf_held_look (state->held, asset, value, evaluator->now_us, &run.wake_us);
      bf_bit_clear (state->marked, asset);
      arm (evaluator, task, asset, run.wake_us);
      bf_groups_refresh (state->groups, asset, value);
    }
  if (settle)
    bf_groups_settle (state->groups, state->user);
}

static void
fetch_ahead (const BfEvaluator *evaluator, const BfTaskState *task, guint i)
{
  for (guint j = 0; task->remembered != NULL && i < task->dirty->len && j < task->remembered->len; j++)
    bf_series_book_fetch (evaluator->series, g_array_index (task->dirty, guint32, i), g_array_index (task->remembered, guint16, j), FALSE);
}

static void
run_rule (BfEvaluator *evaluator, guint task, const BfRule *rule)
{
  const BfTaskState *state = &evaluator->tasks[task];
  guint i = 0;

  do
    for (; i < state->dirty->len; i++)
      {
        fetch_ahead (evaluator, state, i + FETCH_AHEAD);
        if (is_watched (evaluator, g_array_index (state->dirty, guint32, i)))
          evaluate_rule (evaluator, task, rule, g_array_index (state->dirty, guint32, i));
      }
  while (state->careful && bf_outcome_release (evaluator, task));
}

static void
run_task (BfEvaluator *evaluator, guint task, gboolean settle)
{
  BfTaskState *state = &evaluator->tasks[task];
  const BfRuleSet *set = evaluator->set;

  if (state->type == BF_TASK_AGGREGATE)
    run_aggregate (evaluator, task, g_ptr_array_index (set->aggregates, state->index), settle);
  else if (state->type == BF_TASK_INDICATOR)
    tell_indicator (evaluator, g_ptr_array_index (set->indicators, state->index));
  else if (state->type == BF_TASK_RULE)
    run_rule (evaluator, task, bf_rule_set_get (set, state->index));
  else
    for (guint i = 0; i < state->dirty->len; i++)
      {
        guint32 asset = g_array_index (state->dirty, guint32, i);

        bf_bit_clear (state->marked, asset);
        if (!is_watched (evaluator, asset))
          continue;
        derive (evaluator, task, g_ptr_array_index (set->derived, state->index), asset);
      }
  /* The memory of a rush is given back. */
  if (state->dirty->len > DIRTY_KEEP)
    {
      g_array_unref (state->dirty);
      state->dirty = g_array_new (FALSE, FALSE, sizeof (guint32));
    }
  g_array_set_size (state->dirty, 0);
}

/* Time that goes back though nobody said so (bf_evaluator_step_time()): delays begin anew with the next value of any band. */
static void
set_now (BfEvaluator *evaluator, gint64 now_us)
{
  for (guint i = 0; now_us < evaluator->now_us && i < bf_catalog_n_properties (evaluator->set->catalog); i++)
    bf_bands_forget (evaluator->bands[i], evaluator->capacity);
  evaluator->now_us = now_us;
}

/**
 * bf_evaluator_run:
 * @now_us: result time of the batch
 *
 * Evaluates what was touched and what is due, in the order derived values, rules, indicators; calls the handler, which
 * must not call back but for bf_evaluator_title() and bf_evaluator_look().
 */
void
bf_evaluator_run (BfEvaluator *evaluator, gint64 now_us)
{
  set_now (evaluator, now_us);
  run_timers (evaluator, now_us);
  for (guint i = 0; i < evaluator->n_tasks; i++)
    {
      if (evaluator->tasks[i].dirty->len > 0)
        run_task (evaluator, i, TRUE);
      else if (evaluator->tasks[i].groups != NULL)
        bf_groups_settle (evaluator->tasks[i].groups, evaluator->tasks[i].user); /* what slices left */
      if (evaluator->tasks[i].careful)
        bf_outcome_tell_limit (evaluator, i);
    }
}

/**
 * bf_evaluator_run_slice:
 * @now_us: result time of the payload
 *
 * Evaluates what was touched and is due, but for what rests on aggregates; their counters go along.
 */
void
bf_evaluator_run_slice (BfEvaluator *evaluator, gint64 now_us)
{
  set_now (evaluator, now_us);
  run_timers (evaluator, now_us);
  for (guint i = 0; i < evaluator->n_tasks; i++)
    if (evaluator->tasks[i].dirty->len > 0 && !evaluator->tasks[i].whole)
      run_task (evaluator, i, FALSE);
}

gint64
bf_evaluator_next_us (const BfEvaluator *evaluator)
{
  gint64 timer_us = evaluator->timers->len > 0 ? g_array_index (evaluator->timers, BfTimer, 0).due_us : BF_TIME_NONE;
  gint64 ahead_us = bf_ahead_next_us (evaluator->ahead);

  return timer_us == BF_TIME_NONE || (ahead_us != BF_TIME_NONE && ahead_us < timer_us) ? ahead_us : timer_us;
}

guint64
bf_evaluator_n_out_of_range (const BfEvaluator *evaluator)
{
  return evaluator->n_out_of_range;
}

/* ---- Restart ---- */

static void
tell_state (BfEvaluator *evaluator, const BfRule *rule, guint32 row, void (*func) (const BfRuleState *, gpointer), gpointer user_data)
{
  BfTaskState *task = &evaluator->tasks[evaluator->rule_task[rule->index]];
  guint8 flags = task->state[row] & (BF_STATE_RAISED | BF_STATE_PENDING | BF_STATE_MET);
  BfRuleState state = { .rule_id = rule->id, .asset = evaluator->assets[rule->kind][row], .raised = (flags & BF_STATE_RAISED) != 0,
                        .pending_since_us = BF_TIME_NONE, .met = (flags & BF_STATE_MET) != 0 };

  if (task->counted != NULL)
    state.counted_us = bf_outcome_counted (task, state.asset, &state.n_counted);
  if (flags == 0 && state.n_counted == 0)
    return;
  if (flags & BF_STATE_PENDING)
    state.pending_since_us = *bf_evaluator_pending (task, row, FALSE);
  func (&state, user_data);
}

/**
 * bf_evaluator_step_states:
 * @at: (inout): 0 at first; rule in the upper half, row in the lower
 *
 * Calls @func for each of the next @n_rows instances that is raised or whose delay runs.
 *
 * Returns: whether there are more
 */
gboolean
bf_evaluator_step_states (BfEvaluator *evaluator, guint64 *at, guint n_rows, void (*func) (const BfRuleState *, gpointer),
                          gpointer user_data)
{
  guint r = (guint) (*at >> 32);
  guint32 row = (guint32) *at;

  for (; r < bf_rule_set_n (evaluator->set); r++, row = 0)
    {
      const BfRule *rule = bf_rule_set_get (evaluator->set, r);

      for (; row < evaluator->n_rows[rule->kind]; row++, n_rows--)
        {
          if (n_rows == 0)
            {
              *at = (guint64) r << 32 | row;
              return TRUE;
            }
          tell_state (evaluator, rule, row, func, user_data);
        }
    }
  return FALSE;
}

/**
 * bf_evaluator_foreach_state:
 *
 * Calls @func for each (rule, asset) that is raised or whose delay runs.
 */
void
bf_evaluator_foreach_state (BfEvaluator *evaluator, void (*func) (const BfRuleState *, gpointer), gpointer user_data)
{
  guint64 at = 0;

  while (bf_evaluator_step_states (evaluator, &at, G_MAXUINT, func, user_data))
    ;
}

/**
 * bf_evaluator_restore:
 * @state: of a rule and an asset of its kind that has been added; another is logged and passed over
 *
 * Sets one instance back before the first run. What is not there any more is not an error: rules change between runs.
 */
void
bf_evaluator_restore (BfEvaluator *evaluator, const BfRuleState *state)
{
  const BfRule *rule = bf_rule_set_find (evaluator->set, state->rule_id);
  BfTaskState *task;
  guint32 row;

  if (rule == NULL || !is_watched (evaluator, state->asset) || evaluator->kind[state->asset] != rule->kind)
    {
      g_info ("state of rule %s is not restored: no such rule or asset any more", state->rule_id);
      return;
    }
  task = &evaluator->tasks[evaluator->rule_task[rule->index]];
  row = evaluator->row[state->asset];
  if (task->careful)
    bf_outcome_restore (evaluator, evaluator->rule_task[rule->index], rule, state);
  else
    task->state[row] = (task->state[row] & (BF_STATE_DIRTY | BF_STATE_OUT)) | (state->raised ? BF_STATE_RAISED : 0);
  if (state->pending_since_us != BF_TIME_NONE && task->timed)
    {
      task->state[row] |= BF_STATE_PENDING;
      *bf_evaluator_pending (task, row, TRUE) = state->pending_since_us;
    }
  if (task->state[row] & BF_STATE_OUT)
    {
      /* It is not for this asset any more, and returns. */
      task->state[row] &= (guint8) ~BF_STATE_OUT;
      bf_evaluator_mark (evaluator, evaluator->rule_task[rule->index], state->asset);
      task->state[row] |= BF_STATE_OUT;
    }
  else
    bf_evaluator_mark (evaluator, evaluator->rule_task[rule->index], state->asset);
}

/* ---- Looking ---- */

/**
 * bf_evaluator_rule_for:
 *
 * Returns: the rule as it holds for @asset: its own of `[Rule id asset …]`, or the one for all
 */
const BfRule *
bf_evaluator_rule_for (const BfEvaluator *evaluator, guint rule, guint32 asset)
{
  return bf_rule_of_asset (&evaluator->tasks[evaluator->rule_task[rule]], bf_rule_set_get (evaluator->set, rule), asset);
}

/**
 * bf_evaluator_look:
 * @ret_values: (nullable) (element-type BfRuleValue): emptied, then filled with what When reads of the asset
 *
 * Returns: truth of When on @asset, which must be of the rule's kind; %BF_TRUTH_UNKNOWN for another
 */
BfTruth
bf_evaluator_look (BfEvaluator *evaluator, guint rule, guint32 asset, gint64 now_us, GArray *ret_values)
{
  const BfTaskState *task = &evaluator->tasks[evaluator->rule_task[rule]];
  const BfRule *r = bf_evaluator_rule_for (evaluator, rule, asset);
  gboolean none;
  BfRun run;
  double truth;

  if (ret_values != NULL)
    g_array_set_size (ret_values, 0);
  if (!is_watched (evaluator, asset) || evaluator->kind[asset] != r->kind)
    return BF_TRUTH_UNKNOWN;
  run = bf_evaluator_run_for (evaluator, asset, now_us);
  none = (task->state[evaluator->row[asset]] & BF_STATE_OUT) || (task->ends && bf_model_is_over (evaluator->model, asset));
  truth = none ? 0 : bf_program_run (r->when, &run);
  if (ret_values != NULL)
    collect_values (evaluator, r->when, asset, ret_values);
  return isnan (truth) ? BF_TRUTH_UNKNOWN : truth == 1 ? BF_TRUTH_TRUE : BF_TRUTH_FALSE;
}
