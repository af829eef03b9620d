/* SPDX-License-Identifier: EUPL-1.2 */
/* Messages of the API into the client's picture of the city. No display, no network. */

#include <math.h>
#include <string.h>

#include "base/bf-time.h"
#include "bf-test-city.h"

typedef struct
{
  BfCityView *view;
  BfJsonDoc *doc;
  guint flags; /* of the last "changed" */
  guint n_changed;
} Fixture;

static void
changed_cb (BfCityView *view, guint flags, gpointer user_data)
{
  Fixture *f = user_data;

  f->flags = flags;
  f->n_changed++;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->doc = bf_json_doc_new (1u << 20);
  f->view = bf_city_view_new ();
  g_assert_true (bf_city_view_apply_hello (f->view, test_json (f->doc, TEST_HELLO), &error));
  g_assert_no_error (error);
  g_assert_true (bf_city_view_apply_catalog (f->view, test_json (f->doc, TEST_CATALOG), &error));
  g_assert_no_error (error);
  bf_city_view_apply_assets (f->view, test_json (f->doc, TEST_ASSETS));
  bf_city_view_flush (f->view);
  g_signal_connect (f->view, "changed", G_CALLBACK (changed_cb), f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_object_unref (f->view);
  bf_json_doc_free (f->doc);
}

static void
put_alert (Fixture *f, int id, int seq, const char *asset, const char *priority, const char *state, int minute)
{
  g_autofree char *text = test_alert (id, seq, "parking", asset, priority, state, minute);

  bf_city_view_apply_alert (f->view, test_json (f->doc, text));
}

static guint
property (Fixture *f, const char *id)
{
  return bf_city_catalog_find_property (bf_city_view_catalog (f->view), "parking", id);
}

static const BfCityValue *
value (Fixture *f, const char *asset, const char *id)
{
  const BfCityAssets *assets = bf_city_view_assets (f->view);

  return bf_city_assets_value (assets, bf_city_view_catalog (f->view), bf_city_assets_find (assets, asset), property (f, id));
}

static void
test_snapshot (Fixture *f, gconstpointer data)
{
  const BfCityAssets *assets = bf_city_view_assets (f->view);
  const BfCityCatalog *catalog = bf_city_view_catalog (f->view);
  guint p1 = bf_city_assets_find (assets, "parking/P1");
  guint p2 = bf_city_assets_find (assets, "parking/P2");

  g_assert_cmpstr (bf_city_view_name (f->view), ==, "Essai");
  g_assert_true (bf_city_view_is_demo (f->view));
  g_assert_cmpint (bf_city_view_epoch (f->view), ==, 7);
  g_assert_cmpuint (bf_city_assets_count (assets), ==, 2);
  g_assert_cmpuint (assets->n_refused, ==, 1); /* the kind that is not in the catalog is counted */
  g_assert_cmpstr (bf_city_assets_text (assets, bf_city_assets_get (assets, p1)->zone), ==, "Centre");
  g_assert_cmpfloat (value (f, "parking/P1", "occupancy")->value, ==, 96.5);
  g_assert_cmpfloat (value (f, "parking/P1", "state")->value, ==, 0); /* the index of "open" */
  g_assert_false (bf_city_assets_is_unknown (assets, catalog, p1));
  g_assert_true (bf_city_assets_is_unknown (assets, catalog, p2)); /* never heard is never all right */
  g_assert_cmpuint (bf_city_assets_find (assets, "parking/P3"), ==, BF_CITY_NONE);
}

static void
test_values (Fixture *f, gconstpointer data)
{
  guint64 refused = bf_city_view_assets (f->view)->n_refused;
  guint n;
  const guint *dirty;

  g_assert_true (bf_city_view_apply_message (
    f->view, "values",
    test_json (f->doc, "{\"type\":\"values\",\"values\":[[\"parking/P1\",\"occupancy\",97,1777896000000,true],"
                       "[\"parking/P1\",\"free_spaces\",1,1000,true],[\"parking/P9\",\"occupancy\",1,1777896000000,true],"
                       "[\"parking/P1\",\"state\",\"closed\",1777896000000,true],[\"parking/P1\"]]}")));
  dirty = bf_city_view_dirty (f->view, &n);
  g_assert_cmpuint (n, ==, 2);
  g_assert_cmpuint (dirty[0], ==, 0);
  bf_city_view_flush (f->view);
  g_assert_cmpuint (f->flags, ==, BF_CITY_CHANGED_VALUES);
  g_assert_cmpfloat (value (f, "parking/P1", "occupancy")->value, ==, 97);
  g_assert_cmpfloat (value (f, "parking/P1", "state")->value, ==, 1);
  /* an older one never replaces a newer one */
  g_assert_cmpfloat (value (f, "parking/P1", "free_spaces")->value, ==, 12);
  /* the unknown asset and the short row are counted */
  g_assert_cmpuint (bf_city_view_assets (f->view)->n_refused, ==, refused + 2);
}

/* A forgotten value is unknown, but what was known and when stays. */
static void
test_forgotten (Fixture *f, gconstpointer data)
{
  bf_city_view_apply_message (f->view, "values",
                              test_json (f->doc, "{\"values\":[[\"parking/P1\",\"occupancy\",null,null,false]]}"));
  g_assert_false (value (f, "parking/P1", "occupancy")->known);
  g_assert_cmpfloat (value (f, "parking/P1", "occupancy")->value, ==, 96.5);
  g_assert_cmpint (value (f, "parking/P1", "occupancy")->observed_ms, ==, 1777895970000);
  g_assert_true (bf_city_assets_is_unknown (bf_city_view_assets (f->view), bf_city_view_catalog (f->view), 0));
}

static void
test_alert_life (Fixture *f, gconstpointer data)
{
  GListModel *alerts = bf_city_view_alerts (f->view);

  put_alert (f, 5, 20, "parking/P1", "high", "unacknowledged", 50);
  bf_city_view_flush (f->view);
  g_assert_cmpuint (g_list_model_get_n_items (alerts), ==, 1);
  g_assert_true (bf_city_view_worst_alert (f->view, 0) == bf_city_view_find_alert (f->view, 5));
  put_alert (f, 5, 21, "parking/P1", "high", "acknowledged", 50);
  g_assert_cmpint (bf_city_view_find_alert (f->view, 5)->state, ==, BF_ALERT_ITEM_ACKNOWLEDGED);
  g_assert_cmpstr (bf_city_view_find_alert (f->view, 5)->acknowledged_comment, ==, "team called");
  /* an event that was overtaken changes nothing */
  put_alert (f, 5, 20, "parking/P1", "high", "unacknowledged", 50);
  g_assert_cmpint (bf_city_view_find_alert (f->view, 5)->state, ==, BF_ALERT_ITEM_ACKNOWLEDGED);
  put_alert (f, 5, 22, "parking/P1", "high", "normal", 50);
  bf_city_view_flush (f->view);
  g_assert_cmpuint (g_list_model_get_n_items (alerts), ==, 0);
  g_assert_null (bf_city_view_find_alert (f->view, 5));
  g_assert_null (bf_city_view_worst_alert (f->view, 0));
  g_assert_cmpint (bf_city_view_seq (f->view), ==, 22);
}

/* An alert that is waiting is worse than any that somebody has. */
static void
test_worst (Fixture *f, gconstpointer data)
{
  put_alert (f, 1, 1, "parking/P1", "critical", "acknowledged", 10);
  put_alert (f, 2, 2, "parking/P1", "low", "unacknowledged", 20);
  g_assert_cmpint (bf_city_view_worst_alert (f->view, 0)->id, ==, 2);
  put_alert (f, 2, 3, "parking/P1", "low", "acknowledged", 20);
  g_assert_cmpint (bf_city_view_worst_alert (f->view, 0)->id, ==, 1);
}

/* A new snapshot takes away what is over and keeps what came after it. */
static void
test_alerts_again (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *two = test_alert (2, 2, "parking", "parking/P1", "low", "unacknowledged", 20);
  g_autofree char *snapshot = g_strdup_printf ("{\"alerts\":[%s],\"seq\":30}", two);

  put_alert (f, 1, 1, "parking/P1", "high", "unacknowledged", 10);
  put_alert (f, 2, 2, "parking/P1", "low", "unacknowledged", 20);
  put_alert (f, 3, 31, "parking/P1", "low", "unacknowledged", 21);
  g_assert_true (bf_city_view_apply_alerts (f->view, test_json (f->doc, snapshot), &error));
  g_assert_no_error (error);
  g_assert_null (bf_city_view_find_alert (f->view, 1));
  g_assert_nonnull (bf_city_view_find_alert (f->view, 2));
  g_assert_nonnull (bf_city_view_find_alert (f->view, 3));
  g_assert_false (bf_city_view_apply_alerts (f->view, test_json (f->doc, "{\"alerts\":3}"), &error));
  g_assert_nonnull (strstr (error->message, "\"alerts\""));
}

static void
test_order (void)
{
  static const struct
  {
    int id;
    const char *priority, *state;
    int minute;
  } given[] = {
    { 1, "critical", "acknowledged", 1 }, { 2, "low", "returned", 2 },        { 3, "high", "unacknowledged", 30 },
    { 4, "high", "unacknowledged", 20 },  { 5, "medium", "acknowledged", 3 }, { 6, "critical", "unacknowledged", 40 },
  };
  static const gint64 expected[] = { 6, 4, 3, 2, 1, 5 };
  g_autoptr (GListStore) store = g_list_store_new (BF_TYPE_ALERT_ITEM);
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);

  for (guint i = 0; i < G_N_ELEMENTS (given); i++)
    {
      g_autofree char *text =
        test_alert (given[i].id, i, "parking", "parking/P1", given[i].priority, given[i].state, given[i].minute);
      g_autoptr (BfAlertItem) item = bf_alert_item_new (test_json (doc, text), NULL);

      g_assert_nonnull (item);
      g_list_store_insert_sorted (store, item, (GCompareDataFunc) (void (*) (void)) bf_alert_item_compare, NULL);
    }
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autoptr (BfAlertItem) item = g_list_model_get_item (G_LIST_MODEL (store), i);

      g_assert_cmpint (item->id, ==, expected[i]);
    }
}

