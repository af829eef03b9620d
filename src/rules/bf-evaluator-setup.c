/* SPDX-License-Identifier: EUPL-1.2 */
/* The evaluator's tables: made from the set, grown as assets come; and the grid that "near" looks in. */

#include "rules/bf-builtins-private.h"

#include <math.h>
#include <string.h>

#define CELL_LAT_DEG 0.005 /* about 550 m */
#define CELL_LON_DEG 0.0075
#define PENDING_ROWS 128u /* of a chunk of running delays: 1 KiB */

/* ---- Making ---- */

static void
add_property_reader (BfEvaluator *evaluator, guint task, guint16 kind, guint16 property)
{
  GArray **readers = &evaluator->readers[property];
  BfReader reader = { task, kind, FALSE };
  gboolean there = FALSE;

  if (*readers == NULL)
    *readers = g_array_new (FALSE, FALSE, sizeof (BfReader));
  for (guint j = 0; !there && j < (*readers)->len; j++)
    there = g_array_index (*readers, BfReader, j).task == task && g_array_index (*readers, BfReader, j).kind == kind;
  if (!there)
    g_array_append_val (*readers, reader);
}

static void
add_reader (BfEvaluator *evaluator, guint task, guint16 kind, const BfProgram *program)
{
  for (guint i = 0; program != NULL && i < program->n_reads; i++)
    add_property_reader (evaluator, task, kind, program->reads[i]);
}

static void
add_of_kind (BfEvaluator *evaluator, guint task, guint16 kind)
{
  g_array_append_val (evaluator->of_kind[kind], task);
}

static void
set_user (BfEvaluator *evaluator, const BfProgram *program, guint task)
{
  for (guint i = 0; program != NULL && i < program->n_aggregates; i++)
    evaluator->tasks[evaluator->groups_task[program->aggregates[i]->index]].user = task;
}

static gboolean
reads (const BfProgram *program, guint16 property)
{
  for (guint i = 0; i < program->n_reads; i++)
    if (program->reads[i] == property)
      return TRUE;
  return FALSE;
}

/* A rule that does not ask whether the thing is over need not: nothing holds of what is. */
static void
set_up_end (BfEvaluator *evaluator, guint t, const BfRule *rule)
{
  const BfKind *kind = bf_catalog_kind (evaluator->set->catalog, rule->kind);

  if (kind->over == 0 || reads (rule->when, kind->gone_property))
    return;
  evaluator->tasks[t].ends = TRUE;
  add_property_reader (evaluator, t, rule->kind, kind->gone_property);
}

static gboolean
has_property (const GArray *properties, guint16 property)
{
  for (guint i = 0; i < properties->len; i++)
    if (g_array_index (properties, guint16, i) == property)
      return TRUE;
  return FALSE;
}

static void
add_remembered (BfTaskState *task, const BfProgram *program)
{
  for (guint i = 0; program != NULL && i < program->n_builtins; i++)
    {
      guint16 property = program->builtins[i]->property;

      if (property == BF_NO_PROPERTY)
        continue;
      if (task->remembered == NULL)
        task->remembered = g_array_new (FALSE, FALSE, sizeof (guint16));
      if (!has_property (task->remembered, property))
        g_array_append_val (task->remembered, property);
    }
}

static void
set_up_rule (BfEvaluator *evaluator, guint t, const BfRule *rule)
{
  BfTaskState *task = &evaluator->tasks[t];
  g_autoptr (GPtrArray) all = bf_rule_full_all ((BfRuleFull *) rule);

  evaluator->rule_task[rule->index] = t;
  for (guint i = 0; i < all->len; i++)
    {
      const BfRule *own = g_ptr_array_index (all, i);

      task->timed |= own->when_for_us > 0 || own->clear_for_us > 0 || own->when->uses_time || (own->clear != NULL && own->clear->uses_time);
      add_reader (evaluator, t, rule->kind, own->when);
      add_reader (evaluator, t, rule->kind, own->clear);
      add_remembered (task, own->when);
      add_remembered (task, own->clear);
      set_user (evaluator, own->when, t);
      set_user (evaluator, own->clear, t);
    }
  if (all->len > 1)
    task->variants = g_hash_table_new (NULL, NULL);
  task->where = ((const BfRuleFull *) rule)->where;
  add_of_kind (evaluator, t, rule->kind);
  set_up_end (evaluator, t, rule);
}

