/* SPDX-License-Identifier: EUPL-1.2 */
/* The services: worst mark, number of alerts to handle, share of sensors up to date. */
#pragma once

#include "console/bf-city-view.h"
#include "console/map/bf-map-style.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define BF_TYPE_SERVICE_LIST (bf_service_list_get_type ())
G_DECLARE_FINAL_TYPE (BfServiceList, bf_service_list, BF, SERVICE_LIST, GtkWidget)

void bf_service_list_set_view (BfServiceList *self, BfCityView *view);
void bf_service_list_rebuild (BfServiceList *self);
void bf_service_list_update (BfServiceList *self);
void bf_service_list_clear_filter (BfServiceList *self);
guint bf_service_list_get_filter (BfServiceList *self);

BfMapState bf_service_list_state (const BfServiceStatus *status);

G_END_DECLS
