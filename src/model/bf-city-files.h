/* SPDX-License-Identifier: EUPL-1.2 */
/* What a rule may name of the files beside it: the procedures of plugins and city, and the city's people. */
#pragma once

#include "model/bf-catalog.h"

G_BEGIN_DECLS

/* (transfer full): sorted names, each once; empty when there are none. @city_dir nullable. */
GStrv bf_city_procedures (const BfCatalog *catalog, const char *city_dir, GPtrArray *problems);
GStrv bf_city_contacts (const char *city_dir, GPtrArray *problems);

G_END_DECLS
