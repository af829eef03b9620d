/* SPDX-License-Identifier: EUPL-1.2 */
/* What an address of unknown form gives, before anything is saved: `beffroi-feed --probe`. */
#pragma once

#include "formats/bf-format.h"

G_BEGIN_DECLS

/* (transfer full): JSON object {"feed": text of a .feed, "assets", "observations", "sample": [{"name","lat","lon"}…], "refused": [reason…]}
 * of this payload read by the proposed definition; NULL with @error that says what was seen. */
char *bf_probe_describe (const BfCatalog *catalog, guint service, GTimeZone *zone, const char *url, const char *bytes, gsize length,
                         GError **error);

G_END_DECLS
