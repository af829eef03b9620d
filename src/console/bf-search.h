/* SPDX-License-Identifier: EUPL-1.2 */
/* The search in the header: assets, alerts, addresses and places by the engine's search. */
#pragma once

#include "console/bf-city-sync.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_SEARCH (bf_search_get_type ())
G_DECLARE_FINAL_TYPE (BfSearch, bf_search, BF, SEARCH, GtkWidget)

void bf_search_set_sync (BfSearch *self, BfCitySync *sync);
void bf_search_focus (BfSearch *self);
void bf_search_apply_results (BfSearch *self, BfJsonNode node);
guint bf_search_get_n_results (BfSearch *self);

G_END_DECLS
