/* SPDX-License-Identifier: EUPL-1.2 */
/* What can be asked: one row a route in a table, one function a row. Every answer is a slice of bounded size or is written in
 * bounded steps; what reads or changes alerts is answered when all that was decided is on disk. */

#include "engine/bf-engine-private.h"

#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "engine/bf-search.h"

#define SLICE_DEFAULT 1000u
#define SLICE_MAX 2000u
#define POINTS_DEFAULT 1000u
#define POINTS_MAX 20000u
#define ALERTS_MAX 10000u
#define EVENTS_MAX 10000u
#define SEARCH_MAX 50u

/* One request under way. Freed when it is answered; if the client goes first, the answer goes nowhere. */
typedef struct
{
  BfEngine *engine;
  SoupServerMessage *message;
  char *actor;
  char *argument; /* what stands after the route's prefix, decoded */
  GHashTable *query;
  gint64 id;
  gboolean paused;
  gboolean gone;
  gulong finished_id;
  gpointer data;
  GDestroyNotify data_free;
} Request;

typedef void (*Handler) (Request *request);

/* --- answering ------------------------------------------------------------------------------------------------------ */

static void
reply_json (SoupServerMessage *message, guint status, GString *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Cache-Control", "no-store");
  soup_server_message_set_response (message, "application/json; charset=utf-8", SOUP_MEMORY_COPY, text->str, text->len);
}

void
bf_reply_error (SoupServerMessage *message, guint status, const char *code, const char *format, ...)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *sentence = NULL;
  BfJsonOut out;
  va_list args;

  va_start (args, format);
  sentence = g_strdup_vprintf (format, args);
  va_end (args);
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

static void
request_free (Request *request)
{
  g_clear_signal_handler (&request->finished_id, request->message);
  if (request->data_free != NULL)
    request->data_free (request->data);
  g_object_unref (request->message);
  g_clear_pointer (&request->query, g_hash_table_unref);
  g_free (request->actor);
  g_free (request->argument);
  g_free (request);
}

static void
finished_cb (SoupServerMessage *message, gpointer user_data)
{
  ((Request *) user_data)->gone = TRUE;
}

static void
pause_request (Request *request)
{
  request->paused = TRUE;
  request->finished_id = g_signal_connect (request->message, "finished", G_CALLBACK (finished_cb), request);
  soup_server_message_pause (request->message);
}

/* Ends a request: @text is the answer, or @error. */
static void
finish_request (Request *request, GString *text, const GError *error)
{
  if (!request->gone)
    {
      if (error != NULL)
        reply_gerror (request->message, error);
      else
        reply_json (request->message, SOUP_STATUS_OK, text);
      if (request->paused)
        soup_server_message_unpause (request->message);
    }
  request_free (request);
}

static void G_GNUC_PRINTF (3, 4)
refuse (Request *request, BfError code, const char *format, ...)
{
  va_list args;
  g_autoptr (GError) error = NULL;

  va_start (args, format);
  error = g_error_new_valist (BF_ERROR, code, format, args);
  va_end (args);
  finish_request (request, NULL, error);
}

static const char *
query_get (const Request *request, const char *key)
{
  return request->query != NULL ? g_hash_table_lookup (request->query, key) : NULL;
}

static guint
query_count (const Request *request, const char *key, guint fallback, guint max)
{
  const char *text = query_get (request, key);
  guint64 value;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &value, NULL) ? (guint) MIN (value, max) : fallback;
}

static gint64
query_time (const Request *request, const char *key, gint64 fallback)
{
  const char *text = query_get (request, key);
  gint64 time_us;

  return text != NULL && bf_time_parse_rfc3339 (text, strlen (text), NULL, &time_us) ? time_us : fallback;
}

/* --- the catalogue, the city ---------------------------------------------------------------------------------------- */

static void
get_hello (Request *request)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_message_hello (request->engine, &out, NULL, request->actor);
  finish_request (request, text, NULL);
}

static void
get_catalog (Request *request)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_message_catalog (request->engine, &out);
  finish_request (request, text, NULL);
}

static void
get_status (Request *request)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_message_status (request->engine, &out, NULL);
  finish_request (request, text, NULL);
}

