/* SPDX-License-Identifier: EUPL-1.2 */
/* A city for the tests of transports: see wire-city.h. Main thread, default main context. */

#include "wire-city.h"

#include <inttypes.h>
#include <string.h>

#define TICK_MS 20

gboolean wire_same_stamp;

gboolean
wire_late_cb (gpointer user_data)
{
  g_error ("%s: not within %d s", (const char *) user_data, WIRE_DEADLINE_S);
  return G_SOURCE_REMOVE;
}

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
batch_cb (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  WireCity *city = user_data;

  city->n_observations += n;
  for (guint i = 0; i < n; i++)
    {
      gpointer key = GUINT_TO_POINTER (1000 * feed + (guint) observations[i].value);

      g_hash_table_insert (city->values, key, GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (city->values, key)) + 1));
    }
}

static void
changed_cb (gpointer user_data, guint feed)
{
  WireCity *city = user_data;
  BfFeedInfo info;

  if (city->supervisor == NULL || bf_supervisor_n (city->supervisor) <= feed)
    return;
  bf_supervisor_info (city->supervisor, feed, &info);
  g_string_append_printf (city->said, "%s: %s\n", bf_feed_state_id (info.state), info.reason != NULL ? info.reason : "");
}

static const BfSupervisorHandler handler = { NULL, batch_cb, changed_cb };

static char *
folder (WireCity *city, const char *name)
{
  return g_build_filename (city->dir, name, NULL);
}

WireCity *
wire_city_new (void)
{
  static guint ticker;
  WireCity *city = g_new0 (WireCity, 1);
  g_autofree char *feeds = NULL;
  g_autofree char *secrets = NULL;

  if (ticker == 0)
    ticker = g_timeout_add (TICK_MS, tick_cb, NULL);
  city->catalog = test_catalog ();
  city->dir = test_scratch ();
  feeds = folder (city, "feeds.d");
  secrets = folder (city, "secrets.d");
  g_mkdir (feeds, 0700);
  g_mkdir (secrets, 0700);
  city->values = g_hash_table_new (NULL, NULL);
  city->said = g_string_new (NULL);
  wire_city_secret (city, "token", WIRE_SECRET);
  return city;
}

void
wire_city_free (WireCity *city)
{
  g_autofree char *feeds = folder (city, "feeds.d");
  g_autofree char *secrets = folder (city, "secrets.d");

  bf_supervisor_free (city->supervisor);
  /* A secret is in no word that came out. */
  g_assert_null (strstr (city->said->str, WIRE_SECRET));
  g_string_free (city->said, TRUE);
  g_hash_table_unref (city->values);
  test_scratch_remove (feeds);
  test_scratch_remove (secrets);
  test_scratch_remove (city->dir);
  g_free (city->dir);
  bf_catalog_free (city->catalog);
  g_free (city);
}

void
wire_city_secret (WireCity *city, const char *name, const char *text)
{
  g_autofree char *secrets = folder (city, "secrets.d");
  g_autofree char *path = test_write (secrets, name, text);

  g_chmod (path, 0600);
}

static void
start (WireCity *city)
{
  BfSupervisorLimits limits = bf_supervisor_limits_default;
  g_autofree char *secrets = folder (city, "secrets.d");

  limits.restart_min_us = 50000;
  city->supervisor = bf_supervisor_new (city->catalog, g_getenv ("BF_TEST_FEED"), g_getenv ("BEFFROI_PLUGINS"), "Europe/Paris", &handler, city);
  bf_supervisor_set_limits (city->supervisor, &limits);
  bf_supervisor_set_net (city->supervisor, city->proxy, city->ca, secrets, city->dir);
}

static const char *
unless (const char *keys, const char *line)
{
  g_autofree char *key = g_strndup (line, strchr (line, '=') + 1 - line);

  return g_str_has_prefix (keys, key) || strstr (keys, key) != NULL ? "" : line;
}

guint
wire_city_add (WireCity *city, const char *name, const char *keys)
{
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=parking\n%s%s%s%s%sKind=off_street\n[Map]\nid=key\nname=nom\nfree_spaces=free\nobserved=at\n",
                                           keys, unless (keys, "Format=json\n"), unless (keys, "Every=1s\n"), unless (keys, "Stale=1h\n"),
                                           unless (keys, "Timeout=2s\n"));
  g_autofree char *file = g_strconcat (name, ".feed", NULL);
  g_autofree char *feeds = folder (city, "feeds.d");
  g_autofree char *path = test_write (feeds, file, text);
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  BfFeedDef *def = bf_feed_def_load (path, 0, city->catalog, problems, NULL);

  if (def->bad)
    g_error ("%s\n%s", def->reason, text);
  if (city->supervisor == NULL)
    start (city);
  return bf_supervisor_add (city->supervisor, def);
}

BfFeedInfo
wire_city_info (WireCity *city, guint feed)
{
  BfFeedInfo info;

  bf_supervisor_info (city->supervisor, feed, &info);
  return info;
}

guint
wire_city_times (WireCity *city, guint feed, guint value)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (city->values, GUINT_TO_POINTER (1000 * feed + value)));
}

gboolean
wire_city_has (WireCity *city, guint value)
{
  return wire_city_times (city, 0, value) > 0;
}

gboolean
wire_city_is_good (WireCity *city, guint feed)
{
  BfFeedInfo info = wire_city_info (city, feed);

  return info.state == BF_FEED_OK || info.state == BF_FEED_STALE;
}

gboolean
wire_city_is_bad (WireCity *city, guint feed)
{
  BfFeedInfo info = wire_city_info (city, feed);

  return (info.state == BF_FEED_RETRY || info.state == BF_FEED_REFUSED || info.state == BF_FEED_CRASHED) && info.reason != NULL &&
         info.reason[0] != '\0' && info.since_us > 0;
}

void
wire_city_check_counts (WireCity *city, guint feed, guint64 n_observations)
{
  BfFeedInfo info = wire_city_info (city, feed);

  g_test_message ("%s: %" PRIu64 " attempts = %" PRIu64 " payloads + %" PRIu64 " unchanged + %" PRIu64 " failed; %" PRIu64 " records = %" PRIu64
                  " observations + %" PRIu64 " refused; %u deaths",
                  info.def->name, info.n_attempts, info.n_payloads, info.n_not_modified, info.n_failed, info.n_records, info.n_observations,
                  info.n_refused, info.n_deaths);
  g_assert_cmpuint (info.n_attempts, ==, info.n_payloads + info.n_not_modified + info.n_failed);
  g_assert_cmpuint (info.n_records, ==, info.n_observations + info.n_refused);
  g_assert_cmpuint (info.n_observations, ==, n_observations);
}

char *
wire_clock (gint64 at_us)
{
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (at_us / G_USEC_PER_SEC);
  g_autofree char *text = g_date_time_format (date, "%H:%M:%S");

  return g_strdup_printf ("%s.%03d", text, (int) (at_us % G_USEC_PER_SEC / 1000));
}

char *
wire_record (guint value)
{
  static gint64 last_us;
  gint64 at_us = wire_same_stamp && last_us > 0 ? last_us : MAX (last_us + 1, bf_time_now_us ());
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (at_us / G_USEC_PER_SEC);
  g_autofree char *text = g_date_time_format (date, "%Y-%m-%dT%H:%M:%S");

  last_us = at_us;
  return g_strdup_printf ("{\"key\": \"a\", \"nom\": \"A\", \"free\": %u, \"at\": \"%s.%06dZ\"}", value, text, (int) (at_us % G_USEC_PER_SEC));
}
