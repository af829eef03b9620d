/* SPDX-License-Identifier: EUPL-1.2 */
/* The engine that a console starts for itself: one city on one machine, no set-up (DESIGN §1). No GTK. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define BF_TYPE_PRIVATE_ENGINE (bf_private_engine_get_type ())
G_DECLARE_FINAL_TYPE (BfPrivateEngine, bf_private_engine, BF, PRIVATE_ENGINE, GObject)

BfPrivateEngine *bf_private_engine_new (const char *program, const char *city_dir, const char *data_dir);
gboolean bf_private_engine_start (BfPrivateEngine *self, GError **error);
void bf_private_engine_stop (BfPrivateEngine *self);
void bf_private_engine_kill (BfPrivateEngine *self);
const char *bf_private_engine_get_address (BfPrivateEngine *self);
const char *bf_private_engine_get_city_dir (BfPrivateEngine *self);
guint bf_private_engine_get_n_starts (BfPrivateEngine *self);
guint bf_private_engine_restart_delay_ms (guint n_failures);

G_END_DECLS
