/* SPDX-License-Identifier: EUPL-1.2 */
/* Why an alert, or equipment, is not told of: who or what holds it, why, since when and until when. One sentence a cause, in the order in
 * which they are shown. See bf-why.h. Pure: a look at the book. */

#include "watch/bf-why.h"

#include <glib/gi18n-lib.h>

#include "base/bf-time.h"

static void add (GPtrArray *sentences, const char *format, ...) G_GNUC_PRINTF (2, 3);

static void
add (GPtrArray *sentences, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (sentences, g_strdup_vprintf (format, args));
  va_end (args);
}

static void
say_out (const BfWatch *watch, GPtrArray *sentences, const BfAlertMark *out, gint64 now_us)
{
  g_autofree char *since = bf_watch_moment (watch, out->since_us, now_us);
  g_autofree char *until = NULL;

  if (out->until_us == BF_TIME_NONE)
    {
      add (sentences, _ ("Out of service since %s, by %s, with no planned end: %s."), since, out->by, out->reason);
      return;
    }
  until = bf_watch_moment (watch, out->until_us, now_us);
  add (sentences, _ ("Out of service since %s until %s, by %s: %s."), since, until, out->by, out->reason);
}

static void
say_cause (const BfWatch *watch, GPtrArray *sentences, const BfAlertCause *cause, gint64 now_us)
{
  g_autofree char *since = bf_watch_moment (watch, cause->since_us, now_us);
  g_autofree char *until = NULL;

  if (cause->until_us == BF_TIME_NONE)
    {
      add (sentences, _ ("Suppressed by design since %s, as long as this lasts: %s."), since, cause->words);
      return;
    }
  until = bf_watch_moment (watch, cause->until_us, now_us);
  add (sentences, _ ("Suppressed by design since %s until %s: %s."), since, until, cause->words);
}

static void
say_shelf (const BfWatch *watch, GPtrArray *sentences, const BfAlert *alert, gint64 now_us)
{
  const BfAlertMark *shelf = &alert->shelf;
  g_autofree char *since = bf_watch_moment (watch, shelf->since_us, now_us);
  g_autofree char *until = bf_watch_moment (watch, shelf->until_us, now_us);

  if (alert->flags & BF_ALERT_ONE_SHOT)
    add (sentences, _ ("Shelved since %s until it clears, until %s at the latest, by %s: %s."), since, until, shelf->by, shelf->reason);
  else
    add (sentences, _ ("Shelved since %s until %s, by %s: %s."), since, until, shelf->by, shelf->reason);
}

static void
say_damped (const BfWatch *watch, GPtrArray *sentences, const BfAlert *alert, gint64 now_us)
{
  const BfAlertPolicy *policy = bf_alert_book_policy (watch->book);
  g_autofree char *since = bf_watch_moment (watch, alert->damped_us, now_us);
  g_autofree char *within = bf_rule_duration_words (policy->chatter_within_us);
  g_autofree char *quiet = bf_rule_duration_words (policy->chatter_quiet_us);
  g_autofree char *until = alert->quiet_us != BF_TIME_NONE ? bf_watch_moment (watch, alert->quiet_us, now_us) : g_strdup ("?");

  add (sentences,
       _ ("Damped since %s: its asset chatters (%u times within %s or more). It was raised %u times, and is held until the asset was quiet for %s, "
          "at %s at the earliest; what is worse is told of at once."),
       since, policy->chatter_n, within, alert->n_raised, quiet, until);
}

/**
 * bf_why_alert_sentences:
 *
 * Returns: (transfer full) (element-type utf8): why nobody is told of it, and what it waits for; empty: nothing holds it
 */
GPtrArray *
bf_why_alert_sentences (const BfWatch *watch, const BfAlert *alert, gint64 now_us)
{
  GPtrArray *sentences = g_ptr_array_new_with_free_func (g_free);

  if (alert->flags & BF_ALERT_OUT_OF_SERVICE)
    say_out (watch, sentences, &alert->out, now_us);
  for (guint i = 0; alert->causes != NULL && i < alert->causes->len; i++)
    say_cause (watch, sentences, g_ptr_array_index (alert->causes, i), now_us);
  if (alert->flags & BF_ALERT_SHELVED)
    say_shelf (watch, sentences, alert, now_us);
  if (alert->flags & BF_ALERT_DAMPED)
    say_damped (watch, sentences, alert, now_us);
  if (bf_alert_waits_for_reset (alert))
    add (sentences, _ ("Latched: its condition has gone and it was acknowledged; it stays until a person resets it."));
  if (bf_alert_is_fleeting (alert))
    add (sentences, _ ("Fleeting: it came and went before anybody could act; it stays until a person acknowledges it."));
  return sentences;
}

/**
 * bf_why_asset_sentences:
 *
 * Returns: (transfer full) (element-type utf8): why nobody is told of anything of the asset; empty: nothing holds it as a whole
 */
GPtrArray *
bf_why_asset_sentences (const BfWatch *watch, const char *asset_id, gint64 now_us)
{
  GPtrArray *sentences = g_ptr_array_new_with_free_func (g_free);
  const BfAlertOut *out = bf_alert_book_find_out (watch->book, NULL, asset_id);

  if (out != NULL)
    say_out (watch, sentences, &(BfAlertMark){ out->since_us, out->until_us, out->by, out->reason }, now_us);
  return sentences;
}
