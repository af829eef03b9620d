/* SPDX-License-Identifier: EUPL-1.2 */
/* Built-in functions: the sun against published tables, the lighting plan, what series remember (tests/cases/rules), keeping
 * them over a restart, and their grammar. */

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "model/bf-model.h"
#include "rules/bf-evaluator.h"
#include "rules/bf-lighting-plan.h"
#include "rules/bf-series.h"
#include "rules/bf-sun.h"

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define T0 (G_GINT64_CONSTANT (1772323200) * G_USEC_PER_SEC) /* 2026-03-01T00:00:00Z */

static char **
lines_of (const char *name)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests", "cases", "rules", name, NULL);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return g_strsplit (text, "\n", -1);
}

static gint64
time_of (const char *text)
{
  gint64 us;

  if (!bf_time_parse_rfc3339 (text, strlen (text), NULL, &us))
    g_error ("“%s” is no time", text);
  return us;
}

/* ---- The sun ---- */

static void
check_sun (char **words)
{
  BfPoint point = { g_ascii_strtod (words[2], NULL), g_ascii_strtod (words[1], NULL) };
  gint64 at_us = time_of (words[3]);
  double near = g_ascii_strtod (words[5], NULL);
  gboolean rising = strcmp (words[0], "rise") == 0;
  BfSun sun;

  bf_sun_at (at_us, &sun);
  if (strcmp (words[0], "declination") == 0)
    g_assert_cmpfloat_with_epsilon (sun.declination_deg, g_ascii_strtod (words[4], NULL), near);
  else if (strcmp (words[0], "ascension") == 0)
    g_assert_cmpfloat_with_epsilon (sun.right_ascension_deg, g_ascii_strtod (words[4], NULL), near);
  else if (strcmp (words[0], "height") == 0)
    g_assert_cmpfloat_with_epsilon (bf_sun_height_deg (point, at_us), g_ascii_strtod (words[4], NULL), near);
  else
    {
      gboolean found;
      gint64 crossing_us = bf_sun_next_crossing (point, at_us, at_us + 1440 * MINUTE_US, BF_SUN_RISE_DEG, &found);

      g_test_message ("off by %g s", (double) (crossing_us - time_of (words[4])) / G_USEC_PER_SEC);
      g_assert_cmpint (found, ==, rising);
      g_assert_cmpfloat_with_epsilon ((double) (crossing_us - time_of (words[4])) / MINUTE_US, 0, near);
    }
}

static void
test_sun (void)
{
  g_auto (GStrv) lines = lines_of ("sun.txt");
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 7);

      if (lines[i][0] == '#' || g_strv_length (words) < 7)
        continue;
      g_test_message ("%s", lines[i]);
      check_sun (words);
      n++;
    }
  g_assert_cmpuint (n, ==, 9);
}

/* North of the polar circle the sun does not set in June and does not rise in December. */
static void
test_polar (void)
{
  BfPoint tromso = { 18.96, 69.65 };
  gint64 june_us = time_of ("2026-06-21T12:00:00Z");
  gint64 december_us = time_of ("2026-12-21T12:00:00Z");
  gint64 day_us = 1440 * MINUTE_US;

  g_assert_cmpint (bf_sun_next_crossing (tromso, june_us, june_us + day_us, BF_SUN_RISE_DEG, NULL), ==, june_us + day_us);
  g_assert_cmpint (bf_sun_next_crossing (tromso, december_us, december_us + day_us, BF_SUN_RISE_DEG, NULL), ==, december_us + day_us);
}

/* ---- The lighting plan ---- */

static const char plan_text[] = "[Plan centre]\n"
                                "Cabinets=ARM-012, ARM-013\n"
                                "On=sunset + 10min\n"
                                "Off=sunrise - 10min\n"
                                "Extinction=sun-thu 23:30..05:30; fri-sat 01:30..06:00\n"
                                "Dimming=22:00..05:30 50 %\n"
                                "[Plan depot]\n"
                                "Cabinets=ARM-020\n"
                                "On=18:00\n"
                                "Off=06:00\n"
                                "[Event fete]\n"
                                "Dates=2026-06-21\n"
                                "Hours=20:00..05:00\n";

static BfCatalog *
load_catalog (const char *text, GPtrArray *problems)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  BfCatalog *catalog = bf_catalog_new ();
  int fd = g_file_open_tmp ("beffroi-XXXXXX.service", &path, &error);

  g_assert_no_error (error);
  g_close (fd, NULL);
  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  bf_catalog_add_manifest (catalog, path, problems, &error);
  g_assert_no_error (error);
  g_unlink (path);
  return catalog;
}

static guint32
put_asset (BfModel *model, const char *id, const char *kind, const char *parent, double lon)
{
  g_autoptr (GError) error = NULL;
  BfAssetInfo info = { .id = id, .parent = parent, .point = { lon, 47.59 } };
  guint32 asset;

  info.kind = bf_catalog_find_kind (bf_model_catalog (model), kind)->index;
  asset = bf_model_put_asset (model, &info, 0, NULL, &error);
  g_assert_no_error (error);
  return asset;
}

