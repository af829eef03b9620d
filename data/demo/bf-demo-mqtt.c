/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-demo-mqtt.h. Every second a few devices report, so that each is heard about once a minute (real ones speak a few times a
 * day); one that something happens to reports at once. The last uplink is retained: who subscribes late has the whole town. */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-mqtt.h"

#include <gio/gio.h>
#include <mosquitto.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ROUND_S 50
#define START_TRIES 100
#define SPEAKERS 2

struct _BfDemoMqtt
{
  const BfDemoCity *city;
  GSubprocess *broker;
  struct mosquitto *client;
  char *folder;
  char *url;
  guint next[SPEAKERS];
  guint timer;
};

static int
free_port (GError **error)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) got = NULL;

  if (socket == NULL || !g_socket_bind (socket, any, FALSE, error) || (got = g_socket_get_local_address (socket, error)) == NULL)
    return -1;
  return g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (got));
}

static void
in_child (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

static gboolean
start_broker (BfDemoMqtt *mqtt, int port, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *program = g_find_program_in_path ("mosquitto");
  g_autofree char *config = NULL, *text = NULL;

  if (program == NULL)
    program = g_file_test ("/usr/sbin/mosquitto", G_FILE_TEST_IS_EXECUTABLE) ? g_strdup ("/usr/sbin/mosquitto") : NULL;
  if (program == NULL)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "no mosquitto on this machine: containers and buildings stay silent");
      return FALSE;
    }
  mqtt->folder = g_dir_make_tmp ("beffroi-demo-XXXXXX", error);
  if (mqtt->folder == NULL)
    return FALSE;
  config = g_build_filename (mqtt->folder, "mosquitto.conf", NULL);
  text = g_strdup_printf ("listener %d 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 100000\nlog_type none\n%s", port,
                          getuid () == 0 ? "user root\n" : "");
  if (!g_file_set_contents (config, text, -1, error))
    return FALSE;
  g_subprocess_launcher_set_child_setup (launcher, in_child, NULL, NULL);
  mqtt->broker = g_subprocess_launcher_spawn (launcher, error, program, "-c", config, NULL);
  return mqtt->broker != NULL;
}

/* ── uplinks ─────────────────────────────────────────────────────────────────────────────────────────────────── */

/* Takes @topic and @body. */
static void
publish (BfDemoMqtt *mqtt, char *topic, GString *body)
{
  mosquitto_publish (mqtt->client, NULL, topic, (int) body->len, body->str, 1, true);
  g_string_free (body, TRUE);
  g_free (topic);
}

static void
publish_container (BfDemoMqtt *mqtt, guint i, gint64 now_us)
{
  publish (mqtt, g_strdup_printf ("application/conteneurs/device/70b3d5%010x/event/up", i + 1), bf_demo_chirpstack (mqtt->city, i, now_us));
}

static void
publish_building (BfDemoMqtt *mqtt, guint i, gint64 now_us)
{
  for (guint k = 0; k < BF_DEMO_BUILDING_DEVICES; k++)
    {
      g_autofree char *device = NULL;
      GString *body = bf_demo_ttn (mqtt->city, i, k, now_us, &device);

      publish (mqtt, g_strdup_printf ("v3/batiments@ttn/devices/%s/up", device), body);
    }
}

static gboolean
container_is_urgent (const BfDemoCity *city, guint i, gint64 now_us)
{
  return bf_demo_city_since (city, BF_DEMO_CONTAINER_FIRE, (int) i, now_us) > 0
         || bf_demo_city_since (city, BF_DEMO_CONTAINER_FULL, (int) i, now_us) > 0;
}

static gboolean
building_is_urgent (const BfDemoCity *city, guint i, gint64 now_us)
{
  return bf_demo_city_since (city, BF_DEMO_HEATING_FAILURE, (int) i, now_us) > 0;
}

