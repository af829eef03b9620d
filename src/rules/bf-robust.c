/* SPDX-License-Identifier: EUPL-1.2 */
/* Statistics that a few nonsensical values do not move. Slopes are those of H. Theil (1950) and P. K. Sen, "Estimates of the
 * regression coefficient based on Kendall's tau", JASA 63 (1968): the median of the slopes of all pairs of points; 29 % of the
 * points may be nonsense. */

#include <math.h>

#include "rules/bf-series.h"

/* Hoare: puts the @k-th smallest at @k, none greater before it, none smaller behind it. */
static void
select_kth (double *values, guint n, guint k)
{
  int low = 0;
  int high = (int) n - 1;

  while (low < high)
    {
      double pivot = values[(low + high) / 2];
      double swapped;
      int i = low;
      int j = high;

      while (i <= j)
        {
          while (values[i] < pivot)
            i++;
          while (values[j] > pivot)
            j--;
          if (i > j)
            break;
          swapped = values[i];
          values[i++] = values[j];
          values[j--] = swapped;
        }
      if ((int) k <= j)
        high = j;
      else if ((int) k >= i)
        low = i;
      else
        return;
    }
}

/**
 * bf_median:
 * @values: put in another order
 *
 * Returns: the middle one, or the mean of the two in the middle; NAN of none
 */
double
bf_median (double *values, guint n)
{
  double below;

  if (n == 0)
    return NAN;
  select_kth (values, n, n / 2);
  if (n % 2 == 1)
    return values[n / 2];
  below = values[0];
  for (guint i = 1; i < n / 2; i++)
    below = MAX (below, values[i]);
  return (below + values[n / 2]) / 2;
}

/**
 * bf_kth:
 * @values: put in another order
 *
 * Returns: the one that @k others are not greater than
 */
double
bf_kth (double *values, guint n, guint k)
{
  if (k >= n)
    return NAN;
  select_kth (values, n, k);
  return values[k];
}

double
bf_theil_sen (const gint64 *times_us, const double *values, guint n)
{
  double slopes[BF_SERIES_POINTS * (BF_SERIES_POINTS - 1) / 2];
  guint n_slopes = 0;

  g_return_val_if_fail (n <= BF_SERIES_POINTS, NAN);
  for (guint i = 0; i < n; i++)
    for (guint j = i + 1; j < n; j++)
      if (times_us[j] != times_us[i])
        slopes[n_slopes++] = (values[j] - values[i]) * G_USEC_PER_SEC / (double) (times_us[j] - times_us[i]);
  return bf_median (slopes, n_slopes);
}

/* Puts those that are less than @pivot first, then those that are equal. */
static void
part_by (float *values, float *weights, guint n, float pivot, guint *ret_less, guint *ret_equal)
{
  guint less = 0;
  guint i = 0;
  guint greater = n;

  while (i < greater)
    {
      float value = values[i];
      float weight = weights[i];
      guint to = value < pivot ? less++ : value > pivot ? --greater : i;

      values[i] = values[to];
      weights[i] = weights[to];
      values[to] = value;
      weights[to] = weight;
      if (!(value > pivot))
        i++;
    }
  *ret_less = less;
  *ret_equal = i - less;
}

static double
sum_of (const float *weights, guint n)
{
  double sum = 0;

  for (guint i = 0; i < n; i++)
    sum += weights[i];
  return sum;
}

/**
 * bf_weighted_median:
 * @values: put in another order
 * @weights: likewise, all greater than 0
 *
 * Returns: the least value such that it and those below have half the weight; NAN of none
 */
double
bf_weighted_median (float *values, float *weights, guint n)
{
  double half = sum_of (weights, n) / 2;

  while (n > 0)
    {
      float pivot = values[n / 2];
      guint n_less, n_equal;
      double less, equal;

      part_by (values, weights, n, pivot, &n_less, &n_equal);
      less = sum_of (weights, n_less);
      equal = sum_of (weights + n_less, n_equal);
      if (less >= half && n_less > 0)
        n = n_less;
      else if (less + equal >= half || n_less + n_equal == n)
        return pivot;
      else
        {
          half -= less + equal;
          values += n_less + n_equal;
          weights += n_less + n_equal;
          n -= n_less + n_equal;
        }
    }
  return NAN;
}
