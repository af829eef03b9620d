/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * bf-demo-server: publishes what the services of the demo city measure, on 127.0.0.1 over HTTP and MQTT, pushes the bays to the engine,
 * and breaks on demand. One thread, GLib's main loop.
 *
 *   GET  /api/explore/v2.1/catalog/datasets/parkings-clairbourg/exports/json      a bare array
 *   GET  …/exports/geojson   …/records?limit=&offset=
 *   GET  /api/records/1.0/search/?dataset=parkings-clairbourg&rows=&start=
 *   GET  /demo/state         model time, fault, car parks
 *   POST /demo/fault         kind=none|cut|error|stale|garbage|slow, or kind=sensor|close|open with key=
 *   POST /demo/incident      kind=cabinet-trip|main-burst|… [id=] [seconds=]; kind=end [of=] [id=]; kind=outage|back service=
 *   POST /demo/scenario      name= [hurry=]: its incidents begin from now on
 *   GET  /ngsi-ld/v1/entities/…   /export/eau.csv   /datex2/….xml   /gbfs/gbfs.json   /vigilance/cap.xml   (bf-demo-forms.c)
 *   GET  /FROST-Server/v1.1/Things   /open311/v2/requests.json                                              (bf-demo-thin-forms.c)
 *   POST /demo/advance       seconds= of model time, at once (for tests and for the impatient)
 *
 * Content changes at most once in --refresh seconds, so ETag and Last-Modified mean what they say. Model time may be
 * any hour and any speed; what is published as date_maj is the real time of the refresh.
 */
#define PAST_DAYS_MAX 60
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-city.h"
#include "bf-demo-mqtt.h"
#include "bf-demo-parking.h"
#include "bf-demo-push.h"
#include "bf-demo-scenario.h"

#include <libsoup/soup.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define V21 "/api/explore/v2.1/catalog/datasets/" BF_DEMO_ODS_DATASET
#define FORM_MAX_BYTES 4096
#define FILLING_LEAD_S 25 /* real seconds before the market's car park goes over 95 % */

typedef enum
{
  FAULT_NONE,
  FAULT_CUT,
  FAULT_ERROR,
  FAULT_STALE,
  FAULT_GARBAGE,
  FAULT_SLOW,
} Fault;

static const char *const fault_names[] = { "none", "cut", "error", "stale", "garbage", "slow" };

typedef struct
{
  BfDemoParking *parking;
  GTimeZone *zone;
  gint64 start_model_s;
  gint64 start_monotonic_us;
  gint64 advanced_s;
  double speed;
  double refresh_s;
  gint64 refreshed_monotonic_us; /* -1 = never */
  gint64 refreshed_us;           /* real time */
  Fault fault;
  int slow_s;
  BfDemoScenario *scenario;
  const char *scenario_name;
  const char *folder; /* of the city */
  BfDemoCity *city;
  BfDemoMqtt *mqtt; /* NULL: no broker here */
  char *base;       /* address of this server */
} Demo;

/* What the town publishes besides its car parks. */
typedef GString *(*Body) (const BfDemoCity *city, gint64 now_us);
static const struct
{
  const char *path;
  const char *service;
  const char *type;
  Body body;
} documents[] = {
  { "/ngsi-ld/v1/entities/Streetlight", "lighting", "application/ld+json", bf_demo_ngsi_lamps },
  { "/ngsi-ld/v1/entities/StreetlightControlCabinet", "lighting", "application/ld+json", bf_demo_ngsi_cabinets },
  { "/export/eau.csv", "water", "text/csv; charset=utf-8", bf_demo_csv_water },
  { "/datex2/sites.xml", "traffic", "application/xml", bf_demo_datex_sites },
  { "/datex2/mesures.xml", "traffic", "application/xml", bf_demo_datex_measures },
  { "/datex2/evenements.xml", "traffic", "application/xml", bf_demo_datex_situations },
  { "/vigilance/cap.xml", "weather", "application/cap+xml", bf_demo_cap },
  { "/FROST-Server/v1.1/Things", "air", "application/json", bf_demo_sensorthings },
  { "/open311/v2/requests.json", "reports", "application/json", bf_demo_open311 },
};

