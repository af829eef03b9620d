/* SPDX-License-Identifier: EUPL-1.2 */
/* From a condition that is met to an alert: `Count=`, `SuppressedBy=`, `MaxAlerts=`. Rules that have none of them and suppress nobody
 * never come here (BfTaskState.careful).
 *
 *   condition met ──▶ active: met so many times within a time ──▶ raised: active, not suppressed, and there is room
 *
 * An active one that is not raised is suppressed, or held by the limit; both are looked at anew when their cause changes. What is
 * raised and then suppressed returns with the cause: whichever of two rules came first, the end is the same. Active rules suppress,
 * raised or not, so that a chain of causes holds.
 *
 * Invariants: n_raised and n_held are the numbers of rows with that flag, zone_active the number of active rows by zone, where
 * zone_of has the zone that each was counted in. Memory: a ring of times for a row that was ever counted, freed when all are past. */

#include "rules/bf-evaluator-private.h"

#include <string.h>

#define PARENTS_MAX 16u

/* The last times at which the condition was met, oldest first. */
struct _BfCounted
{
  guint n;
  gint64 at_us[];
};

/* ---- Counters ---- */

static void
count_zone (const BfEvaluator *evaluator, BfTaskState *task, guint32 asset, gboolean active)
{
  guint16 zone = active ? bf_model_asset_zone (evaluator->model, asset) : BF_OUTCOME_NO_ZONE;
  gpointer before;

  if (task->zone_of == NULL)
    return;
  if (g_hash_table_lookup_extended (task->zone_of, GUINT_TO_POINTER (asset), NULL, &before))
    {
      g_array_index (task->zone_active, guint, GPOINTER_TO_UINT (before))--;
      g_hash_table_remove (task->zone_of, GUINT_TO_POINTER (asset));
    }
  if (zone == BF_OUTCOME_NO_ZONE)
    return;
  if (zone >= task->zone_active->len)
    g_array_set_size (task->zone_active, zone + 1);
  g_array_index (task->zone_active, guint, zone)++;
  g_hash_table_insert (task->zone_of, GUINT_TO_POINTER (asset), GUINT_TO_POINTER ((guint) zone));
}

/* Marks the instance when what suppresses it matters to it now. */
static void
mark_if_active (BfEvaluator *evaluator, guint t, guint32 asset)
{
  const BfTaskState *task = &evaluator->tasks[t];

  if (asset >= evaluator->capacity || evaluator->row[asset] == G_MAXUINT32
      || bf_rule_set_get (evaluator->set, task->index)->kind != evaluator->kind[asset])
    return;
  if (task->state[evaluator->row[asset]] & BF_STATE_ACTIVE)
    bf_evaluator_mark (evaluator, t, asset);
}

/* The asset and all below it; no deeper than causes are looked for. */
static void
mark_below (BfEvaluator *evaluator, guint t, guint32 top)
{
  guint32 path[PARENTS_MAX];
  guint depth = 0;

  mark_if_active (evaluator, t, top);
  path[0] = bf_model_first_child (evaluator->model, top);
  for (;;)
    {
      guint32 at = path[depth];

      if (at == BF_NO_ASSET && depth == 0)
        return;
      if (at == BF_NO_ASSET)
        {
          depth--;
          path[depth] = bf_model_next_sibling (evaluator->model, path[depth]);
          continue;
        }
      mark_if_active (evaluator, t, at);
      if (depth + 1 < PARENTS_MAX)
        path[++depth] = bf_model_first_child (evaluator->model, at);
      else
        path[depth] = bf_model_next_sibling (evaluator->model, at);
    }
}

static void
mark_zone (BfEvaluator *evaluator, guint t, guint16 zone)
{
  guint16 kind = bf_rule_set_get (evaluator->set, evaluator->tasks[t].index)->kind;

  for (guint32 row = 0; zone != BF_OUTCOME_NO_ZONE && row < evaluator->n_rows[kind]; row++)
    if (bf_model_asset_zone (evaluator->model, evaluator->assets[kind][row]) == zone)
      mark_if_active (evaluator, t, evaluator->assets[kind][row]);
}

