/* SPDX-License-Identifier: EUPL-1.2 */
/* The drawings of assets as rows of a table: strokes and faces in a square from -1, -1 (top left) to 1, 1, in one colour.
 *
 *   w N            width of strokes from here on
 *   m X Y          move             l X Y    line          c X Y X Y X Y   curve
 *   o X Y R        circle           r X Y W H    rectangle
 *   a X Y R A B    arc from A to B degrees, clockwise, 0 to the right, joined by a line to what was before
 *   z              close            s   stroke            f   fill, even-odd: a path in a path is a hole
 *
 * A drawing is legible at 9 px: no stroke under 0.2, no more than four parts. Sprites are cached, so a row is read a few
 * times only. */

#include "bf-map-symbols.h"

#include <string.h>

#define MAX_ARGUMENTS 6

static const struct
{
  const char *name;
  const char *path;
} drawings[BF_MAP_N_SYMBOLS] = {
  [BF_MAP_SYMBOL_DOT] = { "dot", "o 0 0 .6 f" },
  [BF_MAP_SYMBOL_P_SQUARE] = { "p-square", "w .34 m -.38 .78 l -.38 -.68 l .08 -.68 c .72 -.68 .72 .16 .08 .16 l -.38 .16 s" },
  [BF_MAP_SYMBOL_LAMP] = { "lamp", "w .22 m -.36 .9 l -.36 -.45 c -.36 -.85 .1 -.85 .3 -.62 s "
                                   "m .05 -.42 l .75 -.42 c .7 -.85 .1 -.85 .05 -.42 f a .4 -.32 .16 0 180 f" },
  [BF_MAP_SYMBOL_DROP] = { "drop", "m 0 -.92 c .25 -.45 .62 -.1 .62 .3 c .62 .68 .34 .92 0 .92 "
                                   "c -.34 .92 -.62 .68 -.62 .3 c -.62 -.1 -.25 -.45 0 -.92 f" },
  [BF_MAP_SYMBOL_BIN] = { "bin", "m -.62 -.42 l .62 -.42 l .46 .88 l -.46 .88 z f r -.74 -.72 1.48 .2 r -.22 -.9 .44 .2 f" },
  [BF_MAP_SYMBOL_CAR] = { "car", "m -.9 .42 l -.9 .02 l -.58 -.1 l -.34 -.54 l .34 -.54 l .6 -.1 l .9 .02 l .9 .42 z f "
                                 "o -.46 .46 .22 f o .46 .46 .22 f" },
  /* A P and a rail beneath it. */
  [BF_MAP_SYMBOL_P_RIDE] = { "p-ride", "w .3 m -.34 .42 l -.34 -.82 l .06 -.82 c .62 -.82 .62 -.08 .06 -.08 l -.34 -.08 s "
                                       "w .2 m -.85 .78 l .85 .78 s m -.55 .6 l -.55 .95 s m 0 .6 l 0 .95 s m .55 .6 l .55 .95 s" },
  /* A P between dashes of the kerb. */
  [BF_MAP_SYMBOL_P_ZONE] = { "p-zone", "w .28 m -.2 .7 l -.2 -.66 l .1 -.66 c .58 -.66 .58 .1 .1 .1 l -.2 .1 s "
                                       "w .2 m -.8 -.9 l -.8 -.35 s m -.8 -.1 l -.8 .3 s m -.8 .55 l -.8 .95 s" },
  [BF_MAP_SYMBOL_P_BAY] = { "p-bay", "w .22 m -.7 .85 l -.7 -.85 s m .7 .85 l .7 -.85 s m -.7 -.85 l .7 -.85 s "
                                     "r -.3 -.4 .6 1.05 f" },
  [BF_MAP_SYMBOL_P_DISABLED] = { "p-disabled", "o -.12 -.78 .19 f w .2 m -.12 -.5 l -.08 .12 l .42 .12 l .62 .72 s "
                                               "m -.1 -.18 l .36 -.18 s a -.1 .38 .5 110 300 s m -.1 .88 s a -.1 .38 .5 20 110 s" },
  [BF_MAP_SYMBOL_CABINET] = { "cabinet", "r -.6 -.9 1.2 1.6 m .12 -.66 l -.34 .02 l -.04 .02 l -.14 .5 l .34 -.22 l .02 -.22 z f "
                                         "r -.48 .76 .24 .18 r .24 .76 .24 .18 f" },
  /* Three lamps on a line. */
  [BF_MAP_SYMBOL_CIRCUIT] = { "circuit", "w .2 m -.85 .7 l .85 .7 s m -.6 .7 l -.6 -.3 s m 0 .7 l 0 -.3 s m .6 .7 l .6 -.3 s "
                                         "o -.6 -.5 .25 f o 0 -.5 .25 f o .6 -.5 .25 f" },
  [BF_MAP_SYMBOL_BIN_UNDERGROUND] = { "bin-underground", "r -.4 -.95 .8 .62 f w .2 m -.95 -.2 l .95 -.2 s "
                                                         "m -.62 .02 l .62 .02 l .52 .92 l -.52 .92 z f" },
  [BF_MAP_SYMBOL_RECYCLING] = { "recycling", "w .24 a 0 0 .62 -150 -70 s m .1 -.95 l .62 -.62 l .1 -.24 z f "
                                             "a 0 0 .62 -30 50 s m .86 .3 l .52 .92 l .14 .34 z f "
                                             "a 0 0 .62 90 170 s m -.96 .28 l -.62 -.3 l -.2 .24 z f" },
  [BF_MAP_SYMBOL_GAUGE] = { "gauge", "w .22 a 0 .1 .76 150 390 s w .22 m 0 .1 l .4 -.34 s o 0 .1 .2 f r -.3 .68 .6 .24 f" },
  /* A pipe with a dial on it. */
  [BF_MAP_SYMBOL_METER] = { "meter", "o 0 -.2 .62 o 0 -.2 .4 f w .18 m 0 -.2 l .2 -.4 s r -.95 .52 1.9 .36 f" },
  [BF_MAP_SYMBOL_TANK] = { "tank", "m -.8 -.6 c -.4 -.95 .4 -.95 .8 -.6 l .8 .12 l -.8 .12 z f m -.66 .12 l -.44 .12 l -.44 .92 l -.66 .92 z "
                                   "m .44 .12 l .66 .12 l .66 .92 l .44 .92 z r -.12 .12 .24 .8 f" },
  [BF_MAP_SYMBOL_PUMP] = { "pump", "w .22 o 0 0 .76 s m -.3 -.5 l .62 0 l -.3 .5 z f" },
  /* An arrow up out of a basin. */
  [BF_MAP_SYMBOL_LIFT] = { "lift", "w .22 m -.85 .1 l -.85 .85 l .85 .85 l .85 .1 s w .26 m 0 .6 l 0 -.4 s m -.5 -.3 l 0 -.95 l .5 -.3 z f" },
  [BF_MAP_SYMBOL_VALVE] = { "valve", "m -.9 -.2 l 0 .3 l -.9 .8 z m .9 -.2 l 0 .3 l .9 .8 z f w .2 m 0 .3 l 0 -.6 s m -.45 -.7 l .45 -.7 s" },
  [BF_MAP_SYMBOL_ROAD] = { "road", "w .22 m -.8 .9 l -.34 -.9 s m .8 .9 l .34 -.9 s m 0 .9 l 0 .45 s m 0 .15 l 0 -.2 s m 0 -.5 l 0 -.8 s" },
  /* A loop in the lane, and its cable. */
  [BF_MAP_SYMBOL_COUNTER] = { "counter", "w .22 r -.55 -.8 1.1 1.1 s m 0 .3 l 0 .65 s r -.3 .62 .6 .3 f" },
  [BF_MAP_SYMBOL_TRAFFIC_LIGHT] = { "traffic-light", "r -.46 -.95 .92 1.9 o 0 -.56 .22 o 0 0 .22 o 0 .56 .22 f" },
  /* A barrier. */
  [BF_MAP_SYMBOL_ROAD_WORKS] = { "road-works", "r -.95 -.55 1.9 .6 m -.6 .05 l -.3 -.55 l .02 -.55 l -.28 .05 z "
                                               "m .26 .05 l .56 -.55 l .88 -.55 l .58 .05 z f w .2 m -.6 .05 l -.6 .9 s m .6 .05 l .6 .9 s" },
  [BF_MAP_SYMBOL_AIR] = { "air", "w .22 m -.9 -.3 l .3 -.3 c .8 -.3 .75 -.9 .3 -.86 s m -.9 .1 l .75 .1 s m -.9 .5 l .1 .5 c .6 .5 .6 1 .1 .92 s" },
  [BF_MAP_SYMBOL_BIKE] = { "bike", "w .18 o -.55 .36 .36 s o .55 .36 .36 s m -.55 .36 l -.2 -.3 l .3 -.3 l .55 .36 s m -.2 -.3 l 0 .36 l .3 -.3 s "
                                   "m -.38 -.48 l -.04 -.48 s m .3 -.3 l .2 -.66 l .46 -.66 s" },
  [BF_MAP_SYMBOL_SCOOTER] = { "scooter", "w .2 m .1 -.86 l .42 -.86 l .62 .5 s m -.62 .52 l .2 .52 l .5 .1 s o -.62 .62 .24 f o .62 .62 .24 f" },
  [BF_MAP_SYMBOL_LINE] = { "line", "w .2 m -.7 .7 c -.7 -.1 .7 .1 .7 -.7 s o -.7 .7 .26 f o .7 -.7 .26 f o 0 0 .24 f" },
  [BF_MAP_SYMBOL_BUS] = { "bus", "m -.72 -.8 l .72 -.8 l .72 .66 l -.72 .66 z r -.52 -.58 1.04 .56 f o -.4 .7 .2 f o .4 .7 .2 f" },
  [BF_MAP_SYMBOL_PLUG] = { "plug", "w .2 m -.3 -.95 l -.3 -.45 s m .3 -.95 l .3 -.45 s "
                                   "m -.62 -.45 l .62 -.45 l .62 -.1 c .62 .62 -.62 .62 -.62 -.1 z f w .22 m 0 .4 l 0 .95 s" },
  [BF_MAP_SYMBOL_PLUG_STATION] = { "plug-station", "r -.75 -.9 .95 1.7 m -.2 -.62 l -.56 .04 l -.3 .04 l -.36 .5 l .02 -.16 l -.24 -.16 z f "
                                                   "r -.85 .8 1.15 .16 f w .18 m .2 -.1 l .55 -.1 l .55 .5 c .55 .8 .9 .8 .9 .5 l .9 -.4 l .6 -.7 s" },
  [BF_MAP_SYMBOL_REPORT] = { "report", "m -.85 -.75 l .85 -.75 l .85 .42 l .05 .42 l -.4 .9 l -.4 .42 l -.85 .42 z "
                                       "r -.1 -.58 .2 .5 r -.1 .06 .2 .2 f" },
  /* A shield, and a pennant: warnings are not alerts and have none of their shapes. */
  [BF_MAP_SYMBOL_WARNING_AREA] = { "warning-area", "m 0 -.92 l .76 -.66 c .76 .1 .5 .66 0 .94 c -.5 .66 -.76 .1 -.76 -.66 z "
                                                   "r -.11 -.5 .22 .66 r -.11 .3 .22 .22 f" },
  [BF_MAP_SYMBOL_WARNING] = { "warning", "w .2 m -.55 .95 l -.55 -.95 s m -.45 -.9 l .8 -.5 l -.45 -.08 z f" },
  [BF_MAP_SYMBOL_WEATHER] = { "weather", "o .3 -.4 .34 f w .16 m .3 -.95 l .3 -.82 s m .85 -.4 l .72 -.4 s m .7 -.8 l .6 -.7 s "
                                         "m -.5 .7 c -1.05 .66 -1 -.06 -.5 -.06 c -.3 -.5 .3 -.3 .32 .06 c .86 .04 .86 .7 .4 .7 z f" },
  /* A staff in the water. */
  [BF_MAP_SYMBOL_RIVER] = { "river", "r -.26 -.95 .52 1.3 r -.02 -.72 .28 .14 r -.02 -.36 .28 .14 r -.02 0 .28 .14 f "
                                     "w .2 m -.9 .7 c -.6 .4 -.3 .4 0 .7 c .3 1 .6 1 .9 .7 s" },
  [BF_MAP_SYMBOL_WAVE] = { "wave", "w .22 m -.9 -.45 c -.6 -.8 -.3 -.8 0 -.45 c .3 -.1 .6 -.1 .9 -.45 s "
                                   "m -.9 .1 c -.6 -.25 -.3 -.25 0 .1 c .3 .45 .6 .45 .9 .1 s m -.9 .65 c -.6 .3 -.3 .3 0 .65 c .3 1 .6 1 .9 .65 s" },
  [BF_MAP_SYMBOL_BUILDING] = { "building", "r -.7 -.9 1.4 1.8 r -.42 -.62 .28 .28 r .14 -.62 .28 .28 r -.42 -.1 .28 .28 r .14 -.1 .28 .28 "
                                           "r -.16 .46 .32 .44 f" },
  [BF_MAP_SYMBOL_METER_ELECTRICITY] = { "meter-electricity", "w .18 o 0 0 .82 s m .16 -.6 l -.4 .1 l -.04 .1 l -.14 .6 l .4 -.12 l .06 -.12 z f" },
  [BF_MAP_SYMBOL_METER_WATER] = { "meter-water", "w .18 o 0 0 .82 s m 0 -.56 c .14 -.26 .38 -.04 .38 .2 c .38 .6 -.38 .6 -.38 .2 c -.38 -.04 -.14 -.26 0 -.56 f" },
  [BF_MAP_SYMBOL_METER_GAS] = { "meter-gas", "w .18 o 0 0 .82 s m .02 -.58 c .1 -.3 .42 -.16 .38 .2 c .36 .6 -.36 .6 -.38 .2 "
                                             "c -.4 0 -.2 -.04 -.16 -.2 c .02 -.14 .02 -.36 .02 -.58 f" },
  [BF_MAP_SYMBOL_METER_HEAT] = { "meter-heat", "w .18 o 0 0 .82 s m -.34 .46 c -.6 .1 -.1 -.1 -.34 -.46 s m 0 .46 c -.26 .1 .24 -.1 0 -.46 s "
                                               "m .34 .46 c .08 .1 .58 -.1 .34 -.46 s" },
};