/* ── time ────────────────────────────────────────────────────────────────────────────────────────────────────── */

static gint64
model_now_s (const Demo *demo)
{
  double real_s = (double) (g_get_monotonic_time () - demo->start_monotonic_us) / G_USEC_PER_SEC;

  return demo->start_model_s + demo->advanced_s + (gint64) (real_s * demo->speed);
}

static void
refresh (Demo *demo)
{
  gint64 now_us = g_get_monotonic_time ();

  bf_demo_parking_run_to (demo->parking, model_now_s (demo));
  if (demo->fault == FAULT_STALE
      || (demo->refreshed_monotonic_us >= 0
          && (double) (now_us - demo->refreshed_monotonic_us) < demo->refresh_s * G_USEC_PER_SEC))
    return;
  demo->refreshed_monotonic_us = now_us;
  demo->refreshed_us = g_get_real_time ();
  for (guint i = 0; i < demo->parking->car_parks->len; i++)
    {
      BfDemoCarPark *park = g_ptr_array_index (demo->parking->car_parks, i);

      if ((park->frozen || bf_demo_city_since (demo->city, BF_DEMO_SENSOR_FROZEN, (int) i, demo->refreshed_us) > 0)
          && park->published_at_us > 0)
        continue;
      park->published = park->cars;
      park->published_at_us = demo->refreshed_us;
    }
}

static void
refresh_at_once (Demo *demo)
{
  demo->refreshed_monotonic_us = -1;
  refresh (demo);
}

/* ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────── */

static void
answer_text (SoupServerMessage *message, guint status, const char *type, char *text)
{
  soup_server_message_set_status (message, status, NULL);
  soup_server_message_set_response (message, type, SOUP_MEMORY_TAKE, text, strlen (text));
}

static GBytes *
gzip (GString *body)
{
  g_autoptr (GZlibCompressor) compressor = g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, 6);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream = g_converter_output_stream_new (memory, G_CONVERTER (compressor));

  if (!g_output_stream_write_all (stream, body->str, body->len, NULL, NULL, NULL) || !g_output_stream_close (stream, NULL, NULL))
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

static gboolean
etag_matches (SoupMessageHeaders *headers, const char *etag)
{
  const char *given = soup_message_headers_get_list (headers, "If-None-Match");
  g_auto (GStrv) tags = given != NULL ? g_strsplit (given, ",", 64) : NULL;

  for (guint i = 0; tags != NULL && tags[i] != NULL; i++)
    {
      const char *tag = g_strstrip (tags[i]);

      if (g_str_equal (tag, "*") || g_str_equal (g_str_has_prefix (tag, "W/") ? tag + 2 : tag, etag))
        return TRUE;
    }
  return FALSE;
}

static gboolean
not_modified (const Demo *demo, SoupMessageHeaders *headers, const char *etag)
{
  const char *since = soup_message_headers_get_one (headers, "If-Modified-Since");
  g_autoptr (GDateTime) date = since != NULL ? soup_date_time_new_from_http_string (since) : NULL;

  if (soup_message_headers_get_list (headers, "If-None-Match") != NULL)
    return etag_matches (headers, etag);
  return date != NULL && g_date_time_to_unix (date) >= demo->refreshed_us / G_USEC_PER_SEC;
}

