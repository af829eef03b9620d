/* SPDX-License-Identifier: EUPL-1.2 */
/* What the built-in functions of rules need of a city: the lighting plan out of `lighting.d`, and their memory over a restart.
 * The memory is the file `series.state` beside the store: written every five minutes, gathered in slices of the sweep and
 * put on disk by a worker, and once more when the engine stops. After a crash it is at most so old; a damaged one is said
 * and begun anew. Nothing in it is a measurement: those are in the store. */

#include "engine/bf-engine-private.h"

#include <gio/gio.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

#define SAVE_US (300 * G_USEC_PER_SEC)
#define SLICE 100u /* series in a slice of 200 ms */
#define FILE_MAX (256u << 20)

static char *
state_path (const BfEngine *engine)
{
  return g_build_filename (engine->data_dir, BF_SERIES_STATE_FILE, NULL);
}

static char *
plans_digest (const BfEngine *engine)
{
  static const char *const suffixes[] = { ".plan", NULL };

  return bf_engine_digest (engine, "lighting.d", suffixes);
}

gboolean
bf_engine_plans_changed (const BfEngine *engine)
{
  g_autofree char *now = plans_digest (engine);

  return g_strcmp0 (now, engine->plans_digest) != 0;
}

static void
load_plan (BfEngine *engine, BfEvaluator *evaluator, GPtrArray *problems)
{
  g_autoptr (GPtrArray) paths = bf_city_list (engine->city->dir, "lighting.d", ".plan", problems);
  BfLightingPlan *plan = bf_lighting_plan_new ();

  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      g_autofree char *text = NULL;
      g_autoptr (GError) error = NULL;

      if (!bf_lighting_plan_add_file (plan, path, problems, &error))
        bf_problems_add (problems, path, 0, "%s", error->message);
      else if (g_file_get_contents (path, &text, NULL, NULL))
        bf_store_put_file (engine->store, path, text, bf_time_now_us (), "engine");
    }
  bf_lighting_plan_set_zones (plan, engine->zones, problems);
  g_free (engine->plans_digest);
  engine->plans_digest = plans_digest (engine);
  bf_evaluator_set_lighting_plan (evaluator, plan);
}

/**
 * bf_engine_series_load:
 *
 * After the evaluator is made and before it is given the first asset.
 */
void
bf_engine_series_load (BfEngine *engine)
{
  g_autofree char *path = state_path (engine);
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;

  load_plan (engine, engine->evaluator, engine->problems);
  engine->series_saved_us = bf_time_now_us ();
  file = g_mapped_file_new (path, FALSE, &error);
  if (file == NULL)
    {
      if (!g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        g_warning ("%s", error->message);
      return;
    }
  if (g_mapped_file_get_length (file) > FILE_MAX)
    {
      g_warning ("%s: expected at most %u bytes; windows begin anew", path, FILE_MAX);
      return;
    }
  bytes = g_mapped_file_get_bytes (file);
  g_info ("%u series out of %s", bf_evaluator_load_series (engine->evaluator, bytes, bf_time_now_us ()), path);
}

static gboolean
write_state (const char *path, GBytes *all, GError **error)
{
  gsize length;
  const char *data = g_bytes_get_data (all, &length);

  return g_file_set_contents_full (path, data != NULL ? data : "", (gssize) length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

typedef struct
{
  char *path;
  GBytes *all;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_free (job->path);
  g_bytes_unref (job->all);
  g_free (job);
}

static void
write_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  g_autoptr (GError) error = NULL;

  if (!write_state (job->path, job->all, &error))
    g_warning ("what windows remember is not kept: %s", error->message);
  g_task_return_boolean (task, TRUE);
}

/**
 * bf_engine_series_step:
 *
 * A slice of the regular saving; called by the sweep.
 */
void
bf_engine_series_step (BfEngine *engine, gint64 now_us)
{
  g_autoptr (GTask) task = NULL;
  Job *job;

  if (engine->saver == NULL)
    {
      if (now_us - engine->series_saved_us < SAVE_US && engine->series_saved_us <= now_us)
        return;
      engine->series_saved_us = now_us;
      engine->saver = bf_series_saver_new (engine->evaluator);
    }
  if (bf_series_saver_step (engine->saver, SLICE))
    return;
  job = g_new0 (Job, 1);
  job->path = state_path (engine);
  job->all = bf_series_saver_end (g_steal_pointer (&engine->saver));
  task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, write_thread);
}

/* All that is remembered now; a saving under way is given up. */
static GBytes *
remembered (BfEngine *engine)
{
  if (engine->saver != NULL)
    g_bytes_unref (bf_series_saver_end (g_steal_pointer (&engine->saver)));
  engine->saver = bf_series_saver_new (engine->evaluator);
  bf_series_saver_step (engine->saver, G_MAXUINT);
  return bf_series_saver_end (g_steal_pointer (&engine->saver));
}

void
bf_engine_series_move (BfEngine *engine, BfEvaluator *to)
{
  g_autoptr (GBytes) all = remembered (engine);

  /* What is wrong with the plans is what is wrong with them now. */
  for (guint i = engine->problems->len; i > 0; i--)
    if (g_str_has_suffix (((BfProblem *) g_ptr_array_index (engine->problems, i - 1))->file, ".plan"))
      g_ptr_array_remove_index (engine->problems, i - 1);
  load_plan (engine, to, engine->problems);
  bf_evaluator_load_series (to, all, bf_time_now_us ());
}

/**
 * bf_engine_series_save:
 *
 * The whole, when the engine stops.
 */
void
bf_engine_series_save (BfEngine *engine)
{
  g_autofree char *path = state_path (engine);
  g_autoptr (GBytes) all = remembered (engine);
  g_autoptr (GError) error = NULL;

  if (!write_state (path, all, &error))
    g_warning ("what windows remember is not kept: %s", error->message);
}
