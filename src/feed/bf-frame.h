/* SPDX-License-Identifier: EUPL-1.2 */
/* Frames between beffroi-feed and the engine (DESIGN §1), all little-endian:
 *
 *   u32 length of what follows (1..1 MiB) | u8 type | body
 *
 *   1 HELLO    u32 abi | u16 n_properties | n × text: names; a BATCH's property is an index in this list
 *   2 ASSET    u32 asset (feed-local, dense from 0) | texts: id, kind, name, address, parent | u32 length, attributes
 *              (key NUL value NUL … NUL, or length 0) | f64 lon | f64 lat (both NaN: no place) | to the end of the frame its line
 *              or area as in base/bf-shape.h (nothing: it is a point)
 *   3 PAYLOAD  i64 result_us | 32 bytes SHA-256 of the unpacked body | u32 unpacked length | u32 packed length
 *              | u32 part | u32 parts | zstd bytes of this part (parts follow each other with nothing in between)
 *   4 BATCH    n × { u32 asset, u16 property, u32 record, f64 value, i64 observed_us }, 26 bytes each, packed
 *   5 REFUSED  u32 record | text property | text reason
 *   6 STATUS   u8 outcome (OK, NOT_MODIFIED, RETRY, REFUSED) | i64 result_us | u64 records, observations, refused
 *              | i64 newest_us (BF_TIME_NONE: none) | i64 next_us | u64 bytes | u8 content (OBSERVATIONS, LIST, DESCRIPTIONS)
 *              | i64 as_of_us, i64 changed_us (BF_TIME_NONE: none) | u64 ahead | i64 ahead_us (0..15 min) | text reason
 *   7 CURSOR   UTF-8 to the end of the frame, without NUL: where a stream goes on after a restart; the engine keeps it and looks not
 *              into it
 *   8 TAKEN    u64: of the bodies that were pushed to this process so many are in the frames before this one
 *   9 LISTED   u8 whole (0, 1) | n × u32 asset: of a payload that lists what is current, all that it names of kinds with Ended= or
 *              Absent=; whole: it was read whole, and what is not named is gone. One or more, none of any other payload
 *
 * A text is u16 length, that many bytes of UTF-8, and a NUL that is not counted; length 0 stands for none. HELLO comes first
 * and once. One attempt is ASSET…, BATCH…, REFUSED…, LISTED…, PAYLOAD, then its STATUS.
 *
 * Everything read is hostile until checked: the reader keeps two bounded buffers (one frame, one payload), checks each
 * length, index, finite number, range, time, text and count before it hands a frame on, and stops for good at the first violation,
 * naming it. It never reads a clock and never allocates by a number that it was sent and has not checked. */
#pragma once

#include "formats/bf-sink.h"

G_BEGIN_DECLS

#define BF_FRAME_OBSERVATION_BYTES 26u
#define BF_FRAME_MAX_OBSERVATIONS 2000000u      /* observations of one payload */
#define BF_FRAME_PART_BYTES (32u << 10)         /* of a payload in one frame: one that is larger holds up whoever reads it */
#define BF_FRAME_MAX_PACKED (4u << 20)          /* a payload larger than this when packed is not sent */
#define BF_FRAME_MAX_CURSOR (512u << 10)        /* bytes of a CURSOR */
#define BF_FRAME_MAX_REFUSED 50u                /* examples of one payload; all are counted in STATUS */

typedef enum
{
  BF_FRAME_HELLO = 1,
  BF_FRAME_ASSET,
  BF_FRAME_PAYLOAD,
  BF_FRAME_BATCH,
  BF_FRAME_REFUSED,
  BF_FRAME_STATUS,
  BF_FRAME_CURSOR,
  BF_FRAME_TAKEN,
  BF_FRAME_LISTED,
} BfFrameType;

typedef enum
{
  BF_OUTCOME_OK,
  BF_OUTCOME_NOT_MODIFIED,
  BF_OUTCOME_RETRY,   /* try again later, doubling to a cap */
  BF_OUTCOME_REFUSED, /* will not get better by itself: 401, 403, 404, 410, wrong definition */
} BfOutcome;

/* What the payload is, which says from what its freshness is reckoned. */
typedef enum
{
  BF_CONTENT_OBSERVATIONS, /* of what stays: as fresh as the newest of them */
  BF_CONTENT_LIST,         /* all that is current, perhaps nothing: as fresh as the list */
  BF_CONTENT_DESCRIPTIONS, /* of assets, which another feed measures: as fresh as the answer */
} BfContent;

typedef struct
{
  BfOutcome outcome;
  gint64 result_us;
  guint64 n_records;
  guint64 n_observations;
  guint64 n_refused;
  gint64 newest_us;
  gint64 next_us;
  guint64 bytes;
  const char *reason; /* NULL when there is nothing to say */
  BfContent content;  /* of the last good payload */
  gint64 as_of_us;    /* when that was true */
  gint64 changed_us;  /* of a list without a time of its own: since when the source serves it so, as it says; BF_TIME_NONE: it does not */
  guint64 n_ahead;    /* observations with a stamp after they came */
  gint64 ahead_us;    /* the greatest difference of them */
} BfFeedStatus;

/* What the reader hands on; nothing in it outlives the call, but what a reference is taken of. Observations carry the catalogue's property index already. */
typedef struct
{
  void (*hello) (gpointer user_data);
  void (*asset) (gpointer user_data, guint32 asset, const BfAssetDraft *draft);
  void (*payload) (gpointer user_data, gint64 result_us, const guint8 sha256[32], gsize unpacked, GBytes *zstd);
  void (*batch) (gpointer user_data, const BfObservation *observations, guint n);
  void (*refused) (gpointer user_data, guint32 record, const char *property, const char *reason);
  void (*status) (gpointer user_data, const BfFeedStatus *status);
  void (*cursor) (gpointer user_data, const char *text, gsize length);
  void (*taken) (gpointer user_data, guint64 n);
  void (*listed) (gpointer user_data, gboolean whole, const guint32 *assets, guint n);
} BfFrameHandler;

typedef struct _BfFrameReader BfFrameReader;
BfFrameReader *bf_frame_reader_new (const BfCatalog *catalog, guint service, const BfFrameHandler *handler, gpointer user_data);
void bf_frame_reader_free (BfFrameReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfFrameReader, bf_frame_reader_free)
/* FALSE with @error at the first violation; the reader is dead then. */
gboolean bf_frame_reader_push (BfFrameReader *reader, const guint8 *bytes, gsize length, GError **error);

G_END_DECLS
