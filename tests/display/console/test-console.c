/* SPDX-License-Identifier: EUPL-1.2 */
/* The window's parts on a display, fed with messages written by hand: the board's order and sections, the inspector, the
 * services, what the guide ticks; and the whole window drawn. No engine, no network. */

#include <adwaita.h>
#include <string.h>

#include "bf-test-city.h"
#include "console/bf-application.h"
#include "console/bf-connect-dialog.h"
#include "console/bf-service-list.h"
#include "console/bf-window.h"

typedef struct
{
  BfWindow *window;
  BfCityView *view;
  BfJsonDoc *doc;
} Fixture;

static void
put_alert (Fixture *f, int id, int seq, const char *service, const char *priority, const char *state, int minute)
{
  g_autofree char *text = test_alert (id, seq, service, "parking/P1", priority, state, minute);

  bf_city_view_apply_alert (f->view, test_json (f->doc, text));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  f->doc = bf_json_doc_new (1u << 20);
  f->window = bf_window_new (GTK_APPLICATION (g_application_get_default ()), "/nonexistent");
  f->view = bf_city_sync_get_view (bf_window_get_sync (f->window));
  g_assert_true (bf_city_view_apply_hello (f->view, test_json (f->doc, TEST_HELLO), &error));
  g_assert_true (bf_city_view_apply_catalog (f->view, test_json (f->doc, TEST_CATALOG), &error));
  bf_city_view_apply_assets (f->view, test_json (f->doc, TEST_ASSETS));
  bf_city_view_apply_status (f->view, test_json (f->doc, TEST_STATUS));
  g_assert_true (bf_city_view_apply_feeds (f->view, test_json (f->doc, TEST_FEEDS), &error));
  g_assert_no_error (error);
  put_alert (f, 1, 1, "parking", "medium", "unacknowledged", 40);
  put_alert (f, 2, 2, "parking", "high", "unacknowledged", 50);
  put_alert (f, 3, 3, "parking", "critical", "acknowledged", 10);
  put_alert (f, 4, 4, "water", "low", "returned", 20);
  bf_city_view_set_connected (f->view, TRUE, NULL);
  bf_city_view_flush (f->view);
  gtk_window_present (GTK_WINDOW (f->window));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  gtk_window_destroy (GTK_WINDOW (f->window));
  while (g_main_context_iteration (NULL, FALSE))
    ;
  bf_json_doc_free (f->doc);
}