static void
test_plan (void)
{
  static const char manifest[] = "[Service]\nId=lighting\nName=L\nAbi=1\n[Kind cabinet]\n[Kind lamp]\n"
                                 "[Property level]\nType=number\nUnit=%\nRange=0..100\nDerive=lighting_plan()\n";
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfCatalog) catalog = load_catalog (manifest, problems);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  g_autoptr (BfLightingPlan) plan = bf_lighting_plan_new ();
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Paris");
  g_auto (GStrv) lines = lines_of ("lighting-plan.txt");
  guint n = 0;

  g_assert_true (bf_lighting_plan_add_text (plan, "x.plan", plan_text, strlen (plan_text), problems));
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", 5);
      g_autofree char *cabinet = g_strconcat ("lighting/", words[0] != NULL ? words[0] : "", NULL);
      g_autofree char *lamp = g_strconcat (cabinet, "-1", NULL);
      g_autofree char *stamp = NULL;
      gint64 now_us, until_us;

      if (lines[i][0] == '#' || g_strv_length (words) < 5)
        continue;
      stamp = g_strconcat (words[2], ":00", NULL);
      g_assert_true (bf_time_parse_rfc3339 (stamp, strlen (stamp), zone, &now_us));
      put_asset (model, cabinet, "lighting.cabinet", NULL, 1.44);
      g_test_message ("%s", lines[i]);
      g_assert_cmpfloat (bf_lighting_plan_level (plan, model, put_asset (model, lamp, "lighting.lamp", cabinet, NAN), zone, now_us, &until_us),
                         ==, g_ascii_strtod (words[3], NULL));
      g_assert_cmpint (until_us, >, now_us);
      n++;
    }
  g_assert_cmpuint (n, ==, 29);
}

/* The level holds until the time that is said, to the minute, over a whole year. */
static void
test_plan_until (void)
{
  static const char manifest[] = "[Service]\nId=lighting\nName=L\nAbi=1\n[Kind cabinet]\n"
                                 "[Property level]\nType=number\nUnit=%\nRange=0..100\nDerive=lighting_plan()\n";
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfCatalog) catalog = load_catalog (manifest, problems);
  g_autoptr (BfModel) model = bf_model_new (catalog);
  g_autoptr (BfLightingPlan) plan = bf_lighting_plan_new ();
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Paris");
  guint32 asset = put_asset (model, "lighting/ARM-012", "lighting.cabinet", NULL, 1.44);
  gint64 now_us = T0;
  guint n = 0;

  bf_lighting_plan_add_text (plan, "x.plan", plan_text, strlen (plan_text), problems);
  while (now_us < T0 + 365 * 1440 * MINUTE_US)
    {
      g_autoptr (BfLightingPlan) fresh = bf_lighting_plan_new ();
      gint64 until_us, ignored_us;
      double level = bf_lighting_plan_level (plan, model, asset, zone, now_us, &until_us);

      bf_lighting_plan_add_text (fresh, "x.plan", plan_text, strlen (plan_text), problems);
      g_assert_cmpint (until_us, >, now_us);
      g_assert_cmpfloat (bf_lighting_plan_level (fresh, model, asset, zone, until_us - 1, &ignored_us), ==, level);
      now_us = until_us;
      n++;
    }
  g_test_message ("%u switchings in a year", n);
  g_assert_cmpuint (n, >, 365 * 3);
  g_assert_cmpuint (n, <, 365 * 8);
}

static void
test_plan_bad (void)
{
  static const char *const bad[] = {
    "[Plan x]\nOn=sundown\n",          "[Plan x]\nOn=25:00\n",
    "[Plan x]\nExtinction=23:30\n",    "[Plan x]\nExtinction=05:00..23:00\n",
    "[Plan x]\nExtinction=lun 23:30..05:00\n", "[Plan x]\nDimming=22:00..05:00\n",
    "[Plan x]\nDimming=22:00..05:00 150 %\n",  "[Event x]\nHours=20:00..05:00\n",
    "[Event x]\nDates=2026-02-30\n",   "[Event x]\nDates=2026-07-14..2026-07-13\n",
    "[Plan x]\nWhen=18:00\n",          "[Lamp x]\n",
    "[Plan x]\nOn=sunset + 9h\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (BfLightingPlan) plan = bf_lighting_plan_new ();
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autofree char *text = NULL;

      g_assert_false (bf_lighting_plan_add_text (plan, "bad.plan", bad[i], strlen (bad[i]), problems));
      text = bf_problem_to_string (g_ptr_array_index (problems, 0));
      g_test_message ("%s", text);
      g_assert_true (g_str_has_prefix (text, "bad.plan:"));
    }
}

/* ---- Series ---- */

static BfSeries *
series_of (char **words)
{
  BfSeriesSpec spec = { BF_SERIES_USUAL, 0, 0, FALSE };

  if (strcmp (words[1], "window") == 0)
    spec = (BfSeriesSpec){ BF_SERIES_WINDOW, g_ascii_strtoll (words[2], NULL, 10) * MINUTE_US, 0, FALSE };
  else if (strcmp (words[1], "tally") == 0)
    spec = (BfSeriesSpec){ BF_SERIES_TALLY, g_ascii_strtoll (words[2], NULL, 10) * MINUTE_US, 0, FALSE };
  else if (strcmp (words[1], "trend") == 0)
    spec = (BfSeriesSpec){ BF_SERIES_TREND, g_ascii_strtoll (words[2], NULL, 10) * MINUTE_US, 0, FALSE };
  else if (strcmp (words[1], "fall") == 0)
    spec = (BfSeriesSpec){ BF_SERIES_FALL, 0, g_ascii_strtod (words[2], NULL), FALSE };
  else if (strcmp (words[1], "night") == 0)
    spec.type = BF_SERIES_NIGHT;
  return bf_series_new (&spec);
}