static void
set_up_many (BfEvaluator *evaluator, guint t, const BfProgram *program, const GArray *kinds)
{
  evaluator->tasks[t].timed = program->uses_time;
  for (guint i = 0; i < kinds->len; i++)
    {
      add_reader (evaluator, t, g_array_index (kinds, guint16, i), program);
      add_of_kind (evaluator, t, g_array_index (kinds, guint16, i));
    }
}

static void
set_up_task (BfEvaluator *evaluator, guint t)
{
  const BfRuleSet *set = evaluator->set;
  BfTaskState *task = &evaluator->tasks[t];
  const BfTask *plan = &g_array_index (set->tasks, BfTask, t);

  task->type = plan->type;
  task->index = plan->index;
  task->dirty = g_array_new (FALSE, FALSE, sizeof (guint32));
  if (task->type == BF_TASK_AGGREGATE)
    {
      const BfAggregate *aggregate = g_ptr_array_index (set->aggregates, task->index);

      evaluator->groups_task[task->index] = t;
      task->groups = bf_groups_new (evaluator, aggregate);
      set_up_many (evaluator, t, aggregate->body, aggregate->kinds);
      task->held = aggregate->within_us > 0 ? bf_held_new (aggregate->within_us) : NULL;
      task->timed |= task->held != NULL;
      if (aggregate->scope == BF_SCOPE_NEAR && evaluator->grid == NULL)
        evaluator->grid = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, (GDestroyNotify) g_array_unref);
    }
  else if (task->type == BF_TASK_DERIVED)
    {
      const BfDerived *derived = g_ptr_array_index (set->derived, task->index);

      set_up_many (evaluator, t, derived->program, derived->kinds);
      set_user (evaluator, derived->program, t);
    }
  else if (task->type == BF_TASK_RULE)
    set_up_rule (evaluator, t, bf_rule_set_get (set, task->index));
  else
    {
      set_user (evaluator, ((const BfIndicatorFull *) g_ptr_array_index (set->indicators, task->index))->value, t);
      bf_evaluator_mark (evaluator, t, 0); /* told once at the start, unknown or not */
    }
}

/* ---- Who is looked for in the grid ---- */

static void
find_near_kinds (BfEvaluator *evaluator)
{
  const BfRuleSet *set = evaluator->set;

  for (guint t = 0; t < evaluator->n_tasks; t++)
    {
      const BfTaskState *task = &evaluator->tasks[t];
      const BfAggregate *aggregate = task->type == BF_TASK_AGGREGATE ? g_ptr_array_index (set->aggregates, task->index) : NULL;
      const BfTaskState *user = &evaluator->tasks[task->user];
      const GArray *owners;

      if (aggregate == NULL || aggregate->scope != BF_SCOPE_NEAR)
        continue;
      for (guint i = 0; i < aggregate->kinds->len; i++)
        evaluator->near[g_array_index (aggregate->kinds, guint16, i)] = TRUE;
      if (user->type == BF_TASK_RULE)
        evaluator->near[bf_rule_set_get (set, user->index)->kind] = TRUE;
      owners = user->type == BF_TASK_DERIVED ? ((const BfDerived *) g_ptr_array_index (set->derived, user->index))->kinds : NULL;
      for (guint i = 0; owners != NULL && i < owners->len; i++)
        evaluator->near[g_array_index (owners, guint16, i)] = TRUE;
    }
}

/* ---- What rests on aggregates ---- */

static gboolean
rests_on_groups (const BfProgram *program, const gboolean *of_groups)
{
  if (program == NULL)
    return FALSE;
  for (guint i = 0; i < program->n_reads; i++)
    if (of_groups[program->reads[i]])
      return TRUE;
  return program->n_aggregates > 0;
}

