/* SPDX-License-Identifier: EUPL-1.2 */
/* The process of a feed: started with what it may know, heard, and started again when it ends: see bf-supervisor-private.h. Backoff
 * doubles while runs are bad; a run that lived and answered sets it back. */

#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "feed/bf-supervisor-private.h"
#include "feed/bf-wire.h"

#define BACK_US G_USEC_PER_SEC
#define AHEAD_US (BF_LIMIT_AHEAD_US + 60 * G_USEC_PER_SEC)

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  BfSupervised *feed = user_data;
  BfSupervisor *supervisor = feed->supervisor;

  feed->info.n_assets = MAX (feed->info.n_assets, asset + 1);
  if (supervisor->handler.asset != NULL)
    supervisor->handler.asset (supervisor->user_data, feed->index, asset, draft);
}

static void
batch_cb (gpointer user_data, const BfObservation *observations, guint n)
{
  BfSupervised *feed = user_data;
  gint64 now_us = bf_time_now_us ();

  for (guint i = 0; i < n; i++)
    {
      if (observations[i].observed_us > now_us + AHEAD_US - feed->back_us && !bf_record_is_ahead (observations[i].record))
        {
          bf_feed_child_end (feed->child, _ ("rubbish: an observation of the future"));
          return;
        }
      bf_supervised_gather (feed, &observations[i], now_us);
    }
}

static void
listed_cb (gpointer user_data, gboolean whole, const guint32 *assets, guint n)
{
  BfSupervised *feed = user_data;

  if (feed->listed == NULL)
    {
      feed->listed = g_array_new (FALSE, FALSE, sizeof (guint32));
      feed->whole = whole;
    }
  feed->whole = feed->whole && whole;
  g_array_append_vals (feed->listed, assets, n);
}

static void
payload_cb (gpointer user_data, gint64 result_us, const guint8 sha256[32], gsize unpacked, GBytes *zstd)
{
  BfSupervised *feed = user_data;

  g_clear_pointer (&feed->pending.packed, g_bytes_unref);
  memcpy (feed->pending.sha256, sha256, sizeof feed->pending.sha256);
  feed->pending.unpacked = unpacked;
  feed->pending.packed = g_bytes_ref (zstd);
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  bf_supervised_keep_refusal (user_data, property != NULL ? g_strdup_printf (_ ("record %u, %s: %s"), record, property, reason)
                                            : g_strdup_printf (_ ("record %u: %s"), record, reason));
}

/* A process that dates its answer before its own start, or before its last one, is not believed: the answer is of the time of the last. */
static void
check_result (BfSupervised *feed, const BfFeedStatus *status)
{
  char said[BF_TIME_TEXT_BYTES], taken[BF_TIME_TEXT_BYTES];

  if (status->outcome != BF_OUTCOME_OK || status->result_us >= feed->result_us - BACK_US)
    return;
  bf_time_format (status->result_us, said);
  bf_time_format (feed->result_us, taken);
  feed->info.n_refused++;
  bf_supervised_keep_refusal (feed, g_strdup_printf (_ ("the answer says that it is of %s, which is before the last one: taken as of %s"), said, taken));
}

static void
status_cb (gpointer user_data, const BfFeedStatus *status)
{
  BfSupervised *feed = user_data;
  BfFeedChild *child = feed->child;
  gint64 wait_us;

  bf_supervised_count (feed, status);
  check_result (feed, status);
  wait_us = MAX (0, feed->info.next_us - feed->info.last_attempt_us);
  bf_feed_child_expect (child, g_get_monotonic_time () + wait_us + feed->def->timeout_us + feed->supervisor->limits.grace_us);
  g_free (feed->note);
  feed->note = g_strdup (status->reason);
  switch (status->outcome)
    {
    case BF_OUTCOME_OK:
    case BF_OUTCOME_NOT_MODIFIED:
      feed->answered = TRUE;
      if (status->outcome == BF_OUTCOME_OK && feed->attempt.n == 0 && status->n_refused > 0 && !feed->info.whole)
        bf_supervised_say_all_refused (feed, status);
      else
        bf_supervised_judge (feed);
      break;
    case BF_OUTCOME_RETRY:
      bf_supervised_drop_source (&feed->stale);
      bf_supervised_set_state (feed, BF_FEED_RETRY, status->reason);
      break;
    case BF_OUTCOME_REFUSED:
      bf_supervised_drop_source (&feed->stale);
      bf_supervised_set_state (feed, BF_FEED_REFUSED, status->reason);
      break;
    default:
      g_assert_not_reached ();
    }
  bf_supervised_hand_on (feed, status->result_us, status);
  feed->back_us = 0;
  feed->says_after = TRUE;
  if (feed->handing.n == 0)
    bf_supervised_finish_handing (feed);
}

