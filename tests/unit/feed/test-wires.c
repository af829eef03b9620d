/* SPDX-License-Identifier: EUPL-1.2 */
/* Each transport, by the real beffroi-feed under the real supervisor, against a real server (SoupServer, mosquitto, PostgreSQL, a
 * folder) behind a proxy that fails in turn: refused, held, slowed, garbled, cut; and the process killed. After each fault the feed
 * says in words what is wrong, and since when; when it is over, all that the source can still give has come, once or more. */

#include <libsoup/soup.h>
#include <mosquitto.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "fault-proxy.h"
#include "feed-test-util.h"
#include "feed/bf-supervisor.h"

#define LONG_DEADLINE_S 60
#define SECRET "s3cr3t-Zebra-4711"

typedef struct _Wires Wires;

/* @publish: the source has this value from now on. @keeps: what was published while nobody listened still comes. */
typedef struct
{
  const char *name;
  void (*set_up) (Wires *wires);
  void (*publish) (Wires *wires, guint value);
  void (*tear_down) (Wires *wires);
  gboolean keeps;
  gboolean no_net; /* no proxy before it */
} Kind;

struct _Wires
{
  const Kind *kind;
  BfCatalog *catalog;
  BfSupervisor *supervisor;
  char *city;
  char *feeds;
  FaultProxy *proxy;
  guint16 port; /* of the server */
  GHashTable *values; /* guint -> n times */
  GString *said;      /* every reason that was seen */
  guint n_batches;
  guint64 n_observations;
  /* sources */
  SoupServer *server;
  GSubprocess *process;
  struct mosquitto *publisher;
  GPtrArray *websockets;
  GPtrArray *streams; /* SoupServerMessage, paused */
  GArray *events;     /* guint: all that was published, for Last-Event-ID */
  guint value;
  char *folder;
  gboolean saw_token;
};

static gboolean
late_cb (gpointer user_data)
{
  g_error ("%s: not within %d s", (const char *) user_data, LONG_DEADLINE_S);
  return G_SOURCE_REMOVE;
}

#define until(condition)                                                                                               \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint late = g_timeout_add_seconds (LONG_DEADLINE_S, late_cb, (gpointer) #condition);                              \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (late);                                                                                            \
  }                                                                                                                    \
  G_STMT_END

static BfFeedInfo
info_of (Wires *wires)
{
  BfFeedInfo info;

  bf_supervisor_info (wires->supervisor, 0, &info);
  return info;
}

static void
batch_cb (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  Wires *wires = user_data;

  wires->n_batches++;
  wires->n_observations += n;
  for (guint i = 0; i < n; i++)
    {
      gpointer key = GUINT_TO_POINTER ((guint) observations[i].value);

      g_hash_table_insert (wires->values, key, GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (wires->values, key)) + 1));
    }
}

static void
changed_cb (gpointer user_data, guint feed)
{
  Wires *wires = user_data;
  BfFeedInfo info;

  if (wires->supervisor == NULL || bf_supervisor_n (wires->supervisor) == 0)
    return;
  bf_supervisor_info (wires->supervisor, feed, &info);
  g_string_append_printf (wires->said, "%s: %s\n", bf_feed_state_id (info.state), info.reason != NULL ? info.reason : "");
}

static const BfSupervisorHandler handler = { NULL, batch_cb, changed_cb };

static gboolean
has (Wires *wires, guint value)
{
  return g_hash_table_contains (wires->values, GUINT_TO_POINTER (value));
}

/* Stamps differ by a microsecond at least, or not at all while @same_stamp. */
static gboolean same_stamp;

static char *
message_of (guint value)
{
  static gint64 last_us;
  gint64 at_us = same_stamp && last_us > 0 ? last_us : MAX (last_us + 1, bf_time_now_us ());
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (at_us / G_USEC_PER_SEC);
  g_autofree char *text = g_date_time_format (date, "%Y-%m-%dT%H:%M:%S");

  last_us = at_us;
  return g_strdup_printf ("{\"key\": \"a\", \"nom\": \"A\", \"free\": %u, \"at\": \"%s.%06dZ\"}", value, text,
                          (int) (at_us % G_USEC_PER_SEC));
}

