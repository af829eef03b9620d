/* SPDX-License-Identifier: EUPL-1.2 */
/* The store as callers see it: ids, the queue's front end, health. What waits is held under one mutex until the writer
 * thread (bf-store-writer.c) takes it; texts of observations become ids here, so that a waiting row is small. */

#include "store/bf-store-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

#define CLOSE_PATIENCE_US (10 * G_USEC_PER_SEC)

void
bf_store_write_free (gpointer data)
{
  BfStoreWrite *write = data;

  g_clear_pointer (&write->alert, bf_alert_free);
  g_clear_pointer (&write->event, bf_alert_event_free);
  g_clear_pointer (&write->out, bf_alert_out_free);
  g_free (write->path);
  g_free (write->feed);
  g_free (write->text);
  g_free (write->reason);
  g_free (write->figures_json);
  g_free (write->actor);
  bf_log_entry_free (write->log);
  g_free (write);
}

void
bf_store_asset_free (gpointer data)
{
  BfStoreAsset *asset = data;

  g_free ((char *) asset->id);
  g_free ((char *) asset->kind);
  g_free ((char *) asset->name);
  g_free ((char *) asset->address);
  g_free ((char *) asset->parent);
  g_free ((char *) asset->feed);
  g_free ((char *) asset->attributes_json);
  g_free ((BfShape *) asset->shape);
  g_free (asset);
}

BfStoreAsset *
bf_store_asset_copy (const BfStoreAsset *asset)
{
  BfStoreAsset *copy = g_new (BfStoreAsset, 1);

  *copy = *asset;
  copy->id = g_strdup (asset->id);
  copy->kind = g_strdup (asset->kind);
  copy->name = g_strdup (asset->name);
  copy->address = g_strdup (asset->address);
  copy->parent = g_strdup (asset->parent);
  copy->feed = g_strdup (asset->feed);
  copy->attributes_json = g_strdup (asset->attributes_json);
  copy->shape = g_memdup2 (asset->shape, bf_shape_bytes (asset->shape));
  return copy;
}

/* Tells what the writer has finished, in the opener's context. */
static void
drain (BfStore *store)
{
  GArray *told;
  gboolean health_changed;

  g_mutex_lock (&store->lock);
  told = store->completions;
  store->completions = g_array_new (FALSE, FALSE, sizeof (BfStoreCompletion));
  health_changed = store->health_changed;
  store->health_changed = FALSE;
  g_mutex_unlock (&store->lock);

  for (guint i = 0; i < told->len; i++)
    {
      BfStoreCompletion *completion = &g_array_index (told, BfStoreCompletion, i);

      if (completion->log_done != NULL)
        completion->log_done (completion->user_data, completion->seq, completion->error);
      else
        completion->done (completion->user_data, completion->error);
      g_clear_error (&completion->error);
    }
  g_array_unref (told);
  if (health_changed && store->health_func != NULL)
    store->health_func (store->health_data, store);
}

static gboolean
event_fd_cb (int fd, GIOCondition condition, gpointer user_data)
{
  guint64 count;

  while (read (fd, &count, sizeof count) < 0 && errno == EINTR)
    ;
  drain (user_data);
  return G_SOURCE_CONTINUE;
}

static void
bf_store_free (BfStore *store)
{
  if (store->data != NULL)
    store->backend->close (store->data);
  if (store->event_source != NULL)
    {
      g_source_destroy (store->event_source);
      g_source_unref (store->event_source);
    }
  if (store->event_fd >= 0)
    close (store->event_fd);
  g_clear_pointer (&store->series, bf_series_table_free);
  g_clear_pointer (&store->feeds, bf_series_table_free);
  g_clear_pointer (&store->states, bf_state_table_free);
  g_array_unref (store->new_states);
  g_ptr_array_unref (store->writes);
  g_hash_table_unref (store->assets);
  bf_row_queue_free (store->rows);
  g_array_unref (store->completions);
  g_free (store->rule_states);
  g_free (store->alerts_lane.error);
  g_free (store->observations_lane.error);
  g_mutex_clear (&store->lock);
  g_cond_clear (&store->wake);
  g_free (store);
}

