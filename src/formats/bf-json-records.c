/* SPDX-License-Identifier: EUPL-1.2 */
/* Format=json: any JSON that has its records in one array, or in one object whose names are the records' ids. `records=`
 * in [Map] says where; without it the top itself. A single object that holds no records is one record. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"

static gboolean
find_records (BfMapping *mapping, BfJsonNode root, BfJsonNode *ret_records, GError **error)
{
  const char *path = bf_mapping_records (mapping);

  *ret_records = root;
  if (path != NULL && !bf_json_path (root, path, ret_records))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the payload has no “%s”, where records= says that they stand"), path);
      return FALSE;
    }
  if (bf_json_type (*ret_records) != BF_JSON_ARRAY && bf_json_type (*ret_records) != BF_JSON_OBJECT)
    {
      if (path != NULL)
        g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected an array or an object of records at %s"), path);
      else
        g_set_error_literal (error, BF_ERROR, BF_ERROR_VALUE, _ ("expected an array or an object of records"));
      return FALSE;
    }
  return bf_format_check_count (*ret_records, error);
}

static gboolean
all_objects (BfJsonNode records)
{
  BfJsonIter iter;
  BfJsonNode record;

  if (!bf_json_iter_init (&iter, records))
    return FALSE;
  while (bf_json_iter_next (&iter, NULL, NULL, &record))
    if (bf_json_type (record) != BF_JSON_OBJECT)
      return FALSE;
  return TRUE;
}

static void
decode_records (BfMapping *mapping, BfJsonNode records, BfSink *sink, guint32 *number)
{
  BfJsonNode record;
  BfJsonIter iter;
  const char *key = NULL;

  bf_json_iter_init (&iter, records);
  while (bf_json_iter_next (&iter, &key, NULL, &record))
    bf_mapping_record (mapping, sink, (*number)++, record, NULL, bf_json_type (records) == BF_JSON_OBJECT ? key : NULL, BF_TIME_NONE);
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  BfJsonNode root, records;
  BfJsonSlices slices;
  GError *local = NULL;
  guint32 number = 0;

  bf_json_slices_init (&slices, doc, bytes, length, bf_mapping_records (mapping) == NULL);
  while (bf_json_slices_next (&slices, &root, &local))
    {
      if (!find_records (mapping, root, &records, error) || !bf_format_check_number (slices.n_elements, error)
          || (number == 0 && !bf_mapping_begin (mapping, root, NULL, error)))
        return FALSE;
      if (bf_json_type (records) == BF_JSON_OBJECT && !all_objects (records))
        bf_mapping_record (mapping, sink, 0, records, NULL, NULL, BF_TIME_NONE);
      else
        decode_records (mapping, records, sink, &number);
    }
  if (local != NULL)
    g_propagate_error (error, local);
  return local == NULL;
}

static int
recognise (BfJsonNode root)
{
  return bf_json_type (root) == BF_JSON_ARRAY || bf_json_type (root) == BF_JSON_OBJECT ? 10 : 0;
}

const BfFormat bf_format_json = { .name = "json", .decode = decode, .recognise = recognise };
