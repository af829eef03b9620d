/* SPDX-License-Identifier: EUPL-1.2 */
/* Runs one feed file on bytes and keeps what the sink hands on. Shared by the tests of formats and the captures' cases. */
#pragma once

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "formats/bf-format.h"
#include "model/bf-model.h"

typedef struct
{
  char *id;
  char *name;
  char *address;
  char *parent;
  char *attributes; /* "key=value; …" */
  guint16 kind;
  BfPoint point;
  BfShape *shape;
} SeenAsset;

typedef struct
{
  BfCatalog *catalog;
  guint service;
  BfConf *conf;
  GTimeZone *zone;
  const BfFormat *format;
  BfMapping *mapping;
  BfJsonDoc *doc;
  BfSink *sink;
  GArray *assets;       /* SeenAsset, by feed-local number */
  GArray *observations; /* BfObservation */
  GPtrArray *refusals;  /* "12 free_spaces: reason" */
  guint n_announced;
} Decode;

static void
seen_asset_clear (gpointer data)
{
  SeenAsset *asset = data;

  g_free (asset->id);
  g_free (asset->name);
  g_free (asset->address);
  g_free (asset->parent);
  g_free (asset->attributes);
  g_free (asset->shape);
}

static void
decode_asset_cb (gpointer user_data, guint32 asset, const BfAssetDraft *draft)
{
  Decode *decode = user_data;
  GString *text = g_string_new (NULL);
  SeenAsset *seen;

  g_assert_cmpuint (asset, <=, decode->assets->len);
  g_assert_cmpuint (draft->kind, <, bf_catalog_n_kinds (decode->catalog));
  g_assert_true (draft->source_id_length > 0 && draft->source_id_length <= BF_LIMIT_ID_BYTES);
  if (decode->assets->len == asset)
    g_array_set_size (decode->assets, asset + 1);
  seen = &g_array_index (decode->assets, SeenAsset, asset);
  seen_asset_clear (seen);
  seen->id = g_strndup (draft->source_id, draft->source_id_length);
  seen->name = g_strdup (draft->name);
  seen->address = g_strdup (draft->address);
  seen->parent = g_strdup (draft->parent);
  for (const char *p = draft->attributes; p != NULL && *p != '\0';)
    {
      const char *value = p + strlen (p) + 1;

      g_string_append_printf (text, "%s%s=%s", text->len > 0 ? "; " : "", p, value);
      p = value + strlen (value) + 1;
    }
  seen->attributes = g_string_free (text, FALSE);
  seen->kind = draft->kind;
  seen->point = draft->point;
  seen->shape = g_memdup2 (draft->shape, bf_shape_bytes (draft->shape));
  g_assert_true (seen->shape == NULL || bf_point_is_valid (seen->point));
  decode->n_announced++;
}

static void
decode_observation_cb (gpointer user_data, const BfObservation *observation)
{
  Decode *decode = user_data;
  const BfProperty *property = bf_catalog_property (decode->catalog, observation->property);

  /* What the sink promises of each. */
  g_assert_cmpuint (observation->asset, <, decode->assets->len);
  g_assert_true (isfinite (observation->value));
  g_assert_true (observation->observed_us != BF_TIME_NONE);
  if (property->type == BF_PROPERTY_NUMBER)
    g_assert_true (observation->value >= property->range_min && observation->value <= property->range_max);
  else
    g_assert_true (observation->value >= 0 && property->values[(guint) observation->value] != NULL);
  g_array_append_val (decode->observations, *observation);
}

static void
decode_refused_cb (gpointer user_data, guint32 record, const char *property, const char *reason)
{
  Decode *decode = user_data;

  g_assert_true (g_utf8_validate (reason, -1, NULL));
  g_ptr_array_add (decode->refusals,
                   g_strdup_printf ("%u %s%s%s", record, property != NULL ? property : "", property != NULL ? ": " : "", reason));
}

static void
decode_free (Decode *decode)
{
  g_clear_pointer (&decode->sink, bf_sink_free);
  g_clear_pointer (&decode->mapping, bf_mapping_free);
  g_clear_pointer (&decode->doc, bf_json_doc_free);
  g_clear_pointer (&decode->conf, bf_conf_free);
  g_clear_pointer (&decode->zone, g_time_zone_unref);
  g_array_unref (decode->assets);
  g_array_unref (decode->observations);
  g_ptr_array_unref (decode->refusals);
  g_free (decode);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Decode, decode_free)

static void
fail_on_problems (GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *text = bf_problem_to_string (g_ptr_array_index (problems, i));

      g_test_message ("%s", text);
    }
  g_assert_cmpuint (problems->len, ==, 0);
}

