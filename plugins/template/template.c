/* SPDX-License-Identifier: EUPL-1.2 */
/* A plugin to copy. C code is only needed for what manifest and [Map] cannot say. Here: a maker's gateway gives the JSON of a
 * known format inside of a JSONP call, `callback(…);`. The wrapping is taken off, the format's own decoder does the rest,
 * and the sink checks every value. Runs in beffroi-feed, one thread; bytes are hostile. */

#include <gmodule.h>

#include "base/bf-error.h"
#include "feed/bf-plugin.h"

/* Finds what stands between the first `(` and the last `)`; bytes without a wrapping stay as they are. */
static gboolean
unwrap (const char **bytes, gsize *length, GError **error)
{
  const char *end = *bytes + *length;
  const char *open = *bytes;

  while (open < end && (g_ascii_isalnum (*open) || *open == '_' || *open == '.' || *open == '$'))
    open++;
  if (open == *bytes)
    return TRUE;
  if (open == end || *open != '(')
    {
      g_set_error_literal (error, BF_ERROR, BF_ERROR_SYNTAX, "expected JSON or callback(JSON)");
      return FALSE;
    }
  while (end > open && end[-1] != ')')
    end--;
  if (end == open)
    {
      g_set_error_literal (error, BF_ERROR, BF_ERROR_SYNTAX, "expected “)” at the end of callback(JSON)");
      return FALSE;
    }
  *bytes = open + 1;
  *length = end - 1 - *bytes;
  return TRUE;
}

static gboolean
decode (const BfFormat *format, BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  if (format == NULL)
    {
      g_set_error_literal (error, BF_ERROR, BF_ERROR_UNSUPPORTED, "this plugin has no format of its own");
      return FALSE;
    }
  return unwrap (&bytes, &length, error) && format->decode (mapping, doc, bytes, length, sink, error);
}

G_MODULE_EXPORT const BfPlugin bf_plugin = { .abi = BF_PLUGIN_ABI, .decode = decode };
