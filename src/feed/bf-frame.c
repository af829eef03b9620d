/* SPDX-License-Identifier: EUPL-1.2 */
/* Reader of a feed's frames: see bf-frame.h for their form. Bytes arrive in any pieces; a whole frame in the input is read
 * in place, only a cut one is copied. The frame buffer is at most 1 MiB and is given back after a STATUS; the payload
 * buffer is at most 4 MiB and lives from a PAYLOAD's first part to its last. An asset costs 12 bytes, so that a feed cannot
 * give a number a second meaning. One thread; texts and arrays that handlers get live until they return. */

#include "feed/bf-frame.h"

#include <glib/gi18n-lib.h>
#include <inttypes.h>
#include <math.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "base/bf-time.h"
#include "feed/bf-frame-bytes-private.h"
#include "feed/bf-plugin.h"

#define CHUNK 512u
#define COUNT_MAX (G_GUINT64_CONSTANT (1) << 32)
#define TIME_MIN_US G_GINT64_CONSTANT (-62135596800000000) /* 0001-01-01 */
#define TIME_MAX_US G_GINT64_CONSTANT (253402300799999999) /* 9999-12-31 */

typedef struct
{
  guint64 id_hash;
  guint16 kind;
} KnownAsset;

typedef struct
{
  gint64 result_us;
  guint8 sha256[32];
  guint32 unpacked;
  guint32 packed;
  guint32 parts;
  guint32 next_part;
  GByteArray *bytes; /* NULL between payloads */
} Assembly;

struct _BfFrameReader
{
  const BfCatalog *catalog;
  guint service;
  const BfFrameHandler *handler;
  gpointer user_data;

  GByteArray *cut; /* a frame of which a part has come */
  guint64 n_frames;
  gboolean dead;
  gboolean greeted;
  guint16 *properties; /* index in the HELLO's list -> index in the catalogue */
  guint n_properties;
  GArray *assets; /* KnownAsset */
  guint64 n_observations;
  guint64 n_refused;
  guint64 n_listed;
  Assembly payload;
};

/**
 * bf_frame_reader_new:
 * @catalog: (transfer none): outlives the reader
 * @service: index of the feed's service: no other service's kinds and properties are let through
 * @handler: (transfer none): outlives the reader; its members may be %NULL
 *
 * Returns: (transfer full): a reader that waits for HELLO
 */
BfFrameReader *
bf_frame_reader_new (const BfCatalog *catalog, guint service, const BfFrameHandler *handler, gpointer user_data)
{
  BfFrameReader *reader = g_new0 (BfFrameReader, 1);

  reader->catalog = catalog;
  reader->service = service;
  reader->handler = handler;
  reader->user_data = user_data;
  reader->cut = g_byte_array_new ();
  reader->assets = g_array_new (FALSE, FALSE, sizeof (KnownAsset));
  return reader;
}

void
bf_frame_reader_free (BfFrameReader *reader)
{
  if (reader == NULL)
    return;
  g_byte_array_unref (reader->cut);
  g_clear_pointer (&reader->payload.bytes, g_byte_array_unref);
  g_array_unref (reader->assets);
  g_free (reader->properties);
  g_free (reader);
}

static gboolean G_GNUC_PRINTF (3, 4)
violation (BfFrameReader *reader, GError **error, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("frame %" PRIu64 ": %s"), reader->n_frames, what);
  reader->dead = TRUE;
  return FALSE;
}

/* A text of the frame, NUL-terminated in place; NULL for none. */
static const char *
take_text (BfCursor *cursor, gsize max, gsize *ret_length)
{
  gsize length = bf_cursor_u16 (cursor);
  const guint8 *at = bf_cursor_take (cursor, length + 1);

  if (at == NULL || length > max || at[length] != '\0' || !g_utf8_validate_len ((const char *) at, length, NULL))
    {
      cursor->bad = TRUE;
      return NULL;
    }
  if (ret_length != NULL)
    *ret_length = length;
  return length > 0 ? (const char *) at : NULL;
}

