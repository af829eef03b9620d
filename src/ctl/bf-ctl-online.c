/* SPDX-License-Identifier: EUPL-1.2 */
/* The commands that ask an engine of its city, all but its alerts (bf-ctl-alerts.c). Text for people in columns, or the engine's
 * JSON as it came. */

#include "ctl/bf-ctl.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "api/bf-client.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-ask.h"
#include "ctl/bf-ctl-names.h"
#include "ctl/bf-ctl-print.h"

/* --- assets --------------------------------------------------------------------------------------------------------- */

/* "Free spaces 12 · Occupancy 88 % · …" */
static char *
values_of (const BfCtlNames *names, BfJsonNode asset)
{
  const char *kind = bf_json_member_string (asset, "kind", "");
  GString *text = g_string_new (NULL);
  BfJsonNode values;
  BfJsonNode value;
  BfJsonIter iter;
  const char *key;

  if (!bf_json_member (asset, "values", &values) || !bf_json_iter_init (&iter, values))
    return g_string_free (text, FALSE);
  while (bf_json_iter_next (&iter, &key, NULL, &value))
    {
      g_autofree char *shown = bf_ctl_names_value (names, kind, key, value);

      g_string_append_printf (text, "%s%s %s", text->len > 0 ? " · " : "", bf_ctl_names_property (names, kind, key), shown);
    }
  return g_string_free (text, FALSE);
}

static void
print_values (const BfCtlNames *names, BfJsonNode asset)
{
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("PROPERTY"), _ ("VALUE"), _ ("AGE"), _ ("FEED"), NULL);
  const char *kind = bf_json_member_string (asset, "kind", "");
  BfJsonNode values;
  BfJsonNode value;
  BfJsonIter iter;
  const char *key;

  if (!bf_json_member (asset, "values", &values) || !bf_json_iter_init (&iter, values))
    return;
  while (bf_json_iter_next (&iter, &key, NULL, &value))
    {
      g_autofree char *shown = bf_ctl_names_value (names, kind, key, value);
      g_autofree char *age = bf_ctl_age_of (value, "observed");

      bf_ctl_table_add (rows, bf_ctl_names_property (names, kind, key), shown, age, bf_json_member_string (value, "feed", "-"), NULL);
    }
  bf_ctl_print_table (rows);
}

static int
one_asset (const BfCtl *ctl, const char *id)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autoptr (BfCtlNames) names = NULL;
  g_autofree char *path = bf_client_asset_path (id);
  int code;

  if (!bf_ctl_begin (ctl, path, NULL, &answer, &code))
    return code;
  names = bf_ctl_names_new (ctl, &code);
  if (names == NULL)
    return code;
  bf_ctl_print_line (bf_json_member_string (answer.root, "id", ""), bf_json_member_string (answer.root, "name", ""),
                     bf_ctl_names_kind (names, bf_json_member_string (answer.root, "kind", "")),
                     bf_json_member_string (answer.root, "address", ""), NULL);
  print_values (names, answer.root);
  return code;
}

/* The members of a slice as they came, without the brackets around them. */
static void
print_slice (const BfCtlAnswer *answer, gboolean first)
{
  gsize length;
  const char *text = g_bytes_get_data (answer->bytes, &length);
  const char *open = strchr (text, '[');
  const char *close = g_strrstr_len (text, (gssize) length, "],\"next\"");

  if (open != NULL && close != NULL && close > open + 1)
    g_print ("%s%.*s", first ? "" : ",", (int) (close - open - 1), open + 1);
}

static void
add_slice (GPtrArray *rows, const BfCtlNames *names, BfJsonNode root)
{
  BfJsonNode assets;
  BfJsonNode asset;
  BfJsonIter iter;

  if (!bf_json_member (root, "assets", &assets) || !bf_json_iter_init (&iter, assets))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &asset))
    {
      g_autofree char *values = values_of (names, asset);

      bf_ctl_table_add (rows, bf_json_member_string (asset, "id", ""), bf_json_member_string (asset, "name", ""),
                        bf_ctl_names_kind (names, bf_json_member_string (asset, "kind", "")), values, NULL);
    }
}

/* All slices: as one array in JSON, or as rows. */
int
bf_ctl_assets (const BfCtl *ctl, char **arguments)
{
  g_autofree char *cursor = g_strdup ("0");
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("ID"), _ ("NAME"), _ ("KIND"), _ ("VALUES"), NULL);
  g_autoptr (BfCtlNames) names = NULL;
  gboolean first = TRUE;
  int code = BF_CTL_OK;

  if (arguments[0] != NULL)
    return one_asset (ctl, arguments[0]);
  if (!ctl->json && (names = bf_ctl_names_new (ctl, &code)) == NULL)
    return code;
  if (ctl->json)
    g_print ("[");
  while (cursor != NULL)
    {
      g_auto (BfCtlAnswer) answer = { 0 };
      g_autofree char *path = g_strdup_printf ("/api/v1/assets?limit=1000%s%s", first ? "" : "&after=", first ? "" : cursor);

      code = bf_ctl_ask (ctl, path, NULL, &answer);
      if (code != BF_CTL_OK)
        return code;
      if (ctl->json)
        print_slice (&answer, first);
      else
        add_slice (rows, names, answer.root);
      first = FALSE;
      g_free (cursor);
      cursor = g_strdup (bf_json_member_string (answer.root, "next", NULL));
    }
  if (ctl->json)
    g_print ("]\n");
  else
    bf_ctl_print_table (rows);
  return BF_CTL_OK;
}