static void
cursor_cb (gpointer user_data, const char *text, gsize length)
{
  BfSupervised *feed = user_data;

  g_free (feed->cursor);
  feed->cursor = g_strndup (text, length);
}

static void
room_cb (gpointer user_data)
{
  bf_supervised_pump (user_data);
}

void
bf_supervised_pump (BfSupervised *feed)
{
  if (feed->child != NULL && feed->pushed != NULL && !bf_push_queue_pump (feed->pushed, feed->child))
    bf_feed_child_wait_room (feed->child, room_cb);
  if (feed->pushed != NULL)
    feed->info.n_push_waiting = bf_push_queue_n (feed->pushed);
}

static void
taken_cb (gpointer user_data, guint64 n)
{
  BfSupervised *feed = user_data;

  if (feed->pushed == NULL || !bf_push_queue_taken (feed->pushed, n))
    bf_feed_child_end (feed->child, _ ("rubbish: it says it took more bodies than it was given"));
  else
    feed->info.n_push_waiting = bf_push_queue_n (feed->pushed);
}

static const BfFrameHandler frame_handler = { NULL,       asset_cb,  payload_cb, batch_cb,
                                              refused_cb, status_cb, cursor_cb,  taken_cb, listed_cb };

static char *
cursor_path (BfSupervised *feed)
{
  g_autofree char *file = g_strconcat (feed->def->name, ".cursor", NULL);

  return feed->supervisor->state_dir != NULL && bf_wire (feed->def->wire)->streams
           ? g_build_filename (feed->supervisor->state_dir, file, NULL)
           : NULL;
}

/* In one rename; not forced to the disk: after a power cut the stream begins a little earlier, and its observations are known. */
void
bf_supervised_keep_cursor (BfSupervised *feed)
{
  g_autofree char *path = cursor_path (feed);
  g_autoptr (GError) error = NULL;

  if (feed->cursor != NULL && path != NULL &&
      !g_file_set_contents_full (path, feed->cursor, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error))
    g_warning ("%s", error->message);
  g_clear_pointer (&feed->cursor, g_free);
}

static gboolean
restart_cb (gpointer user_data)
{
  BfSupervised *feed = user_data;

  bf_supervised_drop_source (&feed->restart);
  feed->info.restarts++;
  bf_supervised_start (feed);
  return G_SOURCE_REMOVE;
}

static void
plan_restart (BfSupervised *feed, const char *reason)
{
  const BfSupervisorLimits *limits = &feed->supervisor->limits;
  gint64 wait_us = limits->restart_min_us;
  g_autofree char *wait = NULL;

  for (guint i = 0; i < feed->n_crashes && wait_us < limits->restart_max_us; i++)
    wait_us *= 2;
  wait_us = MIN (wait_us, limits->restart_max_us);
  wait = bf_duration_format (wait_us);
  feed->n_crashes++;
  feed->info.n_deaths++;
  feed->info.death_us = bf_time_now_us ();
  g_free (feed->death);
  feed->info.death = feed->death = g_strdup (reason);
  g_message (_ ("feed %s: %s; its process is started again in %s"), feed->def->name, reason, wait);
  feed->info.next_us = bf_time_now_us () + wait_us;
  feed->restart = bf_supervised_at (g_get_monotonic_time () + wait_us, restart_cb, feed);
  bf_supervised_set_state (feed, BF_FEED_CRASHED, reason);
  bf_supervised_changed (feed);
}

void
bf_supervised_stop (BfSupervised *feed)
{
  g_clear_pointer (&feed->child, bf_feed_child_free);
  feed->info.pid = 0;
  bf_supervised_drop_source (&feed->restart);
  bf_supervised_drop_source (&feed->stale);
  bf_supervised_drop_attempt (feed);
}