static void
test_status (Fixture *f, gconstpointer data)
{
  const BfCityStatus *status = bf_city_view_status (f->view);

  bf_city_view_apply_status (f->view, test_json (f->doc, TEST_STATUS));
  g_assert_cmpint (status->expected, ==, 210);
  g_assert_cmpint (status->heard, ==, 199);
  g_assert_cmpint (status->counts[BF_PRIORITY_HIGH], ==, 1);
  g_assert_cmpint (status->quarters[1].count, ==, 3);
  g_assert_cmpint (status->quarters[1].worst, ==, BF_PRIORITY_MEDIUM);
  g_assert_cmpint (status->quarters[95].worst, ==, -1);
  g_assert_cmpint (bf_city_view_service_status (f->view, 0)->worst, ==, BF_PRIORITY_HIGH);
  g_assert_cmpint (bf_city_view_service_status (f->view, 1)->worst, ==, -1);
  /* a message of another form changes nothing and stops nothing */
  bf_city_view_apply_status (f->view, test_json (f->doc, "[]"));
  g_assert_cmpint (status->expected, ==, 210);
}

static void
test_feeds (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bf_city_view_apply_feeds (f->view, test_json (f->doc, TEST_FEEDS), &error));
  g_assert_cmpint (bf_city_view_find_feed (f->view, "f")->state, ==, BF_FEED_RETRY);
  bf_city_view_apply_message (f->view, "feed", test_json (f->doc, "{\"feed\":{\"name\":\"f\",\"state\":\"of a later version\"}}"));
  /* a word that is not known is never all right, and is shown */
  g_assert_cmpint (bf_city_view_find_feed (f->view, "f")->state, ==, BF_FEED_OFF);
  g_assert_cmpstr (bf_city_view_find_feed (f->view, "f")->reason, ==, "of a later version");
  g_assert_true (bf_city_view_apply_feeds (f->view, test_json (f->doc, "{\"feeds\":[]}"), &error));
  g_assert_null (bf_city_view_find_feed (f->view, "f"));
}