/* Tasks follow what they read, so that one pass finds all. */
static void
find_whole_tasks (BfEvaluator *evaluator)
{
  const BfRuleSet *set = evaluator->set;
  g_autofree gboolean *of_groups = g_new0 (gboolean, bf_catalog_n_properties (set->catalog) + 1);

  for (guint t = 0; t < evaluator->n_tasks; t++)
    {
      BfTaskState *task = &evaluator->tasks[t];

      if (task->type == BF_TASK_AGGREGATE)
        task->whole = rests_on_groups (((const BfAggregate *) g_ptr_array_index (set->aggregates, task->index))->body, of_groups);
      else if (task->type == BF_TASK_DERIVED)
        {
          const BfDerived *derived = g_ptr_array_index (set->derived, task->index);

          task->whole = rests_on_groups (derived->program, of_groups);
          of_groups[derived->property] |= task->whole;
        }
      else if (task->type == BF_TASK_RULE)
        {
          g_autoptr (GPtrArray) all = bf_rule_full_all ((BfRuleFull *) bf_rule_set_get (set, task->index));

          /* What suppresses it may come later in the payload. */
          task->whole = task->suppressed_by != NULL;
          for (guint i = 0; i < all->len; i++)
            {
              const BfRule *own = g_ptr_array_index (all, i);

              task->whole |= rests_on_groups (own->when, of_groups) || rests_on_groups (own->clear, of_groups);
            }
        }
      else
        task->whole = TRUE;
    }
}

/* ---- What time alone may change ---- */

static gboolean
is_banded (const BfEvaluator *evaluator, guint t, guint16 property)
{
  const GArray *readers = property != BF_NO_PROPERTY ? evaluator->readers[property] : NULL;

  for (guint i = 0; readers != NULL && i < readers->len; i++)
    if (g_array_index (readers, BfReader, i).task == t)
      return g_array_index (readers, BfReader, i).banded;
  return FALSE;
}

static gboolean
is_restless (const BfEvaluator *evaluator, guint t, const BfProgram *program)
{
  for (guint i = 0; program != NULL && i < program->n_steps; i++)
    {
      const BfStep *step = &program->steps[i];

      if (step->type == BF_STEP_ABSENT
          || (step->type == BF_STEP_BUILTIN && !is_banded (evaluator, t, program->builtins[step->arg]->property)))
        return TRUE;
    }
  return FALSE;
}

static void
find_restless_rules (BfEvaluator *evaluator)
{
  for (guint i = 0; i < bf_rule_set_n (evaluator->set); i++)
    {
      guint t = evaluator->rule_task[i];
      g_autoptr (GPtrArray) all = bf_rule_full_all ((BfRuleFull *) bf_rule_set_get (evaluator->set, i));

      evaluator->tasks[t].restless = evaluator->tasks[t].counted != NULL;
      for (guint j = 0; j < all->len; j++)
        evaluator->tasks[t].restless |= is_restless (evaluator, t, ((const BfRule *) g_ptr_array_index (all, j))->when)
                                        || is_restless (evaluator, t, ((const BfRule *) g_ptr_array_index (all, j))->clear);
    }
}

/**
 * bf_evaluator_new:
 * @set: finished; outlives the evaluator, as does @model
 * @model: derived values are written to it
 * @zone: (nullable): the city's time zone, for the functions of the calendar; UTC without
 * @handler: copied
 *
 * Returns: (transfer full): an evaluator that watches no asset yet
 */
BfEvaluator *
bf_evaluator_new (const BfRuleSet *set, BfModel *model, GTimeZone *zone, const BfEvaluatorHandler *handler, gpointer user_data)
{
  BfEvaluator *evaluator;
  guint n_kinds = bf_catalog_n_kinds (set->catalog);

  g_return_val_if_fail (set->finished, NULL);
  evaluator = g_new0 (BfEvaluator, 1);
  evaluator->set = set;
  evaluator->model = model;
  evaluator->zone = zone != NULL ? g_time_zone_ref (zone) : g_time_zone_new_utc ();
  evaluator->handler = *handler;
  evaluator->user_data = user_data;
  evaluator->ahead = bf_ahead_new ();
  evaluator->series = bf_series_book_new (evaluator);
  evaluator->n_tasks = set->tasks->len;
  evaluator->tasks = g_new0 (BfTaskState, MAX (1, evaluator->n_tasks));
  evaluator->rule_task = g_new0 (guint, MAX (1, set->rules->len));
  evaluator->groups_task = g_new0 (guint, MAX (1, set->aggregates->len));
  evaluator->readers = g_new0 (GArray *, bf_catalog_n_properties (set->catalog) + 1);
  evaluator->bands = g_new0 (BfBands *, bf_catalog_n_properties (set->catalog) + 1);
  evaluator->armed = g_new0 (guint8 *, bf_catalog_n_properties (set->catalog) + 1);
  evaluator->near = g_new0 (gboolean, n_kinds + 1);
  evaluator->of_kind = g_new0 (GArray *, n_kinds + 1);
  evaluator->n_rows = g_new0 (guint32, n_kinds + 1);
  evaluator->row_capacity = g_new0 (guint32, n_kinds + 1);
  evaluator->assets = g_new0 (guint32 *, n_kinds + 1);
  evaluator->timers = g_array_new (FALSE, FALSE, sizeof (BfTimer));
  evaluator->values = g_array_new (FALSE, FALSE, sizeof (BfRuleValue));
  for (guint i = 0; i < n_kinds; i++)
    evaluator->of_kind[i] = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; i < evaluator->n_tasks; i++)
    set_up_task (evaluator, i);
  bf_outcome_set_up (evaluator);
  find_near_kinds (evaluator);
  find_whole_tasks (evaluator);
  for (guint16 i = 0; i < bf_catalog_n_properties (set->catalog); i++)
    evaluator->bands[i] = bf_bands_new (evaluator, i);
  find_restless_rules (evaluator);
  return evaluator;
}