static void
get_problems (Request *request)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_begin_array (&out, "problems");
  for (guint i = 0; i < request->engine->problems->len; i++)
    {
      const BfProblem *problem = g_ptr_array_index (request->engine->problems, i);

      bf_json_out_begin_object (&out, NULL);
      bf_json_out_string (&out, "file", problem->file);
      bf_json_out_int (&out, "line", problem->line);
      bf_json_out_string (&out, "message", problem->message);
      bf_json_out_end_object (&out);
    }
  bf_json_out_end_array (&out);
  bf_json_out_end_object (&out);
  finish_request (request, text, NULL);
}

static void
get_rules (Request *request)
{
  BfEngine *engine = request->engine;
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_begin_array (&out, "rules");
  for (guint i = 0; i < bf_rule_set_n (engine->rules); i++)
    {
      const BfRule *rule = bf_rule_set_get (engine->rules, i);
      BfName words = { bf_rule_words (engine->rules, rule, "en"), bf_rule_words (engine->rules, rule, "fr") };

      bf_json_out_begin_object (&out, NULL);
      bf_json_out_string (&out, "id", rule->id);
      bf_json_out_string (&out, "kind", bf_catalog_kind (engine->catalog, rule->kind)->full_id);
      bf_json_out_string (&out, "priority", bf_priority_id (rule->priority));
      bf_message_name (&out, "words", &words);
      bf_json_out_string (&out, "file", rule->file);
      bf_json_out_int (&out, "line", rule->line);
      bf_json_out_end_object (&out);
      bf_name_clear (&words);
    }
  bf_json_out_end_array (&out);
  bf_json_out_end_object (&out);
  finish_request (request, text, NULL);
}

static void
get_places (Request *request)
{
  const BfPlaces *places = request->engine->places;
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_begin_array (&out, "places");
  for (guint i = 0; places != NULL && i < bf_places_n (places); i++)
    {
      const BfPlace *place = bf_places_get (places, i);

      bf_json_out_begin_object (&out, NULL);
      bf_json_out_string (&out, "kind", place->kind);
      bf_json_out_string (&out, "name", place->name);
      bf_json_out_double (&out, "lat", place->point.lat);
      bf_json_out_double (&out, "lon", place->point.lon);
      bf_json_out_double (&out, "people", place->people >= 0 ? (double) place->people : NAN);
      bf_json_out_end_object (&out);
    }
  bf_json_out_end_array (&out);
  bf_json_out_end_object (&out);
  finish_request (request, text, NULL);
}

static void
get_zones (Request *request)
{
  const BfZones *zones = request->engine->zones;
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_begin_array (&out, "zones");
  for (guint i = 0; zones != NULL && i < bf_zones_n (zones); i++)
    {
      const BfZone *zone = bf_zones_get (zones, i);

      bf_json_out_begin_object (&out, NULL);
      bf_json_out_string (&out, "id", zone->id);
      bf_json_out_string (&out, "name", zone->name);
      bf_json_out_string (&out, "kind", zone->kind);
      bf_json_out_double (&out, "inhabitants", zone->inhabitants >= 0 ? (double) zone->inhabitants : NAN);
      bf_json_out_end_object (&out);
    }
  bf_json_out_end_array (&out);
  bf_json_out_end_object (&out);
  finish_request (request, text, NULL);
}

static void
get_basemap (Request *request)
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
      refuse (request, BF_ERROR_NOT_FOUND, _ ("the city has no base map"));
      return;
    }
  etag = g_strdup_printf ("\"%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x\"", (gint64) info.st_mtime, (gint64) info.st_size);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "ETag", etag);
  if (g_strcmp0 (known, etag) == 0)
    {
      soup_server_message_set_status (message, SOUP_STATUS_NOT_MODIFIED, NULL);
      request_free (request);
      return;
    }
  file = g_mapped_file_new (path, FALSE, &error);
  if (file == NULL)
    {
      refuse (request, BF_ERROR_IO, "%s", error->message);
      return;
    }
  bytes = g_mapped_file_get_bytes (file);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (soup_server_message_get_response_headers (message), "application/geo+json", NULL);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
  request_free (request);
}

/* --- assets --------------------------------------------------------------------------------------------------------- */

