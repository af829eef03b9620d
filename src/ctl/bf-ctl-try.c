/* SPDX-License-Identifier: EUPL-1.2 */
/* `rules try`: what rules would have said of the past, through the evaluator and the book that the engine runs. The past is
 * tables (--series), observations a line (--observations) or payloads (--feed). */

#include "ctl/bf-ctl-try.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-paths.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-print.h"
#include "model/bf-city.h"

#define REFUSED_SHOWN 20u

typedef struct
{
  const BfCtl *ctl;
  BfTrial trial;
  BfCity *city;
  BfZones *zones;
  BfPast *past;
  GPtrArray *problems;
  GPtrArray *rule_files;
  GPtrArray *payloads;
  gint64 from_us;
  gint64 to_us;
  gint64 stale_us;
} Try;

static void
try_clear (Try *try)
{
  BfTrial *trial = &try->trial;

  g_clear_pointer (&trial->figures, bf_figures_free);
  g_clear_pointer (&trial->figures_in_force, bf_figures_free);
  g_clear_pointer (&trial->rehearsal, bf_rehearsal_free);
  g_clear_pointer (&trial->rehearsal_in_force, bf_rehearsal_free);
  g_clear_pointer (&trial->rules, bf_rule_set_free);
  g_clear_pointer (&trial->in_force, bf_rule_set_free);
  g_clear_pointer (&try->past, bf_past_free);
  g_clear_pointer (&try->zones, bf_zones_free);
  g_clear_pointer (&try->city, bf_city_free);
  g_clear_pointer (&trial->catalog, bf_catalog_free);
  g_clear_pointer (&trial->zone, g_time_zone_unref);
  g_clear_pointer (&try->problems, g_ptr_array_unref);
  g_clear_pointer (&try->rule_files, g_ptr_array_unref);
  g_clear_pointer (&try->payloads, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Try, try_clear)

static int
fail (const GError *error)
{
  g_printerr ("beffroictl: %s\n", error->message);
  return BF_CTL_FAILED;
}

static int
usage (const char *text)
{
  g_printerr ("beffroictl rules try: %s\n", text);
  return BF_CTL_USAGE;
}

/* ---- What is asked ---- */

static gboolean
parse_time (const Try *try, const char *option, const char *text, gint64 *ret_us)
{
  *ret_us = BF_TIME_NONE;
  if (text == NULL || bf_time_parse_rfc3339 (text, strlen (text), try->trial.zone, ret_us))
    return TRUE;
  g_printerr (_ ("beffroictl rules try: %s: expected a time such as 2026-03-29T01:30:00Z, found “%s”\n"), option, text);
  return FALSE;
}

static gboolean
parse_options (Try *try)
{
  const BfCtl *ctl = try->ctl;
  g_autoptr (GError) error = NULL;

  if (!parse_time (try, "--from", ctl->from, &try->from_us) || !parse_time (try, "--to", ctl->to, &try->to_us))
    return FALSE;
  if (try->from_us != BF_TIME_NONE && try->to_us != BF_TIME_NONE && try->to_us <= try->from_us)
    {
      g_printerr (_ ("beffroictl rules try: expected --to after --from\n"));
      return FALSE;
    }
  if (ctl->stale != NULL && !bf_duration_parse (ctl->stale, &try->stale_us, &error))
    {
      g_printerr ("beffroictl rules try: --stale: %s\n", error->message);
      return FALSE;
    }
  return TRUE;
}

static int
open_city (Try *try)
{
  const BfCtl *ctl = try->ctl;
  g_autoptr (GError) error = NULL;

  if (ctl->city == NULL)
    {
      try->trial.zone = g_time_zone_new_identifier (ctl->zone);
      if (try->trial.zone == NULL)
        {
          g_printerr (_ ("beffroictl rules try: --zone: expected a time zone such as Europe/Paris, found “%s”\n"), ctl->zone);
          return BF_CTL_USAGE;
        }
      return BF_CTL_OK;
    }
  try->city = bf_city_load (ctl->city, try->problems, &error);
  if (try->city == NULL)
    return fail (error);
  try->trial.zone = g_time_zone_ref (try->city->zone);
  if (try->city->zones != NULL && (try->zones = bf_zones_load (try->city->zones, try->problems, &error)) == NULL)
    bf_problems_add (try->problems, try->city->zones, 0, "%s", error->message);
  return BF_CTL_OK;
}

/* ---- Rules ---- */

/* @like: (nullable): only the rules whose ids it has. */
static BfRuleSet *
load_in_force (Try *try, const BfRuleSet *like)
{
  BfRuleSet *set = bf_rule_set_new (try->trial.catalog, try->problems);

  bf_rule_set_set_alsace_moselle (set, try->city != NULL && try->city->alsace_moselle);
  bf_rule_set_add_in_force (set, try->ctl->city, try->problems);
  if (like != NULL)
    bf_rule_set_keep_like (set, like);
  bf_rule_set_keep_read (set);
  bf_rule_set_link (set, FALSE, try->problems);
  bf_rule_set_finish (set);
  return set;
}

/* The rules of the files; beside them those in force, when a file has a rule of theirs. Without files those in force are tried. */
static int
load_rules (Try *try)
{
  BfTrial *trial = &try->trial;
  g_autoptr (GError) error = NULL;

  if (try->rule_files->len == 0)
    {
      trial->rules = load_in_force (try, NULL);
      return BF_CTL_OK;
    }
  trial->rules = bf_rule_set_new (trial->catalog, try->problems);
  bf_rule_set_set_alsace_moselle (trial->rules, try->city != NULL && try->city->alsace_moselle);
  for (guint i = 0; i < try->rule_files->len; i++)
    if (!bf_rule_set_add_file (trial->rules, g_ptr_array_index (try->rule_files, i), try->problems, &error))
      return fail (error);
  bf_rule_set_keep_read (trial->rules);
  bf_rule_set_link (trial->rules, FALSE, try->problems);
  bf_rule_set_finish (trial->rules);
  trial->in_force = load_in_force (try, trial->rules);
  if (bf_rule_set_n (trial->in_force) == 0)
    g_clear_pointer (&trial->in_force, bf_rule_set_free);
  return BF_CTL_OK;
}

static void
print_problems (const Try *try)
{
  for (guint i = 0; i < try->problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (try->problems, i));

      g_printerr ("%s\n", text);
    }
}

