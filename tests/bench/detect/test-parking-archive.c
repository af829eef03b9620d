/* SPDX-License-Identifier: EUPL-1.2 */
/* Counts of car parks: an archive of German cities, polled by one collector (May 2022, and the days of March 2020 in which it stood for 21.7
 * hours), and those of Birmingham (UCI machine learning repository, 482), under archive.rules. Skipped without the captures.
 *
 * The archive has a cell where a count changed: in between the collector heard the same again, which is what a feed would bring. What there is
 * to find is reckoned from the table alone:
 *   dead         never a count; found late when the first comes after a day
 *   frozen       the same count for more than three days, heard each day
 *   impossible   less than none or more than the capacity, for 16 minutes at least. Less than none no feed lets
 *                in (Range=), and the car park falls silent: when it lasts for 80 minutes */

#include "bf-past-table.h"

#include <math.h>
#include <string.h>

#include "base/bf-time.h"

#define HOUR_US (3600 * G_TIME_SPAN_SECOND)
#define FROZEN_US (72 * HOUR_US)
#define SLACK_US (3 * HOUR_US) /* two slots of the window: either answer will do */
#define MINUTES_US (16 * G_TIME_SPAN_MINUTE) /* so that the rule's ten are over at one of its times */
#define SILENT_US (80 * G_TIME_SPAN_MINUTE) /* likewise, of its hour */
#define DEAD_US (24 * HOUR_US)
#define MOST_FALSE 3u /* counts below none for days look like either; columns that were away too */

typedef struct
{
  char *id;
  guint32 asset;
  double capacity; /* NAN: not known */
  double value;    /* NAN: none yet */
  gint64 since_us; /* it is so */
  gint64 heard_us; /* that it is */
  gint64 still_us; /* longest without a change */
  gint64 first_us; /* of the first count */
  gboolean less;   /* than none was counted */
  gint64 odd_us;   /* impossible since; BF_TIME_NONE: it is not */
  gint64 odd_longest_us;
  guint found; /* Fault, as flags */
} Park;

enum
{
  DEAD = 1,
  FROZEN = 2,
  IMPOSSIBLE = 4,
  SILENT = 8,
};

typedef struct
{
  BfPastTable *table;
  GHashTable *parks; /* id -> Park */
  GHashTable *capacities;
  GPtrArray *columns; /* Park, of the file under way */
  guint16 count;
  guint16 capacity;
  gint64 from_us;
} Archive;

static void
park_free (gpointer data)
{
  g_free (((Park *) data)->id);
  g_free (data);
}

static Park *
get_park (Archive *archive, const char *name)
{
  Park *park = g_hash_table_lookup (archive->parks, name);
  const double *capacity = g_hash_table_lookup (archive->capacities, name);

  if (park != NULL)
    return park;
  park = g_new0 (Park, 1);
  park->id = g_strdup_printf ("parking/%s", name);
  park->asset = BF_NO_ASSET;
  park->capacity = capacity != NULL && *capacity > 0 ? *capacity : NAN;
  park->value = NAN;
  park->odd_us = BF_TIME_NONE;
  g_hash_table_insert (archive->parks, g_strdup (name), park);
  return park;
}

/* ---- The table as it is: what there is to find ---- */

static void
end_still (Park *park, gint64 now_us)
{
  if (!isnan (park->value))
    park->still_us = MAX (park->still_us, now_us - park->since_us);
}

static void
end_odd (Park *park, gint64 now_us)
{
  if (park->odd_us != BF_TIME_NONE)
    park->odd_longest_us = MAX (park->odd_longest_us, now_us - park->odd_us);
}

static void
take_count (Park *park, double value, gint64 now_us)
{
  gboolean odd = value < 0 || value > park->capacity;

  end_odd (park, now_us);
  if (isnan (park->value))
    park->first_us = now_us;
  park->less = park->less || value < 0;
  if (value != park->value)
    {
      if (now_us - park->heard_us <= DEAD_US)
        end_still (park, now_us);
      park->since_us = now_us;
    }
  if (!odd)
    park->odd_us = BF_TIME_NONE;
  else if (park->odd_us == BF_TIME_NONE)
    park->odd_us = now_us;
  park->value = value;
}

