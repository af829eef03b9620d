/* SPDX-License-Identifier: EUPL-1.2 */
/* The city's text of works: a group -> an item. What a person writes after On= becomes an RRULE of RFC 5545, which libical reads. */

#include "alerts/bf-works-private.h"

#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <string.h>

#include "base/bf-error.h"

#define YEAR_FIRST 1970
#define YEAR_LAST 2200
#define LIST_MAX 200u

static const char *const weekdays[] = { "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday" };
static const char *const weekday_codes[] = { "MO", "TU", "WE", "TH", "FR", "SA", "SU" };
static const char *const ordinals[] = { "first", "second", "third", "fourth", "last" };
static const char *const ordinal_codes[] = { "1", "2", "3", "4", "-1" };
static const char *const months[] = { "january", "february", "march",     "april",   "may",      "june",
                                      "july",    "august",   "september", "october", "november", "december" };

/* Commas between; NULL: nothing is given. */
char **
bf_works_read_list (const BfConfGroup *group, const char *key)
{
  const char *text = bf_conf_group_get (group, key);
  g_auto (GStrv) parts = text != NULL ? g_strsplit (text, ",", LIST_MAX) : NULL;
  g_autoptr (GPtrArray) list = g_ptr_array_new ();

  for (guint i = 0; parts != NULL && parts[i] != NULL; i++)
    if (*g_strstrip (parts[i]) != '\0')
      g_ptr_array_add (list, g_strdup (parts[i]));
  if (list->len == 0)
    return NULL;
  g_ptr_array_add (list, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&list), FALSE);
}

/* ---- Times ---- */

/* "2026-12-01 22:00", "2026-12-01T22:00:30", "2026-12-01". */
static gboolean
parse_moment (const char *text, struct icaltimetype *ret_time)
{
  struct icaltimetype t = icaltime_null_time ();
  char separator = ' ';
  int n = 0;

  if (sscanf (text, "%4d-%2d-%2d%n", &t.year, &t.month, &t.day, &n) < 3 || n != 10)
    return FALSE;
  t.is_date = text[10] == '\0';
  if (!t.is_date && (sscanf (text + 10, "%c%2d:%2d%n", &separator, &t.hour, &t.minute, &n) < 3 || n != 6))
    return FALSE;
  if (!t.is_date && text[16] != '\0' && (sscanf (text + 16, ":%2d%n", &t.second, &n) < 1 || n != 3 || text[19] != '\0'))
    return FALSE;
  if ((separator != ' ' && separator != 'T') || t.year < YEAR_FIRST || t.year > YEAR_LAST
      || !g_date_valid_dmy ((GDateDay) t.day, (GDateMonth) t.month, (GDateYear) t.year) || t.hour > 23 || t.minute > 59 || t.second > 59 || t.hour < 0
      || t.minute < 0 || t.second < 0)
    return FALSE;
  *ret_time = t;
  return TRUE;
}

/* "22:00-05:00": seconds since midnight, and how long. */
static gboolean
parse_hours (const char *text, int *ret_begin_s, int *ret_length_s)
{
  int h1, m1, h2, m2, n = 0;

  if (sscanf (text, "%2d:%2d-%2d:%2d%n", &h1, &m1, &h2, &m2, &n) < 4 || text[n] != '\0' || h1 < 0 || h1 > 23 || m1 < 0 || m1 > 59 || h2 < 0
      || h2 > 24 || m2 < 0 || m2 > 59 || (h2 == 24 && m2 > 0))
    return FALSE;
  *ret_begin_s = h1 * 3600 + m1 * 60;
  *ret_length_s = h2 * 3600 + m2 * 60 - *ret_begin_s;
  if (*ret_length_s <= 0)
    *ret_length_s += 86400;
  return TRUE;
}

/* ---- On= ---- */

/* Whole, or its first three letters. */
static int
find_word (const char *const *words, guint n, const char *text)
{
  for (guint i = 0; i < n; i++)
    if (g_ascii_strcasecmp (text, words[i]) == 0 || (strlen (text) == 3 && g_ascii_strncasecmp (text, words[i], 3) == 0))
      return (int) i;
  return -1;
}

/* "tuesday", "mon-fri": adds codes. */
static gboolean
put_weekdays (const char *text, GString *codes)
{
  g_auto (GStrv) ends = g_strsplit (text, "-", 3);
  int from = find_word (weekdays, G_N_ELEMENTS (weekdays), g_strstrip (ends[0]));
  int to = ends[1] == NULL ? from : find_word (weekdays, G_N_ELEMENTS (weekdays), g_strstrip (ends[1]));

  if (from < 0 || to < 0 || (ends[1] != NULL && ends[2] != NULL))
    return FALSE;
  for (int day = from;; day = (day + 1) % 7)
    {
      g_string_append_printf (codes, "%s%s", codes->len > 0 ? "," : "", weekday_codes[day]);
      if (day == to)
        return TRUE;
    }
}

