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

char *bf_watch_values (const BfWatch *watch, const BfRuleEvent *event);
gint64 bf_watch_rule_event (const BfWatch *watch, const BfRuleEvent *event);

G_END_DECLS
