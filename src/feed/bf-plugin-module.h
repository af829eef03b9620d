/* SPDX-License-Identifier: EUPL-1.2 */
/* Where a plugin's C code is, and opening it. Only beffroi-feed opens modules; the engine only asks whether there is one. */
#pragma once

#include "feed/bf-plugin.h"

G_BEGIN_DECLS

/* `<plugin's folder>/<service>.so`, or `<service>.so` beside the folder as in the build tree; (transfer full), NULL: none. */
char *bf_plugin_module_path (const BfService *service);
/* The plugin of the module, which stays open for the life of the process. *@ret_plugin is NULL when the service has no
 * module. FALSE with @error when it cannot be opened or is of another ABI. */
gboolean bf_plugin_module_open (const BfService *service, const BfPlugin **ret_plugin, GError **error);

G_END_DECLS