static const char *
take_attributes (BfCursor *cursor)
{
  gsize length = bf_cursor_u32 (cursor);
  const char *at = (const char *) bf_cursor_take (cursor, length);
  const char *p = at;
  guint n = 0;

  if (at == NULL || length == 0)
    return NULL;
  /* The block must end in two NULs: then strlen() stays inside. */
  cursor->bad = length < 2 || at[length - 1] != '\0' || at[length - 2] != '\0';
  for (; !cursor->bad && *p != '\0'; n++)
    for (guint i = 0; i < 2 && !cursor->bad; i++)
      {
        gsize part = strlen (p);

        cursor->bad = part > BF_LIMIT_TEXT_BYTES || !g_utf8_validate_len (p, part, NULL) || p + part + 1 >= at + length;
        p += part + 1;
      }
  if (n > BF_LIMIT_ATTRIBUTES || (!cursor->bad && p != at + length - 1))
    cursor->bad = TRUE;
  return cursor->bad ? NULL : at;
}

static gboolean
read_hello (BfFrameReader *reader, BfCursor *cursor, GError **error)
{
  guint32 abi = bf_cursor_u32 (cursor);
  guint n = bf_cursor_u16 (cursor);

  if (reader->greeted)
    return violation (reader, error, _ ("a second HELLO"));
  if (abi != BF_PLUGIN_ABI)
    return violation (reader, error, _ ("HELLO of abi %u, expected %u: beffroi-feed is of another version"), abi, BF_PLUGIN_ABI);
  if (n > BF_LIMIT_PROPERTIES)
    return violation (reader, error, _ ("HELLO with %u properties, expected at most %u"), n, BF_LIMIT_PROPERTIES);
  reader->properties = g_new (guint16, n + 1);
  for (guint i = 0; i < n; i++)
    {
      const char *id = take_text (cursor, BF_LIMIT_ID_BYTES, NULL);
      const BfProperty *property = id != NULL ? bf_catalog_find_property (reader->catalog, reader->service, id) : NULL;

      if (property == NULL || property->derive != NULL)
        return violation (reader, error, _ ("HELLO with property “%s”, which the service does not read"), id != NULL ? id : "");
      reader->properties[i] = property->index;
    }
  reader->n_properties = n;
  reader->greeted = TRUE;
  if (reader->handler->hello != NULL && !cursor->bad)
    reader->handler->hello (reader->user_data);
  return TRUE;
}

/* What is left of the frame; NULL when it is nothing, and bad when it is no line or area. */
static BfShape *
take_shape (BfCursor *cursor)
{
  gsize length = (gsize) (cursor->end - cursor->at);
  BfShape *shape;

  if (cursor->bad || length == 0)
    return NULL;
  shape = bf_shape_from_bytes (bf_cursor_take (cursor, length), length);
  cursor->bad = shape == NULL;
  return shape;
}

static gboolean
read_asset (BfFrameReader *reader, BfCursor *cursor, GError **error)
{
  guint32 asset = bf_cursor_u32 (cursor);
  BfAssetDraft draft = { 0 };
  const BfKind *kind;
  KnownAsset known;
  const char *kind_id;
  g_autofree BfShape *shape = NULL;

  draft.source_id = take_text (cursor, BF_LIMIT_ID_BYTES, &draft.source_id_length);
  kind_id = take_text (cursor, BF_LIMIT_ID_BYTES, NULL);
  draft.name = take_text (cursor, BF_LIMIT_TEXT_BYTES, NULL);
  draft.address = take_text (cursor, BF_LIMIT_TEXT_BYTES, NULL);
  draft.parent = take_text (cursor, BF_LIMIT_ID_BYTES, NULL);
  draft.attributes = take_attributes (cursor);
  draft.point.lon = bf_cursor_f64 (cursor);
  draft.point.lat = bf_cursor_f64 (cursor);
  draft.shape = shape = take_shape (cursor);
  if (cursor->bad || cursor->at != cursor->end || draft.source_id == NULL || kind_id == NULL)
    return violation (reader, error, _ ("an ASSET that does not fit its form"));
  kind = bf_catalog_find_service_kind (reader->catalog, reader->service, kind_id);
  if (kind == NULL)
    return violation (reader, error, _ ("ASSET “%s” of kind “%s”, which the service does not have"), draft.source_id, kind_id);
  if (isnan (draft.point.lon) && isnan (draft.point.lat) ? shape != NULL : !bf_point_is_valid (draft.point))
    return violation (reader, error, _ ("ASSET “%s” outside of the world"), draft.source_id);
  draft.kind = kind->index;
  known.id_hash = bf_hash_bytes (draft.source_id, draft.source_id_length);
  known.kind = kind->index;
  if (asset > reader->assets->len || asset >= BF_LIMIT_ASSETS)
    return violation (reader, error, _ ("ASSET number %u, expected at most %u"), asset, MIN (reader->assets->len, BF_LIMIT_ASSETS));
  if (asset == reader->assets->len)
    g_array_append_val (reader->assets, known);
  else if (g_array_index (reader->assets, KnownAsset, asset).id_hash != known.id_hash)
    return violation (reader, error, _ ("ASSET number %u given to a second asset, “%s”"), asset, draft.source_id);
  else
    g_array_index (reader->assets, KnownAsset, asset) = known;
  if (reader->handler->asset != NULL)
    reader->handler->asset (reader->user_data, asset, &draft);
  return TRUE;
}

