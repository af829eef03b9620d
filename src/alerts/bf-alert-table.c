/* SPDX-License-Identifier: EUPL-1.2 */
/* The one transition table of the house: whoever changes a state or a flag of an alert asks it. One row an input: where each
 * of the four states leads, which flag the input needs, sets and clears. src/alerts/README.md draws it. Pure functions, no
 * threads.
 *
 * Four things are not in a row, since they are the same for all:
 *  - an alert that is normal and that no flag holds open is over: only a raise is for it;
 *  - where the state is to be "returned" and nobody was ever told of the alert, it is normal: nobody owes an acknowledgement;
 *  - a one-shot shelf ends with the condition;
 *  - a person is told (annunciated) when what is shown becomes unacknowledged, or worse; not while it is damped, unless worse. */

#include "alerts/bf-alert.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"

#define N_STATES 4
#define SHELF (BF_ALERT_SHELVED | BF_ALERT_ONE_SHOT | BF_ALERT_SHELF_ENDING)

/* One cell: the state after, or why not (then @next is not used). */
typedef struct
{
  BfAlertState next;
  const char *refusal;
} Cell;

typedef struct
{
  const char *id;
  Cell of[N_STATES];   /* normal (but held open), unacknowledged, acknowledged, returned */
  const char *over;    /* why not, of an alert that is over; NULL: a raise */
  guint needs;         /* a flag; 0: none */
  const char *without; /* why not, without it */
  guint sets;
  guint clears;
} Row;

#define N { BF_ALERT_NORMAL, NULL }
#define U { BF_ALERT_UNACKNOWLEDGED, NULL }
#define A { BF_ALERT_ACKNOWLEDGED, NULL }
#define R { BF_ALERT_RETURNED, NULL }
#define NO(why) { BF_ALERT_NORMAL, why }
#define STAYS { N, U, A, R }
#define ACTIVE NO (N_ ("the alert is active already"))
#define GONE NO (N_ ("the condition has already gone"))
#define NOBODY NO (N_ ("nobody has acknowledged the alert"))
#define OVER N_ ("the alert is over")
#define NOT_SHELVED N_ ("the alert is not shelved")

/* ISA-18.2-2016 §5.6 (alarm states A to I) and OPC UA Part 9 §5.7 and §5.8 (ActiveState x AckedState, LatchedState, ShelvingState,
 * SuppressedState, OutOfServiceState). */
