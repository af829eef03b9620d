/* SPDX-License-Identifier: EUPL-1.2 */
/* From a rule's event to an alert on disk and on every screen. The book decides, the store makes it durable, and only then
 * are clients told (bf-durable.c): what a client has seen survives kill -9. Requests that read alerts wait until what was decided
 * before they came is on disk. */

#include "engine/bf-engine-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "watch/bf-watch.h"

#define QUARTER_US (15 * 60 * G_USEC_PER_SEC)
#define OPEN_24H_MAX 100000
#define STATES_EVERY_US (5 * G_USEC_PER_SEC)
#define STATES_TURN_US 500
#define STATES_ROWS 1000u
#define COUNTED_MAX 100u /* times of a Count= */

/* --- the last 24 hours, for the strip ------------------------------------------------------------------------------- */

static void
count_raised (BfEngine *engine, const BfAlert *alert)
{
  gint64 quarter = alert->raised_us / QUARTER_US;
  BfQuarter *slot = &engine->quarters[quarter % BF_QUARTERS_24H];

  if (slot->quarter > quarter)
    return;
  if (slot->quarter < quarter)
    *slot = (BfQuarter){ quarter, 0, -1 };
  slot->count++;
  slot->worst = MAX (slot->worst, (int) alert->priority);
}

/* --- durability ----------------------------------------------------------------------------------------------------- */

static void
durable_cb (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event)
{
  BfEngine *engine = user_data;

  if (event->annunciated)
    count_raised (engine, alert);
  bf_hub_send_alert (engine->hub, alert, event);
}

/* --- the book's handler --------------------------------------------------------------------------------------------- */

static gint64
new_alert_id_cb (gpointer user_data)
{
  return bf_store_new_alert_id (((BfEngine *) user_data)->store);
}

static gint64
new_event_id_cb (gpointer user_data)
{
  return bf_store_new_event_id (((BfEngine *) user_data)->store);
}

static void
changed_cb (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event)
{
  BfEngine *engine = user_data;

  g_autoptr (BfLogEntry) entry = bf_engine_log_of_event (alert, event);

  bf_store_put_alert_logged (engine->store, alert, event, entry, bf_durable_end, bf_durable_begin (engine->durable, alert, event));
}

static gint64
new_out_id_cb (gpointer user_data)
{
  return bf_store_new_out_id (((BfEngine *) user_data)->store);
}

static void
out_changed_cb (gpointer user_data, const BfAlertOut *out)
{
  bf_store_put_out (((BfEngine *) user_data)->store, out, NULL, NULL);
  bf_engine_log (user_data, bf_engine_log_of_out (out));
}

static const BfAlertBookHandler book_handler = { .new_alert_id = new_alert_id_cb,
                                                 .new_event_id = new_event_id_cb,
                                                 .changed = changed_cb,
                                                 .causes = bf_engine_works_causes,
                                                 .new_out_id = new_out_id_cb,
                                                 .out_changed = out_changed_cb };

/* --- drafts --------------------------------------------------------------------------------------------------------- */

static const char *
feed_name_cb (gpointer user_data, guint16 feed)
{
  const BfEngine *engine = user_data;
  BfFeedInfo info;

  if (feed >= bf_supervisor_n (engine->supervisor))
    return NULL;
  bf_supervisor_info (engine->supervisor, feed, &info);
  return info.def->name;
}

BfWatch
bf_engine_watch (BfEngine *engine)
{
  return (BfWatch){ engine->rules, engine->model, engine->evaluator, engine->book, engine->zones, engine->city->zone, feed_name_cb, engine };
}

/**
 * bf_engine_rule_event:
 *
 * A rule's condition came true, or its return condition: opens or returns the alert; but what is the silence of a feed waits for that.
 */
void
bf_engine_rule_event (BfEngine *engine, const BfRuleEvent *event)
{
  BfWatch watch = bf_engine_watch (engine);

  if (!event->raised)
    bf_silence_over (engine->silence, event->rule, event->asset);
  else if (bf_silence_hold (engine->silence, event))
    return;
  bf_watch_rule_event (&watch, event);
}

