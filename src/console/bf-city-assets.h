/* SPDX-License-Identifier: EUPL-1.2 */
/* The assets as a client knows them, in dense arrays: about 40 bytes an asset, 16 a value, and its texts once in an arena.
 * 100,000 assets of three values take 20 MB. Indexes never change while the object lives. No GTK. */
#pragma once

#include "base/bf-shape.h"
#include "console/bf-city-catalog.h"

G_BEGIN_DECLS

/**
 * BfCityAsset:
 * @id: @name: @address: @zone: places in the arena, read by bf_city_assets_text()
 * @lon: NAN: no place
 * @first_value: its kind's properties follow from here
 */
typedef struct
{
  guint32 id, name, address, zone;
  guint32 first_value;
  guint16 kind;
  guint16 service;
  double lat, lon;
} BfCityAsset;

/**
 * BfCityValue:
 * @value: number or index of the state; NAN when there is none
 * @observed_ms: since 1970; 0 when there is none
 */
typedef struct
{
  double value;
  gint64 observed_ms : 63;
  guint64 known : 1;
} BfCityValue;

typedef struct
{
  GArray *assets;
  GArray *values;
  GString *arena;
  GHashTable *shapes; /* index + 1 -> BfShape: of the few that are more than a point */
  guint32 *slots; /* open addressing: index + 1 */
  gsize n_slots;
  guint64 n_refused; /* assets or values that name no kind or property of the catalog */
} BfCityAssets;

BfCityAssets *bf_city_assets_new (void);
void bf_city_assets_free (BfCityAssets *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfCityAssets, bf_city_assets_free)

guint bf_city_assets_count (const BfCityAssets *self);
guint bf_city_assets_find (const BfCityAssets *self, const char *id);
const BfCityAsset *bf_city_assets_get (const BfCityAssets *self, guint index);
const char *bf_city_assets_text (const BfCityAssets *self, guint32 text);
const BfCityValue *bf_city_assets_value (const BfCityAssets *self, const BfCityCatalog *catalog, guint index, guint property);
gboolean bf_city_assets_is_over (const BfCityAssets *self, const BfCityCatalog *catalog, guint index);
gboolean bf_city_assets_is_unknown (const BfCityAssets *self, const BfCityCatalog *catalog, guint index);

const BfShape *bf_city_assets_shape (const BfCityAssets *self, guint index); /* nullable */
guint bf_city_assets_put (BfCityAssets *self, const BfCityCatalog *catalog, BfJsonNode node, gboolean *ret_new);
guint bf_city_assets_apply_value (BfCityAssets *self, const BfCityCatalog *catalog, BfJsonNode row);

G_END_DECLS
