/* SPDX-License-Identifier: EUPL-1.2 */
/* Alerts and their history, to read. What reads them is answered when what was decided before it came is on disk,
 * and tells nothing that is not (bf-durable.h). */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>

#include "base/bf-time.h"

#define ALERTS_MAX 10000u
#define EVENTS_MAX 10000u

/* --- which of them ---------------------------------------------------------------------------------------------------- */

typedef enum
{
  SHOW_ALL,
  SHOW_BOARD, /* what is told of: not shelved, suppressed or out of service */
  SHOW_SHELVED,
  SHOW_SUPPRESSED,
  SHOW_OUT_OF_SERVICE,
  SHOW_DAMPED,
  SHOW_LATCHED,
  SHOW_FLEETING,
  SHOW_STALE,
} Show;

static const char *const show_ids[] = { "all",    "board",   "shelved",  "suppressed", "out_of_service",
                                              "damped", "latched", "fleeting", "stale" };

static gboolean
is_shown (const BfAlert *alert, Show show, gint64 now_us)
{
  switch (show)
    {
    case SHOW_BOARD:
      return bf_alert_shown (alert) == BF_ALERT_SHOWN_STATE && bf_alert_is_open (alert);
    case SHOW_SHELVED:
      return (alert->flags & BF_ALERT_SHELVED) != 0;
    case SHOW_SUPPRESSED:
      return (alert->flags & BF_ALERT_SUPPRESSED) != 0;
    case SHOW_OUT_OF_SERVICE:
      return (alert->flags & BF_ALERT_OUT_OF_SERVICE) != 0;
    case SHOW_DAMPED:
      return (alert->flags & BF_ALERT_DAMPED) != 0;
    case SHOW_LATCHED:
      return bf_alert_waits_for_reset (alert);
    case SHOW_FLEETING:
      return bf_alert_is_fleeting (alert);
    case SHOW_STALE:
      return bf_alert_is_stale (alert, now_us);
    case SHOW_ALL:
    default:
      return TRUE;
    }
}

/* FALSE: refused and ended */
static gboolean
get_show (BfRequest *request, Show *ret_show)
{
  const char *text = bf_request_query (request, "show");

  for (guint i = 0; i < G_N_ELEMENTS (show_ids); i++)
    if (text == NULL || g_str_equal (text, show_ids[i]))
      {
        *ret_show = (Show) i;
        return TRUE;
      }
  bf_request_refuse (request, BF_ERROR_VALUE,
                     _ ("show=%s: expected all, board, shelved, suppressed, out_of_service, damped, latched, fleeting or stale"), text);
  return FALSE;
}

/* --- many ------------------------------------------------------------------------------------------------------------- */

/* Answers with @alerts, and the event up to which they are told. */
static void
answer_alerts (BfRequest *request, GPtrArray *alerts, gint64 seq)
{
  gint64 now_us = bf_time_now_us ();
  BfJsonOut *out;
  Show show;

  if (!get_show (request, &show))
    return;
  out = bf_request_begin_list (request, "alerts");
  for (guint i = 0; i < alerts->len; i++)
    if (is_shown (g_ptr_array_index (alerts, i), show, now_us))
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

/* With its history. */
void
bf_request_answer_alert (BfRequest *request, const BfAlert *alert)
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
  bf_request_with_alert (request, bf_request_answer_alert);
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
