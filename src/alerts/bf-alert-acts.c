/* SPDX-License-Identifier: EUPL-1.2 */
/* What persons do with an alert: acknowledge, comment, reset, shelve, unshelve. Each is checked whole before anything changes; a
 * refusal says what stands against it and whose it is. A shelf is always bounded: from the moment it is given its end is at most the
 * priority's maximum away. See bf-alert-book.h. Main thread. */

#include "alerts/bf-alert-book-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"

/* --- checks ---------------------------------------------------------------------------------------------------------- */

gboolean
bf_book_check_words (const char *actor, const char *comment, GError **error)
{
  if (actor == NULL || actor[0] == '\0')
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected the name of the person who acts, found none"));
  else if (g_str_equal (actor, BF_BOOK_ENGINE))
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected the name of a person: “%s” is what Beffroi calls itself"), actor);
  else if (!g_utf8_validate (actor, -1, NULL) || (comment != NULL && !g_utf8_validate (comment, -1, NULL)))
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected UTF-8 text in name and comment"));
  else if (comment != NULL && strlen (comment) > BF_LIMIT_COMMENT_BYTES)
    g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("expected a comment of at most %u bytes, found %zu"),
                 BF_LIMIT_COMMENT_BYTES, strlen (comment));
  else
    return TRUE;
  return FALSE;
}

static const char *
done_words (BfAlertInput input)
{
  static const struct
  {
    BfAlertInput input;
    const char *words;
  } done[] = { { BF_ALERT_INPUT_ACKNOWLEDGE, N_ ("acknowledged") },
               { BF_ALERT_INPUT_RESET, N_ ("reset") },
               { BF_ALERT_INPUT_SHELVE, N_ ("shelved") },
               { BF_ALERT_INPUT_SHELVE_ONCE, N_ ("shelved") },
               { BF_ALERT_INPUT_UNSHELVE, N_ ("taken off the shelf") },
               { BF_ALERT_INPUT_OUT_OF_SERVICE, N_ ("taken out of service") },
               { BF_ALERT_INPUT_RETURN_TO_SERVICE, N_ ("put back in service") } };

  for (guint i = 0; i < G_N_ELEMENTS (done); i++)
    if (done[i].input == input)
      return _ (done[i].words);
  return _ ("changed");
}

static gboolean
is_shelving (BfAlertInput input)
{
  return input == BF_ALERT_INPUT_SHELVE || input == BF_ALERT_INPUT_SHELVE_ONCE;
}

/* Two persons on one alert: who decides on what is no longer so is told what has been done, by whom and when. */
static gboolean
check_seen (const BfAlert *alert, BfAlertInput input, const BfAlertAct *act, GError **error)
{
  char when[BF_TIME_TEXT_BYTES];

  if (act->seen_id == 0 || input == BF_ALERT_INPUT_COMMENT)
    return TRUE;
  if (act->seen_id < 0 || act->seen_id > alert->last_event_id)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected the event that this was decided on, at most %" PRId64 ", found %" PRId64),
                 alert->last_event_id, act->seen_id);
  else if (alert->acted_id > act->seen_id && g_strcmp0 (alert->acted_by, act->actor) != 0)
    g_set_error (error, BF_ERROR, BF_ERROR_STATE,
                 /* Translators: a number, a word such as “acknowledged”, a person, a time */
                 _ ("alert %" PRId64 " was %s by %s at %s, after what you saw: look at it again"), alert->id, done_words (alert->acted_input),
                 alert->acted_by, bf_time_format (alert->acted_us, when));
  else if (alert->annunciated_id > act->seen_id
           && (input == BF_ALERT_INPUT_ACKNOWLEDGE || is_shelving (input)))
    g_set_error (error, BF_ERROR, BF_ERROR_STATE,
                 _ ("alert %" PRId64 " came again or became worse at %s, after what you saw: look at it again"), alert->id,
                 bf_time_format (alert->annunciated_us, when));
  else
    return TRUE;
  return FALSE;
}

static gboolean
check_owner (const BfAlert *alert, const char *actor, GError **error)
{
  char when[BF_TIME_TEXT_BYTES];

  if (alert->state != BF_ALERT_ACKNOWLEDGED || g_strcmp0 (alert->acknowledged_by, actor) == 0)
    return TRUE;
  g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("alert %" PRId64 " was already acknowledged by %s at %s"), alert->id,
               alert->acknowledged_by != NULL ? alert->acknowledged_by : "?",
               bf_time_format (alert->acknowledged_us, when));
  return FALSE;
}

