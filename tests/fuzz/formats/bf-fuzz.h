/* SPDX-License-Identifier: EUPL-1.2 */
/* What the fuzz targets of this folder share: the catalogue, a sink that checks what it is handed, and one run of a decoder. */
#pragma once

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "formats/bf-format.h"

int LLVMFuzzerTestOneInput (const guint8 *bytes, gsize length);

static inline void
fuzz_check (gboolean good)
{
  if (!good)
    abort ();
}

G_GNUC_UNUSED static const BfCatalog *
fuzz_catalog (void)
{
  static BfCatalog *catalog;
  g_autoptr (GPtrArray) problems = NULL;

  if (catalog != NULL)
    return catalog;
  problems = bf_problems_new ();
  catalog = bf_catalog_new ();
  fuzz_check (bf_catalog_add_manifest (catalog, BF_FUZZ_MANIFEST, problems, NULL) && problems->len == 0);
  return catalog;
}

static void
fuzz_asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  guint32 *n_assets = user_data;

  fuzz_check (asset <= *n_assets && draft->kind < bf_catalog_n_kinds (fuzz_catalog ()));
  fuzz_check (draft->source_id_length > 0 && draft->source_id_length <= BF_LIMIT_ID_BYTES
              && memchr (draft->source_id, '\0', draft->source_id_length) == NULL);
  fuzz_check (draft->name == NULL || (strlen (draft->name) <= BF_LIMIT_TEXT_BYTES && g_utf8_validate (draft->name, -1, NULL)));
  fuzz_check (isnan (draft->point.lon) || bf_point_is_valid (draft->point));
  if (draft->shape != NULL)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autofree BfShape *same = NULL;

      bf_shape_append (draft->shape, bytes);
      same = bf_shape_from_bytes (bytes->data, bytes->len);
      fuzz_check (same != NULL && bf_shape_equal (same, draft->shape) && !isnan (draft->point.lon));
    }
  *n_assets = MAX (*n_assets, asset + 1);
}

static void
fuzz_observation_cb (gpointer user_data, const BfObservation *observation)
{
  const guint32 *n_assets = user_data;
  const BfProperty *property = bf_catalog_property (fuzz_catalog (), observation->property);

  fuzz_check (observation->asset < *n_assets && isfinite (observation->value));
  if (property->type == BF_PROPERTY_NUMBER)
    fuzz_check (observation->value >= property->range_min && observation->value <= property->range_max);
  else
    fuzz_check (observation->value >= 0 && observation->value < g_strv_length (property->values));
}

static void
fuzz_refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  fuzz_check (reason[0] != '\0' && g_utf8_validate (reason, -1, NULL));
}

/* The mapping and format of a feed's text; NULL when it cannot be used. */
G_GNUC_UNUSED static BfMapping *
fuzz_open (const char *feed_text, gsize feed_length, const BfFormat **ret_format)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfConf) conf = bf_conf_parse ("fuzz.feed", feed_text, feed_length, problems);
  const BfConfGroup *feed = bf_conf_group (conf, "Feed", NULL);
  BfMapping *mapping;

  *ret_format = feed != NULL ? bf_format_find (bf_conf_group_get (feed, "Format")) : NULL;
  if (*ret_format == NULL)
    return NULL;
  mapping = bf_mapping_new (fuzz_catalog (), 0, conf, feed, bf_conf_group (conf, "Map", NULL), NULL, problems);
  fuzz_check (mapping != NULL || problems->len > 0);
  return mapping;
}

/* Runs a payload through a feed, twice: the second time what is known must be known. */
G_GNUC_UNUSED static void
fuzz_decode (const BfFormat *format, BfMapping *mapping, const guint8 *bytes, gsize length)
{
  static const BfSinkHandler handler = { fuzz_asset_cb, fuzz_observation_cb, fuzz_refused_cb };
  const gint64 now_us = G_GINT64_CONSTANT (1714818600) * G_USEC_PER_SEC;
  static BfJsonDoc *doc;
  g_autoptr (BfSink) sink = NULL;
  guint32 n_assets = 0;

  if (doc == NULL)
    doc = bf_json_doc_new (1 << 20);
  sink = bf_sink_new (fuzz_catalog (), 0, &handler, &n_assets);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *next = NULL;
      g_autofree char *note = NULL;
      gboolean good;

      bf_sink_begin (sink, now_us, BF_TIME_NONE);
      good = format->decode (mapping, doc, (const char *) bytes, length, sink, &error);
      fuzz_check (good == (error == NULL));
      fuzz_check (error == NULL || g_utf8_validate (error->message, -1, NULL));
      if (good && format->next_page != NULL)
        next = format->next_page (doc, "https://example.org/records?limit=100&offset=0", &note);
    }
}
