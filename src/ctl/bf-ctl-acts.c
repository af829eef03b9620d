/* SPDX-License-Identifier: EUPL-1.2 */
/* What a person does with alerts and equipment on the command line: ack, reset, shelve, unshelve, out-of-service, return-to-service. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-time.h"
#include "ctl/bf-ctl-ask.h"
#include "ctl/bf-ctl-print.h"

gboolean
bf_ctl_are_numbers (const char *command, char **arguments)
{
  for (guint i = 0; arguments[i] != NULL; i++)
    if (!g_ascii_string_to_unsigned (arguments[i], 10, 1, G_MAXINT64, NULL, NULL))
      {
        g_printerr (_ ("beffroictl %s: expected the number of an alert, found “%s”\n"), command, arguments[i]);
        return FALSE;
      }
  return TRUE;
}

/* --- alerts ----------------------------------------------------------------------------------------------------------- */

static int
act (const BfCtl *ctl, const char *number, const char *verb, const char *body)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autofree char *path = g_strdup_printf ("/api/v1/alerts/%s/%s", number, verb);
  int code;

  if (bf_ctl_begin (ctl, path, body, &answer, &code))
    bf_ctl_print_line (number, bf_ctl_word (bf_json_member_string (answer.root, "shown", bf_json_member_string (answer.root, "state", ""))),
                       bf_ctl_name_of (answer.root, "title"), NULL);
  return code;
}

static void
put_text (BfJsonOut *out, const char *key, const char *text)
{
  if (text != NULL)
    bf_json_out_string (out, key, text);
}

/* What the options say, as the body of a request. */
static char *
body_of (const BfCtl *ctl, const char *asset)
{
  GString *body = g_string_new (NULL);
  BfJsonOut out;
  gint64 seen = 0;

  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  put_text (&out, "asset", asset);
  put_text (&out, "rule", asset != NULL ? ctl->rule : NULL);
  put_text (&out, "comment", ctl->comment);
  put_text (&out, "reason", ctl->reason);
  put_text (&out, "until", ctl->until);
  put_text (&out, "for", ctl->duration);
  put_text (&out, "review", ctl->review);
  if (ctl->once)
    bf_json_out_bool (&out, "once", TRUE);
  if (ctl->seen != NULL && g_ascii_string_to_signed (ctl->seen, 10, 1, G_MAXINT64, &seen, NULL))
    bf_json_out_int (&out, "seq", seen);
  bf_json_out_end_object (&out);
  return g_string_free (body, FALSE);
}

static gboolean
check_options (const BfCtl *ctl, const char *command, gboolean needs_reason)
{
  if (needs_reason && (ctl->reason == NULL || ctl->reason[0] == '\0'))
    g_printerr (_ ("beffroictl %s: expected --reason TEXT: why\n"), command);
  else if (ctl->seen != NULL && !g_ascii_string_to_signed (ctl->seen, 10, 1, G_MAXINT64, NULL, NULL))
    g_printerr (_ ("beffroictl %s: --seen: expected the number of an event, found “%s”\n"), command, ctl->seen);
  else
    return TRUE;
  return FALSE;
}

/* Each alert is its own: one that cannot be had stops none of the others. The code is that of the first that failed. */
static int
act_on_all (const BfCtl *ctl, char **arguments, const char *command, const char *verb, gboolean needs_reason)
{
  g_autofree char *body = NULL;
  int code = BF_CTL_OK;

  if (arguments[0] == NULL)
    {
      g_printerr (_ ("beffroictl %s: expected the numbers of the alerts\n"), command);
      return BF_CTL_USAGE;
    }
  if (!bf_ctl_are_numbers (command, arguments) || !check_options (ctl, command, needs_reason))
    return BF_CTL_USAGE;
  body = body_of (ctl, NULL);
  for (guint i = 0; arguments[i] != NULL; i++)
    {
      int one = act (ctl, arguments[i], verb, body);

      if (code == BF_CTL_OK)
        code = one;
      if (one == BF_CTL_UNREACHABLE)
        break;
    }
  return code;
}

int
bf_ctl_ack (const BfCtl *ctl, char **arguments)
{
  return act_on_all (ctl, arguments, "ack", "acknowledge", FALSE);
}

int
bf_ctl_reset (const BfCtl *ctl, char **arguments)
{
  return act_on_all (ctl, arguments, "reset", "reset", FALSE);
}