static void
test_reset_and_version (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (bf_city_view_apply_message (f->view, "reset", test_json (f->doc, "{\"type\":\"reset\"}")));
  g_assert_true (bf_city_view_apply_message (f->view, "of a later version", test_json (f->doc, "{}")));
  g_assert_false (bf_city_view_apply_hello (f->view, test_json (f->doc, "{\"api\":2,\"city\":{}}"), &error));
  g_assert_nonnull (strstr (error->message, "version 2"));
}

/* Many messages within a frame are said once. */
static void
test_coalesced (Fixture *f, gconstpointer data)
{
  for (int i = 0; i < 100; i++)
    put_alert (f, i + 1, i + 1, "parking/P1", "low", "unacknowledged", 10);
  g_assert_cmpuint (f->n_changed, ==, 0);
  bf_city_view_flush (f->view);
  g_assert_cmpuint (f->n_changed, ==, 1);
  g_assert_cmpuint (g_list_model_get_n_items (bf_city_view_alerts (f->view)), ==, 100);
  bf_city_view_flush (f->view);
  g_assert_cmpuint (f->n_changed, ==, 1);
  /* many that end at once */
  for (int i = 0; i < 60; i++)
    put_alert (f, i + 1, i + 200, "parking/P1", "low", "normal", 10);
  bf_city_view_flush (f->view);
  g_assert_cmpuint (g_list_model_get_n_items (bf_city_view_alerts (f->view)), ==, 40);
}

