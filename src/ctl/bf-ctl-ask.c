/* SPDX-License-Identifier: EUPL-1.2 */
/* Asking an engine: see bf-ctl-ask.h. Answers are bounded; an error is said here, once, and is an exit code from then on. */

#include "ctl/bf-ctl-ask.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "api/bf-client.h"
#include "base/bf-error.h"
#include "base/bf-language.h"
#include "base/bf-time.h"
#include "ctl/bf-ctl-print.h"

#define ANSWER_BYTES (256u << 20)

void
bf_ctl_answer_clear (BfCtlAnswer *answer)
{
  bf_json_doc_free (answer->doc);
  g_clear_pointer (&answer->bytes, g_bytes_unref);
}

/* What is not the engine's own word comes from the way to it. */
static int
fail (const BfCtl *ctl, const GError *error)
{
  if (error->domain != BF_ERROR)
    {
      g_printerr (_ ("beffroictl: no engine answers at %s: %s\n"), ctl->address, bf_error_io_words (error));
      g_printerr (_ ("Start one with “beffroi-engine --city DIR”, or say where it listens with --connect, --data or --city.\n"));
      return BF_CTL_UNREACHABLE;
    }
  g_printerr ("beffroictl: %s\n", error->message);
  if (error->code == BF_ERROR_NOT_FOUND)
    return BF_CTL_NOT_FOUND;
  return error->code == BF_ERROR_STATE ? BF_CTL_CONFLICT : BF_CTL_FAILED;
}

int
bf_ctl_ask (const BfCtl *ctl, const char *path, const char *body, BfCtlAnswer *answer)
{
  g_autoptr (BfClient) client = bf_client_new (ctl->address, ctl->token);
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *text;

  answer->doc = bf_json_doc_new (ANSWER_BYTES);
  answer->bytes = bf_client_request (client, path, body, ANSWER_BYTES, NULL, &error);
  if (answer->bytes == NULL)
    return fail (ctl, error);
  text = g_bytes_get_data (answer->bytes, &length);
  return bf_json_doc_parse (answer->doc, text, length, &answer->root, &error) ? BF_CTL_OK : fail (ctl, error);
}

void
bf_ctl_print_bytes (GBytes *bytes)
{
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  fwrite (text, 1, length, stdout);
  putchar ('\n');
}

gboolean
bf_ctl_begin (const BfCtl *ctl, const char *path, const char *body, BfCtlAnswer *answer, int *ret_code)
{
  *ret_code = bf_ctl_ask (ctl, path, body, answer);
  if (*ret_code == BF_CTL_OK && ctl->json)
    bf_ctl_print_bytes (answer->bytes);
  return *ret_code == BF_CTL_OK && !ctl->json;
}

const char *
bf_ctl_name_of (BfJsonNode node, const char *key)
{
  BfJsonNode name;
  const char *text;

  if (!bf_json_member (node, key, &name))
    return "";
  text = bf_json_member_string (name, bf_language_now (), NULL);
  return text != NULL ? text : bf_json_member_string (name, "en", "");
}

GTimeZone *
bf_ctl_meet (const BfCtl *ctl)
{
  g_auto (BfCtlAnswer) answer = { 0 };
  GTimeZone *zone = NULL;
  BfJsonNode city;

  if (bf_ctl_ask (ctl, "/api/v1/hello", NULL, &answer) == BF_CTL_OK && bf_json_member (answer.root, "city", &city))
    {
      const char *language = bf_json_member_string (city, "language", bf_language_now ());

      zone = g_time_zone_new_identifier (bf_json_member_string (city, "zone", ""));
      if (strcmp (language, bf_language_now ()) != 0)
        g_printerr (_ ("(the engine's reasons are written in its language, “%s”: Language= of city.conf)\n"), language);
    }
  return zone != NULL ? zone : g_time_zone_new_local ();
}

char *
bf_ctl_moment_of (BfJsonNode node, const char *key, GTimeZone *zone)
{
  gint64 time_us = bf_json_member_time (node, key);
  g_autoptr (GDateTime) utc = time_us != BF_TIME_NONE ? g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC) : NULL;
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_timezone (utc, zone) : NULL;

  return local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S %Z") : NULL;
}

static char *
span_text (gint64 span_s)
{
  if (span_s < 120)
    return g_strdup_printf ("%" G_GINT64_FORMAT " s", span_s);
  if (span_s < 7200)
    return g_strdup_printf ("%" G_GINT64_FORMAT " min", span_s / 60);
  if (span_s < 172800)
    return g_strdup_printf ("%" G_GINT64_FORMAT " h", span_s / 3600);
  return g_strdup_printf (_ ("%" PRId64 " d"), span_s / 86400);
}

char *
bf_ctl_age_of (BfJsonNode node, const char *key)
{
  gint64 time_us = bf_json_member_time (node, key);
  gint64 age_s;
  g_autofree char *span = NULL;

  if (time_us == BF_TIME_NONE)
    return g_strdup ("-");
  age_s = (bf_time_now_us () - time_us) / G_USEC_PER_SEC;
  span = span_text (ABS (age_s));
  return age_s < 0 ? g_strdup_printf (_ ("in %s"), span) : g_steal_pointer (&span);
}
