/* SPDX-License-Identifier: EUPL-1.2 */
/* The compiled mapping: bf-mapping-set.c puts the texts together, bf-mapping-compile.c makes it, bf-mapping.c runs it. */
#pragma once

#include "formats/bf-mapping.h"
#include "formats/bf-payload-table-private.h"
#include "formats/bf-place-private.h"

G_BEGIN_DECLS

#define BF_MAP_NO_KEY G_MAXUINT

/* One alternative of a path: a constant, or where to look. Names of the record's own members are found all at once
 * (bf_json_pick()), so a source only says which of them it wants. */
typedef struct
{
  char *constant; /* NULL for a path; with a path: what stands there when the path is true */
  gsize constant_length;
  gboolean negated; /* … when it is false */
  guint whole; /* key of the whole path as one name */
  guint head;  /* key of its first name, when there is a rest */
  char *rest;  /* of the path behind the head, NULL when there is none */
} BfMapSource;

typedef struct
{
  char *text; /* as written, NULL when not mapped */
  BfMapSource *sources;
  guint n_sources;
} BfMapPath;

/* A stamp: where, in which forms, and the last text read: most records of a payload carry the same. */
typedef struct
{
  BfMapPath path;
  char **forms;      /* patterns, "epoch", "epoch-ms"; NULL: RFC 3339 */
  gboolean of_payload; /* 'payload': the payload's own time */
  char last_text[64];
  guint8 last_length;
  gint64 last_us;
} BfMapStamp;

/* `text:state`; the text "*" is all others. */
typedef struct
{
  char *text;
  gsize length;
  char *to;
  gsize to_length;
  int index; /* of the state, or of the kind in the catalogue */
} BfMapEntry;

typedef struct
{
  GArray *entries; /* BfMapEntry */
  int others;      /* place in @entries of "*", -1 when none */
  guint last;      /* place of the last hit */
} BfMapTable;

/* A value that must stand there for the property to be read. */
typedef struct
{
  BfMapPath path;
  char *text;
} BfMapCondition;

typedef struct
{
  const BfProperty *property;
  BfMapPath value;
  GArray *conditions; /* BfMapCondition, NULL when none */
  BfMapStamp stamp;
  BfMapStamp over[2]; /* from, to; not mapped: no count */
  BfMapStamp valid[2]; /* of a state: from, to; not mapped: always */
  char *before;        /* the states outside of it, NULL: nothing is said then */
  char *after;
  BfMapTable table;
  char **none; /* texts that mean: no observation */
  double scale;
  double offset;
  gboolean convert;
  BfUnit unit;
  char *null_state;
  gsize null_state_length;
  double null_number;
  gboolean has_null;
} BfMapProperty;

typedef struct
{
  char *key;
  BfMapPath path;
} BfMapAttribute;

/* A place that was brought to WGS84: most records of the next payload stand where they stood. */
typedef struct
{
  BfXY from;
  BfPoint to;
} BfMapPlace;

/* Of a format whose records have types, the set is a mapping without lines that holds one for each type in @types; of any
 * other, @types is NULL and the mapping is for all records. */
struct _BfMapping
{
  GHashTable *options;     /* char * -> char *: settings of [Feed] that are the format's; NULL when none */
  char *language;          /* when [Feed] says none; NULL: not set */
  GHashTable *types;       /* char * -> BfMapping of @maps; several types may share one */
  GPtrArray *maps;         /* BfMapping, owned */
  GHashTable *memory;      /* what a decoder keeps between payloads: char * -> GUINT; NULL: nothing */
  BfPayloadTable *payload; /* of [Payload], NULL when there is none */
  const char *last_type;   /* key in @types of the last record: most have the same */
  BfMapping *last_mapping;

  const BfCatalog *catalog;
  guint service;
  GTimeZone *zone;

  BfMapPath id, name, location, shape, lat, lon, x, y, address, parent, kind;
  BfMapStamp stamp;
  BfMapStamp own_stamp; /* where the format's records have their own stamp; missing is no fault */
  BfMapStamp payload_stamp;
  char *records;
  gboolean lat_first;   /* in arrays and texts of two */
  gboolean order_given; /* then also in geometries */
  gboolean own_place;   /* no line says the place: a geometry of the format goes before the members lat and lon */
  guint16 fixed_kind;
  BfMapTable kind_table;
  GArray *properties; /* BfMapProperty */
  GArray *attributes; /* BfMapAttribute */

  GPtrArray *key_names; /* char *, while compiling */
  BfJsonKeys *keys;
  BfJsonNode *found; /* one a key, of the record at hand */
  BfMapOpen open;    /* of the record at hand */
  gboolean escaped;  /* likewise */

  BfProjection *projection;         /* of Crs= */
  gboolean has_crs;
  BfProjection *payload_projection; /* of the payload's own `crs` */
  char *payload_crs;
  gint64 payload_us;
  char *bad_payload; /* why the payload's own time, which a map of this type needs, cannot be read; NULL when it can */

  /* Of the record at hand. */
  BfPlaceRoom room;
  GArray *vertices; /* BfPoint */
  BfShape *line;    /* the line or area, NULL when it is a point */
  GString *texts[4]; /* what is no text as text: id, name, address, parent */
  GString *attribute_text;
  GArray *places; /* BfMapPlace, by record */
};

