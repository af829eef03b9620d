/* SPDX-License-Identifier: EUPL-1.2 */
/* Connect my city: see bf-connect-dialog.h.
 *
 * The probe is asked from the present city's engine. Saving: in a demonstration a new city's folder is made, the window
 * goes to a private engine of it, and once that answers the feed is posted there; in a real city the feed is posted at
 * once. Every error is a sentence in the dialog. Main thread. */

#include "console/bf-connect-dialog.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-paths.h"
#include "console/bf-ask.h"
#include "console/bf-line-list.h"
#include "console/bf-new-city.h"
#include "console/bf-words.h"
#include "json/bf-json-out.h"

#define DOC_BYTES (4u << 20)
#define MAX_SAMPLE 8
#define SLOW_S 20 /* a new engine that has not answered yet */

struct _BfConnectDialog
{
  AdwWindow parent_instance;

  AdwEntryRow *name_row, *address_row;
  AdwComboRow *service_row, *zone_row;
  GtkWidget *probe_button, *save_button;
  GtkSpinner *spinner;
  GtkLabel *outcome;
  GtkBox *sample;
  GtkWidget *expander;
  GtkTextView *text;

  BfWindow *window; /* not owned: the dialog is transient for it and goes with it */
  BfJsonDoc *doc;
  GCancellable *cancellable;
  gulong wait_id;
  guint slow_id;            /* says so when the new engine does not answer */
  char *probed_service;     /* that the text below was proposed for */
  gboolean zone_chosen;     /* by the person: a probe no longer changes it */
  gboolean choosing_zone;
  gboolean close_asked;
  char *pending_name, *pending_text; /* the feed that waits for the new engine */
};

G_DEFINE_FINAL_TYPE (BfConnectDialog, bf_connect_dialog, ADW_TYPE_WINDOW)

static BfCitySync *
sync_of (BfConnectDialog *self)
{
  return bf_window_get_sync (self->window);
}

static const char *
chosen_service (BfConnectDialog *self)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (bf_city_sync_get_view (sync_of (self)));
  guint index = adw_combo_row_get_selected (self->service_row);

  return catalog == NULL || index >= catalog->services->len ? "parking" : bf_city_catalog_service (catalog, index)->id;
}

static void
set_busy (BfConnectDialog *self, gboolean busy)
{
  gtk_spinner_set_spinning (self->spinner, busy);
  gtk_widget_set_sensitive (self->probe_button, !busy);
}

static void
say (BfConnectDialog *self, const char *text)
{
  set_busy (self, FALSE);
  gtk_label_set_label (self->outcome, text);
}

static void
show_sample (BfConnectDialog *self, BfJsonNode node)
{
  BfJsonNode list, value;
  BfJsonIter iter;
  const char *reason;
  guint row = 0;

  if (bf_json_member (node, "sample", &list) && bf_json_iter_init (&iter, list))
    while (row < MAX_SAMPLE && bf_json_iter_next (&iter, NULL, NULL, &value))
      {
        g_autofree char *lat = bf_words_number (bf_json_member_double (value, "lat", 0), 5);
        g_autofree char *lon = bf_words_number (bf_json_member_double (value, "lon", 0), 5);
        g_autofree char *place = g_strdup_printf ("%s ; %s", lat, lon);
        BfJsonNode number;
        gboolean placed = bf_json_member (value, "lat", &number) && bf_json_type (number) != BF_JSON_NULL;

        bf_line_list_set (self->sample, row++, bf_json_member_string (value, "name", ""), "",
                          placed ? place : _("no place"), !placed);
      }
  if (bf_json_member (node, "refused", &list) && bf_json_iter_init (&iter, list))
    while (row < 2 * MAX_SAMPLE && bf_json_iter_next (&iter, NULL, NULL, &value))
      if (bf_json_get_string (value, &reason, NULL))
        bf_line_list_set (self->sample, row++, reason, "", _("refused"), TRUE);
  bf_line_list_cut (self->sample, row);
}

static void propose_zone (BfConnectDialog *self, BfJsonNode node);

/**
 * bf_connect_dialog_apply_probe:
 * @node: the engine's answer to a probe
 */
void
bf_connect_dialog_apply_probe (BfConnectDialog *self, BfJsonNode node)
{
  gint64 assets = bf_json_member_int (node, "assets", 0);
  gint64 observations = bf_json_member_int (node, "observations", 0);
  g_autofree char *number = bf_words_number ((double) assets, 0);
  g_autofree char *values = bf_words_number ((double) observations, 0);
  g_autofree char *text = NULL;

  if (assets == 0)
    text = g_strdup (_("The address answers, but nothing in it was recognised. Look at the text below, or try another address."));
  else
    text = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "Found: %s asset, %s values.", "Found: %s assets, %s values.",
                                         (gulong) assets),
                            number, values);
  say (self, text);
  show_sample (self, node);
  gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text), bf_json_member_string (node, "feed", ""), -1);
  gtk_widget_set_visible (self->expander, TRUE);
  gtk_widget_set_sensitive (self->save_button, assets > 0);
  g_free (self->probed_service);
  self->probed_service = g_strdup (chosen_service (self));
  propose_zone (self, node);
}

