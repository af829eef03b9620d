/* SPDX-License-Identifier: EUPL-1.2 */
/* The log (main courante): read in pages from its end, written to by people: notes, corrections, erasures. What a person wrote is
 * answered when it is on disk, as it stands in the chain. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-limits.h"

#define ENTRIES_MAX 10000u

static void
write_digest (BfJsonOut *out, const char *key, const guint8 digest[BF_LOG_DIGEST_BYTES])
{
  char text[BF_LOG_DIGEST_TEXT_BYTES];

  bf_json_out_string (out, key, bf_log_digest_format (digest, text));
}

static void
write_number (BfJsonOut *out, const char *key, gint64 number)
{
  if (number > 0)
    bf_json_out_int (out, key, number);
}

static void
write_text (BfJsonOut *out, const char *key, const char *text)
{
  if (text != NULL)
    bf_json_out_string (out, key, text);
}

/* What the asset is called and where it is now; it may have left. */
static void
write_asset (BfEngine *engine, BfJsonOut *out, const char *asset_id)
{
  guint32 asset = bf_model_find_asset (engine->model, asset_id);

  bf_json_out_string (out, "asset", asset_id);
  if (asset == BF_NO_ASSET)
    return;
  write_text (out, "asset_name", bf_model_asset_name (engine->model, asset));
  write_text (out, "address", bf_model_asset_address (engine->model, asset));
}

/**
 * bf_message_log:
 *
 * One entry, as src/api/README.md says it.
 */
void
bf_message_log (BfEngine *engine, BfJsonOut *out, const char *key, const BfLogEntry *entry)
{
  bf_json_out_begin_object (out, key);
  bf_json_out_int (out, "seq", entry->seq);
  bf_json_out_time (out, "at", entry->at_us);
  bf_json_out_string (out, "kind", bf_log_kind_id (entry->kind));
  bf_json_out_string (out, "actor", entry->actor);
  write_number (out, "alert", entry->alert_id);
  if (entry->asset_id != NULL)
    write_asset (engine, out, entry->asset_id);
  write_text (out, "feed", entry->feed);
  write_text (out, "subject", entry->subject);
  write_number (out, "refers", entry->refers);
  write_text (out, "text", entry->text);
  if (entry->has_text && entry->text == NULL)
    bf_json_out_int (out, "erased_by", entry->erased_by);
  write_number (out, "corrected_by", entry->corrected_by);
  write_digest (out, "digest", entry->digest);
  bf_json_out_end_object (out);
}

static void
entries_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = bf_store_query_log_finish (request->engine->store, result, &error);
  BfJsonOut *out = bf_request_begin_list (request, "entries");

  for (guint i = 0; entries != NULL && i < entries->len; i++)
    bf_message_log (request->engine, out, NULL, g_ptr_array_index (entries, i));
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
  bf_request_end (request, error);
}

static gboolean
read_query (BfRequest *request, BfLogQuery *query)
{
  const char *kind = bf_request_query (request, "kind");
  BfLogKind known;

  *query = BF_LOG_QUERY_ALL;
  if (kind != NULL)
    {
      if (!bf_log_kind_from_id (kind, &known))
        {
          bf_request_refuse (request, BF_ERROR_VALUE, _ ("kind=%.40s: expected a kind of entry, such as note, action or transition"), kind);
          return FALSE;
        }
      query->kind = (int) known;
    }
  if (bf_request_query (request, "after") != NULL)
    query->after = bf_request_query_int (request, "after");
  query->before = bf_request_query_int (request, "before");
  query->alert_id = bf_request_query_int (request, "alert");
  query->asset_id = bf_request_query (request, "asset");
  query->feed = bf_request_query (request, "feed");
  query->actor = bf_request_query (request, "actor");
  query->words = bf_request_query (request, "text");
  query->from_us = bf_request_query_time (request, "from", BF_TIME_NONE);
  query->to_us = bf_request_query_time (request, "to", BF_TIME_NONE);
  query->max = MAX (1, bf_request_query_count (request, "limit", BF_SLICE_DEFAULT, ENTRIES_MAX));
  return TRUE;
}

typedef struct
{
  BfLogQuery query; /* its texts are the request's */
} Asked;

static void
log_settled (gpointer user_data, const GError *error)
{
  BfRequest *request = user_data;
  const Asked *asked = request->data;

  bf_store_query_log_async (request->engine->store, &asked->query, NULL, entries_cb, request);
}

void
bf_route_log (BfRequest *request)
{
  Asked asked;

  if (!read_query (request, &asked.query))
    return;
  request->data = g_memdup2 (&asked, sizeof asked);
  request->data_free = g_free;
  bf_request_pause (request);
  /* Whoever has seen an alert change finds it in the log. */
  bf_durable_when (request->engine->durable, log_settled, request);
}

/* --- one entry ------------------------------------------------------------------------------------------------------ */

static void
entry_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = bf_store_query_log_finish (request->engine->store, result, &error);

  if (entries != NULL && entries->len > 0)
    bf_message_log (request->engine, &request->out, NULL, g_ptr_array_index (entries, 0));
  else if (error == NULL)
    error = g_error_new (BF_ERROR, BF_ERROR_NOT_FOUND, _ ("the log has no entry “%.80s”"), request->argument != NULL ? request->argument : "");
  bf_request_end (request, error);
}

static void
answer_entry (BfRequest *request, gint64 seq)
{
  BfLogQuery query = BF_LOG_QUERY_ALL;

  query.seq = seq;
  query.max = 1;
  bf_store_query_log_async (request->engine->store, &query, NULL, entry_cb, request);
}

