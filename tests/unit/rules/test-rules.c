/* SPDX-License-Identifier: EUPL-1.2 */
/* The rule set: files, problems with their lines, replacing, derived properties, indicators, titles' parts, thresholds. */

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "bf-test-city.h"

static const char good[] = "[Rule low]\n"
                           "Name=Low pressure\n"
                           "Name[fr]=Pression basse\n"
                           "Kind=water.logger\n"
                           "When=pressure < 250 kPa\n"
                           "For=5min\n"
                           "Clear=pressure > 2.7 bar for 10min\n"
                           "Priority=high\n"
                           "Title=Low at {asset}: {pressure}\n"
                           "Title[fr]=Basse à {asset} : {pressure}\n"
                           "Procedure=water-burst\n"
                           "Notify=astreinte-eau\n"
                           "Group=zone within 10min\n";

typedef struct
{
  BfCatalog *catalog;
  GPtrArray *problems;
  BfRuleSet *set;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->catalog = bf_test_catalog ();
  fixture->problems = bf_problems_new ();
  fixture->set = bf_rule_set_new (fixture->catalog, fixture->problems);
  bf_test_no_problems (fixture->problems);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  bf_rule_set_free (fixture->set);
  g_ptr_array_unref (fixture->problems);
  bf_catalog_free (fixture->catalog);
}

static gboolean
add (Fixture *fixture, const char *text)
{
  return bf_rule_set_add_text (fixture->set, "city.rules", text, strlen (text), fixture->problems);
}

static void
test_good (Fixture *fixture, gconstpointer data)
{
  guint16 pressure = bf_test_property (fixture->catalog, "water", "pressure");
  guint16 flow = bf_test_property (fixture->catalog, "water", "flow");
  const BfRule *rule;
  const GArray *properties;
  double threshold;

  g_assert_true (add (fixture, good));
  bf_rule_set_finish (fixture->set);
  g_assert_cmpuint (bf_rule_set_n (fixture->set), ==, 1);
  rule = bf_rule_set_find (fixture->set, "low");
  g_assert_true (rule == bf_rule_set_get (fixture->set, 0));
  g_assert_cmpint (rule->when_for_us, ==, 5 * MINUTE_US);
  g_assert_cmpint (rule->clear_for_us, ==, 10 * MINUTE_US);
  g_assert_cmpint (rule->priority, ==, BF_PRIORITY_HIGH);
  g_assert_cmpstr (rule->procedure, ==, "water-burst");
  g_assert_cmpstr (rule->notify, ==, "astreinte-eau");
  g_assert_cmpstr (rule->group, ==, "zone within 10min");
  g_assert_cmpstr (bf_name_get (&rule->name, "en"), ==, "Low pressure");
  g_assert_cmpstr (bf_name_get (&rule->name, "fr"), ==, "Pression basse");
  g_assert_cmpstr (rule->file, ==, "city.rules");
  g_assert_cmpuint (rule->line, ==, 1);
  properties = bf_rule_properties (fixture->set, rule);
  g_assert_cmpuint (properties->len, ==, 1);
  g_assert_cmpuint (g_array_index (properties, guint16, 0), ==, pressure);
  g_assert_true (bf_rule_threshold (fixture->set, rule, pressure, &threshold));
  g_assert_cmpfloat_with_epsilon (threshold, 2.5, 1e-12);
  g_assert_false (bf_rule_threshold (fixture->set, rule, flow, &threshold));
}

/* A file of the plugin's own folder. */
static gboolean
add_stock (Fixture *fixture, const char *text)
{
  g_autofree char *path = g_build_filename (bf_catalog_service (fixture->catalog, 0)->dir, "stock.rules", NULL);

  return bf_rule_set_add_text (fixture->set, path, text, strlen (text), fixture->problems);
}

/* The later of two rules of one id holds, and both are named ; a city's over a stock rule is as it should be. A bad one leaves the one
 * before it in force. */
