/* SPDX-License-Identifier: EUPL-1.2 */
/* What the tests of src/engine share: a real engine of a city in a scratch folder, in the test's own main context, and who
 * listens to its stream. */
#pragma once

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/bf-time.h"
#include "engine/bf-engine-private.h"

#define DEADLINE_S 60

static inline gboolean
test_late_cb (gpointer user_data)
{
  g_error ("not seen within %d s: %s", DEADLINE_S, (const char *) user_data);
  return G_SOURCE_REMOVE;
}

/* Turns the main loop until @condition; the test fails when it does not come. */
#define test_until(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint late_id = g_timeout_add_seconds (DEADLINE_S, test_late_cb, (gpointer) #condition);                              \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (late_id);                                                                                         \
  }                                                                                                                    \
  G_STMT_END

typedef struct
{
  char *dir;
  char *city;
  char *data;
  char *socket;
  BfEngine *engine;
  SoupSession *session;
  const BfClockReader *clock; /* NULL: the machine's */
} Town;

static inline void
town_open_engine (Town *town)
{
  g_autoptr (GError) error = NULL;

  town->engine = bf_engine_new (
    &(BfEngineOptions){ town->city, town->data, g_getenv ("BEFFROI_PLUGINS"), g_getenv ("BF_TEST_FEED"), NULL, town->clock }, &error);
  g_assert_no_error (error);
}

static inline void
town_set_up (Town *town, gconstpointer rules)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autofree char *conf = NULL;
  g_autofree char *dir = NULL;

  town->dir = g_dir_make_tmp ("bf-engine-XXXXXX", NULL);
  town->city = g_build_filename (town->dir, "city", NULL);
  town->data = g_build_filename (town->dir, "data", NULL);
  town->socket = g_build_filename (town->data, "engine.sock", NULL);
  g_assert_cmpint (g_mkdir_with_parents (town->data, 0700), ==, 0);
  dir = g_build_filename (town->city, "rules.d", NULL);
  g_assert_cmpint (g_mkdir_with_parents (dir, 0700), ==, 0);
  conf = g_build_filename (town->city, "city.conf", NULL);
  g_assert_true (g_file_set_contents (conf, "[City]\nName=Essai\n", -1, NULL));
  if (rules != NULL)
    {
      g_autofree char *path = g_build_filename (dir, "test.rules", NULL);

      g_assert_true (g_file_set_contents (path, rules, -1, NULL));
    }
  address = g_unix_socket_address_new (town->socket);
  town->session = soup_session_new_with_options ("remote-connectable", address, NULL);
}

static inline void
town_remove (const char *path)
{
  GDir *dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      town_remove (child);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_remove (path);
}

static inline void
town_tear_down (Town *town, gconstpointer data)
{
  soup_session_abort (town->session);
  g_clear_object (&town->session);
  g_clear_pointer (&town->engine, bf_engine_free);
  town_remove (town->dir);
  g_free (town->dir);
  g_free (town->city);
  g_free (town->data);
  g_free (town->socket);
}

static inline guint32
town_put_car_park (Town *town, guint number)
{
  BfEngine *engine = town->engine;
  const BfKind *kind = bf_catalog_find_kind (engine->catalog, "parking.off_street");
  g_autofree char *id = g_strdup_printf ("parking/P%u", number);
  g_autofree char *name = g_strdup_printf ("Parc %u", number);
  g_autoptr (GError) error = NULL;
  gboolean changed;
  guint32 asset = bf_model_put_asset (engine->model, &(BfAssetInfo){ id, kind->index, name, NULL, NULL, { 4.3, 47.2 }, NULL }, 0,
                                      &changed, &error);

  g_assert_no_error (error);
  bf_evaluator_add_asset (engine->evaluator, asset, bf_time_now_us ());
  bf_hub_touch_asset (engine->hub, asset);
  return asset;
}

static inline void
town_observe (Town *town, guint32 asset, double free_spaces)
{
  BfEngine *engine = town->engine;
  const BfKind *kind = bf_model_asset_kind (engine->model, asset);
  const BfProperty *property = bf_catalog_find_property (engine->catalog, kind->service, "free_spaces");
  static gint64 last_us;
  gint64 now_us = last_us = MAX (last_us + 1, bf_time_now_us ());

  g_assert_cmpint (bf_model_observe (engine->model, asset, property->index, free_spaces, now_us, now_us, 0, 0), ==, BF_OBSERVED_NEW);
  bf_evaluator_touch (engine->evaluator, asset, property->index);
  bf_hub_touch_value (engine->hub, asset, property->index);
}

