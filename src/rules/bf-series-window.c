/* SPDX-License-Identifier: EUPL-1.2 */
/* A window: slots of a 48th of its span, each with its least, greatest, first and last value, and one slot more from before
 * it, because a value holds until the next. Between them a value is interpolated (meters). So a window of any length costs
 * 51 slots of 40 bytes at most, and a series that brings a value an hour has as few slots as values. */

#include <math.h>

#include "rules/bf-series-private.h"

#define WINDOW_SLOTS (BF_SERIES_SLOTS + 3)

typedef struct
{
  gint64 from_us; /* first value of the slot */
  gint64 to_us;   /* last one */
  double first;
  double last;
  float min;
  float max;
} Slot;

typedef struct
{
  BfSeries series;
  GArray *slots; /* Slot */
} Window;

static const Slot *
slot_at (const Window *window, guint i)
{
  return &g_array_index (window->slots, Slot, i);
}

static void
add_to_window (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  Window *window = (Window *) series;
  GArray *slots = window->slots;
  Slot fresh = { time_us, time_us, value, value, (float) value, (float) value };
  Slot *last = slots->len > 0 ? &g_array_index (slots, Slot, slots->len - 1) : NULL;
  guint gone = 0;

  if (last != NULL && time_us - last->from_us < window->series.spec.span_us / BF_SERIES_SLOTS)
    {
      last->to_us = time_us;
      last->last = value;
      last->min = MIN (last->min, fresh.min);
      last->max = MAX (last->max, fresh.max);
      return;
    }
  g_array_append_val (slots, fresh);
  /* All but one of those before the window. */
  while (gone + 1 < slots->len && slot_at (window, gone + 1)->to_us <= time_us - window->series.spec.span_us)
    gone++;
  gone = MAX (gone, slots->len > WINDOW_SLOTS ? slots->len - WINDOW_SLOTS : 0);
  if (gone > 0)
    g_array_remove_range (slots, 0, gone);
}

/* Into a slot it is of no order any more; between slots it is a slot of its own. */
static gboolean
add_late (BfSeries *series, gint64 time_us, double value)
{
  Window *window = (Window *) series;
  Slot fresh = { time_us, time_us, value, value, (float) value, (float) value };
  guint at = window->slots->len;
  Slot *slot;

  while (at > 0 && slot_at (window, at - 1)->from_us > time_us)
    at--;
  slot = at > 0 ? &g_array_index (window->slots, Slot, at - 1) : NULL;
  if (slot != NULL && (time_us <= slot->to_us || time_us - slot->from_us < series->spec.span_us / BF_SERIES_SLOTS))
    {
      slot->min = MIN (slot->min, fresh.min);
      slot->max = MAX (slot->max, fresh.max);
      if (time_us > slot->to_us)
        slot->last = value;
      slot->to_us = MAX (slot->to_us, time_us);
      return TRUE;
    }
  if (window->slots->len >= WINDOW_SLOTS)
    return FALSE;
  g_array_insert_val (window->slots, at, fresh);
  return TRUE;
}

static double
between (gint64 time_us, gint64 from_us, double from, gint64 to_us, double to)
{
  return from + (to - from) * (double) (time_us - from_us) / (double) (to_us - from_us);
}

/* The value in force at @time_us, interpolated between slots; NAN before the first. */
static double
value_at (const Window *window, gint64 time_us)
{
  for (guint i = window->slots->len; i-- > 0;)
    {
      const Slot *slot = slot_at (window, i);
      const Slot *next = slot + 1;

      if (slot->from_us > time_us)
        continue;
      if (slot->to_us > time_us)
        return between (time_us, slot->from_us, slot->first, slot->to_us, slot->last);
      if (i + 1 == window->slots->len)
        return slot->last;
      return between (time_us, slot->to_us, slot->last, next->from_us, next->first);
    }
  return NAN;
}

/* Something is known of the window's first quarter, or of before it. */
static gboolean
is_covered (const Window *window, gint64 from_us, gint64 span_us)
{
  return window->slots->len > 0 && slot_at (window, 0)->from_us <= from_us + span_us / 4;
}

/* First slot of the window: the one in force when it begins. */
static guint
first_in_window (const Window *window, gint64 from_us)
{
  guint i = window->slots->len - 1;

  while (i > 0 && slot_at (window, i)->from_us > from_us)
    i--;
  return i;
}

static double
extreme (const Window *window, gint64 now_us, gboolean greatest)
{
  gint64 from_us = now_us - window->series.spec.span_us;
  double found;
  guint i;

  if (!is_covered (window, from_us, window->series.spec.span_us))
    return NAN;
  i = first_in_window (window, from_us);
  /* Of a slot that ended before the window only its last value reaches into it. */
  found = slot_at (window, i)->to_us < from_us ? slot_at (window, i)->last
          : greatest                           ? slot_at (window, i)->max
                                               : slot_at (window, i)->min;
  for (i++; i < window->slots->len; i++)
    found = greatest ? MAX (found, slot_at (window, i)->max) : MIN (found, slot_at (window, i)->min);
  return found;
}

