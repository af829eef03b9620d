/* SPDX-License-Identifier: EUPL-1.2 */
/* Format=datex2: DATEX II 2 and 3 in XML, 3 in JSON; any prefix, any envelope (SOAP, messageContainer, none): a record is
 * known by its element. Records of the types parking, parking_status, parking_space, measurement, measurement_site,
 * elaborated, situation and regulation go through the service's maps/datex2.map or the feed's [Map TYPE]. */

#include "formats/bf-datex-private.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "formats/bf-xml-private.h"

static const struct
{
  const char *element;
  gboolean (*read) (BfDatex *datex, const BfNode *record, GError **error);
} kinds[] = {
  { "parkingFacilityStatus", bf_datex_parking_status },
  { "parkingRecordStatus", bf_datex_parking_status },
  { "parkingFacility", bf_datex_parking_table },
  { "parkingRecord", bf_datex_parking_table },
  { "siteMeasurements", bf_datex_measurement },
  { "measurementSiteRecord", bf_datex_measurement_site },
  { "measurementSite", bf_datex_measurement_site },
  { "elaboratedData", bf_datex_elaborated },
  { "situation", bf_datex_situation },
  { "trafficRegulationOrder", bf_datex_regulation },
};

static const char *const elements[]
  = { "parkingFacilityStatus", "parkingRecordStatus", "parkingFacility", "parkingRecord", "siteMeasurements",
      "measurementSiteRecord", "measurementSite",     "elaboratedData",  "situation",     "trafficRegulationOrder", NULL };

/* --- what the publications share ------------------------------------------------------------------------------------ */

static gboolean
begin_payload (BfDatex *datex, GError **error)
{
  BfJsonOut *out;

  if (datex->begun)
    return TRUE;
  datex->begun = TRUE;
  out = bf_records_begin_payload (&datex->records);
  if (datex->publication != NULL)
    bf_json_out_string (out, "time", datex->publication);
  return bf_records_end_payload (&datex->records, NULL, error);
}

BfJsonOut *
bf_datex_begin (BfDatex *datex, const char *type, const char *id, const char *time)
{
  BfJsonOut *out = bf_records_begin (&datex->records, type, id, BF_TIME_NONE);

  bf_datex_text (datex, "id", id);
  bf_datex_text (datex, "observed", time != NULL ? time : datex->publication);
  return out;
}

gboolean
bf_datex_end (BfDatex *datex, GError **error)
{
  return bf_records_end (&datex->records, error);
}

void
bf_datex_text (BfDatex *datex, const char *key, const char *text)
{
  if (text != NULL)
    bf_json_out_string (&datex->records.out, key, text);
}

const char *
bf_datex_words (const BfDatex *datex, const BfNode *node)
{
  const BfNode *first = bf_node_at (node, "values/value");

  for (const BfNode *value = first; value != NULL; value = bf_node_again (value))
    {
      const char *language = bf_node_attribute (value, "lang");

      if (language == NULL)
        language = bf_node_text (value, "lang");
      if (language != NULL && g_ascii_strncasecmp (language, datex->language, 2) == 0 && value->text[0] != '\0')
        return value->text;
    }
  if (first != NULL && first->text[0] != '\0')
    return first->text;
  return node != NULL && node->text[0] != '\0' ? node->text : NULL;
}

static gboolean
take_record (BfDatex *datex, const BfNode *record, GError **error)
{
  if (!begin_payload (datex, error))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].element, record->name) == 0)
      return kinds[i].read (datex, record, error);
  return TRUE;
}

/* --- XML ------------------------------------------------------------------------------------------------------------ */

typedef struct
{
  BfDatex datex;
  gboolean known; /* an element of DATEX II was seen */
  gboolean situations; /* a SituationPublication was seen: all that is current, unless the exchange says that it sends changes */
  char *class;    /* of the publication */
} Reading;

/* What an exchange says of itself (Exchange of v2, Exchange 2020 of v3): changes only, nothing at all, or a refusal. */
static gboolean
is_part (const char *name, const char *text)
{
  if (strcmp (name, "updateMethod") == 0)
    return strcmp (text, "snapshot") != 0;
  if (strcmp (name, "codedExchangeProtocol") == 0)
    return g_str_has_prefix (text, "delta") || strcmp (text, "simplePush") == 0;
  if (strcmp (name, "keepAlive") == 0 || strcmp (name, "deliveryBreak") == 0)
    return strcmp (text, "true") == 0;
  return strcmp (name, "response") == 0 && strcmp (text, "acknowledge") != 0;
}

