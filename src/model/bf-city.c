/* SPDX-License-Identifier: EUPL-1.2 */
/* A city's folder: see bf-city.h. Each key of city.conf is an item of its own: a bad one is a problem and as if it were not
 * there. Plain values, no threads. */

#include "model/bf-city.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-conf.h"
#include "base/bf-error.h"
#include "base/bf-time.h"

static const char *const city_keys[]
  = { "Name",    "TimeZone", "Bounds",    "Demo",   "Language", "Inhabitants", "Basemap",
      "Zones",   "Addresses", "Places",   "Store",  "Listen",   "Proxy",       "CA", "AlsaceMoselle", NULL };

static const char *const alerts_keys[]
  = { "ShelveCritical", "ShelveHigh", "ShelveMedium", "ShelveLow", "Chatter", "Quiet", NULL };

#define SHELVE_MAX_US G_TIME_SPAN_DAY
#define CHATTER_MIN 2
#define CHATTER_MAX 16

typedef struct
{
  BfCity *city;
  const BfConf *conf;
  const BfConfGroup *group;
  GPtrArray *problems;
} Reader;

static const char *
get (Reader *reader, const char *key)
{
  return reader->group != NULL ? bf_conf_group_get (reader->group, key) : NULL;
}

static void
problem (Reader *reader, const char *key, const char *expected)
{
  bf_problems_add (reader->problems, reader->conf->path, bf_conf_group_line (reader->group, key),
                   _ ("%s=: expected %s, found “%s”"), key, expected, get (reader, key));
}

/* The file that @key names, or the first of @usual that is there, or NULL. */
static char *
find_file (Reader *reader, const char *key, const char *const *usual)
{
  const char *named = get (reader, key);

  if (named != NULL)
    {
      g_autofree char *path = g_canonicalize_filename (named, reader->city->dir);

      if (named[0] != '\0' && g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&path);
      problem (reader, key, _ ("a file that is there, relative to the city's folder"));
      return NULL;
    }
  for (; *usual != NULL; usual++)
    {
      g_autofree char *path = g_build_filename (reader->city->dir, *usual, NULL);

      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        return g_steal_pointer (&path);
    }
  return NULL;
}

static void
find_files (Reader *reader)
{
  static const char *const basemaps[] = { "basemap.geojson", "basemap.mbtiles", NULL };
  static const char *const zones[] = { "zones.geojson", NULL };
  static const char *const addresses[] = { "addresses.csv", NULL };
  static const char *const places[] = { "places.geojson", NULL };
  static const char *const no_ca[] = { NULL };
  BfCity *city = reader->city;

  city->basemap = find_file (reader, "Basemap", basemaps);
  city->zones = find_file (reader, "Zones", zones);
  city->addresses = find_file (reader, "Addresses", addresses);
  city->places = find_file (reader, "Places", places);
  city->ca = find_file (reader, "CA", no_ca);
}

/* A proxy that asks who we are is told a name and a secret's file; the secret itself stands in no file of the city. */
static gboolean
is_proxy (GUri *uri)
{
  const char *user = g_uri_get_userinfo (uri);
  const char *colon = user != NULL ? strchr (user, ':') : NULL;

  return g_strcmp0 (g_uri_get_scheme (uri), "http") == 0 && g_uri_get_port (uri) > 0 &&
         (user == NULL || (colon != NULL && g_str_has_prefix (colon, ":${secret:") && g_str_has_suffix (user, "}")));
}

static void
read_proxy (Reader *reader)
{
  const char *text = get (reader, "Proxy");
  g_autoptr (GUri) uri = text != NULL ? g_uri_parse (text, G_URI_FLAGS_NONE, NULL) : NULL;

  if (text == NULL)
    return;
  if (uri != NULL && is_proxy (uri))
    reader->city->proxy = g_strdup (text);
  else
    problem (reader, "Proxy", _ ("http://host:port, or http://name:${secret:NAME}@host:port"));
}

static void
read_zone (Reader *reader)
{
  const char *name = get (reader, "TimeZone");

  if (name != NULL && name[0] != '\0')
    reader->city->zone = g_time_zone_new_identifier (name);
  if (reader->city->zone != NULL)
    {
      reader->city->zone_name = g_strdup (name);
      return;
    }
  if (name != NULL)
    problem (reader, "TimeZone", _ ("a name of the time zone database such as “Europe/Paris” (UTC is used)"));
  reader->city->zone = g_time_zone_new_utc ();
  reader->city->zone_name = g_strdup ("UTC");
}

static gboolean
language_is_valid (const char *text)
{
  gsize n = strspn (text, "abcdefghijklmnopqrstuvwxyz");

  if (n < 2 || n > 3)
    return FALSE;
  return text[n] == '\0' || (text[n] == '_' && g_ascii_isupper (text[n + 1]) && g_ascii_isupper (text[n + 2]) && text[n + 3] == '\0');
}

