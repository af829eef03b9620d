/* SPDX-License-Identifier: EUPL-1.2 */
/* Measured and elaborated traffic data in DATEX II. A site has values for several lanes or classes of vehicles under an
 * index, of which only the site table knows the meaning: where a quantity stands once, it is the site's; where it stands
 * several times, each index is an asset of its own below the site. Nothing is summed: lanes and classes overlap. */

#include "formats/bf-datex-private.h"

#include <string.h>

typedef enum
{
  FLOW,
  SPEED,
  OCCUPANCY,
  TRAVEL_TIME,
  FREE_FLOW_TIME,
  FREE_FLOW_SPEED,
  STATUS,
  N_QUANTITIES,
} Quantity;

static const struct
{
  const char *key;     /* in the record */
  const char *element; /* in basicData */
  const char *value;   /* in the element */
} quantities[N_QUANTITIES] = {
  [FLOW] = { "flow", "vehicleFlow", "vehicleFlowRate" },
  [SPEED] = { "speed", "averageVehicleSpeed", "speed" },
  [OCCUPANCY] = { "occupancy", "occupancy", "percentage" },
  [TRAVEL_TIME] = { "travel_time", "travelTime", "duration" },
  [FREE_FLOW_TIME] = { "free_flow_time", "freeFlowTravelTime", "duration" },
  [FREE_FLOW_SPEED] = { "free_flow_speed", "freeFlowSpeed", "speed" },
  [STATUS] = { "status", "trafficStatus", "trafficStatusValue" },
};

/* What one record says: of a whole site, or of one index. */
typedef struct
{
  const char *index; /* NULL: the site's */
  const char *time;
  const char *values[N_QUANTITIES];
  guint n[N_QUANTITIES];
} Group;

/* The source says itself that a value is none: it is handed on as such, and refused. */
static const char *
value_of (const BfNode *element, const char *name)
{
  const char *fault = bf_node_text (element, "dataError");

  if (fault != NULL && (strcmp (fault, "true") == 0 || strcmp (fault, "1") == 0))
    return "dataError";
  return bf_node_text (element, name);
}

static const char *
time_of (const BfNode *data)
{
  const char *time = bf_node_text (data, "measurementOrCalculationTime");

  return time != NULL ? time : bf_node_text (data, "measurementOrCalculationTime/timeValue");
}

static void
add_data (Group *group, const BfNode *data)
{
  for (guint i = 0; i < N_QUANTITIES; i++)
    {
      const char *value = value_of (bf_node_child (data, quantities[i].element), quantities[i].value);

      if (value == NULL)
        continue;
      group->values[i] = value;
      group->n[i]++;
    }
  if (group->time == NULL)
    group->time = time_of (data);
}

static const char *
index_of (const BfNode *data)
{
  for (const BfNode *at = data; at != NULL; at = at->parent)
    {
      const char *index = bf_node_attribute (at, "index");

      if (index != NULL)
        return index;
    }
  return "";
}

static const BfNode *
next_data (const BfNode *record, const BfNode *at)
{
  do
    at = bf_node_walk (record, at);
  while (at != NULL && strcmp (at->name, "basicData") != 0);
  return at;
}

static gboolean
is_single (const Group *group)
{
  for (guint i = 0; i < N_QUANTITIES; i++)
    if (group->n[i] > 1)
      return FALSE;
  return TRUE;
}

static gboolean
write_group (BfDatex *datex, const char *site, const char *time, const Group *group, GError **error)
{
  g_autofree char *id = group->index != NULL && site != NULL ? g_strdup_printf ("%s:%s", site, group->index) : g_strdup (site);
  BfJsonOut *out = bf_datex_begin (datex, "measurement", id, group->time != NULL ? group->time : time);

  if (group->index != NULL)
    bf_datex_text (datex, "site", site);
  bf_datex_text (datex, "kind", group->n[TRAVEL_TIME] + group->n[FREE_FLOW_TIME] + group->n[FREE_FLOW_SPEED] > 0 ? "section" : "counter");
  for (guint i = 0; i < N_QUANTITIES; i++)
    if (group->n[i] == 1)
      bf_datex_text (datex, quantities[i].key, group->values[i]);
    else if (group->n[i] > 1)
      {
        /* which of them is true cannot be known: no number, and so refused */
        bf_json_out_begin_array (out, quantities[i].key);
        bf_json_out_end_array (out);
      }
  return bf_datex_end (datex, error);
}

