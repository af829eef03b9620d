/* SPDX-License-Identifier: EUPL-1.2 */
/* OpenDataSoft, the platform of most French cities' open data, in all the shapes that its API gives:
 *
 *   v1    {"nhits": n, "records": [R…]} or the bare array [R…] of a download
 *         R = {"recordid", "fields": {…}, "geometry", "record_timestamp"}; fields that are null are left out
 *   v2.0  {"total_count": n, "records": [{"record": {"id", "timestamp", "fields": {…}}}…]}
 *   v2.1  {"total_count": n, "results": [{…}…]} and the export, the bare array [{…}…]
 *   GeoJSON export: a FeatureCollection
 *
 * Paths start in the fields. A record's own stamp is when the platform last processed it; it stands in for a missing
 * phenomenon time, but not the year 1970, which the platform writes where it does not know. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

#define PAGE_END 10000u /* offset + limit may not be more: the platform's own limit */
#define END_OF_1970_US (G_GINT64_CONSTANT (31536000) * G_USEC_PER_SEC)

typedef enum
{
  SHAPE_FLAT,   /* v2.1: the record is its fields */
  SHAPE_FIELDS, /* v1 */
  SHAPE_RECORD, /* v2.0 */
} Shape;

/* One answer has one shape: looking at its first record spares two searches in each of the others. */
static Shape
shape_of (BfJsonNode record)
{
  BfJsonNode inner;

  if (bf_json_member (record, "fields", &inner) && bf_json_type (inner) == BF_JSON_OBJECT)
    return SHAPE_FIELDS;
  if (bf_json_member (record, "record", &inner) && bf_json_member (inner, "fields", &inner))
    return SHAPE_RECORD;
  return SHAPE_FLAT;
}

static void
decode_record (BfMapping *mapping, Shape shape, BfJsonNode record, guint32 number, BfSink *sink)
{
  BfMapInput input = { .fields = record, .observed_us = BF_TIME_NONE };
  BfJsonNode inner = record;
  char room[32];

  if (shape == SHAPE_FLAT)
    {
      bf_mapping_apply (mapping, sink, number, &input);
      return;
    }
  if ((shape == SHAPE_RECORD && !bf_json_member (record, "record", &inner)) || !bf_json_member (inner, "fields", &input.fields))
    {
      bf_sink_record (sink);
      bf_sink_refuse (sink, number, NULL, _ ("expected a record with its “fields”, as the first one"));
      return;
    }
  if (shape != SHAPE_FIELDS || !bf_json_member (record, "geometry", &input.geometry))
    input.geometry.tape = NULL;
  input.id = bf_format_id_text (inner, shape == SHAPE_FIELDS ? "recordid" : "id", room);
  bf_format_own_stamp (inner, shape == SHAPE_FIELDS ? "record_timestamp" : "timestamp", &input);
  if (input.observed_us >= 0 && input.observed_us < END_OF_1970_US)
    input.observed_us = BF_TIME_NONE;
  bf_mapping_apply (mapping, sink, number, &input);
}

static gboolean
find_records (BfJsonNode root, BfJsonNode *ret_records)
{
  static const char *const names[] = { "results", "records" };

  if (bf_json_type (root) == BF_JSON_ARRAY)
    {
      *ret_records = root;
      return TRUE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (bf_json_member (root, names[i], ret_records) && bf_json_type (*ret_records) == BF_JSON_ARRAY)
      return TRUE;
  return FALSE;
}

/* The platform answers errors as {"error_code", "message"} or {"errorcode", "error"}. */
static void
set_form_error (BfJsonNode root, GError **error)
{
  const char *message = bf_json_member_string (root, "message", bf_json_member_string (root, "error", NULL));

  if (message != NULL)
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the platform answers: %.200s"), message);
  else
    g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                 _ ("not OpenDataSoft: expected “results”, “records”, an array of records or a FeatureCollection"));
}

static void
decode_records (BfMapping *mapping, BfJsonNode records, BfSink *sink, Shape *shape, guint32 *number)
{
  BfJsonNode record;
  BfJsonIter iter;

  bf_json_iter_init (&iter, records);
  while (bf_json_iter_next (&iter, NULL, NULL, &record))
    {
      if (*number == 0)
        *shape = shape_of (record);
      decode_record (mapping, *shape, record, (*number)++, sink);
    }
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  BfJsonNode root, records;
  BfJsonSlices slices;
  GError *local = NULL;
  guint32 number = 0;
  Shape shape = SHAPE_FLAT;

  bf_json_slices_init (&slices, doc, bytes, length, TRUE);
  while (bf_json_slices_next (&slices, &root, &local))
    {
      if (bf_geojson_is_collection (root))
        return bf_geojson_decode_root (mapping, root, sink, error);
      if (!find_records (root, &records))
        {
          set_form_error (root, error);
          return FALSE;
        }
      if (!bf_format_check_count (records, error) || !bf_format_check_number (slices.n_elements, error)
          || (number == 0 && !bf_mapping_begin (mapping, root, NULL, error)))
        return FALSE;
      decode_records (mapping, records, sink, &shape, &number);
    }
  if (local != NULL)
    g_propagate_error (error, local);
  return local == NULL;
}

/* v2.1 counts by offset=, v1 by start=; the address must be one that pages. */
static char *
next_page (BfJsonDoc *doc, const char *url, char **ret_note)
{
  BfJsonNode root, records;
  const char *parameter = "offset";
  const char *size = "limit";
  gint64 total;
  guint64 offset, n, end;
  g_autofree char *next = NULL;

  if (!bf_json_doc_root (doc, &root) || bf_json_type (root) != BF_JSON_OBJECT || !find_records (root, &records))
    return NULL;
  total = bf_json_member_int (root, "total_count", -1);
  if (total < 0)
    {
      total = bf_json_member_int (root, "nhits", -1);
      parameter = "start";
      size = "rows";
    }
  n = bf_json_array_length (records);
  offset = bf_format_get_parameter (url, parameter, 0);
  end = offset + n;
  if (n == 0 || total < 0 || end >= (guint64) total)
    return NULL;
  if (end >= PAGE_END)
    {
      *ret_note = g_strdup_printf (_ ("the source has %" PRId64 " records, only %u can be paged; use the address of exports/json"),
                                   total, PAGE_END);
      return NULL;
    }
  /* The platform refuses a page that would reach over its limit. */
  next = bf_format_set_parameter (url, parameter, end);
  if (end + bf_format_get_parameter (url, size, n) <= PAGE_END)
    return g_steal_pointer (&next);
  return bf_format_set_parameter (next, size, PAGE_END - end);
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode records, first, part;
  BfJsonIter iter;
  gboolean counted = bf_json_member (root, "total_count", &part) || bf_json_member (root, "nhits", &part);

  if (!find_records (root, &records) || !bf_json_iter_init (&iter, records))
    return 0;
  if (!bf_json_iter_next (&iter, NULL, NULL, &first))
    return counted ? 60 : 0;
  if (bf_json_type (first) != BF_JSON_OBJECT)
    return 0;
  if (bf_json_member (first, "recordid", &part) && bf_json_member (first, "fields", &part))
    return 95;
  if (counted)
    return 90;
  return bf_json_member (first, "geo_point_2d", &part) ? 80 : bf_json_type (root) == BF_JSON_ARRAY ? 30 : 20;
}

const BfFormat bf_format_opendatasoft = { .name = "opendatasoft", .decode = decode, .next_page = next_page, .recognise = recognise };
