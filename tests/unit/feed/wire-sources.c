/* SPDX-License-Identifier: EUPL-1.2 */
/* A real source for each transport: see wire-sources.h. Main thread, default main context. */

#include "wire-sources.h"

#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define POSTGRES "/usr/lib/postgresql/15/bin/"

/* --- HTTP: asked, events, lines, websocket --------------------------------------------------------------------------------- */

static void
write_event (WireSource *source, SoupServerMessage *message, guint index)
{
  const char *text = g_ptr_array_index (source->events, index);
  g_autofree char *event = g_str_equal (source->kind->name, "events") ? g_strdup_printf (": comment\nid: %u\ndata: %s\n\n", index, text)
                                                                      : g_strconcat (text, "\n", NULL);

  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY, event, strlen (event));
  soup_server_message_unpause (message);
}

static void
stream_gone_cb (SoupServerMessage *message, gpointer user_data)
{
  WireSource *source = user_data;

  g_ptr_array_remove_fast (source->streams, message);
}

static void
begin_stream (WireSource *source, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *last = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Last-Event-ID");
  guint next = last != NULL ? (guint) g_ascii_strtoull (last, NULL, 10) + 1 : MAX (source->events->len, 1) - 1;

  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  soup_message_headers_replace (headers, "Content-Type", g_str_equal (source->kind->name, "events") ? "text/event-stream" : "application/x-ndjson");
  g_ptr_array_add (source->streams, g_object_ref (message));
  g_signal_connect (message, "finished", G_CALLBACK (stream_gone_cb), source);
  for (guint i = next; i < source->events->len; i++)
    write_event (source, message, i);
}

static void
http_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  WireSource *source = user_data;
  const char *authorization = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Authorization");
  const char *text = source->events->len > 0 ? g_ptr_array_index (source->events, source->events->len - 1) : "[]";

  source->saw_token = g_strcmp0 (authorization, "Bearer " WIRE_SECRET) == 0;
  soup_server_message_set_status (message, source->saw_token ? 200 : 401, source->saw_token ? NULL : "no " WIRE_SECRET);
  if (!source->saw_token)
    return;
  if (g_str_equal (source->kind->name, "http"))
    soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, text, strlen (text));
  else
    begin_stream (source, message);
}

static void
websocket_gone_cb (SoupWebsocketConnection *connection, gpointer user_data)
{
  WireSource *source = user_data;

  g_ptr_array_remove_fast (source->websockets, connection);
}

static void
websocket_cb (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection, gpointer user_data)
{
  WireSource *source = user_data;

  g_ptr_array_add (source->websockets, g_object_ref (connection));
  g_signal_connect (connection, "closed", G_CALLBACK (websocket_gone_cb), source);
  if (source->events->len > 0)
    soup_websocket_connection_send_text (connection, g_ptr_array_index (source->events, source->events->len - 1));
}

