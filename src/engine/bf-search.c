/* SPDX-License-Identifier: EUPL-1.2 */
/* Search over what a person may name: open alerts, assets, sensitive places, addresses. Every word of the question must stand in
 * the text, without case and accents. Folded texts of assets are made once and kept until the asset changes. */

#include "engine/bf-search.h"

#include <math.h>
#include <string.h>

#include "base/bf-text.h"

#define WORDS_MAX 8

static gboolean
has_all (const char *folded, char **words)
{
  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0' && strstr (folded, words[i]) == NULL)
      return FALSE;
  return TRUE;
}

static void
write_result (BfJsonOut *out, const char *type, const char *id, const char *text, const char *detail, BfPoint point)
{
  bf_json_out_begin_object (out, NULL);
  bf_json_out_string (out, "type", type);
  bf_json_out_string (out, "id", id);
  bf_json_out_string (out, "text", text);
  bf_json_out_string (out, "detail", detail);
  bf_json_out_double (out, "lat", point.lat);
  bf_json_out_double (out, "lon", point.lon);
  bf_json_out_end_object (out);
}

static const char *
folded_asset (BfEngine *engine, guint32 asset)
{
  const char *name = bf_model_asset_name (engine->model, asset);
  const char *address = bf_model_asset_address (engine->model, asset);
  g_autofree char *text = NULL;

  if (engine->folded == NULL)
    engine->folded = g_ptr_array_new_with_free_func (g_free);
  if (engine->folded->len <= asset)
    g_ptr_array_set_size (engine->folded, (int) bf_model_n_assets (engine->model));
  if (g_ptr_array_index (engine->folded, asset) != NULL)
    return g_ptr_array_index (engine->folded, asset);
  text = g_strjoin (" ", name != NULL ? name : "", bf_model_asset_id (engine->model, asset), address != NULL ? address : "", NULL);
  return g_ptr_array_index (engine->folded, asset) = bf_text_fold (text);
}

/**
 * bf_search_forget:
 *
 * The asset's texts changed.
 */
void
bf_search_forget (BfEngine *engine, guint32 asset)
{
  if (engine->folded == NULL || asset >= engine->folded->len)
    return;
  g_free (g_ptr_array_index (engine->folded, asset));
  g_ptr_array_index (engine->folded, asset) = NULL;
}

static guint
search_alerts (BfEngine *engine, BfJsonOut *out, char **words, guint max)
{
  g_autoptr (GPtrArray) alerts = bf_durable_list (engine->durable);
  guint n = 0;

  for (guint i = 0; i < alerts->len && n < max; i++)
    {
      const BfAlert *alert = g_ptr_array_index (alerts, i);
      guint32 asset = bf_model_find_asset (engine->model, alert->asset_id);
      const char *title = bf_name_get (&alert->title, engine->city->language);
      g_autofree char *both = g_strjoin (" ", alert->title.text, alert->title.fr, NULL);
      g_autofree char *folded = bf_text_fold (both);
      g_autofree char *id = NULL;

      if (!has_all (folded, words))
        continue;
      id = g_strdup_printf ("%" G_GINT64_FORMAT, alert->id);
      write_result (out, "alert", id, title, asset != BF_NO_ASSET ? bf_model_asset_address (engine->model, asset) : NULL,
                    asset != BF_NO_ASSET ? bf_model_asset_point (engine->model, asset) : (BfPoint){ NAN, NAN });
      n++;
    }
  return n;
}

static guint
search_assets (BfEngine *engine, BfJsonOut *out, char **words, guint max)
{
  guint n = 0;

  for (guint32 asset = 0; asset < bf_model_n_assets (engine->model) && n < max; asset++)
    {
      if (!has_all (folded_asset (engine, asset), words))
        continue;
      write_result (out, "asset", bf_model_asset_id (engine->model, asset), bf_model_asset_name (engine->model, asset),
                    bf_model_asset_address (engine->model, asset), bf_model_asset_point (engine->model, asset));
      n++;
    }
  return n;
}

static guint
search_places (BfEngine *engine, BfJsonOut *out, char **words, guint max)
{
  guint n = 0;

  for (guint i = 0; engine->places != NULL && i < bf_places_n (engine->places) && n < max; i++)
    {
      const BfPlace *place = bf_places_get (engine->places, i);
      g_autofree char *folded = bf_text_fold (place->name);

      if (!has_all (folded, words))
        continue;
      write_result (out, "place", place->name, place->name, place->kind, place->point);
      n++;
    }
  return n;
}

/**
 * bf_search_write:
 * @text: what the person typed
 * @max: results at most, of all types together
 */
void
bf_search_write (BfEngine *engine, BfJsonOut *out, const char *text, guint max)
{
  g_autofree char *folded = bf_text_fold (text);
  g_auto (GStrv) words = g_strsplit (g_strstrip (folded), " ", WORDS_MAX);
  guint n = 0;

  bf_json_out_begin_object (out, NULL);
  bf_json_out_begin_array (out, "results");
  if (words[0] != NULL)
    {
      n += search_alerts (engine, out, words, max);
      n += search_assets (engine, out, words, max - n);
      n += search_places (engine, out, words, max - n);
    }
  if (words[0] != NULL && engine->addresses != NULL && n < max)
    {
      g_autoptr (GArray) matches = bf_addresses_search (engine->addresses, text, max - n);

      for (guint i = 0; i < matches->len; i++)
        {
          const BfAddressMatch *match = &g_array_index (matches, BfAddressMatch, i);

          write_result (out, "address", match->text, match->text, NULL, match->point);
        }
    }
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
}
