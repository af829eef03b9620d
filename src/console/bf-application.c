/* SPDX-License-Identifier: EUPL-1.2 */
/* The application: see bf-application.h. `beffroi --city DIR` starts a private engine; `--connect ADDRESS` uses one that
 * runs; one of them is needed. Not unique: a control
 * room may look at two cities. */

#include "bf-config.h"

#include "console/bf-application.h"

#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <stdio.h>

#include "base/bf-paths.h"
#include "console/bf-settings.h"
#include "console/bf-window.h"

struct _BfApplication
{
  AdwApplication parent_instance;

  char *city, *data, *connect, *token_file, *engine;
  gboolean light, dark;
};

G_DEFINE_FINAL_TYPE (BfApplication, bf_application, ADW_TYPE_APPLICATION)

static const struct
{
  const char *name;
  AdwColorScheme scheme;
} appearances[] = {
  { "system", ADW_COLOR_SCHEME_PREFER_DARK },
  { "dark", ADW_COLOR_SCHEME_FORCE_DARK },
  { "light", ADW_COLOR_SCHEME_FORCE_LIGHT },
};

static void
set_appearance (BfApplication *self, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (appearances); i++)
    if (g_strcmp0 (appearances[i].name, name) == 0)
      {
        GAction *action = g_action_map_lookup_action (G_ACTION_MAP (self), "appearance");

        adw_style_manager_set_color_scheme (adw_style_manager_get_default (), appearances[i].scheme);
        g_simple_action_set_state (G_SIMPLE_ACTION (action), g_variant_new_string (name));
      }
}

/* What a person chose in the menu is remembered; what the command line says is for this time only. */
static void
appearance_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
  const char *name = g_variant_get_string (value, NULL);

  set_appearance (user_data, name);
  for (guint i = 0; i < G_N_ELEMENTS (appearances) && bf_settings_get () != NULL; i++)
    if (g_strcmp0 (appearances[i].name, name) == 0)
      g_settings_set_string (bf_settings_get (), "appearance", name);
}

static void
about_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
  static const char *const developers[] = { "The Beffroi contributors", NULL };

  adw_show_about_window (gtk_application_get_active_window (user_data), "application-name", "Beffroi", "application-icon",
                         "org.beffroi.Console", "version", BF_VERSION, "developer-name", _("The Beffroi contributors"),
                         "developers", developers, "comments",
                         _("All services of a city at one glance: what is abnormal, where, why, and who has it."), "license",
                         _("European Union Public Licence, version 1.2 (EUPL-1.2)"), "license-type", GTK_LICENSE_CUSTOM,
                         /* Translators: your name, one a line */
                         "translator-credits", _("translator-credits"), NULL);
}

static void
quit_cb (GSimpleAction *action, GVariant *value, gpointer user_data)
{
  GtkWindow *window = gtk_application_get_active_window (user_data);

  if (window != NULL)
    gtk_window_close (window);
}

/* Told to end from outside (the session, a service manager): as when a person closes the windows, what they remember is kept. */
static gboolean
signal_cb (gpointer user_data)
{
  g_autoptr (GList) windows = g_list_copy (gtk_application_get_windows (user_data));

  if (windows == NULL)
    g_application_quit (user_data);
  for (GList *at = windows; at != NULL; at = at->next)
    gtk_window_close (at->data);
  return G_SOURCE_CONTINUE;
}

static const GActionEntry actions[] = {
  { .name = "about", .activate = about_cb },
  { .name = "quit", .activate = quit_cb },
  { .name = "appearance", .parameter_type = "s", .state = "'system'", .change_state = appearance_cb },
};

static const struct
{
  const char *action;
  const char *keys[3];
} accels[] = {
  { "app.quit", { "<Control>q", NULL } },
  { "win.focus-search", { "<Control>f", NULL } },
  { "win.focus-board", { "F2", NULL } },
  { "win.focus-map", { "F3", NULL } },
  { "win.focus-inspector", { "F4", NULL } },
  { "win.focus-services", { "F5", NULL } },
  { "win.feeds", { "F6", NULL } },
  { "win.log", { "F7", NULL } },
  { "win.connect-city", { "<Control>n", NULL } },
  { "win.whole-city", { "<Control>Home", NULL } },
  { "win.show-help-overlay", { "<Control>question", "F1", NULL } },
};

static void
fail (BfApplication *self, const char *message)
{
  g_printerr ("beffroi: %s\n", message);
}

/* The token of a TCP engine lies in a file of its data folder. */
static char *
read_token (BfApplication *self)
{
  g_autoptr (GError) error = NULL;
  char *token = NULL;

  if (self->token_file == NULL)
    return NULL;
  if (!g_file_get_contents (self->token_file, &token, NULL, &error))
    {
      fail (self, error->message);
      return NULL;
    }
  return g_strstrip (token);
}

