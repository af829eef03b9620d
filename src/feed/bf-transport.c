/* SPDX-License-Identifier: EUPL-1.2 */
/* Finds the transport of a feed: see bf-transport.h. mqtt and sql are modules beside the program (or in BEFFROI_WIRES): their
 * libraries cost memory that the other feeds' processes shall not hold. A module stays loaded. */

#include "feed/bf-transport.h"

#include <gmodule.h>
#include <glib/gi18n-lib.h>
#include <sys/stat.h>

#include "base/bf-error.h"

static const BfTransportClass *const built_in[BF_N_WIRES] = {
  [BF_WIRE_HTTP] = &bf_transport_http,           [BF_WIRE_FILE] = &bf_transport_file,
  [BF_WIRE_FOLDER] = &bf_transport_folder,       [BF_WIRE_WEBSOCKET] = &bf_transport_websocket,
  [BF_WIRE_EVENTS] = &bf_transport_lines,        [BF_WIRE_LINES] = &bf_transport_lines,
  [BF_WIRE_PUSH] = &bf_transport_push,
};

static const BfTransportClass *
from_module (const char *name, GError **error)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", error);
  g_autofree char *dir = NULL;
  g_autofree char *file = g_strdup_printf ("bf-wire-%s.so", name);
  g_autofree char *path = NULL;
  GModule *module;
  gpointer symbol = NULL;

  if (self == NULL)
    return NULL;
  dir = g_path_get_dirname (self);
  path = g_build_filename (dir, file, NULL);
  module = g_module_open_full (path, G_MODULE_BIND_LOCAL, error);
  if (module == NULL)
    return NULL;
  g_module_make_resident (module);
  if (!g_module_symbol (module, "bf_transport_module", &symbol))
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("%s: has no bf_transport_module"), path);
  return symbol;
}

BfTransport *
bf_transport_open (const BfFeedDef *def, const BfNet *net, BfSecrets *secrets, GError **error)
{
  const BfTransportClass *klass = built_in[def->wire];
  BfTransport *transport;

  if (klass == NULL)
    klass = from_module (bf_wire (def->wire)->name, error);
  if (klass == NULL)
    return NULL;
  transport = klass->open (def, net, secrets, error);
  if (transport == NULL)
    return NULL;
  transport->klass = klass;
  transport->def = def;
  transport->secrets = secrets;
  return transport;
}

guint64
bf_transport_place (const char *path)
{
  struct stat st;

  return stat (path, &st) == 0 ? ((guint64) st.st_dev << 48) ^ (guint64) st.st_ino : 0;
}

void
bf_transport_close (BfTransport *transport)
{
  if (transport != NULL)
    transport->klass->close (transport);
}