static void
mark_suppressed (BfEvaluator *evaluator, const BfTaskState *task, guint32 asset)
{
  for (guint i = 0; task->suppresses != NULL && i < task->suppresses->len; i++)
    {
      const BfSuppression *link = &g_array_index (task->suppresses, BfSuppression, i);

      if (link->zone)
        mark_zone (evaluator, link->task, bf_model_asset_zone (evaluator->model, asset));
      else
        mark_below (evaluator, link->task, asset);
    }
}

/* The one place in which flags change that are counted. */
static void
set_flags (BfEvaluator *evaluator, guint t, guint32 asset, guint8 flags)
{
  BfTaskState *task = &evaluator->tasks[t];
  guint8 *state = &task->state[evaluator->row[asset]];
  guint8 changed = *state ^ flags;

  *state = flags;
  if (changed & BF_STATE_RAISED)
    task->n_raised += flags & BF_STATE_RAISED ? 1 : -1;
  if (changed & BF_STATE_HELD)
    task->n_held += flags & BF_STATE_HELD ? 1 : -1;
  if (changed & BF_STATE_ACTIVE)
    {
      count_zone (evaluator, task, asset, (flags & BF_STATE_ACTIVE) != 0);
      mark_suppressed (evaluator, task, asset);
    }
}

/* ---- Count= ---- */

static BfCounted *
get_counted (const BfTaskState *task, guint32 asset)
{
  return task->counted != NULL ? g_hash_table_lookup (task->counted, GUINT_TO_POINTER (asset)) : NULL;
}

static void
note_met (BfTaskState *task, const BfRule *rule, guint32 asset, gint64 at_us)
{
  BfCounted *counted = get_counted (task, asset);

  if (counted == NULL)
    {
      counted = g_malloc0 (sizeof *counted + rule->count * sizeof (gint64));
      g_hash_table_insert (task->counted, GUINT_TO_POINTER (asset), counted);
    }
  if (counted->n == rule->count)
    memmove (counted->at_us, counted->at_us + 1, --counted->n * sizeof (gint64));
  counted->at_us[counted->n++] = at_us;
}

/* Until when the number within the time is reached; BF_TIME_NONE: it is not. Forgets what is past. */
static gint64
reached_until (BfTaskState *task, const BfRule *rule, guint32 asset, gint64 now_us)
{
  BfCounted *counted = get_counted (task, asset);
  guint past = 0;

  if (counted == NULL)
    return BF_TIME_NONE;
  while (past < counted->n && now_us - counted->at_us[past] > rule->count_within_us)
    past++;
  memmove (counted->at_us, counted->at_us + past, (counted->n - past) * sizeof (gint64));
  counted->n -= past;
  if (counted->n == 0)
    g_hash_table_remove (task->counted, GUINT_TO_POINTER (asset));
  else if (counted->n == rule->count)
    return counted->at_us[0] + rule->count_within_us;
  return BF_TIME_NONE;
}

/* Met often enough; then as long as it is met or the times are not past. */
static gboolean
is_active (BfEvaluator *evaluator, guint t, const BfRule *rule, guint32 asset)
{
  BfTaskState *task = &evaluator->tasks[t];
  guint8 flags = task->state[evaluator->row[asset]];
  gint64 until_us;

  if (rule->count <= 1)
    return (flags & BF_STATE_MET) != 0;
  until_us = reached_until (task, rule, asset, evaluator->now_us);
  if (until_us != BF_TIME_NONE && !(flags & BF_STATE_MET))
    bf_evaluator_wake (evaluator, asset, until_us + 1);
  return until_us != BF_TIME_NONE || ((flags & BF_STATE_ACTIVE) && (flags & BF_STATE_MET));
}

/* ---- SuppressedBy= ---- */

static gboolean
is_active_on (const BfEvaluator *evaluator, guint t, guint32 asset)
{
  const BfTaskState *task = &evaluator->tasks[t];

  return asset < evaluator->capacity && evaluator->row[asset] != G_MAXUINT32
         && bf_rule_set_get (evaluator->set, task->index)->kind == evaluator->kind[asset]
         && (task->state[evaluator->row[asset]] & BF_STATE_ACTIVE) != 0;
}

