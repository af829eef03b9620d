/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-shelve-dialog.h. A shelf without a reason cannot be asked for: the answer that does it is not there before one is written. The
 * durations are those that the alert's priority allows, the usual one first. The dialog owns what it asks for. */

#include "console/bf-shelve-dialog.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>
#include <string.h>

#include "console/bf-words.h"

static const struct
{
  const char *duration; /* NULL: until it clears */
  gint64 us;
  const char *words;
} choices[] = { { "15min", 15 * G_TIME_SPAN_MINUTE, N_("for 15 minutes") }, { "1h", G_TIME_SPAN_HOUR, N_("for 1 hour") },
                { "4h", 4 * G_TIME_SPAN_HOUR, N_("for 4 hours") },          { "8h", 8 * G_TIME_SPAN_HOUR, N_("for 8 hours") },
                { NULL, 0, N_("until it clears, for 1 hour at most") } };

typedef struct
{
  BfCitySync *sync;
  gint64 alert;
  GtkEntry *reason;
  GtkDropDown *duration;
  GArray *offered; /* guint: index of a choice */
} Asking;

static void
asking_free (gpointer data, GClosure *closure)
{
  Asking *asking = data;

  g_object_unref (asking->sync);
  g_array_unref (asking->offered);
  g_free (asking);
}

static gboolean
has_reason (GtkEntry *entry)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (entry));

  return text[strspn (text, " \t")] != '\0';
}

static void
reason_cb (GtkEntry *entry, gpointer user_data)
{
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (user_data), "shelve", has_reason (entry));
}

static void
response_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  Asking *asking = user_data;
  guint at = gtk_drop_down_get_selected (asking->duration);

  if (strcmp (response, "shelve") != 0 || !has_reason (asking->reason) || at >= asking->offered->len)
    return;
  bf_city_sync_shelve (asking->sync, asking->alert, gtk_editable_get_text (GTK_EDITABLE (asking->reason)),
                       choices[g_array_index (asking->offered, guint, at)].duration);
}

static GtkWidget *
make_duration (Asking *asking, gint64 max_us)
{
  g_autoptr (GtkStringList) words = gtk_string_list_new (NULL);
  GtkWidget *drop_down;

  for (guint i = 0; i < G_N_ELEMENTS (choices); i++)
    if (choices[i].us <= max_us)
      {
        gtk_string_list_append (words, _(choices[i].words));
        g_array_append_val (asking->offered, i);
      }
  drop_down = gtk_drop_down_new (G_LIST_MODEL (g_steal_pointer (&words)), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (drop_down), GTK_ACCESSIBLE_PROPERTY_LABEL, _("For how long"), -1);
  asking->duration = GTK_DROP_DOWN (drop_down);
  return drop_down;
}

/**
 * bf_shelve_dialog_present:
 * @alert: one that the engine lets be shelved
 */
void
bf_shelve_dialog_present (GtkWindow *parent, BfCitySync *sync, BfAlertItem *alert)
{
  GtkWidget *dialog = adw_message_dialog_new (parent, _("Shelve this alert"), bf_name_get (&alert->title, bf_words_language ()));
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  GtkWidget *entry = gtk_entry_new ();
  Asking *asking = g_new0 (Asking, 1);

  asking->sync = g_object_ref (sync);
  asking->alert = alert->id;
  asking->offered = g_array_new (FALSE, FALSE, sizeof (guint));
  asking->reason = GTK_ENTRY (entry);
  gtk_entry_set_placeholder_text (asking->reason, _("Reason"));
  gtk_entry_set_activates_default (asking->reason, TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Reason"), -1);
  gtk_box_append (GTK_BOX (box), entry);
  gtk_box_append (GTK_BOX (box), make_duration (asking, alert->shelve_max_us));
  adw_message_dialog_set_extra_child (ADW_MESSAGE_DIALOG (dialog), box);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _("Cancel"), "shelve", _("Shelve"), NULL);
  adw_message_dialog_set_response_appearance (ADW_MESSAGE_DIALOG (dialog), "shelve", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_response_enabled (ADW_MESSAGE_DIALOG (dialog), "shelve", FALSE);
  adw_message_dialog_set_default_response (ADW_MESSAGE_DIALOG (dialog), "shelve");
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_object (entry, "changed", G_CALLBACK (reason_cb), dialog, 0);
  g_signal_connect_data (dialog, "response", G_CALLBACK (response_cb), asking, asking_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
  gtk_widget_grab_focus (entry);
}
