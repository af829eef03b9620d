/* SPDX-License-Identifier: EUPL-1.2 */
/* The life of one feed's process: see bf-feed-run.h.
 *
 * One attempt is one payload of one or more pages. Timeout= and MaxBytes= hold for all its pages together. Later pages must
 * be of the first one's scheme, host and port, or of a server that Servers= names: a payload cannot send the feed elsewhere. The conditional GET is used for payloads of
 * one page only, for an unchanged first page says nothing of the second. A good payload's newest phenomenon time is kept, so that
 * NOT_MODIFIED and old content age alike. */

#include "feed/bf-feed-run.h"

#include <glib/gi18n-lib.h>
#include <malloc.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "feed/bf-http.h"
#include "feed/bf-schedule.h"

struct _BfFeedRun
{
  const BfFeedDef *def;
  BfDecoder *decoder;
  BfFrameWriter *writer;
  BfTransport *transport;
  BfSchedule schedule;
  gboolean once;
  void (*ended) (gpointer user_data);
  gpointer user_data;
  guint timer;
  gboolean freed; /* while a fetch is under way: its callback ends the run */
  gboolean fetching;

  char *etag;
  char *last_modified;
  gint64 newest_us;
  BfContent content; /* of the last good payload */
  gint64 as_of_us;   /* when that was true */
  gboolean as_of_own;
  gint64 changed_us; /* of a list without a time of its own, as its server says */
  BfOutcome outcome;

  /* this attempt */
  gint64 started_us;
  gint64 result_us;
  gint64 served_us; /* of its first page */
  guint n_pages;
  char *url;
  GHashTable *asked; /* addresses of the pages before this one */
  GByteArray *body; /* of all pages */
};

static void start_attempt (BfFeedRun *run);

static void
run_destroy (BfFeedRun *run)
{
  g_clear_handle_id (&run->timer, g_source_remove);
  g_clear_pointer (&run->body, g_byte_array_unref);
  g_free (run->etag);
  g_free (run->last_modified);
  g_free (run->url);
  g_hash_table_unref (run->asked);
  g_free (run);
}

void
bf_feed_run_free (BfFeedRun *run)
{
  if (run == NULL)
    return;
  run->freed = TRUE;
  if (run->fetching)
    run->transport->klass->abort (run->transport);
  else
    run_destroy (run);
}

BfOutcome
bf_feed_run_outcome (const BfFeedRun *run)
{
  return run->outcome;
}

static gboolean
timer_cb (gpointer user_data)
{
  BfFeedRun *run = user_data;

  run->timer = 0;
  start_attempt (run);
  return G_SOURCE_REMOVE;
}

static void
end_attempt (BfFeedRun *run, BfOutcome outcome, gint64 retry_after_us, const char *reason)
{
  gint64 now_us = bf_time_now_us ();
  BfFeedStatus status = { .outcome = outcome, .result_us = run->result_us, .newest_us = run->newest_us, .reason = reason,
                          .content = run->content, .as_of_us = run->as_of_us, .changed_us = run->changed_us };
  BfSinkCounts counts = { 0 };

  if (run->n_pages > 0)
    {
      bf_decoder_counts (run->decoder, &counts);
      status.n_records = counts.n_records;
      status.n_observations = counts.n_observations;
      status.n_refused = counts.n_refused;
      status.n_ahead = counts.n_ahead;
      status.ahead_us = counts.ahead_us;
      if (counts.newest_us != BF_TIME_NONE && counts.newest_us > run->newest_us)
        run->newest_us = status.newest_us = counts.newest_us;
    }
  status.bytes = run->body->len;
  if (outcome == BF_OUTCOME_OK && run->def->follows)
    bf_schedule_follow (&run->schedule, bf_decoder_ttl_s (run->decoder));
  status.next_us = bf_schedule_next (&run->schedule, outcome, now_us, retry_after_us, g_random_double ());
  run->outcome = outcome;
  /* Until the next one the process holds what it needs to wait. */
  g_clear_pointer (&run->body, g_byte_array_unref);
  bf_decoder_rest (run->decoder);
  malloc_trim (0);
  bf_frame_writer_status (run->writer, &status);
  if (run->once || bf_frame_writer_error (run->writer) != NULL)
    run->ended (run->user_data);
  else
    run->timer = g_timeout_add (MAX (1, (status.next_us - now_us) / 1000), timer_cb, run);
}

