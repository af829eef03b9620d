/* SPDX-License-Identifier: EUPL-1.2 */
/* Did an answer in chunks (RFC 9112 §7.1) end by its last chunk, or was it cut between two? libsoup 3.2 takes the end of the connection
 * for that of the answer there, and says nothing; but it counts the bytes of the body as they came over the wire. Plain data. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_CHUNKS_READS 64u

/**
 * BfChunks: what was read of one body, which is not packed
 * @n: reads that gave bytes; the sizes of the first %BF_CHUNKS_READS of them
 * @wire_before_end: bytes of the body on the wire when the last of them had been read
 */
typedef struct
{
  guint n;
  guint32 sizes[BF_CHUNKS_READS];
  guint64 total;
  gsize last;
  guint64 wire_before_end;
} BfChunks;

/* @length: of a read; @wire: bytes on the wire so far, with sizes and line ends of the chunks. */
void bf_chunks_read (BfChunks *chunks, gsize length, guint64 wire);
/* @wire: all that came. FALSE also when it cannot be told. */
gboolean bf_chunks_is_cut (const BfChunks *chunks, guint64 wire);

G_END_DECLS
