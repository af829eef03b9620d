/* SPDX-License-Identifier: EUPL-1.2 */
/* The supervisor with children that do everything wrong: each is marked with its reason and started again at a bounded
 * rate; a good feed beside them does not notice. */

#include <signal.h>
#include <string.h>

#include "base/bf-clock.h"
#include "feed-test-util.h"
#include "feed/bf-supervisor.h"

#define MAX_FEEDS 16

typedef struct
{
  BfCatalog *catalog;
  char *dir;
  BfSupervisor *supervisor;
  guint n_batches[MAX_FEEDS];
  guint n_assets[MAX_FEEDS];
  guint n_changes[MAX_FEEDS];
  gint64 result_us;
  double value;
  struct
  {
    guint n;           /* slices, the last included */
    guint n_seen;      /* observations */
    guint n_payloads;
    gint64 record;     /* of the last one seen; -1: a payload begins */
    guint n_turns;     /* of the main loop */
    guint turn;        /* of the slice before … */
    guint in_turn;     /* … and how many it has had */
  } slices;
  gint64 asset_cost_us; /* what an engine under load takes for one */
} Fixture;

static void
asset_cb (gpointer user_data, guint feed, guint32 asset, const BfAssetDraft *draft)
{
  Fixture *fixture = user_data;

  gint64 until_us = g_get_monotonic_time () + fixture->asset_cost_us;

  fixture->n_assets[feed]++;
  while (g_get_monotonic_time () < until_us)
    ;
}

static void
batch_cb (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  Fixture *fixture = user_data;

  fixture->n_batches[feed]++;
  fixture->result_us = result_us;
  fixture->value = observations[n - 1].value;
}

/* As the rules would, it costs something; five of them fill what one turn gives. */
#define SLICE_COST_US 100
#define SLICES_A_TURN 5

static void
see_slice (Fixture *fixture, gint64 result_us, const BfObservation *observations, guint n)
{
  gint64 until_us = g_get_monotonic_time () + SLICE_COST_US;

  g_assert_cmpuint (n, >, 0);
  if (fixture->slices.record >= 0)
    g_assert_cmpint (result_us, ==, fixture->result_us);
  else
    g_assert_cmpint (result_us, >=, fixture->result_us);
  /* A record is seen whole, but the one that no slice has room for. */
  if (observations[0].record == fixture->slices.record)
    g_assert_cmpuint (observations[0].record, ==, LARGE_RECORDS / 2);
  for (guint i = 0; i < n; i++)
    {
      gint64 before = i > 0 ? observations[i - 1].record : fixture->slices.record;

      g_assert_true (observations[i].record == before || observations[i].record == before + 1);
      if (fixture->slices.n_seen % LARGE_OBSERVATIONS > 0)
        g_assert_cmpfloat (observations[i].value, ==, fixture->slices.n_seen % LARGE_OBSERVATIONS % 1000);
      fixture->slices.n_seen++;
    }
  fixture->slices.record = observations[n - 1].record;
  fixture->slices.n++;
  fixture->slices.in_turn = fixture->slices.turn == fixture->slices.n_turns ? fixture->slices.in_turn + 1 : 1;
  fixture->slices.turn = fixture->slices.n_turns;
  g_assert_cmpuint (fixture->slices.in_turn, <=, SLICES_A_TURN);
  fixture->result_us = result_us;
  while (g_get_monotonic_time () < until_us)
    ;
}

static void
slice_cb (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  see_slice (user_data, result_us, observations, n);
}

static void
last_slice_cb (gpointer user_data, guint feed, gint64 result_us, const BfObservation *observations, guint n)
{
  Fixture *fixture = user_data;

  see_slice (fixture, result_us, observations, n);
  fixture->slices.record = -1;
  fixture->slices.n_payloads++;
}

static gboolean
turn_cb (gpointer user_data)
{
  ((Fixture *) user_data)->slices.n_turns++;
  return G_SOURCE_CONTINUE;
}

static void
changed_cb (gpointer user_data, guint feed)
{
  Fixture *fixture = user_data;

  fixture->n_changes[feed]++;
}

static const BfSupervisorHandler handler = { asset_cb, batch_cb, changed_cb };
static const BfSupervisorHandler slice_handler = { asset_cb, last_slice_cb, changed_cb, slice_cb };

