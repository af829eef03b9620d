/* SPDX-License-Identifier: EUPL-1.2 */
/* The journal by result time: see bf-journal.h.
 *
 * Its tables are one an hour of phenomenon time, and a row may have been learnt long after its hour. Hours are read one after the
 * other; a row waits until no later hour can have one that was learnt before it. Since no stamp is accepted that lies more than
 * BF_LIMIT_AHEAD_US ahead of its result time, that is so once the next hour begins later than that: what waits is one hour, and what
 * came late. */

#include "store/bf-journal.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "store/bf-sqlite-private.h"

typedef struct
{
  char *asset_id;
  char *property;
  GPtrArray *states; /* by id: text; NULL: a number */
} Series;

typedef struct
{
  gint64 result_us;
  gint64 observed_us;
  double value;
  guint32 series;
  guint32 feed;
  guint32 record;
} Row;

struct _BfJournal
{
  sqlite3 *db;
  char *path;
  GPtrArray *series;  /* Series, by id */
  GPtrArray *feeds;   /* names, by id */
  GHashTable *states; /* "service/property" -> GPtrArray of texts by id */
};

static void
series_free (gpointer data)
{
  Series *series = data;

  if (series == NULL)
    return;
  g_free (series->asset_id);
  g_free (series->property);
  g_free (series);
}

typedef void (*RowFunc) (BfJournal *journal, sqlite3_stmt *statement, gpointer user_data);

static gboolean
for_each (BfJournal *journal, const char *sql, const gint64 *arguments, guint n_arguments, RowFunc func, gpointer user_data, GError **error)
{
  g_autoptr (BfSqliteStmt) statement = bf_sqlite_prepare (journal->db, journal->path, sql, error);
  int code;

  if (statement == NULL)
    return FALSE;
  for (guint i = 0; i < n_arguments; i++)
    sqlite3_bind_int64 (statement, (int) i + 1, arguments[i]);
  while ((code = sqlite3_step (statement)) == SQLITE_ROW)
    func (journal, statement, user_data);
  return code == SQLITE_DONE || bf_sqlite_fail (error, journal->db, journal->path, _ ("reading the journal"));
}

static const char *
text (sqlite3_stmt *statement, int column)
{
  return (const char *) sqlite3_column_text (statement, column);
}

/* Puts @item at @id; ids that the store never gives are passed over. */
static void
put_at (GPtrArray *array, gint64 id, gpointer item, GDestroyNotify free_item)
{
  if (id < 0 || id >= BF_STORE_SERIES_MAX || (id < array->len && g_ptr_array_index (array, id) != NULL))
    {
      free_item (item);
      return;
    }
  if (id >= array->len)
    g_ptr_array_set_size (array, (int) id + 1);
  g_ptr_array_index (array, id) = item;
}

static void
state_cb (BfJournal *journal, sqlite3_stmt *statement, gpointer user_data)
{
  char *key = g_strconcat (text (statement, 0), "/", text (statement, 1), NULL);
  GPtrArray *states = g_hash_table_lookup (journal->states, key);

  if (states == NULL)
    {
      states = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (journal->states, g_strdup (key), states);
    }
  g_free (key);
  put_at (states, sqlite3_column_int64 (statement, 2), g_strdup (text (statement, 3)), g_free);
}

static void
series_cb (BfJournal *journal, sqlite3_stmt *statement, gpointer user_data)
{
  Series *series = g_new0 (Series, 1);
  const char *slash;

  series->asset_id = g_strdup (text (statement, 1));
  series->property = g_strdup (text (statement, 2));
  slash = strchr (series->asset_id, '/');
  if (slash != NULL)
    {
      g_autofree char *key = g_strdup_printf ("%.*s/%s", (int) (slash - series->asset_id), series->asset_id, series->property);

      series->states = g_hash_table_lookup (journal->states, key);
    }
  put_at (journal->series, sqlite3_column_int64 (statement, 0), series, series_free);
}

static void
feed_cb (BfJournal *journal, sqlite3_stmt *statement, gpointer user_data)
{
  put_at (journal->feeds, sqlite3_column_int64 (statement, 0), g_strdup (text (statement, 1)), g_free);
}

/**
 * bf_journal_open:
 * @dir: folder of a store, of this version's schema
 *
 * Returns: (transfer full): the journal, or %NULL with @error
 */
BfJournal *
bf_journal_open (const char *dir, GError **error)
{
  g_autoptr (BfJournal) journal = g_new0 (BfJournal, 1);

  journal->path = g_build_filename (dir, "observations.db", NULL);
  journal->series = g_ptr_array_new_with_free_func (series_free);
  journal->feeds = g_ptr_array_new_with_free_func (g_free);
  journal->states = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  if (!g_file_test (journal->path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_NOT_FOUND, _ ("%s is not there: expected the data folder of an engine"), journal->path);
      return NULL;
    }
  journal->db = bf_sqlite_open_file (journal->path, TRUE, error);
  /* One view for all hours, so that none is dropped in between. */
  if (journal->db == NULL || !bf_sqlite_exec (journal->db, journal->path, "BEGIN", error)
      || !for_each (journal, "SELECT service, property, id, value FROM state_value", NULL, 0, state_cb, NULL, error)
      || !for_each (journal, "SELECT id, asset_id, property FROM series", NULL, 0, series_cb, NULL, error)
      || !for_each (journal, "SELECT id, name FROM feed", NULL, 0, feed_cb, NULL, error))
    return NULL;
  return g_steal_pointer (&journal);
}

