/* SPDX-License-Identifier: EUPL-1.2 */
/* Starts `beffroi-engine` on a Unix socket in a folder of our own and starts it again when it dies: at once the first
 * time, then after a delay that doubles to 30 s; a run of a minute begins anew. The engine dies with us (--with-parent).
 *
 * Signal "notice" (const char *text): it died, and why as far as it said. Main thread. */

#include "console/bf-private-engine.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <signal.h>

#include "base/bf-error.h"
#include "base/bf-language.h"

#define DELAY_MAX_MS 30000
#define GOOD_RUN_US (60 * G_USEC_PER_SEC)
#define LAST_LINE_BYTES 1000

struct _BfPrivateEngine
{
  GObject parent_instance;

  char *program, *city_dir, *data_dir;
  char *dir;     /* of the socket */
  char *address;
  GSubprocess *process;
  GDataInputStream *errors;
  char *last_line;
  gint64 started_us;
  guint n_failures, n_starts;
  guint restart_id;
  gboolean stopping;
};

G_DEFINE_FINAL_TYPE (BfPrivateEngine, bf_private_engine, G_TYPE_OBJECT)

enum
{
  NOTICE,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void read_line (BfPrivateEngine *self);

static void
bf_private_engine_dispose (GObject *object)
{
  bf_private_engine_stop (BF_PRIVATE_ENGINE (object));
  G_OBJECT_CLASS (bf_private_engine_parent_class)->dispose (object);
}

static void
bf_private_engine_finalize (GObject *object)
{
  BfPrivateEngine *self = BF_PRIVATE_ENGINE (object);

  if (self->dir != NULL)
    {
      g_autofree char *socket = g_build_filename (self->dir, "engine.sock", NULL);

      g_unlink (socket);
      g_rmdir (self->dir);
    }
  g_free (self->program);
  g_free (self->city_dir);
  g_free (self->data_dir);
  g_free (self->dir);
  g_free (self->address);
  g_free (self->last_line);
  G_OBJECT_CLASS (bf_private_engine_parent_class)->finalize (object);
}

static void
bf_private_engine_class_init (BfPrivateEngineClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bf_private_engine_dispose;
  G_OBJECT_CLASS (klass)->finalize = bf_private_engine_finalize;
  signals[NOTICE] = g_signal_new ("notice", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                  G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
bf_private_engine_init (BfPrivateEngine *self)
{
}

/**
 * bf_private_engine_new:
 * @program: path of beffroi-engine
 * @city_dir: folder of the city
 * @data_dir: folder of its store, made when it is not there
 */
BfPrivateEngine *
bf_private_engine_new (const char *program, const char *city_dir, const char *data_dir)
{
  BfPrivateEngine *self = g_object_new (BF_TYPE_PRIVATE_ENGINE, NULL);

  self->program = g_strdup (program);
  self->city_dir = g_strdup (city_dir);
  self->data_dir = g_strdup (data_dir);
  return self;
}

/**
 * bf_private_engine_restart_delay_ms:
 * @n_failures: deaths since the last run that lasted a minute, this one counted
 *
 * Returns: how long to wait: 0, 500, 1000, 2000 … 30000
 */
guint
bf_private_engine_restart_delay_ms (guint n_failures)
{
  if (n_failures <= 1)
    return 0;
  return MIN (DELAY_MAX_MS, 500u << MIN (n_failures - 2, 10));
}

static void
line_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BfPrivateEngine) self = user_data;
  g_autofree char *line = g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (source), result, NULL, NULL);

  if (line == NULL || G_DATA_INPUT_STREAM (source) != self->errors)
    return;
  g_printerr ("%s\n", line);
  g_free (self->last_line);
  self->last_line = g_strndup (line, LAST_LINE_BYTES);
  read_line (self);
}

static void
read_line (BfPrivateEngine *self)
{
  g_data_input_stream_read_line_async (self->errors, G_PRIORITY_LOW, NULL, line_cb, g_object_ref (self));
}

static gboolean
restart_cb (gpointer data)
{
  BfPrivateEngine *self = data;
  g_autoptr (GError) error = NULL;

  self->restart_id = 0;
  if (!bf_private_engine_start (self, &error))
    {
      g_signal_emit (self, signals[NOTICE], 0, error->message);
      self->n_failures++;
      self->restart_id = g_timeout_add (bf_private_engine_restart_delay_ms (self->n_failures), restart_cb, self);
    }
  return G_SOURCE_REMOVE;
}

