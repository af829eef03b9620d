/* SPDX-License-Identifier: EUPL-1.2 */
/* `rules rehearse`: what rules would have said of the past, through the evaluator and the book that the engine runs. The past is that of
 * the city's store (--city), tables (--series), observations a line (--observations) or payloads (--feed). */

#include "ctl/bf-ctl-trial.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-ground.h"

typedef struct
{
  BfGround ground;
  BfTrial trial;
  GPtrArray *rule_files;
  GPtrArray *payloads;
} Rehearsing;

static void
rehearsing_clear (Rehearsing *rehearsing)
{
  BfTrial *trial = &rehearsing->trial;

  g_clear_pointer (&trial->comparison, bf_comparison_free);
  g_clear_pointer (&trial->figures, bf_figures_free);
  g_clear_pointer (&trial->figures_in_force, bf_figures_free);
  g_clear_pointer (&trial->rehearsal, bf_rehearsal_free);
  g_clear_pointer (&trial->rehearsal_in_force, bf_rehearsal_free);
  g_clear_pointer (&trial->rules, bf_rule_set_free);
  g_clear_pointer (&trial->in_force, bf_rule_set_free);
  g_clear_pointer (&rehearsing->rule_files, g_ptr_array_unref);
  g_clear_pointer (&rehearsing->payloads, g_ptr_array_unref);
  bf_ground_clear (&rehearsing->ground);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rehearsing, rehearsing_clear)

/* The rules of the files; beside them those in force, when a file has a rule of theirs. Without files those in force are rehearsed. */
static int
load_rules (Rehearsing *rehearsing)
{
  BfTrial *trial = &rehearsing->trial;

  trial->rules = bf_ground_rules (&rehearsing->ground, rehearsing->rule_files);
  if (trial->rules == NULL)
    return BF_CTL_FAILED;
  if (rehearsing->rule_files->len == 0)
    return BF_CTL_OK;
  trial->in_force = bf_ground_in_force (&rehearsing->ground, trial->rules);
  if (bf_rule_set_n (trial->in_force) == 0)
    g_clear_pointer (&trial->in_force, bf_rule_set_free);
  return BF_CTL_OK;
}

/* ---- The past ---- */

/* Tables and observations: what the command line says of them. */
static int
read_files (Rehearsing *rehearsing)
{
  BfGround *ground = &rehearsing->ground;
  const BfCtl *ctl = ground->ctl;
  BfPastSeries series = { .property = ctl->property, .zone = ground->zone, .unchanged = ctl->unchanged };
  g_autoptr (GError) error = NULL;
  int code = bf_ground_kinds (ground, series.kinds);

  if (code != BF_CTL_OK)
    return code;
  if (ctl->series != NULL && (series.kinds[0] == NULL || series.kinds[1] != NULL))
    return bf_ground_usage (ground, _ ("expected one --kind, such as parking.off_street"));
  for (guint i = 0; i < bf_catalog_n_services (ground->catalog); i++)
    bf_past_add_feed (ground->past, NULL, i, ground->stale_us);
  for (guint i = 0; ctl->series != NULL && ctl->series[i] != NULL; i++)
    if (!bf_past_read_series (ground->past, ctl->series[i], &series, &error))
      return bf_ground_fail (error);
  return ctl->observations != NULL ? bf_ground_read_observations (ground, &series) : BF_CTL_OK;
}

/* A payload that cannot be read is a problem: an engine would have gone on with the next. */
static int
read_payloads (Rehearsing *rehearsing)
{
  BfGround *ground = &rehearsing->ground;
  const BfCtl *ctl = ground->ctl;
  const char *zone = ground->city != NULL ? ground->city->zone_name : ctl->zone;
  g_autoptr (GError) error = NULL;
  g_autoptr (BfFeedDef) def = bf_feed_def_load (ctl->feed, 0, ground->catalog, ground->problems, &error);
  guint16 feed;

  if (def == NULL)
    return bf_ground_fail (error);
  if (def->service == BF_NO_SERVICE || def->bad)
    return BF_CTL_FAILED;
  if (rehearsing->payloads->len == 0)
    return bf_ground_usage (ground, _ ("expected payloads behind --feed FILE.feed"));
  feed = bf_past_add_feed (ground->past, def->name, def->service, bf_feed_def_stale_us (def));
  for (guint i = 0; i < rehearsing->payloads->len; i++)
    {
      const char *path = g_ptr_array_index (rehearsing->payloads, i);
      g_autoptr (GError) bad = NULL;

      if (!bf_past_read_payload (ground->past, ctl->feed_program, ctl->plugins_dir, zone, def, feed, path, &bad))
        bf_problems_add (ground->problems, path, 0, "%s", bad->message);
    }
  return BF_CTL_OK;
}

