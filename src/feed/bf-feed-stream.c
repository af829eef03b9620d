/* SPDX-License-Identifier: EUPL-1.2 */
/* The life of a stream's process: see bf-feed-stream.h.
 *
 *   transport ──message()──▶ queue (bounded) ──decode──▶ BATCH ──▶ settled()      … every STEP_US: PAYLOAD, STATUS
 *
 * Messages are decoded as they come and their observations written at once; then the transport is told that they are the
 * engine's (it acknowledges them). What came within STEP_US makes one attempt: its messages, a line end behind each, are the
 * payload that is kept as proof, and its STATUS is what the engine evaluates at. The queue holds messages only while the engine
 * does not read: the frames' pipe is full. A message that cannot be decoded is one refused record, and the others count. A
 * stream that is silent says so at its cadence (NOT_MODIFIED): the STATUS is the heartbeat. One that says nothing for as long as
 * its content would be stale, and one that does not connect within Timeout=, is cut and connected anew. */

#include "feed/bf-feed-stream.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <poll.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-schedule.h"

#define STEP_US (500 * G_GINT64_CONSTANT (1000))
#define QUEUE_MESSAGES 20000u
#define TURN_US 20000           /* decoding in one turn of the loop */
#define HEARTBEAT_MAX_US (60 * G_USEC_PER_SEC)
#define SILENCE_MIN_US (60 * G_USEC_PER_SEC)

typedef struct
{
  gint64 observed_us;
  gsize length;
  char bytes[];
} Message;

struct _BfFeedStream
{
  const BfFeedDef *def;
  BfTransport *transport;
  BfDecoder *decoder;
  BfFrameWriter *writer;
  int frames_fd;
  gboolean once;
  void (*ended) (gpointer user_data);
  gpointer user_data;

  BfSchedule schedule;
  gboolean started;   /* the transport's start() was called and it is not down */
  gboolean connected;
  gboolean closing;
  gint64 opened_us;   /* monotonic, of start() */
  gint64 heard_us;    /* monotonic, of the last message, or of up() */
  GSource *timer;     /* start, connect's end, step, heartbeat, silence: whatever comes first */
  GSource *room;      /* waits until the pipe takes frames */
  guint turn;         /* decoding waits for the loop */
  gint64 start_us;    /* monotonic, when to start again; 0: started */

  GQueue queue; /* Message */
  gsize queue_bytes;
  guint queue_max;
  gboolean blocked; /* the transport was told that there is no room */
  guint64 n_taken;   /* decoded and written */
  guint64 n_dropped; /* of all times */
  char *dropped_why;
  guint64 n_dropped_said;

  /* this attempt */
  gboolean begun;
  gint64 result_us;
  gint64 step_us; /* monotonic, when it ends */
  guint n_bad;
  char *bad_why;
  GByteArray *body;
  guint64 bytes;
  gint64 newest_us;
  BfContent content; /* of the last messages */
  gint64 as_of_us;
  gint64 status_us; /* monotonic, of the last STATUS */
  char *cursor;
  char *cursor_said;
  char *note;
  BfOutcome outcome;
};

static void arm (BfFeedStream *stream);
static void fall (BfFeedStream *stream, BfOutcome outcome, gint64 retry_after_us, const char *reason);

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

BfOutcome
bf_feed_stream_outcome (const BfFeedStream *stream)
{
  return stream->outcome;
}

static gint64
heartbeat_us (const BfFeedStream *stream)
{
  return MIN (stream->def->every_us, HEARTBEAT_MAX_US);
}

static gint64
silence_us (const BfFeedStream *stream)
{
  return MAX (bf_feed_def_stale_us (stream->def), SILENCE_MIN_US);
}

/* --- the attempt ------------------------------------------------------------------------------------------------------ */

static void
begin (BfFeedStream *stream)
{
  gint64 now_us = bf_time_now_us ();

  /* A first message after a silence is not made to wait. */
  stream->step_us = MAX (g_get_monotonic_time () + STEP_US / 10, stream->status_us + STEP_US);
  stream->begun = TRUE;
  stream->result_us = now_us;
  stream->n_bad = 0;
  stream->bytes = 0;
  g_clear_pointer (&stream->bad_why, g_free);
  g_byte_array_set_size (stream->body, 0);
  bf_decoder_begin (stream->decoder, now_us, now_us);
}

