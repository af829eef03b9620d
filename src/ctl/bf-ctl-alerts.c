/* SPDX-License-Identifier: EUPL-1.2 */
/* Alerts on the command line, to read: all of them in rows, one with all that is known of it. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "api/bf-place-kind.h"
#include "base/bf-language.h"
#include "base/bf-text.h"
#include "ctl/bf-ctl-ask.h"
#include "ctl/bf-ctl-print.h"

/* What is shown of an alert: its state, or what stands before it. An older engine says the state alone. */
static const char *
shown_of (BfJsonNode alert)
{
  if (bf_json_member_bool (alert, "waits_for_reset", FALSE))
    return "latched";
  return bf_json_member_string (alert, "shown", bf_json_member_string (alert, "state", ""));
}

static void
print_alerts (BfJsonNode root)
{
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("ID"), _ ("PRIORITY"), _ ("STATE"), _ ("AGE"), _ ("TITLE"), _ ("PLACE"), _ ("BY"), NULL);
  BfJsonNode alerts;
  BfJsonNode alert;
  BfJsonIter iter;

  if (!bf_json_member (root, "alerts", &alerts) || !bf_json_iter_init (&iter, alerts))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &alert))
    {
      g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (alert, "id", 0));
      g_autofree char *age = bf_ctl_age_of (alert, "raised");
      BfJsonNode place;
      BfJsonNode acknowledged;
      const char *address = bf_json_member (alert, "place", &place) ? bf_json_member_string (place, "address", "-") : "-";
      const char *by = bf_json_member (alert, "acknowledged", &acknowledged) ? bf_json_member_string (acknowledged, "by", "-") : "-";

      bf_ctl_table_add (rows, id, bf_ctl_word (bf_json_member_string (alert, "priority", "")), bf_ctl_word (shown_of (alert)), age,
                 bf_ctl_name_of (alert, "title"), address, by, NULL);
    }
  bf_ctl_print_table (rows);
}

/* --- one alert ------------------------------------------------------------------------------------------------------ */

static void
add_row (GPtrArray *rows, const char *what, const char *text)
{
  if (text != NULL && text[0] != '\0')
    bf_ctl_table_add (rows, what, text, NULL);
}

/* "a, b" of what there is. */
static void
add_part (GString *text, const char *part)
{
  if (part != NULL && part[0] != '\0')
    g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", part);
}

static char *
people_text (gint64 people)
{
  g_autofree char *number = bf_number_format ((double) people, 0, bf_language_now ());

  return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s person", "%s people", (gulong) people), number);
}

/* The inhabitants of its zone, and the sensitive places near it. */
static void
add_touches (GPtrArray *rows, BfJsonNode alert, BfJsonNode place)
{
  gint64 inhabitants = bf_json_member_int (place, "inhabitants", -1);
  BfJsonNode touches;
  BfJsonNode touch;
  BfJsonIter iter;

  if (inhabitants >= 0)
    {
      g_autofree char *number = bf_number_format ((double) inhabitants, 0, bf_language_now ());
      g_autofree char *text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%s inhabitant", "%s inhabitants", (gulong) inhabitants), number);

      bf_ctl_table_add (rows, _ ("touches"), text, NULL);
    }
  if (!bf_json_member (alert, "touches", &touches) || !bf_json_iter_init (&iter, touches))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &touch))
    {
      gint64 people = bf_json_member_int (touch, "people", -1);
      g_autofree char *distance = g_strdup_printf ("%.0f m", bf_json_member_double (touch, "distance_m", 0));
      g_autofree char *crowd = people >= 0 ? people_text (people) : NULL;
      g_autoptr (GString) text = g_string_new (NULL);

      add_part (text, bf_json_member_string (touch, "name", NULL));
      add_part (text, bf_place_kind_name (bf_json_member_string (touch, "kind", "")));
      add_part (text, distance);
      add_part (text, crowd);
      bf_ctl_table_add (rows, _ ("touches"), text->str, NULL);
    }
}

static void
add_place (GPtrArray *rows, BfJsonNode alert)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonNode place;

  if (!bf_json_member (alert, "place", &place))
    return;
  add_part (text, bf_json_member_string (place, "address", NULL));
  add_part (text, bf_json_member_string (place, "zone", NULL));
  add_row (rows, _ ("place"), text->str);
  add_touches (rows, alert, place);
}

