/* SPDX-License-Identifier: EUPL-1.2 */
/* Why there is an alert, why there is none, and what rules are in force at all: in the language of whoever asks. Sentences are written
 * whole here and in src/watch, so that every client says the same. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-language.h"
#include "base/bf-time.h"
#include "watch/bf-why.h"

/* --- one rule and one asset ----------------------------------------------------------------------------------------- */

static void
write_value (BfEngine *engine, BfJsonOut *out, const BfRuleValue *value, gint64 now_us)
{
  const BfProperty *property = bf_catalog_property (engine->catalog, value->property);
  const BfLatest *latest = &value->latest;
  gint64 until_us = bf_model_known_until_us (engine->model, value->asset, value->property);
  gboolean gone = latest->record == BF_RECORD_GONE;
  BfFeedInfo feed = { 0 };
  double known;

  if (latest->feed < bf_supervisor_n (engine->supervisor))
    bf_supervisor_info (engine->supervisor, latest->feed, &feed);
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "property", property->id);
  bf_json_out_string (out, "name", bf_name_get (&property->name, bf_language_now ()));
  if (latest->observed_us == BF_TIME_NONE)
    bf_json_out_null (out, "value");
  else
    bf_message_value (engine, out, "value", value->asset, value->property, latest->value);
  bf_json_out_string (out, "unit", property->unit_code);
  bf_json_out_time (out, "observed", latest->observed_us);
  bf_json_out_time (out, "result", latest->result_us);
  bf_json_out_bool (out, "known", bf_model_known (engine->model, value->asset, value->property, now_us, &known));
  bf_json_out_time (out, "known_until", until_us == G_MAXINT64 ? BF_TIME_NONE : until_us);
  bf_json_out_string (out, "feed", feed.def != NULL ? feed.def->name : NULL);
  if (latest->observed_us == BF_TIME_NONE || gone || latest->feed == BF_NO_FEED)
    bf_json_out_null (out, "record");
  else
    bf_json_out_int (out, "record", latest->record);
  bf_json_out_bool (out, "gone", gone);
  bf_json_out_end_object (out);
}

/* Where the rule is from, and since when it is so. */
static void
write_origin (BfEngine *engine, BfJsonOut *out, const BfRule *rule)
{
  g_autofree char *base = g_path_get_basename (rule->file);
  g_autofree char *own = bf_engine_rules_path (engine, base);
  const BfRuleFile *file = g_str_equal (own, rule->file) ? bf_engine_rules_file (engine, base) : NULL;

  bf_json_out_begin_object (out, "origin");
  bf_json_out_bool (out, "stock", file == NULL);
  bf_json_out_string (out, "file", base);
  bf_json_out_int (out, "line", rule->line);
  bf_json_out_time (out, "since", file != NULL ? file->at_us : BF_TIME_NONE);
  bf_json_out_string (out, "actor", file != NULL ? file->actor : NULL);
  bf_json_out_string (out, "change", file != NULL ? file->reason : NULL);
  bf_json_out_end_object (out);
}

/* The one thing that src/watch cannot know: the alert is held back, since its feed is silent. */
static char *
held_sentence (BfEngine *engine, guint rule, guint32 asset, gint64 now_us)
{
  BfWatch watch = bf_engine_watch (engine);
  g_autofree char *when = NULL;
  guint feed, n_unknown, n_held;
  BfFeedInfo info;
  gint64 since_us;

  if (!bf_silence_is_held (engine->silence, rule, asset, &feed))
    return NULL;
  bf_supervisor_info (engine->supervisor, feed, &info);
  since_us = bf_silence_info (engine->silence, feed, &n_unknown, &n_held);
  if (since_us == BF_TIME_NONE)
    since_us = info.newest_us != BF_TIME_NONE ? info.newest_us : info.since_us;
  when = bf_watch_moment (&watch, since_us, now_us);
  return g_strdup_printf (_ ("No alert of its own: its feed “%s” is silent since %s, which is one alert for all of its assets."), info.def->name, when);
}

