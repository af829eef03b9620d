/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * The demo server as a client sees it: the four forms tell the same, ETag and Last-Modified are true, faults break what
 * they say, and the model's week follows from the seed. Model time stands still (--speed 0) and is moved by the test.
 */
#include <json-glib/json-glib.h>
#include <libsoup/soup.h>

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define V21 "/api/explore/v2.1/catalog/datasets/parkings-clairbourg"

typedef struct
{
  GSubprocess *process;
  char *url;
  SoupSession *session;
} Server;

typedef struct
{
  guint status;
  char *body;
  char *etag;
  char *modified;
  char *encoding;
  GError *error;
} Answer;

static char *
first_line (GSubprocess *process)
{
  g_autoptr (GDataInputStream) stream = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  g_autoptr (GError) error = NULL;
  char *line;

  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (stream), FALSE);
  line = g_data_input_stream_read_line (stream, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  return line;
}

static Server *
server_start (const char *seed, const char *speed)
{
  Server *server = g_new0 (Server, 1);
  const char *const argv[] = { g_getenv ("BF_DEMO_SERVER"), "--city",    g_getenv ("BF_DEMO_CITY"), "--seed", seed, "--speed", speed,
                               "--scenario",                "market", "--refresh",               "3600",   "--with-parent", NULL };
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  server->process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  line = first_line (server->process);
  g_assert_true (g_str_has_prefix (line, "listening on http://127.0.0.1:"));
  server->url = g_strdup (line + strlen ("listening on "));
  server->session = soup_session_new ();
  return server;
}

static void
server_stop (Server *server)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_send_signal (server->process, 15);
  g_subprocess_wait_check (server->process, NULL, &error);
  g_assert_no_error (error);
  g_object_unref (server->process);
  g_object_unref (server->session);
  g_free (server->url);
  g_free (server);
}

static void
answer_free (Answer *answer)
{
  g_free (answer->body);
  g_free (answer->etag);
  g_free (answer->modified);
  g_free (answer->encoding);
  g_clear_error (&answer->error);
  g_free (answer);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Answer, answer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Server, server_stop)

/* @header is "Name: value" or NULL; @form makes it a POST. */
static Answer *
ask (Server *server, const char *path, const char *header, const char *form)
{
  g_autofree char *url = g_strconcat (server->url, path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (form != NULL ? "POST" : "GET", url);
  Answer *answer = g_new0 (Answer, 1);
  g_autoptr (GBytes) bytes = NULL;
  SoupMessageHeaders *headers;

  if (header != NULL)
    {
      g_auto (GStrv) pair = g_strsplit (header, ": ", 2);

      soup_message_headers_replace (soup_message_get_request_headers (message), pair[0], pair[1]);
    }
  if (form != NULL)
    {
      g_autoptr (GBytes) body = g_bytes_new (form, strlen (form));

      soup_message_set_request_body_from_bytes (message, "application/x-www-form-urlencoded", body);
    }
  bytes = soup_session_send_and_read (server->session, message, NULL, &answer->error);
  answer->status = soup_message_get_status (message);
  headers = soup_message_get_response_headers (message);
  answer->etag = g_strdup (soup_message_headers_get_one (headers, "ETag"));
  answer->modified = g_strdup (soup_message_headers_get_one (headers, "Last-Modified"));
  answer->encoding = g_strdup (soup_message_headers_get_one (headers, "Content-Encoding"));
  if (bytes != NULL)
    answer->body = g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  return answer;
}

static JsonNode *
fetch (Server *server, const char *path)
{
  g_autoptr (Answer) answer = ask (server, path, NULL, NULL);
  g_autoptr (GError) error = NULL;
  JsonNode *node;

  g_assert_no_error (answer->error);
  g_assert_cmpuint (answer->status, ==, 200);
  node = json_from_string (answer->body, &error);
  g_assert_no_error (error);
  return node;
}

static void
post (Server *server, const char *path, const char *form)
{
  g_autoptr (Answer) answer = ask (server, path, NULL, form);

  g_assert_no_error (answer->error);
  g_assert_cmpuint (answer->status, ==, 200);
}

static JsonObject *
car_park (JsonArray *array, const char *key)
{
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *park = json_array_get_object_element (array, i);

      if (g_str_equal (json_object_get_string_member (park, "key"), key))
        return park;
    }
  g_assert_not_reached ();
}

