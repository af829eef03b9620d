/* SPDX-License-Identifier: EUPL-1.2 */
/* Rehearsals by children: see bf-rehearsals.h.
 *
 *   running ── its last line are its figures, exit 0 or 6 ──▶ done
 *      ├────── a person cancels it ──▶ cancelled            (killed)
 *      └────── anything else, or too long ──▶ failed        (its last words on stderr are the reason)
 *
 * A job goes when its child is gone and nothing reads from it any more; one that has ended stays for clients to read, the newest
 * BF_REHEARSALS_KEPT of them. */

#include "engine/bf-rehearsals.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <inttypes.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/bf-paths.h"
#include "base/bf-time.h"

#define NICE 10
#define STDERR_BYTES 2000u

typedef enum
{
  RUNNING,
  DONE,
  FAILED,
  CANCELLED,
} State;

typedef struct
{
  BfRehearsals *owner; /* NULL: the engine is ending, nothing may be told */
  gint64 id;
  State state;
  char *actor;
  char *name;
  char *sha256; /* of its text; NULL: the rules in force */
  char *dir;    /* with the text; removed with the job */
  char *path;
  gint64 from_us;
  gint64 to_us;
  gint64 began_us;
  gint64 ended_us;
  char *error;
  GPtrArray *alerts; /* lines, each a JSON object */
  GPtrArray *rules;
  char *figures;
  gsize n_bytes;
  guint n_left_out;

  GSubprocess *child;
  GDataInputStream *lines;
  GInputStream *said;
  GString *last_words;
  char piece[256];
  GCancellable *cancellable;
  guint timeout_id;
  guint n_open; /* of lines, stderr and the child: what has not ended */
  int exit_status; /* -1: by a signal */
} Job;

struct _BfRehearsals
{
  BfEngine *engine;
  char *plugins_dir;
  char *program;
  GPtrArray *jobs; /* Job, oldest first */
  gint64 last_id;
};

static void
job_free (gpointer data)
{
  Job *job = data;

  g_clear_handle_id (&job->timeout_id, g_source_remove);
  if (job->path != NULL)
    g_unlink (job->path);
  if (job->dir != NULL)
    g_rmdir (job->dir);
  g_clear_object (&job->lines);
  g_clear_object (&job->child);
  g_clear_object (&job->cancellable);
  g_ptr_array_unref (job->alerts);
  g_ptr_array_unref (job->rules);
  g_string_free (job->last_words, TRUE);
  g_free (job->figures);
  g_free (job->error);
  g_free (job->path);
  g_free (job->dir);
  g_free (job->sha256);
  g_free (job->name);
  g_free (job->actor);
  g_free (job);
}

static Job *
find (const BfRehearsals *rehearsals, gint64 id)
{
  for (guint i = 0; i < rehearsals->jobs->len; i++)
    if (((Job *) g_ptr_array_index (rehearsals->jobs, i))->id == id)
      return g_ptr_array_index (rehearsals->jobs, i);
  return NULL;
}

/* --- the child ------------------------------------------------------------------------------------------------------ */

