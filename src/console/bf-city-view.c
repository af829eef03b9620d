/* SPDX-License-Identifier: EUPL-1.2 */
/* The reducer of messages into state: see bf-city-view.h. */

#include "console/bf-city-view.h"

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

#define FLUSH_MS 16 /* a frame */
#define FEW_ALERTS 32 /* changes that are told one by one, so that a list keeps its place; more are told as one */

struct _BfCityView
{
  GObject parent_instance;

  gboolean has_hello, connected, demo, basemap, has_bounds;
  gint64 lost_since_us, skew_us, seq, epoch;
  char *lost_reason;
  char *name;
  GTimeZone *zone;
  double bounds[4];

  BfCityCatalog *catalog;
  BfCityAssets *assets;
  BfCityStatus status;
  GArray *services; /* BfServiceStatus */
  GListStore *alerts, *feeds;
  GHashTable *alert_by_id;    /* gint64 * -> BfAlertItem: all that are open, at once */
  GPtrArray *alert_changes;   /* BfAlertItem: what the list of alerts is not told yet */
  GHashTable *worst_by_asset; /* index -> BfAlertItem, not owned; NULL: to be made */
  GArray *places, *problems;

  guint pending;
  guint flush_id;
  GArray *dirty;
};

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

static void
mark (BfCityView *self, guint flags)
{
  self->pending |= flags;
  if (self->flush_id == 0)
    self->flush_id = g_timeout_add (FLUSH_MS, flush_cb, self);
}

static void
mark_asset (BfCityView *self, guint asset)
{
  if (asset != BF_CITY_NONE)
    g_array_append_val (self->dirty, asset);
}

/* One alert into the list, out of it, or told again. */
static void
tell_alert (BfCityView *self, BfAlertItem *item)
{
  gboolean wanted = g_hash_table_lookup (self->alert_by_id, &item->id) == (gpointer) item;
  guint position;
  gpointer same[] = { item };

  if (!g_list_store_find (self->alerts, item, &position))
    {
      if (wanted)
        g_list_store_append (self->alerts, item);
    }
  else if (wanted)
    g_list_store_splice (self->alerts, position, 1, same, 1);
  else
    g_list_store_remove (self->alerts, position);
}

static void
tell_alerts (BfCityView *self)
{
  guint n = g_hash_table_size (self->alert_by_id);

  if (self->alert_changes->len <= FEW_ALERTS)
    {
      for (guint i = 0; i < self->alert_changes->len; i++)
        tell_alert (self, g_ptr_array_index (self->alert_changes, i));
    }
  else
    {
      g_autofree gpointer *items = g_new (gpointer, n + 1);
      GHashTableIter iter;
      guint i = 0;

      g_hash_table_iter_init (&iter, self->alert_by_id);
      while (g_hash_table_iter_next (&iter, NULL, &items[i]))
        i++;
      g_list_store_splice (self->alerts, 0, g_list_model_get_n_items (G_LIST_MODEL (self->alerts)), items, n);
    }
  g_ptr_array_set_size (self->alert_changes, 0);
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
      tell_alerts (self);
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
  mark (self, BF_CITY_CHANGED_HELLO);
  return TRUE;
}

static void
forget_worst (BfCityView *self)
{
  g_clear_pointer (&self->worst_by_asset, g_hash_table_unref);
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
  forget_worst (self);
  g_array_set_size (self->services, 0);
  for (guint i = 0; i < catalog->services->len; i++)
    {
      BfServiceStatus status = { .service = i, .worst = -1 };

      g_array_append_val (self->services, status);
    }
  g_array_set_size (self->dirty, 0);
  mark (self, BF_CITY_CHANGED_CATALOG | BF_CITY_CHANGED_ASSETS | BF_CITY_CHANGED_STATUS);
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

      mark_asset (self, bf_city_assets_put (self->assets, self->catalog, value, &is_new));
      moved = moved || is_new;
    }
  if (moved)
    forget_worst (self);
  mark (self, BF_CITY_CHANGED_VALUES | (moved ? BF_CITY_CHANGED_ASSETS : 0));
}

