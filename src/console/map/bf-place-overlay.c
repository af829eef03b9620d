/* SPDX-License-Identifier: EUPL-1.2 */
/* The sensitive places on the map: schools, EHPAD, hospitals.
 *
 * Some hundreds in a city, so a plain list. Discreet: grey, under the assets, from the zoom at which one asks
 * whom an alert touches. Main thread.
 */
#include "bf-place-overlay.h"

#define MAX_PLACES 100000u
#define FROM_ZOOM 13.6

typedef struct
{
  guint32 x, y;
  BfPlaceKind kind;
  char *name;
} Place;

struct _BfPlaceOverlay
{
  GArray *places; /* Place */
};

static void
clear_place (gpointer data)
{
  g_free (((Place *) data)->name);
}

/**
 * bf_place_overlay_new: (skip)
 *
 * Returns: (transfer full): an overlay without places
 */
BfPlaceOverlay *
bf_place_overlay_new (void)
{
  BfPlaceOverlay *self = g_new0 (BfPlaceOverlay, 1);

  self->places = g_array_new (FALSE, FALSE, sizeof (Place));
  g_array_set_clear_func (self->places, clear_place);
  return self;
}

/**
 * bf_place_overlay_free: (skip)
 * @self: (transfer full) (nullable): an overlay
 */
void
bf_place_overlay_free (BfPlaceOverlay *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->places);
  g_free (self);
}

/**
 * bf_place_overlay_set_places: (skip)
 * @self: an overlay
 * @n: number of places
 * @latitude_deg: (array length=n): WGS 84
 * @longitude_deg: (array length=n): WGS 84
 * @kind: (array length=n): what they are
 * @name: (array length=n): their names
 *
 * Replaces all places.
 *
 * Returns: how many were refused: a coordinate off the Earth, a kind that is none, or more than 100,000
 */
guint
bf_place_overlay_set_places (BfPlaceOverlay *self, guint n, const double *latitude_deg, const double *longitude_deg,
                             const BfPlaceKind *kind, const char *const *name)
{
  guint n_refused = 0;

  g_array_set_size (self->places, 0);
  for (guint i = 0; i < n; i++)
    {
      Place place;

      if (!(fabs (latitude_deg[i]) <= 90 && fabs (longitude_deg[i]) <= 180) || (guint) kind[i] >= BF_PLACE_N_KINDS
          || self->places->len >= MAX_PLACES)
        {
          n_refused++;
          continue;
        }
      place.x = bf_mercator_fixed (bf_mercator_x (longitude_deg[i]));
      place.y = bf_mercator_fixed (bf_mercator_y (latitude_deg[i]));
      place.kind = kind[i];
      place.name = g_strdup (name[i]);
      g_array_append_val (self->places, place);
    }
  return n_refused;
}

/**
 * bf_place_overlay_paint: (skip)
 * @self: an overlay
 * @canvas: a canvas, begun
 * @projection: what the frame shows
 * @sprites: where its pictures are
 */
void
bf_place_overlay_paint (BfPlaceOverlay *self, BfCanvas *canvas, const BfProjection *projection,
                        BfSpriteCache *sprites)
{
  const BfProjection *p = projection;
  double size = p->zoom < 15 ? 13 : p->zoom < 16.5 ? 16 : 20;

  if (p->zoom < FROM_ZOOM)
    return;
  for (guint i = 0; i < self->places->len; i++)
    {
      const Place *place = &g_array_index (self->places, Place, i);
      BfSpriteSpec spec = { .kind = BF_SPRITE_PLACE, .variant = (guint8) place->kind, .quarter_px = (guint16) (size * 4) };
      int x = bf_projection_x (p, place->x), y = bf_projection_y (p, place->y);

      if (x > -40 && y > -40 && x < p->width + 40 && y < p->height + 40)
        bf_canvas_blit (canvas, bf_sprite_cache_get (sprites, &spec), x, y);
    }
}

/**
 * bf_place_overlay_hit: (skip)
 * @self: an overlay
 * @projection: what the frame shows
 * @x: device pixel
 * @y: device pixel
 * @ret_kind: (out): what the place is
 *
 * Returns: (nullable): the name of the place under a pixel
 */
const char *
bf_place_overlay_hit (BfPlaceOverlay *self, const BfProjection *projection, int x, int y, BfPlaceKind *ret_kind)
{
  const BfProjection *p = projection;

  if (p->zoom < FROM_ZOOM)
    return NULL;
  for (guint i = 0; i < self->places->len; i++)
    {
      const Place *place = &g_array_index (self->places, Place, i);

      if (hypot (bf_projection_x (p, place->x) - x, bf_projection_y (p, place->y) - y) < 10 * p->scale)
        {
          *ret_kind = place->kind;
          return place->name;
        }
    }
  return NULL;
}
