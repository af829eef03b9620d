/* SPDX-License-Identifier: EUPL-1.2 */
/* Weekdays and French public holidays: see bf-calendar.h. Nothing is a table of years: Easter is computed, so that the calendar
 * does not end.
 *
 * Holidays are those of the Code du travail, L3133-1; in the departments of Moselle, Bas-Rhin and Haut-Rhin Good Friday and
 * 26 December too (L3134-13; Good Friday by law only in communes with a Protestant church or a mixed one: a city says
 * `AlsaceMoselle=yes` when it observes both). Days are civil days in the Gregorian calendar. */

#include "base/bf-calendar.h"

/**
 * bf_calendar_day:
 * @local_us: local time, as µs since 1970 by the local clock
 *
 * Returns: its day
 */
gint64
bf_calendar_day (gint64 local_us)
{
  return local_us / BF_DAY_US - (local_us % BF_DAY_US < 0);
}

guint
bf_calendar_weekday (gint64 day)
{
  return (guint) (((day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

/* Days are counted in eras of 400 years whose years begin in March, so that the day that comes and goes is the last
 * (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
gint64
bf_calendar_day_of (int year, int month, int day_of_month)
{
  gint64 y = year - (month <= 2);
  gint64 era = (y >= 0 ? y : y - 399) / 400;
  gint64 year_of_era = y - era * 400;
  gint64 day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day_of_month - 1;

  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static int
year_of (gint64 day)
{
  int year = (int) (1970 + day * 400 / 146097);

  while (bf_calendar_day_of (year, 1, 1) > day)
    year--;
  while (bf_calendar_day_of (year + 1, 1, 1) <= day)
    year++;
  return year;
}

/**
 * bf_calendar_easter:
 *
 * Returns: the day of Easter Sunday, by the anonymous Gregorian computus (Nature, 20 April 1876)
 */
gint64
bf_calendar_easter (int year)
{
  int a = year % 19;
  int b = year / 100, c = year % 100;
  int d = b / 4, e = b % 4;
  int g = (8 * b + 13) / 25;
  int h = (19 * a + b - d - g + 15) % 30;
  int i = c / 4, k = c % 4;
  int l = (32 + 2 * e + 2 * i - h - k) % 7;
  int m = (a + 11 * h + 19 * l) / 433;
  int month = (h + l - 7 * m + 90) / 25;

  return bf_calendar_day_of (year, month, (h + l - 7 * m + 33 * month + 19) % 32);
}

/**
 * bf_calendar_is_holiday:
 * @day: of 1970 on or before, in years 1 to 9999
 * @alsace_moselle: with the two of these departments
 *
 * Returns: whether it is a French public holiday
 */
gboolean
bf_calendar_is_holiday (gint64 day, gboolean alsace_moselle)
{
  static const struct
  {
    int month, day;
  } fixed[] = { { 1, 1 }, { 5, 1 }, { 5, 8 }, { 7, 14 }, { 8, 15 }, { 11, 1 }, { 11, 11 }, { 12, 25 } };
  int year = year_of (day);
  gint64 since_easter = day - bf_calendar_easter (year);

  for (guint i = 0; i < G_N_ELEMENTS (fixed); i++)
    if (day == bf_calendar_day_of (year, fixed[i].month, fixed[i].day))
      return TRUE;
  if (since_easter == 1 || since_easter == 39 || since_easter == 50) /* Easter Monday, Ascension, Whit Monday */
    return TRUE;
  return alsace_moselle && (since_easter == -2 || day == bf_calendar_day_of (year, 12, 26));
}
