/* SPDX-License-Identifier: EUPL-1.2 */
/* How lines and areas look, in one pass over the frame: grey while calm, dashed when nothing is known, the colour of the
 * priority with an alert, hollow once a person has acknowledged it. Areas lie under lines, worse states over better ones.
 *
 * Some lines of one look are one path and one stroke. What lies far outside of the frame is cut off first: Cairo's numbers
 * end at 2^23, and dashes cost by their length. Main thread.
 */
#include "bf-shape-painter.h"

#define MARGIN_PX 64
#define MANY_SHAPES 400 /* in the frame; more are painted without soft edges, so that the frame stays in its time */
#define LINES_A_STROKE 8 /* Cairo's edges are kept in order as they come and go: the more there are, the more each costs */

typedef struct
{
  double x, y;
} Place;

/* The frame with its margin, and the rooms of the clipper. */
typedef struct
{
  cairo_t *cr;
  const BfProjection *p;
  double k; /* pixels a unit */
  float tolerance;
  double left, top, right, bottom;
  GArray *ring, *cut; /* Place */
} Pen;

static Place
place_at (const Pen *pen, const BfMapShape *shape, guint i)
{
  return (Place){ shape->x[i] * pen->k - (double) pen->p->left, shape->y[i] * pen->k - (double) pen->p->top };
}

/* Lines */

/* One side of the box for Liang and Barsky: @p the way towards it, @q how far it is. */
static gboolean
cut_side (double p, double q, double *from, double *to)
{
  if (p == 0)
    return q >= 0;
  if (p < 0)
    *from = MAX (*from, q / p);
  else
    *to = MIN (*to, q / p);
  return *from <= *to;
}

static gboolean
cut_segment (const Pen *pen, Place *a, Place *b)
{
  double dx = b->x - a->x, dy = b->y - a->y, from = 0, to = 1;
  Place start = *a;

  if (!cut_side (-dx, a->x - pen->left, &from, &to) || !cut_side (dx, pen->right - a->x, &from, &to)
      || !cut_side (-dy, a->y - pen->top, &from, &to) || !cut_side (dy, pen->bottom - a->y, &from, &to))
    return FALSE;
  *a = (Place){ start.x + from * dx, start.y + from * dy };
  *b = (Place){ start.x + to * dx, start.y + to * dy };
  return TRUE;
}

static void
line_path (Pen *pen, const BfMapShape *shape, guint first, guint end)
{
  Place last = place_at (pen, shape, first);
  gboolean broken = TRUE;

  for (guint i = first + 1; i < end; i++)
    {
      Place next, a = last, b;

      if (shape->needed[i] < pen->tolerance)
        continue;
      b = next = place_at (pen, shape, i);
      if (cut_segment (pen, &a, &b))
        {
          if (broken || a.x != last.x || a.y != last.y)
            cairo_move_to (pen->cr, a.x, a.y);
          cairo_line_to (pen->cr, b.x, b.y);
          broken = b.x != next.x || b.y != next.y;
        }
      else
        broken = TRUE;
      last = next;
    }
}

/* Areas */

/* The signed way inside of one side of the box. */
static double
inside_by (const Pen *pen, int side, Place at)
{
  switch (side)
    {
    case 0:
      return at.x - pen->left;
    case 1:
      return pen->right - at.x;
    case 2:
      return at.y - pen->top;
    default:
      return pen->bottom - at.y;
    }
}

/* Sutherland and Hodgman against one side. */
static void
cut_ring (Pen *pen, int side)
{
  GArray *from = pen->ring;

  g_array_set_size (pen->cut, 0);
  for (guint i = 0; i < from->len; i++)
    {
      Place a = g_array_index (from, Place, i > 0 ? i - 1 : from->len - 1), b = g_array_index (from, Place, i);
      double in_a = inside_by (pen, side, a), in_b = inside_by (pen, side, b);

      if ((in_a < 0) != (in_b < 0))
        {
          double t = in_a / (in_a - in_b);
          Place border = { a.x + t * (b.x - a.x), a.y + t * (b.y - a.y) };

          g_array_append_val (pen->cut, border);
        }
      if (in_b >= 0)
        g_array_append_val (pen->cut, b);
    }
  pen->ring = pen->cut;
  pen->cut = from;
}

