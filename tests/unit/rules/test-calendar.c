/* SPDX-License-Identifier: EUPL-1.2 */
/* The calendar of rules: Easter against published dates, and conditions of time whose changes are found by the evaluator's own
 * timers (tests/cases/rules/calendar.txt). */

#include <string.h>

#include "bf-test-city.h"
#include "base/bf-calendar.h"

/* ---- Days ---- */

static void
test_easter (void)
{
  /* Dates of the Astronomical Almanac; 1961 and 1954 are those that simple formulas get wrong. */
  static const int dates[][3] = { { 1954, 4, 18 }, { 1961, 4, 2 },  { 1981, 4, 19 }, { 2000, 4, 23 }, { 2008, 3, 23 }, { 2024, 3, 31 },
                                  { 2025, 4, 20 }, { 2026, 4, 5 },  { 2027, 3, 28 }, { 2038, 4, 25 }, { 2049, 4, 18 }, { 2285, 3, 22 } };

  for (guint i = 0; i < G_N_ELEMENTS (dates); i++)
    {
      gint64 day = bf_calendar_day_of (dates[i][0], dates[i][1], dates[i][2]);

      g_assert_cmpint (bf_calendar_easter (dates[i][0]), ==, day);
      g_assert_cmpuint (bf_calendar_weekday (day), ==, 6);
    }
}

static void
test_days (void)
{
  g_autoptr (GDateTime) epoch = g_date_time_new_utc (1970, 1, 1, 0, 0, 0);

  for (gint64 day = -800; day < 60000; day += 37)
    {
      g_autoptr (GDateTime) date = g_date_time_add_days (epoch, (int) day);

      g_assert_cmpint (bf_calendar_day_of (g_date_time_get_year (date), g_date_time_get_month (date), g_date_time_get_day_of_month (date)), ==, day);
      g_assert_cmpuint (bf_calendar_weekday (day) + 1, ==, (guint) g_date_time_get_day_of_week (date));
      g_assert_cmpint (bf_calendar_day (day * BF_DAY_US), ==, day);
      g_assert_cmpint (bf_calendar_day (day * BF_DAY_US - 1), ==, day - 1);
    }
}

/* 11 in a year, 13 in Alsace-Moselle; fewer when two fall on one day, as in 2008: Ascension and 1 May. */
static void
test_year (void)
{
  for (int year = 2000; year < 2100; year++)
    {
      gint64 first = bf_calendar_day_of (year, 1, 1);
      guint n = 0, n_alsace = 0;

      for (gint64 day = first; day < bf_calendar_day_of (year + 1, 1, 1); day++)
        {
          n += bf_calendar_is_holiday (day, FALSE);
          n_alsace += bf_calendar_is_holiday (day, TRUE);
        }
      g_assert_cmpuint (n_alsace, ==, n + 2);
      g_assert_cmpuint (n, >=, 10);
      g_assert_cmpuint (n, <=, 11);
    }
}

/* ---- Conditions ---- */

static gint64
time_of (const char *text)
{
  gint64 us;

  if (!bf_time_parse_rfc3339 (text, strlen (text), NULL, &us))
    g_error ("“%s” is no time", text);
  return us;
}

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Paris");
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (event->now_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);
  g_autofree char *text = g_date_time_format (local, "%Y-%m-%dT%H:%M:%S%:z");

  g_assert_cmpint (event->now_us % G_USEC_PER_SEC, ==, 0);
  g_string_append_printf (user_data, "%s%c%s", ((GString *) user_data)->len > 0 ? " " : "", event->raised ? '+' : '-', text);
}

static char *
changes_of (const BfCatalog *catalog, const char *when, gboolean alsace, gint64 from_us, gint64 to_us)
{
  static const BfEvaluatorHandler handler = { .rule = rule_cb };
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Paris");
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfModel) model = bf_model_new (catalog);
  g_autoptr (BfRuleSet) set = bf_rule_set_new (catalog, problems);
  g_autoptr (GString) changes = g_string_new (NULL);
  g_autoptr (BfEvaluator) evaluator = NULL;
  g_autofree char *text = g_strdup_printf ("[Rule r]\nKind=water.logger\nPriority=low\nTitle=x\nWhen=%s\n", when);
  gint64 next_us;
  guint n = 0;

  bf_rule_set_set_alsace_moselle (set, alsace);
  bf_rule_set_add_text (set, "calendar.rules", text, strlen (text), problems);
  bf_test_no_problems (problems);
  bf_rule_set_finish (set);
  evaluator = bf_evaluator_new (set, model, zone, &handler, changes);
  bf_evaluator_add_asset (evaluator, bf_test_asset_at (model, "water/1", "water.logger", NULL, 2, 48), from_us);
  bf_evaluator_run (evaluator, from_us);
  while ((next_us = bf_evaluator_next_us (evaluator)) != BF_TIME_NONE && next_us < to_us && ++n < 5000)
    bf_evaluator_run (evaluator, next_us);
  /* A day is few looks, not one a minute. */
  g_assert_cmpint (n, <=, 5 + 110 * 2 + 5 * (to_us - from_us) / BF_DAY_US);
  return g_string_free (g_steal_pointer (&changes), FALSE);
}

static void
test_conditions (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests", "cases", "rules", "calendar.txt", NULL);
  g_autoptr (BfCatalog) catalog = bf_test_catalog ();
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  guint n = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (lines[i], "::", -1);
      g_autofree char *changes = NULL;
      gboolean alsace = g_str_has_prefix (lines[i], "alsace ");

      if (lines[i][0] == '#' || lines[i][0] == '\0')
        continue;
      g_assert_cmpuint (g_strv_length (fields), ==, 4);
      for (guint f = 0; f < 4; f++)
        g_strstrip (fields[f]);
      changes = changes_of (catalog, fields[0] + (alsace ? strlen ("alsace ") : 0), alsace, time_of (fields[1]), time_of (fields[2]));
      if (strcmp (changes, fields[3]) != 0)
        {
          g_test_message ("calendar.txt:%u: %s gave: %s", i + 1, lines[i], changes);
          g_test_fail ();
        }
      n++;
    }
  g_assert_cmpuint (n, >=, 15);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rules/calendar/easter", test_easter);
  g_test_add_func ("/rules/calendar/days", test_days);
  g_test_add_func ("/rules/calendar/year", test_year);
  g_test_add_func ("/rules/calendar/conditions", test_conditions);
  return g_test_run ();
}
