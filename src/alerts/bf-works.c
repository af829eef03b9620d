/* SPDX-License-Identifier: EUPL-1.2 */
/* The works calendar: see bf-works.h. Recurrences are libical's; it reckons without a zone, in the time on the wall, and what comes out is put
 * into UTC here, so that 22:00 stays 22:00 in summer. Of each works one window is kept, the one in force or the next: nothing is unrolled,
 * and a rule that recurs for ever costs as much as one that does not. */

#include "alerts/bf-works-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-calendar.h"
#include "base/bf-error.h"
#include "base/bf-time.h"

#define STEPS_MAX 20000 /* of a recurrence, for one window: two years of hours */
#define ZONES_MAX 8u    /* that one place lies in */
#define PARENTS_MAX 8u

BfWorksItem *
bf_works_item_new (const char *path, guint line, const char *id, GTimeZone *zone)
{
  BfWorksItem *item = g_new0 (BfWorksItem, 1);

  item->path = g_strdup (path);
  item->line = line;
  item->id = g_strdup (id);
  item->zone = g_time_zone_ref (zone);
  item->start = icaltime_null_time ();
  item->from_us = item->to_us = BF_TIME_NONE;
  return item;
}

void
bf_works_item_free (BfWorksItem *item)
{
  if (item == NULL)
    return;
  g_free (item->path);
  g_free (item->id);
  bf_name_clear (&item->name);
  g_free (item->by);
  g_free (item->reason);
  g_strfreev (item->services);
  g_strfreev (item->zones);
  g_strfreev (item->assets);
  g_clear_pointer (&item->service_indexes, g_array_unref);
  g_clear_pointer (&item->zone_indexes, g_array_unref);
  g_clear_pointer (&item->patterns, g_ptr_array_unref);
  g_clear_pointer (&item->except, g_array_unref);
  g_clear_pointer (&item->also, g_array_unref);
  g_time_zone_unref (item->zone);
  g_free (item);
}

/**
 * bf_works_new:
 * @zone: the city's
 * @alsace_moselle: whether its two further public holidays are some
 *
 * Returns: (transfer full): a calendar without works
 */
BfWorks *
bf_works_new (GTimeZone *zone, gboolean alsace_moselle)
{
  BfWorks *works = g_new0 (BfWorks, 1);

  works->zone = g_time_zone_ref (zone);
  works->alsace_moselle = alsace_moselle;
  works->items = g_ptr_array_new_with_free_func ((GDestroyNotify) bf_works_item_free);
  works->in_force = g_ptr_array_new ();
  works->now_us = BF_TIME_NONE;
  return works;
}

void
bf_works_free (BfWorks *works)
{
  if (works == NULL)
    return;
  g_ptr_array_unref (works->in_force);
  g_ptr_array_unref (works->items);
  g_time_zone_unref (works->zone);
  g_free (works);
}

/* ---- Windows ---- */

gint64
bf_works_to_utc (struct icaltimetype t, GTimeZone *zone)
{
  return bf_time_from_civil (t.year, t.month, t.day, t.hour, t.minute, t.second, 0, zone);
}

struct icaltimetype
bf_works_to_local (gint64 time_us, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;
  struct icaltimetype t = icaltime_null_time ();

  if (local == NULL)
    return t;
  t.year = g_date_time_get_year (local);
  t.month = g_date_time_get_month (local);
  t.day = g_date_time_get_day_of_month (local);
  t.hour = g_date_time_get_hour (local);
  t.minute = g_date_time_get_minute (local);
  t.second = g_date_time_get_second (local);
  return t;
}

static gboolean
is_left_out (const BfWorks *works, const BfWorksItem *item, struct icaltimetype t)
{
  gint64 day = bf_calendar_day_of (t.year, t.month, t.day);

  for (guint i = 0; item->except != NULL && i < item->except->len; i++)
    {
      struct icaltimetype x = g_array_index (item->except, struct icaltimetype, i);

      if (x.is_date ? icaltime_compare_date_only (x, t) == 0 : icaltime_compare (x, t) == 0)
        return TRUE;
    }
  return item->days != BF_WORKS_ANY_DAY && bf_calendar_is_holiday (day, works->alsace_moselle) != (item->days == BF_WORKS_HOLIDAYS_ONLY);
}

