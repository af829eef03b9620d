/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-demo-scenario.h. */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-scenario.h"

#include <gio/gio.h>
#include <string.h>

#include "base/bf-conf.h"
#include "base/bf-error.h"
#include "base/bf-time.h"

#define AT_MAX_US (2 * G_TIME_SPAN_DAY)
#define SPEED_MAX 86400.0

static void
clear_step (gpointer data)
{
  BfDemoStep *step = data;

  g_free (step->name);
  g_free (step->kind);
  g_free (step->id);
}

void
bf_demo_scenario_free (BfDemoScenario *scenario)
{
  if (scenario == NULL)
    return;
  g_free (scenario->path);
  g_free (scenario->name);
  g_array_unref (scenario->steps);
  g_free (scenario);
}

/* Up to two days; @ret_us stays when the key is not there or bad. */
static void
read_duration (const BfConf *conf, const BfConfGroup *group, const char *key, gint64 *ret_us, GPtrArray *problems)
{
  const char *text = bf_conf_group_get (group, key);
  g_autoptr (GError) error = NULL;
  gint64 value_us;

  if (text == NULL)
    return;
  if (!bf_duration_parse (text, &value_us, &error))
    bf_problems_add (problems, conf->path, bf_conf_group_line (group, key), "%s: %s", key, error->message);
  else if (value_us < 0 || value_us > AT_MAX_US)
    bf_problems_add (problems, conf->path, bf_conf_group_line (group, key), "%s=%s, expected 0s to 2d", key, text);
  else
    *ret_us = value_us;
}

static void
read_head (BfDemoScenario *scenario, const BfConf *conf, const BfConfGroup *group, GPtrArray *problems)
{
  static const char *const known[] = { "Name", "Begin", "Speed", NULL };
  const char *begin = bf_conf_group_get (group, "Begin"), *speed = bf_conf_group_get (group, "Speed");
  char *end = NULL;

  bf_conf_group_check_keys (conf, group, known, problems);
  scenario->name = g_strdup (bf_conf_group_get (group, "Name"));
  scenario->market = g_strcmp0 (begin, "market") == 0;
  if (begin != NULL && !scenario->market && !g_str_equal (begin, "now"))
    bf_problems_add (problems, conf->path, bf_conf_group_line (group, "Begin"), "Begin=%s, expected now or market", begin);
  if (speed == NULL)
    return;
  scenario->speed = g_ascii_strtod (speed, &end);
  if (end == speed || *end != '\0' || !(scenario->speed >= 0 && scenario->speed <= SPEED_MAX))
    bf_problems_add (problems, conf->path, bf_conf_group_line (group, "Speed"), "Speed=%s, expected a number from 0 to %.0f", speed, SPEED_MAX);
}

static void
read_step (BfDemoScenario *scenario, const BfConf *conf, const BfConfGroup *group, GPtrArray *problems)
{
  static const char *const known[] = { "At", "Since", "Kind", "Id", "For", NULL };
  BfDemoStep step = { .line = group->line };
  gint64 since_us = 0;

  bf_conf_group_check_keys (conf, group, known, problems);
  if ((bf_conf_group_get (group, "At") != NULL) == (bf_conf_group_get (group, "Since") != NULL))
    bf_problems_add (problems, conf->path, group->line,
                     "[Incident %s], expected either At=, a time after the start, such as At=30s, or Since=, one before, such as Since=36h", group->name);
  if (bf_conf_group_get (group, "Kind") == NULL)
    bf_problems_add (problems, conf->path, group->line, "[Incident %s] has no Kind=, expected an incident, such as Kind=cabinet-trip", group->name);
  read_duration (conf, group, "At", &step.at_us, problems);
  read_duration (conf, group, "Since", &since_us, problems);
  read_duration (conf, group, "For", &step.for_us, problems);
  step.at_us -= since_us;
  step.name = g_strdup (group->name);
  step.kind = g_strdup (bf_conf_group_get (group, "Kind"));
  step.id = g_strdup (bf_conf_group_get (group, "Id"));
  if (bf_conf_group_get (group, "Kind") != NULL)
    step.line = bf_conf_group_line (group, step.id != NULL ? "Id" : "Kind");
  g_array_append_val (scenario->steps, step);
}

static void
read_groups (BfDemoScenario *scenario, const BfConf *conf, GPtrArray *problems)
{
  gboolean head = FALSE;

  for (guint i = 0; i < conf->groups->len; i++)
    {
      const BfConfGroup *group = g_ptr_array_index (conf->groups, i);

      if (g_str_equal (group->type, "Scenario") && group->name == NULL)
        {
          read_head (scenario, conf, group, problems);
          head = TRUE;
        }
      else if (g_str_equal (group->type, "Incident") && group->name != NULL)
        read_step (scenario, conf, group, problems);
      else
        bf_problems_add (problems, conf->path, group->line, "[%s%s%s], expected [Scenario] or [Incident NAME]", group->type,
                         group->name != NULL ? " " : "", group->name != NULL ? group->name : "");
    }
  if (!head)
    bf_problems_add (problems, conf->path, 0, "no [Scenario], expected one with Name=");
}

BfDemoScenario *
bf_demo_scenario_load (const char *path, GError **error)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfConf) conf = bf_conf_load (path, problems, error);
  g_autoptr (BfDemoScenario) scenario = NULL;
  g_autoptr (GString) text = g_string_new (NULL);

  if (conf == NULL)
    return NULL;
  scenario = g_new0 (BfDemoScenario, 1);
  scenario->path = g_strdup (path);
  scenario->speed = 1;
  scenario->steps = g_array_new (FALSE, TRUE, sizeof (BfDemoStep));
  g_array_set_clear_func (scenario->steps, clear_step);
  read_groups (scenario, conf, problems);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *line = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_string_append_printf (text, "%s%s", i > 0 ? "\n" : "", line);
    }
  if (problems->len == 0)
    return g_steal_pointer (&scenario);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, text->str);
  return NULL;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names of the files there, apart by a comma. */
static char *
names_in (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".scenario"))
      g_ptr_array_add (names, g_strndup (name, strlen (name) - strlen (".scenario")));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return g_strjoinv (", ", (char **) names->pdata);
}

BfDemoScenario *
bf_demo_scenario_find (const char *folder, const char *name, GError **error)
{
  g_autofree char *scenarios = g_build_filename (folder, "demo", "scenarios", NULL), *path = NULL, *file = NULL;

  if (strchr (name, '/') != NULL || g_str_has_suffix (name, ".scenario"))
    return bf_demo_scenario_load (name, error);
  file = g_strconcat (name, ".scenario", NULL);
  path = g_build_filename (scenarios, file, NULL);
  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR))
    {
      g_autofree char *names = names_in (scenarios);

      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "--scenario %s: expected one of %s, or the path of a file", name, names);
      return NULL;
    }
  return bf_demo_scenario_load (path, error);
}

gboolean
bf_demo_scenario_begin (const BfDemoScenario *scenario, BfDemoCity *city, gint64 now_us, double hurry, GError **error)
{
  guint before = city->incidents->len;

  for (guint i = 0; i < scenario->steps->len; i++)
    {
      const BfDemoStep *step = &g_array_index (scenario->steps, BfDemoStep, i);

      if (bf_demo_city_begin (city, step->kind, step->id, now_us + (step->at_us > 0 ? (gint64) ((double) step->at_us / hurry) : step->at_us),
                              (double) step->for_us / G_USEC_PER_SEC, error))
        continue;
      g_prefix_error (error, "%s:%u: ", scenario->path, step->line);
      g_array_set_size (city->incidents, before);
      return FALSE;
    }
  return TRUE;
}
