/* SPDX-License-Identifier: EUPL-1.2 */
/* Paths: see bf-paths.h. A program of a build tree (`_build/src/<folder>/<program>`) finds the others of that tree, an
 * installed one the installed ones; nothing depends on the working folder. */

#include "bf-config.h"

#include "base/bf-paths.h"

static char *
own_dir (void)
{
  g_autofree char *path = g_file_read_link ("/proc/self/exe", NULL);

  return path != NULL ? g_path_get_dirname (path) : g_strdup (".");
}

/**
 * bf_paths_program:
 * @name: such as "beffroi-feed"
 * @built_folder: the folder of src/ that builds it
 *
 * Returns: (transfer full): its path: beside this program, in the same build tree, or installed
 */
char *
bf_paths_program (const char *name, const char *built_folder)
{
  g_autofree char *dir = own_dir ();
  g_autofree char *beside = g_build_filename (dir, name, NULL);
  g_autofree char *built = g_build_filename (dir, "..", built_folder, name, NULL);

  if (g_file_test (built, G_FILE_TEST_IS_EXECUTABLE))
    return g_canonicalize_filename (built, NULL);
  if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  return g_build_filename (BF_PKGLIBEXECDIR, name, NULL);
}

/**
 * bf_paths_plugins:
 *
 * Returns: (transfer full): the folder of plugins of this build tree, or the installed one
 */
char *
bf_paths_plugins (void)
{
  g_autofree char *dir = own_dir ();
  g_autofree char *built = g_build_filename (dir, "..", "..", "plugins", NULL);

  if (g_file_test (built, G_FILE_TEST_IS_DIR))
    return g_canonicalize_filename (built, NULL);
  return g_strdup (BF_PKGPLUGINDIR);
}

/**
 * bf_paths_data_dir:
 *
 * Returns: (transfer full): where the store of that city lies when nothing else is said: the state folder of the person,
 *   by the city folder's name and a digest of its whole path, so that two folders of one name do not meet
 */
char *
bf_paths_data_dir (const char *city_dir)
{
  g_autofree char *absolute = g_canonicalize_filename (city_dir, NULL);
  g_autofree char *name = g_path_get_basename (absolute);
  g_autofree char *digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, absolute, -1);
  g_autofree char *leaf = g_strdup_printf ("%s-%.8s", name, digest);

  return g_build_filename (g_get_user_state_dir (), "beffroi", leaf, NULL);
}