/* The window that begins at @t, when it is not over at @now_us and earlier than what was found. */
static void
offer (const BfWorksItem *item, struct icaltimetype t, gint64 now_us, gint64 *from_us, gint64 *to_us)
{
  struct icaltimetype end = t;
  gint64 begin_us = bf_works_to_utc (t, item->zone), end_us;

  icaltime_adjust (&end, 0, 0, 0, item->length_s);
  end_us = bf_works_to_utc (end, item->zone);
  if (end_us > now_us && end_us > begin_us && (*from_us == BF_TIME_NONE || begin_us < *from_us))
    {
      *from_us = begin_us;
      *to_us = end_us;
    }
}

/* Steps through the recurrence until a window is not over; FALSE: it took too many. */
static gboolean
offer_recurring (const BfWorks *works, const BfWorksItem *item, gint64 now_us, gint64 *from_us, gint64 *to_us)
{
  icalrecur_iterator *iterator = icalrecur_iterator_new (item->rule, item->start);
  struct icaltimetype near = bf_works_to_local (now_us - ((gint64) item->length_s + 2 * 86400) * G_USEC_PER_SEC, item->zone), t;
  gint64 found_us = BF_TIME_NONE, end_us = BF_TIME_NONE;
  int n = 0;

  if (iterator == NULL)
    return FALSE;
  /* Not with COUNT=, which counts from the start. */
  if (item->rule.count == 0 && !icaltime_is_null_time (near) && icaltime_compare (near, item->start) > 0)
    icalrecur_iterator_set_start (iterator, near);
  while (found_us == BF_TIME_NONE && n++ < STEPS_MAX && !icaltime_is_null_time (t = icalrecur_iterator_next (iterator)))
    if (!is_left_out (works, item, t))
      offer (item, t, now_us, &found_us, &end_us);
  icalrecur_iterator_free (iterator);
  if (found_us != BF_TIME_NONE && (*from_us == BF_TIME_NONE || found_us < *from_us))
    {
      *from_us = found_us;
      *to_us = end_us;
    }
  return n <= STEPS_MAX;
}

gboolean
bf_works_item_window (const BfWorks *works, const BfWorksItem *item, gint64 now_us, gint64 *ret_from_us, gint64 *ret_to_us)
{
  *ret_from_us = *ret_to_us = BF_TIME_NONE;
  if (item->recurs)
    offer_recurring (works, item, now_us, ret_from_us, ret_to_us);
  else if (!is_left_out (works, item, item->start))
    offer (item, item->start, now_us, ret_from_us, ret_to_us);
  for (guint i = 0; item->also != NULL && i < item->also->len; i++)
    if (!is_left_out (works, item, g_array_index (item->also, struct icaltimetype, i)))
      offer (item, g_array_index (item->also, struct icaltimetype, i), now_us, ret_from_us, ret_to_us);
  return *ret_from_us != BF_TIME_NONE;
}

gboolean
bf_works_item_check (const BfWorks *works, const BfWorksItem *item, GError **error)
{
  gint64 from_us = BF_TIME_NONE, to_us = BF_TIME_NONE;

  if (item->length_s <= 0 || item->length_s > BF_WORKS_LENGTH_MAX_S)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected an end after the begin, at most %d days later"), BF_WORKS_LENGTH_MAX_S / 86400);
  else if (item->recurs && (item->rule.freq == ICAL_SECONDLY_RECURRENCE || item->rule.freq == ICAL_MINUTELY_RECURRENCE))
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected works that recur once an hour at most"));
  else if (item->recurs && !offer_recurring (works, item, bf_works_to_utc (item->start, item->zone) - 1, &from_us, &to_us))
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected a rule that comes true: none of its first %d times does"), STEPS_MAX);
  else if (!bf_works_item_window (works, item, bf_works_to_utc (item->start, item->zone) - 1, &from_us, &to_us))
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected works that take place at least once"));
  else
    return TRUE;
  return FALSE;
}

