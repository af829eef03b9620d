/* SPDX-License-Identifier: EUPL-1.2 */
/* Search: see bf-search.h. What is typed is asked from the engine after a short rest; an answer for an earlier text is
 * cancelled. Down goes into the results, Enter takes the first or the chosen one: signal "found" (const char *type, const
 * char *id, double lat, double lon; NAN: no place). Main thread. */

#include "console/bf-search.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "api/bf-place-kind.h"
#include "console/bf-ask.h"
#include "console/bf-words.h"

#define MAX_RESULTS 10
#define DOC_BYTES (1u << 20)

struct _BfSearch
{
  GtkWidget parent_instance;

  GtkSearchEntry *entry;
  GtkWidget *popover;
  GtkListBox *list;
  GtkLabel *nothing;
  BfCitySync *sync;
  BfJsonDoc *doc;
  GCancellable *cancellable;
  guint n_results;
};

G_DEFINE_FINAL_TYPE (BfSearch, bf_search, GTK_TYPE_WIDGET)

enum
{
  FOUND,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

typedef struct
{
  char *type;
  char *id;
  double lat, lon;
} Result;

static void
result_free (gpointer data)
{
  Result *result = data;

  g_free (result->type);
  g_free (result->id);
  g_free (result);
}

static const char *
type_words (const char *type)
{
  static const struct
  {
    const char *id;
    const char *words;
  } types[] = { { "asset", N_("Asset") }, { "alert", N_("Alert") }, { "address", N_("Address") }, { "place", N_("Place") } };

  for (guint i = 0; i < G_N_ELEMENTS (types); i++)
    if (strcmp (types[i].id, type) == 0)
      return _(types[i].words);
  return type;
}

static GtkWidget *
make_label (const char *text, const char *class_name)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, class_name);
  return label;
}

/* "Address · 1 Rue Haute" */
static char *
detail_of (const char *type, const char *detail)
{
  if (*detail == '\0')
    return g_strdup (type_words (type));
  return g_strdup_printf ("%s · %s", type_words (type), strcmp (type, "place") == 0 ? bf_place_kind_name (detail) : detail);
}

static GtkWidget *
make_row (BfSearch *self, BfJsonNode node)
{
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  Result *result = g_new0 (Result, 1);
  BfJsonNode text;
  BfName name = { 0 };
  g_autofree char *detail = NULL;

  result->type = g_strdup (bf_json_member_string (node, "type", ""));
  if (bf_json_member (node, "id", &text) && bf_json_type (text) == BF_JSON_INT)
    result->id = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (node, "id", 0));
  else
    result->id = g_strdup (bf_json_member_string (node, "id", ""));
  result->lat = bf_json_member_double (node, "lat", NAN);
  result->lon = bf_json_member_double (node, "lon", NAN);
  bf_city_name_from_json (&name, node, "text", "");
  detail = detail_of (result->type, bf_json_member_string (node, "detail", ""));
  gtk_box_append (GTK_BOX (box), make_label (bf_name_get (&name, bf_words_language ()), "alert-title"));
  gtk_box_append (GTK_BOX (box), make_label (detail, "place"));
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  bf_name_get (&name, bf_words_language ()), -1);
  g_object_set_data_full (G_OBJECT (row), "result", result, result_free);
  bf_name_clear (&name);
  return row;
}

static void
clear_rows (BfSearch *self)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  self->n_results = 0;
}

/**
 * bf_search_apply_results:
 * @node: the answer of the engine's search
 */
void
bf_search_apply_results (BfSearch *self, BfJsonNode node)
{
  BfJsonNode list, value;
  BfJsonIter iter;

  clear_rows (self);
  if (bf_json_member (node, "results", &list) && bf_json_iter_init (&iter, list))
    while (self->n_results < MAX_RESULTS && bf_json_iter_next (&iter, NULL, NULL, &value))
      {
        gtk_list_box_append (self->list, make_row (self, value));
        self->n_results++;
      }
  gtk_widget_set_visible (GTK_WIDGET (self->nothing), self->n_results == 0);
  gtk_label_set_label (self->nothing, _("Nothing of that name"));
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

guint
bf_search_get_n_results (BfSearch *self)
{
  return self->n_results;
}

static void
answer_cb (gpointer owner, const BfJsonNode *node, const GError *error, gpointer data)
{
  BfSearch *self = owner;

  if (error == NULL)
    {
      bf_search_apply_results (self, *node);
      return;
    }
  clear_rows (self);
  gtk_label_set_label (self->nothing, error->message);
  gtk_widget_set_visible (GTK_WIDGET (self->nothing), TRUE);
  gtk_popover_popup (GTK_POPOVER (self->popover));
}

static void
changed_cb (BfSearch *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->entry));
  BfClient *client = self->sync != NULL ? bf_city_sync_get_client (self->sync) : NULL;
  g_autofree char *query = NULL;
  g_autofree char *path = NULL;

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (*text == '\0' || client == NULL)
    {
      clear_rows (self);
      gtk_popover_popdown (GTK_POPOVER (self->popover));
      return;
    }
  self->cancellable = g_cancellable_new ();
  query = g_uri_escape_string (text, NULL, FALSE);
  path = g_strdup_printf ("/api/v1/search?q=%s&max=%d", query, MAX_RESULTS);
  bf_ask (client, path, NULL, self->doc, DOC_BYTES, self->cancellable, answer_cb, G_OBJECT (self), NULL, NULL);
}

