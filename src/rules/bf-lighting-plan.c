/* SPDX-License-Identifier: EUPL-1.2 */
/* The lighting plan: files -> plans and event nights; the planned level of an asset at a time, and until when it holds.
 *
 *   [Plan centre]                    one plan; the first in file order that names the asset's circuit is the asset's, else the
 *   Zones=centre, gare               first that names its cabinet or zone, else the first that names nothing, else "sunset to sunrise"
 *   Cabinets=ARM-012, ARM-013        source ids
 *   Circuits=ARM-012-1               source ids
 *   On=sunset + 10min                or a time: 18:30
 *   Off=sunrise - 10min
 *   Extinction=mon-thu,sun 23:30..05:30; fri-sat 01:30..06:00
 *   Dimming=22:00..23:30 50 %; 05:30..06:00 70 %
 *
 *   [Event fete_musique]             nights that are otherwise: wins over extinction and dimming, not over the sun
 *   Dates=2026-06-21, 2026-07-13..2026-07-14
 *   Zones=centre                     the whole city when neither this, Cabinets= nor Circuits= is given
 *   Hours=21:00..05:00               all night when not given
 *   Level=100 %
 *
 * A night goes from noon to noon and has the date and the weekday of its evening: `fri 01:30` is in the small hours of
 * Saturday. Times in a night are minutes since its noon, local time.
 *
 * All assets of one plan and one quarter of a degree share what was reckoned last, so 34,000 lamps cost as many comparisons,
 * and the sun is reckoned a few hundred times at each switching. */

#include "rules/bf-lighting-plan.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-conf.h"
#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-text.h"
#include "base/bf-time.h"
#include "rules/bf-sun.h"

#define MINUTE_US (G_GINT64_CONSTANT (60) * G_USEC_PER_SEC)
#define DAY_MINUTES 1440
#define DAY_US (DAY_MINUTES * MINUTE_US)
#define SPANS_MAX 16
#define DATES_MAX 64
#define PLANS_MAX 1000u
#define ALL_DAYS 0x7f
#define CELL_DEG 0.25
#define LEVELS 3u /* lamp, circuit, cabinet */

typedef enum
{
  BF_SWITCH_FIXED,
  BF_SWITCH_SUNSET,
  BF_SWITCH_SUNRISE,
} SwitchType;

/* @minutes: since noon when fixed, else after the sun's */
typedef struct
{
  SwitchType type;
  int minutes;
} Switch;

/* @days: bit 0 is Monday; @from, @to: minutes since noon, @to the greater */
typedef struct
{
  guint8 days;
  int from;
  int to;
  double level;
} Span;

/* Local days since 1970 of the evenings, both included. */
typedef struct
{
  gint64 from;
  gint64 to;
} Dates;

typedef struct
{
  gboolean is_event;
  char **zones;
  char **cabinets;
  char **circuits;
  guint16 zone_indexes[SPANS_MAX];
  guint n_zones;
  Switch on;
  Switch off;
  Span spans[2 * SPANS_MAX]; /* plan: dimmings, then extinctions; event: its hours */
  guint n_spans;
  Dates dates[DATES_MAX];
  guint n_dates;
  /* What was reckoned last: of the plan with a set of events, in a cell. */
  gint64 from_us;
  gint64 until_us;
  guint64 events;
  int cell_lon;
  int cell_lat;
  double level;
  char *path;
  guint line, cabinets_line, circuits_line; /* of Zones=, Cabinets=, Circuits= */
} Plan;

struct _BfLightingPlan
{
  GPtrArray *plans;  /* Plan, of the files; the last one is the built-in */
  GPtrArray *events; /* Plan; at most 64 */
  const BfZones *zones;
};

static void
plan_free (gpointer data)
{
  Plan *plan = data;

  g_strfreev (plan->zones);
  g_strfreev (plan->cabinets);
  g_strfreev (plan->circuits);
  g_free (plan->path);
  g_free (plan);
}

static Plan *
plan_new (void)
{
  Plan *plan = g_new0 (Plan, 1);

  plan->on.type = BF_SWITCH_SUNSET;
  plan->off.type = BF_SWITCH_SUNRISE;
  plan->from_us = G_MAXINT64;
  return plan;
}