static void
note_exchange (Reading *reading, const char *name, const char *text)
{
  if (is_part (name, text))
    bf_sink_set_extent (reading->datex.records.sink, BF_EXTENT_PART);
}

static void
text_cb (gpointer user_data, const char *parent, const char *name, const char *text)
{
  Reading *reading = user_data;
  char **place = strcmp (name, "publicationTime") == 0     ? &reading->datex.publication
                 : strcmp (name, "informationStatus") == 0 ? &reading->datex.status
                                                           : NULL;

  note_exchange (reading, name, text);
  if (place == NULL)
    return;
  g_free (*place);
  *place = g_strdup (text);
}

static void
begin_cb (gpointer user_data, const char *name, const char *type)
{
  static const char *const tops[] = { "d2LogicalModel", "messageContainer", "payloadPublication", "payload", NULL };
  Reading *reading = user_data;

  if (!g_strv_contains (tops, name))
    return;
  reading->known = TRUE;
  if (type != NULL && reading->class == NULL)
    reading->class = g_strdup (type);
  reading->situations = reading->situations || g_strcmp0 (type, "SituationPublication") == 0;
}

static gboolean
record_cb (gpointer user_data, const BfNode *record, GError **error)
{
  Reading *reading = user_data;

  return take_record (&reading->datex, record, error);
}

static gboolean
read_xml (Reading *reading, const char *bytes, gsize length, GError **error)
{
  static const BfXmlHandler handler = { elements, text_cb, begin_cb, record_cb };

  return bf_xml_read (bytes, length, &handler, reading, error);
}

/* --- JSON ----------------------------------------------------------------------------------------------------------- */

static void
note_text (char **place, BfJsonNode value)
{
  const char *text = NULL;
  BfJsonNode inner;

  if (bf_json_member (value, "value", &inner))
    value = inner;
  if (!bf_json_get_string (value, &text, NULL))
    return;
  g_free (*place);
  *place = g_strdup (text);
}

static void
note_member (Reading *reading, const char *key, BfJsonNode value)
{
  g_autofree char *text = NULL;

  if (strcmp (key, "publicationTime") == 0)
    note_text (&reading->datex.publication, value);
  else if (strcmp (key, "informationStatus") == 0)
    note_text (&reading->datex.status, value);
  note_text (&text, value);
  if (text != NULL)
    note_exchange (reading, key, text);
  /* "sitSituationPublication": {…}, or its class as a member of the payload */
  reading->situations = reading->situations || g_str_has_suffix (key, "SituationPublication")
                        || (text != NULL && g_str_has_suffix (text, "SituationPublication"))
                        || (strcmp (key, "situation") == 0 && bf_json_type (value) == BF_JSON_ARRAY);
}

static gboolean
take_json (Reading *reading, BfNodes *tree, const char *name, BfJsonNode value, GError **error)
{
  BfNode *record;

  bf_nodes_reset (tree);
  record = bf_datex_tree_of_json (tree, name, value);
  if (record != NULL)
    return take_record (&reading->datex, record, error);
  g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("a %s is no object, is over 64 MiB or over 100 levels"), name);
  return FALSE;
}

static gboolean
is_element (const char *key)
{
  return g_strv_contains (elements, key);
}

/* Looks for records below @node; what is said of the publication stands before them or after: @pass 0 takes only that. */
static gboolean
search_json (Reading *reading, BfNodes *tree, BfJsonNode node, guint depth, guint pass, GError **error)
{
  BfJsonNode value, item;
  BfJsonIter iter, items;
  const char *key = NULL;

  if (depth > 8 || !bf_json_iter_init (&iter, node))
    return TRUE;
  while (bf_json_iter_next (&iter, &key, NULL, &value))
    {
      gboolean record = bf_json_type (node) == BF_JSON_OBJECT && is_element (key);

      if (bf_json_type (node) == BF_JSON_OBJECT && pass == 0)
        note_member (reading, key, value);
      if (!record && !search_json (reading, tree, value, depth + 1, pass, error))
        return FALSE;
      if (record)
        reading->known = TRUE;
      if (!record || pass == 0)
        continue;
      if (bf_json_type (value) != BF_JSON_ARRAY)
        {
          if (!take_json (reading, tree, key, value, error))
            return FALSE;
          continue;
        }
      bf_json_iter_init (&items, value);
      while (bf_json_iter_next (&items, NULL, NULL, &item))
        if (!take_json (reading, tree, key, item, error))
          return FALSE;
    }
  return TRUE;
}