/* One group an index. */
static gboolean
write_by_index (BfDatex *datex, const BfNode *record, const char *site, const char *time, GError **error)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GArray) groups = g_array_new (FALSE, TRUE, sizeof (Group));

  for (const BfNode *data = next_data (record, record); data != NULL; data = next_data (record, data))
    {
      const char *index = index_of (data);
      guint place = GPOINTER_TO_UINT (g_hash_table_lookup (places, index));

      if (place == 0)
        {
          Group made = { .index = index };

          g_array_append_val (groups, made);
          place = groups->len;
          g_hash_table_insert (places, (gpointer) index, GUINT_TO_POINTER (place));
        }
      add_data (&g_array_index (groups, Group, place - 1), data);
    }
  for (guint i = 0; i < groups->len; i++)
    if (!write_group (datex, site, time, &g_array_index (groups, Group, i), error))
      return FALSE;
  return TRUE;
}

gboolean
bf_datex_measurement (BfDatex *datex, const BfNode *record, GError **error)
{
  const char *site = bf_node_attribute (bf_node_child (record, "measurementSiteReference"), "id");
  const char *time = bf_node_text (record, "measurementTimeDefault");
  Group all = { 0 };

  if (time == NULL)
    time = bf_node_text (record, "measurementTimeDefault/timeValue");
  for (const BfNode *data = next_data (record, record); data != NULL; data = next_data (record, data))
    add_data (&all, data);
  return is_single (&all) ? write_group (datex, site, time, &all, error) : write_by_index (datex, record, site, time, error);
}

/* A section whose values were computed: it is named by the location that they are of. */
gboolean
bf_datex_elaborated (BfDatex *datex, const BfNode *record, GError **error)
{
  const BfNode *location = bf_node_find (record, "pertinentLocation");
  const BfNode *reference = bf_node_find (record, "predefinedLocationReference");
  const char *id = bf_node_attribute (reference, "id");
  Group all = { 0 };

  if (id == NULL)
    id = bf_node_attribute (record, "id");
  for (const BfNode *data = next_data (record, record); data != NULL; data = next_data (record, data))
    add_data (&all, data);
  bf_datex_begin (datex, "elaborated", id, all.time);
  for (guint i = 0; i < N_QUANTITIES; i++)
    bf_datex_text (datex, quantities[i].key, all.values[i]);
  bf_datex_write_place (datex, location);
  return bf_datex_end (datex, error);
}

/* A site of travel times is a section, any other a point on the road. */
static gboolean
measures_time (const BfNode *site)
{
  for (const BfNode *at = bf_node_walk (site, site); at != NULL; at = bf_node_walk (site, at))
    if (strcmp (at->name, "specificMeasurementValueType") == 0 && g_str_has_prefix (at->text, "travelTime"))
      return TRUE;
  return FALSE;
}

gboolean
bf_datex_measurement_site (BfDatex *datex, const BfNode *record, GError **error)
{
  const BfNode *place = bf_node_child (record, "measurementSiteLocation");
  const char *name = bf_datex_words (datex, bf_node_child (record, "measurementSiteName"));

  bf_datex_begin (datex, "measurement_site", bf_node_attribute (record, "id"), NULL);
  bf_datex_text (datex, "kind", measures_time (record) ? "section" : "counter");
  bf_datex_text (datex, "name", name != NULL ? name : bf_node_text (record, "measurementSiteIdentification"));
  bf_datex_text (datex, "lanes", bf_node_text (record, "measurementSiteNumberOfLanes"));
  bf_datex_text (datex, "side", bf_node_text (record, "measurementSide"));
  bf_datex_text (datex, "equipment", bf_datex_words (datex, bf_node_child (record, "measurementEquipmentTypeUsed")));
  bf_datex_write_place (datex, place != NULL ? place : bf_node_child (record, "measurementSiteLocationReference"));
  return bf_datex_end (datex, error);
}