static void
probe_answer_cb (gpointer owner, const BfJsonNode *node, const GError *error, gpointer data)
{
  BfConnectDialog *self = owner;
  g_autofree char *sentence = NULL;

  if (error == NULL)
    {
      bf_connect_dialog_apply_probe (self, *node);
      return;
    }
  sentence = g_strdup_printf (_("That address gives nothing usable: %s"), error->message);
  say (self, sentence);
}

/* What was found was found for another address or service: it is not saved under the new one. */
static void
address_changed_cb (BfConnectDialog *self)
{
  gtk_widget_set_sensitive (self->save_button, FALSE);
  if (self->probed_service == NULL)
    return;
  g_clear_pointer (&self->probed_service, g_free);
  bf_line_list_cut (self->sample, 0);
  gtk_widget_set_visible (self->expander, FALSE);
  say (self, _("The address or the service is another one now: see what it gives before it is saved."));
}

static void
service_changed_cb (BfConnectDialog *self)
{
  if (self->probed_service != NULL && g_strcmp0 (self->probed_service, chosen_service (self)) != 0)
    address_changed_cb (self);
}

/* --- the time zone ----------------------------------------------------------------------------------------------------- */

static const char *
chosen_zone (BfConnectDialog *self)
{
  GListModel *zones = adw_combo_row_get_model (self->zone_row);
  guint index = adw_combo_row_get_selected (self->zone_row);

  return index < g_list_model_get_n_items (zones) ? gtk_string_list_get_string (GTK_STRING_LIST (zones), index) : "Europe/Paris";
}

static void
show_zone (BfConnectDialog *self)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_identifier (chosen_zone (self));
  g_autoptr (GDateTime) now = zone != NULL ? g_date_time_new_now (zone) : NULL;
  g_autofree char *clock = now != NULL ? g_date_time_format (now, "%H:%M") : g_strdup ("?");
  g_autofree char *text = g_strdup_printf (_("It is %s there. Times of the feed that name no zone are read as times of this one."), clock);

  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->zone_row), text);
}

static void
zone_changed_cb (BfConnectDialog *self)
{
  if (!self->choosing_zone)
    self->zone_chosen = TRUE;
  show_zone (self);
}

static void
choose_zone (BfConnectDialog *self, const char *id)
{
  GListModel *zones = adw_combo_row_get_model (self->zone_row);

  self->choosing_zone = TRUE;
  for (guint i = 0; i < g_list_model_get_n_items (zones); i++)
    if (g_str_equal (gtk_string_list_get_string (GTK_STRING_LIST (zones), i), id))
      adw_combo_row_set_selected (self->zone_row, i);
  self->choosing_zone = FALSE;
  show_zone (self);
}

/* By the first place that the feed has, when that says more than the machine does. */
static void
propose_zone (BfConnectDialog *self, BfJsonNode node)
{
  BfJsonNode list, value, lat;
  BfJsonIter iter;

  if (self->zone_chosen || !bf_json_member (node, "sample", &list) || !bf_json_iter_init (&iter, list))
    return;
  while (bf_json_iter_next (&iter, NULL, NULL, &value))
    if (bf_json_member (value, "lat", &lat) && bf_json_type (lat) != BF_JSON_NULL)
      {
        const char *zone = bf_new_city_zone_at (bf_json_member_double (value, "lon", 0), bf_json_member_double (value, "lat", 0));

        if (zone != NULL)
          choose_zone (self, zone);
        return;
      }
}

static void
probe_cb (BfConnectDialog *self)
{
  BfClient *client = bf_city_sync_get_client (sync_of (self));
  g_autofree char *url = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->address_row))));
  g_autoptr (GString) body = g_string_new (NULL);
  BfJsonOut out;

  bf_line_list_cut (self->sample, 0);
  if (!g_str_has_prefix (url, "https://") && !g_str_has_prefix (url, "http://"))
    {
      say (self, _("An address that begins with https:// or http:// is expected."));
      return;
    }
  if (client == NULL)
    {
      say (self, _("There is no engine to ask the address."));
      return;
    }
  say (self, "");
  set_busy (self, TRUE);
  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "service", chosen_service (self));
  bf_json_out_string (&out, "url", url);
  bf_json_out_end_object (&out);
  bf_ask (client, "/api/v1/feeds/probe", body->str, self->doc, DOC_BYTES, self->cancellable, probe_answer_cb, G_OBJECT (self), NULL,
          NULL);
}