/**
 * bf_engine_rule_limited:
 *
 * A rule has its MaxAlerts= and more: one alert says so, in its own place, until the rule is below again.
 */
void
bf_engine_rule_limited (BfEngine *engine, guint rule, guint n_held, gint64 now_us)
{
  const BfRule *r = bf_rule_set_get (engine->rules, rule);
  g_autofree char *place = g_strconcat ("rule/", r->id, NULL);
  g_autoptr (BfAlert) draft = NULL;

  if (n_held == 0)
    {
      bf_alert_book_clear (engine->book, BF_LIMIT_RULE, place, NULL, now_us);
      return;
    }
  draft = bf_alert_new (BF_LIMIT_RULE, place, r->priority);
  draft->title = (BfName){ g_strdup_printf ("Rule %s: more than %u alerts at a time", r->id, r->max_alerts),
                           g_strdup_printf ("Règle %s : plus de %u alertes à la fois", r->id, r->max_alerts) };
  draft->why = g_strdup_printf (_ ("Rule %s has MaxAlerts=%u alerts, and its condition is met by more assets: theirs are held back and come when others have returned."),
                                r->id, r->max_alerts);
  draft->values_json = g_strdup ("[]");
  bf_alert_book_raise (engine->book, draft, now_us);
}

/* --- restart -------------------------------------------------------------------------------------------------------- */

/* What the city says lowers the house's bounds. */
static void
set_policy (BfEngine *engine)
{
  const BfCityAlerts *said = &engine->city->alerts;
  BfAlertPolicy policy = bf_alert_policy_default;

  for (guint i = 0; i < BF_N_PRIORITIES; i++)
    if (said->shelve_us[i] > 0)
      policy.shelve_max_us[i] = MIN (policy.shelve_max_us[i], said->shelve_us[i]);
  if (said->chatter_n > 0)
    {
      policy.chatter_n = said->chatter_n;
      policy.chatter_within_us = said->chatter_within_us;
    }
  if (said->chatter_quiet_us > 0)
    policy.chatter_quiet_us = said->chatter_quiet_us;
  bf_alert_book_set_policy (engine->book, &policy);
}

void
bf_engine_alerts_start (BfEngine *engine)
{
  engine->book = bf_alert_book_new (&book_handler, engine);
  set_policy (engine);
  bf_engine_works_load (engine);
  engine->silence = bf_silence_new (engine);
  engine->durable = bf_durable_new (bf_store_last_event_id (engine->store), durable_cb, engine);
}

/* The rule was taken out of the city's files: the alert ends, and its history says why. */
static void
end_without_rule (BfEngine *engine, const BfAlert *alert)
{
  gint64 now_us = bf_time_now_us ();

  bf_alert_book_clear (engine->book, alert->rule_id, alert->asset_id, _ ("the rule is no longer in the city's files"), now_us);
}

static void
past_cb (gpointer user_data, const BfStorePast *past)
{
  bf_alert_book_restore_past (((BfEngine *) user_data)->book, &(BfAlertPast){ past->asset_id, past->priority, past->input, past->to_flags,
                                                                              past->at_us, past->until_us });
}

/* The book as it was: what is out of service, the open alerts, what chatters. */
static gboolean
restore_book (BfEngine *engine, GPtrArray *alerts, gint64 now_us, GError **error)
{
  g_autoptr (GPtrArray) outs = bf_store_load_outs (engine->store, error);

  if (outs == NULL)
    return FALSE;
  for (guint i = 0; i < outs->len; i++)
    bf_alert_book_restore_out (engine->book, bf_alert_out_copy (g_ptr_array_index (outs, i)));
  for (guint i = 0; i < alerts->len; i++)
    {
      bf_durable_restore (engine->durable, g_ptr_array_index (alerts, i));
      bf_alert_book_restore (engine->book, bf_alert_copy (g_ptr_array_index (alerts, i)), now_us);
    }
  if (!bf_store_load_past (engine->store, bf_alert_book_past_us (engine->book, now_us), past_cb, engine, error))
    return FALSE;
  bf_alert_book_settle (engine->book, now_us);
  return TRUE;
}

