/* SPDX-License-Identifier: EUPL-1.2 */
/* The writer thread: takes all that waits and commits it in groups, alerts first, observations in slices so that an alert
 * never waits behind more than one of them. What it has taken and could not write it keeps and tries again; each file has a
 * lane of its own, so that one that fails does not hold up the other. Runs until bf_store_close(). */

#include "store/bf-store-private.h"

#include <errno.h>
#include <unistd.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

#define BACKOFF_MIN_US (G_USEC_PER_SEC / 10)
#define BACKOFF_MAX_US (30 * G_USEC_PER_SEC)
#define BACKOFF_CLOSING_US (G_USEC_PER_SEC / 5)

/* What the writer has taken out of the queue; its own, but for the counts in the store. */
typedef struct
{
  BfStore *store;
  GPtrArray *writes; /* BfStoreWrite */
  char *rule_states;
  GPtrArray *assets; /* BfStoreAsset */
  GPtrArray *packs;  /* BfRowPack: of one transaction, as they were taken; none when they are in @rows */
  GArray *rows;      /* BfStoreRow: the same unpacked */
  guint n_series;    /* names that are on disk */
  guint n_feeds;
  GArray *states;    /* BfStateValue: given an id, not on disk */
  gboolean states_tried;
} BfStoreWriter;

/* Under the lock. */
static void
wake_opener (BfStore *store)
{
  guint64 one = 1;

  while (write (store->event_fd, &one, sizeof one) < 0 && errno == EINTR)
    ;
}

static void
lane_ok (BfStore *store, BfStoreLane *lane)
{
  store->counts.last_commit_us = bf_time_now_us ();
  lane->backoff_us = 0;
  lane->retry_at_us = 0;
  if (lane->error != NULL)
    {
      g_message ("store writes again after: %s", lane->error);
      g_clear_pointer (&lane->error, g_free);
      store->health_changed = TRUE;
      wake_opener (store);
    }
}

/* Under the lock: TRUE when the error does not pass by itself, or there is no more time for it to pass. */
static gboolean
is_final (BfStore *store, const GError *error)
{
  if (!g_error_matches (error, BF_ERROR, BF_ERROR_IO))
    return TRUE;
  return store->stop && g_get_monotonic_time () >= store->stop_by_us;
}

/* What is given up is not tried again: the next write then need not wait. */
static void
lane_failed (BfStore *store, BfStoreLane *lane, const GError *error)
{
  if (is_final (store, error))
    lane->retry_at_us = 0;
  else
    {
      lane->backoff_us = CLAMP (lane->backoff_us * 2, BACKOFF_MIN_US, store->stop ? BACKOFF_CLOSING_US : BACKOFF_MAX_US);
      lane->retry_at_us = g_get_monotonic_time () + lane->backoff_us;
    }
  if (g_strcmp0 (lane->error, error->message) == 0)
    return;
  g_warning ("%s", error->message);
  g_free (lane->error);
  lane->error = g_strdup (error->message);
  store->health_changed = TRUE;
  wake_opener (store);
}

/* Under the lock: what a write to @lane came to. Returns whether that is its end, good or bad; FALSE: it is tried again. */
static gboolean
lane_settles (BfStore *store, BfStoreLane *lane, gboolean ok, const GError *error)
{
  if (ok)
    lane_ok (store, lane);
  else
    lane_failed (store, lane, error);
  return ok || is_final (store, error);
}

/* Under the lock: these writes have their end, good (@error NULL) or bad. */
static void
finish_writes (BfStoreWriter *self, BfStoreWrite *const *writes, guint n_writes, const GError *error)
{
  for (guint i = 0; i < n_writes; i++)
    if (writes[i]->done != NULL || writes[i]->log_done != NULL)
      {
        BfStoreCompletion completion = { writes[i]->done, writes[i]->log_done, error == NULL && writes[i]->log != NULL ? writes[i]->log->seq : 0,
                                         writes[i]->user_data, error != NULL ? g_error_copy (error) : NULL };

        g_array_append_val (self->store->completions, completion);
      }
  if (error != NULL)
    self->store->counts.failed_writes += n_writes;
  if (n_writes > 0)
    wake_opener (self->store);
}

/* One write at a time, so that one that the database refuses does not take the others with it. */
static void
write_alerts_singly (BfStoreWriter *self)
{
  BfStore *store = self->store;

  while (self->writes->len > 0)
    {
      g_autoptr (GError) error = NULL;
      BfStoreWrite *write = g_ptr_array_index (self->writes, 0);
      gboolean ok = store->backend->write_alerts (store->data, &write, 1, NULL, &error);

      g_mutex_lock (&store->lock);
      if (!lane_settles (store, &store->alerts_lane, ok, error))
        {
          g_mutex_unlock (&store->lock);
          return;
        }
      finish_writes (self, &write, 1, error);
      store->n_writes_held--;
      g_mutex_unlock (&store->lock);
      g_ptr_array_remove_index (self->writes, 0);
    }
}

