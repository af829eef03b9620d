/* SPDX-License-Identifier: EUPL-1.2 */
/* Feeds: their state, pause and resume, and "Connect my city": what an address gives, and a new definition. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/bf-limits.h"
#include "base/bf-time.h"

void
bf_route_feeds (BfRequest *request)
{
  BfJsonOut *out = bf_request_begin_list (request, "feeds");

  for (guint i = 0; i < bf_supervisor_n (request->engine->supervisor); i++)
    bf_message_feed (request->engine, out, NULL, i, FALSE);
  bf_request_end_list (request);
}

void
bf_route_feed (BfRequest *request)
{
  bf_message_feed (request->engine, &request->out, NULL, request->feed, TRUE);
  bf_request_end (request, NULL);
}

static void
stop_stored_cb (gpointer user_data, const GError *error)
{
  BfRequest *request = user_data;

  if (error != NULL)
    bf_request_end (request, error);
  else if (request->engine->supervisor == NULL)
    bf_request_refuse (request, BF_ERROR_STATE, _ ("the engine is ending"));
  else
    bf_route_feed (request);
}

/* Answered when it is on disk: what a person was told of a feed is so after a restart too. */
static void
store_stop (BfRequest *request, const char *reason)
{
  BfEngine *engine = request->engine;
  BfStorePause pause = { NULL, request->actor, reason, bf_time_now_us () };
  g_autoptr (BfLogEntry) entry = NULL;
  BfFeedInfo info;

  bf_supervisor_info (engine->supervisor, request->feed, &info);
  pause.feed = info.def->name;
  if (reason != NULL)
    pause.at_us = info.since_us; /* the very time that is shown */
  if (reason != NULL && info.state != BF_FEED_PAUSED)
    {
      /* Off: there is nothing to stop. */
      bf_route_feed (request);
      return;
    }
  entry = bf_engine_log_of_pause (pause.feed, request->actor, reason, pause.at_us);
  pause.log = entry;
  bf_request_pause (request);
  bf_store_put_pause (engine->store, &pause, stop_stored_cb, request);
}

void
bf_route_pause_feed (BfRequest *request)
{
  const char *reason;

  if (!bf_request_comment (request, "reason", &reason))
    return;
  if (reason == NULL || reason[0] == '\0')
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("a feed is paused with a reason; expected {\"reason\": \"…\"}"));
      return;
    }
  bf_supervisor_pause (request->engine->supervisor, request->feed, request->actor, reason);
  store_stop (request, reason);
}

void
bf_route_resume_feed (BfRequest *request)
{
  bf_supervisor_resume (request->engine->supervisor, request->feed);
  store_stop (request, NULL);
}

static void
probe_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = bf_supervisor_probe_finish (request->engine->supervisor, result, &error);

  /* What cannot be used is the address's fault, not the engine's. */
  if (error != NULL && error->domain != BF_ERROR)
    {
      error->domain = BF_ERROR;
      error->code = BF_ERROR_VALUE;
    }
  else if (error != NULL && error->code == BF_ERROR_IO)
    error->code = BF_ERROR_VALUE;
  if (answer != NULL)
    g_string_assign (request->text, answer);
  bf_request_end (request, error);
}

void
bf_route_probe (BfRequest *request)
{
  const char *url = bf_json_member_string (request->body, "url", "");
  const char *service = bf_json_member_string (request->body, "service", "");

  if ((!g_str_has_prefix (url, "https://") && !g_str_has_prefix (url, "http://")) || strlen (url) > BF_LIMIT_TEXT_BYTES)
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("expected an address that begins with https:// or http://, found “%.80s”"), url);
      return;
    }
  if (bf_catalog_find_service (request->engine->catalog, service) == NULL)
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("no service “%.80s”"), service);
      return;
    }
  bf_request_pause (request);
  bf_supervisor_probe_async (request->engine->supervisor, service, url, NULL, probe_cb, request);
}

static gboolean
is_feed_name (const char *name)
{
  gsize n = strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

  return n > 0 && n <= 64 && name[n] == '\0' && name[0] != '-';
}

/* A feed that comes in by the API fetches over HTTP, and nothing of this machine's files, secrets or environment goes into it. */
static gboolean
is_fetched_url (const BfFeedDef *def, GError **error)
{
  const char *url = bf_conf_group_get (bf_conf_group (def->conf, "Feed", NULL), "Url");

  if (bf_feed_def_is_plain (def))
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("Url: expected an address that begins with https:// or http://, without ${…} and secret:, found “%.80s”"),
               url != NULL ? url : "");
  return FALSE;
}

/* Reads the definition from a file beside the store first: a bad one never gets into the city's folder. */
static gboolean
check_feed_text (BfEngine *engine, const char *name, const char *text, GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.feed", engine->data_dir, name);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfFeedDef) def = NULL;

  if (!g_file_set_contents (path, text, -1, error))
    return FALSE;
  def = bf_feed_def_load (path, 0, engine->catalog, problems, error);
  g_unlink (path);
  if (def == NULL)
    return FALSE;
  if (!def->bad && problems->len == 0)
    return is_fetched_url (def, error);
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("line %u: %s"), problems->len > 0 ? ((BfProblem *) problems->pdata[0])->line : 0,
               problems->len > 0 ? ((BfProblem *) problems->pdata[0])->message : def->reason);
  return FALSE;
}

void
bf_route_add_feed (BfRequest *request)
{
  BfEngine *engine = request->engine;
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_build_filename (engine->city->dir, "feeds.d", NULL);
  g_autofree char *path = NULL;
  const char *name = bf_json_member_string (request->body, "name", "");
  const char *text = bf_json_member_string (request->body, "text", "");

  if (!is_feed_name (name))
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("name: expected lower-case letters, digits, “-” and “_”, found “%.80s”"), name);
      return;
    }
  path = g_strdup_printf ("%s/%s.feed", dir, name);
  if (g_file_test (path, G_FILE_TEST_EXISTS) || bf_supervisor_find (engine->supervisor, name, &request->feed))
    {
      bf_request_refuse (request, BF_ERROR_STATE, _ ("there is a feed “%s” already"), name);
      return;
    }
  if (!check_feed_text (engine, name, text, &error))
    bf_request_end (request, error);
  else if (g_mkdir_with_parents (dir, 0755) != 0 || !g_file_set_contents (path, text, -1, &error))
    bf_request_refuse (request, BF_ERROR_IO, "%s: %s", path, error != NULL ? error->message : _ ("the folder cannot be made"));
  else if (!bf_engine_add_feed (engine, path, &request->feed, &error))
    bf_request_end (request, error);
  else
    store_stop (request, NULL); /* one of the same name may have been stopped and taken away */
}