void
bf_journal_close (BfJournal *journal)
{
  if (journal == NULL)
    return;
  sqlite3_close_v2 (journal->db);
  g_ptr_array_unref (journal->series);
  g_ptr_array_unref (journal->feeds);
  g_hash_table_unref (journal->states);
  g_free (journal->path);
  g_free (journal);
}

guint
bf_journal_n_series (const BfJournal *journal)
{
  return journal->series->len;
}

/* ---- Assets ---- */

typedef struct
{
  void (*row) (gpointer, const BfStoreAsset *);
  gpointer user_data;
} AssetCall;

static double
degrees (sqlite3_stmt *statement, int column)
{
  return sqlite3_column_type (statement, column) == SQLITE_NULL ? NAN : sqlite3_column_double (statement, column);
}

static void
asset_cb (BfJournal *journal, sqlite3_stmt *statement, gpointer user_data)
{
  const AssetCall *call = user_data;
  BfStoreAsset asset = { text (statement, 0),    text (statement, 1),    text (statement, 2), text (statement, 3), text (statement, 4),
                         text (statement, 5),    degrees (statement, 6), degrees (statement, 7), text (statement, 8), NULL };

  call->row (call->user_data, &asset);
}

gboolean
bf_journal_load_assets (BfJournal *journal, void (*row) (gpointer, const BfStoreAsset *), gpointer user_data, GError **error)
{
  AssetCall call = { row, user_data };

  return for_each (journal, "SELECT id, kind, name, address, parent, feed, lon, lat, attributes_json FROM asset ORDER BY id", NULL, 0, asset_cb, &call, error);
}

/* ---- Observations ---- */

static void
row_cb (BfJournal *journal, sqlite3_stmt *statement, gpointer user_data)
{
  Row row = { sqlite3_column_int64 (statement, 2), sqlite3_column_int64 (statement, 1), sqlite3_column_double (statement, 3),
              (guint32) sqlite3_column_int64 (statement, 0), (guint32) sqlite3_column_int64 (statement, 4),
              (guint32) sqlite3_column_int64 (statement, 5) };

  if (row.series < journal->series->len && g_ptr_array_index (journal->series, row.series) != NULL)
    g_array_append_val ((GArray *) user_data, row);
}

static void
hour_cb (BfJournal *journal, sqlite3_stmt *statement, gpointer user_data)
{
  gint64 hour = sqlite3_column_int64 (statement, 0);

  g_array_append_val ((GArray *) user_data, hour);
}

static int
compare_rows (gconstpointer a, gconstpointer b)
{
  const Row *x = a, *y = b;

  return (x->result_us > y->result_us) - (x->result_us < y->result_us);
}

static void
tell (const BfJournal *journal, const Row *from, BfJournalFunc func, gpointer user_data)
{
  const Series *series = g_ptr_array_index (journal->series, from->series);
  BfJournalRow row = { from->series, series->asset_id, series->property, NULL, NULL, from->value, from->observed_us, from->result_us,
                       from->record };

  if (from->feed < journal->feeds->len)
    row.feed = g_ptr_array_index (journal->feeds, from->feed);
  if (series->states != NULL && from->value >= 0 && from->value < series->states->len)
    row.state = g_ptr_array_index (series->states, (guint) from->value);
  func (user_data, &row);
}

/* Those that were learnt before @until_us go, in their order; the others wait. */
static void
tell_until (const BfJournal *journal, GArray *rows, gint64 until_us, BfJournalFunc func, gpointer user_data)
{
  guint n = 0;

  g_array_sort (rows, compare_rows); /* stable */
  for (; n < rows->len && g_array_index (rows, Row, n).result_us < until_us; n++)
    tell (journal, &g_array_index (rows, Row, n), func, user_data);
  g_array_remove_range (rows, 0, n);
}

/**
 * bf_journal_read:
 * @from_us: begin, by phenomenon time in full hours
 * @to_us: end, by result time
 * @func: told of each row, by result time; those of one time in the order in which they were written
 *
 * Returns: %FALSE with @error when it cannot be read
 */
gboolean
bf_journal_read (BfJournal *journal, gint64 from_us, gint64 to_us, BfJournalFunc func, gpointer user_data, GError **error)
{
  g_autoptr (GArray) hours = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (Row));
  gint64 period[] = { MAX (from_us, 0) / BF_STORE_HOUR_US, (MIN (to_us, G_MAXINT64 - (gint64) BF_LIMIT_AHEAD_US) + (gint64) BF_LIMIT_AHEAD_US) / BF_STORE_HOUR_US };

  if (!for_each (journal, "SELECT hour FROM journal_hour WHERE hour BETWEEN ? AND ? ORDER BY hour", period, 2, hour_cb, hours, error))
    return FALSE;
  for (guint i = 0; i < hours->len; i++)
    {
      g_autofree char *table = bf_sqlite_hour_table (g_array_index (hours, gint64, i));
      g_autofree char *sql
        = g_strdup_printf ("SELECT series, observed_us, result_us, value, feed, record FROM %s WHERE result_us < ?", table);
      gint64 until_us = i + 1 < hours->len ? g_array_index (hours, gint64, i + 1) * BF_STORE_HOUR_US - BF_LIMIT_AHEAD_US : G_MAXINT64;

      if (!for_each (journal, sql, &to_us, 1, row_cb, rows, error))
        return FALSE;
      tell_until (journal, rows, until_us, func, user_data);
    }
  return TRUE;
}
