/* SPDX-License-Identifier: EUPL-1.2 */
/* A heap of timers, earliest first; four below each, which lie together: half as many levels of a large city's as with two. Timers are not taken out: who armed one knows its time and passes over a timer
 * that is no longer meant. Equal times come in the order of the assets, so that a replay gives the same order. */

#include "rules/bf-evaluator-private.h"

#define BELOW 4u

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
  for (; i > 0 && before (&timer, &timers[(i - 1) / BELOW]); i = (i - 1) / BELOW)
    timers[i] = timers[(i - 1) / BELOW];
  timers[i] = timer;
}

/* @last in the place of @i, or below. */
static void
sift_down (BfTimer *timers, guint n, guint i, BfTimer last)
{
  while (BELOW * i + 1 < n)
    {
      guint first = BELOW * i + 1;
      guint child = first;

      for (guint other = first + 1; other < MIN (n, first + BELOW); other++)
        if (before (&timers[other], &timers[child]))
          child = other;
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
  for (guint i = n / BELOW + 1; i > 0 && n > 0; i--)
    if (i <= n)
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