/* --- HTTP: asked, events, lines, websocket --------------------------------------------------------------------------------- */

static void
write_event (Wires *wires, SoupServerMessage *message, guint index)
{
  g_autofree char *text = message_of (g_array_index (wires->events, guint, index));
  g_autofree char *event = g_str_equal (wires->kind->name, "events") ? g_strdup_printf (": comment\nid: %u\ndata: %s\n\n", index, text)
                                                                      : g_strconcat (text, "\n", NULL);

  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY, event, strlen (event));
  soup_server_message_unpause (message);
}

static void
stream_gone_cb (SoupServerMessage *message, gpointer user_data)
{
  Wires *wires = user_data;

  g_ptr_array_remove_fast (wires->streams, message);
}

static void
http_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  Wires *wires = user_data;
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *last = soup_message_headers_get_one (request, "Last-Event-ID");

  wires->saw_token = g_strcmp0 (soup_message_headers_get_one (request, "Authorization"), "Bearer " SECRET) == 0;
  if (!wires->saw_token)
    {
      soup_server_message_set_status (message, 401, "no " SECRET);
      return;
    }
  soup_server_message_set_status (message, 200, NULL);
  if (g_str_equal (wires->kind->name, "http"))
    {
      char *text = message_of (wires->value);

      soup_server_message_set_response (message, "application/json", SOUP_MEMORY_TAKE, text, strlen (text));
      return;
    }
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  soup_message_headers_replace (headers, "Content-Type", g_str_equal (wires->kind->name, "events") ? "text/event-stream" : "application/x-ndjson");
  g_ptr_array_add (wires->streams, g_object_ref (message));
  g_signal_connect (message, "finished", G_CALLBACK (stream_gone_cb), wires);
  for (guint i = last != NULL ? (guint) g_ascii_strtoull (last, NULL, 10) + 1 : wires->events->len > 0 ? wires->events->len - 1 : 0; i < wires->events->len; i++)
    write_event (wires, message, i);
}

static void
websocket_gone_cb (SoupWebsocketConnection *connection, gpointer user_data)
{
  Wires *wires = user_data;

  g_ptr_array_remove_fast (wires->websockets, connection);
}

static void
websocket_cb (SoupServer *server, SoupServerMessage *message, const char *path, SoupWebsocketConnection *connection, gpointer user_data)
{
  Wires *wires = user_data;
  g_autofree char *text = message_of (wires->value);

  g_ptr_array_add (wires->websockets, g_object_ref (connection));
  g_signal_connect (connection, "closed", G_CALLBACK (websocket_gone_cb), wires);
  soup_websocket_connection_send_text (connection, text);
}

static void
http_set_up (Wires *wires)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  wires->websockets = g_ptr_array_new_with_free_func (g_object_unref);
  wires->streams = g_ptr_array_new_with_free_func (g_object_unref);
  wires->events = g_array_new (FALSE, FALSE, sizeof (guint));
  wires->server = soup_server_new (NULL, NULL);
  if (g_str_equal (wires->kind->name, "websocket"))
    soup_server_add_websocket_handler (wires->server, NULL, NULL, NULL, websocket_cb, wires, NULL);
  else
    soup_server_add_handler (wires->server, NULL, http_cb, wires, NULL);
  soup_server_listen_local (wires->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (wires->server);
  wires->port = (guint16) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

static gpointer
copy_object (gconstpointer object, gpointer user_data)
{
  return g_object_ref ((gpointer) object);
}

static void
http_publish (Wires *wires, guint value)
{
  g_autofree char *text = message_of (value);
  g_autoptr (GPtrArray) streams = NULL;
  g_autoptr (GPtrArray) websockets = NULL;

  wires->value = value;
  g_array_append_val (wires->events, value);
  /* Of copies: what is written to may turn out to be gone. */
  streams = g_ptr_array_copy (wires->streams, copy_object, NULL);
  g_ptr_array_set_free_func (streams, g_object_unref);
  for (guint i = 0; i < streams->len; i++)
    write_event (wires, g_ptr_array_index (streams, i), wires->events->len - 1);
  websockets = g_ptr_array_copy (wires->websockets, copy_object, NULL);
  g_ptr_array_set_free_func (websockets, g_object_unref);
  for (guint i = 0; i < websockets->len; i++)
    if (soup_websocket_connection_get_state (g_ptr_array_index (websockets, i)) == SOUP_WEBSOCKET_STATE_OPEN)
      soup_websocket_connection_send_text (g_ptr_array_index (websockets, i), text);
}

static void
http_tear_down (Wires *wires)
{
  soup_server_disconnect (wires->server);
  g_object_unref (wires->server);
  g_ptr_array_unref (wires->websockets);
  g_ptr_array_unref (wires->streams);
  g_array_unref (wires->events);
}

/* --- MQTT ----------------------------------------------------------------------------------------------------------------- */

static gboolean
listens (guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);
  if (connection == NULL)
    g_main_context_iteration (NULL, FALSE);
  return connection != NULL;
}