static gboolean
check_future (gint64 until_us, gint64 now_us, const char *words, GError **error)
{
  if (until_us == BF_TIME_NONE || until_us > now_us)
    return TRUE;
  g_set_error_literal (error, BF_ERROR, BF_ERROR_RANGE, words);
  return FALSE;
}

/* --- shelves --------------------------------------------------------------------------------------------------------- */

gint64
bf_alert_book_shelve_max_us (const BfAlertBook *book, const BfAlert *alert)
{
  return book->policy.shelve_max_us[alert->priority];
}

static gint64
usual_end_us (const BfAlertBook *book, const BfAlert *alert, gint64 now_us)
{
  return now_us + MIN (book->policy.shelve_usual_us, bf_alert_book_shelve_max_us (book, alert));
}

static gboolean
check_shelf (const BfAlertBook *book, const BfAlert *alert, const BfAlertAct *act, gint64 now_us, GError **error)
{
  gint64 max_us = bf_alert_book_shelve_max_us (book, alert);
  g_autofree char *max = bf_duration_format (max_us);
  char since[BF_TIME_TEXT_BYTES];
  char until[BF_TIME_TEXT_BYTES];

  if (act->comment == NULL || act->comment[strspn (act->comment, " \t\n")] == '\0')
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected the reason why the alert is shelved, found none"));
  else if (act->until_us != BF_TIME_NONE && act->until_us > now_us + max_us)
    g_set_error (error, BF_ERROR, BF_ERROR_RANGE, _ ("expected a shelf of at most %s, which is the most for an alert of priority %s"), max,
                 bf_priority_id (alert->priority));
  else if ((alert->flags & BF_ALERT_SHELVED) && g_strcmp0 (alert->shelf.by, act->actor) != 0)
    g_set_error (error, BF_ERROR, BF_ERROR_STATE, _ ("alert %" PRId64 " was already shelved by %s at %s until %s"), alert->id, alert->shelf.by,
                 bf_time_format (alert->shelf.since_us, since), bf_time_format (alert->shelf.until_us, until));
  else
    return check_future (act->until_us, now_us, _ ("expected an end of the shelf in the future"), error);
  return FALSE;
}

/* The warning comes first, the end then. */
void
bf_book_arm_shelf (BfAlertBook *book, BfBookEntry *entry)
{
  const BfAlert *alert = entry->alert;
  gint64 length_us = alert->shelf.until_us - alert->shelf.since_us;
  gint64 warn_us = MIN (book->policy.warn_us, length_us / 4);

  if (!(alert->flags & BF_ALERT_SHELVED))
    bf_book_arm (book, &entry->shelf, BF_TIME_NONE);
  else if (alert->flags & BF_ALERT_SHELF_ENDING)
    bf_book_arm (book, &entry->shelf, alert->shelf.until_us);
  else
    bf_book_arm (book, &entry->shelf, alert->shelf.until_us - warn_us);
}

void
bf_book_shelf_due (BfAlertBook *book, BfBookEntry *entry, gint64 now_us)
{
  BfAlert *alert = entry->alert;
  BfBookSaid said = { BF_BOOK_ENGINE, alert->shelf.reason, alert->shelf.until_us };

  if (now_us >= alert->shelf.until_us)
    {
      bf_book_apply (book, entry, BF_ALERT_INPUT_SHELF_ENDED, BF_BOOK_BY_ENGINE (NULL), now_us);
      return;
    }
  bf_book_apply (book, entry, BF_ALERT_INPUT_SHELF_ENDING, &said, now_us);
  bf_book_arm_shelf (book, entry);
}

void
bf_book_step_shelf (BfAlertBook *book, BfBookEntry *entry, gint64 now_us, gint64 step_us)
{
  BfAlert *alert = entry->alert;
  BfBookSaid said = { BF_BOOK_ENGINE, NULL, BF_TIME_NONE };

  if (alert->flags & BF_ALERT_SHELVED)
    {
      alert->shelf.since_us += step_us;
      alert->shelf.until_us += step_us;
      said.until_us = alert->shelf.until_us;
      bf_book_arm_shelf (book, entry);
    }
  if (alert->flags & BF_ALERT_DAMPED)
    alert->damped_us += step_us;
  if (alert->flags & (BF_ALERT_SHELVED | BF_ALERT_DAMPED))
    bf_book_apply (book, entry, BF_ALERT_INPUT_CLOCK, &said, now_us);
}

/* --- acts ------------------------------------------------------------------------------------------------------------ */

