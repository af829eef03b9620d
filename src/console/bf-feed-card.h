/* SPDX-License-Identifier: EUPL-1.2 */
/* One feed in full: state, reason, times, counts, cut and restore. */
#pragma once

#include "console/bf-city-sync.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_FEED_CARD (bf_feed_card_get_type ())
G_DECLARE_FINAL_TYPE (BfFeedCard, bf_feed_card, BF, FEED_CARD, GtkWidget)

GtkWidget *bf_feed_card_new (BfCitySync *sync, BfFeedItem *feed);
void bf_feed_card_update (BfFeedCard *self);
BfFeedItem *bf_feed_card_get_feed (BfFeedCard *self);

G_END_DECLS
