/* SPDX-License-Identifier: EUPL-1.2 */
/* The city itself: what it is made of, how it is, its health. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "engine/bf-search.h"

#define SEARCH_MAX 50u

void
bf_route_hello (BfRequest *request)
{
  bf_message_hello (request->engine, &request->out, NULL, request->actor);
  bf_request_end (request, NULL);
}

void
bf_route_catalog (BfRequest *request)
{
  bf_message_catalog (request->engine, &request->out);
  bf_request_end (request, NULL);
}

void
bf_route_status (BfRequest *request)
{
  bf_message_status (request->engine, &request->out, NULL);
  bf_request_end (request, NULL);
}

static void
write_problems (BfJsonOut *out, const GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      const BfProblem *problem = g_ptr_array_index (problems, i);

      bf_json_out_begin_object (out, NULL);
      bf_json_out_string (out, "file", problem->file);
      bf_json_out_int (out, "line", problem->line);
      bf_json_out_string (out, "message", problem->message);
      bf_json_out_end_object (out);
    }
}

/* What is wrong with the texts, and what they name that is not there now. */
void
bf_route_problems (BfRequest *request)
{
  g_autoptr (GPtrArray) now = bf_problems_new ();
  BfJsonOut *out = bf_request_begin_list (request, "problems");

  bf_evaluator_check_lighting_plan (request->engine->evaluator, now);
  write_problems (out, request->engine->problems);
  write_problems (out, now);
  bf_request_end_list (request);
}

void
bf_route_places (BfRequest *request)
{
  const BfPlaces *places = request->engine->places;
  BfJsonOut *out = bf_request_begin_list (request, "places");

  for (guint i = 0; places != NULL && i < bf_places_n (places); i++)
    {
      const BfPlace *place = bf_places_get (places, i);

      bf_json_out_begin_object (out, NULL);
      bf_json_out_string (out, "kind", place->kind);
      bf_json_out_string (out, "name", place->name);
      bf_json_out_double (out, "lat", place->point.lat);
      bf_json_out_double (out, "lon", place->point.lon);
      bf_json_out_double (out, "people", place->people >= 0 ? (double) place->people : NAN);
      bf_json_out_end_object (out);
    }
  bf_request_end_list (request);
}

void
bf_route_zones (BfRequest *request)
{
  const BfZones *zones = request->engine->zones;
  BfJsonOut *out = bf_request_begin_list (request, "zones");

  for (guint i = 0; zones != NULL && i < bf_zones_n (zones); i++)
    {
      const BfZone *zone = bf_zones_get (zones, i);

      bf_json_out_begin_object (out, NULL);
      bf_json_out_string (out, "id", zone->id);
      bf_json_out_string (out, "name", zone->name);
      bf_json_out_string (out, "kind", zone->kind);
      bf_json_out_double (out, "inhabitants", zone->inhabitants >= 0 ? (double) zone->inhabitants : NAN);
      bf_json_out_end_object (out);
    }
  bf_request_end_list (request);
}

void
bf_route_basemap (BfRequest *request)
{
  SoupServerMessage *message = request->message;
  const char *path = request->engine->city->basemap;
  g_autoptr (GMappedFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *etag = NULL;
  const char *known = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "If-None-Match");
  GStatBuf info;

  if (path == NULL || g_stat (path, &info) != 0)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("the city has no base map"));
      return;
    }
  etag = g_strdup_printf ("\"%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x\"", (gint64) info.st_mtime, (gint64) info.st_size);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "ETag", etag);
  if (g_strcmp0 (known, etag) == 0)
    {
      soup_server_message_set_status (message, SOUP_STATUS_NOT_MODIFIED, NULL);
      bf_request_free (request);
      return;
    }
  file = g_mapped_file_new (path, FALSE, &error);
  if (file == NULL)
    {
      bf_request_refuse (request, BF_ERROR_IO, "%s", error->message);
      return;
    }
  bytes = g_mapped_file_get_bytes (file);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (soup_server_message_get_response_headers (message), "application/geo+json", NULL);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
  bf_request_free (request);
}

void
bf_route_search (BfRequest *request)
{
  const char *q = bf_request_query (request, "q");
  BfJsonOut *out = &request->out;

  bf_search_write (request->engine, out, q != NULL ? q : "", bf_request_query_count (request, "max", 10, SEARCH_MAX));
  bf_request_end (request, NULL);
}

void
bf_route_metrics (BfRequest *request)
{
  g_autoptr (GString) text = g_string_new (NULL);

  bf_message_metrics (request->engine, text);
  soup_server_message_set_status (request->message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (request->message, "text/plain; version=0.0.4", SOUP_MEMORY_COPY, text->str, text->len);
  bf_request_free (request);
}

void
bf_route_healthz (BfRequest *request)
{
  BfStoreHealth health = { 0 };

  bf_store_health (request->engine->store, &health);
  soup_server_message_set_status (request->message, health.error == NULL ? SOUP_STATUS_OK : SOUP_STATUS_SERVICE_UNAVAILABLE, NULL);
  if (health.error == NULL)
    soup_server_message_set_response (request->message, "text/plain", SOUP_MEMORY_STATIC, "ok\n", 3);
  else
    soup_server_message_set_response (request->message, "text/plain; charset=utf-8", SOUP_MEMORY_COPY, health.error,
                                      strlen (health.error));
  g_free (health.error);
  bf_request_free (request);
}
