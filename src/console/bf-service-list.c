/* SPDX-License-Identifier: EUPL-1.2 */
/* The list of services: see bf-service-list.h. A click on a service shows that one only, a second click all again: signal
 * "filter" (guint service or BF_CITY_NONE). A service below its floor of heard sensors is unknown: no data never looks
 * all right. A service that the city has not connected is no row but a word below the list: nothing is expected of it.
 * Main thread. */

#include "console/bf-service-list.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "console/bf-priority-mark.h"
#include "console/bf-words.h"

/* Below this share of sensors heard a service without an alert is shown as unknown. */
#define FLOOR 0.80

struct _BfServiceList
{
  GtkWidget parent_instance;

  GtkWidget *box;
  GtkListBox *list;
  GtkLabel *others; /* the services that are not connected */
  BfCityView *view;
  guint filter;
};

G_DEFINE_FINAL_TYPE (BfServiceList, bf_service_list, GTK_TYPE_WIDGET)

enum
{
  FILTER,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/**
 * bf_service_list_state:
 *
 * Returns: the mark of a service: its worst alert, else unknown when less than 80 % of it is heard, else calm
 */
BfMapState
bf_service_list_state (const BfServiceStatus *status)
{
  if (status->worst >= 0)
    return bf_map_state_make ((BfMapPriority) (BF_MAP_PRIORITY_LOW + status->worst), status->unacknowledged == 0);
  if (status->expected == 0 || (double) status->heard < FLOOR * (double) status->expected)
    return BF_MAP_STATE_UNKNOWN;
  return BF_MAP_STATE_CALM;
}

static gboolean
is_silent (const BfServiceStatus *status, gint64 newest_us)
{
  return status->heard == 0 && (status->expected > 0 || newest_us != BF_TIME_NONE);
}

/* "98.7 %", "unknown" when nothing is heard, a dash when nothing is expected and nothing ever came */
static char *
share_words (const BfServiceStatus *status, gint64 newest_us)
{
  if (is_silent (status, newest_us))
    return g_strdup (_("unknown"));
  return status->expected == 0 ? g_strdup ("—") : bf_words_share (status->heard, status->expected);
}

static GtkWidget *
make_row (BfServiceList *self, guint index)
{
  const BfCityService *service = bf_city_catalog_service (bf_city_view_catalog (self->view), index);
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *name = gtk_label_new (bf_name_get (&service->name, bf_words_language ()));
  GtkWidget *silence = gtk_label_new (NULL);
  GtkWidget *names = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *count = gtk_label_new (NULL);
  GtkWidget *share = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (name), 0);
  gtk_label_set_ellipsize (GTK_LABEL (name), PANGO_ELLIPSIZE_END);
  gtk_label_set_xalign (GTK_LABEL (silence), 0);
  gtk_widget_add_css_class (silence, "place");
  gtk_box_append (GTK_BOX (names), name);
  gtk_box_append (GTK_BOX (names), silence);
  gtk_widget_set_hexpand (names, TRUE);
  gtk_widget_add_css_class (count, "count");
  gtk_widget_add_css_class (share, "share");
  gtk_label_set_xalign (GTK_LABEL (share), 1);
  gtk_label_set_width_chars (GTK_LABEL (share), 8);
  gtk_box_append (GTK_BOX (box), bf_priority_mark_new ());
  gtk_box_append (GTK_BOX (box), names);
  gtk_box_append (GTK_BOX (box), count);
  gtk_box_append (GTK_BOX (box), share);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data (G_OBJECT (row), "service", GUINT_TO_POINTER (index));
  return row;
}

static void
update_row (BfServiceList *self, GtkWidget *row)
{
  guint index = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "service"));
  const BfServiceStatus *status = bf_city_view_service_status (self->view, index);
  GtkWidget *mark = gtk_widget_get_first_child (gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (row)));
  GtkWidget *names = gtk_widget_get_next_sibling (mark);
  GtkWidget *name = gtk_widget_get_first_child (names), *silence = gtk_widget_get_last_child (names);
  GtkWidget *count = gtk_widget_get_next_sibling (names);
  GtkWidget *share = gtk_widget_get_next_sibling (count);
  gint64 newest_us;
  gboolean silent;
  g_autofree char *share_text = NULL;
  g_autofree char *silence_text = NULL;
  g_autofree char *number = NULL;
  g_autofree char *spoken = NULL;

  gtk_widget_set_visible (row, status != NULL && bf_city_view_service_is_connected (self->view, index));
  if (!gtk_widget_get_visible (row))
    return;
  newest_us = bf_city_view_service_newest_us (self->view, index);
  silent = is_silent (status, newest_us);
  share_text = share_words (status, newest_us);
  silence_text = bf_words_silence (newest_us, bf_city_view_now_us (self->view));
  number = status->unacknowledged > 0 ? g_strdup_printf ("%" G_GINT64_FORMAT, status->unacknowledged) : g_strdup ("");
  bf_priority_mark_set_state (BF_PRIORITY_MARK (mark), bf_service_list_state (status));
  gtk_label_set_label (GTK_LABEL (count), number);
  gtk_label_set_label (GTK_LABEL (share), share_text);
  gtk_label_set_label (GTK_LABEL (silence), silence_text);
  gtk_widget_set_visible (silence, silent);
  if (silent)
    gtk_widget_add_css_class (share, "unknown");
  else
    gtk_widget_remove_css_class (share, "unknown");
  spoken = g_strdup_printf (_("%s: %d to handle, %s"), gtk_label_get_label (GTK_LABEL (name)), (int) status->unacknowledged,
                            silent ? silence_text : share_text);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, spoken, -1);
}

