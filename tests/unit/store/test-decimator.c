/* SPDX-License-Identifier: EUPL-1.2 */
/* Decimation keeps every point while it can, and every peak when it cannot. */

#include "store/bf-decimator.h"

static const BfSeriesPoint *
at (const GArray *points, guint i)
{
  return &g_array_index (points, BfSeriesPoint, i);
}

static void
test_few (void)
{
  g_autoptr (BfDecimator) decimator = bf_decimator_new (0, 100, 10);
  g_autoptr (GArray) points = NULL;

  for (gint64 i = 0; i < 10; i++)
    {
      bf_decimator_add (decimator, i * 10, 1000);
      bf_decimator_add (decimator, i * 10, (double) i); /* same time: the later one */
    }
  points = bf_decimator_finish (decimator);
  g_assert_cmpuint (points->len, ==, 10);
  for (guint i = 0; i < 10; i++)
    {
      g_assert_cmpint (at (points, i)->observed_us, ==, i * 10);
      g_assert_cmpfloat (at (points, i)->value, ==, i);
    }
}

/* Random series against the plain definition: the least and the greatest of each slot, in order, and nothing else. */
static void
test_many (void)
{
  for (guint round = 0; round < 200; round++)
    {
      guint n = (guint) g_test_rand_int_range (1, 3000), max = (guint) g_test_rand_int_range (2, 200);
      gint64 from_us = g_test_rand_int_range (-1000, 1000), to_us = from_us + 3 * n;
      g_autoptr (BfDecimator) decimator = bf_decimator_new (from_us, to_us, max);
      g_autofree double *values = g_new (double, n);
      g_autoptr (GArray) points = NULL;
      double least = G_MAXDOUBLE, greatest = -G_MAXDOUBLE;
      gboolean least_kept = FALSE, greatest_kept = FALSE;

      for (guint i = 0; i < n; i++)
        {
          values[i] = g_test_rand_double_range (-10, 10);
          least = MIN (least, values[i]);
          greatest = MAX (greatest, values[i]);
          bf_decimator_add (decimator, from_us + 3 * (gint64) i, values[i]);
        }
      points = bf_decimator_finish (decimator);
      g_assert_cmpuint (points->len, <=, max);
      g_assert_cmpuint (points->len, >=, n <= max ? n : 1);
      for (guint i = 0; i < points->len; i++)
        {
          if (i > 0)
            g_assert_cmpint (at (points, i - 1)->observed_us, <, at (points, i)->observed_us);
          g_assert_cmpfloat (at (points, i)->value, ==, values[(at (points, i)->observed_us - from_us) / 3]);
          least_kept = least_kept || at (points, i)->value == least;
          greatest_kept = greatest_kept || at (points, i)->value == greatest;
        }
      g_assert_true (least_kept && greatest_kept);
    }
}

static void
test_extremes (void)
{
  g_autoptr (BfDecimator) whole = bf_decimator_new (G_MININT64, G_MAXINT64, 1);
  g_autoptr (BfDecimator) empty = bf_decimator_new (10, 5, 4);
  g_autoptr (GArray) points = NULL, none = NULL;

  bf_decimator_add (whole, G_MININT64, 3);
  bf_decimator_add (whole, 0, 1);
  bf_decimator_add (whole, G_MAXINT64, 2);
  points = bf_decimator_finish (whole);
  g_assert_cmpuint (points->len, ==, 2);
  g_assert_cmpfloat (at (points, 0)->value, ==, 3);
  g_assert_cmpfloat (at (points, 1)->value, ==, 1);
  none = bf_decimator_finish (empty);
  g_assert_cmpuint (none->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decimator/few", test_few);
  g_test_add_func ("/decimator/many", test_many);
  g_test_add_func ("/decimator/extremes", test_extremes);
  return g_test_run ();
}
