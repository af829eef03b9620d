/* SPDX-License-Identifier: EUPL-1.2 */
/* The sign of a running engine: see bf-engine-sign.h. A file `engine.address` of two lines, the address and the data folder, in the
 * data folder and in the one that the city has when nothing is said (bf_paths_data_dir()), so that either name is enough.
 *
 * An engine that is killed leaves its sign: nobody listens at the address then, and the next engine writes over it. An engine
 * that ends takes down its own only: another one may have put its own up meanwhile. No lock is needed: a file is replaced whole. */

#include "api/bf-engine-sign.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/bf-paths.h"

#define SIGN "engine.address"
#define SIGN_BYTES 65536

static gboolean
read_sign (const char *dir, char **ret_address, char **ret_data_dir)
{
  g_autofree char *path = g_build_filename (dir, SIGN, NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  gsize length;

  if (!g_file_test (path, G_FILE_TEST_IS_REGULAR) || !g_file_get_contents (path, &text, &length, NULL) || length > SIGN_BYTES)
    return FALSE;
  lines = g_strsplit (text, "\n", 3);
  if (g_strv_length (lines) < 2 || lines[0][0] == '\0' || lines[1][0] == '\0')
    return FALSE;
  *ret_address = g_strdup (lines[0]);
  *ret_data_dir = g_strdup (lines[1]);
  return TRUE;
}

static gboolean
write_sign (const char *dir, const char *text, GError **error)
{
  g_autofree char *path = g_build_filename (dir, SIGN, NULL);

  return g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* The folder where the city's engine is looked for when only the city is known; %NULL when it is @data_dir itself. */
static char *
other_dir (const char *city_dir, const char *data_dir)
{
  g_autofree char *usual = bf_paths_data_dir (city_dir);
  g_autofree char *data = g_canonicalize_filename (data_dir, NULL);

  return g_str_equal (usual, data) ? NULL : g_steal_pointer (&usual);
}

/**
 * bf_engine_sign_put:
 * @data_dir: a folder that is there
 * @address: where the engine listens
 *
 * Returns: %FALSE with @error when the sign in @data_dir cannot be written. That for the city alone is a convenience: an
 *   account without a folder of its own does without
 */
gboolean
bf_engine_sign_put (const char *city_dir, const char *data_dir, const char *address, GError **error)
{
  g_autofree char *data = g_canonicalize_filename (data_dir, NULL);
  g_autofree char *text = g_strdup_printf ("%s\n%s\n", address, data);
  g_autofree char *other = other_dir (city_dir, data_dir);
  g_autoptr (GError) unsaid = NULL;

  if (!write_sign (data, text, error))
    return FALSE;
  if (other != NULL && (g_mkdir_with_parents (other, 0700) != 0 || !write_sign (other, text, &unsaid)))
    g_debug ("%s: no sign for the city alone: %s", other, unsaid != NULL ? unsaid->message : g_strerror (errno));
  return TRUE;
}

static void
take_down (const char *dir, const char *address)
{
  g_autofree char *path = g_build_filename (dir, SIGN, NULL);
  g_autofree char *found = NULL;
  g_autofree char *data = NULL;

  if (read_sign (dir, &found, &data) && g_str_equal (found, address))
    g_unlink (path);
}

/**
 * bf_engine_sign_take_down:
 * @address: of the engine that ends; the sign of another one stays
 */
void
bf_engine_sign_take_down (const char *city_dir, const char *data_dir, const char *address)
{
  g_autofree char *other = other_dir (city_dir, data_dir);

  take_down (data_dir, address);
  if (other == NULL)
    return;
  take_down (other, address);
  g_rmdir (other); /* it stays when there is more in it */
}

/**
 * bf_engine_sign_read:
 * @city_dir: (nullable): the city; used when @data_dir is %NULL
 * @data_dir: (nullable): the data folder
 * @ret_address: (out) (transfer full): where its engine said that it listens
 * @ret_data_dir: (out) (transfer full): where the token lies
 *
 * Returns: %FALSE: no engine has put up a sign there
 */
gboolean
bf_engine_sign_read (const char *city_dir, const char *data_dir, char **ret_address, char **ret_data_dir)
{
  g_autofree char *dir = data_dir != NULL ? g_strdup (data_dir) : bf_paths_data_dir (city_dir);

  return read_sign (dir, ret_address, ret_data_dir);
}
