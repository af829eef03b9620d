/* SPDX-License-Identifier: EUPL-1.2 */
/* Writer of a feed's frames: see bf-frame-writer.h. Each frame is built in one buffer that is kept, its length written in
 * last. Nothing is cut to fit: the sink has checked texts and counts before (bf-limits.h), so that a frame over 1 MiB is an
 * error of the program and said as one. */

#include "feed/bf-frame-writer.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"
#include "feed/bf-plugin.h"

#define BATCH_MAX 1024u /* observations of one frame: a longer one holds up whoever reads it */
#define ZSTD_LEVEL 3
#define LISTED_MAX ((BF_LIMIT_FRAME_BYTES - 2) / sizeof (guint32))

struct _BfFrameWriter
{
  const BfCatalog *catalog;
  guint service;
  BfFrameOutput output;
  gpointer user_data;
  const BfSecrets *secrets;
  GError *error;
  GByteArray *frame;
  GByteArray *batch;      /* observations that wait */
  guint16 *wire_property; /* index in the catalogue -> index in HELLO's list */
};

/**
 * bf_frame_writer_new:
 * @catalog: (transfer none): outlives the writer
 * @service: index of the feed's service
 * @output: where whole frames go
 *
 * Returns: (transfer full): a writer; HELLO is the caller's first call
 */
BfFrameWriter *
bf_frame_writer_new (const BfCatalog *catalog, guint service, BfFrameOutput output, gpointer user_data)
{
  BfFrameWriter *writer = g_new0 (BfFrameWriter, 1);

  writer->catalog = catalog;
  writer->service = service;
  writer->output = output;
  writer->user_data = user_data;
  writer->frame = g_byte_array_new ();
  writer->batch = g_byte_array_new ();
  writer->wire_property = g_new (guint16, bf_catalog_n_properties (catalog) + 1);
  memset (writer->wire_property, 0xff, sizeof (guint16) * (bf_catalog_n_properties (catalog) + 1));
  return writer;
}

void
bf_frame_writer_free (BfFrameWriter *writer)
{
  if (writer == NULL)
    return;
  g_clear_error (&writer->error);
  g_byte_array_unref (writer->frame);
  g_byte_array_unref (writer->batch);
  g_free (writer->wire_property);
  g_free (writer);
}

const GError *
bf_frame_writer_error (const BfFrameWriter *writer)
{
  return writer->error;
}

static void
put_u16 (GByteArray *frame, guint16 value)
{
  value = GUINT16_TO_LE (value);
  g_byte_array_append (frame, (const guint8 *) &value, sizeof value);
}

static void
put_u32 (GByteArray *frame, guint32 value)
{
  value = GUINT32_TO_LE (value);
  g_byte_array_append (frame, (const guint8 *) &value, sizeof value);
}

static void
put_u64 (GByteArray *frame, guint64 value)
{
  value = GUINT64_TO_LE (value);
  g_byte_array_append (frame, (const guint8 *) &value, sizeof value);
}

static void
put_f64 (GByteArray *frame, double value)
{
  guint64 bits;

  memcpy (&bits, &value, sizeof bits);
  put_u64 (frame, bits);
}

static void
put_text (GByteArray *frame, const char *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  g_assert (length <= G_MAXUINT16);
  put_u16 (frame, length);
  g_byte_array_append (frame, (const guint8 *) (text != NULL ? text : ""), length + 1);
}

/* A message made for a person may be longer than the limit and is no data: cut at a character, with an ellipsis. */
static void
put_message (BfFrameWriter *writer, const char *text)
{
  GByteArray *frame = writer->frame;
  g_autofree char *blotted = text != NULL && writer->secrets != NULL ? bf_secrets_blot (writer->secrets, text) : NULL;
  g_autofree char *valid = NULL;
  gsize length;

  if (text == NULL)
    {
      put_text (frame, NULL);
      return;
    }
  valid = g_utf8_make_valid (blotted != NULL ? blotted : text, -1);
  length = strlen (valid);
  if (length > BF_LIMIT_TEXT_BYTES)
    {
      char *end = g_utf8_find_prev_char (valid, valid + BF_LIMIT_TEXT_BYTES - 4);

      memcpy (end, "…", sizeof "…");
    }
  put_text (frame, valid);
}

static void
begin (BfFrameWriter *writer, BfFrameType type)
{
  guint8 byte = type;

  g_byte_array_set_size (writer->frame, 0);
  put_u32 (writer->frame, 0);
  g_byte_array_append (writer->frame, &byte, 1);
}

