/* SPDX-License-Identifier: EUPL-1.2 */
/* The works calendar: what a person writes against windows written by hand, against a count day by day, and hostile calendars. */

#include <glib/gstdio.h>
#include <string.h>

#include "alerts/bf-works.h"
#include "base/bf-calendar.h"
#include "base/bf-error.h"
#include "base/bf-time.h"

#define HOUR_US (3600 * G_TIME_SPAN_SECOND)

typedef struct
{
  char *dir;
  GTimeZone *zone;
  BfCatalog *catalog;
  BfModel *model;
  GPtrArray *problems;
  BfWorks *works;
} City;

static void
write_file (const City *city, const char *name, const char *text, gssize length)
{
  g_autofree char *path = g_build_filename (city->dir, name, NULL);
  g_autoptr (GError) error = NULL;

  g_unlink (path); /* what is written over stays behind what is shorter, and a rename that waits for the disk takes long */
  g_file_set_contents_full (path, text, length, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

static const char manifest[] = "[Service]\nId=lighting\nName=L\nAbi=1\n[Kind cabinet]\n[Kind lamp]\n[Property power]\nType=number\nUnit=W\nCadence=1h\n";

static void
city_init (City *city)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = NULL;

  city->dir = g_dir_make_tmp ("works-XXXXXX", &error);
  g_assert_no_error (error);
  city->zone = g_time_zone_new_identifier ("Europe/Paris");
  city->problems = bf_problems_new ();
  city->catalog = bf_catalog_new ();
  write_file (city, "lighting.service", manifest, -1);
  path = g_build_filename (city->dir, "lighting.service", NULL);
  g_assert_true (bf_catalog_add_manifest (city->catalog, path, city->problems, &error));
  g_assert_cmpuint (city->problems->len, ==, 0);
  city->model = bf_model_new (city->catalog);
  city->works = NULL;
}

static void
city_clear (City *city)
{
  static const char *const names[] = { "lighting.service", "a.works", "a.ics" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (city->dir, names[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (city->dir), ==, 0);
  g_free (city->dir);
  g_clear_pointer (&city->works, bf_works_free);
  bf_model_free (city->model);
  bf_catalog_free (city->catalog);
  g_time_zone_unref (city->zone);
  g_ptr_array_unref (city->problems);
}

static void
read_works (City *city, const char *text)
{
  g_autofree char *path = g_build_filename (city->dir, "a.works", NULL);
  g_autoptr (GError) error = NULL;

  write_file (city, "a.works", text, -1);
  g_clear_pointer (&city->works, bf_works_free);
  g_ptr_array_set_size (city->problems, 0);
  city->works = bf_works_new (city->zone, FALSE);
  g_assert_true (bf_works_add_file (city->works, path, city->problems, &error));
  bf_works_link (city->works, city->catalog, NULL, city->problems);
}

static gint64
at (const City *city, const char *text)
{
  gint64 time_us;

  g_assert_true (bf_time_parse_rfc3339 (text, strlen (text), city->zone, &time_us));
  return time_us;
}

static char *
window_text (const City *city, guint index, gint64 now_us)
{
  BfWorksWindow window;
  g_autoptr (GDateTime) from = NULL, to = NULL, local_from = NULL, local_to = NULL;

  if (!bf_works_get (city->works, index, now_us, &window))
    return g_strdup ("never");
  from = g_date_time_new_from_unix_utc (window.from_us / G_USEC_PER_SEC);
  to = g_date_time_new_from_unix_utc (window.to_us / G_USEC_PER_SEC);
  local_from = g_date_time_to_timezone (from, city->zone);
  local_to = g_date_time_to_timezone (to, city->zone);
  {
    g_autofree char *a = g_date_time_format (local_from, "%Y-%m-%d %H:%M"), *b = g_date_time_format (local_to, "%Y-%m-%d %H:%M");

    return g_strdup_printf ("%s > %s", a, b);
  }
}

/* ---- What a person writes ---- */

static void
test_words (void)
{
  static const struct
  {
    const char *when, *now, *expected;
  } rows[] = {
    { "From=2026-12-01 22:00\nTo=2026-12-02 05:00\n", "2026-11-24T12:00:00", "2026-12-01 22:00 > 2026-12-02 05:00" },
    { "From=2026-12-01 22:00\nTo=2026-12-02 05:00\n", "2026-12-02T04:59:59", "2026-12-01 22:00 > 2026-12-02 05:00" },
    { "From=2026-12-01 22:00\nTo=2026-12-02 05:00\n", "2026-12-02T05:00:00", "never" },
    { "From=2026-12-01\nTo=2026-12-03\n", "2026-12-03T12:00:00", "2026-12-01 00:00 > 2026-12-04 00:00" },
    { "On=third tuesday\nHours=22:00-05:00\n", "2026-11-24T12:00:00", "2026-12-15 22:00 > 2026-12-16 05:00" },
    { "On=third tuesday\nHours=22:00-05:00\n", "2026-12-16T04:00:00", "2026-12-15 22:00 > 2026-12-16 05:00" },
    { "On=first monday, third monday\nHours=08:00-12:00\n", "2026-12-08T00:00:00", "2026-12-21 08:00 > 2026-12-21 12:00" },
    { "On=last friday\nHours=08:00-12:00\n", "2026-12-08T00:00:00", "2026-12-25 08:00 > 2026-12-25 12:00" },
    { "On=last friday\nHours=08:00-12:00\nExcept=holidays\n", "2026-12-08T00:00:00", "2027-01-29 08:00 > 2027-01-29 12:00" },
    { "On=tuesday, thursday\nHours=22:00-05:00\n", "2026-11-25T06:00:00", "2026-11-26 22:00 > 2026-11-27 05:00" },
    { "On=sat-mon\nHours=00:00-24:00\n", "2026-11-25T06:00:00", "2026-11-28 00:00 > 2026-11-29 00:00" },
    { "On=day 15\n", "2026-11-25T06:00:00", "2026-12-15 00:00 > 2026-12-16 00:00" },
    { "On=day 31\n", "2026-11-01T06:00:00", "2026-12-31 00:00 > 2027-01-01 00:00" },
    { "On=last day\n", "2027-02-01T06:00:00", "2027-02-28 00:00 > 2027-03-01 00:00" },
    { "On=24 december\nHours=18:00-02:00\n", "2026-12-25T03:00:00", "2027-12-24 18:00 > 2027-12-25 02:00" },
    { "On=every day\nHours=22:00-05:00\nFrom=2026-12-01\nUntil=2026-12-03\n", "2026-11-01T00:00:00", "2026-12-01 22:00 > 2026-12-02 05:00" },
    { "On=every day\nHours=22:00-05:00\nFrom=2026-12-01\nUntil=2026-12-03\n", "2026-12-04T04:00:00", "2026-12-03 22:00 > 2026-12-04 05:00" },
    { "On=every day\nHours=22:00-05:00\nFrom=2026-12-01\nUntil=2026-12-03\n", "2026-12-04T05:00:00", "never" },
    { "On=holidays\n", "2026-11-12T00:00:00", "2026-12-25 00:00 > 2026-12-26 00:00" },
    { "On=working days\nHours=09:00-17:00\n", "2026-11-10T18:00:00", "2026-11-12 09:00 > 2026-11-12 17:00" }, /* not 11 November */
    { "On=RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO\nFrom=2026-11-02\nHours=09:00-10:00\n", "2026-11-10T00:00:00", "2026-11-16 09:00 > 2026-11-16 10:00" },
    { "On=RRULE:FREQ=DAILY;COUNT=3\nFrom=2026-11-02\nHours=09:00-10:00\n", "2026-11-04T00:00:00", "2026-11-04 09:00 > 2026-11-04 10:00" },
    { "On=RRULE:FREQ=DAILY;COUNT=3\nFrom=2026-11-02\nHours=09:00-10:00\n", "2026-11-05T00:00:00", "never" },
    /* the clock goes from 2:00 to 3:00, and from 3:00 to 2:00: the wall's time stands */
    { "On=sunday\nHours=01:00-05:00\n", "2026-03-29T00:00:00", "2026-03-29 01:00 > 2026-03-29 05:00" },
    { "On=sunday\nHours=01:00-05:00\n", "2026-10-25T00:00:00", "2026-10-25 01:00 > 2026-10-25 05:00" },
  };
  City city;

  city_init (&city);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *text = g_strdup_printf ("[Works w]\nBy=Voirie\nServices=lighting\n%s", rows[i].when), *found = NULL;

      read_works (&city, text);
      for (guint p = 0; p < city.problems->len; p++)
        g_error ("%s", bf_problem_to_string (g_ptr_array_index (city.problems, p)));
      found = window_text (&city, 0, at (&city, rows[i].now));
      if (g_strcmp0 (found, rows[i].expected) != 0)
        g_error ("%s at %s: expected %s, found %s", rows[i].when, rows[i].now, rows[i].expected, found);
    }
  city_clear (&city);
}

static void
test_bad (void)
{
  static const struct
  {
    const char *text, *expected;
  } rows[] = {
    { "[Works w]\nBy=V\nServices=lighting\nFrom=2026-12-01 22:00\n", "[Works w] has no To=: expected a time such as" },
    { "[Works w]\nBy=V\nServices=lighting\nFrom=2026-13-01\nTo=2026-12-02\n", ":4: From=2026-13-01: expected a time" },
    { "[Works w]\nBy=V\nServices=lighting\nFrom=2026-02-30\nTo=2026-12-02\n", ":4: From=2026-02-30: expected a time" },
    { "[Works w]\nBy=V\nServices=lighting\nFrom=2026-12-03\nTo=2026-12-01\n", "expected an end after the begin" },
    { "[Works w]\nBy=V\nServices=lighting\nFrom=2020-12-03\nTo=2026-12-01\n", "at most 400 days later" },
    { "[Works w]\nServices=lighting\nFrom=2026-12-01\nTo=2026-12-02\n", "has no By=: expected who answers" },
    { "[Works w]\nBy=V\nFrom=2026-12-01\nTo=2026-12-02\n", "expected what the works are on" },
    { "[Works w]\nBy=V\nServices=lightning\nFrom=2026-12-01\nTo=2026-12-02\n", "“lightning” is no service here" },
    { "[Works w]\nBy=V\nZones=nowhere\nFrom=2026-12-01\nTo=2026-12-02\n", "“nowhere” is no zone" },
    { "[Works w]\nBy=V\nServices=lighting\nOn=thirdly tuesday\n", ":4: On=thirdly tuesday: expected days such as" },
    { "[Works w]\nBy=V\nServices=lighting\nOn=RRULE:FREQ=NEVER\n", ":4: On=RRULE:FREQ=NEVER: expected days" },
    { "[Works w]\nBy=V\nServices=lighting\nOn=RRULE:FREQ=SECONDLY\n", "once an hour at most" },
    { "[Works w]\nBy=V\nServices=lighting\nOn=RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\n", "expected" },
    { "[Works w]\nBy=V\nServices=lighting\nOn=tuesday\nHours=25:00-26:00\n", ":5: Hours=25:00-26:00: expected a span" },
    { "[Works w]\nBy=V\nServices=lighting\nOn=tuesday\nTo=2026-12-02\n", ":5: To=2026-12-02: expected Until=" },
    { "[Works w]\nBy=V\nServices=lighting\nOn=tuesday\nUntil=2019-12-02\n", "expected works that take place at least once" },
    { "[Works w]\nBy=V\nServices=lighting\nOn=tuesday\nExcept=strikes\n", ":5: Except=strikes: expected “holidays”" },
    { "[Works w]\nBy=V\nServices=lighting\nOn=tuesday\nWhen=now\n", ":5: " },
    { "[Work w]\n", ":1: expected [Works NAME] or [Calendar NAME], found [Work]" },
    { "[Calendar c]\nFile=a.ics\nServices=lighting\n", ":1: [Calendar c]: expected File=, By=" },
    { "[Calendar c]\nFile=none.ics\nBy=V\nServices=lighting\n", "none.ics" },
  };
  City city;

  city_init (&city);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *found = NULL;

      read_works (&city, rows[i].text);
      if (city.problems->len != 1)
        g_error ("%s: %u problems, expected one: %s", rows[i].text, city.problems->len,
                 city.problems->len > 0 ? bf_problem_to_string (g_ptr_array_index (city.problems, 1)) : rows[i].expected);
      found = bf_problem_to_string (g_ptr_array_index (city.problems, 0));
      if (strstr (found, rows[i].expected) == NULL)
        g_error ("%s: expected “%s”, found “%s”", rows[i].text, rows[i].expected, found);
    }
  city_clear (&city);
}

/* ---- Against a count day by day ---- */

/* The third Tuesday and all Saturdays that are no holiday, over ten years: whether in force at each noon, by the calendar alone. */
static void
test_oracle (void)
{
  City city;
  guint n_third = 0, n_saturdays = 0;
  const gint64 first = bf_calendar_day_of (2021, 1, 1), last = bf_calendar_day_of (2031, 1, 1);

  city_init (&city);
  read_works (&city, "[Works a]\nBy=V\nServices=lighting\nOn=third tuesday\nHours=10:00-14:00\n"
                     "[Works b]\nBy=V\nServices=lighting\nOn=saturday\nExcept=holidays\nHours=20:00-13:00\n");
  g_assert_cmpuint (city.problems->len, ==, 0);
  for (gint64 day = first; day < last; day++)
    {
      g_autoptr (GDateTime) noon = g_date_time_new_from_unix_utc (day * 86400 + 43200);
      gint64 noon_us = bf_time_from_civil (g_date_time_get_year (noon), g_date_time_get_month (noon), g_date_time_get_day_of_month (noon), 12, 0, 0, 0,
                                           city.zone);
      int month_day = g_date_time_get_day_of_month (noon);
      gboolean third = bf_calendar_weekday (day) == 1 && month_day >= 15 && month_day <= 21;
      /* begun on the evening before: its noon is Sunday's */
      gboolean saturday = bf_calendar_weekday (day - 1) == 5 && !bf_calendar_is_holiday (day - 1, FALSE);
      BfWorksWindow a, b;

      g_assert_true (bf_works_get (city.works, 0, noon_us, &a));
      g_assert_true (bf_works_get (city.works, 1, noon_us, &b));
      g_assert_cmpint (a.from_us <= noon_us, ==, third);
      g_assert_cmpint (b.from_us <= noon_us, ==, saturday);
      n_third += third;
      n_saturdays += saturday;
    }
  g_assert_cmpuint (n_third, ==, 120);
  g_assert_cmpuint (n_saturdays, >, 500);
  g_test_message ("%u third Tuesdays, %u Saturdays", n_third, n_saturdays);
  city_clear (&city);
}

/* ---- Running ---- */

static guint32
put_asset (City *city, const char *id, const char *kind, const char *parent)
{
  g_autoptr (GError) error = NULL;
  BfAssetInfo info = { .id = id, .parent = parent, .point = { 4.4, 47.2 }, .kind = bf_catalog_find_kind (city->catalog, kind)->index };
  guint32 asset = bf_model_put_asset (city->model, &info, 0, NULL, &error);

  g_assert_no_error (error);
  return asset;
}

static void
test_run (void)
{
  City city;
  guint32 lamp, cabinet, other;
  BfWorksWindow window;
  gint64 begin_us, end_us;

  city_init (&city);
  cabinet = put_asset (&city, "lighting/ARM-118", "lighting.cabinet", NULL);
  lamp = put_asset (&city, "lighting/L1", "lighting.lamp", "lighting/ARM-118");
  other = put_asset (&city, "lighting/ARM-119", "lighting.cabinet", NULL);
  read_works (&city, "[Works short]\nName=Relamping\nName[fr]=Relanternage\nBy=Voirie\nReason=new lamps\nAssets=lighting/ARM-118\n"
                     "From=2026-12-01 22:00\nTo=2026-12-02 05:00\n"
                     "[Works long]\nBy=Voirie\nAssets=lighting/ARM-1*\nServices=lighting\nFrom=2026-12-02 00:00\nTo=2026-12-02 06:00\n");
  g_assert_cmpuint (city.problems->len, ==, 0);
  begin_us = at (&city, "2026-12-01T22:00:00");
  end_us = at (&city, "2026-12-02T05:00:00");
  g_assert_false (bf_works_run (city.works, begin_us - 1));
  g_assert_cmpint (bf_works_next_us (city.works), ==, begin_us);
  g_assert_false (bf_works_at (city.works, city.model, lamp, &window));
  g_assert_true (bf_works_run (city.works, begin_us));
  g_assert_true (bf_works_at (city.works, city.model, lamp, &window));
  g_assert_cmpstr (window.id, ==, "short");
  g_assert_cmpstr (window.name->fr, ==, "Relanternage");
  g_assert_cmpstr (window.reason, ==, "new lamps");
  g_assert_cmpint (window.to_us, ==, end_us);
  g_assert_true (bf_works_at (city.works, city.model, cabinet, &window));
  g_assert_false (bf_works_at (city.works, city.model, other, &window));
  g_assert_cmpint (bf_works_next_us (city.works), ==, begin_us + 2 * HOUR_US);
  /* of two the one that ends last */
  g_assert_true (bf_works_run (city.works, begin_us + 2 * HOUR_US));
  g_assert_true (bf_works_at (city.works, city.model, lamp, &window));
  g_assert_cmpstr (window.id, ==, "long");
  g_assert_true (bf_works_at (city.works, city.model, other, &window));
  g_assert_true (bf_works_run (city.works, end_us));
  g_assert_true (bf_works_at (city.works, city.model, lamp, &window));
  g_assert_true (bf_works_run (city.works, end_us + HOUR_US));
  g_assert_false (bf_works_at (city.works, city.model, lamp, &window));
  g_assert_cmpint (bf_works_next_us (city.works), ==, BF_TIME_NONE);
  /* the clock was an hour and a half ahead */
  g_assert_true (bf_works_run (city.works, end_us - HOUR_US / 2));
  g_assert_true (bf_works_at (city.works, city.model, lamp, &window));
  city_clear (&city);
}

/* ---- iCalendar ---- */

static const char calendar[] =
  "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n"
  "BEGIN:VEVENT\r\nUID:1@x\r\nSUMMARY:Relamping\\, station\r\nDTSTART;TZID=Europe/Paris:20261201T220000\r\nDTEND;TZID=Europe/Paris:20261202T050000\r\n"
  "RRULE:FREQ=MONTHLY;BYDAY=3TU\r\nEXDATE;TZID=Europe/Paris:20261215T220000\r\nCATEGORIES:lighting/ARM-118\r\nORGANIZER:mailto:works@example.org\r\nEND:VEVENT\r\n"
  "BEGIN:VEVENT\r\nUID:2@x\r\nSUMMARY:UTC\r\nDTSTART:20261201T210000Z\r\nDURATION:PT2H\r\nEND:VEVENT\r\n"
  "BEGIN:VEVENT\r\nUID:3@x\r\nSUMMARY:Day\r\nDTSTART;VALUE=DATE:20261205\r\nEND:VEVENT\r\n"
  "BEGIN:VEVENT\r\nUID:4@x\r\nSUMMARY:Gone\r\nSTATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20261206\r\nEND:VEVENT\r\n"
  "BEGIN:VEVENT\r\nUID:5@x\r\nSUMMARY:Nowhere\r\nDTSTART;TZID=Mars/Olympus:20261201T120000\r\nDTEND;TZID=Mars/Olympus:20261201T130000\r\nEND:VEVENT\r\n"
  "BEGIN:VEVENT\r\nUID:6@x\r\nSUMMARY:Too often\r\nDTSTART:20261201T210000Z\r\nDURATION:PT2S\r\nRRULE:FREQ=SECONDLY\r\nEND:VEVENT\r\n"
  "BEGIN:VEVENT\r\nUID:7@x\r\nSUMMARY:For ever\r\nDTSTART:19700101T000000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=HOURLY\r\nEND:VEVENT\r\n"
  "END:VCALENDAR\r\n";

static const char of_calendar[] = "[Calendar travaux]\nFile=a.ics\nBy=Voirie\nServices=lighting\n";

static void
test_calendar (void)
{
  static const char *const expected[] = { "2027-01-19 22:00 > 2027-01-20 05:00", "2026-12-01 22:00 > 2026-12-02 00:00",
                                          "2026-12-05 00:00 > 2026-12-06 00:00", "2026-12-01 12:00 > 2026-12-01 13:00" };
  City city;
  BfWorksWindow window;
  gint64 now_us;

  city_init (&city);
  write_file (&city, "a.ics", calendar, -1);
  read_works (&city, of_calendar);
  g_assert_cmpuint (bf_works_n (city.works), ==, 5);
  now_us = at (&city, "2026-12-01T00:00:00");
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *found = window_text (&city, i, now_us);

      g_assert_cmpstr (found, ==, expected[i]);
    }
  g_assert_true (bf_works_get (city.works, 0, now_us, &window));
  g_assert_cmpstr (window.id, ==, "travaux/1@x");
  g_assert_cmpstr (window.by, ==, "works@example.org");
  g_assert_cmpstr (window.name->text, ==, "Relamping, station");
  /* half a million hours later it is the hour of now, at once */
  g_assert_true (bf_works_get (city.works, 4, now_us, &window));
  g_assert_cmpint (window.from_us, ==, now_us);
  g_assert_cmpuint (city.problems->len, ==, 2);
  for (guint i = 0; i < city.problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (city.problems, i));

      g_assert_nonnull (strstr (text, i == 0 ? "Mars/Olympus" : "once an hour at most"));
    }
  city_clear (&city);
}

