/* SPDX-License-Identifier: EUPL-1.2 */
/* BATADAL: attacks on the water network of C-Town, scored as the battle was (R. Taormina et al., "The battle of the attack detection
 * algorithms", J. Water Resour. Plann. Manage. 144 (8), 2018):
 *
 *   S     = (S_TTD + S_CLF) / 2
 *   S_TTD = 1 - mean over attacks of (hours until detected / hours that it lasts), all of them when it is not detected
 *   S_CLF = (share of the hours of attacks that are told + share of the others that are not) / 2
 *
 * The battle's test set is not here. Held out: the rules learn from training set 1, a year without attacks; training set 2, with its seven, is the judge (though not
 * an unseen one: README.md). Its hours are moved to follow those of the first, by whole weeks: the engine forgets
 * what was silent for a year and a half. What is always on has S 0.75. Skipped without the captures. */

#include "bf-past-table.h"

#include <stdio.h>
#include <string.h>

#include "base/bf-time.h"

#define HOUR_US (3600 * G_TIME_SPAN_SECOND)
#define WEEK_US (168 * HOUR_US)
#define COLUMNS_MAX 64u
#define FLOOR_S 0.77

typedef struct
{
  BfPastTable *table;
  guint32 asset;
  int properties[COLUMNS_MAX]; /* -1: of nothing that the rules read */
  guint flag;                  /* its column */
  gint64 shift_us;
  gboolean judged;
  GArray *truth; /* gboolean, by hour of the second set */
  gint64 from_us;
} Town;

static void
head_cb (char **cells, guint n_cells, gpointer user_data)
{
  Town *town = user_data;
  const BfService *service = bf_catalog_find_service (town->table->catalog, "batadal");

  g_assert_cmpuint (n_cells, <=, COLUMNS_MAX);
  for (guint i = 0; i < n_cells; i++)
    {
      g_autofree char *name = g_ascii_strdown (g_strstrip (cells[i]), -1);
      const BfProperty *property = bf_catalog_find_property (town->table->catalog, service->index, name);

      town->properties[i] = property != NULL ? property->index : -1;
      if (strcmp (name, "att_flag") == 0)
        town->flag = i;
    }
  g_assert_cmpuint (town->flag, >, 0);
}

static void
row_cb (char **cells, guint n_cells, gpointer user_data)
{
  Town *town = user_data;
  int day, month, year, hour;
  g_autoptr (GDateTime) time = NULL;
  gint64 at_us;
  gboolean attacked = g_ascii_strtod (cells[town->flag], NULL) == 1;

  g_assert_cmpint (sscanf (cells[0], "%2d/%2d/%2d %2d", &day, &month, &year, &hour), ==, 4);
  time = g_date_time_new_utc (2000 + year, month, day, hour, 0, 0);
  at_us = g_date_time_to_unix (time) * G_USEC_PER_SEC;
  if (!town->judged && year > 15)
    return; /* the capture of the first set has the second behind it */
  if (town->judged && town->from_us == BF_TIME_NONE)
    {
      town->shift_us = (at_us - town->table->now_us) / WEEK_US * WEEK_US;
      town->from_us = at_us - town->shift_us;
    }
  bf_past_table_begin (town->table, at_us - town->shift_us);
  town->asset = bf_past_table_asset (town->table, "batadal/c-town", "batadal.town", NULL);
  for (guint i = 1; i < n_cells; i++)
    if (town->properties[i] >= 0)
      bf_past_table_observe (town->table, town->asset, (guint16) town->properties[i], g_ascii_strtod (cells[i], NULL));
  bf_past_table_commit (town->table);
  if (town->judged)
    g_array_append_val (town->truth, attacked);
}

/* By hour: an alert is there. */
static gboolean *
alarms (const Town *town)
{
  gboolean *told = g_new0 (gboolean, town->truth->len);

  for (guint i = 0; i < bf_past_table_n_alerts (town->table); i++)
    {
      BfPastAlert alert = bf_past_table_alert (town->table, i);

      for (guint h = 0; h < town->truth->len; h++)
        {
          gint64 at_us = town->from_us + h * HOUR_US;

          if (at_us >= alert.raised_us && (alert.cleared_us == BF_TIME_NONE || at_us < alert.cleared_us))
            told[h] = TRUE;
        }
    }
  return told;
}

static double
score (const Town *town)
{
  g_autofree gboolean *told = alarms (town);
  double ttd = 0, hit = 0, quiet = 0;
  guint n_attacks = 0, n_found = 0, n_attacked = 0;
  guint n = town->truth->len;

  for (guint h = 0; h < n; h++)
    {
      gboolean attacked = g_array_index (town->truth, gboolean, h);

      n_attacked += attacked ? 1 : 0;
      hit += attacked && told[h] ? 1 : 0;
      quiet += !attacked && !told[h] ? 1 : 0;
      if (attacked && (h == 0 || !g_array_index (town->truth, gboolean, h - 1)))
        {
          guint lasts = 0, until = 0;

          while (h + lasts < n && g_array_index (town->truth, gboolean, h + lasts))
            lasts++;
          while (until < lasts && !told[h + until])
            until++;
          ttd += (double) until / lasts;
          n_attacks++;
          n_found += until < lasts ? 1 : 0;
          if (until < lasts)
            g_test_message ("attack %u of %3u h: told after %3u h", n_attacks, lasts, until);
          else
            g_test_message ("attack %u of %3u h: not told", n_attacks, lasts);
        }
    }
  g_assert_cmpuint (n_attacks, ==, 7);
  ttd = 1 - ttd / n_attacks;
  hit /= n_attacked;
  quiet /= n - n_attacked;
  g_test_message ("%u of %u attacks told; of their hours %.3f, of the others quiet %.3f; S_TTD %.3f, S_CLF %.3f, S %.3f", n_found, n_attacks, hit,
                  quiet, ttd, (hit + quiet) / 2, (ttd + (hit + quiet) / 2) / 2);
  return (ttd + (hit + quiet) / 2) / 2;
}

static void
test_batadal (void)
{
  g_autofree char *without = bf_past_capture ("water/batadal/training_dataset_1.csv");
  g_autofree char *with = without != NULL ? bf_past_capture ("water/batadal/training_dataset_2.csv") : NULL;
  Town town = { .from_us = BF_TIME_NONE };
  guint n_before = 0;

  if (with == NULL)
    return;
  town.table = bf_past_table_new ("tests/bench/detect/batadal.service", "tests/bench/detect/batadal.rules", "UTC");
  town.truth = g_array_new (FALSE, FALSE, sizeof (gboolean));
  bf_past_read (without, ",", head_cb, row_cb, &town);
  town.judged = TRUE;
  bf_past_read (with, ",", head_cb, row_cb, &town);
  bf_past_table_end (town.table);
  for (guint i = 0; i < bf_past_table_n_alerts (town.table); i++)
    n_before += bf_past_table_alert (town.table, i).raised_us < town.from_us ? 1 : 0;
  g_test_message ("the year without attacks: %u alerts (%.1f a month)", n_before, n_before / 12.0);
  g_assert_cmpfloat (score (&town), >=, FLOOR_S);
  g_array_unref (town.truth);
  bf_past_table_free (town.table);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detect/attacks/batadal", test_batadal);
  return g_test_run ();
}
