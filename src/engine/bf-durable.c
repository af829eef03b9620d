/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-durable.h. Writes carry a number that grows; one who waits keeps the number of the last write begun before it came, and
 * is called when no write up to there is under way. The store ends writes in their order; nothing here needs that. */

#include "engine/bf-durable.h"

struct _BfDurableWrite
{
  BfDurable *durable;
  guint64 number;
  BfAlert *alert;
  BfAlertEvent *event;
  GList link; /* in `pending` */
};

typedef struct
{
  guint64 until; /* number of the last write that it waits for */
  BfDurableFunc func;
  gpointer user_data;
} Waiter;

struct _BfDurable
{
  BfDurableTold told;
  gpointer user_data;
  GHashTable *open; /* id -> BfAlert */
  gint64 last_event;
  guint64 last_number;
  GQueue pending; /* BfDurableWrite, in the order of their numbers */
  GQueue waiting; /* Waiter, in the order of `until` */
};

BfDurable *
bf_durable_new (gint64 last_event, BfDurableTold told, gpointer user_data)
{
  BfDurable *durable = g_new0 (BfDurable, 1);

  durable->told = told;
  durable->user_data = user_data;
  durable->last_event = last_event;
  durable->open = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, (GDestroyNotify) bf_alert_free);
  g_queue_init (&durable->pending);
  g_queue_init (&durable->waiting);
  return durable;
}

void
bf_durable_free (BfDurable *durable)
{
  if (durable == NULL)
    return;
  g_assert (durable->pending.length == 0 && durable->waiting.length == 0);
  g_hash_table_unref (durable->open);
  g_free (durable);
}

/* Takes @alert. */
static void
put (BfDurable *durable, BfAlert *alert)
{
  if (!bf_alert_is_open (alert))
    {
      g_hash_table_remove (durable->open, &alert->id);
      bf_alert_free (alert);
    }
  else
    g_hash_table_replace (durable->open, &alert->id, alert);
}

void
bf_durable_restore (BfDurable *durable, const BfAlert *alert)
{
  put (durable, bf_alert_copy (alert));
}

BfDurableWrite *
bf_durable_begin (BfDurable *durable, const BfAlert *alert, const BfAlertEvent *event)
{
  BfDurableWrite *write = g_new0 (BfDurableWrite, 1);

  write->durable = durable;
  write->number = ++durable->last_number;
  write->alert = bf_alert_copy (alert);
  write->event = bf_alert_event_copy (event);
  write->link.data = write;
  g_queue_push_tail_link (&durable->pending, &write->link);
  return write;
}

/* Calls those who wait for nothing any more; with @error also those who wait for the write @failed. */
static void
call_waiting (BfDurable *durable, guint64 failed, const GError *error)
{
  GQueue ready = G_QUEUE_INIT;
  Waiter *waiter;

  for (GList *link = durable->waiting.head; link != NULL;)
    {
      GList *next = link->next;
      const BfDurableWrite *first = g_queue_peek_head (&durable->pending);

      waiter = link->data;
      if ((error != NULL && waiter->until >= failed) || first == NULL || first->number > waiter->until)
        {
          g_queue_unlink (&durable->waiting, link);
          g_queue_push_tail_link (&ready, link);
        }
      else if (error == NULL)
        break;
      link = next;
    }
  /* What they do may begin writes and wait anew. */
  while ((waiter = g_queue_pop_head (&ready)) != NULL)
    {
      waiter->func (waiter->user_data, waiter->until >= failed ? error : NULL);
      g_free (waiter);
    }
}

void
bf_durable_end (gpointer user_data, const GError *error)
{
  BfDurableWrite *write = user_data;
  BfDurable *durable = write->durable;
  guint64 number = write->number;

  g_queue_unlink (&durable->pending, &write->link);
  if (error != NULL)
    {
      g_warning ("alert %" G_GINT64_FORMAT " is not on disk: %s", write->alert->id, error->message);
      bf_alert_free (write->alert);
    }
  else
    {
      g_autoptr (BfAlert) told = bf_alert_copy (write->alert);

      durable->last_event = MAX (durable->last_event, write->event->id);
      put (durable, write->alert);
      if (durable->told != NULL)
        durable->told (durable->user_data, told, write->event);
    }
  bf_alert_event_free (write->event);
  g_free (write);
  call_waiting (durable, number, error);
}

void
bf_durable_when (BfDurable *durable, BfDurableFunc func, gpointer user_data)
{
  Waiter *waiter;

  if (durable->pending.length == 0)
    {
      func (user_data, NULL);
      return;
    }
  waiter = g_new (Waiter, 1);
  *waiter = (Waiter){ durable->last_number, func, user_data };
  g_queue_push_tail (&durable->waiting, waiter);
}

guint
bf_durable_n_pending (const BfDurable *durable)
{
  return durable->pending.length;
}

gint64
bf_durable_last_event (const BfDurable *durable)
{
  return durable->last_event;
}

const BfAlert *
bf_durable_get (const BfDurable *durable, gint64 id)
{
  return g_hash_table_lookup (durable->open, &id);
}

static int
compare_worst (gconstpointer a, gconstpointer b)
{
  const BfAlert *x = *(const BfAlert *const *) a;
  const BfAlert *y = *(const BfAlert *const *) b;

  if (x->priority != y->priority)
    return x->priority > y->priority ? -1 : 1;
  if (x->raised_us != y->raised_us)
    return x->raised_us < y->raised_us ? -1 : 1;
  return (x->id > y->id) - (x->id < y->id);
}

GPtrArray *
bf_durable_list (const BfDurable *durable)
{
  GPtrArray *list = g_ptr_array_sized_new (g_hash_table_size (durable->open));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, durable->open);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (list, value);
  g_ptr_array_sort (list, compare_worst);
  return list;
}