static void
write_alerts (BfStoreWriter *self)
{
  BfStore *store = self->store;
  g_autoptr (GError) error = NULL;
  BfStoreWrite *const *writes = (BfStoreWrite *const *) self->writes->pdata;
  gboolean ok = store->backend->write_alerts (store->data, writes, self->writes->len, self->rule_states, &error);

  if (!ok && g_error_matches (error, BF_ERROR, BF_ERROR_VALUE) && self->writes->len > 1)
    {
      write_alerts_singly (self);
      return;
    }
  g_mutex_lock (&store->lock);
  if (!lane_settles (store, &store->alerts_lane, ok, error))
    {
      g_mutex_unlock (&store->lock);
      return;
    }
  finish_writes (self, writes, self->writes->len, error);
  store->n_writes_held = 0;
  g_mutex_unlock (&store->lock);
  g_ptr_array_set_size (self->writes, 0);
  g_clear_pointer (&self->rule_states, g_free);
}

/* Names that are not on disk yet, up to @last, the greatest that the slice names: ids are given in the order of the rows. */
static GArray *
new_names (BfStore *store, const BfSeriesTable *table, guint n_on_disk, guint last)
{
  GArray *names = g_array_new (FALSE, FALSE, sizeof (BfStoreNewName));

  g_mutex_lock (&store->lock);
  for (guint id = n_on_disk + 1; id <= last; id++)
    {
      BfStoreNewName name = { id, NULL, NULL };

      bf_series_table_get (table, id, &name.first, &name.second);
      g_array_append_val (names, name);
    }
  g_mutex_unlock (&store->lock);
  return names;
}

/* Under the lock: the slice has its end. */
static void
finish_slice (BfStoreWriter *self, const GError *error)
{
  BfStore *store = self->store;

  store->n_rows_held -= self->rows->len;
  if (error == NULL)
    store->counts.written += self->rows->len;
  else
    store->counts.failed += self->rows->len;
  /* The memory of a rush is given back. */
  if (self->rows->len > BF_STORE_KEEP_ROWS)
    {
      g_array_unref (self->rows);
      self->rows = g_array_new (FALSE, FALSE, sizeof (BfStoreRow));
    }
  g_array_set_size (self->rows, 0);
}

static void
unpack_rows (BfStoreWriter *self)
{
  for (guint i = 0; i < self->packs->len; i++)
    bf_row_pack_unpack (g_ptr_array_index (self->packs, i), self->rows);
  g_ptr_array_set_size (self->packs, 0);
}

static void
find_last_names (const GArray *rows, guint *ret_series, guint *ret_feed)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const BfStoreRow *row = &g_array_index (rows, BfStoreRow, i);

      *ret_series = MAX (*ret_series, row->series);
      *ret_feed = MAX (*ret_feed, row->feed);
    }
}

static void
write_observations (BfStoreWriter *self)
{
  BfStore *store = self->store;
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) series = NULL;
  g_autoptr (GArray) feeds = NULL;
  guint last_series = 0, last_feed = 0;
  gboolean new_hour = FALSE;
  BfStoreBatch batch;
  gboolean ok;

  unpack_rows (self);
  find_last_names (self->rows, &last_series, &last_feed);
  series = new_names (store, store->series, self->n_series, last_series);
  feeds = new_names (store, store->feeds, self->n_feeds, last_feed);
  batch = (BfStoreBatch){
    .series = (const BfStoreNewName *) series->data,
    .n_series = series->len,
    .feeds = (const BfStoreNewName *) feeds->data,
    .n_feeds = feeds->len,
    .states = (const BfStateValue *) self->states->data,
    .n_states = self->states->len,
    .assets = self->assets,
    .rows = (const BfStoreRow *) (const void *) self->rows->data,
    .n_rows = self->rows->len,
  };
  ok = store->backend->write_observations (store->data, &batch, &new_hour, &error);

  g_mutex_lock (&store->lock);
  store->retain_wanted = store->retain_wanted || new_hour;
  if (lane_settles (store, &store->observations_lane, ok, error))
    {
      finish_slice (self, error);
      g_ptr_array_set_size (self->assets, 0);
      /* What could not be written goes with the next rows, and never alone again. */
      self->states_tried = TRUE;
    }
  g_mutex_unlock (&store->lock);

  if (ok)
    {
      g_array_set_size (self->states, 0);
      self->n_series += series->len;
      self->n_feeds += feeds->len;
    }
}

static void
retain (BfStoreWriter *self, guint keep_hours)
{
  BfStore *store = self->store;
  g_autoptr (GError) error = NULL;
  guint n_dropped = 0;
  gboolean ok = store->backend->retain (store->data, keep_hours, &n_dropped, &error);

  g_mutex_lock (&store->lock);
  store->retain_wanted = !lane_settles (store, &store->observations_lane, ok, error) || store->retain_wanted;
  g_mutex_unlock (&store->lock);
  if (n_dropped > 0)
    g_info ("%u hours of the journal dropped, %u kept", n_dropped, keep_hours);
}

