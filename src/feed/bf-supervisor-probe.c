/* SPDX-License-Identifier: EUPL-1.2 */
/* One fetch of an address of unknown form in a process of its own: `beffroi-feed --probe`. What it says is bounded (1 MiB,
 * a minute) and checked to be text; it is proposed to a person and used by nobody before that. */

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "feed/bf-supervisor-private.h"

#define TEXT_MAX (1u << 20)
#define TIMEOUT_S 60

typedef struct
{
  GSubprocess *process;
  GCancellable *cancellable; /* of the caller, and of the timer */
  gulong handler;
  GCancellable *caller;
  GSource *timer;
  gboolean timed_out;
  char *out;
  gsize out_length;
  char *err;
  gsize err_length;
} Probe;

static void
probe_free (gpointer data)
{
  Probe *probe = data;

  g_source_destroy (probe->timer);
  g_source_unref (probe->timer);
  if (probe->caller != NULL)
    g_cancellable_disconnect (probe->caller, probe->handler);
  g_clear_object (&probe->caller);
  g_subprocess_force_exit (probe->process);
  g_object_unref (probe->process);
  g_object_unref (probe->cancellable);
  g_free (probe->out);
  g_free (probe->err);
  g_free (probe);
}

static void
fail (GTask *task, int code, const char *message)
{
  g_task_return_new_error (task, BF_ERROR, code, "%s", message);
  g_object_unref (task);
}

static void
fail_read (GTask *task, const GError *error)
{
  const Probe *probe = g_task_get_task_data (task);

  if (probe->timed_out)
    fail (task, BF_ERROR_LIMIT, _ ("nothing was proposed within a minute"));
  else
    {
      g_task_return_error (task, g_error_copy (error));
      g_object_unref (task);
    }
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Probe *probe = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!g_subprocess_wait_finish (probe->process, result, &error))
    fail_read (task, error);
  else if (!g_subprocess_get_successful (probe->process))
    {
      g_autofree char *said = g_utf8_make_valid (g_strstrip (probe->err), -1);
      const char *shown = g_str_has_prefix (said, "beffroi-feed: ") ? said + strlen ("beffroi-feed: ") : said;

      fail (task, BF_ERROR_VALUE, shown[0] != '\0' ? shown : _ ("the probe ended without a word"));
    }
  else if (probe->out_length == TEXT_MAX || !g_utf8_validate_len (probe->out, probe->out_length, NULL))
    fail (task, BF_ERROR_LIMIT, _ ("the proposal is not a text of less than 1 MiB"));
  else
    {
      g_task_return_pointer (task, g_steal_pointer (&probe->out), g_free);
      g_object_unref (task);
    }
}

static void
err_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Probe *probe = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &probe->err_length, &error))
    fail_read (task, error);
  else
    g_subprocess_wait_async (probe->process, probe->cancellable, ended_cb, task);
}

static void
out_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GTask *task = user_data;
  Probe *probe = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!g_input_stream_read_all_finish (G_INPUT_STREAM (source), result, &probe->out_length, &error))
    fail_read (task, error);
  else
    g_input_stream_read_all_async (g_subprocess_get_stderr_pipe (probe->process), probe->err, TEXT_MAX, G_PRIORITY_DEFAULT,
                                   probe->cancellable, err_cb, task);
}

static gboolean
timer_cb (gpointer user_data)
{
  Probe *probe = user_data;

  probe->timed_out = TRUE;
  g_cancellable_cancel (probe->cancellable);
  return G_SOURCE_REMOVE;
}

static void
cancelled_cb (GCancellable *caller, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

/**
 * bf_supervisor_probe_async:
 * @service: id of the service
 * @url: an address, http or https
 */
void
bf_supervisor_probe_async (BfSupervisor *supervisor, const char *service, const char *url, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  g_autofree char *parent = g_strdup_printf ("%d", (int) getpid ());
  const char *argv[18] = { supervisor->feed_program, "--plugins", supervisor->plugins_dir, "--service", service, "--parent", parent };
  guint n = 7;
  GError *error = NULL;
  g_autoptr (GSubprocess) process = NULL;
  Probe *probe;

  bf_supervisor_add_option (argv, &n, "--zone", supervisor->zone_name);
  bf_supervisor_add_option (argv, &n, "--probe", url);
  bf_supervisor_add_option (argv, &n, "--proxy", supervisor->proxy);
  bf_supervisor_add_option (argv, &n, "--ca", supervisor->ca);
  bf_supervisor_add_option (argv, &n, "--secrets", supervisor->secrets_dir);
  if (!g_str_has_prefix (url, "http://") && !g_str_has_prefix (url, "https://"))
    {
      fail (task, BF_ERROR_VALUE, _ ("expected an address that starts with http:// or https://"));
      return;
    }
  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
  if (process == NULL)
    {
      g_task_return_error (task, error);
      g_object_unref (task);
      return;
    }
  probe = g_new0 (Probe, 1);
  probe->process = g_steal_pointer (&process);
  probe->cancellable = g_cancellable_new ();
  probe->out = g_malloc0 (TEXT_MAX + 1);
  probe->err = g_malloc0 (TEXT_MAX + 1);
  probe->timer = g_timeout_source_new_seconds (TIMEOUT_S);
  g_source_set_callback (probe->timer, timer_cb, probe, NULL);
  g_source_attach (probe->timer, g_main_context_get_thread_default ());
  g_task_set_task_data (task, probe, probe_free);
  if (cancellable != NULL)
    {
      probe->caller = g_object_ref (cancellable);
      probe->handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), g_object_ref (probe->cancellable),
                                              g_object_unref);
    }
  g_input_stream_read_all_async (g_subprocess_get_stdout_pipe (probe->process), probe->out, TEXT_MAX, G_PRIORITY_DEFAULT,
                                 probe->cancellable, out_cb, task);
}

/**
 * bf_supervisor_probe_finish:
 *
 * Returns: (transfer full): text of a feed file to show to a person; %NULL with @error that says what was seen
 */
char *
bf_supervisor_probe_finish (BfSupervisor *supervisor, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
