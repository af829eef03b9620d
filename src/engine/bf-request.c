/* SPDX-License-Identifier: EUPL-1.2 */
/* One request under way: what was asked, and its one answer (see bf-routes-private.h). Main thread. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-language.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

#define BODY_MAX (1u << 20)
#define STEPS_US 500          /* of writing one answer in one turn of the loop */
#define PIECE (16u << 10)     /* bytes of an answer in one piece: a small one comes from the heap again and again, and is not mapped */

/* Takes what stands in @text, behind what the answer has already. */
static void
reply_json (SoupServerMessage *message, guint status, GString *text)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  gsize length = text->len;

  soup_server_message_set_status (message, status, NULL);
  soup_message_headers_replace (headers, "Cache-Control", "no-store");
  soup_message_headers_set_content_type (headers, "application/json; charset=utf-8", NULL);
  soup_message_body_append_take (soup_server_message_get_response_body (message), (guchar *) g_string_free (text, FALSE), length);
}

void
bf_reply_early (SoupServerMessage *message)
{
  if (soup_server_message_get_status (message) != 0)
    soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
}

void
bf_reply_error (SoupServerMessage *message, guint status, const char *code, const char *format, ...)
{
  GString *text = g_string_new (NULL);
  g_autofree char *sentence = NULL;
  BfJsonOut out;
  va_list args;

  va_start (args, format);
  sentence = g_strdup_vprintf (format, args);
  va_end (args);
  soup_message_body_truncate (soup_server_message_get_response_body (message));
  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_begin_object (&out, "error");
  bf_json_out_string (&out, "code", code);
  bf_json_out_string (&out, "message", sentence);
  bf_json_out_end_object (&out);
  bf_json_out_end_object (&out);
  reply_json (message, status, text);
}

static void
reply_gerror (SoupServerMessage *message, const GError *error)
{
  guint status = SOUP_STATUS_INTERNAL_SERVER_ERROR;
  const char *code = "internal";

  if (error->domain == BF_ERROR)
    switch ((BfError) error->code)
      {
      case BF_ERROR_NOT_FOUND:
        status = SOUP_STATUS_NOT_FOUND;
        code = "not_found";
        break;
      case BF_ERROR_STATE:
        status = SOUP_STATUS_CONFLICT;
        code = "conflict";
        break;
      case BF_ERROR_SYNTAX:
      case BF_ERROR_VALUE:
      case BF_ERROR_RANGE:
      case BF_ERROR_LIMIT:
      case BF_ERROR_UNSUPPORTED:
        status = SOUP_STATUS_BAD_REQUEST;
        code = "bad_request";
        break;
      case BF_ERROR_IO:
      default:
        break;
      }
  bf_reply_error (message, status, code, "%s", error->message);
}

BfRequest *
bf_request_new (BfEngine *engine, SoupServerMessage *message, GHashTable *query, const char *actor)
{
  BfRequest *request = g_new0 (BfRequest, 1);

  request->engine = engine;
  request->message = g_object_ref (message);
  request->actor = g_strdup (actor);
  request->seq = bf_durable_last_event (engine->durable);
  request->query = query != NULL ? g_hash_table_ref (query) : NULL;
  request->text = g_string_new (NULL);
  bf_json_out_init (&request->out, request->text);
  return request;
}

void
bf_request_free (BfRequest *request)
{
  g_clear_signal_handler (&request->finished_id, request->message);
  g_clear_handle_id (&request->steps_id, g_source_remove);
  if (request->data_free != NULL)
    request->data_free (request->data);
  g_object_unref (request->message);
  g_clear_pointer (&request->query, g_hash_table_unref);
  g_clear_pointer (&request->doc, bf_json_doc_free);
  if (request->text != NULL)
    g_string_free (request->text, TRUE);
  g_free (request->actor);
  g_free (request->argument);
  g_free (request);
}

/* What is written in steps has nobody else who would end it. */
static void
finished_cb (SoupServerMessage *message, gpointer user_data)
{
  BfRequest *request = user_data;

  request->gone = TRUE;
  if (request->steps_id != 0)
    bf_request_free (request);
}

void
bf_request_pause (BfRequest *request)
{
  request->paused = TRUE;
  request->finished_id = g_signal_connect (request->message, "finished", G_CALLBACK (finished_cb), request);
  soup_server_message_pause (request->message);
}

void
bf_request_end (BfRequest *request, const GError *error)
{
  if (!request->gone)
    {
      if (error != NULL)
        reply_gerror (request->message, error);
      else
        reply_json (request->message, SOUP_STATUS_OK, g_steal_pointer (&request->text));
      if (request->paused)
        soup_server_message_unpause (request->message);
    }
  bf_request_free (request);
}

static void
move_piece (BfRequest *request)
{
  if (request->text->len < PIECE)
    return;
  soup_message_body_append (soup_server_message_get_response_body (request->message), SOUP_MEMORY_COPY, request->text->str,
                            request->text->len);
  g_string_truncate (request->text, 0);
}