/* Takes @body. */
static void
answer_body (Demo *demo, SoupServerMessage *message, GString *body, const char *type)
{
  SoupMessageHeaders *asked = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *answer = soup_server_message_get_response_headers (message);
  const char *accepted = soup_message_headers_get_list (asked, "Accept-Encoding");
  gboolean zipped = accepted != NULL && soup_header_contains (accepted, "gzip");
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, body->str, (gssize) body->len);
  g_autofree char *etag = g_strdup_printf ("\"%.32s%s\"", sum, zipped ? "-gzip" : "");
  g_autoptr (GDateTime) modified = g_date_time_new_from_unix_utc (demo->refreshed_us / G_USEC_PER_SEC);
  g_autofree char *modified_text = soup_date_time_to_string (modified, SOUP_DATE_HTTP);
  g_autoptr (GBytes) bytes = NULL;

  soup_message_headers_replace (answer, "ETag", etag);
  soup_message_headers_replace (answer, "Last-Modified", modified_text);
  soup_message_headers_replace (answer, "Vary", "Accept-Encoding");
  soup_message_headers_replace (answer, "Cache-Control", "no-cache");
  if (demo->fault != FAULT_GARBAGE && not_modified (demo, asked, etag))
    {
      soup_server_message_set_status (message, SOUP_STATUS_NOT_MODIFIED, NULL);
      g_string_free (body, TRUE);
      return;
    }
  if (demo->fault == FAULT_GARBAGE)
    {
      g_string_truncate (body, body->len * 3 / 5);
      soup_message_headers_remove (answer, "ETag");
      soup_message_headers_remove (answer, "Last-Modified");
    }
  bytes = zipped ? gzip (body) : g_bytes_new (body->str, body->len);
  g_string_free (body, TRUE);
  if (bytes == NULL)
    {
      answer_text (message, SOUP_STATUS_INTERNAL_SERVER_ERROR, "text/plain", g_strdup ("cannot compress\n"));
      return;
    }
  if (zipped)
    soup_message_headers_replace (answer, "Content-Encoding", "gzip");
  soup_message_headers_replace (answer, "Content-Type", type);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_message_body_append_bytes (soup_server_message_get_response_body (message), bytes);
}

static void
answer_content (Demo *demo, SoupServerMessage *message, BfDemoOdsForm form, guint offset, guint limit)
{
  answer_body (demo, message, bf_demo_opendatasoft (demo->parking, demo->zone, form, offset, limit), form == BF_DEMO_ODS_GEOJSON ? "application/geo+json" : "application/json");
}

static guint
query_number (GHashTable *query, const char *name, guint fallback, guint most)
{
  const char *text = query != NULL ? g_hash_table_lookup (query, name) : NULL;
  guint64 value;

  return text != NULL && g_ascii_string_to_unsigned (text, 10, 0, most, &value, NULL) ? (guint) value : fallback;
}

static gboolean
resume_cb (gpointer data)
{
  soup_server_message_unpause (data);
  return G_SOURCE_REMOVE;
}

/* Whether a fault has already dealt with the message. */
static gboolean
apply_fault (Demo *demo, SoupServerMessage *message)
{
  if (demo->fault == FAULT_CUT)
    {
      g_autoptr (GIOStream) stream = soup_server_message_steal_connection (message);

      g_io_stream_close (stream, NULL, NULL);
      return TRUE;
    }
  if (demo->fault == FAULT_ERROR)
    {
      answer_text (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "text/plain", g_strdup ("out of service\n"));
      return TRUE;
    }
  if (demo->fault == FAULT_SLOW)
    {
      soup_server_message_pause (message);
      g_timeout_add_seconds_full (G_PRIORITY_DEFAULT, (guint) demo->slow_s, resume_cb, g_object_ref (message), g_object_unref);
    }
  return FALSE;
}

