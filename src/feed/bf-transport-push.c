/* SPDX-License-Identifier: EUPL-1.2 */
/* What is pushed to the engine's listener comes here on standard input: u32 length, i64 µs when it was received (little-endian),
 * body. The engine keeps each body until it is told by TAKEN that the frames made from it are its own; so nothing that a sender was
 * told is accepted gets lost when this process dies. No room: it is not read on, and the engine tells the sender to wait. */

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>

#include "base/bf-time.h"
#include "feed/bf-sandbox.h"
#include "feed/bf-transport.h"

#define READ_BYTES (64u << 10)
#define HEAD 12u

typedef struct
{
  BfTransport base;
  GSource *source;
  GByteArray *buffer;
} Push;

static void read_more (Push *self);

static void
drop_source (Push *self)
{
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

/* FALSE: no room, or broken. */
static gboolean
take_bodies (Push *self)
{
  gsize at = 0;
  gboolean good = TRUE;

  while (self->buffer->len - at >= HEAD)
    {
      guint32 length;
      gint64 received_us;

      memcpy (&length, self->buffer->data + at, sizeof length);
      memcpy (&received_us, self->buffer->data + at + 4, sizeof received_us);
      length = GUINT32_FROM_LE (length);
      received_us = GINT64_FROM_LE (received_us);
      if (self->buffer->len - at - HEAD < length)
        break;
      if (!self->base.host->message (self->base.user_data, (const char *) self->buffer->data + at + HEAD, length, received_us))
        {
          drop_source (self);
          good = FALSE;
          break;
        }
      at += HEAD + length;
    }
  if (at > 0)
    g_byte_array_remove_range (self->buffer, 0, at);
  return good;
}

static gboolean
input_cb (int fd, GIOCondition condition, gpointer user_data)
{
  Push *self = user_data;
  guint8 bytes[READ_BYTES];
  gssize n = read (fd, bytes, sizeof bytes);

  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
    {
      drop_source (self);
      self->base.host->down (self->base.user_data, BF_OUTCOME_RETRY, 0, _ (_ ("the engine's pipe is closed")));
      return G_SOURCE_REMOVE;
    }
  if (n > 0)
    g_byte_array_append (self->buffer, bytes, n);
  take_bodies (self);
  return G_SOURCE_CONTINUE;
}

static void
read_more (Push *self)
{
  if (self->source != NULL)
    return;
  self->source = g_unix_fd_source_new (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR);
  g_source_set_callback (self->source, G_SOURCE_FUNC (input_cb), self, NULL);
  g_source_attach (self->source, NULL);
}

static void
push_start (BfTransport *transport)
{
  transport->host->up (transport->user_data, _ (_ ("waits for what is pushed")));
  read_more ((Push *) transport);
}

static void
push_stop (BfTransport *transport)
{
  drop_source ((Push *) transport);
}

static void
push_resume (BfTransport *transport)
{
  Push *self = (Push *) transport;

  if (take_bodies (self))
    read_more (self);
}

static BfTransport *
push_open (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error)
{
  Push *self = g_new0 (Push, 1);

  self->buffer = g_byte_array_new ();
  return &self->base;
}

static void
push_close (BfTransport *transport)
{
  Push *self = (Push *) transport;

  drop_source (self);
  g_byte_array_unref (self->buffer);
  g_free (self);
}

static void
push_allow (BfTransport *transport, BfSandbox *sandbox)
{
}

const BfTransportClass bf_transport_push = {
  .open = push_open,
  .close = push_close,
  .allow = push_allow,
  .start = push_start,
  .stop = push_stop,
  .resume = push_resume,
};