static void
mqtt_set_up (Wires *wires)
{
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;

  wires->port = fault_free_port ();
  text = g_strdup_printf ("user root\nlistener %u 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n", wires->port);
  path = test_write (wires->city, "mosquitto.conf", text);
  wires->process = test_spawn_server ((const char *const[]){ "/usr/sbin/mosquitto", "-c", path, NULL });
  until (listens (wires->port));
  mosquitto_lib_init ();
  wires->publisher = mosquitto_new (NULL, true, NULL);
  g_assert_cmpint (mosquitto_connect (wires->publisher, "127.0.0.1", wires->port, 60), ==, MOSQ_ERR_SUCCESS);
  g_assert_cmpint (mosquitto_loop_start (wires->publisher), ==, MOSQ_ERR_SUCCESS);
}

static void
mqtt_publish (Wires *wires, guint value)
{
  g_autofree char *text = message_of (value);

  g_assert_cmpint (mosquitto_publish (wires->publisher, NULL, "city/parking/a", (int) strlen (text), text, 1, false), ==, MOSQ_ERR_SUCCESS);
}

static void
end_process (Wires *wires)
{
  g_subprocess_send_signal (wires->process, SIGINT);
  g_subprocess_wait (wires->process, NULL, NULL);
  g_clear_object (&wires->process);
}

static void
mqtt_tear_down (Wires *wires)
{
  mosquitto_disconnect (wires->publisher);
  mosquitto_loop_stop (wires->publisher, false);
  mosquitto_destroy (wires->publisher);
  end_process (wires);
}

/* --- SQL ------------------------------------------------------------------------------------------------------------------ */

static char *
as_postgres (Wires *wires, const char *command)
{
  g_autofree char *line = geteuid () == 0 ? g_strdup_printf ("runuser -u postgres -- sh -c \"%s\"", command) : g_strdup_printf ("sh -c \"%s\"", command);
  g_autoptr (GError) error = NULL;
  char *out = NULL;
  g_autofree char *err = NULL;
  int status;

  g_assert_true (g_spawn_command_line_sync (line, &out, &err, &status, &error));
  if (status != 0)
    g_error ("%s: %s", line, err);
  return out;
}

static void
sql_set_up (Wires *wires)
{
  g_autofree char *dir = g_build_filename (wires->city, "pg", NULL);
  g_autofree char *init = g_strdup_printf ("/usr/lib/postgresql/15/bin/initdb -A trust -U postgres -D %s/data >/dev/null", dir);
  g_autofree char *start = NULL;
  g_autofree char *unused = NULL;
  g_autofree char *started = NULL;
  struct passwd *postgres = getpwnam ("postgres");

  wires->port = fault_free_port ();
  g_mkdir (dir, 0700);
  g_chmod (wires->city, 0755);
  if (geteuid () == 0)
    g_assert_cmpint (chown (dir, postgres->pw_uid, postgres->pw_gid), ==, 0);
  unused = as_postgres (wires, init);
  start = g_strdup_printf ("/usr/lib/postgresql/15/bin/pg_ctl -D %s/data -w -l %s/log -o '-k %s -p %u -c listen_addresses=127.0.0.1 -c fsync=off' start >/dev/null",
                           dir, dir, dir, wires->port);
  started = as_postgres (wires, start);
  {
    g_autofree char *create = g_strdup_printf ("psql -q -h %s -p %u -d postgres -c 'CREATE TABLE parc (key text, nom text, free int, at timestamptz)'", dir, wires->port);
    g_autofree char *out = as_postgres (wires, create);
  }
}

