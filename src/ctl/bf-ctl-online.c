/* SPDX-License-Identifier: EUPL-1.2 */
/* The commands that ask an engine. Text for people in columns, or the engine's JSON as it came. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "api/bf-client.h"
#include "base/bf-error.h"
#include "base/bf-time.h"
#include "json/bf-json-out.h"

#define ANSWER_BYTES (256u << 20)

/* --- asking --------------------------------------------------------------------------------------------------------- */

static int
fail (const GError *error)
{
  g_printerr ("beffroictl: %s\n", error->message);
  if (error->domain != BF_ERROR)
    return BF_CTL_UNREACHABLE;
  if (error->code == BF_ERROR_NOT_FOUND)
    return BF_CTL_NOT_FOUND;
  return error->code == BF_ERROR_STATE ? BF_CTL_CONFLICT : BF_CTL_FAILED;
}

static BfClient *
open_client (const BfCtl *ctl)
{
  return bf_client_new (ctl->address, ctl->token);
}

/* One request, parsed into @doc. */
static gboolean
ask (const BfCtl *ctl, const char *path, const char *body, BfJsonDoc *doc, BfJsonNode *ret_root, GBytes **ret_bytes, GError **error)
{
  g_autoptr (BfClient) client = open_client (ctl);
  g_autoptr (GBytes) bytes = bf_client_request (client, path, body, ANSWER_BYTES, NULL, error);
  gsize length;
  const char *text;

  if (bytes == NULL)
    return FALSE;
  text = g_bytes_get_data (bytes, &length);
  if (!bf_json_doc_parse (doc, text, length, ret_root, error))
    return FALSE;
  if (ret_bytes != NULL)
    *ret_bytes = g_steal_pointer (&bytes);
  return TRUE;
}

static void
print_bytes (GBytes *bytes)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  fwrite (text, 1, length, stdout);
  putchar ('\n');
}

static gboolean
wants_french (void)
{
  const char *const *languages = g_get_language_names ();

  return g_str_has_prefix (languages[0], "fr");
}

/* An id of the API as a word for people. */
static const char *
word_of (const char *id)
{
  static const char *const words[] = { N_ ("critical"), N_ ("high"), N_ ("medium"), N_ ("low"), N_ ("unacknowledged"),
                                       N_ ("acknowledged"), N_ ("returned"), N_ ("normal"), N_ ("starting"), N_ ("ok"),
                                       N_ ("stale"), N_ ("retry"), N_ ("refused"), N_ ("crashed"), N_ ("paused"), N_ ("off") };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (words[i], id) == 0)
      return _ (words[i]);
  return id;
}

/* A text for people in the person's language. */
static const char *
name_of (BfJsonNode node, const char *key)
{
  BfJsonNode name;
  const char *text;

  if (!bf_json_member (node, key, &name))
    return "";
  text = wants_french () ? bf_json_member_string (name, "fr", NULL) : NULL;
  return text != NULL ? text : bf_json_member_string (name, "en", "");
}

/* --- columns -------------------------------------------------------------------------------------------------------- */

/* Texts come from feeds: nothing in them may speak to the terminal. */
static char *
make_harmless (const char *text)
{
  GString *harmless = g_string_new (NULL);
  g_autofree char *valid = g_utf8_make_valid (text, -1);

  for (const char *p = valid; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      GUnicodeType type = g_unichar_type (c);

      if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT || type == G_UNICODE_LINE_SEPARATOR)
        g_string_append (harmless, "\xef\xbf\xbd");
      else
        g_string_append_unichar (harmless, c);
    }
  return g_string_free (harmless, FALSE);
}

