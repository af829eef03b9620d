/* SPDX-License-Identifier: EUPL-1.2 */
/* How the map looks: the two palettes, the states with their colours and shapes. */
#pragma once

#include <cairo.h>
#include <glib.h>

#include "bf-map-symbols.h"

G_BEGIN_DECLS

/**
 * BfMapState:
 *
 * What one asset shows, worst last: an unacknowledged alert is worse than any acknowledged one, so that the
 * greatest state of a cluster never hides one that waits for a person.
 */
typedef enum
{
  BF_MAP_STATE_CALM,
  BF_MAP_STATE_UNKNOWN,
  BF_MAP_STATE_LOW_ACKNOWLEDGED,
  BF_MAP_STATE_MEDIUM_ACKNOWLEDGED,
  BF_MAP_STATE_HIGH_ACKNOWLEDGED,
  BF_MAP_STATE_CRITICAL_ACKNOWLEDGED,
  BF_MAP_STATE_LOW,
  BF_MAP_STATE_MEDIUM,
  BF_MAP_STATE_HIGH,
  BF_MAP_STATE_CRITICAL,
} BfMapState;

#define BF_MAP_N_STATES (BF_MAP_STATE_CRITICAL + 1)

/**
 * BfMapPriority:
 *
 * The priorities of DESIGN §3 with the two states that have no alert.
 */
typedef enum
{
  BF_MAP_PRIORITY_NONE,
  BF_MAP_PRIORITY_UNKNOWN,
  BF_MAP_PRIORITY_LOW,
  BF_MAP_PRIORITY_MEDIUM,
  BF_MAP_PRIORITY_HIGH,
  BF_MAP_PRIORITY_CRITICAL,
} BfMapPriority;

/* All colours are 0xRRGGBB. */
typedef struct
{
  guint32 ground, road, main_road, water, park;
  guint32 wood, built, industrial, building, rail, casing;
  guint32 asset, panel, line, text, dim_text, label, ring, selection;
} BfMapPalette;

const BfMapPalette *bf_map_palette_get (gboolean dark);

BfMapState bf_map_state_make (BfMapPriority priority, gboolean acknowledged);
BfMapPriority bf_map_state_get_priority (BfMapState state);
gboolean bf_map_state_is_alert (BfMapState state);
gboolean bf_map_state_is_acknowledged (BfMapState state);
guint32 bf_map_priority_get_colour (BfMapPriority priority);

void bf_map_set_source (cairo_t *cr, guint32 colour, double alpha);
void bf_map_draw_state (cairo_t *cr, BfMapState state, double x, double y, double size, guint32 halo);

G_END_DECLS