static guint32
find_active_in_zone (const BfEvaluator *evaluator, guint t, guint16 zone)
{
  GHashTableIter iter;
  gpointer asset, of;
  guint32 least = BF_NO_ASSET;

  g_hash_table_iter_init (&iter, evaluator->tasks[t].zone_of);
  while (g_hash_table_iter_next (&iter, &asset, &of))
    if (GPOINTER_TO_UINT (of) == zone)
      least = MIN (least, GPOINTER_TO_UINT (asset));
  return least;
}

/* @ret_cause: the alert that suppresses, when one does */
static gboolean
is_suppressed (const BfEvaluator *evaluator, const BfTaskState *task, guint32 asset, BfRuleCause *ret_cause)
{
  for (guint i = 0; task->suppressed_by != NULL && i < task->suppressed_by->len; i++)
    {
      const BfSuppression *link = &g_array_index (task->suppressed_by, BfSuppression, i);
      const BfTaskState *other = &evaluator->tasks[link->task];
      guint16 zone = bf_model_asset_zone (evaluator->model, asset);
      guint32 at = asset;

      if (link->zone && zone != BF_OUTCOME_NO_ZONE && zone < other->zone_active->len && g_array_index (other->zone_active, guint, zone) > 0)
        {
          *ret_cause = (BfRuleCause){ other->index, find_active_in_zone (evaluator, link->task, zone) };
          return TRUE;
        }
      for (guint depth = 0; !link->zone && at != BF_NO_ASSET && depth <= PARENTS_MAX; depth++, at = bf_model_asset_parent (evaluator->model, at))
        if (is_active_on (evaluator, link->task, at))
          {
            *ret_cause = (BfRuleCause){ other->index, at };
            return TRUE;
          }
    }
  return FALSE;
}

/* ---- Deciding ---- */

/* There is room again: marks as many of those that are held. FALSE: there are none, or no room. */
gboolean
bf_outcome_release (BfEvaluator *evaluator, guint t)
{
  BfTaskState *task = &evaluator->tasks[t];
  const BfRule *rule = bf_rule_set_get (evaluator->set, task->index);
  guint room = task->n_raised < rule->max_alerts ? rule->max_alerts - task->n_raised : 0;

  if (task->n_held == 0 || room == 0)
    return FALSE;
  for (guint32 row = 0; room > 0 && row < evaluator->n_rows[rule->kind]; row++)
    if (task->state[row] & BF_STATE_HELD)
      {
        bf_evaluator_mark (evaluator, t, evaluator->assets[rule->kind][row]);
        room--;
      }
  return TRUE;
}

/**
 * bf_outcome_decide:
 * @met: the condition has just been met, at the evaluator's time
 * @ret_cause: (out): what suppresses it, when it is not raised for that
 *
 * Returns: whether the instance's alert is raised or cleared by this: BF_STATE_RAISED of its state is as it is now
 */
gboolean
bf_outcome_decide (BfEvaluator *evaluator, guint t, const BfRule *rule, guint32 asset, gboolean met, BfRuleCause *ret_cause)
{
  BfTaskState *task = &evaluator->tasks[t];
  guint8 before = task->state[evaluator->row[asset]];
  guint8 flags = before & (guint8) ~(BF_STATE_RAISED | BF_STATE_ACTIVE | BF_STATE_HELD);

  *ret_cause = (BfRuleCause){ BF_NO_RULE, BF_NO_ASSET };
  if (met && rule->count > 1)
    note_met (task, rule, asset, evaluator->now_us);
  if (is_active (evaluator, t, rule, asset))
    {
      guint others = task->n_raised - ((before & BF_STATE_RAISED) != 0);

      flags |= BF_STATE_ACTIVE;
      if (!is_suppressed (evaluator, task, asset, ret_cause))
        flags |= rule->max_alerts == 0 || others < rule->max_alerts ? BF_STATE_RAISED : BF_STATE_HELD;
    }
  set_flags (evaluator, t, asset, flags);
  return ((before ^ flags) & BF_STATE_RAISED) != 0;
}

