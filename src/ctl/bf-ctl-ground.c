/* SPDX-License-Identifier: EUPL-1.2 */
/* What the commands over the past share: see bf-ctl-ground.h. */

#include "ctl/bf-ctl-ground.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-paths.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-print.h"

#define TOLD_SHOWN 20u

int
bf_ground_fail (const GError *error)
{
  g_printerr ("beffroictl: %s\n", error->message);
  return BF_CTL_FAILED;
}

int
bf_ground_usage (const BfGround *ground, const char *text)
{
  g_printerr ("beffroictl %s: %s\n", ground->command, text);
  return BF_CTL_USAGE;
}

/* ---- What is asked ---- */

static gboolean
parse_time (const BfGround *ground, const char *option, const char *text, gint64 *ret_us)
{
  *ret_us = BF_TIME_NONE;
  if (text == NULL || bf_time_parse_rfc3339 (text, strlen (text), ground->zone, ret_us))
    return TRUE;
  g_printerr (_ ("beffroictl %s: %s: expected a time such as 2026-03-29T01:30:00Z, found “%s”\n"), ground->command, option, text);
  return FALSE;
}

static gboolean
parse_options (BfGround *ground)
{
  const BfCtl *ctl = ground->ctl;
  g_autoptr (GError) error = NULL;

  if (!parse_time (ground, "--from", ctl->from, &ground->from_us) || !parse_time (ground, "--to", ctl->to, &ground->to_us))
    return FALSE;
  if (ground->from_us != BF_TIME_NONE && ground->to_us != BF_TIME_NONE && ground->to_us <= ground->from_us)
    {
      g_printerr (_ ("beffroictl %s: expected --to after --from\n"), ground->command);
      return FALSE;
    }
  if (ctl->stale != NULL && !bf_duration_parse (ctl->stale, &ground->stale_us, &error))
    {
      g_printerr ("beffroictl %s: --stale: %s\n", ground->command, error->message);
      return FALSE;
    }
  return TRUE;
}

static int
open_city (BfGround *ground)
{
  const BfCtl *ctl = ground->ctl;
  g_autoptr (GError) error = NULL;

  if (ctl->city == NULL)
    {
      ground->zone = g_time_zone_new_identifier (ctl->zone);
      if (ground->zone != NULL)
        return BF_CTL_OK;
      g_printerr (_ ("beffroictl %s: --zone: expected a time zone such as Europe/Paris, found “%s”\n"), ground->command, ctl->zone);
      return BF_CTL_USAGE;
    }
  ground->city = bf_city_load (ctl->city, ground->problems, &error);
  if (ground->city == NULL)
    return bf_ground_fail (error);
  ground->zone = g_time_zone_ref (ground->city->zone);
  if (ground->city->zones != NULL && (ground->zones = bf_zones_load (ground->city->zones, ground->problems, &error)) == NULL)
    bf_problems_add_error (ground->problems, ground->city->zones, error);
  return BF_CTL_OK;
}

static void
tell_cb (gpointer user_data, const char *where, const char *what)
{
  BfGround *ground = user_data;
  g_autofree char *harmless = bf_ctl_harmless (what);

  if (++ground->n_told <= TOLD_SHOWN)
    g_printerr ("%s: %s\n", where, harmless);
  else if (ground->n_told == TOLD_SHOWN + 1)
    g_printerr (_ ("… and others, which are counted\n"));
}

/**
 * bf_ground_open:
 * @command: such as "rules rehearse"
 * @catalog: (transfer full)
 *
 * Returns: %BF_CTL_OK, or what is wrong, which has been said
 */
int
bf_ground_open (BfGround *ground, const BfCtl *ctl, const char *command, BfCatalog *catalog)
{
  int code;

  *ground = (BfGround){ .ctl = ctl, .command = command, .catalog = catalog, .problems = bf_problems_new () };
  code = open_city (ground);
  if (code == BF_CTL_OK && !parse_options (ground))
    code = BF_CTL_USAGE;
  if (code == BF_CTL_OK)
    ground->past = bf_past_new (catalog, tell_cb, ground);
  return code;
}

void
bf_ground_clear (BfGround *ground)
{
  g_clear_pointer (&ground->past, bf_past_free);
  g_clear_pointer (&ground->zones, bf_zones_free);
  g_clear_pointer (&ground->city, bf_city_free);
  g_clear_pointer (&ground->zone, g_time_zone_unref);
  g_clear_pointer (&ground->problems, g_ptr_array_unref);
  g_clear_pointer (&ground->catalog, bf_catalog_free);
}

void
bf_ground_print_problems (const BfGround *ground)
{
  for (guint i = 0; i < ground->problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (ground->problems, i));

      g_printerr ("%s\n", text);
    }
}

/* ---- Rules ---- */

/* What rules may ask of the city. */
static void
set_city (BfRuleSet *set, const BfGround *ground)
{
  if (ground->city == NULL)
    return;
  bf_rule_set_set_alsace_moselle (set, ground->city->alsace_moselle);
  bf_rule_set_set_zones (set, ground->zones);
}

