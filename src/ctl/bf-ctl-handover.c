/* SPDX-License-Identifier: EUPL-1.2 */
/* The handover (relève de poste) on the command line: what would be handed over now, handing it over, taking it, printing it. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "ctl/bf-ctl-ask.h"
#include "ctl/bf-ctl-print.h"
#include "paper/bf-handover-paper.h"

static void
print_text (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    bf_ctl_print_line (lines[i], NULL);
}

static int
draft (const BfCtl *ctl)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autoptr (GTimeZone) zone = NULL;
  g_autofree char *since = NULL;
  int code;

  if (!bf_ctl_begin (ctl, "/api/v1/handover", NULL, &answer, &code))
    return code;
  zone = bf_ctl_meet (ctl);
  since = bf_ctl_moment_of (answer.root, "since", zone);
  if (since != NULL)
    {
      g_autofree char *line = g_strdup_printf (_ ("Last handover: entry %" PRId64 ", %s, %s"), bf_json_member_int (answer.root, "last", 0), since,
                                               bf_json_member_string (answer.root, "by", ""));

      bf_ctl_print_line (line, NULL);
    }
  print_text (bf_json_member_string (answer.root, "text", ""));
  return code;
}

static int
post (const BfCtl *ctl, const char *path, const char *key, const char *text)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autoptr (GString) body = g_string_new (NULL);
  BfJsonOut out;
  int code;

  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, key, text);
  bf_json_out_end_object (&out);
  if (bf_ctl_begin (ctl, path, body->str, &answer, &code))
    {
      g_autofree char *line = g_strdup_printf (_ ("entry %" PRId64 " of the log"), bf_json_member_int (answer.root, "seq", 0));

      bf_ctl_print_line (line, NULL);
    }
  return code;
}

static int
take (const BfCtl *ctl, char **arguments)
{
  g_autofree char *name = g_strjoinv (" ", arguments + 1);
  g_autofree char *path = g_strdup_printf ("/api/v1/handover/%s/countersign", arguments[0]);

  return post (ctl, path, "name", name);
}

/* The entry that countersigns @seq; FALSE: there is none. */
static gboolean
find_countersign (BfJsonNode root, gint64 seq, BfJsonNode *ret_entry)
{
  BfJsonNode entries;
  BfJsonIter iter;

  if (!bf_json_member (root, "entries", &entries) || !bf_json_iter_init (&iter, entries))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, ret_entry))
    if (bf_json_member_int (*ret_entry, "refers", 0) == seq)
      return TRUE;
  return FALSE;
}

static int
print_pdf (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) hello = { 0 }, entry = { 0 }, signs = { 0 };
  g_autofree char *entry_path = g_strdup_printf ("/api/v1/log/%s", arguments[0]);
  g_autofree char *signs_path = g_strdup_printf ("/api/v1/log?kind=countersign&after=%s", arguments[0]);
  g_autoptr (GTimeZone) zone = NULL;
  g_autoptr (BfPaper) paper = NULL;
  g_autoptr (GError) error = NULL;
  BfJsonNode city, countersign;
  int code = bf_ctl_ask (ctl, "/api/v1/hello", NULL, &hello);

  if (code == BF_CTL_OK)
    code = bf_ctl_ask (ctl, entry_path, NULL, &entry);
  if (code == BF_CTL_OK)
    code = bf_ctl_ask (ctl, signs_path, NULL, &signs);
  if (code != BF_CTL_OK)
    return code;
  if (strcmp (bf_json_member_string (entry.root, "kind", ""), "handover") != 0)
    {
      g_printerr (_ ("beffroictl handover: entry %s of the log is no handover\n"), arguments[0]);
      return BF_CTL_NOT_FOUND;
    }
  zone = bf_ctl_meet (ctl);
  paper = bf_handover_paper_new (bf_json_member (hello.root, "city", &city) ? bf_json_member_string (city, "name", "") : "", entry.root,
                                 find_countersign (signs.root, bf_json_member_int (entry.root, "seq", 0), &countersign) ? &countersign : NULL, zone);
  if (bf_paper_write (paper, arguments[1], &error))
    return BF_CTL_OK;
  g_printerr ("beffroictl: %s\n", error->message);
  return BF_CTL_FAILED;
}

int
bf_ctl_handover (const BfCtl *ctl, char **arguments)
{
  guint n = g_strv_length (arguments);

  if (n == 0)
    return draft (ctl);
  if (strcmp (arguments[0], "give") == 0 && n == 1)
    return post (ctl, "/api/v1/handover", "note", ctl->comment != NULL ? ctl->comment : "");
  if (n >= 3 && g_ascii_string_to_unsigned (arguments[1], 10, 1, G_MAXINT64, NULL, NULL))
    {
      if (strcmp (arguments[0], "take") == 0)
        return take (ctl, arguments + 1);
      if (strcmp (arguments[0], "print") == 0 && n == 3)
        return print_pdf (ctl, arguments + 1);
    }
  g_printerr (_ ("beffroictl handover: expected nothing, give [--comment NOTE], take NUMBER NAME, or print NUMBER FILE.pdf\n"));
  return BF_CTL_USAGE;
}
