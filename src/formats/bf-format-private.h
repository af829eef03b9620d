/* SPDX-License-Identifier: EUPL-1.2 */
/* The decoders behind bf_format_find(), and what they share. */
#pragma once

#include "formats/bf-format.h"

G_BEGIN_DECLS

extern const BfFormat bf_format_geojson;
extern const BfFormat bf_format_json;
extern const BfFormat bf_format_opendatasoft;

/* A FeatureCollection that is parsed already. */
gboolean bf_geojson_decode_root (BfMapping *mapping, BfJsonNode root, BfSink *sink, GError **error);
gboolean bf_geojson_is_collection (BfJsonNode root);

/* FALSE with @error when @array has more records than BF_LIMIT_RECORDS. */
gboolean bf_format_check_count (BfJsonNode array, GError **error);
/* A member that is a text or a whole number, as text; NULL when it is neither. @room holds a number. */
const char *bf_format_id_text (BfJsonNode node, const char *key, char room[32]);
/* (transfer full): @url with the query parameter set */
char *bf_format_set_parameter (const char *url, const char *name, guint64 value);
/* The whole number of a query parameter, or @fallback. */
guint64 bf_format_get_parameter (const char *url, const char *name, guint64 fallback);

G_END_DECLS
