/* SPDX-License-Identifier: EUPL-1.2 */
/* The names on the map: districts, places, streets.
 *
 * Set over the tiles, never into them, so that no name is cut at a tile's edge. Where names go is worked out for
 * the view and half a view around it, and kept until the map leaves that area or changes its zoom: while the map
 * pans the names move with it and none jumps. Most important first; a name that would touch one already there
 * is left out. A street's name lies along the longest straight run of the street that has room for it.
 * What stands over the map in this frame (rings, alerts, the card) is given as obstacles: the name of a place steps
 * above or below one, any other name gives way.
 * Main thread.
 */
#include "bf-label-overlay.h"

#include <pango/pangocairo.h>
#include <string.h>

#define MAX_LABELS 240u
#define MAX_TRIES 3000u
#define STRAIGHT_RAD 0.16
#define REPEAT_PX 420.0
#define STEP_PX 6
#define MAX_STEPS 6

typedef struct
{
  BfSprite *sprite;
  guint32 x, y;
  gboolean may_step; /* the name of a point, not of a line */
} Label;

/* Text collides as a row of discs: turned text costs nothing more. */
typedef struct
{
  float x, y, r;
} Disc;

typedef struct
{
  double x, y;
  double angle;
  double room; /* along the text; 0 for no bound */
} Anchor;

typedef struct
{
  double size_px;
  gboolean bold, capitals, italic;
  double spacing_px;
  double alpha;
} TextStyle;

struct _BfLabelOverlay
{
  BfBasemap *map;
  GArray *labels; /* Label */
  GArray *discs;  /* Disc, in pixels of the placed projection */
  GHashTable *last_places; /* name -> Disc, where that name stands already */
  BfProjection placed;
  GArray *obstacles; /* cairo_rectangle_int_t of the canvas: no name stands half under one */
  gboolean valid;
  gboolean dark;
  PangoContext *context;
};

static void
clear_labels (BfLabelOverlay *self)
{
  for (guint i = 0; i < self->labels->len; i++)
    bf_sprite_free (g_array_index (self->labels, Label, i).sprite);
  g_array_set_size (self->labels, 0);
  g_array_set_size (self->discs, 0);
  g_hash_table_remove_all (self->last_places);
}

/**
 * bf_label_overlay_new: (skip)
 *
 * Returns: (transfer full): an overlay without names
 */
BfLabelOverlay *
bf_label_overlay_new (void)
{
  BfLabelOverlay *self = g_new0 (BfLabelOverlay, 1);

  self->labels = g_array_new (FALSE, FALSE, sizeof (Label));
  self->discs = g_array_new (FALSE, FALSE, sizeof (Disc));
  self->obstacles = g_array_new (FALSE, FALSE, sizeof (cairo_rectangle_int_t));
  self->last_places = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return self;
}

/**
 * bf_label_overlay_free: (skip)
 * @self: (transfer full) (nullable): an overlay
 */
void
bf_label_overlay_free (BfLabelOverlay *self)
{
  if (self == NULL)
    return;
  clear_labels (self);
  g_array_unref (self->labels);
  g_array_unref (self->discs);
  g_array_unref (self->obstacles);
  g_hash_table_unref (self->last_places);
  g_clear_pointer (&self->map, bf_basemap_unref);
  g_clear_object (&self->context);
  g_free (self);
}

/**
 * bf_label_overlay_set_basemap: (skip)
 * @self: an overlay
 * @map: (nullable): where the names come from
 */
void
bf_label_overlay_set_basemap (BfLabelOverlay *self, BfBasemap *map)
{
  g_clear_pointer (&self->map, bf_basemap_unref);
  self->map = map ? bf_basemap_ref (map) : NULL;
  self->valid = FALSE;
}

/**
 * bf_label_overlay_get_n_labels: (skip)
 * @self: an overlay
 *
 * Returns: how many names stand in the placed area
 */
guint
bf_label_overlay_get_n_labels (const BfLabelOverlay *self)
{
  return self->labels->len;
}

/**
 * bf_label_overlay_clear_obstacles: (skip)
 * @self: an overlay
 *
 * To be called before the obstacles of a frame are told.
 */