/**
 * bf_lighting_plan_new:
 *
 * Returns: (transfer full): the plan of a city that has none: from sunset to sunrise
 */
BfLightingPlan *
bf_lighting_plan_new (void)
{
  BfLightingPlan *self = g_new0 (BfLightingPlan, 1);

  self->plans = g_ptr_array_new_with_free_func (plan_free);
  self->events = g_ptr_array_new_with_free_func (plan_free);
  g_ptr_array_add (self->plans, plan_new ());
  return self;
}

void
bf_lighting_plan_free (BfLightingPlan *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->plans);
  g_ptr_array_unref (self->events);
  g_free (self);
}

/* ---- Reading ---- */

/* "22:30" -> minutes since noon, 0..1439 */
static gboolean
parse_clock (const char *text, int *ret_minutes)
{
  gsize n = strlen (text);
  int h, m;

  if (n != 5 || text[2] != ':' || !g_ascii_isdigit (text[0]) || !g_ascii_isdigit (text[1]) || !g_ascii_isdigit (text[3])
      || !g_ascii_isdigit (text[4]))
    return FALSE;
  h = (text[0] - '0') * 10 + text[1] - '0';
  m = (text[3] - '0') * 10 + text[4] - '0';
  if (h > 23 || m > 59)
    return FALSE;
  *ret_minutes = (h * 60 + m + DAY_MINUTES / 2) % DAY_MINUTES;
  return TRUE;
}

/* "sunset", "sunrise - 10min", "18:30" */
static gboolean
parse_switch (const char *text, Switch *ret_switch)
{
  Switch found = { BF_SWITCH_FIXED, 0 };
  gint64 offset_us = 0;
  int sign = 1;

  if (parse_clock (text, &found.minutes))
    {
      *ret_switch = found;
      return TRUE;
    }
  if (g_str_has_prefix (text, "sunset"))
    found.type = BF_SWITCH_SUNSET;
  else if (g_str_has_prefix (text, "sunrise"))
    found.type = BF_SWITCH_SUNRISE;
  else
    return FALSE;
  text += strlen (found.type == BF_SWITCH_SUNSET ? "sunset" : "sunrise");
  while (*text == ' ')
    text++;
  if (*text == '+' || *text == '-')
    {
      sign = *text++ == '+' ? 1 : -1;
      while (*text == ' ')
        text++;
      if (!bf_duration_parse (text, &offset_us, NULL) || offset_us > 6 * 60 * MINUTE_US)
        return FALSE;
    }
  else if (*text != '\0')
    return FALSE;
  found.minutes = sign * (int) (offset_us / MINUTE_US);
  *ret_switch = found;
  return TRUE;
}

static int
find_weekday (const char *text)
{
  static const char *const days[] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

  for (guint i = 0; i < G_N_ELEMENTS (days); i++)
    if (strcmp (days[i], text) == 0)
      return (int) i;
  return -1;
}

/* "mon-thu,sun": a range may go over Sunday. */
static gboolean
parse_weekdays (const char *text, guint8 *ret_days)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", 8);
  guint8 days = 0;

  for (guint i = 0; parts[i] != NULL; i++)
    {
      char *dash = strchr (parts[i], '-');
      int first, last;

      if (dash != NULL)
        *dash = '\0';
      first = find_weekday (parts[i]);
      last = dash != NULL ? find_weekday (dash + 1) : first;
      if (first < 0 || last < 0)
        return FALSE;
      for (int day = first;; day = (day + 1) % 7)
        {
          days |= (guint8) (1u << day);
          if (day == last)
            break;
        }
    }
  *ret_days = days;
  return days != 0;
}

/* "22:00..05:00" */
static gboolean
parse_hours (const char *text, Span *span)
{
  g_auto (GStrv) ends = g_strsplit (text, "..", 3);

  if (g_strv_length (ends) != 2 || !parse_clock (ends[0], &span->from) || !parse_clock (ends[1], &span->to))
    return FALSE;
  if (span->to == 0)
    span->to = DAY_MINUTES;
  return span->from < span->to;
}

