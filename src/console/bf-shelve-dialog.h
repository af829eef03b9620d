/* SPDX-License-Identifier: EUPL-1.2 */
/* Asks why and for how long an alert is shelved, and asks the engine for it. Main thread. */
#pragma once

#include <gtk/gtk.h>

#include "console/bf-alert-item.h"
#include "console/bf-city-sync.h"

G_BEGIN_DECLS

void bf_shelve_dialog_present (GtkWindow *parent, BfCitySync *sync, BfAlertItem *alert);

G_END_DECLS