static void
open_what_was_asked (BfApplication *self, BfWindow *window)
{
  g_autoptr (GError) error = NULL;

  if (self->city != NULL)
    {
      g_autofree char *data = self->data != NULL ? g_strdup (self->data) : bf_paths_data_dir (self->city);

      if (!bf_window_open_city (window, self->city, data, &error))
        {
          fail (self, error->message);
          bf_window_say (window, error->message);
        }
    }
  else if (self->connect != NULL)
    {
      g_autofree char *token = read_token (self);

      bf_window_open_address (window, self->connect, token);
    }
}

/* For tests/bench: the moment at which a person first sees something. */
static void
first_frame_cb (GdkFrameClock *clock, gpointer user_data)
{
  g_signal_handlers_disconnect_by_func (clock, first_frame_cb, user_data);
  g_print ("first frame\n");
  fflush (stdout);
}

static void
realized_cb (GtkWidget *window, gpointer user_data)
{
  g_signal_connect (gtk_widget_get_frame_clock (window), "after-paint", G_CALLBACK (first_frame_cb), NULL);
}

static void
bf_application_activate (GApplication *application)
{
  BfApplication *self = BF_APPLICATION (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (application));
  g_autofree char *engine = NULL;

  if (window != NULL)
    {
      gtk_window_present (window);
      return;
    }
  engine = self->engine != NULL ? g_strdup (self->engine) : bf_paths_program ("beffroi-engine", "engine");
  window = GTK_WINDOW (bf_window_new (GTK_APPLICATION (application), engine));
  if (g_getenv ("BEFFROI_SAY_FIRST_FRAME") != NULL)
    g_signal_connect (window, "realize", G_CALLBACK (realized_cb), NULL);
  open_what_was_asked (self, BF_WINDOW (window));
  gtk_window_present (window);
}

static const int ending[] = { SIGTERM, SIGINT, SIGHUP };

static void
bf_application_startup (GApplication *application)
{
  BfApplication *self = BF_APPLICATION (application);
  g_autofree char *remembered = bf_settings_get () == NULL ? g_strdup ("system")
                                                           : g_settings_get_string (bf_settings_get (), "appearance");

  G_APPLICATION_CLASS (bf_application_parent_class)->startup (application);
  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions), self);
  for (guint i = 0; i < G_N_ELEMENTS (ending); i++)
    g_unix_signal_add (ending[i], signal_cb, self);
  for (guint i = 0; i < G_N_ELEMENTS (accels); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), accels[i].action, accels[i].keys);
  set_appearance (self, self->light ? "light" : self->dark ? "dark" : remembered);
}

static int
bf_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  BfApplication *self = BF_APPLICATION (application);

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("beffroi %s\n", BF_VERSION);
      return 0;
    }
  if (self->city != NULL && self->connect != NULL)
    {
      fail (self, _("expected either --city or --connect, not both"));
      return 1;
    }
  if (self->city == NULL && self->connect == NULL)
    {
      fail (self, _("expected --city DIR, the folder of a city, or --connect ADDRESS of an engine that runs"));
      return 1;
    }
  if (self->city != NULL && !g_file_test (self->city, G_FILE_TEST_IS_DIR))
    {
      g_autofree char *message = g_strdup_printf (_("%s: the folder of a city was expected"), self->city);

      fail (self, message);
      return 1;
    }
  return -1;
}

static void
bf_application_finalize (GObject *object)
{
  BfApplication *self = BF_APPLICATION (object);

  g_free (self->city);
  g_free (self->data);
  g_free (self->connect);
  g_free (self->token_file);
  g_free (self->engine);
  G_OBJECT_CLASS (bf_application_parent_class)->finalize (object);
}

static void
bf_application_class_init (BfApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = bf_application_finalize;
  application_class->activate = bf_application_activate;
  application_class->startup = bf_application_startup;
  application_class->handle_local_options = bf_application_handle_local_options;
}

static void
bf_application_init (BfApplication *self)
{
  const GOptionEntry options[] = {
    { "city", 0, 0, G_OPTION_ARG_FILENAME, &self->city, N_("Open the city of this folder with an engine of our own"), N_("DIR") },
    { "data", 0, 0, G_OPTION_ARG_FILENAME, &self->data, N_("Where that city's store lies"), N_("DIR") },
    { "connect", 0, 0, G_OPTION_ARG_STRING, &self->connect, N_("Use an engine that runs: unix:PATH or http://127.0.0.1:PORT"),
      N_("ADDRESS") },
    { "token-file", 0, 0, G_OPTION_ARG_FILENAME, &self->token_file, N_("File with the token of that engine"), N_("FILE") },
    { "engine", 0, 0, G_OPTION_ARG_FILENAME, &self->engine, N_("The program beffroi-engine"), N_("PROGRAM") },
    { "light", 0, 0, G_OPTION_ARG_NONE, &self->light, N_("Light appearance"), NULL },
    { "dark", 0, 0, G_OPTION_ARG_NONE, &self->dark, N_("Dark appearance"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_("Print the version"), NULL },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), options);
}

BfApplication *
bf_application_new (void)
{
  return g_object_new (BF_TYPE_APPLICATION, "application-id", "org.beffroi.Console", "flags", G_APPLICATION_NON_UNIQUE,
                       "resource-base-path", "/org/beffroi/Console", NULL);
}