static void
test_replace (Fixture *fixture, gconstpointer data)
{
  g_assert_true (add_stock (fixture, "[Rule low]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\n"));
  g_assert_true (add (fixture, good));
  g_assert_true (add (fixture, "[Rule other]\nKind=water.logger\nWhen=starts > 3\nPriority=low\nTitle=x\n"));
  g_assert_false (add (fixture, "[Rule low]\nKind=water.logger\nWhen=pressure < 1 bar for 1h\nPriority=critical\nTitle=y\n"));
  g_assert_cmpstr (((BfProblem *) g_ptr_array_index (fixture->problems, 0))->message, ==, "[Rule low] stands in city.rules, line 1, too; this one holds");
  g_assert_false (add (fixture, "[Rule other]\nKind=water.logger\nWhen=starts >\nPriority=low\nTitle=x\n"));
  bf_rule_set_finish (fixture->set);
  g_assert_cmpuint (bf_rule_set_n (fixture->set), ==, 2);
  g_assert_cmpint (bf_rule_set_find (fixture->set, "low")->priority, ==, BF_PRIORITY_CRITICAL);
  g_assert_cmpint (bf_rule_set_find (fixture->set, "low")->when_for_us, ==, 60 * MINUTE_US);
  g_assert_cmpuint (bf_rule_set_find (fixture->set, "low")->index, ==, 0);
  g_assert_nonnull (bf_rule_set_find (fixture->set, "other"));
}

/* One bad rule each; the problem as people see it must begin so. */
static const struct
{
  const char *text;
  const char *problem;
} bad[] = {
  { "[Rule r]\nWhen=starts > 1\nPriority=low\nTitle=x\n", "city.rules:1: [Rule r] Kind=: expected the kind of asset" },
  { "[Rule r]\nKind=water.loger\nWhen=starts > 1\nPriority=low\nTitle=x\n",
    "city.rules:2: [Rule r] Kind=: unknown kind of asset “water.loger”; did you mean “water.logger”?" },
  { "[Rule r]\nKind=water.logger\nPriority=low\nTitle=x\n", "city.rules:1: [Rule r] When=: expected the condition" },
  { "[Rule r]\nKind=water.logger\nWhen=starts\nPriority=low\nTitle=x\n",
    "city.rules:3: [Rule r] When=: expected a condition, found a number “starts”" },
  { "[Rule r]\nKind=water.logger\nWhen=presure > 1 bar\nPriority=low\nTitle=x\n",
    "city.rules:3: [Rule r] When=: column 1: unknown property “presure”; did you mean “pressure”?" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nClear=starts < 1 bar\nPriority=low\nTitle=x\n",
    "city.rules:4: [Rule r] Clear=: column 8: the number “starts” and “1 bar” in bar measure different things" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1 for 5min\nFor=5min\nPriority=low\nTitle=x\n",
    "city.rules:4: [Rule r] For=: When= says already for how long" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nFor=5\nPriority=low\nTitle=x\n",
    "city.rules:4: [Rule r] For=: expected a time such as" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1 for 5\nPriority=low\nTitle=x\n",
    "city.rules:3: [Rule r] When=: column 16: expected a time such as 90s, 5min or 1h 30min" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=red\nTitle=x\n",
    "city.rules:4: [Rule r] Priority=: expected critical, high, medium or low, found “red”" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\n", "city.rules:1: [Rule r] Title=: expected the alert's title" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle={aset}\n",
    "city.rules:5: [Rule r] Title=: unknown part {aset}; did you mean {asset}?" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\nTitle[fr]={presure}\n",
    "city.rules:6: [Rule r] Title[fr]=: unknown part {presure}; did you mean {pressure}?" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x {asset\n",
    "city.rules:5: [Rule r] Title=: expected “}” behind “{asset”" },
  { "[Rule r]\nKind=water.logger\nWen=starts > 1\nPriority=low\nTitle=x\n",
    "city.rules:3: [Rule r] unknown key “Wen”; did you mean When" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nWindow=yes\nPriority=low\nTitle=x\n",
    "city.rules:4: [Rule r] Window= is known, but comes with a later version" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nLatch=on\nPriority=low\nTitle=x\n",
    "city.rules:4: [Rule r] Latch=: expected yes or no, found “on”" },
  { "[Rule r]\nKind=water.logger\nWhen=1 bar < 3 kPa\nPriority=low\nTitle=x\n",
    "city.rules:3: [Rule r] When=: column 1: “1 bar < 3 kPa” is never true, whatever is measured" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nClear=1 = 1 or 2 = 3\nPriority=low\nTitle=x\n",
    "city.rules:4: [Rule r] Clear=: column 1: “1 = 1 or 2 = 3” is always true" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\nCount=3\n",
    "city.rules:6: [Rule r] Count=: expected a number of 2 to 100 and a time, as in Count=3 within 10min, found “3”" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\nCount=1 within 5min\n", "city.rules:6: [Rule r] Count=: expected a number of 2" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\nCount=3 within 5\n", "city.rules:6: [Rule r] Count=: expected a time such as" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\nCount=3 within 0s\n", "city.rules:6: [Rule r] Count=: expected a time between" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\nMaxAlerts=0\n",
    "city.rules:6: [Rule r] MaxAlerts=: expected a whole number of alerts of 1 or more, found “0”" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\nSuppressedBy=a over parent\n",
    "city.rules:6: [Rule r] SuppressedBy=: expected names of rules such as “cabinet_off” or “main_burst over zone”, found “a over parent”" },
  { "[Rule r]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\nSuppressedBy=a,,b\n", "city.rules:6: [Rule r] SuppressedBy=: expected names of rules" },
  { "[Rule R]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\n", "city.rules:1: expected [Rule name]" },
  { "[Alarm r]\nKind=water.logger\n", "city.rules:1: unknown group [Alarm]; expected [Rule name]" },
};

static void
test_bad (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *problem = NULL;

      g_ptr_array_set_size (fixture->problems, 0);
      g_assert_false (add (fixture, bad[i].text));
      g_assert_cmpuint (fixture->problems->len, ==, 1);
      problem = bf_problem_to_string (g_ptr_array_index (fixture->problems, 0));
      if (!g_str_has_prefix (problem, bad[i].problem))
        g_error ("expected: %s\n  found: %s", bad[i].problem, problem);
    }
  g_assert_cmpuint (bf_rule_set_n (fixture->set), ==, 0);
}