/* A rule that was raised when the engine ended is raised now: no second alert, and its return is noticed. */
static void
restore_raised (BfEngine *engine, const BfAlert *alert)
{
  guint32 asset = bf_model_find_asset (engine->model, alert->asset_id);
  const BfRule *rule = bf_rule_set_find (engine->rules, alert->rule_id);
  BfRuleState state = { .rule_id = alert->rule_id, .asset = asset, .raised = TRUE, .pending_since_us = BF_TIME_NONE, .met = TRUE };

  if (!bf_alert_is_active (alert) || g_str_equal (alert->rule_id, BF_SILENCE_RULE))
    return;
  if (g_str_equal (alert->rule_id, BF_LIMIT_RULE))
    {
      bf_alert_book_clear (engine->book, alert->rule_id, alert->asset_id, _ ("the engine was started again and counts anew"), bf_time_now_us ());
      return;
    }
  if (rule != NULL && asset != BF_NO_ASSET)
    bf_evaluator_restore (engine->evaluator, &state);
  else if (asset == BF_NO_ASSET || bf_rule_set_is_off (engine->rules, alert->rule_id))
    /* Nobody watches it now, which is not the same as being over: it stays as it is and says so. */
    bf_problems_add (engine->problems, alert->asset_id, 0, _ ("alert %" PRId64 " is not watched: %s"), alert->id,
                     asset == BF_NO_ASSET ? _ ("its asset is of no kind that is known here") : _ ("its rule is off"));
  else
    end_without_rule (engine, alert);
}

/* "counted": times, oldest first. */
static guint
read_counted (BfJsonNode node, gint64 times_us[COUNTED_MAX])
{
  BfJsonNode list;
  BfJsonNode item;
  BfJsonIter iter;
  guint n = 0;

  if (!bf_json_member (node, "counted", &list))
    return 0;
  bf_json_iter_init (&iter, list);
  while (n < COUNTED_MAX && bf_json_iter_next (&iter, NULL, NULL, &item))
    n += bf_json_get_int (item, &times_us[n]);
  return n;
}

static void
restore_states (BfEngine *engine, const char *json)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (64u << 20);
  g_autoptr (GError) error = NULL;
  BfJsonNode root;
  BfJsonNode node;
  BfJsonIter iter;

  if (!bf_json_doc_parse (doc, json, strlen (json), &root, &error))
    {
      g_warning ("the rules' delays that were running could not be read back: %s", error->message);
      return;
    }
  bf_json_iter_init (&iter, root);
  while (bf_json_iter_next (&iter, NULL, NULL, &node))
    {
      guint32 asset = bf_model_find_asset (engine->model, bf_json_member_string (node, "asset", ""));
      BfRuleState state = { .rule_id = bf_json_member_string (node, "rule", ""), .asset = asset,
                            .pending_since_us = bf_json_member_int (node, "pending", BF_TIME_NONE),
                            .met = bf_json_member_bool (node, "met", FALSE) };
      const BfAlert *alert = bf_alert_book_find (engine->book, state.rule_id, bf_json_member_string (node, "asset", ""));
      gint64 counted_us[COUNTED_MAX];

      /* Whether it is raised is the alert's to say: that is on disk for sure. */
      state.raised = alert != NULL && bf_alert_is_active (alert);
      state.counted_us = counted_us;
      state.n_counted = read_counted (node, counted_us);
      if (asset != BF_NO_ASSET && bf_rule_set_find (engine->rules, state.rule_id) != NULL)
        bf_evaluator_restore (engine->evaluator, &state);
    }
}

static void
last_24h_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfEngine *engine = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) alerts = bf_store_query_alerts_finish (engine->store, result, &error);

  if (alerts == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_warning ("alerts of the last 24 hours: %s", error->message);
      return;
    }
  for (guint i = alerts->len; i > 0; i--)
    count_raised (engine, g_ptr_array_index (alerts, i - 1));
}

