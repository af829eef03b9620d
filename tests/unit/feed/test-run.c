/* SPDX-License-Identifier: EUPL-1.2 */
/* The real beffroi-feed under the real supervisor, against a server in this process: what a city's server may answer, and
 * what the engine then knows. */

#include <glib/gstdio.h>
#include <libsoup/soup.h>
#include <signal.h>
#include <string.h>

#include "feed-test-util.h"
#include "feed/bf-decode.h"
#include "feed/bf-supervisor.h"

typedef struct
{
  BfCatalog *catalog;
  char *dir;
  SoupServer *server;
  BfSupervisor *supervisor;
  guint n_requests;
  guint n_conditional;
  /* what the server says */
  char *body;
  guint status;
  gboolean pages;
  const char *links; /* form of the Link header of a page of two; NULL: the page is an array without one */
  gboolean linked;
  guint n_with_key;
  const char *total; /* its X-Total-Count */
  /* what came */
  guint n_batches;
  GArray *values; /* double */
  GPtrArray *names;
  gint64 result_us;
} Fixture;

static void
answer_page (Fixture *fixture, SoupServerMessage *message, GHashTable *query)
{
  const char *offset = query != NULL ? g_hash_table_lookup (query, "offset") : NULL;
  guint first = offset != NULL ? (guint) g_ascii_strtoull (offset, NULL, 10) : 0;
  GString *text = g_string_new ("{\"total_count\": 5, \"results\": [");
  char at[BF_TIME_TEXT_BYTES];

  if (query != NULL && g_strcmp0 (g_hash_table_lookup (query, "apikey"), "a b&Zebra") == 0)
    fixture->n_with_key++;
  bf_time_format (bf_time_now_us (), at);
  for (guint i = first; i < MIN (first + 2, 5); i++)
    g_string_append_printf (text, "%s{\"key\": \"k%u\", \"nom\": \"Parc %u\", \"free\": %u, \"at\": \"%s\"}",
                            i > first ? "," : "", i, i, i, at);
  g_string_append (text, "]}");
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, text->str, text->len);
  g_string_free (text, TRUE);
}

/* OCPI, NGSI-LD: where the next page is stands in a header. */
static void
answer_linked (Fixture *fixture, SoupServerMessage *message, GHashTable *query)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *offset = query != NULL ? g_hash_table_lookup (query, "from") : NULL;
  guint first = offset != NULL ? (guint) g_ascii_strtoull (offset, NULL, 10) : 0;
  GString *text = g_string_new ("[");
  char at[BF_TIME_TEXT_BYTES];

  bf_time_format (bf_time_now_us (), at);
  for (guint i = first; i < MIN (first + 2, 6); i++)
    g_string_append_printf (text, "%s{\"key\": \"k%u\", \"nom\": \"Parc %u\", \"free\": %u, \"at\": \"%s\"}",
                            i > first ? "," : "", i, i, i, at);
  g_string_append (text, "]");
  if (fixture->links != NULL && first + 2 < 6)
    {
      g_autofree char *number = g_strdup_printf ("%u", first + 2);
      g_autoptr (GString) links = g_string_new (fixture->links);

      g_string_replace (links, "@", number, 0);
      soup_message_headers_append (headers, "Link", "<http://example.org/context.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\"");
      soup_message_headers_append (headers, "Link", links->str);
    }
  if (fixture->total != NULL)
    soup_message_headers_append (headers, "X-Total-Count", fixture->total);
  soup_message_headers_append (headers, "ETag", "\"same\"");
  soup_server_message_set_status (message, 200, NULL);
  soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, text->str, text->len);
  g_string_free (text, TRUE);
}

static void
handler (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query, gpointer user_data)
{
  Fixture *fixture = user_data;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  const char *tag = soup_message_headers_get_one (soup_server_message_get_request_headers (message), "If-None-Match");

  fixture->n_requests++;
  if (fixture->pages)
    answer_page (fixture, message, query);
  else if (fixture->linked)
    answer_linked (fixture, message, query);
  else if (g_strcmp0 (tag, "\"same\"") == 0)
    {
      fixture->n_conditional++;
      soup_server_message_set_status (message, 304, NULL);
    }
  else
    {
      soup_server_message_set_status (message, fixture->status, NULL);
      soup_message_headers_replace (headers, "ETag", "\"same\"");
      soup_server_message_set_response (message, "application/json", SOUP_MEMORY_COPY, fixture->body, strlen (fixture->body));
    }
}

