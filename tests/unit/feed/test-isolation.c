/* SPDX-License-Identifier: EUPL-1.2 */
/* Plugins that crash, hang, leak, flood and lie, beside feeds that work: 20 processes under one supervisor, 10 of them hostile. Each
 * hostile one is marked with its reason; the others lose nothing. And one that tries to get out: each way is refused. */

#include <libsoup/soup.h>
#include <string.h>

#include "feed-test-util.h"
#include "feed/bf-decode.h"
#include "feed/bf-supervisor.h"

#define N_GOOD 10u
#define N_VALUES 6u
#define MAX_FEEDS 32u
#define LONG_DEADLINE_S 150

typedef struct
{
  BfCatalog *catalog;
  char *city;
  char *feeds;
  char *plugins;
  char *payloads;
  SoupServer *server;
  BfSupervisor *supervisor;
  guint served[N_GOOD];
  guint received[N_GOOD]; /* bits: which of the values came */
  guint64 n_received;
  guint n_foreign;         /* things and values of feeds that are not of their service, or a result time that goes back */
  guint n_of_liar;         /* values that the feed under watch was believed */
  guint liar;              /* the feed under watch, or 0 */
  gint64 result_us[MAX_FEEDS];
} Fixture;

static gboolean
late_cb (gpointer user_data)
{
  g_error ("%s: not within %d s", (const char *) user_data, LONG_DEADLINE_S);
  return G_SOURCE_REMOVE;
}

#define until(condition)                                                                                               \
  G_STMT_START                                                                                                         \
  {                                                                                                                    \
    guint late = g_timeout_add_seconds (LONG_DEADLINE_S, late_cb, (gpointer) #condition);                              \
    while (!(condition))                                                                                               \
      g_main_context_iteration (NULL, TRUE);                                                                           \
    g_source_remove (late);                                                                                            \
  }                                                                                                                    \
  G_STMT_END

static void
serve_cb (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  Fixture *fixture = user_data;
  guint feed = (guint) g_ascii_strtoull (path + 1, NULL, 10);
  guint value;
  char at[BF_TIME_TEXT_BYTES];
  char *text;

  g_assert_cmpuint (feed, <, N_GOOD);
  value = MIN (fixture->served[feed], N_VALUES - 1);
  fixture->served[feed]++;
  text = g_strdup_printf ("[{\"key\": \"%u\", \"free\": %u, \"at\": \"%s\"}]", feed, value, bf_time_format (bf_time_now_us (), at));
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_TAKE, text, strlen (text));
}

static guint
service_of (Fixture *fixture, guint feed)
{
  return bf_catalog_find_service (fixture->catalog, feed < N_GOOD ? "parking" : "hostile")->index;
}

static void
asset_cb (gpointer user_data, guint feed, guint32 asset, const BfAssetDraft *draft)
{
  Fixture *fixture = user_data;

  fixture->n_foreign += bf_catalog_kind (fixture->catalog, draft->kind)->service != service_of (fixture, feed);
}

static void
batch_cb (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (feed, <, MAX_FEEDS);
  fixture->n_foreign += result_us < fixture->result_us[feed] || result_us > bf_time_now_us ();
  fixture->result_us[feed] = result_us;
  for (guint i = 0; i < n; i++)
    fixture->n_foreign += bf_catalog_property (fixture->catalog, observations[i].property)->service != service_of (fixture, feed);
  if (feed == fixture->liar)
    fixture->n_of_liar += n;
  if (feed >= N_GOOD)
    return;
  fixture->n_received += n;
  for (guint i = 0; i < n; i++)
    fixture->received[feed] |= 1u << (guint) observations[i].value;
}

static const BfSupervisorHandler handler = { asset_cb, batch_cb, NULL };

