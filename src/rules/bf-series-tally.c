/* SPDX-License-Identifier: EUPL-1.2 */
/* A tally: how many values of the last span, their sum, how often they changed, how they spread. Slots of a 48th of the span, so that
 * any length costs 51 slots of 48 bytes at most, and what comes seldom has a slot a value and is exact; a slot that reaches over the
 * beginning of the span counts when its middle is inside.
 *
 * Spread: B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", Technometrics 4 (1962); slots
 * are joined after T. F. Chan, G. H. Golub, R. J. LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample
 * Variances" (1979). A late value counts where nothing was heard before: what is sent again and again counts once. */

#include <math.h>

#include "rules/bf-series-private.h"

#define TALLY_SLOTS (BF_SERIES_SLOTS + 3)
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

typedef struct
{
  BfSeries series;
  gint64 since_us; /* first value ever; G_MININT64: none */
  double last;
  GArray *slots; /* Slot */
} Tally;

static Slot *
slot_at (const Tally *tally, guint i)
{
  return &g_array_index (tally->slots, Slot, i);
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

static void
add_to_tally (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
  Tally *tally = (Tally *) series;
  gboolean changed = tally->since_us != G_MININT64 && value != tally->last;
  Slot *last = tally->slots->len > 0 ? slot_at (tally, tally->slots->len - 1) : NULL;
  guint gone = 0;

  tally->since_us = tally->since_us == G_MININT64 ? time_us : tally->since_us;
  tally->last = value;
  if (last == NULL || time_us - last->from_us >= series->spec.span_us / BF_SERIES_SLOTS)
    {
      Slot fresh = { .from_us = time_us, .to_us = time_us };

      while (gone < tally->slots->len && slot_at (tally, gone)->to_us <= time_us - series->spec.span_us)
        gone++;
      gone = MAX (gone, tally->slots->len + 1 > TALLY_SLOTS ? tally->slots->len + 1 - TALLY_SLOTS : 0);
      if (gone > 0)
        g_array_remove_range (tally->slots, 0, gone);
      g_array_append_val (tally->slots, fresh);
      last = slot_at (tally, tally->slots->len - 1);
    }
  add_to_slot (last, time_us, value, changed);
}

static gboolean
add_late (BfSeries *series, gint64 time_us, double value)
{
  Tally *tally = (Tally *) series;
  Slot fresh = { .from_us = time_us, .to_us = time_us };
  guint at = tally->slots->len;

  while (at > 0 && slot_at (tally, at - 1)->from_us > time_us)
    at--;
  if (at > 0 && time_us <= slot_at (tally, at - 1)->to_us)
    return FALSE;
  if (at > 0 && time_us - slot_at (tally, at - 1)->from_us < series->spec.span_us / BF_SERIES_SLOTS)
    {
      add_to_slot (slot_at (tally, at - 1), time_us, value, FALSE);
      return TRUE;
    }
  if (tally->slots->len >= TALLY_SLOTS)
    return FALSE;
  add_to_slot (&fresh, time_us, value, FALSE);
  g_array_insert_val (tally->slots, at, fresh);
  return TRUE;
}

/* All that counts at @now_us, as one slot; FALSE: the series is too young to say. */
static gboolean
join (const Tally *tally, gint64 now_us, Slot *ret_all)
{
  gint64 from_us = now_us - tally->series.spec.span_us;

  *ret_all = (Slot){ 0 };
  if (tally->since_us == G_MININT64 || tally->since_us > from_us + tally->series.spec.span_us / 4)
    return FALSE;
  for (guint i = 0; i < tally->slots->len; i++)
    {
      const Slot *slot = slot_at (tally, i);
      double apart;

      if (slot->from_us + (slot->to_us - slot->from_us) / 2 <= from_us)
        continue;
      apart = ret_all->n > 0 ? slot->sum / slot->n - ret_all->sum / ret_all->n : 0;
      ret_all->squares += slot->squares + apart * apart * ret_all->n * slot->n / ((double) ret_all->n + slot->n);
      ret_all->n += slot->n;
      ret_all->n_changes += slot->n_changes;
      ret_all->sum += slot->sum;
    }
  return TRUE;
}

double
bf_series_count (const BfSeries *series, gint64 now_us)
{
  Slot all;

  return join ((const Tally *) series, now_us, &all) ? all.n : NAN;
}

double
bf_series_changes (const BfSeries *series, gint64 now_us)
{
  Slot all;

  return join ((const Tally *) series, now_us, &all) ? all.n_changes : NAN;
}

double
bf_series_sum (const BfSeries *series, gint64 now_us)
{
  Slot all;

  return join ((const Tally *) series, now_us, &all) ? all.sum : NAN;
}

/**
 * bf_series_stddev:
 *
 * Returns: standard deviation of the values (of a sample: by their number less one), of four or more
 */
double
bf_series_stddev (const BfSeries *series, gint64 now_us)
{
  Slot all;

  if (!join ((const Tally *) series, now_us, &all) || all.n < LEAST_VALUES)
    return NAN;
  return sqrt (MAX (0, all.squares) / (all.n - 1));
}

/* ---- Its way of remembering ---- */

static void
init (BfSeries *series)
{
  ((Tally *) series)->since_us = G_MININT64;
  ((Tally *) series)->slots = g_array_new (FALSE, FALSE, sizeof (Slot));
}

static void
clear (BfSeries *series)
{
  g_array_unref (((Tally *) series)->slots);
}

static void
step_back (BfSeries *series, gint64 step_us)
{
  Tally *tally = (Tally *) series;

  tally->since_us += step_us;
  for (guint i = 0; i < tally->slots->len; i++)
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
  for (guint i = 0; i < tally->slots->len; i++)
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
  while (numbers->good && numbers->at < numbers->end && tally->slots->len < TALLY_SLOTS)
    {
      Slot slot;

      slot.from_us = bf_numbers_take_stamp (numbers);
      slot.to_us = bf_numbers_take_stamp (numbers);
      slot.n = bf_numbers_take_count (numbers);
      slot.n_changes = bf_numbers_take_count (numbers);
      slot.sum = bf_numbers_take (numbers);
      slot.squares = bf_numbers_take (numbers);
      if (slot.n == 0 || slot.squares < 0 || slot.to_us < slot.from_us
          || (tally->slots->len > 0 && slot.from_us <= slot_at (tally, tally->slots->len - 1)->to_us))
        numbers->good = FALSE;
      g_array_append_val (tally->slots, slot);
    }
}

const BfSeriesClass bf_series_tally
  = { .size = sizeof (Tally), .init = init, .clear = clear, .add = add_to_tally, .add_late = add_late, .step_back = step_back, .save = save, .load = load };
