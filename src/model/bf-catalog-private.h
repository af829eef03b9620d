/* SPDX-License-Identifier: EUPL-1.2 */
/* The catalogue's tables, for the reader of manifests. */
#pragma once

#include "model/bf-catalog.h"

G_BEGIN_DECLS

struct _BfCatalog
{
  GPtrArray *services;   /* BfService, BfKind, …: owned, the index is the place */
  GPtrArray *kinds;
  GPtrArray *properties;
  GPtrArray *indicators;
};

void bf_catalog_fill_slots (BfCatalog *catalog);
void bf_property_discard (BfProperty *property);

G_END_DECLS
