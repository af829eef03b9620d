/* SPDX-License-Identifier: EUPL-1.2 */
/* One running beffroi-feed as the engine sees it: started with its pipes and nothing else, read a bounded piece a turn,
 * watched for silence and flood, killed at the first violation. It ends once, with a reason. Main thread. */
#pragma once

#include "feed/bf-supervisor.h"

G_BEGIN_DECLS

typedef struct _BfFeedChild BfFeedChild;

/* @argv: the program and its arguments; frames come on descriptor 3. @environment: (transfer none): all it gets.
 * @with_input: its standard input is a pipe for bf_feed_child_write(). @ended: called once, unless the child is freed before; the child may be freed in it. */
BfFeedChild *bf_feed_child_new (const char *const *argv, char **environment, const BfCatalog *catalog, guint service,
                                const BfSupervisorLimits *limits, gboolean with_input, const BfFrameHandler *handler,
                                void (*ended) (gpointer user_data, const char *reason), gpointer user_data, GError **error);
/* Kills it when it runs. No callback comes after this. */
void bf_feed_child_free (BfFeedChild *child);
/* Puts @length bytes into its standard input, as many as fit now; the number of them, 0 when it is full or not open. */
gsize bf_feed_child_write (BfFeedChild *child, const void *bytes, gsize length);
/* Calls @room once when the standard input takes bytes again. */
void bf_feed_child_wait_room (BfFeedChild *child, void (*room) (gpointer user_data));
/* TRUE: it was we who ended it, for what it did; FALSE: it ended by itself, and what it wrote before is good. */
gboolean bf_feed_child_was_ended (const BfFeedChild *child);
int bf_feed_child_pid (const BfFeedChild *child);
/* Kills it; `ended` comes with @reason, from the main loop. For handlers that see more than the reader can. */
void bf_feed_child_end (BfFeedChild *child, const char *reason);
/* It must be heard until then (µs of the monotonic clock), or it hangs; time in which we leave unread what it wrote does not
 * count. */
void bf_feed_child_expect (BfFeedChild *child, gint64 monotonic_us);
/* Frames are not read until it is called again with %FALSE: the pipe fills, and the process waits. */
void bf_feed_child_hold (BfFeedChild *child, gboolean hold);
/* Waits until each of them has been reaped, at most @timeout_us. For the end of the engine. */
void bf_feed_child_wait_all (GPtrArray *processes /* GSubprocess */, gint64 timeout_us);
GSubprocess *bf_feed_child_process (const BfFeedChild *child);

G_END_DECLS