static void
posted_cb (gpointer owner, const BfJsonNode *node, const GError *error, gpointer data)
{
  BfConnectDialog *self = owner;

  if (error != NULL)
    {
      g_autofree char *sentence = g_strdup_printf (_("The feed was not saved: %s"), error->message);

      say (self, sentence);
      gtk_widget_set_sensitive (self->save_button, TRUE);
      return;
    }
  bf_window_say (self->window, _("Your feed is connected"));
  gtk_window_destroy (GTK_WINDOW (self));
}

static void
post_feed (BfConnectDialog *self)
{
  BfClient *client = bf_city_sync_get_client (sync_of (self));
  g_autoptr (GString) body = g_string_new (NULL);
  BfJsonOut out;

  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_string (&out, "name", self->pending_name);
  bf_json_out_string (&out, "text", self->pending_text);
  bf_json_out_end_object (&out);
  bf_ask (client, "/api/v1/feeds", body->str, self->doc, DOC_BYTES, self->cancellable, posted_cb, G_OBJECT (self), NULL, NULL);
}

static void
view_changed_cb (BfConnectDialog *self, guint flags, BfCityView *view)
{
  if (!bf_city_view_is_connected (view))
    return;
  g_clear_signal_handler (&self->wait_id, view);
  g_clear_handle_id (&self->slow_id, g_source_remove);
  post_feed (self);
}

/* The feed is not lost with the dialog: until it is saved its text stands there and can be saved once more. */
static gboolean
slow_cb (gpointer user_data)
{
  BfConnectDialog *self = user_data;
  BfCityView *view = bf_city_sync_get_view (sync_of (self));
  const char *reason = bf_city_view_lost_reason (view);
  g_autofree char *text = g_strdup_printf (_("The engine of the new city has not answered for %d s: %s. The feed is not saved yet; it will be as soon as "
                                             "the engine answers, if this window stays open."),
                                           SLOW_S, reason != NULL ? reason : _("no reason is known"));

  self->slow_id = 0;
  gtk_label_set_label (self->outcome, text);
  return G_SOURCE_REMOVE;
}

/* Closing while the feed waits for the new engine would drop it without a word. */
static gboolean
close_request_cb (GtkWindow *window)
{
  BfConnectDialog *self = BF_CONNECT_DIALOG (window);

  if (self->pending_text == NULL || !gtk_spinner_get_spinning (self->spinner) || self->close_asked)
    return FALSE;
  self->close_asked = TRUE;
  gtk_label_set_label (self->outcome, _("The feed is not saved yet: the engine of the new city is starting. Close once more to give it up; its city is made and empty."));
  return TRUE;
}

/* Makes the folder and goes there; the feed follows when the new engine answers. */
static gboolean
open_new_city (BfConnectDialog *self, const char *name, GError **error)
{
  BfCityView *view = bf_city_sync_get_view (sync_of (self));
  g_autofree char *cities = g_build_filename (g_get_user_data_dir (), "beffroi", "cities", NULL);
  const char *language = g_str_has_prefix (bf_words_language (), "fr") ? "fr" : "en";
  g_autofree char *dir = bf_new_city_create (cities, name, chosen_zone (self), language, error);
  g_autofree char *data = NULL;

  if (dir == NULL)
    return FALSE;
  data = bf_paths_data_dir (dir);
  bf_demo_guide_tick (bf_window_get_guide (self->window), BF_GUIDE_CONNECT);
  if (!bf_window_open_city (self->window, dir, data, error))
    return FALSE;
  self->wait_id = g_signal_connect_object (view, "changed", G_CALLBACK (view_changed_cb), self, G_CONNECT_SWAPPED);
  self->close_asked = FALSE;
  self->slow_id = g_timeout_add_seconds (SLOW_S, slow_cb, self);
  return TRUE;
}

