/* SPDX-License-Identifier: EUPL-1.2 */
/* The formats by name. A decoder is a pure function from bytes to the sink. */
#pragma once

#include "formats/bf-mapping.h"

G_BEGIN_DECLS

/**
 * BfFormat:
 * @name: as in `Format=`
 * @maps: (nullable): the format whose default maps it uses, when they are not its own
 * @decode: reads one payload. FALSE with @error: the payload is not what the feed says (the feed is RETRY with the
 *   reason); single bad records are refused through the sink and are no error. @doc may be kept between payloads.
 * @next_page: (nullable): (transfer full): the address of the next page of this payload, or NULL; *@ret_note (out) (nullable)
 *   (transfer full): what a person must know when the source has more than can be paged
 * @ttl_s: (nullable): seconds after which the source says that the payload just decoded is new; -1 when it says none
 * @recognise: (nullable): 0..100, how sure it is that a JSON text is of this format
 * @recognise_bytes: (nullable): the same of a payload that is no JSON
 */
typedef struct
{
  const char *name;
  const char *maps;
  gboolean (*decode) (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error);
  char *(*next_page) (BfJsonDoc *doc, const char *url, char **ret_note);
  gint64 (*ttl_s) (BfJsonDoc *doc);
  int (*recognise) (BfJsonNode root);
  int (*recognise_bytes) (const char *bytes, gsize length);
} BfFormat;

const BfFormat *bf_format_find (const char *name);
/* FALSE with @error when there is nothing but blanks in it: said alike of every format, before it is decoded. */
gboolean bf_format_check_payload (const char *bytes, gsize length, GError **error);
const char *const *bf_format_names (void);

/* The whole number of a query parameter, or @fallback. */
guint64 bf_format_get_parameter (const char *url, const char *name, guint64 fallback);

/* Looks at a payload of unknown form and proposes a feed: format, and a [Map] whose lines are written for the person to
 * read. For "Connect my city" and `beffroictl connect`. (transfer full): text of a .feed file; NULL with @error that says
 * what was seen. */
char *bf_format_propose (const BfCatalog *catalog,
                         guint service,
                         const char *url,
                         const char *bytes,
                         gsize length,
                         GError **error);

G_END_DECLS