static void
say_death (BfPrivateEngine *self, GSubprocess *process)
{
  g_autofree char *how = NULL;
  g_autofree char *text = NULL;

  if (g_subprocess_get_if_signaled (process))
    how = g_strdup_printf (_("signal %d"), g_subprocess_get_term_sig (process));
  else
    how = g_strdup_printf (_("exit code %d"), g_subprocess_get_exit_status (process));
  if (self->last_line != NULL && !g_subprocess_get_if_signaled (process))
    text = g_strdup_printf (_("The engine stopped (%s): %s"), how, self->last_line);
  else
    text = g_strdup_printf (_("The engine stopped (%s), starting it again"), how);
  g_signal_emit (self, signals[NOTICE], 0, text);
}

static void
died_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BfPrivateEngine) self = user_data;
  GSubprocess *process = G_SUBPROCESS (source);

  g_subprocess_wait_finish (process, result, NULL);
  if (process != self->process || self->stopping)
    return;
  if (g_get_monotonic_time () - self->started_us > GOOD_RUN_US)
    self->n_failures = 0;
  self->n_failures++;
  say_death (self, process);
  g_clear_object (&self->process);
  self->restart_id = g_timeout_add (bf_private_engine_restart_delay_ms (self->n_failures), restart_cb, self);
}

static gboolean
make_failed (const char *dir, GError **error)
{
  g_set_error (error, BF_ERROR, BF_ERROR_IO, _("The folder %s cannot be made: %s"), dir, g_strerror (errno));
  return FALSE;
}

static gboolean
make_dir (BfPrivateEngine *self, GError **error)
{
  g_autofree char *template = NULL;

  /* An engine that ends takes the folder with it, for a console that was killed cannot. */
  if (self->dir != NULL)
    return g_mkdir (self->dir, 0700) == 0 || errno == EEXIST || make_failed (self->dir, error);
  template = g_build_filename (g_get_user_runtime_dir (), "beffroi-XXXXXX", NULL);
  g_mkdir_with_parents (g_get_user_runtime_dir (), 0700);
  if (g_mkdtemp_full (template, 0700) != NULL)
    self->dir = g_steal_pointer (&template);
  else
    self->dir = g_dir_make_tmp ("beffroi-XXXXXX", error);
  if (self->dir == NULL)
    return FALSE;
  self->address = g_strdup_printf ("unix:%s/engine.sock", self->dir);
  return TRUE;
}

/**
 * bf_private_engine_start:
 *
 * Starts the engine; that it listens is seen by its answer.
 */
gboolean
bf_private_engine_start (BfPrivateEngine *self, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);

  self->stopping = FALSE;
  if (!make_dir (self, error))
    return FALSE;
  if (g_mkdir_with_parents (self->data_dir, 0700) != 0)
    return make_failed (self->data_dir, error);
  /* One desk: its engine speaks as it does, whatever of the environment decided that. */
  g_subprocess_launcher_setenv (launcher, "LANGUAGE", bf_language_now (), TRUE);
  self->process = g_subprocess_launcher_spawn (launcher, error, self->program, "--city", self->city_dir, "--data",
                                               self->data_dir, "--listen", self->address, "--with-parent", NULL);
  if (self->process == NULL)
    return FALSE;
  self->n_starts++;
  self->started_us = g_get_monotonic_time ();
  g_clear_pointer (&self->last_line, g_free);
  g_clear_object (&self->errors);
  self->errors = g_data_input_stream_new (g_subprocess_get_stderr_pipe (self->process));
  read_line (self);
  g_subprocess_wait_async (self->process, NULL, died_cb, g_object_ref (self));
  return TRUE;
}

/**
 * bf_private_engine_stop:
 *
 * Asks it to end; it is not started again.
 */
void
bf_private_engine_stop (BfPrivateEngine *self)
{
  self->stopping = TRUE;
  g_clear_handle_id (&self->restart_id, g_source_remove);
  if (self->process != NULL)
    g_subprocess_send_signal (self->process, SIGTERM);
  g_clear_object (&self->process);
  g_clear_object (&self->errors);
}

/**
 * bf_private_engine_kill:
 *
 * kill -9, as a power cut would: the guide shows that nothing acknowledged is lost.
 */
void
bf_private_engine_kill (BfPrivateEngine *self)
{
  if (self->process != NULL)
    g_subprocess_send_signal (self->process, SIGKILL);
}

const char *
bf_private_engine_get_address (BfPrivateEngine *self)
{
  return self->address;
}

const char *
bf_private_engine_get_city_dir (BfPrivateEngine *self)
{
  return self->city_dir;
}

guint
bf_private_engine_get_n_starts (BfPrivateEngine *self)
{
  return self->n_starts;
}
