/* SPDX-License-Identifier: EUPL-1.2 */
/* Stamps in the forms that feeds use, the two odd hours of the year, durations. */

#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

#define S ((gint64) G_USEC_PER_SEC)

static GTimeZone *
paris (void)
{
  GTimeZone *zone = g_time_zone_new_identifier ("Europe/Paris");

  g_assert_nonnull (zone);
  return zone;
}

static const struct
{
  const char *text;
  const char *expected; /* NULL: refused */
} stamps[] = {
  { "2026-05-04T03:02:01Z", "2026-05-04T03:02:01Z" },
  { "2026-05-04t03:02:01z", "2026-05-04T03:02:01Z" },
  { "2026-05-04 03:02:01Z", "2026-05-04T03:02:01Z" },
  { "2026-05-04T03:02Z", "2026-05-04T03:02:00Z" },
  { "2026-05-04T03:02:01.5Z", "2026-05-04T03:02:01.500Z" },
  { "2026-05-04T03:02:01,25Z", "2026-05-04T03:02:01.250Z" },
  { "2026-05-04T03:02:01.123456789Z", "2026-05-04T03:02:01.123Z" },
  { "2026-05-04T03:02:01+02:00", "2026-05-04T01:02:01Z" },
  { "2026-05-04T03:02:01-0330", "2026-05-04T06:32:01Z" },
  { "2026-05-04T03:02:01+02", "2026-05-04T01:02:01Z" },
  { "2026-05-04T03:02:01-00:00", "2026-05-04T03:02:01Z" },
  { "2026-05-04", "2026-05-03T22:00:00Z" },              /* in Paris */
  { "2026-05-04T03:02:01", "2026-05-04T01:02:01Z" },     /* in Paris */
  { "2026-01-04T03:02:01", "2026-01-04T02:02:01Z" },     /* in winter */
  { "2026-12-31T24:00:00Z", "2027-01-01T00:00:00Z" },
  { "2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z" },
  { "2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z" },
  { "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.500Z" },
  { "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
  { "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z" },
  { "2026-03-29T02:30:00", NULL },                       /* does not exist */
  { "2026-03-29T01:59:59", "2026-03-29T00:59:59Z" },
  { "2026-03-29T03:00:00", "2026-03-29T01:00:00Z" },
  { "2026-10-25T02:30:00", "2026-10-25T00:30:00Z" },     /* twice: the first */
  { "2026-10-25T01:59:59", "2026-10-24T23:59:59Z" },
  { "2026-10-25T03:00:00", "2026-10-25T02:00:00Z" },
  { "2023-02-29T00:00:00Z", NULL },
  { "2100-02-29T00:00:00Z", NULL },
  { "2026-13-01", NULL },
  { "2026-00-01", NULL },
  { "2026-04-31", NULL },
  { "2026-05-04T24:00:01Z", NULL },
  { "2026-05-04T25:00:00Z", NULL },
  { "2026-05-04T03:60:00Z", NULL },
  { "2026-05-04T03:02:61Z", NULL },
  { "2026-05-04T03:02:01.Z", NULL },
  { "2026-05-04T03:02:01+2", NULL },
  { "2026-05-04T03:02:01+02:", NULL },
  { "2026-05-04T03:02:01+24:00", NULL },
  { "2026-05-04T03:02:01+02:60", NULL },
  { "2026-05-04T03:02:01Zx", NULL },
  { "2026-05-04T03:02:01 Z", NULL },
  { "2026-05-04T", NULL },
  { "2026-05-04T03", NULL },
  { "2026-5-4", NULL },
  { "0000-01-01", NULL },
  { "26-05-04", NULL },
  { "", NULL },
  { "-2026-05-04", NULL },
};

static void
test_rfc3339 (void)
{
  g_autoptr (GTimeZone) zone = paris ();

  for (guint i = 0; i < G_N_ELEMENTS (stamps); i++)
    {
      gsize length = strlen (stamps[i].text);
      g_autofree char *exact = g_memdup2 (stamps[i].text, MAX (length, 1));
      char buffer[BF_TIME_TEXT_BYTES];
      gint64 time_us = 77;

      g_assert_cmpint (bf_time_parse_rfc3339 (exact, length, zone, &time_us), ==, stamps[i].expected != NULL);
      if (stamps[i].expected == NULL)
        g_assert_cmpint (time_us, ==, 77);
      else if (strcmp (bf_time_format (time_us, buffer), stamps[i].expected) != 0)
        g_error ("%s: expected %s, found %s", stamps[i].text, stamps[i].expected, buffer);
    }
}

/* Every third hour of 60 years, against GDateTime. */
static void
test_against_gdatetime (void)
{
  g_autoptr (GTimeZone) zone = paris ();

  for (gint64 t = -10LL * 365 * 86400; t < 50LL * 365 * 86400; t += 3 * 3600 + 11)
    {
      g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (t);
      g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);
      g_autofree char *expected = g_date_time_format (utc, "%Y-%m-%dT%H:%M:%SZ");
      char buffer[BF_TIME_TEXT_BYTES];
      gint64 back = bf_time_from_civil (g_date_time_get_year (local), g_date_time_get_month (local),
                                        g_date_time_get_day_of_month (local), g_date_time_get_hour (local),
                                        g_date_time_get_minute (local), g_date_time_get_second (local), 0, zone);

      g_assert_cmpstr (bf_time_format (t * S, buffer), ==, expected);
      /* the second of two equal hours is taken as the first */
      g_assert_true (back == t * S || back == (t - 3600) * S);
    }
}

