/* SPDX-License-Identifier: EUPL-1.2 */
/* One running beffroi-feed: see bf-feed-child.h.
 *
 * A child is counted by references: one of the owner, one of the wait for its end, one of each source on a pipe. `reason` is
 * set at the first thing that goes wrong and never after: what killed it is what is told, not the SIGKILL that followed.
 * `ended` is called from the wait's callback only, so always from the main loop and never inside of a handler.
 *
 * The time in which it must be heard is its own: it stands still while we leave bytes of it unread, because a turn's share was used
 * up or a payload is still being handed on, since a process behind a full pipe can do nothing but wait for us. So that this is no
 * way to go on for ever, what comes without an answer is bounded in bytes. And it is heard while it sends: on a machine with too much to
 * do, each piece of HEARD_BYTES gives it the grace anew, for PATIENCE_US at most. */

#include "feed/bf-feed-child.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-turns.h"

#define FRAMES_FD 3
#define STDERR_KEEP 400u       /* of the last line, for the reason */
#define READ_BYTES 1024u
#define TURN_US 500            /* of reading in one turn of the loop */
#define LAST_BYTES (64u << 10)
#define LAST_READS 32u
#define STDERR_PER_TURN (16u << 10)
#define HEARD_BYTES (64u << 10)
#define PATIENCE_US (600 * G_USEC_PER_SEC)
#define SPARED_US G_USEC_PER_SEC /* for the rest of what it had begun to write when it was due */

/* Refilled with time, up to a burst. */
typedef struct
{
  double level;
  double per_us;
  double burst;
  gint64 at_us;
} Bucket;

struct _BfFeedChild
{
  grefcount refs;
  gboolean freed; /* by its owner: nothing is called any more */
  GSubprocess *process;
  BfFrameReader *reader;
  BfFrameHandler outer;
  void (*ended) (gpointer user_data, const char *reason);
  gpointer user_data;
  int frames_fd;
  GSource *frames;
  int stderr_fd;
  GSource *messages;
  int input_fd;
  GSource *input;
  void (*room) (gpointer user_data);
  GSource *watchdog;
  gint64 due_us;    /* monotonic: when it must have been heard */
  gint64 last_us;   /* and at the latest, whatever it sends */
  gint64 grace_us;
  gsize heard_bytes;
  gint64 unread_us; /* since when bytes of it lie unread; 0: none do that we know of */
  gboolean spared;  /* it had written when it was due */
  GString *line; /* of stderr, the one that is being read */
  char *last_line;
  Bucket bytes;
  Bucket attempts;
  guint read_bytes;
  guint64 unanswered_bytes;
  guint64 unanswered_max;
  char *reason;
};

static void
bucket_init (Bucket *bucket, double per_s, double burst)
{
  *bucket = (Bucket){ burst, per_s / G_USEC_PER_SEC, burst, g_get_monotonic_time () };
}

static gboolean
bucket_take (Bucket *bucket, double n)
{
  gint64 now_us = g_get_monotonic_time ();

  bucket->level = MIN (bucket->burst, bucket->level + (double) (now_us - bucket->at_us) * bucket->per_us);
  bucket->at_us = now_us;
  bucket->level -= n;
  return bucket->level >= 0;
}

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
close_pipes (BfFeedChild *child)
{
  drop_source (&child->frames);
  drop_source (&child->messages);
  drop_source (&child->watchdog);
  drop_source (&child->input);
  if (child->input_fd >= 0)
    close (child->input_fd);
  child->input_fd = -1;
  if (child->frames_fd >= 0)
    close (child->frames_fd);
  if (child->stderr_fd >= 0)
    close (child->stderr_fd);
  child->frames_fd = child->stderr_fd = -1;
}

static void
child_unref (gpointer data)
{
  BfFeedChild *child = data;

  if (!g_ref_count_dec (&child->refs))
    return;
  close_pipes (child);
  g_clear_object (&child->process);
  bf_frame_reader_free (child->reader);
  g_string_free (child->line, TRUE);
  g_free (child->last_line);
  g_free (child->reason);
  g_free (child);
}

static BfFeedChild *
child_ref (BfFeedChild *child)
{
  g_ref_count_inc (&child->refs);
  return child;
}