/* Rates a minute and times in minutes, as the file has them. */
static double
ask (BfSeries *series, const char *function, gint64 now_us, gint64 span_us)
{
  g_auto (GStrv) parts = g_strsplit (function, ":", 2);
  double argument = parts[1] != NULL ? g_ascii_strtod (parts[1], NULL) : 0;

  if (strcmp (parts[0], "min") == 0)
    return bf_series_min (series, now_us);
  if (strcmp (parts[0], "max") == 0)
    return bf_series_max (series, now_us);
  if (strcmp (parts[0], "avg") == 0)
    return bf_series_avg (series, now_us);
  if (strcmp (parts[0], "delta") == 0)
    return bf_series_delta (series, now_us, span_us, 0);
  if (strcmp (parts[0], "sum") == 0)
    return bf_series_sum (series, now_us);
  if (strcmp (parts[0], "count") == 0)
    return bf_series_count (series, now_us);
  if (strcmp (parts[0], "changes") == 0)
    return bf_series_changes (series, now_us);
  if (strcmp (parts[0], "stddev") == 0)
    return bf_series_stddev (series, now_us);
  if (strcmp (parts[0], "rate") == 0)
    return bf_series_rate (series, now_us, span_us) * 60;
  if (strcmp (parts[0], "trend") == 0)
    return bf_series_trend (series, now_us) * 60;
  if (strcmp (parts[0], "time_to") == 0)
    return bf_series_time_to (series, now_us, argument) / 60;
  if (strcmp (parts[0], "fill_rate") == 0)
    return bf_series_fill_rate (series) * 60;
  if (strcmp (parts[0], "fill_time_to") == 0)
    return bf_series_fill_time_to (series, argument) / 60;
  if (strcmp (parts[0], "since_fall") == 0)
    return bf_series_since_fall (series, now_us) / 60;
  if (strcmp (parts[0], "night") == 0)
    return bf_series_night (series, now_us, 0);
  if (strcmp (parts[0], "night_usual") == 0)
    return bf_series_night_usual (series, now_us, 0);
  g_assert_cmpstr (parts[0], ==, "usual");
  return bf_series_usual (series, now_us, 0);
}

/* The series goes through its kept form before each question: what is kept must answer the same. */
static BfSeries *
over_restart (BfSeries *series, char **words)
{
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));
  BfSeries *again = series_of (words);

  bf_series_save (series, numbers);
  g_assert_true (bf_series_load (again, (const double *) (const void *) numbers->data, numbers->len));
  bf_series_free (series);
  return again;
}

/* "nights N V": flow of 30 by day and V from 02:30 to 03:30, V + 5 around it, each ten minutes. */
static void
add_nights (BfSeries *series, guint *day, guint n, double value)
{
  for (guint end = *day + n; *day < end; ++*day)
    for (guint minute = 0; minute < 1440; minute += 10)
      bf_series_add (series, T0 + (*day * 1440 + minute) * MINUTE_US,
                     minute >= 150 && minute < 210 ? value : minute >= 120 && minute < 240 ? value + 5 : 30, 0);
}

static void
add_days (BfSeries *series, guint n)
{
  for (guint minute = 0; minute < n * 1440; minute += 10)
    bf_series_add (series, T0 + minute * MINUTE_US, minute % 1440 < 480 ? 3 : 4, 0);
}

static void
test_series (void)
{
  g_auto (GStrv) lines = lines_of ("series.txt");
  g_auto (GStrv) spec = NULL;
  BfSeries *series = NULL;
  guint day = 0, n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);
      double minute = g_ascii_strtod (words[0] != NULL ? words[0] : "", NULL);

      if (lines[i][0] == '#' || lines[i][0] == '\0')
        continue;
      if (strcmp (words[0], "series") == 0)
        {
          bf_series_free (series);
          series = series_of (words);
          g_strfreev (spec);
          spec = g_strdupv (words);
          day = 0;
        }
      else if (strcmp (words[0], "nights") == 0)
        add_nights (series, &day, (guint) g_ascii_strtoull (words[1], NULL, 10), g_ascii_strtod (words[2], NULL));
      else if (strcmp (words[0], "days") == 0)
        add_days (series, (guint) g_ascii_strtoull (words[1], NULL, 10));
      else if (strcmp (words[0], "at") == 0)
        {
          gint64 span_us = spec[2] != NULL ? g_ascii_strtoll (spec[2], NULL, 10) * MINUTE_US : 0;
          double value;

          series = over_restart (series, spec);
          value = ask (series, words[2], T0 + g_ascii_strtoll (words[1], NULL, 10) * MINUTE_US, span_us);
          g_test_message ("line %u: %s, found %g", i + 1, lines[i], value);
          if (strcmp (words[3], "?") == 0)
            g_assert_true (isnan (value));
          else
            g_assert_cmpfloat_with_epsilon (value, g_ascii_strtod (words[3], NULL), 1e-4);
          n++;
        }
      else if (strcmp (words[0], "late") == 0)
        bf_series_add_late (series, T0 + g_ascii_strtoll (words[1], NULL, 10) * MINUTE_US, g_ascii_strtod (words[2], NULL));
      else
        bf_series_add (series, T0 + (gint64) (minute * MINUTE_US), g_ascii_strtod (words[1], NULL), 0);
    }
  bf_series_free (series);
  g_assert_cmpuint (n, ==, 73);
}

