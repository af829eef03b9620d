/* SPDX-License-Identifier: EUPL-1.2 */
/* A city's folder (DESIGN §4): city.conf and where the other files lie. The feeds, rules and so on are read by their own
 * layers. Read once; a file that is missing is not an error unless city.conf names it. */
#pragma once

#include <glib.h>

#include "base/bf-geo.h"

G_BEGIN_DECLS

/**
 * BfCity:
 * @zone: `TimeZone=` (IANA name), UTC when not given
 * @bounds: `Bounds=`, empty when not given
 * @demo: `Demo=yes`: marked on screen, nothing is sent outside
 * @basemap: (nullable): path of the base map; the same for the other files; all absolute
 * @proxy: (nullable): `Proxy=`, through which feeds ask; @ca: (nullable): `CA=`, certificates that feeds trust too
 * @alsace_moselle: `AlsaceMoselle=yes`: Good Friday and 26 December are public holidays too
 * @inhabitants: 0 when not given
 * @store: (nullable): `Store=`: the folder of the SQLite files
 * @store_refused: `Store=` is there and cannot be used
 * @listen: (nullable): `Listen=`: "unix:PATH" or "http://…", for when the command line says nothing
 */
typedef struct
{
  char *dir;
  char *name;
  char *zone_name;
  GTimeZone *zone;
  BfBox bounds;
  gboolean demo;
  gboolean alsace_moselle;
  gint64 inhabitants;
  char *basemap;
  char *zones;
  char *addresses;
  char *places;
  char *proxy;
  char *ca;
  char *store;
  gboolean store_refused;
  char *listen;
} BfCity;

BfCity *bf_city_load (const char *dir, GPtrArray *problems, GError **error);
void bf_city_free (BfCity *city);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfCity, bf_city_free)

/* Files of a sub-folder with that suffix ("feeds.d", ".feed"), sorted by name, absolute; empty when there is no folder. */
GPtrArray *bf_city_list (const char *dir, const char *sub, const char *suffix, GPtrArray *problems);

G_END_DECLS
