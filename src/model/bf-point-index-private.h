/* SPDX-License-Identifier: EUPL-1.2 */
/* Index of many points for "what is near": read-only after it is made. */
#pragma once

#include "base/bf-geo.h"

G_BEGIN_DECLS

/* A point in 1e-7 degrees: 1.1 cm, half the room of two doubles. */
typedef struct
{
  gint32 lon;
  gint32 lat;
} BfFixedPoint;

typedef struct
{
  guint point;
  double distance_m;
} BfNear;

typedef struct _BfPointIndex BfPointIndex;

BfFixedPoint bf_fixed_point (BfPoint point);
BfPoint bf_fixed_point_get (BfFixedPoint point);

BfPointIndex *bf_point_index_new (const BfFixedPoint *points, guint n_points);
void bf_point_index_free (BfPointIndex *index);
guint bf_point_index_near (const BfPointIndex *index, BfPoint at, double radius_m, BfNear *ret_near, guint max);

G_END_DECLS
