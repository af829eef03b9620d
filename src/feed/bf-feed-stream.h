/* SPDX-License-Identifier: EUPL-1.2 */
/* The life of the process of a feed whose messages come by themselves: connect, decode what comes, send frames, connect again.
 * The other kind is bf-feed-run.h's. Asynchronous, on the main context. */
#pragma once

#include "feed/bf-decoder.h"
#include "feed/bf-transport.h"

G_BEGIN_DECLS

typedef struct _BfFeedStream BfFeedStream;

/* All borrowed, and outlive the stream. @frames_fd: where @writer writes, to see whether it would wait. @once: ends after the first STATUS
 * that is not RETRY. @ended: nobody reads the frames any more, or @once is over. */
BfFeedStream *bf_feed_stream_new (const BfFeedDef *def, BfTransport *transport, BfDecoder *decoder, BfFrameWriter *writer,
                                  int frames_fd, gboolean once, void (*ended) (gpointer user_data), gpointer user_data);
void bf_feed_stream_free (BfFeedStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfFeedStream, bf_feed_stream_free)
BfOutcome bf_feed_stream_outcome (const BfFeedStream *stream);

G_END_DECLS