static gboolean
asset_passes (const Request *request, guint32 asset)
{
  BfEngine *engine = request->engine;
  const BfKind *kind = bf_model_asset_kind (engine->model, asset);
  const char *service = query_get (request, "service");
  const char *kind_id = query_get (request, "kind");
  const char *zone = query_get (request, "zone");

  if (service != NULL && !g_str_equal (bf_catalog_service (engine->catalog, kind->service)->id, service))
    return FALSE;
  if (kind_id != NULL && !g_str_equal (kind->full_id, kind_id))
    return FALSE;
  if (zone != NULL)
    {
      guint16 index = bf_model_asset_zone (engine->model, asset);

      return index != BF_NO_ZONE && engine->zones != NULL && g_str_equal (bf_zones_get (engine->zones, index)->id, zone);
    }
  return TRUE;
}

static void
get_assets (Request *request)
{
  BfEngine *engine = request->engine;
  guint32 n = bf_model_n_assets (engine->model);
  guint limit = query_count (request, "limit", SLICE_DEFAULT, SLICE_MAX);
  guint32 at = query_count (request, "after", 0, G_MAXUINT32);
  guint32 seen = 0;
  guint written = 0;
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_begin_array (&out, "assets");
  /* A filter that passes few must not walk a million in one turn: the slice ends by what was looked at, too. */
  for (; at < n && written < limit && seen < 50 * SLICE_MAX; at++, seen++)
    {
      if (!asset_passes (request, at))
        continue;
      bf_message_asset (engine, &out, at, FALSE);
      written++;
    }
  bf_json_out_end_array (&out);
  if (at < n)
    {
      g_autofree char *cursor = g_strdup_printf ("%u", at);

      bf_json_out_string (&out, "next", cursor);
    }
  else
    bf_json_out_null (&out, "next");
  bf_json_out_end_object (&out);
  finish_request (request, text, NULL);
}

static void
get_asset (Request *request)
{
  BfEngine *engine = request->engine;
  guint32 asset = bf_model_find_asset (engine->model, request->argument);
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  if (asset == BF_NO_ASSET)
    {
      refuse (request, BF_ERROR_NOT_FOUND, _ ("no asset “%s”"), request->argument);
      return;
    }
  bf_json_out_init (&out, text);
  bf_message_asset (engine, &out, asset, TRUE);
  finish_request (request, text, NULL);
}

/* GeoJSON goes out in chunks: the next slice is written when the last one has left. */
static void
write_feature (BfEngine *engine, BfJsonOut *out, guint32 asset)
{
  BfPoint point = bf_model_asset_point (engine->model, asset);

  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "type", "Feature");
  bf_json_out_string (out, "id", bf_model_asset_id (engine->model, asset));
  if (isnan (point.lon))
    bf_json_out_null (out, "geometry");
  else
    {
      bf_json_out_begin_object (out, "geometry");
      bf_json_out_string (out, "type", "Point");
      bf_json_out_begin_array (out, "coordinates");
      bf_json_out_double (out, NULL, round (point.lon * 1e7) / 1e7);
      bf_json_out_double (out, NULL, round (point.lat * 1e7) / 1e7);
      bf_json_out_end_array (out);
      bf_json_out_end_object (out);
    }
  bf_json_out_begin_object (out, "properties");
  bf_json_out_string (out, "kind", bf_model_asset_kind (engine->model, asset)->full_id);
  bf_json_out_string (out, "name", bf_model_asset_name (engine->model, asset));
  bf_json_out_string (out, "address", bf_model_asset_address (engine->model, asset));
  bf_json_out_string (out, "zone", bf_engine_zone_name (engine, asset));
  bf_message_values (engine, out, asset, FALSE);
  bf_json_out_end_object (out);
  bf_json_out_end_object (out);
}

static void
geojson_slice (Request *request)
{
  BfEngine *engine = request->engine;
  SoupMessageBody *body = soup_server_message_get_response_body (request->message);
  guint32 n = bf_model_n_assets (engine->model);
  guint32 at = (guint32) request->id;
  guint32 end = MIN (n, at + SLICE_DEFAULT);
  GString *text = g_string_new (at == 0 ? "{\"type\":\"FeatureCollection\",\"features\":[" : NULL);
  gsize length;

  for (; at < end; at++)
    {
      BfJsonOut out;

      if (at > 0)
        g_string_append (text, ",\n");
      bf_json_out_init (&out, text);
      write_feature (engine, &out, at);
    }
  request->id = end;
  if (end == n)
    g_string_append (text, "]}\n");
  length = text->len;
  soup_message_body_append_take (body, (guchar *) g_string_free (text, FALSE), length);
  if (end == n)
    soup_message_body_complete (body);
}

