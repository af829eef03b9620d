/* SPDX-License-Identifier: EUPL-1.2 */
/* The board of alerts: see bf-alert-board.h.
 *
 * alerts of the view -> filter (service; what was put aside, on demand only) -> sort (waiting first, worst, oldest) -> single selection -> GtkColumnView.
 * GTK 4.8 has no sections: the first row of a section draws the section's title above itself, in the column of the title;
 * the row gets the class "section" so that its ground there is not the selection's. Signal "selected" (BfAlertItem *,
 * nullable) when a person or a call chose a row.
 *
 * The worst is what is read first: while the list stands at its top it stays there when rows come in above; GTK would keep
 * the row that it showed. Once a person has scrolled nothing moves under the eyes, and a button says how many have come
 * since. Main thread. */

#include "console/bf-alert-board.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-time.h"
#include "console/bf-alert-row.h"
#include "console/bf-priority-mark.h"
#include "console/bf-words.h"

struct _BfAlertBoard
{
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkLabel *heading;
  GtkLabel *sorting;
  GtkButton *filter_button, *above_button;
  GtkToggleButton *aside_button;
  GtkStack *stack;
  GtkColumnView *columns;
  GtkLabel *empty_title;
  GtkLabel *empty_proof;

  BfCityView *view;
  char *service;
  GtkFilterListModel *filtered;
  GtkSortListModel *sorted;
  GtkSingleSelection *selection;
  GPtrArray *bound; /* GtkListItem of every cell on screen, not owned */
  guint n_waiting, n_acknowledged, n_aside;
  gboolean at_top;
  guint above_id;
  gint64 seen_id; /* the newest alert when the list left its top */
};

G_DEFINE_FINAL_TYPE (BfAlertBoard, bf_alert_board, GTK_TYPE_WIDGET)

enum
{
  SELECTED,
  CLEAR_FILTER,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

typedef enum
{
  CELL_MARK,
  CELL_TITLE,
  CELL_AGE,
  N_CELLS
} Cell;

/* Waiting, acknowledged, put aside: the order of bf_alert_item_compare(). */
static int
section_of (const BfAlertItem *item)
{
  return item->aside != NULL ? 2 : bf_alert_item_is_waiting (item) ? 0 : 1;
}

/* The section that begins at @position behind the first; 0: none does. */
static int
begins_section (BfAlertBoard *self, guint position)
{
  g_autoptr (BfAlertItem) item = g_list_model_get_item (G_LIST_MODEL (self->sorted), position);
  g_autoptr (BfAlertItem) before = NULL;

  if (item == NULL || position == 0)
    return item == NULL ? 0 : section_of (item);
  before = g_list_model_get_item (G_LIST_MODEL (self->sorted), position - 1);
  return section_of (before) == section_of (item) ? 0 : section_of (item);
}

/**
 * bf_alert_board_section:
 *
 * Returns: (transfer full) (nullable): the title of the section that begins at @position; the first section's title stands
 *   above the list
 */
char *
bf_alert_board_section (BfAlertBoard *self, guint position)
{
  switch (begins_section (self, position))
    {
    case 1:
      return g_strdup_printf (_("ACKNOWLEDGED · %u"), self->n_acknowledged);
    case 2:
      return g_strdup_printf (_("PUT ASIDE · %u"), self->n_aside);
    default:
      return NULL;
    }
}

static void
set_row_class (GtkWidget *child, gboolean section)
{
  GtkWidget *row = child;

  /* The parent of the cell; it is known by its name of CSS only. */
  while (row != NULL && strcmp (gtk_widget_get_css_name (row), "row") != 0)
    row = gtk_widget_get_parent (row);
  if (row == NULL)
    return;
  if (section)
    gtk_widget_add_css_class (row, "section");
  else
    gtk_widget_remove_css_class (row, "section");
}

/* What happened to it, before its place: what only repeats the section is left out. */
static char *
words_of_state (BfAlertBoard *self, BfAlertItem *item)
{
  char *aside = bf_words_aside (item, bf_city_view_zone (self->view));
  char *who = aside != NULL ? aside : bf_words_who (item, bf_city_view_zone (self->view));

  if (item->state == BF_ALERT_ITEM_RETURNED && who == NULL)
    return g_strdup (_("back to normal"));
  return who;
}

static void
fill (BfAlertBoard *self, GtkListItem *list_item)
{
  BfAlertItem *item = gtk_list_item_get_item (list_item);
  GtkWidget *child = gtk_list_item_get_child (list_item);
  Cell cell = (Cell) GPOINTER_TO_INT (g_object_get_data (G_OBJECT (list_item), "cell"));
  guint position = gtk_list_item_get_position (list_item);
  gboolean section;

  if (item == NULL || child == NULL || self->view == NULL)
    return;
  section = begins_section (self, position) != 0;
  if (section && cell != CELL_TITLE)
    gtk_widget_add_css_class (child, "below-section");
  else
    gtk_widget_remove_css_class (child, "below-section");
  switch (cell)
    {
    case CELL_MARK:
      bf_priority_mark_set_alert (BF_PRIORITY_MARK (gtk_widget_get_first_child (child)), item);
      break;
    case CELL_TITLE:
      {
        g_autofree char *title = bf_alert_board_section (self, position);
        g_autofree char *who = words_of_state (self, item);

        bf_alert_row_set (BF_ALERT_ROW (child), item, who, title);
        set_row_class (child, section);
        break;
      }
    case CELL_AGE:
      {
        g_autofree char *age = bf_words_duration (bf_city_view_now_us (self->view) - item->raised_us);

        gtk_label_set_label (GTK_LABEL (gtk_widget_get_first_child (child)), age);
        break;
      }
    case N_CELLS:
    default:
      g_assert_not_reached ();
    }
}

static void
setup_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  Cell cell = (Cell) GPOINTER_TO_INT (g_object_get_data (G_OBJECT (factory), "cell"));
  GtkWidget *child;

