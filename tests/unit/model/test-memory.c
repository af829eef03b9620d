/* SPDX-License-Identifier: EUPL-1.2 */
/* One million assets of five properties fit in 300 MB: what the model says of itself, and what the process grew by. */

#include <stdio.h>
#include <unistd.h>

#include "bf-test-manifests.h"
#include "model/bf-model.h"

#define N_ASSETS 1000000u
#define LIMIT_BYTES 300000000u

static const char manifest[] = "[Service]\nId=lighting\nAbi=1\n[Kind lamp]\n"
                               "[Property power]\nType=number\nUnit=W\n[Property voltage]\nType=number\nUnit=V\n"
                               "[Property current]\nType=number\nUnit=A\n[Property dimming]\nType=number\nUnit=%\n"
                               "[Property state]\nType=state\nValues=on, off\n";

static gsize
rss_bytes (void)
{
  FILE *file = fopen ("/proc/self/statm", "r");
  unsigned long total = 0;
  unsigned long resident = 0;

  if (file == NULL)
    return 0;
  if (fscanf (file, "%lu %lu", &total, &resident) != 2)
    resident = 0;
  fclose (file);
  return (gsize) resident * (gsize) sysconf (_SC_PAGESIZE);
}

static void
test_million (void)
{
  g_autoptr (BfCatalog) catalog = bf_test_catalog (manifest);
  g_autoptr (BfModel) model = NULL;
  gsize before = rss_bytes ();
  gsize grown;
  char id[64], name[64], address[64], parent[64];

  if (before == 0)
    {
      g_test_skip ("no /proc/self/statm here");
      return;
    }
  model = bf_model_new (catalog);
  for (guint i = 0; i < N_ASSETS; i++)
    {
      guint32 asset;
      BfAssetInfo info = { id, 0, name, address, i % 50 != 0 ? parent : NULL, { 4.4 + i * 1e-7, 47.2 }, NULL };

      g_snprintf (id, sizeof id, "lighting/L%06u", i);
      g_snprintf (name, sizeof name, "Lamp %06u", i);
      g_snprintf (address, sizeof address, "%u rue des Tanneurs", i % 300);
      g_snprintf (parent, sizeof parent, "lighting/L%06u", i / 50 * 50);
      asset = bf_model_put_asset (model, &info, 0, NULL, NULL);
      g_assert_cmpuint (asset, ==, i);
      for (guint16 property = 0; property < 5; property++)
        bf_model_observe (model, asset, property, i, 1 + i, 2 + i, 0, i);
    }
  grown = rss_bytes () - before;
  g_test_message ("1,000,000 assets x 5 properties: model says %" G_GSIZE_FORMAT " MB, process grew by %" G_GSIZE_FORMAT " MB",
                  bf_model_memory_bytes (model) / 1000000, grown / 1000000);
  g_assert_cmpuint (bf_model_memory_bytes (model), <, LIMIT_BYTES);
#if defined(__SANITIZE_ADDRESS__)
  g_test_skip ("the sanitizer's own memory counts; the process is not measured");
#else
  g_assert_cmpuint (grown, <, LIMIT_BYTES);
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/memory/million", test_million);
  return g_test_run ();
}
