/* SPDX-License-Identifier: EUPL-1.2 */
/* How the map looks: the two palettes, the states with their colours and shapes.
 *
 * Calm is grey (ISA-101): the five colours of the priorities appear nowhere else, and never without their shape.
 * Pure Cairo, any thread, nothing kept.
 */
#include "bf-map-style.h"

#include <math.h>

static const BfMapPalette palettes[2] = {
  { .ground = 0xe9ebed,
    .road = 0xffffff,
    .main_road = 0xffffff,
    .water = 0xcfe0ea,
    .park = 0xdbe6da,
    .wood = 0xd3e0d1,
    .built = 0xe4e7ea,
    .industrial = 0xe2e3e8,
    .building = 0xd9dde1,
    .rail = 0xc3c9cf,
    .casing = 0xd5d9de,
    .asset = 0x9aa2ab,
    .panel = 0xf9fafb,
    .line = 0xd5d9de,
    .text = 0x1f2937,
    .dim_text = 0x667080,
    .label = 0x667080,
    .ring = 0x9aa2ab,
    .selection = 0xdbe7f3 },
  { .ground = 0x22262b,
    .road = 0x3b4148,
    .main_road = 0x4a515a,
    .water = 0x1f3442,
    .park = 0x26312b,
    .wood = 0x243029,
    .built = 0x252a2f,
    .industrial = 0x262a30,
    .building = 0x2c3238,
    .rail = 0x353b42,
    .casing = 0x1d2125,
    .asset = 0x6b747e,
    .panel = 0x272c31,
    .line = 0x363c43,
    .text = 0xe7eaee,
    .dim_text = 0x9aa3ad,
    .label = 0x8a939d,
    .ring = 0x6b747e,
    .selection = 0x33404d },
};

static const guint32 priority_colours[] = {
  [BF_MAP_PRIORITY_NONE] = 0x6b747e,   [BF_MAP_PRIORITY_UNKNOWN] = 0x9a9996, [BF_MAP_PRIORITY_LOW] = 0x62a0ea,
  [BF_MAP_PRIORITY_MEDIUM] = 0xf5c211, [BF_MAP_PRIORITY_HIGH] = 0xff7800,    [BF_MAP_PRIORITY_CRITICAL] = 0xe01b24,
};

/**
 * bf_map_palette_get: (skip)
 * @dark: whether the dark one is wanted
 *
 * Returns: (transfer none): the palette
 */
const BfMapPalette *
bf_map_palette_get (gboolean dark)
{
  return &palettes[dark ? 1 : 0];
}

/**
 * bf_map_state_make: (skip)
 * @priority: a priority
 * @acknowledged: whether a person has acknowledged the alert; has no meaning without one
 *
 * Returns: the state to show
 */
BfMapState
bf_map_state_make (BfMapPriority priority, gboolean acknowledged)
{
  if (priority <= BF_MAP_PRIORITY_UNKNOWN)
    return (BfMapState) priority;
  return (BfMapState) ((acknowledged ? BF_MAP_STATE_LOW_ACKNOWLEDGED : BF_MAP_STATE_LOW)
                       + ((int) priority - BF_MAP_PRIORITY_LOW));
}

/**
 * bf_map_state_get_priority: (skip)
 * @state: a state
 *
 * Returns: its priority
 */
BfMapPriority
bf_map_state_get_priority (BfMapState state)
{
  if (state <= BF_MAP_STATE_UNKNOWN)
    return (BfMapPriority) state;
  return (BfMapPriority) (BF_MAP_PRIORITY_LOW
                          + (state >= BF_MAP_STATE_LOW ? state - BF_MAP_STATE_LOW
                                                       : state - BF_MAP_STATE_LOW_ACKNOWLEDGED));
}

/**
 * bf_map_state_is_alert: (skip)
 * @state: a state
 *
 * Returns: whether an alert is behind it, acknowledged or not
 */
gboolean
bf_map_state_is_alert (BfMapState state)
{
  return state >= BF_MAP_STATE_LOW_ACKNOWLEDGED;
}

/**
 * bf_map_state_is_acknowledged: (skip)
 * @state: a state
 *
 * Returns: whether it is an alert that a person has acknowledged
 */