static void
sql_publish (Wires *wires, guint value)
{
  g_autofree char *command = g_strdup_printf ("psql -q -h %s/pg -p %u -d postgres -c 'INSERT INTO parc VALUES (chr(97), chr(65), %u, now())'", wires->city,
                                              wires->port, value);
  g_autofree char *out = as_postgres (wires, command);
}

static void
sql_tear_down (Wires *wires)
{
  g_autofree char *stop = g_strdup_printf ("/usr/lib/postgresql/15/bin/pg_ctl -D %s/pg/data -m immediate stop >/dev/null", wires->city);
  g_autofree char *out = as_postgres (wires, stop);
  g_autofree char *remove = g_strdup_printf ("rm -r %s/pg/data %s/pg/log", wires->city, wires->city);
  g_autofree char *removed = as_postgres (wires, remove);
}

/* --- a folder ------------------------------------------------------------------------------------------------------------- */

static void
folder_set_up (Wires *wires)
{
  wires->folder = g_build_filename (wires->city, "exports", NULL);
  g_mkdir (wires->folder, 0755);
}

static void
folder_publish (Wires *wires, guint value)
{
  g_autofree char *name = g_strdup_printf ("e%u.json", value);
  g_autofree char *text = message_of (value);
  g_autofree char *path = test_write (wires->folder, name, text);
}

static void
folder_tear_down (Wires *wires)
{
  test_scratch_remove (wires->folder);
  g_free (wires->folder);
}

/* --- push ----------------------------------------------------------------------------------------------------------------- */

static void
push_publish (Wires *wires, guint value)
{
  g_autofree char *text = message_of (value);
  g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));

  g_assert_true (bf_supervisor_push (wires->supervisor, 0, body));
}

static void
nothing (Wires *wires)
{
}

/* --- the tests ------------------------------------------------------------------------------------------------------------ */

static const Kind kinds[] = {
  { "http", http_set_up, http_publish, http_tear_down, FALSE, FALSE },
  { "events", http_set_up, http_publish, http_tear_down, TRUE, FALSE },
  { "lines", http_set_up, http_publish, http_tear_down, FALSE, FALSE },
  { "websocket", http_set_up, http_publish, http_tear_down, FALSE, FALSE },
  { "mqtt", mqtt_set_up, mqtt_publish, mqtt_tear_down, TRUE, FALSE },
  { "sql", sql_set_up, sql_publish, sql_tear_down, TRUE, FALSE },
  { "folder", folder_set_up, folder_publish, folder_tear_down, TRUE, TRUE },
  { "push", nothing, push_publish, nothing, TRUE, TRUE },
};

static char *
wire_keys (Wires *wires, guint16 port)
{
  const char *name = wires->kind->name;

  if (g_str_equal (name, "mqtt"))
    return g_strdup_printf ("Url=mqtt://127.0.0.1:%u\nTopics=city/+/a, other/#\n", port);
  if (g_str_equal (name, "sql"))
    return g_strdup_printf ("Url=postgresql://postgres@127.0.0.1:%u/postgres\nQuery=SELECT key, nom, free, to_char(at AT TIME ZONE 'UTC', "
                            "'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS at FROM parc;\nPassword=secret:token\nUser=postgres\n", port);
  if (g_str_equal (name, "folder"))
    return g_strdup_printf ("Url=file://%s/\nPattern=*.json\n", wires->folder);
  if (g_str_equal (name, "push"))
    return g_strdup ("Transport=push\nToken=secret:token\n");
  if (g_str_equal (name, "websocket"))
    return g_strdup_printf ("Url=ws://127.0.0.1:%u/\nToken=secret:token\nSend=secret:token\n", port);
  return g_strdup_printf ("Url=http://127.0.0.1:%u/x?key=${secret:token}\nTransport=%s\nToken=secret:token\nHeader.Fiware-Service=city\n", port, name);
}