static gint64
published_free (Server *server, const char *key)
{
  g_autoptr (JsonNode) node = fetch (server, V21 "/exports/json");

  return json_object_get_int_member (car_park (json_node_get_array (node), key), "libres");
}

static double
occupancy (Server *server, const char *key)
{
  g_autoptr (JsonNode) node = fetch (server, "/demo/state");

  return json_object_get_double_member (
    car_park (json_object_get_array_member (json_node_get_object (node), "car_parks"), key), "occupancy_percent");
}

static void
test_forms (void)
{
  g_autoptr (Server) server = server_start ("3", "0");
  g_autoptr (JsonNode) export_node = fetch (server, V21 "/exports/json");
  g_autoptr (JsonNode) records_node = fetch (server, V21 "/records?limit=100");
  g_autoptr (JsonNode) page_node = fetch (server, V21 "/records?limit=5&offset=12");
  g_autoptr (JsonNode) search_node = fetch (server, "/api/records/1.0/search/?dataset=parkings-clairbourg&rows=100");
  g_autoptr (JsonNode) geo_node = fetch (server, V21 "/exports/geojson");
  JsonArray *array = json_node_get_array (export_node);
  JsonArray *results = json_object_get_array_member (json_node_get_object (records_node), "results");
  JsonArray *page = json_object_get_array_member (json_node_get_object (page_node), "results");
  JsonArray *records = json_object_get_array_member (json_node_get_object (search_node), "records");
  JsonArray *features = json_object_get_array_member (json_node_get_object (geo_node), "features");

  g_assert_cmpuint (json_array_get_length (array), ==, 14);
  g_assert_cmpuint (json_array_get_length (results), ==, 14);
  g_assert_cmpuint (json_array_get_length (page), ==, 2);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (records_node), "total_count"), ==, 14);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (search_node), "nhits"), ==, 14);
  for (guint i = 0; i < 14; i++)
    {
      JsonObject *a = json_array_get_object_element (array, i), *b = json_array_get_object_element (results, i);
      JsonObject *record = json_array_get_object_element (records, i), *c = json_object_get_object_member (record, "fields");
      JsonObject *feature = json_array_get_object_element (features, i), *d = json_object_get_object_member (feature, "properties");
      JsonObject *others[] = { b, c, d };
      double lat = json_object_get_double_member (json_object_get_object_member (a, "geo"), "lat");
      JsonArray *point = json_object_get_array_member (json_object_get_object_member (feature, "geometry"), "coordinates");
      g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (json_object_get_string_member (a, "date_maj"), NULL);
      gint64 free_spaces = json_object_get_int_member (a, "libres"), total = json_object_get_int_member (a, "total");

      g_assert_nonnull (time);
      g_assert_cmpint (ABS (g_date_time_to_unix (time) - g_get_real_time () / G_USEC_PER_SEC), <, 60);
      g_assert_cmpint (free_spaces, >=, 0);
      g_assert_cmpint (free_spaces, <=, total);
      for (guint k = 0; k < G_N_ELEMENTS (others); k++)
        {
          g_assert_cmpstr (json_object_get_string_member (others[k], "nom"), ==, json_object_get_string_member (a, "nom"));
          g_assert_cmpint (json_object_get_int_member (others[k], "libres"), ==, free_spaces);
        }
      g_assert_cmpfloat (json_array_get_double_element (json_object_get_array_member (c, "geo"), 0), ==, lat);
      g_assert_cmpfloat (json_array_get_double_element (point, 1), ==, lat);
    }
}

