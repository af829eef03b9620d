/* SPDX-License-Identifier: EUPL-1.2 */
/* Format=gtfs-rt: GTFS-realtime 2.0 through protobuf-c. Records:
 *
 *   vehicle   a vehicle's place and crowding; its id the vehicle's, else the trip's; "silent": true of one that the source still lists
 *             and has not heard for SILENT_US
 *   trip      a trip's delay: the feed's own, else that of the next stop that has one
 *   line      one a route that an alert informs of, with the worst of its alerts in force ("effect"), their texts, their number
 *
 * An alert in force that informs of no route (of stops, of an agency) is refused and counted: nothing here has a stop.
 *
 * protobuf-c has no limit on nesting; these messages nest by five and none in itself, so its depth is bounded. Its memory is:
 * a counting allocator refuses more than BF_LIMIT_PROTOBUF_BYTES. */

#include "formats/bf-format-private.h"

#include <glib/gi18n-lib.h>
#include <math.h>
#include <string.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "gtfs-realtime.pb-c.h"

#define SILENT_US (15 * 60 * G_USEC_PER_SEC)

typedef struct
{
  BfRecords records;
  const char *language;
  gint64 now_us;
  GHashTable *routes; /* const char * -> Route */
  GPtrArray *order;   /* Route, as first named */
} Gtfs;

typedef struct
{
  const char *id;
  guint n;     /* alerts in force */
  int effect;  /* of the worst */
  guint rank;
  const char *header;
  const char *description;
  gint64 until_us;
} Route;

/* --- memory --------------------------------------------------------------------------------------------------------- */

static void *
room_alloc (void *data, size_t size)
{
  gsize *left = data;

  if (size + 16 > *left)
    return NULL;
  *left -= size + 16;
  return g_malloc (size);
}

static void
room_free (void *data, void *memory)
{
  g_free (memory);
}

/* --- texts ---------------------------------------------------------------------------------------------------------- */

static void
put (Gtfs *gtfs, const char *key, const char *text)
{
  if (text != NULL && text[0] != '\0')
    bf_json_out_string (&gtfs->records.out, key, text);
}

/* In the city's language, else one without a language, else the first. */
static const char *
words (const Gtfs *gtfs, const Bf__Gtfs__TranslatedString *string)
{
  const char *plain = NULL;

  for (gsize i = 0; string != NULL && i < string->n_translation; i++)
    {
      const Bf__Gtfs__Translation *translation = string->translation[i];

      if (translation->language != NULL && g_ascii_strncasecmp (translation->language, gtfs->language, 2) == 0)
        return translation->text;
      if (plain == NULL && (translation->language == NULL || i + 1 == string->n_translation))
        plain = translation->text;
    }
  return plain;
}

/* 0: none. What no calendar has is the end of the year 9999, and refused as that. */
static gint64
stamp (guint64 seconds)
{
  return seconds > 0 ? (gint64) MIN (seconds, G_GUINT64_CONSTANT (253402300799)) * G_USEC_PER_SEC : BF_TIME_NONE;
}

static BfJsonOut *
begin (Gtfs *gtfs, const char *type, const char *id, gint64 observed_us)
{
  BfJsonOut *out = bf_records_begin (&gtfs->records, type, id, observed_us);

  put (gtfs, "id", id);
  if (observed_us != BF_TIME_NONE)
    bf_json_out_time (out, "observed", observed_us);
  return out;
}

static const char *
name_of (int value, const char *const *names, guint n)
{
  return value >= 0 && (guint) value < n ? names[value] : NULL;
}

/* --- vehicles and trips --------------------------------------------------------------------------------------------- */

static void
write_trip (Gtfs *gtfs, const Bf__Gtfs__TripDescriptor *trip)
{
  static const char *const relations[] = { "SCHEDULED", "ADDED", "UNSCHEDULED", "CANCELED", NULL, "REPLACEMENT", "DUPLICATED", "DELETED" };

  if (trip == NULL)
    return;
  put (gtfs, "trip", trip->trip_id);
  put (gtfs, "route", trip->route_id);
  put (gtfs, "start_date", trip->start_date);
  if (trip->has_schedule_relationship)
    put (gtfs, "relation", name_of (trip->schedule_relationship, relations, G_N_ELEMENTS (relations)));
}

