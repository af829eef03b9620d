/* SPDX-License-Identifier: EUPL-1.2 */
/* When a feed is asked again. */

#include "feed/bf-schedule.h"

#define S G_GINT64_CONSTANT (1000000)

static void
test_cadence (void)
{
  BfSchedule schedule;

  bf_schedule_init (&schedule, 60 * S);
  g_assert_cmpint (bf_schedule_next (&schedule, BF_OUTCOME_OK, 1000 * S, 0, 0.5), ==, 1060 * S);
  /* An answer that took 2 s does not shift the cadence; one that took longer than it does. */
  g_assert_cmpint (bf_schedule_next (&schedule, BF_OUTCOME_NOT_MODIFIED, 1062 * S, 0, 0.5), ==, 1120 * S);
  g_assert_cmpint (bf_schedule_next (&schedule, BF_OUTCOME_OK, 1190 * S, 0, 0.5), ==, 1250 * S);
  /* The clock was set back an hour. */
  g_assert_cmpint (bf_schedule_next (&schedule, BF_OUTCOME_OK, -2400 * S, 0, 0.5), ==, -2340 * S);
}

static void
test_retry (void)
{
  static const gint64 waits_s[] = { 5, 10, 20, 40, 80, 160, 320, 600, 600 };
  BfSchedule schedule;
  gint64 low_us, high_us;

  bf_schedule_init (&schedule, 60 * S);
  for (guint i = 0; i < G_N_ELEMENTS (waits_s); i++)
    {
      BfSchedule low = schedule;
      BfSchedule high = schedule;

      low_us = bf_schedule_next (&low, BF_OUTCOME_RETRY, 0, 0, 0);
      high_us = bf_schedule_next (&high, BF_OUTCOME_RETRY, 0, 0, 1);
      g_assert_cmpint (bf_schedule_next (&schedule, BF_OUTCOME_RETRY, 0, 0, 0.5), ==, waits_s[i] * S);
      g_assert_cmpint (low_us, ==, waits_s[i] * S * 3 / 4);
      g_assert_cmpint (high_us, ==, waits_s[i] * S * 5 / 4);
    }
  /* One good answer sets it back. */
  bf_schedule_next (&schedule, BF_OUTCOME_OK, 0, 0, 0.5);
  g_assert_cmpint (bf_schedule_next (&schedule, BF_OUTCOME_RETRY, 0, 0, 0.5), ==, 5 * S);
}

static void
test_caps (void)
{
  BfSchedule hourly, quick;

  bf_schedule_init (&hourly, 3600 * S);
  g_assert_cmpint (bf_schedule_next (&hourly, BF_OUTCOME_REFUSED, 0, 0, 0.5), ==, 900 * S);
  bf_schedule_init (&quick, 2 * S);
  g_assert_cmpint (bf_schedule_next (&quick, BF_OUTCOME_RETRY, 0, 0, 0.5), ==, 2 * S);
  g_assert_cmpint (bf_schedule_next (&quick, BF_OUTCOME_REFUSED, 0, 0, 0.5), ==, 20 * S);
}

static void
test_retry_after (void)
{
  BfSchedule schedule;

  bf_schedule_init (&schedule, 60 * S);
  g_assert_cmpint (bf_schedule_next (&schedule, BF_OUTCOME_RETRY, 0, 120 * S, 0.5), ==, 120 * S);
  g_assert_cmpint (bf_schedule_next (&schedule, BF_OUTCOME_RETRY, 0, 1 * S, 0.5), ==, 10 * S);
  g_assert_cmpint (bf_schedule_next (&schedule, BF_OUTCOME_RETRY, 0, G_MAXINT64, 0.5), ==, 24 * 3600 * S);
}

/* A source's own cadence is followed within bounds, and one that says none changes nothing. */
static void
test_follow (void)
{
  static const struct
  {
    gint64 ttl_s;
    gint64 every_s;
  } cases[] = { { 0, 10 }, { 9, 10 }, { 30, 30 }, { 3600, 3600 }, { 3601, 3600 }, { G_MAXINT64, 3600 }, { -1, 60 }, { G_MININT64, 60 } };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      BfSchedule schedule;

      bf_schedule_init (&schedule, 60 * S);
      bf_schedule_follow (&schedule, cases[i].ttl_s);
      g_assert_cmpint (bf_schedule_next (&schedule, BF_OUTCOME_OK, 1000 * S, 0, 0.5), ==, (1000 + cases[i].every_s) * S);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feed/schedule/cadence", test_cadence);
  g_test_add_func ("/feed/schedule/retry", test_retry);
  g_test_add_func ("/feed/schedule/caps", test_caps);
  g_test_add_func ("/feed/schedule/retry-after", test_retry_after);
  g_test_add_func ("/feed/schedule/follow", test_follow);
  return g_test_run ();
}
