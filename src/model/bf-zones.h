/* SPDX-License-Identifier: EUPL-1.2 */
/* Zones (districts, water sectors, communes) with their inhabitants, from GeoJSON; sensitive places (schools, EHPAD,
 * hospital); addresses in the form of the Base Adresse Nationale. All read-only after loading, indexed by a grid. */
#pragma once

#include "base/bf-geo.h"

G_BEGIN_DECLS

#define BF_NO_ZONE G_MAXUINT16

typedef struct
{
  char *id;
  char *name;
  char *kind;
  gint64 inhabitants; /* -1: not said */
  BfBox box;
  double area_m2;
} BfZone;

typedef struct _BfZones BfZones;
BfZones *bf_zones_load (const char *path, GPtrArray *problems, GError **error);
void bf_zones_free (BfZones *zones);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfZones, bf_zones_free)
guint bf_zones_n (const BfZones *zones);
const BfZone *bf_zones_get (const BfZones *zones, guint zone);
/* Smallest zone that holds the point, or BF_NO_ZONE; bf_zones_at_all: every one, smallest first, up to @max. */
guint16 bf_zones_at (const BfZones *zones, BfPoint point);
guint bf_zones_at_all (const BfZones *zones, BfPoint point, guint16 *ret_zones, guint max);

typedef struct
{
  char *name;
  char *kind;   /* school, nursery, ehpad, hospital, … */
  gint64 people; /* -1: not said */
  BfPoint point;
} BfPlace;

typedef struct _BfPlaces BfPlaces;
BfPlaces *bf_places_load (const char *path, GPtrArray *problems, GError **error);
void bf_places_free (BfPlaces *places);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfPlaces, bf_places_free)
guint bf_places_n (const BfPlaces *places);
const BfPlace *bf_places_get (const BfPlaces *places, guint place);
/* Places within @radius_m, nearest first, up to @max. */
guint bf_places_near (const BfPlaces *places, BfPoint point, double radius_m, guint *ret_places, guint max);

typedef struct _BfAddresses BfAddresses;
BfAddresses *bf_addresses_load (const char *path, const char *home, GPtrArray *problems, GError **error);
void bf_addresses_free (BfAddresses *addresses);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfAddresses, bf_addresses_free)
guint bf_addresses_n (const BfAddresses *addresses);
/* (transfer full): "14 rue des Tanneurs, Clairbourg"; NULL when none within @radius_m. */
char *bf_addresses_nearest (const BfAddresses *addresses, BfPoint point, double radius_m, double *ret_distance_m);

typedef struct
{
  char *text;
  BfPoint point;
} BfAddressMatch;
/* Search by words, without case and accents, "14 tanneurs" finds "14 rue des Tanneurs"; at most @max, best first. */
GArray *bf_addresses_search (const BfAddresses *addresses, const char *text, guint max); /* BfAddressMatch, owns its texts */

G_END_DECLS
