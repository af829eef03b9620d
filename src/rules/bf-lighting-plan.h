/* SPDX-License-Identifier: EUPL-1.2 */
/* When street lighting is meant to be on: the city's `lighting.d` folder, files `*.plan` (see README.md here and
 * plugins/lighting/README.md). Without any, lights are on from sunset to sunrise. No clock. Of one thread: it keeps what it
 * reckoned last. */
#pragma once

#include "model/bf-model.h"
#include "model/bf-zones.h"

G_BEGIN_DECLS

typedef struct _BfLightingPlan BfLightingPlan;

BfLightingPlan *bf_lighting_plan_new (void);
void bf_lighting_plan_free (BfLightingPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfLightingPlan, bf_lighting_plan_free)

/* Bad groups are problems and off. FALSE with @error only when the file cannot be read. */
gboolean bf_lighting_plan_add_file (BfLightingPlan *plan, const char *path, GPtrArray *problems, GError **error);
gboolean bf_lighting_plan_add_text (BfLightingPlan *plan, const char *path, const char *text, gsize length, GPtrArray *problems);
/* What Zones= names; @zones (nullable: the city has none) outlives the plan. A name that is no zone's is a problem. */
void bf_lighting_plan_set_zones (BfLightingPlan *plan, const BfZones *zones, GPtrArray *problems);
/* What Cabinets= and Circuits= name that @model does not have: a problem each. Assets come and go: asked again each time. */
void bf_lighting_plan_check_assets (const BfLightingPlan *plan, const BfModel *model, GPtrArray *problems);

/* Planned light level in %, 0 is off; NAN where there is no place to reckon the sun for. */
BfPoint bf_lighting_plan_place (const BfModel *model, guint32 asset);
double bf_lighting_plan_level (BfLightingPlan *plan, const BfModel *model, guint32 asset, GTimeZone *zone, gint64 now_us,
                               gint64 *ret_until_us);

G_END_DECLS