static void
http_open (WireSource *source)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  source->websockets = g_ptr_array_new_with_free_func (g_object_unref);
  source->streams = g_ptr_array_new_with_free_func (g_object_unref);
  source->events = g_ptr_array_new_with_free_func (g_free);
  source->server = soup_server_new (NULL, NULL);
  if (g_str_equal (source->kind->name, "websocket"))
    soup_server_add_websocket_handler (source->server, NULL, NULL, NULL, websocket_cb, source, NULL);
  else
    soup_server_add_handler (source->server, NULL, http_cb, source, NULL);
  soup_server_listen_local (source->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (source->server);
  source->port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static gpointer
copy_object (gconstpointer object, gpointer user_data)
{
  return g_object_ref ((gpointer) object);
}

/* Of a copy: what is written to may turn out to be gone. */
static GPtrArray *
copy_all (GPtrArray *objects)
{
  GPtrArray *copy = g_ptr_array_copy (objects, copy_object, NULL);

  g_ptr_array_set_free_func (copy, g_object_unref);
  return copy;
}

static void
http_publish (WireSource *source, const char *text)
{
  g_autoptr (GPtrArray) streams = copy_all (source->streams);
  g_autoptr (GPtrArray) websockets = copy_all (source->websockets);

  g_ptr_array_add (source->events, g_strdup (text));
  for (guint i = 0; i < streams->len; i++)
    write_event (source, g_ptr_array_index (streams, i), source->events->len - 1);
  for (guint i = 0; i < websockets->len; i++)
    if (soup_websocket_connection_get_state (g_ptr_array_index (websockets, i)) == SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_send_text (g_ptr_array_index (websockets, i), text);
}

static void
http_close (WireSource *source)
{
  soup_server_disconnect (source->server);
  g_object_unref (source->server);
  g_ptr_array_unref (source->websockets);
  g_ptr_array_unref (source->streams);
  g_ptr_array_unref (source->events);
}

/* --- MQTT ----------------------------------------------------------------------------------------------------------------- */

static void
mqtt_open (WireSource *source)
{
  source->broker = wire_broker_new (source->city->dir, "");
  source->port = source->broker->port;
}

static void
mqtt_publish (WireSource *source, const char *text)
{
  wire_broker_publish (source->broker, "city/parking/a", text);
}

static void
mqtt_close (WireSource *source)
{
  wire_broker_free (source->broker);
}

/* --- SQL ------------------------------------------------------------------------------------------------------------------ */

static void
as_postgres (WireSource *source, const char *command)
{
  g_autofree char *line = geteuid () == 0 ? g_strdup_printf ("runuser -u postgres -- sh -c \"%s\"", command) : g_strdup_printf ("sh -c \"%s\"", command);
  g_autoptr (GError) error = NULL;
  g_autofree char *out = NULL;
  g_autofree char *err = NULL;
  int status;

  g_assert_true (g_spawn_command_line_sync (line, &out, &err, &status, &error));
  if (status != 0)
    g_error ("%s: %s", line, err);
}

static void
sql_open (WireSource *source)
{
  g_autofree char *dir = g_build_filename (source->city->dir, "pg", NULL);
  g_autofree char *init = g_strdup_printf (POSTGRES "initdb -A trust -U postgres -D %s/data >/dev/null", dir);
  g_autofree char *start = NULL;
  g_autofree char *create = NULL;
  struct passwd *postgres = getpwnam ("postgres");

  source->port = fault_free_port ();
  g_mkdir (dir, 0700);
  g_chmod (source->city->dir, 0755);
  if (geteuid () == 0)
    g_assert_cmpint (chown (dir, postgres->pw_uid, postgres->pw_gid), ==, 0);
  as_postgres (source, init);
  start = g_strdup_printf (POSTGRES "pg_ctl -D %s/data -w -l %s/log -o '-k %s -p %u -c listen_addresses=127.0.0.1 -c fsync=off' start >/dev/null",
                           dir, dir, dir, source->port);
  as_postgres (source, start);
  create = g_strdup_printf ("psql -q -h %s -p %u -d postgres -c 'CREATE TABLE parc (record json); CREATE SEQUENCE counted'", dir, source->port);
  as_postgres (source, create);
}

static void
sql_publish (WireSource *source, const char *text)
{

  g_autofree char *insert = g_strdup_printf ("INSERT INTO parc VALUES ('%s');\n", text);
  g_autofree char *path = test_write (source->city->dir, "record.sql", insert);
  g_autofree char *command = g_strdup_printf ("psql -q -h %s/pg -p %u -d postgres -f %s", source->city->dir, source->port, path);

  g_chmod (path, 0644);
  as_postgres (source, command);
}

static void
sql_close (WireSource *source)
{
  g_autofree char *stop = g_strdup_printf (POSTGRES "pg_ctl -D %s/pg/data -m immediate stop >/dev/null", source->city->dir);
  g_autofree char *remove = g_strdup_printf ("rm -r %s/pg/data %s/pg/log", source->city->dir, source->city->dir);
  g_autofree char *dir = g_build_filename (source->city->dir, "pg", NULL);

  as_postgres (source, stop);
  as_postgres (source, remove);
  test_scratch_remove (dir);
}

/* --- a file, a folder ------------------------------------------------------------------------------------------------------- */

static void
file_open (WireSource *source)
{
  g_autofree char *dir = g_build_filename (source->city->dir, "export", NULL);

  g_mkdir (dir, 0755);
  source->path = g_build_filename (dir, "parcs.json", NULL);
}

/* In one rename. */
static void
file_publish (WireSource *source, const char *text)
{
  g_assert_true (g_file_set_contents (source->path, text, -1, NULL));
}

static void
file_close (WireSource *source)
{
  g_autofree char *dir = g_path_get_dirname (source->path);

  test_scratch_remove (dir);
}

static void
folder_open (WireSource *source)
{
  source->path = g_build_filename (source->city->dir, "exports", NULL);
  g_mkdir (source->path, 0755);
}

static void
folder_publish (WireSource *source, const char *text)
{
  static guint n;
  g_autofree char *name = g_strdup_printf ("e%u.json", n++);
  g_autofree char *path = test_write (source->path, name, text);
}

static void
folder_close (WireSource *source)
{
  test_scratch_remove (source->path);
}

/* --- push ----------------------------------------------------------------------------------------------------------------- */

static void
push_publish (WireSource *source, const char *text)
{
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  g_assert_true (bf_supervisor_push (source->city->supervisor, 0, body));
}

static void
nothing (WireSource *source)
{
}

/* --- all of them ------------------------------------------------------------------------------------------------------------ */

const WireKind wire_kinds[] = {
  { "http", http_open, http_publish, http_close, TRUE, FALSE, FALSE, TRUE, 30, NULL, NULL },
  { "events", http_open, http_publish, http_close, TRUE, TRUE, TRUE, FALSE, 30, NULL, NULL },
  { "lines", http_open, http_publish, http_close, TRUE, TRUE, FALSE, FALSE, 30, NULL, NULL },
  { "websocket", http_open, http_publish, http_close, TRUE, TRUE, FALSE, FALSE, 20, NULL, NULL },
  { "mqtt", mqtt_open, mqtt_publish, mqtt_close, TRUE, TRUE, TRUE, FALSE, 6, WIRE_MOSQUITTO, "no " WIRE_MOSQUITTO },
  { "sql", sql_open, sql_publish, sql_close, TRUE, FALSE, TRUE, FALSE, 350, POSTGRES "initdb", "no " POSTGRES "initdb" },
  { "file", file_open, file_publish, file_close, FALSE, FALSE, FALSE, TRUE, 0, NULL, NULL },
  { "folder", folder_open, folder_publish, folder_close, FALSE, TRUE, TRUE, FALSE, 0, NULL, NULL },
  { "push", nothing, push_publish, nothing, FALSE, TRUE, TRUE, FALSE, 0, NULL, NULL },
};
const guint wire_n_kinds = G_N_ELEMENTS (wire_kinds);

gboolean
wire_kind_is_there (const WireKind *kind)
{
  return kind->server == NULL || g_file_test (kind->server, G_FILE_TEST_IS_EXECUTABLE);
}

WireSource *
wire_source_new (const WireKind *kind, WireCity *city)
{
  WireSource *source = g_new0 (WireSource, 1);

  source->kind = kind;
  source->city = city;
  kind->open (source);
  if (kind->net)
    {
      source->proxy = fault_proxy_new (source->port);
      fault_proxy_set_cut (source->proxy, kind->cut_after);
    }
  return source;
}

void
wire_source_free (WireSource *source)
{
  fault_proxy_free (source->proxy);
  source->kind->close (source);
  g_free (source->path);
  g_free (source);
}

void
wire_source_publish (WireSource *source, guint value)
{
  g_autofree char *text = wire_record (value);

  source->kind->publish (source, text);
}

char *
wire_source_keys (WireSource *source)
{
  const char *name = source->kind->name;
  guint16 port = source->proxy != NULL ? fault_proxy_port (source->proxy) : 0;

  if (g_str_equal (name, "mqtt"))
    return g_strdup_printf ("Url=mqtt://127.0.0.1:%u\nTopics=city/+/a, other/#\n", port);
  if (g_str_equal (name, "sql"))
    return g_strdup_printf ("Url=postgresql://postgres@127.0.0.1:%u/postgres\nQuery=SELECT record->>'key' AS key, record->>'nom' AS nom, "
                            "(record->>'free')::int AS free, record->>'at' AS at FROM parc;\nPassword=secret:token\nUser=postgres\n", port);
  if (g_str_equal (name, "file"))
    return g_strdup_printf ("Url=file://%s\n", source->path);
  if (g_str_equal (name, "folder"))
    return g_strdup_printf ("Url=file://%s/\nPattern=*.json\n", source->path);
  if (g_str_equal (name, "push"))
    return g_strdup ("Transport=push\nToken=secret:token\n");
  if (g_str_equal (name, "websocket"))
    return g_strdup_printf ("Url=ws://127.0.0.1:%u/\nToken=secret:token\nSend=secret:token\n", port);
  return g_strdup_printf ("Url=http://127.0.0.1:%u/x?key=${secret:token}\nTransport=%s\nToken=secret:token\nHeader.Fiware-Service=city\n", port, name);
}
