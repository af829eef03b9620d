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
