/* SPDX-License-Identifier: EUPL-1.2 */
/* One feed as the API tells it. Fields change only by bf_feed_item_update(). No GTK. */
#pragma once

#include <gio/gio.h>

#include "json/bf-json.h"

G_BEGIN_DECLS

typedef enum
{
  BF_FEED_STARTING,
  BF_FEED_OK,
  BF_FEED_STALE,
  BF_FEED_RETRY,
  BF_FEED_REFUSED,
  BF_FEED_CRASHED,
  BF_FEED_PAUSED,
  BF_FEED_OFF,
} BfFeedState;

typedef enum
{
  BF_FEED_CONTENT_OBSERVATIONS,
  BF_FEED_CONTENT_LIST,
  BF_FEED_CONTENT_DESCRIPTIONS,
} BfFeedContent;

#define BF_TYPE_FEED_ITEM (bf_feed_item_get_type ())
G_DECLARE_FINAL_TYPE (BfFeedItem, bf_feed_item, BF, FEED_ITEM, GObject)

/**
 * BfFeedItem: times are µs, BF_TIME_NONE when not so
 * @server: where @url goes, without what may be secret; "" when that is not said
 * @silent_us: since when it is one alert; @unknown_assets: that it leaves unknown; @held_back: alerts of their silence
 * @death: why its last process ended, "" when none has; @death_us: when
 * @newest_us: how new its data is: the newest observation, or the time of a list
 * @listed: things in a list of what is current
 * @ahead: observations stamped after they came; @ahead_s: how far its clock was ahead at last, 0: it is not
 */
struct _BfFeedItem
{
  GObject parent_instance;

  char *name, *service, *format, *url, *reason, *actor, *last_refused, *server, *death;
  BfFeedState state;
  BfFeedContent content;
  gint64 since_us, last_attempt_us, last_ok_us, newest_us, next_us, silent_us, death_us, unchanged_us;
  double every_s, stale_s, ahead_s;
  gint64 payloads, not_modified, observations, refused, bytes, assets, restarts, listed, unknown_assets, held_back, deaths, ahead;
};

BfFeedItem *bf_feed_item_new (BfJsonNode node, GError **error);
void bf_feed_item_update (BfFeedItem *self, BfJsonNode node);
gboolean bf_feed_item_is_heard (const BfFeedItem *self);

G_END_DECLS