static void
geojson_wrote_cb (SoupServerMessage *message, gpointer user_data)
{
  Request *request = user_data;

  if ((guint32) request->id < bf_model_n_assets (request->engine->model))
    geojson_slice (request);
}

static void
geojson_finished_cb (SoupServerMessage *message, gpointer user_data)
{
  g_signal_handlers_disconnect_by_data (message, user_data);
  request_free (user_data);
}

static void
get_geojson (Request *request)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (request->message);

  soup_server_message_set_status (request->message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (headers, "application/geo+json", NULL);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (request->message), FALSE);
  g_signal_connect (request->message, "wrote-chunk", G_CALLBACK (geojson_wrote_cb), request);
  g_signal_connect (request->message, "finished", G_CALLBACK (geojson_finished_cb), request);
  geojson_slice (request);
}

/* --- observations --------------------------------------------------------------------------------------------------- */

static void
series_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  const BfProperty *property = request->data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) points = bf_store_query_series_finish (request->engine->store, result, &error);
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  if (points == NULL)
    {
      finish_request (request, NULL, error);
      return;
    }
  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "asset", request->argument);
  bf_json_out_string (&out, "property", property->id);
  bf_json_out_string (&out, "unit", property->unit_code);
  bf_json_out_begin_array (&out, "points");
  for (guint i = 0; i < points->len; i++)
    {
      const BfSeriesPoint *point = &g_array_index (points, BfSeriesPoint, i);

      bf_json_out_begin_array (&out, NULL);
      bf_json_out_int (&out, NULL, point->observed_us / 1000);
      bf_json_out_double (&out, NULL, point->value);
      bf_json_out_end_array (&out);
    }
  bf_json_out_end_array (&out);
  bf_json_out_end_object (&out);
  finish_request (request, text, NULL);
}

static void
get_observations (Request *request)
{
  BfEngine *engine = request->engine;
  const char *id = query_get (request, "asset");
  const char *property_id = query_get (request, "property");
  guint32 asset = id != NULL ? bf_model_find_asset (engine->model, id) : BF_NO_ASSET;
  const BfProperty *property;
  gint64 now_us = bf_time_now_us ();

  if (id == NULL || property_id == NULL)
    {
      refuse (request, BF_ERROR_VALUE, _ ("expected asset= and property="));
      return;
    }
  if (asset == BF_NO_ASSET)
    {
      refuse (request, BF_ERROR_NOT_FOUND, _ ("no asset “%.80s”"), id);
      return;
    }
  property = bf_catalog_find_property (engine->catalog, bf_model_asset_kind (engine->model, asset)->service, property_id);
  if (property == NULL)
    {
      refuse (request, BF_ERROR_NOT_FOUND, _ ("%s has no property “%s”"), id, property_id);
      return;
    }
  request->argument = g_strdup (id);
  request->data = (gpointer) property;
  pause_request (request);
  bf_store_query_series_async (engine->store, id, property_id, query_time (request, "from", now_us - G_TIME_SPAN_DAY),
                               query_time (request, "to", now_us), query_count (request, "max", POINTS_DEFAULT, POINTS_MAX), NULL,
                               series_cb, request);
}

/* --- alerts --------------------------------------------------------------------------------------------------------- */

static void
write_alerts (BfEngine *engine, GString *text, GPtrArray *alerts)
{
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_begin_array (&out, "alerts");
  for (guint i = 0; i < alerts->len; i++)
    bf_message_alert (engine, &out, NULL, g_ptr_array_index (alerts, i), NULL);
  bf_json_out_end_array (&out);
  bf_json_out_int (&out, "seq", bf_store_last_event_id (engine->store));
  bf_json_out_end_object (&out);
}

static void
open_alerts_settled (BfEngine *engine, gpointer user_data, const GError *error)
{
  g_autoptr (GPtrArray) alerts = bf_alert_book_list (engine->book);
  g_autoptr (GString) text = g_string_new (NULL);

  write_alerts (engine, text, alerts);
  finish_request (user_data, text, error);
}

