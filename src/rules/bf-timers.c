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

gboolean
bf_timers_pop (GArray *heap, gint64 now_us, BfTimer *ret_timer)
{
  BfTimer *timers = (BfTimer *) (void *) heap->data;
  BfTimer last;
  guint n;
  guint i = 0;

  if (heap->len == 0 || timers[0].due_us > now_us)
    return FALSE;
  *ret_timer = timers[0];
  last = timers[heap->len - 1];
  g_array_set_size (heap, heap->len - 1);
  n = heap->len;
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
  if (n > 0)
    timers[i] = last;
  return TRUE;
}