static gboolean
count_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer user_data)
{
  guint *left = user_data;

  gtk_widget_queue_draw (widget);
  return --*left > 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* Waits for frames, not for time. */
static void
run_frames (Fixture *f, guint n)
{
  guint left = n;

  gtk_widget_add_tick_callback (GTK_WIDGET (f->window), count_cb, &left, NULL);
  while (left > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* The first widget below that shows exactly this text. */
static GtkWidget *
find_label (GtkWidget *widget, const char *text)
{
  if (GTK_IS_LABEL (widget) && gtk_widget_get_mapped (widget) && strcmp (gtk_label_get_text (GTK_LABEL (widget)), text) == 0)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = find_label (child, text);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gint64
row_id (Fixture *f, guint position)
{
  g_autoptr (BfAlertItem) item = g_list_model_get_item (bf_alert_board_get_rows (bf_window_get_board (f->window)), position);

  return item == NULL ? -1 : item->id;
}

static void
test_board (Fixture *f, gconstpointer data)
{
  BfAlertBoard *board = bf_window_get_board (f->window);
  static const gint64 expected[] = { 2, 1, 4, 3 };

  for (guint i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *section = bf_alert_board_section (board, i);

      g_assert_cmpint (row_id (f, i), ==, expected[i]);
      g_assert_cmpstr (section, ==, i == 3 ? "ACKNOWLEDGED · 1" : NULL);
    }
  run_frames (f, 3);
  g_assert_nonnull (find_label (GTK_WIDGET (board), "TO HANDLE · 3"));
  g_assert_nonnull (find_label (GTK_WIDGET (board), "ACKNOWLEDGED · 1"));
  g_assert_nonnull (find_label (GTK_WIDGET (board), "Alert 2"));
  g_assert_nonnull (find_label (GTK_WIDGET (board), "1 Rue Haute · Centre · 1,240 inh. · care home"));
  /* acknowledged: it goes below, and the choice stays on it */
  g_assert_true (bf_alert_board_select (board, bf_city_view_find_alert (f->view, 2)));
  put_alert (f, 2, 10, "parking", "high", "acknowledged", 50);
  bf_city_view_flush (f->view);
  g_assert_cmpint (row_id (f, 0), ==, 1);
  g_assert_cmpint (row_id (f, 3), ==, 2);
  g_assert_cmpint (bf_alert_board_get_selected (board)->id, ==, 2);
  run_frames (f, 3);
  g_assert_nonnull (find_label (GTK_WIDGET (board), "TO HANDLE · 2"));
  g_assert_nonnull (find_label (GTK_WIDGET (board), "ACKNOWLEDGED · 2"));
}

static void
test_filter (Fixture *f, gconstpointer data)
{
  BfAlertBoard *board = bf_window_get_board (f->window);

  bf_alert_board_set_service (board, "water", "Water");
  g_assert_cmpuint (g_list_model_get_n_items (bf_alert_board_get_rows (board)), ==, 1);
  g_assert_cmpint (row_id (f, 0), ==, 4);
  bf_alert_board_set_service (board, NULL, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (bf_alert_board_get_rows (board)), ==, 4);
}

static void
test_step (Fixture *f, gconstpointer data)
{
  BfAlertBoard *board = bf_window_get_board (f->window);

  g_assert_null (bf_alert_board_get_selected (board));
  gtk_widget_activate_action (GTK_WIDGET (f->window), "win.next-alert", NULL);
  g_assert_cmpint (bf_alert_board_get_selected (board)->id, ==, 2);
  gtk_widget_activate_action (GTK_WIDGET (f->window), "win.previous-alert", NULL);
  g_assert_cmpint (bf_alert_board_get_selected (board)->id, ==, 3);
  gtk_widget_activate_action (GTK_WIDGET (f->window), "win.escape", NULL);
  g_assert_null (bf_alert_board_get_selected (board));
  g_assert_null (bf_inspector_get_asset (bf_window_get_inspector (f->window)));
  /* A with nothing chosen shows the worst first and acknowledges nothing */
  gtk_widget_activate_action (GTK_WIDGET (f->window), "win.acknowledge", NULL);
  g_assert_cmpint (bf_inspector_get_alert (bf_window_get_inspector (f->window))->id, ==, 2);
  g_assert_cmpint (bf_city_view_find_alert (f->view, 2)->state, ==, BF_ALERT_ITEM_UNACKNOWLEDGED);
}

static void
test_inspector (Fixture *f, gconstpointer data)
{
  GtkWidget *inspector = GTK_WIDGET (bf_window_get_inspector (f->window));

  bf_alert_board_select (bf_window_get_board (f->window), bf_city_view_find_alert (f->view, 2));
  bf_inspector_apply_asset (BF_INSPECTOR (inspector),
                            test_json (f->doc, "{\"id\":\"parking/P1\",\"values\":{\"occupancy\":{\"feed\":\"f\"}},\"attributes\":"
                                               "{\"operator\":\"Ville\",\"start\":\"2024-02-03T04:05:00Z\",\"end\":\"soon\"},\"rules\":[{\"id\":\"r\",\"words\":\"occupancy > "
                                               "95 %\",\"truth\":\"unknown\"}]}"));
  bf_inspector_apply_points (BF_INSPECTOR (inspector), test_json (f->doc, "{\"points\":[[1777895000000,90],[1777895970000,96.5]]}"));
  bf_inspector_apply_history (
    BF_INSPECTOR (inspector),
    test_json (f->doc, "{\"history\":[{\"at\":\"2026-05-04T11:50:00Z\",\"input\":\"raise\",\"to\":\"unacknowledged\",\"actor\":"
                       "\"engine\",\"comment\":\"\"}]}"));
  run_frames (f, 3);
  g_assert_nonnull (find_label (inspector, "96.5\u00a0%"));
  g_assert_nonnull (find_label (inspector, "Halles · 1 Rue Haute · Centre"));
  g_assert_nonnull (find_label (inspector, "occupancy > 95 %"));
  g_assert_nonnull (find_label (inspector, "From"));
  g_assert_nonnull (find_label (inspector, "Feb 3 2024, 05:05")); /* in the city's time */
  g_assert_nonnull (find_label (inspector, "soon"));
  g_assert_nonnull (find_label (inspector, "cannot be said: a value is unknown"));
  g_assert_nonnull (find_label (inspector, "raised · by the engine"));
  g_assert_nonnull (find_label (inspector, "Ville"));
  /* the value is no longer known: that is said large, the last one stays beside it */
  bf_city_view_apply_message (f->view, "values",
                              test_json (f->doc, "{\"values\":[[\"parking/P1\",\"occupancy\",null,null,false]]}"));
  bf_city_view_flush (f->view);
  run_frames (f, 2);
  g_assert_nonnull (find_label (inspector, "unknown"));
}

static void
test_service_state (void)
{
  static const struct
  {
    BfServiceStatus status;
    BfMapState state;
  } cases[] = {
    { { 0, 10, 10, -1, 0, 0 }, BF_MAP_STATE_CALM },
    { { 0, 10, 8, -1, 0, 0 }, BF_MAP_STATE_CALM },
    { { 0, 10, 7, -1, 0, 0 }, BF_MAP_STATE_UNKNOWN },
    { { 0, 10, 0, -1, 0, 0 }, BF_MAP_STATE_UNKNOWN },
    { { 0, 0, 0, -1, 0, 0 }, BF_MAP_STATE_UNKNOWN },
    { { 0, 10, 0, BF_PRIORITY_HIGH, 1, 0 }, BF_MAP_STATE_HIGH },
    { { 0, 10, 10, BF_PRIORITY_LOW, 0, 2 }, BF_MAP_STATE_LOW_ACKNOWLEDGED },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (bf_service_list_state (&cases[i].status), ==, cases[i].state);
}

static void
test_services (Fixture *f, gconstpointer data)
{
  run_frames (f, 2);
  g_assert_nonnull (find_label (GTK_WIDGET (f->window), "99.5\u00a0%"));
  g_assert_nonnull (find_label (GTK_WIDGET (f->window), "never heard")); /* water: nothing ever came */
  g_assert_nonnull (find_label (GTK_WIDGET (f->window), "unreachable, trying again · HTTP 503"));
  g_assert_nonnull (find_label (GTK_WIDGET (f->window), "DEMONSTRATION"));
}

/* Where the row that shows @text stands in the board; FALSE when no part of it is in view. */
static gboolean
is_in_view (BfAlertBoard *board, const char *text)
{
  GtkWidget *label = find_label (GTK_WIDGET (board), text);
  GtkWidget *window = label == NULL ? NULL : gtk_widget_get_ancestor (label, GTK_TYPE_SCROLLED_WINDOW);
  graphene_rect_t bounds;

  return window != NULL && gtk_widget_compute_bounds (label, window, &bounds) && bounds.origin.y >= 0
         && bounds.origin.y + bounds.size.height <= gtk_widget_get_height (window);
}

/* The worst is read first: a row that comes in above is in view while nobody has scrolled, and said when somebody has. */
static void
test_board_keeps_top (Fixture *f, gconstpointer data)
{
  BfAlertBoard *board = bf_window_get_board (f->window);

  for (int id = 100; id < 130; id++)
    {
      put_alert (f, id, 1000 + id, "parking", "medium", "unacknowledged", 50);
      bf_city_view_flush (f->view);
      run_frames (f, 1);
    }
  put_alert (f, 200, 2000, "parking", "critical", "unacknowledged", 50);
  bf_city_view_flush (f->view);
  run_frames (f, 4);
  g_assert_true (is_in_view (board, "Alert 200"));

  bf_alert_board_select (board, bf_city_view_find_alert (f->view, 129));
  run_frames (f, 4);
  g_assert_false (is_in_view (board, "Alert 200"));
  put_alert (f, 201, 2001, "parking", "critical", "unacknowledged", 60);
  put_alert (f, 202, 2002, "parking", "critical", "unacknowledged", 60);
  bf_city_view_flush (f->view);
  run_frames (f, 4);
  g_assert_false (is_in_view (board, "Alert 201"));
  g_assert_true (is_in_view (board, "Alert 129"));
  g_assert_nonnull (find_label (GTK_WIDGET (board), "▲ 2 new"));
  gtk_widget_activate_action (GTK_WIDGET (board), "board.top", NULL);
  run_frames (f, 4);
  g_assert_true (is_in_view (board, "Alert 200"));
  g_assert_null (find_label (GTK_WIDGET (board), "▲ 2 new"));
  put_alert (f, 203, 2003, "parking", "critical", "unacknowledged", 40);
  bf_city_view_flush (f->view);
  run_frames (f, 4);
  g_assert_true (is_in_view (board, "Alert 203"));
}

/* An empty board of one service: the proof is that service's, and the alerts of the others are not denied. */
static void
test_board_empty (Fixture *f, gconstpointer data)
{
  BfAlertBoard *board = bf_window_get_board (f->window);

  put_alert (f, 4, 40, "water", "low", "normal", 20);
  bf_city_view_flush (f->view);
  bf_alert_board_set_service (board, "water", "Water");
  run_frames (f, 2);
  g_assert_null (find_label (GTK_WIDGET (board), "Nothing to report"));
  g_assert_nonnull (find_label (GTK_WIDGET (board), "No alert, but not everything is heard"));
  g_assert_nonnull (find_label (GTK_WIDGET (board), "0\u00a0% of what should be heard is up to date.\n3 open alerts in other services."));
  bf_city_view_set_connected (f->view, FALSE, "the engine closed the connection");
  bf_city_view_flush (f->view);
  run_frames (f, 2);
  g_assert_nonnull (find_label (GTK_WIDGET (board), "Not connected"));
}

static void
test_lost (Fixture *f, gconstpointer data)
{
  BfInspector *inspector = bf_window_get_inspector (f->window);

  bf_alert_board_select (bf_window_get_board (f->window), bf_city_view_find_alert (f->view, 2));
  bf_city_view_set_connected (f->view, FALSE, "the engine closed the connection");
  bf_city_view_flush (f->view);
  run_frames (f, 2);
  g_assert_nonnull (find_label (GTK_WIDGET (f->window), "not connected"));
  /* nothing can be acknowledged into the void */
  gtk_widget_activate_action (GTK_WIDGET (f->window), "win.acknowledge", NULL);
  g_assert_cmpint (bf_inspector_get_alert (inspector)->state, ==, BF_ALERT_ITEM_UNACKNOWLEDGED);
}

static void
test_guide (Fixture *f, gconstpointer data)
{
  BfDemoGuide *guide = bf_window_get_guide (f->window);

  g_assert_true (gtk_widget_get_visible (GTK_WIDGET (guide)));
  g_assert_false (bf_demo_guide_is_done (guide, BF_GUIDE_SEE));
  gtk_widget_activate_action (GTK_WIDGET (f->window), "win.next-alert", NULL);
  g_assert_true (bf_demo_guide_is_done (guide, BF_GUIDE_SEE));
  g_assert_true (bf_demo_guide_is_done (guide, BF_GUIDE_ACKNOWLEDGE)); /* alert 3 */
  g_assert_false (bf_demo_guide_is_done (guide, BF_GUIDE_CUT));
  bf_city_view_apply_message (f->view, "feed", test_json (f->doc, "{\"feed\":{\"name\":\"f\",\"state\":\"paused\"}}"));
  bf_city_view_flush (f->view);
  g_assert_true (bf_demo_guide_is_done (guide, BF_GUIDE_CUT));
  g_assert_true (bf_demo_guide_is_done (guide, BF_GUIDE_UNKNOWN)); /* water is silent */
}

/* What a person reads while a city is being read in is not that there is no connection. */
static void
test_loading (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  bf_city_view_clear (f->view);
  g_assert_true (bf_city_view_apply_hello (f->view, test_json (f->doc, TEST_HELLO), &error));
  bf_city_view_flush (f->view);
  run_frames (f, 2);
  g_assert_nonnull (find_label (GTK_WIDGET (f->window), "loading…"));
  g_assert_null (find_label (GTK_WIDGET (f->window), "not connected"));
}

/* Another service after the probe: what was found is not saved under it. */
static void
test_connect (Fixture *f, gconstpointer data)
{
  BfConnectDialog *dialog = bf_connect_dialog_present (f->window);
  GtkWidget *save = GTK_WIDGET (gtk_widget_get_template_child (GTK_WIDGET (dialog), BF_TYPE_CONNECT_DIALOG, "save_button"));
  AdwComboRow *service = ADW_COMBO_ROW (gtk_widget_get_template_child (GTK_WIDGET (dialog), BF_TYPE_CONNECT_DIALOG, "service_row"));
  AdwComboRow *zone = ADW_COMBO_ROW (gtk_widget_get_template_child (GTK_WIDGET (dialog), BF_TYPE_CONNECT_DIALOG, "zone_row"));

  bf_connect_dialog_apply_probe (dialog, test_json (f->doc,
    "{\"assets\":1,\"observations\":2,\"feed\":\"[Feed]\",\"sample\":[{\"name\":\"A\",\"lat\":-20.88,\"lon\":55.45}]}"));
  g_assert_true (gtk_widget_get_sensitive (save));
  g_assert_cmpstr (gtk_string_object_get_string (adw_combo_row_get_selected_item (zone)), ==, "Indian/Reunion");
  adw_combo_row_set_selected (service, adw_combo_row_get_selected (service) == 0 ? 1 : 0);
  g_assert_false (gtk_widget_get_sensitive (save));
  run_frames (f, 2);
  g_assert_nonnull (find_label (GTK_WIDGET (dialog), "The address or the service is another one now: see what it gives before it is saved."));
  gtk_window_destroy (GTK_WINDOW (dialog));
}

/* The window in both appearances, drawn to an image: it has the light and the dark ground, and marks in colour. */
static void
test_picture (Fixture *f, gconstpointer data)
{
  for (guint dark = 0; dark < 2; dark++)
    {
      g_autoptr (GdkPaintable) paintable = NULL;
      g_autoptr (GtkSnapshot) snapshot = gtk_snapshot_new ();
      g_autoptr (GskRenderNode) node = NULL;
      cairo_surface_t *image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 1200, 800);
      cairo_t *cr = cairo_create (image);
      const guint32 *pixels;
      guint n_dark = 0, n_orange = 0;

      adw_style_manager_set_color_scheme (adw_style_manager_get_default (),
                                          dark ? ADW_COLOR_SCHEME_FORCE_DARK : ADW_COLOR_SCHEME_FORCE_LIGHT);
      run_frames (f, 4);
      paintable = gtk_widget_paintable_new (GTK_WIDGET (f->window));
      gdk_paintable_snapshot (paintable, snapshot, 1200, 800);
      node = gtk_snapshot_to_node (snapshot);
      g_assert_nonnull (node);
      gsk_render_node_draw (node, cr);
      cairo_surface_flush (image);
      pixels = (const guint32 *) (gpointer) cairo_image_surface_get_data (image);
      for (guint i = 0; i < 1200 * 800; i++)
        {
          guint r = pixels[i] >> 16 & 0xff, g = pixels[i] >> 8 & 0xff, b = pixels[i] & 0xff;

          n_dark += r + g + b < 200;
          n_orange += r > 240 && g > 90 && g < 140 && b < 30;
        }
      g_assert_true (dark ? n_dark > 600000 : n_dark < 100000);
      g_assert_cmpuint (n_orange, >, 40);
      cairo_destroy (cr);
      cairo_surface_destroy (image);
    }
}

/* A storm: what 5,000 alerts cost the reducer and the board, and that the window still draws. */
static void
test_storm (Fixture *f, gconstpointer data)
{
  gint64 start_us = g_get_monotonic_time ();

  for (int i = 0; i < 5000; i++)
    put_alert (f, 100 + i, 100 + i, "parking", i % 2 == 0 ? "low" : "high", "unacknowledged", i % 60);
  bf_city_view_flush (f->view);
  run_frames (f, 2);
  g_test_message ("5,000 alerts to the second frame: %" G_GINT64_FORMAT " ms", (g_get_monotonic_time () - start_us) / 1000);
  g_assert_cmpuint (g_list_model_get_n_items (bf_alert_board_get_rows (bf_window_get_board (f->window))), ==, 5004);
}

int
main (int argc, char **argv)
{
  g_autoptr (BfApplication) application = NULL;

  g_setenv ("LANGUAGE", "en", TRUE);
  g_test_init (&argc, &argv, NULL);
  adw_init ();
  application = bf_application_new ();
  g_application_set_default (G_APPLICATION (application));
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/console/board/empty", test_board_empty);
  ADD ("/console/board/keeps-top", test_board_keeps_top);
  ADD ("/console/board", test_board);
  ADD ("/console/filter", test_filter);
  ADD ("/console/step", test_step);
  ADD ("/console/inspector", test_inspector);
  ADD ("/console/services", test_services);
  ADD ("/console/lost", test_lost);
  ADD ("/console/loading", test_loading);
  ADD ("/console/connect", test_connect);
  ADD ("/console/guide", test_guide);
  ADD ("/console/picture", test_picture);
  ADD ("/console/storm", test_storm);
#undef ADD
  g_test_add_func ("/console/service-state", test_service_state);
  return g_test_run ();
}