/* "third tuesday" */
static gboolean
put_nth (const char *text, GString *codes)
{
  g_auto (GStrv) words = g_strsplit (text, " ", 3);
  int nth, day;

  if (g_strv_length (words) != 2)
    return FALSE;
  nth = find_word (ordinals, G_N_ELEMENTS (ordinals), words[0]);
  day = find_word (weekdays, G_N_ELEMENTS (weekdays), words[1]);
  if (nth < 0 || day < 0)
    return FALSE;
  g_string_append_printf (codes, "%s%s%s", codes->len > 0 ? "," : "", ordinal_codes[nth], weekday_codes[day]);
  return TRUE;
}

static gboolean
put_all (const char *text, gboolean (*put) (const char *text, GString *codes), GString *codes)
{
  g_auto (GStrv) parts = g_strsplit (text, ",", LIST_MAX);

  for (guint i = 0; parts[i] != NULL; i++)
    if (!put (g_strstrip (parts[i]), codes))
      return FALSE;
  return codes->len > 0;
}

/* (transfer full) (nullable): the RRULE that a person means. */
static char *
rule_of_words (const char *text, BfWorksDays *days)
{
  g_autoptr (GString) codes = g_string_new (NULL);
  g_auto (GStrv) words = g_strsplit (text, " ", 3);
  gint64 number = 0;

  if (g_ascii_strncasecmp (text, "RRULE:", 6) == 0)
    return g_strdup (text + 6);
  if (g_ascii_strcasecmp (text, "every day") == 0)
    return g_strdup ("FREQ=DAILY");
  if (g_ascii_strcasecmp (text, "holidays") == 0 || g_ascii_strcasecmp (text, "working days") == 0)
    {
      *days = g_ascii_strcasecmp (text, "holidays") == 0 ? BF_WORKS_HOLIDAYS_ONLY : BF_WORKS_NO_HOLIDAY;
      return g_strdup (*days == BF_WORKS_HOLIDAYS_ONLY ? "FREQ=DAILY" : "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR");
    }
  if (g_ascii_strcasecmp (text, "last day") == 0)
    return g_strdup ("FREQ=MONTHLY;BYMONTHDAY=-1");
  if (g_strv_length (words) == 2 && g_ascii_strcasecmp (words[0], "day") == 0 && g_ascii_string_to_signed (words[1], 10, 1, 31, &number, NULL))
    return g_strdup_printf ("FREQ=MONTHLY;BYMONTHDAY=%d", (int) number);
  if (g_strv_length (words) == 2 && g_ascii_string_to_signed (words[0], 10, 1, 31, &number, NULL)
      && find_word (months, G_N_ELEMENTS (months), words[1]) >= 0)
    return g_strdup_printf ("FREQ=YEARLY;BYMONTH=%d;BYMONTHDAY=%d", find_word (months, G_N_ELEMENTS (months), words[1]) + 1, (int) number);
  if (put_all (text, put_weekdays, codes))
    return g_strdup_printf ("FREQ=WEEKLY;BYDAY=%s", codes->str);
  g_string_truncate (codes, 0);
  return put_all (text, put_nth, codes) ? g_strdup_printf ("FREQ=MONTHLY;BYDAY=%s", codes->str) : NULL;
}

/* ---- A group ---- */

typedef struct
{
  const BfConf *conf;
  const BfConfGroup *group;
  GPtrArray *problems;
  gboolean good;
} Reader;

static void complain (Reader *reader, const char *key, const char *expected);

static void
complain (Reader *reader, const char *key, const char *expected)
{
  const char *found = bf_conf_group_get (reader->group, key);
  guint line = bf_conf_group_line (reader->group, key);

  reader->good = FALSE;
  if (found != NULL)
    bf_problems_add (reader->problems, reader->conf->path, line, _ ("%s=%s: expected %s"), key, found, expected);
  else
    bf_problems_add (reader->problems, reader->conf->path, reader->group->line, _ ("[Works %s] has no %s=: expected %s"),
                     reader->group->name != NULL ? reader->group->name : "", key, expected);
}

static void
read_once (Reader *reader, BfWorksItem *item)
{
  const char *from = bf_conf_group_get (reader->group, "From"), *to = bf_conf_group_get (reader->group, "To");
  struct icaltimetype end;

  if (from == NULL || !parse_moment (from, &item->start))
    complain (reader, "From", _ ("a time such as 2026-12-01 22:00"));
  else if (to == NULL || !parse_moment (to, &end))
    complain (reader, "To", _ ("a time such as 2026-12-02 05:00"));
  else
    {
      if (end.is_date) /* the day is in it */
        icaltime_adjust (&end, 1, 0, 0, 0);
      item->start.is_date = end.is_date = 0;
      item->length_s = (int) CLAMP ((gint64) icaltime_as_timet (end) - (gint64) icaltime_as_timet (item->start), -1, G_MAXINT);
    }
}

