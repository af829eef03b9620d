/* SPDX-License-Identifier: EUPL-1.2 */
/* The decoders behind bf_format_find(), and what they share. */
#pragma once

#include <string.h>

#include "formats/bf-format.h"
#include "json/bf-json-out.h"

G_BEGIN_DECLS

extern const BfFormat bf_format_chirpstack;
extern const BfFormat bf_format_esri;
extern const BfFormat bf_format_gbfs;
extern const BfFormat bf_format_geojson;
extern const BfFormat bf_format_hubeau;
extern const BfFormat bf_format_cap;
extern const BfFormat bf_format_csv;
extern const BfFormat bf_format_datex2;
extern const BfFormat bf_format_gtfs_rt;
extern const BfFormat bf_format_json;
extern const BfFormat bf_format_ngsi;
extern const BfFormat bf_format_ngsild;
extern const BfFormat bf_format_ngsiv2;
extern const BfFormat bf_format_ocpi;
extern const BfFormat bf_format_open311;
extern const BfFormat bf_format_opendatasoft;
extern const BfFormat bf_format_sensorthings;
extern const BfFormat bf_format_talq;
extern const BfFormat bf_format_ttn;
extern const BfFormat bf_format_vigicrues;
extern const BfFormat bf_format_vigilance;

/* A FeatureCollection that is parsed already. */
gboolean bf_geojson_decode_root (BfMapping *mapping, BfJsonNode root, BfSink *sink, GError **error);
gboolean bf_geojson_is_collection (BfJsonNode root);

/* @expected: what was not found (translated); @said (nullable): what the source says of it itself. */
void bf_format_set_error (GError **error, const char *expected, const char *said);
/* Requests of one page: all that there are, when they are fewer than a service answers with at most. */
void bf_open311_set_extent (BfSink *sink, guint64 n_requests);
/* Open311 in XML: records as its JSON has them. */
gboolean bf_open311_decode_xml (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error);
/* How many of the first @max bytes of a text are whole characters: for “%.*s”. */
static inline int
bf_format_cut (const char *text, gsize max)
{
  const char *end;

  g_utf8_validate_len (text, MIN (strlen (text), max), &end);
  return (int) (end - text);
}

/* The first rows of a CSV as a JSON array of objects, for a look at it. */
gboolean bf_csv_sample (const char *bytes, gsize length, guint n_rows, GString *out, GError **error);
/* The surest of the formats that recognise bytes; NULL when none is. */
const BfFormat *bf_format_of_bytes (const char *bytes, gsize length);

/* FALSE with @error when @array has more records than BF_LIMIT_RECORDS. */
gboolean bf_format_check_count (BfJsonNode array, GError **error);
gboolean bf_format_check_number (gsize n, GError **error);
/* A member that is a text or a whole number, as text; NULL when it is neither. @room holds a number. */
const char *bf_format_id_text (BfJsonNode node, const char *key, char room[32]);
/* The format's own stamp of a record: RFC 3339, UTC when it has no zone. NULL or empty is none; what cannot be read is kept as bad. */
void bf_format_set_stamp (BfMapInput *input, const char *text);
void bf_format_own_stamp (BfJsonNode node, const char *key, BfMapInput *input);
/* "https://uri.fiware.org/ns/data-models#fillingLevel" -> "fillingLevel": what is behind the last / # or : */
const char *bf_format_short_name (const char *name);
/* Writes a value as it was read; what is deeper than 16 levels becomes null. */
void bf_format_copy_json (BfJsonOut *out, const char *key, BfJsonNode node);
/* A number that bytes hold; one that is not finite is written as a text, so that the mapping refuses it and it is no null. */
void bf_format_write_number (BfJsonOut *out, const char *key, double value);
/* (transfer full): @url with the query parameter set */
char *bf_format_set_parameter (const char *url, const char *name, guint64 value);

#define BF_RECORDS_CHUNK (16u << 20) /* of text: more than that is handed on before the end is seen */
#define BF_RECORDS_SLICE (128u << 10) /* of it are parsed at once: they and their tape stay in the processor's cache */

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
 * A decoder that reads JSON itself gives no @doc (NULL): its own nodes must live while records are written.
 * At most 60 levels (BfJsonOut). A bad record is written as it is found: the mapping says what is wrong with it.
 */
typedef struct
{
  BfMapping *mapping;
  BfJsonDoc *doc;
  BfJsonDoc *own_doc;
  BfSink *sink;
  GString *text;  /* arrays of records, one behind the other */
  GArray *slices; /* gsize: where each of them ends but the last */
  BfJsonOut out;
  guint32 n_records;
  guint32 n_applied;
  gboolean begun;
} BfRecords;

/* (transfer none): text -> number, what a decoder keeps from payload to payload while the feed runs */
GHashTable *bf_mapping_memory (BfMapping *mapping);
/* (transfer none) */
GTimeZone *bf_mapping_zone (const BfMapping *mapping);

void bf_records_init (BfRecords *records, BfMapping *mapping, BfJsonDoc *doc, BfSink *sink);
void bf_records_clear (BfRecords *records);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (BfRecords, bf_records_clear)
/* (transfer none): members of the payload's top, where payload.observed= looks */
BfJsonOut *bf_records_begin_payload (BfRecords *records);
gboolean bf_records_end_payload (BfRecords *records, const char *crs, GError **error);
/* @type, @id (nullable), @observed_us or BF_TIME_NONE: the format's own, as in BfMapInput. (transfer none): the record's fields */
BfJsonOut *bf_records_begin (BfRecords *records, const char *type, const char *id, gint64 observed_us);
gboolean bf_records_end (BfRecords *records, GError **error);
/* For a record that the format itself refuses: the number that it has among the others, whose order it keeps. */
gboolean bf_records_skip (BfRecords *records, guint32 *ret_number, GError **error);
/* Hands on what is left. */
gboolean bf_records_finish (BfRecords *records, GError **error);

G_END_DECLS