static gboolean
parse_level (const char *text, double *ret_level)
{
  g_autofree char *number = g_strdup (text);

  g_strstrip (number);
  if (!g_str_has_suffix (number, "%"))
    return FALSE;
  number[strlen (number) - 1] = '\0';
  g_strchomp (number);
  return bf_text_to_double (number, strlen (number), ret_level) && *ret_level >= 0 && *ret_level <= 100;
}

/* One of "[days ]hours[ level]". */
static gboolean
parse_span (const char *text, gboolean with_level, Span *ret_span)
{
  g_auto (GStrv) words = g_strsplit_set (text, " ", -1);
  g_autoptr (GPtrArray) parts = g_ptr_array_new ();
  Span span = { .days = ALL_DAYS };
  guint at = 0;

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0')
      g_ptr_array_add (parts, words[i]);
  if (parts->len > at && parse_weekdays (g_ptr_array_index (parts, at), &span.days))
    at++;
  if (parts->len <= at || !parse_hours (g_ptr_array_index (parts, at++), &span))
    return FALSE;
  if (with_level)
    {
      g_autofree char *level = NULL;

      g_ptr_array_add (parts, NULL);
      level = g_strjoinv (" ", (char **) parts->pdata + at);
      if (!parse_level (level, &span.level))
        return FALSE;
    }
  else if (at != parts->len)
    return FALSE;
  *ret_span = span;
  return TRUE;
}

typedef struct
{
  BfLightingPlan *self;
  const BfConf *conf;
  const BfConfGroup *group;
  GPtrArray *problems;
  Plan *plan;
} Reader;

static gboolean
bad (Reader *reader, const char *key, const char *expected)
{
  const char *found = bf_conf_group_get (reader->group, key);

  bf_problems_add (reader->problems, reader->conf->path, bf_conf_group_line (reader->group, key), _ ("[%s %s] %s=: expected %s, found “%s”"),
                   reader->group->type, reader->group->name, key, expected, found != NULL ? found : "");
  return FALSE;
}

static gboolean
read_spans (Reader *reader, const char *key, gboolean with_level, const char *expected)
{
  const char *text = bf_conf_group_get (reader->group, key);
  g_auto (GStrv) parts = NULL;

  if (text == NULL)
    return TRUE;
  parts = g_strsplit (text, ";", -1);
  if (g_strv_length (parts) > SPANS_MAX)
    return bad (reader, key, _ ("at most 16 spans of hours"));
  for (guint i = 0; parts[i] != NULL; i++)
    if (!parse_span (parts[i], with_level, &reader->plan->spans[reader->plan->n_spans++]))
      return bad (reader, key, expected);
  return TRUE;
}

static gboolean
parse_date (const char *text, gint64 *ret_day)
{
  g_autoptr (GTimeZone) utc = g_time_zone_new_utc ();
  gint64 time_us;

  if (!bf_time_parse_pattern (text, strlen (text), "%Y-%m-%d", utc, &time_us))
    return FALSE;
  *ret_day = time_us / DAY_US;
  return TRUE;
}

static gboolean
read_dates (Reader *reader)
{
  const char *text = bf_conf_group_get (reader->group, "Dates");
  const char *expected = _ ("the dates of the evenings, as in 2026-06-21, 2026-07-13..2026-07-14");
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", ",", -1);

  if (g_strv_length (parts) > DATES_MAX)
    return bad (reader, "Dates", _ ("at most 64 dates"));
  for (guint i = 0; parts[i] != NULL; i++)
    {
      g_auto (GStrv) ends = g_strsplit (g_strstrip (parts[i]), "..", 3);
      Dates *dates = &reader->plan->dates[reader->plan->n_dates++];
      guint n = g_strv_length (ends);

      if (n < 1 || n > 2 || !parse_date (ends[0], &dates->from) || !parse_date (ends[n - 1], &dates->to) || dates->to < dates->from)
        return bad (reader, "Dates", expected);
    }
  return reader->plan->n_dates > 0 || bad (reader, "Dates", expected);
}

static char **
read_list (const BfConfGroup *group, const char *key)
{
  const char *text = bf_conf_group_get (group, key);
  char **list = text != NULL ? g_strsplit (text, ",", -1) : NULL;

  for (guint i = 0; list != NULL && list[i] != NULL; i++)
    g_strstrip (list[i]);
  return list;
}