static void
ring_path (Pen *pen, const BfMapShape *shape, guint first, guint end)
{
  g_array_set_size (pen->ring, 0);
  for (guint i = first; i + 1 < end; i++)
    if (shape->needed[i] >= pen->tolerance)
      {
        Place at = place_at (pen, shape, i);

        g_array_append_val (pen->ring, at);
      }
  for (int side = 0; side < 4; side++)
    cut_ring (pen, side);
  for (guint i = 0; i < pen->ring->len; i++)
    {
      Place at = g_array_index (pen->ring, Place, i);

      if (i == 0)
        cairo_move_to (pen->cr, at.x, at.y);
      else
        cairo_line_to (pen->cr, at.x, at.y);
    }
  if (pen->ring->len > 0)
    cairo_close_path (pen->cr);
}

static void
shape_path (Pen *pen, const BfMapShape *shape)
{
  guint first = 0;

  for (guint part = 0; part < shape->n_parts; part++)
    {
      if (shape->type == BF_SHAPE_AREAS)
        ring_path (pen, shape, first, shape->ends[part]);
      else
        line_path (pen, shape, first, shape->ends[part]);
      first = shape->ends[part];
    }
}

/* Looks */

static double
line_width (const BfProjection *p)
{
  return (p->zoom < 13 ? 2.5 : p->zoom < 14.5 ? 3.5 : p->zoom < 16 ? 5 : 6.5) * p->scale;
}

static void
stroke (const Pen *pen, guint32 colour, double alpha, double width, gboolean keep)
{
  bf_map_set_source (pen->cr, colour, alpha);
  cairo_set_line_width (pen->cr, width);
  if (keep)
    cairo_stroke_preserve (pen->cr);
  else
    cairo_stroke (pen->cr);
}

