/* SPDX-License-Identifier: EUPL-1.2 */
/* What the tests of src/feed share: the catalogue of the plugins in the tree, waiting with a deadline, scratch files. */
#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "model/bf-catalog.h"

#define DEADLINE_S 20

/* The large payload of evil-feed, of which one record has more than a slice may take. */
#define LARGE_RECORDS 3000u
#define LARGE_RECORD 4000u
#define LARGE_OBSERVATIONS 9999u

static inline BfCatalog *
test_catalog (void)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;
  BfCatalog *catalog = bf_catalog_new ();

  bf_catalog_add_plugin_dirs (catalog, g_getenv ("BEFFROI_PLUGINS"), problems, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
  return catalog;
}

static inline gboolean
test_late_cb (gpointer user_data)
{
  g_error ("%s: not within %d s", (const char *) user_data, DEADLINE_S);
  return G_SOURCE_REMOVE;
}

/* Turns the main loop until @condition; the test fails when it does not come. */
#define test_until(condition)                                                                                          \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint late = g_timeout_add_seconds (DEADLINE_S, test_late_cb, (gpointer) #condition);                              \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (late);                                                                                            \
  }                                                                                                                    \
  G_STMT_END

static inline char *
test_write (const char *dir, const char *name, const char *text)
{
  char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  return path;
}

static inline void
test_die_with_parent_cb (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/* A server that a test needs; it does not stay when the test is killed. It must not change its user: the kernel forgets it then. */
static inline GSubprocess *
test_spawn_server (const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_subprocess_launcher_set_child_setup (launcher, test_die_with_parent_cb, NULL, NULL);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  return process;
}

static inline char *
test_scratch (void)
{
  g_autoptr (GError) error = NULL;
  char *dir = g_dir_make_tmp ("bf-feed-XXXXXX", &error);

  g_assert_no_error (error);
  return dir;
}

static inline void
test_scratch_remove (const char *dir)
{
  g_autoptr (GDir) open = g_dir_open (dir, 0, NULL);
  const char *name;

  while (open != NULL && (name = g_dir_read_name (open)) != NULL)
    {
      g_autofree char *path = g_build_filename (dir, name, NULL);

      g_unlink (path);
    }
  g_rmdir (dir);
}