/* A value a minute at most, in any order and again and again, over a window of as many slots as minutes: as if all were kept. */
static void
test_tally_random (void)
{
  const BfSeriesSpec spec = { BF_SERIES_TALLY, 48 * MINUTE_US, 0, FALSE };
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  guint n_late = 0;

  for (guint round = 0; round < 300; round++)
    {
      BfSeries *series = bf_series_new (&spec);
      double kept[400];
      int newest = 0;

      for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
        kept[i] = NAN;
      bf_series_add (series, T0, kept[0] = 5, 0);
      for (guint step = 0; step < 200; step++)
        {
          gboolean late = newest > 0 && g_rand_int_range (rand, 0, 3) == 0;
          int minute = late ? g_rand_int_range (rand, MAX (0, newest - 47), newest) : newest + g_rand_int_range (rand, 1, 3);
          double value = g_rand_int_range (rand, 0, 80) / 8.0;
          guint n = 0;
          double sum = 0, squares = 0;

          if (late && bf_series_add_late (series, T0 + minute * MINUTE_US, value))
            {
              g_assert_true (isnan (kept[minute]));
              kept[minute] = value;
              n_late++;
            }
          else if (late)
            g_assert_false (isnan (kept[minute]));
          else if (minute < (int) G_N_ELEMENTS (kept))
            {
              g_assert_true (bf_series_add (series, T0 + minute * MINUTE_US, value, 0));
              kept[newest = minute] = value;
            }
          for (int m = MAX (0, newest - 47); m <= newest; m++)
            if (!isnan (kept[m]))
              {
                n++;
                sum += kept[m];
              }
          for (int m = MAX (0, newest - 47); m <= newest; m++)
            squares += isnan (kept[m]) ? 0 : (kept[m] - sum / n) * (kept[m] - sum / n);
          if (newest < 48)
            continue;
          g_assert_cmpfloat (bf_series_count (series, T0 + newest * MINUTE_US), ==, n);
          g_assert_cmpfloat (bf_series_sum (series, T0 + newest * MINUTE_US), ==, sum);
          if (n >= 4)
            g_assert_cmpfloat_with_epsilon (bf_series_stddev (series, T0 + newest * MINUTE_US), sqrt (squares / (n - 1)), 1e-9);
        }
      bf_series_free (series);
    }
  g_assert_cmpuint (n_late, >, 2000);
}

/* The same of a window: each value holds until the next; what is kept as slots come and go is as if all were looked at. */
static void
test_window_random (void)
{
  const BfSeriesSpec spec = { BF_SERIES_WINDOW, 48 * MINUTE_US, 0, FALSE };
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);

  for (guint round = 0; round < 200; round++)
    {
      BfSeries *series = bf_series_new (&spec);
      double kept[600];
      int newest = 0;

      for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
        kept[i] = NAN;
      bf_series_add (series, T0, kept[0] = 5, 0);
      while (newest < 580)
        {
          gboolean late = newest > 60 && g_rand_int_range (rand, 0, 6) == 0;
          int minute = late ? newest - g_rand_int_range (rand, 1, 40) : newest + g_rand_int_range (rand, 1, 12);
          int now = newest + g_rand_int_range (rand, 0, 20);
          double value = (round % 2 == 0 ? newest / 4 : 0) + g_rand_int_range (rand, 0, 80) / 8.0;
          double least = INFINITY, greatest = -INFINITY, sum = 0, held = NAN;

          if (late && isnan (kept[minute]))
            {
              if (bf_series_add_late (series, T0 + minute * MINUTE_US, value))
                kept[minute] = value;
            }
          else if (!late)
            {
              bf_series_add (series, T0 + minute * MINUTE_US, value, 0);
              kept[newest = minute] = value;
              now = newest + g_rand_int_range (rand, 0, 20);
            }
          if (newest < 60)
            continue;
          for (int m = 0; m <= newest; m++)
            {
              held = isnan (kept[m]) ? held : kept[m];
              if (m >= now - 48 && (m == now - 48 || !isnan (kept[m])))
                {
                  least = MIN (least, held);
                  greatest = MAX (greatest, held);
                }
              sum += m >= now - 48 && m < now ? held : 0;
            }
          sum += MAX (0, now - newest - 1) * held;
          g_assert_cmpfloat_with_epsilon (bf_series_avg (series, T0 + now * MINUTE_US), sum / 48, 1e-9);
          g_assert_cmpfloat (bf_series_min (series, T0 + now * MINUTE_US), ==, least);
          g_assert_cmpfloat (bf_series_max (series, T0 + now * MINUTE_US), ==, greatest);
        }
      bf_series_free (series);
    }
}