static void
end (BfFrameWriter *writer)
{
  guint32 length = writer->frame->len - 4;

  if (writer->error != NULL)
    return;
  if (length > BF_LIMIT_FRAME_BYTES)
    {
      g_set_error (&writer->error, BF_ERROR, BF_ERROR_LIMIT, _ ("a frame of %u bytes, the limit is %u"), length,
                   BF_LIMIT_FRAME_BYTES);
      return;
    }
  length = GUINT32_TO_LE (length);
  memcpy (writer->frame->data, &length, sizeof length);
  writer->output (writer->user_data, writer->frame->data, writer->frame->len, &writer->error);
}

/**
 * bf_frame_writer_hello:
 *
 * Lists the properties of the service that a feed may give, those that are not derived.
 */
void
bf_frame_writer_hello (BfFrameWriter *writer)
{
  const BfService *service = bf_catalog_service (writer->catalog, writer->service);
  guint16 n = 0;

  begin (writer, BF_FRAME_HELLO);
  put_u32 (writer->frame, BF_PLUGIN_ABI);
  put_u16 (writer->frame, 0);
  for (guint i = 0; i < service->properties->len; i++)
    {
      guint16 index = g_array_index (service->properties, guint16, i);
      const BfProperty *property = bf_catalog_property (writer->catalog, index);

      if (property->derive != NULL)
        continue;
      writer->wire_property[index] = n++;
      put_text (writer->frame, property->id);
    }
  n = GUINT16_TO_LE (n);
  memcpy (writer->frame->data + 9, &n, sizeof n);
  end (writer);
}

static gsize
attributes_length (const char *attributes)
{
  const char *p = attributes;

  if (p == NULL || *p == '\0')
    return 0;
  while (*p != '\0')
    {
      p += strlen (p) + 1;
      p += strlen (p) + 1;
    }
  return p + 1 - attributes;
}

void
bf_frame_writer_asset (BfFrameWriter *writer, guint32 asset, const BfAssetDraft *draft)
{
  g_autofree char *id = g_strndup (draft->source_id, draft->source_id_length);
  gsize length = attributes_length (draft->attributes);

  begin (writer, BF_FRAME_ASSET);
  put_u32 (writer->frame, asset);
  put_text (writer->frame, id);
  put_text (writer->frame, bf_catalog_kind (writer->catalog, draft->kind)->id);
  put_text (writer->frame, draft->name);
  put_text (writer->frame, draft->address);
  put_text (writer->frame, draft->parent);
  put_u32 (writer->frame, length);
  if (length > 0)
    g_byte_array_append (writer->frame, (const guint8 *) draft->attributes, length);
  put_f64 (writer->frame, draft->point.lon);
  put_f64 (writer->frame, draft->point.lat);
  if (draft->shape != NULL)
    bf_shape_append (draft->shape, writer->frame);
  end (writer);
}

static void
flush_batch (BfFrameWriter *writer)
{
  if (writer->batch->len == 0)
    return;
  begin (writer, BF_FRAME_BATCH);
  g_byte_array_append (writer->frame, writer->batch->data, writer->batch->len);
  end (writer);
  g_byte_array_set_size (writer->batch, 0);
}

void
bf_frame_writer_observation (BfFrameWriter *writer, const BfObservation *observation)
{
  guint8 wire[BF_FRAME_OBSERVATION_BYTES];
  guint32 asset, record;
  guint16 property;
  guint64 value;
  gint64 observed_us;

  if (writer->batch->len / BF_FRAME_OBSERVATION_BYTES >= BATCH_MAX)
    flush_batch (writer);
  asset = GUINT32_TO_LE (observation->asset);
  property = GUINT16_TO_LE (writer->wire_property[observation->property]);
  record = GUINT32_TO_LE (observation->record);
  memcpy (&value, &observation->value, sizeof value);
  value = GUINT64_TO_LE (value);
  observed_us = GINT64_TO_LE (observation->observed_us);
  memcpy (wire, &asset, 4);
  memcpy (wire + 4, &property, 2);
  memcpy (wire + 6, &record, 4);
  memcpy (wire + 10, &value, 8);
  memcpy (wire + 18, &observed_us, 8);
  g_byte_array_append (writer->batch, wire, sizeof wire);
}

static void
sha256_of (const guint8 *bytes, gsize length, guint8 ret_digest[32])
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize digest = 32;

  g_checksum_update (checksum, bytes, length);
  g_checksum_get_digest (checksum, ret_digest, &digest);
}

/**
 * bf_frame_writer_payload:
 *
 * Returns: %FALSE when the body is over 4 MiB packed, or a secret stands in it, and was not sent; the caller says so in its STATUS
 */
