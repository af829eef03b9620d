/* SPDX-License-Identifier: EUPL-1.2 */
/* How the city's watching goes, as BfCityView keeps it: feeds, the engine's status with the share of each service that is
 * heard, problems of the city's files; and the sensitive places. Main thread. */

#include "console/bf-city-view-private.h"

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

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
  bf_city_view_mark (self, BF_CITY_CHANGED_FEEDS);
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
  bf_city_view_mark (self, BF_CITY_CHANGED_FEEDS);
  return TRUE;
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
  bf_city_view_mark (self, BF_CITY_CHANGED_STATUS);
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

/**
 * bf_city_view_service_is_connected:
 *
 * Returns: whether the city has anything of this service: a feed, be it off, an asset or an alert. One that it has not is no
 *   unknown: nothing is expected of it
 */
gboolean
bf_city_view_service_is_connected (BfCityView *self, guint service)
{
  const BfServiceStatus *status = bf_city_view_service_status (self, service);
  const char *id = bf_city_catalog_service (self->catalog, service)->id;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->feeds));

  if (status != NULL && (status->n_assets > 0 || status->expected > 0 || status->worst >= 0))
    return TRUE;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfFeedItem) feed = g_list_model_get_item (G_LIST_MODEL (self->feeds), i);

      if (strcmp (feed->service, id) == 0)
        return TRUE;
    }
  return FALSE;
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
  bf_city_view_mark (self, BF_CITY_CHANGED_PROBLEMS);
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
  bf_city_view_mark (self, BF_CITY_CHANGED_PLACES);
}
