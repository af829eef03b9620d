/* SPDX-License-Identifier: EUPL-1.2 */
/* The procedure (fiche réflexe) of the alert that is shown: its steps to tick; leaving one out asks why. Not there when the rule has none. */
#pragma once

#include "console/bf-city-sync.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_PROCEDURE_VIEW (bf_procedure_view_get_type ())
G_DECLARE_FINAL_TYPE (BfProcedureView, bf_procedure_view, BF, PROCEDURE_VIEW, GtkBox)

void bf_procedure_view_show (BfProcedureView *self, BfCitySync *sync, BfAlertItem *alert);
void bf_procedure_view_apply (BfProcedureView *self, BfJsonNode node);

G_END_DECLS