gboolean
bf_frame_writer_payload (BfFrameWriter *writer, gint64 result_us, const guint8 *bytes, gsize length)
{
  gsize bound = ZSTD_compressBound (length);
  g_autofree guint8 *packed = NULL;
  gsize n;
  guint32 parts;
  guint8 sha256[32];

  if (writer->secrets != NULL && bf_secrets_stand_in (writer->secrets, bytes, length))
    return FALSE;
  packed = g_malloc (bound);
  n = ZSTD_compress (packed, bound, bytes, length, ZSTD_LEVEL);
  if (ZSTD_isError (n) || n > BF_FRAME_MAX_PACKED)
    return FALSE;
  flush_batch (writer);
  sha256_of (bytes, length, sha256);
  parts = (n + BF_FRAME_PART_BYTES - 1) / BF_FRAME_PART_BYTES;
  for (guint32 part = 0; part < parts; part++)
    {
      gsize at = (gsize) part * BF_FRAME_PART_BYTES;

      begin (writer, BF_FRAME_PAYLOAD);
      put_u64 (writer->frame, (guint64) result_us);
      g_byte_array_append (writer->frame, sha256, sizeof sha256);
      put_u32 (writer->frame, length);
      put_u32 (writer->frame, n);
      put_u32 (writer->frame, part);
      put_u32 (writer->frame, parts);
      g_byte_array_append (writer->frame, packed + at, MIN (n - at, BF_FRAME_PART_BYTES));
      end (writer);
    }
  return TRUE;
}

void
bf_frame_writer_refused (BfFrameWriter *writer, guint32 record, const char *property, const char *reason)
{
  begin (writer, BF_FRAME_REFUSED);
  put_u32 (writer->frame, record);
  put_text (writer->frame, property);
  put_message (writer, reason);
  end (writer);
}

/**
 * bf_frame_writer_status:
 *
 * Ends an attempt: what waits goes out first.
 */
void
bf_frame_writer_status (BfFrameWriter *writer, const BfFeedStatus *status)
{
  guint8 outcome = status->outcome;
  guint8 content = status->content;

  flush_batch (writer);
  begin (writer, BF_FRAME_STATUS);
  g_byte_array_append (writer->frame, &outcome, 1);
  put_u64 (writer->frame, (guint64) status->result_us);
  put_u64 (writer->frame, status->n_records);
  put_u64 (writer->frame, status->n_observations);
  put_u64 (writer->frame, status->n_refused);
  put_u64 (writer->frame, (guint64) status->newest_us);
  put_u64 (writer->frame, (guint64) status->next_us);
  put_u64 (writer->frame, status->bytes);
  g_byte_array_append (writer->frame, &content, 1);
  put_u64 (writer->frame, (guint64) status->as_of_us);
  put_u64 (writer->frame, (guint64) status->changed_us);
  put_u64 (writer->frame, status->n_ahead);
  put_u64 (writer->frame, (guint64) status->ahead_us);
  put_message (writer, status->reason);
  end (writer);
}

void
bf_frame_writer_listed (BfFrameWriter *writer, gboolean whole, const guint32 *assets, guint n)
{
  guint8 flag = whole != FALSE;
  guint i = 0;

  do
    {
      guint end_of_frame = MIN (n, i + (guint) LISTED_MAX);

      begin (writer, BF_FRAME_LISTED);
      g_byte_array_append (writer->frame, &flag, 1);
      for (; i < end_of_frame; i++)
        put_u32 (writer->frame, assets[i]);
      end (writer);
    }
  while (i < n);
}

void
bf_frame_writer_flush (BfFrameWriter *writer)
{
  flush_batch (writer);
}

void
bf_frame_writer_set_secrets (BfFrameWriter *writer, const BfSecrets *secrets)
{
  writer->secrets = secrets;
}

void
bf_frame_writer_cursor (BfFrameWriter *writer, const char *text)
{
  flush_batch (writer);
  begin (writer, BF_FRAME_CURSOR);
  g_byte_array_append (writer->frame, (const guint8 *) text, strlen (text));
  end (writer);
}

void
bf_frame_writer_taken (BfFrameWriter *writer, guint64 n)
{
  flush_batch (writer);
  begin (writer, BF_FRAME_TAKEN);
  put_u64 (writer->frame, n);
  end (writer);
}

gboolean
bf_frame_output_fd (gpointer user_data, const guint8 *bytes, gsize length, GError **error)
{
  int fd = GPOINTER_TO_INT (user_data);

  while (length > 0)
    {
      gssize n = write (fd, bytes, length);

      if (n < 0 && errno == EINTR)
        continue;
      if (n <= 0)
        {
          int saved = errno;

          g_set_error (error, BF_ERROR, BF_ERROR_IO, _ ("writing frames: %s"), g_strerror (saved));
          return FALSE;
        }
      bytes += n;
      length -= n;
    }
  return TRUE;
}
