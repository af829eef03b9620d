/* SPDX-License-Identifier: EUPL-1.2 */
/* One question, one answer: see bf-ask.h. The owner lives until the answer came. Main thread. */

#include "console/bf-ask.h"

typedef struct
{
  GObject *owner;
  BfJsonDoc *doc;
  BfAnswerFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Question;

static void
answer_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = bf_client_request_finish (BF_CLIENT (source), result, &error);
  BfJsonNode node;
  gboolean answered = FALSE;

  if (bytes != NULL)
    {
      gsize length;
      const char *text = g_bytes_get_data (bytes, &length);

      answered = bf_json_doc_parse (question->doc, text, length, &node, &error);
    }
  if (answered || !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    question->func (question->owner, answered ? &node : NULL, error, question->data);
  if (question->destroy != NULL)
    question->destroy (question->data);
  g_object_unref (question->owner);
  g_free (question);
}

/**
 * bf_ask:
 * @path: of the API, with its query
 * @body: (nullable): JSON to POST; a GET without
 * @doc: (not nullable): of @owner, reads the answer; nothing else may need what it read before
 * @max_bytes: of the answer
 * @func: called once, unless @cancellable was cancelled
 * @owner: kept until then
 * @destroy: (nullable): frees @data in any case
 */
void
bf_ask (BfClient *client, const char *path, const char *body, BfJsonDoc *doc, gsize max_bytes, GCancellable *cancellable,
        BfAnswerFunc func, GObject *owner, gpointer data, GDestroyNotify destroy)
{
  Question *question = g_new (Question, 1);

  *question = (Question){ g_object_ref (owner), doc, func, data, destroy };
  bf_client_request_async (client, path, body, max_bytes, cancellable, answer_cb, question);
}
