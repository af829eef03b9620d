/* SPDX-License-Identifier: EUPL-1.2 */
/* What a person does with alerts and equipment: acknowledge, comment, reset, shelve, unshelve, take out of service and put back. Each
 * is decided by the book and answered when it is on disk; a body may carry the event that it was decided on ("seq"), so that nobody
 * overwrites unseen what another has done (src/alerts/README.md). */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-time.h"

/* --- the body --------------------------------------------------------------------------------------------------------- */

/* A time under @key; missing or null: none. FALSE: refused and ended. */
static gboolean
get_time (BfRequest *request, const char *key, gint64 *ret_time_us)
{
  BfJsonNode node;

  *ret_time_us = bf_json_member_time (request->body, key);
  if (*ret_time_us != BF_TIME_NONE || !bf_json_member (request->body, key, &node) || bf_json_type (node) == BF_JSON_NULL)
    return TRUE;
  bf_request_refuse (request, BF_ERROR_VALUE, _ ("%s: expected a time such as 2026-05-04T03:12:00Z"), key);
  return FALSE;
}

/* "until": a time; or "for": a duration, from now. FALSE: refused and ended. */
static gboolean
get_until (BfRequest *request, gint64 now_us, gint64 *ret_until_us)
{
  const char *text = bf_json_member_string (request->body, "for", NULL);
  g_autoptr (GError) error = NULL;
  gint64 duration_us;

  if (!get_time (request, "until", ret_until_us))
    return FALSE;
  if (text == NULL)
    return TRUE;
  if (*ret_until_us != BF_TIME_NONE)
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("for and until: expected one of them"));
      return FALSE;
    }
  if (bf_duration_parse (text, &duration_us, &error) && duration_us > 0 && duration_us < G_MAXINT64 - now_us)
    {
      *ret_until_us = now_us + duration_us;
      return TRUE;
    }
  bf_request_refuse (request, BF_ERROR_VALUE, _ ("for: expected a duration such as 30min, found “%.100s”"), text);
  return FALSE;
}

/* Who, why (under @key), until when, and on what event it was decided. FALSE: refused and ended. */
static gboolean
get_act (BfRequest *request, const char *key, gint64 now_us, BfAlertAct *ret_act)
{
  *ret_act = (BfAlertAct){ .actor = request->actor, .seen_id = bf_json_member_int (request->body, "seq", 0) };
  return bf_request_comment (request, key, &ret_act->comment) && get_until (request, now_us, &ret_act->until_us);
}

/* --- one alert -------------------------------------------------------------------------------------------------------- */

static void
act_on_alert (BfRequest *request, BfAlertInput input, const char *key)
{
  gint64 now_us = bf_time_now_us ();
  g_autoptr (GError) error = NULL;
  BfAlertAct act;

  if (!get_act (request, key, now_us, &act))
    return;
  if (!bf_alert_book_act (request->engine->book, request->alert, input, &act, now_us, &error))
    {
      bf_request_end (request, error);
      return;
    }
  bf_engine_clock_arm (request->engine);
  bf_request_with_alert (request, bf_request_answer_alert);
}

void
bf_route_acknowledge (BfRequest *request)
{
  act_on_alert (request, BF_ALERT_INPUT_ACKNOWLEDGE, "comment");
}

void
bf_route_comment (BfRequest *request)
{
  act_on_alert (request, BF_ALERT_INPUT_COMMENT, "comment");
}

void
bf_route_reset (BfRequest *request)
{
  act_on_alert (request, BF_ALERT_INPUT_RESET, "comment");
}

void
bf_route_shelve (BfRequest *request)
{
  gboolean once = bf_json_member_bool (request->body, "once", FALSE);

  act_on_alert (request, once ? BF_ALERT_INPUT_SHELVE_ONCE : BF_ALERT_INPUT_SHELVE, "reason");
}

void
bf_route_unshelve (BfRequest *request)
{
  act_on_alert (request, BF_ALERT_INPUT_UNSHELVE, "comment");
}

/* --- out of service --------------------------------------------------------------------------------------------------- */

