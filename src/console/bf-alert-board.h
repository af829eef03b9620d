/* SPDX-License-Identifier: EUPL-1.2 */
/* The board: every open alert as a row, to handle above, acknowledged below. */
#pragma once

#include "console/bf-city-view.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_ALERT_BOARD (bf_alert_board_get_type ())
G_DECLARE_FINAL_TYPE (BfAlertBoard, bf_alert_board, BF, ALERT_BOARD, GtkWidget)

void bf_alert_board_set_view (BfAlertBoard *self, BfCityView *view);
void bf_alert_board_set_service (BfAlertBoard *self, const char *service, const char *name);
void bf_alert_board_tick (BfAlertBoard *self);
void bf_alert_board_update_counts (BfAlertBoard *self);
BfAlertItem *bf_alert_board_get_selected (BfAlertBoard *self);
gboolean bf_alert_board_select (BfAlertBoard *self, BfAlertItem *alert);
gboolean bf_alert_board_step (BfAlertBoard *self, int by);
GListModel *bf_alert_board_get_rows (BfAlertBoard *self);
char *bf_alert_board_section (BfAlertBoard *self, guint position);

G_END_DECLS
