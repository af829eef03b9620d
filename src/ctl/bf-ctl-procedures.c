/* SPDX-License-Identifier: EUPL-1.2 */
/* Procedures (fiches réflexes) on the command line: all of them with the rules that have none, that of an alert with what was done, and a
 * step that is done or left out. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/bf-time.h"
#include "ctl/bf-ctl-ask.h"
#include "ctl/bf-ctl-print.h"

#define OLD_DAYS 365

/* "2026-03-14", with a sign when that is long ago. */
static char *
reviewed_words (BfJsonNode procedure)
{
  const char *reviewed = bf_json_member_string (procedure, "reviewed", NULL);
  int year, month, day;
  GDate date, today;

  if (reviewed == NULL || sscanf (reviewed, "%4d-%2d-%2d", &year, &month, &day) != 3
      || !g_date_valid_dmy ((GDateDay) day, (GDateMonth) month, (GDateYear) year))
    return g_strdup (_ ("never"));
  g_date_clear (&date, 1);
  g_date_set_dmy (&date, (GDateDay) day, (GDateMonth) month, (GDateYear) year);
  g_date_clear (&today, 1);
  g_date_set_time_t (&today, (time_t) (bf_time_now_us () / G_USEC_PER_SEC));
  return g_date_days_between (&date, &today) > OLD_DAYS ? g_strdup_printf (_ ("%s, over a year ago"), reviewed) : g_strdup (reviewed);
}

static char *
join (BfJsonNode node, const char *key)
{
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonNode list;
  BfJsonNode item;
  BfJsonIter iter;
  const char *name;

  if (bf_json_member (node, key, &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &item))
      if (bf_json_get_string (item, &name, NULL))
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", name);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
print_procedures (BfJsonNode root)
{
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("PROCEDURE"), _ ("STEPS"), _ ("REVIEWED"), _ ("TITLE"), _ ("RULES"), NULL);
  g_autofree char *without = join (root, "rules_without");
  BfJsonNode list;
  BfJsonNode procedure;
  BfJsonIter iter;

  if (!bf_json_member (root, "procedures", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &procedure))
    {
      g_autofree char *steps = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (procedure, "steps", 0));
      g_autofree char *reviewed = reviewed_words (procedure);
      g_autofree char *rules = join (procedure, "rules");

      bf_ctl_table_add (rows, bf_json_member_string (procedure, "procedure", ""), steps, reviewed, bf_json_member_string (procedure, "title", ""),
                        rules, NULL);
    }
  bf_ctl_print_table (rows);
  if (without[0] != '\0')
    bf_ctl_print_line (_ ("Rules without a procedure:"), without, NULL);
}

static void
print_steps (BfJsonNode root, GTimeZone *zone)
{
  g_autofree char *reviewed = reviewed_words (root);
  g_autofree char *line = g_strdup_printf (_ ("last reviewed: %s"), reviewed);
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("STEP"), _ ("DONE"), _ ("BY"), _ ("ROLE"), _ ("TEXT"), NULL);
  BfJsonNode steps;
  BfJsonNode step;
  BfJsonIter iter;

  bf_ctl_print_line (bf_json_member_string (root, "title", ""), line, NULL);
  if (!bf_json_member (root, "steps", &steps) || !bf_json_iter_init (&iter, steps))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &step))
    {
      g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (step, "n", 0));
      g_autofree char *at = bf_ctl_moment_of (step, "at", zone);
      const char *state = bf_json_member_string (step, "state", "");
      const char *more = bf_json_member_string (step, "text_of_entry", NULL);
      g_autofree char *text = more != NULL ? g_strdup_printf ("%s (%s)", bf_json_member_string (step, "text", ""), more)
                                           : g_strdup (bf_json_member_string (step, "text", ""));

      bf_ctl_table_add (rows, number, strcmp (state, "skipped") == 0 ? _ ("left out") : at != NULL ? at : "-",
                        bf_json_member_string (step, "by", ""), bf_json_member_string (step, "role", ""), text, NULL);
    }
  bf_ctl_print_table (rows);
}

int
bf_ctl_procedures (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autoptr (GTimeZone) zone = NULL;
  g_autofree char *path = NULL;
  int code;

  if (arguments[0] != NULL && !g_ascii_string_to_unsigned (arguments[0], 10, 1, G_MAXINT64, NULL, NULL))
    {
      g_printerr (_ ("beffroictl procedures: expected the number of an alert, found “%s”\n"), arguments[0]);
      return BF_CTL_USAGE;
    }
  path = arguments[0] != NULL ? g_strdup_printf ("/api/v1/alerts/%s/procedure", arguments[0]) : g_strdup ("/api/v1/procedures");
  if (!bf_ctl_begin (ctl, path, NULL, &answer, &code))
    return code;
  if (arguments[0] == NULL)
    {
      print_procedures (answer.root);
      return code;
    }
  zone = bf_ctl_meet (ctl);
  print_steps (answer.root, zone);
  return code;
}

static int
step (const BfCtl *ctl, char **arguments, const char *skip)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *path = NULL;
  guint64 number;
  BfJsonOut out;
  int code;

  if (arguments[0] == NULL || arguments[1] == NULL || !g_ascii_string_to_unsigned (arguments[0], 10, 1, G_MAXINT64, NULL, NULL)
      || !g_ascii_string_to_unsigned (arguments[1], 10, 1, G_MAXINT32, &number, NULL))
    {
      g_printerr (_ ("beffroictl: expected the number of an alert and that of a step\n"));
      return BF_CTL_USAGE;
    }
  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_int (&out, "step", (gint64) number);
  if (skip != NULL)
    bf_json_out_string (&out, "skip", skip);
  else if (ctl->comment != NULL)
    bf_json_out_string (&out, "text", ctl->comment);
  bf_json_out_end_object (&out);
  path = g_strdup_printf ("/api/v1/alerts/%s/step", arguments[0]);
  if (bf_ctl_begin (ctl, path, body->str, &answer, &code))
    {
      g_autofree char *line = g_strdup_printf (_ ("entry %" PRId64 " of the log"), bf_json_member_int (answer.root, "seq", 0));

      bf_ctl_print_line (line, NULL);
    }
  return code;
}

int
bf_ctl_step (const BfCtl *ctl, char **arguments)
{
  return step (ctl, arguments, NULL);
}

int
bf_ctl_skip (const BfCtl *ctl, char **arguments)
{
  if (ctl->reason == NULL || ctl->reason[0] == '\0')
    {
      g_printerr (_ ("beffroictl skip: expected --reason TEXT: why the step is left out\n"));
      return BF_CTL_USAGE;
    }
  return step (ctl, arguments, ctl->reason);
}