static void
free_tasks (BfEvaluator *evaluator)
{
  for (guint i = 0; i < evaluator->n_tasks; i++)
    {
      BfTaskState *task = &evaluator->tasks[i];

      g_array_unref (task->dirty);
      g_clear_pointer (&task->remembered, g_array_unref);
      g_free (task->state);
      g_clear_pointer (&task->pending, g_ptr_array_unref);
      g_free (task->due_us);
      g_free (task->marked);
      bf_groups_free (task->groups);
      bf_held_free (task->held);
      bf_outcome_clear (task);
      g_clear_pointer (&task->variants, g_hash_table_unref);
    }
  g_free (evaluator->tasks);
}

void
bf_evaluator_free (BfEvaluator *evaluator)
{
  if (evaluator == NULL)
    return;
  free_tasks (evaluator);
  bf_series_book_free (evaluator->series);
  bf_ahead_free (evaluator->ahead);
  for (guint i = 0; i < bf_catalog_n_properties (evaluator->set->catalog); i++)
    {
      g_clear_pointer (&evaluator->readers[i], g_array_unref);
      g_free (evaluator->armed[i]);
      bf_bands_free (evaluator->bands[i]);
    }
  for (guint i = 0; i < bf_catalog_n_kinds (evaluator->set->catalog); i++)
    {
      g_array_unref (evaluator->of_kind[i]);
      g_free (evaluator->assets[i]);
    }
  g_clear_pointer (&evaluator->grid, g_hash_table_unref);
  g_array_unref (evaluator->timers);
  g_array_unref (evaluator->values);
  g_free (evaluator->rule_task);
  g_free (evaluator->groups_task);
  g_free (evaluator->readers);
  g_free (evaluator->armed);
  g_free (evaluator->bands);
  g_free (evaluator->near);
  g_free (evaluator->of_kind);
  g_free (evaluator->row);
  g_free (evaluator->kind);
  g_free (evaluator->since_us);
  g_free (evaluator->wake_us);
  g_free (evaluator->point);
  g_free (evaluator->n_rows);
  g_free (evaluator->row_capacity);
  g_free (evaluator->assets);
  g_time_zone_unref (evaluator->zone);
  g_free (evaluator);
}

/* ---- Growing ---- */

static guint8 *
grow_bits (guint8 *bits, guint32 from, guint32 to)
{
  bits = g_realloc (bits, to / 8);
  memset (bits + from / 8, 0, (to - from) / 8);
  return bits;
}

static gint64 *
grow_times (gint64 *times, guint32 from, guint32 to)
{
  times = g_renew (gint64, times, to);
  for (guint32 i = from; i < to; i++)
    times[i] = BF_TIME_NONE;
  return times;
}

/* Room for assets below @capacity, a multiple of 64. */
static void
grow_assets (BfEvaluator *evaluator, guint32 capacity)
{
  guint32 from = evaluator->capacity;

  evaluator->row = g_renew (guint32, evaluator->row, capacity);
  evaluator->kind = g_renew (guint16, evaluator->kind, capacity);
  evaluator->since_us = grow_times (evaluator->since_us, from, capacity);
  evaluator->wake_us = grow_times (evaluator->wake_us, from, capacity);
  memset (evaluator->row + from, 0xff, (capacity - from) * sizeof (guint32));
  if (evaluator->grid != NULL)
    {
      evaluator->point = g_renew (BfPoint, evaluator->point, capacity);
      for (guint32 i = from; i < capacity; i++)
        evaluator->point[i] = (BfPoint){ NAN, NAN };
    }
  for (guint i = 0; i < bf_catalog_n_properties (evaluator->set->catalog); i++)
    {
      if (evaluator->armed[i] != NULL)
        evaluator->armed[i] = grow_bits (evaluator->armed[i], from, capacity);
      bf_bands_grow (evaluator->bands[i], from, capacity);
    }
  for (guint i = 0; i < evaluator->n_tasks; i++)
    {
      BfTaskState *task = &evaluator->tasks[i];

      if (task->marked != NULL)
        task->marked = grow_bits (task->marked, from, capacity);
      if (task->due_us != NULL)
        task->due_us = grow_times (task->due_us, from, capacity);
    }
  evaluator->capacity = capacity;
}