/* Rows of NULL-terminated cells, printed with each column as wide as its widest cell. */
static void
print_table (GPtrArray *rows)
{
  glong widths[16] = { 0 };

  for (guint i = 0; i < rows->len; i++)
    {
      char **row = g_ptr_array_index (rows, i);

      for (guint j = 0; row[j] != NULL && j < G_N_ELEMENTS (widths); j++)
        widths[j] = MAX (widths[j], g_utf8_strlen (row[j], -1));
    }
  for (guint i = 0; i < rows->len; i++)
    {
      char **row = g_ptr_array_index (rows, i);

      for (guint j = 0; row[j] != NULL && j < G_N_ELEMENTS (widths); j++)
        g_print ("%s%*s", row[j], row[j + 1] != NULL ? (int) (widths[j] - g_utf8_strlen (row[j], -1) + 2) : 0, "");
      g_print ("\n");
    }
}

static GPtrArray *
table_new (const char *first, ...)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  va_list args;

  va_start (args, first);
  for (const char *cell = first; cell != NULL; cell = va_arg (args, const char *))
    g_strv_builder_add (builder, cell);
  va_end (args);
  g_ptr_array_add (rows, g_strv_builder_end (builder));
  return rows;
}

static void
table_add (GPtrArray *rows, const char *first, ...)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  va_list args;

  va_start (args, first);
  for (const char *cell = first; cell != NULL; cell = va_arg (args, const char *))
    {
      g_autofree char *harmless = make_harmless (cell);

      g_strv_builder_add (builder, harmless);
    }
  va_end (args);
  g_ptr_array_add (rows, g_strv_builder_end (builder));
}

/* "12 s", "4 min", "3 h", "2 d" before now, "-" when unknown. */
static char *
age_of (BfJsonNode node, const char *key)
{
  gint64 time_us = bf_json_member_time (node, key);
  gint64 age_s;

  if (time_us == BF_TIME_NONE)
    return g_strdup ("-");
  age_s = MAX (0, (bf_time_now_us () - time_us) / G_USEC_PER_SEC);
  if (age_s < 120)
    return g_strdup_printf ("%" G_GINT64_FORMAT " s", age_s);
  if (age_s < 7200)
    return g_strdup_printf ("%" G_GINT64_FORMAT " min", age_s / 60);
  if (age_s < 172800)
    return g_strdup_printf ("%" G_GINT64_FORMAT " h", age_s / 3600);
  return g_strdup_printf (_ ("%" PRId64 " d"), age_s / 86400);
}

/* --- assets --------------------------------------------------------------------------------------------------------- */

static char *
values_of (BfJsonNode asset)
{
  GString *text = g_string_new (NULL);
  BfJsonNode values;
  BfJsonNode value;
  BfJsonIter iter;
  const char *key;
  gsize key_length;

  if (!bf_json_member (asset, "values", &values) || !bf_json_iter_init (&iter, values))
    return g_string_free (text, FALSE);
  while (bf_json_iter_next (&iter, &key, &key_length, &value))
    {
      BfJsonNode inner;
      double number;

      g_string_append_printf (text, "%s%.*s=", text->len > 0 ? " " : "", (int) key_length, key);
      if (bf_json_member (value, "value", &inner) && bf_json_get_double (inner, &number))
        g_string_append_printf (text, "%.6g", number);
      else
        g_string_append (text, bf_json_member_string (value, "value", "?"));
      if (!bf_json_member_bool (value, "known", FALSE))
        g_string_append (text, _ ("(unknown)"));
    }
  return g_string_free (text, FALSE);
}

static int
one_asset (const BfCtl *ctl, const char *id)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (ANSWER_BYTES);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *path = bf_client_asset_path (id);
  g_autofree char *values = NULL;
  BfJsonNode root;

  if (!ask (ctl, path, NULL, doc, &root, &bytes, &error))
    return fail (error);
  if (ctl->json)
    {
      print_bytes (bytes);
      return BF_CTL_OK;
    }
  values = values_of (root);
  g_print ("%s  %s  %s\n%s\n", bf_json_member_string (root, "id", ""), bf_json_member_string (root, "name", ""),
           bf_json_member_string (root, "address", ""), values);
  return BF_CTL_OK;
}