/* Small, so that what takes minutes in a city takes milliseconds here. */
static const BfSupervisorLimits small = {
  .restart_min_us = 100000,
  .restart_max_us = 400000,
  .good_run_us = 60 * G_USEC_PER_SEC,
  .grace_us = 200000,
  .bytes_per_s = 64u << 10,
  .bytes_burst = 1u << 20,
  .status_per_s = 4,
  .status_burst = 40,
  .read_bytes = 64u << 10,
};

/* What is late only because the machine has much to do comes through. */
static const BfSupervisorLimits patient = {
  .restart_min_us = 100000,
  .restart_max_us = 400000,
  .good_run_us = 60 * G_USEC_PER_SEC,
  .grace_us = 3 * G_USEC_PER_SEC,
  .bytes_per_s = 64u << 10,
  .bytes_burst = 1u << 20,
  .status_per_s = 4,
  .status_burst = 40,
  .read_bytes = 64u << 10,
};

/* Many at once: starts are what costs the machine, and a loaded one must come through too. */
static const BfSupervisorLimits seldom = {
  .restart_min_us = 500000,
  .restart_max_us = 4 * G_USEC_PER_SEC,
  .good_run_us = 60 * G_USEC_PER_SEC,
  .grace_us = 200000,
  .bytes_per_s = 64u << 10,
  .bytes_burst = 256u << 10,
  .status_per_s = 4,
  .status_burst = 40,
  .read_bytes = 64u << 10,
};

static void
set_up (Fixture *fixture, gconstpointer limits)
{
  fixture->catalog = test_catalog ();
  fixture->dir = test_scratch ();
  fixture->supervisor = bf_supervisor_new (fixture->catalog, g_getenv ("BF_TEST_EVIL_FEED"), g_getenv ("BEFFROI_PLUGINS"), NULL,
                                           &handler, fixture);
  bf_supervisor_set_limits (fixture->supervisor, limits);
}

static void
tear_down (Fixture *fixture, gconstpointer limits)
{
  bf_supervisor_free (fixture->supervisor);
  bf_catalog_free (fixture->catalog);
  test_scratch_remove (fixture->dir);
  g_free (fixture->dir);
}

static BfFeedDef *
make_def (Fixture *fixture, const char *mode)
{
  BfFeedDef *def = g_new0 (BfFeedDef, 1);
  g_autofree char *text = g_strdup_printf ("[Feed]\nUrl=http://example.org/${BF_TEST_KEY}\n");

  def->path = test_write (fixture->dir, mode, mode);
  def->name = g_strdup (mode);
  def->conf = bf_conf_parse (def->path, text, strlen (text), NULL);
  def->service = bf_catalog_find_service (fixture->catalog, "parking")->index;
  def->every_us = 60 * G_USEC_PER_SEC;
  def->timeout_us = strstr (mode, "hang") != NULL ? 100000 : 30 * G_USEC_PER_SEC;
  return def;
}

static guint
add (Fixture *fixture, const char *mode)
{
  return bf_supervisor_add (fixture->supervisor, make_def (fixture, mode));
}

static BfFeedInfo
info_of (Fixture *fixture, guint feed)
{
  BfFeedInfo info;

  bf_supervisor_info (fixture->supervisor, feed, &info);
  return info;
}

static gboolean
has_state (Fixture *fixture, guint feed, BfFeedState state)
{
  return info_of (fixture, feed).state == state;
}

static void
expect_reason (Fixture *fixture, guint feed, BfFeedState state, const char *words)
{
  BfFeedInfo info = info_of (fixture, feed);

  g_test_message ("%s: is %s, process %d; waiting for %s", info.def->name, bf_feed_state_id (info.state), info.pid,
                  bf_feed_state_id (state));
  test_until (has_state (fixture, feed, state));
  info = info_of (fixture, feed);
  if (info.reason == NULL || strstr (info.reason, words) == NULL)
    g_error ("%s: expected “%s” in “%s”", info.def->name, words, info.reason);
}