/* clang-format off */
static const Row table[BF_ALERT_N_INPUTS] = {
  /*                                     normal, held open   unacknowledged   acknowledged    returned */
  [BF_ALERT_INPUT_RAISE] = { "raise",                  { U,  ACTIVE,          ACTIVE,         U },
    NULL, 0, NULL, 0, 0 },
  [BF_ALERT_INPUT_WORSEN] = { "worsen",                { U,  U,               U,              U },
    OVER, 0, NULL, 0, SHELF }, /* it was shelved for what it was, not for what it is */
  [BF_ALERT_INPUT_CLEAR] = { "clear",                  { GONE, R,             N,              GONE },
    N_ ("the alert is already over"), 0, NULL, 0, 0 },
  [BF_ALERT_INPUT_ACKNOWLEDGE] = { "acknowledge",      { NO (N_ ("the condition has gone and it was acknowledged")), A, A, N },
    N_ ("the alert is over: there is nothing to acknowledge"), 0, NULL, 0, BF_ALERT_ANNOUNCED },
  [BF_ALERT_INPUT_EXPIRE] = { "expire",                { NOBODY, NOBODY,      U,              NOBODY },
    N_ ("the alert is over: no acknowledgement can expire"), 0, NULL, 0, 0 },
  [BF_ALERT_INPUT_COMMENT] = { "comment", STAYS,
    N_ ("the alert is over: write it in the log"), 0, NULL, 0, 0 },
  [BF_ALERT_INPUT_RESET] = { "reset",
    { N, NO (N_ ("the condition is still there: only what has gone can be reset")),
      NO (N_ ("the condition is still there: only what has gone can be reset")),
      NO (N_ ("nobody has acknowledged the alert: acknowledge it, then reset it")) },
    OVER, BF_ALERT_LATCHED, N_ ("the alert is not latched: there is nothing to reset"), 0, BF_ALERT_LATCHED },
  [BF_ALERT_INPUT_SHELVE] = { "shelve", STAYS,
    N_ ("the alert is over: there is nothing to shelve"), 0, NULL, BF_ALERT_SHELVED, BF_ALERT_ONE_SHOT | BF_ALERT_SHELF_ENDING },
  [BF_ALERT_INPUT_SHELVE_ONCE] = { "shelve_once",
    { NO (N_ ("the condition has gone: a shelf until it clears would end at once")), U, A,
      NO (N_ ("the condition has gone: a shelf until it clears would end at once")) },
    N_ ("the alert is over: there is nothing to shelve"), 0, NULL, BF_ALERT_SHELVED | BF_ALERT_ONE_SHOT, BF_ALERT_SHELF_ENDING },
  [BF_ALERT_INPUT_UNSHELVE] = { "unshelve", STAYS, OVER, BF_ALERT_SHELVED, NOT_SHELVED, 0, SHELF },
  [BF_ALERT_INPUT_SHELF_ENDING] = { "shelf_ending", STAYS, OVER, BF_ALERT_SHELVED, NOT_SHELVED, BF_ALERT_SHELF_ENDING, 0 },
  [BF_ALERT_INPUT_SHELF_ENDED] = { "shelf_ended", STAYS, OVER, BF_ALERT_SHELVED, NOT_SHELVED, 0, SHELF },
  [BF_ALERT_INPUT_SUPPRESS] = { "suppress", STAYS, OVER, 0, NULL, BF_ALERT_SUPPRESSED, 0 },
  [BF_ALERT_INPUT_UNSUPPRESS] = { "unsuppress", STAYS, OVER, BF_ALERT_SUPPRESSED, N_ ("the alert is not suppressed"), 0,
                                  BF_ALERT_SUPPRESSED },
  [BF_ALERT_INPUT_OUT_OF_SERVICE] = { "out_of_service", STAYS, OVER, 0, NULL, BF_ALERT_OUT_OF_SERVICE, 0 },
  [BF_ALERT_INPUT_RETURN_TO_SERVICE] = { "return_to_service", STAYS, OVER, BF_ALERT_OUT_OF_SERVICE,
                                         N_ ("it is not out of service"), 0, BF_ALERT_OUT_OF_SERVICE },
  [BF_ALERT_INPUT_DAMP] = { "damp", STAYS, OVER, 0, NULL, BF_ALERT_DAMPED, 0 },
  [BF_ALERT_INPUT_UNDAMP] = { "undamp", STAYS, OVER, BF_ALERT_DAMPED, N_ ("the alert is not damped"), 0, BF_ALERT_DAMPED },
  [BF_ALERT_INPUT_CLOCK] = { "clock", STAYS, OVER, 0, NULL, 0, 0 },
};
/* clang-format on */

#undef N
#undef U
#undef A
#undef R

static const char *const state_ids[N_STATES] = {
  [BF_ALERT_NORMAL] = "normal",
  [BF_ALERT_UNACKNOWLEDGED] = "unacknowledged",
  [BF_ALERT_ACKNOWLEDGED] = "acknowledged",
  [BF_ALERT_RETURNED] = "returned",
};

static const char *const flag_ids[BF_ALERT_N_FLAGS] = { "latched",    "shelved",        "one_shot", "shelf_ending",
                                                        "suppressed", "out_of_service", "damped",   "announced" };

static gboolean
refuse (const char *why, GError **error)
{
  g_set_error_literal (error, BF_ERROR, BF_ERROR_STATE, _ (why));
  return FALSE;
}

/* Whether a person is told of it by this. */
static gboolean
annunciates (const BfAlertMode *before, BfAlertInput input, const BfAlertMode *after)
{
  const guint silent = BF_ALERT_HIDDEN | BF_ALERT_DAMPED;

  if (after->state != BF_ALERT_UNACKNOWLEDGED || (after->flags & BF_ALERT_HIDDEN))
    return FALSE;
  if (input == BF_ALERT_INPUT_WORSEN)
    return TRUE;
  if (after->flags & BF_ALERT_DAMPED)
    return FALSE;
  return before->state != BF_ALERT_UNACKNOWLEDGED || (before->flags & silent);
}