static void
make_plugins (Fixture *fixture)
{
  g_autofree char *parking = g_build_filename (g_getenv ("BEFFROI_PLUGINS"), "parking", NULL);
  g_autofree char *real = realpath (parking, NULL);
  g_autofree char *link = g_build_filename (fixture->plugins, "parking", NULL);
  g_autofree char *dir = g_build_filename (fixture->plugins, "hostile", NULL);
  const char *sources[] = { g_getenv ("BF_TEST_HOSTILE_MODULE"), g_getenv ("BF_TEST_HOSTILE_MANIFEST") };

  g_assert_cmpint (symlink (real, link), ==, 0);
  g_assert_cmpint (g_mkdir (dir, 0755), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autoptr (GFile) from = g_file_new_for_path (sources[i]);
      g_autofree char *name = g_path_get_basename (sources[i]);
      g_autoptr (GFile) to = g_file_new_build_filename (dir, name, NULL);

      g_assert_true (g_file_copy (from, to, G_FILE_COPY_NONE, NULL, NULL, NULL, NULL));
    }
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  BfSupervisorLimits limits = bf_supervisor_limits_default;
  g_autoptr (GPtrArray) problems = bf_problems_new ();
  g_autoptr (GError) error = NULL;

  fixture->city = test_scratch ();
  fixture->feeds = g_build_filename (fixture->city, "feeds.d", NULL);
  fixture->plugins = test_scratch ();
  fixture->payloads = test_scratch ();
  g_mkdir (fixture->feeds, 0755);
  make_plugins (fixture);
  fixture->catalog = bf_catalog_new ();
  bf_catalog_add_plugin_dirs (fixture->catalog, fixture->plugins, problems, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (problems->len, ==, 0);
  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, NULL, serve_cb, fixture, NULL);
  soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  limits.restart_min_us = 100000;
  limits.restart_max_us = 2 * G_USEC_PER_SEC;
  limits.grace_us = 20 * G_USEC_PER_SEC;
  limits.bytes_burst = 4u << 20;
  limits.bytes_per_s = 1u << 20;
  fixture->supervisor = bf_supervisor_new (fixture->catalog, g_getenv ("BF_TEST_FEED"), fixture->plugins, NULL, &handler, fixture);
  bf_supervisor_set_limits (fixture->supervisor, &limits);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *dir = g_build_filename (fixture->plugins, "hostile", NULL);

  bf_supervisor_free (fixture->supervisor);
  g_object_unref (fixture->server);
  bf_catalog_free (fixture->catalog);
  test_scratch_remove (dir);
  test_scratch_remove (fixture->plugins);
  test_scratch_remove (fixture->feeds);
  test_scratch_remove (fixture->city);
  test_scratch_remove (fixture->payloads);
  g_free (fixture->payloads);
  g_free (fixture->feeds);
  g_free (fixture->plugins);
  g_free (fixture->city);
}

static guint
add (Fixture *fixture, const char *name, const char *text)
{
  g_autofree char *file = g_strconcat (name, ".feed", NULL);
  g_autofree char *path = test_write (fixture->feeds, file, text);
  BfFeedDef *def = bf_feed_def_load (path, 0, fixture->catalog, NULL, NULL);

  if (def->bad)
    g_error ("%s", def->reason);
  return bf_supervisor_add (fixture->supervisor, def);
}

static guint
add_hostile (Fixture *fixture, const char *name, const char *mode)
{
  g_autofree char *file = g_strconcat (name, ".payload", NULL);
  g_autofree char *payload = test_write (fixture->payloads, file, mode);
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=hostile\nFormat=hostile\nUrl=file://%s\nEvery=1s\nTimeout=2s\nMaxBytes=1000000\n", payload);

  return add (fixture, name, text);
}

static BfFeedInfo
info_of (Fixture *fixture, guint feed)
{
  BfFeedInfo info;

  bf_supervisor_info (fixture->supervisor, feed, &info);
  return info;
}

static gboolean
all_served (Fixture *fixture)
{
  for (guint i = 0; i < N_GOOD; i++)
    if (fixture->received[i] != (1u << N_VALUES) - 1)
      return FALSE;
  return TRUE;
}

static void
add_good (Fixture *fixture)
{
  GSList *uris = soup_server_get_uris (fixture->server);

  for (guint i = 0; i < N_GOOD; i++)
    {
      g_autofree char *name = g_strdup_printf ("good%u", i);
      g_autofree char *text = g_strdup_printf ("[Feed]\nService=parking\nFormat=json\nUrl=http://127.0.0.1:%d/%u\nEvery=1s\nKind=off_street\n"
                                               "Timeout=60s\n[Map]\nid=key\nfree_spaces=free\nobserved=at\n",
                                               g_uri_get_port (uris->data), i);

      g_assert_cmpuint (add (fixture, name, text), ==, i);
    }
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
}

