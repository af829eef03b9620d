/* SPDX-License-Identifier: EUPL-1.2 */
/* Procedures (fiches réflexes): that of an alert with what was done of it, and all of them with the rules that have none. A step that is
 * done or left out is an entry of the log and nothing else: what stands here is read out of it. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-time.h"
#include "model/bf-procedure.h"

#define TICKS_MAX 10000u

static const BfProcedure *
procedure_of (const BfRequest *request, const BfAlert *alert)
{
  const BfRule *rule = bf_rule_set_find (request->engine->rules, alert->rule_id);

  return rule != NULL && rule->procedure != NULL
           ? bf_procedures_find (request->engine->procedures, rule->procedure, bf_request_language (request))
           : NULL;
}

/* "water-leak#3" of @procedure: 3; 0: of another. */
static guint
step_of (const BfProcedure *procedure, const char *subject)
{
  gsize length = strlen (procedure->name);
  guint64 number;

  if (subject == NULL || strncmp (subject, procedure->name, length) != 0 || subject[length] != '#'
      || !g_ascii_string_to_unsigned (subject + length + 1, 10, 1, procedure->steps->len, &number, NULL))
    return 0;
  return (guint) number;
}

/* The entry that says last what became of the step; NULL: nothing. @entries: newest first. */
static const BfLogEntry *
last_of (const BfProcedure *procedure, guint step, GPtrArray *entries)
{
  for (guint i = 0; i < entries->len; i++)
    {
      const BfLogEntry *entry = g_ptr_array_index (entries, i);

      if ((entry->kind == BF_LOG_STEP || entry->kind == BF_LOG_SKIP) && step_of (procedure, entry->subject) == step)
        return entry;
    }
  return NULL;
}

static void
write_step (BfJsonOut *out, const BfProcedure *procedure, guint step, GPtrArray *entries)
{
  const BfStep *what = g_ptr_array_index (procedure->steps, step - 1);
  const BfLogEntry *entry = last_of (procedure, step, entries);

  bf_json_out_begin_object (out, NULL);
  bf_json_out_int (out, "n", step);
  if (what->role != NULL)
    bf_json_out_string (out, "role", what->role);
  bf_json_out_string (out, "text", what->text);
  bf_json_out_string (out, "state", entry == NULL ? "todo" : entry->kind == BF_LOG_STEP ? "done" : "skipped");
  if (entry != NULL)
    {
      bf_json_out_string (out, "by", entry->actor);
      bf_json_out_time (out, "at", entry->at_us);
      bf_json_out_int (out, "seq", entry->seq);
      if (entry->text != NULL)
        bf_json_out_string (out, "text_of_entry", entry->text);
    }
  bf_json_out_end_object (out);
}

static void
write_procedure (BfJsonOut *out, const BfProcedure *procedure)
{
  bf_json_out_string (out, "procedure", procedure->name);
  bf_json_out_string (out, "title", procedure->title);
  bf_json_out_string (out, "file", procedure->path);
  bf_json_out_string (out, "reviewed", procedure->reviewed);
}

/* --- of an alert ---------------------------------------------------------------------------------------------------- */

typedef struct
{
  guint step; /* 0: the procedure is only read */
  gboolean skip;
  char *text;
  gint64 alert;
  char *asset;
  char *rule;
} Asked;

static void
asked_free (gpointer data)
{
  Asked *asked = data;

  g_free (asked->text);
  g_free (asked->asset);
  g_free (asked->rule);
  g_free (asked);
}

static void
tick (BfRequest *request, const BfProcedure *procedure, GPtrArray *entries)
{
  const Asked *asked = request->data;
  const BfLogEntry *before = last_of (procedure, asked->step, entries);
  BfLogEntry *entry;

  if (before != NULL && (before->kind == BF_LOG_STEP || asked->skip))
    {
      bf_request_refuse (request, BF_ERROR_STATE, before->kind == BF_LOG_STEP ? _ ("step %u was done by %s") : _ ("step %u was left out by %s"),
                         asked->step, before->actor);
      return;
    }
  entry = bf_log_entry_new (asked->skip ? BF_LOG_SKIP : BF_LOG_STEP, request->actor, bf_time_now_us (), asked->text);
  entry->alert_id = asked->alert;
  entry->asset_id = g_strdup (asked->asset);
  entry->subject = g_strdup_printf ("%s#%u", procedure->name, asked->step);
  bf_request_write_log (request, entry);
}