static gboolean
check (const BfAlertBook *book, const BfAlert *alert, BfAlertInput input, const BfAlertAct *act, gint64 now_us, GError **error)
{
  if (is_shelving (input))
    return check_shelf (book, alert, act, now_us, error);
  if (input == BF_ALERT_INPUT_ACKNOWLEDGE)
    return check_owner (alert, act->actor, error)
           && check_future (act->until_us, now_us, _ ("expected an end of the acknowledgement in the future"), error);
  if (input == BF_ALERT_INPUT_COMMENT && (act->comment == NULL || act->comment[0] == '\0'))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected a comment, found none"));
      return FALSE;
    }
  return TRUE;
}

static void
set_comment (BfAlert *alert, const char *comment)
{
  g_free (alert->comment);
  alert->comment = g_strdup (comment);
}

/* What the act leaves on the alert, before its event. */
static void
write_act (BfAlertBook *book, BfBookEntry *entry, BfAlertInput input, const BfAlertAct *act, BfAlertState next, gint64 until_us,
           gint64 now_us)
{
  BfAlert *alert = entry->alert;

  if (input == BF_ALERT_INPUT_ACKNOWLEDGE)
    {
      g_free (alert->acknowledged_by);
      alert->acknowledged_by = g_strdup (act->actor);
      /* Without a new comment the first one stands. */
      if (act->comment != NULL)
        set_comment (alert, act->comment);
      alert->acknowledged_us = now_us;
      alert->acknowledged_until_us = next == BF_ALERT_ACKNOWLEDGED ? until_us : BF_TIME_NONE;
      bf_book_arm (book, &entry->acknowledged, alert->acknowledged_until_us);
    }
  else if (input == BF_ALERT_INPUT_COMMENT)
    set_comment (alert, act->comment);
  else if (is_shelving (input))
    bf_alert_mark_set (&alert->shelf, now_us, until_us, act->actor, act->comment);
}

/**
 * bf_alert_book_act:
 *
 * The person who has acknowledged or shelved may do so again (another comment, another end); another person is refused and told
 * whose it is, but may take it off the shelf.
 *
 * Returns: %TRUE, or %FALSE with @error and nothing changed
 */
gboolean
bf_alert_book_act (BfAlertBook *book, gint64 id, BfAlertInput input, const BfAlertAct *act, gint64 now_us, GError **error)
{
  BfBookEntry *entry = bf_book_entry (book, id, error);
  gboolean shelves = is_shelving (input);
  BfBookSaid said = { act->actor, act->comment, act->until_us };
  gboolean annunciated;
  BfAlertMode mode;

  if (entry == NULL || !bf_book_check_words (act->actor, act->comment, error) || !check_seen (entry->alert, input, act, error)
      || !check (book, entry->alert, input, act, now_us, error))
    return FALSE;
  mode = (BfAlertMode){ entry->alert->state, entry->alert->flags };
  if (!bf_alert_next (&mode, input, &mode, &annunciated, error))
    return FALSE;
  if (shelves && said.until_us == BF_TIME_NONE)
    said.until_us = usual_end_us (book, entry->alert, now_us);
  else if (!shelves && input != BF_ALERT_INPUT_ACKNOWLEDGE)
    said.until_us = BF_TIME_NONE;
  write_act (book, entry, input, act, mode.state, said.until_us, now_us);
  if (bf_book_apply (book, entry, input, &said, now_us) && shelves)
    bf_book_arm_shelf (book, entry);
  return TRUE;
}

/**
 * bf_alert_book_acknowledge:
 * @actor: the person
 * @comment: (nullable): why
 * @until_us: end of the acknowledgement, %BF_TIME_NONE for none
 *
 * As bf_alert_book_act(), not saying on which event it was decided.
 */
gboolean
bf_alert_book_acknowledge (BfAlertBook *book, gint64 id, const char *actor, const char *comment, gint64 until_us,
                           gint64 now_us, GError **error)
{
  return bf_alert_book_act (book, id, BF_ALERT_INPUT_ACKNOWLEDGE, &(BfAlertAct){ actor, comment, until_us, 0 }, now_us, error);
}

/**
 * bf_alert_book_comment:
 * @comment: not empty; it is the event's and becomes the alert's
 *
 * Returns: %TRUE, or %FALSE with @error and nothing changed
 */
gboolean
bf_alert_book_comment (BfAlertBook *book, gint64 id, const char *actor, const char *comment, gint64 now_us, GError **error)
{
  return bf_alert_book_act (book, id, BF_ALERT_INPUT_COMMENT, &(BfAlertAct){ actor, comment, BF_TIME_NONE, 0 }, now_us, error);
}
