/* SPDX-License-Identifier: EUPL-1.2 */
/* When something of DATEX II is in force: overall times, periods, and what recurs in them (nights, weekdays, months), less the
 * exceptions. Times of the day are the city's unless they say a zone; a night that goes over midnight is of the day on which it begins. A
 * restriction that is not read here (a week of the month, a special day) is none: the thing is shown rather than hidden. */

#include "formats/bf-datex-private.h"

#include <string.h>

#include "base/bf-text.h"
#include "base/bf-time.h"

#define PERIODS_MAX 256u
#define HOURS_MAX 8u
#define DAY_S 86400
#define DAYS_AHEAD 8 /* what recurs is looked for so far ahead */
#define EDGES_MAX 16u  /* that are told ahead */
#define NO_ZONE G_MAXINT

typedef struct
{
  int from_s; /* of the day */
  int to_s;
  int zone_s; /* NO_ZONE: the city's */
} Hours;

typedef struct
{
  gint64 start_us;
  gint64 end_us;
  Hours hours[HOURS_MAX];
  guint n_hours;
  guint8 days;    /* bit 0 Monday; 0: all */
  guint16 months; /* bit 0 January; 0: all */
  gboolean exception;
} Period;

struct _BfDatexValidity
{
  gint64 start_us;
  gint64 end_us;
  gboolean suspended;
  gboolean active; /* says so itself, whatever its periods */
  GArray *periods; /* Period */
  GTimeZone *zone;
};

/* --- reading -------------------------------------------------------------------------------------------------------- */

static gint64
time_of (const BfNode *node, const char *path)
{
  const char *text = bf_node_text (node, path);
  gint64 time_us;

  return text != NULL && bf_time_parse_rfc3339 (text, strlen (text), NULL, &time_us) ? time_us : BF_TIME_NONE;
}

/* "22:00:00", "22:00:00.0+01:00"; FALSE when it is no time of the day. 24:00:00 is the end of the day. */
static gboolean
parse_clock (const char *text, int *ret_s, int *zone_s)
{
  int number[3];

  if (text == NULL || strlen (text) < 8 || text[2] != ':' || text[5] != ':')
    return FALSE;
  for (int i = 0; i < 3; i++)
    {
      if (!g_ascii_isdigit (text[3 * i]) || !g_ascii_isdigit (text[3 * i + 1]))
        return FALSE;
      number[i] = (text[3 * i] - '0') * 10 + text[3 * i + 1] - '0';
    }
  *ret_s = number[0] * 3600 + number[1] * 60 + number[2];
  text += 8;
  if (*text == '.')
    text += 1 + strspn (text + 1, "0123456789");
  if (*text == 'Z')
    *zone_s = 0;
  else if ((*text == '+' || *text == '-') && strlen (text) == 6 && g_ascii_isdigit (text[1]) && g_ascii_isdigit (text[2])
           && g_ascii_isdigit (text[4]) && g_ascii_isdigit (text[5]))
    *zone_s = (*text == '-' ? -1 : 1) * (((text[1] - '0') * 10 + text[2] - '0') * 3600 + ((text[4] - '0') * 10 + text[5] - '0') * 60);
  return number[0] <= 24 && number[1] < 60 && number[2] <= 60 && *ret_s <= DAY_S;
}

static void
read_hours (Period *period, const BfNode *node)
{
  for (const BfNode *hours = bf_node_child (node, "recurringTimePeriodOfDay"); hours != NULL; hours = bf_node_again (hours))
    {
      Hours found = { 0, 0, NO_ZONE };

      if (period->n_hours < HOURS_MAX && parse_clock (bf_node_text (hours, "startTimeOfPeriod"), &found.from_s, &found.zone_s)
          && parse_clock (bf_node_text (hours, "endTimeOfPeriod"), &found.to_s, &found.zone_s) && found.from_s != found.to_s)
        period->hours[period->n_hours++] = found;
    }
}

/* The bits of those of @names that the node's children @child say. */
static guint
read_names (const BfNode *node, const char *child, const char *const *names)
{
  guint bits = 0;

  for (const BfNode *name = bf_node_child (node, child); name != NULL; name = bf_node_again (name))
    for (guint i = 0; names[i] != NULL; i++)
      if (g_ascii_strcasecmp (name->text, names[i]) == 0)
        bits |= 1u << i;
  return bits;
}

