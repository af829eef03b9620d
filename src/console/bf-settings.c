/* SPDX-License-Identifier: EUPL-1.2 */
/* The console's GSettings: see bf-settings.h. Without the schema nothing is remembered and nothing fails. Main thread. */

#define G_SETTINGS_ENABLE_BACKEND

#include "console/bf-settings.h"

#include <gio/gsettingsbackend.h>
#include <math.h>

#define SCHEMA "org.beffroi.Console"
#define PLACES "map-places"
#define MAX_PLACES 32 /* cities; one more forgets the others */

/* The installed schema, else the one that stands beside a program of a build tree. */
static GSettingsSchema *
find_schema (void)
{
  GSettingsSchemaSource *installed = g_settings_schema_source_get_default ();
  GSettingsSchema *schema = installed == NULL ? NULL : g_settings_schema_source_lookup (installed, SCHEMA, TRUE);
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = self == NULL ? NULL : g_path_get_dirname (self);
  g_autofree char *built = dir == NULL ? NULL : g_build_filename (dir, "..", "..", "data", NULL);
  g_autoptr (GSettingsSchemaSource) source = NULL;

  if (schema != NULL || built == NULL)
    return schema;
  source = g_settings_schema_source_new_from_directory (built, installed, TRUE, NULL);
  return source == NULL ? NULL : g_settings_schema_source_lookup (source, SCHEMA, FALSE);
}

/* dconf writes over the session's bus: where there is none (a server with a browser's page), a file of our own does. */
static GSettingsBackend *
choose_backend (void)
{
  g_autofree char *bus = g_build_filename (g_get_user_runtime_dir (), "bus", NULL);
  g_autofree char *file = g_build_filename (g_get_user_config_dir (), "beffroi", "console.ini", NULL);

  if (g_getenv ("GSETTINGS_BACKEND") != NULL || g_getenv ("DBUS_SESSION_BUS_ADDRESS") != NULL
      || g_file_test (bus, G_FILE_TEST_EXISTS))
    return NULL;
  return g_keyfile_settings_backend_new (file, "/org/beffroi/Console/", "console");
}

/**
 * bf_settings_get:
 *
 * Returns: (transfer none) (nullable): the settings; %NULL where the schema is missing
 */
GSettings *
bf_settings_get (void)
{
  static GSettings *settings;
  static gboolean sought;

  if (!sought)
    {
      g_autoptr (GSettingsSchema) schema = find_schema ();
      g_autoptr (GSettingsBackend) backend = schema == NULL ? NULL : choose_backend ();

      sought = TRUE;
      if (schema == NULL)
        g_message ("settings: the schema %s is not installed, nothing is remembered", SCHEMA);
      else
        settings = g_settings_new_full (schema, backend, NULL);
    }
  return settings;
}

/**
 * bf_settings_get_map_place:
 * @city: name of the city
 *
 * Returns: whether that city's map was seen before; the outputs are not touched otherwise
 */
gboolean
bf_settings_get_map_place (const char *city, double *ret_lat, double *ret_lon, double *ret_zoom)
{
  GSettings *settings = bf_settings_get ();
  g_autoptr (GVariant) places = settings == NULL ? NULL : g_settings_get_value (settings, PLACES);
  double lat, lon, zoom;

  if (places == NULL || !g_variant_lookup (places, city, "(ddd)", &lat, &lon, &zoom))
    return FALSE;
  if (!(fabs (lat) <= 85.1) || !(fabs (lon) <= 180) || !(zoom >= 0 && zoom <= 22))
    return FALSE;
  *ret_lat = lat;
  *ret_lon = lon;
  *ret_zoom = zoom;
  return TRUE;
}

/**
 * bf_settings_set_map_place:
 * @city: name of the city, whose map is left at this place
 */
void
bf_settings_set_map_place (const char *city, double lat, double lon, double zoom)
{
  GSettings *settings = bf_settings_get ();
  g_autoptr (GVariant) places = settings == NULL ? NULL : g_settings_get_value (settings, PLACES);
  GVariantBuilder builder;
  GVariantIter iter;
  const char *name;
  double old_lat, old_lon, old_zoom;

  if (settings == NULL)
    return;
  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{s(ddd)}"));
  g_variant_builder_add (&builder, "{s(ddd)}", city, lat, lon, zoom);
  g_variant_iter_init (&iter, places);
  while (g_variant_n_children (places) < MAX_PLACES
         && g_variant_iter_next (&iter, "{&s(ddd)}", &name, &old_lat, &old_lon, &old_zoom))
    if (!g_str_equal (name, city))
      g_variant_builder_add (&builder, "{s(ddd)}", name, old_lat, old_lon, old_zoom);
  g_settings_set_value (settings, PLACES, g_variant_builder_end (&builder));
}