/* Numbers that are no series of this kind, of every length: an error or a series, never a crash; memory stays bounded. */
static void
test_series_damaged (void)
{
  static const BfSeriesSpec specs[]
    = { { BF_SERIES_WINDOW, 60 * MINUTE_US, 0, FALSE }, { BF_SERIES_FALL, 0, 30, FALSE }, { BF_SERIES_NIGHT, 0, 0, TRUE }, { BF_SERIES_USUAL, 0, 0, FALSE },
        { BF_SERIES_TREND, 60 * MINUTE_US, 0, FALSE }, { BF_SERIES_TALLY, 60 * MINUTE_US, 0, FALSE }, { .type = BF_SERIES_WEEK } };
  static const double wild[] = { NAN, INFINITY, -INFINITY, 0, -1, 1e300, -1e300, 9e15, 3.5 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (guint round = 0; round < 4000; round++)
    {
      const BfSeriesSpec *spec = &specs[round % G_N_ELEMENTS (specs)];
      BfSeries *series = bf_series_new (spec);
      guint n = (guint) g_rand_int_range (rand, 0, 800);
      g_autofree double *numbers = g_new0 (double, n + 1);

      for (guint i = 0; i < n; i++)
        numbers[i] = g_rand_int_range (rand, 0, 40) == 0 ? wild[g_rand_int_range (rand, 0, G_N_ELEMENTS (wild))] : (double) g_rand_int_range (rand, 0, 9);
      if (bf_series_load (series, numbers, n))
        {
          bf_series_add (series, T0, 5, 0);
          for (const char *const *f = (const char *const[]){ "min", "trend", "fill_rate", "night", "usual", "stddev", NULL }; *f != NULL; f++)
            if ((spec->type == BF_SERIES_WINDOW) == (**f == 'm') && (spec->type == BF_SERIES_TREND) == (**f == 't')
                && (spec->type == BF_SERIES_FALL) == (**f == 'f') && (spec->type == BF_SERIES_NIGHT) == (**f == 'n')
                && (spec->type == BF_SERIES_TALLY) == (**f == 's') && (spec->type == BF_SERIES_USUAL) == (**f == 'u'))
              ask (series, *f, T0, 60 * MINUTE_US);
        }
      bf_series_free (series);
    }
}

/* However many values come, a window keeps its slots and a fall its points: 10 million values in the space of 50. */
static void
test_series_bounded (void)
{
  BfSeriesSpec spec = { BF_SERIES_WINDOW, 60 * MINUTE_US, 0, FALSE };
  BfSeriesSpec fall = { BF_SERIES_FALL, 0, 30, FALSE };
  BfSeriesSpec slope = { BF_SERIES_TREND, 60 * MINUTE_US, 0, FALSE };
  BfSeries *window = bf_series_new (&spec);
  BfSeries *trend = bf_series_new (&slope);
  BfSeries *points = bf_series_new (&fall);
  g_autoptr (GArray) numbers = g_array_new (FALSE, FALSE, sizeof (double));

  for (guint i = 0; i < 200000; i++)
    {
      bf_series_add (window, T0 + i * (MINUTE_US / 60), i % 100, 0);
      bf_series_add (points, T0 + i * (MINUTE_US / 60), i * 1e-4, 0);
      bf_series_add (trend, T0 + i * (MINUTE_US / 60), i * 1e-4, 0);
    }
  bf_series_save (window, numbers);
  g_assert_cmpuint (numbers->len, <=, 1 + 6 * (BF_SERIES_SLOTS + 3));
  g_array_set_size (numbers, 0);
  bf_series_save (points, numbers);
  g_assert_cmpuint (numbers->len, <=, 6 + 2 * BF_SERIES_POINTS);
  g_array_set_size (numbers, 0);
  bf_series_save (trend, numbers);
  g_assert_cmpuint (numbers->len, <=, 1 + 2 * (2 * BF_SERIES_TREND_STEPS + 2));
  g_assert_cmpfloat_with_epsilon (bf_series_trend (trend, T0 + 199999 * (MINUTE_US / 60)), 1e-4, 1e-9);
  bf_series_free (trend);
  g_assert_cmpfloat_with_epsilon (bf_series_fill_rate (points), 1e-4, 1e-9);
  bf_series_free (window);
  bf_series_free (points);
}

/* A quarter of the points is nonsense: the robust slope stays. */
static void
test_theil_sen (void)
{
  gint64 times_us[40];
  double values[40];

  for (guint i = 0; i < 40; i++)
    {
      times_us[i] = T0 + i * MINUTE_US;
      values[i] = i % 4 == 3 ? 1000.0 * (i % 3) : 5 + 0.5 * i;
    }
  g_assert_cmpfloat_with_epsilon (bf_theil_sen (times_us, values, 40) * 60, 0.5, 0.05);
}

/* ---- Grammar ---- */

static void
test_grammar (void)
{
  static const struct
  {
    const char *derive;
    const char *unit;
    const char *error; /* part of it; NULL: good */
  } rows[] = {
    { "rate(level, 30min)", "m3/h", "not a quantity in m3/h" },
    { "rate(level, 30min)", "m/s", NULL },
    { "delta(level, 1h)", "cm", NULL },
    { "delta(level, 7d, 7d)", "m", NULL },
    { "delta(temperature, 1h)", "K", NULL },
    { "delta(temperature, 1h)", "Cel", "is in K" },
    { "min(level, 30min)", "m", NULL },
    { "min(level, 2 m)", "m", NULL },
    { "time_to(level, 0, 30min)", "min", "expected a quantity in m" },
    { "time_to(level, 3 m, 30min)", "min", NULL },
    { "time_to(level, 300 cm, 30min)", "h", NULL },
    { "first(level, 3 m)", "m", NULL },
    { "first(level, 3 bar)", "m", "measure different things" },
    { "first(level)", "m", "expected two values" },
    { "fill_time_to(level, 3 m, 1 m)", "h", NULL },
    { "since_fall(level)", "h", "expected since_fall(property, number)" },
    { "rate(door, 30min)", "m/s", "expected a property that is a number" },
    { "rate(level, 1s)", "m/s", "between 1 min and 400 days" },
    { "sun_height()", "deg", NULL },
    { "sun_height(3)", "deg", "expected sun_height()" },
    { "sum(rate(level, 30min) over zone)", "m/s", "in an aggregate" },
    { "tendency(level, 30min)", "m/s", "unknown function" },
    { "trnd(level, 30min)", "m/s", "did you mean “trend”" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autofree char *manifest = g_strdup_printf (
        "[Service]\nId=water\nName=W\nAbi=1\n[Kind tank]\n[Property level]\nType=number\nUnit=m\nCadence=1min\n"
        "[Property temperature]\nType=number\nUnit=Cel\nCadence=1min\n[Property door]\nType=state\nValues=open, closed\nCadence=1min\n"
        "[Property x]\nType=number\nUnit=%s\nDerive=%s\n", rows[i].unit, rows[i].derive);
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (BfCatalog) catalog = load_catalog (manifest, problems);
      g_autoptr (BfRuleSet) set = bf_rule_set_new (catalog, problems);
      g_autofree char *text = problems->len > 0 ? bf_problem_to_string (g_ptr_array_index (problems, 0)) : g_strdup ("good");

      g_test_message ("%s in %s: %s", rows[i].derive, rows[i].unit, text);
      if (rows[i].error == NULL)
        g_assert_cmpuint (problems->len, ==, 0);
      else
        g_assert_nonnull (strstr (text, rows[i].error));
    }
}

/* ---- Through the evaluator ---- */

typedef struct
{
  BfCatalog *catalog;
  BfModel *model;
  BfRuleSet *set;
  BfEvaluator *evaluator;
  guint32 asset;
} City;

static const char city_manifest[] = "[Service]\nId=waste\nName=W\nAbi=1\n[Kind bin]\n[Kind box]\n"
                                    "[Property fill]\nType=number\nKinds=bin\nUnit=%\nRange=0..100\nCadence=4h\nExpected=powered = yes\n"
                                    "[Property power]\nType=number\nKinds=bin\nUnit=W\nRange=0..100\nCadence=4h\n"
                                    "[Property powered]\nType=state\nKinds=bin\nValues=no, yes\nDerive=power > 0 W\n"
                                    "[Property empty]\nType=number\nKinds=bin\nUnit=h\nRange=0..1000\nDerive=since_fall(fill, 30 %)\n"
                                    "[Property full]\nType=number\nKinds=bin\nUnit=h\nRange=0..1000\nDerive=fill_time_to(fill, 100 %, 30 %)\n"
                                    "[Property step]\nType=state\nKinds=bin\nValues=low, middle, high\nDerive=level(fill, 30 %, 60 %)\n"
                                    "[Property odd]\nType=state\nKinds=bin\nValues=no, yes\nDerive=surely(power > 50 W)\n"
                                    "[Property dark]\nType=state\nKinds=bin\nValues=no, yes\nDerive=night()\n";

static void
city_init (City *city, GBytes *kept)
{
  static const BfEvaluatorHandler handler = { NULL, NULL, NULL };
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();

  city->catalog = load_catalog (city_manifest, problems);
  city->model = bf_model_new (city->catalog);
  city->set = bf_rule_set_new (city->catalog, problems);
  bf_rule_set_finish (city->set);
  for (guint i = 0; i < problems->len; i++)
    g_error ("%s", bf_problem_to_string (g_ptr_array_index (problems, i)));
  city->evaluator = bf_evaluator_new (city->set, city->model, zone, &handler, NULL);
  city->asset = put_asset (city->model, "waste/1", "waste.bin", NULL, 2.35);
  if (kept != NULL)
    g_assert_cmpuint (bf_evaluator_load_series (city->evaluator, kept, 0), ==, 1);
  bf_evaluator_add_asset (city->evaluator, city->asset, T0);
}

static void
city_clear (City *city)
{
  bf_evaluator_free (city->evaluator);
  bf_rule_set_free (city->set);
  bf_model_free (city->model);
  bf_catalog_free (city->catalog);
}

static void
observe (City *city, const char *id, guint minute, double value)
{
  guint16 property = bf_catalog_find_property (city->catalog, 0, id)->index;

  bf_model_observe (city->model, city->asset, property, value, T0 + minute * MINUTE_US, T0 + minute * MINUTE_US, 0, 0);
  bf_evaluator_touch (city->evaluator, city->asset, property);
  bf_evaluator_run (city->evaluator, T0 + minute * MINUTE_US);
}

static double
value_of (City *city, const char *id, guint minute)
{
  double value;

  return bf_model_known (city->model, city->asset, bf_catalog_find_property (city->catalog, 0, id)->index, T0 + minute * MINUTE_US, &value)
           ? value : NAN;
}

static void
test_evaluator (void)
{
  City city;
  City again;
  BfSeriesSaver *saver;
  g_autoptr (GVariant) all = NULL;
  g_autoptr (GBytes) kept = NULL;
  guint n_steps = 0;
  guint16 fill;

  city_init (&city, NULL);
  fill = bf_catalog_find_property (city.catalog, 0, "fill")->index;
  observe (&city, "fill", 0, 70);
  observe (&city, "fill", 240, 80);
  g_assert_cmpfloat (value_of (&city, "step", 240), ==, 2);
  g_assert_true (isnan (value_of (&city, "empty", 240)));
  g_assert_cmpfloat (value_of (&city, "odd", 240), ==, 0);
  g_assert_true (bf_evaluator_is_expected (city.evaluator, city.asset, fill, T0)); /* unknown is expected */
  observe (&city, "power", 250, 0);
  g_assert_false (bf_evaluator_is_expected (city.evaluator, city.asset, fill, T0 + 250 * MINUTE_US));
  observe (&city, "power", 260, 60);
  g_assert_true (bf_evaluator_is_expected (city.evaluator, city.asset, fill, T0 + 260 * MINUTE_US));
  g_assert_cmpfloat (value_of (&city, "odd", 260), ==, 1);
  observe (&city, "fill", 480, 10);
  observe (&city, "fill", 720, 20);
  observe (&city, "fill", 960, 30);
  observe (&city, "fill", 1200, 40);
  g_assert_cmpfloat_with_epsilon (value_of (&city, "empty", 1200), 12, 1e-6);
  g_assert_cmpfloat_with_epsilon (value_of (&city, "full", 1200), 24, 1e-6);
  g_assert_cmpfloat (value_of (&city, "step", 1200), ==, 1);
  /* Time alone moves it. */
  bf_evaluator_run (city.evaluator, T0 + 1260 * MINUTE_US);
  g_assert_cmpfloat_with_epsilon (value_of (&city, "empty", 1260), 13, 1e-6);
  /* Sunset at Paris' longitude, 47.59 N, on 1 March is about 17:37 UTC; midnight is night. */
  g_assert_cmpfloat (value_of (&city, "dark", 1260), ==, 1);
  bf_evaluator_run (city.evaluator, T0 + (1440 + 720) * MINUTE_US);
  g_assert_cmpfloat (value_of (&city, "dark", 1440 + 720), ==, 0);
  saver = bf_series_saver_new (city.evaluator);
  while (bf_series_saver_step (saver, 0))
    if (!bf_series_saver_step (saver, 1) || ++n_steps > 10)
      break;
  kept = bf_series_saver_end (saver);
  all = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("a(ssad)"), kept, FALSE));
  g_assert_true (g_variant_is_normal_form (all));
  city_clear (&city);
  city_init (&again, kept);
  observe (&again, "fill", 1440, 50);
  g_assert_cmpfloat_with_epsilon (value_of (&again, "empty", 1440), 16, 1e-6);
  g_assert_cmpfloat_with_epsilon (value_of (&again, "full", 1440), 20, 1e-6);
  city_clear (&again);
}

