/* SPDX-License-Identifier: EUPL-1.2 */
/* A TCP proxy that does to a connection what networks do: see fault-proxy.h. One link a connection: two sockets, a source each. */

#include "fault-proxy.h"

#include <string.h>

#define SLOW_MS 400

struct _FaultProxy
{
  GSocketService *service;
  guint16 port;
  guint16 target;
  Fault fault;
  guint n_accepted;
  guint cut_after;
  GPtrArray *links;
};

typedef struct
{
  FaultProxy *proxy;
  Fault fault;
  GSocketConnection *ends[2]; /* client, server */
  GSource *sources[2];
  GByteArray *waiting; /* for the client, FAULT_SLOW */
  guint timer;
  gsize passed; /* FAULT_CUT */
} Link;

static void
link_free (gpointer data)
{
  Link *link = data;

  for (guint i = 0; i < 2; i++)
    {
      if (link->sources[i] != NULL)
        {
          g_source_destroy (link->sources[i]);
          g_source_unref (link->sources[i]);
        }
      if (link->ends[i] != NULL)
        g_io_stream_close (G_IO_STREAM (link->ends[i]), NULL, NULL);
      g_clear_object (&link->ends[i]);
    }
  g_clear_handle_id (&link->timer, g_source_remove);
  g_byte_array_unref (link->waiting);
  g_free (link);
}

static gboolean
slow_cb (gpointer user_data)
{
  Link *link = user_data;

  if (link->waiting->len > 0)
    {
      g_socket_send (g_socket_connection_get_socket (link->ends[0]), (const char *) link->waiting->data, 1, NULL, NULL);
      g_byte_array_remove_index (link->waiting, 0);
    }
  return G_SOURCE_CONTINUE;
}

static gboolean
send_all (GSocketConnection *to, const char *bytes, gsize length)
{
  return g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (to)), bytes, length, NULL, NULL, NULL);
}

/* The head of an answer of HTTP passes whole: what is cut is what it announces. */
static gsize
head_length (const Link *link, const char *bytes, gsize n)
{
  const char *end = link->passed == 0 && n > 5 && memcmp (bytes, "HTTP/", 5) == 0 ? memmem (bytes, n, "\r\n\r\n", 4) : NULL;

  return end != NULL ? (gsize) (end + 4 - bytes) : 0;
}

/* FALSE: it is cut now. */
static gboolean
pass_some (Link *link, const char *bytes, gsize n)
{
  gsize head = head_length (link, bytes, n);
  gsize left = link->proxy->cut_after - link->passed;

  link->passed += MIN (n - head, left);
  return send_all (link->ends[0], bytes, MIN (n, head + left)) && link->passed < link->proxy->cut_after;
}

static gboolean
bytes_cb (GSocket *socket, GIOCondition condition, gpointer user_data)
{
  Link *link = user_data;
  guint from = socket == g_socket_connection_get_socket (link->ends[0]) ? 0 : 1;
  char bytes[16 << 10];
  gssize n = g_socket_receive (socket, bytes, sizeof bytes, NULL, NULL);
  gboolean good = n > 0;

  if (good && from == 1 && link->fault == FAULT_GARBLE)
    for (gssize i = 0; i < n; i++)
      bytes[i] = (char) (bytes[i] ^ (0x55 + i % 40));
  if (good && from == 1 && link->fault == FAULT_CUT)
    good = pass_some (link, bytes, (gsize) n);
  else if (good && from == 1 && link->fault == FAULT_SLOW)
    g_byte_array_append (link->waiting, (const guint8 *) bytes, (guint) n);
  else if (good)
    good = send_all (link->ends[1 - from], bytes, (gsize) n);
  if (good)
    return G_SOURCE_CONTINUE;
  g_ptr_array_remove_fast (link->proxy->links, link);
  return G_SOURCE_REMOVE;
}

static gboolean
incoming_cb (GSocketService *service, GSocketConnection *connection, GObject *source, gpointer user_data)
{
  FaultProxy *proxy = user_data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  Link *link;

  proxy->n_accepted++;
  if (proxy->fault == FAULT_REFUSE)
    {
      g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
      return TRUE;
    }
  link = g_new0 (Link, 1);
  link->proxy = proxy;
  link->fault = proxy->fault;
  link->waiting = g_byte_array_new ();
  link->ends[0] = g_object_ref (connection);
  g_ptr_array_add (proxy->links, link);
  if (proxy->fault == FAULT_HOLD)
    return TRUE;
  g_socket_client_set_enable_proxy (client, FALSE);
  link->ends[1] = g_socket_client_connect_to_host (client, "127.0.0.1", proxy->target, NULL, NULL);
  if (link->ends[1] == NULL)
    {
      g_ptr_array_remove_fast (proxy->links, link);
      return TRUE;
    }
  if (proxy->fault == FAULT_SLOW)
    link->timer = g_timeout_add (SLOW_MS, slow_cb, link);
  for (guint i = 0; i < 2; i++)
    {
      link->sources[i] = g_socket_create_source (g_socket_connection_get_socket (link->ends[i]), G_IO_IN | G_IO_HUP | G_IO_ERR, NULL);
      g_source_set_callback (link->sources[i], G_SOURCE_FUNC (bytes_cb), link, NULL);
      g_source_attach (link->sources[i], NULL);
    }
  return TRUE;
}

FaultProxy *
fault_proxy_new (guint16 target_port)
{
  FaultProxy *proxy = g_new0 (FaultProxy, 1);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;

  proxy->target = target_port;
  proxy->links = g_ptr_array_new_with_free_func (link_free);
  proxy->service = g_socket_service_new ();
  g_assert_true (g_socket_listener_add_address (G_SOCKET_LISTENER (proxy->service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                                NULL, &bound, NULL));
  proxy->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (proxy->service, "incoming", G_CALLBACK (incoming_cb), proxy);
  g_socket_service_start (proxy->service);
  return proxy;
}

void
fault_proxy_free (FaultProxy *proxy)
{
  if (proxy == NULL)
    return;
  g_socket_service_stop (proxy->service);
  g_socket_listener_close (G_SOCKET_LISTENER (proxy->service));
  g_object_unref (proxy->service);
  g_ptr_array_unref (proxy->links);
  g_free (proxy);
}

guint16
fault_proxy_port (const FaultProxy *proxy)
{
  return proxy->port;
}

guint
fault_proxy_n_accepted (const FaultProxy *proxy)
{
  return proxy->n_accepted;
}

void
fault_proxy_set (FaultProxy *proxy, Fault fault)
{
  proxy->fault = fault;
  g_ptr_array_set_size (proxy->links, 0);
}

void
fault_proxy_set_cut (FaultProxy *proxy, guint bytes)
{
  proxy->cut_after = bytes;
}

guint16
fault_free_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);

  g_socket_listener_close (listener);
  return port;
}