void
bf_label_overlay_clear_obstacles (BfLabelOverlay *self)
{
  g_array_set_size (self->obstacles, 0);
}

/**
 * bf_label_overlay_add_obstacle: (skip)
 * @self: an overlay
 * @obstacle: what something else covers in this frame, in pixels of the canvas
 */
void
bf_label_overlay_add_obstacle (BfLabelOverlay *self, const cairo_rectangle_int_t *obstacle)
{
  g_array_append_val (self->obstacles, *obstacle);
}

static gboolean
style_of (const BfBasemapFeature *f, double zoom, TextStyle *ret_style)
{
  double road_zoom = f->rank >= BF_BASEMAP_RANK_PRIMARY     ? 14.4
                     : f->rank >= BF_BASEMAP_RANK_SECONDARY ? 14.9
                     : f->rank == BF_BASEMAP_RANK_STREET    ? 15.7
                                                            : 16.6;

  switch ((BfBasemapClass) f->class_)
    {
    case BF_BASEMAP_DISTRICT_LABEL:
      *ret_style = (TextStyle){ .size_px = 12, .capitals = TRUE, .spacing_px = 1.3, .alpha = 0.95 };
      return zoom >= 10.5 && zoom < 17.2;
    case BF_BASEMAP_PLACE_LABEL:
      *ret_style = (TextStyle){ .size_px = 12, .bold = FALSE, .alpha = 0.9 };
      return zoom >= 14.3;
    case BF_BASEMAP_RIVER:
    case BF_BASEMAP_WATER:
      *ret_style = (TextStyle){ .size_px = 12, .italic = TRUE, .spacing_px = 0.8, .alpha = 0.85 };
      return zoom >= 13;
    case BF_BASEMAP_PARK:
    case BF_BASEMAP_WOOD:
      *ret_style = (TextStyle){ .size_px = 11, .italic = TRUE, .alpha = 0.85 };
      return zoom >= 14.6;
    case BF_BASEMAP_ROAD:
      *ret_style = (TextStyle){ .size_px = f->rank >= BF_BASEMAP_RANK_SECONDARY ? 11.5 : 11, .alpha = 0.95 };
      return zoom >= road_zoom;
    case BF_BASEMAP_BUILT:
    case BF_BASEMAP_INDUSTRIAL:
    case BF_BASEMAP_BUILDING:
    case BF_BASEMAP_RAIL:
    case BF_BASEMAP_N_CLASSES:
    default:
      return FALSE;
    }
}

/* Placing */

static PangoLayout *
set_text (BfLabelOverlay *self, const char *name, const TextStyle *style)
{
  PangoLayout *layout = pango_layout_new (self->context);
  PangoFontDescription *font = pango_font_description_copy (pango_context_get_font_description (self->context));
  g_autoptr (PangoAttrList) attributes = pango_attr_list_new ();
  g_autofree char *capitals = style->capitals ? g_utf8_strup (name, -1) : NULL;

  pango_font_description_set_absolute_size (font, style->size_px * PANGO_SCALE);
  pango_font_description_set_weight (font, style->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_font_description_set_style (font, style->italic ? PANGO_STYLE_ITALIC : PANGO_STYLE_NORMAL);
  pango_layout_set_font_description (layout, font);
  pango_font_description_free (font);
  if (style->spacing_px > 0)
    pango_attr_list_insert (attributes, pango_attr_letter_spacing_new ((int) (style->spacing_px * PANGO_SCALE)));
  pango_layout_set_attributes (layout, attributes);
  pango_layout_set_text (layout, capitals ? capitals : name, -1);
  return layout;
}

static BfSprite *
draw_label (BfLabelOverlay *self, PangoLayout *layout, const TextStyle *style, double angle, int scale)
{
  const BfMapPalette *c = bf_map_palette_get (self->dark);
  int w, h, half_w, half_h;
  cairo_surface_t *image;
  cairo_t *cr;
  BfSprite *sprite;

  pango_layout_get_pixel_size (layout, &w, &h);
  half_w = (int) ceil ((fabs (cos (angle)) * w / 2 + fabs (sin (angle)) * h / 2 + 3) * scale);
  half_h = (int) ceil ((fabs (sin (angle)) * w / 2 + fabs (cos (angle)) * h / 2 + 3) * scale);
  image = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 2 * half_w, 2 * half_h);
  cr = cairo_create (image);
  cairo_translate (cr, half_w, half_h);
  cairo_scale (cr, scale, scale);
  cairo_rotate (cr, angle);
  cairo_move_to (cr, -w / 2.0, -h / 2.0);
  pango_cairo_update_layout (cr, layout);
  pango_cairo_layout_path (cr, layout);
  cairo_set_line_join (cr, CAIRO_LINE_JOIN_ROUND);
  bf_map_set_source (cr, c->ground, self->dark ? 0.75 : 0.85);
  cairo_set_line_width (cr, 2.6);
  cairo_stroke (cr);
  cairo_move_to (cr, -w / 2.0, -h / 2.0);
  bf_map_set_source (cr, c->label, style->alpha);
  pango_cairo_show_layout (cr, layout);
  cairo_destroy (cr);
  sprite = bf_sprite_new_from_surface (image, half_w, half_h);
  cairo_surface_destroy (image);
  return sprite;
}

