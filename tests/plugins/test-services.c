/* SPDX-License-Identifier: EUPL-1.2 */
/* Days of a city in short, one file a service (tests/cases/services/<service>.txt): what is measured, and which derived values
 * and stock rules of the plugin must follow. All with the plugin's real manifest and rules, and no clock.
 *
 *   start 2026-03-01T12:00          local time (Europe/Paris) of minute 0
 *   plan <line>                     a line of the city's lighting plan
 *   asset kind id [parent] [lat lon]
 *   M id property=value …           what is heard at minute M
 *   every N from A to B id property=X..Y … id property=…    a value each N minutes, going evenly from X to Y
 *   stale N                         values are stale after N minutes (a day, when this is not said)
 *   at M id property=value          the derived value (~: to a thousandth; "?": unknown; a state by its id)
 *   at M raised RULE id             the rule is raised there (and "rest": it is not)
 *   at M expected id property       a value is expected (and "unexpected": it is not)
 */

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "model/bf-model.h"
#include "rules/bf-evaluator.h"

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define STALE_MINUTES (24 * 60)

typedef struct
{
  char *service;
  BfCatalog *catalog;
  BfModel *model;
  BfRuleSet *set;
  BfEvaluator *evaluator;
  GTimeZone *zone;
  GString *plan;
  GHashTable *raised; /* "rule asset" */
  gint64 start_us;
  gint64 now_us;
  gboolean running; /* the evaluator is there: no plan line any more */
  guint n_checks;
} Day;

static void
rule_cb (gpointer user_data, const BfRuleEvent *event)
{
  Day *day = user_data;
  char *key = g_strdup_printf ("%s %u", bf_rule_set_get (day->set, event->rule)->id, event->asset);

  if (event->raised)
    g_hash_table_add (day->raised, key);
  else
    {
      g_hash_table_remove (day->raised, key);
      g_free (key);
    }
}

static const BfEvaluatorHandler handler = { rule_cb, NULL, NULL };

static void
set_stale (Day *day, gint64 minutes)
{
  for (guint i = 0; i < bf_catalog_n_properties (day->catalog); i++)
    bf_model_set_stale_limit (day->model, 0, (guint16) i, minutes * MINUTE_US);
}

static void
day_init (Day *day, const char *service)
{
  g_autofree char *dir = g_build_filename (g_getenv ("BEFFROI_PLUGINS"), service, NULL);
  g_autofree char *manifest = g_strdup_printf ("%s/%s.service", dir, service);
  g_autofree char *rules = g_strdup_printf ("%s/%s.rules", dir, service);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;

  *day = (Day){ .service = g_strdup (service), .catalog = bf_catalog_new (), .plan = g_string_new (NULL) };
  day->zone = g_time_zone_new_identifier ("Europe/Paris");
  day->raised = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  bf_catalog_add_manifest (day->catalog, manifest, problems, &error);
  g_assert_no_error (error);
  day->model = bf_model_new (day->catalog);
  day->set = bf_rule_set_new (day->catalog, problems);
  bf_rule_set_add_file (day->set, rules, problems, &error);
  g_assert_no_error (error);
  bf_rule_set_finish (day->set);
  g_assert_cmpuint (problems->len, ==, 0);
  set_stale (day, STALE_MINUTES);
}

static void
day_clear (Day *day)
{
  bf_evaluator_free (day->evaluator);
  bf_rule_set_free (day->set);
  bf_model_free (day->model);
  bf_catalog_free (day->catalog);
  g_time_zone_unref (day->zone);
  g_string_free (day->plan, TRUE);
  g_hash_table_unref (day->raised);
  g_free (day->service);
}

static void
begin (Day *day)
{
  BfLightingPlan *plan = bf_lighting_plan_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();

  day->running = TRUE;
  g_assert_true (bf_lighting_plan_add_text (plan, "plan", day->plan->str, day->plan->len, problems));
  day->evaluator = bf_evaluator_new (day->set, day->model, day->zone, &handler, day);
  bf_evaluator_set_lighting_plan (day->evaluator, plan);
  for (guint32 asset = 0; asset < bf_model_n_assets (day->model); asset++)
    bf_evaluator_add_asset (day->evaluator, asset, day->start_us);
  day->now_us = day->start_us;
  bf_evaluator_run (day->evaluator, day->now_us);
}

