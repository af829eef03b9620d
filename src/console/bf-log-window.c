/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-log-window.h. Rows are asked in pages from the newest entry; while the list shows its newest page it is asked again every few
 * seconds and after an entry was written, and is drawn anew only when its last number is another, so that what is read does not jump.
 * An answer to an earlier question is cancelled. Main thread. */

#include "console/bf-log-window.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "api/bf-log-words.h"
#include "base/bf-time.h"
#include "console/bf-ask.h"
#include "console/bf-words.h"
#include "json/bf-json-out.h"

#define DOC_BYTES (8u << 20)
#define PAGE 100u
#define AGAIN_US (3 * G_USEC_PER_SEC)

struct _BfLogWindow
{
  AdwWindow parent_instance;

  GtkSearchEntry *search;
  GtkDropDown *period;
  GtkListBox *list;
  GtkLabel *status;
  GtkWidget *older;
  GtkCheckButton *about;
  GtkEntry *note;
  GtkWidget *write;

  BfCitySync *sync;
  BfJsonDoc *doc;
  BfJsonDoc *note_doc;
  GCancellable *cancellable;
  gint64 newest;   /* number of the first row; 0: none */
  gint64 oldest;   /* of the last row */
  gboolean paged;  /* older pages are shown too: not asked again by itself */
  gint64 asked_us; /* monotonic */
  gint64 alert;    /* that a note may be about; 0: none */
};

G_DEFINE_FINAL_TYPE (BfLogWindow, bf_log_window, ADW_TYPE_WINDOW)

/* --- rows ----------------------------------------------------------------------------------------------------------- */

static GtkWidget *
make_label (const char *text, const char *style, gboolean wrap)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_set_valign (label, GTK_ALIGN_START);
  if (wrap)
    {
      gtk_label_set_wrap (GTK_LABEL (label), TRUE);
      gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
      gtk_label_set_selectable (GTK_LABEL (label), TRUE);
      gtk_widget_set_focusable (label, FALSE);
      gtk_widget_set_hexpand (label, TRUE);
    }
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
make_row (BfLogWindow *self, BfJsonNode entry)
{
  BfCityView *view = bf_city_sync_get_view (self->sync);
  g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, bf_json_member_int (entry, "seq", 0));
  g_autofree char *when = bf_words_moment (bf_json_member_time (entry, "at"), bf_city_view_now_us (view), bf_city_view_zone (view));
  g_autofree char *about = bf_log_about (entry);
  g_autofree char *words = bf_log_words (entry);
  const char *actor = bf_json_member_string (entry, "actor", "");
  gboolean by_engine = g_str_equal (actor, "engine");
  GtkWidget *grid = gtk_grid_new ();
  GtkWidget *when_label = make_label (when, "numeric", FALSE), *what = make_label (bf_log_what (entry), by_engine ? "dim" : "heading", FALSE);
  GtkWidget *who = make_label (by_engine ? _ ("engine") : actor, "dim", FALSE);

  gtk_grid_set_column_spacing (GTK_GRID (grid), 12);
  gtk_widget_set_size_request (when_label, 120, -1);
  gtk_widget_set_size_request (what, 150, -1);
  gtk_widget_set_size_request (who, 100, -1);
  gtk_label_set_ellipsize (GTK_LABEL (who), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (who), 14);
  gtk_grid_attach (GTK_GRID (grid), when_label, 0, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), what, 1, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), who, 2, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), make_label (words[0] != '\0' ? words : about, NULL, TRUE), 3, 0, 1, 1);
  gtk_grid_attach (GTK_GRID (grid), make_label (number, "dim", FALSE), 4, 0, 1, 1);
  if (words[0] != '\0' && about[0] != '\0')
    gtk_grid_attach (GTK_GRID (grid), make_label (about, "dim", TRUE), 3, 1, 1, 1);
  return grid;
}

static void
clear_rows (BfLogWindow *self)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  self->newest = self->oldest = 0;
}

