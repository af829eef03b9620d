/* SPDX-License-Identifier: EUPL-1.2 */
/* The life of the process of a feed that is asked: ask, decode, send frames, wait, again. The other kind is bf-feed-stream.h's.
 * Asynchronous, on the main context. */
#pragma once

#include "feed/bf-decoder.h"
#include "feed/bf-transport.h"

G_BEGIN_DECLS

#define BF_FEED_MAX_PAGES 200u

typedef struct _BfFeedRun BfFeedRun;

/* All borrowed, and outlive the run. @once: one attempt. @ended is called when there is nothing more to do: after the one
 * attempt, or because nobody reads the frames any more. */
BfFeedRun *bf_feed_run_new (const BfFeedDef *def, BfTransport *transport, BfDecoder *decoder, BfFrameWriter *writer, gboolean once,
                            void (*ended) (gpointer user_data), gpointer user_data);
void bf_feed_run_free (BfFeedRun *run);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfFeedRun, bf_feed_run_free)
/* Outcome of the last attempt. */
BfOutcome bf_feed_run_outcome (const BfFeedRun *run);

G_END_DECLS