static gboolean
read_plan (Reader *reader)
{
  static const char *const keys[] = { "Zones", "Cabinets", "Circuits", "On", "Off", "Extinction", "Dimming", NULL };
  const char *on = bf_conf_group_get (reader->group, "On");
  const char *off = bf_conf_group_get (reader->group, "Off");

  if (!bf_conf_group_check_keys (reader->conf, reader->group, keys, reader->problems))
    return FALSE;
  if (on != NULL && !parse_switch (on, &reader->plan->on))
    return bad (reader, "On", _ ("a time (18:30) or the sun, as in “sunset + 10min”"));
  if (off != NULL && !parse_switch (off, &reader->plan->off))
    return bad (reader, "Off", _ ("a time (06:45) or the sun, as in “sunrise - 10min”"));
  return read_spans (reader, "Dimming", TRUE, _ ("hours and a level, as in “22:00..23:30 50 %; fri-sat 01:00..05:00 30 %”"))
         && read_spans (reader, "Extinction", FALSE, _ ("hours, as in “mon-thu 23:30..05:30; fri-sat 01:30..06:00”"));
}

static gboolean
read_event (Reader *reader)
{
  static const char *const keys[] = { "Dates", "Zones", "Cabinets", "Circuits", "Hours", "Level", NULL };
  const char *level = bf_conf_group_get (reader->group, "Level");
  Span *span = &reader->plan->spans[0];

  reader->plan->is_event = TRUE;
  if (!bf_conf_group_check_keys (reader->conf, reader->group, keys, reader->problems) || !read_dates (reader)
      || !read_spans (reader, "Hours", FALSE, _ ("hours, as in 21:00..05:00")))
    return FALSE;
  if (reader->plan->n_spans == 0)
    reader->plan->spans[reader->plan->n_spans++] = (Span){ ALL_DAYS, 0, DAY_MINUTES, 0 };
  span->level = 100;
  if (level != NULL && !parse_level (level, &span->level))
    return bad (reader, "Level", _ ("a level between 0 % and 100 %"));
  for (guint i = 1; i < reader->plan->n_spans; i++)
    reader->plan->spans[i].level = span->level;
  return TRUE;
}

static void
add_group (BfLightingPlan *self, const BfConf *conf, const BfConfGroup *group, GPtrArray *problems)
{
  Reader reader = { self, conf, group, problems, NULL };
  gboolean is_event = strcmp (group->type, "Event") == 0;

  if (group->bad)
    return;
  if ((!is_event && strcmp (group->type, "Plan") != 0) || group->name == NULL)
    {
      bf_problems_add (problems, conf->path, group->line, _ ("expected [Plan name] or [Event name], found [%s]"), group->type);
      return;
    }
  if (self->plans->len >= PLANS_MAX || (is_event && self->events->len >= 64))
    {
      bf_problems_add (problems, conf->path, group->line, _ ("more than %u plans or 64 events"), PLANS_MAX);
      return;
    }
  reader.plan = plan_new ();
  reader.plan->zones = read_list (group, "Zones");
  reader.plan->cabinets = read_list (group, "Cabinets");
  reader.plan->circuits = read_list (group, "Circuits");
  reader.plan->path = g_strdup (conf->path);
  reader.plan->line = bf_conf_group_line (group, "Zones");
  reader.plan->cabinets_line = bf_conf_group_line (group, "Cabinets");
  reader.plan->circuits_line = bf_conf_group_line (group, "Circuits");
  if (!(is_event ? read_event (&reader) : read_plan (&reader)))
    plan_free (reader.plan);
  else if (is_event)
    g_ptr_array_add (self->events, reader.plan);
  else
    g_ptr_array_insert (self->plans, (int) self->plans->len - 1, reader.plan);
}

static void
add_conf (BfLightingPlan *self, const BfConf *conf, GPtrArray *problems)
{
  for (guint i = 0; i < conf->groups->len; i++)
    add_group (self, conf, g_ptr_array_index (conf->groups, i), problems);
}