static void
grow_rows (BfEvaluator *evaluator, guint16 kind, guint32 capacity)
{
  guint32 from = evaluator->row_capacity[kind];

  evaluator->assets[kind] = g_renew (guint32, evaluator->assets[kind], capacity);
  for (guint i = 0; i < evaluator->of_kind[kind]->len; i++)
    {
      BfTaskState *task = &evaluator->tasks[g_array_index (evaluator->of_kind[kind], guint, i)];

      if (task->type == BF_TASK_AGGREGATE)
        bf_groups_grow (task->groups, kind, capacity);
      if (task->type != BF_TASK_RULE)
        continue;
      task->state = g_realloc (task->state, capacity);
      memset (task->state + from, 0, capacity - from);
    }
  evaluator->row_capacity[kind] = capacity;
}

gint64 *
bf_evaluator_due (const BfEvaluator *evaluator, BfTaskState *task, guint32 asset)
{
  if (task->due_us == NULL)
    task->due_us = grow_times (NULL, 0, evaluator->capacity);
  return &task->due_us[asset];
}

/* Delays run for few rows at a time: their chunks are made when the first of them begins, and kept. */
gint64 *
bf_evaluator_pending (BfTaskState *task, guint32 row, gboolean make)
{
  guint chunk = row / PENDING_ROWS;
  gint64 *since_us;

  if (task->pending == NULL && make)
    task->pending = g_ptr_array_new_with_free_func (g_free);
  if (task->pending != NULL && chunk >= task->pending->len && make)
    g_ptr_array_set_size (task->pending, (int) chunk + 1);
  if (task->pending == NULL || chunk >= task->pending->len)
    return NULL;
  since_us = g_ptr_array_index (task->pending, chunk);
  if (since_us == NULL && make)
    g_ptr_array_index (task->pending, chunk) = since_us = g_new0 (gint64, PENDING_ROWS);
  return since_us != NULL ? &since_us[row % PENDING_ROWS] : NULL;
}

static void
watch (BfEvaluator *evaluator, guint32 asset, gint64 now_us)
{
  guint16 kind = bf_model_asset_kind (evaluator->model, asset)->index;

  if (asset >= evaluator->capacity)
    grow_assets (evaluator, MAX (64, (MAX (asset + 1, evaluator->capacity + evaluator->capacity / 8) + 63) / 64 * 64));
  if (evaluator->row[asset] != G_MAXUINT32)
    return;
  if (evaluator->n_rows[kind] == evaluator->row_capacity[kind])
    grow_rows (evaluator, kind, MAX (16, evaluator->row_capacity[kind] + evaluator->row_capacity[kind] / 8));
  evaluator->kind[asset] = kind;
  evaluator->row[asset] = evaluator->n_rows[kind]++;
  evaluator->assets[kind][evaluator->row[asset]] = asset;
  evaluator->since_us[asset] = now_us;
}

/* Which rules are for this asset (`Where=`), and in which form. One that ceases to be for it is looked at once more, to return. */
static void
choose_rules (BfEvaluator *evaluator, guint32 asset)
{
  const GArray *tasks = evaluator->of_kind[evaluator->kind[asset]];

  for (guint i = 0; i < tasks->len; i++)
    {
      guint t = g_array_index (tasks, guint, i);
      BfTaskState *task = &evaluator->tasks[t];
      const BfRuleFull *full = task->type == BF_TASK_RULE ? (const BfRuleFull *) bf_rule_set_get (evaluator->set, task->index) : NULL;
      BfRun run = { .model = evaluator->model, .asset = asset, .wake_us = G_MAXINT64 };
      gpointer own;

      if (full == NULL)
        continue;
      own = task->variants != NULL ? g_hash_table_lookup (full->overrides, bf_model_asset_id (evaluator->model, asset)) : NULL;
      if (own != NULL)
        g_hash_table_insert (task->variants, GUINT_TO_POINTER (asset), own);
      if (task->where == NULL)
        continue;
      task->state[evaluator->row[asset]] &= (guint8) ~BF_STATE_OUT;
      if (bf_program_run (task->where, &run) != 1)
        {
          bf_evaluator_mark (evaluator, t, asset);
          task->state[evaluator->row[asset]] |= BF_STATE_OUT;
        }
    }
}