  g_object_set_data (G_OBJECT (list_item), "cell", GINT_TO_POINTER (cell));
  if (cell == CELL_TITLE)
    child = bf_alert_row_new ();
  else
    {
      child = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2);
      gtk_widget_set_valign (child, GTK_ALIGN_CENTER);
    }
  if (cell == CELL_MARK)
    gtk_box_append (GTK_BOX (child), bf_priority_mark_new ());
  if (cell == CELL_AGE)
    {
      GtkWidget *age = gtk_label_new (NULL);

      gtk_label_set_xalign (GTK_LABEL (age), 1);
      gtk_widget_add_css_class (age, "age");
      gtk_box_append (GTK_BOX (child), age);
    }
  gtk_widget_add_css_class (child, "board-cell");
  gtk_list_item_set_child (list_item, child);
}

static void
bind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  BfAlertBoard *self = user_data;

  g_ptr_array_add (self->bound, list_item);
  fill (self, list_item);
}

static void
unbind_cb (GtkSignalListItemFactory *factory, GtkListItem *list_item, gpointer user_data)
{
  BfAlertBoard *self = user_data;

  g_ptr_array_remove_fast (self->bound, list_item);
}

static void
add_column (BfAlertBoard *self, Cell cell, const char *title, int width, gboolean expand)
{
  GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
  GtkColumnViewColumn *column;

  g_object_set_data (G_OBJECT (factory), "cell", GINT_TO_POINTER (cell));
  g_signal_connect_object (factory, "setup", G_CALLBACK (setup_cb), self, 0);
  g_signal_connect_object (factory, "bind", G_CALLBACK (bind_cb), self, 0);
  g_signal_connect_object (factory, "unbind", G_CALLBACK (unbind_cb), self, 0);
  column = gtk_column_view_column_new (title, factory);
  if (width > 0)
    gtk_column_view_column_set_fixed_width (column, width);
  gtk_column_view_column_set_expand (column, expand);
  gtk_column_view_append_column (self->columns, column);
  g_object_unref (column);
}

static int
compare_cb (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return bf_alert_item_compare (a, b);
}

static gboolean
match_cb (gpointer item, gpointer user_data)
{
  BfAlertBoard *self = user_data;

  if (BF_ALERT_ITEM (item)->aside != NULL && !gtk_toggle_button_get_active (self->aside_button))
    return FALSE;
  return self->service == NULL || strcmp (BF_ALERT_ITEM (item)->service, self->service) == 0;
}

static void
aside_toggled_cb (BfAlertBoard *self)
{
  if (self->view == NULL)
    return;
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->filtered), GTK_FILTER_CHANGE_DIFFERENT);
  bf_alert_board_update_counts (self);
}

/* How many were put aside, of the service or the city: shown while there are some. */
static void
show_aside (BfAlertBoard *self)
{
  GListModel *alerts = bf_city_view_alerts (self->view);
  g_autofree char *label = NULL;

  self->n_aside = 0;
  for (guint i = 0; i < g_list_model_get_n_items (alerts); i++)
    {
      g_autoptr (BfAlertItem) item = g_list_model_get_item (alerts, i);

      self->n_aside += item->aside != NULL && (self->service == NULL || strcmp (item->service, self->service) == 0);
    }
  /* Translators: alerts that are shelved, suppressed or out of service; a button that shows them */
  label = g_strdup_printf (_("%u put aside"), self->n_aside);
  gtk_button_set_label (GTK_BUTTON (self->aside_button), label);
  gtk_widget_set_visible (GTK_WIDGET (self->aside_button), self->n_aside > 0);
}

