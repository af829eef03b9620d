/* SPDX-License-Identifier: EUPL-1.2 */
/* The city as a client knows it: see bf-city-view.h. Here: what the city is, its catalog, its assets and their values, the
 * connection, and when a change is told. Alerts and status have files of their own. */

#include "console/bf-city-view-private.h"

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

#define FLUSH_MS 16 /* a frame */

G_DEFINE_FINAL_TYPE (BfCityView, bf_city_view, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
place_clear (gpointer data)
{
  BfCityPlace *place = data;

  g_free (place->kind);
  g_free (place->name);
}

static void
problem_clear (gpointer data)
{
  BfCityProblem *problem = data;

  g_free (problem->file);
  g_free (problem->message);
}

static void
bf_city_view_finalize (GObject *object)
{
  BfCityView *self = BF_CITY_VIEW (object);

  g_clear_handle_id (&self->flush_id, g_source_remove);
  g_free (self->lost_reason);
  g_free (self->name);
  g_free (self->status.store_error);
  g_clear_pointer (&self->zone, g_time_zone_unref);
  g_clear_pointer (&self->catalog, bf_city_catalog_free);
  g_clear_pointer (&self->assets, bf_city_assets_free);
  g_clear_pointer (&self->worst_by_asset, g_hash_table_unref);
  g_hash_table_unref (self->alert_by_id);
  g_ptr_array_unref (self->alert_changes);
  g_object_unref (self->alerts);
  g_object_unref (self->feeds);
  g_array_unref (self->services);
  g_array_unref (self->places);
  g_array_unref (self->problems);
  g_array_unref (self->dirty);
  G_OBJECT_CLASS (bf_city_view_parent_class)->finalize (object);
}

static void
bf_city_view_class_init (BfCityViewClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bf_city_view_finalize;
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
bf_city_view_init (BfCityView *self)
{
  self->lost_since_us = BF_TIME_NONE;
  self->zone = g_time_zone_new_local ();
  self->name = g_strdup ("");
  self->assets = bf_city_assets_new ();
  self->alerts = g_list_store_new (BF_TYPE_ALERT_ITEM);
  self->feeds = g_list_store_new (BF_TYPE_FEED_ITEM);
  self->alert_by_id = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_object_unref);
  self->alert_changes = g_ptr_array_new_with_free_func (g_object_unref);
  self->services = g_array_new (FALSE, TRUE, sizeof (BfServiceStatus));
  self->places = g_array_new (FALSE, TRUE, sizeof (BfCityPlace));
  g_array_set_clear_func (self->places, place_clear);
  self->problems = g_array_new (FALSE, TRUE, sizeof (BfCityProblem));
  g_array_set_clear_func (self->problems, problem_clear);
  self->dirty = g_array_new (FALSE, FALSE, sizeof (guint));
}

BfCityView *
bf_city_view_new (void)
{
  return g_object_new (BF_TYPE_CITY_VIEW, NULL);
}

static gboolean
flush_cb (gpointer data)
{
  BfCityView *self = data;

  self->flush_id = 0;
  bf_city_view_flush (self);
  return G_SOURCE_REMOVE;
}

void
bf_city_view_mark (BfCityView *self, guint flags)
{
  self->pending |= flags;
  if (self->flush_id == 0)
    self->flush_id = g_timeout_add (FLUSH_MS, flush_cb, self);
}

void
bf_city_view_mark_asset (BfCityView *self, guint asset)
{
  if (asset != BF_CITY_NONE)
    g_array_append_val (self->dirty, asset);
}

/**
 * bf_city_view_flush:
 *
 * Says at once what changed since the last time; done by itself a frame later otherwise.
 */
void
bf_city_view_flush (BfCityView *self)
{
  guint flags = self->pending;

  g_clear_handle_id (&self->flush_id, g_source_remove);
  self->pending = 0;
  if (flags != 0)
    {
      g_object_ref (self);
      bf_city_view_tell_alerts (self);
      g_signal_emit (self, signals[CHANGED], 0, flags);
      g_array_set_size (self->dirty, 0);
      g_object_unref (self);
    }
}

static gboolean
expected_object (BfJsonNode node, const char *what, GError **error)
{
  if (bf_json_type (node) == BF_JSON_OBJECT)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, "%s: an object was expected", what);
  return FALSE;
}

