/* SPDX-License-Identifier: EUPL-1.2 */
/* The feeds in the side panel: each with its state in words. */
#pragma once

#include "console/bf-city-view.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_FEED_LIST (bf_feed_list_get_type ())
G_DECLARE_FINAL_TYPE (BfFeedList, bf_feed_list, BF, FEED_LIST, GtkWidget)

void bf_feed_list_set_view (BfFeedList *self, BfCityView *view);
void bf_feed_list_update (BfFeedList *self);

G_END_DECLS
