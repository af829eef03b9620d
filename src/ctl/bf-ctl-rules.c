/* SPDX-License-Identifier: EUPL-1.2 */
/* Rules on record: files that are in force, saving one with its reason and its rehearsal, history, taking a change back. All of it is the
 * engine's; a person sees here what it answered. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-time.h"
#include "ctl/bf-ctl-ask.h"
#include "ctl/bf-ctl-print.h"
#include "json/bf-json-out.h"

#define POLL_US (200 * 1000)
#define REHEARSED_DAYS 7

/* What is said on the command line for a change. FALSE: it has been told. */
static gboolean
has_reason (const BfCtl *ctl, const char *command)
{
  if (ctl->reason != NULL && ctl->reason[0] != '\0')
    return TRUE;
  g_printerr (_ ("beffroictl %s: expected --reason TEXT: a rule is changed with a reason\n"), command);
  return FALSE;
}

static char *
path_of (const char *folder, const char *name, const char *behind)
{
  g_autofree char *base = g_path_get_basename (name);
  g_autofree char *escaped = g_uri_escape_string (base, NULL, FALSE);

  return g_strconcat (folder, escaped, behind, NULL);
}

/* --- the rehearsal of a text ---------------------------------------------------------------------------------------- */

static char *
rehearsal_body (const BfCtl *ctl, const char *name, const char *text)
{
  g_autofree char *base = g_path_get_basename (name);
  char buffer[BF_TIME_TEXT_BYTES];
  GString *body = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "file", base);
  bf_json_out_string (&out, "text", text);
  bf_json_out_string (&out, "from", ctl->from != NULL ? ctl->from : bf_time_format (bf_time_now_us () - REHEARSED_DAYS * G_TIME_SPAN_DAY, buffer));
  if (ctl->to != NULL)
    bf_json_out_string (&out, "to", ctl->to);
  bf_json_out_end_object (&out);
  return g_string_free (body, FALSE);
}

static gint64
figure (BfJsonNode node, const char *inner, const char *key)
{
  BfJsonNode found = node;

  if (inner != NULL && !bf_json_member (node, inner, &found))
    return 0;
  return bf_json_member_int (found, key, 0);
}

/* One row a rule: what it raises, beside the one in force. */
static void
print_rehearsal (BfJsonNode root)
{
  g_autoptr (GPtrArray) table = bf_ctl_table_new (_ ("RULE"), _ ("ALERTS"), _ ("AT NIGHT"), _ ("IN FORCE"), _ ("SAME"), _ ("MOVED"), _ ("ADDED"), _ ("GONE"), NULL);
  BfJsonNode rules;
  BfJsonNode rule;
  BfJsonIter iter;

  if (!bf_json_member (root, "rules", &rules) || !bf_json_iter_init (&iter, rules))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &rule))
    {
      static const struct
      {
        const char *inner;
        const char *key;
      } figures[] = { { NULL, "alerts" }, { NULL, "at_night" }, { "in_force", "alerts" }, { "changes", "same" }, { "changes", "moved" },
                      { "changes", "added" }, { "changes", "gone" } };
      char *cells[G_N_ELEMENTS (figures)];

      for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
        cells[i] = g_strdup_printf ("%" PRId64, figure (rule, figures[i].inner, figures[i].key));
      bf_ctl_table_add (table, bf_json_member_string (rule, "rule", ""), cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], NULL);
      for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
        g_free (cells[i]);
    }
  bf_ctl_print_table (table);
}

/* Waits for it, since nothing else is to be done here meanwhile. */
static int
rehearse (const BfCtl *ctl, const char *name, const char *text, gint64 *ret_id)
{
  g_autofree char *body = rehearsal_body (ctl, name, text);
  g_autofree char *path = g_strdup ("/api/v1/rehearsals");

  *ret_id = 0;
  for (const char *sent = body;; sent = NULL)
    {
      g_auto (BfCtlAnswer) answer = { 0 };
      int code = bf_ctl_ask (ctl, path, sent, &answer);
      const char *state;

      if (code != BF_CTL_OK)
        return code;
      state = bf_json_member_string (answer.root, "state", "");
      *ret_id = bf_json_member_int (answer.root, "id", 0);
      g_free (path);
      path = g_strdup_printf ("/api/v1/rehearsals/%" PRId64, *ret_id);
      if (strcmp (state, "running") == 0)
        {
          g_usleep (POLL_US);
          continue;
        }
      if (strcmp (state, "done") == 0)
        {
          if (!ctl->json)
            print_rehearsal (answer.root);
          return BF_CTL_OK;
        }
      g_printerr (_ ("beffroictl rules save: the rehearsal has not ended well: %s\n"), bf_json_member_string (answer.root, "error", state));
      return BF_CTL_FAILED;
    }
}