static void
apply_values (BfCityView *self, BfJsonNode node)
{
  BfJsonNode list, value;
  BfJsonIter iter;

  if (self->catalog == NULL || !bf_json_member (node, "values", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    mark_asset (self, bf_city_assets_apply_value (self->assets, self->catalog, value));
  mark (self, BF_CITY_CHANGED_VALUES);
}

static void
alert_changed (BfCityView *self, BfAlertItem *item)
{
  forget_worst (self);
  g_ptr_array_add (self->alert_changes, g_object_ref (item));
  mark_asset (self, bf_city_assets_find (self->assets, item->asset));
  mark (self, BF_CITY_CHANGED_ALERTS);
}

static void
remove_alert (BfCityView *self, BfAlertItem *item)
{
  alert_changed (self, item);
  g_hash_table_remove (self->alert_by_id, &item->id);
}

/**
 * bf_city_view_apply_alert:
 * @alert: an alert of the API; one that is over leaves the list, an older one than known changes nothing
 */
void
bf_city_view_apply_alert (BfCityView *self, BfJsonNode alert)
{
  gint64 id = bf_json_member_int (alert, "id", 0);
  BfAlertItem *known = g_hash_table_lookup (self->alert_by_id, &id);

  self->seq = MAX (self->seq, bf_json_member_int (alert, "seq", 0));
  if (known == NULL)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (BfAlertItem) item = bf_alert_item_new (alert, &error);

      if (item == NULL)
        {
          g_warning ("%s", error->message);
          return;
        }
      if (item->state == BF_ALERT_ITEM_NORMAL)
        return;
      g_hash_table_insert (self->alert_by_id, &item->id, g_object_ref (item));
      alert_changed (self, item);
      return;
    }
  if (!bf_alert_item_update (known, alert))
    return;
  if (known->state == BF_ALERT_ITEM_NORMAL)
    remove_alert (self, known);
  else
    alert_changed (self, known);
}

/* The whole list of open alerts at @seq: what is known, not in it and not newer is over. */
gboolean
bf_city_view_apply_alerts (BfCityView *self, BfJsonNode node, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  BfJsonNode list, value;
  BfJsonIter iter;
  gint64 seq = bf_json_member_int (node, "seq", 0);
  GHashTableIter known;
  BfAlertItem *item;

  if (!bf_json_member (node, "alerts", &list) || !bf_json_iter_init (&iter, list))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, "alerts: a member \"alerts\" with an array was expected");
      return FALSE;
    }
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    {
      gint64 *id = g_new (gint64, 1);

      *id = bf_json_member_int (value, "id", 0);
      g_hash_table_add (seen, id);
      bf_city_view_apply_alert (self, value);
    }
  g_hash_table_iter_init (&known, self->alert_by_id);
  while (g_hash_table_iter_next (&known, NULL, (gpointer *) &item))
    if (!g_hash_table_contains (seen, &item->id) && item->seq <= seq)
      {
        alert_changed (self, item);
        g_hash_table_iter_remove (&known);
      }
  self->seq = MAX (self->seq, seq);
  mark (self, BF_CITY_CHANGED_ALERTS);
  return TRUE;
}

static gboolean
find_feed_position (BfCityView *self, const char *name, guint *ret_position)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->feeds));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfFeedItem) feed = g_list_model_get_item (G_LIST_MODEL (self->feeds), i);

      if (strcmp (feed->name, name) == 0)
        {
          *ret_position = i;
          return TRUE;
        }
    }
  return FALSE;
}

void
bf_city_view_apply_feed (BfCityView *self, BfJsonNode feed)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (BfFeedItem) item = NULL;
  guint position;

  if (find_feed_position (self, bf_json_member_string (feed, "name", ""), &position))
    {
      gpointer same[1];

      item = g_list_model_get_item (G_LIST_MODEL (self->feeds), position);
      bf_feed_item_update (item, feed);
      same[0] = item;
      g_list_store_splice (self->feeds, position, 1, same, 1);
    }
  else if ((item = bf_feed_item_new (feed, &error)) != NULL)
    g_list_store_append (self->feeds, item);
  else
    g_warning ("%s", error->message);
  mark (self, BF_CITY_CHANGED_FEEDS);
}

