/* SPDX-License-Identifier: EUPL-1.2 */
/* A tally: how many values of the last span, their sum, how often they changed, how they spread. Slots of a 48th of the span, so that
 * any length costs 51 slots of 48 bytes at most, and what comes seldom has a slot a value and is exact; a slot that reaches over the
 * beginning of the span counts when its middle is inside.
 *
 * Slots are a ring, and the totals of all are kept as they come and go, so that an answer looks at the ring's ends only; they are
 * reckoned anew with each turn of the ring and after a late value.
 *
 * Spread: B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", Technometrics 4 (1962); the
 * totals are about a value that was seen, so that little is lost when a great mean is taken away (T. F. Chan, G. H. Golub, R. J.
 * LeVeque, "Algorithms for Computing the Sample Variance", The American Statistician 37 (1983)). A late value counts where nothing was heard before: what is sent again and again counts once. */

#include <math.h>

#include "rules/bf-series-private.h"

#define TALLY_SLOTS (BF_SERIES_SLOTS + 3)
#define FIRST_ROOM 4u
#define NOT_KEPT G_MAXUINT8
#define LEAST_VALUES 4 /* of a spread */

typedef struct
{
  gint64 from_us;
  gint64 to_us;
  guint32 n;
  guint32 n_changes;
  double sum;
  double squares; /* of the differences from the mean */
} Slot;

/* Sums of many slots, about @reference: slots can be taken away again. */
typedef struct
{
  guint32 n;
  guint32 n_changes;
  double sum;
  double off;     /* of (value - reference) */
  double squares; /* of that squared */
} Totals;

typedef struct
{
  BfSeries series;
  gint64 since_us; /* first value ever; G_MININT64: none */
  double last;
  Slot *slots;
  double reference;
  Totals all;   /* of all slots */
  guint8 first; /* place of the oldest in the ring */
  guint8 n;
  guint8 room;
  guint8 turn;  /* slots gone since @all was reckoned; NOT_KEPT: it is not right */
} Tally;

static Slot *
slot_at (const Tally *tally, guint i)
{
  guint place = tally->first + i;

  return &tally->slots[place < tally->room ? place : place - tally->room];
}

static void
add_to_slot (Slot *slot, gint64 time_us, double value, gboolean changed)
{
  double before = slot->n > 0 ? slot->sum / slot->n : 0;

  slot->n++;
  slot->n_changes += changed;
  slot->sum += value;
  slot->squares += (value - before) * (value - slot->sum / slot->n);
  slot->to_us = time_us;
}

/* @sign: 1 or -1 */
static void
count_slot (const Tally *tally, Totals *totals, const Slot *slot, int sign)
{
  double off = slot->sum / slot->n - tally->reference;

  totals->n += (guint32) sign * slot->n;
  totals->n_changes += (guint32) sign * slot->n_changes;
  totals->sum += sign * slot->sum;
  totals->off += sign * off * slot->n;
  totals->squares += sign * (slot->squares + off * off * slot->n);
}

static void
keep_totals (Tally *tally)
{
  if (tally->turn != NOT_KEPT)
    return;
  tally->turn = 0;
  tally->all = (Totals){ 0 };
  tally->reference = tally->last;
  for (guint i = 0; i < tally->n; i++)
    count_slot (tally, &tally->all, slot_at (tally, i), 1);
}

static void
drop_first (Tally *tally)
{
  if (tally->turn != NOT_KEPT)
    count_slot (tally, &tally->all, slot_at (tally, 0), -1);
  if (tally->turn != NOT_KEPT && ++tally->turn >= TALLY_SLOTS)
    tally->turn = NOT_KEPT;
  tally->first = (guint8) ((tally->first + 1) % tally->room);
  tally->n--;
}

/* A new slot at place @at, to be filled. */
static Slot *
insert (Tally *tally, guint at, gint64 time_us)
{
  if (tally->n == tally->room)
    {
      guint room = MIN (TALLY_SLOTS, MAX (FIRST_ROOM, tally->room * 2));
      Slot *slots = g_new (Slot, room);

      for (guint i = 0; i < tally->n; i++)
        slots[i] = *slot_at (tally, i);
      g_free (tally->slots);
      tally->slots = slots;
      tally->room = (guint8) room;
      tally->first = 0;
    }
  tally->n++;
  for (guint i = tally->n - 1; i > at; i--)
    *slot_at (tally, i) = *slot_at (tally, i - 1);
  *slot_at (tally, at) = (Slot){ .from_us = time_us, .to_us = time_us };
  return slot_at (tally, at);
}

static void
add_to_tally (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  Tally *tally = (Tally *) series;
  gboolean changed = tally->since_us != G_MININT64 && value != tally->last;
  double off = value - tally->reference;
  Slot *last = tally->n > 0 ? slot_at (tally, tally->n - 1) : NULL;

  tally->since_us = tally->since_us == G_MININT64 ? time_us : tally->since_us;
  tally->last = value;
  if (last == NULL || time_us - last->from_us >= series->spec.span_us / BF_SERIES_SLOTS)
    {
      while (tally->n >= TALLY_SLOTS || (tally->n > 0 && slot_at (tally, 0)->to_us <= time_us - series->spec.span_us))
        drop_first (tally);
      last = insert (tally, tally->n, time_us);
    }
  add_to_slot (last, time_us, value, changed);
  tally->all.n++;
  tally->all.n_changes += changed;
  tally->all.sum += value;
  tally->all.off += off;
  tally->all.squares += off * off;
}