/* One observation of a BATCH; NULL when it is good, else what is wrong with it. */
static const char *
check_observation (const BfFrameReader *reader, const BfObservation *observation, guint16 wire_property)
{
  const BfProperty *property;
  const BfKind *kind;

  if (observation->asset >= reader->assets->len)
    return _ ("an asset that was not announced");
  if (wire_property >= reader->n_properties)
    return _ ("a property outside of HELLO's list");
  property = bf_catalog_property (reader->catalog, observation->property);
  kind = bf_catalog_kind (reader->catalog, g_array_index (reader->assets, KnownAsset, observation->asset).kind);
  if (kind->slot[observation->property] == BF_NO_PROPERTY)
    return _ ("a property that the asset's kind does not have");
  if (!isfinite (observation->value))
    return _ ("a value that is not a finite number");
  if (property->type == BF_PROPERTY_STATE)
    {
      if (observation->value < 0 || observation->value != floor (observation->value) ||
          observation->value >= g_strv_length (property->values))
        return _ ("a state that the property does not have");
    }
  else if (observation->value < property->range_min || observation->value > property->range_max)
    return _ ("a value outside of the property's range");
  if (observation->observed_us < TIME_MIN_US || observation->observed_us > TIME_MAX_US)
    return _ ("a time outside of years 1 to 9999");
  return NULL;
}

static gboolean
read_batch (BfFrameReader *reader, BfCursor *cursor, GError **error)
{
  gsize n = (gsize) (cursor->end - cursor->at) / BF_FRAME_OBSERVATION_BYTES;
  BfObservation chunk[CHUNK];
  guint filled = 0;

  if (n == 0 || n * BF_FRAME_OBSERVATION_BYTES != (gsize) (cursor->end - cursor->at))
    return violation (reader, error, _ ("a BATCH that is not a whole number of observations"));
  reader->n_observations += n;
  if (reader->n_observations > BF_FRAME_MAX_OBSERVATIONS)
    return violation (reader, error, _ ("more than %u observations in one payload"), BF_FRAME_MAX_OBSERVATIONS);
  for (gsize i = 0; i < n; i++)
    {
      BfObservation *observation = &chunk[filled++];
      guint16 property;
      const char *wrong;

      observation->asset = bf_cursor_u32 (cursor);
      property = bf_cursor_u16 (cursor);
      observation->property = property < reader->n_properties ? reader->properties[property] : BF_NO_PROPERTY;
      observation->record = bf_cursor_u32 (cursor);
      observation->value = bf_cursor_f64 (cursor);
      observation->observed_us = bf_cursor_i64 (cursor);
      wrong = check_observation (reader, observation, property);
      if (wrong != NULL)
        return violation (reader, error, _ ("observation %zu of a BATCH has %s"), i, wrong);
      if (filled == CHUNK || i + 1 == n)
        {
          if (reader->handler->batch != NULL)
            reader->handler->batch (reader->user_data, chunk, filled);
          filled = 0;
        }
    }
  return TRUE;
}

static gboolean
start_payload (BfFrameReader *reader, const Assembly *head, GError **error)
{
  gsize parts_max = BF_FRAME_MAX_PACKED / (BF_FRAME_PART_BYTES / 2);

  if (head->packed > BF_FRAME_MAX_PACKED || head->unpacked > BF_LIMIT_PAYLOAD_BYTES || head->parts == 0 ||
      head->parts > parts_max || head->next_part != 0)
    return violation (reader, error, _ ("a PAYLOAD of %u bytes in %u bytes and %u parts, part %u; over a limit or out of order"),
                      head->unpacked, head->packed, head->parts, head->next_part);
  reader->payload = *head;
  reader->payload.bytes = g_byte_array_sized_new (head->packed);
  return TRUE;
}