static void
all_alerts_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) alerts = bf_store_query_alerts_finish (request->engine->store, result, &error);
  g_autoptr (GString) text = g_string_new (NULL);

  if (alerts != NULL)
    write_alerts (request->engine, text, alerts);
  finish_request (request, text, error);
}

static void
get_alerts (Request *request)
{
  const char *state = query_get (request, "state");
  gint64 now_us = bf_time_now_us ();

  pause_request (request);
  if (state == NULL || g_str_equal (state, "open"))
    bf_engine_when_settled (request->engine, open_alerts_settled, request);
  else if (g_str_equal (state, "all"))
    bf_store_query_alerts_async (request->engine->store, query_time (request, "from", now_us - G_TIME_SPAN_DAY),
                                 query_time (request, "to", now_us), query_get (request, "asset"),
                                 query_count (request, "max", SLICE_DEFAULT, ALERTS_MAX), NULL, all_alerts_cb, request);
  else
    refuse (request, BF_ERROR_VALUE, _ ("state=%s: expected open or all"), state);
}

static void
alert_history_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  BfEngine *engine = request->engine;
  const BfAlert *alert = bf_alert_book_get (engine->book, request->id);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = bf_store_query_events_finish (engine->store, result, &error);
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  /* An alert that ended meanwhile was remembered by its request. */
  if (alert == NULL)
    alert = request->data;
  if (events != NULL)
    {
      bf_json_out_init (&out, text);
      bf_message_alert (engine, &out, NULL, alert, events);
    }
  finish_request (request, text, error);
}

static void
answer_alert (Request *request, const BfAlert *alert)
{
  request->data = bf_alert_copy (alert);
  request->data_free = (GDestroyNotify) bf_alert_free;
  bf_store_query_events_async (request->engine->store, 0, request->id, EVENTS_MAX, NULL, alert_history_cb, request);
}

static void
ended_alert_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (BfAlert) alert = bf_store_query_alert_finish (request->engine->store, result, &error);

  if (alert == NULL)
    finish_request (request, NULL, error);
  else
    answer_alert (request, alert);
}

static void
alert_settled (BfEngine *engine, gpointer user_data, const GError *error)
{
  Request *request = user_data;
  const BfAlert *alert = bf_alert_book_get (engine->book, request->id);

  if (error != NULL)
    finish_request (request, NULL, error);
  else if (alert != NULL)
    answer_alert (request, alert);
  else
    bf_store_query_alert_async (engine->store, request->id, NULL, ended_alert_cb, request);
}

static gboolean
take_id (Request *request, const char *tail)
{
  g_autofree char *number = g_strndup (request->argument, strlen (request->argument) - strlen (tail));
  guint64 id;

  if (!g_ascii_string_to_unsigned (number, 10, 1, G_MAXINT64, &id, NULL))
    {
      refuse (request, BF_ERROR_NOT_FOUND, _ ("no alert “%s”"), number);
      return FALSE;
    }
  request->id = (gint64) id;
  return TRUE;
}

static void
get_alert (Request *request)
{
  if (!take_id (request, ""))
    return;
  pause_request (request);
  bf_engine_when_settled (request->engine, alert_settled, request);
}

/* The body as an object in @doc; an empty body is an empty object. */
static gboolean
read_body (Request *request, BfJsonDoc *doc, BfJsonNode *ret_node)
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
  if (bf_json_doc_parse (doc, text, length, ret_node, &error) && bf_json_type (*ret_node) == BF_JSON_OBJECT)
    return TRUE;
  refuse (request, BF_ERROR_SYNTAX, _ ("the body: %s"), error != NULL ? error->message : _ ("expected a JSON object"));
  return FALSE;
}

static gboolean
take_comment (Request *request, BfJsonNode body, const char *key, const char **ret_comment)
{
  *ret_comment = bf_json_member_string (body, key, NULL);
  if (*ret_comment == NULL || strlen (*ret_comment) <= BF_LIMIT_COMMENT_BYTES)
    return TRUE;
  refuse (request, BF_ERROR_LIMIT, _ ("the %s has more than %u bytes"), key, BF_LIMIT_COMMENT_BYTES);
  return FALSE;
}

