/* SPDX-License-Identifier: EUPL-1.2 */
/* Feeds and problems: the health of every feed in words, cut and restore, and every item of the city's text that is off. */
#pragma once

#include "console/bf-city-sync.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define BF_TYPE_FEEDS_WINDOW (bf_feeds_window_get_type ())
G_DECLARE_FINAL_TYPE (BfFeedsWindow, bf_feeds_window, BF, FEEDS_WINDOW, AdwWindow)

BfFeedsWindow *bf_feeds_window_new (GtkWindow *parent, BfCitySync *sync);
void bf_feeds_window_changed (BfFeedsWindow *self, guint flags);

G_END_DECLS
