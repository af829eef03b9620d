/* SPDX-License-Identifier: EUPL-1.2 */
/* beffroi: the console. */

#include <locale.h>
#include <malloc.h>

#include "base/bf-language.h"
#include "console/bf-application.h"

int
main (int argc, char **argv)
{
  g_autoptr (BfApplication) application = NULL;

  /* Images and payloads go back to the system when they are freed: left to itself, glibc keeps the largest it ever saw. */
  mallopt (M_MMAP_THRESHOLD, 256 << 10);
  setlocale (LC_ALL, "");
  bf_language_open (NULL);
  g_set_application_name ("Beffroi");
  application = bf_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
