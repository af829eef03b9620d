/* SPDX-License-Identifier: EUPL-1.2 */
/* An alert on the client's side: see bf-alert-item.h. Main thread. */

#include "console/bf-alert-item.h"

#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "console/bf-city-catalog.h"

G_DEFINE_FINAL_TYPE (BfAlertItem, bf_alert_item, G_TYPE_OBJECT)

static void
value_clear (gpointer data)
{
  BfAlertValue *value = data;

  g_free (value->asset);
  g_free (value->property);
  g_free (value->unit);
  g_free (value->text);
}

static void
touch_clear (gpointer data)
{
  BfAlertTouch *touch = data;

  g_free (touch->kind);
  g_free (touch->name);
}

static void
bf_alert_item_finalize (GObject *object)
{
  BfAlertItem *self = BF_ALERT_ITEM (object);

  g_free (self->rule);
  g_free (self->service);
  g_free (self->asset);
  g_free (self->asset_name);
  g_free (self->feed);
  g_free (self->procedure);
  g_free (self->acknowledged_by);
  g_free (self->acknowledged_comment);
  g_free (self->aside);
  g_free (self->aside_by);
  g_free (self->aside_reason);
  g_free (self->address);
  g_free (self->zone);
  g_free (self->threshold_property);
  bf_name_clear (&self->title);
  g_free (self->why);
  g_array_unref (self->values);
  g_array_unref (self->touches);
  G_OBJECT_CLASS (bf_alert_item_parent_class)->finalize (object);
}

static void
bf_alert_item_class_init (BfAlertItemClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bf_alert_item_finalize;
}

static void
bf_alert_item_init (BfAlertItem *self)
{
  self->seq = -1;
  self->inhabitants = -1;
  self->raised_us = self->cleared_us = self->acknowledged_us = self->until_us = self->aside_until_us = BF_TIME_NONE;
  self->lat = self->lon = NAN;
  self->values = g_array_new (FALSE, TRUE, sizeof (BfAlertValue));
  g_array_set_clear_func (self->values, value_clear);
  self->touches = g_array_new (FALSE, TRUE, sizeof (BfAlertTouch));
  g_array_set_clear_func (self->touches, touch_clear);
}

static const char *const state_ids[] = { "unacknowledged", "acknowledged", "returned", "normal" };

gboolean
bf_alert_item_state_from_id (const char *id, BfAlertItemState *ret_state)
{
  for (guint i = 0; id != NULL && i < G_N_ELEMENTS (state_ids); i++)
    if (strcmp (state_ids[i], id) == 0)
      {
        *ret_state = (BfAlertItemState) i;
        return TRUE;
      }
  return FALSE;
}

static void
take_string (char **place, BfJsonNode node, const char *key)
{
  g_free (*place);
  *place = g_strdup (bf_json_member_string (node, key, ""));
}

static void
read_place (BfAlertItem *self, BfJsonNode node)
{
  BfJsonNode place, zone;
  const char *zone_name = "";

  if (!bf_json_member (node, "place", &place) || bf_json_type (place) != BF_JSON_OBJECT)
    return;
  self->lat = bf_json_member_double (place, "lat", NAN);
  self->lon = bf_json_member_double (place, "lon", NAN);
  self->inhabitants = bf_json_member_int (place, "inhabitants", -1);
  take_string (&self->address, place, "address");
  if (bf_json_member (place, "zone", &zone) && !bf_json_get_string (zone, &zone_name, NULL))
    zone_name = bf_json_member_string (zone, "name", "");
  g_free (self->zone);
  self->zone = g_strdup (zone_name);
}

static void
read_acknowledged (BfAlertItem *self, BfJsonNode node)
{
  BfJsonNode entry;

  g_clear_pointer (&self->acknowledged_by, g_free);
  g_clear_pointer (&self->acknowledged_comment, g_free);
  self->acknowledged_us = self->until_us = BF_TIME_NONE;
  if (!bf_json_member (node, "acknowledged", &entry) || bf_json_type (entry) != BF_JSON_OBJECT)
    return;
  self->acknowledged_us = bf_json_member_time (entry, "at");
  self->until_us = bf_json_member_time (entry, "until");
  self->acknowledged_by = g_strdup (bf_json_member_string (entry, "by", ""));
  self->acknowledged_comment = g_strdup (bf_json_member_string (entry, "comment", ""));
}

