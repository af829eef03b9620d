/* SPDX-License-Identifier: EUPL-1.2 */
/* iCalendar files (RFC 5545) as works, through libical: each VEVENT is one. What an event is on stands in its CATEGORIES and LOCATION, as
 * words that are an asset's id (with a slash), or a service or zone that [Calendar] lists; else it is on all that [Calendar] names.
 *
 * libical is asked for the parts of a file only: times are read here, in the zone that the event names, so that what an unknown zone
 * means is said and not guessed. */

#include "alerts/bf-works-private.h"

#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-file.h"

#define CALENDAR_BYTES (4u << 20)

typedef struct
{
  BfWorks *works;
  const BfConf *conf;
  const BfConfGroup *group;
  char *path; /* of the calendar */
  char **services, **zones, **assets;
  const char *by;
  GPtrArray *problems;
} Import;

/* The zone of a property's TZID; (transfer full). What is none here is said, and the city's is taken. */
static GTimeZone *
zone_of (Import *import, icalproperty *property, struct icaltimetype t, const char *id)
{
  icalparameter *parameter = icalproperty_get_first_parameter (property, ICAL_TZID_PARAMETER);
  const char *name = parameter != NULL ? icalparameter_get_tzid (parameter) : NULL;
  GTimeZone *zone;

  if (icaltime_is_utc (t))
    return g_time_zone_new_utc ();
  if (name == NULL)
    return g_time_zone_ref (import->works->zone);
  zone = g_time_zone_new_identifier (name);
  if (zone != NULL)
    return zone;
  bf_problems_add (import->problems, import->path, 0, _ ("event %s: no time zone is called “%s” here; the city's is taken"), id, name);
  return g_time_zone_ref (import->works->zone);
}

/* Without a zone of its own, at the same place of the clock on the wall. */
static struct icaltimetype
bare (struct icaltimetype t)
{
  t.zone = NULL;
  t.is_daylight = 0;
  return t;
}

/* In the zone of the works, of a time that may be in another. */
static struct icaltimetype
in_zone_of (Import *import, const BfWorksItem *item, icalproperty *property, struct icaltimetype t)
{
  g_autoptr (GTimeZone) zone = zone_of (import, property, t, item->id);

  if (icaltime_is_null_time (t) || t.is_date || g_str_equal (g_time_zone_get_identifier (zone), g_time_zone_get_identifier (item->zone)))
    return bare (t);
  return bf_works_to_local (bf_works_to_utc (t, zone), item->zone);
}

static void
put_times (GArray **times, struct icaltimetype t)
{
  if (*times == NULL)
    *times = g_array_new (FALSE, FALSE, sizeof (struct icaltimetype));
  g_array_append_val (*times, t);
}

static void
read_recurrence (Import *import, icalcomponent *event, BfWorksItem *item)
{
  icalproperty *property = icalcomponent_get_first_property (event, ICAL_RRULE_PROPERTY);

  item->recurs = property != NULL;
  if (property != NULL)
    {
      item->rule = icalproperty_get_rrule (property);
      item->rule.until = in_zone_of (import, item, property, item->rule.until);
    }
  for (property = icalcomponent_get_first_property (event, ICAL_EXDATE_PROPERTY); property != NULL;
       property = icalcomponent_get_next_property (event, ICAL_EXDATE_PROPERTY))
    put_times (&item->except, in_zone_of (import, item, property, icalproperty_get_exdate (property)));
  for (property = icalcomponent_get_first_property (event, ICAL_RDATE_PROPERTY); property != NULL;
       property = icalcomponent_get_next_property (event, ICAL_RDATE_PROPERTY))
    put_times (&item->also, in_zone_of (import, item, property, icalproperty_get_rdate (property).time));
}

/* From DTSTART to DTEND, for DURATION, or, of a date alone, for its day. */
static gboolean
read_span (Import *import, icalcomponent *event, BfWorksItem *item)
{
  icalproperty *start = icalcomponent_get_first_property (event, ICAL_DTSTART_PROPERTY);
  icalproperty *end = icalcomponent_get_first_property (event, ICAL_DTEND_PROPERTY);
  icalproperty *duration = icalcomponent_get_first_property (event, ICAL_DURATION_PROPERTY);
  struct icaltimetype from, to;

  if (start == NULL || icaltime_is_null_time (icalproperty_get_dtstart (start)))
    {
      bf_problems_add (import->problems, import->path, 0, _ ("event %s: expected DTSTART"), item->id);
      return FALSE;
    }
  from = icalproperty_get_dtstart (start);
  g_time_zone_unref (item->zone);
  item->zone = zone_of (import, start, from, item->id);
  item->start = bare (from);
  if (end != NULL)
    {
      to = bare (icalproperty_get_dtend (end));
      item->length_s = (int) CLAMP ((gint64) icaltime_as_timet (to) - (gint64) icaltime_as_timet (item->start), -1, G_MAXINT);
    }
  else if (duration != NULL)
    item->length_s = icaldurationtype_as_int (icalproperty_get_duration (duration));
  else
    item->length_s = from.is_date ? 86400 : 0;
  item->start.is_date = 0;
  return TRUE;
}

/* A word of the event that says what it is on. */
static void
take_word (const Import *import, const char *word, GPtrArray *services, GPtrArray *zones, GPtrArray *assets)
{
  if (strchr (word, '/') != NULL)
    g_ptr_array_add (assets, g_strdup (word));
  else if (import->services != NULL && g_strv_contains ((const char *const *) import->services, word))
    g_ptr_array_add (services, g_strdup (word));
  else if (import->zones != NULL && g_strv_contains ((const char *const *) import->zones, word))
    g_ptr_array_add (zones, g_strdup (word));
}