static char *
make_note (BfFeedStream *stream, gboolean kept)
{
  g_autoptr (GString) note = g_string_new (NULL);

  if (stream->n_dropped > 0)
    g_string_append_printf (note, _ ("%" PRIu64 " messages were lost since the start, %" PRIu64 " of them lately: %s"),
                            stream->n_dropped, stream->n_dropped - stream->n_dropped_said, stream->dropped_why);
  stream->n_dropped_said = stream->n_dropped;
  if (!kept)
    g_string_append_printf (note, "%s%s", note->len > 0 ? "; " : "",
                            _ ("what came is not kept as proof: too large, or a secret stands in it"));
  if (stream->n_bad > 0)
    {
      g_string_append (note, note->len > 0 ? "; " : "");
      g_string_append_printf (note, g_dngettext (GETTEXT_PACKAGE, "%u message could not be read, such as: %s",
                                                 "%u messages could not be read, such as: %s", stream->n_bad),
                              stream->n_bad, stream->bad_why);
    }
  if (note->len == 0 && stream->begun && bf_decoder_note (stream->decoder) != NULL)
    g_string_append (note, bf_decoder_note (stream->decoder));
  if (note->len == 0 && stream->note != NULL)
    g_string_append (note, stream->note);
  return note->len > 0 ? g_string_free (g_steal_pointer (&note), FALSE) : NULL;
}

/* What the messages of this attempt are of all there is; of one that could not be read nothing is known. */
static void
end_messages (BfFeedStream *stream)
{
  gboolean as_of_own;

  if (stream->n_bad > 0)
    return;
  bf_decoder_end (stream->decoder, &stream->content, &stream->as_of_us, &as_of_own);
  if (stream->content != BF_CONTENT_LIST)
    {
      stream->content = BF_CONTENT_OBSERVATIONS;
      stream->as_of_us = BF_TIME_NONE;
    }
}

static void
say (BfFeedStream *stream, BfOutcome outcome, gint64 next_us, const char *reason)
{
  BfFeedStatus status = { .outcome = outcome, .result_us = stream->result_us, .newest_us = stream->newest_us, .next_us = next_us,
                          .changed_us = BF_TIME_NONE };
  gboolean kept = TRUE;
  g_autofree char *note = NULL;

  if (stream->begun)
    {
      BfSinkCounts counts;

      end_messages (stream);
      bf_decoder_counts (stream->decoder, &counts);
      status.n_records = counts.n_records + stream->n_bad;
      status.n_observations = counts.n_observations;
      status.n_refused = counts.n_refused + stream->n_bad;
      status.n_ahead = counts.n_ahead;
      status.ahead_us = counts.ahead_us;
      status.bytes = stream->bytes;
      if (counts.newest_us != BF_TIME_NONE)
        stream->newest_us = status.newest_us = MAX (stream->newest_us, counts.newest_us);
      if (stream->body->len > 0)
        kept = bf_frame_writer_payload (stream->writer, stream->result_us, stream->body->data, stream->body->len);
    }
  else
    status.result_us = bf_time_now_us ();
  status.content = stream->content;
  status.as_of_us = stream->as_of_us;
  note = make_note (stream, kept);
  status.reason = reason != NULL ? reason : note;
  /* It covers what lies in the queue too. */
  if (stream->queue.length == 0 && stream->cursor != NULL && g_strcmp0 (stream->cursor, stream->cursor_said) != 0)
    {
      bf_frame_writer_cursor (stream->writer, stream->cursor);
      g_free (stream->cursor_said);
      stream->cursor_said = g_strdup (stream->cursor);
    }
  bf_frame_writer_status (stream->writer, &status);
  stream->begun = FALSE;
  stream->outcome = outcome;
  stream->status_us = g_get_monotonic_time ();
  if (bf_frame_writer_error (stream->writer) != NULL || (stream->once && outcome == BF_OUTCOME_OK))
    stream->ended (stream->user_data);
}

static void
end_attempt (BfFeedStream *stream)
{
  say (stream, BF_OUTCOME_OK, bf_time_now_us () + heartbeat_us (stream), NULL);
}

/* Each list is a step of its own: the next message waits in the queue until it has been said. */
static gboolean
holds_list (const BfFeedStream *stream)
{
  return stream->begun && stream->def->complete == BF_COMPLETE_MESSAGE;
}

