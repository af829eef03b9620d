/* SPDX-License-Identifier: EUPL-1.2 */
/* The open alerts of BfCityView: kept by id at once, told to the list once a frame, and the worst of each asset, which is
 * made anew when somebody asks after a change. Main thread. */

#include "console/bf-city-view-private.h"

#include "base/bf-error.h"

#define FEW_ALERTS 32 /* changes that are told one by one, so that a list keeps its place; more are told as one */

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

void
bf_city_view_tell_alerts (BfCityView *self)
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

void
bf_city_view_forget_worst (BfCityView *self)
{
  g_clear_pointer (&self->worst_by_asset, g_hash_table_unref);
}

static void
alert_changed (BfCityView *self, BfAlertItem *item)
{
  bf_city_view_forget_worst (self);
  g_ptr_array_add (self->alert_changes, g_object_ref (item));
  bf_city_view_mark_asset (self, bf_city_assets_find (self->assets, item->asset));
  bf_city_view_mark (self, BF_CITY_CHANGED_ALERTS);
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
      if (bf_alert_item_is_over (item))
        return;
      g_hash_table_insert (self->alert_by_id, &item->id, g_object_ref (item));
      alert_changed (self, item);
      return;
    }
  if (!bf_alert_item_update (known, alert))
    return;
  if (bf_alert_item_is_over (known))
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
  bf_city_view_mark (self, BF_CITY_CHANGED_ALERTS);
  return TRUE;
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

      if (asset == BF_CITY_NONE || item->aside != NULL)
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