/* All slices: as one array in JSON, or as rows. */
int
bf_ctl_assets (const BfCtl *ctl, char **arguments)
{
  g_autofree char *cursor = g_strdup ("0");
  g_autoptr (GPtrArray) rows = table_new (_ ("ID"), _ ("NAME"), _ ("KIND"), _ ("VALUES"), NULL);
  gboolean first = TRUE;

  if (arguments[0] != NULL)
    return one_asset (ctl, arguments[0]);
  if (ctl->json)
    g_print ("[");
  while (cursor != NULL)
    {
      g_autoptr (BfJsonDoc) doc = bf_json_doc_new (ANSWER_BYTES);
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = NULL;
      g_autofree char *path = g_strdup_printf ("/api/v1/assets?limit=1000%s%s", g_str_equal (cursor, "0") ? "" : "&after=",
                                               g_str_equal (cursor, "0") ? "" : cursor);
      BfJsonNode root;
      BfJsonNode assets;
      BfJsonNode asset;
      BfJsonIter iter;

      if (!ask (ctl, path, NULL, doc, &root, &bytes, &error))
        return fail (error);
      if (ctl->json)
        {
          gsize length;
          const char *text = g_bytes_get_data (bytes, &length);
          const char *open = strchr (text, '[');
          const char *close = g_strrstr_len (text, (gssize) length, "],\"next\"");

          if (open != NULL && close != NULL && close > open + 1)
            g_print ("%s%.*s", first ? "" : ",", (int) (close - open - 1), open + 1);
          first = FALSE;
        }
      else if (bf_json_member (root, "assets", &assets) && bf_json_iter_init (&iter, assets))
        while (bf_json_iter_next (&iter, NULL, NULL, &asset))
          {
            g_autofree char *values = values_of (asset);

            table_add (rows, bf_json_member_string (asset, "id", ""), bf_json_member_string (asset, "name", ""),
                       bf_json_member_string (asset, "kind", ""), values, NULL);
          }
      g_free (cursor);
      cursor = g_strdup (bf_json_member_string (root, "next", NULL));
    }
  if (ctl->json)
    g_print ("]\n");
  else
    print_table (rows);
  return BF_CTL_OK;
}

/* --- alerts --------------------------------------------------------------------------------------------------------- */

static void
print_alerts (BfJsonNode root)
{
  g_autoptr (GPtrArray) rows = table_new (_ ("ID"), _ ("PRIORITY"), _ ("STATE"), _ ("AGE"), _ ("TITLE"), _ ("PLACE"), _ ("BY"), NULL);
  BfJsonNode alerts;
  BfJsonNode alert;
  BfJsonIter iter;

  if (!bf_json_member (root, "alerts", &alerts) || !bf_json_iter_init (&iter, alerts))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &alert))
    {
      g_autofree char *id = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (alert, "id", 0));
      g_autofree char *age = age_of (alert, "raised");
      BfJsonNode place;
      BfJsonNode acknowledged;
      const char *address = bf_json_member (alert, "place", &place) ? bf_json_member_string (place, "address", "-") : "-";
      const char *by = bf_json_member (alert, "acknowledged", &acknowledged) ? bf_json_member_string (acknowledged, "by", "-") : "-";

      table_add (rows, id, word_of (bf_json_member_string (alert, "priority", "")), word_of (bf_json_member_string (alert, "state", "")), age,
                 name_of (alert, "title"), address, by, NULL);
    }
  print_table (rows);
}

int
bf_ctl_alerts (const BfCtl *ctl, char **arguments)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (ANSWER_BYTES);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *path = arguments[0] != NULL ? g_strdup_printf ("/api/v1/alerts/%s", arguments[0])
                                               : g_strdup_printf ("/api/v1/alerts?state=%s", ctl->all ? "all" : "open");
  BfJsonNode root;

  if (!ask (ctl, path, NULL, doc, &root, &bytes, &error))
    return fail (error);
  if (ctl->json)
    print_bytes (bytes);
  else if (arguments[0] != NULL)
    g_print ("%s\n%s\n", name_of (root, "title"), bf_json_member_string (root, "why", ""));
  else
    print_alerts (root);
  return BF_CTL_OK;
}

