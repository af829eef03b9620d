/* SPDX-License-Identifier: EUPL-1.2 */
/* The car parks as an OpenDataSoft portal publishes them, in its four shapes. Pure. */
#define G_LOG_DOMAIN "bf-demo"

#include "bf-demo-city.h"
#include "bf-demo-parking.h"

static const char *
state_of (const BfDemoCarPark *park)
{
  return park->closed ? "FERME" : park->published >= park->capacity ? "COMPLET" : "OUVERT";
}

static char *
rfc3339 (GTimeZone *zone, gint64 time_us)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (time_us / G_USEC_PER_SEC);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, zone);

  return g_date_time_format (local, "%Y-%m-%dT%H:%M:%S%:z");
}

/* The fields of a car park; v1 writes a place as [lat, lon], v2.1 as an object, GeoJSON in the geometry. */
static void
put_fields (GString *out, GTimeZone *zone, const BfDemoCarPark *park, const char *geo_form)
{
  g_autofree char *time = rfc3339 (zone, park->published_at_us);

  g_string_append (out, "{\"key\":");
  bf_demo_put_text (out, park->key);
  g_string_append (out, ",\"nom\":");
  bf_demo_put_text (out, park->name);
  if (geo_form != NULL)
    {
      g_string_append (out, ",\"geo\":");
      if (g_str_equal (geo_form, "array"))
        g_string_append_printf (out, "[%.6f,%.6f]", park->lat, park->lon);
      else
        g_string_append_printf (out, "{\"lon\":%.6f,\"lat\":%.6f}", park->lon, park->lat);
    }
  g_string_append_printf (out, ",\"type\":\"%s\",\"etat\":\"%s\",\"libres\":%d,\"total\":%d,\"date_maj\":\"%s\"}",
                          g_str_has_prefix (park->name, "Parc relais") ? "RELAIS" : "PARC", state_of (park),
                          park->capacity - park->published, park->capacity, time);
}

static void
put_record (GString *out, GTimeZone *zone, const BfDemoCarPark *park, BfDemoOdsForm form)
{
  if (form == BF_DEMO_ODS_EXPORT || form == BF_DEMO_ODS_RECORDS)
    put_fields (out, zone, park, "object");
  else if (form == BF_DEMO_ODS_SEARCH)
    {
      g_autofree char *id = g_compute_checksum_for_string (G_CHECKSUM_SHA1, park->key, -1);
      g_autofree char *time = rfc3339 (zone, park->published_at_us);

      g_string_append_printf (out, "{\"datasetid\":\"" BF_DEMO_ODS_DATASET "\",\"recordid\":\"%s\",\"fields\":", id);
      put_fields (out, zone, park, "array");
      g_string_append_printf (out,
                              ",\"geometry\":{\"type\":\"Point\",\"coordinates\":[%.6f,%.6f]},\"record_timestamp\":\"%s\"}",
                              park->lon, park->lat, time);
    }
  else
    {
      g_string_append_printf (out,
                              "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[%.6f,%.6f]},"
                              "\"properties\":",
                              park->lon, park->lat);
      put_fields (out, zone, park, NULL);
      g_string_append_c (out, '}');
    }
}

GString *
bf_demo_opendatasoft (const BfDemoParking *parking, GTimeZone *zone, BfDemoOdsForm form, guint offset, guint limit)
{
  GString *out = g_string_new (NULL);
  guint n = parking->car_parks->len, end = offset > n ? n : MIN (n, offset + limit);

  if (form == BF_DEMO_ODS_EXPORT)
    g_string_append_c (out, '[');
  else if (form == BF_DEMO_ODS_RECORDS)
    g_string_append_printf (out, "{\"total_count\":%u,\"results\":[", n);
  else if (form == BF_DEMO_ODS_SEARCH)
    g_string_append_printf (out,
                            "{\"nhits\":%u,\"parameters\":{\"dataset\":\"" BF_DEMO_ODS_DATASET "\",\"rows\":%u,\"start\":%u,"
                            "\"format\":\"json\",\"timezone\":\"UTC\"},\"records\":[",
                            n, limit, offset);
  else
    g_string_append (out, "{\"type\":\"FeatureCollection\",\"features\":[");
  for (guint i = offset; i < end; i++)
    {
      if (i > offset)
        g_string_append_c (out, ',');
      put_record (out, zone, g_ptr_array_index (parking->car_parks, i), form);
    }
  g_string_append (out, form == BF_DEMO_ODS_EXPORT ? "]" : "]}");
  return out;
}