static void
post_acknowledge (Request *request)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  g_autoptr (GError) error = NULL;
  BfJsonNode body;
  BfJsonNode node;
  const char *comment;
  gint64 until_us;

  if (!take_id (request, "/acknowledge") || !read_body (request, doc, &body) || !take_comment (request, body, "comment", &comment))
    return;
  until_us = bf_json_member_time (body, "until");
  if (until_us == BF_TIME_NONE && bf_json_member (body, "until", &node) && bf_json_type (node) != BF_JSON_NULL)
    {
      refuse (request, BF_ERROR_VALUE, _ ("until: expected a time such as 2026-05-04T03:12:00Z"));
      return;
    }
  if (!bf_alert_book_acknowledge (request->engine->book, request->id, request->actor, comment, until_us, bf_time_now_us (), &error))
    {
      finish_request (request, NULL, error);
      return;
    }
  pause_request (request);
  bf_engine_when_settled (request->engine, alert_settled, request);
}

static void
post_comment (Request *request)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  g_autoptr (GError) error = NULL;
  BfJsonNode body;
  const char *comment;

  if (!take_id (request, "/comment") || !read_body (request, doc, &body) || !take_comment (request, body, "comment", &comment))
    return;
  if (!bf_alert_book_comment (request->engine->book, request->id, request->actor, comment, bf_time_now_us (), &error))
    {
      finish_request (request, NULL, error);
      return;
    }
  pause_request (request);
  bf_engine_when_settled (request->engine, alert_settled, request);
}

static void
events_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = bf_store_query_events_finish (request->engine->store, result, &error);
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_begin_array (&out, "events");
  for (guint i = 0; events != NULL && i < events->len; i++)
    bf_message_event (&out, NULL, g_ptr_array_index (events, i));
  bf_json_out_end_array (&out);
  bf_json_out_int (&out, "seq", bf_store_last_event_id (request->engine->store));
  bf_json_out_end_object (&out);
  finish_request (request, text, error);
}

static void
get_events (Request *request)
{
  const char *after = query_get (request, "after");

  pause_request (request);
  bf_store_query_events_async (request->engine->store, after != NULL ? g_ascii_strtoll (after, NULL, 10) : 0, 0,
                               query_count (request, "max", SLICE_DEFAULT, EVENTS_MAX), NULL, events_cb, request);
}

/* --- feeds ---------------------------------------------------------------------------------------------------------- */

static void
get_feeds (Request *request)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_begin_array (&out, "feeds");
  for (guint i = 0; i < bf_supervisor_n (request->engine->supervisor); i++)
    bf_message_feed (request->engine, &out, NULL, i, FALSE);
  bf_json_out_end_array (&out);
  bf_json_out_end_object (&out);
  finish_request (request, text, NULL);
}

static void
answer_feed (Request *request, guint feed)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_message_feed (request->engine, &out, NULL, feed, TRUE);
  finish_request (request, text, NULL);
}

static gboolean
take_feed (Request *request, const char *tail, guint *ret_feed)
{
  g_autofree char *name = g_strndup (request->argument, strlen (request->argument) - strlen (tail));

  if (bf_supervisor_find (request->engine->supervisor, name, ret_feed))
    return TRUE;
  refuse (request, BF_ERROR_NOT_FOUND, _ ("no feed “%s”"), name);
  return FALSE;
}

static void
get_feed (Request *request)
{
  guint feed;

  if (take_feed (request, "", &feed))
    answer_feed (request, feed);
}

static void
post_pause (Request *request)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  BfJsonNode body;
  const char *reason;
  guint feed;

  if (!take_feed (request, "/pause", &feed) || !read_body (request, doc, &body) || !take_comment (request, body, "reason", &reason))
    return;
  if (reason == NULL || reason[0] == '\0')
    {
      refuse (request, BF_ERROR_VALUE, _ ("a feed is paused with a reason; expected {\"reason\": \"…\"}"));
      return;
    }
  bf_supervisor_pause (request->engine->supervisor, feed, request->actor, reason);
  answer_feed (request, feed);
}

static void
post_resume (Request *request)
{
  guint feed;

  if (!take_feed (request, "/resume", &feed))
    return;
  bf_supervisor_resume (request->engine->supervisor, feed);
  answer_feed (request, feed);
}