static void
asset_cb (gpointer user_data, guint feed, guint32 asset, const BfAssetDraft *draft)
{
  Fixture *fixture = user_data;

  g_ptr_array_add (fixture->names, g_strdup (draft->name));
}

static void
batch_cb (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  Fixture *fixture = user_data;

  fixture->n_batches++;
  fixture->result_us = result_us;
  for (guint i = 0; i < n; i++)
    g_array_append_val (fixture->values, observations[i].value);
}

static const BfSupervisorHandler supervisor_handler = { asset_cb, batch_cb, NULL };

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  BfSupervisorLimits limits = bf_supervisor_limits_default;
  g_autoptr (GError) error = NULL;

  fixture->catalog = test_catalog ();
  fixture->dir = test_scratch ();
  fixture->values = g_array_new (FALSE, FALSE, sizeof (double));
  fixture->names = g_ptr_array_new_with_free_func (g_free);
  fixture->status = 200;
  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, NULL, handler, fixture, NULL);
  soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  limits.restart_min_us = 20000;
  fixture->supervisor = bf_supervisor_new (fixture->catalog, g_getenv ("BF_TEST_FEED"), g_getenv ("BEFFROI_PLUGINS"),
                                           "Europe/Paris", &supervisor_handler, fixture);
  bf_supervisor_set_limits (fixture->supervisor, &limits);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  bf_supervisor_free (fixture->supervisor);
  g_object_unref (fixture->server);
  bf_catalog_free (fixture->catalog);
  g_array_unref (fixture->values);
  g_ptr_array_unref (fixture->names);
  test_scratch_remove (fixture->dir);
  g_free (fixture->dir);
  g_free (fixture->body);
}

static char *
server_url (Fixture *fixture)
{
  GSList *uris = soup_server_get_uris (fixture->server);
  char *url = g_uri_to_string (uris->data);

  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  return url;
}

static BfFeedDef *
define (Fixture *fixture)
{
  g_autofree char *url = server_url (fixture);
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=parking\nFormat=opendatasoft\n"
                                           "Url=%sapi/explore/v2.1/catalog/datasets/parcs/records?limit=2\nEvery=1s\nStale=1h\n"
                                           "Kind=off_street\n[Map]\nid=key\nname=nom\nfree_spaces=free\nobserved=at\n",
                                           url);
  g_autofree char *path = test_write (fixture->dir, "parcs.feed", text);
  g_autoptr (GError) error = NULL;
  BfFeedDef *def = bf_feed_def_load (path, 0, fixture->catalog, NULL, &error);

  g_assert_no_error (error);
  if (def->bad)
    g_error ("%s", def->reason);
  return def;
}

static BfFeedInfo
info_of (Fixture *fixture)
{
  BfFeedInfo info;

  bf_supervisor_info (fixture->supervisor, 0, &info);
  return info;
}

static char *
record_at (gint64 observed_us, int free_spaces)
{
  char buffer[BF_TIME_TEXT_BYTES];

  return g_strdup_printf ("[{\"key\": \"a\", \"nom\": \"Les Lices\", \"free\": %d, \"at\": \"%s\"}]", free_spaces,
                          bf_time_format (observed_us, buffer));
}

/* A good answer, then 304; then the content grows old without a new word. */
static void
test_good (Fixture *fixture, gconstpointer unused)
{
  gint64 observed_us = bf_time_now_us () / G_USEC_PER_SEC * G_USEC_PER_SEC - 60 * G_USEC_PER_SEC;
  g_autoptr (GBytes) payload = NULL;

  fixture->body = record_at (observed_us, 87);
  bf_supervisor_add (fixture->supervisor, define (fixture));
  test_until (info_of (fixture).state == BF_FEED_OK);
  g_assert_cmpuint (fixture->n_batches, ==, 1);
  g_assert_cmpfloat (g_array_index (fixture->values, double, 0), ==, 87);
  g_assert_cmpstr (g_ptr_array_index (fixture->names, 0), ==, "Les Lices");
  g_assert_cmpint (info_of (fixture).newest_us, ==, observed_us);
  payload = bf_supervisor_payload (fixture->supervisor, 0, fixture->result_us);
  g_assert_cmpmem (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload), fixture->body, strlen (fixture->body));
  test_until (info_of (fixture).n_not_modified >= 1);
  g_assert_cmpuint (fixture->n_conditional, >=, 1);
  g_assert_cmpint (info_of (fixture).state, ==, BF_FEED_OK);
  g_assert_cmpuint (fixture->n_batches, ==, 1);
}

