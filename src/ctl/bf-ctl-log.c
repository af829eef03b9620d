/* SPDX-License-Identifier: EUPL-1.2 */
/* The log (main courante) on the command line: read, written to, exported; and whether it is whole, which is asked of the file itself,
 * so that an engine need not be believed. */

#include "ctl/bf-ctl.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/bf-engine-sign.h"
#include "api/bf-log-words.h"
#include "base/bf-error.h"
#include "base/bf-paths.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-ask.h"
#include "ctl/bf-ctl-print.h"
#include "model/bf-city.h"
#include "paper/bf-log-paper.h"
#include "store/bf-log-file.h"

#define LIST_MAX 200u
#define PAGE 5000u
#define PAPER_MAX 20000u

/* --- reading -------------------------------------------------------------------------------------------------------- */

static void
print_entry (GPtrArray *rows, BfJsonNode entry, GTimeZone *zone)
{
  g_autofree char *seq = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (entry, "seq", 0));
  g_autofree char *at = bf_ctl_moment_of (entry, "at", zone);
  g_autofree char *about = bf_log_about (entry);
  g_autofree char *words = bf_log_words (entry);
  const char *actor = bf_json_member_string (entry, "actor", "");

  g_strdelimit (words, "\n", ' ');
  bf_ctl_table_add (rows, seq, at != NULL ? at : "-", bf_log_what (entry), strcmp (actor, "engine") == 0 ? _ ("engine") : actor,
                    about, words, NULL);
}

static void
print_entries (BfJsonNode root, GTimeZone *zone)
{
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("NO."), _ ("AT"), _ ("WHAT"), _ ("BY"), _ ("ABOUT"), _ ("TEXT"), NULL);
  BfJsonNode entries;

  if (!bf_json_member (root, "entries", &entries))
    return;
  for (gsize i = bf_json_array_length (entries); i > 0; i--)
    {
      g_autofree char *path = g_strdup_printf ("[%zu]", i - 1);
      BfJsonNode entry;

      if (bf_json_path (entries, path, &entry))
        print_entry (rows, entry, zone);
    }
  bf_ctl_print_table (rows);
}

/* What of --from, --to and --kind was said; FALSE: one is no time. */
static gboolean
add_period (const BfCtl *ctl, GString *path)
{
  const char *const times[] = { ctl->from, ctl->to };
  const char *const keys[] = { "from", "to" };

  for (guint i = 0; i < G_N_ELEMENTS (times); i++)
    {
      gint64 time_us;
      char text[BF_TIME_TEXT_BYTES];
      g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (ctl->zone);

      if (times[i] == NULL)
        continue;
      if (!bf_time_parse_rfc3339 (times[i], strlen (times[i]), zone, &time_us))
        {
          g_printerr (_ ("beffroictl log: --%s %s: expected a time such as 2026-05-04T03:12:00Z\n"), keys[i], times[i]);
          return FALSE;
        }
      g_string_append_printf (path, "&%s=%s", keys[i], bf_time_format (time_us, text));
    }
  if (ctl->kinds != NULL)
    {
      g_autofree char *kind = g_uri_escape_string (ctl->kinds[0], NULL, FALSE);

      g_string_append_printf (path, "&kind=%s", kind);
    }
  return TRUE;
}

static int
list (const BfCtl *ctl, char **words)
{
  g_autoptr (GString) path = g_string_new ("/api/v1/log?");
  g_autofree char *text = g_strjoinv (" ", words);
  g_autofree char *escaped = g_uri_escape_string (text, NULL, FALSE);
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autoptr (GTimeZone) zone = NULL;
  int code;

  g_string_append_printf (path, "limit=%u", LIST_MAX);
  if (text[0] != '\0')
    g_string_append_printf (path, "&text=%s", escaped);
  if (!add_period (ctl, path))
    return BF_CTL_USAGE;
  if (!bf_ctl_begin (ctl, path->str, NULL, &answer, &code))
    return code;
  zone = bf_ctl_meet (ctl);
  print_entries (answer.root, zone);
  return code;
}