/* Who speaks over the broker. */
static const struct
{
  const char *service;
  gsize things; /* of BfDemoCity */
  void (*publish) (BfDemoMqtt *mqtt, guint i, gint64 now_us);
  gboolean (*is_urgent) (const BfDemoCity *city, guint i, gint64 now_us);
} speakers[SPEAKERS] = {
  { "waste", G_STRUCT_OFFSET (BfDemoCity, containers), publish_container, container_is_urgent },
  { "buildings", G_STRUCT_OFFSET (BfDemoCity, buildings), publish_building, building_is_urgent },
};

static guint
n_things (const BfDemoMqtt *mqtt, guint speaker)
{
  return G_STRUCT_MEMBER (GArray *, mqtt->city, speakers[speaker].things)->len;
}

static gboolean
tick_cb (gpointer data)
{
  BfDemoMqtt *mqtt = data;
  gint64 now_us = g_get_real_time ();

  for (guint k = 0; k < SPEAKERS; k++)
    {
      guint n = n_things (mqtt, k), share = n / ROUND_S + 1;

      if (bf_demo_city_is_silent (mqtt->city, speakers[k].service, now_us))
        continue;
      for (guint i = 0; i < n; i++)
        if ((i + n - mqtt->next[k]) % n < share || speakers[k].is_urgent (mqtt->city, i, now_us))
          speakers[k].publish (mqtt, i, now_us);
      mqtt->next[k] = n > 0 ? (mqtt->next[k] + share) % n : 0;
    }
  return G_SOURCE_CONTINUE;
}

BfDemoMqtt *
bf_demo_mqtt_start (const BfDemoCity *city, GError **error)
{
  BfDemoMqtt *mqtt = g_new0 (BfDemoMqtt, 1);
  int port = free_port (error), status = MOSQ_ERR_NO_CONN;

  mqtt->city = city;
  if (port < 0 || !start_broker (mqtt, port, error))
    {
      bf_demo_mqtt_stop (mqtt);
      return NULL;
    }
  mosquitto_lib_init ();
  mqtt->client = mosquitto_new (NULL, true, NULL);
  /* The broker needs a moment; nothing else is to be done meanwhile. */
  for (int i = 0; i < START_TRIES && (status = mosquitto_connect (mqtt->client, "127.0.0.1", port, 30)) != MOSQ_ERR_SUCCESS; i++)
    g_usleep (20000);
  if (status != MOSQ_ERR_SUCCESS || mosquitto_loop_start (mqtt->client) != MOSQ_ERR_SUCCESS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "mosquitto on port %d: %s", port, mosquitto_strerror (status));
      bf_demo_mqtt_stop (mqtt);
      return NULL;
    }
  mosquitto_max_inflight_messages_set (mqtt->client, 100);
  mqtt->url = g_strdup_printf ("mqtt://127.0.0.1:%d", port);
  for (guint k = 0; k < SPEAKERS; k++)
    for (guint i = 0; i < n_things (mqtt, k); i++)
      speakers[k].publish (mqtt, i, g_get_real_time ());
  mqtt->timer = g_timeout_add_seconds (1, tick_cb, mqtt);
  return mqtt;
}

void
bf_demo_mqtt_stop (BfDemoMqtt *mqtt)
{
  if (mqtt == NULL)
    return;
  if (mqtt->timer != 0)
    g_source_remove (mqtt->timer);
  if (mqtt->client != NULL)
    {
      mosquitto_disconnect (mqtt->client);
      mosquitto_loop_stop (mqtt->client, false);
      mosquitto_destroy (mqtt->client);
      mosquitto_lib_cleanup ();
    }
  if (mqtt->broker != NULL)
    {
      g_subprocess_send_signal (mqtt->broker, SIGTERM);
      g_subprocess_wait (mqtt->broker, NULL, NULL);
      g_object_unref (mqtt->broker);
    }
  if (mqtt->folder != NULL)
    {
      g_autofree char *config = g_build_filename (mqtt->folder, "mosquitto.conf", NULL);

      unlink (config);
      rmdir (mqtt->folder);
      g_free (mqtt->folder);
    }
  g_free (mqtt->url);
  g_free (mqtt);
}

const char *
bf_demo_mqtt_url (const BfDemoMqtt *mqtt)
{
  return mqtt->url;
}