void
bf_feed_child_end (BfFeedChild *child, const char *reason)
{
  if (child->reason == NULL)
    child->reason = g_strdup (reason);
  drop_source (&child->frames);
  drop_source (&child->watchdog);
  g_subprocess_force_exit (child->process);
}

void
bf_feed_child_free (BfFeedChild *child)
{
  if (child == NULL)
    return;
  child->freed = TRUE;
  close_pipes (child);
  g_subprocess_force_exit (child->process);
  child_unref (child);
}

gboolean
bf_feed_child_was_ended (const BfFeedChild *child)
{
  return child->reason != NULL;
}

GSubprocess *
bf_feed_child_process (const BfFeedChild *child)
{
  return child->process;
}

int
bf_feed_child_pid (const BfFeedChild *child)
{
  const char *id = g_subprocess_get_identifier (child->process);

  return id != NULL ? (int) g_ascii_strtoll (id, NULL, 10) : 0;
}

gsize
bf_feed_child_write (BfFeedChild *child, const void *bytes, gsize length)
{
  gssize n = child->input_fd >= 0 ? write (child->input_fd, bytes, length) : 0;

  return (gsize) MAX (n, 0);
}

static gboolean
input_cb (int fd, GIOCondition condition, gpointer user_data)
{
  BfFeedChild *child = user_data;

  /* Destroying the source may end the child: it is not looked at after this. */
  child->room (child->user_data);
  return G_SOURCE_REMOVE;
}

void
bf_feed_child_wait_room (BfFeedChild *child, void (*room) (gpointer user_data))
{
  if (child->input_fd < 0)
    return;
  drop_source (&child->input);
  child->room = room;
  child->input = g_unix_fd_source_new (child->input_fd, G_IO_OUT | G_IO_ERR);
  g_source_set_callback (child->input, G_SOURCE_FUNC (input_cb), child_ref (child), child_unref);
  g_source_attach (child->input, g_main_context_get_thread_default ());
}

/* Keeps the last line that says something; of a long one its beginning. */
static void
take_messages (BfFeedChild *child, const char *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (bytes[i] != '\n')
      {
        if (child->line->len < STDERR_KEEP)
          g_string_append_c (child->line, bytes[i]);
      }
    else if (child->line->len > 0)
      {
        g_free (child->last_line);
        child->last_line = g_utf8_make_valid (child->line->str, child->line->len);
        g_string_truncate (child->line, 0);
      }
}