/* @more: (transfer full): after how the rule stands */
static void
write_sentences (BfJsonOut *out, const GPtrArray *sentences, const char *instead, GPtrArray *more)
{
  bf_json_out_begin_array (out, "sentences");
  for (guint i = 0; i < sentences->len; i++)
    {
      bf_json_out_string (out, NULL, i == 1 && instead != NULL ? instead : g_ptr_array_index (sentences, i));
      for (guint j = 0; i == 1 && more != NULL && j < more->len; j++)
        bf_json_out_string (out, NULL, g_ptr_array_index (more, j));
    }
  bf_json_out_end_array (out);
  g_clear_pointer (&more, g_ptr_array_unref);
}

static void
write_rule_why (BfEngine *engine, BfJsonOut *out, guint index, guint32 asset, gint64 now_us)
{
  BfWatch watch = bf_engine_watch (engine);
  g_autoptr (BfWhy) why = bf_why_new (&watch, index, asset, now_us);
  g_autofree char *held = why != NULL ? held_sentence (engine, index, asset, now_us) : NULL;
  const BfAlert *alert;

  if (why == NULL)
    return;
  alert = bf_alert_book_find (engine->book, why->rule->id, bf_model_asset_id (engine->model, asset));
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "id", why->rule->id);
  bf_json_out_string (out, "name", bf_name_get (&why->rule->name, bf_language_now ()));
  bf_json_out_string (out, "priority", bf_priority_id (why->rule->priority));
  bf_json_out_string (out, "state", held != NULL ? "held_back" : bf_why_state_id (why->state));
  if (alert != NULL)
    bf_json_out_int (out, "alert", alert->id);
  else
    bf_json_out_null (out, "alert");
  bf_json_out_string (out, "words", why->words);
  bf_json_out_time (out, "since", why->since_us);
  bf_json_out_time (out, "due", why->due_us);
  write_sentences (out, why->sentences, held, alert != NULL ? bf_why_alert_sentences (&watch, alert, now_us) : NULL);
  bf_json_out_begin_array (out, "values");
  for (guint i = 0; i < why->values->len; i++)
    write_value (engine, out, &g_array_index (why->values, BfRuleValue, i), now_us);
  bf_json_out_end_array (out);
  write_origin (engine, out, why->rule);
  bf_json_out_end_object (out);
}

/* --- an asset ------------------------------------------------------------------------------------------------------- */

/* Why nobody is told of anything of it. */
static void
write_whole_asset (BfEngine *engine, BfJsonOut *out, guint32 asset, gint64 now_us)
{
  BfWatch watch = bf_engine_watch (engine);
  g_autoptr (GPtrArray) sentences = bf_why_asset_sentences (&watch, bf_model_asset_id (engine->model, asset), now_us);
  g_autofree char *works = bf_engine_works_sentence (engine, asset, now_us);

  bf_json_out_begin_array (out, "sentences");
  for (guint i = 0; i < sentences->len; i++)
    bf_json_out_string (out, NULL, g_ptr_array_index (sentences, i));
  if (works != NULL)
    bf_json_out_string (out, NULL, works);
  bf_json_out_end_array (out);
}

void
bf_route_asset_why (BfRequest *request)
{
  BfEngine *engine = request->engine;
  guint32 asset = bf_model_find_asset (engine->model, request->argument);
  gint64 now_us = MAX (engine->evaluated_us, bf_time_now_us ());
  BfJsonOut *out = &request->out;

  if (asset == BF_NO_ASSET)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no asset “%.300s”"), request->argument);
      return;
    }
  bf_language_begin (bf_request_language (request));
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "asset", request->argument);
  bf_json_out_string (out, "name", bf_model_asset_name (engine->model, asset));
  bf_json_out_string (out, "language", bf_language_now ());
  bf_json_out_time (out, "now", now_us);
  write_whole_asset (engine, out, asset, now_us);
  bf_json_out_begin_array (out, "rules");
  for (guint i = 0; i < bf_rule_set_n (engine->rules); i++)
    write_rule_why (engine, out, i, asset, now_us);
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
  bf_language_end ();
  bf_request_end (request, NULL);
}

/* --- an alert ------------------------------------------------------------------------------------------------------- */

static char *
moment (BfEngine *engine, gint64 time_us)
{
  BfWatch watch = bf_engine_watch (engine);

  return bf_watch_moment (&watch, time_us, bf_time_now_us ());
}

