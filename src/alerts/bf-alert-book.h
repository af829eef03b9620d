/* SPDX-License-Identifier: EUPL-1.2 */
/* The book of open alerts (state other than normal), at most one a (rule, asset). It decides transitions and announces
 * each with the alert after it; it knows no store, no clock, no clients. Main thread. */
#pragma once

#include "alerts/bf-alert.h"

G_BEGIN_DECLS

typedef struct _BfAlertBook BfAlertBook;

/* Called for each transition, after the book has changed, in order. Ids must be set by @new_id: next alert id / event id. */
typedef struct
{
  gint64 (*new_alert_id) (gpointer user_data);
  gint64 (*new_event_id) (gpointer user_data);
  void (*changed) (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event);
} BfAlertBookHandler;

BfAlertBook *bf_alert_book_new (const BfAlertBookHandler *handler, gpointer user_data);
void bf_alert_book_free (BfAlertBook *book);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfAlertBook, bf_alert_book_free)

/* Start: an open alert out of the store; announces nothing. Takes ownership. */
void bf_alert_book_restore (BfAlertBook *book, BfAlert *alert);

/* The condition became true: opens an alert from @draft (id, state, times are the book's), or, when one is open for (rule,
 * asset): returned-unacknowledged -> unacknowledged again; a worse priority re-annunciates (unacknowledged), a lesser one
 * does not; priority kept is the worst until acknowledged. Returns the alert's id. */
gint64 bf_alert_book_raise (BfAlertBook *book, const BfAlert *draft, gint64 now_us);
void bf_alert_book_clear (BfAlertBook *book, const char *rule_id, const char *asset_id, const char *why, gint64 now_us);
gboolean bf_alert_book_acknowledge (BfAlertBook *book, gint64 id, const char *actor, const char *comment, gint64 until_us,
                                    gint64 now_us, GError **error);
gboolean bf_alert_book_comment (BfAlertBook *book, gint64 id, const char *actor, const char *comment, gint64 now_us,
                                GError **error);
/* Acknowledgements whose end has come; next time one does. */
void bf_alert_book_run (BfAlertBook *book, gint64 now_us);
gint64 bf_alert_book_next_us (const BfAlertBook *book);

const BfAlert *bf_alert_book_get (const BfAlertBook *book, gint64 id);
const BfAlert *bf_alert_book_find (const BfAlertBook *book, const char *rule_id, const char *asset_id);
guint bf_alert_book_n (const BfAlertBook *book);
/* Worst first, then oldest; (transfer container) (element-type BfAlert). */
GPtrArray *bf_alert_book_list (const BfAlertBook *book);
/* Of one asset's open alerts the worst: FALSE when none. Unacknowledged beats acknowledged at the same priority. */
gboolean bf_alert_book_worst (const BfAlertBook *book, const char *asset_id, BfPriority *ret_priority, gboolean *ret_unacknowledged);

G_END_DECLS