static void
probe_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Request *request = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = bf_supervisor_probe_finish (request->engine->supervisor, result, &error);
  g_autoptr (GString) text = g_string_new (answer);

  /* What cannot be used is the address's fault, not the engine's. */
  if (error != NULL && error->domain != BF_ERROR)
    {
      error->domain = BF_ERROR;
      error->code = BF_ERROR_VALUE;
    }
  else if (error != NULL && error->code == BF_ERROR_IO)
    error->code = BF_ERROR_VALUE;
  finish_request (request, text, error);
}

static void
post_probe (Request *request)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  BfJsonNode body;
  const char *url;
  const char *service;

  if (!read_body (request, doc, &body))
    return;
  url = bf_json_member_string (body, "url", "");
  service = bf_json_member_string (body, "service", "");
  if ((!g_str_has_prefix (url, "https://") && !g_str_has_prefix (url, "http://")) || strlen (url) > BF_LIMIT_TEXT_BYTES)
    {
      refuse (request, BF_ERROR_VALUE, _ ("expected an address that begins with https:// or http://, found “%.80s”"), url);
      return;
    }
  if (bf_catalog_find_service (request->engine->catalog, service) == NULL)
    {
      refuse (request, BF_ERROR_VALUE, _ ("no service “%.80s”"), service);
      return;
    }
  pause_request (request);
  bf_supervisor_probe_async (request->engine->supervisor, service, url, NULL, probe_cb, request);
}

static gboolean
is_feed_name (const char *name)
{
  gsize n = strspn (name, "abcdefghijklmnopqrstuvwxyz0123456789-_");

  return n > 0 && n <= 64 && name[n] == '\0' && name[0] != '-';
}

/* A feed that comes in by the API fetches over HTTP, and nothing of this machine's files or environment goes into it. */
static gboolean
is_fetched_url (const BfFeedDef *def, GError **error)
{
  const char *url = bf_conf_group_get (bf_conf_group (def->conf, "Feed", NULL), "Url");

  if ((g_str_has_prefix (url, "https://") || g_str_has_prefix (url, "http://")) && strstr (url, "${") == NULL)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("Url: expected an address that begins with https:// or http://, without ${…}, found “%.80s”"),
               url);
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

static void
post_feeds (Request *request)
{
  BfEngine *engine = request->engine;
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  g_autoptr (GError) error = NULL;
  g_autofree char *dir = g_build_filename (engine->city->dir, "feeds.d", NULL);
  g_autofree char *path = NULL;
  BfJsonNode body;
  const char *name;
  const char *text;
  guint feed;

  if (!read_body (request, doc, &body))
    return;
  name = bf_json_member_string (body, "name", "");
  text = bf_json_member_string (body, "text", "");
  if (!is_feed_name (name))
    {
      refuse (request, BF_ERROR_VALUE, _ ("name: expected lower-case letters, digits, “-” and “_”, found “%.80s”"), name);
      return;
    }
  path = g_strdup_printf ("%s/%s.feed", dir, name);
  if (g_file_test (path, G_FILE_TEST_EXISTS) || bf_supervisor_find (engine->supervisor, name, &feed))
    {
      refuse (request, BF_ERROR_STATE, _ ("there is a feed “%s” already"), name);
      return;
    }
  if (!check_feed_text (engine, name, text, &error))
    finish_request (request, NULL, error);
  else if (g_mkdir_with_parents (dir, 0755) != 0 || !g_file_set_contents (path, text, -1, &error))
    refuse (request, BF_ERROR_IO, "%s: %s", path, error != NULL ? error->message : _ ("the folder cannot be made"));
  else if (!bf_engine_add_feed (engine, path, &feed, &error))
    finish_request (request, NULL, error);
  else
    answer_feed (request, feed);
}

/* --- search, health ------------------------------------------------------------------------------------------------- */

static void
get_search (Request *request)
{
  const char *q = query_get (request, "q");
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, text);
  bf_search_write (request->engine, &out, q != NULL ? q : "", query_count (request, "max", 10, SEARCH_MAX));
  finish_request (request, text, NULL);
}

static void
get_metrics (Request *request)
{
  g_autoptr (GString) text = g_string_new (NULL);

  bf_message_metrics (request->engine, text);
  soup_server_message_set_status (request->message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (request->message, "text/plain; version=0.0.4", SOUP_MEMORY_COPY, text->str, text->len);
  request_free (request);
}

static void
get_healthz (Request *request)
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
  request_free (request);
}

