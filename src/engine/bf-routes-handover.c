/* SPDX-License-Identifier: EUPL-1.2 */
/* The handover (relève de poste): what the incoming operator must know, written out of what is open now and of the log since the last
 * one; annotated by who leaves, countersigned by who comes. Both are entries of the log, and the text is what was handed on: it is
 * not made anew when it is read later. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-language.h"
#include "base/bf-time.h"

#define SINCE_MAX 20000u /* entries since the last handover that are counted */
#define NOTES_MAX 100u
#define TICKS_MAX 10000u

typedef enum
{
  ASK_LAST,  /* the handover before */
  ASK_SINCE, /* what was written since */
  ASK_STEPS,
  ASK_SKIPS,
  ASK_DONE,
} Asking;

typedef struct
{
  Asking asking;
  char *note; /* NULL: a draft is read, nothing is written */
  gint64 last_seq;
  gint64 last_us;
  char *last_by;
  GPtrArray *since; /* BfLogEntry, oldest first */
  GHashTable *ticks; /* "alert procedure#n" */
} Handover;

static void
handover_free (gpointer data)
{
  Handover *handover = data;

  g_free (handover->note);
  g_free (handover->last_by);
  g_clear_pointer (&handover->since, g_ptr_array_unref);
  g_clear_pointer (&handover->ticks, g_hash_table_unref);
  g_free (handover);
}

static char *
moment (const BfEngine *engine, gint64 time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, engine->city->zone) : NULL;

  /* Translators: a moment of the last days, by strftime */
  return local != NULL ? g_date_time_format (local, _ ("%m-%d %H:%M")) : g_strdup ("-");
}

static void
heading (GString *text, const char *words, guint n)
{
  g_string_append_printf (text, "%s## %s (%u)\n", text->len > 0 ? "\n" : "", words, n);
}

/* --- what is open --------------------------------------------------------------------------------------------------- */

static void
append_who (const BfEngine *engine, GString *text, const BfAlert *alert)
{
  if (alert->acknowledged_by != NULL && alert->acknowledged_us != BF_TIME_NONE)
    g_string_append_printf (text, _ ("; %s has it"), alert->acknowledged_by);
  else
    g_string_append (text, _ ("; nobody has it"));
  if (alert->comment != NULL && alert->comment[0] != '\0')
    g_string_append_printf (text, " (%s)", alert->comment);
  if (alert->flags & BF_ALERT_SHELVED)
    {
      g_autofree char *until = moment (engine, alert->shelf.until_us);

      g_string_append_printf (text, _ ("; shelved by %s until %s: %s"), alert->shelf.by, until, alert->shelf.reason != NULL ? alert->shelf.reason : "");
    }
  if (alert->flags & BF_ALERT_OUT_OF_SERVICE)
    g_string_append_printf (text, _ ("; out of service by %s"), alert->out.by != NULL ? alert->out.by : "?");
}

static const char *
priority_word (BfPriority priority)
{
  static const char *const words[] = { N_ ("critical"), N_ ("high"), N_ ("medium"), N_ ("low") };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i], bf_priority_id (priority)) == 0)
      return _ (words[i]);
  return bf_priority_id (priority);
}

static void
append_alerts (const BfEngine *engine, GString *text, GPtrArray *alerts)
{
  heading (text, _ ("Open alerts"), alerts->len);
  for (guint i = 0; i < alerts->len; i++)
    {
      const BfAlert *alert = g_ptr_array_index (alerts, i);
      g_autofree char *since = moment (engine, alert->raised_us);

      g_string_append_printf (text, "%s · %s · ", since, priority_word (alert->priority));
      g_string_append (text, bf_name_get (&alert->title, bf_language_now ()));
      append_who (engine, text, alert);
      g_string_append_c (text, '\n');
    }
}

/* Procedures that were begun and are not at their end. */
static void
append_steps (const BfEngine *engine, GString *text, GPtrArray *alerts, GHashTable *ticks)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < alerts->len; i++)
    {
      const BfAlert *alert = g_ptr_array_index (alerts, i);
      const BfRule *rule = bf_rule_set_find (engine->rules, alert->rule_id);
      const BfProcedure *procedure
        = rule != NULL && rule->procedure != NULL ? bf_procedures_find (engine->procedures, rule->procedure, bf_language_now ()) : NULL;
      g_autoptr (GString) left = g_string_new (NULL);
      guint n_left = 0;

      for (guint step = 1; procedure != NULL && step <= procedure->steps->len; step++)
        {
          g_autofree char *key = g_strdup_printf ("%" G_GINT64_FORMAT " %s#%u", alert->id, procedure->name, step);

          if (g_hash_table_contains (ticks, key))
            continue;
          g_string_append_printf (left, "%s%u", n_left++ > 0 ? ", " : "", step);
        }
      if (n_left == 0 || n_left == procedure->steps->len)
        continue;
      n++;
      g_string_append_printf (lines, _ ("%s: %s, steps %s of %u are left"), bf_name_get (&alert->title, bf_language_now ()), procedure->title,
                              left->str, procedure->steps->len);
      g_string_append_c (lines, '\n');
    }
  if (n == 0)
    return;
  heading (text, _ ("Procedures that were begun"), n);
  g_string_append (text, lines->str);
}

