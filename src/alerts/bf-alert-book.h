/* SPDX-License-Identifier: EUPL-1.2 */
/* The book of open alerts, at most one a (rule, asset), and of the equipment that is out of service. It decides transitions and
 * announces each with the alert after it; it keeps the timers (ends of acknowledgements and shelves, quiet after chattering,
 * planned ends of records) but knows no store, no clock, no clients. Main thread. */
#pragma once

#include "alerts/bf-alert.h"

G_BEGIN_DECLS

typedef struct _BfAlertBook BfAlertBook;

/**
 * BfAlertBookHandler: what the book asks and tells; called with the book in order, and must not change it
 * @new_alert_id, @new_event_id: next ids
 * @changed: each transition, after the book has changed
 * @new_out_id, @out_changed: (nullable): the same for records of equipment that is out of service; without them there are none
 * @causes: (nullable): an alert is about to be opened: what suppresses it by design; (transfer full) (nullable) (element-type
 * BfAlertCause)
 */
typedef struct
{
  gint64 (*new_alert_id) (gpointer user_data);
  gint64 (*new_event_id) (gpointer user_data);
  void (*changed) (gpointer user_data, const BfAlert *alert, const BfAlertEvent *event);
  gint64 (*new_out_id) (gpointer user_data);
  void (*out_changed) (gpointer user_data, const BfAlertOut *out);
  GPtrArray *(*causes) (gpointer user_data, const char *rule_id, const char *asset_id, gint64 now_us);
} BfAlertBookHandler;

/**
 * BfAlertPolicy: the city's bounds. ISA-18.2 §11.7 asks that shelving is limited in time and §16 what chattering is; the hours are
 * ours, and a city may lower them (city.conf, [Alerts]).
 * @shelve_max_us: by priority, the longest shelf
 * @shelve_usual_us: a shelf for which no end is said, where the priority allows so much
 * @warn_us: so long before its end the post is warned of it; of a short shelf a quarter of it
 * @chatter_n, @chatter_within_us: an asset that raises so often within so long chatters
 * @chatter_quiet_us: without a transition for so long it is quiet again
 * @review_us: equipment out of service is looked at again after so long, when nothing else is said
 */
typedef struct
{
  gint64 shelve_max_us[BF_N_PRIORITIES];
  gint64 shelve_usual_us;
  gint64 warn_us;
  guint chatter_n;
  gint64 chatter_within_us;
  gint64 chatter_quiet_us;
  gint64 review_us;
} BfAlertPolicy;

#define BF_ALERT_CHATTER_MAX 16u /* of @chatter_n */

extern const BfAlertPolicy bf_alert_policy_default;

BfAlertBook *bf_alert_book_new (const BfAlertBookHandler *handler, gpointer user_data);
void bf_alert_book_free (BfAlertBook *book);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfAlertBook, bf_alert_book_free)
void bf_alert_book_set_policy (BfAlertBook *book, const BfAlertPolicy *policy);
const BfAlertPolicy *bf_alert_book_policy (const BfAlertBook *book);

/* --- start: what the store has; announces nothing ---- */

/* An open alert. Takes ownership. */
void bf_alert_book_restore (BfAlertBook *book, BfAlert *alert, gint64 now_us);
/* A record that is in force. Takes ownership. Before the alerts. */
void bf_alert_book_restore_out (BfAlertBook *book, BfAlertOut *out);

/**
 * BfAlertPast: one event of the past, for what chatters
 * @until_us: of a %BF_ALERT_INPUT_CLOCK: when it was to be quiet
 */
typedef struct
{
  const char *asset_id;
  BfPriority priority;
  BfAlertInput input;
  guint to_flags;
  gint64 at_us;
  gint64 until_us;
} BfAlertPast;

/* Since when the book needs to know the past, once the open alerts are in. */
gint64 bf_alert_book_past_us (const BfAlertBook *book, gint64 now_us);
/* In the order of the events: those that raise, worsen, clear, or tell of the clock. */
void bf_alert_book_restore_past (BfAlertBook *book, const BfAlertPast *past);
/* All is in: what the end of the engine came between is made whole, with an event each. */
void bf_alert_book_settle (BfAlertBook *book, gint64 now_us);

/* --- what rules and causes say ---- */

/* The condition became true: opens an alert from @draft (id, state, times are the book's), or, when one is open for (rule,
 * asset): returned-unacknowledged -> unacknowledged again; a worse priority re-annunciates (unacknowledged), a lesser one
 * does not; priority kept is the worst until acknowledged. Returns the alert's id. */