static void
put_many (City *city, guint n, gboolean with_values)
{
  for (guint i = 2; i <= n; i++)
    {
      g_autofree char *id = g_strdup_printf ("waste/%u", i * i);

      city->asset = put_asset (city->model, id, "waste.bin", NULL, 2.35);
      bf_evaluator_add_asset (city->evaluator, city->asset, T0);
      if (with_values)
        observe (city, "fill", 60, i % 100);
    }
}

static GBytes *
saved (City *city)
{
  BfSeriesSaver *saver = bf_series_saver_new (city->evaluator);

  while (bf_series_saver_step (saver, 7))
    ;
  return bf_series_saver_end (saver);
}

/* A city with an empty store: its things come when their feeds do, after what was learnt of them. */
static void
test_waiting (void)
{
  const gint64 week_us = G_GINT64_CONSTANT (7) * 1440 * MINUTE_US;
  City city, fresh;
  g_autoptr (GBytes) learnt = NULL, again = NULL;
  guint n_again, n_others;

  city_init (&city, NULL);
  put_many (&city, 3, TRUE);
  observe (&city, "fill", 480, 40);
  learnt = saved (&city);
  city_clear (&city);

  city_init (&fresh, NULL);
  g_assert_cmpuint (bf_evaluator_load_series (fresh.evaluator, learnt, T0 + 12 * week_us), ==, 2);
  again = saved (&fresh); /* they wait over a restart, in any order */
  g_assert_cmpuint (g_bytes_get_size (again), ==, g_bytes_get_size (learnt));
  g_bytes_unref (bf_series_state_merge (learnt, again, &n_again, &n_others));
  g_assert_cmpuint (n_again, ==, 2);
  g_assert_cmpuint (n_others, ==, 0);
  put_many (&fresh, 3, FALSE);
  g_clear_pointer (&again, g_bytes_unref);
  again = saved (&fresh);
  g_assert_true (g_bytes_equal (again, learnt)); /* they have come, each to its own */
  city_clear (&fresh);

  city_init (&fresh, NULL);
  g_assert_cmpuint (bf_evaluator_load_series (fresh.evaluator, learnt, T0 + 14 * week_us), ==, 0);
  city_clear (&fresh);
}

