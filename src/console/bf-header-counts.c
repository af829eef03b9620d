/* SPDX-License-Identifier: EUPL-1.2 */
/* Counts by priority: see bf-header-counts.h. Lives as long as its box. A priority without alerts is an outline. */

#include "console/bf-header-counts.h"

#include <glib/gi18n-lib.h>

#include "console/bf-priority-mark.h"
#include "console/bf-words.h"

struct _BfHeaderCounts
{
  GtkWidget *mark[BF_N_PRIORITIES];
  GtkWidget *number[BF_N_PRIORITIES];
};

BfHeaderCounts *
bf_header_counts_new (GtkBox *box)
{
  BfHeaderCounts *self = g_new0 (BfHeaderCounts, 1);

  for (int i = BF_PRIORITY_CRITICAL; i >= BF_PRIORITY_LOW; i--)
    {
      self->mark[i] = bf_priority_mark_new ();
      self->number[i] = gtk_label_new ("0");
      gtk_widget_add_css_class (self->number[i], "count");
      gtk_box_append (box, self->mark[i]);
      gtk_box_append (box, self->number[i]);
    }
  g_object_set_data_full (G_OBJECT (box), "counts", self, g_free);
  return self;
}

void
bf_header_counts_update (BfHeaderCounts *self, const BfCityStatus *status)
{
  for (guint i = 0; i < BF_N_PRIORITIES; i++)
    {
      g_autofree char *number = g_strdup_printf ("%" G_GINT64_FORMAT, status->counts[i]);
      g_autofree char *spoken = g_strdup_printf (_("%s alerts to handle, priority %s"), number,
                                                 bf_words_priority ((BfPriority) i));

      bf_priority_mark_set_priority (BF_PRIORITY_MARK (self->mark[i]), (BfPriority) i, status->counts[i] == 0);
      gtk_label_set_label (GTK_LABEL (self->number[i]), number);
      gtk_widget_set_tooltip_text (self->number[i], spoken);
      if (status->counts[i] == 0)
        gtk_widget_add_css_class (self->number[i], "zero");
      else
        gtk_widget_remove_css_class (self->number[i], "zero");
    }
}
