/* SPDX-License-Identifier: EUPL-1.2 */
/* The decoders behind bf_format_find(), and what they share. */
#pragma once

#include "formats/bf-format.h"
#include "json/bf-json-out.h"

G_BEGIN_DECLS

extern const BfFormat bf_format_cap;
extern const BfFormat bf_format_csv;
extern const BfFormat bf_format_datex2;
extern const BfFormat bf_format_geojson;
extern const BfFormat bf_format_gtfs_rt;
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

#define BF_RECORDS_CHUNK (16u << 20)

/**
 * BfRecords: what a decoder of a format that is no JSON (XML, CSV, protobuf) writes its records into
 *
 *   bf_records_init (&records, mapping, doc, sink);
 *   out = bf_records_begin_payload (&records);            only when the payload says something of its own (its time)
 *   bf_json_out_string (out, "publicationTime", …);
 *   if (!bf_records_end_payload (&records, NULL, error)) …
 *   for each record:
 *     out = bf_records_begin (&records, "parkingRecordStatus", id, BF_TIME_NONE);
 *     bf_json_out_string (out, "status", …);              names as the format has them; the paths of [Map] start here
 *     bf_json_out_raw (out, "@geometry", "{\"type\":…}");  optional: the format's own place, a GeoJSON geometry
 *     if (!bf_records_end (&records, error)) …
 *   good = bf_records_finish (&records, error);
 *   bf_records_clear (&records);
 *
 * At most 60 levels (BfJsonOut). A bad record is written as it is found: the mapping says what is wrong with it.
 */
typedef struct
{
  BfMapping *mapping;
  BfJsonDoc *doc;
  BfSink *sink;
  GString *text;
  BfJsonOut out;
  guint32 n_records;
  guint32 n_applied;
  gboolean begun;
} BfRecords;

void bf_records_init (BfRecords *records, BfMapping *mapping, BfJsonDoc *doc, BfSink *sink);
void bf_records_clear (BfRecords *records);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BfRecords, bf_records_clear)
/* (transfer none): members of the payload's top, where payload.observed= looks */
BfJsonOut *bf_records_begin_payload (BfRecords *records);
gboolean bf_records_end_payload (BfRecords *records, const char *crs, GError **error);
/* @type, @id (nullable), @observed_us or BF_TIME_NONE: the format's own, as in BfMapInput. (transfer none): the record's fields */
BfJsonOut *bf_records_begin (BfRecords *records, const char *type, const char *id, gint64 observed_us);
gboolean bf_records_end (BfRecords *records, GError **error);
/* Hands on what is left. */
gboolean bf_records_finish (BfRecords *records, GError **error);

G_END_DECLS