/* --- saving --------------------------------------------------------------------------------------------------------- */

static void
print_change (BfJsonNode root)
{
  g_autofree char *id = g_strdup_printf ("%" PRId64, bf_json_member_int (root, "id", 0));

  bf_ctl_print_line (_ ("change"), id, bf_json_member_string (root, "file", ""), bf_json_member_string (root, "actor", ""),
                     bf_json_member_string (root, "reason", ""), NULL);
}

static int
send_change (const BfCtl *ctl, const char *path, const char *body)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  int code;

  if (bf_ctl_begin (ctl, path, body, &answer, &code))
    print_change (answer.root);
  return code;
}

static int
save (const BfCtl *ctl, char **arguments)
{
  g_autofree char *text = NULL;
  g_autofree char *path = NULL;
  g_autoptr (GString) body = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gint64 rehearsal = 0;
  BfJsonOut out;
  int code = BF_CTL_OK;

  if (arguments[0] == NULL || arguments[1] != NULL)
    {
      g_printerr (_ ("beffroictl rules save: expected one file of rules\n"));
      return BF_CTL_USAGE;
    }
  if (!has_reason (ctl, "rules save"))
    return BF_CTL_USAGE;
  if (!g_file_get_contents (arguments[0], &text, NULL, &error) || !g_utf8_validate (text, -1, NULL))
    {
      g_printerr ("beffroictl: %s\n", error != NULL ? error->message : _ ("expected UTF-8 text"));
      return BF_CTL_FAILED;
    }
  if (!ctl->unrehearsed)
    code = rehearse (ctl, arguments[0], text, &rehearsal);
  if (code != BF_CTL_OK)
    return code;
  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "text", text);
  bf_json_out_string (&out, "reason", ctl->reason);
  if (ctl->base != NULL)
    bf_json_out_string (&out, "base", ctl->base);
  if (rehearsal != 0)
    bf_json_out_int (&out, "rehearsal", rehearsal);
  bf_json_out_end_object (&out);
  path = path_of ("/api/v1/rules/files/", arguments[0], "");
  return send_change (ctl, path, body->str);
}

static int
revert (const BfCtl *ctl, char **arguments)
{
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *path = NULL;
  BfJsonOut out;

  if (arguments[0] == NULL || arguments[1] != NULL)
    {
      g_printerr (_ ("beffroictl rules revert: expected the number of a change; see beffroictl rules history\n"));
      return BF_CTL_USAGE;
    }
  if (!has_reason (ctl, "rules revert"))
    return BF_CTL_USAGE;
  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "reason", ctl->reason);
  bf_json_out_end_object (&out);
  path = path_of ("/api/v1/rules/changes/", arguments[0], "/revert");
  return send_change (ctl, path, body->str);
}

/* --- reading -------------------------------------------------------------------------------------------------------- */

static char *
moment_of (BfJsonNode node, const char *key)
{
  gint64 time_us = bf_json_member_time (node, key);
  g_autoptr (GDateTime) utc = time_us != BF_TIME_NONE ? g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC) : NULL;
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_local (utc) : NULL;

  return local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S") : g_strdup ("-");
}

/* "12 alerts (in force 30)" of the rehearsal that a change was made with. */
static char *
figures_of (BfJsonNode change)
{
  BfJsonNode rehearsal, figures;

  if (!bf_json_member (change, "rehearsal", &rehearsal) || !bf_json_member (rehearsal, "figures", &figures))
    return g_strdup ("-");
  return g_strdup_printf (_ ("%" PRId64 " alerts, in force %" PRId64), figure (figures, NULL, "alerts"), figure (figures, "in_force", "alerts"));
}

static char *
short_hash (BfJsonNode node)
{
  const char *sha256 = bf_json_member_string (node, "sha256", NULL);

  return sha256 != NULL ? g_strndup (sha256, 12) : g_strdup ("-");
}