/**
 * bf_map_symbol_from_name: (skip)
 * @name: (nullable): the name that a manifest gives in `Symbol=`
 *
 * Returns: the drawing, the generic dot for a name that has none
 */
BfMapSymbol
bf_map_symbol_from_name (const char *name)
{
  for (int i = 0; i < BF_MAP_N_SYMBOLS; i++)
    if (g_strcmp0 (name, drawings[i].name) == 0)
      return (BfMapSymbol) i;
  return BF_MAP_SYMBOL_DOT;
}

/**
 * bf_map_symbol_get_name: (skip)
 *
 * Returns: (transfer none): its name in manifests
 */
const char *
bf_map_symbol_get_name (BfMapSymbol symbol)
{
  g_return_val_if_fail ((guint) symbol < BF_MAP_N_SYMBOLS, NULL);
  return drawings[symbol].name;
}

/* One command of a drawing. */
static void
draw_command (cairo_t *cr, char command, const double *v)
{
  switch (command)
    {
    case 'w':
      cairo_set_line_width (cr, v[0]);
      break;
    case 'm':
      cairo_move_to (cr, v[0], v[1]);
      break;
    case 'l':
      cairo_line_to (cr, v[0], v[1]);
      break;
    case 'c':
      cairo_curve_to (cr, v[0], v[1], v[2], v[3], v[4], v[5]);
      break;
    case 'o':
      cairo_new_sub_path (cr);
      cairo_arc (cr, v[0], v[1], v[2], 0, 2 * G_PI);
      cairo_close_path (cr);
      break;
    case 'a':
      cairo_arc (cr, v[0], v[1], v[2], v[3] * G_PI / 180, v[4] * G_PI / 180);
      break;
    case 'r':
      cairo_rectangle (cr, v[0], v[1], v[2], v[3]);
      break;
    case 'z':
      cairo_close_path (cr);
      break;
    case 's':
      cairo_stroke (cr);
      break;
    case 'f':
      cairo_fill (cr);
      break;
    default:
      g_assert_not_reached ();
    }
}

