/* SPDX-License-Identifier: EUPL-1.2 */
/* The commands that need no engine: what a payload gives, and whether rules are right. `decode` runs the real beffroi-feed,
 * so that what it prints is what an engine would get. */

#include "ctl/bf-ctl.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-print.h"
#include "feed/bf-decode.h"
#include "model/bf-city.h"
#include "model/bf-city-files.h"
#include "rules/bf-rules.h"

static int
fail (const GError *error)
{
  g_printerr ("beffroictl: %s\n", error->message);
  return BF_CTL_FAILED;
}

BfCatalog *
bf_ctl_catalog (const BfCtl *ctl)
{
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;

  if (!bf_catalog_add_plugin_dirs (catalog, ctl->plugins_dir, problems, &error))
    {
      g_printerr ("beffroictl: %s\n", error->message);
      return NULL;
    }
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_printerr ("%s\n", text);
    }
  return g_steal_pointer (&catalog);
}

/* --- decode --------------------------------------------------------------------------------------------------------- */

static int
run_decode (const BfCtl *ctl, const BfCatalog *catalog, const BfFeedDef *def, const char *payload)
{
  g_autoptr (GString) observations = g_string_new (NULL);
  g_autoptr (GString) refused = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  BfFeedStatus status;
  gboolean good = bf_decode_payload (catalog, ctl->feed_program, ctl->plugins_dir, ctl->zone, def, payload, BF_TIME_NONE,
                                     observations, refused, &status, &error);

  fwrite (observations->str, 1, observations->len, stdout);
  fwrite (refused->str, 1, refused->len, stderr);
  if (!good)
    return fail (error);
  if (status.n_refused > 0)
    g_printerr (_ ("%" PRIu64 " refused, %" PRIu64 " observations\n"), status.n_refused, status.n_observations);
  return status.n_observations == 0 && status.n_refused > 0 ? BF_CTL_PROBLEMS : BF_CTL_OK;
}

int
bf_ctl_decode (const BfCtl *ctl, char **arguments)
{
  g_autoptr (BfCatalog) catalog = NULL;
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfFeedDef) def = NULL;
  g_autoptr (GError) error = NULL;

  if (ctl->feed == NULL || arguments[0] == NULL)
    {
      g_printerr (_ ("beffroictl decode: expected --feed FILE.feed PAYLOAD\n"));
      return BF_CTL_USAGE;
    }
  catalog = bf_ctl_catalog (ctl);
  if (catalog == NULL)
    return BF_CTL_FAILED;
  def = bf_feed_def_load (ctl->feed, 0, catalog, problems, &error);
  if (def == NULL)
    return fail (error);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_printerr ("%s\n", text);
    }
  if (def->service == BF_NO_SERVICE || def->bad)
    return BF_CTL_FAILED;
  return run_decode (ctl, catalog, def, arguments[0]);
}

/* --- rules check ---------------------------------------------------------------------------------------------------- */

static void
print_rules (const BfRuleSet *set)
{
  for (guint i = 0; i < bf_rule_set_n (set); i++)
    {
      const BfRule *rule = bf_rule_set_get (set, i);
      g_autofree char *words = bf_rule_words (set, rule);

      g_print ("%s:%u: %s (%s): %s\n", rule->file, rule->line, rule->id, bf_ctl_word (bf_priority_id (rule->priority)), words);
    }
}

static gboolean
is_plugin_dir (const BfCatalog *catalog, const char *dir)
{
  for (guint i = 0; i < bf_catalog_n_services (catalog); i++)
    {
      g_autofree char *known = g_canonicalize_filename (bf_catalog_service (catalog, i)->dir, NULL);

      if (g_str_equal (known, dir))
        return TRUE;
    }
  return FALSE;
}

/* Whether it is known what the rules of @file may name: they stand in a plugin, or in the rules.d of a city, which is
 * @city then when it is not known yet. */