/* ---- The past ---- */

static void
refused_cb (gpointer user_data, const char *where, const char *reason)
{
  Try *try = user_data;
  g_autofree char *harmless = bf_ctl_harmless (reason);

  if (++try->trial.n_refused <= REFUSED_SHOWN)
    g_printerr ("%s: %s\n", where, harmless);
  else if (try->trial.n_refused == REFUSED_SHOWN + 1)
    g_printerr (_ ("… and others, which are counted\n"));
}

/* Tables and observations: what the command line says of them. */
static int
read_files (Try *try)
{
  const BfCtl *ctl = try->ctl;
  BfPastSeries series = { NULL, ctl->property, try->trial.zone, ctl->unchanged };
  g_autoptr (GError) error = NULL;

  if (ctl->kind != NULL && (series.kind = bf_catalog_find_kind (try->trial.catalog, ctl->kind)) == NULL)
    {
      g_printerr (_ ("beffroictl rules try: --kind: expected a kind of a plugin here, such as parking.off_street, found “%s”\n"), ctl->kind);
      return BF_CTL_USAGE;
    }
  if (ctl->series != NULL && series.kind == NULL)
    return usage (_ ("expected --kind, such as parking.off_street"));
  for (guint i = 0; i < bf_catalog_n_services (try->trial.catalog); i++)
    bf_past_add_feed (try->past, NULL, i, try->stale_us);
  for (guint i = 0; ctl->series != NULL && ctl->series[i] != NULL; i++)
    if (!bf_past_read_series (try->past, ctl->series[i], &series, &error))
      return fail (error);
  if (ctl->observations != NULL && !bf_past_read_ndjson (try->past, ctl->observations, &series, &error))
    return fail (error);
  return BF_CTL_OK;
}

/* A payload that cannot be read is a problem: an engine would have gone on with the next. */
static int
read_payloads (Try *try)
{
  const BfCtl *ctl = try->ctl;
  const char *zone = try->city != NULL ? try->city->zone_name : ctl->zone;
  g_autoptr (GError) error = NULL;
  g_autoptr (BfFeedDef) def = bf_feed_def_load (ctl->feed, 0, try->trial.catalog, try->problems, &error);
  guint16 feed;

  if (def == NULL)
    return fail (error);
  if (def->service == BF_NO_SERVICE || def->bad)
    return BF_CTL_FAILED;
  if (try->payloads->len == 0)
    return usage (_ ("expected payloads behind --feed FILE.feed"));
  feed = bf_past_add_feed (try->past, def->name, def->service, bf_feed_def_stale_us (def));
  for (guint i = 0; i < try->payloads->len; i++)
    {
      const char *path = g_ptr_array_index (try->payloads, i);
      g_autoptr (GError) bad = NULL;

      if (!bf_past_read_payload (try->past, ctl->feed_program, ctl->plugins_dir, zone, def, feed, path, &bad))
        bf_problems_add (try->problems, path, 0, "%s", bad->message);
    }
  return BF_CTL_OK;
}