static void
test_good (Fixture *fixture, gconstpointer limits)
{
  guint feed = add (fixture, "good");
  BfFeedInfo info;
  g_autoptr (GBytes) payload = NULL;
  guint found;

  g_assert_true (has_state (fixture, feed, BF_FEED_STARTING));
  test_until (has_state (fixture, feed, BF_FEED_OK));
  info = info_of (fixture, feed);
  g_assert_null (info.reason);
  g_assert_cmpuint (info.n_payloads, ==, 1);
  g_assert_cmpuint (info.n_observations, ==, 1);
  g_assert_cmpuint (info.n_assets, ==, 1);
  g_assert_cmpint (info.pid, >, 0);
  g_assert_cmpint (info.next_us, >, bf_time_now_us () + 50 * 60 * G_GINT64_CONSTANT (1000000));
  g_assert_cmpstr (info.last_refused, ==, "record 7, free_spaces: -1 is out of range");
  g_assert_cmpuint (fixture->n_batches[feed], ==, 1);
  g_assert_cmpuint (fixture->n_assets[feed], ==, 1);
  g_assert_cmpfloat (fixture->value, ==, 12);
  payload = bf_supervisor_payload (fixture->supervisor, feed, fixture->result_us);
  g_assert_nonnull (payload);
  g_assert_cmpmem (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload), "{\"a\":12}", 8);
  g_assert_null (bf_supervisor_payload (fixture->supervisor, feed, fixture->result_us - 1));
  g_assert_true (bf_supervisor_find (fixture->supervisor, "good", &found));
  g_assert_cmpuint (found, ==, feed);
  g_assert_false (bf_supervisor_find (fixture->supervisor, "none", &found));
}

/* The ring keeps the newest examples, each once, and drops the oldest. */
static void
test_refusals (Fixture *fixture, gconstpointer limits)
{
  guint feed = add (fixture, "many-refused");
  const GPtrArray *refusals;

  test_until (has_state (fixture, feed, BF_FEED_OK));
  refusals = bf_supervisor_refusals (fixture->supervisor, feed);
  g_assert_cmpuint (refusals->len, ==, BF_FEED_REFUSALS);
  for (guint i = 0; i < refusals->len; i++)
    {
      const BfFeedRefusal *refusal = g_ptr_array_index (refusals, i);
      guint record = i == 0 ? 30 : i <= 14 ? 45 - i : 44 - i; /* the 30th came again, and went to the front */
      g_autofree char *text = g_strdup_printf ("record %u, free_spaces: -1 is out of range", record);

      g_assert_cmpstr (refusal->text, ==, text);
      g_assert_cmpuint (refusal->times, ==, i == 0 ? 2 : 1);
    }
  g_assert_cmpstr (info_of (fixture, feed).last_refused, ==, "record 30, free_spaces: -1 is out of range");
}

/* Two large payloads behind each other: each record whole, each payload as one step of one time and before the next begins,
 * and the main loop turns meanwhile. */
static void
test_slices (Fixture *fixture, gconstpointer limits)
{
  BfSupervisor *sliced = bf_supervisor_new (fixture->catalog, g_getenv ("BF_TEST_EVIL_FEED"), g_getenv ("BEFFROI_PLUGINS"), NULL,
                                            &slice_handler, fixture);
  guint turns;
  BfFeedInfo info;

  bf_supervisor_set_limits (sliced, limits);
  fixture->slices.record = -1;
  turns = g_idle_add_full (G_PRIORITY_DEFAULT, turn_cb, fixture, NULL);
  bf_supervisor_add (sliced, make_def (fixture, "large"));
  test_until (fixture->slices.n_payloads == 2);
  g_source_remove (turns);
  g_assert_cmpuint (fixture->slices.n_seen, ==, 2 * LARGE_OBSERVATIONS);
  g_assert_cmpuint (fixture->slices.n, >, 100);
  bf_supervisor_info (sliced, 0, &info);
  g_assert_cmpuint (info.n_payloads, ==, 2);
  g_assert_cmpuint (info.n_observations, ==, 2 * LARGE_OBSERVATIONS);
  bf_supervisor_free (sliced);
}

static void
test_states (Fixture *fixture, gconstpointer limits)
{
  guint old = add (fixture, "old");
  guint aging = add (fixture, "aging");
  guint retry = add (fixture, "retry");
  guint refused = add (fixture, "refused");

  expect_reason (fixture, old, BF_FEED_STALE, "newest content is 1d old, expected at most 3min");
  expect_reason (fixture, retry, BF_FEED_RETRY, "HTTP 503");
  expect_reason (fixture, refused, BF_FEED_REFUSED, "HTTP 404");
  /* Silence makes it stale, with no word from the process. */
  test_until (has_state (fixture, aging, BF_FEED_OK));
  expect_reason (fixture, aging, BF_FEED_STALE, "expected at most 3min");
  g_assert_cmpuint (info_of (fixture, aging).n_payloads, ==, 1);
  /* What came with it was handed on all the same. */
  g_assert_cmpuint (fixture->n_batches[old], ==, 1);
}

