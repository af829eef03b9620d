/* SPDX-License-Identifier: EUPL-1.2 */
/* Transports that are asked and answer: a conditional GET over HTTP, and a file of this machine. A 401 to a token that was fetched
 * (OAuth2) is answered once with a new token: the server may have forgotten it before its time. */

#include "base/bf-time.h"
#include "feed/bf-http.h"
#include "feed/bf-sandbox.h"

typedef struct
{
  BfTransport base;
  BfHttp *http;
} Http;

typedef struct
{
  Http *self;
  BfFetchRequest request;
  gboolean again;
  gint64 until_us; /* monotonic */
  gboolean own;    /* on the server of the feed's address, which may be told who we are */
} Ask;

static void
ask_free (gpointer data)
{
  Ask *ask = data;

  g_free ((char *) ask->request.url);
  g_free ((char *) ask->request.etag);
  g_free ((char *) ask->request.last_modified);
  g_free (ask);
}

static void prepare (GTask *task);

static void
give (GTask *task, BfFetchResult *result)
{
  g_task_return_pointer (task, result, (GDestroyNotify) bf_fetch_result_free);
  g_object_unref (task);
}

static void
fetched_cb (GObject *source, GAsyncResult *async, gpointer user_data)
{
  GTask *task = user_data;
  Ask *ask = g_task_get_task_data (task);
  g_autoptr (BfFetchResult) result = bf_fetch_finish (async);

  if (result->outcome == BF_OUTCOME_REFUSED && result->status == 401 && !ask->again && bf_http_token_refused (ask->self->http))
    {
      ask->again = TRUE;
      prepare (task);
    }
  else
    give (task, g_steal_pointer (&result));
}

static void
prepared_cb (GObject *source, GAsyncResult *async, gpointer user_data)
{
  GTask *task = user_data;
  Ask *ask = g_task_get_task_data (task);
  g_autoptr (BfFetchResult) result = bf_http_prepare_finish (async);
  g_auto (GStrv) headers = bf_http_headers (ask->self->http);
  BfFetchRequest request = ask->request;

  if (result->outcome != BF_OUTCOME_OK)
    {
      result->observed_us = result->served_us = BF_TIME_NONE;
      give (task, g_steal_pointer (&result));
      return;
    }
  /* A later page's address is the server's word: it may be on another server, which Servers= names. */
  request.headers = ask->own ? headers : NULL;
  request.http = ask->self->http;
  request.timeout_us = MAX (1000, ask->until_us - g_get_monotonic_time ());
  bf_fetch_async (bf_http_session (ask->self->http), &request, fetched_cb, task);
}

static void
prepare (GTask *task)
{
  Ask *ask = g_task_get_task_data (task);

  bf_http_prepare_async (ask->self->http, MAX (1000, ask->until_us - g_get_monotonic_time ()), prepared_cb, task);
}

static void
http_ask_async (BfTransport *transport, const BfFetchRequest *request, GAsyncReadyCallback callback, gpointer user_data)
{
  Http *self = (Http *) transport;
  GTask *task = g_task_new (NULL, NULL, callback, user_data);
  Ask *ask = g_new0 (Ask, 1);

  ask->self = self;
  ask->request = *request;
  ask->own = bf_fetch_same_origin (transport->def->url, request->url);
  /* The definition's address, or one that was made of it, with its secrets; no other server is told them. */
  ask->request.url = ask->own ? bf_secrets_expand_as (transport->secrets, transport->def->url, request->url) : g_strdup (request->url);
  ask->request.etag = g_strdup (request->etag);
  ask->request.last_modified = g_strdup (request->last_modified);
  ask->until_us = g_get_monotonic_time () + request->timeout_us;
  g_task_set_task_data (task, ask, ask_free);
  prepare (task);
}

static BfFetchResult *
http_ask_finish (BfTransport *transport, GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

static void
http_abort (BfTransport *transport)
{
  soup_session_abort (bf_http_session (((Http *) transport)->http));
}

static BfTransport *
http_open (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error)
{
  BfHttp *http = bf_http_new (def, net, secrets, error);
  Http *self;

  if (http == NULL)
    return NULL;
  self = g_new0 (Http, 1);
  self->http = http;
  return &self->base;
}

static void
http_close (BfTransport *transport)
{
  Http *self = (Http *) transport;

  bf_http_free (self->http);
  g_free (self);
}

static void
http_allow (BfTransport *transport, BfSandbox *sandbox)
{
  bf_http_allow (((Http *) transport)->http, sandbox);
}

const BfTransportClass bf_transport_http = {
  .open = http_open,
  .close = http_close,
  .allow = http_allow,
  .ask_async = http_ask_async,
  .ask_finish = http_ask_finish,
  .abort = http_abort,
};

/* --- a file ----------------------------------------------------------------------------------------------------------- */

typedef struct
{
  BfTransport base;
  char *allowed; /* what this process may read: the file's folder, or the file */
  guint64 place;
} File;

static BfTransport *
file_open (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error)
{
  File *self = g_new0 (File, 1);

  return &self->base;
}

static void
file_close (BfTransport *transport)
{
  File *self = (File *) transport;

  g_free (self->allowed);
  g_free (self);
}

static void
file_allow (BfTransport *transport, BfSandbox *sandbox)
{
  File *self = (File *) transport;
  g_autofree char *path = g_filename_from_uri (transport->def->url, NULL, NULL);
  g_autofree char *dir = path != NULL ? g_path_get_dirname (path) : NULL;
  g_autofree char *below = dir != NULL ? g_strconcat (dir, "/", NULL) : NULL;

  /* Its folder, for a file that is replaced is another one; but never one that has the city's secrets in it. */
  if (below != NULL && g_str_has_prefix (transport->def->secrets_dir, g_str_equal (dir, "/") ? "/" : below))
    self->allowed = g_steal_pointer (&path);
  else
    self->allowed = g_steal_pointer (&dir);
  self->place = self->allowed != NULL ? bf_transport_place (self->allowed) : 0;
  bf_sandbox_allow_read (sandbox, self->allowed);
}

static void
file_ask_async (BfTransport *transport, const BfFetchRequest *request, GAsyncReadyCallback callback, gpointer user_data)
{
  bf_fetch_file_async (request, callback, user_data);
}

static BfFetchResult *
file_ask_finish (BfTransport *transport, GAsyncResult *result)
{
  File *self = (File *) transport;
  BfFetchResult *answer = bf_fetch_finish (result);
  guint64 place = self->allowed != NULL ? bf_transport_place (self->allowed) : 0;

  answer->anew = answer->outcome == BF_OUTCOME_RETRY && place != 0 && place != self->place;
  return answer;
}

static void
file_abort (BfTransport *transport)
{
}

const BfTransportClass bf_transport_file = {
  .open = file_open,
  .close = file_close,
  .allow = file_allow,
  .ask_async = file_ask_async,
  .ask_finish = file_ask_finish,
  .abort = file_abort,
};