static int
read_past (Rehearsing *rehearsing)
{
  const BfCtl *ctl = rehearsing->ground.ctl;

  if (ctl->series != NULL || ctl->observations != NULL)
    return read_files (rehearsing);
  if (ctl->feed != NULL)
    return read_payloads (rehearsing);
  if (ctl->city != NULL)
    return BF_CTL_OK; /* read while it is rehearsed */
  return bf_ground_usage (&rehearsing->ground,
                          _ ("expected the past: --series FILE, --observations FILE, --feed FILE.feed PAYLOAD… or --city DIR"));
}

static int
run_store (Rehearsing *rehearsing, BfRehearsal *const *rehearsals, guint n)
{
  BfGround *ground = &rehearsing->ground;
  g_autofree char *dir = bf_ground_store_dir (ground);
  BfPastStore store = { dir, ground->ctl->city, 0, ground->to_us, 0, 0 };
  g_autoptr (GError) error = NULL;

  if (!bf_past_run_store (ground->catalog, &store, rehearsals, n, ground->problems, &error))
    return bf_ground_fail (error);
  rehearsing->trial.n_derived = store.n_derived;
  rehearsing->trial.n_refused = store.n_unknown;
  return BF_CTL_OK;
}

/* ---- The rehearsal ---- */

static int
rehearse (Rehearsing *rehearsing)
{
  static const BfRehearsalHandler handler = { NULL, bf_ground_feed_name };
  BfGround *ground = &rehearsing->ground;
  const BfCtl *ctl = ground->ctl;
  BfTrial *trial = &rehearsing->trial;
  BfRehearsalOptions options = { ground->zone, ground->zones, ground->from_us, TRUE, FALSE };
  BfRehearsal *rehearsals[2];
  gint64 begun_us = g_get_monotonic_time ();
  guint n = 0;
  int code = BF_CTL_OK;

  rehearsals[n++] = trial->rehearsal = bf_rehearsal_new (ground->catalog, trial->rules, &options, &handler, ground);
  if (trial->in_force != NULL)
    rehearsals[n++] = trial->rehearsal_in_force = bf_rehearsal_new (ground->catalog, trial->in_force, &options, &handler, ground);
  for (guint i = 0; i < n; i++)
    bf_ground_set_plan (ground, rehearsals[i], i == 0);
  if (ctl->series == NULL && ctl->observations == NULL && ctl->feed == NULL)
    code = run_store (rehearsing, rehearsals, n);
  else
    bf_past_run (ground->past, rehearsals, n, ground->to_us);
  if (code != BF_CTL_OK)
    return code;
  trial->figures = bf_figures_new (trial->rehearsal);
  if (trial->rehearsal_in_force != NULL)
    {
      trial->figures_in_force = bf_figures_new (trial->rehearsal_in_force);
      trial->comparison = bf_comparison_new (trial->rules, trial->figures, trial->in_force, trial->figures_in_force);
    }
  trial->took_us = g_get_monotonic_time () - begun_us;
  bf_past_counts (ground->past, &trial->past);
  trial->n_refused += trial->past.n_refused;
  return BF_CTL_OK;
}

/* --rules and what stands behind it is one list. */
static void
sort_arguments (Rehearsing *rehearsing, const BfCtl *ctl, char **arguments)
{
  for (guint i = 0; ctl->rules != NULL && ctl->rules[i] != NULL; i++)
    g_ptr_array_add (rehearsing->rule_files, ctl->rules[i]);
  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (g_str_has_suffix (arguments[i], ".rules") ? rehearsing->rule_files : rehearsing->payloads, arguments[i]);
}

int
bf_ctl_rules_rehearse (const BfCtl *ctl, BfCatalog *catalog, char **arguments)
{
  g_auto (Rehearsing) rehearsing = { .rule_files = g_ptr_array_new (), .payloads = g_ptr_array_new () };
  BfGround *ground = &rehearsing.ground;
  BfTrial *trial = &rehearsing.trial;
  int code = bf_ground_open (ground, ctl, "rules rehearse", catalog);

  sort_arguments (&rehearsing, ctl, arguments);
  if (code == BF_CTL_OK && rehearsing.payloads->len > 0 && ctl->feed == NULL)
    code = bf_ground_usage (ground, _ ("expected files of rules, whose names end in .rules; payloads need --feed FILE.feed"));
  if (code == BF_CTL_OK)
    code = load_rules (&rehearsing);
  if (code == BF_CTL_OK)
    code = read_past (&rehearsing);
  trial->catalog = ground->catalog;
  trial->zone = ground->zone;
  if (code == BF_CTL_OK)
    code = rehearse (&rehearsing);
  bf_ground_print_problems (ground);
  if (code != BF_CTL_OK)
    return code;
  if (ctl->json)
    bf_trial_print_json (trial);
  else
    bf_trial_print (trial);
  return ground->problems->len > 0 || bf_rehearsal_counts (trial->rehearsal)->n_observations == 0 ? BF_CTL_PROBLEMS : BF_CTL_OK;
}
