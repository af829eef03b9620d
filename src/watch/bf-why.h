/* SPDX-License-Identifier: EUPL-1.2 */
/* Why there is an alert of an asset, and why there is none: what one rule says of it now, in sentences, in the language that is spoken.
 * Pure: a look at the evaluator and the model. */
#pragma once

#include "watch/bf-watch.h"

G_BEGIN_DECLS

typedef enum
{
  BF_WHY_RAISED,     /* the rule is raised */
  BF_WHY_WAITING,    /* true, not yet for its delay */
  BF_WHY_COUNTING,   /* met, not yet often enough */
  BF_WHY_SUPPRESSED, /* by another rule */
  BF_WHY_LIMITED,    /* by MaxAlerts= */
  BF_WHY_FALSE,
  BF_WHY_UNKNOWN,
} BfWhyState;

/**
 * BfWhy:
 * @since_us: since when a delay runs, @due_us: when it ends; %BF_TIME_NONE: none runs
 * @words: the rule in words
 * @sentences: (element-type utf8): the rule, how it stands, each value
 * @values: (element-type BfRuleValue): that its condition reads of the asset
 */
typedef struct
{
  const BfRule *rule;
  BfWhyState state;
  gint64 since_us;
  gint64 due_us;
  char *words;
  GPtrArray *sentences;
  GArray *values;
} BfWhy;

const char *bf_why_state_id (BfWhyState state); /* "raised", "waiting", "counting", "suppressed", "limited", "false", "unknown" */
BfWhy *bf_why_new (const BfWatch *watch, guint rule, guint32 asset, gint64 now_us);
void bf_why_free (BfWhy *why);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfWhy, bf_why_free)
GPtrArray *bf_why_alert_sentences (const BfWatch *watch, const BfAlert *alert, gint64 now_us);
GPtrArray *bf_why_asset_sentences (const BfWatch *watch, const char *asset_id, gint64 now_us);
char *bf_why_rule_sentence (const BfWatch *watch, const BfRule *rule);

G_END_DECLS
