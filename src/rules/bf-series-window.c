/* SPDX-License-Identifier: EUPL-1.2 */
/* A window: slots of a 48th of its span, each with its least, greatest, first and last value, and one slot more from before
 * it, because a value holds until the next. Between them a value is interpolated (meters). So a window of any length costs
 * 51 slots of 40 bytes at most, and a series that brings a value an hour has as few slots as values.
 *
 * Slots are a ring. What is asked is kept as they come and go, so that an answer looks at the ring's two ends and not at all of it: the
 * area under the values, and the least and greatest of the slots behind the one in force when the window begins. These are
 * reckoned anew when the slot that held them leaves, when a late value came, and the area with each turn of the ring, so that
 * rounding does not gather. */

#include <math.h>

#include "rules/bf-series-private.h"

#define WINDOW_SLOTS (BF_SERIES_SLOTS + 3)
#define FIRST_ROOM 4u
#define NOT_KEPT G_MAXUINT8

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
  Slot *slots;
  double area;    /* of all slots but the last: each last value times the time to the next slot, in µs */
  float rest_min; /* of the slots from @rest on */
  float rest_max;
  guint8 first;   /* place of the oldest in the ring */
  guint8 n;
  guint8 room;
  guint8 turn;    /* slots gone since the area was reckoned; NOT_KEPT: it is not right */
  guint8 rest;    /* NOT_KEPT: rest_min and rest_max are not right */
} Window;

static Slot *
slot_at (const Window *window, guint i)
{
  guint place = window->first + i;

  return &window->slots[place < window->room ? place : place - window->room];
}

static Slot *
last_slot (const Window *window)
{
  return window->n > 0 ? slot_at (window, window->n - 1) : NULL;
}

/* The oldest goes. */
static void
drop_first (Window *window)
{
  const Slot *slot = slot_at (window, 0);

  if (window->turn != NOT_KEPT && window->n > 1)
    window->area -= slot->last * (double) (slot_at (window, 1)->from_us - slot->from_us);
  if (window->turn != NOT_KEPT && ++window->turn >= WINDOW_SLOTS)
    window->turn = NOT_KEPT;
  if (window->rest != NOT_KEPT)
    window->rest = window->rest > 0 ? window->rest - 1 : NOT_KEPT;
  window->first = (guint8) ((window->first + 1) % window->room);
  window->n--;
}

static void
make_room (Window *window)
{
  guint room = MIN (WINDOW_SLOTS, MAX (FIRST_ROOM, window->room * 2));
  Slot *slots;

  if (window->n < window->room)
    return;
  slots = g_new (Slot, room);
  for (guint i = 0; i < window->n; i++)
    slots[i] = *slot_at (window, i);
  g_free (window->slots);
  window->slots = slots;
  window->room = (guint8) room;
  window->first = 0;
}

static void
append (Window *window, const Slot *slot)
{
  const Slot *last = last_slot (window);

  if (last != NULL)
    window->area += last->last * (double) (slot->from_us - last->from_us);
  make_room (window);
  window->n++;
  *last_slot (window) = *slot;
}

/* What is known of the rest takes in a value of the last slot. */
static void
widen_rest (Window *window, float value)
{
  if (window->rest == NOT_KEPT || window->n <= window->rest)
    return;
  window->rest_min = MIN (window->rest_min, value);
  window->rest_max = MAX (window->rest_max, value);
}

static void
add_to_window (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  Window *window = (Window *) series;
  Slot fresh = { time_us, time_us, value, value, (float) value, (float) value };
  Slot *last = last_slot (window);

  if (last != NULL && time_us - last->from_us < window->series.spec.span_us / BF_SERIES_SLOTS)
    {
      last->to_us = time_us;
      last->last = value;
      last->min = MIN (last->min, fresh.min);
      last->max = MAX (last->max, fresh.max);
      widen_rest (window, fresh.min);
      return;
    }
  /* All but one of those before the window. */
  while (window->n >= WINDOW_SLOTS || (window->n > 1 && slot_at (window, 1)->to_us <= time_us - window->series.spec.span_us))
    drop_first (window);
  append (window, &fresh);
  widen_rest (window, fresh.min);
}