static void
test_merge (void)
{
  City city;
  g_autoptr (GBytes) small = NULL, large = NULL, merged = NULL, damaged = g_bytes_new_static ("no state at all", 15);
  guint n_learnt, n_kept;

  city_init (&city, NULL);
  put_many (&city, 3, TRUE);
  small = saved (&city);
  for (guint i = 4; i <= 10; i++)
    {
      g_autofree char *id = g_strdup_printf ("waste/%u", i * i);

      city.asset = put_asset (city.model, id, "waste.bin", NULL, 2.35);
      bf_evaluator_add_asset (city.evaluator, city.asset, T0);
      observe (&city, "fill", 60, i);
    }
  large = saved (&city);
  city_clear (&city);
  merged = bf_series_state_merge (large, small, &n_learnt, &n_kept);
  g_assert_cmpuint (n_learnt, ==, 2);
  g_assert_cmpuint (n_kept, ==, 7);
  g_assert_true (g_bytes_equal (merged, large));
  g_clear_pointer (&merged, g_bytes_unref);
  merged = bf_series_state_merge (damaged, small, &n_learnt, &n_kept);
  g_assert_true (g_bytes_equal (merged, small));
  g_assert_cmpuint (n_kept, ==, 0);
}

/* What is written by hand is what GLib would write, of any size: ends of one, two and four bytes. */
static void
test_saver (void)
{
  static const guint numbers[] = { 1, 2, 5, 300, 3000 };
  g_autoptr (GHashTable) sizes = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      City city, again;
      BfSeriesSaver *saver;
      g_autoptr (GBytes) kept = NULL;
      g_autoptr (GVariant) all = NULL;
      guint n_series = numbers[i] - 1;

      city_init (&city, NULL);
      put_many (&city, numbers[i], TRUE);
      saver = bf_series_saver_new (city.evaluator);
      while (bf_series_saver_step (saver, 7))
        ;
      kept = bf_series_saver_end (saver);
      all = g_variant_ref_sink (g_variant_new_from_bytes (G_VARIANT_TYPE ("a(ssad)"), kept, FALSE));
      g_assert_true (g_variant_is_normal_form (all));
      g_assert_cmpuint (g_variant_n_children (all), ==, n_series);
      g_hash_table_add (sizes, GUINT_TO_POINTER (g_bytes_get_size (kept) < 256 ? 1 : g_bytes_get_size (kept) < 65536 ? 2 : 4));
      city_clear (&city);
      city_init (&again, NULL);
      put_many (&again, numbers[i], FALSE);
      g_assert_cmpuint (bf_evaluator_load_series (again.evaluator, kept, 0), ==, n_series);
      city_clear (&again);
    }
  g_assert_cmpuint (g_hash_table_size (sizes), ==, 3);
}