static void
read_bounds (BfCityView *self, BfJsonNode city)
{
  BfJsonNode list, value;
  BfJsonIter iter;
  guint n = 0;

  self->has_bounds = FALSE;
  if (!bf_json_member (city, "bounds", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (n < 4 && bf_json_iter_next (&iter, NULL, NULL, &value))
    if (bf_json_get_double (value, &self->bounds[n]))
      n++;
  self->has_bounds = n == 4;
}

gboolean
bf_city_view_apply_hello (BfCityView *self, BfJsonNode node, GError **error)
{
  BfJsonNode city;
  g_autoptr (GTimeZone) zone = NULL;
  const char *zone_name;
  gint64 api, now_us;

  if (!expected_object (node, "hello", error))
    return FALSE;
  api = bf_json_member_int (node, "api", 0);
  if (api != 1)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED,
                   "the engine speaks version %" G_GINT64_FORMAT " of the messages, this console version 1", api);
      return FALSE;
    }
  if (!bf_json_member (node, "city", &city))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, "hello: a member \"city\" was expected");
      return FALSE;
    }
  self->epoch = bf_json_member_int (node, "epoch", 0);
  now_us = bf_json_member_time (node, "now");
  self->skew_us = now_us == BF_TIME_NONE ? 0 : now_us - bf_time_now_us ();
  g_free (self->name);
  self->name = g_strdup (bf_json_member_string (city, "name", ""));
  self->demo = bf_json_member_bool (city, "demo", FALSE);
  self->basemap = bf_json_member_bool (city, "basemap", FALSE);
  zone_name = bf_json_member_string (city, "zone", NULL);
  zone = zone_name == NULL ? NULL : g_time_zone_new_identifier (zone_name);
  if (zone != NULL)
    {
      g_time_zone_unref (self->zone);
      self->zone = g_steal_pointer (&zone);
    }
  read_bounds (self, city);
  self->has_hello = TRUE;
  bf_city_view_mark (self, BF_CITY_CHANGED_HELLO);
  return TRUE;
}

/* A catalog gives new indexes: what was filled by the old one is built anew. */
gboolean
bf_city_view_apply_catalog (BfCityView *self, BfJsonNode node, GError **error)
{
  BfCityCatalog *catalog = bf_city_catalog_new (node, error);

  if (catalog == NULL)
    return FALSE;
  g_clear_pointer (&self->catalog, bf_city_catalog_free);
  self->catalog = catalog;
  bf_city_assets_free (self->assets);
  self->assets = bf_city_assets_new ();
  bf_city_view_forget_worst (self);
  g_array_set_size (self->services, 0);
  for (guint i = 0; i < catalog->services->len; i++)
    {
      BfServiceStatus status = { .service = i, .worst = -1 };

      g_array_append_val (self->services, status);
    }
  g_array_set_size (self->dirty, 0);
  bf_city_view_mark (self, BF_CITY_CHANGED_CATALOG | BF_CITY_CHANGED_ASSETS | BF_CITY_CHANGED_STATUS);
  return TRUE;
}