static void
update_others (BfServiceList *self)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (self->view);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *list = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; catalog != NULL && i < catalog->services->len; i++)
    if (!bf_city_view_service_is_connected (self->view, i))
      g_ptr_array_add (names, (gpointer) bf_name_get (&bf_city_catalog_service (catalog, i)->name, bf_words_language ()));
  gtk_widget_set_visible (GTK_WIDGET (self->others), names->len > 0);
  g_ptr_array_add (names, NULL);
  list = g_strjoinv (", ", (char **) names->pdata);
  text = g_strdup_printf (_("Not connected: %s"), list);
  if (strcmp (gtk_label_get_label (self->others), text) != 0)
    gtk_label_set_label (self->others, text);
}

/**
 * bf_service_list_update:
 *
 * Writes marks, numbers and shares anew.
 */
void
bf_service_list_update (BfServiceList *self)
{
  for (GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->list)); row != NULL;
       row = gtk_widget_get_next_sibling (row))
    update_row (self, row);
  update_others (self);
}

/**
 * bf_service_list_rebuild:
 *
 * The catalog is another one.
 */
void
bf_service_list_rebuild (BfServiceList *self)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (self->view);
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  for (guint i = 0; catalog != NULL && i < catalog->services->len; i++)
    gtk_list_box_append (self->list, make_row (self, i));
  bf_service_list_clear_filter (self);
  bf_service_list_update (self);
}

static void
set_filter (BfServiceList *self, guint filter)
{
  if (self->filter == filter)
    return;
  self->filter = filter;
  g_signal_emit (self, signals[FILTER], 0, filter);
}

static void
activated_cb (BfServiceList *self, GtkListBoxRow *row)
{
  guint service = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (row), "service"));

  if (service == self->filter)
    bf_service_list_clear_filter (self);
  else
    {
      gtk_list_box_select_row (self->list, row);
      set_filter (self, service);
    }
}

void
bf_service_list_clear_filter (BfServiceList *self)
{
  gtk_list_box_unselect_all (self->list);
  set_filter (self, BF_CITY_NONE);
}

guint
bf_service_list_get_filter (BfServiceList *self)
{
  return self->filter;
}

static void
bf_service_list_dispose (GObject *object)
{
  BfServiceList *self = BF_SERVICE_LIST (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->view);
  G_OBJECT_CLASS (bf_service_list_parent_class)->dispose (object);
}

static void
bf_service_list_class_init (BfServiceListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bf_service_list_dispose;
  signals[FILTER] = g_signal_new ("filter", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                  1, G_TYPE_UINT);
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
bf_service_list_init (BfServiceList *self)
{
  GtkWidget *heading = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  GtkWidget *left = gtk_label_new (_("SERVICES"));
  GtkWidget *right = gtk_label_new (_("UP TO DATE"));

  self->filter = BF_CITY_NONE;
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_add_css_class (heading, "panel-heading");
  gtk_widget_add_css_class (left, "section-title");
  gtk_widget_add_css_class (right, "section-title");
  gtk_widget_set_hexpand (left, TRUE);
  gtk_label_set_xalign (GTK_LABEL (left), 0);
  gtk_box_append (GTK_BOX (heading), left);
  gtk_box_append (GTK_BOX (heading), right);
  gtk_box_append (GTK_BOX (self->box), heading);
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_SINGLE);
  gtk_list_box_set_activate_on_single_click (self->list, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Services"), -1);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "side-list");
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (activated_cb), self, G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->list));
  self->others = GTK_LABEL (gtk_label_new (""));
  gtk_label_set_xalign (self->others, 0);
  gtk_label_set_wrap (self->others, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (self->others), FALSE);
  gtk_widget_add_css_class (GTK_WIDGET (self->others), "others");
  gtk_box_append (GTK_BOX (self->box), GTK_WIDGET (self->others));
}

void
bf_service_list_set_view (BfServiceList *self, BfCityView *view)
{
  g_set_object (&self->view, view);
}
