/* SPDX-License-Identifier: EUPL-1.2 */
/* What the screen says: see bf-words.h. Pure functions of their arguments and of the program's language. */

#include "console/bf-words.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "api/bf-place-kind.h"

#define MINUTE_US (60 * (gint64) G_USEC_PER_SEC)
#define HOUR_US (60 * MINUTE_US)
#define DAY_US (24 * HOUR_US)
#define DOT " · "
#define DASH "—"

/**
 * bf_words_language:
 *
 * Returns: the language of messages, such as "fr_FR.UTF-8"; "en" when there is none
 */
const char *
bf_words_language (void)
{
  const char *const *names = g_get_language_names_with_category ("LC_MESSAGES");

  return names[0] != NULL && strcmp (names[0], "C") != 0 && !g_str_has_prefix (names[0], "C.") ? names[0] : "en";
}

/**
 * bf_words_number:
 *
 * Returns: the number as people write it; a whole one of four digits is grouped too, so that columns of people look alike
 */
char *
bf_words_number (double value, int decimals)
{
  const char *language = bf_words_language ();

  if (decimals == 0 && value >= 999.5 && value < 9999.5)
    {
      int whole = (int) lround (value);

      return g_strdup_printf ("%d%s%03d", whole / 1000, g_str_has_prefix (language, "fr") ? "\u202f" : ",", whole % 1000);
    }
  return bf_number_format (value, decimals, language);
}

/**
 * bf_words_duration:
 *
 * Returns: "27 s", "2 min", "1 h 12", "3 d": what an operator says aloud, never more than two figures
 */
char *
bf_words_duration (gint64 duration_us)
{
  if (duration_us < 0)
    duration_us = 0;
  if (duration_us < MINUTE_US)
    return g_strdup_printf (_("%d s"), (int) (duration_us / G_USEC_PER_SEC));
  if (duration_us < HOUR_US)
    return g_strdup_printf (_("%d min"), (int) (duration_us / MINUTE_US));
  if (duration_us < DAY_US)
    return g_strdup_printf (_("%d h %02d"), (int) (duration_us / HOUR_US), (int) (duration_us % HOUR_US / MINUTE_US));
  return g_strdup_printf (_("%d d"), (int) (duration_us / DAY_US));
}

char *
bf_words_ago (gint64 duration_us)
{
  g_autofree char *duration = bf_words_duration (duration_us);

  return g_strdup_printf (_("%s ago"), duration);
}

char *
bf_words_clock (gint64 time_us, GTimeZone *zone, gboolean seconds)
{
  g_autoptr (GDateTime) utc = time_us == BF_TIME_NONE ? NULL : g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = utc == NULL ? NULL : g_date_time_to_timezone (utc, zone);

  if (local == NULL)
    return g_strdup (DASH);
  return g_date_time_format (local, seconds ? "%H:%M:%S" : "%H:%M");
}

/**
 * bf_words_moment:
 *
 * Returns: "14:32" when it was within the last 20 hours, else with the date, and with the year when that is not plain
 */
char *
bf_words_moment (gint64 time_us, gint64 now_us, GTimeZone *zone)
{
  g_autoptr (GDateTime) utc = NULL;
  g_autoptr (GDateTime) local = NULL;

  if (time_us == BF_TIME_NONE)
    return g_strdup (DASH);
  if (ABS (now_us - time_us) < 20 * HOUR_US)
    return bf_words_clock (time_us, zone, FALSE);
  utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  local = utc == NULL ? NULL : g_date_time_to_timezone (utc, zone);
  if (local == NULL)
    return g_strdup (DASH);
  if (ABS (now_us - time_us) > 300 * DAY_US)
    /* Translators: a date and time as g_date_time_format() writes it: day, month, year, hour, minute */
    return g_date_time_format (local, _("%b %-d %Y, %H:%M"));
  /* Translators: a date and time as g_date_time_format() writes it: day, month, hour, minute */
  return g_date_time_format (local, _("%b %-d, %H:%M"));
}

/**
 * bf_words_attribute_name:
 *
 * Returns: (transfer none): what people call an attribute that says from when or until when something holds, else @key
 */
const char *
bf_words_attribute_name (const char *key)
{
  static const char *const froms[] = { "start", "valid_from", "onset", NULL };
  static const char *const untils[] = { "end", "valid_to", "expires", NULL };

  return g_strv_contains (froms, key) ? _("From") : g_strv_contains (untils, key) ? _("Until") : key;
}

