/* SPDX-License-Identifier: EUPL-1.2 */
/* A city's HTTP proxy in the tests: see test-proxy.h. */

#include "test-proxy.h"

#include <string.h>

#define HEAD_MAX (16u << 10)

/* Up to the empty line; what comes behind it is not read. */
static char *
read_head (GInputStream *in)
{
  g_autoptr (GString) head = g_string_new (NULL);
  char byte;

  while (head->len < HEAD_MAX && g_input_stream_read (in, &byte, 1, NULL, NULL) == 1)
    {
      g_string_append_c (head, byte);
      if (g_str_has_suffix (head->str, "\r\n\r\n"))
        return g_string_free (g_steal_pointer (&head), FALSE);
    }
  return NULL;
}

static gboolean
is_known (TestProxy *proxy, const char *head)
{
  g_autofree char *packed = proxy->credentials != NULL ? g_base64_encode ((const guchar *) proxy->credentials, strlen (proxy->credentials)) : NULL;
  g_autofree char *expected = packed != NULL ? g_strdup_printf ("Proxy-Authorization: Basic %s\r\n", packed) : NULL;

  return expected == NULL || strstr (head, expected) != NULL;
}

static void
say (GIOStream *client, const char *text)
{
  g_output_stream_write_all (g_io_stream_get_output_stream (client), text, strlen (text), NULL, NULL, NULL);
}

static gpointer
back_thread (gpointer data)
{
  GIOStream **ends = data;

  g_output_stream_splice (g_io_stream_get_output_stream (ends[0]), g_io_stream_get_input_stream (ends[1]), G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL);
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (ends[0])), TRUE, TRUE, NULL);
  return NULL;
}

static void
join (GIOStream *client, GIOStream *server)
{
  GIOStream *ends[] = { client, server };
  GThread *back = g_thread_new ("back", back_thread, ends);

  g_output_stream_splice (g_io_stream_get_output_stream (server), g_io_stream_get_input_stream (client), G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL);
  g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (server)), TRUE, TRUE, NULL);
  g_thread_join (back);
}

static gboolean
run_cb (GThreadedSocketService *service, GSocketConnection *client, GObject *source, gpointer user_data)
{
  TestProxy *proxy = user_data;
  g_autofree char *head = read_head (g_io_stream_get_input_stream (G_IO_STREAM (client)));
  g_autoptr (GSocketClient) connector = g_socket_client_new ();
  g_autoptr (GSocketConnection) server = NULL;
  gboolean connect = head != NULL && g_str_has_prefix (head, "CONNECT ");

  if (head == NULL)
    return TRUE;
  if (g_atomic_int_get (&proxy->refuse) != 0)
    {
      g_autofree char *answer = g_strdup_printf ("HTTP/1.1 %d No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", g_atomic_int_get (&proxy->refuse));

      g_atomic_int_inc (&proxy->n_denied);
      say (G_IO_STREAM (client), answer);
      return TRUE;
    }
  if (!is_known (proxy, head))
    {
      g_atomic_int_inc (&proxy->n_denied);
      say (G_IO_STREAM (client), "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"town\"\r\n"
                                 "Content-Length: 0\r\nConnection: close\r\n\r\n");
      return TRUE;
    }
  g_socket_client_set_enable_proxy (connector, FALSE);
  server = g_socket_client_connect_to_host (connector, "127.0.0.1", connect ? proxy->tls_target : proxy->target, NULL, NULL);
  if (server == NULL)
    {
      say (G_IO_STREAM (client), "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return TRUE;
    }
  g_atomic_int_inc (connect ? &proxy->n_connect : &proxy->n_get);
  say (connect ? G_IO_STREAM (client) : G_IO_STREAM (server), connect ? "HTTP/1.1 200 Connected\r\n\r\n" : head);
  join (G_IO_STREAM (client), G_IO_STREAM (server));
  return TRUE;
}

TestProxy *
test_proxy_new (guint16 target, guint16 tls_target)
{
  TestProxy *proxy = g_new0 (TestProxy, 1);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;

  proxy->target = target;
  proxy->tls_target = tls_target;
  proxy->service = g_threaded_socket_service_new (20);
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (proxy->service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                                NULL, &bound, NULL));
  proxy->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (proxy->service, "run", G_CALLBACK (run_cb), proxy);
  g_socket_service_start (proxy->service);
  return proxy;
}

/* The feeds are ended before: its threads end by that. */
void
test_proxy_free (TestProxy *proxy)
{
  g_socket_service_stop (proxy->service);
  g_socket_listener_close (G_SOCKET_LISTENER (proxy->service));
  g_object_unref (proxy->service);
  g_free (proxy);
}
