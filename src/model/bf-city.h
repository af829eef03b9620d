/* SPDX-License-Identifier: EUPL-1.2 */
/* A city's folder (DESIGN §4): city.conf and where the other files lie. The feeds, rules and so on are read by their own
 * layers. Read once; a file that is missing is not an error unless city.conf names it. */
#pragma once

#include <glib.h>

#include "base/bf-geo.h"
#include "base/bf-priority.h"

G_BEGIN_DECLS

/**
 * BfCityAlerts: the group [Alerts]; 0: the house's number
 * @shelve_us: `ShelveCritical=` to `ShelveLow=`: the longest shelf, by priority
 * @chatter_n, @chatter_within_us: `Chatter=3 in 1min`; @chatter_quiet_us: `Quiet=10min`
 */
typedef struct
{
  gint64 shelve_us[BF_N_PRIORITIES];
  guint chatter_n;
  gint64 chatter_within_us;
  gint64 chatter_quiet_us;
} BfCityAlerts;

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
  BfCityAlerts alerts;
} BfCity;

BfCity *bf_city_load (const char *dir, GPtrArray *problems, GError **error);
void bf_city_free (BfCity *city);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfCity, bf_city_free)

/* Files of a sub-folder with that suffix ("feeds.d", ".feed"), sorted by name, absolute; empty when there is no folder. */
GPtrArray *bf_city_list (const char *dir, const char *sub, const char *suffix, GPtrArray *problems);

G_END_DECLS
