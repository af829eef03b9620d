/* SPDX-License-Identifier: EUPL-1.2 */
/* One property against another: a logger's pressure against what its neighbours say now, a flow against the pump that makes it.
 *
 *   residual  = y - (a + b x)
 *   shift (D) = mean residual of the last D / sigma of such means
 *
 * That the pressures of a network lie on lines against one another while nothing leaks, and that a leak shows as a shift of the
 * residual, is the data-driven detection of I. Daniel, J. Pesantez, S. Letzgus, M. A. Khaksar Fasaee, F. Alghamdi, E. Berglund,
 * G. Mahinthakumar and A. Cominola, "A sequential pressure-based algorithm for data-driven leakage identification and model-based
 * localization in water distribution networks", J. Water Resour. Plann. Manage. 148 (6), 2022. There the lines are fitted on a period
 * without leaks and the residual is judged by a cumulated sum; here both are learnt as readings come, and the mean of a span is
 * judged, so that it can be told and forgets.
 *
 * a and b are least squares over weights that fade with a time constant of four weeks of hours heard (D. H. D. West, "Updating mean and
 * variance estimates", CACM 22, 1979), a reading beyond three sigmas counting by 3 sigma / off (P. J. Huber, "Robust estimation of a
 * location parameter", Ann. Math. Statist. 35, 1964). While the mean is shifted by more than four sigmas readings count a tenth: a leak
 * is what is usual after two months, not after two days.
 *
 * sigma of means is 1.4826 x their median, or their 90th percentile / 1.645 if that is more, of the last 64 looked at, one each D or
 * each seven hours, so that those of a short span are of all hours of the day; a few of them say little, and it is widened by 1 + 4/n.
 * Each is reckoned with what was learnt before.
 *
 * A reading is taken when the next comes: by then what came with it, of both properties, is in place. */

#include "rules/bf-residual.h"

#include <math.h>

#include "rules/bf-series-private.h"

#define HOUR_US (4 * BF_SERIES_QUARTER_US)
#define SLOTS 12u /* of the span */
#define MEANS 64u
#define LEAST_MEANS 5u
#define LEARN_H 168.0
#define FIRST_MEANS_H 48.0 /* the line of less is not worth judging by */
#define FADE_H (28 * 24.0)
#define MEANS_STEP_US (7 * HOUR_US)
#define MAD_TO_SIGMA 1.4826
#define HUBER 3.0
#define SHIFTED 4.0
#define SHIFTED_WEIGHT 0.1
#define MOST_SIGMAS 3.0 /* what a mean counts for at most */
#define SHIFTED_MEANS 5u /* while it is shifted one in so many means is kept */

typedef struct
{
  BfSeries series;
  /* Waits for the next. */
  gboolean waits;
  double next_y;
  double next_x;
  gint64 taken_us; /* newest that was learnt; G_MININT64: none */
  double heard_h;
  /* Weighted by hours. */
  double weight;
  double mean_x;
  double mean_y;
  double sxx;
  double sxy;
  float mad; /* of single residuals */
  float n_mad;
  /* Residuals of the span, by slot. */
  gint64 slot;
  double sums[SLOTS];
  double hours[SLOTS];
  /* Means of the span, less their sign, oldest first. */
  gint64 mean_us;
  guint n_passed;
  guint n_means;
  float means[MEANS];
  float sigma; /* of them */
} Residual;

static double
slope (const Residual *residual)
{
  /* What has not moved says nothing of how both go together. */
  return residual->sxx > 1e-12 * residual->weight * (1 + residual->mean_x * residual->mean_x) ? residual->sxy / residual->sxx : 0;
}

static double
off_line (const Residual *residual, double y, double x)
{
  return y - residual->mean_y - slope (residual) * (x - residual->mean_x);
}

/* NAN: less than half of the span was heard. */
static double
mean_of_span (const Residual *residual)
{
  double sum = 0;
  double hours = 0;
  guint n = 0;

  for (guint i = 0; i < SLOTS; i++)
    {
      sum += residual->sums[i];
      hours += residual->hours[i];
      n += residual->hours[i] > 0 ? 1 : 0;
    }
  return n < SLOTS / 2 ? NAN : sum / hours;
}

static double
sigma_of_means (const Residual *residual)
{
  double least = MAX (0.1 * MAD_TO_SIGMA * residual->mad, 1e-9 * (1 + fabs (residual->mean_y)));

  return MAX ((double) residual->sigma * (1 + 4.0 / residual->n_means), least);
}

static gboolean
is_learnt (const Residual *residual)
{
  return residual->heard_h >= LEARN_H && residual->n_means >= LEAST_MEANS;
}

static double
shift (const Residual *residual)
{
  double z = is_learnt (residual) ? mean_of_span (residual) / sigma_of_means (residual) : NAN;

  return isnan (z) ? NAN : CLAMP (z, -BF_RESIDUAL_SHIFT_MAX, BF_RESIDUAL_SHIFT_MAX);
}

/* ---- Learning ---- */

