/* SPDX-License-Identifier: EUPL-1.2 */
/* Figures of a rehearsal that has ended: what a person would have been shown, how often, how long, and what the rules could not
 * say. Rates as ISA-18.2 §16 (IEC 62682) counts them: annunciated alerts only, ten-minute periods, a flood is more than ten in one. */
#pragma once

#include "watch/bf-rehearsal.h"

G_BEGIN_DECLS

#define BF_FIGURES_FLOOD 10u             /* annunciated in ten minutes: more is a flood */
#define BF_FIGURES_KEPT_MAX 100000u      /* alerts with their texts; of more only the times are kept */
#define BF_FIGURES_ALERTS_MAX 2000000u   /* alerts with their times; more are counted */
#define BF_FIGURES_NIGHT_FROM_H 22       /* local time */
#define BF_FIGURES_NIGHT_TO_H 6

/**
 * BfRehearsedAlert:
 * @cleared_us: %BF_TIME_NONE: open at the end
 * @alert: (nullable): its texts as it was raised; %NULL past %BF_FIGURES_KEPT_MAX
 */
typedef struct
{
  guint rule;
  guint32 asset;
  gint64 raised_us;
  gint64 cleared_us;
  BfAlert *alert;
} BfRehearsedAlert;

/* A local day: "2026-03-29". */
typedef struct
{
  char text[11];
  guint n_alerts;
} BfFiguresDay;

/* A property that a rule rests on: on so many of its assets there never was a value. */
typedef struct
{
  guint16 property;
  guint n_never;
} BfFiguresInput;

/**
 * BfFiguresRule: of one rule within the period
 * @longest: index of the alert that was longest open, -1: none
 * @n_assets: that it watches; @n_never: of which it could say nothing at any time
 * @watched_us: sum over the assets of the time watched; @unknown_us: of which it could not say
 * @inputs: (element-type BfFiguresInput): those with assets that never had one
 */
typedef struct
{
  guint n_alerts;
  guint n_night;
  guint n_open_before;
  guint n_open_after;
  gint longest;
  gint64 longest_us;
  gint64 open_us;
  guint n_assets;
  guint n_never;
  gint64 watched_us;
  gint64 unknown_us;
  GArray *inputs;
} BfFiguresRule;

/**
 * BfFigures:
 * @alerts: (element-type BfRehearsedAlert): raised in the period, oldest first; owned by the rehearsal
 * @n_over: alerts past %BF_FIGURES_ALERTS_MAX: in no other figure
 * @days: (element-type BfFiguresDay): each day of the period
 * @n_periods: of ten minutes; @n_flooded: with a flood; @most: in the fullest, which begins at @most_us
 * @total: of all rules; @rules: by index in the set
 */
typedef struct
{
  gint64 from_us;
  gint64 to_us;
  GArray *alerts;
  guint64 n_over;
  GArray *days;
  guint n_periods;
  guint n_flooded;
  guint most;
  gint64 most_us;
  BfFiguresRule total;
  BfFiguresRule *rules;
  guint n_rules;
} BfFigures;

BfFigures *bf_figures_new (BfRehearsal *rehearsal);
void bf_figures_free (BfFigures *figures);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfFigures, bf_figures_free)

G_END_DECLS
