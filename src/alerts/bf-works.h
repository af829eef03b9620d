/* SPDX-License-Identifier: EUPL-1.2 */
/* The works calendar: when somebody works on assets, in zones or on services, so that the alerts of what is being worked on are suppressed by
 * design, with the works named and an end. Once, or again and again ("third tuesday 22:00-05:00"), out of the city's works.d/ and of iCalendar
 * files (RFC 5545) that it names. The syntax is in README.md. One thread; no clock, no I/O but reading the files. */
#pragma once

#include "base/bf-text.h"
#include "model/bf-model.h"
#include "model/bf-zones.h"

G_BEGIN_DECLS

typedef struct _BfWorks BfWorks;

/**
 * BfWorksWindow: one time at which works are in force, or will be
 * @id: of the works: the group's name; of an event of a calendar "CALENDAR/UID"
 * @by: who answers for them
 * @reason: (nullable)
 * @from_us, @to_us: µs UTC, @to_us the first at which they are over
 */
typedef struct
{
  const char *id;
  const BfName *name;
  const char *by;
  const char *reason;
  gint64 from_us;
  gint64 to_us;
} BfWorksWindow;

BfWorks *bf_works_new (GTimeZone *zone, gboolean alsace_moselle);
void bf_works_free (BfWorks *works);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfWorks, bf_works_free)

gboolean bf_works_add_file (BfWorks *works, const char *path, GPtrArray *problems, GError **error);
void bf_works_link (BfWorks *works, const BfCatalog *catalog, const BfZones *zones, GPtrArray *problems);

guint bf_works_n (const BfWorks *works);
/* FALSE: they are over for good. The window in force at @now_us, else the next. */
gboolean bf_works_get (const BfWorks *works, guint index, gint64 now_us, BfWorksWindow *ret_window);

gboolean bf_works_run (BfWorks *works, gint64 now_us);
gint64 bf_works_next_us (const BfWorks *works);
gboolean bf_works_at (const BfWorks *works, const BfModel *model, guint32 asset, BfWorksWindow *ret_window);

G_END_DECLS