/* --- the queue -------------------------------------------------------------------------------------------------------- */

static void
refuse (BfFeedStream *stream, const GError *error)
{
  if (stream->n_bad++ == 0)
    {
      stream->bad_why = g_strdup (error->message);
      bf_frame_writer_refused (stream->writer, 0, NULL, error->message);
    }
}

static void
decode (BfFeedStream *stream, const Message *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *next = NULL;
  gint64 now_us = bf_time_now_us ();

  if (stream->begun && stream->body->len + message->length >= stream->def->max_bytes)
    end_attempt (stream);
  if (!stream->begun)
    begin (stream);
  stream->bytes += message->length;
  g_byte_array_append (stream->body, (const guint8 *) message->bytes, message->length);
  g_byte_array_append (stream->body, (const guint8 *) "\n", 1);
  bf_decoder_next_message (stream->decoder, now_us, message->observed_us != BF_TIME_NONE ? message->observed_us : now_us);
  if (!bf_decoder_page (stream->decoder, stream->def->url != NULL ? stream->def->url : "", message->bytes, message->length, &next, &error))
    refuse (stream, error);
}

/* A pipe that is full means that the engine is busy: what we hold waits here, bounded, and not in its memory. */
static gboolean
pipe_has_room (BfFeedStream *stream)
{
  struct pollfd poll_fd = { stream->frames_fd, POLLOUT, 0 };

  return stream->frames_fd < 0 || poll (&poll_fd, 1, 0) != 0;
}

static void drain (BfFeedStream *stream);

static gboolean
room_cb (int fd, GIOCondition condition, gpointer user_data)
{
  BfFeedStream *stream = user_data;

  drop_source (&stream->room);
  drain (stream);
  return G_SOURCE_REMOVE;
}

static void
wait_for_room (BfFeedStream *stream)
{
  if (stream->room != NULL)
    return;
  stream->room = g_unix_fd_source_new (stream->frames_fd, G_IO_OUT | G_IO_ERR | G_IO_HUP);
  g_source_set_callback (stream->room, G_SOURCE_FUNC (room_cb), stream, NULL);
  g_source_attach (stream->room, NULL);
}

static gboolean
turn_cb (gpointer user_data)
{
  BfFeedStream *stream = user_data;

  stream->turn = 0;
  drain (stream);
  return G_SOURCE_REMOVE;
}

static void
unblock (BfFeedStream *stream)
{
  if (!stream->blocked || stream->queue.length > stream->queue_max / 2 || stream->queue_bytes > stream->def->max_bytes / 2)
    return;
  stream->blocked = FALSE;
  if (stream->started && stream->transport->klass->resume != NULL)
    stream->transport->klass->resume (stream->transport);
}

static void
drain (BfFeedStream *stream)
{
  gint64 until_us = g_get_monotonic_time () + TURN_US;
  guint n = 0;

  while (stream->queue.length > 0 && !holds_list (stream) && (n % 64 != 0 || g_get_monotonic_time () < until_us))
    {
      g_autofree Message *message = NULL;

      if (n % 64 == 0 && !pipe_has_room (stream))
        {
          wait_for_room (stream);
          break;
        }
      message = g_queue_pop_head (&stream->queue);
      stream->queue_bytes -= message->length;
      decode (stream, message);
      n++;
    }
  if (n > 0)
    {
      stream->n_taken += n;
      bf_frame_writer_flush (stream->writer);
      if (stream->def->wire == BF_WIRE_PUSH)
        bf_frame_writer_taken (stream->writer, stream->n_taken);
      if (bf_frame_writer_error (stream->writer) != NULL)
        {
          stream->ended (stream->user_data);
          return;
        }
      if (stream->queue.length == 0 && stream->transport->klass->settled != NULL)
        stream->transport->klass->settled (stream->transport);
    }
  if (stream->queue.length > 0 && stream->room == NULL && stream->turn == 0 && !holds_list (stream))
    stream->turn = g_idle_add (turn_cb, stream);
  unblock (stream);
  arm (stream);
}