static void
add_acknowledged (GPtrArray *rows, BfJsonNode alert, GTimeZone *zone)
{
  BfJsonNode node;
  g_autofree char *at = NULL;
  g_autofree char *until = NULL;

  if (!bf_json_member (alert, "acknowledged", &node) || bf_json_type (node) != BF_JSON_OBJECT)
    {
      bf_ctl_table_add (rows, _ ("acknowledged"), _ ("by nobody"), NULL);
      return;
    }
  at = bf_ctl_moment_of (node, "at", zone);
  until = bf_ctl_moment_of (node, "until", zone);
  add_row (rows, _ ("acknowledged"), at);
  add_row (rows, _ ("by"), bf_json_member_string (node, "by", NULL));
  add_row (rows, _ ("until"), until);
  add_row (rows, _ ("comment"), bf_json_member_string (node, "comment", NULL));
}

/* "until 14:30, by zoe, since 13:30: works in the street" */
static char *
mark_text (BfJsonNode mark, GTimeZone *zone)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree char *until = bf_ctl_moment_of (mark, "until", zone);
  g_autofree char *at = bf_ctl_moment_of (mark, "at", zone);
  g_autofree char *until_text = until != NULL ? g_strdup_printf (_ ("until %s"), until) : NULL;
  g_autofree char *by_text = g_strdup_printf (_ ("by %s since %s"), bf_json_member_string (mark, "by", "?"), at != NULL ? at : "?");

  add_part (text, until_text);
  add_part (text, by_text);
  g_string_append_printf (text, _ (": %s"), bf_json_member_string (mark, "reason", ""));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_mark (GPtrArray *rows, const char *what, BfJsonNode alert, const char *key, GTimeZone *zone)
{
  BfJsonNode mark;
  g_autofree char *text = NULL;

  if (!bf_json_member (alert, key, &mark) || bf_json_type (mark) != BF_JSON_OBJECT)
    return;
  text = mark_text (mark, zone);
  add_row (rows, what, text);
}

/* What stands beside the state: who did it, why, until when. */
static void
add_marks (GPtrArray *rows, BfJsonNode alert, GTimeZone *zone)
{
  g_autofree char *times = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (alert, "times", 1));
  BfJsonNode causes, cause, damped;
  BfJsonIter iter;

  add_mark (rows, _ ("out of service"), alert, "out_of_service", zone);
  if (bf_json_member (alert, "suppressed", &causes) && bf_json_iter_init (&iter, causes))
    while (bf_json_iter_next (&iter, NULL, NULL, &cause))
      add_row (rows, _ ("suppressed"), bf_json_member_string (cause, "words", NULL));
  add_mark (rows, _ ("shelved"), alert, "shelved", zone);
  if (bf_json_member (alert, "damped", &damped) && bf_json_type (damped) == BF_JSON_OBJECT)
    {
      g_autofree char *since = bf_ctl_moment_of (damped, "since", zone);
      g_autofree char *quiet = bf_ctl_moment_of (damped, "quiet", zone);
      g_autofree char *text = g_strdup_printf (_ ("since %s, until it is quiet, at %s at the earliest"), since != NULL ? since : "?",
                                               quiet != NULL ? quiet : "?");

      add_row (rows, _ ("damped"), text);
    }
  if (!g_str_equal (times, "1"))
    add_row (rows, _ ("times raised"), times);
  if (bf_json_member_bool (alert, "waits_for_reset", FALSE))
    add_row (rows, _ ("latched"), _ ("its condition has gone and it was acknowledged: it waits for a reset"));
}