/* Cut anywhere, and with bytes that are others: an answer in bounded time, and nothing that a sanitizer has to say. */
static void
test_hostile (void)
{
  City city;
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  city_init (&city);
  for (gsize cut = 0; cut < sizeof calendar - 1; cut += 7)
    {
      write_file (&city, "a.ics", calendar, (gssize) cut);
      read_works (&city, of_calendar);
      g_assert_true (bf_works_n (city.works) > 0 || city.problems->len > 0);
    }
  for (guint i = 0; i < 2000; i++)
    {
      g_autofree char *text = g_strdup (calendar);

      for (guint k = g_rand_int_range (rand, 1, 20); k > 0; k--)
        text[g_rand_int_range (rand, 0, (gint32) sizeof calendar - 1)] = (char) g_rand_int_range (rand, 1, 256);
      write_file (&city, "a.ics", text, -1);
      read_works (&city, of_calendar);
      for (guint w = 0; w < bf_works_n (city.works); w++)
        {
          BfWorksWindow window;

          bf_works_get (city.works, w, at (&city, "2026-12-01T00:00:00"), &window);
        }
    }
  city_clear (&city);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/works/words", test_words);
  g_test_add_func ("/works/bad", test_bad);
  g_test_add_func ("/works/oracle", test_oracle);
  g_test_add_func ("/works/run", test_run);
  g_test_add_func ("/works/calendar", test_calendar);
  g_test_add_func ("/works/hostile", test_hostile);
  return g_test_run ();
}
