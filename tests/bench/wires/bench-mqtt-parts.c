/* SPDX-License-Identifier: EUPL-1.2 */
/* See bench-mqtt-parts.h. */

#include "bench-mqtt-parts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <mosquitto.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <signal.h>
#include <unistd.h>

#include "base/bf-time.h"

#define BURST 200u          /* messages in one write */
#define AHEAD 50000u        /* sent and not yet arrived: more would measure the broker's queue */
#define CONNECTIONS_MAX 16u

Shared *
shared_new (void)
{
  Shared *shared = mmap (NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

  if (shared == MAP_FAILED)
    g_error ("mmap: %s", g_strerror (errno));
  return shared;
}

/* PUBLISH of MQTT 3.1.1 §3.3 into @out; its length. */
static gsize
put_publish (guint8 *out, int qos, guint id, const char *topic, const char *text)
{
  gsize topic_length = strlen (topic);
  gsize length = strlen (text);
  gsize rest = 2 + topic_length + (qos > 0 ? 2 : 0) + length;
  guint8 *p = out;

  *p++ = (guint8) (0x30 | qos << 1);
  *p++ = (guint8) (rest < 128 ? rest : (rest & 127) | 128);
  if (rest >= 128)
    *p++ = (guint8) (rest >> 7);
  *p++ = (guint8) (topic_length >> 8);
  *p++ = (guint8) topic_length;
  memcpy (p, topic, topic_length);
  p += topic_length;
  if (qos > 0)
    {
      *p++ = (guint8) (id >> 8);
      *p++ = (guint8) id;
    }
  memcpy (p, text, length);
  return (gsize) (p - out) + length;
}

static void
write_all (int fd, const guint8 *bytes, gsize length)
{
  while (length > 0)
    {
      gssize n = write (fd, bytes, length);

      if (n <= 0)
        g_error ("publisher: %s", g_strerror (errno));
      bytes += n;
      length -= (gsize) n;
    }
}

static int
open_publisher (guint16 port, guint number)
{
  const guint8 hello[] = { 0x10, 14, 0, 4, 'M', 'Q', 'T', 'T', 4, 2, 0, 60, 0, 2, 'p', (guint8) ('a' + number) };
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (port), .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  guint8 ack[4];

  if (connect (fd, (struct sockaddr *) &address, sizeof address) != 0)
    g_error ("publisher: %s", g_strerror (errno));
  write_all (fd, hello, sizeof hello);
  if (read (fd, ack, sizeof ack) != sizeof ack)
    g_error ("publisher: no CONNACK");
  return fd;
}

/* Acknowledgements are read and forgotten. */
static void
discard (const int *fds, guint n)
{
  guint8 acks[64 << 10];

  for (guint i = 0; i < n; i++)
    while (recv (fds[i], acks, sizeof acks, MSG_DONTWAIT) == sizeof acks)
      ;
}

/* Each asset belongs to one connection: its messages stay in order. */
static void
publish (const Load *load, Shared *shared)
{
  g_autofree guint8 *buffer = g_malloc (BURST * 256);
  int fds[CONNECTIONS_MAX];
  guint n = MIN (load->n_connections, CONNECTIONS_MAX);

  for (guint i = 0; i < n; i++)
    fds[i] = open_publisher (load->port, i);
  for (guint sent = 0, burst = 0; sent < load->n_messages; burst++)
    {
      gint64 now_ms = bf_time_now_us () / 1000;
      gsize length = 0;

      while (sent > AHEAD + (guint) g_atomic_int_get ((gint *) &shared->arrived) && !g_atomic_int_get (&shared->done))
        {
          discard (fds, n);
          g_usleep (2000);
        }
      for (guint i = 0; i < BURST && sent < load->n_messages; i++, sent++)
        {
          char topic[64], text[160];

          g_snprintf (topic, sizeof topic, "parking/%u", sent % N_ASSETS);
          g_snprintf (text, sizeof text, "{\"key\":\"p%u\",\"free\":%u,\"at\":%" G_GINT64_FORMAT "}", sent % N_ASSETS, sent % 900,
                      now_ms + sent / N_ASSETS % 1000);
          length += put_publish (buffer + length, load->qos, sent % 65535 + 1, topic, text);
        }
      write_all (fds[burst % n], buffer, length);
      if (burst % 64 == 0)
        discard (fds, n);
    }
  /* Held open until all is through: the broker reads what is in a socket before it notices the end. */
  while (g_atomic_int_get (&shared->done) == 0)
    {
      discard (fds, n);
      g_usleep (10000);
    }
}

int
publishers_start (const Load *load, Shared *shared)
{
  int pid = fork ();

  if (pid != 0)
    return pid;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  publish (load, shared);
  _exit (0);
}

static void
subscribed_cb (struct mosquitto *client, void *user_data, int id, int n, const int *granted)
{
  Shared *shared = user_data;

  g_atomic_int_set (&shared->subscribed, 1);
}

static void
message_cb (struct mosquitto *client, void *user_data, const struct mosquitto_message *message)
{
  Shared *shared = user_data;

  g_atomic_int_inc ((gint *) &shared->arrived);
}

/* libmosquitto's own loop, nothing done with a message. */
int
bare_start (const Load *load, Shared *shared)
{
  struct mosquitto *client;
  int pid = fork ();

  if (pid != 0)
    return pid;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  mosquitto_lib_init ();
  client = mosquitto_new ("bare", true, shared);
  mosquitto_subscribe_callback_set (client, subscribed_cb);
  mosquitto_message_callback_set (client, message_cb);
  if (mosquitto_connect (client, "127.0.0.1", load->port, 60) != MOSQ_ERR_SUCCESS)
    g_error ("bare subscriber: no connection");
  mosquitto_subscribe (client, NULL, "parking/#", load->qos);
  while (g_atomic_int_get (&shared->done) == 0 && mosquitto_loop (client, 100, 1) == MOSQ_ERR_SUCCESS)
    ;
  _exit (0);
}
