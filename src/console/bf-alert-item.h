/* SPDX-License-Identifier: EUPL-1.2 */
/* One alert as the API tells it. A GObject so that list models can hold it; its fields change only by
 * bf_alert_item_update(), which is followed by an items-changed of the model that holds it. No GTK. */
#pragma once

#include <gio/gio.h>

#include "base/bf-text.h"
#include "json/bf-json.h"
#include "base/bf-priority.h"

G_BEGIN_DECLS

typedef enum
{
  BF_ALERT_ITEM_UNACKNOWLEDGED,
  BF_ALERT_ITEM_ACKNOWLEDGED,
  BF_ALERT_ITEM_RETURNED,
  BF_ALERT_ITEM_NORMAL,
} BfAlertItemState;

/* A value that the alert was raised on. */
typedef struct
{
  char *asset;
  char *property;
  char *unit;
  char *text;   /* a state's id; NULL for a number */
  double value; /* NAN: unknown */
  gint64 observed_us;
} BfAlertValue;

typedef struct
{
  char *kind;
  char *name;
  double distance_m;
  gint64 people;
} BfAlertTouch;

#define BF_TYPE_ALERT_ITEM (bf_alert_item_get_type ())
G_DECLARE_FINAL_TYPE (BfAlertItem, bf_alert_item, BF, ALERT_ITEM, GObject)

/**
 * BfAlertItem:
 * @seq: event that brought it here; an older one never replaces it
 * @inhabitants: -1: not known
 * @raised_us: @cleared_us: @acknowledged_us: @until_us: BF_TIME_NONE when not so
 * @aside: (nullable): "shelved", "suppressed" or "out_of_service": nobody is to be told of it; @aside_by, @aside_reason: (nullable)
 *   who and why; @aside_until_us: BF_TIME_NONE: no end
 * @held_open: it is not over though its state is normal
 * @waits_for_reset: it is latched, its condition has gone and it was acknowledged
 * @times: how often it was raised; @damped: it is held since its asset chatters
 * @shelve_max_us: how long it may be shelved at most; 0: the engine knows no shelves
 * @has_threshold: @threshold is a number of the property @threshold_property
 */
struct _BfAlertItem
{
  GObject parent_instance;

  gint64 id;
  gint64 seq;
  char *rule, *service, *asset, *asset_name, *feed, *procedure;
  BfPriority priority;
  BfAlertItemState state;
  BfName title;
  char *why;
  gint64 raised_us, cleared_us, acknowledged_us, until_us;
  char *acknowledged_by, *acknowledged_comment;
  char *aside, *aside_by, *aside_reason;
  gint64 aside_until_us;
  gboolean held_open, waits_for_reset, damped;
  guint times;
  gint64 shelve_max_us;
  char *address, *zone;
  double lat, lon;
  gint64 inhabitants;
  gboolean has_threshold;
  char *threshold_property;
  double threshold;
  GArray *values;  /* BfAlertValue */
  GArray *touches; /* BfAlertTouch */
};

BfAlertItem *bf_alert_item_new (BfJsonNode node, GError **error);
gboolean bf_alert_item_update (BfAlertItem *self, BfJsonNode node);
gboolean bf_alert_item_is_waiting (const BfAlertItem *self);
gboolean bf_alert_item_is_over (const BfAlertItem *self);
int bf_alert_item_compare (const BfAlertItem *a, const BfAlertItem *b);
gboolean bf_alert_item_state_from_id (const char *id, BfAlertItemState *ret_state);

G_END_DECLS