gboolean
bf_lighting_plan_add_file (BfLightingPlan *self, const char *path, GPtrArray *problems, GError **error)
{
  g_autoptr (BfConf) conf = bf_conf_load (path, problems, error);

  if (conf == NULL)
    return FALSE;
  add_conf (self, conf, problems);
  return TRUE;
}

/**
 * bf_lighting_plan_add_text:
 *
 * Returns: %TRUE when no problem was added
 */
gboolean
bf_lighting_plan_add_text (BfLightingPlan *self, const char *path, const char *text, gsize length, GPtrArray *problems)
{
  g_autoptr (BfConf) conf = NULL;
  guint before = problems->len;

  conf = bf_conf_parse (path, text, length, problems);
  add_conf (self, conf, problems);
  return problems->len == before;
}

/* ---- Which plan ---- */

static void
find_zones (const BfZones *zones, Plan *plan, GPtrArray *problems)
{
  plan->n_zones = 0;
  for (guint i = 0; plan->zones != NULL && plan->zones[i] != NULL; i++)
    {
      gboolean found = FALSE;

      for (guint z = 0; !found && zones != NULL && z < bf_zones_n (zones); z++)
        if (strcmp (bf_zones_get (zones, z)->id, plan->zones[i]) == 0 || g_strcmp0 (bf_zones_get (zones, z)->name, plan->zones[i]) == 0)
          {
            if (plan->n_zones < G_N_ELEMENTS (plan->zone_indexes))
              plan->zone_indexes[plan->n_zones++] = (guint16) z;
            found = plan->n_zones <= G_N_ELEMENTS (plan->zone_indexes);
          }
      if (!found)
        bf_problems_add (problems, plan->path, plan->line, _ ("Zones=: “%s” is no zone of the city (zones.geojson)"), plan->zones[i]);
    }
}

void
bf_lighting_plan_set_zones (BfLightingPlan *self, const BfZones *zones, GPtrArray *problems)
{
  self->zones = zones;
  for (guint i = 0; i < self->plans->len; i++)
    find_zones (zones, g_ptr_array_index (self->plans, i), problems);
  for (guint i = 0; i < self->events->len; i++)
    find_zones (zones, g_ptr_array_index (self->events, i), problems);
}

static void
find_ids (const BfModel *model, const Plan *plan, const char *key, char **ids, guint line, GPtrArray *problems)
{
  for (guint i = 0; ids != NULL && ids[i] != NULL; i++)
    {
      g_autofree char *id = g_strconcat ("lighting/", ids[i], NULL);

      if (bf_model_find_asset (model, id) == BF_NO_ASSET)
        bf_problems_add (problems, plan->path, line, _ ("%s=: no feed has given “%s” so far; where it is none, the lights follow another plan"), key, ids[i]);
    }
}

void
bf_lighting_plan_check_assets (const BfLightingPlan *self, const BfModel *model, GPtrArray *problems)
{
  const GPtrArray *lists[] = { self->plans, self->events };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (guint k = 0; k < lists[i]->len; k++)
      {
        const Plan *plan = g_ptr_array_index (lists[i], k);

        find_ids (model, plan, "Cabinets", plan->cabinets, plan->cabinets_line, problems);
        find_ids (model, plan, "Circuits", plan->circuits, plan->circuits_line, problems);
      }
}

typedef struct
{
  const char *ids[LEVELS]; /* source ids of the asset and of what is above it */
  guint n_ids;
  guint16 zones[8];
  guint n_zones;
} Where;

static const char *
source_id (const char *id)
{
  const char *slash = strchr (id, '/');

  return slash != NULL ? slash + 1 : id;
}

static void
find_where (const BfLightingPlan *self, const BfModel *model, guint32 asset, BfPoint point, Where *ret_where)
{
  ret_where->n_ids = 0;
  for (guint32 at = asset; at != BF_NO_ASSET && ret_where->n_ids < LEVELS; at = bf_model_asset_parent (model, at))
    ret_where->ids[ret_where->n_ids++] = source_id (bf_model_asset_id (model, at));
  ret_where->n_zones = self->zones != NULL && bf_point_is_valid (point)
                         ? bf_zones_at_all (self->zones, point, ret_where->zones, G_N_ELEMENTS (ret_where->zones))
                         : 0;
}