gint64 bf_alert_book_raise (BfAlertBook *book, const BfAlert *draft, gint64 now_us);
void bf_alert_book_clear (BfAlertBook *book, const char *rule_id, const char *asset_id, const char *why, gint64 now_us);
/* A cause suppresses the open alert by design: nothing when none is open; a cause of the same id is replaced. */
void bf_alert_book_suppress (BfAlertBook *book, const char *rule_id, const char *asset_id, const BfAlertCause *cause, gint64 now_us);
/* The causes whose id begins with @prefix suppress it no longer. */
void bf_alert_book_unsuppress (BfAlertBook *book, const char *rule_id, const char *asset_id, const char *prefix, gint64 now_us);

/* --- what persons do ---- */

/**
 * BfAlertAct:
 * @actor: the person
 * @comment: (nullable): why; of a shelf mandatory
 * @until_us: end of an acknowledgement or shelf, %BF_TIME_NONE: none said
 * @seen_id: the event of the alert that it was decided on, 0: not said. What another person has done since, and for an
 * acknowledgement or a shelf that it came again or became worse since, is a refusal that says who and when.
 */
typedef struct
{
  const char *actor;
  const char *comment;
  gint64 until_us;
  gint64 seen_id;
} BfAlertAct;

/* ACKNOWLEDGE, COMMENT, RESET, SHELVE, SHELVE_ONCE or UNSHELVE. */
gboolean bf_alert_book_act (BfAlertBook *book, gint64 id, BfAlertInput input, const BfAlertAct *act, gint64 now_us, GError **error);
gboolean bf_alert_book_acknowledge (BfAlertBook *book, gint64 id, const char *actor, const char *comment, gint64 until_us,
                                    gint64 now_us, GError **error);
gboolean bf_alert_book_comment (BfAlertBook *book, gint64 id, const char *actor, const char *comment, gint64 now_us,
                                GError **error);
/* The longest shelf that a person may put it on, from now. */
gint64 bf_alert_book_shelve_max_us (const BfAlertBook *book, const BfAlert *alert);

/* Takes an asset (@rule_id: for one rule only, nullable) out of service, with the reason in @act->comment. Returns the record's id, or 0. */
gint64 bf_alert_book_take_out (BfAlertBook *book, const char *rule_id, const char *asset_id, const BfAlertAct *act, gint64 review_us,
                               gint64 now_us, GError **error);
gboolean bf_alert_book_put_back (BfAlertBook *book, gint64 out_id, const BfAlertAct *act, gint64 now_us, GError **error);
const BfAlertOut *bf_alert_book_get_out (const BfAlertBook *book, gint64 out_id);
/* The record in force for a rule and an asset, or (@rule_id NULL) for the whole asset. */
const BfAlertOut *bf_alert_book_find_out (const BfAlertBook *book, const char *rule_id, const char *asset_id);
GPtrArray *bf_alert_book_list_out (const BfAlertBook *book); /* oldest first; (transfer container) (element-type BfAlertOut) */

/* --- time ---- */

/* What is due; next time something is. */
void bf_alert_book_run (BfAlertBook *book, gint64 now_us);
gint64 bf_alert_book_next_us (const BfAlertBook *book);
/* The machine's clock was set by @step_us and reads @now_us: shelves and damping go on by the time that has elapsed. */
void bf_alert_book_step_time (BfAlertBook *book, gint64 now_us, gint64 step_us);

/* --- looking ---- */

const BfAlert *bf_alert_book_get (const BfAlertBook *book, gint64 id);
const BfAlert *bf_alert_book_find (const BfAlertBook *book, const char *rule_id, const char *asset_id);
guint bf_alert_book_n (const BfAlertBook *book);
/* Worst first, then oldest; (transfer container) (element-type BfAlert). */
GPtrArray *bf_alert_book_list (const BfAlertBook *book);
/* Of one asset's open alerts the worst: FALSE when none. Unacknowledged beats acknowledged at the same priority. */
gboolean bf_alert_book_worst (const BfAlertBook *book, const char *asset_id, BfPriority *ret_priority, gboolean *ret_unacknowledged);
/* Those of an asset, oldest first; (transfer container) (element-type BfAlert). */
GPtrArray *bf_alert_book_of_asset (const BfAlertBook *book, const char *asset_id);

G_END_DECLS