static void
start_supervisor (Wires *wires)
{
  BfSupervisorLimits limits = bf_supervisor_limits_default;

  limits.restart_min_us = 50000;
  wires->supervisor = bf_supervisor_new (wires->catalog, g_getenv ("BF_TEST_FEED"), g_getenv ("BEFFROI_PLUGINS"), "Europe/Paris", &handler, wires);
  bf_supervisor_set_limits (wires->supervisor, &limits);
  bf_supervisor_set_net (wires->supervisor, NULL, NULL, NULL, wires->city);
}

static void
start_feed (Wires *wires)
{
  g_autofree char *keys = wire_keys (wires, wires->proxy != NULL ? fault_proxy_port (wires->proxy) : 0);
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=parking\nFormat=json\n%sEvery=1s\nStale=1h\nTimeout=2s\nKind=off_street\n"
                                           "[Map]\nid=key\nname=nom\nfree_spaces=free\nobserved=at\n", keys);
  g_autofree char *path = test_write (wires->feeds, "parcs.feed", text);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  BfFeedDef *def = bf_feed_def_load (path, 0, wires->catalog, problems, NULL);

  if (def->bad)
    g_error ("%s", def->reason);
  start_supervisor (wires);
  bf_supervisor_add (wires->supervisor, def);
}

static gboolean
is_good (Wires *wires)
{
  BfFeedInfo info = info_of (wires);

  return info.state == BF_FEED_OK || info.state == BF_FEED_STALE;
}

static gboolean
is_bad (Wires *wires)
{
  BfFeedInfo info = info_of (wires);

  return (info.state == BF_FEED_RETRY || info.state == BF_FEED_REFUSED || info.state == BF_FEED_CRASHED) && info.reason != NULL &&
         info.reason[0] != '\0' && info.since_us > 0;
}

/* One fault: it is said; while it lasts three values are published; then it ends. */
static void
suffer (Wires *wires, Fault fault, const char *name, guint first)
{
  gint64 before_us = bf_time_now_us ();
  guint n_accepted = fault_proxy_n_accepted (wires->proxy);
  gint64 tried_us;

  fault_proxy_set (wires->proxy, fault);
  until (fault_proxy_n_accepted (wires->proxy) > n_accepted);
  tried_us = bf_time_now_us ();
  /* MQTT's greeting is so short that ten bytes a second are enough for it. */
  until ((is_bad (wires) || (fault == FAULT_SLOW && g_str_equal (wires->kind->name, "mqtt"))) && info_of (wires).last_attempt_us > tried_us);
  if (is_bad (wires))
    g_assert_cmpint (info_of (wires).since_us, >=, before_us);
  g_test_message ("%s, %s: %s", wires->kind->name, name, info_of (wires).reason);
  for (guint i = 0; i < 3; i++)
    wires->kind->publish (wires, first + i);
  fault_proxy_set (wires->proxy, FAULT_NONE);
  until (is_good (wires));
  until (has (wires, first + 2) || !(wires->kind->keeps || g_str_equal (wires->kind->name, "http")));
  if (wires->kind->keeps)
    until (has (wires, first) && has (wires, first + 1));
  wires->kind->publish (wires, first + 10);
  until (has (wires, first + 10));
}

/* A sensor whose clock ticks in seconds says two values of one second: of a stream the later message is the newer, and none is refused. */
static void
say_twice_at_once (Wires *wires)
{
  wires->kind->publish (wires, 20);
  same_stamp = TRUE;
  wires->kind->publish (wires, 21);
  wires->kind->publish (wires, 22);
  same_stamp = FALSE;
  until (has (wires, 20) && has (wires, 21) && has (wires, 22));
  g_assert_cmpuint (info_of (wires).n_refused, ==, 0);
}