static void
content_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Demo *demo = data;
  const char *method = soup_server_message_get_method (message);

  if (!g_str_equal (method, "GET") && !g_str_equal (method, "HEAD"))
    {
      answer_text (message, SOUP_STATUS_METHOD_NOT_ALLOWED, "text/plain", g_strdup ("GET only\n"));
      return;
    }
  refresh (demo);
  if (bf_demo_city_is_silent (demo->city, "parking", g_get_real_time ()))
    {
      answer_text (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "text/plain", g_strdup ("out of service\n"));
      return;
    }
  if (apply_fault (demo, message))
    return;
  if (g_str_equal (path, V21 "/exports/json"))
    answer_content (demo, message, BF_DEMO_ODS_EXPORT, 0, G_MAXUINT / 2);
  else if (g_str_equal (path, V21 "/exports/geojson"))
    answer_content (demo, message, BF_DEMO_ODS_GEOJSON, 0, G_MAXUINT / 2);
  else if (g_str_equal (path, V21 "/records"))
    answer_content (demo, message, BF_DEMO_ODS_RECORDS, query_number (query, "offset", 0, 10000), query_number (query, "limit", 10, 100));
  else if ((g_str_equal (path, "/api/records/1.0/search") || g_str_equal (path, "/api/records/1.0/search/")) && query != NULL
           && g_strcmp0 (g_hash_table_lookup (query, "dataset"), BF_DEMO_ODS_DATASET) == 0)
    answer_content (demo, message, BF_DEMO_ODS_SEARCH, query_number (query, "start", 0, 10000), query_number (query, "rows", 10, 1000));
  else
    answer_text (message, SOUP_STATUS_NOT_FOUND, "application/json",
                 g_strdup ("{\"error_code\":\"NotFound\",\"message\":\"Unknown dataset or form\"}\n"));
}

static void
document_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Demo *demo = data;
  gint64 now_us = g_get_real_time ();
  const char *service = g_str_has_prefix (path, "/gbfs/") ? "mobility" : NULL, *type = "application/json";
  GString *body = NULL;

  demo->refreshed_us = now_us;
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    if (g_str_equal (path, documents[i].path))
      {
        service = documents[i].service;
        type = documents[i].type;
        body = documents[i].body (demo->city, now_us);
      }
  if (service != NULL && body == NULL && g_str_has_suffix (path, ".json"))
    {
      g_autofree char *what = g_strndup (path + strlen ("/gbfs/"), strlen (path) - strlen ("/gbfs/") - strlen (".json"));
      g_autofree char *base = g_strconcat (demo->base, "/gbfs", NULL);

      body = bf_demo_gbfs (demo->city, what, base, now_us);
    }
  if (body == NULL)
    answer_text (message, SOUP_STATUS_NOT_FOUND, "text/plain", g_strdup ("no such document\n"));
  else if (bf_demo_city_is_silent (demo->city, service, now_us))
    {
      g_string_free (body, TRUE);
      answer_text (message, SOUP_STATUS_SERVICE_UNAVAILABLE, "text/plain", g_strdup ("out of service\n"));
    }
  else
    answer_body (demo, message, body, type);
}

static void
answer_incidents (Demo *demo, SoupServerMessage *message)
{
  gint64 now_us = g_get_real_time ();
  GString *out = g_string_new ("{\"incidents\":[");

  for (guint i = 0; i < demo->city->incidents->len; i++)
    {
      const BfDemoIncident *incident = &g_array_index (demo->city->incidents, BfDemoIncident, i);

      const char *id = bf_demo_incident_id (demo->city, incident);

      g_string_append_printf (out, "%s\n{\"kind\":\"%s\",\"id\":\"%s\",\"begins_in_s\":%.1f,\"on\":%s}", i > 0 ? "," : "",
                              bf_demo_incident_names[incident->kind], id != NULL ? id : "",
                              (double) (incident->from_us - now_us) / G_USEC_PER_SEC,
                              incident->from_us <= now_us && now_us < incident->until_us ? "true" : "false");
    }
  g_string_append (out, "],\"silent\":[");
  for (guint i = 0, n = 0; i < BF_DEMO_SERVICES; i++)
    if (bf_demo_city_is_silent (demo->city, bf_demo_services[i], now_us))
      g_string_append_printf (out, "%s\"%s\"", n++ > 0 ? "," : "", bf_demo_services[i]);
  g_string_append (out, "]}\n");
  answer_text (message, SOUP_STATUS_OK, "application/json", g_string_free (out, FALSE));
}