/* ---- Through the rules ---- */

static void
observe (Archive *archive, Park *park)
{
  gint64 now_us = archive->table->now_us;

  if (now_us - park->heard_us > DEAD_US)
    park->since_us = now_us;
  park->heard_us = now_us;
  if (park->asset == BF_NO_ASSET)
    park->asset = bf_past_table_asset (archive->table, park->id, "parking.off_street", "parking/collector");
  if (!isnan (park->capacity))
    bf_past_table_observe (archive->table, park->asset, archive->capacity, park->capacity);
  if (!isnan (park->value))
    bf_past_table_observe (archive->table, park->asset, archive->count, park->value);
}

static void
archive_head_cb (char **cells, guint n_cells, gpointer user_data)
{
  Archive *archive = user_data;

  g_ptr_array_set_size (archive->columns, 0);
  for (guint i = 1; i < n_cells; i++)
    g_ptr_array_add (archive->columns, get_park (archive, cells[i]));
}

static void
archive_row_cb (char **cells, guint n_cells, gpointer user_data)
{
  Archive *archive = user_data;
  gint64 now_us;

  cells[0][19] = '\0';
  now_us = bf_past_time (cells[0]);
  if (archive->from_us == BF_TIME_NONE)
    archive->from_us = now_us;
  bf_past_table_begin (archive->table, now_us);
  bf_past_table_asset (archive->table, "parking/collector", "parking.counting_system", NULL);
  for (guint i = 1; i < n_cells; i++)
    {
      Park *park = g_ptr_array_index (archive->columns, i - 1);

      if (cells[i][0] != '\0')
        take_count (park, g_ascii_strtod (cells[i], NULL), now_us);
      observe (archive, park);
    }
  bf_past_table_commit (archive->table);
}

/* "id,name,city,capacity,..." with texts in quotes over several lines. */
static void
read_capacities (GHashTable *capacities, const char *path)
{
  g_autofree char *text = NULL;
  g_autoptr (GString) cell = g_string_new (NULL);
  g_autofree char *id = NULL;
  g_autoptr (GError) error = NULL;
  gboolean quoted = FALSE;
  guint column = 0;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '"')
        quoted = !quoted;
      else if (quoted || (*p != ',' && *p != '\n'))
        g_string_append_c (cell, *p);
      else
        {
          double capacity = g_ascii_strtod (cell->str, NULL);

          if (column == 0)
            {
              g_free (id);
              id = g_strdup (cell->str);
            }
          else if (column == 3 && capacity > 0)
            g_hash_table_replace (capacities, g_strdup (id), g_memdup2 (&capacity, sizeof capacity));
          g_string_truncate (cell, 0);
          column = *p == '\n' ? 0 : column + 1;
        }
    }
}

static void
archive_open (Archive *archive, const char *rules, const char *count)
{
  *archive = (Archive){ .from_us = BF_TIME_NONE };
  archive->table = bf_past_table_new ("plugins/parking/parking.service", rules, "Europe/Berlin");
  archive->parks = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, park_free);
  archive->capacities = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  archive->columns = g_ptr_array_new ();
  archive->count = bf_past_table_property (archive->table, "parking", count);
  archive->capacity = bf_past_table_property (archive->table, "parking", "capacity");
  bf_past_table_stale (archive->table, "parking", count, HOUR_US);
  bf_past_table_stale (archive->table, "parking", "capacity", HOUR_US);
}

static void
archive_close (Archive *archive)
{
  bf_past_table_free (archive->table);
  g_hash_table_unref (archive->parks);
  g_hash_table_unref (archive->capacities);
  g_ptr_array_unref (archive->columns);
}