static void
test_evil (Fixture *fixture, gconstpointer limits)
{
  static const struct
  {
    const char *mode;
    const char *words;
  } evils[] = {
    { "crash", "killed by signal 11" },
    { "hang", "hangs" },
    { "answer-then-hang", "hangs" },
    { "flood", "flood: more bytes" },
    { "flood-status", "flood: more answers" },
    { "flood-stderr", "flood: more on standard error" },
    { "rubbish", "rubbish: frame 2: unknown type 63" },
    { "huge", "rubbish: frame 2: length 2147483647" },
    { "future", "observation of the future" },
    { "exit", "ended with status 1: no such thing as a feed" },
    { "close", "killed by signal 9" },
  };
  guint feeds[G_N_ELEMENTS (evils)];
  guint good = add (fixture, "good");
  int pid;

  test_until (has_state (fixture, good, BF_FEED_OK));
  pid = info_of (fixture, good).pid;
  for (guint i = 0; i < G_N_ELEMENTS (evils); i++)
    feeds[i] = add (fixture, evils[i].mode);
  for (guint i = 0; i < G_N_ELEMENTS (evils); i++)
    expect_reason (fixture, feeds[i], BF_FEED_CRASHED, evils[i].words);
  for (guint i = 0; i < G_N_ELEMENTS (evils); i++)
    {
      test_until (info_of (fixture, feeds[i]).restarts >= 1);
      if (strstr (evils[i].mode, "hang") == NULL && strcmp (evils[i].mode, "flood-status") != 0)
        expect_reason (fixture, feeds[i], BF_FEED_CRASHED, evils[i].words);
    }
  /* Nothing of the future was handed on, and the good feed is as it was. */
  g_assert_true (has_state (fixture, good, BF_FEED_OK));
  g_assert_cmpint (info_of (fixture, good).pid, ==, pid);
  g_assert_cmpuint (info_of (fixture, good).restarts, ==, 0);
  g_assert_cmpint (kill (pid, 0), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (evils); i++)
    g_assert_cmpuint (fixture->n_batches[feeds[i]], ==, 0);
}

/* It writes and we have no time to read, for longer than it may be silent: that is not its fault. When all is read and it still
 * says nothing, it hangs. */
static void
test_unread (Fixture *fixture, gconstpointer limits)
{
  gint64 from_us = g_get_monotonic_time ();
  guint good, hangs;

  fixture->asset_cost_us = 2000;
  good = add (fixture, "long-hang");
  test_until (has_state (fixture, good, BF_FEED_OK) || has_state (fixture, good, BF_FEED_CRASHED));
  g_assert_cmpstr (info_of (fixture, good).reason, ==, NULL);
  g_assert_cmpint (g_get_monotonic_time () - from_us, >, 3100000); /* its Timeout= and the grace */
  g_assert_cmpuint (info_of (fixture, good).n_assets, ==, 2000);
  g_assert_cmpuint (info_of (fixture, good).restarts, ==, 0);
  fixture->asset_cost_us = 200;
  hangs = add (fixture, "long-and-no-answer-hang");
  expect_reason (fixture, hangs, BF_FEED_CRASHED, "hangs");
  g_assert_cmpuint (fixture->n_assets[hangs], >=, 1000);
}

/* It takes longer than it may be silent, but it is not: it sends all the while. */
static void
test_slow (Fixture *fixture, gconstpointer limits)
{
  gint64 from_us = g_get_monotonic_time ();
  guint slow = add (fixture, "long-and-slow-hang");

  test_until (has_state (fixture, slow, BF_FEED_OK) || has_state (fixture, slow, BF_FEED_CRASHED));
  g_assert_cmpstr (info_of (fixture, slow).reason, ==, NULL);
  g_assert_cmpint (g_get_monotonic_time () - from_us, >, 3100000); /* its Timeout= and the grace */
  g_assert_cmpuint (info_of (fixture, slow).n_assets, ==, 8000);
}

/* ---- A clock that is set: ours, the feed's process knows nothing of it ---- */

static gint64 set_us;

static gint64
read_civil (void)
{
  return g_get_real_time () + set_us;
}

static const BfClockReader reader = { read_civil, g_get_monotonic_time };