static gboolean
has_id (char **list, const Where *where)
{
  for (guint i = 0; list != NULL && i < where->n_ids; i++)
    if (g_strv_contains ((const char *const *) list, where->ids[i]))
      return TRUE;
  return FALSE;
}

static gboolean
names (const Plan *plan, const Where *where)
{
  if (has_id (plan->cabinets, where))
    return TRUE;
  for (guint i = 0; i < plan->n_zones; i++)
    for (guint k = 0; k < where->n_zones; k++)
      if (plan->zone_indexes[i] == where->zones[k])
        return TRUE;
  return FALSE;
}

static gboolean
names_none (const Plan *plan)
{
  return plan->zones == NULL && plan->cabinets == NULL && plan->circuits == NULL;
}

static Plan *
find_plan (const BfLightingPlan *self, const Where *where)
{
  for (guint i = 0; i < self->plans->len; i++)
    if (has_id (((const Plan *) g_ptr_array_index (self->plans, i))->circuits, where))
      return g_ptr_array_index (self->plans, i);
  for (guint i = 0; i < self->plans->len; i++)
    if (names (g_ptr_array_index (self->plans, i), where))
      return g_ptr_array_index (self->plans, i);
  for (guint i = 0; i < self->plans->len; i++)
    if (names_none (g_ptr_array_index (self->plans, i)))
      return g_ptr_array_index (self->plans, i);
  g_assert_not_reached (); /* the built-in names none */
}

/* ---- The night ---- */

/* @noon_us: UTC; @on, @off: minutes since noon, local; never lit when @on >= @off */
typedef struct
{
  gint64 day;
  gint64 offset_us;
  int on;
  int off;
} NightTimes;

static gint64
offset_at (GTimeZone *zone, gint64 time_us)
{
  int interval = g_time_zone_find_interval (zone, G_TIME_TYPE_UNIVERSAL, time_us / G_USEC_PER_SEC);

  return g_time_zone_get_offset (zone, MAX (0, interval)) * (gint64) G_USEC_PER_SEC;
}

static int
minutes_of (gint64 time_us, gint64 noon_us)
{
  return (int) ((time_us - noon_us) / MINUTE_US);
}

/* Between noon and noon the sun goes down once and comes up once; in polar summer never, in polar winter it stays down. */
static void
find_night (const Plan *plan, BfPoint point, gint64 day, gint64 offset_us, NightTimes *ret_night)
{
  gint64 noon_us = day * DAY_US + DAY_US / 2 - offset_us;
  gint64 end_us = noon_us + DAY_US;
  gboolean dark_at_noon = bf_sun_height_deg (point, noon_us) < BF_SUN_RISE_DEG;
  gint64 sunset_us = dark_at_noon ? noon_us : bf_sun_next_crossing (point, noon_us, end_us, BF_SUN_RISE_DEG, NULL);
  gint64 sunrise_us = sunset_us < end_us ? bf_sun_next_crossing (point, sunset_us, end_us, BF_SUN_RISE_DEG, NULL) : end_us;
  const int sun[] = { [BF_SWITCH_FIXED] = 0,
                      [BF_SWITCH_SUNSET] = minutes_of (sunset_us, noon_us),
                      [BF_SWITCH_SUNRISE] = minutes_of (sunrise_us, noon_us) };

  *ret_night = (NightTimes){ day, offset_us, sun[plan->on.type] + plan->on.minutes, sun[plan->off.type] + plan->off.minutes };
}

