/* SPDX-License-Identifier: EUPL-1.2 */
#pragma once

#include "engine/bf-engine-private.h"

G_BEGIN_DECLS

void bf_search_write (BfEngine *engine, BfJsonOut *out, const char *text, guint max);
void bf_search_forget (BfEngine *engine, guint32 asset);

G_END_DECLS
