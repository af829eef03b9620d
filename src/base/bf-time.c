/* SPDX-License-Identifier: EUPL-1.2 */
/* Clock, RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339) and the date forms that feeds use. Written by hand because a
 * feed has a stamp a record and GDateTime allocates one object each; days from the civil date follow the proleptic
 * Gregorian calendar. Pure functions; GTimeZone is thread-safe. */

#include "base/bf-time.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <time.h>

#include "base/bf-clock.h"
#include "base/bf-error.h"
#include "base/bf-text.h"

#define TIME_MAX_S G_GINT64_CONSTANT (253402300799) /* end of the year 9999 */
#define DURATION_MAX_US ((gint64) 3660 * 86400 * G_USEC_PER_SEC)

/**
 * bf_time_now_us:
 *
 * Returns: the wall clock, µs UTC; in a process that watches it (bf-clock.h), as it was looked at last
 */
gint64
bf_time_now_us (void)
{
  return bf_clock_now_us ();
}

static gint64
days_from_civil (int year, int month, int day)
{
  gint64 y = (gint64) year - (month <= 2);
  gint64 era = (y >= 0 ? y : y - 399) / 400;
  gint64 year_of_era = y - era * 400;
  gint64 day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

/**
 * bf_time_format:
 * @time_us: µs UTC
 * @buffer: (array fixed-size=32): room
 *
 * Returns: (transfer none): @buffer with "2026-05-04T03:02:01Z", with milliseconds when they are not zero; "" for
 *   %BF_TIME_NONE or a year outside of 1..9999
 */
const char *
bf_time_format (gint64 time_us, char buffer[BF_TIME_TEXT_BYTES])
{
  gint64 us = (time_us % G_USEC_PER_SEC + G_USEC_PER_SEC) % G_USEC_PER_SEC; /* of the second, which begins before it */
  gint64 second = time_us / G_USEC_PER_SEC - (time_us % G_USEC_PER_SEC < 0);
  int ms = (int) (us / 1000);
  time_t t = (time_t) second;
  struct tm tm;

  buffer[0] = '\0';
  if (time_us == BF_TIME_NONE || second < -62135596800 || second > TIME_MAX_S || gmtime_r (&t, &tm) == NULL)
    return buffer;
  if (ms == 0)
    g_snprintf (buffer, BF_TIME_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday,
                tm.tm_hour, tm.tm_min, tm.tm_sec);
  else
    g_snprintf (buffer, BF_TIME_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
                tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
  return buffer;
}

/* µs UTC, BF_TIME_NONE when a field is out of range. *@ret_forward: there is no such time in @zone, whose clocks jump over it; the end of
 * the jump is given. */
static gint64
civil_us (int year, int month, int day, int hour, int minute, int second, int us, GTimeZone *zone, gboolean *ret_forward)
{
  static const int month_days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
  gint64 local, written;
  int interval;

  *ret_forward = FALSE;
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > month_days[month - 1] || hour < 0 || hour > 24
      || minute < 0 || minute > 59 || second < 0 || second > 60 || us < 0 || us > 999999)
    return BF_TIME_NONE;
  if (month == 2 && day == 29 && !g_date_is_leap_year ((GDateYear) year))
    return BF_TIME_NONE;
  if (hour == 24 && (minute != 0 || second != 0 || us != 0))
    return BF_TIME_NONE;
  local = written = days_from_civil (year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  if (zone != NULL)
    {
      interval = g_time_zone_adjust_time (zone, G_TIME_TYPE_DAYLIGHT, &local);
      *ret_forward = local != written;
      local -= g_time_zone_get_offset (zone, interval);
    }
  return local * G_USEC_PER_SEC + us;
}

/**
 * bf_time_from_civil:
 * @zone: (nullable): zone of the civil time, %NULL for UTC
 *
 * A civil time that occurs twice (end of summer time) is taken as the first; one that does not exist is moved forward.
 *
 * Returns: µs UTC, or %BF_TIME_NONE when a field is out of range
 */
gint64
bf_time_from_civil (int year, int month, int day, int hour, int minute, int second, int us, GTimeZone *zone)
{
  gboolean forward;

  return civil_us (year, month, day, hour, minute, second, us, zone, &forward);
}

static gboolean
digits (const char **p, const char *end, int n_min, int n_max, int *ret_value)
{
  int value = 0;
  int n = 0;

  while (*p < end && n < n_max && g_ascii_isdigit (**p))
    {
      value = value * 10 + (**p - '0');
      (*p)++;
      n++;
    }
  *ret_value = value;
  return n >= n_min;
}

/* Digits after a dot as µs; what is finer is cut. */
static gboolean
fraction (const char **p, const char *end, int *ret_us)
{
  int us = 0;
  int n = 0;

  while (*p < end && g_ascii_isdigit (**p))
    {
      if (n < 6)
        us = us * 10 + (**p - '0');
      n++;
      (*p)++;
    }
  for (int i = n; i < 6; i++)
    us *= 10;
  *ret_us = us;
  return n > 0;
}

/* "Z", "+02", "+0200" or "+02:00" as seconds east. */
static gboolean
offset (const char **p, const char *end, int *ret_offset_s)
{
  int sign;
  int hour;
  int minute = 0;

  if (*p < end && (**p == 'Z' || **p == 'z'))
    {
      (*p)++;
      *ret_offset_s = 0;
      return TRUE;
    }
  if (*p >= end || (**p != '+' && **p != '-'))
    return FALSE;
  sign = **p == '-' ? -1 : 1;
  (*p)++;
  if (!digits (p, end, 2, 2, &hour))
    return FALSE;
  if (*p < end && **p == ':')
    {
      (*p)++;
      if (!digits (p, end, 2, 2, &minute))
        return FALSE;
    }
  else if (*p < end && g_ascii_isdigit (**p) && !digits (p, end, 2, 2, &minute))
    return FALSE;
  *ret_offset_s = sign * (hour * 3600 + minute * 60);
  return hour <= 23 && minute <= 59;
}

/**
 * bf_time_parse_rfc3339:
 * @text: the stamp: date, "T" or a blank, time with or without seconds and fraction, zone or none; or a date alone
 * @length: its bytes
 * @zone: (nullable): zone of a stamp without one, %NULL for UTC
 * @ret_time_us: (out): µs UTC, not touched on failure
 *
 * Returns: %TRUE when the whole text is such a stamp
 */
gboolean
bf_time_parse_rfc3339 (const char *text, gsize length, GTimeZone *zone, gint64 *ret_time_us)
{
  gboolean forward;
  const char *p = text;
  const char *end = text + length;
  int year, month, day, hour = 0, minute = 0, second = 0, us = 0, offset_s = 0;
  gboolean with_offset = FALSE;
  gint64 time_us;

  if (!digits (&p, end, 4, 4, &year) || p >= end || *p++ != '-' || !digits (&p, end, 2, 2, &month) || p >= end
      || *p++ != '-' || !digits (&p, end, 2, 2, &day))
    return FALSE;
  if (p < end)
    {
      if (*p != 'T' && *p != 't' && *p != ' ')
        return FALSE;
      p++;
      if (!digits (&p, end, 2, 2, &hour) || p >= end || *p++ != ':' || !digits (&p, end, 2, 2, &minute))
        return FALSE;
      if (p < end && *p == ':')
        {
          p++;
          if (!digits (&p, end, 2, 2, &second))
            return FALSE;
        }
      if (p < end && (*p == '.' || *p == ','))
        {
          p++;
          if (!fraction (&p, end, &us))
            return FALSE;
        }
      if (p < end && !(with_offset = offset (&p, end, &offset_s)))
        return FALSE;
      if (p != end)
        return FALSE;
    }
  time_us = civil_us (year, month, day, hour, minute, second, us, with_offset ? NULL : zone, &forward);
  if (time_us == BF_TIME_NONE || forward)
    return FALSE;
  *ret_time_us = time_us - (gint64) offset_s * G_USEC_PER_SEC;
  return TRUE;
}

/* Without case and accents, as bf_text_fold() gives them. */
static const char *const month_names[12] = {
  "jan january janv janvier januar", "feb february fev fevr fevrier februar", "mar march mars marz",
  "apr april avr avril",                 "may mai",                              "jun june juin juni",
  "jul july juil juillet juli",          "aug august aout aou",                  "sep sept september septembre",
  "oct october octobre okt oktober",     "nov november novembre",                "dec december decembre dez dezember",
};

static const char *const day_names[7] = {
  "mon monday lun lundi mo montag",     "tue tues tuesday mar mardi di dienstag",
  "wed wednesday mer mercredi mi mittwoch", "thu thur thurs thursday jeu jeudi do donnerstag",
  "fri friday ven vendredi fr freitag", "sat saturday sam samedi sa samstag sonnabend",
  "sun sunday dim dimanche so sonntag",
};

/* A word and the dot behind it; *@ret_number: the row of @rows that has it, from 0. */
static gboolean
name_of (const char **p, const char *end, const char *const *rows, int n_rows, int *ret_number)
{
  const char *from = *p;
  gsize length = 0;
  g_autofree char *word = NULL;
  g_autofree char *folded = NULL;

  while (from + length < end && length < 24 && ((guchar) from[length] >= 0x80 || g_ascii_isalpha (from[length])))
    length++;
  word = g_strndup (from, length);
  folded = bf_text_fold (word);
  for (int i = 0; i < n_rows && length > 0; i++)
    {
      g_auto (GStrv) names = g_strsplit (rows[i], " ", -1);

      if (!g_strv_contains ((const char *const *) names, folded))
        continue;
      *p += length;
      if (*p < end && **p == '.')
        (*p)++;
      *ret_number = i;
      return TRUE;
    }
  return FALSE;
}

/* Monday is 0. The date is a valid one. */
static int
weekday_of (int year, int month, int day)
{
  GDate date;

  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
  return (int) g_date_get_weekday (&date) - 1;
}

/* Digits since 1970 in units of @factor_us, up to the year 9999. */
static gboolean
epoch (const char **p, const char *end, gint64 factor_us, gint64 *ret_us)
{
  gint64 value = 0;
  int n = 0;

  for (; *p < end && g_ascii_isdigit (**p) && n < 15; n++)
    value = value * 10 + (*(*p)++ - '0');
  if (n == 0 || value > TIME_MAX_S * G_USEC_PER_SEC / factor_us)
    return FALSE;
  *ret_us = value * factor_us;
  return TRUE;
}

/**
 * bf_time_parse_pattern:
 * @pattern: `%Y %y %m %d %H %M %S %f` (fraction) `%b %B` (a month's name or its short form, English, French or German,
 *   in any case, with or without accents and dot) `%a %A` (a weekday's, in the same way; it must be the date's) `%z` (offset) `%s` (seconds) `%L` (milliseconds since 1970) `%*` (any
 *   letters, dots and blanks: a weekday's name) `%%` and literal characters, as in strptime(3)
 * @zone: (nullable): zone when the pattern has none, %NULL for UTC
 *
 * Returns: %TRUE when the whole text follows the pattern
 */
gboolean
bf_time_parse_pattern (const char *text, gsize length, const char *pattern, GTimeZone *zone, gint64 *ret_time_us)
{
  gboolean forward;
  const char *p = text;
  const char *end = text + length;
  int f[7] = { 1970, 1, 1, 0, 0, 0, 0 };
  int offset_s = 0;
  gboolean with_offset = FALSE;
  gint64 epoch_us = BF_TIME_NONE;
  gint64 time_us;
  int weekday = -1; /* Monday is 0 */

  for (const char *q = pattern; *q != '\0'; q++)
    {
      gboolean good;
      static const char fields[] = "YmdHMS";
      const char *field;

      if (*q != '%')
        {
          if (p >= end || *p++ != *q)
            return FALSE;
          continue;
        }
      q++;
      if (*q == '\0')
        return FALSE;
      field = strchr (fields, *q);
      if (field != NULL)
        good = digits (&p, end, *q == 'Y' ? 4 : 1, *q == 'Y' ? 4 : 2, &f[field - fields]);
      else if (*q == 'f')
        good = fraction (&p, end, &f[6]);
      else if (*q == 'z')
        good = with_offset = offset (&p, end, &offset_s);
      else if (*q == 'y')
        {
          good = digits (&p, end, 2, 2, &f[0]);
          f[0] += f[0] < 69 ? 2000 : 1900;
        }
      else if (*q == 'b' || *q == 'B')
        {
          good = name_of (&p, end, month_names, G_N_ELEMENTS (month_names), &f[1]);
          f[1]++;
        }
      else if (*q == 'a' || *q == 'A')
        good = name_of (&p, end, day_names, G_N_ELEMENTS (day_names), &weekday);
      else if (*q == 's' || *q == 'L')
        good = epoch (&p, end, *q == 's' ? G_USEC_PER_SEC : 1000, &epoch_us);
      else if (*q == '*')
        {
          while (p < end && !g_ascii_isdigit (*p) && *p != q[1])
            p++;
          good = TRUE;
        }
      else
        good = *q == '%' && p < end && *p++ == '%';
      if (!good)
        return FALSE;
    }
  if (p != end)
    return FALSE;
  if (epoch_us != BF_TIME_NONE)
    {
      *ret_time_us = epoch_us + f[6];
      return TRUE;
    }
  time_us = civil_us (f[0], f[1], f[2], f[3], f[4], f[5], f[6], with_offset ? NULL : zone, &forward);
  if (time_us == BF_TIME_NONE || forward || (weekday >= 0 && weekday != weekday_of (f[0], f[1], f[2])))
    return FALSE;
  *ret_time_us = time_us - (gint64) offset_s * G_USEC_PER_SEC;
  return TRUE;
}

static const struct
{
  const char *unit;
  gint64 us;
} durations[] = {
  { "d", 86400 * G_TIME_SPAN_SECOND },  { "h", 3600 * G_TIME_SPAN_SECOND }, { "min", 60 * G_TIME_SPAN_SECOND },
  { "s", G_TIME_SPAN_SECOND },          { "ms", G_TIME_SPAN_MILLISECOND },
};

/**
 * bf_duration_parse:
 * @text: such as "90s", "5min", "1h 30min"; units d, h, min, s, ms
 * @ret_duration_us: (out): µs, not touched on failure
 *
 * Returns: %TRUE, or %FALSE with @error naming the text and what was expected
 */
gboolean
bf_duration_parse (const char *text, gint64 *ret_duration_us, GError **error)
{
  const char *p = text;
  gint64 total = 0;
  gboolean any = FALSE;

  while (*p != '\0')
    {
      gint64 value = 0;
      gint64 factor = 0;
      gsize letters = 0;
      int n = 0;

      while (*p == ' ')
        p++;
      for (; g_ascii_isdigit (*p) && n < 9; n++)
        value = value * 10 + (*p++ - '0');
      while (*p == ' ')
        p++;
      while (g_ascii_isalpha (p[letters]))
        letters++;
      for (guint i = 0; i < G_N_ELEMENTS (durations); i++)
        if (strlen (durations[i].unit) == letters && strncmp (durations[i].unit, p, letters) == 0)
          factor = durations[i].us;
      if (n == 0 || factor == 0)
        {
          any = FALSE;
          break;
        }
      p += letters;
      /* neither product nor sum can overflow: the limit is far below */
      total = value > DURATION_MAX_US / factor ? DURATION_MAX_US + 1 : MIN (total + value * factor, DURATION_MAX_US + 1);
      any = TRUE;
    }
  if (any && total > DURATION_MAX_US)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_RANGE, _ ("expected a time of at most 3660d, found “%s”"), text);
      return FALSE;
    }
  if (!any)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX,
                   _ ("expected a time such as “90s”, “5min”, “1h 30min” (units d, h, min, s, ms), found “%s”"), text);
      return FALSE;
    }
  *ret_duration_us = total;
  return TRUE;
}

/**
 * bf_duration_format:
 *
 * Returns: (transfer full): the shortest text that bf_duration_parse() reads back
 */
char *
bf_duration_format (gint64 duration_us)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (durations); i++)
    {
      gint64 n = duration_us / durations[i].us;

      if (n == 0)
        continue;
      duration_us -= n * durations[i].us;
      g_string_append_printf (text, "%s%" G_GINT64_FORMAT "%s", text->len > 0 ? " " : "", n, durations[i].unit);
    }
  if (text->len == 0)
    g_string_append (text, "0s");
  return g_string_free (g_steal_pointer (&text), FALSE);
}