void
bf_works_take (BfWorks *works, BfWorksItem *item, GPtrArray *problems)
{
  g_autoptr (GError) error = NULL;

  if (works->items->len == BF_WORKS_MAX)
    bf_problems_add (problems, item->path, item->line, _ ("expected at most %u works in all"), BF_WORKS_MAX);
  else if (!bf_works_item_check (works, item, &error))
    bf_problems_add (problems, item->path, item->line, "[%s]: %s", item->id, error->message);
  else
    {
      g_ptr_array_add (works->items, item);
      works->now_us = BF_TIME_NONE;
      return;
    }
  bf_works_item_free (item);
}

/* ---- What they are on ---- */

static void
link_services (BfWorksItem *item, const BfCatalog *catalog, GPtrArray *problems)
{
  item->service_indexes = g_array_new (FALSE, FALSE, sizeof (guint));
  for (guint i = 0; item->services[i] != NULL; i++)
    {
      const BfService *service = bf_catalog_find_service (catalog, item->services[i]);
      guint index = service != NULL ? service->index : 0;

      if (service == NULL)
        bf_problems_add (problems, item->path, item->line, _ ("Services=: “%s” is no service here"), item->services[i]);
      else
        g_array_append_val (item->service_indexes, index);
    }
}

static void
link_zones (BfWorksItem *item, const BfZones *zones, GPtrArray *problems)
{
  item->zone_indexes = g_array_new (FALSE, FALSE, sizeof (guint16));
  for (guint i = 0; item->zones[i] != NULL; i++)
    {
      guint before = item->zone_indexes->len;

      for (guint16 z = 0; zones != NULL && z < bf_zones_n (zones); z++)
        if (strcmp (bf_zones_get (zones, z)->id, item->zones[i]) == 0 || g_strcmp0 (bf_zones_get (zones, z)->name, item->zones[i]) == 0)
          g_array_append_val (item->zone_indexes, z);
      if (item->zone_indexes->len == before)
        bf_problems_add (problems, item->path, item->line, _ ("Zones=: “%s” is no zone of the city (zones.geojson)"), item->zones[i]);
    }
}

/**
 * bf_works_link:
 * @zones: (nullable): outlives the calendar
 *
 * After the last file: which services and zones are meant. What is none is a problem, and nothing is suppressed by it.
 */
void
bf_works_link (BfWorks *works, const BfCatalog *catalog, const BfZones *zones, GPtrArray *problems)
{
  works->zones = zones;
  for (guint i = 0; i < works->items->len; i++)
    {
      BfWorksItem *item = g_ptr_array_index (works->items, i);

      g_clear_pointer (&item->service_indexes, g_array_unref);
      g_clear_pointer (&item->zone_indexes, g_array_unref);
      g_clear_pointer (&item->patterns, g_ptr_array_unref);
      if (item->services != NULL)
        link_services (item, catalog, problems);
      if (item->zones != NULL)
        link_zones (item, zones, problems);
      if (item->assets == NULL)
        continue;
      item->patterns = g_ptr_array_new_with_free_func ((GDestroyNotify) g_pattern_spec_free);
      for (guint k = 0; item->assets[k] != NULL; k++)
        g_ptr_array_add (item->patterns, g_pattern_spec_new (item->assets[k]));
    }
}

static gboolean
is_on_service (const BfWorksItem *item, guint service)
{
  for (guint i = 0; i < item->service_indexes->len; i++)
    if (g_array_index (item->service_indexes, guint, i) == service)
      return TRUE;
  return FALSE;
}

static gboolean
is_in_zone (const BfWorks *works, const BfWorksItem *item, BfPoint point)
{
  guint16 zones[ZONES_MAX];
  guint n = works->zones != NULL && bf_point_is_valid (point) ? bf_zones_at_all (works->zones, point, zones, ZONES_MAX) : 0;

  for (guint i = 0; i < item->zone_indexes->len; i++)
    for (guint k = 0; k < n; k++)
      if (g_array_index (item->zone_indexes, guint16, i) == zones[k])
        return TRUE;
  return FALSE;
}