static gboolean
find_city (const BfCatalog *catalog, const char *file, char **city)
{
  g_autofree char *path = g_canonicalize_filename (file, NULL);
  g_autofree char *dir = g_path_get_dirname (path);
  g_autofree char *base = g_path_get_basename (dir);

  if (*city != NULL || is_plugin_dir (catalog, dir))
    return TRUE;
  if (!g_str_equal (base, "rules.d"))
    return FALSE;
  *city = g_path_get_dirname (dir);
  return TRUE;
}

/* A rule in a file on its own may be meant for any city: nothing is said of the names in it. */
static void
check_names (const BfRuleSet *set, const BfCatalog *catalog, const char *city_dir, char **files, GPtrArray *problems)
{
  g_autofree char *city = g_strdup (city_dir);
  g_auto (GStrv) procedures = NULL;
  g_auto (GStrv) contacts = NULL;

  for (guint i = 0; files[i] != NULL; i++)
    if (!find_city (catalog, files[i], &city))
      return;
  procedures = bf_city_procedures (catalog, city, problems);
  contacts = bf_city_contacts (city, problems);
  bf_rule_set_check_names (set, (const char *const *) procedures, (const char *const *) contacts, problems);
}

/* (transfer full) (nullable): the zones of a city that is named, so that rules that name others are told. */
static BfZones *
set_zones (BfRuleSet *set, const char *city_dir, GPtrArray *problems)
{
  g_autoptr (BfCity) city = city_dir != NULL ? bf_city_load (city_dir, problems, NULL) : NULL;
  g_autoptr (GError) error = NULL;
  BfZones *zones = NULL;

  if (city == NULL)
    return NULL;
  if (city->zones != NULL && (zones = bf_zones_load (city->zones, problems, &error)) == NULL)
    bf_problems_add_error (problems, city->zones, error);
  bf_rule_set_set_zones (set, zones);
  return zones;
}

/* Of no @files: the rules that the city has in force. */
static int
check_rules (const BfCtl *ctl, const BfCatalog *catalog, char **files)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfZones) zones = NULL; /* outlive the set */
  g_autoptr (BfRuleSet) set = bf_rule_set_new (catalog, problems);
  int unread = BF_CTL_OK;

  zones = set_zones (set, ctl->city, problems);
  if (files[0] == NULL)
    bf_rule_set_add_in_force (set, ctl->city, problems);
  for (guint i = 0; files[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (!bf_rule_set_add_file (set, files[i], problems, &error))
        unread = fail (error);
    }
  check_names (set, catalog, ctl->city, files, problems);
  bf_rule_set_link (set, files[0] == NULL, problems);
  bf_rule_set_finish (set);
  print_rules (set);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_printerr ("%s\n", text);
    }
  if (unread != BF_CTL_OK)
    return unread;
  return problems->len > 0 ? BF_CTL_PROBLEMS : BF_CTL_OK;
}

int
bf_ctl_rules (const BfCtl *ctl, char **arguments)
{
  gboolean check = g_strcmp0 (arguments[0], "check") == 0 && (arguments[1] != NULL || ctl->city != NULL);
  g_autoptr (BfCatalog) catalog = NULL;

  if (!check && g_strcmp0 (arguments[0], "rehearse") != 0)
    {
      g_printerr (_ ("beffroictl rules: expected “rules check FILE…”, “rules check --city DIR” or “rules rehearse [FILE…]”\n"));
      return BF_CTL_USAGE;
    }
  if (check && ctl->city != NULL && !g_file_test (ctl->city, G_FILE_TEST_IS_DIR))
    {
      g_printerr (_ ("beffroictl rules: %s: expected a city's folder\n"), ctl->city);
      return BF_CTL_NOT_FOUND;
    }
  catalog = bf_ctl_catalog (ctl);
  if (catalog == NULL)
    return BF_CTL_FAILED;
  return check ? check_rules (ctl, catalog, arguments + 1) : bf_ctl_rules_rehearse (ctl, g_steal_pointer (&catalog), arguments + 1);
}
