/* SPDX-License-Identifier: EUPL-1.2 */
/* What a rule may name of the files beside it: the procedures of plugins and city, and the city's people. */
#pragma once

#include "model/bf-catalog.h"

G_BEGIN_DECLS

/* (transfer full): sorted names, each once; empty when there are none. @city_dir nullable. */
GStrv bf_city_procedures (const BfCatalog *catalog, const char *city_dir, GPtrArray *problems);
GStrv bf_city_contacts (const char *city_dir, GPtrArray *problems);
/* Looks at the city's base map as the consoles will: what they cannot paint is a problem with the feature's number. FALSE: it
 * is no base map at all, which is a problem too. */
gboolean bf_city_check_basemap (const char *path, GPtrArray *problems);

G_END_DECLS
