/* SPDX-License-Identifier: EUPL-1.2 */
/* An alert and its states: ISA-18.2 / IEC 62682 with OPC UA Part 9 words (DESIGN §7). Four process states and flags that are
 * independent of them and of one another; the transition table is one table in bf-alert-table.c, a pure function:
 * (state, flags) x input -> (state, flags, annunciated) or a refusal that says why. */
#pragma once

#include "base/bf-text.h"
#include "base/bf-geo.h"
#include "base/bf-priority.h"
#include "base/bf-time.h"

G_BEGIN_DECLS

typedef enum
{
  BF_ALERT_NORMAL,         /* over, unless a flag still holds it open */
  BF_ALERT_UNACKNOWLEDGED, /* active, nobody has it */
  BF_ALERT_ACKNOWLEDGED,   /* active, somebody has it */
  BF_ALERT_RETURNED,       /* condition gone, nobody has acknowledged it */
} BfAlertState;

/* Kept in the store by their numbers: never renumber one. */
typedef enum
{
  BF_ALERT_LATCHED = 1 << 0,        /* stays until reset, which a person does when the condition is gone and it is acknowledged */
  BF_ALERT_SHELVED = 1 << 1,        /* a person has put it aside, for a time and a reason */
  BF_ALERT_ONE_SHOT = 1 << 2,       /* of a shelf: it ends also when the alert clears */
  BF_ALERT_SHELF_ENDING = 1 << 3,   /* of a shelf: the post has been warned of its end */
  BF_ALERT_SUPPRESSED = 1 << 4,     /* by design: its cause is known */
  BF_ALERT_OUT_OF_SERVICE = 1 << 5, /* its equipment is, by a record */
  BF_ALERT_DAMPED = 1 << 6,         /* its asset chatters: it is held, and counted, until that is quiet */
  BF_ALERT_ANNOUNCED = 1 << 7,      /* a person was told of it, and it waits for an acknowledgement */
} BfAlertFlag;

#define BF_ALERT_N_FLAGS 8
/* Nobody is told of it. */
#define BF_ALERT_HIDDEN (BF_ALERT_SHELVED | BF_ALERT_SUPPRESSED | BF_ALERT_OUT_OF_SERVICE)
/* It is not over though its state is normal. */
#define BF_ALERT_HELD_OPEN (BF_ALERT_LATCHED | BF_ALERT_SHELVED | BF_ALERT_DAMPED)

typedef enum
{
  BF_ALERT_INPUT_RAISE,             /* condition is true */
  BF_ALERT_INPUT_CLEAR,             /* return condition is true */
  BF_ALERT_INPUT_ACKNOWLEDGE,       /* a person */
  BF_ALERT_INPUT_EXPIRE,            /* the acknowledgement's end passed while still active: unacknowledged again */
  BF_ALERT_INPUT_COMMENT,           /* a person adds a comment: state stays */
  BF_ALERT_INPUT_WORSEN,            /* condition is true with a worse priority than before */
  BF_ALERT_INPUT_RESET,             /* a person ends what is latched */
  BF_ALERT_INPUT_SHELVE,            /* a person, until a time */
  BF_ALERT_INPUT_SHELVE_ONCE,       /* a person, until it clears, and until a time at most */
  BF_ALERT_INPUT_UNSHELVE,          /* a person */
  BF_ALERT_INPUT_SHELF_ENDING,      /* the shelf's end is near */
  BF_ALERT_INPUT_SHELF_ENDED,       /* the shelf's end has come */
  BF_ALERT_INPUT_SUPPRESS,          /* by design: a cause came, or one of several went */
  BF_ALERT_INPUT_UNSUPPRESS,        /* the last cause went */
  BF_ALERT_INPUT_OUT_OF_SERVICE,    /* its equipment was taken out of service */
  BF_ALERT_INPUT_RETURN_TO_SERVICE, /* and is back */
  BF_ALERT_INPUT_DAMP,              /* its asset chatters */
  BF_ALERT_INPUT_UNDAMP,            /* and is quiet */
  BF_ALERT_INPUT_CLOCK,             /* the machine's clock was set: the end of a shelf is another */
} BfAlertInput;

#define BF_ALERT_N_INPUTS 19

typedef struct
{
  BfAlertState state;
  guint flags; /* BfAlertFlag */
} BfAlertMode;

/* What a person is shown, by precedence: out of service > suppressed > shelved > the state. */
typedef enum
{
  BF_ALERT_SHOWN_STATE,
  BF_ALERT_SHOWN_SHELVED,
  BF_ALERT_SHOWN_SUPPRESSED,
  BF_ALERT_SHOWN_OUT_OF_SERVICE,
} BfAlertShown;

const char *bf_alert_state_id (BfAlertState state); /* "normal", "unacknowledged", "acknowledged", "returned" */
gboolean bf_alert_state_from_id (const char *id, BfAlertState *ret_state);
const char *bf_alert_input_id (BfAlertInput input); /* "raise", "clear", "acknowledge", "expire", "comment", "worsen", … */
gboolean bf_alert_input_from_id (const char *id, BfAlertInput *ret_input);
const char *bf_alert_flag_id (guint flag); /* of one bit: "latched", "shelved", … */
gboolean bf_alert_next (const BfAlertMode *before, BfAlertInput input, BfAlertMode *ret_after, gboolean *ret_annunciated,
                        GError **error);
gboolean bf_alert_mode_is_open (const BfAlertMode *mode);
BfAlertShown bf_alert_mode_shown (const BfAlertMode *mode);

/**
 * BfAlertMark: who did it, why, since when and until when
 * @since_us, @until_us: %BF_TIME_NONE: not so; no end
 */
typedef struct
{
  gint64 since_us;
  gint64 until_us;
  char *by;
  char *reason;
} BfAlertMark;

