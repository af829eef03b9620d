/* SPDX-License-Identifier: EUPL-1.2 */
/* beffroi-engine: owns the truth of one city. See bf-engine.c. */

#include "bf-config.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine/bf-engine.h"

static gboolean
quit_cb (gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_CONTINUE;
}

/* The folder of the program's own build or installation: beffroi-feed lies beside it. */
static char *
own_dir (void)
{
  g_autofree char *path = g_file_read_link ("/proc/self/exe", NULL);

  return path != NULL ? g_path_get_dirname (path) : g_strdup (".");
}

static char *
find_feed_program (void)
{
  g_autofree char *dir = own_dir ();
  g_autofree char *beside = g_build_filename (dir, "beffroi-feed", NULL);
  g_autofree char *built = g_build_filename (dir, "..", "feed", "beffroi-feed", NULL);

  if (g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&beside);
  if (g_file_test (built, G_FILE_TEST_IS_EXECUTABLE))
    return g_steal_pointer (&built);
  return g_build_filename (BF_PKGLIBEXECDIR, "beffroi-feed", NULL);
}

static char *
find_plugins_dir (void)
{
  g_autofree char *dir = own_dir ();
  g_autofree char *built = g_build_filename (dir, "..", "..", "plugins", NULL);

  if (g_file_test (built, G_FILE_TEST_IS_DIR))
    return g_canonicalize_filename (built, NULL);
  return g_strdup (BF_PKGPLUGINDIR);
}

static char *
default_data_dir (const char *city_dir)
{
  g_autofree char *absolute = g_canonicalize_filename (city_dir, NULL);
  g_autofree char *name = g_path_get_basename (absolute);

  return g_build_filename (g_get_user_state_dir (), "beffroi", name, NULL);
}

int
main (int argc, char **argv)
{
  g_autofree char *city = NULL;
  g_autofree char *data = NULL;
  g_autofree char *plugins = NULL;
  g_autofree char *feed = NULL;
  g_autofree char *listen = NULL;
  gboolean with_parent = FALSE;
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
    { "city", 0, 0, G_OPTION_ARG_FILENAME, &city, "The city's folder", "DIR" },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, "Where the store lies", "DIR" },
    { "plugins", 0, 0, G_OPTION_ARG_FILENAME, &plugins, "Where the plugins lie", "DIR" },
    { "feed-program", 0, 0, G_OPTION_ARG_FILENAME, &feed, "The program that runs one feed", "FILE" },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &listen, "unix:PATH or http://127.0.0.1:PORT", "ADDRESS" },
    { "with-parent", 0, 0, G_OPTION_ARG_NONE, &with_parent, "End when the parent process ends", NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, "Print the version", NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GMainLoop) loop = NULL;
  g_autoptr (BfEngine) engine = NULL;
  g_autoptr (GError) error = NULL;
  pid_t parent = getppid ();

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("beffroi-engine: %s\n", error->message);
      return EXIT_FAILURE;
    }
  if (version)
    {
      g_print ("beffroi-engine %s\n", BF_VERSION);
      return EXIT_SUCCESS;
    }
  if (city == NULL)
    {
      g_printerr ("beffroi-engine: expected --city DIR, the city's folder\n");
      return EXIT_FAILURE;
    }
  if (with_parent && (prctl (PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid () != parent))
    return EXIT_FAILURE;
  if (data == NULL)
    data = default_data_dir (city);
  if (plugins == NULL)
    plugins = find_plugins_dir ();
  if (feed == NULL)
    feed = find_feed_program ();
  if (listen == NULL)
    listen = g_strdup_printf ("unix:%s/engine.sock", data);
  if (g_mkdir_with_parents (data, 0700) != 0)
    {
      g_printerr ("beffroi-engine: %s: the folder cannot be made\n", data);
      return EXIT_FAILURE;
    }
  engine = bf_engine_new (&(BfEngineOptions){ city, data, plugins, feed, listen }, &error);
  if (engine == NULL)
    {
      g_printerr ("beffroi-engine: %s\n", error->message);
      return EXIT_FAILURE;
    }
  /* Whoever started us reads this line to know that requests will be answered. */
  g_print ("listening on %s\n", bf_engine_address (engine));
  fflush (stdout);
  loop = g_main_loop_new (NULL, FALSE);
  g_unix_signal_add (SIGTERM, quit_cb, loop);
  g_unix_signal_add (SIGINT, quit_cb, loop);
  g_main_loop_run (loop);
  return EXIT_SUCCESS;
}