/* In a slot with others least and greatest stay as wide as they were. */
static void
replace (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  Window *window = (Window *) series;
  Slot *last = last_slot (window);

  if (last == NULL || last->to_us != time_us)
    return;
  if (last->from_us == last->to_us)
    *last = (Slot){ time_us, time_us, value, value, (float) value, (float) value };
  last->last = value;
  last->min = MIN (last->min, (float) value);
  last->max = MAX (last->max, (float) value);
  window->turn = window->rest = NOT_KEPT;
}

/* Into a slot it is of no order any more; between slots it is a slot of its own. */
static gboolean
add_late (BfSeries *series, gint64 time_us, double value)
{
  Window *window = (Window *) series;
  Slot fresh = { time_us, time_us, value, value, (float) value, (float) value };
  guint at = window->n;
  Slot *slot;

  while (at > 0 && slot_at (window, at - 1)->from_us > time_us)
    at--;
  slot = at > 0 ? slot_at (window, at - 1) : NULL;
  if (slot == NULL || !(time_us <= slot->to_us || time_us - slot->from_us < series->spec.span_us / BF_SERIES_SLOTS))
    {
      if (window->n >= WINDOW_SLOTS)
        return FALSE;
      make_room (window);
      window->n++;
      for (guint i = window->n - 1; i > at; i--)
        *slot_at (window, i) = *slot_at (window, i - 1);
      *slot_at (window, at) = fresh;
    }
  else
    {
      slot->min = MIN (slot->min, fresh.min);
      slot->max = MAX (slot->max, fresh.max);
      if (time_us > slot->to_us)
        slot->last = value;
      slot->to_us = MAX (slot->to_us, time_us);
    }
  window->turn = window->rest = NOT_KEPT;
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
  for (guint i = window->n; i-- > 0;)
    {
      const Slot *slot = slot_at (window, i);
      const Slot *next;

      if (slot->from_us > time_us)
        continue;
      if (slot->to_us > time_us)
        return between (time_us, slot->from_us, slot->first, slot->to_us, slot->last);
      if (i + 1 == window->n)
        return slot->last;
      next = slot_at (window, i + 1);
      return between (time_us, slot->to_us, slot->last, next->from_us, next->first);
    }
  return NAN;
}

/* Something is known of the window's first quarter, or of before it. */
static gboolean
is_covered (const Window *window, gint64 from_us, gint64 span_us)
{
  return window->n > 0 && slot_at (window, 0)->from_us <= from_us + span_us / 4;
}

/* First slot of the window: the one in force when it begins. Few lie before it. */
static guint
first_in_window (const Window *window, gint64 from_us)
{
  guint i = 0;

  while (i + 1 < window->n && slot_at (window, i + 1)->from_us <= from_us)
    i++;
  return i;
}

/* rest_min and rest_max become those of the slots from @from on. */
static void
keep_rest (Window *window, guint from)
{
  gboolean right = window->rest != NOT_KEPT && window->rest <= from;

  for (guint i = window->rest; right && i < from; i++)
    right = slot_at (window, i)->min > window->rest_min && slot_at (window, i)->max < window->rest_max;
  if (!right)
    {
      window->rest_min = INFINITY;
      window->rest_max = -INFINITY;
      for (guint i = from; i < window->n; i++)
        {
          window->rest_min = MIN (window->rest_min, slot_at (window, i)->min);
          window->rest_max = MAX (window->rest_max, slot_at (window, i)->max);
        }
    }
  window->rest = (guint8) from;
}