/**
 * bf_alert_next:
 * @before: state and flags; of an alert that is being opened: normal, with the flags that it is born with
 * @input: what happens
 * @ret_after: (out): not touched on refusal
 * @ret_annunciated: (out): whether a person is told of the alert by this; not touched on refusal
 *
 * The transition table.
 *
 * Returns: %TRUE, or %FALSE with @error (%BF_ERROR_STATE) that says why not
 */
gboolean
bf_alert_next (const BfAlertMode *before, BfAlertInput input, BfAlertMode *ret_after, gboolean *ret_annunciated, GError **error)
{
  const Row *row;
  BfAlertMode after;

  g_return_val_if_fail ((guint) before->state < N_STATES && (guint) input < BF_ALERT_N_INPUTS, FALSE);
  row = &table[input];
  if (row->over != NULL && !bf_alert_mode_is_open (before))
    return refuse (row->over, error);
  if (row->needs != 0 && !(before->flags & row->needs))
    return refuse (row->without, error);
  if (row->of[before->state].refusal != NULL)
    return refuse (row->of[before->state].refusal, error);
  after.state = row->of[before->state].next;
  after.flags = (before->flags & ~row->clears) | row->sets;
  if (input == BF_ALERT_INPUT_CLEAR && (after.flags & BF_ALERT_ONE_SHOT))
    after.flags &= ~(guint) SHELF;
  if (after.state == BF_ALERT_RETURNED && !(after.flags & BF_ALERT_ANNOUNCED))
    after.state = BF_ALERT_NORMAL;
  if (!bf_alert_mode_is_open (&after))
    after.flags = 0;
  *ret_annunciated = annunciates (before, input, &after);
  if (*ret_annunciated)
    after.flags |= BF_ALERT_ANNOUNCED;
  *ret_after = after;
  return TRUE;
}

gboolean
bf_alert_mode_is_open (const BfAlertMode *mode)
{
  return mode->state != BF_ALERT_NORMAL || (mode->flags & BF_ALERT_HELD_OPEN);
}

BfAlertShown
bf_alert_mode_shown (const BfAlertMode *mode)
{
  return mode->flags & BF_ALERT_OUT_OF_SERVICE ? BF_ALERT_SHOWN_OUT_OF_SERVICE
         : mode->flags & BF_ALERT_SUPPRESSED   ? BF_ALERT_SHOWN_SUPPRESSED
         : mode->flags & BF_ALERT_SHELVED      ? BF_ALERT_SHOWN_SHELVED
                                               : BF_ALERT_SHOWN_STATE;
}

const char *
bf_alert_state_id (BfAlertState state)
{
  g_return_val_if_fail ((guint) state < N_STATES, "normal");
  return state_ids[state];
}

gboolean
bf_alert_state_from_id (const char *id, BfAlertState *ret_state)
{
  for (guint i = 0; i < N_STATES; i++)
    if (strcmp (state_ids[i], id) == 0)
      {
        *ret_state = (BfAlertState) i;
        return TRUE;
      }
  return FALSE;
}

const char *
bf_alert_input_id (BfAlertInput input)
{
  g_return_val_if_fail ((guint) input < BF_ALERT_N_INPUTS, "comment");
  return table[input].id;
}

gboolean
bf_alert_input_from_id (const char *id, BfAlertInput *ret_input)
{
  for (guint i = 0; id != NULL && i < BF_ALERT_N_INPUTS; i++)
    if (strcmp (table[i].id, id) == 0)
      {
        *ret_input = (BfAlertInput) i;
        return TRUE;
      }
  return FALSE;
}

const char *
bf_alert_flag_id (guint flag)
{
  for (guint i = 0; i < BF_ALERT_N_FLAGS; i++)
    if (flag == 1u << i)
      return flag_ids[i];
  g_return_val_if_reached ("");
}
