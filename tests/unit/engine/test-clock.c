/* SPDX-License-Identifier: EUPL-1.2 */
/* A real engine whose clock is set while it runs; the machine's is not touched, and no time is waited for: minutes pass by a reader
 * of ours. */

#include <time.h>

#include "engine-test-util.h"

#define MINUTE_US G_TIME_SPAN_MINUTE
#define HOUR_US G_TIME_SPAN_HOUR

static const char rules[] = "[Rule few]\nKind=parking.off_street\nWhen=free_spaces < 10\nFor=10min\nPriority=high\nTitle=Few\n";

static gint64 passed_us; /* for both clocks */
static gint64 set_us;    /* for that which can be set */

static gint64
read_civil (void)
{
  return g_get_real_time () + passed_us + set_us;
}

static gint64
read_elapsed (void)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000 + passed_us;
}

static const BfClockReader reader = { read_civil, read_elapsed };

static void
set_up (Town *town, gconstpointer data)
{
  passed_us = set_us = 0;
  town_set_up (town, rules);
  town->clock = &reader;
  town_open_engine (town);
}

/* The engine has looked at what is due by now. */
static void
settle (Town *town)
{
  gint64 now_us = bf_time_now_us ();

  g_source_set_ready_time (town->engine->clock, 0); /* not in a second: now */
  test_until (town->engine->evaluated_us >= now_us);
  town_settle (town);
}

static void
pass (Town *town, gint64 us)
{
  passed_us += us;
  settle (town);
}

static guint16
property_of (Town *town)
{
  const BfKind *kind = bf_catalog_find_kind (town->engine->catalog, "parking.off_street");

  return bf_catalog_find_property (town->engine->catalog, kind->service, "free_spaces")->index;
}

static void
observe (Town *town, guint32 asset, double free_spaces)
{
  gint64 now_us = bf_time_now_us ();

  g_assert_cmpint (bf_model_observe (town->engine->model, asset, property_of (town), free_spaces, now_us, now_us, 0, 0), ==, BF_OBSERVED_NEW);
  bf_evaluator_touch (town->engine->evaluator, asset, property_of (town));
  bf_engine_evaluate (town->engine, now_us);
}

static gboolean
is_known (Town *town, guint32 asset)
{
  double value;

  return bf_model_known (town->engine->model, asset, property_of (town), bf_time_now_us (), &value);
}

static void
step (Town *town, gint64 step_us)
{
  guint n = town->engine->clock_steps.n;

  g_test_expect_message ("bf-engine", G_LOG_LEVEL_WARNING, step_us > 0 ? "*clock was set ahead by 1h and read *" : "*clock was set back by 1h and read *");
  set_us += step_us;
  g_source_set_ready_time (town->engine->clock, 0);
  test_until (town->engine->clock_steps.n > n);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (town->engine->clock_steps.n, ==, n + 1);
  g_assert_cmpint (ABS (town->engine->clock_steps.step_us - step_us), <, G_USEC_PER_SEC);
}

/* Ten minutes are ten minutes that elapse, wherever the clock jumps to in between; and a value is as old as it is. */
static void
check_step (Town *town, gint64 step_us)
{
  guint32 park = town_put_car_park (town, 1);
  const BfAlert *alert;
  gint64 before_us;

  bf_model_set_stale_limit (town->engine->model, 0, property_of (town), 15 * MINUTE_US);
  observe (town, park, 5);
  pass (town, 4 * MINUTE_US);
  before_us = bf_time_now_us ();
  step (town, step_us);
  g_assert_cmpint (ABS (bf_time_now_us () - before_us - step_us), <, MINUTE_US);
  pass (town, 5 * MINUTE_US);
  g_assert_cmpuint (bf_alert_book_n (town->engine->book), ==, 0);
  pass (town, 2 * MINUTE_US);
  alert = bf_alert_book_find (town->engine->book, "few", "parking/P1");
  g_assert_nonnull (alert);
  g_assert_cmpint (ABS (alert->raised_us - bf_time_now_us ()), <, MINUTE_US);
  g_assert_true (is_known (town, park));
  pass (town, 5 * MINUTE_US);
  g_assert_false (is_known (town, park));
  /* The next value is newer, and a rule without a delay hears of it at once. */
  observe (town, park, 50);
  g_assert_true (is_known (town, park));
  g_assert_cmpint (bf_alert_book_find (town->engine->book, "few", "parking/P1")->state, ==, BF_ALERT_RETURNED);
}