/* All that looks at the asset looks anew. */
static void
mark_all_of (BfEvaluator *evaluator, guint32 asset)
{
  const GArray *tasks = evaluator->of_kind[bf_model_asset_kind (evaluator->model, asset)->index];

  for (guint i = 0; i < tasks->len; i++)
    bf_evaluator_mark (evaluator, g_array_index (tasks, guint, i), asset);
}

/**
 * bf_evaluator_add_asset:
 * @asset: in the model, with its zone and parent
 *
 * Begins to watch the asset; again for one that is watched: its place, zone or parent has changed. Assets that named it as
 * their parent before it was there become members of its group now.
 */
void
bf_evaluator_add_asset (BfEvaluator *evaluator, guint32 asset, gint64 now_us)
{
  const BfKind *kind;

  g_return_if_fail (asset < bf_model_n_assets (evaluator->model));
  if (bf_model_has_left (evaluator->model, asset))
    return;
  watch (evaluator, asset, now_us);
  bf_series_book_claim (evaluator->series, asset);
  bf_evaluator_place (evaluator, asset);
  bf_outcome_moved (evaluator, asset);
  choose_rules (evaluator, asset);
  kind = bf_model_asset_kind (evaluator->model, asset);
  mark_all_of (evaluator, asset);
  for (guint32 child = bf_model_first_child (evaluator->model, asset); child != BF_NO_ASSET;
       child = bf_model_next_sibling (evaluator->model, child))
    if (child < evaluator->capacity && evaluator->row[child] != G_MAXUINT32)
      mark_all_of (evaluator, child);
  for (guint i = 0; i < kind->properties->len; i++)
    bf_evaluator_touch (evaluator, asset, g_array_index (kind->properties, guint16, i));
}

static gboolean
is_at_rest (const BfEvaluator *evaluator, guint32 asset, const GArray *tasks)
{
  for (guint i = 0; i < tasks->len; i++)
    {
      const BfTaskState *task = &evaluator->tasks[g_array_index (tasks, guint, i)];

      if (task->type == BF_TASK_RULE
          && (task->state[evaluator->row[asset]] & (BF_STATE_RAISED | BF_STATE_PENDING | BF_STATE_MET | BF_STATE_ACTIVE | BF_STATE_HELD)))
        return FALSE;
    }
  return TRUE;
}

static void leave_grid (BfEvaluator *evaluator, guint32 asset);

gboolean
bf_evaluator_remove_asset (BfEvaluator *evaluator, guint32 asset)
{
  const GArray *tasks;
  const BfKind *kind;

  if (asset >= evaluator->capacity || evaluator->row[asset] == G_MAXUINT32)
    return TRUE;
  tasks = evaluator->of_kind[evaluator->kind[asset]];
  if (!is_at_rest (evaluator, asset, tasks))
    return FALSE;
  leave_grid (evaluator, asset);
  for (guint i = 0; i < tasks->len; i++)
    {
      BfTaskState *task = &evaluator->tasks[g_array_index (tasks, guint, i)];

      if (task->due_us != NULL)
        task->due_us[asset] = BF_TIME_NONE;
      if (task->type == BF_TASK_RULE)
        task->state[evaluator->row[asset]] = 0;
      else if (task->type == BF_TASK_AGGREGATE)
        bf_groups_remove (task->groups, asset);
    }
  kind = bf_catalog_kind (evaluator->set->catalog, evaluator->kind[asset]);
  for (guint i = 0; i < kind->properties->len; i++)
    if (evaluator->armed[g_array_index (kind->properties, guint16, i)] != NULL)
      bf_bit_clear (evaluator->armed[g_array_index (kind->properties, guint16, i)], asset);
  evaluator->wake_us[asset] = BF_TIME_NONE;
  /* What waits in lists of dirty ones is passed over. Its row is not used again. */
  evaluator->row[asset] = G_MAXUINT32;
  return TRUE;
}

/* ---- The grid ---- */