static double
extreme (Window *window, gint64 now_us, gboolean greatest)
{
  gint64 from_us = now_us - window->series.spec.span_us;
  const Slot *slot;
  double found;
  guint i;

  if (!is_covered (window, from_us, window->series.spec.span_us))
    return NAN;
  i = first_in_window (window, from_us);
  keep_rest (window, i + 1);
  slot = slot_at (window, i);
  /* Of a slot that ended before the window only its last value reaches into it. */
  found = slot->to_us < from_us ? slot->last : greatest ? slot->max : slot->min;
  return greatest ? MAX (found, window->rest_max) : MIN (found, window->rest_min);
}

/**
 * bf_series_min:
 *
 * Returns: the least value in force during the window, single precision, to a 48th of the window's length
 */
double
bf_series_min (BfSeries *series, gint64 now_us)
{
  return extreme ((Window *) series, now_us, FALSE);
}

double
bf_series_max (BfSeries *series, gint64 now_us)
{
  return extreme ((Window *) series, now_us, TRUE);
}

static void
keep_area (Window *window)
{
  if (window->turn != NOT_KEPT)
    return;
  window->turn = 0;
  window->area = 0;
  for (guint i = 0; i + 1 < window->n; i++)
    window->area += slot_at (window, i)->last * (double) (slot_at (window, i + 1)->from_us - slot_at (window, i)->from_us);
}

/**
 * bf_series_avg:
 *
 * Returns: the mean over time, each slot's last value holding until the next slot
 */
double
bf_series_avg (BfSeries *series, gint64 now_us)
{
  Window *window = (Window *) series;
  gint64 from_us = now_us - window->series.spec.span_us;
  const Slot *last;
  double sum;
  gint64 begin_us, end_us;
  guint first;

  if (!is_covered (window, from_us, window->series.spec.span_us))
    return NAN;
  first = first_in_window (window, from_us);
  last = last_slot (window);
  begin_us = MAX (slot_at (window, first)->from_us, from_us);
  end_us = MAX (now_us, last->from_us);
  if (end_us <= begin_us || first + 1 == window->n)
    return last->last;
  keep_area (window);
  sum = window->area - slot_at (window, first)->last * (double) (begin_us - slot_at (window, first)->from_us)
        + last->last * (double) (end_us - last->from_us);
  for (guint i = 0; i < first; i++)
    sum -= slot_at (window, i)->last * (double) (slot_at (window, i + 1)->from_us - slot_at (window, i)->from_us);
  return sum / (double) (end_us - begin_us);
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
  last = last_slot (window);
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
  ((Window *) series)->rest = NOT_KEPT;
}

static void
clear (BfSeries *series)
{
  g_free (((Window *) series)->slots);
}

static void
step_back (BfSeries *series, gint64 step_us)
{
  Window *window = (Window *) series;

  for (guint i = 0; i < window->n; i++)
    {
      slot_at (window, i)->from_us += step_us;
      slot_at (window, i)->to_us += step_us;
    }
}

static void
save (const BfSeries *series, GArray *numbers)
{
  const Window *window = (const Window *) series;

  for (guint i = 0; i < window->n; i++)
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

  while (numbers->good && numbers->at < numbers->end && window->n < WINDOW_SLOTS)
    {
      Slot slot;

      slot.from_us = bf_numbers_take_stamp (numbers);
      slot.to_us = bf_numbers_take_stamp (numbers);
      slot.first = bf_numbers_take (numbers);
      slot.last = bf_numbers_take (numbers);
      slot.min = (float) bf_numbers_take (numbers);
      slot.max = (float) bf_numbers_take (numbers);
      if (slot.to_us < slot.from_us || (window->n > 0 && slot.from_us <= last_slot (window)->to_us))
        numbers->good = FALSE;
      append (window, &slot);
    }
}

const BfSeriesClass bf_series_window
  = { .size = sizeof (Window), .init = init, .clear = clear, .add = add_to_window, .add_late = add_late, .replace = replace, .step_back = step_back, .save = save, .load = load };