/* --- feeds, status, problems ---------------------------------------------------------------------------------------- */

/* How new its data is: of a list of what is current, the list. */
static char *
newest_of (BfJsonNode feed)
{
  return bf_ctl_age_of (feed, strcmp (bf_json_member_string (feed, "content", "observations"), "observations") == 0 ? "newest" : "as_of");
}

/* Why it is as it is; of a list that is all right and empty, that this is so. */
static const char *
reason_of (BfJsonNode feed)
{
  const char *reason = bf_json_member_string (feed, "reason", "");

  if (*reason == '\0' && strcmp (bf_json_member_string (feed, "content", ""), "list") == 0
      && strcmp (bf_json_member_string (feed, "state", ""), "ok") == 0 && bf_json_member_int (feed, "listed", 1) == 0)
    return _ ("nothing to report");
  return reason;
}

static void
print_silence (BfJsonNode feed)
{
  gint64 held = bf_json_member_int (feed, "held_back", 0);
  gint64 unknown = bf_json_member_int (feed, "unknown_assets", 0);

  if (unknown > 0)
    g_print (g_dngettext (GETTEXT_PACKAGE, "%" PRId64 " asset unknown now\n", "%" PRId64 " assets unknown now\n", (gulong) unknown), unknown);
  if (held > 0)
    g_print (g_dngettext (GETTEXT_PACKAGE, "%" PRId64 " alert held back while the feed is silent\n",
                          "%" PRId64 " alerts held back while the feed is silent\n", (gulong) held), held);
}

/* What became of its processes, also when the present one runs well. */
static void
print_death (BfJsonNode feed)
{
  g_autofree char *age = bf_ctl_age_of (feed, "last_death");
  g_autofree char *reason = bf_ctl_harmless (bf_json_member_string (feed, "last_death_reason", ""));

  if (bf_json_member_int (feed, "deaths", 0) > 0)
    g_print (_ ("its process was started again %" PRId64 " times; last end: %s, %s\n"), bf_json_member_int (feed, "restarts", 0), age, reason);
}

/* Of a source whose clock is ahead: it would be right with the time set. */
static void
print_ahead (BfJsonNode feed)
{
  double ahead_s = bf_json_member_double (feed, "ahead_s", 0);
  gint64 stamps = bf_json_member_int (feed, "ahead", 0);
  g_autofree char *span = bf_duration_format ((gint64) (ahead_s) * G_USEC_PER_SEC);

  if (ahead_s > 0)
    g_print (g_dngettext (GETTEXT_PACKAGE, "its clock is ahead by %s: %" PRId64 " stamp taken as now\n",
                          "its clock is ahead by %s: %" PRId64 " stamps taken as now\n", (gulong) stamps), span, stamps);
}

static void
print_feed (BfJsonNode feed, GTimeZone *zone)
{
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("REFUSED"), _ ("TIMES"), _ ("WHY"), NULL);
  g_autofree char *newest = newest_of (feed);
  g_autofree char *name = bf_ctl_harmless (bf_json_member_string (feed, "name", ""));
  g_autofree char *reason = bf_ctl_harmless (reason_of (feed));
  g_autofree char *since = bf_ctl_moment_of (feed, "since", zone);
  g_autofree char *age = bf_ctl_age_of (feed, "since");
  BfJsonNode examples;
  BfJsonNode example;
  BfJsonIter iter;

  g_print ("%s  %s  %s\n%s\n", name, bf_ctl_word (bf_json_member_string (feed, "state", "")), newest, reason);
  if (since != NULL)
    g_print (_ ("so since %s (%s)\n"), since, age);
  print_ahead (feed);
  print_silence (feed);
  print_death (feed);
  if (bf_json_member (feed, "refused_examples", &examples) && bf_json_iter_init (&iter, examples))
    while (bf_json_iter_next (&iter, NULL, NULL, &example))
      {
        g_autofree char *at = bf_ctl_age_of (example, "at");
        g_autofree char *times = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (example, "times", 0));

        bf_ctl_table_add (rows, at, times, bf_json_member_string (example, "text", ""), NULL);
      }
  if (rows->len > 1)
    bf_ctl_print_table (rows);
  if (bf_json_member_int (feed, "refused_others", 0) > 0)
    g_print (_ ("… and %" PRId64 " others\n"), bf_json_member_int (feed, "refused_others", 0));
}

