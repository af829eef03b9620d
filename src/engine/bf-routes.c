/* SPDX-License-Identifier: EUPL-1.2 */
/* What can be asked: one row a route. What a row says it takes is checked here, once, before its handler sees the request; the
 * handlers lie by resource in bf-routes-*.c. Every answer is a slice of bounded size or is written in bounded steps; what
 * reads or changes alerts is answered when what was decided before it came is on disk. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-time.h"

typedef enum
{
  TAKES_NOTHING = 0,
  TAKES_ALERT = 1 << 0, /* the `*` is the number of an alert */
  TAKES_FEED = 1 << 1,  /* the `*` is the name of a feed that is there */
  TAKES_BODY = 1 << 2,  /* a JSON object */
} Takes;

/* First match wins; `*` stands for one or more characters, `/` included. */
static const struct
{
  const char *method;
  const char *path;
  Takes takes;
  void (*handler) (BfRequest *request);
} routes[] = {
  { "GET", "/healthz", TAKES_NOTHING, bf_route_healthz },
  { "GET", "/metrics", TAKES_NOTHING, bf_route_metrics },
  { "GET", "/api/v1/hello", TAKES_NOTHING, bf_route_hello },
  { "GET", "/api/v1/catalog", TAKES_NOTHING, bf_route_catalog },
  { "GET", "/api/v1/status", TAKES_NOTHING, bf_route_status },
  { "GET", "/api/v1/problems", TAKES_NOTHING, bf_route_problems },
  { "GET", "/api/v1/rules", TAKES_NOTHING, bf_route_rules },
  { "GET", "/api/v1/rules/register", TAKES_NOTHING, bf_route_register },
  { "GET", "/api/v1/rules/files", TAKES_NOTHING, bf_route_rule_files },
  { "GET", "/api/v1/rules/files/*", TAKES_NOTHING, bf_route_rule_file },
  { "PUT", "/api/v1/rules/files/*", TAKES_BODY, bf_route_save_rules },
  { "POST", "/api/v1/rules/files/*", TAKES_BODY, bf_route_save_rules },
  { "POST", "/api/v1/rules/reload", TAKES_NOTHING, bf_route_reload_rules },
  { "GET", "/api/v1/rules/changes", TAKES_NOTHING, bf_route_changes },
  { "GET", "/api/v1/rules/changes/*", TAKES_NOTHING, bf_route_change },
  { "POST", "/api/v1/rules/changes/*/revert", TAKES_BODY, bf_route_revert },
  { "GET", "/api/v1/procedures", TAKES_NOTHING, bf_route_procedures },
  { "GET", "/api/v1/rehearsals", TAKES_NOTHING, bf_route_rehearsals },
  { "POST", "/api/v1/rehearsals", TAKES_BODY, bf_route_begin_rehearsal },
  { "GET", "/api/v1/rehearsals/*", TAKES_NOTHING, bf_route_rehearsal },
  { "POST", "/api/v1/rehearsals/*/cancel", TAKES_NOTHING, bf_route_cancel_rehearsal },
  { "DELETE", "/api/v1/rehearsals/*", TAKES_NOTHING, bf_route_cancel_rehearsal },
  { "GET", "/api/v1/places", TAKES_NOTHING, bf_route_places },
  { "GET", "/api/v1/zones", TAKES_NOTHING, bf_route_zones },
  { "GET", "/api/v1/basemap", TAKES_NOTHING, bf_route_basemap },
  { "GET", "/api/v1/search", TAKES_NOTHING, bf_route_search },
  { "GET", "/api/v1/assets", TAKES_NOTHING, bf_route_assets },
  { "GET", "/api/v1/assets/*/why", TAKES_NOTHING, bf_route_asset_why },
  { "GET", "/api/v1/assets/*", TAKES_NOTHING, bf_route_asset },
  { "GET", "/api/v1/observations", TAKES_NOTHING, bf_route_observations },
  { "GET", "/api/v1/geojson", TAKES_NOTHING, bf_route_geojson },
  { "GET", "/api/v1/alerts", TAKES_NOTHING, bf_route_alerts },
  { "GET", "/api/v1/alerts/*/procedure", TAKES_ALERT, bf_route_alert_procedure },
  { "GET", "/api/v1/alerts/*/why", TAKES_ALERT, bf_route_alert_why },
  { "GET", "/api/v1/alerts/*", TAKES_ALERT, bf_route_alert },
  { "POST", "/api/v1/alerts/*/acknowledge", TAKES_ALERT | TAKES_BODY, bf_route_acknowledge },
  { "POST", "/api/v1/alerts/*/step", TAKES_ALERT | TAKES_BODY, bf_route_alert_step },
  { "POST", "/api/v1/alerts/*/comment", TAKES_ALERT | TAKES_BODY, bf_route_comment },
  { "POST", "/api/v1/alerts/*/reset", TAKES_ALERT | TAKES_BODY, bf_route_reset },
  { "POST", "/api/v1/alerts/*/shelve", TAKES_ALERT | TAKES_BODY, bf_route_shelve },
  { "POST", "/api/v1/alerts/*/unshelve", TAKES_ALERT | TAKES_BODY, bf_route_unshelve },
  { "GET", "/api/v1/out-of-service", TAKES_NOTHING, bf_route_outs },
  { "POST", "/api/v1/out-of-service", TAKES_BODY, bf_route_take_out },
  { "POST", "/api/v1/out-of-service/*/return", TAKES_BODY, bf_route_put_back },
  { "GET", "/api/v1/works", TAKES_NOTHING, bf_route_works },
  { "GET", "/api/v1/events", TAKES_NOTHING, bf_route_events },
  { "GET", "/api/v1/log", TAKES_NOTHING, bf_route_log },
  { "POST", "/api/v1/log", TAKES_BODY, bf_route_log_note },
  { "GET", "/api/v1/log/head", TAKES_NOTHING, bf_route_log_head },
  { "GET", "/api/v1/log/*", TAKES_NOTHING, bf_route_log_entry },
  { "POST", "/api/v1/log/*/correct", TAKES_BODY, bf_route_log_correct },
  { "POST", "/api/v1/log/*/erase", TAKES_BODY, bf_route_log_erase },
  { "GET", "/api/v1/handover", TAKES_NOTHING, bf_route_handover },
  { "POST", "/api/v1/handover", TAKES_BODY, bf_route_hand_over },
  { "POST", "/api/v1/handover/*/countersign", TAKES_BODY, bf_route_countersign },
  { "GET", "/api/v1/feeds", TAKES_NOTHING, bf_route_feeds },
  { "GET", "/api/v1/feeds/*", TAKES_FEED, bf_route_feed },
  { "POST", "/api/v1/feeds", TAKES_BODY, bf_route_add_feed },
  { "POST", "/api/v1/feeds/probe", TAKES_BODY, bf_route_probe },
  { "POST", "/api/v1/feeds/*/pause", TAKES_FEED | TAKES_BODY, bf_route_pause_feed },
  { "POST", "/api/v1/feeds/*/resume", TAKES_FEED, bf_route_resume_feed },
};