/**
 * bf_ground_in_force:
 * @like: (nullable): only the rules whose ids it has
 *
 * Returns: (transfer full): the rules of the plugins and, with a city, its own; finished
 */
BfRuleSet *
bf_ground_in_force (BfGround *ground, const BfRuleSet *like)
{
  BfRuleSet *set = bf_rule_set_new (ground->catalog, ground->problems);

  set_city (set, ground);
  bf_rule_set_add_in_force (set, ground->ctl->city, ground->problems);
  if (like != NULL)
    bf_rule_set_keep_like (set, like);
  bf_rule_set_keep_read (set);
  bf_rule_set_link (set, FALSE, ground->problems);
  bf_rule_set_finish (set);
  return set;
}

/**
 * bf_ground_rules:
 * @files: (element-type filename): of rules; when it is empty those in force
 *
 * Returns: (transfer full) (nullable): finished; %NULL: a file cannot be read, which has been said
 */
BfRuleSet *
bf_ground_rules (BfGround *ground, const GPtrArray *files)
{
  g_autoptr (BfRuleSet) set = NULL;
  g_autoptr (GError) error = NULL;

  if (files->len == 0)
    return bf_ground_in_force (ground, NULL);
  set = bf_rule_set_new (ground->catalog, ground->problems);
  set_city (set, ground);
  for (guint i = 0; i < files->len; i++)
    if (!bf_rule_set_add_file (set, g_ptr_array_index (files, i), ground->problems, &error))
      {
        bf_ground_fail (error);
        return NULL;
      }
  bf_rule_set_keep_read (set);
  bf_rule_set_link (set, FALSE, ground->problems);
  bf_rule_set_finish (set);
  return g_steal_pointer (&set);
}

/**
 * bf_ground_set_plan:
 * @first: its problems are told; of a second rehearsal they are the same
 *
 * The city's plan of its lighting, if there is a city: each rehearsal owns one.
 */
void
bf_ground_set_plan (BfGround *ground, BfRehearsal *rehearsal, gboolean first)
{
  g_autoptr (GPtrArray) again = bf_problems_new ();
  GPtrArray *problems = first ? ground->problems : again;
  g_autoptr (GPtrArray) paths = NULL;
  BfLightingPlan *plan;

  if (ground->city == NULL)
    return;
  paths = bf_city_list (ground->ctl->city, "lighting.d", ".plan", problems);
  plan = bf_lighting_plan_new ();
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);
      g_autoptr (GError) error = NULL;

      if (!bf_lighting_plan_add_file (plan, path, problems, &error))
        bf_problems_add_error (problems, path, error);
    }
  bf_lighting_plan_set_zones (plan, ground->zones, problems);
  bf_rehearsal_set_lighting_plan (rehearsal, plan);
}

/* ---- The past ---- */

/**
 * bf_ground_kinds:
 * @ret_kinds: (array length=BF_PAST_KINDS_MAX) (out caller-allocates): what --kind says, %NULL behind the last
 *
 * Kinds are written as in rules, or with a slash: parking.off_street, parking/off_street.
 */
int
bf_ground_kinds (BfGround *ground, const BfKind **ret_kinds)
{
  char *const *said = ground->ctl->kinds;
  guint n = said != NULL ? g_strv_length (ground->ctl->kinds) : 0;

  if (n >= BF_PAST_KINDS_MAX)
    return bf_ground_usage (ground, _ ("--kind is given too often"));
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdelimit (g_strdup (said[i]), "/", '.');

      ret_kinds[i] = bf_catalog_find_kind (ground->catalog, id);
      if (ret_kinds[i] == NULL)
        {
          g_printerr (_ ("beffroictl %s: --kind: expected a kind of a plugin here, such as parking.off_street, found “%s”\n"),
                      ground->command, said[i]);
          return BF_CTL_USAGE;
        }
    }
  ret_kinds[n] = NULL;
  return BF_CTL_OK;
}

/* (transfer full) (nullable): where the city's store lies. */
char *
bf_ground_store_dir (const BfGround *ground)
{
  if (ground->city != NULL && ground->city->store != NULL)
    return g_strdup (ground->city->store);
  if (ground->ctl->data != NULL)
    return g_strdup (ground->ctl->data);
  return ground->ctl->city != NULL ? bf_paths_data_dir (ground->ctl->city) : NULL;
}

/**
 * bf_ground_read_observations:
 *
 * What --observations names; the assets of the city's store are known to it, if there is one. Before it all feeds of files are there, so
 * that a stream may have begun.
 */
int
bf_ground_read_observations (BfGround *ground, const BfPastSeries *series)
{
  g_autofree char *dir = bf_ground_store_dir (ground);
  g_autoptr (GError) error = NULL;

  if (dir != NULL && !bf_past_know_assets (ground->past, dir, &error))
    return bf_ground_fail (error);
  return bf_past_read_ndjson (ground->past, ground->ctl->observations, series, &error) ? BF_CTL_OK : bf_ground_fail (error);
}

const char *
bf_ground_feed_name (gpointer ground, guint16 feed)
{
  return bf_past_feed_name (((BfGround *) ground)->past, feed);
}