static void
test_connection (Fixture *f, gconstpointer data)
{
  bf_city_view_set_connected (f->view, TRUE, NULL);
  g_assert_cmpint (bf_city_view_lost_since_us (f->view), ==, BF_TIME_NONE);
  bf_city_view_set_connected (f->view, FALSE, "gone");
  g_assert_cmpint (bf_city_view_lost_since_us (f->view), !=, BF_TIME_NONE);
  {
    gint64 since_us = bf_city_view_lost_since_us (f->view);

    /* a failed try does not make the loss younger */
    bf_city_view_set_connected (f->view, FALSE, "still gone");
    g_assert_cmpint (bf_city_view_lost_since_us (f->view), ==, since_us);
  }
  g_assert_cmpstr (bf_city_view_lost_reason (f->view), ==, "still gone");
  bf_city_view_clear (f->view);
  g_assert_false (bf_city_view_has_hello (f->view));
  g_assert_null (bf_city_view_catalog (f->view));
}

#define SHAPED(shape) "{\"id\":\"parking/P1\",\"kind\":\"parking.off_street\",\"lat\":47.2,\"lon\":4.4" shape "}"
#define A_LINE(east) ",\"shape\":{\"type\":\"LineString\",\"coordinates\":[[4.3,47.2]," east "]}"