static guint
n_arguments (char command)
{
  static const char commands[] = "wmlcoarzsf";
  static const guint8 counts[] = { 1, 2, 2, 6, 3, 5, 4, 0, 0, 0 };
  const char *at = strchr (commands, command);

  g_assert (at != NULL);
  return counts[at - commands];
}

/**
 * bf_map_draw_symbol: (skip)
 * @cr: a context whose source is the colour
 * @symbol: the drawing
 * @x: centre
 * @y: centre
 * @size: height in user units
 *
 * Draws the bare symbol of a service in one colour.
 */
void
bf_map_draw_symbol (cairo_t *cr, BfMapSymbol symbol, double x, double y, double size)
{
  const char *p;

  g_return_if_fail ((guint) symbol < BF_MAP_N_SYMBOLS);
  p = drawings[symbol].path;
  cairo_save (cr);
  cairo_translate (cr, x, y);
  cairo_scale (cr, size / 2.0, size / 2.0);
  cairo_set_fill_rule (cr, CAIRO_FILL_RULE_EVEN_ODD);
  cairo_new_path (cr);
  while (*p != '\0')
    {
      double v[MAX_ARGUMENTS] = { 0 };
      char command = *p++;
      guint n = n_arguments (command);

      for (guint i = 0; i < n; i++)
        {
          char *end;

          v[i] = g_ascii_strtod (p, &end);
          g_assert (end != p);
          p = end;
        }
      draw_command (cr, command, v);
      while (*p == ' ')
        p++;
    }
  cairo_restore (cr);
}