gboolean
bf_city_view_apply_feeds (BfCityView *self, BfJsonNode node, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  BfJsonNode list, value;
  BfJsonIter iter;

  if (!bf_json_member (node, "feeds", &list) || !bf_json_iter_init (&iter, list))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, "feeds: a member \"feeds\" with an array was expected");
      return FALSE;
    }
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    {
      g_hash_table_add (seen, (gpointer) bf_json_member_string (value, "name", ""));
      bf_city_view_apply_feed (self, value);
    }
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->feeds)); i > 0; i--)
    {
      g_autoptr (BfFeedItem) feed = g_list_model_get_item (G_LIST_MODEL (self->feeds), i - 1);

      if (!g_hash_table_contains (seen, feed->name))
        g_list_store_remove (self->feeds, i - 1);
    }
  mark (self, BF_CITY_CHANGED_FEEDS);
  return TRUE;
}

static int
read_priority (BfJsonNode node)
{
  BfPriority priority;
  const char *id;

  return bf_json_get_string (node, &id, NULL) && bf_priority_from_id (id, &priority) ? (int) priority : -1;
}

static void
read_service_status (BfCityView *self, BfJsonNode node)
{
  guint index = bf_city_catalog_find_service (self->catalog, bf_json_member_string (node, "id", NULL));
  BfServiceStatus *service;
  BfJsonNode worst;

  if (index == BF_CITY_NONE)
    return;
  service = &g_array_index (self->services, BfServiceStatus, index);
  service->expected = bf_json_member_int (node, "expected", 0);
  service->heard = bf_json_member_int (node, "heard", 0);
  service->worst = bf_json_member (node, "worst", &worst) ? read_priority (worst) : -1;
  service->unacknowledged = bf_json_member_int (node, "unacknowledged", 0);
  service->acknowledged = bf_json_member_int (node, "acknowledged", 0);
}

static void
read_quarters (BfCityView *self, BfJsonNode node)
{
  BfJsonNode list, pair, cell;
  BfJsonIter iter, inner;
  guint n = 0;

  memset (self->status.quarters, 0, sizeof self->status.quarters);
  for (guint i = 0; i < BF_N_QUARTERS; i++)
    self->status.quarters[i].worst = -1;
  if (!bf_json_member (node, "alerts_24h", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (n < BF_N_QUARTERS && bf_json_iter_next (&iter, NULL, NULL, &pair))
    {
      BfQuarter *quarter = &self->status.quarters[n++];
      gint64 count = 0;

      if (!bf_json_iter_init (&inner, pair) || !bf_json_iter_next (&inner, NULL, NULL, &cell))
        continue;
      bf_json_get_int (cell, &count);
      quarter->count = (guint16) CLAMP (count, 0, G_MAXUINT16);
      if (bf_json_iter_next (&inner, NULL, NULL, &cell))
        quarter->worst = (gint8) read_priority (cell);
    }
}

void
bf_city_view_apply_status (BfCityView *self, BfJsonNode node)
{
  BfCityStatus *status = &self->status;
  BfJsonNode list, value;
  BfJsonIter iter;

  if (bf_json_type (node) != BF_JSON_OBJECT)
    return;
  status->now_us = bf_json_member_time (node, "now");
  if (status->now_us != BF_TIME_NONE)
    self->skew_us = status->now_us - bf_time_now_us ();
  status->expected = status->heard = 0;
  if (self->catalog != NULL && bf_json_member (node, "services", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &value))
      read_service_status (self, value);
  for (guint i = 0; i < self->services->len; i++)
    {
      status->expected += g_array_index (self->services, BfServiceStatus, i).expected;
      status->heard += g_array_index (self->services, BfServiceStatus, i).heard;
    }
  if (bf_json_member (node, "alerts", &value))
    for (guint i = 0; i < BF_N_PRIORITIES; i++)
      status->counts[i] = bf_json_member_int (value, bf_priority_id ((BfPriority) i), 0);
  status->acknowledged = bf_json_member_int (node, "acknowledged", 0);
  status->problems = bf_json_member_int (node, "problems", 0);
  g_clear_pointer (&status->store_error, g_free);
  status->store_ok = TRUE;
  if (bf_json_member (node, "store", &value))
    {
      status->store_ok = bf_json_member_bool (value, "ok", TRUE);
      status->store_error = g_strdup (bf_json_member_string (value, "error", NULL));
    }
  read_quarters (self, node);
  mark (self, BF_CITY_CHANGED_STATUS);
}

void
bf_city_view_apply_problems (BfCityView *self, BfJsonNode node)
{
  BfJsonNode list, value;
  BfJsonIter iter;

  g_array_set_size (self->problems, 0);
  if (bf_json_member (node, "problems", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &value))
      {
        BfCityProblem problem = { 0 };

        problem.file = g_strdup (bf_json_member_string (value, "file", ""));
        problem.line = bf_json_member_int (value, "line", 0);
        problem.message = g_strdup (bf_json_member_string (value, "message", ""));
        g_array_append_val (self->problems, problem);
      }
  mark (self, BF_CITY_CHANGED_PROBLEMS);
}

void
bf_city_view_apply_places (BfCityView *self, BfJsonNode node)
{
  BfJsonNode list, value;
  BfJsonIter iter;

  g_array_set_size (self->places, 0);
  if (bf_json_member (node, "places", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &value))
      {
        BfCityPlace place = { 0 };

        place.kind = g_strdup (bf_json_member_string (value, "kind", ""));
        place.name = g_strdup (bf_json_member_string (value, "name", ""));
        place.lat = bf_json_member_double (value, "lat", NAN);
        place.lon = bf_json_member_double (value, "lon", NAN);
        g_array_append_val (self->places, place);
      }
  mark (self, BF_CITY_CHANGED_PLACES);
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
  mark (self, BF_CITY_CHANGED_CONNECTION);
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
  forget_worst (self);
  g_clear_pointer (&self->catalog, bf_city_catalog_free);
  bf_city_assets_free (self->assets);
  self->assets = bf_city_assets_new ();
  g_free (self->status.store_error);
  memset (&self->status, 0, sizeof self->status);
  self->has_hello = self->connected = FALSE;
  self->lost_since_us = BF_TIME_NONE;
  self->seq = self->epoch = self->skew_us = 0;
  mark (self, G_MAXUINT);
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

const BfServiceStatus *
bf_city_view_service_status (BfCityView *self, guint service)
{
  return service < self->services->len ? &g_array_index (self->services, BfServiceStatus, service) : NULL;
}

/**
 * bf_city_view_service_newest_us:
 *
 * Returns: the newest phenomenon time of any of the service's feeds, %BF_TIME_NONE when nothing ever came
 */
gint64
bf_city_view_service_newest_us (BfCityView *self, guint service)
{
  const char *id = bf_city_catalog_service (self->catalog, service)->id;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->feeds));
  gint64 newest = BF_TIME_NONE;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfFeedItem) feed = g_list_model_get_item (G_LIST_MODEL (self->feeds), i);

      if (strcmp (feed->service, id) == 0)
        newest = MAX (newest, feed->newest_us);
    }
  return newest;
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