static void
selection_cb (BfAlertBoard *self)
{
  g_signal_emit (self, signals[SELECTED], 0, gtk_single_selection_get_selected_item (self->selection));
}

static void
activate_cb (BfAlertBoard *self, guint position)
{
  g_signal_emit (self, signals[SELECTED], 0, gtk_single_selection_get_selected_item (self->selection));
}

static void
filter_clicked_cb (BfAlertBoard *self)
{
  g_signal_emit (self, signals[CLEAR_FILTER], 0);
}

/* Where the list stands: rows that are scrolled out above. */

static void
show_above (BfAlertBoard *self)
{
  guint n = self->at_top ? 0 : g_list_model_get_n_items (G_LIST_MODEL (self->sorted)), n_new = 0;
  g_autofree char *label = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfAlertItem) item = g_list_model_get_item (G_LIST_MODEL (self->sorted), i);

      n_new += item->id > self->seen_id && bf_alert_item_is_waiting (item);
    }
  /* Translators: alerts that came while the person had scrolled away from the top of the board */
  label = g_strdup_printf (_("▲ %u new"), n_new);
  gtk_button_set_label (self->above_button, label);
  gtk_widget_set_visible (GTK_WIDGET (self->above_button), n_new > 0);
}

static gboolean
above_cb (gpointer user_data)
{
  BfAlertBoard *self = user_data;

  self->above_id = 0;
  show_above (self);
  return G_SOURCE_REMOVE;
}

static gint64
newest_id (BfAlertBoard *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->sorted));
  gint64 newest = 0;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfAlertItem) item = g_list_model_get_item (G_LIST_MODEL (self->sorted), i);

      newest = MAX (newest, item->id);
    }
  return newest;
}

static void
scroll_to (BfAlertBoard *self, guint position)
{
  gtk_widget_activate_action (gtk_widget_get_last_child (GTK_WIDGET (self->columns)), "list.scroll-to-item", "u", position);
}

static void
scrolled_cb (BfAlertBoard *self, GtkAdjustment *adjustment)
{
  gboolean at_top = gtk_adjustment_get_value (adjustment) < 1;

  if (self->at_top && !at_top)
    self->seen_id = newest_id (self);
  if (self->at_top == at_top)
    return;
  self->at_top = at_top;
  /* The list may be in the midst of placing its rows: no other widget may change its size now. */
  if (self->above_id == 0)
    self->above_id = g_idle_add (above_cb, self);
}

/* After GTK has taken note of the rows, before it places them. */
static void
rows_cb (BfAlertBoard *self, guint position, guint n_removed, guint n_added)
{
  if (self->at_top && n_added > 0)
    scroll_to (self, 0);
}

static void
top_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  scroll_to (BF_ALERT_BOARD (widget), 0);
}

/* The row that a screen reader or a test chose by its action. */
static void
show_row_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gint64 id = g_variant_get_int64 (parameter);
  BfAlertBoard *self = BF_ALERT_BOARD (widget);
  BfAlertItem *item = self->view != NULL ? bf_city_view_find_alert (self->view, id) : NULL;

  if (item != NULL)
    bf_alert_board_select (self, item);
}

static void
bf_alert_board_dispose (GObject *object)
{
  BfAlertBoard *self = BF_ALERT_BOARD (object);

  g_clear_handle_id (&self->above_id, g_source_remove);
  if (self->columns != NULL)
    gtk_column_view_set_model (self->columns, NULL);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->selection);
  g_clear_object (&self->sorted);
  g_clear_object (&self->filtered);
  g_clear_object (&self->view);
  G_OBJECT_CLASS (bf_alert_board_parent_class)->dispose (object);
}

static void
bf_alert_board_finalize (GObject *object)
{
  BfAlertBoard *self = BF_ALERT_BOARD (object);

  g_free (self->service);
  g_ptr_array_unref (self->bound);
  G_OBJECT_CLASS (bf_alert_board_parent_class)->finalize (object);
}