/* FALSE at the end of the pipe. *@ret_n: bytes that came. */
static gboolean
read_messages (BfFeedChild *child, gsize *ret_n)
{
  char bytes[STDERR_PER_TURN];
  gssize n = read (child->stderr_fd, bytes, sizeof bytes);

  *ret_n = MAX (n, 0);
  take_messages (child, bytes, *ret_n);
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static gboolean
messages_cb (int fd, GIOCondition condition, gpointer user_data)
{
  BfFeedChild *child = user_data;
  gsize n;
  gboolean more = read_messages (child, &n);

  /* Words are bytes too: a flood on stderr ends it like one of frames. */
  if (bucket_take (&child->bytes, n))
    return more;
  bf_feed_child_end (child, _ ("flood: more on standard error than a feed may write"));
  return G_SOURCE_REMOVE;
}

/* All was read: from now on its time runs again. */
static void
set_read (BfFeedChild *child)
{
  if (child->unread_us == 0)
    return;
  child->due_us += g_get_monotonic_time () - child->unread_us;
  child->last_us += g_get_monotonic_time () - child->unread_us;
  child->unread_us = 0;
  if (child->watchdog != NULL)
    g_source_set_ready_time (child->watchdog, child->due_us);
}

/* Does it wait for us, from now on? */
static void
look_for_unread (BfFeedChild *child)
{
  GPollFD frames = { child->frames_fd, G_IO_IN, 0 };

  if (g_poll (&frames, 1, 0) <= 0)
    set_read (child);
  else if (child->unread_us == 0)
    child->unread_us = g_get_monotonic_time ();
}

static void
hear (BfFeedChild *child, gsize n)
{
  child->heard_bytes += n;
  if (child->heard_bytes < HEARD_BYTES)
    return;
  child->heard_bytes = 0;
  child->due_us = MAX (child->due_us, MIN (child->last_us, g_get_monotonic_time () + child->grace_us));
}

/* FALSE: nothing more is to be read now. */
static gboolean
read_frames (BfFeedChild *child, int fd)
{
  guint8 bytes[READ_BYTES];
  gssize n = read (fd, bytes, sizeof bytes);
  g_autoptr (GError) error = NULL;

  if (n <= 0)
    {
      /* At the end of the pipe the end of the process says why. */
      if (n == 0 || (errno != EAGAIN && errno != EINTR))
        bf_feed_child_end (child, NULL);
      set_read (child);
      return FALSE;
    }
  child->unanswered_bytes += n;
  hear (child, n);
  if (!bucket_take (&child->bytes, n) || child->unanswered_bytes > child->unanswered_max)
    bf_feed_child_end (child, _ ("flood: more bytes than a feed may send"));
  else if (!bf_frame_reader_push (child->reader, bytes, n, &error))
    {
      g_autofree char *reason = g_strdup_printf (_ ("rubbish: %s"), error->message);

      bf_feed_child_end (child, reason);
    }
  return child->frames != NULL && !child->freed;
}

/* Small pieces until the turn's time or share is used up: an asset's frame may cost a hundred times what an observation's does. */
static gboolean
frames_cb (int fd, GIOCondition condition, gpointer user_data)
{
  BfFeedChild *child = child_ref (user_data);
  gint64 until_us = bf_turns_until (TURN_US);
  guint n = 0;

  while (read_frames (child, fd))
    if ((n += READ_BYTES) >= child->read_bytes || g_get_monotonic_time () >= until_us)
      {
        look_for_unread (child);
        break;
      }
  child_unref (child);
  return G_SOURCE_CONTINUE;
}

static gboolean
watchdog_cb (gpointer user_data)
{
  BfFeedChild *child = user_data;

  if (g_get_monotonic_time () < child->due_us)
    {
      g_source_set_ready_time (child->watchdog, child->due_us);
      return G_SOURCE_CONTINUE;
    }
  /* Written, but we were too busy to look: once. */
  if (child->unread_us == 0 && !child->spared)
    {
      child->spared = TRUE;
      child->due_us = g_get_monotonic_time () + SPARED_US;
      look_for_unread (child);
    }
  if (child->unread_us != 0)
    {
      g_source_set_ready_time (child->watchdog, -1);
      return G_SOURCE_CONTINUE;
    }
  bf_feed_child_end (child, _ ("hangs: nothing was heard when an answer was due"));
  return G_SOURCE_REMOVE;
}

void
bf_feed_child_expect (BfFeedChild *child, gint64 monotonic_us)
{
  gint64 now_us = g_get_monotonic_time ();

  child->due_us = monotonic_us;
  child->last_us = monotonic_us + PATIENCE_US;
  child->heard_bytes = 0;
  child->spared = FALSE;
  if (child->unread_us != 0)
    child->unread_us = now_us;
  drop_source (&child->watchdog);
  child->watchdog = g_timeout_source_new (0);
  g_source_set_ready_time (child->watchdog, monotonic_us);
  g_source_set_callback (child->watchdog, watchdog_cb, child_ref (child), child_unref);
  g_source_attach (child->watchdog, g_main_context_get_thread_default ());
}

static char *
exit_reason (BfFeedChild *child)
{
  if (child->reason != NULL)
    return g_strdup (child->reason);
  if (g_subprocess_get_if_signaled (child->process))
    {
      int signal = g_subprocess_get_term_sig (child->process);

      if (child->last_line != NULL)
        return g_strdup_printf (_ ("killed by signal %d (%s): %s"), signal, strsignal (signal), child->last_line);
      return g_strdup_printf (_ ("killed by signal %d (%s)"), signal, strsignal (signal));
    }
  if (child->last_line != NULL)
    return g_strdup_printf (_ ("ended with status %d: %s"), g_subprocess_get_exit_status (child->process), child->last_line);
  return g_strdup_printf (_ ("ended with status %d and no word"), g_subprocess_get_exit_status (child->process));
}

/* What a process wrote before it ended by itself is whole frames, or cut and then not used. Bounded by the pipe's size. */
static void
read_last_frames (BfFeedChild *child)
{
  g_autofree guint8 *bytes = g_malloc (LAST_BYTES);
  gssize n = 0;

  for (guint i = 0; i < LAST_READS && child->reason == NULL && child->frames_fd >= 0 && (n = read (child->frames_fd, bytes, LAST_BYTES)) > 0; i++)
    if (!bf_frame_reader_push (child->reader, bytes, n, NULL))
      break;
}

static void
waited_cb (GObject *source, GAsyncResult *async, gpointer user_data)
{
  BfFeedChild *child = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), async, NULL);
  if (!child->freed)
    {
      g_autofree char *reason = NULL;
      gsize n = 1;

      read_last_frames (child);
      for (guint i = 0; i < 16 && child->stderr_fd >= 0 && n > 0; i++)
        read_messages (child, &n);
      take_messages (child, "\n", 1);
      reason = exit_reason (child);
      close_pipes (child);
      child->ended (child->user_data, reason);
    }
  child_unref (child);
}