/* The record at hand. */
typedef struct
{
  BfMapping *mapping;
  BfSink *sink;
  guint32 record;
  gboolean stamp_read;
  gboolean stamp_good;
  gint64 stamp_us;
  gint64 fallback_us;
  const char *bad_fallback; /* it cannot be read */
} BfMapRecord;

/* A value that is there: a constant's text, or a node that is not null. */
typedef struct
{
  const BfMapSource *constant;
  BfJsonNode node;
  BfMapMember member; /* of a node; .value.tape NULL when it is plain */
} BfMapFound;

/* A line of [Map], from the feed or from a file of default maps. */
typedef struct
{
  const BfConfEntry *entry;
  const char *file;
  gboolean common; /* of a [Map] without a type, in a set with types: holds only where it can */
} BfMapLine;

/* The lines of one mapping, put together. */
typedef struct
{
  const BfCatalog *catalog;
  guint service;
  const char *feed_file;
  const BfConfGroup *feed; /* [Feed], NULL when none */
  GTimeZone *zone;
  GPtrArray *problems;
  GArray *lines; /* BfMapLine */
  gboolean own_kind; /* Kind= of [Feed] is not for this type */
  const char *file; /* where the map stands, for what no line says */
  guint line;
} BfMapText;

/* bf-mapping-set.c: (nullable): the line of a plain key */
const BfMapLine *bf_map_text_line (const BfMapText *text, const char *key);
/* NULL: none is for the type */
BfMapping *bf_map_of_type (BfMapping *mapping, const char *type);
/* bf-mapping-compile.c */
BfMapping *bf_map_compile (const BfMapText *text);

/* bf-mapping-value.c: what stands in a record. */
gboolean bf_map_is_null (BfJsonNode node);
gboolean bf_map_find (const BfMapping *mapping, const BfMapPath *path, BfMapFound *ret_found);
/* From the alternative *@at on; *@at is then the one that was found. */
gboolean bf_map_find_from (const BfMapping *mapping, const BfMapPath *path, guint *at, BfMapFound *ret_found);
/* "3.4 V": TRUE with the number and the text of the unit behind it. */
gboolean bf_map_split_unit (const char *text, gsize length, double *ret_value, const char **ret_unit, gsize *ret_length);
/* Units as records write them: UCUM, UN/CEFACT Recommendation 20, or as people do. */
gboolean bf_format_unit (const char *text, gsize length, BfUnit *ret_unit);
const char *bf_map_show (BfJsonNode node, char buffer[96]);
const char *bf_map_scalar_text (BfJsonNode node, char room[G_ASCII_DTOSTR_BUF_SIZE], gsize *ret_length);
gboolean bf_map_node_number (BfJsonNode node, double *ret_value);
gboolean bf_map_found_number (const BfMapFound *found, double *ret_value);

/* bf-mapping-place.c: NAN when there is none or it was refused. @ret_shape (nullable): the mapping's, until the next record. */
BfPoint bf_map_place (BfMapRecord *r, const BfJsonNode *geometry, const BfShape **ret_shape);
/* bf-mapping-line.c: lines and areas in texts and lists. FALSE when it is none; the room then holds nothing of use. */
gboolean bf_map_line_of_text (const char *text, gsize length, gboolean lat_first, BfPlaceRoom *room, BfXY *ret_place);
gboolean bf_map_line_of_list (BfJsonNode list, gboolean lat_first, BfPlaceRoom *room, BfXY *ret_place, gboolean *ret_degrees);
/* An object that says a place, under the names that are used: lon, lat, x, y into @ret_axes. */
typedef enum
{
  BF_MAP_OBJECT_OTHER,
  BF_MAP_OBJECT_DEGREES,  /* lon and lat, in WGS84 */
  BF_MAP_OBJECT_XY,       /* x and y, in the feed's system */
  BF_MAP_OBJECT_GEOMETRY, /* has a type */
} BfMapObject;
BfMapObject bf_map_read_object (BfJsonNode node, double ret_axes[4], BfJsonNode *ret_shape);
gboolean bf_map_read_pair (BfJsonNode node, gboolean lat_first, BfXY *ret_place);

/* bf-mapping-stamp.c */
gboolean bf_map_parse_stamp (const BfMapping *mapping, BfMapStamp *stamp, BfJsonNode node, gint64 *ret_us);
gboolean bf_map_stamp_of (BfMapRecord *r, BfMapProperty *mapped, const BfMapFound *found, gint64 *ret_us);
gboolean bf_map_has_validity (const BfMapProperty *mapped);
/* From and to of `valid=`, each BF_TIME_NONE when it is null; FALSE when refused. */
gboolean bf_map_validity (BfMapRecord *r, const BfMapProperty *mapped, gint64 ret_us[2]);
/* The hours between the two stamps of `over=`; FALSE when refused. */
gboolean bf_map_hours_over (BfMapRecord *r, BfMapProperty *mapped, double *ret_hours);

void bf_map_path_clear (BfMapPath *path);
void bf_map_table_clear (BfMapTable *table);

G_END_DECLS
