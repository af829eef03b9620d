/* SPDX-License-Identifier: EUPL-1.2 */
/* The plugin contract (DESIGN §5): what a plugin's C code is. Only code that cannot be said in the manifest; it runs inside
 * beffroi-feed and nowhere else. A plugin without C code has no module at all. */
#pragma once

#include "formats/bf-format.h"

G_BEGIN_DECLS

#define BF_PLUGIN_ABI 1u

typedef struct
{
  guint32 abi; /* BF_PLUGIN_ABI */
  /* Decodes one payload of a format of the plugin's own, or corrects what the format decoder cannot know. NULL: the format's
   * decoder and the [Map] do it all. @content_type may be NULL. The sink checks; an error refuses the payload. */
  gboolean (*decode) (const BfFormat *format, /* of Format=, or NULL when it is the plugin's own */
                      BfMapping *mapping,
                      BfJsonDoc *doc,
                      const char *bytes,
                      gsize length,
                      BfSink *sink,
                      GError **error);
  void (*reserved[6]) (void);
} BfPlugin;

/* Every module exports this symbol. */
#define BF_PLUGIN_SYMBOL "bf_plugin"

G_END_DECLS
