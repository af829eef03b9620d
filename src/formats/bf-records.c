/* SPDX-License-Identifier: EUPL-1.2 */
/* Records of a payload that is no JSON (XML, CSV, protobuf), written as JSON and read by the same reader and the same mapping
 * as all others, so that a [Map] means the same in every format. See BfRecords in bf-format-private.h.
 *
 * The text of at most BF_RECORDS_CHUNK bytes is kept; when it is full it is parsed, mapped and forgotten, BF_RECORDS_SLICE after
 * BF_RECORDS_SLICE, each an array of its own. A payload whose records are less than that is all or nothing: nothing is handed on before
 * bf_records_finish(). One thread. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

void
bf_records_init (BfRecords *records, BfMapping *mapping, BfJsonDoc *doc, BfSink *sink)
{
  memset (records, 0, sizeof *records);
  records->mapping = mapping;
  records->own_doc = doc == NULL ? bf_json_doc_new (2 * BF_LIMIT_PAYLOAD_BYTES) : NULL;
  records->doc = doc != NULL ? doc : records->own_doc;
  records->sink = sink;
  records->text = g_string_new (NULL);
  records->slices = g_array_new (FALSE, FALSE, sizeof (gsize));
  bf_json_out_init (&records->out, records->text);
}

void
bf_records_clear (BfRecords *records)
{
  if (records->text != NULL)
    g_string_free (records->text, TRUE);
  records->text = NULL;
  g_clear_pointer (&records->slices, g_array_unref);
  g_clear_pointer (&records->own_doc, bf_json_doc_free);
}

BfJsonOut *
bf_records_begin_payload (BfRecords *records)
{
  g_assert (records->n_records == 0 && !records->begun && records->text->len == 0);
  bf_json_out_begin_object (&records->out, NULL);
  return &records->out;
}

gboolean
bf_records_end_payload (BfRecords *records, const char *crs, GError **error)
{
  BfJsonNode root;

  bf_json_out_end_object (&records->out);
  if (!bf_json_doc_parse (records->doc, records->text->str, records->text->len, &root, error)
      || !bf_mapping_begin (records->mapping, root, crs, error))
    return FALSE;
  records->begun = TRUE;
  g_string_truncate (records->text, 0);
  bf_json_out_init (&records->out, records->text);
  return TRUE;
}

/* An array is open behind it. */
static void
begin_slice (BfRecords *records)
{
  if (records->out.depth == 0)
    bf_json_out_begin_array (&records->out, NULL);
}

static gsize
slice_start (const BfRecords *records)
{
  return records->slices->len > 0 ? g_array_index (records->slices, gsize, records->slices->len - 1) : 0;
}

static void
end_slice (BfRecords *records)
{
  if (records->out.depth == 0)
    return;
  bf_json_out_end_array (&records->out);
  bf_json_out_init (&records->out, records->text);
  g_array_append_val (records->slices, records->text->len);
}

BfJsonOut *
bf_records_begin (BfRecords *records, const char *type, const char *id, gint64 observed_us)
{
  begin_slice (records);
  bf_json_out_begin_object (&records->out, NULL);
  if (type != NULL)
    bf_json_out_string (&records->out, "@type", type);
  if (id != NULL)
    bf_json_out_string (&records->out, "@id", id);
  if (observed_us != BF_TIME_NONE)
    bf_json_out_int (&records->out, "@observed", observed_us);
  return &records->out;
}

static void
apply_record (BfRecords *records, BfJsonKeys *keys, BfJsonNode record, guint32 number)
{
  BfMapInput input = { .fields = record, .observed_us = BF_TIME_NONE };
  BfJsonNode found[5];
  gboolean ahead = FALSE;

  bf_json_pick (record, keys, found);
  if (found[0].tape != NULL)
    bf_json_get_string (found[0], &input.type, NULL);
  if (found[1].tape != NULL)
    bf_json_get_string (found[1], &input.id, NULL);
  if (found[2].tape != NULL)
    bf_json_get_int (found[2], &input.observed_us);
  input.geometry = found[3];
  if (found[4].tape != NULL)
    bf_json_get_bool (found[4], &ahead);
  bf_sink_set_ahead (records->sink, ahead);
  bf_mapping_apply (records->mapping, records->sink, number, &input);
  bf_sink_set_ahead (records->sink, FALSE);
}

static gboolean
apply_slice (BfRecords *records, BfJsonKeys *keys, gsize from, gsize to, GError **error)
{
  BfJsonNode root, record;
  BfJsonIter iter;

  if (!bf_json_doc_parse (records->doc, records->text->str + from, to - from, &root, error))
    return FALSE;
  if (!records->begun && !bf_mapping_begin (records->mapping, root, NULL, error))
    return FALSE;
  records->begun = TRUE;
  bf_json_iter_init (&iter, root);
  for (; bf_json_iter_next (&iter, NULL, NULL, &record); records->n_applied++)
    if (bf_json_type (record) != BF_JSON_NULL)
      apply_record (records, keys, record, records->n_applied);
  return TRUE;
}

static gboolean
flush (BfRecords *records, GError **error)
{
  static const char *const names[] = { "@type", "@id", "@observed", "@geometry", "@ahead" };
  BfJsonKeys *keys = bf_json_keys_new (names, G_N_ELEMENTS (names));
  gboolean good = TRUE;
  gsize from = 0;

  end_slice (records);
  for (guint i = 0; i < records->slices->len && good; i++)
    {
      gsize to = g_array_index (records->slices, gsize, i);

      good = apply_slice (records, keys, from, to, error);
      from = to;
    }
  bf_json_keys_free (keys);
  g_string_truncate (records->text, 0);
  g_array_set_size (records->slices, 0);
  return good;
}

static gboolean
count_record (BfRecords *records, GError **error)
{
  if (++records->n_records > BF_LIMIT_RECORDS)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("the payload has more than %u records"), BF_LIMIT_RECORDS);
      return FALSE;
    }
  if (records->text->len - slice_start (records) >= BF_RECORDS_SLICE)
    end_slice (records);
  return records->text->len < BF_RECORDS_CHUNK || flush (records, error);
}

gboolean
bf_records_end (BfRecords *records, GError **error)
{
  bf_json_out_end_object (&records->out);
  return count_record (records, error);
}

gboolean
bf_records_skip (BfRecords *records, guint32 *ret_number, GError **error)
{
  *ret_number = records->n_records;
  begin_slice (records);
  bf_json_out_raw (&records->out, NULL, "null");
  return count_record (records, error);
}

gboolean
bf_records_finish (BfRecords *records, GError **error)
{
  return flush (records, error);
}