static void
append_rows (BfLogWindow *self, BfJsonNode entries)
{
  BfJsonNode entry;
  BfJsonIter iter;

  bf_json_iter_init (&iter, entries);
  while (bf_json_iter_next (&iter, NULL, NULL, &entry))
    {
      self->oldest = bf_json_member_int (entry, "seq", 0);
      if (self->newest == 0)
        self->newest = self->oldest;
      gtk_list_box_append (self->list, make_row (self, entry));
    }
}

static void
say (BfLogWindow *self, const char *text)
{
  gtk_label_set_label (self->status, text);
  gtk_widget_set_visible (GTK_WIDGET (self->status), text[0] != '\0');
}

/* --- asking --------------------------------------------------------------------------------------------------------- */

/* The number of the newest entry of an answer; 0: it has none. */
static gint64
newest_of (BfJsonNode entries)
{
  BfJsonNode first;

  return bf_json_path (entries, "[0]", &first) ? bf_json_member_int (first, "seq", 0) : 0;
}

static void
answer_cb (gpointer owner, const BfJsonNode *node, const GError *error, gpointer data)
{
  BfLogWindow *self = owner;
  gboolean more = GPOINTER_TO_INT (data);
  BfJsonNode entries;

  g_clear_object (&self->cancellable);
  if (node == NULL || !bf_json_member (*node, "entries", &entries))
    {
      say (self, error != NULL ? error->message : _ ("The engine’s answer cannot be read"));
      return;
    }
  say (self, newest_of (entries) == 0 && !more ? _ ("Nothing in the log fits") : "");
  if (!more && newest_of (entries) == self->newest && self->newest != 0)
    return;
  if (!more)
    clear_rows (self);
  append_rows (self, entries);
  gtk_widget_set_visible (self->older, bf_json_array_length (entries) == PAGE);
}

static void
add_period (BfLogWindow *self, GString *path)
{
  static const guint days[] = { 0, 1, 7, 31 };
  guint chosen = gtk_drop_down_get_selected (self->period);
  char text[BF_TIME_TEXT_BYTES];

  if (chosen < G_N_ELEMENTS (days) && days[chosen] > 0)
    g_string_append_printf (path, "&from=%s",
                            bf_time_format (bf_city_view_now_us (bf_city_sync_get_view (self->sync)) - days[chosen] * G_TIME_SPAN_DAY, text));
}

static void
ask (BfLogWindow *self, gboolean more)
{
  BfClient *client = bf_city_sync_get_client (self->sync);
  g_autoptr (GString) path = g_string_new (NULL);
  g_autofree char *words = g_uri_escape_string (gtk_editable_get_text (GTK_EDITABLE (self->search)), NULL, FALSE);

  if (client == NULL)
    {
      say (self, _ ("No engine answers"));
      return;
    }
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  self->asked_us = g_get_monotonic_time ();
  self->paged = more;
  g_string_printf (path, "/api/v1/log?limit=%u", PAGE);
  if (words[0] != '\0')
    g_string_append_printf (path, "&text=%s", words);
  add_period (self, path);
  if (more)
    g_string_append_printf (path, "&before=%" G_GINT64_FORMAT, self->oldest);
  bf_ask (client, path->str, NULL, self->doc, DOC_BYTES, self->cancellable, answer_cb, G_OBJECT (self), GINT_TO_POINTER (more), NULL);
}

static void
changed_cb (BfLogWindow *self)
{
  self->newest = 0;
  ask (self, FALSE);
}

static void
older_cb (BfLogWindow *self)
{
  ask (self, TRUE);
}

/* --- writing -------------------------------------------------------------------------------------------------------- */

static void
written_cb (gpointer owner, const BfJsonNode *node, const GError *error, gpointer data)
{
  BfLogWindow *self = owner;

  gtk_widget_set_sensitive (GTK_WIDGET (self->note), TRUE);
  if (node == NULL)
    {
      say (self, error->message);
      return;
    }
  gtk_editable_set_text (GTK_EDITABLE (self->note), "");
  gtk_widget_grab_focus (GTK_WIDGET (self->note));
  ask (self, FALSE);
}

