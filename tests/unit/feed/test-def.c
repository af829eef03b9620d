/* SPDX-License-Identifier: EUPL-1.2 */
/* Feed definitions: what a good one says, and what is said of bad ones. */

#include <string.h>

#include "feed-test-util.h"
#include "feed/bf-feed-def.h"

#define GOOD                                                                                                           \
  "[Feed]\nService=parking\nFormat=opendatasoft\nUrl=https://example.org/${BF_TEST_KEY}?a=1\nEvery=90s\nStale=5min\n"  \
  "Timeout=12s\nMaxBytes=123456\nKind=off_street\nTimeZone=Europe/Paris\n[Map]\nid=key\nname=nom\nfree_spaces=free\n"

static BfCatalog *catalog;

static BfFeedDef *
load (const char *text, GPtrArray *problems)
{
  g_autofree char *dir = test_scratch ();
  g_autofree char *path = test_write (dir, "parc.feed", text);
  g_autoptr (GError) error = NULL;
  BfFeedDef *def = bf_feed_def_load (path, 3, catalog, problems, &error);

  g_assert_no_error (error);
  test_scratch_remove (dir);
  return def;
}

static void
test_good (void)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfFeedDef) def = load (GOOD, problems);
  g_auto (GStrv) variables = NULL;

  if (problems->len > 0)
    g_error ("%s", bf_problem_to_string (g_ptr_array_index (problems, 0)));
  g_assert_false (def->bad);
  g_assert_null (def->reason);
  g_assert_cmpstr (def->name, ==, "parc");
  g_assert_cmpuint (def->rank, ==, 3);
  g_assert_cmpuint (def->service, ==, bf_catalog_find_service (catalog, "parking")->index);
  g_assert_cmpstr (def->format, ==, "opendatasoft");
  g_assert_cmpstr (def->url, ==, "https://example.org/s3cret?a=1");
  g_assert_cmpint (def->every_us, ==, 90 * G_USEC_PER_SEC);
  g_assert_cmpint (bf_feed_def_stale_us (def), ==, 300 * G_USEC_PER_SEC);
  g_assert_cmpint (def->timeout_us, ==, 12 * G_USEC_PER_SEC);
  g_assert_cmpuint (def->max_bytes, ==, 123456);
  g_assert_cmpstr (def->kind, ==, "off_street");
  g_assert_cmpstr (def->zone_name, ==, "Europe/Paris");
  g_assert_cmpstr (def->text, ==, GOOD);
  variables = bf_feed_def_variables (def);
  g_assert_cmpuint (g_strv_length (variables), ==, 1);
  g_assert_cmpstr (variables[0], ==, "BF_TEST_KEY");
}

static void
test_defaults (void)
{
  g_autoptr (BfFeedDef) def = load ("[Feed]\nService=parking\nFormat=geojson\nUrl=file:///tmp/x.json\nKind=bay\n[Map]\nid=id\n", NULL);

  g_assert_false (def->bad);
  g_assert_cmpint (def->every_us, ==, 60 * G_USEC_PER_SEC);
  g_assert_cmpint (def->stale_us, ==, 0);
  g_assert_cmpint (bf_feed_def_stale_us (def), ==, 180 * G_USEC_PER_SEC);
  g_assert_cmpint (def->timeout_us, ==, 30 * G_USEC_PER_SEC);
}

static gboolean
is_undated (const BfFeedDef *def, const char *property)
{
  return def->undated != NULL
         && def->undated->data[bf_catalog_find_property (catalog, def->service, property)->index];
}

