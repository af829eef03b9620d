/* SPDX-License-Identifier: EUPL-1.2 */
/* `why` and `rules register`: the engine's sentences, laid out for people. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "api/bf-client.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-ask.h"
#include "ctl/bf-ctl-print.h"

static void
print_sentences (BfJsonNode node, const char *indent)
{
  BfJsonNode sentences;
  BfJsonNode sentence;
  BfJsonIter iter;

  if (!bf_json_member (node, "sentences", &sentences) || !bf_json_iter_init (&iter, sentences))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &sentence))
    {
      g_autofree char *harmless = NULL;
      const char *text;
      gsize length;

      if (!bf_json_get_string (sentence, &text, &length))
        continue;
      harmless = bf_ctl_harmless (text);
      g_print ("%s%s\n", indent, harmless);
    }
}

static void
print_why (BfJsonNode root)
{
  BfJsonNode rules;
  BfJsonNode rule;
  BfJsonIter iter;
  const char *title = bf_json_member_string (root, "title", NULL);

  if (title != NULL)
    bf_ctl_print_line (title, bf_ctl_word (bf_json_member_string (root, "state", "")), NULL);
  else
    bf_ctl_print_line (bf_json_member_string (root, "asset", ""), bf_json_member_string (root, "name", ""), NULL);
  print_sentences (root, "  ");
  if (!bf_json_member (root, "rules", &rules) || !bf_json_iter_init (&iter, rules))
    return;
  if (title != NULL && bf_json_iter_next (&iter, NULL, NULL, &rule))
    {
      g_print ("%s\n", _ ("Now:"));
      print_sentences (rule, "  ");
      return;
    }
  if (title != NULL)
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &rule))
    {
      g_print ("\n");
      print_sentences (rule, "  ");
    }
}

int
bf_ctl_why (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autofree char *asset = NULL;
  g_autofree char *path = NULL;
  int code;

  if (arguments[0] == NULL)
    {
      g_printerr (_ ("beffroictl why: expected the number of an alert or the id of an asset\n"));
      return BF_CTL_USAGE;
    }
  asset = bf_client_asset_path (arguments[0]);
  path = g_ascii_string_to_unsigned (arguments[0], 10, 1, G_MAXINT64, NULL, NULL) ? g_strdup_printf ("/api/v1/alerts/%s/why", arguments[0])
                                                                                  : g_strconcat (asset, "/why", NULL);
  if (bf_ctl_begin (ctl, path, NULL, &answer, &code))
    print_why (answer.root);
  return code;
}

/* --- the register --------------------------------------------------------------------------------------------------- */

/* Nothing in a text may be Markdown of its own. */
static char *
plain (const char *text)
{
  g_autofree char *harmless = bf_ctl_harmless (text);
  GString *escaped = g_string_new (NULL);

  for (const char *p = harmless; *p != '\0'; p++)
    {
      if (strchr ("\\`*_[]<>#|", *p) != NULL)
        g_string_append_c (escaped, '\\');
      g_string_append_c (escaped, *p);
    }
  return g_string_free (escaped, FALSE);
}

static void
print_item (const char *what, const char *text)
{
  g_autofree char *escaped = text != NULL && text[0] != '\0' ? plain (text) : NULL;

  if (escaped != NULL)
    g_print (_ ("* %s: %s\n"), what, escaped);
}

static char *
joined (BfJsonNode rule, const char *key)
{
  GString *text = g_string_new (NULL);
  BfJsonNode list, one;
  BfJsonIter iter;
  const char *part;
  gsize length;

  if (bf_json_member (rule, key, &list) && bf_json_iter_init (&iter, list))
    while (bf_json_iter_next (&iter, NULL, NULL, &one))
      if (bf_json_get_string (one, &part, &length))
        g_string_append_printf (text, "%s%s", text->len > 0 ? ", " : "", part);
  return g_string_free (text, FALSE);
}

