/* SPDX-License-Identifier: EUPL-1.2 */
/* See bf-procedure-view.h. What is ticked is what the engine answered: a tick is asked for and shown when it is in the log. Rows are made
 * anew with each answer; a reason that is being typed is not thrown away, since nothing is asked meanwhile. Main thread. */

#include "console/bf-procedure-view.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-time.h"
#include "console/bf-ask.h"
#include "console/bf-words.h"
#include "json/bf-json-out.h"

#define DOC_BYTES (4u << 20)

struct _BfProcedureView
{
  GtkBox parent_instance;

  GtkWidget *heading, *reviewed, *message;
  GtkBox *steps;
  BfCitySync *sync;
  BfJsonDoc *doc;
  BfJsonDoc *step_doc;
  GCancellable *cancellable;
  gint64 alert;
};

G_DEFINE_FINAL_TYPE (BfProcedureView, bf_procedure_view, GTK_TYPE_BOX)

static void ask (BfProcedureView *self);

static void
say (BfProcedureView *self, const char *text)
{
  gtk_label_set_label (GTK_LABEL (self->message), text);
  gtk_widget_set_visible (self->message, text[0] != '\0');
}

/* --- a step is done or left out ------------------------------------------------------------------------------------- */

static void
written_cb (gpointer owner, const BfJsonNode *node, const GError *error, gpointer data)
{
  BfProcedureView *self = owner;

  say (self, node == NULL ? error->message : "");
  ask (self);
}

/* @skip: (nullable): why it is left out */
static void
post_step (BfProcedureView *self, guint step, const char *skip)
{
  BfClient *client = bf_city_sync_get_client (self->sync);
  g_autofree char *path = g_strdup_printf ("/api/v1/alerts/%" G_GINT64_FORMAT "/step", self->alert);
  g_autoptr (GString) body = g_string_new (NULL);
  BfJsonOut out;

  if (client == NULL)
    {
      say (self, _ ("No engine answers"));
      return;
    }
  bf_json_out_init (&out, body);
  bf_json_out_begin_object (&out, NULL);
  bf_json_out_int (&out, "step", step);
  if (skip != NULL)
    bf_json_out_string (&out, "skip", skip);
  bf_json_out_end_object (&out);
  bf_ask (client, path, body->str, self->step_doc, DOC_BYTES, NULL, written_cb, G_OBJECT (self), NULL, NULL);
}

static guint
step_of (gpointer widget)
{
  return GPOINTER_TO_UINT (g_object_get_data (widget, "step"));
}

static void
toggled_cb (GtkCheckButton *check, gpointer user_data)
{
  if (!gtk_check_button_get_active (check))
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (check), FALSE);
  post_step (user_data, step_of (check), NULL);
}

static void
why_cb (GtkEntry *entry, gpointer user_data)
{
  g_autofree char *why = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));

  if (why[0] == '\0')
    {
      say (user_data, _ ("Say why the step is left out"));
      return;
    }
  gtk_widget_set_sensitive (GTK_WIDGET (entry), FALSE);
  post_step (user_data, step_of (entry), why);
}

/* The question stands where the button was. */
static void
leave_out_cb (GtkButton *button, gpointer user_data)
{
  GtkWidget *row = gtk_widget_get_parent (gtk_widget_get_parent (GTK_WIDGET (button)));
  GtkWidget *entry = gtk_entry_new ();
  g_autofree char *name = g_strdup_printf (_ ("Why step %u is left out"), step_of (button));

  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
  g_object_set_data (G_OBJECT (entry), "step", GUINT_TO_POINTER (step_of (button)));
  g_signal_connect (entry, "activate", G_CALLBACK (why_cb), user_data);
  gtk_box_append (GTK_BOX (row), entry);
  gtk_widget_grab_focus (entry);
  gtk_widget_set_visible (GTK_WIDGET (button), FALSE);
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

static GtkWidget *
make_label (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

/* "14:32, claire: no key" */
static char *
remark_of (BfProcedureView *self, BfJsonNode step, gboolean skipped)
{
  BfCityView *view = bf_city_sync_get_view (self->sync);
  g_autofree char *at = bf_words_moment (bf_json_member_time (step, "at"), bf_city_view_now_us (view), bf_city_view_zone (view));
  const char *text = bf_json_member_string (step, "text_of_entry", NULL);
  g_autofree char *who = skipped ? g_strdup_printf (_ ("Left out, %s, %s"), at, bf_json_member_string (step, "by", ""))
                                 : g_strdup_printf (_ ("Done, %s, %s"), at, bf_json_member_string (step, "by", ""));

  return text != NULL ? g_strdup_printf ("%s · %s", who, text) : g_steal_pointer (&who);
}

static void
append_step (BfProcedureView *self, BfJsonNode step)
{
  gint64 number = bf_json_member_int (step, "n", 0);
  const char *state = bf_json_member_string (step, "state", "todo");
  gboolean done = strcmp (state, "done") == 0, skipped = strcmp (state, "skipped") == 0;
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT ". %s", number, bf_json_member_string (step, "text", ""));
  GtkWidget *row = gtk_box_new (GTK_ORIENTATION_VERTICAL, 2), *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *check = gtk_check_button_new (), *words = make_label (text, done || skipped ? "dim" : NULL), *button;

  gtk_widget_set_hexpand (words, TRUE);
  gtk_check_button_set_child (GTK_CHECK_BUTTON (check), words);
  gtk_accessible_update_property (GTK_ACCESSIBLE (check), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  g_object_set_data (G_OBJECT (check), "step", GUINT_TO_POINTER ((guint) number));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (check), done);
  gtk_widget_set_sensitive (check, !done);
  g_signal_connect (check, "toggled", G_CALLBACK (toggled_cb), self);
  gtk_widget_set_hexpand (check, TRUE);
  gtk_box_append (GTK_BOX (line), check);
  gtk_box_append (GTK_BOX (row), line);
  if (done || skipped)
    {
      g_autofree char *remark = remark_of (self, step, skipped);
      GtkWidget *label = make_label (remark, "dim");

      gtk_widget_set_margin_start (label, 28);
      gtk_box_append (GTK_BOX (row), label);
    }
  else
    {
      g_autofree char *name = g_strdup_printf (_ ("Leave out step %u …"), (guint) number);

      button = gtk_button_new_with_label (_ ("Leave out …"));
      gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
      gtk_widget_add_css_class (button, "flat");
      gtk_widget_set_valign (button, GTK_ALIGN_START);
      g_object_set_data (G_OBJECT (button), "step", GUINT_TO_POINTER ((guint) number));
      g_signal_connect (button, "clicked", G_CALLBACK (leave_out_cb), self);
      gtk_box_append (GTK_BOX (line), button);
    }
  gtk_box_append (self->steps, row);
}

static void
clear_steps (BfProcedureView *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self->steps))) != NULL)
    gtk_box_remove (self->steps, child);
}