/* HTTP 200 with old content is STALE, never OK. */
static void
test_old (Fixture *fixture, gconstpointer unused)
{
  fixture->body = record_at (bf_time_now_us () - 2 * 3600 * G_GINT64_CONSTANT (1000000), 87);
  bf_supervisor_add (fixture->supervisor, define (fixture));
  test_until (info_of (fixture).state == BF_FEED_STALE);
  g_assert_nonnull (strstr (info_of (fixture).reason, "newest content is 2h"));
  g_assert_cmpuint (fixture->n_batches, ==, 1);
}

/* Garbage is RETRY with line and column; the next good answer mends it. */
static void
test_garbage (Fixture *fixture, gconstpointer unused)
{
  fixture->body = g_strdup ("[{\"key\": \"a\",\n \"free\": 1x}]");
  bf_supervisor_add (fixture->supervisor, define (fixture));
  test_until (info_of (fixture).state == BF_FEED_RETRY);
  g_test_message ("%s", info_of (fixture).reason);
  g_assert_nonnull (strstr (info_of (fixture).reason, "line 2"));
  g_assert_nonnull (strstr (info_of (fixture).reason, "column"));
  g_assert_cmpuint (fixture->n_batches, ==, 0);
  g_free (fixture->body);
  fixture->body = record_at (bf_time_now_us (), 5);
  test_until (info_of (fixture).state == BF_FEED_OK);
}

static void
test_statuses (Fixture *fixture, gconstpointer unused)
{
  fixture->body = g_strdup ("no");
  fixture->status = 404;
  bf_supervisor_add (fixture->supervisor, define (fixture));
  test_until (info_of (fixture).state == BF_FEED_REFUSED);
  g_assert_cmpstr (info_of (fixture).reason, ==, "HTTP 404 Not Found");
  /* Refused is asked again at the cap only: 10 s for a cadence of 1 s, less a quarter. */
  g_assert_cmpint (info_of (fixture).next_us, >, info_of (fixture).last_attempt_us + 7 * G_USEC_PER_SEC);
}

/* All pages are one payload: one batch, one result time. */
static void
test_pages (Fixture *fixture, gconstpointer unused)
{
  fixture->pages = TRUE;
  bf_supervisor_add (fixture->supervisor, define (fixture));
  test_until (fixture->n_batches == 1);
  g_assert_cmpuint (fixture->n_requests, ==, 3);
  g_assert_cmpuint (fixture->values->len, ==, 5);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpfloat (g_array_index (fixture->values, double, i), ==, i);
  g_assert_cmpint (info_of (fixture).state, ==, BF_FEED_OK);
}