static void
append_feeds (const BfEngine *engine, GString *text)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  guint n = 0;

  for (guint i = 0; i < bf_supervisor_n (engine->supervisor); i++)
    {
      g_autofree char *since = NULL;
      BfFeedInfo info;

      bf_supervisor_info (engine->supervisor, i, &info);
      if (info.state == BF_FEED_OK)
        continue;
      n++;
      since = moment (engine, info.since_us);
      g_string_append_printf (lines, _ ("%s, since %s"), info.def->name, since);
      if (info.state == BF_FEED_PAUSED)
        g_string_append_printf (lines, _ (", stopped by %s"), info.actor != NULL ? info.actor : "?");
      if (info.reason != NULL)
        g_string_append_printf (lines, _ (": %s"), info.reason);
      g_string_append_c (lines, '\n');
    }
  heading (text, _ ("Feeds that do not bring what is new"), n);
  g_string_append (text, lines->str);
}

/* --- what happened -------------------------------------------------------------------------------------------------- */

static void
append_since (const BfEngine *engine, GString *text, const Handover *handover)
{
  g_autoptr (GString) notes = g_string_new (NULL);
  guint n_raised = 0, n_acts = 0, n_outages = 0, n_notes = 0;

  for (guint i = 0; i < handover->since->len; i++)
    {
      const BfLogEntry *entry = g_ptr_array_index (handover->since, i);

      n_raised += entry->kind == BF_LOG_TRANSITION && g_strcmp0 (entry->subject, "raise") == 0;
      n_acts += entry->kind == BF_LOG_ACTION;
      n_outages += entry->kind == BF_LOG_OUTAGE;
      if ((entry->kind == BF_LOG_NOTE || entry->kind == BF_LOG_CORRECTION) && entry->text != NULL && n_notes++ < NOTES_MAX)
        {
          g_autofree char *at = moment (engine, entry->at_us);

          g_string_append_printf (notes, "%s · %s · %s\n", at, entry->actor, entry->text);
        }
    }
  heading (text, _ ("Since the last handover"), handover->since->len);
  g_string_append_printf (text, _ ("Alerts raised: %u; actions: %u; outages of feeds: %u; notes: %u"), n_raised, n_acts, n_outages, n_notes);
  g_string_append_c (text, '\n');
  if (handover->since->len == SINCE_MAX)
    g_string_append_printf (text, _ ("Only the first %u entries are counted.\n"), SINCE_MAX);
  g_string_append (text, notes->str);
}

static char *
make_text (BfEngine *engine, const Handover *handover)
{
  g_autoptr (GPtrArray) alerts = bf_durable_list (engine->durable);
  GString *text = g_string_new (NULL);

  if (handover->note != NULL && handover->note[0] != '\0')
    g_string_append_printf (text, "%s\n", handover->note);
  append_alerts (engine, text, alerts);
  append_steps (engine, text, alerts, handover->ticks);
  append_feeds (engine, text);
  append_since (engine, text, handover);
  return g_string_free (text, FALSE);
}

/* --- asking the log, one after the other ---------------------------------------------------------------------------- */

static void ask_next (BfRequest *request);

static void
take_last (Handover *handover, GPtrArray *entries)
{
  const BfLogEntry *last;

  if (entries->len == 0)
    return;
  last = g_ptr_array_index (entries, 0);
  handover->last_seq = last->seq;
  handover->last_us = last->at_us;
  handover->last_by = g_strdup (last->actor);
}

static void
take_ticks (Handover *handover, GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const BfLogEntry *entry = g_ptr_array_index (entries, i);

      g_hash_table_add (handover->ticks, g_strdup_printf ("%" G_GINT64_FORMAT " %s", entry->alert_id, entry->subject != NULL ? entry->subject : ""));
    }
}

static void
entries_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  Handover *handover = request->data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = bf_store_query_log_finish (request->engine->store, result, &error);

  if (entries == NULL)
    {
      bf_request_end (request, error);
      return;
    }
  if (request->engine->server == NULL)
    {
      bf_request_refuse (request, BF_ERROR_STATE, _ ("the engine is ending"));
      return;
    }
  if (handover->asking == ASK_LAST)
    take_last (handover, entries);
  else if (handover->asking == ASK_SINCE)
    handover->since = g_ptr_array_ref (entries);
  else
    take_ticks (handover, entries);
  handover->asking++;
  ask_next (request);
}