static void
forget_validators (BfFeedRun *run)
{
  g_clear_pointer (&run->etag, g_free);
  g_clear_pointer (&run->last_modified, g_free);
}

/* A list that says no time is true when its server says it, which is now, however long nothing of it has changed: a page without a
 * warning may have been written days ago. Since when it is so is kept apart. Of a file nobody says anything now. */
static void
renew_as_of (BfFeedRun *run, gint64 served_us)
{
  if (run->content == BF_CONTENT_DESCRIPTIONS)
    run->as_of_us = bf_time_now_us ();
  else if (run->content == BF_CONTENT_LIST && !run->as_of_own && served_us != BF_TIME_NONE)
    run->as_of_us = MAX (run->as_of_us, served_us);
}

static void
end_payload (BfFeedRun *run)
{
  g_autofree char *note = NULL;

  bf_decoder_end (run->decoder, &run->content, &run->as_of_us, &run->as_of_own);
  run->changed_us = run->content == BF_CONTENT_LIST && !run->as_of_own && run->last_modified != NULL ? run->as_of_us : BF_TIME_NONE;
  renew_as_of (run, run->served_us);
  note = g_strdup (bf_decoder_note (run->decoder));
  if (!bf_frame_writer_payload (run->writer, run->result_us, run->body->data, run->body->len))
    {
      g_autofree char *first = g_steal_pointer (&note);

      note = g_strdup_printf (_ ("the payload of %u bytes is over 4 MiB when packed, or holds a secret, and is not kept as proof"), run->body->len);
      if (first != NULL)
        {
          g_autofree char *second = g_steal_pointer (&note);

          note = g_strdup_printf ("%s; %s", first, second);
        }
    }
  end_attempt (run, BF_OUTCOME_OK, 0, note);
}

static void fetch_page (BfFeedRun *run);

/* "https://files.example", of an address */
static char *
server_of (const char *url)
{
  g_autofree char *scheme = NULL;
  g_autofree char *host = NULL;
  int port = -1;

  if (!g_uri_split_network (url, G_URI_FLAGS_NONE, &scheme, &host, &port, NULL) || host == NULL)
    return g_strdup ("?");
  return port > 0 ? g_strdup_printf ("%s://%s:%d", scheme, host, port) : g_strdup_printf ("%s://%s", scheme, host);
}

static void
end_elsewhere (BfFeedRun *run, const char *next)
{
  g_autofree char *own = server_of (run->def->url);
  g_autofree char *other = server_of (next);
  g_autofree char *reason = g_strdup_printf (_ ("the next page is on another server, %s, than the feed's address, %s; when it may be asked "
                                                "too, write Servers=%s into [Feed]"), other, own, other);

  end_attempt (run, BF_OUTCOME_RETRY, 0, reason);
}

static void
follow_page (BfFeedRun *run, char *next)
{
  gboolean again = !g_hash_table_add (run->asked, run->url);

  again = again || g_hash_table_contains (run->asked, next);
  run->url = next;
  if (again)
    {
      g_autofree char *reason = g_strdup_printf (_ ("the pages go round: after page %u comes one that was read already"), run->n_pages);

      end_attempt (run, BF_OUTCOME_RETRY, 0, reason);
    }
  else if (!bf_http_may_ask (run->def, next))
    end_elsewhere (run, next);
  else if (run->n_pages >= BF_FEED_MAX_PAGES)
    end_attempt (run, BF_OUTCOME_RETRY, 0, _ ("more than 200 pages"));
  else
    fetch_page (run);
}

