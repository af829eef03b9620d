/* SPDX-License-Identifier: EUPL-1.2 */
/* A feed proposed for any payload must be one that can be used, and decode that payload. */

#include "bf-fuzz.h"

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = bf_format_propose (fuzz_catalog (), 0, "https://example.org/x", (const char *) bytes, length, &error);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfConf) conf = NULL;
  g_autoptr (BfMapping) mapping = NULL;
  const BfConfGroup *feed;

  fuzz_check ((text == NULL) == (error != NULL));
  if (text == NULL)
    return 0;
  conf = bf_conf_parse ("proposed.feed", text, strlen (text), problems);
  feed = bf_conf_group (conf, "Feed", NULL);
  mapping = bf_mapping_new (fuzz_catalog (), 0, conf, feed, bf_conf_group (conf, "Map", NULL), NULL, problems);
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *problem = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_printerr ("%s\n", problem);
    }
  fuzz_check (problems->len == 0 && mapping != NULL && bf_conf_group (conf, "Map", NULL) != NULL);
  fuzz_decode (bf_format_find (bf_conf_group_get (feed, "Format")), mapping, bytes, length);
  return 0;
}