static gboolean
message_cb (gpointer user_data, const char *bytes, gsize length, gint64 observed_us)
{
  BfFeedStream *stream = user_data;
  Message *message;

  stream->heard_us = g_get_monotonic_time ();
  if (stream->queue.length >= stream->queue_max || stream->queue_bytes + length > stream->def->max_bytes)
    {
      stream->blocked = TRUE;
      return FALSE;
    }
  message = g_malloc (sizeof *message + length + 1);
  message->observed_us = observed_us;
  message->length = length;
  memcpy (message->bytes, bytes, length);
  message->bytes[length] = '\0';
  g_queue_push_tail (&stream->queue, message);
  stream->queue_bytes += length;
  if (stream->turn == 0 && stream->room == NULL)
    stream->turn = g_idle_add_full (G_PRIORITY_DEFAULT, turn_cb, stream, NULL);
  return TRUE;
}

static void
dropped_cb (gpointer user_data, guint64 n, const char *why)
{
  BfFeedStream *stream = user_data;

  stream->n_dropped += n;
  if (g_strcmp0 (stream->dropped_why, why) != 0)
    {
      g_free (stream->dropped_why);
      stream->dropped_why = g_strdup (why);
    }
}

static void
cursor_cb (gpointer user_data, const char *text)
{
  BfFeedStream *stream = user_data;

  g_free (stream->cursor);
  stream->cursor = g_strdup (text);
}

/* --- the connection --------------------------------------------------------------------------------------------------- */

static void
up_cb (gpointer user_data, const char *note)
{
  BfFeedStream *stream = user_data;

  stream->connected = TRUE;
  stream->heard_us = g_get_monotonic_time ();
  g_free (stream->note);
  stream->note = g_strdup (note);
  bf_schedule_next (&stream->schedule, BF_OUTCOME_OK, bf_time_now_us (), 0, 0);
  if (!stream->begun)
    say (stream, BF_OUTCOME_NOT_MODIFIED, bf_time_now_us () + heartbeat_us (stream), NULL);
  arm (stream);
}

static void
start (BfFeedStream *stream)
{
  stream->start_us = 0;
  stream->started = TRUE;
  stream->connected = FALSE;
  stream->opened_us = g_get_monotonic_time ();
  stream->transport->klass->start (stream->transport);
  arm (stream);
}

static void
fall (BfFeedStream *stream, BfOutcome outcome, gint64 retry_after_us, const char *reason)
{
  gint64 now_us = bf_time_now_us ();
  gint64 next_us;

  if (!stream->started)
    return;
  stream->started = stream->connected = FALSE;
  if (outcome == BF_OUTCOME_OK || outcome == BF_OUTCOME_NOT_MODIFIED)
    outcome = BF_OUTCOME_RETRY;
  next_us = bf_schedule_next (&stream->schedule, outcome, now_us, retry_after_us, g_random_double ());
  stream->start_us = g_get_monotonic_time () + (next_us - now_us);
  if (stream->closing)
    return;
  /* What came before is good and is said first. */
  if (stream->begun)
    end_attempt (stream);
  say (stream, outcome, next_us, reason);
  if (stream->once)
    stream->ended (stream->user_data);
  arm (stream);
}

static void
down_cb (gpointer user_data, BfOutcome outcome, gint64 retry_after_us, const char *reason)
{
  fall (user_data, outcome, retry_after_us, reason);
}

static void
anew_cb (gpointer user_data, const char *reason)
{
  BfFeedStream *stream = user_data;

  fall (stream, BF_OUTCOME_RETRY, 0, reason);
  /* The engine says with it why the process ended. */
  g_printerr ("beffroi-feed: %s\n", reason);
  stream->ended (stream->user_data);
}

static void
cut (BfFeedStream *stream, char *reason)
{
  stream->transport->klass->stop (stream->transport);
  fall (stream, BF_OUTCOME_RETRY, 0, reason);
  g_free (reason);
}

static void
cut_unconnected (BfFeedStream *stream)
{
  g_autofree char *limit = bf_duration_format (stream->def->timeout_us);

  cut (stream, g_strdup_printf (_ ("not connected within %s"), limit));
}

static void
cut_silent (BfFeedStream *stream)
{
  g_autofree char *limit = bf_duration_format (silence_us (stream));

  cut (stream, g_strdup_printf (_ ("connected, and nothing was heard for %s; connecting anew"), limit));
}