/* The reader's handler for STATUS goes through here to count attempts. */
static void
status_cb (gpointer user_data, const BfFeedStatus *status)
{
  BfFeedChild *child = user_data;

  if (!bucket_take (&child->attempts, 1))
    bf_feed_child_end (child, _ ("flood: more answers than a feed may give"));
  else if (!child->freed && child->reason == NULL)
    {
      child->unanswered_bytes = 0;
      child->outer.status (child->user_data, status);
    }
}

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  BfFeedChild *child = user_data;

  if (!child->freed && child->reason == NULL)
    child->outer.asset (child->user_data, asset, draft);
}

static void
payload_cb (gpointer user_data, gint64 result_us, const guint8 sha256[32], gsize unpacked, GBytes *zstd)
{
  BfFeedChild *child = user_data;

  if (!child->freed && child->reason == NULL)
    child->outer.payload (child->user_data, result_us, sha256, unpacked, zstd);
}

static void
batch_cb (gpointer user_data, const BfObservation *observations, guint n)
{
  BfFeedChild *child = user_data;

  if (!child->freed && child->reason == NULL)
    child->outer.batch (child->user_data, observations, n);
}

static void
refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  BfFeedChild *child = user_data;

  if (!child->freed && child->reason == NULL)
    child->outer.refused (child->user_data, record, property, reason);
}

static void
cursor_cb (gpointer user_data, const char *text, gsize length)
{
  BfFeedChild *child = user_data;

  if (!child->freed && child->reason == NULL && child->outer.cursor != NULL)
    child->outer.cursor (child->user_data, text, length);
}

static void
taken_cb (gpointer user_data, guint64 n)
{
  BfFeedChild *child = user_data;

  if (!child->freed && child->reason == NULL && child->outer.taken != NULL)
    child->outer.taken (child->user_data, n);
}

static void
listed_cb (gpointer user_data, gboolean whole, const guint32 *assets, guint n)
{
  BfFeedChild *child = user_data;

  if (!child->freed && child->reason == NULL && child->outer.listed != NULL)
    child->outer.listed (child->user_data, whole, assets, n);
}

static const BfFrameHandler inner_handler = { NULL,      asset_cb,  payload_cb, batch_cb,
                                              refused_cb, status_cb, cursor_cb,  taken_cb, listed_cb };