static int
head (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  int code;

  if (bf_ctl_begin (ctl, "/api/v1/log/head", NULL, &answer, &code))
    g_print ("%" G_GINT64_FORMAT ":%s\n", bf_json_member_int (answer.root, "seq", 0), bf_json_member_string (answer.root, "digest", ""));
  return code;
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

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
note (const BfCtl *ctl, char **arguments)
{
  g_autofree char *text = g_strjoinv (" ", arguments);

  if (text[0] == '\0')
    {
      g_printerr (_ ("beffroictl log note: expected its text\n"));
      return BF_CTL_USAGE;
    }
  return post (ctl, "/api/v1/log", "text", text);
}

static int
refer (const BfCtl *ctl, char **arguments, const char *verb, const char *key, const char *text)
{
  g_autofree char *path = NULL;

  if (arguments[0] == NULL || !g_ascii_string_to_unsigned (arguments[0], 10, 1, G_MAXINT64, NULL, NULL) || text == NULL || text[0] == '\0')
    {
      g_printerr (_ ("beffroictl log %s: expected the number of an entry, and %s\n"), verb,
                  strcmp (key, "reason") == 0 ? _ ("--reason TEXT: why") : _ ("what it should say"));
      return BF_CTL_USAGE;
    }
  path = g_strdup_printf ("/api/v1/log/%s/%s", arguments[0], verb);
  return post (ctl, path, key, text);
}

static int
correct (const BfCtl *ctl, char **arguments)
{
  g_autofree char *text = arguments[0] != NULL ? g_strjoinv (" ", arguments + 1) : NULL;

  return refer (ctl, arguments, "correct", "text", text);
}

static int
erase (const BfCtl *ctl, char **arguments)
{
  return refer (ctl, arguments, "erase", "reason", ctl->reason);
}

/* --- is it whole? --------------------------------------------------------------------------------------------------- */

/* (transfer full) (nullable): the folder of the store. */
static char *
store_dir (const BfCtl *ctl)
{
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (BfCity) city = ctl->city != NULL ? bf_city_load (ctl->city, problems, NULL) : NULL;
  g_autofree char *address = NULL;
  char *dir = NULL;

  if (city != NULL && city->store != NULL)
    return g_strdup (city->store);
  if (ctl->data != NULL)
    return g_strdup (ctl->data);
  if (ctl->city == NULL)
    return NULL;
  return bf_engine_sign_read (ctl->city, NULL, &address, &dir) ? dir : bf_paths_data_dir (ctl->city);
}

/* "123:abcd…" as “log head” prints it. */
static gboolean
read_anchor (const char *text, gint64 *ret_seq, guint8 ret_digest[BF_LOG_DIGEST_BYTES])
{
  g_auto (GStrv) parts = g_strsplit (text, ":", 2);
  guint64 seq;

  if (g_strv_length (parts) != 2 || !g_ascii_string_to_unsigned (parts[0], 10, 1, G_MAXINT64, &seq, NULL)
      || !bf_log_digest_parse (parts[1], ret_digest))
    return FALSE;
  *ret_seq = (gint64) seq;
  return TRUE;
}

static void
print_verdict (const BfCtl *ctl, const BfLogVerdict *verdict)
{
  g_autofree char *words = bf_log_verdict_words (verdict);
  char digest[BF_LOG_DIGEST_TEXT_BYTES];

  bf_log_digest_format (verdict->head, digest);
  if (ctl->json)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      BfJsonOut out;

      bf_json_out_init (&out, text);
      bf_json_out_begin_object (&out, NULL);
      bf_json_out_bool (&out, "whole", verdict->n_faults == 0);
      bf_json_out_int (&out, "entries", (gint64) verdict->n_entries);
      bf_json_out_int (&out, "erased", (gint64) verdict->n_erased);
      bf_json_out_int (&out, "faults", (gint64) verdict->n_faults);
      bf_json_out_int (&out, "first", verdict->seq);
      bf_json_out_string (&out, "message", words);
      bf_json_out_int (&out, "head_seq", verdict->head_seq);
      bf_json_out_string (&out, "head", digest);
      bf_json_out_end_object (&out);
      g_print ("%s\n", text->str);
      return;
    }
  g_print ("%s\n", words);
  if (verdict->n_faults > 1)
    g_print (_ ("%" PRIu64 " faults in all\n"), verdict->n_faults);
  g_print (_ ("head %" PRId64 ":%s\n"), verdict->head_seq, digest);
}