/* What a hostile feed does, and part of what must be said of it: the kernel's or the supervisor's word. */
typedef struct
{
  const char *mode;
  const char *words;
} Hostile;

/* Adds them behind the good ones; until each is marked with its words and the good ones have all that was served. */
static void
run_hostile (Fixture *fixture, const Hostile *modes, guint n_modes, guint *ret_feeds)
{
  g_autofree gboolean *marked = g_new0 (gboolean, n_modes);
  guint n_marked = 0;
  guint64 counted = 0;

  add_good (fixture);
  for (guint i = 0; i < n_modes; i++)
    ret_feeds[i] = add_hostile (fixture, modes[i].mode, modes[i].mode);
  until (({
           for (guint i = 0; i < n_modes; i++)
             {
               BfFeedInfo info = info_of (fixture, ret_feeds[i]);
               gboolean is_bad = (info.state == BF_FEED_CRASHED || info.state == BF_FEED_RETRY) && info.reason != NULL;

               if (marked[i] || !is_bad)
                 continue;
               g_test_message ("%s: %s", modes[i].mode, info.reason);
               if (strstr (info.reason, modes[i].words) == NULL)
                 g_error ("%s: expected “%s” in “%s”", modes[i].mode, modes[i].words, info.reason);
               marked[i] = TRUE;
               n_marked++;
             }
           n_marked == n_modes && all_served (fixture);
         }));
  for (guint i = 0; i < N_GOOD; i++)
    {
      g_assert_cmpuint (info_of (fixture, i).restarts, ==, 0);
      g_assert_cmpuint (info_of (fixture, i).n_refused, ==, 0);
      counted += info_of (fixture, i).n_observations;
    }
  g_assert_cmpuint (counted, ==, fixture->n_received);
  g_assert_cmpuint (fixture->n_foreign, ==, 0);
}

static void
test_hostile (Fixture *fixture, gconstpointer unused)
{
  static const Hostile modes[] = {
    { "crash", "signal 11" },   { "abort", "signal 6" }, { "exit", "status 0" }, { "hang", "hangs" },       { "leak", "signal" },
    { "recurse", "signal 11" }, { "flood", "flood" },    { "words", "flood" },   { "rubbish", "rubbish" },  { "huge", "rubbish" },
  };
  guint feeds[G_N_ELEMENTS (modes)];

  run_hostile (fixture, modes, G_N_ELEMENTS (modes), feeds);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    g_assert_cmpuint (info_of (fixture, feeds[i]).n_observations, ==, 0);
}

/* What is said in good form and is not so: what can be known to be false ends the process, and none of it was believed. */
static void
test_liars (Fixture *fixture, gconstpointer unused)
{
  static const Hostile modes[] = {
    { "lie-counts", "says 1000000 observations, of which 0 came" },
    { "lie-records", "more than any attempt has" },
    { "lie-hello", "a second HELLO" },
    { "lie-kind", "of kind “off_street”, which the service does not have" },
    { "lie-property", "a property outside of HELLO's list" },
    { "lie-kind-of-property", "a property that the asset's kind does not have" },
    { "lie-stranger", "an asset that was not announced" },
    { "lie-twice", "given to a second asset" },
    { "lie-value", "a value outside of the property's range" },
    { "lie-future", "an observation of the future" },
    { "lie-taken", "took more bodies than it was given" },
    { "lie-to-sink", "of kind “off_street”, which the service does not have" },
  };
  guint feeds[G_N_ELEMENTS (modes)];

  run_hostile (fixture, modes, G_N_ELEMENTS (modes), feeds);
  for (guint i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      BfFeedInfo info = info_of (fixture, feeds[i]);

      g_assert_cmpuint (info.n_observations, ==, 0);
      g_assert_cmpuint (info.n_records, ==, 0);
      g_assert_cmpuint (info.n_payloads, ==, 0);
    }
}