/* In the child, before it is another program: it gives way to the engine, and dies with it. */
static void
child_setup (gpointer user_data)
{
  struct rlimit cpu = { BF_REHEARSAL_S_MAX, BF_REHEARSAL_S_MAX };

  setpriority (PRIO_PROCESS, 0, NICE);
  setrlimit (RLIMIT_CPU, &cpu);
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
forget_oldest (BfRehearsals *rehearsals)
{
  for (guint i = 0; rehearsals->jobs->len > BF_REHEARSALS_KEPT && i < rehearsals->jobs->len;)
    if (((Job *) g_ptr_array_index (rehearsals->jobs, i))->n_open == 0)
      g_ptr_array_remove_index (rehearsals->jobs, i);
    else
      i++;
}

/* Its lines, its stderr and itself: when all three have ended it is known how it went. */
static void
one_ended (Job *job)
{
  if (--job->n_open > 0)
    return;
  if (job->owner == NULL)
    {
      job_free (job);
      return;
    }
  g_clear_handle_id (&job->timeout_id, g_source_remove);
  job->ended_us = bf_time_now_us ();
  if (job->state == RUNNING)
    {
      gboolean well = job->figures != NULL && (job->exit_status == 0 || job->exit_status == 6);

      job->state = well ? DONE : FAILED;
      if (!well && job->error == NULL)
        job->error = g_strdup (job->last_words->len > 0 ? g_strchomp (job->last_words->str) : _ ("it ended without figures"));
    }
  forget_oldest (job->owner);
}

static void
take_line (Job *job, const char *line)
{
  gsize length = strlen (line);

  if (g_str_has_prefix (line, "{\"type\":\"figures\""))
    {
      g_free (job->figures);
      job->figures = g_strdup (line);
    }
  else if (job->n_bytes + length > BF_REHEARSAL_BYTES_MAX)
    job->n_left_out++;
  else if (g_str_has_prefix (line, "{\"type\":\"rule\""))
    g_ptr_array_add (job->rules, g_strdup (line));
  else if (job->alerts->len < BF_REHEARSAL_ALERTS_MAX)
    g_ptr_array_add (job->alerts, g_strdup (line));
  else
    job->n_left_out++;
  job->n_bytes += length;
}

static void
line_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Job *job = user_data;
  g_autofree char *line = g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (source), result, NULL, NULL);

  if (line == NULL)
    {
      one_ended (job);
      return;
    }
  take_line (job, line);
  g_data_input_stream_read_line_async (job->lines, G_PRIORITY_DEFAULT, job->cancellable, line_cb, job);
}

static void
said_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Job *job = user_data;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  if (n <= 0)
    {
      one_ended (job);
      return;
    }
  if (job->last_words->len < STDERR_BYTES)
    {
      g_autofree char *valid = g_utf8_make_valid (job->piece, n);

      g_string_append (job->last_words, valid);
    }
  g_input_stream_read_async (job->said, job->piece, sizeof job->piece, G_PRIORITY_DEFAULT, job->cancellable, said_cb, job);
}

static void
child_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Job *job = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  job->exit_status = g_subprocess_get_if_exited (job->child) ? g_subprocess_get_exit_status (job->child) : -1;
  one_ended (job);
}

static gboolean
timeout_cb (gpointer user_data)
{
  Job *job = user_data;

  job->timeout_id = 0;
  job->error = g_strdup_printf (_ ("it was not over after %u s; take a shorter period"), BF_REHEARSAL_S_MAX);
  g_subprocess_force_exit (job->child);
  return G_SOURCE_REMOVE;
}

static void
add_time (GPtrArray *arguments, const char *option, gint64 time_us)
{
  char buffer[BF_TIME_TEXT_BYTES];

  if (time_us == BF_TIME_NONE)
    return;
  g_ptr_array_add (arguments, g_strdup (option));
  g_ptr_array_add (arguments, g_strdup (bf_time_format (time_us, buffer)));
}

