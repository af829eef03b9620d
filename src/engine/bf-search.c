/* SPDX-License-Identifier: EUPL-1.2 */
/* Search over what a person may name: open alerts, assets, sensitive places, addresses. Every word of the question must stand in
 * the text, without case and accents. Folded texts of assets are made once and kept until the asset changes.
 *
 * Each type has its share of the answer, for a city has ten thousand lamps and one hospital; what one type leaves is the next
 * one's. Within a type the best stand first: those of whose own name the question is the beginning, then those whose words it
 * begins, then those that have it anywhere, in the address an asset has beside its name last. One pass, the best few kept. */

#include "engine/bf-search.h"

#include <math.h>
#include <string.h>

#include "base/bf-language.h"
#include "base/bf-text.h"

#define WORDS_MAX 8
#define BESIDE "\n" /* between an asset's name and its address; no name has a line's end */

/* Lower is better. */
enum
{
  RANK_BEGINS,     /* the text begins with the question */
  RANK_WORDS,      /* each word of the question begins a word */
  RANK_INSIDE,     /* a word of it stands inside of one */
  N_RANKS,
  RANK_NONE = 2 * N_RANKS, /* not found; between: in what stands beside the name */
};

typedef struct
{
  int rank;
  guint32 index;
} Found;

static gboolean
begins_word (const char *folded, const char *word)
{
  for (const char *p = strstr (folded, word); p != NULL; p = strstr (p + 1, word))
    if (p == folded || !g_unichar_isalnum (g_utf8_get_char (g_utf8_prev_char (p))))
      return TRUE;
  return FALSE;
}

/* How well @words fit @folded. */
static int
rank_of (const char *folded, char **words)
{
  gboolean words_begin = TRUE;
  const char *first = NULL;

  for (guint i = 0; words[i] != NULL; i++)
    {
      if (words[i][0] == '\0')
        continue;
      if (strstr (folded, words[i]) == NULL)
        return RANK_NONE;
      first = first != NULL ? first : words[i];
      words_begin = words_begin && begins_word (folded, words[i]);
    }
  if (first == NULL || !words_begin)
    return RANK_INSIDE;
  return g_str_has_prefix (folded, first) ? RANK_BEGINS : RANK_WORDS;
}

/* Keeps the @max best of @best, best first, of equal ones the first. */
static void
keep (GArray *best, int rank, guint32 index, guint max)
{
  guint at = best->len;
  Found found = { rank, index };

  if (rank == RANK_NONE)
    return;
  while (at > 0 && g_array_index (best, Found, at - 1).rank > rank)
    at--;
  if (at >= max)
    return;
  g_array_insert_val (best, at, found);
  if (best->len > max)
    g_array_set_size (best, max);
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
  text = g_strconcat (name != NULL ? name : "", " ", bf_model_asset_id (engine->model, asset), BESIDE, address != NULL ? address : "", NULL);
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

/* --- one type each: the best of it, in the answer's order ----------------------------------------------------------- */

static void
find_alerts (BfEngine *engine, GPtrArray *alerts, char **words, GArray *best, guint max)
{
  for (guint i = 0; i < alerts->len; i++)
    {
      const BfAlert *alert = g_ptr_array_index (alerts, i);
      g_autofree char *both = g_strjoin (" ", alert->title.text, alert->title.fr, NULL);
      g_autofree char *folded = bf_text_fold (both);

      keep (best, rank_of (folded, words), i, max);
    }
}

static void
write_alert (BfEngine *engine, BfJsonOut *out, const BfAlert *alert)
{
  guint32 asset = bf_model_find_asset (engine->model, alert->asset_id);
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, alert->id);

  write_result (out, "alert", id, bf_name_get (&alert->title, bf_language_now ()),
                asset != BF_NO_ASSET ? bf_model_asset_address (engine->model, asset) : NULL,
                asset != BF_NO_ASSET ? bf_model_asset_point (engine->model, asset) : (BfPoint){ NAN, NAN });
}

