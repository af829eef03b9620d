/* SPDX-License-Identifier: EUPL-1.2 */
/* What the inspector says under an alert's title: the engine's why, its span, whom it touches, its acknowledgement. Pure words from the
 * view and the alert; it knows no widget. */
#pragma once

#include "console/bf-alert-item.h"
#include "console/bf-city-view.h"

G_BEGIN_DECLS

char *bf_why_markup (BfCityView *view, const BfAlertItem *alert);

G_END_DECLS
