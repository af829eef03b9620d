/* SPDX-License-Identifier: EUPL-1.2 */
/* A clock that is set under a process that watches it, without touching the machine's. */

#include "base/bf-clock.h"
#include "base/bf-time.h"

#define HOUR_US (G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define NOON_US (G_GINT64_CONSTANT (1780000000) * G_USEC_PER_SEC)

static gint64 civil_us;
static gint64 elapsed_us;
static guint slow_readings; /* the next ones, between which the thread is held */

static gint64
read_civil (void)
{
  return civil_us;
}

static gint64
read_elapsed (void)
{
  if (slow_readings > 0 && slow_readings-- % 2 == 1)
    {
      elapsed_us += 3 * G_USEC_PER_SEC;
      civil_us += 3 * G_USEC_PER_SEC;
    }
  return elapsed_us;
}

static const BfClockReader reader = { read_civil, read_elapsed };

static void
pass (gint64 us)
{
  civil_us += us;
  elapsed_us += us;
}

static void
begin (void)
{
  civil_us = NOON_US;
  elapsed_us = 77;
  slow_readings = 0;
  bf_clock_watch (&reader);
  g_assert_cmpint (bf_time_now_us (), ==, NOON_US);
}

static void
test_steps (void)
{
  static const gint64 steps_us[] = { HOUR_US, -HOUR_US, BF_CLOCK_STEP_US, -BF_CLOCK_STEP_US, 20000 * HOUR_US };
  gint64 step_us = 0;

  begin ();
  for (guint i = 0; i < G_N_ELEMENTS (steps_us); i++)
    {
      gint64 before_us = bf_time_now_us ();

      pass (5000);
      civil_us += steps_us[i];
      /* Not before it was looked at. */
      g_assert_cmpint (bf_time_now_us (), ==, before_us + 5000);
      g_assert_true (bf_clock_look (&step_us));
      g_assert_cmpint (step_us, ==, steps_us[i]);
      g_assert_cmpint (bf_time_now_us (), ==, civil_us);
      g_assert_false (bf_clock_look (&step_us));
    }
  bf_clock_unwatch ();
}

/* A machine that slept has not been set: its clock and what has elapsed go on together. */
static void
test_suspended (void)
{
  gint64 step_us = 1;

  begin ();
  pass (8 * HOUR_US);
  g_assert_false (bf_clock_look (&step_us));
  g_assert_cmpint (bf_time_now_us (), ==, NOON_US + 8 * HOUR_US);
  g_assert_cmpint (step_us, ==, 1);
  bf_clock_unwatch ();
}

/* What NTP corrects bit by bit is followed; what two readings differ by is not. */
static void
test_slewed (void)
{
  gint64 step_us;

  begin ();
  for (guint i = 0; i < 10000; i++)
    {
      pass (G_USEC_PER_SEC);
      civil_us -= 500; /* 500 ppm, the most that adjtime() does */
      g_assert_false (bf_clock_look (&step_us));
      g_assert_cmpint (ABS (bf_time_now_us () - civil_us), <=, 1000);
    }
  g_assert_cmpint (civil_us, <=, NOON_US + G_GINT64_CONSTANT (10000) * G_USEC_PER_SEC - 2 * BF_CLOCK_STEP_US);
  bf_clock_unwatch ();
}

/* The thread is held between two readings: no step, whether the next reading is good or none is. */
static void
test_held (void)
{
  gint64 step_us;

  begin ();
  slow_readings = 2;
  g_assert_false (bf_clock_look (&step_us));
  slow_readings = 6;
  g_assert_false (bf_clock_look (&step_us));
  slow_readings = 0;
  g_assert_false (bf_clock_look (&step_us));
  g_assert_cmpint (bf_time_now_us (), ==, civil_us);
  bf_clock_unwatch ();
}

static void
test_machine (void)
{
  gint64 step_us;

  bf_clock_watch (NULL);
  g_assert_cmpint (ABS (bf_time_now_us () - g_get_real_time ()), <, BF_CLOCK_STEP_US);
  g_assert_false (bf_clock_look (&step_us));
  bf_clock_unwatch ();
  g_assert_false (bf_clock_look (&step_us));
  g_assert_cmpint (ABS (bf_time_now_us () - g_get_real_time ()), <, BF_CLOCK_STEP_US);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/clock/steps", test_steps);
  g_test_add_func ("/base/clock/suspended", test_suspended);
  g_test_add_func ("/base/clock/slewed", test_slewed);
  g_test_add_func ("/base/clock/held", test_held);
  g_test_add_func ("/base/clock/machine", test_machine);
  return g_test_run ();
}
