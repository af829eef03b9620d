/* SPDX-License-Identifier: EUPL-1.2 */
/* How fast the model is on one core: 1,000,000 assets of five properties, 200 zones, 500,000 addresses. Prints a table and,
 * on the last line, the same as JSON. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib/gstdio.h>

#include "base/bf-error.h"
#include "json/bf-json-out.h"
#include "model/bf-model.h"
#include "model/bf-zones.h"

#define N_ASSETS 1000000u
#define N_ADDRESSES 500000u
#define N_QUESTIONS 200u

static const char manifest[] = "[Service]\nId=lighting\nAbi=1\n[Kind lamp]\n"
                               "[Property power]\nType=number\nUnit=W\n[Property voltage]\nType=number\nUnit=V\n"
                               "[Property current]\nType=number\nUnit=A\n[Property dimming]\nType=number\nUnit=%\n"
                               "[Property state]\nType=state\nValues=on, off\n";

typedef struct
{
  BfJsonOut out;
  char *dir;
  GRand *random;
  BfPoint *points;
} Bench;

static void
say (Bench *bench, const char *key, double n, gint64 from_us, const char *what)
{
  double seconds = (double) (g_get_monotonic_time () - from_us) / 1e6;

  printf ("%-28s %14.0f %s/s   (%.0f in %.3f s)\n", key, n / seconds, what, n, seconds);
  bf_json_out_double (&bench->out, key, round (n / seconds));
}

static char *
write_file (Bench *bench, const char *name, const char *text)
{
  char *path = g_build_filename (bench->dir, name, NULL);

  if (!g_file_set_contents (path, text, -1, NULL))
    g_error ("cannot write %s", path);
  return path;
}

static void
bench_model (Bench *bench)
{
  g_autofree char *path = write_file (bench, "lighting.service", manifest);
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (BfModel) model = NULL;
  g_autofree guint32 *order = g_new (guint32, N_ASSETS);
  gint64 from_us;
  char id[32], name[32];
  double sum = 0;

  if (!bf_catalog_add_manifest (catalog, path, NULL, NULL))
    g_error ("manifest");
  model = bf_model_new (catalog);
  from_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_ASSETS; i++)
    {
      BfAssetInfo info = { id, 0, name, NULL, NULL, bench->points[i], NULL };

      g_snprintf (id, sizeof id, "lighting/L%06u", i);
      g_snprintf (name, sizeof name, "Lamp %06u", i);
      bf_model_put_asset (model, &info, 0, NULL, NULL);
    }
  say (bench, "put_asset_new", N_ASSETS, from_us, "assets");

  from_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_ASSETS; i++)
    for (guint16 property = 0; property < 5; property++)
      bf_model_observe (model, i, property, i, 1000, 1001, 0, i);
  say (bench, "observe_in_order", 5.0 * N_ASSETS, from_us, "observations");

  for (guint i = 0; i < N_ASSETS; i++)
    order[i] = (guint32) g_rand_int_range (bench->random, 0, N_ASSETS);
  from_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_ASSETS; i++)
    for (guint16 property = 0; property < 5; property++)
      bf_model_observe (model, order[i], property, i, 2000 + i, 2001, 0, i);
  say (bench, "observe_random_assets", 5.0 * N_ASSETS, from_us, "observations");

  from_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_ASSETS; i++)
    {
      double value = 0;

      bf_model_known (model, order[i], (guint16) (i % 5), 5000, &value);
      sum += value;
    }
  say (bench, "known_random_assets", N_ASSETS, from_us, "values");

  from_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_ASSETS; i++)
    {
      g_snprintf (id, sizeof id, "lighting/L%06u", order[i]);
      if (bf_model_find_asset (model, id) != order[i])
        g_error ("lost %s", id);
    }
  say (bench, "find_asset_random", N_ASSETS, from_us, "lookups");
  printf ("%-28s %14.0f bytes\n", "model_memory", (double) bf_model_memory_bytes (model));
  bf_json_out_int (&bench->out, "model_memory_bytes", (gint64) bf_model_memory_bytes (model));
  if (sum < 0)
    g_error ("sum");
}

/* 200 wavy districts of 500 points each, over 0.3° x 0.3°. */
static void
bench_zones (Bench *bench)
{
  g_autoptr (GString) text = g_string_new ("{\"type\":\"FeatureCollection\",\"features\":[");
  gint64 from_us;
  guint n = 0;

  for (guint i = 0; i < 200; i++)
    {
      double lon = 4.3 + 0.3 * (i % 20 + 0.5) / 20, lat = 47.1 + 0.3 * (i / 20 + 0.5) / 10;

      g_string_append_printf (text, "%s{\"type\":\"Feature\",\"properties\":{\"id\":\"z%u\"},\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[",
                              i > 0 ? "," : "", i);
      for (guint j = 0; j <= 500; j++)
        {
          double angle = j % 500 * 2 * G_PI / 500;
          double r = 0.012 * (1 + 0.2 * sin (7 * angle));

          g_string_append_printf (text, "%s[%.7f,%.7f]", j > 0 ? "," : "", lon + r * cos (angle), lat + r * sin (angle));
        }
      g_string_append (text, "]]}}");
    }
  g_string_append (text, "]}");
  g_autofree char *path = write_file (bench, "zones.geojson", text->str);
  from_us = g_get_monotonic_time ();
  g_autoptr (BfZones) zones = bf_zones_load (path, NULL, NULL);
  say (bench, "zones_load", 200, from_us, "zones");
  from_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_ASSETS; i++)
    n += bf_zones_at (zones, bench->points[i]) != BF_NO_ZONE;
  say (bench, "zones_at", N_ASSETS, from_us, "points");
  if (n < N_ASSETS / 4)
    g_error ("only %u points lie in a zone", n);
}

