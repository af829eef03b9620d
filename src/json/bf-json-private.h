/* SPDX-License-Identifier: EUPL-1.2 */
/* What the files of the reader need of each other. */
#pragma once

#include "json/bf-json.h"

G_BEGIN_DECLS

/* Where and why a text is not JSON. @line and @column count from 1, the column in characters. */
typedef struct
{
  guint line;
  guint column;
  gboolean too_deep;
  char message[160];
} BfJsonFault;

/* The slow second pass. */
gboolean bf_json_find_fault (const char *bytes, gsize length, guint max_depth, BfJsonFault *ret_fault);

/* Elements of an array without its brackets; FALSE when that is no JSON. */
gboolean bf_json_doc_parse_elements (BfJsonDoc *doc, const char *bytes, gsize length, BfJsonNode *ret_array);
void bf_json_doc_set_n_elements (BfJsonDoc *doc, gsize n);
gsize bf_json_doc_max_bytes (const BfJsonDoc *doc);

G_END_DECLS
