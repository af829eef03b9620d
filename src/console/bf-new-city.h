/* SPDX-License-Identifier: EUPL-1.2 */
/* The folder of a new city, from its name. No GTK. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

char *bf_new_city_slug (const char *name);
char *bf_new_city_feed_name (const char *service, const char *url);
const char *bf_new_city_zone_at (double lon, double lat);
char *bf_new_city_local_zone (void);
GStrv bf_new_city_zones (void);
char *bf_new_city_create (const char *cities_dir, const char *name, const char *zone, const char *language, GError **error);

G_END_DECLS
