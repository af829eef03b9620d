/* SPDX-License-Identifier: EUPL-1.2 */
/* The rehearsal on series of which the answer is known by hand: delays, gaps, what comes late, twice or out of order, days on which
 * the clocks change, a sensor that stands still; and its figures. */

#include "../rules/bf-test-city.h"

#include <string.h>

#include "watch/bf-figures.h"

static const char low_text[] = "[Rule low]\nKind=water.logger\nWhen=pressure < 2.5 bar\nFor=5min\nClear=pressure > 2.7 bar for 10min\n"
                               "Priority=high\nTitle=Low at {asset}: {pressure}\nTitle[fr]=Bas à {asset} : {pressure}\n";
static const char frozen_text[] = "[Rule frozen]\nKind=water.logger\nWhen=max(pressure, 2h) - min(pressure, 2h) = 0 bar\nFor=1h\nPriority=low\n"
                                  "Title={asset} stands still\n";
static const char silent_text[] = "[Rule silent]\nKind=water.logger\nWhen=absent(pressure, 15min)\nPriority=low\nTitle={asset} silent\n";

typedef struct
{
  BfCatalog *catalog;
  BfRuleSet *rules;
  GTimeZone *zone;
  BfRehearsal *rehearsal;
  BfFigures *figures;
  GString *transitions; /* "2 normal unacknowledged\n": minutes since T0 */
  guint16 pressure;
} Stage;

static void
changed_cb (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event)
{
  Stage *stage = user_data;

  g_string_append_printf (stage->transitions, "%" G_GINT64_FORMAT " %s %s\n", (event->at_us - T0) / MINUTE_US, bf_alert_state_id (event->from),
                          bf_alert_state_id (event->to));
}

static void
stage_open_full (Stage *stage, const char *text, gint64 stale_us, gint64 from_us, gboolean acknowledge)
{
  static const BfRehearsalHandler handler = { changed_cb, NULL };
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  BfRehearsalOptions options = { NULL, NULL, from_us, acknowledge, FALSE };

  stage->catalog = bf_test_catalog ();
  stage->pressure = bf_test_property (stage->catalog, "water", "pressure");
  stage->rules = bf_rule_set_new (stage->catalog, problems);
  bf_rule_set_add_text (stage->rules, "test.rules", text, strlen (text), problems);
  bf_rule_set_keep_read (stage->rules);
  bf_rule_set_finish (stage->rules);
  bf_test_no_problems (problems);
  options.zone = stage->zone = g_time_zone_new_identifier ("Europe/Paris");
  stage->transitions = g_string_new (NULL);
  stage->figures = NULL;
  stage->rehearsal = bf_rehearsal_new (stage->catalog, stage->rules, &options, &handler, stage);
  if (stale_us > 0)
    bf_rehearsal_set_stale_limit (stage->rehearsal, 0, stage->pressure, stale_us);
}

static void
stage_open (Stage *stage, const char *text)
{
  stage_open_full (stage, text, 0, BF_TIME_NONE, TRUE);
}

static void
stage_close (Stage *stage)
{
  g_clear_pointer (&stage->figures, bf_figures_free);
  bf_rehearsal_free (stage->rehearsal);
  bf_rule_set_free (stage->rules);
  bf_catalog_free (stage->catalog);
  g_time_zone_unref (stage->zone);
  g_string_free (stage->transitions, TRUE);
}

static BfObserved
say (Stage *stage, const char *id, double pressure_bar, gint64 observed_us)
{
  BfAssetInfo info = { .id = id, .kind = bf_catalog_find_kind (stage->catalog, "water.logger")->index, .name = id, .point = { NAN, NAN } };
  g_autoptr (GError) error = NULL;
  guint32 asset = bf_rehearsal_put_asset (stage->rehearsal, &info, 0, &error);

  g_assert_no_error (error);
  return bf_rehearsal_observe (stage->rehearsal, asset, stage->pressure, pressure_bar, observed_us, 0, 0);
}

/* One payload of one value, learnt when it was measured. */
static BfObserved
tell (Stage *stage, const char *id, double pressure_bar, gint64 at_us)
{
  BfObserved observed;

  bf_rehearsal_begin (stage->rehearsal, at_us);
  observed = say (stage, id, pressure_bar, at_us);
  bf_rehearsal_commit (stage->rehearsal);
  return observed;
}

static const BfFigures *
end (Stage *stage, gint64 to_us)
{
  bf_rehearsal_end (stage->rehearsal, to_us);
  return stage->figures = bf_figures_new (stage->rehearsal);
}

static const BfRehearsedAlert *
alert_at (const BfFigures *figures, guint i)
{
  g_assert_cmpuint (i, <, figures->alerts->len);
  return &g_array_index (figures->alerts, BfRehearsedAlert, i);
}