static void
read_recurring (Reader *reader, BfWorksItem *item, const char *on)
{
  const char *hours = bf_conf_group_get (reader->group, "Hours"), *from = bf_conf_group_get (reader->group, "From");
  const char *until = bf_conf_group_get (reader->group, "Until"), *except = bf_conf_group_get (reader->group, "Except");
  g_autofree char *rule = rule_of_words (on, &item->days);
  struct icaltimetype last;
  int begin_s = 0;

  item->recurs = TRUE;
  item->start = (struct icaltimetype){ .year = 2020, .month = 1, .day = 1 };
  item->length_s = 86400;
  if (rule != NULL)
    item->rule = icalrecurrencetype_from_string (rule);
  if (rule == NULL || item->rule.freq == ICAL_NO_RECURRENCE)
    complain (reader, "On", _ ("days such as “tuesday, thursday”, “mon-fri”, “third tuesday”, “day 15”, “24 december”, “every day”, "
                               "“working days”, “holidays” or an RRULE:"));
  if (from != NULL && !parse_moment (from, &item->start))
    complain (reader, "From", _ ("the first day, such as 2026-12-01"));
  item->start.is_date = 0;
  if (hours != NULL && !parse_hours (hours, &begin_s, &item->length_s))
    complain (reader, "Hours", _ ("a span such as 22:00-05:00"));
  item->start.hour = begin_s / 3600;
  item->start.minute = begin_s / 60 % 60;
  if (until != NULL && !parse_moment (until, &last))
    complain (reader, "Until", _ ("the last day, such as 2027-06-30"));
  else if (until != NULL)
    {
      last.hour = last.is_date ? 23 : last.hour;
      last.minute = last.is_date ? 59 : last.minute;
      last.is_date = 0;
      item->rule.until = last;
    }
  if (except != NULL && g_ascii_strcasecmp (except, "holidays") != 0)
    complain (reader, "Except", _ ("“holidays”"));
  else if (except != NULL)
    item->days = BF_WORKS_NO_HOLIDAY;
  if (bf_conf_group_get (reader->group, "To") != NULL)
    complain (reader, "To", _ ("Until= with On="));
}

static void
read_works (BfWorks *works, const BfConf *conf, const BfConfGroup *group, GPtrArray *problems)
{
  static const char *const known[] = { "Name", "By", "Reason", "Services", "Zones", "Assets", "From", "To", "On", "Hours", "Until", "Except", NULL };
  Reader reader = { conf, group, problems, TRUE };
  BfWorksItem *item = bf_works_item_new (conf->path, group->line, group->name, works->zone);
  const char *on = bf_conf_group_get (group, "On");

  reader.good = bf_conf_group_check_keys (conf, group, known, problems);
  bf_name_from_conf (&item->name, group, "Name", group->name);
  item->by = g_strdup (bf_conf_group_get (group, "By"));
  item->reason = g_strdup (bf_conf_group_get (group, "Reason"));
  item->services = bf_works_read_list (group, "Services");
  item->zones = bf_works_read_list (group, "Zones");
  item->assets = bf_works_read_list (group, "Assets");
  if (item->by == NULL)
    complain (&reader, "By", _ ("who answers for the works"));
  if (item->services == NULL && item->zones == NULL && item->assets == NULL)
    complain (&reader, "Assets", _ ("what the works are on: Services=, Zones= or Assets="));
  if (on != NULL)
    read_recurring (&reader, item, on);
  else
    read_once (&reader, item);
  if (reader.good)
    bf_works_take (works, item, problems);
  else
    bf_works_item_free (item);
}

/**
 * bf_works_add_file:
 * @path: of a .works file
 *
 * Reads its groups, and the calendars that they name. What is wrong with a group is a problem with its line; the others are taken.
 *
 * Returns: %FALSE with @error when the file cannot be read
 */
gboolean
bf_works_add_file (BfWorks *works, const char *path, GPtrArray *problems, GError **error)
{
  g_autoptr (BfConf) conf = bf_conf_load (path, problems, error);

  if (conf == NULL)
    return FALSE;
  for (guint i = 0; i < conf->groups->len; i++)
    {
      const BfConfGroup *group = g_ptr_array_index (conf->groups, i);

      if (group->bad)
        continue;
      if (strcmp (group->type, "Works") == 0 && group->name != NULL)
        read_works (works, conf, group, problems);
      else if (strcmp (group->type, "Calendar") == 0 && group->name != NULL)
        bf_works_read_calendar (works, conf, group, problems);
      else
        bf_problems_add (problems, path, group->line, _ ("expected [Works NAME] or [Calendar NAME], found [%s]"), group->type);
    }
  return TRUE;
}
