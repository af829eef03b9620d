/* SPDX-License-Identifier: EUPL-1.2 */
/* Who watches: an evaluator and the book that its events go to. The engine and a rehearsal make their alerts here, so that both
 * say the same. No clock, no store, no threads. */
#pragma once

#include "alerts/bf-alert-book.h"
#include "model/bf-zones.h"
#include "rules/bf-evaluator.h"

G_BEGIN_DECLS

/**
 * BfWatch: all (transfer none)
 * @zones: (nullable)
 * @zone: time zone of the times in "why?"
 * @feed_name: (nullable): name of a feed by its number, %NULL when there is none of that number
 */
typedef struct
{
  const BfRuleSet *rules;
  BfModel *model;
  BfEvaluator *evaluator;
  BfAlertBook *book;
  const BfZones *zones;
  GTimeZone *zone;
  const char *(*feed_name) (gpointer user_data, guint16 feed);
  gpointer user_data;
} BfWatch;

/* (transfer full): a time of day in the city, with its date when that is not the day of @now_us. */
char *bf_watch_moment (const BfWatch *watch, gint64 time_us, gint64 now_us);
/* (transfer full): "Occupancy 97 % (measured at 14:31:07, feed “parking-clairbourg”)" */
char *bf_watch_found (const BfWatch *watch, const BfRuleValue *value, gint64 now_us);
/* (transfer full) (nullable): since when no list has the asset, and whose; %NULL: it is not gone. */
char *bf_watch_gone (const BfWatch *watch, guint32 asset, gint64 now_us);
char *bf_watch_values (const BfWatch *watch, const BfRuleEvent *event);
gint64 bf_watch_rule_event (const BfWatch *watch, const BfRuleEvent *event);

G_END_DECLS
