/* SPDX-License-Identifier: EUPL-1.2 */
/* Between the works calendar's files: bf-works.c (what is in force), bf-works-read.c (the city's text), bf-works-calendar.c (iCalendar). */
#pragma once

#include <libical/ical.h>

#include "alerts/bf-works.h"

G_BEGIN_DECLS

#define BF_WORKS_MAX 20000u
#define BF_WORKS_LENGTH_MAX_S (400 * 86400) /* of one window */

typedef enum
{
  BF_WORKS_ANY_DAY,
  BF_WORKS_NO_HOLIDAY,
  BF_WORKS_HOLIDAYS_ONLY,
} BfWorksDays;

/**
 * BfWorksItem:
 * @start: of the first window, in @zone, without a zone of its own
 * @length_s: by the clock on the wall, so that 22:00 to 05:00 is that in the night in which the clock is set, too
 * @rule: when @recurs
 * @except: (element-type icaltimetype) (nullable): starts that are left out; dates leave out their whole day
 * @also: (element-type icaltimetype) (nullable): other starts
 * @services, @zones, @assets: (nullable): what they are on, as written; @assets are patterns. All that is given must fit
 */
typedef struct
{
  char *path;
  guint line;
  char *id;
  BfName name;
  char *by;
  char *reason;

  char **services;
  char **zones;
  char **assets;
  GArray *service_indexes; /* guint */
  GArray *zone_indexes;    /* guint16 */
  GPtrArray *patterns;     /* GPatternSpec */

  GTimeZone *zone;
  struct icaltimetype start;
  int length_s;
  gboolean recurs;
  struct icalrecurrencetype rule;
  GArray *except;
  GArray *also;
  BfWorksDays days;

  /* What was reckoned last: the window in force or the next; BF_TIME_NONE: there is none any more. */
  gint64 from_us;
  gint64 to_us;
} BfWorksItem;

struct _BfWorks
{
  GTimeZone *zone;
  gboolean alsace_moselle;
  GPtrArray *items;    /* BfWorksItem */
  GPtrArray *in_force; /* BfWorksItem */
  const BfZones *zones;
  gint64 now_us;
};

BfWorksItem *bf_works_item_new (const char *path, guint line, const char *id, GTimeZone *zone);
void bf_works_item_free (BfWorksItem *item);
/* FALSE with @error: not more often than once an hour, not without a window at all. */
gboolean bf_works_item_check (const BfWorks *works, const BfWorksItem *item, GError **error);
/* The first window that is not over at @now_us. */
gboolean bf_works_item_window (const BfWorks *works, const BfWorksItem *item, gint64 now_us, gint64 *ret_from_us, gint64 *ret_to_us);
gint64 bf_works_to_utc (struct icaltimetype t, GTimeZone *zone);
struct icaltimetype bf_works_to_local (gint64 time_us, GTimeZone *zone);
/* Takes @item, or says what is wrong with it. */
void bf_works_take (BfWorks *works, BfWorksItem *item, GPtrArray *problems);
/* bf-works-calendar.c: @group is a [Calendar NAME] of @conf. */
void bf_works_read_calendar (BfWorks *works, const BfConf *conf, const BfConfGroup *group, GPtrArray *problems);
char **bf_works_read_list (const BfConfGroup *group, const char *key);

G_END_DECLS