static void
write_out (BfEngine *engine, BfJsonOut *out, const BfAlertOut *record, gint64 now_us)
{
  guint32 asset = bf_model_find_asset (engine->model, record->asset_id);

  bf_json_out_begin_object (out, NULL);
  bf_json_out_int (out, "id", record->id);
  bf_json_out_string (out, "asset", record->asset_id);
  bf_json_out_string (out, "asset_name", asset != BF_NO_ASSET ? bf_model_asset_name (engine->model, asset) : NULL);
  bf_json_out_string (out, "rule", record->rule_id);
  bf_json_out_string (out, "by", record->by);
  bf_json_out_string (out, "reason", record->reason);
  bf_json_out_time (out, "since", record->since_us);
  bf_json_out_time (out, "until", record->until_us);
  bf_json_out_time (out, "review", record->review_us);
  bf_json_out_bool (out, "review_due", record->review_us != BF_TIME_NONE && record->review_us <= now_us);
  bf_json_out_time (out, "ended", record->ended_us);
  bf_json_out_string (out, "ended_by", record->ended_by);
  bf_json_out_string (out, "ended_comment", record->ended_comment);
  bf_json_out_end_object (out);
}

void
bf_route_outs (BfRequest *request)
{
  g_autoptr (GPtrArray) records = bf_alert_book_list_out (request->engine->book);
  BfJsonOut *out = bf_request_begin_list (request, "out_of_service");

  for (guint i = 0; i < records->len; i++)
    write_out (request->engine, out, g_ptr_array_index (records, i), bf_time_now_us ());
  bf_request_end_list (request);
}

static void
out_written (gpointer user_data, const GError *error)
{
  BfRequest *request = user_data;

  if (error == NULL)
    write_out (request->engine, &request->out, request->data, bf_time_now_us ());
  bf_request_end (request, error);
}

/* The book has queued it; the same again tells when it is on disk. */
static void
answer_out (BfRequest *request, const BfAlertOut *record)
{
  request->data = bf_alert_out_copy (record);
  request->data_free = (GDestroyNotify) bf_alert_out_free;
  bf_request_pause (request);
  bf_engine_clock_arm (request->engine);
  bf_store_put_out (request->engine->store, record, out_written, request);
}

void
bf_route_take_out (BfRequest *request)
{
  BfEngine *engine = request->engine;
  const char *asset = bf_json_member_string (request->body, "asset", NULL);
  const char *rule = bf_json_member_string (request->body, "rule", NULL);
  gint64 now_us = bf_time_now_us ();
  g_autoptr (GError) error = NULL;
  gint64 review_us;
  BfAlertAct act;
  gint64 id;

  if (!get_act (request, "reason", now_us, &act) || !get_time (request, "review", &review_us))
    return;
  if (asset == NULL || bf_model_find_asset (engine->model, asset) == BF_NO_ASSET)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no asset “%.300s”"), asset != NULL ? asset : "");
      return;
    }
  if (rule != NULL && bf_rule_set_find (engine->rules, rule) == NULL)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no rule “%.300s”"), rule);
      return;
    }
  id = bf_alert_book_take_out (engine->book, rule, asset, &act, review_us, now_us, &error);
  if (id == 0)
    bf_request_end (request, error);
  else
    answer_out (request, bf_alert_book_get_out (engine->book, id));
}

void
bf_route_put_back (BfRequest *request)
{
  BfEngine *engine = request->engine;
  gint64 now_us = bf_time_now_us ();
  g_autoptr (BfAlertOut) ended = NULL;
  g_autoptr (GError) error = NULL;
  const BfAlertOut *record;
  BfAlertAct act;
  gint64 id = 0;

  if (!get_act (request, "comment", now_us, &act))
    return;
  g_ascii_string_to_signed (request->argument, 10, 1, G_MAXINT64, &id, NULL);
  record = bf_alert_book_get_out (engine->book, id);
  ended = record != NULL ? bf_alert_out_copy (record) : NULL;
  if (!bf_alert_book_put_back (engine->book, id, &act, now_us, &error))
    {
      bf_request_end (request, error);
      return;
    }
  ended->ended_us = now_us;
  ended->ended_by = g_strdup (act.actor);
  ended->ended_comment = g_strdup (act.comment);
  answer_out (request, ended);
}