/* A file of rules, a rule, or all. */
static int
history (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autofree char *escaped = arguments[0] != NULL ? g_uri_escape_string (arguments[0], NULL, FALSE) : NULL;
  g_autofree char *path = escaped == NULL ? g_strdup ("/api/v1/rules/changes")
                                          : g_strdup_printf ("/api/v1/rules/changes?%s=%s", g_str_has_suffix (escaped, ".rules") ? "file" : "rule",
                                                             escaped);
  g_autoptr (GPtrArray) table = bf_ctl_table_new (_ ("CHANGE"), _ ("AT"), _ ("FILE"), _ ("TEXT"), _ ("BY"), _ ("REHEARSED"), _ ("REASON"), NULL);
  BfJsonNode changes;
  BfJsonNode change;
  BfJsonIter iter;
  int code;

  if (!bf_ctl_begin (ctl, path, NULL, &answer, &code))
    return code;
  if (!bf_json_member (answer.root, "changes", &changes) || !bf_json_iter_init (&iter, changes))
    return BF_CTL_FAILED;
  while (bf_json_iter_next (&iter, NULL, NULL, &change))
    {
      g_autofree char *id = g_strdup_printf ("%" PRId64, bf_json_member_int (change, "id", 0));
      g_autofree char *at = moment_of (change, "at");
      g_autofree char *sha256 = short_hash (change);
      g_autofree char *figures = figures_of (change);

      bf_ctl_table_add (table, id, at, bf_json_member_string (change, "file", ""), sha256, bf_json_member_string (change, "actor", "-"), figures,
                        bf_json_member_string (change, "reason", _ ("(edited by hand)")), NULL);
    }
  bf_ctl_print_table (table);
  return code;
}

/* The files in force, or the text of one: what a person edits and saves, with its hash on stderr. */
static int
show (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autofree char *path = arguments[0] != NULL ? path_of ("/api/v1/rules/files/", arguments[0], "") : g_strdup ("/api/v1/rules/files");
  g_autoptr (GPtrArray) table = bf_ctl_table_new (_ ("FILE"), _ ("TEXT"), _ ("SINCE"), _ ("BY"), _ ("REASON"), NULL);
  g_autofree char *sha256 = NULL;
  BfJsonNode files;
  BfJsonNode file;
  BfJsonIter iter;
  int code;

  if (!bf_ctl_begin (ctl, path, NULL, &answer, &code))
    return code;
  if (arguments[0] != NULL)
    {
      sha256 = short_hash (answer.root);
      g_print ("%s", bf_json_member_string (answer.root, "text", ""));
      g_printerr (_ ("to save another text: --base %s\n"), sha256);
      return code;
    }
  if (!bf_json_member (answer.root, "files", &files) || !bf_json_iter_init (&iter, files))
    return BF_CTL_FAILED;
  while (bf_json_iter_next (&iter, NULL, NULL, &file))
    {
      g_autofree char *since = moment_of (file, "since");
      g_autofree char *hash = short_hash (file);

      bf_ctl_table_add (table, bf_json_member_string (file, "name", ""), hash, since, bf_json_member_string (file, "actor", "-"),
                        bf_json_member_string (file, "reason", _ ("(edited by hand)")), NULL);
    }
  bf_ctl_print_table (table);
  return code;
}

static int
reload (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  int code;

  if (bf_ctl_begin (ctl, "/api/v1/rules/reload", "{}", &answer, &code))
    g_print (_ ("%" PRId64 " files changed, %" PRId64 " rules in force\n"), bf_json_member_int (answer.root, "changed", 0),
             bf_json_member_int (answer.root, "rules", 0));
  return code;
}

/* --- the table ------------------------------------------------------------------------------------------------------ */

static const struct
{
  const char *name;
  int (*run) (const BfCtl *ctl, char **arguments);
} commands[] = { { "save", save }, { "history", history }, { "revert", revert }, { "show", show }, { "reload", reload },
                { "register", bf_ctl_register } };

static gssize
find (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_strcmp0 (commands[i].name, name) == 0)
      return (gssize) i;
  return -1;
}

/**
 * bf_ctl_rules_is_online:
 * @name: (nullable): behind `rules`
 *
 * Returns: whether this one asks an engine
 */
gboolean
bf_ctl_rules_is_online (const char *name)
{
  return find (name) >= 0;
}

int
bf_ctl_rules_online (const BfCtl *ctl, char **arguments)
{
  return commands[find (arguments[0])].run (ctl, arguments + 1);
}