/* What a rule goes without stays a problem, and the rule is on: the alert is worth more than its procedure. */
static const struct
{
  const char *group;
  const char *problem; /* NULL: good */
} groups[] = {
  { "zone", NULL },
  { "zone within 10min", NULL },
  { "parent within 1h 30min", NULL },
  { "service", NULL },
  { "kind  within 5min", NULL },
  { "place within 30s", NULL },
  { "zones within 10min", "alerts are not grouped by “zones”; did you mean “zone”?" },
  { "colour", "alerts are not grouped by “colour”; expected one of: zone, parent, service, kind, place" },
  { "", "alerts are not grouped by “”; expected one of" },
  { "zone in 10min", "expected “zone” alone or “zone within 10min”, found “zone in 10min”" },
  { "zone 10min", "expected “zone” alone" },
  { "zone within", "expected “zone” alone" },
  { "zone within 10", "expected a time such as" },
  { "zone within 0s", "expected a time longer than 0, found “0s”" },
  { "zone within 5000d", "expected a time of at most" },
};

static void
test_group (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      g_autofree char *id = g_strdup_printf ("r%u", i);
      g_autofree char *text = g_strdup_printf ("[Rule %s]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\nGroup=%s\n",
                                               id, groups[i].group);
      g_autofree char *expected = g_strdup_printf ("city.rules:6: [Rule %s] Group=: %s", id, groups[i].problem);
      g_autofree char *problem = NULL;
      const BfRule *rule;

      g_ptr_array_set_size (fixture->problems, 0);
      g_assert_true (add (fixture, text) == (groups[i].problem == NULL));
      rule = bf_rule_set_find (fixture->set, id);
      g_assert_nonnull (rule);
      g_assert_cmpstr (rule->group, ==, groups[i].problem == NULL ? groups[i].group : NULL);
      if (groups[i].problem == NULL)
        continue;
      g_assert_cmpuint (fixture->problems->len, ==, 1);
      problem = bf_problem_to_string (g_ptr_array_index (fixture->problems, 0));
      if (!g_str_has_prefix (problem, expected) || strstr (problem, "the rule stays on") == NULL)
        g_error ("expected: %s\n  found: %s", expected, problem);
    }
}

