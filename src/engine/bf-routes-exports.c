/* SPDX-License-Identifier: EUPL-1.2 */
/* What takes the whole city out: written in chunks, the next one when the last one has left. */

#include "engine/bf-routes-private.h"

#include <math.h>

#define TURN_US 500       /* of writing in one turn of the loop */
#define STEP 4u           /* features between looks at the clock */
#define PIECE (16u << 10) /* bytes of a chunk, about */

/* Assets that come while it is written are not in it. */
typedef struct
{
  guint32 at; /* the first that is not yet written */
  guint32 n;
} Export;

static void
write_position (BfJsonOut *out, const char *key, BfPoint point)
{
  bf_json_out_begin_array (out, key);
  bf_json_out_double (out, NULL, round (point.lon * 1e7) / 1e7);
  bf_json_out_double (out, NULL, round (point.lat * 1e7) / 1e7);
  bf_json_out_end_array (out);
}

static void
write_geometry (BfJsonOut *out, BfPoint point, const BfShape *shape)
{
  if (shape != NULL)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      bf_shape_append_geojson (shape, text);
      bf_json_out_raw (out, "geometry", text->str);
      return;
    }
  if (isnan (point.lon))
    {
      bf_json_out_null (out, "geometry");
      return;
    }
  bf_json_out_begin_object (out, "geometry");
  bf_json_out_string (out, "type", "Point");
  write_position (out, "coordinates", point);
  bf_json_out_end_object (out);
}

static void
write_feature (BfEngine *engine, BfJsonOut *out, guint32 asset)
{
  BfPoint point = bf_model_asset_point (engine->model, asset);
  const BfShape *shape = bf_model_asset_shape (engine->model, asset);

  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "type", "Feature");
  bf_json_out_string (out, "id", bf_model_asset_id (engine->model, asset));
  write_geometry (out, point, shape);
  bf_json_out_begin_object (out, "properties");
  bf_json_out_string (out, "kind", bf_model_asset_kind (engine->model, asset)->full_id);
  bf_json_out_string (out, "name", bf_model_asset_name (engine->model, asset));
  bf_json_out_string (out, "address", bf_model_asset_address (engine->model, asset));
  bf_json_out_string (out, "zone", bf_engine_zone_name (engine, asset));
  if (shape != NULL)
    write_position (out, "position", point);
  bf_message_values (engine, out, asset, FALSE);
  bf_json_out_end_object (out);
  bf_json_out_end_object (out);
}

static void
geojson_slice (BfRequest *request, gint64 until_us)
{
  Export *export = request->data;
  SoupMessageBody *body = soup_server_message_get_response_body (request->message);
  GString *text = request->text;

  g_string_assign (text, export->at == 0 ? "{\"type\":\"FeatureCollection\",\"features\":[" : "");
  do
    for (guint i = 0; i < STEP && export->at < export->n; i++, export->at++)
      {
        BfJsonOut out;

        if (export->at > 0)
          g_string_append (text, ",\n");
        bf_json_out_init (&out, text);
        write_feature (request->engine, &out, export->at);
      }
  while (export->at < export->n && text->len < PIECE && g_get_monotonic_time () < until_us);
  if (export->at == export->n)
    g_string_append (text, "]}\n");
  soup_message_body_append (body, SOUP_MEMORY_COPY, text->str, text->len);
  if (export->at == export->n)
    soup_message_body_complete (body);
}

static gboolean
geojson_more_cb (gpointer user_data)
{
  BfRequest *request = user_data;

  request->steps_id = 0;
  geojson_slice (request, bf_turns_until (TURN_US));
  soup_server_message_unpause (request->message);
  return G_SOURCE_REMOVE;
}

/* As long as the client takes all that is written, no other source would have its turn. */
static void
geojson_wrote_cb (SoupServerMessage *message, gpointer user_data)
{
  BfRequest *request = user_data;
  const Export *export = request->data;

  if (export->at == export->n || request->steps_id != 0)
    return;
  soup_server_message_pause (message);
  request->steps_id = g_idle_add_full (G_PRIORITY_DEFAULT, geojson_more_cb, request, NULL);
}

static void
geojson_finished_cb (SoupServerMessage *message, gpointer user_data)
{
  g_signal_handlers_disconnect_by_data (message, user_data);
  bf_request_free (user_data);
}

void
bf_route_geojson (BfRequest *request)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (request->message);
  Export export = { 0, bf_model_n_assets (request->engine->model) };

  request->data = g_memdup2 (&export, sizeof export);
  request->data_free = g_free;
  soup_server_message_set_status (request->message, SOUP_STATUS_OK, NULL);
  soup_message_headers_set_content_type (headers, "application/geo+json", NULL);
  soup_message_headers_set_encoding (headers, SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (request->message), FALSE);
  g_signal_connect (request->message, "wrote-chunk", G_CALLBACK (geojson_wrote_cb), request);
  g_signal_connect (request->message, "finished", G_CALLBACK (geojson_finished_cb), request);
  geojson_slice (request, bf_turns_until (TURN_US));
}