int
bf_ctl_shelve (const BfCtl *ctl, char **arguments)
{
  return act_on_all (ctl, arguments, "shelve", "shelve", TRUE);
}

int
bf_ctl_unshelve (const BfCtl *ctl, char **arguments)
{
  return act_on_all (ctl, arguments, "unshelve", "unshelve", FALSE);
}

/* --- out of service --------------------------------------------------------------------------------------------------- */

static void
add_record (GPtrArray *rows, BfJsonNode record, GTimeZone *zone)
{
  g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (record, "id", 0));
  g_autofree char *since = bf_ctl_moment_of (record, "since", zone);
  g_autofree char *until = bf_ctl_moment_of (record, "until", zone);
  g_autofree char *review = bf_ctl_moment_of (record, "review", zone);
  g_autofree char *due = g_strdup_printf (_ ("%s (due)"), review != NULL ? review : "-");

  bf_ctl_table_add (rows, id, bf_json_member_string (record, "asset", ""), bf_json_member_string (record, "rule", "-"),
                    since != NULL ? since : "-", until != NULL ? until : "-",
                    bf_json_member_bool (record, "review_due", FALSE) ? due : review != NULL ? review : "-", bf_json_member_string (record, "by", "-"),
                    bf_json_member_string (record, "reason", ""), NULL);
}

static int
list_records (const BfCtl *ctl)
{
  g_autoptr (GPtrArray) rows
    = bf_ctl_table_new (_ ("ID"), _ ("ASSET"), _ ("RULE"), _ ("SINCE"), _ ("UNTIL"), _ ("REVIEW"), _ ("BY"), _ ("REASON"), NULL);
  g_autoptr (GTimeZone) zone = NULL;
  g_auto (BfCtlAnswer) answer = { 0 };
  BfJsonNode list, record;
  BfJsonIter iter;
  int code;

  if (!bf_ctl_begin (ctl, "/api/v1/out-of-service", NULL, &answer, &code))
    return code;
  zone = bf_ctl_meet (ctl);
  if (bf_json_member (answer.root, "out_of_service", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &record))
      add_record (rows, record, zone);
  bf_ctl_print_table (rows);
  return code;
}

/* Without an asset: what is out of service. */
int
bf_ctl_out_of_service (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autofree char *body = NULL;
  g_autofree char *id = NULL;
  int code;

  if (arguments[0] == NULL)
    return list_records (ctl);
  if (!check_options (ctl, "out-of-service", TRUE))
    return BF_CTL_USAGE;
  body = body_of (ctl, arguments[0]);
  if (!bf_ctl_begin (ctl, "/api/v1/out-of-service", body, &answer, &code))
    return code;
  id = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (answer.root, "id", 0));
  bf_ctl_print_line (id, arguments[0], _ ("out of service"), NULL);
  return code;
}

/* The number of the record of an asset (and of --rule); 0: none, which was said. */
static gint64
find_record (const BfCtl *ctl, const char *asset, int *ret_code)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  BfJsonNode list, record;
  BfJsonIter iter;

  *ret_code = bf_ctl_ask (ctl, "/api/v1/out-of-service", NULL, &answer);
  if (*ret_code != BF_CTL_OK)
    return 0;
  if (bf_json_member (answer.root, "out_of_service", &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &record))
      if (strcmp (bf_json_member_string (record, "asset", ""), asset) == 0
          && g_strcmp0 (bf_json_member_string (record, "rule", NULL), ctl->rule) == 0)
        return bf_json_member_int (record, "id", 0);
  g_printerr (_ ("beffroictl return-to-service: “%s” is not out of service\n"), asset);
  *ret_code = BF_CTL_NOT_FOUND;
  return 0;
}

int
bf_ctl_return_to_service (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autofree char *path = NULL;
  g_autofree char *body = NULL;
  gint64 id;
  int code;

  if (arguments[0] == NULL)
    {
      g_printerr (_ ("beffroictl return-to-service: expected the id of an asset\n"));
      return BF_CTL_USAGE;
    }
  id = find_record (ctl, arguments[0], &code);
  if (id == 0)
    return code;
  path = g_strdup_printf ("/api/v1/out-of-service/%" G_GINT64_FORMAT "/return", id);
  body = body_of (ctl, NULL);
  if (bf_ctl_begin (ctl, path, body, &answer, &code))
    bf_ctl_print_line (arguments[0], _ ("in service"), NULL);
  return code;
}
