/* SPDX-License-Identifier: EUPL-1.2 */
/* A handover (relève de poste) on paper, to be signed by both. */
#pragma once

#include "json/bf-json.h"
#include "paper/bf-paper.h"

G_BEGIN_DECLS

BfPaper *bf_handover_paper_new (const char *city, BfJsonNode entry, const BfJsonNode *countersign, GTimeZone *zone);

G_END_DECLS