static char *
origin_of (BfJsonNode rule)
{
  BfJsonNode origin;
  g_autofree char *day = NULL;
  g_autoptr (GDateTime) since = NULL;
  const char *change;

  if (!bf_json_member (rule, "origin", &origin))
    return NULL;
  if (bf_json_member_bool (origin, "stock", TRUE))
    return g_strdup_printf (_ ("delivered with Beffroi (%s, line %" PRId64 ")"), bf_json_member_string (origin, "file", ""),
                            bf_json_member_int (origin, "line", 0));
  since = g_date_time_new_from_unix_local (bf_json_member_time (origin, "since") / G_USEC_PER_SEC);
  day = since != NULL ? g_date_time_format (since, "%Y-%m-%d %H:%M") : g_strdup ("-");
  change = bf_json_member_string (origin, "change", NULL);
  return change != NULL ? g_strdup_printf (_ ("%s, by %s: %s (%s)"), day, bf_json_member_string (origin, "actor", "-"), change,
                                           bf_json_member_string (origin, "file", ""))
                        : g_strdup_printf (_ ("%s, by %s (%s, edited by hand)"), day, bf_json_member_string (origin, "actor", "-"),
                                           bf_json_member_string (origin, "file", ""));
}

static void
print_entry (BfJsonNode rule)
{
  g_autofree char *name = plain (bf_json_member_string (rule, "name", ""));
  g_autofree char *reads = joined (rule, "reads");
  g_autofree char *origin = origin_of (rule);
  const char *already = bf_json_member_string (rule, "already_notified_by", NULL);

  g_print ("### %s (`%s`)\n\n", name, bf_json_member_string (rule, "id", ""));
  print_item (_ ("Watches"), bf_json_member_string (rule, "kind", ""));
  print_item (_ ("Alert when"), bf_json_member_string (rule, "words", ""));
  print_item (_ ("Reads"), reads);
  print_item (_ ("Priority"), bf_ctl_word (bf_json_member_string (rule, "priority", "")));
  print_item (_ ("Who is notified"), bf_json_member_string (rule, "notify", already == NULL ? _ ("the operators on duty") : NULL));
  print_item (_ ("Notified by the source already"), already);
  print_item (_ ("Procedure"), bf_json_member_string (rule, "procedure", NULL));
  print_item (_ ("Reason"), bf_json_member_string (rule, "reason", NULL));
  print_item (_ ("Source"), bf_json_member_string (rule, "source", NULL));
  print_item (_ ("In force"), origin);
  g_print ("\n");
}

/* Rules of one service stand together, services in the order of their first rule. */
static void
print_register (BfJsonNode root)
{
  g_autofree char *city = plain (bf_json_member_string (root, "city", ""));
  g_autoptr (GHashTable) done = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_local (bf_json_member_time (root, "now") / G_USEC_PER_SEC);
  g_autofree char *day = g_date_time_format (now, "%Y-%m-%d %H:%M");
  BfJsonNode rules, rule, again;
  BfJsonIter iter, inner;
  guint n = 0;

  if (!bf_json_member (root, "rules", &rules) || !bf_json_iter_init (&iter, rules))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &rule))
    n++;
  g_print (_ ("# Rules in force: %s\n\nWhat this city has its equipment watched for, by rules that anybody can read. %u rules on %s.\n\n"), city, n, day);
  bf_json_iter_init (&iter, rules);
  while (bf_json_iter_next (&iter, NULL, NULL, &rule))
    {
      const char *service = bf_json_member_string (rule, "service", "");

      if (!g_hash_table_add (done, g_strdup (service)))
        continue;
      g_print ("## %s\n\n", service);
      bf_json_iter_init (&inner, rules);
      while (bf_json_iter_next (&inner, NULL, NULL, &again))
        if (strcmp (bf_json_member_string (again, "service", ""), service) == 0)
          print_entry (again);
    }
}

int
bf_ctl_register (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  int code;

  if (bf_ctl_begin (ctl, "/api/v1/rules/register", NULL, &answer, &code))
    print_register (answer.root);
  return code;
}