static void
step (Fixture *fixture, gint64 to_us)
{
  gint64 step_us;

  set_us = to_us;
  g_assert_true (bf_clock_look (&step_us));
  bf_supervisor_settle (fixture->supervisor);
  bf_supervisor_step_time (fixture->supervisor, bf_time_now_us (), step_us);
}

/* A feed is as fresh as before, and what it was waited for is as far. */
static void
test_clock (Fixture *fixture, gconstpointer limits)
{
  static const gint64 sets_us[] = { G_TIME_SPAN_HOUR, -G_TIME_SPAN_HOUR, 0, 5 * G_USEC_PER_SEC, -G_TIME_SPAN_DAY };
  guint good, old;

  set_us = 0;
  bf_clock_watch (&reader);
  good = add (fixture, "good");
  old = add (fixture, "old");
  test_until (has_state (fixture, good, BF_FEED_OK) && has_state (fixture, old, BF_FEED_STALE));
  for (guint i = 0; i < G_N_ELEMENTS (sets_us); i++)
    {
      gint64 left_us = info_of (fixture, good).next_us - bf_time_now_us ();

      step (fixture, sets_us[i]);
      g_assert_true (has_state (fixture, good, BF_FEED_OK));
      g_assert_cmpint (ABS (info_of (fixture, good).next_us - bf_time_now_us () - left_us), <, 20 * G_USEC_PER_SEC);
      g_assert_cmpint (info_of (fixture, good).newest_us, <=, bf_time_now_us ());
      g_assert_cmpint (info_of (fixture, good).last_ok_us, <=, bf_time_now_us ());
    }
  bf_clock_unwatch ();
}

/* What its process had stamped before the clock was set back, and is not read yet, is not rubbish of the future. */
static void
test_clock_under_way (Fixture *fixture, gconstpointer limits)
{
  guint feed;

  set_us = 0;
  bf_clock_watch (&reader);
  feed = add (fixture, "good");
  step (fixture, -G_TIME_SPAN_HOUR);
  test_until (has_state (fixture, feed, BF_FEED_OK) || has_state (fixture, feed, BF_FEED_CRASHED));
  g_assert_cmpstr (info_of (fixture, feed).reason, ==, NULL);
  g_assert_cmpint (info_of (fixture, feed).newest_us, <=, bf_time_now_us ());
  g_assert_cmpint (fixture->result_us, <=, bf_time_now_us ());
  bf_clock_unwatch ();
}

/* 100, 200, 400, 400 ms: each wait lies between what it must be before and after the turn in which it was set. */
static void
test_backoff (Fixture *fixture, gconstpointer limits)
{
  static const gint64 waits_us[] = { 100000, 200000, 400000, 400000 };
  guint feed = add (fixture, "exit");
  guint late = g_timeout_add_seconds (DEADLINE_S, test_late_cb, (gpointer) "four crashes");

  for (guint i = 0; i < G_N_ELEMENTS (waits_us); i++)
    {
      gint64 before_us;

      do
        {
          before_us = bf_time_now_us ();
          g_main_context_iteration (NULL, TRUE);
        }
      while (info_of (fixture, feed).restarts != i || info_of (fixture, feed).pid != 0);
      g_assert_cmpint (info_of (fixture, feed).next_us, >=, before_us + waits_us[i]);
      g_assert_cmpint (info_of (fixture, feed).next_us, <=, bf_time_now_us () + waits_us[i]);
    }
  g_source_remove (late);
}

static void
test_pause (Fixture *fixture, gconstpointer limits)
{
  guint feed = add (fixture, "good");
  BfFeedInfo info;
  int pid;

  test_until (has_state (fixture, feed, BF_FEED_OK));
  pid = info_of (fixture, feed).pid;
  bf_supervisor_pause (fixture->supervisor, feed, "Claire", "works at the operator's");
  info = info_of (fixture, feed);
  g_assert_cmpint (info.state, ==, BF_FEED_PAUSED);
  g_assert_cmpstr (info.actor, ==, "Claire");
  g_assert_cmpstr (info.reason, ==, "works at the operator's");
  g_assert_cmpint (info.pid, ==, 0);
  test_until (kill (pid, 0) != 0);
  bf_supervisor_resume (fixture->supervisor, feed);
  test_until (has_state (fixture, feed, BF_FEED_OK));
  g_assert_null (info_of (fixture, feed).actor);
  g_assert_cmpuint (fixture->n_batches[feed], ==, 2);
}