static void
read_values (BfAlertItem *self, BfJsonNode node)
{
  BfJsonNode list, entry, number;
  BfJsonIter iter;

  g_array_set_size (self->values, 0);
  if (!bf_json_member (node, "values", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &entry))
    {
      BfAlertValue value = { .value = NAN };
      const char *text;

      value.asset = g_strdup (bf_json_member_string (entry, "asset", ""));
      value.property = g_strdup (bf_json_member_string (entry, "property", ""));
      value.unit = g_strdup (bf_json_member_string (entry, "unit", ""));
      value.observed_us = bf_json_member_time (entry, "observed");
      if (bf_json_member (entry, "value", &number) && !bf_json_get_double (number, &value.value) &&
          bf_json_get_string (number, &text, NULL))
        value.text = g_strdup (text);
      g_array_append_val (self->values, value);
    }
}

static void
read_touches (BfAlertItem *self, BfJsonNode node)
{
  BfJsonNode list, entry;
  BfJsonIter iter;

  g_array_set_size (self->touches, 0);
  if (!bf_json_member (node, "touches", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &entry))
    {
      BfAlertTouch touch = { 0 };

      touch.kind = g_strdup (bf_json_member_string (entry, "kind", ""));
      touch.name = g_strdup (bf_json_member_string (entry, "name", ""));
      touch.distance_m = bf_json_member_double (entry, "distance_m", NAN);
      touch.people = bf_json_member_int (entry, "people", -1);
      g_array_append_val (self->touches, touch);
    }
}

static void
read_threshold (BfAlertItem *self, BfJsonNode node)
{
  BfJsonNode entry;

  self->has_threshold = FALSE;
  if (!bf_json_member (node, "threshold", &entry) || bf_json_type (entry) != BF_JSON_OBJECT)
    return;
  self->threshold = bf_json_member_double (entry, "value", NAN);
  take_string (&self->threshold_property, entry, "property");
  self->has_threshold = !isnan (self->threshold);
}

static gboolean
has_flag (BfJsonNode node, const char *id)
{
  BfJsonNode flags, flag;
  BfJsonIter iter;
  const char *text;
  gsize length;

  if (!bf_json_member (node, "flags", &flags) || !bf_json_iter_init (&iter, flags))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &flag))
    if (bf_json_get_string (flag, &text, &length) && strcmp (text, id) == 0)
      return TRUE;
  return FALSE;
}

/* Who or what put it aside: one that shelved it, took it out of service, or the first cause that suppresses it. */
static void
read_who_aside (BfAlertItem *self, BfJsonNode node)
{
  BfJsonNode mark, first;
  BfJsonIter iter;

  if (!bf_json_member (node, self->aside, &mark))
    return;
  if (bf_json_type (mark) == BF_JSON_OBJECT)
    {
      self->aside_by = g_strdup (bf_json_member_string (mark, "by", NULL));
      self->aside_reason = g_strdup (bf_json_member_string (mark, "reason", NULL));
      self->aside_until_us = bf_json_member_time (mark, "until");
    }
  else if (bf_json_iter_init (&iter, mark) && bf_json_iter_next (&iter, NULL, NULL, &first))
    {
      self->aside_reason = g_strdup (bf_json_member_string (first, "words", NULL));
      self->aside_until_us = bf_json_member_time (first, "until");
    }
}

