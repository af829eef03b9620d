/* SPDX-License-Identifier: EUPL-1.2 */
/* Alerts and their history. What reads or changes them is answered when what was decided before it came is on disk,
 * and tells nothing that is not (bf-durable.h). */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>

#include "base/bf-time.h"

#define ALERTS_MAX 10000u
#define EVENTS_MAX 10000u

/* Answers with @alerts, and the event up to which they are told. */
static void
answer_alerts (BfRequest *request, GPtrArray *alerts, gint64 seq)
{
  BfJsonOut *out = bf_request_begin_list (request, "alerts");

  for (guint i = 0; i < alerts->len; i++)
    bf_message_alert (request->engine, out, NULL, g_ptr_array_index (alerts, i), NULL);
  bf_json_out_end_array (out);
  bf_json_out_int (out, "seq", seq);
  bf_json_out_end_object (out);
  bf_request_end (request, NULL);
}

static void
open_alerts_settled (gpointer user_data, const GError *error)
{
  BfRequest *request = user_data;
  const BfDurable *durable = request->engine->durable;
  g_autoptr (GPtrArray) alerts = bf_durable_list (durable);

  if (error != NULL)
    bf_request_end (request, error);
  else
    answer_alerts (request, alerts, bf_durable_last_event (durable));
}

static void
all_alerts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) alerts = bf_store_query_alerts_finish (request->engine->store, result, &error);

  if (alerts == NULL)
    bf_request_end (request, error);
  else
    answer_alerts (request, alerts, request->seq);
}

void
bf_route_alerts (BfRequest *request)
{
  const char *state = bf_request_query (request, "state");
  gint64 now_us = bf_time_now_us ();

  bf_request_pause (request);
  if (state == NULL || g_str_equal (state, "open"))
    bf_durable_when (request->engine->durable, open_alerts_settled, request);
  else if (g_str_equal (state, "all"))
    bf_store_query_alerts_async (request->engine->store, bf_request_query_time (request, "from", now_us - G_TIME_SPAN_DAY),
                                 bf_request_query_time (request, "to", now_us), bf_request_query (request, "asset"),
                                 bf_request_query_count (request, "max", BF_SLICE_DEFAULT, ALERTS_MAX), NULL, all_alerts_cb, request);
  else
    bf_request_refuse (request, BF_ERROR_VALUE, _ ("state=%s: expected open or all"), state);
}

static void
alert_history_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  BfEngine *engine = request->engine;
  const BfAlert *alert = bf_durable_get (engine->durable, request->alert);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = bf_store_query_events_finish (engine->store, result, &error);

  /* An alert that ended meanwhile was remembered by its request. */
  if (alert == NULL)
    alert = request->data;
  if (events != NULL)
    bf_message_alert (engine, &request->out, NULL, alert, events);
  bf_request_end (request, error);
}

static void
answer_alert (BfRequest *request, const BfAlert *alert)
{
  request->data = bf_alert_copy (alert);
  request->data_free = (GDestroyNotify) bf_alert_free;
  bf_store_query_events_async (request->engine->store, 0, request->alert, EVENTS_MAX, NULL, alert_history_cb, request);
}

/* --- one alert, as it is on disk, open or over ---------------------------------------------------------------------- */

static void
ended_alert_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BfAlert) alert = bf_store_query_alert_finish (request->engine->store, result, &error);

  if (alert == NULL)
    bf_request_end (request, error);
  else
    request->answer (request, alert);
}

static void
alert_settled (gpointer user_data, const GError *error)
{
  BfRequest *request = user_data;
  const BfAlert *alert = bf_durable_get (request->engine->durable, request->alert);

  if (error != NULL)
    bf_request_end (request, error);
  else if (alert != NULL)
    request->answer (request, alert);
  else
    bf_store_query_alert_async (request->engine->store, request->alert, NULL, ended_alert_cb, request);
}

/**
 * bf_request_with_alert:
 * @answer: is given the alert that the address names, and ends the request; not called when there is none
 */
void
bf_request_with_alert (BfRequest *request, void (*answer) (BfRequest *request, const BfAlert *alert))
{
  request->answer = answer;
  bf_request_pause (request);
  bf_durable_when (request->engine->durable, alert_settled, request);
}

void
bf_route_alert (BfRequest *request)
{
  bf_request_with_alert (request, answer_alert);
}

/* What @done has decided is answered when it is on disk. */
static void
answer_when_settled (BfRequest *request, gboolean done, const GError *error)
{
  if (done)
    bf_request_with_alert (request, answer_alert);
  else
    bf_request_end (request, error);
}

void
bf_route_acknowledge (BfRequest *request)
{
  g_autoptr (GError) error = NULL;
  BfJsonNode node;
  const char *comment;
  gint64 until_us;
  gboolean done;

  if (!bf_request_comment (request, "comment", &comment))
    return;
  until_us = bf_json_member_time (request->body, "until");
  if (until_us == BF_TIME_NONE && bf_json_member (request->body, "until", &node) && bf_json_type (node) != BF_JSON_NULL)
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("until: expected a time such as 2026-05-04T03:12:00Z"));
      return;
    }
  done = bf_alert_book_acknowledge (request->engine->book, request->alert, request->actor, comment, until_us, bf_time_now_us (), &error);
  answer_when_settled (request, done, error);
}

void
bf_route_comment (BfRequest *request)
{
  g_autoptr (GError) error = NULL;
  const char *comment;
  gboolean done;

  if (!bf_request_comment (request, "comment", &comment))
    return;
  done = bf_alert_book_comment (request->engine->book, request->alert, request->actor, comment, bf_time_now_us (), &error);
  answer_when_settled (request, done, error);
}

static void
events_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = bf_store_query_events_finish (request->engine->store, result, &error);
  BfJsonOut *out = bf_request_begin_list (request, "events");

  for (guint i = 0; events != NULL && i < events->len; i++)
    bf_message_event (out, NULL, g_ptr_array_index (events, i));
  bf_json_out_end_array (out);
  bf_json_out_int (out, "seq", request->seq);
  bf_json_out_end_object (out);
  bf_request_end (request, error);
}

void
bf_route_events (BfRequest *request)
{
  const char *after = bf_request_query (request, "after");

  bf_request_pause (request);
  bf_store_query_events_async (request->engine->store, after != NULL ? g_ascii_strtoll (after, NULL, 10) : 0, 0,
                               bf_request_query_count (request, "max", BF_SLICE_DEFAULT, EVENTS_MAX), NULL, events_cb, request);
}
