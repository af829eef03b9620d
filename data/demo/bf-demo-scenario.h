/* SPDX-License-Identifier: EUPL-1.2 */
/*
 * A scenario: a text file, in the syntax of the city's files (base/bf-conf.h), that says how the demo begins and what happens when.
 *
 *   [Scenario]
 *   Name=Storm                 for people
 *   Begin=market               market: Saturday, shortly before the Halles fill; now: this hour of this day (as without the line)
 *   Speed=20                   of the cars in the car parks: model seconds a second (1)
 *
 *   [Incident burst]           a name of your own
 *   At=2min                    after the start
 *   Since=36h                  in its place: it began so long before
 *   Kind=main-burst            one of bf_demo_incident_names
 *   Id=PRS-07                  what it happens to; without it the usual thing, or the next that is free. Of an outage: the service
 *   For=25min                  how long; without it until told to end
 */
#pragma once

#include "bf-demo-city.h"

G_BEGIN_DECLS

typedef struct
{
  char *name;
  char *kind;
  char *id;
  gint64 at_us; /* < 0: before the start */
  gint64 for_us; /* 0: until told to end */
  guint line;
} BfDemoStep;

typedef struct
{
  char *path;
  char *name;
  gboolean market;
  double speed;
  GArray *steps; /* BfDemoStep, in the order of the file */
} BfDemoScenario;

/* NULL with @error: every problem of the file, a line each: file, line, what was found and what was expected. */
BfDemoScenario *bf_demo_scenario_load (const char *path, GError **error);
/* @name: of a file in demo/scenarios of the city's folder, or the path of a file (it has a slash or ends in .scenario). */
BfDemoScenario *bf_demo_scenario_find (const char *folder, const char *name, GError **error);
void bf_demo_scenario_free (BfDemoScenario *scenario);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfDemoScenario, bf_demo_scenario_free)

/* Puts its incidents into the city, all or, with @error, none. @hurry: they begin so many times sooner; how long they last stays. */
gboolean bf_demo_scenario_begin (const BfDemoScenario *scenario, BfDemoCity *city, gint64 now_us, double hurry, GError **error);

G_END_DECLS
