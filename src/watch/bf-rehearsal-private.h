/* SPDX-License-Identifier: EUPL-1.2 */
/* What the rehearsal gathers and its figures are made of. */
#pragma once

#include "watch/bf-figures.h"
#include "watch/bf-lists.h"
#include "watch/bf-watch.h"

G_BEGIN_DECLS

/* What a rule could say of an asset. @since_us: begin of the time in which it cannot say, BF_TIME_NONE while it can. */
typedef struct
{
  gint64 watched_since_us; /* BF_TIME_NONE: not of the rule's kind, or not there yet */
  gint64 since_us;
  gint64 unknown_us;
} BfSaid;

struct _BfRehearsal
{
  const BfCatalog *catalog;
  BfModel *model;
  BfWatch watch;
  BfLists *lists;
  BfRehearsalOptions options;
  BfRehearsalHandler handler;
  gpointer user_data;

  gint64 now_us;   /* BF_TIME_NONE: nothing yet */
  gint64 from_us;
  gint64 to_us;    /* when it has ended */
  gint64 next_event_id;
  gint64 next_alert_id;      /* of transitions only */
  const BfRuleEvent *event;  /* that the book is told of just now */
  GArray *alerts;  /* BfRehearsedAlert; an alert's id is its index + 1 */
  guint64 n_over;
  GArray **said;   /* by rule: BfSaid by asset */
  BfRehearsalCounts counts;
};

G_END_DECLS