/* A document of its own: the records' is parsed into while this one is still read. */
static gboolean
read_json (Reading *reading, const char *bytes, gsize length, GError **error)
{
  g_autoptr (BfJsonDoc) doc = bf_json_doc_new (BF_LIMIT_PAYLOAD_BYTES);
  g_autoptr (BfNodes) tree = bf_nodes_new ();
  BfJsonNode root, publication;

  if (!bf_json_doc_parse (doc, bytes, length, &root, error))
    return FALSE;
  reading->known = bf_json_member (root, "messageContainer", &publication) || bf_json_member (root, "payload", &publication);
  return search_json (reading, tree, root, 0, 0, error) && search_json (reading, tree, root, 0, 1, error);
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

static gboolean
finish (Reading *reading, GError **error)
{
  BfDatex *datex = &reading->datex;

  if (!reading->known && datex->records.n_records == 0)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE,
                   _ ("not DATEX II: expected d2LogicalModel, a messageContainer or a payload with a publication"));
      return FALSE;
    }
  if (datex->records.n_records == 0 && !datex->begun && reading->class != NULL && strcmp (reading->class, "GenericPublication") != 0)
    {
      static const char *const taken[] = { "SituationPublication", "MeasuredDataPublication", "MeasurementSiteTablePublication",
                                           "ElaboratedDataPublication", "ParkingStatusPublication", "ParkingTablePublication",
                                           "ParkingFacilityTablePublication", "ParkingFacilityTableStatusPublication",
                                           "TrafficRegulationPublication", NULL };

      if (!g_strv_contains (taken, reading->class))
        {
          g_set_error (error, BF_ERROR, BF_ERROR_UNSUPPORTED,
                       _ ("a %.*s of DATEX II is not read; expected parking, measured data, measurement sites, situations or "
                          "traffic regulations"),
                       bf_format_cut (reading->class, 80), reading->class);
          return FALSE;
        }
    }
  if (reading->situations)
    bf_sink_set_extent (datex->records.sink, BF_EXTENT_WHOLE);
  return begin_payload (datex, error) && bf_records_finish (&datex->records, error);
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  Reading reading = { .datex = { .language = bf_mapping_language (mapping) } };
  gboolean good;

  bf_records_init (&reading.datex.records, mapping, doc, sink);
  good = bf_xml_looks_like (bytes, length) ? read_xml (&reading, bytes, length, error) : read_json (&reading, bytes, length, error);
  good = good && finish (&reading, error);
  bf_records_clear (&reading.datex.records);
  g_free (reading.datex.publication);
  g_free (reading.datex.status);
  bf_json_doc_free (reading.datex.geojson);
  g_free (reading.class);
  return good;
}

static int
recognise_bytes (const char *bytes, gsize length)
{
  gsize n = MIN (length, 4096);

  if (!bf_xml_looks_like (bytes, length))
    return 0;
  if (g_strstr_len (bytes, (gssize) n, "d2LogicalModel") != NULL || g_strstr_len (bytes, (gssize) n, "datex2.eu/schema") != NULL)
    return 98;
  return 0;
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode container, payload;
  BfJsonIter iter;
  const char *key;

  if (bf_json_member (root, "messageContainer", &container))
    return 95;
  if (!bf_json_member (root, "payload", &payload) || !bf_json_iter_init (&iter, payload))
    return 0;
  while (bf_json_type (payload) == BF_JSON_OBJECT && bf_json_iter_next (&iter, &key, NULL, &container))
    if (g_str_has_suffix (key, "Publication"))
      return 90;
  return 0;
}

const BfFormat bf_format_datex2
  = { .name = "datex2", .decode = decode, .recognise = recognise, .recognise_bytes = recognise_bytes };