/* "Occupancy 97 % (measured at 14:31:07)" of a value as the alert has kept it. */
static void
add_kept_value (BfEngine *engine, GString *text, const BfAlert *alert, BfJsonNode node)
{
  guint32 asset = bf_model_find_asset (engine->model, bf_json_member_string (node, "asset", alert->asset_id));
  const BfProperty *property = asset == BF_NO_ASSET ? NULL
                                                    : bf_catalog_find_property (engine->catalog, bf_model_asset_kind (engine->model, asset)->service,
                                                                                bf_json_member_string (node, "property", ""));
  BfRuleValue value = { asset, 0, { .observed_us = bf_json_member_time (node, "observed"), .feed = BF_NO_FEED } };
  const char *state = bf_json_member_string (node, "value", NULL);
  BfWatch watch = bf_engine_watch (engine);
  g_autofree char *found = NULL;
  int index;

  if (property == NULL)
    return;
  value.property = property->index;
  value.latest.value = bf_json_member_double (node, "value", 0);
  if (property->type == BF_PROPERTY_STATE)
    {
      index = state != NULL ? bf_property_find_value (property, state, strlen (state)) : -1;
      if (index < 0)
        return;
      value.latest.value = index;
    }
  found = bf_watch_found (&watch, &value, alert->raised_us);
  g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", found);
}

static char *
kept_values (BfEngine *engine, const BfAlert *alert)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  GString *text = g_string_new (NULL);
  BfJsonNode root, node;
  BfJsonIter iter;

  if (alert->values_json == NULL || !bf_json_doc_parse (doc, alert->values_json, strlen (alert->values_json), &root, NULL)
      || !bf_json_iter_init (&iter, root))
    return g_string_free (text, FALSE);
  while (bf_json_iter_next (&iter, NULL, NULL, &node))
    add_kept_value (engine, text, alert, node);
  return g_string_free (text, FALSE);
}

static void
write_history (BfEngine *engine, BfJsonOut *out, const BfAlert *alert)
{
  g_autofree char *raised = moment (engine, alert->raised_us);
  g_autofree char *values = kept_values (engine, alert);
  const BfRule *rule = bf_rule_set_find (engine->rules, alert->rule_id);
  BfWatch watch = bf_engine_watch (engine);
  g_autofree char *rule_words = rule != NULL ? bf_why_rule_sentence (&watch, rule) : NULL;
  g_autofree char *first = NULL;

  if (rule != NULL && values[0] != '\0')
    first = g_strdup_printf (_ ("Raised at %s. Found then: %s."), raised, values);
  else
    first = g_strdup_printf (_ ("Raised at %s. As it was said then: %s"), raised, alert->why != NULL ? alert->why : "");
  if (rule_words != NULL)
    bf_json_out_string (out, NULL, rule_words);
  bf_json_out_string (out, NULL, first);
  if (rule == NULL && !g_str_equal (alert->rule_id, BF_SILENCE_RULE) && !g_str_equal (alert->rule_id, BF_LIMIT_RULE))
    bf_json_out_string (out, NULL, _ ("The rule is no longer in the city's files."));
  if (alert->acknowledged_us != BF_TIME_NONE)
    {
      g_autofree char *at = moment (engine, alert->acknowledged_us);
      g_autofree char *sentence = g_strdup_printf (_ ("Acknowledged by %s at %s."), alert->acknowledged_by, at);

      bf_json_out_string (out, NULL, sentence);
    }
  if (alert->cleared_us != BF_TIME_NONE)
    {
      g_autofree char *at = moment (engine, alert->cleared_us);
      g_autofree char *sentence = g_strdup_printf (_ ("Its condition was gone at %s."), at);

      bf_json_out_string (out, NULL, sentence);
    }
}

/* What holds it now. */
static void
write_holds (BfEngine *engine, BfJsonOut *out, const BfAlert *alert)
{
  BfWatch watch = bf_engine_watch (engine);
  g_autoptr (GPtrArray) sentences = bf_why_alert_sentences (&watch, alert, bf_time_now_us ());

  for (guint i = 0; i < sentences->len; i++)
    bf_json_out_string (out, NULL, g_ptr_array_index (sentences, i));
}