/* --- the table ------------------------------------------------------------------------------------------------------ */

/* @prefix ends with "/": what follows is the argument; @tail then ends the path. First match wins. */
static const struct
{
  const char *method;
  const char *prefix;
  const char *tail;
  Handler handler;
} routes[] = {
  { "GET", "/healthz", NULL, get_healthz },
  { "GET", "/metrics", NULL, get_metrics },
  { "GET", "/api/v1/hello", NULL, get_hello },
  { "GET", "/api/v1/catalog", NULL, get_catalog },
  { "GET", "/api/v1/status", NULL, get_status },
  { "GET", "/api/v1/problems", NULL, get_problems },
  { "GET", "/api/v1/rules", NULL, get_rules },
  { "GET", "/api/v1/places", NULL, get_places },
  { "GET", "/api/v1/zones", NULL, get_zones },
  { "GET", "/api/v1/basemap", NULL, get_basemap },
  { "GET", "/api/v1/assets", NULL, get_assets },
  { "GET", "/api/v1/assets/", "", get_asset },
  { "GET", "/api/v1/geojson", NULL, get_geojson },
  { "GET", "/api/v1/observations", NULL, get_observations },
  { "GET", "/api/v1/alerts", NULL, get_alerts },
  { "GET", "/api/v1/alerts/", "", get_alert },
  { "POST", "/api/v1/alerts/", "/acknowledge", post_acknowledge },
  { "POST", "/api/v1/alerts/", "/comment", post_comment },
  { "GET", "/api/v1/events", NULL, get_events },
  { "GET", "/api/v1/feeds", NULL, get_feeds },
  { "GET", "/api/v1/feeds/", "", get_feed },
  { "POST", "/api/v1/feeds", NULL, post_feeds },
  { "POST", "/api/v1/feeds/probe", NULL, post_probe },
  { "POST", "/api/v1/feeds/", "/pause", post_pause },
  { "POST", "/api/v1/feeds/", "/resume", post_resume },
  { "GET", "/api/v1/search", NULL, get_search },
};

static gboolean
matches (guint route, const char *path)
{
  if (routes[route].tail == NULL)
    return g_str_equal (path, routes[route].prefix);
  return g_str_has_prefix (path, routes[route].prefix) && g_str_has_suffix (path, routes[route].tail)
         && strlen (path) > strlen (routes[route].prefix) + strlen (routes[route].tail);
}

/* What all routes agree on: counts are whole numbers from 0, times are RFC 3339. Over a route's limit is the limit. */
static gboolean
check_query (Request *request)
{
  static const char *const counts[] = { "limit", "max", "after" };
  static const char *const times[] = { "from", "to" };
  guint64 count;
  gint64 time_us;

  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      const char *text = query_get (request, counts[i]);

      if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, &count, NULL))
        {
          refuse (request, BF_ERROR_VALUE, _ ("%s=%.80s: expected a whole number"), counts[i], text);
          return FALSE;
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      const char *text = query_get (request, times[i]);

      if (text != NULL && !bf_time_parse_rfc3339 (text, strlen (text), NULL, &time_us))
        {
          refuse (request, BF_ERROR_VALUE, _ ("%s=%.80s: expected a time such as 2026-05-04T03:12:00Z"), times[i], text);
          return FALSE;
        }
    }
  return TRUE;
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
  gboolean known = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (routes); i++)
    {
      Request *request;

      if (!matches (i, path))
        continue;
      known = TRUE;
      if (!g_str_equal (soup_server_message_get_method (message), routes[i].method))
        continue;
      request = g_new0 (Request, 1);
      request->engine = engine;
      request->message = g_object_ref (message);
      request->actor = g_strdup (actor);
      request->query = query != NULL ? g_hash_table_ref (query) : NULL;
      if (routes[i].tail != NULL)
        request->argument = g_strdup (path + strlen (routes[i].prefix));
      if (!check_query (request))
        return;
      routes[i].handler (request);
      return;
    }
  if (known)
    bf_reply_error (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "bad_request", _ ("%s is not for %s"), path,
                    soup_server_message_get_method (message));
  else
    bf_reply_error (message, SOUP_STATUS_NOT_FOUND, "not_found", _ ("nothing at %s; see src/api/README.md"), path);
}