/* By the maps that are in force: the plugin's own count, and what the feed says over them. */
static void
test_undated (void)
{
  g_autoptr (BfFeedDef) bikes = load ("[Feed]\nService=mobility\nFormat=gbfs\nUrl=https://example.org/gbfs.json\n", NULL);
  g_autoptr (BfFeedDef) dated = load ("[Feed]\nService=mobility\nFormat=gbfs\nUrl=https://example.org/gbfs.json\n"
                                      "[Map station_information]\ncapacity.observed=\n", NULL);
  g_autoptr (BfFeedDef) own = load ("[Feed]\nService=parking\nFormat=json\nUrl=https://example.org/x\nKind=off_street\n"
                                    "[Map]\nid=id\nobserved=at\nfree_spaces=free\ncapacity='90'\ncapacity.observed='payload'\n", NULL);

  g_assert_false (bikes->bad);
  g_assert_true (is_undated (bikes, "capacity"));
  g_assert_false (is_undated (bikes, "bikes_available"));
  g_assert_false (dated->bad);
  g_assert_false (is_undated (dated, "capacity"));
  g_assert_true (is_undated (own, "capacity"));
  g_assert_false (is_undated (own, "free_spaces"));
}

/* Only a service with kinds that are listed; of what comes by itself only what is said to be whole in each message. */
static void
test_complete (void)
{
  static const struct
  {
    const char *text;
    const char *problem;
  } feeds[] = {
    { "[Feed]\nService=reports\nFormat=json\nUrl=https://example.org/x\nComplete=yes\n[Map]\nid=id\n", NULL },
    { "[Feed]\nService=reports\nFormat=json\nUrl=https://example.org/x\nComplete=no\n[Map]\nid=id\n", NULL },
    { "[Feed]\nService=reports\nFormat=json\nUrl=https://example.org/x\nComplete=1\n[Map]\nid=id\n", "expected yes, no or message" },
    { "[Feed]\nService=lighting\nFormat=json\nUrl=https://example.org/x\nComplete=yes\nKind=lamp\n[Map]\nid=id\n", "no kind of this service" },
    { "[Feed]\nService=reports\nFormat=json\nUrl=wss://example.org/x\nComplete=yes\n[Map]\nid=id\n", "expected Complete=message" },
    { "[Feed]\nService=reports\nFormat=json\nUrl=https://example.org/x\nComplete=message\n[Map]\nid=id\n", "expected Complete=yes" },
    { "[Feed]\nService=reports\nFormat=json\nUrl=wss://example.org/x\nComplete=message\n[Map]\nid=id\n", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (feeds); i++)
    {
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (BfFeedDef) def = load (feeds[i].text, problems);

      if (feeds[i].problem == NULL)
        g_assert_cmpuint (def->complete, ==, i == 0 ? BF_COMPLETE_YES : i == 1 ? BF_COMPLETE_NO : BF_COMPLETE_MESSAGE);
      else if (def->reason == NULL || strstr (def->reason, feeds[i].problem) == NULL)
        g_error ("expected “%s” in “%s”", feeds[i].problem, def->reason);
    }
}

static void
test_bad (void)
{
  static const struct
  {
    const char *from;
    const char *to;
    guint line;
    const char *words;
  } changes[] = {
    { "Service=parking", "Service=fishing", 2, "no plugin has this id; expected one of: " },
    { "Service=parking\n", "", 1, "no Service=" },
    { "Format=opendatasoft", "Format=opendata", 3, "opendatasoft" },
    { "Format=opendatasoft\n", "", 1, "no Format=" },
    { "https://example.org/", "ftp://example.org/", 4, "scheme “ftp”" },
    { "https://example.org/${BF_TEST_KEY}?a=1", "parking.json", 4, "Url" },
    { "https://example.org/", "https:///", 4, "https://host/" },
    { "${BF_TEST_KEY}", "${BF_TEST_NOT_SET}", 4, "no variable BF_TEST_NOT_SET" },
    { "${BF_TEST_KEY}", "${BF_TEST_KEY", 4, "${NAME}" },
    { "${BF_TEST_KEY}", "${A B}", 4, "${NAME}" },
    { "Every=90s", "Every=0.1s", 5, "Every" },
    { "Every=90s", "Every=soon", 5, "Every" },
    { "Every=90s", "Every=30d", 5, "expected 1s to" },
    { "Stale=5min", "Stale=-5min", 6, "Stale" },
    { "Timeout=12s", "Timeout=1h", 7, "expected 1s to 10min" },
    { "MaxBytes=123456", "MaxBytes=999999999", 8, "from 1 to 67108864" },
    { "Kind=off_street", "Kind=quay", 9, "no such kind" },
    { "TimeZone=Europe/Paris", "TimeZone=Europe/Clairbourg", 10, "not a time zone" },
    { "Kind=off_street", "Colour=red", 9, "unknown key “Colour”" },
    { "[Map]", "[Maps]", 11, "unknown group [Maps]" },
    { "free_spaces=free", "free_places=free", 14, "free_places" },
    { "?a=1", "?a=1&apikey=Zebra", 4, "Url: “apikey” holds a secret" },
    { "?a=1", "?access_token=Zebra", 4, "${secret:NAME}" },
    { "Kind=off_street", "Header.X-Gravitee-Api-Key=Zebra", 9, "Header.X-Gravitee-Api-Key: expected secret:NAME" },
    { "Kind=off_street", "Header.X-Token=Zebra", 9, "Header.X-Token: expected secret:NAME" },
    { "Kind=off_street", "OAuth=https://example.org/t?key=Zebra", 9, "OAuth: “key” holds a secret" },
    { "[Feed]", "[Food]", 1, "unknown group [Food]" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (changes); i++)
    {
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (GString) text = g_string_new (GOOD);
      g_autoptr (BfFeedDef) def = NULL;
      const BfProblem *problem = NULL;
      gboolean found = FALSE;

      g_assert_cmpuint (g_string_replace (text, changes[i].from, changes[i].to, 1), ==, 1);
      def = load (text->str, problems);
      g_assert_true (def->bad);
      g_assert_nonnull (def->reason);
      g_assert_null (strstr (def->reason, "Zebra"));
      for (guint k = 0; k < problems->len && !found; k++)
        {
          problem = g_ptr_array_index (problems, k);
          found = problem->line == changes[i].line && strstr (problem->message, changes[i].words) != NULL;
        }
      if (!found)
        g_error ("%s: expected line %u and “%s” in %s", changes[i].to, changes[i].line, changes[i].words, def->reason);
    }
}

static void
test_expand (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *plain = bf_feed_def_expand_url ("http://a/$b{c}$", NULL);
  g_autofree char *twice = bf_feed_def_expand_url ("${BF_TEST_KEY}${BF_TEST_KEY}", NULL);
  g_autofree char *huge = g_strnfill (20000, 'x');

  g_assert_cmpstr (plain, ==, "http://a/$b{c}$");
  g_assert_cmpstr (twice, ==, "s3crets3cret");
  g_setenv ("BF_TEST_HUGE", huge, TRUE);
  g_assert_null (bf_feed_def_expand_url ("${BF_TEST_HUGE}", &error));
  g_assert_error (error, BF_ERROR, BF_ERROR_LIMIT);
}

static void
test_unreadable (void)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfFeedDef) def = bf_feed_def_load ("/nonexistent/a.feed", 3, catalog, problems, NULL);

  /* It keeps its place among the feeds, off, with its reason. */
  g_assert_nonnull (def);
  g_assert_true (def->bad);
  g_assert_cmpstr (def->name, ==, "a");
  g_assert_cmpuint (def->rank, ==, 3);
  g_assert_nonnull (strstr (def->reason, "/nonexistent/a.feed"));
  g_assert_cmpuint (problems->len, ==, 1);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  g_setenv ("BF_TEST_KEY", "s3cret", TRUE);
  g_unsetenv ("BF_TEST_NOT_SET");
  catalog = test_catalog ();
  g_test_add_func ("/feed/def/good", test_good);
  g_test_add_func ("/feed/def/defaults", test_defaults);
  g_test_add_func ("/feed/def/bad", test_bad);
  g_test_add_func ("/feed/def/complete", test_complete);
  g_test_add_func ("/feed/def/undated", test_undated);
  g_test_add_func ("/feed/def/expand", test_expand);
  g_test_add_func ("/feed/def/unreadable", test_unreadable);
  status = g_test_run ();
  bf_catalog_free (catalog);
  return status;
}