static void
save_cb (BfConnectDialog *self)
{
  BfCityView *view = bf_city_sync_get_view (sync_of (self));
  GtkTextBuffer *buffer = gtk_text_view_get_buffer (self->text);
  g_autofree char *url = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->address_row))));
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row))));
  g_autoptr (GError) error = NULL;
  GtkTextIter start, end;

  gtk_text_buffer_get_bounds (buffer, &start, &end);
  g_free (self->pending_text);
  self->pending_text = gtk_text_buffer_get_text (buffer, &start, &end, FALSE);
  g_free (self->pending_name);
  self->pending_name = bf_new_city_feed_name (self->probed_service != NULL ? self->probed_service : chosen_service (self), url);
  if (!bf_city_view_is_demo (view))
    {
      set_busy (self, TRUE);
      gtk_widget_set_sensitive (self->save_button, FALSE);
      post_feed (self);
      return;
    }
  if (*name == '\0')
    {
      say (self, _("The name of your city is missing."));
      gtk_widget_grab_focus (GTK_WIDGET (self->name_row));
      return;
    }
  set_busy (self, TRUE);
  gtk_widget_set_sensitive (self->save_button, FALSE);
  if (!open_new_city (self, name, &error))
    {
      say (self, error->message);
      gtk_widget_set_sensitive (self->save_button, TRUE);
    }
}

static void
bf_connect_dialog_dispose (GObject *object)
{
  BfConnectDialog *self = BF_CONNECT_DIALOG (object);

  g_clear_handle_id (&self->slow_id, g_source_remove);
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  G_OBJECT_CLASS (bf_connect_dialog_parent_class)->dispose (object);
}

static void
bf_connect_dialog_finalize (GObject *object)
{
  BfConnectDialog *self = BF_CONNECT_DIALOG (object);

  bf_json_doc_free (self->doc);
  g_free (self->pending_name);
  g_free (self->pending_text);
  g_free (self->probed_service);
  G_OBJECT_CLASS (bf_connect_dialog_parent_class)->finalize (object);
}

static gboolean
escape_cb (GtkWidget *widget, GVariant *args, gpointer user_data)
{
  gtk_window_close (GTK_WINDOW (widget));
  return TRUE;
}

static void
bf_connect_dialog_class_init (BfConnectDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bf_connect_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = bf_connect_dialog_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = close_request_cb;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/beffroi/Console/ui/bf-connect-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, name_row);
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, address_row);
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, service_row);
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, zone_row);
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, probe_button);
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, save_button);
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, outcome);
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, sample);
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, expander);
  gtk_widget_class_bind_template_child (widget_class, BfConnectDialog, text);
  gtk_widget_class_bind_template_callback (widget_class, probe_cb);
  gtk_widget_class_bind_template_callback (widget_class, address_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, service_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, zone_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, save_cb);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Escape, 0, escape_cb, NULL);
}

static void
bf_connect_dialog_init (BfConnectDialog *self)
{
  self->doc = bf_json_doc_new (DOC_BYTES);
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
fill_zones (BfConnectDialog *self)
{
  g_auto (GStrv) ids = bf_new_city_zones ();
  g_autoptr (GtkStringList) zones = gtk_string_list_new ((const char *const *) ids);
  g_autofree char *zone = bf_new_city_local_zone ();

  self->choosing_zone = TRUE;
  adw_combo_row_set_model (self->zone_row, G_LIST_MODEL (zones));
  self->choosing_zone = FALSE;
  choose_zone (self, zone);
}

/* Car parks come first: nearly every city publishes them. */
#define FIRST_SERVICE "parking"

static void
fill_services (BfConnectDialog *self)
{
  const BfCityCatalog *catalog = bf_city_view_catalog (bf_city_sync_get_view (sync_of (self)));
  g_autoptr (GtkStringList) names = gtk_string_list_new (NULL);

  for (guint i = 0; catalog != NULL && i < catalog->services->len; i++)
    gtk_string_list_append (names, bf_name_get (&bf_city_catalog_service (catalog, i)->name, bf_words_language ()));
  adw_combo_row_set_model (self->service_row, G_LIST_MODEL (names));
  if (catalog != NULL && bf_city_catalog_find_service (catalog, FIRST_SERVICE) != BF_CITY_NONE)
    adw_combo_row_set_selected (self->service_row, bf_city_catalog_find_service (catalog, FIRST_SERVICE));
}

/**
 * bf_connect_dialog_present:
 *
 * Returns: (transfer none): the dialog, which closes itself when done
 */
BfConnectDialog *
bf_connect_dialog_present (BfWindow *window)
{
  BfConnectDialog *self = g_object_new (BF_TYPE_CONNECT_DIALOG, "transient-for", window, "destroy-with-parent", TRUE, NULL);
  gboolean demo;

  self->window = window;
  fill_services (self);
  demo = bf_city_view_is_demo (bf_city_sync_get_view (sync_of (self)));
  fill_zones (self);
  gtk_widget_set_visible (GTK_WIDGET (self->name_row), demo);
  gtk_widget_set_visible (GTK_WIDGET (self->zone_row), demo);
  if (!demo)
    gtk_button_set_label (GTK_BUTTON (self->save_button), _("Save the feed"));
  gtk_window_present (GTK_WINDOW (self));
  return self;
}