/* A key in the address is in that of every page. */
static void
test_pages_with_key (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *secrets = g_build_filename (fixture->dir, "secrets.d", NULL);
  g_autofree char *feeds = g_build_filename (fixture->dir, "feeds.d", NULL);
  g_autofree char *url = server_url (fixture);
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=parking\nFormat=opendatasoft\nUrl=%srecords?apikey=${secret:key}&limit=2\nEvery=1h\n"
                                           "Kind=off_street\n[Map]\nid=key\nname=nom\nfree_spaces=free\nobserved=at\n", url);
  g_autofree char *path = NULL;
  g_autofree char *key = NULL;
  g_autoptr (GError) error = NULL;
  BfFeedDef *def;

  g_assert_cmpint (g_mkdir (secrets, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (feeds, 0700), ==, 0);
  path = test_write (feeds, "parcs.feed", text);
  key = test_write (secrets, "key", "a b&Zebra\n");
  g_assert_cmpint (g_chmod (key, 0600), ==, 0);
  def = bf_feed_def_load (path, 0, fixture->catalog, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (def->reason, ==, NULL);
  fixture->pages = TRUE;
  bf_supervisor_add (fixture->supervisor, def);
  test_until (fixture->n_batches == 1);
  g_assert_cmpuint (fixture->n_requests, ==, 3);
  g_assert_cmpuint (fixture->n_with_key, ==, 3);
  g_assert_cmpuint (fixture->values->len, ==, 5);
  test_scratch_remove (feeds);
  test_scratch_remove (secrets);
}

static BfFeedDef *
define_linked (Fixture *fixture)
{
  g_autofree char *url = server_url (fixture);
  g_autofree char *text = g_strdup_printf ("[Feed]\nService=parking\nFormat=json\nUrl=%slist/all\nEvery=1s\nStale=1h\nKind=off_street\n"
                                           "[Map]\nid=key\nname=nom\nfree_spaces=free\nobserved=at\n", url);
  g_autofree char *path = test_write (fixture->dir, "parcs.feed", text);
  g_autoptr (GError) error = NULL;
  BfFeedDef *def = bf_feed_def_load (path, 0, fixture->catalog, NULL, &error);

  g_assert_no_error (error);
  if (def->bad)
    g_error ("%s", def->reason);
  return def;
}

/* RFC 8288: the next page in the header, whatever the format; relative, or among others, and no word of a part that is missing. */
static void
test_linked_pages (Fixture *fixture, gconstpointer form)
{
  fixture->linked = TRUE;
  fixture->links = form;
  fixture->total = "6";
  bf_supervisor_add (fixture->supervisor, define_linked (fixture));
  test_until (info_of (fixture).state == BF_FEED_OK);
  g_assert_cmpuint (fixture->n_requests, ==, 3);
  g_assert_cmpuint (fixture->values->len, ==, 6);
  g_assert_cmpstr (info_of (fixture).reason, ==, NULL);
}

/* A list that says that it is longer than what came is not taken without a word; nor is the word lost when it stays the same. */
static void
test_short_list (Fixture *fixture, gconstpointer unused)
{
  fixture->linked = TRUE;
  fixture->total = "6";
  bf_supervisor_add (fixture->supervisor, define_linked (fixture));
  test_until (info_of (fixture).state == BF_FEED_OK);
  g_assert_cmpuint (fixture->values->len, ==, 2);
  g_assert_cmpstr (info_of (fixture).reason, ==, "the source says that it has 6 entries and gave 2, without a next page");
  test_until (fixture->n_requests >= 3 && fixture->n_batches >= 2);
  g_assert_cmpstr (info_of (fixture).reason, ==, "the source says that it has 6 entries and gave 2, without a next page");
}

/* Killed from outside: marked, started again, good again. */
static void
test_killed (Fixture *fixture, gconstpointer unused)
{
  int pid;

  fixture->body = record_at (bf_time_now_us (), 87);
  bf_supervisor_add (fixture->supervisor, define (fixture));
  test_until (info_of (fixture).state == BF_FEED_OK);
  pid = info_of (fixture).pid;
  g_assert_cmpint (kill (pid, SIGKILL), ==, 0);
  test_until (info_of (fixture).state == BF_FEED_CRASHED);
  g_assert_nonnull (strstr (info_of (fixture).reason, "killed by signal 9"));
  test_until (info_of (fixture).state == BF_FEED_OK);
  g_assert_cmpint (info_of (fixture).pid, !=, pid);
  g_assert_cmpuint (info_of (fixture).restarts, ==, 1);
}

static void
done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
test_probe (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *url = server_url (fixture);
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;

  fixture->body = g_strdup ("[{\"key\": \"a\", \"nom\": \"Les Lices\", \"free\": 87, \"max\": 416, \"geo\": {\"lon\": -1.68, \"lat\": 48.1}}]");
  bf_supervisor_probe_async (fixture->supervisor, "parking", url, NULL, done_cb, &first);
  test_until (first != NULL);
  text = bf_supervisor_probe_finish (fixture->supervisor, first, &error);
  g_assert_no_error (error);
  g_test_message ("%s", text);
  g_assert_nonnull (strstr (text, "[Feed]"));
  g_assert_nonnull (strstr (text, "Service=parking"));
  g_assert_nonnull (strstr (text, "free_spaces=free"));
  fixture->status = 404;
  bf_supervisor_probe_async (fixture->supervisor, "parking", url, NULL, done_cb, &second);
  test_until (second != NULL);
  g_assert_null (bf_supervisor_probe_finish (fixture->supervisor, second, &error));
  g_assert_nonnull (error);
  g_assert_cmpstr (error->message, ==, "HTTP 404 Not Found");
}

/* GBFS without Every=: asked again when the source says that it has something new, and not stale before. With Every=, that holds. */
static void
test_ttl (Fixture *fixture, gconstpointer unused)
{
  g_autofree char *url = server_url (fixture);
  gint64 now_s = bf_time_now_us () / G_USEC_PER_SEC;

  fixture->body = g_strdup_printf ("{\"last_updated\": %" G_GINT64_FORMAT ", \"ttl\": 1800, \"data\": {\"stations\": [{\"station_id\": \"1\","
                                   " \"num_bikes_available\": 7, \"last_reported\": %" G_GINT64_FORMAT "}]}}",
                                   now_s, now_s - 600);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *text = g_strdup_printf ("[Feed]\nService=mobility\nFormat=gbfs\nUrl=%sstatus.json\n%s", url, i == 0 ? "" : "Every=2min\n");
      g_autofree char *name = g_strdup_printf ("bikes%u.feed", i);
      g_autofree char *path = test_write (fixture->dir, name, text);
      g_autoptr (GError) error = NULL;
      BfFeedDef *def = bf_feed_def_load (path, (guint16) i, fixture->catalog, NULL, &error);
      BfFeedInfo info;

      g_assert_no_error (error);
      if (def->bad)
        g_error ("%s", def->reason);
      bf_supervisor_add (fixture->supervisor, def);
      test_until ((bf_supervisor_info (fixture->supervisor, i, &info), info.n_payloads > 0 && info.state != BF_FEED_STARTING));
      g_test_message ("next in %" G_GINT64_FORMAT " s: %s", (info.next_us - info.last_attempt_us) / G_USEC_PER_SEC, info.reason != NULL ? info.reason : "ok");
      g_assert_cmpint (ABS (info.next_us - info.last_attempt_us - (i == 0 ? 1800 : 120) * G_USEC_PER_SEC), <, 30 * G_USEC_PER_SEC);
      g_assert_cmpint (info.state, ==, i == 0 ? BF_FEED_OK : BF_FEED_STALE);
    }
}

