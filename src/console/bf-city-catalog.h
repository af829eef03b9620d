/* SPDX-License-Identifier: EUPL-1.2 */
/* The catalog as a client knows it (API message `catalog`): services, kinds, properties with their names in the person's
 * language. Built once a snapshot, never changed afterwards; indexes are valid as long as the catalog. No GTK. */
#pragma once

#include "base/bf-text.h"
#include "json/bf-json.h"

G_BEGIN_DECLS

#define BF_CITY_NONE G_MAXUINT

/* One state of a property of type state. */
typedef struct
{
  char *id;
  BfName name;
} BfCityState;

/**
 * BfCityProperty:
 * @unit_code: UCUM, "" when there is none; never shown
 * @unit: what people write: "places", "m³/h"
 * @states: (nullable) (element-type BfCityState): for type state
 */
typedef struct
{
  char *id;
  guint service;
  BfName name;
  char *unit_code;
  BfName unit;
  double min, max;
  gboolean derived;
  GArray *states;
} BfCityProperty;

/**
 * BfCityKind:
 * @headline: index of the property that is said beside the name, or %BF_CITY_NONE
 * @over_property: the state that says whether a thing is over, or %BF_CITY_NONE; @over: mask of its states that do
 * @properties: (element-type guint): in the order of the catalog; a value's slot is its place here
 */
typedef struct
{
  char *id;
  guint service;
  BfName name;
  char *symbol;
  guint headline;
  guint over_property;
  guint64 over;
  GArray *properties;
} BfCityKind;

typedef struct
{
  char *id;
  BfName name;
} BfCityService;

/**
 * BfCityIndicator: a figure of a service; @unit as people write it
 */
typedef struct
{
  char *id;
  guint service;
  BfName name;
  char *unit;
} BfCityIndicator;

typedef struct
{
  GArray *services;
  GArray *kinds;
  GArray *properties;
  GArray *indicators;
  GHashTable *service_by_id;
  GHashTable *kind_by_id;
  GHashTable *property_by_id; /* "service.property" */
} BfCityCatalog;

BfCityCatalog *bf_city_catalog_new (BfJsonNode node, GError **error);
void bf_city_catalog_free (BfCityCatalog *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfCityCatalog, bf_city_catalog_free)

guint bf_city_catalog_find_service (const BfCityCatalog *self, const char *id);
guint bf_city_catalog_find_kind (const BfCityCatalog *self, const char *id);
guint bf_city_catalog_find_property (const BfCityCatalog *self, const char *service, const char *id);
const BfCityService *bf_city_catalog_service (const BfCityCatalog *self, guint index);
const BfCityKind *bf_city_catalog_kind (const BfCityCatalog *self, guint index);
const BfCityProperty *bf_city_catalog_property (const BfCityCatalog *self, guint index);
guint bf_city_kind_slot (const BfCityKind *kind, guint property);
void bf_city_name_from_json (BfName *name, BfJsonNode node, const char *key, const char *fallback);

G_END_DECLS