static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const char *const none[] = { NULL };
  static const char *const procedures[] = { "pump-out", "water-bursts", NULL };
  static const char *const contacts[] = { "agents", NULL };
  static const char *const both[] = { "astreinte-eau", "water-burst", NULL };
  static const char *const expected[] = {
    "city.rules:11: [Rule low] Procedure=: there is no “water-burst”; did you mean “water-bursts”? The rule stays on",
    "city.rules:12: [Rule low] Notify=: there is no “astreinte-eau”; expected a name that people.d/*.conf gives. The rule stays on",
  };

  g_assert_true (add_stock (fixture, "[Rule low]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\nProcedure=replaced\n"));
  g_assert_true (add (fixture, good));
  bf_rule_set_check_names (fixture->set, NULL, NULL, fixture->problems);
  bf_rule_set_check_names (fixture->set, none, none, fixture->problems);
  bf_rule_set_check_names (fixture->set, both, both, fixture->problems);
  bf_test_no_problems (fixture->problems);
  bf_rule_set_check_names (fixture->set, procedures, contacts, fixture->problems);
  g_assert_cmpuint (fixture->problems->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *problem = bf_problem_to_string (g_ptr_array_index (fixture->problems, i));

      if (!g_str_has_prefix (problem, expected[i]))
        g_error ("expected: %s\n  found: %s", expected[i], problem);
    }
  g_assert_nonnull (bf_rule_set_find (fixture->set, "low"));
  g_assert_false (bf_rule_set_is_off (fixture->set, "low"));
}

/* One look names all that is wrong with a rule, in the order of its reading. */
static void
test_all_at_once (Fixture *fixture, gconstpointer data)
{
  static const char *const expected[] = { "city.rules:7: [Rule r] Window= is known", "city.rules:3: [Rule r] When=: ",
                                          "city.rules:4: [Rule r] For=: ", "city.rules:5: [Rule r] Clear=: ",
                                          "city.rules:6: [Rule r] Priority=: ", "city.rules:1: [Rule r] Title=: " };

  g_assert_false (add (fixture, "[Rule r]\nKind=water.logger\nWhen=starts >\nFor=5\nClear=starts < 1 bar\nPriority=red\nWindow=yes\n"));
  g_assert_cmpuint (fixture->problems->len, ==, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *problem = bf_problem_to_string (g_ptr_array_index (fixture->problems, i));

      if (!g_str_has_prefix (problem, expected[i]))
        g_error ("expected: %s\n  found: %s", expected[i], problem);
    }
}

/* A bad rule does not take the others of its file with it. */
static void
test_rest_runs (Fixture *fixture, gconstpointer data)
{
  g_autofree char *text = g_strconcat (good, bad[4].text, "[Rule last]\nKind=water.logger\nWhen=starts > 1\nPriority=low\nTitle=x\n",
                                       NULL);

  g_assert_false (add (fixture, text));
  g_assert_cmpuint (bf_rule_set_n (fixture->set), ==, 2);
  g_assert_cmpuint (fixture->problems->len, ==, 1);
  g_assert_cmpuint (((const BfProblem *) g_ptr_array_index (fixture->problems, 0))->line, ==, 16);
}

static void
test_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  int fd = g_file_open_tmp ("bf-rules-XXXXXX", &path, &error);

  g_assert_no_error (error);
  close (fd);
  g_assert_true (g_file_set_contents (path, good, -1, &error));
  g_assert_true (bf_rule_set_add_file (fixture->set, path, fixture->problems, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (bf_rule_set_n (fixture->set), ==, 1);
  g_unlink (path);
  g_assert_false (bf_rule_set_add_file (fixture->set, path, fixture->problems, &error));
  g_assert_nonnull (error);
}

/* ---- Manifests ---- */

/* A catalogue of one manifest; problems of the rule set alone are returned. */
static GPtrArray *
manifest_problems (const char *properties)
{
  g_autofree char *path = NULL;
  g_autofree char *text = g_strconcat ("[Service]\nId=s\nName=S\nAbi=1\n[Kind k]\nName=K\n[Kind j]\nName=J\n"
                                       "[Property a]\nType=number\nUnit=bar\nKinds=k\n[Property n]\nType=number\nUnit=1\n",
                                       properties, NULL);
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) others = bf_problems_new ();
  GPtrArray *problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BfRuleSet) set = NULL;
  int fd = g_file_open_tmp ("bf-manifest-XXXXXX.service", &path, &error);

  g_assert_no_error (error);
  close (fd);
  g_assert_true (g_file_set_contents (path, text, -1, &error));
  bf_catalog_add_manifest (catalog, path, others, &error);
  g_unlink (path);
  g_assert_no_error (error);
  bf_test_no_problems (others);
  set = bf_rule_set_new (catalog, problems);
  bf_rule_set_finish (set);
  return problems;
}

