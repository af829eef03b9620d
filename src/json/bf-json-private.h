/* SPDX-License-Identifier: EUPL-1.2 */
/* What bf-json.cc needs of the slow second pass. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where and why a text is not JSON. @line and @column count from 1, the column in characters. */
typedef struct
{
  guint line;
  guint column;
  gboolean too_deep;
  char message[160];
} BfJsonFault;

gboolean bf_json_find_fault (const char *bytes, gsize length, guint max_depth, BfJsonFault *ret_fault);

G_END_DECLS
