/* SPDX-License-Identifier: EUPL-1.2 */
/* Car parks in DATEX II: tables and states of the older extension (parkingFacility…), and of 2.3 and 3 (parkingRecord…). */

#include "formats/bf-datex-private.h"

#include <string.h>

/* A reference as “1035[P+R Bondorf]” carries the name behind the id that the table has. (transfer full) (nullable) */
static char *
split_id (const char *id, char **ret_name)
{
  const char *bracket = id != NULL ? strchr (id, '[') : NULL;

  *ret_name = NULL;
  if (bracket == NULL || bracket == id || id[strlen (id) - 1] != ']')
    return g_strdup (id);
  *ret_name = g_strndup (bracket + 1, strlen (bracket) - 2);
  return g_strndup (id, (gsize) (bracket - id));
}

/* --- state ---------------------------------------------------------------------------------------------------------- */

typedef enum
{
  STATE_NONE,
  STATE_OPEN,
  STATE_UNKNOWN,
  STATE_FULL,
  STATE_CLOSED, /* the highest is what is said */
} State;

static const struct
{
  const char *word;
  State state;
} states[] = {
  { "open", STATE_OPEN },
  { "openingTimesInForce", STATE_OPEN },
  { "spacesAvailable", STATE_OPEN },
  { "almostFull", STATE_OPEN },
  { "normalParkingConditions", STATE_OPEN },
  { "statusUnknown", STATE_UNKNOWN },
  { "unknown", STATE_UNKNOWN },
  { "carParkStatusUnknown", STATE_UNKNOWN },
  { "full", STATE_FULL },
  { "fullAtEntrance", STATE_FULL },
  { "carParkFull", STATE_FULL },
  { "closed", STATE_CLOSED },
  { "closedAbnormal", STATE_CLOSED },
  { "carParkClosed", STATE_CLOSED },
};

/* A car park has one to three such elements, in any order: “closed” with “spacesAvailable” is closed. A word that is not
 * known stands as it is, to be refused by the map's table. */
static const char *
read_state (const BfNode *record, State *state)
{
  static const char *const elements[] = { "parkingFacilityStatus", "parkingSiteStatus", "parkingSiteOpeningStatus",
                                          "parkingFacilityOpeningStatus", "parkingStatus", NULL };
  const char *strange = NULL;

  for (const BfNode *child = record->first; child != NULL; child = child->next)
    {
      gboolean known = child->text[0] == '\0';

      if (!g_strv_contains (elements, child->name))
        continue;
      for (guint i = 0; !known && i < G_N_ELEMENTS (states); i++)
        if (strcmp (states[i].word, child->text) == 0)
          {
            *state = MAX (*state, states[i].state);
            known = TRUE;
          }
      if (!known)
        strange = child->text;
    }
  return strange;
}

static void
write_state (BfDatex *datex, const BfNode *record)
{
  static const char *const words[] = { NULL, "open", "unknown", "full", "closed" };
  State state = STATE_NONE;
  const char *strange = read_state (record, &state);

  bf_datex_text (datex, "state", strange != NULL ? strange : words[state]);
}

static void
write_first (BfDatex *datex, const char *key, const BfNode *node, const char *const *paths)
{
  for (guint i = 0; paths[i] != NULL; i++)
    {
      const char *text = bf_node_text (node, paths[i]);

      if (text != NULL)
        {
          bf_datex_text (datex, key, text);
          return;
        }
    }
}

/* --- single bays of a site ------------------------------------------------------------------------------------------ */

static gboolean
write_bays (BfDatex *datex, const BfNode *record, const char *site, const char *time, GError **error)
{
  for (const BfNode *bay = bf_node_child (record, "parkingSpaceStatus"); bay != NULL; bay = bf_node_again (bay))
    {
      const char *index = bf_node_attribute (bay, "parkingSpaceIndex");
      const BfNode *occupied = bf_node_find (bay, "parkingSpaceOccupied");
      g_autofree char *id = NULL;

      if (index == NULL)
        index = bf_node_attribute (bay, "index");
      if (index == NULL || occupied == NULL || site == NULL)
        continue;
      id = g_strdup_printf ("%s:%s", site, index);
      bf_datex_begin (datex, "parking_space", id, time);
      bf_datex_text (datex, "site", site);
      bf_datex_text (datex, "occupied", occupied->text);
      if (!bf_datex_end (datex, error))
        return FALSE;
    }
  return TRUE;
}

/* --- public --------------------------------------------------------------------------------------------------------- */

gboolean
bf_datex_parking_status (BfDatex *datex, const BfNode *record, GError **error)
{
  static const char *const times[] = { "parkingFacilityStatusTime", "parkingStatusOriginTime", NULL };
  static const char *const free[] = { "totalNumberOfVacantParkingSpaces", "parkingOccupancy/parkingNumberOfVacantSpaces", NULL };
  static const char *const taken[]
    = { "totalNumberOfOccupiedParkingSpaces", "parkingOccupancy/parkingNumberOfOccupiedSpaces", NULL };
  static const char *const all[] = { "totalParkingCapacityOverride", "parkingOccupancy/parkingNumberOfSpacesOverride", NULL };
  static const char *const share[] = { "parkingOccupancy/parkingOccupancy", NULL };
  const BfNode *reference = bf_node_child (record, "parkingFacilityReference");
  const char *time = bf_node_text (record, times[0]) != NULL ? bf_node_text (record, times[0]) : bf_node_text (record, times[1]);
  g_autofree char *id = NULL, *name = NULL;

  if (reference == NULL)
    reference = bf_node_child (record, "parkingRecordReference");
  id = split_id (bf_node_attribute (reference, "id"), &name);
  bf_datex_begin (datex, "parking_status", id, time);
  bf_datex_text (datex, "name", name);
  write_first (datex, "free", record, free);
  write_first (datex, "occupied", record, taken);
  write_first (datex, "capacity", record, all);
  write_first (datex, "occupancy", record, share);
  write_state (datex, record);
  return bf_datex_end (datex, error) && write_bays (datex, record, id, time, error);
}

gboolean
bf_datex_parking_table (BfDatex *datex, const BfNode *record, GError **error)
{
  static const char *const capacities[] = { "totalParkingCapacity", "parkingNumberOfSpaces", NULL };
  static const char *const locations[] = { "facilityLocation", "parkingLocation", "locationReference", "entranceLocation",
                                           "parkingAccess" };
  const BfNode *name = bf_node_child (record, "parkingFacilityName");
  const BfNode *place = NULL;
  g_autofree char *id = NULL, *own_name = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (locations) && place == NULL; i++)
    place = bf_node_child (record, locations[i]);
  id = split_id (bf_node_attribute (record, "id"), &own_name);
  bf_datex_begin (datex, "parking", id, NULL);
  if (name == NULL)
    name = bf_node_child (record, "parkingName");
  bf_datex_text (datex, "name", bf_datex_words (datex, name) != NULL ? bf_datex_words (datex, name) : own_name);
  bf_datex_text (datex, "description", bf_datex_words (datex, bf_node_child (record, "parkingDescription")));
  write_first (datex, "capacity", record, capacities);
  bf_datex_text (datex, "class", record->type);
  bf_datex_text (datex, "site_type", bf_node_text (record, "urbanParkingSiteType"));
  bf_datex_text (datex, "user", bf_node_text (record, "assignedParkingAmongOthers/applicableForUser"));
  bf_datex_text (datex, "height", bf_node_text (record, "characteristicsOfPermittedVehicles/heightCharacteristic/vehicleHeight"));
  bf_datex_write_place (datex, place);
  return bf_datex_end (datex, error);
}
