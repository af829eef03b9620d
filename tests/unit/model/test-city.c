/* SPDX-License-Identifier: EUPL-1.2 */
/* The city's folder: an empty one, a whole one, and each bad key with its line. */

#include <string.h>

#include "bf-test-manifests.h"
#include "model/bf-city-files.h"
#include "model/bf-city.h"
#include "base/bf-priority.h"

static void
test_empty (void)
{
  g_autofree char *dir = bf_test_dir ();
  g_autofree char *name = g_path_get_basename (dir);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BfCity) city = bf_city_load (dir, problems, &error);
  g_autoptr (GPtrArray) feeds = bf_city_list (dir, "feeds.d", ".feed", NULL);

  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpstr (city->name, ==, name);
  g_assert_cmpstr (city->zone_name, ==, "UTC");
  g_assert_cmpfloat (city->bounds.west, >, city->bounds.east);
  g_assert_false (city->demo);
  g_assert_cmpint (city->inhabitants, ==, 0);
  g_assert_null (city->zones);
  g_assert_null (city->basemap);
  g_assert_cmpuint (feeds->len, ==, 0);
  bf_test_remove (dir);
}

static void
test_whole (void)
{
  g_autofree char *dir = bf_test_dir ();
  g_autofree char *a = bf_test_write (dir, "city.conf",
                                      "[City]\nName=Clairbourg\nTimeZone=Europe/Paris\nBounds=4.3,47.1,4.5,47.3\nDemo=yes\n"
                                      "Language=fr\nInhabitants=40000\nBasemap=sub/map.mbtiles\nStore=sqlite:store\nListen=unix:engine.sock\nProxy=http://town:${secret:proxy}@proxy:3128\nCA=zones.geojson\n");
  g_autofree char *b = bf_test_write (dir, "sub/map.mbtiles", "");
  g_autofree char *c = bf_test_write (dir, "zones.geojson", "");
  g_autofree char *d = bf_test_write (dir, "basemap.geojson", "");
  g_autofree char *e = bf_test_write (dir, "feeds.d/b.feed", "");
  g_autofree char *f = bf_test_write (dir, "feeds.d/a.feed", "");
  g_autofree char *g = bf_test_write (dir, "feeds.d/.a.feed", "");
  g_autofree char *h = bf_test_write (dir, "feeds.d/a.feed~", "");
  g_autofree char *i = bf_test_write (dir, "feeds.d/folder.feed/x", "");
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (BfCity) city = bf_city_load (dir, problems, &error);
  g_autoptr (GPtrArray) vanished = bf_problems_new ();
  g_autoptr (GPtrArray) feeds = bf_city_list (dir, "feeds.d", ".feed", vanished);
  const BfProblem *folder;

  g_assert_no_error (error);
  g_assert_cmpuint (vanished->len, ==, 1);
  folder = g_ptr_array_index (vanished, 0);
  g_assert_true (g_str_has_suffix (folder->file, "feeds.d/folder.feed"));
  g_assert_nonnull (strstr (folder->message, "regular file"));
  /* A file where a folder is expected; a folder of the city itself is no double path. */
  g_clear_pointer (&vanished, g_ptr_array_unref);
  vanished = bf_problems_new ();
  g_ptr_array_unref (bf_city_list (dir, "zones.geojson", ".feed", vanished));
  g_assert_cmpuint (vanished->len, ==, 1);
  g_assert_nonnull (strstr (((BfProblem *) g_ptr_array_index (vanished, 0))->message, "folder that can be read"));
  /* Words of later versions are said to have no effect, each with its line. */
  g_assert_cmpuint (problems->len, ==, 1);
  g_assert_cmpstr (city->proxy, ==, "http://town:${secret:proxy}@proxy:3128");
  g_assert_true (g_str_has_suffix (city->ca, "zones.geojson"));
  for (guint j = 0; j < problems->len; j++)
    {
      const BfProblem *problem = g_ptr_array_index (problems, j);

      g_assert_nonnull (strstr (problem->message, "later version"));
    }
  g_assert_true (g_str_has_suffix (city->store, "/store") && g_path_is_absolute (city->store));
  g_assert_true (g_str_has_prefix (city->listen, "unix:/") && g_str_has_suffix (city->listen, "/engine.sock"));
  g_assert_cmpstr (city->name, ==, "Clairbourg");
  g_assert_cmpstr (city->zone_name, ==, "Europe/Paris");
  g_assert_cmpstr (g_time_zone_get_identifier (city->zone), ==, "Europe/Paris");
  g_assert_cmpfloat (city->bounds.north, ==, 47.3);
  g_assert_true (city->demo);
  g_assert_cmpint (city->inhabitants, ==, 40000);
  g_assert_nonnull (b);
  g_assert_null (city->basemap);
  g_assert_cmpstr (city->zones, ==, c);
  g_assert_null (city->addresses);
  g_assert_cmpuint (feeds->len, ==, 2);
  g_assert_cmpstr (g_ptr_array_index (feeds, 0), ==, f);
  g_assert_cmpstr (g_ptr_array_index (feeds, 1), ==, e);
  bf_test_remove (dir);
}