int
bf_ctl_feeds (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("FEED"), _ ("STATE"), _ ("SINCE"), _ ("NEWEST"), _ ("ASSETS"), _ ("OBSERVATIONS"), _ ("REFUSED"), _ ("RESTARTS"), _ ("REASON"), NULL);
  g_autofree char *path = NULL;
  g_autoptr (GTimeZone) zone = NULL;
  BfJsonNode feeds;
  BfJsonNode feed;
  BfJsonIter iter;
  int code;

  if (arguments[0] != NULL)
    {
      g_autofree char *escaped = g_uri_escape_string (arguments[0], NULL, FALSE);

      path = g_strconcat ("/api/v1/feeds/", escaped, NULL);
    }
  if (!bf_ctl_begin (ctl, path != NULL ? path : "/api/v1/feeds", NULL, &answer, &code))
    return code;
  zone = bf_ctl_meet (ctl);
  if (arguments[0] != NULL)
    {
      print_feed (answer.root, zone);
      return code;
    }
  if (!bf_json_member (answer.root, "feeds", &feeds) || !bf_json_iter_init (&iter, feeds))
    return BF_CTL_FAILED;
  while (bf_json_iter_next (&iter, NULL, NULL, &feed))
    {
      g_autofree char *since = bf_ctl_age_of (feed, "since");
      g_autofree char *newest = newest_of (feed);
      g_autofree char *assets = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (feed, "assets", 0));
      g_autofree char *observations = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (feed, "observations", 0));
      g_autofree char *refused = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (feed, "refused", 0));
      g_autofree char *restarts = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (feed, "restarts", 0));

      bf_ctl_table_add (rows, bf_json_member_string (feed, "name", ""), bf_ctl_word (bf_json_member_string (feed, "state", "")), since, newest, assets,
                 observations, refused, restarts, reason_of (feed), NULL);
    }
  bf_ctl_print_table (rows);
  return code;
}

int
bf_ctl_problems (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  g_autoptr (GTimeZone) zone = NULL;
  BfJsonNode problems;
  BfJsonNode problem;
  BfJsonIter iter;
  gboolean any = FALSE;
  int code = bf_ctl_ask (ctl, "/api/v1/problems", NULL, &answer);

  if (code != BF_CTL_OK)
    return code;
  if (ctl->json)
    bf_ctl_print_bytes (answer.bytes);
  if (!bf_json_member (answer.root, "problems", &problems) || !bf_json_iter_init (&iter, problems))
    return BF_CTL_FAILED;
  while (bf_json_iter_next (&iter, NULL, NULL, &problem))
    {
      if (!any && !ctl->json)
        zone = bf_ctl_meet (ctl);
      any = TRUE;
      if (!ctl->json)
        {
          g_autofree char *text = g_strdup_printf ("%s:%" G_GINT64_FORMAT ": %s", bf_json_member_string (problem, "file", ""),
                                                   bf_json_member_int (problem, "line", 0), bf_json_member_string (problem, "message", ""));

          bf_ctl_print_line (text, NULL);
        }
    }
  return any ? BF_CTL_PROBLEMS : BF_CTL_OK;
}

static void
print_status (BfJsonNode root)
{
  g_autoptr (GPtrArray) rows = bf_ctl_table_new (_ ("SERVICE"), _ ("HEARD"), _ ("EXPECTED"), _ ("UNACKNOWLEDGED"), _ ("ACKNOWLEDGED"), _ ("WORST"), NULL);
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

        bf_ctl_table_add (rows, bf_json_member_string (service, "id", ""), heard, expected, fresh, held,
                   bf_ctl_word (bf_json_member_string (service, "worst", "-")), NULL);
      }
  bf_ctl_print_table (rows);
  if (bf_json_member (root, "store", &store))
    g_print (_ ("store: %s, %" PRId64 " written, %" PRId64 " refused\n"),
             bf_json_member_string (store, "error", _ ("well")), bf_json_member_int (store, "written", 0),
             bf_json_member_int (store, "refused", 0));
  if (bf_json_member (root, "loop", &loop))
    g_print (_ ("main loop: longest turn %.1f ms of work, %" PRId64 " over 2 ms; %.1f ms and %" PRId64 " with the wait for a core\n"),
             (double) bf_json_member_int (loop, "longest_cpu_us", 0) / 1000, bf_json_member_int (loop, "cpu_over_2ms", 0),
             (double) bf_json_member_int (loop, "longest_us", 0) / 1000, bf_json_member_int (loop, "over_2ms", 0));
  g_print (_ ("problems: %" PRId64 "\n"), bf_json_member_int (root, "problems", 0));
}

int
bf_ctl_status (const BfCtl *ctl, char **arguments)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  int code;

  if (bf_ctl_begin (ctl, "/api/v1/status", NULL, &answer, &code))
    print_status (answer.root);
  return code;
}