static gboolean
collides (BfLabelOverlay *self, const Disc *disc)
{
  for (guint i = 0; i < self->discs->len; i++)
    {
      const Disc *d = &g_array_index (self->discs, Disc, i);
      float dx = d->x - disc->x, dy = d->y - disc->y, r = d->r + disc->r;

      if (dx * dx + dy * dy < r * r)
        return TRUE;
    }
  return FALSE;
}

static gboolean
stands_near (BfLabelOverlay *self, const char *name, const Anchor *a, double within_px)
{
  const Disc *last = g_hash_table_lookup (self->last_places, name);

  return last != NULL && hypot (last->x - a->x, last->y - a->y) < within_px;
}

/* Takes the ground of a text of @width, or nothing at all if some of it is taken. */
static gboolean
claim_ground (BfLabelOverlay *self, const Anchor *a, double width, double radius)
{
  double length = MAX (0, width - radius);
  guint n = 1 + (guint) (length / radius);
  g_autofree Disc *row = g_new (Disc, n);

  for (guint i = 0; i < n; i++)
    {
      double along = n == 1 ? 0 : length * ((double) i / (n - 1) - 0.5);

      row[i] = (Disc){ (float) (a->x + cos (a->angle) * along), (float) (a->y + sin (a->angle) * along),
                       (float) radius };
      if (collides (self, &row[i]))
        return FALSE;
    }
  g_array_append_vals (self->discs, row, n);
  return TRUE;
}

static gboolean
try_label (BfLabelOverlay *self, const BfBasemapFeature *f, const TextStyle *style, const Anchor *a)
{
  const char *name = bf_basemap_get_name (self->map, f);
  int scale = self->placed.scale;
  g_autoptr (PangoLayout) layout = NULL;
  int w, h;
  Label label;
  Disc here;

  if (a->x < 0 || a->y < 0 || a->x > self->placed.width || a->y > self->placed.height)
    return FALSE;
  if (stands_near (self, name, a, REPEAT_PX * scale))
    return FALSE;
  layout = set_text (self, name, style);
  pango_layout_get_pixel_size (layout, &w, &h);
  if (a->room > 0 && w * scale > a->room)
    return FALSE;
  if (!claim_ground (self, a, w * scale, h * 0.62 * scale))
    return FALSE;
  label.sprite = draw_label (self, layout, style, a->angle, scale);
  label.may_step = f->shape != BF_BASEMAP_LINE;
  label.x = bf_projection_fixed_x (&self->placed, a->x);
  label.y = bf_projection_fixed_y (&self->placed, a->y);
  g_array_append_val (self->labels, label);
  here = (Disc){ (float) a->x, (float) a->y, 0 };
  g_hash_table_replace (self->last_places, g_strdup (name), g_memdup2 (&here, sizeof here));
  return TRUE;
}