BfAlertItem *
bf_city_view_find_alert (BfCityView *self, gint64 id)
{
  return g_hash_table_lookup (self->alert_by_id, &id);
}

static void
make_worst (BfCityView *self)
{
  GHashTableIter iter;
  BfAlertItem *item;

  self->worst_by_asset = g_hash_table_new (NULL, NULL);
  g_hash_table_iter_init (&iter, self->alert_by_id);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *) &item))
    {
      guint asset = bf_city_assets_find (self->assets, item->asset);
      BfAlertItem *known;

      if (asset == BF_CITY_NONE)
        continue;
      known = g_hash_table_lookup (self->worst_by_asset, GUINT_TO_POINTER (asset));
      if (known == NULL || bf_alert_item_compare (item, known) < 0)
        g_hash_table_insert (self->worst_by_asset, GUINT_TO_POINTER (asset), item);
    }
}

/**
 * bf_city_view_worst_alert:
 *
 * Returns: (nullable) (transfer none): the first of the asset's alerts in the order of the board
 */
BfAlertItem *
bf_city_view_worst_alert (BfCityView *self, guint asset)
{
  if (self->worst_by_asset == NULL)
    make_worst (self);
  return g_hash_table_lookup (self->worst_by_asset, GUINT_TO_POINTER (asset));
}

BfFeedItem *
bf_city_view_find_feed (BfCityView *self, const char *name)
{
  guint position;
  BfFeedItem *feed = NULL;

  if (name != NULL && find_feed_position (self, name, &position))
    {
      feed = g_list_model_get_item (G_LIST_MODEL (self->feeds), position);
      g_object_unref (feed); /* the store holds it */
    }
  return feed;
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