/**
 * bf_words_attribute:
 * @text: an attribute, as its feed gave it
 *
 * Returns: a stamp (RFC 3339 with its zone) as people write a moment in the city's time, any other text as it is
 */
char *
bf_words_attribute (const char *text, gint64 now_us, GTimeZone *zone)
{
  gint64 time_us;

  if (strchr (text, 'T') == NULL || !bf_time_parse_rfc3339 (text, strlen (text), NULL, &time_us))
    return g_strdup (text);
  return bf_words_moment (time_us, now_us, zone);
}

/**
 * bf_words_share:
 *
 * Returns: "98.7 %"; a dash when @whole is nothing. Rounded down: it says 100 % only when all are heard.
 */
char *
bf_words_share (gint64 part, gint64 whole)
{
  g_autofree char *number = NULL;

  if (whole <= 0)
    return g_strdup (DASH);
  number = bf_words_number (floor ((double) part * 1000 / (double) whole) / 10, 1);
  return g_strdup_printf ("%s\u00a0%%", number);
}

char *
bf_words_number_with_unit (double value, const char *unit)
{
  double size = fabs (value);
  g_autofree char *number = bf_words_number (value, size >= 100 ? 0 : size >= 10 ? 1 : 2);

  if (unit == NULL || *unit == '\0')
    return g_steal_pointer (&number);
  return g_strdup_printf ("%s\u00a0%s", number, unit);
}

/**
 * bf_words_value:
 * @value: NAN: not known
 *
 * Returns: the value as people write it: "1.4 bar", "open", "unknown"
 */
char *
bf_words_value (const BfCityProperty *property, double value)
{
  if (isnan (value))
    return g_strdup (_("unknown"));
  if (property->states != NULL)
    {
      if (value < 0 || value >= property->states->len)
        return g_strdup (_("unknown"));
      return g_strdup (
        bf_name_get (&g_array_index (property->states, BfCityState, (guint) value).name, bf_words_language ()));
    }
  return bf_words_number_with_unit (value, bf_name_get (&property->unit, bf_words_language ()));
}

char *
bf_words_bytes (gint64 bytes)
{
  static const char *const units[] = { N_("B"), N_("kB"), N_("MB"), N_("GB"), N_("TB") };
  double size = (double) MAX (bytes, 0);
  guint unit = 0;

  while (size >= 999.5 && unit + 1 < G_N_ELEMENTS (units))
    {
      size /= 1000;
      unit++;
    }
  return bf_words_number_with_unit (size, _(units[unit]));
}

const char *
bf_words_priority (BfPriority priority)
{
  switch (priority)
    {
    case BF_PRIORITY_CRITICAL:
      return _("critical");
    case BF_PRIORITY_HIGH:
      return _("high");
    case BF_PRIORITY_MEDIUM:
      return _("medium");
    case BF_PRIORITY_LOW:
    default:
      return _("low");
    }
}

const char *
bf_words_alert_state (BfAlertItemState state)
{
  switch (state)
    {
    case BF_ALERT_ITEM_UNACKNOWLEDGED:
      return _("to handle");
    case BF_ALERT_ITEM_ACKNOWLEDGED:
      return _("acknowledged");
    case BF_ALERT_ITEM_RETURNED:
      return _("back to normal, to acknowledge");
    case BF_ALERT_ITEM_NORMAL:
    default:
      return _("normal");
    }
}

const char *
bf_words_feed_state (BfFeedState state)
{
  switch (state)
    {
    case BF_FEED_STARTING:
      return _("starting");
    case BF_FEED_OK:
      return _("up to date");
    case BF_FEED_STALE:
      return _("old data");
    case BF_FEED_RETRY:
      return _("unreachable, trying again");
    case BF_FEED_REFUSED:
      return _("refused");
    case BF_FEED_CRASHED:
      return _("crashed");
    case BF_FEED_PAUSED:
      return _("cut");
    case BF_FEED_OFF:
    default:
      return _("off");
    }
}

char *
bf_words_inhabitants (gint64 inhabitants)
{
  g_autofree char *number = bf_words_number ((double) inhabitants, 0);

  /* Translators: short for inhabitants, in the second line of an alert */
  return g_strdup_printf (_("%s inh."), number);
}

