/* SPDX-License-Identifier: EUPL-1.2 */
/* Opening a plugin's module: see bf-plugin-module.h. The module's own references (sink, JSON, formats) are resolved by the
 * program that opens it, which exports them. One thread. */

#include "feed/bf-plugin-module.h"

#include <glib/gi18n-lib.h>
#include <gmodule.h>

#include "base/bf-error.h"

char *
bf_plugin_module_path (const BfService *service)
{
  g_autofree char *file = g_strconcat (service->id, "." G_MODULE_SUFFIX, NULL);
  g_autofree char *parent = g_path_get_dirname (service->dir);
  g_autofree char *inside = g_build_filename (service->dir, file, NULL);
  g_autofree char *beside = g_build_filename (parent, file, NULL);

  if (g_file_test (inside, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&inside);
  if (g_file_test (beside, G_FILE_TEST_IS_REGULAR))
    return g_steal_pointer (&beside);
  return NULL;
}

gboolean
bf_plugin_module_open (const BfService *service, const BfPlugin **ret_plugin, GError **error)
{
  g_autofree char *path = bf_plugin_module_path (service);
  GModule *module;
  gpointer symbol;
  const BfPlugin *plugin;

  if (path == NULL)
    {
      *ret_plugin = NULL;
      return TRUE;
    }
  module = g_module_open (path, G_MODULE_BIND_LOCAL);
  if (module == NULL || !g_module_symbol (module, BF_PLUGIN_SYMBOL, &symbol) || symbol == NULL)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED, "%s: %s", path, g_module_error ());
      return FALSE;
    }
  plugin = symbol;
  if (plugin->abi != BF_PLUGIN_ABI || service->abi != BF_PLUGIN_ABI)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED, _ ("%s: module of abi %u and manifest of abi %u, expected %u"), path,
                   plugin->abi, service->abi, BF_PLUGIN_ABI);
      return FALSE;
    }
  g_module_make_resident (module);
  *ret_plugin = plugin;
  return TRUE;
}
