/* SPDX-License-Identifier: EUPL-1.2 */
/* What `rules rehearse` shares with its printer. */
#pragma once

#include "ctl/bf-ctl.h"
#include "ctl/bf-past.h"
#include "watch/bf-comparison.h"

G_BEGIN_DECLS

/**
 * BfTrial:
 * @catalog, @zone: not owned
 * @rules: that are tried; @in_force: (nullable): those that the city has, when any of them is replaced
 * @figures, @figures_in_force: of one and the other; @comparison: (nullable): of both
 * @took_us: how long it took
 */
typedef struct
{
  BfCatalog *catalog;
  GTimeZone *zone;
  BfRuleSet *rules;
  BfRuleSet *in_force;
  BfRehearsal *rehearsal;
  BfRehearsal *rehearsal_in_force;
  BfFigures *figures;
  BfFigures *figures_in_force;
  BfComparison *comparison;
  gint64 took_us;
  guint64 n_refused;
  guint64 n_derived;
  BfPastCounts past;
} BfTrial;

void bf_trial_print (const BfTrial *trial);
void bf_trial_print_json (const BfTrial *trial);

G_END_DECLS