/* Places whose people cannot help themselves: those are said on the board. */
static gboolean
is_sensitive (const char *kind)
{
  static const char *const kinds[] = { "school", "nursery", "middle_school", "high_school", "ehpad", "hospital", "clinic" };

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i], kind) == 0)
      return TRUE;
  return FALSE;
}

/**
 * bf_words_touches:
 *
 * Returns: (nullable): the sensitive places touched, in words, nearest first as the engine sent them: "school Jean Jaurès"
 */
char *
bf_words_touches (const BfAlertItem *alert)
{
  GString *text;

  if (alert->touches->len == 0)
    return NULL;
  text = g_string_new (NULL);
  for (guint i = 0; i < alert->touches->len; i++)
    {
      const BfAlertTouch *touch = &g_array_index (alert->touches, BfAlertTouch, i);
      const char *kind = bf_place_kind_name (touch->kind);
      g_autofree char *folded_name = bf_text_fold (touch->name);
      g_autofree char *folded_kind = bf_text_fold (kind);

      if (text->len > 0)
        g_string_append (text, ", ");
      if (*touch->name == '\0')
        g_string_append (text, kind);
      else if (strstr (folded_name, folded_kind) != NULL)
        g_string_append (text, touch->name);
      else
        g_string_append_printf (text, "%s %s", kind, touch->name);
    }
  return g_string_free (text, FALSE);
}

static void
add_part (GString *text, const char *part)
{
  if (part == NULL || *part == '\0')
    return;
  if (text->len > 0)
    g_string_append (text, DOT);
  g_string_append (text, part);
}

/**
 * bf_words_place:
 *
 * Returns: the second line of an alert: address, if the title does not say it · zone · inhabitants · kinds of sensitive
 *   places touched
 */
char *
bf_words_place (const BfAlertItem *alert)
{
  GString *text = g_string_new (NULL);
  const char *title = bf_name_get (&alert->title, bf_words_language ());

  if (alert->address != NULL && strstr (title, alert->address) == NULL)
    add_part (text, alert->address);
  add_part (text, alert->zone);
  if (text->len == 0)
    add_part (text, alert->asset_name);
  if (alert->inhabitants > 0)
    {
      g_autofree char *inhabitants = bf_words_inhabitants (alert->inhabitants);

      add_part (text, inhabitants);
    }
  for (guint i = 0; i < alert->touches->len; i++)
    {
      const char *kind = g_array_index (alert->touches, BfAlertTouch, i).kind;
      gboolean seen = FALSE;

      for (guint j = 0; j < i; j++)
        seen = seen || strcmp (g_array_index (alert->touches, BfAlertTouch, j).kind, kind) == 0;
      if (!seen && is_sensitive (kind))
        add_part (text, bf_place_kind_name (kind));
    }
  return g_string_free (text, FALSE);
}

/**
 * bf_words_who:
 *
 * Returns: (nullable): who acknowledged, when, until when: "martin · 14:32 · until 16:00"; %NULL when nobody did
 */
char *
bf_words_who (const BfAlertItem *alert, GTimeZone *zone)
{
  GString *text;
  g_autofree char *at = NULL;

  if (alert->acknowledged_by == NULL)
    return NULL;
  text = g_string_new (alert->acknowledged_by);
  at = bf_words_clock (alert->acknowledged_us, zone, FALSE);
  add_part (text, at);
  if (alert->until_us != BF_TIME_NONE)
    {
      g_autofree char *clock = bf_words_clock (alert->until_us, zone, FALSE);
      g_autofree char *until = g_strdup_printf (_("until %s"), clock);

      add_part (text, until);
    }
  return g_string_free (text, FALSE);
}

/**
 * bf_words_aside:
 *
 * Returns: (nullable): how it was put aside: "shelved · until 14:30 · zoe · works"; or that it is latched, or chatters; %NULL: it is not so
 */