/* The asset itself, or what it belongs to: works on a cabinet are on its lamps. */
static gboolean
is_on_asset (const BfWorksItem *item, const BfModel *model, guint32 asset)
{
  for (guint depth = 0; asset != BF_NO_ASSET && depth < PARENTS_MAX; depth++, asset = bf_model_asset_parent (model, asset))
    for (guint i = 0; i < item->patterns->len; i++)
      if (g_pattern_spec_match_string (g_ptr_array_index (item->patterns, i), bf_model_asset_id (model, asset)))
        return TRUE;
  return FALSE;
}

static gboolean
is_on (const BfWorks *works, const BfWorksItem *item, const BfModel *model, guint32 asset)
{
  if (item->service_indexes != NULL && !is_on_service (item, bf_model_asset_kind (model, asset)->service))
    return FALSE;
  if (item->zone_indexes != NULL && !is_in_zone (works, item, bf_model_asset_point (model, asset)))
    return FALSE;
  return item->patterns == NULL || is_on_asset (item, model, asset);
}

/* ---- What is asked ---- */

guint
bf_works_n (const BfWorks *works)
{
  return works->items->len;
}

static void
put_window (const BfWorksItem *item, gint64 from_us, gint64 to_us, BfWorksWindow *ret_window)
{
  *ret_window = (BfWorksWindow){ item->id, &item->name, item->by, item->reason, from_us, to_us };
}

gboolean
bf_works_get (const BfWorks *works, guint index, gint64 now_us, BfWorksWindow *ret_window)
{
  const BfWorksItem *item = g_ptr_array_index (works->items, index);
  gint64 from_us, to_us;
  gboolean found = bf_works_item_window (works, item, now_us, &from_us, &to_us);

  put_window (item, from_us, to_us, ret_window);
  return found;
}

/**
 * bf_works_run:
 *
 * Lets the time come: works begin and end. It may go back; works that were over are in force again then.
 *
 * Returns: whether others are in force than before
 */
gboolean
bf_works_run (BfWorks *works, gint64 now_us)
{
  gboolean back = works->now_us == BF_TIME_NONE || now_us < works->now_us;
  gboolean changed = FALSE;

  works->now_us = now_us;
  for (guint i = 0; i < works->items->len; i++)
    {
      BfWorksItem *item = g_ptr_array_index (works->items, i);
      guint place;
      gboolean was = g_ptr_array_find (works->in_force, item, &place), is;

      if (back || (item->to_us != BF_TIME_NONE && now_us >= item->to_us))
        bf_works_item_window (works, item, now_us, &item->from_us, &item->to_us);
      is = item->from_us != BF_TIME_NONE && item->from_us <= now_us;
      if (is == was)
        continue;
      if (is)
        g_ptr_array_add (works->in_force, item);
      else
        g_ptr_array_remove_index_fast (works->in_force, place);
      changed = TRUE;
    }
  return changed;
}

/**
 * bf_works_next_us:
 *
 * Returns: when bf_works_run() has something to do; %BF_TIME_NONE: never
 */
gint64
bf_works_next_us (const BfWorks *works)
{
  gint64 next_us = BF_TIME_NONE;

  for (guint i = 0; i < works->items->len; i++)
    {
      const BfWorksItem *item = g_ptr_array_index (works->items, i);
      gint64 at_us = item->from_us == BF_TIME_NONE || item->from_us > works->now_us ? item->from_us : item->to_us;

      if (at_us != BF_TIME_NONE && (next_us == BF_TIME_NONE || at_us < next_us))
        next_us = at_us;
    }
  return next_us;
}

/**
 * bf_works_at:
 * @ret_window: (out): of several the one that ends last
 *
 * Returns: whether works are in force on the asset, at the time of the last bf_works_run()
 */
gboolean
bf_works_at (const BfWorks *works, const BfModel *model, guint32 asset, BfWorksWindow *ret_window)
{
  const BfWorksItem *last = NULL;

  for (guint i = 0; i < works->in_force->len; i++)
    {
      const BfWorksItem *item = g_ptr_array_index (works->in_force, i);

      if ((last == NULL || item->to_us > last->to_us) && is_on (works, item, model, asset))
        last = item;
    }
  if (last != NULL)
    put_window (last, last->from_us, last->to_us, ret_window);
  return last != NULL;
}
