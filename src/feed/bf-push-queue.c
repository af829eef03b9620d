/* SPDX-License-Identifier: EUPL-1.2 */
/* Bodies that were pushed for one feed: see bf-push-queue.h. The head of the queue is the oldest body that is not taken; the first
 * n_sent of them are in the process's pipe, and at_byte bytes of the next. */

#include "feed/bf-push-queue.h"

#include <string.h>

#define HEAD 12u /* u32 length, i64 received */
#define MAX_DEATHS 3u

struct _BfPushQueue
{
  GQueue bodies; /* GBytes, with their heads */
  gsize bytes;
  GList *next; /* the first that is not wholly sent; NULL: all are */
  guint n_sent;
  gsize at_byte;
  guint64 n_taken; /* by this process */
  guint n_deaths;  /* in a row, with the same body at the head */
};

BfPushQueue *
bf_push_queue_new (void)
{
  BfPushQueue *queue = g_new0 (BfPushQueue, 1);

  g_queue_init (&queue->bodies);
  return queue;
}

void
bf_push_queue_free (BfPushQueue *queue)
{
  if (queue == NULL)
    return;
  g_queue_clear_full (&queue->bodies, (GDestroyNotify) g_bytes_unref);
  g_free (queue);
}

guint
bf_push_queue_n (const BfPushQueue *queue)
{
  return queue->bodies.length;
}

gboolean
bf_push_queue_add (BfPushQueue *queue, GBytes *body, gint64 received_us)
{
  gsize length;
  const guint8 *bytes = g_bytes_get_data (body, &length);
  guint32 length_le = GUINT32_TO_LE ((guint32) length);
  gint64 received_le = GINT64_TO_LE (received_us);
  GByteArray *item;

  if (queue->bodies.length >= BF_PUSH_MAX_BODIES || length > BF_PUSH_MAX_BYTES || queue->bytes + HEAD + length > BF_PUSH_MAX_BYTES)
    return FALSE;
  item = g_byte_array_sized_new (HEAD + length);
  g_byte_array_append (item, (const guint8 *) &length_le, sizeof length_le);
  g_byte_array_append (item, (const guint8 *) &received_le, sizeof received_le);
  if (length > 0)
    g_byte_array_append (item, bytes, length);
  queue->bytes += item->len;
  g_queue_push_tail (&queue->bodies, g_byte_array_free_to_bytes (item));
  if (queue->next == NULL)
    queue->next = queue->bodies.tail;
  return TRUE;
}

gboolean
bf_push_queue_pump (BfPushQueue *queue, BfFeedChild *child)
{
  while (queue->next != NULL)
    {
      gsize length;
      const guint8 *bytes = g_bytes_get_data (queue->next->data, &length);

      queue->at_byte += bf_feed_child_write (child, bytes + queue->at_byte, length - queue->at_byte);
      if (queue->at_byte < length)
        return FALSE;
      queue->at_byte = 0;
      queue->n_sent++;
      queue->next = queue->next->next;
    }
  return TRUE;
}

static void
drop_head (BfPushQueue *queue)
{
  g_autoptr (GBytes) head = g_queue_pop_head (&queue->bodies);

  queue->bytes -= g_bytes_get_size (head);
  queue->n_deaths = 0;
}

gboolean
bf_push_queue_taken (BfPushQueue *queue, guint64 n)
{
  if (n < queue->n_taken || n - queue->n_taken > queue->n_sent)
    return FALSE;
  for (; queue->n_taken < n; queue->n_taken++)
    {
      drop_head (queue);
      queue->n_sent--;
    }
  return TRUE;
}

gboolean
bf_push_queue_restart (BfPushQueue *queue, gboolean crashed)
{
  gboolean given_up = crashed && queue->n_sent > 0 && ++queue->n_deaths >= MAX_DEATHS;

  if (given_up)
    drop_head (queue);
  queue->next = queue->bodies.head;
  queue->n_sent = 0;
  queue->at_byte = 0;
  queue->n_taken = 0;
  return given_up;
}