static void
test_kind (gconstpointer data)
{
  static const struct
  {
    Fault fault;
    const char *name;
  } faults[] = { { FAULT_REFUSE, "cut and refused" }, { FAULT_HOLD, "held" }, { FAULT_SLOW, "slowed" }, { FAULT_GARBLE, "garbled" } };
  Wires wires = { .kind = data };
  g_autofree char *secrets = NULL;
  g_autofree char *token = NULL;
  guint pid;

  wires.catalog = test_catalog ();
  wires.city = test_scratch ();
  wires.feeds = g_build_filename (wires.city, "feeds.d", NULL);
  secrets = g_build_filename (wires.city, "secrets.d", NULL);
  g_mkdir (wires.feeds, 0700);
  g_mkdir (secrets, 0700);
  token = test_write (secrets, "token", SECRET "\n");
  g_chmod (token, 0600);
  wires.values = g_hash_table_new (NULL, NULL);
  wires.said = g_string_new (NULL);
  wires.kind->set_up (&wires);
  if (!wires.kind->no_net)
    wires.proxy = fault_proxy_new (wires.port);
  start_feed (&wires);
  if (!g_str_equal (wires.kind->name, "http") && !g_str_equal (wires.kind->name, "sql"))
    until (is_good (&wires));
  wires.kind->publish (&wires, 1);
  until (has (&wires, 1));
  if (!g_str_equal (wires.kind->name, "http") && !g_str_equal (wires.kind->name, "sql"))
    say_twice_at_once (&wires);
  for (guint i = 0; wires.proxy != NULL && i < G_N_ELEMENTS (faults); i++)
    suffer (&wires, faults[i].fault, faults[i].name, 100 * (i + 1));
  /* Killed: what it had not told of is not lost when the source keeps it. */
  pid = (guint) info_of (&wires).pid;
  g_assert_cmpint (kill ((int) pid, SIGKILL), ==, 0);
  wires.kind->publish (&wires, 901);
  until (info_of (&wires).restarts > 0);
  wires.kind->publish (&wires, 902);
  until (is_good (&wires));
  if (wires.kind->keeps)
    until (has (&wires, 901) && has (&wires, 902));
  wires.kind->publish (&wires, 903);
  until (has (&wires, 903));
  g_assert_cmpuint (info_of (&wires).n_observations, ==, wires.n_observations);
  /* A file, a body and an acknowledged message come once; the folder's come once also over the restart. */
  if (g_str_equal (wires.kind->name, "folder"))
    for (guint value = 901; value <= 903; value++)
      g_assert_cmpuint (GPOINTER_TO_UINT (g_hash_table_lookup (wires.values, GUINT_TO_POINTER (value))), ==, 1);
  g_assert_null (strstr (wires.said->str, SECRET));
  g_test_message ("%s", wires.said->str);

  bf_supervisor_free (wires.supervisor);
  fault_proxy_free (wires.proxy);
  wires.kind->tear_down (&wires);
  g_string_free (wires.said, TRUE);
  g_hash_table_unref (wires.values);
  test_scratch_remove (wires.feeds);
  test_scratch_remove (secrets);
  {
    g_autofree char *pg = g_build_filename (wires.city, "pg", NULL);
    test_scratch_remove (pg);
  }
  test_scratch_remove (wires.city);
  g_free (wires.feeds);
  g_free (wires.city);
  bf_catalog_free (wires.catalog);
}

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  /* Some conditions come without an event of the loop. */
  g_timeout_add (20, tick_cb, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *path = g_strdup_printf ("/feed/wires/%s", kinds[i].name);

      if (g_str_equal (kinds[i].name, "mqtt") && !g_file_test ("/usr/sbin/mosquitto", G_FILE_TEST_IS_EXECUTABLE))
        continue;
      if (g_str_equal (kinds[i].name, "sql") && !g_file_test ("/usr/lib/postgresql/15/bin/initdb", G_FILE_TEST_IS_EXECUTABLE))
        continue;
      g_test_add_data_func (path, &kinds[i], test_kind);
    }
  return g_test_run ();
}