/* kind= of an incident with id= and seconds=; kind=end ends them; kind=outage or back with service=. */
static gboolean
set_incident (Demo *demo, GHashTable *form, GError **error)
{
  const char *kind = g_hash_table_lookup (form, "kind"), *id = g_hash_table_lookup (form, "id");
  const char *service = g_hash_table_lookup (form, "service");
  gint64 now_us = g_get_real_time ();

  if (g_strcmp0 (kind, "end") == 0)
    bf_demo_city_end (demo->city, g_hash_table_lookup (form, "of"), id, now_us);
  else if (g_strcmp0 (kind, "back") == 0 && bf_demo_service_index (service) >= 0)
    bf_demo_city_end (demo->city, bf_demo_incident_names[BF_DEMO_OUTAGE], service, now_us);
  else
    return bf_demo_city_begin (demo->city, kind != NULL ? kind : "", id != NULL ? id : service, now_us, query_number (form, "seconds", 0, 86400),
                               error);
  return TRUE;
}

/* name= of a scenario, hurry= how many times sooner its incidents begin. */
static gboolean
set_scenario (Demo *demo, GHashTable *form, GError **error)
{
  const char *name = g_hash_table_lookup (form, "name");
  g_autoptr (BfDemoScenario) scenario = bf_demo_scenario_find (demo->folder, name != NULL ? name : "", error);

  return scenario != NULL
         && bf_demo_scenario_begin (scenario, demo->city, g_get_real_time (), MAX (1, query_number (form, "hurry", 1, 1000)), error);
}

static void
answer_state (Demo *demo, SoupServerMessage *message)
{
  static const char *const days[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };
  gint64 now_s = demo->parking->now_s;
  GString *out = g_string_new (NULL);

  g_string_append_printf (out,
                          "{\"scenario\":\"%s\",\"fault\":\"%s\",\"speed\":%.3f,\"model\":{\"day\":\"%s\",\"time\":\"%02d:%02d:%02d\"},"
                          "\"car_parks\":[",
                          demo->scenario_name, fault_names[demo->fault], demo->speed, days[now_s / 86400 % 7],
                          (int) (now_s % 86400 / 3600), (int) (now_s % 3600 / 60), (int) (now_s % 60));
  for (guint i = 0; i < demo->parking->car_parks->len; i++)
    {
      const BfDemoCarPark *park = g_ptr_array_index (demo->parking->car_parks, i);

      g_string_append (out, i > 0 ? ",\n{\"key\":" : "\n{\"key\":");
      bf_demo_put_text (out, park->key);
      g_string_append (out, ",\"name\":");
      bf_demo_put_text (out, park->name);
      g_string_append_printf (out,
                              ",\"cars\":%d,\"published\":%d,\"capacity\":%d,\"occupancy_percent\":%.1f,\"turned_away\":%d,"
                              "\"closed\":%s,\"sensor_frozen\":%s}",
                              park->cars, park->published, park->capacity, 100.0 * park->cars / park->capacity,
                              park->turned_away, park->closed ? "true" : "false", park->frozen ? "true" : "false");
    }
  g_string_append (out, "\n]}\n");
  answer_text (message, SOUP_STATUS_OK, "application/json", g_string_free (out, FALSE));
}

/* A form body, or flat JSON of texts and numbers: {"kind":"cut"}. NULL when it is neither. */
static GHashTable *
read_form (SoupServerMessage *message)
{
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autoptr (GBytes) bytes = soup_message_body_flatten (body);
  gsize length;
  const char *start = g_bytes_get_data (bytes, &length);
  g_autofree char *text = g_strndup (start != NULL ? start : "", length);

  g_strstrip (text);
  if (length > FORM_MAX_BYTES || !g_utf8_validate (text, -1, NULL))
    return NULL;
  if (text[0] == '{')
    {
      GHashTable *form = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
      g_autoptr (GRegex) pair = g_regex_new ("\"([a-z_]+)\"\\s*:\\s*(?:\"([^\"\\\\]*)\"|(\\d+))", 0, 0, NULL);
      g_autoptr (GMatchInfo) match = NULL;

      for (g_regex_match (pair, text, 0, &match); g_match_info_matches (match); g_match_info_next (match, NULL))
        {
          g_autofree char *number = g_match_info_fetch (match, 3);

          g_hash_table_replace (form, g_match_info_fetch (match, 1),
                                number != NULL && *number != '\0' ? g_strdup (number) : g_match_info_fetch (match, 2));
        }
      return form;
    }
  return soup_form_decode (text);
}

