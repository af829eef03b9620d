/* SPDX-License-Identifier: EUPL-1.2 */
/* The kerbside bays tell of themselves: their context broker posts NGSIv2 notifications to the engine's listener. One thread, GLib's main
 * loop. The engine may start later than this, end, and come back: then every bay is told again. */
#pragma once

#include "bf-demo-city.h"

G_BEGIN_DECLS

typedef struct _BfDemoPush BfDemoPush;

/* The token of the feed parking-bays, secrets.d/demo-push of the city's folder; made when it is not there. (transfer full) */
char *bf_demo_push_token (const char *folder, GError **error);

/* @address: `unix:PATH`, in which `*` stands for what is not known before the engine runs (the newest socket is taken), or `http://…`.
 * @city outlives it. */
BfDemoPush *bf_demo_push_start (const BfDemoCity *city, const char *address, const char *token);
void bf_demo_push_stop (BfDemoPush *push);

G_END_DECLS