static void
bf_alert_board_class_init (BfAlertBoardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bf_alert_board_dispose;
  G_OBJECT_CLASS (klass)->finalize = bf_alert_board_finalize;
  signals[SELECTED] = g_signal_new ("selected", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                    G_TYPE_NONE, 1, BF_TYPE_ALERT_ITEM);
  signals[CLEAR_FILTER] = g_signal_new ("clear-filter", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                        G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class, "/org/beffroi/Console/ui/bf-alert-board.ui");
  gtk_widget_class_bind_template_child (widget_class, BfAlertBoard, box);
  gtk_widget_class_bind_template_child (widget_class, BfAlertBoard, heading);
  gtk_widget_class_bind_template_child (widget_class, BfAlertBoard, sorting);
  gtk_widget_class_bind_template_child (widget_class, BfAlertBoard, filter_button);
  gtk_widget_class_bind_template_child (widget_class, BfAlertBoard, above_button);
  gtk_widget_class_bind_template_child (widget_class, BfAlertBoard, aside_button);
  gtk_widget_class_bind_template_child (widget_class, BfAlertBoard, stack);
  gtk_widget_class_bind_template_child (widget_class, BfAlertBoard, columns);
  gtk_widget_class_bind_template_child (widget_class, BfAlertBoard, empty_title);
  gtk_widget_class_bind_template_child (widget_class, BfAlertBoard, empty_proof);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
  gtk_widget_class_bind_template_callback (widget_class, filter_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, aside_toggled_cb);
  gtk_widget_class_install_action (widget_class, "board.show", "x", show_row_cb);
  gtk_widget_class_install_action (widget_class, "board.top", NULL, top_cb);
}

static void
bf_alert_board_init (BfAlertBoard *self)
{
  GtkWidget *header;

  self->bound = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  add_column (self, CELL_MARK, _("Priority"), 44, FALSE);
  add_column (self, CELL_TITLE, _("Alert and place"), 0, TRUE);
  add_column (self, CELL_AGE, _("Age"), 76, FALSE);
  header = gtk_widget_get_first_child (GTK_WIDGET (self->columns));
  gtk_widget_set_visible (header, FALSE);
}

/**
 * bf_alert_board_set_view:
 * @view: the city whose alerts are shown
 */
void
bf_alert_board_set_view (BfAlertBoard *self, BfCityView *view)
{
  GtkFilter *filter = GTK_FILTER (gtk_custom_filter_new (match_cb, self, NULL));
  GtkSorter *sorter = GTK_SORTER (gtk_custom_sorter_new (compare_cb, NULL, NULL));

  g_return_if_fail (self->view == NULL);
  self->view = g_object_ref (view);
  self->filtered = gtk_filter_list_model_new (g_object_ref (bf_city_view_alerts (view)), filter);
  self->sorted = gtk_sort_list_model_new (g_object_ref (G_LIST_MODEL (self->filtered)), sorter);
  self->selection = gtk_single_selection_new (g_object_ref (G_LIST_MODEL (self->sorted)));
  gtk_single_selection_set_autoselect (self->selection, FALSE);
  gtk_single_selection_set_can_unselect (self->selection, TRUE);
  g_signal_connect_object (self->selection, "notify::selected-item", G_CALLBACK (selection_cb), self, G_CONNECT_SWAPPED);
  gtk_column_view_set_model (self->columns, GTK_SELECTION_MODEL (self->selection));
  self->at_top = TRUE;
  g_signal_connect_object (self->selection, "items-changed", G_CALLBACK (rows_cb), self, G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  g_signal_connect_object (gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->columns)), "value-changed",
                           G_CALLBACK (scrolled_cb), self, G_CONNECT_SWAPPED);
  bf_alert_board_update_counts (self);
}

static void
say_empty (BfAlertBoard *self, const char *title, const char *proof)
{
  gtk_label_set_label (self->empty_title, title);
  gtk_label_set_label (self->empty_proof, proof);
}

/* "Nothing to report" stands only with its proof: the share of what is shown (the city, or one service) that is heard. */
static void
show_empty (BfAlertBoard *self)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (self->view);
  const BfCityStatus *city = bf_city_view_status (self->view);
  guint index = self->service == NULL || catalog == NULL ? BF_CITY_NONE : bf_city_catalog_find_service (catalog, self->service);
  const BfServiceStatus *service = index == BF_CITY_NONE ? NULL : bf_city_view_service_status (self->view, index);
  gint64 heard = service != NULL ? service->heard : city->heard;
  gint64 expected = service != NULL ? service->expected : city->expected;
  guint n_others = g_list_model_get_n_items (bf_city_view_alerts (self->view));
  g_autofree char *share = bf_words_share (heard, expected);
  g_autoptr (GString) proof = g_string_new (NULL);

  if (!bf_city_view_is_connected (self->view))
    {
      say_empty (self, _("Not connected"), _("The engine does not answer: what the city does is not known."));
      return;
    }
  if (expected == 0)
    g_string_append (proof, _("Nothing is heard: what the city does is not known."));
  else
    g_string_append_printf (proof, _("%s of what should be heard is up to date."), share);
  if (self->service != NULL && n_others > 0)
    g_string_append_printf (proof, g_dngettext (GETTEXT_PACKAGE, "\n%u open alert in other services.",
                                                "\n%u open alerts in other services.", n_others), n_others);
  say_empty (self, expected == 0 ? _("No data yet") : heard == expected ? _("Nothing to report") : _("No alert, but not everything is heard"),
             proof->str);
}

