/* SPDX-License-Identifier: EUPL-1.2 */
/* Runs every file of a target's corpus folder through the target, as an ordinary test. */

#include "bf-fuzz.h"

int
main (int argc, char **argv)
{
  g_autoptr (GDir) dir = argc > 1 ? g_dir_open (argv[1], 0, NULL) : NULL;
  const char *name;
  guint n = 0;

  if (dir == NULL)
    {
      g_printerr ("usage: play FOLDER\n");
      return 2;
    }
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (argv[1], name, NULL);
      g_autofree char *bytes = NULL;
      gsize length;

      if (!g_file_get_contents (path, &bytes, &length, NULL))
        return 1;
      LLVMFuzzerTestOneInput ((const guint8 *) bytes, length);
      n++;
    }
  g_print ("%u files\n", n);
  return n > 0 ? 0 : 1;
}
