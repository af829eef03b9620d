/* SPDX-License-Identifier: EUPL-1.2 */
/* Vigicrues, the French flood forecasters' services:
 *
 *   observations.json    {"Serie": {"CdStationHydro", "LbStationHydro", "GrdSerie": "H" | "Q", "ObssHydro": [[ms, value]…] or
 *                        [{"DtObsHydro", "ResObsHydro"}…]}}: records of the type `serie`, heights in m, flows in m³/s
 *   InfoVigiCru.geojson  a FeatureCollection of the watched sections: records of the type `troncon`, their properties: NivInfViCr is
 *                        1 to 4 for green to red, CdEntCru and lbentcru code and name; vigicrues.geojson has NivSituVigiCruEnt,
 *                        CdEntVigiCru and NomEntVigiCru for them (as public clients of the service read them; https://www.vigicrues.gouv.fr/services) */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>

#include "base/bf-error.h"
#include "base/bf-time.h"

static gboolean
write_observation (BfRecords *records, BfJsonNode serie, const char *id, BfJsonNode observation, GError **error)
{
  static const char *const names[] = { "DtObsHydro", "ResObsHydro" };
  static const char *const of_serie[] = { "CdStationHydro", "LbStationHydro", "GrdSerie" };
  BfJsonOut *out = bf_records_begin (records, "serie", id, BF_TIME_NONE);
  BfJsonNode node;
  BfJsonIter iter;

  for (guint i = 0; i < G_N_ELEMENTS (of_serie); i++)
    if (bf_json_member (serie, of_serie[i], &node))
      bf_format_copy_json (out, of_serie[i], node);
  if (bf_json_type (observation) == BF_JSON_ARRAY)
    {
      bf_json_iter_init (&iter, observation);
      for (guint i = 0; i < 2 && bf_json_iter_next (&iter, NULL, NULL, &node); i++)
        bf_format_copy_json (out, names[i], node);
    }
  else
    for (guint i = 0; i < 2; i++)
      if (bf_json_member (observation, names[i], &node))
        bf_format_copy_json (out, names[i], node);
  return bf_records_end (records, error);
}

static gboolean
decode_serie (BfMapping *mapping, BfJsonNode serie, BfSink *sink, GError **error)
{
  g_auto (BfRecords) records = { 0 };
  const char *id = bf_json_member_string (serie, "CdStationHydro", NULL);
  BfJsonNode list, observation;
  BfJsonIter iter;

  if (!bf_json_member (serie, "ObssHydro", &list) || bf_json_type (list) != BF_JSON_ARRAY)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("the “Serie” has no ObssHydro"));
      return FALSE;
    }
  bf_records_init (&records, mapping, NULL, sink);
  bf_json_iter_init (&iter, list);
  while (bf_json_iter_next (&iter, NULL, NULL, &observation))
    if (!write_observation (&records, serie, id, observation, error))
      return FALSE;
  return bf_records_finish (&records, error);
}

static gboolean
decode_sections (BfMapping *mapping, BfJsonNode root, BfSink *sink, GError **error)
{
  BfJsonNode features, feature;
  BfJsonIter iter;
  guint32 number = 0;

  bf_json_member (root, "features", &features);
  if (!bf_format_check_count (features, error) || !bf_mapping_begin (mapping, root, NULL, error))
    return FALSE;
  bf_json_iter_init (&iter, features);
  while (bf_json_iter_next (&iter, NULL, NULL, &feature))
    {
      BfMapInput input = { .type = "troncon", .fields = feature, .observed_us = BF_TIME_NONE };
      char room[32];

      if (bf_json_member (feature, "properties", &input.fields))
        input.id = bf_format_id_text (feature, "id", room);
      if (!bf_json_member (feature, "geometry", &input.geometry))
        input.geometry.tape = NULL;
      bf_mapping_apply (mapping, sink, number++, &input);
    }
  return TRUE;
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  BfJsonNode root, serie;

  if (!bf_json_doc_parse (doc, bytes, length, &root, error))
    return FALSE;
  if (bf_geojson_is_collection (root))
    return decode_sections (mapping, root, sink, error);
  if (bf_json_member (root, "Serie", &serie) && bf_json_type (serie) == BF_JSON_OBJECT)
    return decode_serie (mapping, serie, sink, error);
  g_set_error (error, BF_ERROR, BF_ERROR_VALUE, _ ("not Vigicrues: expected “Serie” or a FeatureCollection of sections"));
  return FALSE;
}

static int
recognise (BfJsonNode root)
{
  BfJsonNode node;

  return bf_json_path (root, "Serie.ObssHydro", &node)
             || bf_json_path (root, "features[0].properties.NivInfViCr", &node)
           ? 97
           : 0;
}

const BfFormat bf_format_vigicrues = { .name = "vigicrues", .decode = decode, .recognise = recognise };
