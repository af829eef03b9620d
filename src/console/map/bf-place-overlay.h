/* SPDX-License-Identifier: EUPL-1.2 */
/* The sensitive places on the map: schools, EHPAD, hospitals. No GTK. */
#pragma once

#include "bf-projection.h"
#include "bf-sprite-cache.h"

G_BEGIN_DECLS

typedef enum
{
  BF_PLACE_SCHOOL,
  BF_PLACE_EHPAD,
  BF_PLACE_HOSPITAL,
  BF_PLACE_N_KINDS,
} BfPlaceKind;

typedef struct _BfPlaceOverlay BfPlaceOverlay;

BfPlaceOverlay *bf_place_overlay_new (void);
void bf_place_overlay_free (BfPlaceOverlay *self);
guint bf_place_overlay_set_places (BfPlaceOverlay *self, guint n, const double *latitude_deg,
                                   const double *longitude_deg, const BfPlaceKind *kind, const char *const *name);
void bf_place_overlay_paint (BfPlaceOverlay *self, BfCanvas *canvas, const BfProjection *projection,
                             BfSpriteCache *sprites);
const char *bf_place_overlay_hit (BfPlaceOverlay *self, const BfProjection *projection, int x, int y,
                                  BfPlaceKind *ret_kind);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfPlaceOverlay, bf_place_overlay_free)

G_END_DECLS
