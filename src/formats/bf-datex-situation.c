/* SPDX-License-Identifier: EUPL-1.2 */
/* Situations in DATEX II: accidents, works, closures, what is in the way. One JSON record a situationRecord: what it is in a
 * few words (“what”), whether it is planned, active or over at the time of the answer (“state”), its severity and place. */

#include "formats/bf-datex-private.h"

#include <string.h>

/* The classes of situationRecord, and for a network management what decides more than the class: its type. */
static const struct
{
  const char *name;
  const char *what;
} kinds[] = {
  { "Accident", "accident" },
  { "MaintenanceWorks", "works" },
  { "ConstructionWorks", "works" },
  { "Roadworks", "works" },
  { "VehicleObstruction", "obstruction" },
  { "GeneralObstruction", "obstruction" },
  { "AnimalPresenceObstruction", "obstruction" },
  { "EnvironmentalObstruction", "obstruction" },
  { "InfrastructureDamageObstruction", "obstruction" },
  { "EquipmentOrSystemFault", "obstruction" },
  { "AbnormalTraffic", "conditions" },
  { "PoorEnvironmentConditions", "conditions" },
  { "NonWeatherRelatedRoadConditions", "conditions" },
  { "WeatherRelatedRoadConditions", "conditions" },
  { "PublicEvent", "public_event" },
  { "DisturbanceActivity", "public_event" },
};

static const char *const closures[]
  = { "roadClosed", "carriagewayClosures", "closedPermanentlyForTheWinter", "intermittentShortTermClosures", "bridgeClosed",
      "tunnelClosed", "rampClosed", "junctionClosures", "laneClosures", "newRoadworksLayout", NULL };

static const char *
management_type (const BfNode *record)
{
  const char *type = bf_node_text (record, "roadOrCarriagewayOrLaneManagementType");

  return type != NULL ? type : bf_node_text (record, "networkManagementType");
}

/* A lane closed for works is works; a road closed is a closure, whatever for. */
static const char *
what_of (const BfNode *record)
{
  const char *cause = bf_node_text (record, "cause/causeType");
  const char *management = management_type (record);
  gboolean works = cause != NULL && (strcmp (cause, "roadMaintenance") == 0 || strcmp (cause, "roadworks") == 0);

  for (guint i = 0; record->type != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kinds[i].name, record->type) == 0)
      return kinds[i].what;
  if (management != NULL && strcmp (management, "laneClosures") == 0)
    return works ? "works" : "closure";
  if (management != NULL && g_strv_contains (closures, management))
    return "closure";
  return works ? "works" : cause != NULL && strcmp (cause, "accident") == 0 ? "accident" : "other";
}

/* --- state ---------------------------------------------------------------------------------------------------------- */

static gboolean
is_true (const BfNode *record, const char *path)
{
  return g_strcmp0 (bf_node_text (record, path), "true") == 0;
}

static gboolean
is_ended (const BfNode *record)
{
  return is_true (record, "management/lifeCycleManagement/end") || is_true (record, "management/lifeCycleManagement/cancel");
}

/* What may come is not there. */
static gboolean
is_risk (const BfNode *record)
{
  return g_strcmp0 (bf_node_text (record, "probabilityOfOccurrence"), "riskOf") == 0;
}

static const char *
state_of (const BfNode *record, const BfDatexValidity *validity, gint64 now_us)
{
  const char *state = bf_datex_validity_state (validity, now_us);

  if (is_ended (record))
    return "ended";
  return is_risk (record) && strcmp (state, "active") == 0 ? "planned" : state;
}

/* --- records -------------------------------------------------------------------------------------------------------- */

static const BfNode *
location_of (const BfNode *record)
{
  static const char *const names[] = { "locationReference", "groupOfLocations", "locationForDisplay" };
  const BfNode *location = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names) && location == NULL; i++)
    location = bf_node_child (record, names[i]);
  return location;
}

static const char *
comment_of (const BfDatex *datex, const BfNode *record)
{
  const BfNode *comment = bf_node_at (record, "generalPublicComment/comment");

  return bf_datex_words (datex, comment != NULL ? comment : bf_node_at (record, "nonGeneralPublicComment/comment"));
}