static int
compare_cb (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* In the order of their names, which is that of their days. */
static gboolean
read_days (Archive *archive, const char *below)
{
  g_autofree char *path = bf_past_capture (below);
  g_autofree char *meta = path != NULL ? bf_past_capture ("parking_series/german-archive/meta-data.csv") : NULL;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = meta != NULL ? g_dir_open (path, 0, NULL) : NULL;
  const char *name;

  if (dir == NULL)
    return FALSE;
  read_capacities (archive->capacities, meta);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_cb);
  for (guint i = 0; i < names->len; i++)
    {
      g_autofree char *file = g_build_filename (path, g_ptr_array_index (names, i), NULL);

      bf_past_read (file, ",", archive_head_cb, archive_row_cb, archive);
    }
  bf_past_table_end (archive->table);
  return TRUE;
}

/* ---- What was found ---- */

static guint
fault_of (const char *rule)
{
  return strcmp (rule, "dead") == 0         ? DEAD
         : strcmp (rule, "frozen") == 0     ? FROZEN
         : strcmp (rule, "impossible") == 0 ? IMPOSSIBLE
         : strcmp (rule, "silent") == 0     ? SILENT
                                            : 0;
}

typedef struct
{
  guint n_there;
  guint n_found;
  guint n_false;
} Tally;

static void
put (Tally *tally, gboolean there, gboolean may_be, gboolean found)
{
  tally->n_there += there ? 1 : 0;
  tally->n_found += there && found ? 1 : 0;
  tally->n_false += !there && !may_be && found ? 1 : 0;
}

static void
print_tally (const char *what, const Tally *tally)
{
  g_test_message ("%-11s %3u there, %3u found, %3u false", what, tally->n_there, tally->n_found, tally->n_false);
}

static void
judge (Archive *archive, Tally *ret_dead, Tally *ret_frozen, Tally *ret_impossible)
{
  GHashTableIter iter;
  gpointer value;

  *ret_dead = *ret_frozen = *ret_impossible = (Tally){ 0 };
  for (guint i = 0; i < bf_past_table_n_alerts (archive->table); i++)
    {
      BfPastAlert alert = bf_past_table_alert (archive->table, i);
      Park *park = g_hash_table_lookup (archive->parks, alert.asset + strlen ("parking/"));

      if (park != NULL)
        park->found |= fault_of (alert.rule);
    }
  g_hash_table_iter_init (&iter, archive->parks);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Park *park = value;

      end_still (park, park->heard_us);
      end_odd (park, park->heard_us);
      put (ret_dead, isnan (park->value), park->first_us - archive->from_us > DEAD_US - HOUR_US, park->found & DEAD);
      put (ret_frozen, park->still_us > FROZEN_US + SLACK_US, park->still_us > FROZEN_US - SLACK_US, park->found & FROZEN);
      put (ret_impossible, park->odd_longest_us >= (park->less ? SILENT_US : MINUTES_US), park->odd_longest_us > 0, park->found & (IMPOSSIBLE | (park->less ? SILENT : 0)));
    }
  print_tally ("dead", ret_dead);
  print_tally ("frozen", ret_frozen);
  print_tally ("impossible", ret_impossible);
}

static void
assert_all (const Tally *tally, guint n_least)
{
  g_assert_cmpuint (tally->n_there, >=, n_least);
  g_assert_cmpuint (tally->n_found, ==, tally->n_there);
  g_assert_cmpuint (tally->n_false, <=, MOST_FALSE);
}

static void
test_month (void)
{
  Tally dead, frozen, impossible;
  Archive archive;

  archive_open (&archive, "tests/bench/detect/archive.rules", "free_spaces");
  if (read_days (&archive, "parking_series/german-archive/2022-05"))
    {
      g_test_message ("May 2022: %u car parks, %u alerts", g_hash_table_size (archive.parks), bf_past_table_n_alerts (archive.table));
      judge (&archive, &dead, &frozen, &impossible);
      assert_all (&dead, 146);
      assert_all (&frozen, 119);
      assert_all (&impossible, 50);
    }
  archive_close (&archive);
}

/* ---- Birmingham: a line a reading ---- */

typedef struct
{
  gint64 time_us;
  Park *park;
  double taken;
} Reading;

typedef struct
{
  Archive archive;
  GArray *readings;
} Town;

static void
town_head_cb (char **cells, guint n_cells, gpointer user_data)
{
  g_assert_cmpuint (n_cells, ==, 4);
}