static int
verify (const BfCtl *ctl, char **arguments)
{
  g_autofree char *dir = store_dir (ctl);
  g_autoptr (GError) error = NULL;
  guint8 anchor[BF_LOG_DIGEST_BYTES];
  gint64 anchor_seq = 0;
  BfLogVerdict verdict;

  if (arguments[0] != NULL && !read_anchor (arguments[0], &anchor_seq, anchor))
    {
      g_printerr (_ ("beffroictl log verify: “%s”: expected NUMBER:DIGEST, as “beffroictl log head” prints it\n"), arguments[0]);
      return BF_CTL_USAGE;
    }
  if (dir == NULL)
    {
      g_printerr (_ ("beffroictl log verify: the file itself is read: say where it lies with --city DIR or --data DIR\n"));
      return BF_CTL_USAGE;
    }
  if (!bf_log_file_verify (dir, anchor_seq, anchor_seq != 0 ? anchor : NULL, &verdict, &error))
    {
      g_printerr ("beffroictl: %s\n", error->message);
      return BF_CTL_FAILED;
    }
  print_verdict (ctl, &verdict);
  return verdict.n_faults == 0 ? BF_CTL_OK : BF_CTL_PROBLEMS;
}

/* --- export --------------------------------------------------------------------------------------------------------- */

typedef struct
{
  FILE *csv;
  BfPaper *paper;
  GTimeZone *zone;
  guint64 n;
} Export;

/* RFC 4180. What a spreadsheet would run as a formula gets a ' before it: a caller's words are a stranger's. */
static void
write_cell (FILE *csv, const char *text, gboolean last)
{
  fputc ('"', csv);
  if (text[0] != '\0' && strchr ("=+-@\t\r", text[0]) != NULL)
    fputc ('\'', csv);
  for (const char *p = text; *p != '\0'; p++)
    {
      if (*p == '"')
        fputc ('"', csv);
      fputc (*p, csv);
    }
  fputs (last ? "\"\r\n" : "\",", csv);
}

static const char *const csv_keys[] = { "seq", "at", "kind", "actor", "subject", "alert", "asset", "asset_name", "address", "feed", "refers",
                                        "text", "corrected_by", "erased_by", "digest" };

static void
write_csv (FILE *csv, BfJsonNode entry)
{
  for (guint i = 0; i < G_N_ELEMENTS (csv_keys); i++)
    {
      BfJsonNode node;
      gint64 number;
      g_autofree char *text = NULL;

      if (bf_json_member (entry, csv_keys[i], &node) && bf_json_get_int (node, &number))
        text = g_strdup_printf ("%" G_GINT64_FORMAT, number);
      write_cell (csv, text != NULL ? text : bf_json_member_string (entry, csv_keys[i], ""), i + 1 == G_N_ELEMENTS (csv_keys));
    }
}

/* One page of entries, oldest first; *@after: the number of its last. */
static int
export_page (const BfCtl *ctl, Export *export, gint64 *after, gboolean *ret_more)
{
  g_autoptr (GString) path = g_string_new (NULL);
  g_auto (BfCtlAnswer) answer = { 0 };
  BfJsonNode entries;
  BfJsonNode entry;
  BfJsonIter iter;
  int code;

  g_string_printf (path, "/api/v1/log?after=%" G_GINT64_FORMAT "&limit=%u", *after, PAGE);
  if (!add_period (ctl, path))
    return BF_CTL_USAGE;
  code = bf_ctl_ask (ctl, path->str, NULL, &answer);
  *ret_more = FALSE;
  if (code != BF_CTL_OK || !bf_json_member (answer.root, "entries", &entries) || !bf_json_iter_init (&iter, entries))
    return code;
  *ret_more = bf_json_array_length (entries) == PAGE;
  while (bf_json_iter_next (&iter, NULL, NULL, &entry))
    {
      *after = bf_json_member_int (entry, "seq", G_MAXINT64);
      export->n++;
      if (export->csv != NULL)
        write_csv (export->csv, entry);
      else
        bf_log_paper_add (export->paper, entry, export->zone);
    }
  return BF_CTL_OK;
}

static int
export_all (const BfCtl *ctl, Export *export)
{
  gint64 after = 0;
  gboolean more = TRUE;
  int code = BF_CTL_OK;

  while (more && code == BF_CTL_OK)
    {
      code = export_page (ctl, export, &after, &more);
      if (export->paper != NULL && export->n > PAPER_MAX)
        {
          g_printerr (_ ("beffroictl log export: more than %u entries do not go on paper: say a shorter period with --from and --to\n"), PAPER_MAX);
          return BF_CTL_FAILED;
        }
    }
  return code;
}