/* The number that stands for the route's `*`; 0: refused. */
static gint64
number_of (BfRequest *request)
{
  guint64 number;

  if (g_ascii_string_to_unsigned (request->argument, 10, 1, G_MAXINT64, &number, NULL))
    return (gint64) number;
  bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("the log has no entry “%.80s”"), request->argument);
  return 0;
}

void
bf_route_log_entry (BfRequest *request)
{
  gint64 seq = number_of (request);

  if (seq == 0)
    return;
  bf_request_pause (request);
  answer_entry (request, seq);
}

void
bf_route_log_head (BfRequest *request)
{
  bf_request_pause (request);
  answer_entry (request, 0);
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

static void
written_cb (gpointer user_data, gint64 seq, const GError *error)
{
  BfRequest *request = user_data;

  if (error != NULL)
    bf_request_end (request, error);
  else if (request->engine->server == NULL)
    bf_request_refuse (request, BF_ERROR_STATE, _ ("the engine is ending"));
  else
    answer_entry (request, seq);
}

/**
 * bf_request_write_log:
 * @entry: (transfer full)
 *
 * Answers with the entry when it is on disk.
 */
void
bf_request_write_log (BfRequest *request, BfLogEntry *entry)
{
  if (!request->paused)
    bf_request_pause (request);
  bf_store_put_log (request->engine->store, entry, written_cb, request);
  bf_log_entry_free (entry);
}

/**
 * bf_request_text:
 *
 * A person's words that must be there. %FALSE: refused.
 */
gboolean
bf_request_text (BfRequest *request, const char *key, const char **ret_text)
{
  if (!bf_request_comment (request, key, ret_text))
    return FALSE;
  if (*ret_text != NULL && strspn (*ret_text, " \t\r\n") < strlen (*ret_text))
    return TRUE;
  bf_request_refuse (request, BF_ERROR_VALUE, _ ("%s: expected a text that is not empty"), key);
  return FALSE;
}

/* What a note is about, out of the body; each may be missing. */
static gboolean
read_about (BfRequest *request, BfLogEntry *entry)
{
  const char *asset = bf_json_member_string (request->body, "asset", NULL), *feed = bf_json_member_string (request->body, "feed", NULL);
  guint number;

  entry->alert_id = bf_json_member_int (request->body, "alert", 0);
  if (entry->alert_id < 0)
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("alert: expected the number of an alert"));
      return FALSE;
    }
  if (asset != NULL && bf_model_find_asset (request->engine->model, asset) == BF_NO_ASSET)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no asset “%.200s”"), asset);
      return FALSE;
    }
  if (feed != NULL && !bf_supervisor_find (request->engine->supervisor, feed, &number))
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no feed “%.80s”"), feed);
      return FALSE;
    }
  entry->asset_id = g_strdup (asset);
  entry->feed = g_strdup (feed);
  return TRUE;
}

void
bf_route_log_note (BfRequest *request)
{
  g_autoptr (BfLogEntry) entry = NULL;
  const char *text;

  if (!bf_request_text (request, "text", &text))
    return;
  entry = bf_log_entry_new (BF_LOG_NOTE, request->actor, bf_time_now_us (), text);
  if (read_about (request, entry))
    bf_request_write_log (request, g_steal_pointer (&entry));
}

/* What is to be written once the entry that it refers to was looked at. */
static BfLogEntry *
referring (BfRequest *request, BfLogKind kind, gint64 seq, const char *text)
{
  BfLogEntry *entry = bf_log_entry_new (kind, request->actor, bf_time_now_us (), text);

  entry->refers = seq;
  request->data = entry;
  request->data_free = (GDestroyNotify) bf_log_entry_free;
  return entry;
}

/* Why the text of @target may not be erased; NULL: it may. */
static const char *
erasure_hindered (const BfLogEntry *target)
{
  if (target->kind == BF_LOG_ERASURE)
    return _ ("this entry says why a text was erased: it stays");
  if (!target->has_text)
    return _ ("this entry has no text that could be erased");
  return target->text == NULL ? _ ("the text of this entry is erased already") : NULL;
}

static void
target_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) entries = bf_store_query_log_finish (request->engine->store, result, &error);
  BfLogEntry *entry = request->data;
  const BfLogEntry *target;
  const char *hindered = NULL;

  if (entries == NULL || entries->len == 0)
    {
      if (error == NULL)
        error = g_error_new (BF_ERROR, BF_ERROR_NOT_FOUND, _ ("the log has no entry “%.80s”"), request->argument);
      bf_request_end (request, error);
      return;
    }
  target = g_ptr_array_index (entries, 0);
  if (entry->kind == BF_LOG_ERASURE)
    hindered = erasure_hindered (target);
  if (hindered != NULL)
    {
      bf_request_refuse (request, BF_ERROR_STATE, "%s", hindered);
      return;
    }
  /* It is found with what it is about. */
  entry->alert_id = target->alert_id;
  entry->asset_id = g_strdup (target->asset_id);
  entry->feed = g_strdup (target->feed);
  request->data = NULL;
  bf_request_write_log (request, entry);
}

static void
refer (BfRequest *request, BfLogKind kind, const char *key)
{
  BfLogQuery query = BF_LOG_QUERY_ALL;
  gint64 seq = number_of (request);
  const char *text;

  if (seq == 0 || !bf_request_text (request, key, &text))
    return;
  referring (request, kind, seq, text);
  query.seq = seq;
  query.max = 1;
  bf_request_pause (request);
  bf_store_query_log_async (request->engine->store, &query, NULL, target_cb, request);
}

void
bf_route_log_correct (BfRequest *request)
{
  refer (request, BF_LOG_CORRECTION, "text");
}

void
bf_route_log_erase (BfRequest *request)
{
  refer (request, BF_LOG_ERASURE, "reason");
}