static double
upright (double angle)
{
  if (angle > G_PI / 2)
    return angle - G_PI;
  if (angle <= -G_PI / 2)
    return angle + G_PI;
  return angle;
}

/* Sets the name along one straight run, again and again if the run is long. */
static guint
label_run (BfLabelOverlay *self, const BfBasemapFeature *f, const TextStyle *style, double x0, double y0, double x1,
           double y1)
{
  double length = hypot (x1 - x0, y1 - y0), every = 700.0 * self->placed.scale;
  guint n, tries = 0;

  if (length < 30 * self->placed.scale)
    return 0;
  n = (guint) CLAMP (length / every, 1, 40);
  for (guint i = 0; i < n; i++)
    {
      double at = (i + 0.5) / n;
      Anchor a = { x0 + (x1 - x0) * at, y0 + (y1 - y0) * at, upright (atan2 (y1 - y0, x1 - x0)), length / n - 6 };

      try_label (self, f, style, &a);
      tries++;
    }
  return tries;
}

static guint
label_line (BfLabelOverlay *self, const BfBasemapFeature *f, const TextStyle *style)
{
  const BfProjection *p = &self->placed;
  guint tries = 0;

  for (guint part = 0; part < f->n_parts; part++)
    {
      guint n = 0;
      const BfBasemapPoint *points = bf_basemap_get_part (self->map, f, part, &n);
      double x0 = bf_projection_x (p, points[0].x), y0 = bf_projection_y (p, points[0].y);
      double x = x0, y = y0, heading = 0;
      gboolean has_heading = FALSE;

      for (guint i = 1; i < n; i++)
        {
          double nx = bf_projection_x (p, points[i].x), ny = bf_projection_y (p, points[i].y);
          double here = atan2 (ny - y, nx - x);

          if (hypot (nx - x, ny - y) < 2)
            continue;
          if (has_heading && fabs (remainder (here - heading, 2 * G_PI)) > STRAIGHT_RAD)
            {
              tries += label_run (self, f, style, x0, y0, x, y);
              x0 = x;
              y0 = y;
              has_heading = FALSE;
            }
          if (!has_heading)
            heading = here;
          has_heading = TRUE;
          x = nx;
          y = ny;
        }
      tries += label_run (self, f, style, x0, y0, x, y);
    }
  return tries;
}

static guint
label_feature (BfLabelOverlay *self, const BfBasemapFeature *f)
{
  const BfProjection *p = &self->placed;
  TextStyle style;
  Anchor a = { 0 };

  if (f->name == 0 || !style_of (f, p->zoom, &style))
    return 0;
  if (f->shape == BF_BASEMAP_LINE)
    return label_line (self, f, &style);
  if (f->shape == BF_BASEMAP_POLYGON && f->class_ == BF_BASEMAP_RIVER)
    return 0;
  a.x = (bf_projection_x (p, f->min_x) + bf_projection_x (p, f->max_x)) / 2.0;
  a.y = (bf_projection_y (p, f->min_y) + bf_projection_y (p, f->max_y)) / 2.0;
  if (f->shape == BF_BASEMAP_POLYGON)
    a.room = 1.2 * (bf_projection_x (p, f->max_x) - bf_projection_x (p, f->min_x));
  try_label (self, f, &style, &a);
  return 1;
}

static void
place (BfLabelOverlay *self, const BfProjection *projection)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (guint32));
  BfProjection area = *projection;
  guint tries = 0;

  area.left -= projection->width / 2;
  area.top -= projection->height / 2;
  area.width *= 2;
  area.height *= 2;
  self->placed = area;
  self->valid = TRUE;
  clear_labels (self);
  if (self->map == NULL)
    return;
  bf_basemap_query (self->map, bf_projection_fixed_x (&area, 0), bf_projection_fixed_y (&area, 0),
                    bf_projection_fixed_x (&area, area.width), bf_projection_fixed_y (&area, area.height), found);
  /* Painter's order backwards: districts, places, great roads, small roads, water, parks. */
  for (guint i = found->len; i > 0 && self->labels->len < MAX_LABELS && tries < MAX_TRIES; i--)
    tries += label_feature (self, bf_basemap_get_feature (self->map, g_array_index (found, guint32, i - 1)));
}

