/* SPDX-License-Identifier: EUPL-1.2 */
/* Queries: GTasks run by two worker threads of the store's own, each on a connection of its own; at most
 * BF_STORE_QUERIES_MAX wait. A cancelled query stops inside the database. The results do not point to the store, so that they
 * may be delivered after bf_store_close(). */

#include "store/bf-store-private.h"

#include <glib/gi18n-lib.h>

#include "base/bf-error.h"
#include "store/bf-decimator.h"

#define QUERY_THREADS 2

typedef enum
{
  BF_STORE_QUERY_SERIES,
  BF_STORE_QUERY_ALERT,
  BF_STORE_QUERY_ALERTS,
  BF_STORE_QUERY_EVENTS,
  BF_STORE_QUERY_CHANGES,
  BF_STORE_QUERY_LOG,
} BfStoreQueryKind;

typedef struct
{
  BfStoreQueryKind kind;
  char *asset_id; /* changes: how their paths begin */
  char *property;
  gint64 from_us; /* events: after this id; one alert, one change: its id */
  gint64 to_us;   /* events: alert id */
  guint max;
  BfLogQuery log; /* its texts are owned */
} BfStoreQuery;

static void
bf_store_query_free (gpointer data)
{
  BfStoreQuery *query = data;

  g_free (query->asset_id);
  g_free (query->property);
  g_free ((char *) query->log.asset_id);
  g_free ((char *) query->log.feed);
  g_free ((char *) query->log.actor);
  g_free ((char *) query->log.words);
  g_free (query);
}

typedef struct
{
  BfDecimator *decimator;
  gboolean is_state;
  BfStateMap states;
} SeriesReading;

static void
point_cb (gpointer user_data, gint64 observed_us, double value)
{
  SeriesReading *reading = user_data;

  bf_decimator_add (reading->decimator, observed_us, reading->is_state ? bf_state_map_index (&reading->states, value, NULL) : value);
}

static GArray *
run_series (BfStore *store, const BfStoreQuery *query, GCancellable *cancellable, GError **error)
{
  g_autoptr (BfDecimator) decimator = bf_decimator_new (query->from_us, query->to_us, query->max);

  SeriesReading reading = { decimator, FALSE, { NULL, NULL } };
  gboolean ok;

  g_mutex_lock (&store->lock);
  reading.is_state = bf_state_table_find (store->states, query->asset_id, query->property, &reading.states);
  g_mutex_unlock (&store->lock);
  ok = store->backend->query_series (store->data, query->asset_id, query->property, query->from_us, query->to_us, point_cb, &reading,
                                     cancellable, error);
  bf_state_map_clear (&reading.states);
  if (!ok)
    return NULL;
  return bf_decimator_finish (decimator);
}

static void
run_query (GTask *task, BfStore *store)
{
  const BfStoreQuery *query = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  GError *error = NULL;
  gpointer result = NULL;

  switch (query->kind)
    {
    case BF_STORE_QUERY_SERIES:
      result = run_series (store, query, cancellable, &error);
      break;
    case BF_STORE_QUERY_ALERT:
      result = store->backend->query_alert (store->data, query->from_us, cancellable, &error);
      break;
    case BF_STORE_QUERY_ALERTS:
      result = store->backend->query_alerts (store->data, query->from_us, query->to_us, query->asset_id, query->max, cancellable,
                                             &error);
      break;
    case BF_STORE_QUERY_EVENTS:
      result = store->backend->query_events (store->data, query->from_us, query->to_us, query->max, cancellable, &error);
      break;
    case BF_STORE_QUERY_CHANGES:
      result = store->backend->query_changes (store->data, query->asset_id, query->from_us, query->max, cancellable, &error);
      break;
    case BF_STORE_QUERY_LOG:
      result = store->backend->query_log (store->data, &query->log, cancellable, &error);
      break;
    default:
      g_assert_not_reached ();
    }
  if (result == NULL)
    g_task_return_error (task, error);
  else if (query->kind == BF_STORE_QUERY_ALERT)
    g_task_return_pointer (task, result, (GDestroyNotify) bf_alert_free);
  else if (query->kind == BF_STORE_QUERY_SERIES)
    g_task_return_pointer (task, result, (GDestroyNotify) g_array_unref);
  else
    g_task_return_pointer (task, result, (GDestroyNotify) g_ptr_array_unref);
}

static void
query_thread (gpointer data, gpointer user_data)
{
  g_autoptr (GTask) task = data;
  BfStore *store = user_data;

  if (g_cancellable_is_cancelled (store->closing))
    g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("the store is closing"));
  else if (!g_task_return_error_if_cancelled (task))
    run_query (task, store);
  g_atomic_int_dec_and_test (&store->n_queries);
}

