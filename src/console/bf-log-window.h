/* SPDX-License-Identifier: EUPL-1.2 */
/* The log (main courante): its entries, searched and by period, and a free entry, which is what has the focus when it opens. */
#pragma once

#include "console/bf-city-sync.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define BF_TYPE_LOG_WINDOW (bf_log_window_get_type ())
G_DECLARE_FINAL_TYPE (BfLogWindow, bf_log_window, BF, LOG_WINDOW, AdwWindow)

BfLogWindow *bf_log_window_new (GtkWindow *parent, BfCitySync *sync);
void bf_log_window_set_alert (BfLogWindow *self, BfAlertItem *alert);
void bf_log_window_tick (BfLogWindow *self);

G_END_DECLS
