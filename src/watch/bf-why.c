/* SPDX-License-Identifier: EUPL-1.2 */
/* Why, and why not: see bf-why.h. The order of the sentences is that of a person's questions: what does the rule say, how does it stand
 * and what does it wait for, on what does it rest. */

#include "watch/bf-why.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>

#include "base/bf-language.h"
#include "base/bf-time.h"

const char *
bf_why_state_id (BfWhyState state)
{
  static const char *const ids[] = { "raised", "waiting", "counting", "suppressed", "limited", "false", "unknown" };

  return ids[state];
}

static void add (BfWhy *why, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add (BfWhy *why, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (why->sentences, g_strdup_vprintf (format, args));
  va_end (args);
}

/* ---- The rule ---- */

/**
 * bf_why_rule_sentence:
 *
 * Returns: (transfer full): "Rule “Car park full” (parking_full): free spaces = 0 for 5 min."
 */
char *
bf_why_rule_sentence (const BfWatch *watch, const BfRule *rule)
{
  const char *name = bf_name_get (&rule->name, bf_language_now ());
  g_autofree char *words = bf_rule_words (watch->rules, rule);

  return g_strdup_printf (_ ("Rule “%s” (%s): %s."), name != NULL ? name : rule->id, rule->id, words);
}

/* ---- How it stands ---- */

static BfWhyState
state_of (const BfRuleStanding *standing, const BfRule *rule, BfTruth truth)
{
  if (standing->raised)
    return BF_WHY_RAISED;
  if (standing->held)
    return BF_WHY_LIMITED;
  if (standing->cause.rule != BF_NO_RULE)
    return BF_WHY_SUPPRESSED;
  if (standing->met && standing->n_counted < rule->count)
    return BF_WHY_COUNTING;
  if (standing->pending_since_us != BF_TIME_NONE)
    return BF_WHY_WAITING;
  return truth == BF_TRUTH_UNKNOWN ? BF_WHY_UNKNOWN : truth == BF_TRUTH_FALSE ? BF_WHY_FALSE : BF_WHY_WAITING;
}

static gboolean
is_known (const BfWatch *watch, const BfRuleValue *value, gint64 now_us)
{
  double number;

  return bf_model_known (watch->model, value->asset, value->property, now_us, &number);
}

static const char *
name_of (const BfWatch *watch, guint16 property)
{
  return bf_name_get (&bf_catalog_property (bf_model_catalog (watch->model), property)->name, bf_language_now ());
}

/* The names of what cannot be judged by: what is unknown; "" when it is something else, such as an aggregate. */
static char *
unknown_names (const BfWatch *watch, const BfWhy *why, gint64 now_us)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < why->values->len; i++)
    {
      const BfRuleValue *value = &g_array_index (why->values, BfRuleValue, i);

      if (!is_known (watch, value, now_us))
        g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", name_of (watch, value->property));
    }
  return g_string_free (names, FALSE);
}

static void
say_unknown (const BfWatch *watch, BfWhy *why, gint64 now_us)
{
  g_autofree char *names = unknown_names (watch, why, now_us);

  if (names[0] != '\0')
    add (why, _ ("No alert: the condition cannot be judged, since this is unknown: %s. What is unknown neither begins nor ends an alert."), names);
  else
    add (why, _ ("No alert: the condition cannot be judged: what it reckons from is not known, or not for long enough."));
}

static void
say_raised (const BfWatch *watch, BfWhy *why, BfTruth truth, gint64 now_us)
{
  g_autofree char *delay = bf_rule_duration_words (why->rule->clear_for_us);
  g_autofree char *since = NULL;
  g_autofree char *due = NULL;

  if (why->since_us != BF_TIME_NONE && why->rule->clear_for_us > 0)
    {
      since = bf_watch_moment (watch, why->since_us, now_us);
      due = bf_watch_moment (watch, why->due_us, now_us);
      add (why, _ ("There is an alert. What ends it has held since %s and has to hold for %s: it ends at %s if it stays so."), since, delay, due);
    }
  else if (truth == BF_TRUTH_TRUE)
    add (why, _ ("There is an alert: the condition is true now."));
  else if (truth == BF_TRUTH_UNKNOWN)
    add (why, _ ("There is an alert. Whether it is still so is unknown, and what is unknown does not end it."));
  else
    add (why, _ ("There is an alert. The condition is no longer true; what ends it is not so yet."));
}

static void
say_waiting (const BfWatch *watch, BfWhy *why, gint64 now_us)
{
  g_autofree char *delay = bf_rule_duration_words (why->rule->when_for_us);
  g_autofree char *since = NULL;
  g_autofree char *due = NULL;

  if (why->since_us == BF_TIME_NONE)
    {
      add (why, _ ("No alert yet: the condition is true and is about to be judged."));
      return;
    }
  since = bf_watch_moment (watch, why->since_us, now_us);
  due = bf_watch_moment (watch, why->due_us, now_us);
  add (why, _ ("No alert yet: the condition is true since %s and has to be so for %s: an alert comes at %s if it stays so."), since, delay, due);
}