/* Stopped before this engine began: nothing runs until a person says so. */
static void
test_add_paused (Fixture *fixture, gconstpointer limits)
{
  BfFeedDef *def = make_def (fixture, "good");
  guint feed = bf_supervisor_add_paused (fixture->supervisor, def, "Claire", "works", 1234567);
  BfFeedInfo info = info_of (fixture, feed);

  g_assert_cmpint (info.state, ==, BF_FEED_PAUSED);
  g_assert_cmpstr (info.actor, ==, "Claire");
  g_assert_cmpstr (info.reason, ==, "works");
  g_assert_cmpint (info.since_us, ==, 1234567);
  g_assert_cmpint (info.pid, ==, 0);
  bf_supervisor_resume (fixture->supervisor, feed);
  test_until (has_state (fixture, feed, BF_FEED_OK));
  g_assert_cmpuint (fixture->n_batches[feed], ==, 1);
}

/* It is given what its address names, and no other secret of the engine's. */
static void
test_environment (Fixture *fixture, gconstpointer limits)
{
  guint feed;

  g_setenv ("BF_TEST_KEY", "abc", TRUE);
  g_setenv ("BF_TEST_SECRET", "xyz", TRUE);
  feed = add (fixture, "environment");
  expect_reason (fixture, feed, BF_FEED_CRASHED, "key=abc secret=(null)");
}

static void
test_off_and_missing (Fixture *fixture, gconstpointer limits)
{
  BfFeedDef *def = g_new0 (BfFeedDef, 1);
  BfSupervisor *other;
  guint feed;

  def->name = g_strdup ("bad");
  def->bad = TRUE;
  def->reason = g_strdup ("bad.feed:3: unknown key");
  feed = bf_supervisor_add (fixture->supervisor, def);
  g_assert_true (has_state (fixture, feed, BF_FEED_OFF));
  g_assert_cmpstr (info_of (fixture, feed).reason, ==, "bad.feed:3: unknown key");
  bf_supervisor_resume (fixture->supervisor, feed);
  bf_supervisor_pause (fixture->supervisor, feed, "Claire", "why");
  g_assert_true (has_state (fixture, feed, BF_FEED_OFF));
  /* No program at all. */
  other = fixture->supervisor;
  fixture->supervisor = bf_supervisor_new (fixture->catalog, "/nonexistent/beffroi-feed", ".", NULL, &handler, fixture);
  feed = add (fixture, "good");
  expect_reason (fixture, feed, BF_FEED_CRASHED, "No such file");
  bf_supervisor_free (fixture->supervisor);
  fixture->supervisor = other;
}

/* Freeing ends the children and has reaped them. */
static void
test_free (void)
{
  Fixture fixture = { 0 };
  int pids[3];

  set_up (&fixture, &small);
  for (guint i = 0; i < G_N_ELEMENTS (pids); i++)
    {
      guint feed = add (&fixture, i == 0 ? "good" : i == 1 ? "hang" : "retry");

      pids[i] = info_of (&fixture, feed).pid;
      g_assert_cmpint (pids[i], >, 0);
    }
  tear_down (&fixture, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pids); i++)
    g_assert_cmpint (kill (pids[i], 0), !=, 0);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer limits);
    const BfSupervisorLimits *limits;
  } tests[] = {
    { "/feed/supervisor/good", test_good, &small },
    { "/feed/supervisor/refusals", test_refusals, &small },
    { "/feed/supervisor/slices", test_slices, &small },
    { "/feed/supervisor/states", test_states, &small },
    { "/feed/supervisor/evil", test_evil, &seldom },
    { "/feed/supervisor/unread", test_unread, &patient },
    { "/feed/supervisor/slow", test_slow, &patient },
    { "/feed/supervisor/clock", test_clock, &small },
    { "/feed/supervisor/clock-under-way", test_clock_under_way, &small },
    { "/feed/supervisor/backoff", test_backoff, &small },
    { "/feed/supervisor/pause", test_pause, &small },
    { "/feed/supervisor/add-paused", test_add_paused, &small },
    { "/feed/supervisor/environment", test_environment, &small },
    { "/feed/supervisor/off", test_off_and_missing, &small },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, tests[i].limits, set_up, tests[i].test, tear_down);
  g_test_add_func ("/feed/supervisor/free", test_free);
  return g_test_run ();
}
