/* SPDX-License-Identifier: EUPL-1.2 */
/* beffroi-engine: owns the truth of one city. See bf-engine.c. */

#include "bf-config.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "api/bf-engine-sign.h"
#include "base/bf-language.h"
#include "base/bf-paths.h"
#include "engine/bf-engine.h"

/* Sent by the kernel when the thread that started us ends, which may be long before its process does. */
#define PARENT_SIGNAL SIGUSR1

typedef struct
{
  GMainLoop *loop;
  pid_t parent;
} Ending;

static gboolean
end (Ending *ending, const char *why)
{
  /* An end that nobody can explain costs a night: why is always said. */
  g_message (_ ("the engine ends: %s"), why);
  g_main_loop_quit (ending->loop);
  return G_SOURCE_CONTINUE;
}

static gboolean
term_cb (gpointer user_data)
{
  return end (user_data, "SIGTERM");
}

static gboolean
int_cb (gpointer user_data)
{
  return end (user_data, "SIGINT");
}

static gboolean
hup_cb (gpointer user_data)
{
  return end (user_data, _ ("SIGHUP, its terminal is gone"));
}

static gboolean
parent_cb (gpointer user_data)
{
  Ending *ending = user_data;

  if (ending->parent == 0 || getppid () == ending->parent)
    return G_SOURCE_CONTINUE;
  return end (ending, _ ("the process that started it (--with-parent) has ended"));
}

/* Before anything else: what comes while the city is read is not lost. */
static void
watch_signals (Ending *ending)
{
  /* A client, or whoever reads our output, may go at any time. */
  signal (SIGPIPE, SIG_IGN);
  g_unix_signal_add (SIGTERM, term_cb, ending);
  g_unix_signal_add (SIGINT, int_cb, ending);
  g_unix_signal_add (SIGHUP, hup_cb, ending);
  g_unix_signal_add (PARENT_SIGNAL, parent_cb, ending);
}

/* A parent that was killed cannot remove the folder that it made for our socket alone; one that holds more stays. */
static void
remove_socket_folder (const char *address)
{
  g_autofree char *dir = g_str_has_prefix (address, "unix:") ? g_path_get_dirname (address + strlen ("unix:")) : NULL;

  if (dir != NULL)
    g_rmdir (dir);
}

int
main (int argc, char **argv)
{
  g_autofree char *city = NULL;
  g_autofree char *data = NULL;
  g_autofree char *plugins = NULL;
  g_autofree char *feed = NULL;
  g_autofree char *listen = NULL;
  g_autofree char *language = NULL;
  g_autofree char *address = NULL;
  gboolean with_parent = FALSE;
  gboolean version = FALSE;
  const GOptionEntry entries[] = {
    { "city", 0, 0, G_OPTION_ARG_FILENAME, &city, N_ ("The city's folder"), N_ ("DIR") },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &data, N_ ("Where socket, token and, without Store=, the store lie"), N_ ("DIR") },
    { "plugins", 0, 0, G_OPTION_ARG_FILENAME, &plugins, N_ ("Where the plugins lie"), N_ ("DIR") },
    { "feed-program", 0, 0, G_OPTION_ARG_FILENAME, &feed, N_ ("The program that runs one feed"), N_ ("FILE") },
    { "listen", 0, 0, G_OPTION_ARG_STRING, &listen, N_ ("unix:PATH or http://127.0.0.1:PORT"), N_ ("ADDRESS") },
    { "with-parent", 0, 0, G_OPTION_ARG_NONE, &with_parent, N_ ("End when the parent process ends"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &version, N_ ("Print the version"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (BfEngine) engine = NULL;
  g_autoptr (GError) error = NULL;
  Ending ending = { loop, getppid () };

  /* Large tables are mapped and go back whole when they grow or end, whatever was freed before; few threads allocate. */
  mallopt (M_MMAP_THRESHOLD, 64 << 10);
  mallopt (M_TRIM_THRESHOLD, 1 << 20);
  mallopt (M_ARENA_MAX, 2);
  /* The words of --help; the city's own language follows when it is known. */
  for (int i = 1; i < argc; i++)
    if (strcmp (argv[i], "--help") == 0 || strcmp (argv[i], "-h") == 0)
      bf_language_open (NULL);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
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
  language = city != NULL ? bf_language_of_city (city) : NULL;
  bf_language_open (language);
  if (city == NULL)
    {
      g_printerr (_ ("beffroi-engine: expected --city DIR, the city's folder\n"));
      return EXIT_FAILURE;
    }
  watch_signals (&ending);
  if (with_parent && (prctl (PR_SET_PDEATHSIG, PARENT_SIGNAL) != 0 || getppid () != ending.parent))
    {
      g_printerr (_ ("beffroi-engine: the process that started it has ended\n"));
      return EXIT_FAILURE;
    }
  if (!with_parent)
    ending.parent = 0;
  if (data == NULL)
    data = bf_paths_data_dir (city);
  if (plugins == NULL)
    plugins = bf_paths_plugins ();
  if (feed == NULL)
    feed = bf_paths_program ("beffroi-feed", "feed");
  if (g_mkdir_with_parents (data, 0700) != 0)
    {
      g_printerr (_ ("beffroi-engine: %s: the folder cannot be made\n"), data);
      return EXIT_FAILURE;
    }
  engine = bf_engine_new (&(BfEngineOptions){ city, data, plugins, feed, listen, NULL }, &error);
  if (engine == NULL)
    {
      g_printerr ("beffroi-engine: %s\n", error->message);
      return EXIT_FAILURE;
    }
  if (!bf_engine_sign_put (city, data, bf_engine_address (engine), &error))
    g_warning (_ ("beffroictl will not find this engine by its folder: %s"), error->message);
  /* Whoever started us reads this line to know that requests will be answered. */
  g_print ("listening on %s\n", bf_engine_address (engine));
  fflush (stdout);
  g_main_loop_run (loop);
  address = g_strdup (bf_engine_address (engine));
  bf_engine_sign_take_down (city, data, address);
  g_clear_pointer (&engine, bf_engine_free);
  if (with_parent)
    remove_socket_folder (address);
  return EXIT_SUCCESS;
}
