/* SPDX-License-Identifier: EUPL-1.2 */
/* What the screen says, as pure functions: ages, values, shares, places, states in the person's language. No GTK, no
 * clock: `now` is an argument. Everything returned is (transfer full) unless it says const. */
#pragma once

#include "base/bf-time.h"
#include "console/bf-alert-item.h"
#include "console/bf-city-catalog.h"
#include "console/bf-feed-item.h"

G_BEGIN_DECLS

const char *bf_words_language (void);
char *bf_words_number (double value, int decimals);
char *bf_words_duration (gint64 duration_us);
char *bf_words_ago (gint64 duration_us);
char *bf_words_clock (gint64 time_us, GTimeZone *zone, gboolean seconds);
char *bf_words_moment (gint64 time_us, gint64 now_us, GTimeZone *zone);
const char *bf_words_attribute_name (const char *key);
char *bf_words_attribute (const char *text, gint64 now_us, GTimeZone *zone);
char *bf_words_share (gint64 part, gint64 whole);
char *bf_words_value (const BfCityProperty *property, double value);
char *bf_words_number_with_unit (double value, const char *unit);
char *bf_words_bytes (gint64 bytes);

const char *bf_words_priority (BfPriority priority);
const char *bf_words_alert_state (BfAlertItemState state);
const char *bf_words_feed_state (BfFeedState state);
char *bf_words_inhabitants (gint64 inhabitants);
char *bf_words_touches (const BfAlertItem *alert);
char *bf_words_place (const BfAlertItem *alert);
char *bf_words_aside (const BfAlertItem *alert, GTimeZone *zone);
char *bf_words_who (const BfAlertItem *alert, GTimeZone *zone);
char *bf_words_event (const char *input, const char *to, const char *actor, const char *comment);
char *bf_words_feed_line (const BfFeedItem *feed, gint64 now_us);
char *bf_words_silence (gint64 newest_us, gint64 now_us);

G_END_DECLS
