/* SPDX-License-Identifier: EUPL-1.2 */
/* How long a rehearsal of a month takes: 60 car parks, a payload every five minutes with the free places and the capacity of each. With
 * one rule, and with all stock rules of parking. Processor time, without reading any file; a table, then JSON. */

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "watch/bf-figures.h"

#define N_PARKS 60u
#define N_PAYLOADS (31u * 288u)
#define PERIOD_US (300 * G_TIME_SPAN_SECOND)
#define BEGIN_US (1772323200 * G_TIME_SPAN_SECOND) /* 2026-03-01 */

static const char one_rule[] = "[Rule one]\nKind=parking.off_street\nWhen=occupancy >= 95 % and free_spaces > 0\nFor=5min\n"
                               "Clear=occupancy < 90 %\nPriority=low\nTitle={asset}: {occupancy}\n";

typedef struct
{
  double cpu_s;
  guint alerts;
  guint64 observations;
  guint64 evaluations;
} Result;

static double
cpu_now_s (void)
{
  struct timespec time;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &time);
  return (double) time.tv_sec + (double) time.tv_nsec / 1e9;
}

/* A day's tide with its own height and noise for each car park, the same at each run. */
static double
free_of (guint park, guint payload)
{
  double capacity = 200 + 10 * park;
  double hour = (payload % 288) / 12.0;
  guint32 noise = (payload * 2654435761u) ^ (park * 40503u);
  double taken = 0.55 + (0.40 + 0.002 * park) * sin ((hour - 9) / 24 * 2 * G_PI) + ((noise >> 8) % 1000 - 500.0) / 20000;

  return CLAMP (round (capacity * (1 - taken)), 0, capacity);
}

static void
run_month (BfRehearsal *rehearsal, guint16 free_spaces, guint16 capacity, guint16 kind)
{
  guint32 assets[N_PARKS];

  for (guint payload = 0; payload < N_PAYLOADS; payload++)
    {
      gint64 now_us = BEGIN_US + payload * PERIOD_US;

      bf_rehearsal_begin (rehearsal, now_us);
      for (guint park = 0; park < N_PARKS; park++)
        {
          if (payload == 0)
            {
              g_autofree char *id = g_strdup_printf ("parking/%u", park);
              BfAssetInfo info = { .id = id, .kind = kind, .name = id, .point = { NAN, NAN } };

              assets[park] = bf_rehearsal_put_asset (rehearsal, &info, 0, NULL);
            }
          bf_rehearsal_observe (rehearsal, assets[park], free_spaces, free_of (park, payload), now_us, 0, park);
          bf_rehearsal_observe (rehearsal, assets[park], capacity, 200 + 10 * park, now_us, 0, park);
        }
      bf_rehearsal_commit (rehearsal);
    }
  bf_rehearsal_end (rehearsal, BEGIN_US + N_PAYLOADS * PERIOD_US);
}

static Result
measure (const BfCatalog *catalog, const BfRuleSet *rules)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier ("Europe/Paris");
  BfRehearsalOptions options = { zone, NULL, BF_TIME_NONE, TRUE, FALSE };
  g_autoptr (BfRehearsal) rehearsal = bf_rehearsal_new (catalog, rules, &options, NULL, NULL);
  g_autoptr (BfFigures) figures = NULL;
  guint service = bf_catalog_find_service (catalog, "parking")->index;
  guint16 free_spaces = bf_catalog_find_property (catalog, service, "free_spaces")->index;
  guint16 capacity = bf_catalog_find_property (catalog, service, "capacity")->index;
  double begin_s;
  Result result;

  bf_rehearsal_set_stale_limit (rehearsal, 0, free_spaces, 3 * PERIOD_US);
  bf_rehearsal_set_stale_limit (rehearsal, 0, capacity, 3 * PERIOD_US);
  begin_s = cpu_now_s ();
  run_month (rehearsal, free_spaces, capacity, bf_catalog_find_kind (catalog, "parking.off_street")->index);
  figures = bf_figures_new (rehearsal);
  result.cpu_s = cpu_now_s () - begin_s;
  result.alerts = figures->total.n_alerts;
  result.observations = bf_rehearsal_counts (rehearsal)->n_observations;
  result.evaluations = bf_rehearsal_counts (rehearsal)->n_evaluations;
  return result;
}

static void
print (const char *name, const Result *result)
{
  double month_s = N_PAYLOADS * (PERIOD_US / (double) G_USEC_PER_SEC);

  printf ("%-16s %8.3f s processor  %8u alerts  %9" G_GUINT64_FORMAT " observations  %7" G_GUINT64_FORMAT " evaluations  %12.0f x real time\n", name,
          result->cpu_s, result->alerts, result->observations, result->evaluations, month_s / result->cpu_s);
  printf ("{\"bench\":\"rehearsal\",\"rules\":\"%s\",\"cpu_s\":%.4f,\"alerts\":%u,\"observations\":%" G_GUINT64_FORMAT ",\"times_real_time\":%.0f}\n", name,
          result->cpu_s, result->alerts, result->observations, month_s / result->cpu_s);
}

int
main (int argc, char **argv)
{
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfRuleSet) one = NULL;
  g_autoptr (BfRuleSet) stock = NULL;
  g_autoptr (GError) error = NULL;
  Result result;

  if (argc != 2 || !bf_catalog_add_plugin_dirs (catalog, argv[1], problems, &error))
    g_error ("expected the folder of the plugins: %s", error != NULL ? error->message : "");
  one = bf_rule_set_new (catalog, problems);
  bf_rule_set_add_text (one, "one.rules", one_rule, sizeof one_rule - 1, problems);
  bf_rule_set_keep_read (one);
  bf_rule_set_finish (one);
  stock = bf_rule_set_new (catalog, problems);
  bf_rule_set_add_in_force (stock, NULL, problems);
  bf_rule_set_keep_read (stock);
  bf_rule_set_finish (stock);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_printerr ("%s\n", text);
    }
  result = measure (catalog, one);
  print ("one rule", &result);
  result = measure (catalog, stock);
  print ("all stock rules", &result);
  return problems->len > 0;
}
