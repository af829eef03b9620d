/* SPDX-License-Identifier: EUPL-1.2 */
/* TALQ 2 log reports, which an outdoor lighting network pushes to its management software:
 *
 *   {"loggerAddress", "logs": [L…]}, several in an array, or the logs alone; L is an attribute log or an event:
 *   {"srcAddress": "<device>:<function>" or "<device>/<function>", "attribute" or "eventType", "value" or "state", "timestamp"}
 *
 * A lamp's state is of two logs: what fails (lampFailure) goes before how bright it is told to be (actualLightState), and either
 * may come alone. Of each device the last of both is kept while the feed runs, so that a lamp that failed is not taken for lit
 * because its level is reported, and has its state back when the failure is over. The record of such a log has it as
 * "lamp_state": failed, off, dimmed or on. "kind" is cabinet where the function is one of a cabinet, else lamp.
 *
 * A record is a log: {"device", "function", "attribute", "value", "timestamp", …}; the asset is the device. A map chooses with
 * `dimming.when=attribute=actualLightState`. Members are found by the names that gateways use for them. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-text.h"
#include "base/bf-time.h"

static const char *const list_names[] = { "logs", "logReports", "reports", "data" };

static const struct
{
  const char *name;
  const char *others[6];
} members[] = {
  { "attribute", { "attribute", "attributeName", "attributeId", "eventType", "event", NULL } },
  { "value", { "value", "state", "eventState", NULL } },
  { "timestamp", { "timestamp", "time", "start", NULL } },
};

static const char *const sources[] = { "srcAddress", "sourceAddress", "source", "assetAddress", "address", "functionAddress" };

static gboolean
find_list (BfJsonNode node, BfJsonNode *ret_list)
{
  *ret_list = node;
  if (bf_json_type (node) == BF_JSON_ARRAY)
    return TRUE;
  for (guint i = 0; i < G_N_ELEMENTS (list_names); i++)
    if (bf_json_member (node, list_names[i], ret_list) && bf_json_type (*ret_list) == BF_JSON_ARRAY)
      return TRUE;
  return FALSE;
}

static const char *
source_of (BfJsonNode log)
{
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    if (bf_json_member_string (log, sources[i], NULL) != NULL)
      return bf_json_member_string (log, sources[i], NULL);
  return NULL;
}

#define FAILED 1u
#define LEVEL_SHIFT 1
#define DEVICES_MAX 200000u

static gboolean
level_of (BfJsonNode log, double *ret_level)
{
  BfJsonNode node;
  const char *text;
  gsize length;

  for (guint j = 0; members[1].others[j] != NULL; j++)
    if (bf_json_member (log, members[1].others[j], &node))
      return bf_json_get_double (node, ret_level) || (bf_json_get_string (node, &text, &length) && bf_text_to_double (text, length, ret_level));
  return FALSE;
}

static gboolean
truth_of (BfJsonNode log, gboolean *ret_truth)
{
  BfJsonNode node;
  const char *text;
  double number;

  for (guint j = 0; members[1].others[j] != NULL; j++)
    if (bf_json_member (log, members[1].others[j], &node))
      {
        if (bf_json_get_bool (node, ret_truth))
          return TRUE;
        if (bf_json_get_double (node, &number))
          *ret_truth = number != 0;
        else if (bf_json_get_string (node, &text, NULL))
          *ret_truth = g_ascii_strcasecmp (text, "true") == 0 || strcmp (text, "1") == 0;
        else
          return FALSE;
        return TRUE;
      }
  return FALSE;
}

/* NULL: the log says nothing of it, or what it says is not enough. */
static const char *
lamp_state (GHashTable *memory, const char *device, const char *attribute, BfJsonNode log)
{
  guint known = GPOINTER_TO_UINT (g_hash_table_lookup (memory, device));
  gboolean failed;
  double level;

  if (g_strcmp0 (attribute, "lampFailure") == 0 && truth_of (log, &failed))
    known = failed ? known | FAILED : known & ~FAILED;
  else if (g_strcmp0 (attribute, "actualLightState") == 0 && level_of (log, &level) && level >= 0 && level <= 100)
    known = (known & FAILED) | (level == 0 ? 1u : level < 100 ? 2u : 3u) << LEVEL_SHIFT;
  else
    return NULL;
  if (g_hash_table_size (memory) < DEVICES_MAX || g_hash_table_contains (memory, device))
    g_hash_table_replace (memory, g_strdup (device), GUINT_TO_POINTER (known));
  if (known & FAILED)
    return "failed";
  return ((const char *const[]){ NULL, "off", "dimmed", "on" })[known >> LEVEL_SHIFT];
}