static void
bench_addresses (Bench *bench)
{
  static const char *const names[] = { "Tanneurs", "Église", "Moulin", "Gare", "Lavoir", "Pré", "Château", "Fontaine" };
  static const char *const types[] = { "rue des", "avenue de la", "chemin du", "place de l’" };
  g_autoptr (GString) text = g_string_new ("id;numero;rep;nom_voie;code_postal;nom_commune;lon;lat\n");
  gint64 from_us;
  guint n = 0;

  for (guint i = 0; i < N_ADDRESSES; i++)
    {
      guint street = i / 25;

      g_string_append_printf (text, "x_%u;%u;;%s %s %u;21990;Clairbourg;%.7f;%.7f\n", i, i % 25 * 2 + 1, types[street % 4],
                              names[street / 4 % 8], street, bench->points[i].lon, bench->points[i].lat);
    }
  g_autofree char *path = write_file (bench, "addresses.csv", text->str);
  g_autoptr (GError) error = NULL;
  from_us = g_get_monotonic_time ();
  g_autoptr (BfAddresses) addresses = bf_addresses_load (path, NULL, NULL, &error);
  if (addresses == NULL)
    g_error ("%s", error->message);
  say (bench, "addresses_load", N_ADDRESSES, from_us, "addresses");
  from_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_ASSETS; i++)
    {
      g_autofree char *nearest = bf_addresses_nearest (addresses, bench->points[i], 200, NULL);

      n += nearest != NULL;
    }
  say (bench, "addresses_nearest", N_ASSETS, from_us, "points");
  from_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_QUESTIONS; i++)
    {
      g_autofree char *question = g_strdup_printf ("%u tanneurs %u", i % 50, i * 32 % 20000);
      g_autoptr (GArray) matches = bf_addresses_search (addresses, question, 20);

      n += matches->len;
    }
  say (bench, "addresses_search", N_QUESTIONS, from_us, "questions");
  if (n < N_ASSETS / 2)
    g_error ("only %u found", n);
}

int
main (void)
{
  g_autoptr (GString) json = g_string_new (NULL);
  Bench bench = { .dir = g_dir_make_tmp ("bf-bench-XXXXXX", NULL), .random = g_rand_new_with_seed (2) };
  static const char *const files[] = { "lighting.service", "zones.geojson", "addresses.csv" };

  bench.points = g_new (BfPoint, N_ASSETS);
  for (guint i = 0; i < N_ASSETS; i++)
    bench.points[i] = (BfPoint){ g_rand_double_range (bench.random, 4.3, 4.6), g_rand_double_range (bench.random, 47.1, 47.4) };
  bf_json_out_init (&bench.out, json);
  bf_json_out_begin_object (&bench.out, NULL);
  bench_model (&bench);
  bench_zones (&bench);
  bench_addresses (&bench);
  bf_json_out_end_object (&bench.out);
  printf ("%s\n", json->str);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_autofree char *path = g_build_filename (bench.dir, files[i], NULL);

      g_remove (path);
    }
  g_rmdir (bench.dir);
  g_free (bench.dir);
  g_free (bench.points);
  g_rand_free (bench.random);
  return 0;
}