static gboolean
set_fault (Demo *demo, GHashTable *form)
{
  const char *kind = g_hash_table_lookup (form, "kind"), *key = g_hash_table_lookup (form, "key");
  BfDemoCarPark *park = key != NULL ? bf_demo_parking_find (demo->parking, key) : NULL;

  if (kind == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (fault_names); i++)
    if (g_str_equal (kind, fault_names[i]))
      {
        demo->fault = (Fault) i;
        demo->slow_s = (int) query_number (form, "seconds", 20, 600);
        return TRUE;
      }
  if (park == NULL)
    return FALSE;
  if (g_str_equal (kind, "sensor"))
    park->frozen = TRUE;
  else if (g_str_equal (kind, "close"))
    park->closed = TRUE;
  else if (g_str_equal (kind, "open"))
    park->closed = park->frozen = FALSE;
  else
    return FALSE;
  return TRUE;
}

static void
switch_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  Demo *demo = data;
  gboolean post = g_str_equal (soup_server_message_get_method (message), "POST");
  g_autoptr (GHashTable) form = NULL;

  refresh (demo);
  if (!post && g_str_equal (path, "/demo/state"))
    {
      answer_state (demo, message);
      return;
    }
  /* A page in a browser of this machine must not be able to press the switches. */
  if (soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Origin") != NULL)
    {
      answer_text (message, SOUP_STATUS_FORBIDDEN, "text/plain", g_strdup ("not from a browser\n"));
      return;
    }
  form = post ? read_form (message) : NULL;
  if (g_str_equal (path, "/demo/incident") || g_str_equal (path, "/demo/scenario"))
    {
      g_autoptr (GError) error = NULL;

      if (form == NULL || (g_str_has_suffix (path, "scenario") ? set_scenario : set_incident) (demo, form, &error))
        answer_incidents (demo, message);
      else
        answer_text (message, SOUP_STATUS_BAD_REQUEST, "text/plain", g_strdup_printf ("%s\n", error->message));
      return;
    }
  if (form != NULL && g_str_equal (path, "/demo/fault") && set_fault (demo, form))
    {
      refresh_at_once (demo);
      answer_state (demo, message);
    }
  else if (form != NULL && g_str_equal (path, "/demo/advance") && query_number (form, "seconds", 0, BF_DEMO_WEEK_S) > 0)
    {
      demo->advanced_s += query_number (form, "seconds", 0, BF_DEMO_WEEK_S);
      refresh_at_once (demo);
      answer_state (demo, message);
    }
  else
    answer_text (message, SOUP_STATUS_BAD_REQUEST, "text/plain",
                 g_strdup ("expected POST /demo/fault kind=none|cut|error|stale|garbage|slow, or kind=sensor|close|open and a "
                           "known key=; or POST /demo/advance seconds=1..604800\n"));
}

/* Before the body is read: a body that says it is too long, or does not say how long, is refused. */
static void
early_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);

  if (soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CHUNKED
      || soup_message_headers_get_content_length (headers) > FORM_MAX_BYTES)
    answer_text (message, SOUP_STATUS_REQUEST_ENTITY_TOO_LARGE, "text/plain", g_strdup ("at most 4096 bytes\n"));
}

static void
nothing_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer data)
{
  answer_text (message, SOUP_STATUS_NOT_FOUND, "text/plain",
               g_strdup ("Clairbourg, a town for demonstration: see " V21 "/exports/json and /demo/state\n"));
}