static void
row_cb (BfSearch *self, GtkListBoxRow *row)
{
  Result *result = g_object_get_data (G_OBJECT (row), "result");

  gtk_popover_popdown (GTK_POPOVER (self->popover));
  g_signal_emit (self, signals[FOUND], 0, result->type, result->id, result->lat, result->lon);
}

static void
activate_cb (BfSearch *self)
{
  GtkListBoxRow *row = gtk_list_box_get_selected_row (self->list);

  if (row == NULL)
    row = gtk_list_box_get_row_at_index (self->list, 0);
  if (row != NULL)
    row_cb (self, row);
}

static void
stop_cb (BfSearch *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  gtk_popover_popdown (GTK_POPOVER (self->popover));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.focus-board", NULL);
}

static gboolean
key_cb (BfSearch *self, guint key)
{
  if (key == GDK_KEY_Down && self->n_results > 0)
    {
      GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, 0);

      gtk_list_box_select_row (self->list, row);
      return gtk_widget_grab_focus (GTK_WIDGET (row));
    }
  return GDK_EVENT_PROPAGATE;
}

static void
bf_search_dispose (GObject *object)
{
  BfSearch *self = BF_SEARCH (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->popover, gtk_widget_unparent);
  if (self->entry != NULL)
    gtk_widget_unparent (GTK_WIDGET (self->entry));
  self->entry = NULL;
  g_clear_object (&self->sync);
  G_OBJECT_CLASS (bf_search_parent_class)->dispose (object);
}

static void
bf_search_finalize (GObject *object)
{
  bf_json_doc_free (BF_SEARCH (object)->doc);
  G_OBJECT_CLASS (bf_search_parent_class)->finalize (object);
}

/* The popover is not part of the layout: it is placed after the entry is. */
static void
bf_search_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  BfSearch *self = BF_SEARCH (widget);

  gtk_widget_allocate (GTK_WIDGET (self->entry), width, height, baseline, NULL);
  gtk_widget_set_size_request (self->popover, MAX (width, 360), -1);
  gtk_popover_present (GTK_POPOVER (self->popover));
}

static void
bf_search_measure (GtkWidget *widget,
                   GtkOrientation orientation,
                   int for_size,
                   int *minimum,
                   int *natural,
                   int *minimum_baseline,
                   int *natural_baseline)
{
  gtk_widget_measure (GTK_WIDGET (BF_SEARCH (widget)->entry), orientation, for_size, minimum, natural, minimum_baseline,
                      natural_baseline);
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    *natural = MAX (*natural, 470);
}

static void
bf_search_class_init (BfSearchClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bf_search_dispose;
  G_OBJECT_CLASS (klass)->finalize = bf_search_finalize;
  widget_class->size_allocate = bf_search_size_allocate;
  widget_class->measure = bf_search_measure;
  signals[FOUND] = g_signal_new ("found", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 4,
                                 G_TYPE_STRING, G_TYPE_STRING, G_TYPE_DOUBLE, G_TYPE_DOUBLE);
}

static void
make_popover (BfSearch *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->popover = gtk_popover_new ();
  gtk_popover_set_autohide (GTK_POPOVER (self->popover), FALSE);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->popover), FALSE);
  gtk_popover_set_position (GTK_POPOVER (self->popover), GTK_POS_BOTTOM);
  gtk_widget_set_parent (self->popover, GTK_WIDGET (self));
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_SINGLE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Search results"), -1);
  g_signal_connect_object (self->list, "row-activated", G_CALLBACK (row_cb), self, G_CONNECT_SWAPPED);
  self->nothing = GTK_LABEL (make_label ("", "dim"));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->list));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->nothing));
  gtk_popover_set_child (GTK_POPOVER (self->popover), box);
}

static void
bf_search_init (BfSearch *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->doc = bf_json_doc_new (DOC_BYTES);
  self->entry = GTK_SEARCH_ENTRY (gtk_search_entry_new ());
  gtk_editable_set_width_chars (GTK_EDITABLE (self->entry), 4);
  g_object_set (self->entry, "placeholder-text", _("Address, asset, alert   Ctrl+F"), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Search"), -1);
  gtk_widget_set_parent (GTK_WIDGET (self->entry), GTK_WIDGET (self));
  g_signal_connect_object (self->entry, "search-changed", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "activate", G_CALLBACK (activate_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->entry, "stop-search", G_CALLBACK (stop_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (key_cb), self, G_CONNECT_SWAPPED);
  gtk_widget_add_controller (GTK_WIDGET (self->entry), keys);
  make_popover (self);
}

void
bf_search_set_sync (BfSearch *self, BfCitySync *sync)
{
  g_set_object (&self->sync, sync);
}

void
bf_search_focus (BfSearch *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}