/* A line comes, changes, is bad, goes: whoever shows it is told each time, and not when it is the same. */
static void
test_shape (void)
{
  static const struct
  {
    const char *asset;
    gboolean changed;
    guint n_points;
    guint64 n_refused;
  } steps[] = {
    { SHAPED (A_LINE ("[4.4,47.2]")), TRUE, 2, 0 },
    { SHAPED (A_LINE ("[4.4,47.2]")), FALSE, 2, 0 },
    { SHAPED (A_LINE ("[4.4,47.2],[4.5,47.2]")), TRUE, 3, 0 },
    { SHAPED (A_LINE ("[4.4,97.2]")), TRUE, 0, 1 },
    { SHAPED (",\"shape\":{\"type\":\"MultiPolygon\",\"coordinates\":[[[[4,47],[5,47],[5,48],[4,47]]]]}"), TRUE, 4, 1 },
    { SHAPED (",\"shape\":{\"type\":\"Polygon\",\"coordinates\":{}}"), TRUE, 0, 2 },
    { SHAPED (",\"shape\":{\"type\":\"MultiLineString\",\"coordinates\":[[[4,47],[5,47]],[[5,48],[4,47]]]}"), TRUE, 4, 2 },
    { SHAPED (""), TRUE, 0, 2 },
    { SHAPED (",\"shape\":null"), FALSE, 0, 2 },
  };
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  g_autoptr (BfCityCatalog) catalog = bf_city_catalog_new (test_json (doc, TEST_CATALOG), NULL);
  g_autoptr (BfCityAssets) assets = bf_city_assets_new ();

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      gboolean changed = FALSE;
      const BfShape *shape;

      g_assert_cmpuint (bf_city_assets_put (assets, catalog, test_json (doc, steps[i].asset), &changed), ==, 0);
      shape = bf_city_assets_shape (assets, 0);
      g_assert_cmpint (changed, ==, steps[i].changed);
      g_assert_cmpuint (shape != NULL ? bf_shape_n_points (shape) : 0, ==, steps[i].n_points);
      g_assert_cmpuint (assets->n_refused, ==, steps[i].n_refused);
    }
}

/* 100,000 assets of three values: what the arrays take, counted. */
static void
test_memory (void)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (1u << 20);
  g_autoptr (BfCityCatalog) catalog = bf_city_catalog_new (test_json (doc, TEST_CATALOG), NULL);
  g_autoptr (BfCityAssets) assets = bf_city_assets_new ();
  const guint n = 100000;
  gsize bytes;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"id\":\"parking/P%u\",\"kind\":\"parking.off_street\",\"name\":\"Car park %u\","
                                               "\"lat\":47.2,\"lon\":4.4,\"address\":\"%u Rue Haute\",\"values\":{}}",
                                               i, i, i);

      g_assert_cmpuint (bf_city_assets_put (assets, catalog, test_json (doc, text), NULL), ==, i);
    }
  for (guint i = 0; i < n; i += 997)
    {
      g_autofree char *id = g_strdup_printf ("parking/P%u", i);

      g_assert_cmpuint (bf_city_assets_find (assets, id), ==, i);
    }
  bytes = n * sizeof (BfCityAsset) + assets->values->len * sizeof (BfCityValue) + assets->arena->len +
          assets->n_slots * sizeof (guint32);
  g_test_message ("100,000 assets of three values: %" G_GSIZE_FORMAT " bytes", bytes);
  g_assert_cmpuint (bytes, <, 20u << 20);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/city-view/snapshot", test_snapshot);
  ADD ("/city-view/values", test_values);
  ADD ("/city-view/forgotten", test_forgotten);
  ADD ("/city-view/alert-life", test_alert_life);
  ADD ("/city-view/worst", test_worst);
  ADD ("/city-view/alerts-again", test_alerts_again);
  ADD ("/city-view/status", test_status);
  ADD ("/city-view/feeds", test_feeds);
  ADD ("/city-view/reset-and-version", test_reset_and_version);
  ADD ("/city-view/coalesced", test_coalesced);
  ADD ("/city-view/connection", test_connection);
#undef ADD
  g_test_add_func ("/city-view/order", test_order);
  g_test_add_func ("/city-view/shape", test_shape);
  g_test_add_func ("/city-view/memory", test_memory);
  return g_test_run ();
}
