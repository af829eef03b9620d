/* SPDX-License-Identifier: EUPL-1.2 */
/* The sign of a running engine: where it listens, for whoever knows only its data folder or its city. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean bf_engine_sign_put (const char *city_dir, const char *data_dir, const char *address, GError **error);
void bf_engine_sign_take_down (const char *city_dir, const char *data_dir, const char *address);
gboolean bf_engine_sign_read (const char *city_dir, const char *data_dir, char **ret_address, char **ret_data_dir);

G_END_DECLS