static gboolean
take_vehicle (Gtfs *gtfs, const char *entity, const Bf__Gtfs__VehiclePosition *vehicle, gint64 header_us, GError **error)
{
  static const char *const crowding[] = { "EMPTY", "MANY_SEATS_AVAILABLE", "FEW_SEATS_AVAILABLE", "STANDING_ROOM_ONLY",
                                          "CRUSHED_STANDING_ROOM_ONLY", "FULL", "NOT_ACCEPTING_PASSENGERS" };
  static const char *const statuses[] = { "INCOMING_AT", "STOPPED_AT", "IN_TRANSIT_TO" };
  const char *id = vehicle->vehicle != NULL && vehicle->vehicle->id != NULL ? vehicle->vehicle->id : entity;
  BfJsonOut *out = begin (gtfs, "vehicle", id, vehicle->has_timestamp ? stamp (vehicle->timestamp) : header_us);
  const Bf__Gtfs__Position *position = vehicle->position;

  if (vehicle->has_timestamp && stamp (vehicle->timestamp) < gtfs->now_us - SILENT_US)
    bf_json_out_bool (out, "silent", TRUE);
  if (vehicle->vehicle != NULL)
    {
      put (gtfs, "label", vehicle->vehicle->label);
      put (gtfs, "plate", vehicle->vehicle->license_plate);
    }
  write_trip (gtfs, vehicle->trip);
  put (gtfs, "stop", vehicle->stop_id);
  if (vehicle->has_current_status)
    put (gtfs, "status", name_of (vehicle->current_status, statuses, G_N_ELEMENTS (statuses)));
  if (vehicle->has_occupancy_status)
    put (gtfs, "crowding", name_of (vehicle->occupancy_status, crowding, G_N_ELEMENTS (crowding)));
  if (vehicle->has_occupancy_percentage)
    bf_json_out_int (out, "occupancy", vehicle->occupancy_percentage);
  if (position != NULL && position->has_speed)
    bf_format_write_number (out, "speed", round ((double) position->speed * 1000) / 1000);
  if (position != NULL && position->has_bearing)
    bf_format_write_number (out, "bearing", round ((double) position->bearing * 10) / 10);
  if (position != NULL && position->has_latitude && position->has_longitude)
    {
      bf_json_out_begin_object (out, "@geometry");
      bf_format_write_number (out, "lon", round ((double) position->longitude * 1e6) / 1e6);
      bf_format_write_number (out, "lat", round ((double) position->latitude * 1e6) / 1e6);
      bf_json_out_end_object (out);
    }
  return bf_records_end (&gtfs->records, error);
}

/* The delay at the next stop: of the first stop time that is not past, and that has a delay. */
static gboolean
find_delay (const Gtfs *gtfs, const Bf__Gtfs__TripUpdate *update, int *ret_delay_s)
{
  gboolean found = update->has_delay;

  if (found)
    *ret_delay_s = update->delay;
  for (gsize i = 0; !update->has_delay && i < update->n_stop_time_update; i++)
    {
      const Bf__Gtfs__StopTimeUpdate *stop = update->stop_time_update[i];
      const Bf__Gtfs__StopTimeEvent *event = stop->departure != NULL ? stop->departure : stop->arrival;

      if (event == NULL || !event->has_delay)
        continue;
      *ret_delay_s = event->delay;
      found = TRUE;
      if (!event->has_time || event->time < 0 || stamp ((guint64) event->time) >= gtfs->now_us)
        break;
    }
  return found;
}

static gboolean
take_trip (Gtfs *gtfs, const char *entity, const Bf__Gtfs__TripUpdate *update, gint64 header_us, GError **error)
{
  const char *id = update->vehicle != NULL && update->vehicle->id != NULL         ? update->vehicle->id
                   : update->trip != NULL && update->trip->trip_id != NULL ? update->trip->trip_id
                                                                           : entity;
  BfJsonOut *out = begin (gtfs, "trip", id, update->has_timestamp ? stamp (update->timestamp) : header_us);
  int delay_s;

  write_trip (gtfs, update->trip);
  if (update->vehicle != NULL)
    put (gtfs, "label", update->vehicle->label);
  if (find_delay (gtfs, update, &delay_s))
    bf_json_out_int (out, "delay", delay_s);
  return bf_records_end (&gtfs->records, error);
}