/**
 * bf_procedure_view_apply:
 * @node: the procedure of an alert, of the API
 */
void
bf_procedure_view_apply (BfProcedureView *self, BfJsonNode node)
{
  const char *reviewed = bf_json_member_string (node, "reviewed", NULL);
  g_autofree char *line = reviewed != NULL ? g_strdup_printf (_ ("Last reviewed: %s"), reviewed) : g_strdup (_ ("Never reviewed"));
  g_autofree char *role = NULL;
  BfJsonNode steps;
  BfJsonNode step;
  BfJsonIter iter;

  clear_steps (self);
  gtk_label_set_label (GTK_LABEL (self->heading), bf_json_member_string (node, "title", ""));
  gtk_label_set_label (GTK_LABEL (self->reviewed), line);
  if (bf_json_member (node, "steps", &steps) && bf_json_iter_init (&iter, steps))
    while (bf_json_iter_next (&iter, NULL, NULL, &step))
      {
        const char *its = bf_json_member_string (step, "role", NULL);

        if (g_strcmp0 (its, role) != 0)
          {
            g_free (role);
            role = g_strdup (its);
            gtk_box_append (self->steps, make_label (its != NULL ? its : "", "heading"));
          }
        append_step (self, step);
      }
  gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
}

static void
answer_cb (gpointer owner, const BfJsonNode *node, const GError *error, gpointer data)
{
  BfProcedureView *self = owner;

  g_clear_object (&self->cancellable);
  if (node != NULL)
    bf_procedure_view_apply (self, *node);
  else
    {
      clear_steps (self);
      say (self, error->message);
      gtk_widget_set_visible (GTK_WIDGET (self), TRUE);
    }
}

static void
ask (BfProcedureView *self)
{
  BfClient *client = self->sync != NULL ? bf_city_sync_get_client (self->sync) : NULL;
  g_autofree char *path = g_strdup_printf ("/api/v1/alerts/%" G_GINT64_FORMAT "/procedure?language=%s", self->alert, bf_words_language ());

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (client == NULL || self->alert == 0)
    return;
  self->cancellable = g_cancellable_new ();
  bf_ask (client, path, NULL, self->doc, DOC_BYTES, self->cancellable, answer_cb, G_OBJECT (self), NULL, NULL);
}

/**
 * bf_procedure_view_show:
 * @alert: (nullable): whose procedure; one without is not shown
 */
void
bf_procedure_view_show (BfProcedureView *self, BfCitySync *sync, BfAlertItem *alert)
{
  g_set_object (&self->sync, sync);
  self->alert = alert != NULL && alert->procedure != NULL && alert->procedure[0] != '\0' ? alert->id : 0;
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  say (self, "");
  ask (self);
}

static void
bf_procedure_view_dispose (GObject *object)
{
  BfProcedureView *self = BF_PROCEDURE_VIEW (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->sync);
  G_OBJECT_CLASS (bf_procedure_view_parent_class)->dispose (object);
}

static void
bf_procedure_view_finalize (GObject *object)
{
  BfProcedureView *self = BF_PROCEDURE_VIEW (object);

  bf_json_doc_free (self->doc);
  bf_json_doc_free (self->step_doc);
  G_OBJECT_CLASS (bf_procedure_view_parent_class)->finalize (object);
}

static void
bf_procedure_view_class_init (BfProcedureViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bf_procedure_view_dispose;
  G_OBJECT_CLASS (klass)->finalize = bf_procedure_view_finalize;
}

static void
bf_procedure_view_init (BfProcedureView *self)
{
  GtkWidget *section = make_label (_ ("PROCEDURE"), "section-title");

  self->doc = bf_json_doc_new (DOC_BYTES);
  self->step_doc = bf_json_doc_new (DOC_BYTES);
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 4);
  self->heading = make_label ("", "heading");
  self->reviewed = make_label ("", "dim");
  self->message = make_label ("", "error");
  self->steps = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 6));
  gtk_box_append (GTK_BOX (self), section);
  gtk_box_append (GTK_BOX (self), self->heading);
  gtk_box_append (GTK_BOX (self), self->reviewed);
  gtk_box_append (GTK_BOX (self), self->message);
  gtk_box_append (GTK_BOX (self), GTK_WIDGET (self->steps));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}