/* Time goes on: every timer on the way is run, as the engine's clock would. */
static void
go_to (Day *day, gint64 minute)
{
  gint64 to_us = day->start_us + minute * MINUTE_US;
  gint64 due_us;

  if (!day->running)
    begin (day);
  g_assert_cmpint (to_us, >=, day->now_us);
  while ((due_us = bf_evaluator_next_us (day->evaluator)) != BF_TIME_NONE && due_us <= to_us)
    bf_evaluator_run (day->evaluator, MAX (due_us, day->now_us));
  day->now_us = to_us;
  bf_evaluator_run (day->evaluator, to_us);
}

static guint32
find_asset (Day *day, const char *id)
{
  g_autofree char *full = g_strdup_printf ("%s/%s", day->service, id);
  guint32 asset = bf_model_find_asset (day->model, full);

  if (asset == BF_NO_ASSET)
    g_error ("no asset %s", full);
  return asset;
}

static const BfProperty *
find_property (Day *day, const char *id)
{
  const BfProperty *property = bf_catalog_find_property (day->catalog, 0, id);

  if (property == NULL)
    g_error ("no property %s", id);
  return property;
}

static void
add_asset (Day *day, char **words, guint n)
{
  g_autofree char *kind = g_strdup_printf ("%s.%s", day->service, words[1]);
  g_autofree char *id = g_strdup_printf ("%s/%s", day->service, words[2]);
  g_autofree char *parent = n == 4 || n == 6 ? g_strdup_printf ("%s/%s", day->service, words[3]) : NULL;
  g_autoptr (GError) error = NULL;
  BfAssetInfo info = { .id = id, .kind = bf_catalog_find_kind (day->catalog, kind)->index, .parent = parent, .point = { NAN, NAN } };

  if (n >= 5)
    info.point = (BfPoint){ g_ascii_strtod (words[n - 1], NULL), g_ascii_strtod (words[n - 2], NULL) };
  bf_model_put_asset (day->model, &info, 0, NULL, &error);
  g_assert_no_error (error);
}

static void
observe (Day *day, guint32 asset, const BfProperty *property, double value)
{
  g_assert_null (property->derive);
  bf_model_observe (day->model, asset, property->index, value, day->now_us, day->now_us, 0, 0);
  bf_evaluator_touch (day->evaluator, asset, property->index);
}

/* property=value or, at @share of the way, property=X..Y */
static void
observe_text (Day *day, guint32 asset, const char *text, double share)
{
  g_auto (GStrv) sides = g_strsplit (text, "=", 2);
  const BfProperty *property = find_property (day, sides[0]);
  g_auto (GStrv) ends = g_strsplit (sides[1], "..", 2);
  double from, to;

  if (property->type == BF_PROPERTY_STATE)
    {
      int value = bf_property_find_value (property, sides[1], strlen (sides[1]));

      g_assert_cmpint (value, >=, 0);
      observe (day, asset, property, value);
      return;
    }
  from = g_ascii_strtod (ends[0], NULL);
  to = ends[1] != NULL ? g_ascii_strtod (ends[1], NULL) : from;
  observe (day, asset, property, from + (to - from) * share);
}

/* every N from A to B id property=… */
static void
every (Day *day, char **words)
{
  gint64 step = g_ascii_strtoll (words[1], NULL, 10);
  gint64 from = g_ascii_strtoll (words[3], NULL, 10);
  gint64 to = g_ascii_strtoll (words[5], NULL, 10);
  guint32 asset = BF_NO_ASSET;

  g_assert_cmpint (step, >, 0);
  for (gint64 minute = from; minute <= to; minute += step)
    {
      go_to (day, minute);
      for (char **word = words + 6; *word != NULL; word++)
        if (strchr (*word, '=') == NULL)
          asset = find_asset (day, *word);
        else
          observe_text (day, asset, *word, to > from ? (double) (minute - from) / (double) (to - from) : 0);
      bf_evaluator_run (day->evaluator, day->now_us);
    }
}

static void
check_value (Day *day, const char *id, const char *text)
{
  g_auto (GStrv) sides = g_strsplit (text, "=", 2);
  const BfProperty *property = find_property (day, sides[0]);
  double value = NAN;
  gboolean known = bf_model_known (day->model, find_asset (day, id), property->index, day->now_us, &value);

  g_test_message ("  found %s %g", known ? "" : "unknown", value);
  g_assert_cmpint (known, ==, strcmp (sides[1], "?") != 0);
  if (known && property->type == BF_PROPERTY_STATE)
    g_assert_cmpstr (property->values[(guint) value], ==, sides[1]);
  else if (known)
    g_assert_cmpfloat_with_epsilon (value, g_ascii_strtod (sides[1], NULL), 1e-3);
}