static gboolean
in_span (const Span *span, gint64 day, int minute)
{
  guint weekday = (guint) (((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */

  return (span->days >> weekday & 1) != 0 && minute >= span->from && minute < span->to;
}

static gboolean
is_on_date (const Plan *event, gint64 day)
{
  for (guint i = 0; i < event->n_dates; i++)
    if (day >= event->dates[i].from && day <= event->dates[i].to)
      return TRUE;
  return FALSE;
}

static double
level_at (const BfLightingPlan *self, const Plan *plan, guint64 events, const NightTimes *night, int minute)
{
  double level = 100;
  double event_level = -1;

  if (minute < night->on || minute >= night->off)
    return 0;
  for (guint i = 0; i < plan->n_spans; i++)
    if (in_span (&plan->spans[i], night->day, minute))
      level = MIN (level, plan->spans[i].level);
  for (guint e = 0; e < self->events->len; e++)
    {
      const Plan *event = g_ptr_array_index (self->events, e);

      if ((events >> e & 1) == 0 || !is_on_date (event, night->day))
        continue;
      for (guint i = 0; i < event->n_spans; i++)
        if (in_span (&event->spans[i], night->day, minute))
          event_level = MAX (event_level, event->spans[i].level);
    }
  return event_level >= 0 ? event_level : level;
}

static gint64
night_of (gint64 local_us)
{
  gint64 since_noon_us = local_us - DAY_US / 2;

  return since_noon_us / DAY_US - (since_noon_us % DAY_US < 0);
}

/* Level now, and the first minute within a day at which it is another one. */
static void
reckon (const BfLightingPlan *self, Plan *plan, BfPoint point, GTimeZone *zone, gint64 now_us)
{
  gint64 minute_us = now_us - ((now_us % MINUTE_US) + MINUTE_US) % MINUTE_US;
  NightTimes night = { .day = G_MININT64 };

  plan->from_us = minute_us;
  for (guint i = 0; i <= DAY_MINUTES; i++)
    {
      gint64 at_us = minute_us + i * MINUTE_US;
      gint64 offset_us = offset_at (zone, at_us);
      gint64 day = night_of (at_us + offset_us);
      double level;

      if (day != night.day || offset_us != night.offset_us)
        find_night (plan, point, day, offset_us, &night);
      level = level_at (self, plan, plan->events, &night, minutes_of (at_us + offset_us, day * DAY_US + DAY_US / 2));
      plan->until_us = at_us;
      if (i == 0)
        plan->level = level;
      else if (level != plan->level)
        return;
    }
}

/**
 * bf_lighting_plan_place:
 *
 * Returns: where the asset is, else the nearest of what it belongs to that has a place; not valid when none has
 */
BfPoint
bf_lighting_plan_place (const BfModel *model, guint32 asset)
{
  BfPoint point = bf_model_asset_point (model, asset);

  for (guint i = 1; i < LEVELS && !bf_point_is_valid (point) && (asset = bf_model_asset_parent (model, asset)) != BF_NO_ASSET; i++)
    point = bf_model_asset_point (model, asset);
  return point;
}

/**
 * bf_lighting_plan_level:
 * @asset: a lamp, circuit or cabinet; at its bf_lighting_plan_place()
 * @zone: the city's time zone
 * @ret_until_us: (out): when it is to be asked again
 *
 * Returns: the planned level, 0..100 %; NAN without a place
 */
double
bf_lighting_plan_level (BfLightingPlan *self, const BfModel *model, guint32 asset, GTimeZone *zone, gint64 now_us, gint64 *ret_until_us)
{
  BfPoint point = bf_lighting_plan_place (model, asset);
  guint64 events = 0;
  Where where;
  Plan *plan;
  int lon, lat;

  *ret_until_us = G_MAXINT64;
  if (!bf_point_is_valid (point))
    return NAN;
  find_where (self, model, asset, point, &where);
  plan = find_plan (self, &where);
  for (guint i = 0; i < self->events->len; i++)
    if (names_none (g_ptr_array_index (self->events, i)) || names (g_ptr_array_index (self->events, i), &where))
      events |= G_GUINT64_CONSTANT (1) << i;
  lon = (int) floor (point.lon / CELL_DEG);
  lat = (int) floor (point.lat / CELL_DEG);
  if (now_us < plan->from_us || now_us >= plan->until_us || plan->events != events || plan->cell_lon != lon || plan->cell_lat != lat)
    {
      plan->events = events;
      plan->cell_lon = lon;
      plan->cell_lat = lat;
      reckon (self, plan, (BfPoint){ (lon + 0.5) * CELL_DEG, (lat + 0.5) * CELL_DEG }, zone, now_us);
    }
  *ret_until_us = plan->until_us;
  return plan->level;
}
