/* SPDX-License-Identifier: EUPL-1.2 */
/* Bodies that were pushed for one feed, in the engine, until the feed's process has said that it made frames of them (TAKEN). They
 * outlive the process: the next one gets anew what the last had not taken. A body that three processes in a row died of is given up,
 * and counted. Bounded in bodies and bytes; over that is "no room". Main thread. */
#pragma once

#include "feed/bf-feed-child.h"

G_BEGIN_DECLS

#define BF_PUSH_MAX_BODIES 10000u
#define BF_PUSH_MAX_BYTES (8u << 20)

typedef struct _BfPushQueue BfPushQueue;

BfPushQueue *bf_push_queue_new (void);
void bf_push_queue_free (BfPushQueue *queue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfPushQueue, bf_push_queue_free)

gboolean bf_push_queue_add (BfPushQueue *queue, GBytes *body, gint64 received_us);
/* Writes what fits. TRUE: all of it is written. */
gboolean bf_push_queue_pump (BfPushQueue *queue, BfFeedChild *child);
/* The process says that it has taken @n since it started. FALSE: it never got so many. */
gboolean bf_push_queue_taken (BfPushQueue *queue, guint64 n);
/* It has ended, and not at our wish: the next one starts over. TRUE: a body was given up. */
gboolean bf_push_queue_restart (BfPushQueue *queue, gboolean crashed);
guint bf_push_queue_n (const BfPushQueue *queue);

G_END_DECLS