/* Under the lock. Taken again only when written, so that no more than one form of an asset waits on each side. */
static void
take_assets (BfStoreWriter *self)
{
  GHashTableIter iter;
  gpointer asset;

  g_hash_table_iter_init (&iter, self->store->assets);
  while (self->assets->len < BF_STORE_SLICE_ASSETS && g_hash_table_iter_next (&iter, NULL, &asset))
    {
      g_ptr_array_add (self->assets, asset);
      g_hash_table_iter_steal (&iter);
    }
}

/* Under the lock. Observations come behind the assets that wait: no value is on disk whose asset is not. */
static void
take_rows (BfStoreWriter *self)
{
  BfStore *store = self->store;

  if (g_hash_table_size (store->assets) > 0)
    return;
  while (self->packs->len < BF_STORE_SLICE_PACKS && bf_row_queue_n (store->rows) > 0)
    {
      BfRowPack *pack = bf_row_queue_take (store->rows);

      store->n_rows_held += bf_row_pack_n (pack);
      g_ptr_array_add (self->packs, pack);
    }
}

/* Under the lock: takes what waits for the lanes that may write now; of assets and observations no more than one
 * transaction's. */
static void
take (BfStoreWriter *self)
{
  BfStore *store = self->store;

  if (store->writes->len > 0)
    {
      store->n_writes_held += store->writes->len;
      g_ptr_array_extend_and_steal (self->writes, g_steal_pointer (&store->writes));
      store->writes = g_ptr_array_new_with_free_func (bf_store_write_free);
    }
  if (store->new_states->len > 0)
    {
      g_array_append_vals (self->states, store->new_states->data, store->new_states->len);
      g_array_set_size (store->new_states, 0);
      self->states_tried = FALSE;
    }
  if (store->rule_states != NULL)
    {
      g_free (self->rule_states);
      self->rule_states = g_steal_pointer (&store->rule_states);
    }
  if (self->assets->len == 0)
    take_assets (self);
  if (self->rows->len == 0 && self->packs->len == 0)
    take_rows (self);
}

typedef struct
{
  gboolean alerts;
  gboolean observations;
  gboolean retain;
  gboolean quit;
  guint keep_hours;
} BfStoreTodo;

/* Waits until there is something that may be written now. */
static BfStoreTodo
wait_for_work (BfStoreWriter *self)
{
  BfStore *store = self->store;
  BfStoreTodo todo = { 0 };

  g_mutex_lock (&store->lock);
  for (;;)
    {
      gint64 now_us = g_get_monotonic_time ();
      gint64 alerts_at_us = store->alerts_lane.retry_at_us, observations_at_us = store->observations_lane.retry_at_us;
      gint64 next_us = G_MAXINT64;
      gboolean alerts, observations;

      take (self);
      alerts = self->writes->len > 0 || self->rule_states != NULL;
      observations = self->rows->len > 0 || self->packs->len > 0 || self->assets->len > 0 || (self->states->len > 0 && !self->states_tried);
      if (alerts)
        next_us = alerts_at_us;
      if (observations || store->retain_wanted)
        next_us = MIN (next_us, observations_at_us);
      todo.alerts = alerts && alerts_at_us <= now_us;
      todo.observations = observations && observations_at_us <= now_us;
      todo.retain = store->retain_wanted && !store->stop && observations_at_us <= now_us;
      todo.quit = store->stop && !alerts && !observations;
      todo.keep_hours = store->keep_hours;
      if (todo.alerts || todo.observations || todo.retain || todo.quit)
        break;
      if (next_us == G_MAXINT64)
        g_cond_wait (&store->wake, &store->lock);
      else
        g_cond_wait_until (&store->wake, &store->lock, store->stop ? MIN (next_us, now_us + BACKOFF_CLOSING_US) : next_us);
      if (store->stop)
        store->alerts_lane.retry_at_us = store->observations_lane.retry_at_us = 0;
    }
  if (todo.retain)
    store->retain_wanted = FALSE;
  g_mutex_unlock (&store->lock);
  return todo;
}

gpointer
bf_store_writer_run (gpointer data)
{
  BfStore *store = data;
  BfStoreWriter self = {
    .store = store,
    .writes = g_ptr_array_new_with_free_func (bf_store_write_free),
    .assets = g_ptr_array_new_with_free_func (bf_store_asset_free),
    .packs = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_row_pack_free),
    .rows = g_array_new (FALSE, FALSE, sizeof (BfStoreRow)),
    .states = g_array_new (FALSE, FALSE, sizeof (BfStateValue)),
  };

  /* The tables hold what open() read; names given since then are new. */
  g_mutex_lock (&store->lock);
  self.n_series = store->n_series_on_disk;
  self.n_feeds = store->n_feeds_on_disk;
  g_mutex_unlock (&store->lock);
  for (;;)
    {
      BfStoreTodo todo = wait_for_work (&self);

      if (todo.quit)
        break;
      if (todo.alerts)
        write_alerts (&self);
      if (todo.retain)
        retain (&self, todo.keep_hours);
      if (todo.observations)
        write_observations (&self);
    }
  g_ptr_array_unref (self.writes);
  g_ptr_array_unref (self.assets);
  g_ptr_array_unref (self.packs);
  g_array_unref (self.rows);
  g_array_unref (self.states);
  g_free (self.rule_states);
  return NULL;
}
