/* SPDX-License-Identifier: EUPL-1.2 */
/* Open311 GeoReport v2 in XML: <service_requests><request><NAME>text</NAME>…, the same names as in its JSON, so the same map.
 * An element that is empty is null; one that has children (an extension) is left to none. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-time.h"
#include "formats/bf-xml-private.h"

typedef struct
{
  BfRecords records;
  gboolean known;
} Requests;

static void
begin_cb (gpointer user_data, const char *name, const char *type)
{
  Requests *requests = user_data;

  requests->known = requests->known || strcmp (name, "service_requests") == 0;
}

static gboolean
record_cb (gpointer user_data, const BfNode *record, GError **error)
{
  Requests *requests = user_data;
  BfJsonOut *out;

  if (strcmp (record->name, "error") == 0)
    {
      const char *description = bf_node_text (record, "description");

      if (description == NULL)
        description = record->text;
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the service answers: %.*s"), bf_format_cut (description, 200), description);
      return FALSE;
    }
  requests->known = TRUE;
  out = bf_records_begin (&requests->records, NULL, bf_node_text (record, "service_request_id"), BF_TIME_NONE);
  for (const BfNode *child = record->first; child != NULL; child = child->next)
    if (child->first == NULL)
      bf_json_out_string (out, child->name, child->text[0] != '\0' ? child->text : NULL);
  return bf_records_end (&requests->records, error);
}

gboolean
bf_open311_decode_xml (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  static const char *const elements[] = { "request", "error", NULL };
  static const BfXmlHandler handler = { elements, NULL, begin_cb, record_cb };
  Requests requests = { .known = FALSE };
  gboolean good;

  bf_records_init (&requests.records, mapping, doc, sink);
  good = bf_xml_read (bytes, length, &handler, &requests, error);
  if (good && !requests.known)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("not Open311: expected service_requests"));
      good = FALSE;
    }
  good = good && bf_records_finish (&requests.records, error);
  if (good)
    bf_open311_set_extent (sink, requests.records.n_records);
  bf_records_clear (&requests.records);
  return good;
}