void
bf_store_queries_start (BfStore *store)
{
  store->closing = g_cancellable_new ();
  store->queries = g_thread_pool_new (query_thread, store, QUERY_THREADS, FALSE, NULL);
}

void
bf_store_queries_stop (BfStore *store)
{
  g_cancellable_cancel (store->closing);
  store->backend->interrupt (store->data);
  g_thread_pool_free (store->queries, FALSE, TRUE);
  g_clear_object (&store->closing);
}

static void
start (BfStore *store, gpointer tag, const BfStoreQuery *model, GCancellable *cancellable, GAsyncReadyCallback callback,
       gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  BfStoreQuery *query = g_new (BfStoreQuery, 1);

  *query = *model;
  query->asset_id = g_strdup (model->asset_id);
  query->property = g_strdup (model->property);
  query->max = CLAMP (model->max, 1, BF_STORE_POINTS_MAX);
  query->log.asset_id = g_strdup (model->log.asset_id);
  query->log.feed = g_strdup (model->log.feed);
  query->log.actor = g_strdup (model->log.actor);
  query->log.words = g_strdup (model->log.words);
  query->log.max = query->max;
  g_task_set_source_tag (task, tag);
  g_task_set_task_data (task, query, bf_store_query_free);
  if (g_atomic_int_get (&store->n_queries) >= (int) BF_STORE_QUERIES_MAX)
    {
      g_task_return_new_error (task, BF_ERROR, BF_ERROR_LIMIT, _ ("%u queries wait already: ask again later"), BF_STORE_QUERIES_MAX);
      g_object_unref (task);
      return;
    }
  g_atomic_int_inc (&store->n_queries);
  g_thread_pool_push (store->queries, task, NULL);
}

void
bf_store_query_series_async (BfStore *store, const char *asset_id, const char *property, gint64 from_us, gint64 to_us,
                             guint max_points, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  BfStoreQuery query = { BF_STORE_QUERY_SERIES, (char *) asset_id, (char *) property, from_us, to_us, max_points };

  g_return_if_fail (store != NULL && asset_id != NULL && property != NULL);
  start (store, bf_store_query_series_async, &query, cancellable, callback, user_data);
}

GArray *
bf_store_query_series_finish (BfStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, bf_store_query_series_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bf_store_query_alert_async (BfStore *store, gint64 id, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  BfStoreQuery query = { BF_STORE_QUERY_ALERT, NULL, NULL, id, 0, 1 };

  g_return_if_fail (store != NULL);
  start (store, bf_store_query_alert_async, &query, cancellable, callback, user_data);
}

BfAlert *
bf_store_query_alert_finish (BfStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, bf_store_query_alert_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bf_store_query_alerts_async (BfStore *store, gint64 from_us, gint64 to_us, const char *asset_id, guint max,
                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  BfStoreQuery query = { BF_STORE_QUERY_ALERTS, (char *) asset_id, NULL, from_us, to_us, max };

  g_return_if_fail (store != NULL);
  start (store, bf_store_query_alerts_async, &query, cancellable, callback, user_data);
}

GPtrArray *
bf_store_query_alerts_finish (BfStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, bf_store_query_alerts_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bf_store_query_events_async (BfStore *store, gint64 after, gint64 alert_id, guint max, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data)
{
  BfStoreQuery query = { BF_STORE_QUERY_EVENTS, NULL, NULL, after, alert_id, max };

  g_return_if_fail (store != NULL);
  start (store, bf_store_query_events_async, &query, cancellable, callback, user_data);
}

GPtrArray *
bf_store_query_events_finish (BfStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, bf_store_query_events_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bf_store_query_changes_async (BfStore *store, const char *prefix, gint64 id, guint max, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  BfStoreQuery query = { BF_STORE_QUERY_CHANGES, (char *) prefix, NULL, id, 0, max };

  g_return_if_fail (store != NULL && prefix != NULL);
  start (store, bf_store_query_changes_async, &query, cancellable, callback, user_data);
}

GPtrArray *
bf_store_query_changes_finish (BfStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, bf_store_query_changes_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
bf_store_query_log_async (BfStore *store, const BfLogQuery *query, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  BfStoreQuery model = { .kind = BF_STORE_QUERY_LOG, .max = query->max, .log = *query };

  g_return_if_fail (store != NULL);
  start (store, bf_store_query_log_async, &model, cancellable, callback, user_data);
}

GPtrArray *
bf_store_query_log_finish (BfStore *store, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, bf_store_query_log_async), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