static void
paint_lines (const Pen *pen, BfMapState state, const BfMapPalette *palette)
{
  double width = line_width (pen->p), scale = pen->p->scale;
  guint32 colour = state == BF_MAP_STATE_CALM ? palette->asset : bf_map_priority_get_colour (bf_map_state_get_priority (state));
  double dash[] = { 2.2 * width, 1.8 * width };

  cairo_set_line_cap (pen->cr, state == BF_MAP_STATE_UNKNOWN ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
  if (bf_map_state_is_alert (state))
    stroke (pen, palette->ground, 1, width + 2.4 * scale, TRUE);
  if (state == BF_MAP_STATE_UNKNOWN)
    {
      cairo_set_dash (pen->cr, dash, 2, 0);
      stroke (pen, colour, 1, width * 0.7, FALSE);
      cairo_set_dash (pen->cr, NULL, 0, 0);
    }
  else if (bf_map_state_is_acknowledged (state))
    {
      stroke (pen, colour, 1, width + 1.2 * scale, TRUE);
      stroke (pen, palette->ground, 1, MAX (width - 1.6 * scale, scale), FALSE);
    }
  else
    stroke (pen, colour, 1, bf_map_state_is_alert (state) ? width + scale : width, FALSE);
}

/* What is larger than the frame would only tint all that lies in it. */
static gboolean
fits (const BfMapShape *shape, const BfProjection *p)
{
  return bf_projection_x (p, shape->max_x) - bf_projection_x (p, shape->min_x) < p->width
         || bf_projection_y (p, shape->max_y) - bf_projection_y (p, shape->min_y) < p->height;
}

static void
paint_area (const Pen *pen, const BfMapShape *shape, BfMapState state, const BfMapPalette *palette)
{
  double scale = pen->p->scale;
  gboolean waits = bf_map_state_is_alert (state) && !bf_map_state_is_acknowledged (state);
  gboolean filled = (state == BF_MAP_STATE_CALM || waits) && fits (shape, pen->p);
  guint32 colour = state == BF_MAP_STATE_CALM ? palette->asset : bf_map_priority_get_colour (bf_map_state_get_priority (state));
  double dash[] = { 6 * scale, 5 * scale };

  if (filled)
    {
      bf_map_set_source (pen->cr, colour, 0.14);
      cairo_fill_preserve (pen->cr);
    }
  stroke (pen, palette->ground, 0.7, 3.6 * scale, TRUE);
  if (state == BF_MAP_STATE_UNKNOWN)
    cairo_set_dash (pen->cr, dash, 2, 0);
  stroke (pen, colour, 1, (waits ? 2.4 : 1.6) * scale, FALSE);
  cairo_set_dash (pen->cr, NULL, 0, 0);
}

/* What is selected or under the pointer stands over all, in a rim of the text's colour. */
static void
paint_focus (Pen *pen, const BfShapeSet *shapes, const BfAssetSet *assets, guint asset, const BfMapPalette *palette)
{
  const BfMapShape *shape = bf_shape_set_find (shapes, asset);
  double width, scale = pen->p->scale;

  if (shape == NULL || !bf_asset_set_is_visible (assets, asset) || !bf_map_shape_is_in (shape, pen->p, MARGIN_PX))
    return;
  width = shape->type == BF_SHAPE_AREAS ? 3.6 * scale : line_width (pen->p) + 2.4 * scale;
  cairo_set_line_cap (pen->cr, CAIRO_LINE_CAP_ROUND);
  shape_path (pen, shape);
  stroke (pen, palette->text, 1, width + 3 * scale, TRUE);
  if (shape->type == BF_SHAPE_AREAS)
    paint_area (pen, shape, (BfMapState) assets->state[asset], palette);
  else
    paint_lines (pen, (BfMapState) assets->state[asset], palette);
}

/* Finding what is in the frame, by type and state; how many. */
static guint
sort_out (const BfShapeSet *shapes, const BfAssetSet *assets, const BfProjection *p, GArray *lists[2][BF_MAP_N_STATES])
{
  guint n = 0;

  for (guint i = 0; i < shapes->shapes->len; i++)
    {
      const BfMapShape *shape = &g_array_index (shapes->shapes, BfMapShape, i);
      GArray **list;

      if (!bf_map_shape_is_in (shape, p, MARGIN_PX) || !bf_asset_set_is_visible (assets, shape->asset) || !bf_map_shape_is_large (shape, p))
        continue;
      list = &lists[shape->type == BF_SHAPE_LINES][assets->state[shape->asset]];
      if (*list == NULL)
        *list = g_array_new (FALSE, FALSE, sizeof (guint));
      g_array_append_val (*list, i);
      n++;
    }
  return n;
}

static void
paint_list (Pen *pen, const BfShapeSet *shapes, const GArray *list, gboolean lines, BfMapState state, const BfMapPalette *palette)
{
  for (guint i = 0; i < list->len; i++)
    {
      const BfMapShape *shape = &g_array_index (shapes->shapes, BfMapShape, g_array_index (list, guint, i));

      shape_path (pen, shape);
      /* areas one by one: two that overlap must not cut each other out */
      if (!lines)
        paint_area (pen, shape, state, palette);
      else if (i + 1 == list->len || (i + 1) % LINES_A_STROKE == 0)
        paint_lines (pen, state, palette);
    }
}

/**
 * bf_shape_painter_paint: (skip)
 * @canvas: a canvas, begun
 * @shapes: lines and areas
 * @assets: the assets that they are of
 * @p: the frame
 * @palette: its colours
 * @focus: what is selected and under the pointer
 *
 * Paints the lines and areas that the frame shows.
 */
void
bf_shape_painter_paint (BfCanvas *canvas, const BfShapeSet *shapes, const BfAssetSet *assets, const BfProjection *p,
                        const BfMapPalette *palette, const BfShapeFocus *focus)
{
  GArray *lists[2][BF_MAP_N_STATES] = { 0 };
  Pen pen = { .p = p, .k = p->world_px / BF_MERCATOR_ONE, .tolerance = bf_map_shape_tolerance (p),
              .left = -MARGIN_PX, .top = -MARGIN_PX, .right = p->width + MARGIN_PX, .bottom = p->height + MARGIN_PX };

  gboolean many;

  if (shapes->shapes->len == 0)
    return;
  bf_canvas_end (canvas);
  pen.cr = cairo_create (canvas->surface);
  pen.ring = g_array_new (FALSE, FALSE, sizeof (Place));
  pen.cut = g_array_new (FALSE, FALSE, sizeof (Place));
  cairo_set_line_join (pen.cr, CAIRO_LINE_JOIN_BEVEL);
  cairo_set_fill_rule (pen.cr, CAIRO_FILL_RULE_EVEN_ODD);
  many = sort_out (shapes, assets, p, lists) > MANY_SHAPES;
  cairo_set_antialias (pen.cr, many ? CAIRO_ANTIALIAS_NONE : CAIRO_ANTIALIAS_FAST);
  pen.tolerance *= many ? 2 : 1;
  for (int lines = 0; lines < 2; lines++)
    for (int state = 0; state < BF_MAP_N_STATES; state++)
      if (lists[lines][state] != NULL)
        {
          paint_list (&pen, shapes, lists[lines][state], lines, (BfMapState) state, palette);
          g_array_unref (lists[lines][state]);
        }
  paint_focus (&pen, shapes, assets, focus->selected, palette);
  if (focus->hovered != focus->selected)
    paint_focus (&pen, shapes, assets, focus->hovered, palette);
  g_array_unref (pen.ring);
  g_array_unref (pen.cut);
  cairo_destroy (pen.cr);
  bf_canvas_begin (canvas);
}