/* Low from minute 2: raised at 7 by a timer between two payloads, whatever comes later; back over 2.7 at 20: cleared at 30. */
static void
test_delays (void)
{
  Stage stage;
  const BfFigures *figures;

  stage_open (&stage, low_text);
  tell (&stage, "water/a", 3.0, T0);
  tell (&stage, "water/a", 2.4, T0 + 2 * MINUTE_US);
  tell (&stage, "water/a", 2.3, T0 + 4 * MINUTE_US);
  tell (&stage, "water/a", 2.6, T0 + 12 * MINUTE_US); /* no longer low, not yet back */
  tell (&stage, "water/a", 2.8, T0 + 20 * MINUTE_US);
  tell (&stage, "water/a", 2.8, T0 + 50 * MINUTE_US);
  figures = end (&stage, BF_TIME_NONE);
  g_assert_cmpstr (stage.transitions->str, ==,
                   "7 normal unacknowledged\n7 unacknowledged acknowledged\n30 acknowledged normal\n");
  g_assert_cmpint (alert_at (figures, 0)->raised_us, ==, T0 + 7 * MINUTE_US);
  g_assert_cmpint (alert_at (figures, 0)->cleared_us, ==, T0 + 30 * MINUTE_US);
  g_assert_cmpstr (alert_at (figures, 0)->alert->title.text, ==, "Low at water/a: 2.3\xc2\xa0" "bar");
  g_assert_nonnull (strstr (alert_at (figures, 0)->alert->why, "(measured at 23:17:20)"));
  g_assert_cmpint (figures->rules[0].longest_us, ==, 23 * MINUTE_US);
  g_assert_cmpint (figures->total.open_us, ==, 23 * MINUTE_US);
  stage_close (&stage);
}

/* A delay that is broken off a second before its end raises nothing; one that ends with the payload that breaks it neither. */
static void
test_broken_delay (void)
{
  Stage stage;

  stage_open (&stage, low_text);
  tell (&stage, "water/a", 2.4, T0);
  tell (&stage, "water/a", 2.6, T0 + 5 * MINUTE_US - SECOND_US);
  tell (&stage, "water/a", 2.4, T0 + 10 * MINUTE_US);
  tell (&stage, "water/a", 2.6, T0 + 15 * MINUTE_US);
  g_assert_cmpuint (end (&stage, T0 + 60 * MINUTE_US)->alerts->len, ==, 0);
  stage_close (&stage);
}

/* Nobody acknowledges: the alert stays, returned, and is raised again as the same one. */
static void
test_without_acknowledgement (void)
{
  Stage stage;

  stage_open_full (&stage, silent_text, 0, BF_TIME_NONE, FALSE);
  tell (&stage, "water/a", 3, T0);
  tell (&stage, "water/a", 3, T0 + 20 * MINUTE_US);
  tell (&stage, "water/a", 3, T0 + 40 * MINUTE_US);
  g_assert_cmpuint (end (&stage, BF_TIME_NONE)->total.n_alerts, ==, 1);
  g_assert_cmpstr (stage.transitions->str, ==,
                   "15 normal unacknowledged\n20 unacknowledged returned\n35 returned unacknowledged\n40 unacknowledged returned\n");
  stage_close (&stage);
}

/* A gap: past its stale limit of 4 min the value is unknown, and the delay begins anew behind it. Unknown from 4 to 30: 26 min. */
static void
test_gap (void)
{
  Stage stage;
  const BfFigures *figures;

  stage_open_full (&stage, low_text, 4 * MINUTE_US, BF_TIME_NONE, TRUE);
  tell (&stage, "water/a", 2.4, T0);
  for (int minute = 30; minute <= 40; minute += 2)
    tell (&stage, "water/a", 2.4, T0 + minute * MINUTE_US);
  figures = end (&stage, BF_TIME_NONE);
  g_assert_cmpuint (figures->alerts->len, ==, 1);
  g_assert_cmpint (alert_at (figures, 0)->raised_us, ==, T0 + 35 * MINUTE_US);
  g_assert_cmpint (alert_at (figures, 0)->cleared_us, ==, BF_TIME_NONE);
  g_assert_cmpuint (figures->total.n_open_after, ==, 1);
  g_assert_cmpint (figures->rules[0].watched_us, ==, 40 * MINUTE_US);
  g_assert_cmpint (figures->rules[0].unknown_us / SECOND_US, ==, 26 * 60 - 1); /* from a microsecond past the limit on */
  stage_close (&stage);
}