static BfStore *
bf_store_alloc (void)
{
  BfStore *store = g_new0 (BfStore, 1);

  store->backend = &bf_sqlite_backend;
  g_mutex_init (&store->lock);
  g_cond_init (&store->wake);
  store->event_fd = -1;
  store->series = bf_series_table_new (BF_STORE_SERIES_MAX);
  store->feeds = bf_series_table_new (BF_STORE_FEEDS_MAX);
  store->states = bf_state_table_new ();
  store->new_states = g_array_new (FALSE, FALSE, sizeof (BfStateValue));
  store->writes = g_ptr_array_new_with_free_func (bf_store_write_free);
  store->assets = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, bf_store_asset_free);
  store->rows = bf_row_queue_new ();
  store->completions = g_array_new (FALSE, FALSE, sizeof (BfStoreCompletion));
  store->close_patience_us = CLOSE_PATIENCE_US;
  store->keep_hours = BF_STORE_KEEP_HOURS;
  store->retain_wanted = TRUE;
  return store;
}

BfStore *
bf_store_open (const char *dir, GError **error)
{
  BfStore *store;
  BfStoreOpened opened = { 0 };

  g_return_val_if_fail (dir != NULL, NULL);
  store = bf_store_alloc ();
  store->data = store->backend->open (dir, store->series, store->feeds, store->states, &opened, error);
  if (store->data == NULL)
    {
      bf_store_free (store);
      return NULL;
    }
  store->n_series_on_disk = bf_series_table_n (store->series);
  store->n_feeds_on_disk = bf_series_table_n (store->feeds);
  store->epoch = opened.epoch;
  store->last_alert_id = opened.last_alert_id;
  store->last_out_id = opened.last_out_id;
  store->last_event_id = opened.last_event_id;

  store->event_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (store->event_fd < 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("%s: eventfd: %s"), dir, g_strerror (errno));
      bf_store_free (store);
      return NULL;
    }
  store->event_source = g_unix_fd_source_new (store->event_fd, G_IO_IN);
  g_source_set_callback (store->event_source, G_SOURCE_FUNC (event_fd_cb), store, NULL);
  g_source_attach (store->event_source, g_main_context_get_thread_default ());
  bf_store_queries_start (store);
  store->writer = g_thread_new ("bf-store-writer", bf_store_writer_run, store);
  return store;
}

void
bf_store_close (BfStore *store)
{
  g_return_if_fail (store != NULL);

  bf_store_queries_stop (store);
  g_mutex_lock (&store->lock);
  store->stop = TRUE;
  store->stop_by_us = g_get_monotonic_time () + store->close_patience_us;
  g_cond_signal (&store->wake);
  g_mutex_unlock (&store->lock);
  g_thread_join (store->writer);
  store->health_func = NULL;
  drain (store);
  if (store->counts.failed > 0 || store->counts.failed_writes > 0)
    g_warning ("store closed with %" G_GUINT64_FORMAT " observations and %" G_GUINT64_FORMAT " alerts or files not written",
               store->counts.failed, store->counts.failed_writes);
  bf_store_free (store);
}

guint
bf_store_set_states (BfStore *store, const char *service, const char *property, const char *const *values)
{
  guint states;

  g_return_val_if_fail (store != NULL && service != NULL && property != NULL && values != NULL, 0);
  g_mutex_lock (&store->lock);
  states = bf_state_table_set (store->states, service, property, values, store->new_states);
  g_cond_signal (&store->wake);
  g_mutex_unlock (&store->lock);
  return states;
}

void
bf_store_set_keep_hours (BfStore *store, guint hours)
{
  g_return_if_fail (hours >= 1 && hours <= BF_STORE_KEEP_HOURS_MAX);

  g_mutex_lock (&store->lock);
  store->keep_hours = hours;
  store->retain_wanted = TRUE;
  g_cond_signal (&store->wake);
  g_mutex_unlock (&store->lock);
}

