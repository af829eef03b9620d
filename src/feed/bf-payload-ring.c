/* SPDX-License-Identifier: EUPL-1.2 */
/* The last payloads of one feed: see bf-payload-ring.h. They came from a feed's process and are only looked at when a
 * person asks: then unpacked into exactly the length that was announced (bounded by the frame reader) and hashed. */

#include "feed/bf-payload-ring.h"

#include <glib/gi18n-lib.h>
#include <string.h>
#include <zstd.h>

#include "base/bf-error.h"
#include "base/bf-limits.h"

typedef struct
{
  gint64 result_us;
  guint8 sha256[32];
  gsize unpacked;
  GBytes *packed;
} Payload;

struct _BfPayloadRing
{
  GQueue payloads; /* Payload, oldest first */
  gsize bytes;
};

static void
payload_free (gpointer data)
{
  Payload *payload = data;

  g_bytes_unref (payload->packed);
  g_free (payload);
}

BfPayloadRing *
bf_payload_ring_new (void)
{
  BfPayloadRing *ring = g_new0 (BfPayloadRing, 1);

  g_queue_init (&ring->payloads);
  return ring;
}

void
bf_payload_ring_free (BfPayloadRing *ring)
{
  if (ring == NULL)
    return;
  g_queue_clear_full (&ring->payloads, payload_free);
  g_free (ring);
}

gsize
bf_payload_ring_bytes (const BfPayloadRing *ring)
{
  return ring->bytes;
}

void
bf_payload_ring_add (BfPayloadRing *ring, gint64 result_us, const guint8 sha256[32], gsize unpacked, GBytes *packed)
{
  Payload *payload = g_new0 (Payload, 1);

  payload->result_us = result_us;
  memcpy (payload->sha256, sha256, sizeof payload->sha256);
  payload->unpacked = unpacked;
  payload->packed = g_bytes_ref (packed);
  g_queue_push_tail (&ring->payloads, payload);
  ring->bytes += g_bytes_get_size (packed);
  while (ring->payloads.length > 1 &&
         (ring->payloads.length > BF_PAYLOAD_RING_COUNT || ring->bytes > BF_PAYLOAD_RING_BYTES))
    {
      Payload *oldest = g_queue_pop_head (&ring->payloads);

      ring->bytes -= g_bytes_get_size (oldest->packed);
      payload_free (oldest);
    }
}

static GBytes *
unpack (const Payload *payload, GError **error)
{
  g_autofree guint8 *bytes = NULL;
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  guint8 digest[32];
  gsize digest_length = sizeof digest;
  gsize n;

  if (payload->unpacked > BF_LIMIT_PAYLOAD_BYTES)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_LIMIT, _ ("the payload says %zu bytes, the limit is %u"),
                   payload->unpacked, BF_LIMIT_PAYLOAD_BYTES);
      return NULL;
    }
  bytes = g_malloc (payload->unpacked + 1);
  n = ZSTD_decompress (bytes, payload->unpacked, g_bytes_get_data (payload->packed, NULL), g_bytes_get_size (payload->packed));
  if (ZSTD_isError (n) || n != payload->unpacked)
    {
      g_set_error (error, BF_ERROR, BF_ERROR_SYNTAX, _ ("the payload does not unpack to its %zu bytes"),
                   payload->unpacked);
      return NULL;
    }
  g_checksum_update (checksum, bytes, n);
  g_checksum_get_digest (checksum, digest, &digest_length);
  if (memcmp (digest, payload->sha256, sizeof digest) != 0)
    {
      g_set_error_literal (error, BF_ERROR, BF_ERROR_VALUE, _ ("the payload is not the one of its SHA-256"));
      return NULL;
    }
  return g_bytes_new_take (g_steal_pointer (&bytes), n);
}

GBytes *
bf_payload_ring_get (const BfPayloadRing *ring, gint64 result_us, GError **error)
{
  for (const GList *at = ring->payloads.tail; at != NULL; at = at->prev)
    {
      const Payload *payload = at->data;

      if (payload->result_us == result_us)
        return unpack (payload, error);
    }
  g_set_error_literal (error, BF_ERROR, BF_ERROR_NOT_FOUND, _ ("the payload is no longer kept"));
  return NULL;
}