static void
write_cb (BfLogWindow *self)
{
  BfClient *client = bf_city_sync_get_client (self->sync);
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->note))));
  g_autoptr (GString) body = g_string_new (NULL);
  BfJsonOut out;

  if (text[0] == '\0' || client == NULL)
    {
      say (self, client == NULL ? _ ("No engine answers") : _ ("Write what happened first"));
      return;
    }
  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "text", text);
  if (self->alert > 0 && gtk_check_button_get_active (self->about))
    bf_json_out_int (&out, "alert", self->alert);
  bf_json_out_end_object (&out);
  gtk_widget_set_sensitive (GTK_WIDGET (self->note), FALSE);
  bf_ask (client, "/api/v1/log", body->str, self->note_doc, DOC_BYTES, NULL, written_cb, G_OBJECT (self), NULL, NULL);
}

/**
 * bf_log_window_set_alert:
 * @alert: (nullable): the one that is chosen: a note may be about it
 */
void
bf_log_window_set_alert (BfLogWindow *self, BfAlertItem *alert)
{
  self->alert = alert != NULL ? alert->id : 0;
  gtk_widget_set_visible (GTK_WIDGET (self->about), alert != NULL);
  if (alert != NULL)
    {
      g_autofree char *label = g_strdup_printf (_ ("about “%s”"), bf_name_get (&alert->title, bf_words_language ()));

      gtk_check_button_set_label (self->about, label);
    }
}

/**
 * bf_log_window_tick:
 *
 * Every second.
 */
void
bf_log_window_tick (BfLogWindow *self)
{
  if (!self->paged && self->cancellable == NULL && g_get_monotonic_time () - self->asked_us > AGAIN_US)
    ask (self, FALSE);
}

static gboolean
escape_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  gtk_window_close (GTK_WINDOW (widget));
  return TRUE;
}

static void
bf_log_window_dispose (GObject *object)
{
  BfLogWindow *self = BF_LOG_WINDOW (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->sync);
  G_OBJECT_CLASS (bf_log_window_parent_class)->dispose (object);
}

static void
bf_log_window_finalize (GObject *object)
{
  BfLogWindow *self = BF_LOG_WINDOW (object);

  bf_json_doc_free (self->doc);
  bf_json_doc_free (self->note_doc);
  G_OBJECT_CLASS (bf_log_window_parent_class)->finalize (object);
}

static void
bf_log_window_class_init (BfLogWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bf_log_window_dispose;
  G_OBJECT_CLASS (klass)->finalize = bf_log_window_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/beffroi/Console/ui/bf-log-window.ui");
  gtk_widget_class_bind_template_child (widget_class, BfLogWindow, search);
  gtk_widget_class_bind_template_child (widget_class, BfLogWindow, period);
  gtk_widget_class_bind_template_child (widget_class, BfLogWindow, list);
  gtk_widget_class_bind_template_child (widget_class, BfLogWindow, status);
  gtk_widget_class_bind_template_child (widget_class, BfLogWindow, older);
  gtk_widget_class_bind_template_child (widget_class, BfLogWindow, about);
  gtk_widget_class_bind_template_child (widget_class, BfLogWindow, note);
  gtk_widget_class_bind_template_child (widget_class, BfLogWindow, write);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, older_cb);
  gtk_widget_class_bind_template_callback (widget_class, write_cb);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
}

static void
bf_log_window_init (BfLogWindow *self)
{
  self->doc = bf_json_doc_new (DOC_BYTES);
  self->note_doc = bf_json_doc_new (DOC_BYTES);
  gtk_widget_init_template (GTK_WIDGET (self));
  bf_log_window_set_alert (self, NULL);
}

BfLogWindow *
bf_log_window_new (GtkWindow *parent, BfCitySync *sync)
{
  BfLogWindow *self = g_object_new (BF_TYPE_LOG_WINDOW, "transient-for", parent, NULL);

  self->sync = g_object_ref (sync);
  ask (self, FALSE);
  gtk_widget_grab_focus (GTK_WIDGET (self->note));
  return self;
}