static void
take_words (const Import *import, const char *text, GPtrArray *services, GPtrArray *zones, GPtrArray *assets)
{
  g_auto (GStrv) words = g_strsplit (text != NULL ? text : "", ",", 100);

  for (guint i = 0; words[i] != NULL; i++)
    if (*g_strstrip (words[i]) != '\0')
      take_word (import, words[i], services, zones, assets);
}

static char **
or_all (GPtrArray *named, char **all)
{
  if (named->len == 0)
    return g_strdupv (all);
  g_ptr_array_add (named, NULL);
  return g_strdupv ((char **) named->pdata);
}

static void
read_scope (const Import *import, icalcomponent *event, BfWorksItem *item)
{
  g_autoptr (GPtrArray) services = g_ptr_array_new_with_free_func (g_free), zones = g_ptr_array_new_with_free_func (g_free),
                        assets = g_ptr_array_new_with_free_func (g_free);

  for (icalproperty *property = icalcomponent_get_first_property (event, ICAL_CATEGORIES_PROPERTY); property != NULL;
       property = icalcomponent_get_next_property (event, ICAL_CATEGORIES_PROPERTY))
    take_words (import, icalproperty_get_categories (property), services, zones, assets);
  take_words (import, icalcomponent_get_location (event), services, zones, assets);
  item->services = or_all (services, import->services);
  item->zones = or_all (zones, import->zones);
  item->assets = or_all (assets, import->assets);
}

static void
read_event (Import *import, icalcomponent *event)
{
  const char *uid = icalcomponent_get_uid (event), *summary = icalcomponent_get_summary (event);
  g_autofree char *id = g_strdup_printf ("%s/%s", import->group->name, uid != NULL ? uid : "");
  icalproperty *organizer = icalcomponent_get_first_property (event, ICAL_ORGANIZER_PROPERTY);
  const char *by = organizer != NULL ? icalproperty_get_organizer (organizer) : NULL;
  BfWorksItem *item;

  if (icalcomponent_get_status (event) == ICAL_STATUS_CANCELLED)
    return;
  item = bf_works_item_new (import->path, 0, id, import->works->zone);
  item->name.text = g_strndup (summary != NULL ? summary : import->group->name, 500);
  item->reason = g_strdup (icalcomponent_get_description (event));
  item->by = g_strdup (by == NULL ? import->by : g_ascii_strncasecmp (by, "mailto:", 7) == 0 ? by + 7 : by);
  read_scope (import, event, item);
  if (uid == NULL)
    bf_problems_add (import->problems, import->path, 0, _ ("an event without UID is not taken"));
  else if (read_span (import, event, item))
    {
      read_recurrence (import, event, item);
      bf_works_take (import->works, g_steal_pointer (&item), import->problems);
    }
  bf_works_item_free (item);
}

static void
read_text (Import *import, const char *text)
{
  icalcomponent *all = icalparser_parse_string (text);
  guint n_events = 0;

  /* Several calendars in one file stand in an XROOT. */
  for (icalcomponent *calendar = all == NULL || icalcomponent_isa (all) == ICAL_VCALENDAR_COMPONENT
                                   ? all : icalcomponent_get_first_component (all, ICAL_VCALENDAR_COMPONENT);
       calendar != NULL; calendar = calendar == all ? NULL : icalcomponent_get_next_component (all, ICAL_VCALENDAR_COMPONENT))
    for (icalcomponent *event = icalcomponent_get_first_component (calendar, ICAL_VEVENT_COMPONENT); event != NULL;
         event = icalcomponent_get_next_component (calendar, ICAL_VEVENT_COMPONENT), n_events++)
      read_event (import, event);
  if (n_events == 0)
    bf_problems_add (import->problems, import->path, 0, _ ("expected an iCalendar file with events (BEGIN:VCALENDAR)"));
  if (all != NULL)
    icalcomponent_free (all);
  icalmemory_free_ring ();
}

void
bf_works_read_calendar (BfWorks *works, const BfConf *conf, const BfConfGroup *group, GPtrArray *problems)
{
  static const char *const known[] = { "File", "By", "Services", "Zones", "Assets", NULL };
  Import import = { .works = works, .conf = conf, .group = group, .problems = problems };
  const char *file = bf_conf_group_get (group, "File");
  g_autofree char *dir = g_path_get_dirname (conf->path);
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  if (!bf_conf_group_check_keys (conf, group, known, problems))
    return;
  import.by = bf_conf_group_get (group, "By");
  import.services = bf_works_read_list (group, "Services");
  import.zones = bf_works_read_list (group, "Zones");
  import.assets = bf_works_read_list (group, "Assets");
  if (file == NULL || import.by == NULL || (import.services == NULL && import.zones == NULL && import.assets == NULL))
    bf_problems_add (problems, conf->path, group->line,
                     _ ("[Calendar %s]: expected File=, By= (who answers for the works) and Services=, Zones= or Assets= (what they may be on)"), group->name);
  else
    {
      gsize length;

      import.path = g_build_filename (dir, file, NULL);
      if (!bf_file_load (import.path, CALENDAR_BYTES, &text, &length, &error))
        bf_problems_add_error (problems, import.path, error);
      else if (strlen (text) != length)
        bf_problems_add (problems, import.path, 0, _ ("expected text, found a NUL byte"));
      else
        read_text (&import, text);
    }
  g_strfreev (import.services);
  g_strfreev (import.zones);
  g_strfreev (import.assets);
  g_free (import.path);
}