/**
 * bf_alert_board_update_counts:
 *
 * Counts the sections anew and redraws the rows on screen; after every change of the alerts.
 */
void
bf_alert_board_update_counts (BfAlertBoard *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->sorted));
  g_autofree char *heading = NULL;

  self->n_waiting = self->n_acknowledged = 0;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfAlertItem) item = g_list_model_get_item (G_LIST_MODEL (self->sorted), i);

      if (bf_alert_item_is_waiting (item))
        self->n_waiting++;
      else if (item->aside == NULL)
        self->n_acknowledged++;
    }
  show_aside (self);
  heading = g_strdup_printf (_("TO HANDLE · %u"), self->n_waiting);
  gtk_label_set_label (self->heading, heading);
  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "rows" : "empty");
  gtk_widget_set_visible (GTK_WIDGET (self->sorting), n > 1 && self->service == NULL);
  if (n == 0)
    show_empty (self);
  show_above (self);
  for (guint i = 0; i < self->bound->len; i++)
    fill (self, g_ptr_array_index (self->bound, i));
}

/**
 * bf_alert_board_set_service:
 * @service: (nullable): shows that service's alerts only
 * @name: (nullable): its name for people
 */
void
bf_alert_board_set_service (BfAlertBoard *self, const char *service, const char *name)
{
  g_autofree char *label = name == NULL ? NULL : g_strdup_printf (_("Only: %s"), name);

  g_free (self->service);
  self->service = g_strdup (service);
  gtk_filter_changed (gtk_filter_list_model_get_filter (self->filtered), GTK_FILTER_CHANGE_DIFFERENT);
  gtk_widget_set_visible (GTK_WIDGET (self->filter_button), service != NULL);
  if (label != NULL)
    gtk_button_set_label (self->filter_button, label);
  bf_alert_board_update_counts (self);
}

/**
 * bf_alert_board_tick:
 *
 * Writes the ages anew.
 */
void
bf_alert_board_tick (BfAlertBoard *self)
{
  for (guint i = 0; i < self->bound->len; i++)
    {
      GtkListItem *item = g_ptr_array_index (self->bound, i);

      if (GPOINTER_TO_INT (g_object_get_data (G_OBJECT (item), "cell")) == CELL_AGE)
        fill (self, item);
    }
  if (self->view != NULL && g_list_model_get_n_items (G_LIST_MODEL (self->sorted)) == 0)
    show_empty (self);
}

BfAlertItem *
bf_alert_board_get_selected (BfAlertBoard *self)
{
  return self->selection == NULL ? NULL : gtk_single_selection_get_selected_item (self->selection);
}

static void
select_position (BfAlertBoard *self, guint position)
{
  gtk_single_selection_set_selected (self->selection, position);
  if (position != GTK_INVALID_LIST_POSITION)
    scroll_to (self, position);
}

/**
 * bf_alert_board_select:
 * @alert: (nullable): %NULL selects none
 *
 * Returns: whether it is on the board
 */
gboolean
bf_alert_board_select (BfAlertBoard *self, BfAlertItem *alert)
{
  guint n = alert == NULL ? 0 : g_list_model_get_n_items (G_LIST_MODEL (self->sorted));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (BfAlertItem) item = g_list_model_get_item (G_LIST_MODEL (self->sorted), i);

      if (item == alert)
        {
          select_position (self, i);
          return TRUE;
        }
    }
  select_position (self, GTK_INVALID_LIST_POSITION);
  return FALSE;
}

/**
 * bf_alert_board_step:
 * @by: 1: the next row, -1: the one before; from no row: the first or the last
 */
gboolean
bf_alert_board_step (BfAlertBoard *self, int by)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->sorted));
  guint at = gtk_single_selection_get_selected (self->selection);

  if (n == 0)
    return FALSE;
  if (at == GTK_INVALID_LIST_POSITION)
    at = by > 0 ? 0 : n - 1;
  else
    at = (guint) (((gint64) at + by + n) % n);
  select_position (self, at);
  return TRUE;
}

GListModel *
bf_alert_board_get_rows (BfAlertBoard *self)
{
  return G_LIST_MODEL (self->sorted);
}