static void
answer_why (BfRequest *request, const BfAlert *alert)
{
  BfEngine *engine = request->engine;
  guint32 asset = bf_model_find_asset (engine->model, alert->asset_id);
  const BfRule *rule = bf_rule_set_find (engine->rules, alert->rule_id);
  BfJsonOut *out = &request->out;

  bf_language_begin (bf_request_language (request));
  bf_json_out_begin_object (out, NULL);
  bf_json_out_int (out, "alert", alert->id);
  bf_json_out_string (out, "rule", alert->rule_id);
  bf_json_out_string (out, "asset", alert->asset_id);
  bf_json_out_string (out, "state", bf_alert_state_id (alert->state));
  bf_json_out_string (out, "language", bf_language_now ());
  bf_json_out_string (out, "title", bf_name_get (&alert->title, bf_language_now ()));
  bf_json_out_begin_array (out, "sentences");
  write_history (engine, out, alert);
  write_holds (engine, out, alert);
  bf_json_out_end_array (out);
  /* As it stands now: of an alert that is over too, since the next may be on its way. */
  bf_json_out_begin_array (out, "rules");
  if (rule != NULL && asset != BF_NO_ASSET)
    write_rule_why (engine, out, rule->index, asset, MAX (engine->evaluated_us, bf_time_now_us ()));
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
  bf_language_end ();
  bf_request_end (request, NULL);
}

void
bf_route_alert_why (BfRequest *request)
{
  bf_request_with_alert (request, answer_why);
}

/* --- the register --------------------------------------------------------------------------------------------------- */

static void
write_reads (BfEngine *engine, BfJsonOut *out, const BfRule *rule)
{
  const GArray *properties = bf_rule_properties (engine->rules, rule);

  bf_json_out_begin_array (out, "reads");
  for (guint i = 0; i < properties->len; i++)
    bf_json_out_string (out, NULL, bf_name_get (&bf_catalog_property (engine->catalog, g_array_index (properties, guint16, i))->name, bf_language_now ()));
  bf_json_out_end_array (out);
}

static void
write_entry (BfEngine *engine, BfJsonOut *out, const BfRule *rule)
{
  const BfKind *kind = bf_catalog_kind (engine->catalog, rule->kind);
  const char *language = bf_language_now ();
  const char *name = bf_name_get (&rule->name, language);
  g_autofree char *words = bf_rule_words (engine->rules, rule);

  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "id", rule->id);
  bf_json_out_string (out, "name", name != NULL ? name : bf_name_get (&rule->title, language));
  bf_json_out_string (out, "service", bf_name_get (&bf_catalog_service (engine->catalog, kind->service)->name, language));
  bf_json_out_string (out, "kind", bf_name_get (&kind->name, language));
  bf_json_out_string (out, "priority", bf_priority_id (rule->priority));
  bf_json_out_string (out, "words", words);
  write_reads (engine, out, rule);
  bf_json_out_double (out, "for_s", (double) rule->when_for_us / G_USEC_PER_SEC);
  bf_json_out_double (out, "clear_for_s", (double) rule->clear_for_us / G_USEC_PER_SEC);
  bf_json_out_string (out, "notify", rule->notify);
  bf_json_out_string (out, "already_notified_by", bf_name_get (&rule->already_notified_by, language));
  bf_json_out_string (out, "procedure", rule->procedure);
  bf_json_out_string (out, "reason", bf_name_get (&rule->reason, language));
  bf_json_out_string (out, "source", rule->source);
  write_origin (engine, out, rule);
  bf_json_out_end_object (out);
}

void
bf_route_register (BfRequest *request)
{
  BfEngine *engine = request->engine;
  BfJsonOut *out = &request->out;

  bf_language_begin (bf_request_language (request));
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "city", engine->city->name);
  bf_json_out_string (out, "language", bf_language_now ());
  bf_json_out_time (out, "now", bf_time_now_us ());
  bf_json_out_time (out, "in_force_since", engine->rules_since_us);
  bf_json_out_begin_array (out, "rules");
  for (guint i = 0; i < bf_rule_set_n (engine->rules); i++)
    write_entry (engine, out, bf_rule_set_get (engine->rules, i));
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
  bf_language_end ();
  bf_request_end (request, NULL);
}