static void
say_suppressed (const BfWatch *watch, BfWhy *why, const BfRuleCause *cause)
{
  const BfRule *by = bf_rule_set_get (watch->rules, cause->rule);
  const char *name = bf_name_get (&by->name, bf_language_now ());

  add (why, _ ("No alert: the condition is met, but rule “%s” (%s), which is active on %s, suppresses it."), name != NULL ? name : by->id, by->id,
       bf_model_asset_id (watch->model, cause->asset));
}

static void
say_standing (const BfWatch *watch, BfWhy *why, const BfRuleStanding *standing, BfTruth truth, gint64 now_us)
{
  const BfRule *rule = why->rule;
  g_autofree char *within = bf_rule_duration_words (rule->count_within_us);

  switch (why->state)
    {
    case BF_WHY_RAISED:
      say_raised (watch, why, truth, now_us);
      break;
    case BF_WHY_WAITING:
      say_waiting (watch, why, now_us);
      break;
    case BF_WHY_COUNTING:
      add (why, _ ("No alert yet: met %u times within %s; it has to be %u."), standing->n_counted, within, rule->count);
      break;
    case BF_WHY_SUPPRESSED:
      say_suppressed (watch, why, &standing->cause);
      break;
    case BF_WHY_LIMITED:
      add (why, _ ("No alert: the condition is met, but the rule has its %u alerts at a time (MaxAlerts=); this one comes when others have returned."),
           rule->max_alerts);
      break;
    case BF_WHY_UNKNOWN:
      say_unknown (watch, why, now_us);
      break;
    case BF_WHY_FALSE:
    default:
      add (why, _ ("No alert: the condition is false."));
      break;
    }
}

/* ---- On what it rests ---- */

static void
say_value (const BfWatch *watch, BfWhy *why, const BfRuleValue *value, gint64 now_us)
{
  g_autofree char *found = bf_watch_found (watch, value, now_us);
  gint64 until_us = bf_model_known_until_us (watch->model, value->asset, value->property);
  g_autofree char *until = NULL;

  if (value->latest.observed_us == BF_TIME_NONE)
    add (why, _ ("%s: there never was a value."), name_of (watch, value->property));
  else if (value->latest.record == BF_RECORD_GONE)
    {
      g_autofree char *gone = bf_watch_gone (watch, value->asset, now_us);

      add (why, "%s: %s.", found, gone != NULL ? gone : "");
    }
  else if (!is_known (watch, value, now_us) && until_us != BF_TIME_NONE && until_us != G_MAXINT64)
    {
      until = bf_watch_moment (watch, until_us, now_us);
      add (why, _ ("%s; unknown since %s, when it had become too old."), found, until);
    }
  else if (value->latest.feed == BF_NO_FEED)
    add (why, _ ("%s; reckoned from other values."), found);
  else
    add (why, _ ("%s, record %u of that answer."), found, value->latest.record);
}

/**
 * bf_why_new:
 *
 * Returns: (transfer full) (nullable): %NULL when the rule does not look at this asset
 */
BfWhy *
bf_why_new (const BfWatch *watch, guint rule, guint32 asset, gint64 now_us)
{
  BfRuleStanding standing;
  BfTruth truth;
  BfWhy *why;

  if (!bf_evaluator_standing (watch->evaluator, rule, asset, &standing))
    return NULL;
  why = g_new0 (BfWhy, 1);
  why->sentences = g_ptr_array_new_with_free_func (g_free);
  why->values = g_array_new (FALSE, FALSE, sizeof (BfRuleValue));
  why->rule = bf_evaluator_rule_of (watch->evaluator, rule, asset);
  why->words = bf_rule_words (watch->rules, why->rule);
  truth = bf_evaluator_look (watch->evaluator, rule, asset, now_us, why->values);
  why->state = state_of (&standing, why->rule, truth);
  why->since_us = standing.pending_since_us;
  why->due_us = why->since_us == BF_TIME_NONE ? BF_TIME_NONE : why->since_us + (standing.met ? why->rule->clear_for_us : why->rule->when_for_us);
  g_ptr_array_add (why->sentences, bf_why_rule_sentence (watch, why->rule));
  say_standing (watch, why, &standing, truth, now_us);
  for (guint i = 0; i < why->values->len; i++)
    say_value (watch, why, &g_array_index (why->values, BfRuleValue, i), now_us);
  return why;
}

void
bf_why_free (BfWhy *why)
{
  if (why == NULL)
    return;
  g_ptr_array_unref (why->sentences);
  g_array_unref (why->values);
  g_free (why->words);
  g_free (why);
}
