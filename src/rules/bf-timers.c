/* SPDX-License-Identifier: EUPL-1.2 */
/* A binary heap of timers, earliest first. Timers are not taken out: who armed one knows its time and passes over a timer
 * that is no longer meant. Equal times come in the order of the assets, so that a replay gives the same order. */

#include "rules/bf-evaluator-private.h"

static gboolean
before (const BfTimer *a, const BfTimer *b)
{
  if (a->due_us != b->due_us)
    return a->due_us < b->due_us;
  return a->asset < b->asset;
}

void
bf_timers_push (GArray *heap, BfTimer timer)
{
  BfTimer *timers;
  guint i = heap->len;

  g_array_append_val (heap, timer);
  timers = (BfTimer *) (void *) heap->data;
  for (; i > 0 && before (&timer, &timers[(i - 1) / 2]); i = (i - 1) / 2)
    timers[i] = timers[(i - 1) / 2];
  timers[i] = timer;
}

/* @last in the place of @i, or below. */
static void
sift_down (BfTimer *timers, guint n, guint i, BfTimer last)
{
  while (2 * i + 1 < n)
    {
      guint child = 2 * i + 1;

      if (child + 1 < n && before (&timers[child + 1], &timers[child]))
        child++;
      if (!before (&timers[child], &last))
        break;
      timers[i] = timers[child];
      i = child;
    }
  timers[i] = last;
}

void
bf_timers_keep_meant (GArray *heap, const gint64 *wake_us)
{
  BfTimer *timers = (BfTimer *) (void *) heap->data;
  guint n = 0;

  for (guint i = 0; i < heap->len; i++)
    if (wake_us[timers[i].asset] == timers[i].due_us)
      timers[n++] = timers[i];
  g_array_set_size (heap, n);
  for (guint i = n / 2; i > 0; i--)
    sift_down (timers, n, i - 1, timers[i - 1]);
}

gboolean
bf_timers_pop (GArray *heap, gint64 now_us, BfTimer *ret_timer)
{
  BfTimer *timers = (BfTimer *) (void *) heap->data;
  BfTimer last;

  if (heap->len == 0 || timers[0].due_us > now_us)
    return FALSE;
  *ret_timer = timers[0];
  last = timers[heap->len - 1];
  g_array_set_size (heap, heap->len - 1);
  if (heap->len > 0)
    sift_down (timers, heap->len, 0, last);
  return TRUE;
}