static void
read_period (BfDatexValidity *validity, const BfNode *node, gboolean exception)
{
  static const char *const days[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", NULL };
  static const char *const months[] = { "january", "february", "march",     "april",   "may",      "june",     "july",
                                        "august",  "september", "october", "november", "december", NULL };
  Period period = { .start_us = time_of (node, "startOfPeriod"), .end_us = time_of (node, "endOfPeriod"), .exception = exception };

  read_hours (&period, node);
  for (const BfNode *recurring = bf_node_child (node, "recurringDayWeekMonthPeriod"); recurring != NULL; recurring = bf_node_again (recurring))
    {
      period.days |= (guint8) read_names (recurring, "applicableDay", days);
      period.months |= (guint16) read_names (recurring, "applicableMonth", months);
    }
  g_array_append_val (validity->periods, period);
}

BfDatexValidity *
bf_datex_validity_new (const BfDatex *datex, const BfNode *node)
{
  const BfNode *times = bf_node_child (node, "validityTimeSpecification");
  const char *status = bf_node_text (node, "validityStatus");
  BfDatexValidity *validity = g_new0 (BfDatexValidity, 1);

  validity->zone = bf_mapping_zone (datex->records.mapping);
  validity->start_us = time_of (times, "overallStartTime");
  validity->end_us = time_of (times, "overallEndTime");
  validity->suspended = g_strcmp0 (status, "suspended") == 0;
  validity->active = g_strcmp0 (status, "active") == 0;
  validity->periods = g_array_new (FALSE, FALSE, sizeof (Period));
  for (const BfNode *p = bf_node_child (times, "validPeriod"); p != NULL && validity->periods->len < PERIODS_MAX; p = bf_node_again (p))
    read_period (validity, p, FALSE);
  for (const BfNode *p = bf_node_child (times, "exceptionPeriod"); p != NULL && validity->periods->len < 2 * PERIODS_MAX; p = bf_node_again (p))
    read_period (validity, p, TRUE);
  return validity;
}

void
bf_datex_validity_free (BfDatexValidity *validity)
{
  if (validity == NULL)
    return;
  g_array_unref (validity->periods);
  g_free (validity);
}

/* --- at a time ------------------------------------------------------------------------------------------------------ */

static gint64
local_s (const BfDatexValidity *validity, int zone_s, gint64 at_us)
{
  gint64 at_s = at_us / G_USEC_PER_SEC;

  if (zone_s == NO_ZONE)
    zone_s = g_time_zone_get_offset (validity->zone, g_time_zone_find_interval (validity->zone, G_TIME_TYPE_UNIVERSAL, at_s));
  return at_s + zone_s;
}

static gint64
universal_us (const BfDatexValidity *validity, int zone_s, gint64 local)
{
  if (zone_s == NO_ZONE)
    zone_s = g_time_zone_get_offset (validity->zone, g_time_zone_adjust_time (validity->zone, G_TIME_TYPE_STANDARD, &local));
  return (local - zone_s) * G_USEC_PER_SEC;
}

static gboolean
is_day (const Period *period, gint64 day)
{
  g_autoptr (GDateTime) date = NULL;

  if (period->days != 0 && !(period->days & 1u << ((day + 3) % 7)))
    return FALSE; /* 1970-01-01 was a Thursday */
  if (period->months == 0)
    return TRUE;
  date = g_date_time_new_from_unix_utc (day * DAY_S);
  return date != NULL && (period->months & 1u << (g_date_time_get_month (date) - 1)) != 0;
}

static gboolean
in_hours (const BfDatexValidity *validity, const Period *period, const Hours *hours, gint64 at_us)
{
  gint64 local = local_s (validity, hours->zone_s, at_us);
  gint64 day = local / DAY_S;
  int clock_s = (int) (local % DAY_S);

  if (hours->from_s < hours->to_s)
    return clock_s >= hours->from_s && clock_s < hours->to_s && is_day (period, day);
  return (clock_s >= hours->from_s && is_day (period, day)) || (clock_s < hours->to_s && is_day (period, day - 1));
}

static gboolean
covers (const BfDatexValidity *validity, const Period *period, gint64 at_us)
{
  if ((period->start_us != BF_TIME_NONE && at_us < period->start_us) || (period->end_us != BF_TIME_NONE && at_us >= period->end_us))
    return FALSE;
  if (period->n_hours == 0)
    return is_day (period, local_s (validity, NO_ZONE, at_us) / DAY_S);
  for (guint i = 0; i < period->n_hours; i++)
    if (in_hours (validity, period, &period->hours[i], at_us))
      return TRUE;
  return FALSE;
}

/* Inside of one of the periods that a validity may have, of none always; and of no exception. */
static gboolean
in_periods (const BfDatexValidity *validity, gint64 at_us)
{
  gboolean any = FALSE, in = FALSE;

  for (guint i = 0; i < validity->periods->len; i++)
    {
      const Period *period = &g_array_index (validity->periods, Period, i);

      if (period->exception && covers (validity, period, at_us))
        return FALSE;
      any = any || !period->exception;
      in = in || (!period->exception && covers (validity, period, at_us));
    }
  return in || !any;
}

const char *
bf_datex_validity_state (const BfDatexValidity *validity, gint64 at_us)
{
  if (validity->end_us != BF_TIME_NONE && validity->end_us <= at_us)
    return "ended";
  if (validity->suspended || (validity->start_us != BF_TIME_NONE && validity->start_us > at_us))
    return "planned";
  return validity->active || in_periods (validity, at_us) ? "active" : "planned";
}

/* --- what comes ----------------------------------------------------------------------------------------------------- */

static void
take_edge (gint64 *next_us, gint64 edge_us, gint64 at_us)
{
  if (edge_us != BF_TIME_NONE && edge_us > at_us && (*next_us == BF_TIME_NONE || edge_us < *next_us))
    *next_us = edge_us;
}

static void
take_recurring (const BfDatexValidity *validity, const Period *period, gint64 *next_us, gint64 at_us)
{
  static const Hours midnight = { 0, 0, NO_ZONE };

  if (period->n_hours == 0 && period->days == 0 && period->months == 0)
    return;
  for (guint i = 0; i < MAX (1, period->n_hours); i++)
    {
      const Hours *hours = period->n_hours > 0 ? &period->hours[i] : &midnight;
      gint64 today = local_s (validity, hours->zone_s, at_us) / DAY_S;

      for (gint64 day = today; day <= today + 1; day++)
        {
          take_edge (next_us, universal_us (validity, hours->zone_s, day * DAY_S + hours->from_s), at_us);
          take_edge (next_us, universal_us (validity, hours->zone_s, day * DAY_S + hours->to_s), at_us);
        }
    }
}

/* A moment after @at_us before which nothing changes; something may then. */
static gint64
next_edge (const BfDatexValidity *validity, gint64 at_us)
{
  gint64 next_us = BF_TIME_NONE;

  take_edge (&next_us, validity->start_us, at_us);
  take_edge (&next_us, validity->end_us, at_us);
  for (guint i = 0; i < validity->periods->len; i++)
    {
      const Period *period = &g_array_index (validity->periods, Period, i);

      take_edge (&next_us, period->start_us, at_us);
      take_edge (&next_us, period->end_us, at_us);
      take_recurring (validity, period, &next_us, at_us);
    }
  return next_us;
}

gint64
bf_datex_validity_next (const BfDatexValidity *validity, gint64 at_us)
{
  const char *state = bf_datex_validity_state (validity, at_us);
  gint64 until_us = at_us + DAYS_AHEAD * (gint64) DAY_S * G_USEC_PER_SEC;
  gint64 edge_us = at_us;

  for (guint i = 0; i < 64; i++)
    {
      edge_us = next_edge (validity, edge_us);
      if (edge_us == BF_TIME_NONE)
        return BF_TIME_NONE;
      if (strcmp (bf_datex_validity_state (validity, edge_us), state) != 0)
        return edge_us;
      if (edge_us > until_us && validity->end_us != BF_TIME_NONE)
        return validity->end_us > at_us ? validity->end_us : BF_TIME_NONE;
    }
  return BF_TIME_NONE;
}

gboolean
bf_datex_write_ahead (BfDatex *datex, const char *type, const char *id, const BfDatexValidity *validity, GError **error)
{
  gint64 at_us = bf_sink_now (datex->records.sink);

  for (guint i = 0; i < EDGES_MAX && (at_us = bf_datex_validity_next (validity, at_us)) != BF_TIME_NONE; i++)
    {
      char stamp[BF_TIME_TEXT_BYTES];
      BfJsonOut *out = bf_datex_begin (datex, type, id, bf_time_format (at_us, stamp));

      bf_json_out_bool (out, "@ahead", TRUE);
      bf_datex_text (datex, "state", bf_datex_validity_state (validity, at_us));
      if (!bf_datex_end (datex, error))
        return FALSE;
    }
  return TRUE;
}