int
bf_ctl_ack (const BfCtl *ctl, char **arguments)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (ANSWER_BYTES);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GString) body = g_string_new (NULL);
  g_autofree char *path = NULL;
  BfJsonNode root;
  BfJsonOut out;

  if (arguments[0] == NULL)
    {
      g_printerr (_ ("beffroictl ack: expected the alert's number\n"));
      return BF_CTL_USAGE;
    }
  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  if (ctl->comment != NULL)
    bf_json_out_string (&out, "comment", ctl->comment);
  bf_json_out_end_object (&out);
  path = g_strdup_printf ("/api/v1/alerts/%s/acknowledge", arguments[0]);
  if (!ask (ctl, path, body->str, doc, &root, &bytes, &error))
    return fail (error);
  if (ctl->json)
    print_bytes (bytes);
  else
    g_print ("%" G_GINT64_FORMAT " %s  %s\n", bf_json_member_int (root, "id", 0), word_of (bf_json_member_string (root, "state", "")),
             name_of (root, "title"));
  return BF_CTL_OK;
}

/* --- feeds, status, problems ---------------------------------------------------------------------------------------- */

static void
print_feed (BfJsonNode feed)
{
  g_autoptr (GPtrArray) rows = table_new (_ ("REFUSED"), _ ("TIMES"), _ ("WHY"), NULL);
  g_autofree char *newest = age_of (feed, "newest");
  g_autofree char *name = make_harmless (bf_json_member_string (feed, "name", ""));
  g_autofree char *reason = make_harmless (bf_json_member_string (feed, "reason", ""));
  BfJsonNode examples;
  BfJsonNode example;
  BfJsonIter iter;

  g_print ("%s  %s  %s\n%s\n", name, bf_json_member_string (feed, "state", ""), newest, reason);
  if (bf_json_member (feed, "refused_examples", &examples) && bf_json_iter_init (&iter, examples))
    while (bf_json_iter_next (&iter, NULL, NULL, &example))
      {
        g_autofree char *age = age_of (example, "at");
        g_autofree char *times = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (example, "times", 0));

        table_add (rows, age, times, bf_json_member_string (example, "text", ""), NULL);
      }
  if (rows->len > 1)
    print_table (rows);
  if (bf_json_member_int (feed, "refused_others", 0) > 0)
    g_print (_ ("… and %" PRId64 " others\n"), bf_json_member_int (feed, "refused_others", 0));
}

int
bf_ctl_feeds (const BfCtl *ctl, char **arguments)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (ANSWER_BYTES);
  g_autoptr (GPtrArray) rows = table_new (_ ("FEED"), _ ("STATE"), _ ("NEWEST"), _ ("ASSETS"), _ ("OBSERVATIONS"), _ ("REFUSED"), _ ("REASON"), NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *path = NULL;
  BfJsonNode root;
  BfJsonNode feeds;
  BfJsonNode feed;
  BfJsonIter iter;

  if (arguments[0] != NULL)
    {
      g_autofree char *escaped = g_uri_escape_string (arguments[0], NULL, FALSE);

      path = g_strconcat ("/api/v1/feeds/", escaped, NULL);
    }
  if (!ask (ctl, path != NULL ? path : "/api/v1/feeds", NULL, doc, &root, &bytes, &error))
    return fail (error);
  if (ctl->json)
    {
      print_bytes (bytes);
      return BF_CTL_OK;
    }
  if (arguments[0] != NULL)
    {
      print_feed (root);
      return BF_CTL_OK;
    }
  if (!bf_json_member (root, "feeds", &feeds) || !bf_json_iter_init (&iter, feeds))
    return BF_CTL_FAILED;
  while (bf_json_iter_next (&iter, NULL, NULL, &feed))
    {
      g_autofree char *newest = age_of (feed, "newest");
      g_autofree char *assets = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (feed, "assets", 0));
      g_autofree char *observations = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (feed, "observations", 0));
      g_autofree char *refused = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (feed, "refused", 0));

      table_add (rows, bf_json_member_string (feed, "name", ""), word_of (bf_json_member_string (feed, "state", "")), newest, assets,
                 observations, refused, bf_json_member_string (feed, "reason", ""), NULL);
    }
  print_table (rows);
  return BF_CTL_OK;
}