/**
 * bf_series_min:
 *
 * Returns: the least value in force during the window, single precision, to a 48th of the window's length
 */
double
bf_series_min (const BfSeries *series, gint64 now_us)
{
  const Window *window = (const Window *) series;

  return extreme (window, now_us, FALSE);
}

double
bf_series_max (const BfSeries *series, gint64 now_us)
{
  const Window *window = (const Window *) series;

  return extreme (window, now_us, TRUE);
}

/**
 * bf_series_avg:
 *
 * Returns: the mean over time, each slot's last value holding until the next slot
 */
double
bf_series_avg (const BfSeries *series, gint64 now_us)
{
  const Window *window = (const Window *) series;
  gint64 from_us = now_us - window->series.spec.span_us;
  double sum = 0;
  gint64 total_us = 0;

  if (!is_covered (window, from_us, window->series.spec.span_us))
    return NAN;
  for (guint i = first_in_window (window, from_us); i < window->slots->len; i++)
    {
      gint64 begin_us = MAX (slot_at (window, i)->from_us, from_us);
      gint64 end_us = i + 1 < window->slots->len ? slot_at (window, i + 1)->from_us : now_us;

      if (end_us <= begin_us)
        continue;
      sum += slot_at (window, i)->last * (double) (end_us - begin_us);
      total_us += end_us - begin_us;
    }
  return total_us > 0 ? sum / (double) total_us : slot_at (window, window->slots->len - 1)->last;
}

/**
 * bf_series_delta:
 * @span_us: over which
 * @ago_us: how long before now the span ends
 *
 * Returns: value at its end less value at its begin
 */
double
bf_series_delta (const BfSeries *series, gint64 now_us, gint64 span_us, gint64 ago_us)
{
  const Window *window = (const Window *) series;
  gint64 from_us = now_us - ago_us - span_us;
  double begin;

  if (!is_covered (window, from_us, span_us))
    return NAN;
  begin = value_at (window, from_us);
  if (isnan (begin))
    begin = slot_at (window, 0)->first;
  return value_at (window, now_us - ago_us) - begin;
}

/**
 * bf_series_rate:
 *
 * Returns: change over the span, a second: of what was heard, so that a meter that is silent for a while does not slow down
 */
double
bf_series_rate (const BfSeries *series, gint64 now_us, gint64 span_us)
{
  const Window *window = (const Window *) series;
  gint64 from_us = now_us - span_us;
  const Slot *last;
  double begin;
  gint64 begin_us;

  if (!is_covered (window, from_us, span_us))
    return NAN;
  last = slot_at (window, window->slots->len - 1);
  begin = value_at (window, from_us);
  begin_us = isnan (begin) ? slot_at (window, 0)->from_us : from_us;
  if (isnan (begin))
    begin = slot_at (window, 0)->first;
  if (last->to_us - begin_us < span_us / 4)
    return NAN;
  return (last->last - begin) * G_USEC_PER_SEC / (double) (last->to_us - begin_us);
}

/* ---- Its way of remembering ---- */

static void
init (BfSeries *series)
{
  ((Window *) series)->slots = g_array_new (FALSE, FALSE, sizeof (Slot));
}

static void
clear (BfSeries *series)
{
  g_array_unref (((Window *) series)->slots);
}

static void
step_back (BfSeries *series, gint64 step_us)
{
  GArray *slots = ((Window *) series)->slots;

  for (guint i = 0; i < slots->len; i++)
    {
      Slot *slot = &g_array_index (slots, Slot, i);

      slot->from_us += step_us;
      slot->to_us += step_us;
    }
}

static void
save (const BfSeries *series, GArray *numbers)
{
  const Window *window = (const Window *) series;

  for (guint i = 0; i < window->slots->len; i++)
    {
      const Slot *slot = slot_at (window, i);

      bf_numbers_put_time (numbers, slot->from_us);
      bf_numbers_put_time (numbers, slot->to_us);
      bf_numbers_put (numbers, slot->first);
      bf_numbers_put (numbers, slot->last);
      bf_numbers_put (numbers, slot->min);
      bf_numbers_put (numbers, slot->max);
    }
}

static void
load (BfSeries *series, BfNumbers *numbers)
{
  Window *window = (Window *) series;

  while (numbers->good && numbers->at < numbers->end && window->slots->len < WINDOW_SLOTS)
    {
      Slot slot;

      slot.from_us = bf_numbers_take_stamp (numbers);
      slot.to_us = bf_numbers_take_stamp (numbers);
      slot.first = bf_numbers_take (numbers);
      slot.last = bf_numbers_take (numbers);
      slot.min = (float) bf_numbers_take (numbers);
      slot.max = (float) bf_numbers_take (numbers);
      if (slot.to_us < slot.from_us || (window->slots->len > 0 && slot.from_us <= slot_at (window, window->slots->len - 1)->to_us))
        numbers->good = FALSE;
      g_array_append_val (window->slots, slot);
    }
}

const BfSeriesClass bf_series_window
  = { .size = sizeof (Window), .init = init, .clear = clear, .add = add_to_window, .add_late = add_late, .step_back = step_back, .save = save, .load = load };
