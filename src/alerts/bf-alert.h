/* SPDX-License-Identifier: EUPL-1.2 */
/* An alert and its states: ISA-18.2 / IEC 62682 with OPC UA Part 9 words (DESIGN §7). The transition table is one table in
 * bf-alert.c, a pure function: (state, input) -> (state, event) or a refusal that says why. */
#pragma once

#include "base/bf-text.h"
#include "base/bf-geo.h"
#include "base/bf-priority.h"

G_BEGIN_DECLS

typedef enum
{
  BF_ALERT_NORMAL,         /* over */
  BF_ALERT_UNACKNOWLEDGED, /* active, nobody has it */
  BF_ALERT_ACKNOWLEDGED,   /* active, somebody has it */
  BF_ALERT_RETURNED,       /* condition gone, nobody has acknowledged it */
} BfAlertState;

typedef enum
{
  BF_ALERT_INPUT_RAISE,       /* condition is true */
  BF_ALERT_INPUT_CLEAR,       /* return condition is true */
  BF_ALERT_INPUT_ACKNOWLEDGE, /* a person */
  BF_ALERT_INPUT_EXPIRE,      /* the acknowledgement's end passed while still active: unacknowledged again */
  BF_ALERT_INPUT_COMMENT,     /* a person adds a comment: state stays */
} BfAlertInput;

const char *bf_alert_state_id (BfAlertState state); /* "normal", "unacknowledged", "acknowledged", "returned" */
gboolean bf_alert_state_from_id (const char *id, BfAlertState *ret_state);
const char *bf_alert_input_id (BfAlertInput input); /* "raise", "clear", "acknowledge", "expire", "comment" */
gboolean bf_alert_next (BfAlertState state, BfAlertInput input, BfAlertState *ret_next, GError **error);

/**
 * BfAlert: one occurrence. Times µs UTC, %BF_TIME_NONE when not (yet).
 * @id: given by the store
 * @why: rule and values in words, in the language that the engine spoke then
 * @values_json: JSON array of the values at raise time: [{"asset","property","value","unit","observed"}…]
 * @acknowledged_until_us: end of the acknowledgement, %BF_TIME_NONE: none
 */
typedef struct
{
  gint64 id;
  char *rule_id;
  char *asset_id;
  BfPriority priority;
  BfAlertState state;
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
} BfAlert;

/**
 * BfAlertEvent: one transition or action, as in history and log
 * @id: given by the store; the sequence that clients resume from
 * @actor: "engine" or the person
 */
typedef struct
{
  gint64 id;
  gint64 alert_id;
  gint64 at_us;
  BfAlertInput input;
  BfAlertState from;
  BfAlertState to;
  char *actor;
  char *comment;
} BfAlertEvent;

void bf_alert_free (BfAlert *alert);
BfAlert *bf_alert_copy (const BfAlert *alert);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfAlert, bf_alert_free)
void bf_alert_event_free (BfAlertEvent *event);
BfAlertEvent *bf_alert_event_copy (const BfAlertEvent *event);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfAlertEvent, bf_alert_event_free)

G_END_DECLS
