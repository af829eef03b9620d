/* SPDX-License-Identifier: EUPL-1.2 */
/* The [Map] of a feed file, compiled: where in a record each thing stands and how it is made a value. Decoders of formats
 * with records of names and values (OpenDataSoft, GeoJSON, JSON, later CSV, NGSI…) share it. README.md has it for people.
 *
 *   [Map]
 *   id=key                           path in the record (bf_json_path()); several with | : the first that is not null
 *   name=nom
 *   location=geo                     object {lon,lat}, GeoJSON geometry, [a, b], or "a, b"
 *   location.order=lat,lon           order of an array or text of two; default: lon,lat in a geometry and in GeoJSON,
 *                                    else lat,lon
 *   lat=… lon=…                      instead of location; x=…, y=… with Crs=EPSG:2154 in [Feed]
 *   address=… parent=…
 *   kind='off_street'                'constant' in quotes, or a path with kind.table=text:kind, …
 *   observed=date_maj                RFC 3339 text, or with observed.form=%d.%m.%Y %H:%M | epoch | epoch-ms, tried in order
 *   payload.observed=datatime        the same, once for the whole payload, from its top
 *   <property>=path?'constant'        the constant where the path is true, !path?'constant' where it is false
 *   <property>=path                  number: number, or text of one; scale and offset in the feed's unit
 *   <property>.scale=0.1  <property>.offset=-3  <property>.unit=kPa
 *   <property>.table=OUVERT:open, FERME:closed, *:unknown      text (or number, or true/false) -> state
 *   <property>.null=unknown          what null or missing gives; default: no observation and not an error
 *   <property>.none=-1, nodata       values that mean the same as null: the next path is looked at
 *   <property>.over=from, to         a count of what happened between two stamps: makes it a rate
 *   <property>.observed=path         its own stamp; 'payload' is the payload's time; <property>.observed.form=
 *   <property>.when=pollutant=NO2 & span=hour                  only of records where these stand: a row a quantity
 *   attribute.<key>=path             text kept with the asset
 *   records=a.b                      Format=json: where the array (or object) of records stands
 *
 * A record whose mapped stamp is null takes the format's own stamp of the record; when there is none its observations are
 * refused: a dead sensor must not look fresh. */
#pragma once

#include "base/bf-conf.h"
#include "formats/bf-sink.h"
#include "json/bf-json.h"

G_BEGIN_DECLS

typedef struct _BfMapping BfMapping;

/* @group: [Map] (NULL: only what the format itself and the plugin's default maps know); @feed: [Feed] (Format=, TimeZone=,
 * Crs=, Kind=). Reads the default maps of the service and format (bf_mapping_default_path()), when there are any. Problems
 * name file and line; NULL when the mapping cannot be used. @zone: the city's. */
BfMapping *bf_mapping_new (const BfCatalog *catalog,
                           guint service,
                           const BfConf *conf,
                           const BfConfGroup *feed,
                           const BfConfGroup *group,
                           GTimeZone *zone,
                           GPtrArray *problems);
void bf_mapping_free (BfMapping *mapping);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfMapping, bf_mapping_free)

/* (transfer full) (nullable) */
char *bf_mapping_default_path (const BfService *service, const char *format);

/* Before the records of a payload: @root is its top; @crs (may be NULL) the coordinate system that it names itself, used
 * when [Feed] has no Crs=. */
gboolean bf_mapping_begin (BfMapping *mapping, BfJsonNode root, const char *crs, GError **error);
/* What `payload.observed=` found in the payload that was begun last; BF_TIME_NONE: nothing. */
gint64 bf_mapping_payload_us (const BfMapping *mapping);
/* (nullable): how [Payload] reads bytes */
const struct _BfPayloadTable *bf_mapping_payload (const BfMapping *mapping);
/* (nullable): a setting of [Feed] that is the format's: Separator, Encoding, Header, Wide, Language */
const char *bf_mapping_option (const BfMapping *mapping, const char *key);
/* Of texts that a payload has in several languages: `Language=` of [Feed], else what was set here (the city's), else “fr” */
const char *bf_mapping_language (const BfMapping *mapping);
void bf_mapping_set_language (BfMapping *mapping, const char *language);
/* (nullable): `records=` */
const char *bf_mapping_records (const BfMapping *mapping);
/* The property is mapped, and all that map it give it no time but the payload's: it says nothing of how old measured values are. */
gboolean bf_mapping_is_undated (const BfMapping *mapping, guint property);
/* Whether a record of the type would be taken: TRUE of any type when the maps have none. */
gboolean bf_mapping_knows (const BfMapping *mapping, const char *type);

/**
 * BfMapMember: a member of a record that is more than its value (an NGSI attribute)
 * @value: what it is worth
 * @observed_us: its own phenomenon time, or %BF_TIME_NONE; @bad_stamp: it has one that cannot be read
 * @modified_us: when its value was last written, or %BF_TIME_NONE: used when the record has no stamp
 * @unit: (nullable): its own unit, as written
 */
typedef struct
{
  BfJsonNode value;
  gint64 observed_us;
  gint64 modified_us;
  const char *unit;
  gsize unit_length;
  const char *bad_stamp;
} BfMapMember;

/* FALSE: the node is a plain value. @zone: of stamps without one. */
typedef gboolean (*BfMapOpen) (BfJsonNode node, GTimeZone *zone, BfMapMember *ret_member);

/**
 * BfMapInput: one record, as its format gives it
 * @type: (nullable): which [Map TYPE] is for it; NULL in a format whose records have none
 * @fields: where the paths start
 * @geometry: the format's own geometry of the record; tape NULL when none
 * @id: (nullable): the format's own id of the record, used when id= is not mapped
 * @name: (nullable): its name, used when name= is not mapped or null
 * @parent: (nullable): the id of the asset that it belongs to, used when parent= is not mapped
 * @observed_us: its own stamp, or %BF_TIME_NONE; @bad_stamp: (nullable): it has one that cannot be read, and nothing takes its place
 * @open: (nullable): opens members that are more than a value
 * @short_names: names of members are addresses, of which the paths have the last part only (JSON-LD, expanded)
 * @escaped: names and other texts may hold %-escapes (NGSIv2 forbids some characters)
 */
typedef struct
{
  const char *type;
  BfJsonNode fields;
  BfJsonNode geometry;
  const char *id;
  const char *name;
  const char *parent;
  gint64 observed_us;
  const char *bad_stamp;
  BfMapOpen open;
  gboolean short_names;
  gboolean escaped;
} BfMapInput;

/* Takes one record: hands it on to the sink; refusals are the sink's. A type that no map is for is one. */
void bf_mapping_apply (BfMapping *mapping, BfSink *sink, guint32 record, const BfMapInput *input);
/* The same for a format whose records have no types. */
void bf_mapping_record (BfMapping *mapping,
                        BfSink *sink,
                        guint32 record,
                        BfJsonNode fields,
                        const BfJsonNode *geometry,
                        const char *fallback_id,
                        gint64 fallback_observed_us);

G_END_DECLS
