/* SPDX-License-Identifier: EUPL-1.2 */
/* The clock was set while rules run: delays are of time that has elapsed and go with it; hours of the day are civil time and are
 * looked at anew. Every asset that waits for anything is looked at again, since what it waits for may be due at another time now;
 * many are spread over the next moments, that no evaluation has all of them. */

#include "rules/bf-builtins-private.h"

#define APART_US 2 /* two assets: a million are looked at within two seconds */

static void
step_delays (BfEvaluator *evaluator, const BfRule *rule, gint64 step_us)
{
  BfTaskState *task = &evaluator->tasks[evaluator->rule_task[rule->index]];

  bf_outcome_step_time (task, step_us);
  for (guint32 row = 0; task->timed && row < evaluator->n_rows[rule->kind]; row++)
    if (task->state[row] & BF_STATE_PENDING)
      *bf_evaluator_pending (task, row, TRUE) += step_us;
}

/* Too old by a clock that was ahead, and not any more. */
static void
touch_young_again (BfEvaluator *evaluator, guint32 asset, gint64 now_us, gint64 step_us)
{
  const GArray *properties = bf_model_asset_kind (evaluator->model, asset)->properties;

  for (guint i = 0; i < properties->len; i++)
    {
      guint16 property = g_array_index (properties, guint16, i);
      double value;

      if (evaluator->readers[property] != NULL && bf_model_known (evaluator->model, asset, property, now_us, &value)
          && !bf_model_known (evaluator->model, asset, property, now_us - step_us, &value))
        bf_evaluator_touch (evaluator, asset, property);
    }
}

static void
wake_all (BfEvaluator *evaluator, gint64 now_us)
{
  gint64 due_us = now_us;

  g_array_set_size (evaluator->timers, 0);
  for (guint32 asset = 0; asset < evaluator->capacity; asset++)
    if (evaluator->wake_us[asset] != BF_TIME_NONE)
      {
        BfTimer timer = { due_us, asset };

        evaluator->wake_us[asset] = due_us;
        g_array_append_val (evaluator->timers, timer); /* in order of time, which is a heap */
        due_us += APART_US;
      }
}

/**
 * bf_evaluator_step_time:
 * @now_us: as the clock reads after it was set
 * @step_us: by how much, ahead or back
 *
 * Between two runs, and after bf_model_step_time(). The next run may be at any time from @now_us on.
 */
void
bf_evaluator_step_time (BfEvaluator *evaluator, gint64 now_us, gint64 step_us)
{
  for (guint i = 0; i < bf_rule_set_n (evaluator->set); i++)
    step_delays (evaluator, bf_rule_set_get (evaluator->set, i), step_us);
  for (guint32 asset = 0; asset < evaluator->capacity; asset++)
    {
      if (evaluator->since_us[asset] != BF_TIME_NONE)
        evaluator->since_us[asset] += step_us;
      if (step_us < 0 && evaluator->row[asset] != G_MAXUINT32)
        touch_young_again (evaluator, asset, now_us, step_us);
    }
  for (guint i = 0; i < evaluator->n_tasks; i++)
    if (evaluator->tasks[i].held != NULL)
      bf_held_step_time (evaluator->tasks[i].held, step_us);
  for (guint i = 0; i < evaluator->n_tasks; i++)
    for (guint32 asset = 0; evaluator->tasks[i].due_us != NULL && asset < evaluator->capacity; asset++)
      if (evaluator->tasks[i].due_us[asset] != BF_TIME_NONE)
        evaluator->tasks[i].due_us[asset] = now_us;
  wake_all (evaluator, now_us);
  bf_series_book_step_time (evaluator->series, now_us, step_us);
}