void
bf_store_set_health_func (BfStore *store, BfStoreHealthFunc func, gpointer user_data)
{
  store->health_func = func;
  store->health_data = user_data;
}

gint64
bf_store_new_out_id (BfStore *store)
{
  return ++store->last_out_id;
}

gint64
bf_store_new_alert_id (BfStore *store)
{
  return ++store->last_alert_id;
}

gint64
bf_store_new_event_id (BfStore *store)
{
  return ++store->last_event_id;
}

gint64
bf_store_last_event_id (const BfStore *store)
{
  return store->last_event_id;
}

gint64
bf_store_epoch (const BfStore *store)
{
  return store->epoch;
}

/* Under @lock. The feed is nearly always that of the row before. */
static guint32
feed_id (BfStore *store, const char *feed)
{
  const char *last = "", *none = "";

  if (feed == NULL)
    feed = "";
  if (store->last_feed != 0)
    bf_series_table_get (store->feeds, store->last_feed, &last, &none);
  if (store->last_feed == 0 || strcmp (last, feed) != 0)
    store->last_feed = bf_series_table_intern (store->feeds, feed, "");
  return store->last_feed;
}

/* Under @lock: the row to queue; FALSE when it is not a value that can be stored. */
static gboolean
make_row (BfStore *store, const BfStoreObservation *in, BfStoreRow *row)
{
  gint64 keep_us = store->keep_hours * BF_STORE_HOUR_US;

  if (!isfinite (in->value) || in->asset_id == NULL || in->property == NULL)
    return FALSE;
  if (strlen (in->asset_id) > BF_LIMIT_TEXT_BYTES || strlen (in->property) > BF_LIMIT_TEXT_BYTES)
    return FALSE;
  /* The engine refuses stamps over BF_LIMIT_AHEAD_US ahead; here it bounds the number of hour tables. */
  if (in->result_us < 0 || in->result_us > G_MAXINT64 / 2 || in->observed_us < -(G_MAXINT64 / 2)
      || in->observed_us > in->result_us + BF_LIMIT_AHEAD_US)
    return FALSE;
  row->observed_us = in->observed_us;
  row->result_us = in->result_us;
  row->value = in->value;
  if (in->states != 0 && !bf_state_table_to_id (store->states, in->states, in->value, &row->value))
    return FALSE;
  row->record = in->record;
  row->journal = in->observed_us >= 0 && in->observed_us >= in->result_us - keep_us;
  row->feed = feed_id (store, in->feed);
  row->series = row->feed == 0 ? 0 : bf_series_table_intern (store->series, in->asset_id, in->property);
  return row->series != 0;
}

gboolean
bf_store_add_observations (BfStore *store, const BfStoreObservation *rows, guint n_rows)
{
  gboolean all_taken = TRUE;

  g_return_val_if_fail (store != NULL, FALSE);
  g_mutex_lock (&store->lock);
  for (guint i = 0; i < n_rows; i++)
    {
      BfStoreRow row;

      if (bf_row_queue_n (store->rows) + store->n_rows_held >= BF_STORE_QUEUE_ROWS)
        {
          store->counts.refused_full += n_rows - i;
          all_taken = FALSE;
          break;
        }
      if (!make_row (store, &rows[i], &row))
        {
          store->counts.refused_invalid++;
          continue;
        }
      if (!row.journal)
        store->counts.outside_keep++;
      bf_row_queue_push (store->rows, &row);
    }
  g_cond_signal (&store->wake);
  g_mutex_unlock (&store->lock);
  return all_taken;
}

void
bf_store_put_asset (BfStore *store, const BfStoreAsset *asset)
{
  BfStoreAsset *copy;

  g_return_if_fail (store != NULL && asset != NULL && asset->id != NULL);
  copy = bf_store_asset_copy (asset);
  g_mutex_lock (&store->lock);
  g_hash_table_replace (store->assets, (gpointer) copy->id, copy);
  g_cond_signal (&store->wake);
  g_mutex_unlock (&store->lock);
}