static GSource *
watch (BfFeedChild *child, int fd, GUnixFDSourceFunc callback)
{
  GSource *source = g_unix_fd_source_new (fd, G_IO_IN | G_IO_HUP | G_IO_ERR);

  g_source_set_callback (source, G_SOURCE_FUNC (callback), child_ref (child), child_unref);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static gboolean
open_pipe (int ret_fds[2], GError **error)
{
  return g_unix_open_pipe (ret_fds, FD_CLOEXEC, error) && g_unix_set_fd_nonblocking (ret_fds[0], TRUE, error);
}

static void
close_all (const int *fds, guint n)
{
  for (guint i = 0; i < n; i++)
    if (fds[i] >= 0)
      close (fds[i]);
}

static GSubprocess *
spawn (const char *const *argv, char **environment, gboolean with_input, int *ret_frames, int *ret_stderr, int *ret_input, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  int frames[2] = { -1, -1 };
  int messages[2] = { -1, -1 };
  int input[2] = { -1, -1 };
  GSubprocess *process;

  if (!open_pipe (frames, error))
    return NULL;
  if (!open_pipe (messages, error) ||
      (with_input && (!g_unix_open_pipe (input, FD_CLOEXEC, error) || !g_unix_set_fd_nonblocking (input[1], TRUE, error))))
    {
      close_all ((int[]){ frames[0], frames[1], messages[0], messages[1], input[0], input[1] }, 6);
      return NULL;
    }
  if (with_input)
    g_subprocess_launcher_take_stdin_fd (launcher, input[0]);
  g_subprocess_launcher_set_environ (launcher, environment);
  g_subprocess_launcher_take_fd (launcher, frames[1], FRAMES_FD);
  g_subprocess_launcher_take_stderr_fd (launcher, messages[1]);
  process = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (process == NULL)
    {
      close_all ((int[]){ frames[0], messages[0], input[1] }, 3);
      return NULL;
    }
  *ret_input = input[1];
  *ret_frames = frames[0];
  *ret_stderr = messages[0];
  return process;
}

void
bf_feed_child_hold (BfFeedChild *child, gboolean hold)
{
  if (hold)
    {
      drop_source (&child->frames);
      child->unread_us = g_get_monotonic_time ();
    }
  else if (child->frames == NULL && child->frames_fd >= 0 && child->reason == NULL)
    {
      set_read (child);
      look_for_unread (child);
      child->frames = watch (child, child->frames_fd, frames_cb);
    }
}

BfFeedChild *
bf_feed_child_new (const char *const *argv, char **environment, const BfCatalog *catalog, guint service,
                   const BfSupervisorLimits *limits, gboolean with_input, const BfFrameHandler *handler,
                   void (*ended) (gpointer user_data, const char *reason), gpointer user_data, GError **error)
{
  BfFeedChild *child;
  int frames_fd;
  int stderr_fd;
  int input_fd;
  GSubprocess *process = spawn (argv, environment, with_input, &frames_fd, &stderr_fd, &input_fd, error);

  if (process == NULL)
    return NULL;
  child = g_new0 (BfFeedChild, 1);
  g_ref_count_init (&child->refs);
  child->process = process;
  child->outer = *handler;
  child->reader = bf_frame_reader_new (catalog, service, &inner_handler, child);
  child->ended = ended;
  child->user_data = user_data;
  child->frames_fd = frames_fd;
  child->stderr_fd = stderr_fd;
  child->input_fd = input_fd;
  child->line = g_string_new (NULL);
  child->read_bytes = limits->read_bytes;
  child->grace_us = limits->grace_us;
  child->unanswered_max = limits->bytes_burst;
  bucket_init (&child->bytes, limits->bytes_per_s, limits->bytes_burst);
  bucket_init (&child->attempts, limits->status_per_s, limits->status_burst);
  child->frames = watch (child, frames_fd, frames_cb);
  child->messages = watch (child, stderr_fd, messages_cb);
  g_subprocess_wait_async (process, NULL, waited_cb, child_ref (child));
  return child;
}

static void
count_cb (GObject *source, GAsyncResult *async, gpointer user_data)
{
  guint *n = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), async, NULL);
  (*n)--;
}

static gboolean
out_of_time_cb (gpointer user_data)
{
  g_cancellable_cancel (user_data);
  return G_SOURCE_REMOVE;
}

void
bf_feed_child_wait_all (GPtrArray *processes, gint64 timeout_us)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GSource) timer = g_timeout_source_new (timeout_us / 1000);
  guint n = processes->len;

  g_main_context_push_thread_default (context);
  g_source_set_callback (timer, out_of_time_cb, cancellable, NULL);
  g_source_attach (timer, context);
  for (guint i = 0; i < processes->len; i++)
    g_subprocess_wait_async (g_ptr_array_index (processes, i), cancellable, count_cb, &n);
  while (n > 0)
    g_main_context_iteration (context, TRUE);
  g_source_destroy (timer);
  g_main_context_pop_thread_default (context);
}
