/* SPDX-License-Identifier: EUPL-1.2 */
/* The window of the console: one city. */
#pragma once

#include "console/bf-alert-board.h"
#include "console/bf-city-sync.h"
#include "console/bf-demo-guide.h"
#include "console/bf-inspector.h"
#include "console/bf-private-engine.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define BF_TYPE_WINDOW (bf_window_get_type ())
G_DECLARE_FINAL_TYPE (BfWindow, bf_window, BF, WINDOW, AdwApplicationWindow)

BfWindow *bf_window_new (GtkApplication *application, const char *engine_program);
gboolean bf_window_open_city (BfWindow *self, const char *city_dir, const char *data_dir, GError **error);
void bf_window_open_address (BfWindow *self, const char *address, const char *token);
BfCitySync *bf_window_get_sync (BfWindow *self);
BfAlertBoard *bf_window_get_board (BfWindow *self);
BfInspector *bf_window_get_inspector (BfWindow *self);
void bf_window_say (BfWindow *self, const char *text);
BfDemoGuide *bf_window_get_guide (BfWindow *self);

G_END_DECLS