/* --- alerts --------------------------------------------------------------------------------------------------------- */

static const char *const effects[] = { NULL,           "NO_SERVICE",    "REDUCED_SERVICE", "SIGNIFICANT_DELAYS",
                                       "DETOUR",       "ADDITIONAL_SERVICE", "MODIFIED_SERVICE", "OTHER_EFFECT",
                                       "UNKNOWN_EFFECT", "STOP_MOVED",  "NO_EFFECT",       "ACCESSIBILITY_ISSUE" };

/* How bad: a line that does not run before one that is diverted. */
static guint
rank_of (int effect)
{
  static const guint ranks[] = { 0, 9, 7, 6, 8, 1, 5, 3, 2, 4, 1, 2 };

  return effect >= 0 && (guint) effect < G_N_ELEMENTS (ranks) ? ranks[effect] : 2;
}

static gboolean
is_in_force (const Gtfs *gtfs, const Bf__Gtfs__Alert *alert, gint64 *ret_until_us)
{
  *ret_until_us = BF_TIME_NONE;
  for (gsize i = 0; i < alert->n_active_period; i++)
    {
      const Bf__Gtfs__TimeRange *period = alert->active_period[i];
      gint64 start_us = period->has_start ? stamp (period->start) : BF_TIME_NONE;
      gint64 end_us = period->has_end ? stamp (period->end) : BF_TIME_NONE;

      if ((start_us == BF_TIME_NONE || start_us <= gtfs->now_us) && (end_us == BF_TIME_NONE || gtfs->now_us < end_us))
        {
          *ret_until_us = end_us;
          return TRUE;
        }
    }
  return alert->n_active_period == 0;
}

static Route *
route_of (Gtfs *gtfs, const char *id)
{
  Route *route = g_hash_table_lookup (gtfs->routes, id);

  if (route != NULL)
    return route;
  route = g_new0 (Route, 1);
  route->id = id;
  route->until_us = BF_TIME_NONE;
  g_hash_table_insert (gtfs->routes, (gpointer) id, route);
  g_ptr_array_add (gtfs->order, route);
  return route;
}

static void
take_alert (Gtfs *gtfs, const Bf__Gtfs__Alert *alert)
{
  gint64 until_us;
  gboolean in_force = is_in_force (gtfs, alert, &until_us);
  int effect = alert->has_effect ? alert->effect : 8;
  gboolean of_route = FALSE;

  for (gsize i = 0; i < alert->n_informed_entity; i++)
    {
      const Bf__Gtfs__EntitySelector *entity = alert->informed_entity[i];
      const char *id = entity->route_id != NULL ? entity->route_id : entity->trip != NULL ? entity->trip->route_id : NULL;
      Route *route;

      if (id == NULL || id[0] == '\0')
        continue;
      of_route = TRUE;
      route = route_of (gtfs, id);
      if (!in_force)
        continue;
      route->n++;
      if (route->n > 1 && rank_of (effect) <= route->rank)
        continue;
      route->rank = rank_of (effect);
      route->effect = effect;
      route->header = words (gtfs, alert->header_text);
      route->description = words (gtfs, alert->description_text);
      route->until_us = until_us;
    }
  if (!of_route && in_force)
    bf_sink_refuse (gtfs->records.sink, gtfs->records.n_records, "alert", _ ("“%.80s” informs of no route, but of stops or of all: it has no asset"),
                    words (gtfs, alert->header_text) != NULL ? words (gtfs, alert->header_text) : "?");
}

