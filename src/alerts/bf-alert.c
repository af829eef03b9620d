/* SPDX-License-Identifier: EUPL-1.2 */
/* An alert's states: see bf-alert.h. The one transition table of the house stands here; whoever changes a state asks it.
 * Pure functions and plain values, no threads. */

#include "alerts/bf-alert.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#include "base/bf-error.h"

#define N_STATES 4
#define N_INPUTS 5

static const char *const state_ids[N_STATES] = {
  [BF_ALERT_NORMAL] = "normal",
  [BF_ALERT_UNACKNOWLEDGED] = "unacknowledged",
  [BF_ALERT_ACKNOWLEDGED] = "acknowledged",
  [BF_ALERT_RETURNED] = "returned",
};

static const char *const input_ids[N_INPUTS] = {
  [BF_ALERT_INPUT_RAISE] = "raise",
  [BF_ALERT_INPUT_CLEAR] = "clear",
  [BF_ALERT_INPUT_ACKNOWLEDGE] = "acknowledge",
  [BF_ALERT_INPUT_EXPIRE] = "expire",
  [BF_ALERT_INPUT_COMMENT] = "comment",
};

/* One cell: the state after, or why not (then @next is not used). */
typedef struct
{
  BfAlertState next;
  const char *refusal;
} Cell;

#define TO(state) { BF_ALERT_##state, NULL }
#define NO(why) { BF_ALERT_NORMAL, why }

/* ISA-18.2-2016 §5.6 (alarm states A, B, C, D) and OPC UA Part 9 §5.7 (ActiveState x AckedState). src/alerts/README.md
 * draws it. */
/* clang-format off */
static const Cell table[N_STATES][N_INPUTS] = {
  /*                               raise                clear                                acknowledge */
  [BF_ALERT_NORMAL]         = { TO (UNACKNOWLEDGED), NO (N_ ("the alert is already over")),    NO (N_ ("the alert is over: there is nothing to acknowledge")),
  /*                               expire                                                    comment */
                                NO (N_ ("the alert is over: no acknowledgement can expire")),  NO (N_ ("the alert is over: write it in the log")) },
  [BF_ALERT_UNACKNOWLEDGED] = { TO (UNACKNOWLEDGED), TO (RETURNED),                       TO (ACKNOWLEDGED),
                                NO (N_ ("nobody has acknowledged the alert")),                 TO (UNACKNOWLEDGED) },
  [BF_ALERT_ACKNOWLEDGED]   = { TO (UNACKNOWLEDGED), TO (NORMAL),                         TO (ACKNOWLEDGED),
                                TO (UNACKNOWLEDGED),                                      TO (ACKNOWLEDGED) },
  [BF_ALERT_RETURNED]       = { TO (UNACKNOWLEDGED), NO (N_ ("the condition has already gone")), TO (NORMAL),
                                NO (N_ ("nobody has acknowledged the alert")),                 TO (RETURNED) },
};
/* clang-format on */

#undef TO
#undef NO

/**
 * bf_alert_next:
 * @state: the state before
 * @input: what happens
 * @ret_next: (out): the state after; not touched on refusal
 *
 * The transition table. A raise in acknowledged means a worse priority: it is annunciated again.
 *
 * Returns: %TRUE, or %FALSE with @error (%BF_ERROR_STATE) that says why not
 */
gboolean
bf_alert_next (BfAlertState state, BfAlertInput input, BfAlertState *ret_next, GError **error)
{
  const Cell *cell;

  g_return_val_if_fail ((guint) state < N_STATES && (guint) input < N_INPUTS, FALSE);
  cell = &table[state][input];
  if (cell->refusal != NULL)
    {
      g_set_error_literal (error, BF_ERROR, BF_ERROR_STATE, _ (cell->refusal));
      return FALSE;
    }
  *ret_next = cell->next;
  return TRUE;
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
  g_return_val_if_fail ((guint) input < N_INPUTS, "comment");
  return input_ids[input];
}

void
bf_alert_free (BfAlert *alert)
{
  if (alert == NULL)
    return;
  g_free (alert->rule_id);
  g_free (alert->asset_id);
  bf_name_clear (&alert->title);
  g_free (alert->why);
  g_free (alert->values_json);
  g_free (alert->acknowledged_by);
  g_free (alert->comment);
  g_free (alert);
}

/**
 * bf_alert_copy:
 *
 * Returns: (transfer full): a deep copy
 */
BfAlert *
bf_alert_copy (const BfAlert *alert)
{
  BfAlert *copy = g_memdup2 (alert, sizeof *alert);

  copy->rule_id = g_strdup (alert->rule_id);
  copy->asset_id = g_strdup (alert->asset_id);
  copy->title.text = g_strdup (alert->title.text);
  copy->title.fr = g_strdup (alert->title.fr);
  copy->why = g_strdup (alert->why);
  copy->values_json = g_strdup (alert->values_json);
  copy->acknowledged_by = g_strdup (alert->acknowledged_by);
  copy->comment = g_strdup (alert->comment);
  return copy;
}

void
bf_alert_event_free (BfAlertEvent *event)
{
  if (event == NULL)
    return;
  g_free (event->actor);
  g_free (event->comment);
  g_free (event);
}

/**
 * bf_alert_event_copy:
 *
 * Returns: (transfer full): a deep copy
 */
BfAlertEvent *
bf_alert_event_copy (const BfAlertEvent *event)
{
  BfAlertEvent *copy = g_memdup2 (event, sizeof *event);

  copy->actor = g_strdup (event->actor);
  copy->comment = g_strdup (event->comment);
  return copy;
}