static void
read_texts (Reader *reader)
{
  BfCity *city = reader->city;
  const char *name = get (reader, "Name");
  const char *language = get (reader, "Language");

  if (name != NULL && name[0] != '\0')
    city->name = g_strdup (name);
  else
    city->name = g_path_get_basename (city->dir);
  if (name != NULL && name[0] == '\0')
    problem (reader, "Name", _ ("the city's name"));
  if (language != NULL && !language_is_valid (language))
    problem (reader, "Language", _ ("a language such as “fr” or “fr_FR” (it is left aside)"));
}

static gboolean
get_yes (Reader *reader, const char *key)
{
  const char *text = get (reader, key);

  if (text == NULL || strcmp (text, "no") == 0)
    return FALSE;
  if (strcmp (text, "yes") == 0)
    return TRUE;
  problem (reader, key, _ ("“yes” or “no” (no is used)"));
  return FALSE;
}

static void
read_numbers (Reader *reader)
{
  BfCity *city = reader->city;
  const char *bounds = get (reader, "Bounds");
  const char *inhabitants = get (reader, "Inhabitants");

  city->bounds = BF_BOX_EMPTY;
  if (bounds != NULL && !bf_box_parse (bounds, &city->bounds, NULL))
    problem (reader, "Bounds", _ ("“west,south,east,north” in degrees"));
  if (inhabitants != NULL && !g_ascii_string_to_signed (inhabitants, 10, 0, 100000000, &city->inhabitants, NULL))
    problem (reader, "Inhabitants", _ ("a whole number of persons"));
  city->demo = get_yes (reader, "Demo");
  city->alsace_moselle = get_yes (reader, "AlsaceMoselle");
}

/* Where the store lies and what the engine listens on; absolute paths. */
static void
read_engine (Reader *reader)
{
  BfCity *city = reader->city;
  const char *store = get (reader, "Store");
  const char *listen = get (reader, "Listen");

  if (store != NULL && g_str_has_prefix (store, "postgres"))
    problem (reader, "Store", _ ("sqlite:PATH or a path; PostgreSQL comes with a later version"));
  else if (store != NULL)
    {
      const char *path = g_str_has_prefix (store, "sqlite:") ? store + strlen ("sqlite:") : store;

      if (path[0] != '\0' && strstr (path, "://") == NULL)
        city->store = g_canonicalize_filename (path, city->dir);
      else
        problem (reader, "Store", _ ("sqlite:PATH or a path"));
    }
  city->store_refused = store != NULL && city->store == NULL;
  if (listen == NULL)
    return;
  if (g_str_has_prefix (listen, "unix:") && listen[strlen ("unix:")] != '\0')
    {
      g_autofree char *path = g_canonicalize_filename (listen + strlen ("unix:"), city->dir);

      city->listen = g_strconcat ("unix:", path, NULL);
    }
  else if (g_str_has_prefix (listen, "http://"))
    city->listen = g_strdup (listen);
  else
    problem (reader, "Listen", _ ("unix:PATH or http://127.0.0.1:PORT"));
}

/* --- [Alerts] -------------------------------------------------------------------------------------------------------- */

/* A duration of at most @max_us; 0: none, or a bad one. */
static gint64
get_duration (Reader *reader, const char *key, gint64 max_us)
{
  const char *text = get (reader, key);
  gint64 duration_us;

  if (text == NULL)
    return 0;
  if (bf_duration_parse (text, &duration_us, NULL) && duration_us > 0 && duration_us <= max_us)
    return duration_us;
  problem (reader, key, _ ("a duration such as 30min, of one day at most"));
  return 0;
}

/* `Chatter=3 in 1min` */
static void
read_chatter (Reader *reader)
{
  BfCityAlerts *alerts = &reader->city->alerts;
  const char *text = get (reader, "Chatter");
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", " in ", 2);
  gint64 within_us;
  guint64 n;

  if (text == NULL)
    return;
  if (g_strv_length (parts) == 2 && g_ascii_string_to_unsigned (g_strstrip (parts[0]), 10, CHATTER_MIN, CHATTER_MAX, &n, NULL)
      && bf_duration_parse (g_strstrip (parts[1]), &within_us, NULL) && within_us > 0 && within_us <= SHELVE_MAX_US)
    {
      alerts->chatter_n = (guint) n;
      alerts->chatter_within_us = within_us;
      return;
    }
  problem (reader, "Chatter", _ ("how often in how long, such as “3 in 1min”, 2 to 16 times in one day at most"));
}

static void
read_alerts (Reader *reader)
{
  static const char *const keys[BF_N_PRIORITIES] = { "ShelveLow", "ShelveMedium", "ShelveHigh", "ShelveCritical" };
  BfCityAlerts *alerts = &reader->city->alerts;

  if (reader->group == NULL)
    return;
  bf_conf_group_check_keys (reader->conf, reader->group, alerts_keys, reader->problems);
  for (guint i = 0; i < BF_N_PRIORITIES; i++)
    alerts->shelve_us[i] = get_duration (reader, keys[i], SHELVE_MAX_US);
  alerts->chatter_quiet_us = get_duration (reader, "Quiet", SHELVE_MAX_US);
  read_chatter (reader);
}