static gboolean
timer_cb (gpointer user_data)
{
  BfFeedStream *stream = user_data;
  gint64 now_us = g_get_monotonic_time ();

  drop_source (&stream->timer);
  if (holds_list (stream) && now_us >= stream->step_us)
    {
      end_attempt (stream);
      if (stream->queue.length > 0 && stream->room == NULL && stream->turn == 0)
        stream->turn = g_idle_add (turn_cb, stream);
    }
  else if (stream->begun && now_us >= stream->step_us && stream->queue.length == 0)
    end_attempt (stream);
  else if (stream->begun && now_us >= stream->step_us + STEP_US)
    end_attempt (stream);
  if (stream->start_us > 0 && now_us >= stream->start_us)
    start (stream);
  else if (stream->started && !stream->connected && now_us - stream->opened_us >= stream->def->timeout_us)
    cut_unconnected (stream);
  else if (stream->connected && now_us - stream->heard_us >= silence_us (stream) && stream->def->wire != BF_WIRE_FOLDER &&
           stream->def->wire != BF_WIRE_PUSH)
    cut_silent (stream);
  else if (stream->connected && !stream->begun && now_us - stream->status_us >= heartbeat_us (stream))
    say (stream, BF_OUTCOME_NOT_MODIFIED, bf_time_now_us () + heartbeat_us (stream), NULL);
  arm (stream);
  return G_SOURCE_REMOVE;
}

/* The next of what time brings. */
static void
arm (BfFeedStream *stream)
{
  gint64 at_us = G_MAXINT64;

  if (stream->begun)
    at_us = MIN (at_us, stream->queue.length == 0 || holds_list (stream) ? stream->step_us : stream->step_us + STEP_US);
  if (stream->start_us > 0)
    at_us = MIN (at_us, stream->start_us);
  if (stream->started && !stream->connected)
    at_us = MIN (at_us, stream->opened_us + stream->def->timeout_us);
  if (stream->connected)
    at_us = MIN (at_us, MIN (stream->heard_us + silence_us (stream), stream->status_us + heartbeat_us (stream)));
  if (at_us == G_MAXINT64)
    return;
  at_us = MAX (at_us, g_get_monotonic_time () + 1000);
  if (stream->timer == NULL)
    {
      stream->timer = g_timeout_source_new (0);
      g_source_set_callback (stream->timer, timer_cb, stream, NULL);
      g_source_set_ready_time (stream->timer, at_us);
      g_source_attach (stream->timer, NULL);
    }
  else if (g_source_get_ready_time (stream->timer) != at_us)
    g_source_set_ready_time (stream->timer, at_us);
}

static const BfTransportHost host = { up_cb, message_cb, dropped_cb, cursor_cb, down_cb, anew_cb };

BfFeedStream *
bf_feed_stream_new (const BfFeedDef *def, BfTransport *transport, BfDecoder *decoder, BfFrameWriter *writer, int frames_fd,
                    gboolean once, void (*ended) (gpointer user_data), gpointer user_data)
{
  BfFeedStream *stream = g_new0 (BfFeedStream, 1);
  const char *queue = bf_feed_def_get (def, "Queue");

  stream->def = def;
  stream->transport = transport;
  stream->decoder = decoder;
  stream->writer = writer;
  stream->frames_fd = frames_fd;
  stream->once = once;
  stream->ended = ended;
  stream->user_data = user_data;
  stream->body = g_byte_array_new ();
  stream->newest_us = stream->as_of_us = BF_TIME_NONE;
  stream->queue_max = queue != NULL ? (guint) g_ascii_strtoull (queue, NULL, 10) : QUEUE_MESSAGES;
  g_queue_init (&stream->queue);
  bf_schedule_init (&stream->schedule, def->every_us);
  transport->host = &host;
  transport->user_data = stream;
  stream->start_us = 1;
  arm (stream);
  return stream;
}

void
bf_feed_stream_free (BfFeedStream *stream)
{
  if (stream == NULL)
    return;
  stream->closing = TRUE;
  if (stream->started)
    stream->transport->klass->stop (stream->transport);
  drop_source (&stream->timer);
  drop_source (&stream->room);
  g_clear_handle_id (&stream->turn, g_source_remove);
  g_queue_clear_full (&stream->queue, g_free);
  g_byte_array_unref (stream->body);
  g_free (stream->dropped_why);
  g_free (stream->bad_why);
  g_free (stream->cursor);
  g_free (stream->cursor_said);
  g_free (stream->note);
  g_free (stream);
}
