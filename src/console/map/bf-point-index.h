/* SPDX-License-Identifier: EUPL-1.2 */
/* Where the assets are: a list of points sorted along a Morton curve. No GTK. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define BF_POINT_INDEX_MAX_LEVEL 24

typedef struct _BfPointIndex BfPointIndex;

BfPointIndex *bf_point_index_new (guint n, const guint32 *x, const guint32 *y);
void bf_point_index_free (BfPointIndex *self);
guint bf_point_index_get_n (const BfPointIndex *self);
const guint32 *bf_point_index_get_order (const BfPointIndex *self);
void bf_point_index_cell (const BfPointIndex *self, guint level, guint cell_x, guint cell_y, guint *ret_first,
                          guint *ret_end);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BfPointIndex, bf_point_index_free)

G_END_DECLS