/* An answer that is dated back: its values count as of the last answer's time, for the rules' time never goes back, and it is said. */
static void
test_time_back (Fixture *fixture, gconstpointer unused)
{
  static const Hostile modes[] = { { "lie-back", "done: lie-back" } };
  const GPtrArray *refusals;
  gint64 before_us = bf_time_now_us ();
  guint feed;

  fixture->liar = N_GOOD;
  run_hostile (fixture, modes, G_N_ELEMENTS (modes), &feed);
  g_assert_cmpuint (feed, ==, fixture->liar);
  g_assert_cmpuint (fixture->n_of_liar, >=, 2);
  g_assert_cmpint (fixture->result_us[feed], >=, before_us);
  refusals = bf_supervisor_refusals (fixture->supervisor, feed);
  g_assert_cmpuint (refusals->len, >=, 1);
  g_test_message ("%s", ((const BfFeedRefusal *) g_ptr_array_index (refusals, 0))->text);
  g_assert_nonnull (strstr (((const BfFeedRefusal *) g_ptr_array_index (refusals, 0))->text, "before the last one"));
  g_assert_cmpuint (info_of (fixture, feed).n_refused, >=, 1);
}

static void
expect_walls (const char *tried)
{
  g_auto (GStrv) tries = NULL;

  g_assert_nonnull (tried);
  tries = g_strsplit (tried, " ", -1);
  g_assert_cmpuint (g_strv_length (tries), ==, 22);
  for (guint i = 1; tries[i] != NULL; i++)
    if (g_str_has_suffix (tries[i], ":0"))
      g_error ("not refused: %s", tries[i]);
}

static void
test_escape (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *secret = test_write (fixture->feeds, "secret", "top secret");
  g_autofree char *mode = g_strconcat ("try ", secret, NULL);
  guint feed = add_hostile (fixture, "escape", mode);

  until (info_of (fixture, feed).state == BF_FEED_RETRY || info_of (fixture, feed).state == BF_FEED_CRASHED);
  g_test_message ("%s", info_of (fixture, feed).reason);
  g_assert_true (g_str_has_prefix (info_of (fixture, feed).reason, "tried "));
  expect_walls (info_of (fixture, feed).reason);
  g_assert_true (g_file_test (secret, G_FILE_TEST_EXISTS));
  g_assert_false (g_file_test ("/tmp/beffroi-hostile", G_FILE_TEST_EXISTS));
}

/* A payload that is decoded from a file (beffroictl decode) is as foreign, and so is the plugin: the same walls. */
static void
test_escape_decode (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *secret = test_write (fixture->feeds, "secret", "top secret");
  g_autofree char *mode = g_strconcat ("try ", secret, NULL);
  g_autofree char *payload = test_write (fixture->payloads, "payload", mode);
  g_autofree char *path = test_write (fixture->feeds, "hostile.feed", "[Feed]\nService=hostile\nFormat=hostile\nUrl=https://example.org/\nEvery=1h\n");
  g_autoptr (GError) error = NULL, tried = NULL;
  BfFeedDef *def = bf_feed_def_load (path, 0, fixture->catalog, NULL, &error);
  g_autoptr (GString) observations = g_string_new (NULL), refused = g_string_new (NULL);
  BfFeedStatus status;

  g_assert_no_error (error);
  g_assert_false (bf_decode_payload (fixture->catalog, g_getenv ("BF_TEST_FEED"), fixture->plugins, NULL, def, payload, BF_TIME_NONE, observations,
                                     refused, &status, &tried));
  g_test_message ("%s", tried->message);
  expect_walls (strstr (tried->message, "tried "));
  bf_feed_def_free (def);
}

static gboolean
tick_cb (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#ifdef __SANITIZE_ADDRESS__
  g_test_message ("the sanitizer cannot run in the sandbox");
  return 77;
#endif
  g_timeout_add (20, tick_cb, NULL);
  g_test_add ("/feed/isolation/escape", Fixture, NULL, set_up, test_escape, tear_down);
  g_test_add ("/feed/isolation/escape-decode", Fixture, NULL, set_up, test_escape_decode, tear_down);
  g_test_add ("/feed/isolation/hostile", Fixture, NULL, set_up, test_hostile, tear_down);
  g_test_add ("/feed/isolation/liars", Fixture, NULL, set_up, test_liars, tear_down);
  g_test_add ("/feed/isolation/time-back", Fixture, NULL, set_up, test_time_back, tear_down);
  return g_test_run ();
}