static void
test_conditional (void)
{
  g_autoptr (Server) server = server_start ("3", "0");
  g_autoptr (Answer) first = NULL, same = NULL, since = NULL, plain = NULL, changed = NULL;
  g_autofree char *match = NULL, *modified_since = NULL;

  first = ask (server, V21 "/exports/json", NULL, NULL);
  g_assert_cmpstr (first->encoding, ==, "gzip");
  g_assert_true (g_str_has_prefix (first->body, "[{\"key\":\"CLB-01\""));
  match = g_strconcat ("If-None-Match: \"other\", ", first->etag, NULL);
  same = ask (server, V21 "/exports/json", match, NULL);
  g_assert_cmpuint (same->status, ==, 304);
  g_assert_true (same->body == NULL || *same->body == '\0');
  modified_since = g_strconcat ("If-Modified-Since: ", first->modified, NULL);
  since = ask (server, V21 "/exports/json", modified_since, NULL);
  g_assert_cmpuint (since->status, ==, 304);
  plain = ask (server, V21 "/exports/json", "Accept-Encoding: identity", NULL);
  g_assert_null (plain->encoding);
  g_assert_cmpstr (plain->body, ==, first->body);
  g_assert_cmpstr (plain->etag, !=, first->etag);
  post (server, "/demo/advance", "seconds=3600");
  changed = ask (server, V21 "/exports/json", match, NULL);
  g_assert_cmpuint (changed->status, ==, 200);
  g_assert_cmpstr (changed->etag, !=, first->etag);
  g_assert_cmpstr (changed->body, !=, first->body);
}

static char *
published_counts (Server *server)
{
  g_autoptr (JsonNode) node = fetch (server, V21 "/exports/json");
  GString *counts = g_string_new (NULL);

  for (guint i = 0; i < json_array_get_length (json_node_get_array (node)); i++)
    g_string_append_printf (
      counts, "%d ", (int) json_object_get_int_member (json_array_get_object_element (json_node_get_array (node), i), "libres"));
  return g_string_free (counts, FALSE);
}

/* The seed decides, and not how often somebody asked on the way. */
static void
test_seed (void)
{
  g_autoptr (Server) one = server_start ("5", "0"), two = server_start ("5", "0"), other = server_start ("6", "0");
  g_autofree char *a = NULL, *b = NULL, *c = NULL;

  post (one, "/demo/advance", "seconds=36000");
  for (int i = 0; i < 10; i++)
    post (two, "/demo/advance", "seconds=3600");
  post (other, "/demo/advance", "seconds=36000");
  a = published_counts (one);
  b = published_counts (two);
  c = published_counts (other);
  g_assert_cmpstr (a, ==, b);
  g_assert_cmpstr (a, !=, c);
}

/* Some seconds before the market fills the Halles at first; within 50 s at the default speed of 20 it has. */
static void
test_market (void)
{
  for (int seed = 1; seed <= 3; seed++)
    {
      g_autofree char *text = g_strdup_printf ("%d", seed);
      g_autoptr (Server) server = server_start (text, "20");
      int advanced_s = 0;

      g_assert_cmpfloat (occupancy (server, "CLB-03"), <=, 95.0);
      while (occupancy (server, "CLB-03") <= 95.0 && advanced_s < 50 * 20)
        {
          post (server, "/demo/advance", "seconds=30");
          advanced_s += 30;
        }
      g_test_message ("seed %d: over 95 %% after %d model seconds", seed, advanced_s);
      g_assert_cmpfloat (occupancy (server, "CLB-03"), >, 95.0);
      post (server, "/demo/advance", "seconds=1800");
      g_assert_cmpfloat (occupancy (server, "CLB-03"), >, 95.0);
    }
}

/* A week of the model: the station is for commuters, the hospital never empty, nothing over its capacity. */
static void
test_week (void)
{
  g_autoptr (Server) server = server_start ("2", "0"); /* Saturday, about nine */
  double saturday_noon, monday_noon;

  post (server, "/demo/advance", "seconds=10800");
  saturday_noon = occupancy (server, "CLB-01");
  post (server, "/demo/advance", "seconds=172800");
  monday_noon = occupancy (server, "CLB-01");
  g_test_message ("station: Saturday %.1f %%, Monday %.1f %%", saturday_noon, monday_noon);
  g_assert_cmpfloat (monday_noon, >, 70);
  g_assert_cmpfloat (saturday_noon, <, 40);
  for (int hour = 0; hour < 24; hour++)
    {
      g_autoptr (JsonNode) node = fetch (server, "/demo/state");
      JsonArray *parks = json_object_get_array_member (json_node_get_object (node), "car_parks");

      for (guint i = 0; i < json_array_get_length (parks); i++)
        {
          JsonObject *park = json_array_get_object_element (parks, i);

          g_assert_cmpint (json_object_get_int_member (park, "cars"), <=, json_object_get_int_member (park, "capacity"));
        }
      g_assert_cmpfloat (occupancy (server, "CLB-06"), >, 4);
      post (server, "/demo/advance", "seconds=3600");
    }
}

