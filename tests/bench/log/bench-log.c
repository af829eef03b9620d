/* SPDX-License-Identifier: EUPL-1.2 */
/* The log with a million entries (or as many as the first argument says) on this machine's disk: how long an entry takes to be durable
 * while others are written with it and alone, searches as people make them, an erasure, and the verification of the whole.
 * The folder is TMPDIR's: point it at the disk that is meant. */

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bf-time.h"
#include "store/bf-log-file.h"
#include "store/bf-store.h"

#define T0 (G_GINT64_CONSTANT (1750000000) * G_USEC_PER_SEC)
#define IN_FLIGHT 200u
#define N_ALONE 300u
#define N_QUERIES 40u

static const char *const streets[] = { "rue des Tanneurs", "place du Marché", "avenue de la Gare", "quai Saint-Martin", "rue de l’École",
                                       "boulevard Voltaire", "impasse des Lilas", "rue du Moulin", "allée des Platanes", "chemin du Lavoir" };
static const char *const titles[] = { "Pression basse", "Fuite suspectée dans le secteur", "Armoire sans alimentation", "Point lumineux en panne",
                                      "Conteneur plein", "Parc de stationnement complet", "Flux sans nouvelles", "Température anormale dans le conteneur" };

typedef struct
{
  gint64 put_us;
  GArray *times_ms; /* double */
  guint *n_done;
} Waiting;

static void
done_cb (gpointer user_data, gint64 seq, const GError *error)
{
  Waiting *waiting = user_data;
  double ms = (double) (g_get_monotonic_time () - waiting->put_us) / 1000;

  if (error != NULL)
    g_error ("%s", error->message);
  g_array_append_val (waiting->times_ms, ms);
  (*waiting->n_done)++;
  g_free (waiting);
}

static void
put (BfStore *store, guint i, GArray *times_ms, guint *n_done)
{
  g_autofree char *text = g_strdup_printf ("%s au %u %s : mesure %u,%u", titles[i % G_N_ELEMENTS (titles)], 1 + i % 180,
                                           streets[(i / 7) % G_N_ELEMENTS (streets)], i % 97, i % 10);
  g_autoptr (BfLogEntry) entry = bf_log_entry_new (i % 50 == 0 ? BF_LOG_NOTE : BF_LOG_TRANSITION, i % 50 == 0 ? "claire" : "engine",
                                                   T0 + (gint64) i * G_USEC_PER_SEC, text);
  Waiting *waiting = g_new (Waiting, 1);

  entry->alert_id = i / 3 + 1;
  entry->event_id = i + 1;
  entry->asset_id = g_strdup_printf ("water/logger-%04u", i % 8000);
  entry->subject = g_strdup (i % 3 == 0 ? "raise" : "clear");
  *waiting = (Waiting){ g_get_monotonic_time (), times_ms, n_done };
  bf_store_put_log (store, entry, done_cb, waiting);
}

static int
compare_doubles (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static double
quantile (GArray *times_ms, double q)
{
  g_array_sort (times_ms, compare_doubles);
  return g_array_index (times_ms, double, MIN (times_ms->len - 1, (guint) (q * times_ms->len)));
}

static gint64
cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
append (BfStore *store, guint from, guint n, guint in_flight, const char *what)
{
  g_autoptr (GArray) times_ms = g_array_new (FALSE, FALSE, sizeof (double));
  guint n_put = 0, n_done = 0;
  gint64 start_us = g_get_monotonic_time (), took_us, cpu = cpu_us ();

  while (n_done < n)
    {
      while (n_put < n && n_put - n_done < in_flight)
        put (store, from + n_put++, times_ms, &n_done);
      g_main_context_iteration (NULL, TRUE);
    }
  took_us = g_get_monotonic_time () - start_us;
  g_print ("append, %s: %u entries, %.0f/s, %.1f us of processor an entry; from the call to durable: median %.2f ms, p99 %.2f ms, worst %.2f ms\n", what, n,
           n * 1e6 / (double) took_us, (double) (cpu_us () - cpu) / n, quantile (times_ms, 0.5), quantile (times_ms, 0.99), quantile (times_ms, 1));
}

static void
query_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(GPtrArray **) user_data = bf_store_query_log_finish (NULL, result, &error);
  if (error != NULL)
    g_error ("%s", error->message);
}

