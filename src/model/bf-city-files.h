/* SPDX-License-Identifier: EUPL-1.2 */
/* What the plugins' folders and the city's hold together: rule files in the order in which they are read, and the names
 * that a rule may give of procedures and of people. */
#pragma once

#include "model/bf-catalog.h"

G_BEGIN_DECLS

/* (transfer full) (element-type filename): stock rules, then those of @city_dir (nullable). */
GPtrArray *bf_city_rule_files (const BfCatalog *catalog, const char *city_dir, GPtrArray *problems);
/* (transfer full): sorted names, each once; empty when there are none. @city_dir nullable. */
GStrv bf_city_procedures (const BfCatalog *catalog, const char *city_dir, GPtrArray *problems);
GStrv bf_city_contacts (const char *city_dir, GPtrArray *problems);

G_END_DECLS
