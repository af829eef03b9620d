/* SPDX-License-Identifier: EUPL-1.2 */
/* A month in a store, for `beffroictl rules rehearse`: as many car parks as Clairbourg has assets (7,965), each with a count every half hour for
 * 30 days, written by the store's own writer. Prints the folder's rows; bench-month.py then rehearses an edited rule beside the one in
 * force over it. */

#include <math.h>
#include <stdlib.h>

#include "base/bf-time.h"
#include "store/bf-store.h"

#define N_ASSETS 7965u
#define STEP_US (30 * G_TIME_SPAN_MINUTE)
#define STEPS (30u * 48u)

static void
put_assets (BfStore *store, char **ids)
{
  for (guint i = 0; i < N_ASSETS; i++)
    {
      ids[i] = g_strdup_printf ("parking/p%u", i);
      bf_store_put_asset (store, &(BfStoreAsset){ ids[i], "parking.off_street", ids[i], NULL, NULL, "bench", 4.4 + i * 1e-5, 47.2, NULL });
    }
}

/* Fullest in the afternoon, each park a little otherwise. */
static double
free_spaces (guint asset, guint step)
{
  double hour = (step % 48) / 2.0;

  return round (50 - 49 * sin ((hour - 7) * G_PI / 14) * (hour > 7 && hour < 21) - (asset % 7) * 0.3);
}

/* Half a million at a time: the queue holds a million. */
static void
wait_for_room (BfStore *store, guint64 n_put)
{
  BfStoreHealth health = { 0 };

  do
    {
      bf_store_health_clear (&health);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (1000);
      bf_store_health (store, &health);
    }
  while (health.written + 500000 < n_put);
  bf_store_health_clear (&health);
}

int
main (int argc, char **argv)
{
  g_autofree char **ids = g_new0 (char *, N_ASSETS);
  g_autofree BfStoreObservation *rows = g_new0 (BfStoreObservation, N_ASSETS);
  g_autoptr (GError) error = NULL;
  g_autoptr (BfStore) store = argc == 2 ? bf_store_open (argv[1], &error) : NULL;
  gint64 begin_us = (bf_time_now_us () - 30 * G_TIME_SPAN_DAY) / STEP_US * STEP_US;
  guint64 n = 0;

  if (store == NULL)
    {
      g_printerr ("%s\n", error != NULL ? error->message : "expected the folder of the store");
      return EXIT_FAILURE;
    }
  put_assets (store, ids);
  for (guint step = 0; step < STEPS; step++)
    {
      gint64 at_us = begin_us + step * STEP_US;

      for (guint i = 0; i < N_ASSETS; i++)
        rows[i] = (BfStoreObservation){ ids[i], step == 0 ? "capacity" : "free_spaces", step == 0 ? 60 : MAX (0, free_spaces (i, step)), at_us, at_us, i, "bench", 0, NULL };
      if (!bf_store_add_observations (store, rows, N_ASSETS))
        g_error ("the store's queue is full");
      n += N_ASSETS;
      wait_for_room (store, n);
    }
  g_clear_pointer (&store, bf_store_close);
  for (guint i = 0; i < N_ASSETS; i++)
    g_free (ids[i]);
  g_print ("%" G_GUINT64_FORMAT " rows\n", n);
  return EXIT_SUCCESS;
}