void bf_alert_mark_set (BfAlertMark *mark, gint64 since_us, gint64 until_us, const char *by, const char *reason);
void bf_alert_mark_clear (BfAlertMark *mark);

/**
 * BfAlertCause: why an alert is suppressed by design
 * @id: of the cause, unique among those of an alert: "rule/water_burst water/17", "works/12"
 * @words: for people
 * @since_us: since when it suppresses, @until_us: until when, %BF_TIME_NONE: as long as it is there
 */
typedef struct
{
  char *id;
  char *words;
  gint64 since_us;
  gint64 until_us;
} BfAlertCause;

/**
 * BfAlert: one occurrence. Times µs UTC, %BF_TIME_NONE when not (yet).
 * @id: given by the store
 * @latches: of a draft: its rule has Latch=yes; not kept
 * @why: rule and values in words, in the language that the engine spoke then
 * @values_json: JSON array of the values at raise time: [{"asset","property","value","unit","observed"}…]
 * @acknowledged_until_us: end of the acknowledgement, %BF_TIME_NONE: none
 * @n_raised: how often its condition came true while it was open, the first time included
 * @shelf: while %BF_ALERT_SHELVED; @out: while %BF_ALERT_OUT_OF_SERVICE
 * @causes: (nullable) (element-type BfAlertCause): while %BF_ALERT_SUPPRESSED, oldest first
 * @damped_us: since when it is damped; @quiet_us: when it will be quiet, as of the last event
 * @acted_id: last event that is a person's doing (comments apart), 0: none; @acted_us, @acted_by, @acted_input: of it
 * @annunciated_id: last event at which a person was told of it, 0: never; @annunciated_us: of it
 */
typedef struct
{
  gint64 id;
  char *rule_id;
  char *asset_id;
  BfPriority priority;
  BfAlertState state;
  guint flags;
  gboolean latches;
  BfName title;
  char *why;
  char *values_json;
  gint64 raised_us;
  gint64 cleared_us;
  gint64 acknowledged_us;
  gint64 acknowledged_until_us;
  char *acknowledged_by;
  char *comment;
  gint64 last_event_id;
  guint n_raised;
  BfAlertMark shelf;
  BfAlertMark out;
  GPtrArray *causes;
  gint64 damped_us;
  gint64 quiet_us;
  gint64 acted_id;
  gint64 acted_us;
  char *acted_by;
  BfAlertInput acted_input;
  gint64 annunciated_id;
  gint64 annunciated_us;
} BfAlert;

/* An alert with nothing in it but that no time is known. */
BfAlert *bf_alert_new (const char *rule_id, const char *asset_id, BfPriority priority);
gboolean bf_alert_is_open (const BfAlert *alert);
BfAlertShown bf_alert_shown (const BfAlert *alert);
/* Its condition is true, as far as anybody knows. */
gboolean bf_alert_is_active (const BfAlert *alert);
/* Its condition has gone and it was acknowledged: only a reset ends it. */
gboolean bf_alert_waits_for_reset (const BfAlert *alert);
/* It came and went so fast that nobody could act, and nobody has acknowledged it. */
gboolean bf_alert_is_fleeting (const BfAlert *alert);
/* It is active for more than a day. */
gboolean bf_alert_is_stale (const BfAlert *alert, gint64 now_us);

#define BF_ALERT_FLEETING_US (60 * G_USEC_PER_SEC)
#define BF_ALERT_STALE_US G_TIME_SPAN_DAY

BfAlertCause *bf_alert_cause_new (const char *id, const char *words, gint64 since_us, gint64 until_us);
void bf_alert_cause_free (BfAlertCause *cause);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfAlertCause, bf_alert_cause_free)
/* One line a cause, for the store; NULL: none. */
char *bf_alert_causes_to_text (const GPtrArray *causes);
GPtrArray *bf_alert_causes_from_text (const char *text);

/**
 * BfAlertEvent: one transition or action, as in history and log
 * @id: given by the store; the sequence that clients resume from
 * @actor: "engine" or the person
 * @annunciated: a person was told of the alert as new
 * @until_us: end of what was done (an acknowledgement, a shelf), %BF_TIME_NONE: none
 */
typedef struct
{
  gint64 id;
  gint64 alert_id;
  gint64 at_us;
  BfAlertInput input;
  BfAlertState from;
  BfAlertState to;
  guint from_flags;
  guint to_flags;
  gboolean annunciated;
  gint64 until_us;
  char *actor;
  char *comment;
} BfAlertEvent;

void bf_alert_free (BfAlert *alert);
BfAlert *bf_alert_copy (const BfAlert *alert);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfAlert, bf_alert_free)
void bf_alert_event_free (BfAlertEvent *event);
BfAlertEvent *bf_alert_event_copy (const BfAlertEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfAlertEvent, bf_alert_event_free)

/**
 * BfAlertOut: a record: equipment that was taken out of service
 * @id: given by the store
 * @rule_id: (nullable): of one rule only; %NULL: whatever any rule says of the asset
 * @until_us: (or %BF_TIME_NONE): planned end, when it comes back by itself
 * @review_us: when a person has to look whether it still is so
 * @ended_us: %BF_TIME_NONE: it is out of service now
 */
typedef struct
{
  gint64 id;
  char *rule_id;
  char *asset_id;
  gint64 since_us;
  gint64 until_us;
  gint64 review_us;
  char *by;
  char *reason;
  gint64 ended_us;
  char *ended_by;
  char *ended_comment;
} BfAlertOut;

void bf_alert_out_free (BfAlertOut *out);
BfAlertOut *bf_alert_out_copy (const BfAlertOut *out);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfAlertOut, bf_alert_out_free)

G_END_DECLS
