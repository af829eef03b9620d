/* SPDX-License-Identifier: EUPL-1.2 */
/* Files of the plugins and the city side by side: see bf-city-files.h. Reads folders, keeps nothing. */

#include "model/bf-city-files.h"

#include <glib/gi18n-lib.h>
#include <stdlib.h>
#include <string.h>

#include "base/bf-conf.h"
#include "base/bf-error.h"
#include "model/bf-city.h"
#include "model/bf-geojson-private.h"

static void
add_files (GPtrArray *files, const char *dir, const char *sub, const char *suffix, GPtrArray *problems)
{
  g_autoptr (GPtrArray) found = bf_city_list (dir, sub, suffix, problems);

  g_ptr_array_extend_and_steal (files, g_steal_pointer (&found));
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

static GStrv
names_of (GHashTable *set)
{
  guint n;
  GStrv names = (GStrv) g_hash_table_get_keys_as_array (set, &n);

  g_hash_table_steal_all (set);
  qsort (names, n, sizeof *names, compare_texts);
  return names;
}

/**
 * bf_city_procedures:
 * @city_dir: (nullable): the city's folder
 * @problems: (nullable): where folders and entries that cannot be read are named
 *
 * Returns: (transfer full): names of the plugins' `procedures/` and the city's `procedures.d/`: of `water-leak.md` and
 *   `water-leak.fr.md` it is “water-leak”
 */
GStrv
bf_city_procedures (const BfCatalog *catalog, const char *city_dir, GPtrArray *problems)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < bf_catalog_n_services (catalog); i++)
    add_files (files, bf_catalog_service (catalog, i)->dir, "procedures", ".md", problems);
  if (city_dir != NULL)
    add_files (files, city_dir, "procedures.d", ".md", problems);
  for (guint i = 0; i < files->len; i++)
    {
      char *name = g_path_get_basename (g_ptr_array_index (files, i));

      name[strcspn (name, ".")] = '\0';
      g_hash_table_add (set, name);
    }
  return names_of (set);
}

/**
 * bf_city_contacts:
 * @city_dir: (nullable): the city's folder
 * @problems: (nullable): where what is wrong in these files goes
 *
 * Returns: (transfer full): whom the files of people.d define: the name of each `[type name]`, be it a person or a rota
 */
GStrv
bf_city_contacts (const char *city_dir, GPtrArray *problems)
{
  g_autoptr (GPtrArray) files = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GHashTable) set = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  if (city_dir != NULL)
    add_files (files, city_dir, "people.d", ".conf", problems);
  for (guint i = 0; i < files->len; i++)
    {
      const char *path = g_ptr_array_index (files, i);
      g_autoptr (GError) error = NULL;
      g_autoptr (BfConf) conf = bf_conf_load (path, problems, &error);

      if (conf == NULL)
        bf_problems_add_error (problems, path, error);
      for (guint j = 0; conf != NULL && j < conf->groups->len; j++)
        {
          const BfConfGroup *group = g_ptr_array_index (conf->groups, j);

          if (group->name != NULL)
            g_hash_table_add (set, g_strdup (group->name));
        }
    }
  return names_of (set);
}

static gboolean
check_feature (gpointer user_data, BfJsonNode properties, BfJsonNode geometry, BfJsonNode feature, GError **error)
{
  static const char *const geometries[]
    = { "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", NULL };
  const char *type = bf_json_member_string (geometry, "type", "");
  BfJsonNode coordinates;

  if (bf_json_member_string (properties, "class", NULL) == NULL)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected the property \"class\" as a text, such as “road” or “water”"));
  else if (!g_strv_contains (geometries, type) || !bf_json_member (geometry, "coordinates", &coordinates)
           || bf_json_type (coordinates) != BF_JSON_ARRAY)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected points, lines or polygons with coordinates, found “%s”"), type);
  else
    return TRUE;
  return FALSE;
}

/**
 * bf_city_check_basemap:
 * @path: GeoJSON
 * @problems: (nullable): where what consoles cannot paint is named
 *
 * Returns: %FALSE when the file is no feature collection, and cannot be given to consoles
 */
gboolean
bf_city_check_basemap (const char *path, GPtrArray *problems)
{
  BfFileProblems file = { problems, path, 0 };
  g_autoptr (GError) error = NULL;

  if (bf_geojson_load (path, &file, check_feature, NULL, &error))
    return TRUE;
  bf_problems_add_error (problems, path, error);
  return FALSE;
}