static gboolean
is_of_cabinet (const char *function)
{
  static const char *const words[] = { "cabinet", "segment", "feeder" };

  for (guint i = 0; function != NULL && i < G_N_ELEMENTS (words); i++)
    if (g_ascii_strncasecmp (function, words[i], strlen (words[i])) == 0)
      return TRUE;
  return FALSE;
}

static const char *
attribute_of (BfJsonNode log)
{
  for (guint j = 0; members[0].others[j] != NULL; j++)
    if (bf_json_member_string (log, members[0].others[j], NULL) != NULL)
      return bf_json_member_string (log, members[0].others[j], NULL);
  return NULL;
}

static gboolean
write_log (BfRecords *records, BfJsonNode log, GError **error)
{
  const char *source = source_of (log);
  const char *cut = source != NULL ? strpbrk (source, ":/") : NULL;
  g_autofree char *device = source != NULL ? g_strndup (source, cut != NULL ? (gsize) (cut - source) : strlen (source)) : NULL;
  BfJsonOut *out = bf_records_begin (records, NULL, device, BF_TIME_NONE);
  BfJsonNode node;

  if (device != NULL)
    {
      bf_json_out_string (out, "device", device);
      bf_json_out_string (out, "lamp_state", lamp_state (bf_mapping_memory (records->mapping), device, attribute_of (log), log));
    }
  bf_json_out_string (out, "kind", is_of_cabinet (cut != NULL ? cut + 1 : NULL) ? "cabinet" : "lamp");
  if (cut != NULL)
    bf_json_out_string (out, "function", cut + 1);
  for (guint i = 0; i < G_N_ELEMENTS (members); i++)
    for (guint j = 0; members[i].others[j] != NULL; j++)
      if (bf_json_member (log, members[i].others[j], &node))
        {
          bf_format_copy_json (out, members[i].name, node);
          break;
        }
  return bf_records_end (records, error);
}

/* Reports in reports, at most three levels. */
static gboolean
take (BfRecords *records, BfJsonNode list, guint level, BfSink *sink, GError **error)
{
  BfJsonNode item, inner;
  BfJsonIter iter;

  bf_json_iter_init (&iter, list);
  while (bf_json_iter_next (&iter, NULL, NULL, &item))
    {
      if (bf_json_type (item) != BF_JSON_OBJECT)
        continue;
      if (source_of (item) == NULL && level > 0 && find_list (item, &inner))
        {
          if (!take (records, inner, level - 1, sink, error))
            return FALSE;
        }
      else if (!write_log (records, item, error))
        return FALSE;
    }
  return TRUE;
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  g_auto (BfRecords) records = { 0 };
  BfJsonNode root, list;

  if (!bf_json_doc_parse (doc, bytes, length, &root, error))
    return FALSE;
  if (!find_list (root, &list))
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("not a TALQ log report: expected “logs”, or an array of logs"));
      return FALSE;
    }
  bf_records_init (&records, mapping, NULL, sink);
  return take (&records, list, 2, sink, error) && bf_records_finish (&records, error);
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode list, first;
  BfJsonIter iter;

  if (bf_json_type (root) != BF_JSON_OBJECT || !bf_json_member (root, "logs", &list) || !bf_json_iter_init (&iter, list)
      || !bf_json_iter_next (&iter, NULL, NULL, &first) || bf_json_type (first) != BF_JSON_OBJECT)
    return 0;
  return source_of (first) != NULL ? 90 : 0;
}

const BfFormat bf_format_talq = { .name = "talq", .decode = decode, .recognise = recognise };