static void
test_format (void)
{
  char buffer[BF_TIME_TEXT_BYTES];

  g_assert_cmpstr (bf_time_format (BF_TIME_NONE, buffer), ==, "");
  g_assert_cmpstr (bf_time_format (G_MAXINT64, buffer), ==, "");
  g_assert_cmpstr (bf_time_format (G_MININT64 + 1, buffer), ==, "");
  g_assert_cmpstr (bf_time_format (0, buffer), ==, "1970-01-01T00:00:00Z");
  g_assert_cmpstr (bf_time_format (-1, buffer), ==, "1969-12-31T23:59:59.999Z");
  g_assert_cmpint (bf_time_from_civil (2026, 1, 1, 0, 0, 0, 1000000, NULL), ==, BF_TIME_NONE);
  g_assert_cmpint (bf_time_from_civil (10000, 1, 1, 0, 0, 0, 0, NULL), ==, BF_TIME_NONE);
  g_assert_cmpint (bf_time_from_civil (1970, 1, 1, 0, 0, -1, 0, NULL), ==, BF_TIME_NONE);
}

static const struct
{
  const char *pattern;
  const char *text;
  const char *expected;
} patterns[] = {
  { "%*%d %b %Y à %H:%M", "mer. 03 avril 2019 à 08:00", "2019-04-03T06:00:00Z" },
  { "%* %d %b %Y à %H:%M", "mer. 03 avril 2019 à 08:00", "2019-04-03T06:00:00Z" },
  { "%a %d %B %Y à %H:%M", "mer. 03 avril 2019 à 08:00", "2019-04-03T06:00:00Z" },
  { "%A %d %B %Y", "Mercredi 3 avril 2019", "2019-04-02T22:00:00Z" },
  { "%A, %d. %B %Y", "Mittwoch, 3. April 2019", "2019-04-02T22:00:00Z" },
  { "%a %d.%m.%Y", "Mi. 03.04.2019", "2019-04-02T22:00:00Z" },
  { "%a, %d %b %Y %H:%M:%S %z", "Wed, 03 Apr 2019 06:00:00 +0000", "2019-04-03T06:00:00Z" },
  { "%A %d %B %Y", "dimanche 4 août 2019", "2019-08-03T22:00:00Z" },
  { "%a %d %B %Y", "jeu. 03 avril 2019", NULL }, /* it was a Wednesday */
  { "%a %d %B %Y", "quintidi 03 avril 2019", NULL },
  { "%a %d", "mer. 03", NULL }, /* 3 January 1970 was a Saturday */
  { "%d %b %Y", "1 Août 2019", "2019-07-31T22:00:00Z" },
  { "%d %b %Y", "1 févr. 2019", "2019-01-31T23:00:00Z" },
  { "%d %b %Y", "24 DÉCEMBRE 2019", "2019-12-23T23:00:00Z" },
  { "%d. %b %Y", "3. März 2019", "2019-03-02T23:00:00Z" },
  { "%d-%b-%Y", "03-Mai-2019", "2019-05-02T22:00:00Z" },
  { "%b %d, %Y", "Sept 3, 2019", "2019-09-02T22:00:00Z" },
  { "%d/%m/%Y %H:%M:%S", "4/5/2026 3:02:01", "2026-05-04T01:02:01Z" },
  { "%d/%m/%y %H", "04/05/26 03", "2026-05-04T01:00:00Z" },
  { "%d/%m/%y", "04/05/70", "1970-05-03T23:00:00Z" },
  { "%Y%m%dT%H%M%S%z", "20260504T030201+0200", "2026-05-04T01:02:01Z" },
  { "%Y-%m-%d %H:%M:%S.%f", "2026-05-04 03:02:01.5", "2026-05-04T01:02:01.500Z" },
  { "%s", "1777863721", "2026-05-04T03:02:01Z" },
  { "%s.%f", "1777863721.25", "2026-05-04T03:02:01.250Z" },
  { "%L", "1777863721500", "2026-05-04T03:02:01.500Z" },
  { "%s", "253402300799", "9999-12-31T23:59:59Z" },
  { "%s", "253402300800", NULL },
  { "%s", "99999999999999", NULL },
  { "%s", "9999999999999999999999", NULL },
  { "%L", "999999999999999", NULL },
  { "%s", "", NULL },
  { "%s", "-5", NULL },
  { "%d %b %Y", "3 brumaire 2019", NULL },
  { "%d %b %Y", "3  2019", NULL },
  { "%d %b %Y", "3 \xff\xfe 2019", NULL },
  { "%d/%m/%Y", "4/5/2026 ", NULL },
  { "%d/%m/%Y", "31/02/2026", NULL },
  { "%Y", "226", NULL },
  { "%q", "q", NULL },
  { "100%% %Y", "100% 2026", "2025-12-31T23:00:00Z" },
  { "%", "", NULL },
};

