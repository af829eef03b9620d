/* SPDX-License-Identifier: EUPL-1.2 */
/* The guide of the demonstration: five minutes, step by step; each step ticks itself when it was done. */
#pragma once

#include "console/bf-city-sync.h"
#include "console/bf-private-engine.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

typedef enum
{
  BF_GUIDE_SEE,
  BF_GUIDE_ACKNOWLEDGE,
  BF_GUIDE_KILL,
  BF_GUIDE_STILL,
  BF_GUIDE_CUT,
  BF_GUIDE_UNKNOWN,
  BF_GUIDE_CONNECT,
  BF_GUIDE_N_STEPS,
} BfGuideStep;

#define BF_TYPE_DEMO_GUIDE (bf_demo_guide_get_type ())
G_DECLARE_FINAL_TYPE (BfDemoGuide, bf_demo_guide, BF, DEMO_GUIDE, GtkWidget)

void bf_demo_guide_set_sync (BfDemoGuide *self, BfCitySync *sync);
void bf_demo_guide_set_engine (BfDemoGuide *self, BfPrivateEngine *engine);
void bf_demo_guide_update (BfDemoGuide *self);
void bf_demo_guide_seen (BfDemoGuide *self);
void bf_demo_guide_tick (BfDemoGuide *self, BfGuideStep step);
gboolean bf_demo_guide_is_done (BfDemoGuide *self, BfGuideStep step);

G_END_DECLS