/* @text: of a .feed file. NULL when its mapping cannot be used; @problems then says why. */
static Decode *
decode_try_new (BfCatalog *catalog, const char *path, const char *text, GPtrArray *problems)
{
  static const BfSinkHandler handler = { decode_asset_cb, decode_observation_cb, decode_refused_cb };
  g_autoptr (Decode) decode = g_new0 (Decode, 1);
  const BfConfGroup *feed;
  const BfService *service;

  decode->catalog = catalog;
  decode->assets = g_array_new (FALSE, TRUE, sizeof (SeenAsset));
  g_array_set_clear_func (decode->assets, seen_asset_clear);
  decode->observations = g_array_new (FALSE, FALSE, sizeof (BfObservation));
  decode->refusals = g_ptr_array_new_with_free_func (g_free);
  decode->zone = g_time_zone_new_identifier ("Europe/Paris");
  decode->conf = bf_conf_parse (path, text, strlen (text), problems);
  feed = bf_conf_group (decode->conf, "Feed", NULL);
  g_assert_nonnull (feed);
  service = bf_catalog_find_service (catalog, bf_conf_group_get (feed, "Service"));
  g_assert_nonnull (service);
  decode->service = service->index;
  decode->format = bf_format_find (bf_conf_group_get (feed, "Format"));
  g_assert_nonnull (decode->format);
  decode->mapping = bf_mapping_new (catalog, service->index, decode->conf, feed, bf_conf_group (decode->conf, "Map", NULL),
                                    decode->zone, problems);
  if (decode->mapping == NULL)
    return NULL;
  decode->doc = bf_json_doc_new (BF_LIMIT_PAYLOAD_BYTES);
  decode->sink = bf_sink_new (catalog, service->index, &handler, decode);
  return g_steal_pointer (&decode);
}

G_GNUC_UNUSED static Decode *
decode_new (BfCatalog *catalog, const char *path, const char *text)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  Decode *decode = decode_try_new (catalog, path, text, problems);

  fail_on_problems (problems);
  g_assert_nonnull (decode);
  return decode;
}

G_GNUC_UNUSED static gboolean
decode_run (Decode *decode, const char *bytes, gsize length, gint64 now_us, GError **error)
{
  g_array_set_size (decode->observations, 0);
  g_ptr_array_set_size (decode->refusals, 0);
  bf_sink_begin (decode->sink, now_us, BF_TIME_NONE);
  return decode->format->decode (decode->mapping, decode->doc, bytes, length, decode->sink, error);
}

G_GNUC_UNUSED static const BfObservation *
decode_find (Decode *decode, const char *id, const char *property)
{
  const BfProperty *p = bf_catalog_find_property (decode->catalog, decode->service, property);

  g_assert_nonnull (p);
  for (guint i = 0; i < decode->observations->len; i++)
    {
      const BfObservation *o = &g_array_index (decode->observations, BfObservation, i);

      if (o->property == p->index && g_str_equal (g_array_index (decode->assets, SeenAsset, o->asset).id, id))
        return o;
    }
  return NULL;
}

G_GNUC_UNUSED static const SeenAsset *
decode_find_asset (Decode *decode, const char *id)
{
  for (guint i = 0; i < decode->assets->len; i++)
    if (g_str_equal (g_array_index (decode->assets, SeenAsset, i).id, id))
      return &g_array_index (decode->assets, SeenAsset, i);
  return NULL;
}

/* The services that the tests of formats write to, without the plugins' default maps. */
G_GNUC_UNUSED static BfCatalog *
decode_catalog (void)
{
  static const char *const manifests[] = {
    "plugins/parking/parking.service",
    "plugins/mobility/mobility.service",
    "plugins/traffic/traffic.service",
    "plugins/weather/weather.service",
  };
  BfCatalog *catalog = bf_catalog_new ();
  g_autoptr (GPtrArray) problems = bf_problems_new ();

  for (guint i = 0; i < G_N_ELEMENTS (manifests); i++)
    {
      g_autofree char *path = g_test_build_filename (G_TEST_DIST, manifests[i], NULL);
      g_autoptr (GError) error = NULL;

      bf_catalog_add_manifest (catalog, path, problems, &error);
      g_assert_no_error (error);
    }
  fail_on_problems (problems);
  return catalog;
}

/* NULL when the captures are not here. */
G_GNUC_UNUSED static char *
captures_dir (void)
{
  const char *given = g_getenv ("BEFFROI_CAPTURES");
  g_autofree char *dir = given != NULL ? g_strdup (given) : g_test_build_filename (G_TEST_DIST, "../shared/captures", NULL);

  return g_file_test (dir, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&dir) : NULL;
}