static void
ticks_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  const Asked *asked = request->data;
  BfAlert alert = { .rule_id = asked->rule };
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = bf_store_query_log_finish (request->engine->store, result, &error);
  const BfProcedure *procedure = entries != NULL ? procedure_of (request, &alert) : NULL;
  BfJsonOut *out = &request->out;

  if (procedure == NULL || asked->step > procedure->steps->len)
    {
      if (error == NULL)
        error = g_error_new (BF_ERROR, BF_ERROR_NOT_FOUND, _ ("the procedure was changed meanwhile"));
      bf_request_end (request, error);
      return;
    }
  if (asked->step > 0)
    {
      tick (request, procedure, entries);
      return;
    }
  bf_json_out_begin_object (out, NULL);
  bf_json_out_int (out, "alert", asked->alert);
  write_procedure (out, procedure);
  bf_json_out_begin_array (out, "steps");
  for (guint i = 1; i <= procedure->steps->len; i++)
    write_step (out, procedure, i, entries);
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
  bf_request_end (request, NULL);
}

static void
answer_procedure (BfRequest *request, const BfAlert *alert)
{
  const BfProcedure *procedure = procedure_of (request, alert);
  Asked *asked = request->data;
  BfLogQuery query = BF_LOG_QUERY_ALL;

  if (procedure == NULL)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("the rule of this alert has no procedure"));
      return;
    }
  if (asked->step > procedure->steps->len)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("step %u: the procedure has %u"), asked->step, procedure->steps->len);
      return;
    }
  asked->alert = alert->id;
  asked->asset = g_strdup (alert->asset_id);
  asked->rule = g_strdup (alert->rule_id);
  query.alert_id = alert->id;
  query.max = TICKS_MAX;
  bf_store_query_log_async (request->engine->store, &query, NULL, ticks_cb, request);
}

void
bf_route_alert_procedure (BfRequest *request)
{
  request->data = g_new0 (Asked, 1);
  request->data_free = asked_free;
  bf_request_with_alert (request, answer_procedure);
}

/* {"step": 3} is done, {"step": 3, "skip": "why"} is left out; "text" says more of what was done. */
void
bf_route_alert_step (BfRequest *request)
{
  gint64 step = bf_json_member_int (request->body, "step", 0);
  const char *skip, *text;
  BfJsonNode node;
  Asked *asked;

  if (step < 1 || step > G_MAXINT32)
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("step: expected the number of a step, from 1"));
      return;
    }
  if (bf_json_member (request->body, "skip", &node))
    {
      if (!bf_request_text (request, "skip", &skip))
        return;
    }
  else
    skip = NULL;
  if (!bf_request_comment (request, "text", &text))
    return;
  asked = g_new0 (Asked, 1);
  asked->step = (guint) step;
  asked->skip = skip != NULL;
  asked->text = g_strdup (skip != NULL ? skip : text);
  request->data = asked;
  request->data_free = asked_free;
  bf_request_with_alert (request, answer_procedure);
}

/* --- all of them ---------------------------------------------------------------------------------------------------- */

static void
write_rules_of (BfEngine *engine, BfJsonOut *out, const char *key, const char *procedure)
{
  bf_json_out_begin_array (out, key);
  for (guint i = 0; i < bf_rule_set_n (engine->rules); i++)
    {
      const BfRule *rule = bf_rule_set_get (engine->rules, i);

      if (g_strcmp0 (rule->procedure, procedure) == 0)
        bf_json_out_string (out, NULL, rule->id);
    }
  bf_json_out_end_array (out);
}

void
bf_route_procedures (BfRequest *request)
{
  BfEngine *engine = request->engine;
  g_autoptr (GPtrArray) names = bf_procedures_names (engine->procedures);
  BfJsonOut *out = bf_request_begin_list (request, "procedures");

  for (guint i = 0; i < names->len; i++)
    {
      const BfProcedure *procedure = bf_procedures_find (engine->procedures, g_ptr_array_index (names, i), bf_request_language (request));

      bf_json_out_begin_object (out, NULL);
      write_procedure (out, procedure);
      bf_json_out_int (out, "steps", procedure->steps->len);
      write_rules_of (engine, out, "rules", procedure->name);
      bf_json_out_end_object (out);
    }
  bf_json_out_end_array (out);
  write_rules_of (engine, out, "rules_without", NULL);
  bf_json_out_end_object (out);
  bf_request_end (request, NULL);
}
