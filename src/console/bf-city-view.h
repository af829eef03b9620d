/* SPDX-License-Identifier: EUPL-1.2 */
/* The city as this client knows it: filled from the snapshot's slices, then from the messages of the stream. It is the one
 * place where messages become state; widgets read it and listen to "changed". No GTK, no network (that is BfCitySync).
 *
 * "changed" (guint flags of BfCityChanged) comes at most once a frame: what came in between is merged, and the list of alerts
 * changes just before it. During the signal
 * bf_city_view_dirty() gives the assets whose values or alerts changed. Main thread only. */
#pragma once

#include "console/bf-alert-item.h"
#include "console/bf-city-assets.h"
#include "console/bf-feed-item.h"

G_BEGIN_DECLS

typedef enum
{
  BF_CITY_CHANGED_HELLO = 1 << 0,
  BF_CITY_CHANGED_CATALOG = 1 << 1,
  BF_CITY_CHANGED_ASSETS = 1 << 2, /* new or moved ones: read all again */
  BF_CITY_CHANGED_VALUES = 1 << 3,
  BF_CITY_CHANGED_ALERTS = 1 << 4,
  BF_CITY_CHANGED_FEEDS = 1 << 5,
  BF_CITY_CHANGED_STATUS = 1 << 6,
  BF_CITY_CHANGED_PROBLEMS = 1 << 7,
  BF_CITY_CHANGED_PLACES = 1 << 8,
  BF_CITY_CHANGED_CONNECTION = 1 << 9,
} BfCityChanged;

/* One service of `status`. @worst: -1 when there is no alert */
typedef struct
{
  guint service;
  gint64 expected, heard;
  int worst;
  gint64 unacknowledged, acknowledged;
  guint n_assets; /* that this client knows */
} BfServiceStatus;

typedef struct
{
  guint16 count;
  gint8 worst; /* BfPriority, -1: none */
} BfQuarter;

#define BF_N_QUARTERS 96

typedef struct
{
  gint64 counts[BF_N_PRIORITIES];
  gint64 acknowledged;
  gint64 expected, heard; /* over all services */
  gint64 problems;
  gboolean store_ok;
  char *store_error;
  BfQuarter quarters[BF_N_QUARTERS]; /* the last one holds now */
  gint64 now_us;
} BfCityStatus;

typedef struct
{
  char *kind;
  char *name;
  double lat, lon;
} BfCityPlace;

typedef struct
{
  char *file;
  gint64 line;
  char *message;
} BfCityProblem;

#define BF_TYPE_CITY_VIEW (bf_city_view_get_type ())
G_DECLARE_FINAL_TYPE (BfCityView, bf_city_view, BF, CITY_VIEW, GObject)

BfCityView *bf_city_view_new (void);

/* messages in; each is one object of the API */
gboolean bf_city_view_apply_hello (BfCityView *self, BfJsonNode node, GError **error);
gboolean bf_city_view_apply_catalog (BfCityView *self, BfJsonNode node, GError **error);
void bf_city_view_apply_assets (BfCityView *self, BfJsonNode node);
gboolean bf_city_view_apply_alerts (BfCityView *self, BfJsonNode node, GError **error);
gboolean bf_city_view_apply_feeds (BfCityView *self, BfJsonNode node, GError **error);
void bf_city_view_apply_status (BfCityView *self, BfJsonNode node);
void bf_city_view_apply_problems (BfCityView *self, BfJsonNode node);
void bf_city_view_apply_places (BfCityView *self, BfJsonNode node);
void bf_city_view_apply_alert (BfCityView *self, BfJsonNode alert);
void bf_city_view_apply_feed (BfCityView *self, BfJsonNode feed);
gboolean bf_city_view_apply_message (BfCityView *self, const char *type, BfJsonNode node);
void bf_city_view_set_connected (BfCityView *self, gboolean connected, const char *reason);
void bf_city_view_clear (BfCityView *self);
void bf_city_view_flush (BfCityView *self);

/* state out */
gboolean bf_city_view_is_connected (BfCityView *self);
gboolean bf_city_view_has_hello (BfCityView *self);
gint64 bf_city_view_lost_since_us (BfCityView *self);
const char *bf_city_view_lost_reason (BfCityView *self);
gint64 bf_city_view_now_us (BfCityView *self);
const char *bf_city_view_name (BfCityView *self);
gboolean bf_city_view_is_demo (BfCityView *self);
gboolean bf_city_view_has_basemap (BfCityView *self);
gboolean bf_city_view_bounds (BfCityView *self, double *ret_west, double *ret_south, double *ret_east, double *ret_north);
gint64 bf_city_view_seq (BfCityView *self);
gint64 bf_city_view_epoch (BfCityView *self);
GTimeZone *bf_city_view_zone (BfCityView *self);
const BfCityCatalog *bf_city_view_catalog (BfCityView *self);
const BfCityAssets *bf_city_view_assets (BfCityView *self);
const BfCityStatus *bf_city_view_status (BfCityView *self);
const BfServiceStatus *bf_city_view_service_status (BfCityView *self, guint service);
gint64 bf_city_view_service_newest_us (BfCityView *self, guint service);
gboolean bf_city_view_service_is_connected (BfCityView *self, guint service);
GListModel *bf_city_view_alerts (BfCityView *self);
GListModel *bf_city_view_feeds (BfCityView *self);
GArray *bf_city_view_places (BfCityView *self);
GArray *bf_city_view_problems (BfCityView *self);
BfAlertItem *bf_city_view_find_alert (BfCityView *self, gint64 id);
BfAlertItem *bf_city_view_worst_alert (BfCityView *self, guint asset);
BfFeedItem *bf_city_view_find_feed (BfCityView *self, const char *name);
const guint *bf_city_view_dirty (BfCityView *self, guint *ret_n);

G_END_DECLS