static void
test_faults (void)
{
  g_autoptr (Server) server = server_start ("3", "0");
  g_autoptr (Answer) cut = NULL, error = NULL, garbage = NULL, stale = NULL, later = NULL, well = NULL;
  g_autoptr (JsonNode) node = NULL;

  post (server, "/demo/fault", "kind=cut");
  cut = ask (server, V21 "/exports/json", NULL, NULL);
  g_assert_nonnull (cut->error);
  post (server, "/demo/fault", "{\"kind\": \"error\"}");
  error = ask (server, V21 "/exports/json", NULL, NULL);
  g_assert_cmpuint (error->status, ==, 503);
  post (server, "/demo/fault", "kind=garbage");
  garbage = ask (server, V21 "/exports/json", NULL, NULL);
  g_assert_cmpuint (garbage->status, ==, 200);
  g_assert_null (garbage->etag);
  node = json_from_string (garbage->body, NULL);
  g_assert_null (node);
  post (server, "/demo/fault", "kind=stale");
  stale = ask (server, V21 "/exports/json", NULL, NULL);
  post (server, "/demo/advance", "seconds=7200");
  later = ask (server, V21 "/exports/json", NULL, NULL);
  g_assert_cmpstr (later->body, ==, stale->body);
  g_assert_cmpstr (later->etag, ==, stale->etag);
  post (server, "/demo/fault", "kind=none");
  well = ask (server, V21 "/exports/json", NULL, NULL);
  g_assert_cmpuint (well->status, ==, 200);
  g_assert_cmpstr (well->body, !=, stale->body);
}

static void
cancelled_cb (GObject *object, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = soup_session_send_and_read_finish (SOUP_SESSION (object), result, &error);

  g_assert_null (bytes);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *) data = TRUE;
}

/* A slow answer does not hold up another one; that its client goes away does no harm. */
static void
test_slow (void)
{
  g_autoptr (Server) server = server_start ("3", "0");
  g_autofree char *url = g_strconcat (server->url, V21 "/exports/json", NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", url);
  g_autoptr (SoupSession) patient = soup_session_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean done = FALSE;

  post (server, "/demo/fault", "kind=slow&seconds=600");
  soup_session_send_and_read_async (patient, message, 0, cancellable, cancelled_cb, &done);
  for (int i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpfloat (occupancy (server, "CLB-01"), >=, 0);
  g_assert_false (done);
  g_cancellable_cancel (cancellable);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  post (server, "/demo/fault", "kind=none");
  g_assert_cmpint (published_free (server, "CLB-01"), >=, 0);
}

static void
test_one_car_park (void)
{
  g_autoptr (Server) server = server_start ("3", "0");
  gint64 before;

  before = published_free (server, "CLB-03");
  post (server, "/demo/fault", "kind=sensor&key=CLB-03");
  post (server, "/demo/advance", "seconds=43200");
  g_assert_cmpint (published_free (server, "CLB-03"), ==, before);
  post (server, "/demo/fault", "kind=open&key=CLB-03");
  g_assert_cmpint (published_free (server, "CLB-03"), !=, before);
  post (server, "/demo/fault", "kind=close&key=CLB-05");
  {
    g_autoptr (JsonNode) node = fetch (server, V21 "/exports/json");

    g_assert_cmpstr (json_object_get_string_member (car_park (json_node_get_array (node), "CLB-05"), "etat"), ==, "FERME");
  }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *path, *header, *form;
    guint status;
  } cases[] = {
    { "/demo/fault", NULL, "kind=fire", 400 },
    { "/demo/fault", NULL, "", 400 },
    { "/demo/fault", NULL, "{\"kind\":", 400 },
    { "/demo/fault", NULL, "kind=sensor&key=CLB-99", 400 },
    { "/demo/advance", NULL, "seconds=-5", 400 },
    { "/demo/advance", NULL, "seconds=99999999999", 400 },
    { "/demo/fault", "Origin: https://example.org", "kind=cut", 403 },
    { "/api/explore/v2.1/catalog/datasets/other/exports/json", NULL, NULL, 404 },
    { "/api/records/1.0/search/", NULL, NULL, 404 },
    { "/", NULL, NULL, 404 },
    { V21 "/exports/json", NULL, "a=b", 405 },
  };
  g_autoptr (Server) server = server_start ("3", "0");
  g_autofree char *long_body = g_strnfill (100000, 'k');
  g_autoptr (Answer) too_long = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Answer) answer = ask (server, cases[i].path, cases[i].header, cases[i].form);

      g_assert_no_error (answer->error);
      g_assert_cmpuint (answer->status, ==, cases[i].status);
    }
  too_long = ask (server, "/demo/fault", NULL, long_body);
  g_assert_cmpuint (too_long->status, ==, 413);
  g_assert_cmpint (published_free (server, "CLB-01"), >=, 0);
}

