/* SPDX-License-Identifier: EUPL-1.2 */
/* The two lines of an alert on the board: what, and where and whom it touches. */
#pragma once

#include "console/bf-alert-item.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_ALERT_ROW (bf_alert_row_get_type ())
G_DECLARE_FINAL_TYPE (BfAlertRow, bf_alert_row, BF, ALERT_ROW, GtkWidget)

GtkWidget *bf_alert_row_new (void);
void bf_alert_row_set (BfAlertRow *self, BfAlertItem *alert, const char *who, const char *section);

G_END_DECLS