static void
test_ahead (Town *town, gconstpointer data)
{
  check_step (town, HOUR_US);
}

static void
test_back (Town *town, gconstpointer data)
{
  check_step (town, -HOUR_US);
}

/* An hour too far, and mended: as if it had not been. */
static void
test_mended (Town *town, gconstpointer data)
{
  guint32 held = town_put_car_park (town, 1);
  guint32 other = town_put_car_park (town, 2);

  bf_model_set_stale_limit (town->engine->model, 0, property_of (town), 15 * MINUTE_US);
  observe (town, held, 5);
  pass (town, 2 * MINUTE_US);
  step (town, HOUR_US);
  observe (town, other, 5);
  pass (town, 2 * MINUTE_US);
  step (town, -HOUR_US);
  pass (town, 5 * MINUTE_US);
  g_assert_cmpuint (bf_alert_book_n (town->engine->book), ==, 0);
  pass (town, 2 * MINUTE_US);
  g_assert_cmpuint (bf_alert_book_n (town->engine->book), ==, 1);
  pass (town, 2 * MINUTE_US);
  g_assert_cmpuint (bf_alert_book_n (town->engine->book), ==, 2);
  g_assert_true (is_known (town, held));
  pass (town, 3 * MINUTE_US);
  g_assert_false (is_known (town, held));
  g_assert_true (is_known (town, other));
  pass (town, 2 * MINUTE_US);
  g_assert_false (is_known (town, other));
}

/* A person is told, once: one line that says how much, when and how often. */
static void
test_told (Town *town, gconstpointer data)
{
  guint n = town->engine->problems->len;
  const BfProblem *problem;
  g_autoptr (GString) text = g_string_new (NULL);
  BfJsonOut out;

  step (town, HOUR_US);
  g_assert_cmpuint (town->engine->problems->len, ==, n + 1);
  problem = g_ptr_array_index (town->engine->problems, n);
  g_assert_cmpstr (problem->file, ==, "clock of the machine");
  g_assert_true (g_str_has_prefix (problem->message, "was set ahead by 1h and read "));
  step (town, -HOUR_US);
  g_assert_cmpuint (town->engine->problems->len, ==, n + 1);
  g_assert_true (g_str_has_prefix (problem->message, "was set back by 1h and read "));
  g_assert_nonnull (strstr (problem->message, "(2 times since the start of the engine)"));
  bf_json_out_init (&out, text);
  bf_message_status (town->engine, &out, NULL);
  g_assert_nonnull (strstr (text->str, "\"clock\":{\"steps\":2,\"last\":\"20"));
}

/* What the store holds of an hour that has not come again is taken as of now, so that a feed's next value is newer. */
static void
test_restart (Town *town, gconstpointer data)
{
  gint64 now_us = bf_time_now_us ();
  BfStoreAsset asset = { .id = "parking/P1", .kind = "parking.off_street", .name = "Parc 1", .feed = "f", .lon = 4.3, .lat = 47.2 };
  BfStoreObservation row = { .asset_id = "parking/P1", .property = "free_spaces", .value = 5, .observed_us = now_us, .result_us = now_us, .feed = "f" };
  BfLatest latest = { 0 };
  guint32 park;

  bf_store_put_asset (town->engine->store, &asset);
  g_assert_true (bf_store_add_observations (town->engine->store, &row, 1));
  set_us = -HOUR_US;
  g_clear_pointer (&town->engine, bf_engine_free);
  town_open_engine (town);
  park = bf_model_find_asset (town->engine->model, "parking/P1");
  g_assert_true (bf_model_latest (town->engine->model, park, property_of (town), &latest));
  g_assert_cmpfloat (latest.value, ==, 5);
  observe (town, park, 7);
  g_assert_true (bf_model_latest (town->engine->model, park, property_of (town), &latest));
  g_assert_cmpfloat (latest.value, ==, 7);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Town *town, gconstpointer data);
  } tests[] = { { "/engine/clock/ahead", test_ahead },
                { "/engine/clock/back", test_back },
                { "/engine/clock/mended", test_mended },
                { "/engine/clock/told", test_told },
                { "/engine/clock/restart", test_restart } };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Town, NULL, set_up, tests[i].test, town_tear_down);
  return g_test_run ();
}
