/* SPDX-License-Identifier: EUPL-1.2 */
/* Priorities of alerts (ISA-18.2 §10; never Vigilance's colours). Greater is worse. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  BF_PRIORITY_LOW,
  BF_PRIORITY_MEDIUM,
  BF_PRIORITY_HIGH,
  BF_PRIORITY_CRITICAL,
} BfPriority;

#define BF_N_PRIORITIES 4

const char *bf_priority_id (BfPriority priority);                           /* "low" … "critical" */
gboolean bf_priority_from_id (const char *id, BfPriority *ret_priority);

G_END_DECLS