/* Members come before the asset that they name as their parent: feeds start in any order. */
static void
test_late_parent (void)
{
  static const char manifest[] = "[Service]\nId=waste\nName=W\nAbi=1\n[Kind dad]\n[Kind kid]\n"
                                 "[Property x]\nType=number\nKinds=kid\nRange=0..100\nCadence=4h\n"
                                 "[Property total]\nType=number\nKinds=dad\nRange=0..100\nDerive=sum(waste.kid.x over children)\n"
                                 "[Property first]\nType=number\nKinds=kid\nRange=0..100\nDerive=max(waste.dad.total over parent)\n";
  static const BfEvaluatorHandler none = { NULL, NULL, NULL };
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GTimeZone) zone = g_time_zone_new_utc ();
  City city = { .catalog = load_catalog (manifest, problems) };
  guint32 kid, dad;

  city.model = bf_model_new (city.catalog);
  city.set = bf_rule_set_new (city.catalog, problems);
  g_assert_cmpuint (problems->len, ==, 0);
  bf_rule_set_finish (city.set);
  city.evaluator = bf_evaluator_new (city.set, city.model, zone, &none, NULL);
  kid = put_asset (city.model, "waste/kid", "waste.kid", "waste/dad", 2);
  bf_evaluator_add_asset (city.evaluator, kid, T0);
  city.asset = kid;
  observe (&city, "x", 1, 5);
  dad = put_asset (city.model, "waste/dad", "waste.dad", NULL, 2);
  bf_evaluator_add_asset (city.evaluator, dad, T0 + 2 * MINUTE_US);
  bf_evaluator_run (city.evaluator, T0 + 2 * MINUTE_US);
  g_assert_cmpfloat (value_of (&city, "first", 2), ==, 5);
  city.asset = dad;
  g_assert_cmpfloat (value_of (&city, "total", 2), ==, 5);
  city_clear (&city);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/builtins/sun", test_sun);
  g_test_add_func ("/builtins/polar", test_polar);
  g_test_add_func ("/builtins/plan", test_plan);
  g_test_add_func ("/builtins/plan-until", test_plan_until);
  g_test_add_func ("/builtins/plan-bad", test_plan_bad);
  g_test_add_func ("/builtins/series", test_series);
  g_test_add_func ("/builtins/series-damaged", test_series_damaged);
  g_test_add_func ("/rules/builtins/tally", test_tally_random);
  g_test_add_func ("/rules/builtins/window", test_window_random);
  g_test_add_func ("/builtins/series-bounded", test_series_bounded);
  g_test_add_func ("/builtins/theil-sen", test_theil_sen);
  g_test_add_func ("/builtins/grammar", test_grammar);
  g_test_add_func ("/builtins/evaluator", test_evaluator);
  g_test_add_func ("/builtins/saver", test_saver);
  g_test_add_func ("/builtins/waiting", test_waiting);
  g_test_add_func ("/builtins/merge", test_merge);
  g_test_add_func ("/builtins/late-parent", test_late_parent);
  return g_test_run ();
}