/* What stands beside the state; an engine of before says nothing of it. */
static void
read_aside (BfAlertItem *self, BfJsonNode node)
{
  const char *shown = bf_json_member_string (node, "shown", "");
  BfAlertItemState state;

  g_clear_pointer (&self->aside, g_free);
  g_clear_pointer (&self->aside_by, g_free);
  g_clear_pointer (&self->aside_reason, g_free);
  self->aside_until_us = BF_TIME_NONE;
  if (*shown != '\0' && !bf_alert_item_state_from_id (shown, &state))
    {
      self->aside = g_strdup (shown);
      read_who_aside (self, node);
    }
  self->waits_for_reset = bf_json_member_bool (node, "waits_for_reset", FALSE);
  self->damped = has_flag (node, "damped");
  self->held_open = self->waits_for_reset || self->damped || has_flag (node, "shelved");
  self->times = (guint) CLAMP (bf_json_member_int (node, "times", 1), 1, G_MAXINT);
  self->shelve_max_us = (gint64) (bf_json_member_double (node, "shelve_max_s", 0) * G_USEC_PER_SEC);
}

/**
 * bf_alert_item_update:
 * @node: the alert of the API
 *
 * Returns: %FALSE when the message is older than what is there already, or no alert: nothing changed
 */
gboolean
bf_alert_item_update (BfAlertItem *self, BfJsonNode node)
{
  gint64 seq = bf_json_member_int (node, "seq", 0);
  BfAlertItemState state;
  BfPriority priority;

  if (seq < self->seq || !bf_alert_item_state_from_id (bf_json_member_string (node, "state", NULL), &state) ||
      !bf_priority_from_id (bf_json_member_string (node, "priority", ""), &priority))
    return FALSE;
  self->seq = seq;
  self->state = state;
  self->priority = priority;
  take_string (&self->rule, node, "rule");
  take_string (&self->service, node, "service");
  take_string (&self->asset, node, "asset");
  take_string (&self->asset_name, node, "asset_name");
  take_string (&self->feed, node, "feed");
  take_string (&self->procedure, node, "procedure");
  bf_city_name_from_json (&self->title, node, "title", self->rule);
  take_string (&self->why, node, "why");
  self->raised_us = bf_json_member_time (node, "raised");
  self->cleared_us = bf_json_member_time (node, "cleared");
  read_acknowledged (self, node);
  read_aside (self, node);
  read_place (self, node);
  read_values (self, node);
  read_touches (self, node);
  read_threshold (self, node);
  return TRUE;
}

/**
 * bf_alert_item_new:
 * @node: an alert of the API
 *
 * Returns: (transfer full) (nullable): the item
 */
BfAlertItem *
bf_alert_item_new (BfJsonNode node, GError **error)
{
  g_autoptr (BfAlertItem) self = g_object_new (BF_TYPE_ALERT_ITEM, NULL);

  self->id = bf_json_member_int (node, "id", 0);
  if (self->id <= 0 || !bf_alert_item_update (self, node))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX,
                   "alert: members \"id\", \"state\" and \"priority\" of the API were expected");
      return NULL;
    }
  return g_steal_pointer (&self);
}

/**
 * bf_alert_item_is_waiting:
 *
 * Returns: %TRUE when a person must still acknowledge it (ISA-18.2 §5.4: unacknowledged, or returned unacknowledged) and it was not
 *   put aside
 */
gboolean
bf_alert_item_is_waiting (const BfAlertItem *self)
{
  return self->aside == NULL && (self->state == BF_ALERT_ITEM_UNACKNOWLEDGED || self->state == BF_ALERT_ITEM_RETURNED);
}

gboolean
bf_alert_item_is_over (const BfAlertItem *self)
{
  return self->state == BF_ALERT_ITEM_NORMAL && !self->held_open;
}

/**
 * bf_alert_item_compare:
 *
 * Returns: the order of the board: waiting before acknowledged, those before what was put aside, then the worst first, then the oldest first
 */
int
bf_alert_item_compare (const BfAlertItem *a, const BfAlertItem *b)
{
  int section_a = a->aside != NULL ? 2 : !bf_alert_item_is_waiting (a);
  int section_b = b->aside != NULL ? 2 : !bf_alert_item_is_waiting (b);

  if (section_a != section_b)
    return section_a - section_b;
  if (a->priority != b->priority)
    return a->priority > b->priority ? -1 : 1;
  if (a->raised_us != b->raised_us)
    return a->raised_us < b->raised_us ? -1 : 1;
  return a->id < b->id ? -1 : a->id > b->id;
}