/* What beffroictl decode prints. */
static void
test_decode (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (BfFeedDef) def = define (fixture);
  g_autofree char *good = test_write (fixture->dir, "good.json",
                                      "[{\"key\": \"a\", \"nom\": \"Les Lices\", \"free\": 87, \"at\": \"2026-03-01T11:00:00Z\"},"
                                      " {\"key\": \"b\", \"free\": -1, \"at\": \"2026-03-01T11:00:00Z\"}]");
  g_autofree char *bad = test_write (fixture->dir, "bad.json", "[{");
  g_autoptr (GString) observations = g_string_new (NULL);
  g_autoptr (GString) refused = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  BfFeedStatus status;

  g_assert_true (bf_decode_payload (fixture->catalog, g_getenv ("BF_TEST_FEED"), g_getenv ("BEFFROI_PLUGINS"), NULL, def, good,
                                    G_GINT64_CONSTANT (1772366400000000), observations, refused, &status, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (observations->str, ==,
                   "{\"asset\":\"parking/a\",\"name\":\"Les Lices\",\"kind\":\"parking.off_street\",\"lat\":null,\"lon\":null,"
                   "\"property\":\"free_spaces\",\"value\":87,\"unit\":\"1\",\"observed\":\"2026-03-01T11:00:00Z\"}\n");
  g_assert_true (g_str_has_prefix (refused->str, "record 1, free_spaces: "));
  g_assert_cmpuint (status.n_observations, ==, 1);
  g_assert_cmpuint (status.n_refused, ==, 1);
  g_assert_false (bf_decode_payload (fixture->catalog, g_getenv ("BF_TEST_FEED"), g_getenv ("BEFFROI_PLUGINS"), NULL, def, bad,
                                     BF_TIME_NONE, observations, refused, &status, &error));
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer unused);
  } tests[] = {
    { "/feed/run/good", test_good },         { "/feed/run/old", test_old },       { "/feed/run/garbage", test_garbage },
    { "/feed/run/statuses", test_statuses }, { "/feed/run/pages", test_pages },   { "/feed/run/killed", test_killed },
    { "/feed/run/probe", test_probe },       { "/feed/run/decode", test_decode },     { "/feed/run/ttl", test_ttl },
    { "/feed/run/short", test_short_list },
    { "/feed/run/pages-with-key", test_pages_with_key },
  };

  static const struct
  {
    const char *path;
    const char *form;
  } links[] = {
    { "/feed/run/link/relative", "<?from=@>; rel=\"next\"" },
    { "/feed/run/link/among", "</list/all?from=0>; rel=\"first prev\"; title=\"a, <b>; rel=next\", </list/all?from=@&x=a,b>; type=\"x\"; rel=\"last NEXT\"" },
    { "/feed/run/link/token", "</list/other?from=@>;rel=next" },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    g_test_add (links[i].path, Fixture, links[i].form, set_up, test_linked_pages, tear_down);
  return g_test_run ();
}
