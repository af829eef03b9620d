/* SPDX-License-Identifier: EUPL-1.2 */
/* The log (main courante) on paper. */
#pragma once

#include "json/bf-json.h"
#include "paper/bf-paper.h"

G_BEGIN_DECLS

BfPaper *bf_log_paper_new (const char *city, gint64 from_us, gint64 to_us, GTimeZone *zone);
void bf_log_paper_add (BfPaper *paper, BfJsonNode entry, GTimeZone *zone);
void bf_log_paper_end (BfPaper *paper, guint64 n_entries, gint64 head_seq, const char *head_digest, gint64 now_us, GTimeZone *zone);
char *bf_paper_moment (gint64 time_us, GTimeZone *zone);

G_END_DECLS