static inline gint64
town_raise (Town *town, const char *asset_id, const char *why)
{
  g_autoptr (BfAlert) draft = g_new0 (BfAlert, 1);

  draft->rule_id = g_strdup ("test_rule");
  draft->asset_id = g_strdup (asset_id);
  draft->priority = BF_PRIORITY_HIGH;
  draft->title.text = g_strdup ("title");
  draft->why = g_strdup (why);
  draft->values_json = g_strdup ("[]");
  draft->cleared_us = draft->acknowledged_us = draft->acknowledged_until_us = BF_TIME_NONE;
  return bf_alert_book_raise (town->engine->book, draft, bf_time_now_us ());
}

static inline void
town_settle (Town *town)
{
  test_until (bf_durable_n_pending (town->engine->durable) == 0);
}

/* --- who listens ---------------------------------------------------------------------------------------------------- */

typedef struct
{
  SoupWebsocketConnection *connection;
  GPtrArray *messages; /* char * */
  gushort close_code;
  gboolean closed;
} Listener;

static inline void
listener_message_cb (SoupWebsocketConnection *connection, SoupWebsocketDataType type, GBytes *bytes, gpointer user_data)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  g_ptr_array_add (((Listener *) user_data)->messages, g_strndup (text, length));
}

static inline void
listener_closed_cb (SoupWebsocketConnection *connection, gpointer user_data)
{
  Listener *listener = user_data;

  listener->closed = TRUE;
  listener->close_code = soup_websocket_connection_get_close_code (connection);
}

static inline void
listener_connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Listener *listener = user_data;
  g_autoptr (GError) error = NULL;

  listener->connection = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &error);
  g_assert_no_error (error);
  soup_websocket_connection_set_max_incoming_payload_size (listener->connection, 64 << 20);
  g_signal_connect (listener->connection, "message", G_CALLBACK (listener_message_cb), listener);
  g_signal_connect (listener->connection, "closed", G_CALLBACK (listener_closed_cb), listener);
}

/* @after: "?after=7" or "" */
static inline Listener *
listener_new (Town *town, const char *after)
{
  Listener *listener = g_new0 (Listener, 1);
  g_autofree char *uri = g_strconcat ("http://localhost/api/v1/events/ws", after, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("GET", uri);

  listener->messages = g_ptr_array_new_with_free_func (g_free);
  soup_session_websocket_connect_async (town->session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL, listener_connected_cb, listener);
  test_until (listener->messages->len >= 2); /* hello and status */
  return listener;
}

static inline void
listener_free (Listener *listener)
{
  g_signal_handlers_disconnect_by_data (listener->connection, listener);
  if (soup_websocket_connection_get_state (listener->connection) == SOUP_WEBSOCKET_STATE_OPEN)
    soup_websocket_connection_close (listener->connection, SOUP_WEBSOCKET_CLOSE_NORMAL, NULL);
  g_object_unref (listener->connection);
  g_ptr_array_unref (listener->messages);
  g_free (listener);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Listener, listener_free)

/* Messages of @type, or the @index-th of them. */
static inline guint
listener_count (Listener *listener, const char *type, guint index, const char **ret_text)
{
  g_autofree char *head = g_strdup_printf ("{\"type\":\"%s\"", type);
  guint n = 0;

  for (guint i = 0; i < listener->messages->len; i++)
    if (g_str_has_prefix (g_ptr_array_index (listener->messages, i), head))
      {
        if (n == index && ret_text != NULL)
          *ret_text = g_ptr_array_index (listener->messages, i);
        n++;
      }
  return n;
}

static inline const char *
listener_get (Listener *listener, const char *type, guint index)
{
  const char *text = NULL;

  listener_count (listener, type, index, &text);
  return text;
}

static inline gint64
listener_seq (Listener *listener, guint index)
{
  const char *text = listener_get (listener, "alert", index);
  const char *seq = text != NULL ? strstr (text, "\"seq\":") : NULL;

  return seq != NULL ? g_ascii_strtoll (seq + strlen ("\"seq\":"), NULL, 10) : -1;
}
