/* SPDX-License-Identifier: EUPL-1.2 */
/* The mark of a priority: colour and shape, filled, outlined when acknowledged, a dashed ring when unknown. */
#pragma once

#include "console/bf-alert-item.h"
#include "console/map/bf-map-style.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_PRIORITY_MARK (bf_priority_mark_get_type ())
G_DECLARE_FINAL_TYPE (BfPriorityMark, bf_priority_mark, BF, PRIORITY_MARK, GtkWidget)

GtkWidget *bf_priority_mark_new (void);
void bf_priority_mark_set_state (BfPriorityMark *self, BfMapState state);
void bf_priority_mark_set_alert (BfPriorityMark *self, const BfAlertItem *alert);
void bf_priority_mark_set_priority (BfPriorityMark *self, BfPriority priority, gboolean acknowledged);

G_END_DECLS
