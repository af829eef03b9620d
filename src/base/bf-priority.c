/* SPDX-License-Identifier: EUPL-1.2 */
/* Priorities of alerts: see bf-priority.h. Pure functions. */

#include "base/bf-priority.h"

#include <string.h>

static const char *const ids[BF_N_PRIORITIES] = { "low", "medium", "high", "critical" };

/**
 * bf_priority_id:
 *
 * Returns: (transfer none): the word of rules and messages, "low" … "critical"
 */
const char *
bf_priority_id (BfPriority priority)
{
  g_return_val_if_fail ((guint) priority < BF_N_PRIORITIES, ids[0]);
  return ids[priority];
}

/**
 * bf_priority_from_id:
 * @ret_priority: (out): not touched when unknown
 *
 * Returns: %TRUE when @id is one of the four words
 */
gboolean
bf_priority_from_id (const char *id, BfPriority *ret_priority)
{
  for (guint i = 0; i < BF_N_PRIORITIES; i++)
    if (strcmp (ids[i], id) == 0)
      {
        *ret_priority = (BfPriority) i;
        return TRUE;
      }
  return FALSE;
}