static const struct
{
  const char *text;
  const char *problem;
} bad[] = {
  { "[City]\nStore=postgresql://host/db\n", "city.conf:2: Store=: expected sqlite:PATH or a path; PostgreSQL comes with a later version" },
  { "[City]\nProxy=http://town:plain@h:3128\n", "city.conf:2: Proxy=: expected http://host:port, or http://name:${secret:NAME}@host:port" },
  { "[City]\nProxy=socks://h:3128\n", "city.conf:2: Proxy=: expected http://host:port, or" },
  { "[City]\nListen=ftp://x\n", "city.conf:2: Listen=: expected unix:PATH or http://127.0.0.1:PORT" },
  { "[City]\nName=\n", "city.conf:2: Name=: expected the city's name" },
  { "[City]\nTimeZone=Europe/Clairbourg\n", "city.conf:2: TimeZone=: expected a name of the time zone database" },
  { "[City]\nTimeZone=\n", "city.conf:2: TimeZone=" },
  { "[City]\nBounds=1,2,3\n", "city.conf:2: Bounds=" },
  { "[City]\n\nDemo=non\n", "city.conf:3: Demo=: expected “yes” or “no” (no is used), found “non”" },
  { "[City]\nAlsaceMoselle=1\n", "city.conf:2: AlsaceMoselle=: expected “yes” or “no” (no is used), found “1”" },
  { "[City]\nLanguage=French\n", "city.conf:2: Language=" },
  { "[City]\nInhabitants=many\n", "city.conf:2: Inhabitants=: expected a whole number" },
  { "[City]\nInhabitants=-1\n", "city.conf:2: Inhabitants=" },
  { "[City]\nZones=nowhere.geojson\n", "city.conf:2: Zones=: expected a file that is there" },
  { "[City]\nAddresses=\n", "city.conf:2: Addresses=: expected a file that is there" },
  { "[City]\nColour=red\n", "city.conf:2: unknown key “Colour”" },
  { "[City]\nName[fr]=X\n", "city.conf:2: expected “Name=” without a language" },
  { "[City]\n[Town]\n", "city.conf:2: expected [City] or [Alerts], found [Town]" },
  { "[Alerts]\nShelveHigh=4\n", "city.conf:2: ShelveHigh=: expected a duration such as 30min, of one day at most, found “4”" },
  { "[Alerts]\nShelveLow=25h\n", "city.conf:2: ShelveLow=: expected a duration" },
  { "[Alerts]\nQuiet=0s\n", "city.conf:2: Quiet=: expected a duration" },
  { "[Alerts]\nChatter=3\n", "city.conf:2: Chatter=: expected how often in how long, such as “3 in 1min”" },
  { "[Alerts]\nChatter=1 in 1min\n", "city.conf:2: Chatter=: expected how often" },
  { "[Alerts]\nShelveAll=1h\n", "city.conf:2: unknown key “ShelveAll”" },
  { "[City]\nDemo=no\nDemo=yes\n", "city.conf:3: this key stands twice" },
  { "\xff", "city.conf:1: expected UTF-8" },
};

