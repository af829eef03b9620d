/* SPDX-License-Identifier: EUPL-1.2 */
/* Fuzz target of the frame reader: any bytes, in two pieces, must be read or refused, and what is handed on must be in
 * bounds. Also a program of its own that runs every file of the folders it is given, for the ordinary tests. */

#include <gio/gio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "feed/bf-frame.h"
#include "feed/bf-payload-ring.h"

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length);

static BfCatalog *catalog;

typedef struct
{
  guint32 n_assets;
  guint64 n_observations;
} Seen;

static void
check (gboolean good)
{
  if (!good)
    abort ();
}

static void
asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  Seen *seen = user_data;

  check (asset <= seen->n_assets && draft->kind < bf_catalog_n_kinds (catalog));
  check (strlen (draft->source_id) == draft->source_id_length && draft->source_id_length <= BF_LIMIT_ID_BYTES);
  for (const char *p = draft->attributes; p != NULL && *p != '\0';)
    {
      p += strlen (p) + 1;
      p += strlen (p) + 1;
    }
  if (draft->shape != NULL)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      bf_shape_append_geojson (draft->shape, text);
      check (bf_shape_n_points (draft->shape) <= BF_LIMIT_SHAPE_POINTS && !isnan (draft->point.lon) && text->len > 0);
    }
  seen->n_assets = MAX (seen->n_assets, asset + 1);
}

static void
batch_cb (gpointer user_data, const BfObservation *observations, guint n)
{
  Seen *seen = user_data;

  for (guint i = 0; i < n; i++)
    check (observations[i].asset < seen->n_assets && observations[i].property < bf_catalog_n_properties (catalog) &&
           isfinite (observations[i].value));
  seen->n_observations += n;
  check (seen->n_observations <= BF_FRAME_MAX_OBSERVATIONS);
}

static void
payload_cb (gpointer user_data, gint64 result_us, const guint8 sha256[32], gsize unpacked, GBytes *zstd)
{
  g_autoptr (BfPayloadRing) ring = bf_payload_ring_new ();
  g_autoptr (GBytes) body = NULL;

  check (unpacked <= BF_LIMIT_PAYLOAD_BYTES && g_bytes_get_size (zstd) <= BF_FRAME_MAX_PACKED);
  bf_payload_ring_add (ring, result_us, sha256, unpacked, zstd);
  body = bf_payload_ring_get (ring, result_us, NULL);
  check (body == NULL || g_bytes_get_size (body) == unpacked);
}

static void
status_cb (gpointer user_data, const BfFeedStatus *status)
{
  Seen *seen = user_data;

  check (status->outcome <= BF_OUTCOME_REFUSED && (status->reason == NULL || g_utf8_validate (status->reason, -1, NULL)));
  seen->n_observations = 0;
}

static const BfFrameHandler handler = { NULL, asset_cb, payload_cb, batch_cb, NULL, status_cb };

static void
load (void)
{
  g_autoptr (GError) error = NULL;

  catalog = bf_catalog_new ();
  if (!bf_catalog_add_plugin_dirs (catalog, BF_FUZZ_PLUGINS, NULL, &error))
    g_error ("%s", error->message);
}

int
LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length)
{
  Seen seen = { 0 };
  g_autoptr (BfFrameReader) reader = NULL;
  gsize cut = length > 0 ? bytes[length - 1] % length : 0;

  if (catalog == NULL)
    load ();
  reader = bf_frame_reader_new (catalog, bf_catalog_find_service (catalog, "parking")->index, &handler, &seen);
  if (bf_frame_reader_push (reader, bytes, cut, NULL))
    bf_frame_reader_push (reader, bytes + cut, length - cut, NULL);
  return 0;
}

#ifndef BF_FUZZ_LIBFUZZER
int
main (int argc, char **argv)
{
  guint n = 0;

  for (int i = 1; i < argc; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GDir) dir = g_dir_open (argv[i], 0, &error);
      const char *name;

      if (dir == NULL)
        g_error ("%s", error->message);
      while ((name = g_dir_read_name (dir)) != NULL)
        {
          g_autofree char *path = g_build_filename (argv[i], name, NULL);
          g_autofree char *bytes = NULL;
          gsize length;

          if (!g_file_get_contents (path, &bytes, &length, &error))
            g_error ("%s", error->message);
          LLVMFuzzerTestOneInput ((const guint8 *) bytes, length);
          n++;
        }
    }
  g_print ("1..1\n%sok 1 %u inputs of the corpus\n", n > 0 ? "" : "not ", n);
  bf_catalog_free (catalog);
  return n > 0 ? 0 : 1;
}
#endif
