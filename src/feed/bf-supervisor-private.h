/* SPDX-License-Identifier: EUPL-1.2 */
/* The supervisor's inside, shared by its files; one thread. */
#pragma once

#include <unistd.h>

#include "base/bf-time.h"
#include "feed/bf-feed-child.h"
#include "feed/bf-payload-ring.h"
#include "feed/bf-push-queue.h"
#include "feed/bf-supervisor.h"
#include "model/bf-model.h"

G_BEGIN_DECLS

struct _BfSupervisor
{
  const BfCatalog *catalog;
  char *feed_program;
  char *plugins_dir;
  char *zone_name;
  char *proxy;
  char *ca;
  char *secrets_dir;
  char *state_dir;
  BfSupervisorHandler handler;
  gpointer user_data;
  BfSupervisorLimits limits;
  GPtrArray *feeds; /* BfSupervised */
};

typedef struct _BfSupervised BfSupervised;

/* The observations of an attempt, in pieces of which none ends within a record but one that is very long. */
typedef struct
{
  GQueue pieces; /* GArray of BfObservation; none is empty */
  guint n;
  guint n_records;    /* that gave at least one of them, each message's counted anew */
  gint64 newest_us;   /* of what is measured; of all, when the feed measures nothing */
} BfAttempt;

#define BF_ATTEMPT_NONE ((BfAttempt){ G_QUEUE_INIT, 0, 0, BF_TIME_NONE })

struct _BfSupervised
{
  BfSupervisor *supervisor;
  guint index;
  BfFeedDef *def;
  gint64 said_every_us; /* the cadence that the source says, when the definition follows it and has no Stale= */
  BfFeedInfo info; /* its texts point into the fields below */
  char *reason;
  char *actor;
  char *death;         /* of its last process that ended by itself, hung or was ended for what it did */
  GPtrArray *refusals; /* BfFeedRefusal, newest first */
  char *note;          /* what a good answer has to say */

  BfFeedChild *child;
  gint64 started_us;   /* monotonic */
  gboolean answered;   /* this run gave a good STATUS */
  guint n_crashes;     /* in a row */
  GSource *restart;
  GSource *stale;

  BfAttempt attempt;
  GArray *listed;       /* guint32 of this attempt; NULL: it is no list */
  gboolean whole;
  BfAttempt handing;      /* what is being handed on in slices; empty: nothing is */
  guint n_handed;       /* of its first piece */
  GSource *hand;
  gboolean says_after;  /* its STATUS was heard: when done, keep the cursor and tell of the change */
  gint64 result_us;     /* newest handed on, not before its process was started */
  gint64 ahead_us;      /* by so much the clock was set ahead since the newest phenomenon time came */
  gint64 back_us;       /* by so much it was set back in this attempt; 0 or below */
  BfPayloadRing *ring;
  BfPushQueue *pushed;  /* of a feed that waits for bodies */
  gboolean measures;    /* it has given something else too */
  char *cursor;         /* what this attempt said, kept at its STATUS */
  struct
  {
    guint8 sha256[32];
    gsize unpacked;
    GBytes *packed; /* NULL when this attempt has none */
  } pending;
};

/* --- bf-supervisor-state: what is said of it --- */

void bf_supervised_drop_source (GSource **source);
GSource *bf_supervised_at (gint64 monotonic_us, GSourceFunc callback, BfSupervised *feed);
/* Tells the engine that something of it is new. */
void bf_supervised_changed (BfSupervised *feed);
void bf_supervised_set_state (BfSupervised *feed, BfFeedState state, const char *reason);
GPtrArray *bf_supervised_refusals_new (void);
/* The same again counts; else the newest push out the oldest. @text: (transfer full) */
void bf_supervised_keep_refusal (BfSupervised *feed, char *text);
/* OK or STALE by the time of the content; after each good answer, and when the limit passes in silence. */
void bf_supervised_judge (BfSupervised *feed);
void bf_supervised_count (BfSupervised *feed, const BfFeedStatus *status);
/* A payload of which nothing could be used is not what the feed says. */
void bf_supervised_say_all_refused (BfSupervised *feed, const BfFeedStatus *status);

/* --- bf-supervisor-hand: its observations --- */

void bf_attempt_clear (BfAttempt *attempt);
void bf_supervised_gather (BfSupervised *feed, const BfObservation *o, gint64 now_us);
void bf_supervised_drop_attempt (BfSupervised *feed);
void bf_supervised_step_back (BfSupervised *feed, BfAttempt *attempt, gint64 now_us, gint64 step_us);
/* Hands on what the attempt gave, as one step at one result time. @status: %NULL when it was cut off. */
void bf_supervised_hand_on (BfSupervised *feed, gint64 result_us, const BfFeedStatus *status);
/* At once what is left of a payload under way: what comes after it must not overtake it. */
void bf_supervised_hand_rest (BfSupervised *feed);
void bf_supervised_finish_handing (BfSupervised *feed);
/* Properties that [Map] stamps with the payload's own time: (transfer full) (nullable). */

/* --- bf-supervisor-process: its process --- */

/* Two more arguments of a process, when there is a value. */
void bf_supervisor_add_option (const char **argv, guint *n, const char *name, const char *value);
void bf_supervised_start (BfSupervised *feed);
void bf_supervised_stop (BfSupervised *feed);
/* Writes what was pushed, as far as there is room. */
void bf_supervised_pump (BfSupervised *feed);
void bf_supervised_keep_cursor (BfSupervised *feed);

G_END_DECLS
