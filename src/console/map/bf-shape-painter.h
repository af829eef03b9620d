/* SPDX-License-Identifier: EUPL-1.2 */
/* How lines and areas look. Cairo only, no GTK. */
#pragma once

#include "bf-canvas.h"
#include "bf-shape-set.h"

G_BEGIN_DECLS

/**
 * BfShapeFocus:
 * @selected: the caller's index, or %G_MAXUINT
 * @hovered: likewise
 */
typedef struct
{
  guint selected;
  guint hovered;
} BfShapeFocus;

void bf_shape_painter_paint (BfCanvas *canvas, const BfShapeSet *shapes, const BfAssetSet *assets, const BfProjection *p,
                             const BfMapPalette *palette, const BfShapeFocus *focus);

G_END_DECLS
