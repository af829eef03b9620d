/* SPDX-License-Identifier: EUPL-1.2 */
/* The inspector: the one value that matters with its age, its last 24 h, why, what to do; then everything else. */
#pragma once

#include "console/bf-city-sync.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_INSPECTOR (bf_inspector_get_type ())
G_DECLARE_FINAL_TYPE (BfInspector, bf_inspector, BF, INSPECTOR, GtkWidget)

void bf_inspector_set_sync (BfInspector *self, BfCitySync *sync);
void bf_inspector_show_alert (BfInspector *self, BfAlertItem *alert);
void bf_inspector_show_asset (BfInspector *self, const char *asset_id);
void bf_inspector_clear (BfInspector *self);
void bf_inspector_changed (BfInspector *self, guint flags);
void bf_inspector_tick (BfInspector *self);
BfAlertItem *bf_inspector_get_alert (BfInspector *self);
const char *bf_inspector_get_asset (BfInspector *self);
void bf_inspector_acknowledge (BfInspector *self);
void bf_inspector_focus_comment (BfInspector *self);

void bf_inspector_apply_asset (BfInspector *self, BfJsonNode node);
void bf_inspector_apply_history (BfInspector *self, BfJsonNode node);
void bf_inspector_apply_points (BfInspector *self, BfJsonNode node);

G_END_DECLS