/* Whether @path is one of @pattern; *@ret_argument: what stands for its `*`. */
static gboolean
matches (const char *pattern, const char *path, char **ret_argument)
{
  const char *star = strchr (pattern, '*');
  gsize head, tail, length = strlen (path);

  if (star == NULL)
    return g_str_equal (path, pattern);
  head = (gsize) (star - pattern);
  tail = strlen (star + 1);
  if (length <= head + tail || strncmp (path, pattern, head) != 0 || !g_str_has_suffix (path, star + 1))
    return FALSE;
  *ret_argument = g_strndup (path + head, length - head - tail);
  return TRUE;
}

/* What all routes agree on: counts are whole numbers from 0, times are RFC 3339. Over a route's limit is the limit. */
static gboolean
check_query (BfRequest *request)
{
  static const char *const counts[] = { "limit", "max", "after", "before", "alert" };
  static const char *const times[] = { "from", "to" };
  guint64 count;
  gint64 time_us;

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      const char *text = bf_request_query (request, counts[i]);

      if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &count, NULL))
        {
          bf_request_refuse (request, BF_ERROR_VALUE, _ ("%s=%.80s: expected a whole number"), counts[i], text);
          return FALSE;
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      const char *text = bf_request_query (request, times[i]);

      if (text != NULL && !bf_time_parse_rfc3339 (text, strlen (text), NULL, &time_us))
        {
          bf_request_refuse (request, BF_ERROR_VALUE, _ ("%s=%.80s: expected a time such as 2026-05-04T03:12:00Z"), times[i], text);
          return FALSE;
        }
    }
  return TRUE;
}

/* Fills in what the route takes. FALSE: refused and ended. */
static gboolean
take (BfRequest *request, Takes takes)
{
  guint64 alert;

  if (!check_query (request))
    return FALSE;
  if (takes & TAKES_ALERT)
    {
      if (!g_ascii_string_to_unsigned (request->argument, 10, 1, G_MAXINT64, &alert, NULL))
        {
          bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no alert “%.80s”"), request->argument);
          return FALSE;
        }
      request->alert = (gint64) alert;
    }
  if (takes & TAKES_FEED && !bf_supervisor_find (request->engine->supervisor, request->argument, &request->feed))
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no feed “%.80s”"), request->argument);
      return FALSE;
    }
  return !(takes & TAKES_BODY) || bf_request_read_body (request);
}

/**
 * bf_routes_handle:
 * @path: decoded
 * @query: (nullable): the query, decoded
 * @actor: who asks
 */
void
bf_routes_handle (BfEngine *engine, SoupServerMessage *message, const char *path, GHashTable *query, const char *actor)
{
  const char *method = soup_server_message_get_method (message);
  gboolean known = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      g_autofree char *argument = NULL;
      BfRequest *request;

      if (!matches (routes[i].path, path, &argument))
        continue;
      known = TRUE;
      if (!g_str_equal (method, routes[i].method))
        continue;
      request = bf_request_new (engine, message, query, actor);
      request->argument = g_steal_pointer (&argument);
      if (take (request, routes[i].takes))
        routes[i].handler (request);
      return;
    }
  if (known)
    bf_reply_error (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "bad_request", _ ("%s is not for %s"), path, method);
  else
    bf_reply_error (message, SOUP_STATUS_NOT_FOUND, "not_found", _ ("nothing at %s; see src/api/README.md"), path);
}