static void
test_late_and_twice (void)
{
  Stage stage;
  const BfRehearsalCounts *counts;

  stage_open (&stage, low_text);
  g_assert_cmpint (tell (&stage, "water/a", 3.0, T0 + 10 * MINUTE_US), ==, BF_OBSERVED_NEW);
  /* learnt at 12, measured at 5: low it was, and raises nothing */
  bf_rehearsal_begin (stage.rehearsal, T0 + 12 * MINUTE_US);
  g_assert_cmpint (say (&stage, "water/a", 1.0, T0 + 5 * MINUTE_US), ==, BF_OBSERVED_OLDER);
  bf_rehearsal_commit (stage.rehearsal);
  /* a payload from before the clock: at the time that it stands at */
  g_assert_cmpint (tell (&stage, "water/a", 1.0, T0 + 11 * MINUTE_US), ==, BF_OBSERVED_NEW);
  g_assert_cmpint (tell (&stage, "water/a", 1.0, T0 + 11 * MINUTE_US), ==, BF_OBSERVED_DUPLICATE);
  g_assert_cmpint (tell (&stage, "water/a", 1.1, T0 + 11 * MINUTE_US), ==, BF_OBSERVED_CONFLICT);
  counts = bf_rehearsal_counts (stage.rehearsal);
  g_assert_cmpuint (counts->n_late, ==, 1);
  g_assert_cmpuint (counts->n_again, ==, 1);
  g_assert_cmpuint (counts->n_conflicts, ==, 1);
  g_assert_cmpuint (counts->n_behind, ==, 3);
  g_assert_cmpuint (counts->n_observations, ==, 5);
  /* the delay runs from 12, when it was learnt */
  g_assert_cmpuint (end (&stage, T0 + 20 * MINUTE_US)->alerts->len, ==, 1);
  g_assert_cmpint (alert_at (stage.figures, 0)->raised_us, ==, T0 + 17 * MINUTE_US);
  stage_close (&stage);
}

/* Moves for three hours, stands still from minute 180: the window has only that value from 300 on, the delay ends at 360; a window is
 * looked at each 24th of its span. Moves again at 500. */
static void
test_frozen (void)
{
  Stage stage;
  const BfFigures *figures;

  stage_open (&stage, frozen_text);
  for (int minute = 0; minute < 600; minute += 5)
    tell (&stage, "water/a", minute < 180 || minute >= 500 ? 3 + 0.01 * (minute % 30) : 3.5, T0 + minute * MINUTE_US);
  figures = end (&stage, BF_TIME_NONE);
  g_assert_cmpuint (figures->alerts->len, ==, 1);
  g_assert_cmpint (alert_at (figures, 0)->raised_us, >=, T0 + 360 * MINUTE_US);
  g_assert_cmpint (alert_at (figures, 0)->raised_us, <=, T0 + 370 * MINUTE_US);
  g_assert_cmpint (alert_at (figures, 0)->cleared_us, ==, T0 + 500 * MINUTE_US);
  stage_close (&stage);
}

/* What is raised before the period warms up, and is open at its begin; what is unknown then is of no account. */
static void
test_period (void)
{
  Stage stage;
  const BfFigures *figures;

  stage_open_full (&stage, silent_text, 0, T0 + 60 * MINUTE_US, TRUE);
  tell (&stage, "water/a", 3, T0);                   /* silent at 15 */
  tell (&stage, "water/b", 3, T0);                   /* silent at 15, heard at 30, silent at 45 */
  tell (&stage, "water/b", 3, T0 + 30 * MINUTE_US);
  tell (&stage, "water/b", 3, T0 + 70 * MINUTE_US);  /* silent again at 85 */
  figures = end (&stage, T0 + 100 * MINUTE_US);
  g_assert_cmpuint (figures->alerts->len, ==, 1);
  g_assert_cmpint (alert_at (figures, 0)->raised_us / SECOND_US, ==, (T0 + 85 * MINUTE_US) / SECOND_US);
  g_assert_cmpuint (figures->total.n_open_before, ==, 2);
  g_assert_cmpuint (figures->total.n_open_after, ==, 2);
  /* a: the whole 40 min; b: the first 10 and the last 15 */
  g_assert_cmpint ((figures->total.open_us + SECOND_US) / MINUTE_US, ==, 65);
  g_assert_cmpint (figures->total.watched_us, ==, 80 * MINUTE_US);
  g_assert_cmpint (figures->total.unknown_us, ==, 0);
  stage_close (&stage);
}

/* Eleven in one period of ten minutes of the clock are a flood, ten are none. */
static void
test_flood (void)
{
  gint64 begin_us = T0 - T0 % (10 * MINUTE_US);

  for (guint n = 10; n <= 11; n++)
    {
      Stage stage;
      const BfFigures *figures;

      stage_open (&stage, low_text);
      for (guint i = 0; i < n; i++)
        {
          g_autofree char *id = g_strdup_printf ("water/%u", i);

          tell (&stage, id, 2, begin_us + i * 30 * SECOND_US);
        }
      figures = end (&stage, begin_us + 60 * MINUTE_US);
      g_assert_cmpuint (figures->alerts->len, ==, n);
      g_assert_cmpuint (figures->n_periods, ==, 6);
      /* raised from 5:00 to 10:00: the eleventh is in the next period */
      g_assert_cmpuint (figures->most, ==, 10);
      g_assert_cmpuint (figures->n_flooded, ==, 0);
      g_assert_cmpint (figures->most_us, ==, begin_us);
      stage_close (&stage);
    }
}