/* ── start ───────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Where in the model's week to begin: now as on the wall clock, or shortly before the Saturday market fills the Halles. */
static gboolean
set_the_scene (Demo *demo, const char *path, guint64 seed, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now (demo->zone);

  demo->start_model_s = (g_date_time_get_day_of_week (now) - 1) * 86400 + g_date_time_get_hour (now) * 3600
                        + g_date_time_get_minute (now) * 60 + BF_DEMO_WEEK_S;
  if (demo->scenario->market)
    {
      gint64 filling_s = bf_demo_parking_find_filling (path, seed, "CLB-03", 5 * 86400 + 7 * 3600);

      if (filling_s < 0)
        {
          g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: car park CLB-03 does not fill on Saturday with seed %" G_GUINT64_FORMAT,
                       path, seed);
          return FALSE;
        }
      demo->start_model_s = filling_s - (gint64) (FILLING_LEAD_S * demo->speed);
    }
  bf_demo_parking_run_to (demo->parking, demo->start_model_s);
  demo->start_monotonic_us = g_get_monotonic_time ();
  return bf_demo_scenario_begin (demo->scenario, demo->city, g_get_real_time (), 1, error);
}

static gboolean
stop_cb (gpointer data)
{
  g_main_loop_quit (data);
  return G_SOURCE_CONTINUE;
}

static gboolean
serve (Demo *demo, guint port, const char *push_to, GError **error)
{
  g_autoptr (SoupServer) server = soup_server_new ("server-header", "bf-demo-server", NULL);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, (guint16) port);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GError) no_broker = NULL;
  g_autofree char *token = bf_demo_push_token (demo->folder, error);
  BfDemoPush *push;
  GSList *uris;

  if (token == NULL)
    return FALSE;

  /* libsoup asks only the nearest path's early handler. */
  soup_server_add_early_handler (server, NULL, early_cb, NULL, NULL);
  soup_server_add_early_handler (server, "/api", early_cb, NULL, NULL);
  soup_server_add_early_handler (server, "/demo", early_cb, NULL, NULL);
  soup_server_add_handler (server, NULL, nothing_cb, NULL, NULL);
  soup_server_add_handler (server, "/api", content_cb, demo, NULL);
  soup_server_add_handler (server, "/demo", switch_cb, demo, NULL);
  soup_server_add_handler (server, "/gbfs", document_cb, demo, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++)
    soup_server_add_handler (server, documents[i].path, document_cb, demo, NULL);
  if (!soup_server_listen (server, address, 0, error))
    return FALSE;
  uris = soup_server_get_uris (server);
  demo->base = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  demo->mqtt = bf_demo_mqtt_start (demo->city, &no_broker);
  if (demo->mqtt == NULL)
    g_printerr ("bf-demo-server: %s\n", no_broker->message);
  g_print ("listening on %s\nmqtt on %s\n", demo->base, demo->mqtt != NULL ? bf_demo_mqtt_url (demo->mqtt) : "mqtt://127.0.0.1:9");
  fflush (stdout);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  g_unix_signal_add (SIGTERM, stop_cb, loop);
  g_unix_signal_add (SIGINT, stop_cb, loop);
  push = push_to != NULL ? bf_demo_push_start (demo->city, push_to, token) : NULL;
  g_main_loop_run (loop);
  bf_demo_push_stop (push);
  soup_server_disconnect (server);
  bf_demo_mqtt_stop (demo->mqtt);
  return TRUE;
}

static void
die_with_parent (void)
{
  pid_t parent = getppid ();

  prctl (PR_SET_PDEATHSIG, SIGTERM);
  if (getppid () != parent)
    _exit (EXIT_FAILURE);
}

typedef struct
{
  char *city, *scenario, *push_to;
  int port;
  gint64 seed;
  double speed, refresh_s;
  int past_days;
  gboolean with_parent;
} Options;