static int
read_past (Try *try)
{
  const BfCtl *ctl = try->ctl;

  try->past = bf_past_new (try->trial.catalog, refused_cb, try);
  if (ctl->series != NULL || ctl->observations != NULL)
    return read_files (try);
  if (ctl->feed != NULL)
    return read_payloads (try);
  if (ctl->city != NULL)
    return BF_CTL_OK; /* read while it is rehearsed */
  return usage (_ ("expected the past: --series FILE, --observations FILE, --feed FILE.feed PAYLOAD… or --city DIR"));
}

static int
run_store (Try *try, BfRehearsal *const *rehearsals, guint n)
{
  g_autofree char *data = try->ctl->data != NULL ? g_strdup (try->ctl->data) : bf_paths_data_dir (try->ctl->city);
  BfPastStore store = { try->city->store != NULL ? try->city->store : data, try->ctl->city, 0, try->to_us, 0, 0 };
  g_autoptr (GError) error = NULL;

  if (!bf_past_run_store (try->trial.catalog, &store, rehearsals, n, try->problems, &error))
    return fail (error);
  try->trial.n_derived = store.n_derived;
  try->trial.n_refused += store.n_unknown;
  return BF_CTL_OK;
}

static const char *
feed_name_cb (gpointer user_data, guint16 feed)
{
  return bf_past_feed_name (((Try *) user_data)->past, feed);
}

/* The city's plan of its lighting: each rehearsal owns one. Problems are told once. */
static BfLightingPlan *
load_plan (Try *try, GPtrArray *problems)
{
  g_autoptr (GPtrArray) paths = bf_city_list (try->ctl->city, "lighting.d", ".plan", problems);
  BfLightingPlan *plan = bf_lighting_plan_new ();

  for (guint i = 0; i < paths->len; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!bf_lighting_plan_add_file (plan, g_ptr_array_index (paths, i), problems, &error))
        bf_problems_add (problems, g_ptr_array_index (paths, i), 0, "%s", error->message);
    }
  if (try->zones != NULL)
    bf_lighting_plan_set_zones (plan, try->zones, problems);
  return plan;
}

static int
rehearse (Try *try)
{
  static const BfRehearsalHandler handler = { NULL, feed_name_cb };
  const BfCtl *ctl = try->ctl;
  BfTrial *trial = &try->trial;
  BfRehearsalOptions options = { trial->zone, try->zones, try->from_us, TRUE };
  BfRehearsal *rehearsals[2];
  guint n = 0;
  int code = BF_CTL_OK;

  rehearsals[n++] = trial->rehearsal = bf_rehearsal_new (trial->catalog, trial->rules, &options, &handler, try);
  if (trial->in_force != NULL)
    rehearsals[n++] = trial->rehearsal_in_force = bf_rehearsal_new (trial->catalog, trial->in_force, &options, &handler, try);
  for (guint i = 0; try->city != NULL && i < n; i++)
    {
      g_autoptr (GPtrArray) again = bf_problems_new ();

      bf_rehearsal_set_lighting_plan (rehearsals[i], load_plan (try, i == 0 ? try->problems : again));
    }
  if (ctl->series == NULL && ctl->observations == NULL && ctl->feed == NULL)
    code = run_store (try, rehearsals, n);
  else
    bf_past_run (try->past, rehearsals, n, try->to_us);
  if (code != BF_CTL_OK)
    return code;
  trial->figures = bf_figures_new (trial->rehearsal);
  if (trial->rehearsal_in_force != NULL)
    trial->figures_in_force = bf_figures_new (trial->rehearsal_in_force);
  bf_past_counts (try->past, &trial->past);
  return BF_CTL_OK;
}

int
bf_ctl_rules_try (const BfCtl *ctl, BfCatalog *catalog, char **arguments)
{
  g_auto (Try) try = { .ctl = ctl, .trial.catalog = catalog, .problems = bf_problems_new (), .rule_files = g_ptr_array_new (),
                       .payloads = g_ptr_array_new () };
  int code;

  for (guint i = 0; arguments[i] != NULL; i++)
    g_ptr_array_add (g_str_has_suffix (arguments[i], ".rules") ? try.rule_files : try.payloads, arguments[i]);
  if (try.payloads->len > 0 && ctl->feed == NULL)
    return usage (_ ("expected files of rules, whose names end in .rules; payloads need --feed FILE.feed"));
  code = open_city (&try);
  if (code == BF_CTL_OK && !parse_options (&try))
    code = BF_CTL_USAGE;
  if (code == BF_CTL_OK)
    code = load_rules (&try);
  if (code == BF_CTL_OK)
    code = read_past (&try);
  if (code == BF_CTL_OK)
    code = rehearse (&try);
  print_problems (&try);
  if (code != BF_CTL_OK)
    return code;
  if (ctl->json)
    bf_trial_print_json (&try.trial);
  else
    bf_trial_print (&try.trial);
  return try.problems->len > 0 || bf_rehearsal_counts (try.trial.rehearsal)->n_observations == 0 ? BF_CTL_PROBLEMS : BF_CTL_OK;
}