/* The limit of a rule begins to hold alerts back, or ceases to. */
void
bf_outcome_tell_limit (BfEvaluator *evaluator, guint t)
{
  BfTaskState *task = &evaluator->tasks[t];

  if (task->n_held == task->told_held)
    return;
  task->told_held = task->n_held;
  if (evaluator->handler.limited != NULL)
    evaluator->handler.limited (evaluator->user_data, task->index, task->n_held, evaluator->now_us);
}

/* The asset's zone may be another. */
void
bf_outcome_moved (BfEvaluator *evaluator, guint32 asset)
{
  const GArray *tasks = evaluator->of_kind[evaluator->kind[asset]];

  for (guint i = 0; i < tasks->len; i++)
    {
      BfTaskState *task = &evaluator->tasks[g_array_index (tasks, guint, i)];
      gpointer before;

      if (task->zone_of == NULL || task->type != BF_TASK_RULE || !(task->state[evaluator->row[asset]] & BF_STATE_ACTIVE))
        continue;
      if (!g_hash_table_lookup_extended (task->zone_of, GUINT_TO_POINTER (asset), NULL, &before))
        before = GUINT_TO_POINTER ((guint) BF_OUTCOME_NO_ZONE);
      if (GPOINTER_TO_UINT (before) == bf_model_asset_zone (evaluator->model, asset))
        continue;
      count_zone (evaluator, task, asset, TRUE);
      for (guint j = 0; task->suppresses != NULL && j < task->suppresses->len; j++)
        mark_zone (evaluator, g_array_index (task->suppresses, BfSuppression, j).task, (guint16) GPOINTER_TO_UINT (before));
      mark_suppressed (evaluator, task, asset);
    }
}

/* ---- Making, restart, looking ---- */

static void
set_up_suppression (BfEvaluator *evaluator, guint t, const BfRuleFull *full)
{
  for (guint i = 0; full->suppressed_by != NULL && i < full->suppressed_by->len; i++)
    {
      const BfSuppressor *by = g_ptr_array_index (full->suppressed_by, i);
      const BfRule *other = by->linked ? bf_rule_set_find (evaluator->set, by->id) : NULL;
      BfSuppression link = { 0, by->zone };
      BfTaskState *task = &evaluator->tasks[t];
      BfTaskState *cause;

      if (other == NULL)
        continue;
      link.task = evaluator->rule_task[other->index];
      cause = &evaluator->tasks[link.task];
      cause->careful = task->careful = TRUE;
      task->suppressed_by = task->suppressed_by != NULL ? task->suppressed_by : g_array_new (FALSE, FALSE, sizeof (BfSuppression));
      g_array_append_val (task->suppressed_by, link);
      link.task = t;
      cause->suppresses = cause->suppresses != NULL ? cause->suppresses : g_array_new (FALSE, FALSE, sizeof (BfSuppression));
      g_array_append_val (cause->suppresses, link);
      if (!by->zone || cause->zone_of != NULL)
        continue;
      cause->zone_of = g_hash_table_new (NULL, NULL);
      cause->zone_active = g_array_new (FALSE, TRUE, sizeof (guint));
    }
}

/* When all tasks are there. */
void
bf_outcome_set_up (BfEvaluator *evaluator)
{
  for (guint i = 0; i < bf_rule_set_n (evaluator->set); i++)
    {
      const BfRule *rule = bf_rule_set_get (evaluator->set, i);
      guint t = evaluator->rule_task[i];
      BfTaskState *task = &evaluator->tasks[t];

      task->careful |= rule->count > 1 || rule->max_alerts > 0;
      if (rule->count > 1)
        {
          task->counted = g_hash_table_new_full (NULL, NULL, NULL, g_free);
          task->timed = TRUE; /* the times pass */
        }
      set_up_suppression (evaluator, t, (const BfRuleFull *) rule);
    }
  for (guint t = 0; t < evaluator->n_tasks; t++)
    evaluator->tasks[t].phase = evaluator->tasks[t].careful ? BF_STATE_MET : BF_STATE_RAISED;
}