void
bf_store_remove_asset (BfStore *store, const char *id)
{
  bf_store_put_asset (store, &(BfStoreAsset){ .id = id });
}

static void
queue_write (BfStore *store, BfStoreWrite *write)
{
  g_mutex_lock (&store->lock);
  g_ptr_array_add (store->writes, write);
  g_cond_signal (&store->wake);
  g_mutex_unlock (&store->lock);
}

void
bf_store_put_alert (BfStore *store, const BfAlert *alert, const BfAlertEvent *event, BfStoreDone done, gpointer user_data)
{
  bf_store_put_alert_logged (store, alert, event, NULL, done, user_data);
}

void
bf_store_put_alert_logged (BfStore *store, const BfAlert *alert, const BfAlertEvent *event, const BfLogEntry *entry, BfStoreDone done,
                           gpointer user_data)
{
  BfStoreWrite *write;

  g_return_if_fail (store != NULL && alert != NULL && alert->rule_id != NULL && alert->asset_id != NULL);
  write = g_new0 (BfStoreWrite, 1);
  write->alert = bf_alert_copy (alert);
  write->event = event != NULL ? bf_alert_event_copy (event) : NULL;
  write->log = entry != NULL ? bf_log_entry_copy (entry) : NULL;
  write->done = done;
  write->user_data = user_data;
  queue_write (store, write);
}

void
bf_store_put_out (BfStore *store, const BfAlertOut *out, BfStoreDone done, gpointer user_data)
{
  BfStoreWrite *write;

  g_return_if_fail (store != NULL && out != NULL && out->asset_id != NULL);
  write = g_new0 (BfStoreWrite, 1);
  write->out = bf_alert_out_copy (out);
  write->done = done;
  write->user_data = user_data;
  queue_write (store, write);
}

void
bf_store_put_log (BfStore *store, const BfLogEntry *entry, BfStoreLogDone done, gpointer user_data)
{
  BfStoreWrite *write;

  g_return_if_fail (store != NULL && entry != NULL && entry->actor != NULL);
  write = g_new0 (BfStoreWrite, 1);
  write->log = bf_log_entry_copy (entry);
  write->log_done = done;
  write->user_data = user_data;
  queue_write (store, write);
}

void
bf_store_put_rule_states (BfStore *store, const char *json)
{
  g_return_if_fail (store != NULL && json != NULL);
  g_mutex_lock (&store->lock);
  g_free (store->rule_states);
  store->rule_states = g_strdup (json);
  g_cond_signal (&store->wake);
  g_mutex_unlock (&store->lock);
}

void
bf_store_put_file (BfStore *store, const char *path, const char *text, gint64 at_us, const char *actor)
{
  BfStoreWrite *write;

  g_return_if_fail (store != NULL && path != NULL);
  write = g_new0 (BfStoreWrite, 1);
  write->path = g_strdup (path);
  write->text = g_strdup (text);
  write->at_us = at_us;
  write->actor = g_strdup (actor);
  queue_write (store, write);
}

void
bf_store_change_free (BfStoreChange *change)
{
  g_free (change->path);
  g_free (change->actor);
  g_free (change->reason);
  g_free (change->figures_json);
  g_free (change->text);
  g_free (change->before);
  g_free (change);
}

void
bf_store_put_change (BfStore *store, const BfStoreChange *change, BfStoreDone done, gpointer user_data)
{
  BfStoreWrite *write;

  g_return_if_fail (store != NULL && change != NULL && change->path != NULL);
  write = g_new0 (BfStoreWrite, 1);
  write->path = g_strdup (change->path);
  write->text = g_strdup (change->text);
  write->at_us = change->at_us;
  write->actor = g_strdup (change->actor);
  write->reason = g_strdup (change->reason);
  write->figures_json = g_strdup (change->figures_json);
  write->recorded = TRUE;
  write->log = change->log != NULL ? bf_log_entry_copy (change->log) : NULL;
  write->done = done;
  write->user_data = user_data;
  queue_write (store, write);
}

