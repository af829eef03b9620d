/* SPDX-License-Identifier: EUPL-1.2 */
/* Times are int64 microseconds since 1970-01-01T00:00:00Z; durations int64 microseconds. The clock is read here only;
 * everything that decides takes `now_us` as an argument. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_TIME_NONE G_MININT64
#define BF_TIME_TEXT_BYTES 32 /* room for bf_time_format() with its NUL */

gint64 bf_time_now_us (void);
const char *bf_time_format (gint64 time_us, char buffer[BF_TIME_TEXT_BYTES]);

gboolean bf_time_parse_rfc3339 (const char *text, gsize length, GTimeZone *zone, gint64 *ret_time_us);
gboolean bf_time_parse_pattern (const char *text, gsize length, const char *pattern, GTimeZone *zone, gint64 *ret_time_us);
gint64 bf_time_from_civil (int year, int month, int day, int hour, int minute, int second, int us, GTimeZone *zone);

gboolean bf_duration_parse (const char *text, gint64 *ret_duration_us, GError **error);
char *bf_duration_format (gint64 duration_us);

G_END_DECLS