static gboolean
is_placed (const BfLabelOverlay *self, const BfProjection *p)
{
  if (!self->valid || self->placed.scale != p->scale)
    return FALSE;
  /* While the zoom is in motion the names just travel. */
  if (!p->settled && fabs (self->placed.zoom - p->zoom) < 1.0)
    return TRUE;
  return self->placed.world_px == p->world_px && p->left >= self->placed.left && p->top >= self->placed.top
         && p->left + p->width <= self->placed.left + self->placed.width
         && p->top + p->height <= self->placed.top + self->placed.height;
}

static gboolean
is_covered (const BfLabelOverlay *self, const cairo_rectangle_int_t *r)
{
  for (guint i = 0; i < self->obstacles->len; i++)
    {
      const cairo_rectangle_int_t *o = &g_array_index (self->obstacles, cairo_rectangle_int_t, i);

      if (r->x < o->x + o->width && r->x + r->width > o->x && r->y < o->y + o->height && r->y + r->height > o->y)
        return TRUE;
    }
  return FALSE;
}

static cairo_rectangle_int_t
ground_of (const Label *label, int x, int y)
{
  const BfSprite *s = label->sprite;

  return (cairo_rectangle_int_t){ x - s->hot_x, y - s->hot_y, s->width, s->height };
}

/* The least step above or below at which the whole name can be read; 0 if there is none. */
static int
find_step (const BfLabelOverlay *self, const Label *label, int x, int y)
{
  for (int i = 2; i < 2 * MAX_STEPS + 2; i++)
    {
      int dy = (i % 2 == 0 ? -1 : 1) * (i / 2) * STEP_PX * self->placed.scale;
      cairo_rectangle_int_t r = ground_of (label, x, y + dy);

      if (!is_covered (self, &r))
        return dy;
    }
  return 0;
}

static void
paint_label (BfLabelOverlay *self, BfCanvas *canvas, const Label *label, int x, int y)
{
  cairo_rectangle_int_t r = ground_of (label, x, y);

  bf_canvas_blit (canvas, label->sprite, x, y);
  g_array_append_val (self->obstacles, r);
}

/* First the names that keep their place, which never touch each other; then those that have to step aside. */
static void
paint_labels (BfLabelOverlay *self, BfCanvas *canvas, const BfProjection *p)
{
  guint n = self->labels->len, n_obstacles = self->obstacles->len;
  g_autofree gboolean *covered = g_new (gboolean, n);

  for (guint i = 0; i < n; i++)
    {
      const Label *label = &g_array_index (self->labels, Label, i);
      cairo_rectangle_int_t r = ground_of (label, bf_projection_x (p, label->x), bf_projection_y (p, label->y));

      covered[i] = is_covered (self, &r);
    }
  for (guint i = 0; i < n; i++)
    if (!covered[i])
      {
        const Label *label = &g_array_index (self->labels, Label, i);

        paint_label (self, canvas, label, bf_projection_x (p, label->x), bf_projection_y (p, label->y));
      }
  for (guint i = 0; i < n; i++)
    if (covered[i])
      {
        const Label *label = &g_array_index (self->labels, Label, i);
        int x = bf_projection_x (p, label->x), y = bf_projection_y (p, label->y);
        int step = label->may_step ? find_step (self, label, x, y) : 0;

        if (step != 0)
          paint_label (self, canvas, label, x, y + step);
      }
  g_array_set_size (self->obstacles, n_obstacles);
}

/**
 * bf_label_overlay_paint: (skip)
 * @self: an overlay
 * @canvas: a canvas, begun
 * @projection: what the frame shows
 * @context: fonts
 * @dark: which palette
 */
void
bf_label_overlay_paint (BfLabelOverlay *self, BfCanvas *canvas, const BfProjection *projection, PangoContext *context,
                        gboolean dark)
{
  if (dark != self->dark || context != self->context)
    self->valid = FALSE;
  self->dark = dark;
  g_set_object (&self->context, context);
  if (!is_placed (self, projection))
    place (self, projection);
  paint_labels (self, canvas, projection);
}
