/* SPDX-License-Identifier: EUPL-1.2 */
/* What the console remembers of a person's desk: appearance, size of the window, where each city's map was left. Nothing
 * that the city's engine should know. No GTK. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

GSettings *bf_settings_get (void);
gboolean bf_settings_get_map_place (const char *city, double *ret_lat, double *ret_lon, double *ret_zoom);
void bf_settings_set_map_place (const char *city, double lat, double lon, double zoom);

G_END_DECLS