static void
test_bad (void)
{
  g_autofree char *dir = bf_test_dir ();
  g_autofree char *nowhere = g_build_filename (dir, "nowhere", NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *path = bf_test_write (dir, "city.conf", bad[i].text);
      g_autoptr (GPtrArray) problems = bf_problems_new ();
      g_autoptr (BfCity) city = bf_city_load (dir, problems, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (problems->len, ==, 1);
      bf_assert_problem (problems, bad[i].problem);
      g_assert_false (city->demo || city->alsace_moselle);
      g_assert_cmpstr (city->zone_name, ==, "UTC");
    }
  g_assert_null (bf_city_load (nowhere, NULL, &error));
  g_assert_nonnull (strstr (error->message, "expected a city's folder"));
  bf_test_remove (dir);
}

/* What rules may name: files of two folders and groups of a third, in any language, each once. */
static void
test_names (void)
{
  g_autofree char *dir = bf_test_dir ();
  g_autofree char *a = bf_test_write (dir, "plugins/water/water.service", "[Service]\nId=water\nName=Water\nAbi=1\n");
  g_autofree char *b = bf_test_write (dir, "plugins/water/procedures/leak.md", "");
  g_autofree char *c = bf_test_write (dir, "plugins/water/procedures/leak.fr.md", "");
  g_autofree char *d = bf_test_write (dir, "city/procedures.d/flood.fr.md", "");
  g_autofree char *e = bf_test_write (dir, "city/procedures.d/notes.txt", "");
  g_autofree char *f = bf_test_write (dir, "city/people.d/water.conf", "[Rota astreinte-eau]\nA=b\n[Person durand]\n[Defaults]\n");
  g_autofree char *plugins = g_build_filename (dir, "plugins", NULL);
  g_autofree char *city = g_build_filename (dir, "city", NULL);
  g_autoptr (BfCatalog) catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) procedures = NULL;
  g_auto (GStrv) contacts = NULL;
  g_auto (GStrv) of_nobody = NULL;

  bf_catalog_add_plugin_dirs (catalog, plugins, problems, &error);
  g_assert_no_error (error);
  procedures = bf_city_procedures (catalog, city, problems);
  contacts = bf_city_contacts (city, problems);
  of_nobody = bf_city_contacts (NULL, problems);
  g_assert_cmpuint (problems->len, ==, 0);
  g_assert_cmpstrv (procedures, ((const char *const[]){ "flood", "leak", NULL }));
  g_assert_cmpstrv (contacts, ((const char *const[]){ "astreinte-eau", "durand", NULL }));
  g_assert_cmpuint (g_strv_length (of_nobody), ==, 0);
  bf_test_remove (dir);
}

static void
test_priority (void)
{
  BfPriority priority = BF_PRIORITY_MEDIUM;

  for (guint i = 0; i < BF_N_PRIORITIES; i++)
    {
      g_assert_true (bf_priority_from_id (bf_priority_id ((BfPriority) i), &priority));
      g_assert_cmpuint (priority, ==, i);
    }
  g_assert_cmpstr (bf_priority_id (BF_PRIORITY_CRITICAL), ==, "critical");
  g_assert_false (bf_priority_from_id ("rouge", &priority));
  g_assert_cmpuint (priority, ==, BF_PRIORITY_CRITICAL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/city/empty", test_empty);
  g_test_add_func ("/city/whole", test_whole);
  g_test_add_func ("/city/bad", test_bad);
  g_test_add_func ("/city/names", test_names);
  g_test_add_func ("/priority", test_priority);
  return g_test_run ();
}