static void
test_flood_of_eleven (void)
{
  gint64 begin_us = T0 - T0 % (10 * MINUTE_US);
  Stage stage;

  stage_open (&stage, low_text);
  bf_rehearsal_begin (stage.rehearsal, begin_us);
  for (guint i = 0; i < 11; i++)
    {
      g_autofree char *id = g_strdup_printf ("water/%u", i);

      say (&stage, id, 2, begin_us);
    }
  bf_rehearsal_commit (stage.rehearsal);
  g_assert_cmpuint (end (&stage, begin_us + 60 * MINUTE_US)->n_flooded, ==, 1);
  g_assert_cmpuint (stage.figures->most, ==, 11);
  stage_close (&stage);
}

/* A day on which the clocks change: alerts every half hour of the day, silence of 15 min in each; the local day has 23 or 25 hours, and
 * its night too. */
static void
count_day (const char *from, const char *to, const char *day, guint n_day, guint n_night)
{
  Stage stage;
  const BfFigures *figures;
  gint64 from_us, to_us;

  g_assert_true (bf_time_parse_rfc3339 (from, strlen (from), NULL, &from_us) && bf_time_parse_rfc3339 (to, strlen (to), NULL, &to_us));
  stage_open (&stage, silent_text);
  for (gint64 at_us = from_us; at_us < to_us; at_us += 30 * MINUTE_US)
    tell (&stage, "water/a", 3, at_us);
  figures = end (&stage, to_us - 1);
  g_assert_cmpuint (figures->alerts->len, ==, n_day);
  g_assert_cmpuint (figures->days->len, ==, 1);
  g_assert_cmpstr (g_array_index (figures->days, BfFiguresDay, 0).text, ==, day);
  g_assert_cmpuint (g_array_index (figures->days, BfFiguresDay, 0).n_alerts, ==, n_day);
  g_assert_cmpuint (figures->total.n_night, ==, n_night);
  stage_close (&stage);
}

static void
test_clock_changes (void)
{
  count_day ("2026-06-14T22:00:00Z", "2026-06-15T22:00:00Z", "2026-06-15", 48, 16);
  count_day ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", "2026-03-29", 46, 14);
  count_day ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", "2026-10-25", 50, 18);
}

/* A rule on what no feed gives says nothing, and which property is missing. */
static void
test_without_data (void)
{
  static const char text[] = "[Rule head]\nKind=water.logger\nWhen=temperature > 30 Cel\nPriority=low\nTitle=Warm at {asset}\n";
  Stage stage;
  const BfFigures *figures;

  stage_open (&stage, text);
  tell (&stage, "water/a", 3, T0);
  tell (&stage, "water/b", 3, T0 + 10 * MINUTE_US);
  figures = end (&stage, T0 + 60 * MINUTE_US);
  g_assert_cmpuint (figures->rules[0].n_assets, ==, 2);
  g_assert_cmpuint (figures->rules[0].n_never, ==, 2);
  g_assert_cmpint (figures->rules[0].unknown_us, ==, 110 * MINUTE_US);
  g_assert_cmpuint (figures->rules[0].inputs->len, ==, 1);
  g_assert_cmpuint (g_array_index (figures->rules[0].inputs, BfFiguresInput, 0).n_never, ==, 2);
  stage_close (&stage);
}

static void
test_nothing (void)
{
  Stage stage;

  stage_open (&stage, low_text);
  g_assert_cmpuint (end (&stage, T0)->alerts->len, ==, 0);
  g_assert_cmpuint (stage.figures->days->len, ==, 0);
  stage_close (&stage);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rehearsal/delays", test_delays);
  g_test_add_func ("/rehearsal/broken-delay", test_broken_delay);
  g_test_add_func ("/rehearsal/without-acknowledgement", test_without_acknowledgement);
  g_test_add_func ("/rehearsal/gap", test_gap);
  g_test_add_func ("/rehearsal/late-and-twice", test_late_and_twice);
  g_test_add_func ("/rehearsal/frozen", test_frozen);
  g_test_add_func ("/rehearsal/period", test_period);
  g_test_add_func ("/rehearsal/flood", test_flood);
  g_test_add_func ("/rehearsal/flood-of-eleven", test_flood_of_eleven);
  g_test_add_func ("/rehearsal/clock-changes", test_clock_changes);
  g_test_add_func ("/rehearsal/without-data", test_without_data);
  g_test_add_func ("/rehearsal/nothing", test_nothing);
  return g_test_run ();
}