char *
bf_words_aside (const BfAlertItem *alert, GTimeZone *zone)
{
  GString *text;

  if (alert->aside == NULL && alert->waits_for_reset)
    return g_strdup (_("latched: waits for a reset"));
  if (alert->aside == NULL && alert->damped)
    return g_strdup_printf (_("chatters: raised %u times, held until it is quiet"), alert->times);
  if (alert->aside == NULL)
    return NULL;
  text = g_string_new (g_str_equal (alert->aside, "shelved")      ? _("shelved")
                       : g_str_equal (alert->aside, "suppressed") ? _("suppressed")
                                                                  : _("out of service"));
  if (alert->aside_until_us != BF_TIME_NONE)
    {
      g_autofree char *clock = bf_words_clock (alert->aside_until_us, zone, FALSE);
      g_autofree char *until = g_strdup_printf (_("until %s"), clock);

      add_part (text, until);
    }
  add_part (text, alert->aside_by);
  add_part (text, alert->aside_reason);
  return g_string_free (text, FALSE);
}

/**
 * bf_words_event:
 * @input: what happened, a word of the API
 * @to: the state after it
 *
 * Returns: one line of an alert's history, without its time
 */
char *
bf_words_event (const char *input, const char *to, const char *actor, const char *comment)
{
  static const struct
  {
    const char *input;
    const char *words;
  } inputs[] = {
    { "raise", N_("raised") },
    { "clear", N_("condition gone") },
    { "acknowledge", N_("acknowledged") },
    { "comment", N_("comment") },
    { "expire", N_("acknowledgement ended") },
    { "worsen", N_("worse") },
    { "reset", N_("reset") },
    { "shelve", N_("shelved") },
    { "shelve_once", N_("shelved until it clears") },
    { "unshelve", N_("taken off the shelf") },
    { "shelf_ending", N_("the shelf is about to end") },
    { "shelf_ended", N_("the shelf has ended") },
    { "suppress", N_("suppressed, cause known") },
    { "unsuppress", N_("no longer suppressed") },
    { "out_of_service", N_("taken out of service") },
    { "return_to_service", N_("put back in service") },
    { "damp", N_("chatters: damped") },
    { "undamp", N_("quiet again") },
    { "clock", N_("the clock was set") },
  };
  const char *words = input;
  GString *text;
  BfAlertItemState state;

  for (guint i = 0; i < G_N_ELEMENTS (inputs); i++)
    if (strcmp (inputs[i].input, input) == 0)
      words = _(inputs[i].words);
  if (words == input && bf_alert_item_state_from_id (to, &state))
    words = bf_words_alert_state (state);
  text = g_string_new (words);
  add_part (text, g_strcmp0 (actor, "engine") == 0 ? _("by the engine") : actor);
  if (comment != NULL && *comment != '\0')
    g_string_append_printf (text, _(": “%s”"), comment);
  return g_string_free (text, FALSE);
}

/**
 * bf_words_silence:
 *
 * Returns: "silent 2 h 05", or "never heard" when nothing ever came
 */
char *
bf_words_silence (gint64 newest_us, gint64 now_us)
{
  g_autofree char *duration = NULL;

  if (newest_us == BF_TIME_NONE)
    return g_strdup (_("never heard"));
  duration = bf_words_duration (now_us - newest_us);
  return g_strdup_printf (_("silent %s"), duration);
}

/* What a feed of no observations has: "nothing to report" is said only by a list that is fresh. */
static char *
content_words (const BfFeedItem *feed)
{
  g_autofree char *number = bf_words_number ((double) feed->listed, 0);

  if (feed->content == BF_FEED_CONTENT_DESCRIPTIONS)
    return g_strdup (_("descriptions"));
  if (feed->content != BF_FEED_CONTENT_LIST)
    return NULL;
  if (feed->listed == 0)
    return g_strdup (_("nothing to report"));
  return g_strdup_printf (ngettext ("%s current", "%s current", (gulong) feed->listed), number);
}

/**
 * bf_words_feed_line:
 *
 * Returns: a feed's state with what matters most beside it: the reason when it is not all right, else the data's age
 */
char *
bf_words_feed_line (const BfFeedItem *feed, gint64 now_us)
{
  GString *text = g_string_new (bf_words_feed_state (feed->state));

  if (feed->state != BF_FEED_OK && *feed->reason != '\0')
    add_part (text, feed->reason);
  else if (feed->newest_us != BF_TIME_NONE)
    {
      g_autofree char *content = content_words (feed);
      g_autofree char *ago = bf_words_ago (now_us - feed->newest_us);

      if (content != NULL)
        add_part (text, content);
      add_part (text, ago);
    }
  return g_string_free (text, FALSE);
}