/* Its parent is a shell that ends when its standard input does; the end of the server is the end of its output. */
static void
test_dies_with_parent (void)
{
  const char *const argv[] = { "/bin/sh", "-c", "\"$0\" --with-parent --city \"$1\" & cat > /dev/null", g_getenv ("BF_DEMO_SERVER"),
                               g_getenv ("BF_DEMO_CITY"), NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) shell = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_autofree char *line = NULL;
  char rest[64];

  g_assert_no_error (error);
  line = first_line (shell);
  g_assert_true (g_str_has_prefix (line, "listening on "));
  g_output_stream_close (g_subprocess_get_stdin_pipe (shell), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_input_stream_read (g_subprocess_get_stdout_pipe (shell), rest, sizeof rest, NULL, &error), ==, 0);
  g_assert_no_error (error);
  g_subprocess_wait (shell, NULL, NULL);
}

static void
test_bad_city (void)
{
  static const char *const texts[] = { "", "key;nom;lon;lat;total;profil\n", "h\nA;B;4;47;100;nobody\n", "h\nA;B;4;47;-1;office\n",
                                       "h\nA;B;4;47\n", "h\nA;B;x;47;10;office\n" };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *folder = g_dir_make_tmp ("bf-demo-XXXXXX", &error);
      g_autofree char *demo = g_build_filename (folder, "demo", NULL), *path = g_build_filename (demo, "parkings.csv", NULL);
      g_autofree char *said = NULL;
      const char *const argv[] = { g_getenv ("BF_DEMO_SERVER"), "--city", folder, NULL };
      g_autoptr (GSubprocess) process = NULL;

      g_mkdir_with_parents (demo, 0700);
      g_file_set_contents (path, texts[i], -1, &error);
      g_assert_no_error (error);
      process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
      g_assert_no_error (error);
      g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &said, &error);
      g_assert_no_error (error);
      g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 1);
      g_assert_nonnull (strstr (said, "parkings.csv"));
      g_assert_nonnull (strstr (said, "expected"));
      g_unlink (path);
      g_rmdir (demo);
      g_rmdir (folder);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/demo/server/forms", test_forms);
  g_test_add_func ("/demo/server/conditional", test_conditional);
  g_test_add_func ("/demo/server/seed", test_seed);
  g_test_add_func ("/demo/server/market", test_market);
  g_test_add_func ("/demo/server/week", test_week);
  g_test_add_func ("/demo/server/faults", test_faults);
  g_test_add_func ("/demo/server/slow", test_slow);
  g_test_add_func ("/demo/server/one-car-park", test_one_car_park);
  g_test_add_func ("/demo/server/refused", test_refused);
  g_test_add_func ("/demo/server/dies-with-parent", test_dies_with_parent);
  g_test_add_func ("/demo/server/bad-city", test_bad_city);
  return g_test_run ();
}
