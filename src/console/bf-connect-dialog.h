/* SPDX-License-Identifier: EUPL-1.2 */
/* "Connect my city": paste the address of a feed, see what it gives, save it. */
#pragma once

#include "console/bf-window.h"

G_BEGIN_DECLS

#define BF_TYPE_CONNECT_DIALOG (bf_connect_dialog_get_type ())
G_DECLARE_FINAL_TYPE (BfConnectDialog, bf_connect_dialog, BF, CONNECT_DIALOG, AdwWindow)

BfConnectDialog *bf_connect_dialog_present (BfWindow *window);
void bf_connect_dialog_apply_probe (BfConnectDialog *self, BfJsonNode node);

G_END_DECLS