static const struct
{
  const char *properties;
  const char *problems[3]; /* parts of each, in order */
} manifests[] = {
  { "[Property d]\nType=number\nUnit=kPa\nKinds=k\nDerive=a * 2\n[Property e]\nType=number\nUnit=%\nKinds=k\nDerive=d / a\n", { NULL } },
  { "[Property d]\nType=number\nUnit=kPa\nKinds=k\nDerive=a * 2 bar\n", { "Derive= of d: the result is not a quantity in kPa" } },
  { "[Property d]\nType=number\nUnit=kPa\nKinds=k\nDerive=3\n", { "Derive= of d: the result is not a quantity in kPa" } },
  { "[Property d]\nType=number\nUnit=kPa\nKinds=k\nDerive=a > 2 bar\n", { "Derive= of d: expected a number, found a condition" } },
  { "[Property d]\nType=number\nUnit=bar\nKinds=j\nDerive=a\n", { "Derive= of d: no kind of asset has d and all that it is derived from" } },
  { "[Property d]\nType=number\nUnit=bar\nKinds=k\nDerive=b + a\n", { "Derive= of d: column 1: unknown property “b”" } },
  { "[Property d]\nType=number\nUnit=1\nDerive=e + n\n[Property e]\nType=number\nUnit=1\nDerive=f\n[Property f]\nType=number\nUnit=1\nDerive=2 * d\n",
    { "in a circle: d, e, f", "in a circle: d, e, f", "in a circle: d, e, f" } },
  { "[Property d]\nType=number\nUnit=1\nDerive=d + 1\n", { "Derive= of d: derived properties lean on one another in a circle: d" } },
  { "[Property d]\nType=number\nUnit=1\nDerive=avg(d over service)\n", { "in a circle: d" } },
  { "[Property d]\nType=number\nUnit=1\nDerive=n for 5min\n", { "column 3: “for” stands at the end of When= and Clear= only" } },
  { "[Indicator i]\nValue=avg(a over service)\nTarget=< 3 bar\n", { NULL } },
  { "[Indicator i]\nValue=avg(a over service)\nTarget=< -3.5 kPa\n", { NULL } },
  { "[Indicator i]\nValue=a\n", { "[Indicator i] Value=: column 1: “a” is of one asset; an indicator looks at all of them" } },
  { "[Indicator i]\nValue=avg(a over zone)\n", { "[Indicator i] Value=: column 1: an indicator looks at the whole city" } },
  { "[Indicator i]\nValue=avg(a over service) > 1 bar\n", { "[Indicator i] Value=: expected a number, found a condition" } },
  { "[Indicator i]\nValue=avg(a over service)\nTarget=< 3\n", { "[Indicator i] Target=: “< 3” is not of the value's unit, bar" } },
  { "[Indicator i]\nValue=avg(a over service)\nTarget=3 bar\n", { "[Indicator i] Target=: expected a comparison with a number" } },
  { "[Indicator i]\nValue=avg(a over service)\nTarget=\n", { "[Indicator i] Target=: expected a comparison with a number" } },
};

static void
test_manifests (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (manifests); i++)
    {
      g_autoptr (GPtrArray) problems = manifest_problems (manifests[i].properties);
      guint n = 0;

      while (n < 3 && manifests[i].problems[n] != NULL)
        n++;
      for (guint j = 0; j < problems->len; j++)
        {
          g_autofree char *problem = bf_problem_to_string (g_ptr_array_index (problems, j));

          if (j >= n || strstr (problem, manifests[i].problems[j]) == NULL)
            g_error ("%s\n  found: %s", manifests[i].properties, problem);
          g_assert_cmpuint (((const BfProblem *) g_ptr_array_index (problems, j))->line, >, 9);
        }
      g_assert_cmpuint (problems->len, ==, n);
    }
}

static void
test_units (Fixture *fixture, gconstpointer data)
{
  bf_rule_set_finish (fixture->set);
  for (guint i = 0; i < bf_catalog_n_indicators (fixture->catalog); i++)
    g_assert_cmpstr (bf_rule_set_indicator_unit (fixture->set, i), ==,
                     strcmp (bf_catalog_indicator (fixture->catalog, i)->id, "closed_share") == 0 ? "%" : "bar");
}

#define ADD(name, func) g_test_add ("/rules/set/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("good", test_good);
  ADD ("replace", test_replace);
  ADD ("bad", test_bad);
  ADD ("all-at-once", test_all_at_once);
  ADD ("rest-runs", test_rest_runs);
  ADD ("file", test_file);
  ADD ("indicator-units", test_units);
  ADD ("group", test_group);
  ADD ("names", test_names);
  g_test_add_func ("/rules/set/manifests", test_manifests);
  return g_test_run ();
}