static const char *
input_word (const char *id)
{
  static const struct
  {
    const char *id;
    const char *word;
  } inputs[] = { { "raise", N_ ("raised") },
                 { "clear", N_ ("condition gone") },
                 { "acknowledge", N_ ("acknowledged") },
                 { "comment", N_ ("comment") },
                 { "expire", N_ ("acknowledgement ended") },
                 { "worsen", N_ ("worse") },
                 { "reset", N_ ("reset") },
                 { "shelve", N_ ("shelved") },
                 { "shelve_once", N_ ("shelved until it clears") },
                 { "unshelve", N_ ("taken off the shelf") },
                 { "shelf_ending", N_ ("the shelf is about to end") },
                 { "shelf_ended", N_ ("the shelf has ended") },
                 { "suppress", N_ ("suppressed, cause known") },
                 { "unsuppress", N_ ("no longer suppressed") },
                 { "out_of_service", N_ ("taken out of service") },
                 { "return_to_service", N_ ("put back in service") },
                 { "damp", N_ ("chatters: damped") },
                 { "undamp", N_ ("quiet again") },
                 { "clock", N_ ("the clock was set") } };

  for (guint i = 0; i < G_N_ELEMENTS (inputs); i++)
    if (strcmp (inputs[i].id, id) == 0)
      return _ (inputs[i].word);
  return id;
}

static const char *
actor_word (const char *actor)
{
  return strcmp (actor, "engine") == 0 ? _ ("the engine") : actor;
}

static void
print_history (BfJsonNode alert, GTimeZone *zone)
{
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("AT"), _ ("WHAT"), _ ("STATE"), _ ("BY"), _ ("COMMENT"), NULL);
  BfJsonNode history;
  BfJsonNode event;
  BfJsonIter iter;

  if (!bf_json_member (alert, "history", &history) || !bf_json_iter_init (&iter, history))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &event))
    {
      g_autofree char *at = bf_ctl_moment_of (event, "at", zone);

      bf_ctl_table_add (rows, at != NULL ? at : "-", input_word (bf_json_member_string (event, "input", "")),
                        bf_ctl_word (bf_json_member_string (event, "to", "")), actor_word (bf_json_member_string (event, "actor", "-")),
                        bf_json_member_string (event, "comment", ""), NULL);
    }
  bf_ctl_print_table (rows);
}

static void
print_alert (BfJsonNode alert, GTimeZone *zone)
{
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (alert, "id", 0));
  g_autofree char *raised = bf_ctl_moment_of (alert, "raised", zone);
  g_autofree char *cleared = bf_ctl_moment_of (alert, "cleared", zone);
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("alert"), number, NULL);

  bf_ctl_print_line (bf_ctl_name_of (alert, "title"), NULL);
  add_row (rows, _ ("priority"), bf_ctl_word (bf_json_member_string (alert, "priority", "")));
  add_row (rows, _ ("state"), bf_ctl_word (bf_json_member_string (alert, "state", "")));
  add_marks (rows, alert, zone);
  add_row (rows, _ ("raised"), raised);
  add_row (rows, _ ("condition gone"), cleared);
  add_row (rows, _ ("asset"), bf_json_member_string (alert, "asset", NULL));
  add_row (rows, _ ("name"), bf_json_member_string (alert, "asset_name", NULL));
  add_place (rows, alert);
  add_acknowledged (rows, alert, zone);
  add_row (rows, _ ("procedure"), bf_json_member_string (alert, "procedure", NULL));
  add_row (rows, _ ("feed"), bf_json_member_string (alert, "feed", NULL));
  bf_ctl_print_table (rows);
  bf_ctl_print_line (bf_json_member_string (alert, "why", ""), NULL);
  print_history (alert, zone);
}

/* --- the command --------------------------------------------------------------------------------------------------- */

int
bf_ctl_alerts (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autofree char *path = arguments[0] != NULL
                            ? g_strdup_printf ("/api/v1/alerts/%s", arguments[0])
                            : g_strdup_printf ("/api/v1/alerts?state=%s&show=%s", ctl->all ? "all" : "open", ctl->show != NULL ? ctl->show : "all");
  g_autoptr (GTimeZone) zone = NULL;
  int code;

  if (!bf_ctl_are_numbers ("alerts", arguments))
    return BF_CTL_USAGE;
  if (!bf_ctl_begin (ctl, path, NULL, &answer, &code))
    return code;
  if (arguments[0] == NULL)
    {
      print_alerts (answer.root);
      return code;
    }
  zone = bf_ctl_meet (ctl);
  print_alert (answer.root, zone);
  return code;
}