static gboolean
read_options (Options *options, int *argc, char ***argv, GError **error)
{
  const GOptionEntry entries[] = {
    { "city", 0, 0, G_OPTION_ARG_FILENAME, &options->city, "Folder of the demo city", "DIR" },
    { "port", 0, 0, G_OPTION_ARG_INT, &options->port, "Port on 127.0.0.1 (0: any that is free)", "PORT" },
    { "push-to", 0, 0, G_OPTION_ARG_STRING, &options->push_to, "Where the engine listens: unix:PATH, in which * stands for anything, or http://…",
      "ADDRESS" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &options->seed, "The same seed gives the same week (1)", "N" },
    { "speed", 0, 0, G_OPTION_ARG_DOUBLE, &options->speed, "Model seconds a second (the scenario's; 0: stand still)", "N" },
    { "scenario", 0, 0, G_OPTION_ARG_STRING, &options->scenario, "One of demo/scenarios, or the path of a file (day)", "NAME" },
    { "refresh", 0, 0, G_OPTION_ARG_DOUBLE, &options->refresh_s, "Content changes at most every S seconds (2)", "S" },
    { "past", 0, 0, G_OPTION_ARG_INT, &options->past_days, "Print what was measured in the last N days, for beffroictl learn, and end", "N" },
    { "with-parent", 0, 0, G_OPTION_ARG_NONE, &options->with_parent, "Stop when the parent process does", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- the services of the demo city");

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, error))
    return FALSE;
  if (*argc == 1 && options->city != NULL && options->port >= 0 && options->port <= 65535 && options->speed <= 86400 && options->refresh_s >= 0
      && options->past_days >= 0 && options->past_days <= PAST_DAYS_MAX)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "expected --city DIR, a port 0..65535, a speed up to 86400, at most %d days", PAST_DAYS_MAX);
  return FALSE;
}

/* With the incidents of the scenario that began before its start. */
static gboolean
print_past (const Demo *demo, int days, GError **error)
{
  gint64 now_us = g_get_real_time ();
  GString *past;

  if (!bf_demo_scenario_begin (demo->scenario, demo->city, now_us, 1, error))
    return FALSE;
  past = bf_demo_past (demo->city, now_us - days * G_TIME_SPAN_DAY, now_us);
  fwrite (past->str, 1, past->len, stdout);
  g_string_free (past, TRUE);
  return fflush (stdout) == 0;
}

static gboolean
start (Demo *demo, const Options *options, GError **error)
{
  g_autofree char *path = g_build_filename (options->city, "demo", "parkings.csv", NULL);
  g_autoptr (BfDemoParking) parking = bf_demo_parking_load (path, (guint64) options->seed, error);
  g_autoptr (BfDemoCity) city = parking != NULL ? bf_demo_city_load (options->city, (guint64) options->seed, error) : NULL;
  g_autoptr (BfDemoScenario) scenario = NULL;

  demo->folder = options->city;
  demo->scenario_name = options->scenario != NULL ? options->scenario : "day";
  scenario = city != NULL ? bf_demo_scenario_find (options->city, demo->scenario_name, error) : NULL;
  if (scenario == NULL)
    return FALSE;
  demo->parking = parking;
  demo->city = city;
  demo->scenario = scenario;
  demo->speed = options->speed >= 0 ? options->speed : scenario->speed;
  demo->refresh_s = options->refresh_s;
  if (options->past_days > 0)
    return print_past (demo, options->past_days, error);
  return set_the_scene (demo, path, (guint64) options->seed, error) && serve (demo, (guint) options->port, options->push_to, error);
}

int
main (int argc, char **argv)
{
  Options options = { .seed = 1, .speed = -1, .refresh_s = 2 };
  g_autoptr (GError) error = NULL;
  Demo demo = { .refreshed_monotonic_us = -1 };
  int status = EXIT_SUCCESS;

  /* For messages; numbers are written for machines. */
  setlocale (LC_CTYPE, "");
  demo.zone = g_time_zone_new_identifier ("Europe/Paris");
  if (demo.zone == NULL)
    demo.zone = g_time_zone_new_local ();
  if (!read_options (&options, &argc, &argv, &error))
    status = 2;
  else
    {
      if (options.with_parent)
        die_with_parent ();
      status = start (&demo, &options, &error) ? EXIT_SUCCESS : EXIT_FAILURE;
    }
  if (error != NULL)
    g_printerr ("bf-demo-server: %s\n", error->message);
  g_time_zone_unref (demo.zone);
  g_free (demo.base);
  g_free (options.city);
  g_free (options.scenario);
  g_free (options.push_to);
  return status;
}
