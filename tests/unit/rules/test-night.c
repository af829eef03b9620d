/* SPDX-License-Identifier: EUPL-1.2 */
/* What a night minimum learns: a leak of weeks is no habit, a new habit is one after two months, and both survive a restart. */

#include <math.h>

#include "rules/bf-series-private.h"

#define HOUR_US (3600 * G_GINT64_CONSTANT (1000000))
#define DAY_US (24 * HOUR_US)

/* @n nights from day @first on, each with a value a quarter from 02:00 to 04:00. */
static void
add_nights (BfSeries *series, guint first, guint n, double value)
{
  for (guint night = first; night < first + n; night++)
    for (guint quarter = 0; quarter < 8; quarter++)
      bf_series_add (series, night * DAY_US + 2 * HOUR_US + quarter * HOUR_US / 4, value, 0);
}

static void
assert_nights (BfSeries *series, guint day, double last, double usual)
{
  gint64 now_us = day * DAY_US + 5 * HOUR_US;

  g_assert_cmpfloat_with_epsilon (bf_series_night (series, now_us, 0), last, 1e-9);
  g_assert_cmpfloat_with_epsilon (bf_series_night_usual (series, now_us, 0), usual, 1e-9);
}

static BfSeries *
reload (BfSeries *series)
{
  static const BfSeriesSpec spec = { BF_SERIES_NIGHT, 0, 0, FALSE };
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));
  BfSeries *again = bf_series_new (&spec);

  bf_series_save (series, numbers);
  g_assert_true (bf_series_load (again, (const double *) (gconstpointer) numbers->data, numbers->len));
  bf_series_free (series);
  return again;
}

static void
test_leak (void)
{
  static const BfSeriesSpec spec = { BF_SERIES_NIGHT, 0, 0, FALSE };
  BfSeries *series = bf_series_new (&spec);

  add_nights (series, 100, 28, 10);
  assert_nights (series, 127, 10, 10);
  /* 14 nights of a leak used to be what is usual. */
  add_nights (series, 128, 40, 15);
  assert_nights (series, 167, 15, 10);
  series = reload (series);
  assert_nights (series, 167, 15, 10);
  /* Mended. */
  add_nights (series, 168, 1, 10);
  assert_nights (series, 168, 10, 10);
  bf_series_free (series);
}

/* A sum of two meters that come one after the other with one stamp: the half of it is not what stands. */
static void
test_same_time (void)
{
  static const BfSeriesSpec nights = { BF_SERIES_NIGHT, 0, 0, FALSE };
  static const BfSeriesSpec window = { BF_SERIES_WINDOW, HOUR_US, 0, FALSE };
  BfSeries *series = bf_series_new (&nights);
  BfSeries *hour = bf_series_new (&window);

  for (guint night = 100; night < 110; night++)
    for (guint quarter = 0; quarter < 8; quarter++)
      {
        gint64 time_us = night * DAY_US + 2 * HOUR_US + quarter * HOUR_US / 4;

        g_assert_true (bf_series_add (series, time_us, 50, 0));
        g_assert_true (bf_series_add (series, time_us, 20, 0));
        g_assert_false (bf_series_add (series, time_us - 1, 90, 0));
      }
  assert_nights (series, 109, 20, 20);
  g_assert_true (bf_series_add (hour, DAY_US, 50, 0));
  g_assert_true (bf_series_add (hour, DAY_US, 20, 0));
  g_assert_cmpfloat (bf_series_min (hour, DAY_US + HOUR_US), ==, 20);
  g_assert_cmpfloat (bf_series_max (hour, DAY_US + HOUR_US), ==, 20);
  bf_series_free (series);
  bf_series_free (hour);
}

static void
test_new_usual (void)
{
  static const BfSeriesSpec spec = { BF_SERIES_NIGHT, 0, 0, FALSE };
  BfSeries *series = bf_series_new (&spec);

  add_nights (series, 100, 28, 10);
  add_nights (series, 128, BF_SERIES_NIGHTS_UNUSUAL - 1, 15);
  assert_nights (series, 128 + BF_SERIES_NIGHTS_UNUSUAL - 2, 15, 10);
  add_nights (series, 128 + BF_SERIES_NIGHTS_UNUSUAL - 1, 8, 15);
  assert_nights (series, 128 + BF_SERIES_NIGHTS_UNUSUAL + 6, 15, 15);
  bf_series_free (series);
}

/* What grows by less than a fifth is followed: it cannot be told from what is drawn. */
static void
test_slow (void)
{
  static const BfSeriesSpec spec = { BF_SERIES_NIGHT, 0, 0, FALSE };
  BfSeries *series = bf_series_new (&spec);

  for (guint i = 0; i < 28; i++)
    add_nights (series, 100 + i, 1, 10 + i * 0.05);
  g_assert_cmpfloat (bf_series_night_usual (series, 127 * DAY_US + 5 * HOUR_US, 0), >, 10.4);
  bf_series_free (series);
}

/* Two nights of the week are higher: so they are from the second week on, and a leak is told on all alike. */
static void
test_weekend (void)
{
  static const BfSeriesSpec spec = { BF_SERIES_NIGHT, 0, 0, FALSE };
  BfSeries *series = bf_series_new (&spec);

  for (guint day = 100; day < 128; day++)
    {
      add_nights (series, day, 1, day % 7 == 2 || day % 7 == 3 ? 15 : 10);
      if (day == 108)
        series = reload (series); /* between the two */
      if (day >= 107)
        assert_nights (series, day, day % 7 == 2 || day % 7 == 3 ? 15 : 10, day % 7 == 2 || day % 7 == 3 ? 15 : 10);
    }
  for (guint day = 128; day < 160; day++)
    {
      add_nights (series, day, 1, (day % 7 == 2 || day % 7 == 3 ? 15 : 10) + 4);
      assert_nights (series, day, (day % 7 == 2 || day % 7 == 3 ? 15 : 10) + 4, day % 7 == 2 || day % 7 == 3 ? 15 : 10);
    }
  bf_series_free (series);
}

/* Three unusual nights that are over were no leak; four were. */
static void
test_aside (void)
{
  static const BfSeriesSpec spec = { BF_SERIES_NIGHT, 0, 0, FALSE };
  BfSeries *series = bf_series_new (&spec);

  add_nights (series, 100, 14, 10);
  add_nights (series, 114, 3, 15);
  add_nights (series, 117, 4, 10);
  add_nights (series, 121, 1, 15); /* of that day of the week: 10, 10, 15 */
  assert_nights (series, 121, 15, 10);
  add_nights (series, 122, 1, 10);
  add_nights (series, 128, 1, 15); /* 10, 10, 15, 15 */
  assert_nights (series, 128, 15, 12.5);
  add_nights (series, 129, 1, 10);
  add_nights (series, 132, 4, 20);
  add_nights (series, 136, 1, 10);
  g_assert_cmpfloat (bf_series_night_usual (series, 136 * DAY_US + 5 * HOUR_US, 0), ==, 10);
  bf_series_free (series);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rules/night/leak", test_leak);
  g_test_add_func ("/rules/night/same-time", test_same_time);
  g_test_add_func ("/rules/night/new-usual", test_new_usual);
  g_test_add_func ("/rules/night/slow", test_slow);
  g_test_add_func ("/rules/night/weekend", test_weekend);
  g_test_add_func ("/rules/night/aside", test_aside);
  return g_test_run ();
}