int
bf_ctl_problems (const BfCtl *ctl, char **arguments)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (ANSWER_BYTES);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  BfJsonNode root;
  BfJsonNode problems;
  BfJsonNode problem;
  BfJsonIter iter;
  gboolean any = FALSE;

  if (!ask (ctl, "/api/v1/problems", NULL, doc, &root, &bytes, &error))
    return fail (error);
  if (ctl->json)
    print_bytes (bytes);
  if (!bf_json_member (root, "problems", &problems) || !bf_json_iter_init (&iter, problems))
    return BF_CTL_FAILED;
  while (bf_json_iter_next (&iter, NULL, NULL, &problem))
    {
      any = TRUE;
      if (!ctl->json)
        g_print ("%s:%" G_GINT64_FORMAT ": %s\n", bf_json_member_string (problem, "file", ""),
                 bf_json_member_int (problem, "line", 0), bf_json_member_string (problem, "message", ""));
    }
  return any ? BF_CTL_PROBLEMS : BF_CTL_OK;
}

static void
print_status (BfJsonNode root)
{
  g_autoptr (GPtrArray) rows = table_new (_ ("SERVICE"), _ ("HEARD"), _ ("EXPECTED"), _ ("UNACKNOWLEDGED"), _ ("ACKNOWLEDGED"), _ ("WORST"), NULL);
  BfJsonNode services;
  BfJsonNode service;
  BfJsonNode store;
  BfJsonNode loop;
  BfJsonIter iter;

  if (bf_json_member (root, "services", &services) && bf_json_iter_init (&iter, services))
    while (bf_json_iter_next (&iter, NULL, NULL, &service))
      {
        g_autofree char *heard = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (service, "heard", 0));
        g_autofree char *expected = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (service, "expected", 0));
        g_autofree char *fresh = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (service, "unacknowledged", 0));
        g_autofree char *held = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (service, "acknowledged", 0));

        table_add (rows, bf_json_member_string (service, "id", ""), heard, expected, fresh, held,
                   word_of (bf_json_member_string (service, "worst", "-")), NULL);
      }
  print_table (rows);
  if (bf_json_member (root, "store", &store))
    g_print (_ ("store: %s, %" PRId64 " written, %" PRId64 " refused\n"),
             bf_json_member_string (store, "error", _ ("well")), bf_json_member_int (store, "written", 0),
             bf_json_member_int (store, "refused", 0));
  if (bf_json_member (root, "loop", &loop))
    g_print (_ ("main loop: longest turn %.1f ms, %" PRId64 " over 2 ms\n"), (double) bf_json_member_int (loop, "longest_us", 0) / 1000,
             bf_json_member_int (loop, "over_2ms", 0));
  g_print (_ ("problems: %" PRId64 "\n"), bf_json_member_int (root, "problems", 0));
}

int
bf_ctl_status (const BfCtl *ctl, char **arguments)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (ANSWER_BYTES);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  BfJsonNode root;

  if (!ask (ctl, "/api/v1/status", NULL, doc, &root, &bytes, &error))
    return fail (error);
  if (ctl->json)
    print_bytes (bytes);
  else
    print_status (root);
  return BF_CTL_OK;
}
