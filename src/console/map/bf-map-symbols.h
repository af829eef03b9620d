/* SPDX-License-Identifier: EUPL-1.2 */
/* The drawings of assets, one a name that a manifest gives in `Symbol=`. Cairo, no GTK. */
#pragma once

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

/**
 * BfMapSymbol:
 *
 * The drawings of assets. Adding one: a value here, a row in bf-map-symbols.c.
 */
typedef enum
{
  BF_MAP_SYMBOL_DOT,
  BF_MAP_SYMBOL_P_SQUARE,
  BF_MAP_SYMBOL_LAMP,
  BF_MAP_SYMBOL_DROP,
  BF_MAP_SYMBOL_BIN,
  BF_MAP_SYMBOL_CAR,
  BF_MAP_SYMBOL_P_RIDE,
  BF_MAP_SYMBOL_P_ZONE,
  BF_MAP_SYMBOL_P_BAY,
  BF_MAP_SYMBOL_P_DISABLED,
  BF_MAP_SYMBOL_CABINET,
  BF_MAP_SYMBOL_CIRCUIT,
  BF_MAP_SYMBOL_BIN_UNDERGROUND,
  BF_MAP_SYMBOL_RECYCLING,
  BF_MAP_SYMBOL_GAUGE,
  BF_MAP_SYMBOL_METER,
  BF_MAP_SYMBOL_TANK,
  BF_MAP_SYMBOL_PUMP,
  BF_MAP_SYMBOL_LIFT,
  BF_MAP_SYMBOL_VALVE,
  BF_MAP_SYMBOL_ROAD,
  BF_MAP_SYMBOL_COUNTER,
  BF_MAP_SYMBOL_TRAFFIC_LIGHT,
  BF_MAP_SYMBOL_ROAD_WORKS,
  BF_MAP_SYMBOL_AIR,
  BF_MAP_SYMBOL_BIKE,
  BF_MAP_SYMBOL_SCOOTER,
  BF_MAP_SYMBOL_LINE,
  BF_MAP_SYMBOL_BUS,
  BF_MAP_SYMBOL_PLUG,
  BF_MAP_SYMBOL_PLUG_STATION,
  BF_MAP_SYMBOL_REPORT,
  BF_MAP_SYMBOL_WARNING_AREA,
  BF_MAP_SYMBOL_WARNING,
  BF_MAP_SYMBOL_WEATHER,
  BF_MAP_SYMBOL_RIVER,
  BF_MAP_SYMBOL_WAVE,
  BF_MAP_SYMBOL_BUILDING,
  BF_MAP_SYMBOL_METER_ELECTRICITY,
  BF_MAP_SYMBOL_METER_WATER,
  BF_MAP_SYMBOL_METER_GAS,
  BF_MAP_SYMBOL_METER_HEAT,
  BF_MAP_N_SYMBOLS,
} BfMapSymbol;

BfMapSymbol bf_map_symbol_from_name (const char *name);
const char *bf_map_symbol_get_name (BfMapSymbol symbol);
void bf_map_draw_symbol (cairo_t *cr, BfMapSymbol symbol, double x, double y, double size);

G_END_DECLS