static gboolean
read_payload (BfFrameReader *reader, BfCursor *cursor, GError **error)
{
  Assembly *payload = &reader->payload;
  Assembly head = { 0 };
  g_autoptr (GBytes) zstd = NULL;
  const guint8 *sha256;
  gsize length;

  head.result_us = bf_cursor_i64 (cursor);
  sha256 = bf_cursor_take (cursor, sizeof head.sha256);
  head.unpacked = bf_cursor_u32 (cursor);
  head.packed = bf_cursor_u32 (cursor);
  head.next_part = bf_cursor_u32 (cursor);
  head.parts = bf_cursor_u32 (cursor);
  if (cursor->bad)
    return violation (reader, error, _ ("a PAYLOAD that does not fit its form"));
  memcpy (head.sha256, sha256, sizeof head.sha256);
  if (payload->bytes == NULL && !start_payload (reader, &head, error))
    return FALSE;
  if (head.result_us != payload->result_us || memcmp (head.sha256, payload->sha256, sizeof head.sha256) != 0 ||
      head.unpacked != payload->unpacked || head.packed != payload->packed || head.parts != payload->parts ||
      head.next_part != payload->next_part)
    return violation (reader, error, _ ("part %u of a PAYLOAD where part %u was expected"), head.next_part, payload->next_part);
  length = cursor->end - cursor->at;
  if (length > payload->packed - payload->bytes->len)
    return violation (reader, error, _ ("a PAYLOAD longer than the %u bytes that it announced"), payload->packed);
  g_byte_array_append (payload->bytes, cursor->at, length);
  if (++payload->next_part < payload->parts)
    return TRUE;
  if (payload->bytes->len != payload->packed)
    return violation (reader, error, _ ("a PAYLOAD of %u bytes that announced %u"), payload->bytes->len, payload->packed);
  zstd = g_byte_array_free_to_bytes (g_steal_pointer (&payload->bytes));
  if (reader->handler->payload != NULL)
    reader->handler->payload (reader->user_data, payload->result_us, payload->sha256, payload->unpacked, zstd);
  return TRUE;
}

static gboolean
read_refused (BfFrameReader *reader, BfCursor *cursor, GError **error)
{
  guint32 record = bf_cursor_u32 (cursor);
  const char *property = take_text (cursor, BF_LIMIT_ID_BYTES, NULL);
  const char *reason = take_text (cursor, BF_LIMIT_TEXT_BYTES, NULL);

  if (cursor->bad || cursor->at != cursor->end || reason == NULL)
    return violation (reader, error, _ ("a REFUSED that does not fit its form"));
  if (++reader->n_refused > BF_FRAME_MAX_REFUSED)
    return violation (reader, error, _ ("more than %u REFUSED in one payload"), BF_FRAME_MAX_REFUSED);
  if (reader->handler->refused != NULL)
    reader->handler->refused (reader->user_data, record, property, reason);
  return TRUE;
}

/* What came is counted here; of the rest a process may say what it likes, but no attempt has so much of anything that a sum of
 * attempts would be wrong. */
static gboolean
check_counts (BfFrameReader *reader, const BfFeedStatus *status, GError **error)
{
  gboolean good = status->outcome == BF_OUTCOME_OK || status->outcome == BF_OUTCOME_NOT_MODIFIED;

  if (good && status->n_observations != reader->n_observations)
    return violation (reader, error, _ ("a STATUS that says %" PRIu64 " observations, of which %" PRIu64 " came"), status->n_observations,
                      reader->n_observations);
  if (status->n_refused < reader->n_refused)
    return violation (reader, error, _ ("a STATUS that says %" PRIu64 " refused records, of which %" PRIu64 " came"), status->n_refused,
                      reader->n_refused);
  if (MAX (status->n_records, MAX (status->n_refused, status->bytes)) > COUNT_MAX)
    return violation (reader, error, _ ("a STATUS of %" PRIu64 " records, %" PRIu64 " refused, %" PRIu64 " bytes: more than any attempt has"),
                      status->n_records, status->n_refused, status->bytes);
  return TRUE;
}

