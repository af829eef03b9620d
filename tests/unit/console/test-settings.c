/* SPDX-License-Identifier: EUPL-1.2 */
/* What the console remembers. Run twice: with the schema of the build, and without any, where nothing may fail. */

#include "console/bf-settings.h"

static void
test_places (void)
{
  double lat = 1, lon = 2, zoom = 3;

  g_assert_nonnull (bf_settings_get ());
  g_assert_false (bf_settings_get_map_place ("Clairbourg", &lat, &lon, &zoom));
  g_assert_cmpfloat (lat, ==, 1);
  bf_settings_set_map_place ("Clairbourg", 47.25, 4.5, 14.5);
  bf_settings_set_map_place ("Rive", -12, -77, 11);
  bf_settings_set_map_place ("Clairbourg", 47.5, 4.25, 15);
  g_assert_true (bf_settings_get_map_place ("Clairbourg", &lat, &lon, &zoom));
  g_assert_cmpfloat (lat, ==, 47.5);
  g_assert_cmpfloat (lon, ==, 4.25);
  g_assert_cmpfloat (zoom, ==, 15);
  g_assert_true (bf_settings_get_map_place ("Rive", &lat, &lon, &zoom));
  g_assert_cmpfloat (lon, ==, -77);
}

/* What somebody wrote by hand and is no place on earth is not gone to. */
static void
test_no_place (void)
{
  double lat = 1, lon = 2, zoom = 3;

  bf_settings_set_map_place ("Nowhere", 91, 0, 10);
  g_assert_false (bf_settings_get_map_place ("Nowhere", &lat, &lon, &zoom));
  bf_settings_set_map_place ("Nowhere", 0, 0, 99);
  g_assert_false (bf_settings_get_map_place ("Nowhere", &lat, &lon, &zoom));
  g_assert_cmpfloat (zoom, ==, 3);
}

/* However many cities one desk sees, the list stays short, and the newest is in it. */
static void
test_many (void)
{
  g_autoptr (GVariant) places = NULL;
  double lat, lon, zoom;

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *city = g_strdup_printf ("City %u", i);

      bf_settings_set_map_place (city, 1, 1, 10);
      g_assert_true (bf_settings_get_map_place (city, &lat, &lon, &zoom));
    }
  places = g_settings_get_value (bf_settings_get (), "map-places");
  g_assert_cmpuint (g_variant_n_children (places), <=, 32);
}

static void
test_missing (void)
{
  double lat = 1, lon = 2, zoom = 3;

  g_assert_null (bf_settings_get ());
  bf_settings_set_map_place ("Clairbourg", 47.25, 4.5, 14.5);
  g_assert_false (bf_settings_get_map_place ("Clairbourg", &lat, &lon, &zoom));
  g_assert_cmpfloat (lat, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (g_getenv ("GSETTINGS_SCHEMA_DIR") != NULL)
    {
      g_test_add_func ("/console/settings/places", test_places);
      g_test_add_func ("/console/settings/no-place", test_no_place);
      g_test_add_func ("/console/settings/many", test_many);
    }
  else
    g_test_add_func ("/console/settings/missing", test_missing);
  return g_test_run ();
}