gboolean
bf_map_state_is_acknowledged (BfMapState state)
{
  return bf_map_state_is_alert (state) && state < BF_MAP_STATE_LOW;
}

/**
 * bf_map_priority_get_colour: (skip)
 * @priority: a priority
 *
 * Returns: its colour, 0xRRGGBB
 */
guint32
bf_map_priority_get_colour (BfMapPriority priority)
{
  g_return_val_if_fail ((guint) priority < G_N_ELEMENTS (priority_colours), 0);

  return priority_colours[priority];
}

/**
 * bf_map_set_source: (skip)
 * @cr: a context
 * @colour: 0xRRGGBB
 * @alpha: 0 to 1
 */
void
bf_map_set_source (cairo_t *cr, guint32 colour, double alpha)
{
  cairo_set_source_rgba (cr, (colour >> 16 & 0xff) / 255.0, (colour >> 8 & 0xff) / 255.0, (colour & 0xff) / 255.0,
                         alpha);
}

/* The outline of a priority's shape about the origin; all have about the same weight to the eye. */
static void
shape_path (cairo_t *cr, BfMapPriority priority, double size)
{
  double r = size / 2.0;

  switch (priority)
    {
    case BF_MAP_PRIORITY_CRITICAL:
      cairo_move_to (cr, 0, -r * 1.08);
      cairo_line_to (cr, r * 1.08, 0);
      cairo_line_to (cr, 0, r * 1.08);
      cairo_line_to (cr, -r * 1.08, 0);
      break;
    case BF_MAP_PRIORITY_HIGH:
      cairo_move_to (cr, 0, -r * 0.98);
      cairo_line_to (cr, r * 1.06, r * 0.84);
      cairo_line_to (cr, -r * 1.06, r * 0.84);
      break;
    case BF_MAP_PRIORITY_LOW:
      cairo_move_to (cr, 0, r * 0.98);
      cairo_line_to (cr, -r * 1.0, -r * 0.78);
      cairo_line_to (cr, r * 1.0, -r * 0.78);
      break;
    case BF_MAP_PRIORITY_NONE:
    case BF_MAP_PRIORITY_UNKNOWN:
    case BF_MAP_PRIORITY_MEDIUM:
    default:
      cairo_arc (cr, 0, 0, r * 0.88, 0, 2 * G_PI);
      break;
    }
  cairo_close_path (cr);
}

/**
 * bf_map_draw_state: (skip)
 * @cr: a context
 * @state: unknown or an alert; calm draws nothing
 * @x: centre
 * @y: centre
 * @size: height in user units
 * @halo: 0xRRGGBB of the ground, drawn as a thin rim that keeps the shape legible over anything
 *
 * Draws the colour and shape of a state: filled when it waits for a person, outline only once acknowledged, a
 * dashed ring when unknown.
 */
void
bf_map_draw_state (cairo_t *cr, BfMapState state, double x, double y, double size, guint32 halo)
{
  BfMapPriority priority = bf_map_state_get_priority (state);
  double line = MAX (1.5, size / 11.0);

  if (state == BF_MAP_STATE_CALM)
    return;
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  if (state == BF_MAP_STATE_UNKNOWN)
    {
      double dash = G_PI * size * 0.78 / 16.0;

      cairo_arc (cr, 0, 0, size * 0.39, 0, 2 * G_PI);
      cairo_set_dash (cr, &dash, 1, 0);
    }
  else
    {
      gboolean outline = bf_map_state_is_acknowledged (state);

      shape_path (cr, priority, outline ? size - line : size);
      bf_map_set_source (cr, halo, outline ? 0.55 : 0.9);
      cairo_set_line_width (cr, line * 1.8);
      cairo_stroke_preserve (cr);
      if (outline)
        bf_map_set_source (cr, halo, 0.85);
      else
        bf_map_set_source (cr, bf_map_priority_get_colour (priority), 1);
      cairo_fill (cr);
      shape_path (cr, priority, outline ? size - line : size - line * 0.8);
    }
  bf_map_set_source (cr, bf_map_priority_get_colour (priority), 1);
  cairo_set_line_width (cr, line * (bf_map_state_is_acknowledged (state) ? 1.0 : 0.8));
  cairo_stroke (cr);
  cairo_restore (cr);
}