/* The type that the class has besides: accidentType, obstructionType, roadMaintenanceType… */
static const char *
detail_of (const BfNode *record)
{
  for (const BfNode *child = record->first; child != NULL; child = child->next)
    if (g_str_has_suffix (child->name, "Type") && child->text[0] != '\0')
      return child->text;
  return NULL;
}

const char *
bf_datex_road (const BfNode *location)
{
  static const char *const names[] = { "roadNumber", "roadName" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      const BfNode *road = bf_node_find (location, names[i]);
      const BfNode *value = road != NULL && road->text[0] == '\0' ? bf_node_find (road, "value") : road;

      if (value != NULL && value->text[0] != '\0')
        return value->text;
    }
  return NULL;
}

/* A drill is never shown as real: its state is the word, of which the map's table knows nothing, so it is refused. */
static const char *
drill_of (const BfDatex *datex, const BfNode *situation)
{
  static const char *const drills[] = { "test", "securityExercise", "technicalExercise", NULL };
  const char *status = bf_node_text (situation, "headerInformation/informationStatus");

  if (status == NULL)
    status = datex->status;
  if (status == NULL || strcmp (status, "real") == 0)
    return NULL;
  return g_strv_contains (drills, status) ? status : "no status of DATEX II"; /* never a word of the table's */
}

static gboolean
write_record (BfDatex *datex, const BfNode *situation, const BfNode *record, GError **error)
{
  const BfNode *location = location_of (record);
  const BfNode *times = bf_node_at (record, "validity/validityTimeSpecification");
  const char *severity = bf_node_text (record, "severity");
  const char *drill = drill_of (datex, situation);
  g_autoptr (BfDatexValidity) validity = bf_datex_validity_new (datex, bf_node_child (record, "validity"));

  bf_datex_begin (datex, "situation", bf_node_attribute (record, "id"), NULL);
  bf_datex_text (datex, "situation", bf_node_attribute (situation, "id"));
  if (drill != NULL)
    {
      /* nothing else, by which a rule could take it for real */
      bf_datex_text (datex, "state", drill);
      return bf_datex_end (datex, error);
    }
  bf_datex_text (datex, "class", record->type);
  bf_datex_text (datex, "what", what_of (record));
  bf_datex_text (datex, "detail", detail_of (record));
  bf_datex_text (datex, "cause", bf_node_text (record, "cause/causeType"));
  bf_datex_text (datex, "state", state_of (record, validity, bf_sink_now (datex->records.sink)));
  bf_datex_text (datex, "severity", severity != NULL ? severity : bf_node_text (situation, "overallSeverity"));
  bf_datex_text (datex, "probability", bf_node_text (record, "probabilityOfOccurrence"));
  bf_datex_text (datex, "version", bf_node_text (record, "situationRecordVersionTime"));
  bf_datex_text (datex, "start", bf_node_text (times, "overallStartTime"));
  bf_datex_text (datex, "end", bf_node_text (times, "overallEndTime"));
  bf_datex_text (datex, "comment", comment_of (datex, record));
  bf_datex_text (datex, "road", bf_datex_road (location));
  bf_datex_text (datex, "lanes_restricted", bf_node_text (record, "impact/numberOfLanesRestricted"));
  bf_datex_text (datex, "speed_limit", bf_node_text (record, "temporarySpeedLimit"));
  bf_datex_write_place (datex, location);
  if (!bf_datex_end (datex, error))
    return FALSE;
  return is_ended (record) || is_risk (record)
         || bf_datex_write_ahead (datex, "situation", bf_node_attribute (record, "id"), validity, error);
}

gboolean
bf_datex_situation (BfDatex *datex, const BfNode *situation, GError **error)
{
  for (const BfNode *record = bf_node_child (situation, "situationRecord"); record != NULL; record = bf_node_again (record))
    if (!write_record (datex, situation, record, error))
      return FALSE;
  return TRUE;
}