static gboolean
read_status (BfFrameReader *reader, BfCursor *cursor, GError **error)
{
  BfFeedStatus status = { 0 };
  const guint8 *outcome = bf_cursor_take (cursor, 1);
  const guint8 *content;

  status.result_us = bf_cursor_i64 (cursor);
  status.n_records = bf_cursor_u64 (cursor);
  status.n_observations = bf_cursor_u64 (cursor);
  status.n_refused = bf_cursor_u64 (cursor);
  status.newest_us = bf_cursor_i64 (cursor);
  status.next_us = bf_cursor_i64 (cursor);
  status.bytes = bf_cursor_u64 (cursor);
  content = bf_cursor_take (cursor, 1);
  status.as_of_us = bf_cursor_i64 (cursor);
  status.changed_us = bf_cursor_i64 (cursor);
  status.n_ahead = bf_cursor_u64 (cursor);
  status.ahead_us = bf_cursor_i64 (cursor);
  status.reason = take_text (cursor, BF_LIMIT_TEXT_BYTES, NULL);
  if (cursor->bad || cursor->at != cursor->end || *outcome > BF_OUTCOME_REFUSED || *content > BF_CONTENT_DESCRIPTIONS
      || status.ahead_us < 0 || status.ahead_us > BF_LIMIT_AHEAD_US)
    return violation (reader, error, _ ("a STATUS that does not fit its form"));
  if (status.result_us < TIME_MIN_US || status.result_us > TIME_MAX_US || status.next_us < TIME_MIN_US ||
      status.next_us > TIME_MAX_US ||
      (status.newest_us != BF_TIME_NONE && (status.newest_us < TIME_MIN_US || status.newest_us > TIME_MAX_US)) ||
      (status.as_of_us != BF_TIME_NONE && (status.as_of_us < TIME_MIN_US || status.as_of_us > TIME_MAX_US)) ||
      (status.changed_us != BF_TIME_NONE && (status.changed_us < TIME_MIN_US || status.changed_us > TIME_MAX_US)))
    return violation (reader, error, _ ("a STATUS with a time outside of years 1 to 9999"));
  if (reader->payload.bytes != NULL)
    return violation (reader, error, _ ("a STATUS inside of a PAYLOAD"));
  status.outcome = *outcome;
  status.content = *content;
  if (!check_counts (reader, &status, error))
    return FALSE;
  reader->n_listed = 0;
  reader->n_observations = 0;
  reader->n_refused = 0;
  if (reader->handler->status != NULL)
    reader->handler->status (reader->user_data, &status);
  return TRUE;
}

static gboolean
read_cursor (BfFrameReader *reader, BfCursor *cursor, GError **error)
{
  gsize length = cursor->end - cursor->at;

  /* Validated with its length: a NUL within is not UTF-8 to this check. */
  if (length > BF_FRAME_MAX_CURSOR || !g_utf8_validate_len ((const char *) cursor->at, length, NULL))
    return violation (reader, error, "a CURSOR that is not a text of at most %u bytes", BF_FRAME_MAX_CURSOR);
  if (reader->handler->cursor != NULL)
    reader->handler->cursor (reader->user_data, (const char *) cursor->at, length);
  return TRUE;
}

static gboolean
read_taken (BfFrameReader *reader, BfCursor *cursor, GError **error)
{
  guint64 n = bf_cursor_u64 (cursor);

  if (cursor->bad || cursor->at != cursor->end)
    return violation (reader, error, "a TAKEN that does not fit its form");
  if (reader->handler->taken != NULL)
    reader->handler->taken (reader->user_data, n);
  return TRUE;
}

static gboolean
read_listed (BfFrameReader *reader, BfCursor *cursor, GError **error)
{
  const guint8 *whole = bf_cursor_take (cursor, 1);
  gsize n = (gsize) (cursor->end - cursor->at) / sizeof (guint32);
  guint32 chunk[CHUNK];
  guint filled = 0;

  if (whole == NULL || *whole > 1 || n * sizeof (guint32) != (gsize) (cursor->end - cursor->at))
    return violation (reader, error, _ ("a LISTED that does not fit its form"));
  reader->n_listed += n;
  if (reader->n_listed > BF_LIMIT_ASSETS)
    return violation (reader, error, _ ("more than %u assets LISTED in one payload"), BF_LIMIT_ASSETS);
  for (gsize i = 0; i < n || i == 0; i++)
    {
      if (n > 0)
        chunk[filled++] = bf_cursor_u32 (cursor);
      if (n > 0 && chunk[filled - 1] >= reader->assets->len)
        return violation (reader, error, _ ("a LISTED with an asset that was not announced"));
      if (filled < CHUNK && i + 1 < n)
        continue;
      if (reader->handler->listed != NULL)
        reader->handler->listed (reader->user_data, *whole, chunk, filled);
      filled = 0;
    }
  return TRUE;
}

