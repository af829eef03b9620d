/* SPDX-License-Identifier: EUPL-1.2 */
/* beffroi: the console. */

#include <locale.h>
#include <malloc.h>
#include <string.h>

#include "base/bf-language.h"
#include "console/bf-application.h"

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

  /* Images and payloads go back to the system when they are freed: left to itself, glibc keeps the largest it ever saw. */
  mallopt (M_MMAP_THRESHOLD, 256 << 10);
  choose_renderer ();
  setlocale (LC_ALL, "");
  bf_language_open (NULL);
  g_set_application_name ("Beffroi");
  application = bf_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