static guint64
cell_of (BfPoint point)
{
  gint32 x = (gint32) floor (point.lon / CELL_LON_DEG);
  gint32 y = (gint32) floor (point.lat / CELL_LAT_DEG);

  return (guint64) (guint32) x << 32 | (guint32) y;
}

static void
leave_cell (BfEvaluator *evaluator, guint32 asset)
{
  guint64 cell = cell_of (evaluator->point[asset]);
  GArray *there = g_hash_table_lookup (evaluator->grid, &cell);

  for (guint i = 0; i < there->len; i++)
    if (g_array_index (there, guint32, i) == asset)
      {
        g_array_remove_index_fast (there, i);
        break;
      }
}

static void
enter_cell (BfEvaluator *evaluator, guint32 asset)
{
  guint64 cell = cell_of (evaluator->point[asset]);
  GArray *there = g_hash_table_lookup (evaluator->grid, &cell);

  if (there == NULL)
    {
      there = g_array_new (FALSE, FALSE, sizeof (guint32));
      g_hash_table_insert (evaluator->grid, g_memdup2 (&cell, sizeof cell), there);
    }
  g_array_append_val (there, asset);
}

static void
mark_around (BfEvaluator *evaluator, guint32 asset)
{
  for (guint i = 0; i < evaluator->n_tasks; i++)
    if (evaluator->tasks[i].type == BF_TASK_AGGREGATE)
      bf_groups_mark_around (evaluator->tasks[i].groups, evaluator->tasks[i].user, asset);
}

static void
leave_grid (BfEvaluator *evaluator, guint32 asset)
{
  if (evaluator->grid == NULL || !evaluator->near[evaluator->kind[asset]] || isnan (evaluator->point[asset].lon))
    return;
  mark_around (evaluator, asset);
  leave_cell (evaluator, asset);
  evaluator->point[asset] = (BfPoint){ NAN, NAN };
}

/* Puts the asset where the model says that it is; who looked at it from around the old place looks anew, and who does
 * from around the new one. */
void
bf_evaluator_place (BfEvaluator *evaluator, guint32 asset)
{
  BfPoint point;

  if (evaluator->grid == NULL || !evaluator->near[evaluator->kind[asset]])
    return;
  point = bf_model_asset_point (evaluator->model, asset);
  if (point.lon == evaluator->point[asset].lon && point.lat == evaluator->point[asset].lat)
    return;
  if (!isnan (evaluator->point[asset].lon))
    {
      mark_around (evaluator, asset);
      leave_cell (evaluator, asset);
    }
  evaluator->point[asset] = bf_point_is_valid (point) ? point : (BfPoint){ NAN, NAN };
  if (isnan (evaluator->point[asset].lon))
    return;
  enter_cell (evaluator, asset);
  mark_around (evaluator, asset);
}

static void
foreach_in_cell (const BfEvaluator *evaluator, guint64 cell, guint32 asset, double radius_m,
                 void (*func) (guint32 asset, gpointer data), gpointer data)
{
  const GArray *there = g_hash_table_lookup (evaluator->grid, &cell);

  for (guint i = 0; there != NULL && i < there->len; i++)
    {
      guint32 other = g_array_index (there, guint32, i);

      if (other != asset && bf_geo_distance_m (evaluator->point[asset], evaluator->point[other]) <= radius_m)
        func (other, data);
    }
}

void
bf_evaluator_foreach_near (const BfEvaluator *evaluator, guint32 asset, double radius_m,
                           void (*func) (guint32 asset, gpointer data), gpointer data)
{
  BfPoint point;
  double lat_deg = radius_m / 110000;
  double lon_deg;

  if (evaluator->grid == NULL || asset >= evaluator->capacity || isnan (evaluator->point[asset].lon))
    return;
  point = evaluator->point[asset];
  lon_deg = lat_deg / MAX (0.05, cos ((fabs (point.lat) + lat_deg) * G_PI / 180));
  for (double x = floor ((point.lon - lon_deg) / CELL_LON_DEG); x <= floor ((point.lon + lon_deg) / CELL_LON_DEG); x++)
    for (double y = floor ((point.lat - lat_deg) / CELL_LAT_DEG); y <= floor ((point.lat + lat_deg) / CELL_LAT_DEG); y++)
      foreach_in_cell (evaluator, (guint64) (guint32) (gint32) x << 32 | (guint32) (gint32) y, asset, radius_m, func, data);
}