static void
test_patterns (void)
{
  g_autoptr (GTimeZone) zone = paris ();

  for (guint i = 0; i < G_N_ELEMENTS (patterns); i++)
    {
      gsize length = strlen (patterns[i].text);
      g_autofree char *exact = g_memdup2 (patterns[i].text, MAX (length, 1));
      char buffer[BF_TIME_TEXT_BYTES];
      gint64 time_us = 77;
      gboolean good = bf_time_parse_pattern (exact, length, patterns[i].pattern, zone, &time_us);

      if (good != (patterns[i].expected != NULL)
          || (good && strcmp (bf_time_format (time_us, buffer), patterns[i].expected) != 0) || (!good && time_us != 77))
        g_error ("%s by %s: expected %s, found %s", patterns[i].text, patterns[i].pattern, patterns[i].expected,
                 good ? bf_time_format (time_us, buffer) : "no stamp");
    }
}

static const struct
{
  const char *text;
  gint64 us; /* -1: refused */
  const char *again;
} durations[] = {
  { "90s", 90 * S, "1min 30s" },   { "5min", 300 * S, "5min" },      { "1h 30min", 5400 * S, "1h 30min" },
  { "1h30min", 5400 * S, NULL },   { "250ms", S / 4, "250ms" },      { "2d", 172800 * S, "2d" },
  { "0s", 0, "0s" },               { "5 min", 300 * S, NULL },       { "3660d", 3660LL * 86400 * S, "3660d" },
  { "3661d", -1, NULL },           { "999999999d", -1, NULL },       { "999999999d 999999999d", -1, NULL },
  { "9999999999s", -1, NULL },     { "", -1, NULL },                 { "5", -1, NULL },
  { "min", -1, NULL },             { "5m", -1, NULL },               { "-5s", -1, NULL },
  { "5 s x", -1, NULL },           { "1.5h", -1, NULL },             { "5S", -1, NULL },
};

static void
test_durations (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (durations); i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 us = 77;

      g_test_message ("%s", durations[i].text);
      g_assert_cmpint (bf_duration_parse (durations[i].text, &us, &error), ==, durations[i].us >= 0);
      if (durations[i].us < 0)
        {
          g_assert_cmpint (us, ==, 77);
          g_assert_true (error->domain == BF_ERROR);
          g_assert_nonnull (strstr (error->message, durations[i].text));
          continue;
        }
      g_assert_no_error (error);
      g_assert_cmpint (us, ==, durations[i].us);
      if (durations[i].again != NULL)
        {
          g_autofree char *again = bf_duration_format (us);

          g_assert_cmpstr (again, ==, durations[i].again);
        }
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/time/rfc3339", test_rfc3339);
  g_test_add_func ("/time/against-gdatetime", test_against_gdatetime);
  g_test_add_func ("/time/format", test_format);
  g_test_add_func ("/time/patterns", test_patterns);
  g_test_add_func ("/time/durations", test_durations);
  return g_test_run ();
}