static gboolean
start (BfRehearsals *rehearsals, Job *job, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GPtrArray) arguments = g_ptr_array_new_with_free_func (g_free);
  const char *const fixed[] = { rehearsals->program, "rules", "rehearse", "--json", "--city", rehearsals->engine->city->dir, "--data",
                                rehearsals->engine->data_dir, "--plugins", rehearsals->plugins_dir };

  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    g_ptr_array_add (arguments, g_strdup (fixed[i]));
  if (job->path != NULL)
    {
      g_ptr_array_add (arguments, g_strdup ("--rules"));
      g_ptr_array_add (arguments, g_strdup (job->path));
    }
  add_time (arguments, "--from", job->from_us);
  add_time (arguments, "--to", job->to_us);
  g_ptr_array_add (arguments, NULL);
  g_subprocess_launcher_set_child_setup (launcher, child_setup, NULL, NULL);
  job->child = g_subprocess_launcher_spawnv (launcher, (const char *const *) arguments->pdata, error);
  if (job->child == NULL)
    return FALSE;
  job->n_open = 3;
  job->cancellable = g_cancellable_new ();
  job->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (job->child));
  g_buffered_input_stream_set_buffer_size (G_BUFFERED_INPUT_STREAM (job->lines), 64u << 10);
  job->said = g_subprocess_get_stderr_pipe (job->child);
  g_data_input_stream_read_line_async (job->lines, G_PRIORITY_DEFAULT, job->cancellable, line_cb, job);
  g_input_stream_read_async (job->said, job->piece, sizeof job->piece, G_PRIORITY_DEFAULT, job->cancellable, said_cb, job);
  g_subprocess_wait_async (job->child, NULL, child_cb, job);
  job->timeout_id = g_timeout_add_seconds (BF_REHEARSAL_S_MAX, timeout_cb, job);
  return TRUE;
}

/* The text in a file of its own name, so that what is wrong with it is said of that name. */
static gboolean
write_text (Job *job, const BfRehearsals *rehearsals, const char *text, GError **error)
{
  g_autofree char *number = g_strdup_printf ("rehearsal-%" G_GINT64_FORMAT, job->id);

  job->dir = g_build_filename (rehearsals->engine->data_dir, number, NULL);
  job->path = g_build_filename (job->dir, job->name, NULL);
  job->sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  if (g_mkdir_with_parents (job->dir, 0700) == 0)
    return g_file_set_contents_full (job->path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, error);
  g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("%s: the folder cannot be made"), job->dir);
  return FALSE;
}

/* --- for the routes ------------------------------------------------------------------------------------------------- */

BfRehearsals *
bf_rehearsals_new (BfEngine *engine, const char *plugins_dir)
{
  BfRehearsals *rehearsals = g_new0 (BfRehearsals, 1);

  rehearsals->engine = engine;
  rehearsals->plugins_dir = g_strdup (plugins_dir);
  rehearsals->program = bf_paths_program ("beffroictl", "ctl");
  rehearsals->jobs = g_ptr_array_new_with_free_func (job_free);
  return rehearsals;
}

/* What still reads ends by itself, into nothing. */
void
bf_rehearsals_free (BfRehearsals *rehearsals)
{
  if (rehearsals == NULL)
    return;
  while (rehearsals->jobs->len > 0)
    {
      Job *job = g_ptr_array_steal_index (rehearsals->jobs, rehearsals->jobs->len - 1);

      if (job->n_open == 0)
        {
          job_free (job);
          continue;
        }
      job->owner = NULL;
      g_clear_handle_id (&job->timeout_id, g_source_remove);
      g_subprocess_force_exit (job->child);
      g_cancellable_cancel (job->cancellable);
    }
  g_ptr_array_unref (rehearsals->jobs);
  g_free (rehearsals->plugins_dir);
  g_free (rehearsals->program);
  g_free (rehearsals);
}

/**
 * bf_rehearsals_begin:
 * @ret_id: (out): its number
 *
 * Returns: %FALSE with @error: %BF_ERROR_STATE when another one runs
 */