void
bf_store_put_pause (BfStore *store, const BfStorePause *pause, BfStoreDone done, gpointer user_data)
{
  BfStoreWrite *write;

  g_return_if_fail (store != NULL && pause != NULL && pause->feed != NULL);
  write = g_new0 (BfStoreWrite, 1);
  write->feed = g_strdup (pause->feed);
  write->text = g_strdup (pause->reason);
  write->log = pause->log != NULL ? bf_log_entry_copy (pause->log) : NULL;
  write->at_us = pause->at_us;
  write->actor = g_strdup (pause->actor);
  write->done = done;
  write->user_data = user_data;
  queue_write (store, write);
}

gboolean
bf_store_load_assets (BfStore *store, void (*row) (gpointer, const BfStoreAsset *), gpointer user_data, GError **error)
{
  return store->backend->load_assets (store->data, row, user_data, error);
}

typedef struct
{
  BfStore *store;
  void (*row) (gpointer, const BfStoreObservation *);
  gpointer user_data;
} LoadingLatest;

static void
load_latest_cb (gpointer user_data, const BfStoreObservation *stored)
{
  LoadingLatest *loading = user_data;
  BfStoreObservation row = *stored;
  g_auto (BfStateMap) map = { NULL, NULL };
  gboolean is_state;

  g_mutex_lock (&loading->store->lock);
  is_state = bf_state_table_find (loading->store->states, row.asset_id, row.property, &map);
  g_mutex_unlock (&loading->store->lock);
  if (is_state)
    row.value = bf_state_map_index (&map, row.value, &row.gone_state);
  loading->row (loading->user_data, &row);
}

gboolean
bf_store_load_latest (BfStore *store, void (*row) (gpointer, const BfStoreObservation *), gpointer user_data, GError **error)
{
  LoadingLatest loading = { store, row, user_data };

  return store->backend->load_latest (store->data, load_latest_cb, &loading, error);
}

gboolean
bf_store_load_files (BfStore *store, const char *prefix, void (*row) (gpointer, const BfStoreChange *), gpointer user_data, GError **error)
{
  return store->backend->load_files (store->data, prefix, row, user_data, error);
}

gboolean
bf_store_load_pauses (BfStore *store, void (*row) (gpointer, const BfStorePause *), gpointer user_data, GError **error)
{
  return store->backend->load_pauses (store->data, row, user_data, error);
}

GPtrArray *
bf_store_load_outs (BfStore *store, GError **error)
{
  return store->backend->load_outs (store->data, error);
}

gboolean
bf_store_load_past (BfStore *store, gint64 from_us, void (*row) (gpointer, const BfStorePast *), gpointer user_data, GError **error)
{
  return store->backend->load_past (store->data, from_us, row, user_data, error);
}

GPtrArray *
bf_store_load_open_alerts (BfStore *store, GError **error)
{
  return store->backend->load_open_alerts (store->data, error);
}

char *
bf_store_load_rule_states (BfStore *store, GError **error)
{
  char *json = NULL;

  return store->backend->load_rule_states (store->data, &json, error) ? json : NULL;
}

/**
 * bf_store_health:
 * @ret_health: (out caller-allocates): filled; free with bf_store_health_clear()
 */
void
bf_store_health (BfStore *store, BfStoreHealth *ret_health)
{
  g_mutex_lock (&store->lock);
  *ret_health = store->counts;
  ret_health->queued = bf_row_queue_n (store->rows) + store->n_rows_held + store->writes->len + store->n_writes_held
                       + g_hash_table_size (store->assets) + (store->rule_states != NULL);
  ret_health->error = g_strdup (store->alerts_lane.error != NULL ? store->alerts_lane.error : store->observations_lane.error);
  g_mutex_unlock (&store->lock);
}

void
bf_store_health_clear (BfStoreHealth *health)
{
  g_clear_pointer (&health->error, g_free);
}
