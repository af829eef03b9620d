/* SPDX-License-Identifier: EUPL-1.2 */
/* The last payloads of one feed, packed: at most 8 and 4 MiB. The newest is always kept. One thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_PAYLOAD_RING_COUNT 8u
#define BF_PAYLOAD_RING_BYTES (4u << 20)

typedef struct _BfPayloadRing BfPayloadRing;

BfPayloadRing *bf_payload_ring_new (void);
void bf_payload_ring_free (BfPayloadRing *ring);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfPayloadRing, bf_payload_ring_free)

/* Takes a reference of @packed (zstd). Oldest ones make room. */
void bf_payload_ring_add (BfPayloadRing *ring, gint64 result_us, const guint8 sha256[32], gsize unpacked, GBytes *packed);
/* (transfer full): unpacked and checked against its SHA-256; NULL with @error when it is not kept or not what it said. */
GBytes *bf_payload_ring_get (const BfPayloadRing *ring, gint64 result_us, GError **error);
gsize bf_payload_ring_bytes (const BfPayloadRing *ring);

G_END_DECLS