static void
say_given_up (BfSupervised *feed)
{
  feed->info.n_push_lost++;
  feed->info.n_refused++;
  bf_supervised_keep_refusal (feed, g_strdup (_ ("a pushed body was given up: three processes in a row died of it")));
}

static void
ended_cb (gpointer user_data, const char *reason)
{
  BfSupervised *feed = user_data;
  g_autofree char *kept = g_strdup (reason);

  if (feed->answered && g_get_monotonic_time () - feed->started_us >= feed->supervisor->limits.good_run_us)
    feed->n_crashes = 0;
  /* Each message of a stream is whole in itself, and its sender may have been told that it is ours. */
  if (!bf_feed_child_was_ended (feed->child) && bf_wire (feed->def->wire)->streams && feed->attempt.n > 0)
    {
      feed->info.n_records += feed->attempt.n_records;
      feed->info.n_observations += feed->attempt.n;
      bf_supervised_hand_on (feed, bf_time_now_us (), NULL);
    }
  if (feed->pushed != NULL && bf_push_queue_restart (feed->pushed, TRUE))
    say_given_up (feed);
  bf_supervised_stop (feed);
  plan_restart (feed, kept);
}

/* The child gets no more of the engine's environment than it needs: what its address names, and the system's own. */
static char **
child_environment (const BfFeedDef *def)
{
  static const char *const system[] = { "PATH",        "HOME",        "LANG",         "LANGUAGE",    "LC_ALL",
                                        "LC_MESSAGES", "TZ",          "http_proxy",   "https_proxy", "no_proxy",
                                        "TMPDIR",      "SSL_CERT_FILE", "SSL_CERT_DIR", "GIO_EXTRA_MODULES", "PROJ_DATA",
                                        "CREDENTIALS_DIRECTORY", "XDG_DATA_DIRS",
                                        "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS", NULL };
  g_auto (GStrv) own = bf_feed_def_variables (def);
  const char *const *lists[] = { system, (const char *const *) own };
  char **environment = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint k = 0; lists[i][k] != NULL; k++)
      if (g_getenv (lists[i][k]) != NULL)
        environment = g_environ_setenv (environment, lists[i][k], g_getenv (lists[i][k]), TRUE);
  return environment != NULL ? environment : g_new0 (char *, 1);
}

void
bf_supervisor_add_option (const char **argv, guint *n, const char *name, const char *value)
{
  if (value == NULL)
    return;
  argv[(*n)++] = name;
  argv[(*n)++] = value;
}

void
bf_supervised_start (BfSupervised *feed)
{
  BfSupervisor *supervisor = feed->supervisor;
  g_autofree char *parent = g_strdup_printf ("%d", (int) getpid ());
  g_autofree char *cursor = cursor_path (feed);
  const char *argv[18] = { supervisor->feed_program, "--feed", feed->def->path, "--plugins", supervisor->plugins_dir, "--zone",
                           supervisor->zone_name, "--fd", "3", "--parent", parent };
  guint n = 11;
  g_auto (GStrv) environment = child_environment (feed->def);
  g_autoptr (GError) error = NULL;

  bf_supervisor_add_option (argv, &n, "--proxy", supervisor->proxy);
  bf_supervisor_add_option (argv, &n, "--ca", supervisor->ca);
  bf_supervisor_add_option (argv, &n, "--cursor", cursor);
  feed->answered = FALSE;
  feed->back_us = 0;
  feed->started_us = g_get_monotonic_time ();
  feed->result_us = MAX (feed->result_us, bf_time_now_us ());
  feed->child = bf_feed_child_new (argv, environment, supervisor->catalog, feed->def->service, &supervisor->limits,
                                   feed->pushed != NULL, &frame_handler, ended_cb, feed, &error);
  if (feed->child == NULL)
    {
      plan_restart (feed, error->message);
      return;
    }
  feed->info.pid = bf_feed_child_pid (feed->child);
  bf_supervised_pump (feed);
  bf_feed_child_expect (feed->child, feed->started_us + feed->def->timeout_us + supervisor->limits.grace_us);
  /* After a crash the reason stays until the new process has answered. */
  if (feed->info.state != BF_FEED_CRASHED)
    bf_supervised_set_state (feed, BF_FEED_STARTING, NULL);
  bf_supervised_changed (feed);
}