static gboolean
add_late (BfSeries *series, gint64 time_us, double value)
{
  Tally *tally = (Tally *) series;
  guint at = tally->n;

  while (at > 0 && slot_at (tally, at - 1)->from_us > time_us)
    at--;
  if (at > 0 && time_us <= slot_at (tally, at - 1)->to_us)
    return FALSE;
  if (at > 0 && time_us - slot_at (tally, at - 1)->from_us < series->spec.span_us / BF_SERIES_SLOTS)
    add_to_slot (slot_at (tally, at - 1), time_us, value, FALSE);
  else if (tally->n < TALLY_SLOTS)
    add_to_slot (insert (tally, at, time_us), time_us, value, FALSE);
  else
    return FALSE;
  tally->turn = NOT_KEPT;
  return TRUE;
}

/* All that counts at @now_us; FALSE: the series is too young to say. */
static gboolean
join (Tally *tally, gint64 now_us, Totals *ret_all)
{
  gint64 from_us = now_us - tally->series.spec.span_us;

  if (tally->since_us == G_MININT64 || tally->since_us > from_us + tally->series.spec.span_us / 4)
    return FALSE;
  keep_totals (tally);
  *ret_all = tally->all;
  for (guint i = 0; i < tally->n; i++)
    {
      const Slot *slot = slot_at (tally, i);

      if (slot->from_us + (slot->to_us - slot->from_us) / 2 > from_us)
        break;
      count_slot (tally, ret_all, slot, -1);
    }
  if (ret_all->n == 0)
    ret_all->sum = 0;
  return TRUE;
}

double
bf_series_count (BfSeries *series, gint64 now_us)
{
  Totals all;

  return join ((Tally *) series, now_us, &all) ? all.n : NAN;
}

double
bf_series_changes (BfSeries *series, gint64 now_us)
{
  Totals all;

  return join ((Tally *) series, now_us, &all) ? all.n_changes : NAN;
}

double
bf_series_sum (BfSeries *series, gint64 now_us)
{
  Totals all;

  return join ((Tally *) series, now_us, &all) ? all.sum : NAN;
}

/**
 * bf_series_stddev:
 *
 * Returns: standard deviation of the values (of a sample: by their number less one), of four or more
 */
double
bf_series_stddev (BfSeries *series, gint64 now_us)
{
  Totals all;

  if (!join ((Tally *) series, now_us, &all) || all.n < LEAST_VALUES)
    return NAN;
  return sqrt (MAX (0, all.squares - all.off * all.off / all.n) / (all.n - 1));
}

/* ---- Its way of remembering ---- */

static void
init (BfSeries *series)
{
  ((Tally *) series)->since_us = G_MININT64;
  ((Tally *) series)->turn = NOT_KEPT;
}

static void
fetch (const BfSeries *series)
{
  const Tally *tally = (const Tally *) series;

  if (tally->n == 0)
    return;
  __builtin_prefetch (slot_at (tally, 0), 1);
  __builtin_prefetch (slot_at (tally, MIN (1, tally->n - 1)) + 1);
  __builtin_prefetch (slot_at (tally, tally->n - 1), 1);
  __builtin_prefetch (slot_at (tally, tally->n - 1) + 1, 1);
}

static void
clear (BfSeries *series)
{
  g_free (((Tally *) series)->slots);
}

static void
step_back (BfSeries *series, gint64 step_us)
{
  Tally *tally = (Tally *) series;

  tally->since_us += step_us;
  for (guint i = 0; i < tally->n; i++)
    {
      slot_at (tally, i)->from_us += step_us;
      slot_at (tally, i)->to_us += step_us;
    }
}

static void
save (const BfSeries *series, GArray *numbers)
{
  const Tally *tally = (const Tally *) series;

  bf_numbers_put_time (numbers, tally->since_us);
  bf_numbers_put (numbers, tally->last);
  for (guint i = 0; i < tally->n; i++)
    {
      const Slot *slot = slot_at (tally, i);

      bf_numbers_put_time (numbers, slot->from_us);
      bf_numbers_put_time (numbers, slot->to_us);
      bf_numbers_put (numbers, slot->n);
      bf_numbers_put (numbers, slot->n_changes);
      bf_numbers_put (numbers, slot->sum);
      bf_numbers_put (numbers, slot->squares);
    }
}

static void
load (BfSeries *series, BfNumbers *numbers)
{
  Tally *tally = (Tally *) series;

  tally->since_us = bf_numbers_take_time (numbers);
  tally->last = bf_numbers_take (numbers);
  while (numbers->good && numbers->at < numbers->end && tally->n < TALLY_SLOTS)
    {
      Slot slot;

      slot.from_us = bf_numbers_take_stamp (numbers);
      slot.to_us = bf_numbers_take_stamp (numbers);
      slot.n = bf_numbers_take_count (numbers);
      slot.n_changes = bf_numbers_take_count (numbers);
      slot.sum = bf_numbers_take (numbers);
      slot.squares = bf_numbers_take (numbers);
      if (slot.n == 0 || slot.squares < 0 || slot.to_us < slot.from_us
          || (tally->n > 0 && slot.from_us <= slot_at (tally, tally->n - 1)->to_us))
        numbers->good = FALSE;
      *insert (tally, tally->n, slot.from_us) = slot;
    }
}

const BfSeriesClass bf_series_tally
  = { .size = sizeof (Tally), .init = init, .clear = clear, .fetch = fetch, .add = add_to_tally, .add_late = add_late, .step_back = step_back, .save = save, .load = load };