static void
town_row_cb (char **cells, guint n_cells, gpointer user_data)
{
  Town *town = user_data;
  Reading reading = { bf_past_time (cells[3]), get_park (&town->archive, cells[0]), g_ascii_strtod (cells[2], NULL) };

  reading.park->capacity = g_ascii_strtod (cells[1], NULL);
  g_array_append_val (town->readings, reading);
}

static int
by_time_cb (gconstpointer a, gconstpointer b)
{
  gint64 x = ((const Reading *) a)->time_us;
  gint64 y = ((const Reading *) b)->time_us;

  return (x > y) - (x < y);
}

static void
test_town (void)
{
  g_autofree char *path = bf_past_capture ("parking_series/birmingham_uci_2016.csv");
  Tally dead, frozen, impossible;
  Town town;

  if (path == NULL)
    return;
  archive_open (&town.archive, "tests/bench/detect/archive.rules", "occupied_spaces");
  town.readings = g_array_new (FALSE, FALSE, sizeof (Reading));
  bf_past_read (path, ",", town_head_cb, town_row_cb, &town);
  g_array_sort (town.readings, by_time_cb);
  for (guint i = 0; i < town.readings->len; i++)
    {
      const Reading *reading = &g_array_index (town.readings, Reading, i);

      if (town.archive.from_us == BF_TIME_NONE)
        town.archive.from_us = reading->time_us;
      bf_past_table_begin (town.archive.table, reading->time_us);
      take_count (reading->park, reading->taken, reading->time_us);
      observe (&town.archive, reading->park);
      bf_past_table_commit (town.archive.table);
    }
  bf_past_table_end (town.archive.table);
  g_test_message ("Birmingham: %u car parks, %u readings, %u alerts", g_hash_table_size (town.archive.parks), town.readings->len,
                  bf_past_table_n_alerts (town.archive.table));
  judge (&town.archive, &dead, &frozen, &impossible);
  assert_all (&dead, 0);
  assert_all (&frozen, 0);
  assert_all (&impossible, 9);
  g_array_unref (town.readings);
  archive_close (&town.archive);
}

/* What was raised while the source stood. */
static guint
count_during (const Archive *archive, const char *rule)
{
  gint64 from_us = bf_past_time ("2020-03-27 16:42:00");
  gint64 to_us = bf_past_time ("2020-03-28 14:27:00");
  guint n = 0;

  for (guint i = 0; i < bf_past_table_n_alerts (archive->table); i++)
    {
      BfPastAlert alert = bf_past_table_alert (archive->table, i);

      n += alert.raised_us >= from_us && alert.raised_us < to_us && strcmp (alert.rule, rule) == 0 ? 1 : 0;
    }
  return n;
}

static guint
count_silences (const Archive *archive)
{
  return count_during (archive, "source_silent") + count_during (archive, "silent") + count_during (archive, "dead");
}

static void
test_outage (void)
{
  Archive alone, grouped;
  guint n_before, n_after;

  archive_open (&alone, "tests/bench/detect/archive-alone.rules", "free_spaces");
  archive_open (&grouped, "tests/bench/detect/archive.rules", "free_spaces");
  if (read_days (&alone, "parking_series/german-archive/2020-03-gap")
      && read_days (&grouped, "parking_series/german-archive/2020-03-gap"))
    {
      n_before = count_silences (&alone);
      n_after = count_silences (&grouped);
      g_test_message ("the outage of 21.7 h: %u alerts of car parks; with the cause known %u, of the source %u", n_before, n_after,
                      count_during (&grouped, "source_silent"));
      g_assert_cmpuint (n_before, >=, 400);
      g_assert_cmpuint (n_after, ==, 1);
      g_assert_cmpuint (count_during (&grouped, "source_silent"), ==, 1);
    }
  archive_close (&alone);
  archive_close (&grouped);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/detect/parking/month", test_month);
  g_test_add_func ("/detect/parking/outage", test_outage);
  g_test_add_func ("/detect/parking/town", test_town);
  return g_test_run ();
}
