/* SPDX-License-Identifier: EUPL-1.2 */
/* Assets in slices, one asset, and the series of its observations. */

#include "engine/bf-routes-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>

#include "base/bf-language.h"
#include "base/bf-time.h"

#define SLICE_MAX 2000u
#define STEP_WRITTEN 4u /* assets of one step */
#define STEP_SEEN 64u
#define POINTS_DEFAULT 1000u
#define POINTS_MAX 20000u

static gboolean
asset_passes (const BfRequest *request, guint32 asset)
{
  BfEngine *engine = request->engine;
  const BfKind *kind = bf_model_asset_kind (engine->model, asset);
  const char *service = bf_request_query (request, "service");
  const char *kind_id = bf_request_query (request, "kind");
  const char *zone = bf_request_query (request, "zone");

  if (service != NULL && !g_str_equal (bf_catalog_service (engine->catalog, kind->service)->id, service))
    return FALSE;
  if (kind_id != NULL && !g_str_equal (kind->full_id, kind_id))
    return FALSE;
  if (zone != NULL)
    {
      guint16 index = bf_model_asset_zone (engine->model, asset);

      return index != BF_NO_ZONE && engine->zones != NULL && g_str_equal (bf_zones_get (engine->zones, index)->id, zone);
    }
  return TRUE;
}

typedef struct
{
  guint32 at;
  guint32 end; /* the slice ends here, whatever passed: a filter that passes few must not walk a million */
  guint left;
} Slice;

static gboolean
assets_step (BfRequest *request)
{
  Slice *slice = request->data;
  BfJsonOut *out = &request->out;

  for (guint written = 0, seen = 0; slice->at < slice->end && slice->left > 0 && written < STEP_WRITTEN && seen < STEP_SEEN; slice->at++, seen++)
    {
      if (!asset_passes (request, slice->at))
        continue;
      bf_message_asset (request->engine, out, slice->at, FALSE);
      slice->left--;
      written++;
    }
  if (slice->at < slice->end && slice->left > 0)
    return TRUE;
  bf_json_out_end_array (out);
  if (slice->at < bf_model_n_assets (request->engine->model))
    {
      g_autofree char *cursor = g_strdup_printf ("%u", slice->at);

      bf_json_out_string (out, "next", cursor);
    }
  else
    bf_json_out_null (out, "next");
  bf_json_out_end_object (out);
  return FALSE;
}

void
bf_route_assets (BfRequest *request)
{
  guint32 n = bf_model_n_assets (request->engine->model);
  guint32 at = MIN (n, bf_request_query_count (request, "after", 0, G_MAXUINT32));
  Slice slice = { at, at + MIN (n - at, 50 * SLICE_MAX),
                  MAX (1, bf_request_query_count (request, "limit", BF_SLICE_DEFAULT, SLICE_MAX)) };

  request->data = g_memdup2 (&slice, sizeof slice);
  request->data_free = g_free;
  bf_request_begin_list (request, "assets");
  bf_request_in_steps (request, assets_step);
}

void
bf_route_asset (BfRequest *request)
{
  BfEngine *engine = request->engine;
  guint32 asset = bf_model_find_asset (engine->model, request->argument);

  if (asset == BF_NO_ASSET)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no asset “%.300s”"), request->argument);
      return;
    }
  bf_language_begin (bf_request_language (request));
  bf_message_asset (engine, &request->out, asset, TRUE);
  bf_language_end ();
  bf_request_end (request, NULL);
}

static void
series_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  BfRequest *request = user_data;
  const BfProperty *property = request->data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) points = bf_store_query_series_finish (request->engine->store, result, &error);
  BfJsonOut *out = &request->out;
  guint n_unknown = 0;

  if (points == NULL)
    {
      bf_request_end (request, error);
      return;
    }
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "asset", request->argument);
  bf_json_out_string (out, "property", property->id);
  bf_json_out_string (out, "unit", property->unit_code);
  bf_json_out_begin_array (out, "points");
  for (guint i = 0; i < points->len; i++)
    {
      const BfSeriesPoint *point = &g_array_index (points, BfSeriesPoint, i);

      bf_json_out_begin_array (out, NULL);
      bf_json_out_int (out, NULL, point->observed_us / 1000);
      bf_json_out_double (out, NULL, point->value);
      bf_json_out_end_array (out);
      n_unknown += isnan (point->value) ? 1 : 0;
    }
  bf_json_out_end_array (out);
  bf_json_out_int (out, "unknown", n_unknown);
  bf_json_out_end_object (out);
  bf_request_end (request, NULL);
}

void
bf_route_observations (BfRequest *request)
{
  BfEngine *engine = request->engine;
  const char *id = bf_request_query (request, "asset");
  const char *property_id = bf_request_query (request, "property");
  guint32 asset = id != NULL ? bf_model_find_asset (engine->model, id) : BF_NO_ASSET;
  const BfProperty *property;
  gint64 now_us = bf_time_now_us ();

  if (id == NULL || property_id == NULL)
    {
      bf_request_refuse (request, BF_ERROR_VALUE, _ ("expected asset= and property="));
      return;
    }
  if (asset == BF_NO_ASSET)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("no asset “%.80s”"), id);
      return;
    }
  property = bf_catalog_find_property (engine->catalog, bf_model_asset_kind (engine->model, asset)->service, property_id);
  if (property == NULL)
    {
      bf_request_refuse (request, BF_ERROR_NOT_FOUND, _ ("%s has no property “%s”"), id, property_id);
      return;
    }
  request->argument = g_strdup (id);
  request->data = (gpointer) property;
  bf_request_pause (request);
  bf_store_query_series_async (engine->store, id, property_id, bf_request_query_time (request, "from", now_us - G_TIME_SPAN_DAY),
                               bf_request_query_time (request, "to", now_us),
                               bf_request_query_count (request, "max", POINTS_DEFAULT, POINTS_MAX), NULL, series_cb, request);
}
