/* SPDX-License-Identifier: EUPL-1.2 */
/* The sink: where decoders put what they read. It checks unit, range, time and counts (a refusal is counted and handed on
 * with its record and reason), gives each source id a feed-local number, and hands on an asset only when what is said of
 * it changed. Lives in beffroi-feed (and in beffroictl decode); one thread. */
#pragma once

#include "model/bf-catalog.h"
#include "base/bf-shape.h"

G_BEGIN_DECLS

typedef struct _BfSink BfSink;

/* What a record says of its asset; any string may be NULL. point.lon NAN: no place. attributes: "key\0value\0…\0\0". */
typedef struct
{
  const char *source_id; /* without the service */
  gsize source_id_length;
  guint16 kind;          /* index in the catalogue */
  const char *name;
  const char *address;
  const char *parent;    /* source id of the parent in the same service */
  BfPoint point;
  const char *attributes;
  const BfShape *shape;  /* what it is when it is more than the point, which lies on it */
} BfAssetDraft;

/* One observation, as it goes over the pipe (DESIGN §1): @asset feed-local, @property index in the catalogue. */
typedef struct
{
  guint32 asset;
  guint16 property;
  guint32 record;
  double value;
  gint64 observed_us;
} BfObservation;

/**
 * BfSinkHandler: where the sink hands things on, in order: an asset always before its observations
 */
typedef struct
{
  void (*asset) (gpointer user_data, guint32 asset, const BfAssetDraft *draft);
  void (*observation) (gpointer user_data, const BfObservation *observation);
  void (*refused) (gpointer user_data, guint32 record, const char *property, const char *reason);
} BfSinkHandler;

typedef struct
{
  guint64 n_records;
  guint64 n_observations;
  guint64 n_refused;
  guint64 n_lost;         /* records of which it is not even known whose they are */
  guint64 n_descriptions; /* records that can give no observation */
  gint64 newest_us; /* newest phenomenon time handed on, BF_TIME_NONE when none */
  guint64 n_ahead;  /* observations stamped after they came: their phenomenon time is when they came */
  gint64 ahead_us;  /* the greatest of these differences: so far at least the source's clock is ahead */
} BfSinkCounts;

/* Whether a payload is all there is. Of a payload of several pages each may say it; that it is a part stands for all. */
typedef enum
{
  BF_EXTENT_UNSAID,
  BF_EXTENT_CURRENT, /* what it names is so while it is served, whatever its stamps; what it does not name may be so too */
  BF_EXTENT_WHOLE, /* the format says: this lists all that is current of its kinds */
  BF_EXTENT_PART,  /* it says: these are changes, or one page of more */
} BfExtent;

BfSink *bf_sink_new (const BfCatalog *catalog, guint service, const BfSinkHandler *handler, gpointer user_data);
void bf_sink_free (BfSink *sink);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfSink, bf_sink_free)

/* @now_us: result time of the payload. @default_observed_us: phenomenon time of records that have none: the payload's own
 * time when the format or server says one, else now. */
void bf_sink_begin (BfSink *sink, gint64 now_us, gint64 default_observed_us);
/* The result time of the payload. */
gint64 bf_sink_now (const BfSink *sink);
/* Within a payload: another time for what has none, such as of the next message of a stream. */
void bf_sink_set_default_observed (BfSink *sink, gint64 default_observed_us);
/* Between the messages of one payload: what the next, which came at @now_us, says of an asset is newer, not a contradiction (a tracker
 * that moves). */
void bf_sink_next_message (BfSink *sink, gint64 now_us);
const BfSinkCounts *bf_sink_counts (const BfSink *sink);   /* of the payload since bf_sink_begin() */

/* Announces the record's asset; returns its feed-local number, or G_MAXUINT32 when refused (and then counted). */
guint32 bf_sink_asset (BfSink *sink, guint32 record, const BfAssetDraft *draft);
/* BF_TIME_NONE for @observed_us: the default. FALSE when refused (and then counted). */
gboolean bf_sink_number (BfSink *sink, guint32 asset, guint16 property, guint32 record, double value, gint64 observed_us);
gboolean bf_sink_state (BfSink *sink, guint32 asset, guint16 property, guint32 record, const char *text, gsize length,
                        gint64 observed_us);
/* While set, what is said is of a time to come: it will be so then, unless the feed says otherwise until then; handed on with
 * %BF_RECORD_AHEAD in its record. What lies behind the payload's time is taken as it is. */
void bf_sink_set_ahead (BfSink *sink, gboolean ahead);
gboolean bf_sink_is_ahead (const BfSink *sink);
void bf_sink_refuse (BfSink *sink, guint32 record, const char *property, const char *format, ...) G_GNUC_PRINTF (4, 5);
void bf_sink_record (BfSink *sink); /* counts one record seen */
/* The record is a description: by its map it can give no observation. */
void bf_sink_description (BfSink *sink);

/* A decoder says what its payload is of all there is, and as of when, if it has a time of its own. */
void bf_sink_set_extent (BfSink *sink, BfExtent extent);
void bf_sink_said_at (BfSink *sink, gint64 as_of_us);
/* Of this payload: the assets that it names, in their order (transfer none); its extent; as of when it is true. */
const guint32 *bf_sink_named (const BfSink *sink, guint32 *ret_n);
const BfKind *bf_sink_asset_kind (const BfSink *sink, guint32 asset);
BfExtent bf_sink_extent (const BfSink *sink);
gint64 bf_sink_as_of (const BfSink *sink);
gboolean bf_sink_has_said_at (const BfSink *sink);

G_END_DECLS