gboolean
bf_rehearsals_begin (BfRehearsals *rehearsals, const BfRehearsalWish *wish, gint64 *ret_id, GError **error)
{
  Job *job;

  for (guint i = 0; i < rehearsals->jobs->len; i++)
    {
      const Job *other = g_ptr_array_index (rehearsals->jobs, i);

      if (other->n_open > 0)
        {
          g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("rehearsal %" PRId64 " of %s is under way; one runs at a time"), other->id,
                       other->actor);
          return FALSE;
        }
    }
  job = g_new0 (Job, 1);
  job->owner = rehearsals;
  job->id = ++rehearsals->last_id;
  job->actor = g_strdup (wish->actor);
  job->name = g_strdup (wish->name != NULL ? wish->name : "edited.rules");
  job->from_us = wish->from_us;
  job->to_us = wish->to_us;
  job->began_us = bf_time_now_us ();
  job->ended_us = BF_TIME_NONE;
  job->alerts = g_ptr_array_new_with_free_func (g_free);
  job->rules = g_ptr_array_new_with_free_func (g_free);
  job->last_words = g_string_new (NULL);
  if ((wish->text != NULL && !write_text (job, rehearsals, wish->text, error)) || !start (rehearsals, job, error))
    {
      job_free (job);
      return FALSE;
    }
  g_ptr_array_add (rehearsals->jobs, job);
  forget_oldest (rehearsals);
  *ret_id = job->id;
  return TRUE;
}

gboolean
bf_rehearsals_cancel (BfRehearsals *rehearsals, gint64 id)
{
  Job *job = find (rehearsals, id);

  if (job == NULL)
    return FALSE;
  if (job->state == RUNNING)
    {
      job->state = CANCELLED;
      g_subprocess_force_exit (job->child);
    }
  return TRUE;
}

static void
write_lines (BfJsonOut *out, const char *key, const GPtrArray *lines)
{
  bf_json_out_begin_array (out, key);
  for (guint i = 0; i < lines->len; i++)
    bf_json_out_raw (out, NULL, g_ptr_array_index (lines, i));
  bf_json_out_end_array (out);
}

static void
write_job (const Job *job, BfJsonOut *out, gboolean whole)
{
  static const char *const states[] = { "running", "done", "failed", "cancelled" };

  bf_json_out_begin_object (out, NULL);
  bf_json_out_int (out, "id", job->id);
  bf_json_out_string (out, "state", states[job->state]);
  bf_json_out_string (out, "actor", job->actor);
  bf_json_out_string (out, "file", job->sha256 != NULL ? job->name : NULL);
  bf_json_out_string (out, "sha256", job->sha256);
  bf_json_out_time (out, "from", job->from_us);
  bf_json_out_time (out, "to", job->to_us);
  bf_json_out_time (out, "began", job->began_us);
  bf_json_out_time (out, "ended", job->ended_us);
  bf_json_out_string (out, "error", job->state == FAILED ? job->error : NULL);
  if (whole && job->state == DONE)
    {
      bf_json_out_raw (out, "figures", job->figures);
      write_lines (out, "rules", job->rules);
      write_lines (out, "alerts", job->alerts);
      bf_json_out_int (out, "left_out", job->n_left_out);
      bf_json_out_string (out, "problems", job->last_words->len > 0 ? job->last_words->str : NULL);
    }
  bf_json_out_end_object (out);
}

gboolean
bf_rehearsals_write (BfRehearsals *rehearsals, gint64 id, BfJsonOut *out, gboolean whole)
{
  const Job *job = find (rehearsals, id);

  if (job != NULL)
    write_job (job, out, whole);
  return job != NULL;
}

void
bf_rehearsals_write_all (BfRehearsals *rehearsals, BfJsonOut *out)
{
  for (guint i = 0; i < rehearsals->jobs->len; i++)
    write_job (g_ptr_array_index (rehearsals->jobs, i), out, FALSE);
}

char *
bf_rehearsals_figures (BfRehearsals *rehearsals, gint64 id, const char *text)
{
  const Job *job = find (rehearsals, id);
  g_autofree char *sha256 = g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
  GString *json;
  BfJsonOut out;

  if (job == NULL || job->state != DONE || g_strcmp0 (job->sha256, sha256) != 0)
    return NULL;
  json = g_string_new (NULL);
  bf_json_out_init (&out, json);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_raw (&out, "figures", job->figures);
  write_lines (&out, "rules", job->rules);
  bf_json_out_end_object (&out);
  return g_string_free (json, FALSE);
}