/**
 * bf_engine_alerts_load:
 *
 * Open alerts and running delays out of the store, before the first evaluation.
 */
gboolean
bf_engine_alerts_load (BfEngine *engine, GError **error)
{
  g_autoptr (GPtrArray) alerts = bf_store_load_open_alerts (engine->store, error);
  g_autofree char *states = NULL;
  gint64 now_us = bf_time_now_us ();

  if (alerts == NULL)
    return FALSE;
  if (!restore_book (engine, alerts, now_us, error))
    return FALSE;
  for (guint i = 0; i < alerts->len; i++)
    restore_raised (engine, g_ptr_array_index (alerts, i));
  states = bf_store_load_rule_states (engine->store, error);
  if (states != NULL)
    restore_states (engine, states);
  bf_store_query_alerts_async (engine->store, now_us - G_TIME_SPAN_DAY, now_us, NULL, OPEN_24H_MAX, NULL, last_24h_cb, engine);
  return TRUE;
}

static void
save_state_cb (const BfRuleState *state, gpointer user_data)
{
  BfEngine *engine = user_data;
  BfJsonOut *out = &engine->states_out;

  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "rule", state->rule_id);
  bf_json_out_string (out, "asset", bf_model_asset_id (engine->model, state->asset));
  bf_json_out_bool (out, "raised", state->raised);
  if (state->pending_since_us != BF_TIME_NONE)
    bf_json_out_int (out, "pending", state->pending_since_us);
  if (state->met)
    bf_json_out_bool (out, "met", TRUE);
  if (state->n_counted > 0)
    {
      bf_json_out_begin_array (out, "counted");
      for (guint i = 0; i < state->n_counted; i++)
        bf_json_out_int (out, NULL, state->counted_us[i]);
      bf_json_out_end_array (out);
    }
  bf_json_out_end_object (out);
}

static void
begin_states (BfEngine *engine)
{
  if (engine->states != NULL)
    g_string_free (engine->states, TRUE);
  engine->states = g_string_new (NULL);
  engine->states_at = 0;
  bf_json_out_init (&engine->states_out, engine->states);
  bf_json_out_begin_array (&engine->states_out, NULL);
}

static void
end_states (BfEngine *engine)
{
  g_autofree char *text = NULL;

  bf_json_out_end_array (&engine->states_out);
  text = g_string_free (g_steal_pointer (&engine->states), FALSE);
  if (g_strcmp0 (text, engine->states_kept) == 0)
    return;
  bf_store_put_rule_states (engine->store, text);
  g_free (engine->states_kept);
  engine->states_kept = g_steal_pointer (&text);
}

/**
 * bf_engine_step_rule_states:
 *
 * A slice of the regular saving of delays that are running; called by the sweep. Each delay is one state by itself: that they
 * are not all of the same instant does no harm. What has not changed is not written.
 */
void
bf_engine_step_rule_states (BfEngine *engine, gint64 now_us)
{
  gint64 until_us = bf_turns_until (STATES_TURN_US);

  if (engine->states == NULL)
    {
      if (now_us - engine->states_saved_us <= STATES_EVERY_US && engine->states_saved_us <= now_us)
        return;
      engine->states_saved_us = now_us;
      begin_states (engine);
    }
  do
    if (!bf_evaluator_step_states (engine->evaluator, &engine->states_at, STATES_ROWS, save_state_cb, engine))
      {
        end_states (engine);
        return;
      }
  while (g_get_monotonic_time () < until_us);
}

void
bf_engine_forget_states (BfEngine *engine)
{
  if (engine->states != NULL)
    g_string_free (g_steal_pointer (&engine->states), TRUE);
}

/**
 * bf_engine_save_rule_states:
 *
 * Delays that are running, all at once, so that a restart continues them.
 */
void
bf_engine_save_rule_states (BfEngine *engine)
{
  begin_states (engine);
  bf_evaluator_foreach_state (engine->evaluator, save_state_cb, engine);
  end_states (engine);
}
