/* SPDX-License-Identifier: EUPL-1.2 */
/* The calendar of rules: weekdays and French public holidays, by days since 1970 in local time. Pure, any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_DAY_US (G_GINT64_CONSTANT (86400) * G_USEC_PER_SEC)

gint64 bf_calendar_day (gint64 local_us);
guint bf_calendar_weekday (gint64 day); /* 0: Monday */
gint64 bf_calendar_day_of (int year, int month, int day_of_month);
gint64 bf_calendar_easter (int year);
gboolean bf_calendar_is_holiday (gint64 day, gboolean alsace_moselle);

G_END_DECLS