/* TRUE when the last step is done. */
static gboolean
take_steps (BfRequest *request)
{
  gint64 until_us = bf_turns_until (STEPS_US);

  do
    {
      if (!request->step (request))
        return TRUE;
      move_piece (request);
    }
  while (g_get_monotonic_time () < until_us);
  return FALSE;
}

static gboolean
steps_cb (gpointer user_data)
{
  BfRequest *request = user_data;

  if (!take_steps (request))
    return G_SOURCE_CONTINUE;
  request->steps_id = 0;
  bf_request_end (request, NULL);
  return G_SOURCE_REMOVE;
}

void
bf_request_in_steps (BfRequest *request, gboolean (*step) (BfRequest *))
{
  request->step = step;
  if (take_steps (request))
    {
      bf_request_end (request, NULL);
      return;
    }
  bf_request_pause (request);
  request->steps_id = g_idle_add_full (G_PRIORITY_DEFAULT, steps_cb, request, NULL);
}

void
bf_request_refuse (BfRequest *request, BfError code, const char *format, ...)
{
  va_list args;
  g_autoptr (GError) error = NULL;

  va_start (args, format);
  error = g_error_new_valist (BF_ERROR, code, format, args);
  va_end (args);
  bf_request_end (request, error);
}

BfJsonOut *
bf_request_begin_list (BfRequest *request, const char *key)
{
  bf_json_out_begin_object (&request->out, NULL);
  bf_json_out_begin_array (&request->out, key);
  return &request->out;
}

void
bf_request_end_list (BfRequest *request)
{
  bf_json_out_end_array (&request->out);
  bf_json_out_end_object (&request->out);
  bf_request_end (request, NULL);
}

const char *
bf_request_query (const BfRequest *request, const char *key)
{
  return request->query != NULL ? g_hash_table_lookup (request->query, key) : NULL;
}

const char *
bf_request_language (const BfRequest *request)
{
  static const char *const languages[] = { "fr", "en" };
  const char *asked = bf_request_query (request, "language");

  if (asked == NULL)
    asked = soup_message_headers_get_one (soup_server_message_get_request_headers (request->message), "Accept-Language");
  for (guint i = 0; asked != NULL && i < G_N_ELEMENTS (languages); i++)
    if (g_ascii_strncasecmp (asked, languages[i], 2) == 0)
      return languages[i];
  return g_str_equal (bf_language_now (), "fr") ? "fr" : "en";
}

guint
bf_request_query_count (const BfRequest *request, const char *key, guint fallback, guint max)
{
  const char *text = bf_request_query (request, key);
  guint64 value;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &value, NULL) ? (guint) MIN (value, max) : fallback;
}

/* 0: not there. Was checked by the table of routes. */
gint64
bf_request_query_int (const BfRequest *request, const char *key)
{
  const char *text = bf_request_query (request, key);
  guint64 value;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &value, NULL) ? (gint64) value : 0;
}

gint64
bf_request_query_time (const BfRequest *request, const char *key, gint64 fallback)
{
  const char *text = bf_request_query (request, key);
  gint64 time_us;

  return text != NULL && bf_time_parse_rfc3339 (text, strlen (text), NULL, &time_us) ? time_us : fallback;
}

/**
 * bf_request_read_body:
 *
 * The body as an object; an empty body is an empty object.
 *
 * Returns: %FALSE: refused and ended
 */
gboolean
bf_request_read_body (BfRequest *request)
{
  SoupMessageBody *body = soup_server_message_get_request_body (request->message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  if (length == 0)
    {
      text = "{}";
      length = 2;
    }
  request->doc = bf_json_doc_new (BODY_MAX);
  if (bf_json_doc_parse (request->doc, text, length, &request->body, &error) && bf_json_type (request->body) == BF_JSON_OBJECT)
    return TRUE;
  bf_request_refuse (request, BF_ERROR_SYNTAX, _ ("the body: %s"), error != NULL ? error->message : _ ("expected a JSON object"));
  return FALSE;
}

gboolean
bf_request_comment (BfRequest *request, const char *key, const char **ret_comment)
{
  BfJsonNode node;

  if (bf_json_member (request->body, key, &node) && bf_json_type (node) != BF_JSON_STRING && bf_json_type (node) != BF_JSON_NULL)
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("%s: expected a text"), key);
      return FALSE;
    }
  *ret_comment = bf_json_member_string (request->body, key, NULL);
  if (*ret_comment == NULL || strlen (*ret_comment) <= BF_LIMIT_COMMENT_BYTES)
    return TRUE;
  bf_request_refuse (request, BF_ERROR_LIMIT, _ ("the %s has more than %u bytes"), key, BF_LIMIT_COMMENT_BYTES);
  return FALSE;
}