void
bf_city_view_apply_assets (BfCityView *self, BfJsonNode node)
{
  BfJsonNode list, value;
  BfJsonIter iter;
  gboolean moved = FALSE;

  if (self->catalog == NULL || !bf_json_member (node, "assets", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    {
      gboolean is_new = FALSE;
      guint before = bf_city_assets_count (self->assets);
      guint asset = bf_city_assets_put (self->assets, self->catalog, value, &is_new);

      bf_city_view_mark_asset (self, asset);
      moved = moved || is_new;
      if (bf_city_assets_count (self->assets) > before)
        g_array_index (self->services, BfServiceStatus, bf_city_assets_get (self->assets, asset)->service).n_assets++;
    }
  if (moved)
    bf_city_view_forget_worst (self);
  bf_city_view_mark (self, BF_CITY_CHANGED_VALUES | (moved ? BF_CITY_CHANGED_ASSETS : 0));
}

static void
apply_values (BfCityView *self, BfJsonNode node)
{
  BfJsonNode list, value;
  BfJsonIter iter;

  if (self->catalog == NULL || !bf_json_member (node, "values", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    bf_city_view_mark_asset (self, bf_city_assets_apply_value (self->assets, self->catalog, value));
  bf_city_view_mark (self, BF_CITY_CHANGED_VALUES);
}

/**
 * bf_city_view_apply_message:
 * @type: of a message of the stream
 *
 * Returns: %FALSE when the engine asks to read the snapshot again
 */
gboolean
bf_city_view_apply_message (BfCityView *self, const char *type, BfJsonNode node)
{
  BfJsonNode value;

  if (strcmp (type, "reset") == 0)
    return FALSE;
  if (strcmp (type, "alert") == 0 && bf_json_member (node, "alert", &value))
    bf_city_view_apply_alert (self, value);
  else if (strcmp (type, "values") == 0)
    apply_values (self, node);
  else if (strcmp (type, "assets") == 0)
    bf_city_view_apply_assets (self, node);
  else if (strcmp (type, "feed") == 0 && bf_json_member (node, "feed", &value))
    bf_city_view_apply_feed (self, value);
  else if (strcmp (type, "status") == 0)
    bf_city_view_apply_status (self, bf_json_member (node, "status", &value) ? value : node);
  return TRUE;
}

void
bf_city_view_set_connected (BfCityView *self, gboolean connected, const char *reason)
{
  if (!connected && (self->connected || self->lost_since_us == BF_TIME_NONE))
    self->lost_since_us = bf_time_now_us ();
  if (connected)
    self->lost_since_us = BF_TIME_NONE;
  self->connected = connected;
  g_free (self->lost_reason);
  self->lost_reason = g_strdup (reason);
  bf_city_view_mark (self, BF_CITY_CHANGED_CONNECTION);
}

/**
 * bf_city_view_clear:
 *
 * Forgets everything: the window goes to another city.
 */
void
bf_city_view_clear (BfCityView *self)
{
  g_hash_table_remove_all (self->alert_by_id);
  g_ptr_array_set_size (self->alert_changes, 0);
  g_list_store_remove_all (self->alerts);
  g_list_store_remove_all (self->feeds);
  g_array_set_size (self->places, 0);
  g_array_set_size (self->problems, 0);
  g_array_set_size (self->services, 0);
  g_array_set_size (self->dirty, 0);
  bf_city_view_forget_worst (self);
  g_clear_pointer (&self->catalog, bf_city_catalog_free);
  bf_city_assets_free (self->assets);
  self->assets = bf_city_assets_new ();
  g_free (self->status.store_error);
  memset (&self->status, 0, sizeof self->status);
  self->has_hello = self->connected = FALSE;
  self->lost_since_us = BF_TIME_NONE;
  self->seq = self->epoch = self->skew_us = 0;
  bf_city_view_mark (self, G_MAXUINT);
}

gboolean
bf_city_view_is_connected (BfCityView *self)
{
  return self->connected;
}

gboolean
bf_city_view_has_hello (BfCityView *self)
{
  return self->has_hello;
}

gint64
bf_city_view_lost_since_us (BfCityView *self)
{
  return self->lost_since_us;
}

const char *
bf_city_view_lost_reason (BfCityView *self)
{
  return self->lost_reason;
}

/**
 * bf_city_view_now_us:
 *
 * Returns: the engine's now: it goes on by our own clock when the connection is lost, so that every age keeps growing
 */
gint64
bf_city_view_now_us (BfCityView *self)
{
  return bf_time_now_us () + self->skew_us;
}

const char *
bf_city_view_name (BfCityView *self)
{
  return self->name;
}

gboolean
bf_city_view_is_demo (BfCityView *self)
{
  return self->has_hello && self->demo;
}

gboolean
bf_city_view_has_basemap (BfCityView *self)
{
  return self->basemap;
}

gboolean
bf_city_view_bounds (BfCityView *self, double *ret_west, double *ret_south, double *ret_east, double *ret_north)
{
  if (!self->has_bounds)
    return FALSE;
  *ret_west = self->bounds[0];
  *ret_south = self->bounds[1];
  *ret_east = self->bounds[2];
  *ret_north = self->bounds[3];
  return TRUE;
}

gint64
bf_city_view_seq (BfCityView *self)
{
  return self->seq;
}

gint64
bf_city_view_epoch (BfCityView *self)
{
  return self->epoch;
}

GTimeZone *
bf_city_view_zone (BfCityView *self)
{
  return self->zone;
}

/**
 * bf_city_view_catalog:
 *
 * Returns: (nullable): %NULL before the first snapshot
 */
const BfCityCatalog *
bf_city_view_catalog (BfCityView *self)
{
  return self->catalog;
}

const BfCityAssets *
bf_city_view_assets (BfCityView *self)
{
  return self->assets;
}

const BfCityStatus *
bf_city_view_status (BfCityView *self)
{
  return &self->status;
}

GListModel *
bf_city_view_alerts (BfCityView *self)
{
  return G_LIST_MODEL (self->alerts);
}

GListModel *
bf_city_view_feeds (BfCityView *self)
{
  return G_LIST_MODEL (self->feeds);
}

GArray *
bf_city_view_places (BfCityView *self)
{
  return self->places;
}

GArray *
bf_city_view_problems (BfCityView *self)
{
  return self->problems;
}

/**
 * bf_city_view_dirty:
 *
 * Returns: (array length=ret_n): during "changed": assets whose values or alerts changed, some perhaps twice
 */
const guint *
bf_city_view_dirty (BfCityView *self, guint *ret_n)
{
  *ret_n = self->dirty->len;
  return (const guint *) (gpointer) self->dirty->data;
}