void
bf_outcome_clear (BfTaskState *task)
{
  g_clear_pointer (&task->suppressed_by, g_array_unref);
  g_clear_pointer (&task->suppresses, g_array_unref);
  g_clear_pointer (&task->counted, g_hash_table_unref);
  g_clear_pointer (&task->zone_of, g_hash_table_unref);
  g_clear_pointer (&task->zone_active, g_array_unref);
}

void
bf_outcome_restore (BfEvaluator *evaluator, guint t, const BfRule *rule, const BfRuleState *state)
{
  BfTaskState *task = &evaluator->tasks[t];
  guint8 flags = task->state[evaluator->row[state->asset]] & (BF_STATE_DIRTY | BF_STATE_OUT);

  if (state->raised)
    flags |= BF_STATE_RAISED | BF_STATE_ACTIVE;
  if (state->met || (state->raised && rule->count <= 1))
    flags |= BF_STATE_MET;
  if (state->met && rule->count <= 1)
    flags |= BF_STATE_ACTIVE;
  if (rule->count > 1)
    g_hash_table_remove (task->counted, GUINT_TO_POINTER (state->asset));
  for (guint i = 0; rule->count > 1 && i < state->n_counted; i++)
    note_met (task, rule, state->asset, state->counted_us[i]);
  set_flags (evaluator, t, state->asset, flags);
}

const gint64 *
bf_outcome_counted (const BfTaskState *task, guint32 asset, guint *ret_n)
{
  const BfCounted *counted = get_counted (task, asset);

  *ret_n = counted != NULL ? counted->n : 0;
  return counted != NULL ? counted->at_us : NULL;
}

void
bf_outcome_step_time (BfTaskState *task, gint64 step_us)
{
  GHashTableIter iter;
  gpointer value;

  if (task->counted == NULL)
    return;
  g_hash_table_iter_init (&iter, task->counted);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    for (guint i = 0; i < ((BfCounted *) value)->n; i++)
      ((BfCounted *) value)->at_us[i] += step_us;
}

const BfRule *
bf_evaluator_rule_of (const BfEvaluator *evaluator, guint rule, guint32 asset)
{
  return bf_rule_of_asset (&evaluator->tasks[evaluator->rule_task[rule]], bf_rule_set_get (evaluator->set, rule), asset);
}

/**
 * bf_evaluator_standing:
 * @asset: of the rule's kind
 * @ret_standing: (out): how far the rule is on its way to an alert of this asset
 *
 * Returns: %FALSE when the rule does not look at this asset
 */
gboolean
bf_evaluator_standing (BfEvaluator *evaluator, guint rule, guint32 asset, BfRuleStanding *ret_standing)
{
  const BfRule *r = bf_rule_set_get (evaluator->set, rule);
  BfTaskState *task = &evaluator->tasks[evaluator->rule_task[rule]];
  guint32 row;
  guint8 flags;

  *ret_standing = (BfRuleStanding){ .cause = { BF_NO_RULE, BF_NO_ASSET }, .pending_since_us = BF_TIME_NONE };
  if (asset >= evaluator->capacity || evaluator->row[asset] == G_MAXUINT32 || evaluator->kind[asset] != r->kind)
    return FALSE;
  row = evaluator->row[asset];
  flags = task->state[row];
  if (flags & BF_STATE_OUT)
    return FALSE;
  ret_standing->raised = (flags & BF_STATE_RAISED) != 0;
  ret_standing->met = (flags & (task->careful ? BF_STATE_MET : BF_STATE_RAISED)) != 0;
  ret_standing->held = (flags & BF_STATE_HELD) != 0;
  if (flags & BF_STATE_PENDING)
    ret_standing->pending_since_us = *bf_evaluator_pending (task, row, FALSE);
  bf_outcome_counted (task, asset, &ret_standing->n_counted);
  if ((flags & BF_STATE_ACTIVE) && !(flags & (BF_STATE_RAISED | BF_STATE_HELD)))
    is_suppressed (evaluator, task, asset, &ret_standing->cause);
  return TRUE;
}