static int
file_failed (const char *path)
{
  g_printerr ("beffroictl: %s: %s\n", path, g_strerror (errno));
  return BF_CTL_FAILED;
}

static int
export_csv (const BfCtl *ctl, Export *export, const char *path)
{
  int code;

  export->csv = fopen (path, "we");
  if (export->csv == NULL)
    return file_failed (path);
  for (guint i = 0; i < G_N_ELEMENTS (csv_keys); i++)
    fprintf (export->csv, "%s%s", csv_keys[i], i + 1 == G_N_ELEMENTS (csv_keys) ? "\r\n" : ",");
  code = export_all (ctl, export);
  if (fclose (export->csv) != 0 && code == BF_CTL_OK)
    return file_failed (path);
  return code;
}

static gint64
time_of (const char *text, const char *zone_name)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (zone_name);
  gint64 time_us = BF_TIME_NONE;

  if (text != NULL)
    bf_time_parse_rfc3339 (text, strlen (text), zone, &time_us);
  return time_us;
}

static int
export_pdf (const BfCtl *ctl, Export *export, const char *path)
{
  g_auto (BfCtlAnswer) hello = { 0 }, head_answer = { 0 };
  g_autoptr (BfPaper) paper = NULL;
  g_autoptr (GError) error = NULL;
  BfJsonNode city;
  int code = bf_ctl_ask (ctl, "/api/v1/hello", NULL, &hello);

  if (code != BF_CTL_OK)
    return code;
  paper = export->paper = bf_log_paper_new (bf_json_member (hello.root, "city", &city) ? bf_json_member_string (city, "name", "") : "", time_of (ctl->from, ctl->zone), time_of (ctl->to, ctl->zone),
                                            export->zone);
  code = export_all (ctl, export);
  if (code == BF_CTL_OK)
    code = bf_ctl_ask (ctl, "/api/v1/log/head", NULL, &head_answer);
  if (code != BF_CTL_OK)
    return code;
  bf_log_paper_end (paper, export->n, bf_json_member_int (head_answer.root, "seq", 0), bf_json_member_string (head_answer.root, "digest", ""),
                    bf_time_now_us (), export->zone);
  if (bf_paper_write (paper, path, &error))
    return BF_CTL_OK;
  g_printerr ("beffroictl: %s\n", error->message);
  return BF_CTL_FAILED;
}

static int
export (const BfCtl *ctl, char **arguments)
{
  Export what = { 0 };
  g_autoptr (GTimeZone) zone = NULL;
  const char *path = arguments[0];
  int code;

  if (path == NULL || arguments[1] != NULL || !(g_str_has_suffix (path, ".csv") || g_str_has_suffix (path, ".pdf")))
    {
      g_printerr (_ ("beffroictl log export: expected the name of a file that ends in .csv or .pdf\n"));
      return BF_CTL_USAGE;
    }
  zone = what.zone = bf_ctl_meet (ctl);
  code = g_str_has_suffix (path, ".csv") ? export_csv (ctl, &what, path) : export_pdf (ctl, &what, path);
  if (code == BF_CTL_OK)
    g_print (g_dngettext (GETTEXT_PACKAGE, "%" PRIu64 " entry in %s\n", "%" PRIu64 " entries in %s\n", (gulong) what.n), what.n, path);
  return code;
}

/* --- the commands --------------------------------------------------------------------------------------------------- */

gboolean
bf_ctl_log_is_online (const char *name)
{
  return g_strcmp0 (name, "verify") != 0;
}

int
bf_ctl_log (const BfCtl *ctl, char **arguments)
{
  static const struct
  {
    const char *name;
    int (*run) (const BfCtl *ctl, char **arguments);
  } verbs[] = { { "head", head }, { "note", note }, { "correct", correct }, { "erase", erase }, { "verify", verify }, { "export", export } };

  for (guint i = 0; arguments[0] != NULL && i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verbs[i].name, arguments[0]) == 0)
      return verbs[i].run (ctl, arguments + 1);
  if (g_strcmp0 (arguments[0], "search") == 0)
    arguments++;
  return list (ctl, arguments);
}