static gboolean
write_routes (Gtfs *gtfs, GError **error)
{
  for (guint i = 0; i < gtfs->order->len; i++)
    {
      const Route *route = g_ptr_array_index (gtfs->order, i);
      BfJsonOut *out = begin (gtfs, "line", route->id, BF_TIME_NONE);
      const char *effect = name_of (route->effect, effects, G_N_ELEMENTS (effects));

      bf_json_out_int (out, "alerts", route->n);
      put (gtfs, "effect", route->n == 0 ? "NONE" : effect != NULL ? effect : "UNKNOWN_EFFECT");
      put (gtfs, "header", route->header);
      put (gtfs, "description", route->description);
      if (route->until_us != BF_TIME_NONE)
        bf_json_out_time (out, "until", route->until_us);
      if (!bf_records_end (&gtfs->records, error))
        return FALSE;
    }
  return TRUE;
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

static gboolean
take_message (Gtfs *gtfs, const Bf__Gtfs__FeedMessage *message, GError **error)
{
  gint64 header_us = message->header->has_timestamp ? stamp (message->header->timestamp) : BF_TIME_NONE;
  BfJsonOut *out = bf_records_begin_payload (&gtfs->records);

  bf_sink_set_extent (gtfs->records.sink, message->header->has_incrementality
                                              && message->header->incrementality != BF__GTFS__FEED_HEADER__INCREMENTALITY__FULL_DATASET
                                            ? BF_EXTENT_PART
                                            : BF_EXTENT_WHOLE);
  bf_json_out_time (out, "time", header_us != BF_TIME_NONE ? header_us : gtfs->now_us);
  if (!bf_records_end_payload (&gtfs->records, NULL, error))
    return FALSE;
  for (gsize i = 0; i < message->n_entity; i++)
    {
      const Bf__Gtfs__FeedEntity *entity = message->entity[i];

      if (entity->has_is_deleted && entity->is_deleted)
        continue;
      if (entity->vehicle != NULL && !take_vehicle (gtfs, entity->id, entity->vehicle, header_us, error))
        return FALSE;
      if (entity->trip_update != NULL && !take_trip (gtfs, entity->id, entity->trip_update, header_us, error))
        return FALSE;
      if (entity->alert != NULL)
        take_alert (gtfs, entity->alert);
    }
  return write_routes (gtfs, error) && bf_records_finish (&gtfs->records, error);
}

static gboolean
decode (BfMapping *mapping, BfJsonDoc *doc, const char *bytes, gsize length, BfSink *sink, GError **error)
{
  gsize left = BF_LIMIT_PROTOBUF_BYTES;
  ProtobufCAllocator room = { room_alloc, room_free, &left };
  Bf__Gtfs__FeedMessage *message = bf__gtfs__feed_message__unpack (&room, length, (const guint8 *) bytes);
  Gtfs gtfs = { .language = bf_mapping_language (mapping), .now_us = bf_sink_now (sink) };
  gboolean good;

  if (message == NULL)
    {
      g_set_error (error, BF_ERROR, left < 4096 ? BF_ERROR_LIMIT : BF_ERROR_SYNTAX,
                   left < 4096 ? _ ("%zu bytes of GTFS-realtime that are more than 256 MiB unpacked")
                               : _ ("not GTFS-realtime: %zu bytes that are no FeedMessage"),
                   length);
      return FALSE;
    }
  bf_records_init (&gtfs.records, mapping, doc, sink);
  gtfs.routes = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, NULL);
  gtfs.order = g_ptr_array_new_with_free_func (g_free);
  good = take_message (&gtfs, message, error);
  g_hash_table_unref (gtfs.routes);
  g_ptr_array_unref (gtfs.order);
  bf_records_clear (&gtfs.records);
  bf__gtfs__feed_message__free_unpacked (message, &room);
  return good;
}

/* A header with its version: 0x0a, its length, 0x0a, the length of "1.0" or "2.0". */
static int
recognise_bytes (const char *bytes, gsize length)
{
  return length > 7 && bytes[0] == 0x0a && bytes[2] == 0x0a && bytes[3] == 3 && g_ascii_isdigit (bytes[4]) && bytes[5] == '.'
           ? 95
           : 0;
}

const BfFormat bf_format_gtfs_rt = { .name = "gtfs-rt", .decode = decode, .recognise_bytes = recognise_bytes };