static void
check (Day *day, char **words)
{
  go_to (day, g_ascii_strtoll (words[1], NULL, 10));
  day->n_checks++;
  if (strcmp (words[2], "raised") == 0 || strcmp (words[2], "rest") == 0)
    {
      g_autofree char *key = g_strdup_printf ("%s %u", words[3], find_asset (day, words[4]));

      g_assert_nonnull (bf_rule_set_find (day->set, words[3]));
      g_assert_cmpint (g_hash_table_contains (day->raised, key), ==, strcmp (words[2], "raised") == 0);
    }
  else if (strcmp (words[2], "expected") == 0 || strcmp (words[2], "unexpected") == 0)
    g_assert_cmpint (bf_evaluator_is_expected (day->evaluator, find_asset (day, words[3]), find_property (day, words[4])->index, day->now_us),
                     ==, strcmp (words[2], "expected") == 0);
  else
    check_value (day, words[2], words[3]);
}

static void
run_line (Day *day, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", -1);
  guint n = g_strv_length (words);

  if (strcmp (words[0], "start") == 0)
    {
      g_autofree char *stamp = g_strconcat (words[1], ":00", NULL);

      g_assert_true (bf_time_parse_rfc3339 (stamp, strlen (stamp), day->zone, &day->start_us));
    }
  else if (strcmp (words[0], "plan") == 0)
    g_string_append_printf (day->plan, "%s\n", line + strlen ("plan "));
  else if (strcmp (words[0], "stale") == 0)
    set_stale (day, g_ascii_strtoll (words[1], NULL, 10));
  else if (strcmp (words[0], "asset") == 0)
    add_asset (day, words, n);
  else if (strcmp (words[0], "every") == 0)
    every (day, words);
  else if (strcmp (words[0], "at") == 0)
    check (day, words);
  else
    {
      go_to (day, g_ascii_strtoll (words[0], NULL, 10));
      for (guint i = 2; i < n; i++)
        observe_text (day, find_asset (day, words[1]), words[i], 0);
      bf_evaluator_run (day->evaluator, day->now_us);
    }
}

static void
test_service (gconstpointer service)
{
  g_autofree char *file = g_strconcat (service, ".txt", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "tests", "cases", "services", file, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GError) error = NULL;
  guint n_checks = 0;
  Day day;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  lines = g_strsplit (text, "\n", -1);
  day_init (&day, service);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (lines[i][0] == '#' || lines[i][0] == '\0')
        continue;
      if (g_str_has_prefix (lines[i], "start ") && day.start_us != 0)
        {
          n_checks += day.n_checks;
          day_clear (&day);
          day_init (&day, service);
        }
      g_test_message ("line %u: %s", i + 1, lines[i]);
      run_line (&day, lines[i]);
    }
  g_assert_cmpuint (n_checks + day.n_checks, >, 0);
  day_clear (&day);
}

/* ---- The page of rules to copy ---- */

/* Every fenced block of rules of plugins/README.md, as a city's file over the real catalogue. */
static void
test_page (void)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "plugins", "README.md", NULL);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (BfRuleSet) set = NULL;
  g_autofree char *text = NULL;
  g_auto (GStrv) parts = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (bf_catalog_add_plugin_dirs (catalog, g_getenv ("BEFFROI_PLUGINS"), problems, &error));
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  set = bf_rule_set_new (catalog, problems);
  parts = g_strsplit (text, "```", -1);
  for (guint i = 1; parts[i] != NULL; i += 2)
    if (g_str_has_prefix (parts[i], "rules\n"))
      bf_rule_set_add_text (set, "plugins/README.md", parts[i] + strlen ("rules\n"), strlen (parts[i]) - strlen ("rules\n"), problems);
  bf_rule_set_link (set, FALSE, problems);
  bf_rule_set_finish (set);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *problem = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_test_message ("%s", problem);
    }
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpuint (bf_rule_set_n (set), ==, 14);
  for (guint i = 0; i < bf_rule_set_n (set); i++)
    {
      g_autofree char *words = bf_rule_words (set, bf_rule_set_get (set, i));

      g_test_message ("%s: %s", bf_rule_set_get (set, i)->id, words);
      g_assert_nonnull (bf_rule_set_get (set, i)->title.fr);
    }
}

int
main (int argc, char **argv)
{
  static const char *const services[]
    = { "lighting", "parking", "waste", "water", "traffic", "air", "mobility", "reports", "weather", "buildings" };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (services); i++)
    {
      g_autofree char *name = g_strdup_printf ("/plugins/%s/days", services[i]);

      g_test_add_data_func (name, services[i], test_service);
    }
  g_test_add_func ("/plugins/rules-to-copy", test_page);
  return g_test_run ();
}