/* Painted from GeoJSON only, as yet. */
static void
refuse_mbtiles (Reader *reader)
{
  BfCity *city = reader->city;

  if (city->basemap == NULL || !g_str_has_suffix (city->basemap, ".mbtiles"))
    return;
  bf_problems_add (reader->problems, city->basemap, 0,
                   _ ("base maps of the form MBTiles come with a later version; expected a base map in GeoJSON"));
  g_clear_pointer (&city->basemap, g_free);
}

static void
check_conf (Reader *reader)
{
  for (guint i = 0; i < reader->conf->groups->len; i++)
    {
      const BfConfGroup *group = g_ptr_array_index (reader->conf->groups, i);

      if (group != reader->group && !group->bad && group != bf_conf_group (reader->conf, "Alerts", NULL))
        bf_problems_add (reader->problems, reader->conf->path, group->line, _ ("expected [City] or [Alerts], found [%s%s%s]"), group->type,
                         group->name != NULL ? " " : "", group->name != NULL ? group->name : "");
    }
  if (reader->group == NULL)
    return;
  bf_conf_group_check_keys (reader->conf, reader->group, city_keys, reader->problems);
  for (guint i = 0; i < reader->group->entries->len; i++)
    {
      const BfConfEntry *entry = &g_array_index (reader->group->entries, BfConfEntry, i);

      if (entry->locale != NULL)
        bf_problems_add (reader->problems, reader->conf->path, entry->line, _ ("expected “%s=” without a language"), entry->key);
    }
}

/**
 * bf_city_load:
 * @dir: the city's folder; empty, it is a city with the folder's name
 * @problems: (nullable): where what is wrong in city.conf goes
 *
 * Returns: (transfer full): the city, or %NULL with @error when there is no such folder or city.conf cannot be read
 */
BfCity *
bf_city_load (const char *dir, GPtrArray *problems, GError **error)
{
  g_autoptr (BfCity) city = g_new0 (BfCity, 1);
  g_autoptr (BfConf) conf = NULL;
  g_autofree char *path = NULL;
  Reader reader = { city, NULL, NULL, problems };

  city->dir = g_canonicalize_filename (dir, NULL);
  if (!g_file_test (city->dir, G_FILE_TEST_IS_DIR))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_NOT_FOUND, _ ("%s: expected a city's folder"), dir);
      return NULL;
    }
  path = g_build_filename (city->dir, "city.conf", NULL);
  if (g_file_test (path, G_FILE_TEST_EXISTS))
    {
      conf = bf_conf_load (path, problems, error);
      if (conf == NULL)
        return NULL;
      reader.conf = conf;
      reader.group = bf_conf_group (conf, "City", NULL);
      check_conf (&reader);
    }
  read_zone (&reader);
  read_texts (&reader);
  read_numbers (&reader);
  find_files (&reader);
  read_proxy (&reader);
  refuse_mbtiles (&reader);
  read_engine (&reader);
  reader.group = conf != NULL ? bf_conf_group (conf, "Alerts", NULL) : NULL;
  read_alerts (&reader);
  return g_steal_pointer (&city);
}

void
bf_city_free (BfCity *city)
{
  if (city == NULL)
    return;
  g_free (city->dir);
  g_free (city->name);
  g_free (city->zone_name);
  g_clear_pointer (&city->zone, g_time_zone_unref);
  g_free (city->basemap);
  g_free (city->zones);
  g_free (city->addresses);
  g_free (city->places);
  g_free (city->proxy);
  g_free (city->ca);
  g_free (city->store);
  g_free (city->listen);
  g_free (city);
}

static int
compare_paths (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/**
 * bf_city_list:
 * @dir: the city's folder
 * @sub: a folder in it, such as "feeds.d"
 * @suffix: end of the files' names, such as ".feed"
 * @problems: (nullable): where a folder that cannot be read and an entry that is no regular file are named
 *
 * Files whose name begins with a dot are an editor's and left out.
 *
 * Returns: (transfer full) (element-type filename): absolute paths sorted by name
 */
GPtrArray *
bf_city_list (const char *dir, const char *sub, const char *suffix, GPtrArray *problems)
{
  g_autofree char *root = g_canonicalize_filename (dir, NULL);
  g_autofree char *folder = g_canonicalize_filename (sub, root);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) open = g_dir_open (folder, 0, &error);
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  const char *name;

  if (open == NULL && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    bf_problems_add (problems, folder, 0, _ ("expected a folder that can be read: %s"), error->message);
  while (open != NULL && (name = g_dir_read_name (open)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      if (name[0] == '.' || !g_str_has_suffix (name, suffix))
        continue;
      if (g_file_test (path, G_FILE_TEST_IS_REGULAR))
        g_ptr_array_add (paths, g_steal_pointer (&path));
      else
        bf_problems_add (problems, path, 0, _ ("expected a regular file, or a link to one; it is left out"));
    }
  g_ptr_array_sort (paths, compare_paths);
  return paths;
}
