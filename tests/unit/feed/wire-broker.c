/* SPDX-License-Identifier: EUPL-1.2 */
/* A real mosquitto: see wire-broker.h. Main thread; the publisher has a thread of its own. */

#include "wire-broker.h"

#include <mosquitto.h>
#include <string.h>

#include "fault-proxy.h"

gboolean
wire_listens (guint16 port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);
  if (connection == NULL)
    g_main_context_iteration (NULL, FALSE);
  return connection != NULL;
}

void
wire_broker_start (WireBroker *broker)
{
  broker->process = test_spawn_server ((const char *const[]){ WIRE_MOSQUITTO, "-c", broker->conf, NULL });
  wire_until (wire_listens (broker->port));
}

static void
drop_publisher (WireBroker *broker)
{
  if (broker->publisher == NULL)
    return;
  mosquitto_disconnect (broker->publisher);
  mosquitto_loop_stop (broker->publisher, false);
  g_clear_pointer (&broker->publisher, mosquitto_destroy);
}

void
wire_broker_stop (WireBroker *broker)
{
  drop_publisher (broker);
  g_subprocess_send_signal (broker->process, SIGTERM);
  g_subprocess_wait (broker->process, NULL, NULL);
  g_clear_object (&broker->process);
}

WireBroker *
wire_broker_new (const char *dir, const char *conf)
{
  WireBroker *broker = g_new0 (WireBroker, 1);
  g_autofree char *text = NULL;

  broker->port = fault_free_port ();
  text = g_strdup_printf ("user root\nlistener %u 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n%s", broker->port, conf);
  broker->conf = test_write (dir, "mosquitto.conf", text);
  mosquitto_lib_init ();
  wire_broker_start (broker);
  return broker;
}

void
wire_broker_free (WireBroker *broker)
{
  wire_broker_stop (broker);
  g_free (broker->conf);
  g_free (broker);
}

static void
published_cb (struct mosquitto *publisher, void *user_data, int id)
{
  WireBroker *broker = user_data;

  g_atomic_int_inc (&broker->n_acknowledged);
}

void
wire_broker_publish (WireBroker *broker, const char *topic, const char *text)
{
  if (broker->publisher == NULL)
    {
      broker->publisher = mosquitto_new (NULL, true, broker);
      mosquitto_publish_callback_set (broker->publisher, published_cb);
      g_assert_cmpint (mosquitto_connect (broker->publisher, "127.0.0.1", broker->port, 60), ==, MOSQ_ERR_SUCCESS);
      g_assert_cmpint (mosquitto_loop_start (broker->publisher), ==, MOSQ_ERR_SUCCESS);
    }
  g_assert_cmpint (mosquitto_publish (broker->publisher, NULL, topic, (int) strlen (text), text, 1, false), ==, MOSQ_ERR_SUCCESS);
  broker->n_published++;
}

void
wire_broker_settle (WireBroker *broker)
{
  wire_until (g_atomic_int_get (&broker->n_acknowledged) == broker->n_published);
}