static void
search (BfStore *store, const BfLogQuery *query, const char *what)
{
  g_autoptr (GArray) times_ms = g_array_new (FALSE, FALSE, sizeof (double));
  guint n = 0;

  for (guint i = 0; i < N_QUERIES; i++)
    {
      g_autoptr (GPtrArray) entries = NULL;
      gint64 start_us = g_get_monotonic_time ();
      double ms;

      bf_store_query_log_async (store, query, NULL, query_cb, &entries);
      while (entries == NULL)
        g_main_context_iteration (NULL, TRUE);
      ms = (double) (g_get_monotonic_time () - start_us) / 1000;
      g_array_append_val (times_ms, ms);
      n = entries->len;
    }
  g_print ("search, %-52s %3u found: median %.1f ms, worst of %u %.1f ms\n", what, n, quantile (times_ms, 0.5), N_QUERIES, quantile (times_ms, 1));
}

static void
searches (BfStore *store, guint n)
{
  BfLogQuery last = BF_LOG_QUERY_ALL, query;

  last.max = 200;
  search (store, &last, "the last 200");
  query = last;
  query.words = "fuite tanneurs";
  search (store, &query, "two words that are frequent");
  query.words = "con";
  search (store, &query, "the beginning of a frequent word");
  query.words = "conteneur lavoir 97";
  search (store, &query, "three words");
  query.words = "dahu";
  search (store, &query, "a word that is not there");
  query.words = "fuite";
  query.from_us = T0 + 1000 * G_USEC_PER_SEC;
  query.to_us = query.from_us + 86400 * (gint64) G_USEC_PER_SEC;
  search (store, &query, "a frequent word, on the first day");
  query.words = NULL;
  search (store, &query, "the first day");
  query = last;
  query.kind = BF_LOG_NOTE;
  query.before = n / 2;
  search (store, &query, "notes, from the middle");
  query = last;
  query.alert_id = n / 6;
  search (store, &query, "one alert");
  query = last;
  query.asset_id = "water/logger-0412";
  search (store, &query, "one asset");
  query = last;
  query.actor = "nobody";
  search (store, &query, "a person who wrote nothing");
}

static void
erase (BfStore *store, gint64 seq)
{
  g_autoptr (GArray) times_ms = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (BfLogEntry) entry = bf_log_entry_new (BF_LOG_ERASURE, "dpo", T0, "art. 17");
  Waiting *waiting = g_new (Waiting, 1);
  guint n_done = 0;

  entry->refers = seq;
  *waiting = (Waiting){ g_get_monotonic_time (), times_ms, &n_done };
  bf_store_put_log (store, entry, done_cb, waiting);
  while (n_done == 0)
    g_main_context_iteration (NULL, TRUE);
  g_print ("an erasure: %.0f ms\n", g_array_index (times_ms, double, 0));
}

static void
verify (const char *dir)
{
  g_autoptr (GError) error = NULL;
  gint64 start_us = g_get_monotonic_time (), cpu = cpu_us ();
  BfLogVerdict verdict;
  double took_s;

  if (!bf_log_file_verify (dir, 0, NULL, &verdict, &error))
    g_error ("%s", error->message);
  if (verdict.n_faults != 0)
    g_error ("the log is not whole");
  took_s = (double) (g_get_monotonic_time () - start_us) / 1e6;
  g_print ("verify: %" G_GUINT64_FORMAT " entries in %.2f s, %.0f/s, of processor %.2f s\n", verdict.n_entries, took_s,
           (double) verdict.n_entries / took_s, (double) (cpu_us () - cpu) / 1e6);
}

static void
remove_dir (const char *dir)
{
  g_autoptr (GDir) listing = g_dir_open (dir, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (listing)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);
      GStatBuf info;

      if (g_str_has_suffix (name, "alerts.db") && g_stat (path, &info) == 0)
        g_print ("alerts.db: %.0f MB\n", (double) info.st_size / 1e6);
      g_unlink (path);
    }
  g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_autofree char *dir = g_dir_make_tmp ("bf-bench-log-XXXXXX", NULL);
  guint n = argc > 1 ? (guint) atoi (argv[1]) : 1000000;
  g_autoptr (GError) error = NULL;
  BfStore *store = bf_store_open (dir, &error);

  if (store == NULL)
    g_error ("%s", error->message);
  append (store, 0, n, IN_FLIGHT, "200 in flight (group commit)");
  append (store, n, N_ALONE, 1, "one at a time");
  append (store, n + N_ALONE, 10000, 10, "10 in flight");
  searches (store, n);
  verify (dir);
  erase (store, n / 2);
  bf_store_close (store);
  verify (dir);
  remove_dir (dir);
  return 0;
}