/* @body: after the length; at least the type. */
static gboolean
read_frame (BfFrameReader *reader, const guint8 *body, gsize length, GError **error)
{
  BfCursor cursor = { body + 1, body + length, FALSE };
  gboolean good;

  reader->n_frames++;
  if (!reader->greeted && body[0] != BF_FRAME_HELLO)
    return violation (reader, error, _ ("type %u before HELLO"), body[0]);
  if (reader->payload.bytes != NULL && body[0] != BF_FRAME_PAYLOAD)
    return violation (reader, error, _ ("type %u inside of a PAYLOAD"), body[0]);
  switch (body[0])
    {
    case BF_FRAME_HELLO:
      good = read_hello (reader, &cursor, error);
      break;
    case BF_FRAME_ASSET:
      return read_asset (reader, &cursor, error);
    case BF_FRAME_PAYLOAD:
      return read_payload (reader, &cursor, error);
    case BF_FRAME_BATCH:
      return read_batch (reader, &cursor, error);
    case BF_FRAME_REFUSED:
      return read_refused (reader, &cursor, error);
    case BF_FRAME_STATUS:
      return read_status (reader, &cursor, error);
    case BF_FRAME_CURSOR:
      return read_cursor (reader, &cursor, error);
    case BF_FRAME_TAKEN:
      return read_taken (reader, &cursor, error);
    case BF_FRAME_LISTED:
      return read_listed (reader, &cursor, error);
    default:
      return violation (reader, error, _ ("unknown type %u"), body[0]);
    }
  if (good && (cursor.bad || cursor.at != cursor.end))
    return violation (reader, error, _ ("a HELLO that does not fit its form"));
  return good;
}

/* Length of the frame that starts at @at, itself included; 0 when fewer than four bytes are there. */
static gboolean
frame_length (BfFrameReader *reader, const guint8 *at, gsize length, gsize *ret_length, GError **error)
{
  BfCursor cursor = { at, at + length, FALSE };
  guint32 body = bf_cursor_u32 (&cursor);

  *ret_length = 0;
  if (cursor.bad)
    return TRUE;
  if (body == 0 || body > BF_LIMIT_FRAME_BYTES)
    {
      reader->n_frames++;
      return violation (reader, error, _ ("length %u, expected 1 to %u"), body, BF_LIMIT_FRAME_BYTES);
    }
  *ret_length = 4 + (gsize) body;
  return TRUE;
}

/* Completes the cut frame from the input; advances @bytes. */
static gboolean
push_cut (BfFrameReader *reader, const guint8 **bytes, const guint8 *end, GError **error)
{
  gsize whole;
  gsize take = MIN ((gsize) (end - *bytes), reader->cut->len < 4 ? 4 - reader->cut->len : 0);

  g_byte_array_append (reader->cut, *bytes, take);
  *bytes += take;
  if (!frame_length (reader, reader->cut->data, reader->cut->len, &whole, error))
    return FALSE;
  if (whole == 0)
    return TRUE;
  take = MIN ((gsize) (end - *bytes), whole - reader->cut->len);
  g_byte_array_append (reader->cut, *bytes, take);
  *bytes += take;
  if (reader->cut->len < whole)
    return TRUE;
  if (!read_frame (reader, reader->cut->data + 4, whole - 4, error))
    return FALSE;
  g_byte_array_unref (reader->cut);
  reader->cut = g_byte_array_new ();
  return TRUE;
}

/**
 * bf_frame_reader_push:
 * @bytes: what came, cut anywhere
 * @length: their number
 *
 * Calls the handler for each frame that is whole now.
 *
 * Returns: %FALSE with @error at the first violation, and ever after
 */
gboolean
bf_frame_reader_push (BfFrameReader *reader, const guint8 *bytes, gsize length, GError **error)
{
  const guint8 *end = bytes + length;

  if (reader->dead)
    {
      g_set_error_literal (error, BF_ERROR, BF_ERROR_STATE, _ ("the frames were broken before"));
      return FALSE;
    }
  while (bytes < end)
    {
      gsize whole = 0;

      if (reader->cut->len == 0 && !frame_length (reader, bytes, end - bytes, &whole, error))
        return FALSE;
      if (whole > 0 && whole <= (gsize) (end - bytes))
        {
          if (!read_frame (reader, bytes + 4, whole - 4, error))
            return FALSE;
          bytes += whole;
        }
      else if (!push_cut (reader, &bytes, end, error))
        return FALSE;
    }
  return TRUE;
}