/* What is found by its address alone comes after all that is found by its name. */
static int
rank_asset (const char *folded, char **words)
{
  const char *beside = strstr (folded, BESIDE);
  g_autofree char *own = g_strndup (folded, (gsize) (beside - folded));
  int rank = rank_of (own, words);

  if (rank != RANK_NONE)
    return rank;
  rank = rank_of (folded, words);
  return rank == RANK_NONE ? RANK_NONE : N_RANKS + rank;
}

static void
find_assets (BfEngine *engine, char **words, GArray *best, guint max)
{
  for (guint32 asset = 0; asset < bf_model_n_assets (engine->model); asset++)
    {
      const char *folded = bf_model_has_left (engine->model, asset) ? "" : folded_asset (engine, asset);

      if (folded[0] != '\0' && rank_of (folded, words) != RANK_NONE)
        keep (best, rank_asset (folded, words), asset, max);
    }
}

static void
find_places (BfEngine *engine, char **words, GArray *best, guint max)
{
  for (guint i = 0; engine->places != NULL && i < bf_places_n (engine->places); i++)
    {
      const BfPlace *place = bf_places_get (engine->places, i);
      g_autofree char *both = g_strconcat (place->name, BESIDE, place->kind, NULL);
      g_autofree char *folded = bf_text_fold (both);

      keep (best, rank_asset (folded, words), i, max);
    }
}

/* How many of each type: none more than it has, all together @max; a quarter each, and what a type leaves goes to those that
 * have more, in turn. */
static void
share (const guint have[4], guint max, guint ret_shares[4])
{
  guint left = max;
  gboolean any = TRUE;

  memset (ret_shares, 0, 4 * sizeof ret_shares[0]);
  while (left > 0 && any)
    {
      any = FALSE;
      for (guint type = 0; type < 4 && left > 0; type++)
        if (ret_shares[type] < have[type])
          {
            ret_shares[type]++;
            left--;
            any = TRUE;
          }
    }
}

/**
 * bf_search_write:
 * @text: what the person typed
 * @max: results at most, of all types together
 *
 * Writes alerts, places, addresses, assets: what is few before what is many.
 */
void
bf_search_write (BfEngine *engine, BfJsonOut *out, const char *text, guint max)
{
  g_autofree char *folded = bf_text_fold (text);
  g_auto (GStrv) words = g_strsplit (g_strstrip (folded), " ", WORDS_MAX);
  g_autoptr (GPtrArray) list = bf_durable_list (engine->durable);
  g_autoptr (GArray) alerts = g_array_new (FALSE, FALSE, sizeof (Found));
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (Found));
  g_autoptr (GArray) assets = g_array_new (FALSE, FALSE, sizeof (Found));
  g_autoptr (GArray) addresses = NULL;
  guint shares[4] = { 0 };

  if (words[0] != NULL)
    {
      find_alerts (engine, list, words, alerts, max);
      find_places (engine, words, places, max);
      find_assets (engine, words, assets, max);
      addresses = engine->addresses != NULL ? bf_addresses_search (engine->addresses, text, max) : NULL;
      share ((guint[]){ alerts->len, places->len, addresses != NULL ? addresses->len : 0, assets->len }, max, shares);
    }
  bf_json_out_begin_object (out, NULL);
  bf_json_out_begin_array (out, "results");
  for (guint i = 0; i < shares[0]; i++)
    write_alert (engine, out, g_ptr_array_index (list, g_array_index (alerts, Found, i).index));
  for (guint i = 0; i < shares[1]; i++)
    {
      const BfPlace *place = bf_places_get (engine->places, g_array_index (places, Found, i).index);

      write_result (out, "place", place->name, place->name, place->kind, place->point);
    }
  for (guint i = 0; i < shares[2]; i++)
    {
      const BfAddressMatch *match = &g_array_index (addresses, BfAddressMatch, i);

      write_result (out, "address", match->text, match->text, NULL, match->point);
    }
  for (guint i = 0; i < shares[3]; i++)
    {
      guint32 asset = g_array_index (assets, Found, i).index;

      write_result (out, "asset", bf_model_asset_id (engine->model, asset), bf_model_asset_name (engine->model, asset),
                    bf_model_asset_address (engine->model, asset), bf_model_asset_point (engine->model, asset));
    }
  bf_json_out_end_array (out);
  bf_json_out_end_object (out);
}