static void
take_page (BfFeedRun *run, BfFetchResult *result)
{
  gint64 now_us = bf_time_now_us ();
  gsize length;
  const char *bytes = g_bytes_get_data (result->body, &length);
  g_autoptr (GError) error = NULL;
  gint64 before_us = g_get_monotonic_time ();
  gboolean taken;
  char *next = NULL;

  if (run->n_pages == 0)
    {
      run->result_us = now_us;
      run->served_us = result->served_us;
      bf_decoder_begin (run->decoder, now_us, result->observed_us != BF_TIME_NONE ? result->observed_us : now_us);
    }
  run->n_pages++;
  g_byte_array_append (run->body, (const guint8 *) bytes, length);
  bf_decoder_said (run->decoder, result->next, result->total);
  taken = bf_decoder_page (run->decoder, run->url, bytes, length, &next, &error);
  /* Timeout= is the server's: what we take to decode, or wait for an engine that has no time to read, is not its fault. */
  run->started_us += g_get_monotonic_time () - before_us;
  if (!taken)
    {
      g_autofree char *reason = run->n_pages > 1 ? g_strdup_printf (_ ("page %u: %s"), run->n_pages, error->message) : NULL;

      forget_validators (run);
      end_attempt (run, BF_OUTCOME_RETRY, 0, reason != NULL ? reason : error->message);
      return;
    }
  forget_validators (run);
  /* What is to be said of a short list is said each time. */
  if (run->n_pages == 1 && next == NULL && !bf_decoder_is_short (run->decoder))
    {
      run->etag = g_steal_pointer (&result->etag);
      run->last_modified = g_steal_pointer (&result->last_modified);
    }
  if (next != NULL)
    follow_page (run, next);
  else
    end_payload (run);
}

static void
fetch_cb (GObject *source, GAsyncResult *async, gpointer user_data)
{
  BfFeedRun *run = user_data;
  g_autoptr (BfFetchResult) result = run->transport->klass->ask_finish (run->transport, async);

  run->fetching = FALSE;
  if (run->freed)
    run_destroy (run);
  else if (result->outcome == BF_OUTCOME_OK)
    take_page (run, result);
  else
    {
      if (run->n_pages == 0)
        run->result_us = bf_time_now_us ();
      else
        forget_validators (run);
      if (result->outcome == BF_OUTCOME_NOT_MODIFIED)
        renew_as_of (run, result->status == 304 ? bf_time_now_us () : BF_TIME_NONE);
      /* The engine says with it why the process ended. */
      if (result->anew)
        g_printerr ("beffroi-feed: %s\n", result->reason);
      run->once = run->once || result->anew;
      end_attempt (run, result->outcome, result->retry_after_us, result->reason);
    }
}

static void
fetch_page (BfFeedRun *run)
{
  BfFetchRequest request = { .url = run->url };

  if (run->n_pages == 0)
    {
      request.etag = run->etag;
      request.last_modified = run->last_modified;
    }
  request.max_bytes = run->def->max_bytes - run->body->len;
  request.timeout_us = MAX (1000, run->started_us + run->def->timeout_us - g_get_monotonic_time ());
  run->fetching = TRUE;
  run->transport->klass->ask_async (run->transport, &request, fetch_cb, run);
}

static void
start_attempt (BfFeedRun *run)
{
  g_clear_pointer (&run->body, g_byte_array_unref);
  run->body = g_byte_array_new ();
  run->n_pages = 0;
  run->started_us = g_get_monotonic_time ();
  g_free (run->url);
  g_hash_table_remove_all (run->asked);
  run->url = g_strdup (run->def->url);
  fetch_page (run);
}

BfFeedRun *
bf_feed_run_new (const BfFeedDef *def, BfTransport *transport, BfDecoder *decoder, BfFrameWriter *writer, gboolean once,
                 void (*ended) (gpointer user_data), gpointer user_data)
{
  BfFeedRun *run = g_new0 (BfFeedRun, 1);

  run->def = def;
  run->decoder = decoder;
  run->writer = writer;
  run->once = once;
  run->ended = ended;
  run->user_data = user_data;
  run->transport = transport;
  run->asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  run->newest_us = BF_TIME_NONE;
  run->as_of_us = run->changed_us = BF_TIME_NONE;
  bf_schedule_init (&run->schedule, def->every_us);
  run->timer = g_timeout_add (0, timer_cb, run);
  return run;
}
