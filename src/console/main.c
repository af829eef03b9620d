/* SPDX-License-Identifier: EUPL-1.2 */
/* beffroi: the console. */

#include "bf-config.h"

#include <glib/gi18n-lib.h>
#include <locale.h>
#include <malloc.h>
#include <string.h>

#include "console/bf-application.h"

/* A program of a build tree uses that tree's translations. */
static char *
find_locale_dir (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *dir = self == NULL ? g_strdup (".") : g_path_get_dirname (self);
  g_autofree char *built = g_build_filename (dir, "..", "..", "po", NULL);
  g_autofree char *catalog = g_build_filename (built, "fr", "LC_MESSAGES", BF_GETTEXT_DOMAIN ".mo", NULL);

  return g_file_test (catalog, G_FILE_TEST_EXISTS) ? g_canonicalize_filename (built, NULL) : g_strdup (BF_LOCALEDIR);
}

/* The map is one image that the processor writes: it is drawn by Cairo, unless the person asks for another way. Then GL is not
 * loaded, which takes 150 ms of a start without a graphics card. A browser's page (Broadway) has its own way. */
static void
choose_renderer (void)
{
  const char *backend = g_getenv ("GDK_BACKEND");

  if ((g_getenv ("DISPLAY") == NULL && g_getenv ("WAYLAND_DISPLAY") == NULL)
      || (backend != NULL && strstr (backend, "broadway") != NULL))
    return;
  g_setenv ("GSK_RENDERER", "cairo", FALSE);
  if (strcmp (g_getenv ("GSK_RENDERER"), "cairo") == 0)
    g_setenv ("GDK_DEBUG", "gl-disable", FALSE);
}

int
main (int argc, char **argv)
{
  g_autoptr (BfApplication) application = NULL;
  g_autofree char *locale_dir = find_locale_dir ();

  /* Images and payloads go back to the system when they are freed: left to itself, glibc keeps the largest it ever saw. */
  mallopt (M_MMAP_THRESHOLD, 256 << 10);
  choose_renderer ();
  setlocale (LC_ALL, "");
  bindtextdomain (BF_GETTEXT_DOMAIN, locale_dir);
  bind_textdomain_codeset (BF_GETTEXT_DOMAIN, "UTF-8");
  textdomain (BF_GETTEXT_DOMAIN);
  g_set_application_name ("Beffroi");
  application = bf_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