static void
answer_draft (BfRequest *request, const char *text)
{
  const Handover *handover = request->data;
  BfJsonOut *out = &request->out;

  bf_json_out_begin_object (out, NULL);
  if (handover->last_seq > 0)
    {
      bf_json_out_int (out, "last", handover->last_seq);
      bf_json_out_time (out, "since", handover->last_us);
      bf_json_out_string (out, "by", handover->last_by);
    }
  bf_json_out_string (out, "text", text);
  bf_json_out_end_object (out);
  bf_request_end (request, NULL);
}

static void
finish (BfRequest *request)
{
  const Handover *handover = request->data;
  g_autofree char *text = make_text (request->engine, handover);
  BfLogEntry *entry;

  if (handover->note == NULL)
    {
      answer_draft (request, text);
      return;
    }
  entry = bf_log_entry_new (BF_LOG_HANDOVER, request->actor, bf_time_now_us (), text);
  entry->refers = handover->last_seq;
  bf_request_write_log (request, entry);
}

static void
ask_next (BfRequest *request)
{
  const Handover *handover = request->data;
  BfLogQuery query = BF_LOG_QUERY_ALL;

  switch (handover->asking)
    {
    case ASK_LAST:
      query.kind = BF_LOG_HANDOVER;
      query.max = 1;
      break;
    case ASK_SINCE:
      query.after = handover->last_seq;
      query.max = SINCE_MAX;
      break;
    case ASK_STEPS:
      query.kind = BF_LOG_STEP;
      query.max = TICKS_MAX;
      break;
    case ASK_SKIPS:
      query.kind = BF_LOG_SKIP;
      query.max = TICKS_MAX;
      break;
    case ASK_DONE:
    default:
      finish (request);
      return;
    }
  bf_store_query_log_async (request->engine->store, &query, NULL, entries_cb, request);
}

static void
settled_cb (gpointer user_data, const GError *error)
{
  if (error != NULL)
    bf_request_end (user_data, error);
  else
    ask_next (user_data);
}

static void
begin (BfRequest *request, const char *note)
{
  Handover *handover = g_new0 (Handover, 1);

  handover->note = g_strdup (note);
  handover->ticks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  request->data = handover;
  request->data_free = handover_free;
  bf_request_pause (request);
  bf_durable_when (request->engine->durable, settled_cb, request);
}

void
bf_route_handover (BfRequest *request)
{
  begin (request, NULL);
}

void
bf_route_hand_over (BfRequest *request)
{
  const char *note;

  if (bf_request_comment (request, "note", &note))
    begin (request, note != NULL ? note : "");
}

/* --- countersigned -------------------------------------------------------------------------------------------------- */

typedef struct
{
  gint64 seq;
  char *name;
} Countersigning;

static void
countersigning_free (gpointer data)
{
  Countersigning *signing = data;

  g_free (signing->name);
  g_free (signing);
}

static void
signed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  const Countersigning *signing = request->data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = bf_store_query_log_finish (request->engine->store, result, &error);
  BfLogEntry *entry;

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    {
      const BfLogEntry *before = g_ptr_array_index (entries, i);

      if (before->refers != signing->seq)
        continue;
      bf_request_refuse (request, BF_ERROR_STATE, _ ("handover %" PRId64 " was countersigned already: entry %" PRId64), signing->seq, before->seq);
      return;
    }
  if (entries == NULL)
    {
      bf_request_end (request, error);
      return;
    }
  entry = bf_log_entry_new (BF_LOG_COUNTERSIGN, request->actor, bf_time_now_us (), signing->name);
  entry->refers = signing->seq;
  bf_request_write_log (request, entry);
}

static void
handed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  const Countersigning *signing = request->data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = bf_store_query_log_finish (request->engine->store, result, &error);
  BfLogQuery query = BF_LOG_QUERY_ALL;

  if (entries == NULL)
    {
      bf_request_end (request, error);
      return;
    }
  if (entries->len == 0 || ((const BfLogEntry *) g_ptr_array_index (entries, 0))->kind != BF_LOG_HANDOVER)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("entry %" PRId64 " of the log is no handover"), signing->seq);
      return;
    }
  query.after = signing->seq;
  query.kind = BF_LOG_COUNTERSIGN;
  bf_store_query_log_async (request->engine->store, &query, NULL, signed_cb, request);
}

void
bf_route_countersign (BfRequest *request)
{
  BfLogQuery query = BF_LOG_QUERY_ALL;
  Countersigning *signing;
  const char *name;
  guint64 number;

  if (!g_ascii_string_to_unsigned (request->argument, 10, 1, G_MAXINT64, &number, NULL))
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("the log has no entry “%.80s”"), request->argument);
      return;
    }
  if (!bf_request_text (request, "name", &name))
    return;
  signing = g_new (Countersigning, 1);
  *signing = (Countersigning){ (gint64) number, g_strdup (name) };
  request->data = signing;
  request->data_free = countersigning_free;
  query.seq = signing->seq;
  query.max = 1;
  bf_request_pause (request);
  bf_store_query_log_async (request->engine->store, &query, NULL, handed_cb, request);
}