static void
reckon_sigma (Residual *residual)
{
  double values[MEANS];
  double median;

  for (guint i = 0; i < residual->n_means; i++)
    values[i] = residual->means[i];
  median = bf_median (values, residual->n_means);
  residual->sigma = (float) (MAD_TO_SIGMA * median);
}

static void
keep_mean (Residual *residual, gint64 time_us)
{
  double mean = mean_of_span (residual);

  if (isnan (mean) || residual->heard_h < FIRST_MEANS_H
      || (residual->mean_us != G_MININT64 && time_us - residual->mean_us < MAX (residual->series.spec.span_us, MEANS_STEP_US)))
    return;
  residual->mean_us = time_us;
  if (fabs (shift (residual)) > SHIFTED && residual->n_passed++ % SHIFTED_MEANS != SHIFTED_MEANS - 1)
    return;
  if (residual->n_means == MEANS)
    {
      for (guint i = 1; i < MEANS; i++)
        residual->means[i - 1] = residual->means[i];
      residual->n_means--;
    }
  residual->means[residual->n_means++] = (float) (isnan (shift (residual)) ? fabs (mean) : MIN (fabs (mean), MOST_SIGMAS * sigma_of_means (residual)));
  reckon_sigma (residual);
}

static void
go_to_slot (Residual *residual, gint64 time_us)
{
  gint64 slot = bf_floor_div (time_us, MAX (1, residual->series.spec.span_us / SLOTS));

  if (slot != residual->slot && residual->slot != G_MININT64)
    {
      keep_mean (residual, time_us);
      for (gint64 i = MAX (residual->slot + 1, slot - (gint64) SLOTS + 1); i <= slot; i++)
        residual->sums[i % SLOTS] = residual->hours[i % SLOTS] = 0;
    }
  residual->slot = slot;
}

/* One step to the median of single residuals (Robbins and Monro, as in bf-profile.c). */
static void
track_mad (Residual *residual, double off, double weight)
{
  double step = CLAMP (1 / (1 + residual->n_mad / 2), 0.01, 0.3) * MIN (1, 12 * weight);

  if (residual->mad <= 0)
    residual->mad = (float) off;
  else
    residual->mad *= (float) (off > residual->mad ? 1 + step : 1 / (1 + step));
  residual->n_mad = MIN (residual->n_mad + 1, 1000);
}

static void
learn_line (Residual *residual, double y, double x, double hours)
{
  double fade = exp (-hours / FADE_H);
  double weight = hours;
  double dx, dy;

  if (residual->weight > 0)
    {
      double off = fabs (off_line (residual, y, x));
      double most = HUBER * MAD_TO_SIGMA * residual->mad;

      if (fabs (shift (residual)) > SHIFTED)
        weight *= SHIFTED_WEIGHT;
      if (residual->heard_h >= FIRST_MEANS_H && off > most)
        weight *= most / off;
      track_mad (residual, off, weight);
    }
  residual->weight = residual->weight * fade + weight;
  if (residual->weight <= 0)
    return;
  dx = x - residual->mean_x;
  dy = y - residual->mean_y;
  residual->mean_x += weight / residual->weight * dx;
  residual->mean_y += weight / residual->weight * dy;
  residual->sxx = residual->sxx * fade + weight * dx * (x - residual->mean_x);
  residual->sxy = residual->sxy * fade + weight * dx * (y - residual->mean_y);
}

static void
take (Residual *residual, gint64 time_us)
{
  double hours = residual->taken_us == G_MININT64 ? 1.0 / 12 : (double) (time_us - residual->taken_us) / (double) HOUR_US;

  hours = CLAMP (hours, 1e-6, 1);
  go_to_slot (residual, time_us);
  if (residual->heard_h >= FIRST_MEANS_H)
    {
      guint i = (guint) (residual->slot % SLOTS);

      residual->sums[i] += hours * off_line (residual, residual->next_y, residual->next_x);
      residual->hours[i] += hours;
    }
  learn_line (residual, residual->next_y, residual->next_x, hours);
  residual->heard_h += hours;
  residual->taken_us = time_us;
}

/**
 * bf_residual_observe:
 * @time_us: of the newer of the two
 *
 * Both values as they are now. Of one time the last counts.
 */
void
bf_residual_observe (BfSeries *series, gint64 time_us, double value, double other)
{
  Residual *residual = (Residual *) series;

  if (time_us < series->newest_us || time_us < 0 || !isfinite (value) || !isfinite (other))
    return;
  if (residual->waits && time_us > series->newest_us)
    take (residual, series->newest_us);
  series->newest_us = time_us;
  residual->next_y = value;
  residual->next_x = other;
  residual->waits = TRUE;
}

/* ---- What it says ---- */

/**
 * bf_residual_learnt:
 *
 * Returns: how much of what all three need is learnt, 0 to 1
 */
double
bf_residual_learnt (const BfSeries *series)
{
  const Residual *residual = (const Residual *) series;

  return MIN (MIN (residual->heard_h / LEARN_H, residual->n_means / (double) LEAST_MEANS), 1);
}

