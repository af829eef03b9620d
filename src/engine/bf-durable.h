/* SPDX-License-Identifier: EUPL-1.2 */
/* What of the alerts is on disk, which is all that a client may be told: it survives kill -9. The book runs ahead of it by the
 * writes under way. Who asks waits for the writes that were begun before, and for no later one: a constant stream of them
 * holds up nobody. Main thread. */
#pragma once

#include "alerts/bf-alert.h"

G_BEGIN_DECLS

typedef struct _BfDurable BfDurable;
typedef struct _BfDurableWrite BfDurableWrite;

/* A write is on disk: called once a write, before those who waited for it. */
typedef void (*BfDurableTold) (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event);
/* @error: a write that was waited for is not on disk and will not be. */
typedef void (*BfDurableFunc) (gpointer user_data, const GError *error);

/**
 * bf_durable_new:
 * @last_event: the newest event in the store
 */
BfDurable *bf_durable_new (gint64 last_event, BfDurableTold told, gpointer user_data);
void bf_durable_free (BfDurable *durable);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfDurable, bf_durable_free)

/* An open alert out of the store. */
void bf_durable_restore (BfDurable *durable, const BfAlert *alert);

/* A write was queued; both are copied. bf_durable_end() must be called once with what is returned: it is a BfStoreDone. */
BfDurableWrite *bf_durable_begin (BfDurable *durable, const BfAlert *alert, const BfAlertEvent *event);
void bf_durable_end (gpointer write, const GError *error);

/* Calls @func as soon as all writes begun until now have ended; at once when they have. */
void bf_durable_when (BfDurable *durable, BfDurableFunc func, gpointer user_data);

guint bf_durable_n_pending (const BfDurable *durable);
gint64 bf_durable_last_event (const BfDurable *durable);
/* An open alert as it is on disk; %NULL: over, or not yet there. */
const BfAlert *bf_durable_get (const BfDurable *durable, gint64 id);
/* Worst first, then oldest; (transfer container) (element-type BfAlert). */
GPtrArray *bf_durable_list (const BfDurable *durable);

G_END_DECLS
