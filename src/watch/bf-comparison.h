/* SPDX-License-Identifier: EUPL-1.2 */
/* Two rehearsals over the same past, one of rules that are tried and one of those in force: what would be another. Alerts of one rule and
 * asset that were open at the same time are one: the same, or moved when it was raised or cleared at another time; the others are added
 * or gone. */
#pragma once

#include "watch/bf-figures.h"

G_BEGIN_DECLS

typedef enum
{
  BF_CHANGE_SAME,
  BF_CHANGE_MOVED,
  BF_CHANGE_ADDED, /* only the rules that are tried raise it */
  BF_CHANGE_GONE,  /* only those in force do */
} BfChange;

#define BF_CHANGES 4

/* @tried, @in_force: index among the figures' alerts, -1: none. */
typedef struct
{
  BfChange change;
  int tried;
  int in_force;
} BfCompared;

/**
 * BfComparison:
 * @rows: (element-type BfCompared): by the time at which they were raised
 * @of_tried: by index of an alert of the rules that are tried: its row
 * @total: how many of each; @rules: the same by rule that is tried
 */
typedef struct
{
  GArray *rows;
  guint *of_tried;
  guint total[BF_CHANGES];
  guint (*rules)[BF_CHANGES];
} BfComparison;

const char *bf_change_id (BfChange change); /* "same", "moved", "added", "gone" */
BfComparison *bf_comparison_new (const BfRuleSet *rules, const BfFigures *tried, const BfRuleSet *rules_in_force,
                                 const BfFigures *in_force);
void bf_comparison_free (BfComparison *comparison);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfComparison, bf_comparison_free)

G_END_DECLS