/**
 * bf_residual_value:
 *
 * Returns: @value less what it should be beside @other; NAN while too little is learnt
 */
double
bf_residual_value (const BfSeries *series, double value, double other)
{
  const Residual *residual = (const Residual *) series;

  return is_learnt (residual) ? off_line (residual, value, other) : NAN;
}

/**
 * bf_residual_shift:
 *
 * Returns: the mean residual of the series' span in robust sigmas, of %BF_RESIDUAL_SHIFT_MAX at most; NAN while too little is learnt or
 *   less than half of the span was heard
 */
double
bf_residual_shift (const BfSeries *series, gint64 now_us)
{
  const Residual *residual = (const Residual *) series;

  return now_us - series->newest_us > series->spec.span_us ? NAN : shift (residual);
}

/* ---- Its way of remembering ---- */

static void
init (BfSeries *series)
{
  Residual *residual = (Residual *) series;

  residual->taken_us = residual->slot = residual->mean_us = G_MININT64;
}

/* One value alone is none. */
static void
add (BfSeries *series, gint64 time_us, double value, gint64 offset_us)
{
}

/* One of the two is unknown: what waits was heard. */
static void
break_off (BfSeries *series)
{
  Residual *residual = (Residual *) series;

  if (residual->waits)
    take (residual, series->newest_us);
  residual->waits = FALSE;
}

/* What was learnt stays; the span begins anew. */
static void
step_back (BfSeries *series, gint64 step_us)
{
  Residual *residual = (Residual *) series;

  residual->waits = FALSE;
  residual->taken_us = residual->slot = residual->mean_us = G_MININT64;
  for (guint i = 0; i < SLOTS; i++)
    residual->sums[i] = residual->hours[i] = 0;
}

static void
save (const BfSeries *series, GArray *numbers)
{
  const Residual *residual = (const Residual *) series;
  const double all[] = { residual->waits, residual->next_y, residual->next_x, residual->heard_h, residual->weight, residual->mean_x,
                         residual->mean_y, residual->sxx, residual->sxy, residual->mad, residual->n_mad };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    bf_numbers_put (numbers, all[i]);
  bf_numbers_put_time (numbers, residual->taken_us);
  bf_numbers_put_time (numbers, residual->slot);
  bf_numbers_put_time (numbers, residual->mean_us);
  for (guint i = 0; i < SLOTS; i++)
    {
      bf_numbers_put (numbers, residual->sums[i]);
      bf_numbers_put (numbers, residual->hours[i]);
    }
  bf_numbers_put (numbers, residual->n_passed);
  bf_numbers_put (numbers, residual->n_means);
  for (guint i = 0; i < residual->n_means; i++)
    bf_numbers_put (numbers, residual->means[i]);
}

/* What would lead reckoning astray is damaged. */
static gboolean
is_sound (const Residual *residual)
{
  for (guint i = 0; i < SLOTS; i++)
    if (residual->hours[i] < 0)
      return FALSE;
  return residual->weight >= 0 && residual->heard_h >= 0 && residual->sxx >= 0 && residual->mad >= 0 && residual->n_mad >= 0
         && (residual->slot == G_MININT64 || residual->slot >= 0) && (residual->taken_us == G_MININT64 || residual->taken_us >= 0);
}

static void
load (BfSeries *series, BfNumbers *numbers)
{
  Residual *residual = (Residual *) series;
  guint n_means;

  residual->waits = bf_numbers_take_count (numbers) != 0;
  residual->next_y = bf_numbers_take (numbers);
  residual->next_x = bf_numbers_take (numbers);
  residual->heard_h = bf_numbers_take (numbers);
  residual->weight = bf_numbers_take (numbers);
  residual->mean_x = bf_numbers_take (numbers);
  residual->mean_y = bf_numbers_take (numbers);
  residual->sxx = bf_numbers_take (numbers);
  residual->sxy = bf_numbers_take (numbers);
  residual->mad = (float) bf_numbers_take (numbers);
  residual->n_mad = (float) bf_numbers_take (numbers);
  residual->taken_us = bf_numbers_take_time (numbers);
  residual->slot = bf_numbers_take_time (numbers);
  residual->mean_us = bf_numbers_take_time (numbers);
  for (guint i = 0; i < SLOTS; i++)
    {
      residual->sums[i] = bf_numbers_take (numbers);
      residual->hours[i] = bf_numbers_take (numbers);
    }
  residual->n_passed = bf_numbers_take_count (numbers);
  n_means = bf_numbers_take_count (numbers);
  if (n_means > MEANS || !is_sound (residual))
    numbers->good = FALSE;
  for (guint i = 0; numbers->good && i < n_means; i++)
    residual->means[i] = (float) fabs (bf_numbers_take (numbers));
  residual->n_means = numbers->good ? n_means : 0;
  if (residual->n_means > 0)
    reckon_sigma (residual);
}

const BfSeriesClass bf_series_residuals = { sizeof (Residual), init, NULL, add, break_off, step_back, save, load };
